//! The acts of a sign-in in rows: tries counted, proofs taken, sessions begun, each with its entry in the log.

use audit::Entry;
use db::{Tx, params};
use kernel::{Ctx, Error, FacilityId, PersonId, Result, SessionId, Timestamp, Who, clause, time};
use web::Site;
use web::session::{self, NewSession};

use super::password::{self, Hashed};
use super::pending::{self, Pending};
use super::{
    ADDRESS, BackOff, NAME, Proof, Purpose, SECOND, Step, TRIES_HOURS_MAX, Tries, UNUSED_DAYS, passkey, second,
};
use crate::person;

/// What is tried: only its mark is stored.
#[derive(Debug, Clone)]
pub enum At {
    /// A sign-in name, whether anybody has it or not.
    Name(String),
    /// An address.
    Address(String),
    /// The second factor of a person.
    Second(PersonId),
}

impl At {
    fn rule(&self) -> BackOff {
        match self {
            Self::Name(_) => NAME,
            Self::Address(_) => ADDRESS,
            Self::Second(_) => SECOND,
        }
    }

    fn mark(&self, tx: &Tx<'_>) -> Vec<u8> {
        let text = match self {
            Self::Name(name) => format!("name/{name}"),
            Self::Address(address) => format!("address/{address}"),
            Self::Second(person) => format!("second/{person}"),
        };
        tx.own_key("sign-in").derive("try").mark(text.as_bytes()).to_vec()
    }
}

/// Counts a try before it is judged, so that a thousand at once are a thousand. `Some` is the end of the wait for one
/// that comes too early; that one is neither judged nor counted.
///
/// # Errors
/// The database's.
pub fn count_try(tx: &mut Tx<'_>, ctx: &Ctx, at: &At) -> Result<Option<Timestamp>> {
    clause!("CS-126");
    let mark = at.mark(tx);
    tx.lock(&format!("sign-in-try/{}", crypto::digest::hex(&mark)))?;
    let before = tries(tx, ctx, &mark)?;
    if let Some(until) = before.and_then(|it| at.rule().locked_until(&it, ctx.now)) {
        return Ok(Some(until));
    }
    let count = before.map_or(0, |it| it.count).saturating_add(1);
    tx.exec(
        "INSERT INTO sign_in_try (mark, tries, last_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (mark) DO UPDATE SET tries = excluded.tries, last_at = excluded.last_at",
        params![mark, count, ctx.now],
    )?;
    Ok(None)
}

fn tries(tx: &mut Tx<'_>, ctx: &Ctx, mark: &[u8]) -> Result<Option<Tries>> {
    let since = time::plus_min(ctx.now, -TRIES_HOURS_MAX * 60);
    tx.row("SELECT tries, last_at FROM sign_in_try WHERE mark = ?1 AND last_at > ?2", params![mark, since])?
        .map(|row| Ok(Tries { count: row.get("tries")?, last_at: row.get("last_at")? }))
        .transpose()
}

/// Minutes to wait before the next try, after the one just judged as wrong.
///
/// # Errors
/// The database's.
pub fn wait_min(tx: &mut Tx<'_>, ctx: &Ctx, at: &At) -> Result<i64> {
    let mark = at.mark(tx);
    Ok(tries(tx, ctx, &mark)?.map_or(0, |it| at.rule().wait_min(it.count)))
}

/// The try was right: earlier ones at a name or second factor are forgotten, an address gets back this one only
/// (its other tries may be somebody else's).
///
/// # Errors
/// The database's.
pub fn forgive(tx: &mut Tx<'_>, at: &At) -> Result<()> {
    let mark = at.mark(tx);
    match at {
        At::Address(_) => {
            tx.exec("UPDATE sign_in_try SET tries = tries - 1 WHERE mark = ?1 AND tries > 0", params![mark])
        }
        At::Name(_) | At::Second(_) => tx.exec("DELETE FROM sign_in_try WHERE mark = ?1", params![mark]),
    }?;
    Ok(())
}

