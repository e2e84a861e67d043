//! What is drawn, as softcopy presentation states: grayscale (PS3.3 A.33.1), and colour for photographs (A.33.2). What was
//! measured stands as text beside it. Marks on a reconstruction lie on no image, so that no presentation state can hold them.

use super::depicted::{Depicted, Tone};
use super::{Mark, Picture, Set, Tool, Version, colour, uid};
use crate::dataset::Tag;
use crate::instance::Uid;
use crate::outgoing::LANG;
use crate::outgoing::module::{Elements, Identity, day, head, hour, person};
use crate::outgoing::store::About;
use crate::outgoing::structured::reference;

const GRAYSCALE: &str = "1.2.840.10008.5.1.4.1.1.11.1";
const COLOUR: &str = "1.2.840.10008.5.1.4.1.1.11.2";
/// Behind the numbers of reports.
const SERIES_NUMBER: u16 = 9_003;
const LAYER: &str = "MARKS";
const IMAGES: Tag = Tag(0x0008, 0x1140);
/// Of the arrow's head: as long as this share of the picture's height.
const HEAD: f64 = 0.02;
/// Characters of a short text (PS3.5 6.2).
const ST_CHARS_MAX: usize = 1_024;

/// A presentation state that is to be written.
pub(super) struct Presentation {
    pub(super) class: &'static str,
    pub(super) uid: Uid,
    pub(super) series: Uid,
    /// The pictures that it is about.
    pub(super) pictures: Vec<Depicted>,
}

/// What one presentation state can be about: pictures whose values become grey in the same way.
pub(super) fn divided(study: &str, version: &Version, depicted: &[Depicted]) -> Vec<Presentation> {
    let marked = |it: &&Depicted| version.body.set.marks.iter().any(|mark| mark.picture.as_ref() == Some(&it.picture));
    let mut all: Vec<Presentation> = Vec::new();
    for it in depicted.iter().filter(marked) {
        match all.iter_mut().find(|known| known.pictures[0].tone == it.tone) {
            Some(known) => known.pictures.push(it.clone()),
            None => all.push(Presentation {
                class: if it.tone == Tone::Colour { COLOUR } else { GRAYSCALE },
                uid: uid(&format!("mark-presentation/{}/{}", version.id, all.len())),
                series: uid(&format!("mark-presentations/{study}/{}", version.person)),
                pictures: vec![it.clone()],
            }),
        }
    }
    all
}

/// The data set, explicit little endian.
pub(super) fn data_set(study: &About, version: &Version, it: &Presentation) -> Vec<u8> {
    let body = &version.body;
    let mut out = head(
        study,
        &Identity {
            class: it.class,
            uid: &it.uid,
            modality: "PR",
            series: &it.series,
            series_number: SERIES_NUMBER,
            description: LANG.t("画像への計測", "Marks on images"),
            number: version.number,
            facility: &body.facility,
        },
    );
    // PS3.3 C.11.10: which presentation this is.
    out.text(Tag(0x0070, 0x0080), b"CS", LAYER)
        .text(Tag(0x0070, 0x0081), b"LO", LANG.t("計測・矢印", "Measurements and arrows"))
        .text(Tag(0x0070, 0x0082), b"DA", &day(version.saved_at))
        .text(Tag(0x0070, 0x0083), b"TM", &hour(version.saved_at))
        .text(Tag(0x0070, 0x0084), b"PN", &person(&body.author));
    out.items(Tag(0x0008, 0x1115), relationship(&it.pictures));
    out.items(Tag(0x0070, 0x005A), areas(&it.pictures));
    let drawn = body.set.marks.iter().filter_map(|mark| {
        let on = mark.picture.as_ref().and_then(|on| it.pictures.iter().find(|known| known.picture == *on))?;
        Some(annotation(mark, on))
    });
    out.items(Tag(0x0070, 0x0001), drawn.collect());
    let mut layer = Elements::default();
    layer.text(Tag(0x0070, 0x0002), b"CS", LAYER).text(Tag(0x0070, 0x0062), b"IS", "1").text(
        Tag(0x0070, 0x0068),
        b"LO",
        LANG.t("計測", "Marks"),
    );
    out.items(Tag(0x0070, 0x0060), vec![layer]);
    tone(&mut out, &it.pictures, &body.set);
    out.bytes()
}

