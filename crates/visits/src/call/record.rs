//! What the sockets report, in rows: presence, what was measured, what happened, what was written. Each line that a person
//! could dispute later stands in the log too (OV-165); sums of media do so once, when the visit ends.

use audit::Entry;
use db::{Row, Tx, params};
use guidelines::call::Measured;
use guidelines::chat::{self, MessageFacts};
use kernel::{BookingId, Ctx, Error, PersonId, Result, RowId, Timestamp, Who, Words, clause, limits};
use serde_json::json;

use super::desk::{Received, Said};
use super::{CHAT_CHARS_MAX, CHAT_LINES_MAX, EVENTS_MAX, Presence, store};
use crate::booking::{self, Booking};
use crate::third;

/// Who sits in `seat` of the visit, as the log names people.
pub(crate) fn who(tx: &mut Tx<'_>, booking: &Booking, seat: &str) -> Result<Who> {
    if seat == booking.patient.to_string() {
        return Ok(Who::Patient(booking.patient));
    }
    let Ok(person) = seat.parse::<PersonId>() else { return Ok(Who::System("call")) };
    if people::patient::store::is_guardian(tx, booking.patient, person)? {
        return Ok(Who::Guardian { person, patient: booking.patient });
    }
    Ok(if people::access::duties(tx, person)?.is_empty() { Who::System("call") } else { Who::Staff(person) })
}

fn log(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    act: &'static str,
    booking: &Booking,
    seat: &str,
    detail: serde_json::Value,
) -> Result<()> {
    let own = Ctx { who: who(tx, booking, seat)?, ..ctx.clone() };
    let detail = json!({ "seat": seat, "detail": detail });
    let entry = Entry::done(act, "booking", booking.id).class("identity").patient(booking.patient).detail(detail);
    audit::append(tx, &own, entry).map(drop)
}

/// Somebody is connected; a line that never said good-bye is closed first.
///
/// # Errors
/// `NotFound` for a booking of another facility; the database's.
pub fn join(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, seat: &str) -> Result<()> {
    clause!("OV-164", "OV-165");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    close(tx, ctx, id, seat, "lost")?;
    let call = store::live(tx, id)?.map(|it| it.id.to_string()).unwrap_or_default();
    tx.exec(
        "INSERT INTO call_presence (id, facility_id, booking_id, call_id, seat, joined_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, id, call, seat, ctx.now],
    )?;
    log(tx, ctx, "call.join", &booking, seat, json!({ "in_call": !call.is_empty() }))
}

/// Somebody is no longer connected.
///
/// # Errors
/// As [`join`].
pub fn leave(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, seat: &str, why: &str) -> Result<()> {
    clause!("OV-165");
    let booking = booking::store::read_one(tx, id)?;
    // A window that another one replaced has no open row any more.
    if close(tx, ctx, id, seat, why)? > 0 {
        log(tx, ctx, "call.leave", &booking, seat, json!({ "why": why }))?;
    }
    Ok(())
}

fn close(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, seat: &str, why: &str) -> Result<u64> {
    let facility = tx.facility()?;
    tx.exec(
        "UPDATE call_presence SET left_at = ?4, left_why = ?5
         WHERE facility_id = ?1 AND booking_id = ?2 AND seat = ?3 AND left_at IS NULL",
        params![facility, id, seat, ctx.now, why],
    )
}

/// Those who wait become those who are in the call `call`: their time in the waiting room ends, their time in it begins.
pub(crate) fn into_call(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, call: RowId) -> Result<()> {
    let facility = tx.facility()?;
    let open = tx.rows(
        "SELECT seat FROM call_presence WHERE facility_id = ?1 AND booking_id = ?2 AND left_at IS NULL LIMIT 20",
        params![facility, id],
    )?;
    for row in open {
        let seat: String = row.get("seat")?;
        close(tx, ctx, id, &seat, "called")?;
        tx.exec(
            "INSERT INTO call_presence (id, facility_id, booking_id, call_id, seat, joined_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![RowId::new(ctx), facility, id, call, seat, ctx.now],
        )?;
    }
    Ok(())
}

