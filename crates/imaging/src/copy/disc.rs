//! The directory of a disc that we write (DICOMDIR, PS3.3 annex F; general purpose profile, PS3.11 annex D).
//!
//! A tree of records: patient, study, series, image. Records point to each other by their place in the file, so all are
//! laid out once to learn their lengths, and then written with their places.

use super::record::{Kind, Told};
use crate::dataset::{Tag, Vr, Writer, file_header};
use crate::instance::{Header, Uid};

/// SOP Class of a directory (PS3.4 annex I).
const DIRECTORY_CLASS: &str = "1.2.840.10008.1.3.10";
/// A directory is always explicit little endian (PS3.10 8.6).
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
/// Explicit item: tag and length.
const ITEM_HEAD_BYTES: u32 = 8;

/// A file on the disc.
#[derive(Debug, Clone)]
pub(super) struct OnDisc {
    /// What it says of itself.
    pub(super) header: Header,
    /// What else its record tells.
    pub(super) told: Told,
    /// How it is written.
    pub(super) transfer_syntax: String,
}

/// Where the `number`-th file of a disc lies: parts of eight characters, as every system reads them (PS3.10 8.2).
#[must_use]
pub(super) fn file_id(number: usize) -> [String; 3] {
    // A thousand files to a folder: more make old computers slow.
    ["DICOM".into(), format!("D{:07}", number / 1_000), format!("I{number:07}")]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Patient,
    Study,
    Series,
    Image(usize),
}

#[derive(Debug)]
struct Record<'a> {
    level: Level,
    of: &'a OnDisc,
    next: Option<usize>,
    first_below: Option<usize>,
}

/// The directory of `pictures`, whose files lie where [`file_id`] says by their place in the list. Pictures of one patient,
/// study and series must stand together. `uid` is that of the directory itself, `label` up to 16 characters of A–Z, 0–9
/// and `_`.
#[must_use]
pub(super) fn directory(pictures: &[OnDisc], uid: &Uid, label: &str) -> Vec<u8> {
    let records = tree(pictures);
    let mut out = file_header(DIRECTORY_CLASS, uid.as_str(), EXPLICIT);
    let mut head = Writer::explicit();
    head.element(Tag(0x0004, 0x1130), Vr(*b"CS"), label.as_bytes());
    let ends = |it: &mut Writer, first: u32, last: u32| {
        it.element(Tag(0x0004, 0x1200), Vr(*b"UL"), &first.to_le_bytes());
        it.element(Tag(0x0004, 0x1202), Vr(*b"UL"), &last.to_le_bytes());
        it.element(Tag(0x0004, 0x1212), Vr(*b"US"), &[0, 0]);
    };
    // The two places at the root and the head of the sequence have fixed lengths: 12 + 12 + 10 + 12 bytes.
    let begin = size(out.len() + head.waiting_bytes()) + 12 + 12 + 10 + 12;
    let mut places = Vec::with_capacity(records.len());
    let mut at = begin;
    for record in &records {
        places.push(at);
        at += ITEM_HEAD_BYTES + size(written(record, 0, 0).len());
    }
    let place = |it: Option<usize>| it.and_then(|it| places.get(it).copied()).unwrap_or(0);
    let last = records.iter().rposition(|it| it.level == Level::Patient);
    ends(&mut head, place((!records.is_empty()).then_some(0)), place(last));
    head.head(Tag(0x0004, 0x1220), Vr::SQ, at - begin);
    for record in &records {
        let body = written(record, place(record.next), place(record.first_below));
        head.whole_item(&body);
    }
    out.extend(head.take());
    out
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The records in the order in which they are written: each before what lies below it.
fn tree(pictures: &[OnDisc]) -> Vec<Record<'_>> {
    let mut records: Vec<Record<'_>> = Vec::new();
    let mut open: [Option<usize>; 4] = [None; 4];
    for (number, it) in pictures.iter().enumerate() {
        let before = number.checked_sub(1).map(|it| &pictures[it].header);
        let header = &it.header;
        let patient = before.is_none_or(|it| it.patient != header.patient);
        let study = patient || before.is_none_or(|it| it.study != header.study);
        let series = study || before.is_none_or(|it| it.series != header.series);
        let levels = [Level::Patient, Level::Study, Level::Series, Level::Image(number)];
        for (depth, (level, new)) in levels.into_iter().zip([patient, study, series, true]).enumerate() {
            if !new {
                continue;
            }
            let this = records.len();
            records.push(Record { level, of: it, next: None, first_below: None });
            match open[depth] {
                Some(sibling) => records[sibling].next = Some(this),
                None => {
                    if let Some(above) = depth.checked_sub(1).and_then(|it| open[it]) {
                        records[above].first_below = Some(this);
                    }
                }
            }
            open[depth] = Some(this);
            open[depth + 1..].fill(None);
        }
    }
    records
}

