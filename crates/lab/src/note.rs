//! Notes pinned to a place of a surface. A note is a word of the case's thread ([`Kind::Noted`]) that says where: it lies sealed in
//! the line of time of both facilities, waits for an answer there, and is shown to whom the case's files are shown. Absent: rows of
//! its own, and changing or taking back what the other facility may have read.

pub mod pages;
pub mod store;

use kernel::{RowId, Words};
use serde::{Deserialize, Serialize};

use crate::case::{Case, Event, Kind, may_follow};

/// Notes of a case at most: as many as the viewer takes.
pub const NOTES_MAX: usize = 500;
/// Characters of a note at most: it is read beside a picture. A letter's worth of words goes into the thread.
pub const NOTE_CHARS_MAX: usize = 1_000;
/// Millimetres from the origin of a file's own space, in each direction, at most: the viewer shows nothing further away.
pub const SPACE_MM: f64 = 10_000.0;

/// Where a note is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: RowId,
    /// SHA-256 of the file's bytes, in hex: which shape was meant.
    pub sha256: String,
    /// The point in the file's own space, in whole micrometres: no scanner and no level is as fine.
    pub at_um: [i32; 3],
    /// The direction in which the writer looked, in thousandths: who follows the note looks the same way. All zero when unknown.
    #[serde(default)]
    pub along: [i16; 3],
}

/// The point of these three numbers of a form, in millimetres.
#[must_use]
pub fn at_um(mm: [&str; 3]) -> Option<[i32; 3]> {
    let one = |text: &str| {
        let um = text.parse::<f64>().ok().filter(|it| it.abs() <= SPACE_MM)? * 1_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "ten metres in micrometres fit")]
        Some(um.round() as i32)
    };
    let [x, y, z] = mm.map(one);
    Some([x?, y?, z?])
}

/// The direction of these three numbers of a form, each from -1 to 1; unknown when they say nothing else.
#[must_use]
pub fn along(parts: [&str; 3]) -> [i16; 3] {
    let one = |text: &str| {
        let thousandths = text.parse::<f64>().ok().filter(|it| it.abs() <= 1.0)? * 1_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "a thousand fits")]
        Some(thousandths.round() as i16)
    };
    let [x, y, z] = parts.map(one);
    x.zip(y).zip(z).map_or([0; 3], |((x, y), z)| [x, y, z])
}

/// The notes among what happened, oldest first.
pub fn of(events: &[Event]) -> impl Iterator<Item = (&Event, &Place)> {
    events.iter().filter_map(|it| it.said.place.as_ref().map(|place| (it, place)))
}

/// Why a note is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No place in the space of a file: what sent it is no viewer of ours.
    NoPlace,
    /// It says nothing.
    Empty,
    /// More than [`NOTE_CHARS_MAX`].
    TooLong,
    /// There are [`NOTES_MAX`].
    TooMany,
    /// The case was turned down: nothing more is said on it.
    Over,
}

impl Refused {
    /// What to do about it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::NoPlace => Words::new("面の上の場所を選んでください。", "Please choose a place on a surface."),
            Self::Empty => Words::new("メモの内容を入力してください。", "Please write the note."),
            Self::TooLong => Words::made(
                format!("メモは{NOTE_CHARS_MAX}文字以内で入力してください。"),
                format!("At most {NOTE_CHARS_MAX} characters, please."),
            ),
            Self::TooMany => Words::made(
                format!("この症例のメモは{NOTES_MAX}件に達しています。技工のページの「質問と返事」に書いてください。"),
                format!("This case has {NOTES_MAX} notes. Please write into the questions and answers on its page."),
            ),
            Self::Over => Words::new(
                "この依頼は辞退または取り下げられたため、メモを残せません。",
                "The order was declined or withdrawn: nothing more can be pinned.",
            ),
        }
    }
}

/// Whether a note with these words can be pinned to a surface of this case.
///
/// # Errors
/// [`Refused`].
pub fn fit(case: &Case, text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(Refused::Empty);
    }
    if text.chars().count() > NOTE_CHARS_MAX {
        return Err(Refused::TooLong);
    }
    if !may_follow(case.state(), Kind::Noted) {
        return Err(Refused::Over);
    }
    if of(&case.events).count() >= NOTES_MAX {
        return Err(Refused::TooMany);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    //! DL-23: what a note may say, and where.

    use kernel::{FacilityId, PatientId, PersonId, Timestamp};
    use people::agreement::{AgreementId, Side};

    use super::*;
    use crate::case::Said;

    fn at() -> Timestamp {
        "2026-11-24T00:00:00Z".parse().expect("an instant")
    }

    /// A case with so many notes, and with these other things before them.
    fn case(notes: usize, before: &[Kind]) -> Case {
        let place = Place { file: RowId::from_bytes([1; 16]), sha256: "0".repeat(64), at_um: [0; 3], along: [0; 3] };
        let noted = Said { text: "低く".into(), place: Some(place), ..Said::default() };
        let all = before.iter().map(|it| (*it, Said::default()));
        let all = all.chain((0..notes).map(|_| (Kind::Noted, noted.clone())));
        let person = PersonId::from_bytes([1; 16]);
        let event = |(number, (kind, said))| Event { number, kind, side: Side::Asks, person, said, at: at() };
        Case {
            id: RowId::from_bytes([1; 16]),
            partner: FacilityId::from_bytes([2; 16]),
            agreement: AgreementId::from_bytes([3; 16]),
            side: Side::Asks,
            patient: PatientId::from_bytes([4; 16]),
            ordered_at: at(),
            versions: Vec::new(),
            events: (1..).zip(all).map(event).collect(),
        }
    }

    #[test]
    fn a_note_has_words_and_an_end_and_a_case_has_room_for_so_many() {
        let (most, more) = ("あ".repeat(NOTE_CHARS_MAX), "あ".repeat(NOTE_CHARS_MAX + 1));
        for (notes, before, text, expected) in [
            (0, vec![], "咬頭を低く", Ok(())),
            (0, vec![], " \n", Err(Refused::Empty)),
            (0, vec![], most.as_str(), Ok(())),
            (0, vec![], more.as_str(), Err(Refused::TooLong)),
            (NOTES_MAX - 1, vec![], "もう一つ", Ok(())),
            (NOTES_MAX, vec![], "もう一つ", Err(Refused::TooMany)),
            (0, vec![Kind::Declined], "咬頭を低く", Err(Refused::Over)),
            (0, vec![Kind::Withdrawn], "咬頭を低く", Err(Refused::Over)),
            (0, vec![Kind::Fitted], "咬頭を低く", Ok(())),
        ] {
            assert_eq!(fit(&case(notes, &before), text), expected, "{notes} {before:?}");
        }
    }

    #[test]
    fn a_place_is_three_numbers_within_the_space_of_a_file() {
        for (text, expected) in [
            (["1.2344", "-0.0006", "0"], Some([1_234, -1, 0])),
            (["10000", "-10000", "1e1"], Some([10_000_000, -10_000_000, 10_000])),
            (["10000.1", "0", "0"], None),
            (["NaN", "0", "0"], None),
            (["inf", "0", "0"], None),
            (["", "0", "0"], None),
        ] {
            assert_eq!(at_um(text), expected, "{text:?}");
        }
        for (text, expected) in [
            (["0.5", "-1", "0"], [500, -1_000, 0]),
            (["0.5", "-1", ""], [0; 3]),
            (["1.1", "0", "0"], [0; 3]),
            (["NaN", "0", "0"], [0; 3]),
        ] {
            assert_eq!(along(text), expected, "{text:?}");
        }
    }
}
