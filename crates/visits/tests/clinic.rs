//! What a clinic decides beside the visits: where patients are seen in person, which symptoms are asked for, in which
//! language letters are written; what patients say, and what the rows show about the clauses.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::book;
use guidelines::compliance::{Evidence, Status};
use guidelines::symptoms::{Advice, OwnSymptom, Stricter};
use kernel::{BookingId, Kind, Lang, PatientId, PersonId, Who, Words, time};
use testkit::{Browser, Ward, wait};
use visits::booking::store::read_one;
use visits::in_person::{self, Place};
use visits::questionnaire::{Answers, Judgement, SYMPTOMS};
use visits::symptom_list::{self, Change};
use visits::{feedback, language, paper, questionnaire};

/// An online visit of 田中 with the dentist at 10:30; 加藤 manages, 鈴木 stands at the desk.
struct Clinic {
    ward: Ward,
    patient: PatientId,
    dentist: PersonId,
    manager: PersonId,
    clerk: PersonId,
    booking: BookingId,
}

impl Clinic {
    fn new(ward: Ward) -> Self {
        let (patient, dentist) = (ward.patient(), ward.staff("sato", &["dentist"]));
        let (manager, clerk) = (ward.staff("kato", &["manager"]), ward.staff("suzuki", &["clerk"]));
        let booking = book(&ward, patient, dentist);
        Self { ward, patient, dentist, manager, clerk, booking }
    }

    fn both(test: impl Fn(&Self)) {
        Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| test(&Self::new(ward)));
    }

    fn browser(&self, who: Who) -> Browser {
        wait(self.ward.browser(visits::routes(), who))
    }

    fn evidence(&self, clause: &str) -> Evidence {
        let all = self.ward.given(|tx, ctx| {
            let mut all = Vec::new();
            for of in visits::evidence::ALL {
                all.extend(of(tx, ctx)?);
            }
            Ok(all)
        });
        all.into_iter().find(|it| it.clause.as_str() == clause).expect("evidence")
    }

    fn change(&self, who: PersonId, change: Change) -> kernel::Result<i64> {
        self.ward.act(Who::Staff(who), move |tx, ctx| symptom_list::store::change(tx, ctx, &change))
    }

    /// The patient ticks these symptoms and sends the questionnaire.
    fn tick(&self, symptoms: &[&str]) -> kernel::Result<Judgement> {
        let booking = self.booking;
        let chosen: Vec<String> = symptoms.iter().map(|it| (*it).to_owned()).collect();
        self.ward.act(Who::Patient(self.patient), move |tx, ctx| {
            let form = questionnaire::store::form(tx)?;
            let answers = Answers::from([(SYMPTOMS.to_owned(), chosen)]);
            questionnaire::store::keep(tx, ctx, booking, &form, &answers, true)
        })
    }

    /// The letters that go out now: subject, text, and the calendar's entry.
    fn letters(&self) -> Vec<mail::Shown> {
        let kept = mail::LogOnly::new("haruka@example.jp".parse().unwrap());
        let carriers = mail::Carriers::log_only(&kept);
        while wait(mail::deliver_due(&self.ward.site.db, &carriers, &self.ward.clock)).unwrap().more {}
        kept.shown()
    }
}

#[test]
fn where_tanaka_is_seen_in_person_is_decided_and_never_assumed() {
    // OV-202
    Clinic::both(|it| {
        let (patient, booking) = (it.patient, it.booking);
        let known = || it.ward.given(move |tx, _| in_person::store::newest(tx, patient)).map(|it| it.place);
        assert_eq!(known(), None);
        assert_eq!(it.evidence("OV-202").status, Status::NotMet);
        let decide = |who: Who, place: Place| {
            it.ward.act(who, move |tx, ctx| in_person::store::decide(tx, ctx, patient, &place))
        };
        for who in [Who::Nobody, Who::Patient(patient), Who::Staff(it.manager)] {
            assert!(decide(who.clone(), Place::Here).is_err(), "{who:?}");
        }
        decide(Who::Staff(it.clerk), Place::Here).unwrap();
        assert_eq!(known(), Some(Place::Here));
        let met = it.evidence("OV-202");
        assert_eq!((met.status, met.count), (Status::Met, 1));
        it.ward.clock.pass_min(1);
        let elsewhere = Place::Elsewhere(in_person::Other {
            name: "東都大学病院".into(),
            phone: "03-5550-0202".into(),
            way: "車で10分".into(),
        });
        decide(Who::Staff(it.dentist), elsewhere.clone()).unwrap();
        assert_eq!(known(), Some(elsewhere));
        let acts = it.ward.acts();
        assert_eq!(acts.iter().filter(|it| *it == "in_person.decide").count(), 2 + 2, "refusals are on record too");
        // The patient reads where to go.
        let home = wait(it.browser(Who::Patient(patient)).get(&format!("/visits/{booking}")));
        assert!(home.text.contains("東都大学病院（電話 03-5550-0202）"), "{}", home.text);
    });
}

