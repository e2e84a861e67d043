//! Conferences in rows: a copy at each facility, written in one act, with an entry in both logs; a letter that names nobody.

use std::collections::HashMap;

use audit::Entry;
use crypto::SigningKey;
use db::{Row, Tx, params};
use kernel::{Ctx, Error, Kind, PersonId, Result, RowId, Timestamp, Words, clause, limits, time};
use mail::About;
use people::access::{self, Access, Act, Class, Decision};
use people::agreement::Side;
use people::agreement::store::{at_both, letter};
use people::person;
use serde_json::{Value, json};

use super::{
    CONFERENCES_MAX, Conference, ConferenceId, Content, Form, MayNot, Named, PEOPLE_MAX, Presence, RUNS_MIN, State,
    Way, may_name, may_propose, may_start,
};
use crate::request::store::read_one as read_request;
use crate::request::{Request, RequestId};

/// Where the key of a conference is sealed to.
const SEED: &str = "reading_conference.seed";

fn side_of(key: &str) -> Side {
    if key == Side::Asks.key() { Side::Asks } else { Side::Serves }
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Conference> {
    let (id, side, sealed): (ConferenceId, String, Vec<u8>) = (row.get("id")?, row.get("side")?, row.get("content")?);
    let content = tx.open("reading_conference.content", id, &sealed)?;
    let way: Option<String> = row.get("way")?;
    let ended = match (way, row.get("ended_at")?) {
        (Some(key), Some(at)) => Some((Way::from_key(&key).ok_or_else(|| Error::internal("end of a conference"))?, at)),
        _ => None,
    };
    Ok(Conference {
        id,
        request: row.get("request_id")?,
        number: row.get("number")?,
        side: side_of(&side),
        content: serde_json::from_str(&content).map_err(Error::internal)?,
        planned_at: row.get("planned_at")?,
        proposed_at: row.get("proposed_at")?,
        people: named_in(tx, id)?,
        started_at: row.get("started_at")?,
        ended,
    })
}

fn named_in(tx: &mut Tx<'_>, id: ConferenceId) -> Result<Vec<Named>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT p.side, p.person_id FROM reading_conference_person p
         WHERE p.facility_id = ?1 AND p.conference_id = ?2 ORDER BY p.side, p.named_at, p.person_id LIMIT ?3",
        params![facility, id, PEOPLE_MAX],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (side, person): (String, PersonId) = (row.get("side")?, row.get("person_id")?);
        found.push(Named { side: side_of(&side), person, name: person::store::get(tx, person)?.name.full() });
    }
    Ok(found)
}

const SELECT: &str = "SELECT c.*, s.started_at, e.way, e.ended_at FROM reading_conference c
    LEFT JOIN reading_conference_start s ON s.facility_id = c.facility_id AND s.conference_id = c.id
    LEFT JOIN reading_conference_end e ON e.facility_id = c.facility_id AND e.conference_id = c.id";

/// Those of a request, the newest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of_request(tx: &mut Tx<'_>, request: RequestId) -> Result<Vec<Conference>> {
    let facility = tx.facility()?;
    let sql = format!("{SELECT} WHERE c.facility_id = ?1 AND c.request_id = ?2 ORDER BY c.number DESC LIMIT ?3");
    let rows = tx.rows(&sql, params![facility, request, CONFERENCES_MAX])?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// One of this facility, without check or entry: for the sockets, which ask by a ticket.
///
/// # Errors
/// `NotFound`.
pub(super) fn read_one(tx: &mut Tx<'_>, id: ConferenceId) -> Result<Conference> {
    let facility = tx.facility()?;
    let row = tx.row(&format!("{SELECT} WHERE c.facility_id = ?1 AND c.id = ?2"), params![facility, id])?;
    read(tx, &row.ok_or_else(|| Error::not_found("conference"))?)
}

/// The open ones of this facility by their request: for when, and whether it goes on. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn open(tx: &mut Tx<'_>, now: Timestamp) -> Result<HashMap<RequestId, (Timestamp, State)>> {
    let facility = tx.facility()?;
    let sql = "SELECT c.request_id, c.planned_at, s.started_at FROM reading_conference c
         LEFT JOIN reading_conference_start s ON s.facility_id = c.facility_id AND s.conference_id = c.id
         WHERE c.facility_id = ?1 AND (s.started_at IS NULL OR s.started_at > ?2)
         AND NOT EXISTS (SELECT 1 FROM reading_conference_end e WHERE e.facility_id = ?1 AND e.conference_id = c.id)
         ORDER BY c.planned_at LIMIT ?3";
    let rows = tx.rows(sql, params![facility, time::plus_min(now, -RUNS_MIN), limits::LIST_ROWS_MAX])?;
    rows.iter()
        .map(|row| {
            let started: Option<Timestamp> = row.get("started_at")?;
            let state = if started.is_some() { State::Running } else { State::Planned };
            Ok((row.get("request_id")?, (row.get("planned_at")?, state)))
        })
        .collect()
}

