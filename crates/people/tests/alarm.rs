//! What the day's page tells of the house itself, and to whom.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use audit::clock::{Check, Measured};
use kernel::{Who, time};
use people::alarm;
use testkit::Ward;

fn both(test: impl Fn(&Ward)) {
    Ward::both(&[people::MIGRATIONS], |ward| test(&ward));
}

fn sign(ward: &Ward) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(audit::sign_due(&ward.site.db, &ward.site.job("checkpoint"))).unwrap();
}

/// CS-122: a log that was changed is the business of those who may read it.
#[test]
fn the_safety_officer_hears_of_a_log_that_was_changed() {
    both(|ward| {
        sign(ward);
        let (officer, clerk) =
            (Who::Staff(ward.staff("kato", &["safety"])), Who::Staff(ward.staff("suzuki", &["clerk"])));
        ward.given(|tx, _| {
            let facility = tx.facility()?;
            let sql = "UPDATE audit_entry SET at = at + 1 WHERE facility_id = ?1
                       AND idx = (SELECT size - 1 FROM audit_head WHERE facility_id = ?1)";
            tx.exec(sql, db::params![facility])
        });
        sign(ward);
        let seen = |who: Who| ward.act(who, alarm::read).unwrap();
        assert!(seen(officer).log.is_some());
        assert!(seen(clerk).log.is_none());
    });
}

/// CS-163: a wrong clock is told to the same people, with how far it is off.
#[test]
fn a_wrong_clock_is_told() {
    both(|ward| {
        let (officer, clerk) =
            (Who::Staff(ward.staff("kato", &["safety"])), Who::Staff(ward.staff("suzuki", &["clerk"])));
        let seen = |who: &Who| ward.act(who.clone(), alarm::read).unwrap().clock_ms;
        assert_eq!(seen(&officer), None, "unknown is no alarm");
        ward.given(|tx, ctx| {
            let measured = Some(Measured { offset_us: -3_200_000, round_trip_us: 10_000 });
            audit::clock::keep(tx, ctx, &Check { source: "ntp.example.jp".into(), checked_at: ctx.now, measured })
        });
        assert_eq!((seen(&officer), seen(&clerk)), (Some(-3200), None));
        ward.clock.set(time::plus_min(ward.ctx(Who::Nobody).now, 48 * 60));
        assert_eq!(seen(&officer), None, "too long ago to be told as true");
    });
}
