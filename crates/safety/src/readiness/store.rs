//! Papers and exercises in rows. Each change of a paper is a version.

use db::{Row, Tx, params};
use kernel::{Ctx, Date, Error, PersonId, Result, RowId, Timestamp, clause, limits};
use people::access::{self, Access, Act, Class};
use people::facility;
use serde_json::json;

use super::{Drill, Gaps, Kind, Paper, Rows, edition};

/// The newest version of each paper.
///
/// # Errors
/// The database's.
fn newest(tx: &mut Tx<'_>) -> Result<Vec<Paper>> {
    let facility = tx.facility()?;
    let sql = "SELECT r.* FROM readiness r WHERE r.facility_id = ?1 AND r.number =
               (SELECT max(o.number) FROM readiness o WHERE o.facility_id = r.facility_id AND o.kind = r.kind)";
    tx.rows(sql, params![facility])?.iter().map(|row| read(tx, row)).collect()
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Paper> {
    let (id, kind, sealed): (RowId, String, Vec<u8>) = (row.get("id")?, row.get("kind")?, row.get("content")?);
    Ok(Paper {
        kind: Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of paper"))?,
        number: row.get("number")?,
        rows: serde_json::from_str(&tx.open("readiness.content", id, &sealed)?).map_err(Error::internal)?,
        written_by: row.get("written_by")?,
        written_at: row.get("written_at")?,
    })
}

/// What the overview shows.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The newest version of each paper that was written.
    pub papers: Vec<Paper>,
    /// The exercises, newest first.
    pub drills: Vec<Drill>,
}

/// The overview.
///
/// # Errors
/// `Forbidden` without the right to see the facility's affairs.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Desk> {
    Access::new("readiness.list", Act::View, Class::Administration).on("readiness", "").require(tx, ctx)?;
    Ok(Desk { papers: newest(tx)?, drills: drills(tx)? })
}

/// The versions of a paper, newest first.
///
/// # Errors
/// `Forbidden` without the right to see the facility's affairs.
pub fn versions(tx: &mut Tx<'_>, ctx: &Ctx, kind: Kind) -> Result<Vec<Paper>> {
    Access::new("readiness.view", Act::View, Class::Administration).on("readiness", kind.key()).require(tx, ctx)?;
    let facility = tx.facility()?;
    let sql = "SELECT * FROM readiness WHERE facility_id = ?1 AND kind = ?2 ORDER BY number DESC LIMIT ?3";
    let rows = tx.rows(sql, params![facility, kind.key(), limits::LIST_ROWS_MAX])?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// Writes a new version.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn write(tx: &mut Tx<'_>, ctx: &Ctx, kind: Kind, rows: &Rows) -> Result<()> {
    clause!("DL-41");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("no staff"))?;
    tx.lock(&format!("readiness/{facility}/{}", kind.key()))?;
    let sql = "SELECT max(number) FROM readiness WHERE facility_id = ?1 AND kind = ?2";
    let number = tx.value::<Option<i64>>(sql, params![facility, kind.key()])?.flatten().unwrap_or(0) + 1;
    Access::new("readiness.write", Act::Write, Class::Administration)
        .on("readiness", kind.key())
        .detail(json!({ "version": number, "rows": rows.len() }))
        .require(tx, ctx)?;
    let sealed = tx.seal("readiness.content", id, &serde_json::to_string(rows).map_err(Error::internal)?)?;
    tx.exec(
        "INSERT INTO readiness (facility_id, id, kind, number, content, edition, written_by, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![facility, id, kind.key(), number, sealed, edition().0, person, ctx.now],
    )?;
    Ok(())
}

/// A paper for the printer, with the facility. The contacts are for everybody who works here; the others for those who see the
/// facility's affairs.
///
/// # Errors
/// `NotFound` for a paper that nobody has written; `Forbidden`.
pub fn printed(tx: &mut Tx<'_>, ctx: &Ctx, kind: Kind) -> Result<(facility::Facility, Paper)> {
    if kind != Kind::Contacts {
        Access::new("readiness.print", Act::View, Class::Administration)
            .on("readiness", kind.key())
            .require(tx, ctx)?;
    } else if !works_here(tx, ctx)? {
        return Err(Error::not_found("nobody of this facility"));
    }
    let facility = tx.facility()?;
    let found = newest(tx)?.into_iter().find(|it| it.kind == kind);
    Ok((facility::store::get(tx, facility)?, found.ok_or_else(|| Error::not_found("a paper that is not written"))?))
}

fn works_here(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<bool> {
    match ctx.who.staff() {
        Some(person) => Ok(!access::duties(tx, person)?.is_empty()),
        None => Ok(false),
    }
}

/// Whom to call: the facility's own list; empty before it is written. The caller has made sure that somebody of the staff asks.
///
/// # Errors
/// The database's.
pub fn contacts(tx: &mut Tx<'_>) -> Result<Rows> {
    Ok(newest(tx)?.into_iter().find(|it| it.kind == Kind::Contacts).map(|it| it.rows).unwrap_or_default())
}

/// Puts an exercise on file.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn record(tx: &mut Tx<'_>, ctx: &Ctx, drill: &Drill) -> Result<()> {
    clause!("DL-41");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let person: PersonId = ctx.who.staff().ok_or_else(|| Error::not_found("no staff"))?;
    Access::new("drill.record", Act::Write, Class::Administration)
        .on("drill", id)
        .detail(json!({ "held_on": drill.held_on }))
        .require(tx, ctx)?;
    let text = serde_json::to_string(&drill.content).map_err(Error::internal)?;
    let sealed = tx.seal("drill.content", id, &text)?;
    tx.exec(
        "INSERT INTO drill (facility_id, id, held_on, content, recorded_by, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![facility, id, drill.held_on, sealed, person, ctx.now],
    )?;
    Ok(())
}

fn drills(tx: &mut Tx<'_>) -> Result<Vec<Drill>> {
    let facility = tx.facility()?;
    let sql = "SELECT * FROM drill WHERE facility_id = ?1 ORDER BY held_on DESC, id DESC LIMIT ?2";
    let rows = tx.rows(sql, params![facility, limits::LIST_ROWS_MAX])?;
    rows.iter()
        .map(|row| {
            let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("content")?);
            let text = tx.open("drill.content", id, &sealed)?;
            Ok(Drill { held_on: row.get("held_on")?, content: serde_json::from_str(&text).map_err(Error::internal)? })
        })
        .collect()
}

/// What is missing or old on `today`, and when anything was written last. No names: for alerts and evidence.
///
/// # Errors
/// The database's.
pub fn gaps(tx: &mut Tx<'_>, today: Date) -> Result<(Gaps, Option<Timestamp>)> {
    let facility = tx.facility()?;
    let sql = "SELECT kind, max(written_at) AS written_at FROM readiness WHERE facility_id = ?1 GROUP BY kind";
    let mut papers: Vec<(Kind, Timestamp)> = Vec::new();
    for row in tx.rows(sql, params![facility])? {
        let kind: String = row.get("kind")?;
        if let Some(kind) = Kind::from_key(&kind) {
            papers.push((kind, row.get("written_at")?));
        }
    }
    let drilled: Option<Option<Date>> =
        tx.value("SELECT max(held_on) FROM drill WHERE facility_id = ?1", params![facility])?;
    let newest = papers.iter().map(|it| it.1).max();
    Ok((Gaps::of(&papers, drilled.flatten(), today), newest))
}
