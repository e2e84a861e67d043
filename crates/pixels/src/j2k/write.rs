//! Writing a high-throughput picture without loss: one tile, one layer, the 5/3 wavelet, resolution first.
//!
//! Colours are not transformed, so that the data set's photometric interpretation stays what it is.

use super::header::{Coding, HIGH_THROUGHPUT, Rect};
use super::ht_write::{self, Words};
use super::packets::BitWriter;
use super::{layout, wavelet};
use crate::Fault;
use crate::encode::Plain;

/// Levels of the wavelet: as many as most encoders choose.
const LEVELS_MAX: u32 = 5;
/// Spare bits above the nominal ones: the wavelet can exceed a band's by one.
const GUARD: u32 = 2;
const RESOLUTION_FIRST: u8 = 2;

/// Encodes one picture.
pub(crate) fn encode(plain: &Plain) -> Result<Vec<u8>, Fault> {
    let side = |it: usize| u32::try_from(it).map_err(|_| Fault::TooLarge);
    let rect = Rect { x0: 0, y0: 0, x1: side(plain.columns)?, y1: side(plain.rows)? };
    let levels = rect.x1.min(rect.y1).ilog2().min(LEVELS_MAX);
    let coding = Coding {
        levels,
        block: (6, 6),
        style: HIGH_THROUGHPUT,
        reversible: true,
        precincts: vec![(15, 15); levels as usize + 1],
    };
    let mut precincts = Vec::new();
    let mut components = Vec::new();
    let mut planes = Vec::new();
    for number in 0..plain.components {
        let component = layout::component(number, rect, &coding, &mut precincts)?;
        let mut plane = samples(plain, number);
        wavelet::part(&mut plane, &component.resolutions);
        components.push(component);
        planes.push(plane);
    }
    let mut out = headers(plain, rect, levels)?;
    let start = out.len();
    let words = Words::new();
    for (at, _) in layout::order(RESOLUTION_FIRST, 1, &precincts).packets() {
        let precinct = &mut precincts[at];
        let (bands, plane) = (&components[precinct.component].bands, &planes[precinct.component]);
        packet(precinct, bands, plane, rect.x1 as usize, u32::from(plain.precision), &words, &mut out)?;
    }
    // The tile's length counts from its marker, twelve bytes and the data's own marker before the packets.
    let length = u32::try_from(out.len() - start + 14).map_err(|_| Fault::TooLarge)?;
    out[start - 8..start - 4].copy_from_slice(&length.to_be_bytes());
    out.extend([0xFF, 0xD9]);
    Ok(out)
}

/// One component's samples as numbers around zero.
fn samples(plain: &Plain, component: usize) -> Vec<i32> {
    let half = 1_i32 << (plain.precision - 1);
    let shift = 32 - u32::from(plain.precision);
    let number = |it: &u16| {
        let value = i32::from(*it);
        if plain.signed { value << shift >> shift } else { value - half }
    };
    plain.values.iter().skip(component).step_by(plain.components).map(number).collect()
}

/// Planes of a band: the samples' own bits, one for each high direction, and the guard (T.800 E-2).
fn planes_of(precision: u32, kind: u32) -> u32 {
    precision + kind.count_ones() + GUARD - 1
}

fn headers(plain: &Plain, rect: Rect, levels: u32) -> Result<Vec<u8>, Fault> {
    let count = u16::try_from(plain.components).map_err(|_| Fault::TooLarge)?;
    let precision = u32::from(plain.precision);
    let mut out = vec![0xFF, 0x4F, 0xFF, 0x51];
    out.extend((38 + 3 * count).to_be_bytes());
    // This stream needs part 15.
    out.extend(0x4000_u16.to_be_bytes());
    let sizes = [rect.x1, rect.y1, 0, 0, rect.x1, rect.y1, 0, 0];
    out.extend(sizes.iter().flat_map(|it| it.to_be_bytes()));
    out.extend(count.to_be_bytes());
    (0..count).for_each(|_| out.extend([(plain.precision - 1) | (u8::from(plain.signed) << 7), 1, 1]));
    // Capabilities: part 15, all blocks of high throughput, no loss, and the greatest number of planes (T.814 A.3.2).
    let most = planes_of(precision, if levels > 0 { 3 } else { 0 });
    out.extend([0xFF, 0x50, 0, 8, 0, 2, 0, 0, 0, most.saturating_sub(8) as u8]);
    out.extend([0xFF, 0x52, 0, 12, 0, RESOLUTION_FIRST, 0, 1, 0, levels as u8, 4, 4, HIGH_THROUGHPUT, 1]);
    out.extend([0xFF, 0x5C, 0, (4 + 3 * levels) as u8, (GUARD << 5) as u8]);
    out.push((precision << 3) as u8);
    (0..levels).for_each(|_| out.extend([1, 1, 2].map(|gain| ((precision + gain) << 3) as u8)));
    out.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0x93]);
    Ok(out)
}

fn packet(
    precinct: &mut layout::Precinct,
    bands: &[layout::Band],
    plane: &[i32],
    pitch: usize,
    precision: u32,
    words: &Words,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut bits = BitWriter::default();
    let mut bodies = Vec::new();
    bits.bit(true);
    for group in &mut precinct.groups {
        let band = &bands[group.band];
        // All planes lie in the one pass, so that all but the last are told as empty.
        let empty = planes_of(precision, band.kind) - 1;
        let mut coded = Vec::with_capacity(group.blocks.len());
        for (number, block) in group.blocks.iter().enumerate() {
            let (width, height) = (block.rect.width() as usize, block.rect.height() as usize);
            let column = (block.rect.x0 - band.rect.x0 + band.column) as usize;
            let row = (block.rect.y0 - band.rect.y0 + band.row) as usize;
            let lines = (row..row + height).map(|it| &plane[it * pitch + column..it * pitch + column + width]);
            let values: Vec<i32> = lines.flatten().copied().collect();
            let some = values.iter().any(|it| *it != 0);
            coded.push(if some { ht_write::encode(&values, (width, height), words) } else { Vec::new() });
            group.inclusion.set(number, u32::from(!some));
            group.planes.set(number, empty);
        }
        for (number, body) in coded.into_iter().enumerate() {
            group.inclusion.write(number, 1, &mut bits);
            if body.is_empty() {
                continue;
            }
            group.planes.write(number, empty + 1, &mut bits);
            // One pass.
            bits.bit(false);
            let length = u32::try_from(body.len()).map_err(|_| Fault::TooLarge)?;
            let wide = length.ilog2() + 1;
            let more = wide.saturating_sub(3);
            (0..more).for_each(|_| bits.bit(true));
            bits.bit(false);
            bits.bits(length, 3 + more);
            bodies.push(body);
        }
    }
    out.extend(bits.finish());
    bodies.into_iter().for_each(|it| out.extend(it));
    Ok(())
}
