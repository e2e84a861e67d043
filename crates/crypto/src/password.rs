//! Passwords: how they are kept, and which ones are taken.
//!
//! How often somebody may try, and when to lock, is the sign-in's rule and not here.

mod guess;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Chance, Error, Result, Words, clause};

/// Least characters where a second factor is asked as well (checklist for medical institutions, FY2025, 2-⑦).
pub const CHARS_MIN_TWO_FACTORS: usize = 8;
/// Least characters where the password stands alone (same item).
pub const CHARS_MIN_ONE_FACTOR: usize = 13;
/// Most characters: a passphrase of a long sentence fits, a megabyte that keeps the server busy does not.
pub const CHARS_MAX: usize = 128;

/// Memory of one hash. 19 MiB, two passes, one lane: OWASP's password storage sheet for Argon2id. More lanes or
/// memory would let a crowd at the sign-in page take a small clinic's PC down.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// Whether the password is the only thing asked at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factors {
    /// The password alone.
    One,
    /// A code or a passkey as well.
    Two,
}

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PasswordFault {
    /// Fewer characters than this.
    Short {
        /// Least characters.
        chars_min: usize,
    },
    /// More than [`CHARS_MAX`] characters, or control characters.
    Long,
    /// Below thirteen characters, but without letters, digits and signs all three.
    Plain,
    /// A word, a pattern or a factory value that is tried first by everyone.
    Common,
    /// Holds the name, birth date or mail address of its owner.
    Personal,
    /// Was this person's before.
    Reused,
}

impl PasswordFault {
    /// What to do about it, for the person on screen.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Short { chars_min } => Words::made(
                format!("{chars_min}文字以上にしてください。"),
                format!("Use at least {chars_min} characters."),
            ),
            Self::Long => Words::made(
                format!("{CHARS_MAX}文字以内で、改行などを含めずに入力してください。"),
                format!("Use at most {CHARS_MAX} characters, without line breaks."),
            ),
            Self::Plain => Words::made(
                format!("英字・数字・記号をすべて混ぜるか、{CHARS_MIN_ONE_FACTOR}文字以上にしてください。"),
                format!("Mix letters, digits and signs, or use {CHARS_MIN_ONE_FACTOR} characters or more."),
            ),
            Self::Common => Words::new(
                "よく使われる言葉や並びのため、推測されやすいパスワードです。別のものにしてください。",
                "This is a common word or pattern and easily guessed. Choose another.",
            ),
            Self::Personal => Words::new(
                "お名前・生年月日・メールアドレスを含まないものにしてください。",
                "Do not use your name, birth date or mail address.",
            ),
            Self::Reused => Words::new(
                "以前に使ったパスワードは使えません。別のものにしてください。",
                "You used this before. Choose another.",
            ),
        }
    }
}

