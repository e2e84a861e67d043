//! The list of symptoms that a facility asks for: the published list of its field, with symptoms of its own and entries
//! that are stricter here. In versions; answers name the version under which they were given.

mod evidence;
pub mod pages;
pub mod store;

use guidelines::symptoms::{Advice, OWN_KEY, OWN_MAX, OwnSymptom, OwnSymptoms, Stricter, Symptoms, WORDS_CHARS_MAX};
use kernel::{Timestamp, Words, clause};
use web::{Faults, Fields};

pub use evidence::evidence;

/// A version of a facility's own part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From 1.
    pub number: i64,
    /// Edition of the published list that was looked at.
    pub base: String,
    /// What is the facility's own.
    pub own: OwnSymptoms,
    /// What was done, in words.
    pub note: Words,
    /// By whom, as the log names it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
}

/// One change of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A symptom of the facility's own.
    Add(OwnSymptom),
    /// An entry of the list is more urgent here.
    Sharpen(Stricter),
    /// What the facility itself has added or sharpened is taken back.
    TakeBack(String),
    /// Nothing changes: somebody has looked through the list.
    LookedThrough,
}

impl Change {
    /// Reads the form; `key` names a new symptom.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, key: &str) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        match fields.get("change") {
            "add" => {
                let (ja, en) = (fields.line("ja", &mut faults), fields.line("en", &mut faults));
                for (field, text) in [("ja", &ja), ("en", &en)] {
                    if text.chars().count() > WORDS_CHARS_MAX * if field == "en" { 2 } else { 1 } {
                        faults.add(
                            field,
                            Words::made(
                                format!("{WORDS_CHARS_MAX}文字までで書いてください。"),
                                "Please shorten it.".to_owned(),
                            ),
                        );
                    }
                }
                let now = fields.one_of("now", &URGENCY, &mut faults).flatten();
                let words = Words::made(ja, en);
                faults.done(|| Self::Add(OwnSymptom { key: format!("{OWN_KEY}{key}"), words, now }))
            }
            "sharpen" => {
                let now = fields.one_of("stricter", &Advice::keys(), &mut faults);
                let key = fields.line("symptom", &mut faults);
                match now {
                    Some(now) => faults.done(|| Self::Sharpen(Stricter { key, now })),
                    None => Err(faults),
                }
            }
            "take_back" => {
                let key = fields.line("symptom", &mut faults);
                faults.done(|| Self::TakeBack(key))
            }
            "looked" => Ok(Self::LookedThrough),
            _ => {
                faults.add("change", Words::new("どの変更かを選んでください。", "Please choose a change."));
                Err(faults)
            }
        }
    }
}

/// How urgent a symptom can be, in the order in which it is offered.
const URGENCY: [(&str, Option<Advice>); 3] =
    [("doctor", None), ("in_person_today", Some(Advice::InPersonToday)), ("call_119", Some(Advice::Call119))];

/// How urgent an entry is, in a word.
#[must_use]
pub fn urgency_words(now: Option<Advice>) -> Words {
    now.map_or(Words::new("医師・歯科医師が判断", "The doctor decides"), Advice::words)
}

/// Why a change is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The entry is not on the list.
    Gone,
    /// It would be as urgent as before, or less.
    NotStricter,
    /// What the guideline's list demands stays.
    NotOwn,
    /// There are enough.
    TooMany,
}

impl Refusal {
    /// What the person reads.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Gone => Words::new(
                "この症状は一覧にありません。選び直してください。",
                "This symptom is not on the list. Please choose again.",
            ),
            Self::NotStricter => Words::new(
                "いまより厳しくすることだけができます。もとの一覧の症状をゆるめることはできません。",
                "An entry can only become more urgent. Entries of the published list are never weakened.",
            ),
            Self::NotOwn => Words::new(
                "もとの一覧の症状は外せません。外せるのは、当院で加えた症状と、当院で厳しくした設定だけです。",
                "Entries of the published list stay. Only what this clinic has added or sharpened can be taken back.",
            ),
            Self::TooMany => Words::new(
                "加えられる症状の数の上限に達しました。使わないものを外してください。",
                "No more symptoms can be added. Take back one that is not needed.",
            ),
        }
    }
}

