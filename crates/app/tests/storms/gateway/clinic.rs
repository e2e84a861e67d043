//! A clinic with its gateway, the server's house far away, and a device that sends by DCMTK.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use blobs::{BlobId, Blobs, Stored};
use db::params;
use serde_json::Value;

use crate::browser::{Browser, Request};
use crate::ledger::look;
use crate::server::Place;

/// Tries of a tenth of a second until something must have come: far beyond any, so that what never comes fails the test.
const TRIES: usize = 1200;

/// A process of `haruka`, killed with the test.
pub(crate) struct Running(Child);

impl Running {
    /// Waits for the line that begins so.
    pub(crate) fn start(place: &Place, args: &[&str], ready: &str) -> Self {
        let log = File::options().create(true).append(true).open(place.home().join("log")).unwrap();
        let mut child = place.command(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if line.unwrap_or_default().starts_with(ready) {
                return Self(child);
            }
        }
        panic!("{args:?} does not start: {} {}", child.wait().unwrap(), place.said());
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Both houses.
pub(crate) struct Clinic {
    pub(crate) server: Place,
    pub(crate) gateway: Place,
    /// Of the server's HTTPS.
    pub(crate) https: u16,
    dicom: u16,
    page: u16,
    /// What was sent: study and number by SOP Instance UID. Its bytes are made again when they are wanted.
    pub(crate) sent: BTreeMap<String, (usize, usize)>,
}

impl Clinic {
    /// A server with people, and a gateway that has its token and knows its authority.
    pub(crate) fn new(name: &str) -> Self {
        let https = testkit::port();
        Self::with(name, https, &format!("https://127.0.0.1:{https}"))
    }

    /// The same, whose gateway reaches the server at `url`.
    pub(crate) fn with(name: &str, https: u16, url: &str) -> Self {
        let (server, mut gateway) =
            (Place::with_people(&format!("{name}-server")), Place::empty(&format!("{name}-gateway")));
        let file = gateway.home().join("token");
        let path = |it: PathBuf| it.to_str().unwrap().to_owned();
        gateway.set("[gateway]");
        gateway.set(&format!("server = \"{url}\""));
        gateway.set(&format!("token_file = \"{}\"", path(file)));
        let authority = gateway.home().join("authority.pem");
        fs::copy(server.data().join("tls/ca.pem"), &authority).unwrap();
        gateway.set(&format!("authority_file = \"{}\"", path(authority)));
        gateway.set("pause_s = 1");
        let (dicom, page) = (testkit::port(), testkit::port());
        let clinic = Self { server, gateway, https, dicom, page, sent: BTreeMap::new() };
        clinic.give_token(&[]);
        clinic
    }

    /// With a gateway that comes to the programs' door, and whose token is bound to its certificate.
    pub(crate) fn proven(name: &str) -> Self {
        let port = testkit::port();
        let mut clinic = Self::with(name, testkit::port(), &format!("https://127.0.0.1:{port}"));
        clinic.server.set("[programs]");
        clinic.server.set(&format!("listen = \"127.0.0.1:{port}\""));
        clinic.bind(&[]);
        clinic
    }

    /// Has the server make a token for the gateway, and gives it to the gateway's next start.
    fn give_token(&self, args: &[&str]) {
        let usual = ["token", "--user", "sato", "--scope", "dicomweb.write", "dicomweb.read", "--label", "gateway"];
        let token = self.server.operate(&[&usual, args].concat());
        assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
        fs::write(self.gateway.home().join("token"), &token.stdout).unwrap();
    }

    /// The file of the gateway's certificate, as it is asked for.
    pub(crate) fn certificate(&self, args: &[&str]) -> String {
        let out = self.gateway.operate(&[&["gateway", "certificate", "--json"], args].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let told: Value = serde_json::from_slice(&out.stdout).unwrap();
        told["file"].as_str().unwrap().to_owned()
    }

    /// The same token, bound to the gateway's newest certificate.
    pub(crate) fn bind(&self, args: &[&str]) {
        let file = self.certificate(&[]);
        self.give_token(&[&["--certificate", &file], args].concat());
    }

    pub(crate) fn start_server(&self) -> Running {
        let listen = format!("127.0.0.1:{}", self.https);
        let args = ["serve", "--listen", &listen, "--dicom", "off", "--demo=127.0.0.1:0"];
        Running::start(&self.server, &args, "haruka ready ")
    }

    /// With plain HTTP on this port.
    pub(crate) fn start_server_at(&self, http: u16) -> Running {
        let (listen, demo) = (format!("127.0.0.1:{}", self.https), format!("--demo=127.0.0.1:{http}"));
        Running::start(&self.server, &["serve", "--listen", &listen, "--dicom", "off", &demo], "haruka ready ")
    }

    pub(crate) fn start_gateway(&self) -> Running {
        let (dicom, page) = (format!("127.0.0.1:{}", self.dicom), format!("127.0.0.1:{}", self.page));
        Running::start(&self.gateway, &["gateway", "--dicom", &dicom, "--page", &page], "haruka gateway ready ")
    }

    /// The file of the authority that the gateway was given.
    pub(crate) fn given_authority(&self) -> PathBuf {
        self.gateway.home().join("authority.pem")
    }

    /// Registers the device, which takes reports on this port if it has one. The gateway has run before.
    pub(crate) fn register(&self, title: &str, port: Option<u16>) {
        let port = port.map(|it| it.to_string());
        let mut args = vec!["station", "add", "--facility", "gateway", "--title", title, "--name", "CT室"];
        if let Some(port) = &port {
            args.extend(["--host", "127.0.0.1", "--port", port]);
        }
        let out = self.gateway.operate(&args);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    /// The gateway as a peer of DICOM.
    pub(crate) fn dicom(&self) -> u16 {
        self.dicom
    }

    /// Writes images of a study as files; nobody has sent them yet.
    pub(crate) fn images(&mut self, study: usize, count: usize) -> Vec<String> {
        let folder = self.gateway.home().join(format!("study-{study}"));
        fs::create_dir_all(&folder).unwrap();
        let made = (1..=count).map(|number| {
            let uid = format!("1.2.392.999.{study}.1.{number}");
            let header = imaging::dataset::file_header(CT, &uid, EXPLICIT);
            let file = folder.join(format!("{uid}.dcm"));
            fs::write(&file, [header, image(study, number)].concat()).unwrap();
            self.sent.insert(uid, (study, number));
            file.to_str().unwrap().to_owned()
        });
        made.collect()
    }

    /// Has DCMTK's storescu send files; those that were answered with success. It breaks off when the gateway does.
    pub(crate) fn send(&self, files: &[String], each: impl FnMut(&str)) -> Vec<String> {
        let mut child = self.storescu(files);
        let acknowledged = follow(&mut child, each);
        child.wait().unwrap();
        acknowledged
    }

    fn storescu(&self, files: &[String]) -> Child {
        Command::new("storescu")
            .args(["-v", "-nh", "-aet", "CBCT1", "-aec", "HARUKA", "127.0.0.1", &self.dicom.to_string()])
            .args(files)
            .env("TCP_NODELAY", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("storescu runs; `make test` installs dcmtk")
    }

    fn browser(&self) -> Browser {
        Browser::new(([127, 0, 0, 1], self.page).into())
    }

    /// A page of the gateway.
    pub(crate) fn page(&self, path: &str) -> String {
        self.browser().page(path).unwrap()
    }

    /// What the gateway's page tells programs.
    pub(crate) fn state(&self) -> Value {
        serde_json::from_str(&self.page("/state.json")).unwrap()
    }

    /// Presses the button by which everything is sent once more, from a page that has this token; the status.
    pub(crate) fn press_retry(&self, token: &str) -> u16 {
        let request = Request {
            path: "/retry".into(),
            kind: "application/x-www-form-urlencoded".into(),
            body: format!("token={token}").into_bytes(),
        };
        self.browser().send(&request).unwrap().status
    }

    /// The status of the page under another name, as a page elsewhere could ask for it.
    pub(crate) fn page_as(&self, host: &str) -> u16 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.page)).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Waits until the gateway says so.
    pub(crate) fn until(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..TRIES {
            let state = self.state();
            if fits(&state) {
                return state;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("never {what}: {} {}", self.state(), self.gateway.said());
    }

    /// Waits until nothing waits, and nothing went wrong.
    pub(crate) fn settled(&self) {
        let state = self.until("all delivered", |it| it["waiting"] == 0 && it["last_error"].is_null());
        assert_eq!(state["refused_count"], 0, "{state}");
    }

    /// Every one of these instances is at the server, byte for byte; and nothing else is.
    pub(crate) fn all_arrived(&self) {
        let (blobs, mut expected) = (Blobs::open(self.server.data().join("blobs")).unwrap(), self.sent.clone());
        look(&self.server, move |tx| {
            let (facility, key) = (tx.facility()?, tx.key()?);
            let rows = tx.rows(
                "SELECT uid, blob_id, sealed_key, size_bytes FROM instance WHERE facility_id = ?1 AND uid LIKE '1.2.392.999.%'",
                params![facility],
            )?;
            for row in &rows {
                let (uid, size): (String, i64) = (row.get("uid")?, row.get("size_bytes")?);
                let stored = Stored {
                    blob: BlobId(row.get("blob_id")?),
                    size_bytes: size.unsigned_abs(),
                    sealed_key: row.get("sealed_key")?,
                };
                let (study, number) =
                    expected.remove(&uid).unwrap_or_else(|| panic!("{uid} was sent, and is here once"));
                let found = blobs.read_all(facility, &key, &stored, 1 << 30)?;
                assert!(found == image(study, number), "{uid}: every byte is what was sent");
            }
            assert!(expected.is_empty(), "missing: {expected:?}");
            Ok(())
        });
    }

    /// Both logs prove themselves.
    pub(crate) fn verify(&self) {
        self.verify_gateway();
        self.server.verify();
    }

    /// The gateway's does.
    pub(crate) fn verify_gateway(&self) {
        let out = self.gateway.operate(&["log", "verify"]);
        let told = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && told.contains("gateway: good"), "{told}");
    }
}

/// Reads what storescu says: the files that were answered with success. `each` hears of each at once.
fn follow(child: &mut Child, mut each: impl FnMut(&str)) -> Vec<String> {
    let (mut current, mut acknowledged) = (String::new(), Vec::new());
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap_or_default();
        if let Some(file) = line.strip_prefix("I: Sending file: ") {
            file.clone_into(&mut current);
        } else if line.contains("Received Store Response (Success)") {
            each(&current);
            acknowledged.push(current.clone());
        }
    }
    acknowledged
}

pub(crate) const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
/// Of a side: an image has 128 KiB.
const PIXELS: u16 = 256;

/// The data set of a slice, other than any other.
pub(crate) fn image(study: usize, number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let text = |out: &mut Vec<u8>, tag: (u16, u16), vr: &[u8; 2], value: &str| {
        out.extend(tag.0.to_le_bytes());
        out.extend(tag.1.to_le_bytes());
        out.extend(vr);
        out.extend(u16::try_from(value.len() + value.len() % 2).unwrap().to_le_bytes());
        out.extend(value.as_bytes());
        if value.len() % 2 == 1 {
            out.push(if vr == b"UI" { 0 } else { b' ' });
        }
    };
    text(&mut out, (0x0008, 0x0016), b"UI", CT);
    text(&mut out, (0x0008, 0x0018), b"UI", &format!("1.2.392.999.{study}.1.{number}"));
    text(&mut out, (0x0008, 0x0020), b"DA", "20261124");
    text(&mut out, (0x0008, 0x0060), b"CS", "CT");
    text(&mut out, (0x0010, 0x0010), b"PN", "TANAKA^SACHIKO");
    text(&mut out, (0x0010, 0x0020), b"LO", "00012");
    text(&mut out, (0x0020, 0x000D), b"UI", &format!("1.2.392.999.{study}"));
    text(&mut out, (0x0020, 0x000E), b"UI", &format!("1.2.392.999.{study}.1"));
    text(&mut out, (0x0020, 0x0013), b"IS", &number.to_string());
    for (element, value) in [(0x0002, 1), (0x0010, PIXELS), (0x0011, PIXELS), (0x0100, 16), (0x0101, 12), (0x0102, 11)]
    {
        out.extend([0x28, 0x00]);
        out.extend(u16::to_le_bytes(element));
        out.extend(b"US\x02\x00");
        out.extend(u16::to_le_bytes(value));
    }
    let pixels: Vec<u8> =
        (0..u32::from(PIXELS) * u32::from(PIXELS)).flat_map(|it| noise(it, study, number).to_le_bytes()).collect();
    out.extend([0xE0, 0x7F, 0x10, 0x00]);
    out.extend(b"OW\x00\x00");
    out.extend(u32::try_from(pixels.len()).unwrap().to_le_bytes());
    out.extend(pixels);
    out
}

/// Twelve bits that look like nothing.
fn noise(at: u32, study: usize, number: usize) -> u16 {
    let seed = at ^ u32::try_from(study * 7919 + number * 104_729).unwrap();
    (seed.wrapping_mul(2_654_435_761) >> 20) as u16
}
