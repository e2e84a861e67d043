//! Entries: appended, found again, refused, shredded.

use crate::common::on_both;
use audit::{Entry, Query};
use kernel::{PatientId, PersonId, Who};
use serde_json::json;

/// CS-122: an entry names the sign-in, the time, and which medical information was touched; and it can be searched.
#[test]
fn an_act_leaves_an_entry_that_is_found_again() {
    on_both("found", |site| {
        let (tanaka, sato) = (PatientId::from_bytes([1; 16]), PersonId::from_bytes([2; 16]));
        let mut ctx = site.ctx(Who::Staff(sato));
        ctx.session = Some(kernel::SessionId::from_bytes([3; 16]));
        ctx.address = Some([192, 0, 2, 7].into());
        let act = ctx.clone();
        let index = site.write(move |tx| {
            audit::append(tx, &act, Entry::done("page.open", "page", "day"))?;
            let view = Entry::done("chart.view", "chart", "c1").patient(tanaka).class("chart");
            audit::append(tx, &act, view.detail(json!({"reason": "診察"})))
        });
        assert_eq!(index, 1);
        for (query, wanted) in [
            (Query::default(), vec![1, 0]),
            (Query { who: Some(ctx.who.label()), ..Query::default() }, vec![1, 0]),
            (Query { person: Some(sato), ..Query::default() }, vec![1, 0]),
            (Query { person: Some(PersonId::from_bytes([9; 16])), ..Query::default() }, vec![]),
            (Query { patient: Some(tanaka), ..Query::default() }, vec![1]),
            (Query { act: Some("chart.".into()), ..Query::default() }, vec![1]),
            (Query { act: Some("chart.view".into()), ..Query::default() }, vec![1]),
            (Query { act: Some("chart".into()), ..Query::default() }, vec![]),
            (Query { from: Some(ctx.now), ..Query::default() }, vec![1, 0]),
            (Query { to: Some(ctx.now), ..Query::default() }, vec![]),
            (Query { before_index: Some(1), ..Query::default() }, vec![0]),
            (Query { limit: 1, ..Query::default() }, vec![1]),
        ] {
            let asked = query.clone();
            let found = site.write(move |tx| audit::search(tx, &asked));
            assert_eq!(found.iter().map(|it| it.index).collect::<Vec<_>>(), wanted, "{query:?}");
        }
        let found = site.write(|tx| audit::search(tx, &Query { limit: 1, ..Query::default() })).remove(0);
        assert_eq!((found.at, found.who, found.patient), (ctx.now, ctx.who.label(), Some(tanaka)));
        assert_eq!((found.class.as_str(), found.outcome.as_str(), found.thing_id.as_str()), ("chart", "done", "c1"));
        assert_eq!(found.session.as_deref(), Some("030c1g60r30c1g60r30c1g60r3"));
        assert_eq!(found.address.as_deref(), Some("192.0.2.7"));
        assert_eq!(found.detail, Some(json!({"reason": "診察"})));
    });
}

/// CS-122: a refused act is taken back, its entry stays.
#[test]
fn a_refused_act_is_on_record() {
    on_both("refused", |site| {
        let ctx = site.ctx(Who::Nobody);
        let outcome: kernel::Result<()> = site.try_write(move |tx| {
            audit::append(tx, &ctx, Entry::done("chart.view", "chart", "c1"))?;
            audit::refuse(tx, &ctx, Entry::done("chart.view", "chart", "c1"));
            Err(kernel::Error::forbidden("not theirs"))
        });
        assert!(outcome.is_err());
        let found = site.write(|tx| audit::search(tx, &Query::default()));
        assert_eq!(found.iter().map(|it| (it.index, it.outcome.as_str())).collect::<Vec<_>>(), [(0, "refused")]);
    });
}

#[test]
fn acts_of_no_facility_go_to_the_log_of_the_house() {
    on_both("house", |site| {
        let ctx = site.ctx(Who::Operator("root".into()));
        let (own, house) = (ctx.clone(), ctx);
        site.write(move |tx| audit::append(tx, &own, Entry::done("page.open", "page", "day")));
        site.db
            .write_blocking(None, move |tx| {
                audit::append(tx, &house, Entry::done("facility.make", "facility", "x"))?;
                assert_eq!(audit::search(tx, &Query::default())?.len(), 1);
                Ok(())
            })
            .unwrap();
        site.db
            .write_blocking(Some(audit::HOUSE), |tx| {
                assert_eq!(audit::search(tx, &Query::default())?[0].who, "operator:root");
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn too_much_detail_is_refused() {
    on_both("detail", |site| {
        let ctx = site.ctx(Who::Nobody);
        let long = "x".repeat(audit::DETAIL_BYTES_MAX);
        let entry = Entry::done("page.open", "page", "day").detail(json!(long));
        assert!(site.try_write(move |tx| audit::append(tx, &ctx, entry)).is_err());
    });
}

#[test]
fn shredded_content_is_gone_and_the_log_still_verifies() {
    on_both("shred", |site| {
        site.fill(5);
        let before = site.sign().unwrap().unwrap();
        let ctx = site.ctx(Who::System("retention"));
        let act = ctx.clone();
        assert_eq!(site.write(move |tx| audit::shred(tx, &act, 1..3)), 5);
        let found = site.write(|tx| audit::search(tx, &Query::default()));
        let gone: Vec<_> = found.iter().filter(|it| it.detail.is_none()).collect();
        assert_eq!(gone.iter().map(|it| it.index).collect::<Vec<_>>(), [2, 1]);
        assert!(gone.iter().all(|it| it.who.is_empty() && it.patient.is_none() && it.thing_id.is_empty()));
        let report = site.verify();
        assert_eq!((report.first_bad, report.size, report.shredded, report.opened), (None, 6, 2, 4));
        assert_eq!(report.checkpoints, 1);
        // The shredding of everything leaves its own record and the one before.
        site.write(move |tx| audit::shred(tx, &ctx, 0..u64::MAX));
        let report = site.verify();
        assert_eq!((report.first_bad, report.size, report.shredded, report.opened), (None, 7, 5, 2));
        assert!(site.sign().unwrap().unwrap().size > before.size);
    });
}
