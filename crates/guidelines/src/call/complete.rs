//! When a visit may be closed, and as what.

use kernel::{Lang, Words, clause};

use crate::identity::{self, TreatFacts};
use crate::mend::Mend;
use crate::verdict::{Findings, NotMet, OpenTask};

/// Seconds that picture and sound must have flowed, each in each direction, before a visit counts as held.
///
/// The guideline gives no number. Half a minute is the least in which two people can see and hear each other, check
/// who they are and exchange one question; below it nothing but a failed attempt is plausible.
pub const AV_SECONDS_MIN: u32 = 30;

/// Seconds in which media really arrived, summed over reconnections. Measured by the receiving side, never declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    /// Moving picture of the patient at the doctor's side.
    pub patient_picture_s: u32,
    /// Sound of the patient at the doctor's side.
    pub patient_sound_s: u32,
    /// Moving picture of the doctor at the patient's side.
    pub doctor_picture_s: u32,
    /// Sound of the doctor at the patient's side.
    pub doctor_sound_s: u32,
}

impl Measured {
    /// Whether each of the four reached [`AV_SECONDS_MIN`].
    #[must_use]
    pub fn enough(self) -> bool {
        let Self { patient_picture_s, patient_sound_s, doctor_picture_s, doctor_sound_s } = self;
        [patient_picture_s, patient_sound_s, doctor_picture_s, doctor_sound_s].iter().all(|it| *it >= AV_SECONDS_MIN)
    }
}

/// The judgement of the doctor whether this visit could be held online.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feasibility {
    /// Not recorded.
    Missing,
    /// Online was suitable.
    Suitable,
    /// Online was not suitable, or the information did not suffice; the reason is on record.
    NotSuitable,
}

kernel::keyed! {
    /// Where "not suitable" leads.
    #[derive(Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum WayOut {
        /// An in-person visit was booked here.
        InPersonHere => "in_person_here";
        /// A referral letter to another facility was written.
        ReferralElsewhere => "referral_elsewhere";
    }
}

/// The facts at the end of a call.
#[derive(Debug, Clone)]
pub struct CompleteFacts {
    /// OV-161: what really flowed.
    pub measured: Measured,
    /// OV-103, OV-160: the judgement.
    pub feasibility: Feasibility,
    /// OV-103: where it leads; only asked for when not suitable.
    pub way_out: Option<WayOut>,
    /// OV-110: the doctor recorded that useful information replacing in-person findings was obtained.
    pub information_recorded: bool,
    /// OV-140, OV-141: identity, both ways.
    pub identity: TreatFacts,
    /// OV-131: after a first visit, the further policy was told (next date and way, where to go if worse).
    pub further_policy_told: bool,
    /// OV-104: the explanation was postponed in an emergency and is still to be given.
    pub explanation_still_open: bool,
}

/// As what a visit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Held online.
    Held,
    /// Not suitable; led on in person. Nothing was treated online.
    NotSuitable(WayOut),
}

/// The right to close a visit. Only [`may_complete`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    outcome: Outcome,
    open: Vec<OpenTask>,
}

impl Completion {
    /// As what it ends.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What stays to be done after the visit.
    #[must_use]
    pub fn open(&self) -> &[OpenTask] {
        &self.open
    }
}

/// Whether the visit may be closed. A visit that is not suitable closes at any moment, even before the picture
/// came, as soon as the way out is on file; one that was held needs everything else.
///
/// # Errors
/// Each clause not met; never empty.
pub fn may_complete(facts: &CompleteFacts) -> Result<Completion, Vec<NotMet>> {
    clause!("OV-103", "OV-110", "OV-131", "OV-160", "OV-161");
    let mut found = Findings::default();
    found.wish(
        !facts.explanation_still_open,
        OpenTask::new(
            "OV-104",
            Words::new(
                "緊急のため後回しにした説明を行ってください。",
                "Give the explanation that was postponed in the emergency.",
            ),
            Mend::Explain,
        ),
    );
    let outcome = match (facts.feasibility, facts.way_out) {
        (Feasibility::NotSuitable, Some(way)) => Outcome::NotSuitable(way),
        (Feasibility::NotSuitable, None) => {
            found.need(
                false,
                NotMet::new(
                    "OV-103",
                    Words::new(
                        "オンラインに適さないときは、対面の予約か紹介につなげてください。",
                        "When online is not suitable, lead on to an in-person booking or a referral.",
                    ),
                    Mend::BookInPerson,
                ),
            );
            Outcome::Held
        }
        (judged, _) => {
            found.need(
                judged == Feasibility::Suitable,
                NotMet::new(
                    "OV-103",
                    Words::new(
                        "オンラインで診てよかったかどうかの判断が記録されていません。",
                        "The judgement whether online was suitable is not recorded.",
                    ),
                    Mend::RecordFeasibility,
                ),
            );
            held(facts, &mut found);
            Outcome::Held
        }
    };
    found.verdict().map(|open| Completion { outcome, open })
}

fn held(facts: &CompleteFacts, found: &mut Findings) {
    if !facts.measured.enough() {
        found.need(false, too_short(facts.measured));
    }
    found.need(
        facts.information_recorded,
        NotMet::new(
            "OV-110",
            Words::new(
                "対面に代わる有用な情報が得られたかどうかが記録されていません。",
                "It is not recorded whether useful information in place of in-person findings was obtained.",
            ),
            Mend::RecordInformation,
        ),
    );
    match identity::may_treat(&facts.identity) {
        Ok(open) => found.open.extend(open),
        Err(not_met) => found.not_met.extend(not_met),
    }
    found.need(
        facts.further_policy_told || !facts.identity.first_visit,
        NotMet::new(
            "OV-131",
            Words::new(
                "初診の後の方針（次回の日時と方法、悪くなったときの受診先）をまだ伝えていません。",
                "After a first visit, the next date and way, and where to go if worse, have not been told yet.",
            ),
            Mend::TellFurtherPolicy,
        ),
    );
}

