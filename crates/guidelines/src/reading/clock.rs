//! The clock of a request: from the moment it was sent to the turnaround that was agreed (TR-11).

use kernel::{Timestamp, clause, time};

/// How much of the agreed time is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Minutes until it is due.
    Enough(i64),
    /// A quarter of the agreed time, or less, is left: minutes.
    Little(i64),
    /// It is over: minutes since.
    Over(i64),
}

/// When a request that was sent at `sent_at` is due.
#[must_use]
pub fn due_at(sent_at: Timestamp, turnaround_h: i64) -> Timestamp {
    clause!("TR-05", "TR-11");
    time::plus_min(sent_at, turnaround_h * 60)
}

/// How much is left at `now`.
#[must_use]
pub fn left(sent_at: Timestamp, due_at: Timestamp, now: Timestamp) -> Left {
    clause!("TR-11");
    let minutes = |from: Timestamp, to: Timestamp| (to.as_second() - from.as_second()) / 60;
    let (whole, rest) = (minutes(sent_at, due_at), minutes(now, due_at));
    match rest {
        _ if now >= due_at => Left::Over(-rest),
        it if it * 4 <= whole => Left::Little(it),
        it => Left::Enough(it),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_from_sending_to_the_agreed_hour() {
        // TR-11, TR-05
        let at = |it: &str| it.parse::<Timestamp>().expect("an instant");
        let sent = at("2026-11-24T00:00:00Z");
        let due = due_at(sent, 24);
        assert_eq!(due, at("2026-11-25T00:00:00Z"));
        for (now, expected) in [
            ("2026-11-24T00:00:00Z", Left::Enough(1440)),
            ("2026-11-24T17:59:00Z", Left::Enough(361)),
            ("2026-11-24T18:00:00Z", Left::Little(360)),
            ("2026-11-24T23:59:30Z", Left::Little(0)),
            ("2026-11-25T00:00:00Z", Left::Over(0)),
            ("2026-11-25T01:30:00Z", Left::Over(90)),
        ] {
            assert_eq!(left(sent, due, at(now)), expected, "{now}");
        }
    }
}
