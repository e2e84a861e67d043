//! SQLite and PostgreSQL behind one [`Tx`]: an act is a closure over a `Tx`, committed whole or not at all.
//!
//! SQL is written once, in SQLite's STRICT dialect with `?1` placeholders, and turned for PostgreSQL (see [`dialect`]).
//! Instants are stored as microseconds since 1970 UTC, ids and enumerations as text.
//! Every table with a `facility_id` column is guarded by row-level security on PostgreSQL.
//! Knows nothing about what the tables mean.

mod among;
pub mod dialect;
mod engine;
pub mod migrate;
mod room;
pub mod schema;
mod sealed;
pub mod tx;
pub mod value;

/// [`Db::open`] asks for it; rooms that keep no keys of their own need not know the room that does.
pub use crypto::MasterKey;
pub use engine::{Db, DbSettings};
pub use migrate::Migration;
pub use room::Room;
pub use tx::Tx;
pub use value::{Cell, FromValue, Row, ToValue, Value};

/// Migrations of this room's own tables.
pub const MIGRATIONS: &[Migration] =
    &[Migration { id: "20261121-00-facility-key", sql: include_str!("../migrations/20261121-00-facility-key.sql") }];
