//! A note in rows: an event of the case, at both facilities.

use db::Tx;
use kernel::{Ctx, Error, Result, RowId, clause};
use people::access::Act;
use people::agreement::Side;
use serde_json::json;

use super::{Place, Refused, fit};
use crate::case::store::{append, need, read_one, tell};
use crate::case::{CaseId, Kind, Said, owes};
use crate::check::Check;
use crate::check::store as checks;
use crate::file::Use;
use crate::file::store::{bundles, need_use};

/// A note that somebody writes.
#[derive(Debug, Clone)]
pub struct New {
    /// The file, and the point as [`Place::at_um`]; none when what came says neither.
    pub at: Option<(RowId, [i32; 3])>,
    /// As [`Place::along`].
    pub along: [i16; 3],
    /// What it says.
    pub text: String,
}

/// Pins a note to a surface of a case, at both facilities, with entries in both logs and a letter to the other one. While that
/// one owes an answer anyway there is no other letter: whoever goes over a design pins many. The number of the note in the line
/// of time comes back.
///
/// # Errors
/// `NotFound`, also for a file without a surface; `Forbidden` without the right to write, or where the files are not shown.
/// The refusal is a value.
pub fn pin(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, new: &New) -> Result<std::result::Result<i64, Refused>> {
    clause!("DL-23");
    let case = read_one(tx, id)?;
    let mut all = bundles(tx, id)?;
    let file = new.at.map(|it| it.0);
    all.retain(|it| it.members.iter().any(|it| Some(it.id) == file));
    let member = all.iter().flat_map(|it| &it.members).find(|it| Some(it.id) == file);
    let sha256 = member.map_or_else(String::new, |it| it.sha256.clone());
    need(tx, ctx, "lab.note", Act::Write, &case, json!({ "file": file, "sha256": sha256 }))?;
    need_use(tx, ctx, &case, Use::View)?;
    let Some((file, at_um)) = new.at else { return Ok(Err(Refused::NoPlace)) };
    let checks = checks::of_bundles(tx, id, &all)?;
    if !matches!(checks.get(&file), Some(Check::Done(found)) if !found.levels.is_empty()) {
        return Err(Error::not_found("no such surface of this case"));
    }
    // Read again behind the lock that the entries have taken: two who write at once follow one another.
    let case = read_one(tx, id)?;
    if let Err(refused) = fit(&case, &new.text) {
        return Ok(Err(refused));
    }
    let place = Place { file, sha256, at_um, along: new.along };
    let text = new.text.trim().to_owned();
    append(tx, ctx, &case, Kind::Noted, &Said { text, place: Some(place), ..Said::default() })?;
    let other: Side = case.side.other();
    if !owes(&case.events, other) {
        tell(tx, ctx, &case, Kind::Noted)?;
    }
    Ok(Ok(case.events.last().map_or(0, |it| it.number) + 1))
}
