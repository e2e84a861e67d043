//! Device tests in rows.

use std::collections::HashSet;

use db::{Tx, params};
use kernel::{BookingId, Ctx, Error, Result, RowId, Words, clause};
use people::access::{Access, Act, Class};

use super::{DeviceTest, Overall, RESULT_BYTES_MAX, judge};
use crate::booking::Booking;
use crate::booking::store::read_one;

/// Keeps what the browser measured.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for something that is no JSON object.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, text: &str, agent: &str) -> Result<Overall> {
    clause!("OV-166");
    let facility = tx.facility()?;
    let booking = read_one(tx, booking)?;
    // Before the result is read: a word about it would tell a stranger that there is such a visit.
    Access::new("device_test.keep", Act::Write, Class::Questionnaire)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    let words = Words::new(
        "結果を読み取れませんでした。もう一度お試しください。",
        "The result could not be read. Please try again.",
    );
    let result: serde_json::Value = match serde_json::from_str(text) {
        Ok(value @ serde_json::Value::Object(_)) if text.len() <= RESULT_BYTES_MAX => value,
        _ => return Err(Error::invalid("result", words)),
    };
    let overall = judge(&result);
    tx.exec(
        "INSERT INTO device_test (id, facility_id, booking_id, result, overall, agent, tested_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![RowId::new(ctx), facility, booking.id, result.to_string(), overall.key(), agent, ctx.now],
    )?;
    Ok(overall)
}

/// The newest test of a booking. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<DeviceTest>> {
    let facility = tx.facility()?;
    tx.row(
        "SELECT * FROM device_test WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY tested_at DESC, id DESC LIMIT 1",
        params![facility, booking],
    )?
    .map(|row| {
        let overall: String = row.get("overall")?;
        let result: String = row.get("result")?;
        Ok(DeviceTest {
            overall: Overall::from_key(&overall).unwrap_or(Overall::None),
            result: serde_json::from_str(&result).map_err(Error::internal)?,
            agent: row.get("agent")?,
            tested_at: row.get("tested_at")?,
        })
    })
    .transpose()
}

/// Whether the device was tested for this visit.
///
/// # Errors
/// The database's.
pub fn is_done(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    Ok(tested(tx, &[booking.id])?.contains(&booking.id))
}

/// Those of several visits for which the device was tested.
///
/// # Errors
/// The database's.
pub fn tested(tx: &mut Tx<'_>, bookings: &[BookingId]) -> Result<HashSet<BookingId>> {
    let facility = tx.facility()?;
    let sql = "SELECT DISTINCT booking_id FROM device_test WHERE facility_id = ?1 AND booking_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], bookings.iter().copied())?;
    rows.iter().map(|row| row.get("booking_id")).collect()
}
