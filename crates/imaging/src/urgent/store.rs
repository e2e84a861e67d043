//! Urgent findings in rows: a copy at each facility, every step at both. Letters go out from the facility that asked.

use db::{Row, Tx, params};
use guidelines::reading::urgent::next_round;
use kernel::{Ctx, Error, FacilityId, Result, Timestamp, Who, Words, clause, time};
use mail::{About, Message, To};
use people::access::{Access, Act, Class};
use people::agreement::store::{at_both, letter, read_one as read_agreement};
use people::agreement::{Contact, Side};
use people::{facility, person};
use serde_json::json;
use web::Site;

use super::{Call, Deed, Outcome, Step, Urgent, UrgentId};
use crate::request::store::read_one as read_request;
use crate::request::{Request, RequestId};

/// Findings on one page at most; the open ones come first.
const LINES_MAX: usize = 100;
/// Steps of one finding that are read at most: a week of rounds.
const STEPS_MAX: usize = 1_000;
/// Rounds that one sweep makes at most.
const SWEEP_MAX: usize = 100;

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Urgent> {
    let (facility, id, request): (FacilityId, UrgentId, RequestId) =
        (tx.facility()?, row.get("id")?, row.get("request_id")?);
    let request = read_request(tx, request)?;
    let sealed: Vec<u8> = row.get("finding")?;
    let finding = tx.open("reading_urgent.finding", id, &sealed)?;
    let rows = tx.rows(
        "SELECT * FROM reading_urgent_step WHERE facility_id = ?1 AND urgent_id = ?2 ORDER BY number LIMIT ?3",
        params![facility, id, STEPS_MAX],
    )?;
    let mut steps = Vec::new();
    for row in &rows {
        let (number, sealed): (i64, Vec<u8>) = (row.get("number")?, row.get("content")?);
        let text = tx.open("reading_urgent_step.content", format!("{id}/{number}"), &sealed)?;
        let deed = serde_json::from_str(&text).map_err(Error::internal)?;
        steps.push(Step { deed, by: row.get("done_by")?, at: row.get("done_at")? });
    }
    Ok(Urgent {
        id,
        request: request.id,
        side: request.side,
        partner: request.partner,
        patient: request.patient,
        finding,
        marked_by: row.get("marked_by")?,
        marked_at: row.get("marked_at")?,
        next_round_at: row.get("next_round_at")?,
        steps,
    })
}

/// This facility's copy, without check or entry: for those who have made their own [`Access`].
fn read_one(tx: &mut Tx<'_>, id: UrgentId) -> Result<Urgent> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM reading_urgent WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    read(tx, &row.ok_or_else(|| Error::not_found("urgent finding"))?)
}

/// Those of one request, the newest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of_request(tx: &mut Tx<'_>, request: RequestId) -> Result<Vec<Urgent>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_urgent WHERE facility_id = ?1 AND request_id = ?2 ORDER BY marked_at DESC, id DESC LIMIT 20",
        params![facility, request],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// Whom to call at the facility that asked, in the order of the agreement.
///
/// # Errors
/// The database's.
pub fn contacts(tx: &mut Tx<'_>, request: &Request) -> Result<Vec<Contact>> {
    let agreement = read_agreement(tx, request.agreement)?;
    Ok(if request.side == Side::Asks { agreement.ours } else { agreement.theirs })
}

/// Marks a finding as urgent, at once and whether or not a report is signed; the first round is told in the same act. Only
/// whoever has the case marks.
///
/// # Errors
/// `NotFound` for a case that is another's; `Forbidden`; `Conflict` while one of this request is open.
pub fn mark(tx: &mut Tx<'_>, ctx: &Ctx, request: RequestId, finding: &str) -> Result<UrgentId> {
    clause!("TR-06");
    let request = crate::report::store::mine(tx, ctx, request)?;
    let id = UrgentId::new(ctx);
    Access::new("urgent.mark", Act::Write, Class::Images)
        .on("reading_urgent", id)
        .of(request.patient)
        .detail(json!({ "request": request.id }))
        .require_at(tx, ctx, request.partner, ("reading_request", request.id))?;
    if of_request(tx, request.id)?.iter().any(|it| it.taken().is_none()) {
        let words = Words::new(
            "この依頼の急ぎの所見は、すでに連絡中です。付け加えることは電話で伝えてください。",
            "An urgent finding of this request is being told already. Please add to it by telephone.",
        );
        return Err(Error::new(kernel::Kind::Conflict, words, "an urgent finding is open"));
    }
    insert(tx, ctx, &request, id, finding)?;
    Ok(id)
}

