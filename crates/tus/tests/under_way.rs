//! What shows only while bytes are under way, or when the program ends in between: broken lines, a newer request, a kill,
//! large files, a scanner.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;

use axum::body::{Body, Bytes};
use common::{House, TEXT, both, handed};
use crypto::digest::sha256;
use testkit::{Ward, wait};
use tokio::sync::mpsc;

const MB: usize = 1024 * 1024;
const SEGMENT: usize = tus::SEGMENT_BYTES_MAX as usize;

/// Bytes that are not all alike.
fn noise(size: usize) -> Vec<u8> {
    let chance = kernel::Chance::seeded(size as u64);
    let mut out = vec![0; size];
    chance.fill(&mut out);
    out
}

/// A body that a test sends piece by piece; an error breaks the line.
fn line() -> (mpsc::Sender<Result<Bytes, std::io::Error>>, Body) {
    let (sender, receiver) = mpsc::channel(8);
    let stream = tokio_stream(receiver);
    (sender, stream)
}

fn tokio_stream(receiver: mpsc::Receiver<Result<Bytes, std::io::Error>>) -> Body {
    struct Line(mpsc::Receiver<Result<Bytes, std::io::Error>>);
    impl axum::body::HttpBody for Line {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
            self.0.poll_recv(context).map(|it| it.map(|it| it.map(http_body::Frame::data)))
        }
    }
    Body::new(Line(receiver))
}

fn broken() -> std::io::Error {
    std::io::ErrorKind::ConnectionReset.into()
}

/// The bytes of a whole file, read from the blobs that its finisher was handed.
fn read(house: &House, finished: &tus::Finished) -> Vec<u8> {
    let facility = house.ward.facility;
    let key = house.ward.site.db.write_blocking(Some(facility), |tx| tx.key()).unwrap();
    let one = |it| house.ward.site.blobs.read_all(facility, &key, it, tus::SEGMENT_BYTES_MAX).unwrap();
    finished.segments.iter().flat_map(one).collect()
}

#[test]
fn a_large_file_lies_in_segments_and_is_handed_over_once() {
    both(|ward| {
        let house = House::new(ward);
        let bytes = noise(2 * SEGMENT + 1);
        let address = house.begun(&bytes.len().to_string(), b"");
        let seen = house.patch(&address, 0, bytes.clone());
        assert_eq!(seen.status.as_u16(), 204, "{}", seen.text);
        let finished = handed(&address).expect("handed over");
        let sizes: Vec<_> = finished.segments.iter().map(|it| it.size_bytes as usize).collect();
        assert_eq!(sizes, [SEGMENT, SEGMENT, 1]);
        assert_eq!(finished.sha256, sha256(&bytes));
        assert_eq!((finished.told.name().as_str(), finished.size_bytes), ("crown.stl", bytes.len() as u64));
        assert!(!finished.scanned, "nobody has looked");
        assert!(read(&house, &finished) == bytes);
    });
}

#[test]
fn a_broken_line_keeps_what_it_has_brought() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let bytes = noise(SEGMENT + 3 * MB);
    let address = house.begun(&bytes.len().to_string(), b"");
    let there = SEGMENT + MB;
    let seen = wait(async {
        let (sender, body) = line();
        let sent = bytes[..there].to_vec();
        tokio::spawn(async move {
            for piece in sent.chunks(64 * 1024) {
                sender.send(Ok(Bytes::copy_from_slice(piece))).await.unwrap();
            }
            sender.send(Err(broken())).await.unwrap();
        });
        house.patching(&address, 0, body).await
    });
    assert_eq!(seen.status.as_u16(), 400, "{}", seen.text);
    assert_eq!(house.far(&address), Some(there as u64));
    assert_eq!(house.patch(&address, there, bytes[there..].to_vec()).status.as_u16(), 204);
    let finished = handed(&address).expect("handed over");
    assert_eq!(finished.sha256, sha256(&bytes));
    assert!(read(&house, &finished) == bytes);
}

