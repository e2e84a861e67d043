//! Media that a person brings: a CD, a stick, a folder (TR-23).
//!
//! Every file under the folder is looked at; a directory file (DICOMDIR, PS3.10 8) only tells which ones must be there.
//! Nothing on a medium is believed: no link is followed, no place outside the folder is opened, and whatever is not taken
//! is named with its reason.

mod directory;
mod outcome;
mod pages;
mod walk;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blobs::Blobs;
use db::Db;
use kernel::{Ctx, Error, FacilityId, Result, clause};

use crate::dataset::Fault;
use crate::intake::{self, Arrived, Intake, Kept, Origin};

pub use directory::{DIRECTORY_BYTES_MAX, Named, named};
pub use outcome::{NotTaken, Outcome, Skipped};
pub use pages::routes;
pub use walk::{DEPTH_MAX, FILES_MAX};

/// Read at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Bytes before the letters that every DICOM file has (PS3.10 7.1).
const PREAMBLE_BYTES: usize = 128;

/// Where the images of a medium go.
pub struct Import<'a> {
    /// The database.
    pub db: &'a Db,
    /// The files.
    pub blobs: &'a Blobs,
    /// Whose images they become.
    pub facility: FacilityId,
    /// Who brings them, and when; asked anew for each file.
    pub ctx: &'a dyn Fn() -> Ctx,
    /// How the log names the way they came.
    pub origin: Origin,
}

impl Import<'_> {
    /// Takes everything under `folder`, and tells `tell` what became of each file: its place under the folder, and the
    /// outcome. What a directory names and the medium does not hold is told last. A file that cannot be taken stops
    /// nothing.
    ///
    /// # Errors
    /// `Unavailable` when `folder` cannot be read, or our own disk fails; `Limit` for more than [`FILES_MAX`] files. What
    /// was told until then stands.
    pub fn run(&self, folder: &Path, tell: &mut dyn FnMut(&Path, Outcome)) -> Result<()> {
        clause!("TR-23");
        let found = walk::files(folder)?;
        for (path, why) in &found.skipped {
            tell(path, Outcome::Skipped(*why));
        }
        let key = self.db.write_blocking(Some(self.facility), |tx| tx.key())?;
        let mut named = Vec::new();
        for path in &found.files {
            let outcome = if directory::is_one(path) {
                match directory::read(&folder.join(path)) {
                    Ok(more) => {
                        named.extend(more.into_iter().map(|it| (above(path), it)));
                        Outcome::Skipped(Skipped::Directory)
                    }
                    Err(why) => Outcome::NotTaken(why),
                }
            } else {
                match self.arrive(&key, &folder.join(path))? {
                    Ok(arrived) => self.keep(arrived)?,
                    Err(outcome) => outcome,
                }
            };
            tell(path, outcome);
        }
        for (place, why) in missing(&named, &found.files) {
            tell(&place, Outcome::NotTaken(why));
        }
        Ok(())
    }

    /// The outer error is ours (our disk); the inner one is the file's.
    fn arrive(&self, key: &crypto::Key, path: &Path) -> Result<std::result::Result<Arrived, Outcome>> {
        let unreadable = Err(Outcome::NotTaken(NotTaken::Unreadable));
        let Ok(mut file) = File::open(path) else { return Ok(unreadable) };
        let mut piece = vec![0; PIECE_BYTES];
        let Ok(mut count) = fill(&mut file, &mut piece) else { return Ok(unreadable) };
        if piece[..count].get(PREAMBLE_BYTES..PREAMBLE_BYTES + 4) != Some(b"DICM") {
            return Ok(Err(Outcome::Skipped(Skipped::NotDicom)));
        }
        let chance = (self.ctx)().chance;
        let mut intake = Intake::file(self.blobs, self.facility, key, &chance)?;
        while count > 0 {
            intake.write(&piece[..count])?;
            match fill(&mut file, &mut piece) {
                Ok(next) => count = next,
                Err(_) => return Ok(unreadable),
            }
        }
        Ok(intake.finish()?.map_err(|fault: Fault| Outcome::NotTaken(NotTaken::Broken(fault))))
    }

    fn keep(&self, arrived: Arrived) -> Result<Outcome> {
        let (ctx, blobs, origin) = ((self.ctx)(), self.blobs.clone(), self.origin.clone());
        let kept =
            self.db.write_blocking(Some(self.facility), move |tx| intake::keep(tx, &ctx, &blobs, &arrived, &origin))?;
        Ok(match kept {
            Kept::Stored => Outcome::Stored,
            Kept::AlreadyHere => Outcome::AlreadyHere,
            Kept::Refused(why) => Outcome::NotTaken(NotTaken::NotKept(why)),
        })
    }
}

/// Fills `piece` as far as the file goes: a scratched disk gives short reads.
fn fill(file: &mut File, piece: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < piece.len() {
        match file.read(&mut piece[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// The folder in which a file lies.
fn above(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// What directories name and is not among `files`; each with the folder of its directory.
fn missing(named: &[(PathBuf, Named)], files: &[PathBuf]) -> Vec<(PathBuf, NotTaken)> {
    let there: HashSet<String> = files.iter().map(|it| walk::folded(it)).collect();
    let gone = |(above, it): &(PathBuf, Named)| match it.place().map(|it| above.join(it)) {
        None => Some((above.join(it.shown()), NotTaken::Outside)),
        Some(place) => (!there.contains(&walk::folded(&place))).then_some((place, NotTaken::Missing)),
    };
    named.iter().filter_map(gone).collect()
}

/// The medium itself cannot be read.
fn medium(path: &Path, error: &io::Error) -> Error {
    Error::unavailable(format!("{}: {error}", path.display()))
}
