//! Exports in rows: where files may be kept, asked for, decided, taken, ended.

use std::collections::HashMap;

use db::{Row, Tx, params};
use kernel::{Ctx, Error, PersonId, Result, Timestamp, Words, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{End, Export, ExportId, Place, Rule, Wish, may_ask};
use crate::case::store::{names, need, need_manager, read_one};
use crate::case::{Case, CaseId};
use crate::file::store::{bundles, need_use};
use crate::file::{BundleId, Use};
use crate::remote::Refusal;
use crate::remote::store::need_device;

/// Rows of the ledger that are shown: what is open comes first.
const ROWS_MAX: usize = 500;

/// What the manager has decided, if anything. No check: it names no patient.
///
/// # Errors
/// The database's.
pub fn rule(tx: &mut Tx<'_>) -> Result<Option<Rule>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM lab_export_rule WHERE facility_id = ?1 ORDER BY set_at DESC, id DESC LIMIT 1",
        params![facility],
    )?;
    row.map(|row| {
        let media: i64 = row.get("media")?;
        Ok(Rule {
            folder: row.get("folder")?,
            media: media == 1,
            set_by: row.get("set_by")?,
            set_at: row.get("set_at")?,
        })
    })
    .transpose()
}

/// Decides where files may be kept.
///
/// # Errors
/// `Forbidden` for anybody but a manager.
pub fn set_rule(tx: &mut Tx<'_>, ctx: &Ctx, folder: &str, media: bool) -> Result<()> {
    clause!("DL-24");
    let facility = tx.facility()?;
    Access::new("lab.export_rule", Act::Sign, Class::Administration)
        .on("facility", facility)
        .detail(json!({ "folder": folder, "media": media }))
        .require(tx, ctx)?;
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff decide"))?;
    tx.exec(
        "INSERT INTO lab_export_rule (facility_id, id, folder, media, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![facility, ExportId::new(ctx), folder, i64::from(media), me, ctx.now],
    )?;
    Ok(())
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Export> {
    let (id, place, sealed): (ExportId, String, Vec<u8>) = (row.get("id")?, row.get("place")?, row.get("why")?);
    let decided: (Option<PersonId>, Option<Timestamp>, Option<i64>) =
        (row.get("decided_by")?, row.get("decided_at")?, row.get("approved")?);
    let ended: (Option<String>, Option<PersonId>, Option<Timestamp>) =
        (row.get("ended_how")?, row.get("ended_by")?, row.get("ended_at")?);
    Ok(Export {
        id,
        case: row.get("case_id")?,
        bundle: row.get("bundle_id")?,
        person: row.get("person_id")?,
        place: Place::from_key(&place).ok_or_else(|| Error::internal("place of an export"))?,
        medium: row.get("medium")?,
        why: tx.open("lab_export.why", id, &sealed)?,
        asked_at: row.get("asked_at")?,
        decided: match decided {
            (Some(by), Some(at), Some(approved)) => Some((by, at, approved == 1)),
            _ => None,
        },
        taken_at: row.get("taken_at")?,
        ended: match ended {
            (Some(how), Some(by), Some(at)) => {
                Some((End::from_key(&how).ok_or_else(|| Error::internal("end of an export"))?, by, at))
            }
            _ => None,
        },
    })
}

/// What one person has asked for or taken of a case's bundles and what has not ended, the newest first.
///
/// # Errors
/// The database's.
pub fn own(tx: &mut Tx<'_>, ctx: &Ctx, case: CaseId) -> Result<Vec<Export>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_export WHERE facility_id = ?1 AND case_id = ?2 AND person_id = ?3 AND ended_at IS NULL
         ORDER BY asked_at DESC, id DESC LIMIT ?4",
        params![facility, case, ctx.who.staff(), ROWS_MAX],
    )?;
    rows.iter().map(|it| read(tx, it)).collect()
}

