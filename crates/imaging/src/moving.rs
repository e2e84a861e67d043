//! Whose a study is, put right (TR-27): it is bound to another patient, or to none, with a reason. What was decided before
//! stays on record, and a study that a person has taken from a patient never comes back to that one by a rule.

pub mod pages;
pub mod store;

use guidelines::reading::same_patient::Comparison;
use kernel::{PatientId, Timestamp, Words, clause};
use people::patient::Patient;

use crate::request::{Request, RequestId, State};
use crate::study::Study;

/// A study with all that somebody must know before its patient is put right.
#[derive(Debug, Clone)]
pub struct Belonging {
    /// The study, with what the device says.
    pub study: Study,
    /// Whose it is.
    pub patient: Option<Bound>,
    /// A person has decided that it is not the patient's whom the device names.
    pub detached: bool,
    /// What was decided before, the newest first.
    pub history: Vec<Step>,
    /// Requests for a reading that it goes with.
    pub requests: Vec<Request>,
    /// Other studies of the same patient.
    pub others: u32,
}

/// A patient beside what the device says.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The patient.
    pub patient: Patient,
    /// How they agree, in all three scripts.
    pub comparison: Comparison,
}

/// A patient, named as one facility names patients to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The patient.
    pub patient: PatientId,
    /// The facility's own number.
    pub number: String,
}

/// One decision about whose a study is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whose it was; nobody's where it was not bound.
    pub from: Option<Whose>,
    /// Whose it is from then on.
    pub to: Option<Whose>,
    /// What differed or was missing between the device's words and the new patient.
    pub finding: String,
    /// Why.
    pub reason: String,
    /// Name of the person who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Whose it is; `None` when nobody knows.
    pub to: Option<PatientId>,
    /// Why.
    pub reason: String,
    /// The same for all other studies of the patient: one person was registered twice.
    pub all: bool,
}

/// Why nothing is moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is bound as it shall be already.
    AsItIs,
    /// It is being read under the other name: that has to end first, so that the reader hears of it.
    BeingRead(Vec<RequestId>),
    /// All others cannot be moved where there is no patient to take them from, or none to give them to.
    NoPair,
}

impl Refusal {
    /// One sentence for the page.
    #[must_use]
    pub const fn words(&self) -> Words {
        match self {
            Self::AsItIs => Words::new(
                "すでにそうなっています。変わるところがありません。",
                "It is so already: nothing would change.",
            ),
            Self::BeingRead(_) => Words::new(
                "この画像は、いまの患者さんの名前で読影を依頼しています。先にその依頼を取り下げて、読影する人に伝えてください。",
                "It is being read under the present name. Withdraw that request first, so that the reader hears of it.",
            ),
            Self::NoPair => Words::new(
                "すべての画像をまとめて移すには、移す前と移した先の患者さんが両方決まっている必要があります。",
                "To move all images, both the patient they are taken from and the one they go to must be known.",
            ),
        }
    }
}

/// Whether a study of `from` may be bound as `order` says; `detached` says that it is nobody's by a person's decision, and
/// `requests` are those that it goes with.
///
/// # Errors
/// Only [`Refusal`].
pub fn may_move(
    from: Option<PatientId>,
    detached: bool,
    requests: &[(RequestId, State)],
    order: &Order,
) -> Result<(), Refusal> {
    clause!("TR-27");
    if from == order.to && (order.to.is_some() || detached) {
        return Err(Refusal::AsItIs);
    }
    if order.all && (from.is_none() || order.to.is_none()) {
        return Err(Refusal::NoPair);
    }
    let open = |it: &State| matches!(it, State::Waiting | State::Reading(_));
    let open: Vec<RequestId> = requests.iter().filter(|it| open(&it.1)).map(|it| it.0).collect();
    if open.is_empty() { Ok(()) } else { Err(Refusal::BeingRead(open)) }
}

#[cfg(test)]
mod tests {
    use kernel::{Ctx, PersonId};

    use super::*;

    #[test]
    fn a_study_moves_unless_it_is_read_under_the_old_name() {
        // TR-27
        let ctx = Ctx::test("2026-11-21T10:00:00+09:00");
        let (one, other) = (PatientId::new(&ctx), PatientId::new(&ctx));
        let request = RequestId::new(&ctx);
        let reader = PersonId::new(&ctx);
        let to = |to, all| Order { to, reason: "装置で別の人を選んだ".into(), all };
        let read = Err(Refusal::BeingRead(vec![request]));
        let cases = [
            (None, false, None, to(Some(one), false), Ok(()), "bound for the first time"),
            (Some(one), false, None, to(Some(other), false), Ok(()), "to another patient"),
            (Some(one), false, None, to(None, false), Ok(()), "to nobody"),
            (None, false, None, to(None, false), Ok(()), "the device is wrong, and nobody knows better"),
            (None, true, None, to(None, false), Err(Refusal::AsItIs), "said twice"),
            (Some(one), false, None, to(Some(one), false), Err(Refusal::AsItIs), "the same patient"),
            (None, true, None, to(Some(one), false), Ok(()), "known again"),
            (Some(one), false, None, to(Some(other), true), Ok(()), "two records of one person"),
            (None, false, None, to(Some(one), true), Err(Refusal::NoPair), "all of nobody"),
            (Some(one), false, None, to(None, true), Err(Refusal::NoPair), "all to nobody"),
            (Some(one), false, Some(State::Waiting), to(Some(other), false), read.clone(), "waits for a reader"),
            (Some(one), false, Some(State::Reading(reader)), to(None, false), read, "is being read"),
            (Some(one), false, Some(State::Reported), to(Some(other), false), Ok(()), "was read"),
            (Some(one), false, Some(State::Withdrawn), to(Some(other), false), Ok(()), "was withdrawn"),
            (Some(one), false, Some(State::Returned), to(Some(other), false), Ok(()), "was sent back"),
        ];
        for (from, detached, state, order, expected, name) in cases {
            let requests: Vec<_> = state.into_iter().map(|it| (request, it)).collect();
            assert_eq!(may_move(from, detached, &requests, &order), expected, "{name}");
        }
    }
}
