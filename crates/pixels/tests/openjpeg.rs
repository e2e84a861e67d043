//! TR-25: JPEG 2000 between us and OpenJPEG (`opj_compress`, `opj_decompress` of Debian's `libopenjp2-tools`), and
//! high-throughput streams that OpenJPH wrote.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::path::Path;

use pixels::{Samples, Syntax, decode, encode};
use support::{Folder, colour, grey, noise, run, shapes, slice};

/// Samples by component, as OpenJPEG's raw files have them.
fn by_component(samples: &Samples) -> Vec<i32> {
    let count = usize::from(samples.description.samples_per_pixel);
    let values = samples.values();
    (0..count).flat_map(|it| values.iter().skip(it).step_by(count).copied().collect::<Vec<_>>()).collect()
}

fn raw(samples: &Samples) -> Vec<u8> {
    let wide = samples.description.bits_allocated > 8;
    let bytes = |it: i32| if wide { (it as u16).to_le_bytes().to_vec() } else { vec![it as u8] };
    by_component(samples).into_iter().flat_map(bytes).collect()
}

/// The numbers in one of OpenJPEG's raw files, which leave the bits above those of a sample empty.
fn from_raw(file: &Path, it: pixels::Description) -> Vec<i32> {
    let bytes = std::fs::read(file).unwrap();
    let shift = 32 - u32::from(it.bits_stored);
    let number = |raw: u32| {
        let raised = raw << shift;
        if it.signed { raised.cast_signed() >> shift } else { (raised >> shift).cast_signed() }
    };
    if it.bits_stored > 8 {
        bytes.as_chunks::<2>().0.iter().map(|it| number(u16::from_le_bytes(*it).into())).collect()
    } else {
        bytes.iter().map(|it| number(u32::from(*it))).collect()
    }
}

/// OpenJPEG writes `samples`; the answer is the stream, and what OpenJPEG itself reads in it.
fn openjpeg(folder: &Folder, samples: &Samples, args: &[&str]) -> (Vec<u8>, Vec<i32>) {
    let it = samples.description;
    let (from, packed, back) = (folder.file("from.rawl"), folder.file("packed.j2k"), folder.file("back.rawl"));
    std::fs::write(&from, raw(samples)).unwrap();
    let sign = if it.signed { "s" } else { "u" };
    let form = format!("{},{},{},{},{sign}", it.columns, it.rows, it.samples_per_pixel, it.bits_stored);
    let (from, to, end) = (from.to_str().unwrap(), packed.to_str().unwrap(), back.to_str().unwrap());
    run("opj_compress", &[&["-i", from, "-o", to, "-F", &form], args].concat(), &[]);
    run("opj_decompress", &["-i", to, "-o", end], &[]);
    (std::fs::read(&packed).unwrap(), from_raw(&back, it))
}

#[test]
fn we_read_lossless_pictures_of_openjpeg_to_the_bit() {
    let folder = Folder::new("openjpeg");
    // Progressions, tiles, layers, marks, precincts, small blocks, and each style of block: bypass, reset, ended passes,
    // causal, foretold ends, marked segments.
    let ways: [&[&str]; 14] = [
        &[],
        &["-p", "RLCP", "-n", "3"],
        &["-p", "RPCL", "-n", "6", "-c", "[64,64],[32,32]"],
        &["-p", "PCRL", "-t", "40,30", "-n", "3"],
        &["-p", "CPRL", "-t", "50,50", "-n", "4", "-SOP", "-EPH"],
        &["-r", "20,5,1"],
        &["-b", "4,4", "-n", "2"],
        &["-M", "1"],
        &["-M", "2"],
        &["-M", "4"],
        &["-M", "8"],
        &["-M", "32"],
        &["-M", "63"],
        &["-d", "7,5", "-T", "3,2", "-t", "64,64", "-n", "3"],
    ];
    for it in [grey(131, 97, 8, false), grey(90, 131, 12, true), grey(97, 64, 16, false), colour(131, 70)] {
        for samples in [slice(it, 13), noise(it, 14)] {
            for args in ways {
                let (stream, theirs) = openjpeg(&folder, &samples, args);
                let ours = decode(&stream, Syntax::Jpeg2000Lossless, &it);
                let ours = ours.unwrap_or_else(|fault| panic!("{args:?} {it:?}: {fault}"));
                assert!(by_component(&ours) == theirs, "{args:?} {it:?}: another picture");
                assert!(ours == samples, "{args:?} {it:?}: not lossless");
            }
        }
    }
    for it in [grey(1, 1, 8, false), grey(1, 7, 16, true), grey(7, 1, 12, false), grey(3, 5, 8, false)] {
        let (stream, _) = openjpeg(&folder, &noise(it, 15), &["-n", "1"]);
        assert!(decode(&stream, Syntax::Jpeg2000Lossless, &it).unwrap() == noise(it, 15), "{it:?}");
    }
}

