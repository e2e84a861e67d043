//! `haruka serve`: opens the house, joins the plugs, listens, and says when it is ready.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use kernel::{Error, Result, Words};
use people::access::{Act, Class, Decision, decide};
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::{Answer, Asked, Door, NavItem, Routes, Site};

use crate::check::Check;
use crate::config::Config;
use crate::desk::{Desk, LiveRooms};
use crate::house::{House, WallClock};
use crate::tls::{Callers, Speech};
use crate::{certificate, demo, dicom, outgoing, shapes, tls, worker, worklist};

/// Longest wait at the end for the job in hand. With the doors' own drain it stays below ten seconds, which is when
/// service managers kill.
const WORKER_DRAIN_S: u64 = 3;

/// Serves until SIGTERM.
///
/// # Errors
/// Whatever keeps it from becoming ready, in the operator's words.
pub(crate) fn run(config: Config, demo: Option<SocketAddr>) -> Result<()> {
    talk();
    if let Some(address) = demo.filter(|it| !it.ip().is_loopback()) {
        return Err(Error::unavailable(format!("--demo={address}: plain HTTP is for loopback only")));
    }
    let lock = alone(&config)?;
    let house = House::open(&config)?;
    if demo.is_some() {
        demo::seed(&house)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::unavailable)?;
    let served = runtime.block_on(serve(&config, house, demo));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    drop(lock);
    served
}

/// Says on standard error what whoever runs it must know.
pub(crate) fn talk() {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("HARUKA_LOG").unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
}

/// Takes the data folder for this process alone, where there is room enough to begin. Given back with the file's end.
pub(crate) fn alone(config: &Config) -> Result<std::fs::File> {
    let at = |error: std::io::Error| Error::unavailable(format!("{}: {error}", config.data.display()));
    std::fs::create_dir_all(&config.data).map_err(at)?;
    let lock = std::fs::File::create(config.data.join("lock")).map_err(at)?;
    lock.try_lock()
        .map_err(|_| Error::unavailable(format!("{}: another server uses this folder", config.data.display())))?;
    if db::Room::at(&config.data) == db::Room::None {
        let needed_mb = kernel::limits::DISK_STOP_BYTES.div_ceil(1024 * 1024);
        let cause = format!("{}: the disk is full; make room for at least {needed_mb} MB", config.data.display());
        return Err(Error::disk_full(cause));
    }
    Ok(lock)
}

