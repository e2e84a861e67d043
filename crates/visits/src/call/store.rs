//! Calls in rows: started by the clinic only, ended, and the visit closed as what the rules allow.

use std::collections::HashMap;

use audit::Entry;
use db::{Row, Tx, params};
use guidelines::call::{CompleteFacts, Completion, Measured, Outcome, Permit, may_complete, may_start};
use guidelines::verdict::NotMet;
use kernel::{BookingId, Ctx, Error, PatientId, PersonId, Result, RowId, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Call, CallId, Ending, Summary, Surroundings, VisitEnd, VisitOutcome, facts, record};
use crate::booking::{self, Booking};
use crate::{feasibility, identity};

const COLUMNS: &str = "id, booking_id, patient_id, doctor_id, started_at, ended_at, ending";

fn read(row: &Row) -> Result<Call> {
    let ending: Option<String> = row.get("ending")?;
    let ending = ending.as_deref().and_then(Ending::from_key);
    let ended_at: Option<kernel::Timestamp> = row.get("ended_at")?;
    Ok(Call {
        id: row.get("id")?,
        booking: row.get("booking_id")?,
        patient: row.get("patient_id")?,
        doctor: row.get("doctor_id")?,
        started_at: row.get("started_at")?,
        ended: ended_at.map(|at| (at, ending.unwrap_or(Ending::Ended))),
    })
}

/// The call, by id. The caller has made its own [`Access`].
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &mut Tx<'_>, id: CallId) -> Result<Call> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} FROM call WHERE facility_id = ?1 AND id = ?2");
    read(&tx.row(&sql, params![facility, id])?.ok_or_else(|| Error::not_found("call"))?)
}

/// All calls of a visit, the first one first.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx<'_>, booking: BookingId) -> Result<Vec<Call>> {
    let facility = tx.facility()?;
    let sql = format!(
        "SELECT {COLUMNS} FROM call WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY started_at, id LIMIT 100"
    );
    tx.rows(&sql, params![facility, booking])?.iter().map(read).collect()
}

/// The last call of a visit, running or not.
///
/// # Errors
/// The database's.
pub fn last(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<Call>> {
    Ok(all(tx, booking)?.pop())
}

/// The running call of a visit.
///
/// # Errors
/// The database's.
pub fn live(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<Call>> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} FROM call WHERE facility_id = ?1 AND booking_id = ?2 AND ended_at IS NULL");
    tx.row(&sql, params![facility, booking])?.as_ref().map(read).transpose()
}

/// The running call that the doctor leads here.
///
/// # Errors
/// The database's.
pub fn live_of_doctor(tx: &mut Tx<'_>, doctor: PersonId) -> Result<Option<Call>> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} FROM call WHERE facility_id = ?1 AND doctor_id = ?2 AND ended_at IS NULL");
    tx.row(&sql, params![facility, doctor])?.as_ref().map(read).transpose()
}

/// The running call that the patient is in here.
///
/// # Errors
/// The database's.
pub fn live_of_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Call>> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} FROM call WHERE facility_id = ?1 AND patient_id = ?2 AND ended_at IS NULL");
    tx.row(&sql, params![facility, patient])?.as_ref().map(read).transpose()
}

