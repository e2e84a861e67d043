//! Requests in rows: the work list, one request, taking it, sending it back, withdrawing it, and which images it lends.

use db::{Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, PatientId, PersonId, Result, RowId, Words, clause, limits};
use mail::About;
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::agreement::store::{at_both, letter};
use people::facility::{self, Facility};
use people::person;
use serde_json::json;

use super::handed::{self, Differing};
use super::{Request, RequestId, State, Stop, Taking, in_order, lends};
use crate::assignment::Assignment;
use crate::{assignment, second};

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Request> {
    let (facility, id): (FacilityId, RequestId) = (tx.facility()?, row.get("id")?);
    let (side, sealed): (String, Vec<u8>) = (row.get("side")?, row.get("content")?);
    let content = tx.open("reading_request.content", id, &sealed)?;
    let rows = tx.rows(
        "SELECT * FROM reading_taking WHERE facility_id = ?1 AND request_id = ?2 ORDER BY number DESC LIMIT 50",
        params![facility, id],
    )?;
    let mut takings = Vec::new();
    for row in &rows {
        let (taking, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("reason")?);
        takings.push(Taking {
            person: row.get("person_id")?,
            reason: tx.open("reading_taking.reason", taking, &sealed)?,
            at: row.get("taken_at")?,
        });
    }
    let stop =
        tx.row("SELECT * FROM reading_stop WHERE facility_id = ?1 AND request_id = ?2", params![facility, id])?;
    let stop = match stop {
        Some(row) => {
            let (way, sealed): (String, Vec<u8>) = (row.get("way")?, row.get("reason")?);
            Some(Stop {
                returned: way == "returned",
                reason: tx.open("reading_stop.reason", id, &sealed)?,
                by: row.get("stopped_by")?,
                at: row.get("stopped_at")?,
            })
        }
        None => None,
    };
    Ok(Request {
        id,
        partner: row.get("partner_id")?,
        agreement: row.get("agreement_id")?,
        side: if side == Side::Asks.key() { Side::Asks } else { Side::Serves },
        patient: row.get("patient_id")?,
        examination: row.get("examination")?,
        urgent: row.get("urgent")?,
        content: serde_json::from_str(&content).map_err(Error::internal)?,
        responsible: row.get("responsible_id")?,
        asked_at: row.get("asked_at")?,
        due_at: row.get("due_at")?,
        takings,
        stop,
        reported_at: crate::report::store::first_signed_at(tx, id)?,
    })
}

/// This facility's copy, without check or entry: for stores that have made their own [`Access`].
///
/// # Errors
/// `NotFound` when this facility has no such request.
pub fn read_one(tx: &mut Tx<'_>, id: RequestId) -> Result<Request> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM reading_request WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    read(tx, &row.ok_or_else(|| Error::not_found("reading request"))?)
}

/// A line of the work list.
#[derive(Debug, Clone)]
pub struct Line {
    /// The request.
    pub request: Request,
    /// The other facility's name.
    pub partner: String,
    /// Who reads it; empty when nobody does.
    pub reader: String,
    /// For whom it is meant as long as nobody reads it.
    pub meant: Option<Assignment>,
    /// A second reading asks for a new version that is not there yet.
    pub is_disputed: bool,
}

/// The work list.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// What others have asked for.
    pub served: Vec<Line>,
    /// What was asked of others.
    pub asked: Vec<Line>,
    /// There is another page.
    pub has_more: bool,
}

/// Requests of one side on one page at most.
pub const LINES_MAX: usize = limits::LIST_ROWS_MAX;

/// A page of the requests of this facility, from 0, each side in the order of work.
///
/// # Errors
/// `Forbidden` without the right to see images.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx, page: usize) -> Result<List> {
    clause!("TR-11");
    Access::new("reading.list", Act::View, Class::Images).on("reading_request", "").require(tx, ctx)?;
    let (served, more_served) = side(tx, Side::Serves, page)?;
    let (asked, more_asked) = side(tx, Side::Asks, page)?;
    Ok(List { served, asked, has_more: more_served || more_asked })
}

