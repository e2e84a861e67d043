//! PLY, text and both orders of bytes: vertices with their colours, and faces. Other elements are passed over.

use kernel::Words;

use crate::limits;
use crate::numbers::{Bytes, Lines, float, index, whole, words};
use crate::personal;
use crate::report::{Broken, Kind, Place, Report};
use crate::surface::Soup;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Number {
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"char" | b"int8" => Self::I8,
            b"uchar" | b"uint8" => Self::U8,
            b"short" | b"int16" => Self::I16,
            b"ushort" | b"uint16" => Self::U16,
            b"int" | b"int32" => Self::I32,
            b"uint" | b"uint32" => Self::U32,
            b"float" | b"float32" => Self::F32,
            b"double" | b"float64" => Self::F64,
            _ => return None,
        })
    }

    fn real(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

/// What a property of an element is for us.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Coordinate(usize),
    Colour(usize),
    Corners,
    Nothing,
}

struct Property {
    /// The count's kind, of a list.
    list: Option<Number>,
    number: Number,
    purpose: Use,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Vertex,
    Face,
    Other,
}

struct Section {
    element: Element,
    count: usize,
    properties: Vec<Property>,
}

pub(crate) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ply\n") || bytes.starts_with(b"ply\r")
}

fn say(ja: &'static str, en: &'static str, place: Place) -> Broken {
    Broken::new(Words { ja: ja.into(), en: en.into() }, place)
}

pub(crate) fn read(bytes: &[u8]) -> Result<(Report, Option<Soup>), Broken> {
    let head = &bytes[..bytes.len().min(limits::PLY_HEADER_BYTES_MAX)];
    let mut lines = Lines::new(head);
    let mut report = Report::new(Kind::PlyText);
    let sections = header(&mut lines, &mut report)?;
    let at = head.len() - lines.rest().len();
    let mut reader = match report.kind {
        Kind::PlyText => {
            let Place::Line(before) = lines.place() else { return Err(Broken::cut(at)) };
            Values::Text { lines: Lines::new(&bytes[at..]), before, line: Vec::new().into_iter() }
        }
        Kind::PlyBig => Values::Binary { bytes: Bytes::new(bytes, at), big: true },
        _ => Values::Binary { bytes: Bytes::new(bytes, at), big: false },
    };
    let mut soup = Soup::default();
    let has = |element| sections.iter().any(|it| it.element == element && it.count > 0);
    if has(Element::Vertex) && !has(Element::Face) {
        return Err(say(
            "面がありません。点だけのデータ（点群）は扱えません。",
            "It has no faces: points alone cannot be used.",
            Place::Whole,
        ));
    }
    let vertices = sections.iter().filter(|it| it.element == Element::Vertex).map(|it| it.count).sum();
    for section in &sections {
        elements(section, vertices, &mut reader, &mut soup)?;
    }
    Ok((report, Some(soup)))
}

