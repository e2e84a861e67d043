//! Instants are UTC in store and Asia/Tokyo on screen; both databases keep microseconds.

use jiff::{ToSpan, Unit, civil, tz::TimeZone};

pub use jiff::Timestamp;
/// A day of the calendar (birth dates, opening days).
pub use jiff::civil::Date;

use crate::Lang;

/// The one time zone of the product: Japan has no daylight saving time and one zone.
#[must_use]
pub fn tokyo() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

/// `at` cut to whole microseconds, toward the past.
#[must_use]
pub fn cut(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// The instant of a wall-clock time in Tokyo.
///
/// # Errors
/// Only when the date is outside the years that can be written (−9999 to 9999).
pub fn at_tokyo(date: Date, hour: i8, minute: i8) -> Result<Timestamp, jiff::Error> {
    Ok(date.to_datetime(civil::Time::new(hour, minute, 0, 0)?).to_zoned(tokyo())?.timestamp())
}

/// The day in Tokyo on which `at` falls.
#[must_use]
pub fn day(at: Timestamp) -> Date {
    at.to_zoned(tokyo()).date()
}

/// `09:30` in Tokyo.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    at.to_zoned(tokyo()).strftime("%H:%M").to_string()
}

/// A day for reading: `2026年11月21日（土）` or `Sat 21 Nov 2026`.
#[must_use]
pub fn show_day(date: Date, lang: Lang) -> String {
    let weekday = ["月", "火", "水", "木", "金", "土", "日"][date.weekday().to_monday_zero_offset() as usize];
    match lang {
        Lang::Ja => format!("{}年{}月{}日（{weekday}）", date.year(), date.month(), date.day()),
        Lang::En => date.strftime("%a %-d %b %Y").to_string(),
    }
}

/// A moment for reading: the day and `09:30`.
#[must_use]
pub fn show(at: Timestamp, lang: Lang) -> String {
    format!("{} {}", show_day(day(at), lang), clock(at))
}

/// Full years from `born` to the day `today` (age as Japan counts it in care: by the birthday).
#[must_use]
pub fn age_years(born: Date, today: Date) -> i16 {
    born.until((Unit::Year, today)).map(|span| span.get_years()).unwrap_or(0)
}

/// `at` plus `minutes` (may be negative). Saturates at the ends of time.
#[must_use]
pub fn plus_min(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_add(minutes.minutes()).unwrap_or(if minutes < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_morning_in_tokyo_is_midnight_in_utc() {
        let at = at_tokyo(civil::date(2026, 11, 21), 9, 0).expect("an instant");
        assert_eq!(at.to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(show(at, Lang::Ja), "2026年11月21日（土） 09:00");
        assert_eq!(show(at, Lang::En), "Sat 21 Nov 2026 09:00");
    }

    #[test]
    fn age_turns_on_the_birthday() {
        let born = civil::date(2018, 11, 21);
        assert_eq!(age_years(born, civil::date(2026, 11, 20)), 7);
        assert_eq!(age_years(born, civil::date(2026, 11, 21)), 8);
    }
}
