//! The rooms of this node, in memory: who is connected, who may meet whom, what was measured.
//!
//! Pages hold a [`Rooms`] and speak to a running call with it; sockets hold one too. Every method is short, takes one lock
//! and never waits. Decisions (`admit`, `remove`, `end`) must be written down by the caller first: after a restart the
//! rooms are empty, browsers come back within seconds, and [`Plug::admit`](crate::Plug::admit) says again who may enter.
//!
//! Several nodes: this type is the seam. Its calls become rows of an outbox (room, seq, to, body, expires) and each node
//! reads by seq what concerns the people connected to it, woken by LISTEN/NOTIFY (a payload is too small for a description).
//! Nothing outside this file knows that rooms are in one process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{Clock, Timestamp, clause};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use crate::message::{Said, Tell, code};
use crate::room::{Decision, Entered, Out, Person, Room};
use crate::{Level, Limits, Pointing, Refused, Report, Role, Seat, Standing, Totals, Why};

/// The rooms of this node; clones are handles to the same.
#[derive(Clone)]
pub struct Rooms(Arc<Inner>);

struct Inner {
    rooms: Mutex<HashMap<String, Room>>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

/// A room, as the waiting-room page of the staff shows it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RoomState {
    /// Since when it rings, if it does.
    pub ringing_since: Option<Timestamp>,
    /// Why it ended, if it did.
    pub ended: Option<String>,
    /// Everybody who is or was here, by person.
    pub people: Vec<PersonState>,
}

/// One person in a room.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonState {
    /// Who.
    pub person: String,
    /// In what role.
    pub role: Role,
    /// The name shown.
    pub name: String,
    /// Whether the door is open.
    pub standing: Standing,
    /// Whether a browser is connected now.
    pub connected: bool,
    /// Since when connected, or when the last connection began.
    pub since: Timestamp,
    /// When and why the last connection ended, if none is open.
    pub left: Option<(Timestamp, Why)>,
    /// Whether the person is in the mesh now.
    pub in_call: bool,
    /// When the person first was.
    pub first_entered: Option<Timestamp>,
    /// The last measurement and when it came.
    pub last_report: Option<(Timestamp, Report)>,
    /// Sums of what this person's browser received, by sender (OV-161).
    pub received: Vec<(String, Totals)>,
}

impl PersonState {
    /// The worst quality in the last measurement, if there is one.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.last_report.as_ref()?.1.links.iter().map(|it| it.level).min()
    }
}

impl RoomState {
    /// What `receiver`'s browser has received from `sender` over this call.
    #[must_use]
    pub fn received(&self, receiver: &str, sender: &str) -> Totals {
        let person = self.people.iter().find(|it| it.person == receiver);
        person
            .and_then(|it| it.received.iter().find(|(from, _)| from == sender))
            .map(|(_, sum)| *sum)
            .unwrap_or_default()
    }
}

