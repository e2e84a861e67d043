//! Asks a clamd (its own protocol, command `INSTREAM`). Anything but a plain "OK" is no clean bill.
//!
//! Written by hand: the protocol is five lines, and the clients on offer bring an async runtime of their own.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use kernel::{Error, Result};

/// Longest wait for a connection: it is on this machine or beside it.
const CONNECT_SECONDS_MAX: u64 = 3;
/// Longest wait for an answer: clamd unpacks archives inside a PDF.
const ANSWER_SECONDS_MAX: u64 = 60;
/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 4096;
/// Bytes sent in one piece.
const PIECE_BYTES: usize = 64 * 1024;

/// Where a clamd listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clamd {
    /// `host:port`
    Tcp(String),
    /// Path of a Unix socket.
    Unix(PathBuf),
}

/// What the scanner said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// Nothing found.
    Clean,
    /// The scanner's name for what it found.
    Found(String),
    /// It could not say.
    Failed(String),
}

trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

impl Clamd {
    /// Reads a setting: `tcp://127.0.0.1:3310` or `unix:/run/clamav/clamd.ctl`.
    ///
    /// # Errors
    /// `Internal` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match (text.strip_prefix("tcp://"), text.strip_prefix("unix:")) {
            (Some(address), _) if address.contains(':') => Ok(Self::Tcp(address.trim_end_matches('/').to_owned())),
            (_, Some(path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            _ => Err(Error::internal(format!("{text} is no clamd address (tcp://host:port or unix:/path)"))),
        }
    }

    /// Has `bytes` looked at.
    #[must_use]
    pub fn scan(&self, bytes: &[u8]) -> Scan {
        let mut left = Some(bytes.to_vec());
        self.scan_pieces(&mut || Ok(left.take()))
    }

    /// Has a file looked at that is never held whole: `next` hands out its pieces, and nothing after the last one. What is
    /// larger than clamd's own `StreamMaxLength` is not scanned, and so not clean.
    #[must_use]
    pub fn scan_pieces(&self, next: &mut dyn FnMut() -> Result<Option<Vec<u8>>>) -> Scan {
        match self.ask(next) {
            Ok(answer) => read_answer(&answer),
            Err(error) => Scan::Failed(error.to_string()),
        }
    }

