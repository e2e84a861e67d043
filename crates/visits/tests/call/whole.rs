//! The start with everything really done: every noun's row is written through its own store, on both databases. Then each
//! fact is taken away alone, and the start is refused with exactly its clause. So no fact can be read from the wrong row.

use std::collections::BTreeSet;

use db::params;
use guidelines::consent::DocumentKind;
use guidelines::first_visit::ClaimsVisit;
use kernel::{BookingId, Ctx, PatientId, PersonId, Result, Who};
use testkit::Ward;
use visits::call::{Surroundings, store};
use visits::first_visit::{Decision, Ground};
use visits::plan::store::Answer;

use crate::opening;

const BOTH: Surroundings = Surroundings { closed_room: true, quiet_place: true };

/// A visit of today, with everything done by everybody.
struct Done {
    ward: Ward,
    doctor: PersonId,
    patient: PatientId,
    booking: BookingId,
}

impl Done {
    fn new(ward: Ward) -> Self {
        let (doctor, patient) = (ward.staff("sato", &["dentist", "manager"]), ward.patient());
        let booking = book(&ward, doctor, patient, 30);
        let done = Self { ward, doctor, patient, booking };
        done.facility();
        done.dentist();
        done.patient();
        done.plan();
        done
    }

    fn as_doctor<T: Send + 'static>(&self, act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static) -> T {
        self.ward.act(Who::Staff(self.doctor), act).unwrap()
    }

    fn as_patient<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> T {
        self.ward.act(Who::Patient(self.patient), act).unwrap()
    }

    fn facility(&self) {
        let doctor = self.doctor;
        self.as_doctor(move |tx, ctx| {
            opening::facility(tx, ctx, doctor)?;
            people::facility::store::acknowledge_operator(tx, ctx)
        });
    }

    fn dentist(&self) {
        let (doctor, site, facility) = (self.doctor, self.ward.site.clone(), self.ward.facility);
        self.as_doctor(move |tx, ctx| {
            use people::person::photo;
            opening::dentist(tx, ctx, doctor)?;
            let key = tx.key()?.derive("blobs");
            let stored = photo::store::put(&site.blobs, facility, &key, &ctx.chance, b"a face")?;
            photo::store::keep(tx, ctx, doctor, &stored, "image/png")
        });
    }

    fn patient(&self) {
        let booking = self.booking;
        self.as_patient(move |tx, ctx| {
            opening::answer(tx, ctx, booking)?;
            opening::consent(tx, ctx, booking)?;
            visits::device_test::store::keep(tx, ctx, booking, r#"{"camera":{"ok":true}}"#, "testkit")?;
            opening::arrive(tx, ctx, booking)
        });
    }

    fn plan(&self) {
        let (booking, patient, doctor) = (self.booking, self.patient, self.doctor);
        let version = self.as_doctor(move |tx, ctx| {
            let decision = Decision { ground: Ground::Plan, claims: ClaimsVisit::Repeat };
            visits::first_visit::store::decide(tx, ctx, booking, &decision)?;
            visits::in_person::store::decide(tx, ctx, patient, &visits::in_person::Place::Here)?;
            opening::plan(tx, ctx, patient, doctor)?;
            let plan = visits::plan::store::view(tx, ctx, booking)?.plan.unwrap();
            Ok(plan.versions[0].id)
        });
        self.as_patient(move |tx, ctx| visits::plan::store::answer(tx, ctx, booking, version, Answer::Read));
    }

    /// The clauses for which the start is refused; none when it starts.
    fn refused(&self, factors: u8, surroundings: Surroundings) -> BTreeSet<String> {
        let booking = self.booking;
        let started = self.as_doctor(move |tx, ctx| store::start(tx, ctx, booking, factors, surroundings));
        let not_met = started.err().unwrap_or_default();
        not_met.into_iter().map(|it| it.clause.as_str().to_owned()).collect()
    }

    fn is_live(&self) -> bool {
        let booking = self.booking;
        self.ward.given(move |tx, _| store::live(tx, booking)).is_some()
    }

    /// Takes something away behind the house's back.
    fn without(&self, sql: &'static str) -> u64 {
        let facility = self.ward.facility;
        self.ward.given(move |tx, _| tx.exec(sql, params![facility]))
    }
}

