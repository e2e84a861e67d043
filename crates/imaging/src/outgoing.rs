//! What goes out with a signature: each signed version as DICOM objects for the facility that asked (TR-10) – its paper as
//! an encapsulated PDF, its findings as a structured report. They lie among the images of the study, and are sent to the
//! stations that take reports, again and again until they are stored there.

pub(crate) mod content;
mod encapsulated;
pub(crate) mod module;
pub mod pages;
pub(crate) mod sites;
pub mod store;
pub(crate) mod structured;
pub mod write;

use kernel::{Lang, RowId, Timestamp, Words};

use crate::instance::Uid;
use crate::report::ReportId;
use crate::request::RequestId;

/// What goes out is written in the language of the charts.
pub(crate) const LANG: Lang = Lang::Ja;

kernel::keyed! {
    /// In which form a report goes out.
    pub enum Kind {
        /// Encapsulated PDF: what people read.
        Paper => "pdf", "PDF", "PDF";
        /// Basic Text SR: what programs read.
        Structured => "sr", "構造化レポート", "Structured report";
    }
}

impl Kind {
    /// SOP Class UID.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Paper => "1.2.840.10008.5.1.4.1.1.104.1",
            Self::Structured => "1.2.840.10008.5.1.4.1.1.88.11",
        }
    }

    const fn modality(self) -> &'static str {
        match self {
            Self::Paper => "DOC",
            Self::Structured => "SR",
        }
    }

    /// Behind the numbers that devices give their series.
    const fn series_number(self) -> u16 {
        match self {
            Self::Paper => 9_001,
            Self::Structured => 9_002,
        }
    }
}

/// A signed version in one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Our row.
    pub id: RowId,
    /// In which form.
    pub kind: Kind,
    /// The version.
    pub report: ReportId,
    /// The request that it answers.
    pub request: RequestId,
    /// When it was written.
    pub kept_at: Option<Timestamp>,
}

impl Object {
    /// Its SOP Instance UID: a row's id is time and chance, as a UUID of version 7 is.
    #[must_use]
    pub fn uid(&self) -> Uid {
        Uid::of_uuid(*self.id.as_bytes(), 7)
    }

    /// Its series: all versions of the reports on one request, in this form.
    #[must_use]
    pub fn series(&self) -> Uid {
        let digest = crypto::digest::sha256(format!("report-series/{}/{}", self.request, self.kind.key()).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Uid::of_uuid(bytes, 8)
    }
}

/// What a try to send came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The station has it.
    Stored,
    /// The station answered with this status, which is no success.
    Refused(u16),
    /// The station takes no objects of this kind.
    NotTaken,
    /// The station takes no association from us.
    Rejected,
    /// Nobody answers, or the connection broke.
    Away,
    /// Our own copy cannot be read.
    Unreadable,
}

impl Outcome {
    /// Its key in rows.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Refused(_) => "refused",
            Self::NotTaken => "not_taken",
            Self::Rejected => "rejected",
            Self::Away => "away",
            Self::Unreadable => "unreadable",
        }
    }

    fn from_key(key: &str, status: Option<u16>) -> Option<Self> {
        let all = [
            Self::Stored,
            Self::Refused(status.unwrap_or_default()),
            Self::NotTaken,
            Self::Rejected,
            Self::Away,
            Self::Unreadable,
        ];
        all.into_iter().find(|it| it.key() == key)
    }

    const fn status(self) -> Option<u16> {
        match self {
            Self::Refused(status) => Some(status),
            _ => None,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Stored => Words::new("保存された", "Stored"),
            Self::Refused(status) => {
                Words::made(format!("送り先が断った（{status:04X}）"), format!("The station refused it ({status:04X})"))
            }
            Self::NotTaken => {
                Words::new("送り先がこの形式を受け取らない", "The station does not take objects of this kind")
            }
            Self::Rejected => Words::new(
                "送り先が接続を断った（AEタイトルの登録を確かめる）",
                "The station rejects us (check the AE title there)",
            ),
            Self::Away => Words::new("送り先につながらない", "The station cannot be reached"),
            Self::Unreadable => Words::new("サーバーの写しが読めない", "The server's own copy cannot be read"),
        }
    }
}

/// Minutes from one try to the next; the last one repeats. An archive is often back in minutes; one that refuses needs a
/// person, who has a button for the next try.
const PAUSES_MIN: [i64; 7] = [1, 2, 5, 15, 60, 180, 360];

/// Minutes until the next try, after so many.
#[must_use]
pub fn pause_min(tries: u32) -> i64 {
    let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    PAUSES_MIN[place.min(PAUSES_MIN.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_the_same_object_each_time() {
        // TR-10
        let object = |id: u8, request: u8, kind| Object {
            id: RowId::from_bytes([id; 16]),
            kind,
            report: RowId::from_bytes([9; 16]),
            request: RowId::from_bytes([request; 16]),
            kept_at: None,
        };
        let (one, other) = (object(1, 1, Kind::Paper), object(2, 1, Kind::Paper));
        assert_eq!(one.uid(), object(1, 1, Kind::Paper).uid());
        assert_ne!(one.uid(), other.uid());
        assert_eq!(one.series(), other.series(), "versions stand together");
        assert_ne!(one.series(), object(1, 1, Kind::Structured).series(), "a series has one modality");
        assert_ne!(one.series(), object(1, 2, Kind::Paper).series());
    }

    #[test]
    fn an_outcome_reads_back_from_its_row() {
        for it in [
            Outcome::Stored,
            Outcome::Refused(0xA700),
            Outcome::NotTaken,
            Outcome::Rejected,
            Outcome::Away,
            Outcome::Unreadable,
        ] {
            assert_eq!(Outcome::from_key(it.key(), it.status()), Some(it));
        }
        assert_eq!(Outcome::from_key("lost", None), None);
    }

    #[test]
    fn the_pauses_grow_and_then_stay() {
        let pauses: Vec<i64> = [0, 1, 2, 3, 4, 5, 6, 7, 8, u32::MAX].into_iter().map(pause_min).collect();
        assert_eq!(pauses, [1, 1, 2, 5, 15, 60, 180, 360, 360, 360]);
    }
}
