//! Data sets made by hand, so that a test sees every byte of them.
#![allow(dead_code, reason = "each test takes what it needs")]

use imaging::dataset::Tag;

pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(crate) const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

pub(crate) fn element(out: &mut Vec<u8>, tag: Tag, vr: &[u8; 2], value: &str) {
    let mut value = value.as_bytes().to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == b"UI" { 0 } else { b' ' });
    }
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    out.extend(vr);
    out.extend(u16::try_from(value.len()).expect("short").to_le_bytes());
    out.extend(value);
}

/// A slice of 幸子's jaw.
pub(crate) fn slice(instance: &str, series: &str, study: &str, pixels: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    element(&mut out, Tag(0x0008, 0x0005), b"CS", "ISO_IR 192");
    element(&mut out, Tag(0x0008, 0x0016), b"UI", CT);
    element(&mut out, Tag(0x0008, 0x0018), b"UI", instance);
    element(&mut out, Tag(0x0010, 0x0010), b"PN", "TANAKA^SACHIKO=田中^幸子=たなか^さちこ");
    element(&mut out, Tag(0x0020, 0x000D), b"UI", study);
    element(&mut out, Tag(0x0020, 0x000E), b"UI", series);
    out.extend([0xE0, 0x7F, 0x10, 0x00]);
    out.extend(b"OW\0\0");
    out.extend(u32::try_from(pixels.len()).expect("small").to_le_bytes());
    out.extend(pixels);
    out
}

pub(crate) fn file(data_set: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    element(&mut out, Tag(0x0002, 0x0010), b"UI", EXPLICIT);
    out.extend(data_set);
    out
}
