//! Monitors that images are read from (TR-13): registered, checked, and said beside the images when one is unfit or overdue.
//! On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::both;
use common::{arrive, keep, origin};
use guidelines::reading::monitor::Kind;
use imaging::dataset::Tag;
use imaging::monitor::{Report, store};
use imaging::request::send::Sent;
use kernel::{RowId, Who};
use testkit::{Browser, wait};

const LOOKS: [(&str, &str); 5] =
    [("seen", "steps"), ("seen", "patches"), ("seen", "lines"), ("seen", "even"), ("seen", "whole")];

fn register(browser: &Browser, accepted: &str) -> String {
    let form = [
        ("name", "読影室の左"),
        ("model", "EIZO RX360"),
        ("width_px", "2048"),
        ("height_px", "1536"),
        ("grade", "1b"),
        ("accepted", accepted),
        ("every_months", "6"),
    ];
    wait(browser.post("/monitors", &form)).location.expect("registered")
}

fn measure(browser: &Browser, monitor: &str, kind: &str, white: &str) {
    let form = [("kind", kind), ("white", white), ("black", "0.5"), ("response", "9.5"), ("looks_well", "yes")];
    let seen = wait(browser.post(&format!("{monitor}/measure"), &form));
    assert_eq!(seen.location.as_deref(), Some(monitor), "{}", seen.text);
}

#[test]
fn a_monitor_is_accepted_looked_at_measured_and_ended() {
    both(|it| {
        let manager = wait(it.ward.browser(imaging::routes(), Who::Staff(it.dentist)));
        assert_eq!(wait(manager.post("/monitors", &[("name", "x")])).status, 422);
        let monitor = register(&manager, "ct");
        let state = |words: &str| {
            let text = wait(manager.get(&monitor)).text;
            assert!(text.contains(words), "{words}: {text}");
        };
        state("受入試験がまだ");
        measure(&manager, &monitor, "acceptance", "171.25");
        state("読影に使えます");
        state("171.250 / 0.500 cd/m²");
        it.ward.clock.set("2026-11-25T00:30:00Z".parse().unwrap());
        let manager = wait(it.ward.browser(imaging::routes(), Who::Staff(it.dentist)));
        let state = |words: &str| {
            let text = wait(manager.get(&monitor)).text;
            assert!(text.contains(words), "{words}: {text}");
        };
        state("今日の点検がまだ");
        assert_eq!(wait(manager.post(&format!("{monitor}/look"), &LOOKS[1..])).status, 422, "what is wrong?");
        let wrong: Vec<_> = LOOKS[1..].iter().copied().chain([("remark", "右下に黄色いしみ")]).collect();
        assert_eq!(wait(manager.post(&format!("{monitor}/look"), &wrong)).status, 303);
        state("不合格");
        it.ward.clock.pass_min(1);
        assert_eq!(wait(manager.post(&format!("{monitor}/look"), &LOOKS)).status, 303);
        state("読影に使えます");
        it.ward.clock.set("2027-06-01T01:00:00Z".parse().unwrap());
        let manager = wait(it.ward.browser(imaging::routes(), Who::Staff(it.dentist)));
        let text = |address: &str| wait(manager.get(address)).text;
        assert!(text("/monitors").contains("点検の期限切れ"));
        measure(&manager, &monitor, "measure", "150");
        assert!(text(&monitor).contains("不合格"), "darker than its grade");
        it.ward.clock.pass_min(1);
        measure(&manager, &monitor, "acceptance", "300");
        assert!(text(&monitor).contains("読影に使えます"));
        assert_eq!(wait(manager.post(&format!("{monitor}/end"), &[])).status, 303);
        assert!(text("/monitors").contains("使用終了"));
        assert_eq!(wait(manager.post(&format!("{monitor}/look"), &LOOKS)).status, 409);
        let acts: Vec<_> = it.log(it.ward.facility).into_iter().map(|it| it.0).collect();
        for act in ["monitor.register", "monitor.check", "monitor.end"] {
            assert!(acts.contains(&act.to_owned()), "{act}");
        }
    });
}

