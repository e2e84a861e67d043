//! What is owed on a signed report: kept for whoever answers for the request, done by doing it or by saying what was done, and
//! brought up on both sides when it is late (TR-04, TR-07). On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{ROOMS, Two, both, content, kind, two};
use db::params;
use guidelines::compliance::Status;
use guidelines::reading::duty::Duty;
use imaging::duty::store as duties;
use imaging::duty::{Deed, Outcome, Owed, Way};
use imaging::inquiry::store as inquiries;
use imaging::inquiry::{Form, waits_for};
use imaging::report::Urgency;
use imaging::request::RequestId;
use imaging::request::store as requests;
use kernel::{Kind, PersonId, Who};
use people::agreement::Side;
use testkit::{Ward, wait};

const SINUS: &str = "右上顎洞に粘膜の肥厚";

impl Two {
    fn reported(&self) -> RequestId {
        let id = self.sent();
        self.take(self.reader, id, "").unwrap();
        self.sign(self.reader, id, content("埋入は可能"), "", 0).unwrap();
        id
    }

    /// Both copies, the clinic's first.
    fn owed(&self, id: RequestId) -> [Vec<Owed>; 2] {
        let read = move |tx: &mut db::Tx<'_>, _: &kernel::Ctx| {
            let request = requests::read_one(tx, id)?;
            duties::of_request(tx, &request)
        };
        [self.clinic(read).unwrap(), self.hospital(self.reader, read).unwrap()]
    }

    /// Whether the newest of a kind is done, at both.
    fn is_done(&self, id: RequestId, duty: Duty) -> bool {
        let done = self.owed(id).map(|all| all.iter().filter(|it| it.duty == duty).all(|it| it.done_at.is_some()));
        assert_eq!(done[0], done[1], "both copies say the same of {duty:?}");
        done[0]
    }

    fn one(&self, id: RequestId, duty: Duty) -> Owed {
        self.owed(id)[0].iter().find(|it| it.duty == duty && it.done_at.is_none()).expect("open").clone()
    }

    fn open_as(&self, who: PersonId, id: RequestId) {
        self.at(self.ward.facility, who, move |tx, ctx| duties::opened(tx, ctx, id)).unwrap();
    }

    fn look_as(&self, who: PersonId) {
        self.at(self.ward.facility, who, |tx, ctx| duties::images_opened(tx, ctx, "1.2.3")).unwrap();
    }

    fn do_it(&self, who: PersonId, owed: &Owed, deed: Deed) -> kernel::Result<()> {
        let id = owed.id;
        self.at(self.ward.facility, who, move |tx, ctx| duties::done(tx, ctx, id, &deed))
    }

    fn late(&self) -> [[i64; 2]; 2] {
        let read = |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| duties::overdue(tx, ctx.now);
        [self.clinic(read).unwrap(), self.hospital(self.reader, read).unwrap()]
    }

    fn letters(&self, facility: kernel::FacilityId) -> i64 {
        let sql = "SELECT count(*) FROM outbox WHERE facility_id = ?1 AND about_kind = 'reading_request'";
        let found = self.ward.site.db.write_blocking(Some(facility), move |tx| tx.value(sql, params![facility]));
        found.unwrap().unwrap_or(0)
    }
}

fn informed() -> Deed {
    let on = "2026-11-24".parse().unwrap();
    Deed::Informed { name: "佐藤 健一".into(), way: Way::Visit, on, note: "骨の量を説明した".into() }
}

fn followed(outcome: Outcome, again_on: Option<&str>) -> Deed {
    let again_on = again_on.map(|it| it.parse().unwrap());
    Deed::Followed { name: "佐藤 健一".into(), outcome, again_on, note: "耳鼻科へ".into() }
}