async fn serve(config: &Config, house: House, demo: Option<SocketAddr>) -> Result<()> {
    let https = listen(config.listen).await?;
    let https_address = https.local_addr().map_err(Error::unavailable)?;
    let http = match demo {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let http_address = http.as_ref().and_then(|it| it.local_addr().ok());
    let programs = match config.programs.listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let programs_address = programs.as_ref().and_then(|it| it.local_addr().ok());
    let host = public_host(config, https_address);
    let spoken = dimse::Settings { worklist: Some(Arc::new(worklist::expected)), ..dimse::Settings::plain(ticks()) };
    let dicom = dicom::Doors::open(config, &host, spoken).await?;
    let [dicom_address, dicom_tls_address] = dicom.addresses();
    // In the demonstration people come by plain HTTP on loopback, so links must lead there.
    let base_url = match (http_address, &config.public_url) {
        (Some(address), _) => format!("http://{address}"),
        (None, Some(url)) => url.trim_end_matches('/').to_owned(),
        (None, None) => format!("https://{https_address}"),
    };
    let now = house.now();
    let address = base_url.clone();
    let door = worker::door(config)?;
    let carriers = worker::carriers(config)?;
    let has_sms = carriers.has_sms();
    let scans = matches!(door.scanner, blobs::Scanner::Clamd(_));
    house
        .db
        .write(None, move |tx| {
            web::installation::set_base_url(tx, &address, now)?;
            web::installation::set_scans(tx, scans, now)?;
            web::installation::set_sms(tx, has_sms, now)
        })
        .await?;
    let rooms = signal::Rooms::new(Arc::new(WallClock), signal::Limits::default());
    let names = worker::Names::default();
    names.read(&house.db).await;
    let site = site(config, &house, base_url, demo.is_some(), &rooms, &names, door);
    let app = whole(&site, &rooms, carriers.shown());
    let own = config.certificate_file.as_deref().zip(config.certificate_key_file.as_deref());
    let speech = |host: &str, callers| tls::server_config(&config.data.join("tls"), host, own, callers);
    let (tls, programs_tls) = (speech(&host, Callers::Anybody)?, speech(&host, Callers::Asked)?);
    let tls = match &config.staff_host {
        None => Speech::Tls(tls),
        Some(it) => Speech::Staff { ordinary: tls, host: it.clone(), staff: speech(it, Callers::Asked)? },
    };

    let (stop, stopped) = watch::channel(false);
    let worker = worker::run(site.clone(), carriers, names, config.clock.ntp.clone(), stopped.clone());
    let mut worker = tokio::spawn(worker);
    let out = outgoing::run(site.clone(), dicom.settings.clone(), stopped.clone());
    let out = tokio::spawn(out);
    let checks = tokio::spawn(shapes::run(site.clone(), Arc::new(Check::new()?.plug()), stopped.clone()));
    let mut doors = tokio::task::JoinSet::new();
    doors.spawn(tls::serve(https, tls, app.clone(), stopped.clone()));
    if let Some(http) = http {
        doors.spawn(tls::serve(http, Speech::Plain, app, stopped.clone()));
    }
    if let Some(programs) = programs {
        // Machine interfaces, and no page.
        let signer = certificate::signer(&config.data.join("tls"))?;
        let machines = lab::machine::pages::machines();
        let app = dicomweb::routes().and(people::device::agent::routes()).and(machines).serve(site.clone());
        let app = app.layer(axum::Extension(signer));
        doors.spawn(tls::serve(programs, Speech::Programs(programs_tls), app, stopped.clone()));
    }
    // Programs on this computer are the clinic's devices in the demonstration.
    let loopback = match demo {
        Some(_) => house_of_demo(&site).await?,
        None => None,
    };
    dicom.with_loopback(loopback).serve(&mut doors, &site, &stopped);
    if demo.is_some() {
        demo::tell(&site.settings.base_url);
    }
    let asked_to_stop = tls::asked_to_stop();
    let http = http_address.map_or_else(|| "off".to_owned(), |it| format!("http://{it}"));
    let (dicom, dicom_tls) = (dicom::told(dicom_address), dicom::told(dicom_tls_address));
    let programs = programs_address.map_or_else(|| "off".to_owned(), |it| format!("https://{it}"));
    println!(
        "haruka ready https=https://{https_address} http={http} dicom={dicom} dicom_tls={dicom_tls} programs={programs}"
    );
    asked_to_stop.await;
    rooms.close();
    let _ = stop.send(true);
    doors.join_all().await;
    // A letter that the mail server has taken is noted as sent, or it would go out twice.
    if tokio::time::timeout(Duration::from_secs(WORKER_DRAIN_S), &mut worker).await.is_err() {
        worker.abort();
    }
    // What is on its way to an archive is sent again: it is the same object.
    out.abort();
    // A check is begun again; the try has been counted.
    checks.abort();
    Ok(())
}

/// Time that only goes forward, for waiting on the wire.
fn ticks() -> dimse::Ticks {
    let began = std::time::Instant::now();
    Arc::new(move || began.elapsed())
}

/// 青葉歯科クリニック.
async fn house_of_demo(site: &Site) -> Result<Option<kernel::FacilityId>> {
    let found = site.db.read(None, |tx| people::facility::store::by_slug(tx, "aoba")).await?;
    Ok(Some(found.id))
}

pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| Error::unavailable(format!("cannot listen on {address}: {error}")))
}

fn public_host(config: &Config, listen: SocketAddr) -> String {
    let url = config.public_url.as_deref().and_then(|it| it.split_once("://")).map(|(_, rest)| rest);
    match url {
        Some(rest) => rest.split(['/', ':']).next().unwrap_or_default().to_owned(),
        None => listen.ip().to_string(),
    }
}

pub(crate) fn site(
    config: &Config,
    house: &House,
    base_url: String,
    demo: bool,
    rooms: &signal::Rooms,
    names: &worker::Names,
    door: blobs::Door,
) -> Site {
    let settings = ways(web::Settings {
        base_url,
        demo,
        places: names.places(),
        turn: config
            .turn
            .secret
            .clone()
            .filter(|_| !config.turn.urls.is_empty())
            .map(|secret| web::Turn { urls: config.turn.urls.clone(), secret }),
        relay_only: config.turn.only,
        uploads: door,
        ..web::Settings::default()
    });
    Site::new(web::site::Inner {
        db: house.db.clone(),
        blobs: house.blobs.clone(),
        clock: Box::new(WallClock),
        chance: house.chance.clone(),
        key: house.key.clone(),
        settings,
        press: Arc::new(crate::desk::Typesetter),
        live: Arc::new(LiveRooms(rooms.clone())),
        assets: crate::assets::ASSETS,
    })
}

