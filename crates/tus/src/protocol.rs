//! The words of tus 1.0 (tus.io/protocols/resumable-upload): headers read and written, nothing else.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::digest::{Sha1, Sha256};
use kernel::limits;

/// The version that is spoken.
pub(crate) const VERSION: &str = "1.0.0";
/// The extensions that are spoken.
pub(crate) const EXTENSIONS: &str =
    "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination";
/// Ways of counting a checksum.
pub(crate) const ALGORITHMS: &str = "sha1,sha256";
/// Media type of bytes to be appended.
pub(crate) const MEDIA: &str = "application/offset+octet-stream";
/// Bytes of `Upload-Metadata` at most: a name of 200 characters and a dozen ids.
pub(crate) const TOLD_BYTES_MAX: usize = 4096;
/// Pairs in it at most.
const TOLD_PAIRS_MAX: usize = 20;

/// The header as text; nothing for one that is missing or no ASCII.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|it| it.to_str().ok())
}

/// A count of bytes: digits and nothing else, as far as a row can keep it.
pub(crate) fn count(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !digits {
        return None;
    }
    text.parse().ok().filter(|it| i64::try_from(*it).is_ok())
}

/// What is said of an upload's length when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Known(u64),
    /// Told by a later request.
    Deferred,
}

/// Reads `Upload-Length` and `Upload-Defer-Length`: exactly one of them.
pub(crate) fn length(headers: &HeaderMap) -> Result<Length, &'static str> {
    match (headers.contains_key("upload-length"), headers.contains_key("upload-defer-length")) {
        (true, true) => Err("Upload-Length and Upload-Defer-Length cannot both be"),
        (false, false) => Err("Upload-Length or Upload-Defer-Length: 1 is needed"),
        (true, false) => header(headers, "upload-length")
            .and_then(count)
            .map(Length::Known)
            .ok_or("Upload-Length is no count of bytes"),
        (false, true) => match header(headers, "upload-defer-length") {
            Some("1") => Ok(Length::Deferred),
            _ => Err("Upload-Defer-Length can only be 1"),
        },
    }
}

/// What the sender tells of a file (`Upload-Metadata`): nothing of it is believed, and it is told back as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    raw: String,
    pairs: Vec<(String, Vec<u8>)>,
}

impl Told {
    /// Reads the header: pairs with commas between; a key, a space, its value in base64. A value may be missing.
    ///
    /// # Errors
    /// What is wrong, in English, for the program that sends it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        if text.len() > TOLD_BYTES_MAX {
            return Err("Upload-Metadata is too long");
        }
        let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
        let trimmed = text.trim();
        for pair in trimmed.split(',').map(str::trim).filter(|_| !trimmed.is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            if key.is_empty() || !key.bytes().all(|it| it.is_ascii_graphic()) {
                return Err("a key of Upload-Metadata is empty or no ASCII");
            }
            if pairs.iter().any(|(known, _)| known == key) {
                return Err("a key of Upload-Metadata stands there twice");
            }
            if pairs.len() == TOLD_PAIRS_MAX {
                return Err("Upload-Metadata has too many pairs");
            }
            let value = STANDARD.decode(value).map_err(|_| "a value of Upload-Metadata is no base64")?;
            pairs.push((key.to_owned(), value));
        }
        Ok(Self { raw: trimmed.to_owned(), pairs })
    }

    /// The value of `key`; an empty text when it is missing or no UTF-8.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        let found = self.pairs.iter().find(|(known, _)| known == key);
        found.and_then(|(_, value)| std::str::from_utf8(value).ok()).unwrap_or_default()
    }

    /// The name of the file (`filename`, or `name`), for showing: one line without folders, at most
    /// [`limits::LINE_CHARS_MAX`] characters; may be empty.
    #[must_use]
    pub fn name(&self) -> String {
        let told = if self.get("filename").is_empty() { self.get("name") } else { self.get("filename") };
        let last = told.rsplit(['/', '\\']).next().unwrap_or_default();
        last.chars().filter(|it| !it.is_control()).take(limits::LINE_CHARS_MAX).collect::<String>().trim().to_owned()
    }

    /// The media type (`filetype`, or `type`) that the sender believes it has; may be empty.
    #[must_use]
    pub fn media_type(&self) -> &str {
        if self.get("filetype").is_empty() { self.get("type") } else { self.get("filetype") }
    }

    /// As it came.
    pub(crate) fn raw(&self) -> &str {
        &self.raw
    }
}

