//! `kill -9` over the whole flow: clerk, dentist and patient act at once, and the server dies in the middle of it, again
//! and again. What was confirmed on screen is there, nothing half-done is, and a form sent again acts once.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use db::params;
use kernel::{Chance, Timestamp, time};

use crate::browser::{Browser, Form, between};
use crate::ledger::{
    ANSWERS, ARRIVAL, ASKED, BOOKING, CONSENT, Counts, FEEDBACK, GROUND, Ledger, PAPER, PATIENT, PLAN, READING,
    WITHDRAWAL, look,
};
use crate::server::{Place, Server};

/// When the server dies.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The instant somebody has been answered.
    Answered,
    /// Half of an upload is there, the other half never comes.
    HalfUpload,
    /// The instant the file of an upload lies in the folder; its row may be there or not.
    FileThere,
    /// At any time.
    Sometime,
}

/// The people, signed in, and the visit that they all work on.
pub(crate) struct Ward {
    clerk: Browser,
    pub(crate) dentist: Browser,
    pub(crate) patient: Browser,
    pub(crate) booking: String,
    /// What a booking needs: kind of visit and doctor.
    desk: Form,
}

/// A face that passes the door for uploads.
fn picture() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../people/data/demo-portrait.png");
    std::fs::read(file).unwrap()
}

/// The page on which times are chosen, for a patient.
fn times_page(clerk: &mut Browser, patient: &str, day: &str) -> io::Result<String> {
    let kinds = clerk.page(&format!("/book?patient={patient}"))?;
    let kind = between(&kinds, "&amp;type=", "\"").unwrap();
    clerk.page(&format!("/book?patient={patient}&type={kind}&day={day}"))
}

impl Ward {
    /// Everybody signs in, and a visit is booked.
    pub(crate) fn gather(server: &Server) -> Self {
        let mut clerk = Browser::new(server.http);
        clerk.sign_in("suzuki").unwrap();
        let mut dentist = Browser::new(server.http);
        dentist.sign_in("sato").unwrap();
        let found = clerk.page(&format!("/patients?q={}", web::answer::query_value("たなか"))).unwrap();
        let (before, _) = found.split_once("幸子").unwrap();
        let tanaka = before.rsplit_once("href=\"/patients/").unwrap().1.split('"').next().unwrap().to_owned();
        let day = time::day(time::plus_min(Timestamp::now(), 24 * 60)).to_string();
        let page = times_page(&mut clerk, &tanaka, &day).unwrap();
        let at = between(&page, "name=\"at\" value=\"", "\"").unwrap();
        let desk = Form::on(&page, "/book/hold");
        let confirm = format!(
            "/book/confirm?patient={tanaka}&type={}&doctor={}&at={}",
            desk.get("type"),
            desk.get("doctor"),
            web::answer::query_value(&at)
        );
        let form = Form::on(&clerk.page(&confirm).unwrap(), "/book").with("reason", "しみる");
        let booked = clerk.send(&form.request()).unwrap().location.expect("a booking");
        let booking = booked.rsplit('/').next().unwrap().to_owned();
        let mut patient = Browser::new(server.http);
        let link = patient.letter("href=\"/v/", |rest| format!("/v/{}", rest.split('"').next().unwrap())).unwrap();
        patient.come_in(&link).unwrap();
        Self { clerk, dentist, patient, booking, desk }
    }

    /// Lets the visit begin, a minute ago: one may arrive, be called, and say how it was.
    pub(crate) fn begin(&self, place: &Place) {
        let (booking, begun) = (self.booking.clone(), time::plus_min(Timestamp::now(), -1));
        look(place, move |tx| {
            let facility = tx.facility()?;
            let sql = "UPDATE booking SET starts_at = ?3, ends_at = ?4 WHERE facility_id = ?1 AND id = ?2";
            tx.exec(sql, params![facility, booking, begun, time::plus_min(begun, 15)])
        });
    }

    /// The server is another one, at another address.
    fn turn_to(&mut self, server: &Server) {
        for it in [&mut self.clerk, &mut self.dentist, &mut self.patient] {
            it.at = server.http;
        }
    }
}

