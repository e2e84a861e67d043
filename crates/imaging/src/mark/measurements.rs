//! What was measured, as a Comprehensive 3D SR (PS3.3 A.35.13) with the content of TID 1500, "Measurement Report": for each
//! mark a group with its numbers, its words and its place. What lies on a picture has its place in pixels of that picture;
//! what lies on a plane between pictures, in millimetres of the patient. What has neither is told in words, without a place.

use std::collections::BTreeSet;

use kernel::{Words, clause};

use super::depicted::Depicted;
use super::presentation::{decimal, longer_axis_first, references};
use super::quantity::{self, Quantity};
use super::{Mark, Tool, Version, uid};
use crate::dataset::Tag;
use crate::instance::Uid;
use crate::outgoing::LANG;
use crate::outgoing::content::{CONTENT, Item, NAME, Value, language, observer, template};
use crate::outgoing::module::{Identity, head, made};
use crate::outgoing::sites::{Code, code};
use crate::outgoing::store::{About, Picture as Evident};
use crate::outgoing::structured::evidence;

const CLASS: &str = "1.2.840.10008.5.1.4.1.1.88.34";
/// Behind the number of key images.
const SERIES_NUMBER: u16 = 9_005;
/// How far points of one plane lie beside it at most: they are kept to a thousandth of a millimetre, and their normal to a
/// millionth.
const BESIDE_MM_MAX: f64 = 0.01;

const SOURCE: Code = code("260753009", "SCT", "Source");
const REGION: Code = code("111030", "DCM", "Image Region");
const PATH: Code = code("121055", "DCM", "Path");
const COMMENT: Code = code("121106", "DCM", "Comment");

/// The data set, explicit little endian; nothing where nothing is drawn. `bodies` are the frames of reference that the images
/// of the study have: what a browser takes for another one is none.
pub(super) fn data_set(
    study: &About,
    version: &Version,
    depicted: &[Depicted],
    bodies: &BTreeSet<String>,
) -> Option<Vec<u8>> {
    clause!("TR-24");
    let body = &version.body;
    if body.set.marks.is_empty() {
        return None;
    }
    let identity = Identity {
        class: CLASS,
        uid: &uid(&format!("mark-measurements/{}", version.id)),
        modality: "SR",
        series: &uid(&format!("mark-measurements/{}/{}", study.uid, version.person)),
        series_number: SERIES_NUMBER,
        description: LANG.t("計測レポート", "Measurement report"),
        number: version.number,
        facility: &body.facility,
    };
    let mut out = head(study, &identity);
    made(&mut out, version.saved_at);
    // PS3.3 C.7.5.2: which equipment; programs have no serial number but that of the house where they run.
    out.text(Tag(0x0008, 0x1090), b"LO", "Haruka").text(Tag(0x0018, 0x1000), b"LO", &version.from.to_string()).text(
        Tag(0x0018, 0x1020),
        b"LO",
        env!("CARGO_PKG_VERSION"),
    );
    // Kept by its author, and verified by nobody: only a report is signed.
    out.items(Tag(0x0008, 0x1111), vec![])
        .text(Tag(0x0040, 0xA040), b"CS", "CONTAINER")
        .code(NAME, code("126000", "DCM", "Imaging Measurement Report"))
        .text(Tag(0x0040, 0xA050), b"CS", "SEPARATE")
        .items(Tag(0x0040, 0xA372), vec![])
        .text(Tag(0x0040, 0xA491), b"CS", "COMPLETE")
        .text(Tag(0x0040, 0xA493), b"CS", "UNVERIFIED");
    template(&mut out, "1500");

    let groups: Vec<Group<'_>> = body.set.marks.iter().map(|mark| Group::of(mark, depicted, bodies)).collect();
    let on = |it: &&Depicted| {
        groups.iter().any(|group| matches!(group.place, Place::OnPicture { on, .. } if on.picture == it.picture))
    };
    let pictures: Vec<&Depicted> = depicted.iter().filter(on).collect();
    let procedure = Value::Code(code("363679005", "SCT", "Imaging procedure"));
    let mut all = vec![language()];
    all.extend(observer(&body.author, &body.facility));
    all.push(Item::new("HAS CONCEPT MOD", code("121058", "DCM", "Procedure reported"), procedure));
    if !pictures.is_empty() {
        let library = references(&pictures).into_iter();
        let library = library.map(|it| Item::new("CONTAINS", SOURCE, Value::Picture(it))).collect();
        let group = Item::section(code("126200", "DCM", "Image Library Group"), library);
        let library = Value::Group("1600", vec![group]);
        all.push(Item::new("CONTAINS", code("111028", "DCM", "Image Library"), library));
    }
    let tracked = |mark: &Mark| uid(&format!("mark-tracking/{}/{}/{}", study.uid, version.person, mark.id));
    let measured = groups.into_iter().map(|it| it.item(&tracked)).collect();
    all.push(Item::section(code("126010", "DCM", "Imaging Measurements"), measured));
    out.items(CONTENT, all.into_iter().map(Item::write).collect());
    let evident: Vec<Evident> = pictures.iter().map(|it| evident(study, it)).collect();
    if !evident.is_empty() {
        out.items(Tag(0x0040, 0xA375), evidence(evident.iter()));
    }
    Some(out.bytes())
}

