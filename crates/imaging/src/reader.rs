//! A reader: somebody of the staff whose qualification to read images for others was checked (TR-02). Who may sign is the rule
//! of `guidelines::reading::reader`; here stands what is on file.

pub mod pages;
pub mod store;

use guidelines::reading::reader::Qualification;
use kernel::{Date, PersonId, Timestamp, Words, clause};
use web::{Faults, Fields};

/// A qualification that somebody has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it is.
    pub kind: Qualification,
    /// The last day; `None` for one that does not end.
    pub valid_until: Option<Date>,
    /// How it was checked.
    pub checked_how: String,
    /// By whom, as the log names people.
    pub checked_by: String,
    /// When.
    pub checked_at: Timestamp,
}

/// What the form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Whose it is.
    pub person: PersonId,
    /// What it is.
    pub kind: Qualification,
    /// The last day.
    pub valid_until: Option<Date>,
    /// How it was checked.
    pub checked_how: String,
}

impl Form {
    /// Reads the form. A society's certificate ends and is renewed, so its last day must be there; only the facility's own
    /// approval may stand without.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("TR-02");
        let mut faults = Faults::default();
        let person = fields.get("person").parse().ok();
        if person.is_none() {
            faults.add("person", Words::new("職員を選んでください。", "Please choose somebody."));
        }
        let kind = fields.one_of("kind", &Qualification::ALL, &mut faults);
        let valid_until = match (fields.get("valid_until"), kind) {
            ("", Some(Qualification::Equal) | None) => None,
            _ => fields.date("valid_until", &mut faults),
        };
        let checked_how = fields.line("checked_how", &mut faults);
        match (person, kind) {
            (Some(person), Some(kind)) => faults.done(|| Self { person, kind, valid_until, checked_how }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_recorded_with_its_last_day() {
        // TR-02
        let person = PersonId::from_bytes([1; 16]).to_string();
        let cases: [(&str, &str, &str, &[&str]); 6] = [
            ("oral_radiologist", "2030-03-31", "認定証の原本", &[]),
            ("oral_radiologist", "", "認定証の原本", &["valid_until"]),
            ("diagnostic_radiologist", "x", "認定証の原本", &["valid_until"]),
            ("equal", "", "院内の審査", &[]),
            ("equal", "2030-03-31", "", &["checked_how"]),
            ("", "", "", &["kind", "checked_how"]),
        ];
        for (kind, until, how, expected) in cases {
            let pairs = [("person", person.as_str()), ("kind", kind), ("valid_until", until), ("checked_how", how)];
            let faults = Form::parse(&Fields::of(&pairs)).err().unwrap_or_default();
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), expected, "{kind} {until} {how}");
        }
    }
}
