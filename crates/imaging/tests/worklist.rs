//! Who reads what: requests are meant for somebody by field, agreement and load; a second reader grades a signed report; figures
//! say how it goes (TR-11). On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{ROOMS, Two, both, content, kind, two};
use guidelines::reading::assign::Scope;
use guidelines::reading::reader::Qualification;
use imaging::assignment::store as assignments;
use imaging::figures::{by, store as figures};
use imaging::reader;
use imaging::request::RequestId;
use imaging::request::store as requests;
use imaging::second::store as seconds;
use imaging::second::{Form, Grade};
use kernel::{Kind, PersonId, Who};
use people::person;
use testkit::{Ward, wait};

impl Two {
    /// The colleague becomes a reader who may sign.
    fn qualify(&self, who: PersonId) {
        let form = reader::Form {
            person: who,
            kind: Qualification::Equal,
            valid_until: None,
            checked_how: "院内の審査".into(),
        };
        self.hospital(self.colleague, move |tx, ctx| {
            person::store::record_licence(tx, ctx, who, "dentist", 2010, "免許証の原本")?;
            reader::store::record(tx, ctx, &form)
        })
        .unwrap();
    }

    fn meant(&self, id: RequestId) -> Option<PersonId> {
        let found = self.hospital(self.reader, move |tx, _| assignments::of_request(tx, id)).unwrap();
        found.map(|it| it.person)
    }

    fn scope(&self, who: PersonId, examinations: &[&str]) {
        self.ward.clock.pass_min(1);
        let examinations = examinations.iter().map(|&it| it.to_owned()).collect();
        let scope = Scope { examinations, ..Scope::default() };
        self.hospital(self.colleague, move |tx, ctx| assignments::set_scope(tx, ctx, who, &scope)).unwrap();
    }

    fn sweep(&self) {
        wait(assignments::sweep(&self.ward.site)).unwrap();
    }

    fn second(&self, who: PersonId, id: RequestId, seen: i64, grade: Grade) -> kernel::Result<()> {
        let form = Form { grade, note: "下顎管との距離が違う".into() };
        self.hospital(who, move |tx, ctx| seconds::keep(tx, ctx, id, seen, &form))
    }
}

#[test]
fn what_waits_is_on_the_first_page_however_much_was_asked_after_it() {
    // TR-11
    both(|it| {
        let first = it.sent();
        for _ in 0..requests::LINES_MAX {
            it.ward.clock.pass_min(1);
            let id = it.sent();
            it.clinic(move |tx, ctx| requests::withdraw(tx, ctx, id, "撮り直すため")).unwrap();
        }
        let list = |page| it.hospital(it.reader, move |tx, ctx| requests::list(tx, ctx, page)).unwrap();
        let (now, older) = (list(0), list(1));
        assert_eq!((now.served[0].request.id, now.served.len(), now.has_more), (first, requests::LINES_MAX, true));
        assert_eq!((older.served.len(), older.has_more), (1, false));
        assert!(older.served[0].request.asked_at < now.served[1].request.asked_at, "the oldest lies behind");
        assert!(list(2).served.is_empty());
    });
}

#[test]
fn a_request_is_meant_for_whoever_is_of_its_field_with_least_to_do_and_anybody_may_take_it() {
    // TR-11
    both(|it| {
        let first = it.sent();
        it.sweep();
        assert_eq!(it.meant(first), Some(it.reader), "the only one who may sign");
        it.qualify(it.colleague);
        let second = it.sent();
        it.sweep();
        it.sweep();
        assert_eq!(it.meant(second), Some(it.colleague), "with fewer open cases");
        it.scope(it.reader, &["mri_tmj"]);
        it.scope(it.colleague, &["mri_tmj"]);
        let third = it.sent();
        it.sweep();
        assert_eq!(it.meant(third), None, "of nobody's field: it waits for whoever takes it");
        it.scope(it.reader, &["cbct_implant"]);
        it.sweep();
        assert_eq!(it.meant(third), Some(it.reader));
        // By hand, to somebody who may sign, as long as nobody reads it.
        let (colleague, dentist) = (it.colleague, it.dentist);
        let give = |who| it.hospital(it.reader, move |tx, ctx| assignments::give(tx, ctx, third, who));
        give(colleague).unwrap();
        assert_eq!(it.meant(third), Some(colleague));
        assert_eq!(kind(give(dentist)), Kind::Invalid { field: "person" }, "works elsewhere");
        let asker = it.clinic(move |tx, ctx| assignments::give(tx, ctx, third, colleague));
        assert_eq!(kind(asker), Kind::NotFound, "who reads is not the asker's to say");
        it.take(it.reader, third, "").unwrap();
        assert_eq!(kind(give(colleague)), Kind::Conflict);
        let lines = it.hospital(it.reader, |tx, ctx| requests::list(tx, ctx, 0)).unwrap().served;
        assert_eq!(
            lines.iter().filter(|it| it.meant.is_some()).count(),
            2,
            "the one that is read is nobody's any more"
        );
    });
}

