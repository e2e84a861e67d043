//! The XML of exocad's projects (`.dentalProject`) and of how what was designed is made (`.constructionInfo`), and 3Shape's
//! packed scans. There is no published schema: elements are known by their names, wherever they stand, and the bytes are
//! kept as they came.

use kernel::Words;

use crate::archive::not_utf8;
use crate::limits;
use crate::personal;
use crate::report::{Broken, Kind, Place, Project, Report};
use crate::xml::{Piece, Reader};

/// The name of the outermost element, if it is XML.
pub(crate) fn root(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(64 * 1024))?;
    let text = text_of(head, true)?;
    let mut reader = Reader::new(text.trim_start_matches('\u{feff}').trim_start());
    loop {
        match reader.next() {
            Ok(Some(Piece::Start(tag))) => return Some(tag.name.to_owned()),
            Ok(Some(_)) => {}
            // A document type is refused where the file is read; that it is XML is known.
            Err(_) if reader.depth() == 0 && text.contains("<!DOCTYPE") => return Some(String::new()),
            _ => return None,
        }
    }
}

/// UTF-8, or UTF-16 with its mark, as programs on Windows write it.
fn text_of(bytes: &[u8], head: bool) -> Option<String> {
    let wide = |from: &[u8], order: fn([u8; 2]) -> u16| {
        let (pairs, rest) = from.as_chunks::<2>();
        let all: Option<String> = char::decode_utf16(pairs.iter().map(|it| order(*it))).map(Result::ok).collect();
        all.filter(|_| head || rest.is_empty())
    };
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return wide(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return wide(rest, u16::from_be_bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        // The head may end within a letter.
        Err(error) if head && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok().map(str::to_owned)
        }
        Err(_) => None,
    }
}

/// 3Shape's packed scan. Its points may be encrypted, and the key is nobody's but the maker's: it is kept as it is.
pub(crate) fn hps() -> Report {
    let mut report = Report::new(Kind::Hps);
    report.notes.push(Words::new(
        "3Shape独自の形式（.dcm）です。DICOMではありません。このまま保管しますが、表示はできません。STLまたはPLYでも書き出してもらってください。",
        "This is 3Shape's own format (.dcm), which is no DICOM. It is kept as it is and cannot be shown. Ask for an export as STL or PLY as well.",
    ));
    report
}

pub(crate) fn read(bytes: &[u8], kind: Kind) -> Result<Report, Broken> {
    if bytes.len() > limits::PROJECT_BYTES_MAX {
        let what = Words::new("プロジェクトファイルのバイト数", "bytes in a project file");
        return Err(Broken::too_many(&what, limits::PROJECT_BYTES_MAX, Place::Whole));
    }
    let Some(text) = text_of(bytes, false) else {
        return Err(not_utf8(std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len)));
    };
    let mut report = Report::new(kind);
    let mut project = Project::default();
    let mut reader = Reader::new(text.trim_start_matches('\u{feff}').trim_start());
    let comment = Words::new("XMLのコメント", "a comment of the XML");
    loop {
        let place = reader.place();
        match reader.next()? {
            None => break,
            Some(Piece::Comment(text)) => personal::of_text(text.as_bytes(), &comment, place, &mut report.personal),
            Some(Piece::Text(text)) => {
                let (within, field) = match reader.path() {
                    [.., within, field] => (*within, *field),
                    [field] => ("", *field),
                    [] => continue,
                };
                field_of(within, field, text.trim(), place, &mut project, &mut report);
            }
            Some(Piece::Start(tag)) => {
                // Some editions write fields as attributes of their element.
                for (name, value) in tag.attributes() {
                    let value = crate::xml::unescape(value, place)?;
                    if !name.starts_with("xmlns") && !name.contains(':') && !value.trim().is_empty() {
                        field_of(tag.name, name, value.trim(), place, &mut project, &mut report);
                    }
                }
            }
            Some(Piece::End) => {}
        }
    }
    report.project = Some(project);
    Ok(report)
}

fn field_of(within: &str, field: &str, value: &str, place: Place, project: &mut Project, report: &mut Report) {
    let lower = field.to_ascii_lowercase();
    let within = within.to_ascii_lowercase();
    let tooth = within.contains("tooth") || within.contains("teeth");
    let list = match lower.as_str() {
        "number" if tooth => Some(&mut project.teeth),
        "toothnumber" => Some(&mut project.teeth),
        "material" | "materialname" => Some(&mut project.materials),
        "reconstructiontype" => Some(&mut project.works),
        _ if of_mesh(value) => Some(&mut project.files),
        _ => None,
    };
    if let Some(list) = list {
        // Only the last part of a path: where it lay on somebody's disk may hold a name.
        let name = value.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String = name.chars().filter(|it| !it.is_control()).take(limits::NAME_CHARS_MAX).collect();
        if of_mesh(value) {
            let part = Words::new("参照するファイル名", "the name of a file that it refers to");
            personal::of_text(value.as_bytes(), &part, place, &mut report.personal);
        }
        if list.len() < limits::NAMED_MAX && !list.contains(&name) {
            list.push(name);
        }
        return;
    }
    const ABOUT: [&str; 10] = [
        "patient",
        "practice",
        "dentist",
        "doctor",
        "technician",
        "birth",
        "lastname",
        "firstname",
        "client",
        "customer",
    ];
    let person = ["patient", "practice", "dentist", "doctor", "technician", "client", "customer"];
    let named = ABOUT.iter().any(|it| lower.contains(it));
    let inside = lower.contains("name") && person.iter().any(|it| within.contains(it));
    // What only tells one patient from another by a made number is personal too; a field without letters or figures is not.
    if (named || inside) && value.chars().any(char::is_alphanumeric) && !plain(value) {
        personal::of_field(field, place, &mut report.personal);
    } else if matches!(lower.as_str(), "notes" | "comment" | "comments" | "projectname" | "remarks") {
        let part = Words::new("備考・名前の項目", "a field for notes or names");
        personal::of_text(value.as_bytes(), &part, place, &mut report.personal);
    }
}

/// A switch or an empty id says nothing about anybody.
fn plain(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false") || value.chars().all(|it| matches!(it, '0' | '-' | '.' | '{' | '}'))
}

fn of_mesh(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    [".stl", ".ply", ".obj", ".3mf", ".off", ".eoff", ".constructioninfo", ".dentalproject"]
        .iter()
        .any(|it| lower.ends_with(it))
}
