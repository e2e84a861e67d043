//! TR-05: the rules of an agreement, as tables.

use super::*;

const FULL: [(&str, &str); 8] = [
    ("scope", "CBCTの読影"),
    ("network", "回線は各自"),
    ("equipment", "各自"),
    ("usage", "依頼側が説明"),
    ("fee", "3300円"),
    ("routine_h", "72"),
    ("urgent_h", "24"),
    ("valid_from", "2026-12-01"),
];

fn faulty(pairs: &[(&str, &str)]) -> Vec<&'static str> {
    Terms::parse(&Fields::of(pairs)).err().unwrap_or_default().0.iter().map(|it| it.0).collect()
}

#[test]
fn terms_say_what_how_soon_and_who_answers_for_what() {
    // TR-05
    assert!(Terms::parse(&Fields::of(&FULL)).is_ok());
    for (left_out, _) in FULL {
        let pairs: Vec<_> = FULL.into_iter().filter(|it| it.0 != left_out).collect();
        assert_eq!(faulty(&pairs), [left_out]);
    }
    let with = |name: &'static str, value: &'static str| {
        let mut pairs: Vec<_> = FULL.into_iter().filter(|it| it.0 != name).collect();
        pairs.push((name, value));
        faulty(&pairs)
    };
    for (name, value, expected) in [
        ("urgent_h", "73", &["urgent_h"][..]),
        ("urgent_h", "72", &[]),
        ("routine_h", "0", &["routine_h"]),
        ("routine_h", "673", &["routine_h"]),
        ("valid_until", "2026-11-30", &["valid_until"]),
        ("valid_until", "2026-12-01", &[]),
        ("valid_until", "x", &["valid_until"]),
    ] {
        assert_eq!(with(name, value), expected, "{name}={value}");
    }
}

#[test]
fn somebody_can_be_called() {
    // TR-05, TR-06
    type Case = (&'static [(&'static str, &'static str)], Result<usize, &'static str>);
    let cases: [Case; 6] = [
        (&[], Err("contact1_name")),
        (&[("contact1_name", "佐藤"), ("contact1_phone", "03-5550-0101")], Ok(1)),
        (&[("contact1_name", "佐藤")], Err("contact1_phone")),
        (&[("contact1_phone", "03-5550-0101")], Err("contact1_name")),
        (&[("contact2_name", "鈴木"), ("contact2_phone", "5550101")], Err("contact2_phone")),
        (
            &[("contact1_name", "佐藤"), ("contact1_phone", "0355500101"), ("contact1_mail", "sato")],
            Err("contact1_mail"),
        ),
    ];
    for (pairs, expected) in cases {
        let found = parse_contacts(&Fields::of(pairs)).map(|it| it.len()).map_err(|it| it.0[0].0);
        assert_eq!(found, expected, "{pairs:?}");
    }
}

fn agreement(until: Option<&str>, accepted: Option<bool>, last_day: Option<&str>) -> Agreement {
    let day = |it: &str| it.parse::<Date>().expect("a day");
    let mut terms = Terms::parse(&Fields::of(&FULL)).expect("terms");
    terms.valid_until = until.map(day);
    let (by, at) = (String::new(), Timestamp::UNIX_EPOCH);
    Agreement {
        id: AgreementId::from_bytes([1; 16]),
        partner: FacilityId::from_bytes([2; 16]),
        purpose: Purpose::Reading,
        side: Side::Asks,
        offered_here: true,
        terms,
        offered_by: by.clone(),
        offered_at: at,
        answer: accepted.map(|accepted| Answer { accepted, note: String::new(), by: by.clone(), at }),
        end: last_day.map(|it| End { last_day: day(it), reason: String::new(), by, at }),
        ours: vec![],
        theirs: vec![],
    }
}

#[test]
fn it_holds_only_when_both_have_agreed_and_within_its_days() {
    // TR-05
    let (no, yes) = (Some(false), Some(true));
    let cases = [
        (None, None, None, "2026-12-01", Standing::Offered),
        (None, no, None, "2026-12-01", Standing::Declined),
        (None, yes, None, "2026-11-30", Standing::NotYet),
        (None, yes, None, "2026-12-01", Standing::InForce),
        (None, yes, None, "2036-12-01", Standing::InForce),
        (Some("2026-12-31"), yes, None, "2026-12-31", Standing::InForce),
        (Some("2026-12-31"), yes, None, "2027-01-01", Standing::Ended),
        (Some("2026-12-31"), yes, Some("2026-12-10"), "2026-12-10", Standing::InForce),
        (Some("2026-12-31"), yes, Some("2026-12-10"), "2026-12-11", Standing::Ended),
        // An end after the agreed last day makes it no longer.
        (Some("2026-12-31"), yes, Some("2027-02-01"), "2027-01-01", Standing::Ended),
    ];
    for (until, accepted, last_day, day, expected) in cases {
        let it = agreement(until, accepted, last_day);
        assert_eq!(it.standing(day.parse().expect("a day")), expected, "{until:?} {accepted:?} {last_day:?} {day}");
    }
}
