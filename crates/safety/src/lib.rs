//! What the rules ask and what shows that they are kept: the compliance page with its check sheet, and the log's page.
//!
//! Knows no other context: each hands its evidence in as a function, and `app` joins them.

pub mod compliance;
pub mod log;

use db::Tx;
use guidelines::compliance::Evidence;
use kernel::{Ctx, Result};

/// What a context knows about clauses at the facility of the act.
pub type EvidenceOf = fn(&mut Tx<'_>, &Ctx) -> Result<Vec<Evidence>>;

/// The evidence of all contexts.
pub type Evidences = &'static [EvidenceOf];

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-70-confirmation", sql: include_str!("../migrations/20261121-70-confirmation.sql") },
    db::Migration {
        id: "20261121-71-compliance-check",
        sql: include_str!("../migrations/20261121-71-compliance-check.sql"),
    },
];

/// All pages of this room; `evidences` is what the contexts hand in.
#[must_use]
pub fn routes(evidences: Evidences) -> web::Routes {
    web::Routes::new().and(compliance::pages::routes(evidences)).and(log::pages::routes())
}