/// The clerk registers patients and books for them, one a quarter of an hour, from tomorrow on.
fn clerk(who: &mut Browser, ledger: &Ledger, desk: &Form, number: &mut i64) -> io::Result<()> {
    *number += 1;
    let form = Form::of_patient(&who.page("/patients/new")?, "嵐").with("mail", "arashi@example.jp");
    let registered = ledger.act(PATIENT, &form, who)?.location.unwrap();
    let patient = registered.rsplit('/').next().unwrap();
    // From the day after tomorrow, noon UTC: a grid of its own, far from the visit.
    let days = *number / 16;
    let noon = time::at_tokyo(time::day(time::plus_min(Timestamp::now(), (3 + days) * 24 * 60)), 9, 0).unwrap();
    let at = time::plus_min(noon, *number % 16 * 30).to_string();
    let query = web::answer::query_value;
    let confirm = format!(
        "/book/confirm?patient={patient}&type={}&doctor={}&at={}",
        desk.get("type"),
        desk.get("doctor"),
        query(&at)
    );
    let form = Form::on(&who.page(&confirm)?, "/book").with("reason", "しみる");
    ledger.act(BOOKING, &form, who)?;
    Ok(())
}

/// The dentist decides, asks for papers, writes the chart and the plan.
fn dentist(who: &mut Browser, ledger: &Ledger, booking: &str, number: i64) -> io::Result<()> {
    let base = format!("/bookings/{booking}");
    let path = format!("{base}/path");
    let form = Form::on(&who.page(&path)?, &path).with("ground", "plan").with("claims", "repeat");
    ledger.act(GROUND, &form, who)?;
    let form = Form::on(&who.page(&format!("{base}/papers"))?, &format!("{base}/papers/ask")).with("what", "お薬手帳");
    ledger.act(ASKED, &form, who)?;
    let chart = format!("{base}/chart");
    let mut form = Form::on(&who.page(&chart)?, &chart).with("act", "save");
    for area in form.areas.clone() {
        form = form.with(&area, &format!("所見 {number}"));
    }
    let saved = who.send(&form.request())?;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let plan = format!("{base}/plan");
    let today = time::day(Timestamp::now()).to_string();
    let mut form = Form::on(&who.page(&plan)?, &plan).ticked().with("evaluated_on", &today).with("act", "finalise");
    for area in form.areas.clone() {
        form = form.with(&area, &format!("三か月ごとに来院する。{number}"));
    }
    ledger.act(PLAN, &form, who)?;
    Ok(())
}

/// The patient arrives, answers, sends papers, reads, consents, takes it back, and says how it was.
fn patient(who: &mut Browser, ledger: &Ledger, booking: &str) -> io::Result<()> {
    let base = format!("/visits/{booking}");
    let arrival = format!("{base}/arrival");
    let form = Form::on(&who.page(&arrival)?, &arrival).ticked().with("medicines", "");
    ledger.act(ARRIVAL, &form, who)?;
    let answers = format!("{base}/questionnaire");
    let form = Form::on(&who.page(&answers)?, &answers).with("draft", "1");
    ledger.act(ANSWERS, &form, who)?;
    let feedback = format!("{base}/feedback");
    let form = Form::on(&who.page(&feedback)?, &feedback).ticked();
    ledger.act(FEEDBACK, &form, who)?;
    let papers = format!("{base}/papers");
    let page = who.page(&papers)?;
    // A booking takes so many files and no more.
    if page.matches("/papers/").count() < 15 {
        let form = Form::on(&page, &papers).with("kind", "insurance");
        let request = form.upload("file", "card.png", &picture());
        ledger.request(PAPER, &form, request, who)?;
    }
    let consent = format!("{base}/consent");
    let page = who.page(&consent)?;
    if let Some(form) = Form::find(&page, &format!("{consent}/read")) {
        ledger.act(READING, &form.ticked(), who)?;
    } else if let Some(form) = Form::find(&page, &consent) {
        ledger.act(CONSENT, &form.ticked().with("name", "田中幸子"), who)?;
        let paper = who.get(&format!("{consent}.pdf"))?;
        assert!(paper.status == 200 && is_pdf(&paper.body), "{}", paper.status);
    } else {
        let withdraw = format!("{consent}/withdraw");
        let form = Form::on(&who.page(&withdraw)?, &withdraw);
        ledger.act(WITHDRAWAL, &form, who)?;
    }
    Ok(())
}

fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-") && bytes.windows(5).rev().take(64).any(|it| it == b"%%EOF")
}

/// Acts until the line breaks or it is told to end.
fn task(stop: &Arc<AtomicBool>, mut step: impl FnMut() -> io::Result<()> + Send + 'static) -> JoinHandle<()> {
    let stop = stop.clone();
    std::thread::spawn(move || while !stop.load(Ordering::Relaxed) && step().is_ok() {})
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder)
        .map_or(0, |all| all.flatten().map(|it| if it.path().is_dir() { files(&it.path()) } else { 1 }).sum())
}

