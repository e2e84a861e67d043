//! Images: what arrives, what is asked about them, what was read in them.
//!
//! `dataset` reads DICOM data sets as they stream in. No room looks into the bytes of an image but this one.

pub mod dataset;
