//! Consent to online visits: what is shown, ticked part by part, signed by the patient's own hand, and withdrawn.
//!
//! It stands between patient and facility: one in force is shown at later bookings and not asked for again, unless the
//! text has changed. Whether pictures are kept is a choice of its own. The texts stand in `guidelines`; a facility may add
//! to the explanation and cannot take away from it.

mod evidence;
pub mod pages;
mod paper;
pub mod staff_pages;
mod stand;
mod storage;
pub mod store;

use std::borrow::Cow;

use guidelines::FacilityField;
use guidelines::call::{ConsentState, Explanation};
use guidelines::consent::{Document, DocumentKind};
use guidelines::guardian::{self, Need};
use kernel::{Date, JapaneseName, Lang, RowId, Timestamp, Words, clause, time};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields};

/// Sentences that a facility may add to the explanation; more would hide the guideline's own.
pub const OWN_LINES_MAX: usize = 5;
/// Keys of the facility's own sentences.
const OWN_KEYS: [&str; OWN_LINES_MAX] = ["own_1", "own_2", "own_3", "own_4", "own_5"];

/// The parts that are read before signing, in order.
pub const READ_FIRST: [DocumentKind; 3] = [DocumentKind::Explanation, DocumentKind::Security, DocumentKind::Duties];

/// Everything that a patient is shown, as one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The versions of the guideline's documents.
    pub base: String,
    /// Number of the facility's own addition; 0 for none.
    pub own: i64,
    /// The parts in order: those of [`READ_FIRST`], then the consent.
    pub parts: Vec<Part>,
}

/// One part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub kind: DocumentKind,
    /// Its title.
    pub title: Words,
    /// The sentence above the items.
    pub lead: Words,
    /// What is ticked one by one.
    pub items: Vec<Item>,
}

/// One thing to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The name of its box.
    pub key: Cow<'static, str>,
    /// The sentence.
    pub words: Words,
    /// What belongs to it; shown below, not ticked.
    pub subs: Vec<Words>,
}

/// What a facility adds to the explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnText {
    /// Its number.
    pub number: i64,
    /// Its sentences.
    pub lines: Vec<Words>,
    /// Whether those who agreed to an earlier text are asked again.
    pub material: bool,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Text {
    /// The text for a facility of `field` on `day`, with its own addition.
    #[must_use]
    pub fn of(field: FacilityField, day: Date, own: Option<&OwnText>) -> Self {
        clause!("OV-104", "OV-306");
        let documents = READ_FIRST.into_iter().chain([DocumentKind::Consent]).map(|it| Document::of(it, field, day));
        let mut parts: Vec<Part> = Vec::new();
        let mut versions: Vec<&str> = Vec::new();
        for document in documents {
            versions.push(document.version);
            parts.push(part(document));
        }
        if let Some(own) = own {
            let lines = OWN_KEYS.iter().zip(&own.lines);
            parts[0].items.extend(lines.map(|(key, words)| Item {
                key: (*key).into(),
                words: words.clone(),
                subs: vec![],
            }));
        }
        let same = versions.iter().all(|it| *it == versions[0]);
        let base = if same { versions[0].to_owned() } else { versions.join("/") };
        Self { base, own: own.map_or(0, |it| it.number), parts }
    }

    /// One of its parts.
    #[must_use]
    pub fn part(&self, kind: DocumentKind) -> Option<&Part> {
        self.parts.iter().find(|it| it.kind == kind)
    }

    /// How people name it: `2026-04`, or `2026-04 + 2` with the facility's second addition.
    #[must_use]
    pub fn version(&self) -> String {
        version(&self.base, self.own)
    }

    /// A digest of everything in it, for the row and the log.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        crypto::digest::sha256(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// See [`Text::version`].
#[must_use]
pub fn version(base: &str, own: i64) -> String {
    if own == 0 { base.to_owned() } else { format!("{base} + {own}") }
}

/// The words of a document as a part.
#[must_use]
pub fn part(document: &Document) -> Part {
    let item =
        |it: &guidelines::consent::Item| Item { key: it.key.into(), words: it.words.clone(), subs: it.subs.clone() };
    Part {
        kind: document.kind,
        title: document.title.clone(),
        lead: document.lead.clone(),
        items: document.items.iter().map(item).collect(),
    }
}

impl Part {
    /// Reads the ticks of this part; every item must have one. With `postponed`, nobody is asked to confirm an explanation
    /// that was not given.
    ///
    /// # Errors
    /// A fault for each item without a tick.
    pub fn ticks(&self, fields: &Fields, postponed: bool) -> Result<Vec<String>, Faults> {
        clause!("OV-104", "OV-240", "OV-250");
        let mut faults = Faults::default();
        let mut ticks = Vec::new();
        for item in self.asked(postponed) {
            if fields.ticked(&item.key) {
                ticks.push(item.key.to_string());
            } else if let Cow::Borrowed(key) = item.key {
                faults.add(key, Words::new("読んで、チェックを付けてください。", "Please read it and tick the box."));
            }
        }
        faults.done(|| ticks)
    }

    /// The items that are asked for.
    pub fn asked(&self, postponed: bool) -> impl Iterator<Item = &Item> {
        let leaves_out = postponed && self.kind == DocumentKind::Consent;
        self.items.iter().filter(move |it| !(leaves_out && it.key == "explained"))
    }
}

kernel::keyed! {
    /// Whose hand signed.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Hand {
        /// The patient.
        Patient => "patient", "ご本人", "The patient";
        /// Someone who may act for the patient.
        Guardian => "guardian", "保護者・代理の方", "A guardian";
    }
}

