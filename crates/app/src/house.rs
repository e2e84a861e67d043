//! The data folder opened: its lock, its master key, its database brought to the newest schema, its blobs.

use kernel::{Chance, Clock, Error, Result, Timestamp};

use crate::config::Config;

/// The wall clock. The only place that reads it.
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// An open data folder.
pub(crate) struct House {
    pub(crate) db: db::Db,
    pub(crate) blobs: blobs::Blobs,
    pub(crate) key: crypto::Key,
    pub(crate) chance: Chance,
}

/// All migrations of all rooms.
pub(crate) const MIGRATIONS: &[&[db::Migration]] = &[
    db::MIGRATIONS,
    mail::MIGRATIONS,
    audit::MIGRATIONS,
    web::MIGRATIONS,
    people::MIGRATIONS,
    visits::MIGRATIONS,
    imaging::MIGRATIONS,
    lab::MIGRATIONS,
    tus::MIGRATIONS,
    safety::MIGRATIONS,
];

impl House {
    /// Opens, and makes what is missing.
    ///
    /// # Errors
    /// `Unavailable` with the reason in the operator's words.
    pub(crate) fn open(config: &Config) -> Result<Self> {
        let folder = &config.data;
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::unavailable(format!("{}: {error}", folder.display())))?;
        let chance = Chance::system();
        let master = crypto::MasterKey::load_or_create(&folder.join("keys").join("master.key"), &chance)?;
        let key = master.derive("web");
        let settings = db::DbSettings {
            postgres_url: config.postgres_url.clone(),
            folder: folder.clone(),
            connections: config.database_connections,
        };
        let db = db::Db::open(&settings, master, chance.clone())?;
        db.migrate_blocking(MIGRATIONS, WallClock.now())?;
        let blobs = blobs::Blobs::open(folder.join("blobs"))?;
        Ok(Self { db, blobs, key, chance })
    }

    pub(crate) fn now(&self) -> Timestamp {
        WallClock.now()
    }
}
