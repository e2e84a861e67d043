//! Monitors that images are read from (TR-13): registered, accepted, checked by eye and by instrument; and what a reader is
//! told whose monitor is unfit for an image or overdue.

pub mod pages;
pub mod store;

use guidelines::reading::monitor::{Check, Grade, Images, Kind, Measured, Standing, standing};
use kernel::{Date, RowId, Timestamp, Words};
use unicode_normalization::UnicodeNormalization;
use web::{Faults, Fields};

/// Names a monitor.
pub type MonitorId = RowId;

/// What is looked for on the test pattern: each has to be well.
pub const LOOKED_FOR: [(&str, Words); 5] = [
    (
        "steps",
        Words::new("18段の灰色が、となりと区別できる", "All eighteen steps of grey differ from their neighbours"),
    ),
    (
        "patches",
        Words::new(
            "各段の四隅の薄い四角と、黒の中の5%・白の中の95%の四角が見える",
            "The faint squares in the corners of each step, the 5 % in black and the 95 % in white are seen",
        ),
    ),
    (
        "lines",
        Words::new(
            "中央と四隅の細い線が、1本ずつ見える",
            "The fine lines in the middle and the corners are seen one by one",
        ),
    ),
    (
        "even",
        Words::new("むら、しみ、ちらつき、段のようなすじがない", "There are no blotches, stains, flicker or bands"),
    ),
    (
        "whole",
        Words::new(
            "枠が四辺とも見え、格子がゆがんでいない",
            "All four edges of the frame are seen, and the grid is straight",
        ),
    ),
];

/// Months between two measured checks.
pub const INTERVALS: [(&str, u8); 3] = [("6", 6), ("12", 12), ("3", 3)];

/// A registered monitor.
#[derive(Debug, Clone)]
pub struct Monitor {
    /// Its id.
    pub id: MonitorId,
    /// What the facility says of it.
    pub form: Form,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was last read from, if that is over.
    pub ended_at: Option<Timestamp>,
    /// Its checks, the newest first.
    pub made: Vec<Made>,
}

impl Monitor {
    /// What its checks say on `today`.
    #[must_use]
    pub fn standing(&self, today: Date) -> Standing {
        let checks: Vec<Check> = self.made.iter().rev().map(|it| it.check).collect();
        standing(&checks, self.form.every_months, today)
    }
}

/// A check with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What, how, when.
    pub check: Check,
    /// What the instrument said.
    pub measured: Option<Measured>,
    /// What was noted.
    pub remark: String,
    /// Name of the person who made it.
    pub by: String,
}

/// A monitor as somebody registers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it stands, as people call it.
    pub name: String,
    /// Maker and model.
    pub model: String,
    /// Serial number, or empty.
    pub serial: String,
    /// Pixels across.
    pub width_px: u32,
    /// Pixels down.
    pub height_px: u32,
    /// The grade that it has to reach.
    pub grade: Grade,
    /// What it was accepted for.
    pub accepted: Vec<Images>,
    /// Months between measured checks.
    pub every_months: u8,
}

impl Form {
    /// Reads it.
    ///
    /// # Errors
    /// What has to be mended.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let (name, model) = (fields.line("name", &mut faults), fields.line("model", &mut faults));
        let serial = fields.line_if_any("serial", &mut faults);
        let mut pixels = |field: &'static str, least: u32| {
            let found = plain(fields.get(field)).parse::<u32>().ok().filter(|it| (least..=20_000).contains(it));
            if found.is_none() {
                faults.add(field, Words::new("画素の数を入力してください。", "Please enter a number of pixels."));
            }
            found.unwrap_or_default()
        };
        let (width_px, height_px) = (pixels("width_px", 640), pixels("height_px", 480));
        let grade = fields.one_of("grade", &Grade::keys(), &mut faults).unwrap_or(Grade::Two);
        let accepted: Vec<Images> = fields.all("accepted").filter_map(Images::from_key).collect();
        if accepted.is_empty() {
            faults.add("accepted", Words::new("一つ以上選んでください。", "Please choose at least one."));
        }
        let every_months = fields.one_of("every_months", &INTERVALS, &mut faults).unwrap_or_default();
        faults.done(|| Self { name, model, serial, width_px, height_px, grade, accepted, every_months })
    }
}

/// A check as somebody reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub kind: Kind,
    /// All that is looked for on the pattern is well.
    pub looks_well: bool,
    /// What the instrument said; nothing for a look.
    pub measured: Option<Measured>,
    /// What was noted.
    pub remark: String,
}

