//! One WebSocket from hello to goodbye.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::Timestamp;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep_until, timeout};

use crate::limits::Bucket;
use crate::message::{Ask, Said, Tell, code};
use crate::room::Out;
use crate::{Happening, Limits, Plug, Refused, Report, Rooms, Seat, Why};

/// Bytes of a socket's buffers. Ten thousand people may wait at once; the default of 128 KiB each way would be 2.5 GB.
const BUFFER_BYTES: usize = 2 * 1024;
/// Longest wait for the rest of the house to look up a ticket, and for a reader to take a message.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest fingerprint as written in SDP (`sha-512` and 64 pairs), a key of a chat message is shorter.
const FINGERPRINT_BYTES_MAX: usize = 220;
/// Longest name a browser gives its own chat message.
const KEY_BYTES_MAX: usize = 64;

/// The signalling face: hand it a WebSocket, it does the rest.
#[derive(Clone)]
pub struct Signal {
    rooms: Rooms,
    plug: Arc<dyn Plug>,
    doors: Arc<Doors>,
}

impl Signal {
    /// Over these rooms, asking this plug.
    #[must_use]
    pub fn new(rooms: Rooms, plug: Arc<dyn Plug>) -> Self {
        Self { rooms, plug, doors: Arc::default() }
    }

    /// Takes a WebSocket; `address` is the browser's, as far as a trusted proxy or the socket tells.
    ///
    /// Anybody may open one: a ticket is not a cookie that another site's page could send along, so the origin says nothing.
    /// Too many from one address are answered 429 before the upgrade.
    pub fn connect(&self, upgrade: WebSocketUpgrade, address: Option<IpAddr>) -> Response {
        let limits = self.rooms.limits();
        let Some(door) = Doors::open(&self.doors, address, limits) else {
            return StatusCode::TOO_MANY_REQUESTS.into_response();
        };
        let signal = self.clone();
        upgrade
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(limits.message_bytes)
            .max_frame_size(limits.message_bytes)
            .on_upgrade(move |socket| signal.serve(socket, address, door))
    }

    /// `GET /signal` for servers that know addresses by [`ConnectInfo`].
    pub fn router(&self) -> Router {
        async fn socket(
            State(signal): State<Signal>,
            ConnectInfo(address): ConnectInfo<SocketAddr>,
            upgrade: WebSocketUpgrade,
        ) -> Response {
            signal.connect(upgrade, Some(address.ip()))
        }
        Router::new().route("/signal", get(socket)).with_state(self.clone())
    }

    async fn serve(self, mut socket: WebSocket, address: Option<IpAddr>, mut door: Door) {
        let hello = Duration::from_secs(self.rooms.limits().hello_s);
        let ticket = match timeout(hello, first(&mut socket)).await {
            Ok(Some(ticket)) => ticket,
            Ok(None) => return close(&mut socket, code::RULES, None).await,
            Err(_) => return close(&mut socket, code::SILENT, None).await,
        };
        let admitted = timeout(PATIENCE, self.plug.admit(ticket, address)).await.unwrap_or(Err(Refused::Unavailable));
        let (sender, receiver) = mpsc::channel(self.rooms.limits().queue);
        let (seat, epoch) = match admitted.and_then(|seat| self.rooms.join(seat, sender)) {
            Ok(joined) => joined,
            Err(why) => {
                let text = Arc::from(Tell::Refused { why }.text());
                return close(&mut socket, code::REFUSED, Some(text)).await;
            }
        };
        door.known();
        let (ledger, entries) = mpsc::channel(self.rooms.limits().queue);
        let writing = tokio::spawn(write_ledger(self.plug.clone(), seat.clone(), entries));
        let mut line = Line { signal: &self, seat: &seat, epoch, ledger: &ledger };
        line.note(Entry::Joined).await;
        let (why, last) = line.run(&mut socket, receiver).await;
        self.rooms.leave(&seat, epoch, why);
        line.note(Entry::Left(why)).await;
        if let Some((code, text)) = last {
            close(&mut socket, code, text).await;
        }
        drop(ledger);
        if let Err(cause) = writing.await {
            tracing::error!(%cause, "signal: the ledger of a socket stopped");
        }
    }
}

/// Last words before closing.
type Last = Option<(u16, Option<Arc<str>>)>;

/// The house cannot answer now: the browser tries again by itself, and what already flows between the people goes on.
fn unavailable() -> (u16, Option<Arc<str>>) {
    (code::REFUSED, Some(Arc::from(Tell::Refused { why: Refused::Unavailable }.text())))
}

/// A joined socket.
struct Line<'a> {
    signal: &'a Signal,
    seat: &'a Seat,
    epoch: u64,
    ledger: &'a Sender<(Timestamp, Entry)>,
}

