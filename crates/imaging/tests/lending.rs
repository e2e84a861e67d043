//! A reader of another facility opens the images of a request, and no others; each look stands in both logs (TR-09, TR-12,
//! TR-24). On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{self, ROOMS, Two, both, content, image, kind};
use imaging::instance::Uid;
use imaging::request::RequestId;
use imaging::request::send::Sent;
use imaging::request::store as requests;
use imaging::study::{self, Filter, Page, viewing};
use kernel::{FacilityId, Kind, PersonId, RowId, Who};
use testkit::wait;

const SACHIKO: &str = "TANAKA^SACHIKO=田中^幸子=たなか^さちこ";

fn only(uid: &str) -> Filter {
    Filter { studies: vec![Uid::parse(uid).unwrap()], ..Filter::default() }
}

/// What somebody at the hospital gets of a study: the digests of its instances, opened as the viewer opens them.
fn looked(it: &Two, who: PersonId, uid: &'static str) -> kernel::Result<usize> {
    // Beside other acts, as DICOMweb asks.
    let ctx = it.ward.ctx(Who::Staff(who)).at(it.hospital);
    let found = wait(it.ward.site.look(&ctx, move |tx, ctx| study::show(tx, ctx, &only(uid), "study.verify")))?;
    let metadata = wait(it.ward.site.look(&ctx, move |tx, ctx| study::metadata(tx, ctx, &only(uid))))?;
    assert_eq!(metadata.len(), found.instances.len());
    let first = &found.instances[0];
    let mut content = found.open(&it.ward.site.blobs, first).expect("sealed with the owner's key");
    assert!(!content.read(0, 16).unwrap().is_empty());
    it.hospital(who, move |tx, ctx| viewing::open(tx, ctx, &Uid::parse(uid).unwrap()))?;
    Ok(found.instances.len())
}

fn asked(it: &Two, studies: Vec<RowId>, priors: Vec<RowId>) -> RequestId {
    let mut form = it.form(studies);
    form.priors = priors;
    match it.send(form).unwrap() {
        Sent::Sent(id) => id,
        Sent::Mismatch(why) => panic!("{why:?}"),
    }
}

fn looks(it: &Two, facility: FacilityId) -> Vec<String> {
    let verbs = ["study.verify", "study.metadata", "study.open"];
    it.log(facility).into_iter().map(|it| it.0).filter(|it| verbs.contains(&it.as_str())).collect()
}

#[test]
fn a_reader_opens_the_images_of_a_request_that_somebody_has_taken() {
    // TR-09, TR-12, TR-24
    both(|it| {
        let prior = image(&it.ward, "1.2.5", SACHIKO, "00001");
        image(&it.ward, "1.2.6", SACHIKO, "00001");
        let id = asked(it, vec![it.study], vec![prior]);
        assert_eq!(kind(looked(it, it.reader, "1.2.3")), Kind::NotFound, "before it is taken nothing is lent");
        it.take(it.reader, id, "").unwrap();
        assert_eq!(looked(it, it.reader, "1.2.3").unwrap(), 1);
        let view = it.hospital(it.reader, |tx, ctx| viewing::open(tx, ctx, &Uid::parse("1.2.3").unwrap())).unwrap();
        assert_eq!(view.lent_by, Some(id));
        assert_eq!(view.earlier.iter().map(|it| it.uid.as_str()).collect::<Vec<_>>(), ["1.2.5"], "what was sent along");
        assert_eq!(looked(it, it.reader, "1.2.5").unwrap(), 1, "earlier images too");
        assert_eq!(kind(looked(it, it.reader, "1.2.6")), Kind::NotFound, "no other study of that patient");
        let (here, there) = (looks(it, it.ward.facility), looks(it, it.hospital));
        assert_eq!((here.len(), &here), (7, &there), "each look stands in both logs");
        let entry = it.log(it.ward.facility).into_iter().find(|it| it.0 == "study.verify").unwrap();
        assert!(
            entry.1.contains("みなと歯科") && entry.1.contains(&id.to_string()),
            "from where, by which paper: {}",
            entry.1
        );
    });
}

