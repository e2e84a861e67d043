//! A clinic in a temporary folder, on either database.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use db::{Db, DbSettings, Migration, Tx};
use kernel::{Chance, Clock, Ctx, FacilityId, JapaneseName, PatientId, PersonId, Result, Timestamp, Who};
use people::facility::store::NewFacility;
use people::facility::{FacilityKind, Field};
use people::patient::{PatientForm, Sex};
use people::person::store::NewPerson;
use web::Site;

/// A clock that a test sets.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().expect("the clock") = now;
    }

    /// Moves it on.
    pub fn pass_min(&self, minutes: i64) {
        let now = kernel::time::plus_min(self.now(), minutes);
        self.set(now);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("the clock")
    }
}

/// 青葉歯科クリニック for one test. Its folder goes with it.
pub struct Ward {
    /// The site.
    pub site: Site,
    /// Its clock; begins at 2026-11-24 09:00 in Tokyo, a Tuesday.
    pub clock: TestClock,
    /// The clinic.
    pub facility: FacilityId,
    folder: PathBuf,
    schema: Option<(String, String)>,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

impl Ward {
    /// On SQLite.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn sqlite(migrations: &[&[Migration]]) -> Self {
        Self::new(None, migrations)
    }

    /// On PostgreSQL, in a schema of its own, by a role that row-level security binds.
    ///
    /// # Panics
    /// Without `HARUKA_TEST_POSTGRES`: `make test` starts a server and sets it.
    #[must_use]
    pub fn postgres(migrations: &[&[Migration]]) -> Self {
        let url =
            std::env::var("HARUKA_TEST_POSTGRES").expect("HARUKA_TEST_POSTGRES: run the tests through `make test`");
        Self::new(Some(url), migrations)
    }

    /// On both, one after the other: the same test must pass on each.
    pub fn both(migrations: &[&[Migration]], test: impl Fn(Self)) {
        test(Self::sqlite(migrations));
        test(Self::postgres(migrations));
    }

