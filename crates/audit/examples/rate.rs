//! Measures the log on this machine: durable appends by many writers, then verifying.
//!
//! `cargo run --release -p audit --example rate -- FOLDER [POSTGRES_URL]`; the folder is made, filled and removed.
//! On PostgreSQL the database must be empty.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use audit::Entry;
use db::{Db, DbSettings};
use kernel::{Chance, Ctx, Error, FacilityId, PatientId, PersonId, Result, SessionId, Timestamp, Who};
use serde_json::json;

/// Writers of the goal (design, chapter 6).
const WRITERS: usize = 64;
/// Long enough for a few checkpoints of SQLite's write-ahead log.
const MEASURED: Duration = Duration::from_secs(10);
/// Caches and connections are warm after this.
const WARM_UP: Duration = Duration::from_secs(1);
const CLINIC: FacilityId = FacilityId::from_bytes([5; 16]);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder =
        PathBuf::from(arguments.next().ok_or_else(|| Error::internal("name a folder on the disk to measure"))?);
    std::fs::create_dir(&folder).map_err(|error| Error::unavailable(format!("{}: {error}", folder.display())))?;
    let settings = DbSettings { postgres_url: arguments.next(), folder: folder.clone(), connections: 8 };
    let done = measure(&settings);
    std::fs::remove_dir_all(&folder).map_err(Error::unavailable)?;
    done
}

fn measure(settings: &DbSettings) -> Result<()> {
    let now = Timestamp::from_second(1_795_000_000).map_err(Error::internal)?;
    let db = Db::open(settings, crypto::MasterKey::from_bytes([9; 32]), Chance::system())?;
    db.migrate_blocking(&[db::MIGRATIONS, audit::MIGRATIONS], now)?;
    db.write_blocking(Some(CLINIC), move |tx| tx.make_facility_key(CLINIC, now))?;
    let mut ctx = Ctx::new(Who::Staff(PersonId::from_bytes([1; 16])), Some(CLINIC), now, Chance::system());
    ctx.session = Some(SessionId::from_bytes([2; 16]));
    ctx.address = Some([192, 0, 2, 7].into());

    let mut took = append(&db, &ctx)?;
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let rate = took.len() as f64 / MEASURED.as_secs_f64();
    println!(
        "append   {rate:>9.0} entries/s  p50 {:.1} ms  p99 {:.1} ms  ({WRITERS} writers, durable)",
        at(50),
        at(99)
    );

    let signing = ctx.clone();
    let start = Instant::now();
    let signed = db.write_blocking(Some(CLINIC), move |tx| audit::checkpoint(tx, &signing))?;
    let signed = signed.ok_or_else(|| Error::internal("nothing was appended"))?;
    say("sign", signed.size, start);
    let start = Instant::now();
    let report = runtime()?.block_on(audit::verify(&db, CLINIC))?;
    say("verify", report.size, start);
    if let Some(bad) = report.first_bad {
        return Err(Error::internal(format!("the log does not verify: {bad:?}")));
    }
    bundle(&db, &ctx, &settings.folder.join("bundle"))
}

/// Latencies of the appends that were durable within the measured time.
fn append(db: &Db, ctx: &Ctx) -> Result<Vec<Duration>> {
    let (measuring, over) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                scope.spawn({
                    let (measuring, over) = (&measuring, &over);
                    move || writer(db, ctx, number, measuring, over)
                })
            })
            .collect();
        std::thread::sleep(WARM_UP);
        measuring.store(true, Ordering::Relaxed);
        std::thread::sleep(MEASURED);
        over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for it in writers {
            all.extend(it.join().map_err(|_| Error::internal("a writer ended early"))??);
        }
        Ok(all)
    })
}

fn writer(db: &Db, ctx: &Ctx, number: usize, measuring: &AtomicBool, over: &AtomicBool) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    let patient = PatientId::from_bytes([u8::try_from(number).unwrap_or_default(); 16]);
    while !over.load(Ordering::Relaxed) {
        let act = ctx.clone();
        let entry = Entry::done("chart.view", "chart", patient).class("chart").patient(patient);
        let start = Instant::now();
        db.write_blocking(Some(CLINIC), move |tx| audit::append(tx, &act, entry.detail(json!({"page": "chart"}))))?;
        if measuring.load(Ordering::Relaxed) && !over.load(Ordering::Relaxed) {
            took.push(start.elapsed());
        }
    }
    Ok(took)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().build().map_err(Error::internal)
}

fn bundle(db: &Db, ctx: &Ctx, dir: &std::path::Path) -> Result<()> {
    let start = Instant::now();
    let signed = runtime()?.block_on(audit::export(db, ctx, CLINIC, dir.to_owned(), None))?;
    say("export", signed.size, start);
    let start = Instant::now();
    let report = audit::verify_bundle(dir, None)?;
    say("bundle", report.size, start);
    match report.first_bad {
        Some(bad) => Err(Error::internal(format!("the bundle does not verify: {bad:?}"))),
        None => Ok(()),
    }
}

fn say(what: &str, entries: u64, start: Instant) {
    let took = start.elapsed().as_secs_f64();
    println!("{what:<8} {:>9.0} entries/s  ({entries} in {took:.2} s)", entries as f64 / took);
}
