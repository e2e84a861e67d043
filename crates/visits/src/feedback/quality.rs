//! The figures of online care: how many visits were held or stopped and why, waiting, media, satisfaction. Pure: rows in,
//! figures out. Nothing here names a person.

use std::collections::BTreeMap;

use kernel::{Timestamp, Words, clause, time};

/// Answers below which no average leaves the house: an average over fewer tells what single people said.
pub const ANSWERS_MIN: usize = 5;

/// One online booking, as far as it counts.
#[derive(Debug, Clone)]
pub struct Visit {
    /// When it was to begin.
    pub starts_at: Timestamp,
    /// It was cancelled.
    pub cancelled: bool,
    /// The patient did not come.
    pub absent: bool,
    /// Key of the outcome, or empty.
    pub outcome: String,
    /// Where "not suitable" led, or empty.
    pub way_out: String,
    /// When the patient came into the waiting room.
    pub waited_from: Option<Timestamp>,
    /// When the clinic called.
    pub called_at: Option<Timestamp>,
    /// The patient's answers.
    pub answers: Option<[i64; 5]>,
}

/// One call, as far as its media count.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it began.
    pub started_at: Timestamp,
    /// Reports of the browsers.
    pub reports: i64,
    /// Those of a bad line.
    pub bad: i64,
    /// Picture that arrived, over all who received.
    pub picture_ms: i64,
    /// Sound that arrived.
    pub sound_ms: i64,
}

/// Counts of one month, or of the whole period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Count {
    /// Booked online, cancelled ones too.
    pub booked: usize,
    /// Cancelled.
    pub cancelled: usize,
    /// Patient did not come.
    pub absent: usize,
    /// Held to the end.
    pub held: usize,
    /// Stopped as not suitable, and booked in person here.
    pub to_in_person: usize,
    /// Stopped as not suitable, and referred.
    pub to_referral: usize,
    /// Broken off by the technique.
    pub broken_off: usize,
    /// Minutes of waiting past the agreed time, one for each visit that was called.
    pub waits_min: Vec<i64>,
    /// Reports of the line.
    pub reports: i64,
    /// Those that were bad.
    pub reports_bad: i64,
    /// Minutes of picture that arrived.
    pub picture_min: i64,
    /// Sums of the answers.
    pub answers: [i64; 5],
    /// How many answered.
    pub answered: usize,
}

impl Count {
    fn add(&mut self, visit: &Visit) {
        self.booked += 1;
        self.cancelled += usize::from(visit.cancelled);
        self.absent += usize::from(visit.absent);
        match (visit.outcome.as_str(), visit.way_out.as_str()) {
            ("held", _) => self.held += 1,
            ("not_suitable", "referral_elsewhere") => self.to_referral += 1,
            ("not_suitable", _) => self.to_in_person += 1,
            ("broken_off", _) => self.broken_off += 1,
            _ => {}
        }
        if let (Some(from), Some(called)) = (visit.waited_from, visit.called_at) {
            // Who comes early waits by choice: waiting begins at the agreed time.
            let begin = from.max(visit.starts_at);
            self.waits_min.push((called.as_second() - begin.as_second()).max(0) / 60);
        }
        if let Some(answers) = visit.answers {
            self.answered += 1;
            self.answers.iter_mut().zip(answers).for_each(|(sum, it)| *sum += it);
        }
    }

    /// The middle waiting time, in minutes.
    #[must_use]
    pub fn wait_median_min(&self) -> Option<i64> {
        let mut waits = self.waits_min.clone();
        waits.sort_unstable();
        waits.get(waits.len().saturating_sub(1) / 2).copied()
    }

    /// The longest waiting time, in minutes.
    #[must_use]
    pub fn wait_longest_min(&self) -> Option<i64> {
        self.waits_min.iter().max().copied()
    }

    /// Average of one question (0 to 4), if enough people answered.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn average(&self, question: usize) -> Option<f64> {
        let sum = self.answers.get(question)?;
        (self.answered >= ANSWERS_MIN).then(|| *sum as f64 / self.answered as f64)
    }

    /// Share of reports of a bad line, in percent.
    #[must_use]
    pub fn bad_percent(&self) -> Option<i64> {
        (self.reports > 0).then(|| (self.reports_bad * 100 + self.reports / 2) / self.reports)
    }
}

/// The figures of a period.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// All of it.
    pub all: Count,
    /// By month (`2026-11`).
    pub months: BTreeMap<String, Count>,
    /// There were more visits than can be counted at once; the newest are missing.
    pub cut: bool,
}

/// Counts.
#[must_use]
pub fn figures(visits: &[Visit], calls: &[Call], cut: bool) -> Figures {
    clause!("OV-302");
    let month = |at: Timestamp| {
        let day = time::day(at);
        format!("{:04}-{:02}", day.year(), day.month())
    };
    let mut figures = Figures { cut, ..Figures::default() };
    for it in visits {
        figures.all.add(it);
        figures.months.entry(month(it.starts_at)).or_default().add(it);
    }
    for it in calls {
        for count in [&mut figures.all, figures.months.entry(month(it.started_at)).or_default()] {
            count.reports += it.reports;
            count.reports_bad += it.bad;
            count.picture_min += it.picture_ms / 60_000;
        }
    }
    figures
}

