//! A patient of one facility, and the guardians who may act for a patient.

pub mod pages;
pub mod store;

use kernel::{Date, JapaneseName, PatientId, PersonId, Words, time};
use web::{Faults, Fields};

/// A patient, opened.
#[derive(Debug, Clone)]
pub struct Patient {
    /// The id.
    pub id: PatientId,
    /// The facility's own number (カルテ番号).
    pub number: String,
    /// The name.
    pub name: JapaneseName,
    /// The birth date.
    pub birth_date: Date,
    /// The sex as the insurance card says.
    pub sex: Sex,
    /// Telephone.
    pub phone: String,
    /// Mail; may be empty.
    pub mail: String,
    /// Postal address; may be empty.
    pub address: String,
    /// What the doctor should keep in mind (OV-120); may be empty.
    pub remark: String,
    /// The facility for prompt care in person (OV-202); empty means this one.
    pub in_person_at: String,
}

kernel::keyed! {
    /// As the insurance card says.
    pub enum Sex {
        /// 女
        Female => "female", "女性", "Female";
        /// 男
        Male => "male", "男性", "Male";
        /// Something else was stated.
        Other => "other", "そのほか", "Other";
        /// Not stated.
        Unknown => "unknown", "回答しない", "Not stated";
    }
}

/// What a patient's form says, well-formed.
#[derive(Debug, Clone)]
pub struct PatientForm {
    /// The facility's own number; empty lets the house give the next one.
    pub number: String,
    /// The name.
    pub name: JapaneseName,
    /// The birth date.
    pub birth_date: Date,
    /// The sex.
    pub sex: Sex,
    /// Telephone.
    pub phone: String,
    /// Mail; may be empty.
    pub mail: String,
    /// Address; may be empty.
    pub address: String,
    /// Remark; may be empty.
    pub remark: String,
    /// Facility for prompt care in person; may be empty.
    pub in_person_at: String,
}

impl PatientForm {
    /// Reads the form; `today` bounds the birth date.
    ///
    /// # Errors
    /// The faults, each with its field.
    pub fn parse(fields: &Fields, today: Date) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let name = parse_name(fields, &mut faults);
        let birth_date = fields.date("birth_date", &mut faults).filter(|it| {
            let sensible = *it <= today && time::age_years(*it, today) <= 130;
            if !sensible {
                faults.add("birth_date", Words::new("生年月日を確かめてください。", "Please check the birth date."));
            }
            sensible
        });
        let sex = fields.one_of("sex", &Sex::keys(), &mut faults);
        let phone = fields.line("phone", &mut faults);
        let mail = fields.line_if_any("mail", &mut faults);
        if !mail.is_empty() && !is_mail(&mail) {
            faults.add("mail", Words::new("メールアドレスの形が正しくありません。", "This is not a mail address."));
        }
        let number = fields.line_if_any("number", &mut faults);
        let address = fields.line_if_any("address", &mut faults);
        let remark = fields.text_if_any("remark", &mut faults);
        let in_person_at = fields.line_if_any("in_person_at", &mut faults);
        match (name, birth_date, sex) {
            (Some(name), Some(birth_date), Some(sex)) => {
                faults.done(|| Self { number, name, birth_date, sex, phone, mail, address, remark, in_person_at })
            }
            _ => Err(faults),
        }
    }
}

/// Reads `family`, `given`, `family_kana`, `given_kana`.
pub fn parse_name(fields: &Fields, faults: &mut Faults) -> Option<JapaneseName> {
    let parts = ["family", "given", "family_kana", "given_kana"];
    let texts = parts.map(|it| fields.line(it, faults));
    for (name, text) in parts.iter().zip(&texts).skip(2) {
        if !text.is_empty() && kernel::name::katakana(text).is_err() {
            faults.add(name, Words::new("かなで入力してください。", "Please write it in kana."));
        }
    }
    JapaneseName::parse(&texts[0], &texts[1], &texts[2], &texts[3]).ok()
}

/// Whether `text` can be a mail address: something, one `@`, a host with a dot; no spaces. The mail itself is the proof.
#[must_use]
pub fn is_mail(text: &str) -> bool {
    let plain = text.chars().all(|it| it.is_ascii_graphic() && !matches!(it, '<' | '>' | ',' | ';' | ':' | '"' | '\\'));
    plain
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.contains('@') && host.contains('.'))
}

/// A guardian of a patient.
#[derive(Debug, Clone)]
pub struct Guardian {
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: JapaneseName,
    /// The relation as recorded (母, 父, 後見人…).
    pub relation: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_address_is_recognised() {
        for good in ["tanaka@example.jp", "a.b-c+d@docomo.example.jp", "..x@ezweb.example"] {
            assert!(is_mail(good), "{good}");
        }
        for bad in ["", "tanaka", "a@b", "a b@example.jp", "a@b@example.jp", "a@example.jp\r\nBcc: x@y.jp", "<a@b.jp>"]
        {
            assert!(!is_mail(bad), "{bad}");
        }
    }

    #[test]
    fn a_form_names_every_fault_at_once() {
        let faults = PatientForm::parse(
            &Fields::of(&[("birth_date", "2030-01-01"), ("mail", "x")]),
            "2026-11-21".parse().expect("day"),
        )
        .expect_err("faults");
        let mut fields: Vec<_> = faults.0.iter().map(|(field, _)| *field).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["birth_date", "family", "family_kana", "given", "given_kana", "mail", "phone", "sex"]);
    }
}
