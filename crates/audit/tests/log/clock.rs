//! The clock behind the log: times that go back are marked, comparisons are kept, a log that is not signed is an alarm.

use audit::clock::{Check, Measured, Standing, judge};
use audit::{Bad, Entry, Query, Why};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use db::params;
use kernel::{Ctx, Timestamp, Who, time};
use sha2::{Digest, Sha256};

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

/// Writes the time of entry 1, the last one, with its leaf and the head of the log, as one could who has the server but
/// not this house's way of writing.
fn forge_time(site: &Site, seconds: i64) {
    let at = now().as_microsecond() + seconds * 1_000_000;
    site.write(move |tx| {
        let row = tx.row("SELECT * FROM audit_entry WHERE facility_id = ?1 AND idx = 1", params![CLINIC])?.unwrap();
        let first: Vec<u8> =
            tx.value("SELECT leaf FROM audit_entry WHERE facility_id = ?1 AND idx = 0", params![CLINIC])?.unwrap();
        let (act, commitment): (String, Vec<u8>) = (row.get("act")?, row.get("commitment")?);
        let commitment = BASE64_STANDARD.encode(commitment);
        let text = format!("haruka-log/1\n{CLINIC}\n1\n{at}\n{act}\n\ndone\n{commitment}\n");
        let leaf = Sha256::digest([&[0], text.as_bytes()].concat()).to_vec();
        let root = Sha256::digest([&[1], &first[..], &leaf[..]].concat()).to_vec();
        tx.exec(
            "UPDATE audit_entry SET at = ?2, leaf = ?3 WHERE facility_id = ?1 AND idx = 1",
            params![CLINIC, at, leaf],
        )?;
        tx.exec("UPDATE audit_head SET frontier = ?2 WHERE facility_id = ?1", params![CLINIC, root])
    });
}

/// CS-163: a time that goes back without a mark is named, in a log that is otherwise whole, and in its bundle.
#[test]
fn a_time_that_goes_back_unmarked_is_named() {
    on_both("unmarked", |site| {
        act(site, 60);
        act(site, 120);
        forge_time(site, 61);
        assert_eq!(site.verify().first_bad, None);
        forge_time(site, 59);
        let bad = Some(Bad { index: 1, through: 1, why: Why::Clock });
        assert_eq!(site.verify().first_bad, bad);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (ctx, dir) = (site.ctx(Who::Operator("root".into())), site.folder.join("out"));
        runtime.block_on(audit::export(&site.db, &ctx, CLINIC, dir.clone(), None)).unwrap();
        assert_eq!(audit::verify_bundle(&dir, None).unwrap().first_bad, bad);
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
