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
        ("accepted noted", State::Accepted),
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
        (State::Ordered, "accepted declined withdrawn asked answered noted revised"),
        (State::Accepted, "withdrawn asked answered noted revised assigned"),
        (State::Declined, ""),
        (State::Withdrawn, ""),
        (State::Assigned, "withdrawn asked answered noted revised assigned designing proposed finished"),
        (State::Designing, "withdrawn asked answered noted revised assigned proposed"),
        (State::Proposed, "withdrawn asked answered noted revised proposed approved redo"),
        (State::Redo, "withdrawn asked answered noted revised assigned designing proposed"),
        (State::Approved, "withdrawn asked answered noted revised redo released"),
        (State::Released, "withdrawn asked answered noted redo released machined"),
        (State::Machined, "asked answered noted finished"),
        (State::Finished, "asked answered noted inspected failed"),
        (State::Failed, "asked answered noted assigned"),
        (State::Inspected, "asked answered noted delivered"),
        (State::Delivered, "asked answered noted received"),
        (State::Received, "asked answered noted fitted remake"),
        (State::Fitted, "asked answered noted remake"),
        (State::Remake, "withdrawn asked answered noted revised assigned"),
    ] {
        assert_eq!(may(state), expected, "{}", state.key());
    }
}

#[test]
fn who_was_asked_owes_an_answer_until_it_has_answered() {
    // Each word with who says it: the clinic (c) or the laboratory (l).
    for (line, expected) in [
        ("", ""),
        ("l:asked", "c"),
        ("l:asked l:answered", "c"),
        ("l:asked c:answered", ""),
        ("l:asked l:asked c:answered", ""),
        ("l:asked c:answered l:asked", "c"),
        ("c:noted", "l"),
        ("c:noted l:answered", ""),
        // Whoever asks something back still owes the answer.
        ("l:asked c:noted", "cl"),
        ("l:asked c:noted l:answered", "c"),
        ("l:asked c:noted c:answered", "l"),
    ] {
        let words: Vec<(&str, &str)> = line.split_whitespace().filter_map(|it| it.split_once(':')).collect();
        let kinds: Vec<&str> = words.iter().map(|it| it.1).collect();
        let mut events = told(&kinds.join(" "));
        for (event, (who, _)) in events.iter_mut().zip(&words) {
            event.side = if *who == "c" { Side::Asks } else { Side::Serves };
        }
        let sides = [(Side::Asks, "c"), (Side::Serves, "l")];
        let owing: String = sides.iter().filter(|it| owes(&events, it.0)).map(|it| it.1).collect();
        assert_eq!(owing, expected, "{line}");
    }
}