/// A checksum that a sender announces (`Upload-Checksum`), counted while its bytes stream by.
#[derive(Clone)]
pub(crate) enum Checksum {
    Sha1(Sha1, Vec<u8>),
    Sha256(Sha256, Vec<u8>),
}

impl Checksum {
    /// Reads the header: the way of counting, a space, the sum in base64.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let (way, sum) = text.split_once(' ').ok_or("Upload-Checksum needs a way of counting and a sum")?;
        let sum = STANDARD.decode(sum).map_err(|_| "the sum of Upload-Checksum is no base64")?;
        match (way, sum.len()) {
            ("sha1", 20) => Ok(Self::Sha1(Sha1::new(), sum)),
            ("sha256", 32) => Ok(Self::Sha256(Sha256::new(), sum)),
            ("sha1" | "sha256", _) => Err("the sum of Upload-Checksum has another length"),
            _ => Err("this way of counting a checksum is not supported"),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(count, _) => count.update(bytes),
            Self::Sha256(count, _) => count.update(bytes),
        }
    }

    /// Whether what came is what was announced.
    pub(crate) fn fits(self) -> bool {
        match self {
            Self::Sha1(count, sum) => count.finish().as_slice() == sum,
            Self::Sha256(count, sum) => count.finish().as_slice() == sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_reads_as_it_was_written() {
        let told = Told::read("filename 5LiK6aGOLnN0bA==,purpose bGFi, empty ,bare").expect("told");
        assert_eq!((told.get("filename"), told.get("purpose"), told.get("empty")), ("上顎.stl", "lab", ""));
        assert_eq!((told.get("bare"), told.get("missing")), ("", ""));
        assert_eq!(Told::read("").map(|it| it.pairs.len()), Ok(0));
        assert_eq!(Told::read("a /w==").expect("bytes").get("a"), "", "no UTF-8 is no text");
        let long = format!("a {}", "A".repeat(TOLD_BYTES_MAX));
        let many: Vec<_> = (0..=TOLD_PAIRS_MAX).map(|it| format!("k{it}")).collect();
        for bad in ["a b", "a YQ==,a YQ==", ",", "a YQ==,", "名 YQ==", "a YQ", long.as_str(), &many.join(",")] {
            assert!(Told::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_has_no_folders_and_no_breaks() {
        let named = |name: &str| Told::read(&format!("filename {}", STANDARD.encode(name))).expect("told").name();
        for (told, name) in [
            ("crown.stl", "crown.stl"),
            ("../../etc/passwd", "passwd"),
            ("C:\\work\\a.stl", "a.stl"),
            ("a\r\nb.stl", "ab.stl"),
            ("folder/", ""),
        ] {
            assert_eq!(named(told), name, "{told}");
        }
    }

    #[test]
    fn a_count_is_digits_that_a_row_can_keep() {
        for (text, expected) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("9223372036854775807", Some(i64::MAX.unsigned_abs())),
            ("9223372036854775808", None),
            ("-1", None),
            ("+1", None),
            (" 1", None),
            ("1.0", None),
            ("", None),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn a_checksum_is_of_a_known_way_and_length() {
        // "abc" in both ways (FIPS 180-4).
        for (text, fits) in [
            ("sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", Ok(true)),
            ("sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", Ok(true)),
            ("sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=", Ok(false)),
            ("md5 kAFQmDzST7DWlj99KOF/cg==", Err(())),
            ("sha1", Err(())),
            ("sha1 ????", Err(())),
            ("sha256 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", Err(())),
            ("", Err(())),
        ] {
            let told = Checksum::read(text).map_err(drop).map(|mut it| {
                it.update(b"a");
                it.update(b"bc");
                it.fits()
            });
            assert_eq!(told, fits, "{text}");
        }
    }
}
