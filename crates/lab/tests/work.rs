//! The work on a case: who may do which step where, the design and its release, the inspection by somebody else, the record
//! that makes itself, the way back to the patient. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{ROOMS, Two, both, kind, two};
use db::Tx;
use guidelines::compliance::Status;
use guidelines::device::{Answer, Kind as DeviceKind};
use kernel::{Ctx, DeviceId, Kind, PersonId, Result, SessionId, Who};
use lab::case::{CRITERIA, CaseId, Cause, Found, Kind as What, Said, State, store as cases};
use lab::figures::{self, Figures};
use lab::record;
use lab::remote::store as remote;
use lab::remote::{PlaceContent, PlaceForm, PlaceId, PlaceKind, Refusal, Standing, Topic};
use lab::step::store as steps;
use lab::step::{Form, Kind as Step, Material, Where};
use people::device::certificate::{self, Signed, Wish};
use people::device::inventory::{Inventory, Own};
use people::device::{self, Entry, Rule, Seen, browser};
use testkit::{Ward, wait};

/// The session of the laboratory's people where a test asks for one.
const BROWSER: SessionId = SessionId::from_bytes([9; 16]);

fn clauses(refused: &[Refusal]) -> String {
    refused.iter().map(|it| it.clause.as_str()).collect::<Vec<_>>().join(" ")
}

fn inspection(found: Found) -> Said {
    let criteria = CRITERIA.iter().map(|it| (it.0.to_owned(), Found::Good));
    let mut criteria: Vec<_> = criteria.collect();
    criteria[1].1 = found;
    Said { criteria, cause: "fit".into(), ..Said::default() }
}

impl Two {
    fn assigned(&self, person: PersonId) -> CaseId {
        let id = self.ordered();
        self.serves(self.manager, id, What::Accepted, "").unwrap();
        assert_eq!(self.lab(self.manager, move |tx, ctx| steps::assign(tx, ctx, id, person)).unwrap(), []);
        id
    }

    fn begin(&self, who: PersonId, id: CaseId, kind: Step, place: Where, confirmed: &[&str]) -> Result<Vec<Refusal>> {
        let form = Form { kind, place, confirmed: confirmed.iter().map(|it| (*it).to_owned()).collect() };
        self.seated(who, move |tx, ctx| steps::begin(tx, ctx, id, &form, "testkit"))
    }