/// The rows come in the order of [`in_order`] already: however much was asked since, nothing that waits may lie behind what is
/// over.
fn side(tx: &mut Tx<'_>, side: Side, page: usize) -> Result<(Vec<Line>, bool)> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM (
             SELECT r.*, CASE WHEN EXISTS (SELECT 1 FROM reading_stop p WHERE p.facility_id = ?1 AND p.request_id = r.id)
             OR EXISTS (SELECT 1 FROM reading_report v WHERE v.facility_id = ?1 AND v.request_id = r.id)
             THEN 1 ELSE 0 END AS is_over FROM reading_request r WHERE r.facility_id = ?1 AND r.side = ?2
         ) one ORDER BY is_over, CASE WHEN is_over = 1 THEN 0 ELSE 1 - urgent END,
         CASE WHEN is_over = 1 THEN -due_at ELSE due_at END, id LIMIT ?3 OFFSET ?4",
        params![facility, side.key(), LINES_MAX + 1, page.saturating_mul(LINES_MAX)],
    )?;
    let mut found: Vec<Request> = rows.iter().take(LINES_MAX).map(|row| read(tx, row)).collect::<Result<_>>()?;
    in_order(&mut found);
    let lines = found.into_iter().map(|request| line(tx, request)).collect::<Result<_>>()?;
    Ok((lines, rows.len() > LINES_MAX))
}

/// Requests that were made for one patient here, what runs first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Request>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_request WHERE facility_id = ?1 AND patient_id = ?2 AND side = 'asks'
         ORDER BY asked_at DESC, id DESC LIMIT ?3",
        params![facility, patient, LINES_MAX],
    )?;
    let mut found: Vec<Request> = rows.iter().map(|row| read(tx, row)).collect::<Result<_>>()?;
    in_order(&mut found);
    Ok(found)
}

fn line(tx: &mut Tx<'_>, request: Request) -> Result<Line> {
    let reader = match request.takings.first() {
        Some(it) => person::store::get(tx, it.person)?.name.full(),
        None => String::new(),
    };
    let meant = if request.state() == State::Waiting { assignment::store::of_request(tx, request.id)? } else { None };
    let is_disputed = request.side == Side::Serves && request.reported_at.is_some() && {
        let newest = crate::report::store::newest_number(tx, request.id)?;
        !second::unanswered(&second::store::of_request(tx, request.id)?, newest).is_empty()
    };
    Ok(Line { partner: facility::store::get(tx, request.partner)?.name, reader, meant, is_disputed, request })
}

/// A study that goes with a request.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The row at the facility that asks.
    pub id: RowId,
    /// Study Instance UID.
    pub uid: String,
    /// The day as written, or empty.
    pub date: String,
    /// Kinds of images.
    pub modalities: String,
    /// What it is, as the device says.
    pub description: String,
    /// How many images.
    pub instance_count: i64,
    /// An earlier examination.
    pub is_prior: bool,
    /// At the facility that reads: it has a study of this UID itself, with other images. The viewer shows its own.
    pub differs_here: bool,
    /// How its images stand against those that were handed over.
    pub differing: Differing,
}

/// Everything that the page of a request shows.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The request.
    pub request: Request,
    /// The other facility.
    pub partner: Facility,
    /// Who answers for it at the facility that asks.
    pub responsible: String,
    /// Names of those who read or have read it.
    pub readers: Vec<(PersonId, String)>,
    /// The images, once somebody has taken it.
    pub studies: Vec<Attached>,
}

