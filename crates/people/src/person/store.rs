//! Persons, their duties, licences and trainings in rows.

use db::{Row, Tx, params};
use kernel::{Ctx, Error, JapaneseName, PersonId, Result, RowId, clause};

use super::{IdentityCard, LastUse, Licence, Person, Training, photo};
use crate::access::{self, Access, Act, Class};

/// What a new person needs.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The sign-in name: 2 to 60 letters, digits, `.`, `-`, `_`, `@`; lower case.
    pub login: String,
    /// The name.
    pub name: JapaneseName,
    /// Mail.
    pub mail: String,
}

/// Makes a person without any duty or secret.
///
/// # Errors
/// `Conflict` when the sign-in name is taken; `Forbidden` without the right to administer.
pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewPerson) -> Result<PersonId> {
    let id = PersonId::new(ctx);
    Access::new("person.create", Act::Write, Class::Administration).on("person", id).require(tx, ctx)?;
    insert(tx, ctx, id, new)?;
    Ok(id)
}

/// The row of a new person. The caller has made its own [`Access`].
pub(crate) fn insert(tx: &mut Tx<'_>, ctx: &Ctx, id: PersonId, new: &NewPerson) -> Result<()> {
    tx.exec(
        "INSERT INTO person (id, login, family, given, family_kana, given_kana, mail, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id,
            new.login,
            new.name.family,
            new.name.given,
            new.name.family_kana,
            new.name.given_kana,
            new.mail,
            ctx.now
        ],
    )?;
    Ok(())
}

fn read(row: &Row) -> Result<Person> {
    Ok(Person {
        id: row.get("id")?,
        login: row.get("login")?,
        name: JapaneseName {
            family: row.get("family")?,
            given: row.get("given")?,
            family_kana: row.get("family_kana")?,
            given_kana: row.get("given_kana")?,
        },
        mail: row.get("mail")?,
        closed_at: row.get("closed_at")?,
    })
}

/// A person, by id. Names of staff are shown to colleagues and to the patients they see.
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &mut Tx<'_>, id: PersonId) -> Result<Person> {
    let row = tx.row("SELECT * FROM person WHERE id = ?1", params![id])?;
    read(&row.ok_or_else(|| Error::not_found("person"))?)
}

/// A person, by sign-in name.
///
/// # Errors
/// The database's.
pub fn by_login(tx: &mut Tx<'_>, login: &str) -> Result<Option<Person>> {
    tx.row("SELECT * FROM person WHERE login = ?1", params![login.to_lowercase()])?.as_ref().map(read).transpose()
}

/// The staff of this facility: whoever has a live duty.
///
/// # Errors
/// The database's.
pub fn staff(tx: &mut Tx<'_>) -> Result<Vec<Person>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT * FROM person WHERE closed_at IS NULL AND id IN
         (SELECT person_id FROM duty WHERE facility_id = ?1 AND ended_at IS NULL) ORDER BY family_kana, given_kana, id",
        params![facility],
    )?
    .iter()
    .map(read)
    .collect()
}

/// Those of the staff whose duties allow them `act` with `class`.
///
/// # Errors
/// The database's.
pub fn who_may(tx: &mut Tx<'_>, act: Act, class: Class) -> Result<Vec<Person>> {
    let facility = tx.facility()?;
    let rows =
        tx.rows("SELECT person_id, name FROM duty WHERE facility_id = ?1 AND ended_at IS NULL", params![facility])?;
    let mut allowed: Vec<PersonId> = Vec::new();
    for row in rows {
        let name: String = row.get("name")?;
        if access::duty(&name).is_some_and(|it| it.grants(act, class)) {
            allowed.push(row.get("person_id")?);
        }
    }
    Ok(staff(tx)?.into_iter().filter(|it| allowed.contains(&it.id)).collect())
}

