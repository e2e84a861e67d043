//! The threads behind [`Db`]: who runs acts, and when they are durable.
//!
//! SQLite has one writer. It takes every act that waits, runs each inside its own savepoint and commits them together:
//! one flush of the disk serves all (group commit), and one act's failure takes back only that act.
//! PostgreSQL has several connections and groups commits by itself.
//! An answer leaves this room only after its act is durable.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};

use crypto::MasterKey;
use kernel::{Chance, Error, FacilityId, Result};
use rusqlite::config::DbConfig;

use crate::room::Room;
use crate::sealed::Vault;
use crate::tx::{Back, Pg, Tx, postgres_error, sqlite_error};

/// Acts that may wait before new ones are turned away: ten seconds of work at 400 acts a second.
const QUEUE_ACTS_MAX: usize = 4096;
/// Acts committed together at most, so that the first of them does not wait for a crowd.
const BATCH_ACTS_MAX: usize = 256;
/// Oldest SQLite without the WAL-reset corruption (fixed 2026-03-13).
const SQLITE_VERSION_MIN: i32 = 3_051_003;

type Finish = Box<dyn FnOnce(Result<()>) + Send>;
type Act = Box<dyn FnOnce(&mut Tx<'_>) -> (bool, Finish) + Send>;

struct Job {
    facility: Option<FacilityId>,
    act: Act,
    /// Answers an act that is not begun.
    refuse: Box<dyn FnOnce(Error) + Send>,
}

/// Where the data are and how many threads serve them.
#[derive(Debug, Clone)]
pub struct DbSettings {
    /// `None`: SQLite in the data folder. Otherwise a PostgreSQL address (`postgres://…`).
    pub postgres_url: Option<String>,
    /// Folder of the SQLite file `haruka.db`.
    pub folder: PathBuf,
    /// PostgreSQL connections, or SQLite readers.
    pub connections: usize,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    writer: mpsc::SyncSender<Job>,
    reader: mpsc::SyncSender<Job>,
    readers: usize,
    folder: Arc<PathBuf>,
}

impl Db {
    /// Opens the database and starts its threads. Does not migrate.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be opened, or SQLite is older than 3.51.3.
    pub fn open(settings: &DbSettings, master: MasterKey, chance: Chance) -> Result<Self> {
        let vault = Arc::new(Vault::new(master, chance));
        match &settings.postgres_url {
            Some(url) => Self::postgres(url, settings, &vault),
            None => Self::sqlite(settings, &vault),
        }
    }

    fn sqlite(settings: &DbSettings, vault: &Arc<Vault>) -> Result<Self> {
        let (folder, path) = (Arc::new(settings.folder.clone()), &settings.folder.join("haruka.db"));
        if rusqlite::version_number() < SQLITE_VERSION_MIN {
            return Err(Error::unavailable(format!(
                "SQLite {} can corrupt its log; 3.51.3 is needed",
                rusqlite::version()
            )));
        }
        let writer = sqlite_connection(path)?;
        let (write, jobs) = mpsc::sync_channel(QUEUE_ACTS_MAX);
        let (own, disk) = (vault.clone(), folder.clone());
        spawn("db-writer", move || sqlite_writer(&writer, &disk, &own, &jobs))?;
        let (read, jobs) = mpsc::sync_channel(QUEUE_ACTS_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..settings.connections.max(1) {
            let connection = sqlite_connection(path)?;
            connection.pragma_update(None, "query_only", true).map_err(|error| sqlite_error(&error, "query_only"))?;
            let (own, jobs) = (vault.clone(), jobs.clone());
            spawn("db-reader", move || sqlite_reader(&connection, &own, &jobs))?;
        }
        Ok(Self { writer: write, reader: read, readers: settings.connections.max(1), folder })
    }

    fn postgres(url: &str, settings: &DbSettings, vault: &Arc<Vault>) -> Result<Self> {
        let (send, jobs) = mpsc::sync_channel(QUEUE_ACTS_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..settings.connections.max(1) {
            let pg = postgres_connection(url)?;
            let (own, jobs, url) = (vault.clone(), jobs.clone(), url.to_owned());
            spawn("db-postgres", move || postgres_worker(pg, &url, &own, &jobs))?;
        }
        let readers = settings.connections.max(1);
        Ok(Self { writer: send.clone(), reader: send, readers, folder: Arc::new(settings.folder.clone()) })
    }

    /// How much room the disk of the data folder has now. With PostgreSQL the rows lie elsewhere, the files here.
    #[must_use]
    pub fn room(&self) -> Room {
        Room::at(&self.folder)
    }

    /// Runs `act` and answers when it is durable.
    ///
    /// An `Err` from `act` takes back all it did. `Ok` commits, whatever the value says.
    ///
    /// # Errors
    /// Those of `act`; `Unavailable` when too many wait or the commit fails.
    pub async fn write<T: Send + 'static>(
        &self,
        facility: Option<FacilityId>,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        send(&self.writer, facility, act)?.await.map_err(|_| Error::unavailable("database thread ended"))?
    }

    /// Runs `act` on a snapshot; writing is refused on SQLite. For what is no patient's data: views of those leave an
    /// entry, and go through [`Db::look`]. It takes its place in the queue at once: several may be asked
    /// for before the first is awaited, and run side by side.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub fn read<T: Send + 'static, A: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static>(
        &self,
        facility: Option<FacilityId>,
        act: A,
    ) -> impl Future<Output = Result<T>> + Send + use<T, A> {
        let sent = send(&self.reader, facility, act);
        async move { sent?.await.map_err(|_| Error::unavailable("database thread ended"))? }
    }

    /// Runs `act`, which only looks, on a snapshot beside other acts, and answers when what it puts on record
    /// ([`Tx::note`], [`Tx::on_rollback`]) is durable: nobody sees anything of which there is no record. What was seen may be
    /// a moment older than its record, never younger.
    ///
    /// # Errors
    /// Those of `act` and of its notes; otherwise as [`Db::write`].
    pub async fn look<T: Send + 'static>(
        &self,
        facility: Option<FacilityId>,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let look = self.read(facility, move |tx| {
            tx.notes = Some(Vec::new());
            let seen = act(tx);
            Ok((seen, tx.notes.take().unwrap_or_default(), std::mem::take(&mut tx.after_rollback)))
        });
        let (seen, notes, refusals) = look.await?;
        // As in an act that writes: what was to be noted of a look that failed is taken back, and what is to be known of its
        // failure is put on record.
        let record = if seen.is_ok() { notes } else { refusals };
        if record.is_empty() {
            return seen;
        }
        let noted = self.write(facility, move |tx| record.into_iter().try_for_each(|note| note(tx))).await;
        match seen {
            Ok(seen) => noted.map(|()| seen),
            Err(error) => {
                if let Err(unnoted) = noted {
                    tracing::error!(error = %unnoted, "a refusal could not be put on record");
                }
                Err(error)
            }
        }
    }

    /// How many [`Db::read`] run side by side.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.readers
    }

    /// [`Db::write`] for the command line and for tests: blocks the thread. Not to be called from async code.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub fn write_blocking<T: Send + 'static>(
        &self,
        facility: Option<FacilityId>,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        send(&self.writer, facility, act)?.blocking_recv().map_err(|_| Error::unavailable("database thread ended"))?
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop).map_err(Error::unavailable)
}

