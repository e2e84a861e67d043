//! Signalling: one WebSocket per person carries the words by which two browsers find each other.
//!
//! This room knows tickets, not patients. It holds no picture, no sound, no key and no SQL: what a ticket is worth, what
//! is said in a chat, what is measured and who was there go through the [`Plug`] that `app` makes. Pages speak to a running
//! call through [`Rooms`]. The messages are written down in `docs/protocols.md`, section "Signalling".
//!
//! What never happens here: a message to somebody who is not admitted, a relay credential before admission, a message out
//! of order within a pair, a seat held by two windows at once.

pub mod limits;
pub mod message;
pub mod plug;
pub mod pointing;
pub mod report;
mod room;
pub mod rooms;
pub mod seat;
mod socket;

pub use limits::Limits;
pub use plug::{Act, Happening, IceServer, IceServers, Line, Plug, Stored, statement};
pub use pointing::Pointing;
pub use report::{Level, Link, Relay, Report, Totals};
pub use rooms::{PersonState, RoomState, Rooms};
pub use seat::{Refused, Role, Seat, Standing, Why};
pub use socket::Signal;
