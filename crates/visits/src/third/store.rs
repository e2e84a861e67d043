//! Further people in rows, each for one call.

use db::{Row, Tx, params};
use guidelines::call::{ThirdPersonRole, may_admit};
use guidelines::verdict::NotMet;
use kernel::{BookingId, Ctx, Error, Kind, Result, RowId, Words, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{PEOPLE_MAX, Request, TRIES_MAX, ThirdPerson, Way};
use crate::booking;
use crate::call::{self, Call};

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<ThirdPerson> {
    let id: RowId = row.get("id")?;
    let (role, way): (String, String) = (row.get("role")?, row.get("way")?);
    let (name, reason): (Vec<u8>, Vec<u8>) = (row.get("name")?, row.get("reason")?);
    let code: Option<Vec<u8>> = row.get("code")?;
    let way = Way::from_key(&way);
    Ok(ThirdPerson {
        id,
        call: row.get("call_id")?,
        role: ThirdPersonRole::from_key(&role).ok_or_else(|| Error::internal("role of a further person"))?,
        way: way.ok_or_else(|| Error::internal("way of a further person"))?,
        name: tx.open("third_person.name", id, &name)?,
        reason: tx.open("third_person.reason", id, &reason)?,
        explained_at: row.get("explained_at")?,
        agreed_at: row.get("agreed_at")?,
        declined_at: row.get("declined_at")?,
        admitted_at: row.get("admitted_at")?,
        removed_at: row.get("removed_at")?,
        code: code.map(|it| tx.open("third_person.code", id, &it)).transpose()?,
        tries: row.get("tries")?,
    })
}

/// The further people of a visit, the first first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, booking: BookingId) -> Result<Vec<ThirdPerson>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM third_person WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY explained_at, id LIMIT 100",
        params![facility, booking],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// One of them.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, booking: BookingId, id: RowId) -> Result<Option<ThirdPerson>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM third_person WHERE facility_id = ?1 AND booking_id = ?2 AND id = ?3",
        params![facility, booking, id],
    )?;
    row.map(|row| read(tx, &row)).transpose()
}

fn running(tx: &mut Tx<'_>, booking: BookingId) -> Result<Call> {
    call::store::live(tx, booking)?.ok_or_else(|| Error::conflict("no call is running"))
}

fn of_running(tx: &mut Tx<'_>, booking: BookingId, id: RowId) -> Result<ThirdPerson> {
    let call = running(tx, booking)?;
    let found = find(tx, booking, id)?.filter(|it| it.call == call.id);
    found.ok_or_else(|| Error::not_found("further person"))
}

