//! What can be booked: kinds of visit, when each doctor offers them, days without visits. The facility's own affair.

pub mod pages;
pub mod store;

use kernel::{Date, PersonId, RowId};

/// When a doctor offers a kind of visit: wall-clock minutes of a weekday in Tokyo.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Its id.
    pub id: RowId,
    /// Who.
    pub doctor: PersonId,
    /// Which kind.
    pub visit_type: RowId,
    /// 0 is Monday.
    pub weekday: i64,
    /// From, in minutes after midnight.
    pub from_min: i64,
    /// Until.
    pub until_min: i64,
    /// First day.
    pub valid_from: Date,
}

/// A day without visits.
#[derive(Debug, Clone)]
pub struct Closing {
    /// Its id.
    pub id: RowId,
    /// The day.
    pub day: Date,
    /// Of whom; `None` for all.
    pub doctor: Option<PersonId>,
    /// Why.
    pub reason: String,
}

/// Reads `09:30` as minutes after midnight; `24:00` is the end of the day.
#[must_use]
pub fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    ((0..60).contains(&minutes) && (0..=1440).contains(&total)).then_some(total)
}

/// Minutes after midnight as `09:30`.
#[must_use]
pub fn clock(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_reads_back() {
        for text in ["00:00", "09:30", "23:59", "24:00"] {
            assert_eq!(minutes(text).map(clock).as_deref(), Some(text));
        }
        for text in ["", "9", "25:00", "09:60", "-1:00", "24:01"] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
