//! Symptoms that may be unsuited for a first online visit: the lists as dated data, and what a hit means.
//!
//! The files say of themselves what is from the published list (the groups) and what is wording of ours. A facility
//! may add symptoms of its own and make entries stricter ([`Symptoms::with_own`]), never take away or weaken; the doctor
//! decides, the list only makes sure that they look.

use std::fmt;
use std::sync::LazyLock;

use kernel::{Date, Words, clause};

use crate::FacilityField;

/// A list of symptoms, one edition.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Symptoms {
    /// For which field.
    pub field: FacilityField,
    /// Edition (`2025-05-09`).
    pub edition: String,
    /// First day on which it is used.
    #[serde(deserialize_with = "crate::dated::day")]
    pub valid_from: Date,
    /// Whose list it follows.
    pub source: Words,
    /// What is from the source and what is ours.
    pub note: Words,
    /// What to do now, for urgent symptoms.
    pub advice: AdviceTexts,
    /// The groups.
    pub groups: Vec<Group>,
}

/// The sentences of [`Advice`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct AdviceTexts {
    /// See [`Advice::Call119`].
    pub call_119: Words,
    /// See [`Advice::InPersonToday`].
    pub in_person_today: Words,
}

/// A group of symptoms.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Group {
    /// How it is stored.
    pub key: String,
    /// Its heading.
    pub title: Words,
    /// Its symptoms.
    pub items: Vec<Symptom>,
}

/// One symptom as the patient reads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Symptom {
    /// How it is stored; unique in the list.
    pub key: String,
    /// The question's words.
    pub words: Words,
    /// Set when it is urgent: it stops the booking and says what to do now.
    #[serde(default)]
    pub now: Option<Advice>,
}

impl Symptom {
    /// Whether it stops the booking.
    #[must_use]
    pub fn urgent(&self) -> bool {
        self.now.is_some()
    }
}

kernel::keyed! {
    /// What to do now, the more pressing later.
    #[derive(PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Advice {
        /// Be seen in person today.
        InPersonToday => "in_person_today", "今日のうちに対面", "In person today";
        /// Call an ambulance.
        #[serde(rename = "call_119")]
        Call119 => "call_119", "すぐに119番", "Call 119 now";
    }
}

/// What a facility adds to the list of its field. Nothing in it can take away or weaken.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct OwnSymptoms {
    /// Symptoms of its own.
    pub added: Vec<OwnSymptom>,
    /// Entries of the list that are more urgent here.
    pub stricter: Vec<Stricter>,
}

/// A symptom of the facility's own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OwnSymptom {
    /// How it is stored; begins with [`OWN_KEY`], so that it never meets a key of the list.
    pub key: String,
    /// The question's words.
    pub words: Words,
    /// Set when it is urgent.
    #[serde(default)]
    pub now: Option<Advice>,
}

/// An entry that is more urgent at this facility.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stricter {
    /// The symptom of the list.
    pub key: String,
    /// What the patient is told here.
    pub now: Advice,
}

/// How keys of a facility's own symptoms begin.
pub const OWN_KEY: &str = "own_";
/// Own symptoms at most: a longer list is not read on a phone.
pub const OWN_MAX: usize = 30;
/// Characters of a symptom's words: what can be read beside a box at one glance.
pub const WORDS_CHARS_MAX: usize = 60;

/// What the symptoms that a patient chose mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement<'a> {
    /// None of the list.
    Clear,
    /// The doctor looks at these and decides.
    ShowDoctor(Vec<&'a Symptom>),
    /// The booking stops here; the patient is told what to do now. All hits are kept, not the urgent ones only.
    StopNow {
        /// Every hit.
        hits: Vec<&'a Symptom>,
        /// The most pressing advice among them.
        advice: Advice,
        /// Its words.
        words: &'a Words,
    },
}

/// A key that is not on the list: a form that was tampered with, or of another edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSymptom(pub String);

impl fmt::Display for UnknownSymptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no symptom of this list: {:?}", self.0)
    }
}

impl std::error::Error for UnknownSymptom {}

