//! Agreements in rows: a copy at each of the two facilities, written in one act.

use db::{Row, Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Date, Error, FacilityId, Kind, Result, RowId, Words, clause, time};
use mail::{About, Message, To};
use serde_json::json;

use super::{AGREEMENTS_MAX, Agreement, AgreementId, Answer, Contact, End, Purpose, Side, Standing, Terms};
use crate::access::{Access, Act, Class};
use crate::facility;

/// What an offer needs.
#[derive(Debug, Clone)]
pub struct Offer {
    /// To whom.
    pub partner: FacilityId,
    /// About what.
    pub purpose: Purpose,
    /// Who works for whom, seen from here.
    pub side: Side,
    /// What is to be agreed.
    pub terms: Terms,
    /// Whom the partner calls here.
    pub contacts: Vec<Contact>,
}

/// Runs `act` over this facility's rows and over the partner's, with the circumstances of each: what is handed over is written
/// twice. The caller has made its entries by [`Access::require_at`].
///
/// # Errors
/// Those of `act`.
pub fn at_both(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    partner: FacilityId,
    act: impl Fn(&mut Tx<'_>, &Ctx) -> Result<()>,
) -> Result<()> {
    act(tx, ctx)?;
    tx.at_other(partner, |tx| act(tx, &ctx.at(partner)))
}

/// Offers an agreement. `is_fresh` says that the person has just proven to be there.
///
/// # Errors
/// `Forbidden` without the right to sign for the facility; `SignIn` without the fresh proof; `Invalid` for oneself as partner.
pub fn offer(tx: &mut Tx<'_>, ctx: &Ctx, new: &Offer, is_fresh: bool) -> Result<AgreementId> {
    clause!("TR-05");
    let (home, id) = (tx.facility()?, AgreementId::new(ctx));
    if new.partner == home {
        return Err(Error::invalid("partner", Words::new("別の施設を選んでください。", "Choose another facility.")));
    }
    let partner = facility::store::get(tx, new.partner)?;
    Access::new("agreement.offer", Act::Sign, Class::Administration)
        .on("agreement", id)
        .detail(json!({ "partner": partner.name, "purpose": new.purpose.key() }))
        .require_at(tx, ctx, partner.id, ("agreement", id))?;
    fresh(is_fresh)?;
    let terms = serde_json::to_string(&new.terms).map_err(Error::internal)?;
    at_both(tx, ctx, partner.id, |tx, ctx| {
        let own = ctx.facility()? == home;
        let sealed = tx.seal("agreement.terms", id, &terms)?;
        let (partner, side) = if own { (new.partner, new.side) } else { (home, new.side.other()) };
        tx.exec(
            "INSERT INTO agreement (facility_id, id, partner_id, purpose, side, offered_here, terms, valid_from,
             valid_until, offered_by, offered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                ctx.facility()?,
                id,
                partner,
                new.purpose.key(),
                side.key(),
                own,
                sealed,
                new.terms.valid_from,
                new.terms.valid_until,
                ctx.who.label(),
                ctx.now
            ],
        )?;
        keep_contacts(tx, ctx, id, home, &new.contacts)
    })?;
    let here = facility::store::get(tx, home)?.name;
    let subject =
        Words::made(format!("{here}から取り決めの申し出が届きました"), format!("{here} has offered an agreement"));
    tell(tx, ctx, partner.id, id, &subject)?;
    Ok(id)
}

fn fresh(is_fresh: bool) -> Result<()> {
    if is_fresh { Ok(()) } else { Err(Error::sign_in("no fresh proof for signing")) }
}

