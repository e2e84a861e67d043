//! What exocad writes beside a mesh: which teeth and which files it is about.
//!
//! There is no public schema; this reads what files in the field have in common (`Teeth/Tooth/Number`, and values that are names of
//! meshes) and says nothing about the rest. The bytes stay as they are: milling needs what is not understood here.

use std::io::Cursor;

use kernel::Tooth;

use crate::read::Text;
use crate::report::Companion;
use crate::xml::{self, Step};
use crate::{Fault, FaultKind, Limits, Personal, PersonalKind, Place, Source, personal};

/// Endings of the files that such a project names.
const MESHES: &[&str] = &["stl", "ply", "obj", "3mf", "off", "dcm", "constructioninfo", "dentalproject"];

/// Reads the teeth, the files and where personal data stand.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<(Companion, Vec<Personal>), Fault> {
    Fault::over(FaultKind::TooLarge, Place::default(), limits.text_bytes, bytes.len())?;
    let wide = widened(bytes);
    let mut companion = Companion::default();
    let mut found: Vec<Personal> = Vec::new();
    // The open elements by their local names, and the text of the innermost one.
    let mut open: Vec<String> = Vec::new();
    let mut text = (String::new(), Place::default());
    let bytes = wide.as_deref().unwrap_or(bytes);
    xml::walk(Cursor::new(bytes), limits.depth, |step, place| {
        match step {
            Step::Open(tag) => {
                let name = tag.local_name().into_inner().to_owned();
                for attribute in xml::attributes(tag, &place) {
                    let (key, value) = attribute?;
                    take(&name, key, &xml::plain(&value), &place, &mut companion, &mut found, limits);
                }
                open.push(name);
                text = (String::new(), Place::default());
            }
            Step::Text(more) => {
                if text.0.is_empty() {
                    text.1 = place;
                }
                if text.0.len() < 4_096 {
                    text.0.push_str(more);
                }
            }
            Step::Close(_) => {
                let name = open.pop().unwrap_or_default();
                let above = open.last().map(String::as_str).unwrap_or_default();
                let (value, place) = std::mem::take(&mut text);
                take(above, &name, value.trim(), &place, &mut companion, &mut found, limits);
            }
            Step::Comment(said) => {
                let text = Text { source: Source::Comment, place, text: said.to_owned() };
                found.extend(personal::find("", &[text]).into_iter().take(limits.texts.saturating_sub(found.len())));
            }
        }
        Ok(())
    })?;
    companion.teeth.sort_unstable();
    companion.teeth.dedup();
    companion.files.sort();
    companion.files.dedup();
    Ok((companion, found))
}

/// Looks at one value: `key` is the element or attribute that holds it, `above` the element around that.
fn take(
    above: &str,
    key: &str,
    value: &str,
    place: &Place,
    companion: &mut Companion,
    found: &mut Vec<Personal>,
    limits: &Limits,
) {
    if value.is_empty() {
        return;
    }
    let tooth = above.eq_ignore_ascii_case("tooth") && key.eq_ignore_ascii_case("number");
    if let Some(tooth) = value.parse::<u8>().ok().filter(|it| tooth && Tooth::new(*it).is_some()) {
        companion.teeth.push(tooth);
        return;
    }
    if MESHES.contains(&crate::format::ending(value).as_str()) && companion.files.len() < limits.texts {
        companion.files.push(value.chars().take(255).collect());
        companion.outside |= value.contains("..") || value.starts_with(['/', '\\']) || value.contains(':');
        return;
    }
    let key = key.to_ascii_lowercase();
    let kind = if ["patientname", "patientfirstname", "patientlastname", "practicename", "clientname"]
        .contains(&key.as_str())
    {
        PersonalKind::Name
    } else if ["patientid", "patientnumber"].contains(&key.as_str()) {
        PersonalKind::Number
    } else if key.contains("birth") {
        PersonalKind::Date
    } else {
        return;
    };
    if found.len() < limits.texts {
        found.push(Personal { kind, source: Source::Metadata, place: place.clone() });
    }
}

/// The document in eight bits, if it is written in sixteen, as programs on Windows do.
fn widened(bytes: &[u8]) -> Option<Vec<u8>> {
    let big = match bytes {
        [0xFF, 0xFE, ..] => false,
        [0xFE, 0xFF, ..] => true,
        _ => return None,
    };
    let units = bytes[2..].chunks_exact(2).map(|it| match big {
        true => u16::from_be_bytes([it[0], it[1]]),
        false => u16::from_le_bytes([it[0], it[1]]),
    });
    let text: String = char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(text.into_bytes())
}
