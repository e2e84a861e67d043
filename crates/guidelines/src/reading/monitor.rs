//! Whether a monitor may be read from (TR-13): its grade by what was measured, its checks and when the next one is due, and
//! for which images its facility has accepted it.
//!
//! The guideline on dental teleradiology asks for monitors that suit the purpose and are checked. The grades are those of
//! JESRA X-0093 B-2017; that each facility picks the grade by use is said there too. The intervals are its usual ones.

use kernel::{Date, Words, clause, time};

kernel::keyed! {
    /// A grade of JESRA X-0093.
    #[derive(PartialOrd, Ord)]
    pub enum Grade {
        /// For the finest structures.
        OneA => "1a", "グレード1A", "grade 1A";
        /// For films and pictures in general.
        OneB => "1b", "グレード1B", "grade 1B";
        /// For looking, and for images with few steps of grey.
        Two => "2", "グレード2", "grade 2";
    }
}

kernel::keyed! {
    /// Kinds of images, as a facility accepts monitors for them.
    #[derive(PartialOrd, Ord)]
    pub enum Images {
        /// Intra-oral films.
        Intraoral => "intraoral", "口内法（デンタル）", "intra-oral";
        /// Panoramic and other plain films.
        Plain => "plain", "パノラマ・セファロなどの単純X線", "panoramic and other plain films";
        /// Computed tomography, also by cone beam.
        Tomography => "ct", "CT・歯科用コーンビームCT", "CT, also cone beam";
        /// Magnetic resonance.
        Resonance => "mr", "MRI", "MRI";
        /// Photographs and all else.
        Other => "other", "写真・その他", "photographs and others";
    }
}

impl Images {
    /// Of a modality (PS3.3 C.7.3.1.1.1); `None` for documents and what only belongs to images.
    #[must_use]
    pub fn of(modality: &str) -> Option<Self> {
        Some(match modality {
            "IO" => Self::Intraoral,
            "PX" | "DX" | "CR" | "RG" | "RF" | "MG" => Self::Plain,
            "CT" => Self::Tomography,
            "MR" => Self::Resonance,
            "SR" | "DOC" | "KO" | "PR" | "REG" => return None,
            _ => Self::Other,
        })
    }
}

/// What an instrument said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Luminance of white, in thousandths of a candela per square metre.
    pub white_mcd_m2: i64,
    /// The same of black, with the light of the room.
    pub black_mcd_m2: i64,
    /// Greatest deviation of the contrast from the greyscale standard display function (PS3.14), in tenths of a percent.
    pub response_permille: i64,
}

impl Measured {
    /// The best grade that it reaches; `None` below all.
    #[must_use]
    pub fn grade(&self) -> Option<Grade> {
        clause!("TR-13");
        let reaches = |white_cd: i64, ratio: i64, response_permille: i64| {
            self.white_mcd_m2 >= white_cd * 1_000
                && self.black_mcd_m2 > 0
                && self.white_mcd_m2 >= self.black_mcd_m2 * ratio
                && self.response_permille <= response_permille
        };
        [(Grade::OneA, 350, 250, 100), (Grade::OneB, 170, 250, 150), (Grade::Two, 100, 100, 300)]
            .into_iter()
            .find(|(_, white, ratio, response)| reaches(*white, *ratio, *response))
            .map(|it| it.0)
    }
}

kernel::keyed! {
    /// Kinds of checks.
    pub enum Kind {
        /// Before the first use, and after a repair.
        Acceptance => "acceptance", "受入試験", "acceptance test";
        /// By eye on the test pattern, on each day of use.
        Look => "look", "目で見る点検（使用日ごと）", "check by eye (each day of use)";
        /// With an instrument, every so many months.
        Measure => "measure", "測定する点検（定期）", "measured check (periodic)";
    }
}

/// One check that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub kind: Kind,
    /// Whether all was well.
    pub passed: bool,
    /// On which day.
    pub on: Date,
}