/// What the facility's own part is after `change`. `base` is the published list.
///
/// # Errors
/// The refusal; nothing of the published list is ever taken away or weakened.
pub fn after(base: &Symptoms, own: &OwnSymptoms, change: &Change) -> Result<OwnSymptoms, Refusal> {
    clause!("OV-111", "OV-264", "SY-05");
    let mut next = own.clone();
    match change {
        Change::Add(it) => {
            if next.added.len() >= OWN_MAX {
                return Err(Refusal::TooMany);
            }
            next.added.push(it.clone());
        }
        Change::Sharpen(it) => {
            let now = base.with_own(own, 0).find(&it.key).ok_or(Refusal::Gone)?.now;
            if Some(it.now) <= now {
                return Err(Refusal::NotStricter);
            }
            match next.added.iter_mut().find(|own| own.key == it.key) {
                Some(own) => own.now = Some(it.now),
                None => {
                    next.stricter.retain(|own| own.key != it.key);
                    next.stricter.push(it.clone());
                }
            }
        }
        Change::TakeBack(key) => {
            let before = next.added.len() + next.stricter.len();
            next.added.retain(|it| it.key != *key);
            next.stricter.retain(|it| it.key != *key);
            if next.added.len() + next.stricter.len() == before {
                return Err(if base.find(key).is_some() { Refusal::NotOwn } else { Refusal::Gone });
            }
        }
        Change::LookedThrough => {}
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use guidelines::FacilityField;
    use kernel::Date;

    use super::*;

    fn base() -> &'static Symptoms {
        Symptoms::for_field(FacilityField::Dental, Date::constant(2026, 11, 21))
    }

    fn sharpen(key: &str, now: Advice) -> Change {
        Change::Sharpen(Stricter { key: key.into(), now })
    }

    #[test]
    fn the_list_grows_sharper_and_never_milder() {
        // OV-111, OV-264: (before, change) → refusal, or whether it counts
        let snoring = OwnSymptom { key: "own_a".into(), words: Words::new("いびき", "Snoring"), now: None };
        let own = OwnSymptoms {
            added: vec![snoring.clone()],
            stricter: vec![Stricter { key: "endo_broken".into(), now: Advice::InPersonToday }],
        };
        let cases = [
            (Change::Add(OwnSymptom { key: "own_b".into(), ..snoring }), None),
            (Change::LookedThrough, None),
            (sharpen("endo_tooth_pain", Advice::InPersonToday), None),
            (sharpen("endo_broken", Advice::Call119), None),
            (sharpen("own_a", Advice::InPersonToday), None),
            (sharpen("endo_broken", Advice::InPersonToday), Some(Refusal::NotStricter)),
            (sharpen("general_breathing", Advice::InPersonToday), Some(Refusal::NotStricter)),
            (sharpen("general_breathing", Advice::Call119), Some(Refusal::NotStricter)),
            (sharpen("nonsense", Advice::Call119), Some(Refusal::Gone)),
            (Change::TakeBack("own_a".into()), None),
            (Change::TakeBack("endo_broken".into()), None),
            (Change::TakeBack("general_breathing".into()), Some(Refusal::NotOwn)),
            (Change::TakeBack("nonsense".into()), Some(Refusal::Gone)),
        ];
        for (change, refusal) in cases {
            let next = after(base(), &own, &change);
            assert_eq!(next.as_ref().err().copied(), refusal, "{change:?}");
            let list = base().with_own(&next.unwrap_or_default(), 1);
            assert!(base().items().all(|it| list.find(&it.key).is_some_and(|here| here.now >= it.now)), "{change:?}");
        }
        let many = OwnSymptoms { added: vec![own.added[0].clone(); OWN_MAX], ..own.clone() };
        assert_eq!(after(base(), &many, &Change::Add(own.added[0].clone())), Err(Refusal::TooMany));
    }

    #[test]
    fn a_change_is_whole() {
        // SY-05
        let read = |pairs: &[(&str, &str)]| {
            Change::parse(&Fields::of(pairs), "1").map_err(|it| it.0.iter().map(|it| it.0).collect::<Vec<_>>())
        };
        let added = read(&[("change", "add"), ("ja", "いびき"), ("en", "Snoring"), ("now", "in_person_today")]);
        assert!(matches!(added, Ok(Change::Add(it)) if it.key == "own_1" && it.now == Some(Advice::InPersonToday)));
        assert_eq!(read(&[("change", "add"), ("ja", "いびき"), ("now", "doctor")]), Err(vec!["en"]));
        assert_eq!(read(&[("change", "add"), ("ja", "い"), ("en", "S"), ("now", "never")]), Err(vec!["now"]));
        let long = "い".repeat(WORDS_CHARS_MAX + 1);
        assert_eq!(read(&[("change", "add"), ("ja", &long), ("en", "S"), ("now", "doctor")]), Err(vec!["ja"]));
        assert_eq!(read(&[("change", "sharpen"), ("symptom", "x")]), Err(vec!["stricter"]));
        assert_eq!(read(&[("change", "remove")]), Err(vec!["change"]));
    }
}
