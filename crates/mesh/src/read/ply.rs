//! PLY, text and binary of both byte orders, with colours. Elements and properties that are not needed are stepped over.

mod head;

use crate::read::Reading;
use crate::text::Words;
use crate::{Fault, FaultKind, Limits, Place, Source};
use head::{Coding, Element, Head, Property, Scalar};

/// Corners of one polygon.
const CORNERS_MAX: usize = 100_000;

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Reading, Fault> {
    let mut reading = Reading::new(limits);
    let head = head::read(bytes, &mut reading)?;
    let mut from = match head.coding {
        Coding::Text => From::Text(Words::new(bytes, head.end, head.lines), 0),
        coding => From::Binary { bytes, at: head.end, big: coding == Coding::Big },
    };
    elements(&head, &mut from, &mut reading, limits)?;
    match from {
        From::Text(mut words, commas) => {
            reading.commas = commas;
            if let Some(word) = words.word() {
                reading.trailing =
                    Some(Place { length: Some((bytes.len() - word.at) as u64), ..Place::line(word.line, word.at) });
            }
        }
        From::Binary { at, .. } if at < bytes.len() => {
            reading.trailing = Some(Place { length: Some((bytes.len() - at) as u64), ..Place::byte(at) });
        }
        From::Binary { .. } => {}
    }
    Ok(reading)
}

fn elements(head: &Head, from: &mut From<'_>, reading: &mut Reading, limits: &Limits) -> Result<(), Fault> {
    for element in &head.elements {
        // No count is believed before the bytes are there.
        let least = element.count.saturating_mul(element.least(head.coding == Coding::Text));
        if least > from.left() {
            let wanted = element.count;
            let held = if element.count == 0 { 0 } else { from.left() / element.least(head.coding == Coding::Text) };
            return Err(Fault::new(FaultKind::Truncated, from.place()).counted(wanted, held));
        }
        match element.name.as_str() {
            "vertex" => {
                Fault::over(FaultKind::TooMany, from.place(), limits.points, element.count)?;
                points(element, from, reading)?;
            }
            "face" => {
                Fault::over(FaultKind::TooMany, from.place(), limits.triangles, element.count)?;
                polygons(element, from, reading, limits)?;
            }
            _ if element.properties.is_empty() => {}
            _ => {
                for _ in 0..element.count {
                    for property in &element.properties {
                        skip(property, from)?;
                    }
                }
            }
        }
    }
    let points = reading.surface.points.len();
    if let Some(place) = reading.surface.triangles.iter().position(|it| it.iter().any(|it| *it as usize >= points)) {
        let worst = reading.surface.triangles[place].into_iter().max().unwrap_or_default() as usize;
        let place = Place { triangle: Some(place as u64 + 1), ..Place::default() };
        return Err(Fault::new(FaultKind::Index, place).counted(points, worst.saturating_add(1)));
    }
    Ok(())
}

/// Which part of a point a property is.
#[derive(Clone, Copy)]
enum Part {
    Place(usize),
    Colour(usize),
    Other,
}

fn part(name: &str) -> Part {
    match name {
        "x" => Part::Place(0),
        "y" => Part::Place(1),
        "z" => Part::Place(2),
        "red" | "diffuse_red" | "r" => Part::Colour(0),
        "green" | "diffuse_green" | "g" => Part::Colour(1),
        "blue" | "diffuse_blue" | "b" => Part::Colour(2),
        "alpha" | "diffuse_alpha" | "a" => Part::Colour(3),
        _ => Part::Other,
    }
}

fn points(element: &Element, from: &mut From<'_>, reading: &mut Reading) -> Result<(), Fault> {
    let parts: Vec<_> = element.properties.iter().map(|it| part(it.name())).collect();
    let places = parts.iter().filter(|it| matches!(it, Part::Place(_))).count();
    let colours = parts.iter().filter(|it| matches!(it, Part::Colour(0..=2))).count();
    if places < 3 {
        return Err(Fault::new(FaultKind::Header, Place::line(element.line, element.at)));
    }
    let coloured = colours >= 3;
    reading.surface.points.reserve_exact(element.count);
    if coloured {
        reading.surface.colours.reserve_exact(element.count);
    }
    for _ in 0..element.count {
        let mut place = [0.0_f32; 3];
        let mut colour = [0, 0, 0, 255];
        for (property, part) in element.properties.iter().zip(&parts) {
            match (property, part) {
                (Property::Scalar(_, scalar), Part::Place(axis)) => place[*axis] = from.scalar(*scalar)? as f32,
                (Property::Scalar(_, scalar), Part::Colour(channel)) => {
                    colour[*channel] = shade(*scalar, from.scalar(*scalar)?);
                }
                _ => skip(property, from)?,
            }
        }
        reading.surface.points.push(place);
        if coloured {
            reading.surface.colours.push(colour);
        }
    }
    Ok(())
}