/// A booking by the clinic, `in_min` minutes ahead.
fn book(ward: &Ward, doctor: PersonId, patient: PatientId, in_min: i64) -> BookingId {
    ward.given(move |tx, ctx| opening::book(tx, ctx, patient, doctor, in_min))
}

fn both(test: impl Fn(Done)) {
    Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| test(Done::new(ward)));
}

#[test]
fn with_everything_done_the_call_starts_and_is_on_record() {
    // OV-101, OV-163, OV-203, OV-205, OV-301
    both(|it| {
        assert_eq!(it.refused(2, BOTH), BTreeSet::new());
        assert!(it.is_live());
        assert!(it.ward.acts().contains(&"call.start".to_owned()));
        // Pressed again it is the same call, which rings again.
        let booking = it.booking;
        assert_eq!(it.refused(2, BOTH), BTreeSet::new());
        assert_eq!(it.ward.given(move |tx, _| store::all(tx, booking)).len(), 1);
    });
}

/// What is taken away, and the clause that refuses then.
const TAKEN: &[(&str, &str)] = &[
    ("CS-101", "DELETE FROM safety_officer WHERE facility_id = ?1"),
    ("OV-260", "DELETE FROM online_notification WHERE facility_id = ?1"),
    ("OV-241", "DELETE FROM operator_acknowledgement WHERE facility_id = ?1"),
    ("OV-206", "DELETE FROM facility_text WHERE facility_id = ?1"),
    ("OV-201", "UPDATE facility SET phone = '', mail = '' WHERE id = ?1"),
    ("OV-143", "DELETE FROM licence WHERE facility_id = ?1"),
    ("OV-142", "DELETE FROM person_photo WHERE facility_id = ?1"),
    ("OV-301", "DELETE FROM training WHERE facility_id = ?1"),
    ("OV-202", "DELETE FROM in_person_care WHERE facility_id = ?1"),
    ("OV-210", "DELETE FROM arrival WHERE facility_id = ?1"),
    ("OV-262", "DELETE FROM first_visit WHERE facility_id = ?1"),
    (
        "OV-130",
        "UPDATE plan SET completed_on = '2026-11-24', completed_by = 'x', completed_at = 0 WHERE facility_id = ?1",
    ),
];

#[test]
fn each_fact_taken_away_alone_refuses_the_start_with_its_clause() {
    // CS-101, OV-260, OV-241, OV-206, OV-201, OV-143, OV-142, OV-301, OV-202, OV-210, OV-262, OV-130
    for (clause, sql) in TAKEN {
        both(|it| {
            assert_ne!(it.without(sql), 0, "{sql}");
            assert_eq!(it.refused(2, BOTH), BTreeSet::from([(*clause).to_owned()]), "{sql}");
            assert!(!it.is_live(), "{clause}");
        });
    }
}

#[test]
fn what_the_doctor_says_at_the_start_is_asked_each_time() {
    // CS-126, OV-205, OV-203
    let cases = [
        ("CS-126", 1, BOTH),
        ("OV-205", 2, Surroundings { closed_room: false, ..BOTH }),
        ("OV-203", 2, Surroundings { quiet_place: false, ..BOTH }),
    ];
    for (clause, factors, surroundings) in cases {
        both(|it| {
            assert_eq!(it.refused(factors, surroundings), BTreeSet::from([clause.to_owned()]));
            assert!(!it.is_live(), "{clause}");
        });
    }
}

#[test]
fn a_plan_that_names_a_colleague_refuses_the_start() {
    // OV-117
    both(|it| {
        let (patient, booking, ito) = (it.patient, it.booking, it.ward.staff("ito", &["dentist"]));
        it.as_doctor(move |tx, ctx| {
            let plan = visits::plan::store::view(tx, ctx, booking)?.plan.unwrap();
            let before = plan.in_force().unwrap().content.clone();
            let after = visits::plan::Content { doctors: vec![ito], reason: "担当が替わる".into(), ..before };
            visits::plan::store::finalise(tx, ctx, patient, &after, true)
        });
        assert_eq!(it.refused(2, BOTH), BTreeSet::from(["OV-117".to_owned()]));
        assert!(!it.is_live());
    });
}

