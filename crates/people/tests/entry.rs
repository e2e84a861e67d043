//! How patients and guardians come in, and how a stranger with a stolen link does not: CS-126, OV-102, OV-242.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Browser, Seen, on_both, ward};
use kernel::{BookingId, PatientId, Timestamp, Who, time};
use people::entry::store::{self, LockState};
use people::sign_in::operator;
use testkit::{Ward, wait};

const PASSWORD: &str = "violet otter borrows kettles";

fn now(ward: &Ward) -> Timestamp {
    ward.ctx(Who::Nobody).now
}

fn link(ward: &Ward, patient: PatientId) -> String {
    let until = time::plus_min(now(ward), 24 * 60);
    ward.given(move |tx, ctx| store::invite(tx, ctx, patient, None, until))
}

fn birth(browser: &mut Browser, link: &str, (year, month, day): (&str, &str, &str)) -> Seen {
    browser.get(link);
    browser.post(link, &[("birth_date-year", year), ("birth_date-month", month), ("birth_date-day", day)])
}

/// 田中 幸子's.
const RIGHT: (&str, &str, &str) = ("1948", "4", "12");
const WRONG: (&str, &str, &str) = ("1948", "4", "13");

/// The newest letter: to whom, and the code in it.
fn letter(ward: &Ward, list: &mail::LogOnly) -> (String, String) {
    let carriers = mail::Carriers::log_only(list);
    common::wait(mail::deliver_due(&ward.site.db, &carriers, &ward.clock)).unwrap();
    let newest = list.shown().into_iter().next().unwrap();
    let code = newest.text.chars().filter(char::is_ascii_digit).take(6).collect();
    (format!("{:?}", newest.to), code)
}

fn letters() -> mail::LogOnly {
    mail::LogOnly::new("desk@aoba.example.jp".parse().unwrap())
}

#[test]
fn tanaka_comes_in_by_her_link() {
    on_both(|ward| {
        // OV-242, CS-126: something held (link, mailbox) and something known.
        let list = letters();
        let (patient, link) = {
            let patient = ward.patient();
            (patient, link(&ward, patient))
        };
        let mut browser = Browser::new(&ward);
        let page = browser.get(&format!("{link}?next=/test"));
        assert!(page.status == 200 && page.text.contains("青葉歯科クリニック"));
        assert!(!page.text.contains("田中") && !page.text.contains("tanaka"), "the link alone tells nothing");
        let fields = [
            ("birth_date-era", "showa"),
            ("birth_date-year", "２３"),
            ("birth_date-month", "4"),
            ("birth_date-day", "12"),
            ("next", "/test"),
        ];
        let seen = browser.post(&link, &fields);
        assert_eq!(seen.to, format!("{link}/code?next=/test"));
        let page = browser.follow(seen);
        assert!(page.text.contains("t…@example.jp") && !page.text.contains("tanaka@") && !page.text.contains("田中"));
        let (to, code) = letter(&ward, &list);
        assert!(to.contains("tanaka@example.jp"), "{to}");
        let seen = browser.post(&format!("{link}/code"), &[("code", &code), ("next", "/test")]);
        assert_eq!((seen.to.as_str(), browser.is_signed_in()), ("/test", true));
        assert_eq!(browser.get(&link).to, "/home", "from now on the link leads straight in");
        let acts = ward.acts();
        for act in ["invitation.make", "entry.birth_date", "entry.code", "entry.done"] {
            assert!(acts.iter().any(|it| it == act), "{act}: {acts:?}");
        }
        let sessions = { ward.given(move |tx, ctx| Ok(web::session::list(tx, ctx, &Who::Patient(patient))?.len())) };
        assert_eq!(sessions, 1);
        // After a sign-out no page says that a code was sent when none was: the link begins anew.
        browser.get("/me");
        browser.post("/sign-out", &[]);
        assert!(!browser.is_signed_in());
        let page = browser.get(&link);
        assert!(page.status == 200 && page.text.contains("birth_date-year"), "{} {}", page.status, page.to);
    });
}

