//! Readers of what strangers send, as the targets in `fuzz/` call them. Nothing else does.

use crate::protocol::{Checksum, count};

/// Whether a count of bytes is understood.
#[must_use]
pub fn counted(text: &str) -> bool {
    count(text).is_some()
}

/// Whether a checksum is understood.
#[must_use]
pub fn summed(text: &str) -> bool {
    Checksum::read(text).is_ok()
}
