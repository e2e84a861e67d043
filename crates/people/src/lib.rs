//! Who is who: facilities and what they agreed among each other, persons with their duties, licences and trainings,
//! patients and guardians, sign-in, access, devices.
//!
//! Access is check and log entry in one call ([`Access::require`]), first thing in every store function on a patient's data.
//! Knows nothing of bookings, visits, images or orders.

pub mod access;
pub mod agreement;
pub mod alarm;
pub mod demo;
pub mod device;
pub mod entry;
pub mod facility;
pub mod label;
pub mod letter;
pub mod patient;
pub mod person;
pub mod sign_in;
pub mod signing;
pub mod terminal;
pub mod token;

pub use access::{Access, Act, Class};

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-10-facility", sql: include_str!("../migrations/20261121-10-facility.sql") },
    db::Migration { id: "20261121-11-person", sql: include_str!("../migrations/20261121-11-person.sql") },
    db::Migration { id: "20261121-12-patient", sql: include_str!("../migrations/20261121-12-patient.sql") },
    db::Migration { id: "20261121-13-sign-in", sql: include_str!("../migrations/20261121-13-sign-in.sql") },
    db::Migration { id: "20261121-14-entry", sql: include_str!("../migrations/20261121-14-entry.sql") },
    db::Migration { id: "20261121-15-token", sql: include_str!("../migrations/20261121-15-token.sql") },
    db::Migration { id: "20261121-16-patient-found", sql: include_str!("../migrations/20261121-16-patient-found.sql") },
    db::Migration { id: "20261121-18-patient-own", sql: include_str!("../migrations/20261121-18-patient-own.sql") },
    db::Migration {
        id: "20261121-19-token-certificate",
        sql: include_str!("../migrations/20261121-19-token-certificate.sql"),
    },
    db::Migration { id: "20261121-80-agreement", sql: include_str!("../migrations/20261121-80-agreement.sql") },
    db::Migration { id: "20261121-81-signing-key", sql: include_str!("../migrations/20261121-81-signing-key.sql") },
    db::Migration {
        id: "20261121-85-signing-key-sealed",
        sql: include_str!("../migrations/20261121-85-signing-key-sealed.sql"),
    },
    db::Migration { id: "20261122-20-terminal", sql: include_str!("../migrations/20261122-20-terminal.sql") },
    db::Migration { id: "20261122-30-device", sql: include_str!("../migrations/20261122-30-device.sql") },
    db::Migration {
        id: "20261122-31-device-browser",
        sql: include_str!("../migrations/20261122-31-device-browser.sql"),
    },
    db::Migration {
        id: "20261122-32-device-certificate",
        sql: include_str!("../migrations/20261122-32-device-certificate.sql"),
    },
    db::Migration {
        id: "20261122-33-device-session-proven",
        sql: include_str!("../migrations/20261122-33-device-session-proven.sql"),
    },
];

/// All pages of this room.
#[must_use]
pub fn routes() -> web::Routes {
    web::Routes::new()
        .and(sign_in::pages::routes())
        .and(sign_in::me::routes())
        .and(sign_in::manage::routes())
        .and(token::pages::routes())
        .and(terminal::pages::routes())
        .and(device::pages::routes())
        .and(device::agent::routes())
        .and(entry::pages::routes())
        .and(entry::patient_pages::routes())
        .and(entry::staff_pages::routes())
        .and(entry::guardian_pages::routes())
        .and(patient::pages::routes())
        .and(letter::pages::routes())
        .and(facility::pages::routes())
        .and(agreement::pages::routes())
        .and(person::pages::routes())
        .and(access::pages::routes())
}
