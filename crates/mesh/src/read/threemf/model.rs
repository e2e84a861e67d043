//! One model of a 3MF: its objects, and how the whole is built of them.

use std::collections::HashMap;
use std::io::BufRead;

use crate::read::Reading;
use crate::unit::{Unit, UnitGuess, UnitReason};
use crate::xml::{self, Step};
use crate::{Fault, FaultKind, Limits, Place, Source};

/// Twelve numbers: three rows of a matrix and a shift.
type Transform = [f64; 12];
const STAY: Transform = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];

#[derive(Default)]
pub(super) struct Model {
    pub(super) unit: Option<UnitGuess>,
    objects: HashMap<u32, Object>,
    /// What is to be built, in the order of the file.
    items: Vec<Part>,
    /// Objects in the order of the file, for a model that builds nothing.
    order: Vec<u32>,
}

#[derive(Default)]
struct Object {
    points: Vec<[f32; 3]>,
    triangles: Vec<[u32; 3]>,
    parts: Vec<Part>,
}

/// An object put somewhere.
struct Part {
    object: u32,
    /// The model that holds it, if another.
    path: Option<String>,
    transform: Transform,
    place: Place,
}

pub(super) fn read(
    from: &mut impl BufRead,
    name: &str,
    reading: &mut Reading,
    limits: &Limits,
) -> Result<Model, Fault> {
    // Without a word about it the unit is the millimetre, says the format.
    let unit = UnitGuess { unit: Unit::Millimetre, reason: UnitReason::Declared };
    let mut model = Model { unit: Some(unit), ..Model::default() };
    let mut object: Option<(u32, Object)> = None;
    // The text of the metadata element that is open.
    let mut remark: Option<String> = None;
    let (mut points, mut triangles) = (0_usize, 0_usize);
    xml::walk(from, limits.depth, |step, place| {
        match step {
            Step::Open(tag) => match tag.local_name().into_inner() {
                "vertex" => {
                    let Some((_, object)) = &mut object else { return Ok(()) };
                    points += 1;
                    Fault::over(FaultKind::TooMany, place.clone(), limits.points, points)?;
                    let mut point = [None; 3];
                    for attribute in xml::attributes(tag, &place) {
                        let (name, value) = attribute?;
                        let Some(axis) = ["x", "y", "z"].iter().position(|it| *it == name) else { continue };
                        point[axis] = value.trim().parse::<f32>().ok();
                    }
                    let [Some(x), Some(y), Some(z)] = point else { return Err(Fault::new(FaultKind::Number, place)) };
                    object.points.push([x, y, z]);
                }
                "triangle" => {
                    let Some((_, object)) = &mut object else { return Ok(()) };
                    triangles += 1;
                    Fault::over(FaultKind::TooMany, place.clone(), limits.triangles, triangles)?;
                    let mut corners = [None; 3];
                    for attribute in xml::attributes(tag, &place) {
                        let (name, value) = attribute?;
                        let Some(corner) = ["v1", "v2", "v3"].iter().position(|it| *it == name) else { continue };
                        corners[corner] = value.trim().parse::<u32>().ok();
                    }
                    let [Some(a), Some(b), Some(c)] = corners else { return Err(Fault::new(FaultKind::Number, place)) };
                    let points = object.points.len();
                    if let Some(worst) = [a, b, c].into_iter().find(|it| *it as usize >= points) {
                        let place = Place { triangle: Some(triangles as u64), ..place };
                        let fault = Fault::new(FaultKind::Index, place);
                        return Err(fault.counted(points, (worst as usize).saturating_add(1)));
                    }
                    object.triangles.push([a, b, c]);
                }
                "model" => model.unit = stated(tag, &place)?.or(model.unit),
                "object" => object = Some(begin(tag, &place, name, reading)?),
                "component" => {
                    let Some((_, object)) = &mut object else { return Ok(()) };
                    Fault::over(FaultKind::Entries, place.clone(), limits.copies, object.parts.len() + 1)?;
                    object.parts.push(part(tag, place)?);
                }
                "item" => {
                    Fault::over(FaultKind::Entries, place.clone(), limits.copies, model.items.len() + 1)?;
                    model.items.push(part(tag, place)?);
                }
                "metadata" => remark = Some(String::new()),
                _ => {}
            },
            Step::Close("object") => {
                if let Some((id, object)) = object.take() {
                    model.order.push(id);
                    if model.objects.insert(id, object).is_some() {
                        return Err(Fault::new(FaultKind::Structure, place));
                    }
                }
            }
            Step::Close("metadata") => {
                if let Some(text) = remark.take() {
                    reading.say(Source::Metadata, text.as_bytes(), place.within(name));
                }
            }
            Step::Text(text) => {
                if let Some(remark) = remark.as_mut().filter(|it| it.len() < 4_096) {
                    remark.push_str(text);
                }
            }
            Step::Comment(text) => reading.say(Source::Comment, text.as_bytes(), place.within(name)),
            Step::Close(_) => {}
        }
        Ok(())
    })?;
    Ok(model)
}

