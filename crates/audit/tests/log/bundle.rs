//! Bundles and proofs: checked without the database, and every changed byte is named.

use std::ops::Range;
use std::path::{Path, PathBuf};

use audit::{Bad, Checkpoint, Why};
use kernel::Who;

use crate::common::{CLINIC, Site, on_both};

fn export(site: &Site, dir: &Path, disclose: Option<Range<u64>>) -> kernel::Result<Checkpoint> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ctx = site.ctx(Who::Operator("root".into()));
    runtime.block_on(audit::export(&site.db, &ctx, CLINIC, dir.to_owned(), disclose))
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// CS-122: a bundle verifies on a machine without database, key and network; the export is an act itself.
#[test]
fn a_bundle_verifies_alone() {
    on_both("bundle", |site| {
        site.fill(200);
        site.fill(100);
        let dir = site.folder.join("out");
        let signed = export(site, &dir, Some(10..20)).unwrap();
        assert_eq!(signed.size, 301);
        let names: Vec<_> = files(&dir).iter().map(|it| it.strip_prefix(&dir).unwrap().display().to_string()).collect();
        assert_eq!(
            names,
            [
                "README.txt",
                "checkpoint",
                "entries.jsonl",
                "tile/0/000",
                "tile/0/001.p/45",
                "tile/1/000.p/1",
                "tile/entries/000",
                "tile/entries/001.p/45",
                "vkey"
            ]
        );
        let report = audit::verify_bundle(&dir, None).unwrap();
        assert_eq!((report.first_bad, report.size, report.opened, report.unopened), (None, 301, 10, 291));
        assert_eq!(report.facility, CLINIC.to_string());
        let known = site.write(audit::verifier_key).unwrap();
        assert_eq!(audit::verify_bundle(&dir, Some(&known)).unwrap().first_bad, None);
        let stranger = known.replace('+', "+0");
        assert_eq!(audit::verify_bundle(&dir, Some(&stranger)).unwrap().first_bad.unwrap().why, Why::Signature);
        let last = site.write(|tx| audit::search(tx, &audit::Query { limit: 1, ..Default::default() })).remove(0);
        assert_eq!((last.index, last.act.as_str()), (300, "log.export"));
        // No name, no id of a person or patient is in what was not disclosed.
        let entries = std::fs::read(dir.join("tile/entries/001.p/45")).unwrap();
        assert!(!String::from_utf8_lossy(&entries).contains("staff:"));
        assert!(export(site, &dir, None).is_err(), "into a folder that is not empty");
        let whole = site.folder.join("whole");
        export(site, &whole, Some(0..u64::MAX)).unwrap();
        assert_eq!(audit::verify_bundle(&whole, None).unwrap().opened, 302);
        let closed = site.folder.join("closed");
        export(site, &closed, None).unwrap();
        assert_eq!(audit::verify_bundle(&closed, None).unwrap().opened, 0);
        assert!(!closed.join("entries.jsonl").exists());
    });
}

#[test]
fn a_change_of_any_byte_of_a_bundle_is_found() {
    on_both("bundle_bytes", |site| {
        site.fill(4);
        let dir = site.folder.join("out");
        export(site, &dir, Some(1..3)).unwrap();
        for path in files(&dir).iter().filter(|it| !it.ends_with("README.txt")) {
            let good = std::fs::read(path).unwrap();
            for place in 0..good.len() {
                let mut changed = good.clone();
                changed[place] ^= 1;
                std::fs::write(path, &changed).unwrap();
                let report = audit::verify_bundle(&dir, None).unwrap();
                assert!(report.first_bad.is_some(), "{}, byte {place}", path.display());
            }
            for cut in [&good[..good.len() - 1], &[good.as_slice(), b"x"].concat(), b""] {
                std::fs::write(path, cut).unwrap();
                let cut_away = cut.is_empty() && path.ends_with("entries.jsonl");
                let bad = audit::verify_bundle(&dir, None).unwrap().first_bad;
                assert_eq!(bad.is_none(), cut_away, "{} of {} bytes", path.display(), cut.len());
            }
            std::fs::write(path, &good).unwrap();
        }
        assert_eq!(audit::verify_bundle(&dir, None).unwrap().first_bad, None, "mended");
    });
}

