//! The rules seen from above: which clause holds, by what evidence, what is missing; the log's reader.

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[];

/// All pages of this room.
#[must_use]
pub fn routes() -> web::Routes {
    web::Routes::new()
}
