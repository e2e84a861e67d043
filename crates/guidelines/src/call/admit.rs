//! Who may come into a running call beside the patient and the doctor.

use kernel::{Words, clause};

use crate::mend::Mend;
use crate::verdict::{Findings, NotMet};

kernel::keyed! {
    /// As what a further person comes in.
    ///
    /// A doctor, a nurse or a supporter at the patient's side, and a specialist from afar, need papers of their own
    /// before the call; they get their variants together with those rules.
    #[derive(Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ThirdPersonRole {
        /// A member of the clinic's staff.
        Staff => "staff", "スタッフ", "Staff";
        /// A student or trainee.
        Student => "student", "学生・研修者", "Student or trainee";
        /// Family of the patient.
        Family => "family", "ご家族", "Family";
        /// The guardian of a child.
        Guardian => "guardian", "保護者", "Guardian";
        /// An interpreter.
        Interpreter => "interpreter", "通訳", "Interpreter";
    }
}

/// The facts about one further person, for this call. An agreement of an earlier call does not count.
#[derive(Debug, Clone)]
pub struct ThirdPersonFacts {
    /// As what the person comes in.
    pub role: ThirdPersonRole,
    /// The person's name is on record.
    pub named: bool,
    /// The patient was told who it is and why.
    pub explained: bool,
    /// The patient (or guardian) agreed in this call. `true` for whom the patient brings along.
    pub patient_agreed: bool,
    /// The doctor let the person in.
    pub doctor_admitted: bool,
}

/// Whether a further person may come in.
///
/// # Errors
/// Each clause not met; never empty.
pub fn may_admit(facts: &ThirdPersonFacts) -> Result<(), Vec<NotMet>> {
    clause!("OV-164", "OV-244");
    let mut found = Findings::default();
    found.need(
        facts.named,
        NotMet::new(
            "OV-244",
            Words::new("名前のわからない人は通話に入れません。", "Nobody without a name comes into the call."),
            Mend::NamePerson,
        ),
    );
    found.need(
        facts.explained,
        NotMet::new(
            "OV-164",
            Words::new(
                "誰がなぜ同席するのかを、患者さんにまだ説明していません。",
                "The patient has not been told who is to come in and why.",
            ),
            Mend::ExplainFurtherPerson,
        ),
    );
    found.need(
        facts.patient_agreed,
        NotMet::new(
            "OV-164",
            Words::new(
                "今回の同席について、患者さんの同意がありません。",
                "The patient has not agreed to this person for this call.",
            ),
            Mend::AskPatientForPerson,
        ),
    );
    found.need(
        facts.doctor_admitted,
        NotMet::new(
            "OV-164",
            Words::new("担当医がまだ同席を許可していません。", "The doctor has not let this person in."),
            Mend::AdmitPerson,
        ),
    );
    found.verdict().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_further_person_needs_a_name_an_explanation_and_two_agreements() {
        // (named, explained, patient, doctor) → clauses
        type Facts = (bool, bool, bool, bool);
        let cases: [(Facts, &[&str]); 6] = [
            ((true, true, true, true), &[]),
            ((false, true, true, true), &["OV-244"]),
            ((true, false, true, true), &["OV-164"]),
            ((true, true, false, true), &["OV-164"]),
            ((true, true, true, false), &["OV-164"]),
            ((false, false, false, false), &["OV-244", "OV-164", "OV-164", "OV-164"]),
        ];
        for role in ThirdPersonRole::ALL {
            for ((named, explained, patient_agreed, doctor_admitted), expected) in cases {
                let facts = ThirdPersonFacts { role, named, explained, patient_agreed, doctor_admitted };
                let found = may_admit(&facts).err().unwrap_or_default();
                let clauses: Vec<&str> = found.iter().map(|it| it.clause.as_str()).collect();
                assert_eq!(clauses, expected, "{facts:?}");
            }
            assert_eq!(ThirdPersonRole::from_key(role.key()), Some(role));
        }
    }
}
