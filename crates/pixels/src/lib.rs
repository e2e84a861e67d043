//! Pixels of DICOM images: frames of one transfer syntax into native samples, and native samples into another.
//!
//! What a lossless syntax says is kept to the bit; the tests hold that against programs of other makers. Every stream is
//! taken for hostile: sizes come from the [`Description`], never from the stream, nothing recurses, and every loop ends
//! with the data or with the picture. Absent: data sets, files, the network, deflate (a matter of the data set), and
//! JPEG or PNG for the screen, which belong to the room that owns that library.

mod decode;
mod description;
pub mod encapsulation;
mod encode;
mod fault;
mod j2k;
mod jpeg;
mod jpegls;
pub mod limits;
mod native;
pub mod render;
mod rle;
mod syntax;

pub use decode::decode;
pub use description::{Description, Interpretation, Samples};
pub use encode::encode;
pub use fault::Fault;
pub use native::{native_frame, swap_words};
pub use syntax::{Syntax, lossy, ratio};