fn keep_contacts(tx: &mut Tx<'_>, ctx: &Ctx, id: AgreementId, of: FacilityId, contacts: &[Contact]) -> Result<()> {
    let row = RowId::new(ctx);
    let text = serde_json::to_string(contacts).map_err(Error::internal)?;
    let sealed = tx.seal("agreement_contact.contacts", row, &text)?;
    tx.exec(
        "INSERT INTO agreement_contact (id, facility_id, agreement_id, of_facility_id, contacts, written_by, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![row, ctx.facility()?, id, of, sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

fn tell(tx: &mut Tx<'_>, ctx: &Ctx, partner: FacilityId, id: AgreementId, subject: &Words) -> Result<()> {
    letter(tx, ctx, partner, subject, &format!("/settings/agreements/{id}"), About::new("agreement", id))
}

/// A letter to the partner's own address that leads to a page; it names nothing of a patient. The partner's outbox sends it.
///
/// # Errors
/// The database's.
pub fn letter(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    partner: FacilityId,
    subject: &Words,
    path: &str,
    about: About,
) -> Result<()> {
    let Ok(to) = facility::store::get(tx, partner)?.mail.parse() else { return Ok(()) };
    let from = facility::store::get(tx, tx.facility()?)?.name;
    let link = format!("{}{path}", web::installation::base_url(tx)?);
    let lead = Words::new("ログインして内容をお確かめください。", "Please sign in and read it.");
    let text = format!("{}\n\n{}\n{link}\n\n--\n{}\n{}\n", subject.ja, lead.ja, subject.en, lead.en);
    let message = Message::new(To::Mail(to), from, subject.ja.clone(), text, ctx.now, about);
    tx.at_other(partner, |tx| mail::enqueue(tx, &ctx.at(partner), &message).map(drop))
}

/// Answers an offer of the partner, with those whom the partner calls here.
///
/// # Errors
/// `NotFound` for one that is not there or was offered here; `Conflict` when it was answered; `Forbidden`; `SignIn`.
pub fn answer(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: AgreementId,
    accepted: bool,
    note: &str,
    contacts: &[Contact],
    is_fresh: bool,
) -> Result<()> {
    clause!("TR-05");
    let (home, found) = (tx.facility()?, read_one(tx, id)?);
    let verb = if accepted { "agreement.accept" } else { "agreement.decline" };
    Access::new(verb, Act::Sign, Class::Administration).on("agreement", id).require_at(
        tx,
        ctx,
        found.partner,
        ("agreement", id),
    )?;
    fresh(is_fresh)?;
    if !found.waits_for_us() {
        return Err(Error::conflict("the agreement is answered, or was offered here"));
    }
    if accepted && contacts.is_empty() {
        return Err(Error::invalid("contact1_name", Words::new("連絡先を入力してください。", "Name a contact.")));
    }
    at_both(tx, ctx, found.partner, |tx, ctx| {
        let sealed = tx.seal("agreement_answer.note", id, note)?;
        tx.exec(
            "INSERT INTO agreement_answer (facility_id, agreement_id, accepted, note, answered_by, answered_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![ctx.facility()?, id, accepted, sealed, ctx.who.label(), ctx.now],
        )?;
        if accepted { keep_contacts(tx, ctx, id, home, contacts) } else { Ok(()) }
    })?;
    let here = facility::store::get(tx, home)?.name;
    let subject = if accepted {
        Words::made(format!("{here}が取り決めを受け入れました"), format!("{here} has accepted the agreement"))
    } else {
        Words::made(format!("{here}が取り決めを見送りました"), format!("{here} has declined the agreement"))
    };
    tell(tx, ctx, found.partner, id, &subject)
}

/// Writes a new list of those whom the partner calls here.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer; `Conflict` when it does not hold any more.
pub fn write_contacts(tx: &mut Tx<'_>, ctx: &Ctx, id: AgreementId, contacts: &[Contact]) -> Result<()> {
    clause!("TR-05");
    let (home, found) = (tx.facility()?, read_one(tx, id)?);
    Access::new("agreement.write_contacts", Act::Write, Class::Administration).on("agreement", id).require_at(
        tx,
        ctx,
        found.partner,
        ("agreement", id),
    )?;
    if matches!(found.standing(time::day(ctx.now)), Standing::Ended | Standing::Declined) {
        return Err(Error::conflict("the agreement holds no more"));
    }
    at_both(tx, ctx, found.partner, |tx, ctx| keep_contacts(tx, ctx, id, home, contacts))
}

/// Ends the agreement after `last_day`.
///
/// # Errors
/// `NotFound`; `Forbidden`; `SignIn`; `Invalid` for a day that is over; `Conflict` when it was ended, or never agreed.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: AgreementId, last_day: Date, reason: &str, is_fresh: bool) -> Result<()> {
    clause!("TR-05");
    let (home, found) = (tx.facility()?, read_one(tx, id)?);
    Access::new("agreement.end", Act::Sign, Class::Administration).on("agreement", id).require_at(
        tx,
        ctx,
        found.partner,
        ("agreement", id),
    )?;
    fresh(is_fresh)?;
    if last_day < time::day(ctx.now) {
        let words = Words::new("今日か、それより後の日にしてください。", "Today or a later day, please.");
        return Err(Error::invalid("last_day", words));
    }
    if found.end.is_some() || !found.answer.as_ref().is_some_and(|it| it.accepted) {
        return Err(Error::conflict("the agreement was ended, or never agreed"));
    }
    at_both(tx, ctx, found.partner, |tx, ctx| {
        let sealed = tx.seal("agreement_end.reason", id, reason)?;
        tx.exec(
            "INSERT INTO agreement_end (facility_id, agreement_id, last_day, reason, ended_by, ended_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![ctx.facility()?, id, last_day, sealed, ctx.who.label(), ctx.now],
        )?;
        Ok(())
    })?;
    let here = facility::store::get(tx, home)?.name;
    let subject = Words::made(format!("{here}が取り決めを終えます"), format!("{here} ends the agreement"));
    tell(tx, ctx, found.partner, id, &subject)
}

fn contacts(tx: &mut Tx<'_>, id: AgreementId, of: FacilityId) -> Result<Vec<Contact>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT id, contacts FROM agreement_contact WHERE facility_id = ?1 AND agreement_id = ?2 AND of_facility_id = ?3
         ORDER BY written_at DESC, id DESC LIMIT 1",
        params![facility, id, of],
    )?;
    let Some(row) = row else { return Ok(vec![]) };
    let (row_id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("contacts")?);
    let text = tx.open("agreement_contact.contacts", row_id, &sealed)?;
    serde_json::from_str(&text).map_err(Error::internal)
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Agreement> {
    let (facility, id): (FacilityId, AgreementId) = (tx.facility()?, row.get("id")?);
    let partner: FacilityId = row.get("partner_id")?;
    let (purpose, side): (String, String) = (row.get("purpose")?, row.get("side")?);
    let sealed: Vec<u8> = row.get("terms")?;
    let terms = tx.open("agreement.terms", id, &sealed)?;
    let answer =
        tx.row("SELECT * FROM agreement_answer WHERE facility_id = ?1 AND agreement_id = ?2", params![facility, id])?;
    let answer = match answer {
        Some(row) => {
            let sealed: Vec<u8> = row.get("note")?;
            Some(Answer {
                accepted: row.get("accepted")?,
                note: tx.open("agreement_answer.note", id, &sealed)?,
                by: row.get("answered_by")?,
                at: row.get("answered_at")?,
            })
        }
        None => None,
    };
    let end =
        tx.row("SELECT * FROM agreement_end WHERE facility_id = ?1 AND agreement_id = ?2", params![facility, id])?;
    let end = match end {
        Some(row) => {
            let sealed: Vec<u8> = row.get("reason")?;
            Some(End {
                last_day: row.get("last_day")?,
                reason: tx.open("agreement_end.reason", id, &sealed)?,
                by: row.get("ended_by")?,
                at: row.get("ended_at")?,
            })
        }
        None => None,
    };
    let of = |key: &str, all: &[(&'static str, Purpose)]| all.iter().find(|it| it.0 == key).map(|it| it.1);
    Ok(Agreement {
        id,
        partner,
        purpose: of(&purpose, &Purpose::ALL).ok_or_else(|| Error::internal("purpose of an agreement"))?,
        side: if side == Side::Asks.key() { Side::Asks } else { Side::Serves },
        offered_here: row.get("offered_here")?,
        terms: serde_json::from_str(&terms).map_err(Error::internal)?,
        offered_by: row.get("offered_by")?,
        offered_at: row.get("offered_at")?,
        answer,
        end,
        ours: contacts(tx, id, facility)?,
        theirs: contacts(tx, id, partner)?,
    })
}

/// This facility's copy, without check or entry: for stores that have made their own [`Access`] on what it carries.
///
/// # Errors
/// `NotFound` when this facility has no such agreement.
pub fn read_one(tx: &mut Tx<'_>, id: AgreementId) -> Result<Agreement> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM agreement WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    read(tx, &row.ok_or_else(|| Error::not_found("agreement"))?)
}

/// The agreement, seen by somebody of the staff.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: AgreementId) -> Result<Agreement> {
    let found = read_one(tx, id)?;
    Access::new("agreement.view", Act::View, Class::Administration).on("agreement", id).require(tx, ctx)?;
    Ok(found)
}

/// All agreements of this facility, the newest first.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Agreement>> {
    Access::new("agreement.list", Act::View, Class::Administration).on("agreement", "").require(tx, ctx)?;
    all(tx)
}

/// The agreements of a purpose that hold on `day`, by side. No entry: an agreement names no patient, and whoever may ask
/// for a reading must see whom to ask.
///
/// # Errors
/// The database's.
pub fn in_force(tx: &mut Tx<'_>, purpose: Purpose, side: Side, day: Date) -> Result<Vec<Agreement>> {
    let holds = |it: &Agreement| it.purpose == purpose && it.side == side && it.standing(day) == Standing::InForce;
    Ok(all(tx)?.into_iter().filter(holds).collect())
}

fn all(tx: &mut Tx<'_>) -> Result<Vec<Agreement>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM agreement WHERE facility_id = ?1 ORDER BY offered_at DESC, id DESC LIMIT ?2",
        params![facility, AGREEMENTS_MAX],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// Why nothing may be asked of a partner under this agreement today.
///
/// # Errors
/// `Conflict` with the sentence for the person.
pub fn need_in_force(found: &Agreement, purpose: Purpose, side: Side, day: Date) -> Result<()> {
    clause!("TR-05");
    if found.purpose == purpose && found.side == side && found.standing(day) == Standing::InForce {
        return Ok(());
    }
    let words = Words::new(
        "相手の施設との取り決めが、いまは有効ではありません。管理者に確かめてください。",
        "No agreement with that facility is in force now. Please ask the manager.",
    );
    Err(Error::new(Kind::Conflict, words, "no agreement in force"))
}

/// The evidence that nothing is asked of, or done for, another facility without an agreement.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("TR-05");
    let today = time::day(ctx.now);
    let mut reading = all(tx)?;
    reading.retain(|it| it.purpose == Purpose::Reading);
    let newest = reading.iter().filter_map(|it| it.answer.as_ref()).map(|it| it.at).max();
    let count = |standing| reading.iter().filter(|it| it.standing(today) == standing).count() as u64;
    let (in_force, offered) = (count(Standing::InForce), count(Standing::Offered));
    let (status, words) = match (in_force, offered) {
        (0, 0) => (
            Status::NotApplicable,
            Words::new(
                "読影の依頼も引き受けもしていません。取り決めがないうちは依頼できません。",
                "No images are read for or by others; without an agreement none can be sent.",
            ),
        ),
        (0, _) => (
            Status::Unknown,
            Words::new(
                "返事を待っている取り決めがあります。双方がそろうまで依頼できません。",
                "An agreement waits for its answer; nothing can be asked before.",
            ),
        ),
        _ => (
            Status::Met,
            Words::made(
                format!("有効な読影の取り決めが{in_force}件あります。"),
                format!("{in_force} agreements on reading are in force."),
            ),
        ),
    };
    Ok(vec![Evidence::new(ClauseId::new("TR-05"), status, in_force, newest, words)])
}
