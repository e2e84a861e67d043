//! Width and height from the headers of pictures. Every read is bounded; nothing is decoded.

use super::FileKind;

/// Size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Pixels {
    /// All pixels.
    #[must_use]
    pub fn count(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Boxes of a HEIC file that are looked at; a phone's photograph has a few dozen.
const BOXES_MAX: usize = 4096;

/// The size, if the header can be read and is not empty.
pub(super) fn pixels(kind: FileKind, bytes: &[u8]) -> Option<Pixels> {
    let found = match kind {
        FileKind::Jpeg => jpeg(bytes),
        FileKind::Png => png(bytes),
        FileKind::Webp => webp(bytes),
        FileKind::Heic => heic(bytes),
        FileKind::Pdf => None,
    };
    found.filter(|it| it.width > 0 && it.height > 0)
}

/// Whether one of the brands in front is HEIC's. (`mif1` alone may be another codec.)
pub(super) fn is_heic(bytes: &[u8]) -> bool {
    let Some(first) = next_box(bytes) else { return false };
    first.kind == *b"ftyp" && first.body.chunks_exact(4).any(|it| matches!(it, b"heic" | b"heix" | b"heim" | b"heis"))
}

/// ITU-T T.81, B.2.2: segments up to the frame header.
fn jpeg(bytes: &[u8]) -> Option<Pixels> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            // Fill byte before a marker.
            0xff => at += 1,
            // Frame headers; the three left out are tables and an extension that use the same range.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some(Pixels { height: be16(bytes, at + 5)?, width: be16(bytes, at + 7)? });
            }
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => at += 2,
            // The picture itself, or its end, before any frame header.
            0xd9 | 0xda => return None,
            _ => at += 2 + be16(bytes, at + 2).filter(|it| *it >= 2)? as usize,
        }
    }
}

/// ISO/IEC 15948: the first chunk is the header.
fn png(bytes: &[u8]) -> Option<Pixels> {
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    Some(Pixels { width: be32(bytes, 16)?, height: be32(bytes, 20)? })
}

/// RFC 9649: three kinds of first chunk.
fn webp(bytes: &[u8]) -> Option<Pixels> {
    let le = |at: usize, count: usize| {
        bytes.get(at..at + count).map(|it| it.iter().rev().fold(0_u32, |sum, it| (sum << 8) | u32::from(*it)))
    };
    match bytes.get(12..16)? {
        b"VP8X" => Some(Pixels { width: le(24, 3)? + 1, height: le(27, 3)? + 1 }),
        b"VP8 " if bytes.get(23..26)? == [0x9d, 0x01, 0x2a] => {
            Some(Pixels { width: le(26, 2)? & 0x3fff, height: le(28, 2)? & 0x3fff })
        }
        b"VP8L" if *bytes.get(20)? == 0x2f => {
            let bits = le(21, 4)?;
            Some(Pixels { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 })
        }
        _ => None,
    }
}

/// ISO/IEC 23008-12: the largest `ispe` property (a photograph is made of tiles that have smaller ones).
fn heic(bytes: &[u8]) -> Option<Pixels> {
    // The `meta` box has four bytes of version and flags before its boxes.
    let meta = find(bytes, *b"meta")?.get(4..)?;
    let properties = find(find(meta, *b"iprp")?, *b"ipco")?;
    boxes(properties)
        .filter(|it| it.kind == *b"ispe")
        .filter_map(|it| Some(Pixels { width: be32(it.body, 4)?, height: be32(it.body, 8)? }))
        .max_by_key(|it| it.count())
}

struct Box<'a> {
    kind: [u8; 4],
    body: &'a [u8],
    rest: &'a [u8],
}

/// ISO/IEC 14496-12, 4.2: size, kind, body.
fn next_box(bytes: &[u8]) -> Option<Box<'_>> {
    let kind = bytes.get(4..8)?.try_into().ok()?;
    let (head, size) = match be32(bytes, 0)? {
        0 => (8, bytes.len()),
        1 => (16, usize::try_from((u64::from(be32(bytes, 8)?) << 32) | u64::from(be32(bytes, 12)?)).ok()?),
        size => (8, size as usize),
    };
    Some(Box { kind, body: bytes.get(head..size)?, rest: bytes.get(size..)? })
}

fn boxes(bytes: &[u8]) -> impl Iterator<Item = Box<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let found = next_box(rest)?;
        rest = found.rest;
        Some(found)
    })
    .take(BOXES_MAX)
}

fn find(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    boxes(bytes).find(|it| it.kind == kind).map(|it| it.body)
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 2).map(|it| u32::from(it[0]) << 8 | u32::from(it[1]))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|it| it.try_into().ok()).map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures of 128 × 64 pixels made by another program, see `fixtures/make_pictures.py`.
    const FIXTURES: [(FileKind, &[u8]); 6] = [
        (FileKind::Jpeg, include_bytes!("../../../../fixtures/pictures/baseline.jpg")),
        (FileKind::Jpeg, include_bytes!("../../../../fixtures/pictures/progressive.jpg")),
        (FileKind::Png, include_bytes!("../../../../fixtures/pictures/plain.png")),
        (FileKind::Webp, include_bytes!("../../../../fixtures/pictures/lossy.webp")),
        (FileKind::Webp, include_bytes!("../../../../fixtures/pictures/lossless.webp")),
        (FileKind::Heic, include_bytes!("../../../../fixtures/pictures/phone.heic")),
    ];

    #[test]
    fn pictures_of_another_program_are_measured() {
        for (kind, bytes) in FIXTURES {
            assert_eq!(FileKind::sniff(bytes), Some(kind));
            assert_eq!(pixels(kind, bytes), Some(Pixels { width: 128, height: 64 }), "{kind:?}");
        }
    }

    #[test]
    fn cut_and_changed_headers_never_break_the_reader() {
        for (kind, bytes) in FIXTURES {
            let head = &bytes[..bytes.len().min(700)];
            for end in 0..head.len() {
                let _ = pixels(kind, &head[..end]);
                for value in [0, 1, 0x7f, 0xff] {
                    let mut changed = head.to_vec();
                    changed[end] = value;
                    let _ = pixels(kind, &changed);
                }
            }
        }
    }
}
