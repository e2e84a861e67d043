//! A data set written anew in explicit little endian, which everybody reads (PS3.5 A.2): for clients that name no transfer
//! syntax. Native pixels only; encapsulated ones would have to be decoded. What is big is not held: it is told by place.

use std::ops::Range;

use kernel::Result;

use super::Content;
use crate::dataset::{self, Event, Scanner, Tag, Vr};

/// Read at a time.
const PIECE_BYTES: usize = 1024 * 1024;

/// A part of the data set, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A value of the stored data set (as [`Content::value`] counts), in numbers of so many bytes to be turned round.
    Value {
        /// Where it lies.
        at: Range<u64>,
        /// 1 where nothing is to be turned.
        number_bytes: usize,
    },
}

/// Whether [`Content::explicit`] can write a data set in `transfer_syntax`.
#[must_use]
pub fn can_be_explicit(transfer_syntax: &str) -> bool {
    ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"].contains(&transfer_syntax)
}

impl Content {
    /// The parts of this data set in explicit little endian; nothing where pixels are encapsulated.
    ///
    /// # Errors
    /// As [`Content::read`].
    pub fn explicit(&mut self) -> Result<Option<Vec<Piece>>> {
        let mut scanner = Scanner::new(self.transfer_syntax());
        let (mut writer, mut offset) = (Writer::default(), 0);
        while offset < self.size_bytes() {
            let piece = self.read(offset, PIECE_BYTES)?;
            offset += piece.len() as u64;
            if scanner.feed(&piece, &mut |event| writer.take(event)).is_err() || piece.is_empty() {
                return Ok(None);
            }
        }
        let ended = scanner.finish(&mut |event| writer.take(event)).is_ok();
        Ok((ended && !writer.encapsulated).then(|| writer.finish()))
    }

    /// Bytes of a [`Piece::Value`], turned round. `at` lies within it, and begins and ends with a number.
    ///
    /// # Errors
    /// As [`Content::value`].
    pub fn turned(&mut self, at: Range<u64>, number_bytes: usize) -> Result<Vec<u8>> {
        let mut bytes = self.value(at)?;
        turn(&mut bytes, number_bytes);
        Ok(bytes)
    }
}

fn turn(bytes: &mut [u8], number_bytes: usize) {
    if number_bytes > 1 {
        bytes.chunks_exact_mut(number_bytes).for_each(<[u8]>::reverse);
    }
}

#[derive(Default)]
struct Writer {
    big_endian: bool,
    signed: bool,
    encapsulated: bool,
    open: Option<dataset::Writer>,
    pieces: Vec<Piece>,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Begin(writing) => self.big_endian = writing.big_endian,
            // Lengths of groups count the bytes of the old writing; they are retired, and left out.
            Event::Value { tag: Tag(_, 0), .. } => (),
            Event::Value { tag, vr, bytes } => {
                if tag == Tag(0x0028, 0x0103) {
                    self.signed = bytes.contains(&1);
                }
                let vr = self.settled(tag, vr);
                let mut bytes = bytes.to_vec();
                turn(&mut bytes, self.number_bytes(vr));
                self.open().element(tag, vr, &bytes);
            }
            Event::Bulk { tag, vr, offset, length } => {
                let vr = self.settled(tag, vr);
                let number_bytes = self.number_bytes(vr);
                self.open().head(tag, vr, length);
                self.close();
                self.pieces.push(Piece::Value { at: offset..offset + u64::from(length), number_bytes });
            }
            Event::Sequence(_, vr) if vr != Vr::SQ => self.encapsulated = true,
            other => {
                self.open().event(&other);
            }
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.close();
        self.pieces
    }

    fn open(&mut self) -> &mut dataset::Writer {
        self.open.get_or_insert_with(dataset::Writer::explicit)
    }

    fn close(&mut self) {
        if let Some(mut open) = self.open.take() {
            self.pieces.push(Piece::Bytes(open.take()));
        }
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

    fn number_bytes(&self, vr: Vr) -> usize {
        match &vr.0 {
            _ if !self.big_endian => 1,
            b"US" | b"SS" | b"OW" | b"AT" => 2,
            b"UL" | b"SL" | b"FL" | b"OL" | b"OF" => 4,
            b"UV" | b"SV" | b"FD" | b"OD" | b"OV" => 8,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `data_set` says, event by event, in a form that does not depend on how it is written.
    fn said(data_set: &[u8], syntax: &str) -> Vec<String> {
        let (mut scanner, mut all, mut big) = (Scanner::new(syntax), Vec::new(), false);
        let mut tell = |event: Event<'_>| match event {
            Event::Begin(writing) => big = writing.big_endian,
            Event::Value { tag: Tag(_, 0), .. } => (),
            Event::Value { tag, vr, bytes } => {
                let mut bytes = bytes.to_vec();
                turn(&mut bytes, Writer { big_endian: big, ..Writer::default() }.number_bytes(vr));
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
        let (mut scanner, mut writer) = (Scanner::new(syntax), Writer::default());
        scanner.feed(data_set, &mut |event| writer.take(event)).expect("good");
        scanner.finish(&mut |event| writer.take(event)).expect("whole");
        if writer.encapsulated {
            return None;
        }
        let mut out = Vec::new();
        for piece in writer.finish() {
            match piece {
                Piece::Bytes(bytes) => out.extend(bytes),
                Piece::Value { at, number_bytes } => {
                    let mut bytes = data_set
                        [usize::try_from(at.start).expect("small")..usize::try_from(at.end).expect("small")]
                        .to_vec();
                    turn(&mut bytes, number_bytes);
                    out.extend(bytes);
                }
            }
        }
        Some(out)
    }

    const EXPLICIT: &str = "1.2.840.10008.1.2.1";

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
        assert!(!can_be_explicit("1.2.840.10008.1.2.4.70") && can_be_explicit("1.2.840.10008.1.2"));
    }
}
