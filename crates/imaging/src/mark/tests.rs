//! What a mark must have to be one, and who sees which version.

use super::*;

fn picture(sop: &str) -> Picture {
    let uid = |it: &str| Uid::parse(it).expect("an identifier");
    Picture { series: uid("1.2.3.1"), sop: uid(sop), frame: 1 }
}

fn mark(kind: Tool, count: usize) -> Mark {
    Mark {
        id: "a".into(),
        kind,
        picture: (!kind.is_along_arch()).then(|| picture("1.2.3.1.1")),
        frame_of_reference: "1.2.9".into(),
        points: vec![[1.0, 2.0, 3.0]; count],
        pixels: if kind.is_along_arch() { vec![] } else { vec![[10.5, 20.5]; count] },
        closed: false,
        normal: Some([0.0, 0.0, 1.0]),
        values: BTreeMap::new(),
        words: String::new(),
        on_arch: kind.is_along_arch().then(|| OnArch {
            series: picture("1.2").series,
            view: "panorama".into(),
            from: [0.0, 0.0],
            to: [1.0, 1.0],
        }),
    }
}

fn set(marks: Vec<Mark>) -> Set {
    Set { marks, ..Set::default() }
}

#[test]
fn marks_are_taken_within_their_limits_only() {
    // TR-24
    use Refused::{TooMuch, Unreadable};
    for (kind, count) in [
        (Tool::Length, 2),
        (Tool::Angle, 3),
        (Tool::Ellipse, 4),
        (Tool::Area, POINTS_MAX),
        (Tool::Probe, 1),
        (Tool::Arrow, 2),
        (Tool::PanoramaLength, 2),
        (Tool::SectionLength, 2),
    ] {
        assert_eq!(set(vec![mark(kind, count)]).check(), Ok(()), "{kind:?}");
        let more = if kind == Tool::Area { TooMuch } else { Unreadable };
        assert_eq!(set(vec![mark(kind, count + 1)]).check(), Err(more), "{kind:?}");
    }
    type Spoil = fn(&mut Set);
    let cases: &[(&str, Spoil, Refused)] = &[
        ("two of one name", |it| it.marks.push(it.marks[0].clone()), Unreadable),
        ("no name", |it| it.marks[0].id.clear(), Unreadable),
        ("a long name", |it| it.marks[0].id = "x".repeat(65), Unreadable),
        ("long words", |it| it.marks[0].words = "あ".repeat(61), Unreadable),
        ("words in two lines", |it| it.marks[0].words = "a\nb".into(), Unreadable),
        ("nowhere", |it| it.marks[0].points[0][0] = f64::NAN, Unreadable),
        ("far away", |it| it.marks[0].pixels[0][1] = 2e6, Unreadable),
        ("fewer pixels", |it| it.marks[0].pixels.truncate(1), Unreadable),
        ("pixels of no picture", |it| it.marks[0].picture = None, Unreadable),
        ("no frame 0", |it| it.key_images.push(Picture { frame: 0, ..picture("1.2") }), Unreadable),
        ("one key image twice", |it| it.key_images = vec![picture("1.2"), picture("1.2")], Unreadable),
        ("a long unit", |it| drop(it.marks[0].values.insert("unit".into(), Value::Text("m".repeat(65)))), Unreadable),
        ("no window", |it| it.looks.push(Look { picture: picture("1.2"), centre: 0.0, width: 0.0 }), Unreadable),
        (
            "no arch",
            |it| it.arches.push(Arch { series: Uid::parse("1.2").expect("good"), points: vec![[0.0, 0.0]] }),
            Unreadable,
        ),
        ("too many", |it| it.marks = vec![it.marks[0].clone(); MARKS_MAX + 1], TooMuch),
        ("too many key images", |it| it.key_images = vec![picture("1.2"); KEY_IMAGES_MAX + 1], TooMuch),
    ];
    for (name, spoil, expected) in cases {
        let mut it = set(vec![mark(Tool::Length, 2)]);
        spoil(&mut it);
        assert_eq!(it.check(), Err(*expected), "{name}");
    }
}

