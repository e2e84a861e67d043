//! Images: what arrives, what is asked about them, what was read in them.
//!
//! `dataset` reads DICOM data sets as they stream in; `instance` says what came and where it belongs; `intake` keeps
//! it; `study` finds it again; `station` says who may bring it. No room looks into the bytes of an image but this one.

pub mod dataset;
pub mod instance;
pub mod intake;
pub mod media;
pub mod station;
pub mod study;

/// The pages of this room.
#[must_use]
pub fn routes() -> web::Routes {
    web::Routes::new().and(study::list::routes()).and(study::pages::routes()).and(media::routes())
}

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-72-instance", sql: include_str!("../migrations/20261121-72-instance.sql") },
    db::Migration { id: "20261121-73-station", sql: include_str!("../migrations/20261121-73-station.sql") },
];
