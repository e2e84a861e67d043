//! A folder that a copy is written into: a new or an empty one, so that nothing of anybody else gets on the disc.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use kernel::{Error, Kind, Result, Words};

use super::Sink;

/// The folder, and the file that is being written.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    open: Option<File>,
}

impl Folder {
    /// Makes the folder, or takes one that is empty.
    ///
    /// # Errors
    /// `Conflict` for one that holds something; `Unavailable` when the disk fails.
    pub fn open(path: &Path) -> Result<Self> {
        let at = |error: std::io::Error| Error::unavailable(format!("{}: {error}", path.display()));
        let mut made = DirBuilder::new();
        // Nobody else on this computer reads it.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
        made.recursive(true).create(path).map_err(at)?;
        if fs::read_dir(path).map_err(at)?.next().is_some() {
            let words = Words::new(
                "このフォルダーには、すでに何か入っています。空のフォルダーを選んでください。",
                "There is something in this folder already. Please choose an empty one.",
            );
            return Err(Error::new(Kind::Conflict, words, format!("{} is not empty", path.display())));
        }
        Ok(Self { path: path.to_owned(), open: None })
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::unavailable(format!("{}: {error}", self.path.display()))
    }
}

impl Sink for Folder {
    fn begin(&mut self, place: &[&str], _about_bytes: u64) -> Result<()> {
        let file = place.iter().fold(self.path.clone(), |path, part| path.join(part));
        let made = fs::create_dir_all(file.parent().unwrap_or(&self.path))
            .and_then(|()| OpenOptions::new().write(true).create_new(true).open(&file));
        self.open = Some(made.map_err(|error| self.failed(&error))?);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.open.as_mut().map_or(Ok(()), |it| it.write_all(bytes));
        written.map_err(|error| self.failed(&error))
    }

    fn end(&mut self) -> Result<()> {
        let synced = self.open.take().map_or(Ok(()), |it| it.sync_all());
        synced.map_err(|error| self.failed(&error))
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
