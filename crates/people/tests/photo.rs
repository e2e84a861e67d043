//! A photograph on the identity card: given by who manages the staff, seen by everybody of the facility, by nobody else.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::wait;
use kernel::{PersonId, Who};
use people::demo::PORTRAIT;
use testkit::Ward;

struct Clinic {
    ward: Ward,
    manager: PersonId,
    doctor: PersonId,
}

fn clinic() -> Clinic {
    let ward = Ward::sqlite(&[people::MIGRATIONS]);
    let (manager, doctor) = (ward.staff("kanri", &["manager"]), ward.staff("sato", &["dentist"]));
    Clinic { ward, manager, doctor }
}

fn has_photo(clinic: &Clinic) -> bool {
    let doctor = clinic.doctor;
    clinic.ward.given(move |tx, _| people::person::store::identity_card(tx, doctor)).has_photo
}

#[test]
fn the_manager_gives_a_photograph_and_the_patient_sees_it() {
    // OV-142
    let clinic = clinic();
    let manager = wait(clinic.ward.browser(people::routes(), Who::Staff(clinic.manager)));
    let page = format!("/settings/staff/{}", clinic.doctor);
    let photo = format!("/staff-photo/{}", clinic.doctor);
    assert_eq!(wait(manager.get(&photo)).status, 404);
    assert!(!has_photo(&clinic));

    let given = wait(manager.upload(&format!("{page}/photo"), "photo", "face.png", PORTRAIT));
    assert_eq!((given.status.as_u16(), given.location), (303, Some(page.clone())));
    assert!(has_photo(&clinic));
    assert!(clinic.ward.acts().contains(&"person.photo".to_owned()));
    assert!(wait(manager.get(&page)).text.contains(&photo));

    for who in [Who::Patient(clinic.ward.patient()), Who::Staff(clinic.doctor)] {
        let seen = wait(wait(clinic.ward.browser(people::routes(), who.clone())).get(&photo));
        assert_eq!(seen.status, 200, "{who:?}");
        // What patients see was written anew: nothing of the file as it was sent goes along.
        assert!(seen.text.contains("JFIF") && !seen.text.contains("PNG"));
    }
}

#[test]
fn a_stranger_sees_no_photograph() {
    // OV-142: another facility's people, somebody who is not signed in, and a leaver's photograph.
    let clinic = clinic();
    let manager = wait(clinic.ward.browser(people::routes(), Who::Staff(clinic.manager)));
    wait(manager.upload(&format!("/settings/staff/{}/photo", clinic.doctor), "photo", "face.png", PORTRAIT));
    let photo = format!("/staff-photo/{}", clinic.doctor);

    let other = clinic.ward.other_facility();
    let stranger = wait(clinic.ward.browser_at(people::routes(), Who::Staff(clinic.manager), other));
    assert_eq!(wait(stranger.get(&photo)).status, 404);
    let nobody = wait(clinic.ward.browser(people::routes(), Who::Nobody));
    assert_eq!(wait(nobody.get(&photo)).status, 303);
    assert_eq!(wait(manager.get("/staff-photo/x")).status, 404);

    let doctor = clinic.doctor;
    clinic.ward.given(move |tx, ctx| people::person::store::end_duty(tx, ctx, doctor, "dentist"));
    assert_eq!(wait(manager.get(&photo)).status, 404);
}

#[test]
fn what_is_no_photograph_or_not_given_by_a_manager_is_refused() {
    // OV-142, CS-120
    let clinic = clinic();
    let path = format!("/settings/staff/{}/photo", clinic.doctor);
    let manager = wait(clinic.ward.browser(people::routes(), Who::Staff(clinic.manager)));
    for (name, bytes) in
        [("card.pdf", b"%PDF-1.7\n%%EOF\n".as_slice()), ("face.jpg", PORTRAIT), ("face.png", b"<svg/>")]
    {
        assert_eq!(wait(manager.upload(&path, "photo", name, bytes)).status, 422, "{name}");
    }
    assert_eq!(wait(manager.post(&path, &[])).status, 422);
    let doctor = wait(clinic.ward.browser(people::routes(), Who::Staff(clinic.doctor)));
    assert_eq!(wait(doctor.upload(&path, "photo", "face.png", PORTRAIT)).status, 403);
    assert!(!has_photo(&clinic));
}

#[test]
fn an_account_that_nobody_uses_is_pointed_out() {
    // CS-121: the manager opens a page now and then, 佐藤 never signs in.
    let clinic = clinic();
    let list = || {
        let manager = wait(clinic.ward.browser(people::routes(), Who::Staff(clinic.manager)));
        wait(manager.get("/settings/staff")).text
    };
    assert!(!list().contains("使われていません"));
    clinic.ward.clock.pass_min(90 * 24 * 60);
    let seen = list();
    assert!(seen.contains("90日以上使われていないアカウントが1件あります"), "{seen}");
    assert_eq!(seen.matches("使われていません").count(), 1);
}

#[test]
fn the_demonstration_has_a_face() {
    // OV-142: without a photograph the demo's first call could not start.
    let ward = Ward::sqlite(&[people::MIGRATIONS]);
    let ctx = kernel::Ctx::new(Who::System("demo"), None, kernel::Clock::now(&ward.clock), ward.site.chance.clone());
    let blobs = ward.site.blobs.clone();
    // The ward's own 青葉 has the short name that the demonstration wants.
    ward.given(|tx, _| tx.exec("UPDATE facility SET slug = 'ward'", &[]));
    let (made, photo) = ward
        .site
        .db
        .write_blocking(None, move |tx| {
            let made = people::demo::seed(tx, &ctx)?;
            people::demo::give_portrait(tx, &ctx, &made, &blobs)?;
            let photo = people::person::photo::store::open(tx, made.dentist)?;
            assert!(people::person::store::identity_card(tx, made.dentist)?.has_photo);
            Ok((made, photo))
        })
        .unwrap();
    let (photo, key) = photo;
    assert_eq!(ward.site.blobs.read_all(made.clinic, &key, &photo.stored, 100_000).unwrap(), PORTRAIT);
}
