//! The patient arrives: says where they are, that nobody else sees or hears, which medicines they take, where to call back.

pub mod pages;
pub mod store;

use guidelines::NotMet;
use guidelines::place::{PlaceKind, Statement, judge};
use kernel::{Timestamp, Words};
use web::{Faults, Fields};

/// What is stated, well-formed; whether the visit may be held there is [`guidelines::place::judge`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where, and that it is safe, clean and private.
    pub statement: Statement,
    /// In words.
    pub detail: Detail,
}

/// The free parts, sealed in the row.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Detail {
    /// Where exactly.
    pub place: String,
    /// Who else is in the room; empty for nobody.
    pub company: String,
    /// Medicines taken now.
    pub medicines: String,
    /// Where to call when the connection breaks.
    pub phone: String,
}

/// A kept arrival.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// What was stated.
    pub arrival: Arrival,
    /// When.
    pub stated_at: Timestamp,
}

impl Arrival {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let kind = PlaceKind::from_key(fields.get("place"));
        if kind.is_none() {
            faults.add("place", Words::new("いまいる場所を選んでください。", "Please choose where you are."));
        }
        let detail = Detail {
            place: fields.line_if_any("place_detail", &mut faults),
            company: fields.line_if_any("company", &mut faults),
            medicines: fields.text_if_any("medicines", &mut faults),
            phone: fields.line("phone", &mut faults),
        };
        if detail.medicines.is_empty() && !fields.ticked("no_medicines") {
            faults.add(
                "medicines",
                Words::new(
                    "飲んでいる薬を書くか、「薬はない」を選んでください。",
                    "Write your medicines, or tick that there are none.",
                ),
            );
        }
        let statement = Statement {
            kind: kind.unwrap_or(PlaceKind::Other),
            safe: fields.ticked("safe"),
            clean: fields.ticked("clean"),
            private: fields.ticked("private"),
        };
        faults.done(|| Self { statement, detail })
    }

    /// Whether the visit may be held there.
    ///
    /// # Errors
    /// Each thing that stops it.
    pub fn judge(&self) -> Result<(), Vec<NotMet>> {
        judge(&self.statement)
    }
}
