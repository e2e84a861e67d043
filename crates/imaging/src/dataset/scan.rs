//! Reads a data set as it streams in: pieces of any size go in, events come out. Iterative, with limits on everything
//! that a sender chooses; long values are passed over without being kept.

use super::inflate::Inflater;
use super::{Broken, Fault, Tag, Vr, Writing};

/// What a sender may make us hold or walk. A cone-beam CT slice has some 100 elements and 4 kB before its pixels; an
/// enhanced multi-frame object of 1,000 frames some 100,000 elements and 6 MB.
pub mod limits {
    /// Sequences within sequences; structured reports nest some ten deep.
    pub const DEPTH_MAX: usize = 64;
    /// Longest value that is handed over whole; a longer one is told by place and length.
    pub const VALUE_BYTES_MAX: u32 = 64 * 1024;
    /// Longest value of numbers or unknown bytes that is handed over whole: tables and makers' own data are only kept.
    pub const BINARY_BYTES_MAX: u32 = 1024;
    /// All values handed over.
    pub const KEPT_BYTES_MAX: u64 = 64 * 1024 * 1024;
    /// All elements and items.
    pub const ELEMENTS_MAX: u64 = 2_000_000;
    /// A deflated data set may grow to this many times its size (deflate's own limit is 1,032).
    pub const INFLATE_TIMES_MAX: u64 = 200;
    /// … or to this, whichever is more: small data sets deflate well.
    pub const INFLATE_FREE_BYTES: u64 = 16 * 1024 * 1024;
}

const UNDEFINED: u32 = 0xFFFF_FFFF;

/// What was met, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The data set begins, written in this way.
    Begin(Writing),
    /// A whole value, with its padding.
    Value {
        /// Whose.
        tag: Tag,
        /// How to read it.
        vr: Vr,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A value that is not kept: longer than its limit, native pixels, or a fragment of encapsulated ones
    /// ([`Tag::PIXELS`] again for each, the first being the table of offsets).
    Bulk {
        /// Whose.
        tag: Tag,
        /// How to read it.
        vr: Vr,
        /// Where it begins in the data set.
        offset: u64,
        /// How long it is.
        length: u32,
    },
    /// A sequence begins, or encapsulated pixels do.
    Sequence(Tag, Vr),
    /// An item of a sequence begins.
    Item,
    /// It ends.
    ItemEnd,
    /// The sequence ends.
    SequenceEnd,
}

/// Reads one data set.
#[derive(Debug)]
pub struct Scanner {
    writing: Writing,
    part: Part,
    /// Where the next byte lies.
    offset: u64,
    begun: bool,
    /// Bytes of a head or a kept value that is not whole yet.
    held: Vec<u8>,
    open: Vec<Open>,
    kept_bytes: u64,
    elements: u64,
    inflater: Option<Box<Inflater>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    Value { tag: Tag, vr: Vr, left: u32 },
    Skip { left: u32 },
}

#[derive(Debug, Clone, Copy)]
struct Open {
    kind: Kind,
    /// Where it ends, when its length was given.
    end: Option<u64>,
    explicit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Item,
    /// Encapsulated pixels: items hold bytes.
    Fragments(Vr),
}

impl Scanner {
    /// Of a data set in `transfer_syntax`, as DIMSE carries it.
    #[must_use]
    pub fn new(transfer_syntax: &str) -> Self {
        let writing = Writing::of(transfer_syntax);
        Self {
            writing,
            part: Part::Head,
            offset: 0,
            begun: false,
            held: Vec::new(),
            open: Vec::new(),
            kept_bytes: 0,
            elements: 0,
            inflater: writing.deflated.then(Box::default),
        }
    }

    /// Takes the next `piece`, and tells `tell` what was met in it.
    ///
    /// # Errors
    /// [`Fault`]: the data set is broken or over a limit; what was told so far stands, nothing more will come.
    pub fn feed(&mut self, piece: &[u8], tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        if !std::mem::replace(&mut self.begun, true) {
            tell(Event::Begin(self.writing));
        }
        match self.inflater.take() {
            Some(mut inflater) => {
                let done = inflater.feed(piece, |plain| self.plain(plain, tell));
                self.inflater = Some(inflater);
                done
            }
            None => self.plain(piece, tell),
        }
    }

