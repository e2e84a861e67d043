//! The pages of a call, walked by the doctor, the patient, the clerk, a stranger of another clinic, and nobody.

use kernel::Who;

use crate::common::visit;
use testkit::wait;

#[test]
fn the_gate_names_each_clause_with_its_button() {
    // OV-101 on the doctor's page before the consent.
    let visit = visit();
    let doctor = wait(visit.ward.browser(visits::routes(), Who::Staff(visit.doctor)));
    let page = wait(doctor.get(&format!("/bookings/{}/call", visit.booking)));
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&format!("/patients/{}/consents", visit.patient)), "the way to the consent");
    assert!(!page.text.contains("call/start"), "no button before everything is met");
    assert!(visit.ward.acts().contains(&"call.view".to_owned()));
}

#[test]
fn the_doctor_sees_the_call_and_the_patient_the_door() {
    // OV-204, OV-142, OV-246
    let visit = visit();
    visit.call();
    let doctor = wait(visit.ward.browser(visits::routes(), Who::Staff(visit.doctor)));
    let page = wait(doctor.get(&format!("/bookings/{}/call", visit.booking)));
    for part in [
        "<haruka-call",
        "<haruka-panel",
        "id=\"identity\"",
        "id=\"feasibility\"",
        "id=\"third\"",
        "/chart",
        "/questionnaire",
        "/plan",
    ] {
        assert!(page.text.contains(part), "{part}");
    }
    let patient = wait(visit.ward.browser(visits::routes(), Who::Patient(visit.patient)));
    let page = wait(patient.get(&format!("/visits/{}/call", visit.booking)));
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<haruka-call") && page.text.contains(&format!("/visits/{}/doctor", visit.booking)));
    assert!(page.text.contains("チャットは診察ではありません"));
}

#[test]
fn forms_come_back_with_what_was_typed() {
    let visit = visit();
    visit.call();
    let doctor = wait(visit.ward.browser(visits::routes(), Who::Staff(visit.doctor)));
    let base = format!("/bookings/{}", visit.booking);
    let seen = wait(doctor.post(&format!("{base}/feasibility"), &[("verdict", "not_suitable"), ("why", "")]));
    assert_eq!(seen.status, 422);
    assert!(seen.text.contains("id=\"faults\""));
    let seen = wait(
        doctor.post(&format!("{base}/identity"), &[("method", "photo_document"), ("document_one", "pension_book")]),
    );
    assert_eq!(seen.status, 422);
    let noted = || visit.ward.acts().iter().filter(|it| *it == "identity.check").count();
    let before = noted();
    let card = [("method", "photo_document"), ("document_one", "mynumber_card"), ("_key", "once")];
    for _ in 0..2 {
        assert_eq!(wait(doctor.post(&format!("{base}/identity"), &card)).status, 303);
    }
    assert_eq!(noted(), before + 1, "a form that is sent twice acts once");
    let seen = wait(doctor.get(&format!("{base}/call/panel")));
    assert!(seen.text.contains("identity-checked"));
    // A number has nowhere to go (OV-140).
    assert!(!seen.text.contains("name=\"number\""));
}

#[test]
fn what_is_not_yours_is_not_there() {
    let visit = visit();
    visit.call();
    let staff = ["", "/panel", "/now"].map(|it| format!("/bookings/{}/call{it}", visit.booking));
    let patients = ["", "/panel"].map(|it| format!("/visits/{}/call{it}", visit.booking));
    let clerk = visit.ward.staff("suzuki", &["clerk"]);
    let elsewhere = visit.ward.other_facility();
    let nobody = wait(visit.ward.browser(visits::routes(), Who::Nobody));
    let clerk = wait(visit.ward.browser(visits::routes(), Who::Staff(clerk)));
    let stranger = wait(visit.ward.browser_at(visits::routes(), Who::Staff(visit.doctor), elsewhere));
    let patient = wait(visit.ward.browser(visits::routes(), Who::Patient(visit.patient)));
    let other = visit.ward.patient();
    let other = wait(visit.ward.browser(visits::routes(), Who::Patient(other)));
    for path in &staff {
        assert_eq!(wait(nobody.get(path)).status, 303, "{path}");
        assert_eq!(wait(clerk.get(path)).status, 403, "{path}");
        assert_eq!(wait(stranger.get(path)).status, 404, "{path}");
        assert_eq!(wait(patient.get(path)).status, 404, "{path}");
    }
    for path in &patients {
        assert_eq!(wait(nobody.get(path)).status, 303, "{path}");
        assert_eq!(wait(other.get(path)).status, 404, "{path}");
        assert_eq!(wait(stranger.get(path)).status, 404, "{path}");
    }
    assert_eq!(wait(nobody.get("/third/x")).status, 404);
    assert_eq!(wait(stranger.get("/bookings/nonsense/call")).status, 404);
}
