//! A signed report leaves the house with its proof, and a stranger finds every change with nothing but the file (TR-03). On both
//! databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{ROOMS, Two, both, content, kind, two};
use imaging::report::proven::{File, Flaw, Proven, verify};
use imaging::report::store as reports;
use imaging::request::RequestId;
use kernel::{FacilityId, Kind, PersonId, Who};
use testkit::{Ward, wait};

impl Two {
    /// A report with a changed second version.
    fn changed(&self) -> RequestId {
        let id = self.sent();
        self.take(self.reader, id, "").unwrap();
        self.sign(self.reader, id, content("埋入は可能"), "", 0).unwrap();
        self.ward.clock.pass_min(60);
        self.sign(self.reader, id, content("埋入の前に骨の移植が必要"), "見直し", 1).unwrap();
        id
    }

    fn file(&self, facility: FacilityId, who: PersonId, id: RequestId) -> File {
        self.at(facility, who, move |tx, ctx| reports::handed_out(tx, ctx, id)).unwrap();
        wait(self.ward.site.db.read(Some(facility), move |tx| reports::prove(tx, id))).unwrap()
    }
}

fn read(file: &File, known: Option<&str>) -> Result<Proven, Flaw> {
    verify(&serde_json::to_vec(file).unwrap(), known)
}

#[test]
fn either_facility_hands_out_a_report_that_a_stranger_can_verify() {
    // TR-03
    both(|it| {
        let id = it.changed();
        for (facility, who) in [(it.ward.facility, it.dentist), (it.hospital, it.reader)] {
            let file = it.file(facility, who, id);
            let proven = read(&file, Some(&file.vkey)).unwrap();
            let told: Vec<_> = proven
                .versions
                .iter()
                .map(|(it, _)| (it.number, it.content.impression.as_str(), &*it.reason))
                .collect();
            assert_eq!(told, [(1, "埋入は可能", ""), (2, "埋入の前に骨の移植が必要", "見直し")]);
            assert!(proven.log.ends_with(&facility.to_string()), "{}", proven.log);
            assert!(it.log(facility).iter().any(|it| it.0 == "report.prove"), "that it was handed out is on record");
        }
    });
}

#[test]
fn every_change_of_the_file_is_found_and_named() {
    // TR-03
    let it = two(Ward::sqlite(ROOMS));
    let id = it.changed();
    let file = it.file(it.ward.facility, it.dentist, id);
    // Another report of the same reader, to mix up with.
    let other = {
        let id = it.sent();
        it.take(it.reader, id, "").unwrap();
        it.sign(it.reader, id, content("別の検査"), "", 0).unwrap();
        it.file(it.ward.facility, it.dentist, id)
    };
    type Change<'a> = &'a dyn Fn(&mut File);
    let cases: [(Change<'_>, Flaw); 13] = [
        (&|it| it.format.push('x'), Flaw::File),
        (&|it| it.versions.clear(), Flaw::File),
        (&|it| it.versions[0].text = it.versions[0].text.replace("可能", "不可"), Flaw::Signature(1)),
        (&|it| it.versions[1].text.push(' '), Flaw::Signature(2)),
        (&|it| it.versions[0].text = "{}".into(), Flaw::Text(1)),
        (&|it| it.versions[1].public_key = "AAAA".into(), Flaw::Signature(2)),
        (&|it| it.versions[1].entry.private = it.versions[1].entry.private.replace("staff", "stafF"), Flaw::Log(2)),
        (&|it| it.versions[1].entry.salt = it.versions[0].entry.salt.clone(), Flaw::Log(2)),
        (&|it| it.versions[1].entry.proof = it.versions[1].entry.proof.replace("index ", "index 1"), Flaw::Log(2)),
        // An entry of the log that is true, but about something else.
        (&|it| it.versions[1].entry = it.versions[0].entry.clone(), Flaw::Entry(2)),
        // A version left out, put before another, or of another report.
        (&|it| drop(it.versions.remove(0)), Flaw::History(1)),
        (&|it| it.versions.swap(0, 1), Flaw::History(1)),
        (&|it| it.versions[0] = other.versions[0].clone(), Flaw::History(2)),
    ];
    assert!(read(&file, None).is_ok());
    for (place, (change, expected)) in cases.into_iter().enumerate() {
        let mut changed = file.clone();
        change(&mut changed);
        assert_eq!(read(&changed, None), Err(expected), "case {place}");
    }
    assert_eq!(read(&file, Some("haruka/other+00000000+AAAA")), Err(Flaw::Key), "the key that is known counts");
    // The whole log of somebody else under another key proves nothing to whoever knows the key.
    let there = it.file(it.hospital, it.reader, id);
    assert_eq!(read(&there, Some(&file.vkey)), Err(Flaw::Key));
    let mut mixed = file.clone();
    mixed.versions[0].entry = there.versions[0].entry.clone();
    assert_eq!(read(&mixed, None), Err(Flaw::Log(1)));
    assert_eq!(verify(b"no json", None), Err(Flaw::File));
}

#[test]
fn the_file_comes_from_the_page_and_not_before_something_is_signed() {
    // TR-03
    let it = two(Ward::sqlite(ROOMS));
    let routes = || people::routes().and(imaging::routes());
    let id = it.sent();
    assert_eq!(kind(it.clinic(move |tx, ctx| reports::handed_out(tx, ctx, id))), Kind::NotFound);
    it.take(it.reader, id, "").unwrap();
    it.sign(it.reader, id, content("埋入は可能"), "", 0).unwrap();
    let clinic = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    assert!(wait(clinic.get(&format!("/readings/{id}"))).text.contains("report.proof"));
    let seen = wait(clinic.get(&format!("/readings/{id}/report.proof")));
    assert_eq!(seen.status, 200);
    assert_eq!(verify(seen.text.as_bytes(), None).unwrap().versions.len(), 1);
}
