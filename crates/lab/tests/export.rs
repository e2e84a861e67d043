//! DL-20, DL-24: what goes out of the system: only where the manager has decided, with a reason and encrypted, on media with an
//! approval; each with its device in both logs, and in a ledger until it is gone. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{ROOMS, Two, both, kind, two};
use db::Tx;
use guidelines::compliance::Status;
use kernel::{Ctx, DeviceId, Kind, PersonId, Result, RowId, SessionId, Who};
use lab::case::CaseId;
use lab::export::store as exports;
use lab::export::{End, OUTSIDE_DAYS, Place, Standing, Wish};
use lab::file::store as files;
use testkit::{Ward, wait};

fn wish(place: Place) -> Wish {
    Wish { place, why: "外部の加工機に渡すため".into(), encrypted: true }
}

impl Two {
    /// Takes a file out at the laboratory: nothing, or how many rules keep it in.
    fn tries(&self, who: PersonId, case: CaseId, bundle: RowId, file: RowId, wish: Wish) -> Result<usize> {
        let taken = self.lab(who, move |tx, ctx| files::take(tx, ctx, case, bundle, file, &wish))?;
        Ok(taken.err().map_or(0, |it| it.len()))
    }

    fn ledger(&self, who: PersonId) -> exports::Ledger {
        self.lab(who, exports::ledger).unwrap()
    }

    fn status(&self) -> Status {
        let evidence = |tx: &mut Tx<'_>, ctx: &Ctx| {
            let mut all = Vec::new();
            for it in lab::evidence::ALL {
                all.extend(it(tx, ctx)?);
            }
            Ok(all)
        };
        let all = self.lab(self.manager, evidence).unwrap();
        all.into_iter().find(|it| it.clause.as_str() == "DL-24").unwrap().status
    }
}

#[test]
fn a_medium_needs_the_managers_word_and_stands_in_the_ledger_until_it_came_back() {
    both(|it| {
        let case = it.ordered();
        let (bundle, all) = it.design(case);
        let (technician, manager, file) = (it.technician, it.manager, all[0]);
        assert_eq!(it.tries(technician, case, bundle, file, wish(Place::Folder)).unwrap(), 1, "nothing is decided");
        assert_eq!(it.status(), Status::NotMet);
        let by_technician = it.lab(technician, |tx, ctx| exports::set_rule(tx, ctx, "D:", true));
        assert_eq!(kind(by_technician), Kind::Forbidden);
        it.keeps(false);
        let ask =
            || it.lab(technician, move |tx, ctx| exports::ask(tx, ctx, case, bundle, "USB-03", &wish(Place::Medium)));
        assert_eq!(ask().unwrap().len(), 1, "no media here");
        it.ward.clock.pass_min(1);
        it.keeps(true);
        assert_eq!(it.status(), Status::Met);
        assert_eq!(it.tries(technician, case, bundle, file, wish(Place::Medium)).unwrap(), 1, "not approved");
        assert_eq!(it.log(it.laboratory).iter().filter(|it| *it == "lab.download").count(), 0);
        assert!(ask().unwrap().is_empty());
        let asked = it.ledger(manager).exports[0].clone();
        let now = it.ward.ctx(Who::Nobody).now;
        assert_eq!(
            (asked.standing(now), asked.medium.as_str(), asked.why.as_str()),
            (Standing::Asked, "USB-03", "外部の加工機に渡すため")
        );
        let (id, colleague) = (asked.id, it.colleague);
        assert!(it.ledger(colleague).exports.is_empty(), "another's is not shown");
        assert_eq!(kind(it.lab(technician, move |tx, ctx| exports::decide(tx, ctx, id, true))), Kind::Forbidden);
        assert_eq!(kind(it.lab(technician, move |tx, ctx| exports::end(tx, ctx, id, End::Deleted))), Kind::Conflict);
        it.lab(manager, move |tx, ctx| exports::decide(tx, ctx, id, true)).unwrap();
        assert_eq!(kind(it.lab(manager, move |tx, ctx| exports::decide(tx, ctx, id, false))), Kind::Conflict);
        assert_eq!(it.tries(colleague, case, bundle, file, wish(Place::Medium)).unwrap(), 1, "another's approval");
        let bare = Wish { encrypted: false, ..wish(Place::Medium) };
        assert_eq!(it.tries(technician, case, bundle, file, bare).unwrap(), 1, "not encrypted");
        for file in &all {
            assert_eq!(it.tries(technician, case, bundle, *file, wish(Place::Medium)).unwrap(), 0);
        }
        assert_eq!(it.tries(technician, case, bundle, file, wish(Place::Folder)).unwrap(), 0);
        let lies = it.ledger(manager).exports;
        assert_eq!(lies.len(), 2, "a bundle at a place is one line, however many of its files go there");
        it.ward.clock.pass_min(OUTSIDE_DAYS * 24 * 60 + 1);
        assert_eq!(it.status(), Status::Unknown, "somebody has to look");
        assert_eq!(it.tries(technician, case, bundle, file, wish(Place::Medium)).unwrap(), 1, "the approval is over");
        assert_eq!(kind(it.lab(colleague, move |tx, ctx| exports::end(tx, ctx, id, End::Deleted))), Kind::NotFound);
        for one in lies {
            let how = if one.place == Place::Medium { End::Returned } else { End::Deleted };
            if one.place == Place::Folder {
                let back = it.lab(technician, move |tx, ctx| exports::end(tx, ctx, one.id, End::Returned));
                assert_eq!(kind(back), Kind::Invalid { field: "how" });
            }
            it.lab(technician, move |tx, ctx| exports::end(tx, ctx, one.id, how)).unwrap();
        }
        assert_eq!(it.status(), Status::Met);
        let log = it.log(it.ward.facility);
        for (verb, count) in
            [("lab.download", 3), ("lab.export_ask", 2), ("lab.export_decide", 1), ("lab.export_end", 2)]
        {
            assert_eq!(log.iter().filter(|it| *it == verb).count(), count, "{verb} at the other facility: {log:?}");
        }
    });
}