/// What the checks of a monitor say today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was never accepted.
    NotAccepted,
    /// It failed on this day, and nothing later cleared it.
    Failed(Date),
    /// The measured check was due on this day.
    MeasureDue(Date),
    /// Nobody has looked at the test pattern today.
    LookDue,
    /// All is well; the measured check is due on this day.
    Good(Date),
}

impl Standing {
    /// One sentence.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::NotAccepted => Words::new(
                "受入試験の記録がありません。読影に使う前に、測って記録してください。",
                "No acceptance test is on record. Measure and record it before reading.",
            ),
            Self::Failed(on) => Words::made(
                format!("{on}の点検で不合格でした。修理・調整のあと、受入試験に合格するまで読影に使わないでください。"),
                format!("It failed its check on {on}. Do not read from it until it is repaired and accepted again."),
            ),
            Self::MeasureDue(on) => Words::made(
                format!("測定する点検の期限（{on}）が過ぎています。"),
                format!("Its measured check was due on {on}."),
            ),
            Self::LookDue => Words::new(
                "今日はまだテストパターンで確かめていません。1分で終わります。",
                "Nobody has looked at the test pattern today. It takes a minute.",
            ),
            Self::Good(on) => Words::made(
                format!("点検は済んでいます。測定する点検の次の期限は{on}です。"),
                format!("It is checked. The next measured check is due on {on}."),
            ),
        }
    }

    /// Whether it may be read from.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Good(_))
    }
}

/// What `checks` say on `today`, in the order in which they were made; measured ones every `every_months`.
#[must_use]
pub fn standing(checks: &[Check], every_months: u8, today: Date) -> Standing {
    clause!("TR-13");
    let Some(accepted) = checks.iter().rposition(|it| it.kind == Kind::Acceptance) else {
        return Standing::NotAccepted;
    };
    // What was before the last acceptance was cleared by it; what failed after it stays until the next acceptance, but for a
    // look that was repeated with better luck: dust is wiped off.
    let since = &checks[accepted..];
    let last = |kinds: &[Kind]| since.iter().rev().find(|it| kinds.contains(&it.kind));
    let failed_for_good = since.iter().find(|it| !it.passed && it.kind != Kind::Look);
    let failed_look = last(&[Kind::Look]).filter(|it| !it.passed);
    if let Some(failed) = failed_for_good.or(failed_look) {
        return Standing::Failed(failed.on);
    }
    let measured = last(&[Kind::Acceptance, Kind::Measure]).map_or(checks[accepted].on, |it| it.on);
    let due = time::plus_months(measured, every_months);
    if due < today {
        return Standing::MeasureDue(due);
    }
    let looked = since.iter().any(|it| it.on == today);
    if looked { Standing::Good(due) } else { Standing::LookDue }
}

