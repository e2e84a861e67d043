//! Who is told next of an urgent finding, and when (TR-06): at once, again and again, and along the list of contacts until a
//! named person has acknowledged.
//!
//! The guideline asks for direct contact at once and gives no minutes; the steps are a design rule of ours.

use kernel::{Timestamp, clause, time};

/// Minutes between two rounds in the first two hours.
pub const ROUND_MIN: i64 = 10;
/// Rounds in the first two hours.
pub const QUICK_ROUNDS: i64 = 12;
/// Minutes between two rounds after that: a night may pass, but nobody is left in peace over it.
pub const SLOW_ROUND_MIN: i64 = 30;

/// One round of telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// From 0.
    pub number: i64,
    /// When it is due.
    pub due_at: Timestamp,
    /// How many of the list are told: the first so many. Whoever was told is told again.
    pub contacts: usize,
}

/// The round after `rounds_done`, for a finding marked at `marked_at` and a list of `contacts`. The first round is due at
/// once; each further one takes in the next contact, and the whole list stays in from there.
#[must_use]
pub fn next_round(marked_at: Timestamp, rounds_done: i64, contacts: usize) -> Round {
    clause!("TR-06");
    let quick = rounds_done.min(QUICK_ROUNDS) * ROUND_MIN;
    let slow = (rounds_done - QUICK_ROUNDS).max(0) * SLOW_ROUND_MIN;
    let reached = usize::try_from(rounds_done).unwrap_or(0).saturating_add(1);
    Round { number: rounds_done, due_at: time::plus_min(marked_at, quick + slow), contacts: reached.min(contacts) }
}

/// Whether the round is to be told now. A server that slept tells one round at once, not all that it missed.
#[must_use]
pub fn is_due(round: &Round, now: Timestamp) -> bool {
    round.due_at <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_contact_is_taken_in_every_ten_minutes() {
        // TR-06: rounds done → minutes after the mark, contacts of three
        let marked: Timestamp = "2026-11-24T00:00:00Z".parse().expect("an instant");
        for (done, after_min, contacts) in
            [(0, 0, 1), (1, 10, 2), (2, 20, 3), (3, 30, 3), (12, 120, 3), (13, 150, 3), (14, 180, 3), (60, 1560, 3)]
        {
            let round = next_round(marked, done, 3);
            assert_eq!(round, Round { number: done, due_at: time::plus_min(marked, after_min), contacts }, "{done}");
            assert!(is_due(&round, round.due_at) && !is_due(&round, time::plus_min(round.due_at, -1)));
        }
        assert_eq!(next_round(marked, 0, 0).contacts, 0, "an empty list is no reason to stop: the banner stays");
    }
}
