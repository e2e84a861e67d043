//! Who reads a request first: by field, agreement and load (TR-11). A proposal with a name; whoever is free may take the case all
//! the same.

use kernel::clause;

/// What a reader takes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Kinds of examination; empty: all.
    pub examinations: Vec<String>,
    /// Agreements; empty: all.
    pub agreements: Vec<String>,
    /// Cases that may be open at a time; none: no bound.
    pub open_max: Option<i64>,
}

impl Scope {
    /// Whether a case of this kind under this agreement is the reader's.
    #[must_use]
    pub fn takes(&self, examination: &str, agreement: &str) -> bool {
        let fits = |all: &[String], one: &str| all.is_empty() || all.iter().any(|it| it == one);
        fits(&self.examinations, examination) && fits(&self.agreements, agreement)
    }
}

/// The place of the reader who is to read a case, among those who may sign: of its field and agreement, with room, and with the
/// fewest open cases; of two with as many, the one whose field is narrower, then the first. Nobody when it is nobody's or all are
/// full: then it waits for whoever takes it.
#[must_use]
pub fn assign(readers: &[(Scope, i64)], examination: &str, agreement: &str) -> Option<usize> {
    clause!("TR-11");
    let has_room = |(scope, open): &(Scope, i64)| scope.open_max.is_none_or(|max| *open < max);
    readers
        .iter()
        .enumerate()
        .filter(|(_, it)| it.0.takes(examination, agreement) && has_room(it))
        .min_by_key(|(place, (scope, open))| (*open, scope.examinations.is_empty(), *place))
        .map(|it| it.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_goes_to_whoever_is_of_its_field_and_agreement_and_has_least_to_do() {
        // TR-11
        let scope = |examinations: &str, agreements: &str, open_max| {
            let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect();
            Scope { examinations: words(examinations), agreements: words(agreements), open_max }
        };
        let any = || scope("", "", None);
        type Case = (Vec<(Scope, i64)>, Option<usize>);
        let cases: [Case; 9] = [
            (vec![], None),
            (vec![(any(), 3), (any(), 1)], Some(1)),
            (vec![(any(), 1), (any(), 1)], Some(0)),
            (vec![(scope("mri_tmj", "", None), 0), (any(), 9)], Some(1)),
            (vec![(any(), 1), (scope("cbct_tmj mri_tmj", "", None), 1)], Some(0)),
            (vec![(any(), 1), (scope("cbct_implant", "", None), 1)], Some(1)),
            (vec![(scope("", "other", None), 0), (scope("", "this", None), 5)], Some(1)),
            (vec![(scope("", "", Some(2)), 2), (any(), 7)], Some(1)),
            (vec![(scope("", "", Some(2)), 2)], None),
        ];
        for (place, (readers, expected)) in cases.into_iter().enumerate() {
            assert_eq!(assign(&readers, "cbct_implant", "this"), expected, "case {place}");
        }
    }
}