#[test]
fn the_clerk_is_led_to_the_decision_and_back() {
    // OV-202
    let it = Clinic::new(Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]));
    let clerk = it.browser(Who::Staff(it.clerk));
    let list = wait(clerk.get("/in-person"));
    let path = format!("/patients/{}/in-person", it.patient);
    assert!(list.text.contains(&path) && list.text.contains("田中"));
    let booking = wait(clerk.get(&format!("/bookings/{}", it.booking)));
    assert!(booking.text.contains("まだ決まっていません") && booking.text.contains(&path));
    let id = it.booking.to_string();
    let short = wait(clerk.post(&path, &[("place", "elsewhere"), ("name", "東都大学病院"), ("booking", &id)]));
    assert_eq!(short.status.as_u16(), 422);
    assert!(short.text.contains("value=\"東都大学病院\""), "nothing typed is lost");
    let full = [("place", "elsewhere"), ("name", "東都大学病院"), ("phone", "03-5550-0202"), ("booking", id.as_str())];
    let done = wait(clerk.post(&path, &full));
    assert_eq!(done.location, Some(format!("/bookings/{}/call", it.booking)));
    assert!(wait(clerk.get("/in-person")).text.contains("全員決まっています"));
    let stranger = it.ward.other_facility();
    let from_elsewhere = wait(it.ward.browser_at(visits::routes(), Who::Staff(it.clerk), stranger));
    assert_eq!(wait(from_elsewhere.get(&path)).status.as_u16(), 404);
}

#[test]
fn the_clinics_own_symptoms_count_from_the_next_questionnaire() {
    // OV-111, OV-264, SY-05, CS-142
    Clinic::both(|it| {
        assert_eq!(it.evidence("OV-264").status, Status::Unknown, "nobody has looked through the list");
        assert_eq!(it.evidence("OV-111").status, Status::Unknown);
        assert_eq!(it.tick(&["endo_tooth_pain"]).unwrap(), Judgement::Doctor);
        let snoring = OwnSymptom { key: "own_a".into(), words: Words::new("いびき", "Snoring"), now: None };
        for who in [it.dentist, it.clerk] {
            let refused = it.change(who, Change::Add(snoring.clone())).unwrap_err();
            assert_eq!(*refused.kind(), Kind::Forbidden);
        }
        assert_eq!(it.change(it.manager, Change::LookedThrough).unwrap(), 1);
        assert_eq!(it.evidence("OV-264").status, Status::Met);
        assert_eq!(it.change(it.manager, Change::Add(snoring)).unwrap(), 2);
        let sharper = |key: &str, now| Change::Sharpen(Stricter { key: key.into(), now });
        assert_eq!(it.change(it.manager, sharper("endo_tooth_pain", Advice::InPersonToday)).unwrap(), 3);
        for weaker in
            [sharper("general_breathing", Advice::InPersonToday), Change::TakeBack("general_breathing".into())]
        {
            let refused = it.change(it.manager, weaker.clone()).unwrap_err();
            assert_eq!(*refused.kind(), Kind::Invalid { field: "symptom" }, "{weaker:?}");
        }
        it.ward.clock.pass_min(1);
        assert_eq!(it.tick(&["endo_tooth_pain"]).unwrap(), Judgement::Stop, "stricter here");
        it.ward.clock.pass_min(1);
        assert_eq!(it.tick(&["own_a"]).unwrap(), Judgement::Doctor);
        let booking = it.booking;
        let sent = it.ward.given(move |tx, _| questionnaire::store::sent(tx, booking)).unwrap();
        assert_eq!(sent.symptom_edition, "2025-05-09 + 3");
        // Taken back later, it is still readable where it was ticked.
        assert_eq!(it.change(it.manager, Change::TakeBack("own_a".into())).unwrap(), 4);
        let old = it.ward.given(move |tx, ctx| symptom_list::store::of_edition(tx, ctx, &sent.symptom_edition));
        assert_eq!(old.find("own_a").expect("still readable").words.ja, "いびき");
        assert!(it.tick(&["own_a"]).is_err(), "nobody is asked for it any more");
        assert!(it.ward.acts().iter().filter(|it| *it == "symptoms.change").count() >= 4);
        // What was done is told in the reader's language; the first versions were noted in Japanese alone.
        let told = || it.ward.given(|tx, ctx| Ok(symptom_list::store::view(tx, ctx)?.versions.remove(0).0.note));
        assert_eq!(told(), Words::new("取り下げた：いびき", "Taken back: Snoring"));
        it.ward.given(|tx, _| tx.exec("UPDATE symptom_list SET note = '一覧を見直した' WHERE number = 4", &[]));
        assert_eq!(told(), Words::new("一覧を見直した", "一覧を見直した"));
    });
}

