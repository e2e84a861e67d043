//! A time that is kept while a form is filled, when the server's clock is set.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::time;
use testkit::Ward;
use visits::booking::Form;
use visits::booking::store::hold;
use visits::slot::store::{NewType, add_pattern, add_type};

/// CS-163: a hold made by a clock that ran ahead keeps nobody from the time once the clock is right.
#[test]
fn a_hold_from_the_future_is_none() {
    Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| {
        let doctor = ward.staff("sato", &["dentist"]);
        let kind = ward.given(move |tx, ctx| {
            let new = NewType {
                name_ja: "オンライン再診".into(),
                name_en: "Online follow-up".into(),
                form: Form::Online,
                duration_min: 15,
                by_patient: true,
            };
            let kind = add_type(tx, ctx, &new)?;
            for weekday in 0..7 {
                add_pattern(tx, ctx, doctor, kind, weekday, 9 * 60, 18 * 60)?;
            }
            Ok(kind)
        });
        let right = kernel::Clock::now(&ward.clock);
        // Two days on, at ten in the morning.
        let at = time::plus_min(right, 2 * 24 * 60 + 60);
        let holds = |holder: &'static str| ward.given(move |tx, ctx| hold(tx, ctx, doctor, kind, at, holder)).is_ok();
        assert!(holds("first"));
        assert!(!holds("second"), "kept for the first");
        ward.clock.pass_min(24 * 60);
        assert!(holds("first"), "the clock runs a day ahead");
        ward.clock.set(right);
        assert!(holds("second"), "set right again: the first one's ten minutes never were");
        assert!(!holds("first"), "kept for the second");
    });
}
