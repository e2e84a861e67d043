//! What is explained, ticked and agreed before an online visit: the texts as dated data, and when one is complete.
//!
//! A stored consent names kind, version and field of the text that was shown; [`Document::version`] finds it again
//! for as long as the record is kept. A changed sentence is a new version beside the old one.

use std::sync::LazyLock;

use kernel::{Date, Words, clause};

use crate::FacilityField;
use crate::clause::ClauseId;

kernel::keyed! {
    /// The documents that a patient meets, in the order of the journey.
    #[derive(Hash, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum DocumentKind {
        /// What is explained before consent (OV-104, OV-306): eight items with sub-items.
        Explanation => "explanation";
        /// The security risk, and who answers for what (OV-240).
        Security => "security";
        /// What the patient promises (OV-250).
        Duties => "duties";
        /// The patient's own wish (OV-101, OV-102).
        Consent => "consent";
        /// The patient's own checklist (OV-306), to read and keep.
        PatientChecklist => "patient_checklist";
    }
}

/// One version of a document, in the words of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Its version (`2026-04`).
    pub version: &'static str,
    /// First day on which it is shown.
    pub valid_from: Date,
    /// Its title.
    pub title: Words,
    /// A sentence above the items.
    pub lead: Words,
    /// What is ticked, one by one.
    pub items: Vec<Item>,
}

/// One thing to tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// How a tick is stored.
    pub key: &'static str,
    /// The clause that asks for it.
    pub clause: ClauseId,
    /// Where it is from, in short: the checklist's item, or that it is ours.
    pub source: Words,
    /// The sentence beside the box.
    pub words: Words,
    /// What belongs to it; shown below, not ticked.
    pub subs: Vec<Words>,
}

impl Document {
    /// The version of `kind` for `field` that is shown on `day`; the oldest one for days before it.
    #[must_use]
    pub fn of(kind: DocumentKind, field: FacilityField, day: Date) -> &'static Self {
        clause!("OV-104", "OV-306", "CS-142");
        let own = || texts(field).iter().filter(move |it| it.kind == kind);
        // A test holds that every kind has a version; the first document of all stands in for none.
        own()
            .filter(|it| it.valid_from <= day)
            .max_by_key(|it| it.valid_from)
            .or_else(|| own().next())
            .unwrap_or(&texts(field)[0])
    }

    /// A certain version, for records made under it.
    #[must_use]
    pub fn version(kind: DocumentKind, field: FacilityField, version: &str) -> Option<&'static Self> {
        texts(field).iter().find(|it| it.kind == kind && it.version == version)
    }

    /// The items without a tick, in the order of the document.
    #[must_use]
    pub fn missing(&self, ticks: &[impl AsRef<str>]) -> Vec<&Item> {
        self.items.iter().filter(|item| !ticks.iter().any(|it| it.as_ref() == item.key)).collect()
    }

    /// Whether every item is ticked.
    #[must_use]
    pub fn is_complete(&self, ticks: &[impl AsRef<str>]) -> bool {
        clause!("OV-104", "OV-240", "OV-250", "OV-306");
        self.missing(ticks).is_empty()
    }
}

// The texts borrow from the compiled-in file.
#[derive(serde::Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct File {
    documents: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    kind: DocumentKind,
    version: &'static str,
    #[serde(deserialize_with = "crate::dated::day")]
    valid_from: Date,
    title: Words,
    lead: Words,
    items: Vec<EntryItem>,
}

#[derive(serde::Deserialize)]
struct EntryItem {
    key: &'static str,
    clause: &'static str,
    source: Words,
    words: Words,
    #[serde(default)]
    subs: Vec<Words>,
}

fn texts(field: FacilityField) -> &'static [Document] {
    &TEXTS[usize::from(field == FacilityField::Dental)]
}