fn written(record: &Record<'_>, next: u32, below: u32) -> Vec<u8> {
    let header = &record.of.header;
    let mut it = Writer::explicit();
    it.element(Tag(0x0004, 0x1400), Vr(*b"UL"), &next.to_le_bytes());
    it.element(Tag(0x0004, 0x1410), Vr(*b"US"), &[0xFF, 0xFF]);
    it.element(Tag(0x0004, 0x1420), Vr(*b"UL"), &below.to_le_bytes());
    let mut text = |group, element, vr: &[u8; 2], value: &str| {
        it.text(Tag(group, element), Vr(*vr), value);
    };
    let day = header.study_date.map(|it| it.to_string().replace('-', "")).unwrap_or_default();
    // A record needs a number (PS3.3 F.5), and films that were scanned have none.
    let number = |it: Option<i32>| it.unwrap_or(1).to_string();
    match record.level {
        Level::Patient => {
            text(0x0004, 0x1430, b"CS", "PATIENT");
            text(0x0008, 0x0005, b"CS", "ISO_IR 192");
            let name = &header.patient.name;
            let groups = [name.alphabetic.as_str(), name.ideographic.as_str(), name.phonetic.as_str()];
            text(0x0010, 0x0010, b"PN", groups.join("=").trim_end_matches('='));
            text(0x0010, 0x0020, b"LO", &header.patient.id);
        }
        Level::Study => {
            text(0x0004, 0x1430, b"CS", "STUDY");
            text(0x0008, 0x0005, b"CS", "ISO_IR 192");
            text(0x0008, 0x0020, b"DA", &day);
            text(0x0008, 0x0030, b"TM", &header.study_time);
            text(0x0008, 0x0050, b"SH", &header.accession);
            text(0x0008, 0x1030, b"LO", &header.study_description);
            text(0x0020, 0x000D, b"UI", &header.study);
            // A record needs one (PS3.3 F.5.2), and many devices give none.
            text(0x0020, 0x0010, b"SH", if header.study_number.is_empty() { "1" } else { &header.study_number });
        }
        Level::Series => {
            text(0x0004, 0x1430, b"CS", "SERIES");
            text(0x0008, 0x0005, b"CS", "ISO_IR 192");
            text(0x0008, 0x0060, b"CS", &header.modality);
            text(0x0008, 0x103E, b"LO", &header.series_description);
            text(0x0020, 0x000E, b"UI", &header.series);
            text(0x0020, 0x0011, b"IS", &number(header.series_number));
        }
        Level::Image(place) => {
            let kind = Kind::of(&header.class, header.rows.is_some());
            text(0x0004, 0x1430, b"CS", kind.name());
            if kind == Kind::Private {
                text(0x0004, 0x1432, b"UI", &header.class);
            }
            text(0x0004, 0x1500, b"CS", &file_id(place).join("\\"));
            text(0x0004, 0x1510, b"UI", &header.class);
            text(0x0004, 0x1511, b"UI", &header.instance);
            text(0x0004, 0x1512, b"UI", &record.of.transfer_syntax);
            text(0x0008, 0x0005, b"CS", "ISO_IR 192");
            record.of.told.write(kind, &mut it, false);
            it.text(Tag(0x0020, 0x0013), Vr(*b"IS"), &number(header.number));
            record.of.told.write(kind, &mut it, true);
        }
    }
    it.take()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Event, File};
    use crate::instance::ClaimedPatient;

    fn picture(patient: &str, study: &str, series: &str, instance: &str) -> OnDisc {
        let mut claimed = ClaimedPatient { id: patient.into(), ..ClaimedPatient::default() };
        claimed.name.alphabetic = "TANAKA^SACHIKO".into();
        claimed.name.ideographic = "田中^幸子".into();
        let header = Header {
            class: "1.2.840.10008.5.1.4.1.1.2".into(),
            instance: instance.into(),
            series: series.into(),
            study: study.into(),
            patient: claimed,
            modality: "CT".into(),
            rows: Some(16),
            ..Header::default()
        };
        OnDisc { header, told: Told::default(), transfer_syntax: EXPLICIT.into() }
    }

    /// What stands at a place of the file: the item's type, and where it leads.
    fn record(bytes: &[u8], place: u32) -> (String, u32, u32) {
        let at = place as usize;
        assert_eq!(bytes[at..at + 4], [0xFE, 0xFF, 0x00, 0xE0], "an item begins at {place}");
        let four = |from: usize| u32::from_le_bytes(bytes[from..from + 4].try_into().expect("four"));
        let (next, below) = (four(at + 16), four(at + 38));
        let length = usize::from(u16::from_le_bytes([bytes[at + 48], bytes[at + 49]]));
        let kind = String::from_utf8_lossy(&bytes[at + 50..at + 50 + length]).trim().to_owned();
        (kind, next, below)
    }

    #[test]
    fn a_directory_leads_from_patient_to_picture() {
        let pictures = [
            picture("1", "1.1", "1.1.1", "1.1.1.1"),
            picture("1", "1.1", "1.1.1", "1.1.1.2"),
            picture("1", "1.1", "1.1.2", "1.1.2.1"),
            picture("1", "1.2", "1.2.1", "1.2.1.1"),
            picture("2", "1.3", "1.3.1", "1.3.1.1"),
        ];
        let bytes = directory(&pictures, &Uid::of_uuid([1; 16], 4), "HARUKA");
        let mut root = Vec::new();
        let mut files = Vec::new();
        let mut file = File::default();
        file.feed(&bytes, &mut |event| {
            if let Event::Value { tag: Tag(0x0004, element), bytes, .. } = event {
                match element {
                    0x1200 | 0x1202 => root.push(u32::from_le_bytes(bytes.try_into().expect("four"))),
                    0x1500 => files.push(String::from_utf8_lossy(bytes).trim().to_owned()),
                    _ => (),
                }
            }
        })
        .expect("readable");
        file.finish(&mut |_| ()).expect("whole");
        assert_eq!(files.len(), 5);
        assert_eq!(files[4], "DICOM\\D0000000\\I0000004");

        // Walk the tree by its places.
        let mut shown = Vec::new();
        let mut open = vec![(root[0], 0)];
        while let Some((place, depth)) = open.pop() {
            let (kind, next, below) = record(&bytes, place);
            shown.push(format!("{depth}{kind}"));
            if next > 0 {
                open.push((next, depth));
            }
            if below > 0 {
                open.push((below, depth + 1));
            }
        }
        let expected =
            "0PATIENT 1STUDY 2SERIES 3IMAGE 3IMAGE 2SERIES 3IMAGE 1STUDY 2SERIES 3IMAGE 0PATIENT 1STUDY 2SERIES 3IMAGE";
        assert_eq!(shown.join(" "), expected);
        assert_eq!(record(&bytes, root[1]).1, 0, "the last patient has no next");
    }

    #[test]
    fn an_empty_disc_has_an_empty_directory() {
        let mut file = File::default();
        file.feed(&directory(&[], &Uid::of_uuid([1; 16], 4), "HARUKA"), &mut |_| ()).expect("readable");
        file.finish(&mut |_| ()).expect("whole");
    }

    #[test]
    fn a_thousand_files_lie_in_a_folder() {
        assert_eq!(file_id(0).join("/"), "DICOM/D0000000/I0000000");
        assert_eq!(file_id(12_345).join("/"), "DICOM/D0000012/I0012345");
    }
}
