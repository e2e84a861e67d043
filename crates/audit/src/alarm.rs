//! The alarm of a log that refuses to be signed: raised by the job that signs, seen until it is signed again.

use db::{FromValue, Tx, params};
use kernel::{FacilityId, Result, Timestamp, time};

/// Minutes between two tries at a log that was refused: each reads all its unsigned entries again.
const TRY_EVERY_MIN: i64 = 10;

/// A log that is not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What the signing refused, for whoever runs the server.
    pub why: String,
    /// Since when.
    pub raised_at: Timestamp,
}

/// The alarm of the act's facility.
///
/// # Errors
/// The database's.
pub fn alarm(tx: &mut Tx<'_>) -> Result<Option<Alarm>> {
    let facility = crate::entry::store::facility(tx);
    let row = tx.row("SELECT why, raised_at FROM audit_alarm WHERE facility_id = ?1", params![facility])?;
    row.map(|row| Ok(Alarm { why: row.get("why")?, raised_at: row.get("raised_at")? })).transpose()
}

/// How many logs are not signed, of all facilities; for health. Needs an act of no facility.
///
/// # Errors
/// The database's.
pub fn alarms(tx: &mut Tx<'_>) -> Result<i64> {
    Ok(tx.value("SELECT count(*) FROM audit_alarm", params![])?.unwrap_or(0))
}

/// Raises the alarm of the act's log, or notes that it was tried again. Whether it is new.
pub(crate) fn raise(tx: &mut Tx<'_>, why: &str, now: Timestamp) -> Result<bool> {
    let facility = crate::entry::store::facility(tx);
    let known = tx.exec("UPDATE audit_alarm SET tried_at = ?2 WHERE facility_id = ?1", params![facility, now])?;
    if known == 0 {
        tx.exec(
            "INSERT INTO audit_alarm (facility_id, why, raised_at, tried_at) VALUES (?1, ?2, ?3, ?3)",
            params![facility, why, now],
        )?;
    }
    Ok(known == 0)
}

/// Takes the alarm of the act's log back.
pub(crate) fn calm(tx: &mut Tx<'_>) -> Result<()> {
    let facility = crate::entry::store::facility(tx);
    tx.exec("DELETE FROM audit_alarm WHERE facility_id = ?1", params![facility])?;
    Ok(())
}

/// The logs that were refused a short while ago and are left alone for now.
pub(crate) fn left_alone(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<FacilityId>> {
    let from = time::plus_min(now, -TRY_EVERY_MIN);
    let rows =
        tx.rows("SELECT facility_id FROM audit_alarm WHERE tried_at > ?1 AND tried_at <= ?2", params![from, now])?;
    rows.iter().map(|row| FacilityId::from_value(&row.values()[0])).collect()
}
