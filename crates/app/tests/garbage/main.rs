//! The targets of `fuzz/` in the house's own tests: they still fit the readers that they give garbage to, and hold for their
//! seeds, for each seed cut off, and for some thousand spoilt ones, the same every time. Chance looks further: `cargo xtask fuzz`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

// The targets name these libraries; here both are this file.
extern crate self as fuzz;
extern crate self as libfuzzer_sys;

#[allow(unreachable_pub)]
#[path = "../../../../fuzz/src/lib.rs"]
mod own;

pub(crate) use own::mesh_holds;

mod target {
    /// Makes of a target a function of what it is given.
    macro_rules! fuzz_target {
        (|$bytes:ident: &[u8]| $body:expr) => {
            pub(crate) fn give($bytes: &[u8]) {
                $body
            }
        };
    }
    pub(crate) use fuzz_target;
}

pub(crate) use target::fuzz_target;

/// How many spoilt ones are made of a seed.
const SPOILT: u64 = 400;

/// A target, and its test.
macro_rules! targets {
    ($($name:ident $path:literal),* $(,)?) => {
        $(
            #[allow(unused_attributes)]
            #[path = $path]
            mod $name;
        )*
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        mod holds {
            $(
                #[test]
                fn $name() {
                    super::hold(stringify!($name), super::$name::give);
                }
            )*
        }
    };
}

targets! {
    data_set "../../../../fuzz/targets/data_set.rs",
    directory "../../../../fuzz/targets/directory.rs",
    exocad "../../../../fuzz/targets/exocad.rs",
    multipart "../../../../fuzz/targets/multipart.rs",
    obj "../../../../fuzz/targets/obj.rs",
    ply "../../../../fuzz/targets/ply.rs",
    query "../../../../fuzz/targets/query.rs",
    stl "../../../../fuzz/targets/stl.rs",
    threemf "../../../../fuzz/targets/threemf.rs",
    unit "../../../../fuzz/targets/unit.rs",
    upload "../../../../fuzz/targets/upload.rs",
}

fn hold(name: &str, give: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let mut seeds: Vec<_> = std::fs::read_dir(&folder).expect("seeds").map(|it| it.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "no seeds of {name}");
    give(&[]);
    for path in seeds {
        let seed = std::fs::read(&path).unwrap();
        give(&seed);
        for part in 1..16 {
            give(&seed[..seed.len() * part / 16]);
        }
        for number in 0..SPOILT {
            give(&spoilt(&seed, number));
        }
    }
}

/// The seed with one to four of its bytes changed, by a number that stands for chance (the steps of SplitMix64).
fn spoilt(seed: &[u8], number: u64) -> Vec<u8> {
    let mut state = number;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let mut bytes = seed.to_vec();
    for _ in 0..=number % 4 {
        let at = usize::try_from(next() % seed.len().max(1) as u64).unwrap();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = u8::try_from(next() % 256).unwrap();
        }
    }
    bytes
}

#[test]
fn every_target_of_the_folder_is_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/targets");
    let mut there: Vec<String> = std::fs::read_dir(folder)
        .expect("targets")
        .map(|it| it.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(there, NAMES);
}