/// How values become what is seen (PS3.3 C.11.1, C.11.8, C.11.6, C.11.15).
fn tone(out: &mut Elements, pictures: &[Depicted], set: &Set) {
    let Some(Tone::Grey { rescale, is_inverse }) = pictures.first().map(|it| &it.tone) else {
        out.put(Tag(0x0028, 0x2000), b"OB", &colour::srgb()).text(Tag(0x0028, 0x2002), b"CS", "SRGB");
        return;
    };
    if let Some(it) = rescale {
        out.text(Tag(0x0028, 0x1052), b"DS", &decimal(it.intercept))
            .text(Tag(0x0028, 0x1053), b"DS", &decimal(it.slope))
            .text(Tag(0x0028, 0x1054), b"LO", &it.unit);
    }
    // As the author saw it; otherwise as the device meant it.
    let window = |it: &Depicted| {
        let seen =
            set.looks.iter().find(|look| look.picture == it.picture).map(|look| (look.centre, look.width.max(1.0)));
        seen.or(it.window)
    };
    let windows = grouped(pictures, window).into_iter().filter_map(|(window, all)| {
        let (centre, width) = window?;
        let mut item = Elements::default();
        item.items(IMAGES, references(&all)).text(Tag(0x0028, 0x1050), b"DS", &decimal(centre)).text(
            Tag(0x0028, 0x1051),
            b"DS",
            &decimal(width),
        );
        Some(item)
    });
    let windows: Vec<Elements> = windows.collect();
    if !windows.is_empty() {
        out.items(Tag(0x0028, 0x3110), windows);
    }
    out.text(Tag(0x2050, 0x0020), b"CS", if *is_inverse { "INVERSE" } else { "IDENTITY" });
}

/// Pictures of which `say` says the same, in the order of their first.
fn grouped<T: PartialEq>(pictures: &[Depicted], say: impl Fn(&Depicted) -> T) -> Vec<(T, Vec<&Depicted>)> {
    let mut all: Vec<(T, Vec<&Depicted>)> = Vec::new();
    for it in pictures {
        let said = say(it);
        match all.iter_mut().find(|known| known.0 == said) {
            Some(known) => known.1.push(it),
            None => all.push((said, vec![it])),
        }
    }
    all
}

/// Instances, each with the frames that are meant where it has several (PS3.3 table 10-3).
pub(super) fn references(pictures: &[&Depicted]) -> Vec<Elements> {
    let mut instances: Vec<(&Depicted, Vec<u32>)> = Vec::new();
    for it in pictures {
        match instances.iter_mut().find(|known| known.0.picture.sop == it.picture.sop) {
            Some(known) => known.1.push(it.picture.frame),
            None => instances.push((it, vec![it.picture.frame])),
        }
    }
    instances.into_iter().map(|(it, frames)| referenced(&it.class, &it.picture, it.frames, &frames)).collect()
}

/// One instance, with the frames that are meant where it has several.
pub(super) fn referenced(class: &str, picture: &Picture, of: u32, frames: &[u32]) -> Elements {
    let mut item = reference(class, picture.sop.as_str());
    if of > 1 {
        let frames: Vec<String> = frames.iter().map(ToString::to_string).collect();
        item.put(Tag(0x0008, 0x1160), b"IS", frames.join("\\").as_bytes());
    }
    item
}

fn relationship(pictures: &[Depicted]) -> Vec<Elements> {
    let series = grouped(pictures, |it| it.picture.series.clone());
    let items = series.into_iter().map(|(uid, all)| {
        let mut item = Elements::default();
        item.items(IMAGES, references(&all)).text(Tag(0x0020, 0x000E), b"UI", uid.as_str());
        item
    });
    items.collect()
}

