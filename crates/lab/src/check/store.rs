//! Checks in rows: begun, kept, read at either facility.

use std::collections::HashMap;

use blobs::Stored;
use db::{Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, Result, RowId, Timestamp, clause, time};
use mesh::Outcome;
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Check, Found, Level, PAUSE_MIN, TRIES_MAX, gave_up, is_checked};
use crate::case::CaseId;
use crate::case::store::read_one;
use crate::file::store::{read_bytes, row_bytes, segments};
use crate::file::{Bundle, Member};

/// Checks begun in one round at most.
const ROUND_MAX: i64 = 20;
/// A time further ahead than a pause was written by a clock that has been set back since.
const AHEAD_MIN: i64 = PAUSE_MIN + 1;

/// Lets the files of a new bundle wait for their check, in the transaction that makes the bundle: no file is forgotten.
///
/// # Errors
/// The database's.
pub fn enqueue(tx: &mut Tx<'_>, ctx: &Ctx, case: CaseId, members: &[Member]) -> Result<()> {
    let facility = tx.facility()?;
    for it in members.iter().filter(|it| is_checked(&it.name)) {
        tx.exec(
            "INSERT INTO lab_check (facility_id, file_id, case_id, tries, next_try_at) VALUES (?1, ?2, ?3, 0, ?4)",
            params![facility, it.id, case, ctx.now],
        )?;
    }
    Ok(())
}

/// Files whose check is due, of all facilities, oldest first.
///
/// # Errors
/// The database's.
pub fn due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(FacilityId, RowId)>> {
    let rows = tx.rows(
        "SELECT facility_id, file_id FROM lab_check WHERE checked_at IS NULL AND (next_try_at <= ?1 OR next_try_at > ?3)
         ORDER BY next_try_at, file_id LIMIT ?2",
        params![now, ROUND_MAX, time::plus_min(now, AHEAD_MIN)],
    )?;
    rows.iter().map(|row| Ok((row.get("facility_id")?, row.get("file_id")?))).collect()
}

/// A file whose check has begun.
#[derive(Clone)]
pub struct Begun {
    /// The file.
    pub file: RowId,
    /// Its case.
    pub case: CaseId,
    /// Its name at whoever sent it.
    pub name: String,
    /// The key of its facility.
    pub key: crypto::Key,
    /// Where its bytes lie, in order.
    pub segments: Vec<Stored>,
    /// Which try this is, from one.
    pub tries: u32,
}

/// Begins a check of a file of this facility: the try counts from now on, whatever becomes of it or of the server. Nothing
/// when it is done already, or was begun too often: then it has its end with this.
///
/// # Errors
/// `NotFound`.
pub fn begin(tx: &mut Tx<'_>, ctx: &Ctx, file: RowId) -> Result<Option<Begun>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT c.case_id, c.tries, f.name FROM lab_check c
         JOIN lab_file f ON f.facility_id = c.facility_id AND f.id = c.file_id
         WHERE c.facility_id = ?1 AND c.file_id = ?2 AND c.checked_at IS NULL",
        params![facility, file],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (case, tries, sealed): (CaseId, i64, Vec<u8>) = (row.get("case_id")?, row.get("tries")?, row.get("name")?);
    let tries = u32::try_from(tries).map_err(Error::internal)?;
    if tries >= TRIES_MAX {
        end(tx, ctx, (file, case), &Outcome::Unchecked(gave_up()), &[])?;
        return Ok(None);
    }
    tx.exec(
        "UPDATE lab_check SET tries = ?3, next_try_at = ?4 WHERE facility_id = ?1 AND file_id = ?2",
        params![facility, file, tries + 1, time::plus_min(ctx.now, PAUSE_MIN)],
    )?;
    let name = tx.open("lab_file.name", file, &sealed)?;
    Ok(Some(Begun { file, case, name, key: tx.key()?, segments: segments(tx, file)?, tries: tries + 1 }))
}

/// Keeps what a check came to, with levels whose blobs are durable. A check that came to no end is made again, unless it was
/// the last try. Whether it is over.
///
/// # Errors
/// `NotFound`.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, begun: &Begun, outcome: &Outcome, levels: &[(Level, Stored)]) -> Result<bool> {
    if matches!(outcome, Outcome::Unchecked(_)) && begun.tries < TRIES_MAX {
        return Ok(false);
    }
    end(tx, ctx, (begun.file, begun.case), outcome, levels)?;
    Ok(true)
}

