//! What a file is: by its content first, by its name where the content could be either.

use kernel::Words;

use crate::report::{Broken, Kind, Place, Report};
use crate::surface::Soup;
use crate::{exocad, limits, obj, ply, stl, threemf};

/// What other files begin with, and what they are.
const OTHERS: &[(&[u8], Words)] = &[
    (b"%PDF", Words::new("PDF", "a PDF")),
    (b"\x89PNG", Words::new("画像（PNG）", "a picture (PNG)")),
    (b"\xff\xd8\xff", Words::new("画像（JPEG）", "a picture (JPEG)")),
    (b"7z\xbc\xaf\x27\x1c", Words::new("圧縮ファイル（7z）", "an archive (7z)")),
    (b"Rar!", Words::new("圧縮ファイル（RAR）", "an archive (RAR)")),
    (b"\x1f\x8b", Words::new("圧縮ファイル（gzip）", "an archive (gzip)")),
    (b"MZ", Words::new("プログラム", "a program")),
    (b"\x7fELF", Words::new("プログラム", "a program")),
    (b"<!DOCTYPE html", Words::new("Webページ", "a web page")),
    (b"<html", Words::new("Webページ", "a web page")),
];

pub(crate) fn read(bytes: &[u8], name: &str) -> Result<(Report, Option<Soup>), Broken> {
    if bytes.is_empty() {
        return Err(Broken::new(Words::new("ファイルが空です。", "The file is empty."), Place::Whole));
    }
    if bytes.len() > limits::BYTES_MAX {
        let what = Words::new("ファイルのバイト数", "bytes");
        return Err(Broken::too_many(&what, limits::BYTES_MAX, Place::Whole));
    }
    let (mut report, soup) = by_content(bytes, &ending(name))?;
    if let Some(expected) = misnamed(report.kind, &ending(name)) {
        report.notes.push(expected);
    }
    Ok((report, soup))
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, it)| it.to_ascii_lowercase())
}

fn by_content(bytes: &[u8], ending: &str) -> Result<(Report, Option<Soup>), Broken> {
    if ply::is(bytes) {
        return ply::read(bytes);
    }
    // Before all that looks at text: a binary STL may begin with anything at all.
    if stl::is_binary(bytes) {
        return stl::read_binary(bytes);
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Err(Broken::new(
            Words::new(
                "DICOM画像です。形状データではありません。画像の窓口から送ってください。",
                "This is a DICOM image and no shape. Send it where images are sent.",
            ),
            Place::Whole,
        ));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return threemf::read(bytes);
    }
    if let Some((_, what)) = OTHERS.iter().find(|(begin, _)| bytes.starts_with(begin)) {
        return Err(Broken::new(
            Words::made(
                format!("形状データではありません。中身は{}です。", what.ja),
                format!("This is no shape: it is {}.", what.en),
            ),
            Place::Whole,
        ));
    }
    if let Some(root) = exocad::root(bytes) {
        let lower = root.to_ascii_lowercase();
        return match ending {
            _ if lower == "hps" => Ok((exocad::hps(), None)),
            "constructioninfo" => exocad::read(bytes, Kind::Construction).map(|it| (it, None)),
            "dentalproject" => exocad::read(bytes, Kind::Project).map(|it| (it, None)),
            _ if lower.contains("constructioninfo") => exocad::read(bytes, Kind::Construction).map(|it| (it, None)),
            _ if lower.contains("project") => exocad::read(bytes, Kind::Project).map(|it| (it, None)),
            _ => Err(unknown()),
        };
    }
    if stl::is_text(bytes) {
        return stl::read_text(bytes);
    }
    match ending {
        "constructioninfo" => return exocad::read(bytes, Kind::Construction).map(|it| (it, None)),
        "dentalproject" => return exocad::read(bytes, Kind::Project).map(|it| (it, None)),
        _ => {}
    }
    let text = !bytes[..bytes.len().min(4096)].contains(&0);
    if text && obj::is(bytes) {
        return obj::read(bytes);
    }
    // Its size is not what its count of triangles asks for: more bytes than that, or fewer.
    match ending {
        "stl" if !text || bytes.len() < 84 || !bytes.trim_ascii_start().starts_with(b"solid") => {
            stl::read_binary(bytes)
        }
        "stl" => stl::read_text(bytes),
        "obj" if text => obj::read(bytes),
        _ => Err(unknown()),
    }
}

fn unknown() -> Broken {
    Broken::new(
        Words::new(
            "形状データとして読めません。STL、PLY、OBJ、3MF、exocadの.constructionInfoと.dentalProject、3Shapeの.dcmに対応しています。",
            "This is no shape that is known: STL, PLY, OBJ, 3MF, exocad's .constructionInfo and .dentalProject, and 3Shape's .dcm are.",
        ),
        Place::Byte(0),
    )
}

/// What to say where the name promises something else than what is there.
fn misnamed(kind: Kind, ending: &str) -> Option<Words> {
    let own: &[&str] = match kind {
        Kind::StlBinary | Kind::StlText => &["stl"],
        Kind::PlyText | Kind::PlyLittle | Kind::PlyBig => &["ply"],
        Kind::Obj => &["obj"],
        Kind::ThreeMf => &["3mf"],
        Kind::Construction => &["constructioninfo", "xml"],
        Kind::Project => &["dentalproject", "xml"],
        Kind::Hps => &["dcm", "hps"],
    };
    if ending.is_empty() || own.contains(&ending) {
        return None;
    }
    let words = kind.words();
    Some(Words::made(
        format!("ファイル名の拡張子と中身が違います。中身は{}です。", words.ja),
        format!("The name's ending and the content differ: it is {}.", words.en),
    ))
}
