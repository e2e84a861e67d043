//! Images: what arrives, what is asked about them, what was read in them.
//!
//! `dataset` reads DICOM data sets as they stream in; `instance` says what came and where it belongs. No room looks into
//! the bytes of an image but this one.

pub mod dataset;
pub mod instance;
