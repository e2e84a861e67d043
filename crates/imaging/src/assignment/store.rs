//! Fields of readers and assignments in rows, and the job that proposes.

use db::{Row, Tx, params};
use guidelines::reading::assign::{Scope, assign};
use kernel::{Ctx, Error, FacilityId, PersonId, Result, RowId, Words, clause, time};
use mail::{About, Message, To};
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::{facility, person};
use serde_json::json;
use web::Site;

use super::Assignment;
use crate::reader;
use crate::request::store::read_one as read_request;
use crate::request::{RequestId, State};

/// Requests that one sweep assigns at most.
const SWEEP_MAX: usize = 100;

fn scope_of(row: &Row) -> Result<Scope> {
    let (examinations, agreements): (String, String) = (row.get("examinations")?, row.get("agreements")?);
    Ok(Scope {
        examinations: serde_json::from_str(&examinations).map_err(Error::internal)?,
        agreements: serde_json::from_str(&agreements).map_err(Error::internal)?,
        open_max: row.get("open_max")?,
    })
}

/// What a reader takes on: everything, as long as nobody has said otherwise. No entry: it names no patient.
///
/// # Errors
/// The database's.
pub fn scope(tx: &mut Tx<'_>, person: PersonId) -> Result<Scope> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM reader_scope WHERE facility_id = ?1 AND person_id = ?2 ORDER BY set_at DESC, id DESC LIMIT 1",
        params![facility, person],
    )?;
    row.map_or_else(|| Ok(Scope::default()), |row| scope_of(&row))
}

/// Says what a reader takes on.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for somebody who never worked here.
pub fn set_scope(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, scope: &Scope) -> Result<()> {
    clause!("TR-11");
    let facility = tx.facility()?;
    Access::new("reader.scope", Act::Write, Class::Administration)
        .on("person", person)
        .detail(
            json!({ "examinations": scope.examinations, "agreements": scope.agreements, "open_max": scope.open_max }),
        )
        .require(tx, ctx)?;
    person::store::of_here(tx, person)?;
    let text = |all: &[String]| serde_json::to_string(all).map_err(Error::internal);
    tx.exec(
        "INSERT INTO reader_scope (id, facility_id, person_id, examinations, agreements, open_max, set_by, set_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            RowId::new(ctx),
            facility,
            person,
            text(&scope.examinations)?,
            text(&scope.agreements)?,
            scope.open_max,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}

/// For whom a request is meant. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of_request(tx: &mut Tx<'_>, request: RequestId) -> Result<Option<Assignment>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM reading_assignment WHERE facility_id = ?1 AND request_id = ?2 ORDER BY number DESC LIMIT 1",
        params![facility, request],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (person, how): (PersonId, String) = (row.get("person_id")?, row.get("how")?);
    let name = person::store::get(tx, person)?.name.full();
    Ok(Some(Assignment { person, name, by_rule: how == "rule", at: row.get("assigned_at")? }))
}

