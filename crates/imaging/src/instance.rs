//! An instance: one image, report or document as a device sent it (PS3.3), and whether it can be taken.
//!
//! Values in, values out. What is read here is what lists, queries and matching need; everything else stays in the bytes.

mod header;
mod pixels;

use std::fmt;

use kernel::{Date, Words};

pub use header::HeaderReader;
pub use pixels::{FRAGMENTS_MAX, PixelReader, Pixels};

use crate::dataset::text::PersonName;

/// A DICOM unique identifier (PS3.5 9.1): digits and dots, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Uid(String);

impl TryFrom<String> for Uid {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no UID")
    }
}

impl Uid {
    /// Longest one.
    pub const CHARS_MAX: usize = 64;

    /// Reads one. Leading zeros in a component are forbidden by the standard and sent by real devices: they are taken,
    /// since an identifier only has to be the same each time.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= Self::CHARS_MAX;
        let parts = text.split('.').all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
        (fits && parts).then(|| Self(text.to_owned()))
    }

    /// One made from 16 bytes shaped as a UUID of `version` (PS3.5 B.2, RFC 9562): the same bytes, the same identifier.
    #[must_use]
    pub fn of_uuid(mut bytes: [u8; 16], version: u8) -> Self {
        bytes[6] = bytes[6] & 0x0F | version << 4;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        Self(format!("2.25.{}", u128::from_be_bytes(bytes)))
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Whom the device says the image shows. Nothing of it is believed before it was compared with the request (TR-27).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ClaimedPatient {
    /// In its three groups.
    pub name: PersonName,
    /// The number of the sending facility.
    pub id: String,
    /// When it is a date.
    pub birth_date: Option<Date>,
    /// `M`, `F`, `O`, or empty.
    pub sex: String,
}

/// What the data set says before its pixels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// SOP Class UID: what kind of thing.
    pub class: String,
    /// SOP Instance UID.
    pub instance: String,
    /// Series Instance UID.
    pub series: String,
    /// Study Instance UID.
    pub study: String,
    /// Whom it shows.
    pub patient: ClaimedPatient,
    /// Day of the study.
    pub study_date: Option<Date>,
    /// Time of day as written, `HHMMSS` and more.
    pub study_time: String,
    /// Accession Number: the order at the sending facility.
    pub accession: String,
    /// Description of the study.
    pub study_description: String,
    /// Study ID: the number that the device gave it.
    pub study_number: String,
    /// Who asked for it, as the device knows it.
    pub referrer: PersonName,
    /// `CT`, `PX`, `IO`, …
    pub modality: String,
    /// Description of the series.
    pub series_description: String,
    /// Body Part Examined.
    pub body_part: String,
    /// `L`, `R`, or empty.
    pub laterality: String,
    /// Number of the series.
    pub series_number: Option<i32>,
    /// Number of the instance.
    pub number: Option<i32>,
    /// Rows of pixels; none for what is no image.
    pub rows: Option<u16>,
    /// Columns of pixels.
    pub columns: Option<u16>,
    /// Bits that one sample takes up.
    pub bits: Option<u16>,
    /// Samples of one pixel; one unless it says otherwise.
    pub samples: u16,
    /// Frames; one unless it says otherwise.
    pub frames: u32,
    /// Whether names are burnt into the pixels, as far as the device says (PS3.3 C.7.6.1.1.7).
    pub burned_in: Option<bool>,
    /// Whether the pixels have lost something on the way to us (PS3.3 C.7.6.1.1.5).
    pub lossy: bool,
}

impl Header {
    /// Bytes of one native frame; 0 for what is no image, and where frames do not begin on whole bytes.
    #[must_use]
    pub fn frame_bytes(&self) -> u64 {
        let [rows, columns, bits] = [self.rows, self.columns, self.bits].map(|it| u64::from(it.unwrap_or_default()));
        let frame_bits = rows * columns * bits * u64::from(self.samples.max(1));
        if frame_bits % 8 == 0 { frame_bits / 8 } else { 0 }
    }
}

