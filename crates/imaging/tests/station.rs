//! Stations in rows: whose a caller is, by title, address and certificate; and what the compliance page says of them. On both
//! databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use guidelines::compliance::Status;
use imaging::station::{Caller, NewStation, store};
use kernel::{Kind, RowId, Who};
use testkit::Ward;

const ROOMS: &[&[db::Migration]] = &[people::MIGRATIONS, imaging::MIGRATIONS];

fn add(ward: &Ward, title: &str, certificate: Option<u8>) -> kernel::Result<RowId> {
    let new = NewStation::parse(title, "CT室", "", "10.0.0.7", "2762").expect("a station");
    let new = match certificate {
        Some(it) => new.proven_by([it; 32]),
        None => new,
    };
    ward.act(Who::System("test"), move |tx, ctx| store::add(tx, ctx, &new))
}

fn admitted(ward: &Ward, title: &'static str, certificate: Option<u8>) -> bool {
    let caller = Caller {
        address: "::ffff:203.0.113.9".parse().unwrap(),
        certificate: certificate.map(|it| [it; 32]),
        must_prove: false,
    };
    ward.site.db.write_blocking(None, move |tx| store::admit(tx, title, caller, None)).unwrap().is_some()
}

#[test]
fn devices_of_one_title_are_told_apart_by_their_certificates() {
    // TR-20, TR-12
    Ward::both(ROOMS, |ward| {
        let first = add(&ward, "CBCT1", Some(7)).expect("registered");
        add(&ward, "CBCT1", Some(8)).expect("while the certificate is renewed");
        let again = add(&ward, "CBCT1", Some(8)).expect_err("once is enough");
        assert_eq!(*again.kind(), Kind::Conflict);
        assert!(admitted(&ward, "CBCT1", Some(7)) && admitted(&ward, "CBCT1", Some(8)));
        assert!(
            !admitted(&ward, "CBCT1", Some(9)) && !admitted(&ward, "CBCT1", None) && !admitted(&ward, "CT", Some(7))
        );
        ward.given(move |tx, ctx| store::end(tx, ctx, first));
        assert!(!admitted(&ward, "CBCT1", Some(7)), "an ended registration ends its certificate");
        let place = ward.given(|tx, _| store::destination(tx, "CBCT1")).expect("a destination");
        assert_eq!(place.certificate, Some([8; 32]), "it is called by TLS");
        let listed = ward.given(store::list);
        assert_eq!(listed.iter().map(|it| it.certificate).collect::<Vec<_>>(), [Some([8; 32])]);
    });
}

#[test]
fn a_device_without_a_certificate_stands_on_the_compliance_page() {
    // TR-20, TR-26, TR-12, CS-141
    Ward::both(ROOMS, |ward| {
        let told_of = |clause: &str| {
            let all = ward.given(|tx, ctx| {
                let mut all = Vec::new();
                for evidence in imaging::evidence::ALL {
                    all.extend(evidence(tx, ctx)?);
                }
                Ok(all)
            });
            let found = all.into_iter().find(|it| it.clause.to_string() == clause).expect("evidence");
            (found.status, found.count)
        };
        let told = || told_of("TR-20");
        assert_eq!([told(), told_of("TR-26"), told_of("TR-12")], [(Status::NotApplicable, 0); 3]);
        add(&ward, "CBCT1", Some(7)).expect("registered");
        assert_eq!(told(), (Status::Met, 1));
        let bare = add(&ward, "PANO", None).expect("registered");
        assert_eq!([told(), told_of("TR-26")], [(Status::NotMet, 2), (Status::Met, 2)]);
        assert_eq!(told_of("TR-12"), (Status::NotMet, 2));
        ward.given(move |tx, ctx| store::end(tx, ctx, bare));
        assert_eq!([told(), told_of("TR-12")], [(Status::Met, 1); 2]);
        // Gateways send as well: each by a token, which is as good as its certificate.
        token(&ward, Some([1; 32]));
        assert_eq!([told(), told_of("TR-12")], [(Status::Met, 1), (Status::Met, 2)]);
        token(&ward, None);
        assert_eq!([told(), told_of("TR-12")], [(Status::Met, 1), (Status::NotMet, 3)]);
    });
}

/// A gateway's token, bound to this certificate if to one.
fn token(ward: &Ward, fingerprint: Option<[u8; 32]>) {
    use people::token::store::{NewToken, make};
    use people::token::{Certificate, Scope};
    let login = if fingerprint.is_some() { "sato" } else { "kato" };
    let (person, key, now) = (ward.staff(login, &["dentist"]), ward.site.key.clone(), ward.site.clock.now());
    let ends_at = kernel::time::plus_min(now, 60);
    let certificate = fingerprint.map(|fingerprint| Certificate { fingerprint, begins_at: now, ends_at });
    let new = NewToken { person, label: "gateway".into(), scopes: vec![Scope::DicomwebWrite], days: 1, certificate };
    ward.given(move |tx, ctx| make(tx, ctx, &key, &new));
}
