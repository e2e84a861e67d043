//! Images of the wrong patient are put right (TR-27): with a reason, a history, entries of both patients; and what a person
//! has decided is not undone by a rule. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{Two, both};
use common::{arrive, keep, origin};
use guidelines::reading::same_patient::{Comparison, Part};
use imaging::dataset::Tag;
use imaging::instance::Uid;
use imaging::moving::store::{candidates, open, put};
use imaging::moving::{Belonging, Order, Refusal};
use imaging::request::send::{self, Sent};
use imaging::request::store as requests;
use imaging::study::viewing;
use kernel::{JapaneseName, Kind, PatientId, Who};
use people::patient::{PatientForm, Sex};
use testkit::wait;

const SACHIKO: &str = "TANAKA^SACHIKO=田中^幸子=たなか^さちこ";

fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

/// Her sister, who came the same day.
fn sister(it: &Two) -> PatientId {
    it.ward.given(|tx, ctx| {
        let form = PatientForm {
            number: String::new(),
            name: JapaneseName::parse("田中", "良子", "たなか", "よしこ").unwrap(),
            birth_date: "1950-02-03".parse().unwrap(),
            sex: Sex::Female,
            phone: "03-9999-0000".into(),
            mail: String::new(),
            address: String::new(),
            remark: String::new(),
            in_person_at: String::new(),
        };
        people::patient::store::register(tx, ctx, &form)
    })
}

fn moved(it: &Two, study: &'static str, to: Option<PatientId>, all: bool) -> Result<usize, Refusal> {
    let order =
        Order { to, reason: "装置の一覧で姉を選んでいた。撮影室の記録で確認".into(), all };
    it.clinic(move |tx, ctx| put(tx, ctx, &uid(study), &order)).unwrap()
}

fn belonging(it: &Two, study: &'static str) -> Belonging {
    it.clinic(move |tx, ctx| open(tx, ctx, &uid(study))).unwrap()
}

#[test]
fn images_of_the_wrong_sister_are_put_right_and_stay_so() {
    both(|it| {
        let sister = sister(it);
        let before = belonging(it, "1.2.3");
        assert!(before.patient.is_none() && before.history.is_empty());
        let found = it.clinic(move |tx, ctx| candidates(tx, ctx, &before.study, "")).unwrap();
        let found: Vec<_> = found.iter().map(|it| (it.patient.id, it.comparison.clone())).collect();
        let differs = Comparison::Differs(vec![Part::Name, Part::Number]);
        assert_eq!(found, [(it.patient, Comparison::Same), (sister, differs.clone())], "who agrees stands first");

        assert_eq!(moved(it, "1.2.3", Some(sister), false), Ok(1));
        let now = belonging(it, "1.2.3");
        let bound = now.patient.as_ref().unwrap();
        assert_eq!((bound.patient.id, &bound.comparison), (sister, &differs));
        let step = &now.history[0];
        assert!(step.from.is_none() && step.to.as_ref().is_some_and(|it| it.patient == sister));
        assert!(step.reason.contains("撮影室の記録で確認") && step.finding.contains("氏名・患者番号"), "{step:?}");
        assert!(step.by.contains("sato"), "{}", step.by);

        // The device still says that it is the elder one; a person has said otherwise, and that counts.
        let patient = it.patient;
        let choices = it.clinic(move |tx, ctx| send::choices(tx, ctx, patient)).unwrap();
        assert!(choices.studies.iter().all(|it| !it.is_clear()));
        let mut form = it.form(vec![it.study]);
        form.match_reason = "装置の記録と一致している".into();
        let Sent::Mismatch(why) = it.send(form.clone()).unwrap() else { panic!("was sent") };
        assert!(why[0].ja.contains("別の患者さん"), "{}", why[0].ja);
        let unclear = it.clinic(move |tx, ctx| send::unclear(tx, ctx, patient, &form)).unwrap();
        assert_eq!(unclear.len(), 1, "the page says so too");

        assert_eq!(moved(it, "1.2.3", Some(sister), false), Err(Refusal::AsItIs));
        assert_eq!(moved(it, "1.2.3", Some(it.patient), false), Ok(1), "back again");
        assert!(matches!(it.send(it.form(vec![it.study])).unwrap(), Sent::Sent(_)));
        let entries: Vec<_> = it.log(it.ward.facility).into_iter().filter(|it| it.0 == "study.move").collect();
        assert_eq!(
            entries.len(),
            5,
            "found, to the sister; asked in vain; from the sister, to the patient: {entries:?}"
        );
        assert!(entries.iter().all(|it| it.1.contains("撮影室の記録で確認")));
        assert_eq!(belonging(it, "1.2.3").history.len(), 2, "what was decided before stays");
    });
}

#[test]
fn what_is_being_read_is_not_moved_behind_the_readers_back() {
    both(|it| {
        let sister = sister(it);
        let id = it.sent();
        assert_eq!(moved(it, "1.2.3", Some(sister), false), Err(Refusal::BeingRead(vec![id])));
        assert!(belonging(it, "1.2.3").patient.is_none(), "nothing has changed");
        it.clinic(move |tx, ctx| requests::withdraw(tx, ctx, id, "患者さんを取り違えた")).unwrap();
        assert_eq!(moved(it, "1.2.3", Some(sister), false), Ok(1));
        assert_eq!(belonging(it, "1.2.3").requests.len(), 1, "the page names it");
    });
}

