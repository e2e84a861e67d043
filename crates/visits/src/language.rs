//! In which language letters to a patient are written. Japanese, until somebody has chosen: the patient on the start page,
//! or the clinic on the booking's.

pub mod pages;
pub mod store;

use kernel::{Lang, Words};

/// The languages with their keys in rows and forms.
pub static ALL: [(&str, Lang, Words); 2] =
    [("ja", Lang::Ja, Words::new("日本語", "Japanese")), ("en", Lang::En, Words::new("英語（English）", "English"))];

/// The language of a key; Japanese for what nobody knows.
#[must_use]
pub fn of_key(key: &str) -> Lang {
    ALL.iter().find(|it| it.0 == key).map_or(Lang::Ja, |it| it.1)
}

/// The key of a language.
#[must_use]
pub fn key(lang: Lang) -> &'static str {
    ALL.iter().find(|it| it.1 == lang).map_or("ja", |it| it.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_key_and_nothing_else_is_guessed() {
        for (text, lang, _) in &ALL {
            assert_eq!((of_key(text), key(*lang)), (*lang, *text));
        }
        assert_eq!(of_key("fr"), Lang::Ja);
    }
}