/// Starts the call, or says which clauses are not met. The person who acts leads it. A call of this visit that the same
/// doctor has running is returned as it is: the button pressed twice rings again.
///
/// # Errors
/// `Forbidden` for who may not write the chart; `Conflict` when doctor or patient came into another call this moment.
pub fn start(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: BookingId,
    factors: u8,
    surroundings: Surroundings,
) -> Result<Result<(Call, Permit), Vec<NotMet>>> {
    clause!("OV-101", "OV-163", "OV-203", "OV-205", "OV-301");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let doctor = ctx.who.staff().ok_or_else(|| Error::not_found("only the clinic starts a call"))?;
    refuse_over(tx, &booking)?;
    let access = Access::new("call.start", Act::Write, Class::Chart)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "closed_room": surroundings.closed_room, "quiet_place": surroundings.quiet_place }));
    let verdict = gated(tx, ctx, access, Entry::done("call.start", "booking", id).patient(booking.patient), |tx| {
        Ok(may_start(&facts::gather(tx, ctx, &booking, doctor, factors, surroundings)?))
    })?;
    let permit = match verdict {
        Ok(permit) => permit,
        Err(not_met) => return Ok(Err(not_met)),
    };
    if let Some(call) = live(tx, id)? {
        // Another doctor's call is found as "patient in another call" before.
        return Ok(Ok((call, permit)));
    }
    let call = CallId::new(ctx);
    tx.exec(
        "INSERT INTO call (id, facility_id, booking_id, patient_id, doctor_id, closed_room, quiet_place, started_by, started_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            call,
            facility,
            id,
            booking.patient,
            doctor,
            surroundings.closed_room,
            surroundings.quiet_place,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    record::into_call(tx, ctx, id, call)?;
    Ok(Ok((get(tx, call)?, permit)))
}

/// An act behind a gate: who may not is refused as always; a gate that is not passed is on record with its clauses, as
/// refused, and the act is not done; one that is passed is on record as done.
pub(crate) fn gated<T>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    access: Access,
    entry: Entry,
    verdict: impl FnOnce(&mut Tx<'_>) -> Result<std::result::Result<T, Vec<NotMet>>>,
) -> Result<std::result::Result<T, Vec<NotMet>>> {
    if !access.allowed(tx, ctx)? {
        access.clone().require(tx, ctx)?;
    }
    let found = verdict(tx)?;
    match &found {
        Ok(_) => access.require(tx, ctx)?,
        Err(not_met) => {
            let clauses: Vec<&str> = not_met.iter().map(|it| it.clause.as_str()).collect();
            let entry = entry.class(Class::Chart.key()).detail(json!({ "clauses": clauses })).refused();
            audit::append(tx, ctx, entry)?;
        }
    }
    Ok(found)
}

/// A visit that is over, cancelled or in person has no call.
fn refuse_over(tx: &mut Tx<'_>, booking: &Booking) -> Result<()> {
    let online = booking.visit_type.form == booking::Form::Online;
    if !online || booking.cancelled_at.is_some() || end_of(tx, booking.id)?.is_some() {
        return Err(Error::conflict("no call for this booking"));
    }
    Ok(())
}

/// Ends the running call; nothing happens when there is none.
///
/// # Errors
/// `Forbidden` for who may not write the chart.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, ending: Ending, reason: &str) -> Result<()> {
    clause!("OV-160", "OV-165");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let measured = record::measured(tx, &booking)?;
    Access::new("call.end", Act::Write, Class::Chart)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "ending": ending.key(), "reason": reason, "measured": numbers(measured) }))
        .require(tx, ctx)?;
    let Some(call) = live(tx, id)? else { return Ok(()) };
    let sealed = tx.seal("call.end_reason", call.id, reason)?;
    tx.exec(
        "UPDATE call SET ended_by = ?3, ended_at = ?4, ending = ?5, end_reason = ?6
         WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, call.id, ctx.who.label(), ctx.now, ending.key(), sealed],
    )?;
    Ok(())
}

fn numbers(it: Measured) -> serde_json::Value {
    json!({ "patient_picture_s": it.patient_picture_s, "patient_sound_s": it.patient_sound_s,
            "doctor_picture_s": it.doctor_picture_s, "doctor_sound_s": it.doctor_sound_s })
}

kernel::keyed! {
    /// How somebody was tried to be reached.
    pub enum Attempt {
        /// Rung again.
        Ring => "ring";
        /// Telephoned and spoke with the patient.
        PhoneReached => "phone_reached";
        /// Telephoned without an answer.
        PhoneUnreached => "phone_unreached";
    }
}

