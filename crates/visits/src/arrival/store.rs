//! Arrivals in rows.

use std::collections::HashMap;

use db::{Row, Tx, params};
use guidelines::place::{PlaceKind, Statement};
use kernel::{BookingId, Ctx, Error, Kind, Result, RowId, Words, clause, time};
use people::access::{Access, Act, Class};

use super::{Arrival, Arrived, Detail};
use crate::booking::Booking;
use crate::booking::store::read_one;
use crate::home::ARRIVE_BEFORE_MIN;

/// Keeps what the patient states. What stops a visit is kept too: the clinic sees why the patient does not come in.
///
/// # Errors
/// `NotFound`; `Forbidden` earlier than half an hour before the start, or after the end.
pub fn arrive(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, arrival: &Arrival) -> Result<()> {
    clause!("OV-210");
    let facility = tx.facility()?;
    let booking = read_one(tx, booking)?;
    Access::new("arrival.state", Act::Write, Class::Questionnaire)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    let early = ctx.now < time::plus_min(booking.starts_at, -ARRIVE_BEFORE_MIN);
    // A doctor may run late by hours; the day's end is late enough.
    let late = ctx.now > time::plus_min(booking.ends_at, 6 * 60);
    if early || late || booking.cancelled_at.is_some() {
        let words = Words::new("受付は開始の30分前からです。", "You can check in from 30 minutes before the start.");
        return Err(Error::new(Kind::Forbidden, words, "not the time to arrive"));
    }
    let id = RowId::new(ctx);
    let detail = serde_json::to_string(&arrival.detail).map_err(Error::internal)?;
    let detail = tx.seal("arrival.detail", id, &detail)?;
    let it = &arrival.statement;
    tx.exec(
        "INSERT INTO arrival (id, facility_id, booking_id, place, safe, clean, private, detail, stated_by, stated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            id,
            facility,
            booking.id,
            it.kind.key(),
            it.safe,
            it.clean,
            it.private,
            detail,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}

/// The newest arrival of a booking. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<Arrived>> {
    let facility = tx.facility()?;
    let found = tx.row(
        "SELECT * FROM arrival WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY stated_at DESC, id DESC LIMIT 1",
        params![facility, booking],
    )?;
    let Some(row) = found else { return Ok(None) };
    let id: RowId = row.get("id")?;
    let sealed: Vec<u8> = row.get("detail")?;
    let detail: Detail = serde_json::from_str(&tx.open("arrival.detail", id, &sealed)?).map_err(Error::internal)?;
    let arrival = Arrival { statement: statement(&row)?, detail };
    Ok(Some(Arrived { arrival, stated_at: row.get("stated_at")? }))
}

fn statement(row: &Row) -> Result<Statement> {
    let place: String = row.get("place")?;
    Ok(Statement {
        kind: PlaceKind::from_key(&place).unwrap_or(PlaceKind::Other),
        safe: row.get("safe")?,
        clean: row.get("clean")?,
        private: row.get("private")?,
    })
}

/// What `may_start` must know: the patient's statement, if there is one.
///
/// # Errors
/// The database's.
pub fn facts(tx: &mut Tx<'_>, booking: &Booking) -> Result<Option<Statement>> {
    Ok(statements(tx, &[booking.id])?.remove(&booking.id))
}

/// The same of several visits, by those whose patient has arrived.
///
/// # Errors
/// The database's.
pub fn statements(tx: &mut Tx<'_>, bookings: &[BookingId]) -> Result<HashMap<BookingId, Statement>> {
    let facility = tx.facility()?;
    let rows = tx.rows_among(
        "SELECT booking_id, place, safe, clean, private FROM arrival WHERE facility_id = ?1 AND booking_id IN ({ids})
         ORDER BY stated_at DESC, id DESC",
        params![facility],
        bookings.iter().copied(),
    )?;
    let mut statements = HashMap::new();
    for row in &rows {
        // The newest comes first and counts.
        statements.entry(row.get("booking_id")?).or_insert(statement(row)?);
    }
    Ok(statements)
}
