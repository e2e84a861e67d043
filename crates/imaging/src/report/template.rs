//! Forms of reports by examination, as dated data.

use std::sync::OnceLock;

use kernel::Words;

/// The form of one kind of examination.
#[derive(Debug, serde::Deserialize)]
pub struct Template {
    /// Its key (`cbct_implant`).
    pub key: String,
    /// Its name.
    pub name: Words,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// One text of a form.
#[derive(Debug, serde::Deserialize)]
pub struct Part {
    /// The heading.
    pub name: Words,
    /// What to write there.
    pub hint: Words,
}

#[derive(serde::Deserialize)]
struct File {
    templates: Vec<Template>,
}

/// All forms.
#[must_use]
#[allow(clippy::expect_used, reason = "the file is part of the binary and read by a test")]
pub fn templates() -> &'static [Template] {
    static FILE: OnceLock<File> = OnceLock::new();
    &FILE
        .get_or_init(|| serde_json::from_str(include_str!("../../data/report-2026-11.json")).expect("the forms"))
        .templates
}

/// The form called `key`.
#[must_use]
pub fn template(key: &str) -> Option<&'static Template> {
    templates().iter().find(|it| it.key == key)
}

/// The form in which a report is written: that of the draft or the version before, or the one of the examination.
#[must_use]
pub fn form_for(written: &str, examination: &str) -> &'static Template {
    [written, examination, "other"].into_iter().find_map(template).unwrap_or(&templates()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_examination_of_the_guideline_has_its_form() {
        // TR-10
        for key in ["cbct_implant", "cbct_impacted", "cbct_tmj", "cbct_sinus", "panoramic", "mri_tmj", "other"] {
            let it = template(key).expect("a form");
            assert!((2..=super::super::PART_FIELDS.len()).contains(&it.parts.len()), "{key}");
            for words in it.parts.iter().flat_map(|it| [&it.name, &it.hint]).chain([&it.name]) {
                assert!(!words.ja.is_empty() && words.en.is_ascii(), "{key}: {}", words.ja);
            }
        }
        assert_eq!(templates().len(), 7);
    }
}
