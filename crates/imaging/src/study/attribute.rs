//! What a list answers: the attributes of patient, study, series and instance (PS3.4 tables C.6-1 to C.6-5, PS3.18
//! tables 10.6.3-3 to -5), once for every face. Faces only write them down.

use super::{ClaimedGroup, Claims, Instance, Series, Study};
use crate::dataset::text::PersonName;
use crate::dataset::{Tag, Vr};
use crate::instance::ClaimedPatient;

/// What one row of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// One claimed patient.
    Patient,
    /// One study.
    Study,
    /// One series.
    Series,
    /// One instance.
    Instance,
}

/// Attributes by which [`super::Filter`] can search.
pub const SEARCHED: &[Tag] = &[
    Tag(0x0008, 0x0016),
    Tag(0x0008, 0x0018),
    Tag(0x0008, 0x0020),
    Tag(0x0008, 0x0030),
    Tag(0x0008, 0x0050),
    Tag(0x0008, 0x0060),
    Tag(0x0008, 0x0061),
    Tag(0x0008, 0x0090),
    Tag(0x0008, 0x1030),
    Tag(0x0008, 0x103E),
    Tag(0x0010, 0x0010),
    Tag(0x0010, 0x0020),
    Tag(0x0010, 0x0030),
    Tag(0x0010, 0x0040),
    Tag(0x0018, 0x0015),
    Tag(0x0020, 0x000D),
    Tag(0x0020, 0x000E),
    Tag(0x0020, 0x0010),
    Tag(0x0020, 0x0011),
    Tag(0x0020, 0x0013),
];

/// One attribute of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Which.
    pub tag: Tag,
    /// How it is written.
    pub vr: Vr,
    /// What it says.
    pub shown: Shown,
}

/// A value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Texts, identifiers, dates, times; none where the value is empty.
    Texts(Vec<String>),
    /// A person's name.
    Name(PersonName),
    /// A number.
    Number(i64),
}

fn attribute(tag: (u16, u16), vr: &[u8; 2], shown: Shown) -> Attribute {
    Attribute { tag: Tag(tag.0, tag.1), vr: Vr(*vr), shown }
}

pub(crate) fn text(tag: (u16, u16), vr: &[u8; 2], text: &str) -> Attribute {
    let texts = if text.is_empty() { vec![] } else { vec![text.to_owned()] };
    attribute(tag, vr, Shown::Texts(texts))
}

pub(crate) fn name(tag: (u16, u16), name: &PersonName) -> Attribute {
    attribute(tag, b"PN", Shown::Name(name.clone()))
}

fn number(tag: (u16, u16), vr: &[u8; 2], number: impl Into<i64>) -> Attribute {
    attribute(tag, vr, Shown::Number(number.into()))
}

fn maybe(tag: (u16, u16), vr: &[u8; 2], it: Option<impl Into<i64>>) -> Attribute {
    it.map_or_else(|| text(tag, vr, ""), |it| number(tag, vr, it))
}

fn day(date: Option<kernel::Date>) -> String {
    date.map(|it| it.to_string().replace('-', "")).unwrap_or_default()
}

fn patient(it: &ClaimedPatient) -> Vec<Attribute> {
    vec![
        name((0x0010, 0x0010), &it.name),
        text((0x0010, 0x0020), b"LO", &it.id),
        text((0x0010, 0x0030), b"DA", &day(it.birth_date)),
        text((0x0010, 0x0040), b"CS", &it.sex),
    ]
}

impl ClaimedGroup {
    /// What the answer says, in the order of tags.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut all = patient(&self.patient);
        all.push(number((0x0020, 0x1200), b"IS", self.study_count));
        all
    }
}

impl Study {
    /// What the answer says, in the order of tags.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        let Claims { patient: who, accession, description, number: own, referrer } = &self.claims;
        let mut all = vec![
            text((0x0008, 0x0020), b"DA", &day(self.date)),
            text((0x0008, 0x0030), b"TM", &self.time),
            text((0x0008, 0x0050), b"SH", accession),
            text((0x0008, 0x0056), b"CS", "ONLINE"),
            attribute((0x0008, 0x0061), b"CS", Shown::Texts(self.modalities.clone())),
            name((0x0008, 0x0090), referrer),
            text((0x0008, 0x1030), b"LO", description),
        ];
        all.extend(patient(who));
        all.extend([
            text((0x0020, 0x000D), b"UI", &self.uid),
            text((0x0020, 0x0010), b"SH", own),
            number((0x0020, 0x1206), b"IS", self.series_count),
            number((0x0020, 0x1208), b"IS", self.instance_count),
        ]);
        all
    }
}

impl Series {
    /// What the answer says of the series alone, in the order of tags.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        vec![
            text((0x0008, 0x0060), b"CS", &self.modality),
            text((0x0008, 0x103E), b"LO", &self.description),
            text((0x0018, 0x0015), b"CS", &self.body_part),
            text((0x0020, 0x000E), b"UI", &self.uid),
            maybe((0x0020, 0x0011), b"IS", self.number),
            text((0x0020, 0x0060), b"CS", &self.laterality),
            number((0x0020, 0x1209), b"IS", self.instance_count),
        ]
    }
}

impl Instance {
    /// What the answer says of the instance alone, in the order of tags.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut all = vec![
            text((0x0008, 0x0016), b"UI", &self.class),
            text((0x0008, 0x0018), b"UI", &self.uid),
            text((0x0008, 0x3002), b"UI", &self.transfer_syntax),
            maybe((0x0020, 0x0013), b"IS", self.number),
        ];
        if self.rows.is_some() {
            all.extend([
                number((0x0028, 0x0008), b"IS", self.frames),
                maybe((0x0028, 0x0010), b"US", self.rows),
                maybe((0x0028, 0x0011), b"US", self.columns),
                maybe((0x0028, 0x0100), b"US", self.bits),
            ]);
        }
        all
    }
}
