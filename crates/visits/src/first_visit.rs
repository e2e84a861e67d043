//! What a visit rests on: the doctor decides, from a proposal, whether it is a first visit in the sense of the guideline,
//! and by which path it is online. What the claims rules call it is asked beside it, as a field of its own (OV-262).

pub mod pages;
pub mod store;

use guidelines::Mend;
use guidelines::call::{PlanState, VisitBasis};
use guidelines::first_visit::{ClaimsVisit, GuidelineVisit, Occasion, Path, Source, check_path};
use kernel::{Timestamp, Words, clause, time};
use web::{Faults, Fields};

use crate::questionnaire::Answers;

/// What the visit rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// A follow-up under a plan.
    Plan,
    /// A first visit by the family doctor.
    FamilyDoctor,
    /// A first visit on enough information.
    Information(Information),
    /// A first visit that no path allows online: the illness is sudden or acute (OV-116).
    InPerson,
}

/// What is known beforehand, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Information {
    /// Where it comes from; at least one.
    pub sources: Vec<Source>,
    /// What it says. The chart takes it over.
    pub says: String,
}

impl Information {
    fn path(&self) -> Path {
        // The doctor writes it here as part of the patient's record, and the chart of this visit begins with it.
        Path::SufficientInformation { sources: self.sources.clone(), copied_to_chart: !self.says.is_empty() }
    }
}

/// Keys of the form, and their names, in the order in which they are offered.
pub(crate) static GROUNDS: [(&str, Words); 4] = [
    ("plan", Words::new("再診：診療計画にもとづく", "Follow-up, under the treatment plan")),
    (
        "family_doctor",
        Words::new("初診：かかりつけの歯科医師・医師として診る", "First visit, as the family dentist or doctor"),
    ),
    (
        "information",
        Words::new(
            "初診：事前に得た十分な情報にもとづく",
            "First visit, on sufficient information obtained beforehand",
        ),
    ),
    ("in_person", Words::new("初診：急に起こった病気なので対面で診る", "First visit, of a sudden illness: in person")),
];

impl Ground {
    /// Its key in the form.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::FamilyDoctor => "family_doctor",
            Self::Information(_) => "information",
            Self::InPerson => "in_person",
        }
    }

    /// Its name.
    #[must_use]
    pub fn words(&self) -> Words {
        GROUNDS.iter().find(|(key, _)| *key == self.key()).map_or_else(|| Words::new("", ""), |(_, it)| it.clone())
    }

    /// As [`Ground::words`], with the sources that were named: how the chart tells it.
    #[must_use]
    pub fn words_with_sources(&self) -> Words {
        let (words, Self::Information(it)) = (self.words(), self) else { return self.words() };
        let (ja, en): (Vec<_>, Vec<_>) = it.sources.iter().map(|it| (it.words().ja, it.words().en)).unzip();
        Words::made(format!("{}（{}）", words.ja, ja.join("、")), format!("{} ({})", words.en, en.join(", ")))
    }

    /// What it makes the visit in the sense of the guideline.
    #[must_use]
    pub fn guideline_visit(&self) -> GuidelineVisit {
        match self {
            Self::Plan => GuidelineVisit::FollowUp,
            Self::FamilyDoctor | Self::Information(_) | Self::InPerson => GuidelineVisit::First,
        }
    }

    /// The path of a first visit; `None` where there is none.
    #[must_use]
    pub fn path(&self) -> Option<Path> {
        match self {
            Self::Plan | Self::InPerson => None,
            Self::FamilyDoctor => Some(Path::FamilyDoctor),
            Self::Information(it) => Some(it.path()),
        }
    }
}

/// The doctor's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What the visit rests on.
    pub ground: Ground,
    /// What it is for the claims.
    pub claims: ClaimsVisit,
}

/// A kept decision.
#[derive(Debug, Clone)]
pub struct Decided {
    /// What was decided.
    pub decision: Decision,
    /// By whom, as the log names people.
    pub decided_by: String,
    /// When.
    pub decided_at: Timestamp,
}

