//! Sign-in of those who have a name of their own here, staff and guardians: what is still to be proven, how long to wait
//! after wrong tries, when a proof is fresh. Values and rules only; the acts are in [`steps`].

pub mod cut;
pub mod manage;
pub mod me;
pub mod operator;
pub mod pages;
pub mod passkey;
pub mod password;
pub mod pending;
pub mod second;
pub mod steps;
pub mod store;

use kernel::{Timestamp, Who, clause, time};
use web::{Asked, Failure};

/// Wrong passwords in a row until a name must wait. A person mistypes two or three times.
pub const NAME: BackOff = BackOff { free_tries: 5, first_wait_min: 1, wait_min_max: 15 };
/// Wrong tries from one address until it must wait: a whole clinic comes from one.
pub const ADDRESS: BackOff = BackOff { free_tries: 30, first_wait_min: 1, wait_min_max: 15 };
/// Wrong codes of a second factor until the person must wait. Three of a million codes are right at any time.
pub const SECOND: BackOff = BackOff { free_tries: 5, first_wait_min: 1, wait_min_max: 60 };
/// Hours without a try after which earlier ones are forgotten.
pub const TRIES_HOURS_MAX: i64 = 24;
/// Minutes between the password and the second factor: time to find the phone and set up an app.
pub const PENDING_MIN: i64 = 15;
/// Wrong codes within one sign-in until it begins anew with the password.
pub const PENDING_TRIES_MAX: u32 = 5;
/// Earlier passwords that are not taken again, with the present one. Each costs one hash at a change.
pub const PASSWORDS_REMEMBERED: usize = 10;
/// Days without a sign-in after which an account is shown as unused (CS-121): a quarter, the round of access reviews.
pub const UNUSED_DAYS: i64 = 90;

/// How long to wait after how many wrong tries: none for some, then twice as long each time, to a limit.
///
/// The limit is low enough that a stranger who locks a colleague out does not stop the clinic for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// Tries without waiting.
    pub free_tries: u32,
    /// The first wait, in minutes.
    pub first_wait_min: i64,
    /// The longest wait, in minutes.
    pub wait_min_max: i64,
}

impl BackOff {
    /// Minutes to wait after `tries` wrong ones.
    #[must_use]
    pub fn wait_min(&self, tries: u32) -> i64 {
        clause!("CS-126");
        match tries.checked_sub(self.free_tries) {
            None => 0,
            // Twenty doublings of a minute are two years.
            Some(over) => (self.first_wait_min << over.min(20)).min(self.wait_min_max),
        }
    }

    /// Until when the next try is refused, if it is at `now`.
    #[must_use]
    pub fn locked_until(&self, tries: &Tries, now: Timestamp) -> Option<Timestamp> {
        let until = time::plus_min(tries.last_at, self.wait_min(tries.count));
        (now < until).then_some(until)
    }
}

/// Wrong tries in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last_at: Timestamp,
}

kernel::keyed! {
    /// Through which door a person comes in.
    pub enum Purpose {
        /// As a member of the staff: two factors always.
        Staff => "staff";
        /// As somebody's guardian: a second factor when the person has set one up.
        Guardian => "guardian";
    }
}

/// What is known of a sign-in under way; the password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// The door.
    pub purpose: Purpose,
    /// The person has a second factor.
    pub has_second: bool,
    /// It was proven just now.
    pub second_proven: bool,
    /// Somebody else knows the password.
    pub must_change: bool,
}

/// What comes next in a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Prove the second factor.
    Second,
    /// Choose an own password.
    Password,
    /// Set up a second factor.
    Enrol,
    /// Nothing: come in, with so many factors.
    Done {
        /// Factors proven.
        factors: u8,
    },
}

impl Proof {
    /// What comes next. A second factor that is there is asked for first: whoever found a password changes nothing.
    #[must_use]
    pub fn next(&self) -> Step {
        clause!("CS-126", "OV-242");
        match self {
            Self { has_second: true, second_proven: false, .. } => Step::Second,
            Self { must_change: true, .. } => Step::Password,
            Self { second_proven: true, .. } => Step::Done { factors: 2 },
            Self { purpose: Purpose::Staff, .. } => Step::Enrol,
            Self { purpose: Purpose::Guardian, .. } => Step::Done { factors: 1 },
        }
    }
}

