//! What everyone tries first: common words, patterns, and the owner's own names and dates.
//!
//! A list of ten thousand passwords would catch less than a few hundred words with the habits around them:
//! digits at the end, signs for letters, repeating, running along the keyboard.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use kernel::Date;

use crate::codes::half_width;

/// Words of the data file, folded like what they are compared with.
static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| {
    include_str!("../../data/common-passwords.txt")
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty() && !it.starts_with('#'))
        .map(fold)
        .collect()
});
/// How each kana is typed in Latin letters.
static KANA: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    include_str!("../../data/romaji.txt")
        .lines()
        .filter(|it| !it.starts_with('#'))
        .filter_map(|it| it.split_once(' '))
        .filter_map(|(kana, typed)| Some((kana.chars().next()?, typed)))
        .collect()
});
/// Rows along which fingers run.
const ROWS: [&str; 6] =
    ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"];
/// A personal word in Latin letters counts inside a password from this length on; shorter ones (Abe, Oka) only when
/// nothing but digits and signs stands around them.
const PERSONAL_CHARS_MIN: usize = 4;
/// Two characters of Japanese say as much as four letters.
const PERSONAL_CHARS_MIN_JAPANESE: usize = 2;

/// Whether this is a word or a pattern that is tried first.
pub(super) fn is_common(password: &str) -> bool {
    let folded = fold(password);
    if folded.is_empty() {
        return false;
    }
    // A sign at the end is mostly a sign, one inside mostly a letter: both readings are tried.
    let readings = [folded.clone(), bare(&folded).to_owned(), undo_signs(&folded), undo_signs(bare(&folded))];
    let is_known = |it: &str| COMMON.contains(it) || COMMON.contains(unit(it));
    is_walk(&folded)
        || unit(&folded).chars().count() <= 2
        || readings.iter().any(|it| is_known(it) || is_known(bare(it)))
}

/// Whether one of the owner's words, or a writing of it, is inside.
pub(super) fn is_personal(password: &str, words: &[&str]) -> bool {
    let folded = fold(password);
    let plain: String = folded.chars().filter(|it| it.is_alphanumeric()).collect();
    let alone = [romaji(bare(&folded)), romaji(&undo_signs(bare(&folded)))];
    let mine = [romaji(&folded), romaji(&undo_signs(&folded)), plain, folded];
    words.iter().flat_map(|it| writings(it)).any(|word| {
        let least = if word.is_ascii() { PERSONAL_CHARS_MIN } else { PERSONAL_CHARS_MIN_JAPANESE };
        word.chars().count() >= least && mine.iter().any(|it| it.contains(&word)) || alone.contains(&word)
    })
}

/// The ways in which a personal word turns up in a password.
fn writings(word: &str) -> Vec<String> {
    let folded = fold(word);
    if let Ok(date) = folded.parse::<Date>() {
        let (year, month, day) = (date.year(), date.month(), date.day());
        return vec![
            format!("{year}{month:02}{day:02}"),
            format!("{:02}{month:02}{day:02}", year % 100),
            format!("{month:02}{day:02}{year}"),
            format!("{day:02}{month:02}{year}"),
        ];
    }
    let mut out: Vec<String> = match folded.split_once('@') {
        // A mail address: the part before the sign, its words, and the name of the house it belongs to.
        Some((local, house)) => {
            let mut parts: Vec<String> = local.split(|it: char| !it.is_alphanumeric()).map(str::to_owned).collect();
            parts.push(local.to_owned());
            parts.extend(house.split('.').next().map(str::to_owned));
            parts
        }
        None => vec![folded],
    };
    let latin: Vec<String> = out.iter().map(|it| romaji(&latin(it))).collect();
    out.extend(latin);
    out.retain(|it| it.chars().count() >= 2);
    out
}

/// Full-width to half-width, small letters, no spaces.
fn fold(text: &str) -> String {
    text.chars().map(half_width).filter(|it| !it.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Signs and digits that stand for letters turned back.
fn undo_signs(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '0' => 'o',
            '1' | '!' | '|' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' | '+' => 't',
            other => other,
        })
        .collect()
}

/// Without the digits and signs around the word.
fn bare(text: &str) -> &str {
    text.trim_matches(|it: char| !it.is_alphabetic())
}

/// The shortest piece whose repetition (with signs between) gives the whole text.
fn unit(text: &str) -> &str {
    let gaps_are_signs = |piece: &str| text.split(piece).all(|gap| gap.chars().all(|it| !it.is_alphanumeric()));
    let halves = text.char_indices().map(|(at, _)| at).filter(|at| *at > 0 && at * 2 <= text.len());
    for at in halves {
        if gaps_are_signs(&text[..at]) {
            return &text[..at];
        }
    }
    text
}

