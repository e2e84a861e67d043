//! Incidents in rows: reported by anybody of the staff, dealt with by those in charge.

use std::collections::HashMap;

use audit::Entry;
use db::{Row, Tx, params};
use kernel::{Ctx, DeviceId, Error, PersonId, Result, RowId, Words, clause, limits, time};
use mail::{About, Message, To};
use people::access::{self, Access, Act, Class};
use people::sign_in::cut::{self, Cut};
use people::{facility, person, sign_in};
use serde_json::json;

use super::{Event, Happened, Incident, IncidentId, Report, What};
use crate::readiness;

/// Incidents that the list shows at most, the newest; a facility has a few in a year.
const LIST_MAX: usize = limits::LIST_ROWS_MAX;
/// Things that happened with one incident, read at most.
const EVENTS_MAX: usize = 500;

/// Takes a report: access ends, those in charge are written to, all in this act. `here` is the terminal in front, where it is
/// one. Anybody who works here may report.
///
/// # Errors
/// `NotFound` for anybody else, and for a device that is not the reporter's.
pub fn report(tx: &mut Tx<'_>, ctx: &Ctx, it: &Report, here: Option<DeviceId>) -> Result<IncidentId> {
    clause!("DL-15", "DL-42");
    let (facility, reporter, id) = (tx.facility()?, staff(tx, ctx)?, IncidentId::new(ctx));
    let cut = match (it.what, it.device) {
        (What::Password, _) => cut::password(tx, ctx)?,
        (_, Some(device)) => cut::device(tx, ctx, device, here)?,
        (_, None) => Cut::default(),
    };
    let told = serde_json::to_string(&(cut.sessions, &cut.terminals)).map_err(Error::internal)?;
    let sealed = tx.seal("incident.cut", id, &told)?;
    tx.exec(
        "INSERT INTO incident (facility_id, id, kind, cut, reported_by, reported_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![facility, id, it.what.key(), sealed, reporter, ctx.now],
    )?;
    let detail = json!({ "what": it.what.key(), "sessions": cut.sessions, "terminals": cut.terminals });
    sign_in::store::record_own(tx, ctx, Entry::done("incident.report", "incident", id).detail(detail))?;
    letters(tx, ctx, id, it.what, reporter)?;
    Ok(id)
}

/// Those who are reached, and act: the person responsible for the safety of information (CS-101), and whoever administers.
///
/// # Errors
/// The database's.
pub fn in_charge(tx: &mut Tx<'_>) -> Result<Vec<person::Person>> {
    clause!("CS-101");
    let facility = facility::store::standing(tx)?;
    let mut found = Vec::new();
    if let Some(officer) = facility.safety_officer {
        found.push(person::store::get(tx, officer)?);
    }
    for it in person::store::who_may(tx, Act::Write, Class::Administration)? {
        if !found.iter().any(|known| known.id == it.id) {
            found.push(it);
        }
    }
    Ok(found)
}

/// A letter to everybody in charge, and to the facility. It names the reporter, who is to be called, and no patient.
fn letters(tx: &mut Tx<'_>, ctx: &Ctx, id: IncidentId, what: What, reporter: PersonId) -> Result<()> {
    let facility = tx.facility()?;
    let home = facility::store::get(tx, facility)?;
    let who = person::store::get(tx, reporter)?.name.full();
    let mut to: Vec<String> = in_charge(tx)?.into_iter().map(|it| it.mail).chain([home.mail.clone()]).collect();
    to.sort();
    to.dedup();
    let link = format!("{}/safety/incidents/{id}", web::installation::base_url(tx)?);
    let (subject, what) = (
        Words::made(format!("【緊急】{}", what.words().ja), format!("[Urgent] {}", what.words().en)),
        Words::made(
            format!(
                "{}さんから緊急の連絡がありました（{}）。\nすぐに本人に電話し、次のページで対応を引き受けてください。",
                who,
                time::show(ctx.now, kernel::Lang::Ja)
            ),
            format!(
                "{who} reports it at {}. Please call at once, and take it over on this page.",
                time::show(ctx.now, kernel::Lang::En)
            ),
        ),
    );
    let text = format!("{}\n\n{}\n{link}\n\n--\n{}\n{}\n", subject.ja, what.ja, subject.en, what.en);
    for address in to.iter().filter_map(|it| it.parse().ok()) {
        let (name, subject, about) = (home.name.clone(), subject.ja.clone(), About::new("incident", id));
        mail::enqueue(tx, ctx, &Message::new(To::Mail(address), name, subject, text.clone(), ctx.now, about))?;
    }
    Ok(())
}

