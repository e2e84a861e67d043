//! Gathers the facts of a start and of an end from the rows of all the nouns before the call. Decides nothing: the rule is
//! `guidelines::call`, and a missing row is the "no" of its fact.

use db::Tx;
use guidelines::call::{Explanation, LicenceState, Notification, StartFacts, SymptomState, VisitBasis};
use guidelines::place::Statement;
use kernel::{Ctx, Kind, PersonId, Result, clause, time};
use people::facility::Field;

use super::{Surroundings, store};
use crate::booking::Booking;

/// The facts of starting a call of `booking` by `doctor`, whose session has proven `factors` factors.
///
/// # Errors
/// The database's.
pub fn gather(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    booking: &Booking,
    doctor: PersonId,
    factors: u8,
    surroundings: Surroundings,
) -> Result<StartFacts> {
    clause!("CS-101", "OV-241", "OV-260", "OV-301", "OV-163");
    let facility = people::facility::store::get(tx, tx.facility()?)?;
    let standing = people::facility::store::standing(tx)?;
    let text = people::facility::store::text(tx, facility.id)?;
    let other_of_doctor = store::live_of_doctor(tx, doctor)?.filter(|it| it.booking != booking.id);
    // The same visit led by another doctor is another call for this one.
    let other_of_patient =
        store::live_of_patient(tx, booking.patient)?.filter(|it| it.booking != booking.id || it.doctor != doctor);
    let patient = crate::consent::store::facts(tx, booking)?;
    Ok(StartFacts {
        today: time::day(ctx.now),
        safety_officer_named: standing.safety_officer.is_some(),
        notification: notification(standing.notification.as_ref()),
        operator_acknowledged: standing.operator_acknowledged.is_some(),
        statement_published: text.is_some(),
        contact_shown: !(facility.name.is_empty() || facility.phone.is_empty() && facility.mail.is_empty()),
        licence: licence(tx, facility.field, doctor)?,
        identity_card_ready: identity_card_ready(tx, doctor)?,
        training_recorded: trained(tx, facility.field, doctor)?,
        two_factors: factors >= 2,
        closed_room_confirmed: surroundings.closed_room,
        quiet_place_confirmed: surroundings.quiet_place,
        doctor_in_other_call: other_of_doctor.is_some(),
        patient_in_other_call: other_of_patient.is_some(),
        explanation: patient.explanation,
        consent: patient.consent,
        security_agreed: patient.security_agreed,
        duties_ticked: patient.duties_ticked,
        in_person_facility_known: !crate::in_person::store::decided(tx, [booking.patient])?.is_empty(),
        symptoms: symptoms(tx, booking)?,
        place: place(tx, booking)?,
        devices_tested: devices_tested(tx, booking)?,
        basis: basis(tx, booking, doctor)?,
    })
}

fn notification(it: Option<&people::facility::Notification>) -> Notification {
    match it {
        None => Notification::Missing,
        Some(it) => match it.notified_on {
            Some(on) => Notification::Filed(on),
            None if it.active_on_20260401 => Notification::ActiveBeforeLaw,
            None => Notification::Missing,
        },
    }
}

/// The newest licence of the profession that the facility's field needs; others say why they do not do.
fn licence(tx: &mut Tx<'_>, field: Field, doctor: PersonId) -> Result<LicenceState> {
    let wanted = match field {
        Field::Dental => "dentist",
        Field::Medical => "doctor",
    };
    let all = people::person::store::licences(tx, doctor)?;
    Ok(match all.iter().find(|it| it.kind == wanted) {
        None if all.is_empty() => LicenceState::Missing,
        None => LicenceState::OtherProfession,
        Some(it) if it.checked_how.is_empty() => LicenceState::Unchecked,
        Some(it) if it.registered_year <= 0 => LicenceState::NoYear,
        Some(_) => LicenceState::Checked,
    })
}

fn identity_card_ready(tx: &mut Tx<'_>, doctor: PersonId) -> Result<bool> {
    match people::person::store::identity_card(tx, doctor) {
        Ok(card) => Ok(card.has_photo),
        Err(error) if *error.kind() == Kind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The ministry's course of the field, with its certificate.
fn trained(tx: &mut Tx<'_>, field: Field, doctor: PersonId) -> Result<bool> {
    let course = match field {
        Field::Dental => "online-dental",
        Field::Medical => "online-medical",
    };
    let all = people::person::store::trainings(tx, doctor)?;
    Ok(all.iter().any(|it| it.course == course && !it.certificate.is_empty()))
}

fn symptoms(tx: &mut Tx<'_>, booking: &Booking) -> Result<SymptomState> {
    crate::questionnaire::store::state(tx, booking)
}

fn place(tx: &mut Tx<'_>, booking: &Booking) -> Result<Option<Statement>> {
    crate::arrival::store::facts(tx, booking)
}

fn devices_tested(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    crate::device_test::store::is_done(tx, booking)
}

/// What the visit rests on, when `doctor` holds it.
///
/// # Errors
/// The database's.
pub fn basis(tx: &mut Tx<'_>, booking: &Booking, doctor: PersonId) -> Result<VisitBasis> {
    let decided = crate::first_visit::store::newest(tx, booking.id)?;
    let plan = crate::plan::store::facts(tx, booking, doctor)?;
    Ok(crate::first_visit::basis(decided.as_ref(), || plan))
}

/// Whether the further policy was told (OV-131).
///
/// # Errors
/// The database's.
pub fn further_policy_told(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    crate::policy::store::is_told(tx, booking)
}

/// Whether the explanation was postponed in an emergency and is still to be given (OV-104).
///
/// # Errors
/// The database's.
pub fn explanation_postponed(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    Ok(crate::consent::store::facts(tx, booking)?.explanation == Explanation::Postponed)
}

/// Whether a referral letter was written from this visit.
///
/// # Errors
/// The database's.
pub fn referral_written(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    crate::referral::store::is_written(tx, booking)
}

/// Whether the patient has said where they are.
///
/// # Errors
/// The database's.
pub fn arrived(tx: &mut Tx<'_>, booking: &Booking) -> Result<bool> {
    Ok(place(tx, booking)?.is_some())
}