#[test]
fn a_consent_taken_back_refuses_the_start() {
    // OV-101
    both(|it| {
        let booking = it.booking;
        it.as_patient(move |tx, ctx| visits::consent::store::withdraw(tx, ctx, booking, "やめます"));
        assert_eq!(it.refused(2, BOTH), BTreeSet::from(["OV-101".to_owned()]));
        assert!(!it.is_live());
    });
}

#[test]
fn a_symptom_that_nobody_has_looked_at_refuses_the_start() {
    // OV-111
    both(|it| {
        let booking = it.booking;
        it.ward.clock.pass_min(1);
        it.as_patient(move |tx, ctx| {
            use visits::questionnaire::{SYMPTOMS, store};
            let (form, mut answers, list, _) = store::view(tx, ctx, booking)?;
            let waits = list.groups.iter().flat_map(|it| &it.items).find(|it| !it.urgent()).unwrap();
            answers.insert(SYMPTOMS.to_owned(), vec![waits.key.clone()]);
            store::keep(tx, ctx, booking, &form, &answers, true).map(|_| ())
        });
        assert_eq!(it.refused(2, BOTH), BTreeSet::from(["OV-111".to_owned()]));
        it.as_doctor(move |tx, ctx| visits::questionnaire::store::decide(tx, ctx, booking, true, "写真で確認した"));
        assert_eq!(it.refused(2, BOTH), BTreeSet::new());
    });
}

#[test]
fn somebody_in_another_call_refuses_the_start() {
    // OV-163: once for the doctor, once for the patient.
    both(|it| {
        let other_patient = it.ward.patient();
        let other = book(&it.ward, it.doctor, other_patient, 120);
        call(&it.ward, other, other_patient, it.doctor);
        assert_eq!(it.refused(2, BOTH), BTreeSet::from(["OV-163".to_owned()]));
    });
    both(|it| {
        let ito = it.ward.staff("ito", &["dentist"]);
        let other = book(&it.ward, ito, it.patient, 120);
        call(&it.ward, other, it.patient, ito);
        assert_eq!(it.refused(2, BOTH), BTreeSet::from(["OV-163".to_owned()]));
    });
}

/// A running call, as if everything had been met.
fn call(ward: &Ward, booking: BookingId, patient: PatientId, doctor: PersonId) {
    ward.given(move |tx, ctx| {
        let (facility, id) = (tx.facility()?, kernel::RowId::new(ctx));
        tx.exec(
            "INSERT INTO call (id, facility_id, booking_id, patient_id, doctor_id, closed_room, quiet_place, started_by, started_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, 'system:test', ?6)",
            params![id, facility, booking, patient, doctor, ctx.now],
        )
    });
}

#[test]
fn parts_not_ticked_refuse_the_start() {
    // OV-104, OV-240, OV-250: without a consent each unread part is named beside it.
    both(|it| {
        it.without("DELETE FROM consent WHERE facility_id = ?1");
        assert_eq!(it.refused(2, BOTH), BTreeSet::from(["OV-101".to_owned()]));
        let cases = [
            ("OV-104", DocumentKind::Explanation),
            ("OV-240", DocumentKind::Security),
            ("OV-250", DocumentKind::Duties),
        ];
        for (clause, kind) in cases {
            let before = it.refused(2, BOTH);
            let key = kind.key();
            it.ward.given(move |tx, _| {
                let facility = tx.facility()?;
                tx.exec("DELETE FROM consent_reading WHERE facility_id = ?1 AND kind = ?2", params![facility, key])
            });
            let after = it.refused(2, BOTH);
            assert_eq!(after.difference(&before).collect::<Vec<_>>(), [clause]);
        }
    });
}