    /// As `lab`, in the one browser of the laboratory's people.
    fn seated<T: Send + 'static>(
        &self,
        who: PersonId,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.lab(who, move |tx, ctx| act(tx, &Ctx { session: Some(SessionId::from_bytes([9; 16])), ..ctx.clone() }))
    }

    /// A notebook which is lent to `who`; the manager has looked at it, and has not yet said how it locks.
    fn notebook(&self, who: PersonId) -> DeviceId {
        let entry = Entry {
            name: "設計用ノート1".into(),
            kind: DeviceKind::Lent,
            owner: "みなと歯科技工所".into(),
            place: "自宅".into(),
            serial: "NB-1".into(),
            person: Some(who),
            managed: String::new(),
        };
        let id = self.lab(self.manager, move |tx, ctx| device::store::add(tx, ctx, &entry)).unwrap();
        self.seen(id, Answer::Unknown);
        id
    }

    /// A browser is on such a notebook, by a code.
    fn on_a_notebook(&self, who: PersonId, session: SessionId) -> DeviceId {
        let id = self.notebook(who);
        let (key, again) = (self.ward.site.key.clone(), self.ward.site.key.clone());
        let code = self.lab(self.manager, move |tx, ctx| browser::make_code(tx, ctx, &key, id)).unwrap();
        let enrolled = self.lab(who, move |tx, ctx| {
            let ctx = Ctx { session: Some(session), ..ctx.clone() };
            browser::enrol(tx, &ctx, &again, "it", "testkit", &code)
        });
        assert_eq!(enrolled.unwrap(), browser::Outcome::Enrolled(id));
        id
    }

    /// The certificate of a browser on this device, as the device's agent gets one.
    fn certified(&self, id: DeviceId) -> [u8; 32] {
        let (key, again) = (self.ward.site.key.clone(), self.ward.site.key.clone());
        let code = self.lab(self.manager, move |tx, ctx| certificate::make_code(tx, ctx, &key, id)).unwrap();
        let sign = |wish: &Wish| {
            let fingerprint = [wish.request.len() as u8; 32];
            Ok(Some(Signed { chain: String::new(), fingerprint }))
        };
        let ctx = Ctx { facility: None, ..self.ward.ctx(Who::System("agent")) };
        let made = move |tx: &mut Tx<'_>| {
            let enrolled = certificate::enrol(tx, &ctx, &again, &sign, &code, "agent")?;
            let certificate::Outcome::Made(of_agent, _) = enrolled else { panic!("{enrolled:?}") };
            let found = certificate::find(tx, &of_agent.fingerprint, ctx.now)?.unwrap().certificate;
            let made = certificate::for_browser(tx, &ctx.at(found.facility), &found, &sign, "browser")?;
            let certificate::Outcome::Made(of_browser, _) = made else { panic!("{made:?}") };
            Ok(of_browser.fingerprint)
        };
        self.ward.site.db.write_blocking(None, made).unwrap()
    }

    /// The device that the laboratory's newest entry of this act names.
    fn logged(&self, act: &'static str) -> Option<DeviceId> {
        let found = self.lab(self.manager, move |tx, _| {
            let sql = "SELECT device_id FROM audit_entry WHERE facility_id = ?1 AND act = ?2 ORDER BY idx DESC LIMIT 1";
            tx.value::<Option<DeviceId>>(sql, db::params![tx.facility()?, act])
        });
        found.unwrap().flatten()
    }

    fn ruled(&self, asked_inside: bool) {
        self.ward.clock.pass_min(1);
        let rule = Rule { document: Some(("規程".into(), "2026-11-20".parse().unwrap())), asked_inside };
        self.lab(self.manager, move |tx, ctx| device::store::set_rule(tx, ctx, &rule)).unwrap();
    }

    fn seen(&self, id: DeviceId, locks: Answer) {
        let mut inventory = Inventory::default();
        let (system, yes) = (&mut inventory.content.operatingsystem, Answer::Yes);
        (system.name, system.version) = ("debian".into(), "12".into());
        inventory.haruka = Own {
            updates: Some(0),
            security: yes,
            encrypted: yes,
            locks,
            bluetooth_off: yes,
            ad_hoc_off: yes,
            ..Own::default()
        };
        self.ward.clock.pass_min(1);
        let seen = Seen { on: kernel::time::day(self.ward.ctx(Who::Nobody).now), inventory };
        self.lab(self.manager, move |tx, ctx| device::store::see(tx, ctx, id, &seen)).unwrap();
    }

    fn end(&self, who: PersonId, id: CaseId, materials: Vec<Material>) -> Result<()> {
        let open = self.lab(who, move |tx, _| steps::of_case(tx, id)).unwrap();
        let open = open.into_iter().find(|it| it.end.is_none() && it.person == who).expect("an open step").id;
        self.lab(who, move |tx, ctx| steps::end(tx, ctx, id, open, &materials, ""))
    }

    fn inspect(&self, who: PersonId, id: CaseId, said: Said) -> Result<Vec<Refusal>> {
        self.lab(who, move |tx, ctx| steps::inspect(tx, ctx, id, &said))
    }

    fn home_of(&self, person: PersonId) -> PlaceId {
        let content = PlaceContent {
            address: String::new(),
            phone: "090-1111-2222".into(),
            identity_how: "運転免許証の原本".into(),
        };
        let form = PlaceForm { person, kind: PlaceKind::Home, content };
        self.lab(self.manager, move |tx, ctx| remote::register(tx, ctx, &form)).unwrap()
    }

    fn trained(&self, people: &[PersonId], topics: &[Topic]) {
        let (people, topics, day) = (people.to_vec(), topics.to_vec(), "2026-11-20".parse().unwrap());
        self.lab(self.manager, move |tx, ctx| remote::train(tx, ctx, &people, &topics, "社内研修", day)).unwrap();
    }

    /// The status of a clause at the laboratory.
    fn evidence(&self, id: &str) -> Status {
        let all = self.lab(self.manager, |tx, ctx| {
            let mut all = Vec::new();
            for it in lab::evidence::ALL {
                all.extend(it(tx, ctx)?);
            }
            Ok(all)
        });
        all.unwrap().into_iter().find(|it| it.clause.as_str() == id).expect("evidence").status
    }
}