    fn new(server: Option<String>, migrations: &[&[Migration]]) -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ward_{}_{count}", std::process::id());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let chance = Chance::seeded(count);
        let master = crypto::MasterKey::from_bytes([7; 32]);
        let schema = server.map(|url| (url, name));
        let open = |postgres_url| {
            let settings = DbSettings { postgres_url, folder: folder.clone(), connections: 2 };
            Db::open(&settings, master.clone(), chance.clone()).expect("a database")
        };
        let db = match &schema {
            None => open(None),
            Some((url, name)) => {
                let sql = format!("CREATE SCHEMA {name}");
                let plain = open(Some(url.clone()));
                plain.write_blocking(None, move |tx| tx.exec(&sql, db::params![])).expect("a schema");
                open(Some(in_schema(url, name)))
            }
        };
        let clock = TestClock(Arc::new(Mutex::new("2026-11-24T00:00:00Z".parse().expect("a time"))));
        let all: Vec<&[Migration]> = [db::MIGRATIONS, audit::MIGRATIONS, mail::MIGRATIONS, web::MIGRATIONS]
            .into_iter()
            .chain(migrations.iter().copied())
            .collect();
        db.migrate_blocking(&all, clock.now()).expect("the schema");
        let facility = db
            .write_blocking(None, {
                let ctx = Ctx::new(Who::System("test"), None, clock.now(), chance.clone());
                move |tx| people::facility::store::create(tx, &ctx, &clinic("aoba", "青葉歯科クリニック"))
            })
            .expect("a clinic")
            .id;
        let site = Site::new(web::site::Inner {
            db,
            blobs: blobs::Blobs::open(folder.join("blobs")).expect("blobs"),
            clock: Box::new(clock.clone()),
            chance,
            key: master.derive("web"),
            settings: web::Settings {
                base_url: "http://127.0.0.1:8080".into(),
                duties_of: Some(people::access::duties),
                ..web::Settings::default()
            },
            press: Arc::new(papers::PlainPress),
            live: Arc::new(web::live::Nobody),
            assets: &[],
        });
        Self { site, clock, facility, folder, schema }
    }

    /// Kills the server and starts it again: what is not in the database or a file is gone.
    ///
    /// # Panics
    /// When the database cannot be opened.
    pub fn restart(&mut self) {
        let postgres_url = self.schema.as_ref().map(|(url, name)| in_schema(url, name));
        let settings = DbSettings { postgres_url, folder: self.folder.clone(), connections: 2 };
        let master = crypto::MasterKey::from_bytes([7; 32]);
        let db = Db::open(&settings, master, self.site.chance.clone()).expect("a database");
        self.remade(db, self.site.settings.clone());
    }

    /// The same clinic with other settings.
    pub fn set(&mut self, settings: web::Settings) {
        self.remade(self.site.db.clone(), settings);
    }

    fn remade(&mut self, db: Db, settings: web::Settings) {
        let old = self.site.clone();
        self.site = Site::new(web::site::Inner {
            db,
            blobs: old.blobs.clone(),
            clock: Box::new(self.clock.clone()),
            chance: old.chance.clone(),
            key: old.key.clone(),
            settings,
            press: old.press.clone(),
            live: Arc::new(web::live::Nobody),
            assets: old.assets,
        });
    }

    /// Circumstances of `who` at the clinic, now.
    #[must_use]
    pub fn ctx(&self, who: Who) -> Ctx {
        Ctx::new(who, Some(self.facility), self.clock.now(), self.site.chance.clone())
    }

    /// Where everything of this test lies.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Runs an act of `who` at the clinic.
    ///
    /// # Errors
    /// Those of `act`.
    pub fn act<T: Send + 'static>(
        &self,
        who: Who,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = self.ctx(who);
        self.site.db.write_blocking(ctx.facility, move |tx| act(tx, &ctx))
    }

    /// Runs an act of the house itself at the clinic.
    ///
    /// # Panics
    /// When it fails.
    pub fn given<T: Send + 'static>(&self, act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static) -> T {
        self.act(Who::System("test"), act).expect("given")
    }

    /// A second facility, for strangers.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn other_facility(&self) -> FacilityId {
        let ctx = self.ctx(Who::System("test"));
        let made = self
            .site
            .db
            .write_blocking(None, move |tx| people::facility::store::create(tx, &ctx, &clinic("minato", "みなと歯科")));
        made.expect("another facility").id
    }

    /// A member of the staff with these duties.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn staff(&self, login: &str, duties: &[&str]) -> PersonId {
        let (login, duties) = (login.to_owned(), duties.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        self.given(move |tx, ctx| {
            let name = JapaneseName::parse("佐藤", &login, "さとう", "てすと").expect("a name");
            let mail = format!("{login}@example.jp");
            let person = people::person::store::create(tx, ctx, &NewPerson { login, name, mail })?;
            for duty in &duties {
                people::person::store::give_duty(tx, ctx, person, duty)?;
            }
            Ok(person)
        })
    }

    /// A patient: 田中 幸子, born 1948-04-12.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn patient(&self) -> PatientId {
        self.given(|tx, ctx| {
            let form = PatientForm {
                number: String::new(),
                name: JapaneseName::parse("田中", "幸子", "たなか", "さちこ").expect("a name"),
                birth_date: "1948-04-12".parse().expect("a day"),
                sex: Sex::Female,
                phone: "03-0000-0000".into(),
                mail: "tanaka@example.jp".into(),
                address: "東京都".into(),
                remark: String::new(),
                in_person_at: String::new(),
            };
            people::patient::store::register(tx, ctx, &form)
        })
    }

    /// How many entries the clinic's log has.
    ///
    /// # Panics
    /// When the log cannot be read.
    #[must_use]
    pub fn entries(&self) -> i64 {
        self.given(|tx, _| {
            let facility = tx.facility()?;
            Ok(tx.value("SELECT count(*) FROM audit_entry WHERE facility_id = ?1", db::params![facility])?.unwrap_or(0))
        })
    }

    /// The acts of the log, in order.
    ///
    /// # Panics
    /// When the log cannot be read.
    #[must_use]
    pub fn acts(&self) -> Vec<String> {
        self.given(|tx, _| {
            let facility = tx.facility()?;
            let rows =
                tx.rows("SELECT act FROM audit_entry WHERE facility_id = ?1 ORDER BY idx", db::params![facility])?;
            rows.iter().map(|row| row.get("act")).collect()
        })
    }
}

fn in_schema(url: &str, name: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options=-csearch_path%3D{name}")
}

fn clinic(slug: &str, name: &str) -> NewFacility {
    NewFacility {
        kind: FacilityKind::Clinic,
        field: Field::Dental,
        name: name.into(),
        slug: slug.into(),
        address: "東京都青葉区1-2-3".into(),
        phone: "03-1111-2222".into(),
        mail: format!("{slug}@example.jp"),
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        if let Some((_, name)) = &self.schema {
            let sql = format!("DROP SCHEMA {name} CASCADE");
            let _ = self.site.db.write_blocking(None, move |tx| tx.exec(&sql, db::params![]));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
