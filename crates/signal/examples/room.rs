//! A page with the call island and fixed tickets, to try a call by hand or from a script:
//! `cargo run -p signal --example room -- 127.0.0.1:8099 islands/dist turn:127.0.0.1:3478 USER PASSWORD`.
//!
//! `/call/doctor`, `/call/patient`, `/call/third` show the island; `/test` shows the device test; `/do/ring`, `/do/admit/…`,
//! `/do/end` do what the staff's pages will do; `/state` shows what was measured. Any ticket but these three is a stranger's.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use kernel::{Clock, Timestamp};
use signal::{
    Act, Happening, IceServer, IceServers, Limits, Line, Plug, Refused, Report, Role, Rooms, Seat, Signal, Standing,
    Stored, Why,
};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
                   connect-src 'self'; base-uri 'none'; form-action 'self'";
/// As bare as the frame that real pages put around a call.
const PAGE_CSS: &str = "body{display:flex;flex-direction:column;min-height:100dvh;margin:0;\
                        font-family:'BIZ UDPGothic','Noto Sans CJK JP',sans-serif}\
                        main{flex:1;display:flex;flex-direction:column}h1{margin:0;padding:4px 16px;font-size:1.125rem}";

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct Ward {
    turn: Option<IceServer>,
    said: Mutex<Vec<Line>>,
    record: Mutex<Vec<String>>,
}

impl Ward {
    fn write(&self, at: Timestamp, line: impl Into<String>) {
        self.record.lock().unwrap().push(format!("{at} {}", line.into()));
    }
    fn ice(&self) -> IceServers {
        IceServers { servers: self.turn.iter().cloned().collect(), ttl_s: 600, relay_only: false }
    }
}

impl Plug for Ward {
    fn admit(&self, ticket: String, _: Option<IpAddr>) -> Act<'_, Result<Seat, Refused>> {
        Box::pin(async move {
            let (role, name, standing) = match ticket.as_str() {
                "doctor" => (Role::Doctor, "佐藤 一郎", Standing::Admitted),
                "patient" => (Role::Patient, "田中 花子", Standing::Waiting),
                "third" => (Role::Third, "伊藤 健", Standing::Waiting),
                _ => return Err(Refused::Stranger),
            };
            Ok(Seat { room: "try".into(), person: ticket, role, name: name.into(), standing })
        })
    }
    fn joined(&self, seat: Seat, at: Timestamp) -> Act<'_, ()> {
        Box::pin(async move { self.write(at, format!("joined {}", seat.person)) })
    }
    fn left(&self, seat: Seat, why: Why, at: Timestamp) -> Act<'_, ()> {
        Box::pin(async move { self.write(at, format!("left {} {why:?}", seat.person)) })
    }
    fn report(&self, _: Seat, _: Report, _: Timestamp) -> Act<'_, ()> {
        Box::pin(async {})
    }
    fn happened(&self, seat: Seat, what: Happening, at: Timestamp) -> Act<'_, ()> {
        Box::pin(async move { self.write(at, format!("{} {what:?}", seat.person)) })
    }
    fn chat(&self, seat: Seat, key: String, text: String) -> Act<'_, kernel::Result<Stored>> {
        Box::pin(async move {
            let stored = Stored { id: key, at: Timestamp::now() };
            let line = Line { id: stored.id.clone(), at: stored.at, person: seat.person, name: seat.name, text };
            self.said.lock().unwrap().push(line);
            Ok(stored)
        })
    }
    fn said(&self, _: Seat) -> Act<'_, Vec<Line>> {
        Box::pin(async move { self.said.lock().unwrap().clone() })
    }
    fn turn(&self, _: Seat) -> Act<'_, IceServers> {
        Box::pin(async move { self.ice() })
    }
    fn sign(&self, _: Seat, _: String) -> Act<'_, Option<String>> {
        Box::pin(async { Some(String::new()) })
    }
}

#[derive(Clone)]
struct Place {
    rooms: Rooms,
    ward: Arc<Ward>,
    dist: PathBuf,
}

