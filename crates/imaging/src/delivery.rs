//! What a gateway at the clinic has handed on to its server, and what still waits (TR-12, TR-20).
//!
//! An instance is delivered when the server has shown that it holds the same bytes, not when it has said so. What is not
//! delivered stays here.

pub mod store;

use blobs::{BlobId, Stored};
use kernel::{RowId, Timestamp, Words};

/// An instance on its way to the server.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its row.
    pub id: RowId,
    /// SOP Class UID.
    pub class: String,
    /// SOP Instance UID.
    pub instance: String,
    /// Study Instance UID.
    pub study: String,
    /// How its data set is written.
    pub transfer_syntax: String,
    /// Where its bytes lie, and their digest.
    pub stored: Stored,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server holds the same bytes.
    Delivered,
    /// The server does not take it. Failure Reason of PS3.18 table I.2-2.
    Refused(u16),
    /// The server shows another digest for this instance, in hexadecimal.
    Differs(String),
}

impl Outcome {
    /// Its key in rows and JSON.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused(_) => "refused",
            Self::Differs(_) => "differs",
        }
    }

    /// In words, for whoever has to look.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Delivered => Words::new("届きました。", "It has arrived."),
            Self::Refused(0x0111) => Words::new(
                "同じ番号で中身の違う画像が、サーバーにすでにあります。",
                "The server holds another image under this number already.",
            ),
            Self::Refused(reason @ (0xC000..=0xCFFF | 0x0117)) => Words::made(
                format!("サーバーがこの画像を読み取れません（{reason:04X}）。"),
                format!("The server cannot read this image ({reason:04X})."),
            ),
            Self::Refused(reason) => Words::made(
                format!("サーバーがこの画像を受け取りません（{reason:04X}）。"),
                format!("The server does not take this image ({reason:04X})."),
            ),
            Self::Differs(_) => Words::new(
                "サーバーにある画像の中身が、送ったものと違います。",
                "What the server holds is not what was sent.",
            ),
        }
    }
}

/// An instance that is not going to arrive by itself: a person has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// SOP Instance UID.
    pub instance: String,
    /// Study Instance UID.
    pub study: String,
    /// The digest of our bytes.
    pub digest: BlobId,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// Why nothing moves now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Its key.
    pub fault: String,
    /// For whoever mends it.
    pub detail: String,
    /// Tries since it began.
    pub tries: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// The last try.
    pub at: Timestamp,
}

/// How far a gateway is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Instances that wait.
    pub waiting: u64,
    /// Since when the oldest of them does.
    pub oldest_at: Option<Timestamp>,
    /// Instances that the server holds.
    pub delivered: u64,
    /// When the last of them was shown by it.
    pub delivered_at: Option<Timestamp>,
    /// Instances that a person has to look at.
    pub stuck: u64,
    /// Why nothing moves now.
    pub trouble: Option<Trouble>,
    /// When the server let the gateway in last.
    pub welcomed_at: Option<Timestamp>,
    /// When the token ends by which it did, as the server says.
    pub token_ends_at: Option<Timestamp>,
}

/// Where an instance stands that a device asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The server holds the same bytes.
    Delivered,
    /// It waits here.
    Waiting,
    /// It does not arrive by itself, or was never here.
    Failed,
}