#[test]
fn the_bad_entry_of_a_bundle_is_named() {
    on_both("bundle_named", |site| {
        site.fill(200);
        site.fill(70);
        let dir = site.folder.join("out");
        export(site, &dir, Some(0..u64::MAX)).unwrap();
        let report = |path: &str, from: &str, to: &str| {
            let path = dir.join(path);
            let good = std::fs::read(&path).unwrap();
            let at = good.windows(from.len()).position(|it| it == from.as_bytes()).unwrap();
            let changed = [&good[..at], to.as_bytes(), &good[at + from.len()..]].concat();
            std::fs::write(&path, changed).unwrap();
            let bad = audit::verify_bundle(&dir, None).unwrap().first_bad;
            std::fs::write(&path, good).unwrap();
            bad
        };
        let bad = |index, why| Some(Bad { index, through: index, why });
        assert_eq!(report("tile/entries/000", "\n77\n", "\n78\n"), bad(77, Why::Header));
        assert_eq!(report("tile/entries/001.p/15", "\n260\n", "\n261\n"), bad(260, Why::Header));
        assert_eq!(report("entries.jsonl", "{\"index\":33,", "{\"index\":32,"), bad(33, Why::Content));
        let tile = dir.join("tile/0/000");
        let good = std::fs::read(&tile).unwrap();
        let mut changed = good.clone();
        changed[32 * 9] ^= 1;
        std::fs::write(&tile, changed).unwrap();
        assert_eq!(audit::verify_bundle(&dir, None).unwrap().first_bad, bad(9, Why::Header));
        std::fs::remove_file(&tile).unwrap();
        let missing = Bad { index: 0, through: 255, why: Why::Missing };
        assert_eq!(audit::verify_bundle(&dir, None).unwrap().first_bad, Some(missing));
        std::fs::write(&tile, good).unwrap();
        std::fs::remove_file(dir.join("tile/1/000.p/1")).unwrap();
        assert_eq!(audit::verify_bundle(&dir, None).unwrap().first_bad, Some(missing));
        assert!(audit::verify_bundle(&dir.join("nowhere"), None).is_err());
    });
}

/// CS-162: one record proves itself, without the log.
#[test]
fn an_entry_proves_itself() {
    on_both("proof", |site| {
        site.fill(200);
        assert!(site.try_write(|tx| audit::proof(tx, 0)).is_err(), "before the first checkpoint");
        let signed = site.sign().unwrap().unwrap();
        let vkey = site.write(audit::verifier_key).unwrap();
        for index in [0, 1, 100, 198, 199] {
            let text = site.write(move |tx| audit::proof(tx, index));
            assert!(text.starts_with("c2sp.org/tlog-proof@v1\n") && text.ends_with(&signed.note), "{text}");
            let (header, size) = audit::check_proof(&text, &vkey).unwrap();
            assert_eq!((header.index, header.act.as_str(), size), (index, "chart.view", 200));
        }
        assert!(site.try_write(|tx| audit::proof(tx, 200)).is_err(), "behind the end");
        let text = site.write(|tx| audit::proof(tx, 7));
        for (place, _) in text.char_indices() {
            let mut changed = text.clone().into_bytes();
            changed[place] ^= 1;
            let changed = String::from_utf8_lossy(&changed);
            assert_eq!(audit::check_proof(&changed, &vkey), None, "byte {place}");
        }
        site.tamper("UPDATE audit_entry SET leaf = commitment WHERE idx = 3", &[]);
        assert!(site.try_write(|tx| audit::proof(tx, 7)).is_err());
    });
}