/// Asks the manager for a removable medium.
///
/// # Errors
/// `NotFound`; `Forbidden`. What keeps it from being asked is a value.
pub fn ask(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: CaseId,
    bundle: BundleId,
    medium: &str,
    wish: &Wish,
) -> Result<Vec<Refusal>> {
    clause!("DL-24");
    let case = read_one(tx, id)?;
    let found = bundles(tx, id)?.into_iter().find(|it| it.id == bundle);
    let found = found.ok_or_else(|| Error::not_found("no such bundle of this case"))?;
    let refused = may_ask(rule(tx)?.as_ref(), wish);
    let detail = json!({ "digest": found.digest, "medium": medium, "why": wish.why, "refused": refused.len() });
    need(tx, ctx, "lab.export_ask", Act::View, &case, detail)?;
    need_use(tx, ctx, &case, Use::Download)?;
    if refused.is_empty() {
        insert(tx, ctx, &case, bundle, Place::Medium, medium, &wish.why, None)?;
    }
    Ok(refused)
}

#[expect(clippy::too_many_arguments, reason = "the row's own columns, from two callers")]
fn insert(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    case: &Case,
    bundle: BundleId,
    place: Place,
    medium: &str,
    why: &str,
    taken_at: Option<Timestamp>,
) -> Result<()> {
    let (facility, id) = (tx.facility()?, ExportId::new(ctx));
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff take files out"))?;
    let sealed = tx.seal("lab_export.why", id, why)?;
    tx.exec(
        "INSERT INTO lab_export (facility_id, id, case_id, bundle_id, person_id, place, medium, why, asked_at, taken_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![facility, id, case.id, bundle, me, place.key(), medium, sealed, ctx.now, taken_at],
    )?;
    Ok(())
}

/// Puts down that a file of the bundle has gone to its place: a new line for a folder, the approved one for a medium. The
/// caller has asked [`super::may_take`].
pub(crate) fn went(tx: &mut Tx<'_>, ctx: &Ctx, case: &Case, bundle: BundleId, wish: &Wish) -> Result<()> {
    let open = own(tx, ctx, case.id)?;
    let is_there = |it: &&Export| it.bundle == bundle && it.place == wish.place;
    match wish.place {
        Place::Folder if open.iter().any(|it| is_there(&it)) => Ok(()),
        Place::Folder => insert(tx, ctx, case, bundle, Place::Folder, "", &wish.why, Some(ctx.now)),
        Place::Medium => {
            let found = open.iter().find(|it| is_there(it) && it.is_open(ctx.now));
            let found = found.ok_or_else(|| Error::conflict("the approval has ended meanwhile"))?;
            tx.exec(
                "UPDATE lab_export SET taken_at = ?3 WHERE facility_id = ?1 AND id = ?2 AND taken_at IS NULL",
                params![tx.facility()?, found.id, ctx.now],
            )?;
            Ok(())
        }
    }
}

/// One export of this facility.
fn get(tx: &mut Tx<'_>, id: ExportId) -> Result<Export> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM lab_export WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    read(tx, &row.ok_or_else(|| Error::not_found("no such export"))?)
}

/// The manager's word about a medium.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` for one that is decided.
pub fn decide(tx: &mut Tx<'_>, ctx: &Ctx, id: ExportId, approved: bool) -> Result<()> {
    clause!("DL-24");
    let it = get(tx, id)?;
    let case = read_one(tx, it.case)?;
    need_manager(tx, ctx, "lab.export_decide", &case)?;
    let detail = json!({ "person": it.person, "medium": it.medium, "approved": approved });
    need(tx, ctx, "lab.export_decide", Act::View, &case, detail)?;
    let decided = tx.exec(
        "UPDATE lab_export SET decided_by = ?3, decided_at = ?4, approved = ?5
         WHERE facility_id = ?1 AND id = ?2 AND decided_at IS NULL AND place = 'medium'",
        params![tx.facility()?, id, ctx.who.staff(), ctx.now, i64::from(approved)],
    )?;
    if decided == 1 { Ok(()) } else { Err(Error::conflict("it was decided before")) }
}

