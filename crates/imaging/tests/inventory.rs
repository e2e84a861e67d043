//! What is kept is compared with what arrived: file, row and log; what is not whole is named, and whole again when it comes
//! anew (TR-12). On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use blobs::{BlobId, Stored, file_name};
use common::{arrive, keep, origin, slice};
use imaging::intake::{Arrived, Kept};
use imaging::inventory::Fault;
use imaging::inventory::store::{Place, Round, again, step, sweep, view};
use kernel::Who;
use testkit::{Ward, wait};

const SERIES: &str = "1.3";
const STUDY: &str = "1.4";

fn both(test: impl Fn(&Ward)) {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| test(&ward));
}

fn bytes(uid: &str) -> Vec<u8> {
    slice(uid, SERIES, STUDY, &[uid.len() as u8; 40_000])
}

fn arrived(ward: &Ward, uid: &str) -> Arrived {
    arrive(ward, &bytes(uid), 10_000, false).unwrap()
}

fn filled(ward: &Ward) {
    for uid in ["1.2.1", "1.2.2", "1.2.3", "1.2.4"] {
        assert_eq!(keep(ward, &arrived(ward, uid), origin()), Kept::Stored);
    }
}

/// A whole round, as the command line makes it: what is wrong with which image, and how many there are.
fn compared(ward: &Ward) -> (BTreeMap<String, Fault>, i64) {
    let ctx = ward.ctx(Who::Operator("cli".into()));
    let (mut round, mut found) = (Round::new(ctx.now), BTreeMap::new());
    while round.place != Place::Ended {
        let part = wait(step(&ward.site.db, &ward.site.blobs, &ctx, &mut round)).unwrap();
        found.extend(part.into_iter().filter_map(|it| Some((it.uid, it.fault?))));
    }
    (found, round.checked)
}

fn stored(ward: &Ward, uid: &'static str) -> Stored {
    ward.given(move |tx, _| {
        let row =
            tx.row("SELECT blob_id, sealed_key, size_bytes FROM instance WHERE uid = ?1", db::params![uid])?.unwrap();
        let size: i64 = row.get("size_bytes")?;
        Ok(Stored { blob: BlobId(row.get("blob_id")?), size_bytes: size as u64, sealed_key: row.get("sealed_key")? })
    })
}

fn path(ward: &Ward, uid: &'static str) -> PathBuf {
    let name = file_name(&stored(ward, uid).sealed_key).unwrap();
    ward.folder().join("blobs").join(ward.facility.to_string()).join(&name[..2]).join(name)
}

fn flip(ward: &Ward, uid: &'static str) {
    let path = path(ward, uid);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn exec(ward: &Ward, sql: &'static str) {
    ward.given(move |tx, _| tx.exec(sql, &[]).map(drop));
}

fn told(ward: &Ward, duty: &str) -> usize {
    let duties = [duty.to_owned()];
    ward.given(move |tx, _| imaging::inventory::pages::alerts(tx, &duties)).len()
}

#[test]
fn whole_images_are_compared_and_nothing_is_put_on_record() {
    both(|ward| {
        filled(ward);
        let entries = ward.entries();
        assert_eq!(compared(ward), (BTreeMap::new(), 4));
        assert_eq!(ward.entries(), entries);
    });
}

#[test]
fn a_flipped_a_swapped_a_missing_and_an_extra_image_are_named() {
    both(|ward| {
        filled(ward);
        flip(ward, "1.2.1");
        std::fs::remove_file(path(ward, "1.2.2")).unwrap();
        let (entries, expected) = (ward.entries(), [("1.2.1", Fault::Changed), ("1.2.2", Fault::Gone)]);
        let map =
            |all: &[(&str, Fault)]| all.iter().map(|(uid, it)| ((*uid).to_owned(), *it)).collect::<BTreeMap<_, _>>();
        assert_eq!(compared(ward), (map(&expected), 4));
        assert_eq!((told(ward, "manager"), told(ward, "dentist")), (1, 0));
        assert_eq!(compared(ward).0, map(&expected), "as long as it is so");
        assert_eq!(ward.entries(), entries + 1, "on record once");

        // Somebody writes in the database: one row under another's name, one row away, one beside the log.
        exec(ward, "UPDATE instance SET uid = '1.2.9' WHERE uid = '1.2.3'");
        exec(ward, "UPDATE instance SET log_index = NULL WHERE uid = '1.2.4'");
        let more = [("1.2.9", Fault::Unknown), ("1.2.3", Fault::Unlisted), ("1.2.4", Fault::Unknown)];
        assert_eq!(compared(ward).0, map(&[&expected[..], &more].concat()));
    });
}

#[test]
fn two_images_that_changed_places_are_known_by_what_is_in_them() {
    both(|ward| {
        filled(ward);
        let (first, second) = (stored(ward, "1.2.1"), stored(ward, "1.2.2"));
        let put = |uid: &'static str, it: Stored| {
            ward.given(move |tx, _| {
                tx.exec(
                    "UPDATE instance SET blob_id = ?2, sealed_key = ?3 WHERE uid = ?1",
                    db::params![uid, it.blob.0, it.sealed_key],
                )
            })
        };
        put("1.2.1", second);
        put("1.2.2", first);
        let swapped = ["1.2.1", "1.2.2"].map(|uid| (uid.to_owned(), Fault::Swapped));
        assert_eq!(compared(ward).0, BTreeMap::from(swapped));
        assert_eq!(keep(ward, &arrived(ward, "1.2.1"), origin()), Kept::AlreadyHere, "sent again, it is mended");
        assert_eq!(compared(ward).0, BTreeMap::from([("1.2.2".to_owned(), Fault::Swapped)]));
    });
}

