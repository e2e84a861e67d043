//! The patient's pages about one visit: the home with one big next step, and the visit with all its steps.

pub mod pages;

use kernel::{Timestamp, time};

use crate::booking::Booking;
use crate::standing::Step;

/// Minutes before the start from which on the patient may arrive.
pub const ARRIVE_BEFORE_MIN: i64 = 30;

/// What the patient should do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<'a> {
    /// This step.
    Do(&'a Step),
    /// All is prepared; come back when it is time.
    Wait,
    /// Nothing: the visit is in person, or over.
    Nothing,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.done == other.done
    }
}
impl Eq for Step {}

/// Picks the one next step. Arrival counts only when it is nearly time.
#[must_use]
pub fn next<'a>(booking: &Booking, steps: &'a [Step], now: Timestamp) -> Next<'a> {
    if steps.is_empty() || booking.cancelled_at.is_some() || booking.absent_at.is_some() {
        return Next::Nothing;
    }
    let early = now < time::plus_min(booking.starts_at, -ARRIVE_BEFORE_MIN);
    match steps.iter().find(|it| !it.done) {
        Some(step) if step.key == "arrival" && early => Next::Wait,
        Some(step) => Next::Do(step),
        None => Next::Nothing,
    }
}
