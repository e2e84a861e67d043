//! The door for uploads: what a file really is, how big, and whether a scanner finds something in it.
//!
//! A file comes in only when the clinic asked for it (the caller's rule); here it must be a photograph or a PDF,
//! fit, and be found clean where a scanner is set up. Bytes are looked at, never decoded.

mod clamd;
mod picture;

pub use clamd::{Clamd, Scan};
pub use picture::Pixels;

use kernel::{Error, Result, Words, clause};

/// Most bytes of one upload: a 48-megapixel photograph of a present-day phone in JPEG.
pub const UPLOAD_BYTES_MAX: u64 = 20_000_000;
/// Most pixels of a picture: above what phones take, and 400 MB once a browser has decoded it.
pub const UPLOAD_PIXELS_MAX: u64 = 100_000_000;

/// The kinds that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Photographs of most cameras.
    Jpeg,
    /// Screenshots.
    Png,
    /// Pictures saved from browsers.
    Webp,
    /// Photographs of Apple's phones.
    Heic,
    /// Letters and results.
    Pdf,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::Webp, Self::Heic, Self::Pdf];

    /// From [`Self::mime`], as it stands in a row. A file is served with one of our own types, never the sender's word.
    #[must_use]
    pub fn from_mime(mime: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.mime() == mime)
    }

    /// What a file dialogue should offer; the door looks at the bytes themselves.
    #[must_use]
    pub fn accept(kinds: &[Self]) -> String {
        kinds.iter().map(|it| it.mime()).collect::<Vec<_>>().join(",")
    }

    /// The media type to serve it with.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Pdf => "application/pdf",
        }
    }

    /// The ending of its name; the first one is ours.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
            Self::Heic => &["heic", "heif"],
            Self::Pdf => &["pdf"],
        }
    }

    /// What the first bytes say, whatever the sender says.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            // Readers look for this sign far into a file; here it must come first, so that it cannot hide in a picture.
            [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', ..] => Some(Self::Pdf),
            _ if picture::is_heic(bytes) => Some(Self::Heic),
            _ => None,
        }
    }
}

/// Who looks for malware.
#[derive(Debug, Clone, Default)]
pub enum Scanner {
    /// Nobody; the facility is shown that there is no scanner.
    #[default]
    None,
    /// A clamd.
    Clamd(Clamd),
}

/// The rules of one door.
#[derive(Debug, Clone)]
pub struct Door {
    /// Most bytes of a file.
    pub bytes_max: u64,
    /// Most pixels of a picture.
    pub pixels_max: u64,
    /// Who looks for malware.
    pub scanner: Scanner,
}

impl Default for Door {
    fn default() -> Self {
        Self { bytes_max: UPLOAD_BYTES_MAX, pixels_max: UPLOAD_PIXELS_MAX, scanner: Scanner::None }
    }
}

/// A file that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it is.
    pub kind: FileKind,
    /// Width and height of a picture.
    pub pixels: Option<Pixels>,
    /// Whether a scanner has found it clean; `false` only where none is set up.
    pub scanned: bool,
}

/// Why a file was not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Nothing was sent.
    Empty,
    /// Neither photograph nor PDF.
    Kind,
    /// The name's ending says something else than the content.
    Ending,
    /// Too many bytes.
    Bytes {
        /// The limit.
        bytes_max: u64,
    },
    /// Too many pixels.
    Pixels {
        /// The limit.
        pixels_max: u64,
    },
    /// Its own header cannot be read.
    Damaged,
    /// The scanner found something; its name for it, for our log.
    Malware(String),
    /// The scanner did not answer, or answered anything but "clean"; the cause, for our log.
    NotScanned(String),
}

impl Refused {
    /// What to do about it, for the person on screen.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Empty => {
                Words::new("ファイルが空です。もう一度選んでください。", "This file is empty. Choose it again.")
            }
            Self::Kind => Words::new(
                "このファイルは受け付けられません。写真（JPEG・PNG・WebP・HEIC）またはPDFを選んでください。",
                "This file cannot be taken. Choose a photograph (JPEG, PNG, WebP, HEIC) or a PDF.",
            ),
            Self::Ending => Words::new(
                "ファイルの名前の末尾（拡張子）と中身が合っていません。もとの写真またはPDFを選んでください。",
                "The ending of the file name does not fit its content. Choose the original photograph or PDF.",
            ),
            Self::Bytes { bytes_max } => Words::made(
                format!("ファイルが大きすぎます。{}MBまでのファイルを選んでください。", bytes_max / 1_000_000),
                format!("This file is too large. Choose one of up to {} MB.", bytes_max / 1_000_000),
            ),
            Self::Pixels { pixels_max } => Words::made(
                format!("写真の画素数が多すぎます。{}万画素までの写真を選んでください。", pixels_max / 10_000),
                format!("This picture has too many pixels. Choose one of up to {} megapixels.", pixels_max / 1_000_000),
            ),
            Self::Damaged => Words::new(
                "ファイルを読み取れませんでした。撮り直すか、もとのファイルを選び直してください。",
                "This file cannot be read. Take the picture again, or choose the original file.",
            ),
            Self::Malware(_) => Words::new(
                "安全でない内容が見つかったため、受け付けませんでした。お使いの機器のウイルス対策を確認してください。",
                "Something unsafe was found in this file, so it was not taken. Please check your device for viruses.",
            ),
            Self::NotScanned(_) => Words::new(
                "ファイルの安全を確認できないため、いまは受け付けられません。しばらくしてから、もう一度お試しください。",
                "We cannot check this file now, so it was not taken. Please try again in a while.",
            ),
        }
    }
}