/// Records that the patient was tried to be reached.
///
/// # Errors
/// `Forbidden` for who may not write bookings.
pub fn attempt(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, how: Attempt) -> Result<()> {
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    Access::new("call.attempt", Act::Write, Class::Identity)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "how": how.key() }))
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO call_attempt (id, facility_id, booking_id, how, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, id, how.key(), ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// How often the patient was tried to be reached, by key.
///
/// # Errors
/// The database's.
pub fn attempts(tx: &mut Tx<'_>, id: BookingId) -> Result<Vec<(String, kernel::Timestamp)>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT how, made_at FROM call_attempt WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY made_at, id LIMIT 100",
        params![facility, id],
    )?
    .iter()
    .map(|row| Ok((row.get("how")?, row.get("made_at")?)))
    .collect()
}

/// The facts on which closing the visit rests.
///
/// # Errors
/// The database's.
pub fn complete_facts(tx: &mut Tx<'_>, booking: &Booking) -> Result<CompleteFacts> {
    let judged = feasibility::store::last(tx, booking.id)?;
    let way_out = feasibility::store::way_out(tx, booking, judged.as_ref())?;
    Ok(CompleteFacts {
        measured: record::measured(tx, booking)?,
        feasibility: feasibility::fact(judged.as_ref()),
        way_out,
        information_recorded: judged.as_ref().is_some_and(|it| it.information),
        identity: identity::store::facts(tx, booking)?,
        further_policy_told: facts::further_policy_told(tx, booking)?,
        explanation_still_open: facts::explanation_postponed(tx, booking)?,
    })
}

/// Closes the visit as held or as not suitable, or says what is missing. A running call ends with it.
///
/// # Errors
/// `Forbidden` for who may not sign the chart's side of a visit; `Conflict` when it is closed already.
pub fn complete(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<Result<Completion, Vec<NotMet>>> {
    clause!("OV-103", "OV-131", "OV-161");
    let booking = booking::store::read_one(tx, id)?;
    if end_of(tx, id)?.is_some() {
        return Err(Error::conflict("the visit is closed already"));
    }
    let facts = complete_facts(tx, &booking)?;
    let detail = json!({ "measured": numbers(facts.measured) });
    let access =
        Access::new("visit.complete", Act::Sign, Class::Chart).on("booking", id).of(booking.patient).detail(detail);
    let entry = Entry::done("visit.complete", "booking", id).patient(booking.patient);
    let completion = match gated(tx, ctx, access, entry, |_| Ok(may_complete(&facts)))? {
        Ok(completion) => completion,
        Err(not_met) => return Ok(Err(not_met)),
    };
    let (outcome, ending, way) = match completion.outcome() {
        Outcome::Held => (VisitOutcome::Held, Ending::Ended, None),
        Outcome::NotSuitable(way) => (VisitOutcome::NotSuitable, Ending::NotSuitable, Some(way.key())),
    };
    if live(tx, id)?.is_some() {
        end(tx, ctx, id, ending, "")?;
    }
    let reason = feasibility::store::last(tx, id)?.map(|it| it.reason).unwrap_or_default();
    write_end(tx, ctx, &booking, outcome, way, facts.measured, &reason)?;
    Ok(Ok(completion))
}

/// Closes the visit as broken off: the technique failed, and it is not gone on with today.
///
/// # Errors
/// As [`complete`].
pub fn break_off(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, reason: &str) -> Result<()> {
    let booking = booking::store::read_one(tx, id)?;
    if end_of(tx, id)?.is_some() {
        return Err(Error::conflict("the visit is closed already"));
    }
    let measured = record::measured(tx, &booking)?;
    Access::new("visit.break_off", Act::Sign, Class::Chart)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "reason": reason, "measured": numbers(measured) }))
        .require(tx, ctx)?;
    if live(tx, id)?.is_some() {
        end(tx, ctx, id, Ending::BrokenOff, reason)?;
    }
    write_end(tx, ctx, &booking, VisitOutcome::BrokenOff, None, measured, reason)
}