/// Names a further person and says that the patient was told; the patient is asked on the patient's page.
///
/// # Errors
/// `Conflict` when no call runs; `Limit` when there are [`PEOPLE_MAX`]; `Forbidden`.
pub fn name(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, request: &Request) -> Result<RowId> {
    clause!("OV-164");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let row = RowId::new(ctx);
    Access::new("third.name", Act::Write, Class::Identity)
        .on("third_person", row)
        .of(booking.patient)
        .detail(json!({ "role": request.role.key(), "way": request.way.key(), "name": request.name, "reason": request.reason }))
        .require(tx, ctx)?;
    let call = running(tx, id)?;
    let here = list(tx, id)?;
    let live =
        here.iter().filter(|it| it.call == call.id && it.removed_at.is_none() && it.declined_at.is_none()).count();
    if live >= PEOPLE_MAX || here.len() >= 100 {
        let words = Words::new("これ以上の人は同席できません。", "No more people can take part.");
        return Err(Error::new(Kind::Limit { retry: false }, words, "further people"));
    }
    let (name, reason) =
        (tx.seal("third_person.name", row, &request.name)?, tx.seal("third_person.reason", row, &request.reason)?);
    tx.exec(
        "INSERT INTO third_person (id, facility_id, booking_id, call_id, role, way, name, reason, explained_by, explained_at, tries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)",
        params![
            row,
            facility,
            id,
            call.id,
            request.role.key(),
            request.way.key(),
            name,
            reason,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(row)
}

/// The patient's answer, by the patient's own hand. A "no" may come later too, and the person leaves.
///
/// # Errors
/// `NotFound` for anybody but the patient's side, and for another call's person.
pub fn answer(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, person: RowId, agreed: bool) -> Result<ThirdPerson> {
    clause!("OV-164");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    ctx.who.patient().ok_or_else(|| Error::not_found("only the patient's side answers"))?;
    Access::new("third.answer", Act::Write, Class::Identity)
        .on("third_person", person)
        .of(booking.patient)
        .detail(json!({ "agreed": agreed }))
        .require(tx, ctx)?;
    of_running(tx, id, person)?;
    let sql = if agreed {
        "UPDATE third_person SET agreed_by = ?4, agreed_at = ?5, declined_by = NULL, declined_at = NULL
         WHERE facility_id = ?1 AND booking_id = ?2 AND id = ?3"
    } else {
        "UPDATE third_person SET declined_by = ?4, declined_at = ?5 WHERE facility_id = ?1 AND booking_id = ?2 AND id = ?3"
    };
    tx.exec(sql, params![facility, id, person, ctx.who.label(), ctx.now])?;
    find(tx, id, person)?.ok_or_else(|| Error::not_found("further person"))
}

/// The doctor lets the person in, or hears which agreement is missing. A link gets its code now.
///
/// # Errors
/// `Forbidden` for who may not write the chart; `NotFound` for another call's person.
pub fn admit(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, person: RowId) -> Result<Result<ThirdPerson, Vec<NotMet>>> {
    clause!("OV-164", "OV-244");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let access = Access::new("third.admit", Act::Write, Class::Chart).on("third_person", person).of(booking.patient);
    let entry = audit::Entry::done("third.admit", "third_person", person).patient(booking.patient);
    let verdict = call::store::gated(tx, ctx, access, entry, |tx| {
        let found = of_running(tx, id, person)?;
        let facts = guidelines::call::ThirdPersonFacts { doctor_admitted: true, ..found.facts() };
        Ok(may_admit(&facts).map(|()| found))
    })?;
    let found = match verdict {
        Ok(found) => found,
        Err(not_met) => return Ok(Err(not_met)),
    };
    let code = match found.way {
        Way::Link => Some(tx.seal("third_person.code", person, &crypto::codes::one_time(&ctx.chance))?),
        _ => None,
    };
    tx.exec(
        "UPDATE third_person SET admitted_by = ?4, admitted_at = ?5, removed_by = NULL, removed_at = NULL, code = ?6, tries = 0
         WHERE facility_id = ?1 AND booking_id = ?2 AND id = ?3",
        params![facility, id, person, ctx.who.label(), ctx.now, code],
    )?;
    Ok(Ok(find(tx, id, person)?.ok_or_else(|| Error::not_found("further person"))?))
}

/// The doctor asks the person to leave; the link is dead.
///
/// # Errors
/// As [`admit`].
pub fn remove(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, person: RowId) -> Result<()> {
    clause!("OV-164");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    Access::new("third.remove", Act::Write, Class::Chart)
        .on("third_person", person)
        .of(booking.patient)
        .require(tx, ctx)?;
    of_running(tx, id, person)?;
    tx.exec(
        "UPDATE third_person SET removed_by = ?4, removed_at = ?5, code = NULL
         WHERE facility_id = ?1 AND booking_id = ?2 AND id = ?3",
        params![facility, id, person, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// What came of a code.
#[derive(Debug, Clone)]
pub enum Entry {
    /// It was right.
    Open(Box<ThirdPerson>),
    /// It was wrong, or the link is dead; nothing more is told.
    Shut,
}

/// Somebody with the link shows the code. Wrong ones are counted; a right one may be shown again after a reload.
///
/// # Errors
/// The database's.
pub fn enter(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, person: RowId, code: &str) -> Result<Entry> {
    clause!("OV-244");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    let live = call::store::live(tx, id)?;
    let found = find(tx, id, person)?;
    let Some((found, _)) = found.zip(live).filter(|(it, call)| it.call == call.id && it.may_enter()) else {
        return Ok(Entry::Shut);
    };
    let right = found.tries < TRIES_MAX && found.code.as_deref() == Some(crypto::codes::normal(code).as_str());
    let entry = audit::Entry::done("third.enter", "third_person", person).class("identity").patient(booking.patient);
    audit::append(tx, ctx, if right { entry } else { entry.refused() })?;
    if right {
        return Ok(Entry::Open(Box::new(found)));
    }
    tx.exec(
        "UPDATE third_person SET tries = tries + 1 WHERE facility_id = ?1 AND booking_id = ?2 AND id = ?3",
        params![facility, id, person],
    )?;
    Ok(Entry::Shut)
}