#[test]
fn a_stranger_with_a_stolen_link_gets_nothing() {
    on_both(|ward| {
        // CS-126: tries are limited for each link, and the clinic sees it.
        let (patient, link, clerk) = {
            let patient = ward.patient();
            (patient, link(&ward, patient), ward.staff("suzuki", &["clerk"]))
        };
        let mut stranger = Browser::at(&ward, "198.51.100.9");
        for left in ["あと4回", "あと3回", "あと2回", "あと1回"] {
            let seen = birth(&mut stranger, &link, WRONG);
            assert!(seen.status == 422 && seen.text.contains(left), "{left}: {}", seen.text);
            assert!(!seen.text.contains("田中") && !seen.text.contains("tanaka"));
        }
        assert_eq!(birth(&mut stranger, &link, WRONG).status, 429);
        let from_elsewhere = birth(&mut Browser::at(&ward, "198.51.100.10"), &link, RIGHT);
        assert_eq!(from_elsewhere.status, 429, "the link waits, wherever one comes from, even for the right date");
        let state = || ward.given(move |tx, ctx| store::lock_state(tx, ctx, patient));
        assert_eq!(state(), LockState::Locked(time::plus_min(now(&ward), 15)));
        ward.clock.pass_min(16);
        assert_eq!(birth(&mut stranger, &link, WRONG).status, 429);
        assert_eq!(state(), LockState::Locked(time::plus_min(now(&ward), 30)), "each wait is longer");
        let acts = ward.acts();
        assert_eq!(acts.iter().filter(|it| *it == "entry.birth_date").count(), 6, "each judged try is on record");

        // The clerk has telephoned: the patient may try at once.
        let mut desk = Browser::of(&ward, Who::Staff(clerk));
        let page = desk.get(&format!("/patients/{patient}/entry"));
        assert!(page.text.contains("待ち時間を解く"), "{}", page.text);
        let id = page.text.split("name=\"link\" value=\"").nth(1).unwrap()[..26].to_owned();
        desk.post(&format!("/patients/{patient}/entry/unlock"), &[("link", &id)]);
        assert_eq!(state(), LockState::Open);
        assert!(birth(&mut Browser::new(&ward), &link, RIGHT).to.ends_with("/code"));
    });
}

#[test]
fn a_thumb_that_slips_is_no_try() {
    let ward = ward();
    let (patient, link) = {
        let patient = ward.patient();
        (patient, link(&ward, patient))
    };
    let mut browser = Browser::new(&ward);
    for _ in 0..10 {
        assert_eq!(birth(&mut browser, &link, ("1948", "4", "")).status, 422);
    }
    let state = ward.given(move |tx, ctx| store::lock_state(tx, ctx, patient));
    assert_eq!(state, LockState::Open);
}

#[test]
fn a_link_that_is_over_says_what_to_do() {
    let ward = ward();
    let (patient, link) = {
        let patient = ward.patient();
        (patient, link(&ward, patient))
    };
    let mut browser = Browser::new(&ward);
    let never = browser.get("/v/7zzzzzzzzzzzzzzzzzzzzzzzzz");
    assert!(never.status == 404 && !never.text.contains("03-1111-2222"), "not even a clinic");
    ward.clock.pass_min(24 * 60);
    let expired = browser.get(&link);
    assert!(expired.status == 410 && expired.text.contains("03-1111-2222") && !expired.text.contains("田中"));
    assert_eq!(birth(&mut browser, &link, RIGHT).status, 410);
    let state = ward.given(move |tx, ctx| store::lock_state(tx, ctx, patient));
    assert_eq!(state, LockState::NoLink);
}

