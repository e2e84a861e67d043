//! Headers of an upload: what is told of a file, a checksum, a count of bytes. Metadata that are understood name no folder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(told) = tus::Told::read(text) {
        let name = told.name();
        assert!(!name.contains(['/', '\\', '\n', '\r']), "{name}");
    }
    let _ = tus::strangers::summed(text);
    let _ = tus::strangers::counted(text);
});
