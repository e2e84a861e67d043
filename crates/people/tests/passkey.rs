//! Passkeys against a device made of a key and a counter, as the WebAuthn standard describes one: CS-126, OV-242.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use common::{Browser, Seen, ward};
use crypto::Totp;
use crypto::digest::sha256;
use kernel::Who;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use people::sign_in::operator;
use serde_json::{Value, json};
use testkit::Ward;
use web::{Settings, Site};

const PASSWORD: &str = "violet otter 7 kettles";
const ORIGIN: &str = "http://localhost:8080";

/// The same clinic as a demonstration, which has a name for its figures.
fn by_name(ward: &Ward) -> Site {
    let site = &ward.site;
    Site::new(web::site::Inner {
        db: site.db.clone(),
        blobs: site.blobs.clone(),
        clock: Box::new(ward.clock.clone()),
        chance: site.chance.clone(),
        key: site.key.clone(),
        settings: Settings { base_url: "http://127.0.0.1:8080".into(), demo: true, ..Settings::default() },
        press: site.press.clone(),
        live: site.live.clone(),
        assets: site.assets,
    })
}

/// Holds one key. Always finds that it is its owner who asks.
struct Device {
    key: SigningKey,
    count: u32,
}

impl Device {
    fn new(seed: u8) -> Self {
        Self { key: SigningKey::from_slice(&[seed; 32]).unwrap(), count: 0 }
    }

    fn id(&self) -> [u8; 32] {
        sha256(&self.key.to_bytes())
    }

    fn client_data(kind: &str, options: &Value, origin: &str) -> Vec<u8> {
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }).to_string().into_bytes()
    }

    /// Host, flags (present, verified, and more), counter.
    fn head(&mut self, more_flags: u8) -> Vec<u8> {
        self.count += 1;
        [sha256(b"localhost").as_slice(), &[0x05 | more_flags], &self.count.to_be_bytes()].concat()
    }

    /// What `navigator.credentials.create` gives.
    fn create(&mut self, options: &Value) -> String {
        let client = Self::client_data("webauthn.create", options, ORIGIN);
        let point = self.key.verifying_key().to_sec1_point(false);
        // COSE: an EC2 key for ES256 on P-256.
        let key = [
            &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..],
            point.x().unwrap().as_slice(),
            &[0x22, 0x58, 0x20],
            point.y().unwrap().as_slice(),
        ]
        .concat();
        let data = [self.head(0x40).as_slice(), &[0; 16], &[0, 32], &self.id(), &key].concat();
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
        let object = [
            &[0xa3, 0x63][..],
            b"fmt",
            &[0x64],
            b"none",
            &[0x67],
            b"attStmt",
            &[0xa0, 0x68],
            b"authData",
            &[0x58, u8::try_from(data.len()).unwrap()],
            &data,
        ]
        .concat();
        self.answer(json!({ "attestationObject": text(&object), "clientDataJSON": text(&client), "transports": [] }))
    }

    /// What `navigator.credentials.get` gives.
    fn get(&mut self, options: &Value, origin: &str) -> String {
        let client = Self::client_data("webauthn.get", options, origin);
        let data = self.head(0);
        let signed = [data.as_slice(), &sha256(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.answer(json!({
            "authenticatorData": text(&data),
            "clientDataJSON": text(&client),
            "signature": text(signature.to_der().as_bytes()),
            "userHandle": null,
        }))
    }

    fn answer(&self, response: Value) -> String {
        let id = text(&self.id());
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response }).to_string()
    }
}

fn text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// What the page tells the island to ask.
fn options(seen: &Seen) -> Value {
    let coded = seen.text.split("options=\"").nth(1).expect("an island").split('"').next().unwrap();
    serde_json::from_str(&coded.replace("&quot;", "\"").replace("&amp;", "&")).unwrap()
}

fn password(browser: &mut Browser) -> Seen {
    browser.get("/sign-in");
    browser.post("/sign-in", &[("login", "sato"), ("password", PASSWORD), ("next", "/me")]);
    browser.get("/sign-in/next")
}

fn prove(browser: &mut Browser, kind: &str, field: &str, answer: &str) -> Seen {
    browser.post("/sign-in/second", &[("kind", kind), (field, answer)])
}

/// 佐藤 has signed in by the app and added the device.
fn added(ward: &Ward, site: &Site, device: &mut Device) -> Browser {
    let app = Totp::from_bytes(*b"haruka-test-totp-key");
    let code = app.code(ward.ctx(Who::Nobody).now);
    {
        let person = ward.staff("sato", &["dentist"]);
        ward.given(move |tx, ctx| operator::set_demo_secrets(tx, ctx, person, PASSWORD, &app));
    };
    let mut browser = Browser::on(site, "192.0.2.7");
    password(&mut browser);
    assert_eq!(prove(&mut browser, "app", "code", &code).to, "/me");
    browser.get("/me");
    let page = browser.post("/me/passkeys/new", &[("name", "診察室のPC")]);
    let answer = device.create(&options(&page));
    assert_eq!(browser.post("/me/passkeys", &[("answer", &answer)]).to, "/me");
    assert!(browser.get("/me").text.contains("診察室のPC"));
    browser
}

