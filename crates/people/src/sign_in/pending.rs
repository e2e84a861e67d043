//! A sign-in under way, in a row: the password was right, the rest is still to be proven.

use db::{Row, Tx, params};
use kernel::{Ctx, Error, PersonId, Result, RowId, Timestamp, time};

use super::{PENDING_MIN, PENDING_TRIES_MAX, Purpose};

/// A sign-in under way.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Its id.
    pub id: RowId,
    /// Who.
    pub person: PersonId,
    /// Through which door.
    pub purpose: Purpose,
    /// Where to, afterwards.
    pub next: String,
    /// What a passkey was asked, sealed.
    pub challenge: Option<Vec<u8>>,
    /// When the second factor was proven.
    pub second_at: Option<Timestamp>,
    /// Wrong codes so far.
    pub tries: u32,
}

fn mark(tx: &Tx<'_>, token: &str) -> Vec<u8> {
    tx.own_key("sign-in").derive("pending").mark(token.as_bytes()).to_vec()
}

/// Begins one and returns the token for the cookie. `challenge` seals what a passkey is asked to this row.
///
/// # Errors
/// The database's.
pub fn begin(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    person: PersonId,
    purpose: Purpose,
    next: &str,
    challenge: impl FnOnce(&mut Tx<'_>, RowId) -> Result<Option<Vec<u8>>>,
) -> Result<String> {
    let id = RowId::new(ctx);
    let token = format!("{}{}", RowId::from_bytes(ctx.chance.bytes()), RowId::from_bytes(ctx.chance.bytes()));
    let challenge = challenge(tx, id)?;
    tx.exec(
        "INSERT INTO sign_in_pending (id, token_mark, person_id, purpose, next, challenge, tries, made_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)",
        params![
            id,
            mark(tx, &token),
            person,
            purpose.key(),
            next,
            challenge,
            ctx.now,
            time::plus_min(ctx.now, PENDING_MIN)
        ],
    )?;
    Ok(token)
}

/// The one of a cookie's token, unless it is over.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, ctx: &Ctx, token: &str) -> Result<Option<Pending>> {
    let mark = mark(tx, token);
    let row = tx.row(
        "SELECT * FROM sign_in_pending WHERE token_mark = ?1 AND ended_at IS NULL AND expires_at > ?2 AND tries < ?3",
        params![mark, ctx.now, PENDING_TRIES_MAX],
    )?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Pending> {
    let purpose: String = row.get("purpose")?;
    Ok(Pending {
        id: row.get("id")?,
        person: row.get("person_id")?,
        purpose: Purpose::from_key(&purpose).unwrap_or(Purpose::Guardian),
        next: row.get("next")?,
        challenge: row.get("challenge")?,
        second_at: row.get("second_at")?,
        tries: row.get("tries")?,
    })
}

/// Counts a wrong code.
///
/// # Errors
/// `Conflict` when another request counted at the same moment: its code is not judged.
pub fn count(tx: &mut Tx<'_>, it: &Pending) -> Result<()> {
    let counted =
        tx.exec("UPDATE sign_in_pending SET tries = tries + 1 WHERE id = ?1 AND tries = ?2", params![it.id, it.tries])?;
    if counted == 1 { Ok(()) } else { Err(Error::conflict("two codes at once")) }
}

/// The second factor was proven.
///
/// # Errors
/// The database's.
pub fn prove(tx: &mut Tx<'_>, ctx: &Ctx, it: &Pending) -> Result<()> {
    // The challenge of a passkey is good for one answer.
    tx.exec("UPDATE sign_in_pending SET second_at = ?2, challenge = NULL WHERE id = ?1", params![it.id, ctx.now])?;
    Ok(())
}

/// Ends it: it has become a session, or was given up.
///
/// # Errors
/// `Conflict` when it has ended already.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, it: &Pending) -> Result<()> {
    let ended = tx
        .exec("UPDATE sign_in_pending SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL", params![it.id, ctx.now])?;
    if ended == 1 { Ok(()) } else { Err(Error::conflict("this sign-in has ended")) }
}

/// Ends all those of a person: the password that began them counts no more.
///
/// # Errors
/// The database's.
pub fn end_all(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    let sql = "UPDATE sign_in_pending SET ended_at = ?2 WHERE person_id = ?1 AND ended_at IS NULL";
    tx.exec(sql, params![person, ctx.now]).map(drop)
}

/// Forgets those older than `before`; for the worker.
///
/// # Errors
/// The database's.
pub fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    tx.exec("DELETE FROM passkey_offer WHERE expires_at < ?1", params![before])?;
    tx.exec("DELETE FROM sign_in_pending WHERE expires_at < ?1", params![before])
}
