//! Columns that hold names, talk and detail are sealed with the key of the facility, to their table, column and row.

use std::collections::HashMap;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use crypto::{Key, MasterKey, Opener};
use kernel::{Chance, Error, FacilityId, Result, Timestamp};

use crate::Tx;
use crate::params;

/// The master key and the facility keys met so far.
pub(crate) struct Vault {
    pub(crate) master: MasterKey,
    pub(crate) chance: Chance,
    pub(crate) keys: Mutex<HashMap<FacilityId, Keys>>,
}

/// A facility's key, the one derived from it for columns, and that one ready for opening: deriving costs more than opening a
/// name, and a day's page opens a thousand columns.
#[derive(Clone)]
pub(crate) struct Keys {
    whole: Key,
    column: Key,
    opener: Arc<Opener>,
}

impl Vault {
    pub(crate) fn new(master: MasterKey, chance: Chance) -> Self {
        Self { master, chance, keys: Mutex::default() }
    }
}

impl Tx<'_> {
    /// The facility whose rows this act may touch.
    ///
    /// # Errors
    /// `NotFound` for an act of no facility.
    pub fn facility(&self) -> Result<FacilityId> {
        self.facility.ok_or_else(|| Error::not_found("act of no facility"))
    }

    /// Narrows the rest of this act to `facility` (jobs over all facilities, facility making).
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub fn enter(&mut self, facility: FacilityId) -> Result<()> {
        self.facility = Some(facility);
        self.scope()
    }

    /// Lets `look` see the rows of every facility, and narrows this act again afterwards, whatever became of it.
    ///
    /// For the few questions about a person that no single facility can answer (does anybody else need this account?).
    /// Within `look` there is no facility: nothing sealed opens there, and nothing goes on the facility's record. Who may
    /// call it stands in `xtask/exceptions/over-all.txt`, each with its reason.
    ///
    /// # Errors
    /// Those of `look`; as [`Tx::exec`].
    pub fn over_all<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.narrowed(None, look)
    }

    /// Lets `act` work on the rows of one other facility, with that facility's key, and comes home again, whatever became
    /// of it. Both sides are one act: kept together, or taken back together.
    ///
    /// For what two facilities share by a paper between them. Who may call it stands in `xtask/exceptions/at-other.txt`.
    ///
    /// # Errors
    /// Those of `act`; as [`Tx::exec`].
    pub fn at_other<T>(&mut self, other: FacilityId, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.narrowed(Some(other), act)
    }

    fn narrowed<T>(&mut self, to: Option<FacilityId>, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let home = std::mem::replace(&mut self.facility, to);
        let scoped = self.scope();
        let outcome = catch_unwind(AssertUnwindSafe(|| scoped.and_then(|()| act(self))));
        self.facility = home;
        // After a failed statement PostgreSQL takes no other one; its transaction ends, and with it the other view.
        let again = self.scope();
        match outcome {
            Ok(Ok(found)) => again.map(|()| found),
            Ok(Err(error)) => Err(error),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Tells PostgreSQL whose rows may be seen until the end of the transaction.
    pub(crate) fn scope(&mut self) -> Result<()> {
        if self.is_postgres() {
            let scope = self.facility.map_or_else(|| "*".to_owned(), |it| it.to_string());
            self.rows("SELECT set_config('app.facility', ?1, true)", params![scope])?;
        }
        Ok(())
    }

    /// Makes the key of a new facility.
    ///
    /// # Errors
    /// `Conflict` when it has one.
    pub fn make_facility_key(&mut self, facility: FacilityId, now: Timestamp) -> Result<()> {
        let key = Key::generate(&self.vault.chance);
        let wrapped = self.vault.master.wrap(&format!("facility/{facility}"), &key, &self.vault.chance);
        self.exec(
            "INSERT INTO facility_key (facility_id, wrapped, made_at) VALUES (?1, ?2, ?3)",
            params![facility, wrapped, now],
        )?;
        Ok(())
    }

    /// The key of this act's facility.
    ///
    /// # Errors
    /// `NotFound` without facility or when its key was destroyed; `Internal` for another master key.
    pub fn key(&mut self) -> Result<Key> {
        Ok(self.keys()?.whole)
    }

    fn keys(&mut self) -> Result<Keys> {
        let facility = self.facility()?;
        let known = self.vault.keys.lock().ok().and_then(|keys| keys.get(&facility).cloned());
        if let Some(keys) = known {
            return Ok(keys);
        }
        let wrapped: Vec<u8> = self
            .value("SELECT wrapped FROM facility_key WHERE facility_id = ?1", params![facility])?
            .ok_or_else(|| Error::not_found("facility has no key"))?;
        let whole = self.vault.master.unwrap(&format!("facility/{facility}"), &wrapped)?;
        let column = whole.derive("column");
        let keys = Keys { opener: Arc::new(column.opener()), column, whole };
        // Kept only once committed: a facility whose making is taken back has no key.
        if let Ok(mut known) = self.vault.keys.lock() {
            known.insert(facility, keys.clone());
        }
        Ok(keys)
    }

    /// The installation's own key for `purpose`, for what belongs to no facility (a person's second factor).
    #[must_use]
    pub fn own_key(&self, purpose: &str) -> Key {
        self.vault.master.derive(purpose)
    }

    /// Seals `text` for `column` (`patient.name`) of the row `id`.
    ///
    /// # Errors
    /// As [`Tx::key`].
    pub fn seal(&mut self, column: &str, id: impl Display, text: &str) -> Result<Vec<u8>> {
        self.seal_bytes(column, id, text.as_bytes())
    }

    /// Opens what [`Tx::seal`] made.
    ///
    /// # Errors
    /// As [`Tx::key`]; `Internal` when it does not open.
    pub fn open(&mut self, column: &str, id: impl Display, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.open_bytes(column, id, sealed)?).map_err(Error::internal)
    }

    /// [`Tx::seal`] for what is no text.
    ///
    /// # Errors
    /// As [`Tx::key`].
    pub fn seal_bytes(&mut self, column: &str, id: impl Display, bytes: &[u8]) -> Result<Vec<u8>> {
        let key = self.keys()?.column;
        Ok(key.seal(&format!("{column}/{id}"), bytes, &self.vault.chance))
    }

    /// Opens what [`Tx::seal_bytes`] made.
    ///
    /// # Errors
    /// As [`Tx::open`].
    pub fn open_bytes(&mut self, column: &str, id: impl Display, sealed: &[u8]) -> Result<Vec<u8>> {
        let opener = self.keys()?.opener;
        Ok(opener.open(&format!("{column}/{id}"), sealed)?)
    }

    /// A mark by which `text` can be found again in `column` of this facility without being readable there.
    ///
    /// # Errors
    /// As [`Tx::key`].
    pub fn mark(&mut self, column: &str, text: &str) -> Result<Vec<u8>> {
        Ok(self.key()?.derive("mark").derive(column).mark(text.as_bytes()).to_vec())
    }
}
