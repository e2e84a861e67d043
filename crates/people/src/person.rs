//! A person who signs in: staff with duties at one or several facilities, or a guardian.

pub mod pages;
pub mod photo;
pub mod store;

use kernel::{Date, JapaneseName, PersonId, Timestamp, Words, clause, time};

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// The sign-in name.
    pub login: String,
    /// The name.
    pub name: JapaneseName,
    /// Mail.
    pub mail: String,
    /// When the account was closed.
    pub closed_at: Option<Timestamp>,
}

/// Kinds of licence that the house knows.
pub const LICENCES: [(&str, Words); 6] = [
    ("dentist", Words::new("歯科医師免許", "Dentist's licence")),
    ("doctor", Words::new("医師免許", "Doctor's licence")),
    ("hygienist", Words::new("歯科衛生士免許", "Dental hygienist's licence")),
    ("nurse", Words::new("看護師免許", "Nurse's licence")),
    ("pharmacist", Words::new("薬剤師免許", "Pharmacist's licence")),
    ("technician", Words::new("歯科技工士免許", "Dental technician's licence")),
];

/// The ministry's courses that OV-301 asks for, by licence.
pub const COURSES: [(&str, Words); 2] = [
    ("online-dental", Words::new("歯科オンライン診療研修（厚生労働省）", "Ministry course on online dental care")),
    ("online-medical", Words::new("オンライン診療研修（厚生労働省）", "Ministry course on online care")),
];

/// A licence that somebody has checked. No number is kept (OV-143).
#[derive(Debug, Clone)]
pub struct Licence {
    /// Its kind, a key of [`LICENCES`].
    pub kind: String,
    /// Year of registration.
    pub registered_year: i32,
    /// How it was checked.
    pub checked_how: String,
    /// Who checked.
    pub checked_by: String,
    /// When.
    pub checked_at: Timestamp,
}

/// A finished training.
#[derive(Debug, Clone)]
pub struct Training {
    /// The course, a key of [`COURSES`] or a free name.
    pub course: String,
    /// Number on the certificate.
    pub certificate: String,
    /// The day it was finished.
    pub completed_on: Date,
}

/// What a patient may see of a doctor at any time (OV-142): no register or document numbers.
#[derive(Debug, Clone)]
pub struct IdentityCard {
    /// The person.
    pub person: PersonId,
    /// The verified name.
    pub name: JapaneseName,
    /// The licence that counts, with the year of registration (OV-143).
    pub licence: Option<Licence>,
    /// Whether there is a photograph.
    pub has_photo: bool,
}

/// Days after which an account that nobody has used is pointed out: a quarter, the rhythm of the access review.
pub const UNUSED_DAYS: i64 = 90;

/// When an account was made and last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastUse {
    /// When it was made.
    pub made_at: Timestamp,
    /// When its person last had a page open; `None` if never.
    pub seen_at: Option<Timestamp>,
}

impl LastUse {
    /// Whether the account has been unused for so long that somebody should look whether it is still needed.
    #[must_use]
    pub fn is_unused(&self, now: Timestamp) -> bool {
        clause!("CS-121");
        now >= time::plus_min(self.seen_at.unwrap_or(self.made_at), UNUSED_DAYS * 24 * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CS-121: unused accounts are found by themselves; a new one has the same time to be used for the first time.
    #[test]
    fn an_account_is_unused_after_ninety_days() {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().expect("a time");
        let ago = |days: i64| time::plus_min(now, -days * 24 * 60);
        for (made, seen, expected) in [
            (400, Some(0), false),
            (400, Some(89), false),
            (400, Some(90), true),
            (400, None, true),
            (90, None, true),
            (89, None, false),
            (0, None, false),
        ] {
            let it = LastUse { made_at: ago(made), seen_at: seen.map(ago) };
            assert_eq!(it.is_unused(now), expected, "{made} {seen:?}");
        }
    }
}
