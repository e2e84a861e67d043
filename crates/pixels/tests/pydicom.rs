//! TR-25: every picture among the test files in pydicom's wheel, against what pydicom itself reads.
//!
//! HARUKA_TEST_PYTHON names a Python with pydicom, numpy, Pillow and pylibjpeg's plug-ins; `cargo xtask test` makes it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::path::Path;

use pixels::{Description, Fault, Interpretation, Syntax, decode, encapsulation, native_frame, swap_words};
use support::{Folder, run};

/// What is not read, and why not.
const REFUSED: &[(&str, Fault)] = &[("MR_truncated.dcm", Fault::Truncated)];
/// Pictures that pydicom does not read either: nothing to hold ours against.
const BROKEN: &[&str] = &["badVR.dcm", "JPEG-lossy.dcm", "JPEG2000-embedded-sequence-delimiter.dcm"];

struct Picture {
    name: String,
    it: Description,
    syntax: Syntax,
    words: bool,
}

fn picture(line: &str) -> Option<Picture> {
    let mut parts = line.split('|');
    let mut next = || parts.next().unwrap();
    let (name, syntax) = (next().to_owned(), Syntax::from_uid(next()).unwrap());
    let mut number = || next().parse::<u16>().ok();
    let (rows, columns) = (number()?, number()?);
    let mut small = || number().and_then(|it| u8::try_from(it).ok());
    let (samples_per_pixel, bits_allocated, bits_stored, high_bit) = (small()?, small()?, small()?, small()?);
    let (signed, planar) = (small()? == 1, small()? == 1);
    let interpretation = Interpretation::from_term(next()).unwrap_or_else(|| panic!("{name}: colours"));
    let frames = next().parse().ok()?;
    let it = Description {
        rows,
        columns,
        samples_per_pixel,
        bits_allocated,
        bits_stored,
        high_bit,
        signed,
        planar,
        interpretation,
        frames,
    };
    Some(Picture { name, it, syntax, words: next() == "OW" })
}

fn read(picture: &Picture, mut value: Vec<u8>) -> Result<Vec<i32>, Fault> {
    let it = &picture.it;
    let mut all = Vec::new();
    if picture.syntax.encapsulated() {
        let items = encapsulation::items(&value)?;
        for span in items.frames(&value, it.frames, None)? {
            all.extend(decode(&items.join(&value, &span), picture.syntax, it)?.values());
        }
        return Ok(all);
    }
    if picture.syntax == Syntax::ExplicitBe && picture.words && it.bits_allocated == 8 {
        swap_words(&mut value);
    }
    for frame in 0..it.frames {
        all.extend(decode(&native_frame(&value, it, frame)?, picture.syntax, it)?.values());
    }
    Ok(all)
}

/// How far from pydicom's a sample may lie: where the codec's arithmetic is left open by its standard.
fn slack(syntax: Syntax) -> i32 {
    match syntax {
        Syntax::Jpeg2000 | Syntax::JpegExtended => 1,
        _ => 0,
    }
}

#[test]
fn pydicoms_pictures_are_read_as_pydicom_reads_them() {
    let Ok(python) = std::env::var("HARUKA_TEST_PYTHON") else {
        panic!(
            "HARUKA_TEST_PYTHON is not set: run under `cargo xtask with`, or name a Python with pydicom and pylibjpeg"
        );
    };
    let folder = Folder::new("pydicom");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle.py");
    run(&python, &[], &[&script, &folder.0]);
    let index = std::fs::read_to_string(folder.file("index")).unwrap();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (number, line) in index.lines().enumerate() {
        let value = std::fs::read(folder.file(&format!("{number}.value"))).unwrap();
        let Some(picture) = picture(line) else {
            assert!(BROKEN.iter().any(|it| line.starts_with(it)), "{line}");
            continue;
        };
        let name = &picture.name;
        let ours = read(&picture, value);
        if let Some((_, fault)) = REFUSED.iter().find(|(it, _)| it == name) {
            assert_eq!(ours, Err(*fault), "{name}");
            continue;
        }
        if BROKEN.contains(&name.as_str()) {
            continue;
        }
        let want = std::fs::read(folder.file(&format!("{number}.want"))).unwrap();
        let want: Vec<i32> = want.as_chunks::<4>().0.iter().map(|it| i32::from_le_bytes(*it)).collect();
        match ours {
            Err(fault) => wrong.push(format!("{line}: {fault}")),
            Ok(ours) if ours.len() != want.len() => wrong.push(format!("{line}: {} samples", ours.len())),
            Ok(ours) => {
                let far = ours.iter().zip(&want).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
                if far > slack(picture.syntax).unsigned_abs() {
                    wrong.push(format!("{line}: {far} apart"));
                }
                compared += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 85, "only {compared} pictures were there to compare");
}
