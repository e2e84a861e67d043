//! Coming in by a link: the birth date, then a code of six digits by mail, short message or the clinic's voice.
//!
//! A wrong answer says nothing about anybody: neither who the link is for nor whether there is such a person.

use audit::Entry;
use crypto::codes;
use db::{Tx, params};
use kernel::{Ctx, Date, Error, Lang, Result, RowId, Timestamp, Who, clause, time};
use mail::{About, Message, To};
use web::Site;

use super::store::{self, Invitation};
use super::{BIRTH, CODE_MIN, CODE_TRIES_MAX, CODES_PER_HOUR_MAX, STEP_MIN, masked_mail, masked_phone, next_code_at};
use crate::access::{Access, Act, Class};
use crate::{facility, patient};

/// Purpose of the ticket that stands for a right birth date.
const TICKET: &str = "entry-step";

/// What became of a birth date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Birth {
    /// It was right: the ticket for the next step.
    Right(String),
    /// It was wrong; so many tries are left before the link waits.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// Too many were wrong: not before this moment.
    Wait(Timestamp),
}

/// Judges a birth date. It is counted before it is judged.
///
/// # Errors
/// `Conflict` for two at the same moment: neither tells anything.
pub fn prove_birth(tx: &mut Tx<'_>, ctx: &Ctx, site: &Site, it: &Invitation, typed: Option<Date>) -> Result<Birth> {
    clause!("CS-126");
    if let Some(until) = it.locked_until(ctx.now) {
        return Ok(Birth::Wait(until));
    }
    let mark = tx.mark("patient.birth_date", &typed.map(|it| it.to_string()).unwrap_or_default())?;
    let right = tx
        .row(
            "SELECT id FROM patient WHERE facility_id = ?1 AND id = ?2 AND birth_mark = ?3",
            params![it.facility, it.patient, mark],
        )?
        .is_some();
    let count = if right { 0 } else { it.tries.count.saturating_add(1) };
    let wait_min = BIRTH.wait_min(count);
    let entry = Entry::done("entry.birth_date", "invitation", it.id);
    let detail = serde_json::json!({ "tries": count, "wait_min": wait_min });
    store::record(tx, ctx, it, if right { entry } else { entry.detail(detail).refused() })?;
    let counted = tx.exec(
        "UPDATE invitation SET tries = ?3, tried_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND tries = ?5",
        params![it.facility, it.id, count, ctx.now, it.tries.count],
    )?;
    match (counted, right) {
        (0, _) => Err(Error::conflict("two birth dates at once")),
        (_, true) => {
            let until = time::plus_min(ctx.now, STEP_MIN);
            crypto::ticket::seal(&site.key, TICKET, &it.id.to_string(), until).map(Birth::Right)
        }
        (_, false) if wait_min > 0 => Ok(Birth::Wait(time::plus_min(ctx.now, wait_min))),
        (_, false) => Ok(Birth::Wrong { left: BIRTH.free_tries.saturating_sub(count) }),
    }
}

/// Whether `ticket` says that the birth date of this link was right in this browser.
#[must_use]
pub fn is_proven(site: &Site, ctx: &Ctx, it: &Invitation, ticket: &str) -> bool {
    crypto::ticket::open::<String>(&site.key, TICKET, ticket, ctx.now).is_ok_and(|id| id == it.id.to_string())
}

kernel::keyed! {
    /// How a code travels.
    pub enum Way {
        /// By mail.
        Mail => "mail";
        /// By short message.
        Sms => "sms";
        /// The clinic reads it out on the telephone.
        Voice => "voice";
    }
}

/// Where codes of this link can go: the way, and the address so far as its owner recognises it.
///
/// # Errors
/// The database's.
pub fn ways(tx: &mut Tx<'_>, site: &Site, it: &Invitation) -> Result<Vec<(Way, String)>> {
    let patient = patient::store::read_one(tx, it.patient)?;
    let mut ways = Vec::new();
    if patient.mail.parse::<mail::MailAddress>().is_ok() {
        ways.push((Way::Mail, masked_mail(&patient.mail)));
    }
    // No provider of short messages is built in; the demonstration shows them on a page.
    if site.settings.demo && patient.phone.parse::<mail::PhoneNumber>().is_ok() {
        ways.push((Way::Sms, masked_phone(&patient.phone)));
    }
    Ok(ways)
}