/// Columns of the export. Their names are for machines; the guide explains them.
const COLUMNS: [(&str, Words); 16] = [
    ("month", Words::new("月", "month")),
    ("booked", Words::new("予約", "booked")),
    ("cancelled", Words::new("取り消し", "cancelled")),
    ("absent", Words::new("来られず", "absent")),
    ("held", Words::new("完了", "held")),
    ("to_in_person", Words::new("対面へ", "led on in person")),
    ("to_referral", Words::new("紹介へ", "referred")),
    ("broken_off", Words::new("通信で中断", "broken off")),
    ("wait_median_min", Words::new("待ち時間の中央値（分）", "median wait, minutes")),
    ("line_bad_percent", Words::new("通信不良（％）", "bad line, percent")),
    ("answered", Words::new("回答数", "answers")),
    ("easy", Words::new("簡単さ", "easy")),
    ("line", Words::new("映像・音声", "picture and sound")),
    ("understood", Words::new("伝えられた", "could tell")),
    ("told", Words::new("説明", "explanation")),
    ("again", Words::new("また受けたい", "again")),
];

/// The figures as CSV (RFC 4180): one line for each month. Averages over few answers are left empty.
#[must_use]
pub fn csv(figures: &Figures, lang: kernel::Lang) -> String {
    clause!("OV-304");
    let optional = |it: Option<i64>| it.map_or_else(String::new, |it| it.to_string());
    let line = |cells: &[String]| cells.join(",") + "\r\n";
    let mut out = line(&COLUMNS.map(|it| it.1.in_lang(lang).to_owned()));
    for (month, it) in &figures.months {
        let mut cells = vec![month.clone()];
        cells.extend(
            [it.booked, it.cancelled, it.absent, it.held, it.to_in_person, it.to_referral, it.broken_off]
                .map(|it| it.to_string()),
        );
        cells.extend([optional(it.wait_median_min()), optional(it.bad_percent()), it.answered.to_string()]);
        cells.extend((0..5).map(|at| it.average(at).map_or_else(String::new, |it| format!("{it:.1}"))));
        out += &line(&cells);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(day: &str, outcome: &str, way_out: &str) -> Visit {
        let at = |clock: &str| format!("{day}T{clock}:00+09:00").parse::<Timestamp>().expect("a time");
        Visit {
            starts_at: at("10:00"),
            cancelled: outcome == "cancelled",
            absent: outcome == "absent",
            outcome: outcome.into(),
            way_out: way_out.into(),
            waited_from: (outcome == "held").then(|| at("09:50")),
            called_at: (outcome == "held").then(|| at("10:07")),
            answers: (outcome == "held").then_some([5, 4, 5, 5, 3]),
        }
    }

    #[test]
    fn visits_are_counted_by_what_became_of_them() {
        // OV-302: completed, stopped and why, waiting, media quality, satisfaction.
        let visits = [
            visit("2026-10-30", "held", ""),
            visit("2026-11-02", "held", ""),
            visit("2026-11-03", "not_suitable", "in_person_here"),
            visit("2026-11-04", "not_suitable", "referral_elsewhere"),
            visit("2026-11-05", "broken_off", ""),
            visit("2026-11-06", "cancelled", ""),
            visit("2026-11-07", "absent", ""),
        ];
        let calls =
            [Call { started_at: visits[1].starts_at, reports: 40, bad: 10, picture_ms: 600_000, sound_ms: 600_000 }];
        let found = figures(&visits, &calls, false);
        let november = &found.months["2026-11"];
        assert_eq!((found.all.booked, november.booked), (7, 6));
        let november = (
            november.held,
            november.to_in_person,
            november.to_referral,
            november.broken_off,
            november.cancelled,
            november.absent,
        );
        assert_eq!(november, (1, 1, 1, 1, 1, 1));
        assert_eq!(found.all.wait_median_min(), Some(7), "coming early is not waiting");
        assert_eq!((found.all.bad_percent(), found.all.picture_min), (Some(25), 10));
        assert_eq!(Count::default().wait_median_min(), None);
    }

    #[test]
    fn an_average_over_few_people_does_not_leave_the_house() {
        // OV-304: anonymised.
        let few: Vec<_> = (0..ANSWERS_MIN - 1).map(|_| visit("2026-11-02", "held", "")).collect();
        let many: Vec<_> = (0..ANSWERS_MIN).map(|_| visit("2026-11-02", "held", "")).collect();
        let lines = |visits: &[Visit]| {
            csv(&figures(visits, &[], false), kernel::Lang::En).lines().nth(1).map(ToOwned::to_owned)
        };
        assert_eq!(lines(&few).as_deref(), Some("2026-11,4,0,0,4,0,0,0,7,,4,,,,,"));
        assert_eq!(lines(&many).as_deref(), Some("2026-11,5,0,0,5,0,0,0,7,,5,5.0,4.0,5.0,5.0,3.0"));
    }
}
