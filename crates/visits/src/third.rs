//! A further person in the call: named and explained by the clinic, agreed to by the patient on the patient's side, let in by
//! the doctor, each for this one call. A link alone opens nothing: the code that goes with it is told by voice.

pub mod pages;
pub mod store;

use guidelines::call::{ThirdPersonFacts, ThirdPersonRole};
use kernel::{RowId, Timestamp, Words};
use web::{Faults, Fields};

/// Further people in one call: with patient and doctor the mesh carries five.
pub const PEOPLE_MAX: usize = 3;
/// Wrong codes until the link is dead: with six digits, one guess in two hundred thousand gets through.
pub const TRIES_MAX: i64 = 5;

kernel::keyed! {
    /// How a further person takes part.
    pub enum Way {
        /// In the patient's room.
        BesidePatient => "beside_patient", "患者さんのそばにいる", "In the patient's room";
        /// In the doctor's room.
        BesideDoctor => "beside_doctor", "担当医のそばにいる", "In the doctor's room";
        /// By an own device, with a link and a code.
        Link => "link", "別の場所から、リンクと確認番号で入る", "From elsewhere, by a link and a code";
    }
}

/// A further person of one call.
#[derive(Debug, Clone)]
pub struct ThirdPerson {
    /// The id.
    pub id: RowId,
    /// Of which call.
    pub call: RowId,
    /// As what.
    pub role: ThirdPersonRole,
    /// How.
    pub way: Way,
    /// The name.
    pub name: String,
    /// Why, as the patient is told.
    pub reason: String,
    /// When the clinic named and explained it.
    pub explained_at: Timestamp,
    /// When the patient agreed.
    pub agreed_at: Option<Timestamp>,
    /// When the patient declined.
    pub declined_at: Option<Timestamp>,
    /// When the doctor let the person in.
    pub admitted_at: Option<Timestamp>,
    /// When the doctor asked the person to leave.
    pub removed_at: Option<Timestamp>,
    /// The code that goes with the link, while it can be used.
    pub code: Option<String>,
    /// Wrong codes so far.
    pub tries: i64,
}

impl ThirdPerson {
    /// The facts as the rule asks for them.
    #[must_use]
    pub fn facts(&self) -> ThirdPersonFacts {
        ThirdPersonFacts {
            role: self.role,
            named: !self.name.is_empty(),
            explained: true,
            patient_agreed: self.agreed_at.is_some() && self.declined_at.is_none(),
            doctor_admitted: self.admitted_at.is_some() && self.removed_at.is_none(),
        }
    }

    /// Whether the person may be in the call now.
    #[must_use]
    pub fn may_enter(&self) -> bool {
        guidelines::call::may_admit(&self.facts()).is_ok()
    }

    /// Whether the patient is still to answer.
    #[must_use]
    pub fn waits_for_patient(&self) -> bool {
        self.agreed_at.is_none() && self.declined_at.is_none() && self.removed_at.is_none()
    }
}

/// What the form says.
#[derive(Debug, Clone)]
pub struct Request {
    /// As what.
    pub role: ThirdPersonRole,
    /// How.
    pub way: Way,
    /// The name.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Request {
    /// Reads the form. That the patient was told is a tick of its own.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let role = fields.one_of("role", &ThirdPersonRole::keys(), &mut faults);
        let way = fields.one_of("way", &Way::keys(), &mut faults);
        let name = fields.line("name", &mut faults);
        let reason = fields.line("purpose", &mut faults);
        if !fields.ticked("explained") {
            let words =
                Words::new("患者さんに説明してから、印を付けてください。", "Tell the patient first, then tick this.");
            faults.add("explained", words);
        }
        match (role, way) {
            (Some(role), Some(way)) => faults.done(|| Self { role, way, name, reason }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> ThirdPerson {
        let at = Some(Timestamp::UNIX_EPOCH);
        ThirdPerson {
            id: RowId::from_bytes([1; 16]),
            call: RowId::from_bytes([2; 16]),
            role: ThirdPersonRole::Interpreter,
            way: Way::Link,
            name: "通訳 花子".into(),
            reason: "手話通訳".into(),
            explained_at: Timestamp::UNIX_EPOCH,
            agreed_at: at,
            declined_at: None,
            admitted_at: at,
            removed_at: None,
            code: None,
            tries: 0,
        }
    }

    #[test]
    fn a_further_person_needs_both_agreements_and_keeps_them() {
        // OV-164
        type Change = fn(&mut ThirdPerson);
        let cases: [(&str, Change, bool); 6] = [
            ("agreed and admitted", |_| {}, true),
            ("not asked", |it| it.agreed_at = None, false),
            ("declined afterwards", |it| it.declined_at = Some(Timestamp::UNIX_EPOCH), false),
            ("not admitted", |it| it.admitted_at = None, false),
            ("asked to leave", |it| it.removed_at = Some(Timestamp::UNIX_EPOCH), false),
            ("without a name", |it| it.name.clear(), false),
        ];
        for (case, change, expected) in cases {
            let mut it = person();
            change(&mut it);
            assert_eq!(it.may_enter(), expected, "{case}");
        }
    }

    #[test]
    fn the_patient_is_told_before_being_asked() {
        let pairs = [("role", "family"), ("way", "beside_patient"), ("name", "田中 一郎"), ("purpose", "付き添い")];
        let faults = Request::parse(&Fields::of(&pairs)).expect_err("not told yet");
        assert_eq!(faults.0[0].0, "explained");
        let mut told = pairs.to_vec();
        told.push(("explained", "1"));
        assert!(Request::parse(&Fields::of(&told)).is_ok());
    }
}