    /// Says that nothing follows.
    ///
    /// # Errors
    /// [`Broken::Truncated`] in the middle of something.
    pub fn finish(mut self, tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        self.close(tell)?;
        let whole = self.part == Part::Head && self.held.is_empty() && self.open.is_empty();
        if whole && self.inflater.is_none_or(|it| it.has_ended()) {
            return Ok(());
        }
        Err(Fault { offset: self.offset, what: Broken::Truncated })
    }

    fn plain(&mut self, mut piece: &[u8], tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        while !piece.is_empty() {
            self.step(&mut piece, tell)?;
        }
        Ok(())
    }

    fn fault(&self, what: Broken) -> Fault {
        Fault { offset: self.offset, what }
    }

    fn step(&mut self, piece: &mut &[u8], tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        match self.part {
            Part::Head => self.head(piece, tell),
            Part::Value { tag, vr, left } => {
                // A value that came in one piece is not copied.
                let whole = self.held.is_empty().then(|| piece.get(..left as usize)).flatten();
                if let Some(bytes) = whole {
                    *piece = &piece[left as usize..];
                    tell(Event::Value { tag, vr, bytes });
                } else {
                    if !self.hold(piece, left as usize) {
                        return Ok(());
                    }
                    let bytes = std::mem::take(&mut self.held);
                    tell(Event::Value { tag, vr, bytes: &bytes });
                }
                self.begin(u64::from(left));
                self.close(tell)
            }
            Part::Skip { left } => {
                let count = (left as usize).min(piece.len());
                *piece = &piece[count..];
                self.offset += count as u64;
                let left = left - u32::try_from(count).unwrap_or(left);
                self.part = if left == 0 { Part::Head } else { Part::Skip { left } };
                self.close(tell)
            }
        }
    }

    /// Gathers `count` bytes; whether they are whole.
    fn hold(&mut self, piece: &mut &[u8], count: usize) -> bool {
        let wanted = count.saturating_sub(self.held.len()).min(piece.len());
        self.held.extend_from_slice(&piece[..wanted]);
        *piece = &piece[wanted..];
        self.held.len() >= count
    }

    /// The next head begins `passed` bytes on.
    fn begin(&mut self, passed: u64) {
        self.offset += passed;
        self.held.clear();
        self.part = Part::Head;
    }

    fn head(&mut self, piece: &mut &[u8], tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        if !self.hold(piece, 8) {
            return Ok(());
        }
        let tag = Tag(self.two(0), self.two(2));
        let delimits = tag.0 == 0xFFFE;
        let explicit = self.open.last().map_or(self.writing.explicit, |it| it.explicit);
        let (vr, length, head) = if delimits {
            (Vr::UN, self.four(4), 8)
        } else if explicit {
            let vr = Vr::parse([self.held[4], self.held[5]]).ok_or(self.fault(Broken::NoVr))?;
            if vr.is_short() {
                (vr, u32::from(self.two(6)), 8)
            } else {
                if !self.hold(piece, 12) {
                    return Ok(());
                }
                (vr, self.four(8), 12)
            }
        } else {
            (Vr::of(tag), self.four(4), 8)
        };
        self.elements += 1;
        if self.elements > limits::ELEMENTS_MAX {
            return Err(self.fault(Broken::TooMuch));
        }
        let start = self.offset + head;
        let end = (length != UNDEFINED).then(|| start + u64::from(length));
        let within = self.open.iter().rev().find_map(|it| it.end);
        if within.is_some_and(|within| end.unwrap_or(start) > within) {
            return Err(self.fault(Broken::Overrun));
        }
        if delimits {
            self.delimiter(tag, start, end, tell)?
        } else {
            self.element(tag, vr, explicit, start, end, tell)?
        }
        self.held.clear();
        self.offset = start;
        self.close(tell)
    }

