//! 3MF: the model part of its archive. Objects are placed as the build says; objects in other parts are not followed.

use std::collections::BTreeMap;

use kernel::Words;

use crate::archive::Archive;
use crate::limits;
use crate::numbers::{float, index, whole};
use crate::personal;
use crate::report::{Broken, Kind, Place, Report, Unit};
use crate::surface::Soup;
use crate::xml::{Piece, Reader, Tag};

/// The relation that leads from the archive to its model.
const MODEL: &str = "/3dmodel";
const METADATA: Words = Words::new("3MFのメタデータ", "the metadata of the 3MF");

/// Rows of a matrix: what x, y, z and one become.
type Transform = [f32; 12];
const AS_IT_IS: Transform = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];

#[derive(Default)]
struct Object {
    positions: Vec<[f32; 3]>,
    triangles: Vec<[u32; 3]>,
    /// Objects that it is made of.
    parts: Vec<Placed>,
}

#[derive(Clone, Copy)]
struct Placed {
    object: u32,
    how: Transform,
}

#[derive(Default)]
struct Model {
    objects: BTreeMap<u32, Object>,
    build: Vec<Placed>,
    positions: usize,
    triangles: usize,
}

fn say(ja: &'static str, en: &'static str, place: Place) -> Broken {
    Broken::new(Words { ja: ja.into(), en: en.into() }, place)
}

pub(crate) fn read(bytes: &[u8]) -> Result<(Report, Option<Soup>), Broken> {
    let archive = Archive::open(bytes)?;
    let named = match archive.find("_rels/.rels") {
        Some(relations) => target(&archive.text(relations)?)?,
        None => None,
    };
    let entry = named.and_then(|it| archive.find(it.trim_start_matches('/'))).or_else(|| archive.ending(".model"));
    let Some(entry) = entry else {
        return Err(say(
            "圧縮ファイルの中に3MFのモデルがありません。形状データは圧縮せずに送ってください。",
            "The archive holds no 3MF model. Send shapes as they are, not packed.",
            Place::Whole,
        ));
    };
    let text = archive.text(entry)?;
    let mut report = Report::new(Kind::ThreeMf);
    let mut soup = Soup::default();
    let model = model(&text, &mut report, &mut soup)?;
    drop(text);
    place(&model, &mut soup)?;
    Ok((report, Some(soup)))
}

/// Where the relations say that the model is.
fn target(relations: &str) -> Result<Option<String>, Broken> {
    let mut reader = Reader::new(relations);
    while let Some(piece) = reader.next()? {
        let Piece::Start(tag) = piece else { continue };
        if tag.name == "Relationship" && tag.raw("Type").is_some_and(|it| it.ends_with(MODEL)) {
            return Ok(tag.raw("Target").map(str::to_owned));
        }
    }
    Ok(None)
}

fn model(text: &str, report: &mut Report, soup: &mut Soup) -> Result<Model, Broken> {
    let mut model = Model::default();
    let mut reader = Reader::new(text);
    // The object that is open, and where a metadata element stands.
    let mut open: Option<u32> = None;
    loop {
        let at = reader.place();
        let Some(piece) = reader.next()? else { break };
        match piece {
            Piece::Start(tag) => start(&tag, at, &mut open, &mut model, report, soup)?,
            Piece::Text(text) if reader.path().last() == Some(&"metadata") => {
                personal::of_text(text.as_bytes(), &METADATA, at, &mut report.personal);
            }
            Piece::Comment(text) => {
                let part = Words::new("XMLのコメント", "a comment of the XML");
                personal::of_text(text.as_bytes(), &part, at, &mut report.personal);
            }
            _ => {}
        }
    }
    Ok(model)
}

