//! Lossless JPEG (T.81 annex H): each sample is foretold from its neighbours, and the difference is coded.

use super::header::{Frame, Marker, Scan, Segments, Tables};
use super::huffman::{Bits, Code};
use crate::Fault;

/// Decodes all scans of a frame, pixel after pixel.
pub(super) fn decode(frame: &Frame, segments: &mut Segments<'_>, tables: &mut Tables) -> Result<Vec<u16>, Fault> {
    let count = frame.components.len();
    if frame.components.iter().any(|it| it.across != frame.components[0].across || it.down != frame.components[0].down)
    {
        return Err(Fault::Unsupported("lossless JPEG with halved colours"));
    }
    let mut values = vec![0_u16; frame.columns * frame.rows * count];
    let mut done = vec![false; count];
    while done.contains(&false) {
        match segments.next()? {
            Marker::Tables { kind, body } => tables.take(kind, body)?,
            Marker::Scan(body) => {
                let scan = Scan::parse(body, frame, &mut done)?;
                let read = scan_into(frame, &scan, tables, segments.data(), &mut values)?;
                segments.skip(read);
            }
            Marker::End => return Err(Fault::Truncated),
            Marker::Frame { .. } => return Err(Fault::Malformed("a second frame")),
            Marker::Adobe(_) | Marker::Other => {}
        }
    }
    Ok(values)
}

fn scan_into(frame: &Frame, scan: &Scan, tables: &Tables, data: &[u8], values: &mut [u16]) -> Result<usize, Fault> {
    let stride = frame.components.len();
    if !(1..=7).contains(&scan.predictor) || scan.shift >= frame.precision {
        return Err(Fault::Malformed("the predictor"));
    }
    // A restart begins a row anew; the standard has no other.
    if !tables.restart.is_multiple_of(frame.columns) {
        return Err(Fault::Unsupported("restarts inside a row"));
    }
    let restart_rows = tables.restart / frame.columns;
    let mut parts: Vec<(usize, &Code)> = Vec::new();
    for (component, dc, _) in &scan.parts {
        parts.push((*component, tables.dc[*dc].as_deref().ok_or(Fault::Malformed("a code that is not there"))?));
    }
    let first = 1_i32 << (frame.precision - scan.shift - 1);
    let mut bits = Bits::new(data);
    let width = frame.columns * stride;
    let mut fresh = true;
    for row in 0..frame.rows {
        if row > 0 && restart_rows > 0 && row % restart_rows == 0 {
            bits.restart()?;
            fresh = true;
        }
        let (above, line) = values.split_at_mut(row * width);
        let (above, line) = (&above[above.len().saturating_sub(width)..], &mut line[..width]);
        for column in 0..frame.columns {
            for (component, code) in &parts {
                let at = column * stride + component;
                let difference = difference(&mut bits, code)?;
                let foretold = if fresh {
                    if column == 0 { first } else { i32::from(line[at - stride]) }
                } else if column == 0 {
                    i32::from(above[at])
                } else {
                    let left = i32::from(line[at - stride]);
                    let up = i32::from(above[at]);
                    let corner = i32::from(above[at - stride]);
                    match scan.predictor {
                        1 => left,
                        2 => up,
                        3 => corner,
                        4 => left + up - corner,
                        5 => left + ((up - corner) >> 1),
                        6 => up + ((left - corner) >> 1),
                        _ => (left + up) >> 1,
                    }
                };
                // Modulo 2^16 (H.1.2.1).
                line[at] = (foretold + difference) as u16;
            }
        }
        fresh = false;
    }
    // What the point transform took away comes back as zeros; bits above the precision would be another's sample.
    let mask = u16::MAX >> (16 - frame.precision);
    for (component, _) in &parts {
        values.iter_mut().skip(*component).step_by(stride).for_each(|it| *it = (*it << scan.shift) & mask);
    }
    Ok(bits.end())
}

#[inline]
fn difference(bits: &mut Bits<'_>, code: &Code) -> Result<i32, Fault> {
    match bits.symbol(code)? {
        16 => Ok(32_768),
        size @ 0..=15 => bits.number(u32::from(size)),
        _ => Err(Fault::Malformed("a difference of too many bits")),
    }
}
