//! What changed between two texts, piece by piece, so that before and after can be read side by side. Pure.

use maud::{Markup, html};

/// One piece of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// In both.
    Same(&'a str),
    /// Only before.
    Gone(&'a str),
    /// Only after.
    New(&'a str),
}

/// Pieces compared at most on each side; longer texts are compared line by line. 2,000 × 2,000 small numbers are 8 MB.
const PIECES_MAX: usize = 2_000;

/// Japanese has no spaces between words: a piece ends at punctuation, at a space, at a line's end, or where the kind of
/// writing changes (kanji, kana, Latin, digits), which is where words mostly end.
fn pieces(text: &str) -> Vec<&str> {
    let kind = |it: char| match it {
        'ぁ'..='ゖ' => 1,
        'ァ'..='ヺ' | 'ー' => 2,
        '一'..='龯' | '々' => 3,
        _ if it.is_numeric() => 4,
        _ if it.is_alphabetic() => 5,
        _ if it.is_whitespace() => 6,
        _ => 0,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, it) in text.char_indices() {
        let now = kind(it);
        if at > start && (last != Some(now) || now == 0) {
            found.push(&text[start..at]);
            start = at;
        }
        last = Some(now);
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}

/// The comparison of `before` and `after`: joined again, the same and gone pieces give `before`, the same and new ones `after`.
#[must_use]
pub fn compare<'a>(before: &'a str, after: &'a str) -> Vec<Piece<'a>> {
    let (mut old, mut new) = (pieces(before), pieces(after));
    if old.len() > PIECES_MAX || new.len() > PIECES_MAX {
        (old, new) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    }
    if old.len() > PIECES_MAX || new.len() > PIECES_MAX {
        return vec![Piece::Gone(before), Piece::New(after)];
    }
    // Longest common subsequence, from the end so that it reads off from the start.
    let width = new.len() + 1;
    let mut longest = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            found.push(Piece::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            found.push(Piece::Gone(old[i]));
            i += 1;
        } else {
            found.push(Piece::New(new[j]));
            j += 1;
        }
    }
    found.extend(old[i..].iter().map(|it| Piece::Gone(it)));
    found.extend(new[j..].iter().map(|it| Piece::New(it)));
    found
}

/// The comparison for the page: what went is struck out, what came is underlined; `del` and `ins` say so to screen readers.
#[must_use]
pub fn show(before: &str, after: &str) -> Markup {
    html! {
        p.diff { @for piece in compare(before, after) {
            @match piece {
                Piece::Same(it) => (it),
                Piece::Gone(it) => del { (it) },
                Piece::New(it) => ins { (it) },
            }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_and_after_can_be_read_from_the_comparison() {
        // CS-162
        let cases = [
            ("", ""),
            ("右下が痛む。", "左下が痛む。"),
            ("46に発赤、動揺なし", "46に発赤と腫れ、動揺なし"),
            ("a\nb\nc", "a\nc\nd"),
            ("", "新しく書いた"),
            ("消えた", ""),
        ];
        for (before, after) in cases {
            let pieces = compare(before, after);
            let side = |gone: bool| -> String {
                pieces
                    .iter()
                    .filter_map(|it| match it {
                        Piece::Same(it) => Some(*it),
                        Piece::Gone(it) => gone.then_some(*it),
                        Piece::New(it) => (!gone).then_some(*it),
                    })
                    .collect()
            };
            assert_eq!((side(true).as_str(), side(false).as_str()), (before, after));
        }
    }

    #[test]
    fn only_what_changed_is_marked() {
        let pieces = compare("46に発赤がある", "46に腫脹がある");
        assert_eq!(
            pieces,
            [Piece::Same("46"), Piece::Same("に"), Piece::Gone("発赤"), Piece::New("腫脹"), Piece::Same("がある")]
        );
    }
}
