//! Uploads and their segments in rows: begun, added to, ended, given up.

use blobs::{Blobs, Stored};
use db::{Row, Tx, params};
use kernel::{Ctx, Error, PersonId, Result, RowId, Timestamp, Words, time};
use people::access::{Access, Act};
use web::Site;

use crate::{
    EXPIRES_HOURS, Finished, Purpose, Purposes, Request, Told, UNFINISHED_BYTES_MAX, UNFINISHED_MAX, UploadId,
};

/// Uploads that one round of forgetting ends at most, for each facility.
const SWEEP_MAX: usize = 200;
/// Uploads that somebody is told of at most: a day's work of one person has not more.
pub(crate) const LIST_MAX: usize = 200;

/// An upload as its row has it.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) id: UploadId,
    pub(crate) purpose: String,
    pub(crate) person: PersonId,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) received_bytes: u64,
    pub(crate) told: String,
    pub(crate) made_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) is_ended: bool,
}

/// An upload that this person may go on with, or not any more.
pub(crate) enum Found {
    Here(Upload),
    /// Its time is over, and its row still there.
    Expired,
}

fn expires(now: Timestamp) -> Timestamp {
    time::plus_min(now, EXPIRES_HOURS * 60)
}

fn row_bytes(bytes: u64) -> Result<i64> {
    i64::try_from(bytes).map_err(Error::internal)
}

/// Begins an upload when its purpose lets it.
pub(crate) fn create(tx: &mut Tx<'_>, ctx: &Ctx, purpose: &Purpose, request: &Request) -> Result<Upload> {
    let facility = tx.facility()?;
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff send files"))?;
    (purpose.begin)(tx, ctx, request)?;
    tx.lock(&format!("upload/{facility}"))?;
    let claimed = tx.row(
        "SELECT COUNT(*) AS number, CAST(COALESCE(SUM(COALESCE(size_bytes, received_bytes)), 0) AS BIGINT) AS bytes FROM upload
         WHERE facility_id = ?1 AND ended_at IS NULL AND expires_at > ?2",
        params![facility, ctx.now],
    )?;
    let (number, bytes): (i64, i64) = match claimed {
        Some(row) => (row.get("number")?, row.get("bytes")?),
        None => (0, 0),
    };
    let bytes = bytes.unsigned_abs().saturating_add(request.size_bytes.unwrap_or(0));
    if number.unsigned_abs() >= UNFINISHED_MAX || bytes > UNFINISHED_BYTES_MAX {
        return Err(too_many_unfinished(number, bytes));
    }
    let told = tx.seal("upload.told", request.upload, request.told.raw())?;
    let size = request.size_bytes.map(row_bytes).transpose()?;
    tx.exec(
        "INSERT INTO upload (facility_id, id, purpose, person_id, size_bytes, received_bytes, told, made_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)",
        params![facility, request.upload, purpose.name, person, size, told, ctx.now, expires(ctx.now)],
    )?;
    Ok(Upload {
        id: request.upload,
        purpose: purpose.name.to_owned(),
        person,
        size_bytes: request.size_bytes,
        received_bytes: 0,
        told: request.told.raw().to_owned(),
        made_at: ctx.now,
        expires_at: expires(ctx.now),
        is_ended: false,
    })
}

fn too_many_unfinished(number: i64, bytes: u64) -> Error {
    let words = Words::new(
        "送りかけのファイルが多すぎます。ほかの送信が終わるのを待つか、取り消してから、もう一度お試しください。",
        "Too many files are still on their way. Wait for the others, or cancel some, and try again.",
    );
    Error::new(kernel::Kind::Limit { retry: true }, words, format!("{number} unfinished uploads, {bytes} bytes"))
}

/// The upload, when this person has begun it at this facility.
pub(crate) fn find(tx: &mut Tx<'_>, ctx: &Ctx, id: UploadId) -> Result<Found> {
    let upload = own(tx, ctx, id)?;
    Ok(if upload.expires_at <= ctx.now { Found::Expired } else { Found::Here(upload) })
}

fn own(tx: &mut Tx<'_>, ctx: &Ctx, id: UploadId) -> Result<Upload> {
    let facility = tx.facility()?;
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff send files"))?;
    let row = tx.row(
        "SELECT * FROM upload WHERE facility_id = ?1 AND id = ?2 AND person_id = ?3",
        params![facility, id, person],
    )?;
    read(tx, &row.ok_or_else(|| Error::not_found("no such upload of this person"))?)
}

