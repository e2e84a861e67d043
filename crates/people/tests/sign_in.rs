//! How staff comes in, is kept out, and goes: CS-126, CS-121, OV-242, walked in browsers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Browser, Seen, on_both, ward};
use crypto::Totp;
use kernel::{JapaneseName, PersonId, Who};
use people::person::store::NewPerson;
use people::sign_in::operator;
use people::sign_in::second;
use testkit::Ward;

const PASSWORD: &str = "violet otter 7 kettles";
const NEXT_PASSWORD: &str = "amber heron 9 ladders";

fn app() -> Totp {
    Totp::from_bytes(*b"haruka-test-totp-key")
}

/// 佐藤, who has a password and an app.
fn sato(ward: &Ward) -> PersonId {
    let person = ward.staff("sato", &["dentist", "manager"]);
    ward.given(move |tx, ctx| operator::set_demo_secrets(tx, ctx, person, PASSWORD, &app()));
    person
}

fn password(browser: &mut Browser, login: &str, password: &str) -> Seen {
    browser.get("/sign-in");
    browser.post("/sign-in", &[("login", login), ("password", password), ("next", "/me")])
}

fn code(browser: &mut Browser, code: &str) -> Seen {
    browser.get("/sign-in/next");
    browser.post("/sign-in/second", &[("kind", "app"), ("code", code)])
}

/// A browser in which 佐藤 is signed in.
fn signed_in(ward: &Ward) -> Browser {
    let mut browser = Browser::new(ward);
    assert_eq!(password(&mut browser, "sato", PASSWORD).to, "/sign-in/next");
    let seen = code(&mut browser, &app().code(now(ward)));
    assert_eq!((seen.to.as_str(), browser.is_signed_in()), ("/me", true), "{}", seen.text);
    browser
}

fn now(ward: &Ward) -> kernel::Timestamp {
    ward.ctx(Who::Nobody).now
}

#[test]
fn suzuki_comes_in_for_the_first_time() {
    on_both(|ward| {
        // CS-126, OV-242: the initial password must be changed, a second factor set up, codes on paper kept.
        let initial = {
            ward.given(|tx, ctx| {
                let name = JapaneseName::parse("鈴木", "花子", "すずき", "はなこ").unwrap();
                let new = NewPerson { login: "suzuki".into(), name, mail: "suzuki@example.jp".into() };
                operator::add_user(tx, ctx, &new, &["clerk".into()])
            })
        };
        let mut browser = Browser::new(&ward);
        assert_eq!(password(&mut browser, "suzuki", &initial.1).to, "/sign-in/next");
        let page = browser.get("/sign-in/next");
        assert!(page.text.contains("新しいパスワード"), "{}", page.text);

        for (new, again, fault) in [
            ("short1!", "short1!", "8文字以上"),
            ("suzuki-no-heya-7", "suzuki-no-heya-7", "お名前"),
            ("password12345678", "password12345678", "よく使われる"),
            (initial.1.as_str(), initial.1.as_str(), "以前に使った"),
            (NEXT_PASSWORD, PASSWORD, "同じではありません"),
        ] {
            let seen = browser.post("/sign-in/password", &[("new_password", new), ("new_password_again", again)]);
            assert!(seen.status == 422 && seen.text.contains(fault), "{new}: {}", seen.text);
        }
        let fields = [("new_password", NEXT_PASSWORD), ("new_password_again", NEXT_PASSWORD)];
        assert_eq!(browser.post("/sign-in/password", &fields).to, "/sign-in/next");

        let page = browser.get("/sign-in/next");
        assert!(page.text.contains("data:image/svg+xml;base64,") && !browser.is_signed_in());
        assert_eq!(browser.post("/sign-in/enrol", &[("code", "000000")]).status, 422);
        let person = initial.0;
        let secret = ward.given(move |tx, ctx| second::offer_app(tx, ctx, person));
        let seen = browser.post("/sign-in/enrol", &[("code", &secret.code(now(&ward)))]);
        assert_eq!(seen.text.matches("<li><code>").count(), crypto::codes::RECOVERY_CODES, "{}", seen.text);
        assert_eq!(browser.post("/sign-in/done", &[]).to, "/me");
        assert_eq!(browser.get("/me").status, 200);

        let acts = ward.acts();
        for act in ["person.create", "password.give", "password.change", "second_factor.add", "sign_in.done"] {
            assert!(acts.iter().any(|it| it == act), "{act} is in the log: {acts:?}");
        }
    });
}