fn evident(study: &About, it: &Depicted) -> Evident {
    Evident {
        study: study.uid.clone(),
        series: it.picture.series.to_string(),
        class: it.class.clone(),
        uid: it.picture.sop.to_string(),
    }
}

/// Where a mark lies.
#[derive(Debug, Clone, PartialEq)]
enum Place<'a> {
    /// A graphic in pixels of a picture.
    OnPicture { on: &'a Depicted, kind: &'static str, points: Vec<[f64; 2]> },
    /// A graphic in millimetres of the patient.
    InPatient { body: &'a str, kind: &'static str, points: Vec<[f64; 3]> },
    /// In words, why a place would be a false one.
    Nowhere(Words),
}

const UNROLLED: Words = Words::new(
    "歯列弓に沿って展開した再構成画像の上にあり、曲面に沿うため、位置は記載していません。",
    "On an image unrolled along the dental arch: its line follows a curved surface, so that no place is given.",
);
const UNKNOWN: Words = Words::new(
    "元の画像に患者座標の基準がないため、位置は記載していません。",
    "The images do not say in which frame of reference they lie, so that no place is given.",
);
const BESIDE: Words = Words::new(
    "画像の範囲の外にかかっているため、位置は記載していません。",
    "It reaches beyond the image, so that no place is given.",
);
const UNSEEN: Words = Words::new(
    "画像の情報を読み取れないため、位置は記載していません。",
    "The image cannot be read, so that no place is given.",
);
const BENT: Words = Words::new(
    "一つの平面の上にないため、位置は記載していません。",
    "It does not lie in one plane, so that no place is given.",
);

fn place<'a>(mark: &'a Mark, depicted: &'a [Depicted], bodies: &BTreeSet<String>) -> Place<'a> {
    let Some(picture) = &mark.picture else { return in_patient(mark, bodies) };
    let Some(on) = depicted.iter().find(|it| it.picture == *picture) else { return Place::Nowhere(UNSEEN) };
    // PS3.3 C.18.6.1: from the upper left corner, 0 \ 0, to columns \ rows.
    let inside =
        |at: &[f64; 2]| (0.0..=f64::from(on.columns)).contains(&at[0]) && (0.0..=f64::from(on.rows)).contains(&at[1]);
    let (kind, points) = graphic(mark, &mark.pixels, "POLYLINE");
    if points.iter().all(inside) { Place::OnPicture { on, kind, points } } else { Place::Nowhere(BESIDE) }
}

fn in_patient<'a>(mark: &'a Mark, bodies: &BTreeSet<String>) -> Place<'a> {
    let body = mark.frame_of_reference.as_str();
    if mark.kind == Tool::PanoramaLength {
        return Place::Nowhere(UNROLLED);
    }
    if !bodies.contains(body) {
        return Place::Nowhere(UNKNOWN);
    }
    let (kind, points) = graphic(mark, &mark.points, "POLYGON");
    let flat = !matches!(kind, "POLYGON" | "ELLIPSE") || mark.normal.is_some_and(|normal| is_flat(&points, normal));
    if flat { Place::InPatient { body, kind, points } } else { Place::Nowhere(BENT) }
}

/// Whether all points lie in one plane (PS3.3 C.18.9.1.2).
fn is_flat(points: &[[f64; 3]], normal: [f64; 3]) -> bool {
    let length = normal.iter().map(|it| it * it).sum::<f64>().sqrt();
    let height = |at: &[f64; 3]| at.iter().zip(normal).map(|(one, other)| one * other).sum::<f64>() / length;
    let (low, high) = points.iter().map(height).fold((f64::MAX, f64::MIN), |it, at| (it.0.min(at), it.1.max(at)));
    length > 0.0 && high - low <= BESIDE_MM_MAX
}