impl Report {
    /// Reads what somebody saw on the pattern.
    ///
    /// # Errors
    /// What has to be mended: whoever saw something wrong says what.
    pub fn look(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let seen: Vec<&str> = fields.all("seen").collect();
        let looks_well = LOOKED_FOR.iter().all(|(key, _)| seen.contains(key));
        let remark = remark(fields, looks_well, &mut faults);
        faults.done(|| Self { kind: Kind::Look, looks_well, measured: None, remark })
    }

    /// Reads what somebody measured.
    ///
    /// # Errors
    /// What has to be mended.
    pub fn measured(fields: &Fields) -> Result<Self, Faults> {
        const KINDS: [(&str, Kind); 2] = [("acceptance", Kind::Acceptance), ("measure", Kind::Measure)];
        let mut faults = Faults::default();
        let kind = fields.one_of("kind", &KINDS, &mut faults).unwrap_or(Kind::Measure);
        let mut figure = |field: &'static str, decimals: u32| {
            let found = thousandths(&plain(fields.get(field))).map(|it| it / 10_i64.pow(3 - decimals));
            if found.is_none() {
                faults.add(field, Words::new("測った値を数字で入力してください。", "Please enter the figure."));
            }
            found.unwrap_or_default()
        };
        let measured = Measured {
            white_mcd_m2: figure("white", 3),
            black_mcd_m2: figure("black", 3),
            response_permille: figure("response", 1),
        };
        let looks_well = fields.get("looks_well") == "yes";
        let remark = remark(fields, looks_well, &mut faults);
        faults.done(|| Self { kind, looks_well, measured: Some(measured), remark })
    }

    /// Whether it is passed by a monitor that has to reach `grade`.
    #[must_use]
    pub fn passed(&self, grade: Grade) -> bool {
        self.looks_well && self.measured.is_none_or(|it| it.grade().is_some_and(|reached| reached <= grade))
    }
}

fn remark(fields: &Fields, looks_well: bool, faults: &mut Faults) -> String {
    if looks_well { fields.text_if_any("remark", faults) } else { fields.text("remark", faults) }
}

/// Digits of a Japanese keyboard are wide ones as a rule.
fn plain(text: &str) -> String {
    text.nfkc().collect()
}

/// `350`, `0.85` in thousandths; at most three decimals, at most a million.
fn thousandths(text: &str) -> Option<i64> {
    const MAX: i64 = 1_000_000;
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |it: &str, most: usize| (1..=most).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit());
    if !digits(whole, 7) || !digits(part, 3) {
        return None;
    }
    let part = format!("{part:0<3}");
    let value = whole.parse::<i64>().ok()? * 1_000 + part.parse::<i64>().ok()?;
    (value <= MAX * 1_000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_they_are_written_on_the_instrument() {
        for (text, expected) in [
            ("350", Some(350_000)),
            ("0.85", Some(850)),
            ("0.005", Some(5)),
            ("12.5", Some(12_500)),
            ("", None),
            ("-1", None),
            ("1.2345", None),
            (".5", None),
            ("1e3", None),
            ("99999999", None),
            ("３５０．５", Some(350_500)),
        ] {
            assert_eq!(thousandths(&plain(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn a_check_is_passed_with_its_grade_and_a_clean_picture() {
        // TR-13
        let report = |white: &str, looks: &str| {
            let fields = [
                ("kind", "measure"),
                ("white", white),
                ("black", "0.5"),
                ("response", "12.5"),
                ("looks_well", looks),
                ("remark", "x"),
            ];
            Report::measured(&Fields::of(&fields)).expect("well-formed")
        };
        for (white, looks, grade, expected) in [
            ("200", "yes", Grade::OneB, true),
            ("200", "yes", Grade::OneA, false),
            ("200", "yes", Grade::Two, true),
            ("200", "", Grade::OneB, false),
            ("90", "yes", Grade::Two, false),
        ] {
            assert_eq!(report(white, looks).passed(grade), expected, "{white} {looks:?} {grade:?}");
        }
        let seen: Vec<(&str, &str)> = LOOKED_FOR.iter().map(|it| ("seen", it.0)).collect();
        assert!(Report::look(&Fields::of(&seen)).expect("well").passed(Grade::OneA));
        let blotch = Report::look(&Fields::of(&seen[1..])).expect_err("what is it?");
        assert_eq!(blotch.0[0].0, "remark", "whoever saw something wrong says what");
    }
}