/// What this person has begun at this facility and what has not expired, the newest first, at most [`LIST_MAX`].
pub(crate) fn own_all(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Upload>> {
    let facility = tx.facility()?;
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff send files"))?;
    let rows = tx.rows(
        "SELECT * FROM upload WHERE facility_id = ?1 AND person_id = ?2 AND expires_at > ?3
         ORDER BY made_at DESC, id DESC LIMIT ?4",
        params![facility, person, ctx.now, LIST_MAX],
    )?;
    rows.iter().map(|it| read(tx, it)).collect()
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Upload> {
    let (id, told): (RowId, Vec<u8>) = (row.get("id")?, row.get("told")?);
    let (size, received): (Option<i64>, i64) = (row.get("size_bytes")?, row.get("received_bytes")?);
    let ended: Option<Timestamp> = row.get("ended_at")?;
    Ok(Upload {
        id,
        purpose: row.get("purpose")?,
        person: row.get("person_id")?,
        size_bytes: size.map(u64::try_from).transpose().map_err(Error::internal)?,
        received_bytes: u64::try_from(received).map_err(Error::internal)?,
        told: tx.open("upload.told", id, &told)?,
        made_at: row.get("made_at")?,
        expires_at: row.get("expires_at")?,
        is_ended: ended.is_some(),
    })
}

/// Keeps the length that was told later.
pub(crate) fn set_size(tx: &mut Tx<'_>, ctx: &Ctx, id: UploadId, size_bytes: u64) -> Result<Upload> {
    let mut upload = own(tx, ctx, id)?;
    tx.exec(
        "UPDATE upload SET size_bytes = ?3 WHERE facility_id = ?1 AND id = ?2 AND size_bytes IS NULL",
        params![tx.facility()?, id, row_bytes(size_bytes)?],
    )?;
    upload.size_bytes = Some(size_bytes);
    Ok(upload)
}

/// Keeps segments that begin at `at`, whose blobs are durable: from here on they are acknowledged.
pub(crate) fn keep(tx: &mut Tx<'_>, ctx: &Ctx, id: UploadId, at: u64, segments: &[Stored]) -> Result<Upload> {
    let facility = tx.facility()?;
    let mut upload = own(tx, ctx, id)?;
    if upload.received_bytes != at || upload.is_ended {
        return Err(Error::conflict("another request has gone on with this upload"));
    }
    for it in segments {
        tx.exec(
            "INSERT INTO upload_segment (facility_id, upload_id, at_byte, blob_id, sealed_key, size_bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                facility,
                id,
                row_bytes(upload.received_bytes)?,
                it.blob.to_string(),
                it.sealed_key,
                row_bytes(it.size_bytes)?
            ],
        )?;
        upload.received_bytes += it.size_bytes;
    }
    upload.expires_at = expires(ctx.now);
    tx.exec(
        "UPDATE upload SET received_bytes = ?3, expires_at = ?4 WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, row_bytes(upload.received_bytes)?, upload.expires_at],
    )?;
    Ok(upload)
}

/// What has arrived of an upload, in order, and the key to open it.
pub(crate) fn segments(tx: &mut Tx<'_>, id: UploadId) -> Result<(Vec<Stored>, crypto::Key)> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT blob_id, sealed_key, size_bytes FROM upload_segment WHERE facility_id = ?1 AND upload_id = ?2
         ORDER BY at_byte",
        params![facility, id],
    )?;
    let stored = |row: &Row| {
        let (blob, size): (String, i64) = (row.get("blob_id")?, row.get("size_bytes")?);
        let size_bytes = u64::try_from(size).map_err(Error::internal)?;
        Ok(Stored { blob: blob.parse()?, size_bytes, sealed_key: row.get("sealed_key")? })
    };
    Ok((rows.iter().map(stored).collect::<Result<_>>()?, tx.key()?))
}

/// What is known of a whole file beside its rows.
pub(crate) struct Whole {
    pub(crate) sha256: [u8; 32],
    pub(crate) scanned: bool,
}

