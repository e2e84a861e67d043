//! Reading the file of an image from its first byte to its last.

use blobs::{BlobId, Blobs};
use crypto::Key;
use crypto::digest::Sha256;
use kernel::{FacilityId, Kind, Result};

use super::Held;
use super::store::Listed;
use crate::dataset::{Scanner, Writing};
use crate::instance::HeaderReader;

/// Read at a time.
const PIECE_BYTES: usize = 1024 * 1024;

/// What lies in the file of `it`. Blocks.
///
/// # Errors
/// `Unavailable` when the disk fails: that is no finding.
pub(super) fn held(blobs: &Blobs, facility: FacilityId, key: &Key, it: &Listed) -> Result<Held> {
    if !blobs.is_there(facility, &it.stored)? {
        return Ok(Held::Nothing);
    }
    match read(blobs, facility, key, it) {
        Err(error) if *error.kind() == Kind::Internal => Ok(Held::Unreadable),
        read => read,
    }
}

fn read(blobs: &Blobs, facility: FacilityId, key: &Key, it: &Listed) -> Result<Held> {
    let mut reader = blobs.reader(facility, key, &it.stored)?;
    let (mut digest, mut offset) = (Sha256::new(), 0);
    let (mut scanner, mut header) = (Scanner::new(&it.transfer_syntax), HeaderReader::default());
    loop {
        let piece = reader.read(offset, PIECE_BYTES)?;
        if piece.is_empty() {
            break;
        }
        digest.update(&piece);
        // What cannot be read has another digest, too.
        let _ = scanner.feed(&piece, &mut |event| header.take(event));
        offset += piece.len() as u64;
    }
    let instance = header.header(Writing::of(&it.transfer_syntax)).instance;
    Ok(Held::Bytes { digest: BlobId(digest.finish()), instance })
}