/// What became of the wish for a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way.
    OnItsWay,
    /// Enough were sent: not before this moment.
    Wait(Timestamp),
    /// The clinic has no such address of the patient.
    NoWay,
}

/// Sends a code. The patient has proven the birth date; the letter goes out with the act.
///
/// # Errors
/// The database's.
pub fn send(tx: &mut Tx<'_>, ctx: &Ctx, site: &Site, it: &Invitation, way: Way) -> Result<Sent> {
    if !ways(tx, site, it)?.iter().any(|(possible, _)| *possible == way) {
        return Ok(Sent::NoWay);
    }
    let own = ctx.at(it.facility);
    store::record(tx, ctx, it, Entry::done("entry.code", "invitation", it.id).detail(way.key().into()))?;
    if let Some(until) = next_code_at(&sent(tx, it)?, ctx.now) {
        return Ok(Sent::Wait(until));
    }
    let patient = patient::store::read_one(tx, it.patient)?;
    let to = match way {
        Way::Mail => patient.mail.parse().map(To::Mail),
        Way::Sms | Way::Voice => patient.phone.parse().map(To::Sms),
    };
    let Ok(to) = to else { return Ok(Sent::NoWay) };
    let code = make(tx, &own, it, way)?;
    let clinic = facility::store::get(tx, it.facility)?;
    let (subject, text) = letter(ctx.lang, &clinic, &code);
    let mut message = Message::new(to, clinic.name.clone(), subject, text, ctx.now, About::new("invitation", it.id));
    message.useless_after = Some(time::plus_min(ctx.now, CODE_MIN));
    mail::enqueue(tx, &own, &message)?;
    Ok(Sent::OnItsWay)
}

/// When the last codes of this link were sent, the newest first.
fn sent(tx: &mut Tx<'_>, it: &Invitation) -> Result<Vec<Timestamp>> {
    tx.rows(
        "SELECT sent_at FROM entry_code WHERE facility_id = ?1 AND invitation_id = ?2 AND way <> 'voice'
         ORDER BY sent_at DESC, id DESC LIMIT ?3",
        params![it.facility, it.id, CODES_PER_HOUR_MAX],
    )?
    .iter()
    .map(|row| row.get("sent_at"))
    .collect()
}

fn code_owner(id: RowId) -> String {
    format!("entry/{id}")
}

/// Makes a code; the earlier ones of this link are worth nothing from now on.
fn make(tx: &mut Tx<'_>, ctx: &Ctx, it: &Invitation, way: Way) -> Result<String> {
    let id = RowId::new(ctx);
    let code = codes::one_time(&ctx.chance);
    let mark = codes::mark(&tx.key()?, &code_owner(id), &code).to_vec();
    tx.exec(
        "UPDATE entry_code SET expires_at = ?3 WHERE facility_id = ?1 AND invitation_id = ?2 AND expires_at > ?3",
        params![it.facility, it.id, ctx.now],
    )?;
    tx.exec(
        "INSERT INTO entry_code (id, facility_id, invitation_id, mark, way, sent_at, expires_at, tries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
        params![id, it.facility, it.id, mark, way.key(), ctx.now, time::plus_min(ctx.now, CODE_MIN)],
    )?;
    Ok(code)
}

fn letter(lang: Lang, clinic: &facility::Facility, code: &str) -> (String, String) {
    let (name, phone) = (&clinic.name, &clinic.phone);
    let subject = lang.t(format!("確認コード {code}"), format!("Your code {code}"));
    let text = lang.t(
        format!(
            "確認コード: {code}\n\n画面にこの6けたの数字を入力してください。{CODE_MIN}分間使えます。\n\
             このコードは、電話などで尋ねられてもほかの人に教えないでください。\n\
             心当たりのない場合は、このメールを削除してください。\n\n{name}\n電話 {phone}\n"
        ),
        format!(
            "Your code: {code}\n\nType these six digits on the page. They are good for {CODE_MIN} minutes.\n\
             Tell this code to nobody, whoever asks for it.\n\
             If you did not ask for it, delete this message.\n\n{name}\nTelephone {phone}\n"
        ),
    );
    (subject, text)
}

