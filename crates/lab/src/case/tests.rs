//! DL-32: how a case stands follows from what happened, and nothing happens out of turn.

use super::*;

fn events(kinds: &[Kind]) -> Vec<Event> {
    let zip = kinds.iter().zip(1..);
    zip.map(|(kind, number)| Event {
        number,
        kind: *kind,
        side: done_by(*kind).unwrap_or(Side::Serves),
        person: PersonId::from_bytes([1; 16]),
        said: Said::default(),
        at: "2026-11-24T00:00:00Z".parse().expect("an instant"),
    })
    .collect()
}

/// The words of a line of time: `accepted assigned …`.
fn told(text: &str) -> Vec<Event> {
    let kinds: Vec<Kind> = text.split_whitespace().map(|it| Kind::from_key(it).expect("a kind")).collect();
    events(&kinds)
}

#[test]
fn a_case_stands_as_its_rows_say() {
    for (line, expected) in [
        ("", State::Ordered),
        ("asked answered", State::Ordered),
        ("declined", State::Declined),
        ("accepted", State::Accepted),
        ("accepted asked", State::Accepted),
        ("accepted withdrawn", State::Withdrawn),
        ("accepted assigned", State::Assigned),
        ("accepted assigned designing", State::Designing),
        ("accepted assigned designing proposed", State::Proposed),
        ("accepted assigned designing proposed redo", State::Redo),
        // The redone design is a new proposal: nothing says "redo" any more.
        ("accepted assigned designing proposed redo proposed", State::Proposed),
        ("accepted assigned designing proposed redo proposed approved", State::Approved),
        ("accepted assigned proposed approved released", State::Released),
        ("accepted assigned proposed approved released machined", State::Machined),
        ("accepted assigned proposed approved released machined finished", State::Finished),
        ("accepted assigned proposed approved released machined finished failed", State::Failed),
        ("accepted assigned finished inspected", State::Inspected),
        ("accepted assigned finished inspected delivered", State::Delivered),
        ("accepted assigned finished inspected delivered received", State::Received),
        ("accepted assigned finished inspected delivered received fitted", State::Fitted),
        ("accepted assigned finished inspected delivered received fitted remake", State::Remake),
        ("accepted assigned finished inspected delivered received remake assigned", State::Assigned),
        ("accepted revised assigned asked", State::Assigned),
    ] {
        let events = told(line);
        assert_eq!(state(&events), expected, "{line}");
        // And each of them was possible when it happened.
        for at in 0..events.len() {
            assert!(may_follow(state(&events[..at]), events[at].kind), "{line}: {at}");
        }
    }
}

#[test]
fn nothing_happens_out_of_turn() {
    let may = |state: State| -> String {
        let kinds = Kind::ALL.into_iter().filter(|it| may_follow(state, *it));
        kinds.map(Kind::key).collect::<Vec<_>>().join(" ")
    };
    for (state, expected) in [
        (State::Ordered, "accepted declined withdrawn asked answered revised"),
        (State::Accepted, "withdrawn asked answered revised assigned"),
        (State::Declined, ""),
        (State::Withdrawn, ""),
        (State::Assigned, "withdrawn asked answered revised assigned designing proposed finished"),
        (State::Designing, "withdrawn asked answered revised assigned proposed"),
        (State::Proposed, "withdrawn asked answered revised proposed approved redo"),
        (State::Redo, "withdrawn asked answered revised assigned designing proposed"),
        (State::Approved, "withdrawn asked answered revised redo released"),
        (State::Released, "withdrawn asked answered redo released machined"),
        (State::Machined, "asked answered finished"),
        (State::Finished, "asked answered inspected failed"),
        (State::Failed, "asked answered assigned"),
        (State::Inspected, "asked answered delivered"),
        (State::Delivered, "asked answered received"),
        (State::Received, "asked answered fitted remake"),
        (State::Fitted, "asked answered remake"),
        (State::Remake, "withdrawn asked answered revised assigned"),
    ] {
        assert_eq!(may(state), expected, "{}", state.key());
    }
}

#[test]
fn a_question_waits_for_the_other_side() {
    let mut all = told("asked");
    assert_eq!(waits_for(&all), Some(Side::Asks), "the laboratory asked");
    all.extend(told("asked answered").split_off(1));
    assert_eq!(waits_for(&all), Some(Side::Asks), "its own word is no answer");
    all[1].side = Side::Asks;
    assert_eq!(waits_for(&all), None);
    assert_eq!(waits_for(&[]), None);
}