/// The whole of each picture is shown (PS3.3 C.10.4).
fn areas(pictures: &[Depicted]) -> Vec<Elements> {
    let alike = grouped(pictures, |it| (it.columns, it.rows, it.spacing_mm));
    let items = alike.into_iter().map(|((columns, rows, spacing_mm), all)| {
        let mut item = Elements::default();
        item.items(IMAGES, references(&all))
            .put(Tag(0x0070, 0x0052), b"SL", &longs([1, 1]))
            .put(Tag(0x0070, 0x0053), b"SL", &longs([columns, rows]))
            .text(Tag(0x0070, 0x0100), b"CS", "SCALE TO FIT");
        match spacing_mm {
            Some((row_mm, column_mm)) => {
                let both = format!("{}\\{}", decimal(row_mm), decimal(column_mm));
                item.put(Tag(0x0070, 0x0101), b"DS", both.as_bytes())
            }
            None => item.put(Tag(0x0070, 0x0102), b"IS", b"1\\1"),
        };
        item
    });
    items.collect()
}

fn longs(numbers: [u32; 2]) -> Vec<u8> {
    numbers.iter().flat_map(|it| it.to_le_bytes()).collect()
}

/// At most sixteen characters (PS3.5 6.2).
pub(super) fn decimal(number: f64) -> String {
    let plain = format!("{number}");
    if plain.len() <= 16 { plain } else { format!("{number:.8e}") }
}

fn floats(points: &[[f64; 2]]) -> Vec<u8> {
    #[allow(clippy::cast_possible_truncation, reason = "graphic data have single precision (PS3.3 C.10.5)")]
    points.iter().flatten().flat_map(|it| (*it as f32).to_le_bytes()).collect()
}

/// A mark with its text (PS3.3 C.10.5).
fn annotation(mark: &Mark, on: &Depicted) -> Elements {
    let mut it = Elements::default();
    it.items(IMAGES, references(&[on])).text(Tag(0x0070, 0x0002), b"CS", LAYER);
    let text: String = mark.text(on.on_detector, LANG).chars().take(ST_CHARS_MAX).collect();
    // The words of an arrow stand at its end, those of all else beside its last point.
    if let (false, Some(at)) = (text.is_empty(), mark.pixels.last()) {
        let mut item = Elements::default();
        item.text(Tag(0x0070, 0x0004), b"CS", "PIXEL")
            .text(Tag(0x0070, 0x0006), b"ST", &text.replace('\n', "\r\n"))
            .put(Tag(0x0070, 0x0014), b"FL", &floats(&[*at]))
            .text(Tag(0x0070, 0x0015), b"CS", "N");
        it.items(Tag(0x0070, 0x0008), vec![item]);
    }
    it.items(Tag(0x0070, 0x0009), vec![graphic(mark, on)]);
    it
}

fn graphic(mark: &Mark, on: &Depicted) -> Elements {
    let (kind, points, filled) = shape(mark, f64::from(on.rows) * HEAD);
    let mut it = Elements::default();
    let count = u16::try_from(points.len()).unwrap_or(u16::MAX);
    it.text(Tag(0x0070, 0x0005), b"CS", "PIXEL")
        .put(Tag(0x0070, 0x0020), b"US", &2_u16.to_le_bytes())
        .put(Tag(0x0070, 0x0021), b"US", &count.to_le_bytes())
        .put(Tag(0x0070, 0x0022), b"FL", &floats(&points))
        .text(Tag(0x0070, 0x0023), b"CS", kind);
    if filled {
        it.text(Tag(0x0070, 0x0024), b"CS", "N");
    }
    it
}

fn apart<const N: usize>(one: [f64; N], other: [f64; N]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
}

/// The ends of an ellipse's axes in the order in which DICOM wants them.
pub(super) fn longer_axis_first<const N: usize>([a, b, c, d]: [[f64; N]; 4]) -> [[f64; N]; 4] {
    if apart(a, b) < apart(c, d) { [c, d, a, b] } else { [a, b, c, d] }
}

