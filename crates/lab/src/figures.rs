//! How the work goes, with each other facility: what was inspected, delivered and fitted, and what went back, by cause (DL-31,
//! DL-32). Counted from what happened; nothing here is kept.

pub mod pages;
pub mod store;

use std::collections::BTreeMap;

use kernel::clause;

use crate::case::{Cause, Kind};

/// One thing that happened, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The other facility, by name.
    pub partner: String,
    /// What.
    pub kind: Kind,
    /// Why, where the piece went back.
    pub cause: Option<Cause>,
}

/// What happened with one facility.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Pieces that passed the inspection.
    pub passed: usize,
    /// Pieces that did not.
    pub failed: usize,
    /// Pieces that were delivered.
    pub delivered: usize,
    /// Pieces that fitted.
    pub fitted: usize,
    /// Pieces that the clinic sent back.
    pub remade: usize,
}

/// Figures for each other facility.
#[must_use]
pub fn by_partner(all: &[Counted]) -> BTreeMap<&str, Figures> {
    clause!("DL-31", "DL-32");
    let mut found: BTreeMap<&str, Figures> = BTreeMap::new();
    for it in all {
        let of = found.entry(&it.partner).or_default();
        match it.kind {
            Kind::Inspected => of.passed += 1,
            Kind::Failed => of.failed += 1,
            Kind::Delivered => of.delivered += 1,
            Kind::Fitted => of.fitted += 1,
            Kind::Remake => of.remade += 1,
            _ => {}
        }
    }
    found
}

/// How often each cause was named: at the laboratory's inspection, and by the clinic.
#[must_use]
pub fn by_cause(all: &[Counted]) -> BTreeMap<Cause, [usize; 2]> {
    let mut found: BTreeMap<Cause, [usize; 2]> = BTreeMap::new();
    for it in all {
        if let Some(cause) = it.cause {
            found.entry(cause).or_default()[usize::from(it.kind == Kind::Remake)] += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_back_is_counted_by_facility_and_cause() {
        // DL-31, DL-32
        let it = |partner: &str, kind, cause| Counted { partner: partner.to_owned(), kind, cause };
        let all = [
            it("青葉", Kind::Failed, Some(Cause::Fit)),
            it("青葉", Kind::Inspected, None),
            it("青葉", Kind::Delivered, None),
            it("青葉", Kind::Remake, Some(Cause::Fit)),
            it("緑町", Kind::Delivered, None),
            it("緑町", Kind::Fitted, None),
            it("緑町", Kind::Remake, Some(Cause::Shade)),
        ];
        let partners = by_partner(&all);
        assert_eq!(partners["青葉"], Figures { passed: 1, failed: 1, delivered: 1, fitted: 0, remade: 1 });
        assert_eq!(partners["緑町"], Figures { delivered: 1, fitted: 1, remade: 1, ..Figures::default() });
        let causes = by_cause(&all);
        assert_eq!(causes.into_iter().collect::<Vec<_>>(), [(Cause::Fit, [1, 1]), (Cause::Shade, [0, 1])]);
    }
}