impl Line<'_> {
    async fn run(&mut self, socket: &mut WebSocket, mut receiver: Receiver<Out>) -> (Why, Last) {
        let limits = self.signal.rooms.limits().clone();
        let (ping, silence) = (Duration::from_secs(limits.ping_s), Duration::from_secs(limits.silence_s));
        let mut bucket = Bucket::new(&limits, self.signal.rooms.now());
        let mut heard = Instant::now();
        let mut next_ping = heard + ping;
        loop {
            tokio::select! {
                biased;
                out = receiver.recv() => match out {
                    Some(Out::Text(text)) => if !send(socket, &text).await { return (Why::Lost, None) },
                    Some(Out::Admitted { back }) => if !self.admitted(socket, back).await { return (Why::Lost, None) },
                    Some(Out::Close(code, text, why)) => return (why, Some((code, text))),
                    // The room let go of us: our queue was full.
                    None => return (Why::Lost, Some((code::MANY, None))),
                },
                message = socket.recv() => {
                    heard = Instant::now();
                    let text = match message {
                        Some(Ok(Message::Text(text))) => text,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                        Some(Ok(Message::Binary(_))) => return (Why::Rules, Some((code::RULES, None))),
                        Some(Ok(Message::Close(_))) | None => return (Why::Lost, None),
                        // Oversize arrives here as an error of the reader.
                        Some(Err(cause)) => {
                            let large = is_large(&cause);
                            return if large { (Why::Rules, Some((code::LARGE, None))) } else { (Why::Lost, None) };
                        }
                    };
                    if !bucket.take(self.signal.rooms.now()) {
                        return (Why::Rules, Some((code::MANY, None)));
                    }
                    let Ok(ask) = serde_json::from_str::<Ask>(&text) else {
                        return (Why::Rules, Some((code::RULES, None)));
                    };
                    match self.answer(socket, ask).await {
                        Next::On => {}
                        Next::End(why, last) => return (why, last),
                    }
                },
                () = sleep_until(next_ping) => {
                    if heard.elapsed() >= silence {
                        return (Why::Lost, Some((code::SILENT, None)));
                    }
                    next_ping = Instant::now() + ping;
                    if !matches!(timeout(PATIENCE, socket.send(Message::Ping(Default::default()))).await, Ok(Ok(()))) {
                        return (Why::Lost, None);
                    }
                },
            }
        }
    }

    async fn answer(&mut self, socket: &mut WebSocket, ask: Ask) -> Next {
        let (rooms, plug) = (&self.signal.rooms, &self.signal.plug);
        match ask {
            Ask::Hello { .. } => return Next::End(Why::Rules, Some((code::RULES, None))),
            Ask::Enter { fingerprint } => {
                if fingerprint.len() > FINGERPRINT_BYTES_MAX || !rooms.is_admitted(self.seat, self.epoch) {
                    return Next::On;
                }
                let Some(signed) = plug.sign(self.seat.clone(), fingerprint.clone()).await else {
                    return Next::End(Why::Lost, Some(unavailable()));
                };
                if let Some(changed) = rooms.enter(self.seat, self.epoch, fingerprint, signed) {
                    let what = if changed { Happening::ChangedDevice } else { Happening::Entered };
                    self.note(Entry::Happened(what)).await;
                }
            }
            Ask::To { to, epoch, body } => rooms.pass(self.seat, self.epoch, &to, epoch, body),
            Ask::Point(pointing) if !pointing.is_sane() => return Next::End(Why::Rules, Some((code::RULES, None))),
            Ask::Point(pointing) => rooms.point(self.seat, self.epoch, pointing),
            Ask::Chat { key, text } => return self.chat(socket, key, text).await,
            Ask::Report(report) => {
                if let Some(report) = rooms.measured(self.seat, self.epoch, report) {
                    self.note(Entry::Report(Box::new(report))).await;
                }
            }
            Ask::Note { what } => {
                // These two the server sees itself.
                if !matches!(what, Happening::Entered | Happening::ChangedDevice) {
                    self.note(Entry::Happened(what)).await;
                }
                if what == Happening::Declined {
                    rooms.quiet(&self.seat.room);
                    rooms.notify(&self.seat.room, "declined");
                }
            }
            Ask::Ice => {
                if rooms.is_admitted(self.seat, self.epoch) {
                    let ice = plug.turn(self.seat.clone()).await;
                    return Next::sent(send(socket, &Tell::Ice { ice }.text()).await);
                }
            }
            Ask::Ping => return Next::sent(send(socket, &Tell::Pong.text()).await),
            Ask::Bye => return Next::End(Why::Left, Some((1000, None))),
        }
        Next::On
    }

    /// Stores a message, then gives it to all, the sender included. Nobody reads what was not stored.
    async fn chat(&mut self, socket: &mut WebSocket, key: String, text: String) -> Next {
        let (rooms, plug) = (&self.signal.rooms, &self.signal.plug);
        if !rooms.is_admitted(self.seat, self.epoch) || key.len() > KEY_BYTES_MAX {
            return Next::On;
        }
        let text = text.trim().to_owned();
        let most = rooms.limits().chat_chars;
        let unsaid = |ja: String, en: String, key: String| Tell::Unsaid { key, ja, en }.text();
        if text.is_empty() || text.chars().count() > most {
            let ja = format!("1文字以上{most}文字以内で入力してください。");
            let en = format!("Please write between 1 and {most} characters.");
            return Next::sent(send(socket, &unsaid(ja, en, key)).await);
        }
        match plug.chat(self.seat.clone(), key.clone(), text.clone()).await {
            Ok(stored) => {
                let (person, name) = (self.seat.person.clone(), self.seat.name.clone());
                rooms
                    .say(self.seat, Said { id: stored.id, key, person, name, text, at_ms: stored.at.as_millisecond() });
                Next::On
            }
            Err(error) => {
                tracing::warn!(%error, "signal: a chat message was not stored");
                let words = error.words();
                Next::sent(send(socket, &unsaid(words.ja.to_string(), words.en.to_string(), key)).await)
            }
        }
    }

    async fn admitted(&mut self, socket: &mut WebSocket, back: bool) -> bool {
        let ice = self.signal.plug.turn(self.seat.clone()).await;
        let said = self.signal.plug.said(self.seat.clone()).await;
        let said = said.into_iter().map(|it| Said {
            id: it.id,
            key: String::new(),
            person: it.person,
            name: it.name,
            text: it.text,
            at_ms: it.at.as_millisecond(),
        });
        send(socket, &Tell::Admitted { ice, back, said: said.collect() }.text()).await
    }

    /// Into the record, in order, without holding up the line unless the record is far behind.
    async fn note(&mut self, entry: Entry) {
        let _ = self.ledger.send((self.signal.rooms.now(), entry)).await;
    }
}

