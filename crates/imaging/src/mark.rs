//! What somebody marks on images: lengths, angles, areas, values, arrows, key images (TR-24). Everybody has marks of their own on
//! a study; each saving is a version, and none is written over.
//!
//! A version that its author has kept becomes objects of the study: a presentation state for what is drawn, a report for what
//! was measured, a key object selection for the key images ([why not each version](../../../docs/decisions/0008-marks-are-kept-by-hand.md)).

mod colour;
mod depicted;
mod measurements;
pub mod pages;
mod presentation;
mod quantity;
mod selection;
pub mod store;
pub mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use kernel::{FacilityId, Lang, PersonId, RowId, Timestamp, Words};
use serde::{Deserialize, Serialize};

use crate::instance::Uid;

/// The id of a version.
pub type VersionId = RowId;

/// Bytes that one saving sends at most; a hundred areas drawn by hand have half of it.
pub const SENT_BYTES_MAX: usize = 1024 * 1024;
/// Marks of one person on one study: more than anybody draws, and what a browser still moves without a halt.
pub const MARKS_MAX: usize = 300;
/// Key images of one person on one study.
pub const KEY_IMAGES_MAX: usize = 200;
/// Points of one mark: an outline drawn by hand.
pub const POINTS_MAX: usize = 3_000;
/// Versions of one person on one study: a saving each ten seconds for a whole day of reading.
pub const VERSIONS_MAX: i64 = 3_000;
/// What is longer is a report, not a label.
const WORDS_CHARS_MAX: usize = 60;
/// Numbers and units of one mark.
const VALUES_MAX: usize = 24;
/// Names of values, units, and what a browser calls a mark.
const NAME_CHARS_MAX: usize = 64;
/// No place in a patient, and no pixel, is further away than this.
const FAR: f64 = 1_000_000.0;

/// By which tool it was drawn. The names are those of the browser's tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tool {
    /// From one point to another.
    Length,
    /// Between two lines that meet in the second point.
    Angle,
    /// An ellipse: the ends of one axis, then of the other.
    #[serde(rename = "EllipticalROI")]
    Ellipse,
    /// An outline drawn by hand.
    #[serde(rename = "PlanarFreehandROI")]
    Area,
    /// The value of one pixel.
    Probe,
    /// From the tip to its words.
    #[serde(rename = "ArrowAnnotate")]
    Arrow,
    /// A length on the unrolled arch, which is no image.
    PanoramaLength,
    /// A length on a cut across the arch.
    SectionLength,
}

impl Tool {
    fn points(self) -> RangeInclusive<usize> {
        match self {
            Self::Probe => 1..=1,
            Self::Length | Self::Arrow | Self::PanoramaLength | Self::SectionLength => 2..=2,
            Self::Angle => 3..=3,
            Self::Ellipse => 4..=4,
            Self::Area => 3..=POINTS_MAX,
        }
    }

    /// What it draws.
    fn words(self) -> Words {
        match self {
            Self::Length => Words::new("長さ", "Length"),
            Self::Angle => Words::new("角度", "Angle"),
            Self::Ellipse => Words::new("楕円の範囲", "Ellipse"),
            Self::Area => Words::new("囲んだ範囲", "Outline"),
            Self::Probe => Words::new("画素値", "Pixel value"),
            Self::Arrow => Words::new("矢印", "Arrow"),
            Self::PanoramaLength => Words::new("パノラマ再構成上の長さ", "Length on the panorama"),
            Self::SectionLength => Words::new("歯列弓に直交する断面上の長さ", "Length on a section across the arch"),
        }
    }

    /// Whether it is drawn on what a browser has reconstructed along an arch.
    fn is_along_arch(self) -> bool {
        matches!(self, Self::PanoramaLength | Self::SectionLength)
    }
}

/// A number, or a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// What was measured.
    Number(f64),
    /// Its unit.
    Text(String),
}

/// One picture of the study.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Picture {
    /// Series Instance UID.
    pub series: Uid,
    /// SOP Instance UID.
    pub sop: Uid,
    /// From 1.
    pub frame: u32,
}

/// Where on a reconstruction along an arch something lies, in pixels of that reconstruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnArch {
    /// Of which series: Series Instance UID.
    pub series: Uid,
    /// `panorama`, or how far along the arch the cut lies, in millimetres.
    pub view: String,
    /// One end.
    pub from: [f64; 2],
    /// The other end.
    pub to: [f64; 2],
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mark {
    /// What the browser calls it; the same in every version.
    pub id: String,
    /// By which tool.
    pub kind: Tool,
    /// On which picture; on none where it lies in a reconstruction.
    pub picture: Option<Picture>,
    /// Frame of Reference UID, or what the browser takes for one.
    pub frame_of_reference: String,
    /// Millimetres of the patient (left, back, head), or of the picture where that says nothing of its place.
    pub points: Vec<[f64; 3]>,
    /// The same in the picture: columns and rows from its upper left corner, the centre of the first pixel being 0.5, 0.5
    /// (PS3.3 C.10.5). None in a reconstruction.
    pub pixels: Vec<[f64; 2]>,
    /// Whether an outline ends where it began.
    pub closed: bool,
    /// Of the plane in which it was drawn.
    pub normal: Option<[f64; 3]>,
    /// What was measured.
    pub values: BTreeMap<String, Value>,
    /// What its author has written beside it.
    pub words: String,
    /// Where on a reconstruction along an arch.
    pub on_arch: Option<OnArch>,
}