/// What the page of the report shows: devices to choose from, and the own reports of late.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Sessions and terminals of the person.
    pub own: cut::Own,
    /// The person's own reports that are not closed.
    pub reports: Vec<Incident>,
}

/// The page of the report. One's own affairs: no entry.
///
/// # Errors
/// `NotFound` for anybody but staff of this facility.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Desk> {
    let person = staff(tx, ctx)?;
    let all = newest(tx)?;
    let mine = |it: &Incident| it.reported_by == person && it.state() != super::State::Closed;
    Ok(Desk { own: cut::own(tx, ctx)?, reports: all.into_iter().filter(mine).collect() })
}

/// One's own report, with whom to call.
///
/// # Errors
/// `NotFound` for anybody but the reporter.
pub fn own(tx: &mut Tx<'_>, ctx: &Ctx, id: IncidentId) -> Result<Sent> {
    let person = staff(tx, ctx)?;
    let incident = one(tx, id)?;
    if incident.reported_by != person {
        return Err(Error::not_found("somebody else's report"));
    }
    let facility = tx.facility()?;
    let (home, in_charge) = (facility::store::get(tx, facility)?, in_charge(tx)?);
    let listed = readiness::store::contacts(tx)?;
    let mut calls = vec![(home.name, home.phone)];
    calls.extend(listed.into_iter().filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone()))));
    Ok(Sent { incident, calls, in_charge: in_charge.iter().map(|it| it.name.full()).collect() })
}

/// A report that was sent, for the reporter.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The report.
    pub incident: Incident,
    /// Who is called, by which number.
    pub calls: Vec<(String, String)>,
    /// Who was written to.
    pub in_charge: Vec<String>,
}

/// The reporter adds words.
///
/// # Errors
/// `NotFound` for anybody but the reporter; `Conflict` for one that is closed.
pub fn add_words(tx: &mut Tx<'_>, ctx: &Ctx, id: IncidentId, words: String) -> Result<()> {
    let person = staff(tx, ctx)?;
    let it = one(tx, id)?;
    if it.reported_by != person {
        return Err(Error::not_found("somebody else's report"));
    }
    sign_in::store::record_own(tx, ctx, Entry::done("incident.add", "incident", id))?;
    happened(tx, ctx, &it, &Happened::Words(words))
}

/// The newest incidents, for those who see the facility's affairs, with the names of those in them.
///
/// # Errors
/// `Forbidden` for all others.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<(Vec<Incident>, HashMap<PersonId, String>)> {
    Access::new("incident.list", Act::View, Class::Administration).on("incident", "").require(tx, ctx)?;
    let all = newest(tx)?;
    let names = names(tx, &all)?;
    Ok((all, names))
}

/// One incident, for the same.
///
/// # Errors
/// `Forbidden` for all others; `NotFound`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: IncidentId) -> Result<(Incident, HashMap<PersonId, String>)> {
    let it = one(tx, id)?;
    Access::new("incident.view", Act::View, Class::Administration).on("incident", id).require(tx, ctx)?;
    let names = names(tx, std::slice::from_ref(&it))?;
    Ok((it, names))
}

/// Somebody in charge goes on with it.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound`; `Conflict` for what another hand has done already.
pub fn go_on(tx: &mut Tx<'_>, ctx: &Ctx, id: IncidentId, what: &Happened) -> Result<()> {
    clause!("DL-42");
    let verb = match what {
        Happened::Taken => "incident.take",
        Happened::Told { .. } => "incident.tell",
        Happened::Closed { .. } => "incident.close",
        Happened::Words(_) | Happened::Note(_) => "incident.note",
    };
    let it = one(tx, id)?;
    Access::new(verb, Act::Write, Class::Administration).on("incident", id).require(tx, ctx)?;
    happened(tx, ctx, &it, what)
}

