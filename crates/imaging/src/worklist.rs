//! The modality worklist (PS3.4 annex K): who is expected at the clinic, told to devices, so that nobody types a name or a
//! number there a second time, and what comes back is the right patient's (TR-26, TR-27).
//!
//! An entry is made of a booking, by whoever knows bookings. Which device is used is decided in the room: so an entry is
//! every device's, and bears the title and the modality that the device asks with.

use std::time::Duration;

use kernel::{Date, JapaneseName, Timestamp, clause, time};
use unicode_normalization::UnicodeNormalization;

use crate::dataset::Tag;
use crate::dataset::text::PersonName;
use crate::instance::{ClaimedPatient, Uid};
use crate::study::attribute::{name, text};
use crate::study::{Attribute, Claims, Filter, Pattern, Span, Unfit};

/// Scheduled Procedure Step Sequence: where an entry says when, where and by whom.
pub const STEP: Tag = Tag(0x0040, 0x0100);
/// Days that one question may reach over: devices ask about today, and people look at a month.
pub const DAYS_MAX: u64 = 31;
/// What a picture is whose device does not say (PS3.3 C.7.3.1.1.1).
const OTHER: &str = "OT";

/// Somebody who is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The sixteen bytes of the booking's id: the same booking is the same study, however often it is asked for.
    pub booking: [u8; 16],
    /// Who comes.
    pub patient: ClaimedPatient,
    /// When.
    pub starts_at: Timestamp,
    /// What for: the kind of visit.
    pub description: String,
    /// To whom.
    pub doctor: PersonName,
}

/// What a device asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    days: Option<Span>,
    times: Option<Span>,
    doctor: Option<Pattern>,
    number: Option<Pattern>,
    title: String,
    modality: String,
    filter: Filter,
}

impl Question {
    /// Adds that `tag` has `value`, at the top or in [`STEP`] (empty and `*` ask for nothing).
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn set(&mut self, tag: Tag, value: &str) -> Result<(), Unfit> {
        let value = value.trim_matches([' ', '\0']);
        let any = value.is_empty() || value == "*";
        match (tag.0, tag.1) {
            (0x0040, 0x0002) if !any => self.days = Some(Span::days(value)?),
            (0x0040, 0x0003) if !any => self.times = Some(Span::times(value)?),
            (0x0040, 0x0006) if !any => self.doctor = Some(Pattern::parse(value)?),
            (0x0040, 0x0009 | 0x1001) if !any => self.number = Some(Pattern::parse(value)?),
            (0x0040, 0x0001) if !any => value.clone_into(&mut self.title),
            (0x0008, 0x0060) if !any => value.clone_into(&mut self.modality),
            (0x0040, 0x0001..=0x0003 | 0x0006 | 0x0009 | 0x1001) | (0x0008, 0x0060) => (),
            (0x0010, 0x0010 | 0x0020 | 0x0030 | 0x0040) | (0x0008, 0x0050) | (0x0020, 0x000D) => {
                self.filter.set(tag, value)?
            }
            _ if any => (),
            _ => return Err(Unfit::Attribute),
        }
        Ok(())
    }

    /// From which day to which it asks, both included. Without a date it is about today; never about more than
    /// [`DAYS_MAX`] days.
    #[must_use]
    pub fn days(&self, today: Date) -> (Date, Date) {
        let read = |it: &Option<String>| it.as_deref().and_then(|it| it.parse::<Date>().ok());
        let Some(span) = &self.days else { return (today, today) };
        let (from, to) = (read(&span.from), read(&span.to));
        let from = from.unwrap_or_else(|| to.unwrap_or(today).min(today));
        let last = from.saturating_add(Duration::from_secs((DAYS_MAX - 1) * 24 * 60 * 60));
        (from, to.unwrap_or(last).min(last))
    }

