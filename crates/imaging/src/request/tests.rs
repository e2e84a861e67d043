//! TR-01, TR-11: what a request needs, how it stands, in which order it is worked on.

use super::*;

const FULL: [(&str, &str); 10] = [
    ("agreement", "00000000000000000000000001"),
    ("examination", "cbct_implant"),
    ("urgent", "no"),
    ("reason", "インプラント術前"),
    ("question", "46部の骨量"),
    ("teeth", "46"),
    ("consent_by", "patient"),
    ("consent_how", "paper"),
    ("consent_on", "2026-11-24"),
    ("study", "00000000000000000000000002"),
];

fn parsed(pairs: &[(&str, &str)]) -> Result<Form, Vec<&'static str>> {
    let today = "2026-11-24".parse().expect("a day");
    Form::parse(&Fields::of(pairs), today).map_err(|it| it.0.iter().map(|it| it.0).collect())
}

#[test]
fn a_request_says_why_what_for_with_whose_consent_and_which_images() {
    // TR-01
    let form = parsed(&FULL).expect("well-formed");
    assert_eq!((form.teeth.as_slice(), form.studies.len(), form.urgent), (&[46][..], 1, false));
    for (left_out, _) in FULL {
        let pairs: Vec<_> = FULL.into_iter().filter(|it| it.0 != left_out).collect();
        match left_out {
            "teeth" => assert!(parsed(&pairs).is_ok(), "not everything is about a tooth"),
            _ => assert_eq!(parsed(&pairs).expect_err("refused"), [left_out]),
        }
    }
    for (name, value) in [("consent_on", "2026-11-25"), ("examination", "nonsense"), ("study", "x"), ("urgent", "")] {
        let mut pairs: Vec<_> = FULL.into_iter().filter(|it| it.0 != name).collect();
        pairs.push((name, value));
        assert_eq!(parsed(&pairs).expect_err("refused"), [name], "{value}");
    }
    let mut pairs = FULL.to_vec();
    pairs.push(("prior", "00000000000000000000000002"));
    assert!(parsed(&pairs).expect("well-formed").priors.is_empty(), "no image is compared with itself");
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn request(number: u8, urgent: bool, due: &str) -> Request {
    let day = "1948-04-12".parse().expect("a day");
    let name = JapaneseName::parse("田中", "幸子", "タナカ", "サチコ").expect("a name");
    Request {
        id: RequestId::from_bytes([number; 16]),
        partner: FacilityId::from_bytes([9; 16]),
        agreement: AgreementId::from_bytes([8; 16]),
        side: Side::Serves,
        patient: kernel::PatientId::from_bytes([7; 16]),
        examination: "cbct_implant".into(),
        urgent,
        content: Content {
            patient: Shown { name, number: "00001".into(), birth_date: day, sex: "female".into() },
            reason: String::new(),
            question: String::new(),
            teeth: vec![],
            history: String::new(),
            consent: Consent { by: "patient".into(), how: "paper".into(), on: day },
        },
        responsible: PersonId::from_bytes([6; 16]),
        asked_at: at("2026-11-24T00:00:00Z"),
        due_at: at(due),
        takings: vec![],
        stop: None,
        reported_at: None,
    }
}

#[test]
fn a_request_stands_as_its_rows_say() {
    // TR-11
    let reader = PersonId::from_bytes([5; 16]);
    let taking = Taking { person: reader, reason: String::new(), at: at("2026-11-24T01:00:00Z") };
    let stop = |returned| Stop { returned, reason: "x".into(), by: String::new(), at: at("2026-11-24T02:00:00Z") };
    let cases = [
        (None, None, None, State::Waiting, false),
        (Some(&taking), None, None, State::Reading(reader), true),
        (Some(&taking), None, Some(at("2026-11-24T03:00:00Z")), State::Reported, true),
        (Some(&taking), Some(stop(true)), None, State::Returned, false),
        (None, Some(stop(false)), None, State::Withdrawn, false),
    ];
    for (taking, stop, reported_at, expected, lends) in cases {
        let mut it = request(1, false, "2026-11-27T00:00:00Z");
        (it.takings, it.stop, it.reported_at) = (taking.into_iter().cloned().collect(), stop, reported_at);
        assert_eq!((it.state(), it.lends_images()), (expected, lends));
        let runs = matches!(expected, State::Waiting | State::Reading(_));
        assert_eq!(it.left(at("2026-11-24T00:00:00Z")).is_some(), runs);
    }
}

#[test]
fn urgent_comes_first_then_what_is_due_soonest() {
    // TR-11
    let mut done = request(4, true, "2026-11-24T06:00:00Z");
    done.reported_at = Some(at("2026-11-24T05:00:00Z"));
    let mut later = request(5, false, "2026-11-25T06:00:00Z");
    later.reported_at = Some(at("2026-11-25T05:00:00Z"));
    let mut all = vec![
        request(1, false, "2026-11-27T00:00:00Z"),
        done,
        later,
        request(2, false, "2026-11-26T00:00:00Z"),
        request(3, true, "2026-11-28T00:00:00Z"),
    ];
    in_order(&mut all);
    assert_eq!(all.iter().map(|it| it.id.as_bytes()[0]).collect::<Vec<_>>(), [3, 2, 1, 5, 4]);
}
