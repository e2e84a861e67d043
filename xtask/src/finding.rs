//! Findings, printed like a compiler's, and the short checked-in lists of what is allowed all the same.
//!
//! An exception is one line of `xtask/exceptions/CHECK.txt`: `path | what | reason`. `what` is a piece of the finding's
//! text, or `*` for the whole file. An exception that excuses nothing is a finding itself, so the lists cannot rot.

use std::collections::BTreeSet;

use crate::tree;

/// One thing that should not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File, from the root.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to do instead.
    pub message: String,
}

impl Finding {
    /// A finding at `path:line`.
    pub fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

struct Exception {
    path: String,
    what: String,
    line: usize,
}

/// Fails with all `findings` of the check `name` that its list of exceptions does not excuse.
///
/// # Panics
/// When anything is left to say: this is how a test fails.
pub fn settle(name: &str, findings: Vec<Finding>) {
    let left = unexcused(name, findings);
    assert!(left.is_empty(), "{} finding(s) of `{name}`:\n{}\n", left.len(), left.join("\n"));
}

fn unexcused(name: &str, findings: Vec<Finding>) -> Vec<String> {
    let list = format!("xtask/exceptions/{name}.txt");
    let (exceptions, mut left) = parse(&list, &tree::read(&list).unwrap_or_default());
    let mut used = BTreeSet::new();
    let findings: BTreeSet<_> = findings.into_iter().collect();
    for finding in findings {
        let excuse = exceptions
            .iter()
            .position(|it| it.path == finding.path && (it.what == "*" || finding.message.contains(&it.what)));
        match excuse {
            Some(place) => drop(used.insert(place)),
            None => left.push(format!("{}:{}: {}", finding.path, finding.line, finding.message)),
        }
    }
    for (place, exception) in exceptions.iter().enumerate() {
        if !used.contains(&place) {
            left.push(format!("{list}:{}: this exception excuses nothing; take it out", exception.line));
        }
    }
    left
}

fn parse(list: &str, text: &str) -> (Vec<Exception>, Vec<String>) {
    let (mut exceptions, mut bad) = (Vec::new(), Vec::new());
    for (place, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let parts: Vec<_> = line.splitn(3, " | ").map(str::trim).collect();
        match parts[..] {
            [path, what, reason] if !reason.is_empty() => {
                exceptions.push(Exception { path: path.into(), what: what.into(), line: place + 1 });
            }
            _ => bad.push(format!("{list}:{}: write `path | what | reason`", place + 1)),
        }
    }
    (exceptions, bad)
}
