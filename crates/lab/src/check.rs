//! The check of a file that was sent: whether it can be read, its size and unit, what is wrong with it; and its levels of detail
//! for looking at.
//!
//! It is made after the bundle is kept, by a job, where a file can do no harm (the plug of `mesh`), and rests with the
//! bytes at the facility that has sent them. A file that cannot be read stays what it is: kept and handed out as it came.
//! Absent: any reading of a file, and any ruling on it. People see what was found out, and decide.

pub mod pages;
pub mod store;
pub mod work;

use kernel::{Timestamp, Words};
use mesh::Outcome;

/// How often a check is begun: what ends it three times ends it the fourth.
pub const TRIES_MAX: u32 = 3;
/// Minutes from the beginning of a try to the next one: longer than any check may take by the clock.
pub const PAUSE_MIN: i64 = 10;
/// Bytes of one level at most, as the viewer takes them; five million triangles have some 20 MB.
pub const LEVEL_BYTES_MAX: u64 = 64_000_000;

/// What a file ends with that is a scan, a design, or tells how a design is made, in lower case.
const ENDINGS: [&str; 8] = ["stl", "ply", "obj", "3mf", "constructioninfo", "dentalproject", "dcm", "hps"];

/// Whether a file of this name is checked. Others (papers, pictures, archives of CAD programs) are none that could be judged.
#[must_use]
pub fn is_checked(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, it)| ENDINGS.contains(&it.to_ascii_lowercase().as_str()))
}

/// One level of detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// 0 is the whole surface, each next one thinner.
    pub number: u32,
    /// Triangles.
    pub triangles: u32,
    /// About how far it lies from the whole one, in mm; no bound that was proven.
    pub error_mm: f64,
    /// Bytes of its container.
    pub size_bytes: u64,
}

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The report, what is broken, or why there is neither.
    pub outcome: Outcome,
    /// When.
    pub checked_at: Timestamp,
    /// The whole surface first; empty where there is none to be seen.
    pub levels: Vec<Level>,
}

/// How far the check of a file is.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// It waits, or is being made.
    Waits,
    /// It came to an end.
    Done(Found),
}

/// What is said when every try ended without a word.
fn gave_up() -> Words {
    Words::made(
        format!("点検が{TRIES_MAX}回とも途中で止まりました。ファイルは送られたまま保管されています。"),
        format!("The check broke off {TRIES_MAX} times. The file is kept as it was sent."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_projects_are_checked_and_papers_are_not() {
        for (name, expected) in [
            ("46.stl", true),
            ("上顎.PLY", true),
            ("46.constructionInfo", true),
            ("scan.dcm", true),
            ("case.zip", false),
            ("説明.pdf", false),
            ("stl", false),
        ] {
            assert_eq!(is_checked(name), expected, "{name}");
        }
    }
}
