//! How the pixels of an instance are written, and how its device would have them shown: what its data set says before
//! them. From this a frame is decoded, and drawn in eight bits for a screen.

use std::ops::Range;

use kernel::{Error, Result};
use pixels::render::{Look, Table};
use pixels::{Description, Interpretation, Samples, Syntax};

pub use pixels::Fault;
pub use pixels::render::{Curve, Picture, Window};

use super::Content;
use crate::dataset::{Event, Scanner, Tag, Vr};
use crate::instance::Pixels;

/// Read at a time; most data sets have their pixels within the first.
const PIECE_BYTES: usize = 64 * 1024;
/// Longest table of colours or of brightness: 65,536 entries of two bytes.
const TABLE_BYTES_MAX: u32 = 128 * 1024;
/// What holds for all frames of an enhanced object, and for each.
const GROUPS: [Tag; 2] = [Tag(0x5200, 0x9229), Tag(0x5200, 0x9230)];

/// What is needed to decode a frame and to make a picture of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Depiction {
    /// How samples are written.
    pub(super) description: Description,
    /// Samples of eight bits lie in words of two bytes, as old big-endian data sets have them (PS3.5 8.1.1).
    words: bool,
    look: Look,
}

impl Content {
    /// Frame `index` (from 0) in eight bits for a screen, by `window` or as the device would have it; and how many bytes its
    /// samples take. A fault is the answer for what is no picture, and for one that cannot be read here.
    ///
    /// # Errors
    /// As [`Content::value`].
    pub fn picture(&mut self, index: u32, window: Option<Window>) -> Result<Result<(Picture, usize), Fault>> {
        let Some(mut depiction) = self.depiction(index)? else { return Ok(Err(UNDESCRIBED)) };
        depiction.look.window = window.or(depiction.look.window);
        let samples = self.samples(&depiction, index)?;
        let draw = |it: Samples| Ok((pixels::render::render(&it, &depiction.look)?, it.bytes.len()));
        Ok(samples.and_then(draw))
    }

    /// The samples of a frame.
    pub(super) fn samples(&mut self, it: &Depiction, index: u32) -> Result<Result<Samples, Fault>> {
        let Some(syntax) = Syntax::from_uid(self.transfer_syntax()) else {
            return Ok(Err(Fault::Unsupported("this transfer syntax")));
        };
        let Some(bytes) = self.bare(it, index)? else { return Ok(Err(Fault::Truncated)) };
        Ok(pixels::decode(&bytes, syntax, &it.description))
    }

    /// The bytes of a frame as a codec takes them. Native ones are found by what the data set says of its pixels, since
    /// halved colours and single bits make frames that no row of ours knows the size of.
    fn bare(&mut self, depiction: &Depiction, index: u32) -> Result<Option<Vec<u8>>> {
        let Some(Pixels::Native { at, .. }) = self.located.pixels.clone() else { return self.frame(index) };
        let it = &depiction.description;
        if it.check().is_err() || index >= it.frames {
            return Ok(None);
        }
        let bits = if it.bits_allocated == 1 { it.samples() as u64 } else { it.frame_bytes() as u64 * 8 };
        let from = bits * u64::from(index);
        // From the word in which it begins to the one in which it ends.
        let begin = from / 16 * 2;
        let end = (from + bits).div_ceil(16) * 2;
        let mut value = self.value(at.start + begin..at.end.min(at.start + end))?;
        if depiction.words {
            pixels::swap_words(&mut value);
        }
        let skipped = usize::try_from(from - begin * 8).map_err(Error::internal)?;
        if it.bits_allocated > 1 {
            return Ok(value.get(skipped / 8..skipped / 8 + it.frame_bytes()).map(<[u8]>::to_vec));
        }
        let bit = |at: usize| value.get(at / 8).map(|it| it >> (at % 8) & 1);
        let mut frame = vec![0_u8; it.frame_bytes()];
        for at in 0..it.samples() {
            let Some(bit) = bit(skipped + at) else { return Ok(None) };
            frame[at / 8] |= bit << (at % 8);
        }
        Ok(Some(frame))
    }

    /// Reads how its pixels are written and to be shown; nothing for what is no picture, or one that cannot be described.
    pub(super) fn depiction(&mut self, index: u32) -> Result<Option<Depiction>> {
        let mut scanner = Scanner::new(self.transfer_syntax());
        let mut gathered = Gathered { wanted: index, ..Gathered::default() };
        let mut offset = 0;
        while !gathered.ended && offset < self.size_bytes() {
            let piece = self.read(offset, PIECE_BYTES)?;
            offset += piece.len() as u64;
            // It was read through when it came; what is broken behind the pixels does not matter here.
            if scanner.feed(&piece, &mut |event| gathered.take(event)).is_err() || piece.is_empty() {
                break;
            }
        }
        for table in gathered.tables() {
            if let Some(at) = table.elsewhere.take() {
                table.data = self.value(at)?;
            }
        }
        Ok(gathered.depiction(self.located.frames))
    }
}

