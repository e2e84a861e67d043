//! A marked picture as its metadata describe it: what a presentation state must say of it again (PS3.4 N.2.1).

use serde_json::Value;

use super::Picture;

/// How stored values become ones that mean something (PS3.3 C.11.1). A presentation state that does not repeat it shows
/// stored values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rescale {
    pub(super) intercept: f64,
    pub(super) slope: f64,
    /// `HU`, or `US` for what has no unit.
    pub(super) unit: String,
}

/// Which presentation states may speak of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tone {
    Grey {
        rescale: Option<Rescale>,
        /// The smallest value is white: a presentation state has no other way to say so.
        is_inverse: bool,
    },
    Colour,
}

/// One picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Depicted {
    pub(super) picture: Picture,
    pub(super) class: String,
    pub(super) rows: u32,
    pub(super) columns: u32,
    /// Of the whole instance.
    pub(super) frames: u32,
    pub(super) tone: Tone,
    /// Centre and width.
    pub(super) window: Option<(f64, f64)>,
    /// Between rows, between columns.
    pub(super) spacing_mm: Option<(f64, f64)>,
    /// Lengths are those on the detector.
    pub(super) on_detector: bool,
}

fn numbers(data_set: &Value, tag: &str) -> Vec<f64> {
    let values = data_set[tag]["Value"].as_array();
    values.map(|all| all.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}

fn whole(data_set: &Value, tag: &str) -> Option<u32> {
    data_set[tag]["Value"][0].as_u64().and_then(|it| u32::try_from(it).ok())
}

fn text<'a>(data_set: &'a Value, tag: &str) -> &'a str {
    data_set[tag]["Value"][0].as_str().unwrap_or_default().trim()
}

/// Where an enhanced instance says for one frame, or for all, what a plain one says at its top (PS3.3 C.7.6.16).
fn within<'a>(data_set: &'a Value, frame: u32, group: &str) -> &'a Value {
    let place = usize::try_from(frame.saturating_sub(1)).unwrap_or(usize::MAX);
    let own = &data_set["52009230"]["Value"][place][group]["Value"][0];
    let shared = &data_set["52009229"]["Value"][0][group]["Value"][0];
    [own, shared].into_iter().find(|it| it.is_object()).unwrap_or(data_set)
}

/// Two numbers above zero.
fn pair(all: &[f64]) -> Option<(f64, f64)> {
    match all {
        [one, other, ..] if *one > 0.0 && *other > 0.0 => Some((*one, *other)),
        _ => None,
    }
}

impl Depicted {
    /// What the metadata of `picture`'s instance (DICOM JSON) say of it; nothing for what has no pixels or not that frame.
    pub(super) fn read(data_set: &Value, picture: &Picture) -> Option<Self> {
        let rows = whole(data_set, "00280010").filter(|it| *it > 0)?;
        let columns = whole(data_set, "00280011").filter(|it| *it > 0)?;
        let frames = numbers(data_set, "00280008").first().map_or(1.0, |it| it.max(1.0));
        let frame = f64::from(picture.frame);
        if frame > frames {
            return None;
        }
        let photometric = text(data_set, "00280004");
        let samples = whole(data_set, "00280002").unwrap_or(1);
        let tone = if samples > 1 || photometric == "PALETTE COLOR" {
            Tone::Colour
        } else {
            Tone::Grey { rescale: rescale(data_set, picture.frame), is_inverse: photometric == "MONOCHROME1" }
        };
        let voi = within(data_set, picture.frame, "00289132");
        let (centre, width) = (numbers(voi, "00281050").first().copied(), numbers(voi, "00281051").first().copied());
        let plane_mm = pair(&numbers(within(data_set, picture.frame, "00289110"), "00280030"));
        let detector_mm = pair(&numbers(data_set, "00181164"));
        Some(Self {
            picture: picture.clone(),
            class: text(data_set, "00080016").to_owned(),
            rows,
            columns,
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "an integer string, at least 1"
            )]
            frames: frames as u32,
            tone,
            window: centre.zip(width).filter(|it| it.1 >= 1.0),
            spacing_mm: plane_mm.or(detector_mm),
            on_detector: plane_mm.is_none() && detector_mm.is_some(),
        })
    }
}

