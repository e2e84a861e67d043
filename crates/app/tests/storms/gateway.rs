//! Bad days between a clinic and its server: both killed, the line away, bytes changed on their way, a server that lies, a
//! wrong certificate, a full disk. What a device heard success for arrives, byte for byte; what does not arrive is named.

pub(crate) mod clinic;
mod line;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::{Chance, limits};

use crate::browser::between;
use crate::disk::Disk;
use crate::ledger::look;
use clinic::Clinic;
use line::{Liar, Line};

/// Kills in an ordinary run; `cargo xtask storm COUNT` asks for more.
const KILLS: usize = 10;
/// Images of each study.
const IMAGES: usize = 12;

fn kills() -> usize {
    std::env::var("HARUKA_STORM_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(KILLS)
}

#[test]
fn whatever_a_device_heard_success_for_arrives_though_both_ends_are_killed() {
    // TR-20, TR-12
    let seed = std::env::var("HARUKA_STORM_SEED").ok().and_then(|it| it.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from_be_bytes(Chance::system().bytes()));
    println!("HARUKA_STORM_SEED={seed}");
    let chance = Chance::seeded(seed);
    let mut clinic = Clinic::new("kills");
    let (mut server, mut gateway) = (Some(clinic.start_server()), Some(clinic.start_gateway()));
    clinic.register("CBCT1", None);
    let mut first = Vec::new();
    for round in 0..kills() {
        let [which, after, pause] = chance.bytes::<3>();
        // Every third time the server, which knows of nothing; otherwise the gateway, of whose success somebody has heard.
        let at_server = which % 3 == 0;
        let new = clinic.images(round + 1, IMAGES);
        let (stops, heard) = (usize::from(after) % IMAGES, Arc::new(AtomicUsize::new(0)));
        let victim = if at_server { server.take() } else { gateway.take() };
        let killer = {
            let heard = heard.clone();
            std::thread::spawn(move || {
                while heard.load(Ordering::Relaxed) < stops {
                    std::thread::yield_now();
                }
                std::thread::sleep(std::time::Duration::from_micros(u64::from(pause) * 200));
                if let Some(it) = victim {
                    it.kill();
                }
            })
        };
        let acknowledged = clinic.send(&new, |_| {
            heard.fetch_add(1, Ordering::Relaxed);
        });
        heard.store(IMAGES, Ordering::Relaxed);
        killer.join().unwrap();
        server = server.or_else(|| Some(clinic.start_server()));
        gateway = gateway.or_else(|| Some(clinic.start_gateway()));
        // What was acknowledged is in the gateway's hands or at the server already, whatever was killed.
        let state = clinic.state();
        let known = state["waiting"].as_u64().unwrap() + state["delivered"].as_u64().unwrap();
        assert!(known >= acknowledged.len() as u64, "round {round}: {state}");
        // A device that broke off sends everything again: duplicates harm nobody.
        assert_eq!(clinic.send(&new, |_| ()).len(), IMAGES, "round {round}: {}", clinic.gateway.said());
        if first.is_empty() {
            first = new;
        } else {
            new.iter().for_each(|it| std::fs::remove_file(it).unwrap());
        }
        if (round + 1) % 50 == 0 {
            println!("{} kills, {state}", round + 1);
        }
    }
    clinic.settled();
    assert_eq!(clinic.send(&first, |_| ()).len(), IMAGES, "once more, after all has arrived");
    clinic.settled();
    drop((server, gateway));
    clinic.all_arrived();
    clinic.verify();
}

#[test]
fn without_a_network_images_wait_and_a_device_is_told_only_what_has_arrived() {
    // TR-20
    let mut clinic = Clinic::new("away");
    let gateway = clinic.start_gateway();
    let port = testkit::port();
    clinic.register("CBCT1", None);
    clinic.register("LISTENS", Some(port));
    let files = clinic.images(1, 3);
    assert_eq!(clinic.send(&files, |_| ()).len(), 3);
    let state = clinic.until("the line is away", |it| it["last_error"]["key"] == "away");
    assert_eq!((&state["waiting"], &state["needs_somebody"]), (&3.into(), &false.into()), "{state}");
    // A device without an address is told to ask again; one with an address hears nothing yet.
    assert_eq!(device(&clinic, "CBCT1", &["ask"]), "status 0213");
    assert_eq!(device(&clinic, "LISTENS", &["ask", "2.25.77"]), "status 0000");
    // The question outlives a power cut.
    gateway.kill();
    let gateway = clinic.start_gateway();
    let hears = clinic_hears(&clinic, port);
    let server = clinic.start_server();
    clinic.settled();
    let report = hears.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&report.stdout).trim(), "report 2.25.77 kept 3 failed 1");
    assert_eq!(device(&clinic, "CBCT1", &["ask"]), "status 0000\nreport kept 3 failed 1");
    drop((server, gateway));
    clinic.all_arrived();
    clinic.verify();
}

