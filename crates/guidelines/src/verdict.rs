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
