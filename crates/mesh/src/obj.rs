//! Wavefront OBJ: vertices, with colours behind the coordinates where a scanner writes them, and faces. The library of
//! materials is named in the report and never opened.

use kernel::Words;

use crate::limits;
use crate::numbers::{Lines, float, index, whole, words};
use crate::personal;
use crate::report::{Broken, Kind, Place, Report};
use crate::surface::Soup;

/// Whether the first lines that say something are those of an OBJ file.
pub(crate) fn is(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 12] = [b"v", b"vn", b"vt", b"vp", b"f", b"o", b"g", b"s", b"l", b"p", b"mtllib", b"usemtl"];
    let mut lines = Lines::new(&bytes[..bytes.len().min(64 * 1024)]);
    while let Ok(Some(line)) = lines.next() {
        match words(line).next() {
            None => {}
            Some(word) if word.starts_with(b"#") => {}
            Some(word) => return WORDS.contains(&word),
        }
    }
    false
}

pub(crate) fn read(bytes: &[u8]) -> Result<(Report, Option<Soup>), Broken> {
    let mut report = Report::new(Kind::Obj);
    let mut soup = Soup::default();
    let mut lines = Lines::new(bytes);
    // A backslash at its end continues a line.
    let mut joined: Vec<u8> = Vec::new();
    while let Some(line) = lines.next()? {
        let place = lines.place();
        if let Some(begin) = line.strip_suffix(b"\\") {
            joined.extend_from_slice(begin);
            joined.push(b' ');
            if joined.len() > limits::LINE_BYTES_MAX {
                let what = Words::new("1行のバイト数", "bytes in one line");
                return Err(Broken::too_many(&what, limits::LINE_BYTES_MAX, place));
            }
        } else if joined.is_empty() {
            statement(line, place, &mut soup, &mut report)?;
        } else {
            joined.extend_from_slice(line);
            statement(&joined, place, &mut soup, &mut report)?;
            joined.clear();
        }
    }
    if !joined.is_empty() {
        return Err(Broken::cut(bytes.len()));
    }
    if soup.triangles.is_empty() && !soup.positions.is_empty() {
        return Err(Broken::new(
            Words::new(
                "面がありません。点だけのデータ（点群）は扱えません。",
                "It has no faces: points alone cannot be used.",
            ),
            Place::Whole,
        ));
    }
    Ok((report, Some(soup)))
}

fn statement(line: &[u8], place: Place, soup: &mut Soup, report: &mut Report) -> Result<(), Broken> {
    let mut parts = words(line);
    let Some(word) = parts.next() else { return Ok(()) };
    let rest = || line.trim_ascii_start().get(word.len()..).unwrap_or_default();
    match word {
        b"v" => vertex(parts, place, soup)?,
        b"f" => face(parts, place, soup)?,
        b"o" | b"g" | b"usemtl" => {
            let part = Words::new("OBJ内の名前", "a name within the OBJ");
            personal::of_text(rest(), &part, place, &mut report.personal);
        }
        b"mtllib" => {
            let part = Words::new("OBJが参照するファイル名", "the name of a file that the OBJ refers to");
            personal::of_text(rest(), &part, place, &mut report.personal);
            library(rest(), report);
        }
        _ if word.starts_with(b"#") => {
            let text = line.trim_ascii_start().trim_ascii_end();
            let part = Words::new("OBJのコメント", "a comment of the OBJ");
            personal::of_text(text, &part, place, &mut report.personal);
        }
        // Normals, texture places, smoothing, curves, lines and points: nothing of the surface.
        _ if word.first().is_some_and(u8::is_ascii_alphabetic) => {}
        _ => {
            return Err(Broken::new(
                Words::new("OBJとして読めない行があります。", "A line is none of an OBJ file."),
                place,
            ));
        }
    }
    Ok(())
}

fn vertex<'a>(parts: impl Iterator<Item = &'a [u8]>, place: Place, soup: &mut Soup) -> Result<(), Broken> {
    let mut numbers = [0.0_f32; 7];
    let mut count = 0;
    for (number, word) in numbers.iter_mut().zip(parts) {
        *number = float(Some(word), place)?;
        count += 1;
    }
    let [x, y, z, rest @ ..] = numbers;
    if count < 3 {
        float(None, place)?;
    }
    soup.positions.push([x, y, z]);
    // Six or seven: a colour behind the coordinates. Four: a weight that belongs to curves.
    if count >= 6 {
        let byte = |share: f32| (share * 255.0).round() as u8;
        let colours = soup.colours.get_or_insert_default();
        colours.resize(soup.positions.len() - 1, [255; 4]);
        colours.push([byte(rest[0]), byte(rest[1]), byte(rest[2]), 255]);
    } else if let Some(colours) = &mut soup.colours {
        colours.push([255; 4]);
    }
    if soup.positions.len() > limits::VERTICES_MAX {
        return Err(Broken::too_many(&Words::new("頂点の数", "vertices"), limits::VERTICES_MAX, place));
    }
    Ok(())
}

fn face<'a>(parts: impl Iterator<Item = &'a [u8]>, place: Place, soup: &mut Soup) -> Result<(), Broken> {
    let count = soup.positions.len();
    let (mut first, mut last, mut corners) = (0, 0, 0);
    for word in parts {
        let named = whole(word.split(|it| *it == b'/').next(), place)?;
        // One is the first vertex, minus one the last so far.
        let at = if named < 0 { named.saturating_add(count as i64) } else { named - 1 };
        let corner = index(at, count, place)?;
        match corners {
            0 => first = corner,
            1 => {}
            _ => soup.triangle([first, last, corner], place)?,
        }
        last = corner;
        corners += 1;
        if corners > limits::CORNERS_MAX {
            return Err(Broken::too_many(
                &Words::new("1つの面の頂点", "corners of one face"),
                limits::CORNERS_MAX,
                place,
            ));
        }
    }
    if corners < 3 {
        return Err(Broken::new(
            Words::new("面の頂点が3つそろっていません。", "A face does not have three corners."),
            place,
        ));
    }
    Ok(())
}

/// Says that there are files beside this one. A name that leads out of the folder is somebody's attempt, and said so.
fn library(named: &[u8], report: &mut Report) {
    let named = String::from_utf8_lossy(named);
    let outside = named.split(['/', '\\']).any(|it| it.trim() == "..")
        || named.trim_start().starts_with(['/', '\\'])
        || named.contains(':');
    let note = if outside {
        Words::new(
            "このファイルは、フォルダーの外にある材質ファイルを指しています。開いていません。",
            "The file refers to a file of materials outside of its folder. It was not opened.",
        )
    } else {
        Words::new(
            "色や材質は別のファイル（MTL、画像）にあり、ここでは表示しません。",
            "Colours and materials are in other files (MTL, pictures) and are not shown here.",
        )
    };
    if !report.notes.contains(&note) {
        report.notes.push(note);
    }
}
