//! Bits and Golomb codes: after a byte of ones the next byte holds seven bits only, so that no marker arises.

use crate::Fault;

/// Reads up to the next marker.
pub(super) struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, from the top.
    held: u64,
    count: u32,
    after_ones: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0, after_ones: false }
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(byte) = self.data.get(self.at).copied() else { return };
            if byte == 0xFF && self.data.get(self.at + 1).is_none_or(|it| *it >= 0x80) {
                return;
            }
            let width = if self.after_ones { 7 } else { 8 };
            self.held |= u64::from(byte) << (64 - width - self.count);
            self.count += width;
            self.after_ones = byte == 0xFF;
            self.at += 1;
        }
    }

    #[inline]
    pub(super) fn bit(&mut self) -> Result<bool, Fault> {
        Ok(self.bits(1)? == 1)
    }

    /// At most 32 bits.
    #[inline]
    pub(super) fn bits(&mut self, wanted: u32) -> Result<i32, Fault> {
        if wanted == 0 {
            return Ok(0);
        }
        if self.count < wanted {
            self.fill();
        }
        let bits = (self.held >> (64 - wanted)) as i32;
        self.take(wanted)?;
        Ok(bits)
    }

    #[inline]
    fn take(&mut self, taken: u32) -> Result<(), Fault> {
        self.count = self.count.checked_sub(taken).ok_or(Fault::Truncated)?;
        self.held <<= taken;
        Ok(())
    }

    /// A number in the limited Golomb code of order `k` (A.5.3).
    #[inline]
    pub(super) fn golomb(&mut self, k: u32, limit: u32, range_bits: u32) -> Result<i32, Fault> {
        if self.count < 32 {
            self.fill();
        }
        let mut zeros = self.held.leading_zeros();
        if zeros >= self.count {
            self.fill();
            zeros = self.held.leading_zeros();
            if zeros >= self.count {
                return Err(Fault::Truncated);
            }
        }
        let longest = limit - range_bits - 1;
        if zeros > longest || k > 24 {
            return Err(Fault::Malformed("a number that is too large"));
        }
        self.take(zeros + 1)?;
        if zeros == longest { Ok(self.bits(range_bits)? + 1) } else { Ok(((zeros as i32) << k) + self.bits(k)?) }
    }

    /// Bytes up to the marker that ends these data.
    pub(super) fn end(&self) -> usize {
        let rest = &self.data[self.at..];
        self.at + rest.windows(2).position(|it| it[0] == 0xFF && it[1] >= 0x80).unwrap_or(rest.len())
    }
}

/// Writes behind what is there.
pub(super) struct Writer {
    out: Vec<u8>,
    /// Bits that wait, at the low end.
    held: u64,
    count: u32,
}

impl Writer {
    pub(super) fn new(out: Vec<u8>) -> Self {
        Self { out, held: 0, count: 0 }
    }

    /// At most 32 bits.
    #[inline]
    pub(super) fn bits(&mut self, value: u32, width: u32) {
        self.held = (self.held << width) | u64::from(value);
        self.count += width;
        while self.count >= 8 {
            self.byte();
        }
    }

    #[inline]
    fn byte(&mut self) {
        let width = if self.out.last() == Some(&0xFF) { 7 } else { 8 };
        self.count -= width;
        self.out.push((self.held >> self.count) as u8 & (0xFF >> (8 - width)));
        self.held &= (1 << self.count) - 1;
    }

    /// A number in the limited Golomb code of order `k` (A.5.3).
    #[inline]
    pub(super) fn golomb(&mut self, value: i32, k: u32, limit: u32, range_bits: u32) {
        let high = value.cast_unsigned() >> k;
        let longest = limit - range_bits - 1;
        if high < longest {
            self.bits(0, high.min(31));
            self.bits(0, high - high.min(31));
            self.bits(1, 1);
            self.bits(value.cast_unsigned() & ((1 << k) - 1), k);
        } else {
            self.bits(0, longest.min(31));
            self.bits(0, longest - longest.min(31));
            self.bits(1, 1);
            self.bits((value - 1).cast_unsigned(), range_bits);
        }
    }

    /// Fills the last byte with zeros; one of ones is followed by a zero, or the marker behind it would be lost.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            let width = if self.out.last() == Some(&0xFF) { 7 } else { 8 };
            self.held <<= width - self.count;
            self.count = width;
            self.byte();
        }
        if self.out.last() == Some(&0xFF) {
            self.out.push(0);
        }
        self.out
    }
}
