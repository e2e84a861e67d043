//! A study: the images of one examination, in series. What devices claim of it, and how studies, series and instances are
//! searched and handed out: the same for every face.

pub mod attribute;
pub(crate) mod claim;
pub mod content;
mod depiction;
pub mod filter;
pub(crate) mod lending;
pub mod list;
pub mod pages;
mod sql;
pub mod store;
mod transcode;
pub mod viewing;

use kernel::{Date, PatientId, RowId, Timestamp, name};
use unicode_normalization::UnicodeNormalization;

use crate::dataset::text::PersonName;
use crate::instance::{ClaimedPatient, Header};

pub use attribute::{Attribute, Level, Shown};
pub use content::{Content, Fetched, Located};
pub use depiction::{Curve, Fault, Picture, Window};
pub use filter::{Filter, Pattern, Span, Unfit};
pub use store::{
    Answer, Metadata, Page, digests, fetch, find_instances, find_patients, find_series, find_studies, metadata, show,
};
pub use transcode::{Transcoding, WRITTEN};

/// Letters of a name's beginning that are marked: enough to tell families apart, few enough rows.
pub(crate) const MARK_CHARS_MAX: usize = 8;
/// Characters to which devices fill a number up with zeros at most.
const NUMBER_CHARS_MAX: usize = 10;

/// What a device says of a patient and an examination. Believed by nobody before it was compared (TR-27).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Claims {
    /// Whom it shows.
    pub patient: ClaimedPatient,
    /// The order at the sending facility.
    pub accession: String,
    /// What was examined.
    pub description: String,
    /// The device's own number.
    pub number: String,
    /// Who asked.
    pub referrer: PersonName,
}

impl Claims {
    /// Those of the instance that came first.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self {
            patient: header.patient.clone(),
            accession: header.accession.clone(),
            description: header.study_description.clone(),
            number: header.study_number.clone(),
            referrer: header.referrer.clone(),
        }
    }
}

/// A study in a list.
#[derive(Debug, Clone)]
pub struct Study {
    /// Our row.
    pub id: RowId,
    /// Study Instance UID.
    pub uid: String,
    /// The facility's patient, once somebody or a rule has compared them.
    pub patient: Option<PatientId>,
    /// What the device says.
    pub claims: Claims,
    /// Day, where the device gave one.
    pub date: Option<Date>,
    /// Time of day as written.
    pub time: String,
    /// What its series are.
    pub modalities: Vec<String>,
    /// How many series are here.
    pub series_count: u32,
    /// How many instances are here.
    pub instance_count: u32,
    /// When the first instance came.
    pub first_at: Timestamp,
    /// When the last one came.
    pub changed_at: Timestamp,
}

/// A series in a list.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its study.
    pub study: std::sync::Arc<Study>,
    /// Our row.
    pub id: RowId,
    /// Series Instance UID.
    pub uid: String,
    /// `CT`, `PX`, …
    pub modality: String,
    /// The device's number.
    pub number: Option<i32>,
    /// What it is.
    pub description: String,
    /// Body Part Examined.
    pub body_part: String,
    /// `L`, `R`, or empty.
    pub laterality: String,
    /// How many instances are here.
    pub instance_count: u32,
}

/// An instance in a list.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its series.
    pub series: std::sync::Arc<Series>,
    /// Our row.
    pub id: RowId,
    /// SOP Instance UID.
    pub uid: String,
    /// SOP Class UID.
    pub class: String,
    /// How it is written.
    pub transfer_syntax: String,
    /// The device's number.
    pub number: Option<i32>,
    /// Rows of pixels.
    pub rows: Option<u16>,
    /// Columns of pixels.
    pub columns: Option<u16>,
    /// Bits of one sample.
    pub bits: Option<u16>,
    /// Frames.
    pub frames: u32,
    /// Whether its pixels have lost something before they came here.
    pub lossy: bool,
    /// Bytes of the data set.
    pub size_bytes: u64,
    /// SHA-256 of the data set as received.
    pub digest: blobs::BlobId,
    /// When it came.
    pub received_at: Timestamp,
}