#[test]
fn the_list_is_kept_on_its_page() {
    // OV-264, OV-111
    let it = Clinic::new(Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]));
    let manager = it.browser(Who::Staff(it.manager));
    let page = wait(manager.get("/settings/symptoms"));
    assert!(page.text.contains("まだ見直していません") && page.text.contains("口腔外科"), "{}", page.text);
    let short = wait(manager.post("/settings/symptoms", &[("change", "add"), ("ja", "いびき"), ("now", "call_119")]));
    assert_eq!(short.status.as_u16(), 422);
    assert!(short.text.contains("いびき"), "nothing typed is lost");
    let full = [("change", "add"), ("ja", "いびき"), ("en", "Snoring"), ("now", "in_person_today")];
    assert_eq!(wait(manager.post("/settings/symptoms", &full)).location.as_deref(), Some("/settings/symptoms"));
    let page = wait(manager.get("/settings/symptoms"));
    assert!(page.text.contains("加えた：いびき（今日のうちに対面）") && page.text.contains("2025-05-09 + 1"));
    let patient = it.browser(Who::Patient(it.patient));
    let asked = wait(patient.get(&format!("/visits/{}/questionnaire", it.booking)));
    assert!(asked.text.contains("当院でおたずねしていること") && asked.text.contains("いびき"));
    let clerk = it.browser(Who::Staff(it.clerk));
    assert_eq!(wait(clerk.get("/settings/symptoms")).status.as_u16(), 403);
}

#[test]
fn an_urgent_symptom_says_whom_to_call_until_a_doctor_has_decided() {
    // OV-111: (symptom, the big number)
    for (symptom, first, second) in
        [("general_breathing", "tel:119", "tel:03-"), ("surgery_bleeding", "tel:03-", "tel:119")]
    {
        let it = Clinic::new(Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]));
        let patient = it.browser(Who::Patient(it.patient));
        let path = format!("/visits/{}/questionnaire", it.booking);
        let stopped = wait(patient.post(&path, &[("q-symptoms", symptom)]));
        let at = |text: &str, what: &str| text.find(what).unwrap_or_else(|| panic!("{what} in {text}"));
        assert!(at(&stopped.text, first) < at(&stopped.text, second), "{symptom}");
        for page in ["/home".to_owned(), format!("/visits/{}", it.booking), path.clone()] {
            assert!(wait(patient.get(&page)).text.contains("tel:119"), "{page} says it still");
        }
        let (booking, dentist) = (it.booking, it.dentist);
        assert_eq!(it.evidence("OV-111").status, Status::Met, "it waits for the doctor, and no call starts");
        it.ward
            .act(Who::Staff(dentist), move |tx, ctx| questionnaire::store::decide(tx, ctx, booking, true, "電話で確認"))
            .unwrap();
        assert!(!wait(patient.get("/home")).text.contains("tel:119"), "a doctor has decided");
    }
}

#[test]
fn a_hit_that_nobody_decided_about_is_a_gap_once_the_visit_was_held() {
    // OV-111, OV-305
    Clinic::both(|it| {
        it.tick(&["endo_tooth_pain"]).unwrap();
        let booking = it.booking;
        it.ward.given(move |tx, ctx| {
            let facility = tx.facility()?;
            tx.exec(
                "INSERT INTO visit_end (booking_id, facility_id, outcome, patient_picture_s, patient_sound_s, doctor_picture_s,
                 doctor_sound_s, reason, ended_by, ended_at) VALUES (?1, ?2, 'held', 60, 60, 60, 60, ?3, 'test', ?4)",
                db::params![booking, facility, vec![0_u8], ctx.now],
            )
        });
        assert_eq!(it.evidence("OV-111").status, Status::NotMet);
        let dentist = it.dentist;
        it.ward
            .act(Who::Staff(dentist), move |tx, ctx| questionnaire::store::decide(tx, ctx, booking, true, "診てよい"))
            .unwrap();
        assert_eq!(it.evidence("OV-111").status, Status::Met);
        assert_eq!(it.evidence("SY-05").status, Status::Met);
    });
}