impl Symptoms {
    /// The published list of `field` in force on `day`; the oldest one for days before it.
    #[must_use]
    pub fn for_field(field: FacilityField, day: Date) -> &'static Self {
        clause!("OV-264", "CS-142");
        let mut own: Vec<&Self> = LISTS.iter().filter(|it| it.field == field).collect();
        own.sort_by_key(|it| it.valid_from);
        own.iter().rev().find(|it| it.valid_from <= day).or(own.first()).copied().unwrap_or(&LISTS[0])
    }

    /// The published list of `field` with this edition, for records made under it.
    #[must_use]
    pub fn edition(field: FacilityField, edition: &str) -> Option<&'static Self> {
        LISTS.iter().find(|it| it.field == field && it.edition == edition)
    }

    /// Reads a facility's own edited list.
    ///
    /// # Errors
    /// When the text is not such a list, or two symptoms have one key.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let list: Self = serde_json::from_str(text)?;
        let mut seen = std::collections::HashSet::new();
        let twice = list.items().find(|it| !seen.insert(&it.key)).map(|it| it.key.clone());
        match twice {
            Some(key) => Err(serde::de::Error::custom(format!("{key} stands twice"))),
            None => Ok(list),
        }
    }

    /// The list with a facility's own additions: the own symptoms in a group of their own at the end, and the stricter
    /// entries. An entry that would become milder stays as it is, so that no row can weaken the list.
    #[must_use]
    pub fn with_own(&self, own: &OwnSymptoms, number: i64) -> Self {
        clause!("OV-111", "OV-264");
        let mut list = self.clone();
        if number > 0 {
            list.edition = format!("{} + {number}", self.edition);
        }
        for item in list.groups.iter_mut().flat_map(|it| &mut it.items) {
            let here = own.stricter.iter().filter(|it| it.key == item.key).map(|it| it.now).max();
            item.now = item.now.max(here);
        }
        let items: Vec<Symptom> = own
            .added
            .iter()
            .filter(|it| it.key.starts_with(OWN_KEY))
            .take(OWN_MAX)
            .map(|it| Symptom { key: it.key.clone(), words: it.words.clone(), now: it.now })
            .collect();
        if !items.is_empty() {
            list.groups.push(Group {
                key: "own".into(),
                title: Words::new("当院でおたずねしていること", "What this clinic asks besides"),
                items,
            });
        }
        list
    }

    /// Every symptom, group by group.
    pub fn items(&self) -> impl Iterator<Item = &Symptom> {
        self.groups.iter().flat_map(|it| &it.items)
    }

    /// The symptom `key`.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Symptom> {
        self.items().find(|it| it.key == key)
    }

    /// What the chosen symptoms mean.
    ///
    /// # Errors
    /// [`UnknownSymptom`]: a hit that nobody can read must not pass as clear.
    pub fn judge<'a, 'b>(&'a self, chosen: impl IntoIterator<Item = &'b str>) -> Result<Judgement<'a>, UnknownSymptom> {
        clause!("OV-111", "SY-05");
        let hits = chosen
            .into_iter()
            .map(|key| self.find(key).ok_or_else(|| UnknownSymptom(key.to_owned())))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(match hits.iter().filter_map(|it| it.now).max() {
            Some(advice) => Judgement::StopNow { hits, advice, words: self.advice_words(advice) },
            None if hits.is_empty() => Judgement::Clear,
            None => Judgement::ShowDoctor(hits),
        })
    }

    /// The sentence of an advice.
    #[must_use]
    pub fn advice_words(&self, advice: Advice) -> &Words {
        match advice {
            Advice::Call119 => &self.advice.call_119,
            Advice::InPersonToday => &self.advice.in_person_today,
        }
    }
}