fn write_end(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    booking: &Booking,
    outcome: VisitOutcome,
    way: Option<&str>,
    measured: Measured,
    reason: &str,
) -> Result<()> {
    let facility = tx.facility()?;
    let sealed = tx.seal("visit_end.reason", booking.id, reason)?;
    tx.exec(
        "INSERT INTO visit_end (facility_id, booking_id, outcome, way_out, patient_picture_s, patient_sound_s, doctor_picture_s,
         doctor_sound_s, reason, ended_by, ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            facility,
            booking.id,
            outcome.key(),
            way,
            measured.patient_picture_s,
            measured.patient_sound_s,
            measured.doctor_picture_s,
            measured.doctor_sound_s,
            sealed,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}

/// As what the visit ended, if it did.
///
/// # Errors
/// The database's.
pub fn end_of(tx: &mut Tx<'_>, id: BookingId) -> Result<Option<VisitEnd>> {
    Ok(ends_of(tx, &[id])?.remove(&id))
}

/// The same of several visits, by those that have ended.
///
/// # Errors
/// The database's.
pub fn ends_of(tx: &mut Tx<'_>, ids: &[BookingId]) -> Result<HashMap<BookingId, VisitEnd>> {
    let facility = tx.facility()?;
    let sql = "SELECT * FROM visit_end WHERE facility_id = ?1 AND booking_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], ids.iter().copied())?;
    rows.iter().map(|row| Ok((row.get("booking_id")?, read_end(tx, row)?))).collect()
}

fn read_end(tx: &mut Tx<'_>, row: &Row) -> Result<VisitEnd> {
    let id: BookingId = row.get("booking_id")?;
    let outcome: String = row.get("outcome")?;
    let outcome = VisitOutcome::from_key(&outcome);
    let reason: Vec<u8> = row.get("reason")?;
    Ok(VisitEnd {
        outcome: outcome.ok_or_else(|| Error::internal("visit outcome"))?,
        measured: Measured {
            patient_picture_s: row.get("patient_picture_s")?,
            patient_sound_s: row.get("patient_sound_s")?,
            doctor_picture_s: row.get("doctor_picture_s")?,
            doctor_sound_s: row.get("doctor_sound_s")?,
        },
        reason: tx.open("visit_end.reason", id, &reason)?,
        ended_at: row.get("ended_at")?,
    })
}

/// What is known of a visit's calls. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn summary(tx: &mut Tx<'_>, booking: &Booking) -> Result<Summary> {
    Ok(Summary {
        calls: all(tx, booking.id)?,
        present: record::presences(tx, booking)?,
        measured: record::measured(tx, booking)?,
        end: end_of(tx, booking.id)?,
    })
}

/// The facility's key that vouches for fingerprints; made on first use.
///
/// # Errors
/// As [`Tx::key`].
pub fn signer(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<crypto::SigningKey> {
    clause!("OV-244");
    const PLACE: &str = "call_key";
    let facility = tx.facility()?;
    let key = tx.key()?.derive("call");
    let seed: Option<Vec<u8>> = tx.value("SELECT seed FROM call_key WHERE facility_id = ?1", params![facility])?;
    if let Some(seed) = seed {
        return crypto::SigningKey::open(&key, PLACE, &seed);
    }
    let made = crypto::SigningKey::generate(&ctx.chance)?;
    tx.exec(
        "INSERT INTO call_key (facility_id, seed, made_at) VALUES (?1, ?2, ?3) ON CONFLICT (facility_id) DO NOTHING",
        params![facility, made.seal(&key, PLACE, &ctx.chance), ctx.now],
    )?;
    // Two first calls at once: the row that is there counts.
    let seed: Option<Vec<u8>> = tx.value("SELECT seed FROM call_key WHERE facility_id = ?1", params![facility])?;
    crypto::SigningKey::open(&key, PLACE, &seed.ok_or_else(|| Error::internal("no call key"))?)
}
