//! The photograph on a staff member's identity card: sent by who manages the staff, seen by everybody signed in there.
//!
//! It is no patient's data and is made to be shown, so looking at it is not logged; giving it is.

pub mod pages;
pub mod store;

use blobs::check::{Checked, Door, FileKind, Refused};
use kernel::Words;

pub use store::keep;

/// Most bytes of a photograph: as phones take them in the usual setting, and still quick on a patient's line.
pub const PHOTO_BYTES_MAX: u64 = 5_000_000;
/// Kinds that every browser shows. HEIC is not among them, and a PDF is no photograph.
const KINDS: [FileKind; 3] = [FileKind::Jpeg, FileKind::Png, FileKind::Webp];

/// A photograph in the blobs.
#[derive(Debug, Clone)]
pub struct Photo {
    /// Media type as found in its bytes.
    pub mime: &'static str,
    /// Where it lies.
    pub stored: blobs::Stored,
}

/// The media type as one of ours, never the sender's word.
#[must_use]
pub fn known_mime(mime: &str) -> Option<&'static str> {
    FileKind::from_mime(mime).filter(|it| KINDS.contains(it)).map(FileKind::mime)
}

/// Whether `bytes` may be somebody's photograph, by the house's door for uploads.
///
/// # Errors
/// What to do about it.
pub fn check(door: &Door, name: &str, bytes: &[u8]) -> Result<Checked, Words> {
    let door = Door { bytes_max: door.bytes_max.min(PHOTO_BYTES_MAX), ..door.clone() };
    match door.check(name, bytes) {
        Ok(checked) if KINDS.contains(&checked.kind) => Ok(checked),
        Ok(_) | Err(Refused::Kind) => Err(Words::new(
            "写真（JPEG・PNG・WebP）を選んでください。",
            "Please choose a photograph (JPEG, PNG, WebP).",
        )),
        Err(refused) => Err(refused.words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OV-142: a card has a photograph that every patient's browser shows.
    #[test]
    fn what_may_be_a_photograph() {
        let door = Door::default();
        let portrait = crate::demo::PORTRAIT;
        assert_eq!(check(&door, "face.png", portrait).map(|it| it.kind), Ok(FileKind::Png));
        for (name, bytes) in [
            ("card.pdf", b"%PDF-1.7\n%%EOF\n".as_slice()),
            ("face.jpg", portrait),
            ("face.html", b"<script>alert(1)</script>"),
            ("face.png", &[]),
            ("face.png", &portrait[..20]),
        ] {
            assert!(check(&door, name, bytes).is_err(), "{name}");
        }
        let narrow = Door { bytes_max: 1000, ..Door::default() };
        assert!(check(&narrow, "face.png", portrait).is_err(), "the operator's own limit counts too");
        let big = [portrait, &vec![0; 5_000_001]].concat();
        assert!(check(&door, "face.png", &big).is_err());
    }

    #[test]
    fn only_our_own_media_types_are_served() {
        assert_eq!(known_mime("image/png"), Some("image/png"));
        for it in ["text/html", "image/svg+xml", "application/pdf", "image/heic", ""] {
            assert_eq!(known_mime(it), None, "{it}");
        }
    }
}
