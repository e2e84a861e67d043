//! Sending a request: the images of a patient that may go with it, and the gate that compares whom they show.

use std::collections::HashSet;

use db::{Row, ToValue, Tx, params};
use guidelines::reading::clock::due_at;
use guidelines::reading::same_patient::{Claimed, Comparison, Known, compare};
use kernel::{Ctx, Date, Error, PatientId, Result, RowId, Words, clause, time};
use mail::About;
use people::access::{Access, Act, Class};
use people::agreement::store::{at_both, in_force, letter, need_in_force};
use people::agreement::{self, Agreement, Purpose, Side};
use people::facility::{self, Facility};
use people::patient::{self, Patient};
use serde_json::json;

use super::store::of_patient;
use super::{Content, Form, Request, RequestId, Shown, handed};
use crate::instance::ClaimedPatient;
use crate::study::{Claims, claim, name_mark, number_marks};

/// Studies that the form offers at most, of those that came in last: what bears another name or none may still be meant.
const NEWEST_MAX: usize = 60;
/// Studies of the patient that the form offers at most.
const OWN_MAX: usize = 200;

/// A study as somebody chooses it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Our row.
    pub id: RowId,
    /// The day, where the device gave one.
    pub date: Option<Date>,
    /// What the device says.
    pub claims: Claims,
    /// Kinds of images.
    pub modalities: String,
    /// How many images.
    pub instance_count: i64,
    /// Whether they are this patient's.
    pub comparison: Comparison,
    /// Some of its images say somebody else.
    pub is_mixed: bool,
    /// A person has decided that they are.
    pub is_decided: bool,
    /// A person has decided that they are another patient's, or at least not whom the device names.
    pub is_anothers: bool,
}

impl Candidate {
    /// Whether it may go with a request of this patient without a further word.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        !self.is_anothers && (self.is_decided || self.comparison == Comparison::Same)
    }

    /// Why it may not; nothing when all agrees.
    #[must_use]
    pub fn reason(&self) -> Option<Words> {
        let anothers = Words::new(
            "職員が、別の患者さんの画像だと決めています。違うときは、画像の画面の「患者さんを正す」で直してください。",
            "A person has decided that these are another patient's. If that is wrong, put it right at the images.",
        );
        let mixed = Words::new(
            "この検査には、ほかの患者さんの情報を持つ画像が混ざっています。画像を1枚ずつ確かめてください。",
            "Some images of this examination say that they show somebody else. Please look at each one.",
        );
        match (self.is_anothers, self.is_mixed) {
            (true, _) => Some(anothers),
            (false, true) => Some(mixed),
            (false, false) => self.comparison.reason(),
        }
    }
}

/// What the page of a new request offers.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The patient.
    pub patient: Patient,
    /// Whom to ask: the agreements in force.
    pub agreements: Vec<(Agreement, Facility)>,
    /// The studies of this patient, the newest first; then those that came in last, whoever they show.
    pub studies: Vec<Candidate>,
    /// What was asked for this patient before.
    pub requests: Vec<Request>,
}

/// What a device says, as the rule of TR-27 wants it.
pub(crate) fn claimed(it: &ClaimedPatient) -> Claimed<'_> {
    Claimed {
        alphabetic: &it.name.alphabetic,
        ideographic: &it.name.ideographic,
        phonetic: &it.name.phonetic,
        number: &it.id,
        birth_date: it.birth_date,
        sex: &it.sex,
    }
}

/// What this facility knows, as that rule wants it.
pub(crate) fn known(it: &Patient) -> Known<'_> {
    Known { name: &it.name, number: &it.number, birth_date: it.birth_date, sex: it.sex.key() }
}

/// Studies beside a patient, in the order of `rows`.
fn candidates(tx: &mut Tx<'_>, rows: &[Row], of: &Patient) -> Result<Vec<Candidate>> {
    let ids: Vec<RowId> = rows.iter().map(|it| it.get("id")).collect::<Result<_>>()?;
    let others = claim::others(tx, &ids)?;
    let none = Vec::new();
    rows.iter().zip(&ids).map(|(row, id)| candidate(tx, row, of, others.get(id).unwrap_or(&none))).collect()
}

/// `others` is what some of its images say instead of what the first one says.
fn candidate(tx: &mut Tx<'_>, row: &Row, of: &Patient, others: &[ClaimedPatient]) -> Result<Candidate> {
    clause!("TR-27");
    let id: RowId = row.get("id")?;
    let sealed: Vec<u8> = row.get("claims")?;
    let claims: Claims = serde_json::from_str(&tx.open("study.claims", id, &sealed)?).map_err(Error::internal)?;
    // Each is compared by itself: one that only says less, or writes the name in another script, is no other patient.
    let mut compared = others.iter().map(|it| compare(&claimed(it), &known(of)));
    let differing = compared.find(|it| matches!(it, Comparison::Differs(_)));
    let first = compare(&claimed(&claims.patient), &known(of));
    let is_mixed = differing.is_some() && !matches!(first, Comparison::Differs(_));
    let comparison = differing.filter(|_| is_mixed).unwrap_or(first);
    let (decided, detached): (Option<PatientId>, bool) = (row.get("patient_id")?, row.get("detached")?);
    let (date, modalities): (String, String) = (row.get("study_date")?, row.get("modalities")?);
    Ok(Candidate {
        id,
        date: date.parse().ok(),
        claims,
        modalities: modalities.replace('\\', " "),
        instance_count: row.get("instance_count")?,
        comparison,
        is_mixed,
        is_decided: decided == Some(of.id),
        is_anothers: detached || decided.is_some_and(|it| it != of.id),
    })
}

