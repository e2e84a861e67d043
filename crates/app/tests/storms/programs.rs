//! Strangers at the door of programs: a token counts with the certificate that it is bound to, and nowhere else. Spoken with
//! curl, `openssl s_client`, and dicomweb-client over requests.

use std::fs;
use std::process::{Command, Stdio};

use db::params;
use rcgen::{CertificateParams, DnType, KeyPair};

use crate::gateway::clinic::{CT, EXPLICIT, Running, image};
use crate::ledger::look;
use crate::server::Place;

/// A server with both doors.
/// A server with a door for programs beside the ordinary one.
pub(crate) struct Ward {
    pub(crate) place: Place,
    pub(crate) ordinary: u16,
    pub(crate) programs: u16,
}

/// The files of a certificate that its holder made, and of its key.
struct Paper {
    certificate: String,
    key: String,
}

impl Ward {
    pub(crate) fn new(name: &str) -> Self {
        let mut place = Place::with_people(name);
        let (ordinary, programs) = (testkit::port(), testkit::port());
        place.set("[programs]");
        place.set(&format!("listen = \"127.0.0.1:{programs}\""));
        Self { place, ordinary, programs }
    }

    pub(crate) fn start(&self) -> Running {
        let listen = format!("127.0.0.1:{}", self.ordinary);
        Running::start(&self.place, &["serve", "--listen", &listen, "--dicom", "off"], "haruka ready ")
    }

    fn text(&self, name: &str) -> String {
        self.place.home().join(name).to_str().unwrap().to_owned()
    }

    /// A certificate until the beginning of this year.
    fn paper(&self, name: &str, until_year: i32) -> Paper {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_after = rcgen::date_time_ymd(until_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let paper = Paper { certificate: self.text(&format!("{name}.pem")), key: self.text(&format!("{name}.key")) };
        fs::write(&paper.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&paper.key, key.serialize_pem()).unwrap();
        paper
    }

    /// A token that is bound to this certificate, if it is to be bound; otherwise what was said.
    fn token(&self, certificate: Option<&Paper>) -> Result<String, String> {
        let mut args = vec!["token", "--user", "sato", "--scope", "dicomweb.write", "dicomweb.read", "--label", "CT室"];
        if let Some(paper) = certificate {
            args.extend(["--certificate", &paper.certificate]);
        }
        let out = self.place.operate(&args);
        match out.status.success() {
            true => Ok(String::from_utf8(out.stdout).unwrap().trim().to_owned()),
            false => Err(String::from_utf8(out.stderr).unwrap()),
        }
    }

    fn authority(&self) -> String {
        self.text("data/tls/ca.pem")
    }

    /// What curl is answered at this door: the status (`000` without one) and what came.
    fn curl(&self, port: u16, paper: Option<&Paper>, token: Option<&str>) -> (String, String) {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--cacert", &self.authority(), "--write-out", "\n%{http_code}"]);
        if let Some(it) = paper {
            command.args(["--cert", &it.certificate, "--key", &it.key]);
        }
        if let Some(it) = token {
            command.args(["--header", &format!("Authorization: Bearer {it}")]);
        }
        let out = command.arg(format!("https://127.0.0.1:{port}/dicom-web/token")).output().expect("curl runs");
        let said = String::from_utf8(out.stdout).unwrap();
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.to_owned(), body.to_owned())
    }

    /// Refused uses of tokens that the facility's log knows.
    fn refused(&self) -> i64 {
        let sql =
            "SELECT count(*) FROM audit_entry WHERE facility_id = ?1 AND act = 'token.use' AND outcome = 'refused'";
        look(&self.place, move |tx| Ok(tx.value(sql, params![tx.facility()?])?.unwrap_or(0)))
    }
}

