//! The product speaks Japanese first and English by switch; both stand side by side where they are used.
//!
//! There is no table of keys: a sentence without its twin does not compile.

use std::borrow::Cow;

/// The language of a page, a mail, a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// 日本語
    #[default]
    Ja,
    /// English
    En,
}

impl Lang {
    /// The one of the two that fits: `lang.t("予約", "Booking")`.
    pub fn t<T>(self, ja: T, en: T) -> T {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    /// The BCP 47 tag (`ja`, `en`).
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.t("ja", "en")
    }

    /// From a BCP 47 tag; Japanese unless it says English.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        if tag.starts_with("en") { Self::En } else { Self::Ja }
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Words {
    /// 日本語
    pub ja: Cow<'static, str>,
    /// English
    pub en: Cow<'static, str>,
}

impl Words {
    /// Two fixed sentences.
    #[must_use]
    pub const fn new(ja: &'static str, en: &'static str) -> Self {
        Self { ja: Cow::Borrowed(ja), en: Cow::Borrowed(en) }
    }

    /// Two made sentences.
    #[must_use]
    pub fn made(ja: String, en: String) -> Self {
        Self { ja: Cow::Owned(ja), en: Cow::Owned(en) }
    }

    /// The sentence in `lang`.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.t(&self.ja, &self.en)
    }
}
