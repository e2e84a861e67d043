//! Bearer tokens: how a machine acts as a person at one facility, without a browser. What the person may not do, the
//! token may not either; its scopes only narrow that.
//!
//! A token is shown once, when it is made; a mark of it is kept. One that is bound to a certificate (RFC 8705, 3) counts only
//! where its machine proves to hold the certificate's key: whoever has copied the token alone has nothing.

pub mod door;
pub mod pages;
pub mod store;

use std::fmt;
use std::str::FromStr;

use kernel::{Chance, DeviceId, FacilityId, PersonId, RowId, Timestamp, clause};

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
    /// Fetch what a laboratory has released for this machine, and report back what was milled.
    LabFetch,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DicomwebRead, Self::DicomwebWrite, Self::LabFetch];

    /// As it is written on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::DicomwebRead => "dicomweb.read",
            Self::DicomwebWrite => "dicomweb.write",
            Self::LabFetch => "lab.fetch",
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

/// SHA-256 of a certificate as it stands on the wire.
pub type Fingerprint = [u8; 32];

/// A certificate that a token is bound to when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// By which it is known.
    pub fingerprint: Fingerprint,
    /// Its first moment.
    pub begins_at: Timestamp,
    /// Its last: the token ends then too.
    pub ends_at: Timestamp,
}

/// What a machine has proven of itself before it shows its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The ordinary door asks for no certificate.
    NotAsked,
    /// The programs' door asks for one: this one's key is held, or nothing was shown.
    Asked(Option<Fingerprint>),
}

kernel::keyed! {
    /// Why a token that was made here does not count where it is shown.
    pub enum Unproven {
        /// Its time is over, or somebody has ended it.
        Ended => "ended";
        /// It is bound to a certificate, and none was shown.
        NoCertificate => "no-certificate";
        /// It is bound to another one.
        OtherCertificate => "other-certificate";
        /// It is bound to none, and the door is for those that are.
        NotBound => "not-bound";
    }
}

impl Unproven {
    /// For whoever looks after the machine.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Ended => "this token has ended",
            Self::NoCertificate => "this token counts with its certificate only, at the programs' door",
            Self::OtherCertificate => "this token is bound to another certificate",
            Self::NotBound => "this token is bound to no certificate, and counts at the ordinary door only",
        }
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
    /// The only certificate with which it counts; `None`: it counts without.
    pub certificate: Option<Fingerprint>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Its last use, to an hour.
    pub used_at: Option<Timestamp>,
    /// When it was shown last and refused, without its certificate or after its end, to a minute.
    pub refused_at: Option<Timestamp>,
    /// When somebody ended it.
    pub ended_at: Option<Timestamp>,
}

impl Token {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// Whether it counts together with what its machine has proven.
    ///
    /// # Errors
    /// [`Unproven`] where it does not.
    pub fn proven(&self, proof: Proof) -> Result<(), Unproven> {
        clause!("TR-12", "CS-150");
        match (self.certificate, proof) {
            (None, Proof::NotAsked) => Ok(()),
            (None, Proof::Asked(_)) => Err(Unproven::NotBound),
            (Some(own), Proof::Asked(Some(shown))) if own == shown => Ok(()),
            (Some(_), Proof::Asked(Some(_))) => Err(Unproven::OtherCertificate),
            (Some(_), Proof::Asked(None) | Proof::NotAsked) => Err(Unproven::NoCertificate),
        }
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

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn token(ended_at: Option<Timestamp>) -> Token {
        Token {
            id: RowId::from_bytes([1; 16]),
            person: PersonId::from_bytes([2; 16]),
            facility: FacilityId::from_bytes([3; 16]),
            label: String::new(),
            scopes: vec![],
            certificate: None,
            made_at: at("2026-11-01T00:00:00Z"),
            expires_at: at("2026-12-01T00:00:00Z"),
            used_at: None,
            refused_at: None,
            ended_at,
        }
    }

    #[test]
    fn a_bound_token_counts_with_its_certificate_and_nowhere_else() {
        // TR-12, CS-150
        let (own, other) = ([1; 32], [2; 32]);
        for (bound, proof, expected) in [
            (None, Proof::NotAsked, Ok(())),
            (None, Proof::Asked(None), Err(Unproven::NotBound)),
            (None, Proof::Asked(Some(own)), Err(Unproven::NotBound)),
            (Some(own), Proof::Asked(Some(own)), Ok(())),
            (Some(own), Proof::Asked(Some(other)), Err(Unproven::OtherCertificate)),
            (Some(own), Proof::Asked(None), Err(Unproven::NoCertificate)),
            (Some(own), Proof::NotAsked, Err(Unproven::NoCertificate)),
        ] {
            let token = Token { certificate: bound, ..token(None) };
            assert_eq!(token.proven(proof), expected, "{bound:?} {proof:?}");
        }
    }

    #[test]
    fn a_token_ends_at_its_moment_or_when_somebody_ends_it() {
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
        assert_eq!(NotAScope.to_string(), "a scope is one of: dicomweb.read dicomweb.write lab.fetch");
    }
}
