//! The folder of blobs: where files lie, reading, sweeping.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crypto::Key;
use crypto::chunked::Opener;
use crypto::digest::{hex, sha256, unhex};
use kernel::{Chance, Error, FacilityId, Result, Timestamp, Words};

use crate::Incoming;

/// Age from which a file that no row knows is swept. Its row may still be on the way: a form with an upload can stay
/// open for a working day.
pub const UNREFERENCED_HOURS_MIN: u64 = 24;
/// Bytes of a file's random name.
pub(crate) const NAME_BYTES: usize = 16;

/// SHA-256 of the plain bytes: what a record, a page and another machine compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 32]);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}
impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl FromStr for BlobId {
    type Err = Error;

    /// # Errors
    /// `Internal` for anything but 64 lower-case hexadecimal digits.
    fn from_str(text: &str) -> Result<Self> {
        unhex(text).and_then(|it| it.try_into().ok()).map(Self).ok_or_else(|| Error::internal("not a blob's id"))
    }
}

/// What the caller keeps in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Digest of the plain bytes.
    pub blob: BlobId,
    /// Plain bytes.
    pub size_bytes: u64,
    /// Name of the file and the blob's key, wrapped for this facility, file and digest. Without it the file is noise.
    pub sealed_key: Vec<u8>,
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
    /// Folders that are on the disk for certain, their own names included.
    shelves: Arc<Mutex<HashSet<PathBuf>>>,
}

impl Blobs {
    /// Opens the store in `folder`, made when it is not there.
    ///
    /// # Errors
    /// `Unavailable` when the folder cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|error| disk(&folder, &error))?;
        Ok(Self { folder, shelves: Arc::default() })
    }

    /// Begins a blob of `facility`, whose key is `key`. More than `limit_bytes` are refused while they come.
    ///
    /// # Errors
    /// `Unavailable` when no file can be made.
    pub fn incoming(&self, facility: FacilityId, key: &Key, limit_bytes: u64, chance: &Chance) -> Result<Incoming> {
        Incoming::new(self, facility, key, limit_bytes, chance)
    }

    /// Opens a blob for reading at any place.
    ///
    /// # Errors
    /// `Internal` when the file is missing, cut, changed, or of another facility; `Unavailable` when the disk fails.
    pub fn reader(&self, facility: FacilityId, key: &Key, stored: &Stored) -> Result<Reader> {
        let (name, wrapped) = split(&stored.sealed_key)?;
        let key = key.derive("blob").unwrap(&place(facility, &name, stored.blob), wrapped)?;
        let path = self.path(facility, &name);
        let file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::internal(format!("blob {name} is missing")),
            _ => disk(&path, &error),
        })?;
        let opener = Opener::new(&key, &context(facility), file)?;
        if opener.size_bytes() != stored.size_bytes {
            return Err(Error::internal(format!("blob {name} has another size than its row says")));
        }
        Ok(Reader { opener })
    }

    /// Whether the file of this blob is there, whatever it holds.
    ///
    /// # Errors
    /// `Internal` for a cut key; `Unavailable` when the disk fails.
    pub fn is_there(&self, facility: FacilityId, stored: &Stored) -> Result<bool> {
        let path = self.path(facility, &split(&stored.sealed_key)?.0);
        path.try_exists().map_err(|error| disk(&path, &error))
    }

    /// Plain bytes from `offset` on, at most `count`; fewer only at the end.
    ///
    /// # Errors
    /// As [`Blobs::reader`].
    pub fn read_range(
        &self,
        facility: FacilityId,
        key: &Key,
        stored: &Stored,
        offset: u64,
        count: usize,
    ) -> Result<Vec<u8>> {
        self.reader(facility, key, stored)?.read(offset, count)
    }

    /// The whole blob, compared with its digest. For what is known to be small; big ones go through [`Blobs::reader`].
    ///
    /// # Errors
    /// As [`Blobs::reader`]; `Internal` when the bytes are not those of the digest, `Limit` above `limit_bytes`.
    pub fn read_all(&self, facility: FacilityId, key: &Key, stored: &Stored, limit_bytes: u64) -> Result<Vec<u8>> {
        if stored.size_bytes > limit_bytes {
            return Err(too_large(limit_bytes));
        }
        let bytes = self.read_range(facility, key, stored, 0, usize::MAX)?;
        if BlobId(sha256(&bytes)) != stored.blob {
            return Err(Error::internal("a blob is not what its digest says"));
        }
        Ok(bytes)
    }

    /// Deletes a blob at once, after the row that knew it is gone (withdrawn consent). One that is gone already is fine.
    ///
    /// # Errors
    /// `Unavailable` when the disk fails.
    pub fn remove(&self, facility: FacilityId, stored: &Stored) -> Result<()> {
        let path = self.path(facility, &split(&stored.sealed_key)?.0);
        remove_file(&path).map(drop)
    }

    /// Deletes the facility's files that no row knows and that are older than [`UNREFERENCED_HOURS_MIN`], and what was
    /// left half-written by a killed server. `known` holds [`file_name`]s, read in a transaction after `now`.
    /// The number of files deleted.
    ///
    /// # Errors
    /// `Unavailable` when the disk fails.
    pub fn sweep(&self, facility: FacilityId, known: &HashSet<String>, now: Timestamp) -> Result<usize> {
        let before = SystemTime::from(now) - Duration::from_secs(UNREFERENCED_HOURS_MIN * 3600);
        let mut count = 0;
        for shelf in entries(&self.folder.join(facility.to_string()))? {
            count += sweep_folder(&shelf, before, |name| known.contains(name))?;
        }
        Ok(count)
    }

    /// Where a new file of this name goes; its folder is there, and stays there after a power cut.
    pub(crate) fn place_for(&self, facility: FacilityId, name: &str) -> Result<PathBuf> {
        let path = self.path(facility, name);
        let shelf = path.parent().unwrap_or(&self.folder);
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelves.contains(shelf) {
            fs::create_dir_all(shelf).map_err(|error| disk(shelf, &error))?;
            // Whoever made them, now their names are flushed: shelf, facility, and the folder of blobs.
            shelf.ancestors().skip(1).take(3).try_for_each(sync_folder)?;
            shelves.insert(shelf.to_owned());
        }
        Ok(path)
    }

    fn path(&self, facility: FacilityId, name: &str) -> PathBuf {
        // Shelves of two digits keep folders small where a hospital has millions of images.
        self.folder.join(facility.to_string()).join(&name[..2]).join(name)
    }
}

