//! An instance in another transfer syntax (PS3.5 annex A), on demand and without loss: its data set written anew, its pixels
//! decoded and encoded where they must be. It comes part by part; no more than one frame, or one piece, is in memory.
//!
//! Its identifiers stay, since its picture does (PS3.4 B.4.1.3); what was lossy before stays marked so.

mod rewrite;

use std::collections::VecDeque;
use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use kernel::{Error, Result, clause};
use pixels::{Fault, Samples, Syntax};

use super::depiction::{Depiction, UNDESCRIBED};
use super::{Content, Located};
use crate::dataset::{Scanner, Tag, Vr, Writer, Writing};
use crate::instance::Pixels;
use rewrite::{Changes, Part, Rewriter, turn};

/// Read at a time.
const PIECE_BYTES: u64 = 1024 * 1024;
/// Frames that are encoded before the first is sent, so that the table of offsets can say where each lies; of larger objects
/// the table stays empty, as the standard allows (PS3.5 A.4): each frame is one fragment.
const HELD_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Syntaxes that are written on demand, the most readable first.
pub const WRITTEN: [Syntax; 6] =
    [Syntax::ExplicitLe, Syntax::ImplicitLe, Syntax::Deflated, Syntax::HtLossless, Syntax::JpegLs, Syntax::Rle];

impl Located {
    /// The other transfer syntaxes, by their UIDs, in which it can be had: explicit little endian first. Whether a picture can
    /// be encoded whole shows only when it is.
    #[must_use]
    pub fn others(&self) -> Vec<&'static str> {
        let own = Syntax::from_uid(&self.transfer_syntax);
        let compressed = matches!(self.pixels, Some(Pixels::Encapsulated { .. }));
        let fits = |it: &Syntax| match (&self.pixels, own) {
            // Without pixels there is nothing to encode; and what nobody can decode stays as it is.
            (None, _) => !it.encapsulated(),
            (Some(_), None) => false,
            (Some(_), Some(_)) if it.encapsulated() => matches!(self.bits, Some(8 | 16)),
            (Some(_), Some(own)) => !compressed || own.encapsulated(),
        };
        WRITTEN.iter().filter(|it| Some(**it) != own && fits(it)).map(|it| it.uid()).collect()
    }

    /// Bytes of memory that one frame may take, at most, on its way into `syntax`, or into a picture where none is named: the
    /// codecs hold each sample as a number, twice. Native pixels that stay native are copied piece by piece.
    #[must_use]
    pub fn work_bytes(&self, syntax: Option<&str>) -> u64 {
        const BYTES_A_PIXEL: u64 = 24;
        let native = |it: &str| Syntax::from_uid(it).is_some_and(|it| !it.encapsulated());
        let copied = matches!(self.pixels, Some(Pixels::Native { .. })) && syntax.is_some_and(native);
        if self.pixels.is_none() || copied {
            return 0;
        }
        u64::from(self.rows.unwrap_or(u16::MAX)) * u64::from(self.columns.unwrap_or(u16::MAX)) * BYTES_A_PIXEL
    }
}

impl Content {
    /// Begins to write the instance in `syntax`. A fault is the answer for pixels that cannot be read, or not be kept whole
    /// in that syntax.
    ///
    /// # Errors
    /// As [`Content::read`].
    pub fn transcode(mut self, syntax: &str) -> Result<std::result::Result<Transcoding, Fault>> {
        clause!("TR-25"); // Lossless on demand.
        let Some(target) = Syntax::from_uid(syntax).filter(|it| WRITTEN.contains(it)) else {
            return Ok(Err(UNWRITTEN));
        };
        let compressed = matches!(self.located.pixels, Some(Pixels::Encapsulated { .. }));
        let anew = self.located.pixels.is_some() && (compressed || target.encapsulated());
        let mut changed = Changes::new();
        let recoder = if anew {
            let Some(depiction) = self.depiction(0)? else { return Ok(Err(UNDESCRIBED)) };
            let first = match self.samples(&depiction, 0)? {
                Ok(samples) => samples,
                Err(fault) => return Ok(Err(fault)),
            };
            // Whether the syntax can hold it whole shows before anything is sent.
            if let Err(fault) = pixels::encode(&first, target) {
                return Ok(Err(fault));
            }
            changed = self.changed(&depiction, &first)?;
            Some(Recoder { depiction, target, frame_bytes: first.description.frame_bytes() as u64 })
        } else {
            None
        };
        let mut rewriter = Rewriter::new(Writing::of(syntax).explicit, recoder.is_some(), changed);
        let mut scanner = Scanner::new(self.transfer_syntax());
        let mut offset = 0;
        while offset < self.size_bytes() {
            let piece = self.read(offset, PIECE_BYTES as usize)?;
            offset += piece.len() as u64;
            if piece.is_empty() || scanner.feed(&piece, &mut |event| rewriter.take(event)).is_err() {
                return Ok(Err(UNREADABLE));
            }
        }
        if scanner.finish(&mut |event| rewriter.take(event)).is_err() {
            return Ok(Err(UNREADABLE));
        }
        let Some(mut parts) = rewriter.finish() else { return Ok(Err(UNREADABLE)) };
        if let Some(recoder) = &recoder {
            match recoder.plan(self.located.frames) {
                Some(plan) => parts = spliced(parts, plan),
                None => return Ok(Err(Fault::TooLarge)),
            }
        }
        let deflater = Writing::of(syntax).deflated.then(|| DeflateEncoder::new(Vec::new(), Compression::default()));
        Transcoding { content: self, recoder, parts, deflater, deflated_bytes: 0 }.hold()
    }

