//! Marker segments of a JPEG-LS stream.

use super::context::Presets;
use crate::Fault;

/// How components follow each other in a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One component a scan.
    Alone,
    ByLine,
    BySample,
}

/// What stands before the coded data of a scan.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) components: usize,
    pub(super) near: i32,
    pub(super) order: Order,
    /// Where its data begin in the stream.
    pub(super) data: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) precision: u8,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) components: usize,
    pub(super) presets: Presets,
    /// Rows between restarts, or 0.
    pub(super) restart: usize,
}

/// The tolerance that a stream's first scan tells.
pub(crate) fn tolerance(stream: &[u8]) -> Option<i32> {
    let mut frame = Frame::default();
    next_scan(stream, 2, &mut frame).ok().map(|it| it.near)
}

/// Reads segments from `at` up to the next scan's data.
pub(super) fn next_scan(stream: &[u8], mut at: usize, frame: &mut Frame) -> Result<Scan, Fault> {
    if !stream.starts_with(&[0xFF, 0xD8]) {
        return Err(Fault::Malformed("not a JPEG-LS picture"));
    }
    loop {
        let byte = |at: usize| stream.get(at).copied().ok_or(Fault::Truncated);
        if byte(at)? != 0xFF {
            return Err(Fault::Malformed("no marker where one must be"));
        }
        while byte(at)? == 0xFF {
            at += 1;
        }
        let kind = byte(at)?;
        if kind == 0xD9 {
            return Err(Fault::Truncated);
        }
        let length = usize::from(u16::from_be_bytes([byte(at + 1)?, byte(at + 2)?])).max(2);
        let body = stream.get(at + 3..at + 1 + length).ok_or(Fault::Truncated)?;
        at += 1 + length;
        match kind {
            0xF7 => start_of_frame(body, frame)?,
            0xF8 => frame.presets.take(body)?,
            0xDD => frame.restart = body.iter().fold(0, |sum, it| ((sum << 8) | usize::from(*it)) & 0xFFFF_FFFF),
            // Hewlett-Packard's colour transformation is no part of the standard.
            0xE8 if body.starts_with(b"mrfx") && body.get(4) != Some(&0) => {
                return Err(Fault::Unsupported("a colour transformation inside JPEG-LS"));
            }
            0xDA => return start_of_scan(body, frame, at),
            0xFE | 0xE0..=0xEF => {}
            _ => return Err(Fault::Malformed("a marker out of place")),
        }
    }
}

fn start_of_frame(body: &[u8], frame: &mut Frame) -> Result<(), Fault> {
    let [precision, r1, r0, c1, c0, count] = *body.first_chunk().ok_or(Fault::Truncated)?;
    if frame.components != 0 {
        return Err(Fault::Malformed("a second frame"));
    }
    if !(2..=16).contains(&precision) {
        return Err(Fault::Malformed("bits of a sample"));
    }
    let sampled = body.get(6..6 + usize::from(count) * 3).ok_or(Fault::Truncated)?;
    if sampled.as_chunks::<3>().0.iter().any(|it| it[1] != 0x11) {
        return Err(Fault::Unsupported("JPEG-LS with halved colours"));
    }
    frame.precision = precision;
    frame.rows = u16::from_be_bytes([r1, r0]).into();
    frame.columns = u16::from_be_bytes([c1, c0]).into();
    frame.components = count.into();
    Ok(())
}

fn start_of_scan(body: &[u8], frame: &Frame, data: usize) -> Result<Scan, Fault> {
    let (count, rest) = body.split_first().ok_or(Fault::Truncated)?;
    let components = usize::from(*count);
    let (specs, tail) = rest.split_at_checked(components * 2).ok_or(Fault::Truncated)?;
    let [near, order, shift] = *tail.first_chunk().ok_or(Fault::Truncated)?;
    if specs.as_chunks::<2>().0.iter().any(|it| it[1] != 0) {
        return Err(Fault::Unsupported("mapping tables of JPEG-LS"));
    }
    if shift != 0 {
        return Err(Fault::Unsupported("a point transform of JPEG-LS"));
    }
    let order = match order {
        0 => Order::Alone,
        1 => Order::ByLine,
        2 => Order::BySample,
        _ => return Err(Fault::Malformed("the order of components")),
    };
    if components == 0 || (order == Order::Alone && components != 1) {
        return Err(Fault::Malformed("the components of a scan"));
    }
    if components != 1 && components != frame.components {
        return Err(Fault::Unsupported("scans of some components"));
    }
    Ok(Scan { components, near: near.into(), order: if components == 1 { Order::Alone } else { order }, data })
}
