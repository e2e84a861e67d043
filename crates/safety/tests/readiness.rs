//! What a facility has ready before something happens. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::{Lang, Who, time};
use safety::readiness::{Kind, proposal, store};
use testkit::{Browser, Ward, wait};

fn on_both(test: impl Fn(&Ward, &Browser)) {
    Ward::both(&[people::MIGRATIONS, safety::MIGRATIONS], |ward| {
        let manager = Who::Staff(ward.staff("kato", &["manager"]));
        let browser = wait(ward.browser(people::routes().and(safety::routes(&[])), manager));
        test(&ward, &browser);
    });
}

/// The fields of our proposal, as its button sends them.
fn proposed(kind: Kind) -> Vec<(String, String)> {
    let rows = proposal(kind, Lang::Ja).into_iter().enumerate();
    rows.flat_map(|(row, cells)| {
        cells.into_iter().enumerate().map(move |(it, text)| (safety::readiness::cell(row, it), text))
    })
    .collect()
}

fn post(browser: &Browser, kind: Kind, fields: &[(String, String)]) -> u16 {
    let fields: Vec<(&str, &str)> = fields.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    wait(browser.post(&format!("/safety/readiness/{}", kind.key()), &fields)).status.as_u16()
}

#[test]
fn the_papers_are_taken_changed_printed_and_asked_for_after_a_year() {
    // DL-41
    on_both(|ward, manager| {
        let gaps = || ward.given(|tx, ctx| store::gaps(tx, time::day(ctx.now))).0;
        assert_eq!((gaps().missing.len(), gaps().untried), (4, true));
        for kind in Kind::ALL {
            assert_eq!(post(manager, kind, &proposed(kind)), 303, "{kind:?}: a proposal is taken as it is");
        }
        let drill = |day: &str| {
            let fields = [
                ("held_on", day),
                ("attendees", "全員"),
                ("tried", "紙の受付"),
                ("found", "用紙が足りない"),
                ("form", "drill"),
            ];
            wait(manager.post("/safety/readiness/drills", &fields)).status.as_u16()
        };
        assert_eq!((drill("2027-01-01"), drill("2026-11-20")), (422, 303), "what is to come is not on file");
        assert!(gaps().is_none());
        // A colleague who administers nothing prints whom to call, and nothing else.
        let clerk = Who::Staff(ward.staff("suzuki", &["clerk"]));
        let clerk = wait(ward.browser(people::routes().and(safety::routes(&[])), clerk));
        let paper = wait(clerk.get("/safety/readiness/contacts/pdf"));
        assert!(
            paper.status == 200 && paper.text.contains("#9110") && paper.text.contains("03-1111-2222"),
            "{}",
            paper.text
        );
        assert_eq!(wait(clerk.get("/safety/readiness/rules/pdf")).status, 403);
        assert_eq!(wait(clerk.get("/safety/readiness")).status, 403);
        // A changed row is a version; the one before stays readable.
        let mut changed = proposed(Kind::Contacts);
        changed[0].1 = "夜間の当番".into();
        changed[1].1 = "03-9999-8888".into();
        assert_eq!(post(manager, Kind::Contacts, &changed), 303);
        let page = wait(manager.get("/safety/readiness/contacts"));
        assert!(page.text.contains("夜間の当番") && page.text.contains("第1版"), "{}", page.text);
        changed[1].1 = String::new();
        assert_eq!(post(manager, Kind::Contacts, &changed), 422, "whom to call has a number");
        // Whoever reports a danger sees the numbers.
        let sent = wait(clerk.post("/report", &[("what", "exposed")]));
        assert!(wait(clerk.get(sent.location.as_deref().unwrap())).text.contains("tel:0399998888"));
        let alerts = || ward.given(|tx, ctx| safety::alerts(tx, &["manager".into()], ctx.now)).len();
        assert_eq!(alerts(), 1, "the report");
        ward.clock.pass_min(366 * 24 * 60);
        assert_eq!((alerts(), gaps().old.len(), gaps().untried), (2, 4, true));
        let acts = ward.acts();
        for act in ["readiness.write", "readiness.view", "drill.record"] {
            assert!(acts.iter().any(|it| it == act), "{act}: {acts:?}");
        }
    });
}
