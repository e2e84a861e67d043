//! Bearer tokens: how a machine acts as a person at one facility, without a browser. What the person may not do, the
//! token may not either; its scopes only narrow that.
//!
//! A token is shown once, when it is made; a mark of it is kept.

pub mod door;
pub mod pages;
pub mod store;

use std::fmt;
use std::str::FromStr;

use kernel::{Chance, DeviceId, FacilityId, PersonId, RowId, Timestamp};

/// Days a token lives unless told otherwise.
pub const DAYS: i64 = 90;
/// Days a token may live at most: somebody looks at it once a year.
pub const DAYS_MAX: i64 = 366;
/// Letters before the secret, by which people and programs that look for lost secrets know what it is.
const PREFIX: &str = "haruka_";
/// Characters of a written token; anything longer is none.
pub const TOKEN_CHARS: usize = PREFIX.len() + 2 * kernel::id::ID_CHARS;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Search and fetch images.
    DicomwebRead,
    /// Send images.
    DicomwebWrite,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::DicomwebRead, Self::DicomwebWrite];

    /// As it is written on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::DicomwebRead => "dicomweb.read",
            Self::DicomwebWrite => "dicomweb.write",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// No scope has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAScope;

impl fmt::Display for NotAScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scope is one of:")?;
        Scope::ALL.iter().try_for_each(|it| write!(f, " {it}"))
    }
}
impl std::error::Error for NotAScope {}

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, NotAScope> {
        Self::ALL.into_iter().find(|it| it.key() == text).ok_or(NotAScope)
    }
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id; the log names it as the device.
    pub id: RowId,
    /// As whom it acts.
    pub person: PersonId,
    /// Where.
    pub facility: FacilityId,
    /// Which machine has it.
    pub label: String,
    /// What it is good for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Its last use, to an hour.
    pub used_at: Option<Timestamp>,
    /// When somebody ended it.
    pub ended_at: Option<Timestamp>,
}

impl Token {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// The device that the log names.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        DeviceId::from_bytes(*self.id.as_bytes())
    }
}

/// A new token: 256 bits of chance, so that nobody guesses it and no count of tries is needed.
fn secret(chance: &Chance) -> String {
    format!("{PREFIX}{}{}", RowId::from_bytes(chance.bytes()), RowId::from_bytes(chance.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_never_the_same() {
        let chance = Chance::seeded(1);
        let (one, other) = (secret(&chance), secret(&chance));
        assert_eq!((one.len(), one.starts_with(PREFIX)), (TOKEN_CHARS, true));
        assert_ne!(one, other);
    }

    #[test]
    fn a_token_ends_at_its_moment_or_when_somebody_ends_it() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let token = |ended_at| Token {
            id: RowId::from_bytes([1; 16]),
            person: PersonId::from_bytes([2; 16]),
            facility: FacilityId::from_bytes([3; 16]),
            label: String::new(),
            scopes: vec![],
            made_at: at("2026-11-01T00:00:00Z"),
            expires_at: at("2026-12-01T00:00:00Z"),
            used_at: None,
            ended_at,
        };
        assert!(token(None).is_live(at("2026-11-30T23:59:59Z")));
        assert!(!token(None).is_live(at("2026-12-01T00:00:00Z")));
        assert!(!token(Some(at("2026-11-02T00:00:00Z"))).is_live(at("2026-11-03T00:00:00Z")));
    }

    #[test]
    fn scopes_are_read_as_they_are_written() {
        for scope in Scope::ALL {
            assert_eq!(scope.key().parse(), Ok(scope));
        }
        assert_eq!("dicomweb".parse::<Scope>(), Err(NotAScope));
        assert_eq!(NotAScope.to_string(), "a scope is one of: dicomweb.read dicomweb.write");
    }
}
