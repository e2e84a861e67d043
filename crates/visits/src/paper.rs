//! Pictures and papers from the patient: insurance card, identity document, what the doctor asked for.
//!
//! Unasked files are refused (OV-247). No number on a document is ever copied into a row.

mod evidence;
pub mod pages;
pub mod store;

use kernel::{RowId, Timestamp};

/// Papers of one booking at most: front and back of each card, twice for a blurred picture, and some asked for.
pub const PAPERS_MAX: i64 = 20;

kernel::keyed! {
    /// Why it is sent.
    pub enum PaperKind {
        /// 保険の資格がわかるもの
        Insurance => "insurance", "保険の資格がわかるもの", "Proof of insurance";
        /// 本人確認書類
        Identity => "identity", "本人確認の書類", "Identity document";
        /// The clinic asked for it.
        Asked => "asked", "医院から頼まれたもの", "What the clinic asked for";
    }
}

kernel::keyed! {
    /// Why the door's scanner kept a file out.
    pub enum Unclean {
        /// It found something.
        Malware => "malware";
        /// It did not answer, or nothing that can be trusted.
        NotScanned => "not_scanned";
    }
}

impl Unclean {
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
