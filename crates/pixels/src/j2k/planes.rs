//! Blocks of JPEG 2000 part 1 (T.800 annex D): plane after plane, in three passes.

use super::layout::Segment;
use super::mq::{Contexts, Decoder, Raw, fresh};

// What is known of a sample's neighbours and of itself.
const NORTH: u16 = 1;
const SOUTH: u16 = 2;
const WEST: u16 = 4;
const EAST: u16 = 8;
const NORTH_WEST: u16 = 0x10;
const NORTH_EAST: u16 = 0x20;
const SOUTH_WEST: u16 = 0x40;
const SOUTH_EAST: u16 = 0x80;
const NEIGHBOURS: u16 = 0xFF;
/// The four above, shifted: the neighbour is negative.
const SIGNS: u32 = 8;
const SIGNIFICANT: u16 = 0x1000;
const VISITED: u16 = 0x2000;
const REFINED: u16 = 0x4000;
const BELOW: u16 = SOUTH | SOUTH_WEST | SOUTH_EAST | (SOUTH << SIGNS);

const RUN: usize = 17;
const UNIFORM: usize = 18;

/// Contexts for significance by neighbours (table D.1), for each kind of band.
pub(super) struct Zero([[u8; 256]; 4]);

impl Zero {
    pub(super) fn new() -> Self {
        let context = |kind: usize, flags: u16| {
            let count = |mask: u16| (flags & mask).count_ones();
            let (mut h, mut v) = (count(WEST | EAST), count(NORTH | SOUTH));
            let d = count(NORTH_WEST | NORTH_EAST | SOUTH_WEST | SOUTH_EAST);
            if kind == 1 {
                std::mem::swap(&mut h, &mut v);
            }
            if kind == 3 {
                return match (d, h + v) {
                    (3.., _) => 8,
                    (2, 1..) => 7,
                    (2, 0) => 6,
                    (1, 2..) => 5,
                    (1, 1) => 4,
                    (1, 0) => 3,
                    (_, sum) => sum.min(2) as u8,
                };
            }
            match (h, v, d) {
                (2, _, _) => 8,
                (1, 1.., _) => 7,
                (1, 0, 1..) => 6,
                (1, 0, 0) => 5,
                (_, 2, _) => 4,
                (_, 1, _) => 3,
                (_, _, d) => d.min(2) as u8,
            }
        };
        Self(std::array::from_fn(|kind| std::array::from_fn(|flags| context(kind, flags as u16))))
    }
}

/// Context and turn of a sign (tables D.2, D.3).
fn sign_context(flags: u16) -> (usize, bool) {
    let one = |mask: u16| match (flags & mask != 0, flags & (mask << SIGNS) != 0) {
        (false, _) => 0,
        (true, negative) => 1 - 2 * i32::from(negative),
    };
    let h = (one(WEST) + one(EAST)).clamp(-1, 1);
    let v = (one(NORTH) + one(SOUTH)).clamp(-1, 1);
    let turned = h < 0 || (h == 0 && v < 0);
    let (h, v) = if turned { (-h, -v) } else { (h, v) };
    ((9 + 3 * h + if h == 1 { v } else { v.abs() }) as usize, turned)
}

enum Source<'a> {
    Coded(Decoder<'a>),
    Raw(Raw<'a>),
}

struct Work<'a> {
    width: usize,
    height: usize,
    /// With a border of one sample.
    flags: Vec<u16>,
    values: &'a mut [i32],
    contexts: Contexts,
    zero: &'a [u8; 256],
    /// Rows of the next stripe count as empty.
    causal: bool,
}

/// Decodes a block into `values` (its rows without gaps): magnitudes with one bit of fraction, and signs.
///
/// `planes` is how many planes there are below the empty ones, at most 30.
pub(super) fn decode(
    segments: &[Segment],
    planes: u32,
    style: u8,
    (kind, zero): (u32, &Zero),
    (width, height): (usize, usize),
    values: &mut [i32],
) {
    let mut work = Work {
        width,
        height,
        flags: vec![0; (width + 2) * (height + 2)],
        values,
        contexts: fresh(),
        zero: &zero.0[kind as usize],
        causal: style & 8 != 0,
    };
    let mut number = 2;
    let mut plane = planes;
    for segment in segments {
        // Raw where the style says so, from the fifth plane on, except in the last pass of a plane.
        let raw = style & 1 != 0 && number >= 12 && number % 3 != 2;
        let mut source =
            if raw { Source::Raw(Raw::new(&segment.data)) } else { Source::Coded(Decoder::new(&segment.data)) };
        for _ in 0..segment.passes {
            if plane == 0 {
                return;
            }
            match number % 3 {
                0 => work.propagate(&mut source, plane),
                1 => work.refine(&mut source, plane),
                _ => work.clean(&mut source, plane, style & 0x20 != 0),
            }
            if number % 3 == 2 {
                plane -= 1;
            }
            if style & 2 != 0 {
                work.contexts = fresh();
            }
            number += 1;
        }
    }
}

