//! Sequential JPEG with Huffman codes: baseline (eight bits) and extended (eight or twelve).

use super::cosine;
use super::header::{Component, Frame, Marker, Scan, Segments, Tables};
use super::huffman::{Bits, Code};
use super::upsample::{self, Plane};
use crate::Fault;

/// Where the coefficients of a block lie, in the order of the stream.
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Decodes all scans of a frame, pixel after pixel.
pub(super) fn decode(frame: &Frame, segments: &mut Segments<'_>, tables: &mut Tables) -> Result<Vec<u16>, Fault> {
    let most = |of: fn(&Component) -> usize| frame.components.iter().map(of).max().unwrap_or(1);
    let (across, down) = (most(|it| it.across), most(|it| it.down));
    if frame.components.iter().any(|it| across % it.across != 0 || down % it.down != 0) {
        return Err(Fault::Unsupported("uneven sampling factors"));
    }
    let (wide, high) = (frame.columns.div_ceil(8 * across), frame.rows.div_ceil(8 * down));
    let mut planes: Vec<Plane> = frame
        .components
        .iter()
        .map(|it| {
            let stride = wide * it.across * 8;
            Plane {
                samples: vec![0; stride * high * it.down * 8],
                stride,
                columns: (frame.columns * it.across).div_ceil(across),
                rows: (frame.rows * it.down).div_ceil(down),
            }
        })
        .collect();

    let mut done = vec![false; frame.components.len()];
    while done.contains(&false) {
        match segments.next()? {
            Marker::Tables { kind, body } => tables.take(kind, body)?,
            Marker::Scan(body) => {
                let scan = Scan::parse(body, frame, &mut done)?;
                let read = scan_into(frame, &scan, tables, segments.data(), &mut planes, (wide, high))?;
                segments.skip(read);
            }
            Marker::End => return Err(Fault::Truncated),
            Marker::Frame { .. } => return Err(Fault::Malformed("a second frame")),
            Marker::Adobe(_) | Marker::Other => {}
        }
    }

    let count = frame.components.len();
    let mut values = vec![0; frame.columns * frame.rows * count];
    let mut line = Vec::with_capacity(wide * across * 8);
    for (row, pixels) in values.chunks_exact_mut(frame.columns * count).enumerate() {
        for (place, (plane, it)) in planes.iter().zip(&frame.components).enumerate() {
            upsample::row(plane, across / it.across, down / it.down, row, frame.columns, &mut line);
            pixels.iter_mut().skip(place).step_by(count).zip(&line).for_each(|(to, from)| *to = *from);
        }
    }
    Ok(values)
}

/// One component's part of a scan.
struct Part<'a> {
    component: usize,
    /// Blocks in one unit of the scan.
    across: usize,
    down: usize,
    dc: &'a Code,
    ac: &'a Code,
    quantiser: &'a [u16; 64],
    before: i32,
}

fn scan_into(
    frame: &Frame,
    scan: &Scan,
    tables: &Tables,
    data: &[u8],
    planes: &mut [Plane],
    (mut wide, mut high): (usize, usize),
) -> Result<usize, Fault> {
    let missing = Fault::Malformed("a table that is not there");
    let mut parts = Vec::new();
    // A scan of one component has units of one block, and only the blocks that hold picture.
    let alone = scan.parts.len() == 1;
    for (component, dc, ac) in &scan.parts {
        let it = &frame.components[*component];
        parts.push(Part {
            component: *component,
            across: if alone { 1 } else { it.across },
            down: if alone { 1 } else { it.down },
            dc: tables.dc[*dc].as_deref().ok_or(missing)?,
            ac: tables.ac[*ac].as_deref().ok_or(missing)?,
            quantiser: tables.quantisers[it.quantiser].as_ref().ok_or(missing)?,
            before: 0,
        });
        if alone {
            let plane = &planes[*component];
            (wide, high) = (plane.columns.div_ceil(8), plane.rows.div_ceil(8));
        }
    }
    let mut bits = Bits::new(data);
    let mut block = [0; 64];
    for unit in 0..wide * high {
        if tables.restart > 0 && unit > 0 && unit % tables.restart == 0 {
            bits.restart()?;
            parts.iter_mut().for_each(|it| it.before = 0);
        }
        let (row, column) = (unit / wide, unit % wide);
        for part in &mut parts {
            for place in 0..part.across * part.down {
                let x = column * part.across + place % part.across;
                let y = row * part.down + place / part.across;
                coefficients(&mut bits, part, &mut block)?;
                let plane = &mut planes[part.component];
                let from = y * 8 * plane.stride + x * 8;
                cosine::inverse(&block, frame.precision, &mut plane.samples[from..], plane.stride);
            }
        }
    }
    Ok(bits.end())
}

/// One block, dequantised. Numbers stay below 2^15 times 2^16, so that the transform's sums stay within 64 bits.
fn coefficients(bits: &mut Bits<'_>, part: &mut Part<'_>, block: &mut [i32; 64]) -> Result<(), Fault> {
    block.fill(0);
    let size = bits.symbol(part.dc)?;
    if size > 16 {
        return Err(Fault::Malformed("a coefficient of too many bits"));
    }
    // Wrapping: only a broken stream leaves the range.
    part.before = i32::from((part.before + bits.number(u32::from(size))?) as i16);
    block[0] = part.before * i32::from(part.quantiser[0].min(i16::MAX as u16));
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol(part.ac)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run != 15 {
                break;
            }
            at += 16;
            continue;
        }
        at += run;
        let value = bits.number(size)?;
        let Some(place) = ZIGZAG.get(at) else { return Err(Fault::Malformed("a block that overflows")) };
        block[*place] = value * i32::from(part.quantiser[at].min(i16::MAX as u16));
        at += 1;
    }
    Ok(())
}