impl Decision {
    /// Reads the form. Sources and text count on one ground only; elsewhere they are a fault, so that nothing typed is lost.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("OV-112", "OV-116", "OV-262");
        let mut faults = Faults::default();
        let key = fields.one_of("ground", &GROUNDS.each_ref().map(|(key, _)| (*key, *key)), &mut faults);
        let claims = fields.one_of("claims", &ClaimsVisit::keys(), &mut faults);
        let information = Information {
            sources: Source::ALL.into_iter().filter(|it| fields.all("source").any(|key| key == it.key())).collect(),
            says: fields.text_if_any("information", &mut faults),
        };
        if key == Some("information") {
            for found in check_path(Some(&information.path())).err().unwrap_or_default() {
                let field = if found.mend == Mend::CopySourcesToChart { "information" } else { "source" };
                faults.add(field, found.reason);
            }
        } else if key.is_some() && information != Information::default() {
            let words = Words::new(
                "情報源と内容は「十分な情報にもとづく」初診で使います。そちらを選ぶか、ここを空にしてください。",
                "Sources and text belong to a first visit on sufficient information. Choose that one, or empty these.",
            );
            faults.add("information", words);
        }
        let ground = match key {
            Some("plan") => Ground::Plan,
            Some("family_doctor") => Ground::FamilyDoctor,
            Some("information") => Ground::Information(information),
            _ => Ground::InPerson,
        };
        // A form without a claims field has a fault and never gets this far.
        faults.done(|| Self { ground, claims: claims.unwrap_or(ClaimsVisit::Private) })
    }
}

/// What a visit rests on, for the gate of the call. `plan` is asked only for a follow-up.
#[must_use]
pub fn basis(decided: Option<&Decided>, plan: impl FnOnce() -> PlanState) -> VisitBasis {
    clause!("OV-112", "OV-116", "OV-262");
    let Some(decided) = decided else { return VisitBasis::Undecided };
    let ground = &decided.decision.ground;
    match ground.guideline_visit() {
        GuidelineVisit::First => VisitBasis::FirstVisit(ground.path()),
        GuidelineVisit::FollowUp => VisitBasis::UnderPlan(plan()),
    }
}

/// What this house and the patient say about earlier visits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The last finished visit on record here.
    pub last_at: Option<Timestamp>,
    /// The patient's answer whether the symptom is new.
    pub new_symptom: Option<bool>,
    /// The patient's answer when they were last here, a key of the question.
    pub last_said: String,
}

impl History {
    pub(crate) fn new(last_at: Option<Timestamp>, answers: Option<&Answers>) -> Self {
        let answer =
            |key: &str| answers.and_then(|it| it.get(key)).and_then(|it| it.first()).map_or("", String::as_str);
        let new_symptom = match answer("new") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        Self { last_at, new_symptom, last_said: answer("last_visit").to_owned() }
    }

    /// What the rule of the proposal asks. Whether an illness was cured stands in no row: the doctor weighs that.
    #[must_use]
    pub fn occasion(&self, now: Timestamp) -> Occasion {
        clause!("OV-112");
        let on_record = self.last_at.map(|it| {
            let days = now.duration_since(it).as_hours() / 24;
            u32::try_from(days.max(0)).unwrap_or(u32::MAX)
        });
        Occasion {
            new_patient: on_record.is_none() && said_days(&self.last_said).is_none(),
            new_symptom: self.new_symptom == Some(true),
            cured_before: false,
            days_since_last: on_record.or(said_days(&self.last_said)),
        }
    }
}

/// The least number of days that an answer to "when were you last here" can mean; `None` for "never" and no answer.
fn said_days(answer: &str) -> Option<u32> {
    match answer {
        "quarter" => Some(0),
        "year" => Some(92),
        "longer" => Some(366),
        _ => None,
    }
}

/// What the answer says, for the doctor.
pub(crate) fn said_words(answer: &str) -> Words {
    match answer {
        "never" => Words::new("はじめて", "Never here before"),
        "quarter" => Words::new("3か月以内に受診", "Here within 3 months"),
        "year" => Words::new("1年以内に受診", "Here within a year"),
        "longer" => Words::new("1年より前に受診", "Here more than a year ago"),
        _ => Words::new("回答なし", "No answer"),
    }
}

/// The newest of several earlier visits, in whole days of the past: shown beside the proposal.
pub(crate) fn last_words(at: Option<Timestamp>) -> Words {
    at.map_or(Words::new("記録なし", "None on record"), |it| {
        let day = time::day(it);
        Words::made(time::show_day(day, kernel::Lang::Ja), time::show_day(day, kernel::Lang::En))
    })
}

