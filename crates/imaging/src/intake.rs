//! The one way in for an image, whatever face it came through: bytes are hashed and sealed while they stream, read up to
//! their pixels, made durable, and then kept by one act: rows and log entry together.
//!
//! ```ignore
//! let mut intake = Intake::data_set(&blobs, facility, &key, &chance, transfer_syntax)?;
//! intake.write(piece)?; …
//! let arrived = intake.finish()?.map_err(…)?;
//! site.write(&ctx, move |tx, ctx| intake::keep(tx, ctx, &blobs, &arrived, &origin)).await?
//! ```

pub(crate) mod own;
mod store;

use blobs::{Blobs, Incoming, Stored};
use crypto::Key;
use kernel::{Chance, FacilityId, Result};

use crate::dataset::json::JsonWriter;
use crate::dataset::{Broken, Event, Fault, File, Scanner, Writing};
use crate::instance::{Header, HeaderReader, PixelReader, Pixels, Refused};

pub use store::{keep, known_blobs, refuse_broken, refuse_changed};

/// The largest instance. A cone-beam volume in one object of 1,000 frames has 1 GB; four leave room for what comes.
pub const INSTANCE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Where an instance came from; kept with it, and in the log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Origin {
    /// `dimse`, `stow`, `browser`, `media`; `report` and `mark` for our own.
    pub face: &'static str,
    /// What the sender calls itself: application entity title, or the name of a device.
    pub sender: String,
    /// Class and instance as the sender announced them before the data set, where the face has such a thing.
    pub announced: Option<(String, String)>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is ours from now on.
    Stored,
    /// The same bytes were here already; nothing changed.
    AlreadyHere,
    /// Not taken; nothing was changed.
    Refused(NotKept),
}

/// Why an instance was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// It cannot be placed.
    Unplaced(Refused),
    /// An instance of this identifier is here with other bytes, or belongs elsewhere: it is never written over.
    Differs,
}

/// An instance that is on its way in. Dropped without [`Intake::finish`], it leaves nothing behind.
pub struct Intake {
    incoming: Incoming,
    way: Way,
    readers: Readers,
    fault: Option<Fault>,
}

/// What is read out of the data set while it streams by.
#[derive(Default)]
struct Readers {
    header: HeaderReader,
    metadata: JsonWriter,
    pixels: PixelReader,
}

impl Readers {
    fn take(&mut self, event: Event<'_>) {
        self.header.take(event);
        self.metadata.take(event);
        self.pixels.take(event);
    }

    fn too_much(&self) -> bool {
        self.metadata.too_much() || self.pixels.too_many()
    }
}

enum Way {
    DataSet { scanner: Scanner, transfer_syntax: String },
    File(File),
}

/// An instance whose bytes are durable, and which no row knows yet.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Where the bytes lie.
    pub stored: Stored,
    /// How they are written.
    pub transfer_syntax: String,
    /// What they say.
    pub header: Header,
    /// All but its big values, as deflated DICOM JSON.
    pub metadata: Vec<u8>,
    /// Where its pixels lie.
    pub pixels: Option<Pixels>,
}

impl Intake {
    /// For a data set in `transfer_syntax`, as DIMSE carries it.
    ///
    /// # Errors
    /// `Unavailable` when the disk fails.
    pub fn data_set(
        blobs: &Blobs,
        facility: FacilityId,
        key: &Key,
        chance: &Chance,
        transfer_syntax: &str,
    ) -> Result<Self> {
        let scanner = Scanner::new(transfer_syntax);
        let way = Way::DataSet { scanner, transfer_syntax: transfer_syntax.to_owned() };
        Self::new(blobs, facility, key, chance, way)
    }

    /// For a file; its own header is read and left out of what is kept.
    ///
    /// # Errors
    /// As [`Intake::data_set`].
    pub fn file(blobs: &Blobs, facility: FacilityId, key: &Key, chance: &Chance) -> Result<Self> {
        Self::new(blobs, facility, key, chance, Way::File(File::default()))
    }

    fn new(blobs: &Blobs, facility: FacilityId, key: &Key, chance: &Chance, way: Way) -> Result<Self> {
        let incoming = blobs.incoming(facility, key, INSTANCE_BYTES_MAX, chance)?;
        Ok(Self { incoming, way, readers: Readers::default(), fault: None })
    }

    /// Takes the next piece. A broken data set is found here and told at the end, since a sender that is cut off in the
    /// middle only tries again.
    ///
    /// # Errors
    /// `Limit` above [`INSTANCE_BYTES_MAX`]; `Unavailable` when the disk is full or fails.
    pub fn write(&mut self, piece: &[u8]) -> Result<()> {
        if self.fault.is_some() {
            return Ok(());
        }
        let readers = &mut self.readers;
        let mut tell = |event: Event<'_>| readers.take(event);
        let (done, body) = match &mut self.way {
            Way::DataSet { scanner, .. } => (scanner.feed(piece, &mut tell), piece),
            Way::File(file) => {
                let done = file.feed(piece, &mut tell);
                let body = match file.take_beginning() {
                    Some(beginning) => {
                        self.incoming.write(&beginning.held)?;
                        &piece[piece.len() - beginning.rest..]
                    }
                    None if file.data_set_offset().is_some() => piece,
                    None => &[],
                };
                (done, body)
            }
        };
        let too_much = self.readers.too_much().then_some(Fault { offset: 0, what: Broken::TooMuch });
        self.fault = done.err().or(too_much);
        self.incoming.write(body)
    }

    /// Ends the instance. When this returns [`Arrived`], its bytes are on the disk; a broken one leaves nothing.
    ///
    /// # Errors
    /// As [`Intake::write`].
    pub fn finish(mut self) -> Result<Result<Arrived, Fault>> {
        let readers = &mut self.readers;
        let mut tell = |event: Event<'_>| readers.take(event);
        let (ended, transfer_syntax) = match self.way {
            Way::DataSet { scanner, transfer_syntax } => (scanner.finish(&mut tell), transfer_syntax),
            Way::File(file) => {
                let syntax = file.transfer_syntax().to_owned();
                (file.finish(&mut tell), syntax)
            }
        };
        if let Some(fault) = self.fault.or(ended.err()) {
            return Ok(Err(fault));
        }
        let header = self.readers.header.header(Writing::of(&transfer_syntax));
        let pixels = self.readers.pixels.pixels(header.frame_bytes());
        let metadata = self.readers.metadata.finish();
        Ok(Ok(Arrived { stored: self.incoming.finish()?, transfer_syntax, header, metadata, pixels }))
    }
}