fn happened(tx: &mut Tx<'_>, ctx: &Ctx, it: &Incident, what: &Happened) -> Result<()> {
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("no staff"))?;
    let again = it.events.iter().any(|one| one.what.key() == "closed")
        || *what == Happened::Taken && it.state() != super::State::Open;
    if again {
        let words = Words::new(
            "ほかの人が先に記録しています。ページを開き直して確かめてください。",
            "Somebody else was faster. Please look at the page again.",
        );
        return Err(Error::new(kernel::Kind::Conflict, words, "an incident that has gone on"));
    }
    let text = serde_json::to_string(what).map_err(Error::internal)?;
    let sealed = tx.seal("incident_event.content", id, &text)?;
    tx.exec(
        "INSERT INTO incident_event (facility_id, id, incident_id, kind, content, person_id, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![facility, id, it.id, what.key(), sealed, person, ctx.now],
    )?;
    Ok(())
}

/// How many nobody has taken over. The caller asks for those who administer.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>) -> Result<i64> {
    let facility = tx.facility()?;
    let sql = "SELECT count(*) FROM incident i WHERE i.facility_id = ?1 AND NOT EXISTS
               (SELECT 1 FROM incident_event e WHERE e.facility_id = i.facility_id AND e.incident_id = i.id
                AND e.kind IN ('taken', 'closed'))";
    Ok(tx.value(sql, params![facility])?.unwrap_or(0))
}

/// The newest, with what happened. No check: the caller has made its own.
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>) -> Result<Vec<Incident>> {
    let facility = tx.facility()?;
    let sql = "SELECT * FROM incident WHERE facility_id = ?1 ORDER BY reported_at DESC, id DESC LIMIT ?2";
    let rows = tx.rows(sql, params![facility, LIST_MAX])?;
    let mut all: Vec<Incident> = rows.iter().map(|row| read(tx, row)).collect::<Result<_>>()?;
    let Some(oldest) = all.last().map(|it| it.reported_at) else { return Ok(all) };
    let sql = "SELECT * FROM incident_event WHERE facility_id = ?1 AND at >= ?2 ORDER BY at, id LIMIT ?3";
    for row in tx.rows(sql, params![facility, oldest, LIST_MAX * EVENTS_MAX])? {
        let (of, event) = (row.get("incident_id")?, read_event(tx, &row)?);
        if let Some(it) = all.iter_mut().find(|it| it.id == of) {
            it.events.push(event);
        }
    }
    Ok(all)
}

fn one(tx: &mut Tx<'_>, id: IncidentId) -> Result<Incident> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM incident WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    let mut it = read(tx, &row.ok_or_else(|| Error::not_found("incident"))?)?;
    let sql = "SELECT * FROM incident_event WHERE facility_id = ?1 AND incident_id = ?2 ORDER BY at, id LIMIT ?3";
    let rows = tx.rows(sql, params![facility, id, EVENTS_MAX])?;
    it.events = rows.iter().map(|row| read_event(tx, row)).collect::<Result<_>>()?;
    Ok(it)
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Incident> {
    let (id, kind, sealed): (IncidentId, String, Vec<u8>) = (row.get("id")?, row.get("kind")?, row.get("cut")?);
    let (sessions, terminals) =
        serde_json::from_str(&tx.open("incident.cut", id, &sealed)?).map_err(Error::internal)?;
    Ok(Incident {
        id,
        what: What::from_key(&kind).ok_or_else(|| Error::internal("kind of incident"))?,
        cut: Cut { sessions, terminals },
        reported_by: row.get("reported_by")?,
        reported_at: row.get("reported_at")?,
        events: Vec::new(),
    })
}

fn read_event(tx: &mut Tx<'_>, row: &Row) -> Result<Event> {
    let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("content")?);
    let text = tx.open("incident_event.content", id, &sealed)?;
    Ok(Event {
        what: serde_json::from_str(&text).map_err(Error::internal)?,
        person: row.get("person_id")?,
        at: row.get("at")?,
    })
}

fn names(tx: &mut Tx<'_>, all: &[Incident]) -> Result<HashMap<PersonId, String>> {
    let mut names = HashMap::new();
    for id in all.iter().flat_map(|it| it.events.iter().map(|it| it.person).chain([it.reported_by])) {
        if let std::collections::hash_map::Entry::Vacant(place) = names.entry(id) {
            place.insert(person::store::get(tx, id)?.name.full());
        }
    }
    Ok(names)
}

/// Whoever acts works here.
fn staff(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<PersonId> {
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("no staff"))?;
    if access::duties(tx, person)?.is_empty() { Err(Error::not_found("nobody of this facility")) } else { Ok(person) }
}