fn stated(tag: &quick_xml::events::BytesStart<'_>, place: &Place) -> Result<Option<UnitGuess>, Fault> {
    for attribute in xml::attributes(tag, place) {
        if let ("unit", value) = attribute? {
            let unit = Unit::from_word(&value).ok_or_else(|| Fault::new(FaultKind::Header, place.clone()))?;
            return Ok(Some(UnitGuess { unit, reason: UnitReason::Declared }));
        }
    }
    Ok(None)
}

fn begin(
    tag: &quick_xml::events::BytesStart<'_>,
    place: &Place,
    entry: &str,
    reading: &mut Reading,
) -> Result<(u32, Object), Fault> {
    let mut id = None;
    for attribute in xml::attributes(tag, place) {
        match attribute? {
            ("id", value) => id = value.trim().parse().ok(),
            ("name" | "partnumber", value) => {
                reading.say(Source::Name, xml::plain(&value).as_bytes(), place.clone().within(entry));
            }
            _ => {}
        }
    }
    Ok((id.ok_or_else(|| Fault::new(FaultKind::Structure, place.clone()))?, Object::default()))
}

fn part(tag: &quick_xml::events::BytesStart<'_>, place: Place) -> Result<Part, Fault> {
    let mut part = Part { object: 0, path: None, transform: STAY, place: place.clone() };
    let mut named = false;
    for attribute in xml::attributes(tag, &place) {
        match attribute? {
            ("objectid", value) => {
                part.object = value.trim().parse().map_err(|_| Fault::new(FaultKind::Number, place.clone()))?;
                named = true;
            }
            ("path", value) => part.path = Some(super::path(&xml::plain(&value))),
            ("transform", value) => {
                let numbers: Vec<f64> = value.split_ascii_whitespace().filter_map(|it| it.parse().ok()).collect();
                part.transform = numbers.try_into().map_err(|_| Fault::new(FaultKind::Number, place.clone()))?;
            }
            _ => {}
        }
    }
    if named { Ok(part) } else { Err(Fault::new(FaultKind::Structure, place)) }
}

/// Puts the objects of `root` where its build says.
pub(super) fn build(
    models: &HashMap<String, Model>,
    root: &str,
    reading: &mut Reading,
    limits: &Limits,
) -> Result<(), Fault> {
    let Some(model) = models.get(root) else { return Ok(()) };
    let mut builder = Builder { models, limits, copies: 0, reading };
    if model.items.is_empty() {
        for object in &model.order {
            let part = Part { object: *object, path: None, transform: STAY, place: Place::default() };
            builder.put(root, &part, STAY, 1)?;
        }
    }
    for item in &model.items {
        builder.put(root, item, STAY, 1)?;
    }
    Ok(())
}

struct Builder<'a> {
    models: &'a HashMap<String, Model>,
    limits: &'a Limits,
    copies: usize,
    reading: &'a mut Reading,
}

impl Builder<'_> {
    fn put(&mut self, home: &str, part: &Part, outer: Transform, depth: usize) -> Result<(), Fault> {
        let models = self.models;
        let at = || part.place.clone().within(home);
        Fault::over(FaultKind::Depth, at(), self.limits.depth, depth)?;
        self.copies += 1;
        Fault::over(FaultKind::Entries, at(), self.limits.copies, self.copies)?;
        let home_of = part.path.as_deref().unwrap_or(home);
        let Some(object) = models.get(home_of).and_then(|it| it.objects.get(&part.object)) else {
            return Err(Fault::new(FaultKind::Structure, at()));
        };
        let transform = after(part.transform, outer);
        let surface = &mut self.reading.surface;
        Fault::over(FaultKind::TooMany, at(), self.limits.points, surface.points.len() + object.points.len())?;
        Fault::over(FaultKind::TooMany, at(), self.limits.triangles, surface.triangles.len() + object.triangles.len())?;
        let first = surface.points.len() as u32;
        surface.points.extend(object.points.iter().map(|it| moved(*it, transform)));
        // A mirrored copy keeps its outside outside.
        let mirrored = determinant(transform) < 0.0;
        surface.triangles.extend(object.triangles.iter().map(|[a, b, c]| {
            let [b, c] = if mirrored { [c, b] } else { [b, c] };
            [a + first, b + first, c + first]
        }));
        for part in &object.parts {
            self.put(home_of, part, transform, depth + 1)?;
        }
        Ok(())
    }
}

/// First `inner`, then `outer`.
fn after(inner: Transform, outer: Transform) -> Transform {
    let mut both = [0.0; 12];
    for row in 0..4 {
        for column in 0..3 {
            let sum: f64 = (0..3).map(|it| inner[row * 3 + it] * outer[it * 3 + column]).sum();
            both[row * 3 + column] = if row == 3 { sum + outer[9 + column] } else { sum };
        }
    }
    both
}

fn moved(point: [f32; 3], transform: Transform) -> [f32; 3] {
    if transform == STAY {
        return point;
    }
    let point = point.map(f64::from);
    [0, 1, 2].map(|column| {
        (point[0] * transform[column]
            + point[1] * transform[3 + column]
            + point[2] * transform[6 + column]
            + transform[9 + column]) as f32
    })
}

fn determinant(it: Transform) -> f64 {
    it[0] * (it[4] * it[8] - it[5] * it[7]) - it[1] * (it[3] * it[8] - it[5] * it[6])
        + it[2] * (it[3] * it[7] - it[4] * it[6])
}