#[test]
fn what_is_sent_again_takes_the_place_of_a_broken_image_and_of_no_whole_one() {
    both(|ward| {
        filled(ward);
        flip(ward, "1.2.1");
        exec(ward, "DELETE FROM instance_header WHERE instance_id = (SELECT id FROM instance WHERE uid = '1.2.2')");
        exec(ward, "DELETE FROM instance WHERE uid = '1.2.2'");
        assert_eq!(compared(ward).0.len(), 2);
        let other = arrive(ward, &slice("1.2.1", SERIES, STUDY, b"something else"), 64, false).unwrap();
        assert!(matches!(keep(ward, &other, origin()), Kept::Refused(_)), "other bytes are no mending");
        let again = arrived(ward, "1.2.1");
        assert_eq!(keep(ward, &again, origin()), Kept::AlreadyHere);
        assert_eq!(keep(ward, &arrived(ward, "1.2.2"), origin()), Kept::Stored, "what the list had lost");
        assert_eq!(told(ward, "manager"), 0);
        let key = ward.given(|tx, _| tx.key());
        let now = stored(ward, "1.2.1");
        assert_eq!(ward.site.blobs.read_all(ward.facility, &key, &now, 100_000).unwrap(), bytes("1.2.1"));
        let whole = stored(ward, "1.2.3");
        assert_eq!(keep(ward, &arrived(ward, "1.2.3"), origin()), Kept::AlreadyHere);
        assert_eq!(stored(ward, "1.2.3"), whole);
        assert_eq!(compared(ward), (BTreeMap::new(), 4));
    });
}

#[test]
fn the_server_compares_part_by_part_and_once_a_week() {
    both(|ward| {
        filled(ward);
        let manager = ward.staff("tanaka", &["manager"]);
        let seen = || ward.act(Who::Staff(manager), view).unwrap();
        assert!(seen().round.is_none());
        for _ in 0..5 {
            wait(sweep(&ward.site)).unwrap();
        }
        let round = seen().round.unwrap();
        assert_eq!((round.checked, round.place.clone()), (4, Place::Ended));
        flip(ward, "1.2.2");
        ward.clock.pass_min(6 * 24 * 60);
        wait(sweep(&ward.site)).unwrap();
        assert_eq!(seen().round, Some(round), "the week is not over");
        ward.clock.pass_min(24 * 60);
        wait(sweep(&ward.site)).unwrap();
        let found = seen().faulty;
        assert_eq!(found.iter().map(|it| (it.uid.as_str(), it.fault)).collect::<Vec<_>>(), [("1.2.2", Fault::Changed)]);
        assert_eq!(found[0].study.as_deref(), Some(STUDY));
        // Its file comes back from the backup.
        flip(ward, "1.2.2");
        wait(again(&ward.site, &ward.ctx(Who::Staff(manager)))).unwrap();
        assert!(seen().faulty.is_empty());
        let dentist = ward.staff("mori", &["dentist"]);
        assert!(wait(again(&ward.site, &ward.ctx(Who::Staff(dentist)))).is_err());
    });
}
