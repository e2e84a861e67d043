//! A copy of a study to take away: files with a directory, as a CD has them (TR-23; PS3.10 8, PS3.11 D), in a folder or in
//! one ZIP file with or without a password; as it is, or so that it names nobody (TR-09). Who takes one needs the right to
//! take images out, and leaves an entry.

mod archive;
mod disc;
mod folder;
pub mod pages;
mod readme;
mod record;
pub mod store;
mod write;

use kernel::Timestamp;

pub use archive::{Archive, Password};
pub use folder::Folder;
pub use store::Taken;
pub use write::{Made, Sink};

/// What is wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// It shall name nobody.
    pub names_nobody: bool,
    /// Somebody has looked at every picture for names that are burnt in.
    pub looked_at: bool,
    /// It opens with a password only.
    pub encrypted: bool,
}

/// A copy that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyCopy {
    /// How it was wished.
    pub wish: Wish,
    /// Instances of the study at that time.
    pub instances: u32,
    /// Name of the person who took it.
    pub taken_by: String,
    /// When.
    pub taken_at: Timestamp,
}
