//! Writes data sets, explicit or implicit, little endian: element by element, so that nothing need be whole in memory.
//!
//! A sequence is either begun and ended, with undefined lengths, while its items stream by; or handed over whole, with
//! defined ones. Tags ascend within a data set (PS3.5 7.1): that is the caller's to keep. No big endian: it is retired.

use super::{Event, Tag, Vr};

/// Implementation Class UID (PS3.7 D.3.3.2): names this implementation, made from a random UUID (PS3.5 B.2).
pub const IMPLEMENTATION: &str = "2.25.207317406352830954873466180917735481913";
/// Implementation Version Name: the same for people.
pub const VERSION: &str = "HARUKA_1";

const UNDEFINED: u32 = 0xFFFF_FFFF;

/// Writes one data set, or a part of one.
#[derive(Debug, Clone)]
pub struct Writer {
    explicit: bool,
    out: Vec<u8>,
}

impl Writer {
    /// Explicit VR little endian, which nearly all transfer syntaxes use.
    #[must_use]
    pub const fn explicit() -> Self {
        Self::new(true)
    }

    /// Elements name their value representation, or not.
    #[must_use]
    pub const fn new(explicit: bool) -> Self {
        Self { explicit, out: Vec::new() }
    }

    /// Hands out what was written since it was last taken.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Bytes that wait to be taken.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.out.len()
    }

    /// A whole element; a value of odd length is padded (PS3.5 6.2).
    pub fn element(&mut self, tag: Tag, vr: Vr, value: &[u8]) -> &mut Self {
        let odd = value.len() % 2;
        // What does not fit is cut to what does; only pixels are ever so long, and they are told by `head`.
        let most = value.len().min((UNDEFINED - 2) as usize);
        self.head(tag, vr, u32::try_from(most + odd).unwrap_or(UNDEFINED - 1));
        self.raw(&value[..most]);
        if odd == 1 {
            self.out.push(vr.padding());
        }
        self
    }

    /// Text in the data set's character set; several values are divided by backslashes.
    pub fn text(&mut self, tag: Tag, vr: Vr, text: &str) -> &mut Self {
        self.element(tag, vr, text.as_bytes())
    }

    /// A number of two bytes (US).
    pub fn number(&mut self, tag: Tag, number: u16) -> &mut Self {
        self.element(tag, Vr(*b"US"), &number.to_le_bytes())
    }

    /// A number of four bytes (UL).
    pub fn long_number(&mut self, tag: Tag, number: u32) -> &mut Self {
        self.element(tag, Vr(*b"UL"), &number.to_le_bytes())
    }

    /// Tag, representation and length of a value whose bytes follow by [`Writer::raw`], or otherwise. The length is even.
    pub fn head(&mut self, tag: Tag, vr: Vr, length: u32) -> &mut Self {
        self.tag(tag);
        if self.explicit {
            match u16::try_from(length) {
                Ok(short) if vr.is_short() => {
                    self.out.extend(vr.0);
                    self.out.extend(short.to_le_bytes());
                    return self;
                }
                // What is too long for its own form is written as unknown (PS3.5 6.2.2).
                _ => self.out.extend(if vr.is_short() { Vr::UN.0 } else { vr.0 }),
            }
            self.out.extend([0, 0]);
        }
        self.raw(&length.to_le_bytes())
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.out.extend_from_slice(bytes);
        self
    }

    /// A sequence begins (`SQ`), or encapsulated pixels do ([`Tag::PIXELS`], `OB`); its length is left open.
    pub fn begin(&mut self, tag: Tag, vr: Vr) -> &mut Self {
        self.head(tag, vr, UNDEFINED)
    }

    /// An item of an open sequence begins; its length is left open.
    pub fn item(&mut self) -> &mut Self {
        self.mark(Tag::ITEM, UNDEFINED)
    }

    /// The item ends.
    pub fn item_end(&mut self) -> &mut Self {
        self.mark(Tag::ITEM_END, 0)
    }

    /// The sequence, or the encapsulated pixels, end.
    pub fn end(&mut self) -> &mut Self {
        self.mark(Tag::SEQUENCE_END, 0)
    }

    /// An item that is whole already; or a fragment of encapsulated pixels, of which the first is the offset table. Padded
    /// with zero where its length is odd.
    pub fn whole_item(&mut self, bytes: &[u8]) -> &mut Self {
        let odd = bytes.len() % 2;
        self.mark(Tag::ITEM, u32::try_from(bytes.len() + odd).unwrap_or(UNDEFINED - 1)).raw(bytes);
        self.raw(&[0][..odd])
    }

    /// A whole sequence of items that are written already, all with defined lengths.
    pub fn items<T: AsRef<[u8]>>(&mut self, tag: Tag, items: &[T]) -> &mut Self {
        const HEAD_BYTES: usize = 8;
        let length: usize = items.iter().map(|it| HEAD_BYTES + it.as_ref().len()).sum();
        self.head(tag, Vr::SQ, u32::try_from(length).unwrap_or(UNDEFINED - 1));
        for it in items {
            self.whole_item(it.as_ref());
        }
        self
    }

    /// Writes what a scanner met in another data set, as it was met: values are taken for little endian, sequences get open
    /// lengths. Of a [`Event::Bulk`] only the head is written; the caller copies `length` bytes behind it. Fragments of
    /// pixels are such events too: they are written by [`Writer::whole_item`], never here.
    pub fn event(&mut self, event: &Event<'_>) -> &mut Self {
        match *event {
            Event::Begin(_) => self,
            Event::Value { tag, vr, bytes } => self.element(tag, vr, bytes),
            Event::Bulk { tag, vr, length, .. } => self.head(tag, vr, length),
            Event::Sequence(tag, vr) => self.begin(tag, vr),
            Event::Item => self.item(),
            Event::ItemEnd => self.item_end(),
            Event::SequenceEnd => self.end(),
        }
    }

    fn mark(&mut self, tag: Tag, length: u32) -> &mut Self {
        self.tag(tag);
        self.raw(&length.to_le_bytes())
    }

    fn tag(&mut self, tag: Tag) {
        self.out.extend(tag.0.to_le_bytes());
        self.out.extend(tag.1.to_le_bytes());
    }
}

