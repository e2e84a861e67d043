//! Reading high-throughput blocks (T.814 annexes B, C): three streams in one, and up to two passes more.

use super::ht_table;
use crate::Fault;

/// Orders of the adaptive run code (table 2 of T.814).
pub(super) const RUN_ORDERS: [u32; 13] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5];

/// Code words by context and their next seven bits: length (3), offset follows (1), significance (4), values (4),
/// known (4), from the bottom.
pub(super) struct Words {
    first: Vec<u16>,
    other: Vec<u16>,
}

impl Words {
    pub(super) fn new() -> Self {
        let table = |listed: &[u32]| {
            let mut table = vec![0_u16; 1024];
            for it in listed {
                let (context, rho, offset) = (it >> 23, (it >> 19) & 15, (it >> 18) & 1);
                let (known, values, word, length) = ((it >> 14) & 15, (it >> 10) & 15, (it >> 3) & 127, it & 7);
                let entry = length | (offset << 3) | (rho << 4) | (values << 8) | (known << 12);
                for rest in 0..1_u32 << (7 - length) {
                    table[((context << 7) | (rest << length) | word) as usize] = entry as u16;
                }
            }
            table
        };
        Self { first: table(&ht_table::FIRST), other: table(&ht_table::OTHER) }
    }
}

/// Runs of quads without anything (MEL): from the middle of the block forwards.
struct Runs<'a> {
    data: &'a [u8],
    at: usize,
    held: u8,
    count: u32,
    order: usize,
    zeros: u32,
    one: bool,
}

impl Runs<'_> {
    fn bit(&mut self) -> u32 {
        if self.count == 0 {
            self.count = if self.held == 0xFF { 7 } else { 8 };
            self.held = match self.data.get(self.at) {
                // The last byte is shared with the words behind it.
                Some(it) if self.at + 1 == self.data.len() => it | 0xF,
                Some(it) => *it,
                None => 0xFF,
            };
            self.at += 1;
        }
        self.count -= 1;
        u32::from((self.held >> self.count) & 1)
    }

    fn event(&mut self) -> bool {
        loop {
            if self.zeros > 0 {
                self.zeros -= 1;
                return false;
            }
            if std::mem::take(&mut self.one) {
                return true;
            }
            let bits = RUN_ORDERS[self.order];
            if self.bit() == 1 {
                self.zeros = 1 << bits;
                self.order = (self.order + 1).min(12);
            } else {
                self.zeros = (0..bits).fold(0, |sum, _| (sum << 1) | self.bit());
                self.one = true;
                self.order = self.order.saturating_sub(1);
            }
        }
    }
}

/// Bits from the end backwards: code words, and the refinement.
struct Backward<'a> {
    data: &'a [u8],
    held: u64,
    count: u32,
    above: bool,
}

impl Backward<'_> {
    #[inline]
    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match self.data.split_last() {
                Some((byte, rest)) => {
                    self.data = rest;
                    *byte
                }
                None => 0,
            };
            let width = if self.above && byte & 0x7F == 0x7F { 7 } else { 8 };
            self.held |= u64::from(byte) << self.count;
            // A stuffed byte's top bit is zero already, or the next byte would write over it.
            self.count += width;
            self.held &= (1 << self.count) - 1;
            self.above = byte > 0x8F;
        }
    }

    #[inline]
    fn take(&mut self, bits: u32) -> u32 {
        if self.count < bits {
            self.fill();
        }
        let value = self.held & ((1 << bits) - 1);
        self.held >>= bits;
        self.count -= bits;
        value as u32
    }
}

/// Bits from the beginning forwards, the lowest first: magnitudes with signs, and the propagation.
struct Forward<'a> {
    data: &'a [u8],
    held: u64,
    count: u32,
    ones: bool,
    /// What comes behind the end.
    feed: u8,
}

impl Forward<'_> {
    #[inline]
    fn fill(&mut self) {
        while self.count <= 48 {
            let byte = match self.data.split_first() {
                Some((byte, rest)) => {
                    self.data = rest;
                    *byte
                }
                None => self.feed,
            };
            self.held |= u64::from(byte) << self.count;
            self.count += if self.ones { 7 } else { 8 };
            self.held &= (1 << self.count) - 1;
            self.ones = byte == 0xFF;
        }
    }

    #[inline]
    fn take(&mut self, bits: u32) -> u32 {
        if self.count < bits {
            self.fill();
        }
        let value = self.held & ((1 << bits) - 1);
        self.held >>= bits;
        self.count -= bits;
        value as u32
    }
}

