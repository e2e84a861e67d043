//! Clauses that are not met, as the page shows them: what is missing, the rule's place, and the button that leads on.

use db::Tx;
use guidelines::verdict::{NotMet, OpenTask};
use guidelines::{FacilityField, Hand, Mend, clause};
use kernel::{Lang, PersonId, Result};
use people::access::{Act, Class, may};
use web::Asked;
use web::look::Gate;

use super::store;
use crate::booking::Booking;

/// Where each mend leads for this booking. Empty where only the patient's own hand can mend it.
#[derive(Debug, Clone)]
pub struct Ways {
    booking: String,
    patient: String,
    doctor: String,
    other_call: Option<String>,
}

impl Ways {
    /// The ways of `booking` for `doctor`.
    ///
    /// # Errors
    /// The database's.
    pub fn of(tx: &mut Tx<'_>, booking: &Booking, doctor: PersonId) -> Result<Self> {
        let own = |it: &super::Call| it.booking != booking.id;
        let other = match store::live_of_doctor(tx, doctor)?.filter(own) {
            Some(call) => Some(call),
            None => store::live_of_patient(tx, booking.patient)?.filter(own),
        };
        Ok(Self {
            booking: booking.id.to_string(),
            patient: booking.patient.to_string(),
            doctor: doctor.to_string(),
            other_call: other.map(|it| it.booking.to_string()),
        })
    }

    /// The address that mends.
    #[must_use]
    pub fn href(&self, mend: Mend) -> String {
        let Self { booking, patient, doctor, other_call } = self;
        match mend {
            Mend::RegisterLicence | Mend::CompleteIdentityCard | Mend::RegisterTraining => {
                format!("/settings/staff/{doctor}")
            }
            Mend::SetUpSecondFactor => "/me".into(),
            Mend::NameSafetyOfficer | Mend::NotifyPrefecture | Mend::PublishStatement | Mend::RegisterContact => {
                "/settings/facility".into()
            }
            Mend::AcknowledgeOperator => "/settings/operator".into(),
            Mend::Explain
            | Mend::TakeConsent
            | Mend::TakeGuardianConsent
            | Mend::SecurityAgreement
            | Mend::TickDuties
            | Mend::AgreeOnStorage => format!("/patients/{patient}/consents"),
            Mend::MakePlan | Mend::NameDoctorInPlan | Mend::RecordHandOver => format!("/bookings/{booking}/plan"),
            Mend::DecideFirstVisit | Mend::DecideFirstVisitPath | Mend::CopySourcesToChart => {
                format!("/bookings/{booking}/path")
            }
            Mend::ChooseInPersonFacility => format!("/patients/{patient}/in-person?booking={booking}"),
            Mend::AskSymptoms | Mend::DecideOnSymptoms => format!("/bookings/{booking}/questionnaire"),
            Mend::BookInPerson => format!("/bookings/new?patient={patient}&form=in_person&after={booking}"),
            Mend::WriteReferral => format!("/bookings/{booking}/referral"),
            Mend::AskArrival | Mend::AskAnotherPlace | Mend::TestDevices | Mend::AgreeChatScope => {
                format!("/bookings/{booking}")
            }
            Mend::EndOtherCall => match other_call {
                Some(other) => format!("/bookings/{other}/call"),
                None => "/day".into(),
            },
            Mend::ConfirmClosedRoom | Mend::ConfirmQuietPlace => format!("/bookings/{booking}/call#start"),
            Mend::ConfirmIdentity | Mend::ShowIdentity => format!("/bookings/{booking}/call#identity"),
            Mend::RecordFeasibility | Mend::RecordInformation => format!("/bookings/{booking}/call#feasibility"),
            Mend::HoldTheCall => format!("/bookings/{booking}/call"),
            Mend::ExplainFurtherPerson | Mend::AskPatientForPerson | Mend::AdmitPerson | Mend::NamePerson => {
                format!("/bookings/{booking}/call#third")
            }
            Mend::TellFurtherPolicy => format!("/bookings/{booking}/chart"),
            Mend::AskForFile => format!("/bookings/{booking}/papers"),
        }
    }
}

