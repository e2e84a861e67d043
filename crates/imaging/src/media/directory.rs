//! The directory of a medium (DICOMDIR, PS3.3 annex F): which files it names.

use std::fs::File as Opened;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::NotTaken;
use crate::dataset::{Event, Fault, File, Tag};

/// Bytes of a directory. One of 10,000 instances has some 5 MB.
pub const DIRECTORY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Referenced File ID: the parts of a place, parted by backslashes (PS3.3 F.3.2.2).
const FILE_ID: Tag = Tag(0x0004, 0x1500);
/// Parts of a place, and characters of each, as the standard has them (PS3.10 8.2).
const PARTS_MAX: usize = 8;
const PART_CHARS_MAX: usize = 8;

/// A file that a directory names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    parts: Vec<String>,
}

impl Named {
    fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        Self { parts: text.split('\\').map(|it| it.trim_matches([' ', '\0']).to_owned()).collect() }
    }

    /// Its place under the folder of the directory; nothing for a place that could lead out of it or that no medium of
    /// the standard can have.
    #[must_use]
    pub fn place(&self) -> Option<PathBuf> {
        // Lower case and hyphens are outside the standard and common on real discs.
        let plain = |it: &String| {
            (1..=PART_CHARS_MAX).contains(&it.len())
                && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'))
        };
        let fits = (1..=PARTS_MAX).contains(&self.parts.len()) && self.parts.iter().all(plain);
        fits.then(|| self.parts.iter().collect())
    }

    /// For showing, never for opening.
    #[must_use]
    pub fn shown(&self) -> String {
        self.parts.join("\\").chars().filter(|it| !it.is_control()).take(100).collect::<String>().replace('/', "\\")
    }
}

/// Whether a file is a directory by its name, which the standard fixes (PS3.10 8.6).
pub(super) fn is_one(path: &Path) -> bool {
    path.file_name().is_some_and(|_| {
        let folded = super::walk::folded(path);
        folded.rsplit('/').next() == Some("DICOMDIR")
    })
}

/// All files that the directory at `path` names.
pub(super) fn read(path: &Path) -> Result<Vec<Named>, NotTaken> {
    let file = Opened::open(path).map_err(|_| NotTaken::Unreadable)?;
    let mut bytes = Vec::new();
    file.take(DIRECTORY_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|_| NotTaken::Unreadable)?;
    if bytes.len() as u64 > DIRECTORY_BYTES_MAX {
        return Err(NotTaken::TooLarge);
    }
    named(&bytes).map_err(NotTaken::Broken)
}

/// All files that a directory names.
///
/// # Errors
/// [`Fault`], for what is no DICOM file.
pub fn named(bytes: &[u8]) -> Result<Vec<Named>, Fault> {
    let mut named = Vec::new();
    let mut tell = |event: Event<'_>| {
        if let Event::Value { tag: FILE_ID, bytes, .. } = event
            && !bytes.iter().all(|it| matches!(it, b' ' | 0))
        {
            named.push(Named::parse(bytes));
        }
    };
    let mut file = File::default();
    file.feed(bytes, &mut tell)?;
    file.finish(&mut tell)?;
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_names_places_under_itself_only() {
        let cases: &[(&[u8], Option<&str>)] = &[
            (b"IM0 ", Some("IM0")),
            (b"DICOM\\SERIES_1\\00000001", Some("DICOM/SERIES_1/00000001")),
            (b"dicom\\img-1 ", Some("dicom/img-1")),
            (b"..\\..\\ETC\\PASSWD", None),
            (b"/ETC/PASSWD", None),
            (b"A\\\\B", None),
            (b"C:\\WINDOWS", None),
            (b"NINECHARS", None),
            (b"1\\2\\3\\4\\5\\6\\7\\8\\9", None),
            (b"A\0B", None),
            (b"", None),
        ];
        for (value, place) in cases {
            let named = Named::parse(value);
            assert_eq!(named.place(), place.map(PathBuf::from), "{}", String::from_utf8_lossy(value));
        }
        assert_eq!(Named::parse(b"..\\a/b\x1b[2J").shown(), "..\\a\\b[2J", "nothing that steers a terminal");
    }

    #[test]
    fn a_directory_is_known_by_its_name_however_the_system_writes_it() {
        for (path, is) in
            [("DICOMDIR", true), ("dicomdir", true), ("a/DICOMDIR.;1", true), ("DICOMDIR2", false), ("", false)]
        {
            assert_eq!(is_one(Path::new(path)), is, "{path}");
        }
    }

    #[test]
    fn what_is_no_directory_is_named_as_broken() {
        assert!(named(b"no preamble").is_err());
        assert!(named(&[0; 200]).is_err());
    }
}
