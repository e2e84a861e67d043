//! STL, binary and text. The word `solid` at the beginning proves nothing: many programs write it into binary files.

use crate::read::Reading;
use crate::surface::{cross, dot, minus};
use crate::text::{Word, Words};
use crate::{Fault, FaultKind, Limits, Place, Source};

/// Eighty bytes of anything, and the number of triangles.
pub(crate) const HEAD: usize = 84;
const TRIANGLE: usize = 50;

/// How many triangles a binary file announces.
fn announced(bytes: &[u8]) -> Option<usize> {
    let count = bytes.get(80..HEAD)?;
    Some(u32::from_le_bytes([count[0], count[1], count[2], count[3]]) as usize)
}

/// Whether it is binary beyond doubt: as long as it announces.
pub(crate) fn is_exact(bytes: &[u8]) -> bool {
    announced(bytes).is_some_and(|it| it > 0 && bytes.len() == HEAD + it * TRIANGLE)
}

/// Whether it is text: `solid`, then `facet` or `endsolid`.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let mut words = Words::new(&bytes[..bytes.len().min(4096)], 0, 1);
    if !words.word().is_some_and(|it| it.is("solid")) {
        return false;
    }
    // The name may hold anything, also the word `facet`; it ends with its line.
    words.next_line();
    words.word().is_some_and(|it| it.is("facet") || it.is("endsolid"))
}

pub(crate) fn binary(bytes: &[u8], limits: &Limits) -> Result<Reading, Fault> {
    let Some(count) = announced(bytes) else {
        return Err(Fault::new(FaultKind::Truncated, Place::byte(bytes.len())));
    };
    let body = &bytes[HEAD..];
    let whole = body.len() / TRIANGLE;
    if whole < count {
        let place = Place { triangle: Some(whole as u64 + 1), ..Place::byte(HEAD + whole * TRIANGLE) };
        return Err(Fault::new(FaultKind::Truncated, place).counted(count, whole));
    }
    Fault::over(FaultKind::TooMany, Place::byte(80), limits.triangles.min(limits.points / 3), count)?;
    let mut reading = Reading::new(limits);
    reading.say(Source::Header, &bytes[..80], Place { length: Some(80), ..Place::byte(0) });
    let end = HEAD + count * TRIANGLE;
    if end < bytes.len() {
        reading.trailing = Some(Place { length: Some((bytes.len() - end) as u64), ..Place::byte(end) });
    }
    reading.surface.points.reserve_exact(count * 3);
    reading.surface.triangles.reserve_exact(count);
    for (place, triangle) in body.chunks_exact(TRIANGLE).take(count).enumerate() {
        let vector = |at: usize| {
            [0, 4, 8].map(|it| {
                let at = at + it;
                f32::from_le_bytes([triangle[at], triangle[at + 1], triangle[at + 2], triangle[at + 3]])
            })
        };
        add(&mut reading, vector(0), [vector(12), vector(24), vector(36)], || Place {
            triangle: Some(place as u64 + 1),
            ..Place::byte(HEAD + place * TRIANGLE)
        });
    }
    Ok(reading)
}

pub(crate) fn text(bytes: &[u8], limits: &Limits) -> Result<Reading, Fault> {
    let mut reading = Reading::new(limits);
    let from = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut words = Words::new(bytes, from, 1);
    let mut commas = 0;
    while let Some(word) = words.word() {
        if !word.is("solid") {
            return Err(word.fault(FaultKind::Structure));
        }
        reading.say_word(Source::Header, words.rest_of_line());
        loop {
            let word = next(&mut words)?;
            if word.is("endsolid") {
                words.rest_of_line();
                break;
            }
            if !word.is("facet") {
                return Err(word.fault(FaultKind::Structure));
            }
            facet(&mut words, &mut reading, limits, word, &mut commas)?;
        }
    }
    reading.commas = commas;
    Ok(reading)
}

fn facet(
    words: &mut Words<'_>,
    reading: &mut Reading,
    limits: &Limits,
    begun: Word<'_>,
    commas: &mut u64,
) -> Result<(), Fault> {
    let count = reading.surface.triangles.len();
    let at = || Place { triangle: Some(count as u64 + 1), ..begun.place() };
    Fault::over(FaultKind::TooMany, at(), limits.triangles.min(limits.points / 3), count + 1)?;
    expect(words, "normal")?;
    let normal = vector(words, commas)?;
    expect(words, "outer")?;
    expect(words, "loop")?;
    let mut corners = [[0.0; 3]; 3];
    for corner in &mut corners {
        expect(words, "vertex")?;
        *corner = vector(words, commas)?;
    }
    expect(words, "endloop")?;
    expect(words, "endfacet")?;
    add(reading, normal, corners, at);
    Ok(())
}

fn next<'a>(words: &mut Words<'a>) -> Result<Word<'a>, Fault> {
    words.word().ok_or_else(|| Fault::new(FaultKind::Truncated, words.here()))
}

fn expect(words: &mut Words<'_>, wanted: &str) -> Result<(), Fault> {
    let word = next(words)?;
    if word.is(wanted) { Ok(()) } else { Err(word.fault(FaultKind::Structure)) }
}

fn vector(words: &mut Words<'_>, commas: &mut u64) -> Result<[f32; 3], Fault> {
    let mut numbers = [0.0; 3];
    for number in &mut numbers {
        *number = next(words)?.number(commas)? as f32;
    }
    Ok(numbers)
}

fn add(reading: &mut Reading, normal: [f32; 3], corners: [[f32; 3]; 3], place: impl FnOnce() -> Place) {
    let first = reading.surface.points.len() as u32;
    reading.surface.points.extend(corners);
    reading.surface.triangles.push([first, first + 1, first + 2]);
    let [a, b, c] = corners.map(|it| it.map(f64::from));
    if dot(normal.map(f64::from), cross(minus(b, a), minus(c, a))) < 0.0 {
        reading.against.0 += 1;
        reading.against.1.get_or_insert_with(place);
    }
}
