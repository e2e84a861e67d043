//! Letters in rows: each version is one, none is changed.

use db::{Row, Tx, params};
use kernel::{BookingId, Ctx, Error, Result, RowId, clause};
use people::access::{Access, Act, Class};
use people::facility::Facility;
use people::patient::Patient;

use super::{Letter, Written};
use crate::booking::{self, Booking};
use crate::feasibility;

/// Everything the page of a letter shows.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The visit.
    pub booking: Booking,
    /// The patient.
    pub patient: Patient,
    /// The facility.
    pub facility: Facility,
    /// The versions, the newest first, each with the name of who wrote it.
    pub written: Vec<(Written, kernel::Words)>,
    /// What a first letter begins with: the reason of the judgement, the medicines that the patient stated.
    pub first: Letter,
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Written> {
    let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("content")?);
    let text = tx.open("referral_letter.content", id, &sealed)?;
    Ok(Written {
        id,
        number: row.get("number")?,
        letter: serde_json::from_str(&text).map_err(Error::internal)?,
        written_by: row.get("written_by")?,
        written_at: row.get("written_at")?,
    })
}

fn versions(tx: &mut Tx<'_>, id: BookingId) -> Result<Vec<Written>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM referral_letter WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY number DESC LIMIT 100",
        params![facility, id],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// The doctor's desk for the letter of a visit.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<Desk> {
    let booking = booking::store::read_one(tx, id)?;
    Access::new("referral.view", Act::View, Class::Chart).on("booking", id).of(booking.patient).require(tx, ctx)?;
    if ctx.who.staff().is_none() {
        return Err(Error::not_found("letters are the clinic's"));
    }
    let mut written = Vec::new();
    for it in versions(tx, id)? {
        let name = people::label::name(tx, &it.written_by)?;
        written.push((it, name));
    }
    let mut first = Letter::default();
    first.texts[3] = feasibility::store::last(tx, id)?.map(|it| it.reason).unwrap_or_default();
    first.texts[6] = crate::arrival::store::newest(tx, id)?.map(|it| it.arrival.detail.medicines).unwrap_or_default();
    Ok(Desk {
        patient: people::patient::store::read_one(tx, booking.patient)?,
        facility: people::facility::store::get(tx, ctx.facility()?)?,
        written,
        first,
        booking,
    })
}

/// Writes a version under the doctor's own name. `is_fresh` says that the doctor has just proven to be there.
///
/// # Errors
/// `NotFound`, `Forbidden`; `SignIn` without the fresh proof; `Conflict` when another version came in between.
pub fn write(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, letter: &Letter, seen: i64, is_fresh: bool) -> Result<()> {
    clause!("OV-103", "OV-160", "CS-162");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let row = RowId::new(ctx);
    Access::new("referral.write", Act::Sign, Class::Chart)
        .on("referral_letter", row)
        .of(booking.patient)
        .require(tx, ctx)?;
    if !is_fresh {
        return Err(Error::sign_in("no fresh proof for signing"));
    }
    tx.lock(&format!("referral/{facility}/{id}"))?;
    if versions(tx, id)?.first().map_or(0, |it| it.number) != seen {
        return Err(Error::conflict("another version came in between"));
    }
    let text = serde_json::to_string(letter).map_err(Error::internal)?;
    let content = tx.seal("referral_letter.content", row, &text)?;
    tx.exec(
        "INSERT INTO referral_letter (id, facility_id, booking_id, number, content, written_by, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![row, facility, id, seen + 1, content, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Whether a letter was written from this visit.
///
/// # Errors
/// The database's.
pub fn is_written(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    let facility = tx.facility()?;
    let count: Option<i64> = tx.value(
        "SELECT count(*) FROM referral_letter WHERE facility_id = ?1 AND booking_id = ?2",
        params![facility, booking.id],
    )?;
    Ok(count.unwrap_or(0) > 0)
}
