//! The arithmetic decoder (T.800 annex C), and the raw bits that may stand in its place.

/// Probability, next state after the likelier symbol and after the other, whether the sense turns.
const STATES: [(u16, u8, u8, bool); 47] = [
    (0x5601, 1, 1, true),
    (0x3401, 2, 6, false),
    (0x1801, 3, 9, false),
    (0x0AC1, 4, 12, false),
    (0x0521, 5, 29, false),
    (0x0221, 38, 33, false),
    (0x5601, 7, 6, true),
    (0x5401, 8, 14, false),
    (0x4801, 9, 14, false),
    (0x3801, 10, 14, false),
    (0x3001, 11, 17, false),
    (0x2401, 12, 18, false),
    (0x1C01, 13, 20, false),
    (0x1601, 29, 21, false),
    (0x5601, 15, 14, true),
    (0x5401, 16, 14, false),
    (0x5101, 17, 15, false),
    (0x4801, 18, 16, false),
    (0x3801, 19, 17, false),
    (0x3401, 20, 18, false),
    (0x3001, 21, 19, false),
    (0x2801, 22, 19, false),
    (0x2401, 23, 20, false),
    (0x2201, 24, 21, false),
    (0x1C01, 25, 22, false),
    (0x1801, 26, 23, false),
    (0x1601, 27, 24, false),
    (0x1401, 28, 25, false),
    (0x1201, 29, 26, false),
    (0x1101, 30, 27, false),
    (0x0AC1, 31, 28, false),
    (0x09C1, 32, 29, false),
    (0x08A1, 33, 30, false),
    (0x0521, 34, 31, false),
    (0x0441, 35, 32, false),
    (0x02A1, 36, 33, false),
    (0x0221, 37, 34, false),
    (0x0141, 38, 35, false),
    (0x0111, 39, 36, false),
    (0x0085, 40, 37, false),
    (0x0049, 41, 38, false),
    (0x0025, 42, 39, false),
    (0x0015, 43, 40, false),
    (0x0009, 44, 41, false),
    (0x0005, 45, 42, false),
    (0x0001, 45, 43, false),
    (0x5601, 46, 46, false),
];

/// The states of all contexts: number, and the likelier symbol.
pub(super) type Contexts = [(u8, u8); 19];

/// Contexts at the beginning (table D.7).
pub(super) fn fresh() -> Contexts {
    let mut contexts = [(0, 0); 19];
    (contexts[0].0, contexts[17].0, contexts[18].0) = (4, 3, 46);
    contexts
}

pub(super) struct Decoder<'a> {
    data: &'a [u8],
    at: usize,
    c: u32,
    a: u32,
    count: u32,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let first = data.first().copied().unwrap_or(0xFF);
        let mut it = Self { data, at: 0, c: u32::from(first) << 16, a: 0x8000, count: 0 };
        it.byte();
        it.c <<= 7;
        it.count -= 7;
        it
    }

    fn peek(&self, at: usize) -> u32 {
        u32::from(self.data.get(at).copied().unwrap_or(0xFF))
    }

    fn byte(&mut self) {
        // Beyond the data come ones without end, as the standard wants.
        let next = self.peek(self.at + 1);
        if self.peek(self.at) == 0xFF {
            if next > 0x8F {
                self.c = self.c.wrapping_add(0xFF00);
                self.count = 8;
            } else {
                self.at += 1;
                self.c = self.c.wrapping_add(next << 9);
                self.count = 7;
            }
        } else {
            self.at += 1;
            self.c = self.c.wrapping_add(next << 8);
            self.count = 8;
        }
    }

    #[inline]
    pub(super) fn bit(&mut self, contexts: &mut Contexts, context: usize) -> bool {
        let (state, likely) = &mut contexts[context];
        let (probability, after_likely, after_other, turns) = STATES[usize::from(*state)];
        let qe = u32::from(probability);
        self.a -= qe;
        let bit;
        if self.c >> 16 < qe {
            let other = self.a >= qe;
            self.a = qe;
            bit = if other { 1 - *likely } else { *likely };
            if other {
                *likely ^= u8::from(turns);
                *state = after_other;
            } else {
                *state = after_likely;
            }
        } else {
            self.c -= qe << 16;
            if self.a & 0x8000 != 0 {
                return *likely == 1;
            }
            if self.a < qe {
                bit = 1 - *likely;
                *likely ^= u8::from(turns);
                *state = after_other;
            } else {
                bit = *likely;
                *state = after_likely;
            }
        }
        loop {
            if self.count == 0 {
                self.byte();
            }
            self.a <<= 1;
            self.c <<= 1;
            self.count -= 1;
            if self.a & 0x8000 != 0 {
                return bit == 1;
            }
        }
    }
}

/// Bits as they are; after a byte of ones the next byte holds seven.
pub(super) struct Raw<'a> {
    data: &'a [u8],
    at: usize,
    held: u8,
    count: u32,
}

impl<'a> Raw<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0 }
    }

    pub(super) fn bit(&mut self) -> bool {
        if self.count == 0 {
            self.count = if self.held == 0xFF { 7 } else { 8 };
            self.held = self.data.get(self.at).copied().unwrap_or(0xFF);
            self.at += 1;
        }
        self.count -= 1;
        (self.held >> self.count) & 1 == 1
    }
}
