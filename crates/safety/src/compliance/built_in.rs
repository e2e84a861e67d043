//! Clauses that the program itself keeps, whatever anybody does: there is no row to count, since the other way does not
//! exist. Each is held by tests that run before every release; taking one away makes a test fail.

use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Words, clause};

/// The clauses, in the order of the catalogue. Only what cannot be switched off stands here.
const BUILT_IN: [&str; 12] = [
    "OV-142", "OV-162", "OV-204", "OV-243", "OV-247", "OV-262", "CS-120", "CS-142", "CS-150", "CS-151", "CS-153",
    "CS-161",
];

/// That the program keeps them.
pub(crate) fn evidence() -> Vec<Evidence> {
    clause!("CS-141");
    BUILT_IN
        .into_iter()
        .filter_map(ClauseId::find)
        .map(|id| {
            let words = Words::new(
                "システムの仕組みで守られます。設定で外すことはできません。",
                "The system keeps it by construction; no setting takes it away.",
            );
            Evidence::new(id, Status::Met, 0, None, words)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_clause_is_in_the_catalogue_of_this_release() {
        let found = evidence();
        assert_eq!(found.len(), BUILT_IN.len());
        assert!(found.iter().all(|it| it.clause.clause().is_some_and(|clause| clause.in_scope)));
    }
}
