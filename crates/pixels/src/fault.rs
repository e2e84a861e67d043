//! Why a frame could not be read or written.

use std::fmt;

/// What is wrong with a stream, or with what was asked. None of it holds a byte of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The stream ends before the picture does.
    Truncated,
    /// The stream breaks its own standard.
    Malformed(&'static str),
    /// Allowed by a standard, but not read or written here.
    Unsupported(&'static str),
    /// The stream is a picture, but not the one that the data set describes.
    Mismatch(&'static str),
    /// More than [`crate::limits`] allow.
    TooLarge,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => out.write_str("the pixel data end too early"),
            Self::Malformed(what) => write!(out, "malformed pixel data: {what}"),
            Self::Unsupported(what) => write!(out, "unsupported pixel data: {what}"),
            Self::Mismatch(what) => write!(out, "the pixel data are not as described: {what}"),
            Self::TooLarge => out.write_str("the picture is too large"),
        }
    }
}

impl std::error::Error for Fault {}
