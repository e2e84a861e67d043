//! Consent in rows.

use db::{Row, Tx, params};
use guidelines::FacilityField;
use guidelines::call::ConsentState;
use guidelines::consent::DocumentKind;
use guidelines::guardian::{self, Need};
use kernel::{BookingId, Ctx, Error, JapaneseName, Kind, PatientId, Result, RowId, Who, Words, clause, time};
use people::access::{Access, Act, Class};
use people::facility::Facility;
use people::patient::Patient;
use serde_json::json;

pub use super::evidence::evidence;
pub use super::stand::{Facts, facts, facts_of};
use super::stand::{Stand, head};
use super::storage::choose;
pub use super::storage::{Storage, agree_storage, change_storage, storage};
use super::{Consent, Hand, OwnText, Progress, READ_FIRST, Record, Signature, Text};
use crate::booking::{self, Booking, Form};

/// Everything a page needs about one patient's consent at one visit.
#[derive(Debug, Clone)]
pub struct View {
    /// The visit.
    pub booking: Booking,
    /// The patient.
    pub patient: Patient,
    /// The facility.
    pub facility: Facility,
    /// The text of the day.
    pub text: Text,
    /// The newest consent, whatever stands of it.
    pub consent: Option<Consent>,
    /// How far the person who looks has come.
    pub progress: Progress,
    /// Whether a guardian signs.
    pub need: Need,
    /// What the patient wants kept, and who agreed.
    pub storage: Storage,
    /// Open online visits that a consent carries.
    pub open_visits: Vec<Booking>,
}

/// The field of the facility of this act, and the facility.
pub(super) fn here(tx: &mut Tx<'_>) -> Result<(Facility, FacilityField)> {
    let id = tx.facility()?;
    let facility = people::facility::store::get(tx, id)?;
    let field = facility.field;
    Ok((facility, field))
}

/// What the facility adds to the explanation; the newest.
///
/// # Errors
/// The database's.
pub fn own_text(tx: &mut Tx<'_>) -> Result<Option<OwnText>> {
    let facility = tx.facility()?;
    tx.row("SELECT * FROM consent_text WHERE facility_id = ?1 ORDER BY number DESC LIMIT 1", params![facility])?
        .map(|row| {
            let lines: String = row.get("lines")?;
            Ok(OwnText {
                number: row.get("number")?,
                lines: serde_json::from_str(&lines).map_err(Error::internal)?,
                material: row.get("material")?,
                made_at: row.get("made_at")?,
            })
        })
        .transpose()
}

/// Adds a new text of the facility; consents under earlier ones stay as they were given.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn write_own_text(tx: &mut Tx<'_>, ctx: &Ctx, lines: &[Words], material: bool) -> Result<()> {
    let facility = tx.facility()?;
    Access::new("consent.write_text", Act::Write, Class::Administration).on("facility", facility).require(tx, ctx)?;
    tx.lock(&format!("consent-text/{facility}"))?;
    let number = own_text(tx)?.map_or(0, |it| it.number) + 1;
    let lines = serde_json::to_string(lines).map_err(Error::internal)?;
    tx.exec(
        "INSERT INTO consent_text (id, facility_id, number, lines, material, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![RowId::new(ctx), facility, number, lines, material, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// The text that facilities see before they add to it, with their addition.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn view_text(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<(Text, Option<OwnText>)> {
    let facility = tx.facility()?;
    Access::new("consent.view_text", Act::View, Class::Administration).on("facility", facility).require(tx, ctx)?;
    let (field, own) = (here(tx)?.1, own_text(tx)?);
    Ok((Text::of(field, time::day(ctx.now), own.as_ref()), own))
}

const SELECT: &str = "SELECT c.*, w.withdrawn_at FROM consent c
    LEFT JOIN consent_withdrawal w ON w.consent_id = c.id AND w.facility_id = c.facility_id";

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Consent> {
    let id: RowId = row.get("id")?;
    let record: Vec<u8> = row.get("record")?;
    let record = tx.open("consent.record", id, &record)?;
    Ok(Consent { head: head(row)?, record: serde_json::from_str(&record).map_err(Error::internal)? })
}

