//! What the house's own tests share: the tree of files, a reader for source text, and findings with their exceptions.
//!
//! Knows nothing of the product; the rules themselves stand in `xtask/tests`.

pub mod finding;
pub mod source;
pub mod tree;