#[test]
fn a_code_has_its_tries_and_its_time() {
    // CS-126
    let (ward, list) = (ward(), letters());
    let link = {
        let patient = ward.patient();
        link(&ward, patient)
    };
    let mut browser = Browser::new(&ward);
    let path = format!("{link}/code");
    assert_eq!(browser.get(&path).to, link, "the birth date comes first");
    assert_eq!(browser.post(&path, &[("code", "123456")]).to, link);
    birth(&mut browser, &link, RIGHT);
    let (_, first) = letter(&ward, &list);
    let wrong = if first == "000000" { "000001" } else { "000000" };
    for left in ["あと4回", "あと3回", "あと2回", "あと1回"] {
        assert!(browser.post(&path, &[("code", wrong)]).text.contains(left));
    }
    assert!(browser.post(&path, &[("code", wrong)]).text.contains("このコードは使えません"));
    let seen = browser.post(&path, &[("code", &first)]);
    assert!(seen.status == 422 && !browser.is_signed_in(), "the right one comes too late");

    let again = browser.post(&format!("{link}/send"), &[("way", "mail")]);
    assert!(again.text.contains("まだ送れません"), "within a minute: {}", again.text);
    ward.clock.pass_min(1);
    let again = browser.post(&format!("{link}/send"), &[("way", "mail")]);
    assert!(again.text.contains("送りました"), "{}", again.text);
    let (_, second) = letter(&ward, &list);
    ward.clock.pass_min(11);
    assert_eq!(browser.post(&path, &[("code", &second)]).status, 422, "after ten minutes it is over");
    for _ in 0..3 {
        ward.clock.pass_min(2);
        browser.post(&format!("{link}/send"), &[("way", "mail")]);
    }
    ward.clock.pass_min(2);
    let sixth = browser.post(&format!("{link}/send"), &[("way", "mail")]);
    assert!(sixth.text.contains("まだ送れません"), "five in an hour");
    let (_, newest) = letter(&ward, &list);
    assert_eq!(browser.post(&path, &[("code", &newest)]).to, "/home");
    let mut other = Browser::new(&ward);
    birth(&mut other, &link, RIGHT);
    assert_eq!(other.post(&path, &[("code", &newest)]).status, 422, "a code is good once");
}

#[test]
fn the_clinic_reads_a_code_out_on_the_telephone() {
    let ward = ward();
    let (patient, link, clerk, nurse) = {
        let patient = ward.patient();
        (patient, link(&ward, patient), ward.staff("suzuki", &["clerk"]), ward.staff("yamada", &["nurse"]))
    };
    let mut browser = Browser::new(&ward);
    birth(&mut browser, &link, RIGHT);
    let path = format!("/patients/{patient}/entry");
    let mut desk = Browser::of(&ward, Who::Staff(clerk));
    let page = desk.get(&path);
    let id = page.text.split("name=\"link\" value=\"").nth(1).unwrap()[..26].to_owned();
    let told = desk.post(&format!("{path}/code"), &[("link", &id)]);
    let code: String =
        told.text.split("code-big").nth(1).unwrap().chars().filter(char::is_ascii_digit).take(6).collect();
    assert_eq!(browser.post(&format!("{link}/code"), &[("code", &code)]).to, "/home");

    let mut ward_nurse = Browser::of(&ward, Who::Staff(nurse));
    assert_eq!(ward_nurse.post(&format!("{path}/code"), &[("link", &id)]).status, 403);
    let other = ward.other_facility();
    let mut stranger = Browser::of_at(&ward, Who::Staff(clerk), other);
    assert_eq!(stranger.get(&path).status, 404, "another facility knows of no such patient");
    assert_eq!(stranger.post(&format!("{path}/code"), &[("link", &id)]).status, 404);

    // The telephone was lost: the link and what came in by it end together.
    desk.post(&format!("{path}/end"), &[("link", &id)]);
    assert_eq!(browser.get("/me").status, 303);
    assert_eq!(browser.get(&link).status, 410);
}

