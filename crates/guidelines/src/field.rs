//! Medical or dental: which of the two guidelines a facility follows, and how its texts call the doctor.

use kernel::Words;

kernel::keyed! {
    /// The field of a facility. It decides the guideline that is cited, the symptom list, and the word for the doctor.
    #[derive(Hash, Default, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum FacilityField {
        /// 医科
        Medical => "medical";
        /// 歯科
        #[default]
        Dental => "dental";
    }
}

impl FacilityField {
    /// What the doctor is called: 医師 or 歯科医師.
    #[must_use]
    pub fn doctor(self) -> Words {
        match self {
            Self::Medical => Words::new("医師", "doctor"),
            Self::Dental => Words::new("歯科医師", "dentist"),
        }
    }

    /// `text` with `{doctor}` (and `{Doctor}` at the start of an English sentence) put into the words of the field.
    #[must_use]
    pub(crate) fn fill(self, text: &Words) -> Words {
        let doctor = self.doctor();
        let initial = match self {
            Self::Medical => "Doctor",
            Self::Dental => "Dentist",
        };
        Words::made(
            text.ja.replace("{doctor}", &doctor.ja),
            text.en.replace("{doctor}", &doctor.en).replace("{Doctor}", initial),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_follows_the_field() {
        let text = Words::new("{doctor}が判断します。", "{Doctor}: your {doctor} decides.");
        assert_eq!(FacilityField::Dental.fill(&text).ja, "歯科医師が判断します。");
        assert_eq!(FacilityField::Dental.fill(&text).en, "Dentist: your dentist decides.");
        assert_eq!(FacilityField::Medical.fill(&text).ja, "医師が判断します。");
    }

    #[test]
    fn a_field_reads_back_from_its_key() {
        for field in FacilityField::ALL {
            assert_eq!(FacilityField::from_key(field.key()), Some(field));
        }
        assert_eq!(FacilityField::from_key("veterinary"), None);
    }
}
