//! Writes the files of a copy, one after the other; pixels are never held, but where a data set must be turned round first.

use blobs::Blobs;
use crypto::Key;
use kernel::{Chance, Result};

use super::disc::{OnDisc, directory, file_id};
use super::record::Told;
use super::{Taken, readme};
use crate::dataset::{Event, Scanner, Writing, file_header};
use crate::deidentify::{Copies, NoCopy, Piece, Rewriter, may_go_out};
use crate::instance::{Header, HeaderReader, Uid};
use crate::study::{Content, Fetched, Located, Transcoding};

/// Explicit VR little endian: the writing of the general purpose profile (PS3.11 D.3).
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
/// Read and written at a time.
const PIECE_BYTES: u64 = 1024 * 1024;
/// The largest data set that is held in memory to be turned round.
const HELD_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Where files go.
pub trait Sink {
    /// A file begins, at this place below the root; it will have about so many bytes.
    ///
    /// # Errors
    /// Those of the place.
    fn begin(&mut self, place: &[&str], about_bytes: u64) -> Result<()>;
    /// Its next bytes.
    ///
    /// # Errors
    /// Those of the place.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;
    /// It is whole.
    ///
    /// # Errors
    /// Those of the place.
    fn end(&mut self) -> Result<()>;
    /// All files are there.
    ///
    /// # Errors
    /// Those of the place.
    fn close(&mut self) -> Result<()>;
}

/// What a copy came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    /// Instances that are in it.
    pub files: usize,
    /// Instances that are not, by their identifier here, and why.
    pub left_out: Vec<(String, NoCopy)>,
}

impl Taken {
    /// Writes the copy with its directory into `sink`. Blocks; run it with `spawn_blocking`.
    ///
    /// # Errors
    /// Those of the disk and of `sink`. What cannot be copied is told in [`Made`] instead.
    pub fn write(&self, blobs: &Blobs, chance: &Chance, sink: &mut dyn Sink) -> Result<Made> {
        // The key is thrown away with this copy: nobody can go back from its identifiers, and two copies cannot be joined.
        let nobody = self.wish.names_nobody.then(|| Copies::new(Key::generate(chance)));
        let (mut made, mut files) = (Made::default(), Vec::new());
        for which in &self.found.instances {
            let mut source = Source::of(&self.found, blobs, which)?;
            let (uid, pieces) = match &nobody {
                None => (which.uid.clone(), None),
                Some(copies) => match anonymous(&mut source, copies, self.wish.looked_at)? {
                    Ok(pieces) => (copies.uid(&which.uid).to_string(), Some(pieces)),
                    Err(why) => {
                        made.left_out.push((which.uid.clone(), why));
                        continue;
                    }
                },
            };
            let place = file_id(files.len());
            sink.begin(&place.each_ref().map(String::as_str), source.about_bytes)?;
            sink.write(&file_header(&which.class, &uid, &source.transfer_syntax))?;
            let mut reader = Reader::new(&source.transfer_syntax);
            let mut put = |bytes: &[u8]| {
                reader.feed(bytes);
                sink.write(bytes)
            };
            match pieces {
                None => source.each(&mut put)?,
                Some(pieces) => {
                    for piece in pieces {
                        match piece {
                            Piece::Bytes(bytes) => put(&bytes)?,
                            Piece::Source { offset, length } => source.range(offset, u64::from(length), &mut put)?,
                        }
                    }
                }
            }
            sink.end()?;
            let (header, told) = reader.finish();
            files.push(OnDisc { header, told, transfer_syntax: source.transfer_syntax.clone() });
        }
        made.files = files.len();
        let uid = Uid::of_uuid(chance.bytes(), 4);
        let directory = directory(&files, &uid, "HARUKA");
        let readme = readme::page(self.wish, &made, &self.link, &self.from);
        for (name, bytes) in [("DICOMDIR", directory.as_slice()), (readme::FILE, readme.as_bytes())] {
            sink.begin(&[name], bytes.len() as u64)?;
            sink.write(bytes)?;
            sink.end()?;
        }
        sink.close()?;
        Ok(made)
    }
}

