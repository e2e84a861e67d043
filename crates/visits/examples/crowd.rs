//! Measures pages and booking in a clinic that has become large: 100,000 patients, a full day, and a thousand people who
//! want the same fifty times.
//!
//! `cargo run --release -p visits --example crowd [-- PATIENTS]`. Requests go through the whole router (session, access, log, SQL,
//! HTML) on SQLite in a temporary folder; there is no socket between.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::{BookingId, Ctx, JapaneseName, PatientId, PersonId, Result, RowId, Timestamp, Who, time};
use people::patient::{PatientForm, Sex};
use testkit::{Browser, Ward};
use visits::booking::store::{self, Request};
use visits::booking::{Asker, Form, free_times};
use visits::slot::store::NewType;

/// Patients of the goal (design, chapter 6); another number as the argument shows how the figures grow.
const PATIENTS: usize = 100_000;
/// Registered in one act.
const TOGETHER: usize = 500;
/// Requests a second of the goal, and for how long each page is asked for.
const RATE_PER_S: u32 = 200;
const MEASURED_S: u32 = 5;
/// Who works on the measured day, from nine to five, half an hour for each patient.
const DOCTORS: usize = 8;
/// People who want a time at the same moment, and the times there are.
const CROWD: usize = 1_000;
const TIMES: usize = 50;

fn main() {
    let count = std::env::args().nth(1).map_or(PATIENTS, |it| it.parse().expect("a number of patients"));
    let ward = Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]);
    let start = Instant::now();
    let patients: Vec<PatientId> = (0..count / TOGETHER)
        .flat_map(|it| {
            ward.given(move |tx, ctx| {
                (it * TOGETHER..(it + 1) * TOGETHER).map(|it| one(tx, ctx, it)).collect::<Result<Vec<_>>>()
            })
        })
        .collect();
    println!("filled    {count} patients in {:.0} s", start.elapsed().as_secs_f64());
    let sato = ward.staff("sato", &["manager", "dentist"]);
    let bookings = full_day(&ward, sato, &patients);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let wanted = wanted(&ward);
    runtime.block_on(storm(&ward, &patients, wanted));
    runtime.block_on(pages(&ward, sato, &bookings));
}

fn one(tx: &mut db::Tx<'_>, ctx: &Ctx, number: usize) -> Result<PatientId> {
    let families =
        [("田中", "たなか"), ("佐藤", "さとう"), ("鈴木", "すずき"), ("高橋", "たかはし"), ("渡辺", "わたなべ")];
    let (family, kana) = families[number % families.len()];
    let form = PatientForm {
        number: format!("{number:06}"),
        name: JapaneseName::parse(family, "幸子", kana, "さちこ").expect("a name"),
        birth_date: "1948-04-12".parse().map_err(kernel::Error::internal)?,
        sex: Sex::Female,
        phone: "03-0000-0000".into(),
        mail: format!("p{number}@example.jp"),
        address: "東京都".into(),
        remark: String::new(),
        in_person_at: String::new(),
    };
    people::patient::store::register(tx, ctx, &form)
}

fn full_day(ward: &Ward, clerk: PersonId, patients: &[PatientId]) -> Vec<BookingId> {
    let doctors: Vec<PersonId> = (0..DOCTORS).map(|it| ward.staff(&format!("dentist{it}"), &["dentist"])).collect();
    let kind = offer(ward, &doctors, (9 * 60, 17 * 60));
    let mut bookings = Vec::new();
    for (at, doctor) in doctors.into_iter().enumerate() {
        let some: Vec<PatientId> = patients.iter().skip(at * 97).step_by(patients.len() / 99).copied().collect();
        let made = ward.act(Who::Staff(clerk), move |tx, ctx| {
            let free = times(tx, ctx, doctor, kind, time::day(ctx.now))?;
            let requests =
                free.into_iter().zip(some).map(|(starts_at, patient)| request(patient, doctor, kind, starts_at));
            requests.map(|it| Ok(store::book(tx, ctx, &it)?.expect("a free time"))).collect::<Result<Vec<_>>>()
        });
        bookings.extend(made.expect("bookings"));
    }
    bookings
}

fn times(tx: &mut db::Tx<'_>, ctx: &Ctx, doctor: PersonId, kind: RowId, day: kernel::Date) -> Result<Vec<Timestamp>> {
    Ok(free_times(&store::day(tx, ctx, doctor, kind, day, "")?, 30, Asker::Clinic, ctx.now))
}

fn request(patient: PatientId, doctor: PersonId, visit_type: RowId, starts_at: Timestamp) -> Request {
    Request { patient, doctor, visit_type, starts_at, reason: "定期の診察".into(), holder: String::new() }
}

