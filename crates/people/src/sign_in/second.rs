//! Second factors in rows: the authenticator app, the codes on paper. Passkeys have their own file.

use crypto::{Totp, codes};
use db::{Tx, params};
use kernel::{Ctx, Error, PersonId, Result, Timestamp, clause};

/// Minutes for which a shown secret may still be proven; afterwards a new one is shown.
const OFFER_MIN: i64 = 30;

/// The second factors a person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Since when an authenticator app is set up.
    pub app_since: Option<Timestamp>,
    /// Passkeys.
    pub passkeys: usize,
    /// Codes on paper that are not used yet. They never stand alone.
    pub codes_left: usize,
}

impl Held {
    /// Whether there is any that counts.
    #[must_use]
    pub fn any(&self) -> bool {
        self.app_since.is_some() || self.passkeys > 0
    }
}

/// What a person has.
///
/// # Errors
/// The database's.
pub fn held(tx: &mut Tx<'_>, person: PersonId) -> Result<Held> {
    let app_since = tx.value("SELECT confirmed_at FROM person_totp WHERE person_id = ?1", params![person])?;
    let mut count = |sql: &str| -> Result<usize> {
        let count: i64 = tx.value(sql, params![person])?.unwrap_or(0);
        usize::try_from(count).map_err(Error::internal)
    };
    Ok(Held {
        app_since,
        passkeys: count("SELECT count(*) FROM passkey WHERE person_id = ?1")?,
        codes_left: count("SELECT count(*) FROM recovery_code WHERE person_id = ?1 AND used_at IS NULL")?,
    })
}

fn seal(tx: &Tx<'_>, ctx: &Ctx, person: PersonId, secret: &Totp) -> Vec<u8> {
    tx.own_key("person").seal(&format!("person_totp.secret/{person}"), secret.bytes(), &ctx.chance)
}

fn open(tx: &Tx<'_>, person: PersonId, sealed: &[u8]) -> Result<Totp> {
    let bytes = tx.own_key("person").open(&format!("person_totp.secret/{person}"), sealed)?;
    Ok(Totp::from_bytes(bytes.try_into().map_err(|_| Error::internal("length of a secret"))?))
}

/// The secret to show for setting up an app: the same until it is proven or [`OFFER_MIN`] minutes old.
///
/// # Errors
/// The database's.
pub fn offer_app(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<Totp> {
    let since = kernel::time::plus_min(ctx.now, -OFFER_MIN);
    let shown: Option<Vec<u8>> =
        tx.value("SELECT secret FROM person_totp_offer WHERE person_id = ?1 AND made_at > ?2", params![person, since])?;
    if let Some(sealed) = shown {
        return open(tx, person, &sealed);
    }
    let secret = Totp::generate(&ctx.chance);
    let sealed = seal(tx, ctx, person, &secret);
    tx.exec(
        "INSERT INTO person_totp_offer (person_id, secret, made_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at",
        params![person, sealed, ctx.now],
    )?;
    Ok(secret)
}

/// Takes the offered secret into use when `typed` is its code. The code is used up by that.
///
/// # Errors
/// The database's.
pub fn confirm_app(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, typed: &str) -> Result<bool> {
    let secret = offer_app(tx, ctx, person)?;
    let Some(step) = secret.check(typed, ctx.now, None) else { return Ok(false) };
    put_app(tx, ctx, person, &secret, Some(step))?;
    Ok(true)
}

/// Sets the secret of a person without asking for its code: the demonstration, and tests.
///
/// # Errors
/// The database's.
pub fn put_app(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, secret: &Totp, used_step: Option<i64>) -> Result<()> {
    let sealed = seal(tx, ctx, person, secret);
    tx.exec(
        "INSERT INTO person_totp (person_id, secret, confirmed_at, last_step) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, confirmed_at = excluded.confirmed_at,
         last_step = excluded.last_step",
        params![person, sealed, ctx.now, used_step],
    )?;
    tx.exec("DELETE FROM person_totp_offer WHERE person_id = ?1", params![person])?;
    Ok(())
}

/// Whether `typed` is the code of the person's app; it is used up by that.
///
/// # Errors
/// The database's.
pub fn use_app(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, typed: &str) -> Result<bool> {
    clause!("CS-126", "OV-242");
    let Some(row) = tx.row("SELECT secret, last_step FROM person_totp WHERE person_id = ?1", params![person])? else {
        return Ok(false);
    };
    let sealed: Vec<u8> = row.get("secret")?;
    let Some(step) = open(tx, person, &sealed)?.check(typed, ctx.now, row.get("last_step")?) else { return Ok(false) };
    // Two browsers with one code: the second finds the step taken.
    let taken = tx.exec(
        "UPDATE person_totp SET last_step = ?2 WHERE person_id = ?1 AND (last_step IS NULL OR last_step < ?2)",
        params![person, step],
    )?;
    Ok(taken == 1)
}

/// Ends the use of the app.
///
/// # Errors
/// The database's.
pub fn drop_app(tx: &mut Tx<'_>, person: PersonId) -> Result<()> {
    tx.exec("DELETE FROM person_totp WHERE person_id = ?1", params![person])?;
    tx.exec("DELETE FROM person_totp_offer WHERE person_id = ?1", params![person])?;
    Ok(())
}

fn code_owner(person: PersonId) -> String {
    format!("recovery/{person}")
}

/// Ten new codes on paper; the earlier ones are worth nothing from now on. Shown once, never again.
///
/// # Errors
/// The database's.
pub fn renew_codes(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<String>> {
    tx.exec("DELETE FROM recovery_code WHERE person_id = ?1", params![person])?;
    let made = codes::recovery(&ctx.chance);
    let key = tx.own_key("person");
    for code in &made {
        tx.exec(
            "INSERT INTO recovery_code (person_id, mark, made_at) VALUES (?1, ?2, ?3)",
            params![person, codes::mark(&key, &code_owner(person), code).to_vec(), ctx.now],
        )?;
    }
    Ok(made)
}

/// Whether `typed` is an unused code on paper; it is used up by that.
///
/// # Errors
/// The database's.
pub fn use_code(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, typed: &str) -> Result<bool> {
    let mark = codes::mark(&tx.own_key("person"), &code_owner(person), typed).to_vec();
    let used = tx.exec(
        "UPDATE recovery_code SET used_at = ?3 WHERE person_id = ?1 AND mark = ?2 AND used_at IS NULL",
        params![person, mark, ctx.now],
    )?;
    Ok(used == 1)
}

/// Takes all second factors away, so that the next sign-in sets up new ones.
///
/// # Errors
/// The database's.
pub fn drop_all(tx: &mut Tx<'_>, person: PersonId) -> Result<()> {
    drop_app(tx, person)?;
    tx.exec("DELETE FROM passkey WHERE person_id = ?1", params![person])?;
    tx.exec("DELETE FROM recovery_code WHERE person_id = ?1", params![person])?;
    Ok(())
}