#[test]
fn a_report_is_read_once_its_dentist_has_opened_it_and_no_colleague_does_it_for_them() {
    // TR-04
    both(|it| {
        let colleague = it.ward.staff("mori", &["dentist"]);
        let id = it.reported();
        assert_eq!(it.owed(id)[0].len(), 4, "read, look, tell, and one incidental finding");
        it.open_as(colleague, id);
        it.open_as(colleague, id);
        it.look_as(colleague);
        assert!(!it.is_done(id, Duty::Open) && !it.is_done(id, Duty::Images));
        assert_eq!(it.one(id, Duty::Open).steps.len(), 1, "the colleague's look is kept, once");
        it.open_as(it.dentist, id);
        assert!(it.is_done(id, Duty::Open) && !it.is_done(id, Duty::Images));
        it.look_as(it.dentist);
        assert!(it.is_done(id, Duty::Images));
        for facility in [it.ward.facility, it.hospital] {
            let looks = it.log(facility).into_iter().filter(|it| it.0 == "duty.look").count();
            assert_eq!(looks, 4, "each look in both logs, once");
        }
        // At the facility that reads nothing is done by looking.
        it.hospital(it.reader, move |tx, ctx| duties::opened(tx, ctx, id)).unwrap();
        it.sign(it.reader, id, content("埋入の前に骨の移植が必要"), "見直し", 1).unwrap();
        assert!(!it.is_done(id, Duty::Open), "a new version is to be read");
        assert!(it.is_done(id, Duty::Images), "the images are the same");
        assert_eq!(it.owed(id)[0].iter().filter(|it| it.duty == Duty::Close).count(), 1, "not listed twice");
    });
}

#[test]
fn whoever_takes_over_answers_for_it_and_reads_it_anew() {
    // TR-04
    both(|it| {
        let colleague = it.ward.staff("mori", &["dentist"]);
        let hygienist = it.ward.staff("kato", &["hygienist"]);
        let id = it.reported();
        it.open_as(colleague, id);
        let take = |who| it.at(it.ward.facility, who, move |tx, ctx| duties::answer_for(tx, ctx, id, "退職のため"));
        assert_eq!(kind(take(hygienist)), Kind::Forbidden);
        assert_eq!(kind(it.hospital(it.reader, move |tx, ctx| duties::answer_for(tx, ctx, id, "x"))), Kind::NotFound);
        take(colleague).unwrap();
        take(colleague).unwrap();
        let there = it.hospital(it.reader, move |tx, _| Ok(requests::read_one(tx, id)?.responsible)).unwrap();
        assert_eq!(there, colleague, "both sides know whom to ask for");
        let takers = it.clinic(move |tx, _| duties::takers(tx, id)).unwrap();
        assert_eq!(takers.iter().map(|it| it.1.as_str()).collect::<Vec<_>>(), ["退職のため"]);
        assert!(!it.is_done(id, Duty::Open), "what was only glanced at is read anew");
        it.open_as(it.dentist, id);
        assert!(!it.is_done(id, Duty::Open), "it is no longer the first dentist's");
        it.open_as(colleague, id);
        assert!(it.is_done(id, Duty::Open));
    });
}

#[test]
fn an_incidental_finding_is_followed_until_somebody_says_what_was_done() {
    // TR-07, TR-09
    both(|it| {
        let id = it.reported();
        let finding = it.one(id, Duty::Close);
        assert_eq!(finding.subject, SINUS);
        assert_eq!(kind(it.do_it(it.dentist, &finding, informed())), Kind::NotFound, "other words for another duty");
        let clerk = it.ward.staff("suzuki", &["clerk"]);
        assert_eq!(kind(it.do_it(clerk, &finding, followed(Outcome::NoNeed, None))), Kind::Forbidden);
        it.do_it(it.dentist, &finding, followed(Outcome::Watched, Some("2027-05-24"))).unwrap();
        let finding = it.one(id, Duty::Close);
        assert_eq!(kernel::time::day(finding.due_at).to_string(), "2027-05-24", "open until that day");
        it.ward.clock.set("2027-05-25T00:00:00Z".parse().unwrap());
        assert!(it.one(id, Duty::Close).is_overdue("2027-05-25T00:00:00Z".parse().unwrap()));
        it.do_it(it.dentist, &finding, followed(Outcome::Referred, None)).unwrap();
        let done_at = it.owed(id)[0].iter().find(|it| it.duty == Duty::Close).unwrap().done_at;
        it.ward.clock.pass_min(5);
        it.do_it(it.dentist, &finding, followed(Outcome::Watched, Some("2027-08-24"))).unwrap();
        assert!(it.is_done(id, Duty::Close));
        let [here, there] = it.owed(id).map(|all| all.into_iter().find(|it| it.duty == Duty::Close).unwrap());
        assert_eq!((here.done_at, there.done_at), (done_at, done_at), "the first words have ended it");
        let (here, there) = (here.steps, there.steps);
        assert_eq!((here.len(), there.len()), (3, 3), "and nothing that somebody wrote at the same time is lost");
        assert_eq!(here[1].deed, followed(Outcome::Referred, None));
        assert_eq!(there[1].deed, followed(Outcome::Referred, None).for_readers(), "not what was said");
    });
}