/// Adds what `seat`'s browser received since its last report. Without a running call nothing counts.
///
/// # Errors
/// The database's.
pub fn receive(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, seat: &str, received: &[Received]) -> Result<()> {
    clause!("OV-161", "OV-203");
    let facility = tx.facility()?;
    let Some(call) = store::live(tx, id)? else { return Ok(()) };
    let minute = ctx.now.as_second().div_euclid(60);
    for it in received.iter().filter(|it| it.from != seat) {
        #[allow(clippy::cast_possible_truncation, reason = "between 0 and 1000")]
        let loss = (f64::from(it.loss).clamp(0.0, 1.0) * 1000.0) as i64;
        tx.exec(
            "INSERT INTO call_quality (facility_id, call_id, receiver, sender, minute, picture_ms, sound_ms, both_ms, frames,
             rtt_ms_max, loss_max, reports, reports_bad, relay)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12, ?13)
             ON CONFLICT (facility_id, call_id, receiver, sender, minute) DO UPDATE SET
             picture_ms = call_quality.picture_ms + excluded.picture_ms, sound_ms = call_quality.sound_ms + excluded.sound_ms,
             both_ms = call_quality.both_ms + excluded.both_ms, frames = call_quality.frames + excluded.frames,
             rtt_ms_max = CASE WHEN excluded.rtt_ms_max > call_quality.rtt_ms_max THEN excluded.rtt_ms_max ELSE call_quality.rtt_ms_max END,
             loss_max = CASE WHEN excluded.loss_max > call_quality.loss_max THEN excluded.loss_max ELSE call_quality.loss_max END,
             reports = call_quality.reports + 1, reports_bad = call_quality.reports_bad + excluded.reports_bad, relay = excluded.relay",
            params![
                facility,
                call.id,
                seat,
                it.from,
                minute,
                it.picture_ms,
                it.sound_ms,
                it.both_ms,
                it.frames,
                it.rtt_ms.unwrap_or(0),
                loss,
                it.level == "bad",
                it.relay
            ],
        )?;
    }
    Ok(())
}

/// Something happened to somebody.
///
/// # Errors
/// As [`join`].
pub fn happen(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, seat: &str, what: &str) -> Result<()> {
    clause!("OV-165", "OV-244");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let count: i64 = tx
        .value("SELECT count(*) FROM call_event WHERE facility_id = ?1 AND booking_id = ?2", params![facility, id])?
        .unwrap_or(0);
    if count >= EVENTS_MAX {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO call_event (id, facility_id, booking_id, seat, what, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, id, seat, what, ctx.now],
    )?;
    log(tx, ctx, "call.event", &booking, seat, json!({ "what": what }))
}

/// What happened in the visit, the first first.
///
/// # Errors
/// The database's.
pub fn events(tx: &mut Tx<'_>, id: BookingId) -> Result<Vec<(Timestamp, String, String)>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT at, seat, what FROM call_event WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY at, id LIMIT ?3",
        params![facility, id, limits::LIST_ROWS_MAX],
    )?
    .iter()
    .map(|row| Ok((row.get("at")?, row.get("seat")?, row.get("what")?)))
    .collect()
}

