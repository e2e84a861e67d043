//! What a facility has ready before something happens: its rules, its plan, its risks, whom to call, and the exercises that
//! show whether it works. A proposal of ours can be taken as it is; the facility changes what is otherwise with it.

pub mod pages;
pub mod paper;
pub mod store;

use std::sync::LazyLock;

use kernel::{Date, Lang, PersonId, Timestamp, Words, clause, limits, time};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

/// Days after which a paper is looked through again, and the plan tried again: a year.
pub const REVIEW_DAYS: i64 = 365;
/// Rows of one paper at most: a clinic's have ten.
pub const ROWS_MAX: usize = 40;
/// Empty rows that the form offers beyond those that are there.
pub const ROWS_SPARE: usize = 2;

kernel::keyed! {
    /// The papers.
    pub enum Kind {
        /// 情報セキュリティの規程
        Rules => "rules", "情報セキュリティの規程", "Security rules";
        /// 事故のときの手順
        Plan => "plan", "事故のときの手順", "Plan for incidents";
        /// リスクの一覧
        Risks => "risks", "リスクの一覧", "Risk register";
        /// 緊急の連絡先
        Contacts => "contacts", "緊急の連絡先", "Contacts for an emergency";
    }
}

/// One column of a paper's rows.
#[derive(Debug, Clone)]
pub struct Column {
    /// What stands above it.
    pub words: Words,
    /// How it is filled in.
    pub fill: Fill,
}

/// How a column is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// One line; the row counts only with the first one filled.
    Line,
    /// One line, or nothing.
    LineIfAny,
    /// A text of several lines.
    Text,
    /// 1, 2 or 3.
    Grade,
    /// A day, or nothing.
    DayIfAny,
}

impl Kind {
    /// Its columns.
    #[must_use]
    pub fn columns(self) -> Vec<Column> {
        let column = |ja, en, fill| Column { words: Words::new(ja, en), fill };
        match self {
            Self::Rules | Self::Plan => {
                vec![column("見出し", "Heading", Fill::Line), column("内容", "Text", Fill::Text)]
            }
            Self::Risks => vec![
                column("守るもの", "What is at risk", Fill::Line),
                column("起こりうること", "Threat", Fill::Line),
                column("起こりやすさ（1〜3）", "Likelihood (1–3)", Fill::Grade),
                column("影響（1〜3）", "Effect (1–3)", Fill::Grade),
                column("手立て", "Measure", Fill::Text),
                column("担当", "Owner", Fill::Line),
                column("次の見直し", "Next review", Fill::DayIfAny),
            ],
            Self::Contacts => vec![
                column("連絡先", "Whom", Fill::Line),
                column("電話番号", "Telephone", Fill::Line),
                column("どんなとき", "When", Fill::LineIfAny),
            ],
        }
    }
}

/// A paper's rows, each as long as its columns.
pub type Rows = Vec<Vec<String>>;

/// A version of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Which paper.
    pub kind: Kind,
    /// Which version, from 1.
    pub number: i64,
    /// What it says.
    pub rows: Rows,
    /// Who wrote it.
    pub written_by: PersonId,
    /// When.
    pub written_at: Timestamp,
}

/// Until when something of this moment holds before it is looked through again.
#[must_use]
pub fn review_on(at: Timestamp) -> Date {
    time::day(time::plus_min(at, REVIEW_DAYS * 24 * 60))
}

/// What the form of a paper says. Rows whose first column is empty are left out: so a row is taken away.
///
/// # Errors
/// The faults; they belong to no field, since rows have no names.
pub fn parse(kind: Kind, fields: &Fields) -> Result<Rows, Faults> {
    clause!("DL-41");
    let (columns, mut faults, mut rows) = (kind.columns(), Faults::default(), Rows::new());
    for place in 0..ROWS_MAX {
        let cells: Vec<String> =
            (0..columns.len()).map(|it| fields.get(&cell(place, it)).trim().replace("\r\n", "\n")).collect();
        if cells.first().is_none_or(String::is_empty) {
            continue;
        }
        for (column, text) in columns.iter().zip(&cells) {
            if let Err(words) = column.judge(text, rows.len() + 1) {
                faults.add("", words);
            }
        }
        rows.push(cells);
    }
    if rows.is_empty() {
        faults.add("", Words::new("一つ以上の行を書いてください。", "At least one row, please."));
    }
    faults.done(|| rows)
}

