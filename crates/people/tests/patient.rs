//! Patients are found by number and by the beginning of a name, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::{JapaneseName, PatientId, Who, limits};
use people::patient::{PatientForm, Sex, store};
use testkit::Ward;

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
