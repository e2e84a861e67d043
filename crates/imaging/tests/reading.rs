//! A clinic asks a hospital to read images of its patient: the request goes over, the images are lent, the signed report comes
//! back, each side has its papers and its log. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{ROOMS, both, content, image, kind, two};
use imaging::dataset::Tag;
use imaging::report;
use imaging::request::State;
use imaging::request::send::{self, Sent};
use imaging::request::store::{self as requests, Loan, Taken};
use kernel::{Kind, Who};
use people::agreement::store as agreements;
use testkit::{Ward, wait};

#[test]
fn a_request_goes_over_and_a_signed_report_comes_back() {
    // TR-01, TR-03, TR-09, TR-10, TR-11
    both(|it| {
        let id = it.sent();
        assert_eq!(it.state(id), [State::Waiting; 2]);
        let before = it.hospital(it.reader, move |tx, ctx| requests::desk(tx, ctx, id)).unwrap();
        assert_eq!(before.request.content.question, "46部の骨量");
        assert!(before.studies.is_empty(), "nothing is lent before somebody reads it");
        assert_eq!(it.take(it.reader, id, "").unwrap(), Taken::Yours);
        let desk = it.hospital(it.reader, move |tx, ctx| requests::desk(tx, ctx, id)).unwrap();
        assert_eq!((desk.studies.len(), desk.studies[0].id), (1, it.study));
        let guest =
            it.log(it.ward.facility).into_iter().find(|it| it.0 == "reading.view").expect("an entry at the owner's");
        assert!(guest.1.contains("みなと歯科"), "it says from where: {}", guest.1);

        it.sign(it.reader, id, content("埋入は可能"), "", 0).unwrap();
        assert_eq!(it.state(id), [State::Reported; 2]);
        let here = it.clinic(move |tx, _| report::store::versions(tx, id)).unwrap();
        let there = it.hospital(it.reader, move |tx, _| report::store::versions(tx, id)).unwrap();
        assert_eq!((here.len(), &here[0].text), (1, &there[0].text), "word for word");
        assert!(here[0].is_whole() && here[0].signed.content == content("埋入は可能"));
        let digest = crypto::digest::hex(&crypto::digest::sha256(here[0].text.as_bytes()));
        for facility in [it.ward.facility, it.hospital] {
            let entry = it.log(facility).into_iter().find(|it| it.0 == "report.sign").expect("an entry");
            assert!(entry.1.contains(&digest), "both logs hold what was signed");
        }
    });
}

#[test]
fn a_changed_report_is_a_new_version_with_its_reason() {
    // TR-03
    both(|it| {
        let id = it.sent();
        it.take(it.reader, id, "").unwrap();
        it.sign(it.reader, id, content("埋入は可能"), "", 0).unwrap();
        let changed = || content("埋入の前に骨の移植が必要");
        assert!(matches!(kind(it.sign(it.reader, id, changed(), "", 1)), Kind::Invalid { field: "reason" }));
        assert_eq!(kind(it.sign(it.reader, id, changed(), "見直し", 0)), Kind::Conflict, "another version was there");
        it.sign(it.reader, id, changed(), "見直し", 1).unwrap();
        let versions = it.clinic(move |tx, _| report::store::versions(tx, id)).unwrap();
        let told: Vec<_> =
            versions.iter().map(|it| (it.signed.number, it.signed.reason.as_str(), it.is_whole())).collect();
        assert_eq!(told, [(2, "見直し", true), (1, "", true)], "the old one stays readable");
        assert_eq!(versions[0].signature.public_key, versions[1].signature.public_key, "the reader's own key");
    });
}

#[test]
fn only_a_qualified_reader_signs_and_everybody_else_drafts() {
    // TR-02
    both(|it| {
        let id = it.sent();
        it.take(it.colleague, id, "").unwrap();
        let draft = content("下書き");
        let saved = it.hospital(it.colleague, move |tx, ctx| report::store::save(tx, ctx, id, 0, &draft));
        assert!(matches!(saved.unwrap(), report::store::Saved::Kept));
        assert_eq!(kind(it.sign(it.colleague, id, content("下書き"), "", 0)), Kind::Forbidden);
        assert_eq!(
            kind(it.sign(it.reader, id, content("下書き"), "", 0)),
            Kind::NotFound,
            "it is the colleague's case"
        );
        it.take(it.reader, id, "資格のある読影医が確定する").unwrap();
        let unproven = content("下書き");
        let stale = it.hospital(it.reader, move |tx, ctx| report::store::sign(tx, ctx, id, &unproven, "", 0, false));
        assert_eq!(kind(stale), Kind::SignIn);
        it.sign(it.reader, id, content("下書き"), "", 0).unwrap();
        let signed = it.clinic(move |tx, _| report::store::versions(tx, id)).unwrap().remove(0).signed;
        assert_eq!(signed.entered_by, Who::Staff(it.colleague).label(), "who wrote it stays told");
        // After the last day of the certificate nothing more is signed.
        it.ward.clock.set("2027-04-01T00:00:00Z".parse().unwrap());
        assert_eq!(kind(it.sign(it.reader, id, content("追記"), "追記", 1)), Kind::Forbidden);
    });
}

