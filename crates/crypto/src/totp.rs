//! The second factor by an authenticator app (RFC 6238): SHA-1, six digits, thirty seconds, which every app understands.

use kernel::{Chance, Error, Result, Timestamp, clause};

use crate::codes;

/// Bytes of a secret (RFC 4226 recommends 160 bits).
pub const SECRET_BYTES: usize = 20;
/// Length of a step.
const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one whose code is taken: phones' clocks drift (RFC 6238, 5.2 allows one).
const STEPS_AROUND: i64 = 1;

/// The secret that a person's app and we share. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Totp([u8; SECRET_BYTES]);

impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Totp")
    }
}

impl Totp {
    /// A new secret.
    #[must_use]
    pub fn generate(chance: &Chance) -> Self {
        Self(chance.bytes())
    }

    /// The secret with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sealed into a row.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The secret in base 32, for typing where no camera reads the square.
    #[must_use]
    pub fn base32(&self) -> String {
        self.generator().secret().to_base32()
    }

    /// The `otpauth:` address that an app reads from a square.
    ///
    /// # Errors
    /// `Internal` when the library refuses the names.
    pub fn url(&self, issuer: &str, account: &str) -> Result<String> {
        // A colon parts issuer and account in the address.
        let clean = |text: &str| text.replace(':', " ");
        totp_rs::Builder::new()
            .with_secret(self.0.to_vec())
            .with_issuer(Some(clean(issuer)))
            .with_account_name(clean(account))
            .build()
            .and_then(|it| it.to_url())
            .map_err(Error::internal)
    }

    /// The step of the code that was typed, if it is right and not used up.
    ///
    /// The caller keeps the step with the person and hands it in next time: a step is good for one sign-in,
    /// so that a code seen over a shoulder is worth nothing.
    #[must_use]
    pub fn check(&self, typed: &str, now: Timestamp, last_used_step: Option<i64>) -> Option<i64> {
        clause!("CS-126", "OV-242");
        let digits: String = typed.chars().map(codes::half_width).filter(|it| !matches!(it, ' ' | '-')).collect();
        let present = step(now);
        (present - STEPS_AROUND..=present + STEPS_AROUND)
            .filter(|it| last_used_step.is_none_or(|last| *it > last))
            .find(|it| self.generator().check(&digits, seconds(*it)).is_some())
    }

    /// The code of the moment, for the demonstration's start-up text and for tests.
    #[must_use]
    pub fn code(&self, now: Timestamp) -> String {
        self.generator().generate(seconds(step(now))).to_string()
    }

    fn generator(&self) -> totp_rs::Totp {
        totp_rs::Builder::new().with_secret(self.0.to_vec()).with_skew(0).build_noncompliant()
    }
}

fn step(now: Timestamp) -> i64 {
    now.as_second().div_euclid(STEP_SECONDS)
}

fn seconds(step: i64) -> u64 {
    u64::try_from(step * STEP_SECONDS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1 column; the last six of its eight digits.
        let secret = Totp::from_bytes(*b"12345678901234567890");
        let cases = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (second, code) in cases {
            assert_eq!(secret.code(at(second)), code);
            assert_eq!(secret.check(code, at(second), None), Some(second / STEP_SECONDS));
        }
    }

    #[test]
    fn a_step_is_good_for_one_sign_in() {
        // CS-126
        let secret = Totp::generate(&Chance::seeded(1));
        let now = at(1_795_219_200);
        let code = secret.code(now);
        let used = secret.check(&code, now, None).expect("right");
        assert_eq!(secret.check(&code, now, Some(used)), None, "the same code again");
        let next = at(now.as_second() + STEP_SECONDS);
        assert_eq!(secret.check(&secret.code(next), next, Some(used)), Some(used + 1));
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_not_two() {
        let secret = Totp::generate(&Chance::seeded(2));
        let now = at(1_795_219_200);
        for (off, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = secret.code(at(now.as_second() + off * STEP_SECONDS));
            assert_eq!(secret.check(&code, now, None).is_some(), good, "{off} steps off");
        }
    }

    #[test]
    fn digits_may_be_typed_in_full_width_and_rubbish_is_refused() {
        let secret = Totp::from_bytes(*b"12345678901234567890");
        assert!(secret.check("２８７ ０８２", at(59), None).is_some());
        for typed in ["", "287083", "2870822", "+28708", "28708a", "𝟚𝟠𝟟𝟘𝟠𝟚"] {
            assert_eq!(secret.check(typed, at(59), None), None, "{typed}");
        }
    }

    #[test]
    fn the_address_names_house_and_account() {
        let secret = Totp::from_bytes(*b"12345678901234567890");
        let url = secret.url("遥: Haruka", "sato").expect("an address");
        assert!(url.starts_with("otpauth://totp/") && url.contains(&secret.base32()), "{url}");
        assert_eq!(secret.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
