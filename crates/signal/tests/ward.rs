//! Signalling as browsers speak it, over a real WebSocket of another library.
//!
//! OV-161 (measured), OV-163 (one window), OV-164 and OV-244 (nobody without admission), OV-165 (the record of who was in).

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use kernel::{Clock, Timestamp};
use serde_json::{Value, json};
use signal::{
    Act, Happening, IceServer, IceServers, Limits, Line, Plug, Refused, Report, Role, Rooms, Seat, Signal, Standing,
    Stored, Why,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A clock that runs, from a fixed morning on.
struct Morning(tokio::time::Instant);

impl Clock for Morning {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        start.checked_add(self.0.elapsed()).unwrap()
    }
}

/// A ward of fixed tickets; `patient:waiting` waits, others are admitted. Writes down what it was told.
#[derive(Default)]
struct Ward {
    record: Mutex<Vec<String>>,
}

impl Ward {
    fn write(&self, line: String) {
        self.record.lock().unwrap().push(line);
    }
    fn record(&self) -> Vec<String> {
        self.record.lock().unwrap().clone()
    }
}

impl Plug for Ward {
    fn admit(&self, ticket: String, _: Option<IpAddr>) -> Act<'_, Result<Seat, Refused>> {
        Box::pin(async move {
            let (role, standing) = match ticket.as_str() {
                "doctor" => (Role::Doctor, Standing::Admitted),
                "patient" => (Role::Patient, Standing::Admitted),
                "early" => (Role::Patient, Standing::Waiting),
                "third" => (Role::Third, Standing::Waiting),
                "nurse" => (Role::Staff, Standing::Admitted),
                "expired" => return Err(Refused::Expired),
                _ => return Err(Refused::Stranger),
            };
            let person = if ticket == "early" { "patient".into() } else { ticket };
            Ok(Seat { room: "r1".into(), name: format!("{person}さん"), person, role, standing })
        })
    }
    fn joined(&self, seat: Seat, _: Timestamp) -> Act<'_, ()> {
        Box::pin(async move { self.write(format!("joined {}", seat.person)) })
    }
    fn left(&self, seat: Seat, why: Why, _: Timestamp) -> Act<'_, ()> {
        Box::pin(async move { self.write(format!("left {} {why:?}", seat.person)) })
    }
    fn report(&self, seat: Seat, report: Report, _: Timestamp) -> Act<'_, ()> {
        Box::pin(async move { self.write(format!("report {} {}", seat.person, report.links.len())) })
    }
    fn happened(&self, seat: Seat, what: Happening, _: Timestamp) -> Act<'_, ()> {
        Box::pin(async move { self.write(format!("{} {what:?}", seat.person)) })
    }
    fn chat(&self, _: Seat, key: String, text: String) -> Act<'_, kernel::Result<Stored>> {
        Box::pin(async move {
            if text == "full disk" {
                return Err(kernel::Error::unavailable("test"));
            }
            Ok(Stored { id: format!("id-{key}"), at: "2026-11-21T00:00:00Z".parse().unwrap() })
        })
    }
    fn said(&self, _: Seat) -> Act<'_, Vec<Line>> {
        let at = "2026-11-21T00:00:00Z".parse().unwrap();
        let line =
            Line {
                id: "old".into(), at, person: "doctor".into(), name: "佐藤".into(), text: "こんにちは".into()
            };
        Box::pin(async move { vec![line] })
    }
    fn turn(&self, seat: Seat) -> Act<'_, IceServers> {
        let server = IceServer {
            urls: vec!["turn:relay.test".into()],
            username: Some(seat.person),
            credential: Some("secret".into()),
        };
        Box::pin(async move { IceServers { servers: vec![server], ttl_s: 600, relay_only: false } })
    }
    fn sign(&self, seat: Seat, fingerprint: String) -> Act<'_, Option<String>> {
        Box::pin(async move { (fingerprint != "full disk").then(|| format!("signed {} {fingerprint}", seat.person)) })
    }
}

struct Place {
    rooms: Rooms,
    ward: Arc<Ward>,
    address: SocketAddr,
}