/// A kind of visit that these doctors offer every day between two times, in minutes after midnight.
fn offer(ward: &Ward, doctors: &[PersonId], (from_min, to_min): (i64, i64)) -> RowId {
    let doctors = doctors.to_vec();
    ward.given(move |tx, ctx| {
        let new = NewType {
            name_ja: "オンライン再診".into(),
            name_en: "Online follow-up".into(),
            form: Form::Online,
            duration_min: 30,
            by_patient: true,
        };
        let kind = visits::slot::store::add_type(tx, ctx, &new)?;
        for doctor in doctors {
            for weekday in 0..7 {
                visits::slot::store::add_pattern(tx, ctx, doctor, kind, weekday, from_min, to_min)?;
            }
        }
        Ok(kind)
    })
}

async fn pages(ward: &Ward, sato: PersonId, bookings: &[BookingId]) {
    let browser = Arc::new(ward.browser(people::routes().and(visits::routes()), Who::Staff(sato)).await);
    let each = |path: fn(&BookingId) -> String| bookings.iter().map(path).collect::<Vec<_>>();
    let kinds = [
        ("day", each(|_| "/day".into())),
        ("booking", each(|it| format!("/bookings/{it}"))),
        ("chart", each(|it| format!("/bookings/{it}/chart"))),
        // One patient of five has this name.
        ("search", each(|_| "/patients?q=%E3%81%95%E3%81%A8%E3%81%86".into())),
    ];
    let in_turns = (0..bookings.len()).flat_map(|it| kinds.iter().map(move |(_, paths)| paths[it].clone())).collect();
    for (what, paths) in kinds.iter().chain([&("in turns", in_turns)]) {
        say(what, steadily(&browser, paths).await);
    }
}

/// Asks at a steady rate, whatever the answers take: a slow answer does not slow the asking.
async fn steadily(browser: &Arc<Browser>, paths: &[String]) -> Vec<Duration> {
    let mut tick = tokio::time::interval(Duration::from_secs(1) / RATE_PER_S);
    let mut asked = Vec::new();
    for path in paths.iter().cycle().take((RATE_PER_S * MEASURED_S) as usize) {
        let due = tick.tick().await;
        let (browser, path) = (browser.clone(), path.clone());
        asked.push(tokio::spawn(async move {
            let seen = browser.get(&path).await;
            assert!(seen.status.is_success(), "{path}: {}", seen.status);
            due.elapsed()
        }));
    }
    let mut took = Vec::new();
    for it in asked {
        took.push(it.await.expect("an answer"));
    }
    took
}

/// A doctor whom everybody wants: who, what for, and the times there are.
fn wanted(ward: &Ward) -> (PersonId, RowId, Vec<String>) {
    let doctor = ward.staff("wanted", &["dentist"]);
    let kind = offer(ward, &[doctor], (0, 24 * 60));
    let free = ward.given(move |tx, ctx| {
        let mut free = Vec::new();
        for ahead in 1..4 {
            free.extend(times(tx, ctx, doctor, kind, time::day(time::plus_min(ctx.now, ahead * 24 * 60)))?);
        }
        Ok(free)
    });
    (doctor, kind, free.iter().take(TIMES).map(ToString::to_string).collect())
}

async fn storm(ward: &Ward, patients: &[PatientId], (doctor, kind, free): (PersonId, RowId, Vec<String>)) {
    let mut crowd: Vec<Browser> = Vec::new();
    let app = visits::routes().serve(ward.site.clone());
    for patient in patients.iter().step_by(patients.len() / CROWD).take(CROWD) {
        crowd.push(ward.browser_of(app.clone(), Who::Patient(*patient), ward.facility).await);
    }
    let asked: Vec<_> = crowd
        .into_iter()
        .enumerate()
        .map(|(number, browser)| {
            let (doctor, kind, at) = (doctor.to_string(), kind.to_string(), free[number % free.len()].clone());
            tokio::spawn(async move {
                let fields =
                    [("doctor", doctor.as_str()), ("type", kind.as_str()), ("at", at.as_str()), ("reason", "痛い")];
                let start = Instant::now();
                let seen = browser.post("/book", &fields).await;
                (seen.status.as_u16(), start.elapsed())
            })
        })
        .collect();
    let mut took = Vec::new();
    for it in asked {
        took.push(it.await.expect("an answer"));
    }
    let count = |status| took.iter().filter(|it| it.0 == status).count();
    println!(
        "storm     {CROWD} people, {TIMES} times: {} booked, {} told that it is taken, {} other",
        count(303),
        count(409),
        CROWD - count(303) - count(409)
    );
    assert_eq!(count(303), free.len(), "each time is booked once");
    say("storm", took.into_iter().map(|it| it.1).collect());
}

fn say(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{what:<9} {:>5} answers  p50 {:.1} ms  p99 {:.1} ms  last {:.1} ms", took.len(), at(50), at(99), at(100));
}
