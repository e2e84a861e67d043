//! Bookings in rows.

use std::collections::HashMap;

use db::{Row, Tx, params};
use kernel::{BookingId, Ctx, Date, Error, PatientId, PersonId, Result, RowId, Timestamp, Who, Words, clause, time};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::letters;
use super::{Asker, Booking, Day, Form, HOLD_MIN, Refusal, Span, VisitType, may_change, place};

/// Columns of a booking with its type; `WHERE` follows.
pub(crate) const SELECT: &str = "SELECT b.id, b.patient_id, b.doctor_id, b.starts_at, b.ends_at, b.reason, b.sequence, b.link,
    b.booked_at, b.cancelled_at, b.absent_at, t.id AS type_id, t.name_ja, t.name_en, t.form, t.duration_min, t.by_patient
    FROM booking b JOIN visit_type t ON t.id = b.visit_type_id AND t.facility_id = b.facility_id";

/// What a booking form says, well-formed.
#[derive(Debug, Clone)]
pub struct Request {
    /// For whom.
    pub patient: PatientId,
    /// With whom.
    pub doctor: PersonId,
    /// What for.
    pub visit_type: RowId,
    /// When.
    pub starts_at: Timestamp,
    /// Why, in the patient's words; may be empty.
    pub reason: String,
    /// Who held the time while filling in the form (a session's id).
    pub holder: String,
}

pub(crate) fn read_type(row: &Row, id: &str) -> Result<VisitType> {
    let form: String = row.get("form")?;
    Ok(VisitType {
        id: row.get(id)?,
        name: Words::made(row.get("name_ja")?, row.get("name_en")?),
        form: Form::from_key(&form).unwrap_or(Form::InPerson),
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
    Access::new("booking.view", Act::View, Class::Identity)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    Ok(booking)
}

/// The live bookings of the patient who acts, or whom the staff looks at; from `since` on, earliest first.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn of_patient(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, since: Timestamp) -> Result<Vec<Booking>> {
    let facility = tx.facility()?;
    Access::new("booking.list", Act::View, Class::Identity).on("patient", patient).of(patient).require(tx, ctx)?;
    let sql = format!(
        "{SELECT} WHERE b.facility_id = ?1 AND b.patient_id = ?2 AND b.ends_at > ?3 AND b.cancelled_at IS NULL
         ORDER BY b.starts_at LIMIT 100"
    );
    let rows = tx.rows(&sql, params![facility, patient, since])?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// All bookings of one day, cancelled ones too, for the staff.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub fn on_day(tx: &mut Tx<'_>, ctx: &Ctx, day: Date) -> Result<Vec<Booking>> {
    let facility = tx.facility()?;
    day_access(day).require(tx, ctx)?;
    let (from, to) = day_span(day)?;
    let sql = format!(
        "{SELECT} WHERE b.facility_id = ?1 AND b.starts_at >= ?2 AND b.starts_at < ?3 ORDER BY b.starts_at, b.id LIMIT 500"
    );
    let rows = tx.rows(&sql, params![facility, from, to])?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// Who is expected in person from one day to another, both included: what devices are told (TR-26). Whoever has cancelled
/// or did not come is not among them.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub fn expected(tx: &mut Tx<'_>, ctx: &Ctx, from: Date, to: Date) -> Result<Vec<Booking>> {
    clause!("TR-26");
    let facility = tx.facility()?;
    Access::new("booking.worklist", Act::View, Class::Identity)
        .on("day", from)
        .detail(json!({ "to": to.to_string() }))
        .require(tx, ctx)?;
    let sql = format!(
        "{SELECT} WHERE b.facility_id = ?1 AND b.starts_at >= ?2 AND b.starts_at < ?3 AND b.cancelled_at IS NULL
         AND b.absent_at IS NULL AND t.form = ?4 ORDER BY b.starts_at, b.id LIMIT 500"
    );
    let rows = tx.rows(&sql, params![facility, day_span(from)?.0, day_span(to)?.1, Form::InPerson.key()])?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// The act of looking at a day.
pub(crate) const VIEW_DAY: &str = "booking.day";

fn day_access(day: Date) -> Access {
    Access::new(VIEW_DAY, Act::View, Class::Identity).on("day", day)
}

/// Which bookings a day has and whose they are, by id, for asking whether anything has changed there; nothing for whoever
/// may not look at the day. Nobody sees these: looking at the day is [`on_day`], which leaves its entry.
///
/// # Errors
/// The database's.
pub fn ids_on_day(tx: &mut Tx<'_>, ctx: &Ctx, day: Date) -> Result<Option<Vec<(BookingId, PatientId)>>> {
    let facility = tx.facility()?;
    if !day_access(day).allowed(tx, ctx)? {
        return Ok(None);
    }
    let (from, to) = day_span(day)?;
    let rows = tx.rows(
        "SELECT id, patient_id FROM booking WHERE facility_id = ?1 AND starts_at >= ?2 AND starts_at < ?3
         ORDER BY starts_at, id LIMIT 500",
        params![facility, from, to],
    )?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("patient_id")?))).collect::<Result<_>>().map(Some)
}

