//! Which files lie under a folder.

use std::fs;
use std::path::{Path, PathBuf};

use kernel::{Error, Kind, Result, Words};

use super::{Skipped, medium};

/// Files of one medium. A DVD of CBCT slices has some 10,000.
pub const FILES_MAX: usize = 500_000;
/// Folders within folders; the standard knows eight (PS3.10 8.2).
pub const DEPTH_MAX: usize = 32;

/// What was found, in a fixed order; places are relative to the folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) skipped: Vec<(PathBuf, Skipped)>,
}

/// Everything under `folder`, which may also be a single file.
pub(super) fn files(folder: &Path) -> Result<Found> {
    let mut found = Found::default();
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((place, depth)) = open.pop() {
        let at = folder.join(&place);
        let mut entries: Vec<_> = match fs::read_dir(&at).and_then(Iterator::collect::<std::io::Result<_>>) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(medium(&at, &error)),
            Err(_) => {
                found.skipped.push((place, Skipped::Folder));
                continue;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let place = place.join(entry.file_name());
            // The kind of the entry itself: a link is not followed.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEPTH_MAX => open.push((place, depth + 1)),
                Ok(kind) if kind.is_dir() => found.skipped.push((place, Skipped::Folder)),
                Ok(kind) if kind.is_file() => found.files.push(place),
                _ => found.skipped.push((place, Skipped::NoFile)),
            }
            if found.files.len() + found.skipped.len() > FILES_MAX {
                return Err(too_many());
            }
        }
    }
    found.files.sort();
    Ok(found)
}

fn too_many() -> Error {
    let words = Words::made(
        format!("ファイルが多すぎます（{FILES_MAX}個まで）。フォルダーを分けてください。"),
        format!("Too many files (at most {FILES_MAX}). Please take the folders one by one."),
    );
    Error::new(Kind::Limit { retry: false }, words, "files of a medium")
}

/// A place as it is compared with what a directory names: the systems that read a CD change capitals, and some leave the
/// version (`;1`) or a point at the end.
pub(super) fn folded(place: &Path) -> String {
    let parts: Vec<String> = place
        .components()
        .map(|it| {
            let part = it.as_os_str().to_string_lossy().to_uppercase();
            let plain = part.split_once(';').map_or(part.as_str(), |(before, _)| before);
            plain.trim_end_matches('.').to_owned()
        })
        .collect();
    parts.join("/")
}
