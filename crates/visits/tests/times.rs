//! A time that is kept while a form is filled, when the server's clock is set.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "common/opening.rs"]
mod opening;

use kernel::time;
use testkit::Ward;
use visits::booking::store::hold;

/// CS-163: a hold made by a clock that ran ahead keeps nobody from the time once the clock is right.
#[test]
fn a_hold_from_the_future_is_none() {
    Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| {
        let doctor = ward.staff("sato", &["dentist"]);
        let kind = ward.given(move |tx, ctx| opening::online(tx, ctx, doctor));
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