#[test]
fn each_download_names_its_device_and_an_unknown_one_gets_nothing() {
    // DL-20
    let it = two(Ward::sqlite(ROOMS));
    let case = it.ordered();
    it.keeps(false);
    let (bundle, all) = it.design(case);
    let device = DeviceId::from_bytes([7; 16]);
    let from = |device: Option<DeviceId>| {
        let mut ctx = it.ward.ctx(Who::Staff(it.dentist)).at(it.ward.facility);
        (ctx.session, ctx.device) = (Some(SessionId::from_bytes([8; 16])), device);
        let (file, wish) = (all[0], wish(Place::Folder));
        it.ward.site.db.write_blocking(Some(it.ward.facility), move |tx| {
            files::take(tx, &ctx, case, bundle, file, &wish).map(|it| it.is_ok())
        })
    };
    assert_eq!(kind(from(None)), Kind::Terminal);
    assert!(from(Some(device)).unwrap());
    for at in [it.ward.facility, it.laboratory] {
        let seen = it.ward.site.db.write_blocking(Some(at), move |tx| {
            let sql = "SELECT device_id FROM audit_entry WHERE facility_id = ?1 AND act = 'lab.download'";
            tx.value::<Option<String>>(sql, db::params![at])
        });
        assert_eq!(seen.unwrap().flatten(), Some(device.to_string()), "in both logs");
    }
}

#[test]
fn nobody_without_a_session_comes_to_a_file_by_any_address() {
    // DL-20
    let it = two(Ward::sqlite(ROOMS));
    let case = it.ordered();
    it.keeps(false);
    let (bundle, all) = it.design(case);
    let nobody = wait(it.ward.browser(lab::routes(), Who::Nobody));
    let home = format!("/lab/cases/{case}/files");
    let file = all[0].to_string();
    for address in [
        home.clone(),
        format!("{home}/{bundle}"),
        format!("{home}/{bundle}/download"),
        format!("{home}/{bundle}/{file}"),
        format!("/files/{file}"),
    ] {
        let seen = wait(nobody.get(&address));
        assert_ne!(seen.status.as_u16(), 200, "{address}");
        assert!(!seen.bytes.windows(common::MESH.len()).any(|it| it == common::MESH), "{address}");
    }
    let said = [("file", file.as_str()), ("why", "x"), ("place", "folder"), ("encrypted", "yes")];
    assert_ne!(wait(nobody.post(&format!("{home}/{bundle}/download"), &said)).status.as_u16(), 200);
}