#[test]
fn letters_are_written_in_the_patients_language() {
    // SY-06, SY-67
    Clinic::both(|it| {
        let confirmed = &it.letters()[0];
        assert_eq!(confirmed.subject, "ご予約を承りました");
        assert!(confirmed.ics.as_ref().expect("an invitation").contains("ご予約"));
        let (patient, booking) = (it.patient, it.booking);
        it.ward.act(Who::Patient(patient), move |tx, ctx| language::store::choose(tx, ctx, patient, Lang::En)).unwrap();
        let stranger = Who::Patient(PatientId::from_bytes([3; 16]));
        let refused = it.ward.act(stranger, move |tx, ctx| language::store::choose(tx, ctx, patient, Lang::Ja));
        assert!(refused.is_err());
        it.ward.act(Who::Staff(it.clerk), move |tx, ctx| visits::booking::store::cancel(tx, ctx, booking, "")).unwrap();
        let cancelled =
            it.letters().into_iter().find(|it| it.subject == "Your booking is cancelled").expect("in English");
        assert!(cancelled.text.contains("With: 佐藤") && !cancelled.text.contains("日時"), "{}", cancelled.text);
        assert!(cancelled.ics.expect("an invitation").contains("appointment"));
    });
}

#[test]
fn a_patient_hears_that_a_plan_is_ready_and_nothing_of_it() {
    // OV-134
    Clinic::both(|it| {
        it.letters();
        let (patient, dentist) = (it.patient, it.dentist);
        let day = time::day(it.ward.ctx(Who::Nobody).now);
        let mut content = visits::plan::Content {
            doctors: vec![dentist],
            evaluated_on: Some(day),
            ..visits::plan::Content::default()
        };
        content
            .parts
            .extend(guidelines::plan::Part::ALL.into_iter().map(|it| (it, format!("{}。佐藤", it.title().ja))));
        let secret = content.clone();
        it.ward
            .act(Who::Staff(dentist), move |tx, ctx| visits::plan::store::finalise(tx, ctx, patient, &content, true))
            .unwrap();
        let letters = it.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].subject, "診療計画ができました");
        assert!(letters[0].text.contains("/v/"), "with the link: {}", letters[0].text);
        for text in secret.parts.values() {
            assert!(!letters[0].text.contains(text.as_str()), "nothing of the plan");
        }
    });
}

#[test]
fn what_patients_say_reaches_those_who_care_for_them() {
    // OV-302, CS-120
    let it = Clinic::new(Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]));
    assert_eq!(it.evidence("OV-302").status, Status::Unknown);
    it.ward.clock.pass_min(120);
    let (booking, patient) = (it.booking, it.patient);
    let said = feedback::Feedback {
        answers: [5, 2, 4, 4, 5], comment: "声が小さかったです。".into(), given_at: None
    };
    it.ward.act(Who::Patient(patient), move |tx, ctx| feedback::store::give(tx, ctx, booking, &said)).unwrap();
    assert_eq!(it.evidence("OV-302").status, Status::Met);
    let dentist = it.browser(Who::Staff(it.dentist));
    let before = it.ward.entries();
    for path in [format!("/bookings/{booking}/feedback"), "/quality/voices?from=2026-11-01&to=2026-11-30".into()] {
        assert!(wait(dentist.get(&path)).text.contains("声が小さかったです。"), "{path}");
    }
    assert!(wait(dentist.get("/quality/voices?from=2026-10-01&to=2026-10-30")).text.contains("感想0件"));
    assert!(it.ward.entries() >= before + 4, "each view of an answer is on record");
    let manager = it.browser(Who::Staff(it.manager));
    assert_eq!(
        wait(manager.get("/quality/voices")).status.as_u16(),
        403,
        "a manager has no right to answers of patients"
    );
    assert!(!wait(manager.get("/quality")).text.contains("/quality/voices"), "nor is the page of them offered");
}