    /// Whether it asks for this one.
    #[must_use]
    pub fn fits(&self, it: &Entry) -> bool {
        let claims = Claims { patient: it.patient.clone(), accession: it.number(), ..Claims::default() };
        self.filter.fits(&claims)
            && (self.filter.studies.is_empty() || self.filter.studies.contains(&it.study()))
            && self.number.as_ref().is_none_or(|pattern| pattern.fits(&it.number()))
            && self.doctor.as_ref().is_none_or(|pattern| pattern.fits_name(&it.doctor))
            && self.times.as_ref().is_none_or(|span| span.holds(&it.hour()))
    }
}

impl Entry {
    /// The study that the device shall make of it.
    #[must_use]
    pub fn study(&self) -> Uid {
        Uid::of_uuid(self.booking, 7)
    }

    /// Its number for people and programs (SH, so 16 characters): the part of the id that is chance.
    #[must_use]
    pub fn number(&self) -> String {
        crypto::digest::hex(&self.booking[8..])
    }

    fn hour(&self) -> String {
        self.starts_at.to_zoned(time::tokyo()).strftime("%H%M%S").to_string()
    }

    /// What an answer says at its top, in the order of tags.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        clause!("TR-26", "TR-27");
        let (number, who) = (self.number(), &self.patient);
        let born = who.birth_date.map(|it| it.to_string().replace('-', "")).unwrap_or_default();
        vec![
            text((0x0008, 0x0050), b"SH", &number),
            name((0x0010, 0x0010), &who.name),
            text((0x0010, 0x0020), b"LO", &who.id),
            text((0x0010, 0x0030), b"DA", &born),
            text((0x0010, 0x0040), b"CS", &who.sex),
            text((0x0020, 0x000D), b"UI", self.study().as_str()),
            name((0x0032, 0x1032), &self.doctor),
            text((0x0032, 0x1060), b"LO", &self.description),
            text((0x0040, 0x1001), b"SH", &number),
        ]
    }

    /// What it says within [`STEP`], to the device of this title.
    #[must_use]
    pub fn step(&self, asked: &Question, title: &str) -> Vec<Attribute> {
        let or = |own: &str, other: &str| if own.is_empty() { other.to_owned() } else { own.to_owned() };
        let day = time::day(self.starts_at).to_string().replace('-', "");
        vec![
            text((0x0008, 0x0060), b"CS", &or(&asked.modality, OTHER)),
            text((0x0040, 0x0001), b"AE", &or(&asked.title, title)),
            text((0x0040, 0x0002), b"DA", &day),
            text((0x0040, 0x0003), b"TM", &self.hour()),
            name((0x0040, 0x0006), &self.doctor),
            text((0x0040, 0x0007), b"LO", &self.description),
            text((0x0040, 0x0009), b"SH", &self.number()),
        ]
    }
}

/// A name on file as devices take it: half-width kana in the first group, since that is what many show, then characters and
/// kana (PS3.5 annex H).
#[must_use]
pub fn written(it: &JapaneseName) -> PersonName {
    let kana = format!("{}^{}", it.family_kana, it.given_kana);
    PersonName { alphabetic: half_width(&kana), ideographic: format!("{}^{}", it.family, it.given), phonetic: kana }
}

