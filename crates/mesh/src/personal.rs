//! Personal data in what a file says beside its shape: headers, comments, names.
//!
//! A warning with a place, never the words themselves: the answer is kept, the words stay in the file. What looks like the name
//! of a person is a guess; it is better to look once too often. The original is never changed; files that are made
//! here ([`crate::levels`]) hold no text at all.

use serde::{Deserialize, Serialize};

use crate::Place;
use crate::fault::by_key;
use crate::read::Text;

kernel::keyed! {
    /// What kind of personal data it may be.
    pub enum PersonalKind {
        /// A person's name.
        Name => "name", "人の名前らしい文字", "What may be a person's name";
        /// A number of a patient or a case.
        Number => "number", "患者番号らしい数字", "What may be a patient's number";
        /// A date: of birth, of a visit.
        Date => "date", "日付らしい数字", "What may be a date";
        /// An address of mail.
        Mail => "mail", "メールアドレス", "A mail address";
        /// A folder of somebody's computer, with a user's name in it.
        Folder => "folder", "使用者名を含むフォルダー名", "A folder with a user's name";
    }
}
by_key!(PersonalKind);

kernel::keyed! {
    /// In what it stands.
    pub enum Source {
        /// The name of the file.
        FileName => "file_name", "ファイル名", "File name";
        /// The head of the file.
        Header => "header", "先頭部分", "Header";
        /// A comment.
        Comment => "comment", "注記", "Comment";
        /// The name of a part, a material, another file.
        Name => "name", "部品や材質の名前", "Name of a part or material";
        /// A field with a name.
        Metadata => "metadata", "付属情報", "Metadata";
    }
}
by_key!(Source);

/// Something that may be personal data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Personal {
    /// What it may be.
    pub kind: PersonalKind,
    /// In what.
    pub source: Source,
    /// Where.
    pub place: Place,
}

/// What may be personal in the name of a file and in its texts.
pub(crate) fn find(name: &str, texts: &[Text]) -> Vec<Personal> {
    let mut found = Vec::new();
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    for kind in kinds(stem) {
        found.push(Personal { kind, source: Source::FileName, place: Place::default() });
    }
    for text in texts {
        for kind in kinds(&text.text) {
            found.push(Personal { kind, source: text.source, place: text.place.clone() });
        }
    }
    found
}

/// The kinds of personal data that a text may hold.
pub(crate) fn kinds(text: &str) -> Vec<PersonalKind> {
    let (date, number) = digits(text);
    let folder = folder(text);
    let checks = [
        (PersonalKind::Name, !folder && name(text)),
        (PersonalKind::Number, number),
        (PersonalKind::Date, date),
        (PersonalKind::Mail, mail(text)),
        (PersonalKind::Folder, folder),
    ];
    checks.into_iter().filter_map(|(kind, found)| found.then_some(kind)).collect()
}

