//! Picks from the events of a data set what lists, queries and matching need.

use kernel::Date;

use super::Header;
use crate::dataset::text::CharacterSets;
use crate::dataset::{Event, Tag, Writing};

/// Longest text that is kept of one element: the longest of these (LO, PN groups) may have 64 characters, in at most eight
/// bytes each with escapes.
const TEXT_BYTES_MAX: usize = 2_048;

/// Gathers a [`Header`].
#[derive(Debug, Default)]
pub struct HeaderReader {
    header: Header,
    sets: CharacterSets,
    depth: usize,
    rows: Option<[u8; 2]>,
    columns: Option<[u8; 2]>,
    bits: Option<[u8; 2]>,
    samples: Option<[u8; 2]>,
}

impl HeaderReader {
    /// Takes the next event.
    pub fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Sequence(..) => self.depth += 1,
            Event::SequenceEnd => self.depth = self.depth.saturating_sub(1),
            Event::Value { tag, bytes, .. } if self.depth == 0 => {
                self.value(tag, &bytes[..bytes.len().min(TEXT_BYTES_MAX)])
            }
            _ => (),
        }
    }

    /// What was gathered, from a data set written in this way.
    #[must_use]
    pub fn header(self, writing: Writing) -> Header {
        let number = |it| if writing.big_endian { u16::from_be_bytes(it) } else { u16::from_le_bytes(it) };
        let frames = self.header.frames.max(1);
        Header {
            rows: self.rows.map(number),
            columns: self.columns.map(number),
            bits: self.bits.map(number),
            samples: self.samples.map_or(1, number),
            frames,
            ..self.header
        }
    }

    fn value(&mut self, tag: Tag, bytes: &[u8]) {
        let plain = || String::from_utf8_lossy(bytes).trim_matches([' ', '\0']).to_owned();
        // The first of several values; of text that has one, the whole.
        let text = || self.sets.read(bytes, b"\\").trim_matches([' ', '\0']).to_owned();
        let number = || plain().split('\\').next().and_then(|it| it.trim().parse().ok());
        let it = &mut self.header;
        match (tag.0, tag.1) {
            (0x0008, 0x0005) => self.sets = CharacterSets::parse(bytes),
            (0x0008, 0x0016) => it.class = plain(),
            (0x0008, 0x0018) => it.instance = plain(),
            (0x0008, 0x0020) => it.study_date = date(&plain()),
            (0x0008, 0x0030) => it.study_time = plain(),
            (0x0008, 0x0050) => it.accession = text(),
            (0x0008, 0x0060) => it.modality = plain(),
            (0x0008, 0x0090) => it.referrer = self.sets.name(bytes),
            (0x0008, 0x1030) => it.study_description = text(),
            (0x0008, 0x103E) => it.series_description = text(),
            (0x0010, 0x0010) => it.patient.name = self.sets.name(bytes),
            (0x0010, 0x0020) => it.patient.id = text(),
            (0x0010, 0x0030) => it.patient.birth_date = date(&plain()),
            (0x0010, 0x0040) => it.patient.sex = plain(),
            (0x0018, 0x0015) => it.body_part = plain(),
            (0x0020, 0x000D) => it.study = plain(),
            (0x0020, 0x000E) => it.series = plain(),
            (0x0020, 0x0010) => it.study_number = text(),
            (0x0020, 0x0011) => it.series_number = number(),
            (0x0020, 0x0013) => it.number = number(),
            (0x0020, 0x0060) => it.laterality = plain(),
            (0x0028, 0x0002) => self.samples = two(bytes),
            (0x0028, 0x0008) => it.frames = number().and_then(|it| u32::try_from(it).ok()).unwrap_or(1),
            (0x0028, 0x0010) => self.rows = two(bytes),
            (0x0028, 0x0011) => self.columns = two(bytes),
            (0x0028, 0x0100) => self.bits = two(bytes),
            (0x0028, 0x0301) => it.burned_in = yes(&plain()),
            (0x0028, 0x2110) => it.lossy = plain() == "01",
            _ => (),
        }
    }
}

fn two(bytes: &[u8]) -> Option<[u8; 2]> {
    bytes.get(..2)?.try_into().ok()
}

/// `YYYYMMDD`, or `YYYY.MM.DD` as devices before 1993 wrote it (PS3.5 6.2, DA).
fn date(text: &str) -> Option<Date> {
    let digits: String = text.chars().filter(|it| *it != '.').collect();
    let part = |from: usize, to: usize| digits.get(from..to).filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    (digits.len() == 8).then(|| format!("{year}-{month}-{day}").parse().ok()).flatten()
}

fn yes(text: &str) -> Option<bool> {
    match text {
        "YES" => Some(true),
        "NO" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Vr;

    fn read(values: &[(Tag, &[u8])]) -> Header {
        let mut reader = HeaderReader::default();
        for (tag, bytes) in values {
            reader.take(Event::Value { tag: *tag, vr: Vr::of(*tag), bytes });
        }
        reader.header(Writing::EXPLICIT)
    }

    #[test]
    fn the_patient_is_read_in_all_three_scripts() {
        let header = read(&[
            (Tag::CHARACTER_SET, b"\\ISO 2022 IR 87"),
            (
                Tag(0x0010, 0x0010),
                b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B ",
            ),
            (Tag(0x0010, 0x0020), b"00012 "),
            (Tag(0x0010, 0x0030), b"19480412"),
        ]);
        let patient = header.patient;
        assert_eq!((patient.name.ideographic.as_str(), patient.name.phonetic.as_str()), ("山田^太郎", "やまだ^たろう"));
        assert_eq!((patient.id.as_str(), patient.birth_date), ("00012", "1948-04-12".parse().ok()));
    }

    #[test]
    fn what_lies_in_a_sequence_is_not_the_instances_own() {
        let mut reader = HeaderReader::default();
        reader.take(Event::Sequence(Tag(0x0008, 0x1140), Vr::SQ));
        reader.take(Event::Item);
        reader.take(Event::Value { tag: Tag(0x0020, 0x000D), vr: Vr(*b"UI"), bytes: b"9.9" });
        reader.take(Event::ItemEnd);
        reader.take(Event::SequenceEnd);
        reader.take(Event::Value { tag: Tag(0x0020, 0x000D), vr: Vr(*b"UI"), bytes: b"1.2\0" });
        assert_eq!(reader.header(Writing::EXPLICIT).study, "1.2");
    }

    #[test]
    fn numbers_and_dates_that_are_none_are_left_out() {
        let header = read(&[
            (Tag(0x0008, 0x0020), b"20261350"),
            (Tag(0x0010, 0x0030), b"1948.04.12"),
            (Tag(0x0020, 0x0013), b" 7 "),
            (Tag(0x0020, 0x0011), b"seven"),
            (Tag(0x0028, 0x0008), b"-3"),
            (Tag(0x0028, 0x0010), &[0x00, 0x02]),
            (Tag(0x0028, 0x0011), &[1]),
        ]);
        assert_eq!((header.study_date, header.patient.birth_date), (None, "1948-04-12".parse().ok()));
        assert_eq!((header.number, header.series_number, header.frames), (Some(7), None, 1));
        assert_eq!((header.rows, header.columns), (Some(512), None));
        let mut reader = HeaderReader::default();
        reader.take(Event::Value { tag: Tag(0x0028, 0x0010), vr: Vr(*b"US"), bytes: &[0x02, 0x00] });
        assert_eq!(reader.header(Writing { big_endian: true, ..Writing::EXPLICIT }).rows, Some(512));
    }
}
