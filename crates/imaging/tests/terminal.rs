//! Images open on terminals only that the facility knows (TR-14). On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::{DeviceId, Who};
use people::terminal::{cookie_name, store};
use testkit::{Browser, Ward, wait};
use web::Routes;

const HERE: &str = "/terminal?next=/images";

fn both(test: impl Fn(&Ward)) {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| test(&ward));
}

fn routes() -> Routes {
    people::routes().and(imaging::routes())
}

/// A dentist who sits down at a machine.
fn dentist(ward: &Ward, login: &str) -> Browser {
    let who = Who::Staff(ward.staff(login, &["dentist"]));
    let mut browser = wait(ward.browser(routes(), who));
    let session = browser.session().unwrap();
    ward.given(move |tx, _| {
        tx.exec("UPDATE session SET device_id = NULL WHERE id = ?1", db::params![session]).map(drop)
    });
    browser.carry(cookie_name(&ward.site), "of-this-machine");
    browser
}

fn tell(browser: &Browser, kind: &str) -> u16 {
    let told = [("kind", kind), ("name", "診察室1のノート"), ("next", "/images")];
    wait(browser.post("/terminal", &told)).status.as_u16()
}

fn is_led_to_the_question(browser: &Browser) {
    let seen = wait(browser.get("/images"));
    assert_eq!((seen.status.as_u16(), seen.location.as_deref()), (303, Some(HERE)), "{}", seen.text);
}

fn opens(browser: &Browser) {
    let seen = wait(browser.get("/images"));
    assert_eq!(seen.status, 200, "{}", seen.text);
}

fn says(browser: &Browser, words: &str) {
    let seen = wait(browser.get(HERE));
    assert!(seen.status == 200 && seen.text.contains(words), "{words}: {} {}", seen.status, seen.text);
}

fn terminal(ward: &Ward) -> DeviceId {
    let key = ward.site.key.clone();
    ward.given(move |tx, _| store::find(tx, &key, "of-this-machine")).unwrap().id
}

#[test]
fn a_machine_that_stays_opens_images_once_it_is_told() {
    // TR-14
    both(|ward| {
        let browser = dentist(ward, "sato");
        is_led_to_the_question(&browser);
        says(&browser, "この端末が何かを教えてください");
        assert_eq!(tell(&browser, "toaster"), 422);
        assert_eq!(wait(browser.post("/terminal", &[("kind", "fixed")])).status, 422, "without a name");
        is_led_to_the_question(&browser);
        assert_eq!(tell(&browser, "fixed"), 303);
        opens(&browser);
        says(&browser, "この端末で画像を開けます");
        assert_eq!(ward.acts().iter().filter(|it| it.starts_with("terminal.")).count(), 2, "told and used");
        // Another session of the same machine is known by its cookie, and led on.
        let again = dentist(ward, "suzuki");
        let seen = wait(again.get(HERE));
        assert_eq!((seen.status.as_u16(), seen.location.as_deref()), (303, Some("/images")));
        opens(&again);
    });
}

#[test]
fn what_is_carried_about_waits_for_a_manager_and_closes_when_the_manager_says_so() {
    // TR-14
    both(|ward| {
        let (browser, manager) = (dentist(ward, "sato"), Who::Staff(ward.staff("ito", &["manager"])));
        let manager = wait(ward.browser(routes(), manager));
        assert_eq!(tell(&browser, "portable"), 303);
        is_led_to_the_question(&browser);
        says(&browser, "管理者の登録を待っています");
        assert_eq!(wait(browser.get("/settings/terminals")).status, 403, "that is not the dentist's");
        let seen = wait(manager.get("/settings/terminals"));
        assert!(seen.text.contains("診察室1のノート") && seen.text.contains("登録待ち"), "{}", seen.text);
        let at = format!("/settings/terminals/{}", terminal(ward));
        let allowed = [("remark", "備品番号12、ディスク暗号化を確認")];
        assert_eq!(wait(browser.post(&format!("{at}/allow"), &allowed)).status, 403);
        assert_eq!(wait(manager.post(&format!("{at}/allow"), &[("remark", "")])).status, 422, "how it is kept safe");
        assert_eq!(wait(manager.post(&format!("{at}/allow"), &allowed)).status, 303);
        let seen = wait(browser.get(HERE));
        assert_eq!(seen.location.as_deref(), Some("/images"));
        opens(&browser);
        // Lost: the next picture is not drawn any more, and nobody can tell it anew.
        assert_eq!(wait(manager.post(&format!("{at}/end"), &[])).status, 303);
        is_led_to_the_question(&browser);
        says(&browser, "この端末の利用は終了しています");
        assert_eq!(tell(&browser, "fixed"), 403);
        is_led_to_the_question(&browser);
        assert_eq!(wait(manager.post(&format!("{at}/allow"), &allowed)).status, 303, "found again");
        wait(browser.get(HERE));
        opens(&browser);
    });
}

#[test]
fn a_private_machine_is_refused_and_a_mistake_is_mended_by_telling_anew() {
    // TR-14
    both(|ward| {
        let (browser, manager) = (dentist(ward, "sato"), Who::Staff(ward.staff("ito", &["manager"])));
        let manager = wait(ward.browser(routes(), manager));
        assert_eq!(tell(&browser, "personal"), 303);
        is_led_to_the_question(&browser);
        says(&browser, "個人の機器では画像を開けません");
        let allow = format!("/settings/terminals/{}/allow", terminal(ward));
        assert_eq!(wait(manager.post(&allow, &[("remark", "x")])).status, 409);
        is_led_to_the_question(&browser);
        // What a manager has allowed does not count for what it is said to be later.
        assert_eq!(tell(&browser, "virtual"), 303);
        assert_eq!(wait(manager.post(&allow, &[("remark", "画面転送のみ")])).status, 303);
        wait(browser.get(HERE));
        opens(&browser);
        assert_eq!(tell(&browser, "portable"), 303);
        is_led_to_the_question(&browser);
    });
}

#[test]
fn another_facility_has_its_own_list() {
    // TR-14, CS-120
    both(|ward| {
        let browser = dentist(ward, "sato");
        assert_eq!(tell(&browser, "portable"), 303);
        let other = ward.other_facility();
        let person = ward.staff("kato", &[]);
        let ctx = ward.ctx(Who::System("test")).at(other);
        let given = move |tx: &mut db::Tx<'_>| people::person::store::give_duty(tx, &ctx, person, "manager");
        ward.site.db.write_blocking(Some(other), given).unwrap();
        let theirs = wait(ward.browser_at(routes(), Who::Staff(person), other));
        assert!(!wait(theirs.get("/settings/terminals")).text.contains("診察室1のノート"));
        let allow = format!("/settings/terminals/{}/allow", terminal(ward));
        assert_eq!(wait(theirs.post(&allow, &[("remark", "x")])).status, 404);
    });
}
