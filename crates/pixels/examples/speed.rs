//! Megabytes of native pixels a second, each way, on slices of 512 by 512 pixels and twelve bits: one thread.
//!
//!     cargo run --release -p pixels --example speed -- [FILE.raw]
//!
//! FILE holds such slices, sixteen bits a sample, little endian, one after the other; without it they are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Instant;

use pixels::{Description, Interpretation, Samples, Syntax, decode, encode};

const SLICES: usize = 20;
const ROUNDS: usize = 5;

fn main() {
    let it = Description {
        rows: 512,
        columns: 512,
        samples_per_pixel: 1,
        bits_allocated: 16,
        bits_stored: 12,
        high_bit: 11,
        signed: false,
        planar: false,
        interpretation: Interpretation::Monochrome2,
        frames: 1,
    };
    let slices: Vec<Samples> = match std::env::args().nth(1) {
        Some(file) => {
            let bytes = std::fs::read(file).expect("the file of slices");
            bytes
                .chunks_exact(it.frame_bytes())
                .map(|bytes| Samples { description: it, bytes: bytes.to_vec() })
                .collect()
        }
        None => (0..SLICES).map(|number| drawn(it, number)).collect(),
    };
    let megabytes = (slices.len() * it.frame_bytes() * ROUNDS) as f64 / 1e6;
    println!("{} slices, {ROUNDS} rounds", slices.len());
    for syntax in [Syntax::ExplicitLe, Syntax::Rle, Syntax::JpegLs, Syntax::HtLossless] {
        let begun = Instant::now();
        let mut frames = Vec::new();
        for _ in 0..ROUNDS {
            frames = slices.iter().map(|it| encode(it, syntax).expect("written")).collect();
        }
        let wrote = megabytes / begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            for (frame, slice) in frames.iter().zip(&slices) {
                assert!(decode(frame, syntax, &it).expect("read").bytes == slice.bytes, "not lossless");
            }
        }
        let read = megabytes / begun.elapsed().as_secs_f64();
        let bytes: usize = frames.iter().map(Vec::len).sum();
        let ratio = (slices.len() * it.frame_bytes()) as f64 / bytes as f64;
        println!("{syntax:?}: {wrote:.0} MB/s written, {read:.0} MB/s read, {ratio:.2} times smaller");
    }
}

/// A slice with an arch, soft edges, and noise.
fn drawn(it: Description, number: usize) -> Samples {
    let mut chance = 0x9E37_79B9_u32.wrapping_mul(number as u32 + 1) | 1;
    let mut bytes = Vec::with_capacity(it.frame_bytes());
    for at in 0..it.pixels() {
        let (x, y) = ((at % 512) as f64 / 256.0 - 1.0, (at / 512) as f64 / 256.0 - 1.0);
        let away = (x * x + y * y).sqrt();
        let body = 1200.0 / (1.0 + ((away - 0.85) * 40.0).exp());
        let arch = 1800.0 * (-((away - 0.55) / 0.06).powi(2)).exp() * f64::from(u8::from(y < 0.2));
        chance ^= chance << 13;
        chance ^= chance >> 17;
        chance ^= chance << 5;
        let noise = f64::from(chance % 129) - 64.0;
        bytes.extend(((body + arch + noise + 100.0).clamp(0.0, 4095.0) as u16).to_le_bytes());
    }
    Samples { description: it, bytes }
}