/// Names each direction that is missing, so that nobody has to guess which side was mute.
fn too_short(measured: Measured) -> NotMet {
    let parts = [
        (measured.patient_picture_s, Words::new("患者さんの映像", "the patient's picture")),
        (measured.patient_sound_s, Words::new("患者さんの音声", "the patient's sound")),
        (measured.doctor_picture_s, Words::new("担当医の映像", "the doctor's picture")),
        (measured.doctor_sound_s, Words::new("担当医の音声", "the doctor's sound")),
    ];
    let short: Vec<_> = parts.iter().filter(|it| it.0 < AV_SECONDS_MIN).collect();
    let list = |lang: Lang, comma: &str| {
        let each = |it: &&(u32, Words)| format!("{} {}{}", it.1.in_lang(lang), it.0, lang.t("秒", " s"));
        short.iter().map(each).collect::<Vec<_>>().join(comma)
    };
    let reason = Words::made(
        format!("映像と音声が双方に{AV_SECONDS_MIN}秒以上届いていません：{}。", list(Lang::Ja, "、")),
        format!("Picture and sound did not reach both sides for {AV_SECONDS_MIN} s: {}.", list(Lang::En, ", ")),
    );
    NotMet::new("OV-161", reason, Mend::HoldTheCall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{DoctorShown, Method};

    fn facts() -> CompleteFacts {
        let measured =
            Measured { patient_picture_s: 300, patient_sound_s: 300, doctor_picture_s: 300, doctor_sound_s: 300 };
        CompleteFacts {
            measured,
            feasibility: Feasibility::Suitable,
            way_out: None,
            information_recorded: true,
            identity: TreatFacts {
                first_visit: false,
                family_doctor: false,
                patient: Some(Method::EvidentlyKnown),
                doctor: Some(DoctorShown::IdentityCard),
            },
            further_policy_told: false,
            explanation_still_open: false,
        }
    }

    type Change = fn(&mut CompleteFacts);

    #[test]
    fn a_visit_is_closed_only_when_it_was_really_held() {
        let cases: &[(&str, Change, &[&str])] = &[
            ("held", |_| {}, &[]),
            ("one second short", |it| it.measured.patient_sound_s = AV_SECONDS_MIN - 1, &["OV-161"]),
            ("exactly enough", |it| it.measured.patient_sound_s = AV_SECONDS_MIN, &[]),
            ("doctor not seen", |it| it.measured.doctor_picture_s = 0, &["OV-161"]),
            ("nothing flowed", |it| it.measured = Measured::default(), &["OV-161"]),
            ("not judged", |it| it.feasibility = Feasibility::Missing, &["OV-103"]),
            ("no information recorded", |it| it.information_recorded = false, &["OV-110"]),
            ("patient unknown", |it| it.identity.patient = None, &["OV-140"]),
            (
                "first visit",
                |it| {
                    it.identity.first_visit = true;
                    it.identity.family_doctor = true;
                },
                &["OV-131"],
            ),
            (
                "all at once",
                |it| {
                    it.measured = Measured::default();
                    it.feasibility = Feasibility::Missing;
                    it.information_recorded = false;
                    it.identity.doctor = None;
                },
                &["OV-103", "OV-161", "OV-110", "OV-140"],
            ),
        ];
        for (name, change, expected) in cases {
            let mut facts = facts();
            change(&mut facts);
            let found = may_complete(&facts).err().unwrap_or_default();
            let clauses: Vec<&str> = found.iter().map(|it| it.clause.as_str()).collect();
            assert_eq!(clauses, *expected, "{name}");
        }
    }

    #[test]
    fn not_suitable_ends_it_at_once_and_leads_on() {
        // OV-103, OV-160: no picture, no identity is needed to stop; a way out is.
        let mut facts = facts();
        facts.measured = Measured::default();
        facts.identity.patient = None;
        facts.feasibility = Feasibility::NotSuitable;
        let found = may_complete(&facts).expect_err("no way out");
        assert_eq!(found.iter().map(|it| it.clause.as_str()).collect::<Vec<_>>(), ["OV-103"]);
        for way in [WayOut::InPersonHere, WayOut::ReferralElsewhere] {
            facts.way_out = Some(way);
            assert_eq!(may_complete(&facts).expect("it ends").outcome(), Outcome::NotSuitable(way));
        }
    }

    #[test]
    fn the_reason_names_the_mute_side() {
        let mut facts = facts();
        facts.measured.doctor_sound_s = 4;
        let found = may_complete(&facts).expect_err("too short");
        assert!(found[0].reason.ja.contains("担当医の音声 4秒"), "{}", found[0].reason.ja);
        assert!(!found[0].reason.ja.contains("患者さんの"), "{}", found[0].reason.ja);
    }

    #[test]
    fn a_postponed_explanation_stays_open_after_the_visit() {
        let mut facts = facts();
        facts.explanation_still_open = true;
        let done = may_complete(&facts).expect("it is held");
        assert_eq!(done.outcome(), Outcome::Held);
        assert_eq!(done.open()[0].clause.as_str(), "OV-104");
    }
}
