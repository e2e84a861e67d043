//! The laboratory record (歯科技工録): eight fields and the identity of the order, made from the work itself. Nobody writes it
//! a second time.

pub mod pages;
pub mod paper;

use kernel::{Date, PersonId, Words, clause, time};

use crate::case::{Case, Found, Kind as What};
use crate::order::Content;
use crate::step::{Material, Step, Where};

/// An inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The day.
    pub on: Date,
    /// By whom.
    pub by: PersonId,
    /// What was looked at, with what was found.
    pub criteria: Vec<(String, Found)>,
    /// What was noticed; may be empty.
    pub text: String,
}

/// The record of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// ① The day on which the order came.
    pub received_on: Date,
    /// ② to ④ The patient, the part with its design, the way it is made: what the order says.
    pub order: Content,
    /// Which version of the order.
    pub version: i64,
    /// ⑤ The materials, each once.
    pub materials: Vec<Material>,
    /// ⑥ The steps, oldest first.
    pub steps: Vec<Step>,
    /// ⑦ The final inspection.
    pub inspection: Option<Inspection>,
    /// ⑧ The day on which it was handed over to the dentist who ordered it.
    pub handed_over_on: Option<Date>,
}

/// The record of a case, as far as the work has come. Rounds before a remake stay in it.
#[must_use]
pub fn of(case: &Case, steps: Vec<Step>) -> Record {
    clause!("DL-30");
    let mut materials: Vec<Material> = Vec::new();
    for it in steps.iter().filter_map(|it| it.end.as_ref()).flat_map(|it| &it.materials) {
        if !materials.contains(it) {
            materials.push(it.clone());
        }
    }
    let newest = |kind| case.round().iter().rev().find(|it| it.kind == kind);
    let inspection = newest(What::Inspected).map(|it| Inspection {
        on: time::day(it.at),
        by: it.person,
        criteria: it.said.criteria.clone(),
        text: it.said.text.clone(),
    });
    Record {
        received_on: time::day(case.ordered_at),
        order: case.order().clone(),
        version: case.versions[0].number,
        materials,
        inspection,
        handed_over_on: newest(What::Delivered).map(|it| time::day(it.at)),
        steps,
    }
}

impl Record {
    /// Which of the eight fields are still empty.
    #[must_use]
    pub fn missing(&self) -> Vec<Words> {
        clause!("DL-30");
        let open = self.steps.iter().any(|it| it.end.is_none());
        let checks = [
            (self.materials.is_empty(), Words::new("材料とロット", "materials with their lots")),
            (self.steps.is_empty(), Words::new("工程", "steps")),
            (open, Words::new("終わっていない工程", "steps that have not ended")),
            (self.inspection.is_none(), Words::new("最終検査", "the final inspection")),
            (self.handed_over_on.is_none(), Words::new("引き渡し", "the hand-over")),
        ];
        checks.into_iter().filter(|it| it.0).map(|it| it.1).collect()
    }

    /// Whether a part of the work was done outside a laboratory.
    #[must_use]
    pub fn has_remote_steps(&self) -> bool {
        self.steps.iter().any(|it| matches!(it.place, Where::Remote(_)))
    }
}

#[cfg(test)]
mod tests;
