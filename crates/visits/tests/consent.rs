//! Consent as the ward lives it: read, signed by the own hand, withdrawn; and what nobody else can do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Visit, book};
use guidelines::call::{ConsentState, Explanation};
use guidelines::compliance::Status;
use guidelines::consent::DocumentKind;
use guidelines::storage::{Medium, may_keep};
use kernel::{Kind, PatientId, Result, Who, Words};
use people::patient::{PatientForm, Sex};
use testkit::{Browser, Seen, Ward, wait};
use visits::consent::store::{self, Facts, Outcome};
use visits::consent::{Keep, READ_FIRST, Signature};

impl Visit {
    fn me(&self) -> Who {
        Who::Patient(self.patient)
    }

    fn facts(&self) -> Facts {
        let booking = self.booking;
        self.ward.given(move |tx, _| {
            let booking = visits::booking::store::read_one(tx, booking)?;
            store::facts(tx, &booking)
        })
    }

    fn read(&self, who: &Who, kind: DocumentKind) -> Result<()> {
        let booking = self.booking;
        let version = self.ward.given(move |tx, ctx| Ok(store::view(tx, ctx, booking)?.text.version()));
        self.ward.act(who.clone(), move |tx, ctx| store::tick(tx, ctx, booking, kind, &version))
    }

    fn sign(&self, who: &Who, name: &str, keep: Keep) -> Result<Outcome> {
        let (booking, name) = (self.booking, name.to_owned());
        self.ward.act(who.clone(), move |tx, ctx| {
            let ticks = vec!["wish".into(), "explained".into(), "may_withdraw".into()];
            store::give(tx, ctx, booking, &Signature { ticks, name, keep }, "testkit")
        })
    }

    fn consent(&self) {
        for kind in READ_FIRST {
            self.read(&self.me(), kind).unwrap();
        }
        assert!(matches!(self.sign(&self.me(), "田中 幸子", Keep::Nothing).unwrap(), Outcome::Given(_)));
    }

    fn path(&self, rest: &str) -> String {
        format!("/visits/{}{rest}", self.booking)
    }
}

#[test]
fn tanaka_reads_signs_and_withdraws() {
    // OV-101, OV-102, OV-104, OV-240, OV-250
    Visit::both(|it| {
        let before = it.facts();
        assert_eq!((before.explanation, before.consent), (Explanation::Missing, ConsentState::Missing));
        assert!(!before.security_agreed && !before.duties_ticked);
        assert_eq!(it.sign(&it.me(), "田中 幸子", Keep::Nothing).unwrap(), Outcome::Unread(DocumentKind::Explanation));
        for kind in READ_FIRST {
            it.read(&it.me(), kind).unwrap();
        }
        let wrong = it.sign(&it.me(), "佐藤 一郎", Keep::Nothing).unwrap_err();
        assert_eq!(*wrong.kind(), Kind::Invalid { field: "name" });
        it.consent();
        let given = it.facts();
        assert_eq!((given.explanation, given.consent), (Explanation::Given, ConsentState::InForce));
        assert!(given.security_agreed && given.duties_ticked);
        assert_eq!(it.sign(&it.me(), "田中 幸子", Keep::Nothing).unwrap(), Outcome::InForce);
        // OV-240: it goes to the chart by itself.
        let booking = it.booking;
        let line = it.ward.given(move |tx, _| {
            let booking = visits::booking::store::read_one(tx, booking)?;
            store::chart_line(tx, &booking)
        });
        assert!(line.expect("a line").ja.contains("双方が合意"));
        let facts = it.ward.given(move |tx, ctx| {
            let booking = visits::booking::store::read_one(tx, booking)?;
            visits::chart::facts::gather(tx, ctx, &booking)
        });
        assert!(facts.lines(kernel::Lang::Ja).iter().any(|it| it.1.contains("双方が合意")));
        it.ward.act(it.me(), move |tx, ctx| store::withdraw(tx, ctx, booking, "")).unwrap();
        assert_eq!(it.facts().consent, ConsentState::Withdrawn);
        let acts = it.ward.acts();
        for act in ["consent.read", "consent.give", "consent.withdraw"] {
            assert!(acts.iter().any(|it| it == act), "{act} left no entry");
        }
        it.ward.clock.pass_min(1);
        // Given again after a withdrawal, without reading everything again.
        assert!(matches!(it.sign(&it.me(), "たなか さちこ", Keep::Nothing).unwrap(), Outcome::Given(_)));
        assert_eq!(it.facts().consent, ConsentState::InForce);
    });
}

