//! The compliance page says what is known, and asks a person for what no record can show.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use guidelines::ClauseId;
use guidelines::compliance::{Line, Status};
use kernel::{PersonId, Who};
use safety::compliance::{Word, may_confirm, store};
use testkit::Ward;

fn lines(ward: &Ward, manager: PersonId) -> Vec<Line> {
    ward.act(Who::Staff(manager), |tx, ctx| store::view(tx, ctx, &[])).unwrap().lines
}

fn line(ward: &Ward, manager: PersonId, clause: &str) -> Line {
    lines(ward, manager).into_iter().find(|it| it.clause.id.as_str() == clause).expect("a line")
}

fn on_both(test: impl Fn(&Ward, PersonId)) {
    Ward::both(&[people::MIGRATIONS, safety::MIGRATIONS], |ward| {
        let manager = ward.staff("kato", &["manager"]);
        test(&ward, manager);
    });
}

/// A password of the person's own, and an authenticator app.
fn equip(ward: &Ward, person: PersonId, must_change: bool) {
    ward.given(move |tx, ctx| {
        let hashed = people::sign_in::password::Hashed::now("にわとりが三羽 1948", &ctx.chance)?;
        people::sign_in::password::set(tx, ctx, person, &hashed, must_change)?;
        let sealed = tx.own_key("person").seal(&format!("person_totp.secret/{person}"), &[7; 20], &ctx.chance);
        tx.exec(
            "INSERT INTO person_totp (person_id, secret, confirmed_at, last_step) VALUES (?1, ?2, ?3, NULL)
             ON CONFLICT (person_id) DO NOTHING",
            db::params![person, sealed, ctx.now],
        )
    });
}

#[test]
fn two_factors_are_counted_person_by_person() {
    // CS-126, OV-242
    on_both(|ward, manager| {
        let suzuki = ward.staff("suzuki", &["clerk"]);
        for clause in ["CS-126", "OV-242"] {
            let it = line(ward, manager, clause);
            assert_eq!(it.status, Status::NotMet, "{clause}");
            assert!(it.evidence[0].reason.ja.contains("suzuki"), "it names who: {}", it.evidence[0].reason.ja);
        }
        equip(ward, manager, false);
        equip(ward, suzuki, true);
        assert_eq!(line(ward, manager, "OV-242").status, Status::Met);
        let initial = line(ward, manager, "CS-126");
        assert_eq!(initial.status, Status::NotMet, "an initial password is nobody's own");
        assert!(!initial.evidence[0].reason.ja.contains("kato"));
        equip(ward, suzuki, false);
        assert_eq!(line(ward, manager, "CS-126").status, Status::Met);
    });
}

#[test]
fn what_no_record_shows_a_person_confirms() {
    // CS-150, CS-141
    on_both(|ward, manager| {
        assert_eq!(line(ward, manager, "CS-150").status, Status::NotMet, "plain HTTP");
        ward.given(|tx, ctx| web::installation::set_base_url(tx, "https://haruka.example.jp", ctx.now));
        let open = line(ward, manager, "CS-150");
        assert_eq!(open.status, Status::Unknown, "which terminals come in, the program cannot know");
        assert!(may_confirm(&open, &[]));
        let word = Word { clause: ClauseId::new("CS-150"), kept: true, note: "院内はVPNだけ".into() };
        ward.act(Who::Staff(manager), move |tx, ctx| store::confirm(tx, ctx, &[], &word)).unwrap();
        let met = line(ward, manager, "CS-150");
        assert_eq!(met.status, Status::Met);
        assert!(met.evidence[0].reason.ja.contains("kato") && met.evidence[0].reason.ja.contains("院内はVPNだけ"));
    });
}

#[test]
fn nobody_talks_away_what_is_seen() {
    // CS-141: a person's word on a clause that the house sees for itself is refused.
    on_both(|ward, manager| {
        for clause in ["CS-126", "OV-142", "CS-101"] {
            let word = Word { clause: ClauseId::new(clause), kept: true, note: String::new() };
            let refused =
                ward.act(Who::Staff(manager), move |tx, ctx| store::confirm(tx, ctx, &[], &word)).unwrap_err();
            assert_eq!(*refused.kind(), kernel::Kind::Conflict, "{clause}");
            assert_ne!(line(ward, manager, clause).status, Status::Met, "{clause}");
        }
        assert_eq!(line(ward, manager, "OV-142").status, Status::Unknown, "no doctor works here yet");
        let _ = ward.staff("sato", &["dentist"]);
        let photo = line(ward, manager, "OV-142");
        assert_eq!(photo.status, Status::NotMet, "a dentist without a photograph");
        assert!(!may_confirm(&photo, &[]));
    });
}