#[derive(serde::Deserialize)]
struct How {
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    relay: Option<String>,
}

fn page(title: &str, island: &str, lang: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang={lang}><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>\
         <title>{title}</title><link rel=icon href='data:,'><link rel=stylesheet href=/page.css><link rel=stylesheet href=/dist/{island}.css>\
         <script type=module src=/dist/{island}.js></script><main><h1>{title}</h1>{body}</main></html>"
    );
    ([(header::CONTENT_SECURITY_POLICY, CSP)], Html(html)).into_response()
}

async fn call(Path(ticket): Path<String>, Query(how): Query<How>) -> Response {
    let lang = how.lang.unwrap_or_else(|| "ja".into());
    let relay = if how.relay.is_some() { "forced-relay" } else { "" };
    let body = format!(
        "<haruka-call ticket={ticket} lang={lang} phone=03-0000-0000 {relay}>\
         <div slot=no-answer><button type=button>もう一度呼び出す</button></div></haruka-call>"
    );
    page("診察室", "call", &lang, &body)
}

async fn test(State(place): State<Place>, Query(how): Query<How>) -> Response {
    let ice = serde_json::to_string(&place.ward.ice()).unwrap();
    let lang = how.lang.unwrap_or_else(|| "ja".into());
    let body = format!("<haruka-devicetest lang={lang} ice='{ice}' post=/tested csrf=token></haruka-devicetest>");
    page("機器の確認", "devicetest", &lang, &body)
}

async fn tested(State(place): State<Place>, body: String) -> StatusCode {
    place.ward.write(Timestamp::now(), format!("tested {body}"));
    StatusCode::NO_CONTENT
}

async fn dist(State(place): State<Place>, Path(name): Path<String>) -> Response {
    let kind = if name.ends_with(".css") { "text/css" } else { "text/javascript" };
    if name.contains(['/', '\\']) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match std::fs::read(place.dist.join(&name)) {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn act(State(place): State<Place>, Path(what): Path<String>) -> String {
    match what.split_once('-').unwrap_or((&what, "")) {
        ("ring", _) => place.rooms.ring("try"),
        ("admit", who) => return format!("{:?}", place.rooms.admit("try", who)),
        ("remove", who) => place.rooms.remove("try", who, "退室をお願いしました。"),
        ("end", _) => place.rooms.end("try", "診察が終わりました。"),
        ("notify", kind) => place.rooms.notify("try", kind),
        _ => return "?".into(),
    }
    "ok".into()
}

async fn state(State(place): State<Place>) -> String {
    let mut out = String::new();
    for person in place.rooms.state("try").people {
        let _ = writeln!(out, "{} connected={} in_call={}", person.person, person.connected, person.in_call);
        for (from, sum) in person.received {
            let _ = writeln!(out, "  from {from}: {}", serde_json::to_string(&sum).unwrap());
        }
    }
    for line in place.ward.record.lock().unwrap().iter() {
        let _ = writeln!(out, "{line}");
    }
    out
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:8099".into());
    let dist_folder = PathBuf::from(args.next().unwrap_or_else(|| "islands/dist".into()));
    let urls: Vec<String> = args.next().map(|it| it.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let (username, credential) = (args.next(), args.next());
    let turn = (!urls.is_empty()).then_some(IceServer { urls, username, credential });
    let ward = Arc::new(Ward { turn, said: Mutex::default(), record: Mutex::default() });
    let rooms = Rooms::new(Arc::new(SystemClock), Limits::default());
    let signal = Signal::new(rooms.clone(), ward.clone());
    let css = || async { ([(header::CONTENT_TYPE, "text/css")], PAGE_CSS) };
    let router = Router::new()
        .route("/call/{ticket}", get(call))
        .route("/test", get(test))
        .route("/tested", post(tested))
        .route("/page.css", get(css))
        .route("/dist/{name}", get(dist))
        .route("/do/{what}", get(act))
        .route("/state", get(state))
        .with_state(Place { rooms, ward, dist: dist_folder })
        .merge(signal.router());
    let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
    println!("room http://{}", listener.local_addr().unwrap());
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
}