/// The name of a cell's field.
#[must_use]
pub fn cell(row: usize, column: usize) -> String {
    format!("r{row}c{column}")
}

impl Column {
    fn judge(&self, text: &str, row: usize) -> Result<(), Words> {
        let named = |ja: &str, en: &str| {
            Err(Words::made(
                format!("{row}行目の「{}」：{ja}", self.words.ja),
                format!("Row {row}, “{}”: {en}", self.words.en),
            ))
        };
        let lines = text.chars().filter(|it| it.is_control()).count();
        match self.fill {
            Fill::Line | Fill::Text if text.is_empty() => named("入力してください。", "please fill this in."),
            Fill::Line | Fill::LineIfAny if lines > 0 || text.chars().count() > limits::LINE_CHARS_MAX => {
                named("1行で短く書いてください。", "one short line, please.")
            }
            Fill::Text if text.chars().count() > limits::TEXT_CHARS_MAX => {
                named("短くしてください。", "shorter, please.")
            }
            Fill::Grade if !["1", "2", "3"].contains(&text) => named("1〜3で選んでください。", "1, 2 or 3, please."),
            Fill::DayIfAny if !text.is_empty() && text.parse::<Date>().is_err() => {
                named("日付を入力してください。", "a date, please.")
            }
            _ => Ok(()),
        }
    }
}

/// An exercise of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// The day.
    pub held_on: Date,
    /// What was written about it.
    pub content: DrillContent,
}

/// What is written about an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillContent {
    /// Who took part.
    pub attendees: String,
    /// What was tried.
    pub tried: String,
    /// What was found.
    pub found: String,
    /// What is changed because of it; may be empty.
    pub changed: String,
}

impl Drill {
    /// Reads the form. `today` is the last day that can be written.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, today: Date) -> Result<Self, Faults> {
        clause!("DL-41");
        let mut faults = Faults::default();
        let held_on = fields.date("held_on", &mut faults);
        if held_on.is_some_and(|it| it > today) {
            faults.add("held_on", Words::new("これからの日は書けません。", "This day is yet to come."));
        }
        let content = DrillContent {
            attendees: fields.text("attendees", &mut faults),
            tried: fields.text("tried", &mut faults),
            found: fields.text("found", &mut faults),
            changed: fields.text_if_any("changed", &mut faults),
        };
        match held_on {
            Some(held_on) => faults.done(|| Self { held_on, content }),
            None => Err(faults),
        }
    }
}

/// What is missing or old.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Papers that nobody has written.
    pub missing: Vec<Kind>,
    /// Papers that were not looked through for a year.
    pub old: Vec<Kind>,
    /// No exercise within a year.
    pub untried: bool,
}

