//! The files of a case: sent, bundled, seen and taken out at both facilities, by whom it was given, with entries in both logs.
//! On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{INFO, MESH, Two, both, kind, two};
use kernel::{FacilityId, Kind, PersonId, Result, RowId, Who};
use lab::case::{CaseId, Kind as What, Said, State};
use lab::export::{Place, Wish};
use lab::file::store::{self as files, Taken};
use lab::file::{Kind as Of, Refused, Use};
use testkit::{Ward, wait};

impl Two {
    fn takes(&self, at: FacilityId, who: PersonId, case: CaseId, bundle: RowId, file: RowId) -> Result<Taken> {
        let wish = Wish { place: Place::Folder, why: "加工機で使うため".into(), encrypted: true };
        let taken = self.at(at, who, move |tx, ctx| files::take(tx, ctx, case, bundle, file, &wish))?;
        Ok(taken.unwrap_or_else(|why| panic!("{why:?}")))
    }

    fn bytes(&self, taken: &Taken) -> Vec<u8> {
        let (holder, key) = &taken.holder;
        taken.segments.iter().flat_map(|it| self.ward.site.blobs.read_all(*holder, key, it, 1_000).unwrap()).collect()
    }
}

#[test]
fn a_design_is_seen_and_taken_out_at_both_facilities_and_lies_at_one() {
    both(|it| {
        let case = it.ordered();
        it.keeps(false);
        it.serves(it.manager, case, What::Accepted, "").unwrap();
        let (bundle, all) = it.design(case);
        let here = it.clinic(move |tx, ctx| files::desk(tx, ctx, case)).unwrap();
        let there = it.lab(it.technician, move |tx, ctx| files::desk(tx, ctx, case)).unwrap();
        assert_eq!(here.bundles, there.bundles, "one bundle, two copies");
        let one = &here.bundles[0];
        assert_eq!((one.id, one.holder, one.kind, one.note.as_str()), (bundle, it.laboratory, Of::Design, "大臼歯"));
        assert_eq!(one.digest, lab::file::digest(&one.members));
        assert!(there.waiting.is_empty() && !one.scanned);
        let on_case = it.lab(it.technician, move |tx, ctx| lab::case::store::desk(tx, ctx, case)).unwrap();
        assert_eq!((on_case.bundles, on_case.uses.len()), (there.bundles.clone(), 3), "the case lists them, too");
        for (at, who) in [(it.ward.facility, it.dentist), (it.laboratory, it.technician)] {
            let taken = it.takes(at, who, case, bundle, all[0]).unwrap();
            assert_eq!((taken.name.as_str(), it.bytes(&taken).as_slice()), ("46.stl", MESH), "the bytes as they came");
        }
        for log in [it.log(it.ward.facility), it.log(it.laboratory)] {
            assert_eq!(log.iter().filter(|it| *it == "lab.download").count(), 2, "{log:?}");
        }
        let known = |at| it.at(at, it.dentist, |tx, _| files::known_blobs(tx)).unwrap().len();
        assert_eq!((known(it.ward.facility), known(it.laboratory)), (0, 2));
    });
}

#[test]
fn what_does_not_belong_together_makes_no_bundle() {
    let it = two(Ward::sqlite(common::ROOMS));
    let case = it.ordered();
    let (at, who) = (it.ward.facility, it.dentist);
    let one = it.sends(at, who, case, "upper.stl", MESH).unwrap();
    let twin = it.sends(at, who, case, "upper.stl", INFO).unwrap();
    let tried = |ids: Vec<RowId>| it.clinic(move |tx, ctx| files::bundle(tx, ctx, case, Of::Upper, "", &ids)).unwrap();
    assert_eq!(tried(vec![]), Err(Refused::Empty));
    assert_eq!(tried(vec![one, twin]), Err(Refused::SameName));
    assert!(tried(vec![one]).is_ok());
    assert_eq!(tried(vec![one]), Err(Refused::Empty), "it is bundled already");
    let foreign = it.lab(it.technician, move |tx, ctx| files::bundle(tx, ctx, case, Of::Upper, "", &[twin])).unwrap();
    assert_eq!(foreign, Err(Refused::Empty), "only one's own files");
    assert_eq!(kind(it.sends(at, who, case, "", MESH)), Kind::Invalid { field: "files" });
}

