//! DL-04, DL-05: what an order must say, whom it names, how long it is kept.

use super::*;

const FULL: [(&str, &str); 9] = [
    ("agreement", "00000000000000000000000001"),
    ("prosthesis", "crown"),
    ("teeth", "46"),
    ("design", "全部被覆冠"),
    ("method", "CAD/CAM"),
    ("materials", "ジルコニア"),
    ("due_on", "2026-12-01"),
    ("shade", "A3"),
    ("reason", "色を変える"),
];

fn parsed(pairs: &[(&str, &str)], version: i64) -> Result<Form, Vec<&'static str>> {
    let today = "2026-11-24".parse().expect("a day");
    Form::parse(&Fields::of(pairs), today, version).map_err(|it| it.0.iter().map(|it| it.0).collect())
}

pub(crate) fn content() -> Content {
    Content {
        patient: JapaneseName::parse("田中", "幸子", "タナカ", "サチコ").expect("a name"),
        design: "全部被覆冠".into(),
        method: "CAD/CAM".into(),
        materials: "ジルコニア".into(),
        issued_on: "2026-11-24".parse().expect("a day"),
        dentist: "佐藤 健一".into(),
        clinic: "青葉歯科".into(),
        clinic_address: "東京都青葉区1-2-3".into(),
        laboratories: vec![Laboratory {
            name: "みなと歯科技工所".into(),
            address: "横浜市港町7-8".into(),
            facility: Some(FacilityId::from_bytes([1; 16])),
        }],
        patient_number: "00001".into(),
        prosthesis: "crown".into(),
        teeth: vec![46],
        shade: "A3".into(),
        implant: String::new(),
        bite: String::new(),
        notes: String::new(),
        due_on: "2026-12-01".parse().expect("a day"),
    }
}

#[test]
fn an_order_says_what_for_which_teeth_of_what_and_until_when() {
    // DL-04
    assert!(parsed(&FULL, 1).is_ok() && parsed(&FULL, 2).is_ok());
    for (left_out, _) in FULL {
        let pairs: Vec<_> = FULL.into_iter().filter(|it| it.0 != left_out).collect();
        let faults = |version| parsed(&pairs, version).err().unwrap_or_default();
        match left_out {
            "shade" => assert!(faults(1).is_empty() && faults(2).is_empty()),
            "agreement" => assert_eq!((faults(1), faults(2)), (vec!["agreement"], vec![])),
            "reason" => assert_eq!((faults(1), faults(2)), (vec![], vec!["reason"]), "a change says why"),
            _ => assert_eq!((faults(1), faults(2)), (vec![left_out], vec![left_out])),
        }
    }
    for (name, value) in [("due_on", "2026-11-23"), ("prosthesis", "nonsense"), ("teeth", "49")] {
        let mut pairs: Vec<_> = FULL.into_iter().filter(|it| it.0 != name).collect();
        pairs.push((name, value));
        assert_eq!(parsed(&pairs, 1).expect_err("refused"), [name], "{value}");
    }
    let mut splint: Vec<_> = FULL.into_iter().filter(|it| it.0 != "teeth" && it.0 != "prosthesis").collect();
    splint.push(("prosthesis", "splint"));
    assert!(parsed(&splint, 1).is_ok(), "not everything is about single teeth");
}

#[test]
fn each_of_the_seven_contents_of_the_law_is_missed() {
    // DL-04: 歯科技工士法施行規則12条. The day of issue is always there.
    assert!(content().missing().is_empty());
    type Take = fn(&mut Content);
    let without: [(Take, &str); 7] = [
        (|it| it.design = " ".into(), "設計"),
        (|it| it.method.clear(), "作成の方法"),
        (|it| it.materials.clear(), "使用する材料"),
        (|it| it.dentist.clear(), "発行した歯科医師の氏名"),
        (|it| it.clinic_address.clear(), "医療機関の所在地"),
        (|it| it.laboratories.clear(), "歯科技工所の名称と所在地"),
        (|it| it.laboratories[0].address.clear(), "歯科技工所の名称と所在地"),
    ];
    for (take, expected) in without {
        let mut it = content();
        take(&mut it);
        assert_eq!(it.missing().iter().map(|it| it.ja.as_ref()).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn only_a_named_laboratory_is_named() {
    // DL-05
    let it = content();
    assert!(it.names("みなと歯科技工所"));
    for other in ["", "みなと", "別の歯科技工所"] {
        assert!(!it.names(other), "{other}");
    }
    let mut pairs = FULL.to_vec();
    pairs.push(("lab2_name", "川崎ミリング"));
    assert_eq!(parsed(&pairs, 1).expect_err("without address"), ["lab2_address"]);
    pairs.push(("lab2_address", "川崎市1-1"));
    assert_eq!(parsed(&pairs, 1).expect("a form").further.len(), 1);
}

#[test]
fn the_next_version_begins_with_what_the_last_one_says() {
    let mut it = content();
    it.laboratories.push(Laboratory { name: "川崎".into(), address: "川崎市".into(), facility: None });
    let filled = Form::filled(&it);
    for (name, value) in [("prosthesis", "crown"), ("teeth", "46"), ("shade", "A3"), ("lab1_name", "川崎")] {
        assert_eq!(filled.get(name), value);
    }
    assert_eq!(filled.get("lab2_name"), "");
}

#[test]
fn an_order_is_kept_two_years_from_the_end_of_the_work() {
    // DL-04: 歯科技工士法19条
    for (ended, until) in [("2026-11-24", "2028-11-24"), ("2028-02-29", "2030-02-28")] {
        assert_eq!(kept_until(ended.parse().expect("a day")).to_string(), until);
    }
}
