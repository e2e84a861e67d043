//! Images made by hand, and how they come in.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod two;

use imaging::dataset::{Fault, Tag};
use imaging::intake::{self, Arrived, Intake, Kept, Origin};
use kernel::FacilityId;
use testkit::Ward;

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
    image(&[], "TANAKA^SACHIKO=田中^幸子=たなか^さちこ", instance, series, study, pixels)
}

/// An image of somebody, with more elements between (0008,0018) and (0010,0010).
pub(crate) fn image(
    more: &[(Tag, &[u8; 2], &str)],
    name: &str,
    instance: &str,
    series: &str,
    study: &str,
    pixels: &[u8],
) -> Vec<u8> {
    let mut out = Vec::new();
    element(&mut out, Tag(0x0008, 0x0005), b"CS", "ISO_IR 192");
    element(&mut out, Tag(0x0008, 0x0016), b"UI", CT);
    element(&mut out, Tag(0x0008, 0x0018), b"UI", instance);
    let group = |it: &&(Tag, &[u8; 2], &str)| it.0.0 < 0x0010;
    more.iter().filter(group).for_each(|(tag, vr, value)| element(&mut out, *tag, vr, value));
    element(&mut out, Tag(0x0010, 0x0010), b"PN", name);
    let later = |it: &&(Tag, &[u8; 2], &str)| it.0.0 == 0x0010;
    more.iter().filter(later).for_each(|(tag, vr, value)| element(&mut out, *tag, vr, value));
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

pub(crate) fn origin() -> Origin {
    Origin { face: "dimse", sender: "CBCT1".into(), announced: None }
}

pub(crate) fn arrive(ward: &Ward, bytes: &[u8], piece: usize, as_file: bool) -> Result<Arrived, Fault> {
    arrive_at(ward, ward.facility, bytes, piece, as_file)
}

pub(crate) fn arrive_at(
    ward: &Ward,
    facility: FacilityId,
    bytes: &[u8],
    piece: usize,
    as_file: bool,
) -> Result<Arrived, Fault> {
    let key = ward.site.db.write_blocking(Some(facility), |tx| tx.key()).expect("a key");
    let (blobs, chance) = (&ward.site.blobs, &ward.site.chance);
    let mut intake = if as_file {
        Intake::file(blobs, facility, &key, chance)
    } else {
        Intake::data_set(blobs, facility, &key, chance, EXPLICIT)
    }
    .expect("room");
    for part in bytes.chunks(piece) {
        intake.write(part).expect("room");
    }
    intake.finish().expect("room")
}

pub(crate) fn keep(ward: &Ward, arrived: &Arrived, origin: Origin) -> Kept {
    let (blobs, arrived) = (ward.site.blobs.clone(), arrived.clone());
    ward.given(move |tx, ctx| intake::keep(tx, ctx, &blobs, &arrived, &origin))
}

pub(crate) fn count(ward: &Ward, table: &'static str) -> i64 {
    ward.given(move |tx, _| Ok(tx.value(&format!("SELECT count(*) FROM {table}"), &[])?.unwrap_or(0)))
}
