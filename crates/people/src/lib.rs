//! Who is who: facilities, persons with their duties, licences and trainings, patients and guardians, sign-in, access.
//!
//! Access is check and log entry in one call ([`Access::require`]), first thing in every store function on a patient's data.
//! Knows nothing of bookings, visits, images or orders.

pub mod access;
pub mod demo;
pub mod facility;
pub mod patient;
pub mod person;

pub use access::{Access, Act, Class};

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-10-facility", sql: include_str!("../migrations/20261121-10-facility.sql") },
    db::Migration { id: "20261121-11-person", sql: include_str!("../migrations/20261121-11-person.sql") },
    db::Migration { id: "20261121-12-patient", sql: include_str!("../migrations/20261121-12-patient.sql") },
];
/// temp
pub mod entry { /// temp
pub mod store { use kernel::*; use db::Tx;
/// temp
pub fn invite(_: &mut Tx<'_>, _: &Ctx, _: PatientId, _: Option<BookingId>, _: Timestamp) -> Result<String> { Ok(String::new()) }
/// temp
pub fn extend(_: &mut Tx<'_>, _: BookingId, _: Timestamp) -> Result<()> { Ok(()) } } }
