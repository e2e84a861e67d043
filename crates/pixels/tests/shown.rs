//! What a screen gets: windows, inversion, colours (PS3.3 C.7.6.3, C.11.1, C.11.2).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use pixels::render::{Curve, Look, Picture, Table, Window, render};
use pixels::{Description, Interpretation, Samples};
use support::{colour, grey};

fn words(values: &[i16], it: Description) -> Samples {
    Samples { description: it, bytes: values.iter().flat_map(|it| it.to_le_bytes()).collect() }
}

fn shown(values: &[i16], look: &Look) -> Vec<u8> {
    let it = grey(values.len() as u16, 1, 16, true);
    render(&words(values, it), look).unwrap().bytes
}

fn window(center: f64, width: f64, curve: Curve) -> Look {
    Look { window: Some(Window { center, width, curve }), ..Look::default() }
}

#[test]
fn a_window_is_that_of_the_standard() {
    // The example of C.11.2.1.2: centre 2048, width 4096 leaves 0 to 4095 as it is.
    let linear = window(2048.0, 4096.0, Curve::Linear);
    assert_eq!(shown(&[-5, 0, 4095, 5000], &linear), [0, 0, 255, 255]);
    // Width 1 is a threshold at the centre.
    assert_eq!(shown(&[99, 100, 101], &window(100.0, 1.0, Curve::Linear)), [0, 255, 255]);
    assert_eq!(shown(&[-100, 0, 100], &window(0.0, 200.0, Curve::LinearExact)), [0, 128, 255]);
    assert_eq!(shown(&[-2000, 0, 2000], &window(0.0, 400.0, Curve::Sigmoid)), [0, 128, 255]);
}

#[test]
fn values_are_rescaled_before_the_window() {
    let look = Look { rescale: Some((2.0, -1000.0)), ..window(0.0, 2000.0, Curve::LinearExact) };
    assert_eq!(shown(&[0, 500, 1000], &look), [0, 128, 255]);
    let table = Table { first: 10, bits: 8, entries: vec![0, 100, 200] };
    let look = Look { modality: Some(table.clone()), ..window(100.0, 200.0, Curve::LinearExact) };
    assert_eq!(shown(&[-7, 10, 11, 12, 99], &look), [0, 0, 128, 255, 255]);
    let look = Look { voi: Some(table), ..Look::default() };
    assert_eq!(shown(&[10, 11, 12], &look), [0, 100, 200]);
}

#[test]
fn without_a_window_darkest_to_brightest_and_padding_does_not_count() {
    assert_eq!(shown(&[-100, 0, 100], &Look::default()), [0, 128, 255]);
    let look = Look { padding: Some((-2000, -1500)), ..Look::default() };
    assert_eq!(shown(&[-2000, -100, 0, 100], &look), [0, 0, 128, 255]);
    assert_eq!(shown(&[7, 7], &Look::default()).len(), 2, "a picture of one shade");
}

#[test]
fn the_lowest_value_is_white_where_the_data_set_says_so() {
    let it = Description { interpretation: Interpretation::Monochrome1, ..grey(3, 1, 16, true) };
    let samples = words(&[-100, 0, 100], it);
    assert_eq!(render(&samples, &Look::default()).unwrap().bytes, [255, 128, 0]);
    let twice = Look { inverted: true, ..Look::default() };
    assert_eq!(render(&samples, &twice).unwrap().bytes, [0, 128, 255]);
}

#[test]
fn colours_become_red_green_blue() {
    let full = Description { interpretation: Interpretation::YbrFull, ..colour(3, 1) };
    // Red, green and blue as PS3.3 C.7.6.3.1.2 computes them.
    let bytes = vec![76, 85, 255, 150, 44, 21, 29, 255, 107];
    let picture = render(&Samples { description: full, bytes }, &Look::default()).unwrap();
    let expected = [[254, 0, 0], [0, 255, 1], [0, 0, 254]].concat();
    let far = picture.bytes.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(far <= Some(1), "{:?}", picture.bytes);
    let it = Description { interpretation: Interpretation::Palette, ..grey(2, 1, 8, false) };
    let samples = Samples { description: it, bytes: vec![0, 1] };
    let ramp = |entries: [u16; 2]| Table { first: 0, bits: 16, entries: entries.to_vec() };
    let palette = Some([ramp([0, 0xFFFF]), ramp([0xFFFF, 0]), ramp([0x8080, 0])]);
    let picture = render(&samples, &Look { palette, ..Look::default() }).unwrap();
    assert_eq!((picture.channels, picture.bytes), (3, vec![0, 255, 128, 255, 0, 0]));
    assert!(render(&samples, &Look::default()).is_err(), "a palette that is not there");
}

#[test]
fn a_thumbnail_keeps_proportions_and_means() {
    let picture = Picture { columns: 4, rows: 2, channels: 1, bytes: vec![0, 10, 100, 110, 20, 30, 120, 130] };
    let small = picture.clone().fit(2, 2);
    assert_eq!((small.columns, small.rows, small.bytes), (2, 1, vec![15, 115]));
    assert_eq!(picture.clone().fit(100, 100), picture, "never enlarged");
    let line = Picture { columns: 1000, rows: 1, channels: 3, bytes: vec![9; 3000] }.fit(10, 10);
    assert_eq!((line.columns, line.rows, line.bytes.len()), (10, 1, 30));
}
