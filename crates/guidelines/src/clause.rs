//! The catalogue of clauses: what each asks, where it is written, since when, and how Haruka keeps it.
//!
//! The data stands in `data/clauses-2026.json`; a new edition of a guideline is a change of that file, not of code.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use kernel::{Date, Lang, Words};

use crate::FacilityField;

/// The requirement ID of a clause (`OV-101`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ClauseId(&'static str);

impl ClauseId {
    /// An ID written in code. Tests hold that every one used by a rule is in the catalogue.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(id)
    }

    /// The ID of a clause of the catalogue, from text that came from outside (a row, an address).
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        clause(id).map(|it| it.id)
    }

    /// `OV-101`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Its entry in the catalogue.
    #[must_use]
    pub fn clause(self) -> Option<&'static Clause> {
        clause(self.0)
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How binding a clause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Level {
    /// 遵守: must.
    M,
    /// 推奨: recommended.
    R,
    /// An exception that the rules allow and the system must offer.
    E,
}

impl Level {
    /// 遵守, 推奨, 例外.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::M => Words::new("遵守", "Must"),
            Self::R => Words::new("推奨", "Recommended"),
            Self::E => Words::new("例外", "Exception"),
        }
    }
}

/// How the system answers a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnsweredBy {
    /// The violation is impossible.
    Gate,
    /// A person with the right duty confirms it; kept with who and when.
    Confirm,
    /// Evidence gathers itself.
    Auto,
    /// The system writes the document.
    Doc,
    /// It is in front of the person when it matters.
    Show,
}

impl AnsweredBy {
    /// For the compliance page.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Gate => Words::new("仕組みで防ぐ", "Made impossible"),
            Self::Confirm => Words::new("担当者が確認", "Confirmed by a person"),
            Self::Auto => Words::new("自動で記録", "Recorded by itself"),
            Self::Doc => Words::new("書類を作成", "Written as a document"),
            Self::Show => Words::new("画面で案内", "Shown on screen"),
        }
    }
}

/// What a clause is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The online visit itself.
    Visit,
    /// The facility and its doctors.
    Facility,
    /// Images and their reading.
    Imaging,
    /// Dental laboratory work.
    Lab,
    /// Safety of information.
    Safety,
    /// What the system does for its users.
    System,
}

/// Where a clause is written, for one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Place {
    /// Key of the document in the catalogue file.
    document: &'static str,
    /// Chapter and section.
    chapter: Cow<'static, str>,
    /// Item in it; empty where the document has none or its numbering was not read.
    #[serde(default)]
    item: Cow<'static, str>,
    /// The dental guideline follows the medical one here; the citation names the medical item too.
    #[serde(default)]
    mirrors: bool,
}

/// One clause of the catalogue.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its ID.
    pub id: ClauseId,
    /// How binding it is.
    pub level: Level,
    /// How the system answers it; one or two ways.
    pub kinds: Vec<AnsweredBy>,
    /// What it is about.
    pub scope: Scope,
    /// Whether it belongs to what this release holds. Others stand in the catalogue with their source,
    /// and are never shown as met.
    pub in_scope: bool,
    /// Edition of the source (`2023-03`).
    pub edition: &'static str,
    /// First day on which it holds.
    pub valid_from: Date,
    /// The day from which a newer edition replaces it.
    pub replaced_on: Option<Date>,
    medical: Place,
    dental: Place,
    texts: [Texts; 2],
}

#[derive(Debug, Clone)]
struct Texts {
    title: Words,
    explanation: Words,
    enforced_by: Words,
}

impl Clause {
    /// A few words, at most 30 characters in Japanese.
    #[must_use]
    pub fn title(&self, field: FacilityField) -> &Words {
        &self.texts(field).title
    }

    /// What it asks, in plain sentences of ours.
    #[must_use]
    pub fn explanation(&self, field: FacilityField) -> &Words {
        &self.texts(field).explanation
    }

    /// How Haruka keeps it.
    #[must_use]
    pub fn enforced_by(&self, field: FacilityField) -> &Words {
        &self.texts(field).enforced_by
    }