/// Why images of `modalities` should not be read from a monitor that stands like this and was accepted for `accepted`;
/// nothing when all is well.
#[must_use]
pub fn objection(standing: Standing, accepted: &[Images], modalities: &[&str]) -> Option<Words> {
    clause!("TR-13");
    let mut unfit: Vec<Images> =
        modalities.iter().filter_map(|it| Images::of(it)).filter(|it| !accepted.contains(it)).collect();
    unfit.sort_unstable();
    unfit.dedup();
    if !unfit.is_empty() {
        let ja: Vec<_> = unfit.iter().map(|it| it.words().ja.to_string()).collect();
        let en: Vec<_> = unfit.iter().map(|it| it.words().en.to_string()).collect();
        return Some(Words::made(
            format!("このモニターは、{}の読影に使うものとして登録していません。", ja.join("、")),
            format!("This monitor is not registered for reading {}.", en.join(", ")),
        ));
    }
    (!standing.is_good()).then(|| standing.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn a_grade_is_reached_with_all_three_figures() {
        // TR-13; JESRA X-0093 B-2017
        let cases = [
            ((350_000, 1_400, 100), Some(Grade::OneA), "1A just so"),
            ((349_999, 1_000, 50), Some(Grade::OneB), "a little darker"),
            ((500_000, 2_001, 100), Some(Grade::Two), "black is too bright for 1"),
            ((170_000, 680, 150), Some(Grade::OneB), "1B just so"),
            ((170_000, 680, 151), Some(Grade::Two), "off the curve"),
            ((100_000, 1_000, 300), Some(Grade::Two), "2 just so"),
            ((100_000, 1_001, 300), None, "too little contrast"),
            ((99_999, 100, 10), None, "too dark"),
            ((400_000, 1_000, 301), None, "far off the curve"),
            ((400_000, 0, 50), None, "black was not measured"),
        ];
        for ((white, black, response), expected, name) in cases {
            let measured = Measured { white_mcd_m2: white, black_mcd_m2: black, response_permille: response };
            assert_eq!(measured.grade(), expected, "{name}");
        }
    }

    #[test]
    fn a_monitor_stands_as_its_checks_say() {
        // TR-13
        use Kind::{Acceptance, Look, Measure};
        let today = day("2026-11-21");
        type Made = [(Kind, bool, &'static str)];
        let cases: [(&Made, Standing, &str); 11] = [
            (&[], Standing::NotAccepted, "new"),
            (&[(Look, true, "2026-11-21")], Standing::NotAccepted, "only looked at"),
            (&[(Acceptance, true, "2026-11-20")], Standing::LookDue, "accepted yesterday"),
            (&[(Acceptance, true, "2026-11-21")], Standing::Good(day("2027-05-21")), "accepted today"),
            (
                &[(Acceptance, true, "2026-06-01"), (Look, true, "2026-11-21")],
                Standing::Good(day("2026-12-01")),
                "in use",
            ),
            (
                &[(Acceptance, true, "2026-05-20"), (Look, true, "2026-11-21")],
                Standing::MeasureDue(day("2026-11-20")),
                "half a year and a day",
            ),
            (
                &[(Acceptance, true, "2026-01-01"), (Measure, true, "2026-07-01"), (Look, true, "2026-11-21")],
                Standing::Good(day("2027-01-01")),
                "measured in between",
            ),
            (&[(Acceptance, false, "2026-11-01")], Standing::Failed(day("2026-11-01")), "not accepted"),
            (
                &[(Acceptance, true, "2026-06-01"), (Measure, false, "2026-11-02"), (Measure, true, "2026-11-03")],
                Standing::Failed(day("2026-11-02")),
                "a failure is cleared by an acceptance only",
            ),
            (
                &[(Acceptance, true, "2026-06-01"), (Measure, false, "2026-11-02"), (Acceptance, true, "2026-11-21")],
                Standing::Good(day("2027-05-21")),
                "repaired",
            ),
            (
                &[(Acceptance, true, "2026-06-01"), (Look, false, "2026-11-21"), (Look, true, "2026-11-21")],
                Standing::Good(day("2026-12-01")),
                "wiped clean",
            ),
        ];
        for (checks, expected, name) in cases {
            let checks: Vec<_> =
                checks.iter().map(|(kind, passed, on)| Check { kind: *kind, passed: *passed, on: day(on) }).collect();
            assert_eq!(standing(&checks, 6, today), expected, "{name}");
        }
    }

    #[test]
    fn a_reader_is_told_when_the_monitor_is_unfit_or_overdue() {
        // TR-13
        let good = Standing::Good(day("2027-01-01"));
        let cases: [(Standing, &[Images], &[&str], &str); 6] = [
            (good, &[Images::Tomography], &["CT"], ""),
            (good, &[Images::Tomography], &["CT", "SR"], ""),
            (good, &[Images::Tomography], &["CT", "XC"], "写真・その他"),
            (good, &[Images::Tomography], &["PX", "IO"], "口内法（デンタル）、パノラマ"),
            (Standing::LookDue, &[Images::Plain], &["PX"], "テストパターン"),
            (Standing::Failed(day("2026-11-02")), &[Images::Plain], &["PX"], "不合格"),
        ];
        for (standing, accepted, modalities, expected) in cases {
            let told = objection(standing, accepted, modalities);
            let told = told.map(|it| it.ja.to_string()).unwrap_or_default();
            assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{modalities:?}: {told}");
        }
    }
}
