//! Rows of commitments.

use audit::Entry;
use db::{Row, Tx, params};
use kernel::{Ctx, Error, Kind, Result, RowId, Timestamp, Words, clause};
use serde_json::json;

use super::{Commitment, OPEN_MAX};

/// Commitments looked at in one turn.
const DUE_MAX: usize = 100;

/// Keeps a question. One that is asked again under the same number is answered again.
///
/// # Errors
/// `Limit` when a station has too many open ones; the database's.
pub fn ask(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    title: &str,
    transaction: &str,
    instances: &[(String, String)],
) -> Result<RowId> {
    clause!("TR-20");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let open: Option<i64> = tx.value(
        "SELECT count(*) FROM commitment WHERE facility_id = ?1 AND title = ?2 AND ended_at IS NULL",
        params![facility, title],
    )?;
    if open.unwrap_or(0) >= OPEN_MAX {
        let words = Words::new("確認待ちの問い合わせが多すぎます。", "Too many questions are open.");
        return Err(Error::new(Kind::Limit { retry: true }, words, "open commitments of a station"));
    }
    tx.exec(
        "INSERT INTO commitment (id, facility_id, title, transaction_uid, instances, asked_at, tries, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?6)
         ON CONFLICT (facility_id, title, transaction_uid)
         DO UPDATE SET instances = ?5, asked_at = ?6, tries = 0, next_at = ?6, ended_at = NULL",
        params![id, facility, title, transaction, serde_json::to_string(instances).map_err(Error::internal)?, ctx.now],
    )?;
    let entry = Entry::done("study.commit", "station", title).class("images");
    audit::append(tx, ctx, entry.detail(json!({ "transaction": transaction, "instances": instances.len() })))?;
    Ok(id)
}

/// Open questions to look at now.
///
/// # Errors
/// The database's.
pub fn due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Commitment>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        &format!(
            "SELECT id, title, transaction_uid, instances, asked_at, tries FROM commitment
             WHERE facility_id = ?1 AND ended_at IS NULL AND next_at <= ?2 ORDER BY next_at, id LIMIT {DUE_MAX}"
        ),
        params![facility, now],
    )?;
    let read = |row: &Row| {
        let instances: String = row.get("instances")?;
        Ok(Commitment {
            id: row.get("id")?,
            title: row.get("title")?,
            transaction: row.get("transaction_uid")?,
            instances: serde_json::from_str(&instances).map_err(Error::internal)?,
            asked_at: row.get("asked_at")?,
            tries: row.get("tries")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Some of it is still on its way: looked at again at `next`, behind the others.
///
/// # Errors
/// The database's.
pub fn later(tx: &mut Tx<'_>, id: RowId, next: Timestamp) -> Result<()> {
    let facility = tx.facility()?;
    tx.exec("UPDATE commitment SET next_at = ?3 WHERE facility_id = ?1 AND id = ?2", params![facility, id, next])
        .map(drop)
}

/// The report was not taken: tried again at `next`, or given up.
///
/// # Errors
/// The database's.
pub fn untold(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId, next: Option<Timestamp>) -> Result<()> {
    let facility = tx.facility()?;
    tx.exec(
        "UPDATE commitment SET tries = tries + 1, next_at = coalesce(?3, next_at), ended_at = ?4
         WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, next, next.is_none().then_some(ctx.now)],
    )?;
    if next.is_none() {
        audit::append(tx, ctx, Entry::done("study.report_commitment", "commitment", id).class("images").refused())?;
    }
    Ok(())
}

/// The device has taken the report that `kept` instances are safe and `failed` are not.
///
/// # Errors
/// The database's.
pub fn told(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId, kept: usize, failed: usize) -> Result<()> {
    let facility = tx.facility()?;
    tx.exec("UPDATE commitment SET ended_at = ?3 WHERE facility_id = ?1 AND id = ?2", params![facility, id, ctx.now])?;
    let entry = Entry::done("study.report_commitment", "commitment", id).class("images");
    audit::append(tx, ctx, entry.detail(json!({ "kept": kept, "failed": failed }))).map(drop)
}
