//! TR-25: pictures go to other makers' programs and come back, and the other way round, to the bit.
//!
//! DCMTK, GDCM and OpenJPEG are Debian packages (`dcmtk`, `libgdcm-tools`, `libopenjp2-tools`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::path::Path;

use pixels::{Interpretation, Samples, Syntax, decode, encode, lossy};
use support::{Folder, colour, file, frames, grey, noise, run, shapes, slice};

/// A program and its options.
type Program = (&'static str, &'static [&'static str]);

/// Another maker's program writes `samples`; what we read must be what it reads itself.
fn we_read(folder: &Folder, samples: &Samples, program: (&str, &[&str]), back: (&str, &[&str])) -> (Syntax, Samples) {
    let (from, packed, unpacked) = (folder.file("from.dcm"), folder.file("packed.dcm"), folder.file("unpacked.dcm"));
    let it = samples.description;
    std::fs::write(&from, file(&it, Syntax::ExplicitLe, std::slice::from_ref(&samples.bytes))).unwrap();
    run(program.0, program.1, &[&from, &packed]);
    run(back.0, back.1, &[&packed, &unpacked]);
    let (described, syntax, packed) = frames(&std::fs::read(&packed).unwrap());
    let ours = decode(&packed[0], syntax, &described).unwrap_or_else(|fault| panic!("{program:?} {it:?}: {fault}"));
    assert!(ours.values() == values_in(&unpacked), "{program:?} {it:?}: another picture");
    (syntax, ours)
}

fn they_read(folder: &Folder, samples: &Samples, syntax: Syntax, program: (&str, &[&str])) {
    let (packed, unpacked) = (folder.file("packed.dcm"), folder.file("unpacked.dcm"));
    let it = samples.description;
    std::fs::write(&packed, file(&it, syntax, &[encode(samples, syntax).unwrap()])).unwrap();
    run(program.0, program.1, &[&packed, &unpacked]);
    assert!(values_in(&unpacked) == samples.values(), "{program:?} {it:?}: another picture");
}

/// The numbers in a native file. DCMTK leaves the bits above those stored empty, where others repeat the sign.
fn values_in(file: &Path) -> Vec<i32> {
    let (it, syntax, frames) = frames(&std::fs::read(file).unwrap());
    decode(&frames[0], syntax, &it).unwrap().values()
}

#[test]
fn we_read_lossless_pictures_of_dcmtk_and_gdcm_to_the_bit() {
    let folder = Folder::new("lossless");
    let writers: [(Syntax, Program, Program); 9] = [
        (Syntax::JpegLs, ("dcmcjpls", &[]), ("dcmdjpls", &[])),
        (Syntax::Rle, ("dcmcrle", &[]), ("dcmdrle", &[])),
        (Syntax::JpegLosslessSv1, ("dcmcjpeg", &["+e1"]), ("dcmdjpeg", &[])),
        (Syntax::JpegLossless, ("dcmcjpeg", &["+el", "+sv", "4"]), ("dcmdjpeg", &[])),
        (Syntax::JpegLossless, ("dcmcjpeg", &["+el", "+sv", "6"]), ("dcmdjpeg", &[])),
        (Syntax::JpegLossless, ("dcmcjpeg", &["+el", "+sv", "7"]), ("dcmdjpeg", &[])),
        (Syntax::JpegLs, ("gdcmconv", &["--jpegls"]), ("gdcmconv", &["--raw"])),
        (Syntax::Rle, ("gdcmconv", &["--rle"]), ("gdcmconv", &["--raw"])),
        (Syntax::JpegLosslessSv1, ("gdcmconv", &["--jpeg"]), ("gdcmconv", &["--raw"])),
    ];
    for it in [
        grey(131, 67, 8, false),
        grey(64, 65, 12, false),
        grey(67, 33, 16, true),
        grey(1, 1, 16, false),
        colour(67, 41),
    ] {
        for samples in &[slice(it, 5), noise(it, 6)] {
            for (syntax, program, back) in writers {
                // GDCM's run lengths stop at an assertion of its own where rows have an odd length, and its JPEG-LS takes
                // no single pixel.
                let unable = match program {
                    ("gdcmconv", ["--rle"]) => it.columns > 1 && it.columns % 2 == 1,
                    ("gdcmconv", ["--jpegls"]) => it.pixels() == 1,
                    _ => false,
                };
                if unable {
                    continue;
                }
                let (found, ours) = we_read(&folder, samples, program, back);
                assert_eq!(found, syntax, "{program:?}");
                assert!(ours == *samples, "{program:?} {it:?}: not lossless");
            }
        }
    }
}

#[test]
fn they_read_what_we_write_to_the_bit() {
    let folder = Folder::new("written");
    let readers: [(Syntax, Program); 4] = [
        (Syntax::JpegLs, ("dcmdjpls", &[])),
        (Syntax::JpegLs, ("gdcmconv", &["--raw"])),
        (Syntax::Rle, ("dcmdrle", &[])),
        (Syntax::Rle, ("gdcmconv", &["--raw"])),
    ];
    for it in shapes() {
        for samples in [slice(it, 7), noise(it, 8)] {
            for (syntax, program) in readers {
                they_read(&folder, &samples, syntax, program);
            }
        }
    }
}

#[test]
fn near_lossless_pictures_are_those_of_other_makers() {
    let folder = Folder::new("near");
    for it in [grey(131, 67, 8, false), grey(64, 65, 12, false), grey(60, 60, 16, false), colour(67, 41)] {
        for samples in [slice(it, 9), noise(it, 10)] {
            for deviation in ["1", "2", "5", "20"] {
                let (syntax, ours) =
                    we_read(&folder, &samples, ("dcmcjpls", &["+en", "+md", deviation]), ("dcmdjpls", &[]));
                assert_eq!(syntax, Syntax::JpegLsNear);
                let far = ours.values().iter().zip(samples.values()).map(|(a, b)| (a - b).abs()).max();
                assert!(far <= deviation.parse().ok() && far > Some(0), "{it:?} {deviation}: {far:?}");
            }
        }
    }
}

#[test]
fn lossy_jpeg_is_the_same_picture_as_elsewhere() {
    let folder = Folder::new("lossy");
    let baseline: &[&str] = &["+eb", "+q", "85"];
    let extended: &[&str] = &["+ee", "+q", "85"];
    let halved: &[&str] = &["+eb", "+s2", "+q", "70"];
    for (it, args) in [
        (grey(131, 67, 8, false), baseline),
        (grey(131, 67, 12, false), extended),
        (colour(131, 67), &["+eb", "+s4"]),
        (colour(131, 67), halved),
        (colour(64, 64), halved),
        (colour(5, 7), halved),
    ] {
        for samples in [slice(it, 11), noise(it, 12)] {
            // Without conversion of colours on the way back, or rounding would hide behind it.
            let (syntax, ours) = we_read(&folder, &samples, ("dcmcjpeg", args), ("dcmdjpeg", &["+cn"]));
            assert!(lossy(syntax, &[]));
            let expected = if it.samples_per_pixel == 3 { Interpretation::YbrFull } else { it.interpretation };
            assert_eq!(ours.description.interpretation, expected);
        }
    }
}
