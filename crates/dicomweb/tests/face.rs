//! A machine sends images, searches and fetches them: with its own facility's token, with an entry for each request, and
//! with the status codes of the standard; on both databases. Other people's programs do the same in e2e/dicom.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use imaging::dataset::Tag;
use kernel::{FacilityId, PersonId, Who};
use people::token::Scope;
use people::token::store::NewToken;
use serde_json::{Value, json};
use testkit::Ward;
use tower::ServiceExt;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const STUDY: &str = "/dicom-web/studies/1.4";
const SLICE: &str = "/dicom-web/studies/1.4/series/1.3/instances/1.2.1";
const PARTS: &str = "multipart/related; type=\"application/dicom\"; boundary=ward";

fn wait<T>(work: impl Future<Output = T>) -> T {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap()).block_on(work)
}

fn both(test: impl Fn(Ward)) {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], test);
}

fn element(out: &mut Vec<u8>, tag: Tag, vr: &[u8; 2], value: &[u8]) {
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    out.extend(vr);
    if matches!(vr, b"OW" | b"OB") {
        out.extend([0, 0]);
        out.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    } else {
        out.extend(u16::try_from(value.len() + value.len() % 2).unwrap().to_le_bytes());
    }
    out.extend(value);
    if value.len() % 2 == 1 {
        out.push(if vr == b"UI" { 0 } else { b' ' });
    }
}

/// A slice of 田中's jaw: 2 × 2 pixels, each frame of `frames`.
fn slice(instance: &str, study: &str, frames: &[[u8; 8]]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    element(&mut out, Tag::TRANSFER_SYNTAX, b"UI", EXPLICIT.as_bytes());
    let count = frames.len().to_string();
    for (tag, vr, value) in [
        (Tag::CHARACTER_SET, b"CS", "ISO_IR 192"),
        (Tag(0x0008, 0x0016), b"UI", CT),
        (Tag(0x0008, 0x0018), b"UI", instance),
        (Tag(0x0008, 0x0020), b"DA", "20261124"),
        (Tag(0x0008, 0x0060), b"CS", "CT"),
        (Tag(0x0010, 0x0010), b"PN", "TANAKA^SACHIKO=田中^幸子=たなか^さちこ"),
        (Tag(0x0010, 0x0020), b"LO", "4711"),
        (Tag(0x0020, 0x000D), b"UI", study),
        (Tag(0x0020, 0x000E), b"UI", "1.3"),
        (Tag(0x0028, 0x0004), b"CS", "MONOCHROME2"),
        (Tag(0x0028, 0x0008), b"IS", count.as_str()),
    ] {
        element(&mut out, tag, vr, value.as_bytes());
    }
    for (at, value) in [(0x0002, 1_u16), (0x0010, 2), (0x0011, 2), (0x0100, 16)] {
        // Samples come before frames in a data set; here their order does not matter.
        element(&mut out, Tag(0x0028, at), b"US", &value.to_le_bytes());
    }
    element(&mut out, Tag::PIXELS, b"OW", &frames.concat());
    out
}

/// A machine with a token.
struct Machine {
    app: Router,
    token: String,
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    fn kind(&self) -> &str {
        self.headers[header::CONTENT_TYPE].to_str().unwrap()
    }
}

impl Machine {
    fn of(ward: &Ward, person: PersonId, facility: FacilityId, scopes: &[Scope]) -> Self {
        let (key, ctx) = (ward.site.key.clone(), ward.ctx(Who::System("test")).at(facility));
        let new = NewToken { person, label: "CBCT".into(), scopes: scopes.to_vec(), days: 1, certificate: None };
        let made =
            ward.site.db.write_blocking(Some(facility), move |tx| people::token::store::make(tx, &ctx, &key, &new));
        Self { app: dicomweb::routes().serve(ward.site.clone()), token: made.unwrap().1 }
    }

    fn radiologist(ward: &Ward) -> Self {
        let person = ward.staff("watanabe", &["radiologist"]);
        Self::of(ward, person, ward.facility, &Scope::ALL)
    }

    fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Seen {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = wait(self.app.clone().oneshot(request.body(body).unwrap())).unwrap();
        let (parts, body) = response.into_parts();
        let body = wait(body.collect()).unwrap().to_bytes().to_vec();
        Seen { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    fn get(&self, path: &str, accept: &str) -> Seen {
        self.ask(Method::GET, path, &[("accept", accept)], Body::empty())
    }

    /// Sends files as parts of one message, which arrives in small pieces.
    fn send(&self, path: &str, files: &[&[u8]]) -> Seen {
        let mut message = vec![];
        for file in files {
            message.extend(b"--ward\r\nContent-Type: application/dicom\r\n\r\n");
            message.extend(*file);
            message.extend(b"\r\n");
        }
        message.extend(b"--ward--\r\n");
        self.send_raw(path, PARTS, &message)
    }

    fn send_raw(&self, path: &str, kind: &str, message: &[u8]) -> Seen {
        let (sender, receiver) = tokio::sync::mpsc::channel(4);
        let pieces: Vec<Bytes> = message.chunks(97).map(Bytes::copy_from_slice).collect();
        std::thread::spawn(move || pieces.into_iter().all(|it| sender.blocking_send(it).is_ok()));
        self.ask(Method::POST, path, &[("content-type", kind)], Body::new(Pieces(receiver)))
    }
}

/// A body that comes piece by piece.
struct Pieces(tokio::sync::mpsc::Receiver<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(cx).map(|it| it.map(|it| Ok(http_body::Frame::data(it))))
    }
}

/// The reasons in a sequence of failures.
fn reasons(told: &Value, sequence: &str) -> Vec<u64> {
    let items = told[sequence]["Value"].as_array().cloned().unwrap_or_default();
    items.iter().map(|it| it["00081197"]["Value"][0].as_u64().unwrap()).collect()
}

#[test]
fn what_is_sent_is_found_and_fetched_byte_for_byte() {
    // TR-21
    both(|ward| {
        let machine = Machine::radiologist(&ward);
        let file = slice("1.2.1", "1.4", &[*b"frame  1", *b"frame  2"]);
        let told = machine.send("/dicom-web/studies", &[&file, &slice("1.2.2", "1.4", &[*b"another "])]);
        assert_eq!((told.status, told.kind()), (200, "application/dicom+json"));
        assert_eq!(told.json()["00081190"]["Value"], json!([format!("http://127.0.0.1:8080{STUDY}")]));
        assert_eq!(told.json()["00081199"]["Value"].as_array().unwrap().len(), 2);

        let studies = machine.get("/dicom-web/studies?PatientName=%E7%94%B0%E4%B8%AD&fuzzymatching=true", "*/*").json();
        assert_eq!(studies[0]["0020000D"]["Value"], json!(["1.4"]));
        assert_eq!(studies[0]["00201208"]["Value"], json!([2]));
        assert_eq!(
            studies[0]["00100010"]["Value"][0],
            json!({"Alphabetic": "TANAKA^SACHIKO", "Ideographic": "田中^幸子", "Phonetic": "たなか^さちこ"})
        );
        for (path, count) in [
            ("/dicom-web/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060", 1),
            ("/dicom-web/series?Modality=CT", 1),
            ("/dicom-web/instances", 2),
            ("/dicom-web/instances?limit=1", 1),
            (format!("{STUDY}/series?includefield=PatientID").as_str(), 1),
            (format!("{STUDY}/instances?SOPInstanceUID=1.2.2").as_str(), 1),
            (format!("{STUDY}/series/1.3/instances").as_str(), 2),
        ] {
            let seen = machine.get(path, "application/dicom+json");
            assert_eq!((seen.status, seen.json().as_array().unwrap().len()), (200, count), "{path}");
        }
        let more = machine.get("/dicom-web/instances?limit=1&PatientWeight=3", "*/*");
        let warnings: Vec<_> = more.headers.get_all(header::WARNING).iter().map(|it| it.to_str().unwrap()).collect();
        assert!(
            warnings.len() == 2 && warnings[0].contains("PatientWeight") && warnings[1].contains("are 1 additional")
        );
        for (query, total) in [
            ("instances?limit=1", "2"),
            ("instances?limit=1&offset=1", "2"),
            ("instances?offset=5", "2"),
            ("instances?limit=0", "2"),
            ("instances", "2"),
            ("studies?PatientName=*sachi*", "1"),
            ("studies?PatientName=*sachi*&offset=1", "1"),
            ("studies?PatientID=none", "0"),
            ("series?SeriesNumber=77", "0"),
        ] {
            let seen = machine.get(&format!("/dicom-web/{query}"), "*/*");
            assert_eq!(seen.headers["x-total-count"], total, "{query}");
        }
        assert_eq!(machine.get("/dicom-web/studies?PatientID=none", "*/*").status, 204);

        let whole = machine.get(SLICE, "application/dicom; transfer-syntax=*");
        assert_eq!((whole.status, whole.kind()), (200, "application/dicom; transfer-syntax=1.2.840.10008.1.2.1"));
        let data_set = &file[132 + 8 + EXPLICIT.len() + 1..];
        assert!(whole.body.ends_with(data_set) && whole.body[128..132] == *b"DICM");
        assert_eq!(whole.headers[header::CONTENT_LENGTH], whole.body.len().to_string().as_str());
        // TR-12: what the sender's gateway has noted is what a viewer is told.
        let told = machine.get(&format!("{STUDY}/digests"), "application/json").json();
        let own = crypto::digest::hex(&crypto::digest::sha256(data_set));
        assert_eq!((told.as_object().unwrap().len(), &told["1.2.1"]), (2, &json!(own)));
        assert_eq!(whole.headers["haruka-data-set-digest"], format!("sha-256={own}").as_str());
        let tag = whole.headers[header::ETAG].to_str().unwrap();
        let again = machine.ask(Method::GET, SLICE, &[("if-none-match", tag)], Body::empty());
        assert_eq!((again.status, again.body.len()), (304, 0));
        for (asked, expected) in
            [("bytes=0-3", 0..4), ("bytes=120-400", 120..401), ("bytes=-9", whole.body.len() - 9..whole.body.len())]
        {
            let part = machine.ask(Method::GET, SLICE, &[("range", asked)], Body::empty());
            assert_eq!((part.status, &part.body[..]), (206, &whole.body[expected]), "{asked}");
        }
        assert_eq!(machine.ask(Method::GET, SLICE, &[("range", "bytes=999999-")], Body::empty()).status, 416);
        for path in [STUDY, "/dicom-web/studies/1.4/series/1.3"] {
            let all = machine.get(path, "multipart/related; type=\"application/dicom\"");
            assert_eq!((all.status, all.body.windows(4).filter(|it| it == b"DICM").count()), (200, 2));
            assert!(all.body.windows(data_set.len()).any(|it| it == data_set), "{path}");
            assert_eq!(all.headers[header::CONTENT_LENGTH], all.body.len().to_string().as_str());
        }
    });
}

#[test]
fn frames_and_metadata_are_what_a_viewer_asks_for() {
    // TR-21
    both(|ward| {
        let machine = Machine::radiologist(&ward);
        let file = slice("1.2.1", "1.4", &[*b"frame  1", *b"frame  2", *b"frame  3"]);
        assert_eq!(machine.send("/dicom-web/studies", &[&file]).status, 200);
        let ohif = "multipart/related; type=application/octet-stream; transfer-syntax=*";
        let seen = machine.get(&format!("{SLICE}/frames/1"), ohif);
        assert_eq!(seen.status, 200);
        assert!(seen.kind().starts_with("multipart/related; type=\"application/octet-stream\"; boundary="));
        let text = String::from_utf8_lossy(&seen.body).into_owned();
        assert!(text.contains("transfer-syntax=1.2.840.10008.1.2.1\r\n\r\nframe  1\r\n--"), "{text}");
        let alone = machine.get(&format!("{SLICE}/frames/2"), "application/octet-stream");
        assert_eq!((alone.status, &alone.body[..]), (200, &b"frame  2"[..]));
        let text = String::from_utf8(machine.get(&format!("{SLICE}/frames/3,1"), ohif).body).unwrap();
        assert!(text.find("frame  3") < text.find("frame  1"), "{text}");
        for (path, accept, status) in [
            ("frames/4", ohif, 404),
            ("frames/0", ohif, 400),
            ("frames/x", ohif, 400),
            ("frames/1", "image/jpeg", 406),
            ("frames/1,2", "application/octet-stream", 406),
            ("metadata", "application/dicom+xml", 406),
            ("bulkdata/99999999/4", "*/*", 404),
        ] {
            assert_eq!(machine.get(&format!("{SLICE}/{path}"), accept).status, status, "{path} as {accept}");
        }
        let all = machine.get(&format!("{STUDY}/metadata"), "application/dicom+json").json();
        assert_eq!(all[0]["00280010"]["Value"], json!([2]));
        let address = all[0]["7FE00010"]["BulkDataURI"].as_str().unwrap();
        let path = address.strip_prefix("http://127.0.0.1:8080").unwrap();
        assert!(String::from_utf8_lossy(&machine.get(path, ohif).body).contains("frame  3"));
        let part = machine.get(&format!("{SLICE}/bulkdata/0/8"), "application/octet-stream");
        assert_eq!((part.status, &part.body[..4]), (200, &[8, 0, 5, 0][..]));
    });
}

#[test]
fn pictures_for_a_screen_say_what_they_have_lost() {
    // TR-21, TR-24
    both(|ward| {
        let machine = Machine::radiologist(&ward);
        let file = slice("1.2.1", "1.4", &[*b"frame  1", *b"frame  2"]);
        assert_eq!(machine.send("/dicom-web/studies", &[&file]).status, 200);
        let png = machine.get(&format!("{SLICE}/frames/1/rendered"), "image/png");
        assert_eq!((png.status, png.kind(), &png.body[..4]), (200, "image/png", &b"\x89PNG"[..]));
        assert_eq!(png.headers["haruka-rendition"], "bits=8");
        let jpeg = machine.get(&format!("{SLICE}/frames/2/rendered?window=20000,30000,linear&quality=50"), "*/*");
        assert_eq!((jpeg.status, jpeg.kind(), &jpeg.body[..4]), (200, "image/jpeg", &[0xFF, 0xD8, 0xFF, 0xFE][..]));
        let said = jpeg.headers["haruka-rendition"].to_str().unwrap();
        assert!(said.starts_with("bits=8; lossy; ratio="), "{said}");
        assert!(String::from_utf8_lossy(&jpeg.body).contains("Not for diagnosis."));
        for path in [STUDY, "/dicom-web/studies/1.4/series/1.3", SLICE, &format!("{SLICE}/frames/2")] {
            let small = machine.get(&format!("{path}/thumbnail"), "image/jpeg");
            assert_eq!((small.status, small.kind()), (200, "image/jpeg"), "{path}");
        }
        let all = machine.get(&format!("{STUDY}/rendered"), "multipart/related; type=\"image/png\"");
        let text = String::from_utf8_lossy(&all.body);
        assert_eq!((all.status, text.matches("Content-Type: image/png\r\n").count()), (200, 2), "{text}");
        assert_eq!(text.to_lowercase().matches("haruka-rendition: bits=8\r\n\r\n").count(), 2, "{text}");
        assert!(text.contains(&format!("Content-Location: http://127.0.0.1:8080{SLICE}/frames/2/rendered")), "{text}");
        for (path, accept, status) in [
            ("rendered", "image/jpeg", 406),
            ("frames/1/rendered", "image/gif", 406),
            ("frames/3/rendered", "*/*", 404),
            ("frames/1/rendered?annotation=patient", "*/*", 400),
            ("frames/1/rendered?viewport=0,0", "*/*", 400),
            ("frames/1/rendered?viewport=10,10,9,9,1,1", "*/*", 406),
            ("frames/1/rendered?viewport=1,1,1,1,,", "*/*", 200),
        ] {
            assert_eq!(machine.get(&format!("{SLICE}/{path}"), accept).status, status, "{path} as {accept}");
        }
    });
}

#[test]
fn instances_and_frames_can_be_had_in_other_syntaxes_without_loss() {
    // TR-25
    const RLE: &str = "1.2.840.10008.1.2.5";
    const HT: &str = "1.2.840.10008.1.2.4.201";
    const LS: &str = "1.2.840.10008.1.2.4.80";
    const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
    both(|ward| {
        let machine = Machine::radiologist(&ward);
        let pictures = [*b"frame  1", *b"frame  2"];
        assert_eq!(machine.send("/dicom-web/studies", &[&slice("1.2.1", "1.4", &pictures)]).status, 200);
        let native = machine.get(SLICE, "application/dicom").body;
        for (number, syntax) in [RLE, HT, LS, DEFLATED].into_iter().enumerate() {
            let accept = format!("application/dicom; transfer-syntax={syntax}");
            let packed = machine.get(SLICE, &accept);
            assert_eq!((packed.status, packed.kind()), (200, accept.as_str()), "{syntax}");
            // What we made is taken in again as another instance, and brought back to what it was.
            let name = [b'1', b'.', b'2', b'.', b'2' + u8::try_from(number).unwrap()];
            let renamed = machine.get(SLICE, &accept).body;
            let again = if syntax == DEFLATED { continue } else { replaced(&renamed, b"1.2.1", &name) };
            assert_eq!(machine.send("/dicom-web/studies", &[&again]).status, 200, "{syntax}");
            let address = SLICE.replace("1.2.1", std::str::from_utf8(&name).unwrap());
            let back = machine.get(&address, "application/dicom");
            assert_eq!(back.status, 200, "{syntax}");
            assert!(replaced(&back.body, &name, b"1.2.1") == native, "{syntax}: another data set");
            for (index, picture) in pictures.iter().enumerate() {
                let bytes = "application/octet-stream";
                let frame = machine.get(&format!("{address}/frames/{}", index + 1), bytes);
                assert_eq!((frame.status, &frame.body[..]), (200, &picture[..]), "{syntax}");
            }
            let frames = machine.get(
                &format!("{SLICE}/frames/1,2"),
                &format!("multipart/related; type=\"application/octet-stream\"; transfer-syntax={syntax}"),
            );
            assert_eq!(frames.status, 200, "{syntax}");
            assert_eq!(String::from_utf8_lossy(&frames.body).matches(syntax).count(), 2);
        }
        for (path, accept) in [
            (SLICE.to_owned(), "application/dicom; transfer-syntax=1.2.840.10008.1.2"),
            (SLICE.to_owned(), "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50"),
            (format!("{SLICE}/frames/1"), "image/jpeg"),
            (format!("{SLICE}/frames/1"), "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90"),
        ] {
            let seen = machine.get(&path, accept);
            assert_eq!(seen.status, 406, "{path} as {accept}");
            assert!(String::from_utf8_lossy(&seen.body).contains("transfer-syntax=*"));
        }
    });
}

fn replaced(bytes: &[u8], from: &[u8; 5], to: &[u8; 5]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    // The identifier of the instance alone: behind its tags in the file's header and in the data set.
    for head in [&b"\x02\0\x03\0UI\x06\0"[..], b"\x08\0\x18\0UI\x06\0"] {
        let at = out.windows(head.len()).position(|it| it == head).unwrap() + head.len();
        assert_eq!(&out[at..at + 5], from);
        out[at..at + 5].copy_from_slice(to);
    }
    out
}

#[test]
fn each_request_is_one_entry_and_nobody_sees_another_facilitys_images() {
    // CS-120, CS-122
    both(|ward| {
        let machine = Machine::radiologist(&ward);
        assert_eq!(machine.send("/dicom-web/studies", &[&slice("1.2.1", "1.4", &[*b"01234567"])]).status, 200);
        for (path, act) in [
            ("/dicom-web/studies".to_owned(), "study.find"),
            (format!("{STUDY}/series/1.3/instances"), "study.find"),
            (format!("{STUDY}/metadata"), "study.metadata"),
            (SLICE.to_owned(), "study.view"),
            (format!("{SLICE}/frames/1"), "study.view"),
        ] {
            let before = ward.entries();
            assert_eq!(machine.get(&path, "*/*").status, 200, "{path}");
            assert_eq!((ward.entries(), ward.acts().last().unwrap().as_str()), (before + 1, act), "{path}");
        }
        let elsewhere = ward.other_facility();
        let stranger = ward.staff("stranger", &[]);
        let ctx = ward.ctx(Who::System("test")).at(elsewhere);
        let give = move |tx: &mut db::Tx<'_>| people::person::store::give_duty(tx, &ctx, stranger, "radiologist");
        ward.site.db.write_blocking(Some(elsewhere), give).unwrap();
        let other = Machine::of(&ward, stranger, elsewhere, &Scope::ALL);
        assert_eq!(other.get("/dicom-web/studies", "*/*").status, 204);
        for path in [STUDY, SLICE, &format!("{SLICE}/frames/1"), &format!("{STUDY}/metadata")] {
            assert_eq!(other.get(path, "*/*").status, 404, "{path}");
        }
        let clerk = Machine::of(&ward, ward.staff("suzuki", &["clerk"]), ward.facility, &Scope::ALL);
        let before = ward.entries();
        assert_eq!(clerk.get(SLICE, "*/*").status, 403, "a clerk sees no images");
        assert_eq!(ward.entries(), before + 1, "and the refusal is on record");
        assert_eq!(clerk.send("/dicom-web/studies", &[&slice("1.2.9", "1.4", &[])]).status, 403);
        let reads = Machine::of(&ward, ward.staff("ito", &["radiologist"]), ward.facility, &[Scope::DicomwebRead]);
        assert_eq!(reads.send("/dicom-web/studies", &[&slice("1.2.9", "1.4", &[])]).status, 403);
        assert_eq!(reads.get("/dicom-web/studies/1.9", "*/*").status, 404);
    });
}

#[test]
fn what_cannot_be_kept_is_refused_by_name() {
    // TR-21, TR-12
    both(|ward| {
        let machine = Machine::radiologist(&ward);
        let good = slice("1.2.1", "1.4", &[*b"01234567"]);
        let other_bytes = slice("1.2.1", "1.4", &[*b"76543210"]);
        let other_study = slice("1.2.5", "1.5", &[*b"01234567"]);
        let post = |files: &[&[u8]]| machine.send("/dicom-web/studies", files);
        assert_eq!(post(&[&good]).status, 200);
        assert_eq!(post(&[&good]).status, 200, "sent twice is as good as sent once");
        let told = post(&[&other_bytes]);
        assert_eq!((told.status, reasons(&told.json(), "00081198")), (409, vec![0x0111]));
        let told = post(&[&slice("1.2.2", "1.4", &[]), b"garbage", &other_bytes]);
        assert_eq!((told.status, reasons(&told.json(), "00081198")), (202, vec![0x0111]));
        assert_eq!(reasons(&told.json(), "0008119A"), [0xC000]);
        let told = machine.send(STUDY, &[&other_study]);
        assert_eq!((told.status, reasons(&told.json(), "00081198")), (409, vec![0xA900]));
        assert_eq!(machine.send(STUDY, &[&slice("1.2.3", "1.4", &[])]).status, 200);
        assert_eq!(post(&[&good[..good.len() - 3]]).status, 409, "half a file");
        assert_eq!(post(&[]).status, 400);
        assert_eq!(
            machine.send_raw("/dicom-web/studies", "application/dicom", &slice("1.2.7", "1.4", &[])).status,
            200
        );
        for (kind, message, status) in [
            (PARTS, &b"--ward\r\nContent-Type: application/dicom\r\n\r\nhalf"[..], 400),
            (PARTS, b"no boundary at all", 400),
            ("multipart/related; type=\"application/dicom\"", b"--ward--", 400),
            ("application/json", b"{}", 415),
            ("multipart/related; type=\"application/dicom+json\"; boundary=ward", b"--ward--", 415),
        ] {
            assert_eq!(machine.send_raw("/dicom-web/studies", kind, message).status, status, "{kind}");
        }
        let kept = machine.get("/dicom-web/instances", "*/*").json();
        assert_eq!(kept.as_array().unwrap().len(), 4);
        for bad in ["studies/..", "studies/1.4/series/x", "studies?PatinetID=1", "studies?StudyDate=2026-13-99"] {
            assert_eq!(machine.get(&format!("/dicom-web/{bad}"), "*/*").status, 400, "{bad}");
        }
    });
}

#[test]
fn the_door_stays_shut_without_a_token() {
    let ward = Ward::sqlite(&[people::MIGRATIONS, imaging::MIGRATIONS]);
    let nobody = Machine { app: dicomweb::routes().serve(ward.site.clone()), token: "none".into() };
    for route in dicomweb::routes().table() {
        let path = route.path.replace("{study_uid}", "1.4").replace("{series_uid}", "1.3");
        let path = path.replace("{instance_uid}", "1.2.1").replace("{frames}", "1");
        let path = path.replace("{offset}", "0").replace("{length}", "8");
        let method = route.method.parse::<Method>().unwrap();
        assert_eq!(nobody.ask(method, &path, &[], Body::empty()).status, 401, "{} {path}", route.method);
    }
}

#[test]
fn a_program_hears_what_its_token_is_good_for_before_it_has_anything_to_send() {
    // TR-21, CS-122
    let ward = Ward::sqlite(&[people::MIGRATIONS, imaging::MIGRATIONS]);
    let person = ward.staff("watanabe", &["radiologist"]);
    let machine = Machine::of(&ward, person, ward.facility, &[Scope::DicomwebWrite]);
    let before = ward.entries();
    let told = machine.get("/dicom-web/token", "application/json");
    let expected = json!({ "scopes": ["dicomweb.write"], "expires_at": "2026-11-25T00:00:00Z", "bound": false });
    assert_eq!((told.status, told.json()), (200, expected));
    assert_eq!(machine.get("/dicom-web/token", "image/png").status, 406);
    assert_eq!(ward.entries(), before, "nothing of anybody was told");
}