#[test]
fn a_crown_goes_from_the_order_to_the_fit() {
    // DL-30, DL-31, DL-32
    both(|it| {
        let id = it.assigned(it.technician);
        assert_eq!(it.begin(it.technician, id, Step::Design, Where::Here, &[]).unwrap(), []);
        assert_eq!(it.state(id), State::Designing);
        it.end(it.technician, id, vec![]).unwrap();
        it.serves(it.technician, id, What::Proposed, "接触点は強め").unwrap();
        it.asks(id, What::Redo, "咬頭をもう少し低く").unwrap();
        assert_eq!(kind(it.serves(it.manager, id, What::Released, "")), Kind::Conflict, "nothing is approved");
        it.serves(it.technician, id, What::Proposed, "低くしました").unwrap();
        assert_eq!(it.state(id), State::Proposed, "a redone design is a new proposal");
        it.design(id);
        it.proposes(id, &it.digest(id)).unwrap();
        it.asks(id, What::Approved, "").unwrap();
        assert_eq!(kind(it.serves(it.technician, id, What::Released, "")), Kind::Forbidden, "the manager releases");
        it.serves(it.manager, id, What::Released, "").unwrap();
        it.begin(it.colleague, id, Step::Milling, Where::Here, &[]).unwrap();
        let zirconia = Material { product: "ジルコニアディスク".into(), lot: "Z-2026-11".into() };
        it.end(it.colleague, id, vec![zirconia.clone()]).unwrap();
        it.serves(it.colleague, id, What::Machined, "").unwrap();
        it.serves(it.technician, id, What::Finished, "").unwrap();
        for maker in [it.technician, it.colleague] {
            assert_eq!(clauses(&it.inspect(maker, id, inspection(Found::Good)).unwrap()), "DL-31");
        }
        assert_eq!(it.state(id), State::Finished);
        assert_eq!(it.inspect(it.manager, id, inspection(Found::Bad)).unwrap(), []);
        assert_eq!(it.state(id), State::Failed);
        let (manager, technician) = (it.manager, it.technician);
        it.lab(manager, move |tx, ctx| steps::assign(tx, ctx, id, technician)).unwrap();
        it.serves(technician, id, What::Finished, "").unwrap();
        it.inspect(manager, id, inspection(Found::Good)).unwrap();
        assert_eq!(kind(it.serves(manager, id, What::Received, "")), Kind::NotFound, "the clinic receives");
        it.serves(technician, id, What::Delivered, "ヤマト 1234").unwrap();
        it.asks(id, What::Received, "").unwrap();
        it.asks(id, What::Fitted, "よく合った").unwrap();
        assert_eq!(it.state(id), State::Fitted);
        let made = it.lab(manager, move |tx, _| Ok((cases::read_one(tx, id)?, steps::of_case(tx, id)?))).unwrap();
        let record = record::of(&made.0, made.1);
        assert!(record.missing().is_empty(), "{:?}", record.missing());
        assert_eq!((record.materials, record.steps.len()), (vec![zirconia], 2));
        assert_eq!(record.inspection.map(|it| it.by), Some(manager));
        for clause in ["DL-01", "DL-02", "DL-30", "DL-31", "DL-32"] {
            assert_eq!(it.evidence(clause), Status::Met, "{clause}");
        }
        it.asks(id, What::Remake, "1か月で浮いた").unwrap();
        assert_eq!(it.state(id), State::Remake);
        let [made, _] = it.lab(manager, figures::store::counted).unwrap();
        let expected = Figures { passed: 1, failed: 1, delivered: 1, fitted: 1, remade: 1 };
        assert_eq!(figures::by_partner(&made).into_iter().collect::<Vec<_>>(), [("青葉歯科クリニック", expected)]);
        assert_eq!(figures::by_cause(&made).into_iter().collect::<Vec<_>>(), [(Cause::Fit, [1, 0])]);
        let [_, ordered] = it.clinic(figures::store::counted).unwrap();
        assert_eq!(figures::by_partner(&ordered).into_values().collect::<Vec<_>>(), [expected]);
    });
}