/// How a marked picture was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Look {
    /// Which.
    pub picture: Picture,
    /// Window centre, in the picture's own values.
    pub centre: f64,
    /// Window width.
    pub width: f64,
}

/// The arch along which a series was unrolled: lengths on the reconstruction mean nothing without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arch {
    /// Series Instance UID.
    pub series: Uid,
    /// Its points, in millimetres from the corner of the volume.
    pub points: Vec<[f64; 2]>,
}

/// All that one person has marked on one study.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Set {
    /// What is drawn.
    pub marks: Vec<Mark>,
    /// The pictures that matter most, in the order in which they were chosen.
    pub key_images: Vec<Picture>,
    /// How marked pictures were seen.
    pub looks: Vec<Look>,
    /// Arches that were drawn.
    pub arches: Vec<Arch>,
}

/// Why marks are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No such thing as our own viewer sends.
    Unreadable,
    /// More than [`MARKS_MAX`] and the like.
    TooMuch,
    /// A picture that is not of this study.
    Elsewhere,
    /// [`VERSIONS_MAX`] are there.
    TooOften,
}

impl Refused {
    /// In words.
    #[must_use]
    pub const fn words(self) -> Words {
        match self {
            Self::Unreadable => Words::new(
                "計測の内容を読み取れませんでした。画面を読み直してください。",
                "The marks could not be read. Please reload the page.",
            ),
            Self::TooMuch => Words::new(
                "計測が多すぎます。いらないものを消すと保存できます。",
                "Too many marks: remove some, and they can be saved.",
            ),
            Self::Elsewhere => Words::new(
                "この検査にない画像への計測が含まれています。画面を読み直してください。",
                "A mark lies on an image that is not of this study. Please reload the page.",
            ),
            Self::TooOften => Words::new(
                "保存の回数がこの検査の上限に達しました。管理者に相談してください。",
                "These marks were saved as often as is possible. Please ask the manager.",
            ),
        }
    }
}

impl Set {
    /// Whether there is nothing in it that anybody would miss.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.key_images.is_empty() && self.arches.is_empty()
    }

    /// Whether it is what a viewer sends, within all limits.
    ///
    /// # Errors
    /// Only [`Refused::TooMuch`] and [`Refused::Unreadable`].
    pub fn check(&self) -> Result<(), Refused> {
        let much = self.marks.len() > MARKS_MAX
            || self.key_images.len() > KEY_IMAGES_MAX
            || self.looks.len() > MARKS_MAX + KEY_IMAGES_MAX
            || self.arches.len() > KEY_IMAGES_MAX
            || self.marks.iter().any(|it| it.points.len() > POINTS_MAX);
        if much {
            return Err(Refused::TooMuch);
        }
        let ids: BTreeSet<&str> = self.marks.iter().map(|it| it.id.as_str()).collect();
        let keys: BTreeSet<&Picture> = self.key_images.iter().collect();
        let good = ids.len() == self.marks.len()
            && keys.len() == self.key_images.len()
            && self.marks.iter().all(Mark::is_sound)
            && self.pictures().iter().all(|it| it.frame >= 1)
            && self.looks.iter().all(|it| near(&[it.centre, it.width]) && it.width > 0.0)
            && self.arches.iter().all(|it| (2..=100).contains(&it.points.len()) && it.points.iter().all(|at| near(at)));
        if good { Ok(()) } else { Err(Refused::Unreadable) }
    }

    /// Every picture that it names.
    #[must_use]
    pub fn pictures(&self) -> BTreeSet<&Picture> {
        let marked = self.marks.iter().filter_map(|it| it.picture.as_ref());
        marked.chain(&self.key_images).chain(self.looks.iter().map(|it| &it.picture)).collect()
    }
}

fn near(numbers: &[f64]) -> bool {
    numbers.iter().all(|it| it.is_finite() && it.abs() <= FAR)
}

