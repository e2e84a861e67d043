//! The colour space that our own screens show colours in, as a profile that a presentation state of colour pictures must carry
//! (PS3.3 C.11.15): sRGB as IEC 61966-2-1 has it, written as ICC.1:2001-04 (version 2) has it.

/// A signature of four letters, and the number 1 in sixteen bits behind the point.
const ONE: u32 = 0x0001_0000;
/// D50, in which all profiles count.
const D50: [u32; 3] = [0x0000_F6D6, ONE, 0x0000_D32D];
/// Red, green and blue of sRGB, seen under D50.
const PRIMARIES: [([u8; 4], [u32; 3]); 3] =
    [(*b"rXYZ", [0x6FA2, 0x38F5, 0x0390]), (*b"gXYZ", [0x6299, 0xB785, 0x18DA]), (*b"bXYZ", [0x24A0, 0x0F84, 0xB6CF])];
/// 2.2 with eight bits behind the point: what stands for the curve of sRGB in small profiles.
const GAMMA: [u8; 2] = [0x02, 0x33];
const HEAD_BYTES: usize = 128;

fn numbers(all: &[u32]) -> Vec<u8> {
    all.iter().flat_map(|it| it.to_be_bytes()).collect()
}

fn xyz(value: [u32; 3]) -> Vec<u8> {
    [b"XYZ \0\0\0\0".as_slice(), &numbers(&value)].concat()
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The profile.
pub(super) fn srgb() -> Vec<u8> {
    let name = b"sRGB\0";
    // No name in Unicode, none for the Macintosh.
    let described = [b"desc\0\0\0\0".as_slice(), &numbers(&[length(name.len())]), name, &[0; 78]].concat();
    let curve = [b"curv\0\0\0\0".as_slice(), &numbers(&[1]), &GAMMA].concat();
    let mut values = vec![
        (*b"desc", described),
        (*b"cprt", b"text\0\0\0\0No copyright, use freely\0".to_vec()),
        (*b"wtpt", xyz(D50)),
    ];
    values.extend(PRIMARIES.map(|(name, value)| (name, xyz(value))));
    values.extend([*b"rTRC", *b"gTRC", *b"bTRC"].map(|name| (name, curve.clone())));

    let (mut table, mut body) = (numbers(&[length(values.len())]), Vec::new());
    let from = HEAD_BYTES + 4 + 12 * values.len();
    for (name, value) in values {
        table.extend(name);
        table.extend(numbers(&[length(from + body.len()), length(value.len())]));
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut out = numbers(&[length(from + body.len()), 0, 0x0210_0000]);
    // An input device, as DICOM asks; its colours; the space in which profiles meet; a day; the signature of all profiles.
    out.extend(b"scnrRGB XYZ ");
    out.extend([2026_u16, 1, 1, 0, 0, 0].iter().flat_map(|it| it.to_be_bytes()));
    out.extend(b"acsp");
    out.resize(68, 0);
    out.extend(numbers(&D50));
    out.resize(HEAD_BYTES, 0);
    [out, table, body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_whole() {
        let it = srgb();
        let number = |at: usize| u32::from_be_bytes(it[at..at + 4].try_into().expect("four")) as usize;
        assert_eq!(number(0), it.len());
        assert_eq!((&it[12..24], &it[36..40]), (b"scnrRGB XYZ ".as_slice(), b"acsp".as_slice()));
        let names: Vec<&[u8]> = (0..number(128))
            .map(|place| {
                let at = 132 + 12 * place;
                let (from, length) = (number(at + 4), number(at + 8));
                assert!(from % 4 == 0 && from + length <= it.len());
                &it[from..from + 4]
            })
            .collect();
        assert_eq!(names, [b"desc", b"text", b"XYZ ", b"XYZ ", b"XYZ ", b"XYZ ", b"curv", b"curv", b"curv"]);
        // ICC.1 6.5.17: the description ends with 67 bytes for the Macintosh.
        assert_eq!(number(132 + 8), 12 + 5 + 8 + 3 + 67);
    }
}
