//! One room from the inside: seats, decisions, and telling the others. [`Rooms`](crate::Rooms) holds the lock around it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kernel::Timestamp;
use tokio::sync::mpsc::Sender;

use crate::message::{Outside, Peer, Tell};
use crate::{Report, Seat, Standing, Totals, Why};

/// Milliseconds for which an empty room keeps its decisions and sums: longer than any visit is interrupted.
const EMPTY_MS_MAX: i64 = 6 * 60 * 60 * 1_000;
/// Rooms looked at for sweeping when a new one is made.
const SWEEP_AT: usize = 64;

/// What a socket's task is told to do.
#[derive(Debug)]
pub(crate) enum Out {
    /// Send this text.
    Text(Arc<str>),
    /// The door has opened: fetch relays and chat, then say so.
    Admitted {
        /// See [`Tell::Admitted`].
        back: bool,
    },
    /// Send the last words, close, and leave for this reason.
    Close(u16, Option<Arc<str>>, Why),
}

#[derive(Default)]
pub(crate) struct Room {
    pub(crate) people: BTreeMap<String, Person>,
    /// Decisions made while this room is known; they overrule what a ticket said a moment earlier.
    pub(crate) decisions: HashMap<String, Decision>,
    pub(crate) epochs: u64,
    pub(crate) ringing_since: Option<Timestamp>,
    pub(crate) ended: Option<String>,
    pub(crate) touched: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Admitted,
    Removed,
}

pub(crate) struct Person {
    pub(crate) seat: Seat,
    pub(crate) epoch: u64,
    pub(crate) out: Option<Sender<Out>>,
    pub(crate) since: Timestamp,
    pub(crate) left: Option<(Timestamp, Why)>,
    pub(crate) entered: Option<Entered>,
    pub(crate) first_entered: Option<Timestamp>,
    /// Of this call; none before the person was in it.
    pub(crate) last_fingerprint: Option<String>,
    pub(crate) last_report: Option<(Timestamp, Report)>,
    /// Received from whom; kept while the room is, over reconnects.
    pub(crate) received: BTreeMap<String, Totals>,
    /// Messages sent to whom, in that person's present window.
    pub(crate) sent: HashMap<String, (u64, u64)>,
}

#[derive(Clone)]
pub(crate) struct Entered {
    pub(crate) fingerprint: String,
    pub(crate) signed: String,
    pub(crate) changed: bool,
}

impl Room {
    pub(crate) fn of<'a>(rooms: &'a mut HashMap<String, Room>, name: &str, now: Timestamp) -> &'a mut Room {
        if !rooms.contains_key(name) && rooms.len().is_multiple_of(SWEEP_AT) {
            rooms.retain(|_, it| it.is_worth_keeping(now));
        }
        let room = rooms.entry(name.into()).or_default();
        room.touched = Some(now);
        room
    }

    fn is_worth_keeping(&self, now: Timestamp) -> bool {
        let age_ms = self.touched.map_or(0, |it| now.as_millisecond() - it.as_millisecond());
        age_ms < EMPTY_MS_MAX || self.people.values().any(|it| it.out.is_some())
    }

    pub(crate) fn admitted_besides(&self, person: &str) -> usize {
        let connected = |it: &&Person| it.out.is_some() && it.seat.standing == Standing::Admitted;
        self.people.values().filter(connected).filter(|it| it.seat.person != person).count()
    }

    fn ring_left(&self, now: Timestamp, ring_ms: i64) -> i64 {
        self.ringing_since.map_or(0, |it| (ring_ms - (now.as_millisecond() - it.as_millisecond())).max(0))
    }

    /// Tells `person` that it rings, if it does: the patient's side hears it, the clinic's side sees it.
    pub(crate) fn tell_ring(&mut self, person: &str, now: Timestamp, ring_ms: i64) {
        let for_ms = self.ring_left(now, ring_ms);
        let Some(it) = self.people.get_mut(person).filter(|_| for_ms > 0) else { return };
        if it.is_called() {
            it.tell(&Arc::from(Tell::Ring { for_ms }.text()));
        } else if it.seat.role.is_clinic() && it.seat.standing == Standing::Admitted {
            it.tell(&Arc::from(Tell::Ringing { for_ms }.text()));
        }
    }

    pub(crate) fn quiet(&mut self) {
        if self.ringing_since.take().is_some() {
            let text = Arc::from(Tell::Quiet.text());
            self.people.values_mut().for_each(|it| it.tell(&text));
        }
    }

    /// Tells `listener` about `subject`, both being in the mesh.
    pub(crate) fn introduce(&mut self, listener: &str, subject: &str) {
        let Some(it) = self.people.get(subject) else { return };
        let Some(entered) = it.entered.clone() else { return };
        let Some(other) = self.people.get(listener) else { return };
        // The clinic's offer wins when two cross; among equals the smaller id yields. Each side is told its own part.
        let polite = match (other.seat.role.is_clinic(), it.seat.role.is_clinic()) {
            (true, false) => false,
            (false, true) => true,
            _ => listener < subject,
        };
        let tell = Tell::Peer(Peer {
            person: it.seat.person.clone(),
            role: it.seat.role,
            name: it.seat.name.clone(),
            epoch: it.epoch,
            fingerprint: entered.fingerprint,
            signed: entered.signed,
            polite,
            changed: entered.changed,
        });
        if let Some(it) = self.people.get_mut(listener) {
            it.tell(&Arc::from(tell.text()));
        }
    }

    pub(crate) fn tell_outside(&mut self) {
        let outside = |it: &&Person| it.out.is_some() && it.entered.is_none();
        let people = self.people.values().filter(outside).map(|it| Outside {
            person: it.seat.person.clone(),
            role: it.seat.role,
            name: it.seat.name.clone(),
            standing: it.seat.standing,
        });
        let text = Arc::from(Tell::Outside { people: people.collect() }.text());
        let clinic = |it: &&mut Person| it.seat.role.is_clinic() && it.seat.standing == Standing::Admitted;
        self.people.values_mut().filter(clinic).for_each(|it| it.tell(&text));
    }

    /// Takes the socket off the seat (only the one of `epoch`, if given) and tells the others.
    pub(crate) fn drop_socket(&mut self, person: &str, epoch: Option<u64>, why: Why, now: Timestamp) {
        let Some(it) = self.people.get_mut(person) else { return };
        if epoch.is_some_and(|epoch| epoch != it.epoch) || it.left.is_some() {
            return;
        }
        it.out = None;
        it.left = Some((now, why));
        if why == Why::Removed {
            it.seat.standing = Standing::Waiting;
        }
        let epoch = it.epoch;
        if it.entered.take().is_some() {
            let text = Arc::from(Tell::Gone { person: person.into(), epoch, why }.text());
            self.people.values_mut().filter(|it| it.entered.is_some()).for_each(|it| it.tell(&text));
        }
        self.tell_outside();
    }
}

impl Person {
    /// Whether a ring concerns this person: the patient's side, admitted, not in the call.
    pub(crate) fn is_called(&self) -> bool {
        !self.seat.role.is_clinic() && self.seat.standing == Standing::Admitted && self.entered.is_none()
    }

    pub(crate) fn tell(&mut self, text: &Arc<str>) {
        self.put(Out::Text(text.clone()));
    }

    /// A reader so slow that its queue is full is cut off: its task sees the closed queue and leaves, the browser comes back.
    pub(crate) fn put(&mut self, out: Out) {
        if self.out.as_ref().is_some_and(|it| it.try_send(out).is_err()) {
            self.out = None;
        }
    }
}
