//! DL-21: only what was approved and released reaches the machine for which it was released, and what it has milled is reported;
//! everything else is refused, on record, and shown to the manager. On both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use axum::body::Body;
use axum::http::Request;
use common::{INFO, MESH, Two, both, kind, two};
use guidelines::compliance::Status;
use http_body_util::BodyExt;
use kernel::{Kind, RowId, Who};
use lab::case::{Kind as What, State};
use lab::file::store as files;
use lab::machine::store as machines;
use people::token::Scope;
use people::token::store as tokens;
use testkit::{Ward, wait};
use tower::ServiceExt;

impl Two {
    /// What a program with this token is answered.
    fn knock(&self, token: &str, method: &str, path: &str) -> (u16, Vec<u8>) {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let app = lab::routes().serve(self.ward.site.clone());
        wait(async {
            let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
        })
    }

    fn listed(&self, token: &str) -> serde_json::Value {
        let (status, bytes) = self.knock(token, "GET", "/lab/machine/released");
        assert_eq!(status, 200);
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["released"].take()
    }

    fn alerts(&self) -> usize {
        self.lab(self.manager, |tx, ctx| lab::alerts(tx, &["manager".to_owned()], ctx.now)).unwrap().len()
    }

    fn why(&self) -> Vec<&'static str> {
        let all = self.lab(self.manager, |tx, ctx| machines::refusals(tx, ctx.now)).unwrap();
        all.iter().map(|it| it.why.key()).collect()
    }
}

#[test]
fn a_machine_fetches_what_was_released_for_it_and_reports_it_milled() {
    both(|it| {
        let (mill, secret) = it.token(it.technician, "ミリング1", Scope::LabFetch);
        let (case, digest) = it.approved();
        assert_eq!(it.listed(&secret), serde_json::json!([]), "approved is not released");
        let empty = it.log(it.laboratory).len();
        assert_eq!(it.listed(&secret), serde_json::json!([]));
        assert_eq!(it.log(it.laboratory).len(), empty, "an empty look is no entry");
        let by_technician = it.lab(it.technician, move |tx, ctx| machines::release(tx, ctx, case, Some(mill)));
        assert_eq!(kind(by_technician), Kind::Forbidden);
        assert_eq!(kind(it.release(case, Some(RowId::from_bytes([9; 16])))), Kind::NotFound, "no such machine");
        assert_eq!(it.release(case, Some(mill)).unwrap(), 0);
        let listed = it.listed(&secret);
        assert_eq!((&listed[0]["case"], &listed[0]["digest"]), (&case.to_string().into(), &digest.clone().into()));
        let mut bytes = Vec::new();
        for file in listed[0]["files"].as_array().unwrap() {
            let way = format!("/lab/machine/released/{digest}/{}", file["id"].as_str().unwrap());
            let (status, got) = it.knock(&secret, "GET", &way);
            assert_eq!((status, got.len() as u64), (200, file["size"].as_u64().unwrap()));
            assert_eq!(crypto::digest::hex(&crypto::digest::sha256(&got)), file["sha256"]);
            bytes.push(got);
        }
        bytes.sort();
        assert_eq!(bytes, [INFO, MESH], "the bytes as they came");
        let report = format!("/lab/machine/released/{digest}/machined");
        assert_eq!(it.knock(&secret, "POST", &report).0, 200);
        assert_eq!(it.state(case), State::Machined);
        assert_eq!(it.knock(&secret, "POST", &report).0, 200, "the same report again");
        let events = &it.copies(case)[0].events;
        let milled: Vec<_> = events.iter().filter(|it| it.kind == What::Machined).collect();
        assert_eq!((milled.len(), &milled[0].said.digest, milled[0].said.machine.as_str()), (1, &digest, "ミリング1"));
        assert_eq!((it.listed(&secret), it.alerts()), (serde_json::json!([]), 0));
        for log in [it.log(it.ward.facility), it.log(it.laboratory)] {
            assert_eq!(log.iter().filter(|it| *it == "lab.fetch").count(), 2, "{log:?}");
        }
        let held = it.lab(it.manager, |tx, ctx| {
            let mut all = Vec::new();
            for it in lab::evidence::ALL {
                all.extend(it(tx, ctx)?);
            }
            Ok(all)
        });
        assert_eq!(held.unwrap().into_iter().find(|it| it.clause.as_str() == "DL-21").unwrap().status, Status::Met);
    });
}

