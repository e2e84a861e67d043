//! Writing high-throughput blocks without loss (T.814 annex C): one pass that holds all planes.

use super::ht_read::RUN_ORDERS;
use super::ht_table;

/// Code words by context, significance and exponents that are the greatest: word (7), length (3), known (4), from the
/// top.
pub(super) struct Words {
    first: Vec<u16>,
    other: Vec<u16>,
}

impl Words {
    pub(super) fn new() -> Self {
        Self { first: table(&ht_table::FIRST), other: table(&ht_table::OTHER) }
    }
}

fn table(listed: &[u32]) -> Vec<u16> {
    let best = |index: u32| {
        let (context, rho, greatest) = (index >> 8, (index >> 4) & 15, index & 15);
        let fits = |it: &&u32| {
            let (known, values) = ((**it >> 14) & 15, (**it >> 10) & 15);
            let offset = (**it >> 18) & 1 == 1;
            **it >> 23 == context
                && (**it >> 19) & 15 == rho
                && offset == (greatest != 0)
                && (!offset || greatest & known == values)
        };
        // The word that tells most about exponents saves most bits of magnitudes.
        listed.iter().filter(fits).max_by_key(|it| ((**it >> 14) & 15).count_ones())
    };
    let entry = |it: &u32| (((it >> 3) & 127) << 7) | ((it & 7) << 4) | ((it >> 14) & 15);
    (0..2048).map(|index| best(index).map_or(0, entry) as u16).collect()
}

/// Runs of quads without anything (MEL).
struct Runs {
    bytes: Vec<u8>,
    held: u32,
    room: u32,
    run: u32,
    order: usize,
}

impl Runs {
    fn bit(&mut self, bit: u32) {
        self.held = (self.held << 1) | bit;
        self.room -= 1;
        if self.room == 0 {
            self.bytes.push(self.held as u8);
            self.room = if self.held == 0xFF { 7 } else { 8 };
            self.held = 0;
        }
    }

    fn event(&mut self, happens: bool) {
        let bits = RUN_ORDERS[self.order];
        if happens {
            self.bit(0);
            (0..bits).rev().for_each(|it| self.bit((self.run >> it) & 1));
            self.run = 0;
            self.order = self.order.saturating_sub(1);
        } else {
            self.run += 1;
            if self.run >= 1 << bits {
                self.bit(1);
                self.run = 0;
                self.order = (self.order + 1).min(12);
            }
        }
    }
}

/// Code words, kept in the order of writing, which is from the end backwards.
struct Backward {
    bytes: Vec<u8>,
    held: u32,
    used: u32,
    above: bool,
}

impl Backward {
    fn put(&mut self, mut word: u32, mut length: u32) {
        while length > 0 {
            let room = 8 - u32::from(self.above) - self.used;
            let taken = room.min(length);
            self.held |= (word & ((1 << taken) - 1)) << self.used;
            self.used += taken;
            length -= taken;
            word >>= taken;
            if taken == room {
                if self.above && self.held != 0x7F {
                    // Only seven ones need the stuffed bit.
                    self.above = false;
                    continue;
                }
                self.bytes.push(self.held as u8);
                self.above = self.held > 0x8F;
                (self.held, self.used) = (0, 0);
            }
        }
    }
}

/// Magnitudes with signs.
struct Forward {
    bytes: Vec<u8>,
    held: u64,
    used: u32,
}

impl Forward {
    fn width(&self) -> u32 {
        if self.bytes.last() == Some(&0xFF) { 7 } else { 8 }
    }

