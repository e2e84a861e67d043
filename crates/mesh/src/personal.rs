//! Personal data in headers, comments and names. What is found is named by its place; the text itself goes nowhere.

use kernel::Words;

use crate::limits;
use crate::report::{Personal, Place};

/// Words that are about somebody.
const ABOUT: &[&str] = &[
    "patient",
    "birth",
    "dob",
    "surname",
    "firstname",
    "lastname",
    "givenname",
    "familyname",
    "mr.",
    "mrs.",
    "ms.",
    "患者",
    "氏名",
    "姓名",
    "生年月日",
    "カルテ",
    "様",
];
/// Words that programs write: text made of them and numbers is nobody's name.
const PROGRAMS: &[&str] = &[
    "3d",
    "3shape",
    "abutment",
    "abuts",
    "align",
    "antagonist",
    "arch",
    "artec",
    "ascii",
    "assimp",
    "autodesk",
    "bar",
    "binary",
    "bite",
    "blender",
    "body",
    "bridge",
    "build",
    "by",
    "cad",
    "cam",
    "carestream",
    "case",
    "cerec",
    "cloudcompare",
    "color",
    "coping",
    "created",
    "creator",
    "cron",
    "crown",
    "data",
    "default",
    "dental",
    "denture",
    "design",
    "digital",
    "element",
    "exocad",
    "export",
    "exported",
    "exporter",
    "face",
    "faces",
    "file",
    "files",
    "format",
    "from",
    "full",
    "generated",
    "generator",
    "geomagic",
    "gingiva",
    "gmbh",
    "group",
    "header",
    "implant",
    "inc",
    "inlay",
    "intraoral",
    "itero",
    "jaw",
    "left",
    "library",
    "list",
    "ltd",
    "lower",
    "mandible",
    "mandibular",
    "marker",
    "materialise",
    "magics",
    "material",
    "maxilla",
    "maxillary",
    "medit",
    "mesh",
    "meshes",
    "meshlab",
    "meshmixer",
    "mill",
    "mm",
    "model",
    "modeler",
    "netfabb",
    "none",
    "normals",
    "obj",
    "object",
    "objects",
    "occlusion",
    "of",
    "onlay",
    "open3d",
    "output",
    "part",
    "ply",
    "point",
    "pontic",
    "preparation",
    "printer",
    "printing",
    "program",
    "python",
    "rhinoceros",
    "rigid",
    "right",
    "scan",
    "scanbody",
    "scanned",
    "scanner",
    "scene",
    "shape",
    "shell",
    "shining",
    "shining3d",
    "software",
    "solid",
    "splint",
    "stl",
    "studio",
    "surface",
    "texturefile",
    "the",
    "title",
    "tools",
    "tooth",
    "tray",
    "trimesh",
    "trios",
    "unit",
    "units",
    "unnamed",
    "upper",
    "user",
    "using",
    "v",
    "vcg",
    "vcglib",
    "veneer",
    "version",
    "vertex",
    "vertices",
    "visualcam",
    "wax",
    "wavefront",
    "with",
    "writer",
    "written",
    "www",
    "com",
    "https",
    "http",
    "org",
    "jpg",
    "png",
    "mtl",
    "waxup",
    "planmeca",
    "sirona",
    "dentsply",
    "zirconia",
];

/// Notes what speaks for personal data in `text`, which stands in `part` of the file at `place`.
pub(crate) fn of_text(text: &[u8], part: &Words, place: Place, found: &mut Vec<Personal>) {
    if found.len() >= limits::PERSONAL_MAX {
        return;
    }
    if let Some(why) = why(text) {
        found.push(Personal { part: part.clone(), place, why });
    }
}

/// The same for the name of the file itself.
pub(crate) fn of_name(name: &str, found: &mut Vec<Personal>) {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    of_text(stem.as_bytes(), &Words::new("ファイル名", "the name of the file"), Place::Whole, found);
}

