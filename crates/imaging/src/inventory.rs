//! Whether what is kept is what arrived (TR-12): the bytes of each image against its row, the row against the log's entry of
//! its arrival, and the arrivals in the log against the list. The server does it by itself, a part each minute, all images
//! once a week; `haruka image verify` does it at once. An image that is not whole is named to those who run the facility,
//! and taken anew when its sender sends it again.

mod bytes;
pub mod pages;
pub mod store;

use blobs::BlobId;
use kernel::clause;

/// Days from the beginning of one comparison of all images to that of the next.
pub const EVERY_DAYS: i64 = 7;

kernel::keyed! {
    /// What is wrong with an image.
    #[derive(PartialOrd, Ord)]
    pub enum Fault {
        /// Nothing lies where its bytes should.
        Gone => "gone", "画像のファイルがありません", "Its file is not there";
        /// What lies there is not what arrived.
        Changed => "changed", "届いたときの内容と違います", "It is not what arrived";
        /// What lies there is another image.
        Swapped => "swapped", "ほかの画像の内容が入っています", "It holds another image";
        /// It is in the list, and the log knows of no arrival.
        Unknown => "unknown", "届いた記録のない画像です", "The log knows of no such arrival";
        /// The log says that it arrived, and the list does not have it.
        Unlisted => "unlisted", "届いた記録がありますが、一覧にありません", "The log says that it arrived, but it is not in the list";
    }
}

/// What lies in the file of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// There is none.
    Nothing,
    /// It does not open: cut, changed, or another one's.
    Unreadable,
    /// These bytes.
    Bytes {
        /// Their digest.
        digest: BlobId,
        /// The SOP Instance UID in them.
        instance: String,
    },
}

/// What the log says of the arrival that a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logged {
    /// No such arrival.
    Nothing,
    /// Its detail was destroyed on purpose; that it arrived is all that is known.
    Shredded,
    /// This one.
    Arrival {
        /// SOP Instance UID.
        instance: String,
        /// SHA-256 of the data set.
        digest: BlobId,
    },
}

/// What is wrong with the image `instance`, whose row names `digest`; nothing when all agree.
#[must_use]
pub fn judge(instance: &str, digest: BlobId, held: &Held, logged: &Logged) -> Option<Fault> {
    clause!("TR-12");
    match logged {
        Logged::Arrival { instance: known, .. } if known != instance => return Some(Fault::Unknown),
        Logged::Nothing => return Some(Fault::Unknown),
        Logged::Arrival { .. } | Logged::Shredded => (),
    }
    match held {
        Held::Nothing => return Some(Fault::Gone),
        Held::Unreadable => return Some(Fault::Changed),
        Held::Bytes { instance: found, .. } if found != instance => return Some(Fault::Swapped),
        Held::Bytes { digest: found, .. } if *found != digest => return Some(Fault::Changed),
        Held::Bytes { .. } => (),
    }
    match logged {
        Logged::Arrival { digest: arrived, .. } if *arrived != digest => Some(Fault::Changed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_whole_when_file_row_and_log_agree() {
        // TR-12
        let (own, other) = (BlobId([1; 32]), BlobId([2; 32]));
        let bytes = |digest, uid: &str| Held::Bytes { digest, instance: uid.into() };
        let arrival = |digest, uid: &str| Logged::Arrival { instance: uid.into(), digest };
        for (what, held, logged, expected) in [
            ("all agree", bytes(own, "1.2"), arrival(own, "1.2"), None),
            ("no file", Held::Nothing, arrival(own, "1.2"), Some(Fault::Gone)),
            ("a flipped byte", Held::Unreadable, arrival(own, "1.2"), Some(Fault::Changed)),
            ("bytes of another digest", bytes(other, "1.2"), arrival(own, "1.2"), Some(Fault::Changed)),
            ("another image's row", bytes(own, "1.3"), arrival(other, "1.2"), Some(Fault::Swapped)),
            ("file and row written anew", bytes(own, "1.2"), arrival(other, "1.2"), Some(Fault::Changed)),
            ("put in beside the log", bytes(own, "1.2"), Logged::Nothing, Some(Fault::Unknown)),
            ("under another's arrival", bytes(own, "1.2"), arrival(own, "1.3"), Some(Fault::Unknown)),
            ("an arrival without detail", bytes(own, "1.2"), Logged::Shredded, None),
        ] {
            assert_eq!(judge("1.2", own, &held, &logged), expected, "{what}");
        }
    }
}
