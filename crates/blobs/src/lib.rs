//! Big files by their hash.

/// The store of files.
#[derive(Clone, Debug)]
pub struct Blobs;
