//! An urgent finding reaches the facility that asked, again and again, until a named person has taken it over (TR-06). On both
//! databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{ROOMS, Two, both, content, kind, two};
use db::params;
use imaging::report::Urgency;
use imaging::request::RequestId;
use imaging::urgent::store as urgents;
use imaging::urgent::{Call, Deed, Outcome, Urgent, UrgentId};
use kernel::{FacilityId, Kind, Who};
use people::agreement::Contact;
use people::agreement::store as agreements;
use testkit::{Ward, wait};

const FINDING: &str = "右側の気道に近い膿瘍。すぐに口腔外科へ。";

impl Two {
    fn read_case(&self) -> RequestId {
        let id = self.sent();
        self.take(self.reader, id, "").unwrap();
        id
    }

    fn mark(&self, id: RequestId) -> kernel::Result<UrgentId> {
        self.hospital(self.reader, move |tx, ctx| urgents::mark(tx, ctx, id, FINDING))
    }

    /// Both copies.
    fn copies(&self, id: RequestId) -> [Urgent; 2] {
        let read = move |tx: &mut db::Tx<'_>, _: &kernel::Ctx| Ok(urgents::of_request(tx, id)?.remove(0));
        [self.clinic(read).unwrap(), self.hospital(self.reader, read).unwrap()]
    }

    /// Letters in a facility's outbox about an urgent finding that are not called back.
    fn letters(&self, facility: FacilityId) -> i64 {
        let sql = "SELECT count(*) FROM outbox WHERE facility_id = ?1 AND about_kind = 'reading_urgent' AND cancelled_at IS NULL";
        let found = self.ward.site.db.write_blocking(Some(facility), move |tx| tx.value(sql, params![facility]));
        found.unwrap().unwrap_or(0)
    }

    fn with_contacts(&self) {
        let (id, dentist) = (self.agreement, self.dentist);
        let of = |name: &str, mail: &str| Contact {
            name: name.into(),
            role: String::new(),
            phone: "090-5550-0101".into(),
            mail: mail.into(),
            person: Some(dentist),
        };
        let list = [of("佐藤", "sato@example.jp"), of("院長", "incho@example.jp"), of("理事", "riji@example.jp")];
        // The newest list counts, and the first was written at this very moment.
        self.ward.clock.pass_min(1);
        self.clinic(move |tx, ctx| agreements::write_contacts(tx, ctx, id, &list)).unwrap();
    }

    fn sweep(&self) {
        wait(urgents::sweep(&self.ward.site)).unwrap();
    }
}

fn told(it: &Urgent) -> Vec<usize> {
    it.steps
        .iter()
        .filter_map(|it| if let Deed::Round { told, .. } = &it.deed { Some(told.len()) } else { None })
        .collect()
}