    /// Frame `index` (from 0) in `syntax`.
    ///
    /// # Errors
    /// As [`Content::value`].
    pub fn recoded(&mut self, index: u32, syntax: &str) -> Result<std::result::Result<Vec<u8>, Fault>> {
        clause!("TR-25");
        let Some(target) = Syntax::from_uid(syntax).filter(|it| WRITTEN.contains(it)) else {
            return Ok(Err(UNWRITTEN));
        };
        let Some(depiction) = self.depiction(0)? else { return Ok(Err(UNDESCRIBED)) };
        Ok(self.samples(&depiction, index)?.and_then(|it| pixels::encode(&it, target)))
    }

    /// What the data set must say otherwise about pixels that were decoded; `None` for what it says no longer.
    fn changed(&mut self, depiction: &Depiction, first: &Samples) -> Result<Changes> {
        let (was, now) = (&depiction.description, &first.description);
        // Tables of where frames lay.
        let mut changed = Changes::from([(Tag(0x7FE0, 0x0001), None), (Tag(0x7FE0, 0x0002), None)]);
        let mut set = |tag: (u16, u16), vr: &[u8; 2], value: Vec<u8>| {
            changed.insert(Tag(tag.0, tag.1), Some((Vr(*vr), value)));
        };
        if now.interpretation != was.interpretation {
            set((0x0028, 0x0004), b"CS", now.interpretation.term().into());
        }
        if now.samples_per_pixel > 1 {
            set((0x0028, 0x0006), b"US", vec![0, 0]);
        }
        // A picture that lost something on its way here must not pass for a whole one once it is native.
        let own = Syntax::from_uid(self.transfer_syntax());
        let method = match own {
            Some(Syntax::JpegBaseline | Syntax::JpegExtended) => Some("ISO_10918_1"),
            Some(Syntax::JpegLsNear) => {
                let frame = self.frame(0)?.unwrap_or_default();
                pixels::lossy(Syntax::JpegLsNear, &frame).then_some("ISO_14495_1")
            }
            // JPEG 2000 does not tell whether it lost anything; its data set does.
            _ => None,
        };
        if let (Some(method), false, Some(Pixels::Encapsulated { fragments, .. })) =
            (method, self.located.lossy, &self.located.pixels)
        {
            let packed: u64 = fragments.iter().map(|it| it.end - it.start).sum();
            let native = was.samples() as u64 * u64::from(was.bits_allocated / 8) * u64::from(was.frames);
            set((0x0028, 0x2110), b"CS", b"01".to_vec());
            set((0x0028, 0x2112), b"DS", format!("{:.2}", native as f64 / packed.max(1) as f64).into());
            set((0x0028, 0x2114), b"CS", method.into());
        }
        Ok(changed)
    }
}

const UNWRITTEN: Fault = Fault::Unsupported("writing this transfer syntax");
const UNREADABLE: Fault = Fault::Unsupported("a data set that cannot be written anew");

/// How frames are written.
#[derive(Debug)]
struct Recoder {
    depiction: Depiction,
    target: Syntax,
    frame_bytes: u64,
}

impl Recoder {
    /// Pixel Data, part by part; nothing where they are too large for an element.
    fn plan(&self, frames: u32) -> Option<Vec<Part>> {
        let mut writer = Writer::new(self.target != Syntax::ImplicitLe);
        let ends = if self.target.encapsulated() {
            writer.begin(Tag::PIXELS, Vr(*b"OB")).whole_item(&[]);
            Writer::explicit().end().take()
        } else {
            let size = self.frame_bytes * u64::from(frames);
            let length = u32::try_from(size + size % 2).ok().filter(|it| *it < u32::MAX)?;
            let wide = self.depiction.description.bits_allocated > 8;
            writer.head(Tag::PIXELS, Vr(if wide { *b"OW" } else { *b"OB" }), length);
            if size % 2 == 1 { vec![0] } else { vec![] }
        };
        let frame = if self.target.encapsulated() { Part::Fragment } else { Part::Native };
        let begins = Part::Bytes(writer.take());
        Some(std::iter::once(begins).chain((0..frames).map(frame)).chain([Part::Bytes(ends)]).collect())
    }
}

