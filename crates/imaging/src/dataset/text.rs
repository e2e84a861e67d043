//! Text of a data set: character sets (PS3.5 6.1, PS3.3 C.12.1.1.2), code extensions by ISO 2022, and the three groups of
//! a person's name (PS3.5 6.2.1).
//!
//! Reading never fails: what cannot be read becomes U+FFFD, and the bytes on disk stay as they came.

use encoding_rs::Encoding;

/// The character sets of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterSets {
    /// The first one: what text begins in.
    first: Set,
    /// Whether escape sequences may switch sets.
    extended: bool,
}

/// One set, as far as reading must tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    /// ISO 646, and what lies above 127 is unknown.
    Ascii,
    /// ISO 8859-1: code points are the bytes.
    Latin1,
    /// JIS X 0201: ¥ and ‾ below 128, half-width katakana above.
    Katakana,
    /// JIS X 0208, two bytes in the lower half.
    Kanji,
    /// JIS X 0212, likewise.
    Supplement,
    /// A set that the library reads by itself: UTF-8, GB18030, GBK, the other ISO 8859 parts, TIS 620.
    Whole(&'static Encoding),
    /// KS X 1001 and GB 2312: two bytes in the upper half, ASCII in the lower.
    Upper(&'static Encoding),
}

/// Where an escape sequence puts its set, and which (PS3.3 tables C.12-3 and C.12-4).
const ESCAPES: &[(&[u8], Set)] = &[
    (b"(B", Set::Ascii),
    (b"-A", Set::Latin1),
    (b"-B", Set::Whole(encoding_rs::ISO_8859_2)),
    (b"-C", Set::Whole(encoding_rs::ISO_8859_3)),
    (b"-D", Set::Whole(encoding_rs::ISO_8859_4)),
    (b"-L", Set::Whole(encoding_rs::ISO_8859_5)),
    (b"-G", Set::Whole(encoding_rs::ISO_8859_6)),
    (b"-F", Set::Whole(encoding_rs::ISO_8859_7)),
    (b"-H", Set::Whole(encoding_rs::ISO_8859_8)),
    (b"-M", Set::Whole(encoding_rs::WINDOWS_1254)),
    (b"-b", Set::Whole(encoding_rs::ISO_8859_15)),
    (b"-T", Set::Whole(encoding_rs::WINDOWS_874)),
    (b")I", Set::Katakana),
    (b"(J", Set::Katakana),
    (b"$B", Set::Kanji),
    (b"$@", Set::Kanji),
    (b"$(D", Set::Supplement),
    (b"$)C", Set::Upper(encoding_rs::EUC_KR)),
    (b"$)A", Set::Upper(encoding_rs::GBK)),
];

/// Defined terms of Specific Character Set (PS3.3 tables C.12-2 to C.12-5), without the words that only say "extended".
const TERMS: &[(&str, Set)] = &[
    ("", Set::Ascii),
    ("6", Set::Ascii),
    ("100", Set::Latin1),
    ("101", Set::Whole(encoding_rs::ISO_8859_2)),
    ("109", Set::Whole(encoding_rs::ISO_8859_3)),
    ("110", Set::Whole(encoding_rs::ISO_8859_4)),
    ("144", Set::Whole(encoding_rs::ISO_8859_5)),
    ("127", Set::Whole(encoding_rs::ISO_8859_6)),
    ("126", Set::Whole(encoding_rs::ISO_8859_7)),
    ("138", Set::Whole(encoding_rs::ISO_8859_8)),
    ("148", Set::Whole(encoding_rs::WINDOWS_1254)),
    ("203", Set::Whole(encoding_rs::ISO_8859_15)),
    ("13", Set::Katakana),
    ("166", Set::Whole(encoding_rs::WINDOWS_874)),
    ("87", Set::Ascii),
    ("159", Set::Ascii),
    ("149", Set::Upper(encoding_rs::EUC_KR)),
    ("58", Set::Upper(encoding_rs::GBK)),
    ("192", Set::Whole(encoding_rs::UTF_8)),
    ("GB18030", Set::Whole(encoding_rs::GB18030)),
    ("GBK", Set::Whole(encoding_rs::GBK)),
];

const ESCAPE: u8 = 0x1B;

impl Default for CharacterSets {
    fn default() -> Self {
        Self { first: Set::Ascii, extended: false }
    }
}

impl CharacterSets {
    /// Reads the value of Specific Character Set. A term that is not known is read as ASCII, and so is a missing first one.
    #[must_use]
    pub fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        let mut terms = text.split('\\').map(|it| it.trim_matches([' ', '\0']));
        let first = terms.next().unwrap_or_default();
        let number = first.trim_start_matches("ISO_IR ").trim_start_matches("ISO 2022 IR ");
        let known = TERMS.iter().find(|it| it.0 == number).map_or(Set::Ascii, |it| it.1);
        Self { first: known, extended: terms.next().is_some() || first.starts_with("ISO 2022") }
    }

    /// Reads a value of text. `delimiters` bring back the first set (PS3.5 6.1.2.5.3): `\` between values, and `^` and `=`
    /// in names; line ends always do.
    #[must_use]
    pub fn read(&self, value: &[u8], delimiters: &[u8]) -> String {
        if !self.extended {
            return whole(self.first, value);
        }
        let mut out = String::with_capacity(value.len());
        let mut set = self.first;
        let mut rest = value;
        while let Some(byte) = rest.first() {
            if *byte == ESCAPE {
                match ESCAPES.iter().find(|it| rest[1..].starts_with(it.0)) {
                    Some((sequence, next)) => {
                        set = *next;
                        rest = &rest[1 + sequence.len()..];
                    }
                    None => {
                        out.push(char::REPLACEMENT_CHARACTER);
                        rest = &rest[1..];
                    }
                }
                continue;
            }
            let end = run(set, rest, delimiters);
            out.push_str(&whole(set, &rest[..end]));
            rest = &rest[end..];
            let Some(byte) = rest.first().filter(|it| **it != ESCAPE) else { continue };
            out.push(char::from(*byte));
            rest = &rest[1..];
            set = self.first;
        }
        out
    }

    /// Reads a person's name.
    #[must_use]
    pub fn name(&self, value: &[u8]) -> PersonName {
        PersonName::parse(self.read(value, b"\\^=").split('\\').next().unwrap_or_default())
    }

    /// Reads a value that may hold several persons' names.
    #[must_use]
    pub fn names(&self, value: &[u8]) -> Vec<PersonName> {
        self.read(value, b"\\^=").split('\\').map(PersonName::parse).collect()
    }
}