#[test]
fn what_is_late_comes_up_on_both_sides_and_goes_out_by_letter_every_other_day() {
    // TR-04, TR-07, CS-141
    both(|it| {
        let id = it.reported();
        let status = |clause: &'static str| {
            let all = it.clinic(|tx, ctx| {
                let mut all = Vec::new();
                for evidence in imaging::evidence::ALL {
                    all.extend(evidence(tx, ctx)?);
                }
                Ok(all)
            });
            all.unwrap().into_iter().find(|it| it.clause.to_string() == clause).expect("evidence").status
        };
        let sweep = || wait(imaging::duty::letter::sweep(&it.ward.site)).unwrap();
        assert_eq!((it.late(), status("TR-04"), status("TR-07")), ([[0; 2]; 2], Status::Met, Status::Met));
        sweep();
        let (here, there) = (it.letters(it.ward.facility), it.letters(it.hospital));
        it.ward.clock.pass_min(3 * 24 * 60);
        assert_eq!(it.late(), [[2, 0], [0, 2]], "to be read and looked at: ours here, waited for there");
        assert_eq!(status("TR-04"), Status::NotMet);
        sweep();
        sweep();
        let once = it.letters(it.ward.facility);
        assert!(once > here, "a letter goes out");
        it.ward.clock.pass_min(47 * 60);
        sweep();
        assert_eq!(it.letters(it.ward.facility), once, "not every hour");
        it.ward.clock.pass_min(60);
        sweep();
        assert!(it.letters(it.ward.facility) > once);
        assert_eq!(it.letters(it.hospital), there, "letters are of the facility that owes it");
        it.open_as(it.dentist, id);
        it.look_as(it.dentist);
        assert_eq!(it.late(), [[0; 2]; 2]);
        it.ward.clock.pass_min(30 * 24 * 60);
        assert_eq!(it.late(), [[2, 0], [0, 2]], "the patient is not told, and the finding not dealt with");
        assert_eq!(status("TR-07"), Status::NotMet);
        it.do_it(it.dentist, &it.one(id, Duty::Inform), informed()).unwrap();
        it.do_it(it.dentist, &it.one(id, Duty::Close), followed(Outcome::NoNeed, None)).unwrap();
        assert_eq!((it.late(), status("TR-04"), status("TR-07")), ([[0; 2]; 2], Status::Met, Status::Met));
        let after = it.letters(it.ward.facility);
        it.ward.clock.pass_min(30 * 24 * 60);
        sweep();
        assert_eq!(it.letters(it.ward.facility), after, "nothing more is written about what is done");
    });
}

#[test]
fn a_pressing_report_has_less_time() {
    // TR-04
    both(|it| {
        let id = it.sent();
        it.take(it.reader, id, "").unwrap();
        let mut pressing = content("早めの対応が必要");
        pressing.urgency = Urgency::Soon;
        it.sign(it.reader, id, pressing, "", 0).unwrap();
        it.ward.clock.pass_min(24 * 60);
        assert_eq!(it.late()[0], [2, 0]);
    });
}

#[test]
fn the_dentist_reads_looks_tells_and_closes_on_the_pages() {
    // TR-04, TR-07
    let it = two(Ward::sqlite(ROOMS));
    let routes = || people::routes().and(imaging::routes());
    let id = it.reported();
    let clinic = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    let reader = wait(it.ward.browser_at(routes(), Who::Staff(it.reader), it.hospital));
    let reading = format!("/readings/{id}");
    assert!(wait(reader.get(&reading)).text.contains("依頼元での対応"));
    assert!(!it.is_done(id, Duty::Open), "the reader's page is not the dentist's");
    let seen = wait(clinic.get(&reading)).text;
    assert!(seen.contains("報告書への対応") && seen.contains(SINUS));
    assert!(it.is_done(id, Duty::Open));
    assert_eq!(wait(clinic.get("/images/1.2.3")).status, 200);
    assert!(it.is_done(id, Duty::Images));
    let board = wait(clinic.get("/duties")).text;
    assert!(board.contains("患者さんに説明する") && board.contains("偶然の所見に対応する"));
    let inform = format!("/duties/{}", it.one(id, Duty::Inform).id);
    let seen = wait(clinic.post(&inform, &[("way", "visit"), ("on", "2026-11-24")]));
    assert_eq!(seen.status, 422, "a tick is no action");
    assert!(!wait(reader.get(&inform)).text.contains("name=\"note\""), "the reader does not say it for them");
    let said = [("way", "visit"), ("on", "2026-11-24"), ("note", "骨の量を説明した")];
    assert_eq!(wait(clinic.post(&inform, &said)).location.as_deref(), Some(reading.as_str()));
    let close = format!("/duties/{}", it.one(id, Duty::Close).id);
    assert!(wait(clinic.get(&close)).text.contains(SINUS));
    wait(clinic.post(&close, &[("outcome", "referred"), ("note", "耳鼻科へ紹介した")]));
    assert!(wait(clinic.get("/duties")).text.contains("対応を終えた偶然の所見"));
    assert!(wait(clinic.get(&close)).text.contains("耳鼻科へ紹介した"));
    let there = wait(reader.get(&close)).text;
    assert!(there.contains("ほかの医療機関へ紹介した") && !there.contains("耳鼻科へ紹介した"));
}

