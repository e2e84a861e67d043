//! The guideline's "first visit", kept apart from the one of the claims rules, and the paths by which it may be online.
//!
//! Two paths can be satisfied: the family doctor, or sufficient information from named sources. The guideline knows
//! a third, a finished pre-visit consultation (診療前相談, OV-113). Haruka does not offer that consultation yet, so
//! [`Path`] has no variant for it: what nobody can hold must not be selectable. It comes with its own noun.

use std::sync::LazyLock;

use kernel::{Date, Words, clause};

use crate::mend::Mend;
use crate::verdict::{Findings, NotMet};

/// What is known about the time since this patient was last seen here for this complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// The patient was never seen here in person.
    pub new_patient: bool,
    /// A symptom that was not foreseen in the care so far.
    pub new_symptom: bool,
    /// The illness had been declared cured.
    pub cured_before: bool,
    /// Days since the last visit, where there was one.
    pub days_since_last: Option<u32>,
}

/// Why a visit looks like a first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Never seen here.
    NewPatient,
    /// A symptom not foreseen.
    NewSymptom,
    /// The same illness again after its cure.
    AfterCure,
    /// The same illness after a long gap.
    LongGap,
}

impl Reason {
    /// For the doctor's form.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::NewPatient => Words::new("はじめての患者さん", "A new patient"),
            Self::NewSymptom => Words::new("予想していなかった新しい症状", "A new symptom that was not foreseen"),
            Self::AfterCure => Words::new("治ったあとの再発", "The same illness after its cure"),
            Self::LongGap => Words::new("長い中断のあと", "After a long gap"),
        }
    }
}

/// What the doctor is proposed; the decision is the doctor's and is stored with who and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// It looks like a first visit.
    FirstVisit(Vec<Reason>),
    /// It looks like a follow-up.
    FollowUp,
}

/// Days after which a pause is proposed as "long". The guideline leaves the length to the doctor; this is only the
/// starting value of the form and the facility may set its own.
#[must_use]
pub fn long_gap_days(day: Date) -> u32 {
    clause!("CS-142");
    DEFAULTS.iter().rev().find(|it| it.valid_from <= day).or(DEFAULTS.first()).map_or(90, |it| it.long_gap_days)
}

#[derive(Debug, serde::Deserialize)]
struct Default {
    #[serde(deserialize_with = "crate::dated::day")]
    valid_from: Date,
    long_gap_days: u32,
}

#[allow(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
static DEFAULTS: LazyLock<Vec<Default>> = LazyLock::new(|| {
    #[derive(serde::Deserialize)]
    struct File {
        defaults: Vec<Default>,
    }
    let file: File = serde_json::from_str(include_str!("../data/first-visit-2026.json")).expect("dated defaults");
    file.defaults
});

/// What a visit looks like; `gap_days` from [`long_gap_days`] or the facility's own setting.
#[must_use]
pub fn propose(occasion: &Occasion, gap_days: u32) -> Proposal {
    clause!("OV-112", "OV-262");
    let long_gap = occasion.days_since_last.is_some_and(|it| it >= gap_days);
    let reasons: Vec<Reason> = [
        (occasion.new_patient, Reason::NewPatient),
        (occasion.new_symptom, Reason::NewSymptom),
        (occasion.cured_before, Reason::AfterCure),
        (long_gap, Reason::LongGap),
    ]
    .into_iter()
    .filter_map(|(applies, reason)| applies.then_some(reason))
    .collect();
    if reasons.is_empty() { Proposal::FollowUp } else { Proposal::FirstVisit(reasons) }
}

/// What the doctor decided in the sense of the guideline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuidelineVisit {
    /// A first visit.
    First,
    /// A follow-up under a plan.
    FollowUp,
}

kernel::keyed! {
    /// What the visit is in the sense of the claims rules. A field of its own (OV-262): a first visit of the guideline
    /// may be a repeat visit for the claims, and the other way round.
    #[derive(Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ClaimsVisit {
        /// First-visit fee.
        First => "first", "初診料", "First-visit fee";
        /// Repeat-visit fee.
        Repeat => "repeat", "再診料", "Repeat-visit fee";
        /// Not claimed (private care).
        Private => "private", "自費（請求しない）", "Private, not claimed";
    }
}

kernel::keyed! {
    /// A named source of medical information that stands in for knowing the patient.
    #[derive(Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Source {
        /// 過去の診療録
        PastChart => "past_chart", "過去の診療録", "Past chart";
        /// 診療情報提供書
        ReferralLetter => "referral_letter", "診療情報提供書", "Referral letter";
        /// 健康診断の結果
        CheckUp => "check_up", "健康診断の結果", "Results of a check-up";
        /// 地域医療情報ネットワーク
        RegionalNetwork => "regional_network", "地域医療情報ネットワーク", "Regional health network";
        /// お薬手帳
        MedicineNotebook => "medicine_notebook", "お薬手帳", "Medicine notebook";
        /// PHR
        Phr => "phr", "PHR（本人の健康記録）", "Personal health record";
    }
}

