//! What the directory of a disc says of one file (PS3.3 F.5): gathered from the data set as it is written.

use std::collections::BTreeMap;

use crate::dataset::text::CharacterSets;
use crate::dataset::{Event, Tag, Vr, Writer};

/// Longest value that a record keeps.
const VALUE_BYTES_MAX: usize = 1024;
const CHARACTER_SETS: Tag = Tag(0x0008, 0x0005);
const CONCEPT: Tag = Tag(0x0040, 0xA043);
/// In an item of the verifying observers.
const VERIFIED_AT: Tag = Tag(0x0040, 0xA030);
const CODE: [Tag; 3] = [Tag(0x0008, 0x0100), Tag(0x0008, 0x0102), Tag(0x0008, 0x0104)];

const CONTENT_DATE: Tag = Tag(0x0008, 0x0023);
const CONTENT_TIME: Tag = Tag(0x0008, 0x0033);
const COMPLETE: Tag = Tag(0x0040, 0xA491);
const VERIFIED: Tag = Tag(0x0040, 0xA493);
const TITLE: Tag = Tag(0x0042, 0x0010);
const MEDIA_TYPE: Tag = Tag(0x0042, 0x0012);
const LABEL: Tag = Tag(0x0070, 0x0080);
const LABEL_WORDS: Tag = Tag(0x0070, 0x0081);
const MADE_DATE: Tag = Tag(0x0070, 0x0082);
const MADE_TIME: Tag = Tag(0x0070, 0x0083);

/// Kinds of records for what lies in a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Structured,
    KeyObjects,
    Encapsulated,
    Presentation,
    /// What has no record of its own here.
    Private,
}

impl Kind {
    /// Of a class; `pictured` says that it has pixels.
    pub(super) fn of(class: &str, pictured: bool) -> Self {
        let class = class.strip_prefix("1.2.840.10008.5.1.4.1.1.").unwrap_or_default();
        match class {
            "88.59" => Self::KeyObjects,
            _ if class.starts_with("88.") => Self::Structured,
            _ if class.starts_with("104.") => Self::Encapsulated,
            _ if class.starts_with("11.") => Self::Presentation,
            _ if pictured => Self::Image,
            _ => Self::Private,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Image => "IMAGE",
            Self::Structured => "SR DOCUMENT",
            Self::KeyObjects => "KEY OBJECT DOC",
            Self::Encapsulated => "ENCAP DOC",
            Self::Presentation => "PRESENTATION",
            Self::Private => "PRIVATE",
        }
    }

    const fn keys(self) -> &'static [Tag] {
        match self {
            Self::Image | Self::Private => &[],
            Self::Structured => &[CONTENT_DATE, CONTENT_TIME, VERIFIED_AT, CONCEPT, COMPLETE, VERIFIED],
            Self::KeyObjects => &[CONTENT_DATE, CONTENT_TIME, CONCEPT],
            Self::Encapsulated => &[CONTENT_DATE, CONTENT_TIME, CONCEPT, TITLE, MEDIA_TYPE],
            Self::Presentation => &[LABEL, LABEL_WORDS, MADE_DATE, MADE_TIME],
        }
    }
}

/// Values for the keys of records.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    sets: CharacterSets,
    values: BTreeMap<Tag, String>,
    code: BTreeMap<Tag, String>,
    /// Sequences that are open.
    open: Vec<Tag>,
}

impl Told {
    pub(super) fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Sequence(tag, _) => self.open.push(tag),
            Event::SequenceEnd => drop(self.open.pop()),
            Event::Value { tag, bytes, .. } => self.value(tag, &bytes[..bytes.len().min(VALUE_BYTES_MAX)]),
            _ => (),
        }
    }

    fn value(&mut self, tag: Tag, bytes: &[u8]) {
        let text = || self.sets.read(bytes, b"\\").trim_matches([' ', '\0']).to_owned();
        match self.open.as_slice() {
            [] if tag == CHARACTER_SETS => self.sets = CharacterSets::parse(bytes),
            [] if matches!(tag.0, 0x0008 | 0x0040 | 0x0042 | 0x0070) => drop(self.values.insert(tag, text())),
            [_] if tag == VERIFIED_AT => drop(self.values.insert(tag, text())),
            [CONCEPT] if CODE.contains(&tag) => drop(self.code.insert(tag, text())),
            _ => (),
        }
    }

    /// Writes the keys of a record whose tags lie before `InstanceNumber`, or behind it.
    pub(super) fn write(&self, kind: Kind, out: &mut Writer, behind: bool) {
        const INSTANCE_NUMBER: Tag = Tag(0x0020, 0x0013);
        for tag in kind.keys().iter().filter(|it| (**it > INSTANCE_NUMBER) == behind) {
            if *tag == CONCEPT {
                let mut item = Writer::explicit();
                for part in CODE {
                    item.text(part, Vr::of(part), self.code.get(&part).map_or("", String::as_str));
                }
                let items = if self.code.is_empty() { vec![] } else { vec![item.take()] };
                out.items(CONCEPT, &items);
            } else if let Some(value) = self.values.get(tag) {
                out.text(*tag, Vr::of(*tag), value);
            } else if *tag != VERIFIED_AT {
                out.text(*tag, Vr::of(*tag), "");
            }
        }
    }
}