/// An instance whose pixels cannot be described.
pub(super) const UNDESCRIBED: Fault = Fault::Unsupported("pixels that the data set does not describe");

/// What has been met so far.
#[derive(Default)]
struct Gathered {
    big_endian: bool,
    /// The frame whose own group counts.
    wanted: u32,
    /// Sequences that are open, each with the number of its items so far.
    path: Vec<(Tag, u32)>,
    numbers: Numbers,
    interpretation: Option<Interpretation>,
    slope: Option<f64>,
    intercept: Option<f64>,
    center: Option<f64>,
    width: Option<f64>,
    curve: Option<Curve>,
    padding: Option<[u8; 2]>,
    padding_end: Option<[u8; 2]>,
    inverted: bool,
    modality: RawTable,
    voi: RawTable,
    palette: [RawTable; 3],
    words: bool,
    /// The pixels begin.
    ended: bool,
}

#[derive(Default)]
struct Numbers {
    rows: Option<u16>,
    columns: Option<u16>,
    samples: Option<u16>,
    allocated: Option<u16>,
    stored: Option<u16>,
    high: Option<u16>,
    signed: bool,
    planar: bool,
}

#[derive(Default)]
struct RawTable {
    descriptor: Vec<u8>,
    data: Vec<u8>,
    /// Where the data lie when they are too long to be handed over.
    elsewhere: Option<Range<u64>>,
}

