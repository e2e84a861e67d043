//! TR-05: two facilities agree, each keeps its own copy, and neither sees more than its own, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::{Ctx, FacilityId, Kind, PersonId, Result, Who, time};
use people::agreement::store::{self, Offer};
use people::agreement::{Agreement, AgreementId, Contact, Purpose, Side, Standing, Terms};
use testkit::{Ward, wait};
use web::Fields;

/// The clinic with its manager, and the hospital with its own.
struct Two {
    ward: Ward,
    hospital: FacilityId,
    manager: PersonId,
    theirs: PersonId,
}

fn both(test: impl Fn(&Two)) {
    Ward::both(&[people::MIGRATIONS], |ward| test(&two(ward)));
}

fn two(ward: Ward) -> Two {
    let hospital = ward.other_facility();
    let (manager, theirs) = (ward.staff("sato", &["manager"]), ward.staff("ito", &[]));
    let ctx = ward.ctx(Who::System("test")).at(hospital);
    let given = ward
        .site
        .db
        .write_blocking(Some(hospital), move |tx| people::person::store::give_duty(tx, &ctx, theirs, "manager"));
    given.unwrap();
    Two { ward, hospital, manager, theirs }
}

fn terms() -> Terms {
    let fields = [
        ("scope", "CBCTの読影"),
        ("network", "回線は各自"),
        ("equipment", "各自"),
        ("usage", "依頼側が説明"),
        ("fee", "3300円"),
        ("routine_h", "72"),
        ("urgent_h", "24"),
        ("valid_from", "2026-11-24"),
    ];
    Terms::parse(&Fields::of(&fields)).unwrap()
}

fn contact(name: &str) -> Contact {
    Contact { name: name.into(), role: String::new(), phone: "03-5550-0101".into(), mail: String::new(), person: None }
}

impl Two {
    fn at<T: Send + 'static>(
        &self,
        facility: FacilityId,
        who: PersonId,
        act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = self.ward.ctx(Who::Staff(who)).at(facility);
        self.ward.site.db.write_blocking(Some(facility), move |tx| act(tx, &ctx))
    }

    fn clinic<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.at(self.ward.facility, self.manager, act)
    }

    fn hospital<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut db::Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.at(self.hospital, self.theirs, act)
    }

    fn offered(&self) -> AgreementId {
        let offer = Offer {
            partner: self.hospital,
            purpose: Purpose::Reading,
            side: Side::Asks,
            terms: terms(),
            contacts: vec![contact("佐藤")],
        };
        self.clinic(move |tx, ctx| store::offer(tx, ctx, &offer, true)).unwrap()
    }

    fn agreed(&self) -> AgreementId {
        let id = self.offered();
        self.hospital(move |tx, ctx| store::answer(tx, ctx, id, true, "よろしく", &[contact("伊藤")], true)).unwrap();
        id
    }

    fn copies(&self, id: AgreementId) -> [Agreement; 2] {
        [
            self.clinic(move |tx, ctx| store::view(tx, ctx, id)).unwrap(),
            self.hospital(move |tx, ctx| store::view(tx, ctx, id)).unwrap(),
        ]
    }

    fn acts(&self, facility: FacilityId) -> Vec<String> {
        let found = self.ward.site.db.write_blocking(Some(facility), move |tx| {
            let rows = tx.rows(
                "SELECT act FROM audit_entry WHERE facility_id = ?1 AND act LIKE 'agreement.%' ORDER BY idx",
                db::params![facility],
            )?;
            rows.iter().map(|row| row.get("act")).collect()
        });
        found.unwrap()
    }
}

fn kind<T: std::fmt::Debug>(outcome: Result<T>) -> Kind {
    outcome.expect_err("refused").kind().clone()
}

#[test]
fn both_managers_agree_and_each_side_has_its_copy() {
    // TR-05
    both(|it| {
        let id = it.offered();
        let today = time::day(it.ward.ctx(Who::Nobody).now);
        let [here, there] = it.copies(id);
        assert_eq!((here.standing(today), there.standing(today)), (Standing::Offered, Standing::Offered));
        assert_eq!((here.side, there.side), (Side::Asks, Side::Serves));
        assert_eq!((here.waits_for_us(), there.waits_for_us()), (false, true));
        assert_eq!(
            kind(it.clinic(move |tx, ctx| store::answer(tx, ctx, id, true, "", &[contact("x")], true))),
            Kind::Conflict
        );
        it.hospital(move |tx, ctx| store::answer(tx, ctx, id, true, "よろしく", &[contact("伊藤")], true)).unwrap();
        let [here, there] = it.copies(id);
        assert_eq!((here.standing(today), there.standing(today)), (Standing::InForce, Standing::InForce));
        assert_eq!(here.terms, there.terms);
        assert_eq!((&here.ours, &here.theirs), (&there.theirs, &there.ours), "each calls the other's people");
        assert_eq!(kind(it.hospital(move |tx, ctx| store::answer(tx, ctx, id, false, "", &[], true))), Kind::Conflict);
        for facility in [it.ward.facility, it.hospital] {
            let acts = it.acts(facility);
            assert!(acts.contains(&"agreement.offer".to_owned()), "{acts:?}");
            assert!(acts.contains(&"agreement.accept".to_owned()), "{acts:?}");
        }
    });
}

