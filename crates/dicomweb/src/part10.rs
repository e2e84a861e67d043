//! The header of a DICOM file (PS3.10 7.1), which stands before a data set when it leaves the house as a file. Pure.

/// Names this implementation (PS3.7 D.3.3.2), made from a random UUID (PS3.5 B.2).
const IMPLEMENTATION: &str = "2.25.40563508198667156833935489258286845712";
/// The same for people.
const VERSION: &str = "HARUKA";

/// Preamble and file meta information for a data set in `syntax`.
pub(crate) fn header(class: &str, instance: &str, syntax: &str) -> Vec<u8> {
    let mut meta = Vec::with_capacity(256);
    // The version is the only one there is.
    meta.extend([0x02, 0x00, 0x01, 0x00, b'O', b'B', 0, 0, 2, 0, 0, 0, 0, 1]);
    element(&mut meta, 0x0002, *b"UI", class);
    element(&mut meta, 0x0003, *b"UI", instance);
    element(&mut meta, 0x0010, *b"UI", syntax);
    element(&mut meta, 0x0012, *b"UI", IMPLEMENTATION);
    element(&mut meta, 0x0013, *b"SH", VERSION);
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    out.extend([0x02, 0x00, 0x00, 0x00, b'U', b'L', 4, 0]);
    // A few hundred bytes: UIDs have at most 64 characters.
    out.extend(u32::try_from(meta.len()).unwrap_or_default().to_le_bytes());
    out.extend(meta);
    out
}

fn element(out: &mut Vec<u8>, element: u16, vr: [u8; 2], value: &str) {
    let padded = value.len() + value.len() % 2;
    out.extend([0x02, 0x00]);
    out.extend(element.to_le_bytes());
    out.extend(vr);
    out.extend(u16::try_from(padded).unwrap_or_default().to_le_bytes());
    out.extend(value.as_bytes());
    if padded > value.len() {
        out.push(if &vr == b"UI" { 0 } else { b' ' });
    }
}

#[cfg(test)]
mod tests {
    use imaging::dataset::File;

    #[test]
    fn our_own_reader_takes_it() {
        for uid in ["1.2.3", "1.2.34"] {
            let header = super::header("1.2", uid, "1.2.840.10008.1.2.1");
            assert_eq!(header.len() % 2, 0);
            let mut file = File::default();
            let data_set = b"\x08\x00\x18\x00UI\x06\x001.2.34";
            file.feed(&[header.as_slice(), data_set].concat(), &mut |_| ()).expect("a file");
            assert_eq!(file.transfer_syntax(), "1.2.840.10008.1.2.1");
            assert_eq!(file.data_set_offset(), Some(header.len() as u64));
            file.finish(&mut |_| ()).expect("whole");
        }
    }
}
