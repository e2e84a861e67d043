//! DL-22, DL-23: what was sent is checked after it is kept: a small surface with its levels, a broken file, and a check that dies,
//! seen at both facilities;
//! and the surfaces looked at. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Two, both, plug, reads, tetrahedron, two};
use kernel::{RowId, Who, Words};
use lab::case::CaseId;
use lab::check::{Check, PAUSE_MIN, TRIES_MAX, store as checks, work};
use lab::file::Kind as Of;
use lab::file::store::{self as files, Arrived};
use lab::surface::store as surfaces;
use mesh::{Checked, Checker, Outcome};
use testkit::{Ward, wait};

impl Two {
    /// The technician sends these as one design, each in two segments.
    fn bundled(&self, case: CaseId, all: &[(&str, &[u8])]) -> Vec<RowId> {
        let all: Vec<_> = all.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        let (site, at) = (self.ward.site.clone(), self.laboratory);
        let sent = self.lab(self.technician, move |tx, ctx| {
            let mut ids = Vec::new();
            for (name, bytes) in all {
                let (first, second) = bytes.split_at(bytes.len() / 2);
                let mut segments = Vec::new();
                for piece in [first, second] {
                    let mut incoming = site.blobs.incoming(at, &tx.key()?, 10_000, &site.chance)?;
                    incoming.write(piece)?;
                    segments.push(incoming.finish()?);
                }
                let (id, size_bytes) = (RowId::new(ctx), bytes.len() as u64);
                let sha256 = crypto_sum(&bytes);
                files::keep(tx, ctx, &Arrived { id, case, name, size_bytes, sha256, scanned: false, segments })?;
                ids.push(id);
            }
            assert!(files::bundle(tx, ctx, case, Of::Design, "", &ids)?.is_ok());
            Ok(ids)
        });
        sent.unwrap()
    }

    fn round(&self, checker: &Arc<Checker>) -> kernel::Result<usize> {
        wait(work::round(&self.ward.site, checker))
    }

    /// How the check of a file stands: the same at both facilities.
    fn check(&self, case: CaseId, file: RowId) -> Option<Check> {
        let here = self.clinic(move |tx, ctx| files::desk(tx, ctx, case)).unwrap().checks;
        let there = self.lab(self.technician, move |tx, ctx| files::desk(tx, ctx, case)).unwrap().checks;
        assert_eq!(here, there);
        here.get(&file).cloned()
    }

    fn outcome(&self, case: CaseId, file: RowId) -> Outcome {
        match self.check(case, file) {
            Some(Check::Done(found)) => found.outcome,
            other => panic!("{other:?}"),
        }
    }
}

/// The tests compare no digests: any will do, and another for each file.
fn crypto_sum(bytes: &[u8]) -> [u8; 32] {
    std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(0))
}