#[test]
fn only_a_manager_signs_and_only_after_a_fresh_proof() {
    // TR-05, CS-120, CS-126
    both(|it| {
        let id = it.offered();
        let dentist = it.ward.staff("tanaka", &["dentist"]);
        let here = it.ward.facility;
        assert_eq!(kind(it.at(here, dentist, move |tx, ctx| store::view(tx, ctx, id))), Kind::Forbidden);
        let end = move |tx: &mut db::Tx<'_>, ctx: &Ctx| store::end(tx, ctx, id, time::day(ctx.now), "x", true);
        assert_eq!(kind(it.at(here, dentist, end)), Kind::Forbidden);
        let stale = |tx: &mut db::Tx<'_>, ctx: &Ctx, id| store::answer(tx, ctx, id, true, "", &[contact("x")], false);
        assert_eq!(kind(it.hospital(move |tx, ctx| stale(tx, ctx, id))), Kind::SignIn);
        // Taken back whole: nothing of it stands on either side.
        assert!(it.copies(id).iter().all(|it| it.answer.is_none()));
        assert!(!it.acts(here).contains(&"agreement.accept".to_owned()));
    });
}

#[test]
fn a_third_facility_knows_nothing_of_it() {
    // TR-05, CS-120
    both(|it| {
        let id = it.agreed();
        let ctx = it.ward.ctx(Who::System("test"));
        let third = it.ward.site.db.write_blocking(None, move |tx| {
            use people::facility::{FacilityKind, Field};
            let new = people::facility::store::NewFacility {
                kind: FacilityKind::Laboratory,
                field: Field::Dental,
                name: "みなと歯科技工所".into(),
                slug: "third".into(),
                address: String::new(),
                phone: String::new(),
                mail: String::new(),
            };
            people::facility::store::create(tx, &ctx, &new)
        });
        let third = third.unwrap().id;
        let (ctx, person) = (it.ward.ctx(Who::System("test")).at(third), it.theirs);
        let given = it
            .ward
            .site
            .db
            .write_blocking(Some(third), move |tx| people::person::store::give_duty(tx, &ctx, person, "manager"));
        given.unwrap();
        assert_eq!(kind(it.at(third, person, move |tx, ctx| store::view(tx, ctx, id))), Kind::NotFound);
        assert_eq!(it.at(third, person, store::list).unwrap(), []);
    });
}

#[test]
fn it_ends_on_its_last_day_for_both() {
    // TR-05
    both(|it| {
        let id = it.agreed();
        let today = time::day(it.ward.ctx(Who::Nobody).now);
        let yesterday = time::day(time::plus_min(it.ward.ctx(Who::Nobody).now, -24 * 60));
        let end = move |tx: &mut db::Tx<'_>, ctx: &Ctx| store::end(tx, ctx, id, yesterday, "x", true);
        assert!(matches!(kind(it.clinic(end)), Kind::Invalid { field: "last_day" }));
        it.hospital(move |tx, ctx| store::end(tx, ctx, id, today, "人手が足りない", true)).unwrap();
        let in_force = || {
            it.clinic(|tx, ctx| store::in_force(tx, Purpose::Reading, Side::Asks, time::day(ctx.now))).unwrap().len()
        };
        assert_eq!(in_force(), 1, "the last day counts");
        it.ward.clock.pass_min(24 * 60);
        assert_eq!(in_force(), 0);
        assert!(it.copies(id).iter().all(|it| it.end.as_ref().is_some_and(|it| it.reason == "人手が足りない")));
        assert_eq!(kind(it.clinic(move |tx, ctx| store::write_contacts(tx, ctx, id, &[contact("x")]))), Kind::Conflict);
    });
}

#[test]
fn the_offer_is_typed_answered_and_seen_on_pages() {
    // TR-05
    let it = two(Ward::sqlite(&[people::MIGRATIONS]));
    let clinic = wait(it.ward.browser(people::routes(), Who::Staff(it.manager)));
    let partner = it.hospital.to_string();
    let mut form = vec![
        ("partner", partner.as_str()),
        ("purpose", "reading"),
        ("side", "asks"),
        ("scope", "CBCTの読影"),
        ("network", "回線は各自"),
        ("equipment", "各自"),
        ("usage", "依頼側が説明"),
        ("fee", "3300円"),
        ("routine_h", "72"),
        ("urgent_h", "24"),
        ("valid_from", "2026-11-24"),
        ("contact1_name", "佐藤"),
    ];
    let seen = wait(clinic.post("/settings/agreements/new", &form));
    assert_eq!(seen.status, 422);
    assert!(seen.text.contains("依頼側が説明") && seen.text.contains("contact1_phone"), "nothing typed is lost");
    form.push(("contact1_phone", "03-5550-0101"));
    let seen = wait(clinic.post("/settings/agreements/new", &form));
    let address = seen.location.expect("led to the agreement");
    assert!(wait(clinic.get(&address)).text.contains("返事待ち"));
    let there = wait(it.ward.browser_at(people::routes(), Who::Staff(it.theirs), it.hospital));
    assert!(wait(there.get("/settings/agreements")).text.contains("お返事ください"));
    let answer = [("act", "accept"), ("contact1_name", "伊藤"), ("contact1_phone", "03-5550-0202")];
    wait(there.post(&format!("{address}/answer"), &answer));
    let seen = wait(clinic.get(&address));
    assert!(seen.text.contains("有効") && seen.text.contains("伊藤") && seen.text.contains("03-5550-0202"));
}
