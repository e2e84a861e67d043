//! One facility on a database of its own: SQLite always, PostgreSQL when `HARUKA_TEST_POSTGRES` gives the address of an
//! empty database (by a role that owns it and is no superuser: those pass by row-level security).

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use audit::{Checkpoint, Entry, Report};
use db::{Db, DbSettings, Tx, Value};
use kernel::{Chance, Ctx, DeviceId, FacilityId, PatientId, PersonId, Result, SessionId, Who};
use serde_json::json;

/// The facility of these tests.
pub(crate) const CLINIC: FacilityId = FacilityId::from_bytes([5; 16]);
/// The moment of these tests.
pub(crate) const NOW: &str = "2026-11-21T00:00:00.123456Z";

/// A facility on a database of its own.
pub(crate) struct Site {
    pub(crate) db: Db,
    pub(crate) folder: PathBuf,
    settings: DbSettings,
}

impl Site {
    fn open(name: &str, postgres_url: Option<String>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("haruka-audit-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let settings = DbSettings { postgres_url, folder: folder.clone(), connections: 2 };
        let db = open(&settings);
        db.migrate_blocking(&[db::MIGRATIONS, audit::MIGRATIONS], NOW.parse().unwrap()).unwrap();
        db.write_blocking(Some(CLINIC), |tx| tx.make_facility_key(CLINIC, NOW.parse().unwrap())).unwrap();
        Self { db, folder, settings }
    }

    /// The same database, as after a restart.
    pub(crate) fn reopened(&self) -> Db {
        open(&self.settings)
    }

    /// `who` at the clinic.
    pub(crate) fn ctx(&self, who: Who) -> Ctx {
        Ctx::new(who, Some(CLINIC), NOW.parse().unwrap(), Chance::system())
    }

    /// An act of the clinic.
    pub(crate) fn try_write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.db.write_blocking(Some(CLINIC), act)
    }

    /// `count` entries with everything in them.
    pub(crate) fn fill(&self, count: u8) {
        let mut ctx = self.ctx(Who::Staff(PersonId::from_bytes([2; 16])));
        ctx.session = Some(SessionId::from_bytes([3; 16]));
        ctx.device = Some(DeviceId::from_bytes([4; 16]));
        ctx.address = Some([192, 0, 2, 7].into());
        self.write(move |tx| {
            for number in 0..count {
                let entry = Entry::done("chart.view", "chart", number).class("chart");
                let patient = PatientId::from_bytes([number; 16]);
                audit::append(tx, &ctx, entry.patient(patient).detail(json!({"reason": "診察"})))?;
            }
            Ok(())
        });
    }

    /// Changes the database behind the log's back.
    pub(crate) fn tamper(&self, sql: &'static str, values: &[Value]) {
        let values = values.to_vec();
        let changed = self.db.write_blocking(None, move |tx| tx.exec(sql, &values)).unwrap();
        assert_ne!(changed, 0, "{sql}");
    }

    /// Signs the clinic's log.
    pub(crate) fn sign(&self) -> Result<Option<Checkpoint>> {
        let ctx = self.ctx(Who::System("log"));
        self.try_write(move |tx| audit::checkpoint(tx, &ctx))
    }

    /// Verifies the clinic's log.
    pub(crate) fn verify(&self) -> Report {
        verified(&self.db)
    }

    /// An act of the clinic that succeeds.
    pub(crate) fn write<T: Send + 'static>(&self, act: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static) -> T {
        self.try_write(act).unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Verifies the clinic's log in `db`.
pub(crate) fn verified(db: &Db) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(audit::verify(db, CLINIC)).unwrap()
}

/// Runs `test` on SQLite, and on PostgreSQL where there is one.
pub(crate) fn on_both(name: &str, test: impl Fn(&Site)) {
    test(&Site::open(name, None));
    if let Ok(url) = std::env::var("HARUKA_TEST_POSTGRES") {
        let schema = format!("audit_{name}_{}", std::process::id());
        let joint = if url.contains('?') { '&' } else { '?' };
        statement(&url, format!("CREATE SCHEMA {schema}"));
        test(&Site::open(name, Some(format!("{url}{joint}options=-csearch_path%3D{schema}"))));
        statement(&url, format!("DROP SCHEMA {schema} CASCADE"));
    }
}

fn statement(url: &str, sql: String) {
    let settings = DbSettings { postgres_url: Some(url.to_owned()), folder: PathBuf::new(), connections: 1 };
    open(&settings).write_blocking(None, move |tx| tx.exec(&sql, &[])).unwrap();
}

fn open(settings: &DbSettings) -> Db {
    Db::open(settings, crypto::MasterKey::from_bytes([9; 32]), Chance::system()).unwrap()
}
