//! Verifying: a whole log is good, and every single change is named with its entry.

use audit::{Bad, Entry, HOUSE, Why};
use db::{Value, params};
use kernel::{Lang, Who};

use crate::common::{CLINIC, Site, on_both, verified};

/// Changes entry 2 by `sql` (`?1` is the facility), expects `why`, and mends it again.
fn damage(site: &Site, sql: &'static str, more: &[Value], why: Why) {
    let read = "SELECT * FROM audit_entry WHERE facility_id = ?1 AND idx = 2";
    let kept = site.write(move |tx| tx.rows(read, params![CLINIC])).remove(0);
    site.tamper(sql, &[params![CLINIC], more].concat());
    let report = site.verify();
    assert_eq!(report.first_bad, Some(Bad { index: 2, through: 2, why }), "{sql}");
    site.db
        .write_blocking(None, move |tx| {
            tx.exec("DELETE FROM audit_entry WHERE idx = 2 OR idx = 77", &[])?;
            let places: Vec<String> = (1..=kept.values().len()).map(|it| format!("?{it}")).collect();
            tx.exec(&format!("INSERT INTO audit_entry VALUES ({})", places.join(", ")), kept.values())
        })
        .unwrap();
}

/// CS-122: unalterable. Every column of an entry is covered.
#[test]
fn a_change_of_any_column_is_named() {
    on_both("columns", |site| {
        site.fill(5);
        assert_eq!(site.verify().first_bad, None);
        let other = Value::Text("0".repeat(26));
        let bytes = Value::Bytes(vec![1; 32]);
        let set = "UPDATE audit_entry SET";
        let at = "WHERE facility_id = ?1 AND idx = 2";
        let sql = |change: &str| -> &'static str { format!("{set} {change} {at}").leak() };
        for (change, more, why) in [
            ("facility_id = ?2", vec![other.clone()], Why::Missing),
            ("idx = 77", vec![], Why::Missing),
            ("at = at + 1", vec![], Why::Header),
            ("act = 'chart.edit'", vec![], Why::Header),
            ("class = ''", vec![], Why::Header),
            ("outcome = 'refused'", vec![], Why::Header),
            ("who = 'nobody'", vec![], Why::Content),
            ("patient_id = ?2", vec![other.clone()], Why::Content),
            ("patient_id = NULL", vec![], Why::Content),
            ("thing_kind = 'booking'", vec![], Why::Content),
            ("thing_id = '3'", vec![], Why::Content),
            ("request_id = ?2", vec![other.clone()], Why::Content),
            ("session_id = ?2", vec![other.clone()], Why::Content),
            ("session_id = NULL", vec![], Why::Content),
            ("address = '192.0.2.8'", vec![], Why::Content),
            ("address = NULL", vec![], Why::Content),
            ("device_id = ?2", vec![other], Why::Content),
            ("device_id = NULL", vec![], Why::Content),
            ("commitment = ?2", vec![bytes.clone()], Why::Header),
            ("leaf = ?2", vec![bytes.clone()], Why::Header),
            ("detail = ?2", vec![bytes], Why::Sealed),
            (
                "detail = (SELECT o.detail FROM audit_entry o WHERE o.facility_id = ?1 AND o.idx = 3)",
                vec![],
                Why::Sealed,
            ),
            ("detail = ?2", vec![Value::Bytes(vec![])], Why::Content),
        ] {
            damage(site, sql(change), &more, why);
        }
        damage(site, "DELETE FROM audit_entry WHERE facility_id = ?1 AND idx = 2", &[], Why::Missing);
        // As shredding leaves it, but without a record of the shredding.
        let blank = "who = '', patient_id = NULL, thing_kind = '', thing_id = '', request_id = '', session_id = NULL,
                     address = NULL, device_id = NULL, detail = ?2";
        damage(site, sql(blank), &[Value::Bytes(vec![])], Why::Shredded);
        assert_eq!(site.verify().first_bad, None, "mended");
    });
}

/// CS-122: one changed byte anywhere in what is stored as bytes.
#[test]
fn a_change_of_any_byte_is_named() {
    on_both("bytes", |site| {
        site.fill(3);
        for (column, read, write) in [
            (
                "commitment",
                "SELECT commitment FROM audit_entry WHERE idx = 1",
                "UPDATE audit_entry SET commitment = ?1 WHERE idx = 1",
            ),
            ("leaf", "SELECT leaf FROM audit_entry WHERE idx = 1", "UPDATE audit_entry SET leaf = ?1 WHERE idx = 1"),
            (
                "detail",
                "SELECT detail FROM audit_entry WHERE idx = 1",
                "UPDATE audit_entry SET detail = ?1 WHERE idx = 1",
            ),
        ] {
            let good: Vec<u8> = site.write(move |tx| tx.value(read, &[])).unwrap();
            for place in 0..good.len() {
                let mut changed = good.clone();
                changed[place] ^= 0x40;
                site.tamper(write, params![changed]);
                assert_eq!(site.verify().first_bad.map(|it| it.index), Some(1), "{column}, byte {place}");
            }
            site.tamper(write, params![good]);
        }
        assert_eq!(site.verify().first_bad, None, "mended");
    });
}

