//! What was told, in rows; the newest counts.

use db::{Tx, params};
use kernel::{BookingId, Ctx, Date, Error, Result, RowId, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Policy, Texts, Told, Way};
use crate::booking::{self, Booking};

/// Records what the patient was told.
///
/// # Errors
/// `NotFound`, `Forbidden` for who may not write the chart.
pub fn tell(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, policy: &Policy) -> Result<()> {
    clause!("OV-131");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let row = RowId::new(ctx);
    Access::new("policy.tell", Act::Write, Class::Chart)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "way": policy.way.key(), "next_on": policy.next_on.map(|it| it.to_string()) }))
        .require(tx, ctx)?;
    let text = serde_json::to_string(&policy.texts).map_err(Error::internal)?;
    let words = tx.seal("further_policy.words", row, &text)?;
    tx.exec(
        "INSERT INTO further_policy (id, facility_id, booking_id, way, next_on, words, told_by, told_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![row, facility, id, policy.way.key(), policy.next_on, words, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// What was told last. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn last(tx: &mut Tx<'_>, id: BookingId) -> Result<Option<Told>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM further_policy WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY told_at DESC, id DESC LIMIT 1",
        params![facility, id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (row_id, way, sealed): (RowId, String, Vec<u8>) = (row.get("id")?, row.get("way")?, row.get("words")?);
    let way = Way::from_key(&way);
    let text = tx.open("further_policy.words", row_id, &sealed)?;
    let texts: Texts = serde_json::from_str(&text).map_err(Error::internal)?;
    let next_on: Option<Date> = row.get("next_on")?;
    Ok(Some(Told {
        policy: Policy { way: way.ok_or_else(|| Error::internal("way of a policy"))?, next_on, texts },
        told_by: row.get("told_by")?,
        told_at: row.get("told_at")?,
    }))
}

/// Whether it was told, for closing a first visit.
///
/// # Errors
/// The database's.
pub fn is_told(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    let facility = tx.facility()?;
    let found: Option<i64> = tx.value(
        "SELECT count(*) FROM further_policy WHERE facility_id = ?1 AND booking_id = ?2",
        params![facility, booking.id],
    )?;
    Ok(found.unwrap_or(0) > 0)
}

/// The live bookings of this patient from now on, other than this one.
///
/// # Errors
/// The database's.
pub fn next_bookings(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<Vec<Booking>> {
    let mut all = booking::store::of_patient(tx, ctx, booking.patient, ctx.now)?;
    all.retain(|it| it.id != booking.id && it.starts_at > ctx.now);
    all.truncate(5);
    Ok(all)
}
