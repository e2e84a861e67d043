//! DL-23: notes pinned to a surface: kept at both facilities as a part of the thread, shown to whom the files are shown, and lost by
//! no refusal. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{INFO, Two, both, kind, reads, tetrahedron, two};
use kernel::{FacilityId, Kind, PersonId, Result, RowId, Who};
use lab::case::{CaseId, Event, Kind as What, owes, store as cases};
use lab::check::work;
use lab::file::store as files;
use lab::file::{Kind as Of, Use};
use lab::note::store::{New, pin};
use lab::note::{NOTE_CHARS_MAX, Place, Refused};
use lab::surface::store as surfaces;
use people::agreement::Side;
use serde_json::Value;
use testkit::{Ward, wait};

/// A case with a design of the laboratory's: a mesh that is checked and has a surface, and its construction file.
fn shown(it: &Two) -> (CaseId, Vec<RowId>) {
    let (case, at, who) = (it.ordered(), it.laboratory, it.technician);
    let mesh = it.sends(at, who, case, "46.stl", &tetrahedron()).unwrap();
    let all = vec![mesh, it.sends(at, who, case, "46.constructionInfo", INFO).unwrap()];
    let ids = all.clone();
    let made = it.lab(who, move |tx, ctx| files::bundle(tx, ctx, case, Of::Design, "", &ids));
    assert!(made.unwrap().is_ok());
    assert!(wait(work::round(&it.ward.site, &reads())).unwrap() > 0);
    (case, all)
}

fn new(file: RowId, text: &str) -> New {
    New { at: Some((file, [1_234, -5, 0])), along: [0, 0, -1_000], text: text.into() }
}

impl Two {
    fn pins(&self, at: FacilityId, who: PersonId, case: CaseId, new: New) -> Result<std::result::Result<i64, Refused>> {
        self.at(at, who, move |tx, ctx| pin(tx, ctx, case, &new))
    }

    fn clinic_pins(&self, case: CaseId, new: New) -> Result<std::result::Result<i64, Refused>> {
        self.pins(self.ward.facility, self.dentist, case, new)
    }

    /// Letters that wait at the laboratory.
    fn letters(&self) -> usize {
        let found = self.lab(self.manager, |tx, _| {
            let sql = "SELECT id FROM outbox WHERE facility_id = ?1 AND about_kind = 'lab_case'";
            Ok(tx.rows(sql, db::params![tx.facility()?])?.len())
        });
        found.unwrap()
    }

    /// What somebody may do with the files of a case from now on.
    fn gives(&self, who: PersonId, case: CaseId, uses: &'static [Use]) {
        self.ward.clock.pass_min(1);
        let given = self.lab(self.manager, move |tx, ctx| {
            files::give(tx, ctx, case, who, uses, kernel::time::plus_min(ctx.now, 24 * 60))
        });
        given.unwrap();
    }
}