#[test]
fn a_booking_has_one_link() {
    on_both(|ward| {
        let patient = ward.patient();
        let booking = BookingId::from_bytes([9; 16]);
        let invite = |days: i64| {
            let until = time::plus_min(now(&ward), days * 24 * 60);
            ward.given(move |tx, ctx| store::invite(tx, ctx, patient, Some(booking), until))
        };
        let (first, again) = (invite(7), invite(3));
        assert_eq!(first, again);
        assert_eq!(ward.given(move |tx, _| store::path_for_booking(tx, booking)), Some(first.clone()));
        let expires = || ward.given(move |tx, _| Ok(store::list_for_patient(tx, patient)?[0].0.expires_at));
        assert_eq!(expires(), time::plus_min(now(&ward), 7 * 24 * 60), "the later wish counts");
        let until = time::plus_min(now(&ward), 60);
        ward.given(move |tx, _| store::extend(tx, booking, until));
        assert_eq!(expires(), until, "a moved booking moves it");
        let token = first.trim_start_matches("/v/").to_owned();
        let found = ward.site.db.write_blocking(None, move |tx| Ok(store::find(tx, &token)?.map(|it| it.patient)));
        assert_eq!(found.unwrap(), Some(patient));
        let other = ward.other_facility();
        let foreign = ward.site.db.write_blocking(Some(other), move |tx| store::list_for_patient(tx, patient));
        assert_eq!(foreign.unwrap().len(), 0);
    });
}

/// 田中(母), with her own sign-in, guardian of the patient.
fn mother(ward: &Ward, patient: PatientId) -> kernel::PersonId {
    ward.given(move |tx, ctx| {
        let name = kernel::JapaneseName::parse("田中", "美咲", "たなか", "みさき").unwrap();
        let new = people::person::store::NewPerson { login: "misaki".into(), name, mail: "misaki@example.jp".into() };
        let person = people::person::store::create(tx, ctx, &new)?;
        people::patient::store::add_guardian(tx, ctx, patient, person, "母")?;
        let hashed = people::sign_in::password::Hashed::now(PASSWORD, &ctx.chance)?;
        people::sign_in::password::set(tx, ctx, person, &hashed, false)?;
        Ok(person)
    })
}

fn as_patient(browser: &mut Browser, login: &str, password: &str) -> Seen {
    browser.get("/patient/sign-in");
    browser.post("/patient/sign-in", &[("login", login), ("password", password)])
}

#[test]
fn a_mother_comes_in_as_herself_for_her_child() {
    on_both(|ward| {
        // OV-102: whoever acts for the patient is recorded as such.
        let (first, second, mother) = {
            let (first, second) = (ward.patient(), ward.patient());
            (first, second, mother(&ward, first))
        };
        let mut browser = Browser::new(&ward);
        assert_eq!(as_patient(&mut browser, "misaki", "wrong").status, 422);
        assert_eq!(as_patient(&mut browser, "misaki", PASSWORD).to, "/home", "one child: straight in");
        let who = { ward.given(move |tx, ctx| Ok(web::session::list(tx, ctx, &Who::Patient(first))?[0].who.clone())) };
        assert_eq!(who, Who::Guardian { person: mother, patient: first });
        let labels = {
            ward.given(|tx, _| {
                let query = audit::Query { act: Some("entry.done".into()), ..audit::Query::default() };
                Ok(audit::search(tx, &query)?.into_iter().map(|it| it.who).collect::<Vec<_>>())
            })
        };
        assert_eq!(labels, [who.label()]);

        // Two children: the question for whom comes first, and only her own are offered.
        ward.given(move |tx, ctx| people::patient::store::add_guardian(tx, ctx, second, mother, "母"));
        let third = ward.patient();
        let mut browser = Browser::new(&ward);
        assert_eq!(as_patient(&mut browser, "misaki", PASSWORD).to, "/patient/for");
        let page = browser.get("/patient/for");
        assert!(page.text.contains(&second.to_string()) && !page.text.contains(&third.to_string()));
        let facility = ward.facility.to_string();
        let come = |patient: PatientId| [("facility", facility.clone()), ("patient", patient.to_string())];
        for (patient, status) in [(third, 404), (second, 303)] {
            let fields = come(patient);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(browser.post("/patient/for", &fields).status, status);
        }
        assert_eq!(browser.get("/me").status, 200);
        assert_eq!(password_at_staff_door(&ward), 422, "and she is no staff");
    });
}