/// Whether the text is little more than runs along a row of keys, the alphabet, or one key.
fn is_walk(text: &str) -> bool {
    let signs: Vec<char> = text.chars().collect();
    if signs.len() < 6 {
        return false;
    }
    let breaks = signs.windows(2).filter(|pair| !are_neighbours(pair[0], pair[1])).count();
    // Three keys a run on average: nobody gets there by chance.
    (breaks + 1) * 3 <= signs.len()
}

fn are_neighbours(one: char, two: char) -> bool {
    let place = |row: &str, it: char| row.chars().position(|other| other == it);
    one == two
        || ROWS.iter().any(|row| match (place(row, one), place(row, two)) {
            (Some(a), Some(b)) => a.abs_diff(b) == 1,
            _ => false,
        })
}

/// Kana in Latin letters, letter by letter; everything else stays.
fn latin(text: &str) -> String {
    let mut out = String::new();
    let mut doubled = false;
    for sign in text.chars() {
        // Hiragana lies 0x60 below katakana in Unicode.
        let sign = match sign {
            '\u{3041}'..='\u{3096}' => char::from_u32(sign as u32 + 0x60).unwrap_or(sign),
            other => other,
        };
        match KANA.get(&sign).copied() {
            None => out.push(sign),
            Some("-") => {}
            Some("=") => doubled = true,
            Some(typed) => {
                let typed = match typed.strip_prefix('+') {
                    Some(tail) => {
                        out.pop();
                        tail
                    }
                    None => typed,
                };
                if std::mem::take(&mut doubled) {
                    out.push_str(&typed[..1]);
                }
                out.push_str(typed);
            }
        }
    }
    out
}

/// One spelling for the ways in which Japanese is written in Latin letters (shi or si, oo or o, mb or nb).
fn romaji(text: &str) -> String {
    let mut out = text.to_owned();
    for (from, to) in [
        ("sh", "sy"),
        ("ch", "ty"),
        ("tsu", "tu"),
        ("syi", "si"),
        ("tyi", "ti"),
        ("fu", "hu"),
        ("j", "zy"),
        ("zyi", "zi"),
        ("zyy", "zy"),
        ("dz", "z"),
        ("di", "zi"),
        ("du", "zu"),
        ("ou", "o"),
        ("oo", "o"),
        ("oh", "o"),
        ("uu", "u"),
        ("mb", "nb"),
        ("mp", "np"),
        ("mm", "nm"),
        ("wo", "o"),
    ] {
        out = out.replace(from, to);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_are_met_in_any_latin_spelling() {
        for (kana, typed) in [
            ("サトウ", "satou"),
            ("サトウ", "sato"),
            ("サトウ", "satoh"),
            ("シンイチ", "shinichi"),
            ("シンイチ", "sinniti"),
            ("ジュンコ", "junko"),
            ("ジュンコ", "zyunko"),
            ("ハットリ", "hattori"),
            ("ナンバ", "namba"),
            ("オオツカ", "otsuka"),
            ("チョウ", "cho"),
            ("フジモト", "huzimoto"),
        ] {
            let (kana, typed) = (romaji(&latin(kana)), romaji(typed).replace("nn", "n"));
            assert_eq!(kana.replace("nn", "n"), typed);
        }
    }

    #[test]
    fn a_short_name_inside_a_long_phrase_is_no_fault() {
        assert!(is_personal("abe12345!", &["アベ"]));
        assert!(!is_personal("alphabet-soup-kettle", &["アベ"]));
    }

    #[test]
    fn chance_is_no_walk() {
        for text in ["tx7#kw2q", "violetotterborrowsakettle", "k3v9q8z2m4"] {
            assert!(!is_walk(text), "{text}");
        }
        for text in ["123456", "abcdef12345", "1qaz2wsx", "zzzzzz", "lkjhgfdsa"] {
            assert!(is_walk(text), "{text}");
        }
    }

    #[test]
    fn repetition_is_seen_through() {
        assert_eq!(unit("abcabcabc"), "abc");
        assert_eq!(unit("abc-abc"), "abc");
        assert_eq!(unit("abcab"), "abcab");
    }

    #[test]
    fn the_list_is_folded_and_has_no_doubles() {
        let file = include_str!("../../data/common-passwords.txt");
        let words = file.lines().filter(|it| !it.starts_with('#') && !it.trim().is_empty()).count();
        assert_eq!(words, COMMON.len());
        assert!(words > 400);
    }
}