/// By which path a first visit is held online. See the module for the path that is left out on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// The doctor already has a direct relation with the patient from in-person care.
    FamilyDoctor,
    /// Enough is known from named sources, and the doctor judged with the symptoms that online is possible.
    SufficientInformation {
        /// Where it came from; at least one.
        sources: Vec<Source>,
        /// What was learned from them stands in the chart.
        copied_to_chart: bool,
    },
}

impl Path {
    /// Whether the family doctor holds it.
    #[must_use]
    pub fn is_family_doctor(&self) -> bool {
        matches!(self, Self::FamilyDoctor)
    }
}

/// Whether a first visit may be held online by `path`.
///
/// # Errors
/// Each clause not met; never empty.
pub fn check_path(path: Option<&Path>) -> Result<(), Vec<NotMet>> {
    clause!("OV-112");
    let mut found = Findings::default();
    match path {
        None => found.need(
            false,
            NotMet::new(
                "OV-112",
                Words::new("オンラインの初診をどの条件で行うか（かかりつけ、または十分な情報）が決まっていません。", "It is not decided on what ground a first visit is online: family doctor, or sufficient information."),
                Mend::DecideFirstVisitPath,
            ),
        ),
        Some(Path::FamilyDoctor) => {}
        Some(Path::SufficientInformation { sources, copied_to_chart }) => {
            found.need(
                !sources.is_empty(),
                NotMet::new(
                    "OV-112",
                    Words::new("判断のもとになった情報源が選ばれていません。", "No source of the information is chosen."),
                    Mend::DecideFirstVisitPath,
                ),
            );
            found.need(
                *copied_to_chart,
                NotMet::new(
                    "OV-112",
                    Words::new("事前に得た情報が診療録に書かれていません。", "The information obtained beforehand is not in the chart."),
                    Mend::CopySourcesToChart,
                ),
            );
        }
    }
    found.verdict().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_first_visit() {
        // OV-112, OV-262: (new patient, new symptom, cured, days) → reasons
        type Seen = (bool, bool, bool, Option<u32>);
        let cases: [(Seen, &[Reason]); 7] = [
            ((true, false, false, None), &[Reason::NewPatient]),
            ((false, true, false, Some(10)), &[Reason::NewSymptom]),
            ((false, false, true, Some(10)), &[Reason::AfterCure]),
            ((false, false, false, Some(89)), &[]),
            ((false, false, false, Some(90)), &[Reason::LongGap]),
            ((false, true, false, Some(400)), &[Reason::NewSymptom, Reason::LongGap]),
            ((false, false, false, None), &[]),
        ];
        for ((new_patient, new_symptom, cured_before, days_since_last), expected) in cases {
            let occasion = Occasion { new_patient, new_symptom, cured_before, days_since_last };
            let reasons = match propose(&occasion, 90) {
                Proposal::FirstVisit(reasons) => reasons,
                Proposal::FollowUp => vec![],
            };
            assert_eq!(reasons, expected, "{occasion:?}");
        }
    }

    #[test]
    fn the_length_of_a_gap_is_dated_data() {
        // CS-142
        assert_eq!(long_gap_days(Date::constant(2026, 11, 21)), 90);
        assert_eq!(long_gap_days(Date::constant(1999, 1, 1)), 90);
    }

    #[test]
    fn a_first_visit_needs_a_path() {
        let information = |sources: &[Source], copied_to_chart| {
            Some(Path::SufficientInformation { sources: sources.to_vec(), copied_to_chart })
        };
        let cases: [(Option<Path>, &[Mend]); 6] = [
            (None, &[Mend::DecideFirstVisitPath]),
            (Some(Path::FamilyDoctor), &[]),
            (information(&[Source::ReferralLetter], true), &[]),
            (information(&[Source::MedicineNotebook, Source::Phr], false), &[Mend::CopySourcesToChart]),
            (information(&[], true), &[Mend::DecideFirstVisitPath]),
            (information(&[], false), &[Mend::DecideFirstVisitPath, Mend::CopySourcesToChart]),
        ];
        for (path, expected) in cases {
            let found = check_path(path.as_ref()).err().unwrap_or_default();
            assert!(found.iter().all(|it| it.clause.as_str() == "OV-112"));
            assert_eq!(found.iter().map(|it| it.mend).collect::<Vec<_>>(), expected, "{path:?}");
        }
        for source in Source::ALL {
            assert_eq!(Source::from_key(source.key()), Some(source));
        }
    }
}