/// When the account was made and last used, at whichever facility.
///
/// # Errors
/// `NotFound`.
pub fn last_use(tx: &mut Tx<'_>, person: PersonId) -> Result<LastUse> {
    let made_at = tx.value("SELECT made_at FROM person WHERE id = ?1", params![person])?;
    let made_at = made_at.ok_or_else(|| Error::not_found("person"))?;
    // Unused here may still be in daily use elsewhere: then it is no forgotten account.
    let seen_at = tx.over_all(|tx| web::session::last_seen(tx, person))?;
    Ok(LastUse { made_at, seen_at })
}

/// The dentists and doctors of this facility.
///
/// # Errors
/// The database's.
pub fn doctors(tx: &mut Tx<'_>) -> Result<Vec<Person>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT * FROM person WHERE closed_at IS NULL AND id IN (SELECT person_id FROM duty
         WHERE facility_id = ?1 AND ended_at IS NULL AND name IN ('dentist', 'doctor')) ORDER BY family_kana, given_kana, id",
        params![facility],
    )?
    .iter()
    .map(read)
    .collect()
}

/// The facilities where a person has a live duty.
///
/// # Errors
/// The database's.
pub fn facilities(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<kernel::FacilityId>> {
    tx.rows(
        "SELECT DISTINCT facility_id FROM duty WHERE person_id = ?1 AND ended_at IS NULL ORDER BY facility_id",
        params![person],
    )?
    .iter()
    .map(|row| row.get("facility_id"))
    .collect()
}

/// Whether the person has, or once had, a duty at this facility.
///
/// # Errors
/// The database's.
pub fn has_worked_here(tx: &mut Tx<'_>, person: PersonId) -> Result<bool> {
    let facility = tx.facility()?;
    let found =
        tx.row("SELECT id FROM duty WHERE facility_id = ?1 AND person_id = ?2 LIMIT 1", params![facility, person])?;
    Ok(found.is_some())
}

/// Lets an act on a person go on only for those who have, or once had, a duty at this facility. Whoever works elsewhere,
/// and a guardian, is nobody for a manager here, even one who knows the id.
///
/// # Errors
/// `NotFound` for all others.
pub fn of_here(tx: &mut Tx<'_>, person: PersonId) -> Result<()> {
    if has_worked_here(tx, person)? { Ok(()) } else { Err(Error::not_found("nobody of this facility")) }
}

/// Gives a duty at this facility; nothing happens when the person has it.
///
/// # Errors
/// `NotFound` for a duty that the policy does not name; `Forbidden` without the right to administer.
pub fn give_duty(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, name: &str) -> Result<()> {
    let facility = tx.facility()?;
    access::duty(name).ok_or_else(|| Error::not_found("duty"))?;
    Access::new("duty.give", Act::Write, Class::Administration)
        .on("person", person)
        .detail(serde_json::json!({ "duty": name }))
        .require(tx, ctx)?;
    if access::duties(tx, person)?.iter().any(|it| it == name) {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO duty (id, facility_id, person_id, name, given_by, given_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, person, name, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Ends a duty at this facility.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn end_duty(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, name: &str) -> Result<()> {
    let facility = tx.facility()?;
    Access::new("duty.end", Act::Write, Class::Administration)
        .on("person", person)
        .detail(serde_json::json!({ "duty": name }))
        .require(tx, ctx)?;
    of_here(tx, person)?;
    tx.exec(
        "UPDATE duty SET ended_by = ?4, ended_at = ?5 WHERE facility_id = ?1 AND person_id = ?2 AND name = ?3 AND ended_at IS NULL",
        params![facility, person, name, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Closes a leaver's account here by one act: duties end, sessions end. The account itself is closed when nobody else
/// needs it: no other facility where the person works, no child or parent whose guardian the person is.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for somebody who never worked here.
pub fn close(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    clause!("CS-121");
    let facility = tx.facility()?;
    Access::new("person.close", Act::Write, Class::Administration).on("person", person).require(tx, ctx)?;
    of_here(tx, person)?;
    tx.exec(
        "UPDATE duty SET ended_by = ?3, ended_at = ?4 WHERE facility_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
        params![facility, person, ctx.who.label(), ctx.now],
    )?;
    // Where else the person works is no business of this facility, but ending that work would be harm done there.
    tx.over_all(|tx| {
        if !facilities(tx, person)?.is_empty() {
            web::session::end_work(tx, ctx, person, Some(facility))?;
            return Ok(());
        }
        web::session::end_work(tx, ctx, person, None)?;
        if is_guardian(tx, person)? {
            return Ok(());
        }
        web::session::end_all(tx, ctx, person, None)?;
        tx.exec(
            "UPDATE person SET closed_at = ?2, closed_by = ?3 WHERE id = ?1 AND closed_at IS NULL",
            params![person, ctx.now, ctx.who.label()],
        )?;
        Ok(())
    })
}

/// Whether the person is anybody's guardian, at whichever facility.
fn is_guardian(tx: &mut Tx<'_>, person: PersonId) -> Result<bool> {
    let found =
        tx.row("SELECT person_id FROM guardian WHERE person_id = ?1 AND ended_at IS NULL LIMIT 1", params![person])?;
    Ok(found.is_some())
}

/// Records a licence that the person who acts has checked.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn record_licence(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, kind: &str, year: i32, how: &str) -> Result<()> {
    clause!("OV-143");
    let facility = tx.facility()?;
    Access::new("licence.record", Act::Write, Class::Administration).on("person", person).require(tx, ctx)?;
    of_here(tx, person)?;
    tx.exec(
        "INSERT INTO licence (id, facility_id, person_id, kind, registered_year, checked_how, checked_by, checked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![RowId::new(ctx), facility, person, kind, year, how, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// The licences on file here, newest check first.
///
/// # Errors
/// The database's.
pub fn licences(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Licence>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT * FROM licence WHERE facility_id = ?1 AND person_id = ?2 ORDER BY checked_at DESC, id DESC LIMIT 100",
        params![facility, person],
    )?
    .iter()
    .map(|row| {
        Ok(Licence {
            kind: row.get("kind")?,
            registered_year: row.get("registered_year")?,
            checked_how: row.get("checked_how")?,
            checked_by: row.get("checked_by")?,
            checked_at: row.get("checked_at")?,
        })
    })
    .collect()
}

/// Records a finished training.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn record_training(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, it: &Training) -> Result<()> {
    clause!("OV-301");
    let facility = tx.facility()?;
    Access::new("training.record", Act::Write, Class::Administration).on("person", person).require(tx, ctx)?;
    of_here(tx, person)?;
    tx.exec(
        "INSERT INTO training (id, facility_id, person_id, course, certificate, completed_on, recorded_by, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            RowId::new(ctx),
            facility,
            person,
            it.course,
            it.certificate,
            it.completed_on,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}

/// The trainings on file here.
///
/// # Errors
/// The database's.
pub fn trainings(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Training>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT * FROM training WHERE facility_id = ?1 AND person_id = ?2 ORDER BY completed_on DESC, id DESC LIMIT 100",
        params![facility, person],
    )?
    .iter()
    .map(|row| {
        Ok(Training { course: row.get("course")?, certificate: row.get("certificate")?, completed_on: row.get("completed_on")? })
    })
    .collect()
}

/// The identity card that a patient may open at any time.
///
/// # Errors
/// `NotFound` for a person who is no doctor or dentist here.
pub fn identity_card(tx: &mut Tx<'_>, person: PersonId) -> Result<IdentityCard> {
    clause!("OV-142", "OV-143");
    let found =
        doctors(tx)?.into_iter().find(|it| it.id == person).ok_or_else(|| Error::not_found("no doctor here"))?;
    let licence = licences(tx, person)?.into_iter().find(|it| it.kind == "dentist" || it.kind == "doctor");
    let has_photo = photo::store::is_there(tx, person)?;
    Ok(IdentityCard { person, name: found.name, licence, has_photo })
}
