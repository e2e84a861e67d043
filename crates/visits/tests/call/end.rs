//! Closing a visit: only what was held, or what leads on in person.

use guidelines::identity::{DoctorShown, Method, document};
use kernel::{Kind, Who};
use visits::call::{VisitOutcome, store};
use visits::feasibility::{self, Verdict};
use visits::feedback::Feedback;
use visits::identity;

use crate::common::{Visit, book, visit};

fn missing(visit: &Visit) -> Vec<String> {
    let booking = visit.booking;
    let done = visit.doctors(move |tx, ctx| store::complete(tx, ctx, booking)).unwrap();
    done.err().unwrap_or_default().into_iter().map(|it| it.clause.as_str().to_owned()).collect()
}

fn judge(visit: &Visit, verdict: Verdict, reason: &str) {
    let (booking, reason) = (visit.booking, reason.to_owned());
    let request = feasibility::Request { verdict, information: true, reason };
    visit.doctors(move |tx, ctx| feasibility::store::judge(tx, ctx, booking, &request)).unwrap();
}

fn identified(visit: &Visit) {
    let booking = visit.booking;
    let method = Method::PhotoDocument(document("mynumber_card").unwrap());
    visit.doctors(move |tx, ctx| identity::store::check(tx, ctx, booking, &method)).unwrap().unwrap();
    visit.doctors(move |tx, ctx| identity::store::show(tx, ctx, booking, DoctorShown::IdentityCard)).unwrap();
}

#[test]
fn a_visit_without_picture_is_not_complete() {
    // OV-161, OV-103, OV-110, OV-140
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let (patient, doctor) = visit.seated(&desk);
    assert_eq!(missing(&visit)[..4], ["OV-103", "OV-161", "OV-110", "OV-140"]);
    judge(&visit, Verdict::Suitable, "");
    identified(&visit);
    visit.talk(&desk, &patient.place, &doctor.place, 60, false);
    assert!(missing(&visit).contains(&"OV-161".to_owned()), "sound alone is no visit");
    visit.talk(&desk, &patient.place, &doctor.place, 30, true);
    let missing = missing(&visit);
    assert!(
        ["OV-161", "OV-103", "OV-110", "OV-140"].iter().all(|it| !missing.contains(&(*it).to_owned())),
        "{missing:?}"
    );
}

#[test]
fn not_suitable_ends_the_call_and_leads_on_in_person() {
    // OV-103, OV-160
    let visit = visit();
    visit.call();
    judge(&visit, Verdict::Insufficient, "口の奥が映らない");
    let booking = visit.booking;
    assert!(visit.doctors(move |tx, _| store::live(tx, booking)).unwrap().is_none(), "the call has ended at once");
    assert_eq!(missing(&visit), ["OV-103"], "it needs its way out");
    visit.ward.clock.pass_min(1);
    book(&visit.ward, visit.patient, visit.doctor, "in_person");
    visit.ward.clock.pass_min(1);
    // Said once more in other words: what was booked since the first time still counts.
    judge(&visit, Verdict::NotSuitable, "口の奥が映らない");
    assert!(missing(&visit).is_empty());
    let end = visit.doctors(move |tx, _| store::end_of(tx, booking)).unwrap().unwrap();
    assert_eq!((end.outcome, end.reason.as_str()), (VisitOutcome::NotSuitable, "口の奥が映らない"));
    // Closed is closed.
    let again = visit.doctors(move |tx, ctx| store::complete(tx, ctx, booking).map(|it| it.is_ok()));
    assert_eq!(*again.unwrap_err().kind(), Kind::Conflict);
}

#[test]
fn a_weak_confirmation_is_refused_and_kept_out() {
    // OV-141
    let visit = visit();
    visit.call();
    let booking = visit.booking;
    for key in ["eligibility_certificate", "pension_book"] {
        let method = Method::PhotoDocument(document(key).unwrap());
        let refused =
            visit.doctors(move |tx, ctx| identity::store::check(tx, ctx, booking, &method)).unwrap().unwrap_err();
        assert_eq!(refused[0].clause.as_str(), "OV-141");
    }
    assert!(visit.doctors(move |tx, _| identity::store::checked(tx, booking)).unwrap().is_none());
}

#[test]
fn the_table_itself_holds_no_visit_without_media() {
    // OV-161: as a constraint.
    let visit = visit();
    let booking = visit.booking;
    let written = visit.doctors(move |tx, _| {
        let facility = tx.facility()?;
        tx.exec(
            "INSERT INTO visit_end (facility_id, booking_id, outcome, patient_picture_s, patient_sound_s, doctor_picture_s,
             doctor_sound_s, reason, ended_by, ended_at) VALUES (?1, ?2, 'held', 29, 30, 30, 30, ?3, 'x', 0)",
            db::params![facility, booking, vec![0_u8]],
        )
    });
    assert!(written.is_err());
}

#[test]
fn a_broken_line_closes_as_broken_off() {
    let visit = visit();
    visit.call();
    let booking = visit.booking;
    visit.doctors(move |tx, ctx| store::break_off(tx, ctx, booking, "回線が戻らない")).unwrap();
    let (call, end) = visit.doctors(move |tx, _| Ok((store::last(tx, booking)?, store::end_of(tx, booking)?))).unwrap();
    assert!(!call.unwrap().is_live());
    assert_eq!(end.unwrap().outcome, VisitOutcome::BrokenOff);
}

#[test]
fn a_hygienist_closes_nothing() {
    let visit = visit();
    visit.call();
    let booking = visit.booking;
    let takahashi = visit.ward.staff("takahashi", &["hygienist"]);
    let error =
        visit.ward.act(Who::Staff(takahashi), move |tx, ctx| store::complete(tx, ctx, booking).map(|it| it.is_ok()));
    assert_eq!(*error.unwrap_err().kind(), Kind::Forbidden);
}

#[test]
fn a_visit_that_was_over_before_its_booked_time_can_be_rated() {
    // OV-302
    let visit = visit();
    visit.call();
    visit.rows("UPDATE booking SET starts_at = starts_at + 600000000 WHERE id = ?1", db::params![visit.booking]);
    let booking = visit.booking;
    let rate = move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| {
        let feedback = Feedback { answers: [5; 5], ..Feedback::default() };
        visits::feedback::store::give(tx, ctx, booking, &feedback)
    };
    assert_eq!(*visit.patients(rate).unwrap_err().kind(), Kind::Conflict, "not before the visit");
    visit.doctors(move |tx, ctx| store::break_off(tx, ctx, booking, "回線が戻らない")).unwrap();
    visit.patients(rate).unwrap();
}
