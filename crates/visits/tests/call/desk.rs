//! The sockets' questions: who comes in with which ticket, what is recorded, what is written.

use kernel::{Kind, Who};
use testkit::wait;
use visits::booking::store::read_one;
use visits::call::desk::{NoSeat, Place, Received};
use visits::call::{CHAT_LINES_MAX, record, ticket};

use crate::common::visit;

#[test]
fn coming_early_opens_nothing() {
    // OV-163: the patient waits until the clinic calls.
    let visit = visit();
    let desk = visit.desk();
    let ticket = visit.patient_ticket(visit.session(Who::Patient(visit.patient)));
    assert!(!wait(desk.admit(&ticket, None)).unwrap().admitted);
    visit.call();
    let seat = wait(desk.admit(&ticket, None)).unwrap();
    assert!(seat.admitted, "the same ticket, after the clinic's click");
    assert_eq!((seat.name.as_str(), seat.place.room.as_str()), ("田中　幸子", &*visit.booking.to_string()));
}

#[test]
fn a_stolen_ticket_dies_with_its_session() {
    // OV-244: replayed after sign-out, or made for somebody else's session.
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let patient = Who::Patient(visit.patient);
    let session = visit.session(patient.clone());
    let ticket = visit.patient_ticket(session);
    assert!(wait(desk.admit(&ticket, None)).is_ok());
    visit.ward.given(move |tx, ctx| web::session::end(tx, ctx, &patient, session));
    assert_eq!(wait(desk.admit(&ticket, None)).unwrap_err(), NoSeat::Stranger);

    let doctors = visit.session(Who::Staff(visit.doctor));
    assert_eq!(wait(desk.admit(&visit.patient_ticket(doctors), None)).unwrap_err(), NoSeat::Stranger);
    for text in ["", "x", &ticket[1..]] {
        assert_eq!(wait(desk.admit(text, None)).unwrap_err(), NoSeat::Stranger);
    }
}

#[test]
fn a_ticket_ends() {
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let old = visit.patient_ticket(visit.session(Who::Patient(visit.patient)));
    visit.ward.clock.pass_min(ticket::TICKET_MIN);
    assert_eq!(wait(desk.admit(&old, None)).unwrap_err(), NoSeat::Expired);
}

#[test]
fn a_leaver_leads_no_call() {
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let ticket = visit.doctor_ticket(visit.session(Who::Staff(visit.doctor)));
    assert!(wait(desk.admit(&ticket, None)).is_ok());
    let doctor = visit.doctor;
    visit.ward.given(move |tx, ctx| people::person::store::end_duty(tx, ctx, doctor, "dentist"));
    visit.ward.given(move |tx, ctx| people::person::store::end_duty(tx, ctx, doctor, "manager"));
    assert_eq!(wait(desk.admit(&ticket, None)).unwrap_err(), NoSeat::Stranger);
}

#[test]
fn presence_and_interruptions_are_on_record() {
    // OV-165: and in the log, which nobody changes.
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let (patient, doctor) = visit.seated(&desk);
    let now = visit.ward.site.clock.now();
    wait(desk.happened(&patient.place, "interrupted", now));
    wait(desk.left(&patient.place, "lost", now));
    wait(desk.joined(&patient.place, now));
    // A minute on: what happens at one instant has no order.
    let now = kernel::time::plus_min(now, 1);
    wait(desk.happened(&patient.place, "changed-device", now));
    wait(desk.left(&doctor.place, "left", now));
    let booking = visit.booking;
    let (present, events) = visit
        .doctors(move |tx, _| {
            let found = read_one(tx, booking)?;
            Ok((record::presences(tx, &found)?, record::events(tx, booking)?))
        })
        .unwrap();
    assert_eq!(present.len(), 3);
    assert!(present.iter().all(|it| it.in_call));
    let lost = present.iter().find(|it| it.left.as_ref().is_some_and(|(_, why)| why == "lost")).unwrap();
    assert_eq!(lost.name, "田中　幸子");
    assert_eq!(events.iter().map(|it| it.2.as_str()).collect::<Vec<_>>(), ["interrupted", "changed-device"]);
    let acts = visit.ward.acts();
    for (act, count) in [("call.join", 3), ("call.leave", 2), ("call.event", 2)] {
        assert_eq!(acts.iter().filter(|it| *it == act).count(), count, "{act}");
    }
}

