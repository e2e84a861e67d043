//! A project of exocad, as its two kinds of files: whatever is in it, what is claimed about it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::mesh_holds(bytes, "x.dentalProject");
    fuzz::mesh_holds(bytes, "x.constructionInfo");
});
