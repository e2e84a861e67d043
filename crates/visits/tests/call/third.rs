//! A further person: named, agreed to, let in; a link alone opens nothing.

use guidelines::call::ThirdPersonRole;
use kernel::{Kind, RowId, Who};
use testkit::wait;
use visits::call::desk::NoSeat;
use visits::call::ticket;
use visits::third::store::{self, Entry};
use visits::third::{PEOPLE_MAX, Request, TRIES_MAX, Way};

use crate::common::{Visit, visit};

fn named(visit: &Visit, way: Way) -> RowId {
    let booking = visit.booking;
    let request =
        Request {
            role: ThirdPersonRole::Interpreter, way, name: "通訳 花子".into(), reason: "手話通訳".into()
        };
    visit.doctors(move |tx, ctx| store::name(tx, ctx, booking, &request)).unwrap()
}

fn enter(visit: &Visit, person: RowId, code: &str) -> bool {
    let (booking, code) = (visit.booking, code.to_owned());
    let entry = visit.ward.act(Who::Nobody, move |tx, ctx| store::enter(tx, ctx, booking, person, &code)).unwrap();
    matches!(entry, Entry::Open(_))
}

#[test]
fn nobody_comes_in_without_both_agreements() {
    // OV-164, OV-244
    let visit = visit();
    visit.call();
    let booking = visit.booking;
    let person = named(&visit, Way::Link);
    let refused = visit.doctors(move |tx, ctx| store::admit(tx, ctx, booking, person)).unwrap().unwrap_err();
    assert_eq!(refused[0].clause.as_str(), "OV-164");
    assert!(!enter(&visit, person, "000000"));

    visit.patients(move |tx, ctx| store::answer(tx, ctx, booking, person, true)).unwrap();
    let admitted = visit.doctors(move |tx, ctx| store::admit(tx, ctx, booking, person)).unwrap().unwrap();
    let code = admitted.code.unwrap();
    assert!(enter(&visit, person, &code) && enter(&visit, person, &code), "and again after a reload");

    let mut ctx = visit.ward.ctx(Who::Nobody);
    ctx.session = None;
    let seat = ticket::make(&visit.ward.site.key, &ctx, &ticket::for_third(&ctx, booking, person).unwrap()).unwrap();
    let desk = visit.desk();
    let opened = wait(desk.admit(&seat, None)).unwrap();
    assert_eq!((opened.admitted, opened.name.as_str()), (true, "通訳 花子"));

    // The patient takes it back: the door is shut at once.
    visit.patients(move |tx, ctx| store::answer(tx, ctx, booking, person, false)).unwrap();
    assert_eq!(wait(desk.admit(&seat, None)).unwrap_err(), NoSeat::Stranger);
    assert!(!enter(&visit, person, &code));
}

#[test]
fn a_code_is_not_guessed() {
    // OV-244
    let visit = visit();
    visit.call();
    let booking = visit.booking;
    let person = named(&visit, Way::Link);
    visit.patients(move |tx, ctx| store::answer(tx, ctx, booking, person, true)).unwrap();
    let code = visit.doctors(move |tx, ctx| store::admit(tx, ctx, booking, person)).unwrap().unwrap().code.unwrap();
    let wrong = if code == "123456" { "654321" } else { "123456" };
    for _ in 0..TRIES_MAX {
        assert!(!enter(&visit, person, wrong));
    }
    assert!(!enter(&visit, person, &code), "the link is dead");
}

#[test]
fn an_agreement_is_for_one_call() {
    // OV-164
    let visit = visit();
    visit.call();
    let booking = visit.booking;
    let person = named(&visit, Way::BesidePatient);
    visit.patients(move |tx, ctx| store::answer(tx, ctx, booking, person, true)).unwrap();
    visit.doctors(move |tx, ctx| visits::call::store::end(tx, ctx, booking, visits::call::Ending::Ended, "")).unwrap();
    visit.call();
    let late = visit.doctors(move |tx, ctx| store::admit(tx, ctx, booking, person).map(|it| it.is_ok()));
    assert_eq!(*late.unwrap_err().kind(), Kind::NotFound);
}

#[test]
fn only_the_patient_answers_and_three_is_enough() {
    let visit = visit();
    visit.call();
    let booking = visit.booking;
    let person = named(&visit, Way::BesideDoctor);
    let by_staff = visit.doctors(move |tx, ctx| store::answer(tx, ctx, booking, person, true).map(drop));
    assert_eq!(*by_staff.unwrap_err().kind(), Kind::NotFound);
    let stranger = visit.ward.patient();
    let by_stranger =
        visit.ward.act(Who::Patient(stranger), move |tx, ctx| store::answer(tx, ctx, booking, person, true).map(drop));
    assert_eq!(*by_stranger.unwrap_err().kind(), Kind::NotFound);
    for _ in 1..PEOPLE_MAX {
        named(&visit, Way::BesideDoctor);
    }
    let request =
        Request { role: ThirdPersonRole::Staff, way: Way::BesideDoctor, name: "x".into(), reason: "x".into() };
    let full = visit.doctors(move |tx, ctx| store::name(tx, ctx, booking, &request));
    assert_eq!(*full.unwrap_err().kind(), Kind::Limit { retry: false });
}
