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
    /// Checked in: the waiting room is open.
    Enter,
    /// Nothing: the visit is in person, over, or will not be held.
    Nothing,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.done == other.done
    }
}
impl Eq for Step {}

/// Picks the one next step. Arrival counts only when it is nearly time; after it comes the waiting room, until the visit
/// `is_over`.
#[must_use]
pub fn next<'a>(booking: &Booking, steps: &'a [Step], is_over: bool, now: Timestamp) -> Next<'a> {
    if is_over || steps.is_empty() || booking.cancelled_at.is_some() || booking.absent_at.is_some() {
        return Next::Nothing;
    }
    let early = now < time::plus_min(booking.starts_at, -ARRIVE_BEFORE_MIN);
    // Whoever has checked in comes in; the plan can be read and the devices tried there and then, but nothing starts
    // without the answers and the consent.
    let arrived = steps.iter().any(|it| it.key == "arrival" && it.done);
    let waits = |it: &Step| !arrived || matches!(it.key, "questionnaire" | "consent");
    match steps.iter().find(|it| !it.done && waits(it)) {
        Some(step) if step.key == "arrival" && early => Next::Wait,
        Some(step) => Next::Do(step),
        None => Next::Enter,
    }
}

#[cfg(test)]
mod tests {
    use kernel::{BookingId, Chance, Ctx, Who, Words};

    use super::*;
    use crate::booking::{Form, VisitType};

    #[test]
    fn the_one_next_step_leads_through_the_visit() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let ctx = Ctx::new(Who::Nobody, None, at("2026-11-24T00:00:00Z"), Chance::seeded(1));
        let booking = booking(&ctx, at("2026-11-24T01:00:00Z"));
        let words = || Words::new("", "");
        let step = |key, done| Step { key, words: words(), why: words(), done };
        let steps = |test, arrival| [step("test", test), step("arrival", arrival)];
        let (early, near) = (at("2026-11-24T00:29:00Z"), at("2026-11-24T00:30:00Z"));
        let cases = [
            (steps(false, false), false, early, Next::Do(&steps(false, false)[0])),
            (steps(true, false), false, early, Next::Wait),
            (steps(true, false), false, near, Next::Do(&steps(true, false)[1])),
            (steps(true, true), false, near, Next::Enter),
            (steps(false, true), false, near, Next::Enter),
            (steps(false, true), true, near, Next::Nothing),
        ]
        .map(|(steps, is_over, now, expected)| (steps.to_vec(), is_over, now, format!("{expected:?}")));
        for (steps, is_over, now, expected) in cases {
            assert_eq!(format!("{:?}", next(&booking, &steps, is_over, now)), expected, "{steps:?} {is_over} {now}");
        }
        let cancelled = Booking { cancelled_at: Some(early), ..booking };
        assert_eq!(next(&cancelled, &steps(true, true), false, near), Next::Nothing);
    }

    fn booking(ctx: &Ctx, starts_at: Timestamp) -> Booking {
        Booking {
            id: BookingId::new(ctx),
            patient: kernel::PatientId::new(ctx),
            doctor: kernel::PersonId::new(ctx),
            visit_type: VisitType {
                id: kernel::RowId::new(ctx),
                name: Words::new("オンライン再診", "Online follow-up"),
                form: Form::Online,
                duration_min: 15,
                by_patient: true,
            },
            starts_at,
            ends_at: time::plus_min(starts_at, 15),
            reason: String::new(),
            sequence: 0,
            link: String::new(),
            booked_at: starts_at,
            cancelled_at: None,
            absent_at: None,
        }
    }
}
