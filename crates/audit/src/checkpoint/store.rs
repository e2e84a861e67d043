//! Checkpoints in the database. A checkpoint is signed only when it continues the one before.

use crypto::SigningKey;
use crypto::digest::hex;
use db::{Db, FromValue, Tx, params};
use kernel::{Ctx, Error, FacilityId, Kind, Result, Timestamp, clause};

use super::{Checkpoint, read, sign, vkey};
use crate::alarm;
use crate::entry::store::{each, facility, head, int, lock, log_key, size};
use crate::tree::Frontier;

/// Entries read at once: a power of two, so that a page is a subtree.
pub(crate) const PAGE_ROWS: u64 = 1024;

/// Signs the log of the act's facility as it is now, and returns the note; the last one when nothing was added since.
/// Nothing for an empty log.
///
/// Before signing, every entry since the last checkpoint is hashed again on top of it: a log that does not continue what
/// was signed before is refused.
///
/// # Errors
/// `Internal` when it does not continue it; `NotFound` when the facility's key was destroyed; those of the database.
pub fn checkpoint(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Option<Checkpoint>> {
    clause!("CS-122", "CS-162");
    let facility = facility(tx);
    lock(tx, facility)?;
    let head = head(tx, facility)?;
    if head.size() == 0 {
        return Ok(None);
    }
    let last = last(tx, facility)?;
    let (vkey, key) = signing_key(tx, ctx, facility, last.is_none())?;
    let mut seen = Frontier::default();
    if let Some((frontier, note)) = last {
        let signed =
            read(&note, &vkey).ok_or_else(|| refused(facility, "its last checkpoint is not signed by its key"))?;
        if signed.size != frontier.size() || signed.root != frontier.root().0 {
            return Err(refused(facility, "its last checkpoint is not what was signed"));
        }
        if frontier == head {
            return Ok(Some(signed));
        }
        seen = frontier;
    }
    while seen.size() < head.size() {
        let page = seen.size()..head.size().min(seen.size() + PAGE_ROWS);
        each(tx, facility, &page, |record| {
            let leaf = record.leaf_hash();
            if record.index != seen.size() || *record.leaf != leaf.0 {
                return Err(refused(facility, &format!("entry {} is missing or changed", seen.size())));
            }
            seen.push(leaf);
            Ok(())
        })?;
        if seen.size() == page.start {
            return Err(refused(facility, &format!("entry {} is missing", seen.size())));
        }
    }
    if seen != head {
        return Err(refused(facility, "its head is not what its entries give"));
    }
    let made = sign(&vkey, &key, head.size(), head.root())?;
    tx.exec(
        "INSERT INTO audit_checkpoint (facility_id, size, root, frontier, note, signed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![facility, int(made.size), made.root, head.to_bytes(), &made.note, ctx.now],
    )?;
    Ok(Some(made))
}

fn refused(facility: FacilityId, why: &str) -> Error {
    Error::internal(format!("the log of {facility} is not signed: {why}; run `haruka log verify`"))
}

/// The public key text by which checkpoints of the act's facility are checked; none before the first one.
///
/// # Errors
/// Those of the database.
pub fn verifier_key(tx: &mut Tx<'_>) -> Result<Option<String>> {
    let facility = facility(tx);
    tx.value("SELECT vkey FROM audit_key WHERE facility_id = ?1", params![facility])
}

/// How far a log has grown, and how far it is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Entries.
    pub entries: u64,
    /// Entries under the last checkpoint.
    pub signed: u64,
    /// When that was signed.
    pub signed_at: Option<Timestamp>,
}

/// The standing of the log of the act's facility.
///
/// # Errors
/// Those of the database.
pub fn standing(tx: &mut Tx<'_>) -> Result<Standing> {
    let facility = facility(tx);
    let entries = head(tx, facility)?.size();
    let sql = "SELECT size, signed_at FROM audit_checkpoint WHERE facility_id = ?1 ORDER BY size DESC LIMIT 1";
    Ok(match tx.row(sql, params![facility])? {
        Some(row) => Standing { entries, signed: size(&row.values()[0])?, signed_at: row.get("signed_at")? },
        None => Standing { entries, ..Standing::default() },
    })
}

