//! A person's own key for signing records (TR-03): made at the first signature, sealed with the facility's key, never shown.
//!
//! The public half is told in the facility's log, so that a stranger who can check the log knows whose key it is. Whoever
//! calls has checked that the person may sign and has just proven to be there.

use audit::Entry;
use crypto::SigningKey;
use db::{Tx, params};
use kernel::{Ctx, Error, PersonId, Result, RowId, clause};

/// A signature with the key that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The public half, 32 bytes.
    pub public_key: Vec<u8>,
    /// Ed25519 (RFC 8032), 64 bytes.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// Whether it is that of `message`.
    #[must_use]
    pub fn is_of(&self, message: &[u8]) -> bool {
        clause!("TR-03");
        crypto::sign::verify(&self.public_key, message, &self.bytes)
    }
}

/// Signs `message` as the person who acts, at this facility.
///
/// # Errors
/// `NotFound` for anybody but staff; the database's.
pub fn sign(tx: &mut Tx<'_>, ctx: &Ctx, message: &[u8]) -> Result<Signature> {
    clause!("TR-03");
    let key = own(tx, ctx)?;
    Ok(Signature { public_key: key.public().to_vec(), bytes: key.sign(message).to_vec() })
}

/// The public half of the acting person's key at this facility, which is made now if there is none: for the entry that says with
/// which key something is about to be signed.
///
/// # Errors
/// `NotFound` for anybody but staff; the database's.
pub fn public_key(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<u8>> {
    clause!("TR-03");
    Ok(own(tx, ctx)?.public().to_vec())
}

fn own(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<SigningKey> {
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff have a key"))?;
    match live(tx, person)? {
        Some(key) => Ok(key),
        None => make(tx, ctx, person),
    }
}

fn place(id: RowId) -> String {
    format!("signing_key/{id}")
}

fn live(tx: &mut Tx<'_>, person: PersonId) -> Result<Option<SigningKey>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT id, sealed FROM signing_key WHERE facility_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
        params![facility, person],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("sealed")?);
    SigningKey::open(&tx.key()?.derive("signing"), &place(id), &sealed).map(Some)
}

fn make(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<SigningKey> {
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let key = SigningKey::generate(&ctx.chance)?;
    let public = crypto::digest::hex(&key.public());
    let entry = Entry::done("signing_key.make", "person", person).class("administration");
    audit::append(tx, ctx, entry.detail(serde_json::json!({ "public_key": public })))?;
    let sealed = key.seal(&tx.key()?.derive("signing"), &place(id), &ctx.chance);
    tx.exec(
        "INSERT INTO signing_key (id, facility_id, person_id, public_key, sealed, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, facility, person, key.public().to_vec(), sealed, ctx.now],
    )?;
    Ok(key)
}

/// Ends a person's key at this facility, for one who leaves or whose terminal was lost; the next signature makes a new one.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for somebody who never worked here.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    use crate::access::{Access, Act, Class};
    let facility = tx.facility()?;
    Access::new("signing_key.end", Act::Write, Class::Administration).on("person", person).require(tx, ctx)?;
    crate::person::store::of_here(tx, person)?;
    tx.exec(
        "UPDATE signing_key SET ended_at = ?3 WHERE facility_id = ?1 AND person_id = ?2 AND ended_at IS NULL",
        params![facility, person, ctx.now],
    )?;
    Ok(())
}
