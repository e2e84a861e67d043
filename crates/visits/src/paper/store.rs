//! Papers in rows; the files themselves are blobs, written before the row.

use db::{Row, Tx, params};
use kernel::{BookingId, Ctx, Error, Kind, Result, RowId, Words, clause};
use people::access::{Access, Act, Class};

pub use super::evidence::evidence;
use super::{PAPERS_MAX, Paper, PaperKind, Unclean};
use crate::booking::store::read_one;

/// A file that has passed the door and lies in the blobs.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Why it was sent.
    pub kind: PaperKind,
    /// Media type as found in its bytes.
    pub media: String,
    /// Where it lies.
    pub stored: blobs::Stored,
    /// Whether a virus scanner has passed it.
    pub scanned: bool,
}

/// Whether the patient may send one more file of this kind: asked before any byte is stored.
///
/// # Errors
/// `Forbidden` for a file that nobody asked for, `Limit` for too many.
pub fn may_send(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, kind: PaperKind) -> Result<()> {
    clause!("OV-247");
    let facility = tx.facility()?;
    let booking = read_one(tx, booking)?;
    Access::new("paper.send", Act::Write, Class::Images)
        .on("booking", booking.id)
        .of(booking.patient)
        .detail(serde_json::json!({ "kind": kind.key() }))
        .require(tx, ctx)?;
    let count =
        |tx: &mut Tx<'_>, sql: &str| -> Result<i64> { Ok(tx.value(sql, params![facility, booking.id])?.unwrap_or(0)) };
    let all = count(tx, "SELECT count(*) FROM paper WHERE facility_id = ?1 AND booking_id = ?2")?;
    if all >= PAPERS_MAX {
        let words = Words::new(
            "送れるファイルの数の上限に達しました。お電話ください。",
            "No more files can be sent. Please call us.",
        );
        return Err(Error::too_large(words, "papers of a booking"));
    }
    if kind == PaperKind::Asked {
        let asked = count(tx, "SELECT count(*) FROM paper_request WHERE facility_id = ?1 AND booking_id = ?2")?;
        let sent =
            count(tx, "SELECT count(*) FROM paper WHERE facility_id = ?1 AND booking_id = ?2 AND kind = 'asked'")?;
        if sent >= asked {
            let words = Words::new("いまは、頼まれているファイルはありません。", "Nobody has asked for a file now.");
            return Err(Error::new(Kind::Forbidden, words, "unasked file"));
        }
    }
    Ok(())
}

/// Keeps the row of a file that lies in the blobs.
///
/// # Errors
/// As [`may_send`].
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, file: &Arrived) -> Result<RowId> {
    may_send(tx, ctx, booking, file.kind)?;
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    tx.exec(
        "INSERT INTO paper (id, facility_id, booking_id, kind, media, blob_id, sealed_key, size_bytes, scanned, sent_by, sent_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            id,
            facility,
            booking,
            file.kind.key(),
            file.media,
            file.stored.blob.0,
            file.stored.sealed_key,
            i64::try_from(file.stored.size_bytes).map_err(Error::internal)?,
            file.scanned,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(id)
}

fn read(row: &Row) -> Result<Paper> {
    let kind: String = row.get("kind")?;
    let size: i64 = row.get("size_bytes")?;
    Ok(Paper {
        id: row.get("id")?,
        kind: PaperKind::from_key(&kind).unwrap_or(PaperKind::Asked),
        media: row.get("media")?,
        stored: blobs::Stored {
            blob: blobs::BlobId(row.get("blob_id")?),
            size_bytes: u64::try_from(size).map_err(Error::internal)?,
            sealed_key: row.get("sealed_key")?,
        },
        scanned: row.get("scanned")?,
        sent_at: row.get("sent_at")?,
    })
}

/// Notes that the scanner kept a file out: the clinic should know, and so should whoever asks for the scanner's state.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn note_refusal(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, cause: Unclean) -> Result<()> {
    clause!("CS-155");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let booking = read_one(tx, booking)?;
    Access::new("paper.refused", Act::Write, Class::Images)
        .on("booking", booking.id)
        .of(booking.patient)
        .detail(serde_json::json!({ "cause": cause.key() }))
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO paper_refusal (id, facility_id, booking_id, cause, refused_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, facility, booking.id, cause.key(), ctx.now],
    )?;
    Ok(())
}

/// The papers of a visit, newest first.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId) -> Result<Vec<Paper>> {
    let facility = tx.facility()?;
    let booking = read_one(tx, booking)?;
    Access::new("paper.list", Act::View, Class::Images)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    tx.rows(
        "SELECT * FROM paper WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY sent_at DESC, id DESC LIMIT 100",
        params![facility, booking.id],
    )?
    .iter()
    .map(read)
    .collect()
}

/// The sealed keys of all papers of this facility, which name their files: a sweep leaves those alone.
///
/// # Errors
/// The database's.
pub fn known_blobs(tx: &mut Tx<'_>) -> Result<Vec<Vec<u8>>> {
    let facility = tx.facility()?;
    let rows = tx.rows("SELECT sealed_key FROM paper WHERE facility_id = ?1", params![facility])?;
    rows.iter().map(|row| row.get("sealed_key")).collect()
}

/// One paper, opened for looking.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn open(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, paper: RowId) -> Result<(Paper, crypto::Key)> {
    let facility = tx.facility()?;
    let booking = read_one(tx, booking)?;
    Access::new("paper.view", Act::View, Class::Images).on("paper", paper).of(booking.patient).require(tx, ctx)?;
    let row = tx.row(
        "SELECT * FROM paper WHERE facility_id = ?1 AND booking_id = ?2 AND id = ?3",
        params![facility, booking.id, paper],
    )?;
    let paper = read(&row.ok_or_else(|| Error::not_found("paper"))?)?;
    Ok((paper, tx.key()?))
}

/// Asks the patient for one file.
///
/// # Errors
/// `NotFound`, `Forbidden`; patients cannot ask themselves.
pub fn ask(tx: &mut Tx<'_>, ctx: &Ctx, booking: BookingId, what: &str) -> Result<()> {
    clause!("OV-247");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let booking = read_one(tx, booking)?;
    if ctx.who.patient().is_some() {
        return Err(Error::not_found("a patient cannot ask for files"));
    }
    Access::new("paper.ask", Act::Write, Class::Images)
        .on("booking", booking.id)
        .of(booking.patient)
        .require(tx, ctx)?;
    let what = tx.seal("paper_request.what", id, what)?;
    tx.exec(
        "INSERT INTO paper_request (id, facility_id, booking_id, what, asked_by, asked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, facility, booking.id, what, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// What the clinic has asked for, in order. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn asked_for(tx: &mut Tx<'_>, booking: BookingId) -> Result<Vec<String>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT id, what FROM paper_request WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY asked_at, id LIMIT 100",
        params![facility, booking],
    )?;
    rows.iter()
        .map(|row| {
            let sealed: Vec<u8> = row.get("what")?;
            tx.open("paper_request.what", row.get::<RowId>("id")?, &sealed)
        })
        .collect()
}