#[cfg(test)]
mod tests {
    use guidelines::first_visit::{Proposal, Reason, propose};

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Decision, Vec<&'static str>> {
        Decision::parse(&Fields::of(pairs)).map_err(|it| it.0.iter().map(|(field, _)| *field).collect())
    }

    /// OV-112, OV-116, OV-262: what the doctor may decide, and what is asked for first.
    #[test]
    fn a_decision_is_whole() {
        let information = |sources: &[Source], says: &str| {
            Ground::Information(Information { sources: sources.to_vec(), says: says.into() })
        };
        type Case<'a> = (&'a [(&'a str, &'a str)], Result<(Ground, ClaimsVisit), Vec<&'static str>>);
        let cases: [Case<'_>; 11] = [
            (&[], Err(vec!["ground", "claims"])),
            (&[("ground", "plan")], Err(vec!["claims"])),
            (&[("claims", "first")], Err(vec!["ground"])),
            (&[("ground", "consultation"), ("claims", "first")], Err(vec!["ground"])),
            (&[("ground", "plan"), ("claims", "repeat")], Ok((Ground::Plan, ClaimsVisit::Repeat))),
            (&[("ground", "plan"), ("claims", "first")], Ok((Ground::Plan, ClaimsVisit::First))),
            (&[("ground", "family_doctor"), ("claims", "repeat")], Ok((Ground::FamilyDoctor, ClaimsVisit::Repeat))),
            (&[("ground", "in_person"), ("claims", "private")], Ok((Ground::InPerson, ClaimsVisit::Private))),
            (&[("ground", "information"), ("claims", "first")], Err(vec!["source", "information"])),
            (
                &[
                    ("ground", "information"),
                    ("claims", "first"),
                    ("source", "phr"),
                    ("source", "past_chart"),
                    ("information", "冠 16"),
                ],
                Ok((information(&[Source::PastChart, Source::Phr], "冠 16"), ClaimsVisit::First)),
            ),
            (&[("ground", "family_doctor"), ("claims", "first"), ("information", "冠 16")], Err(vec!["information"])),
        ];
        for (pairs, expected) in cases {
            assert_eq!(read(pairs), expected.map(|(ground, claims)| Decision { ground, claims }), "{pairs:?}");
        }
    }

    /// OV-112: a path that names a source but says nothing does not do, and the other way round.
    #[test]
    fn information_has_a_source_and_says_something() {
        let base = [("ground", "information"), ("claims", "first")];
        let source = [base.as_slice(), &[("source", "referral_letter")]].concat();
        let unknown = [base.as_slice(), &[("source", "hearsay"), ("information", "x")]].concat();
        let blank = [source.as_slice(), &[("information", "  ")]].concat();
        assert_eq!(read(&source), Err(vec!["information"]));
        assert_eq!(read(&unknown), Err(vec!["source"]));
        assert_eq!(read(&blank), Err(vec!["information"]));
    }

    /// OV-112, OV-116: only the two paths of the guideline allow a first visit online; an acute illness has none.
    #[test]
    fn only_a_path_allows_a_first_visit() {
        let known = Information { sources: vec![Source::PastChart], says: "x".into() };
        for (ground, visit, allowed) in [
            (Ground::FamilyDoctor, GuidelineVisit::First, true),
            (Ground::Information(known), GuidelineVisit::First, true),
            (Ground::InPerson, GuidelineVisit::First, false),
            (Ground::Plan, GuidelineVisit::FollowUp, false),
        ] {
            assert_eq!(ground.guideline_visit(), visit, "{ground:?}");
            assert_eq!(check_path(ground.path().as_ref()).is_ok(), allowed, "{ground:?}");
            assert_eq!(
                ground.words_with_sources().ja.contains("過去の診療録"),
                matches!(ground, Ground::Information(_))
            );
        }
    }

    /// OV-112, OV-262: the proposal from the record and the patient's answers. The record counts before the answer.
    #[test]
    fn what_is_proposed() {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().expect("a time");
        let days_ago = |days: i64| Some(time::plus_min(now, -days * 24 * 60));
        type Case<'a> = (Option<Timestamp>, Option<bool>, &'a str, &'a [Reason]);
        let cases: [Case<'_>; 9] = [
            (None, None, "", &[Reason::NewPatient]),
            (None, Some(false), "never", &[Reason::NewPatient]),
            (None, Some(false), "quarter", &[]),
            (None, Some(true), "quarter", &[Reason::NewSymptom]),
            (None, Some(false), "year", &[Reason::LongGap]),
            (None, Some(true), "longer", &[Reason::NewSymptom, Reason::LongGap]),
            (days_ago(10), Some(false), "never", &[]),
            (days_ago(10), Some(true), "quarter", &[Reason::NewSymptom]),
            (days_ago(90), Some(false), "quarter", &[Reason::LongGap]),
        ];
        for (last_at, new_symptom, said, expected) in cases {
            let history = History { last_at, new_symptom, last_said: said.into() };
            let reasons = match propose(&history.occasion(now), 90) {
                Proposal::FirstVisit(reasons) => reasons,
                Proposal::FollowUp => vec![],
            };
            assert_eq!(reasons, expected, "{history:?}");
        }
    }
}
