//! What whoever runs the server does for people without a browser: first accounts, forgotten passwords, lost phones,
//! leavers. Managers use the same functions for the people of their own facility.

use audit::Entry;
use crypto::Totp;
use db::{Tx, params};
use kernel::{Chance, Ctx, Error, FacilityId, PatientId, PersonId, Result, Timestamp, Who, Words, clause};

use crate::access::{Access, Act, Class};
use crate::person::store::NewPerson;
use crate::person::{self, Person};
use crate::sign_in::password::{self, Hashed};
use crate::sign_in::{second, store};

/// A password to begin with: shown once to whoever makes the account, changed at the first sign-in. 80 bits.
#[must_use]
pub fn initial_password(chance: &Chance) -> String {
    crypto::codes::recovery(chance)[..2].join("-")
}

/// Makes a person at this act's facility with these duties and a password to begin with, which is returned to be told
/// once. At the first sign-in it must be changed, and a second factor is set up.
///
/// # Errors
/// `Conflict` when the sign-in name is taken; `NotFound` for a duty that the policy does not name; `Forbidden`.
pub fn add_user(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewPerson, duties: &[String]) -> Result<(PersonId, String)> {
    clause!("CS-121", "CS-126");
    let id = person::store::create(tx, ctx, new)?;
    for duty in duties {
        person::store::give_duty(tx, ctx, id, duty)?;
    }
    Ok((id, give_password(tx, ctx, id)?))
}

/// Makes a person who is guardian of a patient of this act's facility, with a password to begin with. Whoever may write
/// who a patient is may write who acts for the patient.
///
/// # Errors
/// `Conflict` when the sign-in name is taken; `NotFound`, `Forbidden` as [`Access::require`].
pub fn add_guardian(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    patient: PatientId,
    new: &NewPerson,
    relation: &str,
) -> Result<(PersonId, String)> {
    clause!("OV-102");
    let id = PersonId::new(ctx);
    crate::patient::store::read_one(tx, patient)?;
    Access::new("guardian.register", Act::Write, Class::Identity).on("person", id).of(patient).require(tx, ctx)?;
    person::store::insert(tx, ctx, id, new)?;
    crate::patient::store::add_guardian(tx, ctx, patient, id, relation)?;
    Ok((id, begin_with(tx, ctx, id)?))
}