#[test]
fn it_is_told_at_once_and_to_one_more_every_ten_minutes_until_somebody_takes_it_over() {
    // TR-06
    both(|it| {
        it.with_contacts();
        let case = it.read_case();
        let id = it.mark(case).unwrap();
        let copies = it.copies(case);
        assert_eq!(copies.each_ref().map(|it| it.finding.as_str()), [FINDING; 2]);
        assert_eq!(copies.each_ref().map(told), [vec![2], vec![2]], "at once: who asked, and the first of the list");
        let clinic = it.ward.facility;
        let first = it.letters(clinic);
        assert!(first >= 1 && it.letters(it.hospital) == 0, "letters are the clinic's");
        it.sweep();
        assert_eq!(told(&it.copies(case)[0]), [2], "not due yet");
        for expected in [vec![2, 3], vec![2, 3, 4], vec![2, 3, 4, 4]] {
            it.ward.clock.pass_min(10);
            it.sweep();
            it.sweep();
            assert_eq!(it.copies(case).map(|it| told(&it)), [expected.clone(), expected]);
        }
        assert!(it.letters(clinic) > first);
        // A server that slept tells one round, not all that it missed.
        it.ward.clock.pass_min(6 * 60);
        it.sweep();
        it.sweep();
        assert_eq!(told(&it.copies(case)[0]).len(), 5);

        it.clinic(move |tx, ctx| urgents::view(tx, ctx, id)).unwrap();
        it.clinic(move |tx, ctx| urgents::view(tx, ctx, id)).unwrap();
        let seen = it.copies(case)[1].steps.iter().filter(|it| matches!(it.deed, Deed::Seen { .. })).count();
        assert_eq!(seen, 1, "the reader sees who has opened it");
        assert_eq!(it.clinic(|tx, _| urgents::open(tx)).unwrap(), [1, 0]);
        assert_eq!(it.hospital(it.reader, |tx, _| urgents::open(tx)).unwrap(), [0, 1]);

        it.clinic(move |tx, ctx| urgents::take(tx, ctx, id, "すぐに来院してもらう")).unwrap();
        it.clinic(move |tx, ctx| urgents::take(tx, ctx, id, "もう一度")).unwrap();
        let copies = it.copies(case);
        let name = copies[0].taken().unwrap().0.to_owned();
        assert!(name.contains("sato"), "by name: {name}");
        assert_eq!(copies[1].taken().unwrap().0, name);
        assert_eq!(it.letters(clinic), 0, "letters that are not out yet are called back");
        it.ward.clock.pass_min(24 * 60);
        it.sweep();
        assert_eq!(told(&it.copies(case)[0]).len(), 5, "nobody is told any more");
        assert_eq!(it.clinic(|tx, _| urgents::open(tx)).unwrap(), [0, 0]);
        for facility in [clinic, it.hospital] {
            let acts: Vec<String> = it.log(facility).into_iter().map(|it| it.0).collect();
            for act in ["urgent.mark", "urgent.tell", "urgent.take"] {
                assert!(acts.iter().any(|it| it == act), "{act} in both logs");
            }
        }
    });
}

#[test]
fn a_call_that_reached_a_person_ends_it_and_any_other_does_not() {
    // TR-06
    both(|it| {
        let case = it.read_case();
        let id = it.mark(case).unwrap();
        let call = |outcome| {
            let call = Call { name: "佐藤 健一".into(), outcome, note: "すぐに連絡がつく".into() };
            it.hospital(it.reader, move |tx, ctx| urgents::call(tx, ctx, id, &call))
        };
        call(Outcome::NoAnswer).unwrap();
        call(Outcome::LeftWord).unwrap();
        assert!(it.copies(case)[0].taken().is_none());
        call(Outcome::Took).unwrap();
        assert_eq!(it.copies(case).map(|it| it.taken().unwrap().0.to_owned()), ["佐藤 健一"; 2].map(str::to_owned));
        let before = it.copies(case)[1].steps.len();
        call(Outcome::Took).unwrap();
        let [here, there] = it.copies(case);
        assert_eq!((here.steps.len(), there.steps.len()), (before + 1, before + 1), "made, so it is kept");
        assert_eq!(there.steps.iter().filter(|it| matches!(it.deed, Deed::Taken { .. })).count(), 1);
    });
}

#[test]
fn only_who_has_the_case_marks_and_only_the_facility_that_asked_takes_over() {
    // TR-06, CS-120
    both(|it| {
        let case = it.sent();
        assert_eq!(kind(it.mark(case)), Kind::NotFound, "nobody has taken the case");
        it.take(it.reader, case, "").unwrap();
        let colleague = it.hospital(it.colleague, move |tx, ctx| urgents::mark(tx, ctx, case, FINDING));
        assert_eq!(kind(colleague), Kind::NotFound);
        assert_eq!(kind(it.clinic(move |tx, ctx| urgents::mark(tx, ctx, case, FINDING))), Kind::NotFound);
        let id = it.mark(case).unwrap();
        assert_eq!(kind(it.mark(case)), Kind::Conflict, "one at a time");
        assert_eq!(kind(it.hospital(it.reader, move |tx, ctx| urgents::take(tx, ctx, id, ""))), Kind::NotFound);
        let call = Call { name: "x".into(), outcome: Outcome::Took, note: String::new() };
        assert_eq!(kind(it.clinic(move |tx, ctx| urgents::call(tx, ctx, id, &call))), Kind::NotFound);
        let clerk = it.ward.staff("suzuki", &["clerk"]);
        let taken = it.at(it.ward.facility, clerk, move |tx, ctx| urgents::take(tx, ctx, id, ""));
        assert_eq!(kind(taken), Kind::Forbidden, "a clerk fetches the dentist");
    });
}