/// Katakana at half its width; its voice becomes a letter of its own. Unicode knows what each half is the half of.
fn half_width(text: &str) -> String {
    let whole = |half: char| std::iter::once(half).nfkc().next();
    let half = |it: char| ('\u{FF66}'..='\u{FF9F}').find(|half| whole(*half) == Some(it)).unwrap_or(it);
    text.nfd().map(half).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let on_file = JapaneseName::parse("田中", "幸子", "タナカ", "サチコ").expect("a name");
        let doctor = JapaneseName::parse("佐藤", "健", "サトウ", "ケン").expect("a name");
        Entry {
            booking: [7; 16],
            patient: ClaimedPatient {
                name: written(&on_file),
                id: "00012".into(),
                birth_date: "1943-05-01".parse().ok(),
                sex: "F".into(),
            },
            starts_at: "2026-11-24T00:30:00Z".parse().expect("a time"),
            description: "来院".into(),
            doctor: written(&doctor),
        }
    }

    #[test]
    fn a_device_finds_whom_it_asks_for() {
        // TR-26
        let number = "0707070707070707";
        for (tag, value, found) in [
            ((0x0010, 0x0010), "田中*", true),
            ((0x0010, 0x0010), "ﾀﾅｶ*", true),
            ((0x0010, 0x0010), "鈴木*", false),
            ((0x0010, 0x0020), "00012", true),
            ((0x0010, 0x0020), "00013", false),
            ((0x0010, 0x0030), "19430501", true),
            ((0x0040, 0x0003), "0900-1200", true),
            ((0x0040, 0x0003), "1000-1200", false),
            ((0x0040, 0x0006), "佐藤*", true),
            ((0x0040, 0x0006), "山田*", false),
            ((0x0040, 0x1001), number, true),
            ((0x0008, 0x0050), "1*", false),
            ((0x0008, 0x0060), "CT", true),
            ((0x0040, 0x0001), "CBCT1", true),
            ((0x0020, 0x000D), "1.2.3", false),
            ((0x0020, 0x000D), entry().study().as_str(), true),
        ] {
            let mut asked = Question::default();
            assert_eq!(asked.set(Tag(tag.0, tag.1), value), Ok(()), "{value}");
            assert_eq!(asked.fits(&entry()), found, "{tag:04X?} {value}");
        }
        let mut asked = Question::default();
        assert_eq!(asked.set(Tag(0x0040, 0x0002), "tomorrow"), Err(Unfit::Value));
        assert_eq!(asked.set(Tag(0x0040, 0x0010), "ROOM 1"), Err(Unfit::Attribute));
        assert_eq!(asked.set(Tag(0x0040, 0x0010), ""), Ok(()));
    }

    #[test]
    fn a_question_is_about_today_or_about_a_month_at_most() {
        // TR-26
        let day = |it: &str| it.parse::<Date>().expect("a day");
        for (value, from, to) in [
            ("", "2026-11-24", "2026-11-24"),
            ("20261125", "2026-11-25", "2026-11-25"),
            ("20261125-20261127", "2026-11-25", "2026-11-27"),
            ("20261125-", "2026-11-25", "2026-12-25"),
            ("-20261127", "2026-11-24", "2026-11-27"),
            ("-20261120", "2026-11-20", "2026-11-20"),
            ("20260101-20261231", "2026-01-01", "2026-01-31"),
        ] {
            let mut asked = Question::default();
            assert_eq!(asked.set(Tag(0x0040, 0x0002), value), Ok(()));
            assert_eq!(asked.days(day("2026-11-24")), (day(from), day(to)), "{value}");
        }
    }

    #[test]
    fn a_name_stands_in_its_three_groups() {
        // TR-27
        assert_eq!(entry().patient.name.to_string(), "ﾀﾅｶ^ｻﾁｺ=田中^幸子=タナカ^サチコ");
        for (full, half) in [("ゼンヂョー", "ｾﾞﾝﾁﾞｮｰ"), ("パッペ", "ﾊﾟｯﾍﾟ"), ("ヴィ", "ｳﾞｨ"), ("・A", "・A")]
        {
            assert_eq!(half_width(full), half);
        }
    }

    #[test]
    fn an_entry_is_the_askers() {
        // TR-26
        let texts = |asked: &Question| {
            let step = entry().step(asked, "CBCT1");
            step.into_iter().map(|it| format!("{:?}", it.shown)).collect::<Vec<_>>().join(" ")
        };
        let said = texts(&Question::default());
        for part in ["\"OT\"", "\"CBCT1\"", "\"20261124\"", "\"093000\""] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let mut asked = Question::default();
        asked.set(Tag(0x0008, 0x0060), "PX").expect("a modality");
        asked.set(Tag(0x0040, 0x0001), "PANO").expect("a title");
        let said = texts(&asked);
        assert!(said.contains("\"PX\"") && said.contains("\"PANO\""), "{said}");
    }
}
