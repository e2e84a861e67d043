//! The start: one fact taken away names its clause; two calls at once are impossible.

use std::collections::BTreeSet;

use db::params;
use kernel::{PersonId, Who};
use visits::booking::store::read_one;
use visits::call::{Surroundings, facts, store};

use crate::common::{Visit, book, visit};

const BOTH: Surroundings = Surroundings { closed_room: true, quiet_place: true };

fn clauses(visit: &Visit, doctor: PersonId, factors: u8, surroundings: Surroundings) -> BTreeSet<String> {
    let booking = visit.booking;
    visit
        .doctors(move |tx, ctx| {
            let booking = read_one(tx, booking)?;
            let facts = facts::gather(tx, ctx, &booking, doctor, factors, surroundings)?;
            Ok(guidelines::call::may_start(&facts).err().unwrap_or_default())
        })
        .unwrap()
        .into_iter()
        .map(|it| it.clause.as_str().to_owned())
        .collect()
}

#[test]
fn one_fact_taken_away_names_its_clause() {
    // CS-101, OV-260, OV-241, OV-206, OV-201, OV-143, OV-142, OV-301, OV-202
    let cases: [(&str, &'static str); 11] = [
        ("CS-101", "DELETE FROM safety_officer WHERE facility_id = ?1"),
        ("OV-260", "DELETE FROM online_notification WHERE facility_id = ?1"),
        ("OV-241", "DELETE FROM operator_acknowledgement WHERE facility_id = ?1"),
        ("OV-206", "DELETE FROM facility_text WHERE facility_id = ?1"),
        ("OV-201", "UPDATE facility SET phone = '', mail = '' WHERE id = ?1"),
        ("OV-143", "DELETE FROM licence WHERE facility_id = ?1"),
        ("OV-143", "UPDATE licence SET kind = 'doctor' WHERE facility_id = ?1"),
        ("OV-143", "UPDATE licence SET registered_year = 0 WHERE facility_id = ?1"),
        ("OV-142", "DELETE FROM person_photo WHERE facility_id = ?1"),
        ("OV-301", "DELETE FROM training WHERE facility_id = ?1"),
        ("OV-202", "DELETE FROM in_person_care WHERE facility_id = ?1"),
    ];
    for (clause, sql) in cases {
        let visit = visit();
        let before = clauses(&visit, visit.doctor, 2, BOTH);
        assert!(!before.contains(clause), "{clause} is met before");
        assert_ne!(visit.rows(sql, params![visit.ward.facility]), 0, "{sql}");
        let after = clauses(&visit, visit.doctor, 2, BOTH);
        assert_eq!(after.difference(&before).collect::<Vec<_>>(), [clause], "{sql}");
    }
}

#[test]
fn the_doctors_word_is_asked_for_each_session() {
    // OV-205, OV-203, CS-126
    let visit = visit();
    let met = clauses(&visit, visit.doctor, 2, BOTH);
    let cases = [
        ("OV-205", 2, Surroundings { closed_room: false, ..BOTH }),
        ("OV-203", 2, Surroundings { quiet_place: false, ..BOTH }),
        ("CS-126", 1, BOTH),
    ];
    for (clause, factors, surroundings) in cases {
        let found = clauses(&visit, visit.doctor, factors, surroundings);
        assert_eq!(found.difference(&met).collect::<Vec<_>>(), [clause]);
    }
}

#[test]
fn a_doctor_is_in_one_call_and_so_is_a_patient() {
    // OV-163
    let visit = visit();
    let met = clauses(&visit, visit.doctor, 2, BOTH);
    let other_patient = visit.ward.patient();
    let other = book(&visit.ward, other_patient, visit.doctor, "online");
    visit.call_of(other, other_patient, visit.doctor).unwrap();
    let found = clauses(&visit, visit.doctor, 2, BOTH);
    assert_eq!(found.difference(&met).collect::<Vec<_>>(), ["OV-163"]);
    // The index holds even where the rule was not asked.
    let error = visit.call_of(visit.booking, visit.patient, visit.doctor).unwrap_err();
    assert_eq!(*error.kind(), kernel::Kind::Conflict);

    let ito = visit.ward.staff("ito", &["dentist"]);
    let second = book(&visit.ward, other_patient, ito, "online");
    let error = visit.call_of(second, other_patient, ito).unwrap_err();
    assert_eq!(*error.kind(), kernel::Kind::Conflict, "the patient is in a call already");
}

#[test]
fn nobody_but_the_clinic_starts_and_only_what_is_met() {
    // OV-101: without the consent there is no call, and the refusal names it.
    let visit = visit();
    let booking = visit.booking;
    let not_met = visit.doctors(move |tx, ctx| store::start(tx, ctx, booking, 2, BOTH)).unwrap().unwrap_err();
    assert!(not_met.iter().any(|it| it.clause.as_str() == "OV-101"));
    assert!(visit.doctors(move |tx, _| store::live(tx, booking)).unwrap().is_none());

    let start =
        move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| store::start(tx, ctx, booking, 2, BOTH).map(|it| it.is_ok());
    let error = visit.patients(start).unwrap_err();
    assert_eq!(*error.kind(), kernel::Kind::NotFound);
    let clerk = visit.ward.staff("suzuki", &["clerk"]);
    let error = visit.ward.act(Who::Staff(clerk), start).unwrap_err();
    assert_eq!(*error.kind(), kernel::Kind::Forbidden);
}

#[test]
fn a_cancelled_booking_and_one_in_person_have_no_call() {
    let visit = visit();
    let in_person = book(&visit.ward, visit.patient, visit.doctor, "in_person");
    visit.rows("UPDATE booking SET cancelled_at = 1 WHERE id = ?1", params![visit.booking]);
    for booking in [visit.booking, in_person] {
        let started = visit.doctors(move |tx, ctx| store::start(tx, ctx, booking, 2, BOTH).map(|it| it.is_ok()));
        assert_eq!(*started.unwrap_err().kind(), kernel::Kind::Conflict);
    }
}
