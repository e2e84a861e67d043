//! A data set as DICOM JSON (PS3.18 annex F), written while it streams by: what lists and viewers ask for, so that no
//! instance has to be opened for it. Text is UTF-8; what is long or binary stays in the instance and is named by its place.

use std::fmt::{Display, LowerExp};
use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::text::CharacterSets;
use super::{Event, Tag, Vr};

/// Handed to the compressor in pieces of this size.
const PIECE_BYTES: usize = 16 * 1024;
/// Largest metadata, deflated. An enhanced volume of 1,000 frames has half a megabyte.
pub const METADATA_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Writes the metadata of one data set.
#[derive(Debug)]
pub struct JsonWriter {
    big_endian: bool,
    piece: Vec<u8>,
    out: DeflateEncoder<Vec<u8>>,
    /// Character sets, one for each data set that is open: the instance's own, then items within items.
    sets: Vec<CharacterSets>,
    /// Whether the innermost data set has an element already.
    begun: Vec<bool>,
    /// Sequences that are open, and how many items each has.
    items: Vec<Open>,
}

#[derive(Debug)]
enum Open {
    Sequence {
        items: usize,
    },
    /// Pixels in fragments: they have no items that JSON could show.
    Fragments,
}

impl Default for JsonWriter {
    fn default() -> Self {
        Self {
            big_endian: false,
            piece: b"{".to_vec(),
            out: DeflateEncoder::new(Vec::new(), Compression::fast()),
            sets: vec![CharacterSets::default()],
            begun: vec![false],
            items: Vec::new(),
        }
    }
}

impl JsonWriter {
    /// Takes the next event.
    pub fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Begin(writing) => self.big_endian = writing.big_endian,
            Event::Value { tag, vr, bytes } => self.value(tag, vr, bytes),
            Event::Bulk { tag, vr, offset, length } => self.bulk(tag, vr, offset, length),
            Event::Sequence(tag, vr) => {
                self.open(tag, vr);
                if vr == Vr::SQ {
                    self.items.push(Open::Sequence { items: 0 });
                } else {
                    if self.items.is_empty() {
                        self.raw(br#","BulkDataURI":"bulkdata/pixels""#);
                    }
                    self.items.push(Open::Fragments);
                }
            }
            Event::Item => {
                let first = match self.items.last_mut() {
                    Some(Open::Sequence { items }) => {
                        *items += 1;
                        *items == 1
                    }
                    _ => false,
                };
                self.raw(if first { br#","Value":[{"#.as_slice() } else { b",{" });
                self.sets.push(self.sets.last().cloned().unwrap_or_default());
                self.begun.push(false);
            }
            Event::ItemEnd => {
                self.raw(b"}");
                self.sets.pop();
                self.begun.pop();
            }
            Event::SequenceEnd => {
                if let Some(Open::Sequence { items: 1.. }) = self.items.pop() {
                    self.raw(b"]");
                }
                self.raw(b"}");
            }
        }
        if self.piece.len() >= PIECE_BYTES {
            self.pass();
        }
    }

    /// Whether it has grown beyond [`METADATA_BYTES_MAX`].
    #[must_use]
    pub fn too_much(&self) -> bool {
        self.out.get_ref().len() > METADATA_BYTES_MAX
    }

    /// The whole, deflated.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.raw(b"}");
        self.pass();
        // Into memory: cannot fail.
        self.out.finish().unwrap_or_default()
    }