/// An open blob.
pub struct Reader {
    opener: Opener<File>,
}

impl Reader {
    /// Plain bytes of the blob.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.opener.size_bytes()
    }

    /// Plain bytes from `offset` on, at most `count`; fewer only at the end.
    ///
    /// # Errors
    /// `Internal` where the file was changed, `Unavailable` when the disk fails.
    pub fn read(&mut self, offset: u64, count: usize) -> Result<Vec<u8>> {
        Ok(self.opener.read(offset, count)?)
    }
}

/// The name under which the blob of this row lies, for [`Blobs::sweep`]. Needs no key.
#[must_use]
pub fn file_name(sealed_key: &[u8]) -> Option<String> {
    split(sealed_key).ok().map(|it| it.0)
}

/// Joins a file's name and its wrapped key to what the row keeps.
pub(crate) fn join(name: &[u8; NAME_BYTES], wrapped: &[u8]) -> Vec<u8> {
    [name.as_slice(), wrapped].concat()
}

fn split(sealed_key: &[u8]) -> Result<(String, &[u8])> {
    let (name, wrapped) =
        sealed_key.split_at_checked(NAME_BYTES).ok_or_else(|| Error::internal("a blob's key is cut"))?;
    Ok((hex(name), wrapped))
}

/// What a blob's key is wrapped for: exchanging files, digests or facilities makes it useless.
pub(crate) fn place(facility: FacilityId, name: &str, blob: BlobId) -> String {
    format!("blob/{facility}/{name}/{blob}")
}

/// The context of the sealed message; the digest is not known yet when it begins, so the key carries it.
pub(crate) fn context(facility: FacilityId) -> Vec<u8> {
    format!("haruka/blob/1/{facility}").into_bytes()
}

pub(crate) fn too_large(limit_bytes: u64) -> Error {
    let limit_mb = limit_bytes.div_ceil(1_000_000);
    let words = Words::made(
        format!("ファイルが大きすぎます。{limit_mb}MBまでのファイルを選んでください。"),
        format!("This file is too large. Choose one of up to {limit_mb} MB."),
    );
    Error::too_large(words, format!("more than {limit_bytes} bytes"))
}

/// Whatever the disk says (full, read-only, away), the person may try again later, and nothing half-done is left.
pub(crate) fn disk(path: &Path, error: &std::io::Error) -> Error {
    let cause = format!("{}: {error}", path.display());
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::disk_full(cause),
        _ => Error::unavailable(cause),
    }
}

pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|it| it.sync_all()).map_err(|error| disk(folder, &error))
}

/// Whether the file was there.
fn remove_file(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(disk(path, &error)),
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(found) => found.map(|it| it.map(|it| it.path()).map_err(|error| disk(folder, &error))).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(disk(folder, &error)),
    }
}

fn sweep_folder(folder: &Path, before: SystemTime, is_known: impl Fn(&str) -> bool) -> Result<usize> {
    let mut count = 0;
    for path in entries(folder)? {
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        // Gone in between, or not readable: left for the next sweep.
        let changed_at = fs::metadata(&path).and_then(|it| it.modified()).unwrap_or(before);
        if changed_at < before && !is_known(name) {
            count += usize::from(remove_file(&path)?);
        }
    }
    Ok(count)
}