#[test]
fn lossy_pictures_are_openjpegs_but_for_rounding() {
    let folder = Folder::new("openjpeg-lossy");
    let ways: [&[&str]; 4] =
        [&["-I", "-r", "8"], &["-I", "-q", "30,45"], &["-r", "10"], &["-I", "-r", "4", "-t", "60,60", "-n", "4"]];
    for it in [grey(131, 97, 8, false), grey(90, 131, 12, true), grey(97, 64, 16, false), colour(131, 70)] {
        let samples = slice(it, 16);
        for args in ways {
            let (stream, theirs) = openjpeg(&folder, &samples, args);
            let ours =
                decode(&stream, Syntax::Jpeg2000, &it).unwrap_or_else(|fault| panic!("{args:?} {it:?}: {fault}"));
            let far = by_component(&ours).iter().zip(&theirs).map(|(a, b)| (a - b).abs()).max();
            // The irreversible wavelet is reckoned in fractions of 24 bits; the standard leaves their rounding open.
            let most = match it.bits_stored {
                _ if !args.contains(&"-I") => 0,
                16 => 4,
                _ => 1,
            };
            assert!(far <= Some(most), "{args:?} {it:?}: {far:?} apart");
        }
    }
}

#[test]
fn openjpeg_reads_what_we_write_to_the_bit() {
    let folder = Folder::new("fast");
    let mut all = shapes();
    all.extend([grey(512, 512, 12, false), grey(1000, 37, 16, true), colour(300, 200)]);
    for it in all {
        for samples in [slice(it, 17), noise(it, 18)] {
            let (packed, back) = (folder.file("packed.j2k"), folder.file("back.rawl"));
            std::fs::write(&packed, encode(&samples, Syntax::HtLossless).unwrap()).unwrap();
            run("opj_decompress", &["-i", packed.to_str().unwrap(), "-o", back.to_str().unwrap()], &[]);
            assert!(from_raw(&back, it) == by_component(&samples), "{it:?}: another picture");
        }
    }
}

/// A stream of `fixtures/make_fast.mjs`.
fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fast");
    std::fs::read(folder.join(name).with_extension("j2c")).unwrap()
}

/// The picture that `fixtures/make_fast.mjs` made its streams of.
fn drawn(it: pixels::Description) -> Vec<i32> {
    let (columns, count) = (i32::from(it.columns), i32::from(it.samples_per_pixel));
    let value = |at: i32| {
        let (x, y, c) = (at / count % columns, at / count / columns, at % count);
        let plain = ((x * x + 3 * y * y + 5 * x * y + 40 * c * x) >> 3) + (7 * x + 13 * y) % 5;
        plain % (1 << it.bits_stored) - if it.signed { 1 << (it.bits_stored - 1) } else { 0 }
    };
    (0..it.samples() as i32).map(value).collect()
}

#[test]
fn we_read_lossless_pictures_of_openjph_to_the_bit() {
    for (name, it) in [
        ("grey-8", grey(70, 50, 8, false)),
        ("grey-12", grey(131, 67, 12, false)),
        ("grey-16-signed", grey(67, 70, 16, true)),
        ("colour", colour(61, 43)),
        ("blocks", grey(90, 60, 12, false)),
        ("by-layer", grey(65, 65, 12, false)),
    ] {
        let ours = decode(&fixture(name), Syntax::HtLossless, &it).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(ours.values() == drawn(it), "{name}: another picture");
    }
}

#[test]
fn lossy_pictures_of_openjph_are_those_that_openjpeg_reads() {
    let folder = Folder::new("openjph-lossy");
    for (name, it) in [("lossy-12", grey(131, 67, 12, false)), ("lossy-colour", colour(61, 43))] {
        let stream = fixture(name);
        let (packed, back) = (folder.file("packed.j2k"), folder.file("back.rawl"));
        std::fs::write(&packed, &stream).unwrap();
        run("opj_decompress", &["-i", packed.to_str().unwrap(), "-o", back.to_str().unwrap()], &[]);
        let ours = decode(&stream, Syntax::Ht, &it).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let theirs = from_raw(&back, it);
        let far = by_component(&ours).iter().zip(&theirs).map(|(a, b)| (a - b).abs()).max();
        assert!(far <= Some(1), "{name}: {far:?} apart");
        let lost = ours.values().iter().zip(drawn(it)).map(|(a, b)| (a - b).abs()).max();
        assert!(lost > Some(0), "{name}: a lossy picture that lost nothing proves nothing");
    }
}