/// A code that a member of the staff reads out to the patient on the telephone. Shown once, and on record.
///
/// # Errors
/// As [`Access::require`]; `Conflict` for a link that is over.
pub fn read_out(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<String> {
    let it = store::get(tx, id)?;
    Access::new("entry.code", Act::Write, Class::Identity)
        .on("invitation", id)
        .of(it.patient)
        .detail(Way::Voice.key().into())
        .require(tx, ctx)?;
    if !it.is_live(ctx.now) {
        return Err(Error::conflict("a code for a link that is over"));
    }
    make(tx, ctx, &it, Way::Voice)
}

/// Whether a code is on its way that could still be typed. Without one, a page that asks for it would lie.
///
/// # Errors
/// The database's.
pub fn code_waits(tx: &mut Tx<'_>, ctx: &Ctx, it: &Invitation) -> Result<bool> {
    tx.enter(it.facility)?;
    let row = tx.row(
        "SELECT id FROM entry_code WHERE facility_id = ?1 AND invitation_id = ?2 AND used_at IS NULL AND expires_at > ?3
         AND tries < ?4 LIMIT 1",
        params![it.facility, it.id, ctx.now, CODE_TRIES_MAX],
    )?;
    Ok(row.is_some())
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It was right: the session's token for the cookie.
    Right(String),
    /// It was wrong; so many tries are left at it.
    Wrong {
        /// Tries left.
        left: u32,
    },
    /// There is none that could be right any more: ask for a new one.
    Over,
}

/// Judges a code and begins the session. The patient has proven the birth date.
///
/// # Errors
/// `Conflict` for two at the same moment.
pub fn prove_code(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    site: &Site,
    it: &Invitation,
    typed: &str,
    agent: &str,
) -> Result<Judged> {
    clause!("CS-126", "OV-242");
    let row = tx.row(
        "SELECT id, mark, tries FROM entry_code WHERE facility_id = ?1 AND invitation_id = ?2 AND used_at IS NULL
         AND expires_at > ?3 AND tries < ?4 ORDER BY sent_at DESC, id DESC LIMIT 1",
        params![it.facility, it.id, ctx.now, CODE_TRIES_MAX],
    )?;
    let Some(row) = row else { return Ok(Judged::Over) };
    let (id, mark, tries): (RowId, Vec<u8>, u32) = (row.get("id")?, row.get("mark")?, row.get("tries")?);
    let right = codes::is_mark(&tx.key()?, &code_owner(id), typed, &mark);
    let left = CODE_TRIES_MAX - 1 - tries;
    if !right {
        let entry = Entry::done("entry.prove_code", "invitation", it.id);
        store::record(tx, ctx, it, entry.detail(serde_json::json!({ "left": left })).refused())?;
    }
    let counted = tx.exec(
        "UPDATE entry_code SET tries = tries + 1, used_at = ?5 WHERE facility_id = ?1 AND id = ?2 AND tries = ?3 AND
         used_at IS NULL AND expires_at > ?4",
        params![it.facility, id, tries, ctx.now, right.then_some(ctx.now)],
    )?;
    match (counted, right) {
        (0, _) => Err(Error::conflict("two codes at once")),
        (_, false) if left == 0 => Ok(Judged::Over),
        (_, false) => Ok(Judged::Wrong { left }),
        (_, true) => {
            tx.exec(
                "UPDATE invitation SET used_at = ?3 WHERE facility_id = ?1 AND id = ?2",
                params![it.facility, it.id, ctx.now],
            )?;
            // The link or its mailbox, and the birth date: something held, something known.
            store::begin(tx, ctx, site, &Who::Patient(it.patient), it.facility, (2, "link", agent)).map(Judged::Right)
        }
    }
}
