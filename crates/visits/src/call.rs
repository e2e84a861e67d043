//! The call of a visit: the clinic starts it when every clause is met, nobody comes in by being early, what really flowed is
//! measured, and the visit closes only when it was held.
//!
//! A call is not the visit: a line breaks, a patient is called back, and the same booking has a second call. What passes
//! between the browsers never comes here; their words to each other are carried by the room `signal`, which asks [`desk`].

mod beside;
pub mod clauses;
pub mod desk;
pub mod evidence;
pub mod facts;
pub mod pages;
mod panel;
pub mod patient;
pub mod record;
pub mod store;
pub mod ticket;

use guidelines::call::Measured;
use kernel::{BookingId, PatientId, PersonId, RowId, Timestamp, Words};

/// Id of a call.
pub type CallId = RowId;

/// Lines of chat in one call: an hour of quick typing. More is a flood.
pub const CHAT_LINES_MAX: i64 = 500;
/// Characters of one line of chat; the face allows as many.
pub const CHAT_CHARS_MAX: usize = 1_000;
/// Lines about what happened in one visit; a page that goes to the background and back each second fills it in ten minutes.
pub const EVENTS_MAX: i64 = 1_000;
/// Minutes for which a credential of the relay serves. A browser asks again before; a stolen one is soon worth nothing.
pub const RELAY_MIN: i64 = 10;

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// Of which booking.
    pub booking: BookingId,
    /// The patient.
    pub patient: PatientId,
    /// The doctor who leads it.
    pub doctor: PersonId,
    /// When the clinic started it.
    pub started_at: Timestamp,
    /// When and how it ended.
    pub ended: Option<(Timestamp, Ending)>,
}

impl Call {
    /// Whether it is running.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.ended.is_none()
    }
}

kernel::keyed! {
    /// How a call ended.
    pub enum Ending {
        /// The doctor closed it.
        Ended => "ended", "終了", "Ended";
        /// Online was not suitable, or the information did not suffice.
        NotSuitable => "not_suitable", "オンラインに適さないため終了", "Ended: not suitable online";
        /// The technique failed.
        BrokenOff => "broken_off", "通信の不具合で中断", "Broken off by a technical fault";
        /// The patient did not answer.
        NoAnswer => "no_answer", "応答なし", "No answer";
    }
}

/// What the doctor says of the place, for this session only. Neither is ever carried over from another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// OV-205: nobody else can see or hear.
    pub closed_room: bool,
    /// OV-203: quiet, and the line is steady.
    pub quiet_place: bool,
}

kernel::keyed! {
    /// As what a visit ended.
    pub enum VisitOutcome {
        /// Held online.
        Held => "held", "オンラインで診察しました", "Held online";
        /// Not suitable online; led on in person.
        NotSuitable => "not_suitable", "オンラインに適さず、対面につなげました", "Not suitable online; led on in person";
        /// Broken off by a technical fault.
        BrokenOff => "broken_off", "通信の不具合で中断しました", "Broken off by a technical fault";
    }
}

/// The end of a visit.
#[derive(Debug, Clone)]
pub struct VisitEnd {
    /// As what.
    pub outcome: VisitOutcome,
    /// What was measured then.
    pub measured: Measured,
    /// Why, where a reason was asked for.
    pub reason: String,
    /// When.
    pub ended_at: Timestamp,
}

/// Somebody who was there, from when to when.
#[derive(Debug, Clone)]
pub struct Presence {
    /// The seat: id of a patient, a person or a further person.
    pub seat: String,
    /// The name.
    pub name: String,
    /// As what.
    pub role: Words,
    /// In the call, or in the waiting room before it.
    pub in_call: bool,
    /// From.
    pub joined_at: Timestamp,
    /// To, and why the line closed (`left`, `lost`, `replaced`, `removed`, `ended`).
    pub left: Option<(Timestamp, String)>,
}

/// What is known of a visit's calls, for the chart and the papers.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Every call, the first one first.
    pub calls: Vec<Call>,
    /// Who was there.
    pub present: Vec<Presence>,
    /// What really flowed.
    pub measured: Measured,
    /// As what the visit ended, if it did.
    pub end: Option<VisitEnd>,
}
