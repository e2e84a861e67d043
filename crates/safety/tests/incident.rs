//! Something is wrong: two taps, and access has ended and those in charge know. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use db::params;
use guidelines::reading::terminal::Kind;
use kernel::{DeviceId, PersonId, Who};
use people::terminal::{Told, cookie_name, store as terminals};
use safety::incident::{State, store};
use testkit::{Browser, Seen, Ward, wait};
use web::Routes;

const PASSWORD: &str = "violet otter 7 kettles";

fn on_both(test: impl Fn(&Ward)) {
    Ward::both(&[people::MIGRATIONS, safety::MIGRATIONS], |ward| test(&ward));
}

fn routes() -> Routes {
    people::routes().and(safety::routes(&[]))
}

fn browser(ward: &Ward, person: PersonId) -> Browser {
    wait(ward.browser(routes(), Who::Staff(person)))
}

/// The browser's machine is this terminal.
fn at(ward: &Ward, browser: &mut Browser, name: &'static str, kind: Kind) -> DeviceId {
    let secret = if kind == Kind::Portable { "of-a-notebook" } else { "of-a-desk" };
    browser.carry(cookie_name(&ward.site), secret);
    let (session, key) = (browser.session().unwrap(), ward.site.key.clone());
    let person =
        ward.given(move |tx, _| tx.value::<PersonId>("SELECT person_id FROM session WHERE id = ?1", params![session]));
    ward.act(Who::Staff(person.unwrap()), move |tx, ctx| {
        let told = Told { kind, name: name.to_owned() };
        // Without a session of its own the act cannot be used on the terminal; it is told all the same.
        if terminals::find(tx, &key, secret)?.is_none() {
            let _ = terminals::tell(tx, ctx, &key, secret, "test", &told);
        }
        let id = terminals::find(tx, &key, secret)?.unwrap().id;
        web::session::at_terminal(tx, session, id)?;
        Ok(id)
    })
    .unwrap()
}

fn press(browser: &Browser, fields: &[(&str, &str)]) -> Seen {
    wait(browser.post("/report", fields))
}

fn is_in(browser: &Browser) -> bool {
    wait(browser.get("/me")).status == 200
}

fn letters(ward: &Ward) -> i64 {
    ward.given(|tx, _| {
        let facility = tx.facility()?;
        let sql = "SELECT count(*) FROM outbox WHERE facility_id = ?1 AND about_kind = 'incident'";
        Ok(tx.value(sql, params![facility])?.unwrap_or(0))
    })
}

#[test]
fn a_lost_phone_opens_nothing_from_the_second_tap_on() {
    // DL-42
    on_both(|ward| {
        let (suzuki, kato) = (ward.staff("suzuki", &["clerk"]), ward.staff("kato", &["manager"]));
        let (here, mut phone, mut desk) = (browser(ward, suzuki), browser(ward, suzuki), browser(ward, suzuki));
        let carried = at(ward, &mut phone, "往診用", Kind::Portable);
        let fixed = at(ward, &mut desk, "診察室1", Kind::Fixed);
        let mut colleague = browser(ward, kato);
        let _ = at(ward, &mut colleague, "往診用", Kind::Portable);
        let manager = browser(ward, kato);
        let page = wait(here.get("/report"));
        assert!(page.status == 200 && page.text.contains("端末をなくした"), "{}", page.text);
        assert!(page.text.contains("往診用") && page.text.contains("診察室1"), "{}", page.text);
        assert!([&phone, &desk, &colleague].into_iter().all(is_in));

        let sent = press(&here, &[("what", "lost")]);
        assert_eq!(sent.status, 303, "{}", sent.text);
        let told = wait(here.get(sent.location.as_deref().unwrap()));
        assert!(told.text.contains("tel:0311112222") && told.text.contains("往診用"), "{}", told.text);
        assert!(is_in(&here) && is_in(&manager), "who reports stays, and so do others elsewhere");
        assert!(!is_in(&phone) && !is_in(&desk), "every other session of the reporter has ended");
        assert!(!is_in(&colleague), "whoever is signed in on the lost device is out");
        let ended = ward.given(move |tx, _| {
            let sql = "SELECT id FROM terminal WHERE facility_id = ?1 AND ended_at IS NOT NULL";
            tx.rows(sql, params![tx.facility()?])?
                .iter()
                .map(|it| it.get("id"))
                .collect::<kernel::Result<Vec<DeviceId>>>()
        });
        assert_eq!(ended, [carried], "a machine that stays ({fixed}) is not lost with the phone");
        // The manager and the facility's mailbox.
        assert_eq!(letters(ward), 2);
        let acts = ward.acts();
        for act in ["incident.report", "terminal.lose", "session.cut"] {
            assert!(acts.iter().any(|it| it == act), "{act}: {acts:?}");
        }
        let waits = |duties: &[&str]| {
            let duties: Vec<String> = duties.iter().map(|it| (*it).to_owned()).collect();
            ward.given(move |tx, ctx| safety::alerts(tx, &duties, ctx.now)).len()
        };
        assert_eq!((waits(&["manager"]), waits(&["safety"]), waits(&["clerk"])), (1, 1, 0));
    });
}