#[test]
fn a_report_that_says_at_once_is_told_by_itself_and_once() {
    // TR-06
    both(|it| {
        let case = it.read_case();
        let urgent = |text: &str| {
            let mut content = content(text);
            content.urgency = Urgency::AtOnce;
            content
        };
        it.sign(it.reader, case, content("埋入は可能"), "", 0).unwrap();
        assert!(it.clinic(move |tx, _| urgents::of_request(tx, case)).unwrap().is_empty());
        it.sign(it.reader, case, urgent("気道に近い膿瘍"), "見直し", 1).unwrap();
        let [here, there] = it.copies(case);
        assert_eq!((here.finding.as_str(), there.taken()), ("気道に近い膿瘍", None));
        let id = here.id;
        it.sign(it.reader, case, urgent("気道に近い膿瘍。"), "誤字", 2).unwrap();
        it.clinic(move |tx, ctx| urgents::take(tx, ctx, id, "")).unwrap();
        it.sign(it.reader, case, urgent("気道に近い膿瘍です。"), "誤字", 3).unwrap();
        assert_eq!(it.clinic(move |tx, _| urgents::of_request(tx, case)).unwrap().len(), 1, "not once more");
    });
}

#[test]
fn the_reader_marks_it_and_the_clinic_takes_it_over_on_their_pages() {
    // TR-06
    let it = two(Ward::sqlite(ROOMS));
    it.with_contacts();
    let routes = || people::routes().and(imaging::routes());
    let case = it.read_case();
    let reader = wait(it.ward.browser_at(routes(), Who::Staff(it.reader), it.hospital));
    let clinic = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    assert_eq!(wait(reader.post(&format!("/readings/{case}/urgent"), &[])).status, 422);
    let address =
        wait(reader.post(&format!("/readings/{case}/urgent"), &[("finding", FINDING)])).location.expect("led to it");
    let seen = wait(reader.get(&address)).text;
    assert!(seen.contains("tel:090-5550-0101") && seen.contains("院長") && seen.contains("まだ誰も引き受けていません"));
    assert!(wait(reader.get(&format!("/readings/{case}"))).text.contains("急ぎの所見を連絡中です"));
    let call = [("name", "院長"), ("outcome", "no_answer")];
    assert_eq!(wait(reader.post(&format!("{address}/call"), &call)).location.as_deref(), Some(address.as_str()));
    assert!(wait(clinic.get("/urgent")).text.contains("連絡中"));
    let seen = wait(clinic.get(&address)).text;
    assert!(
        seen.contains("気道に近い膿瘍") && seen.contains("つながらなかった") && seen.contains("わたしが引き受けます")
    );
    wait(clinic.post(&format!("{address}/take"), &[("plan", "すぐに来院してもらう")]));
    let seen = wait(reader.get(&address)).text;
    assert!(seen.contains("引き受けました") && seen.contains("すぐに来院してもらう"));
}

#[test]
fn the_evidence_says_when_nobody_can_be_called_and_when_nobody_answers() {
    // TR-06, CS-141
    both(|it| {
        let status = || {
            let all = it.clinic(|tx, ctx| {
                let mut all = Vec::new();
                for evidence in imaging::evidence::ALL {
                    all.extend(evidence(tx, ctx)?);
                }
                Ok(all)
            });
            all.unwrap().into_iter().find(|it| it.clause.to_string() == "TR-06").expect("evidence").status
        };
        use guidelines::compliance::Status;
        assert_eq!(status(), Status::Met);
        let case = it.read_case();
        let id = it.mark(case).unwrap();
        assert_eq!(status(), Status::Met, "it has only just begun");
        it.ward.clock.pass_min(31);
        assert_eq!(status(), Status::NotMet);
        it.clinic(move |tx, ctx| urgents::take(tx, ctx, id, "")).unwrap();
        assert_eq!(status(), Status::Met);
        let agreement = it.agreement;
        it.ward.clock.pass_min(1);
        it.clinic(move |tx, ctx| agreements::write_contacts(tx, ctx, agreement, &[])).unwrap();
        assert_eq!(status(), Status::NotMet, "nobody to call");
    });
}