/// The parts of a copy that names nobody; or why there is none.
fn anonymous(source: &mut Source, copies: &Copies, looked_at: bool) -> Result<std::result::Result<Vec<Piece>, NoCopy>> {
    if !source.hold()? {
        return Ok(Err(NoCopy::TooLarge));
    }
    let (mut rewriter, mut header, mut broken) = (Rewriter::new(copies), HeaderReader::default(), false);
    let mut scanner = Scanner::new(&source.transfer_syntax);
    source.each(&mut |bytes| {
        let mut tell = |event: Event<'_>| {
            rewriter.take(event);
            header.take(event);
        };
        broken = broken || scanner.feed(bytes, &mut tell).is_err();
        Ok(())
    })?;
    let mut tell = |event: Event<'_>| {
        rewriter.take(event);
        header.take(event);
    };
    if broken || scanner.finish(&mut tell).is_err() {
        return Ok(Err(NoCopy::Broken));
    }
    let pieces = rewriter.finish();
    Ok(pieces.and_then(|it| may_go_out(&header.header(Writing::EXPLICIT), looked_at).map(|()| it)))
}

/// A data set in the writing in which it goes out.
struct Source {
    transfer_syntax: String,
    /// Its size as stored.
    about_bytes: u64,
    way: Way,
}

enum Way {
    /// As it is stored.
    Stored(Box<Content>),
    /// Written anew on the way.
    Anew(Box<Transcoding>),
    /// Written anew already.
    Held(Vec<u8>),
}

impl Source {
    /// What is stored in another writing than explicit little endian goes out in that one, if it can.
    fn of(found: &Fetched, blobs: &Blobs, which: &Located) -> Result<Self> {
        let content = found.open(blobs, which)?;
        let about_bytes = content.size_bytes();
        if Writing::of(&which.transfer_syntax) == Writing::EXPLICIT {
            return Ok(Self {
                transfer_syntax: which.transfer_syntax.clone(),
                about_bytes,
                way: Way::Stored(Box::new(content)),
            });
        }
        Ok(match content.transcode(EXPLICIT)? {
            Ok(anew) => Self { transfer_syntax: EXPLICIT.to_owned(), about_bytes, way: Way::Anew(Box::new(anew)) },
            // Nobody can write it anew: better as it came than not at all.
            Err(_) => {
                let way = Way::Stored(Box::new(found.open(blobs, which)?));
                Self { transfer_syntax: which.transfer_syntax.clone(), about_bytes, way }
            }
        })
    }

    /// Makes its bytes readable by place; whether they are.
    fn hold(&mut self) -> Result<bool> {
        let Way::Anew(anew) = &mut self.way else { return Ok(Writing::of(&self.transfer_syntax) == Writing::EXPLICIT) };
        let mut held = Vec::new();
        while let Some(piece) = anew.piece()? {
            held.extend_from_slice(&piece);
            if held.len() > HELD_BYTES_MAX {
                return Ok(false);
            }
        }
        self.way = Way::Held(held);
        Ok(true)
    }

    /// Hands all bytes to `put`, in order; once.
    fn each(&mut self, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match &mut self.way {
            Way::Stored(_) => self.range(0, self.about_bytes, put),
            Way::Held(bytes) => put(bytes),
            Way::Anew(anew) => {
                while let Some(piece) = anew.piece()? {
                    put(&piece)?;
                }
                Ok(())
            }
        }
    }

    /// Hands `count` bytes from `offset` on to `put`.
    fn range(&mut self, offset: u64, count: u64, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let short = || kernel::Error::internal("an instance is shorter than its row says");
        let (mut from, end) = (offset, offset + count);
        let content = match &mut self.way {
            Way::Stored(content) => content,
            Way::Held(bytes) => {
                let place = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
                return put(bytes.get(place(offset)..place(end)).ok_or_else(short)?);
            }
            Way::Anew(_) => return Err(kernel::Error::internal("a data set that is not held")),
        };
        while from < end {
            let some = usize::try_from(PIECE_BYTES.min(end - from)).unwrap_or(usize::MAX);
            let piece = content.read(from, some)?;
            if piece.is_empty() {
                return Err(short());
            }
            from += piece.len() as u64;
            put(&piece)?;
        }
        Ok(())
    }
}

/// Reads what is written, for the directory.
struct Reader {
    scanner: Scanner,
    header: HeaderReader,
    told: Told,
    writing: Writing,
}

impl Reader {
    fn new(transfer_syntax: &str) -> Self {
        Self {
            scanner: Scanner::new(transfer_syntax),
            header: HeaderReader::default(),
            told: Told::default(),
            writing: Writing::of(transfer_syntax),
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        let (header, told) = (&mut self.header, &mut self.told);
        // It was read whole when it came, or written by us: there is nothing here that can be wrong.
        let _ = self.scanner.feed(bytes, &mut |event| {
            header.take(event);
            told.take(event);
        });
    }

    fn finish(self) -> (Header, Told) {
        let Self { scanner, mut header, mut told, writing } = self;
        let _ = scanner.finish(&mut |event| {
            header.take(event);
            told.take(event);
        });
        (header.header(writing), told)
    }
}
