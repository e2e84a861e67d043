//! TR-03: each person signs with an own key, which the log names, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use kernel::{PersonId, Who};
use people::signing::{self, Signature};
use testkit::Ward;

fn sign(ward: &Ward, person: PersonId, message: &'static [u8]) -> Signature {
    ward.act(Who::Staff(person), move |tx, ctx| signing::sign(tx, ctx, message)).unwrap()
}

#[test]
fn a_person_signs_with_an_own_key() {
    // TR-03
    Ward::both(&[people::MIGRATIONS], |ward| {
        let (watanabe, ito) = (ward.staff("watanabe", &["radiologist"]), ward.staff("ito", &["dentist"]));
        let first = sign(&ward, watanabe, b"report 1");
        assert!(first.is_of(b"report 1") && !first.is_of(b"report 2"));
        assert_eq!(sign(&ward, watanabe, b"report 2").public_key, first.public_key, "made once");
        let other = sign(&ward, ito, b"report 1");
        assert_ne!(other.public_key, first.public_key);
        assert!(!Signature { public_key: other.public_key, ..first.clone() }.is_of(b"report 1"));
        assert_eq!(ward.acts().iter().filter(|it| *it == "signing_key.make").count(), 2);
        let manager = ward.staff("kato", &["manager"]);
        ward.act(Who::Staff(manager), move |tx, ctx| signing::end(tx, ctx, watanabe)).unwrap();
        let renewed = sign(&ward, watanabe, b"report 1");
        assert_ne!(renewed.public_key, first.public_key);
        assert!(first.is_of(b"report 1"), "what was signed stays signed");
        assert!(ward.act(Who::Staff(ito), move |tx, ctx| signing::end(tx, ctx, watanabe)).is_err());
        assert!(ward.act(Who::System("test"), |tx, ctx| signing::sign(tx, ctx, b"x")).is_err(), "nobody's key");
    });
}
