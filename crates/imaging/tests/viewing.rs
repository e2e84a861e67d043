//! What stands beside a study in the viewer: earlier studies of the same patient and of nobody else (TR-24).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use imaging::dataset::Tag;
use imaging::instance::Uid;
use imaging::intake::{self, Intake, Kept, Origin};
use imaging::study::viewing;
use kernel::Who;
use testkit::Ward;

mod common;
use common::{CT, EXPLICIT, element};

/// A slice of somebody; `number` and `birth` may be empty, as devices send them.
fn slice(study: &str, day: &str, name: &str, number: &str, birth: &str) -> Vec<u8> {
    let mut out = Vec::new();
    element(&mut out, Tag(0x0008, 0x0005), b"CS", "ISO_IR 192");
    element(&mut out, Tag(0x0008, 0x0016), b"UI", CT);
    element(&mut out, Tag(0x0008, 0x0018), b"UI", &format!("{study}.9.1"));
    element(&mut out, Tag(0x0008, 0x0020), b"DA", day);
    element(&mut out, Tag(0x0010, 0x0010), b"PN", name);
    element(&mut out, Tag(0x0010, 0x0020), b"LO", number);
    element(&mut out, Tag(0x0010, 0x0030), b"DA", birth);
    element(&mut out, Tag(0x0020, 0x000D), b"UI", study);
    element(&mut out, Tag(0x0020, 0x000E), b"UI", &format!("{study}.9"));
    out
}

fn keep(ward: &Ward, bytes: &[u8]) {
    let key = ward.site.db.write_blocking(Some(ward.facility), |tx| tx.key()).expect("a key");
    let mut intake =
        Intake::data_set(&ward.site.blobs, ward.facility, &key, &ward.site.chance, EXPLICIT).expect("room");
    intake.write(bytes).expect("room");
    let arrived = intake.finish().expect("room").expect("whole");
    let (blobs, origin) = (ward.site.blobs.clone(), Origin { face: "test", sender: "CBCT1".into(), announced: None });
    assert_eq!(ward.given(move |tx, ctx| intake::keep(tx, ctx, &blobs, &arrived, &origin)), Kept::Stored);
}

fn earlier(ward: &Ward, study: &str) -> Vec<String> {
    let uid = Uid::parse(study).expect("a UID");
    let view = ward.given(move |tx, ctx| viewing::open(tx, ctx, &uid));
    view.earlier.into_iter().map(|it| it.uid).collect()
}

#[test]
fn earlier_studies_of_the_same_patient_stand_beside_and_nobody_elses() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let sachiko = ("TANAKA^SACHIKO=田中^幸子=たなか^さちこ", "A-1", "19580304");
        for (study, day, (name, number, birth)) in [
            ("1.1", "20261120", sachiko),
            ("1.2", "20241105", sachiko),
            ("1.3", "20250610", sachiko),
            ("1.4", "20261121", sachiko),
            ("1.5", "20240101", ("TANAKA^SACHIKO=田中^幸子=たなか^さちこ", "A-1", "19990101")),
            ("2.1", "20261120", ("", "A-1", "")),
            ("2.2", "20241105", ("", "A-1", "")),
            ("3.1", "20261120", ("", "", "")),
            ("3.2", "20241105", ("", "", "")),
        ] {
            keep(&ward, &slice(study, day, name, number, birth));
        }
        assert_eq!(earlier(&ward, "1.1"), ["1.3", "1.2"], "the newest first, none that came after");
        assert_eq!(earlier(&ward, "2.1"), [""; 0], "a number alone tells no two patients apart");
        assert_eq!(earlier(&ward, "3.1"), [""; 0], "nor does nothing");
    });
}

#[test]
fn strangers_and_clerks_open_no_study() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        keep(&ward, &slice("1.1", "20261120", "TANAKA^SACHIKO", "A-1", "19580304"));
        let uid = |text: &str| Uid::parse(text).expect("a UID");
        let clerk = ward.staff("suzuki", &["clerk"]);
        let here = uid("1.1");
        assert!(ward.act(Who::Staff(clerk), move |tx, ctx| viewing::open(tx, ctx, &here)).is_err(), "TR-24");
        let nothing = uid("9.9");
        assert!(ward.act(Who::System("test"), move |tx, ctx| viewing::open(tx, ctx, &nothing)).is_err());
    });
}
