//! Patients and guardians in rows: sealed, found again by marks.

use std::collections::HashMap;

use db::{Row, Tx, params};
use kernel::{Ctx, Error, JapaneseName, PatientId, PersonId, Result, RowId, Timestamp, clause, limits, time};

use super::{Guardian, Patient, PatientForm, Sex};
use crate::access::{Access, Act, Class};

/// Letters of a name's beginning by which it can be searched.
const SEARCH_CHARS_MAX: usize = 4;

/// Registers a patient.
///
/// # Errors
/// `Conflict` when the number is taken; `Forbidden`, `NotFound` as [`Access::require`].
pub fn register(tx: &mut Tx<'_>, ctx: &Ctx, form: &PatientForm) -> Result<PatientId> {
    let facility = tx.facility()?;
    let id = PatientId::new(ctx);
    Access::new("patient.register", Act::Write, Class::Identity).on("patient", id).of(id).require(tx, ctx)?;
    let number = if form.number.is_empty() { next_number(tx)? } else { form.number.clone() };
    let columns = seal(tx, id, form)?;
    tx.exec(
        "INSERT INTO patient (id, facility_id, number, name, birth_date, birth_mark, sex, phone, mail, address, remark,
         in_person_at, made_by, made_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)",
        params![
            id,
            facility,
            number,
            columns.name,
            columns.birth_date,
            columns.birth_mark,
            form.sex.key(),
            columns.phone,
            columns.mail,
            columns.address,
            columns.remark,
            columns.in_person_at,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    write_marks(tx, ctx, id, &form.name)?;
    Ok(id)
}

/// Changes what is known of a patient; before and after stand in the log's sealed detail.
///
/// # Errors
/// `NotFound`; `Conflict` when the number is taken.
pub fn change(tx: &mut Tx<'_>, ctx: &Ctx, id: PatientId, form: &PatientForm) -> Result<()> {
    let facility = tx.facility()?;
    let before = read_one(tx, id)?;
    Access::new("patient.change", Act::Write, Class::Identity)
        .on("patient", id)
        .of(id)
        .detail(serde_json::json!({ "before": { "name": before.name, "mail": before.mail, "phone": before.phone } }))
        .require(tx, ctx)?;
    let columns = seal(tx, id, form)?;
    let number = if form.number.is_empty() { &before.number } else { &form.number };
    tx.exec(
        "UPDATE patient SET number = ?3, name = ?4, birth_date = ?5, birth_mark = ?6, sex = ?7, phone = ?8, mail = ?9,
         address = ?10, remark = ?11, in_person_at = ?12, changed_at = ?13 WHERE facility_id = ?1 AND id = ?2",
        params![
            facility,
            id,
            number,
            columns.name,
            columns.birth_date,
            columns.birth_mark,
            form.sex.key(),
            columns.phone,
            columns.mail,
            columns.address,
            columns.remark,
            columns.in_person_at,
            ctx.now
        ],
    )?;
    tx.exec("DELETE FROM patient_mark WHERE facility_id = ?1 AND patient_id = ?2", params![facility, id])?;
    write_marks(tx, ctx, id, &form.name)
}

struct Sealed {
    name: Vec<u8>,
    birth_date: Vec<u8>,
    birth_mark: Vec<u8>,
    phone: Vec<u8>,
    mail: Vec<u8>,
    address: Vec<u8>,
    remark: Vec<u8>,
    in_person_at: Vec<u8>,
}

fn seal(tx: &mut Tx<'_>, id: PatientId, form: &PatientForm) -> Result<Sealed> {
    clause!("CS-151");
    let name = serde_json::to_string(&form.name).map_err(Error::internal)?;
    Ok(Sealed {
        name: tx.seal("patient.name", id, &name)?,
        birth_date: tx.seal("patient.birth_date", id, &form.birth_date.to_string())?,
        birth_mark: tx.mark("patient.birth_date", &form.birth_date.to_string())?,
        phone: tx.seal("patient.phone", id, &form.phone)?,
        mail: tx.seal("patient.mail", id, &form.mail)?,
        address: tx.seal("patient.address", id, &form.address)?,
        remark: tx.seal("patient.remark", id, &form.remark)?,
        in_person_at: tx.seal("patient.in_person_at", id, &form.in_person_at)?,
    })
}

fn next_number(tx: &mut Tx<'_>) -> Result<String> {
    let facility = tx.facility()?;
    tx.lock(&format!("patient-number/{facility}"))?;
    let count: i64 = tx.value("SELECT count(*) FROM patient WHERE facility_id = ?1", params![facility])?.unwrap_or(0);
    let mut next = count + 1;
    loop {
        let number = format!("{next:05}");
        let taken =
            tx.row("SELECT id FROM patient WHERE facility_id = ?1 AND number = ?2", params![facility, number])?;
        if taken.is_none() {
            return Ok(number);
        }
        next += 1;
    }
}

fn write_marks(tx: &mut Tx<'_>, ctx: &Ctx, id: PatientId, name: &JapaneseName) -> Result<()> {
    let facility = tx.facility()?;
    let mut beginnings = std::collections::BTreeSet::new();
    for part in [&name.family, &name.given, &name.family_kana, &name.given_kana] {
        let letters: Vec<char> = part.chars().collect();
        for length in 1..=letters.len().min(SEARCH_CHARS_MAX) {
            beginnings.insert(letters[..length].iter().collect::<String>());
        }
    }
    for beginning in beginnings {
        let mark = tx.mark("patient.name", &beginning)?;
        tx.exec(
            "INSERT INTO patient_mark (facility_id, mark, patient_id, changed_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![facility, mark, id, ctx.now],
        )?;
    }
    Ok(())
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Patient> {
    let id: PatientId = row.get("id")?;
    let mut open = |column: &str, place: &str| -> Result<String> {
        let sealed: Vec<u8> = row.get(column)?;
        tx.open(place, id, &sealed)
    };
    let name = open("name", "patient.name")?;
    let birth_date = open("birth_date", "patient.birth_date")?;
    let sex: String = row.get("sex")?;
    Ok(Patient {
        id,
        number: row.get("number")?,
        name: serde_json::from_str(&name).map_err(Error::internal)?,
        birth_date: birth_date.parse().map_err(Error::internal)?,
        sex: Sex::from_key(&sex).unwrap_or(Sex::Unknown),
        phone: open("phone", "patient.phone")?,
        mail: open("mail", "patient.mail")?,
        address: open("address", "patient.address")?,
        remark: open("remark", "patient.remark")?,
        in_person_at: open("in_person_at", "patient.in_person_at")?,
    })
}

/// The patient without check or entry: for stores that have made their own [`Access`] on a thing of this patient.
///
/// # Errors
/// `NotFound` when this facility has no such patient.
pub fn read_one(tx: &mut Tx<'_>, id: PatientId) -> Result<Patient> {
    read_all(tx, [id])?.remove(&id).ok_or_else(|| Error::not_found("patient"))
}

/// These patients, as far as this facility has them; as [`read_one`], in one question.
///
/// # Errors
/// The database's.
pub fn read_all(tx: &mut Tx<'_>, ids: impl IntoIterator<Item = PatientId>) -> Result<HashMap<PatientId, Patient>> {
    let facility = tx.facility()?;
    let sql = "SELECT * FROM patient WHERE facility_id = ?1 AND id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], ids)?;
    rows.iter().map(|row| read(tx, row).map(|it| (it.id, it))).collect()
}

/// The facility's own number of a patient, and nothing else. No entry: the number names nobody outside the facility.
///
/// # Errors
/// The database's.
pub fn number_of(tx: &mut Tx<'_>, id: PatientId) -> Result<Option<String>> {
    let facility = tx.facility()?;
    tx.value("SELECT number FROM patient WHERE facility_id = ?1 AND id = ?2", params![facility, id])
}

/// Whose number this is.
///
/// # Errors
/// The database's.
pub fn by_number(tx: &mut Tx<'_>, number: &str) -> Result<Option<PatientId>> {
    let facility = tx.facility()?;
    tx.value("SELECT id FROM patient WHERE facility_id = ?1 AND number = ?2", params![facility, number])
}

/// The patient, seen by the person who acts.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: PatientId) -> Result<Patient> {
    let patient = read_one(tx, id)?;
    Access::new("patient.view", Act::View, Class::Identity).on("patient", id).of(id).require(tx, ctx)?;
    Ok(patient)
}

/// The patient whose number is `text`, then those one of whose names begins with it (first four letters count), newest
/// change first.
///
/// # Errors
/// `Forbidden`.
pub fn search(tx: &mut Tx<'_>, ctx: &Ctx, text: &str) -> Result<Vec<Patient>> {
    let facility = tx.facility()?;
    let text = text.trim();
    Access::new("patient.search", Act::View, Class::Identity)
        .on("patient", "")
        .detail(serde_json::json!({ "text": text }))
        .require(tx, ctx)?;
    let wanted = kernel::name::katakana(text).unwrap_or_else(|_| text.to_owned());
    let beginning: String = wanted.chars().take(SEARCH_CHARS_MAX).collect();
    let mark = tx.mark("patient.name", &beginning)?;
    if text.is_empty() {
        let sql = "SELECT * FROM patient WHERE facility_id = ?1 ORDER BY changed_at DESC, id DESC LIMIT ?2";
        let rows = tx.rows(sql, params![facility, limits::LIST_ROWS_MAX])?;
        return rows.iter().map(|row| read(tx, row)).collect();
    }
    let mut rows = tx.rows("SELECT * FROM patient WHERE facility_id = ?1 AND number = ?2", params![facility, text])?;
    rows.extend(tx.rows(
        "SELECT p.* FROM patient_mark m JOIN patient p ON p.id = m.patient_id AND p.facility_id = m.facility_id
         WHERE m.facility_id = ?1 AND m.mark = ?2 ORDER BY m.changed_at DESC, m.patient_id DESC LIMIT ?3",
        params![facility, mark, limits::LIST_ROWS_MAX],
    )?);
    let mut found: Vec<Patient> = Vec::new();
    for row in rows.iter().take(limits::LIST_ROWS_MAX) {
        let patient = read(tx, row)?;
        // A patient whose number stands in the name as well is one patient.
        if !found.iter().any(|it| it.id == patient.id) {
            found.push(patient);
        }
    }
    Ok(found)
}

/// Records that a person may act for a patient.
///
/// # Errors
/// `Conflict` when it is recorded already.
pub fn add_guardian(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, person: PersonId, relation: &str) -> Result<()> {
    let facility = tx.facility()?;
    read_one(tx, patient)?;
    Access::new("guardian.add", Act::Write, Class::Identity).on("person", person).of(patient).require(tx, ctx)?;
    tx.exec(
        "INSERT INTO guardian (id, facility_id, patient_id, person_id, relation, recorded_by, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![RowId::new(ctx), facility, patient, person, relation, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Whether the person may act for the patient.
///
/// # Errors
/// The database's.
pub fn is_guardian(tx: &mut Tx<'_>, patient: PatientId, person: PersonId) -> Result<bool> {
    let facility = tx.facility()?;
    let found = tx.row(
        "SELECT g.id FROM guardian g JOIN person p ON p.id = g.person_id WHERE g.facility_id = ?1 AND g.patient_id = ?2
         AND g.person_id = ?3 AND g.ended_at IS NULL AND p.closed_at IS NULL",
        params![facility, patient, person],
    )?;
    Ok(found.is_some())
}

/// Whether the person may act for the patient at `now`: recorded as guardian, and not of a child that has come of age
/// since. From that birthday what the patient tells the doctor is the patient's own affair; whoever cannot decide for
/// themselves gets a guardian recorded anew.
///
/// # Errors
/// The database's.
pub fn may_act_for(tx: &mut Tx<'_>, now: Timestamp, patient: PatientId, person: PersonId) -> Result<bool> {
    clause!("OV-102");
    if !is_guardian(tx, patient, person)? {
        return Ok(false);
    }
    let facility = tx.facility()?;
    let recorded_at: Option<Timestamp> = tx.value(
        "SELECT recorded_at FROM guardian WHERE facility_id = ?1 AND patient_id = ?2 AND person_id = ?3 AND ended_at IS NULL",
        params![facility, patient, person],
    )?;
    let born = read_one(tx, patient)?.birth_date;
    Ok(recorded_at.is_some_and(|it| !guidelines::guardian::has_ended_by_age(born, time::day(it), time::day(now))))
}

/// The guardians of a patient. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn guardians(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<Guardian>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT g.relation, p.id, p.family, p.given, p.family_kana, p.given_kana FROM guardian g
         JOIN person p ON p.id = g.person_id WHERE g.facility_id = ?1 AND g.patient_id = ?2 AND g.ended_at IS NULL LIMIT 20",
        params![facility, patient],
    )?
    .iter()
    .map(|row| {
        Ok(Guardian {
            person: row.get("id")?,
            name: JapaneseName {
                family: row.get("family")?,
                given: row.get("given")?,
                family_kana: row.get("family_kana")?,
                given_kana: row.get("given_kana")?,
            },
            relation: row.get("relation")?,
        })
    })
    .collect()
}
