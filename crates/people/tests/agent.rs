//! The agent of a device: enrolled by a code, known by its certificate, heard, renewed and revoked; on both databases. Who signs
//! here is a stand-in; the real authority and the real program are in `crates/app/tests/storms/agents.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use common::{on_both, wait};
use http_body_util::BodyExt;
use kernel::{DeviceId, Who};
use people::device::agent::Signer;
use people::device::certificate::{
    self, BROWSERS_MAX, DAYS, GRACE_DAYS, Origin, RENEW_DAYS, RENEWALS_MAX, REPORT_EVERY_S, Signed,
};
use people::device::inventory::REPORT_BYTES_MAX;
use people::device::{Entry, store};
use people::token::Fingerprint;
use people::token::door::AtProgramsDoor;
use serde_json::{Value, json};
use testkit::Ward;
use tower::ServiceExt;

/// Signs whatever begins as a request.
fn signer() -> Signer {
    Signer(Arc::new(|wish| {
        Ok(wish.request.starts_with("-----BEGIN").then(|| Signed {
            chain: format!("certificate of {}", wish.request),
            fingerprint: crypto_of(&wish.request),
        }))
    }))
}

fn crypto_of(request: &str) -> Fingerprint {
    let mut out = [7; 32];
    out.iter_mut().zip(request.bytes().rev()).for_each(|(to, from)| *to ^= from);
    out
}

fn request(number: u32) -> String {
    format!("-----BEGIN CERTIFICATE REQUEST-----{number:08}")
}

/// Asks at the programs' door, with this certificate; status and answer.
fn ask(ward: &Ward, shown: Option<Fingerprint>, path: &str, body: impl Into<Body>) -> (u16, Value) {
    let app = people::routes().serve(ward.site.clone());
    let from = ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 7], 999)));
    let request = Request::post(path).extension(AtProgramsDoor(shown)).extension(signer()).extension(from);
    let response = wait(app.oneshot(request.body(body.into()).unwrap())).unwrap();
    let status = response.status().as_u16();
    let bytes = wait(response.into_body().collect()).unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn enrol(ward: &Ward, code: &str, number: u32) -> (u16, Value) {
    ask(ward, None, "/agent/enroll", json!({ "code": code, "request": request(number) }).to_string())
}

fn further(ward: &Ward, shown: u32, path: &str, number: u32) -> (u16, Value) {
    ask(ward, Some(crypto_of(&request(shown))), path, json!({ "request": request(number) }).to_string())
}

fn tell(ward: &Ward, shown: u32, updates: u32) -> (u16, Value) {
    let report = json!({ "content": { "bios": { "ssn": "8C554721F" } }, "haruka": { "updates": updates } });
    let told = ask(ward, Some(crypto_of(&request(shown))), "/agent/report", report.to_string());
    ward.clock.pass_min(1);
    told
}

fn error(told: &(u16, Value)) -> (u16, &str) {
    (told.0, told.1["error"].as_str().unwrap_or_default())
}

fn device(ward: &Ward) -> DeviceId {
    let entry = Entry {
        name: "受付のパソコン".into(),
        kind: guidelines::device::Kind::Owned,
        owner: "みなと歯科技工所".into(),
        place: "受付".into(),
        serial: String::new(),
        person: None,
        managed: String::new(),
    };
    ward.given(move |tx, ctx| store::add(tx, ctx, &entry))
}

fn code(ward: &Ward, id: DeviceId) -> String {
    let key = ward.site.key.clone();
    ward.given(move |tx, ctx| certificate::make_code(tx, ctx, &key, id))
}

fn days(ward: &Ward, days: i64) {
    ward.clock.pass_min(days * 24 * 60);
}

fn live(ward: &Ward, id: DeviceId) -> Vec<Origin> {
    let all = ward.given(move |tx, _| certificate::of(tx, id));
    all.into_iter().filter(|it| it.ended_at.is_none()).map(|it| it.origin).collect()
}