#[test]
fn a_wrong_password_tells_nothing_and_then_waits() {
    // CS-126
    let ward = ward();
    sato(&ward);
    let mut browser = Browser::new(&ward);
    let known = password(&mut browser, "sato", "wrong");
    let unknown = password(&mut browser, "nobody", "wrong");
    assert_eq!((known.status, unknown.status), (422, 422));
    assert_eq!(known.plain(), unknown.plain(), "the same page for a name that nobody has");
    for name in ["sato", "nobody"] {
        for _ in 0..4 {
            assert_eq!(password(&mut browser, name, "wrong").status, 422);
        }
        assert_eq!(password(&mut browser, name, PASSWORD).status, 429, "even the right one waits");
    }
    ward.clock.pass_min(1);
    assert_eq!(password(&mut browser, "sato", PASSWORD).to, "/sign-in/next", "a lock ends by itself");
    let acts = ward.acts();
    assert_eq!(acts.iter().filter(|it| *it == "sign_in.password").count(), 5, "wrong ones are on record: {acts:?}");
}

#[test]
fn an_address_that_tries_many_names_waits() {
    // CS-126
    let ward = ward();
    let mut browser = Browser::new(&ward);
    for round in 0..30 {
        assert_eq!(password(&mut browser, &format!("name{round}"), "wrong").status, 422);
    }
    assert_eq!(password(&mut browser, "another", "wrong").status, 429);
    assert_eq!(password(&mut Browser::at(&ward, "192.0.2.8"), "another", "wrong").status, 422);
}

#[test]
fn a_code_is_good_once() {
    // CS-126: what was read over a shoulder is worth nothing.
    let ward = ward();
    sato(&ward);
    let seen_over_the_shoulder = app().code(now(&ward));
    signed_in(&ward);
    let mut stranger = Browser::at(&ward, "198.51.100.1");
    password(&mut stranger, "sato", PASSWORD);
    let seen = code(&mut stranger, &seen_over_the_shoulder);
    assert_eq!((seen.status, stranger.is_signed_in()), (422, false));
    ward.clock.pass_min(1);
    assert_eq!(code(&mut stranger, &app().code(now(&ward))).to, "/me");
}

#[test]
fn five_wrong_codes_begin_anew() {
    // CS-126
    let ward = ward();
    sato(&ward);
    let mut browser = Browser::new(&ward);
    password(&mut browser, "sato", PASSWORD);
    for _ in 0..4 {
        assert_eq!(code(&mut browser, "000000").status, 422);
    }
    assert_eq!(code(&mut browser, "000000").status, 410, "this sign-in is over");
    password(&mut browser, "sato", PASSWORD);
    assert_eq!(code(&mut browser, &app().code(now(&ward))).status, 429, "and the second factor waits");
    ward.clock.pass_min(1);
    assert_eq!(code(&mut browser, &app().code(now(&ward))).to, "/me");
}

#[test]
fn a_code_on_paper_is_good_once() {
    // CS-126
    let ward = ward();
    let codes = {
        let person = sato(&ward);
        ward.given(move |tx, ctx| second::renew_codes(tx, ctx, person))
    };
    for (status, signed_in) in [(303, true), (422, false)] {
        let mut browser = Browser::new(&ward);
        password(&mut browser, "sato", PASSWORD);
        browser.get("/sign-in/next");
        let seen = browser.post("/sign-in/second", &[("kind", "paper"), ("paper_code", &codes[3].to_uppercase())]);
        assert_eq!((seen.status, browser.is_signed_in()), (status, signed_in));
    }
}

#[test]
fn nothing_is_open_between_the_two_factors() {
    // OV-242
    let ward = ward();
    sato(&ward);
    let mut browser = Browser::new(&ward);
    password(&mut browser, "sato", PASSWORD);
    assert_eq!(browser.get("/me").to, "/sign-in?next=/me");
    browser.get("/sign-in/next");
    for (path, fields) in [
        ("/sign-in/done", vec![]),
        ("/sign-in/enrol", vec![("code", "123456")]),
        ("/sign-in/password", vec![("new_password", NEXT_PASSWORD), ("new_password_again", NEXT_PASSWORD)]),
    ] {
        let seen = browser.post(path, &fields);
        assert!(matches!(seen.status, 401 | 403), "{path}: {}", seen.status);
    }
    ward.clock.pass_min(16);
    assert_eq!(browser.get("/sign-in/next").status, 410, "after a quarter of an hour it is over");
    assert_eq!(Browser::new(&ward).get("/sign-in/next").status, 410, "and in another browser never began");
}