/// Those who may sign here today, by id and name.
///
/// # Errors
/// The database's.
pub fn readers(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<(PersonId, String)>> {
    let today = time::day(ctx.now);
    let mut found = Vec::new();
    for it in person::store::staff(tx)? {
        if reader::store::standing(tx, it.id, today)?.is_ok() {
            found.push((it.id, it.name.full()));
        }
    }
    Ok(found)
}

/// Cases that wait for a reader, or that the reader has begun: assigned or taken, and neither reported nor stopped.
fn open_cases(tx: &mut Tx<'_>, person: PersonId) -> Result<i64> {
    let facility = tx.facility()?;
    let found: Option<i64> = tx.value(
        "SELECT count(*) FROM reading_request r WHERE r.facility_id = ?1 AND r.side = 'serves'
         AND NOT EXISTS (SELECT 1 FROM reading_report v WHERE v.facility_id = ?1 AND v.request_id = r.id)
         AND NOT EXISTS (SELECT 1 FROM reading_stop p WHERE p.facility_id = ?1 AND p.request_id = r.id)
         AND COALESCE(
             (SELECT t.person_id FROM reading_taking t WHERE t.facility_id = ?1 AND t.request_id = r.id
              ORDER BY t.number DESC LIMIT 1),
             (SELECT a.person_id FROM reading_assignment a WHERE a.facility_id = ?1 AND a.request_id = r.id
              ORDER BY a.number DESC LIMIT 1)) = ?2",
        params![facility, person],
    )?;
    Ok(found.unwrap_or(0))
}

/// Requests that nobody has taken and that are meant for nobody, with the facility that reads: for the job of the server, over all
/// facilities.
fn due(tx: &mut Tx<'_>) -> Result<Vec<(FacilityId, RequestId)>> {
    let rows = tx.rows(
        "SELECT r.facility_id, r.id FROM reading_request r WHERE r.side = 'serves'
         AND NOT EXISTS (SELECT 1 FROM reading_assignment a WHERE a.facility_id = r.facility_id AND a.request_id = r.id)
         AND NOT EXISTS (SELECT 1 FROM reading_taking t WHERE t.facility_id = r.facility_id AND t.request_id = r.id)
         AND NOT EXISTS (SELECT 1 FROM reading_stop p WHERE p.facility_id = r.facility_id AND p.request_id = r.id)
         ORDER BY r.urgent DESC, r.due_at LIMIT ?1",
        params![SWEEP_MAX],
    )?;
    rows.iter().map(|it| Ok((it.get("facility_id")?, it.get("id")?))).collect()
}

/// Assigns a request by the rule, and tells the reader by mail. Where no reader fits it stays open to all.
///
/// # Errors
/// `NotFound`; the database's.
pub fn propose(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<()> {
    clause!("TR-11");
    let request = read_request(tx, id)?;
    let mut all = Vec::new();
    for (person, _) in readers(tx, ctx)? {
        all.push((person, (scope(tx, person)?, open_cases(tx, person)?)));
    }
    let scopes: Vec<(Scope, i64)> = all.iter().map(|it| it.1.clone()).collect();
    let Some(place) = assign(&scopes, &request.examination, &request.agreement.to_string()) else { return Ok(()) };
    let person = all[place].0;
    Access::new("reading.assign", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .detail(json!({ "person": person, "how": "rule" }))
        .require(tx, ctx)?;
    // Behind the lock that the entry has taken: somebody may have taken it meanwhile.
    if of_request(tx, id)?.is_some() || read_request(tx, id)?.state() != State::Waiting {
        return Ok(());
    }
    keep(tx, ctx, id, person, "rule")
}

/// Assigns a request by hand, to somebody who may sign.
///
/// # Errors
/// `NotFound`, also at the facility that asked; `Forbidden`; `Conflict` once somebody reads it; `Invalid` for nobody who may sign.
pub fn give(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, person: PersonId) -> Result<()> {
    clause!("TR-11");
    let request = read_request(tx, id)?;
    if request.side != Side::Serves {
        return Err(Error::not_found("asked here, not read here"));
    }
    Access::new("reading.assign", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .detail(json!({ "person": person, "how": "hand" }))
        .require(tx, ctx)?;
    if read_request(tx, id)?.state() != State::Waiting {
        return Err(Error::conflict("somebody reads it, or it is over"));
    }
    if !readers(tx, ctx)?.iter().any(|it| it.0 == person) {
        let words = Words::new("署名できる読影医を選んでください。", "Choose a reader who may sign.");
        return Err(Error::invalid("person", words));
    }
    if of_request(tx, id)?.is_some_and(|it| it.person == person) {
        return Ok(());
    }
    keep(tx, ctx, id, person, "hand")
}

fn keep(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, person: PersonId, how: &str) -> Result<()> {
    let facility = tx.facility()?;
    let before: Option<i64> = tx.value(
        "SELECT COALESCE(max(number), 0) FROM reading_assignment WHERE facility_id = ?1 AND request_id = ?2",
        params![facility, id],
    )?;
    tx.exec(
        "INSERT INTO reading_assignment (facility_id, request_id, number, person_id, how, assigned_by, assigned_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![facility, id, before.unwrap_or(0) + 1, person, how, ctx.who.label(), ctx.now],
    )?;
    let Ok(to) = person::store::get(tx, person)?.mail.parse() else { return Ok(()) };
    let home = facility::store::get(tx, facility)?.name;
    let link = format!("{}/readings/{id}", web::installation::base_url(tx)?);
    let subject = Words::new("読影の担当になりました", "A reading was assigned to you");
    let lead = Words::new(
        "ログインして、引き受けてください。読めないときは、ほかの人が引き受けられます。",
        "Please sign in and take it. If you cannot, anybody else may.",
    );
    let text = format!("{}\n\n{}\n{link}\n\n--\n{}\n{}\n", subject.ja, lead.ja, subject.en, lead.en);
    let about = About::new("reading_request", id);
    mail::enqueue(tx, ctx, &Message::new(To::Mail(to), home, subject.ja.clone(), text, ctx.now, about)).map(drop)
}

/// Assigns what waits, each in its own act.
///
/// # Errors
/// The database's.
pub async fn sweep(site: &Site) -> Result<()> {
    let job = site.job("assign");
    for (facility, id) in site.db.read(None, due).await? {
        let ctx = job.at(facility);
        site.db.write(Some(facility), move |tx| propose(tx, &ctx, id)).await?;
    }
    Ok(())
}
