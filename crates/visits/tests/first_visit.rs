//! What a visit rests on, as the doctor's page and the gate of the call see it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use db::params;
use guidelines::call::{PlanState, VisitBasis};
use guidelines::first_visit::{Path, Source};
use kernel::{BookingId, Kind, PatientId, PersonId, RowId, Who, time};
use testkit::{Browser, Ward, wait};
use visits::first_visit::{Ground, Information, store};

struct Visit {
    ward: Ward,
    doctor: PersonId,
    patient: PatientId,
    booking: BookingId,
}

fn book(ward: &Ward, patient: PatientId, doctor: PersonId, form: &'static str, days: i64) -> BookingId {
    ward.given(move |tx, ctx| {
        let (facility, kind, booking) = (tx.facility()?, RowId::new(ctx), BookingId::new(ctx));
        tx.exec(
            "INSERT INTO visit_type (id, facility_id, name_ja, name_en, form, duration_min, by_patient, made_at)
             VALUES (?1, ?2, 'オンライン診療', 'Online visit', ?3, 30, 1, ?4)",
            params![kind, facility, form, ctx.now],
        )?;
        let starts_at = time::plus_min(ctx.now, days * 24 * 60 + 60);
        let reason = tx.seal("booking.reason", booking, "右の奥歯")?;
        tx.exec(
            "INSERT INTO booking (id, facility_id, patient_id, doctor_id, visit_type_id, starts_at, ends_at, reason, sequence, link,
             booked_by, booked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, '/v/x', ?9, ?10)",
            params![booking, facility, patient, doctor, kind, starts_at, time::plus_min(starts_at, 30), reason, ctx.who.label(), ctx.now],
        )?;
        Ok(booking)
    })
}

fn visit() -> Visit {
    let ward = Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]);
    let (doctor, patient) = (ward.staff("sato", &["dentist"]), ward.patient());
    let booking = book(&ward, patient, doctor, "online", 0);
    Visit { ward, doctor, patient, booking }
}

impl Visit {
    fn path(&self) -> String {
        format!("/bookings/{}/path", self.booking)
    }

    fn doctor(&self) -> Browser {
        wait(self.ward.browser(visits::routes(), Who::Staff(self.doctor)))
    }

    fn basis(&self) -> VisitBasis {
        let booking = self.booking;
        self.ward.given(move |tx, _| {
            let decided = store::newest(tx, booking)?;
            Ok(visits::first_visit::basis(decided.as_ref(), || PlanState::Missing))
        })
    }
}

#[test]
fn the_doctor_decides_on_sufficient_information() {
    // OV-112, OV-262
    let visit = visit();
    let doctor = visit.doctor();
    assert_eq!(visit.basis(), VisitBasis::Undecided);
    let page = wait(doctor.get(&visit.path()));
    assert_eq!(page.status, 200);
    assert!(page.text.contains("はじめての患者さん"), "the proposal and why");
    assert!(page.text.contains("診療前相談による初診は、まだこのシステムでは行えません。"));

    let sent = [
        ("ground", "information"),
        ("source", "referral_letter"),
        ("source", "medicine_notebook"),
        ("information", "右下6番を2025年に根管治療"),
        ("claims", "first"),
    ];
    let decided = wait(doctor.post(&visit.path(), &sent));
    assert_eq!((decided.status.as_u16(), decided.location), (303, Some(format!("/bookings/{}", visit.booking))));
    let sources = vec![Source::ReferralLetter, Source::MedicineNotebook];
    let path = Path::SufficientInformation { sources: sources.clone(), copied_to_chart: true };
    assert_eq!(visit.basis(), VisitBasis::FirstVisit(Some(path)));
    let booking = visit.booking;
    let known = visit.ward.given(move |tx, _| store::information(tx, booking));
    assert_eq!(known, Some(Information { sources, says: "右下6番を2025年に根管治療".into() }));
    let page = wait(doctor.get(&visit.path())).text;
    assert!(page.contains("紹介状") || page.contains("診療情報提供書"));
    assert!(page.contains("右下6番を2025年に根管治療") && page.contains("佐藤"));
}

#[test]
fn a_path_without_sources_is_refused_and_what_was_typed_stays() {
    // OV-112
    let visit = visit();
    let doctor = visit.doctor();
    for missing in ["source", "information"] {
        let all = [("ground", "information"), ("source", "phr"), ("information", "高血圧の薬"), ("claims", "first")];
        let sent: Vec<_> = all.into_iter().filter(|(name, _)| *name != missing).collect();
        let refused = wait(doctor.post(&visit.path(), &sent));
        assert_eq!(refused.status, 422, "{missing}");
        assert!(missing == "information" || refused.text.contains("高血圧の薬"));
    }
    assert_eq!(visit.basis(), VisitBasis::Undecided);
}