#[test]
fn malware_ends_the_session_in_front_and_says_what_to_do_at_once() {
    // DL-42
    on_both(|ward| {
        let suzuki = ward.staff("suzuki", &["clerk"]);
        let (mut here, other) = (browser(ward, suzuki), browser(ward, suzuki));
        let _ = at(ward, &mut here, "受付", Kind::Fixed);
        let seen = press(&here, &[("what", "malware")]);
        assert_eq!(seen.status, 200, "the page itself, since no other would open: {seen:?}");
        for words in ["LANケーブルを抜き", "tel:0311112222", "受付"] {
            assert!(seen.text.contains(words), "{words}: {}", seen.text);
        }
        assert!(!is_in(&here) && is_in(&other));
        // From the other device the words are added.
        let page = wait(other.get("/report"));
        let own =
            page.text.split("href=\"/report/").nth(1).and_then(|it| it.split('"').next()).expect("the own report");
        let path = format!("/report/{own}");
        assert_eq!(wait(other.post(&path, &[("words", "")])).status, 422);
        assert_eq!(wait(other.post(&path, &[("words", "赤い画面で金を要求")])).status, 303);
        assert!(wait(other.get(&path)).text.contains("赤い画面で金を要求"));
        let stranger = browser(ward, ward.staff("takahashi", &["hygienist"]));
        assert_eq!(wait(stranger.get(&path)).status, 404, "a report is its reporter's");
    });
}

#[test]
fn a_device_is_named_by_its_owner_alone() {
    // DL-42
    on_both(|ward| {
        let (suzuki, sato) = (ward.staff("suzuki", &["clerk"]), ward.staff("sato", &["dentist"]));
        let (here, other, foreign) = (browser(ward, suzuki), browser(ward, suzuki), browser(ward, sato));
        let named = |of: &Browser| format!("session/{}", of.session().unwrap());
        let refused = press(&here, &[("what", "strange"), ("device", &named(&foreign))]);
        assert_eq!(refused.status, 404);
        assert!(is_in(&foreign) && is_in(&here));
        assert_eq!(letters(ward), 0, "an act that fails writes to nobody");
        assert_eq!(press(&here, &[("what", "strange"), ("device", &named(&other))]).status, 303);
        assert!(!is_in(&other) && is_in(&here));
        assert_eq!(press(&here, &[("what", "nothing")]).status, 422);
    });
}

#[test]
fn a_known_password_opens_nothing_more() {
    // DL-15
    on_both(|ward| {
        let suzuki = ward.staff("suzuki", &["clerk"]);
        ward.given(move |tx, ctx| {
            let hashed = people::sign_in::password::Hashed::now(PASSWORD, &ctx.chance)?;
            people::sign_in::password::set(tx, ctx, suzuki, &hashed, false)
        });
        let (here, other) = (browser(ward, suzuki), browser(ward, suzuki));
        let seen = press(&here, &[("what", "password")]);
        assert!(seen.status == 200 && seen.text.contains("新しいパスワードを決めます"), "{}", seen.text);
        assert!(!is_in(&here) && !is_in(&other));
        let (must_change, before) = ward.given(move |tx, _| {
            let stored = people::sign_in::password::of(tx, suzuki)?.unwrap();
            Ok((stored.must_change, people::sign_in::password::present_and_past(tx, suzuki)?))
        });
        assert!(must_change, "the next sign-in asks for a new one");
        let chance = ward.site.chance.clone();
        let again = people::sign_in::password::renew(
            PASSWORD.into(),
            people::sign_in::steps::factors(&Who::Staff(suzuki)),
            vec![],
            before,
            &chance,
        );
        assert!(wait(again).unwrap().is_err(), "and does not take the same again");
        assert!(ward.acts().iter().any(|it| it == "password.leak"));
    });
}

#[test]
fn those_in_charge_take_it_over_and_close_it() {
    // DL-42
    on_both(|ward| {
        let (suzuki, kato) = (ward.staff("suzuki", &["clerk"]), ward.staff("kato", &["safety"]));
        let (reporter, officer) = (browser(ward, suzuki), browser(ward, kato));
        assert_eq!(press(&reporter, &[("what", "exposed")]).status, 303);
        assert_eq!(wait(reporter.get("/safety/incidents")).status, 403);
        let list = wait(officer.get("/safety/incidents"));
        let id = list.text.split("href=\"/safety/incidents/").nth(1).and_then(|it| it.split('"').next()).expect("one");
        let path = format!("/safety/incidents/{id}");
        let state = || {
            let id = id.parse().unwrap();
            ward.act(Who::Staff(kato), move |tx, ctx| store::view(tx, ctx, id)).unwrap().0.state()
        };
        assert!(wait(officer.get(&path)).text.contains("個人情報保護委員会"));
        assert_eq!(state(), State::Open);
        let post = |act: &str, fields: &[(&str, &str)]| wait(officer.post(&format!("{path}/{act}"), fields)).status;
        assert_eq!(post("take", &[]), 303);
        assert_eq!(state(), State::Taken);
        assert_eq!(post("take", &[]), 409, "it is taken");
        assert_eq!(ward.given(|tx, ctx| safety::alerts(tx, &["manager".into()], ctx.now)).len(), 0);
        assert_eq!(post("tell", &[("form", "tell"), ("whom", "patients"), ("words", "電話で説明")]), 303);
        assert_eq!(post("close", &[("form", "close"), ("cause", "宛先の選び間違い"), ("measure", "")]), 422);
        assert_eq!(
            post("close", &[("form", "close"), ("cause", "宛先の選び間違い"), ("measure", "送る前に2人で確かめる")]),
            303
        );
        assert_eq!(state(), State::Closed);
        assert_eq!(post("note", &[("form", "note"), ("words", "あとから")]), 409, "what is closed stays as it is");
        let seen = wait(officer.get(&path));
        for words in ["電話で説明", "送る前に2人で確かめる", "終結"] {
            assert!(seen.text.contains(words), "{words}: {}", seen.text);
        }
    });
}