#[test]
fn colleagues_without_the_duty_and_other_facilities_see_nothing_and_searching_stays_at_home() {
    // TR-09, CS-120
    both(|it| {
        let id = asked(it, vec![it.study], vec![]);
        it.take(it.reader, id, "").unwrap();
        let clerk = it.ward.staff("yamada", &[]);
        let hospital = it.hospital;
        let ctx = it.ward.ctx(Who::System("test")).at(hospital);
        it.ward
            .site
            .db
            .write_blocking(Some(hospital), move |tx| people::person::store::give_duty(tx, &ctx, clerk, "clerk"))
            .unwrap();
        assert_eq!(kind(looked(it, clerk, "1.2.3")), Kind::Forbidden);
        assert_eq!(looked(it, it.colleague, "1.2.3").unwrap(), 1, "a colleague with the duty may help");
        let found = it.hospital(it.reader, |tx, ctx| study::find_studies(tx, ctx, &only("1.2.3"), &Page::default()));
        assert!(found.unwrap().rows.is_empty());
        let sent = it.hospital(it.reader, |tx, ctx| study::fetch(tx, ctx, &only("1.2.3"), "study.send"));
        assert_eq!(kind(sent), Kind::NotFound, "lent is not given away");
        let device = it.ward.ctx(Who::System("dicom")).at(hospital);
        let pulled = it
            .ward
            .site
            .db
            .write_blocking(Some(hospital), move |tx| study::show(tx, &device, &only("1.2.3"), "study.view"));
        assert_eq!(kind(pulled), Kind::NotFound, "a device has no eyes");
        // Somebody of a third house, whatever the duty there.
        let third = it.ward.staff("stranger", &[]);
        let ctx = it.ward.ctx(Who::System("test"));
        let elsewhere = it
            .ward
            .site
            .db
            .write_blocking(None, move |tx| {
                use people::facility::{FacilityKind, Field, store};
                let new = store::NewFacility {
                    kind: FacilityKind::Clinic,
                    field: Field::Dental,
                    name: "別の歯科".into(),
                    slug: "betsu".into(),
                    address: String::new(),
                    phone: String::new(),
                    mail: String::new(),
                };
                let id = store::create(tx, &ctx, &new)?.id;
                people::person::store::give_duty(tx, &ctx.at(id), third, "radiologist")?;
                Ok(id)
            })
            .unwrap();
        let stranger = it.at(elsewhere, third, |tx, ctx| study::show(tx, ctx, &only("1.2.3"), "study.view"));
        assert_eq!(kind(stranger), Kind::NotFound);
    });
}

#[test]
fn what_is_withdrawn_closes_and_what_is_reported_stays_open() {
    // TR-09, TR-12
    both(|it| {
        let id = asked(it, vec![it.study], vec![]);
        it.take(it.reader, id, "").unwrap();
        it.clinic(move |tx, ctx| requests::withdraw(tx, ctx, id, "転院のため")).unwrap();
        assert_eq!(kind(looked(it, it.reader, "1.2.3")), Kind::NotFound);
        let id = asked(it, vec![it.study], vec![]);
        it.take(it.reader, id, "").unwrap();
        it.sign(it.reader, id, content("埋入は可能"), "", 0).unwrap();
        assert_eq!(looked(it, it.reader, "1.2.3").unwrap(), 1, "a question about the report needs its images");
    });
}

#[test]
fn a_study_of_ones_own_is_never_put_aside_by_a_request() {
    // TR-09, TR-12: a copy from a disc has the same UID and may be less, or something else.
    both(|it| {
        let id = asked(it, vec![it.study], vec![]);
        it.take(it.reader, id, "").unwrap();
        let desk = it.hospital(it.reader, move |tx, ctx| requests::desk(tx, ctx, id)).unwrap();
        assert!(!desk.studies[0].differs_here);
        two::image_at(&it.ward, it.hospital, "1.2.3", "SUZUKI^ICHIRO", "99");
        let view = it.hospital(it.reader, |tx, ctx| viewing::open(tx, ctx, &Uid::parse("1.2.3").unwrap())).unwrap();
        assert_eq!((view.lent_by, view.study.claims.patient.id.as_str()), (None, "99"));
        let desk = it.hospital(it.reader, move |tx, ctx| requests::desk(tx, ctx, id)).unwrap();
        assert!(desk.studies[0].differs_here, "and the reader is told");
    });
}

/// What a viewer at the hospital is told to expect of the study.
fn expected(it: &Two) -> Vec<(String, String)> {
    let found = it.hospital(it.reader, |tx, ctx| study::digests(tx, ctx, &only("1.2.3")));
    found.unwrap().into_iter().collect()
}

/// Something happens to the owner's rows, past everything that Haruka would do.
fn tampered(it: &Two, sql: &'static str) {
    it.ward.given(move |tx, _| {
        let facility = tx.facility()?;
        assert_eq!(tx.exec(sql, db::params![facility])?, 1);
        Ok(())
    });
}