/// The last checkpoint: its frontier and its note.
fn last(tx: &mut Tx<'_>, facility: FacilityId) -> Result<Option<(Frontier, String)>> {
    let sql = "SELECT size, frontier, note FROM audit_checkpoint WHERE facility_id = ?1 ORDER BY size DESC LIMIT 1";
    let Some(row) = tx.row(sql, params![facility])? else { return Ok(None) };
    let [of, frontier, note] = row.values() else { return Err(Error::internal("three columns")) };
    Ok(Some((Frontier::from_bytes(size(of)?, &Vec::from_value(frontier)?)?, String::from_value(note)?)))
}

/// The facility's signing key; made on the first checkpoint only, so that a lost key is noticed.
fn signing_key(tx: &mut Tx<'_>, ctx: &Ctx, facility: FacilityId, first: bool) -> Result<(String, SigningKey)> {
    let key = log_key(tx, facility)?;
    if let Some((vkey, seed)) = key_row(tx, facility)? {
        let signing = SigningKey::open(&key, PLACE, &seed)?;
        return Ok((vkey, signing));
    }
    if !first {
        return Err(refused(facility, "its signing key is gone"));
    }
    let signing = SigningKey::generate(&ctx.chance)?;
    let installation = hex(&tx.own_key("installation").mark(b"log")[..8]);
    let vkey = vkey(&format!("haruka/{installation}/{facility}"), &signing);
    tx.exec(
        "INSERT INTO audit_key (facility_id, vkey, seed, made_at) VALUES (?1, ?2, ?3, ?4)",
        params![facility, &vkey, signing.seal(&key, PLACE, &ctx.chance), ctx.now],
    )?;
    Ok((vkey, signing))
}

/// What the seed is sealed to.
pub(crate) const PLACE: &str = "audit_key.seed";

/// The row of the signing key: public text and sealed seed.
pub(crate) fn key_row(tx: &mut Tx<'_>, facility: FacilityId) -> Result<Option<(String, Vec<u8>)>> {
    let Some(row) = tx.row("SELECT vkey, seed FROM audit_key WHERE facility_id = ?1", params![facility])? else {
        return Ok(None);
    };
    Ok(Some((row.get("vkey")?, row.get("seed")?)))
}

/// What a run of [`sign_due`] did.
#[derive(Debug, Default)]
pub struct Due {
    /// Logs signed.
    pub signed: Vec<FacilityId>,
    /// Logs newly refused, with the reason: a log was changed, or its key is gone. Each is an [`crate::Alarm`] from now
    /// until it is signed again.
    pub refused: Vec<(FacilityId, Error)>,
}

/// Signs every log that has grown since its last checkpoint. For the worker: at the start, and then from time to time.
///
/// # Errors
/// Those of the database when the logs cannot be listed; what one log refuses stands in [`Due`].
pub async fn sign_due(db: &Db, ctx: &Ctx) -> Result<Due> {
    let now = ctx.now;
    let grown = db
        .read(None, move |tx| {
            let left = alarm::left_alone(tx, now)?;
            let sql = "SELECT h.facility_id FROM audit_head h WHERE h.size > COALESCE(
                       (SELECT max(c.size) FROM audit_checkpoint c WHERE c.facility_id = h.facility_id), 0)";
            let grown: Vec<FacilityId> = tx
                .rows(sql, params![])?
                .iter()
                .map(|row| FacilityId::from_value(&row.values()[0]))
                .collect::<Result<_>>()?;
            Ok(grown.into_iter().filter(|it| !left.contains(it)).collect::<Vec<_>>())
        })
        .await?;
    let mut due = Due::default();
    for facility in grown {
        let own = ctx.at(facility);
        let signed = db.write(Some(facility), move |tx| {
            checkpoint(tx, &own)?;
            alarm::calm(tx)
        });
        match signed.await {
            Ok(()) => due.signed.push(facility),
            // A disk or a database that is away says nothing about the log.
            Err(error) if *error.kind() == Kind::Unavailable => return Err(error),
            Err(error) => {
                let why = error.to_string();
                if db.write(Some(facility), move |tx| alarm::raise(tx, &why, now)).await? {
                    due.refused.push((facility, error));
                }
            }
        }
    }
    Ok(due)
}