/// The streams of the first pass.
struct Streams<'a> {
    runs: Runs<'a>,
    words: Backward<'a>,
    magnitudes: Forward<'a>,
}

impl<'a> Streams<'a> {
    fn new(data: &'a [u8]) -> Result<Self, Fault> {
        let wrong = Fault::Malformed("a fast block");
        let [.., low, high] = data else { return Err(wrong) };
        let tail = (usize::from(*high) << 4) | usize::from(low & 15);
        if tail < 2 || tail > data.len() || tail > 4079 {
            return Err(wrong);
        }
        let (magnitudes, tail) = data.split_at(data.len() - tail);
        // Twelve bits of the last two bytes told the length.
        let half = low >> 4;
        let mut words = Backward {
            data: &tail[..tail.len() - 2],
            held: u64::from(half),
            count: if half & 7 == 7 { 3 } else { 4 },
            above: low | 15 > 0x8F,
        };
        words.held &= (1 << words.count) - 1;
        let runs = Runs { data: &tail[..tail.len() - 1], at: 0, held: 0, count: 0, order: 0, zeros: 0, one: false };
        Ok(Self { runs, words, magnitudes: Forward { data: magnitudes, held: 0, count: 0, ones: false, feed: 0xFF } })
    }

    /// The beginning of an offset's code: what it adds, and how many bits follow.
    #[inline]
    fn prefix(&mut self) -> (u32, u32, bool) {
        if self.words.take(1) == 1 {
            (1, 0, false)
        } else if self.words.take(1) == 1 {
            (2, 0, false)
        } else if self.words.take(1) == 1 {
            (3, 1, true)
        } else {
            (5, 5, true)
        }
    }

    /// The offsets of a pair of quads (C.4): prefixes first, then what follows them.
    fn offsets(&mut self, left: bool, right: bool, first_row: bool) -> (u32, u32) {
        let both = left && right;
        if !left && !right {
            return (0, 0);
        }
        if both && first_row {
            if self.runs.event() {
                let (a, b) = (self.prefix(), self.prefix());
                return (2 + a.0 + self.words.take(a.1), 2 + b.0 + self.words.take(b.1));
            }
            let a = self.prefix();
            if a.2 {
                let b = 1 + self.words.take(1);
                return (a.0 + self.words.take(a.1), b);
            }
            let b = self.prefix();
            return (a.0 + self.words.take(a.1), b.0 + self.words.take(b.1));
        }
        let none = (0, 0, false);
        let a = if left { self.prefix() } else { none };
        let b = if right { self.prefix() } else { none };
        (a.0 + self.words.take(a.1), b.0 + self.words.take(b.1))
    }
}

/// Decodes the first pass into `values` (rows without gaps): magnitudes with one bit of fraction, and signs. The
/// lowest plane of the pass is `plane`.
pub(super) fn clean(
    data: &[u8],
    plane: u32,
    words: &Words,
    (width, height): (usize, usize),
    values: &mut [i32],
) -> Result<(), Fault> {
    let mut streams = Streams::new(data)?;
    let quads = width.div_ceil(2);
    // What the row of quads above left behind, with one quad more on each side: significance, lower exponents.
    let mut above = vec![0_u16; quads + 2];
    let mut exponents = vec![[0_u32; 2]; quads + 2];
    let mut row = vec![0_u16; quads + 2];
    let mut next = vec![[0_u32; 2]; quads + 2];
    for top in (0..height).step_by(2) {
        let first_row = top == 0;
        row.fill(0);
        next.fill([0; 2]);
        for left in (1..=quads).step_by(2) {
            let one = significance(&mut streams, words, first_row, left, &above, &row);
            row[left] = one;
            let two =
                if left < quads { significance(&mut streams, words, first_row, left + 1, &above, &row) } else { 0 };
            if left < quads {
                row[left + 1] = two;
            }
            let (u0, u1) = streams.offsets(one & 8 != 0, two & 8 != 0, first_row);
            for (quad, entry, offset) in [(left, one, u0), (left + 1, two, u1)] {
                if entry & 0xF0 == 0 {
                    continue;
                }
                let rho = (entry >> 4) & 15;
                let near =
                    exponents[quad - 1][1].max(exponents[quad][0]).max(exponents[quad][1]).max(exponents[quad + 1][0]);
                let kappa = if !first_row && rho & (rho - 1) != 0 { near.saturating_sub(1).max(1) } else { 1 };
                let exponent = offset + kappa;
                if exponent + plane > 31 {
                    return Err(Fault::Malformed("a coefficient of too many bits"));
                }
                for sample in 0..4_usize {
                    if rho >> sample & 1 == 0 {
                        continue;
                    }
                    let known = u32::from((entry >> (12 + sample)) & 1);
                    let bits = streams.magnitudes.take(exponent - known);
                    let implied = u32::from((entry >> (8 + sample)) & 1) << (exponent - known);
                    let odd = bits | implied | 1;
                    let (x, y) = (2 * (quad - 1) + sample / 2, top + sample % 2);
                    if sample % 2 == 1 {
                        next[quad][sample / 2] = 32 - odd.leading_zeros();
                    }
                    // A block of odd size has places in its last quads that are no samples.
                    if x < width && y < height {
                        let value = ((u64::from(odd) + 2) << plane).min(i32::MAX as u64) as i32;
                        values[y * width + x] = if bits & 1 == 1 { -value } else { value };
                    }
                }
            }
        }
        std::mem::swap(&mut above, &mut row);
        std::mem::swap(&mut exponents, &mut next);
    }
    Ok(())
}

