//! Packets (T.800 B.9, B.10): which blocks bring what in a layer.

use super::header::{Coding, HIGH_THROUGHPUT};
use super::layout::{Block, Group, Precinct, Segment};
use crate::Fault;

/// Bits of a packet's header: after a byte of ones the next byte holds seven.
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    at: usize,
    held: u8,
    count: u32,
}

impl<'a> BitReader<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0 }
    }

    pub(super) fn bit(&mut self) -> Result<bool, Fault> {
        if self.count == 0 {
            let next = *self.data.get(self.at).ok_or(Fault::Truncated)?;
            self.count = if self.held == 0xFF && self.at > 0 { 7 } else { 8 };
            self.held = next;
            self.at += 1;
        }
        self.count -= 1;
        Ok((self.held >> self.count) & 1 == 1)
    }

    fn bits(&mut self, count: u32) -> Result<u32, Fault> {
        (0..count).try_fold(0, |sum, _| Ok((sum << 1) | u32::from(self.bit()?)))
    }

    /// Where the bytes behind the header begin.
    fn end(&self) -> usize {
        self.at + usize::from(self.held == 0xFF && self.at > 0)
    }
}

/// The same, written.
#[derive(Default)]
pub(super) struct BitWriter {
    pub(super) bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl BitWriter {
    pub(super) fn bit(&mut self, bit: bool) {
        self.held = (self.held << 1) | u32::from(bit);
        self.count += 1;
        if self.count == if self.bytes.last() == Some(&0xFF) { 7 } else { 8 } {
            self.bytes.push(self.held as u8);
            (self.held, self.count) = (0, 0);
        }
    }

    pub(super) fn bits(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|it| self.bit((value >> it) & 1 == 1));
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        while self.count > 0 {
            self.bit(false);
        }
        if self.bytes.last() == Some(&0xFF) {
            self.bytes.push(0);
        }
        self.bytes
    }
}

/// Reads one packet; the answer is how many bytes it took.
pub(super) fn read(data: &[u8], precinct: &mut Precinct, layer: u32, coding: &Coding) -> Result<usize, Fault> {
    // Marks that help to find packets in broken streams.
    let skipped = if data.starts_with(&[0xFF, 0x91, 0, 4]) { 6 } else { 0 };
    let data = data.get(skipped..).ok_or(Fault::Truncated)?;
    let mut bits = BitReader::new(data);
    let mut coming: Vec<(usize, usize, usize, usize)> = Vec::new();
    if bits.bit()? {
        for (number, group) in precinct.groups.iter_mut().enumerate() {
            for block in 0..group.blocks.len() {
                if included(&mut bits, group, block, layer)? {
                    let block_data = &mut group.blocks[block];
                    lengths(&mut bits, block_data, coding.style, |segment, bytes| {
                        coming.push((number, block, segment, bytes));
                    })?;
                }
            }
        }
    }
    let mut at = bits.end();
    if data.get(at..).is_some_and(|it| it.starts_with(&[0xFF, 0x92])) {
        at += 2;
    }
    for (group, block, segment, bytes) in coming {
        let part = data.get(at..).and_then(|it| it.get(..bytes)).ok_or(Fault::Truncated)?;
        precinct.groups[group].blocks[block].segments[segment].data.extend_from_slice(part);
        at += bytes;
    }
    Ok(skipped + at)
}

fn included(bits: &mut BitReader<'_>, group: &mut Group, block: usize, layer: u32) -> Result<bool, Fault> {
    if group.blocks[block].included {
        return bits.bit();
    }
    if !group.inclusion.read(block, layer + 1, bits)? {
        return Ok(false);
    }
    let mut planes = 1;
    while !group.planes.read(block, planes, bits)? {
        planes += 1;
        if planes > 80 {
            return Err(Fault::Malformed("too many empty planes"));
        }
    }
    group.blocks[block].included = true;
    group.blocks[block].empty_planes = planes - 1;
    Ok(true)
}

fn passes(bits: &mut BitReader<'_>) -> Result<u32, Fault> {
    if !bits.bit()? {
        return Ok(1);
    }
    if !bits.bit()? {
        return Ok(2);
    }
    for (width, first) in [(2, 3), (5, 6)] {
        let more = bits.bits(width)?;
        if more + 1 < 1 << width {
            return Ok(first + more);
        }
    }
    Ok(37 + bits.bits(7)?)
}

fn lengths(
    bits: &mut BitReader<'_>,
    block: &mut Block,
    style: u8,
    mut comes: impl FnMut(usize, usize),
) -> Result<(), Fault> {
    let mut left = passes(bits)?;
    let fast = style & HIGH_THROUGHPUT != 0;
    if fast {
        if !block.segments.is_empty() {
            return Err(Fault::Unsupported("a block in several layers"));
        }
        // Three passes at a time may stand for planes that hold nothing (T.814 B.3).
        let empty = (left - 1) / 3;
        block.empty_planes += empty;
        left -= empty * 3;
        while bits.bit()? {
            block.length_bits += 1;
            if block.length_bits > 32 {
                return Err(Fault::Malformed("the length of a block"));
            }
        }
        let wide = block.length_bits + (empty * 3 + 1).ilog2();
        return fast_lengths(bits, block, left, wide.min(32), comes);
    }
    while bits.bit()? {
        block.length_bits += 1;
    }
    while left > 0 {
        let full = block.segments.last().is_none_or(|it| it.passes >= it.passes_max);
        if full {
            let before = block.segments.last().map(|it| it.passes_max);
            let passes_max = match (style & 4 != 0, style & 1 != 0, before) {
                (true, _, _) => 1,
                (_, true, None) => 10,
                // Raw passes come in pairs, each followed by one that is coded.
                (_, true, Some(1 | 10)) => 2,
                (_, true, Some(_)) => 1,
                _ => u32::MAX,
            };
            block.segments.push(Segment { passes_max, ..Segment::default() });
        }
        let number = block.segments.len() - 1;
        let segment = &mut block.segments[number];
        let taken = left.min(segment.passes_max - segment.passes);
        let wide = block.length_bits + taken.ilog2();
        if wide > 32 {
            return Err(Fault::Malformed("the length of a block"));
        }
        segment.passes += taken;
        left -= taken;
        comes(number, bits.bits(wide)? as usize);
    }
    Ok(())
}

fn fast_lengths(
    bits: &mut BitReader<'_>,
    block: &mut Block,
    passes: u32,
    wide: u32,
    mut comes: impl FnMut(usize, usize),
) -> Result<(), Fault> {
    block.segments.push(Segment { passes: 1, passes_max: 1, data: Vec::new() });
    comes(0, bits.bits(wide)? as usize);
    if passes > 1 {
        block.segments.push(Segment { passes: passes - 1, passes_max: 2, data: Vec::new() });
        comes(1, bits.bits((block.length_bits + u32::from(passes > 2)).min(32))? as usize);
    }
    Ok(())
}