/// A consent as it was given.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Who, when, to what.
    pub head: Head,
    /// What was shown and done.
    pub record: Record,
}

/// A consent as far as rules ask about it: all but the long record, which must be opened.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its id.
    pub id: RowId,
    /// Version of the guideline's texts.
    pub base: String,
    /// Number of the facility's addition.
    pub own: i64,
    /// Whose hand.
    pub hand: Hand,
    /// The explanation was read before, not postponed.
    pub explained: bool,
    /// When.
    pub given_at: Timestamp,
    /// By whom, as the log names it.
    pub given_by: String,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// What was shown and done; sealed in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Everything that was shown.
    pub text: Text,
    /// In which language.
    pub lang: Lang,
    /// What was ticked while signing; the parts before have rows of their own.
    pub ticks: Vec<String>,
    /// The name as typed.
    pub typed_name: String,
    /// The guardian's relation to the patient, as it was on file.
    pub relation: Option<String>,
    /// Network address.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
}

kernel::keyed! {
    /// What the patient wants kept.
    #[derive(Default)]
    pub enum Keep {
        /// Nothing, the default.
        #[default]
        Nothing => "nothing", "何も保存しない", "Keep nothing";
        /// Still pictures in the chart.
        Pictures => "pictures", "診療に必要な静止画だけを、診療録に保存してよい", "Still pictures needed for care may be kept in the chart";
    }
}

/// The form of the signature, well-formed.
#[derive(Debug, Clone)]
pub struct Signature {
    /// What was ticked.
    pub ticks: Vec<String>,
    /// The name as typed.
    pub name: String,
    /// What may be kept.
    pub keep: Keep,
}

impl Signature {
    /// Reads the form against the text that is shown and the name of the one who signs.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, text: &Text, signer: &JapaneseName, postponed: bool) -> Result<Self, Faults> {
        clause!("OV-102");
        let part = text.part(DocumentKind::Consent);
        let (ticks, mut faults) = match part.map(|it| it.ticks(fields, postponed)) {
            Some(Err(faults)) => (Vec::new(), faults),
            Some(Ok(ticks)) => (ticks, Faults::default()),
            None => (Vec::new(), Faults::default()),
        };
        let keep = fields.one_of("keep", &Keep::keys(), &mut faults).unwrap_or_default();
        let name = fields.line("name", &mut faults);
        if !name.is_empty() && !is_name(&name, signer) {
            faults.add(
                "name",
                Words::new(
                    "登録されているお名前と違います。姓と名を入力してください（ひらがなでもかまいません）。",
                    "This is not the registered name. Please write family and given name (kana will do).",
                ),
            );
        }
        faults.done(|| Self { ticks, name, keep })
    }
}

/// Whether `typed` is this person's name in characters or in kana; spaces do not count.
#[must_use]
pub fn is_name(typed: &str, name: &JapaneseName) -> bool {
    let close = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
    let typed = close(typed);
    let kana = kernel::name::katakana(&typed).ok();
    typed == close(&name.full()) || kana.is_some_and(|it| it == close(&name.full_kana()))
}

