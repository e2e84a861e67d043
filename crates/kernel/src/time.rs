//! Instants are UTC in store and Asia/Tokyo on screen; both databases keep microseconds.

use jiff::{ToSpan, civil, tz::TimeZone};

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

/// The age on `day`, as the law counts it.
///
/// A life year is complete at the end of the day before the birthday (年齢計算ニ関スル法律), so the new age is had from the
/// birthday's first minute. Who was born on 29 February turns a year older at the end of 28 February, whether the year
/// has a 29th or not; in common years that makes 1 March the first day of the new age (Civil Code, article 143). Whole
/// days are enough for care. A rule that names the day on which an age is *reached* (達した日) means the day before.
#[must_use]
pub fn age_years(born: Date, day: Date) -> i16 {
    // In a common year (2, 29) stands after 28 February and before 1 March, as it must.
    let before_birthday = (day.month(), day.day()) < (born.month(), born.day());
    day.year() - born.year() - i16::from(before_birthday)
}

/// `at` plus `minutes` (may be negative). Saturates at the ends of time.
#[must_use]
pub fn plus_min(at: Timestamp, minutes: i64) -> Timestamp {
    at.checked_add(minutes.minutes()).unwrap_or(if minutes < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The same day `months` later; the last day of a month that has no such day.
#[must_use]
pub fn plus_months(day: Date, months: u8) -> Date {
    day.checked_add(i32::from(months).months()).unwrap_or(Date::MAX)
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
    fn age_turns_on_the_birthday_and_for_leap_days_after_28_february() {
        // 年齢計算ニ関スル法律; Civil Code, article 143: (born, day) → years
        let cases = [
            ("2018-11-21", "2018-11-21", 0),
            ("2018-11-21", "2026-11-20", 7),
            ("2018-11-21", "2026-11-21", 8),
            ("2018-12-31", "2026-01-01", 7),
            ("2008-02-29", "2026-02-28", 17),
            ("2008-02-29", "2026-03-01", 18),
            ("2008-02-29", "2028-02-28", 19),
            ("2008-02-29", "2028-02-29", 20),
            ("2008-03-01", "2028-02-29", 19),
        ];
        for (born, day, years) in cases {
            let read = |text: &str| text.parse::<Date>().expect("a day");
            assert_eq!(age_years(read(born), read(day)), years, "{born} {day}");
        }
    }

    #[test]
    fn months_later_is_the_same_day_or_the_last_of_a_shorter_month() {
        for (day, months, later) in [
            (civil::date(2026, 5, 20), 6, civil::date(2026, 11, 20)),
            (civil::date(2026, 8, 31), 6, civil::date(2027, 2, 28)),
            (civil::date(2024, 2, 29), 12, civil::date(2025, 2, 28)),
        ] {
            assert_eq!(plus_months(day, months), later, "{day} and {months} months");
        }
    }
}
