//! Passwords: hashed away from the acts, kept sealed, none taken twice.
//!
//! Hashing takes tens of milliseconds and 19 MiB by design. It runs on its own threads, two at a time, so that a crowd at
//! the sign-in page neither holds the database nor eats the memory of a small clinic's PC.

use std::time::Duration;

use crypto::password::{self, Factors, PasswordFault};
use db::{Tx, params};
use kernel::{Chance, Ctx, Error, PersonId, Result, RowId, Timestamp, clause};
use tokio::sync::Semaphore;

use super::PASSWORDS_REMEMBERED;

/// Hashes at once: the cores of a small PC.
const HASHES_AT_ONCE: usize = 2;
/// Seconds in the queue until a person is told to try again: about 400 others are before.
const QUEUE_S_MAX: u64 = 10;

static HASHING: Semaphore = Semaphore::const_new(HASHES_AT_ONCE);

/// A password ready to be stored: an Argon2id text.
#[derive(Clone)]
pub struct Hashed(String);

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed")
    }
}

impl Hashed {
    /// Hashes here and now: for the command line, the demonstration and tests.
    ///
    /// # Errors
    /// As [`password::hash`].
    pub fn now(password: &str, chance: &Chance) -> Result<Self> {
        password::hash(password, chance).map(Self)
    }
}

/// Whether `password` is the one of each of these stored texts. Takes the time of `work` hashes at least, so that
/// the time does not tell how many there were, or whether there was any.
///
/// # Errors
/// `Unavailable` when too many wait.
pub async fn verify(password: String, stored: Vec<Hashed>, work: usize) -> Result<Vec<bool>> {
    off_thread(move || {
        let verdicts: Vec<bool> = stored.iter().map(|it| password::verify(&password, &it.0)).collect();
        for _ in stored.len()..work {
            let _ = password::verify_nobody(&password);
        }
        verdicts
    })
    .await
}

/// Makes a new password ready, or says what is wrong with it. `before` are those the person has or had.
///
/// # Errors
/// `Unavailable` when too many wait.
pub async fn renew(
    password: String,
    factors: Factors,
    personal_words: Vec<String>,
    before: Vec<Hashed>,
    chance: &Chance,
) -> Result<Result<Hashed, Vec<PasswordFault>>> {
    clause!("CS-126");
    let words: Vec<&str> = personal_words.iter().map(String::as_str).collect();
    if let Err(faults) = password::check(&password, factors, &words) {
        return Ok(Err(faults));
    }
    let chance = chance.clone();
    off_thread(move || {
        let before: Vec<&str> = before.iter().map(|it| it.0.as_str()).collect();
        if password::is_reused(&password, &before) {
            return Ok(Err(vec![PasswordFault::Reused]));
        }
        password::hash(&password, &chance).map(|it| Ok(Hashed(it)))
    })
    .await?
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit = tokio::time::timeout(Duration::from_secs(QUEUE_S_MAX), HASHING.acquire())
        .await
        .map_err(|_| Error::unavailable("too many wait for a hash"))?
        .map_err(Error::internal)?;
    tokio::task::spawn_blocking(move || {
        let out = work();
        drop(permit);
        out
    })
    .await
    .map_err(Error::internal)
}

/// The password of a person as it stands.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The hash.
    pub hashed: Hashed,
    /// Somebody else knows it.
    pub must_change: bool,
    /// Since when.
    pub set_at: Timestamp,
}

/// Seals a hash to its owner (`person/01h…`).
pub(crate) fn seal(tx: &Tx<'_>, ctx: &Ctx, owner: &str, hashed: &Hashed) -> Vec<u8> {
    tx.own_key("password").seal(owner, hashed.0.as_bytes(), &ctx.chance)
}

/// Opens what [`seal`] made.
pub(crate) fn open(tx: &Tx<'_>, owner: &str, sealed: &[u8]) -> Result<Hashed> {
    String::from_utf8(tx.own_key("password").open(owner, sealed)?).map(Hashed).map_err(Error::internal)
}

fn owner(person: PersonId) -> String {
    format!("person/{person}")
}

/// The password of a person, if one is set.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, person: PersonId) -> Result<Option<Stored>> {
    let row = tx.row("SELECT phc, must_change, set_at FROM person_password WHERE person_id = ?1", params![person])?;
    row.map(|row| {
        let sealed: Vec<u8> = row.get("phc")?;
        Ok(Stored {
            hashed: open(tx, &owner(person), &sealed)?,
            must_change: row.get("must_change")?,
            set_at: row.get("set_at")?,
        })
    })
    .transpose()
}

/// The present password and the last ones before it.
///
/// # Errors
/// The database's.
pub fn present_and_past(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Hashed>> {
    let mut all: Vec<Hashed> = of(tx, person)?.map(|it| it.hashed).into_iter().collect();
    let rows = tx.rows(
        "SELECT phc FROM person_password_past WHERE person_id = ?1 ORDER BY ended_at DESC, id DESC LIMIT ?2",
        params![person, PASSWORDS_REMEMBERED - 1],
    )?;
    for row in rows {
        let sealed: Vec<u8> = row.get("phc")?;
        all.push(open(tx, &owner(person), &sealed)?);
    }
    Ok(all)
}

/// Sets the password of a person; the one before is remembered. The caller leaves the entry in the log.
///
/// # Errors
/// The database's.
pub fn set(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, hashed: &Hashed, must_change: bool) -> Result<()> {
    if let Some(before) = of(tx, person)? {
        let sealed = seal(tx, ctx, &owner(person), &before.hashed);
        tx.exec(
            "INSERT INTO person_password_past (id, person_id, phc, ended_at) VALUES (?1, ?2, ?3, ?4)",
            params![RowId::new(ctx), person, sealed, ctx.now],
        )?;
    }
    let sealed = seal(tx, ctx, &owner(person), hashed);
    tx.exec(
        "INSERT INTO person_password (person_id, phc, set_at, must_change) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (person_id) DO UPDATE SET phc = excluded.phc, set_at = excluded.set_at, must_change = excluded.must_change",
        params![person, sealed, ctx.now, must_change],
    )?;
    Ok(())
}

/// Somebody else may know the password of a person: the next sign-in goes on only with a new one. The caller leaves the entry
/// in the log.
///
/// # Errors
/// The database's.
pub fn leaked(tx: &mut Tx<'_>, person: PersonId) -> Result<()> {
    clause!("DL-15");
    tx.exec("UPDATE person_password SET must_change = 1 WHERE person_id = ?1", params![person]).map(drop)
}
