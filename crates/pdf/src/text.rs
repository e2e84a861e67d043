//! Makes words printable: what the fonts cannot show is replaced in sight, and reported; what has no shape goes.

use std::collections::BTreeMap;

use typst::text::FontInstance;
use unicode_normalization::char::{compose, is_combining_mark};

/// The mark that printers set for a type that they lack.
pub(crate) const GETA: char = '〓';
/// Where a line may break though nothing is seen.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// A character that was not printed as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprinted {
    /// The character, with its variation selector where that is what could not be followed.
    pub written: String,
    /// What stands in its place.
    pub printed: PrintedAs,
    /// How often.
    pub count: usize,
}

/// What stands in the place of a character that was not printed as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrintedAs {
    /// The mark 〓.
    Mark,
    /// The same character in its plain form.
    PlainForm,
}

impl Unprinted {
    /// The code points: `U+845B U+E0105`.
    #[must_use]
    pub fn code_points(&self) -> String {
        self.written.chars().map(|it| format!("U+{:04X}", u32::from(it))).collect::<Vec<_>>().join(" ")
    }
}

/// Prepares all words of one document and remembers what could not be printed.
pub(crate) struct Printer {
    fonts: &'static [FontInstance],
    unprinted: BTreeMap<(PrintedAs, String), usize>,
}

impl Printer {
    pub(crate) fn new(fonts: &'static [FontInstance]) -> Self {
        Self { fonts, unprinted: BTreeMap::new() }
    }

    /// `text` line by line, for a place that is `room_em` wide: a run that no rule would break and that is wider may be
    /// broken anywhere, so that it does not leave the paper.
    pub(crate) fn lines(&mut self, text: &str, room_em: f64) -> Vec<String> {
        let text = text.replace("\r\n", "\n");
        let lines = text.trim_end().split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
        lines
            .map(|line| {
                let shown = self.shown(line);
                self.soften(&shown, room_em)
            })
            .collect()
    }

    /// `text` as a single line, for headers and metadata.
    pub(crate) fn line(&mut self, text: &str) -> String {
        self.lines(text.trim(), f64::INFINITY).join(" ")
    }

    /// How wide `line` is in one size of letters, unless it is broken.
    pub(crate) fn width_em(&self, line: &str) -> f64 {
        line.chars().map(|it| self.advance_em(it)).sum()
    }

    /// What was replaced so far.
    pub(crate) fn into_unprinted(self) -> Vec<Unprinted> {
        self.unprinted.into_iter().map(|((printed, written), count)| Unprinted { written, printed, count }).collect()
    }

    fn shown(&mut self, line: &str) -> String {
        let mut out: Vec<char> = Vec::with_capacity(line.len());
        for it in line.chars() {
            match it {
                '\t' => out.push(' '),
                _ if is_wide_or_fixed_space(it) => out.push(' '),
                _ if is_selector(it) => self.select_form(&mut out, it),
                _ if has_no_shape(it) => {}
                _ if is_combining_mark(it) => {
                    // か + U+3099 as some systems write が. Only pairs are joined: full normalisation would
                    // turn 神 (U+FA19), which a family may insist on, into 神.
                    let joined = out.last().and_then(|before| compose(*before, it)).filter(|it| self.has(*it));
                    match (joined, out.last_mut()) {
                        (Some(joined), Some(last)) => *last = joined,
                        _ => self.push(&mut out, it),
                    }
                }
                _ => self.push(&mut out, it),
            }
        }
        out.into_iter().collect()
    }

    fn push(&mut self, out: &mut Vec<char>, it: char) {
        if self.has(it) {
            out.push(it);
        } else {
            self.note(PrintedAs::Mark, it.to_string());
            out.push(GETA);
        }
    }

    fn select_form(&mut self, out: &mut Vec<char>, selector: char) {
        let Some(base) = out.last().copied().filter(|it| *it != GETA) else { return };
        // The font that will be asked is the first one that has the character.
        let font = self.fonts.iter().find(|it| has_glyph(it, base));
        if font.is_some_and(|it| it.ttf().glyph_variation_index(base, selector).is_some()) {
            out.push(selector);
        } else {
            self.note(PrintedAs::PlainForm, [base, selector].iter().collect());
        }
    }

    fn has(&self, it: char) -> bool {
        // A private-use character means something only where it was made, even if a font has a shape for it.
        !is_private(it) && self.fonts.iter().any(|font| has_glyph(font, it))
    }

    fn advance_em(&self, it: char) -> f64 {
        let face = self.fonts.iter().find(|font| has_glyph(font, it));
        let advance = face.and_then(|font| {
            let glyph = font.ttf().glyph_index(it)?;
            Some(f64::from(font.ttf().glyph_hor_advance(glyph)?) / font.units_per_em())
        });
        // A character that is not there will be printed as 〓.
        advance.unwrap_or(1.0)
    }

