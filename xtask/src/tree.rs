//! The files of the repository, without what is built or fetched.

use std::path::{Path, PathBuf};

/// Folders that hold nothing written by us.
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "out", "haruka-data"];

/// A file, with its text.
#[derive(Debug, Clone)]
pub struct File {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// All text files below `folder` (from the root; empty for all) that end in one of `endings`, in order of paths.
#[must_use]
pub fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    let root = root();
    let mut paths = Vec::new();
    walk(&root.join(folder), &mut paths);
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let short = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if endings.iter().any(|it| short.ends_with(it))
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            found.push(File { path: short, text });
        }
    }
    found
}

/// The text of one file, if it is there.
#[must_use]
pub fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !NOT_OURS.iter().any(|it| name == *it) {
            walk(&path, into);
        } else if kind.is_file() {
            into.push(path);
        }
    }
}
