//! The password of a patient who wants one: by the mail address that the clinic knows. Nobody needs it for a visit.

use audit::Entry;
use crypto::password::{Factors, PasswordFault};
use db::{Tx, params};
use kernel::{Ctx, Error, FacilityId, PatientId, Result, Words, clause};
use web::Asked;

use crate::access::{Access, Act, Class};
use crate::patient;
use crate::sign_in::normal_login;
use crate::sign_in::password::{self, Hashed};

/// Patients who may share a mail address as their sign-in name: a family. Each costs one hash at a try.
pub const SHARING_MAX: usize = 4;

/// An account that a mail address may mean.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Whose patient.
    pub facility: FacilityId,
    /// The patient.
    pub patient: PatientId,
    /// The password.
    pub hashed: Hashed,
}

fn login_mark(tx: &Tx<'_>, login: &str) -> Vec<u8> {
    tx.own_key("entry").derive("login").mark(normal_login(login).as_bytes()).to_vec()
}

fn owner(patient: PatientId) -> String {
    format!("patient/{patient}")
}

/// The accounts with this mail address, over all facilities.
///
/// # Errors
/// The database's.
pub fn candidates(tx: &mut Tx<'_>, login: &str) -> Result<Vec<Candidate>> {
    let mark = login_mark(tx, login);
    let rows = tx.rows(
        "SELECT facility_id, patient_id, phc FROM patient_account WHERE login_mark = ?1
         ORDER BY facility_id, patient_id LIMIT ?2",
        params![mark, SHARING_MAX],
    )?;
    rows.iter()
        .map(|row| {
            let patient = row.get("patient_id")?;
            let sealed: Vec<u8> = row.get("phc")?;
            let hashed = password::open(tx, &owner(patient), &sealed)?;
            Ok(Candidate { facility: row.get("facility_id")?, patient, hashed })
        })
        .collect()
}

/// The present password of a patient, if there is one. For the patient's own page.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Hashed>> {
    let facility = tx.facility()?;
    let sealed: Option<Vec<u8>> = tx.value(
        "SELECT phc FROM patient_account WHERE facility_id = ?1 AND patient_id = ?2",
        params![facility, patient],
    )?;
    sealed.map(|it| password::open(tx, &owner(patient), &it)).transpose()
}

/// Whether a patient has set a password.
///
/// # Errors
/// The database's.
pub fn is_set(tx: &mut Tx<'_>, patient: PatientId) -> Result<bool> {
    let facility = tx.facility()?;
    let found = tx.row(
        "SELECT set_at FROM patient_account WHERE facility_id = ?1 AND patient_id = ?2",
        params![facility, patient],
    )?;
    Ok(found.is_some())
}

/// Sets the password of the patient who acts. Thirteen characters: it stands alone.
///
/// # Errors
/// `Unavailable` when too many wait; `Limit` when [`SHARING_MAX`] others have the mail address; those of [`put`].
pub async fn set(asked: &Asked, typed: &str) -> Result<Result<(), Vec<PasswordFault>>> {
    clause!("CS-126");
    let known = asked
        .site
        .write(&asked.ctx, |tx, ctx| {
            let id = ctx.who.patient().ok_or_else(|| Error::not_found("no patient"))?;
            let patient = patient::store::view(tx, ctx, id)?;
            let name = patient.name;
            let words = vec![
                name.family,
                name.given,
                name.family_kana,
                name.given_kana,
                patient.birth_date.to_string(),
                patient.mail,
            ];
            let mark = login_mark(tx, &words[5]);
            Ok((words, of(tx, id)?.into_iter().collect(), id, mark))
        })
        .await?;
    let (words, before, id, mark) = known;
    // Over all facilities, since at sign-in nobody says where; so not in an act of this one.
    let others: Option<i64> = asked
        .site
        .db
        .read(None, move |tx| {
            let sql = "SELECT count(*) FROM patient_account WHERE login_mark = ?1 AND patient_id <> ?2";
            tx.value(sql, params![mark, id])
        })
        .await?;
    if others.unwrap_or(0) >= i64::try_from(SHARING_MAX).unwrap_or(0) {
        let words = Words::new(
            "このメールアドレスでは、これ以上パスワードを登録できません。",
            "No more passwords can be set for this mail address.",
        );
        return Err(Error::too_large(words, "accounts of a mail address"));
    }
    let hashed = match password::renew(typed.to_owned(), Factors::One, words, before, &asked.ctx.chance).await? {
        Ok(hashed) => hashed,
        Err(faults) => return Ok(Err(faults)),
    };
    asked.site.write(&asked.ctx, move |tx, ctx| put(tx, ctx, &hashed)).await.map(Ok)
}

/// Stores the password of the patient who acts, under the mail address that the clinic knows.
///
/// # Errors
/// `Invalid` without a mail address.
pub fn put(tx: &mut Tx<'_>, ctx: &Ctx, hashed: &Hashed) -> Result<()> {
    let facility = tx.facility()?;
    let id = ctx.who.patient().ok_or_else(|| Error::not_found("no patient"))?;
    Access::new("patient_account.set", Act::Write, Class::Identity).on("patient", id).of(id).require(tx, ctx)?;
    let patient = patient::store::read_one(tx, id)?;
    if patient.mail.is_empty() {
        let words = Words::new(
            "パスワードを使うには、メールアドレスの登録が必要です。医療機関にお伝えください。",
            "A password needs a mail address. Please tell the clinic yours.",
        );
        return Err(Error::invalid("", words));
    }
    let mark = login_mark(tx, &patient.mail);
    let sealed = password::seal(tx, ctx, &owner(id), hashed);
    tx.exec(
        "INSERT INTO patient_account (facility_id, patient_id, login_mark, phc, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (facility_id, patient_id) DO UPDATE SET login_mark = excluded.login_mark, phc = excluded.phc,
         set_at = excluded.set_at",
        params![facility, id, mark, sealed, ctx.now],
    )?;
    Ok(())
}

/// Takes the password of the patient who acts away; the link stays.
///
/// # Errors
/// The database's.
pub fn remove(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    let facility = tx.facility()?;
    let id = ctx.who.patient().ok_or_else(|| Error::not_found("no patient"))?;
    audit::append(tx, ctx, Entry::done("patient_account.remove", "patient", id).patient(id).class("identity"))?;
    tx.exec("DELETE FROM patient_account WHERE facility_id = ?1 AND patient_id = ?2", params![facility, id])?;
    Ok(())
}
