//! Images out of a browser (TR-22): file by file, from our own pages only, by those who may.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{file, slice};
use kernel::Who;
use testkit::{Browser, Ward, wait};

const DICOM: (&str, &str) = ("content-type", "application/dicom");

fn browser(ward: &Ward, login: &str, duties: &[&str]) -> Browser {
    let person = ward.staff(login, duties);
    wait(ward.browser(imaging::routes(), Who::Staff(person)))
}

fn count(ward: &Ward) -> i64 {
    ward.given(|tx, _| Ok(tx.value("SELECT count(*) FROM instance", &[])?.unwrap_or(0)))
}

#[test]
fn each_file_is_answered_with_what_became_of_it() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let browser = browser(&ward, "sato", &["dentist"]);
        let token = browser.token();
        let send = |bytes: Vec<u8>| {
            let seen = wait(browser.post_raw("/images/bring", &[DICOM, ("x-csrf-token", &token)], bytes));
            let told: serde_json::Value = serde_json::from_str(&seen.text).expect("JSON");
            (seen.status.as_u16(), told["outcome"].as_str().unwrap_or_default().to_owned())
        };
        let image = file(&slice("1.2.1", "1.3", "1.4", &[7; 1_500_000]));
        assert_eq!(send(image.clone()), (200, "stored".into()));
        assert_eq!(send(image), (200, "already-here".into()), "the same disc once more changes nothing");
        assert_eq!(send(file(&slice("1.2.1", "1.3", "1.4", &[8; 30]))), (200, "not-taken".into()), "never over it");
        assert_eq!(send(file(&slice("1.2.2", "1.3", "1.4", &[7; 30]))[..200].to_vec()), (200, "not-taken".into()));
        assert_eq!(send(b"MZ".to_vec()), (200, "not-taken".into()));
        assert_eq!(send(Vec::new()), (200, "not-taken".into()));
        assert_eq!(count(&ward), 1);
        let list = wait(browser.get("/images")).text;
        assert!(list.contains("田中 幸子") && list.contains("/images/1.4"), "{list}");
        assert!(!wait(browser.get("/images?q=%E9%88%B4%E6%9C%A8")).text.contains("田中 幸子"));
        assert!(wait(browser.get("/images?q=%E3%81%9F%E3%81%AA%E3%81%8B")).text.contains("田中 幸子"));
    });
}

#[test]
fn only_our_own_pages_send_and_only_for_those_who_may() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let image = file(&slice("1.2.1", "1.3", "1.4", &[7; 30]));
        let dentist = browser(&ward, "sato", &["dentist"]);
        let token = dentist.token();
        for headers in [
            vec![DICOM],
            vec![DICOM, ("x-csrf-token", "guessed")],
            vec![DICOM, ("x-csrf-token", token.as_str()), ("sec-fetch-site", "cross-site")],
            vec![DICOM, ("x-csrf-token", token.as_str()), ("origin", "https://evil.example"), ("host", "haruka")],
        ] {
            assert_eq!(wait(dentist.post_raw("/images/bring", &headers, image.clone())).status, 403, "{headers:?}");
        }
        let clerk = browser(&ward, "suzuki", &["clerk"]);
        let own = clerk.token();
        let seen = wait(clerk.post_raw("/images/bring", &[DICOM, ("x-csrf-token", &own)], image));
        assert_eq!(seen.status, 403, "a clerk brings no images");
        assert_eq!(count(&ward), 0);
    });
}
