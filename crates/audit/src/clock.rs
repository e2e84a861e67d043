//! The clock behind the times of the log (CS-163): whether it runs with its reference, and what happens when it is set.
//!
//! Knows no network: `app` measures, this noun judges and keeps.

pub(crate) mod store;

use kernel::{Timestamp, limits};

pub use store::{keep, newest};

/// The act that marks an entry whose time lies before that of the one in front of it.
pub const SET_BACK: &str = "clock.set_back";
/// Seconds by which an act may be older than the one before it without any fault of the clock: it waited in the queue.
/// Within them the log gives it the time of the entry in front, so that times never go back unmarked.
pub(crate) const QUEUE_S: i64 = 10;
/// Hours for which a comparison counts: a clock that nobody looks at drifts.
pub const FRESH_HOURS: i64 = 26;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Who was asked (`ntp.nict.jp`).
    pub source: String,
    /// When.
    pub checked_at: Timestamp,
    /// What came of it; none when nobody answered.
    pub measured: Option<Measured>,
}

/// What a comparison measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Reference minus server, in microseconds: positive when the server's clock is behind.
    pub offset_us: i64,
    /// How long question and answer took; half of it is the most that the offset can be wrong by.
    pub round_trip_us: i64,
}

/// How the clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Within [`limits::CLOCK_OFFSET_MAX_MS`].
    Right(Measured),
    /// Beyond it: an alarm.
    Off(Measured),
    /// Nobody is asked, nobody answered, or it was too long ago.
    Unknown,
}

/// Judges the newest comparison.
#[must_use]
pub fn judge(newest: Option<&Check>, now: Timestamp) -> Standing {
    kernel::clause!("CS-163");
    let fresh_from = kernel::time::plus_min(now, -FRESH_HOURS * 60);
    match newest.filter(|it| it.checked_at >= fresh_from).and_then(|it| it.measured) {
        None => Standing::Unknown,
        Some(it) if it.offset_us.abs() > limits::CLOCK_OFFSET_MAX_MS * 1000 => Standing::Off(it),
        Some(it) => Standing::Right(it),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CS-163: beyond the limit is an alarm, and unknown is never right.
    #[test]
    fn the_newest_comparison_decides() {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().expect("an instant");
        let check = |hours: i64, offset_ms: Option<i64>| Check {
            source: "ntp.example.jp".into(),
            checked_at: kernel::time::plus_min(now, -hours * 60),
            measured: offset_ms.map(|it| Measured { offset_us: it * 1000, round_trip_us: 20_000 }),
        };
        let word = |check: Option<Check>| match judge(check.as_ref(), now) {
            Standing::Right(_) => "right",
            Standing::Off(_) => "off",
            Standing::Unknown => "unknown",
        };
        for (check, expected) in [
            (None, "unknown"),
            (Some(check(0, None)), "unknown"),
            (Some(check(0, Some(0))), "right"),
            (Some(check(0, Some(1000))), "right"),
            (Some(check(0, Some(-1000))), "right"),
            (Some(check(0, Some(1001))), "off"),
            (Some(check(0, Some(-86_400_000))), "off"),
            (Some(check(26, Some(0))), "right"),
            (Some(check(27, Some(0))), "unknown"),
        ] {
            assert_eq!(word(check.clone()), expected, "{check:?}");
        }
    }
}