impl Gathered {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Begin(writing) => self.big_endian = writing.big_endian,
            Event::Sequence(Tag::PIXELS, _) if self.path.is_empty() => self.ended = true,
            Event::Bulk { tag: Tag::PIXELS, vr, .. } if self.path.is_empty() => {
                self.words = self.big_endian && vr == Vr(*b"OW") && self.numbers.allocated.is_some_and(|it| it <= 8);
                self.ended = true;
            }
            Event::Sequence(tag, _) => self.path.push((tag, 0)),
            Event::SequenceEnd => {
                self.path.pop();
            }
            Event::Item => {
                if let Some(it) = self.path.last_mut() {
                    it.1 += 1;
                }
            }
            Event::Value { tag, bytes, .. } if !self.ended && self.is_own() => self.value(tag, bytes),
            Event::Bulk { tag, offset, length, .. } if !self.ended && self.is_own() && length <= TABLE_BYTES_MAX => {
                if let Some(table) = self.table_of(tag).filter(|it| it.data.is_empty() && it.elsewhere.is_none()) {
                    table.elsewhere = Some(offset..offset + u64::from(length));
                }
            }
            _ => (),
        }
    }

    /// Whether what is met speaks of the wanted frame: at the top, in one of the tables there, or in the groups of enhanced
    /// objects that hold for it. An icon or a reference to another image speaks of something else.
    fn is_own(&self) -> bool {
        match self.path.first() {
            None => true,
            Some((tag, item)) if *tag == GROUPS[1] => *item == self.wanted + 1,
            Some((tag, _)) => *tag == GROUPS[0] || (self.path.len() == 1 && (tag.0, tag.1 & !0x10) == (0x0028, 0x3000)),
        }
    }

    /// The table whose data are the value of `tag` here.
    fn table_of(&mut self, tag: Tag) -> Option<&mut RawTable> {
        match (tag, self.path.last().map(|it| it.0)) {
            (Tag(0x0028, 0x3002 | 0x3006), Some(Tag(0x0028, 0x3000))) => Some(&mut self.modality),
            (Tag(0x0028, 0x3002 | 0x3006), Some(Tag(0x0028, 0x3010))) => Some(&mut self.voi),
            (Tag(0x0028, at @ (0x1101..=0x1103 | 0x1201..=0x1203)), None) => {
                self.palette.get_mut(usize::from((at & 0xFF) - 1))
            }
            _ => None,
        }
    }

    fn tables(&mut self) -> impl Iterator<Item = &mut RawTable> {
        [&mut self.modality, &mut self.voi].into_iter().chain(&mut self.palette)
    }

    fn value(&mut self, tag: Tag, bytes: &[u8]) {
        let two = bytes.get(..2).and_then(|it| <[u8; 2]>::try_from(it).ok());
        let number = two.map(|it| self.two(it));
        let text = || String::from_utf8_lossy(bytes).trim_matches([' ', '\0']).to_owned();
        // The first of several windows is the device's own choice.
        let decimal =
            || text().split('\\').next().and_then(|it| it.trim().parse::<f64>().ok()).filter(|it| it.is_finite());
        match (tag.0, tag.1) {
            // Enhanced objects say these in their functional groups.
            (0x0028, 0x1050) => self.center = self.center.or_else(decimal),
            (0x0028, 0x1051) => self.width = self.width.or_else(decimal),
            (0x0028, 0x1052) => self.intercept = self.intercept.or_else(decimal),
            (0x0028, 0x1053) => self.slope = self.slope.or_else(decimal),
            (0x0028, 0x1056) => self.curve = self.curve.or_else(|| Curve::from_term(&text())),
            _ => {
                if let Some(table) = self.table_of(tag) {
                    let part =
                        if matches!(tag.1, 0x3002 | 0x1101..=0x1103) { &mut table.descriptor } else { &mut table.data };
                    if part.is_empty() {
                        *part = bytes.to_vec();
                    }
                }
            }
        }
        if !self.path.is_empty() {
            return;
        }
        match (tag.0, tag.1) {
            (0x0028, 0x0002) => self.numbers.samples = number,
            (0x0028, 0x0004) => self.interpretation = Interpretation::from_term(&text()),
            (0x0028, 0x0006) => self.numbers.planar = number == Some(1),
            (0x0028, 0x0010) => self.numbers.rows = number,
            (0x0028, 0x0011) => self.numbers.columns = number,
            (0x0028, 0x0100) => self.numbers.allocated = number,
            (0x0028, 0x0101) => self.numbers.stored = number,
            (0x0028, 0x0102) => self.numbers.high = number,
            (0x0028, 0x0103) => self.numbers.signed = number == Some(1),
            (0x0028, 0x0120) => self.padding = two,
            (0x0028, 0x0121) => self.padding_end = two,
            (0x2050, 0x0020) => self.inverted = text() == "INVERSE",
            _ => (),
        }
    }

    fn two(&self, bytes: [u8; 2]) -> u16 {
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn depiction(self, frames: u32) -> Option<Depiction> {
        let it = &self.numbers;
        let small = |it: Option<u16>| it.and_then(|it| u8::try_from(it).ok());
        let allocated = small(it.allocated)?;
        let stored = small(it.stored).unwrap_or(allocated);
        let description = Description {
            rows: it.rows?,
            columns: it.columns?,
            samples_per_pixel: small(it.samples).unwrap_or(1),
            bits_allocated: allocated,
            bits_stored: stored,
            high_bit: small(it.high).unwrap_or(stored.saturating_sub(1)),
            signed: it.signed,
            planar: it.planar,
            interpretation: self.interpretation?,
            frames,
        };
        let [red, green, blue] = [0, 1, 2].map(|at| self.table(&self.palette[at]));
        let window = self.center.zip(self.width).filter(|it| it.1 >= 1.0 || self.curve == Some(Curve::LinearExact));
        let padding = self.padding.map(|it| self.wide(self.two(it)));
        let look = Look {
            rescale: self.slope.filter(|it| *it != 0.0).map(|it| (it, self.intercept.unwrap_or(0.0))),
            modality: self.table(&self.modality),
            window: window.map(|(center, width)| Window { center, width, curve: self.curve.unwrap_or(Curve::Linear) }),
            voi: self.table(&self.voi),
            padding: padding.map(|it| (it, self.padding_end.map_or(it, |end| self.wide(self.two(end))))),
            inverted: self.inverted,
            palette: red.zip(green).zip(blue).map(|((red, green), blue)| [red, green, blue]),
        };
        Some(Depiction { description, words: self.words, look })
    }

    /// A sample's value by its sign.
    fn wide(&self, value: u16) -> i32 {
        if self.numbers.signed { i32::from(value.cast_signed()) } else { i32::from(value) }
    }

    /// A lookup table of entries, first value and bits (PS3.3 C.11.1.1.1); nothing when it is cut short.
    fn table(&self, raw: &RawTable) -> Option<Table> {
        let part = |at: usize| Some(self.two(raw.descriptor.get(at * 2..at * 2 + 2)?.try_into().ok()?));
        let count = match part(0)? {
            0 => 1 << 16,
            it => usize::from(it),
        };
        let (first, bits) = (self.wide(part(1)?), u8::try_from(part(2)?).ok()?);
        let entries: Vec<u16> = if raw.data.len() >= count * 2 {
            raw.data.as_chunks::<2>().0.iter().take(count).map(|it| self.two(*it)).collect()
        } else {
            raw.data.iter().take(count).map(|it| u16::from(*it)).collect()
        };
        (entries.len() == count && (8..=16).contains(&bits)).then_some(Table { first, bits, entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Vr;

    fn value(tag: Tag, bytes: &[u8]) -> Event<'_> {
        Event::Value { tag, vr: Vr::of(tag), bytes }
    }

    fn slice() -> Vec<Event<'static>> {
        vec![
            value(Tag(0x0028, 0x0004), b"MONOCHROME2 "),
            value(Tag(0x0028, 0x0010), &[0, 2]),
            value(Tag(0x0028, 0x0011), &[0, 1]),
            value(Tag(0x0028, 0x0100), &[16, 0]),
            value(Tag(0x0028, 0x0101), &[12, 0]),
            value(Tag(0x0028, 0x0103), &[1, 0]),
        ]
    }

    fn depicted(more: &[Event<'static>], wanted: u32) -> Option<Depiction> {
        let mut gathered = Gathered { wanted, ..Gathered::default() };
        slice().iter().chain(more).for_each(|it| gathered.take(*it));
        gathered.depiction(3)
    }

    #[test]
    fn a_slice_says_how_it_is_shown() {
        let it = depicted(
            &[
                value(Tag(0x0028, 0x0120), &[0x30, 0xF8]),
                value(Tag(0x0028, 0x1050), b"400\\40"),
                value(Tag(0x0028, 0x1051), b"2000\\400"),
                value(Tag(0x0028, 0x1052), b"-1024 "),
                value(Tag(0x0028, 0x1053), b"1"),
            ],
            0,
        )
        .expect("a picture");
        let own = it.description;
        assert_eq!((own.rows, own.columns, own.high_bit, own.frames), (512, 256, 11, 3));
        assert_eq!(it.look.rescale, Some((1.0, -1024.0)));
        assert_eq!(it.look.window, Some(Window { center: 400.0, width: 2000.0, curve: Curve::Linear }));
        assert_eq!(it.look.padding, Some((-2000, -2000)));
    }

    #[test]
    fn each_frame_of_an_enhanced_object_has_its_own_group_and_an_icon_says_nothing() {
        let open = |tag| [Event::Sequence(tag, Vr::SQ), Event::Item];
        let close = [Event::ItemEnd, Event::SequenceEnd];
        let slope = |it| [&open(Tag(0x0028, 0x9145))[..], &[value(Tag(0x0028, 0x1053), it)], &close].concat();
        let icon = [&open(Tag(0x0088, 0x0200))[..], &[value(Tag(0x0028, 0x1053), b"9")], &close].concat();
        let each = [
            vec![Event::Sequence(GROUPS[1], Vr::SQ), Event::Item],
            slope(b"2"),
            vec![Event::ItemEnd, Event::Item],
            slope(b"3"),
            close.to_vec(),
        ];
        let all = [icon.clone(), each.concat()].concat();
        for (frame, expected) in [(0, Some((2.0, 0.0))), (1, Some((3.0, 0.0))), (2, None)] {
            assert_eq!(depicted(&all, frame).expect("a picture").look.rescale, expected, "frame {frame}");
        }
        let shared = [&open(GROUPS[0])[..], &slope(b"4"), &close].concat();
        assert_eq!(depicted(&[shared, icon].concat(), 2).expect("a picture").look.rescale, Some((4.0, 0.0)));
    }

    #[test]
    fn tables_are_read_and_cut_ones_left_out() {
        let voi = |data: &'static [u8]| {
            let items = [Event::Sequence(Tag(0x0028, 0x3010), Vr::SQ), Event::Item];
            let table = [value(Tag(0x0028, 0x3002), &[2, 0, 0xFF, 0xFF, 16, 0]), value(Tag(0x0028, 0x3006), data)];
            depicted(&[&items[..], &table].concat(), 0).expect("a picture").look.voi
        };
        assert_eq!(voi(&[1, 0, 0, 1]), Some(Table { first: -1, bits: 16, entries: vec![1, 256] }));
        assert_eq!(voi(&[1]), None);
        let long = Event::Bulk { tag: Tag(0x0028, 0x1202), vr: Vr(*b"OW"), offset: 70, length: 8192 };
        let mut gathered = Gathered::default();
        gathered.take(long);
        assert_eq!(gathered.tables().map(|it| it.elsewhere.clone()).collect::<Vec<_>>()[3], Some(70..8262));
    }

    #[test]
    fn what_is_no_picture_is_not_shown() {
        assert_eq!(Gathered::default().depiction(1), None);
        assert_eq!(depicted(&[value(Tag(0x0028, 0x0004), b"HSV ")], 0), None);
    }
}
