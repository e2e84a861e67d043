//! The answer of a check as it goes from the process that read the file to the one that asked, and the plug by which a
//! room with files asks.

use std::io::Read;

use kernel::Words;
use serde::{Deserialize, Serialize};

use crate::levels::{HEAD_BYTES, Head, Level};
use crate::report::Outcome;

/// What was found out about a file, and its levels of detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The report, or why there is none.
    pub outcome: Outcome,
    /// The whole surface first; empty where the file has none, or nobody asked.
    pub levels: Vec<Level>,
}

/// [`Checked`] without the bytes of its levels, which follow one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The report, or why there is none.
    pub outcome: Outcome,
    /// The levels.
    pub levels: Vec<Line>,
}

/// One level in an [`Answer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Triangles.
    pub triangles: u32,
    /// As [`Level::error_mm`].
    pub error_mm: f32,
    /// Length of its container.
    pub bytes: usize,
}

impl Checked {
    /// A check that came to no end.
    #[must_use]
    pub fn not(why: Words) -> Self {
        Self { outcome: Outcome::Unchecked(why), levels: Vec::new() }
    }

    /// What goes before the levels.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let line = |it: &Level| Line { triangles: it.triangles, error_mm: it.error_mm, bytes: it.bytes.len() };
        Answer { outcome: self.outcome.clone(), levels: self.levels.iter().map(line).collect() }
    }

    /// From an answer and the `bytes` of its levels. The other process has read a stranger's file, so it is not believed:
    /// nothing where a length, a head or a count does not fit.
    #[must_use]
    pub fn from_answer(answer: Answer, bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut levels = Vec::new();
        for line in answer.levels {
            let (level, after) = rest.split_at_checked(line.bytes)?;
            rest = after;
            let head = Head::of(level).filter(|it| u64::from(it.indices) == u64::from(line.triangles) * 3)?;
            if line.bytes < HEAD_BYTES || head.error_mm != line.error_mm {
                return None;
            }
            levels.push(Level { triangles: line.triangles, error_mm: line.error_mm, bytes: level.to_vec() });
        }
        rest.is_empty().then_some(Self { outcome: answer.outcome, levels })
    }
}

/// What checks files for whoever has them: a name as the sender gave it, and the bytes up to their end.
pub struct Checker {
    /// Reads a file where it can do no harm, and says what is in it. It blocks for as long as that takes.
    pub check: Box<Check>,
}

/// See [`Checker`].
pub type Check = dyn Fn(&str, &mut (dyn Read + Send)) -> kernel::Result<Checked> + Send + Sync;