#[test]
fn two_records_of_one_person_are_joined_and_parted_again() {
    both(|it| {
        let twice = sister(it);
        common::two::image(&it.ward, "1.2.4", SACHIKO, "00001");
        assert_eq!(moved(it, "1.2.3", Some(twice), true), Err(Refusal::NoPair), "nobody to take them from");
        for study in ["1.2.3", "1.2.4"] {
            assert_eq!(moved(it, study, Some(twice), false), Ok(1));
        }
        assert_eq!(belonging(it, "1.2.4").others, 1);
        assert_eq!(moved(it, "1.2.3", Some(it.patient), true), Ok(2));
        for study in ["1.2.3", "1.2.4"] {
            assert_eq!(belonging(it, study).patient.unwrap().patient.id, it.patient);
        }
        assert_eq!(moved(it, "1.2.4", Some(twice), false), Ok(1));
        assert_eq!(belonging(it, "1.2.3").patient.unwrap().patient.id, it.patient);
        assert_eq!(belonging(it, "1.2.4").history.len(), 3);
    });
}

#[test]
fn what_was_taken_from_a_patient_never_stands_beside_as_an_earlier_one() {
    both(|it| {
        for (study, day) in [("1.5.1", "20240110"), ("1.5.2", "20250110"), ("1.5.3", "20260110")] {
            let more: &[(Tag, &[u8; 2], &str)] = &[
                (Tag(0x0008, 0x0020), b"DA", day),
                (Tag(0x0010, 0x0020), b"LO", "00001"),
                (Tag(0x0010, 0x0030), b"DA", "19480412"),
            ];
            let bytes = common::image(more, SACHIKO, &format!("{study}.1.1"), &format!("{study}.1"), study, &[0; 4]);
            keep(&it.ward, &arrive(&it.ward, &bytes, 64, false).unwrap(), origin());
        }
        let earlier = |study: &'static str| -> Vec<String> {
            let view = it.clinic(move |tx, ctx| viewing::open(tx, ctx, &uid(study))).unwrap();
            view.earlier.into_iter().map(|it| it.uid).collect()
        };
        assert_eq!(earlier("1.5.3"), ["1.5.2", "1.5.1"]);
        assert_eq!(moved(it, "1.5.2", None, false), Ok(1), "whose it is nobody knows");
        assert!(belonging(it, "1.5.2").detached);
        assert_eq!(earlier("1.5.3"), ["1.5.1"]);
        assert!(earlier("1.5.2").is_empty(), "nor does it call others its own");
        assert_eq!(moved(it, "1.5.1", Some(sister(it)), false), Ok(1));
        assert!(earlier("1.5.3").is_empty());
    });
}

#[test]
fn only_the_dentist_decides_and_the_page_says_what_is_missing() {
    both(|it| {
        let sister = sister(it);
        let dentist = wait(it.ward.browser(imaging::routes(), Who::Staff(it.dentist)));
        let page = wait(dentist.get("/images/1.2.3/patient")).text;
        assert!(page.contains("田中 幸子 / たなか さちこ / TANAKA SACHIKO"), "all three scripts: {page}");
        assert!(page.contains(&it.patient.to_string()) && page.contains("装置の記録と一致"));
        let seen = wait(dentist.get("/images/1.2.3")).text;
        assert!(seen.contains("/images/1.2.3/patient") && !seen.contains("患者さんについて"));
        let to = sister.to_string();
        let no_reason = wait(dentist.post("/images/1.2.3/patient", &[("to", &to), ("reason", " ")]));
        assert_eq!(no_reason.status, 422);
        assert_eq!(wait(dentist.post("/images/1.2.3/patient", &[("to", "?"), ("reason", "x")])).status, 422);
        let done = wait(dentist.post("/images/1.2.3/patient", &[("to", &to), ("reason", "姉を選んでいた")]));
        assert_eq!(done.location.as_deref(), Some("/images/1.2.3/patient"));
        assert!(wait(dentist.get("/images/1.2.3/patient")).text.contains("姉を選んでいた"));
        let viewer = || wait(dentist.get("/images/1.2.3")).text;
        let seen = viewer();
        assert!(
            seen.contains("田中　良子 さん") && seen.contains("装置の記録のまま"),
            "said beside the pictures: {seen}"
        );
        let again = wait(dentist.post("/images/1.2.3/patient", &[("to", &to), ("reason", "もう一度")]));
        assert!(again.status == 422 && again.text.contains("すでにそうなっています"), "{}", again.text);
        wait(dentist.post("/images/1.2.3/patient", &[("to", "nobody"), ("reason", "誰か分からない")]));
        assert!(viewer().contains("氏名を信じないでください"));
        let back = it.patient.to_string();
        wait(dentist.post("/images/1.2.3/patient", &[("to", &back), ("reason", "記録で確認")]));
        assert!(!viewer().contains("患者さんについて"), "all agrees again");

        let hygienist = it.ward.staff("ito2", &["hygienist"]);
        let hygienist = wait(it.ward.browser(imaging::routes(), Who::Staff(hygienist)));
        assert_eq!(wait(hygienist.get("/images/1.2.3/patient")).status, 403);
        assert!(!wait(hygienist.get("/images/1.2.3")).text.contains("/images/1.2.3/patient"), "not offered");
        let other = it.hospital(it.reader, move |tx, ctx| open(tx, ctx, &uid("1.2.3")));
        assert_eq!(other.unwrap_err().kind(), &Kind::NotFound, "another facility's");
    });
}