/// One request, seen at either facility. At the reading one the look is an entry in both logs.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<Desk> {
    let request = read_one(tx, id)?;
    let access = Access::new("reading.view", Act::View, Class::Images).on("reading_request", id).of(request.patient);
    let studies = match request.side {
        Side::Asks => {
            access.require(tx, ctx)?;
            let mut own = attached(tx, id)?;
            for it in &mut own {
                it.differing = Differing::between(&handed::handed(tx, id, &it.uid)?, &handed::here(tx, &it.uid)?);
            }
            own
        }
        Side::Serves => {
            access.require_at(tx, ctx, request.partner, ("reading_request", id))?;
            if request.lends_images() {
                let mut lent = tx.at_other(request.partner, |tx| {
                    let all = attached(tx, id)?;
                    all.into_iter().map(|it| Ok((handed::here(tx, &it.uid)?, it))).collect::<Result<Vec<_>>>()
                })?;
                for (theirs, it) in &mut lent {
                    let ours = handed::here(tx, &it.uid)?;
                    it.differs_here = !ours.is_empty() && ours != *theirs;
                    it.differing = Differing::between(&handed::handed(tx, id, &it.uid)?, theirs);
                }
                lent.into_iter().map(|it| it.1).collect()
            } else {
                vec![]
            }
        }
    };
    let mut readers = Vec::new();
    for it in &request.takings {
        readers.push((it.person, person::store::get(tx, it.person)?.name.full()));
    }
    Ok(Desk {
        partner: facility::store::get(tx, request.partner)?,
        responsible: person::store::get(tx, request.responsible)?.name.full(),
        readers,
        studies,
        request,
    })
}

/// The images of a request, at the facility whose they are.
pub(crate) fn attached(tx: &mut Tx<'_>, id: RequestId) -> Result<Vec<Attached>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT s.id, s.uid, s.claims, s.study_date, s.modalities, s.instance_count, a.is_prior
         FROM reading_request_study a JOIN study s ON s.id = a.study_id AND s.facility_id = a.facility_id
         WHERE a.facility_id = ?1 AND a.request_id = ?2 ORDER BY a.is_prior, s.study_date DESC, s.id",
        params![facility, id],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (study, sealed, modalities): (RowId, Vec<u8>, String) =
            (row.get("id")?, row.get("claims")?, row.get("modalities")?);
        let claims: crate::study::Claims =
            serde_json::from_str(&tx.open("study.claims", study, &sealed)?).map_err(Error::internal)?;
        found.push(Attached {
            id: study,
            uid: row.get("uid")?,
            date: row.get("study_date")?,
            modalities: modalities.replace('\\', " "),
            description: claims.description,
            instance_count: row.get("instance_count")?,
            is_prior: row.get("is_prior")?,
            differs_here: false,
            differing: Differing::default(),
        });
    }
    Ok(found)
}

/// By what leave a study of another facility is looked at here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    /// Whose study it is.
    pub owner: FacilityId,
    /// The request that lends it.
    pub request: RequestId,
    /// The patient at the owner.
    pub patient: PatientId,
}

/// The loan of the study with this UID to this facility, when a request carries it that somebody here has taken. The caller
/// makes the entries, and goes on at the owner.
///
/// # Errors
/// The database's.
pub fn lent(tx: &mut Tx<'_>, study_uid: &str) -> Result<Option<Loan>> {
    clause!("TR-09");
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT r.id, r.partner_id, r.patient_id,
         EXISTS (SELECT 1 FROM reading_taking t WHERE t.facility_id = r.facility_id AND t.request_id = r.id) AS is_taken,
         EXISTS (SELECT 1 FROM reading_stop p WHERE p.facility_id = r.facility_id AND p.request_id = r.id) AS is_stopped,
         EXISTS (SELECT 1 FROM reading_report v WHERE v.facility_id = r.facility_id AND v.request_id = r.id) AS is_reported
         FROM reading_request_study a JOIN reading_request r ON r.facility_id = a.facility_id AND r.id = a.request_id
         WHERE a.facility_id = ?1 AND a.study_uid = ?2 AND r.side = 'serves' ORDER BY r.asked_at DESC, r.id DESC LIMIT 20",
        params![facility, study_uid],
    )?;
    for row in &rows {
        if lends(row.get("is_taken")?, row.get("is_stopped")?, row.get("is_reported")?) {
            let (owner, request) = (row.get("partner_id")?, row.get("id")?);
            return Ok(Some(Loan { owner, request, patient: row.get("patient_id")? }));
        }
    }
    Ok(None)
}

