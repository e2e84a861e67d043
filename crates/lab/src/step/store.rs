//! Steps in rows, assignment and inspection: what asks for a licence, a place, or another person than the maker.

use std::collections::HashMap;

use db::{Row, Tx, params};
use kernel::{Ctx, Error, PersonId, Result, RowId, clause};
use people::access::Act;
use people::person;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{End, Form, Kind, Material, Step, StepId, Where, is_worked_on, makers, may_begin};
use crate::case::store::{self as cases, act, append, made_here, need, need_manager};
use crate::case::{Case, CaseId, Found, Kind as What, Said, may_follow};
use crate::file::{self, Bundle, store as files};
use crate::machine::Machine;
use crate::machine::store::{self as machines, Turned};
use crate::remote::store::{self as remote, known};
use crate::remote::{Place, Refusal, may_work};

/// Steps of one case at most.
const STEPS_MAX: usize = 500;

#[derive(Serialize, Deserialize)]
struct Begun {
    named: String,
    confirmed: Vec<String>,
    device: String,
}

#[derive(Serialize, Deserialize)]
struct Ended {
    materials: Vec<Material>,
    note: String,
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Step> {
    let (id, kind, place, sealed): (StepId, String, String, Vec<u8>) =
        (row.get("id")?, row.get("kind")?, row.get("place")?, row.get("content")?);
    let begun: Begun = serde_json::from_str(&tx.open("lab_step.content", id, &sealed)?).map_err(Error::internal)?;
    let place = match place.as_str() {
        "remote" => Where::Remote(row.get("place_id")?),
        "named" => Where::Named(begun.named),
        _ => Where::Here,
    };
    let (sealed, ended_at): (Option<Vec<u8>>, Option<kernel::Timestamp>) =
        (row.get("end_content")?, row.get("ended_at")?);
    let end = match (sealed, ended_at) {
        (Some(sealed), Some(at)) => {
            let text = tx.open("lab_step_end.content", id, &sealed)?;
            let ended: Ended = serde_json::from_str(&text).map_err(Error::internal)?;
            Some(End { materials: ended.materials, note: ended.note, at })
        }
        _ => None,
    };
    Ok(Step {
        id,
        case: row.get("case_id")?,
        kind: Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of a step"))?,
        person: row.get("person_id")?,
        place,
        confirmed: begun.confirmed,
        device: begun.device,
        started_at: row.get("started_at")?,
        end,
    })
}

/// The steps of a case, oldest first. The caller has made its own check.
///
/// # Errors
/// The database's.
pub fn of_case(tx: &mut Tx<'_>, case: CaseId) -> Result<Vec<Step>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT s.*, e.content AS end_content, e.ended_at FROM lab_step s
         LEFT JOIN lab_step_end e ON e.facility_id = s.facility_id AND e.step_id = s.id
         WHERE s.facility_id = ?1 AND s.case_id = ?2 ORDER BY s.started_at, s.id LIMIT ?3",
        params![facility, case, STEPS_MAX],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// What the laboratory's part of a case's page shows.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// The steps, oldest first.
    pub steps: Vec<Step>,
    /// The registered places.
    pub places: Vec<Place>,
    /// Who may be given the case.
    pub technicians: Vec<person::Person>,
    /// Names of those who stand in the steps.
    pub names: HashMap<PersonId, String>,
    /// The designs that were sent, newest first.
    pub designs: Vec<Bundle>,
    /// The machines for which it can be released: a token of each, and the name of the person as whom it acts.
    pub machines: Vec<(RowId, Machine, String)>,
    /// What machines were refused on it, newest first.
    pub turned: Vec<Turned>,
}

/// The laboratory's part of a case that the caller has looked at by its own check.
///
/// # Errors
/// The database's.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, case: &Case) -> Result<Desk> {
    let (steps, technicians) = (of_case(tx, case.id)?, remote::technicians(tx)?);
    let people = technicians.iter().map(|it| it.id).chain(steps.iter().map(|it| it.person));
    let names = cases::names(tx, people.collect::<Vec<_>>())?;
    let mut designs = files::bundles(tx, case.id)?;
    designs.retain(|it| it.kind == file::Kind::Design);
    let machines = machines::offered(tx, ctx.now)?;
    let mut turned = machines::refusals(tx, ctx.now)?;
    turned.retain(|it| it.case == Some(case.id));
    Ok(Desk { steps, places: remote::places(tx)?, technicians, names, designs, machines, turned })
}

