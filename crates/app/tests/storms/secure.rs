//! Strangers at the door of DICOM: inside TLS a device is who holds its certificate, whatever it calls itself. Spoken with
//! DCMTK (TLS 1.2, each of its profiles of BCP 195) and pynetdicom (TLS 1.3).

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use db::params;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};

use crate::gateway::clinic::{CT, EXPLICIT, Running, image};
use crate::ledger::look;
use crate::server::Place;

/// A server, and what lies beside it.
struct Ward {
    place: Place,
    plain: u16,
    protected: u16,
}

/// A certificate that its holder made for itself, and its key.
struct Paper {
    certificate: String,
    key: String,
}

impl Ward {
    fn new(name: &str, settings: &[&str]) -> Self {
        let mut place = Place::with_people(name);
        let (plain, protected) = (testkit::port(), testkit::port());
        place.set(&format!("dicom = \"127.0.0.1:{plain}\""));
        place.set("[dicom_tls]");
        place.set(&format!("listen = \"127.0.0.1:{protected}\""));
        settings.iter().for_each(|it| place.set(it));
        Self { place, plain, protected }
    }

    fn start(&self) -> Running {
        Running::start(&self.place, &["serve", "--listen", "127.0.0.1:0"], "haruka ready ")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.home().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }

    fn paper(&self, name: &str) -> Paper {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        // Devices have RSA, mostly.
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(self.file(&format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.file(&format!("{name}.der")), certificate.der()).unwrap();
        fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
        Paper { certificate: self.text(&format!("{name}.pem")), key: self.text(&format!("{name}.key")) }
    }

    /// Registers a station; its id.
    fn register(&self, args: &[&str]) -> String {
        let out = self.place.operate(&[&["station", "add", "--facility", "aoba", "--name", "CT室"], args].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// A slice as a file.
    fn slice(&self, number: usize) -> String {
        let header = imaging::dataset::file_header(CT, &format!("1.2.392.999.1.1.{number}"), EXPLICIT);
        fs::write(self.file("slice.dcm"), [header, image(1, number)].concat()).unwrap();
        self.text("slice.dcm")
    }

    /// One of DCMTK's programs, at this port: whether it was content, and what it said.
    fn run(&self, program: &str, port: u16, args: &[&str], rest: &[&str]) -> (bool, String) {
        let out = Command::new(program)
            .args(["-v", "-aec", "HARUKA"])
            .args(args)
            .args(["127.0.0.1", &port.to_string()])
            .args(rest)
            .output()
            .expect("DCMTK runs; `make test` installs it");
        (out.status.success(), String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
    }

    /// An echo inside TLS by this certificate, under this title.
    fn echo(&self, title: &str, paper: &Paper, profile: &str) -> (bool, String) {
        let authority = self.text("data/tls/ca.pem");
        let args = ["-aet", title, "+tls", &paper.key, &paper.certificate, "+cf", &authority, profile];
        self.run("echoscu", self.protected, &args, &[])
    }

    /// How many images are here once the server is gone.
    fn count(&self) -> i64 {
        let sql = "SELECT count(*) FROM instance WHERE facility_id = ?1 AND uid LIKE '1.2.392.999.%'";
        look(&self.place, move |tx| Ok(tx.value(sql, params![tx.facility()?])?.unwrap_or(0)))
    }
}

#[test]
fn a_device_is_who_holds_its_certificate() {
    // TR-20, TR-12
    let ward = Ward::new("secure", &[]);
    let (own, strange) = (ward.paper("cbct1"), ward.paper("strange"));
    let id = ward.register(&["--title", "CBCT1", "--certificate", &ward.text("cbct1.der")]);
    ward.register(&["--title", "OPEN"]);
    let server = ward.start();
    // Non-downgrading, with a way down that is not offered here, and extended.
    for profile in ["+py", "+px", "+pz"] {
        let (good, said) = ward.echo("CBCT1", &own, profile);
        assert!(good, "{profile}: {said}");
    }
    let refused = "Calling AE Title Not Recognized";
    for (title, paper) in [("CBCT1", &strange), ("OPEN", &strange), ("OPEN", &own)] {
        let (good, said) = ward.echo(title, paper, "+py");
        assert!(!good && said.contains(refused), "{title}: {said}");
    }
    let (good, said) = ward.echo("CBCT1", &own, "+pn");
    assert!(!good && said.contains("handshake failure"), "authenticated and not encrypted: {said}");
    let authority = ward.text("data/tls/ca.pem");
    for title in ["CBCT1", "OPEN"] {
        let (good, said) = ward.run("echoscu", ward.protected, &["-aet", title, "+tla", "+cf", &authority], &[]);
        assert!(!good && !said.contains(refused), "no certificate, so nobody asks for a title: {said}");
    }
    let (good, said) = ward.run("echoscu", ward.protected, &["-aet", "OPEN"], &[]);
    assert!(!good, "no TLS: {said}");
    // By its name alone nobody is what has a certificate.
    let (good, said) = ward.run("echoscu", ward.plain, &["-aet", "CBCT1"], &[]);
    assert!(!good && said.contains(refused), "{said}");
    let (good, said) = ward.run("echoscu", ward.plain, &["-aet", "OPEN"], &[]);
    assert!(good, "{said}");

    let tls = ["-aet", "CBCT1", "+tls", &own.key, &own.certificate, "+cf", &authority];
    let (good, said) = ward.run("storescu", ward.protected, &tls, &[&ward.slice(1)]);
    assert!(good, "{said}");
    let asked = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.392.999.1"];
    let (good, said) = ward.run("findscu", ward.protected, &[&tls[..], &asked].concat(), &[]);
    assert!(good && said.matches("Find Response: ").count() == 1, "{said}");
    let (good, said) = ward.run("storescu", ward.plain, &["-aet", "CBCT1"], &[&ward.slice(2)]);
    assert!(!good, "{said}");
    let ended = ward.place.operate(&["station", "end", "--facility", "aoba", "--id", &id]);
    assert!(ended.status.success());
    let (good, said) = ward.echo("CBCT1", &own, "+py");
    assert!(!good && said.contains(refused), "an ended registration ends its certificate: {said}");
    drop(server);
    assert_eq!(ward.count(), 1);
    ward.place.verify();
}

#[test]
fn certificates_that_are_asked_for_and_not_demanded_bind_those_who_have_one() {
    // TR-20
    let ward = Ward::new("asked", &["demand = false"]);
    let own = ward.paper("cbct1");
    ward.register(&["--title", "CBCT1", "--certificate", &own.certificate]);
    ward.register(&["--title", "OPEN"]);
    let server = ward.start();
    let authority = ward.text("data/tls/ca.pem");
    let anonymous = |title| ward.run("echoscu", ward.protected, &["-aet", title, "+tla", "+cf", &authority], &[]);
    let (good, said) = anonymous("OPEN");
    assert!(good, "{said}");
    let (good, said) = anonymous("CBCT1");
    assert!(!good && said.contains("Calling AE Title Not Recognized"), "{said}");
    let (good, said) = ward.echo("CBCT1", &own, "+py");
    assert!(good, "{said}");
    drop(server);
}

/// storescp inside TLS, ended with the test.
struct Archive(Child);

impl Archive {
    fn start(port: u16, ward: &Ward, paper: &Paper, folder: &str) -> Self {
        fs::create_dir_all(ward.file(folder)).unwrap();
        let child = Command::new("storescp")
            .args(["+tls", &paper.key, &paper.certificate, "+cf", &ward.text("data/tls/ca.pem"), "-rc"])
            .args(["-od", &ward.text(folder), &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("storescp runs");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Self(child)
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_is_sent_to_a_station_with_a_certificate_goes_to_who_holds_it() {
    // TR-12
    let ward = Ward::new("reach", &[]);
    let (own, right, wrong) = (ward.paper("cbct1"), ward.paper("archive"), ward.paper("wrong"));
    let (right_port, wrong_port) = (testkit::port(), testkit::port());
    ward.register(&["--title", "CBCT1", "--certificate", &own.certificate]);
    ward.register(&["--title", "PACS"]);
    for (title, port) in [("RIGHT", right_port), ("WRONG", wrong_port)] {
        let port = port.to_string();
        ward.register(&["--title", title, "--certificate", &right.certificate, "--host", "127.0.0.1", "--port", &port]);
    }
    let server = ward.start();
    let _archives =
        [Archive::start(right_port, &ward, &right, "right"), Archive::start(wrong_port, &ward, &wrong, "wrong")];
    let authority = ward.text("data/tls/ca.pem");
    let tls = ["-aet", "CBCT1", "+tls", &own.key, &own.certificate, "+cf", &authority];
    let (good, said) = ward.run("storescu", ward.protected, &tls, &[&ward.slice(1)]);
    assert!(good, "{said}");
    let send = |title: &str| {
        let asked = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.392.999.1"];
        ward.run("movescu", ward.plain, &[&["-aet", "PACS", "-S", "-aem", title][..], &asked].concat(), &[])
    };
    let (good, said) = send("RIGHT");
    assert!(good && said.contains("Success"), "{said}");
    let (_, said) = send("WRONG");
    assert!(!said.contains("Success"), "{said}");
    let received = |folder: &str| fs::read_dir(ward.file(folder)).unwrap().count();
    assert_eq!((received("right"), received("wrong")), (1, 0));
    drop(server);
}

#[test]
fn pynetdicom_speaks_tls_and_may_change_its_mind() {
    // TR-20, TR-26
    let ward = Ward::new("python", &[]);
    let own = ward.paper("cbct1");
    ward.register(&["--title", "CBCT1", "--certificate", &own.certificate]);
    let server = ward.start();
    let python = std::env::var("HARUKA_TEST_PYTHON").expect("HARUKA_TEST_PYTHON: run the tests through `make test`");
    let out = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/storms/secure.py"))
        .args([&ward.protected.to_string(), &own.certificate, &own.key, &ward.text("data/tls/ca.pem")])
        .args([ward.slice(1)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(
        said.trim(),
        "TLSv1.3\necho 0000\nstore 0000\nfind ff00 0000",
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    drop(server);
    assert_eq!(ward.count(), 1);
}
