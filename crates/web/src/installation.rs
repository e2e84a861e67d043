//! What acts must know of the installation itself. Set when the server starts, read inside acts.

use db::{Tx, params};
use kernel::{Result, Timestamp};

/// Keeps the address under which patients reach this installation.
///
/// # Errors
/// The database's.
pub fn set_base_url(tx: &mut Tx<'_>, base_url: &str, now: Timestamp) -> Result<()> {
    tx.exec(
        "INSERT INTO installation (name, value, set_at) VALUES ('base_url', ?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at",
        params![base_url, now],
    )?;
    Ok(())
}

/// The address under which patients reach this installation, without a slash at the end; for links in letters.
///
/// # Errors
/// The database's.
pub fn base_url(tx: &mut Tx<'_>) -> Result<String> {
    Ok(tx.value("SELECT value FROM installation WHERE name = 'base_url'", params![])?.unwrap_or_default())
}

/// Keeps whether files from outside go through a virus scanner here.
///
/// # Errors
/// The database's.
pub fn set_scans(tx: &mut Tx<'_>, scans: bool, now: Timestamp) -> Result<()> {
    tx.exec(
        "INSERT INTO installation (name, value, set_at) VALUES ('scans', ?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at",
        params![if scans { "yes" } else { "no" }, now],
    )?;
    Ok(())
}

/// Whether files from outside go through a virus scanner here (CS-155).
///
/// # Errors
/// The database's.
pub fn scans(tx: &mut Tx<'_>) -> Result<bool> {
    let value: Option<String> = tx.value("SELECT value FROM installation WHERE name = 'scans'", params![])?;
    Ok(value.is_some_and(|it| it == "yes"))
}

/// Keeps whether somebody carries short messages here.
///
/// # Errors
/// The database's.
pub fn set_sms(tx: &mut Tx<'_>, carried: bool, now: Timestamp) -> Result<()> {
    tx.exec(
        "INSERT INTO installation (name, value, set_at) VALUES ('sms', ?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at",
        params![if carried { "yes" } else { "no" }, now],
    )?;
    Ok(())
}

/// Whether somebody carries short messages here.
///
/// # Errors
/// The database's.
pub fn sms(tx: &mut Tx<'_>) -> Result<bool> {
    let value: Option<String> = tx.value("SELECT value FROM installation WHERE name = 'sms'", params![])?;
    Ok(value.is_some_and(|it| it == "yes"))
}