/// Notes a field that is about somebody by its name.
pub(crate) fn of_field(field: &str, place: Place, found: &mut Vec<Personal>) {
    if found.len() >= limits::PERSONAL_MAX {
        return;
    }
    let why = Words::new("この項目には人に関する情報が入ります。", "This field is about a person.");
    // The name of a field is the program's, not somebody's; it is repeated within limits all the same.
    let field: String = field.chars().filter(|it| !it.is_control()).take(limits::NAME_CHARS_MAX).collect();
    found.push(Personal {
        part: Words::made(format!("項目「{field}」"), format!("field “{field}”")), place, why
    });
}

fn why(text: &[u8]) -> Option<Words> {
    // Headers are padded with zeros, blanks or what was in memory before.
    let end = text.iter().position(|it| *it == 0).unwrap_or(text.len());
    let Ok(text) = std::str::from_utf8(&text[..end]) else {
        return Some(Words::new("英数字以外の文字があります。", "It has letters other than plain ones."));
    };
    let text = text.trim();
    let lower = text.to_lowercase();
    if ABOUT.iter().any(|it| lower.contains(it)) {
        return Some(Words::new("人に関する語があります。", "It has words that are about a person."));
    }
    if text.chars().any(|it| !it.is_ascii() && it.is_alphabetic()) {
        return Some(Words::new(
            "かな・漢字などの文字があります。氏名かもしれません。",
            "It has letters as names have them (kana, kanji and others).",
        ));
    }
    if dated(&lower) {
        return Some(Words::new("日付と思われる数字があります。", "It has figures like those of a date."));
    }
    let words: Vec<_> =
        lower.split(|it: char| !it.is_alphanumeric()).filter(|it| it.chars().any(char::is_alphabetic)).collect();
    let known = |it: &str| it.chars().count() < 2 || it.chars().any(|it| it.is_ascii_digit()) || PROGRAMS.contains(&it);
    let strange = words.iter().filter(|it| !known(it)).count();
    (strange >= 2).then(|| {
        Words::new(
            "自由な文字列があります。氏名でないか確かめてください。",
            "It has free text. Make sure that it is no name.",
        )
    })
}

/// Eight figures of a day between 1900 and 2099, or the same with hyphens, dots or slashes.
fn dated(text: &str) -> bool {
    text.split(|it: char| !(it.is_ascii_digit() || matches!(it, '-' | '.' | '/'))).any(|run| {
        let parts: Vec<_> = run.split(['-', '.', '/']).collect();
        let [year, month, day] = match parts[..] {
            [year, month, day] => [year, month, day],
            [whole] if whole.len() == 8 && whole.is_ascii() => [&whole[..4], &whole[4..6], &whole[6..]],
            _ => return false,
        };
        let within = |part: &str, least: u16, most: u16| part.parse().is_ok_and(|it: u16| (least..=most).contains(&it));
        year.len() == 4 && within(year, 1900, 2099) && within(month, 1, 12) && within(day, 1, 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_programs_write() {
        for (text, english) in [
            ("", None),
            ("Exported from Blender-2.80 (sub 75)", None),
            ("STLB ATF 12.11.0.59", Some("It has free text. Make sure that it is no name.")),
            ("VCG", None),
            ("solid OBJECT", None),
            ("exocad GmbH", None),
            ("lower_jaw 36 crown", None),
            ("Patient: X", Some("It has words that are about a person.")),
            ("Tanaka Hanako", Some("It has free text. Make sure that it is no name.")),
            ("田中 花子", Some("It has letters as names have them (kana, kanji and others).")),
            ("ﾀﾅｶ", Some("It has letters as names have them (kana, kanji and others).")),
            ("scan 1980-04-01", Some("It has figures like those of a date.")),
            ("19800401", Some("It has figures like those of a date.")),
            ("12345678", None),
            ("COLOR=", None),
        ] {
            assert_eq!(why(text.as_bytes()).map(|it| it.en.into_owned()).as_deref(), english, "{text}");
        }
        assert!(why(b"\x93\x63\x92\x86").is_some(), "Shift_JIS");
        assert_eq!(why(b"VCG\0\xff\xff\xff"), None, "what follows the zero is left over");
    }
}
