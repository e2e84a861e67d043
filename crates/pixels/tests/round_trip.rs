//! TR-25: what we write, we read again; what is broken is refused, at no price.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use pixels::{Fault, Syntax, decode, encode};
use support::{Dice, colour, grey, noise, shapes, slice};

const WRITTEN: [Syntax; 5] = [Syntax::ExplicitLe, Syntax::ExplicitBe, Syntax::Rle, Syntax::JpegLs, Syntax::HtLossless];

#[test]
fn every_shape_comes_back_to_the_bit() {
    for it in shapes() {
        for samples in [slice(it, 1), noise(it, 2)] {
            for syntax in WRITTEN {
                let frame = encode(&samples, syntax).unwrap();
                let back = decode(&frame, syntax, &it).unwrap_or_else(|fault| panic!("{syntax:?} {it:?}: {fault}"));
                assert!(back == samples, "{syntax:?} {it:?}");
            }
        }
    }
}

#[test]
fn a_broken_stream_is_refused_or_read_but_never_fatal() {
    let mut dice = Dice(20_261_121);
    for it in [grey(37, 29, 12, true), grey(40, 16, 8, false), colour(19, 23)] {
        let samples = slice(it, 3);
        for syntax in WRITTEN {
            let whole = encode(&samples, syntax).unwrap();
            for round in 0..1_500 {
                let mut broken = whole.clone();
                if round % 3 == 0 {
                    broken.truncate(dice.below(whole.len()));
                }
                for _ in 0..dice.below(4) {
                    if !broken.is_empty() {
                        let at = dice.below(broken.len());
                        broken[at] = dice.roll() as u8;
                    }
                }
                if let Ok(read) = decode(&broken, syntax, &it) {
                    assert_eq!(read.bytes.len(), it.frame_bytes(), "{syntax:?}");
                }
            }
            for end in (0..whole.len().min(600)).chain([whole.len() / 2]) {
                let cut = decode(&whole[..end.min(whole.len() - whole.len() / 8)], syntax, &it);
                assert!(cut.is_err(), "{syntax:?} {it:?}: cut at {end} and shown all the same");
            }
        }
    }
}

#[test]
fn a_stream_of_another_picture_is_refused() {
    for syntax in [Syntax::JpegLs, Syntax::HtLossless] {
        let frame = encode(&slice(grey(40, 30, 12, false), 4), syntax).unwrap();
        for other in [grey(30, 40, 12, false), grey(400, 300, 12, false), colour(40, 30)] {
            assert!(matches!(decode(&frame, syntax, &other), Err(Fault::Mismatch(_))), "{syntax:?} {other:?}");
        }
        let narrow = decode(&frame, syntax, &grey(40, 30, 8, false));
        assert!(matches!(narrow, Err(Fault::Mismatch(_))), "{syntax:?} in eight bits");
    }
}
