//! A DICOM file as intake reads it, in pieces: whatever their size, the same is met; and its metadata are JSON.
#![no_main]

use std::io::Read;

use imaging::dataset::json::JsonWriter;
use imaging::dataset::{Fault, File, Writing};
use imaging::instance::{Header, HeaderReader, PixelReader, Pixels};
use libfuzzer_sys::fuzz_target;

/// Metadata that are looked at: some deflated bytes are a great many when they are inflated.
const METADATA_BYTES_MAX: u64 = 1 << 20;

fn read(bytes: &[u8], piece_bytes: usize) -> Result<(Header, Vec<u8>, Option<Pixels>), Fault> {
    let (mut header, mut metadata, mut pixels) =
        (HeaderReader::default(), JsonWriter::default(), PixelReader::default());
    let mut file = File::default();
    let mut take = |event: imaging::dataset::Event<'_>| {
        header.take(event);
        metadata.take(event);
        pixels.take(event);
    };
    for piece in bytes.chunks(piece_bytes) {
        file.feed(piece, &mut take)?;
    }
    let syntax = file.transfer_syntax().to_owned();
    file.finish(&mut take)?;
    let header = header.header(Writing::of(&syntax));
    let pixels = pixels.pixels(header.frame_bytes());
    if let Some(it) = &pixels {
        for index in [0, 1, header.frames - 1] {
            let _ = it.frame(index, header.frames, bytes);
        }
    }
    Ok((header, metadata.finish(), pixels))
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes, bytes.len().max(1));
    let pieces = read(bytes, 7);
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(format!("{:?} {:?}", whole.0, whole.2), format!("{:?} {:?}", pieces.0, pieces.2));
            let mut json = String::new();
            let mut inflated = flate2::read::DeflateDecoder::new(&whole.1[..]).take(METADATA_BYTES_MAX);
            if inflated.read_to_string(&mut json).is_ok() && (json.len() as u64) < METADATA_BYTES_MAX {
                let read = serde_json::from_str::<serde_json::Value>(&json);
                assert!(read.is_ok(), "{read:?}: {json}");
            }
        }
        // What is wrong first may differ: a broken deflated stream is found later than what came out of it before.
        (whole, pieces) => assert!(whole.is_err() && pieces.is_err(), "{:?} {:?}", whole.err(), pieces.err()),
    }
});
