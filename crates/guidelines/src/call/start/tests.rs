//! The table of `may_start`: one fact at a time, then all at once.

use super::*;
use crate::first_visit::{Path, Source};
use crate::place::{PlaceKind, Statement};
use crate::plan::Part;

/// A follow-up with nothing amiss.
fn facts() -> StartFacts {
    StartFacts {
        today: Date::constant(2026, 11, 21),
        safety_officer_named: true,
        notification: Notification::Filed(Date::constant(2026, 4, 20)),
        operator_acknowledged: true,
        statement_published: true,
        contact_shown: true,
        licence: LicenceState::Checked,
        identity_card_ready: true,
        training_recorded: true,
        two_factors: true,
        closed_room_confirmed: true,
        quiet_place_confirmed: true,
        doctor_in_other_call: false,
        patient_in_other_call: false,
        explanation: Explanation::Given,
        consent: ConsentState::InForce,
        security_agreed: true,
        duties_ticked: true,
        in_person_facility_known: true,
        symptoms: SymptomState::Clear,
        place: Some(Statement { kind: PlaceKind::Home, safe: true, clean: true, private: true }),
        devices_tested: true,
        basis: VisitBasis::UnderPlan(PlanState::InForce(DoctorInPlan::Named)),
    }
}

fn clauses(facts: &StartFacts) -> Vec<&'static str> {
    may_start(facts).err().unwrap_or_default().iter().map(|it| it.clause.as_str()).collect()
}

type Change = fn(&mut StartFacts);

#[test]
fn each_fact_that_is_missing_names_its_clause_and_mend() {
    let cases: &[(&str, Mend, Change)] = &[
        ("CS-101", Mend::NameSafetyOfficer, |it| it.safety_officer_named = false),
        ("OV-260", Mend::NotifyPrefecture, |it| it.notification = Notification::Missing),
        ("OV-241", Mend::AcknowledgeOperator, |it| it.operator_acknowledged = false),
        ("OV-206", Mend::PublishStatement, |it| it.statement_published = false),
        // OV-243: what is not on file cannot be shown at any time.
        ("OV-201", Mend::RegisterContact, |it| it.contact_shown = false),
        ("OV-143", Mend::RegisterLicence, |it| it.licence = LicenceState::Missing),
        ("OV-143", Mend::RegisterLicence, |it| it.licence = LicenceState::Unchecked),
        ("OV-143", Mend::RegisterLicence, |it| it.licence = LicenceState::OtherProfession),
        ("OV-143", Mend::RegisterLicence, |it| it.licence = LicenceState::NoYear),
        ("OV-142", Mend::CompleteIdentityCard, |it| it.identity_card_ready = false),
        ("OV-301", Mend::RegisterTraining, |it| it.training_recorded = false),
        // OV-242 recommends what CS-126 demands of staff.
        ("CS-126", Mend::SetUpSecondFactor, |it| it.two_factors = false),
        ("OV-205", Mend::ConfirmClosedRoom, |it| it.closed_room_confirmed = false),
        ("OV-203", Mend::ConfirmQuietPlace, |it| it.quiet_place_confirmed = false),
        ("OV-163", Mend::EndOtherCall, |it| it.doctor_in_other_call = true),
        ("OV-163", Mend::EndOtherCall, |it| it.patient_in_other_call = true),
        ("OV-104", Mend::Explain, |it| it.explanation = Explanation::Missing),
        ("OV-101", Mend::TakeConsent, |it| it.consent = ConsentState::Missing),
        ("OV-101", Mend::TakeConsent, |it| it.consent = ConsentState::Withdrawn),
        ("OV-101", Mend::TakeConsent, |it| it.consent = ConsentState::Outdated),
        ("OV-102", Mend::TakeConsent, |it| it.consent = ConsentState::NotOwnHand),
        ("OV-102", Mend::TakeGuardianConsent, |it| it.consent = ConsentState::NeedsGuardian),
        ("OV-102", Mend::TakeConsent, |it| it.consent = ConsentState::CameOfAge),
        ("OV-240", Mend::SecurityAgreement, |it| it.security_agreed = false),
        ("OV-250", Mend::TickDuties, |it| it.duties_ticked = false),
        ("OV-202", Mend::ChooseInPersonFacility, |it| it.in_person_facility_known = false),
        ("OV-111", Mend::DecideOnSymptoms, |it| it.symptoms = SymptomState::WaitsForDoctor { urgent: false }),
        ("OV-111", Mend::DecideOnSymptoms, |it| it.symptoms = SymptomState::WaitsForDoctor { urgent: true }),
        ("OV-210", Mend::AskArrival, |it| it.place = None),
        ("OV-210", Mend::AskAnotherPlace, |it| {
            it.place = Some(Statement { kind: PlaceKind::MovingVehicle, safe: true, clean: true, private: true });
        }),
        ("OV-262", Mend::DecideFirstVisit, |it| it.basis = VisitBasis::Undecided),
        ("OV-112", Mend::DecideFirstVisitPath, |it| it.basis = VisitBasis::FirstVisit(None)),
        ("OV-130", Mend::MakePlan, |it| it.basis = VisitBasis::UnderPlan(PlanState::Missing)),
        ("OV-130", Mend::MakePlan, |it| {
            it.basis = VisitBasis::UnderPlan(PlanState::Incomplete(vec![Part::Emergency]));
        }),
        ("OV-117", Mend::NameDoctorInPlan, |it| {
            it.basis = VisitBasis::UnderPlan(PlanState::InForce(DoctorInPlan::NotNamed));
        }),
        ("OV-117", Mend::RecordHandOver, |it| {
            let substitute = DoctorInPlan::Substitute { patient_agreed: true, handed_over: false };
            it.basis = VisitBasis::UnderPlan(PlanState::InForce(substitute));
        }),
        ("OV-117", Mend::RecordHandOver, |it| {
            let substitute = DoctorInPlan::Substitute { patient_agreed: false, handed_over: true };
            it.basis = VisitBasis::UnderPlan(PlanState::InForce(substitute));
        }),
    ];
    assert!(may_start(&facts()).expect("nothing is amiss").open().is_empty());
    for (number, (clause, mend, change)) in cases.iter().enumerate() {
        let mut facts = facts();
        change(&mut facts);
        let found = may_start(&facts).expect_err("one fact is missing");
        let shown: Vec<_> = found.iter().map(|it| (it.clause.as_str(), it.mend)).collect();
        assert_eq!(shown, [(*clause, *mend)], "case {number}");
        assert!(found[0].clause.clause().is_some(), "{clause} is not in the catalogue");
        assert!(!found[0].reason.ja.is_empty() && !found[0].reason.en.is_empty());
    }
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let facts = StartFacts {
        safety_officer_named: false,
        notification: Notification::Missing,
        operator_acknowledged: false,
        statement_published: false,
        contact_shown: false,
        licence: LicenceState::Missing,
        identity_card_ready: false,
        training_recorded: false,
        two_factors: false,
        closed_room_confirmed: false,
        quiet_place_confirmed: false,
        doctor_in_other_call: true,
        patient_in_other_call: true,
        explanation: Explanation::Missing,
        consent: ConsentState::Missing,
        security_agreed: false,
        duties_ticked: false,
        in_person_facility_known: false,
        symptoms: SymptomState::WaitsForDoctor { urgent: true },
        place: None,
        devices_tested: false,
        basis: VisitBasis::UnderPlan(PlanState::Missing),
        ..facts()
    };
    let expected = [
        "CS-101", "OV-260", "OV-241", "OV-206", "OV-201", "OV-143", "OV-142", "OV-301", "CS-126", "OV-205", "OV-203",
        "OV-163", "OV-163", "OV-104", "OV-101", "OV-240", "OV-250", "OV-202", "OV-111", "OV-210", "OV-130",
    ];
    assert_eq!(clauses(&facts), expected);
}

