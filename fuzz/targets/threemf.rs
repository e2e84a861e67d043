//! A 3MF archive, and a model in a sound archive, which chance would never pack: what is claimed about it holds.
#![no_main]

use flate2::Crc;
use libfuzzer_sys::fuzz_target;

const NAME: &[u8] = b"3D/3dmodel.model";

fuzz_target!(|bytes: &[u8]| {
    fuzz::mesh_holds(bytes, "x.3mf");
    fuzz::mesh_holds(&stored(bytes), "x.3mf");
});

/// An archive with `model` as it is.
fn stored(model: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(model);
    let length = (model.len() as u32).to_le_bytes();
    let name = (NAME.len() as u16).to_le_bytes();
    let common =
        [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &sum.sum().to_le_bytes(), &length, &length, &name, &[0; 2]].concat();
    let mut archive = [b"PK\x03\x04", &common[..], NAME, model].concat();
    let start = archive.len() as u32;
    let list = [b"PK\x01\x02", &[20, 0][..], &common, &[0; 14], NAME].concat();
    archive.extend(&list);
    archive.extend(
        [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &(list.len() as u32).to_le_bytes()[..], &start.to_le_bytes(), &[0; 2]]
            .concat(),
    );
    archive
}