impl Rooms {
    /// No rooms yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self(Arc::new(Inner { rooms: Mutex::default(), clock, limits }))
    }

    /// Rings at everybody of the patient's side who is not in the call yet, and at whoever comes while it rings.
    pub fn ring(&self, room: &str) {
        let (now, mut rooms) = self.lock();
        let room = Room::of(&mut rooms, room, now);
        room.ended = None;
        room.ringing_since = Some(now);
        let people: Vec<String> = room.people.keys().cloned().collect();
        people.iter().for_each(|it| room.tell_ring(it, now, self.0.limits.ring_ms));
    }

    /// Stops ringing.
    pub fn quiet(&self, room: &str) {
        let (now, mut rooms) = self.lock();
        Room::of(&mut rooms, room, now).quiet();
    }

    /// Opens the door for `person`, connected or not yet. After an end this begins the room's next call.
    ///
    /// # Errors
    /// [`Refused::Full`] when as many are admitted as a mesh carries.
    pub fn admit(&self, room: &str, person: &str) -> Result<(), Refused> {
        clause!("OV-164", "OV-244");
        let (now, mut rooms) = self.lock();
        let room = Room::of(&mut rooms, room, now);
        room.ended = None;
        if room.admitted_besides(person) >= self.0.limits.admitted_per_room {
            return Err(Refused::Full);
        }
        room.decisions.insert(person.into(), Decision::Admitted);
        if let Some(it) = room.people.get_mut(person)
            && it.seat.standing == Standing::Waiting
        {
            it.seat.standing = Standing::Admitted;
            let back = it.last_fingerprint.is_some();
            it.put(Out::Admitted { back });
            room.tell_ring(person, now, self.0.limits.ring_ms);
        }
        room.tell_outside();
        Ok(())
    }

    /// Closes the door on `person`, who is told `why`. Tickets of this person open nothing until [`Rooms::admit`].
    pub fn remove(&self, room: &str, person: &str, why: &str) {
        let (now, mut rooms) = self.lock();
        let room = Room::of(&mut rooms, room, now);
        room.decisions.insert(person.into(), Decision::Removed);
        let last = Arc::from(Tell::Removed { why: why.into() }.text());
        if let Some(it) = room.people.get_mut(person) {
            it.put(Out::Close(code::REMOVED, Some(last), Why::Removed));
        }
        room.drop_socket(person, None, Why::Removed, now);
    }

    /// Ends the call: everybody is told `why` and disconnected. Whoever comes back waits, until somebody is admitted or it is
    /// rung again: a visit may have several calls. When the visit is over too, [`Plug::admit`](crate::Plug::admit) refuses.
    pub fn end(&self, room: &str, why: &str) {
        let (now, mut rooms) = self.lock();
        let room = Room::of(&mut rooms, room, now);
        room.ended = Some(why.into());
        room.ringing_since = None;
        room.decisions.retain(|_, it| *it == Decision::Removed);
        let last: Arc<str> = Arc::from(Tell::Ended { why: why.into() }.text());
        for it in room.people.values_mut() {
            it.put(Out::Close(code::ENDED, Some(last.clone()), Why::Ended));
            it.out = None;
            it.entered = None;
            // The next call is answered anew.
            it.last_fingerprint = None;
            it.left.get_or_insert((now, Why::Ended));
        }
    }

    /// Tells every page in the room that something of `kind` has changed.
    pub fn notify(&self, room: &str, kind: &str) {
        let (now, mut rooms) = self.lock();
        let text = Arc::from(Tell::Notice { kind: kind.into() }.text());
        Room::of(&mut rooms, room, now).people.values_mut().for_each(|it| it.tell(&text));
    }

    /// Who is and was in the room.
    #[must_use]
    pub fn state(&self, room: &str) -> RoomState {
        let (_, rooms) = self.lock();
        let Some(room) = rooms.get(room) else { return RoomState::default() };
        let people = room.people.iter().map(|(person, it)| PersonState {
            person: person.clone(),
            role: it.seat.role,
            name: it.seat.name.clone(),
            standing: it.seat.standing,
            connected: it.out.is_some(),
            since: it.since,
            left: it.left,
            in_call: it.entered.is_some(),
            first_entered: it.first_entered,
            last_report: it.last_report.clone(),
            received: it.received.iter().map(|(from, sum)| (from.clone(), *sum)).collect(),
        });
        RoomState { ringing_since: room.ringing_since, ended: room.ended.clone(), people: people.collect() }
    }

    /// Asks every browser to come back in a moment: the server stops.
    pub fn close(&self) {
        let (now, mut rooms) = self.lock();
        for it in rooms.values_mut().flat_map(|it| it.people.values_mut()) {
            it.put(Out::Close(code::RESTART, None, Why::Lost));
            it.out = None;
            it.entered = None;
            it.left.get_or_insert((now, Why::Lost));
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn now(&self) -> Timestamp {
        kernel::time::cut(self.0.clock.now())
    }

    /// Seats somebody; an older window of the same person is told and closed.
    pub(crate) fn join(&self, mut seat: Seat, out: Sender<Out>) -> Result<(Seat, u64), Refused> {
        clause!("OV-163", "OV-244");
        let (now, mut rooms) = self.lock();
        let limits = &self.0.limits;
        let room = Room::of(&mut rooms, &seat.room, now);
        if room.ended.is_some() {
            // The ticket may have been looked up a moment before the end.
            seat.standing = Standing::Waiting;
        }
        match room.decisions.get(&seat.person) {
            Some(Decision::Removed) => return Err(Refused::Removed),
            Some(Decision::Admitted) => seat.standing = Standing::Admitted,
            None => {}
        }
        let others = room.people.values().filter(|it| it.out.is_some() && it.seat.person != seat.person).count();
        let admitted = room.admitted_besides(&seat.person);
        if others >= limits.people_per_room
            || (seat.standing == Standing::Admitted && admitted >= limits.admitted_per_room)
        {
            return Err(Refused::Full);
        }
        room.epochs += 1;
        let epoch = room.epochs;
        let old = room.people.get_mut(&seat.person);
        if let Some(old) = old {
            old.put(Out::Close(code::REPLACED, Some(Arc::from(Tell::Replaced.text())), Why::Replaced));
            room.drop_socket(&seat.person, None, Why::Replaced, now);
        }
        let person = room.people.entry(seat.person.clone()).or_insert_with(|| Person {
            seat: seat.clone(),
            epoch,
            out: None,
            since: now,
            left: None,
            entered: None,
            first_entered: None,
            last_fingerprint: None,
            last_report: None,
            received: Default::default(),
            sent: HashMap::new(),
        });
        person.seat = seat.clone();
        person.epoch = epoch;
        person.out = Some(out);
        person.since = now;
        person.left = None;
        person.last_report = None;
        person.sent.clear();
        let welcome = Tell::Welcome {
            room: seat.room.clone(),
            person: seat.person.clone(),
            role: seat.role,
            name: seat.name.clone(),
            standing: seat.standing,
            epoch,
        };
        person.tell(&Arc::from(welcome.text()));
        if seat.standing == Standing::Admitted {
            let back = person.last_fingerprint.is_some();
            person.put(Out::Admitted { back });
        }
        room.tell_ring(&seat.person, now, limits.ring_ms);
        room.tell_outside();
        Ok((seat, epoch))
    }

    /// Puts an admitted person into the mesh. Says whether another browser of the same person was there before;
    /// `None` when the person may not, or not any more.
    pub(crate) fn enter(&self, seat: &Seat, epoch: u64, fingerprint: String, signed: String) -> Option<bool> {
        clause!("OV-244");
        let (now, mut rooms) = self.lock();
        let room = rooms.get_mut(&seat.room)?;
        let person = room.people.get_mut(&seat.person)?;
        if person.epoch != epoch || person.out.is_none() || person.seat.standing != Standing::Admitted {
            return None;
        }
        let changed = person.last_fingerprint.as_ref().is_some_and(|it| *it != fingerprint);
        person.last_fingerprint = Some(fingerprint.clone());
        person.first_entered.get_or_insert(now);
        person.entered = Some(Entered { fingerprint, signed, changed });
        let called = !seat.role.is_clinic();
        let others: Vec<String> = room
            .people
            .iter()
            .filter(|(id, it)| **id != seat.person && it.entered.is_some())
            .map(|(id, _)| id.clone())
            .collect();
        for other in others {
            room.introduce(&seat.person, &other);
            room.introduce(&other, &seat.person);
        }
        if called && room.ringing_since.is_some() {
            room.quiet();
        }
        room.tell_outside();
        Some(changed)
    }

    /// Passes a message between two people who are both in the mesh; anything else falls silently.
    pub(crate) fn pass(&self, seat: &Seat, epoch: u64, to: &str, to_epoch: u64, body: Value) {
        let (_, mut rooms) = self.lock();
        let Some(room) = rooms.get_mut(&seat.room) else { return };
        let receives = room.people.get(to).is_some_and(|it| it.epoch == to_epoch && it.entered.is_some());
        let Some(person) = room.people.get_mut(&seat.person) else { return };
        if !receives || person.epoch != epoch || person.entered.is_none() || to == seat.person {
            return;
        }
        let sent = person.sent.entry(to.into()).or_insert((to_epoch, 0));
        *sent = if sent.0 == to_epoch { (to_epoch, sent.1 + 1) } else { (to_epoch, 1) };
        let tell = Tell::From { from: seat.person.clone(), epoch, seq: sent.1, body };
        if let Some(it) = room.people.get_mut(to) {
            it.tell(&Arc::from(tell.text()));
        }
    }

    /// Shows to everybody else of the clinics' side in the mesh where somebody of it points. A patient is shown pictures by a
    /// person, on that person's screen.
    pub(crate) fn point(&self, seat: &Seat, epoch: u64, pointing: Pointing) {
        let (_, mut rooms) = self.lock();
        let Some(room) = rooms.get_mut(&seat.room) else { return };
        let points = |it: &Person| it.epoch == epoch && it.entered.is_some() && it.seat.role.is_clinic();
        if !room.people.get(&seat.person).is_some_and(points) {
            return;
        }
        let text = Arc::from(Tell::Point { person: seat.person.clone(), pointing }.text());
        let others = room.people.iter_mut().filter(|(id, _)| **id != seat.person).map(|it| it.1);
        others.filter(|it| it.entered.is_some() && it.seat.role.is_clinic()).for_each(|it| it.tell(&text));
    }

    /// Whether this window still holds the seat and its door is open.
    pub(crate) fn is_admitted(&self, seat: &Seat, epoch: u64) -> bool {
        let (_, rooms) = self.lock();
        let person = rooms.get(&seat.room).and_then(|it| it.people.get(&seat.person));
        person.is_some_and(|it| it.epoch == epoch && it.out.is_some() && it.seat.standing == Standing::Admitted)
    }

    /// Gives a stored chat message to every admitted person.
    pub(crate) fn say(&self, seat: &Seat, said: Said) {
        let (_, mut rooms) = self.lock();
        let Some(room) = rooms.get_mut(&seat.room) else { return };
        let text = Arc::from(Tell::Chat(said).text());
        room.people.values_mut().filter(|it| it.seat.standing == Standing::Admitted).for_each(|it| it.tell(&text));
    }

    /// Adds a measurement; gives it back cut to what can be true.
    pub(crate) fn measured(&self, seat: &Seat, epoch: u64, report: Report) -> Option<Report> {
        clause!("OV-161", "OV-203");
        let (now, mut rooms) = self.lock();
        let room = rooms.get_mut(&seat.room)?;
        let entered = |it: &Person| it.first_entered.is_some() && it.seat.person != seat.person;
        let peers: Vec<String> =
            room.people.values().filter(|it| entered(it)).map(|it| it.seat.person.clone()).collect();
        let person = room.people.get_mut(&seat.person)?;
        if person.epoch != epoch || person.entered.is_none() {
            return None;
        }
        let since = person.last_report.as_ref().map_or(person.since, |(at, _)| *at);
        let report = report.sane(now.as_millisecond() - since.as_millisecond(), &peers);
        for link in &report.links {
            person.received.entry(link.peer.clone()).or_default().add(report.interval_ms, link);
        }
        person.last_report = Some((now, report.clone()));
        Some(report)
    }

    /// Frees the seat, if this window still holds it.
    pub(crate) fn leave(&self, seat: &Seat, epoch: u64, why: Why) {
        let (now, mut rooms) = self.lock();
        if let Some(room) = rooms.get_mut(&seat.room) {
            room.drop_socket(&seat.person, Some(epoch), why, now);
            room.touched = Some(now);
        }
    }

    fn lock(&self) -> (Timestamp, MutexGuard<'_, HashMap<String, Room>>) {
        (self.now(), self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