#[test]
fn everything_else_is_refused_on_record_and_shown_to_the_manager() {
    both(|it| {
        let (mill, secret) = it.token(it.technician, "ミリング1", Scope::LabFetch);
        let (_, printer) = it.token(it.technician, "プリンター", Scope::LabFetch);
        let (_, images) = it.token(it.technician, "ミリング1", Scope::DicomwebRead);
        let (case, digest) = it.approved();
        let file = it.lab(it.technician, move |tx, _| files::bundles(tx, case)).unwrap()[0].members[0].id;
        let (way, report) =
            (format!("/lab/machine/released/{digest}/{file}"), format!("/lab/machine/released/{digest}/machined"));
        let get = |token: &str, way: &str| it.knock(token, "GET", way).0;
        assert_eq!(get(&secret, &way), 409, "approved is not released");
        assert_eq!((it.alerts(), it.why()), (1, vec!["not-released"]));
        it.release(case, Some(mill)).unwrap();
        let before = it.log(it.laboratory).len();
        assert_eq!((get(&printer, &way), it.knock(&printer, "POST", &report).0), (403, 403), "another machine");
        assert_eq!(it.listed(&printer), serde_json::json!([]));
        let other = way.replace(&digest, &"0".repeat(64));
        assert_eq!((get(&secret, &other), get(&secret, &other)), (404, 404));
        assert_eq!(it.why().iter().filter(|it| **it == "unknown").count(), 1, "one row an hour, whatever it tries");
        assert!(it.log(it.laboratory).len() >= before + 4, "each of them is in the log");
        assert_eq!((get(&images, &way), get(&images, "/lab/machine/released")), (403, 403), "a token of another scope");
        assert_eq!(get("", "/lab/machine/released"), 401);
        // The dentist thinks again; the machine had begun.
        assert_eq!(get(&secret, &way), 200);
        it.ward.clock.pass_min(61);
        it.asks(case, What::Redo, "咬頭を低く").unwrap();
        assert_eq!((get(&secret, &way), it.knock(&secret, "POST", &report).0), (409, 409));
        assert_eq!(it.state(case), State::Redo, "nothing was milled for this case");
        let page = wait(
            wait(it.ward.browser_of(lab::routes().serve(it.ward.site.clone()), Who::Staff(it.manager), it.laboratory))
                .get(&format!("/lab/cases/{case}")),
        );
        assert!(
            page.text.contains("加工機の求めを断りました") && page.text.contains("加工済みと報告しています"),
            "{}",
            page.text
        );
        // A token that is ended opens nothing, and the manager hears that a machine still shows it.
        it.ward.clock.pass_min(8 * 24 * 60);
        let (last, gone) = it.token(it.technician, "ミリング1", Scope::LabFetch);
        assert_eq!(it.alerts(), 0, "a week later");
        it.lab(it.manager, move |tx, ctx| tokens::end(tx, ctx, last)).unwrap();
        assert_eq!((get(&gone, "/lab/machine/released"), it.alerts()), (401, 1));
    });
}

#[test]
fn without_files_nothing_is_released_and_a_new_token_is_the_same_machine() {
    let it = two(Ward::sqlite(common::ROOMS));
    let (mill, _) = it.token(it.technician, "ミリング1", Scope::LabFetch);
    let case = it.ordered();
    it.serves(it.manager, case, What::Accepted, "").unwrap();
    let technician = it.technician;
    it.lab(it.manager, move |tx, ctx| lab::step::store::assign(tx, ctx, case, technician)).unwrap();
    it.serves(technician, case, What::Proposed, "口頭で").unwrap();
    it.asks(case, What::Approved, "").unwrap();
    assert_eq!(it.release(case, Some(mill)).unwrap(), 1, "words alone");
    assert_eq!(kind(it.serves(it.manager, case, What::Released, "")), Kind::Conflict, "by no other way either");
    assert_eq!(it.state(case), State::Approved);
    let (case, digest) = it.approved();
    it.release(case, None).unwrap();
    let (_, renewed) = it.token(it.technician, "ミリング1", Scope::LabFetch);
    assert_eq!(it.listed(&renewed), serde_json::json!([]), "released by hand");
    it.release(case, Some(mill)).unwrap();
    assert_eq!(it.listed(&renewed)[0]["digest"], digest.as_str());
}