#[test]
fn a_form_without_the_sessions_token_is_refused() {
    let ward = ward();
    sato(&ward);
    let mut browser = signed_in(&ward);
    for path in ["/me/codes", "/me/app/new", "/sign-out", "/unlock", "/facility"] {
        assert_eq!(browser.post_bare(path, &[]).status, 403, "{path}");
        assert_eq!(browser.post_bare(path, &[("_token", "01h00000000000000000000000")]).status, 403, "{path}");
    }
    assert_eq!(browser.get("/me").status, 200);
}

#[test]
fn an_idle_session_asks_for_the_password() {
    // CS-126
    let ward = ward();
    sato(&ward);
    let mut browser = signed_in(&ward);
    ward.clock.pass_min(web::session::STAFF_IDLE_MIN + 1);
    assert_eq!(browser.get("/me").to, "/unlock?next=/me");
    browser.get("/unlock?next=/me");
    assert_eq!(browser.post("/unlock", &[("password", "wrong"), ("next", "/me")]).status, 422);
    assert_eq!(browser.get("/me").status, 303, "still locked");
    browser.get("/unlock?next=/me");
    let seen = browser.post("/unlock", &[("password", PASSWORD), ("next", "https://evil.example")]);
    assert_eq!(seen.to, "/", "nobody is led to another house");
    assert_eq!(browser.get("/me").status, 200);
}

#[test]
fn what_matters_asks_for_the_password_again() {
    // CS-126: re-authentication, for five minutes.
    let ward = ward();
    sato(&ward);
    let mut browser = signed_in(&ward);
    browser.get("/me");
    assert_eq!(browser.get("/me/password").status, 200, "just signed in");
    ward.clock.pass_min(web::session::PROOF_FRESH_MIN + 1);
    assert_eq!(browser.get("/me/password").to, "/unlock?next=/me/password");
    for path in ["/me/codes", "/me/app/new", "/me/app/remove"] {
        let to = browser.post(path, &[]).to;
        assert!(to.starts_with("/unlock?next=/again/"), "{path}: {to}");
    }
    browser.get("/unlock?next=/me/password");
    let seen = browser.post("/unlock", &[("password", PASSWORD), ("next", "/me/password")]);
    assert_eq!(browser.follow(seen).status, 200);
}

#[test]
fn a_changed_password_ends_the_other_sessions_and_the_old_one_is_not_taken_again() {
    // CS-126
    let ward = ward();
    sato(&ward);
    let mut other = signed_in(&ward);
    ward.clock.pass_min(1);
    let mut browser = signed_in(&ward);
    browser.get("/me/password");
    let typed = |it| [("new_password", it), ("new_password_again", it)];
    assert_eq!(browser.post("/me/password", &typed(NEXT_PASSWORD)).to, "/me");
    assert_eq!((browser.get("/me").status, other.get("/me").to.as_str()), (200, "/sign-in?next=/me"));
    browser.get("/me/password");
    let seen = browser.post("/me/password", &typed(PASSWORD));
    assert!(seen.status == 422 && seen.text.contains("以前に使った"), "{}", seen.text);
    assert!(!seen.text.contains(PASSWORD), "nothing secret goes back into a page");
}