#[test]
fn a_note_of_the_dentist_waits_at_the_laboratory_and_is_answered_in_the_thread() {
    both(|it| {
        let (case, all) = shown(it);
        let before = it.letters();
        assert_eq!(it.clinic_pins(case, new(all[0], " 咬頭を0.1 mm低く\n")).unwrap(), Ok(1));
        assert_eq!(it.clinic_pins(case, new(all[0], "接触点も")).unwrap(), Ok(2));
        assert_eq!(it.letters(), before + 1, "whoever pins many writes one letter");
        let [here, there] = it.copies(case);
        assert_eq!(here.events, there.events, "one line of time");
        let Event { kind: what, side, person, said, .. } = &there.events[0];
        assert_eq!(
            (*what, *side, *person, said.text.as_str()),
            (What::Noted, Side::Asks, it.dentist, "咬頭を0.1 mm低く")
        );
        let sum = it.clinic(move |tx, _| files::bundles(tx, case)).unwrap()[0].members.clone();
        let sha256 = sum.into_iter().find(|it| it.id == all[0]).unwrap().sha256;
        let place = Place { file: all[0], sha256, at_um: [1_234, -5, 0], along: [0, 0, -1_000] };
        assert_eq!(said.place.as_ref(), Some(&place));
        assert!(owes(&there.events, Side::Serves) && !owes(&there.events, Side::Asks));
        it.serves(it.technician, case, What::Answered, "低くします。").unwrap();
        assert!(!owes(&it.copies(case)[0].events, Side::Serves));
        // Answered, it begins anew.
        let answered = it.letters();
        assert_eq!(it.clinic_pins(case, new(all[0], "ありがとうございます")).unwrap(), Ok(4));
        assert_eq!(it.letters(), answered + 1);
        for log in [it.log(it.ward.facility), it.log(it.laboratory)] {
            assert_eq!(log.iter().filter(|it| *it == "lab.note").count(), 3, "{log:?}");
        }
        // Nothing of it lies open in a row.
        for at in [it.ward.facility, it.laboratory] {
            let rows = it.at(at, it.dentist, move |tx, _| {
                let rows = tx.rows("SELECT said FROM lab_event WHERE facility_id = ?1", db::params![tx.facility()?])?;
                rows.iter().map(|it| it.get::<Vec<u8>>("said")).collect::<Result<Vec<_>>>()
            });
            let word = "咬頭".as_bytes();
            assert!(rows.unwrap().iter().all(|it| !it.windows(word.len()).any(|part| part == word)));
        }
    });
}

#[test]
fn only_who_sees_the_files_reads_and_writes_notes() {
    both(|it| {
        let (case, all) = shown(it);
        assert_eq!(it.clinic_pins(case, new(all[0], "咬頭を低く")).unwrap(), Ok(1));
        it.gives(it.colleague, case, &[]);
        let tried = it.pins(it.laboratory, it.colleague, case, new(all[0], "はい"));
        assert_eq!(kind(tried), Kind::Forbidden);
        let colleague = it.colleague;
        let desk = it.lab(colleague, move |tx, ctx| cases::desk(tx, ctx, case)).unwrap();
        let said = &desk.case.events[0].said;
        assert_eq!(
            (desk.shows_files(), said.text.as_str(), &said.place),
            (false, "", &None),
            "that it is there, no more"
        );
        let seen = it.lab(colleague, move |tx, ctx| surfaces::view(tx, ctx, case).map(drop));
        assert_eq!(kind(seen), Kind::Forbidden);
        // To see is enough for writing here: nothing of the files changes.
        it.gives(it.colleague, case, &[Use::View]);
        assert_eq!(it.pins(it.laboratory, it.colleague, case, new(all[0], "はい")).unwrap(), Ok(2));
        let desk = it.lab(colleague, move |tx, ctx| cases::desk(tx, ctx, case)).unwrap();
        assert_eq!((desk.shows_files(), desk.case.events[0].said.text.as_str()), (true, "咬頭を低く"));
        // Whoever may only read laboratory work writes nothing, and a stranger finds nothing.
        let safety = it.ward.staff("kato", &["safety"]);
        assert!(it.pins(it.ward.facility, safety, case, new(all[0], "読むだけ")).is_err());
        let stranger = it.ward.staff("stranger", &["dentist"]);
        assert_eq!(kind(it.pins(it.laboratory, stranger, case, new(all[0], "だれ"))), Kind::NotFound);
        assert_eq!(it.copies(case)[0].events.len(), 2);
    });
}

#[test]
fn nothing_is_pinned_to_a_file_without_a_surface_or_on_a_case_that_is_over() {
    let it = two(Ward::sqlite(common::ROOMS));
    let (case, all) = shown(&it);
    for file in [all[1], RowId::from_bytes([9; 16]), case] {
        assert_eq!(kind(it.clinic_pins(case, new(file, "どこ"))), Kind::NotFound);
    }
    let (other, _) = shown(&it);
    assert_eq!(kind(it.clinic_pins(other, new(all[0], "よその症例"))), Kind::NotFound);
    assert_eq!(it.clinic_pins(case, new(all[0], "  ")).unwrap(), Err(Refused::Empty));
    let long = "あ".repeat(NOTE_CHARS_MAX + 1);
    assert_eq!(it.clinic_pins(case, new(all[0], &long)).unwrap(), Err(Refused::TooLong));
    it.asks(case, What::Withdrawn, "患者さんの都合").unwrap();
    assert_eq!(it.clinic_pins(case, new(all[0], "もう")).unwrap(), Err(Refused::Over));
    assert_eq!(it.copies(case)[1].events.len(), 1);
}

