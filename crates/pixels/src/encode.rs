//! From native samples to a frame of another syntax, without loss.

use crate::{Fault, Samples, Syntax, j2k, jpegls, rle};

/// Samples as a lossless codec takes them: the stored bits only, pixel after pixel.
pub(crate) struct Plain {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) components: usize,
    pub(crate) precision: u8,
    pub(crate) signed: bool,
    pub(crate) values: Vec<u16>,
}

/// Encodes one frame so that [`crate::decode`] gives back the same samples.
///
/// # Errors
/// [`Fault::Unsupported`] where `syntax` is not [`Syntax::written`] or cannot hold these samples whole, for example
/// overlays in the bits above those stored. Native and [`Syntax::Rle`] hold everything of eight bits and more.
pub fn encode(samples: &Samples, syntax: Syntax) -> Result<Vec<u8>, Fault> {
    kernel::clause!("TR-25"); // Lossless stays lossless.
    let it = &samples.description;
    it.check()?;
    if samples.bytes.len() != it.frame_bytes() || it.planar {
        return Err(Fault::Mismatch("samples and their description"));
    }
    match syntax {
        Syntax::ImplicitLe | Syntax::ExplicitLe | Syntax::Deflated => Ok(samples.bytes.clone()),
        Syntax::ExplicitBe => {
            let mut bytes = samples.bytes.clone();
            bytes.chunks_exact_mut(usize::from(it.bits_allocated / 8).max(1)).for_each(<[u8]>::reverse);
            Ok(bytes)
        }
        Syntax::Rle => rle::encode(samples),
        Syntax::JpegLs => jpegls::encode(&plain(samples)?),
        Syntax::HtLossless => j2k::encode(&plain(samples)?),
        _ => Err(Fault::Unsupported("writing this transfer syntax")),
    }
}

/// The stored bits of each sample, provided that the other bits say nothing of their own.
fn plain(samples: &Samples) -> Result<Plain, Fault> {
    let it = &samples.description;
    if ![8, 16].contains(&it.bits_allocated) || it.high_bit + 1 != it.bits_stored {
        return Err(Fault::Unsupported("samples of this shape"));
    }
    let mask = u16::MAX >> (16 - it.bits_stored);
    let top = (mask >> 1) + 1;
    let full = u16::MAX >> (16 - it.bits_allocated);
    let mut stray = false;
    let mut take = |raw: u16| {
        let value = raw & mask;
        let expected = if it.signed && value & top != 0 { full & !mask } else { 0 };
        stray |= raw & !mask != expected;
        value
    };
    let values = match it.bits_allocated {
        8 => samples.bytes.iter().map(|it| take(u16::from(*it))).collect(),
        _ => samples.bytes.as_chunks::<2>().0.iter().map(|it| take(u16::from_le_bytes(*it))).collect(),
    };
    if stray {
        return Err(Fault::Unsupported("something else lies in the unused bits"));
    }
    Ok(Plain {
        columns: usize::from(it.columns),
        rows: usize::from(it.rows),
        components: usize::from(it.samples_per_pixel),
        precision: it.bits_stored,
        signed: it.signed,
        values,
    })
}
