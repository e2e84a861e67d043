//! 3MF: an archive with a model in XML. Opened with a guard: what it may unpack to, hold, nest and copy is bounded, names that
//! lead outside are refused, and archives inside it are never opened.

mod model;

use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::read::Reading;
use crate::xml::{self, Step};
use crate::{Fault, FaultKind, Limits, Place};
use model::Model;

/// What small files may unpack to whatever their ratio: an empty model packs a hundredfold.
const ENTRY_FREE: usize = 1 << 20;

/// The model where nothing says another.
const MODEL: &str = "3d/3dmodel.model";

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Reading, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error, Place::byte(0)))?;
    Fault::over(FaultKind::Entries, Place::byte(0), limits.entries, archive.len())?;
    let names = names(&mut archive)?;
    let mut left = limits.unpacked_bytes;
    let mut reading = Reading::new(limits);
    let root = match names.get("_rels/.rels") {
        Some(rels) => {
            let mut target = None;
            open(&mut archive, *rels, bytes.len(), limits, &mut left, |from| {
                xml::walk(from, limits.depth, |step, place| relation(&step, &place, &mut target))
            })?;
            target.map(|it| path(&it)).filter(|it| names.contains_key(it)).unwrap_or_else(|| MODEL.to_owned())
        }
        None => MODEL.to_owned(),
    };
    let mut models: HashMap<String, Model> = HashMap::new();
    // In an order of its own, so that the same file always gives the same answer.
    let mut parts: Vec<_> = names.iter().filter(|(name, _)| name.ends_with(".model")).collect();
    parts.sort();
    for (name, index) in parts {
        let model = open(&mut archive, *index, bytes.len(), limits, &mut left, |from| {
            model::read(from, name, &mut reading, limits)
        })?;
        models.insert(name.clone(), model);
    }
    let Some(model) = models.get(&root) else {
        return Err(Fault::new(FaultKind::NoTriangles, Place::default()));
    };
    reading.unit = model.unit;
    model::build(&models, &root, &mut reading, limits)?;
    Ok(reading)
}

/// The files in the archive by their names in lower case, as the format compares them.
fn names(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<HashMap<String, usize>, Fault> {
    let mut names = HashMap::new();
    for index in 0..archive.len() {
        let place = Place::default();
        let file = archive.by_index_raw(index).map_err(|error| broken(&error, place))?;
        let at = Place { byte: Some(file.header_start()), ..Place::default() };
        let name = file.name().map_err(|error| broken(&error, at.clone()))?.into_owned();
        let outside = name.starts_with(['/', '\\'])
            || name.contains(['\0', ':'])
            || name.split(['/', '\\']).any(|it| it == "..")
            || file.is_symlink();
        if outside {
            return Err(Fault::new(FaultKind::Path, at));
        }
        if file.encrypted() {
            return Err(Fault::new(FaultKind::Encrypted, at.within(&name)));
        }
        if names.insert(path(&name), index).is_some() {
            // Two readers would see two different models.
            return Err(Fault::new(FaultKind::Archive, at.within(&name)));
        }
    }
    Ok(names)
}

/// A name as it is compared: without the leading stroke, in lower case.
fn path(name: &str) -> String {
    name.trim_start_matches('/').to_ascii_lowercase()
}

fn relation(step: &Step<'_>, place: &Place, target: &mut Option<String>) -> Result<(), Fault> {
    let Step::Open(tag) = step else { return Ok(()) };
    let (mut kind, mut to) = (String::new(), String::new());
    for attribute in xml::attributes(tag, place) {
        match attribute? {
            ("Type", value) => kind = value.into_owned(),
            ("Target", value) => to = xml::plain(&value),
            _ => {}
        }
    }
    if kind.ends_with("/3dmodel") {
        target.get_or_insert(to);
    }
    Ok(())
}

/// Reads one file of the archive, no further than the guard allows.
fn open<T>(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    whole: usize,
    limits: &Limits,
    left: &mut usize,
    read: impl FnOnce(&mut BufReader<Guard<'_, zip::read::ZipFile<'_, Cursor<&[u8]>>>>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let file = archive.by_index(index).map_err(|error| broken(&error, Place::default()))?;
    let name = file.name().map(|it| it.into_owned()).unwrap_or_default();
    // What is packed cannot be more than the whole archive, whatever it says.
    let packed = usize::try_from(file.compressed_size()).unwrap_or(usize::MAX).min(whole);
    let most = packed.saturating_mul(limits.ratio).max(ENTRY_FREE);
    let mut from = BufReader::with_capacity(1 << 16, Guard { from: file, most, left });
    read(&mut from).map_err(|it| Fault { place: Box::new(Place::clone(&it.place).within(&name)), ..it })
}

/// Stops when a file unpacks to more than it should, or all together do.
struct Guard<'a, R> {
    from: R,
    most: usize,
    left: &'a mut usize,
}

impl<R: Read> Read for Guard<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(buffer)?;
        if count > self.most || count > *self.left {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.most -= count;
        *self.left -= count;
        Ok(count)
    }
}

fn broken(error: &ZipError, place: Place) -> Fault {
    let kind = match error {
        ZipError::InvalidPassword => FaultKind::Encrypted,
        ZipError::UnsupportedArchive(why) if why.contains("assword") => FaultKind::Encrypted,
        _ => FaultKind::Archive,
    };
    Fault::new(kind, place)
}