#[test]
fn a_device_is_enrolled_by_a_code_and_tells_how_it_stands() {
    // CS-150, DL-12, DL-14
    on_both(|ward| {
        let ward = &ward;
        let id = device(ward);
        assert_eq!(error(&enrol(ward, "0000-0000-0000-0000", 1)), (403, "code"));
        let typed = code(ward, id);
        let nonsense = ask(ward, None, "/agent/enroll", json!({ "code": typed, "request": "hello" }).to_string());
        assert_eq!(error(&nonsense), (400, "request"), "and the code is good still");
        let made = enrol(ward, &typed.to_uppercase(), 1);
        assert_eq!(made.0, 200, "{}", made.1);
        assert!(made.1["certificate"].as_str().unwrap().starts_with("certificate of"));
        assert_eq!(error(&enrol(ward, &typed, 2)), (403, "code"), "once");
        // What it tells stands in the ledger, with who told it and when.
        let told = tell(ward, 1, 3);
        assert_eq!((told.0, &told.1["device"], &told.1["renew"]), (200, &"受付のパソコン".into(), &false.into()));
        assert!(told.1["to_mend"].as_array().unwrap().iter().any(|it| it["check"] == "security"), "{}", told.1);
        let seen = ward.given(move |tx, _| store::get(tx, id)).agent.unwrap();
        assert_eq!((seen.inventory.content.bios.ssn.as_str(), seen.by.as_str()), ("8C554721F", "system:agent"));
        // The same again moves the moment; another answer is a line of history.
        assert_eq!((tell(ward, 1, 3).0, tell(ward, 1, 0).0), (200, 200));
        let view = ward.given(move |tx, ctx| store::view(tx, ctx, id));
        assert_eq!((view.history.len(), view.certificates.len()), (2, 1));
        assert!(view.certificates[0].used_at.is_some());
        let acts = ward.acts();
        for act in ["device.make_code", "device.enrol", "device.report"] {
            assert!(acts.iter().any(|it| it.starts_with(act)), "{act}: {acts:?}");
        }
    });
}

#[test]
fn nobody_comes_in_without_a_certificate_of_ours() {
    // CS-150
    on_both(|ward| {
        let ward = &ward;
        let id = device(ward);
        let typed = code(ward, id);
        assert_eq!(enrol(ward, &typed, 1).0, 200);
        for path in ["/agent/report", "/agent/renew", "/agent/browser"] {
            assert_eq!(error(&ask(ward, None, path, "{}")), (401, "unknown"), "{path}");
            assert_eq!(error(&ask(ward, Some([9; 32]), path, "{}")), (401, "unknown"), "{path}");
        }
        // The ordinary door is none, whatever a header says.
        let app = people::routes().serve(ward.site.clone());
        let plain = Request::post("/agent/report").header("x-client-cert", "…").body(Body::from("{}")).unwrap();
        assert_eq!(wait(app.oneshot(plain)).unwrap().status().as_u16(), 401);
        // A certificate opens the agent's addresses, and no page.
        let app = people::routes().serve(ward.site.clone());
        let page = Request::get("/settings/devices").extension(AtProgramsDoor(Some(crypto_of(&request(1)))));
        assert_eq!(wait(app.oneshot(page.body(Body::empty()).unwrap())).unwrap().status().as_u16(), 303);
        // What cannot be read, and what is too much.
        let of_ours = Some(crypto_of(&request(1)));
        assert_eq!(error(&ask(ward, of_ours, "/agent/report", "[]")), (400, "unreadable"));
        let long = format!("{{\"x\": \"{}\"}}", "x".repeat(REPORT_BYTES_MAX));
        assert_eq!(error(&ask(ward, of_ours, "/agent/report", long)), (400, "unreadable"));
        let long = json!({ "code": "x".repeat(20_000), "request": "" }).to_string();
        assert_eq!(error(&ask(ward, None, "/agent/enroll", long)), (400, "unreadable"));
        // Twice within seconds.
        let told = json!({}).to_string();
        assert_eq!(ask(ward, of_ours, "/agent/report", told.clone()).0, 200);
        assert_eq!(error(&ask(ward, of_ours, "/agent/report", told)), (429, "often"), "within {REPORT_EVERY_S} s");
        // Whoever guesses codes must wait, and a right one does not help then.
        let typed = code(ward, id);
        let tries = (0..60).map(|it| enrol(ward, &format!("1111-1111-1111-{it:04}"), 5)).filter(|it| it.0 == 403);
        assert!((20..40).contains(&tries.count()), "a limit for each address");
        assert_eq!(error(&enrol(ward, &typed, 5)), (429, "often"));
        assert!(live(ward, id) == [Origin::Enrolment], "the earlier one stands");
    });
}

