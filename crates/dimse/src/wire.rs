//! One connection, unit by unit: every wait has an end, no length is believed before it is compared with its limit, and what
//! is sent goes out in one write.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use imaging::station::Fingerprint;

use crate::pdu::{self, Garbage, HEAD_BYTES, Kind, Piece};

/// How long may be waited for what.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// For the request of an association, from the connection on (PS3.8 9.1.5 calls it ARTIM).
    pub request: Duration,
    /// For the next unit. Devices pause between images while they compute.
    pub idle: Duration,
    /// For the rest of a unit that has begun, and for a peer that does not read.
    pub unit: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { request: Duration::from_secs(15), idle: Duration::from_secs(120), unit: Duration::from_secs(30) }
    }
}

/// Time that only goes forward, from some beginning on. `app` reads it, tests make it.
pub type Ticks = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A stream that may be plain or inside TLS. It reads at most once from its socket for each call of `read`, and answers
/// `Interrupted` when nothing has come of it yet: so whoever waits can look at the clock in between.
pub trait Stream: Read + Write + Send {
    /// The certificate whose key the peer has proven to hold, once something was read; none of a plain stream.
    fn certificate(&self) -> Option<Fingerprint>;

    /// Whether something has come that was not read yet; without waiting for it.
    fn waits(&mut self) -> bool;
}

impl Stream for TcpStream {
    fn certificate(&self) -> Option<Fingerprint> {
        None
    }

    fn waits(&mut self) -> bool {
        let peeked = self.set_nonblocking(true).and_then(|()| self.peek(&mut [0]));
        let _ = self.set_nonblocking(false);
        matches!(peeked, Ok(1))
    }
}

/// Why there is nothing more to read.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The peer went away.
    Gone,
    /// It said nothing for too long.
    Silent,
    /// It sent what is no unit, or one that is too long; the reason of our abort.
    Garbage(u8),
    /// It ended the association at once.
    Aborted,
    /// It takes no association from us.
    Rejected,
}

impl From<Garbage> for Ended {
    fn from(_: Garbage) -> Self {
        Self::Garbage(6)
    }
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Silent,
            _ => Self::Gone,
        }
    }
}

/// The connection.
pub(crate) struct Wire {
    socket: TcpStream,
    stream: Box<dyn Stream>,
    times: Times,
    ticks: Ticks,
    /// The body of the unit that was read last.
    body: Vec<u8>,
    /// Where the next piece of it begins.
    at: usize,
    out: Vec<u8>,
}