fn end(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    (file, case): (RowId, CaseId),
    outcome: &Outcome,
    levels: &[(Level, Stored)],
) -> Result<()> {
    clause!("DL-22");
    let case = read_one(tx, case)?;
    let word = match outcome {
        Outcome::Read(_) => "read",
        Outcome::Broken(_) => "broken",
        Outcome::Unchecked(_) => "unchecked",
    };
    Access::new("lab.check", Act::Write, Class::Lab)
        .on("lab_case", case.id)
        .of(case.patient)
        .detail(json!({ "file": file, "outcome": word, "levels": levels.len() }))
        .require(tx, ctx)?;
    let facility = tx.facility()?;
    let text = serde_json::to_string(outcome).map_err(Error::internal)?;
    let sealed = tx.seal("lab_check.outcome", file, &text)?;
    let ended = tx.exec(
        "UPDATE lab_check SET outcome = ?3, checked_at = ?4
         WHERE facility_id = ?1 AND file_id = ?2 AND checked_at IS NULL",
        params![facility, file, sealed, ctx.now],
    )?;
    if ended != 1 {
        return Err(Error::conflict("the check of this file is over"));
    }
    for (it, stored) in levels {
        tx.exec(
            "INSERT INTO lab_level (facility_id, file_id, number, triangles, error_mm, blob_id, sealed_key, size_bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                facility,
                file,
                it.number,
                it.triangles,
                it.error_mm,
                stored.blob.to_string(),
                stored.sealed_key,
                row_bytes(stored.size_bytes)?
            ],
        )?;
    }
    Ok(())
}

/// The checks of the files of these bundles of a case, by file. Those of the other facility are read there: the caller has made
/// the entries in both logs.
///
/// # Errors
/// The database's.
pub fn of_bundles(tx: &mut Tx<'_>, case: CaseId, bundles: &[Bundle]) -> Result<HashMap<RowId, Check>> {
    let home = tx.facility()?;
    let mut found = HashMap::new();
    let mut asked = Vec::new();
    for holder in bundles.iter().map(|it| it.holder) {
        if !asked.contains(&holder) {
            asked.push(holder);
            let checks = if holder == home { of_case(tx, case)? } else { tx.at_other(holder, |tx| of_case(tx, case))? };
            found.extend(checks);
        }
    }
    let shown = |id| bundles.iter().any(|it| it.members.iter().any(|it| it.id == id));
    found.retain(|id, _| shown(*id));
    Ok(found)
}

fn of_case(tx: &mut Tx<'_>, case: CaseId) -> Result<Vec<(RowId, Check)>> {
    let facility = tx.facility()?;
    let levels = tx.rows(
        "SELECT l.file_id, l.number, l.triangles, l.error_mm, l.size_bytes FROM lab_level l
         JOIN lab_check c ON c.facility_id = l.facility_id AND c.file_id = l.file_id
         WHERE l.facility_id = ?1 AND c.case_id = ?2 ORDER BY l.file_id, l.number",
        params![facility, case],
    )?;
    let mut by_file: HashMap<RowId, Vec<Level>> = HashMap::new();
    for row in &levels {
        by_file.entry(row.get("file_id")?).or_default().push(level(row)?);
    }
    let rows = tx.rows(
        "SELECT file_id, outcome, checked_at FROM lab_check WHERE facility_id = ?1 AND case_id = ?2",
        params![facility, case],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (file, sealed, at): (RowId, Option<Vec<u8>>, Option<Timestamp>) =
            (row.get("file_id")?, row.get("outcome")?, row.get("checked_at")?);
        let check = match sealed.zip(at) {
            None => Check::Waits,
            Some((sealed, checked_at)) => {
                let text = tx.open("lab_check.outcome", file, &sealed)?;
                let outcome = serde_json::from_str(&text).map_err(Error::internal)?;
                Check::Done(Found { outcome, checked_at, levels: by_file.remove(&file).unwrap_or_default() })
            }
        };
        found.push((file, check));
    }
    Ok(found)
}

fn level(row: &Row) -> Result<Level> {
    let (number, triangles): (i64, i64) = (row.get("number")?, row.get("triangles")?);
    Ok(Level {
        number: u32::try_from(number).map_err(Error::internal)?,
        triangles: u32::try_from(triangles).map_err(Error::internal)?,
        error_mm: row.get("error_mm")?,
        size_bytes: read_bytes(row, "size_bytes")?,
    })
}

/// The blob of one level of a file of this facility.
///
/// # Errors
/// `NotFound`.
pub fn level_blob(tx: &mut Tx<'_>, file: RowId, number: u32) -> Result<Stored> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT blob_id, sealed_key, size_bytes FROM lab_level WHERE facility_id = ?1 AND file_id = ?2 AND number = ?3",
        params![facility, file, number],
    )?;
    let row = row.ok_or_else(|| Error::not_found("no such level"))?;
    let blob: String = row.get("blob_id")?;
    Ok(Stored { blob: blob.parse()?, size_bytes: read_bytes(&row, "size_bytes")?, sealed_key: row.get("sealed_key")? })
}

/// The sealed keys of all levels of this facility, which name their blobs: a sweep leaves those alone.
///
/// # Errors
/// The database's.
pub fn known_blobs(tx: &mut Tx<'_>) -> Result<Vec<Vec<u8>>> {
    let facility = tx.facility()?;
    let rows = tx.rows("SELECT sealed_key FROM lab_level WHERE facility_id = ?1", params![facility])?;
    rows.iter().map(|row| row.get("sealed_key")).collect()
}
