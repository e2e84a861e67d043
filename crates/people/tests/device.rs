//! The ledger of devices: who may write it, what is told by hand, history, the end. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use guidelines::device::{Check, Place};
use kernel::{DeviceId, Who};
use people::device::store;
use testkit::{Browser, Ward, wait};

const LIST: &str = "/settings/devices";

fn both(test: impl Fn(&Ward)) {
    Ward::both(&[people::MIGRATIONS], |ward| test(&ward));
}

fn of(ward: &Ward, login: &str, duty: &str) -> Browser {
    wait(ward.browser(people::routes(), Who::Staff(ward.staff(login, &[duty]))))
}

fn notebook<'a>(kind: &'a str, person: &'a str, managed: &'a str) -> [(&'a str, &'a str); 8] {
    [
        ("form", "add"),
        ("name", "設計用ノート1"),
        ("kind", kind),
        ("owner", "みなと歯科技工所"),
        ("place", "自宅"),
        ("serial", "8C554721F"),
        ("person", person),
        ("managed", managed),
    ]
}

fn seen<'a>(on: &'a str, system: &'a str, lock: &'a str) -> [(&'a str, &'a str); 11] {
    [
        ("form", "seen"),
        ("seen_on", on),
        ("system", system),
        ("updates", "yes"),
        ("security", "yes"),
        ("encrypted", "yes"),
        ("locks", lock),
        ("bluetooth_off", "yes"),
        ("ad_hoc_off", "yes"),
        ("softwares", "exocad 3.2\r\n\r\nFirefox"),
        ("cloud", "なし"),
    ]
}

/// The number of a system on the form.
fn debian() -> String {
    let systems = &guidelines::device::policy().systems;
    systems.iter().position(|it| it.name == "Debian 12").unwrap().to_string()
}

fn device(to: Option<&String>) -> DeviceId {
    to.unwrap().rsplit('/').next().unwrap().parse().unwrap()
}

fn wrong(ward: &Ward, id: DeviceId, place: Place) -> Vec<Check> {
    let now = ward.ctx(Who::Nobody).now;
    let (device, rule) = ward.given(move |tx, _| Ok((store::get(tx, id)?, store::rule(tx)?)));
    let verdict = device.may_be_used(place, rule.document.is_some(), now);
    verdict.err().unwrap_or_default().iter().map(|it| it.check).collect()
}