#[test]
fn the_viewer_is_told_of_notes_and_the_page_leads_to_their_places() {
    let it = two(Ward::sqlite(common::ROOMS));
    let (case, all) = shown(&it);
    let browser = wait(it.ward.browser(lab::routes(), Who::Staff(it.dentist)));
    let [home, notes, list] = ["", "/notes", "/surfaces"].map(|last| format!("/lab/cases/{case}{last}"));
    let told = || serde_json::from_str::<Value>(&wait(browser.get(&list)).text).unwrap();
    assert_eq!((&told()["notes"], &told()["may_note"]), (&serde_json::json!([]), &true.into()));
    let file = all[0].to_string();
    let send = |key: &str, x: &str, text: &str| {
        let form = [("_key", key), ("file", &file), ("x", x), ("y", "-0.005"), ("z", "0"), ("dx", "0"), ("dy", "0")];
        let form: Vec<_> = form.into_iter().chain([("dz", "-1"), ("text", text)]).collect();
        wait(browser.post(&notes, &form))
    };
    for length in [NOTE_CHARS_MAX + 1, kernel::limits::TEXT_CHARS_MAX + 1] {
        let refused: Value = serde_json::from_str(&send("k0", "1.2341", &"あ".repeat(length)).text).unwrap();
        assert_eq!(
            (&refused["outcome"], &refused["ja"]),
            (&"refused".into(), &"メモは1000文字以内で入力してください。".into())
        );
    }
    assert!(send("k1", "10000.1", "遠い").text.contains("面の上の場所を選んでください。"));
    // The same form twice is one note.
    for _ in 0..2 {
        let kept = send("k2", "1.2341", "咬頭を<b>低く</b>");
        assert_eq!((kept.status.as_u16(), kept.location.as_deref()), (303, Some(&*format!("{home}/view?note=1"))));
    }
    let all = told();
    let note = &all["notes"][0];
    assert_eq!(all["notes"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&note["id"], &note["file"], &note["at"], &note["along"], &note["text"]),
        (
            &"1".into(),
            &file.as_str().into(),
            &serde_json::json!([1.234, -0.005, 0.0]),
            &serde_json::json!([0.0, 0.0, -1.0]),
            &"咬頭を<b>低く</b>".into()
        )
    );
    assert!(note["who"].as_str().unwrap().ends_with("（医療機関）"), "{note}");
    let page = wait(browser.get(&home)).text;
    for words in
        ["咬頭を&lt;b&gt;低く", "立体の上にメモを残しました", "返事を待っています", "スキャンと設計を立体で見る"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.contains(&format!("{home}/view?note=1")));
    let view = wait(browser.get(&format!("{home}/view?note=1"))).text;
    assert!(view.contains(" note=\"1\"") && view.contains(&format!("note-href=\"{notes}\"")), "{view}");
    let other = wait(browser.get(&format!("{home}/view?note=%22%3E2"))).text;
    assert!(other.contains("haruka-mesh") && !other.contains(" note=\""), "{other}");
    // A colleague without the files reads that there is a note, is led nowhere, and pins nothing.
    let clerk = it.ward.staff("suzuki", &["clerk"]);
    let given =
        it.clinic(move |tx, ctx| files::give(tx, ctx, case, clerk, &[], kernel::time::plus_min(ctx.now, 24 * 60)));
    given.unwrap();
    let browser = wait(it.ward.browser(lab::routes(), Who::Staff(clerk)));
    let page = wait(browser.get(&home)).text;
    assert!(page.contains("立体の上にメモを残しました") && page.contains("見られる人にだけ表示します"), "{page}");
    for words in ["咬頭を", "/view", "立体で見る"] {
        assert!(!page.contains(words), "{words}: {page}");
    }
    assert_eq!(wait(browser.get(&list)).status.as_u16(), 403);
}