fn newest(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Consent>> {
    let facility = tx.facility()?;
    let sql =
        format!("{SELECT} WHERE c.facility_id = ?1 AND c.patient_id = ?2 ORDER BY c.given_at DESC, c.id DESC LIMIT 1");
    let row = tx.row(&sql, params![facility, patient])?;
    row.map(|row| read(tx, &row)).transpose()
}

/// Everything about the consent at one visit, seen by the person who acts.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<View> {
    let booking = booking::store::read_one(tx, booking)?;
    Access::new("consent.view", Act::View, Class::Chart)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    look(tx, ctx, booking)
}

pub(super) fn look(tx: &mut Tx<'_>, ctx: &Ctx, booking: Booking) -> Result<View> {
    let patient = people::patient::store::read_one(tx, booking.patient)?;
    let (facility, _) = here(tx)?;
    let day = time::day(booking.starts_at).max(time::day(ctx.now));
    let stand = Stand::read(tx, &[&booking])?;
    let text = stand.text(day);
    let consent = newest(tx, booking.patient)?;
    let label = ctx.who.label();
    let by = ctx.who.patient().map(|_| label.as_str());
    let progress = stand.progress(&booking, &patient, &text, day, by);
    let need = guardian::guardian_needed(time::age_years(patient.birth_date, time::day(ctx.now)), time::day(ctx.now));
    let storage = storage(tx, booking.patient)?;
    let open_visits = open_visits(tx, ctx, booking.patient)?;
    Ok(View { booking, patient, facility, text, consent, progress, need, storage, open_visits })
}

fn open_visits(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<Vec<Booking>> {
    let facility = tx.facility()?;
    let sql = format!(
        "{} WHERE b.facility_id = ?1 AND b.patient_id = ?2 AND b.ends_at > ?3 AND b.cancelled_at IS NULL ORDER BY b.starts_at LIMIT 50",
        booking::store::SELECT
    );
    let rows = tx.rows(&sql, params![facility, patient, ctx.now])?;
    let mut visits = Vec::new();
    for row in &rows {
        let visit = booking::store::read(tx, row)?;
        if visit.visit_type.form == Form::Online {
            visits.push(visit);
        }
    }
    Ok(visits)
}

/// The name of the one who acts on the patient's side, and whose hand it is.
///
/// # Errors
/// `NotFound` for anybody else: the patient's wish is given by no other hand (OV-102).
pub fn signer(tx: &mut Tx<'_>, ctx: &Ctx, patient: &Patient) -> Result<(Hand, JapaneseName, Option<String>)> {
    clause!("OV-102");
    match &ctx.who {
        Who::Patient(id) if *id == patient.id => Ok((Hand::Patient, patient.name.clone(), None)),
        Who::Guardian { person, patient: id } if *id == patient.id => {
            let guardians = people::patient::store::guardians(tx, *id)?;
            let found = guardians.into_iter().find(|it| it.person == *person);
            let found = found.ok_or_else(|| Error::not_found("no guardian of this patient"))?;
            Ok((Hand::Guardian, found.name, Some(found.relation)))
        }
        _ => Err(Error::not_found("consent is given on the patient's side only")),
    }
}

/// An act of the patient's side; the patient's own word counts as an answer, which the policy lets patients write.
pub(super) fn own_act(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    verb: &'static str,
    booking: &Booking,
    detail: serde_json::Value,
) -> Result<()> {
    if ctx.who.patient().is_none() {
        return Err(Error::not_found("only the patient's side does this"));
    }
    Access::new(verb, Act::Write, Class::Questionnaire)
        .on("booking", booking.id)
        .of(booking.patient)
        .detail(detail)
        .require(tx, ctx)
}

/// Notes that the person has ticked every item of a part. The page has checked the ticks.
///
/// # Errors
/// `NotFound`; `Conflict` when the text changed meanwhile.
pub fn tick(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, kind: DocumentKind, version: &str) -> Result<()> {
    clause!("OV-104", "OV-240", "OV-250");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, booking)?;
    let view = look(tx, ctx, booking.clone())?;
    let detail = json!({ "kind": kind.key(), "version": view.text.version() });
    own_act(tx, ctx, "consent.read", &booking, detail)?;
    if !READ_FIRST.contains(&kind) {
        return Err(Error::not_found("no part to read"));
    }
    if view.text.version() != version {
        return Err(Error::conflict("the text changed while it was read"));
    }
    tx.exec(
        "INSERT INTO consent_reading (id, facility_id, patient_id, booking_id, kind, text_base, text_own, read_by, session_id, read_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            RowId::new(ctx),
            facility,
            booking.patient,
            booking.id,
            kind.key(),
            view.text.base,
            view.text.own,
            ctx.who.label(),
            ctx.session,
            ctx.now
        ],
    )?;
    Ok(())
}

