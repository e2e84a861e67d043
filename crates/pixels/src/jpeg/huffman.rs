//! Huffman codes and the bits they stand in.

use crate::Fault;

const FAST_BITS: u32 = 10;

/// A code, ready for decoding.
pub(super) struct Code {
    /// For each beginning of ten bits: length and symbol, or length 0 where the code is longer.
    fast: [(u8, u8); 1 << FAST_BITS],
    /// Per length: the first code beyond those of that length, raised to 16 bits.
    beyond: [u32; 17],
    /// Per length: what to add to a code for the place of its symbol.
    place: [i32; 17],
    symbols: [u8; 256],
}

impl Code {
    pub(super) fn new(counts: &[u8; 16], listed: &[u8]) -> Result<Self, Fault> {
        if listed.len() > 256 {
            return Err(Fault::Malformed("too many symbols in a code"));
        }
        let mut it = Self { fast: [(0, 0); 1 << FAST_BITS], beyond: [0; 17], place: [0; 17], symbols: [0; 256] };
        it.symbols[..listed.len()].copy_from_slice(listed);
        let (mut code, mut next) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = u32::from(counts[length as usize - 1]);
            if code + count > 1 << length {
                return Err(Fault::Malformed("a code with too many words"));
            }
            it.place[length as usize] = next as i32 - code as i32;
            if length <= FAST_BITS {
                for word in code..code + count {
                    let spare = FAST_BITS - length;
                    let from = (word << spare) as usize;
                    it.fast[from..from + (1 << spare)].fill((length as u8, it.symbols[next + (word - code) as usize]));
                }
            }
            next += count as usize;
            code += count;
            it.beyond[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(it)
    }
}

/// Entropy-coded bits, up to the next marker.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, held: 0, count: 0 }
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(byte) = self.data.get(self.at).copied() else { return };
            if byte == 0xFF {
                // A zero is stuffing; anything else is a marker and ends the data.
                if self.data.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.held = (self.held << 8) | u64::from(byte);
            self.count += 8;
        }
    }

    /// The next `wanted` bits (at most 16) without taking them, zeros beyond the end.
    #[inline]
    fn peek(&mut self, wanted: u32) -> u32 {
        if self.count < wanted {
            self.fill();
        }
        let mask = (1_u64 << wanted) - 1;
        let bits =
            if self.count >= wanted { self.held >> (self.count - wanted) } else { self.held << (wanted - self.count) };
        (bits & mask) as u32
    }

    #[inline]
    fn drop(&mut self, taken: u32) -> Result<(), Fault> {
        self.count = self.count.checked_sub(taken).ok_or(Fault::Truncated)?;
        Ok(())
    }

    /// The next symbol of `code`.
    #[inline]
    pub(super) fn symbol(&mut self, code: &Code) -> Result<u8, Fault> {
        let bits = self.peek(16);
        let (length, symbol) = code.fast[(bits >> (16 - FAST_BITS)) as usize];
        if length != 0 {
            self.drop(u32::from(length))?;
            return Ok(symbol);
        }
        for length in FAST_BITS as usize + 1..=16 {
            if bits < code.beyond[length] {
                self.drop(length as u32)?;
                let place = (bits >> (16 - length)) as i32 + code.place[length];
                return Ok(code.symbols[(place & 255) as usize]);
            }
        }
        Err(Fault::Malformed("a code word that is none"))
    }

    /// A signed number of `size` bits (at most 16) as T.81 F.2.2.1 extends it.
    #[inline]
    pub(super) fn number(&mut self, size: u32) -> Result<i32, Fault> {
        if size == 0 {
            return Ok(0);
        }
        let bits = self.peek(size) as i32;
        self.drop(size)?;
        Ok(if bits < 1 << (size - 1) { bits - (1 << size) + 1 } else { bits })
    }

    /// Goes on behind the next restart marker.
    pub(super) fn restart(&mut self) -> Result<(), Fault> {
        (self.held, self.count) = (0, 0);
        let rest = &self.data[self.at..];
        let marker = rest.iter().take_while(|it| **it == 0xFF).count();
        // The data before it were read to their last byte, or something is wrong with them.
        match rest.get(marker) {
            Some(0xD0..=0xD7) if marker > 0 => {
                self.at += marker + 1;
                Ok(())
            }
            Some(_) => Err(Fault::Malformed("no restart where one must be")),
            None => Err(Fault::Truncated),
        }
    }

    /// Bytes up to the marker that ends these data.
    pub(super) fn end(&self) -> usize {
        let rest = &self.data[self.at..];
        let marker = rest.windows(2).position(|it| it[0] == 0xFF && !matches!(it[1], 0 | 0xFF | 0xD0..=0xD7));
        self.at + marker.unwrap_or(rest.len())
    }
}