/// How far `set` reaches: to an escape, a control, or a delimiter. Bytes of two-byte sets that look like delimiters are none.
fn run(set: Set, bytes: &[u8], delimiters: &[u8]) -> usize {
    let ends = |it: u8| it == ESCAPE || matches!(it, b'\n' | b'\r' | b'\t' | 0x0C) || delimiters.contains(&it);
    match set {
        Set::Kanji | Set::Supplement => bytes
            .chunks(2)
            .take_while(|it| !matches!(it[0], ESCAPE | b'\n' | b'\r' | b'\t' | 0x0C))
            .map(<[u8]>::len)
            .sum(),
        // The second byte of these may be any letter.
        Set::Whole(it) if it == encoding_rs::GB18030 || it == encoding_rs::GBK => {
            let mut at = 0;
            while at < bytes.len() && !ends(bytes[at]) {
                at += if bytes[at] >= 0x80 { 2 } else { 1 };
            }
            at.min(bytes.len())
        }
        _ => bytes.iter().position(|it| ends(*it)).unwrap_or(bytes.len()),
    }
}

fn whole(set: Set, bytes: &[u8]) -> String {
    match set {
        Set::Ascii => {
            bytes.iter().map(|it| if it.is_ascii() { char::from(*it) } else { char::REPLACEMENT_CHARACTER }).collect()
        }
        Set::Latin1 => bytes.iter().map(|it| char::from(*it)).collect(),
        Set::Katakana => bytes.iter().map(|it| katakana(*it)).collect(),
        // The same characters as EUC-JP has, which sets the high bits and marks the supplement.
        Set::Kanji => decode(encoding_rs::EUC_JP, &bytes.iter().map(|it| it | 0x80).collect::<Vec<_>>()),
        Set::Supplement => {
            let marked = bytes.chunks(2).flat_map(|it| std::iter::once(0x8F).chain(it.iter().map(|it| it | 0x80)));
            decode(encoding_rs::EUC_JP, &marked.collect::<Vec<_>>())
        }
        Set::Whole(encoding) | Set::Upper(encoding) => decode(encoding, bytes),
    }
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// JIS X 0201. The backslash stays one: it divides values, whatever its shape, and in names the yen sign never means money.
fn katakana(byte: u8) -> char {
    match byte {
        0x7E => '‾',
        0xA1..=0xDF => char::from_u32(0xFF61 + u32::from(byte) - 0xA1).unwrap_or(char::REPLACEMENT_CHARACTER),
        it if it.is_ascii() => char::from(it),
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// A person's name in its three groups; components are divided by `^` (family, given, middle, prefix, suffix).
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct PersonName {
    /// In Latin letters, or in half-width katakana from older Japanese devices.
    pub alphabetic: String,
    /// In characters.
    pub ideographic: String,
    /// In kana.
    pub phonetic: String,
}

impl PersonName {
    /// Reads the three groups, divided by `=`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut groups = text.split('=').map(|it| it.trim_matches([' ', '\0']).to_owned());
        let mut next = || groups.next().unwrap_or_default();
        Self { alphabetic: next(), ideographic: next(), phonetic: next() }
    }

    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alphabetic.is_empty() && self.ideographic.is_empty() && self.phonetic.is_empty()
    }
}

impl std::fmt::Display for PersonName {
    /// As DICOM writes it, without groups that are empty at the end.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whole = [self.alphabetic.as_str(), &self.ideographic, &self.phonetic].join("=");
        out.write_str(whole.trim_end_matches('='))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of PS3.5 annexes H (Japanese), I (Korean), J (Chinese) and K, and what devices send besides.
    #[test]
    fn names_of_the_standards_examples_read_right() {
        let cases: &[(&[u8], &[u8], [&str; 3])] = &[
            (
                b"\\ISO 2022 IR 87",
                b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
                ["Yamada^Tarou", "山田^太郎", "やまだ^たろう"],
            ),
            (
                b"ISO 2022 IR 13\\ISO 2022 IR 87",
                b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
                ["ﾔﾏﾀﾞ^ﾀﾛｳ", "山田^太郎", "やまだ^たろう"],
            ),
            (
                b"\\ISO 2022 IR 149",
                b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
                ["Hong^Gildong", "洪^吉洞", "홍^길동"],
            ),
            (b"ISO_IR 192", "Wang^XiaoDong=王^小東".as_bytes(), ["Wang^XiaoDong", "王^小東", ""]),
            (b"GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", ["Wang^XiaoDong", "王^小东", ""]),
            (b"ISO_IR 100", b"Buc^J\xe9r\xf4me", ["Buc^Jérôme", "", ""]),
            (b"", b"Doe^Jane ", ["Doe^Jane", "", ""]),
        ];
        for (sets, value, [alphabetic, ideographic, phonetic]) in cases {
            let name = CharacterSets::parse(sets).name(value);
            assert_eq!(
                (name.alphabetic.as_str(), name.ideographic.as_str(), name.phonetic.as_str()),
                (*alphabetic, *ideographic, *phonetic),
                "{}",
                String::from_utf8_lossy(sets)
            );
        }
    }

    #[test]
    fn a_kanji_whose_second_byte_looks_like_a_delimiter_is_one_character() {
        // 詳 is 3E 5C in JIS X 0208: its second byte is a backslash.
        let sets = CharacterSets::parse(b"\\ISO 2022 IR 87");
        assert_eq!(sets.read(b"\x1b$B>\\\x1b(B\\next", b"\\"), "詳\\next");
    }

    #[test]
    fn what_cannot_be_read_is_marked_and_nothing_is_lost_around_it() {
        assert_eq!(CharacterSets::default().read(b"A\xff B", b""), "A\u{FFFD} B");
        assert_eq!(CharacterSets::parse(b"ISO 2022 IR 13\\ISO 2022 IR 87").read(b"\x1bXa", b""), "\u{FFFD}Xa");
        assert_eq!(CharacterSets::parse(b"\\ISO 2022 IR 87").read(b"\x1b$B;", b""), "\u{FFFD}");
        assert_eq!(CharacterSets::parse(b"MARTIAN").read(b"abc", b""), "abc");
    }
}
