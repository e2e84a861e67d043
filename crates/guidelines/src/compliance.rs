//! The state of each clause from evidence: what `safety` shows, lists as gaps and prints as the check sheet.

use kernel::{Date, Timestamp, Words, clause};

use crate::{Clause, ClauseId};

/// The state of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Evidence says it is kept.
    Met,
    /// It does not apply to this facility.
    NotApplicable,
    /// Nothing is known; unknown is never met.
    Unknown,
    /// Evidence says it is not kept.
    NotMet,
}

impl Status {
    /// For the page and the sheet.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Met => Words::new("守られています", "Met"),
            Self::NotApplicable => Words::new("対象外", "Not applicable"),
            Self::Unknown => Words::new("まだ分かりません", "Not known yet"),
            Self::NotMet => Words::new("対応が必要です", "Not met"),
        }
    }
}

/// What a context knows about one clause at one facility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The clause.
    pub clause: ClauseId,
    /// Its state.
    pub status: Status,
    /// Rows that show it (visits, consents, confirmations).
    pub count: u64,
    /// The newest of them.
    pub last_at: Option<Timestamp>,
    /// One sentence: why this state.
    pub reason: Words,
    /// No record can show it: a person has to look, and confirm it with day and name.
    pub asks_person: bool,
}

impl Evidence {
    /// Evidence of `count` rows, the newest at `last_at`.
    #[must_use]
    pub fn new(clause: ClauseId, status: Status, count: u64, last_at: Option<Timestamp>, reason: Words) -> Self {
        Self { clause, status, count, last_at, reason, asks_person: false }
    }

    /// Evidence that the program cannot know it: `reason` says what a person should look at.
    #[must_use]
    pub fn for_a_person(clause: ClauseId, reason: Words) -> Self {
        Self { asks_person: true, ..Self::new(clause, Status::Unknown, 0, None, reason) }
    }
}

/// One line of the compliance page.
#[derive(Debug, Clone)]
pub struct Line {
    /// The clause.
    pub clause: &'static Clause,
    /// Its state, made of all evidence on it.
    pub status: Status,
    /// The evidence, worst first.
    pub evidence: Vec<Evidence>,
}

/// Every clause of this release that holds on `day`, with its evidence. The worst evidence on a clause decides; a
/// clause without any is unknown. A clause that does not apply in one respect and is met in another is met.
#[must_use]
pub fn sheet(day: Date, evidence: &[Evidence]) -> Vec<Line> {
    clause!("CS-141", "OV-305");
    crate::clause::in_force(day)
        .map(|clause| {
            let mut own: Vec<Evidence> = evidence.iter().filter(|it| it.clause == clause.id).cloned().collect();
            own.sort_by_key(|it| std::cmp::Reverse(it.status));
            let worst = own.first().map_or(Status::Unknown, |it| it.status);
            let met = own.iter().any(|it| it.status == Status::Met);
            let status = if worst == Status::NotApplicable && met { Status::Met } else { worst };
            Line { clause, status, evidence: own }
        })
        .collect()
}

/// The lines that somebody has to work on: not met first, then unknown.
pub fn gaps(lines: &[Line]) -> impl Iterator<Item = &Line> {
    let of = |status| move |it: &&Line| it.status == status;
    lines.iter().filter(of(Status::NotMet)).chain(lines.iter().filter(of(Status::Unknown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_evidence_decides() {
        // OV-305, CS-141
        let cases: [(&[Status], Status); 6] = [
            (&[], Status::Unknown),
            (&[Status::Met], Status::Met),
            (&[Status::Met, Status::NotMet], Status::NotMet),
            (&[Status::Unknown, Status::Met], Status::Unknown),
            (&[Status::NotApplicable], Status::NotApplicable),
            (&[Status::NotApplicable, Status::Met], Status::Met),
        ];
        let id = ClauseId::find("OV-101").expect("in the catalogue");
        let day = Date::constant(2026, 11, 21);
        for (states, expected) in cases {
            let evidence: Vec<_> =
                states.iter().map(|it| Evidence::new(id, *it, 1, None, Words::new("理由", "reason"))).collect();
            let lines = sheet(day, &evidence);
            let line = lines.iter().find(|it| it.clause.id == id).expect("a line");
            assert_eq!(line.status, expected, "{states:?}");
            let is_gap = gaps(&lines).any(|it| it.clause.id == id);
            assert_eq!(is_gap, matches!(expected, Status::Unknown | Status::NotMet), "{states:?}");
        }
    }

    #[test]
    fn a_later_clause_is_never_on_the_sheet() {
        let lines = sheet(Date::constant(2026, 11, 21), &[]);
        assert!(lines.iter().all(|it| it.clause.in_scope && it.status == Status::Unknown));
    }
}
