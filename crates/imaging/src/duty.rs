//! What is owed on a signed report: read it, look at the images, tell the patient (TR-04), deal with each incidental finding
//! (TR-07). Reading and looking are done by doing them, and only by whoever answers for the request; the others by saying what
//! was done. What is owed until when is the rule of `guidelines::reading::duty`.

pub mod letter;
pub mod pages;
pub mod store;

use guidelines::reading::duty::Duty;
use kernel::{Date, FacilityId, PatientId, RowId, Timestamp, Words, clause};
use people::agreement::Side;
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

use crate::request::RequestId;

/// The id of something owed: the same at both facilities.
pub type OwedId = RowId;

kernel::keyed! {
    /// How the patient came to know.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Way {
        /// Face to face.
        Visit => "visit", "来院時に説明した", "At a visit";
        /// In a video call.
        Online => "online", "オンライン診療で説明した", "In an online visit";
        /// By telephone.
        Phone => "phone", "電話で説明した", "By telephone";
        /// By letter.
        Letter => "letter", "文書を渡した・送った", "In writing";
        /// Nothing has to be said (again).
        NotNeeded => "not_needed", "改めての説明は不要（理由を下に）", "No need to tell (again): reason below";
    }
}

kernel::keyed! {
    /// What was done about an incidental finding.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Outcome {
        /// Treated here, or being treated.
        Treated => "treated", "治療した・治療を始めた", "Treated, or treatment has begun";
        /// Handed to somebody else.
        Referred => "referred", "ほかの医療機関へ紹介した", "Referred elsewhere";
        /// To be looked at again on a day: it stays open until then.
        Watched => "watched", "経過をみる（次に確かめる日を下に）", "Watched: look again on the day below";
        /// The patient wants nothing done.
        Declined => "declined", "説明のうえ、患者さんが希望しない", "Explained; the patient wants nothing done";
        /// Nothing has to be done.
        NoNeed => "no_need", "対応は不要と判断した（理由を下に）", "No action needed: reason below";
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Somebody has opened the report, or images of a study.
    Looked {
        /// Who.
        name: String,
        /// The version of the report, or the UID of the study.
        what: String,
        /// Whether it was the person who answers for the request.
        is_responsible: bool,
    },
    /// The patient was told.
    Informed {
        /// By whom.
        name: String,
        /// How.
        way: Way,
        /// On which day.
        on: Date,
        /// What was said; empty in the copy of the facility that reads.
        note: String,
    },
    /// An incidental finding was dealt with.
    Followed {
        /// By whom.
        name: String,
        /// How.
        outcome: Outcome,
        /// The day on which it is looked at again; with [`Outcome::Watched`] only.
        again_on: Option<Date>,
        /// What was done; empty in the copy of the facility that reads.
        note: String,
    },
    /// The question was answered: the words stand in the thread.
    Answered {
        /// By whom.
        name: String,
    },
}

impl Deed {
    /// As the facility that reads keeps it: that it was done, by whom and how. What was said to the patient is the chart's of
    /// the facility that asked (TR-09).
    #[must_use]
    pub fn for_readers(&self) -> Self {
        clause!("TR-09");
        let mut told = self.clone();
        if let Self::Informed { note, .. } | Self::Followed { note, .. } = &mut told {
            note.clear();
        }
        told
    }

    /// Whether the duty is done with it.
    #[must_use]
    pub const fn ends(&self) -> bool {
        !matches!(self, Self::Looked { .. } | Self::Followed { outcome: Outcome::Watched, .. })
    }
}

/// A deed with its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub deed: Deed,
    /// By whom, as the log names people.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Something owed, as this facility's copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Its id.
    pub id: OwedId,
    /// The request.
    pub request: RequestId,
    /// The other facility.
    pub partner: FacilityId,
    /// The patient at the facility that asked.
    pub patient: PatientId,
    /// Whether this facility asked or reads.
    pub side: Side,
    /// What is owed.
    pub duty: Duty,
    /// By which side.
    pub owed_by: Side,
    /// The incidental finding; empty for the others.
    pub subject: String,
    /// Since when.
    pub begun_at: Timestamp,
    /// Until when.
    pub due_at: Timestamp,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// What was done, in its order.
    pub steps: Vec<Step>,
}

impl Owed {
    /// Whether it is open and its time is over at `now`.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.done_at.is_none() && self.due_at <= now
    }

    /// Whether it is this facility's to do.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.side == self.owed_by
    }

    /// Whether this look is on record. One from the time before the person answered for the request is another.
    #[must_use]
    pub fn has(&self, look: &Deed, label: &str) -> bool {
        self.steps.iter().any(|it| it.by == label && it.deed == *look)
    }

    /// Whether whoever answers for the request has looked at all of `wanted`.
    #[must_use]
    pub fn is_seen(&self, wanted: &[String]) -> bool {
        clause!("TR-04");
        let seen = |one: &String| {
            let counts = |it: &Step| matches!(&it.deed, Deed::Looked { what, is_responsible: true, .. } if what == one);
            self.steps.iter().any(counts)
        };
        !wanted.is_empty() && wanted.iter().all(seen)
    }
}

/// Days ahead for which an incidental finding may be watched before somebody says something about it again.
const WATCH_DAYS_MAX: i32 = 400;

