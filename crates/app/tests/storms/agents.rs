//! The agent on a device, the real program against the real server over TLS: enrolled, heard, renewed, killed, revoked; and a thief
//! with a part of its papers.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use db::params;
use serde_json::Value;

use crate::ledger::look;
use crate::programs::Ward;

impl Ward {
    fn operate(&self, args: &[&str]) -> String {
        let out = self.place.operate(args);
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    fn device(&self, name: &str) -> String {
        self.operate(&["device", "add", "--facility", "aoba", "--name", name, "--owner", "青葉", "--at", "受付"])
    }

    fn code(&self, id: &str) -> String {
        self.operate(&["device", "code", "--facility", "aoba", "--id", id])
    }

    fn home(&self, device: &str) -> PathBuf {
        self.place.home().join(device)
    }

    /// A command on a device.
    fn on(&self, device: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haruka"));
        command.arg("agent").args(args);
        if args != ["export"] {
            command.arg("--data").arg(self.home(device));
        }
        command.output().unwrap()
    }

    fn enrol(&self, device: &str, code: &str) -> Output {
        self.enrol_at(device, code, self.programs)
    }

    fn enrol_at(&self, device: &str, code: &str, port: u16) -> Output {
        let server = format!("https://127.0.0.1:{port}");
        let authority = self.place.data().join("tls/ca.pem");
        let authority = authority.to_str().unwrap();
        self.on(device, &["enroll", "--server", &server, "--authority", authority, "--code", code, "--json"])
    }

    /// Moves the dates of certificates and reports back by so many days.
    fn age(&self, days: i64) {
        let us = days * 24 * 60 * 60 * 1_000_000;
        look(&self.place, move |tx| {
            tx.exec(
                "UPDATE device_certificate SET made_at = made_at - ?2, begins_at = begins_at - ?2, ends_at = ends_at - ?2
                 WHERE facility_id = ?1",
                params![tx.facility()?, us],
            )?;
            tx.exec(
                "UPDATE device_report SET first_at = first_at - ?2, last_at = last_at - ?2 WHERE facility_id = ?1",
                params![tx.facility()?, us],
            )
        });
    }
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn json(out: &Output) -> Value {
    assert_eq!(out.status.code(), Some(0), "{}", said(out));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn fails(out: &Output, with: &str) {
    assert!(out.status.code() == Some(1) && said(out).contains(with), "{with}: {:?} {}", out.status, said(out));
}

#[test]
fn a_device_is_enrolled_heard_renewed_and_revoked() {
    // CS-150, DL-12, DL-14
    let ward = Ward::new("agent");
    let id = ward.device("受付のパソコン");
    let code = ward.code(&id);
    fails(&ward.on("front", &["run", "--once"]), "not enrolled");
    fails(&ward.enrol("front", &code), "away");
    let key = fs::read_to_string(ward.home("front").join("device-1.key")).unwrap();
    let server = ward.start();
    fails(&ward.enrol("front", "0000-0000-0000-0000"), "code: ");
    fails(&ward.enrol_at("front", &code, ward.ordinary), "door: ");
    let stranger = ["enroll", "--server", &format!("https://127.0.0.1:{}", ward.programs), "--code", &code];
    fails(&ward.on("front", &stranger), "certificate: ");
    let told = json(&ward.enrol("front", &code));
    assert_eq!(told["fingerprint"].as_str().unwrap().len(), 64, "{told}");
    let file = |name: &str| ward.home("front").join(name);
    assert_eq!(fs::read_to_string(file("device-1.key")).unwrap(), key, "the key of the first try");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(file("device-1.key")).unwrap().permissions().mode() & 0o077, 0);
    // openssl agrees about what was made.
    let checked = Command::new("openssl")
        .args(["verify", "-purpose", "sslclient", "-CAfile"])
        .arg(ward.place.data().join("tls/ca.pem"))
        .arg(file("device-1.pem"))
        .output()
        .expect("openssl runs");
    assert!(checked.status.success(), "{}", said(&checked));

    let told = json(&ward.on("front", &["run", "--once", "--json"]));
    assert_eq!((&told["device"], &told["renew"]), (&"受付のパソコン".into(), &false.into()));
    let listed: Value =
        serde_json::from_str(&ward.operate(&["device", "list", "--facility", "aoba", "--json"])).unwrap();
    assert!(listed["heard_at"].is_string(), "{listed}");
    let exported: Value = serde_json::from_slice(&ward.on("front", &["export"]).stdout).unwrap();
    assert!(!exported["content"]["operatingsystem"]["name"].as_str().unwrap().is_empty(), "{exported}");
    drop(server);

    // In the last month it renews by itself; what a killed renewal has left behind is used.
    ward.age(70);
    let server = ward.start();
    fs::write(file("device-2.pem.aside"), "half").unwrap();
    assert_eq!(json(&ward.on("front", &["run", "--once", "--json"]))["renew"], true);
    assert!(file("device-2.pem").exists() && file("device-1.key").exists(), "the old one until the new one is heard");
    drop(server);
    ward.age(80);
    // Over by its dates: the new one, within its days of grace after another month.
    ward.age(25);
    let server = ward.start();
    json(&ward.on("front", &["run", "--once", "--json"]));
    assert!(!file("device-1.key").exists() && !file("device-2.key").exists() && file("device-3.pem").exists());

    // Another device's certificate is that device; a certificate without its key, and a key without its certificate, are none.
    let other = ward.device("診療室のパソコン");
    json(&ward.enrol("room", &ward.code(&other)));
    assert_eq!(json(&ward.on("room", &["run", "--once", "--json"]))["device"], "診療室のパソコン");
    fs::create_dir_all(ward.home("thief")).unwrap();
    for kind in ["pem", "json"] {
        fs::copy(file(&format!("device-3.{kind}")), ward.home("thief").join(format!("device-1.{kind}"))).unwrap();
    }
    fails(&ward.on("thief", &["run", "--once"]), "device-1.key");
    fs::copy(ward.home("room").join("device-1.key"), ward.home("thief").join("device-1.key")).unwrap();
    fails(&ward.on("thief", &["run", "--once"]), "device-1.pem");

    // A browser's certificate, made once.
    let out = ward.home("front").join("browser.pem");
    let made = json(&ward.on("front", &["browser", "--json", "--out", out.to_str().unwrap()]));
    assert_eq!(made["fingerprint"].as_str().unwrap().len(), 64);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o077, 0);
    fails(&ward.on("front", &["browser", "--out", out.to_str().unwrap()]), "there is such a file");

    // One act, and the very next request is refused.
    ward.operate(&["device", "end", "--facility", "aoba", "--id", &id]);
    fails(&ward.on("front", &["run", "--once"]), "ended: ");
    fails(&ward.on("front", &["run"]), "ended: ");
    // Another device is known still; told again within seconds, it is told so.
    let room = ward.on("room", &["run", "--once"]);
    assert!(room.status.success() || said(&room).contains("often: "), "{}", said(&room));
    drop(server);
    fails(&ward.on("room", &["run", "--once"]), "away");
    let sql = "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = 'device.show' AND outcome = 'refused'";
    let refused: i64 = look(&ward.place, move |tx| Ok(tx.value(sql, params![tx.facility()?])?.unwrap_or(0)));
    assert!(refused >= 1, "the refusal is on record");
    ward.place.verify();
}

/// What openssl hears in the handshake, asking for this host.
fn hears(ward: &Ward, host: &str, with: &[&str]) -> String {
    let out = Command::new("openssl")
        .args(["s_client", "-msg", "-servername", host, "-CAfile"])
        .arg(ward.place.data().join("tls/ca.pem"))
        .args(["-connect", &format!("127.0.0.1:{}", ward.ordinary)])
        .args(with)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("openssl runs");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn only_the_staffs_host_name_asks_for_a_certificate() {
    // CS-150
    let mut ward = Ward::new("staff-host");
    ward.place.set_first("staff_host = \"staff.example.test\"");
    let server = ward.start();
    for (host, asks) in [("staff.example.test", true), ("STAFF.example.test", true), ("localhost", false)] {
        for version in ["-tls1_3", "-tls1_2"] {
            let said = hears(&ward, host, &[version, "-verify_hostname", &host.to_lowercase()]);
            assert!(said.contains("Verify return code: 0 (ok)"), "{host}: {said}");
            assert_eq!(said.contains("CertificateRequest"), asks, "{host} {version}: {said}");
        }
    }
    // Without a certificate the page is there all the same, and a header is no handshake.
    let page = Command::new("curl")
        .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--cacert"])
        .arg(ward.place.data().join("tls/ca.pem"))
        .args(["--resolve", &format!("staff.example.test:{}:127.0.0.1", ward.ordinary)])
        .arg(format!("https://staff.example.test:{}/sign-in", ward.ordinary))
        .output()
        .expect("curl runs");
    assert_eq!(String::from_utf8_lossy(&page.stdout), "200");
    drop(server);
}