/// Waits for the moment and kills.
fn strike(server: Server, moment: Moment, ward: &Ward, place: &Place, ledger: &Ledger, chance: &Chance) {
    let patience = || std::thread::sleep(Duration::from_millis(1));
    let working = |count: usize| {
        let before = ledger.answered();
        move |ledger: &Ledger| ledger.answered() >= before + count
    };
    match moment {
        Moment::Answered => {
            let enough = working(15 + usize::from(chance.bytes::<1>()[0] % 16));
            while !enough(ledger) {
                patience();
            }
        }
        Moment::Sometime => {
            let enough = working(5);
            while !enough(ledger) {
                patience();
            }
            std::thread::sleep(Duration::from_millis(u64::from(chance.bytes::<1>()[0]) * 3));
        }
        Moment::HalfUpload => {
            let mut who = ward.patient.clone();
            let papers = format!("/visits/{}/papers", ward.booking);
            let form = Form::on(&who.page(&papers).unwrap(), &papers).with("kind", "insurance");
            let request = form.upload("file", "card.png", &picture());
            ledger.note(PAPER, &form, &who, &request);
            let half = who.send_half(&request).unwrap();
            std::thread::sleep(Duration::from_millis(20));
            server.kill();
            drop(half);
            return;
        }
        Moment::FileThere => {
            let blobs = place.data().join("blobs");
            let before = files(&blobs);
            let mut who = ward.patient.clone();
            let papers = format!("/visits/{}/papers", ward.booking);
            let form = Form::on(&who.page(&papers).unwrap(), &papers).with("kind", "insurance");
            let request = form.upload("file", "card.png", &picture());
            ledger.note(PAPER, &form, &who, &request);
            let sending = std::thread::spawn(move || drop(who.send(&request)));
            while files(&blobs) <= before {
                std::hint::spin_loop();
            }
            server.kill();
            sending.join().unwrap();
            return;
        }
    }
    server.kill();
}

fn storm(place: &Place, moments: &[Moment]) {
    let seed = std::env::var("HARUKA_STORM_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from_be_bytes(Chance::system().bytes()));
    println!("HARUKA_STORM_SEED={seed}");
    let chance = Chance::seeded(seed);
    let server = Server::start(place);
    let mut ward = Ward::gather(&server);
    server.stop();
    ward.begin(place);
    let (before, ledger) = (Counts::now(place), Ledger::default());
    let mut number = 0;
    for (round, moment) in moments.iter().enumerate() {
        let server = Server::start(place);
        ward.turn_to(&server);
        ledger.send_again(server.http);
        let stop = Arc::new(AtomicBool::new(false));
        let from = i64::try_from(round).unwrap() * 1000;
        let tasks = [
            task(&stop, {
                let (mut who, ledger, desk, mut next) = (ward.clerk.clone(), ledger.clone(), ward.desk.clone(), number);
                move || clerk(&mut who, &ledger, &desk, &mut next)
            }),
            task(&stop, {
                let (mut who, ledger, booking, mut next) =
                    (ward.dentist.clone(), ledger.clone(), ward.booking.clone(), from);
                move || {
                    next += 1;
                    dentist(&mut who, &ledger, &booking, next)
                }
            }),
            task(&stop, {
                let (mut who, ledger, booking) = (ward.patient.clone(), ledger.clone(), ward.booking.clone());
                move || patient(&mut who, &ledger, &booking)
            }),
        ];
        strike(server, *moment, &ward, place, &ledger, &chance);
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.join().expect("a task that was answered as it should be");
        }
        // Times asked for in this round are not asked for again, whatever became of them.
        number += 160;
        ledger.check(place, &before);
        place.verify();
    }
    let server = Server::start(place);
    ward.turn_to(&server);
    ledger.send_again(server.http);
    let plan = ward.dentist.get(&format!("/bookings/{}/plan.pdf", ward.booking)).unwrap();
    assert!(plan.status != 200 || is_pdf(&plan.body), "the plan can be read");
    let chart = ward.dentist.page(&format!("/bookings/{}/chart", ward.booking)).unwrap();
    assert!(chart.contains("所見"), "the draft of the chart is there");
    server.stop();
    ledger.check(place, &before);
    place.verify();
    println!("{} acts, {} answered", ledger.sent(), ledger.answered());
    assert_eq!(ledger.sent(), ledger.answered(), "every act is there once, in the end");
}

#[test]
fn killed_in_the_middle_of_everything_on_sqlite() {
    let moments =
        [Moment::Answered, Moment::HalfUpload, Moment::FileThere, Moment::Sometime, Moment::Sometime, Moment::Answered];
    storm(&Place::with_people("kill"), &moments);
}

#[test]
fn killed_in_the_middle_of_everything_on_postgres() {
    storm(&Place::on_postgres("kill"), &[Moment::Answered, Moment::FileThere, Moment::Sometime]);
}
