//! The line between a gateway and its server: one that changes a byte, and a server at its end that lies.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;

use super::clinic::image;

/// Carries bytes both ways, and changes one.
pub(crate) struct Line;

impl Line {
    /// From `port` to `server`; the byte that is the `changed`th of all that go to the server becomes another.
    pub(crate) fn open(port: u16, server: u16, changed: u64) {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let passed = Arc::new(AtomicU64::new(0));
        // Ends with the test's process.
        std::thread::spawn(move || {
            for from in listener.incoming().flatten() {
                let Ok(to) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (back_from, back_to) = (to.try_clone().unwrap(), from.try_clone().unwrap());
                let passed = passed.clone();
                std::thread::spawn(move || carry(from, to, |bytes| spoil(bytes, &passed, changed)));
                std::thread::spawn(move || carry(back_from, back_to, |_| ()));
            }
        });
    }
}

fn spoil(bytes: &mut [u8], passed: &AtomicU64, changed: u64) {
    let count = bytes.len() as u64;
    let before = passed.fetch_add(count, Ordering::Relaxed);
    if (before..before + count).contains(&changed) {
        bytes[usize::try_from(changed - before).unwrap()] ^= 0x10;
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, change: impl Fn(&mut [u8])) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(count) = from.read(&mut piece) {
        change(&mut piece[..count]);
        if count == 0 || to.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// A server that says of everything that it is stored, and shows another digest for one.
pub(crate) struct Liar(Arc<AtomicBool>);

impl Liar {
    pub(crate) fn open(port: u16, images: &BTreeMap<String, (usize, usize)>, wrong: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let stored: Vec<_> = images.keys().map(|it| json!({ "00081155": { "vr": "UI", "Value": [it] } })).collect();
        let stored = json!({ "00081199": { "vr": "SQ", "Value": stored } }).to_string();
        let digest =
            |bytes: &[u8]| crypto::digest::sha256(bytes).iter().map(|it| format!("{it:02x}")).collect::<String>();
        let shown: BTreeMap<_, _> = images
            .iter()
            .map(|(uid, &(study, number))| {
                let right = image(study, number);
                (uid.clone(), digest(if uid == wrong { b"another" } else { &right }))
            })
            .collect();
        let shown = json!(shown).to_string();
        let closed = Arc::new(AtomicBool::new(false));
        let own = closed.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if own.load(Ordering::Relaxed) {
                    return;
                }
                let _ = answer(stream, &stored, &shown);
            }
        });
        Self(closed)
    }

    /// Nobody answers any more.
    pub(crate) fn close(self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Reads one request, and says what is wanted.
fn answer(mut stream: TcpStream, stored: &str, shown: &str) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = stream.read(&mut piece)?;
        bytes.extend_from_slice(&piece[..count]);
        let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|it| it.lines().next()?.parse::<usize>().ok());
        if count == 0 || bytes.len() >= end + 4 + length.unwrap_or(0) {
            break;
        }
    }
    let body = if bytes.starts_with(b"POST") { stored } else { shown };
    let size = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n{body}")
}