impl Gaps {
    /// Of the newest papers and the day of the newest exercise.
    #[must_use]
    pub fn of(papers: &[(Kind, Timestamp)], drilled_on: Option<Date>, today: Date) -> Self {
        clause!("DL-41");
        let written = |kind: Kind| papers.iter().find(|it| it.0 == kind).map(|it| it.1);
        let all = Kind::ALL.into_iter();
        Self {
            missing: all.clone().filter(|it| written(*it).is_none()).collect(),
            old: all.filter(|it| written(*it).is_some_and(|at| review_on(at) < today)).collect(),
            untried: drilled_on.and_then(|it| time::at_tokyo(it, 0, 0).ok()).is_none_or(|at| review_on(at) < today),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Them, in words.
    #[must_use]
    pub fn words(&self) -> Words {
        let (mut ja, mut en) = (Vec::new(), Vec::new());
        for (kinds, ja_end, en_end) in [
            (&self.missing, "を決めていません", "is not written"),
            (&self.old, "を1年見直していません", "is a year old"),
        ] {
            for it in kinds {
                ja.push(format!("{}{ja_end}。", it.words().ja));
                en.push(format!("{} {en_end}.", it.words().en));
            }
        }
        if self.untried {
            ja.push("この1年、訓練の記録がありません。".to_owned());
            en.push("No exercise on file within a year.".to_owned());
        }
        Words::made(ja.concat(), en.join(" "))
    }
}

#[derive(Deserialize)]
struct File {
    edition: String,
    valid_from: Date,
    rules: Both,
    plan: Both,
    risks: Both,
    contacts: Both,
}

#[derive(Deserialize)]
struct Both {
    ja: Rows,
    en: Rows,
}

#[allow(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
static PROPOSAL: LazyLock<File> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/readiness-2026.json")).expect("the proposal"));

/// Our proposal for a paper.
#[must_use]
pub fn proposal(kind: Kind, lang: Lang) -> Rows {
    let both = match kind {
        Kind::Rules => &PROPOSAL.rules,
        Kind::Plan => &PROPOSAL.plan,
        Kind::Risks => &PROPOSAL.risks,
        Kind::Contacts => &PROPOSAL.contacts,
    };
    lang.t(&both.ja, &both.en).clone()
}

/// The edition of the proposal, and from when it holds (CS-142).
#[must_use]
pub fn edition() -> (&'static str, Date) {
    (&PROPOSAL.edition, PROPOSAL.valid_from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(kind: Kind, rows: &[Vec<String>]) -> Result<Rows, Faults> {
        let pairs: Vec<(String, &str)> = rows
            .iter()
            .enumerate()
            .flat_map(|(row, cells)| cells.iter().enumerate().map(move |(it, text)| (cell(row, it), text.as_str())))
            .collect();
        parse(kind, &Fields::of(&pairs.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>()))
    }

    /// DL-41: what we propose can be taken as it is, in both languages.
    #[test]
    fn the_proposal_is_a_paper() {
        for kind in Kind::ALL {
            for lang in [Lang::Ja, Lang::En] {
                let rows = proposal(kind, lang);
                assert!(rows.len() + ROWS_SPARE <= ROWS_MAX);
                assert!(rows.iter().all(|it| it.len() == kind.columns().len()), "{kind:?}");
                assert_eq!(sent(kind, &rows).ok(), Some(rows), "{kind:?}");
            }
        }
        assert!(!edition().0.is_empty());
    }

    #[test]
    fn a_row_goes_by_its_first_column() {
        // DL-41
        let row = |first: &str, grade: &str| {
            ["", "紛失", grade, "3", "施錠", "管理者", ""]
                .iter()
                .enumerate()
                .map(|(it, text)| if it == 0 { first } else { text }.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            sent(Kind::Risks, &[row("", "2"), row("スマートフォン", "2")]).ok(),
            Some(vec![row("スマートフォン", "2")])
        );
        assert!(sent(Kind::Risks, &[row("スマートフォン", "4")]).is_err());
        assert!(sent(Kind::Risks, &[row("", "2")]).is_err(), "a paper without a row is none");
    }

    #[test]
    fn a_year_without_a_look_is_a_gap() {
        // DL-41
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let day = |text: &str| text.parse::<Date>().expect("a day");
        let papers: Vec<_> = Kind::ALL.into_iter().map(|it| (it, at("2026-11-24T00:00:00Z"))).collect();
        let drilled = Some(day("2026-11-24"));
        assert!(Gaps::of(&papers, drilled, day("2027-11-24")).is_none());
        let old = Gaps::of(&papers, drilled, day("2027-11-25"));
        assert_eq!((old.missing.len(), old.old.len(), old.untried), (0, 4, true));
        let fresh = Gaps::of(&papers[1..], None, day("2026-12-01"));
        assert_eq!((fresh.missing.as_slice(), fresh.old.len(), fresh.untried), (&[Kind::Rules][..], 0, true));
        assert!(fresh.words().ja.contains("規程") && fresh.words().en.contains("Security rules"));
    }
}