#[test]
fn everybody_ends_only_the_own_sessions() {
    on_both(|ward| {
        sato(&ward);
        let mut lost = signed_in(&ward);
        ward.clock.pass_min(1);
        let mut browser = signed_in(&ward);
        let of = |person: PersonId| {
            ward.given(move |tx, ctx| {
                let all = web::session::list(tx, ctx, &Who::Staff(person))?;
                Ok(all.into_iter().map(|it| it.id.to_string()).collect::<Vec<_>>())
            })
        };
        let (own, foreign) = {
            let sato = ward.given(|tx, _| Ok(people::person::store::by_login(tx, "sato")?.unwrap().id));
            let suzuki = ward.staff("suzuki", &["clerk"]);
            let (ctx, site) = (ward.ctx(Who::Nobody), ward.site.clone());
            let facility = Some(ward.facility);
            ward.given(move |tx, _| {
                let new = web::session::NewSession { who: Who::Staff(suzuki), facility, factors: 2, agent: "" };
                web::session::start(tx, &ctx, &site.key, &new).map(drop)
            });
            (of(sato), of(suzuki))
        };
        browser.get("/me");
        assert_eq!(browser.post("/me/sessions/end", &[("session", &foreign[0])]).status, 404);
        assert_eq!(browser.post("/me/sessions/end", &[("session", &own[1])]).to, "/me");
        assert_eq!(lost.get("/me").status, 303, "the lost telephone is out");
        assert_eq!(browser.get("/me").status, 200);
        browser.post("/sign-out", &[]);
        assert_eq!((browser.is_signed_in(), browser.get("/me").status), (false, 303));
    });
}

#[test]
fn a_person_of_two_facilities_says_where() {
    on_both(|ward| {
        let (other, third) = {
            let person = sato(&ward);
            let other = ward.other_facility();
            let ctx = ward.ctx(Who::System("test")).at(other);
            let give = move |tx: &mut db::Tx<'_>| people::person::store::give_duty(tx, &ctx, person, "dentist");
            ward.site.db.write_blocking(Some(other), give).unwrap();
            (other, kernel::FacilityId::from_bytes([3; 16]))
        };
        let mut browser = Browser::new(&ward);
        password(&mut browser, "sato", PASSWORD);
        assert_eq!(code(&mut browser, &app().code(now(&ward))).to, "/facility?next=/me");
        let page = browser.get("/facility?next=/me");
        assert!(page.text.contains("青葉歯科クリニック") && page.text.contains("みなと歯科"));
        assert_eq!(browser.post("/facility", &[("facility", &third.to_string())]).status, 404);
        assert_eq!(browser.post("/facility", &[("facility", &other.to_string()), ("next", "/me")]).to, "/me");
        let moved = ward.site.db.write_blocking(Some(other), move |tx| {
            let sql = "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = 'session.move'";
            tx.value::<i64>(sql, db::params![other])
        });
        assert_eq!(moved.unwrap(), Some(1), "on record where the person came to");
    });
}

#[test]
fn a_leaver_is_out_by_one_act() {
    on_both(|ward| {
        // CS-121
        let person = sato(&ward);
        let mut browser = signed_in(&ward);
        let facility = ward.facility;
        ward.given(move |tx, ctx| operator::close_user(tx, ctx, facility, person));
        assert_eq!(browser.get("/me").status, 303);
        ward.clock.pass_min(1);
        assert_eq!(password(&mut browser, "sato", PASSWORD).status, 422);
    });
}

#[test]
fn accounts_that_nobody_uses_are_found() {
    // CS-121
    let ward = ward();
    sato(&ward);
    let unused = || {
        ward.given(people::sign_in::store::unused)
            .into_iter()
            .map(|(person, last)| (person.login, last.is_some()))
            .collect::<Vec<_>>()
    };
    let _ = ward.staff("never", &["clerk"]);
    signed_in(&ward);
    assert_eq!(unused(), []);
    ward.clock.pass_min(people::sign_in::UNUSED_DAYS * 24 * 60 + 1);
    let mut found = unused();
    found.sort();
    assert_eq!(found, [("never".to_owned(), false), ("sato".to_owned(), true)]);
}

#[test]
fn the_last_second_factor_stays() {
    // OV-242
    let ward = ward();
    sato(&ward);
    let mut browser = signed_in(&ward);
    browser.get("/me");
    assert_eq!(browser.post("/me/app/remove", &[]).status, 409);
    assert_eq!(browser.post("/me/passkeys/remove", &[("passkey", &"0".repeat(26))]).status, 404);
    let page = browser.get("/me");
    assert!(!page.text.contains("認証アプリを外す") && page.text.contains("このアドレスではパスキーを使えません"));
}

