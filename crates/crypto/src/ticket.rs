//! Short-lived tickets that we hand out and take back: who may enter a call, which form was opened when.
//!
//! A ticket is signed, not hidden: its holder can read it. It carries ids, never names.
//! Nothing is stored, so a ticket cannot be called back; whoever takes one checks what may have changed since.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Error, Result, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Key;

/// Longest ticket that is looked at, in characters: it travels in an address or a header.
pub const TICKET_CHARS_MAX: usize = 2048;
const MARK_BYTES: usize = 32;
const EXPIRY_BYTES: usize = 8;

/// Why a ticket is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketFault {
    /// Not ours, for another purpose, or changed.
    Forged,
    /// Ours, but too old.
    Expired,
}

/// Signs `payload` for `purpose`, to be taken until `expires`. URL-safe.
///
/// # Errors
/// `Internal` when the payload cannot be written as JSON or is longer than [`TICKET_CHARS_MAX`] allows.
pub fn seal<T: Serialize>(key: &Key, purpose: &str, payload: &T, expires: Timestamp) -> Result<String> {
    let mut body = expires.as_microsecond().to_be_bytes().to_vec();
    serde_json::to_writer(&mut body, payload).map_err(Error::internal)?;
    body.extend_from_slice(&purpose_key(key, purpose).mark(&body));
    let ticket = URL_SAFE_NO_PAD.encode(&body);
    if ticket.len() > TICKET_CHARS_MAX {
        return Err(Error::internal(format!("a ticket for {purpose} of {} characters", ticket.len())));
    }
    Ok(ticket)
}

/// The payload of a ticket for `purpose`, unless it is forged or over at `now`.
///
/// # Errors
/// [`TicketFault`].
pub fn open<T: DeserializeOwned>(key: &Key, purpose: &str, ticket: &str, now: Timestamp) -> Result<T, TicketFault> {
    if ticket.len() > TICKET_CHARS_MAX {
        return Err(TicketFault::Forged);
    }
    let bytes = URL_SAFE_NO_PAD.decode(ticket).map_err(|_| TicketFault::Forged)?;
    let at = bytes.len().checked_sub(MARK_BYTES).ok_or(TicketFault::Forged)?;
    let (body, mark) = bytes.split_at(at);
    if !purpose_key(key, purpose).is_mark(body, mark) {
        return Err(TicketFault::Forged);
    }
    let (expiry, payload) = body.split_at_checked(EXPIRY_BYTES).ok_or(TicketFault::Forged)?;
    let expiry = i64::from_be_bytes(expiry.try_into().map_err(|_| TicketFault::Forged)?);
    if now.as_microsecond() >= expiry {
        return Err(TicketFault::Expired);
    }
    serde_json::from_slice(payload).map_err(|_| TicketFault::Forged)
}

fn purpose_key(key: &Key, purpose: &str) -> Key {
    key.derive("ticket").derive(purpose)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Chance, Ctx};

    #[test]
    fn a_ticket_is_taken_for_its_purpose_until_it_is_over() {
        let key = Key::generate(&Chance::seeded(1));
        let now = Ctx::test("2026-11-21T00:00:00Z").now;
        let later = kernel::time::plus_min(now, 5);
        let payload = ("booking".to_owned(), 3_u8);
        let ticket = seal(&key, "call", &payload, later).expect("sealed");
        assert!(ticket.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_'));
        assert_eq!(open(&key, "call", &ticket, now), Ok(payload));
        assert_eq!(open::<(String, u8)>(&key, "call", &ticket, later), Err(TicketFault::Expired));
        assert_eq!(open::<(String, u8)>(&key, "upload", &ticket, now), Err(TicketFault::Forged));
        assert_eq!(open::<(String, u8)>(&Key::from_bytes([1; 32]), "call", &ticket, now), Err(TicketFault::Forged));
    }

    #[test]
    fn any_changed_character_is_found() {
        let key = Key::generate(&Chance::seeded(2));
        let now = Ctx::test("2026-11-21T00:00:00Z").now;
        let ticket = seal(&key, "call", &7_u8, kernel::time::plus_min(now, 5)).expect("sealed");
        for place in 0..ticket.len() {
            let mut changed = ticket.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            assert_eq!(open::<u8>(&key, "call", &changed, now), Err(TicketFault::Forged), "{place}");
        }
        for text in ["", "A", "AAAA", "あ", &"A".repeat(TICKET_CHARS_MAX + 1)] {
            assert_eq!(open::<u8>(&key, "call", text, now), Err(TicketFault::Forged));
        }
    }

    #[test]
    fn a_ticket_too_long_for_an_address_is_not_made() {
        let key = Key::generate(&Chance::seeded(3));
        assert!(seal(&key, "call", &"x".repeat(TICKET_CHARS_MAX), Timestamp::MAX).is_err());
    }
}
