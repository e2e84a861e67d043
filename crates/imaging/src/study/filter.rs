//! What is searched for: attributes with values, as C-FIND (PS3.4 C.2.2.2) and QIDO-RS (PS3.18 8.3.4) both say them.
//! Values in, values out.

use kernel::Words;

use super::{Claims, attribute, fold, parts};
use crate::dataset::Tag;
use crate::dataset::text::PersonName;
use crate::instance::Uid;

/// Values in one list of identifiers.
pub const LIST_MAX: usize = 1_000;
/// Characters of one pattern.
pub const PATTERN_CHARS_MAX: usize = 256;

/// What must hold. What is empty holds always.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Filter {
    /// Study Instance UIDs.
    pub studies: Vec<Uid>,
    /// Series Instance UIDs.
    pub series: Vec<Uid>,
    /// SOP Instance UIDs.
    pub instances: Vec<Uid>,
    /// SOP Class UIDs.
    pub classes: Vec<Uid>,
    /// Days, as `YYYY-MM-DD`.
    pub study_date: Option<Span>,
    /// Times of day, as `HHMMSS`.
    pub study_time: Option<Span>,
    /// Name in any script.
    pub patient_name: Option<Pattern>,
    /// Names are compared word by word from their beginnings.
    pub fuzzy: bool,
    /// The sending facility's number.
    pub patient_id: Option<Pattern>,
    /// Days, as `YYYY-MM-DD`.
    pub birth_date: Option<Span>,
    /// `M`, `F`, `O`.
    pub sex: Option<Pattern>,
    /// Accession Number.
    pub accession: Option<Pattern>,
    /// Study ID.
    pub study_number: Option<Pattern>,
    /// Study Description.
    pub study_description: Option<Pattern>,
    /// Referring Physician's Name.
    pub referrer: Option<Pattern>,
    /// Any of these, in a series.
    pub modalities: Vec<String>,
    /// Series Description.
    pub series_description: Option<Pattern>,
    /// Body Part Examined.
    pub body_part: Option<Pattern>,
    /// Series Number.
    pub series_number: Option<i32>,
    /// Instance Number.
    pub instance_number: Option<i32>,
}

/// From and to, both included; one of them may be open.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Span {
    /// Not before.
    pub from: Option<String>,
    /// Not after.
    pub to: Option<String>,
}

/// Text with `*` for anything and `?` for one character.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Pattern(String);

/// Why an attribute cannot be searched with this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Nobody can search by this attribute here.
    Attribute,
    /// The value is no such thing: a UID, a date, a number, or too long.
    Value,
}

impl Unfit {
    /// In words.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Attribute => Words::new("この項目では検索できません。", "This attribute cannot be searched by."),
            Self::Value => Words::new("検索する値が正しくありません。", "The value to search for is not valid."),
        }
    }
}

impl Filter {
    /// Everything of one study.
    #[must_use]
    pub fn study(uid: &Uid) -> Self {
        Self { studies: vec![uid.clone()], ..Self::default() }
    }

    /// Adds that `tag` has `value` (DICOM's text for it; empty and `*` ask for nothing).
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn set(&mut self, tag: Tag, value: &str) -> Result<(), Unfit> {
        let value = value.trim_matches([' ', '\0']);
        let known = attribute::SEARCHED.contains(&tag);
        if value.is_empty() || value == "*" || value == "\"\"" {
            return if known { Ok(()) } else { Err(Unfit::Attribute) };
        }
        match (tag.0, tag.1) {
            (0x0020, 0x000D) => self.studies = uids(value)?,
            (0x0020, 0x000E) => self.series = uids(value)?,
            (0x0008, 0x0018) => self.instances = uids(value)?,
            (0x0008, 0x0016) => self.classes = uids(value)?,
            (0x0008, 0x0020) => self.study_date = Some(Span::days(value)?),
            (0x0008, 0x0030) => self.study_time = Some(Span::times(value)?),
            (0x0010, 0x0010) => self.patient_name = Some(Pattern::parse(value)?),
            (0x0010, 0x0020) => self.patient_id = Some(Pattern::parse(value)?),
            (0x0010, 0x0030) => self.birth_date = Some(Span::days(value)?),
            (0x0010, 0x0040) => self.sex = Some(Pattern::parse(value)?),
            (0x0008, 0x0050) => self.accession = Some(Pattern::parse(value)?),
            (0x0020, 0x0010) => self.study_number = Some(Pattern::parse(value)?),
            (0x0008, 0x1030) => self.study_description = Some(Pattern::parse(value)?),
            (0x0008, 0x0090) => self.referrer = Some(Pattern::parse(value)?),
            (0x0008, 0x0060 | 0x0061) => self.modalities = modalities(value)?,
            (0x0008, 0x103E) => self.series_description = Some(Pattern::parse(value)?),
            (0x0018, 0x0015) => self.body_part = Some(Pattern::parse(value)?),
            (0x0020, 0x0011) => self.series_number = Some(value.parse().map_err(|_| Unfit::Value)?),
            (0x0020, 0x0013) => self.instance_number = Some(value.parse().map_err(|_| Unfit::Value)?),
            _ => return Err(Unfit::Attribute),
        }
        Ok(())
    }