fn manages(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<bool> {
    Access::new("lab.exports", Act::Sign, Class::Administration).allowed(tx, ctx)
}

/// Puts down what became of something outside. By whoever has it, or a manager.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Invalid` for a folder that comes back; `Conflict` for what is not outside.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: ExportId, how: End) -> Result<()> {
    clause!("DL-24");
    let it = get(tx, id)?;
    let case = read_one(tx, it.case)?;
    need(tx, ctx, "lab.export_end", Act::View, &case, json!({ "export": id, "how": how.key() }))?;
    if Some(it.person) != ctx.who.staff() && !manages(tx, ctx)? {
        return Err(Error::not_found("another's export"));
    }
    if it.place == Place::Folder && how == End::Returned {
        let words =
            Words::new("フォルダーのファイルは「削除した」を選んでください。", "Files of a folder are deleted.");
        return Err(Error::invalid("how", words));
    }
    let ended = tx.exec(
        "UPDATE lab_export SET ended_by = ?3, ended_at = ?4, ended_how = ?5
         WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL AND taken_at IS NOT NULL",
        params![tx.facility()?, id, ctx.who.staff(), ctx.now, how.key()],
    )?;
    if ended == 1 { Ok(()) } else { Err(Error::conflict("it is not outside")) }
}

/// Everything that the ledger shows.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// What the manager has decided.
    pub rule: Option<Rule>,
    /// One's own exports, or for a manager everybody's; what is open first, then the newest.
    pub exports: Vec<Export>,
    /// Names of those who stand there.
    pub names: HashMap<PersonId, String>,
    /// Whether the person who looks decides.
    pub manages: bool,
}

/// The ledger of what lies outside.
///
/// # Errors
/// `Forbidden` without the right to see laboratory work; `Terminal` where it is not the device for it.
pub fn ledger(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Ledger> {
    Access::new("lab.exports", Act::View, Class::Lab).on("lab_export", "").require(tx, ctx)?;
    need_device(tx, ctx)?;
    let (facility, manages) = (tx.facility()?, manages(tx, ctx)?);
    let rows = tx.rows(
        "SELECT * FROM lab_export WHERE facility_id = ?1 AND (?2 = 1 OR person_id = ?3)
         ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, asked_at DESC, id DESC LIMIT ?4",
        params![facility, i64::from(manages), ctx.who.staff(), ROWS_MAX],
    )?;
    let exports: Vec<Export> = rows.iter().map(|it| read(tx, it)).collect::<Result<_>>()?;
    let rule = rule(tx)?;
    let shown = exports
        .iter()
        .flat_map(|it| [Some(it.person), it.decided.map(|it| it.0), it.ended.map(|it| it.1)].into_iter().flatten());
    let people: Vec<PersonId> = shown.chain(rule.as_ref().map(|it| it.set_by)).collect();
    Ok(Ledger { names: names(tx, people)?, rule, exports, manages })
}

/// How many media wait for the manager's word.
///
/// # Errors
/// The database's.
pub fn asked(tx: &mut Tx<'_>) -> Result<i64> {
    let facility = tx.facility()?;
    let count = tx.value(
        "SELECT count(*) FROM lab_export WHERE facility_id = ?1 AND place = 'medium' AND decided_at IS NULL",
        params![facility],
    )?;
    Ok(count.unwrap_or(0))
}

/// What lies outside: how many, and how many of them since before `before`.
///
/// # Errors
/// The database's.
pub fn outside(tx: &mut Tx<'_>, before: Timestamp) -> Result<(i64, i64)> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT count(*) AS count, count(CASE WHEN taken_at < ?2 THEN 1 END) AS old FROM lab_export
         WHERE facility_id = ?1 AND taken_at IS NOT NULL AND ended_at IS NULL",
        params![facility, before],
    )?;
    Ok(match row {
        Some(row) => (row.get("count")?, row.get("old")?),
        None => (0, 0),
    })
}