/// Stores what somebody in the call wrote; the same key again gives the same line.
///
/// # Errors
/// `Forbidden` with the rule's words when no call runs; `Limit` for a flood.
pub fn say(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, seat: &str, key: &str, text: &str) -> Result<Said> {
    clause!("OV-162", "OV-247");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let live = store::live(tx, id)?;
    let facts = MessageFacts { in_call: live.is_some(), scope_agreed: false, closed: false };
    let call = match (chat::may_write(facts), live) {
        (Ok(()), Some(call)) => call,
        (Err(not_met), _) if !not_met.is_empty() => {
            return Err(Error::new(kernel::Kind::Forbidden, not_met[0].reason.clone(), "chat outside a call"));
        }
        _ => return Err(Error::forbidden("chat outside a call")),
    };
    let text: String = text.chars().filter(|it| *it == '\n' || !it.is_control()).collect();
    let length = text.chars().count();
    if text.trim().is_empty() || length > CHAT_CHARS_MAX || key.is_empty() || key.len() > limits::LINE_CHARS_MAX {
        let words = Words::new(
            "この文は送れません。短くして、もう一度送ってください。",
            "This cannot be sent. Please make it shorter.",
        );
        return Err(Error::too_large(words, "chat line"));
    }
    let name = seat_name(tx, &booking, seat)?.0;
    let found = tx.row(
        "SELECT id, said_at FROM call_chat WHERE facility_id = ?1 AND call_id = ?2 AND seat = ?3 AND form_key = ?4",
        params![facility, call.id, seat, key],
    )?;
    if let Some(row) = found {
        let id: RowId = row.get("id")?;
        return Ok(Said { id: id.to_string(), at: row.get("said_at")?, person: seat.into(), name, text });
    }
    let count: i64 = tx
        .value("SELECT count(*) FROM call_chat WHERE facility_id = ?1 AND call_id = ?2", params![facility, call.id])?
        .unwrap_or(0);
    if count >= CHAT_LINES_MAX {
        return Err(Error::too_many("chat lines"));
    }
    let line = RowId::new(ctx);
    let sealed = tx.seal("call_chat.text", line, &text)?;
    tx.exec(
        "INSERT INTO call_chat (id, facility_id, call_id, seat, form_key, text, said_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![line, facility, call.id, seat, key, sealed, ctx.now],
    )?;
    log(tx, ctx, "call.say", &booking, seat, json!({ "line": line.to_string(), "chars": length }))?;
    Ok(Said { id: line.to_string(), at: ctx.now, person: seat.into(), name, text })
}

/// What was written in the running call, or in the last one.
///
/// # Errors
/// The database's.
pub fn said(tx: &mut Tx<'_>, id: BookingId) -> Result<Vec<Said>> {
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let Some(call) = store::last(tx, id)? else { return Ok(Vec::new()) };
    let rows = tx.rows(
        "SELECT id, seat, text, said_at FROM call_chat WHERE facility_id = ?1 AND call_id = ?2 ORDER BY said_at, id LIMIT ?3",
        params![facility, call.id, CHAT_LINES_MAX],
    )?;
    rows.iter()
        .map(|row| {
            let line: RowId = row.get("id")?;
            let (person, sealed): (String, Vec<u8>) = (row.get("seat")?, row.get("text")?);
            let name = seat_name(tx, &booking, &person)?.0;
            let text = tx.open("call_chat.text", line, &sealed)?;
            Ok(Said { id: line.to_string(), at: row.get("said_at")?, person, name, text })
        })
        .collect()
}

/// Somebody came in (again) and was shown what had been written.
pub(crate) fn viewed(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, seat: &str) -> Result<()> {
    let booking = booking::store::read_one(tx, id)?;
    log(tx, ctx, "call.read_chat", &booking, seat, serde_json::Value::Null)
}