#[test]
fn a_guardian_who_has_a_second_factor_is_asked_for_it() {
    // OV-242: offered to those who are no staff.
    let ward = ward();
    let patient = ward.patient();
    let mother = mother(&ward, patient);
    let app = crypto::Totp::from_bytes(*b"haruka-test-totp-key");
    let code = app.code(now(&ward));
    ward.given(move |tx, ctx| people::sign_in::second::put_app(tx, ctx, mother, &app, None));
    let mut browser = Browser::new(&ward);
    assert_eq!(as_patient(&mut browser, "misaki", PASSWORD).to, "/sign-in/next");
    assert!(!browser.is_signed_in());
    browser.get("/sign-in/next");
    let seen = browser.post("/sign-in/second", &[("kind", "app"), ("code", &code)]);
    assert_eq!((seen.to.as_str(), browser.is_signed_in()), ("/home", true));
}

fn password_at_staff_door(ward: &Ward) -> u16 {
    let mut browser = Browser::new(ward);
    browser.get("/sign-in");
    browser.post("/sign-in", &[("login", "misaki"), ("password", PASSWORD)]).status
}

#[test]
fn a_patient_may_set_a_password() {
    on_both(|ward| {
        // CS-126: it stands alone, so thirteen characters.
        let patient = ward.patient();
        let mut browser = Browser::new(&ward);
        assert_eq!(as_patient(&mut browser, "tanaka@example.jp", PASSWORD).status, 422);
        let mut inside = Browser::of(&ward, Who::Patient(patient));
        let typed = |it| [("new_password", it), ("new_password_again", it)];
        assert!(inside.post("/me/password", &typed("tx7#Kw2q")).text.contains("13文字以上"));
        assert_eq!(inside.post("/me/password", &typed(PASSWORD)).to, "/me");
        assert_eq!(as_patient(&mut browser, "Tanaka@example.jp ", PASSWORD).to, "/home");
        assert!(browser.get("/me").text.contains("パスワードを登録しています"));
        assert_eq!(browser.post("/me/password/remove", &[]).to, "/me");
        assert_eq!(as_patient(&mut Browser::new(&ward), "tanaka@example.jp", PASSWORD).status, 422);
    });
}

#[test]
fn whom_a_person_is_guardian_of_is_known_on_both_databases() {
    // OV-102
    on_both(|ward| {
        let patient = ward.patient();
        let mother = mother(&ward, patient);
        let wards = ward.site.db.write_blocking(None, move |tx| store::wards(tx, mother)).unwrap();
        assert_eq!(wards.iter().map(|it| (it.patient, it.relation.as_str())).collect::<Vec<_>>(), [(patient, "母")]);
        let staff = ward.staff("sato", &["dentist"]);
        let none = ward.site.db.write_blocking(None, move |tx| store::wards(tx, staff)).unwrap();
        assert!(none.is_empty());
        let ctx = ward.ctx(Who::Staff(staff));
        let taken = ward.site.db.write_blocking(None, move |tx| operator::reset_password(tx, &ctx, "misaki"));
        assert_eq!(taken.unwrap_err().kind(), &kernel::Kind::Forbidden, "a dentist is no manager");
    });
}

