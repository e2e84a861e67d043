//! Dental laboratory work: what a dentist orders, who makes it where, and how it comes back.
//!
//! `order` is the dentist's order (歯科技工指示書) in versions; `case` is its life at both facilities, told by what happened.
//! Each facility has its own copy of a case, with the same id and the same line of time.

pub mod case;
pub mod demo;
pub mod order;

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] =
    &[db::Migration { id: "20261122-71-lab-order", sql: include_str!("../migrations/20261122-71-lab-order.sql") }];

/// All pages of this room.
#[must_use]
pub fn routes() -> web::Routes {
    web::Routes::new().and(order::pages::routes()).and(case::pages::routes())
}