#[test]
fn only_media_between_the_two_sides_counts() {
    // OV-161: what somebody sent to themselves, or a third person saw, proves nothing.
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let (patient, doctor) = visit.seated(&desk);
    visit.talk(&desk, &patient.place, &doctor.place, 35, true);
    let received =
        |from: &str| Received { from: from.into(), picture_ms: 60_000, sound_ms: 60_000, ..Received::default() };
    let now = visit.ward.site.clock.now();
    wait(desk.report(&patient.place, vec![received(&patient.place.person), received("ghost")], now));
    let booking = visit.booking;
    let measured = visit.doctors(move |tx, _| {
        let found = read_one(tx, booking)?;
        record::measured(tx, &found)
    });
    let measured = measured.unwrap();
    assert_eq!((measured.patient_picture_s, measured.doctor_sound_s), (35, 35));
    assert!(measured.enough());
}

#[test]
fn what_is_written_is_stored_once_and_only_in_a_call() {
    // OV-162, OV-247
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let (patient, _) = visit.seated(&desk);
    let text = "<a href=http://evil.example>見て</a>\u{7}";
    let first = wait(desk.chat(&patient.place, "k1", text)).unwrap();
    assert_eq!(wait(desk.chat(&patient.place, "k1", text)).unwrap().id, first.id);
    let said = wait(desk.said(&patient.place));
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].text.as_str(), said[0].name.as_str()), ("<a href=http://evil.example>見て</a>", "田中　幸子"));
    for (key, text) in [("k2", ""), ("", "x"), ("k2", &*"あ".repeat(1_001))] {
        assert!(matches!(wait(desk.chat(&patient.place, key, text)).unwrap_err().kind(), Kind::Limit { .. }));
    }
    for number in 1..CHAT_LINES_MAX {
        wait(desk.chat(&patient.place, &format!("n{number}"), "x")).unwrap();
    }
    assert_eq!(*wait(desk.chat(&patient.place, "over", "x")).unwrap_err().kind(), Kind::Limit { retry: true });

    let booking = visit.booking;
    visit.doctors(move |tx, ctx| visits::call::store::end(tx, ctx, booking, visits::call::Ending::Ended, "")).unwrap();
    assert_eq!(*wait(desk.chat(&patient.place, "late", "x")).unwrap_err().kind(), Kind::Forbidden);
}

#[test]
fn fingerprints_are_vouched_for_by_the_facilitys_key() {
    // OV-244
    let visit = visit();
    visit.call();
    let desk = visit.desk();
    let (patient, _) = visit.seated(&desk);
    let one = wait(desk.sign(&patient.place, "haruka-call/1\n")).unwrap();
    assert_eq!(one, wait(desk.sign(&patient.place, "haruka-call/1\n")).unwrap(), "one key, kept");
    assert_ne!(one, wait(desk.sign(&patient.place, "haruka-call/2\n")).unwrap());
    let stranger = Place { room: visit.doctor.to_string(), person: "x".into() };
    assert!(wait(desk.sign(&stranger, "x")).is_err(), "a room that nobody was let into");
}

#[test]
fn a_credential_of_the_relay_names_nobody() {
    let visit = visit();
    let desk = visit.desk();
    let place = Place { room: visit.booking.to_string(), person: visit.patient.to_string() };
    assert!(desk.relay(&place).is_none(), "no relay is set in this ward");
    assert!(!desk.relay_only());
}