/// Type, points, and whether it could be filled.
fn shape(mark: &Mark, head: f64) -> (&'static str, Vec<[f64; 2]>, bool) {
    let at = &mark.pixels;
    match (mark.kind, at.as_slice()) {
        (Tool::Probe, _) => ("POINT", at.clone(), false),
        (Tool::Ellipse, &[a, b, c, d]) => ("ELLIPSE", longer_axis_first([a, b, c, d]).to_vec(), true),
        (Tool::Ellipse, _) => ("ELLIPSE", at.clone(), true),
        (Tool::Arrow, &[tip, tail]) => ("POLYLINE", arrow(tip, tail, head), false),
        (Tool::Area, [first, .., last]) if mark.closed && first != last => {
            ("POLYLINE", at.iter().chain([first]).copied().collect(), true)
        }
        (Tool::Area, _) => ("POLYLINE", at.clone(), mark.closed),
        _ => ("POLYLINE", at.clone(), false),
    }
}

/// The shaft and both sides of the head in one line.
fn arrow(tip: [f64; 2], tail: [f64; 2], head: f64) -> Vec<[f64; 2]> {
    let length = apart(tip, tail);
    if length == 0.0 {
        return vec![tail, tip];
    }
    let (x, y) = ((tail[0] - tip[0]) / length, (tail[1] - tip[1]) / length);
    let reach = head.min(length / 2.0);
    let side = |turn: f64| [tip[0] + reach * (x - turn * y * 0.5), tip[1] + reach * (y + turn * x * 0.5)];
    vec![tail, tip, side(1.0), tip, side(-1.0)]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn mark(kind: Tool, pixels: &[[f64; 2]], closed: bool) -> Mark {
        Mark {
            id: "a".into(),
            kind,
            picture: None,
            frame_of_reference: String::new(),
            points: vec![],
            pixels: pixels.to_vec(),
            closed,
            normal: None,
            values: BTreeMap::new(),
            words: String::new(),
            on_arch: None,
        }
    }

    #[test]
    fn every_tool_has_its_graphic() {
        // TR-24; PS3.3 C.10.5.1.2
        let [a, b, c, d] = [[1.0, 5.0], [9.0, 5.0], [5.0, 0.0], [5.0, 20.0]];
        let shape = |kind, points: &[[f64; 2]], closed| shape(&mark(kind, points, closed), 2.0);
        assert_eq!(shape(Tool::Probe, &[a], false), ("POINT", vec![a], false));
        assert_eq!(shape(Tool::Length, &[a, b], false), ("POLYLINE", vec![a, b], false));
        assert_eq!(shape(Tool::Angle, &[a, b, c], false), ("POLYLINE", vec![a, b, c], false));
        assert_eq!(
            shape(Tool::Ellipse, &[a, b, c, d], false),
            ("ELLIPSE", vec![c, d, a, b], true),
            "the longer axis first"
        );
        assert_eq!(shape(Tool::Ellipse, &[c, d, a, b], false), ("ELLIPSE", vec![c, d, a, b], true));
        assert_eq!(
            shape(Tool::Area, &[a, b, c], true),
            ("POLYLINE", vec![a, b, c, a], true),
            "closed by its first point"
        );
        assert_eq!(shape(Tool::Area, &[a, b, a], true), ("POLYLINE", vec![a, b, a], true));
        assert_eq!(shape(Tool::Area, &[a, b, c], false), ("POLYLINE", vec![a, b, c], false));
        let arrow = shape(Tool::Arrow, &[[0.0, 0.0], [10.0, 0.0]], false).1;
        assert_eq!(arrow, [[10.0, 0.0], [0.0, 0.0], [2.0, 1.0], [0.0, 0.0], [2.0, -1.0]]);
        assert_eq!(shape(Tool::Arrow, &[a, a], false).1, [a, a], "an arrow of no length has no head");
    }

    #[test]
    fn numbers_fit_into_decimal_strings() {
        for (number, text) in [
            (1.0, "1"),
            (-1024.0, "-1024"),
            (0.25, "0.25"),
            (1.0 / 3.0, "3.33333333e-1"),
            (-1.0 / 3e9, "-3.33333333e-10"),
        ] {
            assert_eq!(decimal(number), text);
            assert!(text.len() <= 16);
        }
    }
}
