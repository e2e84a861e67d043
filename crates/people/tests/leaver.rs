//! A leaver's account is closed by one act (CS-121), and only where it is needed no more, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::{FacilityId, PersonId, SessionId, Who};
use people::person::store;
use testkit::Ward;
use web::session::{self, NewSession};

/// A dentist of the clinic, whose manager is somebody else.
struct Leaver {
    ward: Ward,
    person: PersonId,
    manager: Who,
}

fn both(test: impl Fn(&Leaver)) {
    Ward::both(&[people::MIGRATIONS], |ward| {
        let (person, manager) = (ward.staff("ito", &["dentist"]), Who::Staff(ward.staff("kato", &["manager"])));
        test(&Leaver { ward, person, manager });
    });
}

impl Leaver {
    fn works_at(&self, facility: FacilityId) {
        let (ctx, person) = (self.ward.ctx(Who::System("test")).at(facility), self.person);
        let given =
            self.ward.site.db.write_blocking(Some(facility), move |tx| store::give_duty(tx, &ctx, person, "dentist"));
        given.unwrap();
    }

    fn sits(&self, facility: Option<FacilityId>, who: Who) -> SessionId {
        let (ctx, key) = (self.ward.ctx(Who::Nobody), self.ward.site.key.clone());
        let made = self.ward.site.db.write_blocking(None, move |tx| {
            session::start(tx, &ctx, &key, &NewSession { who, facility, factors: 2, agent: "test" })
        });
        made.unwrap().0
    }

    fn close_at(&self, facility: FacilityId, who: Who) -> kernel::Result<()> {
        let (ctx, person) = (self.ward.ctx(who).at(facility), self.person);
        self.ward.site.db.write_blocking(Some(facility), move |tx| store::close(tx, &ctx, person))
    }

    fn sessions(&self) -> Vec<SessionId> {
        let (ctx, who) = (self.ward.ctx(Who::Nobody), Who::Staff(self.person));
        let listed = self.ward.site.db.write_blocking(None, move |tx| session::list(tx, &ctx, &who));
        listed.unwrap().into_iter().map(|it| it.id).collect()
    }

    fn is_closed(&self) -> bool {
        let person = self.person;
        self.ward.given(move |tx, _| Ok(store::get(tx, person)?.closed_at.is_some()))
    }

    fn facilities(&self) -> Vec<FacilityId> {
        let person = self.person;
        self.ward.site.db.write_blocking(None, move |tx| store::facilities(tx, person)).unwrap()
    }
}

#[test]
fn whoever_works_elsewhere_too_stays_there() {
    both(|it| {
        let (here, there) = (it.ward.facility, it.ward.other_facility());
        it.works_at(there);
        let who = Who::Staff(it.person);
        let (_, elsewhere) = (it.sits(Some(here), who.clone()), it.sits(Some(there), who));
        it.close_at(here, it.manager.clone()).unwrap();
        assert_eq!((it.is_closed(), it.facilities(), it.sessions()), (false, vec![there], vec![elsewhere]));

        it.close_at(there, Who::System("test")).unwrap();
        assert_eq!((it.is_closed(), it.facilities(), it.sessions()), (true, vec![], vec![]));
    });
}

#[test]
fn a_leaver_of_the_only_facility_is_closed_with_every_session() {
    both(|it| {
        let who = Who::Staff(it.person);
        it.sits(Some(it.ward.facility), who.clone());
        it.sits(None, who);
        it.close_at(it.ward.facility, it.manager.clone()).unwrap();
        assert_eq!((it.is_closed(), it.sessions()), (true, vec![]));
    });
}

#[test]
fn a_leaver_stays_the_guardian_of_a_child() {
    both(|it| {
        let (person, child) = (it.person, it.ward.patient());
        it.ward.given(move |tx, ctx| people::patient::store::add_guardian(tx, ctx, child, person, "父"));
        let here = it.ward.facility;
        it.sits(Some(here), Who::Staff(person));
        let as_guardian = it.sits(Some(here), Who::Guardian { person, patient: child });
        it.close_at(here, it.manager.clone()).unwrap();
        assert_eq!((it.is_closed(), it.facilities(), it.sessions()), (false, vec![], vec![as_guardian]));
    });
}

#[test]
fn closing_leaves_the_act_as_narrow_as_it_was() {
    both(|it| {
        let there = it.ward.other_facility();
        it.works_at(there);
        let (ctx, person) = (it.ward.ctx(it.manager.clone()), it.person);
        let seen = it.ward.site.db.write_blocking(Some(it.ward.facility), move |tx| {
            store::close(tx, &ctx, person)?;
            let failed = tx.over_all(|_| Err::<(), _>(kernel::Error::not_found("as a test wants")));
            assert!(failed.is_err());
            assert_eq!(tx.facility()?, ctx.facility()?);
            Ok((tx.is_postgres(), store::facilities(tx, person)?.len()))
        });
        let (is_postgres, seen) = seen.unwrap();
        // SQLite has no second wall; on PostgreSQL the other facility is out of sight again.
        assert_eq!(seen, usize::from(!is_postgres));
    });
}

#[test]
fn an_account_in_use_elsewhere_is_not_pointed_out_as_unused() {
    both(|it| {
        let there = it.ward.other_facility();
        it.works_at(there);
        it.sits(Some(there), Who::Staff(it.person));
        let person = it.person;
        let used = it.ward.given(move |tx, _| store::last_use(tx, person));
        assert_eq!(used.seen_at, Some(it.ward.ctx(Who::Nobody).now));
    });
}