/// What stands before the data set in a file (PS3.10 7.1): preamble, and the file's own header, for an instance of `class`
/// written in `transfer_syntax`.
#[must_use]
pub fn file_header(class: &str, instance: &str, transfer_syntax: &str) -> Vec<u8> {
    let uid = Vr(*b"UI");
    let mut meta = Writer::explicit();
    // The version is the only one there is.
    meta.element(Tag(0x0002, 0x0001), Vr(*b"OB"), &[0, 1])
        .text(Tag(0x0002, 0x0002), uid, class)
        .text(Tag(0x0002, 0x0003), uid, instance)
        .text(Tag::TRANSFER_SYNTAX, uid, transfer_syntax)
        .text(Tag(0x0002, 0x0012), uid, IMPLEMENTATION)
        .text(Tag(0x0002, 0x0013), Vr(*b"SH"), VERSION);
    let length = u32::try_from(meta.waiting_bytes()).unwrap_or_default();
    Writer::explicit().raw(&[0; 128]).raw(b"DICM").long_number(Tag(0x0002, 0x0000), length).raw(&meta.out).take()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{File, Scanner, Writing};

    const CODES: Tag = Tag(0x0008, 0x1140);
    const UID: Vr = Vr(*b"UI");

    fn met(data_set: &[u8], syntax: &str) -> Vec<String> {
        let mut all = Vec::new();
        let mut tell = |event: Event<'_>| match event {
            Event::Begin(_) => (),
            other => all.push(format!("{other:?}")),
        };
        let mut scanner = Scanner::new(syntax);
        scanner.feed(data_set, &mut tell).expect("good");
        scanner.finish(&mut tell).expect("whole");
        all
    }

    fn item(explicit: bool) -> Vec<u8> {
        Writer::new(explicit).text(Tag(0x0008, 0x1155), UID, "1.2.3").take()
    }

    #[test]
    fn open_and_defined_sequences_say_the_same() {
        for (explicit, syntax) in [(true, "1.2.840.10008.1.2.1"), (false, "1.2.840.10008.1.2")] {
            let open = Writer::new(explicit)
                .begin(CODES, Vr::SQ)
                .item()
                .raw(&item(explicit))
                .item_end()
                .item()
                .item_end()
                .end()
                .take();
            let defined = Writer::new(explicit).items(CODES, &[item(explicit), vec![]]).take();
            assert_eq!(met(&open, syntax), met(&defined, syntax), "{syntax}");
            assert_ne!(open, defined);
            let empty = Writer::new(explicit).items(CODES, &[[0_u8; 0]; 0]).take();
            assert_eq!(met(&empty, syntax).len(), 2, "a sequence without items begins and ends");
        }
    }

    #[test]
    fn values_of_odd_length_are_padded_each_in_its_own_way() {
        for (vr, value, padded) in [
            (b"UI", &b"1.2"[..], &b"1.2\0"[..]),
            (b"LO", b"abc", b"abc "),
            (b"UT", b"a", b"a "),
            (b"OB", &[7], &[7, 0]),
            (b"UN", &[7], &[7, 0]),
            (b"CS", b"CT", b"CT"),
            (b"LO", b"", b""),
        ] {
            let written = Writer::explicit().element(Tag(0x0009, 0x1001), Vr(*vr), value).take();
            assert!(written.ends_with(padded), "{vr:?}");
            assert_eq!(written.len() % 2, 0);
        }
    }

    #[test]
    fn a_text_too_long_for_its_own_form_is_written_as_unknown() {
        let long = "x".repeat(65_536);
        let written = Writer::explicit().text(Tag(0x0010, 0x4000), Vr(*b"LT"), &long).take();
        assert_eq!(written[4..12], *b"UN\0\0\0\0\x01\0");
        let short = Writer::explicit().text(Tag(0x0010, 0x4000), Vr(*b"LT"), &long[2..]).take();
        assert_eq!(short[4..8], *b"LT\xFE\xFF");
    }

    #[test]
    fn what_a_scanner_met_is_written_again_byte_for_byte() {
        let all = Writer::explicit()
            .text(Tag(0x0008, 0x0060), Vr(*b"CS"), "CT")
            .begin(CODES, Vr::SQ)
            .item()
            .raw(&item(true))
            .item_end()
            .end()
            .number(Tag(0x0028, 0x0010), 512)
            .begin(Tag::PIXELS, Vr(*b"OB"))
            .whole_item(&[])
            .whole_item(&[1, 2, 3])
            .end()
            .take();
        let mut again = Writer::explicit();
        let mut scanner = Scanner::new("1.2.840.10008.1.2.4.70");
        let mut tell = |event: Event<'_>| {
            match event {
                // A fragment is an item without a representation.
                Event::Bulk { offset, length, .. } => {
                    let from = usize::try_from(offset).expect("small");
                    again.whole_item(&all[from..from + length as usize]);
                }
                other => {
                    again.event(&other);
                }
            };
        };
        scanner.feed(&all, &mut tell).expect("good");
        scanner.finish(&mut tell).expect("whole");
        assert_eq!(again.take(), all);
    }

    #[test]
    fn a_file_says_how_its_data_set_is_written() {
        for uid in ["1.2.3", "1.2.34"] {
            let header = file_header("1.2", uid, "1.2.840.10008.1.2");
            let data_set = Writer::new(false).text(Tag(0x0008, 0x0018), UID, uid).take();
            assert_eq!(u32::from_le_bytes(header[140..144].try_into().expect("four")) as usize, header.len() - 144);
            let mut file = File::default();
            file.feed(&[header.as_slice(), &data_set].concat(), &mut |_| ()).expect("a file");
            assert_eq!(Writing::of(file.transfer_syntax()), Writing::IMPLICIT);
            assert_eq!(file.data_set_offset(), Some(header.len() as u64));
            file.finish(&mut |_| ()).expect("whole");
        }
    }
}
