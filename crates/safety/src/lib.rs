//! What the rules ask and what shows that they are kept: the compliance page with its check sheet, the log's page, and what
//! is done when something endangers information.
//!
//! Knows no other context: each hands its evidence in as a function, and `app` joins them.

pub mod compliance;
pub mod incident;
pub mod log;
pub mod readiness;

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
    db::Migration { id: "20261122-91-incident", sql: include_str!("../migrations/20261122-91-incident.sql") },
    db::Migration { id: "20261122-92-readiness", sql: include_str!("../migrations/20261122-92-readiness.sql") },
];

/// All pages of this room; `evidences` is what the contexts hand in.
#[must_use]
pub fn routes(evidences: Evidences) -> web::Routes {
    web::Routes::new()
        .and(compliance::pages::routes(evidences))
        .and(log::pages::routes())
        .and(incident::report_pages::routes())
        .and(incident::pages::routes())
        .and(readiness::pages::routes())
}

/// What cannot wait, of this room.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String], now: kernel::Timestamp) -> Result<Vec<web::site::Alert>> {
    let mut all = incident::pages::alerts(tx, duties)?;
    all.extend(readiness::pages::alerts(tx, duties, now)?);
    Ok(all)
}
