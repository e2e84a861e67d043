//! A PLY file, text or either order of bytes: whatever is in it, what is claimed about it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| fuzz::mesh_holds(bytes, "x.ply"));