impl Two {
    /// Files that lie in the folder of blobs.
    fn blobs(&self) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            std::fs::read_dir(folder)
                .map_or(0, |all| all.flatten().map(|it| if it.path().is_dir() { count(&it.path()) } else { 1 }).sum())
        }
        count(&self.ward.folder().join("blobs"))
    }

    fn discards(&self, at: FacilityId, who: PersonId, case: CaseId, file: RowId) -> Result<()> {
        let blobs = self.ward.site.blobs.clone();
        self.at(at, who, move |tx, ctx| files::discard(tx, ctx, &blobs, case, file))
    }
}

#[test]
fn what_is_not_bundled_is_discarded_by_its_sender_alone_or_deleted_by_itself() {
    both(|it| {
        let case = it.ordered();
        it.keeps(false);
        let (at, who) = (it.ward.facility, it.dentist);
        let [wrong, kept, old] =
            ["wrong.stl", "upper.stl", "old.stl"].map(|name| it.sends(at, who, case, name, MESH).unwrap());
        assert_eq!(it.blobs(), 3);
        assert_eq!(kind(it.discards(it.laboratory, it.technician, case, wrong)), Kind::NotFound, "another's");
        it.discards(at, who, case, wrong).unwrap();
        assert_eq!(kind(it.discards(at, who, case, wrong)), Kind::NotFound, "once");
        let made = it.clinic(move |tx, ctx| files::bundle(tx, ctx, case, Of::Upper, "", &[wrong, kept])).unwrap();
        let bundle = made.unwrap();
        assert_eq!(kind(it.discards(at, who, case, kept)), Kind::NotFound, "it is in a bundle");
        assert_eq!(it.blobs(), 2);
        it.ward.clock.pass_min(lab::file::WAITING_DAYS * 24 * 60 - 1);
        wait(files::sweep(&it.ward.site)).unwrap();
        assert_eq!(it.blobs(), 2, "it may still be bundled");
        it.ward.clock.pass_min(1);
        wait(files::sweep(&it.ward.site)).unwrap();
        assert_eq!(it.blobs(), 1, "the bundle's file stays");
        assert_eq!(kind(it.discards(at, who, case, old)), Kind::NotFound);
        assert_eq!(it.bytes(&it.takes(at, who, case, bundle, kept).unwrap()), MESH);
        for log in [it.log(at), it.log(it.laboratory)] {
            assert_eq!(log.iter().filter(|it| *it == "lab.discard").count(), 2, "{log:?}");
        }
    });
}

#[test]
fn a_manager_says_who_uses_the_files_until_when() {
    both(|it| {
        let case = it.ordered();
        it.keeps(false);
        let (bundle, all) = it.design(case);
        let give = |by, person, uses: &'static [Use], days: i64| {
            it.lab(by, move |tx, ctx| {
                let ends_at = kernel::time::plus_min(ctx.now, days * 24 * 60);
                files::give(tx, ctx, case, person, uses, ends_at)
            })
        };
        let takes = || it.takes(it.laboratory, it.colleague, case, bundle, all[0]);
        assert!(takes().is_ok(), "by duty");
        assert_eq!(kind(give(it.technician, it.colleague, &[], 1)), Kind::Forbidden);
        assert_eq!(kind(give(it.manager, it.dentist, &[], 1)), Kind::NotFound, "nobody of this laboratory");
        for days in [0, lab::file::GRANT_DAYS_MAX + 1] {
            assert_eq!(kind(give(it.manager, it.colleague, &[], days)), Kind::Invalid { field: "until" });
        }
        give(it.manager, it.colleague, &[Use::View], 7).unwrap();
        let before = it.log(it.laboratory).len();
        assert_eq!(kind(takes().map(drop)), Kind::Forbidden);
        assert_eq!(kind(it.sends(it.laboratory, it.colleague, case, "a.stl", MESH)), Kind::Forbidden);
        assert_eq!(it.log(it.laboratory).len(), before + 2, "each refusal is on record");
        it.ward.clock.pass_min(1);
        give(it.manager, it.colleague, &[], 7).unwrap();
        let seen = it.lab(it.colleague, move |tx, ctx| files::desk(tx, ctx, case)).unwrap();
        assert!(seen.bundles.is_empty(), "not even shown");
        let on_case = it.lab(it.colleague, move |tx, ctx| lab::case::store::desk(tx, ctx, case)).unwrap();
        assert!(on_case.bundles.is_empty() && on_case.uses.is_empty(), "nor on the case");
        it.ward.clock.pass_min(7 * 24 * 60);
        assert!(takes().is_ok(), "its time is over");
    });
}