#[test]
fn a_design_is_checked_beside_a_broken_file_and_seen_at_both_facilities() {
    both(|it| {
        let case = it.ordered();
        let ids =
            it.bundled(case, &[("46.stl", &tetrahedron()), ("47.stl", b"solid x\nfacet nor"), ("note.pdf", b"%PDF-")]);
        let before = it.copies(case);
        assert_eq!(it.check(case, ids[0]), Some(Check::Waits));
        assert_eq!(it.check(case, ids[2]), None, "a paper is no shape");
        assert_eq!(it.round(&reads()).unwrap(), 2);
        let Some(Check::Done(found)) = it.check(case, ids[0]) else { panic!("it was checked") };
        let Outcome::Read(report) = &found.outcome else { panic!("{:?}", found.outcome) };
        let surface = report.surface.as_ref().unwrap();
        assert_eq!((surface.triangles, surface.size_mm), (4, [10.0, 10.0, 10.0]));
        assert!(surface.closed() && surface.oriented());
        assert_eq!(found.levels.iter().map(|it| (it.number, it.triangles)).collect::<Vec<_>>(), [(0, 4)]);
        assert!(matches!(it.outcome(case, ids[1]), Outcome::Broken(_)));
        assert_eq!(it.copies(case), before, "nothing else of the case is touched");
        assert_eq!(it.round(&reads()).unwrap(), 0, "once is enough");
        // The level is a blob of the laboratory's.
        let (site, at, file) = (it.ward.site.clone(), it.laboratory, ids[0]);
        let bytes = it.lab(it.technician, move |tx, _| {
            let stored = checks::level_blob(tx, file, 0)?;
            site.blobs.read_all(at, &tx.key()?, &stored, 10_000)
        });
        let bytes = bytes.unwrap();
        assert_eq!((mesh::Head::of(&bytes).unwrap().indices, bytes.len() as u64), (12, found.levels[0].size_bytes));
        let known = |at| it.at(at, it.dentist, |tx, _| checks::known_blobs(tx)).unwrap().len();
        assert_eq!((known(it.ward.facility), known(it.laboratory)), (0, 1));
        assert_eq!(it.log(it.laboratory).iter().filter(|it| *it == "lab.check").count(), 2);
    });
}

#[test]
fn a_check_that_dies_is_tried_again_and_then_given_up() {
    both(|it| {
        let case = it.ordered();
        let ids = it.bundled(case, &[("46.stl", &tetrahedron())]);
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = tries.clone();
        let dies = plug(move |_, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Checked::not(Words::new("途中で止まりました。", "It broke off.")))
        });
        assert_eq!(it.round(&dies).unwrap(), 0);
        assert_eq!(it.round(&dies).unwrap(), 0, "not at once again");
        assert_eq!((tries.load(Ordering::Relaxed), it.check(case, ids[0])), (1, Some(Check::Waits)));
        for _ in 1..TRIES_MAX {
            it.ward.clock.pass_min(PAUSE_MIN);
            it.round(&dies).unwrap();
        }
        assert_eq!(tries.load(Ordering::Relaxed), TRIES_MAX as usize);
        assert!(matches!(it.outcome(case, ids[0]), Outcome::Unchecked(why) if why.en == "It broke off."));
        it.ward.clock.pass_min(PAUSE_MIN);
        assert_eq!(it.round(&reads()).unwrap(), 0, "it is over");
        assert_eq!(it.clinic(move |tx, ctx| files::desk(tx, ctx, case)).unwrap().bundles[0].members.len(), 1);
    });
}

#[test]
fn a_server_that_is_killed_while_it_checks_counts_the_try() {
    let it = two(Ward::sqlite(common::ROOMS));
    let case = it.ordered();
    let file = it.bundled(case, &[("46.stl", &tetrahedron())])[0];
    for number in 1..=TRIES_MAX {
        // Begun, and then nothing: the power was cut.
        let begun = it.lab(it.technician, move |tx, ctx| checks::begin(tx, ctx, file)).unwrap();
        assert_eq!(begun.unwrap().tries, number);
        assert_eq!(it.round(&reads()).unwrap(), 0, "it may still be going on");
        it.ward.clock.pass_min(PAUSE_MIN);
    }
    assert_eq!(it.round(&reads()).unwrap(), 0);
    assert!(matches!(it.outcome(case, file), Outcome::Unchecked(_)));
}

#[test]
fn a_plug_that_cannot_begin_fails_the_round_and_keeps_no_other_file_waiting() {
    let it = two(Ward::sqlite(common::ROOMS));
    let case = it.ordered();
    let ids = it.bundled(case, &[("46.stl", &tetrahedron()), ("47.stl", &tetrahedron())]);
    let sound = reads();
    let half = plug(move |name, input| match name {
        "46.stl" => Err(kernel::Error::unavailable("no child")),
        _ => (sound.check)(name, input),
    });
    assert!(it.round(&half).is_err());
    assert_eq!(it.check(case, ids[0]), Some(Check::Waits));
    assert!(matches!(it.outcome(case, ids[1]), Outcome::Read(_)));
    it.ward.clock.pass_min(PAUSE_MIN);
    assert_eq!(it.round(&reads()).unwrap(), 1, "and it works again");
}

