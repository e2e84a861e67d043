//! An online visit, in the order it happens: booking, questionnaire, first-visit path, consent, plan, device test, arrival,
//! call, chart, feedback; and the two homes, the staff's day and the patient's next step.
//!
//! A visit is its booking: every later noun hangs on a [`kernel::BookingId`]. What has its own who and when is a row of its own.

pub mod booking;

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] =
    &[db::Migration { id: "20261121-30-booking", sql: include_str!("../migrations/20261121-30-booking.sql") }];