#[test]
fn nobody_consents_for_the_patient() {
    // OV-102
    Visit::both(|it| {
        let stranger = Who::Patient(PatientId::from_bytes([3; 16]));
        for who in [Who::Nobody, Who::Staff(it.dentist), stranger, Who::Operator("root".into()), Who::System("job")] {
            for kind in READ_FIRST {
                assert!(it.read(&who, kind).is_err(), "{who:?} read");
            }
            assert!(it.sign(&who, "田中 幸子", Keep::Nothing).is_err(), "{who:?} signed");
        }
        assert_eq!(it.facts().consent, ConsentState::Missing);
        // What another person has read is not read by the one who signs.
        it.consent();
        let booking = it.booking;
        let clerk = it.ward.staff("suzuki", &["clerk"]);
        assert!(it.ward.act(Who::Staff(clerk), move |tx, ctx| store::view(tx, ctx, booking)).is_err(), "chart class");
        assert!(it.ward.act(Who::Staff(it.dentist), move |tx, ctx| store::withdraw(tx, ctx, booking, "")).is_err());
        assert_eq!(it.facts().consent, ConsentState::InForce);
    });
}

#[test]
fn a_childs_mother_signs_as_such() {
    // OV-102
    Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| {
        let child = ward.given(|tx, ctx| {
            let form = PatientForm {
                number: String::new(),
                name: kernel::JapaneseName::parse("田中", "翔", "たなか", "しょう").unwrap(),
                birth_date: "2018-04-12".parse().unwrap(),
                sex: Sex::Male,
                phone: "03-0000-0000".into(),
                mail: String::new(),
                address: String::new(),
                remark: String::new(),
                in_person_at: String::new(),
            };
            people::patient::store::register(tx, ctx, &form)
        });
        let mother = ward.staff("haha", &[]);
        ward.given(move |tx, ctx| people::patient::store::add_guardian(tx, ctx, child, mother, "母"));
        let dentist = ward.staff("sato", &["dentist"]);
        let booking = book(&ward, child, dentist);
        let it = Visit { ward, patient: child, dentist, booking };
        for kind in READ_FIRST {
            it.read(&it.me(), kind).unwrap();
        }
        assert_eq!(it.sign(&it.me(), "田中 翔", Keep::Nothing).unwrap(), Outcome::NeedsGuardian);
        let guardian = Who::Guardian { person: mother, patient: child };
        assert_eq!(
            it.sign(&guardian, "佐藤 haha", Keep::Nothing).unwrap(),
            Outcome::Unread(DocumentKind::Explanation),
            "what the child has read the mother has not"
        );
        for kind in READ_FIRST {
            it.read(&guardian, kind).unwrap();
        }
        assert!(it.sign(&guardian, "田中 翔", Keep::Nothing).is_err(), "the mother signs with her own name");
        assert!(matches!(it.sign(&guardian, "佐藤 haha", Keep::Nothing).unwrap(), Outcome::Given(_)));
        assert_eq!(it.facts().consent, ConsentState::InForce);
        let consents = it.ward.given(move |tx, ctx| Ok(store::list(tx, ctx, child)?.1));
        assert_eq!(consents[0].record.relation.as_deref(), Some("母"));
    });
}