/// Forgets tries and unfinished sign-ins that no longer count; for the worker.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    let before = time::plus_min(now, -TRIES_HOURS_MAX * 60);
    let tries = tx.exec("DELETE FROM sign_in_try WHERE last_at < ?1", params![before])?;
    Ok(tries + pending::forget(tx, before)?)
}

/// Whoever may sign in by `login`: with a password, an open account, and a reason to come (a duty, or a ward).
///
/// # Errors
/// The database's.
pub fn candidate(tx: &mut Tx<'_>, login: &str, purpose: Purpose) -> Result<Option<(PersonId, Hashed)>> {
    let Some(person) = person::store::by_login(tx, login)?.filter(|it| it.closed_at.is_none()) else { return Ok(None) };
    let may_come = match purpose {
        Purpose::Staff => !person::store::facilities(tx, person.id)?.is_empty(),
        Purpose::Guardian => !crate::entry::store::wards(tx, person.id)?.is_empty(),
    };
    let stored = password::of(tx, person.id)?;
    Ok(stored.filter(|_| may_come).map(|it| (person.id, it.hashed)))
}

/// Puts `entry` into the log of the facility where the person works (or whose patient the person is guardian of), and
/// into the house's own where there is none.
///
/// # Errors
/// The database's.
pub fn record(tx: &mut Tx<'_>, ctx: &Ctx, person: Option<PersonId>, entry: Entry) -> Result<()> {
    let home = match person {
        Some(person) => home(tx, person)?,
        None => None,
    };
    if let Some(facility) = home {
        tx.enter(facility)?;
    }
    audit::append(tx, ctx, entry).map(drop)
}

/// The facility where a person came in last, if still there; else the first.
fn home(tx: &mut Tx<'_>, person: PersonId) -> Result<Option<FacilityId>> {
    let mut all = person::store::facilities(tx, person)?;
    if all.is_empty() {
        all = crate::entry::store::wards(tx, person)?.into_iter().map(|it| it.facility).collect();
    }
    let last: Option<Option<FacilityId>> = tx.value(
        "SELECT facility_id FROM session WHERE person_id = ?1 ORDER BY made_at DESC, id DESC LIMIT 1",
        params![person],
    )?;
    let last = last.flatten().filter(|it| all.contains(it));
    Ok(last.or_else(|| all.first().copied()))
}

/// The password was right: begins the rest. The token is for the cookie.
///
/// # Errors
/// The database's.
pub fn password_right(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    site: &Site,
    person: PersonId,
    purpose: Purpose,
    next: &str,
) -> Result<String> {
    pending::begin(tx, ctx, person, purpose, next, |tx, id| passkey::challenge(tx, ctx, site, person, id))
}

/// The password was wrong: an entry, with the wait that follows.
///
/// # Errors
/// The database's.
pub fn password_wrong(tx: &mut Tx<'_>, ctx: &Ctx, login: &str, person: Option<PersonId>) -> Result<()> {
    clause!("CS-122");
    let at = At::Name(login.to_owned());
    let wait_min = wait_min(tx, ctx, &at)?;
    // What was typed may be a password in the wrong field: only its mark is kept, to tell one name from another.
    let tried = crypto::digest::hex(&at.mark(tx)[..8]);
    let detail = serde_json::json!({ "tried": tried, "wait_min": wait_min });
    let thing = person.map(|it| it.to_string()).unwrap_or_default();
    record(tx, ctx, person, Entry::done("sign_in.password", "person", thing).detail(detail).refused())
}

/// What comes next in this sign-in.
///
/// # Errors
/// The database's.
pub fn step(tx: &mut Tx<'_>, it: &Pending) -> Result<Step> {
    let must_change = password::of(tx, it.person)?.is_none_or(|it| it.must_change);
    let has_second = second::held(tx, it.person)?.any();
    Ok(Proof { purpose: it.purpose, has_second, second_proven: it.second_at.is_some(), must_change }.next())
}