    /// Document with edition, chapter and item, as it is cited on screen and on paper.
    #[must_use]
    pub fn citation(&self, field: FacilityField, lang: Lang) -> String {
        let place = match field {
            FacilityField::Medical => &self.medical,
            FacilityField::Dental => &self.dental,
        };
        let name = CATALOGUE.documents.get(place.document).map_or(place.document, |it| it.in_lang(lang));
        let comma = lang.t("", ",");
        let (chapter, item) = (&place.chapter, &place.item);
        let mirrored = if place.mirrors {
            let item = format!("{}{}", self.medical.chapter, self.medical.item);
            lang.t(format!("（医科指針 {item} に対応）"), format!(" (mirrors {item} of the medical guideline)"))
        } else {
            String::new()
        };
        format!("{name}{comma} {chapter}{item}{mirrored}")
    }

    /// The document with its edition, as it is named in a record.
    #[must_use]
    pub fn document(&self, field: FacilityField, lang: Lang) -> &'static str {
        let place = match field {
            FacilityField::Medical => &self.medical,
            FacilityField::Dental => &self.dental,
        };
        CATALOGUE.documents.get(place.document).map_or(place.document, |it| it.in_lang(lang))
    }

    /// Whether it holds on `day`.
    #[must_use]
    pub fn in_force(&self, day: Date) -> bool {
        kernel::clause!("CS-142");
        self.valid_from <= day && self.replaced_on.is_none_or(|end| day < end)
    }

    fn texts(&self, field: FacilityField) -> &Texts {
        &self.texts[usize::from(field == FacilityField::Dental)]
    }
}

/// Every clause, in the order of the catalogue.
#[must_use]
pub fn catalogue() -> &'static [Clause] {
    &CATALOGUE.clauses
}

/// The clause `id`, if the catalogue has it.
#[must_use]
pub fn clause(id: &str) -> Option<&'static Clause> {
    CATALOGUE.clauses.iter().find(|it| it.id.0 == id)
}

/// The clauses of this release that hold on `day`.
pub fn in_force(day: Date) -> impl Iterator<Item = &'static Clause> {
    catalogue().iter().filter(move |it| it.in_scope && it.in_force(day))
}

struct Catalogue {
    documents: HashMap<&'static str, Words>,
    clauses: Vec<Clause>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(read);

/// The file as it is written.
// The texts borrow from the compiled-in file.
#[derive(serde::Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct File {
    documents: HashMap<&'static str, Words>,
    clauses: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    id: &'static str,
    level: Level,
    kinds: Vec<AnsweredBy>,
    scope: Scope,
    #[serde(default)]
    in_scope: bool,
    #[serde(default)]
    later: bool,
    edition: &'static str,
    #[serde(deserialize_with = "crate::dated::day")]
    valid_from: Date,
    #[serde(default, deserialize_with = "crate::dated::maybe_day")]
    replaced_on: Option<Date>,
    medical: Place,
    dental: Place,
    title: Words,
    explanation: Words,
    enforced_by: Words,
}

#[allow(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
fn read() -> Catalogue {
    let file: File = serde_json::from_str(include_str!("../data/clauses-2026.json")).expect("a catalogue of clauses");
    let clauses = file.clauses.into_iter().map(Entry::clause).collect();
    Catalogue { documents: file.documents, clauses }
}