impl Wire {
    /// Over `stream`, whose socket is `socket`.
    ///
    /// # Errors
    /// The socket's.
    pub(crate) fn new(socket: TcpStream, stream: Box<dyn Stream>, times: Times, ticks: Ticks) -> io::Result<Self> {
        // A sender that waits for our acknowledgement must not wait for our timer (see the Nagle trap in docs/protocols.md).
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(times.unit))?;
        Ok(Self { socket, stream, times, ticks, body: Vec::new(), at: 0, out: Vec::new() })
    }

    /// Reads the next unit: its kind, and its body in [`Wire::body`].
    ///
    /// # Errors
    /// [`Ended`].
    pub(crate) fn unit(&mut self, wait: Duration) -> Result<Kind, Ended> {
        let mut head = [0; HEAD_BYTES];
        self.fill(&mut head[..1], (self.ticks)() + wait)?;
        let end = (self.ticks)() + self.times.unit;
        self.fill(&mut head[1..], end)?;
        let kind = Kind::of(head[0]).ok_or(Ended::Garbage(1))?;
        let length = u32::from_be_bytes([head[2], head[3], head[4], head[5]]);
        if length > kind.bytes_max() {
            return Err(Ended::Garbage(6));
        }
        let mut body = std::mem::take(&mut self.body);
        body.resize(length as usize, 0);
        let read = self.fill(&mut body, end);
        self.body = body;
        self.at = 0;
        read?;
        if kind == Kind::Abort { Err(Ended::Aborted) } else { Ok(kind) }
    }

    /// The body of the last unit.
    #[must_use]
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Passes over the rest of the last unit.
    pub(crate) fn pass(&mut self) {
        self.at = self.body.len();
    }

    /// Hands the next piece to `each`, reading units as needed. Nothing when the peer asks for release.
    ///
    /// # Errors
    /// [`Ended`].
    pub(crate) fn piece<T>(&mut self, each: impl FnOnce(Piece<'_>) -> T) -> Result<Option<T>, Ended> {
        loop {
            if let Some((piece, next)) = Piece::parse(&self.body, self.at)? {
                self.at = next;
                return Ok(Some(each(piece)));
            }
            match self.unit(self.times.idle)? {
                Kind::Data => (),
                Kind::ReleaseRequest => {
                    self.body.clear();
                    self.at = 0;
                    return Ok(None);
                }
                _ => return Err(Ended::Garbage(2)),
            }
        }
    }

    /// Whether something has come that was not read yet.
    #[must_use]
    pub(crate) fn waits(&mut self) -> bool {
        self.at < self.body.len() || self.stream.waits()
    }

    /// The certificate of the peer, known once a unit was read.
    #[must_use]
    pub(crate) fn certificate(&self) -> Option<Fingerprint> {
        self.stream.certificate()
    }

    /// Sends a unit in one write.
    ///
    /// # Errors
    /// [`Ended`].
    pub(crate) fn send(&mut self, unit: &[u8]) -> Result<(), Ended> {
        self.stream.write_all(unit)?;
        self.stream.flush()?;
        Ok(())
    }

    /// Sends a command, and its data set if it has one, in units of at most `bytes_max`; small ones in one write.
    ///
    /// # Errors
    /// [`Ended`].
    pub(crate) fn message(
        &mut self,
        context: u8,
        command: &[u8],
        data: Option<&[u8]>,
        bytes_max: u32,
    ) -> Result<(), Ended> {
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        cut(&mut out, context, true, command, bytes_max);
        if let Some(data) = data {
            cut(&mut out, context, false, data, bytes_max);
        }
        let sent = self.send(&out);
        self.out = out;
        sent
    }

    /// Sends one piece of a data set.
    ///
    /// # Errors
    /// [`Ended`].
    pub(crate) fn data(&mut self, context: u8, last: bool, bytes: &[u8]) -> Result<(), Ended> {
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        out.extend(Piece::head(context, false, last, bytes.len()));
        out.extend(bytes);
        let sent = self.send(&out);
        self.out = out;
        sent
    }

    /// Ends the connection, having said why.
    pub(crate) fn abort(&mut self, reason: u8) {
        // Whoever sent garbage may be gone; nothing depends on the abort's arrival.
        let _ = self.send(&pdu::abort(reason));
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }

    /// How long is waited for the request of an association.
    #[must_use]
    pub(crate) fn times(&self) -> Times {
        self.times
    }

    fn fill(&mut self, mut room: &mut [u8], end: Duration) -> Result<(), Ended> {
        while !room.is_empty() {
            let left = end.saturating_sub((self.ticks)());
            if left.is_zero() {
                return Err(Ended::Silent);
            }
            self.socket.set_read_timeout(Some(left))?;
            match self.stream.read(room) {
                Ok(0) => return Err(Ended::Gone),
                Ok(count) => room = &mut room[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) => return Err(error.into()),
            }
            // The kernel forgets it after each read.
            let _ = socket2::SockRef::from(&self.socket).set_tcp_quickack(true);
        }
        Ok(())
    }
}

/// The largest piece that fits into units of `bytes_max` (0: any).
#[must_use]
pub(crate) fn piece_bytes(bytes_max: u32) -> usize {
    let most = if bytes_max == 0 { pdu::PDU_BYTES_MAX } else { bytes_max.min(pdu::PDU_BYTES_MAX) };
    // A peer that announces less than the head of a piece gets a byte at a time.
    (most as usize).saturating_sub(6).max(1)
}

fn cut(out: &mut Vec<u8>, context: u8, command: bool, bytes: &[u8], bytes_max: u32) {
    let most = piece_bytes(bytes_max);
    let count = bytes.len().div_ceil(most).max(1);
    for place in 0..count {
        let piece = &bytes[place * most..((place + 1) * most).min(bytes.len())];
        out.extend(Piece::head(context, command, place + 1 == count, piece.len()));
        out.extend(piece);
    }
}
