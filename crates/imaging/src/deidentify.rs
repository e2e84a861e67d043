//! Copies that name nobody (TR-09), for teaching and for talks between dentists: the basic application level
//! confidentiality profile with the option for longitudinal information with modified dates (PS3.15 annex E).
//!
//! What the profile leaves open is decided for the patient: an attribute that may be emptied is emptied, one that may be
//! replaced is replaced, a sequence that would need invented items is emptied, and whatever no edition of the dictionary
//! knows is removed. Words burnt into pixels cannot be seen from here: [`may_go_out`] asks for somebody's eyes.

mod rewrite;
mod rules;

use crypto::Key;
use kernel::Words;

use crate::instance::{Header, Uid};

pub use rewrite::{Piece, Rewriter};

/// One set of copies: the same identifier becomes the same new one in all of it, and nobody can tell which it was.
#[derive(Debug, Clone)]
pub struct Copies {
    key: Key,
    days: i32,
}

/// Days by which dates are moved at most, backwards: enough to lose the day among those of a decade.
const SHIFT_DAYS_MAX: u32 = 3_650;

impl Copies {
    /// Copies made with a key of their own. Whoever throws the key away cannot make the way back either.
    #[must_use]
    pub fn new(key: Key) -> Self {
        let mark = key.derive("deidentify-days").mark(b"shift");
        let number = u32::from_be_bytes([mark[0], mark[1], mark[2], mark[3]]);
        let days = -i32::try_from(number % SHIFT_DAYS_MAX + 1).unwrap_or(1);
        Self { key: key.derive("deidentify-uid"), days }
    }

    /// The identifier that stands for `uid` in these copies: an integer below 2.25 (PS3.5 B.2).
    #[must_use]
    pub fn uid(&self, uid: &str) -> Uid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.key.mark(uid.as_bytes())[..16]);
        Uid::of_uuid(bytes, 8)
    }
}

/// Whether the picture that `header` describes may go out: words burnt into it cannot be seen from here, so that either its
/// device says that there are none, or somebody has looked.
///
/// # Errors
/// [`NoCopy::BurnedIn`] where the device says so, or where such words are common whatever it says: photographs of screens
/// and paper, ultrasound, secondary captures. [`NoCopy::MayBeBurnedIn`] where it says nothing, as most X-ray units do.
pub fn may_go_out(header: &Header, looked_at: bool) -> Result<(), NoCopy> {
    const OFTEN: [&str; 6] = ["US", "SC", "OT", "XC", "ES", "DOC"];
    match header.burned_in {
        _ if looked_at => Ok(()),
        Some(true) => Err(NoCopy::BurnedIn),
        _ if OFTEN.contains(&header.modality.as_str()) => Err(NoCopy::BurnedIn),
        Some(false) => Ok(()),
        None => Err(NoCopy::MayBeBurnedIn),
    }
}

/// Why no copy that names nobody is made of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCopy {
    /// Its bytes are broken.
    Broken,
    /// It is no picture: reports and documents name people in their text, and no rule finds all of them.
    NoPicture,
    /// Names are probably burnt into the picture, and nobody has said that they have looked.
    BurnedIn,
    /// The device does not say whether names are burnt in, and nobody has said that they have looked.
    MayBeBurnedIn,
    /// It would have to be held whole, and is too large for that.
    TooLarge,
}

impl NoCopy {
    /// All reasons.
    pub const ALL: [Self; 5] = [Self::Broken, Self::NoPicture, Self::BurnedIn, Self::MayBeBurnedIn, Self::TooLarge];

    /// In words.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Broken => Words::new("中身が壊れています。", "Its contents are damaged."),
            Self::NoPicture => Words::new(
                "画像ではありません（報告書など）。文の中の氏名は見つけきれないため、入れません。",
                "It is no picture (a report, mostly). Names in its text cannot all be found, so it is left out.",
            ),
            Self::BurnedIn => Words::new(
                "画像に氏名などの文字が焼き込まれているおそれがあります。1枚ずつ目で確かめてください。",
                "Names may be burnt into the picture. Look at each one.",
            ),
            Self::MayBeBurnedIn => Words::new(
                "氏名などの文字が焼き込まれていないと、装置が言い切っていません。1枚ずつ目で確かめてください。",
                "The device does not say that no names are burnt in. Look at each one.",
            ),
            Self::TooLarge => Words::new("大きすぎて書き換えられません。", "It is too large to be written anew."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(seed: u8) -> Copies {
        Copies::new(Key::from_bytes([seed; 32]))
    }

    #[test]
    fn an_identifier_becomes_one_and_the_same_new_one() {
        let (one, other) = (copies(1), copies(2));
        assert_eq!(one.uid("1.2.3"), one.uid("1.2.3"));
        assert_ne!(one.uid("1.2.3"), one.uid("1.2.4"));
        assert_ne!(one.uid("1.2.3"), other.uid("1.2.3"), "two sets of copies cannot be joined");
        let new = one.uid("1.2.3");
        assert!(Uid::parse(new.as_str()).is_some(), "{new}");
        assert!((-3_650..0).contains(&one.days) && one.days != other.days);
    }

    /// TR-09
    #[test]
    fn a_picture_goes_out_when_its_device_or_somebody_says_that_no_words_are_in_it() {
        let header = |modality: &str, burned_in| Header { modality: modality.into(), burned_in, ..Header::default() };
        for (modality, says, expected) in [
            ("CT", Some(false), Ok(())),
            ("CT", None, Err(NoCopy::MayBeBurnedIn)),
            ("CT", Some(true), Err(NoCopy::BurnedIn)),
            ("PX", None, Err(NoCopy::MayBeBurnedIn)),
            ("SC", Some(false), Err(NoCopy::BurnedIn)),
            ("XC", None, Err(NoCopy::BurnedIn)),
        ] {
            assert_eq!(may_go_out(&header(modality, says), false), expected, "{modality} {says:?}");
            assert_eq!(may_go_out(&header(modality, says), true), Ok(()), "{modality} {says:?}, looked at");
        }
    }
}
