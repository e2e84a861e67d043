//! A data set written anew in little endian: numbers turned round where they were not, values changed where they must be,
//! and a gap left for pixels. What is big is not held: it is told by place.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::dataset::{Event, Tag, Vr, Writer};

/// What elements say in the new data set; `None` where they are left out.
pub(super) type Changes = BTreeMap<Tag, Option<(Vr, Vec<u8>)>>;

/// A part of the new data set, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A value of the stored data set (as [`super::Content::value`] counts), in numbers of so many bytes to be turned round: 1 where
    /// nothing is to be turned.
    Value { at: Range<u64>, number_bytes: usize },
    /// Pixel Data: the whole element.
    Pixels,
    /// This frame, native.
    Native(u32),
    /// This frame as one fragment.
    Fragment(u32),
}

/// Writes what a scanner meets in little endian.
pub(super) struct Rewriter {
    writer: Writer,
    /// Pixel Data are left to a [`Recoder`].
    anew: bool,
    changed: Changes,
    big_endian: bool,
    signed: bool,
    /// Bytes of one sample, as far as that is known.
    sample_bytes: usize,
    /// Sequences that are open.
    depth: usize,
    /// Where a sequence is passed over: its own depth.
    passing: Option<usize>,
    /// Something was met that cannot be written.
    unfit: bool,
    parts: VecDeque<Part>,
}

impl Rewriter {
    pub(super) fn new(explicit: bool, anew: bool, changed: Changes) -> Self {
        Self {
            writer: Writer::new(explicit),
            anew,
            changed,
            big_endian: false,
            signed: false,
            sample_bytes: 0,
            depth: 0,
            passing: None,
            unfit: false,
            parts: VecDeque::new(),
        }
    }

    pub(super) fn take(&mut self, event: Event<'_>) {
        let depth = self.depth;
        match event {
            Event::Sequence(..) => self.depth += 1,
            Event::SequenceEnd => self.depth = self.depth.saturating_sub(1),
            _ => (),
        }
        if let Some(at) = self.passing {
            if self.depth < at {
                self.passing = None;
            }
            return;
        }
        if let (0, Event::Value { tag, .. } | Event::Bulk { tag, .. } | Event::Sequence(tag, _)) = (depth, &event)
            && !self.own(*tag)
        {
            if matches!(event, Event::Sequence(..)) {
                self.passing = Some(self.depth);
            }
            return;
        }
        match event {
            Event::Begin(writing) => self.big_endian = writing.big_endian,
            // Lengths of groups count the bytes of the old writing; they are retired, and left out.
            Event::Value { tag: Tag(_, 0), .. } => (),
            Event::Value { tag, vr, bytes } => {
                if tag == Tag(0x0028, 0x0103) {
                    self.signed = bytes.contains(&1);
                }
                let vr = self.settled(tag, vr);
                let number_bytes = self.number_bytes(tag, vr);
                let mut bytes = bytes.to_vec();
                turn(&mut bytes, number_bytes);
                if tag == Tag(0x0028, 0x0100) && depth == 0 {
                    self.sample_bytes = bytes.first().map_or(0, |it| usize::from(*it) / 8);
                }
                self.writer.element(tag, vr, &bytes);
            }
            Event::Bulk { tag, vr, offset, length } => {
                let vr = self.settled(tag, vr);
                let number_bytes = self.number_bytes(tag, vr);
                self.writer.head(tag, vr, length);
                self.put(Part::Value { at: offset..offset + u64::from(length), number_bytes });
            }
            // Compressed pixels that nobody decodes here: those of an icon deeper down.
            Event::Sequence(_, vr) if vr != Vr::SQ => self.unfit = true,
            other => {
                self.writer.event(&other);
            }
        }
    }

    /// Whether the element at the top that is met next is written as it is. Before it comes whatever was to stand before.
    fn own(&mut self, tag: Tag) -> bool {
        /// A small picture beside, compressed in the old way: it is optional, and made of the large one.
        const ICON: Tag = Tag(0x0088, 0x0200);
        while let Some(entry) = self.changed.first_entry().filter(|it| *it.key() < tag) {
            if let (tag, Some((vr, value))) = entry.remove_entry() {
                self.writer.element(tag, vr, &value);
            }
        }
        if let Some(value) = self.changed.remove(&tag) {
            if let Some((vr, value)) = value {
                self.writer.element(tag, vr, &value);
            }
            return false;
        }
        if self.anew && tag == Tag::PIXELS {
            self.put(Part::Pixels);
        }
        !(self.anew && [ICON, Tag::PIXELS].contains(&tag))
    }

    /// The parts; nothing where something could not be written.
    pub(super) fn finish(mut self) -> Option<VecDeque<Part>> {
        let bytes = self.writer.take();
        self.parts.push_back(Part::Bytes(bytes));
        (!self.unfit).then_some(self.parts)
    }

