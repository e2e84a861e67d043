//! Whose studies are, in rows: the study's own row says what counts now, moves and matches are its history.

use db::{Row, Tx, params};
use guidelines::reading::same_patient::{Comparison, compare};
use kernel::{Ctx, Error, PatientId, PersonId, Result, RowId, clause};
use people::access::{Access, Act, Class};
use people::patient::{self, Patient};
use people::person;
use serde_json::json;

use super::{Belonging, Bound, Order, Refusal, Step, Whose, may_move};
use crate::instance::Uid;
use crate::request::send::{claimed, known};
use crate::request::store::read_one as read_request;
use crate::request::{Request, RequestId, State};
use crate::study::Study;
use crate::study::store::one;

/// Decisions about one study that are shown.
const HISTORY_MAX: usize = 50;
/// Studies that move together at most: more than a patient has in a life.
const TOGETHER_MAX: usize = 1_000;

/// A study with all that somebody must know before its patient is put right.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to write into charts: whose images these are is the dentist's to decide.
pub fn open(tx: &mut Tx<'_>, ctx: &Ctx, uid: &Uid) -> Result<Belonging> {
    let study = one(tx, uid)?;
    access("study.belonging", &study, study.patient).require(tx, ctx)?;
    let bound = match study.patient {
        Some(patient) => Some(bound(&study, patient::store::read_one(tx, patient)?)),
        None => None,
    };
    let (_, detached) = decided(tx, study.id)?;
    let others = match study.patient {
        Some(patient) => of_patient(tx, patient)?.len().saturating_sub(1),
        None => 0,
    };
    Ok(Belonging {
        patient: bound,
        detached,
        history: history(tx, study.id)?,
        requests: requests(tx, study.id)?,
        others: u32::try_from(others).unwrap_or(u32::MAX),
        study,
    })
}

/// Patients to whom the study may belong: those found by `text`, or by what the device says where nothing is asked for;
/// those with whom it agrees first.
///
/// # Errors
/// As [`open`]; `Forbidden` without the right to search for patients.
pub fn candidates(tx: &mut Tx<'_>, ctx: &Ctx, study: &Study, text: &str) -> Result<Vec<Bound>> {
    let claims = &study.claims.patient;
    let first = |name: &str| name.split('^').next().unwrap_or_default().trim().to_owned();
    let wanted = match text.trim() {
        "" => vec![claims.id.clone(), first(&claims.name.ideographic), first(&claims.name.phonetic)],
        text => vec![text.to_owned()],
    };
    let mut found: Vec<Bound> = Vec::new();
    for text in wanted.iter().filter(|it| !it.is_empty()) {
        for it in patient::store::search(tx, ctx, text)? {
            if study.patient != Some(it.id) && found.iter().all(|known| known.patient.id != it.id) {
                found.push(bound(study, it));
            }
        }
    }
    found.sort_by_key(|it| match it.comparison {
        Comparison::Same => 0,
        Comparison::Unknown(_) => 1,
        Comparison::Differs(_) => 2,
    });
    Ok(found)
}

fn bound(study: &Study, patient: Patient) -> Bound {
    let comparison = compare(&claimed(&study.claims.patient), &known(&patient));
    Bound { patient, comparison }
}

/// Binds the study as `order` says, with an entry of each patient whom it concerns; how many studies were moved.
///
/// # Errors
/// As [`open`]; `NotFound` for a patient of another facility.
pub fn put(tx: &mut Tx<'_>, ctx: &Ctx, uid: &Uid, order: &Order) -> Result<std::result::Result<usize, Refusal>> {
    clause!("TR-27");
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only a person decides whose images these are"))?;
    let study = one(tx, uid)?;
    let detail = json!({ "from": study.patient, "to": order.to, "reason": order.reason, "all": order.all });
    // Both patients' logs tell it: one has lost a study, the other got it.
    access("study.move", &study, study.patient).detail(detail.clone()).require(tx, ctx)?;
    let to = match order.to {
        Some(to) => Some(patient::store::read_one(tx, to)?),
        None => None,
    };
    if let Some(to) = to.as_ref().filter(|it| study.patient != Some(it.id)) {
        access("study.move", &study, Some(to.id)).detail(detail).require(tx, ctx)?;
    }
    let mut moved = vec![study];
    if let (true, Some(from)) = (order.all, moved[0].patient) {
        for other in of_patient(tx, from)?.iter().filter(|it| *it != uid) {
            moved.push(one(tx, other)?);
        }
    }
    for it in &moved {
        let requests: Vec<(RequestId, State)> = requests(tx, it.id)?.iter().map(|it| (it.id, it.state())).collect();
        let (from, detached) = decided(tx, it.id)?;
        if let Err(refusal) = may_move(from, detached, &requests, order) {
            return Ok(Err(refusal));
        }
    }
    for it in &moved {
        write(tx, ctx, person, it, to.as_ref(), &order.reason)?;
    }
    Ok(Ok(moved.len()))
}

