//! DL-21: what is released is what was approved, and a machine makes nothing else.

use kernel::{FacilityId, PatientId, RowId, Timestamp};
use people::agreement::Side;

use super::*;
use crate::case::{Event, Said, done_by};

const MILL: &str = "mill";

fn machine(name: &str) -> Machine {
    Machine { person: PersonId::from_bytes([7; 16]), name: name.into() }
}

/// A case of these events, each with a digest: `proposed:a approved:a released:a`. What is released is for `mill`.
fn told(line: &str) -> Case {
    let now: Timestamp = "2026-11-24T00:00:00Z".parse().expect("an instant");
    let one = |(number, word): (i64, &str)| {
        let (kind, digest) = word.split_once(':').unwrap_or((word, ""));
        let kind = Kind::from_key(kind).expect("a kind");
        let mut said = Said { digest: digest.into(), ..Said::default() };
        if matches!(kind, Kind::Released | Kind::Machined) {
            (said.person, said.machine) = (Some(machine(MILL).person), MILL.into());
        }
        let side = done_by(kind).unwrap_or(Side::Serves);
        Event { number, kind, side, person: machine(MILL).person, said, at: now }
    };
    Case {
        id: RowId::from_bytes([1; 16]),
        partner: FacilityId::from_bytes([2; 16]),
        agreement: RowId::from_bytes([3; 16]),
        side: Side::Serves,
        patient: PatientId::from_bytes([4; 16]),
        ordered_at: now,
        versions: vec![],
        events: (1..).zip(line.split_whitespace()).map(one).collect(),
    }
}

#[test]
fn only_the_files_of_the_approved_design_are_released() {
    for (line, expected) in [
        ("assigned", "承認した設計がありません"),
        ("assigned proposed:a", "承認した設計がありません"),
        ("assigned proposed approved", "設計データがありません"),
        ("assigned proposed:a approved:a", ""),
        ("assigned proposed:a approved:a redo", "承認した設計がありません"),
        ("assigned proposed:a approved:a redo proposed:b", "承認した設計がありません"),
        ("assigned proposed:a redo proposed:b approved:b", ""),
        // A line of time that nobody could write here, and that a machine must not obey all the same.
        ("assigned proposed:a proposed:b approved:a", "データが違います"),
        ("assigned proposed:a approved:a released:a", ""),
        (
            "proposed:a approved:a released:a machined:a finished inspected delivered received remake",
            "承認した設計がありません",
        ),
    ] {
        let refused = may_release(&told(line));
        match refused.first() {
            None => assert_eq!("", expected, "{line}"),
            Some(it) => assert!(!expected.is_empty() && it.words.ja.contains(expected), "{line}: {}", it.words.ja),
        }
    }
}

#[test]
fn a_machine_takes_what_was_released_for_it_and_nothing_else() {
    let released = "assigned proposed:a approved:a released:a";
    for (line, name, digest, expected) in [
        (released.to_owned(), MILL, "a", Ok(())),
        (released.to_owned(), MILL, "b", Err(Refused::OtherDigest)),
        (released.to_owned(), MILL, "", Err(Refused::OtherDigest)),
        (released.to_owned(), "printer", "a", Err(Refused::OtherMachine)),
        ("assigned proposed:a approved:a".to_owned(), MILL, "a", Err(Refused::NotReleased)),
        (format!("{released} redo"), MILL, "a", Err(Refused::NotReleased)),
        (format!("{released} withdrawn"), MILL, "a", Err(Refused::NotReleased)),
        (format!("{released} machined:a"), MILL, "a", Err(Refused::NotReleased)),
        (format!("{released} asked"), MILL, "a", Ok(())),
        (format!("{released} redo proposed:b approved:b released:b"), MILL, "a", Err(Refused::OtherDigest)),
        ("assigned proposed:b approved:b released:a".to_owned(), MILL, "a", Err(Refused::OtherDigest)),
        ("assigned proposed approved released".to_owned(), MILL, "", Err(Refused::OtherDigest)),
    ] {
        assert_eq!(may_take(&told(&line), &machine(name), digest), expected, "{line} {name} {digest}");
    }
}

#[test]
fn the_same_report_again_is_known() {
    let milled = told("assigned proposed:a approved:a released:a machined:a");
    assert!(is_reported(&milled, &machine(MILL), "a"));
    for (name, digest) in [(MILL, "b"), (MILL, ""), ("printer", "a")] {
        assert!(!is_reported(&milled, &machine(name), digest), "{name} {digest}");
    }
    assert!(!is_reported(&told("proposed:a approved:a released:a"), &machine(MILL), "a"));
}
