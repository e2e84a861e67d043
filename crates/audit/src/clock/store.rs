//! Comparisons of the clock in rows.

use db::{Tx, params};
use kernel::{Ctx, Result, RowId, time};

use super::{Check, Measured};

/// Days that comparisons are kept: a year and a season, for whoever asks about last winter's records.
const DAYS_KEPT: i64 = 450;

/// Keeps a comparison and forgets those that are too old.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, check: &Check) -> Result<()> {
    tx.exec(
        "INSERT INTO clock_check (id, source, checked_at, offset_us, round_trip_us) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            RowId::new(ctx),
            check.source,
            check.checked_at,
            check.measured.map(|it| it.offset_us),
            check.measured.map(|it| it.round_trip_us)
        ],
    )?;
    let before = time::plus_min(ctx.now, -DAYS_KEPT * 24 * 60);
    tx.exec("DELETE FROM clock_check WHERE checked_at < ?1", params![before])?;
    Ok(())
}

/// The newest comparison.
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>) -> Result<Option<Check>> {
    let row = tx.row("SELECT * FROM clock_check ORDER BY checked_at DESC, id DESC LIMIT 1", params![])?;
    let Some(row) = row else { return Ok(None) };
    let (offset, round_trip): (Option<i64>, Option<i64>) = (row.get("offset_us")?, row.get("round_trip_us")?);
    Ok(Some(Check {
        source: row.get("source")?,
        checked_at: row.get("checked_at")?,
        measured: offset.zip(round_trip).map(|(offset_us, round_trip_us)| Measured { offset_us, round_trip_us }),
    }))
}
