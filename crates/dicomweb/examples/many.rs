//! Measures whether answers stay as quick while the archive grows: from a thousand images to a million.
//!
//! `cargo run --release -p dicomweb --example many [-- MOST [FOLDER]]`. Images are kept by the house's own act, so rows, marks and log
//! entries are all there; they share one file, since no answer here opens it but the one image that is sent each time.
//! Requests go through the whole router (token, access, log, SQL, JSON) on SQLite; there is no socket between. FOLDER becomes
//! a data folder of the whole at the end, to start the program on.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use imaging::dataset::Tag;
use imaging::instance::Header;
use imaging::intake::{self, Arrived, Intake, Kept, Origin};
use people::token::Scope;
use people::token::store::NewToken;
use testkit::Ward;
use tower::ServiceExt;

/// Images of the goal (design, chapter 6).
const MOST: usize = 1_000_000;
/// Images of a study: a cone-beam CT.
const SLICES: usize = 400;
/// Studies of one patient.
const STUDIES: usize = 5;
/// Kept in one act while filling.
const TOGETHER: usize = 2_000;
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const JSON: &str = "application/dicom+json";

fn main() {
    let mut args = std::env::args().skip(1);
    let most = args.next().map_or(MOST, |it| it.parse().expect("a number of images"));
    let ward = Ward::sqlite(&[people::MIGRATIONS, imaging::MIGRATIONS]);
    let model = model(&ward);
    let machine = Machine::new(&ward);
    let mut there = 0;
    let mut step = 1_000;
    while step <= most {
        let begun = Instant::now();
        while there < step {
            there += fill(&ward, &model, there, TOGETHER.min(step - there));
        }
        println!("{there} images; filled in {:.0} s", begun.elapsed().as_secs_f64());
        machine.measure(there);
        step *= 10;
    }
    if let Some(folder) = args.next() {
        keep(&ward, Path::new(&folder));
    }
}

fn uid(kind: usize, number: usize) -> String {
    format!("2.25.{kind}.{}", number + 1)
}

/// What is said of the image with this number.
fn header(model: &Header, number: usize) -> Header {
    let study = number / SLICES;
    let patient = study / STUDIES;
    let mut it = model.clone();
    it.instance = uid(3, number);
    it.series = uid(2, study);
    it.study = uid(1, study);
    it.number = i32::try_from(number % SLICES + 1).ok();
    it.patient.id = format!("{patient:06}");
    let (year, month, day) = (2020 + study % 7, study / 7 % 12 + 1, study / 84 % 28 + 1);
    it.study_date = format!("{year}-{month:02}-{day:02}").parse().ok();
    it
}

fn fill(ward: &Ward, model: &Arrived, from: usize, count: usize) -> usize {
    let (model, blobs) = (model.clone(), ward.site.blobs.clone());
    ward.given(move |tx, ctx| {
        let origin = Origin { face: "stow", sender: "bench".into(), announced: None };
        for number in from..from + count {
            let arrived = Arrived { header: header(&model.header, number), ..model.clone() };
            let kept = intake::keep(tx, ctx, &blobs, &arrived, &origin)?;
            assert_eq!(kept, Kept::Stored, "image {number}");
        }
        Ok(())
    });
    count
}

fn element(out: &mut Vec<u8>, tag: Tag, vr: &[u8; 2], value: &[u8]) {
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    out.extend(vr);
    let padded = value.len() + value.len() % 2;
    if vr == b"OW" {
        out.extend([0, 0]);
        out.extend(u32::try_from(padded).expect("small").to_le_bytes());
    } else {
        out.extend(u16::try_from(padded).expect("small").to_le_bytes());
    }
    out.extend(value);
    if value.len() % 2 == 1 {
        out.push(if vr == b"UI" { 0 } else { b' ' });
    }
}

/// A slice of 512 × 512, as a file.
fn slice(instance: &str, series: &str, study: &str) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    element(&mut out, Tag::TRANSFER_SYNTAX, b"UI", EXPLICIT.as_bytes());
    for (tag, vr, value) in [
        (Tag::CHARACTER_SET, b"CS", "ISO_IR 192"),
        (Tag(0x0008, 0x0008), b"CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (Tag(0x0008, 0x0016), b"UI", CT),
        (Tag(0x0008, 0x0018), b"UI", instance),
        (Tag(0x0008, 0x0020), b"DA", "20261124"),
        (Tag(0x0008, 0x0060), b"CS", "CT"),
        (Tag(0x0008, 0x1030), b"LO", "CBCT"),
        (Tag(0x0010, 0x0010), b"PN", "TANAKA^SACHIKO=田中^幸子=たなか^さちこ"),
        (Tag(0x0010, 0x0020), b"LO", "999999"),
        (Tag(0x0018, 0x0050), b"DS", "0.25"),
        (Tag(0x0020, 0x000D), b"UI", study),
        (Tag(0x0020, 0x000E), b"UI", series),
        (Tag(0x0020, 0x0032), b"DS", "-64.0\\-64.0\\12.25"),
        (Tag(0x0020, 0x0037), b"DS", "1\\0\\0\\0\\1\\0"),
        (Tag(0x0020, 0x0052), b"UI", "2.25.99"),
        (Tag(0x0028, 0x0004), b"CS", "MONOCHROME2"),
        (Tag(0x0028, 0x0030), b"DS", "0.25\\0.25"),
    ] {
        element(&mut out, tag, vr, value.as_bytes());
    }
    for (at, value) in
        [(0x0002, 1_u16), (0x0010, 512), (0x0011, 512), (0x0100, 16), (0x0101, 12), (0x0102, 11), (0x0103, 0)]
    {
        element(&mut out, Tag(0x0028, at), b"US", &value.to_le_bytes());
    }
    element(&mut out, Tag::PIXELS, b"OW", &vec![0; 512 * 512 * 2]);
    out
}

