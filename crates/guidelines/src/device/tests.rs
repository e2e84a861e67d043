//! Tables of cases: what is wrong with a device at which place, and how old an answer may be.

use super::*;

fn at(day: &str) -> Timestamp {
    format!("{day}T03:00:00Z").parse().expect("an instant")
}

fn good(day: &str) -> Told {
    Told {
        at: at(day),
        system: Some(System { family: "debian".into(), version: "12".into() }),
        updates: Updates::Installed,
        security: Answer::Yes,
        encrypted: Answer::Yes,
        locks: Answer::Yes,
        bluetooth_off: Answer::Yes,
        ad_hoc_off: Answer::Yes,
    }
}

fn facts(agent: Option<Told>, hand: Option<Told>) -> Facts {
    Facts { kind: Kind::Owned, has_rules: false, is_managed: false, agent, hand }
}

fn found(facts: &Facts, place: Place) -> Vec<&'static str> {
    let verdict = judge(facts, place, at("2026-11-24"));
    if let Err(all) = &verdict {
        assert!(!all.is_empty(), "a refusal names what it is about");
        for it in all {
            assert!(it.clause.clause().is_some(), "{it:?}");
            assert!(![&it.reason, &it.mend].iter().any(|it| it.ja.is_empty() || it.en.is_empty()), "{it:?}");
        }
    }
    verdict.err().unwrap_or_default().iter().map(|it| it.check.key()).collect()
}

/// DL-12: each answer alone, at both places, when it is no and when nobody knows.
#[test]
fn what_is_not_so_or_not_known_is_named_where_it_is_asked_for() {
    type Spoil = fn(&mut Told, Answer);
    let cases: [(&str, Spoil, bool); 7] = [
        (
            "system",
            |it, answer| {
                let old = System { family: "debian".into(), version: "11.9".into() };
                it.system = Some(old).filter(|_| answer == Answer::No);
            },
            true,
        ),
        (
            "updates",
            |it, answer| {
                let since = Updates::WaitingSince(at("2026-11-09"));
                it.updates = if answer == Answer::No { since } else { Updates::Unknown };
            },
            true,
        ),
        ("security", |it, answer| it.security = answer, true),
        ("encryption", |it, answer| it.encrypted = answer, false),
        ("lock", |it, answer| it.locks = answer, true),
        ("bluetooth", |it, answer| it.bluetooth_off = answer, false),
        ("ad_hoc", |it, answer| it.ad_hoc_off = answer, false),
    ];
    let fine = facts(Some(good("2026-11-23")), None);
    assert_eq!((found(&fine, Place::Remote), found(&fine, Place::Facility)), (vec![], vec![]));
    for (check, spoil, at_facility) in cases {
        for answer in [Answer::No, Answer::Unknown] {
            let mut told = good("2026-11-23");
            spoil(&mut told, answer);
            let spoiled = facts(Some(told.clone()), None);
            assert_eq!(found(&spoiled, Place::Remote), [check], "{answer:?}");
            assert_eq!(!found(&spoiled, Place::Facility).is_empty(), at_facility, "{check} {answer:?}");
            // What the agent cannot see, the manager's record says; what it sees, it does not.
            let with_hand = facts(Some(told), Some(good("2026-11-01")));
            assert_eq!(found(&with_hand, Place::Remote).is_empty(), answer == Answer::Unknown, "{check} {answer:?}");
        }
    }
}

/// DL-12: how old an answer may be.
#[test]
fn an_answer_counts_for_its_days_only() {
    let cases = [
        (None, None, false),
        (Some("2026-11-17"), None, true),
        (Some("2026-11-16"), None, false),
        (None, Some("2026-08-26"), true),
        (None, Some("2026-08-25"), false),
        (Some("2026-11-01"), Some("2026-11-01"), true),
        // The clock of whoever told was ahead: that is no reason to trust it less than one that is right.
        (Some("2026-11-25"), None, true),
    ];
    for (agent, hand, counts) in cases {
        let facts = facts(agent.map(good), hand.map(good));
        let expected: &[&str] = if counts { &[] } else { &["heard"] };
        assert_eq!(found(&facts, Place::Remote), expected, "{agent:?} {hand:?}");
    }
}

/// DL-12: updates may wait for some days.
#[test]
fn updates_wait_for_two_weeks() {
    for (since, counts) in [("2026-11-10", true), ("2026-11-09", false)] {
        let told = Told { updates: Updates::WaitingSince(at(since)), ..good("2026-11-23") };
        assert_eq!(found(&facts(Some(told), None), Place::Facility).is_empty(), counts, "{since}");
    }
}

/// DL-13
#[test]
fn what_is_lent_needs_rules_and_what_is_personal_a_manager_who_can_change_its_settings() {
    let cases: [(Kind, bool, bool, &[&str]); 7] = [
        (Kind::Owned, false, false, &[]),
        (Kind::Lent, true, false, &[]),
        (Kind::Lent, false, false, &["rules"]),
        (Kind::Personal, true, true, &[]),
        (Kind::Personal, true, false, &["managed"]),
        (Kind::Personal, false, true, &["rules"]),
        (Kind::Personal, false, false, &["rules", "managed"]),
    ];
    for (kind, has_rules, is_managed, expected) in cases {
        for place in Place::ALL {
            let facts = Facts { kind, has_rules, is_managed, ..facts(Some(good("2026-11-23")), None) };
            assert_eq!(found(&facts, place), expected, "{kind:?} {has_rules} {is_managed}");
        }
    }
}

#[test]
fn a_system_belongs_to_the_newest_line_that_it_has_reached() {
    for (family, version, name) in [
        ("windows", "10.0.19045.5011", Some("Windows 10 22H2")),
        ("windows", "10.0.18363", Some("Windows 10 (older than 22H2)")),
        ("windows", "10.0.26200", Some("Windows 11 25H2")),
        ("windows", "10.0.30000", Some("Windows 11 25H2")),
        ("windows", "6.1.7601", None),
        ("debian", "12", Some("Debian 12")),
        ("debian", "12.8", Some("Debian 12")),
        ("debian", "trixie/sid", None),
        ("ubuntu", "24.04", Some("Ubuntu 24.04")),
        ("ubuntu", "25.04", Some("Ubuntu 24.10 to 25.10")),
        ("macos", "15.1", Some("macOS 15")),
        ("plan9", "4", None),
        ("debian", "", None),
    ] {
        let system = System { family: family.into(), version: version.into() };
        assert_eq!(policy().line(&system).map(|it| it.name.as_ref()), name, "{family} {version}");
    }
}

/// CS-142
#[test]
fn the_policy_has_an_edition_and_asks_at_every_place() {
    assert_eq!(policy().edition, "2026-11");
    assert!(policy().valid_from <= "2026-11-22".parse().expect("a day"));
    for place in Place::ALL {
        assert!(policy().asks(place).len() >= 4, "{place:?}");
    }
    assert!(policy().systems.iter().all(|it| numbers(&it.from).is_some()));
}
