//! Big files: hashed and sealed while they stream in, read from any place, swept when no row knows them.
//!
//! Every blob has its own key, wrapped by the key of its facility and handed to the caller, who keeps it in the row
//! that knows the blob: deleting the row shreds the file. Blob first, row last: what [`Incoming::finish`] returned is
//! on the disk, and a file whose row never came is swept a day later.
//! A file's name is chance, so that neither the disk nor a backup tells who has the same picture as whom.
//!
//! For now blobs live in a local folder only; S3 is a decision of its own, and nothing here pretends otherwise.
//! Calls block: async code runs them with `spawn_blocking`.

pub mod check;
mod incoming;
pub mod portrait;
pub mod rendition;
mod store;

pub use check::{Checked, Door, FileKind, Refused, Scanner};
pub use incoming::Incoming;
pub use store::{BlobId, Blobs, Reader, Stored, UNREFERENCED_HOURS_MIN, file_name};
