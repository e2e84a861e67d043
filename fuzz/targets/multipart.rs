//! A message of many parts: the same parts, however it is cut into pieces. The first line is its media type.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|it| *it == b'\n').unwrap_or(bytes.len());
    let Ok(kind) = std::str::from_utf8(&bytes[..end]) else { return };
    let body = bytes.get(end + 1..).unwrap_or_default();
    let whole = dicomweb::strangers::message(kind, body, body.len());
    for piece_bytes in [1, 3, 64] {
        assert_eq!(dicomweb::strangers::message(kind, body, piece_bytes), whole, "in pieces of {piece_bytes}");
    }
});