    /// Whether what the rows hold sealed fits: what marks could not say is compared here.
    #[must_use]
    pub(crate) fn fits(&self, claims: &Claims) -> bool {
        let plain = |pattern: &Option<Pattern>, text: &str| pattern.as_ref().is_none_or(|it| it.fits(text));
        let name = |pattern: &Option<Pattern>, name: &PersonName| {
            pattern.as_ref().is_none_or(|it| if self.fuzzy { it.fits_words(name) } else { it.fits_name(name) })
        };
        let birth = claims.patient.birth_date.map(|it| it.to_string()).unwrap_or_default();
        name(&self.patient_name, &claims.patient.name)
            && name(&self.referrer, &claims.referrer)
            && plain(&self.patient_id, &claims.patient.id)
            && plain(&self.sex, &claims.patient.sex)
            && plain(&self.accession, &claims.accession)
            && plain(&self.study_number, &claims.number)
            && plain(&self.study_description, &claims.description)
            && self.birth_date.as_ref().is_none_or(|it| it.holds(&birth))
    }

    /// Whether rows must be opened to know if they fit.
    #[must_use]
    pub(crate) fn looks_inside(&self) -> bool {
        let sealed = [&self.study_number, &self.study_description, &self.referrer, &self.sex, &self.patient_name];
        let exact = |it: &Option<Pattern>| it.as_ref().is_some_and(|it| !it.is_exact());
        sealed.iter().any(|it| it.is_some())
            || self.birth_date.is_some()
            || exact(&self.patient_id)
            || exact(&self.accession)
            || self.series_description.is_some()
    }

    /// Texts of which each study found must bear the mark.
    #[must_use]
    pub(crate) fn marks(&self) -> Vec<String> {
        let exact = |kind: &str, it: &Option<Pattern>| {
            it.as_ref().filter(|it| it.is_exact()).map(|it| format!("{kind}:{}", it.0))
        };
        let mut all: Vec<String> =
            exact("id", &self.patient_id).into_iter().chain(exact("accession", &self.accession)).collect();
        if let Some(name) = &self.patient_name {
            all.extend(name.name_marks(self.fuzzy));
        }
        all
    }
}

impl Span {
    /// Dates as DICOM writes them: `20260401`, `20260401-`, `-20260430`, `20260401-20260430`; with hyphens inside as the
    /// web writes them.
    ///
    /// # Errors
    /// [`Unfit::Value`].
    pub fn days(value: &str) -> Result<Self, Unfit> {
        let digits: String = value.chars().filter(|it| *it != '.').collect();
        if digits.len() == 10 && digits.as_bytes()[4] == b'-' && digits.as_bytes()[7] == b'-' {
            return Self::days(&digits.replace('-', ""));
        }
        let day = |it: &str| {
            let parts = (it.get(0..4), it.get(4..6), it.get(6..8));
            let (Some(year), Some(month), Some(day), 8) = (parts.0, parts.1, parts.2, it.len()) else {
                return Err(Unfit::Value);
            };
            let written = format!("{year}-{month}-{day}");
            written.parse::<kernel::Date>().map(|_| written).map_err(|_| Unfit::Value)
        };
        Self::parse(&digits, day)
    }