    fn put(&mut self, part: Part) {
        let bytes = self.writer.take();
        self.parts.push_back(Part::Bytes(bytes));
        self.parts.push_back(part);
    }

    /// The representation where the dictionary leaves two (PS3.5 A.1, PS3.3 C.7.6.3.1): by the sign of the pixels.
    fn settled(&self, tag: Tag, vr: Vr) -> Vr {
        const BY_SIGN: [Tag; 8] = [
            Tag(0x0028, 0x0106),
            Tag(0x0028, 0x0107),
            Tag(0x0028, 0x0108),
            Tag(0x0028, 0x0109),
            Tag(0x0028, 0x0110),
            Tag(0x0028, 0x0111),
            Tag(0x0028, 0x0120),
            Tag(0x0028, 0x0121),
        ];
        if self.signed && vr == Vr(*b"US") && BY_SIGN.contains(&tag) { Vr(*b"SS") } else { vr }
    }

    fn number_bytes(&self, tag: Tag, vr: Vr) -> usize {
        match &vr.0 {
            _ if !self.big_endian => 1,
            // Doses have samples of 32 bits, which are turned round as a whole, though the representation speaks of words.
            b"OW" if tag == Tag::PIXELS && self.depth == 0 && self.sample_bytes > 2 => self.sample_bytes,
            b"US" | b"SS" | b"OW" | b"AT" => 2,
            b"UL" | b"SL" | b"FL" | b"OL" | b"OF" => 4,
            b"UV" | b"SV" | b"FD" | b"OD" | b"OV" => 8,
            _ => 1,
        }
    }
}

