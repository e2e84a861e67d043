//! The one address that is no page: the WebSocket of a call. A ticket is the only key to it, and only in its owner's hand.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use kernel::{BookingId, Who};
use serde_json::{Value, json};
use testkit::wait;
use tokio_tungstenite::tungstenite::{Message, client};
use visits::call::ticket::{self, Seat, Ticket};

use crate::ward::{Clinic, From, NAMES, Visitor};

/// Longest wait for a message: far beyond any, so that a hanging server fails the test instead of holding it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole of the program, on a port.
fn open(clinic: &Clinic) -> SocketAddr {
    let rooms = signal::Rooms::new(Arc::new(clinic.ward.clock.clone()), signal::Limits::default());
    let app = app::whole(&clinic.ward.site, &rooms, None);
    wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        at
    })
}

/// What somebody hears who begins with `first`: until the door is open, or shut with this code.
fn knock(at: SocketAddr, first: &str) -> (Vec<Value>, Option<u16>) {
    let stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut socket, _) = client(format!("ws://{at}/signal"), stream).unwrap();
    socket.send(Message::text(first)).unwrap();
    let mut heard: Vec<Value> = Vec::new();
    loop {
        match socket.read().unwrap() {
            Message::Text(text) => {
                heard.push(serde_json::from_str(&text).unwrap());
                if heard.last().is_some_and(|it| it["t"] == "admitted") {
                    return (heard, None);
                }
            }
            Message::Close(frame) => return (heard, frame.map(|it| it.code.into())),
            _ => {}
        }
    }
}

fn hello(ticket: &str) -> String {
    json!({ "t": "hello", "ticket": ticket }).to_string()
}

/// The ticket that stands in somebody's page of the call.
fn ticket_on(page: &str) -> String {
    let found = page.split_once("<haruka-call ticket=\"").unwrap_or_else(|| panic!("no call on {page}")).1;
    found.split('"').next().unwrap().to_owned()
}

#[test]
fn the_socket_of_a_call_opens_to_the_owner_of_a_ticket_only() {
    // OV-163, OV-244
    let clinic = Clinic::new();
    let at = open(&clinic);
    let of = |name: &str| clinic.visitors.iter().find(|it| it.name == name).unwrap();
    let booking: BookingId = clinic.address("{booking}").parse().unwrap();
    let page = |name: &str, path: &str| wait(clinic.browser(of(name)).get(&clinic.address(path))).text;
    let (patient, dentist) = (of("patient"), of("dentist"));
    let own = ticket_on(&page("patient", "/visits/{booking}/call"));
    let made = |stranger: &Visitor, facility, seat, person: String| {
        let session = clinic.browser(stranger).session();
        let ticket = Ticket { facility, booking, seat, person, guardian: None, session };
        ticket::make(&clinic.ward.site.key, &clinic.ward.ctx(stranger.who.clone()), &ticket).unwrap()
    };
    let here = clinic.ward.facility;
    let mut closed: Vec<(String, String, u16)> = [
        ("nobody, with nothing", "", 4401),
        ("nobody, with noise", "x".repeat(80).as_str(), 4401),
        ("nobody, with a ticket of the wrong length", &own[..own.len() - 4], 4401),
        ("nobody, with a bent ticket", &format!("{}AAAA", &own[..own.len() - 4]), 4401),
    ]
    .map(|(what, ticket, code)| (what.to_owned(), hello(ticket), code))
    .into();
    // Whoever could write a ticket for a seat would still need the session of the person who sits there.
    for stranger in clinic.visitors.iter().filter(|it| it.is_outsider() && it.from != From::Nowhere) {
        for (seat, person) in [(Seat::Patient, &patient.who), (Seat::Doctor, &dentist.who)] {
            let person = match person {
                Who::Patient(it) => it.to_string(),
                other => other.staff().unwrap().to_string(),
            };
            let ticket = made(stranger, stranger.facility, seat, person.clone());
            closed.push((format!("{} at home, for {seat:?}", stranger.name), hello(&ticket), 4401));
            let ticket = made(stranger, here, seat, person);
            closed.push((format!("{} here, for {seat:?}", stranger.name), hello(&ticket), 4401));
        }
    }
    let rules = [
        ("no greeting", json!({ "t": "ice" }).to_string()),
        ("a report before the greeting", json!({ "t": "report", "interval_ms": 5000, "links": [] }).to_string()),
        ("no words of ours", "GET / HTTP/1.1".to_owned()),
    ];
    closed.extend(rules.map(|(what, first)| (what.to_owned(), first, 4400)));
    for (what, first, expected) in closed {
        let before = clinic.state(patient);
        let (heard, code) = knock(at, &first);
        let told = Value::from(heard).to_string();
        assert_eq!(code, Some(expected), "{what}: {told}");
        assert!(!NAMES.iter().any(|it| told.contains(it)), "{what}: {told}");
        assert!(!["welcome", "admitted", "ice"].iter().any(|it| told.contains(it)), "{what}: {told}");
        let changed = before.changed(&clinic.state(patient));
        assert!(changed.is_empty(), "{what} wrote {changed:?}");
    }
    let doctors = ticket_on(&page("dentist", "/bookings/{booking}/call"));
    for (what, ticket) in [("the patient", &own), ("the dentist", &doctors)] {
        let before = clinic.state(patient);
        let (heard, code) = knock(at, &hello(ticket));
        assert_eq!((code, heard[0]["t"].as_str()), (None, Some("welcome")), "{what}: {heard:?}");
        // The entry is written beside the answer, not before it.
        while !before.has_grown(&clinic.state(patient)) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    clinic.ward.clock.pass_min(24 * 60);
    let (heard, code) = knock(at, &hello(&own));
    assert_eq!((code, heard[0]["why"].as_str()), (Some(4401), Some("expired")), "yesterday's ticket: {heard:?}");
}