/// `parts` with `pixels` where Pixel Data stands.
fn spliced(parts: VecDeque<Part>, pixels: Vec<Part>) -> VecDeque<Part> {
    let mut pixels = Some(pixels);
    let place = |it: Part| match it {
        Part::Pixels => pixels.take().unwrap_or_default(),
        other => vec![other],
    };
    parts.into_iter().flat_map(place).collect()
}

/// An instance on its way into another syntax.
pub struct Transcoding {
    content: Content,
    recoder: Option<Recoder>,
    parts: VecDeque<Part>,
    deflater: Option<DeflateEncoder<Vec<u8>>>,
    deflated_bytes: usize,
}

impl Transcoding {
    /// The next bytes of the data set; nothing at its end. Where a later frame cannot be read or encoded this is an error: what
    /// was sent before must not be taken for the whole.
    ///
    /// # Errors
    /// As [`Content::read`]; `Internal` as said.
    pub fn piece(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let plain = self.plain()?;
            let Some(deflater) = &mut self.deflater else { return Ok(plain) };
            let Some(plain) = plain else {
                let Some(deflater) = self.deflater.take() else { return Ok(None) };
                let mut bytes = deflater.finish().map_err(Error::internal)?;
                // Its length is even (PS3.5 A.5).
                bytes.resize(bytes.len() + (self.deflated_bytes + bytes.len()) % 2, 0);
                return Ok(Some(bytes));
            };
            deflater.write_all(&plain).map_err(Error::internal)?;
            let bytes = std::mem::take(deflater.get_mut());
            self.deflated_bytes += bytes.len();
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
    }

    fn plain(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(part) = self.parts.pop_front() else { return Ok(None) };
        Ok(Some(match part {
            Part::Bytes(bytes) => bytes,
            Part::Value { at, number_bytes } => {
                // A multiple of every number's size.
                let next = at.start..at.end.min(at.start + PIECE_BYTES);
                if next.end < at.end {
                    self.parts.push_front(Part::Value { at: next.end..at.end, number_bytes });
                }
                let wanted = next.end - next.start;
                let mut bytes = self.content.value(next)?;
                if bytes.len() as u64 != wanted {
                    return Err(Error::internal("an instance is shorter than its row says"));
                }
                turn(&mut bytes, number_bytes);
                bytes
            }
            Part::Native(index) => self.frame(index)?.map_err(Error::internal)?,
            Part::Fragment(index) => {
                let bytes = self.frame(index)?.map_err(Error::internal)?;
                Writer::explicit().whole_item(&bytes).take()
            }
            Part::Pixels => Vec::new(),
        }))
    }

    fn frame(&mut self, index: u32) -> Result<std::result::Result<Vec<u8>, Fault>> {
        let Some(recoder) = &self.recoder else { return Ok(Err(UNDESCRIBED)) };
        let samples = self.content.samples(&recoder.depiction, index)?;
        Ok(samples.and_then(|it| pixels::encode(&it, recoder.target)))
    }

    /// Encodes the frames of a small object at once: then their table of offsets is known, and so is every fault.
    fn hold(mut self) -> Result<std::result::Result<Self, Fault>> {
        let frames = self.content.located.frames;
        let Some(recoder) = &self.recoder else { return Ok(Ok(self)) };
        if !recoder.target.encapsulated() || recoder.frame_bytes * u64::from(frames) > HELD_BYTES_MAX {
            return Ok(Ok(self));
        }
        let mut all = Vec::new();
        for index in 0..frames {
            match self.frame(index)? {
                Ok(bytes) => all.push(bytes),
                Err(fault) => return Ok(Err(fault)),
            }
        }
        let value = match pixels::encapsulation::encapsulate(&all) {
            Ok(value) => value,
            Err(fault) => return Ok(Err(fault)),
        };
        let element = Writer::explicit().begin(Tag::PIXELS, Vr(*b"OB")).raw(&value).take();
        let first = self.parts.iter().position(|it| matches!(it, Part::Fragment(_))).unwrap_or_default();
        // The bytes before the first and behind the last fragment are the element's own beginning and end.
        let own = first.saturating_sub(1)..first + frames as usize + 1;
        let behind = self.parts.split_off(own.end);
        self.parts.truncate(own.start);
        self.parts.push_back(Part::Bytes(element));
        self.parts.extend(behind);
        Ok(Ok(self))
    }
}
