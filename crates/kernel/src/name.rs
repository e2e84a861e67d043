//! A person's name as Japan writes it: family and given name in characters and in kana.

/// A name in both writings. Invariant: no part is empty or longer than [`crate::limits::LINE_CHARS_MAX`] characters,
/// kana parts hold full-width katakana only (half-width and hiragana are turned at the door).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JapaneseName {
    /// 姓
    pub family: String,
    /// 名
    pub given: String,
    /// セイ
    pub family_kana: String,
    /// メイ
    pub given_kana: String,
}

/// Which part of a name cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFault {
    /// A part is empty or too long.
    Length,
    /// A kana part holds something else than kana.
    NotKana,
}

impl JapaneseName {
    /// Reads the four parts as typed; hiragana becomes katakana, spaces around go.
    ///
    /// # Errors
    /// [`NameFault`], see the invariant of the type.
    pub fn parse(family: &str, given: &str, family_kana: &str, given_kana: &str) -> Result<Self, NameFault> {
        let part = |text: &str| {
            let text = text.trim();
            let fits = !text.is_empty() && text.chars().count() <= crate::limits::LINE_CHARS_MAX;
            if fits && !text.chars().any(char::is_control) { Ok(text.to_owned()) } else { Err(NameFault::Length) }
        };
        Ok(Self {
            family: part(family)?,
            given: part(given)?,
            family_kana: katakana(&part(family_kana)?)?,
            given_kana: katakana(&part(given_kana)?)?,
        })
    }

    /// Family name, a full-width space, given name.
    #[must_use]
    pub fn full(&self) -> String {
        format!("{}\u{3000}{}", self.family, self.given)
    }

    /// The same in kana.
    #[must_use]
    pub fn full_kana(&self) -> String {
        format!("{}\u{3000}{}", self.family_kana, self.given_kana)
    }
}

/// Turns hiragana into katakana.
///
/// # Errors
/// [`NameFault::NotKana`] when anything but kana, the long-vowel mark, a middle dot or a space is left.
pub fn katakana(text: &str) -> Result<String, NameFault> {
    text.chars()
        .map(|it| match it {
            // Hiragana lies 0x60 below katakana in Unicode.
            'ぁ'..='ゖ' => char::from_u32(it as u32 + 0x60).ok_or(NameFault::NotKana),
            'ァ'..='ヺ' | 'ー' | '・' | ' ' | '\u{3000}' => Ok(it),
            _ => Err(NameFault::NotKana),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_may_be_typed_in_hiragana() {
        let name = JapaneseName::parse(" 田中", "幸子", "たなか", "サチコ ").expect("a name");
        assert_eq!((name.full().as_str(), name.full_kana().as_str()), ("田中　幸子", "タナカ　サチコ"));
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        let cases = [
            (("", "幸子", "タナカ", "サチコ"), NameFault::Length),
            (("田中", "幸子", "Tanaka", "サチコ"), NameFault::NotKana),
            (("田\u{0}中", "幸子", "タナカ", "サチコ"), NameFault::Length),
        ];
        for ((family, given, family_kana, given_kana), fault) in cases {
            assert_eq!(JapaneseName::parse(family, given, family_kana, given_kana), Err(fault));
        }
    }
}
