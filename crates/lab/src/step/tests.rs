//! DL-01, DL-02, DL-05, DL-10, DL-30, DL-31: what may be done where, by whom, and who may inspect it.

use kernel::FacilityId;
use people::agreement::Side;

use super::*;
use crate::case::{Event, Said};
use crate::order::Version;

const ME: PersonId = PersonId::from_bytes([1; 16]);
const COLLEAGUE: PersonId = PersonId::from_bytes([2; 16]);
const ALL: Known = Known { employed: true, licensed: true, trained: true, manager_trained: true };

fn at(minute: i64) -> Timestamp {
    kernel::time::plus_min("2026-11-24T00:00:00Z".parse().expect("an instant"), minute)
}

/// A case on which this happened, one minute after another; `assigned` to me.
pub(crate) fn case(line: &[(What, PersonId)]) -> Case {
    let events = line.iter().zip(1..).map(|((kind, person), number)| Event {
        number,
        kind: *kind,
        side: Side::Serves,
        person: *person,
        said: Said { person: (*kind == What::Assigned).then_some(ME), ..Said::default() },
        at: at(number),
    });
    let content = crate::order::tests::content();
    Case {
        id: CaseId::from_bytes([9; 16]),
        partner: FacilityId::from_bytes([8; 16]),
        agreement: RowId::from_bytes([7; 16]),
        side: Side::Serves,
        patient: kernel::PatientId::from_bytes([6; 16]),
        ordered_at: at(0),
        versions: vec![Version { number: 1, content, reason: String::new(), by: ME, at: at(0) }],
        events: events.collect(),
    }
}

/// A step in the laboratory that goes on.
pub(crate) fn step(kind: Kind, person: PersonId, minute: i64) -> Step {
    Step {
        id: StepId::from_bytes([4; 16]),
        case: CaseId::from_bytes([9; 16]),
        kind,
        person,
        place: Where::Here,
        confirmed: vec![],
        device: String::new(),
        started_at: at(minute),
        end: None,
    }
}

fn refused(kind: Kind, place: Where, confirmed: &[&str], known: Known, person: PersonId, own: bool) -> String {
    let form = Form { kind, place, confirmed: confirmed.iter().map(|it| (*it).to_owned()).collect() };
    let case = case(&[(What::Accepted, COLLEAGUE), (What::Assigned, COLLEAGUE)]);
    let all = may_begin(&case, person, &form, known, own);
    all.iter().map(|it| it.clause.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn only_design_by_computer_is_done_outside_the_laboratory() {
    // DL-02
    let all = ["filter", "room", "alone", "network"];
    let place = || Where::Remote(PlaceId::from_bytes([3; 16]));
    for kind in Kind::ALL {
        let remote = refused(kind, place(), &all, ALL, ME, true);
        let expected = if matches!(kind, Kind::Design | Kind::Check) { "" } else { "DL-02" };
        assert_eq!(remote, expected, "{}", kind.key());
        assert_eq!(refused(kind, Where::Here, &[], ALL, ME, false), "", "{} here", kind.key());
    }
}

#[test]
fn a_session_outside_the_laboratory_is_confirmed_and_at_ones_own_place() {
    // DL-01, DL-10, DL-40
    let all = ["filter", "room", "alone", "network"];
    let remote = |confirmed: &[&str], known, person, own| {
        refused(Kind::Design, Where::Remote(PlaceId::from_bytes([3; 16])), confirmed, known, person, own)
    };
    assert_eq!(remote(&all, ALL, ME, true), "");
    for left_out in 0..all.len() {
        let some: Vec<_> = all.iter().enumerate().filter(|it| it.0 != left_out).map(|it| *it.1).collect();
        assert_eq!(remote(&some, ALL, ME, true), "DL-10");
    }
    assert_eq!(remote(&[], ALL, ME, true), "DL-10");
    assert_eq!(remote(&all, ALL, ME, false), "DL-01", "somebody else's place");
    assert_eq!(remote(&all, ALL, COLLEAGUE, true), "DL-01", "somebody else's case");
    assert_eq!(remote(&all, Known { trained: false, ..ALL }, ME, true), "DL-40");
    assert_eq!(remote(&all, Known { licensed: false, ..ALL }, ME, true), "DL-01");
}

#[test]
fn work_is_done_only_where_the_order_names_the_laboratory() {
    // DL-05
    let named = |name: &str| refused(Kind::Milling, Where::Named(name.into()), &[], ALL, ME, false);
    assert_eq!(named("みなと歯科技工所"), "");
    assert_eq!(named("川崎ミリング"), "DL-05");
}

#[test]
fn whoever_made_a_piece_does_not_inspect_it() {
    // DL-31
    let finished = case(&[(What::Assigned, ME), (What::Finished, ME)]);
    assert_eq!(makers(&finished, &[]), [ME]);
    assert_eq!(makers(&finished, &[step(Kind::Design, COLLEAGUE, 1)]), [ME], "a design is checked by others anyway");
    assert_eq!(makers(&finished, &[step(Kind::Polishing, COLLEAGUE, 1)]), [COLLEAGUE, ME]);
    let again = case(&[(What::Finished, ME), (What::Remake, ME), (What::Assigned, ME), (What::Finished, COLLEAGUE)]);
    assert_eq!(makers(&again, &[step(Kind::Milling, ME, 1)]), [COLLEAGUE], "of the round before");
    assert_eq!(makers(&again, &[step(Kind::Milling, ME, 3)]), [ME, COLLEAGUE]);
}

#[test]
fn a_material_has_its_lot() {
    // DL-30
    let parsed = |pairs: &[(&str, &str)]| {
        parse_end(&Fields::of(pairs)).map_err(|it| it.0.iter().map(|it| it.0).collect::<Vec<_>>())
    };
    assert_eq!(parsed(&[]).expect("a design uses none").0, []);
    assert_eq!(parsed(&[("product1", "ジルコニア"), ("lot1", "Z-1")]).expect("whole").0.len(), 1);
    assert_eq!(parsed(&[("product1", "ジルコニア")]).expect_err("refused"), ["lot1"]);
    assert_eq!(parsed(&[("lot3", "Z-1")]).expect_err("refused"), ["product3"]);
}

#[test]
fn a_step_names_its_place() {
    let place = |text: &str| Form::parse(&Fields::of(&[("kind", "milling"), ("place", text)])).map(|it| it.place).ok();
    assert_eq!(place("here"), Some(Where::Here));
    assert_eq!(place("named:川崎"), Some(Where::Named("川崎".into())));
    assert_eq!(place("00000000000000000000000001").map(|it| matches!(it, Where::Remote(_))), Some(true));
    for wrong in ["", "home", "named"] {
        assert_eq!(place(wrong), None, "{wrong}");
    }
}
