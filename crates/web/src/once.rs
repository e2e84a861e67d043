//! A form acts once: its key and the answer are kept in the act's own transaction.

use db::{Tx, params};
use kernel::{Ctx, Result};

/// Characters of a form's key at most; ours have 26.
const KEY_CHARS_MAX: usize = 40;

/// Runs `act` unless `owner` has sent `key` before; the location it led to, now or then.
/// A form without key (made by hand) acts each time.
///
/// # Errors
/// Those of `act`. A failed act keeps nothing, so the same form may be sent again; one that ends in words for the person
/// (`R`) keeps what it has written, and may be sent again too.
pub fn run<R>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    owner: &str,
    key: &str,
    act: impl FnOnce(&mut Tx<'_>) -> Result<std::result::Result<String, R>>,
) -> Result<std::result::Result<String, R>> {
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        return act(tx);
    }
    tx.lock(&format!("once/{owner}/{key}"))?;
    if let Some(location) = location(tx, owner, key)? {
        return Ok(Ok(location));
    }
    let done = act(tx)?;
    if let Ok(location) = &done {
        tx.exec(
            "INSERT INTO once (owner, form_key, location, made_at) VALUES (?1, ?2, ?3, ?4)",
            params![owner, key, location, ctx.now],
        )?;
    }
    Ok(done)
}

/// Where the form `key` of `owner` led when it was sent before.
///
/// # Errors
/// The database's.
pub fn location(tx: &mut Tx<'_>, owner: &str, key: &str) -> Result<Option<String>> {
    tx.value("SELECT location FROM once WHERE owner = ?1 AND form_key = ?2", params![owner, key])
}

/// Forgets keys older than `before`; for the worker.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, before: kernel::Timestamp) -> Result<u64> {
    tx.exec("DELETE FROM once WHERE made_at < ?1", params![before])
}