/// The settings with the navigation. The policy of access says to whom a link is offered, as it says who gets in.
#[must_use]
pub fn ways(settings: web::Settings) -> web::Settings {
    let nav = |words: Words, href, opens| NavItem { words, href, opens };
    web::Settings {
        staff_nav: vec![
            nav(Words::new("今日", "Today"), "/day", |it| may_view(it, Class::Identity)),
            nav(Words::new("患者", "Patients"), "/patients", |it| may_view(it, Class::Identity)),
            nav(Words::new("画像", "Images"), "/images", |it| may_view(it, Class::Images)),
            nav(Words::new("読影", "Readings"), "/readings", |it| may_view(it, Class::Images)),
            nav(Words::new("技工", "Lab"), "/lab", |it| may_view(it, Class::Lab)),
            nav(Words::new("点検", "Compliance"), "/compliance", |it| may_view(it, Class::Administration)),
            nav(Words::new("記録", "Log"), "/log", |it| may_view(it, Class::Log)),
            nav(Words::new("設定", "Settings"), "/settings", |_| true),
        ],
        patient_nav: vec![nav(Words::new("ホーム", "Home"), "/home", |_| true)],
        duties_of: Some(people::access::duties),
        alerts_of: Some(alerts),
        ..settings
    }
}

/// What cannot wait, of all rooms.
fn alerts(tx: &mut db::Tx<'_>, duties: &[String], now: kernel::Timestamp) -> kernel::Result<Vec<web::site::Alert>> {
    let mut all = imaging::alerts(tx, duties, now)?;
    all.extend(lab::alerts(tx, duties, now)?);
    all.extend(safety::alerts(tx, duties, now)?);
    Ok(all)
}

fn may_view(duties: &[String], class: Class) -> bool {
    matches!(decide(duties, Act::View, class), Decision::Allowed(_))
}

/// The evidence of all contexts, for the compliance page.
static EVIDENCE: LazyLock<Vec<safety::EvidenceOf>> = LazyLock::new(|| {
    let lab = lab::evidence::ALL.iter();
    visits::evidence::ALL.iter().chain(imaging::evidence::ALL).chain(lab).copied().collect()
});

/// What uploads may be for.
pub(crate) static UPLOADS: tus::Purposes = &[tus::Purpose {
    name: lab::file::PURPOSE,
    bytes_max: lab::file::FILE_BYTES_MAX,
    class: Class::Lab,
    begin: |tx, ctx, request| {
        let (case, name) = (web::id(request.told.get("case"))?, request.told.name());
        lab::file::store::begin(tx, ctx, case, &name, request.size_bytes)
    },
    finish: |tx, ctx, finished| {
        let arrived = lab::file::store::Arrived {
            id: finished.upload,
            case: web::id(finished.told.get("case"))?,
            name: finished.told.name(),
            size_bytes: finished.size_bytes,
            sha256: finished.sha256,
            scanned: finished.scanned,
            segments: finished.segments.clone(),
        };
        lab::file::store::keep(tx, ctx, &arrived)
    },
}];

/// All routes of all rooms.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Open, "/", front)
        .get(Door::Open, "/healthz", alive)
        .get(Door::Open, "/readyz", ready)
        .and(web::shell::routes())
        .and(people::routes())
        .and(visits::routes())
        .and(dicomweb::routes())
        .and(tus::routes(UPLOADS))
        .and(imaging::routes())
        .and(lab::routes())
        .and(safety::routes(&EVIDENCE))
}

/// The whole program: every page, and the WebSocket of calls.
pub fn whole(site: &Site, rooms: &signal::Rooms, shown: Option<mail::LogOnly>) -> Router {
    let signal = signal::Signal::new(rooms.clone(), Arc::new(Desk::new(site.clone())));
    let mut all = routes();
    if site.settings.demo {
        all = all.and(demo::routes(shown)).and(web::look::gallery::routes());
    }
    all.serve(site.clone()).merge(signal.router())
}

/// The start page: everybody's own home.
async fn front(asked: Asked) -> web::Result {
    use kernel::Who;
    match &asked.ctx.who {
        // Not everybody's work is the day: an inspector's is not.
        Who::Staff(_) => Ok(Answer::To(asked.ways().next().map_or("/settings", |it| it.href).to_owned())),
        Who::Patient(_) | Who::Guardian { .. } => Ok(Answer::To("/home".into())),
        _ => {
            let all = asked.site.read(&asked.ctx, |tx, _| people::facility::store::all(tx)).await?;
            Ok(demo::front(&asked, &all))
        }
    }
}

async fn alive(asked: Asked) -> web::Result {
    let disk = match asked.site.db.room() {
        db::Room::Enough => "enough",
        db::Room::Reading => "reading only",
        db::Room::None => "full",
    };
    Ok(Answer::Json(serde_json::json!({ "alive": true, "disk": disk })))
}

/// Ready means that an act can be made durable. Logs that are not signed are told too: the house serves, but somebody
/// must look.
async fn ready(asked: Asked) -> web::Result {
    let room = asked.site.db.room();
    if room != db::Room::Enough {
        return Err(Error::disk_full(format!("{room:?}")).into());
    }
    let unsigned = asked.site.db.write(None, audit::alarms).await?;
    Ok(Answer::Json(serde_json::json!({ "ready": true, "unsigned_logs": unsigned })))
}
