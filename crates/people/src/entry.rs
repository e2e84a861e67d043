//! How patients come in: by a link with birth date and a code of six digits, or by a password if they want one; and how
//! their guardians do. Limits and rules; a link alone opens nothing and tells nothing.

pub mod account;
pub mod guardian_pages;
pub mod link;
pub mod pages;
pub mod patient_pages;
pub mod staff_pages;
pub mod store;

use kernel::{Timestamp, clause, time};

use crate::sign_in::BackOff;

/// Wrong birth dates at one link until it must wait. The wait grows to a day: there are 30,000 birth dates.
pub const BIRTH: BackOff = BackOff { free_tries: 5, first_wait_min: 15, wait_min_max: 24 * 60 };
/// Minutes for which a code of six digits is good.
pub const CODE_MIN: i64 = 10;
/// Wrong tries at one code.
pub const CODE_TRIES_MAX: u32 = 5;
/// Codes for one link in an hour: 25 tries at a million.
pub const CODES_PER_HOUR_MAX: usize = 5;
/// Seconds between two codes: the first one may still be on its way.
pub const CODE_SPACING_S: i64 = 60;
/// Minutes between the birth date and the code.
pub const STEP_MIN: i64 = 30;
/// Live links of one patient at most; a booking makes one.
pub const LINKS_MAX: usize = 50;

/// When a new code may be sent; `sent` are the last ones, the newest first.
#[must_use]
pub fn next_code_at(sent: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let hour_ago = time::plus_min(now, -60);
    let spaced = sent.first().map(|it| time::plus_min(*it, CODE_SPACING_S / 60));
    let counted =
        sent.iter().filter(|it| **it > hour_ago).nth(CODES_PER_HOUR_MAX - 1).map(|it| time::plus_min(*it, 60));
    spaced.max(counted).filter(|it| now < *it)
}

/// A mail address that its owner recognises and nobody else learns: `t…@example.jp`.
#[must_use]
pub fn masked_mail(mail: &str) -> String {
    clause!("CS-153");
    let (name, host) = mail.split_once('@').unwrap_or((mail, ""));
    format!("{}…@{host}", name.chars().next().unwrap_or('…'))
}

/// A telephone number by its last two figures.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    format!("…{}", digits[digits.len().saturating_sub(2)..].iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spaced_and_counted() {
        let at = |minute: i64| time::plus_min("2026-11-21T00:00:00Z".parse().expect("an instant"), minute);
        assert_eq!(next_code_at(&[], at(0)), None);
        assert_eq!(next_code_at(&[at(0)], at(0)), Some(at(1)), "the first is on its way");
        assert_eq!(next_code_at(&[at(0)], at(1)), None);
        let five = [at(8), at(6), at(4), at(2), at(0)];
        assert_eq!(next_code_at(&five, at(10)), Some(at(60)), "five in an hour");
        assert_eq!(next_code_at(&five, at(60)), None);
    }

    #[test]
    fn the_wait_at_a_link_grows_to_a_day() {
        let waits: Vec<_> = (4..14).map(|it| BIRTH.wait_min(it)).collect();
        assert_eq!(waits, [0, 15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
    }

    #[test]
    fn an_address_is_recognised_by_its_owner_only() {
        assert_eq!(masked_mail("tanaka@example.jp"), "t…@example.jp");
        assert_eq!((masked_phone("090-1234-5678").as_str(), masked_phone("").as_str()), ("…78", "…"));
    }
}
