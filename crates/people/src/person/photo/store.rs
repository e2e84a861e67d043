//! Photographs in rows; the newest counts. The file is a blob that was written before its row.

use blobs::{Blobs, Stored};
use db::{Tx, params};
use kernel::{Ctx, Error, FacilityId, PersonId, Result, RowId, clause};

use super::{PHOTO_BYTES_MAX, Photo, known_mime};
use crate::access::{self, Access, Act, Class};
use crate::person::store::of_here;

/// Puts the bytes of a photograph into the blobs of `facility`; its row comes last, by [`keep`]. Blocks.
///
/// # Errors
/// `Limit` above [`PHOTO_BYTES_MAX`]; the disk's.
pub fn put(
    blobs: &Blobs,
    facility: FacilityId,
    key: &crypto::Key,
    chance: &kernel::Chance,
    bytes: &[u8],
) -> Result<Stored> {
    let mut incoming = blobs.incoming(facility, key, PHOTO_BYTES_MAX, chance)?;
    incoming.write(bytes)?;
    incoming.finish()
}

/// Whether the person who acts may give `person` a photograph: asked before any byte is stored.
///
/// # Errors
/// `NotFound` for somebody who never worked here; `Forbidden` without the right to administer.
pub fn may_give(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    Access::new("person.photo", Act::Write, Class::Administration).on("person", person).require(tx, ctx)?;
    of_here(tx, person)
}

/// Keeps the row of a photograph that lies in the blobs.
///
/// # Errors
/// As [`may_give`]; `Internal` for a media type that is not one of a photograph's.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, stored: &Stored, mime: &str) -> Result<()> {
    clause!("OV-142");
    let facility = tx.facility()?;
    may_give(tx, ctx, person)?;
    let mime = known_mime(mime).ok_or_else(|| Error::internal("media type of a photograph"))?;
    tx.exec(
        "INSERT INTO person_photo (id, facility_id, person_id, kind, blob_id, sealed_key, size_bytes, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            RowId::new(ctx),
            facility,
            person,
            mime,
            stored.blob.to_string(),
            stored.sealed_key,
            i64::try_from(stored.size_bytes).map_err(Error::internal)?,
            ctx.now
        ],
    )?;
    Ok(())
}

/// The photograph of somebody who has a duty at this facility, with the key to open it.
///
/// # Errors
/// `NotFound` for everybody else, and without a photograph.
pub fn open(tx: &mut Tx<'_>, person: PersonId) -> Result<(Photo, crypto::Key)> {
    clause!("OV-142");
    let facility = tx.facility()?;
    if access::duties(tx, person)?.is_empty() {
        return Err(Error::not_found("nobody of this facility"));
    }
    let row = tx.row(
        "SELECT * FROM person_photo WHERE facility_id = ?1 AND person_id = ?2 ORDER BY made_at DESC, id DESC LIMIT 1",
        params![facility, person],
    )?;
    let row = row.ok_or_else(|| Error::not_found("no photograph"))?;
    let (kind, blob, size): (String, String, i64) = (row.get("kind")?, row.get("blob_id")?, row.get("size_bytes")?);
    let stored = Stored {
        blob: blob.parse()?,
        size_bytes: u64::try_from(size).map_err(Error::internal)?,
        sealed_key: row.get("sealed_key")?,
    };
    let mime = known_mime(&kind).ok_or_else(|| Error::internal("media type of a photograph"))?;
    Ok((Photo { mime, stored }, tx.key()?))
}

/// The sealed keys of all photographs of this facility, which name their files: a sweep leaves those alone.
///
/// # Errors
/// The database's.
pub fn known_blobs(tx: &mut Tx<'_>) -> Result<Vec<Vec<u8>>> {
    let facility = tx.facility()?;
    let rows = tx.rows("SELECT sealed_key FROM person_photo WHERE facility_id = ?1", params![facility])?;
    rows.iter().map(|row| row.get("sealed_key")).collect()
}

/// Whether there is a photograph of this person here.
///
/// # Errors
/// The database's.
pub fn is_there(tx: &mut Tx<'_>, person: PersonId) -> Result<bool> {
    let facility = tx.facility()?;
    let found = tx.row(
        "SELECT id FROM person_photo WHERE facility_id = ?1 AND person_id = ?2 LIMIT 1",
        params![facility, person],
    )?;
    Ok(found.is_some())
}
