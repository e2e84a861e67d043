//! A second reading: another reader of the same facility looks at the images and at a signed version, and grades what differs
//! (TR-11). A difference that matters stands on the case until a new version is signed.

pub mod pages;
pub mod store;

use kernel::{PersonId, Timestamp, Words, clause};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

kernel::keyed! {
    /// What differs between the two readings.
    #[derive(PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Grade {
        /// Nothing.
        Agree => "agree", "一致", "Agree";
        /// Words; nothing that changes what is done.
        Minor => "minor", "軽い違い（方針は変わらない）", "Minor: nothing changes";
        /// Something that may change what is done.
        Relevant => "relevant", "方針に影響しうる違い", "May change what is done";
        /// Something that puts the patient at risk.
        Grave => "grave", "重大な違い（すぐ訂正が必要）", "Grave: must be corrected at once";
    }
}

impl Grade {
    /// Whether a new version is asked for.
    #[must_use]
    pub fn matters(self) -> bool {
        self >= Self::Relevant
    }
}

/// What the form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The grade.
    pub grade: Grade,
    /// What differs; may be empty where nothing does.
    pub note: String,
}

impl Form {
    /// Reads the form: a difference is said in words.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("TR-11");
        let mut faults = Faults::default();
        let grade = fields.one_of("grade", &Grade::keys(), &mut faults);
        let note = fields.text_if_any("note", &mut faults);
        if note.is_empty() && grade.is_some_and(|it| it != Grade::Agree) {
            faults.add("note", Words::new("違いの内容を書いてください。", "Please say what differs."));
        }
        match grade {
            Some(grade) => faults.done(|| Self { grade, note }),
            None => Err(faults),
        }
    }
}

/// A second reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Second {
    /// By whom.
    pub reader: PersonId,
    /// The name.
    pub name: String,
    /// Of which version.
    pub number: i64,
    /// The grade.
    pub grade: Grade,
    /// What differs.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// Those that ask for a new version and have none: their version is still the newest.
#[must_use]
pub fn unanswered(all: &[Second], newest: i64) -> Vec<&Second> {
    clause!("TR-11");
    all.iter().filter(|it| it.grade.matters() && it.number == newest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_words() {
        // TR-11
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 5] = [
            (&[("grade", "agree")], &[]),
            (&[("grade", "grave"), ("note", "下顎管との距離が逆")], &[]),
            (&[("grade", "minor")], &["note"]),
            (&[("grade", "grave")], &["note"]),
            (&[("note", "x")], &["grade"]),
        ];
        for (pairs, expected) in cases {
            let faults = Form::parse(&Fields::of(pairs)).err().unwrap_or_default();
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_matters_stands_until_a_new_version() {
        // TR-11
        let second = |grade, number| Second {
            reader: PersonId::from_bytes([1; 16]),
            name: "x".into(),
            number,
            grade,
            note: String::new(),
            at: "2026-11-24T00:00:00Z".parse().expect("an instant"),
        };
        for (grade, stands) in [(Grade::Agree, 0), (Grade::Minor, 0), (Grade::Relevant, 1), (Grade::Grave, 1)] {
            assert_eq!(unanswered(&[second(grade, 1)], 1).len(), stands, "{grade:?}");
            assert!(unanswered(&[second(grade, 1)], 2).is_empty(), "answered by the second version");
        }
    }
}