/// How many go on at this facility now.
///
/// # Errors
/// The database's.
pub fn running(tx: &mut Tx<'_>, now: Timestamp) -> Result<i64> {
    let facility = tx.facility()?;
    let found = tx.value(
        "SELECT count(*) FROM reading_conference_start s WHERE s.facility_id = ?1 AND s.started_at > ?2
         AND NOT EXISTS (SELECT 1 FROM reading_conference_end e WHERE e.facility_id = ?1 AND e.conference_id = s.conference_id)",
        params![facility, time::plus_min(now, -RUNS_MIN)],
    )?;
    Ok(found.unwrap_or(0))
}

/// Who was there, in the order in which they came. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn presences(tx: &mut Tx<'_>, id: ConferenceId) -> Result<Vec<Presence>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT side, person_id, joined_at, left_at FROM reading_conference_presence
         WHERE facility_id = ?1 AND conference_id = ?2 ORDER BY joined_at, id LIMIT ?3",
        params![facility, id, limits::LIST_ROWS_MAX],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (side, person): (String, PersonId) = (row.get("side")?, row.get("person_id")?);
        found.push(Presence {
            side: side_of(&side),
            name: person::store::get(tx, person)?.name.full(),
            joined_at: row.get("joined_at")?,
            left_at: row.get("left_at")?,
        });
    }
    Ok(found)
}

/// Those of this facility's staff who may see images: they can be named.
///
/// # Errors
/// The database's.
pub fn candidates(tx: &mut Tx<'_>) -> Result<Vec<(PersonId, String)>> {
    let mut found = Vec::new();
    for it in person::store::staff(tx)? {
        if may_see(tx, it.id)? {
            found.push((it.id, it.name.full()));
        }
    }
    Ok(found)
}

/// Whether somebody's duties here let them see images.
pub(super) fn may_see(tx: &mut Tx<'_>, person: PersonId) -> Result<bool> {
    let duties = access::duties(tx, person)?;
    Ok(matches!(access::decide(&duties, Act::View, Class::Images), Decision::Allowed(_)))
}

/// The act on this request, on record at both facilities; then the request as it stands behind the lock of those entries.
fn acts(tx: &mut Tx<'_>, ctx: &Ctx, verb: &'static str, id: RequestId, detail: Value) -> Result<(Request, PersonId)> {
    let request = read_request(tx, id)?;
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff confer"))?;
    Access::new(verb, Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .detail(detail)
        .require_at(tx, ctx, request.partner, ("reading_request", id))?;
    Ok((read_request(tx, id)?, me))
}

/// The newest of a request, when it is the one that the person has seen.
fn seen(tx: &mut Tx<'_>, id: RequestId, number: i64) -> Result<Conference> {
    let newest = of_request(tx, id)?.into_iter().next().filter(|it| it.number == number);
    newest.ok_or_else(|| Error::conflict("another conference than the one that was seen"))
}

fn refuse(why: MayNot) -> Error {
    let kind = if why == MayNot::NotNamed { Kind::Forbidden } else { Kind::Conflict };
    Error::new(kind, why.words(), format!("conference: {why:?}"))
}

/// Proposes one. Whoever answers for the case on either side may come in, whoever proposes it, and whom the form names.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` when nothing is lent, another one is open or too many are named; `Invalid` for somebody
/// who may not see images here.
pub fn propose(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, form: &Form) -> Result<ConferenceId> {
    let detail = json!({ "planned_at": form.planned_at.to_string() });
    let (request, me) = acts(tx, ctx, "conference.propose", id, detail)?;
    let newest = of_request(tx, id)?.into_iter().next();
    may_propose(request.lends_images(), newest.as_ref(), ctx.now).map_err(refuse)?;
    let number = newest.map_or(0, |it| it.number) + 1;
    if usize::try_from(number).unwrap_or(usize::MAX) > CONFERENCES_MAX {
        return Err(Error::conflict("too many conferences about one case"));
    }
    let mut people = vec![(request.side, me), (Side::Asks, request.responsible)];
    people.extend(request.takings.first().map(|it| (Side::Serves, it.person)));
    for person in &form.people {
        people.push((request.side, named(tx, *person)?));
    }
    people.sort_unstable_by_key(|it| (it.0.key(), it.1));
    people.dedup();
    if people.len() > PEOPLE_MAX {
        return Err(refuse(MayNot::TooMany));
    }
    let conference = ConferenceId::new(ctx);
    let content = Content { name: person::store::get(tx, me)?.name.full(), note: form.note.clone() };
    let content = serde_json::to_string(&content).map_err(Error::internal)?;
    let key = SigningKey::generate(&ctx.chance)?;
    let side = request.side;
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let sealed = tx.seal("reading_conference.content", conference, &content)?;
        let seed = key.seal(&tx.key()?.derive("conference"), SEED, &ctx.chance);
        tx.exec(
            "INSERT INTO reading_conference (facility_id, id, request_id, number, side, content, seed, planned_at, proposed_by, proposed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                ctx.facility()?,
                conference,
                id,
                number,
                side.key(),
                sealed,
                seed,
                form.planned_at,
                ctx.who.label(),
                ctx.now
            ],
        )?;
        people.iter().try_for_each(|(side, person)| write_person(tx, ctx, conference, *side, *person))
    })?;
    let subject = Words::new("カンファレンスの提案が届きました", "A conference over a case was proposed");
    let about = About::new("reading_conference", conference);
    letter(tx, ctx, request.partner, &subject, &address(id), about)?;
    Ok(conference)
}

