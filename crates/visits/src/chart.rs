//! The chart entry of one visit: what the doctor found, judged and did (SOAP), the teeth by FDI number, and the facts of
//! the visit that the house knows itself. A finalised entry changes only by new versions.

mod beside;
pub mod facts;
pub mod pages;
mod paper;
pub mod store;
mod summary;

use std::collections::BTreeMap;

use kernel::{Lang, RowId, Timestamp, Tooth, Words, clause};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields, Filled};

pub use beside::routes as beside_routes;
pub use facts::Facts;
pub use summary::routes as summary_routes;

/// Something that can be noted of a tooth.
#[derive(Debug)]
pub struct Mark {
    /// Its key in rows and forms.
    pub key: &'static str,
    /// The sign in the chart, at most three letters.
    pub sign: Words,
    /// The same in words.
    pub words: Words,
}

const fn of(key: &'static str, sign: Words, words: Words) -> Mark {
    Mark { key, sign, words }
}

/// What can be noted, in the order of the list.
pub static MARKS: [Mark; 16] = [
    of("c1", Words::new("C1", "C1"), Words::new("う蝕（エナメル質）", "Caries in enamel")),
    of("c2", Words::new("C2", "C2"), Words::new("う蝕（象牙質）", "Caries in dentine")),
    of("c3", Words::new("C3", "C3"), Words::new("う蝕（歯髄まで）", "Caries into the pulp")),
    of("c4", Words::new("C4", "C4"), Words::new("残根", "Root left")),
    of("pul", Words::new("Pul", "Pul"), Words::new("歯髄炎の疑い", "Suspected pulpitis")),
    of("per", Words::new("Per", "Per"), Words::new("根尖性歯周炎の疑い", "Suspected apical periodontitis")),
    of("p", Words::new("P", "P"), Words::new("歯周病", "Periodontal disease")),
    of("mob", Words::new("動揺", "Mob"), Words::new("動揺", "Loose")),
    of("pain", Words::new("痛み", "Pn"), Words::new("痛み", "Pain")),
    of("swell", Words::new("腫れ", "Sw"), Words::new("歯肉の腫れ", "Swollen gum")),
    of("frac", Words::new("破折", "Fx"), Words::new("破折・欠け", "Broken")),
    of("in", Words::new("In", "In"), Words::new("詰め物", "Filling or inlay")),
    of("cr", Words::new("Cr", "Cr"), Words::new("冠", "Crown")),
    of("br", Words::new("Br", "Br"), Words::new("ブリッジ", "Bridge")),
    of("off", Words::new("脱離", "Off"), Words::new("詰め物・冠の脱離", "Filling or crown came off")),
    of("miss", Words::new("欠", "Mis"), Words::new("欠損", "Missing")),
];

/// The mark with this key.
#[must_use]
pub fn mark(key: &str) -> Option<&'static Mark> {
    MARKS.iter().find(|it| it.key == key)
}

/// What the doctor writes. A draft may have gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// What the patient says.
    pub subjective: String,
    /// What was seen.
    pub objective: String,
    /// What it is judged to be.
    pub assessment: String,
    /// What is done.
    pub plan: String,
    /// What the patient takes home in plain words; stands in the summary.
    pub for_patient: String,
    /// Marks by FDI number.
    pub teeth: BTreeMap<u8, String>,
}

/// The texts of a [`Content`] with their headings, in order.
pub static PARTS: [(&str, Words); 5] = [
    ("subjective", Words::new("S：訴え・経過", "S: complaint and course")),
    ("objective", Words::new("O：所見", "O: findings")),
    ("assessment", Words::new("A：評価・診断", "A: assessment")),
    ("plan", Words::new("P：処置・方針", "P: treatment and plan")),
    ("for_patient", Words::new("患者さんへの説明（まとめに載ります）", "For the patient (shown in the summary)")),
];

impl Content {
    /// One part, by its key in [`PARTS`].
    #[must_use]
    pub fn part(&self, key: &str) -> &str {
        match key {
            "subjective" => &self.subjective,
            "objective" => &self.objective,
            "assessment" => &self.assessment,
            "plan" => &self.plan,
            "for_patient" => &self.for_patient,
            _ => "",
        }
    }

    /// Reads the form as far as it is filled in; a tooth or a mark that does not exist is left out.
    ///
    /// # Errors
    /// Faults only for texts above the limits.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let teeth = Tooth::all()
            .filter_map(|tooth| {
                let key = fields.get(&format!("teeth.{}", tooth.fdi()));
                mark(key).map(|it| (tooth.fdi(), it.key.to_owned()))
            })
            .collect();
        let content = Self {
            subjective: fields.text_if_any("subjective", &mut faults),
            objective: fields.text_if_any("objective", &mut faults),
            assessment: fields.text_if_any("assessment", &mut faults),
            plan: fields.text_if_any("plan", &mut faults),
            for_patient: fields.text_if_any("for_patient", &mut faults),
            teeth,
        };
        faults.done(|| content)
    }

    /// Whether it says enough to be finalised as version after `before`, with `reason` for the change.
    ///
    /// # Errors
    /// Everything that is missing, each with its field.
    pub fn check(&self, before: Option<&Self>, reason: &str) -> Result<(), Faults> {
        clause!("OV-303", "CS-162");
        let mut faults = Faults::default();
        for key in ["subjective", "objective", "assessment", "plan", "for_patient"] {
            if self.part(key).trim().is_empty() {
                faults.add(key, Words::new("確定する前に書いてください。", "Write this before finalising."));
            }
        }
        if before == Some(self) {
            faults.add("", Words::new("前の版から変わっていません。", "Nothing has changed since the last version."));
        }
        if before.is_some() && reason.trim().is_empty() {
            faults.add("reason", Words::new("変更の理由を書いてください。", "Please write why it is changed."));
        }
        faults.done(|| ())
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        let mut filled = Filled::empty();
        for (key, _) in &PARTS {
            filled = filled.with(key, self.part(key));
        }
        for (tooth, mark) in &self.teeth {
            filled = filled.with(&format!("teeth.{tooth}"), mark.clone());
        }
        filled
    }

    /// The marks as one text, tooth by tooth, for showing differences.
    #[must_use]
    pub fn teeth_text(&self, lang: Lang) -> String {
        let sign = |key: &str| mark(key).map_or_else(|| key.to_owned(), |it| it.words.in_lang(lang).to_owned());
        self.teeth.iter().map(|(tooth, key)| format!("{tooth} {}\n", sign(key))).collect()
    }
}

