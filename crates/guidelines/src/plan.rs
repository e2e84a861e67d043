//! The plan of online care (診療計画): its nine parts, and how long it is kept.

use kernel::{Date, Words, clause};

kernel::keyed! {
    /// One of the nine parts, in the order of the guideline.
    #[derive(PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Part {
        /// Illness and what is done about it.
        Treatment => "treatment";
        /// How in-person care, tests and online are mixed.
        Mix => "mix";
        /// Hours and booking.
        Hours => "hours";
        /// Devices used.
        Devices => "devices";
        /// When it is not done online.
        StopConditions => "stop_conditions";
        /// What the patient does.
        Cooperation => "cooperation";
        /// What is done in an emergency.
        Emergency => "emergency";
        /// Who when.
        Doctors => "doctors";
        /// Who answers for which security risk.
        Security => "security";
    }
}

impl Part {
    /// Its heading.
    #[must_use]
    pub const fn title(self) -> Words {
        match self {
            Self::Treatment => Words::new("診療の内容", "Treatment"),
            Self::Mix => Words::new("対面・検査との組み合わせ", "Mix with in-person care and tests"),
            Self::Hours => Words::new("診療時間と予約", "Hours and booking"),
            Self::Devices => Words::new("使う機器と方法", "Devices and way"),
            Self::StopConditions => Words::new("オンラインで行わない条件", "When not to do it online"),
            Self::Cooperation => Words::new("患者さんの協力", "The patient's cooperation"),
            Self::Emergency => Words::new("急なときの対応", "Emergencies"),
            Self::Doctors => Words::new("担当医と分担", "Doctors, and who when"),
            Self::Security => Words::new("セキュリティの責任分担", "Responsibility for security"),
        }
    }

    /// What to write there.
    #[must_use]
    pub const fn hint(self) -> Words {
        match self {
            Self::Treatment => Words::new(
                "病名と、オンラインで行う診察・指導・処方の内容。",
                "The illness, and what is examined, advised and prescribed online.",
            ),
            Self::Mix => Words::new(
                "対面の診察や検査をどのくらいの間隔で、どんなときに行うか。",
                "How often and when the patient is seen in person or tested.",
            ),
            Self::Hours => Words::new(
                "予約の取り方、診察の曜日と時間、1回の長さ。",
                "How to book, days and hours, and the length of a visit.",
            ),
            Self::Devices => Words::new(
                "患者さんと医療機関が使う機器、カメラ、つなぎ方。",
                "Devices and cameras on both sides, and how to connect.",
            ),
            Self::StopConditions => Words::new(
                "やめて対面に切り替える条件。通信がつながらないときのことも書きます。",
                "When to stop and change to in person, also when the connection fails.",
            ),
            Self::Cooperation => Words::new(
                "触って診られない分、患者さんにしてもらうこと（口の中を映す、症状を正確に伝えるなど）。",
                "What the patient does since the doctor cannot touch: show the mouth, tell symptoms exactly.",
            ),
            Self::Emergency => Words::new(
                "急に悪くなったときの連絡先と受診先。こちらで診られないときは医療機関の名前。",
                "Whom to call and where to go if it gets worse; name the facility if it is not this one.",
            ),
            Self::Doctors => Words::new(
                "担当医の名前。複数なら、どんなときに誰が診るか。",
                "The doctor's name; if there are several, who sees the patient when.",
            ),
            Self::Security => Words::new(
                "情報漏れなどの危険に、患者さん・医療機関・事業者の誰がどこまで責任を持つか。切れ目がないように。",
                "Who answers for leaks and other risks, patient, facility and operator, without a gap.",
            ),
        }
    }
}

/// The parts that are still empty in `written`.
#[must_use]
pub fn missing<'a>(written: impl Fn(Part) -> Option<&'a str>) -> Vec<Part> {
    clause!("OV-130");
    Part::ALL.into_iter().filter(|it| written(*it).is_none_or(|text| text.trim().is_empty())).collect()
}