#[test]
fn only_licensed_technicians_of_the_laboratory_are_assigned() {
    // DL-01
    both(|it| {
        let id = it.ordered();
        it.serves(it.manager, id, What::Accepted, "").unwrap();
        let (newcomer, manager) = (it.ward.staff("newcomer", &[]), it.manager);
        let assign = |person| it.lab(manager, move |tx, ctx| steps::assign(tx, ctx, id, person)).unwrap();
        assert_eq!(clauses(&assign(newcomer)), "DL-01 DL-01", "works not here, and no licence");
        it.lab(manager, move |tx, ctx| people::person::store::give_duty(tx, ctx, newcomer, "technician")).unwrap();
        assert_eq!(clauses(&assign(newcomer)), "DL-01");
        assert_eq!(it.evidence("DL-01"), Status::NotMet);
        let licence = move |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| {
            people::person::store::record_licence(tx, ctx, newcomer, "technician", 2025, "原本")
        };
        it.lab(manager, licence).unwrap();
        assert_eq!(clauses(&assign(newcomer)), "");
        assert_eq!(it.copies(id)[0].assignee(), Some(newcomer));
        let by_technician = it.lab(it.technician, move |tx, ctx| steps::assign(tx, ctx, id, newcomer));
        assert_eq!(kind(by_technician), Kind::Forbidden, "the manager assigns");
        // Whoever left in the middle begins nothing more.
        it.lab(manager, move |tx, ctx| people::person::store::end_duty(tx, ctx, newcomer, "technician")).unwrap();
        let left = it.begin(newcomer, id, Step::Design, Where::Here, &[]);
        assert!(matches!(kind(left), Kind::NotFound | Kind::Forbidden));
    });
}

#[test]
fn outside_the_laboratory_only_design_is_begun_and_only_when_all_is_in_order() {
    // DL-02, DL-10, DL-11, DL-40
    both(|it| {
        let id = it.assigned(it.technician);
        let all = ["filter", "room", "alone", "network"];
        let home = Where::Remote(it.home_of(it.technician));
        // DL-12, DL-13: whoever has a place outside opens cases on a device that is in order, and on no other.
        let design = || it.begin(it.technician, id, Step::Design, home.clone(), &all);
        let look = || it.seated(it.technician, move |tx, ctx| cases::desk(tx, ctx, id).map(drop));
        assert_eq!((kind(design()), kind(look())), (Kind::Terminal, Kind::Terminal), "on any machine");
        assert!(it.seated(it.colleague, move |tx, ctx| cases::desk(tx, ctx, id)).is_ok(), "works inside");
        let notebook = it.on_a_notebook(it.technician, BROWSER);
        assert_eq!(kind(look()), Kind::Terminal, "no rules, and nobody knows how it locks");
        assert_eq!((it.evidence("DL-12"), it.evidence("DL-13")), (Status::NotMet, Status::NotMet));
        it.ruled(false);
        assert_eq!(kind(look()), Kind::Terminal, "nobody knows how it locks");
        it.seen(notebook, Answer::Yes);
        look().unwrap();
        for clause in ["DL-12", "DL-13", "DL-14"] {
            assert_eq!(it.evidence(clause), Status::Met, "{clause}");
        }
        let begin = |kind, place: &Where, confirmed: &[&str]| {
            clauses(&it.begin(it.technician, id, kind, place.clone(), confirmed).unwrap())
        };
        assert_eq!(begin(Step::Design, &home, &all), "DL-40 DL-40", "nobody is trained");
        assert_eq!(it.evidence("DL-40"), Status::NotMet);
        it.trained(&[it.manager, it.technician], &[Topic::Security, Topic::Record]);
        assert_eq!(begin(Step::Design, &home, &all), "DL-40", "the manager's own part is missing");
        it.trained(&[it.manager], &[Topic::Management]);
        assert_eq!(begin(Step::Polishing, &home, &all), "DL-02");
        assert_eq!(begin(Step::Design, &home, &all[..3]), "DL-10");
        let others = Where::Remote(it.home_of(it.colleague));
        assert_eq!(begin(Step::Design, &others, &all), "DL-01", "another technician's home");
        assert_eq!(begin(Step::Milling, &Where::Named("川崎ミリング".into()), &[]), "DL-05");
        assert_eq!(it.state(id), State::Assigned, "nothing has begun");
        assert_eq!(begin(Step::Design, &home, &all), "");
        assert_eq!(it.state(id), State::Designing);
        for clause in ["DL-02", "DL-10", "DL-11"] {
            assert_eq!(it.evidence(clause), Status::Met, "{clause}");
        }
        let found = it.lab(it.manager, move |tx, _| steps::of_case(tx, id)).unwrap();
        assert_eq!(found[0].confirmed, all, "the manager sees what was confirmed");
        assert_eq!(
            kind(it.end(it.technician, id, vec![]).and_then(|()| {
                let step = found[0].id;
                it.lab(it.colleague, move |tx, ctx| steps::end(tx, ctx, id, step, &[], ""))
            })),
            Kind::NotFound,
            "a colleague ends no step of mine"
        );
        let place = if let Where::Remote(place) = home { place } else { unreachable!() };
        it.lab(it.manager, move |tx, ctx| remote::end(tx, ctx, place)).unwrap();
        assert_eq!(begin(Step::Check, &home, &all), "DL-01", "the place was given up");
        // Where the manager asks for it inside too, the others need a device as well.
        let at_work = || it.seated(it.manager, move |tx, ctx| cases::list(tx, ctx, 0).map(drop));
        at_work().unwrap();
        it.lab(it.manager, move |tx, ctx| device::revoke(tx, ctx, notebook)).unwrap();
        at_work().unwrap();
        it.ruled(true);
        assert_eq!(kind(at_work()), Kind::Terminal);
    });
}

