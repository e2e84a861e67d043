//! What both directions share: presets, contexts, prediction, and how a context learns (T.87 annex A).

use crate::Fault;

/// Run lengths' orders (A.7.1.1).
pub(super) const J: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// Regular contexts: 9 x 9 x 9 gradients, folded by sign.
const REGULAR: usize = 365;

/// The coding parameters of an LSE segment; zero means the default.
#[derive(Debug, Clone, Default)]
pub(super) struct Presets {
    highest: i32,
    thresholds: [i32; 3],
    reset: i32,
}

impl Presets {
    pub(super) fn take(&mut self, body: &[u8]) -> Result<(), Fault> {
        let (kind, rest) = body.split_first().ok_or(Fault::Truncated)?;
        if *kind != 1 {
            return Err(Fault::Unsupported("mapping tables of JPEG-LS"));
        }
        let words = rest.first_chunk::<10>().ok_or(Fault::Truncated)?.as_chunks::<2>().0;
        let word = |at: usize| i32::from(u16::from_be_bytes(words[at]));
        *self = Self { highest: word(0), thresholds: [word(1), word(2), word(3)], reset: word(4) };
        Ok(())
    }
}

/// A regular context.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    /// Sum of magnitudes.
    a: i32,
    /// Sum of errors, for the bias.
    b: i32,
    /// The correction.
    pub(super) c: i32,
    n: i32,
}

/// A context for what ends a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunContext {
    pub(super) a: i32,
    pub(super) n: i32,
    pub(super) negative: i32,
}

/// The state of one scan.
pub(super) struct Model {
    pub(super) near: i32,
    pub(super) highest: i32,
    pub(super) range: i32,
    /// Bits of a value in the range.
    pub(super) range_bits: u32,
    pub(super) limit: u32,
    reset: i32,
    regular: Vec<Context>,
    pub(super) run: [RunContext; 2],
    /// The region of each difference from -highest to highest.
    regions: Vec<i8>,
}

impl Model {
    pub(super) fn new(precision: u8, near: i32, presets: &Presets) -> Result<Self, Fault> {
        let full = (1_i32 << precision) - 1;
        let highest = if presets.highest == 0 { full } else { presets.highest };
        if highest > full || near < 0 || near > 255.min(highest / 2) {
            return Err(Fault::Malformed("the presets"));
        }
        let step = 2 * near + 1;
        let range = (highest + 2 * near) / step + 1;
        let bits = |values: i32| 32 - (values - 1).leading_zeros();
        let sample_bits = bits(highest + 1).max(2);
        let thresholds = thresholds(highest, near, presets.thresholds)?;
        let reset = if presets.reset == 0 { 64 } else { presets.reset };
        if reset < 3 {
            return Err(Fault::Malformed("the presets"));
        }
        let a = ((range + 32) / 64).max(2);
        Ok(Self {
            near,
            highest,
            range,
            range_bits: bits(range),
            limit: 2 * (sample_bits + sample_bits.max(8)),
            reset,
            regular: vec![Context { a, b: 0, c: 0, n: 1 }; REGULAR],
            run: [RunContext { a, n: 1, negative: 0 }; 2],
            regions: (-highest..=highest).map(|it| region(it, near, thresholds)).collect(),
        })
    }

    /// The context of a place: 0 is a run, otherwise its number and whether its sign is turned.
    #[inline]
    pub(super) fn context(&self, left: i32, up: i32, corner: i32, right: i32) -> (usize, bool) {
        let region = |difference: i32| i32::from(self.regions[(difference + self.highest) as usize]);
        let number = 81 * region(right - up) + 9 * region(up - corner) + region(corner - left);
        (number.unsigned_abs() as usize, number < 0)
    }

    #[inline]
    pub(super) fn regular(&mut self, number: usize) -> &mut Context {
        &mut self.regular[number]
    }