#[test]
fn an_emergency_postpones_the_explanation_but_not_the_consent() {
    // OV-104
    Visit::both(|it| {
        let booking = it.booking;
        let clerk = Who::Staff(it.ward.staff("suzuki", &["clerk"]));
        assert!(it.ward.act(clerk, move |tx, ctx| store::postpone(tx, ctx, booking, "急な腫れ")).is_err());
        assert!(it.ward.act(it.me(), move |tx, ctx| store::postpone(tx, ctx, booking, "急な腫れ")).is_err());
        it.ward.act(Who::Staff(it.dentist), move |tx, ctx| store::postpone(tx, ctx, booking, "急な腫れ")).unwrap();
        assert_eq!(it.facts().explanation, Explanation::Postponed);
        assert_eq!(it.facts().consent, ConsentState::Missing);
        it.read(&it.me(), DocumentKind::Security).unwrap();
        it.read(&it.me(), DocumentKind::Duties).unwrap();
        assert!(matches!(it.sign(&it.me(), "田中幸子", Keep::Nothing).unwrap(), Outcome::Given(_)));
        let facts = it.facts();
        assert_eq!((facts.explanation, facts.consent), (Explanation::Postponed, ConsentState::InForce));
        let status = |wanted: &str| {
            let all = it.ward.given(store::evidence);
            all.iter().find(|it| it.clause.as_str() == wanted).map(|it| it.status)
        };
        assert_eq!(status("OV-104"), Some(Status::NotMet), "the task stays open");
        it.ward.clock.pass_min(30);
        it.read(&it.me(), DocumentKind::Explanation).unwrap();
        assert_eq!(it.facts().explanation, Explanation::Given);
        assert_eq!(status("OV-104"), Some(Status::Met));
        assert_eq!(status("OV-306"), Some(Status::Met));
    });
}

#[test]
fn a_new_text_asks_again_only_when_it_matters() {
    // OV-101, OV-104
    Visit::both(|it| {
        it.consent();
        let write = |material| {
            let lines =
                [Words::new("当院では3か月ごとに来院していただきます。", "We ask you to come every three months.")];
            let manager = Who::Staff(it.ward.staff(if material { "yama" } else { "kato" }, &["manager"]));
            it.ward.act(manager, move |tx, ctx| store::write_own_text(tx, ctx, &lines, material))
        };
        let old = it.ward.given({
            let patient = it.patient;
            move |tx, ctx| Ok(store::list(tx, ctx, patient)?.1[0].record.text.clone())
        });
        write(false).unwrap();
        assert_eq!(it.facts().consent, ConsentState::InForce);
        write(true).unwrap();
        assert_eq!(it.facts().consent, ConsentState::Outdated);
        let patient = it.patient;
        let kept = it.ward.given(move |tx, ctx| Ok(store::list(tx, ctx, patient)?.1[0].record.text.clone()));
        assert_eq!(kept, old, "what was signed stays as it was shown");
        let lines = [Words::new("x", "x")];
        assert!(
            it.ward.act(Who::Staff(it.dentist), move |tx, ctx| store::write_own_text(tx, ctx, &lines, true)).is_err()
        );
    });
}

#[test]
fn pictures_are_kept_only_when_both_agreed() {
    // OV-132
    Visit::both(|it| {
        let (patient, booking) = (it.patient, it.booking);
        let now = || it.ward.given(move |tx, _| store::storage(tx, patient));
        let allowed = || may_keep(&now().agreement(), Medium::Pictures).is_ok();
        assert!(!allowed(), "nothing is kept by default");
        for kind in READ_FIRST {
            it.read(&it.me(), kind).unwrap();
        }
        it.sign(&it.me(), "田中幸子", Keep::Pictures).unwrap();
        assert!(!allowed(), "the doctor has not agreed");
        let choice = now().id.unwrap();
        assert!(it.ward.act(it.me(), move |tx, ctx| store::agree_storage(tx, ctx, booking, choice)).is_err());
        let dentist = Who::Staff(it.dentist);
        it.ward.act(dentist.clone(), move |tx, ctx| store::agree_storage(tx, ctx, booking, choice)).unwrap();
        assert!(allowed());
        it.ward.clock.pass_min(1);
        it.ward.act(it.me(), move |tx, ctx| store::change_storage(tx, ctx, booking, Keep::Nothing)).unwrap();
        assert!(!allowed());
        let old = it.ward.act(dentist, move |tx, ctx| store::agree_storage(tx, ctx, booking, choice));
        assert_eq!(*old.unwrap_err().kind(), Kind::Conflict, "an agreement to what the patient no longer wants");
    });
}

