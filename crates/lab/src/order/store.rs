//! Orders in rows: what can be ordered for a patient, placing an order, changing it. Each facility gets its copy in one act.

use db::{Tx, params};
use kernel::{Ctx, Error, PatientId, Result, RowId, Words, clause, time};
use mail::About;
use people::access::{Access, Act, Class};
use people::agreement::store::{at_both, in_force, letter, need_in_force};
use people::agreement::{self, Agreement, Purpose, Side};
use people::facility::{self, Facility};
use people::patient::{self, Patient};
use people::person;
use serde_json::json;

use super::{Content, Form, Laboratory};
use crate::case::store::{self as cases, append};
use crate::case::{Case, CaseId, Kind, Said, may_follow};

/// What the page of a new order offers.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The patient.
    pub patient: Patient,
    /// The laboratories: the agreements in force.
    pub agreements: Vec<(Agreement, Facility)>,
    /// What was ordered for this patient before.
    pub cases: Vec<Case>,
}

/// What can be chosen for an order for this patient.
///
/// # Errors
/// `NotFound`; `Forbidden` for anybody but a dentist.
pub fn choices(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<Choices> {
    let patient = patient::store::read_one(tx, patient)?;
    Access::new("lab.prepare", Act::Sign, Class::Lab).on("patient", patient.id).of(patient.id).require(tx, ctx)?;
    let mut agreements = Vec::new();
    for it in in_force(tx, Purpose::Lab, Side::Asks, time::day(ctx.now))? {
        let partner = facility::store::get(tx, it.partner)?;
        agreements.push((it, partner));
    }
    let cases = cases::of_patient(tx, patient.id)?;
    Ok(Choices { patient, agreements, cases })
}

/// What placing or changing an order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// It counts.
    Issued(CaseId),
    /// The law asks for these too.
    Missing(Vec<Words>),
}

fn content(form: &Form, ctx: &Ctx, patient: &Patient, parties: &Parties) -> Content {
    let [design, method, materials, shade, implant, bite, notes] = form.texts.clone();
    let first = Laboratory {
        name: parties.laboratory.name.clone(),
        address: parties.laboratory.address.clone(),
        facility: Some(parties.laboratory.id),
    };
    Content {
        patient: patient.name.clone(),
        design,
        method,
        materials,
        issued_on: time::day(ctx.now),
        dentist: parties.dentist.clone(),
        clinic: parties.clinic.name.clone(),
        clinic_address: parties.clinic.address.clone(),
        laboratories: std::iter::once(first).chain(form.further.iter().cloned()).collect(),
        patient_number: patient.number.clone(),
        prosthesis: form.prosthesis.key().to_owned(),
        teeth: form.teeth.clone(),
        shade,
        implant,
        bite,
        notes,
        due_on: form.due_on,
    }
}

/// Whose names and addresses stand on an order.
struct Parties {
    clinic: Facility,
    laboratory: Facility,
    dentist: String,
}

impl Parties {
    fn of(tx: &mut Tx<'_>, ctx: &Ctx, laboratory: kernel::FacilityId) -> Result<Self> {
        let me = ctx.who.staff().ok_or_else(|| Error::not_found("only a dentist orders"))?;
        let home = tx.facility()?;
        Ok(Self {
            clinic: facility::store::get(tx, home)?,
            laboratory: facility::store::get(tx, laboratory)?,
            dentist: person::store::get(tx, me)?.name.full(),
        })
    }
}

