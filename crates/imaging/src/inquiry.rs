//! A question about a reading (疑義照会) and its answer, in one thread between the two facilities (TR-04). A question is owed an
//! answer: `duty` keeps its time.

pub mod pages;
pub mod store;

use kernel::{Timestamp, clause};
use people::agreement::Side;
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

/// What a form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The words.
    pub text: String,
    /// Whether an answer is awaited.
    pub asks: bool,
}

impl Form {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("TR-04");
        let mut faults = Faults::default();
        let text = fields.text("said", &mut faults);
        let asks = fields.one_of("asks", &[("yes", true), ("no", false)], &mut faults);
        match asks {
            Some(asks) => faults.done(|| Self { text, asks }),
            None => Err(faults),
        }
    }
}

/// What was said, as rows keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// By whom.
    pub name: String,
    /// The words.
    pub text: String,
    /// Whether an answer is awaited.
    pub asks: bool,
}

/// One contribution to the thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// By which side.
    pub side: Side,
    /// What.
    pub content: Content,
    /// When.
    pub at: Timestamp,
}

/// The side that is asked and has said nothing since.
#[must_use]
pub fn waits_for(thread: &[Said]) -> Option<Side> {
    clause!("TR-04");
    let other = |side| if side == Side::Asks { Side::Serves } else { Side::Asks };
    let newest = |side| thread.iter().rposition(|it| it.side == side);
    let asked = |side| thread.iter().rposition(|it| it.side == side && it.content.asks);
    [Side::Asks, Side::Serves].into_iter().find_map(|side| {
        let question = asked(side)?;
        let is_open = newest(other(side)).is_none_or(|answer| answer < question);
        is_open.then(|| other(side))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_waits_until_the_other_side_has_said_something() {
        // TR-04
        let said = |text: &str| -> Vec<Said> {
            let one = |word: &str| Said {
                side: if word.starts_with('a') { Side::Asks } else { Side::Serves },
                content: Content { name: "x".into(), text: "x".into(), asks: word.ends_with('?') },
                at: "2026-11-24T00:00:00Z".parse().expect("an instant"),
            };
            text.split_whitespace().map(one).collect()
        };
        for (thread, expected) in [
            ("", None),
            ("a?", Some(Side::Serves)),
            ("a? a", Some(Side::Serves)),
            ("a? s", None),
            ("a? s?", Some(Side::Asks)),
            ("a? s? a", None),
            ("a? s a", None),
            ("s?", Some(Side::Asks)),
            ("a? s a?", Some(Side::Serves)),
        ] {
            assert_eq!(waits_for(&said(thread)), expected, "{thread}");
        }
    }

    #[test]
    fn a_contribution_has_words_and_says_whether_it_waits() {
        // TR-04
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 4] = [
            (&[("said", "2-120の影は？"), ("asks", "yes")], &[]),
            (&[("said", "ありがとうございました"), ("asks", "no")], &[]),
            (&[("said", ""), ("asks", "yes")], &["said"]),
            (&[("said", "x")], &["asks"]),
        ];
        for (pairs, expected) in cases {
            let faults = Form::parse(&Fields::of(pairs)).err().unwrap_or_default();
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), expected, "{pairs:?}");
        }
    }
}
