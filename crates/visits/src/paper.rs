//! Pictures and papers from the patient: insurance card, identity document, what the doctor asked for.
//!
//! Unasked files are refused (OV-247). No number on a document is ever copied into a row.

mod evidence;
pub mod pages;
pub mod store;

use kernel::{RowId, Timestamp, Words};

/// Papers of one booking at most: front and back of each card, twice for a blurred picture, and some asked for.
pub const PAPERS_MAX: i64 = 20;

/// Why it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperKind {
    /// 保険の資格がわかるもの
    Insurance,
    /// 本人確認書類
    Identity,
    /// The clinic asked for it.
    Asked,
}

impl PaperKind {
    /// Keys for forms and rows.
    pub const ALL: [(&'static str, Self); 3] =
        [("insurance", Self::Insurance), ("identity", Self::Identity), ("asked", Self::Asked)];

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(key, _)| key)
    }

    /// Its name.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Insurance => Words::new("保険の資格がわかるもの", "Proof of insurance"),
            Self::Identity => Words::new("本人確認の書類", "Identity document"),
            Self::Asked => Words::new("医院から頼まれたもの", "What the clinic asked for"),
        }
    }
}

/// Why the door's scanner kept a file out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclean {
    /// It found something.
    Malware,
    /// It did not answer, or nothing that can be trusted.
    NotScanned,
}

impl Unclean {
    /// Its key in rows.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Malware => "malware",
            Self::NotScanned => "not_scanned",
        }
    }

    /// What a refusal of the door says about the scanner; `None` for every other refusal.
    #[must_use]
    pub const fn of(refused: &blobs::Refused) -> Option<Self> {
        match refused {
            blobs::Refused::Malware(_) => Some(Self::Malware),
            blobs::Refused::NotScanned(_) => Some(Self::NotScanned),
            _ => None,
        }
    }
}

/// A kept paper.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Its id.
    pub id: RowId,
    /// Why it was sent.
    pub kind: PaperKind,
    /// Media type as found in its bytes.
    pub media: String,
    /// Where it lies.
    pub stored: blobs::Stored,
    /// Whether a virus scanner has passed it.
    pub scanned: bool,
    /// When it was sent.
    pub sent_at: Timestamp,
}
