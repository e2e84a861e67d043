//! Where somebody points in pictures that the people of a room look at together. Passed on and forgotten: what is meant by the
//! names is between the browsers, and each fetches the picture with its own right.

use serde::{Deserialize, Serialize};

/// Longest UID (DICOM PS3.5, 9.1).
const UID_BYTES_MAX: usize = 64;
/// Most frames of an instance: more than any device makes.
const FRAMES_MAX: u32 = 100_000;
/// Half a pixel before the first one, and the last one of the widest picture that DICOM can describe.
const PIXELS: std::ops::RangeInclusive<f32> = -0.5..=65_535.5;

/// A place in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointing {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// The frame, from 1.
    pub frame: u32,
    /// Column and row, the centre of the first pixel being 0, 0; none when the pointer is not on the picture.
    pub at: Option<[f32; 2]>,
    /// The person has just gone to this picture: those who follow go there too.
    pub goes: bool,
}

impl Pointing {
    /// Whether it can be a place in a picture.
    #[must_use]
    pub fn is_sane(&self) -> bool {
        let is_uid = |it: &str| {
            !it.is_empty() && it.len() <= UID_BYTES_MAX && it.bytes().all(|it| it.is_ascii_digit() || it == b'.')
        };
        [&self.study, &self.series, &self.instance].into_iter().all(|it| is_uid(it))
            && (1..=FRAMES_MAX).contains(&self.frame)
            && self.at.is_none_or(|at| at.iter().all(|it| PIXELS.contains(it)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_place_in_a_picture_is_none() {
        let good = Pointing {
            study: "1.2.3".into(),
            series: "1.2.3.4".into(),
            instance: "1.2.3.4.5".into(),
            frame: 1,
            at: Some([-0.5, 511.5]),
            goes: false,
        };
        let with = |change: fn(&mut Pointing)| {
            let mut it = good.clone();
            change(&mut it);
            it.is_sane()
        };
        let cases: [(&str, bool); 10] = [
            ("as it is", good.is_sane()),
            ("beside the picture", with(|it| it.at = None)),
            ("64 bytes", with(|it| it.study = "1".repeat(64))),
            ("65 bytes", !with(|it| it.study = "1".repeat(65))),
            ("no UID", !with(|it| it.series = String::new())),
            ("letters", !with(|it| it.instance = "1.2.x".into())),
            ("frame 0", !with(|it| it.frame = 0)),
            ("frame 100,001", !with(|it| it.frame = 100_001)),
            ("far away", !with(|it| it.at = Some([0.0, 70_000.0]))),
            ("nowhere", !with(|it| it.at = Some([f32::NAN, 0.0]))),
        ];
        for (what, holds) in cases {
            assert!(holds, "{what}");
        }
    }
}
