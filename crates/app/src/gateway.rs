//! `haruka gateway`: at the clinic. DICOM comes in on the LAN, and goes on to a server; a page on loopback says how far.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Form, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, HOST, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clap::Subcommand;
use gateway::{Greeting, Own, Server, Settings, Worker, page};
use imaging::delivery;
use kernel::{Clock, Ctx, Error, FacilityId, Kind, Lang, Result, Timestamp, Who, clause};
use people::facility::store::{self as facilities, NewFacility};
use people::facility::{FacilityKind, Field};
use tokio::sync::watch;
use web::Site;

use crate::command::{Place, by_slug, operate, usage};
use crate::config::{Config, Dicom};
use crate::house::{House, WallClock};
use crate::{certificate, dicom, serve, tls, worker};

/// The clinic's slug in a gateway's own data folder: `haruka station add --facility gateway`.
const SLUG: &str = "gateway";
/// Seconds between two looks for devices that wait for a report, while nothing moves.
const REPORT_EVERY_S: u64 = 60;

/// What a gateway can be asked.
#[derive(Subcommand)]
pub(crate) enum Gateway {
    /// Says how far the gateway is.
    State {
        #[command(flatten)]
        place: Place,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Sends once more what did not arrive by itself.
    Retry {
        #[command(flatten)]
        place: Place,
    },
    /// Shows the certificate by which the server is to know this gateway; made if there is none.
    Certificate {
        #[command(flatten)]
        place: Place,
        /// Makes a new one, which counts from the gateway's next start.
        #[arg(long)]
        renew: bool,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Answers one of them. Whether nobody has to do anything.
pub(crate) fn ask(command: Gateway) -> Result<bool> {
    match command {
        Gateway::State { place, json } => {
            let config = place.config()?;
            let facility = by_slug(&place, SLUG.to_owned())?;
            let house = House::open(&config)?;
            let (files, now) = (identity(&config, house.now())?, house.now());
            let (server, own) = (&config.gateway.server, own(&files)?);
            let state = gateway::State::read(&house.db, facility, server, runs(&config.data), Some(own), now)?;
            if json {
                println!("{}", state.json());
            } else {
                let (progress, runs) = (&state.progress, if state.running { "runs" } else { "does not run" });
                println!(
                    "{runs}, {} waiting, {} delivered, {} refused",
                    progress.waiting, progress.delivered, progress.stuck
                );
                if let Some(it) = &progress.trouble {
                    println!("{} ({})", gateway::Fault::words(&it.fault).in_lang(Lang::En), it.detail);
                }
                if let Some(it) = &state.ending {
                    println!("{}", it.words().in_lang(Lang::En));
                }
                for it in &state.stuck {
                    println!("{}: {}", it.instance, it.outcome.words().in_lang(Lang::En));
                }
            }
            Ok(!state.needs_somebody())
        }
        Gateway::Retry { place } => {
            let facility = by_slug(&place, SLUG.to_owned())?;
            println!("{}", operate(&place, Some(facility), delivery::store::retry)?);
            Ok(true)
        }
        Gateway::Certificate { place, renew, json } => {
            let config = place.config()?;
            if renew && config.gateway.certificate_file.is_some() {
                return Err(usage("gateway.certificate_file is yours: renew it where you made it"));
            }
            let now = WallClock.now();
            let files = match renew {
                true => certificate::renew_gateway(&tls_folder(&config), now)?,
                false => identity(&config, now)?,
            };
            let own = own(&files)?;
            if json {
                let file = files.0.display().to_string();
                let ends_at = own.ends_at.to_string();
                println!("{}", serde_json::json!({ "file": file, "sha256": own.fingerprint, "ends_at": ends_at }));
            } else {
                println!("{}\nsha256 {}\nuntil {}", files.0.display(), own.fingerprint, own.ends_at);
            }
            Ok(true)
        }
    }
}

fn tls_folder(config: &Config) -> PathBuf {
    config.data.join("tls")
}

/// The files of the gateway's certificate and key: the operator's, or its own, made the first time.
fn identity(config: &Config, now: Timestamp) -> Result<(PathBuf, PathBuf)> {
    let own = &config.gateway;
    match own.certificate_file.clone().zip(own.certificate_key_file.clone()) {
        Some(files) => Ok(files),
        None => certificate::of_gateway(&tls_folder(config), now),
    }
}

/// The certificate as the state tells it.
fn own(files: &(PathBuf, PathBuf)) -> Result<Own> {
    let found = certificate::read(&files.0)?;
    Ok(Own { fingerprint: crypto::digest::hex(&found.fingerprint), ends_at: found.ends_at })
}

/// Whether a process has the folder.
fn runs(folder: &Path) -> bool {
    let lock = std::fs::File::options().write(true).open(folder.join("lock"));
    lock.is_ok_and(|it| it.try_lock().is_err())
}

/// Takes and sends until SIGTERM.
///
/// # Errors
/// Whatever keeps it from becoming ready, in the operator's words.
pub(crate) fn run(config: Config) -> Result<()> {
    clause!("TR-20");
    serve::talk();
    if config.gateway.server.is_empty() {
        return Err(usage("a gateway needs [gateway] server = \"https://…\" in its settings"));
    }
    if !config.gateway.page.ip().is_loopback() {
        return Err(usage("the status page is for loopback only"));
    }
    // The client of HTTP takes the process's provider. It can be chosen once; the same is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let token = token_of(&config.gateway)?;
    let lock = serve::alone(&config)?;
    let house = House::open(&config)?;
    let files = identity(&config, house.now())?;
    let (own, server) = (own(&files)?, Server::new(&settings(&config.gateway, token, &files)?)?);
    let facility = clinic(&house)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::unavailable)?;
    let served = runtime.block_on(work(&config, house, facility, server, own));
    runtime.shutdown_timeout(Duration::from_secs(1));
    drop(lock);
    served
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| Error::unavailable(format!("{}: {error}", file.display())))
}

/// The token; none only where a certificate of the operator's speaks for the gateway, to a proxy.
fn token_of(own: &crate::config::Gateway) -> Result<String> {
    match &own.token_file {
        Some(file) => Ok(String::from_utf8_lossy(&read(file)?).trim().to_owned()),
        None if own.certificate_file.is_some() && own.certificate_key_file.is_some() => Ok(String::new()),
        None => Err(usage("a gateway needs gateway.token_file, or gateway.certificate_file and its key")),
    }
}

fn settings(own: &crate::config::Gateway, token: String, files: &(PathBuf, PathBuf)) -> Result<Settings> {
    clause!("TR-12");
    let authorities = match &own.authority_file {
        Some(file) => read(file)?,
        None => tls::trusted()?,
    };
    // A pair that does not fit is told now, not by a failed handshake.
    tls::chain(&files.0, &files.1)?;
    let identity = Some((read(&files.0)?, read(&files.1)?));
    Ok(Settings { url: own.server.clone(), token, authorities, identity })
}

/// The clinic whose images these are; made at the first start.
fn clinic(house: &House) -> Result<FacilityId> {
    let found = house.db.write_blocking(None, |tx| facilities::by_slug(tx, SLUG));
    match found {
        Ok(it) => Ok(it.id),
        Err(error) if *error.kind() == Kind::NotFound => {
            let ctx = Ctx::new(Who::System("gateway"), None, house.now(), house.chance.clone());
            let text = String::new;
            let new = NewFacility {
                kind: FacilityKind::Clinic,
                field: Field::Dental,
                name: "Gateway".into(),
                slug: SLUG.into(),
                address: text(),
                phone: text(),
                mail: text(),
            };
            house.db.write_blocking(None, move |tx| facilities::create(tx, &ctx, &new)).map(|it| it.id)
        }
        Err(error) => Err(error),
    }
}

async fn work(config: &Config, house: House, facility: FacilityId, server: Server, own: Own) -> Result<()> {
    let host = match (config.dicom, config.dicom_tls.listen) {
        (Dicom::At(address), _) | (_, Dicom::At(address)) => address.ip().to_string(),
        (Dicom::Off, Dicom::Off) => return Err(usage("a gateway needs an address for DICOM")),
    };
    let began = Instant::now();
    let dimse = dimse::Settings { forwards: true, ..dimse::Settings::plain(Arc::new(move || began.elapsed())) };
    let dicom = dicom::Doors::open(config, &host, dimse).await?;
    let dimse = dicom.settings.clone();
    let [dicom_address, dicom_tls_address] = dicom.addresses().map(dicom::told);
    let page = serve::listen(config.gateway.page).await?;
    let page_address = page.local_addr().map_err(Error::unavailable)?;
    let (rooms, names) = (signal::Rooms::new(Arc::new(WallClock), signal::Limits::default()), worker::Names::default());
    let base_url = format!("http://{page_address}");
    let site = serve::site(config, &house, base_url, false, &rooms, &names, worker::door(config)?);
    let (stop, stopped) = watch::channel(false);
    let housekeeping =
        worker::run(site.clone(), worker::carriers(config)?, names, config.clock.ntp.clone(), stopped.clone());
    let housekeeping = tokio::spawn(housekeeping);

    let mut doors = tokio::task::JoinSet::new();
    dicom.serve(&mut doors, &site, &stopped);
    let shown = Shown {
        site: site.clone(),
        facility,
        server: server.url().to_owned(),
        token: Arc::from(token(&site)),
        address: page_address,
        own: own.clone(),
    };
    doors.spawn(tls::serve(page, tls::Speech::Plain, router(shown), stopped));

    let moved = Arc::new(AtomicU64::new(0));
    let (sender, reporter) = (
        Courier::start("gateway", {
            let (site, moved, own) = (site.clone(), moved.clone(), config.gateway.clone());
            move |wait| send(&site, facility, &server, &own, &moved, wait)
        })?,
        Courier::start("gateway-report", {
            let site = site.clone();
            move |wait| report(&site, facility, &dimse, &moved, wait)
        })?,
    );
    println!(
        "haruka gateway ready dicom={dicom_address} page=http://{page_address} dicom_tls={dicom_tls_address} certificate={}",
        own.fingerprint
    );
    tls::asked_to_stop().await;
    let _ = stop.send(true);
    doors.join_all().await;
    // A request that is under way is not waited for: what it brought is sent again, and harms nobody.
    sender.stop();
    reporter.stop();
    housekeeping.abort();
    Ok(())
}

/// A thread of its own that is told when it is over.
struct Courier(mpsc::Sender<()>);

impl Courier {
    /// `work` is given the way to wait: so many seconds, and false when it is over.
    fn start(name: &str, work: impl FnOnce(&dyn Fn(u64) -> bool) + Send + 'static) -> Result<Self> {
        let (over, ends) = mpsc::channel::<()>();
        let wait = move |seconds| {
            matches!(ends.recv_timeout(Duration::from_secs(seconds)), Err(mpsc::RecvTimeoutError::Timeout))
        };
        std::thread::Builder::new().name(name.into()).spawn(move || work(&wait)).map_err(Error::unavailable)?;
        Ok(Self(over))
    }