    /// What the neighbours foretell, with the context's correction.
    #[inline]
    pub(super) fn foretell(&self, left: i32, up: i32, corner: i32, correction: i32) -> i32 {
        let (low, high) = if left < up { (left, up) } else { (up, left) };
        let median = if corner >= high {
            low
        } else if corner <= low {
            high
        } else {
            left + up - corner
        };
        (median + correction).clamp(0, self.highest)
    }

    /// The value that an error makes of a forecast.
    #[inline]
    pub(super) fn rebuild(&self, foretold: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let mut value = foretold + error * step;
        if value < -self.near {
            value += self.range * step;
        } else if value > self.highest + self.near {
            value -= self.range * step;
        }
        value.clamp(0, self.highest)
    }

    /// Lets a context learn from `error` (A.6).
    #[inline]
    pub(super) fn learn(&mut self, number: usize, error: i32) {
        let (reset, step) = (self.reset, 2 * self.near + 1);
        let it = &mut self.regular[number];
        it.a = it.a.saturating_add(error.abs());
        it.b += error * step;
        if it.n == reset {
            it.a >>= 1;
            it.b >>= 1;
            it.n >>= 1;
        }
        it.n += 1;
        if it.b <= -it.n {
            it.b = (it.b + it.n).max(1 - it.n);
            it.c = (it.c - 1).max(-128);
        } else if it.b > 0 {
            it.b = (it.b - it.n).min(0);
            it.c = (it.c + 1).min(127);
        }
    }

    /// Lets a run's context learn; `mapped` is the coded number.
    pub(super) fn learn_run(&mut self, kind: usize, error: i32, mapped: i32) {
        let reset = self.reset;
        let it = &mut self.run[kind];
        it.negative += i32::from(error < 0);
        it.a = it.a.saturating_add((mapped + 1 - kind as i32) >> 1);
        if it.n == reset {
            it.a >>= 1;
            it.n >>= 1;
            it.negative >>= 1;
        }
        it.n += 1;
    }
}

impl Context {
    /// The order of the Golomb code.
    #[inline]
    pub(super) fn order(&self) -> u32 {
        order(self.n, self.a)
    }

    /// Whether the mapping of errors is turned (A.5.2).
    #[inline]
    pub(super) fn turned(&self, order: u32, near: i32) -> bool {
        near == 0 && order == 0 && 2 * self.b <= -self.n
    }
}

impl RunContext {
    pub(super) fn order(&self, kind: usize) -> u32 {
        order(self.n, if kind == 1 { self.a.saturating_add(self.n >> 1) } else { self.a })
    }
}

/// The smallest k with n * 2^k >= a. Both are positive and `a` below 2^31, so it ends.
#[inline]
fn order(n: i32, a: i32) -> u32 {
    let mut k = 0;
    while i64::from(n) << k < i64::from(a) {
        k += 1;
    }
    k
}

fn region(difference: i32, near: i32, [t1, t2, t3]: [i32; 3]) -> i8 {
    let size = difference.abs();
    let region = match size {
        _ if size <= near => 0,
        _ if size < t1 => 1,
        _ if size < t2 => 2,
        _ if size < t3 => 3,
        _ => 4,
    };
    if difference < 0 { -region } else { region }
}

/// The defaults of C.2.4.1.1.1, where the stream names none.
fn thresholds(highest: i32, near: i32, given: [i32; 3]) -> Result<[i32; 3], Fault> {
    let clamp = |value: i32, low: i32| if value > highest || value < low { low } else { value };
    let mut t = [0; 3];
    let mut low = near + 1;
    for (at, (basic, tolerance)) in [(3, 3), (7, 5), (21, 7)].into_iter().enumerate() {
        let wanted = if highest >= 128 {
            let factor = (highest.min(4095) + 128) / 256;
            factor * (basic - at as i32 - 2) + at as i32 + 2 + tolerance * near
        } else {
            (basic / (256 / (highest + 1))).max(at as i32 + 2) + tolerance * near
        };
        t[at] = if given[at] == 0 { clamp(wanted, low) } else { given[at] };
        if t[at] < low || t[at] > highest {
            return Err(Fault::Malformed("the presets"));
        }
        low = t[at];
    }
    Ok(t)
}