#[test]
fn what_was_measured_stands_in_words() {
    // TR-24
    let with = |kind, count, values: &[(&str, Value)], words: &str| {
        let mut it = mark(kind, count);
        it.values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        words.clone_into(&mut it.words);
        it
    };
    let (number, text) = (Value::Number, |it: &str| Value::Text(it.to_owned()));
    let length = with(Tool::Length, 2, &[("length", number(20.06)), ("unit", text("mm"))], "");
    assert_eq!(length.text(false, Lang::Ja), "20.1 mm");
    assert_eq!(length.text(true, Lang::Ja), "20.1 mm（検出器面上）");
    let angle = with(Tool::Angle, 3, &[("angle", number(35.0))], "");
    assert_eq!(angle.text(true, Lang::En), "35.0°", "an angle is the same on the detector");
    let area = [("area", number(12.34)), ("areaUnit", text("mm²")), ("mean", number(811.6)), ("stdDev", number(30.2))];
    let area = with(Tool::Ellipse, 4, &[area.as_slice(), &[("modalityUnit", text("HU"))]].concat(), "");
    assert_eq!(area.text(false, Lang::En), "Area 12.3 mm²\nMean 812 ± 30 HU");
    let probe = with(Tool::Probe, 1, &[("value", number(-3.0)), ("modalityUnit", text("HU"))], "");
    assert_eq!(probe.text(false, Lang::Ja), "-3 HU");
    assert_eq!(with(Tool::Arrow, 2, &[], "下顎管").text(false, Lang::Ja), "下顎管");
    let half = with(Tool::Angle, 3, &[("angle", text("Incomplete Angle"))], "");
    assert_eq!(half.text(false, Lang::Ja), "", "what is no number was not measured");
}

fn version(person: u8, from: u8, number: i64, kept: bool, tab: &str, marks: Vec<Mark>) -> Version {
    let at = Timestamp::from_second(number).expect("a moment");
    Version {
        id: RowId::from_bytes([u8::try_from(number).expect("small"); 16]),
        person: PersonId::from_bytes([person; 16]),
        from: FacilityId::from_bytes([from; 16]),
        number,
        body: Body { author: "渡辺".into(), facility: "病院".into(), tab: tab.into(), set: set(marks) },
        saved_at: at,
        kept_at: kept.then_some(at),
    }
}

#[test]
fn nothing_is_written_over() {
    // TR-24
    let (one, two) = (set(vec![mark(Tool::Length, 2)]), set(vec![mark(Tool::Probe, 1)]));
    let newest = version(1, 1, 4, false, "left", one.marks.clone());
    assert_eq!(next(None, 0, "left", &Set::default()), Next::Same, "nothing drawn, nothing saved");
    assert_eq!(next(None, 0, "left", &one), Next::As(1));
    assert_eq!(next(Some(&newest), 4, "right", &two), Next::As(5));
    assert_eq!(next(Some(&newest), 3, "left", &two), Next::As(5), "the answer to the last saving was lost");
    assert_eq!(next(Some(&newest), 3, "right", &two), Next::Behind);
    assert_eq!(next(Some(&newest), 3, "right", &one), Next::Same);
    assert_eq!(next(Some(&newest), 4, "left", &Set::default()), Next::As(5), "all taken away is a version too");
}

#[test]
fn a_draft_of_another_facility_is_seen_by_nobody() {
    // TR-24
    let all = || {
        vec![
            version(1, 1, 1, true, "", vec![]),
            version(1, 1, 2, false, "", vec![]),
            version(2, 1, 3, false, "", vec![]),
            version(3, 2, 4, false, "", vec![]),
        ]
    };
    let seen = |me: u8, home: u8| {
        let shown = shown(all(), PersonId::from_bytes([me; 16]), FacilityId::from_bytes([home; 16]));
        shown.iter().map(|it| it.number).collect::<Vec<_>>()
    };
    assert_eq!(seen(1, 1), [2, 3], "mine, and a colleague's");
    assert_eq!(seen(9, 2), [1, 4], "from there what was kept, from here everything");
    assert_eq!(seen(9, 3), [1]);
    assert_eq!(seen(3, 3), [1, 4], "mine wherever I work");
}

#[test]
fn a_name_is_one_identifier() {
    assert_eq!(uid("a"), uid("a"));
    assert_ne!(uid("a"), uid("b"));
    assert!(uid("a").as_str().starts_with("2.25."));
}