/// What is being written.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Counts the saves; 0 before the first.
    pub revision: i64,
    /// What is written so far.
    pub content: Content,
    /// Who saved it last; empty before the first time.
    pub saved_by: String,
    /// When.
    pub saved_at: Option<Timestamp>,
}

/// A finalised version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its id.
    pub id: RowId,
    /// From 1.
    pub number: i64,
    /// What the doctor wrote.
    pub content: Content,
    /// What the house knew.
    pub facts: Facts,
    /// Why it was changed.
    pub reason: String,
    /// Who wrote it, as the log names people.
    pub entered_by: String,
    /// Who finalised it.
    pub finalised_by: String,
    /// When.
    pub finalised_at: Timestamp,
}

/// Why a chart entry cannot be finalised now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooEarly {
    /// The call is running.
    CallRunning,
    /// The calls are over, but the visit is not closed: its end is not known yet.
    VisitOpen,
}

impl TooEarly {
    /// What to do first.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::CallRunning => Words::new(
                "通話中です。通話を終えてから確定してください。下書きは保存できます。",
                "The call is running. Finalise after it; the draft can be saved now.",
            ),
            Self::VisitOpen => Words::new(
                "診察がまだ閉じられていません。診察室の画面で診察を終えてから確定してください。",
                "The visit is not closed yet. Close it on the page of the call, then finalise.",
            ),
        }
    }
}

/// Whether the entry of a visit with these facts may be finalised: only when its times cannot change any more.
///
/// # Errors
/// What has to end first.
pub fn may_finalise(facts: &Facts) -> Result<(), TooEarly> {
    clause!("OV-304");
    if facts.calls.iter().any(|it| it.to.is_none()) {
        return Err(TooEarly::CallRunning);
    }
    if !facts.calls.is_empty() && facts.outcome.is_none() {
        return Err(TooEarly::VisitOpen);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::facts::CallSpan;
    use super::*;

    fn written() -> Content {
        Content {
            subjective: "右下が昨夜から痛む".into(),
            objective: "46に発赤".into(),
            assessment: "急性の炎症".into(),
            plan: "明日来院".into(),
            for_patient: "明日いらしてください".into(),
            teeth: BTreeMap::from([(46, "pain".into())]),
        }
    }

    #[test]
    fn an_entry_is_finalised_only_when_it_says_enough() {
        // OV-303, CS-162
        type Change = fn(&mut Content);
        let cases: [(Change, Option<Content>, &str, &[&str]); 6] = [
            (|_| {}, None, "", &[]),
            (|it| it.plan.clear(), None, "", &["plan"]),
            (|it| it.subjective = " \n".into(), None, "", &["subjective"]),
            (|_| {}, Some(written()), "訂正", &[""]),
            (|it| it.plan.push('！'), Some(written()), "", &["reason"]),
            (|it| it.plan.push('！'), Some(written()), "日を決めた", &[]),
        ];
        for (change, before, reason, expected) in cases {
            let mut content = written();
            change(&mut content);
            let faults = content.check(before.as_ref(), reason).err().unwrap_or_default();
            let fields: Vec<_> = faults.0.iter().map(|it| it.0).collect();
            assert_eq!(fields, expected);
        }
    }

    #[test]
    fn an_entry_waits_for_the_end_of_the_visit() {
        // OV-304: the times in the chart are final.
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let call = |to: Option<&str>| CallSpan { from: at("2026-11-24T00:00:00Z"), to: to.map(at) };
        let mut facts = Facts { online: true, ..Facts::default() };
        assert_eq!(may_finalise(&facts), Ok(()), "a visit without any call: absent, or in person");
        facts.calls = vec![call(None)];
        assert_eq!(may_finalise(&facts), Err(TooEarly::CallRunning));
        facts.calls = vec![call(Some("2026-11-24T00:10:00Z"))];
        assert_eq!(may_finalise(&facts), Err(TooEarly::VisitOpen));
        facts.outcome = Some("held".into());
        assert_eq!(may_finalise(&facts), Ok(()));
    }

    #[test]
    fn only_teeth_and_marks_that_exist_are_kept() {
        let fields = Fields::of(&[("teeth.46", "pain"), ("teeth.49", "pain"), ("teeth.11", "nonsense"), ("plan", "x")]);
        let content = Content::parse(&fields).expect("a form");
        assert_eq!(content.teeth, BTreeMap::from([(46, "pain".into())]));
        assert_eq!(content.filled().get("teeth.46"), "pain");
        assert!(
            MARKS.iter().all(|it| it.sign.ja.chars().count() <= 3 && it.sign.en.len() <= 3),
            "readable in the printed chart"
        );
    }
}
