//! Every clause of this release with its state at one facility: from evidence, from the house's own build, or from a person
//! who has confirmed it. Unknown is never met.

mod built_in;
mod facility;
mod mend;
pub mod pages;
mod paper;
pub mod store;

use guidelines::ClauseId;
use guidelines::clause::Scope;
use guidelines::compliance::{Evidence, Line, Status};
use kernel::{RowId, Timestamp, Words, clause, time};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

/// Days for which a person's confirmation counts: the ministry's checklist is gone through once a year.
pub const CONFIRMED_DAYS: i64 = 365;

/// A person's word on a clause.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// The clause.
    pub clause: ClauseId,
    /// The edition that was confirmed.
    pub edition: String,
    /// Kept, or not.
    pub kept: bool,
    /// What the person added.
    pub note: String,
    /// Who, as the log names people.
    pub confirmed_by: String,
    /// The name of who did.
    pub name: Words,
    /// When.
    pub confirmed_at: Timestamp,
}

/// What a confirmation is worth at `now`. A newer edition of the clause, or a year, and it must be asked again.
#[must_use]
pub fn weigh(it: &Confirmation, now: Timestamp) -> Evidence {
    clause!("CS-141", "CS-142");
    let day = time::show_day(time::day(it.confirmed_at), kernel::Lang::Ja);
    let day_en = time::show_day(time::day(it.confirmed_at), kernel::Lang::En);
    let current = it.clause.clause().is_some_and(|clause| clause.edition == it.edition);
    let old = now > time::plus_min(it.confirmed_at, CONFIRMED_DAYS * 24 * 60);
    let (status, ja, en) = match (it.kept, current, old) {
        (false, _, _) => (Status::NotMet, "が「守れていない」と記録", "said that it is not kept"),
        (true, false, _) => (
            Status::Unknown,
            "が前の版について確認。いまの版で確認し直してください",
            "confirmed an earlier edition; please confirm again",
        ),
        (true, true, true) => (
            Status::Unknown,
            "が確認してから1年を過ぎました。確認し直してください",
            "confirmed it more than a year ago; please confirm again",
        ),
        (true, true, false) => (Status::Met, "が確認", "confirmed it"),
    };
    let note = if it.note.is_empty() { String::new() } else { format!("：{}", it.note) };
    let note_en = if it.note.is_empty() { String::new() } else { format!(": {}", it.note) };
    let reason = Words::made(
        format!("{}に{}さん{ja}{note}。", day, it.name.ja),
        format!("On {day_en} {} {en}{note_en}.", it.name.en),
    );
    Evidence::new(it.clause, status, 1, Some(it.confirmed_at), reason)
}

/// What a confirmation form says.
#[derive(Debug, Clone)]
pub struct Word {
    /// The clause.
    pub clause: ClauseId,
    /// Kept, or not.
    pub kept: bool,
    /// What the person adds; a "no" needs it.
    pub note: String,
}

impl Word {
    /// Reads the form for `clause`.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(clause: ClauseId, fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let kept = fields.one_of("kept", &[("yes", true), ("no", false)], &mut faults);
        let note = if kept == Some(false) {
            fields.line("note", &mut faults)
        } else {
            fields.line_if_any("note", &mut faults)
        };
        match kept {
            Some(kept) => faults.done(|| Self { clause, kept, note }),
            None => Err(faults),
        }
    }
}

/// Groups of the page, in order.
pub const SCOPES: [(Scope, Words); 6] = [
    (Scope::Facility, Words::new("医療機関の体制", "The facility")),
    (Scope::Visit, Words::new("診療ごと", "Each visit")),
    (Scope::Imaging, Words::new("画像診断", "Images and their reading")),
    (Scope::Lab, Words::new("歯科技工", "Dental laboratory work")),
    (Scope::Safety, Words::new("情報の安全", "Safety of information")),
    (Scope::System, Words::new("システムの働き", "What the system does")),
];

/// Whether a person may speak on this clause: where the evidence asks for a person's word, where one has
/// spoken already, or where no context has anything to say. What the house can see for itself nobody talks away.
#[must_use]
pub fn may_confirm(line: &Line, confirmations: &[Confirmation]) -> bool {
    let asks = line.evidence.iter().any(|it| it.asks_person);
    asks || line.evidence.is_empty() || confirmations.iter().any(|it| it.clause == line.clause.id)
}

/// The evidence of the house with the words of people: a "kept" fills what only a person can know, and never what the
/// house knows to be otherwise, or will know by itself once something has happened.
#[must_use]
pub fn with_words(mut evidence: Vec<Evidence>, confirmations: &[Confirmation], now: Timestamp) -> Vec<Evidence> {
    for it in confirmations {
        let word = weigh(it, now);
        if word.status == Status::Met {
            evidence.retain(|known| known.clause != it.clause || !known.asks_person);
        }
        evidence.push(word);
    }
    evidence
}

/// One line of a sheet, as it is kept with a check: everything needed to print it again in later years (CS-142).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetLine {
    /// The clause.
    pub clause: String,
    /// Its edition.
    pub edition: String,
    /// Its title then.
    pub title: Words,
    /// Where it is written.
    pub citation: Words,
    /// The state.
    pub status: Status,
    /// Why.
    pub reasons: Vec<Words>,
}