#[test]
fn what_lies_behind_or_beside_the_entries_is_checked_too() {
    on_both("beside", |site| {
        site.fill(3);
        site.sign().unwrap();
        site.fill(2);
        site.sign().unwrap();
        let report = site.verify();
        assert_eq!((report.first_bad, report.size, report.checkpoints, report.opened), (None, 5, 2, 5));
        let why = |index, through, why| Some(Bad { index, through, why });
        for (change, back, bad) in [
            (
                "UPDATE audit_checkpoint SET root = frontier WHERE size = 5 AND facility_id = ?1",
                "UPDATE audit_checkpoint SET root = ?2 WHERE size = 5 AND facility_id = ?1",
                why(3, 4, Why::Checkpoint),
            ),
            (
                "UPDATE audit_checkpoint SET note = replace(note, '\n3\n', '\n4\n') WHERE size = 3 AND facility_id = ?1",
                "UPDATE audit_checkpoint SET note = replace(note, '\n4\n', '\n3\n') WHERE size = 3 AND facility_id = ?1",
                why(0, 2, Why::Signature),
            ),
            (
                "UPDATE audit_head SET size = 4, frontier = (SELECT leaf FROM audit_entry WHERE idx = 4) WHERE facility_id = ?1",
                "UPDATE audit_head SET size = 5, frontier = (SELECT frontier FROM audit_checkpoint WHERE size = 5) WHERE facility_id = ?1",
                why(3, 3, Why::Head),
            ),
            (
                "UPDATE audit_checkpoint SET size = 9 WHERE size = 5 AND facility_id = ?1",
                "UPDATE audit_checkpoint SET size = 5 WHERE size = 9 AND facility_id = ?1",
                why(5, 8, Why::Missing),
            ),
            (
                "UPDATE audit_key SET vkey = replace(vkey, 'haruka/', 'hanako/') WHERE facility_id = ?1",
                "UPDATE audit_key SET vkey = replace(vkey, 'hanako/', 'haruka/') WHERE facility_id = ?1",
                why(0, 4, Why::Signature),
            ),
        ] {
            let root =
                site.write(|tx| tx.value::<Vec<u8>>("SELECT root FROM audit_checkpoint WHERE size = 5", &[])).unwrap();
            site.tamper(change, params![CLINIC]);
            assert_eq!(site.verify().first_bad, bad, "{change}");
            let values = if back.contains("?2") { params![CLINIC, root].to_vec() } else { params![CLINIC].to_vec() };
            site.tamper(back, &values);
            assert_eq!(site.verify().first_bad, None, "{back}");
        }
        // The head goes back by one entry: the last one lies behind the end.
        site.tamper("DELETE FROM audit_checkpoint WHERE size = 5", &[]);
        site.tamper(
            "UPDATE audit_head SET size = 3, frontier = (SELECT frontier FROM audit_checkpoint WHERE size = 3)",
            &[],
        );
        assert_eq!(site.verify().first_bad, why(3, 3, Why::Beyond));
    });
}