#[test]
fn a_second_reader_grades_a_report_and_what_matters_stands_until_a_new_version() {
    // TR-11, TR-02
    both(|it| {
        let id = it.sent();
        it.take(it.reader, id, "").unwrap();
        it.sign(it.reader, id, content("埋入は可能"), "", 0).unwrap();
        assert_eq!(kind(it.second(it.colleague, id, 1, Grade::Agree)), Kind::Forbidden, "no qualification");
        it.qualify(it.colleague);
        assert_eq!(kind(it.second(it.reader, id, 1, Grade::Agree)), Kind::Forbidden, "nobody's own");
        let asker =
            it.clinic(move |tx, ctx| seconds::keep(tx, ctx, id, 1, &Form { grade: Grade::Agree, note: String::new() }));
        assert_eq!(kind(asker), Kind::NotFound);
        assert_eq!(kind(it.second(it.colleague, id, 2, Grade::Grave)), Kind::Conflict, "of a version that is there");
        it.second(it.colleague, id, 1, Grade::Grave).unwrap();
        assert_eq!(kind(it.second(it.colleague, id, 1, Grade::Agree)), Kind::Conflict, "once");
        let disputed = || it.hospital(it.reader, |tx, ctx| requests::list(tx, ctx, 0)).unwrap().served[0].is_disputed;
        assert!(disputed());
        it.sign(it.reader, id, content("埋入の前に骨の移植が必要"), "第二読影による", 1).unwrap();
        assert!(!disputed(), "answered by the new version");
        let there = it.clinic(move |tx, _| seconds::of_request(tx, id)).unwrap();
        assert!(there.is_empty(), "it is the reading facility's own");
    });
}

#[test]
fn figures_name_readers_and_facilities_and_no_patient() {
    // TR-11
    both(|it| {
        let (first, second) = (it.sent(), it.sent());
        it.take(it.reader, first, "").unwrap();
        it.ward.clock.pass_min(90);
        it.sign(it.reader, first, content("埋入は可能"), "", 0).unwrap();
        it.clinic(move |tx, ctx| requests::withdraw(tx, ctx, second, "転院")).unwrap();
        let [served, asked] = it.hospital(it.reader, figures::cases).unwrap();
        assert!(asked.is_empty());
        let now = it.ward.ctx(Who::Nobody).now;
        let readers = by(&served, now, |it| it.reader.as_deref());
        let one = readers.values().next().unwrap();
        assert_eq!((readers.len(), one.reported, one.in_time, one.median_min), (1, 1, 1, Some(90)));
        let [served, asked] = it.clinic(figures::cases).unwrap();
        assert!(served.is_empty());
        let partners = by(&asked, now, |it| Some(it.partner.as_str()));
        let one = partners.values().next().unwrap();
        assert_eq!((one.cases, one.reported, one.stopped), (2, 1, 1));
        it.ward.clock.pass_min(91 * 24 * 60);
        assert!(it.clinic(figures::cases).unwrap()[1].is_empty(), "ninety days");
        let clerk = it.ward.staff("suzuki", &["clerk"]);
        assert_eq!(kind(it.at(it.ward.facility, clerk, figures::cases)), Kind::Forbidden);
    });
}

#[test]
fn fields_second_readings_and_figures_have_their_pages() {
    // TR-11
    let it = two(Ward::sqlite(ROOMS));
    it.qualify(it.colleague);
    let routes = || people::routes().and(imaging::routes());
    let id = it.sent();
    let reader = wait(it.ward.browser_at(routes(), Who::Staff(it.reader), it.hospital));
    let colleague = wait(it.ward.browser_at(routes(), Who::Staff(it.colleague), it.hospital));
    let fields = "/settings/readers/fields";
    assert!(wait(colleague.get(fields)).text.contains("制限なし"));
    let who = it.reader.to_string();
    assert_eq!(wait(colleague.post(fields, &[("reader", ""), ("open_max", "x")])).status, 422);
    let set = [("reader", who.as_str()), ("field", "cbct_implant"), ("open_max", "7")];
    assert_eq!(wait(colleague.post(fields, &set)).location.as_deref(), Some(fields));
    let seen = wait(colleague.get(fields)).text;
    assert!(seen.contains(">7<") && seen.contains("インプラント"), "{seen}");
    it.sweep();
    let page = format!("/readings/{id}");
    assert!(wait(reader.get("/readings")).text.contains("予定"));
    assert!(wait(reader.get(&page)).text.contains("担当の予定"));
    assert_eq!(wait(reader.post(&format!("{page}/assign"), &[("person", "x")])).status, 422);
    wait(reader.post(&format!("{page}/assign"), &[("person", who.as_str())]));
    wait(reader.post(&format!("{page}/take"), &[]));
    it.sign(it.reader, id, content("埋入は可能"), "", 0).unwrap();
    let second = format!("{page}/second");
    assert_eq!(wait(colleague.post(&second, &[("grade", "grave"), ("seen", "1")])).status, 422);
    let said = [("grade", "grave"), ("note", "下顎管との距離が違う"), ("seen", "1")];
    assert_eq!(wait(colleague.post(&second, &said)).location.as_deref(), Some(page.as_str()));
    assert!(wait(reader.get(&page)).text.contains("下顎管との距離が違う"));
    assert!(wait(reader.get("/readings")).text.contains("第二読影で違い"));
    assert!(wait(reader.get("/readings/figures")).text.contains("読影医ごと"));
    let clinic = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    assert!(!wait(clinic.get(&page)).text.contains("下顎管との距離が違う"), "within the facility that reads");
    assert!(wait(clinic.get("/readings/figures")).text.contains("依頼先の施設ごと"));
}