/// Ends an upload with its last segments: they, the purpose's own rows and the end are one act, so that a file is never
/// whole without having been handed over.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    purpose: &Purpose,
    id: UploadId,
    at: u64,
    last: &[Stored],
    whole: &Whole,
) -> Result<Upload> {
    let mut upload = keep(tx, ctx, id, at, last)?;
    if upload.size_bytes != Some(upload.received_bytes) {
        return Err(Error::conflict("an upload ends before its last byte"));
    }
    let told = Told::read(&upload.told).map_err(Error::internal)?;
    let (segments, _) = segments(tx, id)?;
    let finished = Finished {
        upload: id,
        person: upload.person,
        begun_at: upload.made_at,
        told,
        size_bytes: upload.received_bytes,
        sha256: whole.sha256,
        scanned: whole.scanned,
        segments,
    };
    (purpose.finish)(tx, ctx, &finished)?;
    let facility = tx.facility()?;
    // The blobs are known to the purpose's rows now.
    tx.exec("DELETE FROM upload_segment WHERE facility_id = ?1 AND upload_id = ?2", params![facility, id])?;
    tx.exec("UPDATE upload SET ended_at = ?3 WHERE facility_id = ?1 AND id = ?2", params![facility, id, ctx.now])?;
    upload.is_ended = true;
    Ok(upload)
}

/// Why an upload is given up.
#[derive(Debug, Clone)]
pub(crate) enum Why {
    /// Its sender wants it.
    Stopped,
    /// The scanner found this in it.
    Malware(String),
    /// Nothing came for too long.
    Expired,
}

impl Why {
    const fn verb(&self) -> &'static str {
        match self {
            Self::Stopped => "upload.stop",
            Self::Malware(_) => "upload.malware",
            Self::Expired => "upload.expire",
        }
    }
}

/// Gives an upload up: rows first, then its blobs. A whole file is its purpose's, and stays.
///
/// # Errors
/// `NotFound`; `Conflict` for one that has ended; `Forbidden`.
pub(crate) fn give_up(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    blobs: &Blobs,
    purpose: &Purpose,
    id: UploadId,
    why: &Why,
) -> Result<()> {
    let facility = tx.facility()?;
    let malware = if let Why::Malware(name) = why { name.as_str() } else { "" };
    Access::new(why.verb(), Act::Write, purpose.class)
        .on("upload", id)
        .detail(serde_json::json!({ "malware": malware }))
        .require(tx, ctx)?;
    let ended = tx.row(
        "SELECT id FROM upload WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NOT NULL",
        params![facility, id],
    )?;
    if ended.is_some() {
        return Err(Error::conflict("the file has been handed over"));
    }
    let (segments, _) = segments(tx, id)?;
    tx.exec("DELETE FROM upload_segment WHERE facility_id = ?1 AND upload_id = ?2", params![facility, id])?;
    tx.exec("DELETE FROM upload WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    let blobs = blobs.clone();
    tx.on_commit(move || {
        // What cannot be removed now is swept later.
        segments.iter().for_each(|it| drop(blobs.remove(facility, it)));
    });
    Ok(())
}

/// The sealed keys of all segments of this facility, which name their files: a sweep leaves those alone.
///
/// # Errors
/// The database's.
pub fn known_blobs(tx: &mut Tx<'_>) -> Result<Vec<Vec<u8>>> {
    let facility = tx.facility()?;
    let rows = tx.rows("SELECT sealed_key FROM upload_segment WHERE facility_id = ?1", params![facility])?;
    rows.iter().map(|row| row.get("sealed_key")).collect()
}

/// Gives up what has expired, with its blobs, and forgets what has ended long ago.
///
/// # Errors
/// The database's.
pub async fn sweep(site: &Site, purposes: Purposes) -> Result<()> {
    let job = site.job("uploads");
    for facility in site.db.read(None, people::facility::store::all).await? {
        let ctx = job.at(facility.id);
        let blobs = site.blobs.clone();
        site.write(&ctx, move |tx, ctx| expire(tx, ctx, &blobs, purposes)).await?;
    }
    Ok(())
}

fn expire(tx: &mut Tx<'_>, ctx: &Ctx, blobs: &Blobs, purposes: Purposes) -> Result<()> {
    let facility = tx.facility()?;
    tx.exec(
        "DELETE FROM upload WHERE facility_id = ?1 AND expires_at <= ?2 AND ended_at IS NOT NULL",
        params![facility, ctx.now],
    )?;
    let rows = tx.rows(
        "SELECT id, purpose FROM upload WHERE facility_id = ?1 AND expires_at <= ?2 ORDER BY expires_at LIMIT ?3",
        params![facility, ctx.now, SWEEP_MAX],
    )?;
    for row in rows {
        let (id, name): (UploadId, String) = (row.get("id")?, row.get("purpose")?);
        let purpose =
            purposes.iter().find(|it| it.name == name).ok_or_else(|| Error::internal("an unknown purpose"))?;
        give_up(tx, ctx, blobs, purpose, id, &Why::Expired)?;
    }
    Ok(())
}
