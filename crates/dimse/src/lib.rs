//! DIMSE, the protocol of modalities and archives (PS3.7, PS3.8): a face. It translates bytes into calls of `imaging` and
//! outcomes into status codes, and decides nothing; who may come is `imaging::station`'s to say.
//!
//! Each association has a thread of its own, since all it does is to wait for a socket, the disk or the database. Threads
//! are few: their number is limited in all and for each address.

mod association;
pub mod command;
mod commitment;
mod deliver;
pub mod identifier;
mod leaving;
pub mod pdu;
mod query;
mod receive;
mod send;
pub mod service;
mod wire;
mod worklist;

use std::collections::HashMap;
use std::net::{IpAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::Tx;
use imaging::station::Fingerprint;
use kernel::{Ctx, Date, FacilityId, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::Site;

pub use commitment::report_due;
pub use deliver::deliver;
pub use wire::{Stream, Ticks, Times};

/// The application entity title by which this installation is called.
pub const TITLE: &str = "HARUKA";
/// Stack of one association, as Rust gives it to any thread: the codecs are written for that, and what is not touched costs
/// nothing.
const STACK_BYTES: usize = 2 * 1024 * 1024;
/// How often a refused caller is put on record.
const NOTE_EVERY: Duration = Duration::from_secs(60);
/// Addresses remembered for that; a scan of a network must not fill the log.
const NOTED_MAX: usize = 256;

/// Makes the stream of a connection to us: TLS, or nothing at all.
pub type Wrap = Arc<dyn Fn(TcpStream) -> std::io::Result<Box<dyn Stream>> + Send + Sync>;
/// Makes the stream of a connection of ours, to a station that proves itself by this certificate: TLS, or an error.
pub type Reach = Arc<dyn Fn(TcpStream, Fingerprint) -> std::io::Result<Box<dyn Stream>> + Send + Sync>;

/// Who is expected at the facility of the act from one day to another, with its entry in the log.
pub type Worklist = Arc<dyn Fn(&mut Tx<'_>, &Ctx, Date, Date) -> Result<Vec<imaging::worklist::Entry>> + Send + Sync>;

/// How the face is set up.
#[derive(Clone)]
pub struct Settings {
    /// Associations at once.
    pub associations_max: usize,
    /// Associations at once from one address: a device that has lost its mind must not keep out the others.
    pub per_address_max: usize,
    /// How long is waited.
    pub times: Times,
    /// The clock of waiting times.
    pub ticks: Ticks,
    /// Demonstration: whoever calls from this computer belongs to this facility.
    pub loopback: Option<FacilityId>,
    /// TLS, or nothing, for those who call.
    pub wrap: Wrap,
    /// TLS for the stations with a certificate that we call.
    pub reach: Reach,
    /// Whoever calls must do so by a registered certificate.
    pub must_prove: bool,
    /// Where the worklist comes from; nothing where nobody is booked.
    pub worklist: Option<Worklist>,
    /// A gateway: what a device hears of commitments is what the server has shown.
    pub forwards: bool,
}

impl Settings {
    /// The usual ones, for plain connections both ways.
    #[must_use]
    pub fn plain(ticks: Ticks) -> Self {
        Self {
            associations_max: 256,
            per_address_max: 64,
            times: Times::default(),
            ticks,
            loopback: None,
            wrap: Arc::new(|socket| Ok(Box::new(socket) as Box<dyn Stream>)),
            reach: Arc::new(|_, _| Err(std::io::ErrorKind::Unsupported.into())),
            must_prove: false,
            worklist: None,
            forwards: false,
        }
    }
}

/// Who is connected now.
#[derive(Default)]
struct Guests {
    sockets: HashMap<u64, (IpAddr, TcpStream)>,
    next: u64,
    noted: HashMap<IpAddr, Duration>,
}

impl Guests {
    /// Whether a refused call from `address` goes on record: one in a minute is enough to find it.
    fn notes(&mut self, address: IpAddr, now: Duration) -> bool {
        self.noted.retain(|_, at| now.saturating_sub(*at) < NOTE_EVERY);
        let fresh = self.noted.len() < NOTED_MAX && !self.noted.contains_key(&address);
        if fresh {
            self.noted.insert(address, now);
        }
        fresh
    }

    fn count(&self, address: IpAddr) -> usize {
        self.sockets.values().filter(|it| it.0 == address).count()
    }
}

/// Serves until `stopped` says so; then ends every association.
pub async fn serve(listener: TcpListener, site: Site, settings: Settings, mut stopped: watch::Receiver<bool>) {
    let guests = Arc::new(Mutex::new(Guests::default()));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|it| *it) => break,
        };
        match accepted {
            Ok((stream, from)) => welcome(stream, from.ip(), &guests, &site, &settings),
            Err(error) => {
                // Out of descriptors, mostly: others must end before the next can come.
                tracing::warn!(%error, "a DICOM connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    if let Ok(guests) = guests.lock() {
        for (_, socket) in guests.sockets.values() {
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
    }
}

fn welcome(
    stream: tokio::net::TcpStream,
    address: IpAddr,
    guests: &Arc<Mutex<Guests>>,
    site: &Site,
    settings: &Settings,
) {
    let ready = || {
        let socket = stream.into_std()?;
        socket.set_nonblocking(false)?;
        let own = socket.try_clone()?;
        Ok::<_, std::io::Error>((socket, own))
    };
    let Ok((socket, own)) = ready() else { return };
    let (number, busy) = {
        let Ok(mut guests) = guests.lock() else { return };
        let busy =
            guests.sockets.len() >= settings.associations_max || guests.count(address) >= settings.per_address_max;
        // Twice the limit: those that are told to come back later are few and short.
        if guests.sockets.len() >= settings.associations_max * 2 {
            return;
        }
        guests.next += 1;
        let number = guests.next;
        guests.sockets.insert(number, (address, own));
        (number, busy)
    };
    let (site, settings, all) = (site.clone(), settings.clone(), guests.clone());
    let work = move || {
        let note = || all.lock().is_ok_and(|mut guests| guests.notes(address, (settings.ticks)()));
        association::run(socket, address, &site, &settings, busy, note);
        if let Ok(mut guests) = all.lock() {
            guests.sockets.remove(&number);
        }
    };
    let spawned = std::thread::Builder::new().name("dimse".into()).stack_size(STACK_BYTES).spawn(work);
    if spawned.is_err()
        && let Ok(mut guests) = guests.lock()
    {
        guests.sockets.remove(&number);
    }
}