/// What it takes to mend: whoever may not is told whose hand it needs, and gets no button. Nothing, for one's own account.
fn takes(mend: Mend) -> Option<(Act, Class)> {
    match mend {
        Mend::SetUpSecondFactor => None,
        Mend::RegisterLicence
        | Mend::CompleteIdentityCard
        | Mend::RegisterTraining
        | Mend::NameSafetyOfficer
        | Mend::NotifyPrefecture
        | Mend::PublishStatement
        | Mend::RegisterContact
        | Mend::AcknowledgeOperator => Some((Act::Write, Class::Administration)),
        Mend::ChooseInPersonFacility | Mend::BookInPerson => Some((Act::Write, Class::Identity)),
        Mend::AskArrival | Mend::AskAnotherPlace | Mend::TestDevices | Mend::AgreeChatScope => {
            Some((Act::View, Class::Identity))
        }
        Mend::AskSymptoms => Some((Act::View, Class::Questionnaire)),
        Mend::AskForFile => Some((Act::Write, Class::Images)),
        Mend::Explain
        | Mend::TakeConsent
        | Mend::TakeGuardianConsent
        | Mend::SecurityAgreement
        | Mend::TickDuties
        | Mend::AgreeOnStorage
        | Mend::HoldTheCall
        | Mend::EndOtherCall => Some((Act::View, Class::Chart)),
        Mend::MakePlan
        | Mend::NameDoctorInPlan
        | Mend::RecordHandOver
        | Mend::DecideFirstVisit
        | Mend::DecideFirstVisitPath
        | Mend::CopySourcesToChart
        | Mend::DecideOnSymptoms
        | Mend::WriteReferral => Some((Act::Sign, Class::Chart)),
        Mend::ConfirmClosedRoom
        | Mend::ConfirmQuietPlace
        | Mend::ConfirmIdentity
        | Mend::ShowIdentity
        | Mend::RecordFeasibility
        | Mend::RecordInformation
        | Mend::ExplainFurtherPerson
        | Mend::AskPatientForPerson
        | Mend::AdmitPerson
        | Mend::NamePerson
        | Mend::TellFurtherPolicy => Some((Act::Write, Class::Chart)),
    }
}

/// The field of the facility as the rules call it.
///
/// # Errors
/// The database's.
pub fn field(tx: &mut Tx<'_>) -> Result<FacilityField> {
    let facility = tx.facility()?;
    Ok(people::facility::store::get(tx, facility)?.field)
}

/// `mine`: whoever looks may mend it.
fn gate(
    lang: Lang,
    field: FacilityField,
    ways: &Ways,
    (id, reason, mend): (&'static str, &str, Mend),
    mine: bool,
) -> Gate {
    let found = clause(id);
    let hand = mend.hand();
    let waits = match (hand, mine) {
        (Hand::Patient, _) | (_, false) => {
            lang.t(format!("{}の操作を待ちます。", hand.words().ja), format!(" This waits for {}.", hand.words().en))
        }
        _ => String::new(),
    };
    let label = match hand {
        Hand::Patient => lang.t("ようすを見る", "Look at it").to_owned(),
        _ => mend.label().in_lang(lang).to_owned(),
    };
    Gate {
        citation: found.map(|it| it.citation(field, lang)).unwrap_or_default(),
        title: found
            .map_or_else(|| mend.label().in_lang(lang).to_owned(), |it| it.title(field).in_lang(lang).to_owned()),
        reason: format!("{reason}{waits}"),
        mend_href: if mine { ways.href(mend) } else { String::new() },
        mend_label: label,
    }
}

fn mine(asked: &Asked, mend: Mend) -> bool {
    takes(mend).is_none_or(|(act, class)| may(asked, act, class))
}

/// The clauses not met, for the part that shows them.
#[must_use]
pub fn gates(asked: &Asked, field: FacilityField, ways: &Ways, not_met: &[NotMet]) -> Vec<Gate> {
    let lang = asked.lang();
    let one = |it: &NotMet| {
        gate(lang, field, ways, (it.clause.as_str(), it.reason.in_lang(lang), it.mend), mine(asked, it.mend))
    };
    not_met.iter().map(one).collect()
}

/// What stays to be done, in the same shape.
#[must_use]
pub fn tasks(asked: &Asked, field: FacilityField, ways: &Ways, open: &[OpenTask]) -> Vec<Gate> {
    let lang = asked.lang();
    let one = |it: &OpenTask| {
        gate(lang, field, ways, (it.clause.as_str(), it.reason.in_lang(lang), it.mend), mine(asked, it.mend))
    };
    open.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mend_has_an_address() {
        let ways = Ways { booking: "b".into(), patient: "p".into(), doctor: "d".into(), other_call: None };
        for mend in Mend::ALL {
            assert!(ways.href(*mend).starts_with('/'), "{mend:?}");
        }
        let busy = Ways { other_call: Some("o".into()), ..ways };
        assert_eq!(busy.href(Mend::EndOtherCall), "/bookings/o/call");
    }

    #[test]
    fn a_gate_says_the_rule_and_whose_hand_it_needs() {
        let ways = Ways { booking: "b".into(), patient: "p".into(), doctor: "d".into(), other_call: None };
        let say = |id, mend, mine| gate(Lang::Ja, FacilityField::Dental, &ways, (id, "同意がありません。", mend), mine);
        let waits = say("OV-101", Mend::TakeConsent, true);
        assert!(waits.citation.contains("指針") && waits.reason.ends_with("患者さんの操作を待ちます。"));
        assert_eq!(waits.mend_href, "/patients/p/consents");
        let (own, other) = (say("OV-301", Mend::RegisterTraining, true), say("OV-301", Mend::RegisterTraining, false));
        assert_eq!((own.mend_href.as_str(), own.reason.as_str()), ("/settings/staff/d", "同意がありません。"));
        assert_eq!((other.mend_href.as_str(), other.reason.contains("管理者の操作を待ちます。")), ("", true));
    }
}
