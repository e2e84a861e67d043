//! A commitment: a device has asked whether what it sent is safe, before it deletes its own copy (PS3.4 annex J). At a
//! gateway that is known only when the server has shown the same bytes, which may take days; until then the question is
//! kept, also over a power cut.

pub mod store;

use kernel::{RowId, Timestamp, time};

/// Days after which a report that nobody takes is given up: the device will ask again.
pub const REPORT_DAYS: i64 = 30;
/// Minutes between two tries at most.
const PAUSE_MIN_MAX: i64 = 60;
/// Open questions of one station: a device that asks about each image apart has some hundreds a day.
pub const OPEN_MAX: i64 = 10_000;

/// A question that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// Its row.
    pub id: RowId,
    /// Who asked.
    pub title: String,
    /// The device's own number of the question.
    pub transaction: String,
    /// Class and instance of each.
    pub instances: Vec<(String, String)>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Reports that were not taken.
    pub tries: i64,
}

impl Commitment {
    /// When a report that was not taken at `now` is tried again; nothing when it is given up.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let pause = (1_i64 << self.tries.clamp(0, 10)).min(PAUSE_MIN_MAX);
        let end = time::plus_min(self.asked_at, REPORT_DAYS * 24 * 60);
        (now < end).then(|| time::plus_min(now, pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_tried_again_ever_more_rarely_for_thirty_days() {
        // TR-20
        let asked_at: Timestamp = "2026-11-21T00:00:00Z".parse().expect("a time");
        let of = |tries| Commitment {
            id: RowId::from_bytes([1; 16]),
            title: "CBCT1".into(),
            transaction: "2.25.1".into(),
            instances: Vec::new(),
            asked_at,
            tries,
        };
        for (tries, pause) in [(0, 1), (1, 2), (3, 8), (6, 60), (90, 60)] {
            assert_eq!(of(tries).next(asked_at), Some(time::plus_min(asked_at, pause)), "{tries}");
        }
        let late = time::plus_min(asked_at, REPORT_DAYS * 24 * 60);
        assert_eq!(of(0).next(late), None);
    }
}
