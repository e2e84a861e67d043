//! The messages, as they stand on the wire (JSON text, one object each, `t` says which). See `docs/protocols.md`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Happening, IceServers, Pointing, Refused, Report, Role, Standing, Why};

/// From a browser.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Ask {
    /// The first message, and only the first.
    Hello {
        /// What the page was given.
        ticket: String,
    },
    /// Camera and microphone are open, the person wants to meet the others. A ring is answered by this.
    Enter {
        /// The browser's DTLS fingerprint, as in SDP: `sha-256 AB:CD:…`.
        fingerprint: String,
    },
    /// For one other person.
    To {
        /// For whom.
        to: String,
        /// For which of that person's windows; a message to an older one is dropped.
        epoch: u64,
        /// A description, a candidate, names of tracks; not read here.
        body: Value,
    },
    /// For everybody, and for the record.
    Chat {
        /// The browser's own name for it, so that sending twice stores once.
        key: String,
        /// Plain text.
        text: String,
    },
    /// What was measured.
    Report(Report),
    /// Where one points in a picture that all look at; for everybody in the call.
    Point(Pointing),
    /// A line for the record.
    Note {
        /// Which.
        what: Happening,
    },
    /// A fresh relay credential, please.
    Ice,
    /// Are you there? (A browser cannot see WebSocket pings.)
    Ping,
    /// Leaving by one's own will.
    Bye,
}

/// A person as the others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Peer {
    /// Who.
    pub person: String,
    /// In what role.
    pub role: Role,
    /// The name.
    pub name: String,
    /// Which window; counts up in the room.
    pub epoch: u64,
    /// The DTLS fingerprint that descriptions must carry.
    pub fingerprint: String,
    /// The facility's signature over [`statement`](crate::statement).
    pub signed: String,
    /// Whether the *receiver* of this message yields when two offers cross.
    pub polite: bool,
    /// Whether this person was in the call before, by another browser or device (OV-244).
    pub changed: bool,
}

/// Somebody connected but not in the call, for the clinic's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outside {
    /// Who.
    pub person: String,
    /// In what role.
    pub role: Role,
    /// The name.
    pub name: String,
    /// Whether the door is open.
    pub standing: Standing,
}

/// One chat message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Names it.
    pub id: String,
    /// The sender's own name for it; empty for what was said before.
    pub key: String,
    /// By whom.
    pub person: String,
    /// The name shown.
    pub name: String,
    /// Plain text; a browser must not make links of it (OV-247).
    pub text: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// To a browser.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Tell {
    /// The ticket is good.
    Welcome {
        /// The room, for checking signatures.
        room: String,
        /// Oneself.
        person: String,
        /// Oneself.
        role: Role,
        /// Oneself.
        name: String,
        /// Whether the door is open.
        standing: Standing,
        /// This window's number.
        epoch: u64,
    },
    /// The ticket opens nothing. The socket closes.
    Refused {
        /// Why.
        why: Refused,
    },
    /// The door is open.
    Admitted {
        /// Relays.
        ice: IceServers,
        /// Whether this person was in the call before (so that a reload needs no second answer).
        back: bool,
        /// What was said so far.
        said: Vec<Said>,
    },
    /// The clinic calls.
    Ring {
        /// For how long to ring.
        for_ms: i64,
    },
    /// The same, as the clinic's side sees it.
    Ringing {
        /// For how long.
        for_ms: i64,
    },
    /// The clinic has stopped calling, or somebody answered.
    Quiet,
    /// Somebody is in the call.
    Peer(Peer),
    /// Somebody is not.
    Gone {
        /// Who.
        person: String,
        /// Which window.
        epoch: u64,
        /// Why.
        why: Why,
    },
    /// From one other person.
    From {
        /// From whom.
        from: String,
        /// From which window.
        epoch: u64,
        /// Counts from 1 within this pair of windows, without a gap.
        seq: u64,
        /// As it was sent.
        body: Value,
    },
    /// Somebody points at something.
    Point {
        /// Who.
        person: String,
        /// At what.
        #[serde(flatten)]
        pointing: Pointing,
    },
    /// Somebody said something; one's own message comes back as proof that it is stored.
    Chat(Said),
    /// It was not stored.
    Unsaid {
        /// The sender's name for it.
        key: String,
        /// Why, in Japanese.
        ja: String,
        /// Why, in English.
        en: String,
    },
    /// Fresh relays.
    Ice {
        /// Them.
        ice: IceServers,
    },
    /// Who is connected but not in the call; for the clinic's side.
    Outside {
        /// All of them.
        people: Vec<Outside>,
    },
    /// The page may want to look at something again.
    Notice {
        /// What, in a word that page and room agree on.
        kind: String,
    },
    /// Another window of the same person took over. The socket closes.
    Replaced,
    /// The clinic closed the door. The socket closes.
    Removed {
        /// Why, for the person.
        why: String,
    },
    /// The call is over. The socket closes.
    Ended {
        /// Why, for the person.
        why: String,
    },
    /// Still here.
    Pong,
}

impl Tell {
    /// As text.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Close codes of our own (4000–4999 are for applications).
pub mod code {
    /// Not understood.
    pub const RULES: u16 = 4400;
    /// The ticket opens nothing.
    pub const REFUSED: u16 = 4401;
    /// The clinic closed the door.
    pub const REMOVED: u16 = 4403;
    /// Nothing was heard in time.
    pub const SILENT: u16 = 4408;
    /// Another window took over.
    pub const REPLACED: u16 = 4409;
    /// The call is over.
    pub const ENDED: u16 = 4410;
    /// Too large.
    pub const LARGE: u16 = 4413;
    /// Too many, or too slow a reader.
    pub const MANY: u16 = 4429;
    /// The server stops; come back.
    pub const RESTART: u16 = 1012;
}