#[test]
fn a_certificate_is_renewed_in_time_or_a_little_late_and_its_successor_ends_it() {
    // CS-150
    on_both(|ward| {
        let ward = &ward;
        let id = device(ward);
        assert_eq!(enrol(ward, &code(ward, id), 1).0, 200);
        assert_eq!(error(&further(ward, 1, "/agent/renew", 2)), (409, "early"));
        days(ward, DAYS - RENEW_DAYS);
        assert_eq!(tell(ward, 1, 0).1["renew"], true);
        assert_eq!(further(ward, 1, "/agent/renew", 2).0, 200);
        // Killed before it had the answer in its hands: the old one counts, and gets another.
        assert_eq!((tell(ward, 1, 0).0, further(ward, 1, "/agent/renew", 3).0), (200, 200));
        assert_eq!(live(ward, id).len(), 3);
        assert_eq!(tell(ward, 3, 0).0, 200);
        assert_eq!(live(ward, id), [Origin::Renewal], "the others have ended with its first use");
        assert_eq!(error(&tell(ward, 1, 0)), (401, "ended"));
        assert_eq!(error(&tell(ward, 2, 0)), (401, "ended"));
        // In a drawer: over, but for the renewal.
        days(ward, DAYS + GRACE_DAYS - 1);
        assert_eq!(error(&tell(ward, 3, 0)), (401, "expired"));
        assert_eq!(error(&further(ward, 3, "/agent/browser", 4)), (401, "expired"));
        assert_eq!(further(ward, 3, "/agent/renew", 4).0, 200);
        assert_eq!(tell(ward, 4, 0).0, 200);
        days(ward, DAYS + GRACE_DAYS);
        assert_eq!(error(&further(ward, 4, "/agent/renew", 5)), (401, "expired"), "too long in the drawer");
        assert_eq!(enrol(ward, &code(ward, id), 5).0, 200, "and a new code helps");
        assert_eq!(tell(ward, 5, 0).0, 200);
    });
}

#[test]
fn an_agent_that_asks_all_day_fills_no_table() {
    // CS-150
    on_both(|ward| {
        let ward = &ward;
        let id = device(ward);
        assert_eq!(enrol(ward, &code(ward, id), 1).0, 200);
        days(ward, DAYS - RENEW_DAYS);
        let most = u32::try_from(RENEWALS_MAX).unwrap();
        for number in 0..most {
            assert_eq!(further(ward, 1, "/agent/renew", 10 + number).0, 200);
        }
        assert_eq!(error(&further(ward, 1, "/agent/renew", 50)), (429, "often"));
        assert_eq!(live(ward, id).len(), 1 + most as usize);
        days(ward, 1);
        assert_eq!(further(ward, 1, "/agent/renew", 51).0, 200, "the next day it goes on");
    });
}

#[test]
fn one_act_ends_everything_at_once() {
    // CS-150
    on_both(|ward| {
        let ward = &ward;
        let (id, other) = (device(ward), device(ward));
        assert_eq!(enrol(ward, &code(ward, id), 1).0, 200);
        assert_eq!(enrol(ward, &code(ward, other), 100).0, 200);
        assert_eq!((tell(ward, 1, 0).0, tell(ward, 100, 0).0), (200, 200));
        for number in 0..u32::try_from(BROWSERS_MAX).unwrap() {
            assert_eq!(further(ward, 1, "/agent/browser", 10 + number).0, 200);
        }
        assert_eq!(error(&further(ward, 1, "/agent/browser", 50)), (409, "browsers"));
        let before = live(ward, id);
        for path in ["/agent/report", "/agent/renew", "/agent/browser"] {
            assert_eq!(error(&further(ward, 10, path, 51)), (403, "browser"), "{path}: it speaks for no agent");
        }
        assert_eq!(live(ward, id), before);
        let open = code(ward, id);
        days(ward, DAYS - 1);
        ward.given(move |tx, ctx| store::end(tx, ctx, id));
        for path in ["/agent/report", "/agent/renew", "/agent/browser"] {
            assert_eq!(error(&further(ward, 1, path, 52)), (401, "ended"), "{path}");
        }
        assert_eq!(error(&enrol(ward, &open, 53)), (403, "code"));
        assert_eq!(tell(ward, 100, 0).0, 200, "another device is no worse for it");
        let refused = ward.given(move |tx, _| certificate::of(tx, id));
        assert!(refused.iter().any(|it| it.refused_at.is_some()), "that it was shown is on record");
        let shown = ward.acts().iter().filter(|it| it.starts_with("device.show")).count();
        assert_eq!(shown, 1, "once a minute");
        // A code after which nobody asked in time.
        let late = code(ward, other);
        ward.clock.pass_min(people::device::browser::CODE_MIN);
        assert_eq!(error(&enrol(ward, &late, 101)), (403, "code"));
    });
}

