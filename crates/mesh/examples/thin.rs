//! Reads, checks, welds and thins an arch of 2 million triangles, and says how long each takes and how much memory.
//!
//! `cargo run --release -p mesh --example thin [SIDE]`: an arch of 4 · SIDE² triangles, 700 without it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Instant;

use mesh::{Outcome, check, levels};

/// A horseshoe with bumps like teeth, as binary STL, its triangles in no order, as scanners write them.
fn arch(side: u32) -> Vec<u8> {
    let (along, across) = (side * 2, side);
    let at = |u: u32, v: u32| {
        let angle = std::f32::consts::PI * u as f32 / along as f32;
        let turn = std::f32::consts::TAU * v as f32 / across as f32;
        let bump = 1.0 + 0.25 * (angle * 14.0).sin() * turn.sin() + 0.01 * (angle * 900.0).sin() * (turn * 300.0).cos();
        let radius = 25.0 + 5.0 * bump * turn.cos();
        [radius * angle.cos(), radius * angle.sin() * 1.4, 8.0 * bump * turn.sin()]
    };
    let mut triangles: Vec<[[f32; 3]; 3]> = Vec::new();
    for u in 0..along {
        for v in 0..across {
            let w = (v + 1) % across;
            let [a, b, c, d] = [at(u, v), at(u + 1, v), at(u, w), at(u + 1, w)];
            triangles.extend([[a, b, d], [a, d, c]]);
        }
    }
    let mut chance = 1_u64;
    for place in (1..triangles.len()).rev() {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        triangles.swap(place, (chance >> 33) as usize % (place + 1));
    }
    let mut bytes = vec![0; 80];
    bytes.extend((triangles.len() as u32).to_le_bytes());
    for triangle in triangles {
        bytes.extend([0; 12]);
        triangle.iter().flatten().for_each(|it| bytes.extend(it.to_le_bytes()));
        bytes.extend([0; 2]);
    }
    bytes
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0) / 1024
}

fn main() {
    let side = std::env::args().nth(1).map_or(700, |it| it.parse().expect("SIDE is a number"));
    // The generator's memory must not count: a process of its own does the work.
    let Some(path) = std::env::args().nth(2) else {
        let path = std::env::temp_dir().join(format!("haruka-arch-{}.stl", std::process::id()));
        std::fs::write(&path, arch(side)).unwrap();
        let this = std::env::current_exe().unwrap();
        let done = std::process::Command::new(this).arg(side.to_string()).arg(&path).status();
        std::fs::remove_file(&path).unwrap();
        assert!(done.unwrap().success());
        return;
    };
    let start = Instant::now();
    let bytes = std::fs::read(path).unwrap();
    println!("file: {:.1} MB, read in {:.2} s", bytes.len() as f64 / 1e6, start.elapsed().as_secs_f64());
    let start = Instant::now();
    let (outcome, shape) = check(&bytes, "arch.stl");
    println!("parsed, welded and measured in {:.2} s", start.elapsed().as_secs_f64());
    let Outcome::Read(report) = outcome else { panic!("it can be read") };
    for (_, words) in report.lines() {
        println!("  {}", words.en);
    }
    drop(bytes);
    println!("most memory so far: {} MiB", peak_mib());
    let start = Instant::now();
    let all = levels(&shape.unwrap());
    println!("levels in {:.2} s", start.elapsed().as_secs_f64());
    for level in all {
        println!("  {} triangles, {:.4} mm, {:.0} KB", level.triangles, level.error_mm, level.bytes.len() as f64 / 1e3);
    }
    println!("most memory: {} MiB", peak_mib());
}
