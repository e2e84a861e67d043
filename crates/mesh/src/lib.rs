//! Meshes of dental work: read, checked and thinned. Bytes in, values out.
//!
//! Scans and designs come as STL, PLY, OBJ or 3MF from programs of many makers. Every file is taken for hostile: no count in a
//! header is believed before the bytes are there, nothing recurses without a depth, and what a file may cost stands in
//! [`Limits`]. What is made here is for looking; machines get the original bytes. Absent: files, the network, rows, and any
//! file that a mesh names (materials, textures): they are named, never opened. The caller runs this in a child process with
//! limits, since the thinning library is not written in Rust.

mod check;
mod exocad;
mod fault;
mod format;
pub mod levels;
mod limits;
mod personal;
mod place;
mod read;
mod report;
mod surface;
mod text;
mod unit;
mod weld;
mod work;
mod xml;

pub use fault::{Fault, FaultKind};
pub use format::Format;
pub use limits::Limits;
pub use personal::{Personal, PersonalKind, Source};
pub use place::Place;
pub use read::{Reading, read};
pub use report::{Companion, Finding, FindingKind, Hole, Report, Shape, Turned, Verdict, Weight};
pub use surface::Surface;
pub use unit::{Unit, UnitGuess, UnitReason};
pub use work::{Work, report, work};
