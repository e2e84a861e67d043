//! How much room the disk of the data folder has. Asked before every batch of acts and at the door of every form.
//!
//! With PostgreSQL the rows lie elsewhere, and it tells the room there only to its administrator (no function of it gives the
//! free bytes to an ordinary role): its own refusal is all there is to go by (`docs/operate.md`).

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use kernel::limits;

/// What may still be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Everything.
    Enough,
    /// Reading, with its entries in the log; no changes.
    Reading,
    /// Nothing that leaves a row.
    None,
}

impl Room {
    /// The room that so many free bytes are.
    #[must_use]
    pub fn of(free_bytes: u64) -> Self {
        match free_bytes {
            it if it < limits::DISK_STOP_BYTES => Self::None,
            it if it < limits::DISK_RESERVE_BYTES => Self::Reading,
            _ => Self::Enough,
        }
    }

    /// The room in `folder`. Where it cannot be asked, writing itself will tell.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        // An empty path is the working folder.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        rustix::fs::statvfs(folder.as_os_str().as_bytes())
            .map_or(Self::Enough, |it| Self::of(it.f_bavail.saturating_mul(it.f_frsize)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_is_kept_for_reading() {
        for (free_bytes, room) in [
            (0, Room::None),
            (limits::DISK_STOP_BYTES - 1, Room::None),
            (limits::DISK_STOP_BYTES, Room::Reading),
            (limits::DISK_RESERVE_BYTES - 1, Room::Reading),
            (limits::DISK_RESERVE_BYTES, Room::Enough),
            (u64::MAX, Room::Enough),
        ] {
            assert_eq!(Room::of(free_bytes), room, "{free_bytes}");
        }
        assert_eq!(Room::at(Path::new("/nowhere/at/all")), Room::Enough);
    }
}