enum Next {
    On,
    End(Why, Last),
}

impl Next {
    fn sent(ok: bool) -> Self {
        if ok { Self::On } else { Self::End(Why::Lost, None) }
    }
}

/// What goes to the plug in the order in which it happened.
enum Entry {
    Joined,
    Happened(Happening),
    Report(Box<Report>),
    Left(Why),
}

async fn write_ledger(plug: Arc<dyn Plug>, seat: Seat, mut entries: Receiver<(Timestamp, Entry)>) {
    while let Some((at, entry)) = entries.recv().await {
        let seat = seat.clone();
        match entry {
            Entry::Joined => plug.joined(seat, at).await,
            Entry::Happened(what) => plug.happened(seat, what, at).await,
            Entry::Report(report) => plug.report(seat, *report, at).await,
            Entry::Left(why) => plug.left(seat, why, at).await,
        }
    }
}

/// The ticket of the first message, if that is a hello.
async fn first(socket: &mut WebSocket) -> Option<String> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => match serde_json::from_str(&text) {
                Ok(Ask::Hello { ticket }) => return Some(ticket),
                _ => return None,
            },
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            _ => return None,
        }
    }
}

fn is_large(cause: &axum::Error) -> bool {
    // The reader's error type is not exported by axum; its words are the only way to tell.
    cause.to_string().contains("too long")
}

async fn send(socket: &mut WebSocket, text: &str) -> bool {
    matches!(timeout(PATIENCE, socket.send(Message::Text(text.into()))).await, Ok(Ok(())))
}

async fn close(socket: &mut WebSocket, code: u16, last: Option<Arc<str>>) {
    if let Some(text) = last
        && !send(socket, &text).await
    {
        return;
    }
    let frame = CloseFrame { code, reason: Default::default() };
    if timeout(PATIENCE, socket.send(Message::Close(Some(frame)))).await.is_ok() {
        // Reads on for the other side's goodbye, so that the last words are not lost in a reset.
        let _ = timeout(Duration::from_secs(2), async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}

/// How many sockets each address has open.
#[derive(Default)]
struct Doors(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    strangers: usize,
}

/// One counted socket; uncounts itself.
struct Door {
    doors: Arc<Doors>,
    address: Option<IpAddr>,
    stranger: bool,
}

impl Doors {
    fn open(doors: &Arc<Self>, address: Option<IpAddr>, limits: &Limits) -> Option<Door> {
        let mut counts = doors.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= limits.sockets {
            return None;
        }
        if let Some(address) = address {
            let open = counts.by_address.entry(address).or_default();
            if open.all >= limits.sockets_per_address || open.strangers >= limits.strangers_per_address {
                return None;
            }
            open.all += 1;
            open.strangers += 1;
        }
        counts.all += 1;
        Some(Door { doors: doors.clone(), address, stranger: true })
    }
}

impl Door {
    /// The ticket was good.
    fn known(&mut self) {
        let mut counts = self.doors.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = self.address.and_then(|it| counts.by_address.get_mut(&it)) {
            open.strangers = open.strangers.saturating_sub(1);
        }
        self.stranger = false;
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let mut counts = self.doors.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(open) = counts.by_address.get_mut(&address) {
            open.all = open.all.saturating_sub(1);
            open.strangers = open.strangers.saturating_sub(usize::from(self.stranger));
            if open.all == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}