fn all_ticks(page: &Seen) -> Vec<(String, String)> {
    let boxes = page.text.split("<input type=\"checkbox\"").skip(1);
    let name = |it: &str| it.split("name=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    boxes.map(|it| (name(it), "1".to_owned())).collect()
}

fn send(browser: &Browser, path: &str, fields: &[(String, String)]) -> Seen {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    wait(browser.post(path, &fields))
}

#[test]
fn tanaka_walks_the_pages_to_the_signature() {
    // OV-102, OV-104, OV-250, OV-306
    let it = Visit::sqlite();
    let browser = it.browser(it.me());
    let booking = it.booking;
    let version = it.ward.given(move |tx, ctx| Ok(store::view(tx, ctx, booking)?.text.version()));
    for (kind, heading) in READ_FIRST.into_iter().zip([
        "オンライン診療についての説明",
        "セキュリティについての説明と合意",
        "守っていただくこと",
    ]) {
        let page = wait(browser.get(&it.path("/consent")));
        assert!(page.status.is_success() && page.text.contains(heading), "{heading}: {}", page.text);
        let mut fields = all_ticks(&page);
        fields.push(("kind".into(), kind.key().into()));
        fields.push(("version".into(), version.clone()));
        // One tick short: nothing is kept, and the page says which.
        let short = send(&browser, &it.path("/consent/read"), &fields[1..]);
        assert_eq!(short.status.as_u16(), 422);
        assert!(short.text.contains("読んで、チェックを付けてください") && short.text.contains("checked"));
        let read = send(&browser, &it.path("/consent/read"), &fields);
        assert_eq!(read.location.as_deref(), Some(it.path("/consent").as_str()), "{}", read.text);
    }
    let page = wait(browser.get(&it.path("/consent")));
    assert!(page.text.contains("同意します") && page.text.contains("何も保存しない"));
    let mut fields = all_ticks(&page);
    fields.push(("keep".into(), "nothing".into()));
    fields.push(("name".into(), "佐藤".into()));
    let wrong = send(&browser, &it.path("/consent"), &fields);
    assert_eq!(wrong.status.as_u16(), 422);
    assert!(wrong.text.contains("登録されているお名前と違います") && wrong.text.contains("佐藤"));
    fields.pop();
    fields.push(("name".into(), "田中幸子".into()));
    assert_eq!(send(&browser, &it.path("/consent"), &fields).location.as_deref(), Some(it.path("/consent").as_str()));
    let page = wait(browser.get(&it.path("/consent")));
    assert!(page.text.contains("同意をいただいています") && page.text.contains(&version));
    let paper = wait(browser.get(&it.path("/consent.pdf")));
    assert!(
        paper.text.contains("田中幸子")
            && paper.text.contains("私は、この医療機関のオンライン診療を受けることを希望します")
    );
    let checklist = wait(browser.get(&it.path("/checklist")));
    assert!(checklist.status.is_success() && checklist.text.contains("安心して受けるための確認表"));
    // The other side reads the same.
    let dentist = it.browser(Who::Staff(it.dentist));
    for path in [
        format!("/bookings/{}/consent", it.booking),
        format!("/bookings/{}/consent.pdf", it.booking),
        format!("/patients/{}/consents", it.patient),
    ] {
        let seen = wait(dentist.get(&path));
        assert!(seen.status.is_success() && seen.text.contains(&version), "{path}");
    }
    assert_eq!(wait(dentist.get(&it.path("/consent"))).status.as_u16(), 404, "the staff has no such page");
    // Withdrawing shows what it means, and the page knows afterwards.
    let form = wait(browser.get(&it.path("/consent/withdraw")));
    assert!(form.text.contains("もう一度同意するまで始められません") && form.text.contains("これからのオンライン診療"));
    send(&browser, &it.path("/consent/withdraw"), &[]);
    assert!(wait(browser.get(&it.path("/consent"))).text.contains("前の同意は取り消されています"));
}