#[test]
fn a_code_for_the_agent_is_none_for_a_browser_and_a_manager_makes_it() {
    // CS-150
    use people::device::browser::{self, Outcome};
    on_both(|ward| {
        let ward = &ward;
        let id = device(ward);
        let (manager, dentist) = (ward.staff("yamamoto", &["manager"]), ward.staff("sato", &["dentist"]));
        let browser = |who| wait(ward.browser(people::routes(), Who::Staff(who)));
        let path = format!("/settings/devices/{id}/agent");
        assert_eq!(wait(browser(dentist).post(&path, &[])).status, 403);
        let page = wait(browser(manager).post(&path, &[]));
        assert!(page.status == 200 && page.text.contains("haruka agent enroll --server"), "{}", page.text);
        let told = page.text.split_once("<strong>").unwrap().1.split_once("</strong>").unwrap().0.to_owned();
        let (key, typed) = (ward.site.key.clone(), told.clone());
        let as_browser =
            move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| browser::enrol(tx, ctx, &key, "secret", "testkit", &typed);
        assert_eq!(ward.act(Who::Staff(manager), as_browser).unwrap(), Outcome::Wrong);
        let key = ward.site.key.clone();
        let short = ward.given(move |tx, ctx| browser::make_code(tx, ctx, &key, id));
        assert_eq!(error(&enrol(ward, &short, 1)), (403, "code"), "a browser's code is none for an agent");
        assert_eq!(enrol(ward, &told, 1).0, 200, "and does not take its place");
        let page = wait(browser(manager).get(&format!("/settings/devices/{id}")));
        assert!(page.text.contains("エージェント（登録）") && page.text.contains("有効"), "{}", page.text);
    });
}

#[test]
fn a_browser_is_on_the_device_whose_certificate_it_shows() {
    // CS-150, DL-12
    use people::device::browser;
    on_both(|ward| {
        let ward = &ward;
        let (sato, suzuki) = (ward.staff("sato", &["dentist"]), ward.staff("suzuki", &["clerk"]));
        let (id, other) = (device(ward), device(ward));
        for (id, number) in [(id, 1), (other, 100)] {
            assert_eq!(enrol(ward, &code(ward, id), number).0, 200);
            assert_eq!(further(ward, number, "/agent/browser", number + 1).0, 200);
        }
        let here = |who, shown: Option<Fingerprint>| {
            let act = move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| {
                let ctx = kernel::Ctx { certificate: shown, ..ctx.clone() };
                Ok(browser::here(tx, &ctx)?.map(|it| it.id))
            };
            ward.act(Who::Staff(who), act).unwrap()
        };
        let (own, of_other) = (crypto_of(&request(2)), crypto_of(&request(101)));
        assert_eq!((here(sato, Some(own)), here(sato, Some(of_other))), (Some(id), Some(other)), "each is its own");
        assert_eq!((here(sato, None), here(sato, Some([9; 32]))), (None, None));
        // Of a lent device for its person only.
        let entry = Entry {
            kind: guidelines::device::Kind::Lent,
            person: Some(sato),
            ..ward.given(move |tx, _| store::get(tx, id)).entry
        };
        ward.given(move |tx, ctx| store::rewrite(tx, ctx, id, &entry));
        assert_eq!((here(sato, Some(own)), here(suzuki, Some(own))), (Some(id), None));
        // At another facility it is nobody's.
        let (at, ctx) = (ward.other_facility(), ward.ctx(Who::Staff(sato)));
        let there = move |tx: &mut db::Tx<'_>| {
            let ctx = kernel::Ctx { certificate: Some(own), ..ctx.at(at) };
            Ok(browser::here(tx, &ctx)?.is_some())
        };
        assert!(!ward.site.db.write_blocking(Some(at), there).unwrap());
        // One act, and the next request is on no device.
        ward.given(move |tx, ctx| store::end(tx, ctx, id));
        assert_eq!((here(sato, Some(own)), here(sato, Some(of_other))), (None, Some(other)));
        days(ward, certificate::BROWSER_DAYS);
        assert_eq!(here(sato, Some(of_other)), None, "its time is over");
    });
}

