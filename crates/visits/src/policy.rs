//! What the patient was told of how it goes on after a visit (OV-131): next date and way, and where to go if it gets worse.

pub mod pages;
pub mod store;

use kernel::{Date, Lang, Timestamp, Words, clause, time};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields, Filled};

kernel::keyed! {
    /// How it goes on.
    pub enum Way {
        /// Online again.
        Online => "online", "次回もオンライン", "Online again";
        /// In person here.
        InPerson => "in_person", "次回は来院", "Next in person here";
        /// No further visit is planned; the patient comes when needed.
        AsNeeded => "as_needed", "必要なときに受診", "No date; come when needed";
        /// At another facility.
        Referred => "referred", "ほかの医療機関を紹介", "Referred to another facility";
    }
}

impl Way {
    /// Whether a day must be named.
    #[must_use]
    pub const fn needs_day(self) -> bool {
        matches!(self, Self::Online | Self::InPerson)
    }
}

/// The texts, sealed in the row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Texts {
    /// What happens next.
    pub next: String,
    /// Where to go if it gets worse.
    pub if_worse: String,
}

/// What is told, well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How it goes on.
    pub way: Way,
    /// The next day; always there when the way needs one.
    pub next_on: Option<Date>,
    /// In words.
    pub texts: Texts,
}

/// What was told.
#[derive(Debug, Clone)]
pub struct Told {
    /// What.
    pub policy: Policy,
    /// By whom, as the log names people.
    pub told_by: String,
    /// When.
    pub told_at: Timestamp,
}

impl Policy {
    /// Reads the form. Where to go if it gets worse is never left out; the next visit has its day, today at the earliest.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, today: Date) -> Result<Self, Faults> {
        clause!("OV-131");
        let mut faults = Faults::default();
        let way = fields.one_of("goes_on", &Way::keys(), &mut faults);
        let next_on = match way {
            Some(way) if way.needs_day() => fields.date("next_on", &mut faults).filter(|it| {
                if *it < today {
                    faults.add(
                        "next_on",
                        Words::new("今日かそれより後の日付を入力してください。", "Enter a day from today on."),
                    );
                }
                *it >= today
            }),
            _ => None,
        };
        let texts =
            Texts { next: fields.text_if_any("next", &mut faults), if_worse: fields.text("if_worse", &mut faults) };
        match way {
            Some(way) => faults.done(|| Self { way, next_on, texts }),
            None => Err(faults),
        }
    }

    /// Label and value of each part, for pages and papers.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<(String, String)> {
        let mut lines =
            vec![(lang.t("これからの受診", "How it goes on").to_owned(), self.way.words().in_lang(lang).to_owned())];
        if let Some(day) = self.next_on {
            lines.push((lang.t("次回の予定日", "Next day").to_owned(), time::show_day(day, lang)));
        }
        if !self.texts.next.is_empty() {
            lines.push((lang.t("次にすること", "What comes next").to_owned(), self.texts.next.clone()));
        }
        lines.push((lang.t("悪くなったとき", "If it gets worse").to_owned(), self.texts.if_worse.clone()));
        lines
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        Filled::empty()
            .with("goes_on", self.way.key())
            .with("next_on", self.next_on.map(|it| it.to_string()).unwrap_or_default())
            .with("next", self.texts.next.clone())
            .with("if_worse", self.texts.if_worse.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_always_hears_when_how_and_where_if_worse() {
        // OV-131
        let today = Date::constant(2026, 11, 24);
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 7] = [
            (&[("goes_on", "online"), ("next_on", "2026-12-01"), ("if_worse", "お電話ください")], &[]),
            (&[("goes_on", "in_person"), ("next_on", "2026-11-24"), ("if_worse", "x")], &[]),
            (&[("goes_on", "as_needed"), ("if_worse", "x")], &[]),
            (&[("goes_on", "online"), ("if_worse", "x")], &["next_on"]),
            (&[("goes_on", "online"), ("next_on", "2026-11-23"), ("if_worse", "x")], &["next_on"]),
            (&[("goes_on", "referred")], &["if_worse"]),
            (&[("if_worse", "x")], &["goes_on"]),
        ];
        for (pairs, expected) in cases {
            let faults = Policy::parse(&Fields::of(pairs), today).err().unwrap_or_default();
            let fields: Vec<_> = faults.0.iter().map(|it| it.0).collect();
            assert_eq!(fields, expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_was_told_fills_the_form_again() {
        let fields =
            Fields::of(&[("goes_on", "online"), ("next_on", "2026-12-01"), ("next", "検査"), ("if_worse", "電話")]);
        let policy = Policy::parse(&fields, Date::constant(2026, 11, 24)).expect("well-formed");
        let filled = policy.filled();
        for name in ["goes_on", "next_on", "next", "if_worse"] {
            assert_eq!(filled.get(name), fields.get(name));
        }
    }
}
