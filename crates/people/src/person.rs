//! A person who signs in: staff with duties at one or several facilities, or a guardian.

pub mod pages;
pub mod store;

use kernel::{Date, JapaneseName, PersonId, Timestamp, Words};

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
