//! The day in rows: one question for each noun, however many bookings there are.

use db::Tx;
use kernel::{BookingId, Ctx, Date, Error, PatientId, Result};

use super::{Line, Mark, View, is_ahead};
use crate::{booking, call, standing};

/// The day, seen by the person who acts.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, date: Date) -> Result<View> {
    let bookings = booking::store::on_day(tx, ctx, date)?;
    let ids: Vec<BookingId> = bookings.iter().map(|it| it.id).collect();
    let patients = people::patient::store::read_all(tx, bookings.iter().map(|it| it.patient))?;
    let ends = call::store::ends_of(tx, &ids)?;
    let outcome = |id| ends.get(&id).map(|it| it.outcome);
    let ahead = bookings.iter().filter(|it| is_ahead(it, outcome(it.id)));
    let standing = standing::ask(tx, ahead, &patients)?;
    let mut lines = Vec::new();
    for booking in bookings {
        let outcome = outcome(booking.id);
        let (steps, desk) = if is_ahead(&booking, outcome) {
            (standing.steps(&booking), standing.desk(&booking))
        } else {
            (Vec::new(), Vec::new())
        };
        let patient = patients.get(&booking.patient).cloned().ok_or_else(|| Error::not_found("patient"))?;
        lines.push(Line { booking, patient, outcome, steps, desk });
    }
    let rooms = lines.iter().map(|it| (it.booking.id, it.booking.patient)).collect();
    Ok(View { mark: mark_of(tx, ctx, rooms)?, lines })
}

/// By what it is known whether the day would show the same again; nothing for whoever may not look at it. Shows nobody
/// anything, so it leaves no entry.
///
/// # Errors
/// The database's.
pub fn mark(tx: &mut Tx<'_>, ctx: &Ctx, date: Date) -> Result<Option<Mark>> {
    let rooms = booking::store::ids_on_day(tx, ctx, date)?;
    rooms.map(|it| mark_of(tx, ctx, it)).transpose()
}

fn mark_of(tx: &mut Tx<'_>, ctx: &Ctx, rooms: Vec<(BookingId, PatientId)>) -> Result<Mark> {
    Ok(Mark {
        newest: audit::newest_besides(tx, booking::store::VIEW_DAY)?,
        rooms,
        alarms: people::alarm::read(tx, ctx)?,
        doctors: people::person::store::doctors(tx)?,
    })
}
