//! The inverse cosine transform, in the integers of the Independent JPEG Group's accurate method (`jidctint`).

const BITS: u32 = 13;
const FIX_0_298: i64 = 2_446;
const FIX_0_390: i64 = 3_196;
const FIX_0_541: i64 = 4_433;
const FIX_0_765: i64 = 6_270;
const FIX_0_899: i64 = 7_373;
const FIX_1_175: i64 = 9_633;
const FIX_1_501: i64 = 12_299;
const FIX_1_847: i64 = 15_137;
const FIX_1_961: i64 = 16_069;
const FIX_2_053: i64 = 16_819;
const FIX_2_562: i64 = 20_995;
const FIX_3_072: i64 = 25_172;

/// One dimension: eight coefficients into eight sums that still carry [`BITS`] bits of fraction.
#[inline]
fn eight(c: [i64; 8]) -> [i64; 8] {
    let z1 = (c[2] + c[6]) * FIX_0_541;
    let t2 = z1 - c[6] * FIX_1_847;
    let t3 = z1 + c[2] * FIX_0_765;
    let t0 = (c[0] + c[4]) << BITS;
    let t1 = (c[0] - c[4]) << BITS;
    let even = [t0 + t3, t1 + t2, t1 - t2, t0 - t3];

    let (t0, t1, t2, t3) = (c[7], c[5], c[3], c[1]);
    let (z1, z2, z3, z4) = (t0 + t3, t1 + t2, t0 + t2, t1 + t3);
    let z5 = (z3 + z4) * FIX_1_175;
    let (z1, z2) = (-z1 * FIX_0_899, -z2 * FIX_2_562);
    let (z3, z4) = (z5 - z3 * FIX_1_961, z5 - z4 * FIX_0_390);
    let odd = [t3 * FIX_1_501 + z1 + z4, t2 * FIX_3_072 + z2 + z3, t1 * FIX_2_053 + z2 + z4, t0 * FIX_0_298 + z1 + z3];
    [
        even[0] + odd[0],
        even[1] + odd[1],
        even[2] + odd[2],
        even[3] + odd[3],
        even[3] - odd[3],
        even[2] - odd[2],
        even[1] - odd[1],
        even[0] - odd[0],
    ]
}

/// Transforms one block of dequantised coefficients, rows first in memory, into samples of `precision` bits.
pub(super) fn inverse(block: &[i32; 64], precision: u8, out: &mut [u16], stride: usize) {
    // Bits of fraction between the passes: fewer for twelve bits, as in the original.
    let kept = if precision == 8 { 2 } else { 1 };
    let middle = 1_i64 << (precision - 1);
    let highest = (1_i64 << precision) - 1;
    let round = |value: i64, bits: u32| (value + (1 << (bits - 1))) >> bits;

    let mut half = [0_i64; 64];
    for column in 0..8 {
        let sums = eight(std::array::from_fn(|row| i64::from(block[row * 8 + column])));
        for (row, sum) in sums.iter().enumerate() {
            half[row * 8 + column] = round(*sum, BITS - kept);
        }
    }
    for (row, line) in half.as_chunks::<8>().0.iter().enumerate() {
        let sums = eight(*line);
        for (to, sum) in out[row * stride..row * stride + 8].iter_mut().zip(sums) {
            *to = (round(sum, BITS + kept + 3) + middle).clamp(0, highest) as u16;
        }
    }
}
