//! Kana made comparable with what modalities send: half-width katakana, and Latin letters in whichever spelling.

/// Half-width katakana of JIS X 0201 in its order, and the same in full width.
const HALF: &str = "ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ";
const FULL: &str =
    "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// Full-width katakana of any kana; half-width voicing marks join the letter before. Other letters stay.
#[must_use]
pub(super) fn katakana(text: &str) -> String {
    let mut out = String::new();
    for it in text.chars() {
        let full = HALF.chars().position(|half| half == it).and_then(|at| FULL.chars().nth(at));
        match it {
            // Hiragana lies 0x60 below katakana in Unicode.
            'ぁ'..='ゖ' => out.extend(char::from_u32(it as u32 + 0x60)),
            'ﾞ' | '\u{3099}' | '゛' => voice(&mut out, 1),
            'ﾟ' | '\u{309a}' | '゜' => voice(&mut out, 2),
            _ => out.push(full.unwrap_or(it)),
        }
    }
    out
}

/// Katakana stand in Unicode as plain, voiced, half-voiced.
fn voice(out: &mut String, by: u32) {
    if let Some(last) = out.pop() {
        let voiced = if last == 'ウ' { Some('ヴ') } else { char::from_u32(last as u32 + by) };
        out.push(voiced.unwrap_or(last));
    }
}

/// Whether there is any katakana in it.
#[must_use]
pub(super) fn has_kana(text: &str) -> bool {
    text.chars().any(|it| matches!(it, 'ァ'..='ヺ'))
}

/// Two-letter sounds first, since the longest match counts.
const SOUNDS: &[(&str, &str)] = &[
    ("キャ", "kya"),
    ("キュ", "kyu"),
    ("キョ", "kyo"),
    ("シャ", "sya"),
    ("シュ", "syu"),
    ("ショ", "syo"),
    ("チャ", "tya"),
    ("チュ", "tyu"),
    ("チョ", "tyo"),
    ("ニャ", "nya"),
    ("ニュ", "nyu"),
    ("ニョ", "nyo"),
    ("ヒャ", "hya"),
    ("ヒュ", "hyu"),
    ("ヒョ", "hyo"),
    ("ミャ", "mya"),
    ("ミュ", "myu"),
    ("ミョ", "myo"),
    ("リャ", "rya"),
    ("リュ", "ryu"),
    ("リョ", "ryo"),
    ("ギャ", "gya"),
    ("ギュ", "gyu"),
    ("ギョ", "gyo"),
    ("ジャ", "zya"),
    ("ジュ", "zyu"),
    ("ジョ", "zyo"),
    ("ヂャ", "zya"),
    ("ヂュ", "zyu"),
    ("ヂョ", "zyo"),
    ("ビャ", "bya"),
    ("ビュ", "byu"),
    ("ビョ", "byo"),
    ("ピャ", "pya"),
    ("ピュ", "pyu"),
    ("ピョ", "pyo"),
    ("シェ", "sye"),
    ("ジェ", "zye"),
    ("チェ", "tye"),
    ("ティ", "ti"),
    ("ディ", "di"),
    ("ファ", "ha"),
    ("フィ", "hi"),
    ("フェ", "he"),
    ("フォ", "ho"),
    ("ヴァ", "ba"),
    ("ヴィ", "bi"),
    ("ヴェ", "be"),
    ("ヴォ", "bo"),
    ("ア", "a"),
    ("イ", "i"),
    ("ウ", "u"),
    ("エ", "e"),
    ("オ", "o"),
    ("カ", "ka"),
    ("キ", "ki"),
    ("ク", "ku"),
    ("ケ", "ke"),
    ("コ", "ko"),
    ("サ", "sa"),
    ("シ", "si"),
    ("ス", "su"),
    ("セ", "se"),
    ("ソ", "so"),
    ("タ", "ta"),
    ("チ", "ti"),
    ("ツ", "tu"),
    ("テ", "te"),
    ("ト", "to"),
    ("ナ", "na"),
    ("ニ", "ni"),
    ("ヌ", "nu"),
    ("ネ", "ne"),
    ("ノ", "no"),
    ("ハ", "ha"),
    ("ヒ", "hi"),
    ("フ", "hu"),
    ("ヘ", "he"),
    ("ホ", "ho"),
    ("マ", "ma"),
    ("ミ", "mi"),
    ("ム", "mu"),
    ("メ", "me"),
    ("モ", "mo"),
    ("ヤ", "ya"),
    ("ユ", "yu"),
    ("ヨ", "yo"),
    ("ラ", "ra"),
    ("リ", "ri"),
    ("ル", "ru"),
    ("レ", "re"),
    ("ロ", "ro"),
    ("ワ", "wa"),
    ("ヲ", "o"),
    ("ン", "n"),
    ("ガ", "ga"),
    ("ギ", "gi"),
    ("グ", "gu"),
    ("ゲ", "ge"),
    ("ゴ", "go"),
    ("ザ", "za"),
    ("ジ", "zi"),
    ("ズ", "zu"),
    ("ゼ", "ze"),
    ("ゾ", "zo"),
    ("ダ", "da"),
    ("ヂ", "zi"),
    ("ヅ", "zu"),
    ("デ", "de"),
    ("ド", "do"),
    ("バ", "ba"),
    ("ビ", "bi"),
    ("ブ", "bu"),
    ("ベ", "be"),
    ("ボ", "bo"),
    ("ヴ", "bu"),
];
const HALF_VOICED: [(char, &str); 5] = [('パ', "pa"), ('ピ', "pi"), ('プ', "pu"), ('ペ', "pe"), ('ポ', "po")];

