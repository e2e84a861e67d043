//! DL-01, DL-03, DL-06, DL-11, DL-40: who may work outside the laboratory, and what the authority is told.

use super::*;

#[test]
fn only_licensed_employed_and_trained_technicians_work_remotely() {
    // DL-01, DL-40
    let clauses = |all: Vec<Refusal>| all.iter().map(|it| it.clause.as_str()).collect::<Vec<_>>().join(" ");
    for (facts, at_the_laboratory, remotely) in [
        ([true, true, true, true], "", ""),
        ([false, true, true, true], "DL-01", "DL-01"),
        ([true, false, true, true], "DL-01", "DL-01"),
        ([true, true, false, true], "", "DL-40"),
        ([true, true, true, false], "", "DL-40"),
        ([false, false, false, false], "DL-01 DL-01", "DL-01 DL-01 DL-40 DL-40"),
    ] {
        let [employed, licensed, trained, manager_trained] = facts;
        let known = Known { employed, licensed, trained, manager_trained };
        assert_eq!(clauses(may_work(known)), at_the_laboratory, "{facts:?}");
        assert_eq!(clauses(may_work_remotely(known)), remotely, "{facts:?}");
    }
}

#[test]
fn a_training_covers_what_it_was_about() {
    // DL-40: the management of workers is the manager's alone.
    let held_on = "2026-11-01".parse().expect("a day");
    let training = |topics: &[Topic]| Training {
        person: PersonId::from_bytes([1; 16]),
        topics: topics.to_vec(),
        material: String::new(),
        held_on,
    };
    let (all, none) = (Topic::ALL.to_vec(), Vec::new());
    for (trainings, technician, manager) in [
        (vec![], vec![Topic::Security, Topic::Record], all.clone()),
        (vec![training(&[Topic::Security])], vec![Topic::Record], vec![Topic::Management, Topic::Record]),
        (vec![training(&[Topic::Security]), training(&[Topic::Record])], none.clone(), vec![Topic::Management]),
        (vec![training(&all)], none.clone(), none.clone()),
    ] {
        assert_eq!(untrained(&trainings, false), technician);
        assert_eq!(untrained(&trainings, true), manager);
    }
}

const PLACE: [(&str, &str); 6] = [
    ("person", "00000000000000000000000001"),
    ("kind", "other"),
    ("address", "横浜市緑区1-1"),
    ("phone", "090-1111-2222"),
    ("identity_how", "運転免許証と免許証の原本"),
    ("in_japan", "yes"),
];

#[test]
fn a_place_has_a_person_a_telephone_and_lies_in_japan() {
    // DL-01, DL-03, DL-11
    let parsed = |pairs: &[(&str, &str)]| {
        PlaceForm::parse(&Fields::of(pairs)).map_err(|it| it.0.iter().map(|it| it.0).collect::<Vec<_>>())
    };
    assert!(parsed(&PLACE).is_ok());
    for (left_out, _) in PLACE {
        let pairs: Vec<_> = PLACE.into_iter().filter(|it| it.0 != left_out).collect();
        assert_eq!(parsed(&pairs).expect_err("refused"), [left_out]);
    }
    let mut home = PLACE.to_vec();
    home[1].1 = "home";
    home.remove(2);
    assert!(parsed(&home).is_ok(), "the notification does not name a home");
}

#[test]
fn a_change_is_due_within_ten_days() {
    // DL-03, DL-06
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let day = |text: &str| text.parse::<Date>().expect("a day");
    let worker = |name: &str| Worker { name: name.into(), phone: String::new(), places: vec![], at_home: true };
    let filed = |names: &[&str]| Filed {
        authority: "横浜市".into(),
        filed_on: day("2026-11-02"),
        workers: names.iter().map(|it| worker(it)).collect(),
        recorded_at: at("2026-11-02T03:00:00Z"),
    };
    let first = at("2026-11-01T03:00:00Z");
    let second = at("2026-11-09T16:00:00Z"); // The 10th in Tokyo.
    for (now_so, last, changes, today, expected) in [
        (vec![], None, vec![], "2026-11-24", Standing::Nothing),
        (vec!["中村"], None, vec![first], "2026-11-11", Standing::Due(day("2026-11-11"))),
        (vec!["中村"], None, vec![first], "2026-11-12", Standing::Overdue(day("2026-11-11"))),
        (vec!["中村"], Some(filed(&["中村"])), vec![first], "2026-12-24", Standing::Filed(day("2026-11-02"))),
        // Somebody else since: open again, counted from that change, not from the one that was filed.
        (
            vec!["中村", "木村"],
            Some(filed(&["中村"])),
            vec![first, second],
            "2026-11-20",
            Standing::Due(day("2026-11-20")),
        ),
        (
            vec!["中村", "木村"],
            Some(filed(&["中村"])),
            vec![first, second],
            "2026-11-21",
            Standing::Overdue(day("2026-11-20")),
        ),
        // The last one stopped: that is a change, too.
        (vec![], Some(filed(&["中村"])), vec![first, second], "2026-11-15", Standing::Due(day("2026-11-20"))),
    ] {
        let now_so: Vec<Worker> = now_so.into_iter().map(worker).collect();
        assert_eq!(standing(&now_so, last.as_ref(), &changes, day(today)), expected, "{today} {now_so:?}");
    }
}
