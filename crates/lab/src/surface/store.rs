//! Surfaces out of rows: the list, and the bytes of one level.

use std::collections::HashMap;

use blobs::Stored;
use db::Tx;
use kernel::{Ctx, Error, FacilityId, PersonId, Result, RowId, clause};
use people::access::Act;
use serde_json::json;

use super::{Part, parts};
use crate::case::store::{names, need, read_one};
use crate::case::{Case, CaseId};
use crate::check::store as checks;
use crate::file::Use;
use crate::file::store::{bundles, need_use};
use crate::note;

/// What can be looked at.
#[derive(Debug, Clone)]
pub struct View {
    /// The case.
    pub case: Case,
    /// Its surfaces, the newest first.
    pub parts: Vec<Part>,
    /// How many older ones are left out.
    pub older: usize,
    /// Names of those who have pinned notes.
    pub names: HashMap<PersonId, String>,
}

/// The surfaces of a case, seen at either facility by whom its files are shown, with entries in both logs.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId) -> Result<View> {
    clause!("DL-23");
    let case = read_one(tx, id)?;
    need(tx, ctx, "lab.surfaces", Act::View, &case, json!({}))?;
    need_use(tx, ctx, &case, Use::View)?;
    let all = bundles(tx, id)?;
    let (parts, older) = parts(&all, &checks::of_bundles(tx, id, &all)?);
    let writers: Vec<_> = note::of(&case.events).map(|it| it.0.person).collect();
    let names = names(tx, writers)?;
    Ok(View { case, parts, older, names })
}

/// A level on its way out: whose blob it is, that facility's key, and where it lies.
pub type Lent = (FacilityId, crypto::Key, Stored);

/// One level of a file of a case, with entries in both logs.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn level(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, file: RowId, number: u32) -> Result<Lent> {
    let case = read_one(tx, id)?;
    need(tx, ctx, "lab.surface", Act::View, &case, json!({ "file": file, "level": number }))?;
    need_use(tx, ctx, &case, Use::View)?;
    let holder = bundles(tx, id)?.into_iter().find(|it| it.members.iter().any(|it| it.id == file)).map(|it| it.holder);
    let holder = holder.ok_or_else(|| Error::not_found("no such file of this case"))?;
    let (key, stored) = if holder == tx.facility()? {
        (tx.key()?, checks::level_blob(tx, file, number)?)
    } else {
        tx.at_other(holder, |tx| Ok((tx.key()?, checks::level_blob(tx, file, number)?)))?
    };
    Ok((holder, key, stored))
}
