//! Pictures to try codecs with, and just enough of a DICOM file to hand them to other makers' programs.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)] // Each test file uses its part.

use std::path::{Path, PathBuf};
use std::process::Command;

use pixels::{Description, Interpretation, Samples, Syntax, encapsulation};

/// Chance that is the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }
}

pub(crate) fn grey(columns: u16, rows: u16, bits: u8, signed: bool) -> Description {
    Description {
        rows,
        columns,
        samples_per_pixel: 1,
        bits_allocated: if bits > 8 { 16 } else { 8 },
        bits_stored: bits,
        high_bit: bits - 1,
        signed,
        planar: false,
        interpretation: Interpretation::Monochrome2,
        frames: 1,
    }
}

pub(crate) fn colour(columns: u16, rows: u16) -> Description {
    Description { samples_per_pixel: 3, interpretation: Interpretation::Rgb, ..grey(columns, rows, 8, false) }
}

/// A slice like that of a cone-beam CT: air, soft tissue, an arch of teeth, and noise over all of it.
pub(crate) fn slice(it: Description, seed: u64) -> Samples {
    let mut dice = Dice(seed | 1);
    let (wide, high) = (f64::from(it.columns), f64::from(it.rows));
    let full = f64::from(u32::MAX >> (32 - it.bits_stored));
    let mut bytes = Vec::with_capacity(it.frame_bytes());
    for at in 0..it.samples() {
        let (pixel, channel) = (at / usize::from(it.samples_per_pixel), at % usize::from(it.samples_per_pixel));
        let x = (pixel % usize::from(it.columns)) as f64 / wide * 2.0 - 1.0;
        let y = (pixel / usize::from(it.columns)) as f64 / high * 2.0 - 1.0;
        let away = (x * x + y * y).sqrt();
        let arch = ((away - 0.55).abs() < 0.08 && y < 0.2 && (x * 19.0).sin().abs() > 0.2) as u8;
        let body = if away > 0.9 { 0.0 } else { 0.3 + 0.05 * (x * 7.0 + channel as f64).sin() };
        // Outside the body some detectors give exact zeros: runs must be tried too.
        let noise = if away > 0.95 { 0.0 } else { (dice.below(1000) as f64 / 1000.0 - 0.5) * 0.03 };
        let share = (body + 0.55 * f64::from(arch) + noise).clamp(0.0, 1.0);
        let value = (share * full) as i64 - if it.signed { (full as i64 + 1) / 2 } else { 0 };
        if it.bits_allocated == 8 { bytes.push(value as u8) } else { bytes.extend((value as u16).to_le_bytes()) }
    }
    Samples { description: it, bytes }
}

/// Every bit by chance: what compresses least.
pub(crate) fn noise(it: Description, seed: u64) -> Samples {
    let mut samples = slice(it, seed);
    let mut dice = Dice(seed | 1);
    let shift = 32 - u32::from(it.bits_stored);
    let mut value = || {
        let raw = (dice.roll() as u32) << shift;
        if it.signed { (raw.cast_signed() >> shift).cast_unsigned() } else { raw >> shift }
    };
    match it.bits_allocated {
        8 => samples.bytes.iter_mut().for_each(|it| *it = value() as u8),
        _ => samples.bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|it| *it = (value() as u16).to_le_bytes()),
    }
    samples
}

/// The shapes that each codec must bring back to the bit.
pub(crate) fn shapes() -> Vec<Description> {
    let mut shapes = Vec::new();
    for bits in [8, 10, 12, 15, 16] {
        for signed in [false, true] {
            for (columns, rows) in [(1, 1), (1, 7), (7, 1), (2, 2), (3, 5), (64, 64), (65, 33), (97, 130), (200, 3)] {
                shapes.push(grey(columns, rows, bits, signed));
            }
        }
    }
    shapes.extend([(1, 1), (5, 3), (64, 65), (131, 70)].map(|(columns, rows)| colour(columns, rows)));
    shapes
}

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("haruka-pixels-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs another maker's program, which must succeed.
pub(crate) fn run(program: &str, args: &[&str], files: &[&Path]) {
    let out = Command::new(program)
        .args(args)
        .args(files)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install dcmtk, libgdcm-tools and libopenjp2-tools"));
    assert!(out.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&out.stderr));
}

