//! The ledger of devices: who may write it, what is told by hand, history, the end. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use guidelines::device::{Check, Place};
use kernel::{DeviceId, Who};
use people::device::browser::{self, Outcome};
use people::device::store;
use people::terminal::cookie_name;
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

fn code_of(manager: &Browser, at: &str) -> String {
    let told = wait(manager.post(&format!("{at}/code"), &[]));
    assert_eq!(told.status, 200, "{}", told.text);
    let rest = told.text.split_once("<strong>").unwrap().1;
    rest.split_once("</strong>").unwrap().0.to_owned()
}

fn types(browser: &Browser, code: &str) -> u16 {
    wait(browser.post("/terminal/code", &[("code", code), ("next", "/lab")])).status.as_u16()
}

#[test]
fn a_browser_is_enrolled_by_a_code_and_refused_from_the_end_on() {
    // DL-12, CS-153
    both(|ward| {
        let manager = of(ward, "yamamoto", "manager");
        let user = ward.staff("nakamura", &["technician"]);
        let made = wait(manager.post(LIST, &notebook("lent", &user.to_string(), "")));
        let (id, at) = (device(made.location.as_ref()), made.location.clone().unwrap());
        let sits = |secret: &str| {
            let mut browser = wait(ward.browser(people::routes(), Who::Staff(user)));
            browser.carry(cookie_name(&ward.site), secret);
            browser
        };
        let technician = sits("of-this-notebook");
        let mut other = of(ward, "kimura", "technician");
        other.carry(cookie_name(&ward.site), "of-another");
        let code = code_of(&manager, &at);
        assert_eq!(wait(technician.post(&format!("{at}/code"), &[])).status, 403, "a manager makes it");
        assert_eq!(types(&other, &code), 422, "somebody else's device");
        assert_eq!(types(&technician, "0000-0000"), 422);
        assert_eq!(types(&technician, &code.to_uppercase()), 303);
        assert_eq!(types(&technician, &code), 422, "once");
        let page = wait(technician.get("/terminal"));
        assert!(page.text.contains("「設計用ノート1」では、いま技工の情報を開けません"), "{}", page.text);
        // Another session of the same browser is known by its cookie; another browser is not.
        let seen = wait(sits("of-this-notebook").get("/terminal?next=/lab"));
        assert_eq!((seen.status.as_u16(), seen.location.as_deref()), (303, Some("/lab")));
        assert!(wait(sits("of-a-stranger").get("/terminal")).text.contains("登録コード"));
        // Wrong ones make an open code void.
        let code = code_of(&manager, &at);
        for _ in 0..browser::TRIES_MAX {
            assert_eq!(types(&technician, "1111-1111"), 422);
        }
        assert_eq!(types(&technician, &code), 422, "void");
        // A new one takes the place of the one before, and is good for its minutes only.
        let (before, code) = (code_of(&manager, &at), code_of(&manager, &at));
        let key = ward.site.key.clone();
        let typed = move |code: String| {
            let key = key.clone();
            move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| browser::enrol(tx, ctx, &key, "secret", "testkit", &code)
        };
        let who = Who::Staff(user);
        assert_eq!(ward.act(who.clone(), typed(before)).unwrap(), Outcome::Wrong);
        ward.clock.pass_min(browser::CODE_MIN);
        assert_eq!(ward.act(who.clone(), typed(code)).unwrap(), Outcome::Wrong, "too late");
        ward.clock.pass_min(-browser::CODE_MIN);
        let code = code_of(&manager, &at);
        assert_eq!(ward.act(who, typed(code)).unwrap(), Outcome::Enrolled(id));
        // Lost: every session on it ends, and no code opens it again.
        let open = code_of(&manager, &at);
        assert_eq!(wait(technician.get("/terminal")).status, 200);
        ward.given(move |tx, ctx| people::device::revoke(tx, ctx, id));
        let seen = wait(technician.get("/terminal"));
        assert_eq!(seen.status, 303, "{}", seen.text);
        assert!(seen.location.unwrap().starts_with("/sign-in"));
        let again = sits("of-this-notebook");
        assert!(wait(again.get("/terminal")).text.contains("登録コード"));
        assert_eq!(types(&again, &open), 422);
        assert_eq!(wait(manager.post(&format!("{at}/code"), &[])).status, 409);
    });
}

#[test]
fn a_device_that_is_reported_lost_is_ended_and_what_everybody_uses_is_not() {
    // DL-12, DL-42
    use people::sign_in::cut::{self, Device};
    both(|ward| {
        let manager = of(ward, "yamamoto", "manager");
        let user = ward.staff("nakamura", &["technician"]);
        let own = user.to_string();
        let enrolled = |kind: &str, person: &str, secret: &str| {
            let made = wait(manager.post(LIST, &notebook(kind, person, "")));
            let code = code_of(&manager, made.location.as_ref().unwrap());
            let mut browser = wait(ward.browser(people::routes(), Who::Staff(user)));
            browser.carry(cookie_name(&ward.site), secret);
            assert_eq!(types(&browser, &code), 303);
            (browser, device(made.location.as_ref()))
        };
        let (notebook, lent) = enrolled("lent", &own, "of-this-notebook");
        let (desk, owned) = enrolled("owned", "", "of-the-desk");
        let ended = |id| ward.given(move |tx, _| Ok(store::get(tx, id)?.ended_at.is_some()));
        let session = desk.session();
        let report = move |which| {
            move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| {
                let mut ctx = ctx.clone();
                ctx.session = session;
                cut::device(tx, &ctx, which, None)
            }
        };
        let cut = ward.act(Who::Staff(user), report(Device::Elsewhere)).unwrap();
        assert_eq!(cut.terminals, ["設計用ノート1"]);
        assert!(ended(lent) && !ended(owned));
        assert_eq!(wait(notebook.get("/terminal")).status, 303);
        assert_eq!(wait(desk.get("/terminal")).status, 200);
        // The one in front is ended whoever uses it: nobody can trust it.
        ward.act(Who::Staff(user), report(Device::Here)).unwrap();
        assert!(ended(owned));
    });
}