    fn put(&mut self, value: u32, length: u32) {
        self.held |= u64::from(value) << self.used;
        self.used += length;
        loop {
            let width = self.width();
            if self.used < width {
                return;
            }
            self.bytes.push((self.held & ((1 << width) - 1)) as u8);
            self.held >>= width;
            self.used -= width;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let width = self.width();
        if self.used > 0 {
            self.held |= (0xFF << self.used) & ((1 << width) - 1);
            if self.held != 0xFF {
                self.bytes.push(self.held as u8);
            }
        } else if width == 7 {
            // Behind the end come ones anyway.
            self.bytes.pop();
        }
        self.bytes
    }
}

/// What a quad brings: significance, exponents, magnitudes.
#[derive(Default, Clone, Copy)]
struct Quad {
    rho: u32,
    exponents: [u32; 4],
    magnitudes: [u32; 4],
    greatest: u32,
}

impl Quad {
    fn new(values: &[i32], (width, height): (usize, usize), left: usize, top: usize) -> Self {
        let mut it = Self::default();
        for sample in 0..4 {
            let (x, y) = (left + sample / 2, top + sample % 2);
            if x >= width || y >= height {
                continue;
            }
            let value = values[y * width + x];
            if value != 0 {
                let size = value.unsigned_abs();
                it.rho |= 1 << sample;
                it.magnitudes[sample] = 2 * (size - 1) + u32::from(value < 0);
                it.exponents[sample] = 32 - (2 * size - 1).leading_zeros();
                it.greatest = it.greatest.max(it.exponents[sample]);
            }
        }
        it
    }
}

/// Encodes a block (rows without gaps, something in it).
pub(super) fn encode(values: &[i32], size: (usize, usize), words: &Words) -> Vec<u8> {
    let (width, height) = size;
    let mut runs = Runs { bytes: Vec::new(), held: 0, room: 8, run: 0, order: 0 };
    let mut back = Backward { bytes: vec![0xFF], held: 15, used: 4, above: true };
    let mut ahead = Forward { bytes: Vec::with_capacity(values.len() * 2), held: 0, used: 0 };
    let quads = width.div_ceil(2);
    let mut above = vec![Quad::default(); quads + 2];
    let mut row = vec![Quad::default(); quads + 2];
    for top in (0..height).step_by(2) {
        let first_row = top == 0;
        row.fill(Quad::default());
        for left in (1..=quads).step_by(2) {
            let mut offsets = [0; 2];
            for (place, quad) in (left..=quads.min(left + 1)).enumerate() {
                let it = Quad::new(values, size, 2 * (quad - 1), top);
                row[quad] = it;
                offsets[place] = significance(&mut runs, &mut back, &mut ahead, words, first_row, quad, &above, &row);
            }
            write_offsets(&mut runs, &mut back, offsets, first_row);
        }
        std::mem::swap(&mut above, &mut row);
    }
    close(runs, back, ahead)
}

/// Writes a quad's significance and magnitudes; the answer is its offset.
#[expect(clippy::too_many_arguments, reason = "three streams, and the quads around")]
fn significance(
    runs: &mut Runs,
    back: &mut Backward,
    ahead: &mut Forward,
    words: &Words,
    first_row: bool,
    quad: usize,
    above: &[Quad],
    row: &[Quad],
) -> u32 {
    let it = &row[quad];
    let bit = |quad: &Quad, mask: u32| usize::from(quad.rho & mask != 0);
    let before = &row[quad - 1];
    let (context, kappa) = if first_row {
        (bit(before, 3) | (bit(before, 4) << 1) | (bit(before, 8) << 2), 1)
    } else {
        let low = bit(&above[quad - 1], 8) | bit(&above[quad], 2);
        let high = bit(&above[quad], 8) | bit(&above[quad + 1], 2);
        let near = above[quad - 1].exponents[3].max(above[quad].exponents[1]);
        let near = near.max(above[quad].exponents[3]).max(above[quad + 1].exponents[1]);
        let several = it.rho & it.rho.wrapping_sub(1) != 0;
        let kappa = if several { near.saturating_sub(1).max(1) } else { 1 };
        (low | (bit(before, 12) << 1) | (high << 2), kappa)
    };
    if context == 0 {
        runs.event(it.rho != 0);
        if it.rho == 0 {
            return 0;
        }
    }
    let exponent = it.greatest.max(kappa);
    let offset = exponent - kappa;
    let greatest = |sample: usize| usize::from(offset > 0 && it.exponents[sample] == it.greatest) << sample;
    let index = (context << 8) | ((it.rho as usize) << 4) | (0..4).map(greatest).sum::<usize>();
    let entry = u32::from(if first_row { words.first[index] } else { words.other[index] });
    back.put(entry >> 7, (entry >> 4) & 7);
    for sample in (0..4).filter(|sample| (it.rho >> sample) & 1 == 1) {
        let bits = exponent - ((entry >> sample) & 1);
        ahead.put(it.magnitudes[sample] & ((1 << bits) - 1), bits);
    }
    if it.rho == 0 { 0 } else { offset }
}

/// An offset's code: prefix, its length, what follows, its length.
fn code(offset: u32) -> (u32, u32, u32, u32) {
    match offset {
        0 => (0, 0, 0, 0),
        1 => (1, 1, 0, 0),
        2 => (2, 2, 0, 0),
        3 | 4 => (4, 3, offset - 3, 1),
        _ => (0, 3, offset - 5, 5),
    }
}

fn write_offsets(runs: &mut Runs, back: &mut Backward, [a, b]: [u32; 2], first_row: bool) {
    if first_row && a > 0 && b > 0 {
        runs.event(a.min(b) > 2);
    }
    let (first, second) = if first_row && a > 2 && b > 2 {
        (code(a - 2), code(b - 2))
    } else if first_row && a > 2 && b > 0 {
        (code(a), (b - 1, 1, 0, 0))
    } else {
        (code(a), code(b))
    };
    back.put(first.0, first.1);
    back.put(second.0, second.1);
    back.put(first.2, first.3);
    back.put(second.2, second.3);
}

/// Ends the three streams and joins them.
fn close(mut runs: Runs, mut back: Backward, ahead: Forward) -> Vec<u8> {
    if runs.run > 0 {
        runs.bit(1);
    }
    let held = (runs.held << runs.room) & 0xFF;
    let (mask_runs, mask_back) = ((0xFF << runs.room) & 0xFF, 0xFF >> (8 - back.used));
    if mask_runs | mask_back != 0 {
        let both = held | back.held;
        let fits = ((both ^ held) & mask_runs) | ((both ^ back.held) & mask_back) == 0;
        runs.bytes.push(if fits && both != 0xFF && back.bytes.len() > 1 { both as u8 } else { held as u8 });
        if !(fits && both != 0xFF && back.bytes.len() > 1) {
            back.bytes.push(back.held as u8);
        }
    }
    let tail = runs.bytes.len() + back.bytes.len();
    let mut out = ahead.finish();
    out.extend(runs.bytes);
    out.extend(back.bytes.iter().rev());
    let end = out.len();
    out[end - 1] = (tail >> 4) as u8;
    out[end - 2] = (out[end - 2] & 0xF0) | (tail & 15) as u8;
    out
}