fn header(lines: &mut Lines<'_>, report: &mut Report) -> Result<Vec<Section>, Broken> {
    let mut sections: Vec<Section> = Vec::new();
    let mut format = false;
    loop {
        let Some(line) = lines.next()? else {
            return Err(say("PLYのヘッダーが終わっていません。", "The header of the PLY has no end.", lines.place()));
        };
        let place = lines.place();
        let mut parts = words(line);
        let Some(word) = parts.next() else { continue };
        match word {
            b"ply" => {}
            b"format" => {
                report.kind = match parts.next() {
                    Some(b"ascii") => Kind::PlyText,
                    Some(b"binary_little_endian") => Kind::PlyLittle,
                    Some(b"binary_big_endian") => Kind::PlyBig,
                    _ => return Err(say("PLYの形式が不明です。", "The PLY has a format that is not known.", place)),
                };
                format = true;
            }
            b"comment" | b"obj_info" => {
                let rest = line.trim_ascii_start().get(word.len()..).unwrap_or_default();
                personal::of_text(
                    rest,
                    &Words::new("PLYのコメント", "a comment of the PLY"),
                    place,
                    &mut report.personal,
                );
            }
            b"element" => {
                let element = match parts.next() {
                    Some(b"vertex") => Element::Vertex,
                    Some(b"face") => Element::Face,
                    _ => Element::Other,
                };
                let count = usize::try_from(whole(parts.next(), place)?).unwrap_or(usize::MAX);
                if count > limits::VERTICES_MAX {
                    let what = Words::new("頂点や面の数", "vertices or faces");
                    return Err(Broken::too_many(&what, limits::VERTICES_MAX, place));
                }
                sections.push(Section { element, count, properties: Vec::new() });
            }
            b"property" => {
                let section = sections.last_mut().ok_or_else(|| {
                    say("PLYの項目に要素がありません。", "A property of the PLY belongs to no element.", place)
                })?;
                section.properties.push(property(section.element, parts, place)?);
            }
            b"end_header" if format => break,
            _ => return Err(say("PLYのヘッダーが正しくありません。", "The header of the PLY is wrong.", place)),
        }
        let most = sections.last().map_or(0, |it| it.properties.len()).max(sections.len());
        if most > limits::PLY_FIELDS_MAX {
            return Err(Broken::too_many(&Words::new("PLYの項目", "fields of a PLY"), limits::PLY_FIELDS_MAX, place));
        }
    }
    let place = lines.place();
    for section in &sections {
        let uses = |purpose| section.properties.iter().any(|it| it.purpose == purpose);
        let whole = match section.element {
            Element::Vertex => (0..3).all(|it| uses(Use::Coordinate(it))),
            Element::Face => uses(Use::Corners),
            Element::Other => true,
        };
        // An element of nothing would be counted without reading a byte.
        if section.count > 0 && (!whole || section.properties.is_empty()) {
            return Err(say(
                "PLYに座標または面の項目がありません。",
                "The PLY lacks coordinates, or the corners of its faces.",
                place,
            ));
        }
    }
    Ok(sections)
}

fn property<'a>(element: Element, mut parts: impl Iterator<Item = &'a [u8]>, place: Place) -> Result<Property, Broken> {
    let unknown = || say("PLYの項目の型が不明です。", "A property of the PLY has a type that is not known.", place);
    let mut number = || parts.next().ok_or_else(unknown);
    let first = number()?;
    let (list, kind) = if first == b"list" {
        let count = Number::named(number()?).filter(|it| !it.real()).ok_or_else(unknown)?;
        (Some(count), Number::named(number()?).ok_or_else(unknown)?)
    } else {
        (None, Number::named(first).ok_or_else(unknown)?)
    };
    let name = number()?;
    let purpose = match (element, list, name) {
        (Element::Vertex, None, b"x") => Use::Coordinate(0),
        (Element::Vertex, None, b"y") => Use::Coordinate(1),
        (Element::Vertex, None, b"z") => Use::Coordinate(2),
        (Element::Vertex, None, b"red" | b"diffuse_red" | b"r") => Use::Colour(0),
        (Element::Vertex, None, b"green" | b"diffuse_green" | b"g") => Use::Colour(1),
        (Element::Vertex, None, b"blue" | b"diffuse_blue" | b"b") => Use::Colour(2),
        (Element::Vertex, None, b"alpha" | b"a") => Use::Colour(3),
        (Element::Face, Some(_), b"vertex_indices" | b"vertex_index") if !kind.real() => Use::Corners,
        _ => Use::Nothing,
    };
    Ok(Property { list, number: kind, purpose })
}

/// Where the values come from.
enum Values<'a> {
    Text { lines: Lines<'a>, before: u64, line: std::vec::IntoIter<&'a [u8]> },
    Binary { bytes: Bytes<'a>, big: bool },
}

impl<'a> Values<'a> {
    fn place(&self) -> Place {
        match self {
            Self::Text { lines, before, .. } => match lines.place() {
                Place::Line(line) => Place::Line(before + line),
                place => place,
            },
            Self::Binary { bytes, .. } => bytes.place(),
        }
    }

