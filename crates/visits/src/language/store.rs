//! Choices in rows; the newest of a patient counts.

use db::{Tx, params};
use kernel::{Ctx, Lang, PatientId, Result, RowId};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{key, of_key};

/// The language of letters to this patient. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Lang> {
    let facility = tx.facility()?;
    let chosen: Option<String> = tx.value(
        "SELECT lang FROM patient_language WHERE facility_id = ?1 AND patient_id = ?2 ORDER BY chosen_at DESC, id DESC LIMIT 1",
        params![facility, patient],
    )?;
    Ok(chosen.map_or(Lang::Ja, |it| of_key(&it)))
}

/// Chooses it: the patient's side, or the clinic.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn choose(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, lang: Lang) -> Result<()> {
    let facility = tx.facility()?;
    let patient = people::patient::store::read_one(tx, patient)?.id;
    Access::new("language.choose", Act::Write, Class::Identity)
        .on("patient", patient)
        .of(patient)
        .detail(json!({ "lang": key(lang) }))
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO patient_language (id, facility_id, patient_id, lang, chosen_by, chosen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, patient, key(lang), ctx.who.label(), ctx.now],
    )?;
    Ok(())
}
