//! Asks a time server how far the server's clock is off (SNTP, RFC 5905 section 14). Measures only: setting the clock is
//! the operating system's task.

use std::time::Duration;

use audit::clock::Measured;
use kernel::{Chance, Clock, Error, Result, Timestamp};
use tokio::net::UdpSocket;

/// Longest wait for an answer.
const WAIT_S: u64 = 5;
/// Bytes of question and answer.
const PACKET_BYTES: usize = 48;
/// Leap indicator none, version 4, mode 3 (client).
const QUESTION: u8 = 0x23;
/// Seconds from 1900 to 1970.
const EPOCH_S: i64 = 2_208_988_800;

/// Asks `server` (`host` or `host:port`).
///
/// # Errors
/// `Unavailable` when it does not answer, or answers what cannot be trusted.
pub(crate) async fn ask(server: &str, clock: &dyn Clock, chance: &Chance) -> Result<Measured> {
    let address = if server.contains(':') { server.to_owned() } else { format!("{server}:123") };
    let at = tokio::net::lookup_host(&address).await.map_err(Error::unavailable)?.next();
    let at = at.ok_or_else(|| Error::unavailable(format!("{address}: no address")))?;
    let local = if at.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(local).await.map_err(Error::unavailable)?;
    socket.connect(at).await.map_err(Error::unavailable)?;
    // Chance instead of our time: an answer that repeats it is an answer to this question, and nobody learns our clock.
    let mark: [u8; 8] = chance.bytes();
    let mut packet = [0; PACKET_BYTES];
    packet[0] = QUESTION;
    packet[40..].copy_from_slice(&mark);
    let sent_at = clock.now();
    socket.send(&packet).await.map_err(Error::unavailable)?;
    let mut answer = [0; PACKET_BYTES];
    let received = tokio::time::timeout(Duration::from_secs(WAIT_S), socket.recv(&mut answer)).await;
    let heard_at = clock.now();
    match received {
        Ok(Ok(PACKET_BYTES)) => measure(&answer, mark, sent_at, heard_at),
        Ok(Ok(_)) => Err(Error::unavailable("a time server's answer is cut")),
        Ok(Err(error)) => Err(Error::unavailable(error)),
        Err(_) => Err(Error::unavailable("a time server does not answer")),
    }
}

/// What an answer to the question `mark` says.
fn measure(answer: &[u8; PACKET_BYTES], mark: [u8; 8], sent_at: Timestamp, heard_at: Timestamp) -> Result<Measured> {
    let refuse = |why: &str| Err(Error::unavailable(format!("a time server's answer: {why}")));
    let (leap, mode, stratum) = (answer[0] >> 6, answer[0] & 7, answer[1]);
    if mode != 4 || answer[24..32] != mark {
        return refuse("not to this question");
    }
    if leap == 3 || !(1..16).contains(&stratum) {
        return refuse("it does not know the time itself");
    }
    let (came_in, went_out) = (instant_us(&answer[32..40]), instant_us(&answer[40..48]));
    let (sent, heard) = (sent_at.as_microsecond(), heard_at.as_microsecond());
    let round_trip_us = (heard - sent) - (went_out - came_in);
    if round_trip_us < 0 || went_out < came_in {
        return refuse("its times contradict each other");
    }
    Ok(Measured { offset_us: ((came_in - sent) + (went_out - heard)) / 2, round_trip_us })
}