    /// Whether it answers, for the health page.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let ping = || -> io::Result<Vec<u8>> {
            let mut line = self.connect()?;
            line.write_all(b"zPING\0")?;
            answer(line.as_mut())
        };
        ping().is_ok_and(|it| it == b"PONG\0")
    }

    fn ask(&self, next: &mut dyn FnMut() -> Result<Option<Vec<u8>>>) -> io::Result<Vec<u8>> {
        let mut line = self.connect()?;
        let sent = send(line.as_mut(), next);
        // A clamd whose own limit is reached answers and hangs up while we still send: the answer says more than
        // the broken line.
        match (answer(line.as_mut()), sent) {
            (Ok(answer), _) if !answer.is_empty() => Ok(answer),
            (_, Err(error)) | (Err(error), _) => Err(error),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn connect(&self) -> io::Result<Box<dyn Line>> {
        let wait = Some(Duration::from_secs(ANSWER_SECONDS_MAX));
        match self {
            Self::Tcp(address) => {
                let address = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
                let line = TcpStream::connect_timeout(&address, Duration::from_secs(CONNECT_SECONDS_MAX))?;
                line.set_read_timeout(wait)?;
                line.set_write_timeout(wait)?;
                Ok(Box::new(line))
            }
            #[cfg(unix)]
            Self::Unix(path) => {
                let line = std::os::unix::net::UnixStream::connect(path)?;
                line.set_read_timeout(wait)?;
                line.set_write_timeout(wait)?;
                Ok(Box::new(line))
            }
            #[cfg(not(unix))]
            Self::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

fn send(line: &mut dyn Line, next: &mut dyn FnMut() -> Result<Option<Vec<u8>>>) -> io::Result<()> {
    line.write_all(b"zINSTREAM\0")?;
    while let Some(bytes) = next().map_err(io::Error::other)? {
        for piece in bytes.chunks(PIECE_BYTES) {
            // Below 64 KiB, so it fits.
            line.write_all(&(piece.len() as u32).to_be_bytes())?;
            line.write_all(piece)?;
        }
    }
    line.write_all(&[0; 4])?;
    line.flush()
}

fn answer(line: &mut dyn Line) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut byte = [0];
    // Read up to the ending zero; the scanner may keep the line open after it.
    while (out.len() as u64) < ANSWER_BYTES_MAX && out.last() != Some(&0) {
        match line.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => out.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) if !out.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(out)
}

fn read_answer(answer: &[u8]) -> Scan {
    let text = String::from_utf8_lossy(answer);
    let text = text.trim_end_matches(['\0', '\n']);
    match (text, text.strip_prefix("stream: ").and_then(|it| it.strip_suffix(" FOUND"))) {
        ("stream: OK", _) => Scan::Clean,
        (_, Some(name)) => Scan::Found(name.to_owned()),
        _ => Scan::Failed(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Door, Refused, Scanner};
    use std::net::TcpListener;

    /// A scanner that takes at most `limit` bytes, then gives `said` and hangs up.
    fn fake(limit: usize, said: &'static [u8]) -> (Clamd, std::thread::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        let served = std::thread::spawn(move || {
            let (mut line, _) = listener.accept().expect("asked");
            let mut command = [0; 10];
            line.read_exact(&mut command).expect("a command");
            assert_eq!(&command, b"zINSTREAM\0");
            let mut got = Vec::new();
            loop {
                let mut length = [0; 4];
                line.read_exact(&mut length).expect("a length");
                let length = u32::from_be_bytes(length) as usize;
                if length == 0 || got.len() + length > limit {
                    break;
                }
                let mut piece = vec![0; length];
                line.read_exact(&mut piece).expect("a piece");
                got.extend_from_slice(&piece);
            }
            line.write_all(said).expect("answered");
            got
        });
        (Clamd::Tcp(address), served)
    }

    #[test]
    fn only_ok_is_clean() {
        // CS-155, OV-247
        let cases: [(&[u8], Scan); 6] = [
            (b"stream: OK\0", Scan::Clean),
            (b"stream: Eicar-Test-Signature FOUND\0", Scan::Found("Eicar-Test-Signature".into())),
            (b"INSTREAM size limit exceeded. ERROR\0", Scan::Failed("INSTREAM size limit exceeded. ERROR".into())),
            (b"stream: Can't allocate memory ERROR\0", Scan::Failed("stream: Can't allocate memory ERROR".into())),
            (b"OK\0", Scan::Failed("OK".into())),
            (b"UNKNOWN COMMAND\0", Scan::Failed("UNKNOWN COMMAND".into())),
        ];
        for (said, scan) in cases {
            let (clamd, served) = fake(usize::MAX, said);
            let bytes: Vec<u8> = (0..200_000_u32).map(|it| it as u8).collect();
            assert_eq!(clamd.scan(&bytes), scan);
            assert!(served.join().expect("served") == bytes, "the scanner saw every byte");
        }
    }

    #[test]
    fn a_scanner_that_hangs_up_early_has_not_found_it_clean() {
        let bytes = vec![1; 10 * PIECE_BYTES];
        let (clamd, served) = fake(2 * PIECE_BYTES, b"INSTREAM size limit exceeded. ERROR\0");
        assert!(matches!(clamd.scan(&bytes), Scan::Failed(_)));
        served.join().expect("served");
        let (clamd, served) = fake(usize::MAX, b"");
        assert!(matches!(clamd.scan(b"x"), Scan::Failed(_)));
        served.join().expect("served");
    }

    #[test]
    fn without_an_answer_the_door_stays_shut() {
        // CS-155
        let (clamd, served) = fake(usize::MAX, b"stream: Eicar-Test-Signature FOUND\0");
        let door = Door { scanner: Scanner::Clamd(clamd), ..Door::default() };
        assert_eq!(door.check("a.pdf", b"%PDF-1.4 x"), Err(Refused::Malware("Eicar-Test-Signature".into())));
        served.join().expect("served");
        // Nobody listens there any more.
        assert!(matches!(door.check("a.pdf", b"%PDF-1.4 x"), Err(Refused::NotScanned(_))));
        let (clamd, served) = fake(usize::MAX, b"stream: OK\0");
        let door = Door { scanner: Scanner::Clamd(clamd), ..Door::default() };
        assert!(door.check("a.pdf", b"%PDF-1.4 x").expect("taken").scanned);
        served.join().expect("served");
    }

    #[test]
    fn addresses_are_read() {
        assert_eq!(Clamd::parse("tcp://127.0.0.1:3310").expect("read"), Clamd::Tcp("127.0.0.1:3310".into()));
        assert_eq!(Clamd::parse("unix:/run/clamd").expect("read"), Clamd::Unix("/run/clamd".into()));
        for text in ["", "127.0.0.1:3310", "tcp://host", "unix:relative"] {
            assert!(Clamd::parse(text).is_err(), "{text}");
        }
    }
}
