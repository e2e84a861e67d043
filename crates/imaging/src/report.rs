//! The report on a request: findings by site, impression, urgency, incidental findings (TR-10). Drafts are anybody's who reads;
//! signing is a qualified reader's (TR-02), with an own key, and changes are new versions (TR-03).

pub mod pages;
pub mod paper;
pub mod proven;
pub mod store;
mod template;

use kernel::{Lang, RowId, Timestamp, Tooth, Words, clause};
use serde::{Deserialize, Serialize};
use web::{Faults, Fields, Filled};

pub use template::{Part, Template, form_for, template, templates};

use crate::request::RequestId;

/// The id of a version: the same at both facilities.
pub type ReportId = RowId;

/// Fields of the parts of a template, in its order.
pub const PART_FIELDS: [&str; 6] = ["part1", "part2", "part3", "part4", "part5", "part6"];
/// Site, text and key image of each finding.
pub const FINDING_FIELDS: [[&str; 3]; 6] = [
    ["finding1_site", "finding1_text", "finding1_image"],
    ["finding2_site", "finding2_text", "finding2_image"],
    ["finding3_site", "finding3_text", "finding3_image"],
    ["finding4_site", "finding4_text", "finding4_image"],
    ["finding5_site", "finding5_text", "finding5_image"],
    ["finding6_site", "finding6_text", "finding6_image"],
];
/// Incidental findings: outside the question.
pub const INCIDENTAL_FIELDS: [&str; 3] = ["incidental1", "incidental2", "incidental3"];

/// Sites that are no tooth.
pub static REGIONS: [(&str, Words); 10] = [
    ("max_r", Words::new("右上顎", "right maxilla")),
    ("max_l", Words::new("左上顎", "left maxilla")),
    ("man_r", Words::new("右下顎", "right mandible")),
    ("man_l", Words::new("左下顎", "left mandible")),
    ("tmj_r", Words::new("右顎関節", "right joint")),
    ("tmj_l", Words::new("左顎関節", "left joint")),
    ("sin_r", Words::new("右上顎洞", "right sinus")),
    ("sin_l", Words::new("左上顎洞", "left sinus")),
    ("soft", Words::new("軟組織・頸部", "soft tissue, neck")),
    ("wide", Words::new("全体", "all")),
];

/// A site in words: the tooth by its FDI number, or the region.
#[must_use]
pub fn site_words(site: &str, lang: Lang) -> String {
    match (Tooth::read(site), REGIONS.iter().find(|it| it.0 == site)) {
        (Some(_), _) => site.to_owned(),
        (None, Some((_, words))) => words.in_lang(lang).to_owned(),
        (None, None) => String::new(),
    }
}

/// How urgent what was found is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Nothing that cannot wait for the usual way.
    #[default]
    Usual,
    /// Treatment is needed soon; the requester should read it today.
    Soon,
    /// Treatment is needed at once (TR-06).
    AtOnce,
}

impl Urgency {
    /// Keys for forms.
    pub const ALL: [(&'static str, Self); 3] =
        [("usual", Self::Usual), ("soon", Self::Soon), ("at_once", Self::AtOnce)];

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(key, _)| key)
    }

    /// Whether it shortens the time for what is owed on the report.
    #[must_use]
    pub fn is_pressing(self) -> bool {
        self != Self::Usual
    }

    /// Its name on the page.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Usual => Words::new("急ぎではない", "Not urgent"),
            Self::Soon => Words::new("早めの対応が必要", "Soon"),
            Self::AtOnce => Words::new("すぐに治療が必要", "At once"),
        }
    }
}

/// What was found at one site.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Finding {
    /// An FDI number, or a key of [`REGIONS`].
    pub site: String,
    /// What was found.
    pub text: String,
    /// Which image shows it, as series and number; may be empty.
    pub image: String,
}

/// What the reader writes. A draft may have gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// A key of the templates.
    pub template: String,
    /// Texts in the order of the template's parts, each with the heading under which it was written.
    pub parts: Vec<(Words, String)>,
    /// Findings by site.
    pub findings: Vec<Finding>,
    /// What it means for the question.
    pub impression: String,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Findings outside the question, each to be followed.
    pub incidental: Vec<String>,
}

