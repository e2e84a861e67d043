//! Uploads that go on where they broke off: tus 1.0 with creation, creation-with-upload, creation-defer-length, expiration,
//! checksum and termination, under `/files` for the staff's own pages.
//!
//! A face: it translates between HTTP and rows with blobs, and knows no noun. What an upload is for says its `purpose`, a
//! plug made in `app`: who may begin, and what becomes of the whole file, in the same act that ends the upload.
//! Each segment is a sealed blob of its own, on the disk before its row, and its row before the answer: what was
//! acknowledged survives a kill, and what was not is sent again as a new blob.

mod answer;
mod desk;
mod front;
mod protocol;
mod receive;
mod store;
#[doc(hidden)]
pub mod strangers;

pub use protocol::Told;
pub use store::{known_blobs, sweep};

use blobs::Stored;
use db::Tx;
use kernel::{Ctx, PersonId, Result, RowId, Timestamp};
use people::access::Class;

/// The id of an upload.
pub type UploadId = RowId;

/// Bytes of a segment at most. A broken connection costs no more than what was on its way; each costs a flush of the disk.
pub const SEGMENT_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of one upload at most, whatever its purpose: a CAD project with its scans stays far below.
pub const UPLOAD_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes that unfinished uploads of one facility may claim together: a day's scans of a large laboratory.
pub const UNFINISHED_BYTES_MAX: u64 = 32 * 1024 * 1024 * 1024;
/// Unfinished uploads of one facility at most.
pub const UNFINISHED_MAX: u64 = 1000;
/// Hours without a byte after which an upload is given up: somebody goes home, and comes again the day after tomorrow.
pub const EXPIRES_HOURS: i64 = 48;

/// What uploads may be for.
pub type Purposes = &'static [Purpose];

/// One use of uploads: plain functions of the room that wants the files.
#[derive(Debug, Clone, Copy)]
pub struct Purpose {
    /// As the sender names it in its metadata (`purpose`).
    pub name: &'static str,
    /// Bytes of one file at most; never above [`UPLOAD_BYTES_MAX`].
    pub bytes_max: u64,
    /// The kind of information that the files are, for the log's entries about giving up.
    pub class: Class,
    /// Checks who may send, with its entry in the log, and what is told of the file. May refuse.
    pub begin: fn(&mut Tx<'_>, &Ctx, &Request) -> Result<()>,
    /// Takes the whole file into its own rows, with its entry in the log. May refuse: then the last piece can be sent again.
    pub finish: fn(&mut Tx<'_>, &Ctx, &Finished) -> Result<()>,
}

/// An upload that somebody wants to begin.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id, if it begins.
    pub upload: UploadId,
    /// Its bytes; unknown where the length is told later.
    pub size_bytes: Option<u64>,
    /// What is told of it.
    pub told: Told,
}

/// A file that has arrived whole.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its upload.
    pub upload: UploadId,
    /// Who has sent it.
    pub person: PersonId,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// What was told of it.
    pub told: Told,
    /// Its bytes.
    pub size_bytes: u64,
    /// SHA-256 over all of them.
    pub sha256: [u8; 32],
    /// Whether a scanner has found it clean; `false` only where none is set up.
    pub scanned: bool,
    /// Where its bytes lie, in order: blobs of the act's facility. Whoever finishes keeps these in rows, or they are swept.
    pub segments: Vec<Stored>,
}

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] =
    &[db::Migration { id: "20261122-80-upload", sql: include_str!("../migrations/20261122-80-upload.sql") }];

/// All addresses of this face, for these purposes.
#[must_use]
pub fn routes(purposes: Purposes) -> web::Routes {
    front::routes(purposes)
}
