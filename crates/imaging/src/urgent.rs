//! A finding that needs treatment at once (TR-06): marked by the reader, also before the report is signed; told on several ways,
//! again and again and to ever more people, until a named person has taken it over. When who is told is the rule of
//! `guidelines::reading::urgent`.

pub mod pages;
pub mod store;

use guidelines::reading::urgent::{ROUND_MIN, next_round};
use kernel::{FacilityId, PatientId, RowId, Timestamp, Words, clause, time};
use people::agreement::{Contact, Side};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

use crate::request::RequestId;

/// The id of an urgent finding: the same at both facilities.
pub type UrgentId = RowId;

kernel::keyed! {
    /// What became of a telephone call.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Outcome {
        /// The person has understood it and takes care of the patient.
        Took => "took", "本人に伝わり、対応を引き受けた", "Reached: takes it over";
        /// Somebody will pass it on; it goes on until a person takes it over.
        LeftWord => "left_word", "伝言を頼んだ", "Left word";
        /// Nobody answered.
        NoAnswer => "no_answer", "つながらなかった", "No answer";
    }
}

/// A telephone call of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Who was called, by name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What was said; may be empty.
    pub note: String,
}

impl Call {
    /// Reads the form: somebody on the list of `contacts`, or another name.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, contacts: &[Contact]) -> Result<Self, Faults> {
        clause!("TR-06");
        let mut faults = Faults::default();
        let other = fields.line_if_any("other", &mut faults);
        let listed = contacts.iter().map(|it| it.name.clone()).find(|it| it == fields.get("name"));
        let name = if other.is_empty() { listed.unwrap_or_default() } else { other };
        if name.is_empty() && faults.0.is_empty() {
            faults.add("name", Words::new("誰に電話したかを選ぶか、名前を書いてください。", "Say who was called."));
        }
        let outcome = fields.one_of("outcome", &Outcome::keys(), &mut faults);
        let note = fields.text_if_any("note", &mut faults);
        match outcome {
            Some(outcome) => faults.done(|| Self { name, outcome, note }),
            None => Err(faults),
        }
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A round of telling, from 0: whom a letter or a message went to.
    Round {
        /// Its number.
        number: i64,
        /// Names of those who were told, besides the facility itself.
        told: Vec<String>,
    },
    /// The reader has called.
    Call(Call),
    /// Somebody at the facility that asked has opened it.
    Seen {
        /// Who.
        name: String,
    },
    /// A named person has taken it over: nobody is told any more.
    Taken {
        /// Who.
        name: String,
        /// What will be done; may be empty.
        plan: String,
    },
}

impl Deed {
    /// Its kind in rows.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Round { .. } => "round",
            Self::Call(_) => "call",
            Self::Seen { .. } => "seen",
            Self::Taken { .. } => "taken",
        }
    }
}

/// A step with its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub deed: Deed,
    /// By whom, as the log names people.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// An urgent finding, as this facility's copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urgent {
    /// Its id.
    pub id: UrgentId,
    /// The request in whose images it was found.
    pub request: RequestId,
    /// Whether this facility asked or reads.
    pub side: Side,
    /// The other facility.
    pub partner: FacilityId,
    /// The patient at the facility that asked.
    pub patient: PatientId,
    /// What was found and what is to be done, in the reader's words.
    pub finding: String,
    /// Who marked it, as the log names people.
    pub marked_by: String,
    /// When.
    pub marked_at: Timestamp,
    /// When the next round of telling is due; none once somebody has taken it over.
    pub next_round_at: Option<Timestamp>,
    /// What was done since, in its order.
    pub steps: Vec<Step>,
}

impl Urgent {
    /// Who has taken it over, and when.
    #[must_use]
    pub fn taken(&self) -> Option<(&str, Timestamp)> {
        self.steps.iter().find_map(|it| match &it.deed {
            Deed::Taken { name, .. } => Some((name.as_str(), it.at)),
            _ => None,
        })
    }

    /// Rounds of telling that were made.
    #[must_use]
    pub fn rounds(&self) -> i64 {
        let rounds = self.steps.iter().filter(|it| matches!(it.deed, Deed::Round { .. })).count();
        i64::try_from(rounds).unwrap_or(i64::MAX)
    }