impl Content {
    /// Reads the form as far as it is filled in.
    ///
    /// # Errors
    /// Faults only for texts above the limits, and for a finding whose site is missing.
    pub fn parse(fields: &Fields, template: &Template) -> Result<Self, Faults> {
        clause!("TR-10");
        let mut faults = Faults::default();
        let parts = template
            .parts
            .iter()
            .zip(PART_FIELDS)
            .map(|(part, field)| (part.name.clone(), fields.text_if_any(field, &mut faults)))
            .collect();
        let mut findings = Vec::new();
        for [site, text, image] in FINDING_FIELDS {
            let finding = Finding {
                site: Some(fields.get(site))
                    .filter(|it| !site_words(it, Lang::En).is_empty())
                    .unwrap_or_default()
                    .into(),
                text: fields.text_if_any(text, &mut faults),
                image: fields.line_if_any(image, &mut faults),
            };
            if finding.site.is_empty() && !(finding.text.is_empty() && finding.image.is_empty()) {
                faults.add(site, Words::new("部位を選んでください。", "Please choose the site."));
            }
            if !finding.text.is_empty() || !finding.image.is_empty() {
                findings.push(finding);
            }
        }
        let urgency = Urgency::ALL.iter().find(|it| it.0 == fields.get("urgency")).map(|it| it.1).unwrap_or_default();
        let impression = fields.text_if_any("impression", &mut faults);
        let mut incidental: Vec<String> =
            INCIDENTAL_FIELDS.iter().map(|it| fields.text_if_any(it, &mut faults)).collect();
        incidental.retain(|it| !it.is_empty());
        let template = template.key.clone();
        faults.done(|| Self { template, parts, findings, impression, urgency, incidental })
    }

    /// Whether it says enough to be signed as version after `before`, with `reason` for the change.
    ///
    /// # Errors
    /// Everything that is missing, each with its field.
    pub fn check(&self, before: Option<&Self>, reason: &str) -> Result<(), Faults> {
        clause!("TR-03", "TR-10");
        let mut faults = Faults::default();
        if self.parts.iter().all(|it| it.1.trim().is_empty()) && self.findings.is_empty() {
            faults.add(PART_FIELDS[0], Words::new("所見を書いてください。", "Please write what was found."));
        }
        for (finding, [_, text, _]) in self.findings.iter().zip(FINDING_FIELDS) {
            if finding.text.trim().is_empty() {
                faults.add(text, Words::new("この部位の所見を書いてください。", "Please write what was found here."));
            }
        }
        if self.impression.trim().is_empty() {
            faults.add("impression", Words::new("診断（まとめ）を書いてください。", "Please write the impression."));
        }
        if before == Some(self) {
            faults.add("", Words::new("前の版から変わっていません。", "Nothing has changed since the last version."));
        }
        if before.is_some() && reason.trim().is_empty() {
            faults.add("reason", Words::new("変更・追記の理由を書いてください。", "Please write why it is changed."));
        }
        faults.done(|| ())
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        let mut filled =
            Filled::empty().with("urgency", self.urgency.key()).with("impression", self.impression.clone());
        for ((_, text), field) in self.parts.iter().zip(PART_FIELDS) {
            filled = filled.with(field, text.clone());
        }
        for (it, [site, text, image]) in self.findings.iter().zip(FINDING_FIELDS) {
            filled = filled.with(site, it.site.clone()).with(text, it.text.clone()).with(image, it.image.clone());
        }
        self.incidental.iter().zip(INCIDENTAL_FIELDS).fold(filled, |filled, (it, field)| filled.with(field, it.clone()))
    }

    /// The whole as lines of heading and text, for reading, for paper and for showing differences.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<(String, String)> {
        let mut lines: Vec<(String, String)> =
            self.parts.iter().map(|(name, text)| (name.in_lang(lang).to_owned(), text.clone())).collect();
        let finding = |it: &Finding| {
            let image = if it.image.is_empty() {
                String::new()
            } else {
                lang.t(format!("（画像 {}）", it.image), format!(" (image {})", it.image))
            };
            format!("{}: {}{image}", site_words(&it.site, lang), it.text)
        };
        let findings: Vec<String> = self.findings.iter().map(finding).collect();
        lines.push((lang.t("部位ごとの所見", "Findings by site").to_owned(), findings.join("\n")));
        lines.push((lang.t("診断（まとめ）", "Impression").to_owned(), self.impression.clone()));
        lines.push((lang.t("急ぎかどうか", "Urgency").to_owned(), self.urgency.words().in_lang(lang).to_owned()));
        lines.push((lang.t("偶然見つかった所見", "Incidental findings").to_owned(), self.incidental.join("\n")));
        lines
    }
}

