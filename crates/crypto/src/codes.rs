//! Codes that people read and type: six digits by mail, recovery codes on paper.
//!
//! Only their marks are stored. How often somebody may try is the caller's rule: six digits stand only with a limit.

use kernel::Chance;

use crate::Key;

/// Digits of a one-time code.
pub const ONE_TIME_DIGITS: usize = 6;
/// Recovery codes handed out together.
pub const RECOVERY_CODES: usize = 10;
/// Characters of one recovery code without its hyphen: 40 bits.
const RECOVERY_CHARS: usize = 8;
/// Crockford's base 32: no letter that is read as a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A code of six digits.
#[must_use]
pub fn one_time(chance: &Chance) -> String {
    let span = 10_u32.pow(6);
    // Numbers above the last whole multiple would make low codes likelier.
    let end = u32::MAX - u32::MAX % span;
    loop {
        let number = u32::from_be_bytes(chance.bytes());
        if number < end {
            return format!("{:06}", number % span);
        }
    }
}

/// Ten recovery codes, written `xxxx-xxxx`, each good for one use.
#[must_use]
pub fn recovery(chance: &Chance) -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let bytes: [u8; RECOVERY_CHARS] = chance.bytes();
            let text: String = bytes.iter().map(|it| char::from(ALPHABET[usize::from(it & 31)])).collect();
            format!("{}-{}", &text[..4], &text[4..])
        })
        .collect()
}

/// What was meant by what was typed: full-width and capital letters turned, `o`, `i`, `l` read as digits,
/// spaces and hyphens left out.
#[must_use]
pub fn normal(typed: &str) -> String {
    typed
        .chars()
        .map(half_width)
        .filter(char::is_ascii_alphanumeric)
        .map(|it| match it.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

/// A full-width sign as its half-width twin: what a Japanese keyboard gives when its input method is on.
#[must_use]
pub fn half_width(it: char) -> char {
    match it {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(it as u32 - 0xfee0).unwrap_or(it),
        '\u{3000}' => ' ',
        // The long-vowel mark and the minus signs are typed where a hyphen is meant.
        '\u{2212}' | '\u{30fc}' | '\u{2010}'..='\u{2015}' => '-',
        other => other,
    }
}

/// The mark to store for a code of `owner` (`recovery/01h…`).
#[must_use]
pub fn mark(key: &Key, owner: &str, code: &str) -> [u8; 32] {
    key.derive("code").derive(owner).mark(normal(code).as_bytes())
}

/// Whether what was typed is the code of this mark, in constant time.
#[must_use]
pub fn is_mark(key: &Key, owner: &str, typed: &str, mark: &[u8]) -> bool {
    key.derive("code").derive(owner).is_mark(normal(typed).as_bytes(), mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_taken_however_they_are_typed() {
        let key = Key::from_bytes([1; 32]);
        let stored = mark(&key, "recovery/1", "01ab-cdeg");
        for typed in ["01ab-cdeg", "01ABCDEG", " oiab cdeg ", "０１ＡＢーＣＤＥＧ", "olab−cdeg"] {
            assert!(is_mark(&key, "recovery/1", typed, &stored), "{typed}");
        }
        assert!(!is_mark(&key, "recovery/2", "01ab-cdeg", &stored), "another owner");
        assert!(!is_mark(&key, "recovery/1", "01ab-cdeh", &stored));
    }

    #[test]
    fn ten_different_codes_are_handed_out() {
        let codes = recovery(&Chance::seeded(1));
        let different: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!((codes.len(), different.len()), (RECOVERY_CODES, RECOVERY_CODES));
        assert!(codes.iter().all(|it| it.len() == 9 && it.as_bytes()[4] == b'-' && normal(it).len() == RECOVERY_CHARS));
    }

    #[test]
    fn a_one_time_code_is_six_digits() {
        let chance = Chance::seeded(2);
        for _ in 0..1000 {
            let code = one_time(&chance);
            assert!(code.len() == ONE_TIME_DIGITS && code.bytes().all(|it| it.is_ascii_digit()), "{code}");
        }
    }
}
