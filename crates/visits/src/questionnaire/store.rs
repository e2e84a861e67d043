//! Forms and answers in rows.

use std::collections::HashMap;

use db::{Row, Tx, params};
use guidelines::call::SymptomState;
use guidelines::symptoms::{Judgement as Rule, Symptoms};
use kernel::{BookingId, Ctx, Error, Kind, Result, RowId, Words, clause, time};
use people::access::{Access, Act, Class};
use people::facility::Field;

use super::{Answered, Answers, Form, Judgement, STANDING, SYMPTOMS};
use crate::booking::Booking;
use crate::booking::store::read_one;
use crate::symptom_list;

/// The form in force at this facility: its own newest, or the default.
///
/// # Errors
/// The database's.
pub fn form(tx: &mut Tx<'_>) -> Result<Form> {
    let facility = tx.facility()?;
    let own: Option<String> = tx.value(
        "SELECT form FROM questionnaire_form WHERE facility_id = ?1 ORDER BY made_at DESC, id DESC LIMIT 1",
        params![facility],
    )?;
    if let Some(own) = own {
        return serde_json::from_str(&own).map_err(Error::internal);
    }
    default(people::facility::store::get(tx, facility)?.field)
}

/// The form of the house for a facility of `field`.
///
/// # Errors
/// `Internal` when the file is none; a test reads each.
pub(super) fn default(field: Field) -> Result<Form> {
    let text = match field {
        Field::Dental => include_str!("../../data/questionnaire-dental-2026-11.json"),
        Field::Medical => include_str!("../../data/questionnaire-medical-2026-11.json"),
    };
    serde_json::from_str(text).map_err(Error::internal)
}

/// Puts a new version of the form in force.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn publish(tx: &mut Tx<'_>, ctx: &Ctx, form: &Form) -> Result<()> {
    clause!("SY-05", "CS-142");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    Access::new("questionnaire.publish", Act::Write, Class::Administration).on("form", id).require(tx, ctx)?;
    let text = serde_json::to_string(form).map_err(Error::internal)?;
    tx.exec(
        "INSERT INTO questionnaire_form (id, facility_id, form, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, facility, text, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Answered> {
    let id: RowId = row.get("id")?;
    let sealed: Vec<u8> = row.get("answers")?;
    let answers: Answers =
        serde_json::from_str(&tx.open("questionnaire_answer.answers", id, &sealed)?).map_err(Error::internal)?;
    let form: String = row.get("form")?;
    Ok(Answered {
        form: serde_json::from_str(&form).map_err(Error::internal)?,
        answers,
        symptom_edition: row.get("symptom_edition")?,
        judgement: judgement(row)?,
        sent_at: row.get("sent_at")?,
    })
}

fn judgement(row: &Row) -> Result<Judgement> {
    let judgement: String = row.get("judgement")?;
    Ok(Judgement::from_key(&judgement).unwrap_or(Judgement::Doctor))
}

/// The newest answers, sent or not. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<Answered>> {
    let facility = tx.facility()?;
    let found = tx.row(
        "SELECT * FROM questionnaire_answer WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY changed_at DESC, id DESC LIMIT 1",
        params![facility, booking],
    )?;
    found.map(|row| read(tx, &row)).transpose()
}

/// The newest answers that were sent.
///
/// # Errors
/// The database's.
pub fn sent(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<Answered>> {
    let facility = tx.facility()?;
    let found = tx.row(
        "SELECT * FROM questionnaire_answer WHERE facility_id = ?1 AND booking_id = ?2 AND sent_at IS NOT NULL
         ORDER BY sent_at DESC, id DESC LIMIT 1",
        params![facility, booking],
    )?;
    found.map(|row| read(tx, &row)).transpose()
}

/// What the patient sees: the form, the answers so far (of this visit, or of the last one as a start), the symptom list.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<(Form, Answers, Symptoms, Option<Answered>)> {
    let facility = tx.facility()?;
    let booking = read_one(tx, booking)?;
    Access::new("questionnaire.view", Act::View, Class::Questionnaire)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    let kept = newest(tx, booking.id)?;
    let answers = match &kept {
        Some(kept) => kept.answers.clone(),
        None => {
            let last = tx.row(
                "SELECT a.* FROM questionnaire_answer a JOIN booking b ON b.id = a.booking_id AND b.facility_id = a.facility_id
                 WHERE a.facility_id = ?1 AND b.patient_id = ?2 AND a.sent_at IS NOT NULL ORDER BY a.sent_at DESC LIMIT 1",
                params![facility, booking.patient],
            )?;
            let mut answers = last.map(|row| read(tx, &row)).transpose()?.map(|it| it.answers).unwrap_or_default();
            // What troubles people now is asked anew; allergies and illnesses may stand.
            answers.retain(|key, _| STANDING.contains(&key.as_str()));
            answers
        }
    };
    Ok((form(tx)?, answers, symptom_list::store::in_force(tx, ctx)?, kept))
}