/// Tells what a report calls urgent: it never goes out by the usual way alone. Not once more what was told already; `is_new`
/// says that the version before was not urgent. The caller has made its own [`Access`] at both facilities.
///
/// # Errors
/// The database's.
pub(crate) fn mark_by_report(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request, finding: &str, is_new: bool) -> Result<()> {
    clause!("TR-06");
    let told = of_request(tx, request.id)?;
    let is_open = told.iter().any(|it| it.taken().is_none());
    if is_open || !(told.is_empty() || is_new) {
        return Ok(());
    }
    insert(tx, ctx, request, UrgentId::new(ctx), finding)
}

fn insert(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request, id: UrgentId, finding: &str) -> Result<()> {
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let sealed = tx.seal("reading_urgent.finding", id, finding)?;
        tx.exec(
            "INSERT INTO reading_urgent (facility_id, id, request_id, finding, marked_by, marked_at, next_round_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            params![ctx.facility()?, id, request.id, sealed, ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })?;
    let marked = read_one(tx, id)?;
    tell(tx, ctx, request, &marked)
}

/// One step, at both facilities.
fn step(tx: &mut Tx<'_>, ctx: &Ctx, it: &Urgent, deed: &Deed) -> Result<()> {
    let text = serde_json::to_string(deed).map_err(Error::internal)?;
    let (id, kind) = (it.id, deed.key());
    at_both(tx, ctx, it.partner, |tx, ctx| {
        let facility = ctx.facility()?;
        let before: Option<i64> = tx.value(
            "SELECT COALESCE(max(number), 0) FROM reading_urgent_step WHERE facility_id = ?1 AND urgent_id = ?2",
            params![facility, id],
        )?;
        let number = before.unwrap_or(0) + 1;
        let sealed = tx.seal("reading_urgent_step.content", format!("{id}/{number}"), &text)?;
        tx.exec(
            "INSERT INTO reading_urgent_step (facility_id, urgent_id, number, kind, content, done_by, done_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![facility, id, number, kind, sealed, ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })
}

/// When the next round is due, at both facilities.
fn plan(tx: &mut Tx<'_>, ctx: &Ctx, it: &Urgent, next_at: Option<Timestamp>) -> Result<()> {
    at_both(tx, ctx, it.partner, |tx, ctx| {
        tx.exec(
            "UPDATE reading_urgent SET next_round_at = ?3 WHERE facility_id = ?1 AND id = ?2",
            params![ctx.facility()?, it.id, next_at],
        )?;
        Ok(())
    })
}

/// One round: the facility, whoever answers for the request, and the first so many of the list.
fn tell(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request, it: &Urgent) -> Result<()> {
    clause!("TR-06");
    let contacts = contacts(tx, request)?;
    let round = next_round(it.marked_at, it.rounds(), contacts.len());
    let (home, asks) = (tx.facility()?, if request.side == Side::Asks { tx.facility()? } else { request.partner });
    let reads = if home == asks { request.partner } else { home };
    let responsible = person::store::get(tx, request.responsible)?;
    let mut to: Vec<To> = Vec::new();
    for address in [&facility::store::get(tx, asks)?.mail, &responsible.mail] {
        if let Ok(address) = address.parse() {
            to.push(To::Mail(address));
        }
    }
    let has_sms = web::installation::sms(tx)?;
    for contact in &contacts[..round.contacts] {
        if let Ok(address) = contact.mail.parse() {
            to.push(To::Mail(address));
        }
        if has_sms && let Ok(number) = contact.phone.parse() {
            to.push(To::Sms(number));
        }
    }
    // The facility's address is often the dentist's own.
    let mut once = Vec::new();
    for it in to {
        if !once.contains(&it) {
            once.push(it);
        }
    }
    let from = facility::store::get(tx, reads)?.name;
    let link = format!("{}/urgent/{}", web::installation::base_url(tx)?, it.id);
    enqueue(tx, ctx, asks, it.id, &from, &link, once)?;
    let mut told = vec![responsible.name.full()];
    told.extend(
        contacts[..round.contacts].iter().map(|it| it.name.clone()).filter(|it| *it != responsible.name.full()),
    );
    step(tx, ctx, it, &Deed::Round { number: round.number, told })?;
    plan(tx, ctx, it, Some(it.round_after(ctx.now)))
}

/// Letters that name nobody, in the outbox of the facility that asked.
fn enqueue(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    asks: FacilityId,
    id: UrgentId,
    from: &str,
    link: &str,
    to: Vec<To>,
) -> Result<()> {
    let home = tx.facility()?;
    let put = |tx: &mut Tx<'_>| {
        for to in to {
            let subject =
                Words::made(format!("【緊急】{from}から急ぎの所見の連絡です"), format!("URGENT finding from {from}"));
            let ask = match &to {
                To::Mail(_) => Words::new(
                    "すぐに治療が必要と考えられる所見が見つかりました。ログインして内容を確かめ、引き受けてください。どなたかに引き受けていただくまで、くり返しご連絡します。",
                    "A finding that needs treatment at once. Please sign in, read it and take it over; you are told again until somebody does.",
                ),
                To::Sms(_) => {
                    Words::new("ログインして確かめ、引き受けてください。", "Please sign in and take it over.")
                }
            };
            let text = match &to {
                To::Mail(_) => format!("{}\n\n{}\n{link}\n\n--\n{}\n{}\n", subject.ja, ask.ja, subject.en, ask.en),
                To::Sms(_) => format!("{} {} {link}", subject.ja, ask.ja),
            };
            let about = About::new("reading_urgent", id);
            let message = Message::new(to, from, subject.ja.clone(), text, ctx.now, about);
            mail::enqueue(tx, &ctx.at(asks), &message)?;
        }
        Ok(())
    };
    if home == asks { put(tx) } else { tx.at_other(asks, put) }
}

/// Findings whose next round is due, with the facility that asked: for the job of the server, over all facilities.
///
/// # Errors
/// The database's.
pub fn due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(FacilityId, UrgentId)>> {
    let rows = tx.rows(
        "SELECT u.facility_id, u.id FROM reading_urgent u
         JOIN reading_request r ON r.facility_id = u.facility_id AND r.id = u.request_id
         WHERE u.next_round_at <= ?1 AND r.side = 'asks' ORDER BY u.next_round_at LIMIT ?2",
        params![now, SWEEP_MAX],
    )?;
    rows.iter().map(|it| Ok((it.get("facility_id")?, it.get("id")?))).collect()
}

/// The next round of a finding, when it is due and nobody has taken it over.
///
/// # Errors
/// `NotFound`; the database's.
pub fn tell_again(tx: &mut Tx<'_>, ctx: &Ctx, id: UrgentId) -> Result<()> {
    clause!("TR-06");
    let before = read_one(tx, id)?;
    Access::new("urgent.tell", Act::Write, Class::Images).on("reading_urgent", id).of(before.patient).require_at(
        tx,
        ctx,
        before.partner,
        ("reading_request", before.request),
    )?;
    // Read again behind the lock that the entries have taken: a click may have been faster.
    let it = read_one(tx, id)?;
    if it.next_round_at.is_none_or(|at| at > ctx.now) {
        return Ok(());
    }
    let request = read_request(tx, it.request)?;
    tell(tx, ctx, &request, &it)
}

/// Makes the rounds that are due, each in its own act.
///
/// # Errors
/// The database's.
pub async fn sweep(site: &Site) -> Result<()> {
    let job = site.job("urgent");
    let now = job.now;
    for (facility, id) in site.db.read(None, move |tx| due(tx, now)).await? {
        let ctx = job.at(facility);
        site.db.write(Some(facility), move |tx| tell_again(tx, &ctx, id)).await?;
    }
    Ok(())
}

/// Keeps a telephone call of the reader. One in which a person took it over ends the telling. So is a call kept that was made
/// while somebody took it over on the screen: it was made.
///
/// # Errors
/// `NotFound`, also at the facility that asked; `Forbidden`.
pub fn call(tx: &mut Tx<'_>, ctx: &Ctx, id: UrgentId, call: &Call) -> Result<()> {
    clause!("TR-06");
    let it = read_one(tx, id)?;
    if it.side != Side::Serves {
        return Err(Error::not_found("the reader calls"));
    }
    access(tx, ctx, &it, "urgent.call", &json!({ "outcome": call.outcome.key() }))?;
    let it = read_one(tx, id)?;
    step(tx, ctx, &it, &Deed::Call(call.clone()))?;
    match call.outcome {
        Outcome::Took if it.taken().is_none() => end(tx, ctx, &it, &call.name, &call.note),
        Outcome::Took | Outcome::LeftWord | Outcome::NoAnswer => Ok(()),
    }
}

/// Takes it over: the person who acts answers for it from now on, by name.
///
/// # Errors
/// `NotFound`, also at the facility that reads; `Forbidden`.
pub fn take(tx: &mut Tx<'_>, ctx: &Ctx, id: UrgentId, what: &str) -> Result<()> {
    clause!("TR-06");
    let it = read_one(tx, id)?;
    let (Side::Asks, Who::Staff(me)) = (it.side, &ctx.who) else {
        return Err(Error::not_found("a person of the facility that asked takes it over"));
    };
    let name = person::store::get(tx, *me)?.name.full();
    access(tx, ctx, &it, "urgent.take", &json!({}))?;
    let it = read_one(tx, id)?;
    // Two who click at once: the first answers for it, and the page says who.
    if it.taken().is_some() {
        return Ok(());
    }
    end(tx, ctx, &it, &name, what)?;
    let subject = Words::new("急ぎの所見が引き受けられました", "An urgent finding was taken over");
    letter(tx, ctx, it.partner, &subject, &format!("/urgent/{id}"), About::new("reading_urgent", id))
}

fn access(tx: &mut Tx<'_>, ctx: &Ctx, it: &Urgent, verb: &'static str, detail: &serde_json::Value) -> Result<()> {
    Access::new(verb, Act::Write, Class::Images)
        .on("reading_urgent", it.id)
        .of(it.patient)
        .detail(detail.clone())
        .require_at(tx, ctx, it.partner, ("reading_request", it.request))
}

fn end(tx: &mut Tx<'_>, ctx: &Ctx, it: &Urgent, name: &str, what: &str) -> Result<()> {
    step(tx, ctx, it, &Deed::Taken { name: name.to_owned(), plan: what.to_owned() })?;
    plan(tx, ctx, it, None)?;
    let about = About::new("reading_urgent", it.id);
    at_both(tx, ctx, it.partner, |tx, ctx| mail::cancel_about(tx, ctx, &about).map(drop))
}

/// What the page of one finding shows.
#[derive(Debug, Clone)]
pub struct View {
    /// The finding.
    pub urgent: Urgent,
    /// Its request.
    pub request: Request,
    /// The other facility.
    pub partner: facility::Facility,
    /// Whom to call.
    pub contacts: Vec<Contact>,
    /// Who marked it.
    pub marker: Words,
    /// Who answers for the request.
    pub responsible: String,
}

/// One finding. That somebody at the facility that asked has opened it is a step of its own, once for each person.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: UrgentId) -> Result<View> {
    let mut urgent = read_one(tx, id)?;
    let access = Access::new("urgent.view", Act::View, Class::Images).on("reading_urgent", id).of(urgent.patient);
    let name = match ctx.who.staff() {
        Some(person) => person::store::get(tx, person)?.name.full(),
        None => String::new(),
    };
    if urgent.side == Side::Asks && urgent.taken().is_none() && !name.is_empty() {
        access.require_at(tx, ctx, urgent.partner, ("reading_request", urgent.request))?;
        urgent = read_one(tx, id)?;
        if !urgent.was_seen_by(&ctx.who.label()) {
            step(tx, ctx, &urgent, &Deed::Seen { name })?;
            urgent = read_one(tx, id)?;
        }
    } else {
        access.require(tx, ctx)?;
    }
    let request = read_request(tx, urgent.request)?;
    Ok(View {
        partner: facility::store::get(tx, urgent.partner)?,
        contacts: contacts(tx, &request)?,
        marker: people::label::name(tx, &urgent.marked_by)?,
        responsible: person::store::get(tx, request.responsible)?.name.full(),
        urgent,
        request,
    })
}

/// A line of the board.
#[derive(Debug, Clone)]
pub struct Line {
    /// The finding.
    pub urgent: Urgent,
    /// Its request.
    pub request: Request,
    /// The other facility's name.
    pub partner: String,
}

/// The board of both sides: what is open first, then what was taken over, the newest first.
///
/// # Errors
/// `Forbidden` without the right to see images.
pub fn board(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Line>> {
    clause!("TR-06");
    Access::new("urgent.list", Act::View, Class::Images).on("reading_urgent", "").require(tx, ctx)?;
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_urgent WHERE facility_id = ?1
         ORDER BY CASE WHEN next_round_at IS NULL THEN 1 ELSE 0 END, marked_at DESC, id DESC LIMIT ?2",
        params![facility, LINES_MAX],
    )?;
    let mut lines = Vec::new();
    for row in &rows {
        let urgent = read(tx, row)?;
        let (request, partner) = (read_request(tx, urgent.request)?, facility::store::get(tx, urgent.partner)?.name);
        lines.push(Line { urgent, request, partner });
    }
    Ok(lines)
}

/// How many are open at this facility: those it asked about, and those it told. Names nobody, so it is no view and no entry.
///
/// # Errors
/// The database's.
pub fn open(tx: &mut Tx<'_>) -> Result<[i64; 2]> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT r.side, count(*) AS count FROM reading_urgent u
         JOIN reading_request r ON r.facility_id = u.facility_id AND r.id = u.request_id
         WHERE u.facility_id = ?1 AND r.facility_id = ?1 AND u.next_round_at IS NOT NULL GROUP BY r.side",
        params![facility],
    )?;
    let mut found = [0; 2];
    for row in &rows {
        let side: String = row.get("side")?;
        found[usize::from(side != Side::Asks.key())] = row.get("count")?;
    }
    Ok(found)
}

/// Minutes between marking and taking over.
#[must_use]
pub fn took_min(it: &Urgent) -> Option<i64> {
    it.taken().map(|(_, at)| (at.as_second() - it.marked_at.as_second()) / 60)
}

/// Minutes for which it has been open at `now`.
#[must_use]
pub fn open_min(it: &Urgent, now: Timestamp) -> i64 {
    (time::cut(now).as_second() - it.marked_at.as_second()) / 60
}
