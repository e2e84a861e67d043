//! Clauses that are not met, as the page shows them: what is missing, the rule's place, and the button that leads on.

use db::Tx;
use guidelines::verdict::{NotMet, OpenTask};
use guidelines::{FacilityField, Hand, Mend, clause};
use kernel::{Lang, PersonId, Result};
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

/// The field of the facility as the rules call it.
///
/// # Errors
/// The database's.
pub fn field(tx: &mut Tx<'_>) -> Result<FacilityField> {
    let facility = tx.facility()?;
    Ok(people::facility::store::get(tx, facility)?.field)
}

fn gate(lang: Lang, field: FacilityField, ways: &Ways, id: &'static str, reason: &str, mend: Mend) -> Gate {
    let found = clause(id);
    let waits = match mend.hand() {
        Hand::Patient => lang.t("患者さんの操作を待ちます。", "This waits for the patient."),
        _ => "",
    };
    let label = match mend.hand() {
        Hand::Patient => lang.t("ようすを見る", "Look at it").to_owned(),
        _ => mend.label().in_lang(lang).to_owned(),
    };
    Gate {
        citation: found.map(|it| it.citation(field, lang)).unwrap_or_default(),
        title: found
            .map_or_else(|| mend.label().in_lang(lang).to_owned(), |it| it.title(field).in_lang(lang).to_owned()),
        reason: format!("{reason}{waits}"),
        mend_href: ways.href(mend),
        mend_label: label,
    }
}

/// The clauses not met, for the part that shows them.
#[must_use]
pub fn gates(lang: Lang, field: FacilityField, ways: &Ways, not_met: &[NotMet]) -> Vec<Gate> {
    not_met.iter().map(|it| gate(lang, field, ways, it.clause.as_str(), it.reason.in_lang(lang), it.mend)).collect()
}

/// What stays to be done, in the same shape.
#[must_use]
pub fn tasks(lang: Lang, field: FacilityField, ways: &Ways, open: &[OpenTask]) -> Vec<Gate> {
    open.iter().map(|it| gate(lang, field, ways, it.clause.as_str(), it.reason.in_lang(lang), it.mend)).collect()
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
        let not_met = NotMet::new("OV-101", kernel::Words::new("同意がありません。", "No consent."), Mend::TakeConsent);
        let gates = gates(Lang::Ja, FacilityField::Dental, &ways, &[not_met]);
        assert!(gates[0].citation.contains("指針") && gates[0].reason.contains("患者さんの操作を待ちます"));
        assert_eq!(gates[0].mend_href, "/patients/p/consents");
    }
}