/// Places an order: a copy at each facility, a letter to the laboratory that names nobody, entries in both logs.
///
/// # Errors
/// `NotFound`; `Forbidden` for anybody but a dentist; `Conflict` without an agreement in force.
pub fn place(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, form: &Form) -> Result<Issued> {
    clause!("DL-04", "DL-05");
    let (home, id) = (tx.facility()?, CaseId::new(ctx));
    let patient = patient::store::read_one(tx, patient)?;
    let agreement = form.agreement.ok_or_else(|| Error::not_found("no agreement"))?;
    let agreement = agreement::store::read_one(tx, agreement)?;
    Access::new("lab.order", Act::Sign, Class::Lab)
        .on("lab_case", id)
        .of(patient.id)
        .detail(json!({ "prosthesis": form.prosthesis.key(), "teeth": form.teeth }))
        .require_at(tx, ctx, agreement.partner, ("agreement", agreement.id))?;
    need_in_force(&agreement, Purpose::Lab, Side::Asks, time::day(ctx.now))?;
    let parties = Parties::of(tx, ctx, agreement.partner)?;
    let content = content(form, ctx, &patient, &parties);
    let missing = content.missing();
    if !missing.is_empty() {
        return Ok(Issued::Missing(missing));
    }
    at_both(tx, ctx, agreement.partner, |tx, ctx| {
        let here = ctx.facility()?;
        let (partner, side) = if here == home { (agreement.partner, Side::Asks) } else { (home, Side::Serves) };
        tx.exec(
            "INSERT INTO lab_case (facility_id, id, partner_id, agreement_id, side, patient_id, ordered_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![here, id, partner, agreement.id, side.key(), patient.id, ctx.now],
        )?;
        keep(tx, ctx, id, 1, &content, "")
    })?;
    let subject = Words::made(
        format!("{}から技工の依頼が届きました", parties.clinic.name),
        format!("{} has ordered laboratory work", parties.clinic.name),
    );
    letter(tx, ctx, agreement.partner, &subject, &format!("/lab/cases/{id}"), About::new("lab_case", id))?;
    Ok(Issued::Issued(id))
}

/// A version in this facility's rows.
fn keep(tx: &mut Tx<'_>, ctx: &Ctx, case: CaseId, number: i64, content: &Content, reason: &str) -> Result<()> {
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let by = ctx.who.staff().ok_or_else(|| Error::not_found("only a dentist orders"))?;
    let text = serde_json::to_string(content).map_err(Error::internal)?;
    let (content_sealed, reason) = (tx.seal("lab_order.content", id, &text)?, tx.seal("lab_order.reason", id, reason)?);
    tx.exec(
        "INSERT INTO lab_order (facility_id, case_id, number, id, due_on, content, reason, issued_by, issued_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![facility, case, number, id, content.due_on, content_sealed, reason, by, ctx.now],
    )?;
    Ok(())
}

/// Issues a new version: the dentist's act, in the history of the case; also the only way to name a further laboratory.
///
/// # Errors
/// `NotFound`; `Forbidden` for anybody but a dentist; `Conflict` when the work is too far for that.
pub fn revise(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, form: &Form) -> Result<Issued> {
    clause!("DL-04", "DL-05");
    let case = cases::asked_here(tx, id)?;
    cases::need(tx, ctx, "lab.revise", Act::Sign, &case, json!({ "reason": form.reason }))?;
    // Read again behind the lock that the entries have taken.
    let case = cases::read_one(tx, id)?;
    if !may_follow(case.state(), Kind::Revised) {
        return Err(Error::conflict("the work is too far for another order"));
    }
    let patient = patient::store::read_one(tx, case.patient)?;
    let parties = Parties::of(tx, ctx, case.partner)?;
    let content = content(form, ctx, &patient, &parties);
    let missing = content.missing();
    if !missing.is_empty() {
        return Ok(Issued::Missing(missing));
    }
    let number = case.versions[0].number + 1;
    at_both(tx, ctx, case.partner, |tx, ctx| keep(tx, ctx, id, number, &content, &form.reason))?;
    append(tx, ctx, &case, Kind::Revised, &Said { text: form.reason.clone(), ..Said::default() })?;
    let subject = Words::new("技工指示書が書き直されました", "An order for laboratory work was changed");
    letter(tx, ctx, case.partner, &subject, &format!("/lab/cases/{id}"), About::new("lab_case", id))?;
    Ok(Issued::Issued(id))
}