    /// Goes to the next element: in text, each is a line.
    fn element(&mut self) -> Result<(), Broken> {
        if let Self::Text { lines, line: words_left, .. } = self {
            loop {
                let Some(line) = lines.next()? else { return Err(self.ends()) };
                let all: Vec<&'a [u8]> = words(line).collect();
                if !all.is_empty() {
                    *words_left = all.into_iter();
                    break;
                }
            }
        }
        Ok(())
    }

    fn ends(&self) -> Broken {
        let mut broken = Broken::cut(0);
        broken.place = self.place();
        broken
    }

    fn real(&mut self, number: Number) -> Result<f64, Broken> {
        let place = self.place();
        match self {
            Self::Text { line, .. } => {
                let word = line.next();
                if number == Number::F64 {
                    let parsed = word.and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| it.parse().ok());
                    return parsed.map_or_else(|| float(None, place).map(f64::from), Ok);
                }
                float(word, place).map(f64::from)
            }
            Self::Binary { bytes, big } => {
                macro_rules! from {
                    ($type:ty) => {{
                        let raw = bytes.array()?;
                        f64::from(if *big { <$type>::from_be_bytes(raw) } else { <$type>::from_le_bytes(raw) })
                    }};
                }
                Ok(match number {
                    Number::I8 => from!(i8),
                    Number::U8 => from!(u8),
                    Number::I16 => from!(i16),
                    Number::U16 => from!(u16),
                    Number::I32 => from!(i32),
                    Number::U32 => from!(u32),
                    Number::F32 => from!(f32),
                    Number::F64 => from!(f64),
                })
            }
        }
    }

    /// A whole number: every kind of ours fits into 53 bits.
    fn whole(&mut self, number: Number) -> Result<i64, Broken> {
        let place = self.place();
        match self {
            Self::Text { line, .. } => whole(line.next(), place),
            Self::Binary { .. } => self.real(number).map(|it| it as i64),
        }
    }
}

fn elements(section: &Section, vertices: usize, from: &mut Values<'_>, soup: &mut Soup) -> Result<(), Broken> {
    let coloured = section.properties.iter().any(|it| matches!(it.purpose, Use::Colour(_)));
    for _ in 0..section.count {
        from.element()?;
        let mut position = [0.0_f32; 3];
        let mut colour = [255_u8; 4];
        for property in &section.properties {
            let Some(count) = property.list else {
                let value = from.real(property.number)?;
                match property.purpose {
                    Use::Coordinate(axis) => position[axis] = value as f32,
                    // Colours are bytes, or shares of one.
                    Use::Colour(part) if property.number.real() => colour[part] = (value * 255.0) as u8,
                    Use::Colour(part) if property.number == Number::U16 => colour[part] = (value / 257.0) as u8,
                    Use::Colour(part) => colour[part] = value as u8,
                    _ => {}
                }
                continue;
            };
            list(property, count, vertices, from, soup)?;
        }
        if section.element == Element::Vertex {
            soup.positions.push(position);
            if coloured {
                soup.colours.get_or_insert_default().push(colour);
            }
        }
    }
    Ok(())
}

fn list(
    property: &Property,
    count: Number,
    vertices: usize,
    from: &mut Values<'_>,
    soup: &mut Soup,
) -> Result<(), Broken> {
    let place = from.place();
    let length = from.whole(count)?;
    let length = usize::try_from(length).ok().filter(|it| *it <= limits::CORNERS_MAX);
    let Some(length) = length else {
        let what = Words::new("1つの面の頂点", "corners of one face");
        return Err(Broken::too_many(&what, limits::CORNERS_MAX, place));
    };
    let (mut first, mut last) = (0, 0);
    for at in 0..length {
        if property.purpose != Use::Corners {
            from.real(property.number)?;
            continue;
        }
        let corner = index(from.whole(property.number)?, vertices, place)?;
        match at {
            0 => first = corner,
            1 => {}
            _ => soup.triangle([first, last, corner], place)?,
        }
        last = corner;
    }
    Ok(())
}
