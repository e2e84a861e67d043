//! When a child's guardian has to sign.
//!
//! No text of the guideline gives an age; this is a design rule of Haruka, and dated like the rules of law. Under 15
//! nobody signs alone: Japanese practice takes about 15 (the end of compulsory school, and the age at which the law
//! lets a person make a will) as the age from which one's own will on care counts. Up to 18, the age of majority,
//! the guardian beside the young person is recommended.

use kernel::time::age_years;
use kernel::{Date, Words, clause};

/// The ages, and since when they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeRule {
    /// First day on which it holds: the day on which majority became 18.
    pub valid_from: Date,
    /// From this age a person may sign alone.
    pub signs_alone_from_years: i16,
    /// From this age no guardian is asked for.
    pub adult_from_years: i16,
}

/// The rules, oldest first.
pub const RULES: [AgeRule; 1] =
    [AgeRule { valid_from: Date::constant(2022, 4, 1), signs_alone_from_years: 15, adult_from_years: 18 }];

/// Whether a guardian signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// The child may not sign alone; the guardian signs.
    Required,
    /// The young person may sign; the guardian beside is recommended.
    Recommended,
    /// An adult.
    No,
}

impl Need {
    /// For the form.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Required => Words::new("保護者の同意が必要です。", "The guardian's consent is needed."),
            Self::Recommended => Words::new(
                "保護者の方もご一緒の同意をお勧めします。",
                "Consent together with the guardian is recommended.",
            ),
            Self::No => Words::new("ご本人の同意で進められます。", "The patient's own consent is enough."),
        }
    }
}

/// Whether a guardian is needed for a person of `age_years` on `day`.
#[must_use]
pub fn guardian_needed(age_years: i16, day: Date) -> Need {
    clause!("OV-102", "CS-142");
    let rule = RULES.iter().rev().find(|it| it.valid_from <= day).unwrap_or(&RULES[0]);
    if age_years < rule.signs_alone_from_years {
        Need::Required
    } else if age_years < rule.adult_from_years {
        Need::Recommended
    } else {
        Need::No
    }
}

/// Whether a guardian's signature has ended by age: given for a minor who is of age on `day`. A signature given for an
/// adult (by a legal guardian of somebody who cannot decide) does not end by itself.
#[must_use]
pub fn has_ended_by_age(born: Date, given_on: Date, day: Date) -> bool {
    clause!("OV-102");
    let needed = |on: Date| guardian_needed(age_years(born, on), on);
    needed(given_on) != Need::No && needed(day) == Need::No
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guardians_word_ends_when_the_child_comes_of_age() {
        // OV-102: (born, given on, the visit's day) → ended
        let day = |text: &str| text.parse::<Date>().expect("a day");
        let cases = [
            ("2008-11-21", "2026-11-01", "2026-11-20", false),
            ("2008-11-21", "2026-11-01", "2026-11-21", true),
            ("2008-11-21", "2026-11-01", "2026-11-22", true),
            ("2008-11-21", "2026-11-21", "2030-01-01", false),
            // Born on 29 February: of age with the end of 28 February.
            ("2008-02-29", "2025-12-01", "2026-02-28", false),
            ("2008-02-29", "2025-12-01", "2026-03-01", true),
            ("2012-02-29", "2029-12-01", "2030-02-28", false),
            ("2012-02-29", "2029-12-01", "2030-03-01", true),
            // For somebody who was of age then, it goes on.
            ("1948-04-12", "2026-11-01", "2036-11-01", false),
        ];
        for (born, given, today, ended) in cases {
            assert_eq!(has_ended_by_age(day(born), day(given), day(today)), ended, "{born} {given} {today}");
        }
    }

    #[test]
    fn a_child_does_not_sign_alone() {
        // OV-102
        let today = Date::constant(2026, 11, 21);
        let cases = [
            (0, Need::Required),
            (14, Need::Required),
            (15, Need::Recommended),
            (17, Need::Recommended),
            (18, Need::No),
        ];
        for (age, expected) in cases {
            assert_eq!(guardian_needed(age, today), expected, "{age}");
        }
        assert_eq!(guardian_needed(14, Date::constant(2001, 1, 1)), Need::Required, "never without a rule");
    }
}