impl Work<'_> {
    fn place(&self, x: usize, y: usize) -> usize {
        (y + 1) * (self.width + 2) + x + 1
    }

    fn seen(&self, place: usize, y: usize) -> u16 {
        let flags = self.flags[place];
        if self.causal && y % 4 == 3 { flags & !BELOW } else { flags }
    }

    /// Stripes of four rows, column by column: the order of every pass.
    fn stripes(&self) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let (width, height) = (self.width, self.height);
        (0..height).step_by(4).flat_map(move |top| (0..width).map(move |x| (x, top, (top + 4).min(height))))
    }

    fn propagate(&mut self, source: &mut Source<'_>, plane: u32) {
        for (x, top, bottom) in self.stripes() {
            for y in top..bottom {
                let place = self.place(x, y);
                let flags = self.seen(place, y);
                if flags & SIGNIFICANT != 0 || flags & NEIGHBOURS == 0 {
                    continue;
                }
                let significant = match source {
                    Source::Coded(it) => it.bit(&mut self.contexts, self.zero[usize::from(flags & NEIGHBOURS)].into()),
                    Source::Raw(it) => it.bit(),
                };
                if significant {
                    self.appear(source, (x, y), flags, plane);
                }
                self.flags[place] |= VISITED;
            }
        }
    }

    fn refine(&mut self, source: &mut Source<'_>, plane: u32) {
        let half = 1 << (plane - 1);
        for (x, top, bottom) in self.stripes() {
            for y in top..bottom {
                let place = self.place(x, y);
                let flags = self.seen(place, y);
                if flags & (SIGNIFICANT | VISITED) != SIGNIFICANT {
                    continue;
                }
                let context = match (flags & REFINED != 0, flags & NEIGHBOURS != 0) {
                    (true, _) => 16,
                    (false, some) => 14 + usize::from(some),
                };
                let bit = match source {
                    Source::Coded(it) => it.bit(&mut self.contexts, context),
                    Source::Raw(it) => it.bit(),
                };
                let value = &mut self.values[y * self.width + x];
                let change = if bit { half } else { -half };
                *value += if *value < 0 { -change } else { change };
                self.flags[place] |= REFINED;
            }
        }
    }

    fn clean(&mut self, source: &mut Source<'_>, plane: u32, marked: bool) {
        let Source::Coded(bits) = source else { return };
        for (x, top, bottom) in self.stripes() {
            let mut y = top;
            let empty = bottom - top == 4
                && (top..bottom).all(|y| self.seen(self.place(x, y), y) & (SIGNIFICANT | VISITED | NEIGHBOURS) == 0);
            let mut found = false;
            if empty {
                if !bits.bit(&mut self.contexts, RUN) {
                    continue;
                }
                let high = usize::from(bits.bit(&mut self.contexts, UNIFORM));
                y += 2 * high + usize::from(bits.bit(&mut self.contexts, UNIFORM));
                found = true;
            }
            while y < bottom {
                let place = self.place(x, y);
                let flags = self.seen(place, y);
                if flags & (SIGNIFICANT | VISITED) == 0 {
                    let context = self.zero[usize::from(flags & NEIGHBOURS)];
                    if found || bits.bit(&mut self.contexts, context.into()) {
                        let negative = sign(bits, &mut self.contexts, flags);
                        self.mark((x, y), negative, plane);
                    }
                }
                found = false;
                y += 1;
            }
        }
        if marked {
            (0..4).for_each(|_| _ = bits.bit(&mut self.contexts, UNIFORM));
        }
        self.flags.iter_mut().for_each(|it| *it &= !VISITED);
    }

    fn appear(&mut self, source: &mut Source<'_>, at: (usize, usize), flags: u16, plane: u32) {
        let negative = match source {
            Source::Coded(it) => sign(it, &mut self.contexts, flags),
            Source::Raw(it) => it.bit(),
        };
        self.mark(at, negative, plane);
    }

    /// Notes a sample that has become significant, with the middle of what it may still be.
    fn mark(&mut self, (x, y): (usize, usize), negative: bool, plane: u32) {
        let middle = 3 << (plane - 1);
        self.values[y * self.width + x] = if negative { -middle } else { middle };
        let place = self.place(x, y);
        let row = self.width + 2;
        let signed = |mask: u16| if negative { mask | (mask << SIGNS) } else { mask };
        self.flags[place] |= SIGNIFICANT;
        self.flags[place - 1] |= signed(EAST);
        self.flags[place + 1] |= signed(WEST);
        self.flags[place - row] |= signed(SOUTH);
        self.flags[place + row] |= signed(NORTH);
        self.flags[place - row - 1] |= SOUTH_EAST;
        self.flags[place - row + 1] |= SOUTH_WEST;
        self.flags[place + row - 1] |= NORTH_EAST;
        self.flags[place + row + 1] |= NORTH_WEST;
    }
}

fn sign(bits: &mut Decoder<'_>, contexts: &mut Contexts, flags: u16) -> bool {
    let (context, turned) = sign_context(flags);
    bits.bit(contexts, context) != turned
}