#[test]
fn images_of_somebody_else_stop_the_request_until_a_person_has_decided() {
    // TR-27
    both(|it| {
        let other = image(&it.ward, "1.2.4", "SUZUKI^ICHIRO", "00099");
        let choices = {
            let patient = it.patient;
            it.clinic(move |tx, ctx| send::choices(tx, ctx, patient)).unwrap()
        };
        let clear: Vec<_> = choices.studies.iter().map(|it| (it.id, it.is_clear())).collect();
        assert_eq!(clear, [(it.study, true), (other, false)]);
        let Sent::Mismatch(why) = it.send(it.form(vec![it.study, other])).unwrap() else { panic!("was sent") };
        assert!(why[0].ja.contains("氏名・患者番号"), "{}", why[0].ja);
        let mut form = it.form(vec![it.study, other]);
        form.match_reason = "装置の患者名を入れ間違えた。撮影の記録で確認".into();
        assert!(matches!(it.send(form).unwrap(), Sent::Sent(_)));
        let log = it.log(it.ward.facility);
        let decided = log.iter().find(|it| it.0 == "study.match").expect("who decided, and why");
        assert!(decided.1.contains("撮影の記録で確認"));
        assert!(matches!(it.send(it.form(vec![other])).unwrap(), Sent::Sent(_)), "decided once");
    });
}

#[test]
fn an_image_of_somebody_else_among_a_patients_images_stops_the_request() {
    // TR-27
    both(|it| {
        let add = |instance: &str, name: &str, number: &str| {
            let more: &[(Tag, &[u8; 2], &str)] = &[(Tag(0x0010, 0x0020), b"LO", number)];
            let bytes = common::image(more, name, instance, "1.2.3.1", "1.2.3", &[0; 4]);
            common::keep(&it.ward, &common::arrive(&it.ward, &bytes, 64, false).unwrap(), common::origin())
        };
        add("1.2.3.1.2", "TANAKA^SACHIKO", "1");
        add("1.2.3.1.3", "", "00001");
        assert!(matches!(it.send(it.form(vec![it.study])).unwrap(), Sent::Sent(_)), "other words for the same patient");
        for instance in ["1.2.3.1.4", "1.2.3.1.5"] {
            add(instance, "SUZUKI^ICHIRO", "00099");
        }
        let Sent::Mismatch(why) = it.send(it.form(vec![it.study])).unwrap() else { panic!("was sent") };
        assert!(why[0].ja.contains("混ざっています"), "{}", why[0].ja);
        let mut form = it.form(vec![it.study]);
        form.match_reason = "2枚は装置の操作の誤り。撮影室の記録で確認".into();
        assert!(matches!(it.send(form).unwrap(), Sent::Sent(_)));
    });
}

#[test]
fn a_patients_images_are_offered_however_many_of_others_have_come_in_since() {
    // TR-01: earlier images, too
    both(|it| {
        let earlier = image(&it.ward, "1.2.5", "TANAKA^SACHIKO=田中^幸子", "1");
        let unnumbered = image(&it.ward, "1.2.6", "=田中^幸子", "");
        for number in 0..70 {
            it.ward.clock.pass_min(1);
            image(&it.ward, &format!("1.9.{number}"), "SUZUKI^ICHIRO", &format!("9{number:04}"));
        }
        let patient = it.patient;
        let choices = it.clinic(move |tx, ctx| send::choices(tx, ctx, patient)).unwrap();
        let clear: Vec<_> = choices.studies.iter().filter(|it| it.is_clear()).map(|it| it.id).collect();
        assert!(
            clear.len() == 2 && clear.contains(&it.study) && clear.contains(&earlier),
            "by number, with or without zeros"
        );
        let offered = |id| choices.studies.iter().filter(|it| it.id == id).count();
        assert_eq!((offered(unnumbered), offered(it.study)), (1, 1), "by name, to be confirmed; each once");
        assert!(choices.studies.len() > 60, "and what came in last");
        assert!(choices.requests.is_empty());
        let id = it.sent();
        let choices = it.clinic(move |tx, ctx| send::choices(tx, ctx, patient)).unwrap();
        assert_eq!(choices.requests.iter().map(|it| it.id).collect::<Vec<_>>(), [id], "nobody asks twice unawares");
    });
}

