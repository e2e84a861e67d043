//! A dentist orders dental work from a laboratory; both facilities have the order and its life. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{ROOMS, both, kind, two};
use kernel::{Kind, Who};
use lab::case::{Kind as What, State, store as cases};
use lab::order::store::{self as orders, Issued};
use lab::order::{Laboratory, Prosthesis};
use testkit::{Ward, wait};

#[test]
fn an_order_is_there_at_both_facilities_with_what_the_law_asks() {
    // DL-04, DL-05
    both(|it| {
        let id = it.ordered();
        assert_eq!(it.state(id), State::Ordered);
        let [here, there] = it.copies(id);
        assert_eq!((here.side.key(), there.side.key()), ("asks", "serves"));
        let order = there.order();
        assert!(order.missing().is_empty());
        assert_eq!((order.patient.full().as_str(), order.patient_number.as_str()), ("田中　幸子", "00001"));
        assert_eq!(order.issued_on.to_string(), "2026-11-24");
        assert_eq!((order.clinic.as_str(), order.laboratories[0].name.as_str()), ("青葉歯科クリニック", "みなと歯科"));
        for facility in [it.ward.facility, it.laboratory] {
            assert!(it.log(facility).contains(&"lab.order".to_owned()), "both logs say who ordered");
        }
        it.lab(it.technician, move |tx, ctx| cases::desk(tx, ctx, id)).unwrap();
        assert!(it.log(it.ward.facility).contains(&"lab.view".to_owned()), "the clinic's log says who looked");
        let lines = it.lab(it.manager, |tx, ctx| cases::list(tx, ctx, 0)).unwrap();
        assert_eq!((lines.made.len(), lines.ordered.len()), (1, 0));
        let lines = it.clinic(|tx, ctx| cases::list(tx, ctx, 0)).unwrap();
        assert_eq!((lines.made.len(), lines.ordered.len()), (0, 1));
    });
}

#[test]
fn only_a_dentist_orders_and_only_under_an_agreement() {
    // DL-04, DL-05
    both(|it| {
        let (patient, form) = (it.patient, it.form());
        let clerk = it.ward.staff("suzuki", &["clerk", "hygienist"]);
        let by_clerk = form.clone();
        let refused = it.at(it.ward.facility, clerk, move |tx, ctx| orders::place(tx, ctx, patient, &by_clerk));
        assert_eq!(kind(refused), Kind::Forbidden);
        let (agreement, today) = (it.agreement, kernel::time::day(it.ward.ctx(Who::Nobody).now));
        it.clinic(move |tx, ctx| people::agreement::store::end(tx, ctx, agreement, today, "終わり", true)).unwrap();
        it.ward.clock.pass_min(24 * 60);
        assert_eq!(kind(it.clinic(move |tx, ctx| orders::place(tx, ctx, patient, &form))), Kind::Conflict);
    });
}

#[test]
fn a_change_is_a_new_version_and_names_a_further_laboratory() {
    // DL-04, DL-05
    both(|it| {
        let id = it.ordered();
        let mut form = it.form();
        form.prosthesis = Prosthesis::Inlay;
        form.reason = "削る量が少なくて済んだ".into();
        form.further =
            vec![Laboratory { name: "川崎ミリング".into(), address: "川崎市1-1".into(), facility: None }];
        let foreign = form.clone();
        let refused = it.lab(it.manager, move |tx, ctx| orders::revise(tx, ctx, id, &foreign));
        assert_eq!(kind(refused), Kind::NotFound, "the laboratory passes nothing on by itself");
        let own = form.clone();
        assert_eq!(it.clinic(move |tx, ctx| orders::revise(tx, ctx, id, &own)).unwrap(), Issued::Issued(id));
        it.state(id);
        let [_, there] = it.copies(id);
        let told: Vec<_> = there.versions.iter().map(|it| (it.number, it.content.names("川崎ミリング"))).collect();
        assert_eq!(told, [(2, true), (1, false)], "the old one stays readable");
        assert_eq!(
            there.events.last().map(|it| (it.kind, it.said.text.as_str())),
            Some((What::Revised, "削る量が少なくて済んだ"))
        );
        it.asks(id, What::Withdrawn, "来院されなくなった").unwrap();
        assert_eq!(kind(it.clinic(move |tx, ctx| orders::revise(tx, ctx, id, &form))), Kind::Conflict);
        assert_eq!(it.state(id), State::Withdrawn);
    });
}

