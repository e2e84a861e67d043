//! The log on both databases: what is appended is found, verified, signed and exported, and every damage is named.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bundle;
mod clock;
mod common;
mod entry;
mod verify;