/// A channel of a colour in eight bits: numbers with a fraction run from 0 to 1.
fn shade(scalar: Scalar, value: f64) -> u8 {
    let value = match scalar {
        Scalar::F32 | Scalar::F64 => value * 255.0,
        Scalar::U16 | Scalar::I16 => value / 257.0,
        _ => value,
    };
    value.clamp(0.0, 255.0).round() as u8
}

fn polygons(element: &Element, from: &mut From<'_>, reading: &mut Reading, limits: &Limits) -> Result<(), Fault> {
    let named =
        |it: &Property| matches!(it, Property::List(name, ..) if name == "vertex_indices" || name == "vertex_index");
    let Some(list) = element.properties.iter().position(named) else {
        return Err(Fault::new(FaultKind::Header, Place::line(element.line, element.at)));
    };
    let mut corners = Vec::new();
    reading.surface.triangles.reserve_exact(element.count);
    for _ in 0..element.count {
        for (place, property) in element.properties.iter().enumerate() {
            let Property::List(_, counter, scalar) = property else {
                skip(property, from)?;
                continue;
            };
            if place != list {
                skip(property, from)?;
                continue;
            }
            let begun = from.place();
            let at = || Place { triangle: Some(reading.surface.triangles.len() as u64 + 1), ..begun.clone() };
            let count = from.count(*counter)?;
            Fault::over(FaultKind::TooMany, at(), CORNERS_MAX, count)?;
            corners.clear();
            for _ in 0..count {
                let index = from.scalar(*scalar)?;
                if !(0.0..f64::from(u32::MAX)).contains(&index) || index.fract() != 0.0 {
                    return Err(Fault::new(FaultKind::Index, at()));
                }
                corners.push(index as u32);
            }
        }
        let count = reading.surface.triangles.len() + corners.len().saturating_sub(2);
        Fault::over(FaultKind::TooMany, from.place(), limits.triangles, count)?;
        reading.surface.fan(&corners);
    }
    Ok(())
}

fn skip(property: &Property, from: &mut From<'_>) -> Result<(), Fault> {
    match property {
        Property::Scalar(_, scalar) => from.scalar(*scalar).map(drop),
        Property::List(_, counter, scalar) => {
            let count = from.count(*counter)?;
            if scalar.bytes().saturating_mul(count) > from.left() && matches!(from, From::Binary { .. }) {
                return Err(Fault::new(FaultKind::Truncated, from.place()));
            }
            for _ in 0..count {
                from.scalar(*scalar)?;
            }
            Ok(())
        }
    }
}

/// Where the values come from.
enum From<'a> {
    Text(Words<'a>, u64),
    Binary { bytes: &'a [u8], at: usize, big: bool },
}

impl From<'_> {
    fn left(&self) -> usize {
        match self {
            Self::Text(words, _) => words.left(),
            Self::Binary { bytes, at, .. } => bytes.len() - at,
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Text(words, _) => words.here(),
            Self::Binary { at, .. } => Place::byte(*at),
        }
    }

    fn scalar(&mut self, scalar: Scalar) -> Result<f64, Fault> {
        match self {
            Self::Text(words, commas) => {
                let word = words.word().ok_or_else(|| Fault::new(FaultKind::Truncated, words.here()))?;
                word.number(commas)
            }
            Self::Binary { bytes, at, big } => {
                let Some(value) = bytes.get(*at..*at + scalar.bytes()) else {
                    return Err(Fault::new(FaultKind::Truncated, Place::byte(*at)));
                };
                *at += scalar.bytes();
                Ok(scalar.value(value, *big))
            }
        }
    }

    fn count(&mut self, counter: Scalar) -> Result<usize, Fault> {
        let place = self.place();
        let count = self.scalar(counter)?;
        if (0.0..=f64::from(u32::MAX)).contains(&count) && count.fract() == 0.0 {
            Ok(count as usize)
        } else {
            Err(Fault::new(FaultKind::Number, place))
        }
    }
}

/// Keeps what the head says beside its elements.
fn remark(reading: &mut Reading, source: Source, words: &mut Words<'_>) {
    let rest = words.rest_of_line();
    let file = rest.bytes.get(..11).is_some_and(|it| it.eq_ignore_ascii_case(b"TextureFile"));
    if file {
        let name = rest.bytes[11..].trim_ascii();
        let skipped = rest.bytes.len() - name.len();
        reading.name_material(crate::text::Word { bytes: name, at: rest.at + skipped, line: rest.line });
    } else {
        reading.say_word(source, rest);
    }
}
