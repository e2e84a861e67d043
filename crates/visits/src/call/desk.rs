//! What the sockets of a call ask. The app plugs this into the room `signal`; the shapes follow its questions one by one.
//! A socket's act is one act on the database like a page's, by the person in the seat.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::turn::Credential;
use db::Tx;
use kernel::{BookingId, Ctx, Error, FacilityId, Kind, Result, Timestamp, Who, clause, time};
use web::Site;

use super::ticket::{self, Opened, Ticket};
use super::{RELAY_MIN, record, store};

/// Rooms remembered at most; beyond, those that nobody sits in are forgotten.
const ROOMS_MAX: usize = 10_000;

/// A place in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The room: the id of the booking.
    pub room: String,
    /// The seat in it.
    pub person: String,
}

/// In what role somebody sits there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The patient.
    Patient,
    /// The guardian who acts for the patient.
    Guardian,
    /// The doctor who leads the call.
    Doctor,
    /// Staff of the clinic.
    Staff,
    /// Any other further person.
    Third,
}

/// What a ticket is worth.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Where.
    pub place: Place,
    /// As what.
    pub role: Role,
    /// The name that the others see.
    pub name: String,
    /// Whether the door is open.
    pub admitted: bool,
}

/// Why a ticket opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSeat {
    /// Not ours, not this session's, or not let in.
    Stranger,
    /// It was good once.
    Expired,
    /// The visit is over.
    Over,
    /// Cannot be looked up now.
    Unavailable,
}

/// What one browser received of another person since its last report.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// From whom.
    pub from: String,
    /// Milliseconds with new frames.
    pub picture_ms: u32,
    /// Milliseconds with sound.
    pub sound_ms: u32,
    /// Milliseconds with both.
    pub both_ms: u32,
    /// Frames decoded.
    pub frames: u32,
    /// Round trip.
    pub rtt_ms: Option<u32>,
    /// Lost packets, 0 to 1.
    pub loss: f32,
    /// By what way (`direct`, `udp`, `tcp`, `tls`, `unknown`).
    pub relay: String,
    /// As the person was shown it (`good`, `fair`, `bad`).
    pub level: String,
}

/// A line of the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub person: String,
    /// The name shown.
    pub name: String,
    /// The text, plain.
    pub text: String,
}

/// A relay with a credential.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Its addresses.
    pub urls: Vec<String>,
    /// What the browser shows to it.
    pub credential: Credential,
    /// Seconds until the credential is void.
    pub ttl_s: u32,
}

/// Answers the sockets.
pub struct Desk {
    site: Site,
    /// The facility of each room with somebody in it, and how many: a socket is asked for its ticket first, so every
    /// later question is about a room that is known here.
    rooms: Mutex<HashMap<String, (FacilityId, usize)>>,
}

impl Desk {
    /// The desk of `site`.
    #[must_use]
    pub fn new(site: Site) -> Self {
        Self { site, rooms: Mutex::default() }
    }