    /// Lets a run that is wider than `room_em` break anywhere. A run ends at a space and at every kanji or kana that a
    /// Japanese line may break beside; what is left are words, numbers, punctuation and small kana.
    fn soften(&self, line: &str, room_em: f64) -> String {
        let mut out = String::with_capacity(line.len());
        let mut run: Vec<char> = Vec::new();
        let flush = |run: &mut Vec<char>, out: &mut String| {
            let wide = run.iter().map(|it| self.advance_em(*it)).sum::<f64>() > room_em;
            for (place, it) in run.drain(..).enumerate() {
                if wide && place > 0 && !is_selector(it) && !is_combining_mark(it) {
                    out.push(ZERO_WIDTH_SPACE);
                }
                out.push(it);
            }
        };
        for it in line.chars() {
            if it == ' ' || it == '\u{3000}' || breaks_beside(it) {
                flush(&mut run, &mut out);
                out.push(it);
            } else {
                run.push(it);
            }
        }
        flush(&mut run, &mut out);
        out
    }

    fn note(&mut self, printed: PrintedAs, written: String) {
        *self.unprinted.entry((printed, written)).or_default() += 1;
    }
}

fn has_glyph(font: &FontInstance, it: char) -> bool {
    font.ttf().glyph_index(it).is_some_and(|glyph| glyph.0 != 0)
}

fn is_selector(it: char) -> bool {
    matches!(it, '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_private(it: char) -> bool {
    matches!(it, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

fn is_wide_or_fixed_space(it: char) -> bool {
    matches!(it, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}')
}

/// Controls, joiners, marks of direction, tags, emoji selectors. The marks of direction could make a sentence read
/// otherwise than it was stored, so that they must not reach the paper; the others leave no trace on it anyway.
fn has_no_shape(it: char) -> bool {
    it.is_control()
        || matches!(it,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe03}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

fn breaks_beside(it: char) -> bool {
    match it {
        // Small kana may not begin a line.
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' | 'ゕ' | 'ゖ' => false,
        'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' | 'ヵ' | 'ヶ' => false,
        'ぁ'..='ゖ' | 'ァ'..='ヺ' => true,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> (String, Vec<Unprinted>) {
        let mut printer = Printer::new(&crate::world::shared().faces);
        let lines = printer.lines(text, 40.0).join("\n");
        (lines, printer.into_unprinted())
    }

    #[test]
    fn names_are_printed_as_written() {
        for name in
            ["髙﨑", "𠮷野", "神\u{fa19}", "濵邉", "槗本", "Nguyễn Thị Mỹ", "Łukasz", "塚\u{fa10}", "☐☑☒", "ｶﾞｰｾﾞ"]
        {
            assert_eq!(printed(name), (name.to_owned(), vec![]), "{name}");
        }
    }

    #[test]
    fn what_no_font_has_is_marked_and_reported() {
        let (line, unprinted) = printed("𪚥と\u{e000}と😀😀");
        assert_eq!(line, "〓と〓と〓〓");
        let told: Vec<_> = unprinted.iter().map(|it| (it.code_points(), it.printed, it.count)).collect();
        let expect = [("U+E000", 1), ("U+1F600", 2), ("U+2A6A5", 1)];
        assert_eq!(told, expect.map(|(code, count)| (code.to_owned(), PrintedAs::Mark, count)));
    }

    #[test]
    fn a_form_we_lack_is_printed_plain_and_reported() {
        let (line, unprinted) = printed("葛\u{e0105}飾");
        assert_eq!(line, "葛飾");
        assert_eq!(
            (unprinted[0].code_points().as_str(), unprinted[0].printed),
            ("U+845B U+E0105", PrintedAs::PlainForm)
        );
        assert_eq!(printed("葛\u{e0100}飾"), ("葛\u{e0100}飾".to_owned(), vec![]));
    }

    #[test]
    fn split_kana_are_joined_and_family_forms_kept() {
        assert_eq!(printed("か\u{3099}は\u{309a}e\u{301}").0, "がぱé");
        assert_eq!(printed("\u{fa19}").0, "\u{fa19}");
    }

    #[test]
    fn marks_of_direction_and_controls_do_not_reach_the_paper() {
        assert_eq!(printed("a\u{202e}b\u{0}c\u{7}d\u{feff}e\tf\u{a0}g"), ("abcde f g".to_owned(), vec![]));
        assert_eq!(printed("一\r\n二\r三\u{2028}四\n\n").0, "一\n二\n三\n四");
    }

    #[test]
    fn a_run_without_a_break_may_break_anywhere() {
        let breaks = |text: &str| printed(text).0.matches(ZERO_WIDTH_SPACE).count();
        assert_eq!(breaks(&"W".repeat(45)), 44);
        assert_eq!(breaks(&"、".repeat(41)), 40);
        // As many letters, but narrow ones: they fit.
        assert_eq!((breaks(&"i".repeat(45)), breaks(&"、".repeat(40))), (0, 0));
        assert!(!printed(&"説明を受け、ました。".repeat(40)).0.contains(ZERO_WIDTH_SPACE));
    }
}
