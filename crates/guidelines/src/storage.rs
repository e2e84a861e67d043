//! Whether pictures and sound of a visit are kept: nothing is, unless both agreed before.

use kernel::{Words, clause};

use crate::mend::Mend;
use crate::verdict::{Findings, NotMet};

/// What may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Still pictures in the chart.
    Pictures,
    /// Sound.
    Sound,
    /// Video with sound.
    Video,
}

/// What both agreed on. The default keeps nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Agreement {
    /// Nothing is kept by either side.
    #[default]
    Nothing,
    /// Both agreed before the visit.
    Keep {
        /// What.
        media: Vec<Medium>,
        /// Where: on which system or device.
        place: String,
        /// By whom it is kept and answered for.
        keeper: String,
        /// The patient agreed.
        patient_agreed: bool,
        /// The doctor agreed.
        doctor_agreed: bool,
    },
}

impl Agreement {
    /// The words of the default, for the consent and the plan.
    #[must_use]
    pub const fn default_words() -> Words {
        Words::new("映像・音声・写真は保存しません。", "No video, sound or picture is kept.")
    }
}

/// Whether `medium` may be kept under `agreement`. Where this says no, no control for it exists on the page.
///
/// # Errors
/// Each clause not met; never empty.
pub fn may_keep(agreement: &Agreement, medium: Medium) -> Result<(), Vec<NotMet>> {
    clause!("OV-132", "OV-245");
    let mut found = Findings::default();
    let Agreement::Keep { media, place, keeper, patient_agreed, doctor_agreed } = agreement else {
        found.need(
            false,
            NotMet::new(
                "OV-245",
                Words::new(
                    "保存の取り決めがないので、記録はできません。",
                    "Nothing can be kept without an agreement on storing.",
                ),
                Mend::AgreeOnStorage,
            ),
        );
        return found.verdict().map(drop);
    };
    found.need(
        !place.trim().is_empty() && !keeper.trim().is_empty(),
        NotMet::new(
            "OV-132",
            Words::new("保存する場所と責任者が決まっていません。", "Where it is kept, and by whom, is not decided."),
            Mend::AgreeOnStorage,
        ),
    );
    found.need(
        *patient_agreed && *doctor_agreed,
        NotMet::new(
            "OV-132",
            Words::new(
                "保存には、患者さんと担当医の両方の合意が必要です。",
                "Both the patient and the doctor must agree on storing.",
            ),
            Mend::AgreeOnStorage,
        ),
    );
    found.need(
        media.contains(&medium),
        NotMet::new(
            "OV-245",
            Words::new(
                "この種類の保存は取り決めに含まれていません。",
                "Keeping this kind is not part of the agreement.",
            ),
            Mend::AgreeOnStorage,
        ),
    );
    found.verdict().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_unless_both_agreed() {
        let keep = |media: &[Medium], place: &str, patient_agreed, doctor_agreed| Agreement::Keep {
            media: media.to_vec(),
            place: place.into(),
            keeper: "青葉歯科クリニック".into(),
            patient_agreed,
            doctor_agreed,
        };
        let pictures = [Medium::Pictures];
        let cases: [(Agreement, &[&str]); 6] = [
            (Agreement::default(), &["OV-245"]),
            (keep(&pictures, "診療録", true, true), &[]),
            (keep(&pictures, "診療録", false, true), &["OV-132"]),
            (keep(&pictures, "診療録", true, false), &["OV-132"]),
            (keep(&pictures, " ", true, true), &["OV-132"]),
            (keep(&[Medium::Sound], "診療録", true, true), &["OV-245"]),
        ];
        for (agreement, expected) in cases {
            let found = may_keep(&agreement, Medium::Pictures).err().unwrap_or_default();
            assert_eq!(found.iter().map(|it| it.clause.as_str()).collect::<Vec<_>>(), expected, "{agreement:?}");
        }
    }
}