/// What stands of a consent on `day`, against the text of that day. `asked_again_from` is the newest addition of the
/// facility that asks everybody again (0: none); `born` is the patient's birth date.
#[must_use]
pub fn judge(consent: Option<&Head>, text: &Text, asked_again_from: i64, born: Date, day: Date) -> ConsentState {
    clause!("OV-101", "OV-102");
    let Some(consent) = consent else { return ConsentState::Missing };
    if consent.withdrawn_at.is_some() {
        return ConsentState::Withdrawn;
    }
    if consent.base != text.base || consent.own < asked_again_from {
        return ConsentState::Outdated;
    }
    let given_on = time::day(consent.given_at);
    let needed = guardian::guardian_needed(time::age_years(born, given_on), day);
    if consent.hand == Hand::Patient && needed == Need::Required {
        return ConsentState::NeedsGuardian;
    }
    if consent.hand == Hand::Guardian && guardian::has_ended_by_age(born, given_on, day) {
        return ConsentState::CameOfAge;
    }
    ConsentState::InForce
}

/// How far the patient has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The parts that this person has ticked, in the text of today.
    pub read: Vec<DocumentKind>,
    /// The explanation was postponed for this visit.
    pub postponed: bool,
    /// What stands of the consent.
    pub state: ConsentState,
    /// The explanation was given before the consent, or has been since.
    pub explained: bool,
}

/// What the patient does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reads and ticks this part.
    Read(DocumentKind),
    /// Signs.
    Sign,
    /// Nothing.
    Done,
}