/// What is being written.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Counts the saves; 0 before the first.
    pub revision: i64,
    /// What is written so far.
    pub content: Content,
    /// Who saved it last; empty before the first time.
    pub saved_by: String,
    /// When.
    pub saved_at: Option<Timestamp>,
}

/// The text that is signed, word for word. Its fields never change their names or order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// First field of every text, so that a later form can be told apart.
    pub format: String,
    /// The version's id.
    pub id: ReportId,
    /// The request.
    pub request: RequestId,
    /// Name of the reading facility.
    pub facility: String,
    /// From 1.
    pub number: i64,
    /// What was found.
    pub content: Content,
    /// Why it was changed; empty in the first version only.
    pub reason: String,
    /// Who wrote it, as the log names people.
    pub entered_by: String,
    /// The reader's name.
    pub reader: String,
    /// The reader, as the log names people.
    pub signed_by: String,
    /// By which qualification (TR-02).
    pub qualification: Words,
    /// When.
    pub signed_at: Timestamp,
}

/// First field of a signed text.
pub const FORMAT: &str = "haruka-report/1";

/// A signed version.
#[derive(Debug, Clone)]
pub struct Version {
    /// What was signed, as it reads.
    pub signed: Signed,
    /// What was signed, byte for byte.
    pub text: String,
    /// The signature with its key.
    pub signature: people::signing::Signature,
}

impl Version {
    /// Whether the signature is that of the text.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.signature.is_of(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(pairs: &[(&str, &str)]) -> Result<Content, Vec<&'static str>> {
        let template = template("cbct_implant").expect("in the file");
        Content::parse(&Fields::of(pairs), template).map_err(|it| it.0.iter().map(|it| it.0).collect())
    }

    fn full() -> Content {
        parsed(&[
            ("part2", "46部 高さ 11.2mm"),
            ("finding1_site", "46"),
            ("finding1_text", "頬側に骨欠損"),
            ("finding1_image", "3-120"),
            ("impression", "埋入は可能"),
            ("incidental1", "右上顎洞に粘膜の肥厚"),
            ("urgency", "soon"),
        ])
        .expect("well-formed")
    }

    #[test]
    fn a_form_becomes_a_report_and_a_form_again() {
        // TR-10
        let content = full();
        assert_eq!((content.urgency, content.findings.len(), content.incidental.len()), (Urgency::Soon, 1, 1));
        let filled = content.filled();
        for (field, value) in [("part2", "46部 高さ 11.2mm"), ("finding1_site", "46"), ("finding1_image", "3-120")] {
            assert_eq!(filled.get(field), value);
        }
        assert_eq!(parsed(&[("finding2_text", "x")]).expect_err("no site"), ["finding2_site"]);
        assert_eq!(
            parsed(&[("finding2_text", "x"), ("finding2_site", "49")]).expect_err("no tooth"),
            ["finding2_site"]
        );
    }

    #[test]
    fn a_report_is_signed_only_when_it_says_enough() {
        // TR-10, TR-03
        type Change = fn(&mut Content);
        let cases: [(Change, Option<Content>, &str, &[&str]); 6] = [
            (|_| {}, None, "", &[]),
            (|it| it.impression.clear(), None, "", &["impression"]),
            (
                |it| {
                    it.parts.clear();
                    it.findings.clear();
                },
                None,
                "",
                &["part1"],
            ),
            (|it| it.findings[0].text.clear(), None, "", &["finding1_text"]),
            (|_| {}, Some(full()), "追記", &[""]),
            (|it| it.impression.push('。'), Some(full()), "", &["reason"]),
        ];
        for (change, before, reason, expected) in cases {
            let mut content = full();
            change(&mut content);
            let faults = content.check(before.as_ref(), reason).err().unwrap_or_default();
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), expected);
        }
    }
}
