//! Which bytes make a frame: encapsulated and native pixel data (PS3.5 A.4, 8.1).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use pixels::encapsulation::{encapsulate, extended, items};
use pixels::{Description, Fault, native_frame, swap_words};
use support::grey;

fn item(bytes: &[u8]) -> Vec<u8> {
    [&[0xFE, 0xFF, 0, 0xE0], &(bytes.len() as u32).to_le_bytes()[..], bytes].concat()
}

fn table(offsets: &[u32]) -> Vec<u8> {
    item(&offsets.iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<_>>())
}

const SOI: &[u8] = &[0xFF, 0xD8, 0xFF, 1];
const REST: &[u8] = &[7, 7];

/// The frames found, each as its bytes.
fn found(value: &[u8], frames: u32, extended: Option<&[u8]>) -> Result<Vec<Vec<u8>>, Fault> {
    let items = items(value)?;
    let spans = items.frames(value, frames, extended)?;
    Ok(spans.iter().map(|it| items.join(value, it).into_owned()).collect())
}

#[test]
fn fragments_become_frames_by_table_or_by_counting() {
    let split = [item(SOI), item(REST), item(SOI)].concat();
    let frames = vec![[SOI, REST].concat(), SOI.to_vec()];
    assert_eq!(found(&[table(&[0, 22]), split.clone()].concat(), 2, None), Ok(frames.clone()), "a basic table");
    assert_eq!(found(&[table(&[]), split.clone()].concat(), 2, None), Ok(frames.clone()), "by how they begin");
    let wide: Vec<u8> = [0_u64, 22].iter().flat_map(|it| it.to_le_bytes()).collect();
    assert_eq!(found(&[table(&[]), split.clone()].concat(), 2, Some(&wide)), Ok(frames), "an extended table");
    let one = vec![[SOI, REST, SOI].concat()];
    assert_eq!(found(&[table(&[]), split.clone()].concat(), 1, None), Ok(one), "all of it is one frame");
    let each = [item(REST), item(REST)].concat();
    assert_eq!(found(&[table(&[]), each.clone()].concat(), 2, None), Ok(vec![REST.to_vec(); 2]), "one fragment each");
    assert_eq!(found(&[table(&[0, 0]), each].concat(), 2, None), Ok(vec![REST.to_vec(); 2]), "a table of zeros");
    let wrong = Err(Fault::Mismatch("the offset table"));
    assert_eq!(found(&[table(&[0, 21]), split.clone()].concat(), 2, None), wrong, "into a fragment's middle");
    assert_eq!(found(&[table(&[]), split].concat(), 5, None), Err(Fault::Mismatch("fragments and frames")));
}

#[test]
fn what_is_no_item_is_refused() {
    assert_eq!(items(&[]), Err(Fault::Truncated));
    assert_eq!(items(&[0xFE, 0xFF, 0, 0xE0, 9, 0, 0, 0, 1]), Err(Fault::Truncated));
    assert_eq!(items(&[1; 16]), Err(Fault::Malformed("something between the fragments")));
    let endless = [0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
    assert_eq!(items(&endless), Err(Fault::Malformed("something between the fragments")));
    assert_eq!(items(&table(&[])).unwrap().frames(&table(&[]), 1, None), Err(Fault::Mismatch("fragments and frames")));
}

#[test]
fn what_is_encapsulated_is_found_again() {
    let frames = vec![vec![1, 2, 3], vec![4; 10], vec![5; 7]];
    let value = encapsulate(&frames).unwrap();
    let padded = vec![vec![1, 2, 3, 0], vec![4; 10], vec![5, 5, 5, 5, 5, 5, 5, 0]];
    assert_eq!(found(&value, 3, None), Ok(padded));
    let (offsets, lengths) = extended(&[3, 10, 7]);
    assert_eq!(offsets, [0_u64, 12, 30].iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<_>>());
    assert_eq!(lengths, [3_u64, 10, 7].iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<_>>());
}

#[test]
fn native_frames_may_begin_inside_a_byte() {
    let bits = Description { bits_allocated: 1, bits_stored: 1, high_bit: 0, frames: 3, ..grey(3, 1, 8, false) };
    // Frames 101, 110, 011, lowest bit first.
    let value = [0b1101_1101, 0];
    let frame = |at| native_frame(&value, &bits, at).unwrap()[0] & 7;
    assert_eq!([frame(0), frame(1), frame(2)], [0b101, 0b011, 0b011]);
    assert_eq!(native_frame(&value, &bits, 9), Err(Fault::Truncated));
    let words = grey(2, 2, 16, false);
    let value: Vec<u8> = (0..16).collect();
    assert_eq!(native_frame(&value, &words, 1).unwrap().as_ref(), &value[8..]);
    assert_eq!(native_frame(&value, &words, 2), Err(Fault::Truncated));
}

#[test]
fn bytes_written_as_words_are_turned() {
    let mut value = [1, 2, 3, 4];
    swap_words(&mut value);
    assert_eq!(value, [2, 1, 4, 3]);
}