#[test]
fn a_request_that_is_dropped_puts_down_what_came() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let address = house.begun("11", b"");
    wait(async {
        let (sender, body) = line();
        let asking = house.patching(&address, 0, body);
        tokio::pin!(asking);
        sender.send(Ok(Bytes::from_static(b"hello"))).await.unwrap();
        // Long enough that the bytes are in hand; then the server drops the request with its line.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(300), &mut asking).await;
    });
    assert_eq!(house.far(&address), Some(5));
}

#[test]
fn with_a_checksum_a_broken_line_keeps_nothing() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let address = house.begun("11", b"");
    let files = house.files();
    let seen = wait(async {
        let (sender, body) = line();
        sender.send(Ok(Bytes::from_static(b"hello"))).await.unwrap();
        sender.send(Err(broken())).await.unwrap();
        let headers = [
            ("content-type", "application/offset+octet-stream"),
            ("upload-offset", "0"),
            ("upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
        ];
        house.asking("PATCH", &address, &headers, body).await
    });
    assert_eq!(seen.status.as_u16(), 400);
    assert_eq!((house.far(&address), house.files()), (Some(0), files));
}

#[test]
fn a_newer_request_ends_the_older_one_and_goes_on() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let address = house.begun("11", b"");
    let (older, far, newer) = wait(async {
        let (sender, body) = line();
        sender.send(Ok(Bytes::from_static(b"hello"))).await.unwrap();
        let older = house.patching(&address, 0, body);
        let newer = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            // As a client does that has lost its line: how far is it? Then on from there.
            let far = house.asking("HEAD", &address, &[], Body::empty()).await;
            let far = far.headers["upload-offset"].to_str().unwrap().to_owned();
            let seen = house.patching(&address, far.parse().unwrap(), TEXT[5..].to_vec()).await;
            (far, seen.status.as_u16())
        };
        let (older, (far, newer)) = tokio::join!(older, newer);
        // Its line was open all the time.
        drop(sender);
        (older.status.as_u16(), far, newer)
    });
    assert_eq!((older, far.as_str(), newer), (409, "5", 204));
    assert_eq!(handed(&address).expect("handed over").sha256, sha256(TEXT));
}

#[test]
fn who_gives_an_upload_up_ends_the_request_under_way() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let address = house.begun("11", b"");
    let files = house.files();
    let (under_way, stopped) = wait(async {
        let (sender, body) = line();
        sender.send(Ok(Bytes::from_static(b"hello"))).await.unwrap();
        let under_way = house.patching(&address, 0, body);
        let stops = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            house.asking("DELETE", &address, &[], Body::empty()).await.status.as_u16()
        };
        let (under_way, stopped) = tokio::join!(under_way, stops);
        drop(sender);
        (under_way.status.as_u16(), stopped)
    });
    assert_eq!((under_way, stopped), (409, 204));
    assert_eq!((house.far(&address), house.files()), (None, files), "nothing of it is left");
}

#[test]
fn two_who_send_the_same_bytes_keep_them_once() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let address = house.begun("11", b"");
    let mut told = wait(async {
        let (one, other) =
            tokio::join!(house.patching(&address, 0, TEXT.to_vec()), house.patching(&address, 0, TEXT.to_vec()));
        [one.status.as_u16(), other.status.as_u16()]
    });
    told.sort_unstable();
    assert!(told == [204, 409], "{told:?}");
    assert_eq!(handed(&address).expect("handed over").segments.len(), 1);
}

#[test]
fn after_a_kill_the_digest_is_counted_from_what_lies_there() {
    both(|ward| {
        let mut house = House::new(ward);
        let bytes = noise(3 * MB);
        let address = house.begun(&bytes.len().to_string(), &bytes[..2 * MB]);
        house.restart();
        assert_eq!(house.far(&address), Some(2 * MB as u64));
        assert_eq!(house.patch(&address, 2 * MB, bytes[2 * MB..].to_vec()).status.as_u16(), 204);
        assert_eq!(handed(&address).expect("handed over").sha256, sha256(&bytes));
    });
}