fn write(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, it: &Study, to: Option<&Patient>, reason: &str) -> Result<()> {
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let finding = to.and_then(|to| bound(it, to.clone()).comparison.reason());
    let finding = finding.map(|it| it.ja.to_string()).unwrap_or_default();
    let (finding, reason) = (tx.seal("study_move.finding", id, &finding)?, tx.seal("study_move.reason", id, reason)?);
    let to = to.map(|it| it.id);
    tx.exec(
        "INSERT INTO study_move (id, facility_id, study_id, from_patient_id, to_patient_id, finding, reason, moved_by, moved_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![id, facility, it.id, it.patient, to, finding, reason, person, ctx.now],
    )?;
    tx.exec(
        "UPDATE study SET patient_id = ?3, detached = ?4 WHERE facility_id = ?1 AND id = ?2",
        params![facility, it.id, to, to.is_none()],
    )?;
    Ok(())
}

fn access(verb: &'static str, study: &Study, patient: Option<PatientId>) -> Access {
    let access = Access::new(verb, Act::Write, Class::Chart).on("study", &study.uid);
    match patient {
        Some(patient) => access.of(patient),
        None => access,
    }
}

/// Whose the study is, and whether a person has taken it from whom the device names.
pub(crate) fn decided(tx: &mut Tx<'_>, study: RowId) -> Result<(Option<PatientId>, bool)> {
    let facility = tx.facility()?;
    let row =
        tx.row("SELECT patient_id, detached FROM study WHERE facility_id = ?1 AND id = ?2", params![facility, study])?;
    let row = row.ok_or_else(|| Error::not_found("study"))?;
    Ok((row.get("patient_id")?, row.get("detached")?))
}

fn of_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Uid>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT uid FROM study WHERE facility_id = ?1 AND patient_id = ?2 ORDER BY id LIMIT ?3",
        params![facility, patient, TOGETHER_MAX],
    )?;
    let uid = |row: &Row| {
        let text: String = row.get("uid")?;
        Uid::parse(&text).ok_or_else(|| Error::internal("a study without a UID"))
    };
    rows.iter().map(uid).collect()
}

fn requests(tx: &mut Tx<'_>, study: RowId) -> Result<Vec<Request>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT request_id FROM reading_request_study WHERE facility_id = ?1 AND study_id = ?2
         ORDER BY request_id DESC LIMIT ?3",
        params![facility, study, HISTORY_MAX],
    )?;
    rows.iter().map(|row| read_request(tx, row.get("request_id")?)).collect()
}

/// Moves, and what was decided while a request was sent, the newest first.
fn history(tx: &mut Tx<'_>, study: RowId) -> Result<Vec<Step>> {
    let facility = tx.facility()?;
    let moves = tx.rows(
        "SELECT * FROM study_move WHERE facility_id = ?1 AND study_id = ?2 ORDER BY moved_at DESC, id DESC LIMIT ?3",
        params![facility, study, HISTORY_MAX],
    )?;
    let matches = tx.rows(
        "SELECT * FROM study_match WHERE facility_id = ?1 AND study_id = ?2 ORDER BY decided_at DESC, id DESC LIMIT ?3",
        params![facility, study, HISTORY_MAX],
    )?;
    let mut steps = Vec::new();
    for row in &moves {
        let id: RowId = row.get("id")?;
        steps.push(Step {
            from: whose(tx, row.get("from_patient_id")?)?,
            to: whose(tx, row.get("to_patient_id")?)?,
            finding: opened(tx, row, "finding", "study_move.finding", id)?,
            reason: opened(tx, row, "reason", "study_move.reason", id)?,
            by: person::store::get(tx, row.get("moved_by")?)?.name.full(),
            at: row.get("moved_at")?,
        });
    }
    for row in &matches {
        let (id, by): (RowId, String) = (row.get("id")?, row.get("decided_by")?);
        let by = by.strip_prefix("staff:").and_then(|it| it.parse::<PersonId>().ok());
        steps.push(Step {
            from: None,
            to: whose(tx, row.get("patient_id")?)?,
            finding: opened(tx, row, "finding", "study_match.finding", id)?,
            reason: opened(tx, row, "reason", "study_match.reason", id)?,
            by: match by {
                Some(person) => person::store::get(tx, person)?.name.full(),
                None => String::new(),
            },
            at: row.get("decided_at")?,
        });
    }
    steps.sort_by_key(|it| std::cmp::Reverse(it.at));
    Ok(steps)
}

fn whose(tx: &mut Tx<'_>, patient: Option<PatientId>) -> Result<Option<Whose>> {
    let Some(patient) = patient else { return Ok(None) };
    Ok(Some(Whose { patient, number: patient::store::number_of(tx, patient)?.unwrap_or_default() }))
}

fn opened(tx: &mut Tx<'_>, row: &Row, column: &str, place: &'static str, id: RowId) -> Result<String> {
    let sealed: Vec<u8> = row.get(column)?;
    tx.open(place, id, &sealed)
}
