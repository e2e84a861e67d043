//! The staff's home: who is when, who waits, what is missing for whom; and one visit with everything about it.

pub mod pages;
pub mod store;

use kernel::{BookingId, PatientId};
use people::patient::Patient;
use people::person::Person;

use crate::booking::Booking;
use crate::call::VisitOutcome;
use crate::standing::{Step, Task};

/// Everything that a day's page shows of the rows. Who is in a waiting room now, the page asks the open sockets.
#[derive(Debug)]
pub struct View {
    /// What it shows beside the bookings, and by what a change is known.
    pub mark: Mark,
    /// The bookings, cancelled ones too, the earliest first.
    pub lines: Vec<Line>,
}

/// By what it is known whether a day would show the same again: all that it shows is in here, or is changed only by acts
/// that leave an entry in the facility's log.
#[derive(Debug)]
pub struct Mark {
    /// The newest entry of the log that is not somebody's look at a day.
    pub newest: Option<u64>,
    /// The bookings, by whose rooms it is known who waits.
    pub rooms: Vec<(BookingId, PatientId)>,
    /// What the staff must know of the house itself.
    pub alarms: people::alarm::Alarms,
    /// Whom bookings name; they may change their name at another facility.
    pub doctors: Vec<Person>,
}

/// One booking of the day.
#[derive(Debug)]
pub struct Line {
    /// The booking.
    pub booking: Booking,
    /// Who comes.
    pub patient: Patient,
    /// As what the visit ended, if it did.
    pub outcome: Option<VisitOutcome>,
    /// What the patient has to do before; empty where nothing can be done any more.
    pub steps: Vec<Step>,
    /// What the clinic has to do before; the same.
    pub desk: Vec<Task>,
}

impl Line {
    /// Whether anything can still be done for this visit: it is neither cancelled nor over, and the patient did not stay
    /// away.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        is_ahead(&self.booking, self.outcome)
    }
}

fn is_ahead(booking: &Booking, outcome: Option<VisitOutcome>) -> bool {
    booking.cancelled_at.is_none() && booking.absent_at.is_none() && outcome.is_none()
}
