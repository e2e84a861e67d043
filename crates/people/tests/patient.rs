//! Patients are found by number and by the beginning of a name, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::{JapaneseName, Kind, PatientId, Who, limits};
use people::patient::{PatientForm, Sex, store};
use testkit::{Ward, wait};

fn form(number: &str, (family, kana): (&str, &str)) -> PatientForm {
    PatientForm {
        number: number.to_owned(),
        name: JapaneseName::parse(family, "幸子", kana, "さちこ").unwrap(),
        birth_date: "1948-04-12".parse().unwrap(),
        sex: Sex::Female,
        phone: String::new(),
        mail: String::new(),
        address: String::new(),
        remark: String::new(),
        in_person_at: String::new(),
    }
}

/// Registers somebody a minute after the one before.
fn register(ward: &Ward, number: &str, name: (&str, &str)) -> PatientId {
    ward.clock.pass_min(1);
    let form = form(number, name);
    ward.given(move |tx, ctx| store::register(tx, ctx, &form))
}

#[test]
fn a_name_that_many_bear_shows_the_newest_and_a_number_its_patient_first() {
    Ward::both(&[people::MIGRATIONS], |ward| {
        let clerk = Who::Staff(ward.staff("suzuki", &["clerk"]));
        let search = |text: &'static str| -> Vec<String> {
            let found = ward.act(clerk.clone(), move |tx, ctx| store::search(tx, ctx, text)).unwrap();
            found.into_iter().map(|it| it.number).collect()
        };
        let (tanaka, sato) = (("田中", "たなか"), ("佐藤", "さとう"));
        let first = register(&ward, "A1", tanaka);
        register(&ward, "A2", sato);
        for number in 0..limits::LIST_ROWS_MAX {
            register(&ward, &format!("B{number}"), tanaka);
        }
        for text in ["たなか", "タナ", "田中", "幸子", ""] {
            let found = search(text);
            assert_eq!((found.len(), found[0].as_str()), (limits::LIST_ROWS_MAX, "B99"), "{text}");
        }
        assert_eq!(search("さとう"), ["A2"]);
        assert_eq!(search("A1"), ["A1"]);
        assert_eq!(search("すずき"), [""; 0]);
        // Whoever is changed is the newest, also under the name that is new.
        ward.clock.pass_min(1);
        let changed = form("A1", ("佐藤", "さとう"));
        ward.given(move |tx, ctx| store::change(tx, ctx, first, &changed));
        assert_eq!(search("さとう"), ["A1", "A2"]);
        assert_eq!(search("さちこ")[..2], ["A1", "B99"]);
        assert_eq!(search("たなか")[0], "B99");
        // A number that is a name, too: its patient stands first, and once.
        register(&ward, "サト", ("佐藤", "さとう"));
        register(&ward, "C1", ("佐藤", "さとう"));
        assert_eq!(search("サト"), ["サト", "C1", "A1", "A2"]);
    });
}

/// Looks on the side, while others write: what is seen is on record before it is seen.
#[test]
fn a_look_has_its_entry_and_a_refused_one_has_it_too() {
    Ward::both(&[people::MIGRATIONS], |ward| {
        let clerk = Who::Staff(ward.staff("suzuki", &["clerk"]));
        let stranger = Who::Staff(ward.staff("honda", &[]));
        register(&ward, "A1", ("田中", "たなか"));
        let look = |who: &Who, fails: bool| {
            let before = ward.acts().len();
            let seen = wait(ward.site.look(&ward.ctx(who.clone()), move |tx, ctx| {
                let found = store::search(tx, ctx, "A1")?;
                assert!(tx.statements() > 0);
                if fails { Err(kernel::Error::not_found("the second thing")) } else { Ok(found.len()) }
            }));
            (seen.map_err(|it| it.kind().clone()), ward.acts().split_off(before))
        };
        assert_eq!(look(&clerk, false), (Ok(1), vec!["patient.search".to_owned()]));
        // Nothing was shown, so nothing is on record: as when an act is taken back.
        assert_eq!(look(&clerk, true), (Err(Kind::NotFound), vec![]));
        let (seen, acts) = look(&stranger, false);
        assert!(seen.is_err());
        assert_eq!(acts, ["patient.search"], "a refusal is on record");
    });
}

/// A look changes nothing: what an act would write is refused where the database can tell.
#[test]
fn a_look_writes_nothing_but_its_entry() {
    let ward = Ward::sqlite(&[people::MIGRATIONS]);
    let form = form("A1", ("田中", "たなか"));
    let ctx = ward.ctx(Who::System("test"));
    let before = ward.acts();
    let made = wait(ward.site.look(&ctx, move |tx, ctx| store::register(tx, ctx, &form)));
    assert!(made.is_err());
    assert_eq!(ward.acts(), before);
}

/// What follows a commit is done when the caller hears of it, on both engines.
#[test]
fn what_follows_an_act_is_done_before_its_answer() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    Ward::both(&[people::MIGRATIONS], |ward| {
        let (done, ours) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (follows, never) = (done.clone(), ours.clone());
        ward.given(move |tx, _| {
            tx.on_commit(move || {
                std::thread::sleep(std::time::Duration::from_millis(50));
                follows.store(true, Ordering::SeqCst);
            });
            Ok(())
        });
        assert!(done.load(Ordering::SeqCst));
        let refused: kernel::Result<()> = ward.act(Who::System("test"), move |tx, _| {
            tx.on_commit(move || never.store(true, Ordering::SeqCst));
            Err(kernel::Error::not_found("nothing"))
        });
        assert!(refused.is_err() && !ours.load(Ordering::SeqCst));
    });
}