/// Katakana in Latin letters, brought to the one form of [`latin`]. Letters that are no kana are left out.
#[must_use]
pub(super) fn romaji(kana: &str) -> String {
    let (mut out, mut rest, mut doubled) = (String::new(), kana, false);
    while let Some(first) = rest.chars().next() {
        let half_voiced = HALF_VOICED.iter().find(|(it, _)| *it == first).map(|(_, latin)| *latin);
        let known = SOUNDS.iter().find(|(it, _)| rest.starts_with(it));
        let (taken, sound) = match (known, half_voiced) {
            (Some((kana, latin)), _) => (kana.len(), *latin),
            (None, Some(latin)) => (first.len_utf8(), latin),
            (None, None) => (first.len_utf8(), ""),
        };
        if doubled {
            out.extend(sound.chars().next());
        }
        out.push_str(sound);
        doubled = first == 'ッ';
        rest = &rest[taken..];
    }
    latin(&out)
}

/// Latin letters of a Japanese name brought to one form, whether written by Hepburn or Kunrei, with long vowels or without:
/// `Ohno`, `Oono` and `Ono` are one, and so are `Shimpei` and `Sinpei`.
#[must_use]
pub(super) fn latin(text: &str) -> String {
    let plain = |it: char| match it {
        'ā' | 'â' => 'a',
        'ī' | 'î' => 'i',
        'ū' | 'û' => 'u',
        'ē' | 'ê' => 'e',
        'ō' | 'ô' => 'o',
        other => other,
    };
    let mut text: String = text.to_lowercase().chars().map(plain).filter(char::is_ascii_lowercase).collect();
    let spellings = [
        ("tch", "tty"),
        ("sh", "sy"),
        ("ch", "ty"),
        ("ts", "t"),
        ("j", "zy"),
        ("f", "h"),
        ("dz", "z"),
        ("dy", "zy"),
        ("l", "r"),
        ("v", "b"),
        ("yy", "y"),
        ("syi", "si"),
        ("tyi", "ti"),
        ("zyi", "zi"),
        ("mb", "nb"),
        ("mp", "np"),
        ("mm", "nm"),
        ("wo", "o"),
    ];
    for (from, to) in spellings {
        text = text.replace(from, to);
    }
    shorten(&text)
}

/// Long vowels made short: `ou`, `oo`, `uu`, `ii`, and an `h` that only lengthens.
fn shorten(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_vowel = |it: Option<&char>| it.is_some_and(|it| "aiueoy".contains(*it));
    let mut out = String::new();
    for (at, it) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let lengthens = *it == 'h' && before == Some(&'o') && !is_vowel(letters.get(at + 1));
        let long =
            matches!((before, it), (Some('o'), 'u' | 'o') | (Some('u'), 'u') | (Some('i'), 'i') | (Some('a'), 'a'));
        if !lengthens && !long {
            out.push(*it);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_are_made_full() {
        for (text, full) in
            [("ﾀﾅｶ", "タナカ"), ("ｻﾞｲﾂ", "ザイツ"), ("ﾊﾟﾝ", "パン"), ("さちこ", "サチコ"), ("ｳﾞ", "ヴ"), ("Aア", "Aア")]
        {
            assert_eq!(katakana(text), full);
        }
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        // TR-27
        let cases = [
            ("タナカ", &["TANAKA", "Tanaka"][..]),
            ("サチコ", &["SACHIKO", "Satiko"]),
            ("オオノ", &["OHNO", "OONO", "ONO", "Ōno"]),
            ("サトウ", &["SATO", "SATOU", "SATOH", "Satoo"]),
            ("シンペイ", &["SHIMPEI", "SHINPEI", "Sinpei"]),
            ("ハットリ", &["HATTORI"]),
            ("ジュンイチロウ", &["JUNICHIRO", "JUN'ICHIROU", "Zyunitiro"]),
            ("ホッタ", &["HOTTA"]),
            ("マッチャ", &["MATCHA"]),
            ("フジ", &["FUJI", "HUZI"]),
            ("ユウキ", &["YUKI", "YUUKI"]),
            ("ニイダ", &["NIIDA", "NIDA"]),
        ];
        for (kana, spellings) in cases {
            for spelling in spellings {
                assert_eq!(romaji(kana), latin(spelling), "{kana} {spelling}");
            }
        }
        for (kana, other) in [("タナカ", "TAKANA"), ("サチコ", "SACHIE"), ("オノ", "UNO")] {
            assert_ne!(romaji(kana), latin(other), "{kana} {other}");
        }
    }
}
