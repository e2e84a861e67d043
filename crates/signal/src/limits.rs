//! How much one socket, one address, one room may ask for.

use kernel::Timestamp;

/// Everything from outside has a limit; the default is for a clinic, tests narrow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest message. An offer with picture, sound and screen is 6 KB; five times ten fits.
    pub message_bytes: usize,
    /// Messages a second, on average. A mesh of five trickles about 80 candidates within a second or two, once.
    pub messages_per_s: u32,
    /// Messages at once.
    pub messages_burst: u32,
    /// Seconds until the first message must have come.
    pub hello_s: u64,
    /// Seconds between our pings. Carrier NATs forget a quiet TCP connection after a minute or so.
    pub ping_s: u64,
    /// Seconds without a word after which a socket counts as dead.
    pub silence_s: u64,
    /// Sockets of one address. Hundreds of phones can stand behind one carrier's NAT.
    pub sockets_per_address: usize,
    /// Sockets of one address that have not shown a good ticket yet.
    pub strangers_per_address: usize,
    /// Sockets altogether.
    pub sockets: usize,
    /// People in one room, the waiting ones included.
    pub people_per_room: usize,
    /// Admitted people in one room: each sends to each, and a phone encodes once per receiver.
    pub admitted_per_room: usize,
    /// Messages that may wait for a slow reader before it is dropped.
    pub queue: usize,
    /// Longest chat message, in characters.
    pub chat_chars: usize,
    /// Milliseconds a patient's browser rings.
    pub ring_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 64 * 1024,
            messages_per_s: 50,
            messages_burst: 300,
            hello_s: 5,
            ping_s: 10,
            silence_s: 25,
            sockets_per_address: 1_000,
            strangers_per_address: 30,
            sockets: 20_000,
            people_per_room: 12,
            admitted_per_room: 5,
            queue: 256,
            chat_chars: 1_000,
            ring_ms: 60_000,
        }
    }
}

/// A leaky bucket in thousandths of a message.
#[derive(Debug)]
pub(crate) struct Bucket {
    level: i64,
    full: i64,
    per_ms: i64,
    last: Timestamp,
}

impl Bucket {
    pub(crate) fn new(limits: &Limits, now: Timestamp) -> Self {
        let full = i64::from(limits.messages_burst) * 1_000;
        Self { level: full, full, per_ms: i64::from(limits.messages_per_s), last: now }
    }

    /// Takes one message out; false when there is none left.
    pub(crate) fn take(&mut self, now: Timestamp) -> bool {
        let elapsed_ms = (now.as_millisecond() - self.last.as_millisecond()).clamp(0, 60_000);
        self.last = now;
        self.level = (self.level + elapsed_ms * self.per_ms).min(self.full);
        if self.level < 1_000 {
            return false;
        }
        self.level -= 1_000;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let limits = Limits { messages_per_s: 2, messages_burst: 3, ..Limits::default() };
        let at = |ms: i64| Timestamp::from_millisecond(1_000_000 + ms).expect("an instant");
        let mut bucket = Bucket::new(&limits, at(0));
        assert_eq!([0, 1, 2, 3].map(|ms| bucket.take(at(ms))), [true, true, true, false]);
        assert!(bucket.take(at(600)), "one more after half a second");
        assert!(!bucket.take(at(0)), "a clock that jumps back gives nothing");
    }
}
