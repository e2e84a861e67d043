//! `kill -9` in each step of a call, from its start to the finalised chart. Each step is cut off twice: while it is under
//! way, and the instant it was answered. It is there whole or not at all; once confirmed it stays; and whoever sat in the
//! call comes back to the same seat with the same ticket.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use db::params;
use guidelines::first_visit::ClaimsVisit;
use kernel::{BookingId, Chance, Ctx, Timestamp, Who};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};
use visits::first_visit::{Decision, Ground};
use visits::plan::store::Answer;

use crate::browser::{Browser, Form, between};
use crate::kill::Ward;
use crate::ledger::look;
use crate::opening;
use crate::server::{Place, Server};

/// Longest wait for a message: far beyond any, so that a hanging server fails the test instead of holding it.
const PATIENCE: Duration = Duration::from_secs(60);

/// One step of the doctor's: where it is pressed, and what it leaves.
struct Step {
    /// The page with its form.
    page: &'static str,
    /// Where the form goes.
    action: &'static str,
    /// Fields beside the boxes and choices of the form.
    fields: &'static [(&'static str, &'static str)],
    /// Act of the log.
    entry: &'static str,
    /// Table with its row.
    table: &'static str,
}

const START: Step = Step { page: "/call", action: "/call/start", fields: &[], entry: "call.start", table: "call" };
const AFTER: [Step; 5] = [
    Step {
        page: "/call",
        action: "/identity",
        fields: &[("document_one", "mynumber_card")],
        entry: "identity.check",
        table: "identity_check",
    },
    Step { page: "/call", action: "/identity/shown", fields: &[], entry: "identity.show", table: "identity_shown" },
    Step { page: "/call", action: "/feasibility", fields: &[], entry: "feasibility.judge", table: "feasibility" },
    Step { page: "/call", action: "/call/complete", fields: &[], entry: "visit.complete", table: "visit_end" },
    Step {
        page: "/chart",
        action: "/chart",
        fields: &[
            ("act", "finalise"),
            ("subjective", "右下の奥歯がしみる"),
            ("objective", "右下6番の頬側に着色"),
            ("assessment", "知覚過敏の疑い"),
            ("plan", "三か月後に来院"),
            ("for_patient", "強く痛むときはお電話ください"),
        ],
        entry: "chart.finalise",
        table: "chart_version",
    },
];

/// What everybody has done before the call, through the stores that their pages use.
fn prepare(place: &Place, booking: &str) {
    let booking: BookingId = booking.parse().unwrap();
    look(place, move |tx| {
        let facility = tx.facility()?;
        let found = visits::booking::store::read_one(tx, booking)?;
        let ctx = |who| Ctx::new(who, Some(facility), Timestamp::now(), Chance::system());
        let (patient, doctor) = (ctx(Who::Patient(found.patient)), ctx(Who::Staff(found.doctor)));
        opening::answer(tx, &patient, booking)?;
        opening::consent(tx, &patient, booking)?;
        opening::arrive(tx, &patient, booking)?;
        let decision = Decision { ground: Ground::Plan, claims: ClaimsVisit::Repeat };
        visits::first_visit::store::decide(tx, &doctor, booking, &decision)?;
        opening::plan(tx, &doctor, found.patient, found.doctor)?;
        let plan = visits::plan::store::view(tx, &doctor, booking)?.plan.expect("a plan");
        visits::plan::store::answer(tx, &patient, booking, plan.versions[0].id, Answer::Read)
    });
}

/// Half a minute of picture and sound in all four directions, as browsers would have measured it.
fn talked(place: &Place) {
    look(place, |tx| {
        let facility = tx.facility()?;
        tx.exec(
            "INSERT INTO call_quality (facility_id, call_id, receiver, sender, minute, picture_ms, sound_ms, both_ms, frames,
             rtt_ms_max, loss_max, reports, reports_bad, relay)
             SELECT facility_id, id, doctor_id, patient_id, 0, 40000, 40000, 40000, 600, 40, 0, 8, 0, 'udp'
             FROM call WHERE facility_id = ?1
             UNION ALL
             SELECT facility_id, id, patient_id, doctor_id, 0, 40000, 40000, 40000, 600, 40, 0, 8, 0, 'udp'
             FROM call WHERE facility_id = ?1",
            params![facility],
        )
    });
}

/// How many rows and entries a step has left, while no server runs. A visit that is closed has no running call: both are
/// one act.
fn left(place: &Place, step: &Step) -> i64 {
    let (table, entry) = (step.table, step.entry);
    look(place, move |tx| {
        let facility = tx.facility()?;
        let rows: Option<i64> =
            tx.value(&format!("SELECT count(*) FROM {table} WHERE facility_id = ?1"), params![facility])?;
        let entries: Option<i64> = tx.value(
            "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = ?2 AND outcome = 'done'",
            params![facility, entry],
        )?;
        let (rows, entries) = (rows.unwrap_or(0), entries.unwrap_or(0));
        assert!(rows <= entries && (rows == 0) == (entries == 0), "{entry}: {rows} rows, {entries} entries");
        let torn: Option<i64> = tx.value(
            "SELECT count(*) FROM visit_end e JOIN call c ON c.facility_id = e.facility_id AND c.booking_id = e.booking_id
             WHERE e.facility_id = ?1 AND c.ended_at IS NULL",
            params![facility],
        )?;
        assert_eq!(torn, Some(0), "a closed visit with a running call");
        let drafts: Option<i64> = tx.value(
            "SELECT count(*) FROM chart_draft d JOIN chart_version v ON v.facility_id = d.facility_id
             AND v.booking_id = d.booking_id WHERE d.facility_id = ?1",
            params![facility],
        )?;
        assert_eq!(drafts, Some(0), "a finalised chart with its draft");
        Ok(rows)
    })
}