#[test]
fn an_acute_illness_is_seen_in_person() {
    // OV-116: a decision for online that was made before no longer counts.
    let visit = visit();
    let doctor = visit.doctor();
    wait(doctor.post(&visit.path(), &[("ground", "family_doctor"), ("claims", "repeat")]));
    assert_eq!(visit.basis(), VisitBasis::FirstVisit(Some(Path::FamilyDoctor)));
    visit.ward.clock.pass_min(1);
    let sent = wait(doctor.post(&visit.path(), &[("ground", "in_person"), ("claims", "first")]));
    let to = format!("/bookings/new?patient={}&form=in_person&after={}", visit.patient, visit.booking);
    assert_eq!(sent.location, Some(to));
    assert_eq!(visit.basis(), VisitBasis::FirstVisit(None), "and with no path the call cannot start");
}

#[test]
fn a_follow_up_rests_on_a_plan_whatever_the_claims_say() {
    // OV-262: two fields; OV-112 asks nothing of a follow-up.
    let visit = visit();
    let doctor = visit.doctor();
    for claims in ["first", "repeat", "private"] {
        visit.ward.clock.pass_min(1);
        assert_eq!(wait(doctor.post(&visit.path(), &[("ground", "plan"), ("claims", claims)])).status, 303);
        assert_eq!(visit.basis(), VisitBasis::UnderPlan(PlanState::Missing), "{claims}");
    }
    assert_eq!(visit.ward.acts().iter().filter(|it| *it == "first_visit.decide").count(), 3);
}

#[test]
fn earlier_visits_make_a_follow_up_likely() {
    // OV-112, OV-262: a visit in person that is over counts; a cancelled one, an absence and a coming one do not.
    let visit = visit();
    let doctor = visit.doctor();
    for (column, days) in [("cancelled_at", -20), ("absent_at", -15)] {
        let other = book(&visit.ward, visit.patient, visit.doctor, "in_person", days);
        visit.ward.given(move |tx, ctx| {
            tx.exec(&format!("UPDATE booking SET {column} = ?2 WHERE id = ?1"), params![other, ctx.now])
        });
    }
    book(&visit.ward, visit.patient, visit.doctor, "online", -12);
    assert!(wait(doctor.get(&visit.path())).text.contains("初診にあたるようです"), "nothing of that was a visit");
    book(&visit.ward, visit.patient, visit.doctor, "in_person", -10);
    assert!(wait(doctor.get(&visit.path())).text.contains("再診にあたるようです"));
}

#[test]
fn only_who_signs_charts_decides() {
    // OV-112: the doctor's decision; CS-120.
    let visit = visit();
    let sent = [("ground", "family_doctor"), ("claims", "first")];
    for (login, duty, sees) in [("haru", "hygienist", 200), ("jimu", "clerk", 403)] {
        let person = visit.ward.staff(login, &[duty]);
        let browser = wait(visit.ward.browser(visits::routes(), Who::Staff(person)));
        assert_eq!(wait(browser.get(&visit.path())).status, sees, "{duty}");
        assert_eq!(wait(browser.post(&visit.path(), &sent)).status, 403, "{duty}");
    }
    let patient = wait(visit.ward.browser(visits::routes(), Who::Patient(visit.patient)));
    assert_eq!(wait(patient.get(&visit.path())).status, 404);
    let other = visit.ward.other_facility();
    let stranger = wait(visit.ward.browser_at(visits::routes(), Who::Staff(visit.doctor), other));
    assert_eq!(wait(stranger.get(&visit.path())).status, 404);
    assert_eq!(visit.basis(), VisitBasis::Undecided);
}

#[test]
fn a_cancelled_visit_is_not_decided_any_more() {
    // OV-112: what is decided is a visit that takes place.
    let visit = visit();
    let (booking, doctor) = (visit.booking, visit.doctor);
    visit
        .ward
        .given(move |tx, ctx| tx.exec("UPDATE booking SET cancelled_at = ?2 WHERE id = ?1", params![booking, ctx.now]));
    let decision = visits::first_visit::Decision {
        ground: Ground::FamilyDoctor,
        claims: guidelines::first_visit::ClaimsVisit::First,
    };
    let refused = visit.ward.act(Who::Staff(doctor), move |tx, ctx| store::decide(tx, ctx, booking, &decision));
    assert_eq!(*refused.unwrap_err().kind(), Kind::Conflict);
}
