//! The bytes of instances that were found: read by range, without the database.

use std::ops::Range;

use blobs::{Blobs, Reader, Stored};
use crypto::Key;
use kernel::{Error, FacilityId, Result};

use crate::dataset::Writing;
use crate::instance::Pixels;

/// Inflated data sets are held in memory: larger ones are handed out only as they are stored. A deflated volume is rare.
const INFLATED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What may be read: the answer to one retrieval that was allowed and is on record.
#[derive(Clone)]
pub struct Fetched {
    pub(crate) facility: FacilityId,
    pub(crate) key: Key,
    /// The instances, study by study, series by series, in their order.
    pub instances: Vec<Located>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Fetched({} instances)", self.instances.len())
    }
}

/// An instance and where its bytes lie.
#[derive(Debug, Clone)]
pub struct Located {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub uid: String,
    /// SOP Class UID.
    pub class: String,
    /// How it is written.
    pub transfer_syntax: String,
    /// Frames.
    pub frames: u32,
    /// Rows of pixels.
    pub rows: Option<u16>,
    /// Columns of pixels.
    pub columns: Option<u16>,
    /// Bits of one sample.
    pub bits: Option<u16>,
    /// Whether its pixels have lost something before they came here.
    pub lossy: bool,
    /// The data set as received, without the header of a file; its digest.
    pub stored: Stored,
    /// Where its pixels lie; none without pixels.
    pub pixels: Option<Pixels>,
}

impl Fetched {
    /// Opens one of the instances. Blocks; run it with `spawn_blocking`.
    ///
    /// # Errors
    /// `Internal` when the file is missing, cut or changed; `Unavailable` when the disk fails.
    pub fn open(&self, blobs: &Blobs, which: &Located) -> Result<Content> {
        let reader = blobs.reader(self.facility, &self.key, &which.stored)?;
        let deflated = Writing::of(&which.transfer_syntax).deflated;
        Ok(Content { reader, deflated, inflated: None, located: which.clone() })
    }
}

/// An open instance.
pub struct Content {
    reader: Reader,
    deflated: bool,
    inflated: Option<Vec<u8>>,
    pub(super) located: Located,
}

impl Content {
    /// How the data set is written.
    #[must_use]
    pub fn transfer_syntax(&self) -> &str {
        &self.located.transfer_syntax
    }

    /// Bytes of the data set as stored.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.reader.size_bytes()
    }

    /// Up to `count` bytes of the data set as stored, from `offset` on; fewer only at the end.
    ///
    /// # Errors
    /// `Internal` where the file was changed; `Unavailable` when the disk fails.
    pub fn read(&mut self, offset: u64, count: usize) -> Result<Vec<u8>> {
        self.reader.read(offset, count)
    }

    /// The same of the data set after inflating: places of values and pixels count there.
    ///
    /// # Errors
    /// As [`Content::read`]; `Internal` for a deflated data set that is too large to hold.
    pub fn value(&mut self, at: Range<u64>) -> Result<Vec<u8>> {
        let count = usize::try_from(at.end.saturating_sub(at.start)).map_err(Error::internal)?;
        if !self.deflated {
            return self.reader.read(at.start, count);
        }
        let plain = self.inflate()?;
        let from = usize::try_from(at.start).map_err(Error::internal)?.min(plain.len());
        Ok(plain[from..from.saturating_add(count).min(plain.len())].to_vec())
    }

    /// Frame `index` (from 0) as it lies there: native pixels, or the bytes of one encapsulated picture. Nothing for a frame
    /// that is not there, and for fragments of which nobody says which frame they belong to.
    ///
    /// # Errors
    /// As [`Content::value`].
    pub fn frame(&mut self, index: u32) -> Result<Option<Vec<u8>>> {
        let (Some(pixels), frames) = (self.located.pixels.clone(), self.located.frames) else { return Ok(None) };
        let table = match pixels.table(frames) {
            Some(at) => self.value(at)?,
            None => Vec::new(),
        };
        let Some(places) = pixels.frame(index, frames, &table) else { return Ok(None) };
        let mut whole = Vec::new();
        for at in places {
            whole.extend(self.value(at)?);
        }
        Ok(Some(whole))
    }

    fn inflate(&mut self) -> Result<&[u8]> {
        if self.inflated.is_none() {
            let mut stream = flate2::Decompress::new(false);
            let (mut plain, mut offset) = (Vec::new(), 0);
            loop {
                let piece = self.reader.read(offset, 64 * 1024)?;
                let before = (stream.total_in(), stream.total_out());
                plain.reserve(256 * 1024);
                let status = stream
                    .decompress_vec(&piece, &mut plain, flate2::FlushDecompress::None)
                    .map_err(|error| Error::internal(format!("a deflated data set: {error}")))?;
                if plain.len() as u64 > INFLATED_BYTES_MAX {
                    return Err(Error::internal("a deflated data set that is too large to hold"));
                }
                offset += stream.total_in() - before.0;
                let stuck = stream.total_in() == before.0 && stream.total_out() == before.1;
                if status == flate2::Status::StreamEnd || stuck {
                    break;
                }
            }
            self.inflated = Some(plain);
        }
        Ok(self.inflated.as_deref().unwrap_or_default())
    }
}