/// Words around dental files that are nobody's name.
const WORDS: &[&str] = &[
    "3shape",
    "abutment",
    "antagonist",
    "arch",
    "ascii",
    "asset",
    "base",
    "binary",
    "bite",
    "blender",
    "bridge",
    "by",
    "cad",
    "case",
    "color",
    "colour",
    "color",
    "contact",
    "core",
    "created",
    "crown",
    "default",
    "dental",
    "design",
    "designer",
    "desktop",
    "die",
    "edition",
    "exocad",
    "export",
    "exported",
    "exporter",
    "file",
    "format",
    "from",
    "full",
    "generated",
    "geomagic",
    "gingiva",
    "gum",
    "implant",
    "import",
    "inlay",
    "itero",
    "jaw",
    "left",
    "library",
    "lower",
    "mandible",
    "mandibular",
    "margin",
    "materialise",
    "material",
    "maxilla",
    "maxillary",
    "medit",
    "mesh",
    "meshlab",
    "meshmixer",
    "model",
    "object",
    "occlusion",
    "onlay",
    "open",
    "open3d",
    "order",
    "part",
    "pontic",
    "post",
    "prep",
    "preparation",
    "right",
    "scan",
    "scanbody",
    "scene",
    "shade",
    "sirona",
    "software",
    "solid",
    "source",
    "stl",
    "stump",
    "studio",
    "surface",
    "suite",
    "system",
    "texture",
    "the",
    "tooth",
    "trios",
    "trimesh",
    "units",
    "upper",
    "vcglib",
    "veneer",
    "version",
    "with",
    "wax",
    "waxup",
    "wings",
    "wavefront",
    "windows",
    "numpy",
    "microsoft",
    "builder",
    "magics",
    "rhino",
    "rhinoceros",
    "solidworks",
    "autodesk",
    "fusion",
    "inventor",
    "netfabb",
    "prusa",
    "bambu",
    "slicer",
    "autocad",
    "creo",
    "ply",
    "obj",
    "mtl",
    "total",
    "generator",
    "created",
    "writer",
    "www",
    "http",
    "https",
    "com",
    "org",
    "application",
    "title",
    "copyright",
    "licence",
    "license",
    "thumbnail",
    "vertices",
    "faces",
    "normals",
    "vertex",
    "face",
];

/// Words that announce a name, in the languages that such files come in.
const NAMING: &[&str] = &["patient", "patientname", "lastname", "firstname", "surname", "dentist", "doctor"];

fn name(text: &str) -> bool {
    let words: Vec<&str> = text.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
    let known = |it: &str| WORDS.contains(&it.to_ascii_lowercase().as_str());
    let announced = words.iter().any(|it| NAMING.contains(&it.to_ascii_lowercase().as_str()))
        && words.iter().any(|it| it.chars().any(char::is_alphabetic) && !known(it) && !announces(it));
    // `YAMADA^TARO`, as medical programs write names.
    let carets = text
        .split_once('^')
        .is_some_and(|(before, after)| before.ends_with(char::is_alphabetic) && after.starts_with(char::is_alphabetic));
    announced || carets || japanese(text) || pair(text, &known)
}

fn announces(word: &str) -> bool {
    NAMING.contains(&word.to_ascii_lowercase().as_str())
}

/// Whether it holds Japanese that is no word of the trade.
fn japanese(text: &str) -> bool {
    const TRADE: &[&str] = &[
        "昭和",
        "平成",
        "令和",
        "年",
        "月",
        "日",
        "上顎",
        "下顎",
        "上あご",
        "下あご",
        "右",
        "左",
        "冠",
        "橋",
        "クラウン",
        "ブリッジ",
        "インレー",
        "咬合",
        "対合",
        "模型",
        "設計",
        "スキャン",
        "全顎",
        "歯",
        "番",
        "支台",
        "義歯",
        "部分床",
        "最終",
        "修正",
        "単位",
        "ミリメートル",
        "データ",
        "印象",
    ];
    let mut rest = text.to_owned();
    for word in TRADE {
        rest = rest.replace(word, " ");
    }
    let letters =
        rest.chars().filter(|it| matches!(it, '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '々')).count();
    letters >= 2
}

/// Two words beside each other that look like a family and a given name.
fn pair(text: &str, known: &impl Fn(&str) -> bool) -> bool {
    let parts: Vec<&str> = text.split([' ', '_', ',', '-', '\t']).collect();
    let like = |it: &str| {
        let mut letters = it.chars();
        let capital = letters.next().is_some_and(char::is_uppercase);
        let rest = letters.as_str();
        let cased = rest.chars().all(char::is_lowercase) || rest.chars().all(char::is_uppercase);
        capital && rest.chars().count() >= 2 && rest.chars().all(char::is_alphabetic) && cased && !known(it)
    };
    let near: Vec<&str> = parts.into_iter().filter(|it| !it.is_empty()).collect();
    near.windows(2).any(|it| like(it[0]) && like(it[1]))
}

fn mail(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        word.split_once('@').is_some_and(|(before, after)| {
            before.ends_with(|it: char| it.is_ascii_alphanumeric()) && after.contains('.') && after.len() > 3
        })
    })
}