#[test]
fn whether_files_are_scanned_is_told_as_it_is() {
    // CS-155, OV-247
    Clinic::both(|it| {
        let none = it.evidence("CS-155");
        assert_eq!(none.status, Status::NotMet);
        assert!(none.reason.ja.contains("設定されていません") && none.reason.ja.contains("運用の担当者"));
        assert_eq!(it.evidence("OV-247").status, Status::NotMet);
        it.ward.given(|tx, ctx| web::installation::set_scans(tx, true, ctx.now));
        assert_eq!(it.evidence("CS-155").status, Status::Unknown, "configured, never used");
        let booking = it.booking;
        let refuse = |cause| {
            it.ward.clock.pass_min(1);
            it.ward
                .act(Who::Patient(it.patient), move |tx, ctx| paper::store::note_refusal(tx, ctx, booking, cause))
                .unwrap();
        };
        refuse(paper::Unclean::Malware);
        assert_eq!(it.evidence("CS-155").status, Status::Met, "it works, and has found something");
        refuse(paper::Unclean::NotScanned);
        assert_eq!(it.evidence("CS-155").status, Status::NotMet, "it does not answer");
    });
}

#[test]
fn nothing_is_met_before_anything_has_happened() {
    // OV-305, CS-141: only what the program keeps without any row may be met at an empty clinic.
    let ward = Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]);
    let all = ward.given(|tx, ctx| {
        let mut all = Vec::new();
        for of in visits::evidence::ALL {
            all.extend(of(tx, ctx)?);
        }
        Ok(all)
    });
    let met: Vec<&str> = all.iter().filter(|it| it.status == Status::Met).map(|it| it.clause.as_str()).collect();
    assert_eq!(met, ["OV-306", "OV-265"]);
}

#[test]
fn a_son_who_comes_of_age_consents_himself() {
    // OV-102
    let ward = Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]);
    let born = |text: &'static str| {
        ward.given(move |tx, ctx| {
            let form = people::patient::PatientForm {
                number: String::new(),
                name: kernel::JapaneseName::parse("田中", "翔", "たなか", "しょう").unwrap(),
                birth_date: text.parse().unwrap(),
                sex: people::patient::Sex::Male,
                phone: "03-0000-0000".into(),
                mail: String::new(),
                address: String::new(),
                remark: String::new(),
                in_person_at: String::new(),
            };
            people::patient::store::register(tx, ctx, &form)
        })
    };
    // The ward's day is 2026-11-24: one day before, on, and after the eighteenth birthday.
    let mother = ward.staff("haha", &[]);
    let dentist = ward.staff("sato", &["dentist"]);
    for (birth, ended) in [("2008-11-25", false), ("2008-11-24", true), ("2008-11-23", true)] {
        let son = born(birth);
        ward.given(move |tx, ctx| people::patient::store::add_guardian(tx, ctx, son, mother, "母"));
        let booking = book(&ward, son, dentist);
        let guardian = Who::Guardian { person: mother, patient: son };
        // Given two days ago, while he was a minor.
        let now = ward.ctx(Who::Nobody).now;
        ward.clock.set(time::plus_min(now, -2 * 24 * 60));
        for kind in visits::consent::READ_FIRST {
            ward.act(guardian.clone(), move |tx, ctx| {
                let version = visits::consent::store::view(tx, ctx, booking)?.text.version();
                visits::consent::store::tick(tx, ctx, booking, kind, &version)
            })
            .unwrap();
        }
        ward.act(guardian, move |tx, ctx| {
            let signature = visits::consent::Signature {
                ticks: vec!["wish".into(), "explained".into(), "may_withdraw".into()],
                name: "佐藤 haha".into(),
                keep: visits::consent::Keep::Nothing,
            };
            visits::consent::store::give(tx, ctx, booking, &signature, "testkit")
        })
        .unwrap();
        ward.clock.set(now);
        let state = ward.given(move |tx, _| {
            let booking = read_one(tx, booking)?;
            Ok(visits::consent::store::facts(tx, &booking)?.consent)
        });
        let expected =
            if ended { guidelines::call::ConsentState::CameOfAge } else { guidelines::call::ConsentState::InForce };
        assert_eq!(state, expected, "{birth}");
        if ended {
            let page = wait(
                wait(ward.browser(visits::routes(), Who::Patient(son))).get(&format!("/visits/{booking}/consent")),
            );
            assert!(page.text.contains("成年になられたので"), "{}", page.text);
        }
        ward.act(Who::Staff(dentist), move |tx, ctx| visits::booking::store::cancel(tx, ctx, booking, "")).unwrap();
    }
}
