//! Bookings in rows.

use db::{Row, Tx, params};
use kernel::{BookingId, Ctx, Error, Result, Words};
use people::access::{Access, Act, Class};

use super::{Booking, Form, VisitType};

/// Columns of a booking with its type; `WHERE` follows.
pub(crate) const SELECT: &str = "SELECT b.id, b.patient_id, b.doctor_id, b.starts_at, b.ends_at, b.reason, b.sequence, b.link,
    b.booked_at, b.cancelled_at, b.absent_at, t.id AS type_id, t.name_ja, t.name_en, t.form, t.duration_min, t.by_patient
    FROM booking b JOIN visit_type t ON t.id = b.visit_type_id AND t.facility_id = b.facility_id";

pub(crate) fn read_type(row: &Row, id: &str) -> Result<VisitType> {
    let form: String = row.get("form")?;
    Ok(VisitType {
        id: row.get(id)?,
        name: Words::made(row.get("name_ja")?, row.get("name_en")?),
        form: if form == "online" { Form::Online } else { Form::InPerson },
        duration_min: row.get("duration_min")?,
        by_patient: row.get("by_patient")?,
    })
}

pub(crate) fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Booking> {
    let id: BookingId = row.get("id")?;
    let reason: Vec<u8> = row.get("reason")?;
    Ok(Booking {
        id,
        patient: row.get("patient_id")?,
        doctor: row.get("doctor_id")?,
        visit_type: read_type(row, "type_id")?,
        starts_at: row.get("starts_at")?,
        ends_at: row.get("ends_at")?,
        reason: tx.open("booking.reason", id, &reason)?,
        sequence: row.get("sequence")?,
        link: row.get("link")?,
        booked_at: row.get("booked_at")?,
        cancelled_at: row.get("cancelled_at")?,
        absent_at: row.get("absent_at")?,
    })
}

/// The booking without check or entry: for stores that make their own [`Access`] on a thing of this visit.
///
/// # Errors
/// `NotFound` when this facility has no such booking.
pub fn read_one(tx: &mut Tx<'_>, id: BookingId) -> Result<Booking> {
    let facility = tx.facility()?;
    let row = tx.row(&format!("{SELECT} WHERE b.facility_id = ?1 AND b.id = ?2"), params![facility, id])?;
    let row = row.ok_or_else(|| Error::not_found("booking"))?;
    read(tx, &row)
}

/// The booking, seen by the person who acts.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<Booking> {
    let booking = read_one(tx, id)?;
    Access::new("booking.view", Act::View, Class::Identity).on("booking", id).of(booking.patient).require(tx, ctx)?;
    Ok(booking)
}
