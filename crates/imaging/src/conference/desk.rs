//! What the sockets of a conference ask. The app plugs this into the room `signal` beside the desk of the visits. A socket's act is
//! one act on the database like a page's, by the person in the seat.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use db::Tx;
use kernel::{Ctx, Error, FacilityId, Kind, PersonId, Result, Timestamp, Who, clause, time};
use web::Site;

use super::ticket::{self, Ticket};
use super::{ConferenceId, store};

/// What the rooms of conferences begin with; a visit's room is the bare id of its booking.
const ROOM: &str = "conference-";

/// The room of a conference.
pub(super) fn room(id: ConferenceId) -> String {
    format!("{ROOM}{id}")
}

/// A place in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The room.
    pub room: String,
    /// The seat in it: the facility and the person, since somebody may work at both.
    pub person: String,
}

impl Place {
    fn of(ticket: &Ticket) -> Self {
        Self { room: room(ticket.conference), person: format!("{}.{}", ticket.facility, ticket.person) }
    }

    fn parse(&self) -> Option<(ConferenceId, FacilityId, PersonId)> {
        let (facility, person) = self.person.split_once('.')?;
        Some((self.room.strip_prefix(ROOM)?.parse().ok()?, facility.parse().ok()?, person.parse().ok()?))
    }
}

/// In what role somebody sits there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Whoever signs for what the images show.
    Doctor,
    /// Anybody else who may see them.
    Staff,
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
}

/// Why a ticket opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSeat {
    /// Not ours, not this session's, or not named.
    Stranger,
    /// It was good once.
    Expired,
    /// The conference is over, or has not begun.
    Over,
    /// Cannot be looked up now.
    Unavailable,
}

/// Answers the sockets.
pub struct Desk {
    site: Site,
}

impl Desk {
    /// The desk of `site`.
    #[must_use]
    pub fn new(site: Site) -> Self {
        Self { site }
    }

    /// Whether `room` is a conference's.
    #[must_use]
    pub fn has(room: &str) -> bool {
        room.starts_with(ROOM)
    }

    /// Whether `ticket` was made for a conference, good or not.
    #[must_use]
    pub fn made(&self, ticket: &str) -> bool {
        !matches!(ticket::read(&self.site.key, ticket, self.site.clock.now()), Err(NoSeat::Stranger))
    }

    /// What `ticket` is worth now.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub async fn admit(&self, ticket: &str, address: Option<IpAddr>) -> Result<Seat, NoSeat> {
        clause!("OV-244");
        let ticket = ticket::read(&self.site.key, ticket, self.site.clock.now())?;
        let mut ctx = self.ctx(ticket.facility, ticket.person, self.site.clock.now());
        ctx.address = address;
        ctx.session = Some(ticket.session);
        let asked = ticket.clone();
        let opened = self.site.read(&ctx, move |tx, ctx| ticket::open(tx, ctx, &asked)).await.map_err(|error| {
            tracing::info!(%error, "a ticket to a conference was not looked up");
            if matches!(error.kind(), Kind::NotFound) { NoSeat::Stranger } else { NoSeat::Unavailable }
        })??;
        Ok(Seat { place: Place::of(&ticket), role: opened.role, name: opened.name })
    }

    /// Somebody is connected.
    pub async fn joined(&self, place: &Place, at: Timestamp) {
        self.note(place, at, store::join).await;
    }

    /// Somebody is no longer connected.
    pub async fn left(&self, place: &Place, why: &str, at: Timestamp) {
        let why = why.to_owned();
        self.note(place, at, move |tx, ctx, id, person| store::leave(tx, ctx, id, person, &why)).await;
    }

    /// Somebody's browser met another key than the one that was signed.
    pub async fn mismatched(&self, place: &Place, at: Timestamp) {
        self.note(place, at, store::mismatch).await;
    }

    /// The conference's signature over `statement`, in base64.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign(&self, place: &Place, statement: &str) -> Result<String> {
        let statement = statement.to_owned();
        self.act(place, self.site.clock.now(), move |tx, _, id, _| {
            Ok(STANDARD.encode(store::signer(tx, id)?.sign(statement.as_bytes())))
        })
        .await
    }

    fn ctx(&self, facility: FacilityId, person: PersonId, at: Timestamp) -> Ctx {
        Ctx::new(Who::Staff(person), Some(facility), time::cut(at), self.site.chance.clone())
    }

    /// An act whose failure the browser cannot mend: it is logged here, once.
    async fn note(
        &self,
        place: &Place,
        at: Timestamp,
        act: impl FnOnce(&mut Tx<'_>, &Ctx, ConferenceId, PersonId) -> Result<()> + Send + 'static,
    ) {
        if let Err(error) = self.act(place, at, act).await {
            tracing::error!(%error, room = place.room, "a line of the conference's record is missing");
        }
    }

    async fn act<T: Send + 'static>(
        &self,
        place: &Place,
        at: Timestamp,
        act: impl FnOnce(&mut Tx<'_>, &Ctx, ConferenceId, PersonId) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (id, facility, person) = place.parse().ok_or_else(|| Error::not_found("a seat of a conference"))?;
        let ctx = self.ctx(facility, person, at);
        self.site.write(&ctx, move |tx, ctx| act(tx, ctx, id, person)).await
    }
}