impl Entry {
    fn clause(self) -> Clause {
        let texts = FacilityField::ALL.map(|field| Texts {
            title: field.fill(&self.title),
            explanation: field.fill(&self.explanation),
            enforced_by: field.fill(&self.enforced_by),
        });
        Clause {
            id: ClauseId(self.id),
            level: self.level,
            kinds: self.kinds,
            scope: self.scope,
            in_scope: self.in_scope && !self.later,
            edition: self.edition,
            valid_from: self.valid_from,
            replaced_on: self.replaced_on,
            medical: self.medical,
            dental: self.dental,
            texts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What this release holds, as the issue names it.
    const IN_SCOPE: &str = "OV-101 OV-102 OV-103 OV-104 OV-110 OV-111 OV-112 OV-115 OV-130 OV-131 OV-132 OV-134 \
        OV-140 OV-141 OV-142 OV-143 OV-160 OV-161 OV-162 OV-163 OV-164 OV-165 OV-166 OV-201 OV-202 OV-203 OV-204 \
        OV-205 OV-206 OV-210 OV-240 OV-241 OV-242 OV-243 OV-244 OV-245 OV-246 OV-247 OV-250 OV-260 OV-262 OV-264 \
        OV-265 OV-301 OV-302 OV-303 OV-304 OV-305 OV-306 CS-101 CS-120 CS-121 CS-122 CS-126 CS-141 CS-142 CS-150 \
        CS-151 CS-153 CS-155 CS-161 CS-162 CS-163 SY-05 SY-06 SY-20 TR-05 TR-01 TR-02 TR-06 TR-10 TR-20 TR-21 TR-26 \
        TR-27 TR-04 TR-07 TR-03 TR-23 TR-13 TR-08 TR-11 TR-15 TR-25 TR-24 TR-09 TR-12 TR-14 TR-22 \
        DL-01 DL-02 DL-03 DL-04 DL-05 DL-06 DL-10 DL-11 DL-12 DL-13 DL-14 DL-15 DL-20 DL-21 DL-22 DL-23 DL-24 DL-30 DL-31 DL-32 DL-40 DL-41 DL-42 DL-43";

    /// Named in the catalogue with their source, held by a later release.
    const LATER: &str = "OV-113 OV-114 OV-116 OV-117 OV-118 OV-119 OV-120 OV-133 OV-135 OV-212 OV-220 OV-221 OV-230 \
        OV-231 OV-232 OV-234 OV-235 OV-248 OV-249 OV-261 OV-263";

    #[test]
    fn the_catalogue_names_what_the_release_holds() {
        let ids = |in_scope| {
            let mut ids: Vec<&str> =
                catalogue().iter().filter(|it| it.in_scope == in_scope).map(|it| it.id.0).collect();
            ids.sort_unstable();
            ids
        };
        let sorted = |text: &'static str| {
            let mut ids: Vec<&str> = text.split_whitespace().collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(ids(true), sorted(IN_SCOPE));
        assert_eq!(ids(false), sorted(LATER));
    }

    #[test]
    fn every_clause_is_told_in_both_languages_and_fields() {
        for it in catalogue() {
            assert!(!it.kinds.is_empty(), "{}", it.id);
            for field in FacilityField::ALL {
                let title = it.title(field);
                assert!(title.ja.chars().count() <= 30, "{}: {}", it.id, title.ja);
                for words in [title, it.explanation(field), it.enforced_by(field)] {
                    assert!(!words.ja.trim().is_empty() && !words.en.trim().is_empty(), "{}", it.id);
                    assert!(!words.ja.contains('{') && !words.en.contains('{'), "{}: {}", it.id, words.ja);
                    assert!(!words.en.chars().any(|it| ('ぁ'..='龯').contains(&it)), "{}: {}", it.id, words.en);
                }
                for place in [&it.medical, &it.dental] {
                    assert!(CATALOGUE.documents.contains_key(place.document), "{}: {}", it.id, place.document);
                }
            }
        }
    }

    #[test]
    fn a_clause_is_cited_by_document_chapter_and_item() {
        let cases = [
            ("OV-101", FacilityField::Medical, Lang::Ja, "オンライン診療指針（2023年3月改訂） Ⅴ1(1)ⅰ"),
            (
                "OV-101",
                FacilityField::Dental,
                Lang::Ja,
                "歯科オンライン診療指針（2024年3月） 5(1)ア（医科指針 Ⅴ1(1)ⅰ に対応）",
            ),
            ("OV-141", FacilityField::Medical, Lang::En, "Online care guideline (rev. 2023-03), Ⅴ1(4)ⅱ"),
            ("CS-101", FacilityField::Dental, Lang::Ja, "サイバーセキュリティ対策チェックリスト（2025年度） 1-①"),
        ];
        for (id, field, lang, expected) in cases {
            assert_eq!(clause(id).expect("in the catalogue").citation(field, lang), expected);
        }
    }

    #[test]
    fn a_clause_holds_from_its_first_day_until_it_is_replaced() {
        // CS-142: OV-260 came with the law of 2026-04-01.
        let mut clause = clause("OV-260").expect("in the catalogue").clone();
        let day = |text: &str| text.parse::<Date>().expect("a day");
        assert!(!clause.in_force(day("2026-03-31")));
        assert!(clause.in_force(day("2026-04-01")));
        clause.replaced_on = Some(day("2028-04-01"));
        assert!(clause.in_force(day("2028-03-31")) && !clause.in_force(day("2028-04-01")));
        assert!(in_force(day("2026-03-31")).all(|it| it.id.0 != "OV-260"));
    }

    #[test]
    fn an_id_from_outside_is_looked_up() {
        assert_eq!(ClauseId::find("OV-101"), Some(ClauseId::new("OV-101")));
        assert_eq!(ClauseId::find("OV-999"), None);
        assert!(ClauseId::new("OV-101").clause().is_some());
    }
}
