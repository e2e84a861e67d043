//! STL, binary and text. It has neither unit nor colour; what a header says in text is looked at for personal data.

use kernel::Words;

use crate::limits;
use crate::numbers::{Bytes, Lines, float, words};
use crate::personal;
use crate::report::{Broken, Kind, Place, Report};
use crate::surface::Soup;

const HEADER_BYTES: usize = 80;
const TRIANGLE_BYTES: usize = 50;

fn triangles_word() -> Words {
    Words::new("三角形の数", "triangles")
}

/// How many bytes a binary file has whose header names `count` triangles.
fn binary_bytes(count: u32) -> u64 {
    (HEADER_BYTES + 4) as u64 + u64::from(count) * TRIANGLE_BYTES as u64
}

/// Whether the size of the file is the one that its count of triangles asks for: then it is binary, whatever its header
/// begins with. Many programs write `solid` there.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    Bytes::new(bytes, HEADER_BYTES).u32().is_ok_and(|count| binary_bytes(count) == bytes.len() as u64)
}

/// Whether it is text: it begins with `solid`, and a facet or the end follows among the first lines.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let begins = head.trim_ascii_start();
    let word = |it: &[u8]| head.windows(it.len()).any(|at| at.eq_ignore_ascii_case(it));
    begins.get(..5).is_some_and(|it| it.eq_ignore_ascii_case(b"solid")) && (word(b"facet") || word(b"endsolid"))
}

pub(crate) fn read_binary(bytes: &[u8]) -> Result<(Report, Option<Soup>), Broken> {
    let mut report = Report::new(Kind::StlBinary);
    let mut at = Bytes::new(bytes, 0);
    let header = at.take(HEADER_BYTES)?;
    let count = at.u32()?;
    let (needs, has) = (binary_bytes(count), bytes.len() as u64);
    if needs > has {
        return Err(Broken::new(
            Words::made(
                format!(
                    "ファイルが途中で終わっています：三角形{count}個には{needs}バイト必要ですが、{has}バイトしかありません。もう一度書き出して送ってください。"
                ),
                format!(
                    "The file ends in the middle: its {count} triangles need {needs} bytes, and it has {has}. Export it again and send it once more."
                ),
            ),
            Place::Byte(has),
        ));
    }
    let count = count as usize;
    if count > limits::TRIANGLES_MAX {
        return Err(Broken::too_many(&triangles_word(), limits::TRIANGLES_MAX, Place::Byte(HEADER_BYTES as u64)));
    }
    personal::of_text(
        header,
        &Words::new("STLのヘッダー", "the header of the STL"),
        Place::Byte(0),
        &mut report.personal,
    );
    let mut soup = Soup::default();
    soup.positions.reserve(count * 3);
    for _ in 0..count {
        let triangle = at.take(TRIANGLE_BYTES)?;
        for corner in triangle[12..48].as_chunks::<12>().0 {
            let number =
                |from: usize| f32::from_le_bytes([corner[from], corner[from + 1], corner[from + 2], corner[from + 3]]);
            soup.positions.push([number(0), number(4), number(8)]);
        }
    }
    if at.left() > 0 {
        let left = at.left();
        report.notes.push(Words::made(
            format!("最後の三角形の後に{left}バイトの余分なデータがあります。"),
            format!("{left} more bytes follow after the last triangle."),
        ));
    }
    soup.in_threes();
    Ok((report, Some(soup)))
}

pub(crate) fn read_text(bytes: &[u8]) -> Result<(Report, Option<Soup>), Broken> {
    let mut report = Report::new(Kind::StlText);
    let mut soup = Soup::default();
    let mut lines = Lines::new(bytes);
    let mut corners = 0;
    let mut open = false;
    while let Some(line) = lines.next()? {
        let place = lines.place();
        let mut parts = words(line);
        let Some(word) = parts.next() else { continue };
        let is = |it: &str| word.eq_ignore_ascii_case(it.as_bytes());
        if is("vertex") {
            if corners == 3 {
                return Err(Broken::new(
                    Words::new("面の頂点が3つより多くあります。", "A facet has more than three vertices."),
                    place,
                ));
            }
            corners += 1;
            soup.positions.push([
                float(parts.next(), place)?,
                float(parts.next(), place)?,
                float(parts.next(), place)?,
            ]);
            if soup.positions.len() > limits::TRIANGLES_MAX * 3 {
                return Err(Broken::too_many(&triangles_word(), limits::TRIANGLES_MAX, place));
            }
        } else if is("endfacet") || is("facet") {
            if corners != if is("facet") { 0 } else { 3 } {
                return Err(Broken::new(
                    Words::new("面の頂点が3つそろっていません。", "A facet does not have its three vertices."),
                    place,
                ));
            }
            corners = 0;
        } else if is("solid") || is("endsolid") {
            open = is("solid");
            let rest = line.trim_ascii_start().get(word.len()..).unwrap_or_default();
            personal::of_text(rest, &Words::new("STL内の名前", "a name within the STL"), place, &mut report.personal);
        } else if !["outer", "endloop", "color"].iter().any(|it| is(it)) {
            // A word that was cut off is the end of the file, not a strange line.
            if lines.rest().is_empty() {
                return Err(Broken::cut(bytes.len()));
            }
            return Err(Broken::new(
                Words::new("STLとして読めない行があります。", "A line is none of an STL file."),
                place,
            ));
        }
    }
    if corners != 0 || open {
        return Err(Broken::cut(bytes.len()));
    }
    soup.in_threes();
    Ok((report, Some(soup)))
}