#[test]
fn a_reason_that_is_missing_is_asked_for_in_the_form_that_was_sent() {
    let it = two(Ward::sqlite(ROOMS));
    let id = it.sent();
    it.take(it.reader, id, "").unwrap();
    let colleague = wait(it.ward.browser_at(imaging::routes(), Who::Staff(it.colleague), it.hospital));
    let seen = wait(colleague.post(&format!("/readings/{id}/return"), &[("form", "return"), ("why", "")]));
    assert_eq!(seen.status, 422);
    assert!(seen.text.contains("<details open><summary>報告書を書かずに差し戻す</summary>"), "{}", seen.text);
    assert_eq!(seen.text.matches("<details open>").count(), 1, "not in the form for taking over");
    assert_eq!(seen.text.matches("id=\"f-why\"").count(), 1, "the summary leads to one place");
}

#[test]
fn what_a_reader_writes_is_kept_while_it_is_written_and_never_over_what_somebody_else_has_saved() {
    // TR-10
    let it = two(Ward::sqlite(ROOMS));
    let id = it.sent();
    it.take(it.reader, id, "").unwrap();
    let reader = wait(it.ward.browser_at(imaging::routes(), Who::Staff(it.reader), it.hospital));
    let reading = format!("/readings/{id}");
    assert!(wait(reader.get(&reading)).text.contains(&format!("<haruka-keep to=\"{reading}/report/keep\">")));
    let keep = |revision: &str, text: &str| {
        wait(reader.post(&format!("{reading}/report/keep"), &[("revision", revision), ("part1", text)]))
    };
    let seen = keep("0", "体動なし");
    assert!(
        seen.status == 200 && seen.text.contains("data-revision=\"1\"") && !seen.text.contains("<main"),
        "{}",
        seen.text
    );
    assert!(keep("1", "体動なし。").text.contains("data-revision=\"2\""));
    assert_eq!(keep("1", "別の窓から").status, 409, "another window was first");
    assert!(wait(reader.get(&reading)).text.contains("体動なし。</textarea>"));
    let colleague = wait(it.ward.browser_at(imaging::routes(), Who::Staff(it.colleague), it.hospital));
    let theirs = wait(colleague.post(&format!("{reading}/report/keep"), &[("revision", "2"), ("part1", "x")]));
    assert_eq!(theirs.status, 404, "it is the reader's case");
}

#[test]
fn two_readers_do_not_read_one_case_by_mistake() {
    // TR-11
    both(|it| {
        let id = it.sent();
        it.take(it.reader, id, "").unwrap();
        assert!(matches!(it.take(it.colleague, id, "").unwrap(), Taken::By(name) if name.contains("watanabe")));
        assert_eq!(it.state(id), [State::Reading(it.reader); 2]);
        it.take(it.colleague, id, "渡辺が休みのため").unwrap();
        assert_eq!(it.state(id), [State::Reading(it.colleague); 2]);
        let request = it.clinic(move |tx, _| requests::read_one(tx, id)).unwrap();
        assert_eq!(request.takings[0].reason, "渡辺が休みのため", "both sides know why");
        let draft = content("x");
        let lost = it.hospital(it.reader, move |tx, ctx| report::store::save(tx, ctx, id, 0, &draft));
        assert_eq!(kind(lost), Kind::NotFound);
    });
}

#[test]
fn images_are_lent_only_while_a_request_stands() {
    // TR-09, CS-120
    both(|it| {
        let id = it.sent();
        let lent = || it.hospital(it.reader, move |tx, _| requests::lent(tx, "1.2.3")).unwrap();
        assert_eq!(lent(), None);
        it.take(it.reader, id, "").unwrap();
        assert_eq!(lent(), Some(Loan { owner: it.ward.facility, request: id, patient: it.patient }));
        it.hospital(it.reader, move |tx, ctx| requests::give_back(tx, ctx, id, "撮影範囲に46が入っていない")).unwrap();
        assert_eq!(lent(), None);
        assert_eq!(it.state(id), [State::Returned; 2]);
        assert_eq!(kind(it.take(it.reader, id, "")), Kind::Conflict);
        assert_eq!(kind(it.clinic(move |tx, ctx| requests::withdraw(tx, ctx, id, "x"))), Kind::Conflict);
        // The clinic cannot read for itself, and the hospital cannot withdraw for the clinic.
        let id = it.sent();
        assert_eq!(kind(it.clinic(move |tx, ctx| requests::take(tx, ctx, id, ""))), Kind::NotFound);
        assert_eq!(kind(it.hospital(it.reader, move |tx, ctx| requests::withdraw(tx, ctx, id, "x"))), Kind::NotFound);
        it.clinic(move |tx, ctx| requests::withdraw(tx, ctx, id, "転院のため")).unwrap();
        assert_eq!(it.state(id), [State::Withdrawn; 2]);
    });
}