    fn value(&mut self, tag: Tag, vr: Vr, bytes: &[u8]) {
        if tag == Tag::CHARACTER_SET {
            if let Some(own) = self.sets.last_mut() {
                *own = CharacterSets::parse(bytes);
            }
            self.open(tag, vr);
            self.raw(br#","Value":["ISO_IR 192"]}"#);
            return;
        }
        // Lengths of groups say nothing about another writing.
        if tag.1 == 0 {
            return;
        }
        self.open(tag, vr);
        if !bytes.is_empty() {
            match &vr.0 {
                b"PN" => self.names(bytes),
                b"FL" | b"FD" | b"SS" | b"US" | b"SL" | b"UL" | b"SV" | b"UV" => self.numbers(vr, bytes),
                b"AT" => self.tags(bytes),
                b"IS" | b"DS" => self.written_numbers(bytes),
                b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"OV" | b"UN" => self.inline(vr, bytes),
                _ => self.texts(vr, bytes),
            }
        }
        self.raw(b"}");
    }

    fn bulk(&mut self, tag: Tag, vr: Vr, offset: u64, length: u32) {
        if matches!(self.items.last(), Some(Open::Fragments)) {
            return;
        }
        self.open(tag, vr);
        if tag == Tag::PIXELS && self.items.is_empty() {
            self.raw(br#","BulkDataURI":"bulkdata/pixels"}"#);
        } else {
            let _ = write!(self.piece, r#","BulkDataURI":"bulkdata/{offset}/{length}"}}"#);
        }
    }

    /// `"00100010":{"vr":"PN"`, after a comma where one is needed.
    fn open(&mut self, tag: Tag, vr: Vr) {
        let comma = self.begun.last_mut().is_some_and(|it| std::mem::replace(it, true));
        let Vr([first, second]) = vr;
        let (first, second) = (char::from(first), char::from(second));
        let comma = if comma { "," } else { "" };
        let _ = write!(self.piece, r#"{comma}"{:04X}{:04X}":{{"vr":"{first}{second}""#, tag.0, tag.1);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.piece.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        // Into memory: cannot fail.
        let _ = serde_json::to_writer(&mut self.piece, text);
    }

    /// `,"Value":[…]` of what `each` writes.
    fn list<T>(&mut self, all: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        self.raw(br#","Value":["#);
        for (place, it) in all.into_iter().enumerate() {
            if place > 0 {
                self.raw(b",");
            }
            each(self, it);
        }
        self.raw(b"]");
    }

    fn texts(&mut self, vr: Vr, bytes: &[u8]) {
        let sets = self.sets.last().cloned().unwrap_or_default();
        let text = sets.read(bytes, b"\\");
        // Free text may begin with spaces and hold backslashes (PS3.5 6.2); identifiers are filled up with a zero.
        let single = matches!(&vr.0, b"ST" | b"LT" | b"UT" | b"UR");
        let text = text.trim_end_matches([' ', '\0']);
        if text.is_empty() {
            return;
        }
        let parts: Vec<&str> = if single { vec![text] } else { text.split('\\').map(str::trim).collect() };
        self.list(parts, |this, it| if it.is_empty() { this.raw(b"null") } else { this.text(it) });
    }

    fn names(&mut self, bytes: &[u8]) {
        let sets = self.sets.last().cloned().unwrap_or_default();
        let names: Vec<_> = sets.names(bytes);
        if names.iter().all(super::text::PersonName::is_empty) {
            return;
        }
        self.list(names, |this, it| {
            let groups = [("Alphabetic", it.alphabetic), ("Ideographic", it.ideographic), ("Phonetic", it.phonetic)];
            this.raw(b"{");
            let mut comma = false;
            for (key, group) in groups.into_iter().filter(|it| !it.1.is_empty()) {
                let _ = write!(this.piece, r#"{}"{key}":"#, if comma { "," } else { "" });
                this.text(&group);
                comma = true;
            }
            this.raw(b"}");
        });
    }

    fn numbers(&mut self, vr: Vr, bytes: &[u8]) {
        let size = width(vr);
        let big = self.big_endian;
        self.list(bytes.chunks_exact(size), |this, it| {
            let mut own = it.to_vec();
            if big {
                own.reverse();
            }
            let two = || [own[0], own[1]];
            let four = || [own[0], own[1], own[2], own[3]];
            let eight = || [own[0], own[1], own[2], own[3], own[4], own[5], own[6], own[7]];
            let _ = match &vr.0 {
                b"US" => write!(this.piece, "{}", u16::from_le_bytes(two())),
                b"SS" => write!(this.piece, "{}", i16::from_le_bytes(two())),
                b"UL" => write!(this.piece, "{}", u32::from_le_bytes(four())),
                b"SL" => write!(this.piece, "{}", i32::from_le_bytes(four())),
                b"UV" => write!(this.piece, "{}", u64::from_le_bytes(eight())),
                b"SV" => write!(this.piece, "{}", i64::from_le_bytes(eight())),
                b"FL" => float(&mut this.piece, f32::from_le_bytes(four())),
                _ => float(&mut this.piece, f64::from_le_bytes(eight())),
            };
        });
    }

    fn tags(&mut self, bytes: &[u8]) {
        let big = self.big_endian;
        let two = |it: &[u8]| {
            let own = [it[0], it[1]];
            if big { u16::from_be_bytes(own) } else { u16::from_le_bytes(own) }
        };
        self.list(bytes.chunks_exact(4), |this, it| {
            let _ = write!(this.piece, r#""{:04X}{:04X}""#, two(it), two(&it[2..]));
        });
    }

    /// Integer and decimal strings are numbers in JSON; what is none stays text, so that nothing is lost.
    fn written_numbers(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches([' ', '\0']);
        if text.is_empty() {
            return;
        }
        self.list(text.split('\\').map(str::trim), |this, it| {
            if it.is_empty() {
                this.raw(b"null");
            } else if let Ok(whole) = it.parse::<i64>() {
                let _ = write!(this.piece, "{whole}");
            } else if let Some(number) = it.parse::<f64>().ok().filter(|it| it.is_finite()) {
                let _ = float(&mut this.piece, number);
            } else {
                this.text(it);
            }
        });
    }

    fn inline(&mut self, vr: Vr, bytes: &[u8]) {
        let mut own = bytes.to_vec();
        let size = width(vr);
        if self.big_endian && size > 1 {
            own.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
        self.raw(br#","InlineBinary":""#);
        self.raw(BASE64_STANDARD.encode(own).as_bytes());
        self.raw(b"\"");
    }

    fn pass(&mut self) {
        // Into memory: cannot fail.
        let _ = self.out.write_all(&self.piece);
        self.piece.clear();
    }
}

/// Bytes of one number of this representation.
fn width(vr: Vr) -> usize {
    match &vr.0 {
        b"US" | b"SS" | b"OW" => 2,
        b"UL" | b"SL" | b"FL" | b"OL" | b"OF" => 4,
        b"UV" | b"SV" | b"FD" | b"OD" | b"OV" => 8,
        _ => 1,
    }
}

/// JSON has no infinity and no "not a number". What is very large or very small has an exponent: 300 digits take room, and
/// readers that add them up one by one end beyond the largest number there is.
fn float(out: &mut Vec<u8>, number: impl Into<f64> + Display + LowerExp + Copy) -> std::io::Result<()> {
    let size = number.into().abs();
    if !size.is_finite() {
        write!(out, "null")
    } else if size == 0.0 || (1e-7..1e21).contains(&size) {
        write!(out, "{number}")
    } else {
        write!(out, "{number:e}")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::dataset::Scanner;

    fn element(tag: Tag, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
        let mut out = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
        out.extend(vr);
        if Vr(*vr).is_short() {
            out.extend(u16::try_from(value.len()).expect("short").to_le_bytes());
        } else {
            out.extend([0, 0]);
            out.extend(u32::try_from(value.len()).expect("short").to_le_bytes());
        }
        out.extend(value);
        out
    }

    fn written(data_set: &[u8], syntax: &str) -> serde_json::Value {
        let (mut scanner, mut json) = (Scanner::new(syntax), JsonWriter::default());
        scanner.feed(data_set, &mut |event| json.take(event)).expect("good");
        scanner.finish(&mut |event| json.take(event)).expect("whole");
        let mut text = String::new();
        flate2::read::DeflateDecoder::new(json.finish().as_slice()).read_to_string(&mut text).expect("deflated");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    const EXPLICIT: &str = "1.2.840.10008.1.2.1";

    #[test]
    fn values_are_written_as_the_standard_says() {
        let name = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=";
        let cases: &[(Tag, &[u8; 2], &[u8], &str)] = &[
            (Tag(0x0008, 0x0060), b"CS", b"CT", r#"{"vr":"CS","Value":["CT"]}"#),
            (Tag(0x0008, 0x0008), b"CS", b"ORIGINAL\\\\AXIAL ", r#"{"vr":"CS","Value":["ORIGINAL",null,"AXIAL"]}"#),
            (Tag(0x0010, 0x4000), b"LT", b" a\\b\r\n", "{\"vr\":\"LT\",\"Value\":[\" a\\\\b\\r\\n\"]}"),
            (Tag(0x0010, 0x0040), b"CS", b"", r#"{"vr":"CS"}"#),
            (Tag(0x0010, 0x0040), b"CS", b"  ", r#"{"vr":"CS"}"#),
            (
                Tag(0x0010, 0x0010),
                b"PN",
                name,
                r#"{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎"}]}"#,
            ),
            (Tag(0x0020, 0x0032), b"DS", b"-12.50\\3e1\\x ", r#"{"vr":"DS","Value":[-12.5,30,"x"]}"#),
            (Tag(0x0028, 0x0010), b"US", &[0, 2, 1, 0], r#"{"vr":"US","Value":[512,1]}"#),
            (Tag(0x0018, 0x9087), b"FD", &1.5_f64.to_le_bytes(), r#"{"vr":"FD","Value":[1.5]}"#),
            (Tag(0x0018, 0x9087), b"FD", &f64::NAN.to_le_bytes(), r#"{"vr":"FD","Value":[null]}"#),
            (Tag(0x0018, 0x9087), b"FD", &f64::MIN.to_le_bytes(), r#"{"vr":"FD","Value":[-1.7976931348623157e308]}"#),
            (Tag(0x0018, 0x9087), b"FD", &1e-300_f64.to_le_bytes(), r#"{"vr":"FD","Value":[1e-300]}"#),
            (Tag(0x0018, 0x9087), b"FD", &(-0.0_f64).to_le_bytes(), r#"{"vr":"FD","Value":[-0.0]}"#),
            (Tag(0x0028, 0x0009), b"AT", &[0x18, 0, 0x63, 0x10], r#"{"vr":"AT","Value":["00181063"]}"#),
            (Tag(0x0009, 0x1001), b"UN", b"ab", r#"{"vr":"UN","InlineBinary":"YWI="}"#),
        ];
        for (tag, vr, value, expected) in cases {
            let set = element(Tag::CHARACTER_SET, b"CS", b"\\ISO 2022 IR 87");
            let all = written(&[set, element(*tag, vr, value)].concat(), EXPLICIT);
            let expected: serde_json::Value = serde_json::from_str(expected).expect("JSON");
            assert_eq!(all[format!("{:04X}{:04X}", tag.0, tag.1)], expected, "{tag:?}");
            assert_eq!(all["00080005"]["Value"][0], "ISO_IR 192");
        }
    }

    #[test]
    fn items_have_their_own_character_set_and_give_it_back() {
        let inner = [
            element(Tag::CHARACTER_SET, b"CS", b"ISO_IR 192"),
            element(Tag(0x0008, 0x0104), b"LO", "下顎骨 ".as_bytes()),
        ]
        .concat();
        let item = [&[0xFE, 0xFF, 0x00, 0xE0][..], &u32::try_from(inner.len()).expect("short").to_le_bytes(), &inner];
        let all = [
            element(Tag::CHARACTER_SET, b"CS", b"ISO_IR 100"),
            element(Tag(0x0008, 0x2218), b"SQ", &item.concat()),
            element(Tag(0x0008, 0x2220), b"SQ", b""),
            element(Tag(0x0010, 0x4000), b"LT", b"\xe9 "),
        ]
        .concat();
        let json = written(&all, EXPLICIT);
        assert_eq!(json["00082218"]["Value"][0]["00080104"]["Value"][0], "下顎骨");
        assert_eq!(json["00082220"], serde_json::json!({ "vr": "SQ" }));
        assert_eq!(json["00104000"]["Value"][0], "é");
    }

    #[test]
    fn pixels_and_long_values_are_named_by_their_place() {
        let long = vec![7; 5_000];
        let all = [element(Tag(0x0042, 0x0011), b"OB", &long), element(Tag::PIXELS, b"OW", &[1, 2, 3, 4])].concat();
        let json = written(&all, EXPLICIT);
        assert_eq!(json["00420011"], serde_json::json!({ "vr": "OB", "BulkDataURI": "bulkdata/12/5000" }));
        assert_eq!(json["7FE00010"], serde_json::json!({ "vr": "OW", "BulkDataURI": "bulkdata/pixels" }));
        let mut packed = element(Tag::PIXELS, b"OB", b"");
        packed.truncate(8);
        packed.extend([0xFF; 4]);
        packed.extend([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0, 2, 0, 0, 0, 9, 9]);
        packed.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        let json = written(&packed, "1.2.840.10008.1.2.4.50");
        assert_eq!(json["7FE00010"], serde_json::json!({ "vr": "OB", "BulkDataURI": "bulkdata/pixels" }));
    }

    #[test]
    fn big_endian_numbers_turn_and_scripts_stay_text() {
        let big = [&[0x00, 0x28, 0x00, 0x10][..], b"US", &[0, 2, 2, 0]].concat();
        assert_eq!(written(&big, "1.2.840.10008.1.2.2")["00280010"]["Value"][0], 512);
        let name = element(Tag(0x0010, 0x0010), b"PN", b"<script>\"\x01</script>^");
        let json = written(&name, EXPLICIT);
        assert_eq!(json["00100010"]["Value"][0]["Alphabetic"], "<script>\"\u{1}</script>^");
    }
}