#[test]
fn an_approval_binds_the_digest_of_the_proposed_design() {
    let it = two(Ward::sqlite(common::ROOMS));
    let case = it.ordered();
    it.serves(it.manager, case, What::Accepted, "").unwrap();
    let technician = it.technician;
    let given = it.lab(it.manager, move |tx, ctx| lab::step::store::assign(tx, ctx, case, technician)).unwrap();
    assert!(given.is_empty());
    it.design(case);
    let digest = it.clinic(move |tx, ctx| files::desk(tx, ctx, case)).unwrap().bundles[0].digest.clone();
    let propose = |digest: &str| {
        let said = Said { text: "設計".into(), digest: digest.into(), ..Said::default() };
        it.lab(technician, move |tx, ctx| lab::case::store::act(tx, ctx, case, What::Proposed, &said))
    };
    assert_eq!(kind(propose(&"0".repeat(64))), Kind::NotFound, "no design of this case");
    propose(&digest).unwrap();
    it.asks(case, What::Approved, "").unwrap();
    it.serves(it.manager, case, What::Released, "").unwrap();
    it.serves(technician, case, What::Machined, "").unwrap();
    assert_eq!(it.state(case), State::Machined);
    let events = it.clinic(move |tx, _| lab::case::store::read_one(tx, case)).unwrap().events;
    for what in [What::Proposed, What::Approved, What::Released, What::Machined] {
        let found = events.iter().find(|it| it.kind == what).unwrap();
        assert_eq!(found.said.digest, digest, "{what:?}");
    }
}

#[test]
fn a_dentist_sends_a_scan_by_a_form_and_takes_it_out_with_a_reason() {
    let it = two(Ward::sqlite(common::ROOMS));
    let case = it.ordered();
    let routes = || lab::routes();
    let browser = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    let home = format!("/lab/cases/{case}/files");
    let seen = wait(browser.get(&home));
    assert!(seen.text.contains("まだファイルはありません"), "{}", seen.text);
    let bare = wait(browser.upload(&home, "files", "upper.stl", MESH));
    assert_eq!(bare.status.as_u16(), 422, "its kind is missing");
    let id = it.sends(it.ward.facility, it.dentist, case, "upper.stl", MESH).unwrap();
    let waiting = wait(browser.get(&home));
    assert!(waiting.text.contains("送り終えたファイルをまとめる"));
    let file = id.to_string();
    let sent = wait(browser.post(&format!("{home}/bundle"), &[("file", &file), ("kind", "upper"), ("form", "bundle")]));
    assert_eq!(sent.location.as_deref(), Some(home.as_str()), "{}", sent.text);
    let bundle = it.clinic(move |tx, ctx| files::desk(tx, ctx, case)).unwrap().bundles[0].id;
    let way = format!("{home}/{bundle}/download");
    assert_eq!(wait(browser.post(&way, &[("file", &file)])).status.as_u16(), 422, "without a reason");
    let said = [("file", file.as_str()), ("why", "模型を作るため"), ("place", "folder"), ("encrypted", "yes")];
    let refused = wait(browser.post(&way, &said));
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text.contains("保存先が決まっていない"), "{}", refused.text);
    it.keeps(false);
    assert_eq!(wait(browser.post(&way, &said[..3])).status.as_u16(), 422, "where nothing is encrypted");
    let taken = wait(browser.post(&way, &said));
    assert_eq!((taken.status.as_u16(), taken.bytes.as_slice()), (200, MESH));
}
