//! One type per kind of id, so that a patient's id cannot be handed to a function that wants a booking's.
//!
//! An id is 128 bits: 48 bits of milliseconds, then chance, so that rows made together lie together.
//! Written as 26 characters of Crockford's base 32 (lower case), which sorts like the number.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use crate::Ctx;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of a written id.
pub const ID_CHARS: usize = 26;

/// An id of kind `K`.
pub struct Id<K>([u8; 16], PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// A new id, from the moment and the chance of `ctx`.
    #[must_use]
    pub fn new(ctx: &Ctx) -> Self {
        let mut bytes = [0; 16];
        let ms = u64::try_from(ctx.now.as_millisecond()).unwrap_or(0);
        bytes[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
        ctx.chance.fill(&mut bytes[6..]);
        Self(bytes, PhantomData)
    }

    /// The id with these sixteen bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes, PhantomData)
    }

    /// The sixteen bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = u128::from_be_bytes(self.0);
        let mut out = [0u8; ID_CHARS];
        for slot in out.iter_mut().rev() {
            *slot = ALPHABET[(number & 31) as usize];
            number >>= 5;
        }
        f.write_str(std::str::from_utf8(&out).unwrap_or_default())
    }
}

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl<K> FromStr for Id<K> {
    type Err = NotAnId;

    /// # Errors
    /// Anything but exactly 26 characters of the alphabet that make a 128-bit number.
    fn from_str(text: &str) -> std::result::Result<Self, NotAnId> {
        if text.len() != ID_CHARS {
            return Err(NotAnId);
        }
        let mut number: u128 = 0;
        for (place, byte) in text.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|it| *it == byte).ok_or(NotAnId)?;
            // 26 digits hold 130 bits: the first one may not use its two highest.
            if place == 0 && digit > 7 {
                return Err(NotAnId);
            }
            number = (number << 5) | digit as u128;
        }
        Ok(Self(number.to_be_bytes(), PhantomData))
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl<K> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("not an id"))
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $id:ident),+ $(,)?) => {
        /// The kinds of things that have an id; empty types that only name.
        pub mod kinds {
            $(#[doc = concat!("See [`", stringify!($id), "`](super::", stringify!($id), ").")]
            #[derive(Debug)] pub enum $kind {})+
        }
        $($(#[$doc])* pub type $id = Id<kinds::$kind>;)+
    };
}
kinds! {
    /// A clinic, hospital, laboratory, pharmacy or visiting-nurse station.
    Facility => FacilityId,
    /// A person of a staff, or a guardian: whoever signs in by an own name.
    Person => PersonId,
    /// A patient of one facility.
    Patient => PatientId,
    /// A signed-in browser.
    Session => SessionId,
    /// A terminal known to a facility.
    Device => DeviceId,
    /// One request from outside, or one run of a job.
    Request => RequestId,
    /// An agreed time for one visit.
    Booking => BookingId,
    /// Any other row; the noun's own module gives it a narrower alias.
    Row => RowId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        for bytes in [[0u8; 16], [0xff; 16], *b"0123456789abcdef"] {
            let id = PersonId::from_bytes(bytes);
            assert_eq!(id.to_string().parse::<PersonId>(), Ok(id));
        }
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in ["", "0", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "0123456789ABCDEFGHJKMNPQRS", "0123456789abcdefghjkmnpqr!"]
        {
            assert_eq!(text.parse::<PersonId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn later_ids_sort_later() {
        let early = PersonId::new(&Ctx::test("2026-11-20T09:00:00Z"));
        let late = PersonId::new(&Ctx::test("2026-11-20T09:00:01Z"));
        assert!(early < late && early.to_string() < late.to_string());
    }
}