#[test]
fn a_case_opens_outside_by_the_certificate_of_the_browser_alone() {
    // DL-12, DL-20, CS-150, CS-153
    both(|it| {
        let id = it.assigned(it.technician);
        it.home_of(it.technician);
        it.ruled(false);
        let notebook = it.notebook(it.technician);
        let own = it.certified(notebook);
        let look = |session: u8, shown: Option<[u8; 32]>| {
            let session = Some(SessionId::from_bytes([session; 16]));
            it.lab(it.technician, move |tx, ctx| {
                let ctx = Ctx { session, certificate: shown, ..ctx.clone() };
                cases::desk(tx, &ctx, id).map(drop)
            })
        };
        assert_eq!(kind(look(1, Some(own))), Kind::Terminal, "nobody knows how it locks");
        it.seen(notebook, Answer::Yes);
        look(1, Some(own)).unwrap();
        assert_eq!(it.logged("lab.view"), Some(notebook), "the entry names the device");
        assert_eq!(kind(look(1, None)), Kind::Terminal, "a session that was carried elsewhere opens nothing");
        assert_eq!(kind(look(2, Some([1; 32]))), Kind::Terminal, "nor does a certificate of nobody's");
        it.lab(it.manager, move |tx, ctx| device::revoke(tx, ctx, notebook)).unwrap();
        assert_eq!(kind(look(1, Some(own))), Kind::Terminal, "from the next request on");
    });
}

#[test]
fn the_notification_is_due_when_a_person_or_a_place_changes() {
    // DL-03, DL-06
    both(|it| {
        let standing = || it.lab(it.manager, |tx, ctx| remote::notification(tx, ctx.now)).unwrap();
        assert_eq!(standing().0, Standing::Nothing);
        assert_eq!(it.evidence("DL-03"), Status::NotApplicable);
        let home = it.home_of(it.technician);
        assert_eq!(standing().0, Standing::Due("2026-12-04".parse().unwrap()));
        let warned = it.lab(it.manager, |tx, ctx| lab::alerts(tx, &["manager".to_owned()], ctx.now)).unwrap();
        assert_eq!(warned.len(), 1);
        let filed_on = "2026-11-24".parse().unwrap();
        it.ward.clock.pass_min(1);
        it.lab(it.manager, move |tx, ctx| remote::file(tx, ctx, "横浜市長", filed_on)).unwrap();
        let (now_so, workers, _) = standing();
        assert_eq!((now_so, workers[0].at_home), (Standing::Filed(filed_on), true));
        assert_eq!(it.evidence("DL-06"), Status::Met);
        it.ward.clock.pass_min(20 * 24 * 60);
        it.lab(it.manager, move |tx, ctx| remote::end(tx, ctx, home)).unwrap();
        assert_eq!(standing().0, Standing::Due("2026-12-24".parse().unwrap()), "opened again by itself");
        it.ward.clock.pass_min(11 * 24 * 60);
        assert_eq!(it.evidence("DL-06"), Status::NotMet);
        let stranger = it.lab(it.technician, remote::desk);
        assert_eq!(kind(stranger), Kind::Forbidden);
    });
}