#[test]
fn both_sides_act_in_turn_and_nobody_acts_for_the_other() {
    // DL-32
    both(|it| {
        let id = it.ordered();
        assert_eq!(kind(it.serves(it.technician, id, What::Accepted, "")), Kind::Forbidden, "the manager accepts");
        assert_eq!(kind(it.asks(id, What::Accepted, "")), Kind::NotFound);
        assert_eq!(kind(it.serves(it.manager, id, What::Delivered, "")), Kind::Conflict, "out of turn");
        it.serves(it.manager, id, What::Asked, "シェードはどれですか").unwrap();
        let [here, _] = it.copies(id);
        assert!(lab::case::owes(&here.events, people::agreement::Side::Asks));
        it.asks(id, What::Answered, "A3です").unwrap();
        it.serves(it.manager, id, What::Accepted, "").unwrap();
        assert_eq!(it.state(id), State::Accepted);
        assert_eq!(kind(it.serves(it.manager, id, What::Accepted, "")), Kind::Conflict, "once");
        let stranger = it.ward.staff("stranger", &["dentist"]);
        let elsewhere = it.at(it.laboratory, stranger, move |tx, ctx| cases::desk(tx, ctx, id));
        assert_eq!(kind(elsewhere), Kind::NotFound);
    });
}

#[test]
fn the_pages_show_the_case_to_both_facilities() {
    // DL-04, DL-05
    let it = two(Ward::sqlite(ROOMS));
    let id = it.ordered();
    let routes = || lab::routes().serve(it.ward.site.clone());
    for (facility, who) in [(it.ward.facility, it.dentist), (it.laboratory, it.manager)] {
        let browser = wait(it.ward.browser_of(routes(), Who::Staff(who), facility));
        let list = wait(browser.get("/lab"));
        assert!(list.text.contains("田中　幸子") && list.text.contains("引き受け待ち"), "{}", list.text);
        let page = wait(browser.get(&format!("/lab/cases/{id}")));
        assert!(page.text.contains("全部被覆冠") && page.text.contains("東京都青葉区1-2-3"), "{}", page.text);
        let paper = wait(browser.get(&format!("/lab/cases/{id}/orders/1")));
        assert!(paper.text.contains("歯科技工指示書") && paper.text.contains("ジルコニア"), "{}", paper.text);
        assert_eq!(wait(browser.get(&format!("/lab/cases/{id}/orders/2"))).status, 404);
    }
    let browser = wait(it.ward.browser_of(routes(), Who::Staff(it.manager), it.laboratory));
    let address = format!("/lab/cases/{id}/act");
    let refused = wait(browser.post(&address, &[("act", "declined"), ("why", "")]));
    assert_eq!(refused.status, 422, "a reason is owed");
    assert_eq!(wait(browser.post(&address, &[("act", "accepted")])).status, 303);
    assert_eq!(it.state(id), State::Accepted);
    assert_eq!(wait(browser.post(&address, &[("act", "released")])).status, 422, "no simple act");
    let patient = it.patient;
    let browser = wait(it.ward.browser_of(routes(), Who::Staff(it.dentist), it.ward.facility));
    let form = wait(browser.get(&format!("/patients/{patient}/lab")));
    assert!(form.text.contains("みなと歯科") && form.text.contains("クラウン"), "{}", form.text);
}