/// Keeps answers: as a draft, or sent. Sending judges the symptoms; an urgent one tells the clinic by mail.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` for a symptom that is not on the list.
pub fn keep(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    booking: BookingId,
    form: &Form,
    answers: &Answers,
    send: bool,
) -> Result<Judgement> {
    clause!("SY-05", "OV-111");
    let facility = tx.facility()?;
    let booking = read_one(tx, booking)?;
    let verb = if send { "questionnaire.send" } else { "questionnaire.draft" };
    Access::new(verb, Act::Write, Class::Questionnaire)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    let list = symptom_list::store::in_force(tx, ctx)?;
    let chosen = answers.get(SYMPTOMS).map(Vec::as_slice).unwrap_or_default();
    let judgement = match list.judge(chosen.iter().map(String::as_str)) {
        Ok(Rule::Clear) => Judgement::Clear,
        Ok(Rule::ShowDoctor(_)) => Judgement::Doctor,
        Ok(Rule::StopNow { .. }) => Judgement::Stop,
        Err(unknown) => {
            let words = Words::new(
                "症状の一覧が新しくなりました。読み直してください。",
                "The list of symptoms has changed. Please reload.",
            );
            return Err(Error::new(Kind::Invalid { field: SYMPTOMS }, words, unknown));
        }
    };
    let judgement = form.judge(judgement, answers);
    tx.exec(
        "DELETE FROM questionnaire_answer WHERE facility_id = ?1 AND booking_id = ?2 AND sent_at IS NULL",
        params![facility, booking.id],
    )?;
    let id = RowId::new(ctx);
    let sealed =
        tx.seal("questionnaire_answer.answers", id, &serde_json::to_string(answers).map_err(Error::internal)?)?;
    tx.exec(
        "INSERT INTO questionnaire_answer (id, facility_id, booking_id, form, answers, symptom_edition, judgement, answered_by,
         changed_at, sent_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            id,
            facility,
            booking.id,
            serde_json::to_string(form).map_err(Error::internal)?,
            sealed,
            list.edition,
            judgement.key(),
            ctx.who.label(),
            ctx.now,
            send.then_some(ctx.now)
        ],
    )?;
    if send && judgement == Judgement::Stop {
        tell_clinic(tx, ctx, &booking)?;
    }
    Ok(judgement)
}

/// Tells the clinic, without a word about the symptom: mail is not sealed.
fn tell_clinic(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<()> {
    let facility = tx.facility()?;
    let facility = people::facility::store::get(tx, facility)?;
    let Ok(to) = facility.mail.parse() else { return Ok(()) };
    let text = format!(
        "急ぎの症状が問診に書かれました。患者には、すぐに取るべき行動を画面でお伝えしました。ご確認ください。\n\n予約: {}\n{}/bookings/{}\n",
        time::show(booking.starts_at, kernel::Lang::Ja),
        web::installation::base_url(tx)?,
        booking.id
    );
    let about = mail::About::new("booking", booking.id);
    let letter = mail::Message::new(mail::To::Mail(to), facility.name, "急ぎの確認のお願い", text, ctx.now, about);
    mail::enqueue(tx, ctx, &letter).map(drop)
}

/// The doctor decides about the symptoms.
///
/// # Errors
/// `NotFound`, `Forbidden`: a decision is part of the chart.
pub fn decide(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, online: bool, reason: &str) -> Result<()> {
    clause!("OV-111");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let booking = read_one(tx, booking)?;
    Access::new("symptom.decide", Act::Sign, Class::Chart)
        .on("booking", booking.id)
        .of(booking.patient)
        .detail(serde_json::json!({ "online": online }))
        .require(tx, ctx)?;
    let sealed = tx.seal("symptom_decision.reason", id, reason)?;
    tx.exec(
        "INSERT INTO symptom_decision (id, facility_id, booking_id, online, reason, decided_by, decided_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, facility, booking.id, online, sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// What `may_start` must know about the symptoms.
///
/// # Errors
/// The database's.
pub fn state(tx: &mut Tx<'_>, booking: &Booking) -> Result<SymptomState> {
    Ok(states(tx, &[booking.id])?.remove(&booking.id).unwrap_or(SymptomState::NotAsked))
}

/// The same of several visits, by those that sent the questionnaire; the others were not asked.
///
/// # Errors
/// The database's.
pub fn states(tx: &mut Tx<'_>, bookings: &[BookingId]) -> Result<HashMap<BookingId, SymptomState>> {
    let facility = tx.facility()?;
    // A decision counts for the answers it was made on: those sent later wait for a new one.
    let rows = tx.rows_among(
        "SELECT a.booking_id, a.judgement, (SELECT d.online FROM symptom_decision d WHERE d.facility_id = a.facility_id
         AND d.booking_id = a.booking_id AND d.decided_at >= a.sent_at ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) AS online
         FROM questionnaire_answer a WHERE a.facility_id = ?1 AND a.booking_id IN ({ids}) AND a.sent_at IS NOT NULL
         ORDER BY a.sent_at DESC, a.id DESC",
        params![facility],
        bookings.iter().copied(),
    )?;
    let mut states = HashMap::new();
    for row in &rows {
        let online: Option<bool> = row.get("online")?;
        let state = match (judgement(row)?, online) {
            (Judgement::Clear, _) => SymptomState::Clear,
            (_, Some(true)) => SymptomState::AllowedByDoctor,
            (judgement, _) => SymptomState::WaitsForDoctor { urgent: judgement == Judgement::Stop },
        };
        // The newest comes first and counts.
        states.entry(row.get("booking_id")?).or_insert(state);
    }
    Ok(states)
}