#[test]
fn nothing_is_asked_without_an_agreement_in_force() {
    // TR-05, TR-01
    both(|it| {
        let id = it.agreement;
        let today = kernel::time::day(it.ward.ctx(Who::Nobody).now);
        it.clinic(move |tx, ctx| agreements::end(tx, ctx, id, today, "見直し", true)).unwrap();
        assert!(matches!(it.send(it.form(vec![it.study])).unwrap(), Sent::Sent(_)), "the last day counts");
        it.ward.clock.pass_min(24 * 60);
        assert_eq!(kind(it.send(it.form(vec![it.study]))), Kind::Conflict);
        let (clerk, patient, form) = (it.ward.staff("suzuki", &["clerk"]), it.patient, it.form(vec![it.study]));
        let asked = it.at(it.ward.facility, clerk, move |tx, ctx| send::send(tx, ctx, patient, &form));
        assert_eq!(kind(asked), Kind::Forbidden, "a request is the dentist's");
    });
}

#[test]
fn the_request_and_the_report_walk_through_their_pages() {
    // TR-01, TR-03, TR-10, TR-27
    let it = two(Ward::sqlite(ROOMS));
    let routes = || people::routes().and(imaging::routes());
    let clinic = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    let (address, agreement, study) =
        (format!("/patients/{}/reading", it.patient), it.agreement.to_string(), it.study.to_string());
    assert!(wait(clinic.get(&address)).text.contains("一致"));
    let mut form = vec![
        ("agreement", agreement.as_str()),
        ("examination", "cbct_implant"),
        ("urgent", "yes"),
        ("question", "46部の骨量"),
        ("consent_by", "patient"),
        ("consent_how", "paper"),
        ("consent_on", "2026-11-24"),
        ("study", study.as_str()),
    ];
    let seen = wait(clinic.post(&address, &form));
    assert_eq!(seen.status, 422);
    assert!(seen.text.contains("46部の骨量"), "nothing typed is lost");
    form.push(("reason", "インプラント術前"));
    let other = image(&it.ward, "1.2.4", "SUZUKI^ICHIRO", "00099").to_string();
    let mut wrong = form.clone();
    wrong.push(("study", other.as_str()));
    let seen = wait(clinic.post(&address, &wrong));
    assert!(seen.status == 422 && seen.text.contains("href=\"#f-match_reason\""), "it is said at the top of the form");
    let ticked = format!("value=\"{other}\" checked");
    assert!(
        seen.text.contains(&ticked) && !seen.text.contains("<details><summary>ほかの画像"),
        "what was chosen is seen"
    );
    let reading = wait(clinic.post(&address, &form)).location.expect("led to the request");
    assert!(wait(clinic.get(&address)).text.contains(&reading), "asked before");
    assert!(wait(clinic.get(&reading)).text.contains("読影待ち"));
    let reader = wait(it.ward.browser_at(routes(), Who::Staff(it.reader), it.hospital));
    let list = wait(reader.get("/readings")).text;
    assert!(list.contains("田中") && list.contains("至急") && list.contains("あと"));
    assert!(!wait(reader.get(&reading)).text.contains("1枚"), "not lent yet");
    wait(reader.post(&format!("{reading}/take"), &[]));
    let desk = wait(reader.get(&reading)).text;
    assert!(desk.contains("1枚") && desk.contains("骨の高さと幅"));
    let report =
        [("act", "sign"), ("seen", "0"), ("finding1_site", "46"), ("finding1_text", "骨欠損"), ("urgency", "usual")];
    let seen = wait(reader.post(&format!("{reading}/report"), &report));
    assert_eq!(seen.status, 422);
    assert!(seen.text.contains("骨欠損") && seen.text.contains("診断（まとめ）を書いてください"));
    let mut report = report.to_vec();
    report.extend([("impression", "埋入は可能"), ("revision", "1")]);
    assert_eq!(wait(reader.post(&format!("{reading}/report"), &report)).location.as_deref(), Some(reading.as_str()));
    let seen = wait(clinic.get(&reading)).text;
    assert!(seen.contains("署名済み") && seen.contains("埋入は可能"));
    assert!(wait(clinic.get(&format!("{reading}/report/1"))).text.contains("本文と合っています"));
    assert_eq!(wait(clinic.get(&format!("{reading}/report.pdf"))).status, 200);
    let stranger = it.ward.staff("mori", &["clerk"]);
    let stranger = wait(it.ward.browser(routes(), Who::Staff(stranger)));
    assert_eq!(wait(stranger.get(&reading)).status, 403, "a clerk sees no images");
}
