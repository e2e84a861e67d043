//! What the signalling asks of the rest of the house. `app` makes one [`Plug`] over visits, people and crypto.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Refused, Report, Seat, Why};

/// A boxed future, so that a [`Plug`] can be a trait object.
pub type Act<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One or more addresses of a STUN or TURN server, as `RTCPeerConnection` takes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    /// `turn:relay.example:3478?transport=udp` and so on.
    pub urls: Vec<String>,
    /// Short-lived user name (`expiry:person`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub username: Option<String>,
    /// Its HMAC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential: Option<String>,
}

/// The relays for one person, and how long they serve.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IceServers {
    /// The servers; none where the facility runs no relay.
    pub servers: Vec<IceServer>,
    /// Seconds until the credential is void; the browser asks again before. 0: never.
    pub ttl_s: u32,
    /// Whether only relayed paths may be used (a clinic's policy).
    #[serde(default)]
    pub relay_only: bool,
}

/// A chat message that visits has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Names it for good.
    pub id: String,
    /// When it was stored.
    pub at: Timestamp,
}

/// A chat message of this call said before, for someone who comes in or comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As in [`Stored`].
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// By whom ([`Seat::person`]).
    pub person: String,
    /// The name shown.
    pub name: String,
    /// The text, plain.
    pub text: String,
}

/// What happened to somebody during a call, worth a line in the record (OV-165).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// Is in the mesh with camera and microphone: media keys were exchanged with those who were there.
    Entered,
    /// Came in again by another browser or device, which both sides were shown.
    ChangedDevice,
    /// Did not want to answer the ring.
    Declined,
    /// The ring ended without an answer.
    Unanswered,
    /// The browser lost the media (a phone call, sleep); measured, not declared.
    Interrupted,
    /// Media is back.
    Resumed,
    /// The leading doctor confirmed to go on without picture for the moment.
    WithoutPicture,
    /// Picture is back, or the doctor chose to wait for it.
    WithPicture,
    /// The page went to the background.
    Hidden,
    /// The page is in front again.
    Visible,
    /// The intra-oral or another second camera is shown.
    SecondCamera,
    /// The clinic shows its screen.
    Screen,
    /// A fingerprint in a description differed from the signed one; the connection was refused.
    Mismatch,
}

/// What `app` gives.
pub trait Plug: Send + Sync + 'static {
    /// What `ticket` is worth. Called once per socket, and again whenever a browser reconnects.
    fn admit(&self, ticket: String, address: Option<IpAddr>) -> Act<'_, Result<Seat, Refused>>;

    /// Somebody is connected (perhaps only to wait).
    fn joined(&self, seat: Seat, at: Timestamp) -> Act<'_, ()>;

    /// Somebody is no longer connected.
    fn left(&self, seat: Seat, why: Why, at: Timestamp) -> Act<'_, ()>;

    /// What one browser measured since its last report, already cut to what is possible ([`Report::sane`]).
    fn report(&self, seat: Seat, report: Report, at: Timestamp) -> Act<'_, ()>;

    /// Something worth a line in the record.
    fn happened(&self, seat: Seat, what: Happening, at: Timestamp) -> Act<'_, ()>;

    /// Stores a chat message of an admitted person; `key` is the browser's, so that sending twice stores once.
    fn chat(&self, seat: Seat, key: String, text: String) -> Act<'_, kernel::Result<Stored>>;

    /// What was said in this call so far.
    fn said(&self, seat: Seat) -> Act<'_, Vec<Line>>;

    /// Relays with a fresh credential. Asked for admitted people only.
    fn turn(&self, seat: Seat) -> Act<'_, IceServers>;

    /// The facility's signature over [`statement`]`(room, person, fingerprint)`, base64; none when it cannot be made at the
    /// moment. Then the browser is told to come again: a missing signature must never look like a wrong one.
    fn sign(&self, seat: Seat, fingerprint: String) -> Act<'_, Option<String>>;
}

/// The text that [`Plug::sign`] signs and the other browser checks: this person, in this room, holds this DTLS certificate.
#[must_use]
pub fn statement(room: &str, person: &str, fingerprint: &str) -> String {
    format!("haruka-call/1\n{room}\n{person}\n{fingerprint}\n")
}