    fn stop(self) {
        let _ = self.0.send(());
    }
}

fn send(
    site: &Site,
    facility: FacilityId,
    server: &Server,
    own: &crate::config::Gateway,
    moved: &AtomicU64,
    wait: &dyn Fn(u64) -> bool,
) {
    let mut worker = Worker {
        db: &site.db,
        blobs: &site.blobs,
        facility,
        server,
        ctx: &|| site.job("gateway").at(facility),
        pause_s_max: own.pause_s.max(1),
        keep_days: i64::from(own.keep_days),
        passed: Vec::new(),
        let_go_at: None,
        greeting: Greeting::default(),
    };
    worker.run(wait, &|| {
        moved.fetch_add(1, Ordering::Relaxed);
    });
}

/// Tells devices what has arrived: soon after something has, and every minute.
fn report(
    site: &Site,
    facility: FacilityId,
    settings: &dimse::Settings,
    moved: &AtomicU64,
    wait: &dyn Fn(u64) -> bool,
) {
    let (mut seen, mut idle_s) = (u64::MAX, 0);
    while wait(1) {
        let now = moved.load(Ordering::Relaxed);
        idle_s += 1;
        if now == seen && idle_s < REPORT_EVERY_S {
            continue;
        }
        (seen, idle_s) = (now, 0);
        if let Err(error) = dimse::report_due(site, settings, facility) {
            tracing::error!(%error, "devices could not be told what has arrived");
        }
    }
}

/// What the page shows.
#[derive(Clone)]
struct Shown {
    site: Site,
    facility: FacilityId,
    server: String,
    token: Arc<str>,
    address: SocketAddr,
    own: Own,
}

impl Shown {
    async fn state(&self) -> Result<gateway::State> {
        let it = self.clone();
        let read = move || {
            let now = it.site.job("gateway").now;
            gateway::State::read(&it.site.db, it.facility, &it.server, true, Some(it.own), now)
        };
        tokio::task::spawn_blocking(read).await.map_err(Error::internal)?
    }
}

/// In the page's own form only: another page in the same browser cannot read it.
fn token(site: &Site) -> String {
    kernel::RowId::new(&site.job("gateway")).to_string()
}

fn router(shown: Shown) -> Router {
    Router::new()
        .route("/", get(look))
        .route("/state.json", get(state))
        .route("/retry", post(retry))
        .layer(axum::middleware::from_fn_with_state(shown.clone(), own_name))
        .with_state(shown)
}

/// Only under the names of this computer: a page elsewhere that lets its name point here reads nothing.
async fn own_name(State(shown): State<Shown>, request: Request, next: Next) -> Response {
    let port = shown.address.port();
    let host = request.headers().get(HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if host == shown.address.to_string() || host == format!("localhost:{port}") {
        let mut response = next.run(request).await;
        let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, axum::http::HeaderValue::from_static(policy));
        return response;
    }
    (StatusCode::MISDIRECTED_REQUEST, "not here\n").into_response()
}

fn failed(error: &Error) -> Response {
    tracing::error!(%error, "the gateway's page cannot be shown");
    (StatusCode::SERVICE_UNAVAILABLE, error.words().ja.to_string()).into_response()
}

async fn look(State(shown): State<Shown>, headers: HeaderMap) -> Response {
    let wish = headers.get(ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let lang = if wish.starts_with("en") { Lang::En } else { Lang::Ja };
    match shown.state().await {
        Ok(state) => page::page(lang, &state, &shown.token).into_response(),
        Err(error) => failed(&error),
    }
}

async fn state(State(shown): State<Shown>) -> Response {
    match shown.state().await {
        Ok(state) => axum::Json(state.json()).into_response(),
        Err(error) => failed(&error),
    }
}

#[derive(serde::Deserialize)]
struct Pressed {
    token: String,
}

async fn retry(State(shown): State<Shown>, Form(pressed): Form<Pressed>) -> Response {
    if *pressed.token != *shown.token {
        return (StatusCode::FORBIDDEN, "not from this page\n").into_response();
    }
    let ctx = Ctx { facility: Some(shown.facility), ..shown.site.job("gateway") };
    match shown.site.write(&ctx, delivery::store::retry).await {
        Ok(_) => (StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response(),
        Err(error) => failed(&error),
    }
}
