//! Nothing typed is lost: a form that met a closed door waits, sealed, and is sent after the proof. CS-126.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Browser, Seen, on_both, ward};
use crypto::Totp;
use kernel::{PersonId, Who, time};
use people::sign_in::operator;
use testkit::Ward;
use web::session::{PROOF_FRESH_MIN, SESSION_HOURS_MAX, STAFF_IDLE_MIN};

const PASSWORD: &str = "violet otter 7 kettles";
const REMARK: &str = "右の耳が聞こえにくい。\r\n“ゆっくり” & <はっきり>";

fn app() -> Totp {
    Totp::from_bytes(*b"haruka-test-totp-key")
}

/// Somebody who has a password and an app.
fn person(ward: &Ward, login: &str, duties: &[&str]) -> PersonId {
    let person = ward.staff(login, duties);
    ward.given(move |tx, ctx| operator::set_demo_secrets(tx, ctx, person, PASSWORD, &app()));
    person
}

fn sato(ward: &Ward) -> PersonId {
    person(ward, "sato", &["dentist", "manager"])
}

const FORM: [(&str, &str); 10] = [
    ("_key", "01hkept0000000000000000000"),
    ("_button", "登録する"),
    ("family", "山本"),
    ("given", "一郎"),
    ("family_kana", "やまもと"),
    ("given_kana", "いちろう"),
    ("birth_date", "1950-02-03"),
    ("sex", "male"),
    ("phone", "03-1234-5678"),
    ("remark", REMARK),
];

/// A long form, sent after the session has locked itself.
fn typed_too_long(ward: &Ward, browser: &mut Browser) -> Seen {
    browser.get("/patients/new");
    ward.clock.pass_min(STAFF_IDLE_MIN + 1);
    browser.post("/patients", &FORM)
}

fn kept(seen: &Seen) -> String {
    let kept = seen.to.split_once("next=").unwrap_or_else(|| panic!("not led to a proof: {seen:?}")).1.to_owned();
    assert!(kept.starts_with("/again/"), "{seen:?}");
    kept
}

fn unlock(browser: &mut Browser, next: &str) -> Seen {
    browser.get(&format!("/unlock?next={next}"));
    browser.post("/unlock", &[("password", PASSWORD), ("next", next)])
}

fn waiting(ward: &Ward) -> i64 {
    ward.given(|tx, _| Ok(tx.value("SELECT count(*) FROM kept_form", db::params![])?.unwrap_or(0)))
}

/// The one patient, as the page shows her.
fn registered(browser: &mut Browser, seen: &Seen) -> String {
    assert!(seen.status == 303 && seen.to.starts_with("/patients/"), "{seen:?}");
    let page = browser.get(&seen.to);
    assert!(
        page.text.contains("山本　一郎") && page.text.contains("“ゆっくり” &amp; &lt;はっきり&gt;"),
        "{}",
        page.text
    );
    seen.to.clone()
}

fn patients(ward: &Ward) -> i64 {
    ward.given(|tx, _| {
        let facility = tx.facility()?;
        Ok(tx.value("SELECT count(*) FROM patient WHERE facility_id = ?1", db::params![facility])?.unwrap_or(0))
    })
}

#[test]
fn a_form_waits_for_the_password_and_acts_once() {
    on_both(|ward| {
        let sato = Who::Staff(sato(&ward));
        let mut browser = Browser::of(&ward, sato);
        let seen = typed_too_long(&ward, &mut browser);
        let again = kept(&seen);
        assert!(seen.to.starts_with("/unlock?"), "{seen:?}");
        assert!(browser.get(&seen.to).text.contains("入力した内容はお預かりしています"));
        assert_eq!(browser.get(&again).to, format!("/unlock?next={again}"), "nobody reads it before the proof");
        let seen = unlock(&mut browser, &again);
        assert_eq!(seen.to, again);
        let page = browser.get(&again);
        assert!(page.text.contains("先ほどの「登録する」は、まだ行われていません"), "{}", page.text);
        assert!(page.text.contains("data-at-once") && patients(&ward) == 0);
        let seen = browser.press(&page);
        let first = registered(&mut browser, &seen);
        assert_eq!(browser.get(&again).status, 404, "used up");
        let seen = browser.press(&page);
        assert_eq!((registered(&mut browser, &seen), patients(&ward)), (first, 1), "the same form acts once");
        assert_eq!(waiting(&ward), 0);
    });
}

#[test]
fn a_server_killed_in_between_loses_nothing() {
    let mut ward = ward();
    let sato = Who::Staff(sato(&ward));
    let mut browser = Browser::of(&ward, sato);
    let again = kept(&typed_too_long(&ward, &mut browser));
    for _ in 0..2 {
        ward.restart();
        browser.after_restart(&ward);
        unlock(&mut browser, &again);
    }
    let page = browser.get(&again);
    ward.restart();
    browser.after_restart(&ward);
    let seen = browser.press(&page);
    registered(&mut browser, &seen);
}

