//! A booking: an agreed time of one patient with one doctor. Who may book what, when, and how late it may change.

pub mod store;

use kernel::{BookingId, PatientId, PersonId, RowId, Timestamp};

/// How patient and doctor meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// オンライン（D to P）
    Online,
    /// 対面
    InPerson,
}

impl Form {
    /// Its key in rows.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::InPerson => "in_person",
        }
    }
}

/// A kind of visit that a facility offers.
#[derive(Debug, Clone)]
pub struct VisitType {
    /// Its id.
    pub id: RowId,
    /// Its name.
    pub name: kernel::Words,
    /// How people meet.
    pub form: Form,
    /// How long it takes.
    pub duration_min: i64,
    /// Whether patients may book it themselves.
    pub by_patient: bool,
}

/// A booking.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// Of whom.
    pub patient: PatientId,
    /// With whom.
    pub doctor: PersonId,
    /// What for.
    pub visit_type: VisitType,
    /// From.
    pub starts_at: Timestamp,
    /// To; half-open, a visit may begin the minute another ends.
    pub ends_at: Timestamp,
    /// Why the patient comes, in the patient's words.
    pub reason: String,
    /// Counts the changes of time.
    pub sequence: i64,
    /// Path of the link that carries the whole visit (`/v/…`).
    pub link: String,
    /// When it was made.
    pub booked_at: Timestamp,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When the patient was found absent.
    pub absent_at: Option<Timestamp>,
}