fn send<T: Send + 'static>(
    queue: &mpsc::SyncSender<Job>,
    facility: Option<FacilityId>,
    act: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<tokio::sync::oneshot::Receiver<Result<T>>> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    // Whoever answers first, the act or its refusal, takes the way out.
    let way = Arc::new(Mutex::new(Some(answer)));
    let say = move |outcome: Result<T>| {
        // The asker may have gone away (closed browser); the act stands all the same.
        if let Some(answer) = way.lock().ok().and_then(|mut way| way.take()) {
            drop(answer.send(outcome));
        }
    };
    let told = say.clone();
    let act: Act = Box::new(move |tx| {
        let outcome =
            catch_unwind(AssertUnwindSafe(|| act(tx))).unwrap_or_else(|_| Err(Error::internal("an act panicked")));
        let keep = outcome.is_ok();
        let finish: Finish = Box::new(move |durable| told(outcome.and_then(|value| durable.map(|()| value))));
        (keep, finish)
    });
    let refuse = Box::new(move |error| say(Err(error)));
    queue.try_send(Job { facility, act, refuse }).map_err(|_| Error::unavailable("too many acts wait"))?;
    Ok(answered)
}

/// What begins an act, keeps it, and takes it back.
struct Span {
    open: &'static str,
    keep: &'static str,
    back: &'static [&'static str],
}

/// An act of several that are committed together.
const SAVEPOINT: Span = Span { open: "SAVEPOINT act", keep: "RELEASE act", back: &["ROLLBACK TO act", "RELEASE act"] };
/// An act by itself.
const TRANSACTION: Span = Span { open: "BEGIN", keep: "COMMIT", back: &["ROLLBACK"] };

impl Span {
    fn close(&self, tx: &mut Tx<'_>, good: bool) -> Result<()> {
        if good { tx.bare(self.keep) } else { self.back.iter().try_for_each(|it| tx.bare(it)) }
    }
}