impl Mark {
    fn is_sound(&self) -> bool {
        let short = |it: &str, most: usize| it.chars().count() <= most && !it.chars().any(char::is_control);
        let value = |it: (&String, &Value)| {
            short(it.0, NAME_CHARS_MAX)
                && match it.1 {
                    Value::Number(number) => number.is_finite(),
                    Value::Text(text) => short(text, NAME_CHARS_MAX),
                }
        };
        let pixels = if self.picture.is_some() { self.points.len() } else { 0 };
        !self.id.is_empty()
            && short(&self.id, NAME_CHARS_MAX)
            && short(&self.frame_of_reference, Uid::CHARS_MAX)
            && short(&self.words, WORDS_CHARS_MAX)
            && self.kind.points().contains(&self.points.len())
            && self.pixels.len() == pixels
            && self.points.iter().all(|it| near(it))
            && self.pixels.iter().all(|it| near(it))
            && self.normal.is_none_or(|it| near(&it))
            && self.values.len() <= VALUES_MAX
            && self.values.iter().all(value)
            && self.kind.is_along_arch() == self.on_arch.is_some()
            && !(self.on_arch.is_some() && self.picture.is_some())
            && self.on_arch.as_ref().is_none_or(|it| short(&it.view, NAME_CHARS_MAX) && near(&it.from) && near(&it.to))
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.values.get(name)? {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    fn unit(&self, name: &str, otherwise: &'static str) -> &str {
        match self.values.get(name) {
            Some(Value::Text(text)) => text,
            _ => otherwise,
        }
    }

    /// What was measured and written, line by line, as it stands beside what is drawn. On a projection a length is one on the
    /// `detector`, and larger than in the patient.
    #[must_use]
    pub fn text(&self, on_detector: bool, lang: Lang) -> String {
        let place = if on_detector { lang.t("（検出器面上）", " (on the detector)") } else { "" };
        let mut lines = Vec::new();
        if !self.words.is_empty() {
            lines.push(self.words.clone());
        }
        if let Some(length) = self.number("length") {
            lines.push(format!("{length:.1} {}{place}", self.unit("unit", "mm")));
        }
        if let Some(angle) = self.number("angle") {
            lines.push(format!("{angle:.1}°"));
        }
        if let Some(area) = self.number("area") {
            let name = lang.t("面積", "Area");
            lines.push(format!("{name} {area:.1} {}{place}", self.unit("areaUnit", "mm²")));
        }
        let values = self.unit("modalityUnit", "");
        if let Some(mean) = self.number("mean") {
            let spread = self.number("stdDev").map_or_else(String::new, |it| format!(" ± {it:.0}"));
            lines.push(format!("{} {mean:.0}{spread} {values}", lang.t("平均", "Mean")).trim_end().to_owned());
        }
        if let Some(value) = self.number("value") {
            lines.push(format!("{value:.0} {values}").trim_end().to_owned());
        }
        lines.join("\n")
    }
}

/// A version.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Our row.
    pub id: VersionId,
    /// Whose.
    pub person: PersonId,
    /// Where the person worked.
    pub from: FacilityId,
    /// From 1, for each person on each study.
    pub number: i64,
    /// What it holds.
    pub body: Body,
    /// When.
    pub saved_at: Timestamp,
    /// When it was kept.
    pub kept_at: Option<Timestamp>,
}

/// What is sealed of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The author's name, as it was.
    pub author: String,
    /// The facility's name, as it was.
    pub facility: String,
    /// Which window of a browser has saved it: a window follows itself.
    pub tab: String,
    /// The marks.
    pub set: Set,
}

/// What a saving leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It stands there already.
    Same,
    /// A new version of this number.
    As(i64),
    /// Another window has saved since: nothing may be lost, so the two are brought together first.
    Behind,
}

/// What saving `set` leads to, that was drawn in `tab` upon version `based_on` (0: none). An answer that was lost on its way
/// leaves a window behind its own version; that is no other hand.
#[must_use]
pub fn next(newest: Option<&Version>, based_on: i64, tab: &str, set: &Set) -> Next {
    match newest {
        None if set.is_empty() => Next::Same,
        None => Next::As(1),
        Some(it) if it.body.set == *set => Next::Same,
        Some(it) if it.number == based_on || it.body.tab == tab => Next::As(it.number + 1),
        Some(_) => Next::Behind,
    }
}

/// Of each person the newest version that `me`, at `home`, may see. A colleague's is seen as it is drawn; what another
/// facility draws only once its author has kept it: a draft is no answer yet.
#[must_use]
pub fn shown(versions: Vec<Version>, me: PersonId, home: FacilityId) -> Vec<Version> {
    let mut newest: BTreeMap<PersonId, Version> = BTreeMap::new();
    for it in versions {
        let may = it.person == me || it.from == home || it.kept_at.is_some();
        if may && newest.get(&it.person).is_none_or(|known| known.number < it.number) {
            newest.insert(it.person, it);
        }
    }
    let mut all: Vec<Version> = newest.into_values().collect();
    all.sort_by_key(|it| (it.saved_at, it.id));
    all
}

/// The identifier of what a name stands for: the same name, the same identifier (PS3.5 B.2).
fn uid(name: &str) -> Uid {
    let digest = crypto::digest::sha256(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uid::of_uuid(bytes, 8)
}

#[cfg(test)]
mod tests;