/// The sentence that names the empty parts.
#[must_use]
pub fn missing_words(parts: &[Part]) -> Words {
    let ja: Vec<_> = parts.iter().map(|it| it.title().ja).collect();
    let en: Vec<_> = parts.iter().map(|it| it.title().en).collect();
    Words::made(
        format!("診療計画に書かれていない項目があります：{}。", ja.join("、")),
        format!("Parts of the plan are empty: {}.", en.join(", ")),
    )
}

/// How long a plan is kept after the online care is completed. Invariant: at least [`Retention::MIN_YEARS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    years: i8,
}

/// A retention shorter than the guideline's, or longer than the product can promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

impl Retention {
    /// The guideline's minimum in years.
    pub const MIN_YEARS: i8 = 2;
    /// As long as the chart, so that both are read together: the ministry's answers advise it.
    pub const DEFAULT_YEARS: i8 = 5;
    /// Longest that can be set; a slip of the finger must not keep a record for a century.
    pub const MAX_YEARS: i8 = 100;

    /// A facility's own length.
    ///
    /// # Errors
    /// [`OutOfRange`] below the minimum or above the maximum.
    pub fn of_years(years: i8) -> Result<Self, OutOfRange> {
        if (Self::MIN_YEARS..=Self::MAX_YEARS).contains(&years) { Ok(Self { years }) } else { Err(OutOfRange) }
    }

    /// Its length.
    #[must_use]
    pub fn years(self) -> i8 {
        self.years
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { years: Self::DEFAULT_YEARS }
    }
}

/// First day on which the plan may be erased; `None` while the online care is not completed.
///
/// The day of completion does not count, and the last day runs to its end, as terms are counted in the Civil Code.
#[must_use]
pub fn erasable_from(completed_on: Option<Date>, retention: Retention) -> Option<Date> {
    clause!("OV-130", "OV-265", "CS-161");
    let years = same_day_later(completed_on?, retention.years)?;
    years.tomorrow().ok()
}

/// The same day `years` later; the last of February where there is no 29th.
fn same_day_later(day: Date, years: i8) -> Option<Date> {
    let year = day.year().checked_add(i16::from(years))?;
    Date::new(year, day.month(), day.day()).or_else(|_| Date::new(year, day.month(), day.day() - 1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn a_plan_has_nine_parts() {
        // OV-130
        assert_eq!(missing(|_| Some("x")), []);
        assert_eq!(missing(|_| None).len(), 9);
        for left_out in Part::ALL {
            let blank = missing(|it| Some(if it == left_out { " \u{3000}\n" } else { "x" }));
            assert_eq!(blank, [left_out]);
            assert_eq!(Part::from_key(left_out.key()), Some(left_out));
            assert!(missing_words(&blank).ja.contains(&*left_out.title().ja));
        }
    }

    #[test]
    fn a_plan_is_kept_from_its_completion() {
        // OV-265, CS-161: (completed, years, erasable from)
        let cases = [
            ("2026-11-21", 5, "2031-11-22"),
            ("2026-11-21", 2, "2028-11-22"),
            ("2028-02-29", 2, "2030-03-01"),
            ("2028-02-28", 2, "2030-03-01"),
            ("2026-12-31", 2, "2029-01-01"),
        ];
        for (completed, years, expected) in cases {
            let retention = Retention::of_years(years).expect("allowed");
            assert_eq!(erasable_from(Some(day(completed)), retention), Some(day(expected)), "{completed} {years}");
        }
        assert_eq!(erasable_from(None, Retention::default()), None, "never while the care goes on");
    }

    #[test]
    fn nobody_can_shorten_the_legal_time() {
        // OV-130, OV-265
        assert_eq!(Retention::default().years(), 5);
        for years in [-1, 0, 1, 101] {
            assert_eq!(Retention::of_years(years), Err(OutOfRange));
        }
    }
}
