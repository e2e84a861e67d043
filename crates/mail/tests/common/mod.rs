//! A clinic with an outbox on a database of its own: SQLite always, PostgreSQL when `HARUKA_TEST_POSTGRES` gives the
//! address of an empty database (by a role that owns it and is no superuser: those pass by row-level security).
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use db::{Db, DbSettings, MasterKey, Tx};
use kernel::{Chance, Clock, Ctx, FacilityId, Result, Timestamp, Who};
use mail::{About, Carrier, Carriers, LogOnly, Message, Outcome, Sending, Sms, SmsCarrier, To};

pub(crate) const CLINIC: FacilityId = FacilityId::from_bytes([5; 16]);
pub(crate) const OTHER: FacilityId = FacilityId::from_bytes([6; 16]);
pub(crate) const NOW: &str = "2026-11-21T00:00:00Z";

/// A clock that stands until it is set.
pub(crate) struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Hands {
    pub(crate) fn forward(&self, minutes: i64) {
        let mut now = self.0.lock().unwrap();
        *now = kernel::time::plus_min(*now, minutes);
    }
}

/// A provider that does what the test says, in order; then it takes everything.
#[derive(Default)]
pub(crate) struct Scripted {
    pub(crate) answers: Mutex<VecDeque<Outcome>>,
    pub(crate) got: Mutex<Vec<(String, String)>>,
}

impl SmsCarrier for Scripted {
    fn send<'a>(&'a self, sms: Sms<'a>) -> Sending<'a> {
        self.got.lock().unwrap().push((sms.id.to_owned(), sms.text.to_owned()));
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.unwrap_or(Outcome::Sent) })
    }
}

pub(crate) struct Site {
    pub(crate) db: Db,
    pub(crate) folder: PathBuf,
    pub(crate) clock: Hands,
    pub(crate) list: LogOnly,
    pub(crate) provider: Arc<Scripted>,
}

impl Site {
    pub(crate) async fn open(name: &str, postgres_url: Option<String>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("haruka-mail-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let settings = DbSettings { postgres_url, folder: folder.clone(), connections: 3 };
        let db = tokio::task::spawn_blocking(move || {
            let db = Db::open(&settings, MasterKey::from_bytes([9; 32]), Chance::system()).unwrap();
            db.migrate_blocking(&[db::MIGRATIONS, mail::MIGRATIONS], NOW.parse().unwrap()).unwrap();
            for facility in [CLINIC, OTHER] {
                db.write_blocking(Some(facility), move |tx| tx.make_facility_key(facility, NOW.parse().unwrap()))
                    .unwrap();
            }
            db
        })
        .await
        .unwrap();
        Self {
            db,
            folder,
            clock: Hands(Mutex::new(NOW.parse().unwrap())),
            list: LogOnly::new("desk@clinic.example.jp".parse().unwrap()),
            provider: Arc::default(),
        }
    }

    pub(crate) fn ctx(&self, facility: FacilityId) -> Ctx {
        Ctx::new(Who::System("test"), Some(facility), self.clock.now(), Chance::system())
    }

    /// An act of `facility`.
    pub(crate) async fn act<T: Send + 'static>(
        &self,
        facility: FacilityId,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = self.ctx(facility);
        self.db.write(Some(facility), move |tx| act(tx, &ctx)).await
    }

    pub(crate) async fn enqueue(&self, message: Message) -> mail::MailId {
        self.act(CLINIC, move |tx, ctx| mail::enqueue(tx, ctx, &message)).await.unwrap()
    }

    pub(crate) fn carriers(&self) -> Carriers {
        Carriers { mail: Carrier::LogOnly(self.list.clone()), sms: Some(self.provider.clone()) }
    }

    pub(crate) async fn deliver(&self) -> mail::Delivered {
        mail::deliver_due(&self.db, &self.carriers(), &self.clock).await.unwrap()
    }

    pub(crate) fn letter(&self, to: &str, text: &str) -> Message {
        let to = to.parse().map(To::Mail).or_else(|_| to.parse().map(To::Sms)).unwrap();
        Message::new(to, "青葉歯科クリニック", "ご予約の確認", text, self.clock.now(), About::new("booking", "1"))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Runs `test` on SQLite, and on PostgreSQL where there is one.
pub(crate) async fn on_both<F: Future<Output = ()>>(name: &str, test: impl Fn(Site) -> F) {
    test(Site::open(name, None).await).await;
    if let Ok(url) = std::env::var("HARUKA_TEST_POSTGRES") {
        let schema = format!("mail_{name}_{}", std::process::id());
        let joint = if url.contains('?') { '&' } else { '?' };
        statement(&url, format!("CREATE SCHEMA {schema}")).await;
        test(Site::open(name, Some(format!("{url}{joint}options=-csearch_path%3D{schema}"))).await).await;
        statement(&url, format!("DROP SCHEMA {schema} CASCADE")).await;
    }
}

async fn statement(url: &str, sql: String) {
    let settings = DbSettings { postgres_url: Some(url.to_owned()), folder: PathBuf::new(), connections: 1 };
    tokio::task::spawn_blocking(move || {
        let db = Db::open(&settings, MasterKey::from_bytes([9; 32]), Chance::system()).unwrap();
        db.write_blocking(None, move |tx| tx.exec(&sql, &[])).unwrap();
    })
    .await
    .unwrap();
}