#[test]
fn a_mother_acts_for_her_child_until_it_comes_of_age() {
    // OV-102: of age at 18; a guardian of an adult stays.
    on_both(|ward| {
        let child = ward.given(|tx, ctx| {
            let form = people::patient::PatientForm {
                number: String::new(),
                name: kernel::JapaneseName::parse("田中", "葵", "たなか", "あおい").unwrap(),
                birth_date: "2008-11-25".parse().unwrap(),
                sex: people::patient::Sex::Unknown,
                phone: String::new(),
                mail: String::new(),
                address: String::new(),
                remark: String::new(),
                in_person_at: String::new(),
            };
            people::patient::store::register(tx, ctx, &form)
        });
        let (grandmother, mother) = (ward.patient(), mother(&ward, child));
        ward.given(move |tx, ctx| people::patient::store::add_guardian(tx, ctx, grandmother, mother, "娘"));
        let may = |patient, on: &str| {
            let now: kernel::Timestamp = on.parse().unwrap();
            ward.given(move |tx, _| people::patient::store::may_act_for(tx, now, patient, mother))
        };
        assert!(may(child, "2026-11-24T14:59:59Z"), "the last minute before the birthday in Tokyo");
        assert!(!may(child, "2026-11-24T15:00:00Z"));
        assert!(may(grandmother, "2030-01-01T00:00:00Z"));
        let clerk = ward.staff("suzuki", &["clerk"]);
        let says_over = |patient| {
            let clerk = wait(ward.browser(people::routes(), Who::Staff(clerk)));
            wait(clerk.get(&format!("/patients/{patient}"))).text.contains("代理は終わりました")
        };
        assert!(!says_over(child));
        // The day before she is asked for whom she comes; from the birthday on there is one only, and no name of another.
        let mut browser = Browser::new(&ward);
        assert_eq!(as_patient(&mut browser, "misaki", PASSWORD).to, "/patient/for");
        ward.clock.pass_min(24 * 60);
        let mut browser = Browser::new(&ward);
        assert_eq!(as_patient(&mut browser, "misaki", PASSWORD).to, "/home");
        assert!(!browser.get("/patient/for").text.contains("葵"));
        assert!(says_over(child) && !says_over(grandmother), "the staff sees who acts no longer");
    });
}

#[test]
fn the_clerk_registers_a_mother() {
    // OV-102: who acts for a patient has an own name, and the relation is on record.
    let ward = ward();
    let patient = ward.patient();
    let (clerk, nurse) = (ward.staff("suzuki", &["clerk"]), ward.staff("yamada", &["nurse"]));
    let path = format!("/patients/{patient}/guardians/new");
    let mut fields = vec![
        ("family", "田中"),
        ("given", "美咲"),
        ("family_kana", "たなか"),
        ("given_kana", "みさき"),
        ("relation", "母"),
        ("mail", "misaki@example.jp"),
        ("login", "suzuki"),
    ];
    assert_eq!(Browser::of(&ward, Who::Staff(nurse)).post(&path, &fields).status, 403);
    let mut desk = Browser::of(&ward, Who::Staff(clerk));
    let taken = desk.post(&path, &fields);
    assert!(
        taken.status == 422 && taken.text.contains("使われています") && taken.text.contains("美咲"),
        "{}",
        taken.text
    );
    fields[6] = ("login", "Ｍisaki@example.jp");
    let seen = desk.post(&path, &fields);
    let initial = seen.text.split(">").find_map(|it| it.split('<').next().filter(|it| is_initial(it))).unwrap();
    let mut browser = Browser::new(&ward);
    assert_eq!(as_patient(&mut browser, "misaki@example.jp", initial).to, "/sign-in/next");
    assert!(browser.get("/sign-in/next").text.contains("13文字以上"), "her password stands alone");
    let typed = [("new_password", PASSWORD), ("new_password_again", PASSWORD)];
    assert_eq!(browser.post("/sign-in/password", &typed).to, "/home");
}

/// Four groups of four signs.
fn is_initial(text: &str) -> bool {
    text.len() == 19 && text.split('-').count() == 4 && text.split('-').all(|it| it.len() == 4)
}