#[allow(clippy::expect_used, reason = "the files are compiled in, and a test reads them")]
static LISTS: LazyLock<Vec<Symptoms>> = LazyLock::new(|| {
    [include_str!("../data/symptoms-dental-2025-05-09.json"), include_str!("../data/symptoms-medical-2022-11-24.json")]
        .iter()
        .map(|it| Symptoms::from_json(it).expect("a list of symptoms"))
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn dental() -> &'static Symptoms {
        Symptoms::for_field(FacilityField::Dental, Date::constant(2026, 11, 21))
    }

    #[test]
    fn each_field_has_its_own_list() {
        // OV-264
        assert_eq!(dental().edition, "2025-05-09");
        let titles: Vec<&str> = dental().groups.iter().map(|it| it.title.ja.as_ref()).collect();
        let expected =
            ["全身", "保存・歯内", "歯周", "口腔外科", "口腔内科", "重度摂食嚥下障害", "補綴", "小児", "矯正"];
        assert_eq!(titles, expected);
        let medical = Symptoms::for_field(FacilityField::Medical, Date::constant(2026, 11, 21));
        assert_eq!(medical.edition, "2022-11-24");
        assert!(Symptoms::edition(FacilityField::Dental, "2025-05-09").is_some());
        assert!(Symptoms::edition(FacilityField::Dental, "2022-11-24").is_none());
    }

    #[test]
    fn every_symptom_is_readable_in_both_languages() {
        for list in LISTS.iter() {
            assert!(list.groups.iter().all(|it| !it.items.is_empty()));
            assert!(list.items().any(Symptom::urgent) && list.items().any(|it| !it.urgent()));
            for item in list.items() {
                assert!(!item.words.ja.is_empty() && !item.words.en.is_empty(), "{}", item.key);
                assert!(item.words.ja.chars().count() <= 60, "too long to tick: {}", item.words.ja);
            }
            for advice in [Advice::Call119, Advice::InPersonToday] {
                assert!(!list.advice_words(advice).ja.is_empty());
            }
            assert!(list.advice.call_119.ja.contains("119"));
        }
    }

    #[test]
    fn what_hits_mean() {
        // OV-111, SY-05: (chosen, the answer in short)
        let short = |chosen: &[&str]| match dental().judge(chosen.iter().copied()) {
            Ok(Judgement::Clear) => "clear".to_owned(),
            Ok(Judgement::ShowDoctor(hits)) => format!("doctor {}", hits.len()),
            Ok(Judgement::StopNow { hits, advice, .. }) => format!("{advice:?} {}", hits.len()),
            Err(UnknownSymptom(key)) => format!("unknown {key}"),
        };
        let cases: [(&[&str], &str); 6] = [
            (&[], "clear"),
            (&["endo_tooth_pain"], "doctor 1"),
            (&["endo_tooth_pain", "surgery_bleeding"], "InPersonToday 2"),
            (&["surgery_bleeding", "general_breathing"], "Call119 2"),
            (&["general_breathing"], "Call119 1"),
            (&["endo_tooth_pain", "nonsense"], "unknown nonsense"),
        ];
        for (chosen, expected) in cases {
            assert_eq!(short(chosen), expected, "{chosen:?}");
        }
    }

    #[test]
    fn a_facility_adds_and_sharpens_but_never_weakens() {
        // OV-111, OV-264: (entry of the list, what the facility asks for) → what it says then
        let (today, now) = (Some(Advice::InPersonToday), Some(Advice::Call119));
        let cases = [
            ("endo_tooth_pain", Advice::InPersonToday, today),
            ("endo_tooth_pain", Advice::Call119, now),
            ("surgery_bleeding", Advice::Call119, now),
            ("surgery_bleeding", Advice::InPersonToday, today),
            ("general_breathing", Advice::InPersonToday, now),
        ];
        for (key, asked, expected) in cases {
            let own =
                OwnSymptoms { stricter: vec![Stricter { key: key.into(), now: asked }], ..OwnSymptoms::default() };
            let list = dental().with_own(&own, 3);
            assert_eq!(list.find(key).expect("still there").now, expected, "{key} {asked:?}");
            assert_eq!(list.edition, "2025-05-09 + 3");
            for item in dental().items() {
                let here = list.find(&item.key).expect("nothing of the list is taken away");
                assert!(here.now >= item.now, "{} became milder", item.key);
            }
        }
        let added = |key: &str, now| OwnSymptom { key: key.into(), words: Words::new("いびき", "Snoring"), now };
        let own = OwnSymptoms {
            // The second would hide an entry of the list.
            added: vec![added("own_1", today), added("general_breathing", None)],
            stricter: vec![],
        };
        let list = dental().with_own(&own, 1);
        assert_eq!(list.items().count(), dental().items().count() + 1);
        assert!(matches!(list.judge(["own_1"]), Ok(Judgement::StopNow { advice: Advice::InPersonToday, .. })));
        assert_eq!(list.find("general_breathing").expect("there").now, now);
        assert_eq!(&dental().with_own(&OwnSymptoms::default(), 0), dental());
    }

    #[test]
    fn a_list_with_one_key_twice_is_refused() {
        let text = include_str!("../data/symptoms-dental-2025-05-09.json");
        assert!(Symptoms::from_json(&text.replace("endo_tooth_pain", "general_breathing")).is_err());
        assert!(Symptoms::from_json("{}").is_err());
    }
}