impl From<Refused> for Error {
    /// For faces that have no page of their own to show a refusal on.
    fn from(refused: Refused) -> Self {
        match &refused {
            Refused::Bytes { .. } | Refused::Pixels { .. } => Self::too_large(refused.words(), format!("{refused:?}")),
            Refused::NotScanned(cause) => Self::new(kernel::Kind::Unavailable, refused.words(), cause),
            _ => Self::new(kernel::Kind::Invalid { field: "file" }, refused.words(), format!("{refused:?}")),
        }
    }
}

impl Door {
    /// Looks at a whole file that is held in memory (see [`UPLOAD_BYTES_MAX`]). Blocks while the scanner works.
    ///
    /// # Errors
    /// [`Refused`]; the cheap reasons first, the scanner last.
    pub fn check(&self, file_name: &str, bytes: &[u8]) -> Result<Checked, Refused> {
        clause!("OV-247", "CS-155");
        if bytes.is_empty() {
            return Err(Refused::Empty);
        }
        if bytes.len() as u64 > self.bytes_max {
            return Err(Refused::Bytes { bytes_max: self.bytes_max });
        }
        let kind = FileKind::sniff(bytes).ok_or(Refused::Kind)?;
        if !ending_fits(file_name, kind) {
            return Err(Refused::Ending);
        }
        let pixels = match kind {
            FileKind::Pdf => None,
            _ => Some(picture::pixels(kind, bytes).ok_or(Refused::Damaged)?),
        };
        if pixels.is_some_and(|it| it.count() > self.pixels_max) {
            return Err(Refused::Pixels { pixels_max: self.pixels_max });
        }
        let scanned = match &self.scanner {
            Scanner::None => false,
            Scanner::Clamd(clamd) => match clamd.scan(bytes) {
                Scan::Clean => true,
                Scan::Found(name) => return Err(Refused::Malware(name)),
                Scan::Failed(cause) => return Err(Refused::NotScanned(cause)),
            },
        };
        Ok(Checked { kind, pixels, scanned })
    }
}

/// A name without an ending claims nothing; one with several is judged by the last, as the receiver's system does.
fn ending_fits(file_name: &str, kind: FileKind) -> bool {
    match file_name.trim().rsplit_once('.') {
        Some((_, ending)) => kind.endings().contains(&ending.to_ascii_lowercase().as_str()),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), &[8, 2, 0, 0, 0]]
            .concat()
    }

    #[test]
    fn the_door_lets_in_what_it_says() {
        // OV-247, a table: name, bytes, what is told.
        let good = png(640, 480);
        let huge = png(20_000, 20_000);
        let long = vec![b'%'; UPLOAD_BYTES_MAX as usize + 1];
        let cases: [(&str, &[u8], &str); 14] = [
            ("保険証.png", &good, "Png"),
            ("photo", &good, "Png"),
            ("photo.PNG", &good, "Png"),
            ("letter.pdf", b"%PDF-1.7\n%rest", "Pdf"),
            ("photo.jpg", &good, "Ending"),
            ("photo.png.exe", &good, "Ending"),
            ("page.html", b"<html><script>", "Kind"),
            ("photo.png", b"GIF89a", "Kind"),
            ("tool.pdf", b"MZ\x90\0", "Kind"),
            ("hidden.pdf", b"\n%PDF-1.7", "Kind"),
            ("photo.png", b"", "Empty"),
            ("photo.png", &good[..20], "Damaged"),
            ("photo.png", &huge, "Pixels"),
            ("letter.pdf", &long, "Bytes"),
        ];
        for (name, bytes, outcome) in cases {
            let told = match Door::default().check(name, bytes) {
                Ok(checked) => format!("{:?}", checked.kind),
                Err(refused) => {
                    assert!(!refused.words().ja.is_empty() && !refused.words().en.is_empty());
                    format!("{refused:?}").split(' ').next().unwrap_or_default().to_owned()
                }
            };
            assert_eq!(told, outcome, "{name}");
        }
    }

    #[test]
    fn a_file_is_served_as_what_it_was_found_to_be_or_as_nothing_known() {
        assert!(FileKind::ALL.into_iter().all(|it| FileKind::from_mime(it.mime()) == Some(it)));
        for it in ["text/html", "image/svg+xml", "image/gif", "IMAGE/PNG", ""] {
            assert_eq!(FileKind::from_mime(it), None, "{it}");
        }
        assert_eq!(FileKind::accept(&[FileKind::Jpeg, FileKind::Pdf]), "image/jpeg,application/pdf");
    }

    #[test]
    fn without_a_scanner_nothing_claims_to_be_scanned() {
        // CS-155
        assert!(!Door::default().check("a.png", &png(1, 1)).expect("taken").scanned);
    }
}