const STUDY: &str =
    "SELECT id, patient_id, detached, claims, study_date, modalities, instance_count FROM study WHERE facility_id = ?1";

/// What can be chosen for a request of this patient.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to write into charts: a request is the dentist's.
pub fn choices(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<Choices> {
    let facility = tx.facility()?;
    let patient = patient::store::read_one(tx, patient)?;
    Access::new("reading.prepare", Act::Write, Class::Chart)
        .on("patient", patient.id)
        .of(patient.id)
        .require(tx, ctx)?;
    let mut agreements = Vec::new();
    for it in in_force(tx, Purpose::Reading, Side::Asks, time::day(ctx.now))? {
        let partner = facility::store::get(tx, it.partner)?;
        agreements.push((it, partner));
    }
    let newest = tx.rows(&format!("{STUDY} ORDER BY id DESC LIMIT ?2"), params![facility, NEWEST_MAX])?;
    let mut rows = own(tx, &patient)?;
    rows.extend(newest);
    let mut studies = candidates(tx, &rows, &patient)?;
    let mut seen = HashSet::new();
    studies.retain(|it| seen.insert(it.id));
    // Those that show somebody else stay out of sight; a number or name that was mistyped is mended at the device's claim.
    studies.sort_by_key(|it| (!it.is_clear(), std::cmp::Reverse(it.date)));
    let requests = of_patient(tx, patient.id)?;
    Ok(Choices { patient, agreements, studies, requests })
}

/// What is the patient's by a person's decision, by its number or by its name. However much has come in since: earlier images
/// are years old, and in a busy clinic even today's are soon not the newest.
fn own(tx: &mut Tx<'_>, it: &Patient) -> Result<Vec<Row>> {
    clause!("TR-01");
    let mut values = vec![tx.facility()?.to_value(), it.id.to_value()];
    let mut places = Vec::new();
    let kanji = name_mark(&format!("{}{}", it.name.family, it.name.given));
    let kana = name_mark(&format!("{}{}", it.name.family_kana, it.name.given_kana));
    for text in number_marks(&it.number).into_iter().chain([kanji, kana]) {
        values.push(tx.mark("study", &text)?.to_value());
        places.push(format!("?{}", values.len()));
    }
    let marked = format!("SELECT study_id FROM study_mark WHERE facility_id = ?1 AND mark IN ({})", places.join(", "));
    let own =
        format!("{STUDY} AND (patient_id = ?2 OR id IN ({marked})) ORDER BY study_date DESC, id DESC LIMIT {OWN_MAX}");
    tx.rows(&own, &values)
}

/// What sending came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It is with the other facility.
    Sent(RequestId),
    /// These images say otherwise, or too little, and nobody has given a reason.
    Mismatch(Vec<Words>),
}

/// Those of the chosen studies that say otherwise, or too little.
fn chosen(tx: &mut Tx<'_>, patient: &Patient, form: &Form) -> Result<Vec<Candidate>> {
    let facility = tx.facility()?;
    let mut rows = Vec::new();
    for study in form.studies.iter().chain(&form.priors) {
        let row = tx.row(&format!("{STUDY} AND id = ?2"), params![facility, study])?;
        rows.push(row.ok_or_else(|| Error::not_found("study"))?);
    }
    let mut unclear = candidates(tx, &rows, patient)?;
    unclear.retain(|it| !it.is_clear());
    Ok(unclear)
}

/// Whether a study stops the request: a reason is enough for what the device says otherwise, but not for what a colleague has
/// decided otherwise. That is put right first, where the earlier decisions are seen.
fn stops(it: &Candidate, form: &Form) -> bool {
    it.is_anothers || form.match_reason.trim().is_empty()
}

/// What stands in the way of sending these images: nothing when all agree, or when a reason is given.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn unclear(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, form: &Form) -> Result<Vec<Words>> {
    clause!("TR-27");
    let patient = patient::store::read_one(tx, patient)?;
    Access::new("reading.compare", Act::Write, Class::Chart)
        .on("patient", patient.id)
        .of(patient.id)
        .require(tx, ctx)?;
    let unclear = chosen(tx, &patient, form)?;
    Ok(unclear.iter().filter(|it| stops(it, form)).filter_map(Candidate::reason).collect())
}