/// Runs one act within its `span`; then what a taken-back act wants on record.
fn run(tx: &mut Tx<'_>, act: Act, span: &Span) -> (Finish, bool) {
    let opened = tx.bare(span.open).and_then(|()| tx.scope());
    if let Err(error) = opened {
        return (failed(error), false);
    }
    let (good, finish) = act(tx);
    if let Err(error) = span.close(tx, good) {
        return (failed_after(finish, error), false);
    }
    if good {
        return (finish, true);
    }
    tx.after_commit.clear();
    for note in std::mem::take(&mut tx.after_rollback) {
        let noted = tx.bare(span.open).and_then(|()| tx.scope()).and_then(|()| {
            let noted = note(tx);
            span.close(tx, noted.is_ok())?;
            noted
        });
        if let Err(error) = noted {
            tracing::error!(%error, "a refusal could not be put on record");
        }
    }
    (finish, false)
}

fn failed(error: Error) -> Finish {
    Box::new(move |_| tracing::error!(%error, "an act could not begin"))
}

fn failed_after(finish: Finish, error: Error) -> Finish {
    Box::new(move |_| finish(Err(error)))
}

fn sqlite_writer(connection: &rusqlite::Connection, folder: &Path, vault: &Vault, jobs: &mpsc::Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        if Room::at(folder) == Room::None {
            (first.refuse)(Error::disk_full("no room for an act"));
            continue;
        }
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            (first.refuse)(sqlite_error(&error, "BEGIN"));
            continue;
        }
        let mut done = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next.take() {
            let mut tx = new_tx(Back::Sqlite(connection), job.facility, vault);
            let (finish, _) = run(&mut tx, job.act, &SAVEPOINT);
            done.push((finish, std::mem::take(&mut tx.after_commit)));
            if done.len() < BATCH_ACTS_MAX {
                next = jobs.try_recv().ok();
            }
        }
        let commit = connection.execute_batch("COMMIT");
        if commit.is_err() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        for (finish, after_commit) in done {
            match &commit {
                Ok(()) => {
                    after_commit.into_iter().for_each(|it| it());
                    finish(Ok(()));
                }
                Err(error) => finish(Err(sqlite_error(error, "COMMIT"))),
            }
        }
    }
}

fn sqlite_reader(connection: &rusqlite::Connection, vault: &Vault, jobs: &Mutex<mpsc::Receiver<Job>>) {
    while let Some(job) = next_job(jobs) {
        let mut tx = new_tx(Back::Sqlite(connection), job.facility, vault);
        run(&mut tx, job.act, &TRANSACTION).0(Ok(()));
    }
}

fn postgres_worker(mut pg: Pg, url: &str, vault: &Vault, jobs: &Mutex<mpsc::Receiver<Job>>) {
    while let Some(job) = next_job(jobs) {
        if pg.client.is_closed() {
            match postgres_connection(url) {
                Ok(fresh) => pg = fresh,
                Err(error) => {
                    tracing::error!(%error, "PostgreSQL is away");
                    continue;
                }
            }
        }
        let mut tx = new_tx(Back::Postgres(&mut pg), job.facility, vault);
        let (finish, kept) = run(&mut tx, job.act, &TRANSACTION);
        let after_commit = std::mem::take(&mut tx.after_commit);
        if kept {
            after_commit.into_iter().for_each(|it| it());
        }
        finish(Ok(()));
    }
}

fn next_job(jobs: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    jobs.lock().ok()?.recv().ok()
}

fn new_tx<'a>(back: Back<'a>, facility: Option<FacilityId>, vault: &'a Vault) -> Tx<'a> {
    Tx { back, facility, vault, statements: 0, after_commit: Vec::new(), after_rollback: Vec::new(), notes: None }
}

fn sqlite_connection(path: &Path) -> Result<rusqlite::Connection> {
    let fail = |error| sqlite_error(&error, "open");
    let connection = rusqlite::Connection::open(path).map_err(fail)?;
    connection.busy_timeout(std::time::Duration::from_secs(10)).map_err(fail)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(fail)?;
    // FULL: an acknowledged act survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL").map_err(fail)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(fail)?;
    // A statement is planned once, and not again whenever its values change: planning costs more than most of them, and
    // there are no statistics of values that it could use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn postgres_connection(url: &str) -> Result<Pg> {
    let client = postgres::Client::connect(url, postgres::NoTls).map_err(|error| postgres_error(&error, "connect"))?;
    Ok(Pg { client, prepared: std::collections::HashMap::new() })
}