    /// What `ticket` is worth now.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub async fn admit(&self, ticket: &str, address: Option<IpAddr>) -> Result<Seat, NoSeat> {
        clause!("OV-163", "OV-244");
        let ticket = ticket::read(&self.site.key, ticket, self.site.clock.now())?;
        let mut ctx = self.ctx(ticket.facility);
        ctx.address = address;
        ctx.session = ticket.session;
        let asked = ticket.clone();
        let opened = self.site.read(&ctx, move |tx, ctx| ticket::open(tx, ctx, &asked)).await.map_err(|error| {
            tracing::info!(%error, "a ticket was not looked up");
            if matches!(error.kind(), Kind::NotFound) { NoSeat::Stranger } else { NoSeat::Unavailable }
        })??;
        let room = ticket.booking.to_string();
        let mut rooms = self.rooms();
        if rooms.len() >= ROOMS_MAX {
            rooms.retain(|_, (_, seated)| *seated > 0);
        }
        rooms.entry(room).or_insert((ticket.facility, 0));
        Ok(seat(&ticket, opened))
    }

    /// Somebody is connected.
    pub async fn joined(&self, place: &Place, at: Timestamp) {
        if let Some((_, seated)) = self.rooms().get_mut(&place.room) {
            *seated += 1;
        }
        self.note(place, at, record::join).await;
    }

    /// Somebody is no longer connected.
    pub async fn left(&self, place: &Place, why: &str, at: Timestamp) {
        let why = why.to_owned();
        self.note(place, at, move |tx, ctx, booking, seat| record::leave(tx, ctx, booking, seat, &why)).await;
        let mut rooms = self.rooms();
        if let Some((_, seated)) = rooms.get_mut(&place.room) {
            // The entry stays: a browser that comes back may have shown its ticket already.
            *seated = seated.saturating_sub(1);
        }
    }

    /// What a browser measured.
    pub async fn report(&self, place: &Place, received: Vec<Received>, at: Timestamp) {
        self.note(place, at, move |tx, ctx, booking, seat| record::receive(tx, ctx, booking, seat, &received)).await;
    }

    /// Something happened to somebody.
    pub async fn happened(&self, place: &Place, what: &str, at: Timestamp) {
        let what = what.to_owned();
        self.note(place, at, move |tx, ctx, booking, seat| record::happen(tx, ctx, booking, seat, &what)).await;
    }

    /// Stores a line of the chat.
    ///
    /// # Errors
    /// As [`record::say`].
    pub async fn chat(&self, place: &Place, key: &str, text: &str) -> Result<Said> {
        let (key, text) = (key.to_owned(), text.to_owned());
        self.act(place, None, move |tx, ctx, booking, seat| record::say(tx, ctx, booking, seat, &key, &text)).await
    }

    /// What was written in this call; seeing it is on record.
    pub async fn said(&self, place: &Place) -> Vec<Said> {
        let said = self.act(place, None, |tx, ctx, booking, seat| {
            let lines = record::said(tx, booking)?;
            if !lines.is_empty() {
                record::viewed(tx, ctx, booking, seat)?;
            }
            Ok(lines)
        });
        said.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the chat could not be read");
            Vec::new()
        })
    }

    /// The relay for somebody who is let in; none where the installation has none.
    #[must_use]
    pub fn relay(&self, place: &Place) -> Option<Relay> {
        clause!("OV-244");
        let turn = self.site.settings.turn.as_ref()?;
        let expires = time::plus_min(self.site.clock.now(), RELAY_MIN);
        Some(Relay {
            urls: turn.urls.clone(),
            credential: crypto::turn::credential(&turn.secret, &place.person, expires),
            ttl_s: u32::try_from(RELAY_MIN * 60).unwrap_or(0),
        })
    }

    /// Whether calls use the relay only.
    #[must_use]
    pub fn relay_only(&self) -> bool {
        self.site.settings.relay_only
    }

    /// The facility's signature over `statement`, in base64.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign(&self, place: &Place, statement: &str) -> Result<String> {
        let statement = statement.to_owned();
        self.act(place, None, move |tx, ctx, _, _| {
            let signer = store::signer(tx, ctx)?;
            Ok(STANDARD.encode(signer.sign(statement.as_bytes())))
        })
        .await
    }

    fn rooms(&self) -> std::sync::MutexGuard<'_, HashMap<String, (FacilityId, usize)>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ctx(&self, facility: FacilityId) -> Ctx {
        Ctx::new(Who::System("call"), Some(facility), self.site.clock.now(), self.site.chance.clone())
    }

    /// An act whose failure the browser cannot mend: it is logged here, once.
    async fn note(
        &self,
        place: &Place,
        at: Timestamp,
        act: impl FnOnce(&mut Tx<'_>, &Ctx, BookingId, &str) -> Result<()> + Send + 'static,
    ) {
        if let Err(error) = self.act(place, Some(at), act).await {
            tracing::error!(%error, room = place.room, "a line of the call's record is missing");
        }
    }

    async fn act<T: Send + 'static>(
        &self,
        place: &Place,
        at: Option<Timestamp>,
        act: impl FnOnce(&mut Tx<'_>, &Ctx, BookingId, &str) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let facility = self.rooms().get(&place.room).map(|it| it.0);
        let facility = facility.ok_or_else(|| Error::not_found("a room that nobody was let into"))?;
        let booking: BookingId = place.room.parse().map_err(|_| Error::not_found("room"))?;
        let mut ctx = self.ctx(facility);
        if let Some(at) = at {
            ctx.now = time::cut(at);
        }
        let seat = place.person.clone();
        self.site.write(&ctx, move |tx, ctx| act(tx, ctx, booking, &seat)).await
    }
}

fn seat(ticket: &Ticket, opened: Opened) -> Seat {
    let role = match (ticket.seat, ticket.guardian) {
        (ticket::Seat::Patient, None) => Role::Patient,
        (ticket::Seat::Patient, Some(_)) => Role::Guardian,
        (ticket::Seat::Doctor, _) => Role::Doctor,
        (ticket::Seat::Third, _) => Role::Third,
    };
    let place = Place { room: ticket.booking.to_string(), person: ticket.person.clone() };
    Seat { place, role, name: opened.name, admitted: opened.admitted }
}