/// Its graphic type and its points: on a picture and in the patient the same, but for the name of a `closed` outline.
fn graphic<const N: usize>(mark: &Mark, at: &[[f64; N]], closed: &'static str) -> (&'static str, Vec<[f64; N]>) {
    match (mark.kind, at) {
        // The words of an arrow speak of the place at its tip.
        (Tool::Probe, _) => ("POINT", at.to_vec()),
        (Tool::Arrow, [tip, ..]) => ("POINT", vec![*tip]),
        (Tool::Ellipse, &[a, b, c, d]) => ("ELLIPSE", longer_axis_first([a, b, c, d]).to_vec()),
        (Tool::Area, [first, .., last]) if mark.closed && first != last => {
            (closed, at.iter().chain([first]).copied().collect())
        }
        (Tool::Area, _) if mark.closed => (closed, at.to_vec()),
        _ => ("POLYLINE", at.to_vec()),
    }
}

/// A mark as the report tells it.
struct Group<'a> {
    mark: &'a Mark,
    place: Place<'a>,
    quantities: Vec<Quantity>,
    /// What its author has written, or what is not told otherwise.
    words: Option<String>,
}

impl<'a> Group<'a> {
    fn of(mark: &'a Mark, depicted: &'a [Depicted], bodies: &BTreeSet<String>) -> Self {
        let place = place(mark, depicted, bodies);
        let on = mark.picture.as_ref().and_then(|on| depicted.iter().find(|it| it.picture == *on));
        let on_detector = on.is_some_and(|it| it.on_detector);
        let (tool, told) = (mark.kind.words(), mark.text(on_detector, LANG).replace('\n', " "));
        let told = format!("{} {told}", tool.in_lang(LANG)).trim_end().to_owned();
        if let Place::Nowhere(why) = &place {
            let words = Some(format!("{told}\n{}", why.in_lang(LANG)));
            return Self { mark, place, quantities: vec![], words };
        }
        let quantities = quantity::all(mark, on_detector);
        let words = if !mark.words.is_empty() {
            Some(mark.words.clone())
        } else if quantities.is_empty() {
            Some(told)
        } else {
            None
        };
        Self { mark, place, quantities, words }
    }

    /// A measurement group: TID 1410 for a region, of which every number speaks; TID 1501 for all else.
    fn item(self, tracked: &dyn Fn(&Mark) -> Uid) -> Item {
        let context = "HAS OBS CONTEXT";
        let tracking = Value::Identifier(tracked(self.mark).to_string());
        let mut all = vec![
            Item::new(context, code("112039", "DCM", "Tracking Identifier"), Value::Text(self.mark.id.clone())),
            Item::new(context, code("112040", "DCM", "Tracking Unique Identifier"), tracking),
        ];
        let is_region = self.is_region();
        if is_region {
            all.extend(self.coordinates("CONTAINS"));
        }
        let below = || if is_region { None } else { self.coordinates("INFERRED FROM") };
        all.extend(self.quantities.iter().map(|it| number(it).with(below())));
        all.extend(self.words.as_ref().map(|it| Item::text(COMMENT, it).with(below())));
        let number = if is_region { "1410" } else { "1501" };
        Item::new("CONTAINS", code("125007", "DCM", "Measurement Group"), Value::Group(number, all))
    }

    fn is_region(&self) -> bool {
        let closed = self.mark.kind == Tool::Ellipse || (self.mark.kind == Tool::Area && self.mark.closed);
        closed && !matches!(self.place, Place::Nowhere(_))
    }

    fn coordinates(&self, relation: &'static str) -> Option<Item> {
        let name = |kind: &str| if kind == "POLYLINE" && !self.is_region() { PATH } else { REGION };
        match &self.place {
            Place::OnPicture { on, kind, points } => {
                let source = references(&[on]).into_iter();
                let source = source.map(|it| Item::new("SELECTED FROM", SOURCE, Value::Picture(it)));
                Some(Item::new(relation, name(kind), Value::Graphic(kind, single(points))).with(source))
            }
            Place::InPatient { body, kind, points } => {
                let graphic = Value::InPatient(kind, single(points), (*body).to_owned());
                Some(Item::new(relation, name(kind), graphic))
            }
            Place::Nowhere(_) => None,
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "graphic data have single precision (PS3.3 C.18.6, C.18.9)")]
fn single<const N: usize>(points: &[[f64; N]]) -> Vec<f32> {
    points.iter().flatten().map(|it| *it as f32).collect()
}

/// One number (TID 300).
fn number(it: &Quantity) -> Item {
    let modifier = |name: Code, value: Code| Item::new("HAS CONCEPT MOD", name, Value::Code(value));
    let method = it.method.map(|method| modifier(code("370129005", "SCT", "Measurement Method"), method));
    let derivation = it.derivation.map(|derivation| modifier(code("121401", "DCM", "Derivation"), derivation));
    Item::new("CONTAINS", it.name, Value::Number(decimal(it.number), it.unit)).with(method).with(derivation)
}
