//! What is owed, in rows: a copy at each facility, every step at both. What was said to a patient stays with the facility that
//! asked.

use db::{Row, Tx, params};
use guidelines::reading::duty::{Duty, begun};
use kernel::{Ctx, Error, FacilityId, PersonId, Result, Timestamp, Who, clause, time};
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::agreement::store::at_both;
use people::{facility, person};
use serde_json::json;

use super::{Deed, Owed, OwedId, Step};
use crate::report::Signed;
use crate::request::store::read_one as read_request;
use crate::request::{Request, RequestId};

/// Lines of one list at most; what is due first comes first.
const LINES_MAX: usize = 200;
/// Incidental findings that are shown as closed at most, the newest first.
const CLOSED_MAX: usize = 50;
/// Duties of one request that are read at most.
const DUTIES_MAX: usize = 200;
/// Steps of one duty that are read at most.
const STEPS_MAX: usize = 500;

fn read(tx: &mut Tx<'_>, row: &Row, request: &Request) -> Result<Owed> {
    let (facility, id): (FacilityId, OwedId) = (tx.facility()?, row.get("id")?);
    let (kind, owed_by): (String, String) = (row.get("kind")?, row.get("owed_by")?);
    let sealed: Vec<u8> = row.get("subject")?;
    let subject = tx.open("reading_duty.subject", id, &sealed)?;
    let rows = tx.rows(
        "SELECT * FROM reading_duty_step WHERE facility_id = ?1 AND duty_id = ?2 ORDER BY number LIMIT ?3",
        params![facility, id, STEPS_MAX],
    )?;
    let mut steps = Vec::new();
    for row in &rows {
        let (number, sealed): (i64, Vec<u8>) = (row.get("number")?, row.get("content")?);
        let text = tx.open("reading_duty_step.content", format!("{id}/{number}"), &sealed)?;
        let deed = serde_json::from_str(&text).map_err(Error::internal)?;
        steps.push(Step { deed, by: row.get("done_by")?, at: row.get("done_at")? });
    }
    Ok(Owed {
        id,
        request: request.id,
        partner: request.partner,
        patient: request.patient,
        side: request.side,
        duty: Duty::from_key(&kind).ok_or_else(|| Error::internal("kind of a duty"))?,
        owed_by: if owed_by == Side::Asks.key() { Side::Asks } else { Side::Serves },
        subject,
        begun_at: row.get("begun_at")?,
        due_at: row.get("due_at")?,
        done_at: row.get("done_at")?,
        steps,
    })
}

/// This facility's copy with its request, without check or entry: for those who make their own [`Access`].
fn read_one(tx: &mut Tx<'_>, id: OwedId) -> Result<(Owed, Request)> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM reading_duty WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    let row = row.ok_or_else(|| Error::not_found("duty"))?;
    let request = read_request(tx, row.get("request_id")?)?;
    Ok((read(tx, &row, &request)?, request))
}

/// What is owed on a request, what is open first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of_request(tx: &mut Tx<'_>, request: &Request) -> Result<Vec<Owed>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_duty WHERE facility_id = ?1 AND request_id = ?2
         ORDER BY CASE WHEN done_at IS NULL THEN 0 ELSE 1 END, due_at, id LIMIT ?3",
        params![facility, request.id, DUTIES_MAX],
    )?;
    rows.iter().map(|row| read(tx, row, request)).collect()
}

/// The one of a kind that is open.
fn open_one(tx: &mut Tx<'_>, request: &Request, duty: Duty, owed_by: Side) -> Result<Option<Owed>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM reading_duty WHERE facility_id = ?1 AND request_id = ?2 AND kind = ?3 AND owed_by = ?4
         AND done_at IS NULL ORDER BY due_at LIMIT 1",
        params![facility, request.id, duty.key(), owed_by.key()],
    )?;
    row.map(|row| read(tx, &row, request)).transpose()
}