fn folder(text: &str) -> bool {
    // In pieces, or a check of this project's own sources would take them for paths of this machine.
    let homes = [concat!("\\us", "ers\\"), concat!("/us", "ers/"), concat!("/ho", "me/"), "\\documents and settings\\"];
    let lower = text.to_ascii_lowercase();
    homes.iter().any(|it| lower.contains(it))
}

/// Whether a date is in it, and whether a number as long as a patient's.
fn digits(text: &str) -> (bool, bool) {
    let (mut date, mut number) = (false, false);
    // Runs of digits with the one sign behind each. What follows a point is a fraction.
    let mut runs: Vec<(String, Option<char>)> = Vec::new();
    let (mut fraction, mut fractions) = (false, Vec::new());
    let mut run = String::new();
    let mut before = None;
    for letter in text.chars().chain([' ']) {
        // Letters of hexadecimal numbers and versions stick to their digits.
        if letter.is_ascii_digit() && !run.is_empty()
            || letter.is_ascii_digit() && !before.is_some_and(char::is_alphabetic)
        {
            fraction |= run.is_empty() && before == Some('.');
            run.push(letter);
        } else if !run.is_empty() {
            runs.push((std::mem::take(&mut run), Some(letter)));
            fractions.push(std::mem::take(&mut fraction));
        }
        before = Some(letter);
    }
    let value = |it: &str| it.parse::<u32>().unwrap_or(u32::MAX);
    let day = |month: &str, day: &str| {
        (1..=2).contains(&month.len())
            && (1..=2).contains(&day.len())
            && (1..=12).contains(&value(month))
            && (1..=31).contains(&value(day))
    };
    let year = |it: &str| it.len() == 4 && (1900..2100).contains(&value(it));
    for (place, (run, after)) in runs.iter().enumerate() {
        let joined = |it: Option<char>| matches!(it, Some('-' | '/' | '.' | '_' | '年' | '月'));
        if let [(b, after_b), (c, _), ..] = &runs[place + 1..]
            && joined(*after)
            && joined(*after_b)
            && (year(run) && day(b, c) || year(c) && (day(b, run) || day(run, b)))
        {
            date = true;
        }
        let packed = run.len() == 8 && run.is_ascii() && year(&run[..4]) && day(&run[4..6], &run[6..]);
        date |= packed;
        number |= run.len() >= 5 && !packed && *after != Some('.') && !fractions[place];
    }
    date |= ["昭和", "平成", "令和"].iter().any(|it| text.contains(it));
    (date, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_are_found_and_the_words_of_the_trade_are_not() {
        let cases = [
            ("Patient: Yamada Taro", "name"),
            ("YAMADA^TARO", "name"),
            ("山田太郎", "name"),
            ("Yamada_Hanako_upper", "name"),
            ("山田 花子 上顎", "name"),
            ("PatientID 0012345", "number"),
            ("case 1234567", "number"),
            ("1956-03-04", "date"),
            ("4.3.1956", "date"),
            ("19560304", "date"),
            ("昭和31年3月4日", "date"),
            ("taro@example.jp", "mail"),
            (concat!("C:\\Us", "ers\\yamada\\scan.jpg"), "folder"),
            ("Exported from Blender-4.1.1", ""),
            ("VCGLIB generated", ""),
            ("solid upper jaw", ""),
            ("Created by Open3D", ""),
            ("numpy-stl 3.1.1", ""),
            ("上顎 クラウン 11番", ""),
            ("Full Arch Upper", ""),
            ("COLOR=a0b0c0d0,MATERIAL=12", ""),
            ("trimesh 5.2.0", ""),
            ("Created 2026-11-21T14:23:01.123456", "date"),
            ("", ""),
        ];
        for (text, wanted) in cases {
            let found: Vec<_> = kinds(text).into_iter().map(PersonalKind::key).collect();
            assert_eq!(found.join(","), wanted, "{text}");
        }
    }
}
