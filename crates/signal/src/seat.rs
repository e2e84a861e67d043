//! A place in a room: who sits there, in what role, and whether the door to the others is open yet.

use serde::{Deserialize, Serialize};

/// What a person is in this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The patient.
    Patient,
    /// A parent or another guardian beside, or instead of, the patient.
    Guardian,
    /// The doctor or dentist who leads the visit.
    Doctor,
    /// Staff of the clinic: hygienist, nurse, clerk.
    Staff,
    /// Anybody else both sides agreed to: interpreter, specialist, family, student.
    Third,
}

impl Role {
    /// Whether this is the clinic's side: it starts calls, shares screens, and wins when two offers cross.
    #[must_use]
    pub fn is_clinic(self) -> bool {
        matches!(self, Self::Doctor | Self::Staff)
    }
}

/// Whether the door to the others is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Known and connected, but alone: no peer, no relay, no chat.
    Waiting,
    /// May meet the other admitted people of the room.
    Admitted,
}

/// What a ticket is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The room; one per call.
    pub room: String,
    /// The person, unique in the room and not guessable from outside (an id).
    pub person: String,
    /// In what role.
    pub role: Role,
    /// The name the others see.
    pub name: String,
    /// Whether the person may meet the others already. A decision made through [`Rooms`](crate::Rooms) overrules this.
    pub standing: Standing,
}

/// Why a ticket opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refused {
    /// No such ticket, or not for this browser. Nothing more is told.
    Stranger,
    /// It was good once.
    Expired,
    /// The visit is over.
    Over,
    /// The clinic has asked this person to leave.
    Removed,
    /// The room or the server is full.
    Full,
    /// Cannot be looked up now; trying again helps.
    Unavailable,
}

/// Why somebody is no longer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Went by the button or closed the page.
    Left,
    /// The line broke; may come back.
    Lost,
    /// Another window of the same person took the seat.
    Replaced,
    /// The clinic closed the door on this person.
    Removed,
    /// The call is over.
    Ended,
    /// Broke the rules of the protocol: too much, too often, not understood.
    Rules,
}