/// Where an instance belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// What kind of thing.
    pub class: Uid,
    /// Itself.
    pub instance: Uid,
    /// Its series.
    pub series: Uid,
    /// Its study.
    pub study: Uid,
}

/// Why an instance cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// An identifier is missing or is none: nobody could ever ask for the instance.
    Uid(&'static str),
    /// The sender announced another class or instance than the data set names (PS3.7 9.1.1).
    NotAsAnnounced,
}

impl Refused {
    /// In words, for the log page and for media that a person brings.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Uid(name) => Words::made(
                format!("画像の識別番号（{name}）がないか、正しくありません。"),
                format!("An identifier of the image ({name}) is missing or not valid."),
            ),
            Self::NotAsAnnounced => Words::new(
                "送信のときに告げられた番号と、画像の中の番号が違います。",
                "The image names another identifier than its sender announced.",
            ),
        }
    }
}

/// Where the instance belongs, or why it cannot be taken. `announced` is what the sender said outside the data set: class
/// and instance of the C-STORE request.
///
/// # Errors
/// Only [`Refused`].
pub fn place(header: &Header, announced: Option<(&str, &str)>) -> Result<Placement, Refused> {
    let uid = |name, text: &str| Uid::parse(text).ok_or(Refused::Uid(name));
    if announced.is_some_and(|it| it != (header.class.as_str(), header.instance.as_str())) {
        return Err(Refused::NotAsAnnounced);
    }
    Ok(Placement {
        class: uid("SOPClassUID", &header.class)?,
        instance: uid("SOPInstanceUID", &header.instance)?,
        series: uid("SeriesInstanceUID", &header.series)?,
        study: uid("StudyInstanceUID", &header.study)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        let text = |it: &str| it.to_owned();
        Header {
            class: text("1.2.3"),
            instance: text("1.2.3.4"),
            series: text("1.5"),
            study: text("1.6"),
            ..Header::default()
        }
    }

    #[test]
    fn an_identifier_is_digits_and_dots_and_not_too_long() {
        for good in ["1", "1.2.840.10008.5.1.4.1.1.2", "1.02.3", &"1".repeat(64)] {
            assert!(Uid::parse(good).is_some(), "{good}");
        }
        for bad in ["", ".", "1.", ".1", "1..2", "1.a", "1.2 ", "../../etc", "１.２", &"1".repeat(65)] {
            assert!(Uid::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_identifier_of_a_uuid_is_its_number() {
        // The example of RFC 9562 A.6, which shows the shape of version 7.
        let uuid = 0x017F_22E2_79B0_7CC3_98C4_DC0C_0C07_398F_u128;
        assert_eq!(Uid::of_uuid(uuid.to_be_bytes(), 7).as_str(), format!("2.25.{uuid}"));
        let most = Uid::of_uuid([0xFF; 16], 7);
        assert!(Uid::parse(most.as_str()).is_some(), "{most}");
    }

    #[test]
    fn an_instance_is_placed_only_with_all_its_identifiers() {
        assert_eq!(place(&header(), None).expect("placed").study.as_str(), "1.6");
        type Spoil = fn(&mut Header);
        let cases: &[(Spoil, Refused)] = &[
            (|it| it.class.clear(), Refused::Uid("SOPClassUID")),
            (|it| it.instance = "x".into(), Refused::Uid("SOPInstanceUID")),
            (|it| it.series = "1.".into(), Refused::Uid("SeriesInstanceUID")),
            (|it| it.study.clear(), Refused::Uid("StudyInstanceUID")),
        ];
        for (spoil, refused) in cases {
            let mut header = header();
            spoil(&mut header);
            assert_eq!(place(&header, None), Err(*refused));
        }
    }

    #[test]
    fn what_was_announced_must_be_what_came() {
        assert!(place(&header(), Some(("1.2.3", "1.2.3.4"))).is_ok());
        for other in [("1.2.3", "1.2.3.5"), ("1.2.4", "1.2.3.4"), ("", "")] {
            assert_eq!(place(&header(), Some(other)), Err(Refused::NotAsAnnounced));
        }
    }
}
