//! How a facility keeps images and reports safe: who is in charge, maintenance, the policy, what is done about malicious
//! manipulation, in writing (TR-08); reviewed on a fixed cycle, with reminders and record (TR-15).

pub mod pages;
pub mod store;

use kernel::{Date, Timestamp, Words, clause};
use web::{Faults, Fields, Filled};

/// The parts, each with what belongs there.
pub static TEXTS: [(&str, Words, Words); 5] = [
    (
        "persons",
        Words::new("責任者と連絡先", "Persons in charge"),
        Words::new(
            "画像と報告書の責任者、システムの担当者、不在のときの代わりの人、連絡先。",
            "Who answers for images and reports, who runs the system, who stands in, how they are reached.",
        ),
    ),
    (
        "maintenance",
        Words::new("機器とシステムの保守", "Maintenance"),
        Words::new(
            "更新・点検・バックアップの間隔と担当。業者が遠隔で保守するときの手順。",
            "Updates, checks and backups: how often and by whom; how suppliers maintain from afar.",
        ),
    ),
    (
        "policy",
        Words::new("情報の扱いの方針", "Policy"),
        Words::new(
            "見てよい人、持ち出し、端末と場所、教育や研究に使うとき、患者さんへの説明。",
            "Who may see what, taking out, terminals and places, use for teaching, what patients are told.",
        ),
    ),
    (
        "manipulation",
        Words::new("悪意のある操作への備え", "Malicious manipulation"),
        Words::new(
            "書き換え・消去・なりすましに気づく方法、気づいたときに止める手順、連絡先、元に戻す方法。",
            "How changing, deleting and impersonation are noticed, what is stopped, who is called, how it is restored.",
        ),
    ),
    (
        "outage",
        Words::new("使えなくなったとき", "Outage"),
        Words::new(
            "回線やシステムが止まったときの読影と連絡のしかた。",
            "How readings and urgent findings go on while the line or the system is down.",
        ),
    ),
];

/// Months between two reviews that can be chosen.
pub const CYCLES: [(&str, i64); 3] = [("3", 3), ("6", 6), ("12", 12)];
/// Days before the review from which it is announced.
pub const SOON_DAYS: i32 = 30;

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// In the order of [`TEXTS`].
    pub texts: [String; 5],
    /// Months between two reviews.
    pub cycle_months: i64,
}

impl Measures {
    /// Reads the form: no part may be empty.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("TR-08");
        let mut faults = Faults::default();
        let texts = TEXTS.each_ref().map(|it| fields.text(it.0, &mut faults));
        let cycle = fields.one_of("cycle", &CYCLES, &mut faults);
        match cycle {
            Some(cycle_months) => faults.done(|| Self { texts, cycle_months }),
            None => Err(faults),
        }
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        let filled = Filled::empty().with("cycle", self.cycle_months.to_string());
        TEXTS.iter().zip(&self.texts).fold(filled, |filled, (it, text)| filled.with(it.0, text.clone()))
    }
}

/// A row of its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From 1.
    pub number: i64,
    /// What was written.
    pub measures: Measures,
    /// Reviewed and left as it was; otherwise written anew.
    pub is_review: bool,
    /// What the review found, or why it was written anew.
    pub finding: String,
    /// The day of the next review.
    pub next_on: Date,
    /// By whom, as the log names people.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How the review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is written.
    Missing,
    /// Its day has passed.
    Overdue(Date),
    /// Its day is near.
    Soon(Date),
    /// It is not due yet.
    Good(Date),
}

/// How it stands on `today`, with the review due on `next_on`.
#[must_use]
pub fn standing(next_on: Option<Date>, today: Date) -> Standing {
    clause!("TR-15");
    let Some(day) = next_on else { return Standing::Missing };
    let left = day.since(today).map_or(0, |it| it.get_days());
    match left {
        _ if day < today => Standing::Overdue(day),
        0..=SOON_DAYS => Standing::Soon(day),
        _ => Standing::Good(day),
    }
}

/// The day of the next review, a cycle after `day`; the last of the month where that month is shorter.
#[must_use]
pub fn next_on(day: Date, cycle_months: i64) -> Date {
    clause!("TR-15");
    let months = i32::try_from(cycle_months).unwrap_or(12);
    let (year, month) = (i32::from(day.year()), i32::from(day.month()) - 1 + months);
    let first =
        Date::new(i16::try_from(year + month / 12).unwrap_or(day.year()), i8::try_from(month % 12 + 1).unwrap_or(1), 1);
    first.ok().and_then(|it| Date::new(it.year(), it.month(), day.day().min(it.days_in_month())).ok()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn every_part_is_written() {
        // TR-08
        let mut pairs: Vec<(&str, &str)> = TEXTS.iter().map(|it| (it.0, "決めたこと")).collect();
        pairs.push(("cycle", "6"));
        let it = Measures::parse(&Fields::of(&pairs)).expect("whole");
        assert_eq!((it.cycle_months, it.filled().get("manipulation")), (6, "決めたこと"));
        for left_out in pairs.iter().map(|it| it.0) {
            let rest: Vec<_> = pairs.iter().filter(|it| it.0 != left_out).copied().collect();
            let faults = Measures::parse(&Fields::of(&rest)).expect_err("refused");
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), [left_out]);
        }
    }

    #[test]
    fn the_review_comes_up_a_month_before_its_day_and_is_overdue_after_it() {
        // TR-15
        let next = day("2027-05-24");
        for (today, expected) in [
            ("2026-11-24", Standing::Good(next)),
            ("2027-04-23", Standing::Good(next)),
            ("2027-04-24", Standing::Soon(next)),
            ("2027-05-24", Standing::Soon(next)),
            ("2027-05-25", Standing::Overdue(next)),
        ] {
            assert_eq!(standing(Some(next), day(today)), expected, "{today}");
        }
        assert_eq!(standing(None, next), Standing::Missing);
    }

    #[test]
    fn a_cycle_is_counted_in_months() {
        // TR-15
        for (from, months, expected) in [
            ("2026-11-24", 3, "2027-02-24"),
            ("2026-11-30", 3, "2027-02-28"),
            ("2026-11-24", 6, "2027-05-24"),
            ("2026-12-31", 6, "2027-06-30"),
            ("2026-11-24", 12, "2027-11-24"),
            ("2028-02-29", 12, "2029-02-28"),
        ] {
            assert_eq!(next_on(day(from), months), day(expected), "{from} {months}");
        }
    }
}
