//! Letters about what is late: from the facility that owes it to itself and to whoever answers for it, every other day.

use db::{Tx, params};
use kernel::{Ctx, FacilityId, Result, Timestamp, Words, clause, time};
use mail::{About, Message, To};
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::{facility, person};
use web::Site;

use crate::request::store::read_one as read_request;
use crate::request::{RequestId, State};

/// Requests about which one sweep writes letters at most.
const SWEEP_MAX: usize = 100;
/// Hours between two letters about the same. The page says it all the time.
const LETTER_AGAIN_H: i64 = 48;

/// Writes the letters that are due, each in its own act.
///
/// # Errors
/// The database's.
pub async fn sweep(site: &Site) -> Result<()> {
    let job = site.job("duty");
    let now = job.now;
    for (facility, id) in site.db.read(None, move |tx| due(tx, now)).await? {
        let ctx = job.at(facility);
        site.db.write(Some(facility), move |tx| remind(tx, &ctx, id)).await?;
    }
    Ok(())
}

/// Requests with something late of which a letter is due, with the facility that owes it: for the job of the server, over all
/// facilities.
fn due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(FacilityId, RequestId)>> {
    let rows = tx.rows(
        "SELECT DISTINCT d.facility_id, d.request_id FROM reading_duty d
         JOIN reading_request r ON r.facility_id = d.facility_id AND r.id = d.request_id
         WHERE d.letter_at <= ?1 AND d.owed_by = r.side ORDER BY d.facility_id, d.request_id LIMIT ?2",
        params![now, SWEEP_MAX],
    )?;
    rows.iter().map(|it| Ok((it.get("facility_id")?, it.get("request_id")?))).collect()
}

/// One letter about what is late on a request: to the facility, and to whoever answers for it. It names nobody.
///
/// # Errors
/// `NotFound`; the database's.
fn remind(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<()> {
    clause!("TR-04", "TR-07");
    let (facility, request) = (tx.facility()?, read_request(tx, id)?);
    Access::new("duty.remind", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .require(tx, ctx)?;
    // Behind the lock that the entry has taken: a click may have been faster.
    let late = tx.exec(
        "UPDATE reading_duty SET letter_at = ?4
         WHERE facility_id = ?1 AND request_id = ?2 AND owed_by = ?5 AND done_at IS NULL AND letter_at <= ?3",
        params![facility, id, ctx.now, time::plus_min(ctx.now, LETTER_AGAIN_H * 60), request.side.key()],
    )?;
    if late == 0 {
        return Ok(());
    }
    let person = match (request.side, request.takings.first(), request.state()) {
        (Side::Asks, ..) => Some(request.responsible),
        (Side::Serves, Some(it), State::Reading(_) | State::Reported) => Some(it.person),
        (Side::Serves, ..) => None,
    };
    let home = facility::store::get(tx, facility)?;
    let mut to: Vec<String> = vec![home.mail.clone()];
    if let Some(person) = person {
        to.push(person::store::get(tx, person)?.mail);
        to.dedup();
    }
    let link = format!("{}/readings/{id}", web::installation::base_url(tx)?);
    let subject = Words::new("読影について、期限を過ぎた対応があります", "Something on a reading is overdue");
    let lead = Words::new(
        "報告書の確認、患者さんへの説明、偶然の所見への対応、質問への返事のうち、まだ済んでいないものがあります。ログインして、対応を記録してください。",
        "The report is not read, the patient not told, an incidental finding not dealt with, or a question not answered. Please sign in and record what was done.",
    );
    let text = format!("{}\n\n{}\n{link}\n\n--\n{}\n{}\n", subject.ja, lead.ja, subject.en, lead.en);
    for address in to.iter().filter_map(|it| it.parse().ok()) {
        let about = About::new("reading_request", id);
        let (name, subject) = (home.name.clone(), subject.ja.clone());
        mail::enqueue(tx, ctx, &Message::new(To::Mail(address), name, subject, text.clone(), ctx.now, about))?;
    }
    Ok(())
}