/// An image that has arrived; its file serves for all of them.
fn model(ward: &Ward) -> Arrived {
    let facility = ward.facility;
    let key = ward.given(|tx, _| tx.key());
    let mut incoming = Intake::file(&ward.site.blobs, facility, &key, &ward.site.chance).expect("an intake");
    incoming.write(&slice("2.25.4.1", "2.25.4.2", "2.25.4.3")).expect("room");
    incoming.finish().expect("a disk").expect("an image")
}

/// A program with a token.
struct Machine {
    app: Router,
    token: String,
    runtime: tokio::runtime::Runtime,
}

impl Machine {
    fn new(ward: &Ward) -> Self {
        let person = ward.staff("watanabe", &["radiologist"]);
        let key = ward.site.key.clone();
        let token = ward.given(move |tx, ctx| {
            let new =
                NewToken { person, label: "bench".into(), scopes: Scope::ALL.to_vec(), days: 1, certificate: None };
            people::token::store::make(tx, ctx, &key, &new).map(|it| it.1)
        });
        let app = dicomweb::routes().serve(ward.site.clone());
        Self { app, token, runtime: tokio::runtime::Runtime::new().expect("a runtime") }
    }

    /// Asks, and how long it took until the last byte was there.
    fn ask(&self, method: &Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Duration {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let begun = Instant::now();
        self.runtime.block_on(async {
            let answer = self.app.clone().oneshot(request).await.expect("an answer");
            let status = answer.status();
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            assert!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&body));
        });
        begun.elapsed()
    }

    fn times(&self, what: &str, count: usize, path: impl Fn(usize) -> String) {
        let took = (0..count).map(|it| self.ask(&Method::GET, &path(it), &[("accept", JSON)], vec![])).collect();
        say(what, took);
    }

    fn measure(&self, there: usize) {
        let studies = there / SLICES;
        // Steps through all of them, near and far.
        let some = |it: usize| it * 7_919 % studies;
        self.times("one study by its UID", 200, |it| {
            format!("/dicom-web/studies?StudyInstanceUID={}", uid(1, some(it)))
        });
        self.times("the studies of one patient", 100, |it| {
            format!("/dicom-web/studies?PatientID={:06}", some(it) / STUDIES)
        });
        self.times("100 studies, the first page", 40, |_| "/dicom-web/studies?limit=100".into());
        self.times("100 studies of one day onward", 40, |_| "/dicom-web/studies?StudyDate=20230601-&limit=100".into());
        self.times("400 images of a series", 40, |it| {
            let study = some(it);
            format!("/dicom-web/studies/{}/series/{}/instances?limit=400", uid(1, study), uid(2, study))
        });
        self.times("metadata of a series", 40, |it| {
            let study = some(it);
            format!("/dicom-web/studies/{}/series/{}/metadata", uid(1, study), uid(2, study))
        });
        self.store(there);
    }

    /// Sends images one by one, durable before the answer.
    fn store(&self, there: usize) {
        let took = (0..100).map(|it| {
            let file = slice(&format!("2.25.5.{there}.{it}"), &format!("2.25.6.{there}"), &format!("2.25.7.{there}"));
            let head = b"--bench\r\ncontent-type: application/dicom\r\n\r\n".as_slice();
            let body = [head, &file, b"\r\n--bench--\r\n"].concat();
            let kind = "multipart/related; type=\"application/dicom\"; boundary=bench";
            self.ask(&Method::POST, "/dicom-web/studies", &[("content-type", kind), ("accept", JSON)], body)
        });
        say("one image of 525 KB kept", took.collect());
    }
}

fn say(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |part: usize| took[(took.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
    println!("  {what:<32} p50 {:>8.2} ms  p99 {:>8.2} ms", at(50), at(99));
}

/// Writes a data folder with everything that is there now.
fn keep(ward: &Ward, folder: &Path) {
    std::fs::create_dir_all(folder.join("keys")).expect("a folder");
    let key = folder.join("keys/master.key");
    std::fs::write(&key, [7; 32]).expect("a key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o400)).expect("its own");
    for name in ["haruka.db", "haruka.db-wal"] {
        std::fs::copy(ward.folder().join(name), folder.join(name)).expect("a database");
    }
    println!("start the program on it: haruka serve --data {}", folder.display());
}
