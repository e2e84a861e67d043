//! A referral (information) letter to another facility: the way out when online is not suitable and care goes on elsewhere.

pub mod pages;
pub mod store;

use kernel::{Lang, RowId, Timestamp, Words, clause, time};
use papers::{Block, Document, SignLine};
use people::facility::Facility;
use people::patient::Patient;
use serde::{Deserialize, Serialize};
use web::{Faults, Fields, Filled};

/// The parts of a letter: key, heading, whether it must be there.
pub static PARTS: [(&str, Words, bool); 7] = [
    ("to_facility", Words::new("紹介先の医療機関", "To the facility"), true),
    ("to_person", Words::new("紹介先の担当（科・氏名）", "To (department, name)"), false),
    ("diagnosis", Words::new("傷病名（疑いを含む）", "Diagnosis (or suspicion)"), true),
    ("reason", Words::new("紹介の目的・理由", "Purpose and reason"), true),
    ("findings", Words::new("症状・所見", "Symptoms and findings"), true),
    ("course", Words::new("経過・行った処置", "Course and treatment so far"), false),
    ("medicines", Words::new("服用中の薬・注意すること", "Medicines and cautions"), false),
];

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Letter {
    /// The texts, in the order of [`PARTS`].
    pub texts: [String; 7],
}

impl Letter {
    /// Reads the form.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields) -> Result<Self, Faults> {
        clause!("OV-160");
        let mut faults = Faults::default();
        let texts = std::array::from_fn(|at| match PARTS[at] {
            ("to_facility", _, _) => fields.line("to_facility", &mut faults),
            ("to_person", _, _) => fields.line_if_any("to_person", &mut faults),
            (key, _, true) => fields.text(key, &mut faults),
            (key, _, false) => fields.text_if_any(key, &mut faults),
        });
        faults.done(|| Self { texts })
    }

    /// The form filled with it.
    #[must_use]
    pub fn filled(&self) -> Filled {
        PARTS.iter().zip(&self.texts).fold(Filled::empty(), |filled, (part, text)| filled.with(part.0, text.clone()))
    }

    /// One text, by its key.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        PARTS.iter().position(|it| it.0 == key).map_or("", |at| &self.texts[at])
    }
}

/// A letter that was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its id.
    pub id: RowId,
    /// Which version, from 1.
    pub number: i64,
    /// What it says.
    pub letter: Letter,
    /// By whom, as the log names people.
    pub written_by: String,
    /// When.
    pub written_at: Timestamp,
}

/// The letter on paper.
#[must_use]
pub fn paper(written: &Written, facility: &Facility, patient: &Patient, doctor: &str, lang: Lang) -> Document {
    let letter = &written.letter;
    let to = match letter.text("to_person") {
        "" => lang.t(format!("{} 御中", letter.text("to_facility")), letter.text("to_facility").to_owned()),
        person => lang.t(
            format!("{} {person} 様", letter.text("to_facility")),
            format!("{}, {person}", letter.text("to_facility")),
        ),
    };
    let mut blocks = vec![
        Block::Text(to),
        Block::Facts(vec![
            (lang.t("患者", "Patient").to_owned(), format!("{}（{}）", patient.name.full(), patient.name.full_kana())),
            (lang.t("生年月日", "Born").to_owned(), time::show_day(patient.birth_date, lang)),
            (lang.t("性別", "Sex").to_owned(), patient.sex.words().in_lang(lang).to_owned()),
            (lang.t("住所", "Address").to_owned(), patient.address.clone()),
            (lang.t("電話", "Telephone").to_owned(), patient.phone.clone()),
        ]),
    ];
    for (part, text) in PARTS.iter().zip(&letter.texts).skip(2) {
        if !text.is_empty() {
            blocks.push(Block::Heading(part.1.in_lang(lang).to_owned()));
            blocks.push(Block::Text(text.clone()));
        }
    }
    blocks.push(Block::Note(
        lang.t("この情報はオンライン診療で得たものです。", "This information was obtained in an online visit.")
            .to_owned(),
    ));
    Document {
        title: Words::new("診療情報提供書（紹介状）", "Referral letter"),
        lang,
        facility: facility.name.clone(),
        address: facility.address.clone(),
        contact: facility.phone.clone(),
        made_at: written.written_at,
        number: written.id.to_string(),
        version: u32::try_from(written.number).unwrap_or(u32::MAX),
        blocks,
        sign: vec![SignLine {
            label: lang.t("紹介元", "Referred by").to_owned(),
            name: doctor.to_owned(),
            at: Some(written.written_at),
            how: lang.t("本人の再認証のうえ電子的に作成", "Electronically, after proving identity anew").to_owned(),
        }],
        large_type: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_to_whom_why_and_what_was_found() {
        // OV-160, OV-103
        let full = [
            ("to_facility", "東都大学病院"),
            ("diagnosis", "蜂窩織炎の疑い"),
            ("reason", "精査"),
            ("findings", "腫脹"),
        ];
        let letter = Letter::parse(&Fields::of(&full)).expect("well-formed");
        assert_eq!((letter.text("reason"), letter.filled().get("findings")), ("精査", "腫脹"));
        for (left_out, _) in full {
            let pairs: Vec<_> = full.into_iter().filter(|it| it.0 != left_out).collect();
            let faults = Letter::parse(&Fields::of(&pairs)).expect_err("refused");
            assert_eq!(faults.0.iter().map(|it| it.0).collect::<Vec<_>>(), [left_out]);
        }
    }
}
