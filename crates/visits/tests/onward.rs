//! From one page to the next: what was chosen goes along, what is over leads on, and a wish says that it is noted.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Visit;
use kernel::{Lang, Who, time};
use testkit::wait;
use visits::booking::Form;
use visits::policy::{self, Policy, Texts, Way};
use visits::slot::store::NewType;

#[test]
fn a_booking_begins_with_what_the_page_before_it_knew() {
    // SY-20, OV-131
    let it = Visit::sqlite();
    let (patient, booking, dentist) = (it.patient, it.booking, it.dentist);
    let next_on = time::day(time::plus_min(it.ward.ctx(Who::Nobody).now, 14 * 24 * 60));
    let kind = it.ward.given(move |tx, ctx| {
        let (name_ja, name_en) = ("来院の診療".to_owned(), "In person".to_owned());
        let new = NewType { name_ja, name_en, form: Form::InPerson, duration_min: 30, by_patient: true };
        visits::slot::store::add_type(tx, ctx, &new)
    });
    let told = Policy { way: Way::InPerson, next_on: Some(next_on), texts: Texts::default() };
    it.ward.act(Who::Staff(dentist), move |tx, ctx| policy::store::tell(tx, ctx, booking, &told)).unwrap();
    let from = format!("/bookings/new?patient={patient}&form=in_person&after={booking}&type={kind}");
    let agreed = time::show_day(next_on, Lang::Ja);
    // The agreed day stands in the chart: the dentist begins there, the desk with today.
    for (name, duty, reads) in [("ito", "dentist", true), ("suzuki", "clerk", false)] {
        let browser = it.browser(Who::Staff(it.ward.staff(name, &[duty])));
        let to = wait(browser.get(&from)).location.expect("led on");
        let page = wait(browser.get(&to)).text;
        assert!(page.contains("来院の診療") && !page.contains("オンライン再診"), "{duty}: only what was asked for");
        assert!(page.contains("前の診療"), "{duty}");
        assert_eq!((page.contains("次回の予定日"), page.contains(&agreed)), (reads, reads), "{duty}");
        let all = page.split("href=\"").filter_map(|it| it.split_once('"')).map(|it| it.0.replace("&amp;", "&"));
        let wider = all.into_iter().find(|it| it.starts_with("/book?") && !it.contains("form=")).expect("a way to all");
        assert!(wait(browser.get(&wider)).text.contains("オンライン再診"), "{duty}");
    }
    let nurse = it.browser(Who::Staff(it.ward.staff("yamada", &["nurse"])));
    assert_eq!(wait(nurse.get(&format!("/book?patient={patient}"))).status, 403, "no times for who may not book them");
}

#[test]
fn a_wish_for_an_earlier_time_is_noted_and_can_be_taken_back() {
    Visit::both(|it| {
        // For the patient it is too late already; at the desk it is not.
        let desk = it.browser(Who::Staff(it.ward.staff("suzuki", &["clerk"])));
        let page = format!("/visits/{}/change", it.booking);
        for (wait_for, shown) in [("1", "空きを待っています"), ("0", "空きを待つ"), ("1", "待つのをやめる")]
        {
            let sent = wait(desk.post(&format!("/visits/{}/wait", it.booking), &[("wait", wait_for)]));
            assert_eq!(sent.location.as_deref(), Some(page.as_str()), "back to where the button was");
            assert!(wait(desk.get(&page)).text.contains(shown), "{wait_for}");
        }
    });
}

#[test]
fn a_visit_that_is_over_is_no_next_one_and_leads_on() {
    // OV-302
    let it = Visit::sqlite();
    let (booking, patient) = (it.booking, it.browser(Who::Patient(it.patient)));
    let early = wait(patient.get(&format!("/visits/{booking}/feedback"))).text;
    assert!(early.contains("診療のあとでお聞かせください") && !early.contains("<textarea"), "nothing to say yet");
    assert!(wait(patient.get("/home")).text.contains("次の予約"));
    it.ward
        .act(Who::Staff(it.dentist), move |tx, ctx| visits::call::store::break_off(tx, ctx, booking, "通信の不具合"))
        .unwrap();
    let home = wait(patient.get("/home")).text;
    assert!(home.contains("この診療は終わりました") && !home.contains("<dt>次の予約"), "{home}");
    for way in ["summary", "feedback"] {
        let href = format!("/visits/{booking}/{way}");
        assert!(home.contains(&href), "{way}");
        assert_eq!(wait(patient.get(&href)).status, 200, "{way}");
    }
    let next = format!("/book?after={booking}");
    assert!(home.contains(&next));
    assert!(wait(patient.get(&next)).text.contains("前の診療"));
}