/// Begins what a signed version brings. The caller has made its own [`Access`] at both facilities.
///
/// # Errors
/// The database's.
pub(crate) fn begin(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request, signed: &Signed) -> Result<()> {
    clause!("TR-04", "TR-07");
    let known: Vec<String> =
        of_request(tx, request)?.into_iter().filter(|it| it.duty == Duty::Close).map(|it| it.subject).collect();
    for (duty, subject) in begun(signed.number, &signed.content.incidental, &known) {
        owe(tx, ctx, request, duty, Side::Asks, subject, signed.content.urgency.is_pressing())?;
    }
    Ok(())
}

/// Begins one at both facilities, unless one of its kind is open: that one keeps its time.
///
/// # Errors
/// The database's.
pub(crate) fn owe(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    request: &Request,
    duty: Duty,
    owed_by: Side,
    subject: &str,
    is_pressing: bool,
) -> Result<()> {
    if duty != Duty::Close && open_one(tx, request, duty, owed_by)?.is_some() {
        return Ok(());
    }
    let (id, due_at) = (OwedId::new(ctx), duty.due_at(request.urgent || is_pressing, ctx.now));
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let sealed = tx.seal("reading_duty.subject", id, subject)?;
        tx.exec(
            "INSERT INTO reading_duty (facility_id, id, request_id, kind, owed_by, subject, begun_at, due_at, letter_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            params![ctx.facility()?, id, request.id, duty.key(), owed_by.key(), sealed, ctx.now, due_at],
        )?;
        Ok(())
    })
}