/// What taking a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is the person's who acts.
    Yours,
    /// A colleague reads it; a taking over needs a reason.
    By(String),
}

/// Takes a request to read it: from now on its images may be looked at. A colleague's is taken over with a reason only.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to write on images; `Conflict` when it is stopped.
pub fn take(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, reason: &str) -> Result<Taken> {
    clause!("TR-11");
    let request = served(tx, id)?;
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff read"))?;
    Access::new("reading.take", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .detail(json!({ "reason": reason }))
        .require_at(tx, ctx, request.partner, ("reading_request", id))?;
    // Read again behind the lock that the entries have taken: two who click at once follow one another.
    let request = read_one(tx, id)?;
    if matches!(request.state(), State::Returned | State::Withdrawn) {
        return Err(Error::conflict("the request is over"));
    }
    match request.takings.first().map(|it| it.person) {
        Some(person) if person == me => return Ok(Taken::Yours),
        Some(person) if reason.trim().is_empty() => {
            return Ok(Taken::By(person::store::get(tx, person)?.name.full()));
        }
        // A reported case too: somebody must be able to answer questions and to add to it when whoever signed is away.
        _ => {}
    }
    let number = i64::try_from(request.takings.len()).unwrap_or(i64::MAX) + 1;
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let row = RowId::new(ctx);
        let sealed = tx.seal("reading_taking.reason", row, reason)?;
        tx.exec(
            "INSERT INTO reading_taking (id, facility_id, request_id, number, person_id, reason, taken_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![row, ctx.facility()?, id, number, me, sealed, ctx.now],
        )?;
        Ok(())
    })?;
    Ok(Taken::Yours)
}

/// The request, when this facility is the one that reads.
fn served(tx: &mut Tx<'_>, id: RequestId) -> Result<Request> {
    let request = read_one(tx, id)?;
    if request.side == Side::Serves { Ok(request) } else { Err(Error::not_found("asked here, not read here")) }
}

/// Sends a request back without a report: the images do not answer the question, or are somebody else's.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` when it is over.
pub fn give_back(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, reason: &str) -> Result<()> {
    let request = served(tx, id)?;
    stop(tx, ctx, &request, "returned", Class::Images, reason)?;
    let subject = Words::new("読影の依頼が差し戻されました", "A request for a reading was sent back");
    letter(tx, ctx, request.partner, &subject, &format!("/readings/{id}"), About::new("reading_request", id))
}

/// Withdraws a request that was asked here.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` when it is over.
pub fn withdraw(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, reason: &str) -> Result<()> {
    let request = read_one(tx, id)?;
    if request.side != Side::Asks {
        return Err(Error::not_found("read here, not asked here"));
    }
    stop(tx, ctx, &request, "withdrawn", Class::Chart, reason)?;
    let subject = Words::new("読影の依頼が取り下げられました", "A request for a reading was withdrawn");
    letter(tx, ctx, request.partner, &subject, &format!("/readings/{id}"), About::new("reading_request", id))
}

fn stop(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request, way: &'static str, class: Class, reason: &str) -> Result<()> {
    let (id, verb) = (request.id, if way == "returned" { "reading.return" } else { "reading.withdraw" });
    Access::new(verb, Act::Write, class)
        .on("reading_request", id)
        .of(request.patient)
        .detail(json!({ "reason": reason }))
        .require_at(tx, ctx, request.partner, ("reading_request", id))?;
    let now = read_one(tx, id)?;
    if !matches!(now.state(), State::Waiting | State::Reading(_)) {
        return Err(Error::conflict("the request is over"));
    }
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let sealed = tx.seal("reading_stop.reason", id, reason)?;
        tx.exec(
            "INSERT INTO reading_stop (facility_id, request_id, way, reason, stopped_by, stopped_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![ctx.facility()?, id, way, sealed, ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })
}
