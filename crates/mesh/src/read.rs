//! Reads a mesh of any format: bytes in, surface out.

mod obj;
mod ply;
pub(crate) mod stl;
mod threemf;

use crate::text::Word;
use crate::{Fault, FaultKind, Format, Limits, Place, Source, Surface, UnitGuess};

/// A text of a file in which personal data may stand: a header, a comment, a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) source: Source,
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// What was read from a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Points and triangles.
    pub surface: Surface,
    /// The unit that the file states.
    pub unit: Option<UnitGuess>,
    /// Names of materials and textures, as written; they are not opened.
    pub materials: Vec<String>,
    /// Triangles whose stored direction is against their corners' order, and the first of them.
    pub(crate) against: (u64, Option<Place>),
    /// Bytes after the end of the mesh, and where they begin.
    pub(crate) trailing: Option<Place>,
    /// Numbers with a decimal comma.
    pub(crate) commas: u64,
    pub(crate) texts: Vec<Text>,
    texts_max: usize,
}

impl Reading {
    fn new(limits: &Limits) -> Self {
        Self { texts_max: limits.texts, ..Self::default() }
    }

    /// Keeps a text for the look for personal data; it may also state the unit.
    fn say(&mut self, source: Source, bytes: &[u8], place: Place) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_matches(|it: char| it.is_whitespace() || it == '\0');
        if text.is_empty() || self.texts.len() >= self.texts_max {
            return;
        }
        if self.unit.is_none() {
            self.unit = crate::unit::stated(text);
        }
        self.texts.push(Text { source, place, text: text.chars().take(4_096).collect() });
    }

    fn say_word(&mut self, source: Source, word: Word<'_>) {
        self.say(source, word.bytes, word.place());
    }

    /// Names a file that is not opened.
    fn name_material(&mut self, word: Word<'_>) {
        self.say_word(Source::Name, word);
        if !word.bytes.is_empty() && self.materials.len() < self.texts_max {
            self.materials.push(String::from_utf8_lossy(word.bytes).chars().take(255).collect());
        }
    }
}

/// Reads the mesh in `bytes`; the name only helps to tell the format.
///
/// # Errors
/// [`Fault`]: no mesh, broken, or larger than `limits`.
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Reading, Fault> {
    if bytes.is_empty() {
        return Err(Fault::new(FaultKind::Empty, Place::default()));
    }
    let format = Format::of(name, bytes);
    let most = if format.is_text() { limits.text_bytes.min(limits.file_bytes) } else { limits.file_bytes };
    Fault::over(FaultKind::TooLarge, Place::default(), most, bytes.len())?;
    let reading = match format {
        Format::StlBinary => stl::binary(bytes, limits),
        Format::StlText => stl::text(bytes, limits),
        Format::Ply => ply::read(bytes, limits),
        Format::Obj => obj::read(bytes, limits),
        Format::ThreeMf => threemf::read(bytes, limits),
        _ => Err(Fault::new(FaultKind::Unknown, Place::byte(0))),
    }?;
    if reading.surface.triangles.is_empty() {
        return Err(Fault::new(FaultKind::NoTriangles, Place::default()));
    }
    Ok(reading)
}
