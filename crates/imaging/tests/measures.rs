//! The measures that keep images safe are in writing and come up for review (TR-08, TR-15). On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::two::{ROOMS, both, kind, two};
use guidelines::compliance::Status;
use imaging::measures::{Measures, TEXTS, store};
use kernel::{Kind, Who};
use testkit::{Ward, wait};
use web::look::Tone;

fn measures() -> Measures {
    Measures { texts: std::array::from_fn(|it| format!("決めたこと{it}")), cycle_months: 6 }
}

#[test]
fn measures_are_versions_and_a_review_is_on_record() {
    // TR-08, TR-15, CS-141
    both(|it| {
        let status = |clause: &'static str| {
            let all = it.clinic(|tx, ctx| {
                let mut all = Vec::new();
                for evidence in imaging::evidence::ALL {
                    all.extend(evidence(tx, ctx)?);
                }
                Ok(all)
            });
            all.unwrap().into_iter().find(|it| it.clause.to_string() == clause).expect("evidence").status
        };
        let told = |duty: &str| {
            let duties = [duty.to_owned()];
            let all = it.clinic(move |tx, ctx| imaging::measures::pages::alerts(tx, &duties, ctx.now)).unwrap();
            all.into_iter().map(|it| it.tone).collect::<Vec<_>>()
        };
        assert_eq!((status("TR-08"), status("TR-15")), (Status::NotMet, Status::NotMet));
        assert_eq!(kind(it.clinic(|tx, ctx| store::review(tx, ctx, 0, "よい"))), Kind::NotFound, "nothing to review");
        it.clinic(|tx, ctx| store::write(tx, ctx, 0, &measures(), "")).unwrap();
        assert_eq!((status("TR-08"), status("TR-15")), (Status::Met, Status::Met));
        assert!(told("manager").is_empty());
        // Six months after 2026-11-24.
        it.ward.clock.set("2027-05-01T00:00:00Z".parse().unwrap());
        assert_eq!(told("manager"), [Tone::Info]);
        assert!(told("dentist").is_empty(), "it is the manager's");
        it.ward.clock.set("2027-05-25T00:00:00Z".parse().unwrap());
        assert_eq!((told("manager"), status("TR-15")), (vec![Tone::Warn], Status::NotMet));
        it.clinic(|tx, ctx| store::review(tx, ctx, 1, "このままでよい")).unwrap();
        assert_eq!((told("manager"), status("TR-15")), (vec![], Status::Met));
        let late = it.clinic(|tx, ctx| store::write(tx, ctx, 1, &measures(), "担当の交代"));
        assert_eq!(kind(late), Kind::Conflict, "somebody has written meanwhile");
        it.clinic(|tx, ctx| store::write(tx, ctx, 2, &measures(), "担当の交代")).unwrap();
        let history = it.clinic(store::history).unwrap();
        let told: Vec<_> = history.iter().map(|it| (it.number, it.is_review, it.finding.as_str())).collect();
        assert_eq!(told, [(3, false, "担当の交代"), (2, true, "このままでよい"), (1, false, "")]);
        let dentist = it.ward.staff("mori", &["dentist"]);
        let refused = it.at(it.ward.facility, dentist, |tx, ctx| store::write(tx, ctx, 3, &measures(), "x"));
        assert_eq!(kind(refused), Kind::Forbidden);
    });
}

#[test]
fn the_manager_writes_prints_and_reviews_them_on_the_page() {
    // TR-08, TR-15
    let it = two(Ward::sqlite(ROOMS));
    let manager = wait(it.ward.browser(people::routes().and(imaging::routes()), Who::Staff(it.dentist)));
    let page = "/settings/measures";
    assert!(wait(manager.get(page)).text.contains("まだ定められていません"));
    assert_eq!(wait(manager.get("/settings/measures.pdf")).status, 404);
    let mut form: Vec<(&str, &str)> = TEXTS.iter().map(|it| (it.0, "週に一度、院長が確かめる")).collect();
    form.extend([("form", "write"), ("seen", "0")]);
    let seen = wait(manager.post(page, &form));
    assert_eq!(seen.status, 422);
    assert!(seen.text.contains("週に一度、院長が確かめる"), "nothing typed is lost");
    form.push(("cycle", "12"));
    assert_eq!(wait(manager.post(page, &form)).location.as_deref(), Some(page));
    assert!(wait(manager.get(page)).text.contains("次の見直し"));
    assert_eq!(wait(manager.get("/settings/measures.pdf")).status, 200);
    let review = "/settings/measures/review";
    let seen = wait(manager.post(review, &[("form", "review"), ("seen", "1"), ("finding", "")]));
    assert_eq!(seen.status, 422);
    assert_eq!(
        seen.text.matches("週に一度、院長が確かめる</textarea>").count(),
        TEXTS.len(),
        "the plan stays as it is"
    );
    wait(manager.post(review, &[("seen", "1"), ("finding", "このままでよい")]));
    assert!(wait(manager.get(page)).text.contains("このままでよい"));
    // From a page that was opened before the review.
    form.iter_mut().filter(|it| it.0 == "seen").for_each(|it| it.1 = "1");
    form.push(("why", "担当の交代"));
    form.iter_mut().filter(|it| it.0 == "outage").for_each(|it| it.1 = "電話とファクスで続ける");
    let seen = wait(manager.post(page, &form));
    assert_eq!(seen.status, 409);
    assert!(seen.text.contains("電話とファクスで続ける</textarea>"), "nothing typed is lost");
    form.iter_mut().filter(|it| it.0 == "seen").for_each(|it| it.1 = "2");
    assert_eq!(wait(manager.post(page, &form)).location.as_deref(), Some(page));
}