/// pynetdicom asks whether the first study, and an instance that was never sent, are safe.
fn device(clinic: &Clinic, title: &str, what: &[&str]) -> String {
    let out = python(clinic, title, what).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

/// It listens for a report.
fn clinic_hears(clinic: &Clinic, port: u16) -> std::process::Child {
    python(clinic, "LISTENS", &["hear", &port.to_string()]).stdout(std::process::Stdio::piped()).spawn().unwrap()
}

fn python(clinic: &Clinic, title: &str, what: &[&str]) -> Command {
    let python = std::env::var("HARUKA_TEST_PYTHON").expect("HARUKA_TEST_PYTHON: run the tests through `make test`");
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/storms/gateway/device.py"));
    command.args([&clinic.dicom().to_string(), title]).args(what);
    command
}

#[test]
fn a_byte_that_is_changed_on_its_way_is_found_and_the_image_sent_again() {
    // TR-12
    let (https, http, port) = (testkit::port(), testkit::port(), testkit::port());
    let mut clinic = Clinic::with("flip", https, &format!("http://127.0.0.1:{port}"));
    Line::open(port, http, 300_000);
    let (server, gateway) = (clinic.start_server_at(http), clinic.start_gateway());
    clinic.register("CBCT1", None);
    let files = clinic.images(1, 6);
    assert_eq!(clinic.send(&files, |_| ()).len(), 6);
    clinic.until("all delivered", |it| it["waiting"] == 0 && it["delivered"] == 6);
    clinic.settled();
    drop((server, gateway));
    clinic.all_arrived();
    // The server has named it in its log.
    let changed: Option<i64> = look(&clinic.server, |tx| {
        let sql =
            "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = 'image.receive' AND outcome = 'refused'";
        tx.value(sql, db::params![tx.facility()?])
    });
    assert_eq!(changed, Some(1));
    clinic.verify();
}

#[test]
fn a_server_that_shows_another_digest_is_found_named_and_asked_again_when_somebody_says_so() {
    // TR-12, TR-20
    let (https, port) = (testkit::port(), testkit::port());
    let mut clinic = Clinic::with("liar", https, &format!("http://127.0.0.1:{port}"));
    let files = clinic.images(1, 2);
    let wrong = "1.2.392.999.1.1.2";
    let liar = Liar::open(port, &clinic.sent, wrong);
    let gateway = clinic.start_gateway();
    clinic.register("CBCT1", None);
    assert_eq!(clinic.send(&files, |_| ()).len(), 2);
    let state = clinic.until("one is refused", |it| it["refused_count"] == 1 && it["delivered"] == 1);
    let refused = &state["refused"][0];
    assert_eq!((&refused["instance"], &refused["outcome"]), (&wrong.into(), &"differs".into()), "{state}");
    assert_eq!(state["needs_somebody"], true);
    assert!(clinic.gateway.said().contains("ALARM: an image does not arrive"), "{}", clinic.gateway.said());
    let asked = clinic.gateway.operate(&["gateway", "state", "--json"]);
    assert!(!asked.status.success(), "somebody has to look");
    let told: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!((&told["refused"], &told["running"]), (&state["refused"], &true.into()));
    assert_eq!(device(&clinic, "CBCT1", &["ask"]), "status 0000\nreport kept 1 failed 3", "never committed to");
    // The liar is gone, and somebody says: once more.
    liar.close();
    let page = clinic.page("/");
    let token = between(&page, "name=\"token\" value=\"", "\"").expect("a button");
    assert_eq!(clinic.press_retry("another"), 403, "no other page can press the button");
    assert_eq!(clinic.press_retry(&token), 303);
    clinic.until("it waits again", |it| it["waiting"] == 1 && it["refused_count"] == 0);
    drop(gateway);
    clinic.verify_gateway();
}

#[test]
fn nothing_is_sent_to_whom_the_authority_does_not_know() {
    // TR-12
    let mut clinic = Clinic::new("stranger");
    // The server gets another authority than the one that the gateway was given.
    let given = clinic.given_authority();
    std::fs::remove_dir_all(clinic.server.data().join("tls")).unwrap();
    let server = clinic.start_server();
    let gateway = clinic.start_gateway();
    clinic.register("CBCT1", None);
    let files = clinic.images(1, 2);
    assert_eq!(clinic.send(&files, |_| ()).len(), 2);
    let state = clinic.until("not believed", |it| it["last_error"]["key"] == "certificate");
    assert_eq!((&state["waiting"], &state["needs_somebody"]), (&2.into(), &true.into()), "{state}");
    gateway.kill();
    std::fs::copy(clinic.server.data().join("tls/ca.pem"), given).unwrap();
    let gateway = clinic.start_gateway();
    clinic.settled();
    drop((server, gateway));
    clinic.all_arrived();
}

#[test]
fn a_token_that_has_ended_is_told_as_such() {
    // TR-20
    let mut clinic = Clinic::new("denied");
    let (server, gateway) = (clinic.start_server(), clinic.start_gateway());
    clinic.register("CBCT1", None);
    let listed = clinic.server.operate(&["token", "list", "--user", "sato", "--json"]);
    let listed: serde_json::Value =
        serde_json::from_slice(listed.stdout.split(|it| *it == b'\n').next().unwrap()).unwrap();
    let ended = clinic.server.operate(&["token", "revoke", "--id", listed["id"].as_str().unwrap()]);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let files = clinic.images(1, 1);
    assert_eq!(clinic.send(&files, |_| ()).len(), 1, "taken all the same");
    let state = clinic.until("denied", |it| it["last_error"]["key"] == "denied");
    assert_eq!((&state["waiting"], &state["needs_somebody"]), (&1.into(), &true.into()), "{state}");
    drop((server, gateway));
}

#[test]
fn a_gateway_is_known_by_its_certificate_and_says_so_when_it_is_not() {
    // TR-12, TR-20
    let mut clinic = Clinic::proven("proven");
    let (server, gateway) = (clinic.start_server(), clinic.start_gateway());
    clinic.register("CBCT1", None);
    let state = clinic.until("let in before there is anything to send", |it| !it["welcomed_at"].is_null());
    assert_eq!((&state["needs_somebody"], &state["ends_soon"]), (&false.into(), &serde_json::Value::Null), "{state}");
    assert!(clinic.page("/").contains(state["certificate"]["sha256"].as_str().unwrap()));
    let files = clinic.images(1, 3);
    assert_eq!(clinic.send(&files, |_| ()).len(), 3);
    clinic.settled();
    // A new certificate counts from the next start; what runs goes on with what it has.
    clinic.certificate(&["--renew"]);
    let files = clinic.images(2, 2);
    assert_eq!(clinic.send(&files, |_| ()).len(), 2);
    clinic.settled();
    gateway.kill();
    let gateway = clinic.start_gateway();
    let state = clinic.until("not known", |it| it["last_error"]["key"] == "unbound");
    assert_eq!((&state["waiting"], &state["needs_somebody"]), (&0.into(), &true.into()), "{state}");
    assert!(state["last_error"]["detail"].as_str().unwrap().contains("another certificate"), "{state}");
    assert!(clinic.page("/").contains("このゲートウェイの証明書を受け付けません"));
    let told = clinic.gateway.operate(&["gateway", "state"]);
    assert!(!told.status.success() && String::from_utf8_lossy(&told.stdout).contains("does not take this gateway"));
    let files = clinic.images(3, 2);
    assert_eq!(clinic.send(&files, |_| ()).len(), 2, "taken all the same");
    gateway.kill();
    // The operator binds another token to the new certificate; it is a short one.
    clinic.bind(&["--days", "20"]);
    let gateway = clinic.start_gateway();
    clinic.settled();
    let state = clinic.until("told before it ends", |it| it["ends_soon"] == "token");
    assert_eq!(state["needs_somebody"], true, "{state}");
    assert!(clinic.page("/").contains("このゲートウェイのトークンの期限は"));
    drop((server, gateway));
    clinic.all_arrived();
    let refused: Option<i64> = look(&clinic.server, |tx| {
        let sql =
            "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = 'token.use' AND outcome = 'refused'";
        tx.value(sql, db::params![tx.facility()?])
    });
    assert!(refused.is_some_and(|it| it > 0), "the server has it on record");
    clinic.verify();
}

#[test]
fn a_full_disk_takes_no_image_and_loses_none() {
    // TR-20
    let mut clinic = Clinic::new("full");
    let disk = Disk::mount(&clinic.gateway);
    let gateway = clinic.start_gateway();
    clinic.register("CBCT1", None);
    let (first, second) = (clinic.images(1, 2), clinic.images(2, 2));
    assert_eq!(clinic.send(&first, |_| ()).len(), 2);
    disk.leave(limits::DISK_RESERVE_BYTES / 2);
    assert_eq!(clinic.send(&second, |_| ()).len(), 0, "refused, so the device keeps them");
    assert_eq!(clinic.until("nearly full", |it| it["disk"] == "nearly full")["needs_somebody"], true);
    // What was taken goes out all the same, and then makes room.
    let server = clinic.start_server();
    clinic.until("the first study has arrived", |it| it["delivered"] == 2 && it["waiting"] == 0);
    disk.clear();
    assert_eq!(clinic.send(&second, |_| ()).len(), 2);
    clinic.settled();
    drop((server, gateway));
    clinic.all_arrived();
    clinic.verify();
}

#[test]
fn the_page_says_in_words_whether_images_arrive() {
    // TR-20
    let mut clinic = Clinic::new("page");
    let gateway = clinic.start_gateway();
    clinic.register("CBCT1", None);
    clinic.until("away, before there is anything to send", |it| it["last_error"]["key"] == "away");
    let files = clinic.images(1, 1);
    clinic.send(&files, |_| ());
    clinic.until("waiting", |it| it["waiting"] == 1 && it["last_error"]["key"] == "away");
    let page = clinic.page("/");
    assert!(page.contains("サーバーにつながりません") && page.contains("このパソコンに残してあります"), "{page}");
    assert!(!page.contains("TANAKA"), "whoever passes by reads it");
    assert_eq!(clinic.page_as("gateway.example.jp"), 421, "only under this computer's own names");
    let server = clinic.start_server();
    clinic.settled();
    assert!(clinic.page("/").contains("すべてサーバーに届いています"));
    drop((server, gateway));
}