#[test]
fn a_finisher_that_refuses_leaves_the_last_piece_to_be_sent_again() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let made =
        house.ask("POST", "/files", &[("upload-metadata", "purpose cGlja3k="), ("upload-length", "11")], Body::empty());
    let address = made.location.unwrap();
    assert_eq!(house.patch(&address, 0, b"hello".to_vec()).status.as_u16(), 204);
    let files = house.files();
    for _ in 0..2 {
        let seen = house.patch(&address, 5, b" world".to_vec());
        assert_eq!(seen.status.as_u16(), 422);
        assert!(seen.text.contains("受け取れません"), "{}", seen.text);
        assert_eq!((house.far(&address), house.files()), (Some(5), files));
    }
}

#[test]
fn what_may_have_got_its_row_is_not_removed() {
    let house = House::new(Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]));
    let made =
        house.ask("POST", "/files", &[("upload-metadata", "purpose dG9ybg=="), ("upload-length", "11")], Body::empty());
    let address = made.location.unwrap();
    // Nobody knows whether the database has heard the last word: if it has, its rows know these bytes.
    assert_eq!(house.patch(&address, 0, TEXT.to_vec()).status.as_u16(), 503);
    assert_eq!((house.far(&address), house.files()), (Some(0), 1));
}

#[test]
fn what_is_given_up_or_has_expired_leaves_no_file() {
    both(|ward| {
        let mut house = House::new(ward);
        let (stopped, expired) = (house.begun("11", b"hello"), house.begun("11", b"hello"));
        let whole = house.begun("11", TEXT);
        assert_eq!(house.files(), 3);
        assert_eq!(house.ask("DELETE", &stopped, &[], Body::empty()).status.as_u16(), 204);
        assert_eq!(house.files(), 2);
        house.sweep();
        assert_eq!(house.far(&expired), Some(5), "it still waits");
        house.days_later();
        house.sweep();
        assert_eq!((house.far(&expired), house.far(&whole), house.files()), (None, None, 1));
        assert!(handed(&whole).is_some(), "the file is its purpose's");
    });
}

/// A scanner that knows the word EICAR.
fn scanner() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for line in listener.incoming() {
            let mut line = line.unwrap();
            let mut head = [0; 10];
            line.read_exact(&mut head).unwrap();
            let mut all = Vec::new();
            loop {
                let mut size = [0; 4];
                line.read_exact(&mut size).unwrap();
                let mut piece = vec![0; u32::from_be_bytes(size) as usize];
                if piece.is_empty() {
                    break;
                }
                line.read_exact(&mut piece).unwrap();
                all.extend(piece);
            }
            let found = all.windows(5).any(|it| it == b"EICAR");
            let told: &[u8] = if found { b"stream: Eicar-Test FOUND\0" } else { b"stream: OK\0" };
            line.write_all(told).unwrap();
        }
    });
    format!("tcp://{address}")
}

#[test]
fn only_what_the_scanner_finds_clean_is_handed_over() {
    // CS-155
    let mut ward = Ward::sqlite(&[testkit::PEOPLE, tus::MIGRATIONS]);
    let settings = |address: &str| {
        let clamd = blobs::check::Clamd::parse(address).unwrap();
        let uploads = blobs::Door { scanner: blobs::Scanner::Clamd(clamd), ..blobs::Door::default() };
        web::Settings { base_url: "http://127.0.0.1:8080".into(), uploads, ..web::Settings::default() }
    };
    ward.set(settings(&scanner()));
    let mut house = House::new(ward);
    let clean = house.begun("11", TEXT);
    assert!(handed(&clean).expect("handed over").scanned);
    let files = house.files();
    // The word lies across two segments: each alone is clean.
    let found = house.begun("7", b"..EI");
    let seen = house.patch(&found, 4, b"CAR".to_vec());
    assert_eq!(seen.status.as_u16(), 422, "{}", seen.text);
    assert_eq!((house.far(&found), house.files()), (None, files), "nothing of it is left");
    assert!(handed(&found).is_none());
    house.ward.set(settings("tcp://127.0.0.1:1"));
    house.app = tus::routes(&common::PURPOSES).serve(house.ward.site.clone());
    house.come_in();
    let unseen = house.begun("11", b"hello");
    let seen = house.patch(&unseen, 5, TEXT[5..].to_vec());
    assert_eq!(seen.status.as_u16(), 503, "{}", seen.text);
    assert_eq!(house.far(&unseen), Some(5), "to be sent again when the scanner answers");
}