#[test]
fn a_bound_token_opens_the_programs_door_with_its_certificate_and_nothing_else() {
    // TR-12, CS-150
    let ward = Ward::new("programs");
    let (own, other, expired) = (ward.paper("own", 2090), ward.paper("other", 2090), ward.paper("expired", 2020));
    let (bound, free) = (ward.token(Some(&own)).unwrap(), ward.token(None).unwrap());
    let said = ward.token(Some(&expired)).unwrap_err();
    assert!(said.contains("has ended"), "{said}");
    let no_paper = Paper { certificate: own.key.clone(), key: own.key.clone() };
    assert!(ward.token(Some(&no_paper)).is_err(), "a key is no certificate");
    let server = ward.start();
    let (status, told) = ward.curl(ward.programs, Some(&own), Some(&bound));
    assert!(status == "200" && told.contains("\"bound\":true"), "{status} {told}");
    let (status, told) = ward.curl(ward.ordinary, None, Some(&free));
    assert!(status == "200" && told.contains("\"bound\":false"), "{status} {told}");
    for (port, paper, token, words) in [
        (ward.programs, Some(&other), Some(&bound), "bound to another certificate"),
        (ward.programs, Some(&expired), Some(&bound), "bound to another certificate"),
        (ward.programs, None, Some(&bound), "with its certificate only"),
        (ward.ordinary, Some(&own), Some(&bound), "with its certificate only"),
        (ward.ordinary, None, Some(&bound), "with its certificate only"),
        (ward.programs, Some(&own), Some(&free), "bound to no certificate"),
        (ward.programs, None, Some(&free), "bound to no certificate"),
        (ward.programs, Some(&own), None, "a bearer token is needed"),
        (ward.programs, None, None, "a bearer token is needed"),
    ] {
        let (status, told) = ward.curl(port, paper, token.map(String::as_str));
        assert!(status == "401" && told.contains(words), "{words}: {status} {told}");
    }
    // No page is to be had there.
    let mut page = Command::new("curl");
    page.args(["--silent", "--cacert", &ward.authority(), "--output", "/dev/null", "--write-out", "%{http_code}"]);
    let out = page.arg(format!("https://127.0.0.1:{}/sign-in", ward.programs)).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout), "404");
    drop(server);
    assert!(ward.refused() >= 2, "one for each token in a minute at least");
    let listed = ward.place.operate(&["token", "list", "--user", "sato", "--json"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.matches("\"refused_at\":\"20").count(), 2, "{listed}");
    let out = Command::new("openssl")
        .args(["x509", "-in", &own.certificate, "-noout", "-fingerprint", "-sha256"])
        .output()
        .expect("openssl runs");
    let print =
        String::from_utf8(out.stdout).unwrap().trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase();
    assert!(listed.contains(&format!("\"certificate\":\"{print}\"")), "{print}: {listed}");
    ward.place.verify();
}

#[test]
fn only_the_programs_door_asks_for_a_certificate() {
    // TR-12
    let ward = Ward::new("asks");
    let server = ward.start();
    for (port, asks) in [(ward.programs, true), (ward.ordinary, false)] {
        for version in ["-tls1_3", "-tls1_2"] {
            let out = Command::new("openssl")
                .args(["s_client", "-msg", version, "-CAfile", &ward.authority()])
                .args(["-connect", &format!("127.0.0.1:{port}")])
                .stdin(Stdio::null())
                .output()
                .expect("openssl runs");
            let said = String::from_utf8_lossy(&out.stdout);
            assert!(said.contains("Verify return code: 0 (ok)"), "{said}");
            assert_eq!(said.contains("CertificateRequest"), asks, "{port} {version}: {said}");
        }
        let old = Command::new("openssl")
            .args(["s_client", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-connect", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!old.status.success(), "nothing older");
    }
    drop(server);
}

#[test]
fn dicomweb_client_comes_with_a_certificate() {
    // TR-12, TR-21
    let ward = Ward::new("client");
    let (own, other) = (ward.paper("own", 2090), ward.paper("other", 2090));
    let bound = ward.token(Some(&own)).unwrap();
    let header = imaging::dataset::file_header(CT, "1.2.392.999.1.1.1", EXPLICIT);
    fs::write(ward.text("slice.dcm"), [header, image(1, 1)].concat()).unwrap();
    let server = ward.start();
    let python = std::env::var("HARUKA_TEST_PYTHON").expect("HARUKA_TEST_PYTHON: run the tests through `make test`");
    let speak = |paper: &Paper| {
        let out = Command::new(&python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/storms/programs.py"))
            .args([&ward.programs.to_string(), &paper.certificate, &paper.key, &ward.authority(), &bound])
            .arg(ward.text("slice.dcm"))
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    assert_eq!(speak(&own).trim(), "stored 1\nfound 1\nfetched 1.2.392.999.1.1.1 TANAKA^SACHIKO");
    assert_eq!(speak(&other).trim(), "refused 401 this token is bound to another certificate");
    drop(server);
    ward.place.verify();
}