fn day_span(day: Date) -> Result<(Timestamp, Timestamp)> {
    let from = time::at_tokyo(day, 0, 0).map_err(Error::internal)?;
    Ok((from, time::plus_min(from, 24 * 60)))
}

/// The kinds of visit on offer.
///
/// # Errors
/// The database's.
pub fn visit_types(tx: &mut Tx<'_>) -> Result<Vec<VisitType>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT * FROM visit_type WHERE facility_id = ?1 AND ended_at IS NULL ORDER BY made_at, form DESC, duration_min, id",
        params![facility],
    )?
    .iter()
    .map(|row| read_type(row, "id"))
    .collect()
}

/// One kind of visit, ended ones too.
///
/// # Errors
/// `NotFound`.
pub fn visit_type(tx: &mut Tx<'_>, id: RowId) -> Result<VisitType> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM visit_type WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    read_type(&row.ok_or_else(|| Error::not_found("visit type"))?, "id")
}

/// The doctor's day for one kind of visit; `holder`'s own hold does not stand in the way.
///
/// # Errors
/// The database's.
pub fn day(tx: &mut Tx<'_>, ctx: &Ctx, doctor: PersonId, kind: RowId, date: Date, holder: &str) -> Result<Day> {
    Ok(days(tx, ctx, &[doctor], kind, &[date], holder)?.remove(&(doctor, date)).unwrap_or_default())
}