#[test]
fn the_page_says_what_was_found_out_in_words() {
    let it = two(Ward::sqlite(common::ROOMS));
    let case = it.ordered();
    it.bundled(case, &[("46.stl", &tetrahedron()), ("47.stl", b"solid x\nfacet nor")]);
    let browser = wait(it.ward.browser(lab::routes(), Who::Staff(it.dentist)));
    let home = format!("/lab/cases/{case}/files");
    assert!(wait(browser.get(&home)).text.contains("点検しています"));
    it.round(&reads()).unwrap();
    let seen = wait(browser.get(&home)).text;
    for words in ["10.00 × 10.00 × 10.00 mm", "閉じた面です", "単位：ミリメートル", "読めません"]
    {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    assert!(!seen.contains("点検しています"));
}

#[test]
fn a_dentist_looks_at_the_surfaces_of_the_laboratory_with_entries_in_both_logs() {
    both(|it| {
        let case = it.ordered();
        let browser = wait(it.ward.browser(lab::routes(), Who::Staff(it.dentist)));
        let [view, list] = ["view", "surfaces"].map(|last| format!("/lab/cases/{case}/{last}"));
        let empty = wait(browser.get(&view)).text;
        assert!(empty.contains("まだありません") && !empty.contains("haruka-mesh"), "{empty}");
        let ids = it.bundled(case, &[("46.stl", &tetrahedron()), ("47.stl", b"solid x\nfacet nor")]);
        it.round(&reads()).unwrap();
        assert!(wait(browser.get(&view)).text.contains(&format!("src=\"{list}\"")));
        let told: serde_json::Value = serde_json::from_str(&wait(browser.get(&list)).text).unwrap();
        let parts = told["parts"].as_array().unwrap();
        assert_eq!((parts.len(), &told["may_note"]), (1, &true.into()), "a broken file has no surface");
        let part = &parts[0];
        assert_eq!((&part["name"], &part["kind"], &part["version"]), (&"46.stl".into(), &"design".into(), &1.into()));
        let level = &part["levels"][0];
        let got = wait(browser.get(level["href"].as_str().unwrap()));
        assert_eq!(mesh::Head::of(&got.bytes).unwrap().indices, 12);
        assert_eq!((level["triangles"].as_u64(), level["bytes"].as_u64()), (Some(4), Some(got.bytes.len() as u64)));
        for log in [it.log(it.ward.facility), it.log(it.laboratory)] {
            let count = |act: &str| log.iter().filter(|it| *it == act).count();
            assert_eq!((count("lab.surfaces"), count("lab.surface")), (3, 1), "{log:?}");
        }
        for wrong in [format!("{list}/{}/1", ids[0]), format!("{list}/{}/0", ids[1]), format!("{list}/{case}/0")] {
            assert_eq!(wait(browser.get(&wrong)).status.as_u16(), 404, "{wrong}");
        }
        // Whose files are not shown are not shown as surfaces either.
        let (manager, colleague, file) = (it.manager, it.colleague, ids[0]);
        let ended = it.lab(manager, move |tx, ctx| {
            files::give(tx, ctx, case, colleague, &[], kernel::time::plus_min(ctx.now, 24 * 60))
        });
        ended.unwrap();
        let seen = it.lab(colleague, move |tx, ctx| surfaces::view(tx, ctx, case).map(drop));
        assert_eq!(common::kind(seen), kernel::Kind::Forbidden);
        let seen = it.lab(colleague, move |tx, ctx| surfaces::level(tx, ctx, case, file, 0).map(drop));
        assert_eq!(common::kind(seen), kernel::Kind::Forbidden);
    });
}