pub(super) fn turn(bytes: &mut [u8], number_bytes: usize) {
    if number_bytes > 1 {
        bytes.chunks_exact_mut(number_bytes).for_each(<[u8]>::reverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Scanner;

    /// What `data_set` says, event by event, in a form that does not depend on how it is written.
    fn said(data_set: &[u8], syntax: &str) -> Vec<String> {
        let (mut scanner, mut all, mut big) = (Scanner::new(syntax), Vec::new(), false);
        let mut tell = |event: Event<'_>| match event {
            Event::Begin(writing) => big = writing.big_endian,
            Event::Value { tag: Tag(_, 0), .. } => (),
            Event::Value { tag, vr, bytes } => {
                let mut bytes = bytes.to_vec();
                let mut rewriter = Rewriter::new(true, false, BTreeMap::new());
                rewriter.big_endian = big;
                turn(&mut bytes, rewriter.number_bytes(tag, vr));
                all.push(format!("{tag:?} {vr:?} {bytes:02x?}"));
            }
            other => all.push(match other {
                Event::Bulk { tag, vr, length, .. } => format!("{tag:?} {vr:?} {length} bytes"),
                other => format!("{other:?}"),
            }),
        };
        scanner.feed(data_set, &mut tell).expect("good");
        scanner.finish(&mut tell).expect("whole");
        all
    }

    fn rewritten(data_set: &[u8], syntax: &str) -> Option<Vec<u8>> {
        let (mut scanner, mut rewriter) = (Scanner::new(syntax), Rewriter::new(true, false, BTreeMap::new()));
        scanner.feed(data_set, &mut |event| rewriter.take(event)).expect("good");
        scanner.finish(&mut |event| rewriter.take(event)).expect("whole");
        let mut out = Vec::new();
        for part in rewriter.finish()? {
            match part {
                Part::Bytes(bytes) => out.extend(bytes),
                Part::Value { at, number_bytes } => {
                    let place = |it: u64| usize::try_from(it).expect("small");
                    let mut bytes = data_set[place(at.start)..place(at.end)].to_vec();
                    turn(&mut bytes, number_bytes);
                    out.extend(bytes);
                }
                other => panic!("{other:?}"),
            }
        }
        Some(out)
    }

    const EXPLICIT: &str = "1.2.840.10008.1.2.1";

    #[test]
    fn samples_of_32_bits_are_turned_round_as_a_whole() {
        for (bits, expected) in [(16, [2, 1, 4, 3]), (32, [4, 3, 2, 1])] {
            let head = [0x00, 0x28, 0x01, 0x00, b'U', b'S', 0, 2, 0, bits];
            let pixels = [0x7F, 0xE0, 0x00, 0x10, b'O', b'W', 0, 0, 0, 0, 0, 4, 1, 2, 3, 4];
            let out = rewritten(&[&head[..], &pixels].concat(), "1.2.840.10008.1.2.2").expect("rewritten");
            assert!(out.ends_with(&expected), "{bits}: {out:02x?}");
        }
    }

    #[test]
    fn implicit_data_sets_say_the_same_in_explicit_ones() {
        let element = |tag: Tag, value: &[u8]| {
            let mut out = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
            out.extend(u32::try_from(value.len()).expect("short").to_le_bytes());
            out.extend(value);
            out
        };
        let item = |inside: &[u8]| {
            [&[0xFE, 0xFF, 0x00, 0xE0][..], &u32::try_from(inside.len()).expect("short").to_le_bytes(), inside].concat()
        };
        let all = [
            element(Tag(0x0008, 0x0000), &[4, 0, 0, 0]),
            element(Tag(0x0008, 0x0060), b"CT"),
            element(Tag(0x0008, 0x1140), &item(&element(Tag(0x0008, 0x1155), b"1.2\0"))),
            element(Tag(0x0009, 0x1001), b"secret"),
            element(Tag(0x0028, 0x0103), &[1, 0]),
            element(Tag(0x0028, 0x0120), &[0x30, 0xF8]),
            element(Tag::PIXELS, &[1, 2, 3, 4]),
        ]
        .concat();
        let written = rewritten(&all, "1.2.840.10008.1.2").expect("native");
        let told = said(&written, EXPLICIT);
        assert!(told.contains(&"(0028,0120) SS [30, f8]".to_owned()), "{told:?}");
        let expected: Vec<_> =
            said(&all, "1.2.840.10008.1.2").iter().map(|it| it.replace("(0028,0120) US", "(0028,0120) SS")).collect();
        assert_eq!(told, expected);
        assert!(written.ends_with(&[1, 2, 3, 4]));
        assert_eq!(rewritten(&written, EXPLICIT).as_deref(), Some(&written[..]), "written once, it stays as it is");
    }

    #[test]
    fn numbers_of_big_endian_data_sets_are_turned_round() {
        let all = [
            &[0x00, 0x28, 0x00, 0x10, b'U', b'S', 0, 2, 0x02, 0x00][..],
            &[0x00, 0x18, 0x90, 0x87, b'F', b'D', 0, 8, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0],
            &[0x7F, 0xE0, 0x00, 0x10, b'O', b'W', 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
        ]
        .concat();
        let written = rewritten(&all, "1.2.840.10008.1.2.2").expect("native");
        assert_eq!(
            said(&written, EXPLICIT)[..2],
            ["(0028,0010) US [00, 02]", "(0018,9087) FD [00, 00, 00, 00, 00, 00, f8, 3f]"]
        );
        assert!(written.ends_with(&[2, 1, 4, 3]));
    }

    #[test]
    fn encapsulated_pixels_are_not_written_anew() {
        let all = [
            &[0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..],
            &[0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0],
            &[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0],
        ]
        .concat();
        assert_eq!(rewritten(&all, "1.2.840.10008.1.2.4.70"), None);
    }

    #[test]
    fn what_is_changed_stands_in_its_place_and_an_icon_goes() {
        let all = Writer::explicit()
            .text(Tag(0x0028, 0x0004), Vr(*b"CS"), "YBR_FULL_422")
            .number(Tag(0x0028, 0x0010), 1)
            .begin(Tag(0x0088, 0x0200), Vr::SQ)
            .item()
            .begin(Tag::PIXELS, Vr(*b"OB"))
            .whole_item(&[])
            .whole_item(&[1, 2])
            .end()
            .item_end()
            .end()
            .element(Tag(0x7FE0, 0x0001), Vr(*b"OV"), &[0; 8])
            .begin(Tag::PIXELS, Vr(*b"OB"))
            .whole_item(&[])
            .whole_item(&[1, 2])
            .end()
            .element(Tag(0xFFFC, 0xFFFC), Vr(*b"OB"), &[0, 0])
            .take();
        let changed = BTreeMap::from([
            (Tag(0x0028, 0x0004), Some((Vr(*b"CS"), b"RGB".to_vec()))),
            (Tag(0x0028, 0x2110), Some((Vr(*b"CS"), b"01".to_vec()))),
            (Tag(0x7FE0, 0x0001), None),
        ]);
        let (mut scanner, mut rewriter) = (Scanner::new("1.2.840.10008.1.2.4.50"), Rewriter::new(true, true, changed));
        scanner.feed(&all, &mut |event| rewriter.take(event)).expect("good");
        scanner.finish(&mut |event| rewriter.take(event)).expect("whole");
        let parts: Vec<_> = rewriter.finish().expect("it can be written").into();
        let before = Writer::explicit()
            .text(Tag(0x0028, 0x0004), Vr(*b"CS"), "RGB")
            .number(Tag(0x0028, 0x0010), 1)
            .text(Tag(0x0028, 0x2110), Vr(*b"CS"), "01")
            .take();
        let behind = Writer::explicit().element(Tag(0xFFFC, 0xFFFC), Vr(*b"OB"), &[0, 0]).take();
        assert_eq!(parts, [Part::Bytes(before), Part::Pixels, Part::Bytes(behind)]);
    }
}