fn start(
    tag: &Tag<'_>,
    at: Place,
    open: &mut Option<u32>,
    model: &mut Model,
    report: &mut Report,
    soup: &mut Soup,
) -> Result<(), Broken> {
    let number = |name: &str| float(tag.raw(name).map(str::as_bytes), at);
    match tag.name {
        "model" => {
            soup.unit = Some(match tag.raw("unit") {
                None | Some("millimeter") => Unit::Millimetre,
                Some("micron") => Unit::Micrometre,
                Some("centimeter") => Unit::Centimetre,
                Some("inch") => Unit::Inch,
                Some("foot") => Unit::Foot,
                Some("meter") => Unit::Metre,
                Some(_) => return Err(say("3MFの単位が不明です。", "The unit of the 3MF is not known.", at)),
            });
        }
        "object" => {
            let id = id_of(tag, "id", at)?;
            if let Some(name) = tag.raw("name") {
                let part = Words::new("3MF内の名前", "a name within the 3MF");
                personal::of_text(name.as_bytes(), &part, at, &mut report.personal);
            }
            if model.objects.len() >= limits::PLACINGS_MAX {
                let what = Words::new("3MFの部品", "objects in a 3MF");
                return Err(Broken::too_many(&what, limits::PLACINGS_MAX, at));
            }
            if model.objects.insert(id, Object::default()).is_some() {
                return Err(say("3MFに同じ番号の部品があります。", "Two objects of the 3MF have one id.", at));
            }
            *open = Some(id);
        }
        "vertex" => {
            let position = [number("x")?, number("y")?, number("z")?];
            model.positions += 1;
            if model.positions > limits::VERTICES_MAX {
                return Err(Broken::too_many(&Words::new("頂点の数", "vertices"), limits::VERTICES_MAX, at));
            }
            object(model, *open, at)?.positions.push(position);
        }
        "triangle" => {
            model.triangles += 1;
            if model.triangles > limits::TRIANGLES_MAX {
                return Err(Broken::too_many(&Words::new("三角形の数", "triangles"), limits::TRIANGLES_MAX, at));
            }
            let object = object(model, *open, at)?;
            let count = object.positions.len();
            let corner = |name: &str| index(whole(tag.raw(name).map(str::as_bytes), at)?, count, at);
            let triangle = [corner("v1")?, corner("v2")?, corner("v3")?];
            object.triangles.push(triangle);
        }
        "component" | "item" => {
            if tag.attributes().any(|(name, _)| name.rsplit(':').next() == Some("path")) {
                return Err(say(
                    "部品が別のファイルに分かれた3MFです。1つのモデルとして書き出してください。",
                    "The objects of this 3MF are in parts of their own. Export it as one model.",
                    at,
                ));
            }
            let placed = Placed { object: id_of(tag, "objectid", at)?, how: transform(tag.raw("transform"), at)? };
            if tag.name == "item" {
                model.build.push(placed);
            } else {
                object(model, *open, at)?.parts.push(placed);
            }
            let all = model.build.len() + model.objects.values().last().map_or(0, |it| it.parts.len());
            if all > limits::PLACINGS_MAX {
                let what = Words::new("3MFの配置", "placings in a 3MF");
                return Err(Broken::too_many(&what, limits::PLACINGS_MAX, at));
            }
        }
        _ => {}
    }
    Ok(())
}

fn id_of(tag: &Tag<'_>, name: &str, at: Place) -> Result<u32, Broken> {
    let id = whole(tag.raw(name).map(str::as_bytes), at)?;
    u32::try_from(id).map_err(|_| say("3MFの番号が正しくありません。", "An id of the 3MF is wrong.", at))
}

fn object(model: &mut Model, open: Option<u32>, at: Place) -> Result<&mut Object, Broken> {
    open.and_then(|it| model.objects.get_mut(&it))
        .ok_or_else(|| say("3MFの部品の外に形状があります。", "There is a shape outside of the 3MF's objects.", at))
}

fn transform(raw: Option<&str>, at: Place) -> Result<Transform, Broken> {
    let Some(raw) = raw else { return Ok(AS_IT_IS) };
    let mut how = AS_IT_IS;
    let mut words = raw.split_ascii_whitespace();
    for number in &mut how {
        *number = float(words.next().map(str::as_bytes), at)?;
    }
    Ok(how)
}

/// First `inner`, then `outer`.
fn both(inner: &Transform, outer: &Transform) -> Transform {
    let mut how = [0.0; 12];
    for row in 0..4 {
        for column in 0..3 {
            let sum: f32 = (0..3).map(|it| inner[row * 3 + it] * outer[it * 3 + column]).sum();
            how[row * 3 + column] = if row == 3 { sum + outer[9 + column] } else { sum };
        }
    }
    how
}

fn moved(at: [f32; 3], how: &Transform) -> [f32; 3] {
    // A matrix of nothing leaves the very numbers, which a sum with zeros would not (minus zero, infinity).
    if *how == AS_IT_IS {
        return at;
    }
    [0, 1, 2].map(|axis| at[0] * how[axis] + at[1] * how[3 + axis] + at[2] * how[6 + axis] + how[9 + axis])
}

/// Puts every object where the build wants it. Objects made of objects multiply: placings and triangles are counted.
fn place(model: &Model, soup: &mut Soup) -> Result<(), Broken> {
    let mut waiting: Vec<(Placed, usize)> = model.build.iter().rev().map(|it| (*it, 0)).collect();
    let mut placings = 0;
    while let Some((placed, depth)) = waiting.pop() {
        placings += 1;
        if placings > limits::PLACINGS_MAX || depth > limits::COMPONENT_DEPTH_MAX {
            let what = Words::new("3MFの配置", "placings in a 3MF");
            return Err(Broken::too_many(&what, limits::PLACINGS_MAX, Place::Whole));
        }
        let Some(object) = model.objects.get(&placed.object) else {
            return Err(say(
                "3MFの配置が、ない部品を指しています。",
                "The 3MF places an object that is not there.",
                Place::Whole,
            ));
        };
        let first = soup.positions.len();
        if first + object.positions.len() > limits::VERTICES_MAX {
            return Err(Broken::too_many(&Words::new("頂点の数", "vertices"), limits::VERTICES_MAX, Place::Whole));
        }
        soup.positions.extend(object.positions.iter().map(|it| moved(*it, &placed.how)));
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        for triangle in &object.triangles {
            soup.triangle(triangle.map(|it| it + first), Place::Whole)?;
        }
        let room = limits::PLACINGS_MAX.saturating_sub(waiting.len());
        if object.parts.len() > room {
            let what = Words::new("3MFの配置", "placings in a 3MF");
            return Err(Broken::too_many(&what, limits::PLACINGS_MAX, Place::Whole));
        }
        let parts = object.parts.iter().rev();
        waiting.extend(parts.map(|it| (Placed { object: it.object, how: both(&it.how, &placed.how) }, depth + 1)));
    }
    Ok(())
}