/// Gives a person without password one to begin with.
///
/// # Errors
/// `Forbidden` without the right to administer; `Conflict` for a person who has a password.
pub fn give_password(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<String> {
    Access::new("password.give", Act::Write, Class::Administration).on("person", person).require(tx, ctx)?;
    if password::of(tx, person)?.is_some() {
        return Err(Error::conflict("has a password: reset it instead"));
    }
    begin_with(tx, ctx, person)
}

fn begin_with(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<String> {
    let initial = initial_password(&ctx.chance);
    // One hash within the act: making an account is rare, and its password must be there when the act is.
    password::set(tx, ctx, person, &Hashed::now(&initial, &ctx.chance)?, true)?;
    Ok(initial)
}

/// Gives a new password to begin with, which is returned to be told once, and ends all sessions. An act of no facility.
///
/// # Errors
/// `NotFound` for a name that nobody has; `Forbidden` without the right to administer, or for a person who works
/// elsewhere too.
pub fn reset_password(tx: &mut Tx<'_>, ctx: &Ctx, login: &str) -> Result<String> {
    clause!("CS-126");
    let person = reset(tx, ctx, login, "password.reset")?;
    begin_with(tx, ctx, person)
}

/// Takes all second factors away (lost phone, no codes left), so that the next sign-in sets up new ones; ends all
/// sessions. An act of no facility.
///
/// # Errors
/// As [`reset_password`].
pub fn reset_second_factor(tx: &mut Tx<'_>, ctx: &Ctx, login: &str) -> Result<()> {
    clause!("CS-126");
    let person = reset(tx, ctx, login, "second_factor.reset")?;
    second::drop_all(tx, person)
}

/// Finds the person, ends the sessions, and puts `verb` on record where the person works.
fn reset(tx: &mut Tx<'_>, ctx: &Ctx, login: &str, verb: &'static str) -> Result<PersonId> {
    if tx.facility().is_ok() {
        // Narrowed to one facility, the database would hide where else the person works.
        return Err(Error::internal("a reset needs an act of no facility"));
    }
    let person = person::store::by_login(tx, login)?.ok_or_else(|| Error::not_found("nobody has this name"))?.id;
    let works_at = person::store::facilities(tx, person)?;
    // Before the act narrows to one facility: the person may be signed in for another.
    web::session::end_all(tx, ctx, person, None)?;
    let mut own = ctx.clone();
    if let Some(facility) = ctx.facility.or_else(|| works_at.first().copied()) {
        tx.enter(facility)?;
        own = ctx.at(facility);
    }
    refuse_takeover(tx, &own, &works_at, person)?;
    Access::new(verb, Act::Write, Class::Administration).on("person", person).require(tx, &own)?;
    Ok(person)
}

/// A manager who takes over the account of somebody with duties elsewhere would come into that facility's data.
fn refuse_takeover(tx: &mut Tx<'_>, ctx: &Ctx, works_at: &[FacilityId], person: PersonId) -> Result<()> {
    if !matches!(ctx.who, Who::Staff(_)) || Some(works_at) == ctx.facility.as_ref().map(std::slice::from_ref) {
        return Ok(());
    }
    let words = Words::new(
        "ほかの施設でも働く人のため、ここでは変えられません。システムの運用担当者にご依頼ください。",
        "This person works at another facility too. Ask the operator of the system.",
    );
    audit::refuse(tx, ctx, Entry::done("account.reset", "person", person).class(Class::Administration.key()));
    Err(Error::new(kernel::Kind::Forbidden, words, "a person of several facilities"))
}

/// Closes a leaver's account at `facility` by one act (CS-121).
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn close_user(tx: &mut Tx<'_>, ctx: &Ctx, facility: FacilityId, person: PersonId) -> Result<()> {
    clause!("CS-121");
    tx.enter(facility)?;
    person::store::close(tx, &ctx.at(facility), person)
}

/// A person as the command line lists it.
#[derive(Debug, Clone)]
pub struct User {
    /// The person.
    pub person: Person,
    /// Where the person works, with the duties there.
    pub duties: Vec<(FacilityId, Vec<String>)>,
    /// Second factors.
    pub held: second::Held,
    /// The last sign-in.
    pub last_sign_in_at: Option<Timestamp>,
}

/// All persons who sign in by a name, in an act of no facility. For the command line.
///
/// # Errors
/// The database's.
pub fn users(tx: &mut Tx<'_>) -> Result<Vec<User>> {
    let logins = tx.rows("SELECT login FROM person ORDER BY login", params![])?;
    let mut found = Vec::new();
    for row in logins {
        let login: String = row.get("login")?;
        let Some(person) = person::store::by_login(tx, &login)? else { continue };
        let rows = tx.rows(
            "SELECT name, facility_id FROM duty WHERE person_id = ?1 AND ended_at IS NULL ORDER BY facility_id, name",
            params![person.id],
        )?;
        let mut duties: Vec<(FacilityId, Vec<String>)> = Vec::new();
        for row in rows {
            let (facility, name): (FacilityId, String) = (row.get("facility_id")?, row.get("name")?);
            match duties.last_mut() {
                Some((last, names)) if *last == facility => names.push(name),
                _ => duties.push((facility, vec![name])),
            }
        }
        let held = second::held(tx, person.id)?;
        let last_sign_in_at = store::last_sign_in(tx, person.id)?;
        found.push(User { person, duties, held, last_sign_in_at });
    }
    Ok(found)
}

/// Sets password and second factor of a person directly, as if the person had done so. Only for the demonstration and
/// for tests: nobody else may know both.
///
/// # Errors
/// The database's.
pub fn set_demo_secrets(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, password: &str, app: &Totp) -> Result<()> {
    password::set(tx, ctx, person, &Hashed::now(password, &ctx.chance)?, false)?;
    second::put_app(tx, ctx, person, app, None)?;
    audit::append(tx, ctx, Entry::done("account.demo", "person", person)).map(drop)
}