async fn open_with(limits: Limits) -> Place {
    let rooms = Rooms::new(Arc::new(Morning(tokio::time::Instant::now())), limits);
    let ward = Arc::new(Ward::default());
    let signal = Signal::new(rooms.clone(), ward.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = signal.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Place { rooms, ward, address }
}

async fn open() -> Place {
    open_with(Limits::default()).await
}

struct Browser(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Place {
    async fn knock(&self) -> Browser {
        Browser(connect_async(format!("ws://{}/signal", self.address)).await.unwrap().0)
    }

    async fn comes(&self, ticket: &str) -> Browser {
        let mut browser = self.knock().await;
        browser.say(json!({"t": "hello", "ticket": ticket})).await;
        browser
    }

    /// Comes in and enters; gives back the browser after its own `admitted`.
    async fn enters(&self, ticket: &str) -> Browser {
        let mut browser = self.comes(ticket).await;
        browser.until("admitted").await;
        browser.enter("sha-256 AA").await;
        browser
    }

    async fn eventually(&self, line: &str) {
        for _ in 0..200 {
            if self.ward.record().iter().any(|it| it == line) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{line} is not in {:?}", self.ward.record());
    }
}

impl Browser {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn enter(&mut self, fingerprint: &str) {
        self.say(json!({"t": "enter", "fingerprint": fingerprint})).await;
    }

    /// The next message, or how the socket was closed: `{"closed": code}`.
    async fn next(&mut self) -> Value {
        let wait = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                    Some(Ok(Message::Close(frame))) => {
                        return json!({"closed": frame.map_or(0, |it| u16::from(it.code))});
                    }
                    Some(Ok(_)) => {}
                    Some(Err(WsError::ConnectionClosed)) | None => return json!({"closed": 0}),
                    Some(Err(_)) => return json!({"closed": 0}),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(5), wait).await.expect("a message within five seconds")
    }

    /// Skips to the next message of `kind`.
    async fn until(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["t"] == kind || (kind == "closed" && message.get("closed").is_some()) {
                return message;
            }
            assert!(message.get("closed").is_none(), "closed while waiting for {kind}: {message}");
        }
    }

    /// Everything that came before the answer to a ping: what this browser was told so far.
    async fn told(&mut self) -> Vec<Value> {
        self.say(json!({"t": "ping"})).await;
        let mut all = Vec::new();
        loop {
            let message = self.next().await;
            if message["t"] == "pong" {
                return all;
            }
            all.push(message);
        }
    }
}

fn kinds(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|it| it["t"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_stranger_gets_nothing() {
    // OV-244: nobody can enter by a link alone.
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    for (ticket, why) in [("guess", "stranger"), ("expired", "expired")] {
        let mut stranger = place.comes(ticket).await;
        assert_eq!(stranger.next().await, json!({"t": "refused", "why": why}));
        assert_eq!(stranger.next().await, json!({"closed": 4401}));
    }
    assert!(kinds(&doctor.told().await).iter().all(|it| *it == "outside"), "the people in the room see nothing of it");
    assert_eq!(place.rooms.state("r1").people.len(), 1);
}

#[tokio::test]
async fn nothing_is_heard_before_hello() {
    let place = open_with(Limits { hello_s: 1, ..Limits::default() }).await;
    let mut rude = place.knock().await;
    rude.say(json!({"t": "ice"})).await;
    assert_eq!(rude.next().await, json!({"closed": 4400}));
    let mut mute = place.knock().await;
    assert_eq!(mute.next().await, json!({"closed": 4408}), "a socket without a word is closed");
}

#[tokio::test]
async fn an_early_patient_waits_alone() {
    // OV-164, OV-244: no peer, no relay, no chat, no message before admission; being early opens nothing.
    let place = open().await;
    let mut early = place.comes("early").await;
    assert_eq!(early.next().await["standing"], "waiting");
    early.enter("sha-256 AA").await;
    early.say(json!({"t": "ice"})).await;
    early.say(json!({"t": "chat", "key": "k", "text": "hello?"})).await;
    let mut doctor = place.enters("doctor").await;
    early.say(json!({"t": "to", "to": "doctor", "epoch": 2, "body": {"candidate": 1}})).await;
    assert_eq!(early.told().await, Vec::<Value>::new());
    let told = doctor.told().await;
    assert!(kinds(&told).iter().all(|it| *it == "outside"), "{told:?}");
    assert_eq!(told.last().unwrap()["people"][0]["person"], "patient", "the doctor sees who is outside");

    place.rooms.ring("r1");
    place.rooms.admit("r1", "patient").unwrap();
    let admitted = early.next().await;
    assert_eq!((&admitted["t"], &admitted["back"]), (&json!("admitted"), &json!(false)));
    assert_eq!(admitted["ice"]["servers"][0]["username"], "patient");
    assert_eq!(admitted["said"][0]["text"], "こんにちは");
    assert_eq!(early.next().await["t"], "ring", "and now it rings");
    early.enter("sha-256 BB").await;
    let peer = early.until("peer").await;
    assert_eq!((&peer["person"], &peer["polite"]), (&json!("doctor"), &json!(true)));
    assert_eq!(peer["signed"], "signed doctor sha-256 AA");
    let peer = doctor.until("peer").await;
    assert_eq!((&peer["fingerprint"], &peer["polite"]), (&json!("sha-256 BB"), &json!(false)));
    early.until("quiet").await;
    place.eventually("patient Entered").await;
}

#[tokio::test]
async fn a_signature_that_cannot_be_made_now_is_no_attack() {
    // OV-244: the browser is told to come again; nobody is shown a person without a signature.
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    doctor.told().await;
    let mut patient = place.comes("patient").await;
    patient.enter("full disk").await;
    assert_eq!(patient.until("refused").await["why"], "unavailable");
    assert_eq!(patient.next().await, json!({"closed": 4401}));
    assert!(!kinds(&doctor.told().await).contains(&"peer"));
    place.eventually("left patient Lost").await;
    let _patient = place.enters("patient").await;
    assert!(doctor.until("peer").await["signed"].as_str().unwrap().starts_with("signed patient"));
}

#[tokio::test]
async fn words_arrive_in_order() {
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    let mut patient = place.enters("patient").await;
    let epoch = doctor.until("peer").await["epoch"].clone();
    for n in 1..=100 {
        doctor.say(json!({"t": "to", "to": "patient", "epoch": epoch, "body": {"n": n}})).await;
    }
    for n in 1..=100 {
        let from = patient.until("from").await;
        assert_eq!((&from["seq"], &from["body"]["n"], &from["from"]), (&json!(n), &json!(n), &json!("doctor")));
    }
    doctor.say(json!({"t": "to", "to": "patient", "epoch": 99, "body": {}})).await;
    doctor.told().await;
    assert_eq!(patient.told().await, Vec::<Value>::new(), "words to a window that is gone fall");
}

#[tokio::test]
async fn what_one_points_at_reaches_the_others_of_the_clinics_side_in_order() {
    // SY-27
    let place = open().await;
    let (mut doctor, mut nurse) = (place.enters("doctor").await, place.enters("nurse").await);
    let mut patient = place.enters("patient").await;
    for it in [&mut doctor, &mut nurse, &mut patient] {
        it.told().await;
    }
    let at = |row: u32, goes: bool| json!({"t": "point", "study": "1.2", "series": "1.2.3", "instance": "1.2.3.4", "frame": 1, "at": [10.5, row], "goes": goes});
    for row in 0..20 {
        doctor.say(at(row, row == 0)).await;
    }
    for row in 0..20 {
        let told = nurse.until("point").await;
        assert_eq!(told["person"], "doctor");
        assert_eq!((&told["at"][1], &told["goes"]), (&json!(f64::from(row)), &json!(row == 0)));
        assert_eq!((&told["study"], &told["instance"], &told["frame"]), (&json!("1.2"), &json!("1.2.3.4"), &json!(1)));
    }
    nurse.say(json!({"t": "point", "study": "1.2", "series": "1.2.3", "instance": "1.2.3.4", "frame": 1, "at": null, "goes": false})).await;
    assert_eq!(doctor.until("point").await["at"], Value::Null, "the pointer has left the picture");
    patient.say(at(1, true)).await;
    assert!(patient.told().await.is_empty(), "a patient is not shown what colleagues point at");
    assert!(doctor.told().await.is_empty() && nurse.told().await.is_empty(), "and points at nothing");
}

#[tokio::test]
async fn only_a_place_in_a_picture_is_pointed_at_and_only_in_the_call() {
    // SY-27
    let place = open().await;
    let good =
        json!({"t": "point", "study": "1.2", "series": "1.2", "instance": "1.2", "frame": 1, "at": null, "goes": true});
    let mut nurse = place.enters("nurse").await;
    let mut doctor = place.comes("doctor").await;
    doctor.until("admitted").await;
    doctor.say(good.clone()).await;
    doctor.told().await;
    assert!(
        !kinds(&nurse.told().await).contains(&"point"),
        "admitted, but without camera and microphone not in the call"
    );
    for (field, bad) in [
        ("study", json!("<script>")),
        ("series", json!("1".repeat(65))),
        ("instance", json!("")),
        ("frame", json!(0)),
        ("frame", json!(-1)),
        ("at", json!([70_000, 1])),
        ("at", json!([1])),
        ("note", json!("anything else")),
    ] {
        let mut rude = place.enters("doctor").await;
        let mut message = good.clone();
        message[field] = bad.clone();
        rude.say(message).await;
        assert_eq!(rude.until("closed").await, json!({"closed": 4400}), "{field}: {bad}");
    }
    assert!(!kinds(&nurse.told().await).contains(&"point"), "nothing of it was passed on");
}

#[tokio::test]
async fn too_large_and_too_many_are_closed() {
    let place = open_with(Limits { messages_burst: 20, messages_per_s: 1, ..Limits::default() }).await;
    let mut large = place.enters("doctor").await;
    large.say(json!({"t": "chat", "key": "k", "text": "あ".repeat(30_000)})).await;
    let closed = large.until("closed").await;
    assert!([json!(4413), json!(0)].contains(&closed["closed"]), "{closed}");
    place.eventually("left doctor Rules").await;

    let mut many = place.enters("patient").await;
    for _ in 0..40 {
        if many.0.send(Message::text(r#"{"t":"ping"}"#)).await.is_err() {
            break;
        }
    }
    many.until("closed").await;
    place.eventually("left patient Rules").await;

    let mut odd = place.comes("third").await;
    odd.say(json!({"t": "dance"})).await;
    assert_eq!(odd.until("closed").await["closed"], 4400);
}

#[tokio::test]
async fn one_address_cannot_take_all_seats() {
    let place = open_with(Limits { strangers_per_address: 2, ..Limits::default() }).await;
    let _doctor = place.enters("doctor").await;
    let (_one, _two) = (place.knock().await, place.knock().await);
    let refused = connect_async(format!("ws://{}/signal", place.address)).await.unwrap_err();
    assert!(matches!(&refused, WsError::Http(it) if it.status() == 429), "{refused}");
}

#[tokio::test]
async fn a_second_window_takes_the_seat_and_both_sides_see_it() {
    // OV-163, OV-244: re-joining and a changed device are visible.
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    let mut first = place.enters("patient").await;
    let old = doctor.until("peer").await;
    assert_eq!(old["changed"], false);
    let mut second = place.comes("patient").await;
    first.until("replaced").await;
    assert_eq!(first.until("closed").await["closed"], 4409);
    let gone = doctor.until("gone").await;
    assert_eq!((&gone["why"], &gone["epoch"]), (&json!("replaced"), &old["epoch"]));
    assert_eq!(second.until("admitted").await["back"], true, "a reload needs no second answer");
    second.enter("sha-256 CC").await;
    let peer = doctor.until("peer").await;
    assert_eq!((&peer["changed"], &peer["fingerprint"]), (&json!(true), &json!("sha-256 CC")));
    place.eventually("patient ChangedDevice").await;
    place.eventually("left patient Replaced").await;
    assert_eq!(place.rooms.state("r1").people.iter().filter(|it| it.in_call).count(), 2);
}

#[tokio::test]
async fn the_end_is_for_all() {
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    let mut patient = place.enters("patient").await;
    let mut third = place.comes("third").await;
    third.until("welcome").await;
    place.rooms.end("r1", "診察が終わりました。");
    for browser in [&mut doctor, &mut patient, &mut third] {
        assert_eq!(browser.until("ended").await["why"], "診察が終わりました。");
        assert_eq!(browser.until("closed").await["closed"], 4410);
    }
    let mut late = place.comes("patient").await;
    assert_eq!(late.next().await["standing"], "waiting", "until the clinic calls again");
    place.rooms.admit("r1", "patient").unwrap();
    place.rooms.ring("r1");
    assert_eq!(late.next().await["back"], false, "the next call is answered anew");
    late.until("ring").await;
    place.enters("doctor").await.told().await;
    place.eventually("left patient Ended").await;
}

#[tokio::test]
async fn whoever_is_removed_stays_out_until_admitted_again() {
    // OV-164
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    place.rooms.admit("r1", "third").unwrap();
    let mut third = place.enters("third").await;
    doctor.until("peer").await;
    place.rooms.remove("r1", "third", "退室をお願いしました。");
    third.until("removed").await;
    assert_eq!(third.until("closed").await["closed"], 4403);
    assert_eq!(doctor.until("gone").await["why"], "removed");
    let mut again = place.comes("third").await;
    assert_eq!(again.next().await["why"], "removed");
    place.rooms.admit("r1", "third").unwrap();
    place.comes("third").await.until("admitted").await;
    place.eventually("left third Removed").await;
}

#[tokio::test]
async fn what_is_measured_is_summed_and_cut_to_the_time_there_was() {
    // OV-161, OV-203
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    let mut patient = place.enters("patient").await;
    doctor.until("peer").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let link = json!({"peer": "patient", "picture_ms": 9_000, "sound_ms": 9_000, "both_ms": 9_000, "frames": 100, "energy": 0.5});
    let ghost = json!({"peer": "ghost", "picture_ms": 9_000});
    doctor.say(json!({"t": "report", "interval_ms": 9_000, "visible": true, "links": [link, ghost]})).await;
    doctor.told().await;
    let sum = place.rooms.state("r1").received("doctor", "patient");
    assert!(sum.both_ms >= 250 && sum.both_ms < 5_000, "{sum:?}");
    assert_eq!(sum.frames, 100);
    assert_eq!(
        place.rooms.state("r1").received("patient", "doctor").both_ms,
        0,
        "the other direction is the other's word"
    );
    place.eventually("report doctor 1").await;
    patient.say(json!({"t": "bye"})).await;
    place.eventually("left patient Left").await;
    assert_eq!(doctor.until("gone").await["why"], "left");
}

#[tokio::test]
async fn chat_is_stored_before_anyone_reads_it() {
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    let mut patient = place.enters("patient").await;
    let mut waiting = place.comes("third").await;
    waiting.until("welcome").await;
    patient.say(json!({"t": "chat", "key": "k1", "text": " http://example.test を見て "})).await;
    for browser in [&mut doctor, &mut patient] {
        let said = browser.until("chat").await;
        assert_eq!((&said["id"], &said["text"]), (&json!("id-k1"), &json!("http://example.test を見て")));
    }
    patient.say(json!({"t": "chat", "key": "k2", "text": "full disk"})).await;
    assert_eq!(patient.until("unsaid").await["key"], "k2");
    patient.say(json!({"t": "chat", "key": "k3", "text": "あ".repeat(1_001)})).await;
    assert_eq!(patient.until("unsaid").await["key"], "k3");
    assert!(kinds(&doctor.told().await).iter().all(|it| *it == "outside"));
    assert_eq!(waiting.told().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_mesh_holds_five_and_no_more() {
    let place = open_with(Limits { admitted_per_room: 2, people_per_room: 3, ..Limits::default() }).await;
    let _doctor = place.enters("doctor").await;
    let _patient = place.enters("patient").await;
    let mut third = place.comes("third").await;
    assert_eq!(third.next().await["standing"], "waiting");
    assert_eq!(place.rooms.admit("r1", "third"), Err(Refused::Full));
}

#[tokio::test]
async fn a_ring_reaches_who_comes_later_and_can_be_declined() {
    let place = open().await;
    let mut doctor = place.enters("doctor").await;
    place.rooms.ring("r1");
    assert!(doctor.until("ringing").await["for_ms"].as_i64().unwrap() > 50_000);
    let mut patient = place.comes("patient").await;
    let ring = patient.until("ring").await;
    assert!(ring["for_ms"].as_i64().unwrap() > 50_000);
    patient.say(json!({"t": "note", "what": "declined"})).await;
    doctor.until("notice").await;
    place.eventually("patient Declined").await;
    assert_eq!(place.rooms.state("r1").ringing_since, None);
}