/// CS-162: whoever holds database and key can write another history, but not under the old signatures.
#[test]
fn a_rewritten_history_is_neither_verified_nor_signed() {
    on_both("rewritten", |site| {
        site.fill(3);
        site.sign().unwrap();
        site.tamper("DELETE FROM audit_entry", &[]);
        site.tamper("DELETE FROM audit_head", &[]);
        site.fill(4);
        let bad = Bad { index: 0, through: 2, why: Why::Checkpoint };
        assert_eq!(site.verify().first_bad, Some(bad));
        let refused = site.sign().unwrap_err();
        assert!(refused.to_string().contains("is not signed"), "{refused}");
        let ctx = site.ctx(Who::System("log"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let due = runtime.block_on(audit::sign_due(&site.db, &ctx)).unwrap();
        assert_eq!((due.signed, due.refused.len(), due.refused[0].0), (vec![], 1, CLINIC));
    });
}

#[test]
fn a_changed_or_missing_entry_is_not_signed() {
    on_both("unsigned", |site| {
        site.fill(3);
        site.sign().unwrap();
        site.fill(3);
        site.tamper("UPDATE audit_entry SET at = at + 1 WHERE idx = 4", &[]);
        assert!(site.sign().unwrap_err().to_string().contains("entry 4 is missing or changed"));
        site.tamper("UPDATE audit_entry SET at = at - 1 WHERE idx = 4", &[]);
        assert_eq!(site.sign().unwrap().unwrap().size, 6);
        site.fill(1);
        site.tamper("DELETE FROM audit_entry WHERE idx = 6", &[]);
        assert!(site.sign().unwrap_err().to_string().contains("entry 6 is missing"));
    });
}

/// CS-122: pages are read side by side; still the first bad entry is the one that is named, wherever pages end.
#[test]
fn the_first_bad_entry_of_many_pages_is_named() {
    on_both("pages", |site| {
        let fill = |times: u32| (0..times).for_each(|_| site.fill(250));
        fill(6);
        site.sign().unwrap();
        fill(4);
        site.sign().unwrap();
        let ctx = site.ctx(Who::System("log"));
        site.write(move |tx| audit::shred(tx, &ctx, 1000..1030));
        let report = site.verify();
        assert_eq!((report.first_bad, report.size, report.checkpoints), (None, 2501, 2));
        assert_eq!((report.opened, report.shredded), (2471, 30));
        assert_eq!(report.root, site.sign().unwrap().unwrap().note.lines().nth(2).unwrap());
        // The later ones stay: only the first is named.
        for (sql, index, why) in [
            ("UPDATE audit_entry SET who = 'x' WHERE idx = 2400", 2400, Why::Content),
            ("DELETE FROM audit_entry WHERE idx = 2048", 2048, Why::Missing),
            ("UPDATE audit_entry SET act = 'x' WHERE idx = 2047", 2047, Why::Header),
            ("DELETE FROM audit_entry WHERE idx = 1024", 1024, Why::Missing),
        ] {
            site.tamper(sql, &[]);
            assert_eq!(site.verify().first_bad, Some(Bad { index, through: index, why }), "{sql}");
        }
        site.tamper("UPDATE audit_checkpoint SET root = frontier WHERE size = 1500", &[]);
        assert_eq!(site.verify().first_bad, Some(Bad { index: 1024, through: 1024, why: Why::Missing }));
    });
}

/// CS-122: a checkpoint inside a page is compared with the whole tree before it.
#[test]
fn a_bad_checkpoint_inside_a_page_names_what_it_covers() {
    on_both("inside", |site| {
        for _ in 0..2 {
            (0..3).for_each(|_| site.fill(250));
            site.sign().unwrap();
        }
        site.tamper("UPDATE audit_checkpoint SET root = frontier WHERE size = 1500", &[]);
        assert_eq!(site.verify().first_bad, Some(Bad { index: 750, through: 1499, why: Why::Checkpoint }));
    });
}

/// CS-122: every log is signed, and signing again adds nothing.
#[test]
fn the_worker_signs_every_log_that_grew() {
    on_both("due", |site| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ctx = site.ctx(Who::System("log"));
        let run = || runtime.block_on(audit::sign_due(&site.db, &ctx)).unwrap().signed;
        assert_eq!(run(), vec![]);
        assert_eq!(site.sign().unwrap(), None);
        site.fill(2);
        let house = ctx.clone();
        site.db
            .write_blocking(None, move |tx| audit::append(tx, &house, Entry::done("facility.make", "facility", CLINIC)))
            .unwrap();
        let mut signed = run();
        signed.sort();
        assert_eq!(signed, [HOUSE, CLINIC]);
        assert_eq!(run(), vec![]);
        assert_eq!(site.sign().unwrap(), site.sign().unwrap());
        let reports = runtime.block_on(audit::verify_all(&site.db)).unwrap();
        assert_eq!(reports.iter().map(|it| (it.size, it.checkpoints)).collect::<Vec<_>>(), [(1, 1), (2, 1)]);
        assert!(reports.iter().all(|it| it.first_bad.is_none()));
    });
}

/// Destroying the facility's key shreds all private parts at once; leaves and checkpoints still verify.
#[test]
fn a_log_whose_key_is_destroyed_still_verifies() {
    on_both("keyless", |site| {
        site.fill(3);
        site.sign().unwrap();
        site.tamper("DELETE FROM facility_key", &[]);
        // A key once read is remembered by the running server: the next start knows it no longer.
        let again = site.reopened();
        let report = verified(&again);
        assert_eq!((report.first_bad, report.size, report.unopened, report.checkpoints), (None, 3, 3, 1));
        site.tamper("UPDATE audit_entry SET outcome = 'refused' WHERE idx = 1", &[]);
        let report = verified(&again);
        assert_eq!(report.first_bad, Some(Bad { index: 1, through: 1, why: Why::Header }));
    });
}

#[test]
fn reasons_are_said_in_both_languages() {
    for why in [
        Why::Missing,
        Why::Header,
        Why::Content,
        Why::Sealed,
        Why::Shredded,
        Why::Beyond,
        Why::Head,
        Why::Checkpoint,
        Why::Signature,
        Why::File,
    ] {
        assert!(why.words(Lang::Ja).ends_with('。') && why.words(Lang::En).ends_with('.'), "{why:?}");
    }
}