/// The same for several doctors and dates at once.
///
/// # Errors
/// The database's.
pub fn days(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    doctors: &[PersonId],
    kind: RowId,
    dates: &[Date],
    holder: &str,
) -> Result<HashMap<(PersonId, Date), Day>> {
    let (Some(first), Some(last)) = (dates.iter().min(), dates.iter().max()) else { return Ok(HashMap::new()) };
    let facility = tx.facility()?;
    let (from, to) = (day_span(*first)?.0, day_span(*last)?.1);
    let patterns = tx.rows_among(
        "SELECT doctor_id, weekday, from_min, until_min, valid_from, valid_until FROM slot_pattern
         WHERE facility_id = ?1 AND visit_type_id = ?2 AND valid_from <= ?4 AND (valid_until IS NULL OR valid_until >= ?3)
         AND doctor_id IN ({ids}) ORDER BY from_min",
        params![facility, kind, first, last],
        doctors.iter().copied(),
    )?;
    let booked = tx.rows_among(
        "SELECT doctor_id, starts_at, ends_at FROM booking WHERE facility_id = ?1 AND cancelled_at IS NULL
         AND starts_at < ?3 AND ends_at > ?2 AND starts_at > ?4 AND doctor_id IN ({ids})",
        // No visit lasts a day: the doctor's past years are not walked through for one that reaches into this day.
        params![facility, from, to, time::plus_min(from, -24 * 60)],
        doctors.iter().copied(),
    )?;
    let held = tx.rows_among(
        "SELECT doctor_id, starts_at, ends_at FROM booking_hold WHERE facility_id = ?1 AND starts_at < ?3 AND ends_at > ?2
         AND held_until > ?4 AND held_until <= ?5 AND holder <> ?6 AND doctor_id IN ({ids})",
        params![facility, from, to, ctx.now, held_at_most(ctx), holder],
        doctors.iter().copied(),
    )?;
    let closed = tx.rows(
        "SELECT doctor_id, day FROM closing WHERE facility_id = ?1 AND day >= ?2 AND day <= ?3",
        params![facility, first, last],
    )?;

    let mut days = HashMap::new();
    for date in dates {
        let whole = day_span(*date)?;
        for doctor in doctors {
            days.insert(
                (*doctor, *date),
                Day {
                    offered: offered(&patterns, *doctor, *date, whole.0)?,
                    booked: within(&booked, *doctor, whole)?,
                    held: within(&held, *doctor, whole)?,
                    closed: false,
                },
            );
        }
    }
    for row in &closed {
        let (whose, date): (String, Date) = (row.get("doctor_id")?, row.get("day")?);
        for doctor in doctors.iter().filter(|it| whose.is_empty() || whose == it.to_string()) {
            days.entry((*doctor, date)).and_modify(|it| it.closed = true);
        }
    }
    Ok(days)
}

fn offered(patterns: &[Row], doctor: PersonId, date: Date, midnight: Timestamp) -> Result<Vec<Span>> {
    let mut spans = Vec::new();
    for row in patterns {
        let (whose, weekday): (PersonId, i64) = (row.get("doctor_id")?, row.get("weekday")?);
        let (valid_from, valid_until): (Date, Option<Date>) = (row.get("valid_from")?, row.get("valid_until")?);
        let valid = valid_from <= date && valid_until.is_none_or(|it| it >= date);
        if whose == doctor && weekday == i64::from(date.weekday().to_monday_zero_offset()) && valid {
            let (begin, end): (i64, i64) = (row.get("from_min")?, row.get("until_min")?);
            spans.push(Span { from: time::plus_min(midnight, begin), to: time::plus_min(midnight, end) });
        }
    }
    Ok(spans)
}

fn within(rows: &[Row], doctor: PersonId, (from, to): (Timestamp, Timestamp)) -> Result<Vec<Span>> {
    let mut spans = Vec::new();
    for row in rows {
        let span = Span { from: row.get("starts_at")?, to: row.get("ends_at")? };
        if row.get::<PersonId>("doctor_id")? == doctor && span.from < to && span.to > from {
            spans.push(span);
        }
    }
    Ok(spans)
}

fn asker(ctx: &Ctx) -> Asker {
    if ctx.who.patient().is_some() { Asker::Patient } else { Asker::Clinic }
}