/// An NTP time in microseconds since 1970. Seconds without the upper bit are of the era from 2036 on (RFC 4330, 3).
fn instant_us(bytes: &[u8]) -> i64 {
    let part = |from: usize| bytes[from..from + 4].iter().fold(0i64, |sum, it| sum << 8 | i64::from(*it));
    let (seconds, fraction) = (part(0), part(4));
    let era = if seconds >> 31 == 0 { 1 << 32 } else { 0 };
    (seconds + era - EPOCH_S) * 1_000_000 + ((fraction * 1_000_000) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: [u8; 8] = *b"question";

    fn at(us: i64) -> Timestamp {
        Timestamp::from_microsecond(1_795_000_000_000_000 + us).expect("an instant")
    }

    fn time(us: i64) -> [u8; 8] {
        let all = at(us).as_microsecond();
        let seconds = u32::try_from((all / 1_000_000 + EPOCH_S) % (1 << 32)).expect("in its era");
        let fraction = u32::try_from(((all % 1_000_000) << 32) / 1_000_000).expect("a fraction");
        [seconds.to_be_bytes(), fraction.to_be_bytes()].concat().try_into().expect("eight bytes")
    }

    fn answer(first: u8, stratum: u8, mark: [u8; 8], came_in: i64, went_out: i64) -> [u8; PACKET_BYTES] {
        let mut out = [0; PACKET_BYTES];
        (out[0], out[1]) = (first, stratum);
        out[24..32].copy_from_slice(&mark);
        out[32..40].copy_from_slice(&time(came_in));
        out[40..].copy_from_slice(&time(went_out));
        out
    }

    /// CS-163: the offset of the server's clock, however long the way.
    #[test]
    fn an_answer_tells_the_offset_and_how_sure_it_is() {
        // Server and reference agree; 10 ms there, 1 ms within, 10 ms back.
        let even = measure(&answer(0x24, 2, MARK, 10_000, 11_000), MARK, at(0), at(21_000)).expect("taken");
        assert!(even.offset_us.abs() <= 1 && (even.round_trip_us - 20_000).abs() <= 1, "{even:?}");
        // Our clock is two seconds behind.
        let behind = measure(&answer(0x24, 2, MARK, 2_010_000, 2_011_000), MARK, at(0), at(21_000)).expect("taken");
        assert!((behind.offset_us - 2_000_000).abs() <= 1, "{behind:?}");
    }

    #[test]
    fn what_cannot_be_trusted_is_no_answer() {
        let taken = |answer: [u8; PACKET_BYTES]| measure(&answer, MARK, at(0), at(21_000)).is_ok();
        assert!(taken(answer(0x24, 1, MARK, 10_000, 11_000)));
        for (why, bad) in [
            ("somebody else's", answer(0x24, 1, *b"guessing", 10_000, 11_000)),
            ("not a server's", answer(0x23, 1, MARK, 10_000, 11_000)),
            ("its clock is not set", answer(0xe4, 1, MARK, 10_000, 11_000)),
            ("kiss of death", answer(0x24, 0, MARK, 10_000, 11_000)),
            ("unsynchronised", answer(0x24, 16, MARK, 10_000, 11_000)),
            ("backwards", answer(0x24, 1, MARK, 11_000, 10_000)),
            ("longer within than the whole way", answer(0x24, 1, MARK, 0, 90_000)),
        ] {
            assert!(!taken(bad), "{why}");
        }
    }

    /// A time server two seconds ahead, as far as this protocol goes.
    #[tokio::test]
    async fn a_server_is_asked_and_one_that_is_away_is_not_waited_for_in_vain() {
        let server = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = server.local_addr().expect("an address").to_string();
        let answering = tokio::spawn(async move {
            let mut question = [0; PACKET_BYTES];
            let (_, from) = server.recv_from(&mut question).await.expect("a question");
            assert_eq!((question[0], &question[1..40]), (QUESTION, &[0; 39][..]), "nobody learns our clock");
            let now = Timestamp::now().as_microsecond() - at(0).as_microsecond() + 2_000_000;
            let mark = question[40..].try_into().expect("eight bytes");
            server.send_to(&answer(0x24, 1, mark, now, now), from).await.expect("sent");
        });
        let measured = ask(&address, &crate::house::WallClock, &Chance::system()).await.expect("an answer");
        answering.await.expect("answered");
        assert!((measured.offset_us - 2_000_000).abs() <= measured.round_trip_us + 2, "{measured:?}");
        assert!(ask(&address, &crate::house::WallClock, &Chance::system()).await.is_err(), "its port is closed");
        assert!(ask("no-such-host.invalid", &crate::house::WallClock, &Chance::system()).await.is_err());
    }

    #[test]
    fn times_go_on_after_2036() {
        let last = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
        let first = [0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(instant_us(&first) - instant_us(&last), 1_000_000);
    }
}
