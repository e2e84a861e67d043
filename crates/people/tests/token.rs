//! A machine comes by a token: as its person, at its facility, for as long as both stand; on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use common::{on_both, wait};
use http_body_util::BodyExt;
use kernel::time;
use kernel::{PersonId, RowId, Who};
use people::token::door::{AtProgramsDoor, Machine};
use people::token::store::{self, NewToken};
use people::token::{Certificate, Fingerprint, Scope, Token};
use testkit::Ward;
use tower::ServiceExt;
use web::{Door, Routes};

/// Says who stands at the door.
async fn who(machine: Machine) -> Result<String, people::token::door::Closed> {
    machine.need(Scope::DicomwebRead)?;
    let device = machine.asked.ctx.device.map(|it| it.to_string()).unwrap_or_default();
    Ok(format!("{} {device}", machine.asked.ctx.who.label()))
}

fn app(ward: &Ward) -> Router {
    Routes::new().get(Door::Machine, "/machine", who).post(Door::Machine, "/machine", who).serve(ward.site.clone())
}

fn ask(ward: &Ward, request: axum::http::request::Builder) -> (u16, String, String) {
    let response = wait(app(ward).oneshot(request.body(Body::empty()).unwrap())).unwrap();
    let challenge = response.headers().get(header::WWW_AUTHENTICATE).map(|it| it.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let text = wait(response.into_body().collect()).unwrap().to_bytes();
    (status, String::from_utf8_lossy(&text).into_owned(), challenge.unwrap_or_default())
}

fn knock(ward: &Ward, token: &str) -> (u16, String, String) {
    ask(ward, Request::get("/machine").header(header::AUTHORIZATION, format!("Bearer {token}")))
}

fn make(ward: &Ward, by: Who, person: PersonId, scope: Scope, days: i64) -> kernel::Result<(RowId, String)> {
    let key = ward.site.key.clone();
    let new = NewToken { person, label: "読影室".into(), scopes: vec![scope], days, certificate: None };
    ward.act(by, move |tx, ctx| store::make(tx, ctx, &key, &new))
}

/// A token of ninety days that is bound to this certificate, which holds from now on for so many days.
fn bind(ward: &Ward, person: PersonId, fingerprint: Fingerprint, days: i64) -> kernel::Result<String> {
    let (key, now) = (ward.site.key.clone(), ward.site.clock.now());
    let certificate = Certificate { fingerprint, begins_at: now, ends_at: time::plus_min(now, days * 24 * 60) };
    let (label, scopes) = ("院内ゲートウェイ".into(), vec![Scope::DicomwebRead]);
    let new = NewToken { person, label, scopes, days: 90, certificate: Some(certificate) };
    ward.act(operator(), move |tx, ctx| store::make(tx, ctx, &key, &new)).map(|it| it.1)
}

/// Knocks at the programs' door, with this certificate.
fn knock_with(ward: &Ward, token: &str, certificate: Option<Fingerprint>) -> (u16, String, String) {
    let request = Request::get("/machine").extension(AtProgramsDoor(certificate));
    ask(ward, request.header(header::AUTHORIZATION, format!("Bearer {token}")))
}

fn operator() -> Who {
    Who::Operator("cli".into())
}

fn own(ward: &Ward, person: PersonId) -> Vec<Token> {
    ward.act(Who::Staff(person), store::own).unwrap()
}

#[test]
fn a_machine_acts_as_its_person_and_the_log_knows_which() {
    // CS-126
    on_both(|ward| {
        let person = ward.staff("watanabe", &["radiologist"]);
        let (id, token) = make(&ward, operator(), person, Scope::DicomwebRead, 90).unwrap();
        assert_eq!(knock(&ward, &token), (200, format!("staff:{person} {id}"), String::new()));
        assert!(own(&ward, person)[0].used_at.is_some());
        assert!(ward.acts().contains(&"token.make".to_owned()));
        let text = ward.given(|tx, _| {
            let rows = tx.rows("SELECT * FROM bearer_token", &[])?;
            Ok(rows.iter().map(|it| format!("{:?}", it.values())).collect::<String>())
        });
        assert!(!text.contains(&token), "the secret is kept nowhere");
    });
}

#[test]
fn a_token_that_is_over_opens_nothing() {
    // CS-121
    on_both(|ward| {
        let person = ward.staff("watanabe", &["radiologist"]);
        let token = |days| make(&ward, operator(), person, Scope::DicomwebRead, days).unwrap();
        let (ended, short, long, writes) =
            (token(90), token(1), token(90), make(&ward, operator(), person, Scope::DicomwebWrite, 90).unwrap());
        let id = ended.0;
        ward.act(Who::Staff(person), move |tx, ctx| store::end_own(tx, ctx, id)).unwrap();
        let (status, _, challenge) = knock(&ward, &ended.1);
        assert_eq!((status, challenge.contains("invalid_token")), (401, true));
        let own = ward.act(Who::Staff(person), store::own).unwrap();
        assert!(own.iter().any(|it| it.id == id && it.refused_at.is_some()), "that it was shown is on record");
        let (status, _, challenge) = knock(&ward, &writes.1);
        assert_eq!((status, challenge.contains("scope=\"dicomweb.read\"")), (403, true));
        assert_eq!(knock(&ward, "haruka_0").0, 401);
        assert_eq!(knock(&ward, &long.1.to_uppercase()).0, 401);
        assert_eq!(knock(&ward, &short.1).0, 200);
        ward.clock.pass_min(24 * 60);
        assert_eq!((knock(&ward, &short.1).0, knock(&ward, &long.1).0), (401, 200));
        ward.given(move |tx, ctx| people::person::store::close(tx, ctx, person));
        assert_eq!(knock(&ward, &long.1).0, 401, "its person has left");
    });
}

#[test]
fn only_who_administers_makes_tokens_and_nobody_ends_anothers() {
    // CS-120
    on_both(|ward| {
        let (reader, clerk) = (ward.staff("watanabe", &["radiologist"]), ward.staff("suzuki", &["clerk"]));
        let manager = ward.staff("kato", &["manager"]);
        assert!(make(&ward, Who::Staff(clerk), reader, Scope::DicomwebRead, 90).is_err());
        let (id, token) = make(&ward, Who::Staff(manager), reader, Scope::DicomwebRead, 90).unwrap();
        for days in [0, 367] {
            assert!(make(&ward, operator(), reader, Scope::DicomwebRead, days).is_err(), "{days} days");
        }
        let unnamed =
            NewToken { person: reader, label: " ".into(), scopes: vec![Scope::LabFetch], days: 1, certificate: None };
        let key = ward.site.key.clone();
        let refused = ward.act(operator(), move |tx, ctx| store::make(tx, ctx, &key, &unnamed));
        assert!(refused.is_err(), "a machine of a laboratory has a name");
        let stranger = ward.staff("ito", &[]);
        assert!(make(&ward, operator(), stranger, Scope::DicomwebRead, 90).is_err(), "works not here");
        assert!(ward.act(Who::Staff(clerk), move |tx, ctx| store::end_own(tx, ctx, id)).is_err());
        assert!(ward.act(Who::Staff(clerk), move |tx, ctx| store::end(tx, ctx, id)).is_err());
        assert_eq!(knock(&ward, &token).0, 200);
        assert_eq!(ward.act(operator(), move |tx, ctx| store::list(tx, ctx, reader)).unwrap().len(), 1);
        ward.act(operator(), move |tx, ctx| store::end(tx, ctx, id)).unwrap();
        assert_eq!(knock(&ward, &token).0, 401);
    });
}

#[test]
fn a_bound_token_is_good_with_its_certificate_alone_and_the_log_knows_who_came_without() {
    // TR-12, CS-150
    on_both(|ward| {
        let person = ward.staff("watanabe", &["radiologist"]);
        let (fitting, other) = ([1; 32], [2; 32]);
        let bound = bind(&ward, person, fitting, 30).unwrap();
        let free = make(&ward, operator(), person, Scope::DicomwebRead, 90).unwrap().1;
        let refused = || ward.acts().into_iter().filter(|it| it == "token.use").count();
        assert_eq!(knock_with(&ward, &bound, Some(fitting)).0, 200);
        assert_eq!(refused(), 0);
        for (token, certificate, at_programs, words) in [
            (&bound, Some(other), true, "another certificate"),
            (&bound, None, true, "with its certificate only"),
            (&bound, None, false, "with its certificate only"),
            (&free, Some(fitting), true, "bound to no certificate"),
            (&free, None, true, "bound to no certificate"),
        ] {
            let before = refused();
            ward.clock.pass_min(1);
            for _ in 0..3 {
                let seen = if at_programs { knock_with(&ward, token, certificate) } else { knock(&ward, token) };
                assert_eq!(seen.0, 401, "{words}");
                assert!(
                    seen.1.contains(words) && seen.2.contains("invalid_token") && seen.2.contains(words),
                    "{seen:?}"
                );
            }
            assert_eq!(refused(), before + 1, "{words}: on record, and once a minute");
        }
        assert_eq!((knock(&ward, &free).0, knock_with(&ward, &bound, Some(fitting)).0), (200, 200), "both as before");
        assert!(own(&ward, person).iter().all(|it| it.refused_at.is_some()), "the person sees it");
        ward.clock.pass_min(30 * 24 * 60);
        assert_eq!(
            (knock_with(&ward, &bound, Some(fitting)).0, knock(&ward, &free).0),
            (401, 200),
            "ends with its certificate"
        );
        assert!(bind(&ward, person, fitting, 0).is_err(), "a certificate that has ended binds nothing");
        assert!(bind(&ward, person, fitting, -1).is_err());
    });
}

#[test]
fn the_facility_knows_which_of_its_senders_are_proven() {
    // TR-12
    on_both(|ward| {
        let person = ward.staff("watanabe", &["radiologist"]);
        let senders = || ward.given(|tx, ctx| store::senders(tx, ctx.now));
        assert_eq!(senders(), (0, 0));
        bind(&ward, person, [1; 32], 30).unwrap();
        assert_eq!(senders(), (0, 0), "it reads only");
        make(&ward, operator(), person, Scope::DicomwebWrite, 1).unwrap();
        assert_eq!(senders(), (1, 1));
        ward.clock.pass_min(24 * 60);
        assert_eq!(senders(), (0, 0), "ended");
    });
}

#[test]
fn a_browser_of_the_staff_may_look_and_nobody_else_may_anything() {
    // CS-122
    let ward = Ward::sqlite(&[people::MIGRATIONS]);
    let person = ward.staff("watanabe", &["radiologist"]);
    let (status, _, challenge) = ask(&ward, Request::get("/machine"));
    assert_eq!((status, challenge.as_str()), (401, "Bearer realm=\"haruka\""));
    let cookie = |who: Who| {
        let (ctx, key, facility) = (ward.ctx(Who::Nobody), ward.site.key.clone(), Some(ward.facility));
        let made = ward.site.db.write_blocking(None, move |tx| {
            web::session::start(tx, &ctx, &key, &web::session::NewSession { who, facility, factors: 2, agent: "test" })
        });
        format!("{}={}", web::session::cookie_name(&ward.site), made.unwrap().1)
    };
    let staff = cookie(Who::Staff(person));
    let get = |cookie: &str| Request::get("/machine").header(header::COOKIE, cookie);
    assert_eq!(ask(&ward, get(&staff)).0, 200);
    assert_eq!(ask(&ward, get(&staff).header("sec-fetch-site", "same-origin")).0, 200);
    assert_eq!(ask(&ward, get(&staff).header("sec-fetch-site", "cross-site")).0, 401);
    let at_programs = get(&staff).extension(AtProgramsDoor(Some([1; 32])));
    assert_eq!(ask(&ward, at_programs).0, 401, "not where programs are asked for certificates");
    assert_eq!(ask(&ward, Request::post("/machine").header(header::COOKIE, &staff)).0, 401, "a browser only looks");
    assert_eq!(
        ask(&ward, get(&staff).header(header::AUTHORIZATION, "Bearer none")).0,
        401,
        "a wrong token stays wrong"
    );
    assert_eq!(ask(&ward, get(&cookie(Who::Patient(ward.patient())))).0, 401);
    ward.clock.pass_min(16);
    assert_eq!(ask(&ward, get(&staff)).0, 401, "an idle session is locked");
}
