//! The clock behind the log: times that go back are marked, comparisons are kept, a log that is not signed is an alarm.

use audit::clock::{Check, Measured, Standing, judge};
use audit::{Entry, Query};
use kernel::{Ctx, Timestamp, Who, time};

use crate::common::{CLINIC, NOW, Site, on_both};

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// An act of the clinic when the server's clock shows `seconds` after the moment of these tests.
fn act(site: &Site, seconds: i64) {
    let mut ctx: Ctx = site.ctx(Who::System("test"));
    ctx.now = Timestamp::from_microsecond(now().as_microsecond() + seconds * 1_000_000).unwrap();
    site.try_write(move |tx| audit::append(tx, &ctx, Entry::done("booking.book", "booking", "1"))).unwrap();
}

/// CS-163: whoever reads the log sees where the clock was set back.
#[test]
fn times_never_go_back_without_a_mark() {
    on_both("set_back", |site| {
        for seconds in [0, 60, 57, 60, -3600, -3590, 86_400, 0] {
            act(site, seconds);
        }
        let mut found = site.try_write(|tx| audit::search(tx, &Query::default())).unwrap();
        found.reverse();
        let told: Vec<(String, i64)> = found
            .iter()
            .map(|it| (it.act.clone(), (it.at.as_microsecond() - now().as_microsecond()) / 1_000_000))
            .collect();
        let book = |seconds| ("booking.book".to_owned(), seconds);
        let mark = |seconds| (audit::clock::SET_BACK.to_owned(), seconds);
        assert_eq!(
            told,
            // An act that waited in the queue stands where the one before it stands; a clock that was set is marked.
            [
                book(0),
                book(60),
                book(60),
                book(60),
                mark(-3600),
                book(-3600),
                book(-3590),
                book(86_400),
                mark(0),
                book(0)
            ]
        );
        assert_eq!(found[4].who, "system:clock");
        assert!(found[4].detail.as_ref().is_some_and(|it| it["from"] == "2026-11-21T00:01:00.123456Z"));
        assert_eq!(site.verify().first_bad, None);
        assert_eq!(site.sign().unwrap().unwrap().size, 10);
    });
}

#[test]
fn the_newest_comparison_counts_and_old_ones_go() {
    on_both("compared", |site| {
        let newest = || site.try_write(audit::clock::newest).unwrap();
        assert_eq!(judge(newest().as_ref(), now()), Standing::Unknown);
        let measured = Measured { offset_us: -2_000_000, round_trip_us: 20_000 };
        let keep = |checked_at: Timestamp, measured: Option<Measured>| {
            let check = Check { source: "ntp.example.jp".into(), checked_at, measured };
            let ctx = Ctx { now: checked_at, ..site.ctx(Who::System("clock")) };
            site.try_write(move |tx| audit::clock::keep(tx, &ctx, &check)).unwrap();
        };
        keep(time::plus_min(now(), -500 * 24 * 60), Some(Measured { offset_us: 0, round_trip_us: 1 }));
        keep(time::plus_min(now(), -60), Some(measured));
        assert_eq!(judge(newest().as_ref(), now()), Standing::Off(measured));
        keep(now(), None);
        assert_eq!(judge(newest().as_ref(), now()), Standing::Unknown);
        let rows: i64 = site.try_write(|tx| tx.value("SELECT count(*) FROM clock_check", &[])).unwrap().unwrap();
        assert_eq!(rows, 2);
    });
}

/// CS-122: a log that does not continue what was signed is told once, seen until it is mended, and left alone in between.
#[test]
fn a_log_that_is_not_signed_is_an_alarm_until_it_is() {
    on_both("alarm", |site| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sign = |minutes: i64| {
            let mut ctx = site.ctx(Who::System("checkpoint"));
            ctx.now = time::plus_min(now(), minutes);
            runtime.block_on(audit::sign_due(&site.db, &ctx)).unwrap()
        };
        let alarm = || site.try_write(audit::alarm).unwrap();
        let all = || site.db.write_blocking(None, audit::alarms).unwrap();
        site.fill(3);
        assert_eq!((sign(0).signed, alarm(), all()), (vec![CLINIC], None, 0));
        site.fill(2);
        site.tamper("UPDATE audit_entry SET at = at + 1 WHERE idx = 4", &[]);
        assert_eq!(sign(1).refused.len(), 1);
        let raised = alarm().unwrap();
        assert!(raised.why.contains("entry 4 is missing or changed") && raised.raised_at == time::plus_min(now(), 1));
        let (soon, later) = (sign(2), sign(20));
        assert!(soon.refused.is_empty() && later.refused.is_empty() && later.signed.is_empty(), "told once");
        assert_eq!((alarm().unwrap().raised_at, all()), (raised.raised_at, 1));
        site.tamper("UPDATE audit_entry SET at = at - 1 WHERE idx = 4", &[]);
        assert_eq!((sign(40).signed, alarm(), all()), (vec![CLINIC], None, 0));
    });
}