/// The entry of a quad: from its context, whether it is empty, and its code word.
#[inline]
fn significance(
    streams: &mut Streams<'_>,
    words: &Words,
    first_row: bool,
    quad: usize,
    above: &[u16],
    row: &[u16],
) -> u16 {
    let bit = |entry: u16, mask: u16| u16::from(entry & mask != 0);
    // Bits 4 to 7 of an entry: top left, bottom left, top right, bottom right.
    let before = row[quad - 1];
    let context = if first_row {
        bit(before, 0x30) | (bit(before, 0x40) << 1) | (bit(before, 0x80) << 2)
    } else {
        let low = bit(above[quad - 1], 0x80) | bit(above[quad], 0x20);
        let high = bit(above[quad], 0x80) | bit(above[quad + 1], 0x20);
        low | (bit(before, 0xC0) << 1) | (high << 2)
    };
    if context == 0 && !streams.runs.event() {
        return 0;
    }
    if streams.words.count < 7 {
        streams.words.fill();
    }
    let table = if first_row { &words.first } else { &words.other };
    let entry = table[usize::from(context << 7) | (streams.words.held & 127) as usize];
    streams.words.take(u32::from(entry & 7));
    entry
}

/// The passes behind the first: significance that spreads, and refinement; both one plane lower.
pub(super) fn more(
    data: &[u8],
    passes: u32,
    plane: u32,
    causal: bool,
    (width, height): (usize, usize),
    values: &mut [i32],
) {
    if plane == 0 {
        return;
    }
    // 1: significant from the first pass; 2: from here.
    let pitch = width + 2;
    let mut known = vec![0_u8; pitch * (height + 2)];
    for (at, value) in values.iter().enumerate() {
        known[(at / width + 1) * pitch + at % width + 1] = u8::from(*value != 0);
    }
    let mut bits = Forward { data, held: 0, count: 0, ones: false, feed: 0 };
    for top in (0..height).step_by(4) {
        let bottom = (top + 4).min(height);
        for left in (0..width).step_by(4) {
            let mut found = [(0, 0); 16];
            let mut count = 0;
            for x in left..(left + 4).min(width) {
                for y in top..bottom {
                    let place = (y + 1) * pitch + x + 1;
                    let row = |at: usize| known[at - 1] | known[at] | known[at + 1];
                    let below = if causal && y % 4 == 3 { 0 } else { row(place + pitch) };
                    let around = row(place - pitch) | below | known[place - 1] | known[place + 1];
                    if known[place] == 0 && around != 0 && bits.take(1) == 1 {
                        known[place] = 2;
                        found[count] = (x, y);
                        count += 1;
                    }
                }
            }
            for (x, y) in &found[..count] {
                let value = 3 << (plane - 1);
                values[y * width + x] = if bits.take(1) == 1 { -value } else { value };
            }
        }
    }
    if passes < 2 {
        return;
    }
    let mut bits = Backward { data, held: 0, count: 0, above: true };
    let half = 1 << (plane - 1);
    for top in (0..height).step_by(4) {
        for x in 0..width {
            for y in top..(top + 4).min(height) {
                if known[(y + 1) * pitch + x + 1] == 1 {
                    let value = &mut values[y * width + x];
                    let change = if bits.take(1) == 1 { half } else { -half };
                    *value = value.saturating_add(if *value < 0 { -change } else { change });
                }
            }
        }
    }
}
