//! From a frame of any syntax to native samples.

use crate::{Description, Fault, Interpretation, Samples, Syntax, j2k, jpeg, jpegls, native, rle};

/// What a codec found in its stream: pixel after pixel, each sample as the bits that the stream holds.
pub(crate) struct Picture {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) components: usize,
    /// Bits of a sample, 1 to 16; the others are zero.
    pub(crate) precision: u8,
    pub(crate) values: Vec<u16>,
    /// What the stream itself says about its colours, where it does.
    pub(crate) colours: Option<Interpretation>,
}

/// Decodes one frame: `frame` holds its bytes only (see [`crate::encapsulation`] and [`crate::native_frame`]).
///
/// The samples' description tells what they now are: colours by pixel, JPEG 2000 colours as RGB, halved ones made full.
/// A stream that ends early is refused, never shown in part.
///
/// # Errors
/// Only [`Fault`].
pub fn decode(frame: &[u8], syntax: Syntax, description: &Description) -> Result<Samples, Fault> {
    kernel::clause!("TR-25"); // Every usual syntax can be read.
    description.check()?;
    let picture = match syntax {
        Syntax::ImplicitLe | Syntax::ExplicitLe | Syntax::Deflated => {
            return native::decode(frame, description, false);
        }
        Syntax::ExplicitBe => return native::decode(frame, description, true),
        Syntax::Rle => return rle::decode(frame, description),
        Syntax::JpegBaseline | Syntax::JpegExtended | Syntax::JpegLossless | Syntax::JpegLosslessSv1 => {
            jpeg::decode(frame, description)?
        }
        Syntax::JpegLs | Syntax::JpegLsNear => jpegls::decode(frame, description)?,
        Syntax::Jpeg2000Lossless | Syntax::Jpeg2000 | Syntax::HtLossless | Syntax::HtLosslessRpcl | Syntax::Ht => {
            j2k::decode(frame, description)?
        }
    };
    settle(&picture, description)
}

/// Whether a stream's own size is the one described. Codecs ask before they make room for it.
pub(crate) fn same_size(it: &Description, columns: usize, rows: usize, components: usize) -> Result<(), Fault> {
    if columns != usize::from(it.columns) || rows != usize::from(it.rows) {
        return Err(Fault::Mismatch("rows and columns"));
    }
    if components != usize::from(it.samples_per_pixel) {
        return Err(Fault::Mismatch("samples per pixel"));
    }
    Ok(())
}

/// Puts a codec's values into the bytes that the description wants.
fn settle(picture: &Picture, it: &Description) -> Result<Samples, Fault> {
    same_size(it, picture.columns, picture.rows, picture.components)?;
    if it.bits_allocated < 8 || picture.precision > it.bits_allocated {
        return Err(Fault::Mismatch("more bits in the stream than allocated"));
    }
    let shift = 32 - u32::from(picture.precision);
    let signed = it.signed;
    let wide = |value: u16| {
        let value = u32::from(value);
        if signed { (((value << shift).cast_signed()) >> shift).cast_unsigned() } else { value }
    };
    let bytes = match it.bits_allocated {
        8 => picture.values.iter().map(|it| wide(*it) as u8).collect(),
        16 => picture.values.iter().flat_map(|it| (wide(*it) as u16).to_le_bytes()).collect(),
        _ => picture.values.iter().flat_map(|it| wide(*it).to_le_bytes()).collect(),
    };
    use Interpretation::{Rgb, YbrFull, YbrFull422, YbrIct, YbrRct};
    let interpretation = match picture.colours.unwrap_or(it.interpretation) {
        YbrFull422 => YbrFull,
        YbrIct | YbrRct => Rgb,
        other => other,
    };
    let description = Description { frames: 1, planar: false, interpretation, ..*it };
    Ok(Samples { description, bytes })
}