#[test]
fn years_of_looks_do_not_push_the_acceptance_out_of_sight() {
    both(|it| {
        let manager = wait(it.ward.browser(imaging::routes(), Who::Staff(it.dentist)));
        let monitor = register(&manager, "ct");
        measure(&manager, &monitor, "acceptance", "300");
        it.ward.clock.pass_min(1);
        let id = monitor.rsplit('/').next().unwrap().parse().unwrap();
        let look = Report { kind: Kind::Look, looks_well: true, measured: None, remark: String::new() };
        it.clinic(move |tx, ctx| (0..501).try_for_each(|_| store::check(tx, ctx, id, &look).map(drop))).unwrap();
        assert!(wait(manager.get("/monitors")).text.contains("読影に使えます"));
    });
}

#[test]
fn a_reader_is_told_beside_the_images() {
    both(|it| {
        let more: &[(Tag, &[u8; 2], &str)] =
            &[(Tag(0x0008, 0x0060), b"CS", "CT"), (Tag(0x0010, 0x0020), b"LO", "00001")];
        let bytes = common::image(more, "TANAKA^SACHIKO=田中^幸子", "1.6.1.1", "1.6.1", "1.6", &[0; 4]);
        keep(&it.ward, &arrive(&it.ward, &bytes, 64, false).unwrap(), origin());
        let study =
            it.clinic(|tx, _| tx.value::<RowId>("SELECT id FROM study WHERE uid = '1.6'", &[])).unwrap().unwrap();
        let Sent::Sent(id) = it.send(it.form(vec![study])).unwrap() else { panic!("was not sent") };
        it.take(it.reader, id, "").unwrap();
        let manager = wait(it.ward.browser_at(imaging::routes(), Who::Staff(it.colleague), it.hospital));
        let mut reader = wait(it.ward.browser_at(imaging::routes(), Who::Staff(it.reader), it.hospital));
        let images = |reader: &Browser| wait(reader.get("/images/1.6")).text;
        assert!(images(&reader).contains("登録・選択されていません"), "{}", images(&reader));
        let monitor = register(&manager, "plain");
        let here = wait(reader.post(&format!("{monitor}/here"), &[]));
        assert_eq!(here.location.as_deref(), Some(monitor.as_str()));
        reader.carry("haruka-monitor", monitor.rsplit('/').next().unwrap());
        assert!(images(&reader).contains("使うものとして登録していません"), "{}", images(&reader));
        let monitor = register(&manager, "ct");
        reader.carry("haruka-monitor", monitor.rsplit('/').next().unwrap());
        assert!(images(&reader).contains("受入試験の記録がありません"));
        measure(&reader, &monitor, "acceptance", "400");
        assert!(!images(&reader).contains("/monitors"), "nothing is said when all is well");
        // Somebody at the clinic looks at their own images on any screen, and is not nagged.
        let dentist = wait(it.ward.browser(imaging::routes(), Who::Staff(it.dentist)));
        assert!(!images(&dentist).contains("/monitors"));
        assert_eq!(wait(dentist.get(&monitor)).status, 404, "another facility's");
    });
}

#[test]
fn only_those_who_answer_for_the_facility_register_and_only_those_who_see_images_check() {
    both(|it| {
        let manager = wait(it.ward.browser(imaging::routes(), Who::Staff(it.dentist)));
        let monitor = register(&manager, "ct");
        let browser = |login: &str, duty: &str| {
            let person = it.ward.staff(login, &[duty]);
            wait(it.ward.browser(imaging::routes(), Who::Staff(person)))
        };
        let (nurse, clerk) = (browser("mori", "nurse"), browser("hara", "clerk"));
        assert_eq!(wait(nurse.get("/monitors/new")).status, 403);
        assert!(!wait(nurse.get("/monitors")).text.contains("/monitors/new"), "not offered");
        assert_eq!(wait(nurse.post(&format!("{monitor}/look"), &LOOKS)).status, 303);
        let wrong =
            [("form", "measure"), ("kind", "measure"), ("white", "明るい"), ("black", "0.5"), ("response", "9.5")];
        let seen = wait(nurse.post(&format!("{monitor}/measure"), &wrong));
        assert!(
            seen.status == 422 && seen.text.contains("<details open><summary>測った結果を記録する"),
            "not folded away"
        );
        assert_eq!(seen.text.matches("id=\"f-remark\"").count(), 1, "the summary leads to one place");
        assert_eq!(wait(nurse.post(&format!("{monitor}/end"), &[])).status, 403);
        assert_eq!(wait(clerk.get(&monitor)).status, 403);
        let seen = wait(nurse.get(&monitor)).text;
        assert!(
            seen.contains("<haruka-monitor-pattern lang=\"ja\" width=\"2048\" height=\"1536\">"),
            "the test pattern"
        );
    });
}