fn element(out: &mut Vec<u8>, group: u16, number: u16, vr: &str, value: &[u8]) {
    out.extend(group.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(vr.bytes());
    let length = value.len() + value.len() % 2;
    if ["OB", "OW"].contains(&vr) {
        out.extend([0, 0]);
        out.extend((length as u32).to_le_bytes());
    } else {
        out.extend((length as u16).to_le_bytes());
    }
    out.extend(value);
    out.resize(out.len() + value.len() % 2, if ["UI", "OB"].contains(&vr) { 0 } else { b' ' });
}

/// A secondary capture that holds `frames` in `syntax`.
pub(crate) fn file(it: &Description, syntax: Syntax, frames: &[Vec<u8>]) -> Vec<u8> {
    const CLASS: &[u8] = b"1.2.840.10008.5.1.4.1.1.7";
    let mut meta = Vec::new();
    element(&mut meta, 2, 1, "OB", &[0, 1]);
    element(&mut meta, 2, 2, "UI", CLASS);
    element(&mut meta, 2, 3, "UI", b"1.2.3.4");
    element(&mut meta, 2, 0x10, "UI", syntax.uid().as_bytes());
    element(&mut meta, 2, 0x12, "UI", b"1.2.3");
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    element(&mut out, 2, 0, "UL", &(meta.len() as u32).to_le_bytes());
    out.extend(meta);
    element(&mut out, 8, 0x16, "UI", CLASS);
    element(&mut out, 8, 0x18, "UI", b"1.2.3.4");
    element(&mut out, 8, 0x60, "CS", b"OT");
    element(&mut out, 0x10, 0x10, "PN", b"Test");
    element(&mut out, 0x10, 0x20, "LO", b"1");
    element(&mut out, 0x20, 0xD, "UI", b"1.2.3.5");
    element(&mut out, 0x20, 0xE, "UI", b"1.2.3.6");
    let number = |out: &mut Vec<u8>, at: u16, value: u16| element(out, 0x28, at, "US", &value.to_le_bytes());
    number(&mut out, 2, it.samples_per_pixel.into());
    element(&mut out, 0x28, 4, "CS", it.interpretation.term().as_bytes());
    if it.samples_per_pixel > 1 {
        number(&mut out, 6, it.planar.into());
    }
    element(&mut out, 0x28, 8, "IS", frames.len().to_string().as_bytes());
    number(&mut out, 0x10, it.rows);
    number(&mut out, 0x11, it.columns);
    number(&mut out, 0x100, it.bits_allocated.into());
    number(&mut out, 0x101, it.bits_stored.into());
    number(&mut out, 0x102, it.high_bit.into());
    number(&mut out, 0x103, it.signed.into());
    if syntax.encapsulated() {
        out.extend([0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        out.extend(encapsulation::encapsulate(frames).unwrap());
    } else {
        element(&mut out, 0x7FE0, 0x10, "OW", &frames.concat());
    }
    out
}

fn find<'a>(file: &'a [u8], group: u16, number: u16, vr: &str) -> Option<&'a [u8]> {
    let mut head = [group.to_le_bytes(), number.to_le_bytes()].concat();
    head.extend(vr.bytes());
    let at = file.windows(head.len()).position(|it| it == head)?;
    let length = usize::from(u16::from_le_bytes([file[at + 6], file[at + 7]]));
    Some(&file[at + 8..at + 8 + length])
}

/// What a file in explicit little endian says about its pixels, its syntax, and what follows the pixels' length.
pub(crate) fn open(file: &[u8]) -> (Description, Syntax, &[u8]) {
    let number = |at| find(file, 0x28, at, "US").map_or(0, |it| u16::from_le_bytes([it[0], it[1]]));
    let text = |group, at, vr| {
        find(file, group, at, vr).map(|it| std::str::from_utf8(it).unwrap().trim_end_matches([' ', '\0']))
    };
    let it = Description {
        rows: number(0x10),
        columns: number(0x11),
        samples_per_pixel: number(2) as u8,
        bits_allocated: number(0x100) as u8,
        bits_stored: number(0x101) as u8,
        high_bit: number(0x102) as u8,
        signed: number(0x103) == 1,
        planar: number(6) == 1,
        interpretation: Interpretation::from_term(text(0x28, 4, "CS").unwrap()).unwrap(),
        frames: text(0x28, 8, "IS").map_or(1, |it| it.parse().unwrap()),
    };
    let syntax = Syntax::from_uid(text(2, 0x10, "UI").unwrap()).unwrap();
    let at = file.windows(5).rposition(|it| it[..4] == [0xE0, 0x7F, 0x10, 0] && it[4] == b'O').unwrap();
    (it, syntax, &file[at + 12..])
}

/// The frames of a file.
pub(crate) fn frames(file: &[u8]) -> (Description, Syntax, Vec<Vec<u8>>) {
    let (it, syntax, value) = open(file);
    let frames = if syntax.encapsulated() {
        let items = encapsulation::items(value).unwrap();
        let spans = items.frames(value, it.frames, None).unwrap();
        spans.iter().map(|span| items.join(value, span).into_owned()).collect()
    } else {
        (0..it.frames).map(|at| pixels::native_frame(value, &it, at).unwrap().into_owned()).collect()
    };
    (it, syntax, frames)
}