/// Gives a case to a technician: the manager's act. Nobody without a licence, and nobody who does not work here.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` out of turn.
pub fn assign(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, person: PersonId) -> Result<Vec<Refusal>> {
    clause!("DL-01");
    let case = made_here(tx, id)?;
    need_manager(tx, ctx, "lab.assign", &case)?;
    let refused = may_work(known(tx, person)?);
    if !refused.is_empty() {
        return Ok(refused);
    }
    act(tx, ctx, id, What::Assigned, &Said { person: Some(person), ..Said::default() })?;
    Ok(vec![])
}

/// Begins a step; `device` is what the browser says of itself, put after the name of the device outside the laboratory. The first design of a round is told to both facilities.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` while the case is not worked on.
pub fn begin(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, form: &Form, device: &str) -> Result<Vec<Refusal>> {
    clause!("DL-02", "DL-05", "DL-10", "DL-12");
    let case = made_here(tx, id)?;
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff work"))?;
    let place = match form.place {
        Where::Here => "here",
        Where::Named(_) => "named",
        Where::Remote(_) => "remote",
    };
    let detail = json!({ "step": form.kind.key(), "place": place, "confirmed": form.confirmed });
    need(tx, ctx, "lab.begin_step", Act::Write, &case, detail)?;
    let case = cases::read_one(tx, id)?;
    if !is_worked_on(case.state()) {
        return Err(Error::conflict("the case is not worked on now"));
    }
    let place_id = if let Where::Remote(it) = form.place { Some(it) } else { None };
    let is_own =
        remote::places(tx)?.iter().any(|it| Some(it.id) == place_id && it.person == me && it.ended_at.is_none());
    let mut refused = may_begin(&case, me, form, known(tx, me)?, is_own);
    let mut device = device.to_owned();
    if place_id.is_some() {
        let (name, wrong) = remote::outside_device(tx, ctx)?;
        refused.extend(wrong);
        device = format!("{name} / {device}");
    }
    if !refused.is_empty() {
        return Ok(refused);
    }
    let (facility, step) = (tx.facility()?, StepId::new(ctx));
    let named = if let Where::Named(name) = &form.place { name.clone() } else { String::new() };
    let begun = Begun { named, confirmed: form.confirmed.clone(), device };
    let sealed = tx.seal("lab_step.content", step, &serde_json::to_string(&begun).map_err(Error::internal)?)?;
    tx.exec(
        "INSERT INTO lab_step (facility_id, id, case_id, kind, person_id, place, place_id, content, started_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![facility, step, id, form.kind.key(), me, place, place_id, sealed, ctx.now],
    )?;
    if form.kind == Kind::Design && may_follow(case.state(), What::Designing) {
        append(tx, ctx, &case, What::Designing, &Said::default())?;
    }
    Ok(vec![])
}

/// Ends a step of one's own.
///
/// # Errors
/// `NotFound` for a step that is not one's own, or ended; `Forbidden`.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, step: StepId, materials: &[Material], note: &str) -> Result<()> {
    clause!("DL-30");
    let case = made_here(tx, id)?;
    need(tx, ctx, "lab.end_step", Act::Write, &case, json!({ "step": step, "materials": materials }))?;
    let found = of_case(tx, id)?.into_iter().find(|it| it.id == step && it.end.is_none());
    if found.is_none_or(|it| Some(it.person) != ctx.who.staff()) {
        return Err(Error::not_found("no open step of one's own"));
    }
    let ended = Ended { materials: materials.to_vec(), note: note.to_owned() };
    let sealed = tx.seal("lab_step_end.content", step, &serde_json::to_string(&ended).map_err(Error::internal)?)?;
    tx.exec(
        "INSERT INTO lab_step_end (facility_id, step_id, content, ended_by, ended_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![tx.facility()?, step, sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Inspects the finished piece: by another person than those who made it, criterion by criterion. What fails says its cause.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` out of turn.
pub fn inspect(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, said: &Said) -> Result<Vec<Refusal>> {
    clause!("DL-31");
    let case = made_here(tx, id)?;
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff inspect"))?;
    need(tx, ctx, "lab.inspect", Act::Write, &case, json!({ "criteria": said.criteria, "cause": said.cause }))?;
    let (case, steps) = (cases::read_one(tx, id)?, of_case(tx, id)?);
    let mut refused = may_work(known(tx, me)?);
    if makers(&case, &steps).contains(&me) {
        let words = kernel::Words::new(
            "自分で作ったものは検査できません。ほかの人に頼んでください。",
            "Whoever made a piece does not inspect it. Please ask somebody else.",
        );
        refused.push(Refusal::new("DL-31", words));
    }
    if !refused.is_empty() {
        return Ok(refused);
    }
    let failed = said.criteria.iter().any(|it| it.1 == Found::Bad);
    act(tx, ctx, id, if failed { What::Failed } else { What::Inspected }, said)?;
    Ok(vec![])
}