/// A seat in the call: the socket, once the door is open.
fn sit(at: SocketAddr, ticket: &str) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut socket, _) = client(format!("ws://{at}/signal"), stream).unwrap();
    let hello = serde_json::json!({ "t": "hello", "ticket": ticket }).to_string();
    socket.send(Message::text(hello)).unwrap();
    loop {
        let message = socket.read().unwrap();
        let text = message.to_text().unwrap_or_default();
        assert!(!text.contains("\"refused\""), "{text}");
        if text.contains("\"admitted\"") && text.contains("\"ice\"") {
            return socket;
        }
    }
}

fn ticket_on(page: &str) -> String {
    between(page, "<haruka-call ticket=\"", "\"").unwrap_or_else(|| panic!("no call on {page}"))
}

/// The visit under the storm.
struct Visit<'a> {
    place: &'a Place,
    dentist: Browser,
    patient: Browser,
    base: String,
    chance: Chance,
}

impl Visit<'_> {
    fn start_server(&mut self) -> Server {
        let server = Server::start(self.place);
        (self.dentist.at, self.patient.at) = (server.http, server.http);
        server
    }

    /// Cuts the step off twice, and leaves it done.
    fn endure(&mut self, step: &Step) {
        let server = self.start_server();
        let action = format!("{}{}", self.base, step.action);
        let page = self.dentist.page(&format!("{}{}", self.base, step.page)).unwrap();
        let form = Form::on(&page, &action).ticked();
        let request = step.fields.iter().fold(form, |form, (name, value)| form.with(name, value)).request();
        // While it is under way.
        let (mut hand, sent) = (self.dentist.clone(), request.clone());
        let sending = std::thread::spawn(move || hand.send(&sent).ok());
        std::thread::sleep(Duration::from_millis(u64::from(self.chance.bytes::<1>()[0]) / 8));
        server.kill();
        let answered = sending.join().unwrap();
        let there = left(self.place, step);
        assert!(answered.is_none_or(|it| it.status == 303 && there == 1), "{}: answered, and not there", step.entry);
        self.place.verify();
        // Sent again it is done, and an answer is a promise.
        let server = self.start_server();
        for page in ["/call", "/chart"] {
            self.dentist.page(&format!("{}{page}", self.base)).unwrap();
        }
        let answer = self.dentist.send(&request).unwrap();
        assert_eq!(answer.status, 303, "{} sent again: {}", step.entry, answer.text());
        server.kill();
        assert!(left(self.place, step) >= 1, "{} was confirmed on screen and is not there", step.entry);
        self.place.verify();
    }

    /// Doctor and patient sit in the call; the server dies; they come back with the same tickets.
    fn endure_seats(&mut self, own: &str) {
        let server = self.start_server();
        let doctors = ticket_on(&self.dentist.page(&format!("{}/call", self.base)).unwrap());
        let patients = ticket_on(&self.patient.page(own).unwrap());
        let lines = [sit(server.http, &doctors), sit(server.http, &patients)];
        server.kill();
        drop(lines);
        let server = self.start_server();
        let lines = [sit(server.http, &doctors), sit(server.http, &patients)];
        // A seat is written beside the answer, not before it.
        let seated = |page: &str| page.matches("入室中").count();
        while seated(&self.dentist.page(&format!("{}/call/now", self.base)).unwrap()) < 2 {
            std::thread::sleep(Duration::from_millis(20));
        }
        server.kill();
        drop(lines);
        let open = look(self.place, |tx| {
            let facility = tx.facility()?;
            tx.value::<i64>(
                "SELECT COALESCE(max(n), 0) FROM (SELECT count(*) AS n FROM call_presence
                 WHERE facility_id = ?1 AND left_at IS NULL GROUP BY seat) AS seats",
                params![facility],
            )
        });
        assert_eq!(open, Some(1), "everybody sits there once");
        self.place.verify();
    }
}

fn storm(place: &Place) {
    let seed = std::env::var("HARUKA_STORM_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from_be_bytes(Chance::system().bytes()));
    println!("HARUKA_STORM_SEED={seed}");
    let server = Server::start(place);
    let ward = Ward::gather(&server);
    server.stop();
    ward.begin(place);
    prepare(place, &ward.booking);
    let base = format!("/bookings/{}", ward.booking);
    let own = format!("/visits/{}/call", ward.booking);
    let (dentist, patient, chance) = (ward.dentist.clone(), ward.patient.clone(), Chance::seeded(seed));
    let mut visit = Visit { place, dentist, patient, base, chance };
    visit.endure(&START);
    visit.endure_seats(&own);
    talked(place);
    for step in &AFTER {
        visit.endure(step);
    }
    let server = visit.start_server();
    let closed = visit.dentist.page(&format!("{}/call", visit.base)).unwrap();
    assert!(closed.contains("オンラインで診察しました") && !closed.contains("<haruka-call"), "{closed}");
    let chart = visit.dentist.page(&format!("{}/chart", visit.base)).unwrap();
    assert!(chart.contains("確定済み") && chart.contains("右下の奥歯がしみる"), "{chart}");
    assert!(!visit.patient.page(&own).unwrap().contains("<haruka-call"), "the patient's door is shut");
    server.stop();
}

#[test]
fn killed_in_every_step_of_a_call_on_sqlite() {
    // OV-161, OV-163, OV-303
    storm(&Place::with_people("call"));
}

#[test]
fn killed_in_every_step_of_a_call_on_postgres() {
    storm(&Place::on_postgres("call"));
}