fn address(request: RequestId) -> String {
    format!("/readings/{request}/conference")
}

/// Somebody of this facility who may see images.
fn named(tx: &mut Tx<'_>, person: PersonId) -> Result<PersonId> {
    if may_see(tx, person)? {
        return Ok(person);
    }
    let words = Words::new("画像を見られる職員を選んでください。", "Please choose somebody who may see images.");
    Err(Error::invalid("person", words))
}

fn write_person(tx: &mut Tx<'_>, ctx: &Ctx, id: ConferenceId, side: Side, person: PersonId) -> Result<()> {
    tx.exec(
        "INSERT INTO reading_conference_person (facility_id, conference_id, side, person_id, named_by, named_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![ctx.facility()?, id, side.key(), person, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Names people of this facility who may come in.
///
/// # Errors
/// As [`propose`]; `Conflict` too for another conference than the one that was seen (`number`).
pub fn name(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, number: i64, people: &[PersonId]) -> Result<()> {
    let detail = json!({ "number": number, "people": people.iter().map(ToString::to_string).collect::<Vec<_>>() });
    let (request, _) = acts(tx, ctx, "conference.name", id, detail)?;
    let conference = seen(tx, id, number)?;
    let mut more = Vec::new();
    for person in people {
        let person = named(tx, *person)?;
        if !conference.has(request.side, person) && !more.contains(&person) {
            more.push(person);
        }
    }
    may_name(&conference, more.len(), ctx.now).map_err(refuse)?;
    at_both(tx, ctx, request.partner, |tx, ctx| {
        more.iter().try_for_each(|it| write_person(tx, ctx, conference.id, request.side, *it))
    })
}

/// Starts it: from now on the named ones may come in. A second start finds it running.
///
/// # Errors
/// `NotFound`; `Forbidden`, also for whoever is not named; `Conflict` when it is over or nothing is lent any more.
pub fn start(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, number: i64) -> Result<()> {
    let (request, me) = acts(tx, ctx, "conference.start", id, json!({ "number": number }))?;
    let conference = seen(tx, id, number)?;
    may_start(&conference, request.lends_images(), request.side, me, ctx.now).map_err(refuse)?;
    if conference.state(ctx.now) == State::Running {
        return Ok(());
    }
    at_both(tx, ctx, request.partner, |tx, ctx| {
        tx.exec(
            "INSERT INTO reading_conference_start (facility_id, conference_id, started_by, started_at) VALUES (?1, ?2, ?3, ?4)",
            params![ctx.facility()?, conference.id, ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })?;
    let subject = Words::new("カンファレンスが始まりました", "A conference over a case has begun");
    let about = About::new("reading_conference", conference.id);
    letter(tx, ctx, request.partner, &subject, &address(id), about)
}

/// Closes it: held when it was started, called off before. Gives the closed one.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` when it is over.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, number: i64) -> Result<Conference> {
    let (request, _) = acts(tx, ctx, "conference.end", id, json!({ "number": number }))?;
    let conference = seen(tx, id, number)?;
    let way = match conference.state(ctx.now) {
        State::Planned => Way::CalledOff,
        State::Running => Way::Held,
        State::Held | State::CalledOff => return Err(refuse(MayNot::Over)),
    };
    at_both(tx, ctx, request.partner, |tx, ctx| {
        tx.exec(
            "INSERT INTO reading_conference_end (facility_id, conference_id, way, ended_by, ended_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![ctx.facility()?, conference.id, way.key(), ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })?;
    if way == Way::CalledOff {
        let subject = Words::new("カンファレンスが取りやめになりました", "A conference over a case was called off");
        let about = About::new("reading_conference", conference.id);
        letter(tx, ctx, request.partner, &subject, &address(id), about)?;
    }
    Ok(conference)
}

/// Somebody is connected. A line that never said good-bye is closed first.
///
/// # Errors
/// `NotFound` for another facility's; `Forbidden` when the duty has ended meanwhile.
pub(super) fn join(tx: &mut Tx<'_>, ctx: &Ctx, id: ConferenceId, person: PersonId) -> Result<()> {
    let conference = read_one(tx, id)?;
    let request = read_request(tx, conference.request)?;
    Access::new("conference.join", Act::View, Class::Images).on("conference", id).of(request.patient).require_at(
        tx,
        ctx,
        request.partner,
        ("reading_request", request.id),
    )?;
    let row = RowId::new(ctx);
    at_both(tx, ctx, request.partner, |tx, ctx| {
        close(tx, ctx, id, request.side, person, "lost")?;
        tx.exec(
            "INSERT INTO reading_conference_presence (facility_id, id, conference_id, side, person_id, joined_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![ctx.facility()?, row, id, request.side.key(), person, ctx.now],
        )?;
        Ok(())
    })
}

/// Somebody is no longer connected.
///
/// # Errors
/// As [`join`].
pub(super) fn leave(tx: &mut Tx<'_>, ctx: &Ctx, id: ConferenceId, person: PersonId, why: &str) -> Result<()> {
    let conference = read_one(tx, id)?;
    let request = read_request(tx, conference.request)?;
    audit::queue(tx, &[tx.facility()?, request.partner])?;
    at_both(tx, ctx, request.partner, |tx, ctx| {
        // A window that another one replaced has no open row any more.
        if close(tx, ctx, id, request.side, person, why)? > 0 {
            log(tx, ctx, "conference.leave", &request, id, json!({ "side": request.side.key(), "why": why }))?;
        }
        Ok(())
    })
}

/// A browser met another key than the one that was signed, and stopped: somebody may sit in between. Once for each line.
///
/// # Errors
/// As [`join`].
pub(super) fn mismatch(tx: &mut Tx<'_>, ctx: &Ctx, id: ConferenceId, person: PersonId) -> Result<()> {
    clause!("OV-244");
    let conference = read_one(tx, id)?;
    let request = read_request(tx, conference.request)?;
    audit::queue(tx, &[tx.facility()?, request.partner])?;
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let marked = tx.exec(
            "UPDATE reading_conference_presence SET mismatch_at = ?5 WHERE facility_id = ?1 AND conference_id = ?2
             AND side = ?3 AND person_id = ?4 AND left_at IS NULL AND mismatch_at IS NULL",
            params![ctx.facility()?, id, request.side.key(), person, ctx.now],
        )?;
        if marked > 0 {
            log(tx, ctx, "conference.mismatch", &request, id, json!({ "side": request.side.key() }))?;
        }
        Ok(())
    })
}

fn close(tx: &mut Tx<'_>, ctx: &Ctx, id: ConferenceId, side: Side, person: PersonId, why: &str) -> Result<u64> {
    tx.exec(
        "UPDATE reading_conference_presence SET left_at = ?5, left_why = ?6 WHERE facility_id = ?1 AND conference_id = ?2
         AND side = ?3 AND person_id = ?4 AND left_at IS NULL",
        params![ctx.facility()?, id, side.key(), person, ctx.now, why],
    )
}

fn log(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    act: &'static str,
    request: &Request,
    id: ConferenceId,
    detail: Value,
) -> Result<()> {
    let entry = Entry::done(act, "conference", id).class(Class::Images.key()).patient(request.patient).detail(detail);
    audit::append(tx, ctx, entry).map(drop)
}

/// The key that vouches for the browsers of a conference: the same at both facilities.
///
/// # Errors
/// `NotFound`; the database's.
pub(super) fn signer(tx: &mut Tx<'_>, id: ConferenceId) -> Result<SigningKey> {
    clause!("OV-244");
    let facility = tx.facility()?;
    let seed: Option<Vec<u8>> =
        tx.value("SELECT seed FROM reading_conference WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    let seed = seed.ok_or_else(|| Error::not_found("conference"))?;
    SigningKey::open(&tx.key()?.derive("conference"), SEED, &seed)
}
