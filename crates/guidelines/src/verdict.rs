//! What a rule answers: the clause that is not met, or what stays to be done after a yes.

use kernel::{Date, Words};

use crate::{ClauseId, Mend};

/// A clause that is not met: why, and what mends it. A page shows all of them at once, each with its button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMet {
    /// The clause.
    pub clause: ClauseId,
    /// One sentence: what is missing.
    pub reason: Words,
    /// What leads on.
    pub mend: Mend,
}

impl NotMet {
    /// A clause not met.
    #[must_use]
    pub const fn new(clause: &'static str, reason: Words, mend: Mend) -> Self {
        Self { clause: ClauseId::new(clause), reason, mend }
    }
}

/// Something that does not stop the act, but stays open until a person has done it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTask {
    /// The clause that asks for it.
    pub clause: ClauseId,
    /// One sentence: what is still to be done.
    pub reason: Words,
    /// What leads on.
    pub mend: Mend,
    /// The last day, where the rule names one.
    pub due: Option<Date>,
}

impl OpenTask {
    /// An open task without a last day.
    #[must_use]
    pub const fn new(clause: &'static str, reason: Words, mend: Mend) -> Self {
        Self { clause: ClauseId::new(clause), reason, mend, due: None }
    }

    /// The same with a last day.
    #[must_use]
    pub fn until(self, due: Date) -> Self {
        Self { due: Some(due), ..self }
    }
}

/// Gathers what is not met, in the order in which the rule asks.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) not_met: Vec<NotMet>,
    pub(crate) open: Vec<OpenTask>,
}

impl Findings {
    /// Adds `finding` unless `met`.
    pub(crate) fn need(&mut self, met: bool, finding: NotMet) {
        if !met {
            self.not_met.push(finding);
        }
    }

    /// Adds `task` unless `done`.
    pub(crate) fn wish(&mut self, done: bool, task: OpenTask) {
        if !done {
            self.open.push(task);
        }
    }

    /// Adds what another rule found.
    pub(crate) fn take(&mut self, verdict: Result<(), Vec<NotMet>>) {
        if let Err(found) = verdict {
            self.not_met.extend(found);
        }
    }

    /// The open tasks when all is met, otherwise everything that is not.
    pub(crate) fn verdict(self) -> Result<Vec<OpenTask>, Vec<NotMet>> {
        if self.not_met.is_empty() { Ok(self.open) } else { Err(self.not_met) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that make findings.
    const SOURCES: [&str; 9] = [
        include_str!("call/start.rs"),
        include_str!("call/admit.rs"),
        include_str!("call/complete.rs"),
        include_str!("identity.rs"),
        include_str!("first_visit.rs"),
        include_str!("place.rs"),
        include_str!("storage.rs"),
        include_str!("chat.rs"),
        include_str!("symptoms.rs"),
    ];

    #[test]
    fn every_finding_names_a_clause_of_the_catalogue() {
        let mut seen = 0;
        for source in SOURCES {
            for text in source.split('"').filter(|it| it.len() == 6 && (it.starts_with("OV-") || it.starts_with("CS-")))
            {
                assert!(crate::clause(text).is_some(), "{text} is not in the catalogue");
                seen += 1;
            }
        }
        assert!(seen > 60, "only {seen} were found");
    }

    #[test]
    fn a_task_may_have_a_last_day() {
        let day = Date::constant(2027, 3, 31);
        let task = OpenTask::new("OV-260", Words::new("届出", "Notify"), Mend::NotifyPrefecture);
        assert_eq!((task.due, task.clone().until(day).due), (None, Some(day)));
    }
}