/// What became of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Given.
    Given(RowId),
    /// One is in force already.
    InForce,
    /// This part is not ticked yet.
    Unread(DocumentKind),
    /// The guardian signs.
    NeedsGuardian,
}

/// Gives the consent: the patient's own hand, or a guardian's, recorded as such.
///
/// # Errors
/// `NotFound` for anybody but the patient's side; `Invalid` when the name is another person's.
pub fn give(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, signature: &Signature, agent: &str) -> Result<Outcome> {
    clause!("OV-101", "OV-102", "OV-240", "OV-250");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, booking)?;
    tx.lock(&format!("consent/{facility}/{}", booking.patient))?;
    let view = look(tx, ctx, booking)?;
    let id = RowId::new(ctx);
    let digest = view.text.digest();
    let detail = json!({ "consent": id, "version": view.text.version(), "digest": crypto::digest::hex(&digest), "keep": signature.keep.key() });
    own_act(tx, ctx, "consent.give", &view.booking, detail)?;
    let (hand, name, relation) = signer(tx, ctx, &view.patient)?;
    if view.progress.state == ConsentState::InForce {
        return Ok(Outcome::InForce);
    }
    if hand == Hand::Patient && view.need == Need::Required {
        return Ok(Outcome::NeedsGuardian);
    }
    if let super::Stage::Read(kind) = view.progress.stage() {
        return Ok(Outcome::Unread(kind));
    }
    if !super::is_name(&signature.name, &name) {
        return Err(Error::invalid("name", Words::new("お名前を確かめてください。", "Please check the name.")));
    }
    let record = Record {
        text: view.text.clone(),
        lang: ctx.lang,
        ticks: signature.ticks.clone(),
        typed_name: signature.name.clone(),
        relation,
        address: ctx.address.map(|it| it.to_string()).unwrap_or_default(),
        agent: agent.to_owned(),
    };
    let record = tx.seal("consent.record", id, &serde_json::to_string(&record).map_err(Error::internal)?)?;
    let explained = view.progress.read.contains(&DocumentKind::Explanation);
    tx.exec(
        "INSERT INTO consent (id, facility_id, patient_id, booking_id, text_base, text_own, record, shown_digest, hand, explained,
         given_by, session_id, given_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            id,
            facility,
            view.patient.id,
            view.booking.id,
            view.text.base,
            view.text.own,
            record,
            digest,
            hand.key(),
            explained,
            ctx.who.label(),
            ctx.session,
            ctx.now
        ],
    )?;
    choose(tx, ctx, &view, signature.keep)?;
    let lead = Words::new(
        "オンライン診療の同意を記録しました。控えは下のリンクの「説明と同意」でいつでも読めます。同意は同じ画面でいつでも取り消せます。",
        "Your consent to online visits is recorded. You can read it at any time by the link below, under “Explanation and consent”, and withdraw it there.",
    );
    booking::letters::told(
        tx,
        ctx,
        &view.booking,
        &Words::new("同意を記録しました", "Your consent is recorded"),
        &lead,
    )?;
    Ok(Outcome::Given(id))
}

/// Takes the consent back. Open online visits stay booked, but cannot start.
///
/// # Errors
/// `NotFound` for anybody but the patient's side.
pub fn withdraw(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, reason: &str) -> Result<()> {
    clause!("OV-102");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, booking)?;
    let consent = newest(tx, booking.patient)?;
    own_act(tx, ctx, "consent.withdraw", &booking, json!({ "consent": consent.as_ref().map(|it| it.head.id) }))?;
    let Some(consent) = consent.map(|it| it.head).filter(|it| it.withdrawn_at.is_none()) else { return Ok(()) };
    let id = RowId::new(ctx);
    let reason = tx.seal("consent_withdrawal.reason", id, reason)?;
    tx.exec(
        "INSERT INTO consent_withdrawal (id, facility_id, consent_id, reason, withdrawn_by, withdrawn_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, facility, consent.id, reason, ctx.who.label(), ctx.now],
    )?;
    let lead = Words::new(
        "オンライン診療の同意の取り消しを記録しました。オンライン診療は、もう一度同意するまで始まりません。来院での診療はこれまでどおり受けられます。",
        "Your consent to online visits is withdrawn. No online visit begins until you consent again. You are welcome in person as before.",
    );
    let subject = Words::new("同意の取り消しを記録しました", "Your consent is withdrawn");
    booking::letters::told(tx, ctx, &booking, &subject, &lead)
}

