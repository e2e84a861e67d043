//! The surfaces of a case as they are looked at: scans and designs of both facilities in one picture, version by version.
//!
//! What is shown are the levels of detail that a check has made, never the file itself, which is taken out with a reason. Absent: drawing
//! and measuring, which the browser does (`islands/mesh`); what is pinned to a place (`note`).

pub mod pages;
pub mod store;

use std::collections::HashMap;

use kernel::RowId;

use crate::check::{Check, Level};
use crate::file::{Bundle, Kind};

/// Surfaces shown at once: the viewer takes no more.
pub const PARTS_MAX: usize = 60;
/// Characters of a name that the viewer takes.
pub const NAME_CHARS_MAX: usize = 300;

/// One surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its file.
    pub file: RowId,
    /// The file's name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Which of its kind, from one: the bundles of a kind are counted in the order in which they came.
    pub version: usize,
    /// Its levels; at least one.
    pub levels: Vec<Level>,
}

/// What can be looked at of these bundles (newest first): the newest [`PARTS_MAX`], and how many older ones there are beside them.
#[must_use]
pub fn parts(bundles: &[Bundle], checks: &HashMap<RowId, Check>) -> (Vec<Part>, usize) {
    let mut found = Vec::new();
    for (at, bundle) in bundles.iter().enumerate() {
        let version = bundles[at..].iter().filter(|it| it.kind == bundle.kind).count();
        for it in &bundle.members {
            if let Some(Check::Done(checked)) = checks.get(&it.id)
                && !checked.levels.is_empty()
            {
                let name = it.name.chars().take(NAME_CHARS_MAX).collect();
                let levels = checked.levels.clone();
                found.push(Part { file: it.id, name, kind: bundle.kind, version, levels });
            }
        }
    }
    let older = found.len().saturating_sub(PARTS_MAX);
    found.truncate(PARTS_MAX);
    (found, older)
}

#[cfg(test)]
mod tests {
    use kernel::{FacilityId, PersonId};
    use mesh::Outcome;

    use super::*;
    use crate::check::Found;
    use crate::file::Member;

    #[test]
    fn versions_count_bundles_of_a_kind_and_the_newest_are_shown() {
        let at = "2026-11-24T00:00:00Z".parse().expect("an instant");
        let (id, sum) = (|it: u8| RowId::from_bytes([it; 16]), "0".repeat(64));
        let bundle = |number: u8, kind| Bundle {
            id: id(number),
            holder: FacilityId::from_bytes([1; 16]),
            kind,
            digest: sum.clone(),
            size_bytes: 1,
            scanned: false,
            note: String::new(),
            made_by: PersonId::from_bytes([1; 16]),
            made_at: at,
            members: vec![Member { id: id(number), name: number.to_string(), size_bytes: 1, sha256: sum.clone() }],
        };
        let levels = vec![Level { number: 0, triangles: 4, error_mm: 0.0, size_bytes: 9 }];
        let done = |levels| {
            Check::Done(Found { outcome: Outcome::Unchecked(kernel::Words::new("", "")), checked_at: at, levels })
        };
        let mut bundles: Vec<_> = (1..=5).rev().map(|it| bundle(it, Kind::Design)).collect();
        bundles.insert(2, bundle(9, Kind::Upper));
        let mut checks: HashMap<_, _> = [1, 2, 4, 5, 9].map(|it| (id(it), done(levels.clone()))).into();
        checks.insert(id(4), done(Vec::new()));
        checks.insert(id(3), Check::Waits);
        let (shown, older) = parts(&bundles, &checks);
        let told: Vec<_> = shown.iter().map(|it| (it.name.as_str(), it.version)).collect();
        assert_eq!((told, older), (vec![("5", 5), ("9", 1), ("2", 2), ("1", 1)], 0));
        let many: Vec<_> = (0..=PARTS_MAX).map(|_| bundle(5, Kind::Design)).collect();
        let (shown, older) = parts(&many, &checks);
        assert_eq!((shown.len(), older, shown[0].version), (PARTS_MAX, 1, PARTS_MAX + 1));
    }
}