/// What really flowed between the patient's side and the doctor, over all calls of the visit.
///
/// # Errors
/// The database's.
pub fn measured(tx: &mut Tx<'_>, booking: &Booking) -> Result<Measured> {
    clause!("OV-161");
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT q.receiver, q.sender, c.doctor_id, CAST(sum(q.picture_ms) AS BIGINT) AS picture, CAST(sum(q.sound_ms) AS BIGINT) AS sound
         FROM call_quality q JOIN call c ON c.id = q.call_id AND c.facility_id = q.facility_id
         WHERE q.facility_id = ?1 AND c.booking_id = ?2 GROUP BY q.receiver, q.sender, c.doctor_id LIMIT 100",
        params![facility, booking.id],
    )?;
    let mut sides = vec![booking.patient.to_string()];
    sides.extend(people::patient::store::guardians(tx, booking.patient)?.into_iter().map(|it| it.person.to_string()));
    let mut ms = [0_i64; 4];
    for row in &rows {
        let (receiver, sender, doctor): (String, String, String) =
            (row.get("receiver")?, row.get("sender")?, row.get("doctor_id")?);
        let (picture, sound): (i64, i64) = (row.get("picture")?, row.get("sound")?);
        // A doctor who is somebody's guardian is the doctor here.
        if receiver == doctor && sender != doctor && sides.contains(&sender) {
            ms[0] += picture;
            ms[1] += sound;
        } else if sender == doctor && receiver != doctor && sides.contains(&receiver) {
            ms[2] += picture;
            ms[3] += sound;
        }
    }
    let [patient_picture_s, patient_sound_s, doctor_picture_s, doctor_sound_s] =
        ms.map(|it| u32::try_from(it / 1000).unwrap_or(0));
    Ok(Measured { patient_picture_s, patient_sound_s, doctor_picture_s, doctor_sound_s })
}

/// Who was there, from when to when, further people in the room of one side included.
///
/// # Errors
/// The database's.
pub fn presences(tx: &mut Tx<'_>, booking: &Booking) -> Result<Vec<Presence>> {
    clause!("OV-164", "OV-165");
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT seat, call_id, joined_at, left_at, left_why FROM call_presence
         WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY joined_at, id LIMIT 500",
        params![facility, booking.id],
    )?;
    let mut all: Vec<Presence> = rows.iter().map(|row| presence(tx, booking, row)).collect::<Result<_>>()?;
    for it in third::store::list(tx, booking.id)? {
        if let (Some(joined_at), false) = (it.admitted_at, it.way == third::Way::Link) {
            let left = match it.removed_at {
                Some(at) => Some((at, "removed".to_owned())),
                None => store::get(tx, it.call)?.ended.map(|(at, _)| (at, "ended".to_owned())),
            };
            all.push(Presence {
                seat: it.id.to_string(),
                name: it.name,
                role: it.role.words(),
                in_call: true,
                joined_at,
                left,
            });
        }
    }
    all.sort_by_key(|it| it.joined_at);
    Ok(all)
}

fn presence(tx: &mut Tx<'_>, booking: &Booking, row: &Row) -> Result<Presence> {
    let seat: String = row.get("seat")?;
    let call: String = row.get("call_id")?;
    let left: Option<Timestamp> = row.get("left_at")?;
    let why: Option<String> = row.get("left_why")?;
    let (name, role) = seat_name(tx, booking, &seat)?;
    Ok(Presence {
        seat,
        name,
        role,
        in_call: !call.is_empty(),
        joined_at: row.get("joined_at")?,
        left: left.map(|at| (at, why.unwrap_or_default())),
    })
}

/// Name and role of who sits in `seat`.
pub(crate) fn seat_name(tx: &mut Tx<'_>, booking: &Booking, seat: &str) -> Result<(String, Words)> {
    if seat == booking.patient.to_string() {
        let name = people::patient::store::read_one(tx, booking.patient)?.name.full();
        return Ok((name, Words::new("患者さん", "Patient")));
    }
    if let Some(row) = seat.parse().ok().map(|it| third::store::find(tx, booking.id, it)).transpose()?.flatten() {
        return Ok((row.name, row.role.words()));
    }
    let Ok(person) = seat.parse::<PersonId>() else { return Ok((String::new(), Words::new("不明", "Unknown"))) };
    let name = people::person::store::get(tx, person)?.name.full();
    let guardian = people::patient::store::is_guardian(tx, booking.patient, person)?;
    Ok((name, if guardian { Words::new("保護者", "Guardian") } else { Words::new("担当医", "Doctor") }))
}