/// The doctor postpones the explanation of one visit in an emergency; it stays open until it is given.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn postpone(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, reason: &str) -> Result<()> {
    clause!("OV-104");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, booking)?;
    Access::new("consent.postpone_explanation", Act::Sign, Class::Chart)
        .on("booking", booking.id)
        .of(booking.patient)
        .detail(json!({ "reason": reason }))
        .require(tx, ctx)?;
    let id = RowId::new(ctx);
    let reason = tx.seal("explanation_postponement.reason", id, reason)?;
    tx.exec(
        "INSERT INTO explanation_postponement (id, facility_id, booking_id, reason, postponed_by, postponed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (facility_id, booking_id) DO NOTHING",
        params![id, facility, booking.id, reason, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// All consents of a patient, newest first, for the staff and the patient.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<(Patient, Vec<Consent>)> {
    let facility = tx.facility()?;
    let patient = people::patient::store::read_one(tx, patient)?;
    Access::new("consent.list", Act::View, Class::Chart).on("patient", patient.id).of(patient.id).require(tx, ctx)?;
    let sql = format!(
        "{SELECT} WHERE c.facility_id = ?1 AND c.patient_id = ?2 ORDER BY c.given_at DESC, c.id DESC LIMIT 100"
    );
    let rows = tx.rows(&sql, params![facility, patient.id])?;
    let consents = rows.iter().map(|row| read(tx, row)).collect::<Result<_>>()?;
    Ok((patient, consents))
}

/// One consent for its paper.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view_one(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    patient: PatientId,
    consent: RowId,
) -> Result<(Patient, Facility, Consent)> {
    let facility = tx.facility()?;
    let patient = people::patient::store::read_one(tx, patient)?;
    Access::new("consent.print", Act::View, Class::Chart).on("consent", consent).of(patient.id).require(tx, ctx)?;
    let sql = format!("{SELECT} WHERE c.facility_id = ?1 AND c.patient_id = ?2 AND c.id = ?3");
    let row = tx.row(&sql, params![facility, patient.id, consent])?.ok_or_else(|| Error::not_found("consent"))?;
    let consent = read(tx, &row)?;
    Ok((patient, here(tx)?.0, consent))
}

/// The sentence that goes to the chart by itself (OV-240); `None` without a consent in force.
///
/// # Errors
/// The database's.
pub fn chart_line(tx: &mut Tx<'_>, booking: &Booking) -> Result<Option<Words>> {
    clause!("OV-240");
    if facts(tx, booking)?.consent != ConsentState::InForce {
        return Ok(None);
    }
    let Some(it) = newest(tx, booking.patient)?.map(|it| it.head) else { return Ok(None) };
    let (version, hand) = (super::version(&it.base, it.own), it.hand.words());
    let at = |lang| time::show(it.given_at, lang);
    Ok(Some(Words::made(
        format!(
            "セキュリティのリスクを説明し、双方が合意した（{}、{}、説明文書 {version}）。",
            at(kernel::Lang::Ja),
            hand.ja
        ),
        format!(
            "Security risks were explained and both agreed ({}, {}, text {version}).",
            at(kernel::Lang::En),
            hand.en
        ),
    )))
}

/// The refusal of a signature that the page should have prevented.
pub(crate) fn refused(outcome: Outcome) -> Option<Error> {
    let words = match outcome {
        Outcome::Given(_) | Outcome::InForce => return None,
        Outcome::Unread(_) => Words::new(
            "まだ読んでいない説明があります。説明を読んでから同意してください。",
            "Part of the explanation is not read yet. Please read it first.",
        ),
        Outcome::NeedsGuardian => Words::new(
            "お子さんだけでは同意できません。保護者の方のログインから同意してください。",
            "A child cannot consent alone. The guardian signs from the guardian's own sign-in.",
        ),
    };
    Some(Error::new(Kind::Conflict, words, format!("{outcome:?}")))
}