/// Reads what was done about `duty`; `today` bounds the days.
///
/// # Errors
/// The faults, each with its field; a duty that is done by looking has no form.
pub fn parse(duty: Duty, fields: &Fields, name: &str, today: Date) -> Result<Deed, Faults> {
    clause!("TR-04", "TR-07");
    let mut faults = Faults::default();
    let name = name.to_owned();
    let note = fields.text("note", &mut faults);
    if duty == Duty::Inform {
        let way = fields.one_of("way", &Way::keys(), &mut faults);
        let on = fields.date("on", &mut faults);
        if on.is_some_and(|it| it > today) {
            faults.add("on", Words::new("これからの日は書けません。", "This day is yet to come."));
        }
        return match (way, on) {
            (Some(way), Some(on)) => faults.done(|| Deed::Informed { name, way, on, note }),
            _ => Err(faults),
        };
    }
    let outcome = fields.one_of("outcome", &Outcome::keys(), &mut faults);
    let mut again_on = None;
    if outcome == Some(Outcome::Watched) {
        again_on = fields.date("again_on", &mut faults);
        let days = again_on.and_then(|it| it.since(today).ok()).map(|it| it.get_days());
        if days.is_some_and(|it| !(1..=WATCH_DAYS_MAX).contains(&it)) {
            let words = Words::new("明日から400日以内の日にしてください。", "A day from tomorrow on, within 400 days.");
            faults.add("again_on", words);
        }
    }
    match (outcome, duty) {
        (Some(outcome), Duty::Close) => faults.done(|| Deed::Followed { name, outcome, again_on, note }),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn a_deed_says_what_was_done_and_no_tick_is_enough() {
        // TR-04, TR-07
        type Case<'a> = (Duty, &'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 10] = [
            (Duty::Inform, &[("way", "visit"), ("on", "2026-11-24"), ("note", "骨の量を説明")], &[]),
            (Duty::Inform, &[("way", "visit"), ("on", "2026-11-24")], &["note"]),
            (Duty::Inform, &[("way", "visit"), ("on", "2026-11-25"), ("note", "x")], &["on"]),
            (Duty::Inform, &[("note", "x")], &["way", "on"]),
            (Duty::Close, &[("outcome", "referred"), ("note", "耳鼻科へ")], &[]),
            (Duty::Close, &[("outcome", "referred")], &["note"]),
            (Duty::Close, &[("outcome", "watched"), ("note", "半年後に撮影"), ("again_on", "2027-05-24")], &[]),
            (Duty::Close, &[("outcome", "watched"), ("note", "x"), ("again_on", "2026-11-24")], &["again_on"]),
            (Duty::Close, &[("outcome", "watched"), ("note", "x"), ("again_on", "2029-01-01")], &["again_on"]),
            (Duty::Close, &[("note", "x")], &["outcome"]),
        ];
        for (duty, pairs, expected) in cases {
            let found = parse(duty, &Fields::of(pairs), "佐藤 健一", day("2026-11-24"));
            let faults = found.err().unwrap_or_default();
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), expected, "{duty:?} {pairs:?}");
        }
    }

    #[test]
    fn watching_keeps_a_finding_open_and_the_reader_learns_that_it_was_done_but_not_what_was_said() {
        // TR-07, TR-09
        let followed =
            |outcome| Deed::Followed { name: "佐藤".into(), outcome, again_on: None, note: "母と来院".into() };
        for (outcome, ends) in Outcome::ALL.map(|it| (it, it != Outcome::Watched)) {
            assert_eq!(followed(outcome).ends(), ends);
        }
        assert!(!Deed::Looked { name: String::new(), what: "1".into(), is_responsible: true }.ends());
        match followed(Outcome::Referred).for_readers() {
            Deed::Followed { name, outcome: Outcome::Referred, note, .. } => {
                assert_eq!((name.as_str(), note.as_str()), ("佐藤", ""));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_colleagues_look_is_kept_and_does_not_count() {
        // TR-04
        let at: Timestamp = "2026-11-24T00:00:00Z".parse().expect("an instant");
        let look = |what: &str, is_responsible| Deed::Looked { name: "x".into(), what: what.into(), is_responsible };
        let looked = |by: &str, what, is_responsible| Step { deed: look(what, is_responsible), by: by.into(), at };
        let wanted = ["1.2.3".to_owned(), "1.2.4".to_owned()];
        let mut it = Owed {
            id: OwedId::from_bytes([1; 16]),
            request: RequestId::from_bytes([2; 16]),
            partner: FacilityId::from_bytes([3; 16]),
            patient: PatientId::from_bytes([4; 16]),
            side: Side::Asks,
            duty: Duty::Images,
            owed_by: Side::Asks,
            subject: String::new(),
            begun_at: at,
            due_at: "2026-11-27T00:00:00Z".parse().expect("an instant"),
            done_at: None,
            steps: vec![looked("staff/2", "1.2.3", false), looked("staff/1", "1.2.4", true)],
        };
        assert!(it.has(&look("1.2.3", false), "staff/2") && !it.has(&look("1.2.3", false), "staff/1"));
        assert!(!it.has(&look("1.2.3", true), "staff/2"), "whoever takes over looks again");
        assert!(!it.is_seen(&wanted), "one of them only a colleague has opened");
        it.steps.push(looked("staff/1", "1.2.3", true));
        assert!(it.is_seen(&wanted) && !it.is_seen(&[]), "nothing to see is not seen");
        assert!(!it.is_overdue(at) && it.is_overdue(it.due_at));
        it.done_at = Some(at);
        assert!(!it.is_overdue(it.due_at));
    }
}