/// Which device the newest entry of the log names.
fn newest_device(ward: &Ward) -> Option<DeviceId> {
    ward.given(|tx, _| {
        let sql = "SELECT device_id FROM audit_entry WHERE facility_id = ?1 ORDER BY idx DESC LIMIT 1";
        Ok(tx.value::<Option<DeviceId>>(sql, db::params![tx.facility()?])?.flatten())
    })
}

#[test]
fn a_session_ends_with_the_device_that_its_certificate_proved() {
    // CS-150, CS-153, DL-12, DL-42
    use people::access::{Access, Act, Class};
    use people::device::browser;
    use people::sign_in::cut;
    on_both(|ward| {
        let ward = &ward;
        let sato = ward.staff("sato", &["technician"]);
        let (id, lost) = (device(ward), device(ward));
        for (id, number) in [(id, 1), (lost, 100)] {
            assert_eq!(enrol(ward, &code(ward, id), number).0, 200);
            assert_eq!(further(ward, number, "/agent/browser", number + 1).0, 200);
        }
        let (own, of_lost) = (crypto_of(&request(2)), crypto_of(&request(101)));
        let sign_in = || wait(ward.browser(people::routes(), Who::Staff(sato)));
        let (desk, notebook, third) = (sign_in(), sign_in(), sign_in());
        let at = |browser: &testkit::Browser, shown: Option<Fingerprint>| {
            let session = browser.session();
            move |ctx: &kernel::Ctx| kernel::Ctx { session, certificate: shown, ..ctx.clone() }
        };
        let sits = |ctx: &dyn Fn(&kernel::Ctx) -> kernel::Ctx| {
            let ctx = ctx(&ward.ctx(Who::Staff(sato)));
            let act = move |tx: &mut db::Tx<'_>| Ok(browser::sits_here(tx, &ctx)?.map(|it| it.id));
            ward.site.db.write_blocking(Some(ward.facility), act).unwrap()
        };
        assert_eq!(sits(&at(&desk, Some(own))), Some(id));
        assert_eq!(sits(&at(&desk, Some(own))), Some(id), "once more changes nothing");
        // What is bound opens nothing without the certificate.
        assert_eq!(sits(&at(&desk, None)), None);
        // The entry of an act names the proven device; without a certificate, or with one that is worth nothing, none.
        for (shown, expected) in [(Some(own), Some(id)), (None, None), (Some([9; 32]), None)] {
            let it = at(&desk, shown)(&ward.ctx(Who::Staff(sato)));
            let act = move |tx: &mut db::Tx<'_>| {
                Access::new("lab.file", Act::View, Class::Lab).on("lab_case", "1").require(tx, &it)
            };
            ward.site.db.write_blocking(Some(ward.facility), act).unwrap();
            assert_eq!(newest_device(ward), expected);
        }
        // One act of the manager: the session is over, not only its device.
        ward.given(move |tx, ctx| store::end(tx, ctx, id));
        assert_eq!(wait(desk.get("/terminal")).status, 303);
        assert_eq!(wait(notebook.get("/terminal")).status, 200);
        // One's own word that the device is lost: in front, although this session was never bound to it.
        let here = at(&notebook, Some(of_lost))(&ward.ctx(Who::Staff(sato)));
        let report = move |tx: &mut db::Tx<'_>| cut::device(tx, &here, cut::Device::Here, None);
        let cut = ward.site.db.write_blocking(Some(ward.facility), report).unwrap();
        assert_eq!(cut.terminals, ["受付のパソコン"]);
        assert_eq!(sits(&at(&third, Some(of_lost))), None, "its certificate opens nothing any more");
    });
}