#[allow(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
static TEXTS: LazyLock<[Vec<Document>; 2]> = LazyLock::new(|| {
    let file: File = serde_json::from_str(include_str!("../data/consent-2026.json")).expect("texts for consent");
    FacilityField::ALL.map(|field| file.documents.iter().map(|it| it.in_field(field)).collect())
});

impl Entry {
    fn in_field(&self, field: FacilityField) -> Document {
        let item = |it: &EntryItem| Item {
            key: it.key,
            clause: ClauseId::new(it.clause),
            source: it.source.clone(),
            words: field.fill(&it.words),
            subs: it.subs.iter().map(|sub| field.fill(sub)).collect(),
        };
        Document {
            kind: self.kind,
            version: self.version,
            valid_from: self.valid_from,
            title: field.fill(&self.title),
            lead: field.fill(&self.lead),
            items: self.items.iter().map(item).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 11, 21);

    #[test]
    fn every_document_is_there_for_both_fields() {
        // OV-104 and OV-306: eight items; OV-250: seven duties; OV-240, OV-101, OV-102: a text each.
        let counts = [
            (DocumentKind::Explanation, 8),
            (DocumentKind::Security, 4),
            (DocumentKind::Duties, 7),
            (DocumentKind::Consent, 3),
            (DocumentKind::PatientChecklist, 11),
        ];
        for field in FacilityField::ALL {
            for (kind, count) in counts {
                let document = Document::of(kind, field, DAY);
                assert_eq!((document.kind, document.items.len()), (kind, count));
                assert_eq!(Document::version(kind, field, document.version), Some(document));
                assert_eq!(DocumentKind::from_key(kind.key()), Some(kind));
                let mut keys = std::collections::HashSet::new();
                for item in &document.items {
                    assert!(keys.insert(item.key), "{} stands twice", item.key);
                    assert!(item.clause.clause().is_some(), "{} is not in the catalogue", item.clause);
                    for words in item.subs.iter().chain([&item.words, &item.source]) {
                        assert!(!words.ja.is_empty() && !words.en.is_empty());
                        assert!(!words.ja.contains('{') && !words.en.contains('{'), "{}", words.en);
                    }
                }
            }
        }
    }

    #[test]
    fn the_plan_is_explained_part_by_part() {
        // OV-104: the contents of the plan are part of the explanation.
        let document = Document::of(DocumentKind::Explanation, FacilityField::Dental, DAY);
        let plan = document.items.iter().find(|it| it.key == "plan").expect("the plan's item");
        assert_eq!(plan.subs.len(), crate::plan::Part::ALL.len());
    }

    #[test]
    fn one_tick_missing_is_not_complete() {
        // OV-104, OV-240, OV-250, OV-306
        for kind in DocumentKind::ALL {
            let document = Document::of(kind, FacilityField::Dental, DAY);
            let all: Vec<&str> = document.items.iter().map(|it| it.key).collect();
            assert!(document.is_complete(&all));
            for left_out in &all {
                let ticks: Vec<&str> = all.iter().copied().filter(|it| it != left_out).collect();
                let missing = document.missing(&ticks);
                assert_eq!(missing.iter().map(|it| it.key).collect::<Vec<_>>(), [*left_out]);
                assert!(!document.is_complete(&ticks));
            }
            assert!(!document.is_complete(&["another"]));
        }
    }

    #[test]
    fn a_dental_patient_reads_about_a_dentist() {
        let text = |field| Document::of(DocumentKind::Explanation, field, DAY).items[1].words.clone();
        assert!(text(FacilityField::Dental).ja.contains("歯科医師"));
        assert!(!text(FacilityField::Medical).ja.contains("歯科医師"));
        assert!(text(FacilityField::Dental).en.contains("dentist"));
    }

    #[test]
    fn an_old_day_still_finds_a_text() {
        // CS-142
        let old = Document::of(DocumentKind::Consent, FacilityField::Dental, Date::constant(2000, 1, 1));
        assert_eq!(old.kind, DocumentKind::Consent);
    }
}