/// Hands the request over: a copy at each facility, a letter that names nobody, entries in both logs.
///
/// # Errors
/// `NotFound` for a patient or a study of another facility; `Forbidden`; `Conflict` without an agreement in force.
pub fn send(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId, form: &Form) -> Result<Sent> {
    clause!("TR-01", "TR-05", "TR-12", "TR-27");
    let (home, id) = (tx.facility()?, RequestId::new(ctx));
    let responsible = ctx.who.staff().ok_or_else(|| Error::not_found("only a dentist asks"))?;
    let patient = patient::store::read_one(tx, patient)?;
    let agreement = agreement::store::read_one(tx, form.agreement)?;
    let access = Access::new("reading.ask", Act::Write, Class::Chart)
        .on("reading_request", id)
        .of(patient.id)
        .detail(json!({ "examination": form.examination, "urgent": form.urgent, "studies": form.studies, "priors": form.priors }));
    access.require_at(tx, ctx, agreement.partner, ("agreement", agreement.id))?;
    need_in_force(&agreement, Purpose::Reading, Side::Asks, time::day(ctx.now))?;
    let unclear = chosen(tx, &patient, form)?;
    if unclear.iter().any(|it| stops(it, form)) {
        return Ok(Sent::Mismatch(unclear.iter().filter_map(Candidate::reason).collect()));
    }
    for it in unclear {
        decide(tx, ctx, &patient, &it, &form.match_reason)?;
    }
    let shown = Shown {
        name: patient.name.clone(),
        number: patient.number.clone(),
        birth_date: patient.birth_date,
        sex: patient.sex.key().to_owned(),
    };
    let content = Content {
        patient: shown,
        reason: form.reason.clone(),
        question: form.question.clone(),
        teeth: form.teeth.clone(),
        history: form.history.clone(),
        consent: form.consent.clone(),
    };
    let content = serde_json::to_string(&content).map_err(Error::internal)?;
    let due = due_at(ctx.now, agreement.terms.turnaround_h(form.urgent));
    let studies = form.studies.iter().map(|it| (*it, false)).chain(form.priors.iter().map(|it| (*it, true)));
    let mut handed_over: Vec<(RowId, bool, String, String)> = Vec::new();
    for (study, is_prior) in studies {
        let uid = uid(tx, study)?;
        let digests = serde_json::to_string(&handed::here(tx, &uid)?).map_err(Error::internal)?;
        handed_over.push((study, is_prior, uid, digests));
    }
    at_both(tx, ctx, agreement.partner, |tx, ctx| {
        let here = ctx.facility()?;
        let (partner, side) = if here == home { (agreement.partner, Side::Asks) } else { (home, Side::Serves) };
        let sealed = tx.seal("reading_request.content", id, &content)?;
        tx.exec(
            "INSERT INTO reading_request (facility_id, id, partner_id, agreement_id, side, patient_id, examination, urgent,
             content, responsible_id, asked_at, due_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                here,
                id,
                partner,
                agreement.id,
                side.key(),
                patient.id,
                form.examination,
                form.urgent,
                sealed,
                responsible,
                ctx.now,
                due
            ],
        )?;
        for (study, is_prior, uid, digests) in &handed_over {
            tx.exec(
                "INSERT INTO reading_request_study (facility_id, request_id, study_id, is_prior, study_uid, digests)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![here, id, *study, *is_prior, uid.as_str(), digests.as_str()],
            )?;
        }
        Ok(())
    })?;
    let from = facility::store::get(tx, home)?.name;
    let subject = if form.urgent {
        Words::made(format!("【至急】{from}から読影の依頼が届きました"), format!("Urgent: {from} asks for a reading"))
    } else {
        Words::made(format!("{from}から読影の依頼が届きました"), format!("{from} asks for a reading"))
    };
    letter(tx, ctx, agreement.partner, &subject, &format!("/readings/{id}"), About::new("reading_request", id))?;
    Ok(Sent::Sent(id))
}

fn uid(tx: &mut Tx<'_>, study: RowId) -> Result<String> {
    let facility = tx.facility()?;
    let found = tx.value("SELECT uid FROM study WHERE facility_id = ?1 AND id = ?2", params![facility, study])?;
    found.ok_or_else(|| Error::not_found("study"))
}

/// Keeps that a person has decided whom a study shows, and binds the study to the patient.
fn decide(tx: &mut Tx<'_>, ctx: &Ctx, patient: &Patient, it: &Candidate, reason: &str) -> Result<()> {
    clause!("TR-27");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let finding = it.reason().map(|it| it.ja.to_string()).unwrap_or_default();
    let entry = audit::Entry::done("study.match", "study", it.id).patient(patient.id).class("images");
    audit::append(tx, ctx, entry.detail(json!({ "finding": finding, "reason": reason })))?;
    let (finding, reason) = (tx.seal("study_match.finding", id, &finding)?, tx.seal("study_match.reason", id, reason)?);
    tx.exec(
        "INSERT INTO study_match (id, facility_id, study_id, patient_id, finding, reason, decided_by, decided_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![id, facility, it.id, patient.id, finding, reason, ctx.who.label(), ctx.now],
    )?;
    tx.exec(
        "UPDATE study SET patient_id = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![facility, it.id, patient.id],
    )?;
    Ok(())
}
