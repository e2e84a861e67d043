//! The written measures and their reviews in rows; none is changed.

use db::{Tx, params};
use kernel::{Ctx, Date, Error, Result, clause, time};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Measures, Version, next_on};

/// Rows of the history that are shown at most.
const HISTORY_MAX: usize = 50;

/// The history, the newest first.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn history(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Version>> {
    Access::new("measures.view", Act::View, Class::Administration).on("reading_measures", "").require(tx, ctx)?;
    read(tx)
}

fn read(tx: &mut Tx<'_>) -> Result<Vec<Version>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_measures WHERE facility_id = ?1 ORDER BY number DESC LIMIT ?2",
        params![facility, HISTORY_MAX],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (texts, how): (String, String) = (row.get("texts")?, row.get("how")?);
        found.push(Version {
            number: row.get("number")?,
            measures: Measures {
                texts: serde_json::from_str(&texts).map_err(Error::internal)?,
                cycle_months: row.get("cycle_months")?,
            },
            is_review: how == "reviewed",
            finding: row.get("finding")?,
            next_on: row.get("next_on")?,
            by: row.get("done_by")?,
            at: row.get("done_at")?,
        });
    }
    Ok(found)
}

/// The day of the next review; none when nothing is written. It names nobody: no entry.
///
/// # Errors
/// The database's.
pub fn due_on(tx: &mut Tx<'_>) -> Result<Option<Date>> {
    let facility = tx.facility()?;
    tx.value(
        "SELECT next_on FROM reading_measures WHERE facility_id = ?1 ORDER BY number DESC LIMIT 1",
        params![facility],
    )
}

/// Writes the measures anew; `seen` is the number of the newest row that was shown.
///
/// # Errors
/// `Forbidden` without the right to administer; `Conflict` when somebody has written meanwhile.
pub fn write(tx: &mut Tx<'_>, ctx: &Ctx, seen: i64, measures: &Measures, finding: &str) -> Result<()> {
    clause!("TR-08", "TR-15");
    keep(tx, ctx, seen, "written", measures, finding)
}

/// Keeps that the measures were reviewed and stay as they are, with what was found.
///
/// # Errors
/// `Forbidden`; `NotFound` when nothing is written; `Conflict` when somebody has written meanwhile.
pub fn review(tx: &mut Tx<'_>, ctx: &Ctx, seen: i64, finding: &str) -> Result<()> {
    clause!("TR-15");
    let newest = read(tx)?.into_iter().next().ok_or_else(|| Error::not_found("nothing is written"))?;
    keep(tx, ctx, seen, "reviewed", &newest.measures, finding)
}

fn keep(tx: &mut Tx<'_>, ctx: &Ctx, seen: i64, how: &str, measures: &Measures, finding: &str) -> Result<()> {
    let facility = tx.facility()?;
    let verb = if how == "written" { "measures.write" } else { "measures.review" };
    let next = next_on(time::day(ctx.now), measures.cycle_months);
    Access::new(verb, Act::Write, Class::Administration)
        .on("reading_measures", seen + 1)
        .detail(json!({ "finding": finding, "next_on": next }))
        .require(tx, ctx)?;
    let before: Option<i64> =
        tx.value("SELECT COALESCE(max(number), 0) FROM reading_measures WHERE facility_id = ?1", params![facility])?;
    if before.unwrap_or(0) != seen {
        return Err(Error::conflict("somebody has written meanwhile"));
    }
    let texts = serde_json::to_string(&measures.texts).map_err(Error::internal)?;
    tx.exec(
        "INSERT INTO reading_measures (facility_id, number, how, texts, finding, cycle_months, next_on, done_by, done_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![facility, seen + 1, how, texts, finding, measures.cycle_months, next, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}