    /// When the next round is due after the one that is made at `now`. A server that slept does not make up for all that it
    /// missed at once.
    #[must_use]
    pub fn round_after(&self, now: Timestamp) -> Timestamp {
        clause!("TR-06");
        next_round(self.marked_at, self.rounds() + 1, 0).due_at.max(time::plus_min(now, ROUND_MIN))
    }

    /// Whether this person has opened it before.
    #[must_use]
    pub fn was_seen_by(&self, label: &str) -> bool {
        self.steps.iter().any(|it| it.by == label && matches!(it.deed, Deed::Seen { .. } | Deed::Taken { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(name: &str) -> Contact {
        Contact {
            name: name.into(),
            role: String::new(),
            phone: "03-5550-0101".into(),
            mail: String::new(),
            person: None,
        }
    }

    #[test]
    fn a_call_says_who_was_called_and_what_became_of_it() {
        // TR-06
        let list = [contact("佐藤 健一"), contact("鈴木 花子")];
        type Case<'a> = (&'a [(&'a str, &'a str)], Result<(&'a str, Outcome), &'a [&'a str]>);
        let cases: [Case<'_>; 6] = [
            (&[("name", "佐藤 健一"), ("outcome", "took")], Ok(("佐藤 健一", Outcome::Took))),
            (
                &[("name", "佐藤 健一"), ("other", "受付の山田"), ("outcome", "left_word")],
                Ok(("受付の山田", Outcome::LeftWord)),
            ),
            (&[("other", "代表電話"), ("outcome", "no_answer")], Ok(("代表電話", Outcome::NoAnswer))),
            (&[("name", "知らない人"), ("outcome", "took")], Err(&["name"])),
            (&[("outcome", "took")], Err(&["name"])),
            (&[("name", "鈴木 花子"), ("outcome", "x")], Err(&["outcome"])),
        ];
        for (pairs, expected) in cases {
            let found = Call::parse(&Fields::of(pairs), &list);
            match expected {
                Ok((name, outcome)) => {
                    let it = found.expect("well-formed");
                    assert_eq!((it.name.as_str(), it.outcome), (name, outcome), "{pairs:?}");
                }
                Err(fields) => {
                    let faults = found.expect_err("refused");
                    assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), fields, "{pairs:?}");
                }
            }
        }
    }

    #[test]
    fn it_is_open_until_a_named_person_has_taken_it_and_a_late_round_is_made_once() {
        // TR-06
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let marked = at("2026-11-24T00:00:00Z");
        let step = |deed| Step { deed, by: "staff/1".into(), at: marked };
        let mut it = Urgent {
            id: UrgentId::from_bytes([1; 16]),
            request: RequestId::from_bytes([2; 16]),
            side: Side::Asks,
            partner: FacilityId::from_bytes([3; 16]),
            patient: PatientId::from_bytes([4; 16]),
            finding: "蜂窩織炎".into(),
            marked_by: "staff/2".into(),
            marked_at: marked,
            next_round_at: Some(marked),
            steps: vec![step(Deed::Round { number: 0, told: vec![] })],
        };
        assert_eq!((it.taken(), it.rounds()), (None, 1));
        // One round was made at once; the next is due ten minutes after this one.
        it.steps.clear();
        assert_eq!(it.round_after(marked), at("2026-11-24T00:10:00Z"));
        it.steps.push(step(Deed::Round { number: 0, told: vec![] }));
        assert_eq!(it.round_after(at("2026-11-24T00:10:00Z")), at("2026-11-24T00:20:00Z"));
        assert_eq!(it.round_after(at("2026-11-24T03:00:00Z")), at("2026-11-24T03:10:00Z"), "after a night's sleep");
        let call = |outcome| Deed::Call(Call { name: "佐藤".into(), outcome, note: String::new() });
        it.steps.extend([step(call(Outcome::LeftWord)), step(Deed::Seen { name: "佐藤".into() })]);
        assert_eq!(it.taken(), None, "neither a message nor a look is an answer");
        assert!(it.was_seen_by("staff/1") && !it.was_seen_by("staff/9"));
        it.steps.push(step(Deed::Taken { name: "佐藤".into(), plan: String::new() }));
        assert_eq!(it.taken(), Some(("佐藤", marked)));
    }
}
