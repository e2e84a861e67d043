//! JPEG-LS (ITU-T T.87): reading without and with tolerance, in all three orders of components; writing without loss.

mod bits;
mod context;
mod header;
mod read;
mod write;

pub(crate) use header::tolerance;
pub(crate) use read::decode;
pub(crate) use write::encode;
