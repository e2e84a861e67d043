//! What was measured, as coded quantities: a name, a number, a unit of UCUM. Only what stands beside the mark on the screen
//! as well; and never more than the tool knows: a length is a length, not the height of a bone.

use super::Mark;
use crate::outgoing::sites::{Code, code};

const MEAN: Code = code("373098007", "SCT", "Mean");
const SPREAD: Code = code("386136009", "SCT", "Standard Deviation");
const NO_UNIT: Code = code("1", "UCUM", "no units");
/// No terminology has a word for stored values of which the device does not say what they mean.
const PIXEL_VALUE: Code = code("PIXELVALUE", "99HARUKA", "Pixel value");
const ON_DETECTOR: Code = code("DETECTOR", "99HARUKA", "On the detector, larger than in the patient");

/// One measured number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantity {
    pub(super) name: Code,
    /// Which of many numbers.
    pub(super) derivation: Option<Code>,
    /// How it was measured, where that changes what it means.
    pub(super) method: Option<Code>,
    pub(super) number: f64,
    pub(super) unit: Code,
}

/// Everything that was measured in a mark; nothing for numbers in a unit that is not known. On a projection, lengths and areas
/// are those on the detector.
pub(super) fn all(mark: &Mark, on_detector: bool) -> Vec<Quantity> {
    let method = on_detector.then_some(ON_DETECTOR);
    let plain = |name, number, unit| Quantity { name, derivation: None, method: None, number, unit };
    let mut all = Vec::new();
    if let Some((number, unit)) = mark.number("length").zip(unit(mark.unit("unit", "mm"))) {
        all.push(Quantity { method, ..plain(code("410668003", "SCT", "Length"), number, unit) });
    }
    if let Some(number) = mark.number("angle") {
        all.push(plain(code("1483009", "SCT", "Angle"), number, code("deg", "UCUM", "degree")));
    }
    if let Some((number, unit)) = mark.number("area").zip(unit(mark.unit("areaUnit", "mm²"))) {
        all.push(Quantity { method, ..plain(code("42798000", "SCT", "Area"), number, unit) });
    }
    let values = match mark.unit("modalityUnit", "") {
        "HU" => Some((code("112031", "DCM", "Attenuation Coefficient"), code("[hnsf'U]", "UCUM", "Hounsfield unit"))),
        "" | "raw" => Some((PIXEL_VALUE, NO_UNIT)),
        _ => None,
    };
    if let Some((name, unit)) = values {
        let which = [("mean", Some(MEAN)), ("stdDev", Some(SPREAD)), ("value", None)];
        all.extend(which.into_iter().filter_map(|(key, derivation)| {
            mark.number(key).map(|number| Quantity { derivation, ..plain(name, number, unit) })
        }));
    }
    all
}

/// Units as the browser's tools name them.
fn unit(name: &str) -> Option<Code> {
    match name {
        "mm" => Some(code("mm", "UCUM", "millimeter")),
        "mm²" => Some(code("mm2", "UCUM", "square millimeter")),
        "px" => Some(code("{pixels}", "UCUM", "pixels")),
        "px²" => Some(code("{squarepixels}", "UCUM", "square pixels")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Tool, Value};
    use super::*;

    fn told(values: &[(&str, Value)], on_detector: bool) -> Vec<String> {
        let mark = Mark {
            id: "a".into(),
            kind: Tool::Length,
            picture: None,
            frame_of_reference: String::new(),
            points: vec![],
            pixels: vec![],
            closed: false,
            normal: None,
            values: values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            words: String::new(),
            on_arch: None,
        };
        let meaning = |it: Option<Code>| it.map_or_else(String::new, |it| format!(" / {}", it.meaning));
        let tell = |it: Quantity| {
            let (number, unit) = (it.number, it.unit.value);
            format!("{} {number} {unit}{}{}", it.name.meaning, meaning(it.derivation), meaning(it.method))
        };
        all(&mark, on_detector).into_iter().map(tell).collect()
    }

    #[test]
    fn every_number_on_the_screen_has_its_name_and_unit() {
        // TR-24
        let (number, text) = (Value::Number, |it: &str| Value::Text(it.into()));
        let length = [("length", number(20.06)), ("unit", text("mm"))];
        assert_eq!(told(&length, false), ["Length 20.06 mm"]);
        assert_eq!(told(&length, true), ["Length 20.06 mm / On the detector, larger than in the patient"]);
        assert_eq!(told(&[("length", number(31.5)), ("unit", text("px"))], false), ["Length 31.5 {pixels}"]);
        assert!(told(&[("length", number(3.0)), ("unit", text("furlong"))], false).is_empty(), "a unit of nobody's");
        assert_eq!(told(&[("angle", number(35.0))], true), ["Angle 35 deg"], "an angle is the same on the detector");
        assert!(told(&[("angle", text("Incomplete Angle"))], false).is_empty(), "what is no number was not measured");
        let values = [("mean", number(811.6)), ("stdDev", number(30.2)), ("modalityUnit", text("HU"))];
        let area = [[("area", number(12.34)), ("areaUnit", text("mm²"))].as_slice(), &values].concat();
        assert_eq!(
            told(&area, false),
            [
                "Area 12.34 mm2",
                "Attenuation Coefficient 811.6 [hnsf'U] / Mean",
                "Attenuation Coefficient 30.2 [hnsf'U] / Standard Deviation"
            ]
        );
        assert_eq!(told(&[("value", number(-3.0)), ("modalityUnit", text(""))], false), ["Pixel value -3 1"]);
        assert!(told(&[("value", number(1.5)), ("modalityUnit", text("SUV"))], false).is_empty());
    }
}