#[test]
fn an_act_that_needs_a_fresh_proof_is_done_after_it() {
    let ward = ward();
    let manager = Who::Staff(sato(&ward));
    let suzuki = person(&ward, "suzuki", &["clerk"]);
    let mut browser = Browser::of(&ward, manager);
    let path = format!("/settings/staff/{suzuki}/sign-in");
    browser.get(&path);
    ward.clock.pass_min(PROOF_FRESH_MIN + 1);
    let seen = browser.post(&format!("{path}/second"), &[("_button", "本人確認の設定を外す")]);
    let again = kept(&seen);
    let has_second = || ward.given(move |tx, _| Ok(people::sign_in::second::held(tx, suzuki)?.any()));
    assert!(has_second(), "nothing is done before the proof");
    unlock(&mut browser, &again);
    let page = browser.get(&again);
    assert_eq!(browser.press(&page).to, path);
    assert!(!has_second());
}

#[test]
fn a_form_outlives_its_session_by_password_and_app() {
    let ward = ward();
    sato(&ward);
    let mut browser = sign_in(&ward, "/me");
    browser.get("/patients/new");
    ward.clock.pass_min(SESSION_HOURS_MAX * 60 + 1);
    let seen = browser.post("/patients", &FORM);
    let again = kept(&seen);
    assert!(seen.to.starts_with("/sign-in?"), "{seen:?}");
    assert!(browser.get(&seen.to).text.contains("入力した内容はお預かりしています"));
    browser.post("/sign-in", &[("login", "sato"), ("password", PASSWORD), ("next", &again)]);
    browser.get("/sign-in/next");
    let code = app().code(ward.ctx(Who::Nobody).now);
    assert_eq!(browser.post("/sign-in/second", &[("kind", "app"), ("code", &code)]).to, again);
    let page = browser.get(&again);
    let seen = browser.press(&page);
    registered(&mut browser, &seen);
}

fn sign_in(ward: &Ward, next: &str) -> Browser {
    let mut browser = Browser::new(ward);
    browser.get("/sign-in");
    browser.post("/sign-in", &[("login", "sato"), ("password", PASSWORD), ("next", next)]);
    browser.get("/sign-in/next");
    let code = app().code(ward.ctx(Who::Nobody).now);
    assert_eq!(browser.post("/sign-in/second", &[("kind", "app"), ("code", &code)]).to, next);
    browser.get("/me");
    browser
}

#[test]
fn another_person_never_gets_it() {
    on_both(|ward| {
        let (sato, suzuki) = (Who::Staff(sato(&ward)), Who::Staff(person(&ward, "suzuki", &["dentist", "manager"])));
        let mut browser = Browser::of(&ward, sato.clone());
        let again = kept(&typed_too_long(&ward, &mut browser));
        // 鈴木 at her own desk, and at another facility's.
        for mut other in [Browser::of(&ward, suzuki.clone()), Browser::of_at(&ward, sato, ward.other_facility())] {
            let seen = other.get(&again);
            assert!(seen.status == 404 && !seen.text.contains("山本"), "{}", seen.text);
        }
        // And at 佐藤's, where 佐藤 is signed out first.
        browser.get(&format!("/unlock?next={again}"));
        browser.post("/sign-out", &[("to", "/sign-in")]);
        assert_eq!(waiting(&ward), 0, "it ends with the session");
        let mut browser = Browser::of(&ward, suzuki);
        assert_eq!((browser.get(&again).status, patients(&ward)), (404, 0));
    });
}

#[test]
fn another_who_signs_in_after_the_session_is_over_never_gets_it() {
    let ward = ward();
    sato(&ward);
    person(&ward, "suzuki", &["dentist", "manager"]);
    let mut browser = sign_in(&ward, "/me");
    browser.get("/patients/new");
    ward.clock.pass_min(SESSION_HOURS_MAX * 60 + 1);
    let again = kept(&browser.post("/patients", &FORM));
    browser.get("/sign-in");
    browser.post("/sign-in", &[("login", "suzuki"), ("password", PASSWORD), ("next", &again)]);
    browser.get("/sign-in/next");
    let code = app().code(ward.ctx(Who::Nobody).now);
    assert_eq!(browser.post("/sign-in/second", &[("kind", "app"), ("code", &code)]).to, again);
    let seen = browser.get(&again);
    assert!(seen.status == 404 && !seen.text.contains("山本"), "{}", seen.text);
}

#[test]
fn it_ends_after_a_quarter_of_an_hour() {
    let ward = ward();
    let sato = Who::Staff(sato(&ward));
    let mut browser = Browser::of(&ward, sato);
    let again = kept(&typed_too_long(&ward, &mut browser));
    ward.clock.pass_min(web::kept::KEPT_MIN);
    unlock(&mut browser, &again);
    let seen = browser.get(&again);
    assert!(seen.status == 404 && seen.text.contains("お預かりしていた内容は、もうありません"), "{}", seen.text);
    let now = ward.ctx(Who::Nobody).now;
    assert_eq!(ward.given(move |tx, _| web::kept::forget(tx, now)), 1);
}