fn rescale(data_set: &Value, frame: u32) -> Option<Rescale> {
    let pixels = within(data_set, frame, "00289145");
    let intercept = numbers(pixels, "00281052").first().copied()?;
    let slope = numbers(pixels, "00281053").first().copied().filter(|it| *it != 0.0)?;
    let unit = match (text(pixels, "00281054"), text(data_set, "00080060")) {
        // A plain CT image is in Hounsfield units without saying so (PS3.3 C.8.2.1.1.2).
        ("", "CT") => "HU",
        ("", _) => "US",
        (unit, _) => unit,
    };
    Some(Rescale { intercept, slope, unit: unit.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::instance::Uid;

    fn picture(frame: u32) -> Picture {
        let uid = |it| Uid::parse(it).expect("an identifier");
        Picture { series: uid("1.2.1"), sop: uid("1.2.1.1"), frame }
    }

    #[test]
    fn a_plain_slice_and_a_frame_of_an_enhanced_one_say_the_same() {
        // TR-24
        let head = json!({
            "00080016": { "vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"] }, "00080060": { "vr": "CS", "Value": ["CT"] },
            "00280002": { "vr": "US", "Value": [1] }, "00280004": { "vr": "CS", "Value": ["MONOCHROME2"] },
            "00280010": { "vr": "US", "Value": [400] }, "00280011": { "vr": "US", "Value": [500] },
        });
        let with = |more: Value| {
            let mut it = head.clone();
            it.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            it
        };
        let values = json!({ "00281052": { "Value": [-1000] }, "00281053": { "Value": [1] } });
        let plain = with(json!({
            "00281052": { "Value": [-1000] }, "00281053": { "Value": [1] }, "00281050": { "Value": [500, 40] },
            "00281051": { "Value": [2500, 400] }, "00280030": { "Value": [0.2, 0.25] },
        }));
        let enhanced = with(json!({
            "00280008": { "Value": [2] },
            "52009229": { "Value": [{ "00289145": { "Value": [values] } }] },
            "52009230": { "Value": [{}, {
                "00289132": { "Value": [{ "00281050": { "Value": [500] }, "00281051": { "Value": [2500] } }] },
                "00289110": { "Value": [{ "00280030": { "Value": [0.2, 0.25] } }] },
            }] },
        }));
        let one = Depicted::read(&plain, &picture(1)).expect("a picture");
        let other = Depicted::read(&enhanced, &picture(2)).expect("a picture");
        let rescale = Rescale { intercept: -1000.0, slope: 1.0, unit: "HU".into() };
        assert_eq!(one.tone, Tone::Grey { rescale: Some(rescale), is_inverse: false });
        assert_eq!((one.window, one.spacing_mm, one.on_detector), (Some((500.0, 2500.0)), Some((0.2, 0.25)), false));
        assert_eq!((&other.tone, other.window, other.spacing_mm), (&one.tone, one.window, one.spacing_mm));
        assert_eq!((one.rows, one.columns, one.frames, other.frames), (400, 500, 1, 2));
        assert_eq!(Depicted::read(&enhanced, &picture(3)), None, "no such frame");
        assert_eq!(Depicted::read(&json!({}), &picture(1)), None, "no pixels");
    }

    #[test]
    fn a_film_lies_on_its_detector_and_a_photograph_is_in_colour() {
        // TR-24
        let film = json!({
            "00280004": { "Value": ["MONOCHROME1"] }, "00280010": { "Value": [10] }, "00280011": { "Value": [20] },
            "00181164": { "Value": [0.1, 0.1] },
        });
        let film = Depicted::read(&film, &picture(1)).expect("a picture");
        assert_eq!(film.tone, Tone::Grey { rescale: None, is_inverse: true });
        assert!(film.on_detector && film.window.is_none());
        let photograph = json!({
            "00280002": { "Value": [3] }, "00280004": { "Value": ["YBR_FULL_422"] }, "00280010": { "Value": [10] },
            "00280011": { "Value": [20] },
        });
        let photograph = Depicted::read(&photograph, &picture(1)).expect("a picture");
        assert_eq!((photograph.tone, photograph.spacing_mm), (Tone::Colour, None));
    }
}
