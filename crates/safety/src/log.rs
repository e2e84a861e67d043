//! The log for people: who did what with whose information and when, in plain words; taken out as an act of its own; and
//! whether it is still what it was. The log itself is the room `audit`.

pub mod pages;
pub mod store;
mod words;

use audit::{Found, Query};
use kernel::{PatientId, PersonId, time};
use web::Filled;

pub use words::{act_words, class_words};

/// What somebody looks for, as it stands in the address of the page.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct Search {
    /// A person of the staff, by id.
    pub person: String,
    /// A patient, by number or, for those who may see names, by name.
    pub patient: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// A noun (`chart.`), or one act.
    pub act: String,
    /// Only entries before this index.
    pub before: String,
}

impl Search {
    /// The question to the log, once the patient is found.
    #[must_use]
    pub fn query(&self, patient: Option<PatientId>) -> Query {
        let day = |text: &str, days: i64| {
            let start = text.parse().ok().and_then(|it| time::at_tokyo(it, 0, 0).ok())?;
            Some(time::plus_min(start, days * 24 * 60))
        };
        Query {
            person: self.person.parse::<PersonId>().ok(),
            patient,
            from: day(&self.from, 0),
            // To the end of the last day.
            to: day(&self.to, 1),
            act: (!self.act.is_empty()).then(|| self.act.clone()),
            before_index: self.before.parse().ok(),
            ..Query::default()
        }
    }

    /// The address of the page for this search, from the entry `before` on.
    #[must_use]
    pub fn href(&self, before: Option<u64>) -> String {
        let mut parts = Vec::new();
        let before = before.map(|it| it.to_string()).unwrap_or_default();
        let fields = [
            ("person", &self.person),
            ("patient", &self.patient),
            ("from", &self.from),
            ("to", &self.to),
            ("act", &self.act),
            ("before", &before),
        ];
        for (name, value) in fields {
            if !value.is_empty() {
                parts.push(format!("{name}={}", web::answer::query_value(value)));
            }
        }
        if parts.is_empty() { "/log".to_owned() } else { format!("/log?{}", parts.join("&")) }
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        Filled::empty()
            .with("person", self.person.clone())
            .with("patient", self.patient.clone())
            .with("from", self.from.clone())
            .with("to", self.to.clone())
            .with("act", self.act.clone())
    }
}

/// Whether two entries that follow one another are one line: the same person did the same with the same thing, at the same place,
/// with the same outcome. Looking at a study writes an entry for each picture.
#[must_use]
pub fn folds(one: &Found, next: &Found) -> bool {
    let key = |it: &Found| {
        let (who, act, outcome) = (it.who.clone(), it.act.clone(), it.outcome.clone());
        (
            who,
            act,
            outcome,
            it.patient,
            it.thing_kind.clone(),
            it.thing_id.clone(),
            it.device.clone(),
            it.address.clone(),
        )
    };
    key(one) == key(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_act_on_the_same_thing_folds() {
        // DL-43
        let entry = |act: &str, thing: &str, outcome: &str, who: &str| Found {
            index: 0,
            at: "2026-11-24T00:00:00Z".parse().expect("an instant"),
            act: act.into(),
            class: "images".into(),
            outcome: outcome.into(),
            who: who.into(),
            patient: None,
            thing_kind: "study".into(),
            thing_id: thing.into(),
            request: String::new(),
            session: None,
            address: None,
            device: None,
            detail: None,
        };
        let one = entry("study.frame", "1.2", "done", "staff:1");
        assert!(folds(&one, &Found { request: "another".into(), index: 1, ..one.clone() }));
        for other in [
            entry("study.view", "1.2", "done", "staff:1"),
            entry("study.frame", "1.3", "done", "staff:1"),
            entry("study.frame", "1.2", "refused", "staff:1"),
            entry("study.frame", "1.2", "done", "staff:2"),
            Found { address: Some("192.0.2.9".into()), ..one.clone() },
        ] {
            assert!(!folds(&one, &other), "{other:?}");
        }
    }

    #[test]
    fn a_day_is_searched_to_its_end() {
        // CS-122
        let search =
            Search { from: "2026-11-21".into(), to: "2026-11-21".into(), act: "chart.".into(), ..Search::default() };
        let query = search.query(None);
        assert_eq!(query.from.map(|it| it.to_string()).as_deref(), Some("2026-11-20T15:00:00Z"));
        assert_eq!(query.to.map(|it| it.to_string()).as_deref(), Some("2026-11-21T15:00:00Z"));
        assert_eq!(query.act.as_deref(), Some("chart."));
        assert_eq!(search.href(Some(7)), "/log?from=2026-11-21&to=2026-11-21&act=chart.&before=7");
        assert_eq!(Search::default().href(None), "/log");
    }
}