/// A sign-in name as it was meant: half-width, lower case, without spaces around.
#[must_use]
pub fn normal_login(typed: &str) -> String {
    typed
        .trim()
        .chars()
        .map(crypto::codes::half_width)
        .take(kernel::limits::LINE_CHARS_MAX)
        .collect::<String>()
        .to_lowercase()
}

/// `path` when it is a page of ours that one may be led to after signing in; otherwise `instead`.
#[must_use]
pub fn own_path(path: &str, instead: &str) -> String {
    let own =
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control);
    let loops = ["/sign-in", "/patient/sign-in", "/unlock", "/sign-out"].iter().any(|it| path.starts_with(it));
    if own && !loops && path.len() <= 500 { path.to_owned() } else { instead.to_owned() }
}

/// Before signing and exports: the person has proven to be there a moment ago, or is led to the password and back here.
/// Call it on the page that shows the form; on the act itself call [`need_fresh_at`], since an act cannot be led back to.
///
/// Patients who came by their link have no password to show; their own hand is the signature.
///
/// # Errors
/// The way to the password.
pub fn need_fresh(asked: &Asked) -> Result<(), Failure> {
    need_fresh_at(asked, &asked.here)
}

/// As [`need_fresh`], but leads back to `page`.
///
/// # Errors
/// The way to the password.
pub fn need_fresh_at(asked: &Asked, page: &str) -> Result<(), Failure> {
    clause!("CS-126");
    match &asked.session {
        Some(it) if it.is_fresh(asked.ctx.now) || matches!(it.who, Who::Patient(_)) => Ok(()),
        Some(_) => Err(Failure::unlock(page)),
        None => Err(Failure::sign_in("/sign-in", page)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        // CS-126: wrong tries in a row, minutes to wait.
        let cases =
            [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (10, 15), (1_000_000, 15), (u32::MAX, 15)];
        for (tries, wait_min) in cases {
            assert_eq!(NAME.wait_min(tries), wait_min, "{tries} tries");
        }
        assert_eq!((ADDRESS.wait_min(29), ADDRESS.wait_min(30)), (0, 1), "a clinic's staff in the morning");
        assert_eq!((SECOND.wait_min(5), SECOND.wait_min(30)), (1, 60));
    }

    #[test]
    fn a_lock_ends_by_itself() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let tries = Tries { count: 6, last_at: at("2026-11-21T00:00:00Z") };
        assert_eq!(NAME.locked_until(&tries, at("2026-11-21T00:01:59Z")), Some(at("2026-11-21T00:02:00Z")));
        assert_eq!(NAME.locked_until(&tries, at("2026-11-21T00:02:00Z")), None);
        assert_eq!(NAME.locked_until(&Tries { count: 4, ..tries }, tries.last_at), None);
    }

    #[test]
    fn staff_never_comes_in_with_one_factor() {
        // OV-242, CS-126: has a second factor, proved it, somebody knows the password → as staff, as guardian.
        use Step::{Done, Enrol, Password, Second};
        let cases = [
            (false, false, false, Enrol, Done { factors: 1 }),
            (false, false, true, Password, Password),
            (true, false, false, Second, Second),
            (true, false, true, Second, Second),
            (true, true, true, Password, Password),
            (true, true, false, Done { factors: 2 }, Done { factors: 2 }),
        ];
        for (has_second, second_proven, must_change, staff, guardian) in cases {
            let proof = |purpose| Proof { purpose, has_second, second_proven, must_change };
            assert_eq!(proof(Purpose::Staff).next(), staff);
            assert_eq!(proof(Purpose::Guardian).next(), guardian);
            assert_ne!(proof(Purpose::Staff).next(), Done { factors: 1 });
        }
    }

    #[test]
    fn nobody_is_led_to_another_house() {
        for (path, led) in [
            ("/day?d=1", "/day?d=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/unlock?next=/unlock", "/"),
        ] {
            assert_eq!(own_path(path, "/"), led, "{path}");
        }
    }

    #[test]
    fn a_name_is_taken_as_it_was_meant() {
        assert_eq!(normal_login(" ＳａＴｏ "), "sato");
    }
}