#[test]
fn the_notification_has_its_transition() {
    // OV-260: (today, notification) → what is shown
    let filed = |text: &str| Notification::Filed(text.parse().expect("a day"));
    let cases = [
        ("2026-03-31", Notification::Missing, "may"),
        ("2026-04-01", Notification::Missing, "OV-260"),
        ("2026-04-01", Notification::ActiveBeforeLaw, "may until 2027-03-31"),
        ("2027-03-31", Notification::ActiveBeforeLaw, "may until 2027-03-31"),
        ("2027-04-01", Notification::ActiveBeforeLaw, "OV-260"),
        ("2026-11-21", filed("2026-11-21"), "may"),
        ("2026-11-21", filed("2026-11-22"), "OV-260"),
    ];
    for (today, notification, expected) in cases {
        let facts = StartFacts { today: today.parse().expect("a day"), notification, ..facts() };
        let shown = match may_start(&facts) {
            Ok(permit) => match permit.open() {
                [] => "may".to_owned(),
                [task] => format!("may until {}", task.due.expect("a last day")),
                more => format!("{more:?}"),
            },
            Err(found) => found[0].clause.to_string(),
        };
        assert_eq!(shown, expected, "{today} {notification:?}");
    }
}

#[test]
fn a_first_visit_goes_by_its_path_without_a_plan() {
    // OV-112: the guideline asks for the plan of a follow-up only.
    let path = Path::SufficientInformation { sources: vec![Source::ReferralLetter], copied_to_chart: true };
    for path in [Path::FamilyDoctor, path] {
        let facts = StartFacts { basis: VisitBasis::FirstVisit(Some(path)), ..facts() };
        assert!(may_start(&facts).is_ok());
    }
    // OV-111: a first visit without the symptom questions is not started, a follow-up is.
    let basis = VisitBasis::FirstVisit(Some(Path::FamilyDoctor));
    let facts = StartFacts { symptoms: SymptomState::NotAsked, basis, ..facts() };
    assert_eq!(clauses(&facts), ["OV-111"]);
    let basis = VisitBasis::UnderPlan(PlanState::InForce(DoctorInPlan::Named));
    assert!(may_start(&StartFacts { basis, ..facts }).is_ok());
}

#[test]
fn the_doctor_may_allow_what_the_list_advises_against() {
    // OV-111: the list makes the doctor look; the doctor decides.
    assert!(may_start(&StartFacts { symptoms: SymptomState::AllowedByDoctor, ..facts() }).is_ok());
}

#[test]
fn a_substitute_with_consent_and_hand_over_may_start() {
    // OV-117
    let substitute = DoctorInPlan::Substitute { patient_agreed: true, handed_over: true };
    let basis = VisitBasis::UnderPlan(PlanState::InForce(substitute));
    assert!(may_start(&StartFacts { basis, ..facts() }).is_ok());
}

#[test]
fn what_is_postponed_or_only_recommended_stays_open() {
    // OV-104 in an emergency; OV-166 is a recommendation.
    let facts = StartFacts { explanation: Explanation::Postponed, devices_tested: false, ..facts() };
    let permit = may_start(&facts).expect("may start");
    let open: Vec<_> = permit.open().iter().map(|it| (it.clause.as_str(), it.mend)).collect();
    assert_eq!(open, [("OV-104", Mend::Explain), ("OV-166", Mend::TestDevices)]);
}