#[test]
fn a_manager_takes_over_nobody_from_elsewhere() {
    on_both(|ward| {
        // CS-126
        let (person, manager) = (sato(&ward), ward.staff("yamamoto", &["manager"]));
        let reset = |who: Who| {
            let ctx = ward.ctx(who);
            ward.site.db.write_blocking(None, move |tx| operator::reset_second_factor(tx, &ctx, "sato"))
        };
        assert!(reset(Who::Staff(manager)).is_ok());
        let held = ward.given(move |tx, _| second::held(tx, person));
        assert!(!held.any());
        {
            let other = ward.other_facility();
            let ctx = ward.ctx(Who::System("test")).at(other);
            let give = move |tx: &mut db::Tx<'_>| people::person::store::give_duty(tx, &ctx, person, "dentist");
            ward.site.db.write_blocking(Some(other), give).unwrap();
        };
        let clerk = ward.staff("suzuki", &["clerk"]);
        for who in [Who::Staff(manager), Who::Staff(clerk)] {
            assert_eq!(reset(who).unwrap_err().kind(), &kernel::Kind::Forbidden);
        }
    });
}

#[test]
fn a_manager_does_nothing_to_people_of_elsewhere_or_to_guardians() {
    on_both(|ward| {
        // CS-120, CS-121: an id is no key. A duty here would make the account of a guardian ours to reset.
        let (colleague, patient, guardian) = (sato(&ward), ward.patient(), ward.staff("megumi", &[]));
        ward.given(move |tx, ctx| people::patient::store::add_guardian(tx, ctx, patient, guardian, "長女"));
        let (other, manager) = (ward.other_facility(), ward.staff("stranger", &[]));
        let ctx = ward.ctx(Who::System("test")).at(other);
        let give = move |tx: &mut db::Tx<'_>| people::person::store::give_duty(tx, &ctx, manager, "manager");
        ward.site.db.write_blocking(Some(other), give).unwrap();
        let mut inside = signed_in(&ward);
        for person in [colleague, guardian] {
            let path = format!("/settings/staff/{person}");
            let mut browser = Browser::of_at(&ward, Who::Staff(manager), other);
            let seen = browser.get(&format!("{path}/close"));
            assert!(seen.status == 404 && !seen.text.contains("佐藤"), "{}", seen.text);
            let licence = [("kind", "dentist"), ("year", "2005"), ("how", "原本")];
            let forms: [(&str, &[(&str, &str)]); 5] = [
                ("close", &[]),
                ("duties", &[("duty", "clerk")]),
                ("duties/end", &[("duty", "dentist")]),
                ("licences", &licence),
                ("sign-in/second", &[]),
            ];
            for (form, fields) in forms {
                assert_eq!(browser.post(&format!("{path}/{form}"), fields).status, 404, "{form}");
            }
        }
        assert_eq!(inside.get("/me").status, 200, "nobody is thrown out from elsewhere");
        let closed = ward.given(move |tx, _| Ok(people::person::store::get(tx, guardian)?.closed_at));
        assert_eq!(closed, None);
    });
}

#[test]
fn a_manager_mends_a_lost_phone_and_a_forgotten_password() {
    // CS-126: with the own password shown again, and never for another facility's people.
    let ward = ward();
    let person = sato(&ward);
    let (manager, clerk) = (ward.staff("yamamoto", &["manager"]), ward.staff("suzuki", &["clerk"]));
    let path = format!("/settings/staff/{person}/sign-in");
    let mut lost = signed_in(&ward);
    assert_eq!(Browser::of(&ward, Who::Staff(clerk)).get(&path).status, 403);
    assert_eq!(Browser::of(&ward, Who::Staff(clerk)).post(&format!("{path}/password"), &[]).status, 403);
    let mut desk = Browser::of(&ward, Who::Staff(manager));
    assert!(desk.get(&path).text.contains("スマートフォンをなくしたとき"));
    assert_eq!(desk.post(&format!("{path}/second"), &[]).to, path);
    assert_eq!(lost.get("/me").status, 303, "whoever has the phone is out");
    let page = desk.post(&format!("{path}/password"), &[]);
    assert!(page.status == 200 && page.text.contains("一度しか表示されません"));
    ward.clock.pass_min(web::session::PROOF_FRESH_MIN + 1);
    assert!(desk.post(&format!("{path}/second"), &[]).to.starts_with("/unlock?next=/again/"));
    let other = ward.other_facility();
    let mut stranger = Browser::of_at(&ward, Who::Staff(manager), other);
    assert_eq!(stranger.get(&path).status, 404);
    assert_eq!(stranger.post(&format!("{path}/second"), &[]).status, 404);
    assert!(Browser::of(&ward, Who::Staff(manager)).get("/settings/unused").text.contains("該当する職員はいません"));
}