impl Progress {
    /// What comes next.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.state == ConsentState::InForce {
            return if self.explained { Stage::Done } else { Stage::Read(DocumentKind::Explanation) };
        }
        let open = |kind: &DocumentKind| {
            let waits = *kind == DocumentKind::Explanation && self.postponed;
            !waits && !self.read.contains(kind)
        };
        READ_FIRST.into_iter().find(open).map_or(Stage::Sign, Stage::Read)
    }

    /// For the gate of the call.
    #[must_use]
    pub fn explanation(&self) -> Explanation {
        clause!("OV-104");
        match (self.explained, self.postponed) {
            (true, _) => Explanation::Given,
            (false, true) => Explanation::Postponed,
            (false, false) => Explanation::Missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 21);

    fn text(own: Option<&OwnText>) -> Text {
        Text::of(FacilityField::Dental, TODAY, own)
    }

    fn own(number: i64) -> OwnText {
        let lines = vec![Words::new("当院の説明です。", "Our own sentence.")];
        OwnText { number, lines, material: true, made_at: Timestamp::UNIX_EPOCH }
    }

    fn given(hand: Hand) -> Head {
        Head {
            id: RowId::from_bytes([1; 16]),
            base: text(None).base,
            own: 0,
            hand,
            explained: true,
            given_at: "2026-11-01T00:00:00Z".parse().expect("a time"),
            given_by: String::new(),
            withdrawn_at: None,
        }
    }

    #[test]
    fn a_consent_counts_only_in_force() {
        // OV-101, OV-102
        let now = text(None);
        let ok = given(Hand::Patient);
        let withdrawn = Head { withdrawn_at: Some(Timestamp::UNIX_EPOCH), ..ok.clone() };
        let old = Head { base: "2020-01".into(), ..ok.clone() };
        let grown = "1986-04-12";
        let cases = [
            (None, 0, grown, ConsentState::Missing),
            (Some(&ok), 0, grown, ConsentState::InForce),
            (Some(&ok), 1, grown, ConsentState::Outdated),
            (Some(&withdrawn), 0, grown, ConsentState::Withdrawn),
            (Some(&old), 0, grown, ConsentState::Outdated),
            (Some(&ok), 0, "2011-11-02", ConsentState::NeedsGuardian),
            (Some(&ok), 0, "2011-11-01", ConsentState::InForce),
        ];
        for (consent, again_from, born, expected) in cases {
            let born = born.parse().expect("a day");
            assert_eq!(judge(consent, &now, again_from, born, TODAY), expected, "{again_from} {born}");
        }
    }

    #[test]
    fn a_mothers_consent_ends_on_the_eighteenth_birthday() {
        // OV-102: (born, the visit's day) → what stands; it was given on 2026-11-01.
        let by_mother = given(Hand::Guardian);
        let cases = [
            ("2018-04-12", "2026-11-21", ConsentState::InForce),
            ("2008-11-22", "2026-11-21", ConsentState::InForce),
            ("2008-11-22", "2026-11-22", ConsentState::CameOfAge),
            ("2008-11-22", "2026-11-23", ConsentState::CameOfAge),
            ("2012-02-29", "2030-02-28", ConsentState::InForce),
            ("2012-02-29", "2030-03-01", ConsentState::CameOfAge),
            ("1940-04-12", "2026-11-21", ConsentState::InForce),
        ];
        for (born, day, expected) in cases {
            let (born, day) = (born.parse().expect("a day"), day.parse().expect("a day"));
            assert_eq!(judge(Some(&by_mother), &text(None), 0, born, day), expected, "{born} {day}");
        }
        let own = given(Hand::Patient);
        let born = "2008-11-22".parse().expect("a day");
        assert_eq!(
            judge(Some(&own), &text(None), 0, born, "2026-11-23".parse().expect("a day")),
            ConsentState::InForce
        );
    }

    #[test]
    fn parts_come_in_order_and_the_signature_last() {
        // OV-104, OV-240, OV-250
        use DocumentKind::{Duties, Explanation as Explained, Security};
        let progress = |read: &[DocumentKind], postponed, state, explained| Progress {
            read: read.to_vec(),
            postponed,
            state,
            explained,
        };
        let missing = ConsentState::Missing;
        let cases = [
            (progress(&[], false, missing, false), Stage::Read(Explained)),
            (progress(&[Explained], false, missing, true), Stage::Read(Security)),
            (progress(&[Explained, Security], false, missing, true), Stage::Read(Duties)),
            (progress(&READ_FIRST, false, missing, true), Stage::Sign),
            (progress(&READ_FIRST, false, ConsentState::Withdrawn, true), Stage::Sign),
            (progress(&[], true, missing, false), Stage::Read(Security)),
            (progress(&[Security, Duties], true, missing, false), Stage::Sign),
            (progress(&[Security, Duties], true, ConsentState::InForce, false), Stage::Read(Explained)),
            (progress(&[], false, ConsentState::InForce, true), Stage::Done),
        ];
        for (progress, expected) in cases {
            assert_eq!(progress.stage(), expected, "{progress:?}");
        }
        assert_eq!(progress(&[], true, missing, false).explanation(), Explanation::Postponed);
        assert_eq!(progress(&[], true, missing, true).explanation(), Explanation::Given);
        assert_eq!(progress(&[], false, missing, false).explanation(), Explanation::Missing);
    }

    #[test]
    fn one_tick_missing_is_named() {
        // OV-104, OV-250, OV-306
        let text = text(Some(&own(1)));
        for kind in READ_FIRST {
            let part = text.part(kind).expect("a part");
            let all: Vec<(&str, &str)> = part.items.iter().map(|it| (it.key.as_ref(), "1")).collect();
            assert_eq!(part.ticks(&Fields::of(&all), false).expect("complete").len(), all.len());
            let faults = part.ticks(&Fields::of(&all[1..]), false).expect_err("one is missing");
            assert_eq!(faults.0.len(), 1);
            assert_eq!(faults.0[0].0, all[0].0);
        }
    }

    #[test]
    fn a_facility_adds_but_cannot_take_away() {
        // OV-104
        let (plain, more) = (text(None), text(Some(&own(3))));
        assert_eq!(more.parts[0].items.len(), plain.parts[0].items.len() + 1);
        assert_eq!(more.parts[0].items[..8], plain.parts[0].items[..]);
        assert_eq!(more.version(), format!("{} + 3", plain.version()));
        assert_ne!(more.digest(), plain.digest());
    }

    #[test]
    fn a_signature_needs_every_tick_and_the_own_name() {
        // OV-102, OV-132
        let name = JapaneseName::parse("田中", "幸子", "たなか", "さちこ").expect("a name");
        let text = text(None);
        let full =
            [("wish", "1"), ("explained", "1"), ("may_withdraw", "1"), ("keep", "nothing"), ("name", "田中 幸子")];
        let parse = |fields: &[(&str, &str)], postponed| Signature::parse(&Fields::of(fields), &text, &name, postponed);
        assert_eq!(parse(&full, false).expect("complete").keep, Keep::Nothing);
        for left_out in 0..full.len() {
            let fields: Vec<_> = full.iter().enumerate().filter(|(it, _)| *it != left_out).map(|(_, it)| *it).collect();
            let faults = parse(&fields, false).expect_err("not complete");
            assert_eq!(faults.0[0].0, full[left_out].0);
        }
        // Nobody confirms an explanation that was postponed.
        let postponed: Vec<_> = full.iter().filter(|it| it.0 != "explained").copied().collect();
        assert!(parse(&postponed, true).is_ok());
        for (typed, same) in [
            ("田中　幸子", true),
            ("たなかさちこ", true),
            ("タナカ サチコ", true),
            ("田中", false),
            ("佐藤 幸子", false),
        ] {
            assert_eq!(is_name(typed, &name), same, "{typed}");
        }
    }
}
