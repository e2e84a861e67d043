//! Teeth in two-digit FDI notation (ISO 3950): permanent 11–48, deciduous 51–85.

use crate::Lang;

/// A tooth by its FDI number. Only real ones exist: 11–18, 21–28, 31–38, 41–48 and 51–55, 61–65, 71–75, 81–85.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tooth(u8);

/// Quadrants of permanent teeth as a chart shows them, the patient's right side on the left: upper right, upper left,
/// lower right, lower left.
pub const PERMANENT: [u8; 4] = [1, 2, 4, 3];
/// The same of deciduous teeth.
pub const DECIDUOUS: [u8; 4] = [5, 6, 8, 7];

impl Tooth {
    /// The tooth with FDI number `fdi`, if there is one.
    #[must_use]
    pub const fn new(fdi: u8) -> Option<Self> {
        let last = match fdi / 10 {
            1..=4 => 8,
            5..=8 => 5,
            _ => return None,
        };
        if fdi % 10 >= 1 && fdi % 10 <= last { Some(Self(fdi)) } else { None }
    }

    /// From `"16"`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        (text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit()))
            .then(|| text.parse().ok().and_then(Self::new))?
    }

    /// The FDI number.
    #[must_use]
    pub const fn fdi(self) -> u8 {
        self.0
    }

    /// Whether it is a milk tooth.
    #[must_use]
    pub const fn is_deciduous(self) -> bool {
        self.0 > 50
    }

    /// All of the permanent teeth, then all of the deciduous, in the chart's order.
    pub fn all() -> impl Iterator<Item = Self> {
        PERMANENT.into_iter().chain(DECIDUOUS).flat_map(Self::of_quadrant)
    }

    /// The teeth of a quadrant (1 to 8) from the chart's left to its right.
    pub fn of_quadrant(number: u8) -> impl Iterator<Item = Self> {
        let leftwards = matches!(number, 1 | 4 | 5 | 8);
        (1..=8).filter_map(move |it| Self::new(number * 10 + if leftwards { 9 - it } else { it }))
    }

    /// In words: 「右上 第一大臼歯」, "upper right first molar".
    #[must_use]
    pub fn name(self, lang: Lang) -> String {
        let kind = match (self.is_deciduous(), self.0 % 10) {
            (false, 1) => lang.t("中切歯", "central incisor"),
            (false, 2) => lang.t("側切歯", "lateral incisor"),
            (false, 3) => lang.t("犬歯", "canine"),
            (false, 4) => lang.t("第一小臼歯", "first premolar"),
            (false, 5) => lang.t("第二小臼歯", "second premolar"),
            (false, 6) => lang.t("第一大臼歯", "first molar"),
            (false, 7) => lang.t("第二大臼歯", "second molar"),
            (false, _) => lang.t("第三大臼歯（親知らず）", "third molar (wisdom tooth)"),
            (true, 1) => lang.t("乳中切歯", "deciduous central incisor"),
            (true, 2) => lang.t("乳側切歯", "deciduous lateral incisor"),
            (true, 3) => lang.t("乳犬歯", "deciduous canine"),
            (true, 4) => lang.t("第一乳臼歯", "deciduous first molar"),
            (true, _) => lang.t("第二乳臼歯", "deciduous second molar"),
        };
        format!("{} {kind}", side(self.0 / 10, lang))
    }
}

/// Where a quadrant lies, seen from the patient: 「右上」, "upper right".
#[must_use]
pub fn side(quadrant: u8, lang: Lang) -> &'static str {
    match quadrant {
        1 | 5 => lang.t("右上", "upper right"),
        2 | 6 => lang.t("左上", "upper left"),
        3 | 7 => lang.t("左下", "lower left"),
        _ => lang.t("右下", "lower right"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_fifty_two_teeth_and_no_other() {
        let real: Vec<u8> = (0..=u8::MAX).filter(|it| Tooth::new(*it).is_some()).collect();
        let mut charted: Vec<u8> = Tooth::all().map(Tooth::fdi).collect();
        let first = [18, 17, 16, 15, 14, 13, 12, 11, 21];
        assert_eq!(charted[..9], first, "as the dentist sees it");
        assert_eq!(charted[32..38], [55, 54, 53, 52, 51, 61]);
        charted.sort_unstable();
        assert_eq!(real, charted);
        assert_eq!(real.len(), 32 + 20);
        for wrong in [0, 10, 19, 49, 50, 56, 86, 90, 255] {
            assert_eq!(Tooth::new(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_tooth_is_read_as_it_is_written() {
        assert!(Tooth::all().all(|it| Tooth::read(&it.fdi().to_string()) == Some(it)));
        for wrong in ["", "1", "+16", "016", " 16", "１６", "16a"] {
            assert_eq!(Tooth::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_tooth_has_a_name_in_both_languages() {
        let name = |fdi, lang| Tooth::new(fdi).map(|it| it.name(lang));
        assert_eq!(name(16, Lang::Ja).as_deref(), Some("右上 第一大臼歯"));
        assert_eq!(name(75, Lang::En).as_deref(), Some("lower left deciduous second molar"));
    }
}