/// Keeps the time of a request free for its holder while the form is filled in; the holder's earlier hold goes. A hold says
/// nothing of the patient and is gone in minutes: it leaves no entry, the booking does.
///
/// # Errors
/// As [`book`]; a [`Refusal`] is a value.
pub fn hold(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request) -> Result<Result<Span, Refusal>> {
    let (facility, holder) = (tx.facility()?, &request.holder);
    people::patient::store::read_one(tx, request.patient)?;
    to_book(request.patient).require_for_form(tx, ctx)?;
    let span = match room_for(tx, ctx, request)? {
        Ok(span) => span,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tx.exec(
        "DELETE FROM booking_hold WHERE facility_id = ?1 AND (holder = ?2 OR held_until <= ?3 OR held_until > ?4)",
        params![facility, holder, ctx.now, held_at_most(ctx)],
    )?;
    tx.exec(
        "INSERT INTO booking_hold (facility_id, doctor_id, starts_at, ends_at, holder, held_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![facility, request.doctor, span.from, span.to, holder, time::plus_min(ctx.now, HOLD_MIN)],
    )?;
    Ok(Ok(span))
}

/// The right to book for a patient.
pub(super) fn to_book(patient: PatientId) -> Access {
    Access::new("booking.book", Act::Write, Class::Identity).on("patient", patient).of(patient)
}

/// The request's place in the doctor's day, which is locked from here on.
fn room_for(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request) -> Result<Result<Span, Refusal>> {
    let (facility, asker) = (tx.facility()?, asker(ctx));
    let visit_type = visit_type(tx, request.visit_type)?;
    if asker == Asker::Patient && !visit_type.by_patient {
        return Ok(Err(Refusal::NotOffered));
    }
    tx.lock(&format!("day/{facility}/{}", request.doctor))?;
    let day = day(tx, ctx, request.doctor, request.visit_type, time::day(request.starts_at), &request.holder)?;
    Ok(place(&day, request.starts_at, visit_type.duration_min, asker, ctx.now))
}

/// How far a hold can reach. One that reaches further was made by a clock that has been set back since, and keeps nobody
/// from the time.
fn held_at_most(ctx: &Ctx) -> Timestamp {
    time::plus_min(ctx.now, HOLD_MIN + 1)
}

/// Books, or says why not. Confirmation and reminders go to the outbox in the same act.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Conflict` when the second guard, the unique index, was needed.
pub fn book(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request) -> Result<Result<BookingId, Refusal>> {
    clause!("SY-06");
    let facility = tx.facility()?;
    let id = BookingId::new(ctx);
    people::patient::store::read_one(tx, request.patient)?;
    // Where many want one time, most are told that it is taken: that is found out before anything is written.
    to_book(request.patient).require_for_form(tx, ctx)?;
    let span = match room_for(tx, ctx, request)? {
        Ok(span) => span,
        Err(refusal) => return Ok(Err(refusal)),
    };
    to_book(request.patient)
        .on("booking", id)
        .detail(json!({ "doctor": request.doctor, "starts_at": request.starts_at }))
        .require(tx, ctx)?;
    let link =
        people::entry::store::invite(tx, ctx, request.patient, Some(id), time::plus_min(span.to, LINK_AFTER_MIN))?;
    let reason = tx.seal("booking.reason", id, &request.reason)?;
    tx.exec(
        "INSERT INTO booking (id, facility_id, patient_id, doctor_id, visit_type_id, starts_at, ends_at, reason, sequence, link,
         booked_by, booked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11)",
        params![
            id,
            facility,
            request.patient,
            request.doctor,
            request.visit_type,
            span.from,
            span.to,
            reason,
            link,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    tx.exec("DELETE FROM booking_hold WHERE facility_id = ?1 AND holder = ?2", params![facility, request.holder])?;
    let booking = read_one(tx, id)?;
    letters::booked(tx, ctx, &booking)?;
    Ok(Ok(id))
}

/// Minutes after a visit during which its link still opens: summary, plan and consent can be read for a month.
const LINK_AFTER_MIN: i64 = 30 * 24 * 60;

/// Moves a booking to another time of the same doctor and kind.
///
/// # Errors
/// As [`book`]; `Conflict` after the cut-off.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: BookingId,
    starts_at: Timestamp,
    holder: &str,
) -> Result<Result<(), Refusal>> {
    let facility = tx.facility()?;
    let booking = read_one(tx, id)?;
    Access::new("booking.change", Act::Write, Class::Identity)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "from": booking.starts_at, "to": starts_at }))
        .require(tx, ctx)?;
    refuse_late(&booking, ctx)?;
    tx.lock(&format!("day/{facility}/{}", booking.doctor))?;
    let mut day = day(tx, ctx, booking.doctor, booking.visit_type.id, time::day(starts_at), holder)?;
    // Its own old time does not stand in its way.
    day.booked.retain(|it| it.from != booking.starts_at);
    let span = match place(&day, starts_at, booking.visit_type.duration_min, asker(ctx), ctx.now) {
        Ok(span) => span,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tx.exec(
        "UPDATE booking SET starts_at = ?3, ends_at = ?4, sequence = sequence + 1 WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, span.from, span.to],
    )?;
    people::entry::store::extend(tx, id, time::plus_min(span.to, LINK_AFTER_MIN))?;
    let booking = read_one(tx, id)?;
    letters::moved(tx, ctx, &booking)?;
    Ok(Ok(()))
}

