//! Decisions in rows; the newest of a patient counts.

use std::collections::HashSet;

use db::{Row, Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Error, PatientId, Result, RowId, Timestamp, Words, clause};
use people::access::{Access, Act, Class};
use people::patient::Patient;
use serde_json::json;

use super::{Decided, Other, Place};
use crate::booking::Form;

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Decided> {
    let (id, place): (RowId, String) = (row.get("id")?, row.get("place")?);
    let sealed: Vec<u8> = row.get("other")?;
    let other: Other = serde_json::from_str(&tx.open("in_person_care.other", id, &sealed)?).map_err(Error::internal)?;
    let place = if place == Place::Here.key() { Place::Here } else { Place::Elsewhere(other) };
    Ok(Decided { place, decided_by: row.get("decided_by")?, decided_at: row.get("decided_at")? })
}

/// What stands for a patient. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Decided>> {
    clause!("OV-202");
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM in_person_care WHERE facility_id = ?1 AND patient_id = ?2 ORDER BY decided_at DESC, id DESC LIMIT 1",
        params![facility, patient],
    )?;
    row.map(|row| read(tx, &row)).transpose()
}

/// Those of several patients for whom it is decided.
///
/// # Errors
/// The database's.
pub fn decided(tx: &mut Tx<'_>, patients: impl IntoIterator<Item = PatientId>) -> Result<HashSet<PatientId>> {
    clause!("OV-202");
    let facility = tx.facility()?;
    let sql = "SELECT DISTINCT patient_id FROM in_person_care WHERE facility_id = ?1 AND patient_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], patients)?;
    rows.iter().map(|row| row.get("patient_id")).collect()
}

/// The patient and what was decided, for the form.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<(Patient, Option<Decided>)> {
    let patient = people::patient::store::read_one(tx, patient)?;
    Access::new("in_person.view", Act::View, Class::Identity)
        .on("patient", patient.id)
        .of(patient.id)
        .require(tx, ctx)?;
    let decided = newest(tx, patient.id)?;
    Ok((patient, decided))
}

/// Decides it.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn decide(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, place: &Place) -> Result<()> {
    clause!("OV-202");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let patient = people::patient::store::read_one(tx, patient)?.id;
    Access::new("in_person.decide", Act::Write, Class::Identity)
        .on("patient", patient)
        .of(patient)
        .detail(json!({ "place": place.key() }))
        .require(tx, ctx)?;
    if ctx.who.patient().is_some() {
        return Err(Error::not_found("the clinic decides it with the patient"));
    }
    let other = match place {
        Place::Here => Other::default(),
        Place::Elsewhere(other) => other.clone(),
    };
    let sealed = tx.seal("in_person_care.other", id, &serde_json::to_string(&other).map_err(Error::internal)?)?;
    tx.exec(
        "INSERT INTO in_person_care (id, facility_id, patient_id, place, other, decided_by, decided_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, facility, patient, place.key(), sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Patients listed at most.
const OPEN_MAX: i64 = 200;

/// Patients with an online visit ahead for whom nobody has decided it yet, the next visit first.
fn open(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<(PatientId, Timestamp)>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT b.patient_id, min(b.starts_at) AS next_at FROM booking b
         JOIN visit_type t ON t.id = b.visit_type_id AND t.facility_id = b.facility_id
         WHERE b.facility_id = ?1 AND t.form = ?2 AND b.ends_at > ?3 AND b.cancelled_at IS NULL AND NOT EXISTS
         (SELECT 1 FROM in_person_care c WHERE c.facility_id = b.facility_id AND c.patient_id = b.patient_id)
         GROUP BY b.patient_id ORDER BY next_at LIMIT ?4",
        params![facility, Form::Online.key(), ctx.now, OPEN_MAX],
    )?;
    rows.iter().map(|row| Ok((row.get("patient_id")?, row.get("next_at")?))).collect()
}

/// The same with their names, for the list.
///
/// # Errors
/// `Forbidden`.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<(Patient, Timestamp)>> {
    Access::new("in_person.list", Act::View, Class::Identity).on("list", "").require(tx, ctx)?;
    open(tx, ctx)?.into_iter().map(|(patient, at)| Ok((people::patient::store::read_one(tx, patient)?, at))).collect()
}

/// What the rows of this noun show for the compliance page.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("OV-202", "OV-305");
    let (count, newest) = tx.counted(
        "SELECT count(DISTINCT patient_id) AS count, max(decided_at) AS newest FROM in_person_care WHERE facility_id = ?1",
    )?;
    let waiting = open(tx, ctx)?.len();
    let (status, words) = match (waiting, count) {
        (0, 0) => (
            Status::Unknown,
            Words::new(
                "対面の受診先を決めた患者さんがまだいません。",
                "No patient has a place for care in person on file yet.",
            ),
        ),
        (0, _) => (
            Status::Met,
            Words::made(
                format!(
                    "これからオンラインで診る患者さんの全員に、対面の受診先が決まっています（記録のある患者さん{count}人）。"
                ),
                format!(
                    "Every patient with an online visit ahead has a place for care in person ({count} patients on file)."
                ),
            ),
        ),
        (open, _) => (
            Status::NotMet,
            Words::made(
                format!("対面の受診先が決まっていない患者さんが{open}人います。決まるまで通話は始められません。"),
                format!("{open} patients have no place for care in person yet; their calls cannot start before."),
            ),
        ),
    };
    Ok(vec![Evidence::new(ClauseId::new("OV-202"), status, count, newest, words)])
}