    /// Times of day: `0930`, `093000-120000`.
    ///
    /// # Errors
    /// [`Unfit::Value`].
    pub fn times(value: &str) -> Result<Self, Unfit> {
        let digits: String = value.chars().filter(|it| *it != ':').collect();
        let time = |it: &str| {
            let whole = it.split('.').next().unwrap_or_default();
            let good = [2, 4, 6].contains(&whole.len()) && whole.bytes().all(|it| it.is_ascii_digit());
            if good { Ok(whole.to_owned()) } else { Err(Unfit::Value) }
        };
        let span = Self::parse(&digits, time)?;
        // 09 to 10 means until the end of ten o'clock; rows hold fractions, so the end is written out.
        let full = |it: String, fill: &str| format!("{it}{}", &fill[it.len()..]);
        Ok(Self { from: span.from.map(|it| full(it, "000000")), to: span.to.map(|it| full(it, "595959") + "~") })
    }

    fn parse(value: &str, one: impl Fn(&str) -> Result<String, Unfit>) -> Result<Self, Unfit> {
        match value.split_once('-') {
            None => {
                let only = one(value)?;
                Ok(Self { from: Some(only.clone()), to: Some(only) })
            }
            Some(("", "")) => Err(Unfit::Value),
            Some((from, to)) => {
                let end = |it: &str| if it.is_empty() { Ok(None) } else { one(it).map(Some) };
                Ok(Self { from: end(from.trim())?, to: end(to.trim())? })
            }
        }
    }

    pub(crate) fn holds(&self, value: &str) -> bool {
        !value.is_empty()
            && self.from.as_deref().is_none_or(|it| value >= it)
            && self.to.as_deref().is_none_or(|it| value <= it)
    }
}

impl Pattern {
    /// Reads one.
    ///
    /// # Errors
    /// [`Unfit::Value`] above [`PATTERN_CHARS_MAX`].
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        if text.chars().count() > PATTERN_CHARS_MAX { Err(Unfit::Value) } else { Ok(Self(text.to_owned())) }
    }

    /// Whether it has no `*` or `?`.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// Whether `text` is like it.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        like(&self.0, text)
    }

    /// For SQL's `LIKE … ESCAPE '!'`.
    #[must_use]
    pub(crate) fn sql_like(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for it in self.0.chars() {
            match it {
                '*' => out.push('%'),
                '?' => out.push('_'),
                '%' | '_' | '!' => out.extend(['!', it]),
                _ => out.push(it),
            }
        }
        out
    }

    /// Whether a name is like it, in any script; `=` in the pattern asks for each script by itself.
    #[must_use]
    pub fn fits_name(&self, name: &PersonName) -> bool {
        let groups = [&name.alphabetic, &name.ideographic, &name.phonetic].map(|it| fold(it));
        let mut wanted = self.0.split('=').map(fold).filter(|it| !it.is_empty() && it != "*").peekable();
        wanted.all(|it| groups.iter().any(|group| !group.is_empty() && like(&it, group)))
    }

    /// Whether each of its words begins some part of the name, in any script.
    #[must_use]
    pub fn fits_words(&self, name: &PersonName) -> bool {
        let wholes = [&name.alphabetic, &name.ideographic, &name.phonetic];
        let begins = |word: &str| {
            wholes
                .iter()
                .any(|group| fold(group).starts_with(word) || parts(group).any(|it| fold(it).starts_with(word)))
        };
        self.words().iter().all(|it| begins(it))
    }

    fn words(&self) -> Vec<String> {
        self.0
            .split('=')
            .flat_map(parts)
            .map(|it| fold(&it.replace(['*', '?'], "")))
            .filter(|it| !it.is_empty())
            .collect()
    }

    /// The beginnings by which a name is found in the index.
    fn name_marks(&self, fuzzy: bool) -> Vec<String> {
        let beginning = |it: &str| it.chars().take(super::MARK_CHARS_MAX).collect::<String>();
        let words = if fuzzy {
            self.words()
        } else {
            self.0.split('=').map(|it| fold(it.split(['*', '?']).next().unwrap_or_default())).collect()
        };
        words.iter().filter(|it| !it.is_empty()).map(|it| format!("name:{}", beginning(it))).collect()
    }
}

/// `*` and `?` matching without going back more than one star: linear in practice, never exponential.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(it) if *it == '?' || *it == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|it| *it == '*')
}

fn uids(value: &str) -> Result<Vec<Uid>, Unfit> {
    let all: Option<Vec<Uid>> = value.split(['\\', ',']).map(|it| Uid::parse(it.trim_matches([' ', '\0']))).collect();
    all.filter(|it| it.len() <= LIST_MAX).ok_or(Unfit::Value)
}