/// A patient as devices claim one, with all studies that claim the same.
#[derive(Debug, Clone)]
pub struct ClaimedGroup {
    /// Who.
    pub patient: ClaimedPatient,
    /// How many studies are here.
    pub study_count: u32,
}

/// What a study can be found by: `name:` and the beginnings of each group and of each part of the name, `id:` and the
/// number, `accession:`.
pub(crate) fn marked(claims: &Claims) -> Vec<String> {
    let mut all = Vec::new();
    let name = &claims.patient.name;
    for group in [&name.alphabetic, &name.ideographic, &name.phonetic] {
        let whole = fold(group);
        let later = parts(group).skip(1).map(fold).collect::<Vec<_>>();
        for text in std::iter::once(whole).chain(later) {
            let count = text.chars().count().min(MARK_CHARS_MAX);
            all.extend((1..=count).map(|it| format!("name:{}", text.chars().take(it).collect::<String>())));
        }
    }
    let number = &claims.patient.id;
    all.extend((!number.is_empty()).then(|| format!("id:{number}")));
    all.extend((!claims.accession.is_empty()).then(|| format!("accession:{}", claims.accession)));
    all
}

/// The text by whose mark studies of a name are found: the beginning of the whole, as [`marked`] keeps it.
pub(crate) fn name_mark(name: &str) -> String {
    format!("name:{}", fold(name).chars().take(MARK_CHARS_MAX).collect::<String>())
}

/// Texts by whose marks studies of a number are found: leading zeros are added and dropped by devices on their way.
pub(crate) fn number_marks(number: &str) -> Vec<String> {
    let bare = number.trim_start_matches('0');
    let padded = (bare.len().max(1)..=NUMBER_CHARS_MAX).map(|width| format!("id:{bare:0>width$}"));
    padded.chain([format!("id:{number}")]).collect()
}

/// The text whose mark tells that two studies claim the same patient.
pub(crate) fn patient_mark(patient: &ClaimedPatient) -> String {
    let birth = patient.birth_date.map(|it| it.to_string()).unwrap_or_default();
    format!("patient:{}|{}|{birth}|{}", patient.id, patient.name, patient.sex)
}

/// The parts of a group of a name: family, given, and what follows.
pub(crate) fn parts(group: &str) -> impl Iterator<Item = &str> {
    group.split(['^', ' ', '\u{3000}']).filter(|it| !it.is_empty())
}

/// A name as it is compared: full-width katakana, capitals, no space or divider.
pub(crate) fn fold(group: &str) -> String {
    let plain: String = group.nfkc().filter(|it| !matches!(it, '^' | ' ' | '\u{3000}')).collect();
    name::katakana(&plain).unwrap_or(plain).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_to_what_a_clerk_would_type() {
        for (name, folded) in [
            ("ﾔﾏﾀﾞ^ﾀﾛｳ", "ヤマダタロウ"),
            ("やまだ^たろう", "ヤマダタロウ"),
            ("Yamada^Tarou", "YAMADATAROU"),
            ("山田　太郎", "山田太郎"),
            ("Ｙａｍａｄａ", "YAMADA"),
        ] {
            assert_eq!(fold(name), folded);
        }
    }

    #[test]
    fn a_study_is_marked_by_family_and_by_given_name() {
        let name = PersonName::parse("Yamada^Tarou=山田^太郎=");
        let claims =
            Claims { patient: ClaimedPatient { name, id: "007".into(), ..Default::default() }, ..Claims::default() };
        let marks = marked(&claims);
        for wanted in ["name:Y", "name:YAMADATA", "name:TAROU", "name:山田", "name:太", "id:007"] {
            assert!(marks.iter().any(|it| it == wanted), "{wanted} in {marks:?}");
        }
        assert!(!marks.iter().any(|it| it.starts_with("accession:")));
        assert!(marks.contains(&name_mark("山田 太郎")) && !marks.contains(&name_mark("山田 花子")));
        for (number, found) in [("7", true), ("0007", true), ("007", true), ("70", false), ("", false)] {
            assert_eq!(number_marks(number).contains(&"id:007".to_owned()), found, "{number}");
        }
    }
}
