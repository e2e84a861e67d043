//! Dental laboratory work: what a dentist orders, who makes it where, and how it comes back.
//!
//! `order` is the dentist's order (歯科技工指示書) in versions; `case` is its life at both facilities, told by what happened.
//! Each facility has its own copy of a case, with the same id and the same line of time. At the laboratory, `step` is the
//! work itself, `file` what was sent to a case, `export` what of it lies outside the system, `check` what was found out about it,
//! `surface` how it is looked at, `note` what is said about a place of it, `machine` what a machine may make of it, `record` the
//! laboratory record (歯科技工録) made of it, and `remote` who may work outside, and where. `figures` counts how it went.

pub mod case;
pub mod check;
pub mod demo;
pub mod evidence;
pub mod export;
pub mod figures;
pub mod file;
pub mod machine;
pub mod note;
pub mod order;
pub mod record;
pub mod remote;
pub mod step;
pub mod surface;

/// What cannot wait, for whoever administers: the notification that is due, machines that were refused, media that are asked for.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut db::Tx<'_>, duties: &[String], now: kernel::Timestamp) -> kernel::Result<Vec<web::site::Alert>> {
    let mut all = remote::pages::alerts(tx, duties, now)?;
    all.extend(machine::pages::alerts(tx, duties, now)?);
    all.extend(export::pages::alerts(tx, duties)?);
    Ok(all)
}

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261122-71-lab-order", sql: include_str!("../migrations/20261122-71-lab-order.sql") },
    db::Migration { id: "20261122-72-lab-step", sql: include_str!("../migrations/20261122-72-lab-step.sql") },
    db::Migration { id: "20261122-75-lab-file", sql: include_str!("../migrations/20261122-75-lab-file.sql") },
    db::Migration { id: "20261122-76-lab-check", sql: include_str!("../migrations/20261122-76-lab-check.sql") },
    db::Migration { id: "20261122-77-lab-machine", sql: include_str!("../migrations/20261122-77-lab-machine.sql") },
    db::Migration { id: "20261122-79-lab-export", sql: include_str!("../migrations/20261122-79-lab-export.sql") },
];

/// All pages of this room.
#[must_use]
pub fn routes() -> web::Routes {
    web::Routes::new()
        .and(order::pages::routes())
        .and(case::pages::routes())
        .and(step::pages::routes())
        .and(record::pages::routes())
        .and(file::pages::routes())
        .and(export::pages::routes())
        .and(surface::pages::routes())
        .and(note::pages::routes())
        .and(machine::pages::routes())
        .and(figures::pages::routes())
        .and(remote::pages::routes())
}
