//! In which unit a file is: most formats do not say.

use serde::{Deserialize, Serialize};

use crate::fault::by_key;

kernel::keyed! {
    /// A unit of length.
    pub enum Unit {
        /// 0.001 mm
        Micrometre => "micrometre", "マイクロメートル", "micrometre";
        /// What dentistry uses.
        Millimetre => "millimetre", "ミリメートル", "millimetre";
        /// 10 mm
        Centimetre => "centimetre", "センチメートル", "centimetre";
        /// 1,000 mm
        Metre => "metre", "メートル", "metre";
        /// 25.4 mm
        Inch => "inch", "インチ", "inch";
        /// 304.8 mm
        Foot => "foot", "フィート", "foot";
    }
}
by_key!(Unit);

impl Unit {
    /// How many millimetres one of it is.
    #[must_use]
    pub fn mm(self) -> f64 {
        match self {
            Self::Micrometre => 0.001,
            Self::Millimetre => 1.0,
            Self::Centimetre => 10.0,
            Self::Metre => 1000.0,
            Self::Inch => 25.4,
            Self::Foot => 304.8,
        }
    }

    /// From a word in a file.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "micron" | "microns" | "um" | "micrometer" | "micrometre" => Self::Micrometre,
            "mm" | "millimeter" | "millimeters" | "millimetre" | "millimetres" => Self::Millimetre,
            "cm" | "centimeter" | "centimeters" | "centimetre" | "centimetres" => Self::Centimetre,
            "m" | "meter" | "meters" | "metre" | "metres" => Self::Metre,
            "in" | "inch" | "inches" => Self::Inch,
            "ft" | "foot" | "feet" => Self::Foot,
            _ => return None,
        })
    }
}

kernel::keyed! {
    /// Why a unit is taken for the file's.
    pub enum UnitReason {
        /// The format has a field for it, and it is filled.
        Declared => "declared", "ファイルに単位が書かれています", "The file states its unit";
        /// A comment or header says so.
        Comment => "comment", "ファイルの注記に単位が書かれています", "A comment in the file states the unit";
        /// In millimetres it has the size of a tooth, a jaw or a model.
        FitsMillimetre => "fits_millimetre", "ミリメートルとすると、歯から顎模型までの大きさに収まります", "In millimetres it has the size of something between a tooth and a model of a jaw";
        /// Far too small for millimetres; in metres it fits.
        FitsMetre => "fits_metre", "ミリメートルでは小さすぎ、メートルとすると収まります", "Too small for millimetres; in metres it fits";
        /// Far too large for millimetres; in micrometres it fits.
        FitsMicrometre => "fits_micrometre", "ミリメートルでは大きすぎ、マイクロメートルとすると収まります", "Too large for millimetres; in micrometres it fits";
        /// No unit makes it the size of dental work, or several do; taken for millimetres.
        Unsure => "unsure", "大きさから単位を決められません。ミリメートルとして扱います", "The size does not tell the unit; taken for millimetres";
    }
}
by_key!(UnitReason);

/// The unit of a file, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitGuess {
    /// The unit.
    pub unit: Unit,
    /// Why.
    pub reason: UnitReason,
}

/// Longest side of dental work, in millimetres: from an inlay to the model of a jaw with its base.
const WORK_MM: std::ops::RangeInclusive<f64> = 2.5..=250.0;

/// The unit of something whose box has `longest` as its longest side.
pub(crate) fn guess(stated: Option<UnitGuess>, longest: f64) -> UnitGuess {
    if let Some(stated) = stated {
        return stated;
    }
    let (unit, reason) = if WORK_MM.contains(&longest) {
        (Unit::Millimetre, UnitReason::FitsMillimetre)
    } else if WORK_MM.contains(&(longest * 1000.0)) {
        (Unit::Metre, UnitReason::FitsMetre)
    } else if WORK_MM.contains(&(longest / 1000.0)) {
        (Unit::Micrometre, UnitReason::FitsMicrometre)
    } else {
        (Unit::Millimetre, UnitReason::Unsure)
    };
    UnitGuess { unit, reason }
}

/// Whether `longest` is the size of dental work in that unit, so far as size tells.
pub(crate) fn plausible(guess: UnitGuess, longest: f64) -> bool {
    guess.reason != UnitReason::Unsure && WORK_MM.contains(&(longest * guess.unit.mm()))
}

/// The unit that a comment states: `units: mm`, `UNITS=mm`, `unit millimeters`.
pub(crate) fn stated(comment: &str) -> Option<UnitGuess> {
    let mut words = comment.split(|it: char| !it.is_ascii_alphabetic()).filter(|it| !it.is_empty());
    words.find(|it| it.eq_ignore_ascii_case("unit") || it.eq_ignore_ascii_case("units"))?;
    let mut next = words.next()?;
    if next.eq_ignore_ascii_case("are") || next.eq_ignore_ascii_case("is") {
        next = words.next()?;
    }
    Some(UnitGuess { unit: Unit::from_word(next)?, reason: UnitReason::Comment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_guessed_from_words_and_size() {
        let cases = [
            (11.0, Unit::Millimetre, UnitReason::FitsMillimetre),
            (64.0, Unit::Millimetre, UnitReason::FitsMillimetre),
            (0.064, Unit::Metre, UnitReason::FitsMetre),
            (64_000.0, Unit::Micrometre, UnitReason::FitsMicrometre),
            (0.9, Unit::Millimetre, UnitReason::Unsure),
            (900.0, Unit::Millimetre, UnitReason::Unsure),
            (0.0, Unit::Millimetre, UnitReason::Unsure),
            (f64::INFINITY, Unit::Millimetre, UnitReason::Unsure),
        ];
        for (longest, unit, reason) in cases {
            assert_eq!(guess(None, longest), UnitGuess { unit, reason }, "{longest}");
        }
        for (comment, unit) in [
            ("units: mm", Some(Unit::Millimetre)),
            ("COLOR=abcd UNITS=cm", Some(Unit::Centimetre)),
            ("Units are inches", Some(Unit::Inch)),
            ("unit of work", None),
            ("made by a program", None),
        ] {
            assert_eq!(stated(comment).map(|it| it.unit), unit, "{comment}");
        }
    }
}