#[test]
fn no_form_of_another_site_and_no_secret_is_kept() {
    let ward = ward();
    let sato = Who::Staff(sato(&ward));
    let mut browser = Browser::of(&ward, sato);
    browser.get("/me");
    ward.clock.pass_min(STAFF_IDLE_MIN + 1);
    let without_token = browser.post_bare("/patients", &FORM);
    assert_eq!(without_token.to, "/unlock?next=/patients", "as a page only");
    let secret = [("new_password", PASSWORD), ("new_password_again", PASSWORD)];
    assert_eq!(browser.post("/me/password", &secret).to, "/unlock?next=/me/password");
    assert_eq!(waiting(&ward), 0);
}

#[test]
fn files_are_not_kept_and_the_person_is_told() {
    let ward = ward();
    let sato = sato(&ward);
    let mut browser = Browser::of(&ward, Who::Staff(sato));
    ward.clock.pass_min(STAFF_IDLE_MIN + 1);
    let path = format!("/settings/staff/{sato}/photo");
    let seen = browser.upload(&path, "photo", b"\xff\xd8");
    assert_eq!(seen.to, format!("/unlock?next={path}&lost=files"));
    assert!(browser.get(&seen.to).text.contains("写真や書類は、まだ送られていません"));
}

#[test]
fn at_most_five_wait_for_one_session() {
    let ward = ward();
    let sato = Who::Staff(sato(&ward));
    let mut browser = Browser::of(&ward, sato);
    let first = kept(&typed_too_long(&ward, &mut browser));
    for _ in 0..5 {
        ward.clock.pass_min(1);
        kept(&browser.post("/patients", &FORM));
    }
    assert_eq!(waiting(&ward), 5);
    unlock(&mut browser, &first);
    assert_eq!(browser.get(&first).status, 404, "the oldest went");
}

#[test]
fn the_other_language_keeps_what_was_typed() {
    let ward = ward();
    let sato = Who::Staff(sato(&ward));
    let mut browser = Browser::of(&ward, sato);
    browser.get("/patients/new");
    let mut form = FORM;
    form[6].1 = "yesterday";
    let page = browser.post("/patients", &form);
    assert_eq!(page.status, 422);
    let back = page.text.split("name=\"back\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let seen = browser.post("/look", &[("back", &back), ("lang", "en")]);
    let page = browser.follow(seen);
    assert!(page.status == 200 && page.text.contains("what you typed is still here"), "{}", page.text);
    assert!(!page.text.contains("data-at-once"), "it was refused once: the person presses");
    let seen = browser.press(&page);
    assert!(seen.status == 422 && seen.text.contains("山本") && seen.text.contains("Family name"), "{}", seen.text);
}

#[test]
fn a_page_of_nothing_but_a_form_leads_to_the_page_above() {
    let ward = ward();
    let sato = Who::Staff(sato(&ward));
    let mut browser = Browser::of(&ward, sato.clone());
    // A page that a form showed, and that was no refusal: there is nothing to keep, and the switch leads to the page above.
    let page = browser.post("/me/codes", &[]);
    let back = page.text.split("name=\"back\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(browser.get(&back).to, "/me/codes");
    assert_eq!(browser.get("/me/codes").to, "/me");
    assert_eq!(browser.get("/patients/").to, "/patients");
    assert_eq!(browser.get("/patients/?q=a").to, "/patients?q=a");
    assert_eq!((browser.method("HEAD", "/me").status, browser.method("HEAD", "/none").status), (200, 404));
    let seen = browser.method("DELETE", "/me");
    assert!(seen.status == 405 && seen.text.contains("この操作は受け付けられません"), "{}", seen.text);
}

#[test]
fn tanaka_who_comes_in_again_by_her_link_finds_it() {
    let ward = ward();
    let patient = ward.patient();
    let until = time::plus_min(ward.ctx(Who::Nobody).now, 24 * 60);
    let link = ward.given(move |tx, ctx| people::entry::store::invite(tx, ctx, patient, None, until));
    let mut browser = Browser::of(&ward, Who::Patient(patient));
    browser.get("/me");
    ward.clock.pass_min(web::session::PATIENT_IDLE_MIN + 1);
    let again = kept(&browser.post("/me/password/remove", &[("_button", "パスワードをやめる")]));
    browser.get(&link);
    browser.post(&link, &[("birth_date-year", "1948"), ("birth_date-month", "4"), ("birth_date-day", "12")]);
    let list = mail::LogOnly::new("desk@aoba.example.jp".parse().unwrap());
    let carriers = mail::Carriers::log_only(&list);
    common::wait(mail::deliver_due(&ward.site.db, &carriers, &ward.clock)).unwrap();
    let code: String = list.shown()[0].text.chars().filter(char::is_ascii_digit).take(6).collect();
    assert_eq!(browser.post(&format!("{link}/code"), &[("code", &code)]).to, again);
}
