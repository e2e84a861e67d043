//! Native pixels: frames without compression, brought to one order.

use std::borrow::Cow;

use crate::{Description, Fault, Interpretation, Samples};

/// Swaps the bytes of each word. Pixels of eight bits with VR `OW` in a big-endian data set are written as words: swap
/// the whole value before frames are cut from it.
pub fn swap_words(value: &mut [u8]) {
    value.as_chunks_mut::<2>().0.iter_mut().for_each(|it| it.swap(0, 1));
}

/// Frame `index` (from 0) of native pixel data. Frames of single bits need not begin at a byte and are shifted.
///
/// # Errors
/// [`Fault::Truncated`], and what [`Description::check`] says.
pub fn native_frame<'a>(value: &'a [u8], it: &Description, index: u32) -> Result<Cow<'a, [u8]>, Fault> {
    it.check()?;
    let index = usize::try_from(index).map_err(|_| Fault::TooLarge)?;
    let bits = it.samples().checked_mul(index).ok_or(Fault::TooLarge)?;
    if it.bits_allocated > 1 || bits % 8 == 0 {
        let from = if it.bits_allocated > 1 { it.frame_bytes().checked_mul(index) } else { Some(bits / 8) };
        let from = from.ok_or(Fault::TooLarge)?;
        let to = from.checked_add(it.frame_bytes()).ok_or(Fault::TooLarge)?;
        return value.get(from..to).map(Cow::Borrowed).ok_or(Fault::Truncated);
    }
    let (from, shift) = (bits / 8, bits % 8);
    let to = (bits + it.samples()).div_ceil(8);
    let bytes = value.get(from..to).ok_or(Fault::Truncated)?;
    let mut out = vec![0_u8; it.frame_bytes()];
    for (at, byte) in out.iter_mut().enumerate() {
        let above = bytes.get(at + 1).copied().unwrap_or(0);
        *byte = (bytes[at] >> shift) | (above << (8 - shift));
    }
    Ok(Cow::Owned(out))
}

pub(crate) fn decode(frame: &[u8], it: &Description, big_endian: bool) -> Result<Samples, Fault> {
    let frame = frame.get(..it.frame_bytes()).ok_or(Fault::Truncated)?;
    let mut bytes = frame.to_vec();
    if big_endian && it.bits_allocated > 8 {
        bytes.chunks_exact_mut(usize::from(it.bits_allocated / 8)).for_each(<[u8]>::reverse);
    }
    let mut description = Description { frames: 1, planar: false, ..*it };
    if it.interpretation == Interpretation::YbrFull422 {
        bytes = unfold_422(&bytes);
        description.interpretation = Interpretation::YbrFull;
    } else if it.planar && it.samples_per_pixel == 3 {
        bytes = by_pixel(&bytes, usize::from(it.bits_allocated / 8));
    }
    // An odd number of columns halves unevenly: then the pairs do not fill the picture.
    if bytes.len() != description.frame_bytes() {
        return Err(Fault::Unsupported("halved colours of an odd picture"));
    }
    Ok(Samples { description, bytes })
}

/// Colours by plane into colours by pixel, `size` bytes a sample.
pub(crate) fn by_pixel(planes: &[u8], size: usize) -> Vec<u8> {
    let plane = planes.len() / 3;
    let mut out = vec![0; planes.len()];
    for (colour, samples) in planes.chunks_exact(plane.max(1)).take(3).enumerate() {
        for (from, to) in samples.chunks_exact(size).zip(out.chunks_exact_mut(3 * size)) {
            to[colour * size..(colour + 1) * size].copy_from_slice(from);
        }
    }
    out
}

/// Two pixels as Y Y Cb Cr into three samples each (PS3.3 C.7.6.3.1.2).
fn unfold_422(pairs: &[u8]) -> Vec<u8> {
    pairs.as_chunks::<4>().0.iter().flat_map(|[left, right, cb, cr]| [*left, *cb, *cr, *right, *cb, *cr]).collect()
}