#[test]
fn sato_comes_in_by_a_passkey() {
    let ward = ward();
    let (site, mut device) = (by_name(&ward), Device::new(1));
    let mut inside = added(&ward, &site, &mut device);
    let mut browser = Browser::on(&site, "192.0.2.7");
    let asked = options(&password(&mut browser));
    assert_eq!(asked["publicKey"]["rpId"], "localhost");
    assert_eq!(asked["publicKey"]["userVerification"], "required");
    let answer = device.get(&asked, ORIGIN);
    assert_eq!(prove(&mut browser, "passkey", "answer", &answer).to, "/me");
    assert!(browser.get("/me").text.contains("最後の利用"));

    // The same answer again, in another sign-in: its challenge is another.
    let mut stranger = Browser::on(&site, "198.51.100.1");
    password(&mut stranger);
    assert_eq!(prove(&mut stranger, "passkey", "answer", &answer).status, 422);

    // With a passkey the app may go, the passkey then stays.
    inside.get("/me");
    assert_eq!(inside.post("/me/app/remove", &[]).to, "/me");
    let page = inside.get("/me");
    assert!(!page.text.contains("/me/passkeys/remove"), "the last second factor stays");
}

#[test]
fn another_device_and_another_house_are_refused() {
    let ward = ward();
    let (site, mut device) = (by_name(&ward), Device::new(1));
    let mut inside = added(&ward, &site, &mut device);
    for wrong in ["device", "house", "nonsense", "none"] {
        let mut browser = Browser::on(&site, "192.0.2.7");
        let asked = options(&password(&mut browser));
        let answer = match wrong {
            "device" => Device::new(2).get(&asked, ORIGIN),
            "house" => device.get(&asked, "http://evil.example"),
            "nonsense" => "{\"id\":1}".to_owned(),
            _ => String::new(),
        };
        let seen = prove(&mut browser, "passkey", "answer", &answer);
        assert_eq!((seen.status, browser.is_signed_in()), (422, false), "{wrong}");
    }
    // An offer is good for one answer, and a device that serves an account already is not added twice.
    let page = inside.get("/me");
    assert_eq!(page.text.matches("/me/passkeys/remove").count(), 1);
    let page = inside.post("/me/passkeys/new", &[("name", "again")]);
    let answer = device.create(&options(&page));
    assert_eq!(inside.post("/me/passkeys", &[("answer", &answer)]).status, 422);
    let other = Device::new(3).create(&options(&page));
    assert_eq!(inside.post("/me/passkeys", &[("answer", &other)]).status, 422, "that offer is used up");

    let suzuki = ward.staff("suzuki", &["clerk"]);
    let mut hers = Browser::of_site(&site, &ward, Who::Staff(suzuki));
    let page = hers.post("/me/passkeys/new", &[("name", "mine?")]);
    let answer = device.create(&options(&page));
    assert_eq!(hers.post("/me/passkeys", &[("answer", &answer)]).status, 409, "one key, one person");
}

#[test]
fn a_form_that_waited_is_sent_after_a_passkey() {
    // CS-126: nothing typed is lost, whichever way the person comes back.
    let ward = ward();
    let (site, mut device) = (by_name(&ward), Device::new(1));
    let mut browser = added(&ward, &site, &mut device);
    ward.clock.pass_min(web::session::SESSION_HOURS_MAX * 60 + 1);
    let seen = browser.post("/me/app/remove", &[("_button", "認証アプリを外す")]);
    let again = seen.to.strip_prefix("/sign-in?next=").expect("led to the sign-in").to_owned();
    assert!(again.starts_with("/again/"), "{again}");
    browser.get(&seen.to);
    browser.post("/sign-in", &[("login", "sato"), ("password", PASSWORD), ("next", &again)]);
    let asked = options(&browser.get("/sign-in/next"));
    let answer = device.get(&asked, ORIGIN);
    assert_eq!(prove(&mut browser, "passkey", "answer", &answer).to, again);
    let page = browser.get(&again);
    assert!(page.text.contains("先ほどの「認証アプリを外す」は、まだ行われていません"), "{}", page.text);
    assert_eq!(browser.press(&page).to, "/me");
    assert!(!browser.get("/me").text.contains("/me/app/remove"), "done");
}
