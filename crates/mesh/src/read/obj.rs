//! Wavefront OBJ: points, polygons, groups. Materials and textures are named, never opened.

use crate::read::Reading;
use crate::text::{Word, Words};
use crate::{Fault, FaultKind, Limits, Place, Source};

/// Corners of one polygon: scans have triangles and squares, designs a few dozen.
const CORNERS_MAX: usize = 100_000;

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Reading, Fault> {
    let mut reading = Reading::new(limits);
    let from = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut words = Words::new(bytes, from, 1);
    let mut state = State::default();
    loop {
        if let Some(word) = words.word_on_line() {
            line(&mut words, word, &mut reading, limits, &mut state)?;
        }
        if !words.next_line() {
            break;
        }
    }
    let points = reading.surface.points.len();
    if let Some((index, place)) = state.ahead.filter(|(index, _)| *index > points) {
        return Err(Fault::new(FaultKind::Index, place).counted(points, index));
    }
    if state.coloured {
        reading.surface.colours = state.colours;
    }
    reading.commas = state.commas;
    Ok(reading)
}

#[derive(Default)]
struct State {
    /// The largest number of a point that was not there yet when a polygon named it.
    ahead: Option<(usize, Place)>,
    colours: Vec<[u8; 4]>,
    coloured: bool,
    commas: u64,
    corners: Vec<u32>,
}

fn line(
    words: &mut Words<'_>,
    word: Word<'_>,
    reading: &mut Reading,
    limits: &Limits,
    state: &mut State,
) -> Result<(), Fault> {
    match word.bytes {
        b"v" => point(words, word, reading, limits, state),
        b"f" | b"fo" => polygon(words, word, reading, limits, state),
        b"g" | b"o" => {
            reading.say_word(Source::Name, words.rest_of_line());
            Ok(())
        }
        b"mtllib" | b"usemtl" | b"maplib" | b"usemap" => {
            let name = words.rest_of_line();
            if word.bytes == b"mtllib" || word.bytes == b"maplib" {
                reading.name_material(name);
            } else {
                reading.say_word(Source::Name, name);
            }
            Ok(())
        }
        bytes if bytes.starts_with(b"#") => {
            let rest = words.rest_of_line();
            let whole = &bytes[1..];
            let place =
                Place { length: Some(rest.at as u64 + rest.bytes.len() as u64 - word.at as u64), ..word.place() };
            reading.say(Source::Comment, &[whole, b" ", rest.bytes].concat(), place);
            Ok(())
        }
        // Directions, textures, curves, lines, smoothing: nothing that makes a triangle.
        _ => Ok(()),
    }
}

fn point(
    words: &mut Words<'_>,
    begun: Word<'_>,
    reading: &mut Reading,
    limits: &Limits,
    state: &mut State,
) -> Result<(), Fault> {
    let count = reading.surface.points.len();
    Fault::over(FaultKind::TooMany, begun.place(), limits.points, count + 1)?;
    let mut numbers = [0.0_f64; 7];
    let mut found = 0;
    while found < numbers.len() {
        let Some(word) = words.word_on_line() else { break };
        if found > 2 && word.bytes.starts_with(b"#") {
            break;
        }
        numbers[found] = word.number(&mut state.commas)?;
        found += 1;
    }
    if found < 3 {
        return Err(begun.fault(FaultKind::Structure));
    }
    reading.surface.points.push([numbers[0] as f32, numbers[1] as f32, numbers[2] as f32]);
    // Six numbers are a place and a colour, seven have the weight between; with four the last is the weight.
    let colour = match found {
        6 => Some([numbers[3], numbers[4], numbers[5]]),
        7 => Some([numbers[4], numbers[5], numbers[6]]),
        _ => None,
    };
    if colour.is_some() && !state.coloured {
        state.coloured = true;
        state.colours = vec![[255; 4]; count];
    }
    if state.coloured {
        let [red, green, blue] = colour.unwrap_or([1.0; 3]).map(|it| (it.clamp(0.0, 1.0) * 255.0).round() as u8);
        state.colours.push([red, green, blue, 255]);
    }
    Ok(())
}

fn polygon(
    words: &mut Words<'_>,
    begun: Word<'_>,
    reading: &mut Reading,
    limits: &Limits,
    state: &mut State,
) -> Result<(), Fault> {
    state.corners.clear();
    let points = reading.surface.points.len();
    while let Some(word) = words.word_on_line() {
        if word.bytes.starts_with(b"#") {
            break;
        }
        if word.bytes == b"\\" {
            // The line goes on in the next.
            words.next_line();
            continue;
        }
        let number = word.bytes.split(|it| *it == b'/').next().unwrap_or_default();
        let number: i64 = std::str::from_utf8(number)
            .ok()
            .and_then(|it| it.parse().ok())
            .ok_or_else(|| word.fault(FaultKind::Number))?;
        // From the first point on, or, if negative, back from the last one so far.
        let index = if number < 0 { points as i64 + number } else { number - 1 };
        let place = || Place { triangle: Some(reading.surface.triangles.len() as u64 + 1), ..word.place() };
        if index < 0 || index >= i64::from(u32::MAX) {
            return Err(Fault::new(FaultKind::Index, place()).counted(points, number.unsigned_abs() as usize));
        }
        let index = index as usize;
        if index >= points && state.ahead.as_ref().is_none_or(|(most, _)| index + 1 > *most) {
            state.ahead = Some((index + 1, place()));
        }
        Fault::over(FaultKind::TooMany, place(), CORNERS_MAX, state.corners.len() + 1)?;
        state.corners.push(index as u32);
    }
    if state.corners.len() < 3 {
        return Err(begun.fault(FaultKind::Structure));
    }
    let count = reading.surface.triangles.len() + state.corners.len() - 2;
    Fault::over(FaultKind::TooMany, begun.place(), limits.triangles, count)?;
    reading.surface.fan(&state.corners);
    Ok(())
}