/// A second factor as it was shown.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// The code of the app.
    AppCode(&'a str),
    /// A code on paper.
    PaperCode(&'a str),
    /// What a device with a passkey answered.
    Passkey(&'a str),
}

/// Judges a second factor within a sign-in. The try has been counted ([`count_try`]).
///
/// # Errors
/// `Conflict` for two answers at the same moment.
pub fn prove_second(tx: &mut Tx<'_>, ctx: &Ctx, site: &Site, it: &Pending, shown: Shown<'_>) -> Result<bool> {
    let (kind, right) = match shown {
        Shown::AppCode(typed) => ("app", second::use_app(tx, ctx, it.person, typed)?),
        Shown::PaperCode(typed) => ("paper", second::use_code(tx, ctx, it.person, typed)?),
        Shown::Passkey(answer) => match &it.challenge {
            Some(sealed) => ("passkey", passkey::answered(tx, ctx, site, it.person, it.id, sealed, answer)?),
            None => ("passkey", false),
        },
    };
    let at = At::Second(it.person);
    let entry = Entry::done("sign_in.second", "person", it.person);
    if right {
        pending::prove(tx, ctx, it)?;
        forgive(tx, &at)?;
        let left = second::held(tx, it.person)?.codes_left;
        record(tx, ctx, Some(it.person), entry.detail(serde_json::json!({ "by": kind, "codes_left": left })))?;
    } else {
        pending::count(tx, it)?;
        let wait_min = wait_min(tx, ctx, &at)?;
        let detail = serde_json::json!({ "by": kind, "wait_min": wait_min });
        record(tx, ctx, Some(it.person), entry.detail(detail).refused())?;
    }
    Ok(right)
}

/// Sets up the first second factor within a sign-in; the codes on paper to be shown once. `None` for a wrong code.
///
/// # Errors
/// `Forbidden` when this sign-in is not at that step.
pub fn enrol(tx: &mut Tx<'_>, ctx: &Ctx, it: &Pending, typed: &str) -> Result<Option<Vec<String>>> {
    clause!("CS-126", "OV-242");
    if step(tx, it)? != Step::Enrol {
        return Err(Error::forbidden("not the step of setting up"));
    }
    if !second::confirm_app(tx, ctx, it.person, typed)? {
        pending::count(tx, it)?;
        return Ok(None);
    }
    pending::prove(tx, ctx, it)?;
    let codes = second::renew_codes(tx, ctx, it.person)?;
    record(tx, ctx, Some(it.person), Entry::done("second_factor.add", "person", it.person).detail("app".into()))?;
    Ok(Some(codes))
}

/// Sets the own password within a sign-in.
///
/// # Errors
/// `Forbidden` when this sign-in is not at that step.
pub fn change_in_sign_in(tx: &mut Tx<'_>, ctx: &Ctx, it: &Pending, hashed: &Hashed) -> Result<()> {
    if step(tx, it)? != Step::Password {
        return Err(Error::forbidden("not the step of the password"));
    }
    password::set(tx, ctx, it.person, hashed, false)?;
    session::end_all(tx, ctx, it.person, None)?;
    record(tx, ctx, Some(it.person), Entry::done("password.change", "person", it.person))
}

/// A begun session.
#[derive(Debug, Clone)]
pub struct Begun {
    /// For the cookie.
    pub token: String,
    /// Where to.
    pub next: String,
    /// Whether the person works at several facilities and should say at which now.
    pub choose: bool,
}

/// Makes the session of a member of the staff, when nothing is left to prove.
///
/// # Errors
/// `SignIn` when something is left.
pub fn begin_staff(tx: &mut Tx<'_>, ctx: &Ctx, site: &Site, it: &Pending, agent: &str) -> Result<Begun> {
    clause!("CS-126", "OV-242");
    let (Purpose::Staff, Step::Done { factors: factors @ 2 }) = (it.purpose, step(tx, it)?) else {
        return Err(Error::sign_in("something is left to prove"));
    };
    let home = home(tx, it.person)?.ok_or_else(|| Error::sign_in("no duty anywhere"))?;
    let choose = person::store::facilities(tx, it.person)?.len() > 1;
    pending::end(tx, ctx, it)?;
    let who = Who::Staff(it.person);
    let new = NewSession { who: who.clone(), facility: Some(home), factors, agent };
    let (id, token) = session::start(tx, ctx, &site.key, &new)?;
    let mut own = ctx.at(home);
    (own.who, own.session) = (who, Some(id));
    tx.enter(home)?;
    let detail = serde_json::json!({ "factors": factors, "agent": agent });
    audit::append(tx, &own, Entry::done("sign_in.done", "session", id).detail(detail))?;
    Ok(Begun { token, next: it.next.clone(), choose })
}

/// The password was shown again: the session is unlocked, and counts as fresh.
///
/// # Errors
/// The database's.
pub fn unlock(tx: &mut Tx<'_>, ctx: &Ctx, id: SessionId) -> Result<()> {
    session::prove(tx, ctx, id)?;
    audit::append(tx, ctx, Entry::done("session.unlock", "session", id)).map(drop)
}

/// Ends the session of the person who acts.
///
/// # Errors
/// The database's.
pub fn sign_out(tx: &mut Tx<'_>, ctx: &Ctx, id: SessionId) -> Result<()> {
    if session::end(tx, ctx, &ctx.who, id)? {
        audit::append(tx, ctx, Entry::done("session.end", "session", id))?;
    }
    Ok(())
}

/// Moves the session to another facility of the person.
///
/// # Errors
/// `NotFound` when the person has no duty there.
pub fn move_to(tx: &mut Tx<'_>, ctx: &Ctx, facility: FacilityId) -> Result<()> {
    let (Some(person), Some(id)) = (ctx.who.staff(), ctx.session) else { return Err(Error::not_found("no staff")) };
    if !person::store::facilities(tx, person)?.contains(&facility) {
        return Err(Error::not_found("no duty at that facility"));
    }
    session::move_to(tx, id, facility)?;
    tx.enter(facility)?;
    audit::append(tx, &ctx.at(facility), Entry::done("session.move", "session", id)).map(drop)
}

/// An entry about one's own account, in the log of the facility of one's session. The rest of the act happens there.
///
/// # Errors
/// The database's.
pub fn record_own(tx: &mut Tx<'_>, ctx: &Ctx, entry: Entry) -> Result<()> {
    if let Some(facility) = ctx.facility {
        tx.enter(facility)?;
    }
    audit::append(tx, ctx, entry).map(drop)
}

/// When each person last came in, for reviews of access.
///
/// # Errors
/// The database's.
pub fn last_sign_in(tx: &mut Tx<'_>, person: PersonId) -> Result<Option<Timestamp>> {
    Ok(tx
        .value::<Option<Timestamp>>("SELECT max(made_at) FROM session WHERE person_id = ?1", params![person])?
        .flatten())
}

/// Staff of this facility who did not come in for [`UNUSED_DAYS`] days, with the last time (CS-121). An account younger
/// than that is not unused yet.
///
/// # Errors
/// The database's.
pub fn unused(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<(person::Person, Option<Timestamp>)>> {
    clause!("CS-121");
    let before = time::plus_min(ctx.now, -UNUSED_DAYS * 24 * 60);
    let mut found = Vec::new();
    for person in person::store::staff(tx)? {
        let made: Option<Timestamp> = tx.value("SELECT made_at FROM person WHERE id = ?1", params![person.id])?;
        let last = last_sign_in(tx, person.id)?;
        if last.or(made).is_some_and(|it| it < before) {
            found.push((person, last));
        }
    }
    Ok(found)
}