fn modalities(value: &str) -> Result<Vec<String>, Unfit> {
    let all: Vec<String> = value.split(['\\', ',']).map(|it| it.trim().to_uppercase()).collect();
    let good = all.len() <= LIST_MAX && all.iter().all(|it| it.len() <= 16);
    if good { Ok(all) } else { Err(Unfit::Value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_the_standard_says() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("YAMA*", "YAMADA", true),
            ("*DA", "YAMADA", true),
            ("Y?M*D?", "YAMADA", true),
            ("Y?M", "YAMADA", false),
            ("", "A", false),
            ("a*a*a*a*a*a*b", &"a".repeat(2_000), false),
            ("山*郎", "山田太郎", true),
        ] {
            assert_eq!(like(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn names_are_found_in_every_script_and_however_they_are_written() {
        let name = PersonName::parse("Yamada^Tarou=山田^太郎=やまだ^たろう");
        for (pattern, plain, fuzzy) in [
            ("yamada*", true, true),
            ("YAMADA^TAROU", true, true),
            ("ヤマダ*", true, true),
            ("ﾔﾏﾀﾞ*", true, true),
            ("山田*", true, true),
            ("山田", false, true),
            ("太郎", false, true),
            ("tarou yamada", false, true),
            ("*郎", true, true),
            ("Yamada*=山田*", true, true),
            ("Suzuki*", false, false),
        ] {
            let it = Pattern::parse(pattern).expect("a pattern");
            let words_only = !pattern.starts_with('*');
            assert_eq!(it.fits_name(&name), plain, "{pattern}");
            if words_only {
                assert_eq!(it.fits_words(&name), fuzzy, "{pattern} by words");
            }
        }
    }

    #[test]
    fn a_name_is_looked_up_by_marks_that_its_study_bears() {
        let claims = Claims {
            patient: crate::instance::ClaimedPatient {
                name: PersonName::parse("Yamada^Tarou=山田^太郎=やまだ^たろう"),
                ..Default::default()
            },
            ..Claims::default()
        };
        let borne = super::super::marked(&claims);
        for (pattern, fuzzy) in
            [("yamada^taro*", false), ("太郎 山田", true), ("ヤマ*", false), ("Yamada*=山田*", false)]
        {
            let mut filter = Filter { fuzzy, ..Filter::default() };
            filter.set(Tag(0x0010, 0x0010), pattern).expect("a name");
            let marks = filter.marks();
            assert!(!marks.is_empty() && marks.iter().all(|it| borne.contains(it)), "{pattern}: {marks:?}");
            assert!(filter.fits(&claims) && filter.looks_inside());
        }
    }

    #[test]
    fn days_and_times_are_spans() {
        let span = |from: Option<&str>, to: Option<&str>| {
            Ok(Span { from: from.map(str::to_owned), to: to.map(str::to_owned) })
        };
        assert_eq!(Span::days("20260401"), span(Some("2026-04-01"), Some("2026-04-01")));
        assert_eq!(Span::days("2026-04-01"), span(Some("2026-04-01"), Some("2026-04-01")));
        assert_eq!(Span::days("20260401-"), span(Some("2026-04-01"), None));
        assert_eq!(Span::days("-20260430"), span(None, Some("2026-04-30")));
        assert_eq!(Span::times("09-1030"), span(Some("090000"), Some("103059~")));
        for bad in ["2026", "20261301", "-", "2026040é", "x-y"] {
            assert_eq!(Span::days(bad), Err(Unfit::Value), "{bad}");
        }
        assert!(!Span::days("-20260430").expect("open").holds(""), "no date is in no span");
    }

    #[test]
    fn what_cannot_be_searched_is_said() {
        let mut filter = Filter::default();
        assert_eq!(filter.set(Tag(0x0020, 0x000D), "1.2.3\\1.2.4"), Ok(()));
        assert_eq!(filter.studies.len(), 2);
        assert_eq!(filter.set(Tag(0x0020, 0x000D), "1.2.x"), Err(Unfit::Value));
        assert_eq!(filter.set(Tag(0x0020, 0x0011), "seven"), Err(Unfit::Value));
        assert_eq!(filter.set(Tag(0x7FE0, 0x0010), "x"), Err(Unfit::Attribute));
        assert_eq!(filter.set(Tag(0x0010, 0x0010), &"x".repeat(300)), Err(Unfit::Value));
        assert_eq!(filter.set(Tag(0x0010, 0x0010), "*"), Ok(()));
        assert_eq!(filter.patient_name, None);
    }
}