    fn delimiter(
        &mut self,
        tag: Tag,
        start: u64,
        end: Option<u64>,
        tell: &mut impl FnMut(Event<'_>),
    ) -> Result<(), Fault> {
        let inner = self.open.last().copied();
        match (tag, inner.map(|it| it.kind), end) {
            (Tag::ITEM, Some(Kind::Sequence), _) => {
                let explicit = inner.is_some_and(|it| it.explicit);
                self.enter(Open { kind: Kind::Item, end, explicit })?;
                tell(Event::Item);
            }
            (Tag::ITEM, Some(Kind::Fragments(vr)), Some(end)) => {
                let length = u32::try_from(end - start).unwrap_or(u32::MAX);
                tell(Event::Bulk { tag: Tag::PIXELS, vr, offset: start, length });
                self.skip(length);
            }
            // The lengths of delimiters are zero (PS3.5 7.5.1); some makers write others, and no bytes follow.
            (Tag::ITEM_END, Some(Kind::Item), _) if inner.is_some_and(|it| it.end.is_none()) => {
                self.open.pop();
                tell(Event::ItemEnd);
            }
            (Tag::SEQUENCE_END, Some(Kind::Sequence | Kind::Fragments(_)), _)
                if inner.is_some_and(|it| it.end.is_none()) =>
            {
                self.open.pop();
                tell(Event::SequenceEnd);
            }
            _ => return Err(self.fault(Broken::Misplaced)),
        }
        Ok(())
    }

    fn element(
        &mut self,
        tag: Tag,
        vr: Vr,
        explicit: bool,
        start: u64,
        end: Option<u64>,
        tell: &mut impl FnMut(Event<'_>),
    ) -> Result<(), Fault> {
        if self.open.last().is_some_and(|it| it.kind != Kind::Item) {
            return Err(self.fault(Broken::Misplaced));
        }
        let Some(end) = end else {
            // Undefined length: a sequence; pixels in fragments; or an unknown one, whose items are implicit (CP-246).
            let kind = match (tag, vr) {
                (Tag::PIXELS, _) => Kind::Fragments(vr),
                (_, Vr::SQ | Vr::UN) => Kind::Sequence,
                _ => return Err(self.fault(Broken::Length)),
            };
            self.enter(Open { kind, end: None, explicit: explicit && vr != Vr::UN })?;
            tell(Event::Sequence(tag, if kind == Kind::Sequence { Vr::SQ } else { vr }));
            return Ok(());
        };
        let length = u32::try_from(end - start).unwrap_or(u32::MAX);
        if vr == Vr::SQ {
            self.enter(Open { kind: Kind::Sequence, end: Some(end), explicit })?;
            tell(Event::Sequence(tag, vr));
        } else if length > longest(vr) || (tag == Tag::PIXELS && self.open.is_empty()) {
            tell(Event::Bulk { tag, vr, offset: start, length });
            self.skip(length);
        } else {
            self.kept_bytes += u64::from(length);
            if self.kept_bytes > limits::KEPT_BYTES_MAX {
                return Err(self.fault(Broken::TooMuch));
            }
            if length == 0 {
                tell(Event::Value { tag, vr, bytes: &[] });
            } else {
                self.part = Part::Value { tag, vr, left: length };
            }
        }
        Ok(())
    }

    fn skip(&mut self, length: u32) {
        if length > 0 {
            self.part = Part::Skip { left: length };
        }
    }

    fn enter(&mut self, open: Open) -> Result<(), Fault> {
        if self.open.len() >= limits::DEPTH_MAX * 2 {
            return Err(self.fault(Broken::TooDeep));
        }
        self.open.push(open);
        Ok(())
    }

    /// Closes what ends here by its length.
    fn close(&mut self, tell: &mut impl FnMut(Event<'_>)) -> Result<(), Fault> {
        while self.part == Part::Head && self.held.is_empty() {
            match self.open.last() {
                Some(it) if it.end == Some(self.offset) => {
                    tell(if it.kind == Kind::Item { Event::ItemEnd } else { Event::SequenceEnd });
                    self.open.pop();
                }
                Some(it) if it.end.is_some_and(|end| end < self.offset) => return Err(self.fault(Broken::Overrun)),
                _ => break,
            }
        }
        Ok(())
    }

    /// Two bytes of the head as a number.
    fn two(&self, at: usize) -> u16 {
        let bytes = [self.held[at], self.held[at + 1]];
        if self.writing.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn four(&self, at: usize) -> u32 {
        let (first, second) = (u32::from(self.two(at)), u32::from(self.two(at + 2)));
        if self.writing.big_endian { first << 16 | second } else { second << 16 | first }
    }
}

/// The longest value of `vr` that is handed over whole.
fn longest(vr: Vr) -> u32 {
    match &vr.0 {
        b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"OV" | b"UN" => limits::BINARY_BYTES_MAX,
        _ => limits::VALUE_BYTES_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPLICIT: &str = "1.2.840.10008.1.2.1";
    const IMPLICIT: &str = "1.2.840.10008.1.2";
    const BIG: &str = "1.2.840.10008.1.2.2";
    const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

    /// Bytes of a data set, written by hand.
    #[derive(Default, Clone)]
    struct Bytes(Vec<u8>);

    impl Bytes {
        fn raw(mut self, bytes: &[u8]) -> Self {
            self.0.extend_from_slice(bytes);
            self
        }
        fn short(self, tag: Tag, vr: &[u8; 2], value: &[u8]) -> Self {
            let length = u16::try_from(value.len()).expect("short");
            self.raw(&tag.0.to_le_bytes()).raw(&tag.1.to_le_bytes()).raw(vr).raw(&length.to_le_bytes()).raw(value)
        }
        fn long(self, tag: Tag, vr: &[u8; 2], length: u32) -> Self {
            let this = self.raw(&tag.0.to_le_bytes()).raw(&tag.1.to_le_bytes()).raw(vr).raw(&[0, 0]);
            this.raw(&length.to_le_bytes())
        }
        fn plain(self, tag: Tag, length: u32) -> Self {
            self.raw(&tag.0.to_le_bytes()).raw(&tag.1.to_le_bytes()).raw(&length.to_le_bytes())
        }
    }

    const NAME: Tag = Tag(0x0010, 0x0010);
    const CODES: Tag = Tag(0x0008, 0x2218);

    /// What was met, one line each: `(0010,0010) PN "Doe"`.
    fn read(syntax: &str, bytes: &[u8], piece: usize) -> (Vec<String>, Result<(), Fault>) {
        let mut met = Vec::new();
        let mut tell = |event: Event<'_>| {
            met.push(match event {
                Event::Begin(_) => return,
                Event::Value { tag, vr, bytes } => format!("{tag:?} {vr:?} {:?}", String::from_utf8_lossy(bytes)),
                Event::Bulk { tag, vr, offset, length } => format!("{tag:?} {vr:?} {length} at {offset}"),
                Event::Sequence(tag, vr) => format!("{tag:?} {vr:?} ["),
                Event::Item => "{".into(),
                Event::ItemEnd => "}".into(),
                Event::SequenceEnd => "]".into(),
            });
        };
        let mut scanner = Scanner::new(syntax);
        for part in bytes.chunks(piece) {
            if let Err(fault) = scanner.feed(part, &mut tell) {
                return (met, Err(fault));
            }
        }
        let done = scanner.finish(&mut tell);
        (met, done)
    }

    /// Whatever the pieces are, the events are the same.
    fn check(syntax: &str, bytes: &Bytes, expected: &[&str]) {
        for piece in [1, 2, 3, 7, 8, 9, 64, 100_000] {
            let (met, done) = read(syntax, &bytes.0, piece);
            assert_eq!(
                (met, done),
                (expected.iter().map(|it| (*it).to_owned()).collect(), Ok(())),
                "pieces of {piece}"
            );
        }
    }

    fn refused(syntax: &str, bytes: &Bytes, what: Broken) {
        for piece in [1, 5, 100_000] {
            let (_, done) = read(syntax, &bytes.0, piece);
            assert_eq!(done.expect_err("refused").what, what, "pieces of {piece}");
        }
    }

    #[test]
    fn elements_come_in_order_whatever_the_writing() {
        let little = Bytes::default().short(NAME, b"PN", b"Doe^").short(Tag(0x0010, 0x4000), b"LT", b"");
        check(EXPLICIT, &little, &["(0010,0010) PN \"Doe^\"", "(0010,4000) LT \"\""]);
        let implicit = Bytes::default().plain(NAME, 4).raw(b"Doe^").plain(Tag(0x0009, 0x1001), 2).raw(b"xy");
        check(IMPLICIT, &implicit, &["(0010,0010) PN \"Doe^\"", "(0009,1001) UN \"xy\""]);
        check(BIG, &Bytes::default().raw(b"\0\x10\0\x10PN\0\x04Doe^"), &["(0010,0010) PN \"Doe^\""]);
    }

    #[test]
    fn sequences_end_by_length_or_by_delimiter() {
        let inner = Bytes::default().short(NAME, b"PN", b"Doe^");
        let item = |it: Bytes| it.plain(Tag::ITEM, 12).raw(&inner.0);
        let by_length = item(Bytes::default().long(CODES, b"SQ", 40)).plain(Tag::ITEM, 12).raw(&inner.0);
        let told = ["(0008,2218) SQ [", "{", "(0010,0010) PN \"Doe^\"", "}", "{", "(0010,0010) PN \"Doe^\"", "}", "]"];
        check(EXPLICIT, &by_length, &told);
        let open = |it: Bytes| it.plain(Tag::ITEM, UNDEFINED).raw(&inner.0).plain(Tag::ITEM_END, 0);
        let by_delimiter = open(open(Bytes::default().long(CODES, b"SQ", UNDEFINED))).plain(Tag::SEQUENCE_END, 0);
        check(EXPLICIT, &by_delimiter, &told);
        check(EXPLICIT, &Bytes::default().long(CODES, b"SQ", 0), &["(0008,2218) SQ [", "]"]);
    }

    #[test]
    fn a_sequence_of_unknown_representation_is_written_implicitly() {
        let items = Bytes::default().plain(Tag::ITEM, 12).plain(NAME, 4).raw(b"Doe^");
        let all =
            Bytes::default().long(Tag(0x0009, 0x1010), b"UN", UNDEFINED).raw(&items.0).plain(Tag::SEQUENCE_END, 0);
        check(
            EXPLICIT,
            &all.short(NAME, b"PN", b"A^"),
            &["(0009,1010) SQ [", "{", "(0010,0010) PN \"Doe^\"", "}", "]", "(0010,0010) PN \"A^\""],
        );
    }

    #[test]
    fn pixels_and_long_values_are_passed_over_with_their_place() {
        let native =
            Bytes::default().long(Tag::PIXELS, b"OW", 6).raw(b"pixels").short(Tag(0xFFFC, 0xFFFC), b"LO", b"x ");
        check(EXPLICIT, &native, &["(7FE0,0010) OW 6 at 12", "(FFFC,FFFC) LO \"x \""]);
        let packed = Bytes::default().long(Tag::PIXELS, b"OB", UNDEFINED).plain(Tag::ITEM, 0).plain(Tag::ITEM, 4);
        let packed = packed.raw(b"jpeg").plain(Tag::SEQUENCE_END, 0);
        let told = ["(7FE0,0010) OB [", "(7FE0,0010) OB 0 at 20", "(7FE0,0010) OB 4 at 28", "]"];
        check("1.2.840.10008.1.2.4.50", &packed, &told);
        let long = vec![b'x'; 70_000];
        let document = Bytes::default().long(Tag(0x0042, 0x0011), b"OB", 70_000).raw(&long).short(NAME, b"PN", b"");
        check(EXPLICIT, &document, &["(0042,0011) OB 70000 at 12", "(0010,0010) PN \"\""]);
    }

    #[test]
    fn a_deflated_data_set_is_read_and_a_bomb_is_not() {
        use std::io::Write;
        let deflate = |bytes: &[u8]| {
            let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
            out.write_all(bytes).expect("in memory");
            Bytes(out.finish().expect("in memory"))
        };
        let plain = Bytes::default().short(NAME, b"PN", b"Doe^").0;
        check(DEFLATED, &deflate(&plain), &["(0010,0010) PN \"Doe^\""]);
        check(DEFLATED, &deflate(&plain).raw(&[0]), &["(0010,0010) PN \"Doe^\""]);
        let bomb = Bytes::default().long(Tag(0x0042, 0x0011), b"OB", 100_000_000).raw(&vec![0; 100_000_000]);
        refused(DEFLATED, &deflate(&bomb.0), Broken::Inflate);
        refused(DEFLATED, &Bytes(b"\xff\xff\xff\xff".to_vec()), Broken::Inflate);
        let cut = deflate(&plain).0;
        refused(DEFLATED, &Bytes(cut[..cut.len() - 3].to_vec()), Broken::Truncated);
    }

    #[test]
    fn broken_data_sets_are_named_by_what_is_wrong() {
        let value = Bytes::default().short(NAME, b"PN", b"Doe^");
        refused(EXPLICIT, &Bytes(value.0[..10].to_vec()), Broken::Truncated);
        refused(EXPLICIT, &Bytes(value.0[..5].to_vec()), Broken::Truncated);
        refused(EXPLICIT, &Bytes::default().long(CODES, b"SQ", UNDEFINED), Broken::Truncated);
        refused(EXPLICIT, &Bytes::default().short(NAME, b"p1", b"Doe^"), Broken::NoVr);
        refused(EXPLICIT, &Bytes::default().long(NAME, b"UT", UNDEFINED), Broken::Length);
        refused(EXPLICIT, &Bytes::default().plain(Tag::ITEM, 0), Broken::Misplaced);
        refused(EXPLICIT, &Bytes::default().plain(Tag::SEQUENCE_END, 0), Broken::Misplaced);
        refused(EXPLICIT, &Bytes::default().long(CODES, b"SQ", UNDEFINED).raw(&value.0), Broken::Misplaced);
        refused(EXPLICIT, &Bytes::default().long(CODES, b"SQ", 10).plain(Tag::ITEM, 20), Broken::Overrun);
        let longer = Bytes::default().long(CODES, b"SQ", 16).plain(Tag::ITEM, 8).long(NAME, b"UT", 4);
        refused(EXPLICIT, &longer.raw(b"abcd"), Broken::Overrun);
    }

    #[test]
    fn twenty_thousand_nested_sequences_end_at_the_limit() {
        let mut nested = Bytes::default();
        for _ in 0..20_000 {
            nested = nested.long(CODES, b"SQ", UNDEFINED).plain(Tag::ITEM, UNDEFINED);
        }
        refused(EXPLICIT, &nested, Broken::TooDeep);
    }

    #[test]
    fn a_file_has_a_preamble_and_a_header_of_its_own() {
        let body = Bytes::default().plain(NAME, 4).raw(b"Doe^").0;
        let header = Bytes(vec![7; 128]).raw(b"DICM").short(Tag(2, 0), b"UL", &[0; 4]);
        let header =
            header.long(Tag(2, 1), b"OB", 2).raw(&[0, 1]).short(Tag::TRANSFER_SYNTAX, b"UI", b"1.2.840.10008.1.2\0");
        let file = header.clone().raw(&body).0;
        for piece in [1, 3, 130, 10_000] {
            let (mut scanner, mut met) = (super::super::File::default(), 0);
            for part in file.chunks(piece) {
                scanner
                    .feed(part, &mut |event| {
                        met += u32::from(matches!(event, Event::Value { tag: NAME, bytes: b"Doe^", .. }))
                    })
                    .expect("a file");
            }
            assert_eq!((scanner.transfer_syntax(), scanner.data_set_offset()), (IMPLICIT, Some(header.0.len() as u64)));
            scanner.finish(&mut |_| ()).expect("whole");
            assert_eq!(met, 1, "pieces of {piece}");
        }
        let fault = super::super::File::default().feed(&[0; 200], &mut |_| ()).expect_err("no file");
        assert_eq!(fault, Fault { offset: 128, what: Broken::NotDicom });
    }
}