#[test]
fn a_question_is_answered_by_whoever_has_the_case_and_comes_up_when_it_is_not() {
    // TR-04
    both(|it| {
        let id = it.reported();
        let form = |text: &str, asks| Form { text: text.into(), asks };
        let ask = form("2-120の影は嚢胞でしょうか。", true);
        it.clinic(move |tx, ctx| inquiries::say(tx, ctx, id, &ask)).unwrap();
        let read = move |tx: &mut db::Tx<'_>, _: &kernel::Ctx| inquiries::thread(tx, id);
        let [here, there] = [it.clinic(read).unwrap(), it.hospital(it.reader, read).unwrap()];
        assert_eq!((here.len(), &here), (1, &there), "word for word at both");
        assert_eq!(waits_for(&there), Some(Side::Serves));
        it.open_as(it.dentist, id);
        it.look_as(it.dentist);
        it.ward.clock.pass_min(2 * 24 * 60);
        assert_eq!(it.late(), [[0, 1], [1, 0]], "the reader owes the answer");
        let answer = form("正常な範囲です。", false);
        let by = answer.clone();
        let other = it.hospital(it.colleague, move |tx, ctx| inquiries::say(tx, ctx, id, &by));
        assert_eq!(kind(other), Kind::NotFound, "it is the reader's case");
        it.take(it.colleague, id, "渡辺が休みのため").unwrap();
        it.hospital(it.colleague, move |tx, ctx| inquiries::say(tx, ctx, id, &answer)).unwrap();
        assert_eq!(it.late(), [[0; 2]; 2]);
        assert!(it.is_done(id, Duty::Answer));
        let thanks = form("ありがとうございました。", false);
        it.clinic(move |tx, ctx| inquiries::say(tx, ctx, id, &thanks)).unwrap();
        assert_eq!(waits_for(&it.clinic(read).unwrap()), None, "thanks ask for nothing");
        assert!(it.is_done(id, Duty::Answer));
        let clerk = it.ward.staff("suzuki", &["clerk"]);
        let said = it.at(it.ward.facility, clerk, move |tx, ctx| {
            inquiries::say(tx, ctx, id, &Form { text: "x".into(), asks: true })
        });
        assert_eq!(kind(said), Kind::Forbidden);
    });
}

#[test]
fn a_question_goes_over_and_back_on_the_pages() {
    // TR-04
    let it = two(Ward::sqlite(ROOMS));
    let routes = || people::routes().and(imaging::routes());
    let reading = format!("/readings/{}", it.reported());
    let clinic = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    let reader = wait(it.ward.browser_at(routes(), Who::Staff(it.reader), it.hospital));
    let say = format!("{reading}/inquiry");
    assert_eq!(wait(clinic.post(&say, &[("said", ""), ("asks", "yes")])).status, 422);
    let asked = [("said", "2-120の影は嚢胞でしょうか。"), ("asks", "yes")];
    assert_eq!(wait(clinic.post(&say, &asked)).location.as_deref(), Some(reading.as_str()));
    let seen = wait(reader.get(&reading)).text;
    assert!(seen.contains("2-120の影は嚢胞でしょうか。") && seen.contains("相手の施設が返事を待っています"));
    wait(reader.post(&say, &[("said", "正常な範囲です。"), ("asks", "no")]));
    let seen = wait(clinic.get(&reading)).text;
    assert!(seen.contains("正常な範囲です。") && !seen.contains("返事を待っています"));
}