/// Checks a new password.
///
/// `personal_words` are the owner's names (in characters, kana and as typed), birth date (`1980-04-05`) and mail
/// address; kana are also compared in Latin letters.
///
/// # Errors
/// All faults at once, so that a person is not sent back for each.
pub fn check(password: &str, factors: Factors, personal_words: &[&str]) -> Result<(), Vec<PasswordFault>> {
    clause!("CS-126");
    let mut faults = Vec::new();
    let chars = password.chars().count();
    if chars > CHARS_MAX || password.chars().any(char::is_control) {
        // Not looked at further: what is too long to be a password is not worth the work.
        return Err(vec![PasswordFault::Long]);
    }
    let chars_min = match factors {
        Factors::One => CHARS_MIN_ONE_FACTOR,
        Factors::Two => CHARS_MIN_TWO_FACTORS,
    };
    if chars < chars_min {
        faults.push(PasswordFault::Short { chars_min });
    }
    if chars < CHARS_MIN_ONE_FACTOR && !is_mixed(password) {
        faults.push(PasswordFault::Plain);
    }
    if guess::is_common(password) {
        faults.push(PasswordFault::Common);
    }
    if guess::is_personal(password, personal_words) {
        faults.push(PasswordFault::Personal);
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Whether `password` belongs to one of these stored hashes of the same person.
#[must_use]
pub fn is_reused(password: &str, stored: &[&str]) -> bool {
    clause!("CS-126");
    stored.iter().any(|it| verify(password, it))
}

/// The text to store: Argon2id in PHC writing, with its parameters and salt inside. Takes tens of milliseconds:
/// call it on a blocking thread.
///
/// # Errors
/// `Internal` when the library refuses, which it has no reason to.
pub fn hash(password: &str, chance: &Chance) -> Result<String> {
    let salt: [u8; SALT_BYTES] = chance.bytes();
    argon2()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|it| it.to_string())
        .map_err(|error| Error::internal(format!("argon2: {error}")))
}

/// Whether `password` is the one stored as `phc`. As slow as [`hash`].
#[must_use]
pub fn verify(password: &str, phc: &str) -> bool {
    // Longer ones are never stored; hashing them would be a stranger's way to keep us busy.
    password.chars().count() <= CHARS_MAX
        && argon2().is_ok_and(|it| PasswordVerifier::<str>::verify_password(&it, password.as_bytes(), phc).is_ok())
}

/// Takes the time of [`verify`] and refuses: for names nobody has, so that the answer's time does not tell.
#[must_use]
pub fn verify_nobody(password: &str) -> bool {
    let _ = hash(password.get(..CHARS_MAX).unwrap_or(password), &Chance::new(|_| ()));
    false
}

fn argon2() -> Result<Argon2<'static>> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Error::internal(format!("argon2: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_mixed(password: &str) -> bool {
    password.chars().any(char::is_alphabetic)
        && password.chars().any(char::is_numeric)
        && password.chars().any(|it| !it.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SATO: &[&str] = &["佐藤", "健一", "サトウ", "ケンイチ", "1975-04-09", "k.sato@aoba-dental.example.jp"];

    fn told(password: &str, factors: Factors) -> String {
        match check(password, factors, SATO) {
            Ok(()) => "taken".into(),
            Err(faults) => faults
                .iter()
                .map(|it| format!("{it:?}").split(' ').next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    #[test]
    fn the_rules_of_cs_126_hold() {
        // CS-126, a table: what is typed, how many factors, what is told.
        use Factors::{One, Two};
        let cases = [
            ("tx7#Kw2q", Two, "taken"),
            ("tx7#Kw2", Two, "Short"),
            ("tx7#Kw2q", One, "Short"),
            ("tx7#Kw2qmN4v", One, "Short"),
            ("tx7#Kw2qmN4vB", One, "taken"),
            ("tx7mKw2q", Two, "Plain"),
            ("violet otter borrows a kettle", One, "taken"),
            ("みどりの屋根に雨がふる夜です", One, "taken"),
            ("P@ssw0rd!", Two, "Common"),
            ("password123456789", One, "Common"),
            ("Sakura2026!!!", One, "Common"),
            ("１２３４５６７８９０１２３", One, "Common"),
            ("qwertyuiopasdf", One, "Common"),
            ("aaaaaaaaaaaaaaaa", One, "Common"),
            ("haisha-haisha-haisha", One, "Common"),
            ("welcome1", Two, "Plain Common"),
            ("Satou#1975kk", Two, "Personal"),
            ("kenichi_no_heya7", One, "Personal"),
            ("gutter-1975.04.09", One, "Personal"),
            ("佐藤のながいパスワードです", One, "Personal"),
            ("aoba-dental-front", One, "Personal"),
            ("", Two, "Short Plain"),
            ("line\nbreak in it 77", One, "Long"),
        ];
        for (password, factors, outcome) in cases {
            assert_eq!(told(password, factors), outcome, "{password}");
        }
        assert_eq!(told(&"é".repeat(CHARS_MAX + 1), Factors::One), "Long");
    }

    #[test]
    fn a_fault_says_what_to_do_in_both_languages() {
        let words = PasswordFault::Short { chars_min: 13 }.words();
        assert!(words.ja.contains("13文字") && words.en.contains("13 characters"));
    }

    #[test]
    fn a_stored_password_is_verified_and_never_readable() {
        let chance = Chance::seeded(1);
        let (first, again) = (hash("tx7#Kw2q", &chance).expect("hash"), hash("tx7#Kw2q", &chance).expect("hash"));
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && first != again, "{first}");
        assert!(verify("tx7#Kw2q", &first) && verify("tx7#Kw2q", &again));
        assert!(!verify("tx7#Kw2Q", &first) && !verify("tx7#Kw2q", "not a hash") && !verify_nobody("tx7#Kw2q"));
        assert!(is_reused("tx7#Kw2q", &["$broken", &again]) && !is_reused("another", &[&again]));
    }

    #[test]
    fn an_old_hash_with_other_parameters_still_verifies() {
        // The reference implementation's own test: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1
        let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify("password", phc) && !verify("Password", phc));
    }
}