/// One step, at both facilities; with a deed that ends it, the end. What is said of a duty that is done already only stands
/// beside what was said before.
fn step(tx: &mut Tx<'_>, ctx: &Ctx, it: &Owed, deed: &Deed) -> Result<()> {
    let home = tx.facility()?;
    let asks = if it.side == Side::Asks { home } else { it.partner };
    let id = it.id;
    at_both(tx, ctx, it.partner, |tx, ctx| {
        let facility = ctx.facility()?;
        let told = if facility == asks { deed.clone() } else { deed.for_readers() };
        let text = serde_json::to_string(&told).map_err(Error::internal)?;
        let before: Option<i64> = tx.value(
            "SELECT COALESCE(max(number), 0) FROM reading_duty_step WHERE facility_id = ?1 AND duty_id = ?2",
            params![facility, id],
        )?;
        let number = before.unwrap_or(0) + 1;
        let sealed = tx.seal("reading_duty_step.content", format!("{id}/{number}"), &text)?;
        tx.exec(
            "INSERT INTO reading_duty_step (facility_id, duty_id, number, content, done_by, done_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![facility, id, number, sealed, ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })?;
    if it.done_at.is_some() {
        return Ok(());
    }
    if deed.ends() {
        return end(tx, ctx, it);
    }
    if let Deed::Followed { again_on: Some(day), .. } = deed {
        let due_at = time::at_tokyo(*day, 18, 0).map_err(Error::internal)?;
        return at_both(tx, ctx, it.partner, |tx, ctx| {
            tx.exec(
                "UPDATE reading_duty SET due_at = ?3, letter_at = ?3 WHERE facility_id = ?1 AND id = ?2",
                params![ctx.facility()?, id, due_at],
            )?;
            Ok(())
        });
    }
    Ok(())
}

fn end(tx: &mut Tx<'_>, ctx: &Ctx, it: &Owed) -> Result<()> {
    at_both(tx, ctx, it.partner, |tx, ctx| {
        tx.exec(
            "UPDATE reading_duty SET done_at = ?3, letter_at = NULL WHERE facility_id = ?1 AND id = ?2",
            params![ctx.facility()?, it.id, ctx.now],
        )?;
        Ok(())
    })
}

fn access(tx: &mut Tx<'_>, ctx: &Ctx, it: &Owed, access: Access, detail: &serde_json::Value) -> Result<()> {
    access.on("reading_duty", it.id).of(it.patient).detail(detail.clone()).require_at(
        tx,
        ctx,
        it.partner,
        ("reading_request", it.request),
    )
}

/// Keeps that the person who acts has the newest version of the report before the eyes. Called first in the act that shows it:
/// the entries in both logs must come before any other.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn opened(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<()> {
    clause!("TR-04");
    let request = read_request(tx, id)?;
    if request.side != Side::Asks {
        return Ok(());
    }
    let Some(owed) = open_one(tx, &request, Duty::Open, Side::Asks)? else { return Ok(()) };
    let newest = crate::report::store::newest_number(tx, id)?.to_string();
    look(tx, ctx, &request, &owed, &newest, std::slice::from_ref(&newest))
}

/// Keeps that the person who acts has opened the images of a study, for every request that waits for it. Called first in the
/// act that shows them.
///
/// # Errors
/// `Forbidden`; the database's.
pub fn images_opened(tx: &mut Tx<'_>, ctx: &Ctx, study_uid: &str) -> Result<()> {
    clause!("TR-04");
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT DISTINCT d.request_id FROM reading_duty d
         JOIN reading_request_study s ON s.facility_id = d.facility_id AND s.request_id = d.request_id
         JOIN reading_request r ON r.facility_id = d.facility_id AND r.id = d.request_id
         WHERE d.facility_id = ?1 AND r.side = 'asks' AND d.kind = 'images' AND d.done_at IS NULL
         AND s.study_uid = ?2 AND s.is_prior = 0 ORDER BY d.request_id LIMIT 20",
        params![facility, study_uid],
    )?;
    let mut waiting = Vec::new();
    for row in &rows {
        waiting.push(read_request(tx, row.get("request_id")?)?);
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let mut logs: Vec<FacilityId> = waiting.iter().map(|it| it.partner).collect();
    logs.push(facility);
    audit::queue(tx, &logs)?;
    for request in &waiting {
        if let Some(owed) = open_one(tx, request, Duty::Images, Side::Asks)? {
            let rows = tx.rows(
                "SELECT study_uid FROM reading_request_study WHERE facility_id = ?1 AND request_id = ?2 AND is_prior = 0",
                params![facility, request.id],
            )?;
            let wanted: Vec<String> = rows.iter().map(|it| it.get("study_uid")).collect::<Result<_>>()?;
            look(tx, ctx, request, &owed, study_uid, &wanted)?;
        }
    }
    Ok(())
}

fn look(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request, owed: &Owed, what: &str, wanted: &[String]) -> Result<()> {
    let Some(me) = ctx.who.staff() else { return Ok(()) };
    let name = person::store::get(tx, me)?.name.full();
    let deed = Deed::Looked { name, what: what.to_owned(), is_responsible: me == request.responsible };
    if owed.has(&deed, &ctx.who.label()) {
        return Ok(());
    }
    let check = Access::new("duty.look", Act::View, Class::Images);
    access(tx, ctx, owed, check, &json!({ "duty": owed.duty.key(), "what": what }))?;
    // Read again behind the lock that the entries have taken: two windows of one person are one look.
    let (owed, _) = read_one(tx, owed.id)?;
    if owed.done_at.is_some() || owed.has(&deed, &ctx.who.label()) {
        return Ok(());
    }
    step(tx, ctx, &owed, &deed)?;
    let (owed, _) = read_one(tx, owed.id)?;
    if owed.is_seen(wanted) { end(tx, ctx, &owed) } else { Ok(()) }
}

/// Keeps what was done: the patient was told, or an incidental finding was dealt with. By anybody at the facility that asked who
/// writes charts, and by name.
///
/// # Errors
/// `NotFound`, also at the facility that reads and for what is done by looking; `Forbidden`.
pub fn done(tx: &mut Tx<'_>, ctx: &Ctx, id: OwedId, deed: &Deed) -> Result<()> {
    clause!("TR-04", "TR-07");
    let (owed, _) = read_one(tx, id)?;
    let verb = match (owed.side, owed.duty, deed) {
        (Side::Asks, Duty::Inform, Deed::Informed { .. }) => "duty.inform",
        (Side::Asks, Duty::Close, Deed::Followed { .. }) => "duty.follow",
        _ => return Err(Error::not_found("nothing that is done with these words")),
    };
    access(tx, ctx, &owed, Access::new(verb, Act::Write, Class::Chart), &json!({}))?;
    // Two who write at once: the first words end it, and those of the second are kept too.
    let (owed, _) = read_one(tx, id)?;
    step(tx, ctx, &owed, deed)
}

/// The answer that this side owes is given: the thread keeps the words. The caller has made its own [`Access`] at both.
///
/// # Errors
/// The database's.
pub(crate) fn answered(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request, name: &str) -> Result<()> {
    match open_one(tx, request, Duty::Answer, request.side)? {
        Some(owed) => step(tx, ctx, &owed, &Deed::Answered { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// Takes over who answers for a request at the facility that asked: whoever did is away. What that person had not read is to be
/// read anew.
///
/// # Errors
/// `NotFound`, also at the facility that reads; `Forbidden`.
pub fn answer_for(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, reason: &str) -> Result<()> {
    clause!("TR-04");
    let request = read_request(tx, id)?;
    let (Side::Asks, Who::Staff(me)) = (request.side, &ctx.who) else {
        return Err(Error::not_found("a person of the facility that asked answers for it"));
    };
    Access::new("reading.answer_for", Act::Write, Class::Chart)
        .on("reading_request", id)
        .of(request.patient)
        .detail(json!({ "reason": reason, "before": request.responsible }))
        .require_at(tx, ctx, request.partner, ("reading_request", id))?;
    if read_request(tx, id)?.responsible == *me {
        return Ok(());
    }
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let facility = ctx.facility()?;
        let before: Option<i64> = tx.value(
            "SELECT COALESCE(max(number), 0) FROM reading_responsible WHERE facility_id = ?1 AND request_id = ?2",
            params![facility, id],
        )?;
        let number = before.unwrap_or(0) + 1;
        let sealed = tx.seal("reading_responsible.reason", format!("{id}/{number}"), reason)?;
        tx.exec(
            "INSERT INTO reading_responsible (facility_id, request_id, number, person_id, reason, taken_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![facility, id, number, *me, sealed, ctx.now],
        )?;
        tx.exec(
            "UPDATE reading_request SET responsible_id = ?3 WHERE facility_id = ?1 AND id = ?2",
            params![facility, id, *me],
        )?;
        Ok(())
    })
}

/// A line of the board.
#[derive(Debug, Clone)]
pub struct Line {
    /// What is owed.
    pub owed: Owed,
    /// Its request.
    pub request: Request,
    /// The other facility's name.
    pub partner: String,
    /// Who answers for it at the side that owes it.
    pub by: String,
}

/// The board of both sides.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// What is open, in the order of its time.
    pub open: Vec<Line>,
    /// Incidental findings that were closed, the newest first.
    pub closed: Vec<Line>,
}

/// What is open at this facility on either side, and the incidental findings that were closed.
///
/// # Errors
/// `Forbidden` without the right to see images.
pub fn board(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Board> {
    clause!("TR-04", "TR-07");
    Access::new("duty.list", Act::View, Class::Images).on("reading_duty", "").require(tx, ctx)?;
    let facility = tx.facility()?;
    let open = tx.rows(
        "SELECT * FROM reading_duty WHERE facility_id = ?1 AND done_at IS NULL ORDER BY due_at, id LIMIT ?2",
        params![facility, LINES_MAX],
    )?;
    let closed = tx.rows(
        "SELECT * FROM reading_duty WHERE facility_id = ?1 AND kind = 'close' AND done_at IS NOT NULL
         ORDER BY done_at DESC, id DESC LIMIT ?2",
        params![facility, CLOSED_MAX],
    )?;
    Ok(Board { open: lines(tx, &open)?, closed: lines(tx, &closed)? })
}

fn lines(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Line>> {
    let mut known: Vec<(Request, String)> = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        let id: RequestId = row.get("request_id")?;
        if !known.iter().any(|it| it.0.id == id) {
            let request = read_request(tx, id)?;
            let partner = facility::store::get(tx, request.partner)?.name;
            known.push((request, partner));
        }
        let Some((request, partner)) = known.iter().find(|it| it.0.id == id).cloned() else { continue };
        let owed = read(tx, row, &request)?;
        let by = by(tx, &owed, &request)?;
        lines.push(Line { owed, request, partner, by });
    }
    Ok(lines)
}

/// Whoever answers for it at the side that owes it, by name.
fn by(tx: &mut Tx<'_>, owed: &Owed, request: &Request) -> Result<String> {
    let person = match owed.owed_by {
        Side::Asks => Some(request.responsible),
        Side::Serves => request.takings.first().map(|it| it.person),
    };
    person.map_or_else(|| Ok(String::new()), |it| Ok(person::store::get(tx, it)?.name.full()))
}

/// How many are overdue at `now`: those that this facility owes, and those that it waits for. Names nobody, so it is no view and
/// no entry.
///
/// # Errors
/// The database's.
pub fn overdue(tx: &mut Tx<'_>, now: Timestamp) -> Result<[i64; 2]> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT CASE WHEN d.owed_by = r.side THEN 0 ELSE 1 END AS place, count(*) AS count FROM reading_duty d
         JOIN reading_request r ON r.facility_id = d.facility_id AND r.id = d.request_id
         WHERE d.facility_id = ?1 AND r.facility_id = ?1 AND d.done_at IS NULL AND d.due_at <= ?2
         GROUP BY CASE WHEN d.owed_by = r.side THEN 0 ELSE 1 END",
        params![facility, now],
    )?;
    let mut found = [0; 2];
    for row in &rows {
        let place: i64 = row.get("place")?;
        found[usize::from(place == 1)] = row.get("count")?;
    }
    Ok(found)
}

/// What the page of one shows.
#[derive(Debug, Clone)]
pub struct View {
    /// With its request.
    pub line: Line,
    /// The name of the person who looks, under which words are kept.
    pub me: String,
}

/// One of them with its steps.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: OwedId) -> Result<View> {
    let (owed, request) = read_one(tx, id)?;
    Access::new("duty.view", Act::View, Class::Images).on("reading_duty", id).of(owed.patient).require(tx, ctx)?;
    let me = match ctx.who.staff() {
        Some(person) => person::store::get(tx, person)?.name.full(),
        None => String::new(),
    };
    let partner = facility::store::get(tx, owed.partner)?.name;
    let by = by(tx, &owed, &request)?;
    Ok(View { line: Line { owed, request, partner, by }, me })
}

/// Who answered for a request before, with the reason of each taking over, the newest first. The caller has made its own
/// [`Access`].
///
/// # Errors
/// The database's.
pub fn takers(tx: &mut Tx<'_>, request: RequestId) -> Result<Vec<(String, String, Timestamp)>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_responsible WHERE facility_id = ?1 AND request_id = ?2 ORDER BY number DESC LIMIT 50",
        params![facility, request],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (number, person, sealed): (i64, PersonId, Vec<u8>) =
            (row.get("number")?, row.get("person_id")?, row.get("reason")?);
        let reason = tx.open("reading_responsible.reason", format!("{request}/{number}"), &sealed)?;
        let name = person::store::get(tx, person)?.name.full();
        found.push((name, reason, row.get("taken_at")?));
    }
    Ok(found)
}