#[test]
fn a_manager_enters_a_device_looks_at_it_and_ends_its_use() {
    // DL-14, DL-12, DL-13
    both(|ward| {
        let (manager, dentist) = (of(ward, "yamamoto", "manager"), of(ward, "sato", "dentist"));
        let user = ward.staff("nakamura", &["technician"]).to_string();
        assert_eq!(wait(dentist.get(LIST)).status, 403, "that is not the dentist's");
        assert_eq!(wait(dentist.post(LIST, &notebook("lent", &user, ""))).status, 403);
        let refused = wait(manager.post(LIST, &notebook("lent", "", "")));
        assert!(refused.status == 422 && refused.text.contains("設計用ノート1"), "who uses it; nothing typed is lost");
        let made = wait(manager.post(LIST, &notebook("lent", &user, "")));
        assert_eq!(made.status, 303, "{}", made.text);
        let (id, at) = (device(made.location.as_ref()), made.location.clone().unwrap());
        assert_eq!(wrong(ward, id, Place::Remote), [Check::Rules, Check::Heard], "nobody knows anything");
        // What was seen on it.
        assert_eq!(wait(manager.post(&format!("{at}/seen"), &seen("2099-01-01", &debian(), "yes"))).status, 422);
        let today = kernel::time::day(ward.ctx(Who::Nobody).now).to_string();
        assert_eq!(wait(dentist.post(&format!("{at}/seen"), &seen(&today, &debian(), "yes"))).status, 403);
        assert_eq!(wait(manager.post(&format!("{at}/seen"), &seen(&today, &debian(), "unknown"))).status, 303);
        assert_eq!(wrong(ward, id, Place::Remote), [Check::Rules, Check::Lock]);
        let page = wait(manager.get(&at));
        assert!(page.text.contains("画面の自動ロック") && page.text.contains("exocad 3.2"), "{}", page.text);
        let rule = [("document", "運用管理規程 第3章"), ("decided_on", &today), ("form", "rule")];
        assert_eq!(wait(dentist.post("/settings/devices/rules", &rule)).status, 403);
        assert_eq!(wait(manager.post("/settings/devices/rules", &[("document", "x")])).status, 422, "without a day");
        assert_eq!(wait(manager.post("/settings/devices/rules", &rule)).status, 303);
        ward.clock.pass_min(1);
        assert_eq!(wait(manager.post(&format!("{at}/seen"), &seen(&today, &debian(), "yes"))).status, 303);
        assert_eq!(wrong(ward, id, Place::Remote), []);
        // The same again is one line of history; another answer is another line.
        assert_eq!(wait(manager.post(&format!("{at}/seen"), &seen(&today, &debian(), "yes"))).status, 303);
        let view = ward.act(Who::System("test"), move |tx, ctx| store::view(tx, ctx, id)).unwrap();
        assert_eq!((view.history.len(), view.entries.len()), (2, 1));
        // A personal one needs a way for the manager to change its settings.
        let own = notebook("personal", &user, "");
        assert_eq!(wait(manager.post(&at, &own)).status, 303);
        assert_eq!(wrong(ward, id, Place::Remote), [Check::Managed]);
        assert_eq!(wait(manager.post(&at, &notebook("personal", &user, "MDM"))).status, 303);
        assert_eq!(wrong(ward, id, Place::Remote), []);
        let page = wait(manager.get(&at));
        assert!(page.text.contains("これまでの記載"), "{}", page.text);
        // After its days the record by hand does not count any more.
        ward.clock.pass_min(91 * 24 * 60);
        assert_eq!(wrong(ward, id, Place::Remote), [Check::Heard]);
        ward.clock.pass_min(-91 * 24 * 60);
        // The end.
        assert_eq!(wait(dentist.post(&format!("{at}/end"), &[])).status, 403);
        assert_eq!(wait(manager.post(&format!("{at}/end"), &[])).status, 303);
        assert!(wait(manager.get(&at)).text.contains("この端末の利用は終了しています"));
        assert_eq!(wait(manager.post(&at, &own)).status, 409);
        assert_eq!(wait(manager.post(&format!("{at}/seen"), &seen(&today, &debian(), "yes"))).status, 409);
        let acts = ward.acts();
        for act in ["device.add", "device.see", "device.write", "device.set_rule", "device.end", "device.revoke"] {
            assert!(acts.iter().any(|it| it.starts_with(act)), "{act}: {acts:?}");
        }
    });
}

#[test]
fn another_facility_has_its_own_ledger() {
    // DL-14, CS-120
    both(|ward| {
        let manager = of(ward, "yamamoto", "manager");
        let made = wait(manager.post(LIST, &notebook("owned", "", "")));
        let at = made.location.clone().unwrap();
        let other = ward.other_facility();
        let person = ward.staff("kato", &[]);
        let ctx = ward.ctx(Who::System("test")).at(other);
        let given = move |tx: &mut db::Tx<'_>| people::person::store::give_duty(tx, &ctx, person, "manager");
        ward.site.db.write_blocking(Some(other), given).unwrap();
        let theirs = wait(ward.browser_at(people::routes(), Who::Staff(person), other));
        assert!(!wait(theirs.get(LIST)).text.contains("設計用ノート1"));
        assert_eq!(wait(theirs.get(&at)).status, 404);
        for (to, form) in
            [("", &notebook("owned", "", "")[..]), ("/end", &[]), ("/seen", &seen("2026-11-01", "", "yes"))]
        {
            assert_eq!(wait(theirs.post(&format!("{at}{to}"), form)).status, 404, "{to}");
        }
    });
}