/// Cancels a booking; whoever waits for an earlier time is told.
///
/// # Errors
/// `NotFound`; `Conflict` after the cut-off.
pub fn cancel(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, reason: &str) -> Result<()> {
    let facility = tx.facility()?;
    let booking = read_one(tx, id)?;
    Access::new("booking.cancel", Act::Write, Class::Identity)
        .on("booking", id)
        .of(booking.patient)
        .require(tx, ctx)?;
    if booking.cancelled_at.is_some() {
        return Ok(());
    }
    refuse_late(&booking, ctx)?;
    tx.exec(
        "UPDATE booking SET cancelled_by = ?3, cancelled_at = ?4, cancel_reason = ?5, sequence = sequence + 1
         WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, ctx.who.label(), ctx.now, reason],
    )?;
    let booking = read_one(tx, id)?;
    letters::cancelled(tx, ctx, &booking)?;
    letters::time_is_free(tx, ctx, &booking)
}

fn refuse_late(booking: &Booking, ctx: &Ctx) -> Result<()> {
    if may_change(booking, asker(ctx), ctx.now) {
        return Ok(());
    }
    let words = Words::new(
        "変更や取り消しの期限を過ぎています。お電話でご連絡ください。",
        "It is too late to change or cancel here. Please call the clinic.",
    );
    Err(Error::new(kernel::Kind::Conflict, words, "after the cut-off"))
}

/// Notes that the patient did not come.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn absent(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<()> {
    let facility = tx.facility()?;
    let booking = read_one(tx, id)?;
    Access::new("booking.absent", Act::Write, Class::Identity)
        .on("booking", id)
        .of(booking.patient)
        .require(tx, ctx)?;
    if matches!(ctx.who, Who::Patient(_) | Who::Guardian { .. }) {
        return Err(Error::not_found("a patient cannot note an absence"));
    }
    tx.exec(
        "UPDATE booking SET absent_by = ?3, absent_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND absent_at IS NULL",
        params![facility, id, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Whether the patient waits for an earlier time than that of this booking.
///
/// # Errors
/// The database's.
pub fn waits(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    let facility = tx.facility()?;
    let found = tx.row(
        "SELECT id FROM waiting_list WHERE facility_id = ?1 AND patient_id = ?2 AND doctor_id = ?3 AND visit_type_id = ?4
         AND ended_at IS NULL LIMIT 1",
        params![facility, booking.patient, booking.doctor, booking.visit_type.id],
    )?;
    Ok(found.is_some())
}

/// Puts the patient on the list of those who want an earlier time, or takes them off it.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn wait(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, waits: bool) -> Result<()> {
    let facility = tx.facility()?;
    let booking = read_one(tx, id)?;
    Access::new("booking.wait", Act::Write, Class::Identity)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "waits": waits }))
        .require(tx, ctx)?;
    tx.exec(
        "UPDATE waiting_list SET ended_at = ?3 WHERE facility_id = ?1 AND patient_id = ?2 AND ended_at IS NULL",
        params![facility, booking.patient, ctx.now],
    )?;
    if !waits {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO waiting_list (id, facility_id, patient_id, doctor_id, visit_type_id, until_day, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            RowId::new(ctx),
            facility,
            booking.patient,
            booking.doctor,
            booking.visit_type.id,
            time::day(booking.starts_at),
            ctx.now
        ],
    )?;
    Ok(())
}