#[test]
fn the_pages_lead_the_laboratory_through_a_case() {
    // DL-02, DL-30
    let it = two(Ward::sqlite(ROOMS));
    let id = it.ordered();
    it.serves(it.manager, id, What::Accepted, "").unwrap();
    let app = lab::routes().and(web::kept::routes()).serve(it.ward.site.clone());
    let browser = |who| wait(it.ward.browser_of(app.clone(), Who::Staff(who), it.laboratory));
    let (manager, technician) = (browser(it.manager), browser(it.technician));
    let (base, me) = (format!("/lab/cases/{id}"), it.technician.to_string());
    assert_eq!(wait(manager.post(&format!("{base}/assign"), &[("person", "")])).status, 422);
    assert_eq!(wait(manager.post(&format!("{base}/assign"), &[("person", &me)])).status, 303);
    let home = it.home_of(it.technician).to_string();
    let begin = |kind, place| {
        wait(technician.post(&format!("{base}/steps"), &[("form", "begin"), ("kind", kind), ("place", place)]))
    };
    // DL-12: who has a place outside is led to the page of the device first.
    let led = wait(technician.get(&base));
    assert_eq!((led.status.as_u16(), led.location), (303, Some(format!("/terminal?next=/lab/cases/{id}"))));
    let led = begin("milling", &home);
    let kept = led.location.unwrap_or_default().strip_prefix("/terminal?next=").map(str::to_owned);
    let kept = kept.filter(|it| it.starts_with("/again/")).expect("what was typed waits meanwhile");
    it.ruled(false);
    let notebook = it.on_a_notebook(it.technician, technician.session().unwrap());
    it.seen(notebook, Answer::Yes);
    let again = wait(technician.get(&kept));
    assert!(
        again.text.contains("value=\"milling\"") && again.text.contains(&format!("{base}/steps")),
        "{}",
        again.text
    );
    let refused = begin("milling", &home);
    assert!(refused.status == 422 && refused.text.contains("DL-02"), "{}", refused.text);
    assert_eq!(begin("design", "here").status, 303);
    let page = wait(technician.get(&base));
    assert!(page.text.contains("「設計（CAD）」を終える"), "{}", page.text);
    let step = it.lab(it.technician, move |tx, _| steps::of_case(tx, id)).unwrap()[0].id.to_string();
    let end = [("form", "end"), ("step", step.as_str()), ("product1", "レジン"), ("lot1", "")];
    assert_eq!(wait(technician.post(&format!("{base}/steps/end"), &end)).status, 422, "a lot is owed");
    assert_eq!(wait(technician.post(&format!("{base}/steps/end"), &end[..2])).status, 303);
    assert_eq!(wait(technician.post(&format!("{base}/propose"), &[("design", "設計しました")])).status, 303);
    let record = wait(technician.get(&format!("{base}/record")));
    assert!(record.text.contains("全部被覆冠") && record.text.contains("これから記録されるもの"), "{}", record.text);
    assert!(wait(technician.get(&format!("{base}/record.pdf"))).text.contains("歯科技工録"));
    let remote = wait(manager.get("/lab/remote"));
    assert!(remote.text.contains("届出が必要です") && remote.text.contains("090-1111-2222"), "{}", remote.text);
    assert!(wait(manager.get("/lab/remote/notification.pdf")).text.contains("自宅"));
    let filed = [("authority", "横浜市長"), ("filed_on", "2026-11-24")];
    assert_eq!(wait(manager.post("/lab/remote/notification", &filed)).status, 303);
    let training = [("attendee", me.as_str()), ("topic", "security"), ("material", "教材"), ("held_on", "2026-11-25")];
    assert_eq!(wait(manager.post("/lab/remote/trainings", &training)).status, 422, "not yet held");
    // The clinic sees the line of time, and none of the laboratory's own affairs.
    let dentist = wait(it.ward.browser_of(app.clone(), Who::Staff(it.dentist), it.ward.facility));
    let page = wait(dentist.get(&base));
    assert!(page.text.contains("設計案を出しました") && !page.text.contains("工程の記録"), "{}", page.text);
    assert_eq!(wait(dentist.get(&format!("{base}/record"))).status, 404);
}
