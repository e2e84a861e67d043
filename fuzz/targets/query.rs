//! What stands behind an address, and what a client accepts. The first line is the query, the second the header.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (query, accept) = text.split_once('\n').unwrap_or((text, ""));
    let _ = dicomweb::strangers::search(query);
    let _ = dicomweb::strangers::drawn(query);
    let _ = dicomweb::strangers::accepted(accept);
});