#[test]
fn an_image_that_was_changed_lost_or_added_since_it_was_handed_over_is_named_at_both_facilities() {
    // TR-12
    both(|it| {
        image(&it.ward, "1.2.5", SACHIKO, "00001");
        let id = asked(it, vec![it.study], vec![]);
        it.take(it.reader, id, "").unwrap();
        let desks = || {
            let here = it.clinic(move |tx, ctx| requests::desk(tx, ctx, id)).unwrap();
            let there = it.hospital(it.reader, move |tx, ctx| requests::desk(tx, ctx, id)).unwrap();
            assert_eq!(here.studies[0].differing, there.studies[0].differing);
            let found = there.studies[0].differing.clone();
            (found.changed, found.missing, found.extra)
        };
        let none = Vec::<String>::new;
        let first = vec!["1.2.3.1.1".to_owned()];
        assert_eq!(desks(), (none(), none(), none()));
        let handed = expected(it);
        assert_eq!((handed.len(), &handed[0].0), (1, &first[0]));
        tampered(
            it,
            "UPDATE instance SET blob_id = (SELECT blob_id FROM instance other WHERE other.facility_id = ?1 AND other.uid = '1.2.5.1.1') WHERE facility_id = ?1 AND uid = '1.2.3.1.1'",
        );
        assert_eq!(desks(), (first.clone(), none(), none()));
        assert_eq!(expected(it), handed, "the viewer holds the bytes against what was handed over");
        // The first is gone, and another stands in its place.
        tampered(it, "UPDATE instance SET uid = '1.2.3.1.9' WHERE facility_id = ?1 AND uid = '1.2.3.1.1'");
        assert_eq!(desks(), (none(), first.clone(), vec!["1.2.3.1.9".to_owned()]));
        let told: Vec<_> = expected(it).into_iter().map(|it| it.0).collect();
        assert_eq!(told, ["1.2.3.1.1", "1.2.3.1.9"], "what is missing is expected all the same");
        tampered(
            it,
            "UPDATE instance SET origin = '{\"face\":\"report\"}' WHERE facility_id = ?1 AND uid = '1.2.3.1.9'",
        );
        assert_eq!(desks(), (none(), first.clone(), none()), "a report of ours is nothing that was added");
    });
}

#[test]
fn both_facilities_read_on_the_page_what_is_not_as_it_was_handed_over() {
    // TR-12
    let it = two::two(testkit::Ward::sqlite(ROOMS));
    let id = asked(&it, vec![it.study], vec![]);
    it.take(it.reader, id, "").unwrap();
    let routes = || people::routes().and(imaging::routes());
    let reader = wait(it.ward.browser_at(routes(), Who::Staff(it.reader), it.hospital));
    let dentist = wait(it.ward.browser_at(routes(), Who::Staff(it.dentist), it.ward.facility));
    let page = format!("/readings/{id}");
    let words = "依頼のときの画像と違います";
    for who in [&reader, &dentist] {
        assert!(!wait(who.get(&page)).text.contains(words));
    }
    tampered(&it, "UPDATE instance SET uid = '1.2.3.1.9' WHERE facility_id = ?1 AND uid = '1.2.3.1.1'");
    for who in [&reader, &dentist] {
        let text = wait(who.get(&page)).text;
        for named in [words, "なくなった画像：1枚", "1.2.3.1.1", "依頼のあとに加わった画像：1枚", "1.2.3.1.9"]
        {
            assert!(text.contains(named), "{named}");
        }
    }
}

#[test]
fn the_reader_comes_from_the_request_to_the_viewer_and_back() {
    // TR-24
    let it = two::two(testkit::Ward::sqlite(ROOMS));
    let id = asked(&it, vec![it.study], vec![]);
    let routes = || people::routes().and(imaging::routes());
    let reader = wait(it.ward.browser_at(routes(), Who::Staff(it.reader), it.hospital));
    assert_eq!(wait(reader.get("/images/1.2.3")).status, 404);
    wait(reader.post(&format!("/readings/{id}/take"), &[]));
    assert!(wait(reader.get(&format!("/readings/{id}"))).text.contains("/images/1.2.3"));
    let seen = wait(reader.get("/images/1.2.3"));
    assert_eq!(seen.status, 200);
    assert!(seen.text.contains("haruka-viewer") && seen.text.contains(&format!("/readings/{id}")));
}