/// A check that a person made.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its id.
    pub id: RowId,
    /// From 1.
    pub number: i64,
    /// Clauses met or not applicable.
    pub met: i64,
    /// The others.
    pub gaps: i64,
    /// What stood on the sheet.
    pub sheet: Vec<SheetLine>,
    /// What the person added.
    pub note: String,
    /// The name of who checked.
    pub name: Words,
    /// When.
    pub checked_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_word_counts_for_a_year_and_one_edition() {
        // CS-141, CS-142, OV-305
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let id = ClauseId::find("OV-202").expect("in the catalogue");
        let edition = id.clause().expect("a clause").edition;
        let cases = [
            (true, edition, "2026-11-21T00:00:00Z", Status::Met),
            (true, edition, "2027-11-20T00:00:00Z", Status::Met),
            (true, edition, "2027-11-22T00:00:00Z", Status::Unknown),
            (true, "2018-03", "2026-11-21T00:00:00Z", Status::Unknown),
            (false, edition, "2026-11-21T00:00:00Z", Status::NotMet),
            (false, edition, "2030-11-21T00:00:00Z", Status::NotMet),
        ];
        for (kept, edition, now, expected) in cases {
            let it = Confirmation {
                clause: id,
                edition: edition.into(),
                kept,
                note: "年1回の見直し".into(),
                confirmed_by: "staff:x".into(),
                name: Words::new("加藤", "Kato"),
                confirmed_at: at("2026-11-21T00:00:00Z"),
            };
            let evidence = weigh(&it, at(now));
            assert_eq!(evidence.status, expected, "{kept} {edition} {now}");
            assert!(evidence.reason.ja.contains("加藤さん") && evidence.reason.ja.contains("年1回の見直し"));
        }
    }

    #[test]
    fn a_word_fills_what_is_unknown_and_talks_nothing_away() {
        // CS-141
        let id = ClauseId::find("OV-205").expect("in the catalogue");
        let said = |kept| Confirmation {
            clause: id,
            edition: id.clause().expect("a clause").edition.into(),
            kept,
            note: String::new(),
            confirmed_by: "staff:x".into(),
            name: Words::new("加藤", "Kato"),
            confirmed_at: Timestamp::UNIX_EPOCH,
        };
        let cases = [
            (Status::Unknown, true, Status::Met),
            (Status::NotMet, true, Status::NotMet),
            (Status::Met, false, Status::NotMet),
            (Status::Unknown, false, Status::NotMet),
        ];
        for (known, kept, expected) in cases {
            let mut known = vec![Evidence::new(id, known, 0, None, Words::new("x", "x"))];
            known[0].asks_person = known[0].status == Status::Unknown;
            let lines = guidelines::compliance::sheet(
                kernel::Date::constant(2026, 11, 21),
                &with_words(known, &[said(kept)], Timestamp::UNIX_EPOCH),
            );
            assert_eq!(lines.iter().find(|it| it.clause.id == id).map(|it| it.status), Some(expected));
        }
    }

    #[test]
    fn a_person_is_asked_only_for_what_no_record_shows() {
        // CS-141: (clause, evidence) → whether a person may confirm it
        let of = |id| ClauseId::find(id).expect("in the catalogue");
        let unknown = |id| Evidence::new(of(id), Status::Unknown, 0, None, Words::new("x", "x"));
        let cases = [
            ("CS-150", Evidence::for_a_person(of("CS-150"), Words::new("x", "x")), true),
            // Nothing has happened yet: the first visit will show it, and no word replaces it.
            ("OV-101", unknown("OV-101"), false),
            ("OV-161", unknown("OV-161"), false),
            ("OV-205", unknown("OV-205"), false),
        ];
        for (id, evidence, expected) in cases {
            let lines = guidelines::compliance::sheet(kernel::Date::constant(2026, 11, 21), &[evidence]);
            let line = lines.iter().find(|it| it.clause.id == of(id)).expect("a line");
            assert_eq!(may_confirm(line, &[]), expected, "{id}");
        }
    }

    #[test]
    fn a_word_of_last_year_does_not_stand_for_rows_that_are_not_there() {
        // CS-141
        let id = ClauseId::find("OV-101").expect("in the catalogue");
        let said = Confirmation {
            clause: id,
            edition: id.clause().expect("a clause").edition.into(),
            kept: true,
            note: String::new(),
            confirmed_by: "staff:x".into(),
            name: Words::new("加藤", "Kato"),
            confirmed_at: Timestamp::UNIX_EPOCH,
        };
        let rows = vec![Evidence::new(id, Status::Unknown, 0, None, Words::new("x", "x"))];
        let lines = guidelines::compliance::sheet(
            kernel::Date::constant(2026, 11, 21),
            &with_words(rows, &[said], Timestamp::UNIX_EPOCH),
        );
        assert_eq!(lines.iter().find(|it| it.clause.id == id).map(|it| it.status), Some(Status::Unknown));
    }

    #[test]
    fn a_no_says_why() {
        let id = ClauseId::find("OV-202").expect("in the catalogue");
        let parse = |pairs: &[(&str, &str)]| {
            Word::parse(id, &Fields::of(pairs)).map_err(|it| it.0.iter().map(|it| it.0).collect::<Vec<_>>())
        };
        assert!(parse(&[("kept", "yes")]).is_ok());
        assert_eq!(parse(&[("kept", "no")]).expect_err("refused"), ["note"]);
        assert!(parse(&[("kept", "no"), ("note", "協力先を探している")]).is_ok());
        assert_eq!(parse(&[]).expect_err("refused"), ["kept"]);
    }
}
