//! What is said about a file: a report with its measures, or what is broken and where.

use kernel::Words;
use serde::{Deserialize, Serialize};

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It could be read.
    Read(Box<Report>),
    /// It could not.
    Broken(Broken),
    /// The check itself came to no end, and why; the file may be good.
    Unchecked(Words),
}

/// Why a file cannot be used, and where it goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// One sentence for the person who sent it. It repeats nothing that the file says about people.
    pub what: Words,
    /// Where in the file.
    pub place: Place,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// Bytes from its beginning; within an archive, of the part that was unpacked.
    Byte(u64),
    /// A line, counted from one; within an archive, of the part that was unpacked.
    Line(u64),
}

impl Place {
    /// The place, as it is shown.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Whole => Words::new("ファイル全体", "the whole file"),
            Self::Byte(at) => Words::made(format!("先頭から{at}バイト目"), format!("byte {at}")),
            Self::Line(at) => Words::made(format!("{at}行目"), format!("line {at}")),
        }
    }
}

impl Broken {
    pub(crate) fn new(what: Words, place: Place) -> Self {
        Self { what, place }
    }

    /// The file ends too early.
    pub(crate) fn cut(at: usize) -> Self {
        Self::new(
            Words::new(
                "ファイルが途中で終わっています。もう一度書き出して送ってください。",
                "The file ends in the middle. Export it again and send it once more.",
            ),
            Place::Byte(at as u64),
        )
    }

    /// More than one of the limits allows.
    pub(crate) fn too_many(what: &Words, max: usize, place: Place) -> Self {
        let made =
            Words::made(format!("{}が上限（{max}）を超えています。", what.ja), format!("More than {max} {}.", what.en));
        Self::new(made, place)
    }

    /// The sentence with its place.
    #[must_use]
    pub fn words(&self) -> Words {
        let (ja, en) = (&self.what.ja, &self.what.en);
        match self.place {
            Place::Whole => self.what.clone(),
            place => Words::made(format!("{ja}（{}）", place.words().ja), format!("{en} ({})", place.words().en)),
        }
    }
}

kernel::keyed! {
    /// What a file is, by what it holds; its name only helps where the content could be either.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind {
        /// STL, binary.
        StlBinary => "stl_binary", "STL（バイナリ）", "STL, binary";
        /// STL, text.
        StlText => "stl_text", "STL（テキスト）", "STL, text";
        /// PLY, text.
        PlyText => "ply_text", "PLY（テキスト）", "PLY, text";
        /// PLY, binary, least significant byte first.
        PlyLittle => "ply_little", "PLY（バイナリ）", "PLY, binary";
        /// PLY, binary, most significant byte first.
        PlyBig => "ply_big", "PLY（バイナリ・ビッグエンディアン）", "PLY, binary, big endian";
        /// Wavefront OBJ.
        Obj => "obj", "OBJ", "OBJ";
        /// 3MF.
        ThreeMf => "3mf", "3MF", "3MF";
        /// exocad: how what was designed is made (`.constructionInfo`).
        Construction => "exocad_construction", "exocadの製作情報", "exocad construction info";
        /// exocad: the project (`.dentalProject`).
        Project => "exocad_project", "exocadのプロジェクト", "exocad project";
        /// 3Shape's packed scan (`.dcm`), which is no DICOM. It is kept as it is.
        Hps => "hps", "3Shapeの形式（HPS）", "3Shape's own format (HPS)";
    }
}

/// A report on a file that could be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it is.
    pub kind: Kind,
    /// The surface, where it has one that is read.
    pub surface: Option<Surface>,
    /// What a project file names.
    pub project: Option<Project>,
    /// Where personal data may stand, without the data themselves.
    pub personal: Vec<Personal>,
    /// What else somebody should know.
    pub notes: Vec<Words>,
}

/// The measures of a surface. Counts are of what the file says; NaN and infinity are counted and then left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    /// In what its numbers are.
    pub unit: UnitGuess,
    /// Extent of the box along x, y and z, in mm by that unit.
    pub size_mm: [f64; 3],
    /// Triangles in the file; a polygon counts as the triangles it is made of.
    pub triangles: u64,
    /// Vertices once those at the very same place are one.
    pub vertices: u64,
    /// Triangles without an area.
    pub degenerate: u64,
    /// Triangles with a corner that is no number or infinite.
    pub not_finite: u64,
    /// Holes: connected runs of open edges. A scan is open at its rim, which counts as one.
    pub holes: u64,
    /// Edges with a triangle on one side only.
    pub open_edges: u64,
    /// Edges that more than two triangles share.
    pub crowded_edges: u64,
    /// Edges whose two triangles do not agree which side is outside.
    pub turned_edges: u64,
    /// Parts that do not touch each other.
    pub shells: u64,
    /// Whether the surface is turned inside out; only a closed surface whose triangles agree can tell.
    pub inside_out: Option<bool>,
    /// Area in mm².
    pub area_mm2: f64,
    /// Volume in mm³, of a closed surface whose triangles agree; negative if it is inside out.
    pub volume_mm3: Option<f64>,
    /// Whether its vertices have colours.
    pub coloured: bool,
}

impl Surface {
    /// Whether it encloses a volume without a gap.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.triangles > 0 && self.open_edges == 0 && self.crowded_edges == 0
    }

    /// Whether neighbours agree which side is outside.
    #[must_use]
    pub fn oriented(&self) -> bool {
        self.turned_edges == 0
    }
}

kernel::keyed! {
    /// In what the numbers of a file are.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Unit {
        /// µm
        Micrometre => "micrometre", "マイクロメートル", "micrometres";
        /// mm
        Millimetre => "millimetre", "ミリメートル", "millimetres";
        /// cm
        Centimetre => "centimetre", "センチメートル", "centimetres";
        /// in
        Inch => "inch", "インチ", "inches";
        /// ft
        Foot => "foot", "フィート", "feet";
        /// m
        Metre => "metre", "メートル", "metres";
    }
}

impl Unit {
    /// Millimetres in one of it.
    #[must_use]
    pub const fn mm(self) -> f64 {
        match self {
            Self::Micrometre => 0.001,
            Self::Millimetre => 1.0,
            Self::Centimetre => 10.0,
            Self::Inch => 25.4,
            Self::Foot => 304.8,
            Self::Metre => 1000.0,
        }
    }
}

/// A unit, and why we take it for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitGuess {
    /// The unit by which sizes are told.
    pub unit: Unit,
    /// Whether the file says so, or its size leaves no doubt.
    pub sure: bool,
    /// Why.
    pub why: Words,
}

/// What a project file names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Teeth, by the number that the file gives them (FDI).
    pub teeth: Vec<String>,
    /// Materials.
    pub materials: Vec<String>,
    /// What is made: crown, inlay, abutment ….
    pub works: Vec<String>,
    /// Files that belong to it, by name only.
    pub files: Vec<String>,
}

/// Where personal data may stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// In which part: the header, a comment, a field.
    pub part: Words,
    /// Where.
    pub place: Place,
    /// What speaks for it.
    pub why: Words,
}

/// How grave a line of a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grave {
    /// A fact.
    Fact,
    /// Somebody should look at it.
    Look,
    /// Making something from it will go wrong.
    Bad,
}

impl Report {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, surface: None, project: None, personal: Vec::new(), notes: Vec::new() }
    }

    /// The report in sentences, in the order in which they matter to whoever checks the file.
    #[must_use]
    pub fn lines(&self) -> Vec<(Grave, Words)> {
        let mut lines = Vec::new();
        for it in &self.personal {
            let place = it.place.words();
            lines.push((
                Grave::Look,
                Words::made(
                    format!("個人情報が含まれている可能性があります：{}（{}）。{}", it.part.ja, place.ja, it.why.ja),
                    format!("May hold personal data: {} ({}). {}", it.part.en, place.en, it.why.en),
                ),
            ));
        }
        if let Some(surface) = &self.surface {
            surface.lines(&mut lines);
        }
        if let Some(project) = &self.project {
            project.lines(&mut lines);
        }
        lines.extend(self.notes.iter().map(|it| (Grave::Look, it.clone())));
        lines.sort_by_key(|(grave, _)| std::cmp::Reverse(*grave));
        lines
    }
}

impl Surface {
    fn lines(&self, lines: &mut Vec<(Grave, Words)>) {
        let mut line = |ja: String, en: String, grave: Grave| lines.push((grave, Words::made(ja, en)));
        let [x, y, z] = self.size_mm;
        line(
            format!(
                "大きさ {x:.2} × {y:.2} × {z:.2} mm、三角形 {}、頂点 {}",
                grouped(self.triangles),
                grouped(self.vertices)
            ),
            format!(
                "Size {x:.2} × {y:.2} × {z:.2} mm, {} triangles, {} vertices",
                grouped(self.triangles),
                grouped(self.vertices)
            ),
            Grave::Fact,
        );
        let unit = self.unit.unit.words();
        let grave = if self.unit.sure { Grave::Fact } else { Grave::Look };
        line(
            format!("単位：{}。{}", unit.ja, self.unit.why.ja),
            format!("Unit: {}. {}", unit.en, self.unit.why.en),
            grave,
        );
        if self.not_finite > 0 {
            let count = self.not_finite;
            line(
                format!("座標が数値でない三角形が{count}個あります。"),
                format!("{count} triangles have corners that are no numbers."),
                Grave::Bad,
            );
        }
        if self.crowded_edges > 0 {
            let count = self.crowded_edges;
            line(
                format!("3枚以上の面が共有する辺が{count}本あります（非多様体）。"),
                format!("{count} edges are shared by more than two triangles (not manifold)."),
                Grave::Bad,
            );
        }
        if self.turned_edges > 0 {
            let count = self.turned_edges;
            line(
                format!("面の向きがそろっていません（{count}か所の辺）。"),
                format!("The triangles do not agree which side is outside (at {count} edges)."),
                Grave::Bad,
            );
        }
        if self.inside_out == Some(true) {
            line("表と裏が逆です。".into(), "The surface is inside out.".into(), Grave::Bad);
        }
        if self.degenerate > 0 {
            let count = self.degenerate;
            line(
                format!("面積のない三角形が{count}個あります。"),
                format!("{count} triangles have no area."),
                Grave::Look,
            );
        }
        if self.open_edges > 0 {
            let (holes, edges) = (self.holes, self.open_edges);
            line(
                format!("閉じていません：開いた縁が{holes}か所（辺{edges}本）。スキャンの外周も1か所に数えます。"),
                format!("Open: {holes} open rims with {edges} edges. The outer rim of a scan counts as one."),
                Grave::Look,
            );
        } else if self.closed() {
            line("閉じた面です。".into(), "The surface is closed.".into(), Grave::Fact);
        }
        if self.shells > 1 {
            let count = self.shells;
            line(
                format!("つながっていない部分が{count}個あります。"),
                format!("{count} parts do not touch each other."),
                Grave::Look,
            );
        }
        if self.coloured {
            line("色の情報があります。".into(), "It has colours.".into(), Grave::Fact);
        }
    }
}

impl Project {
    fn lines(&self, lines: &mut Vec<(Grave, Words)>) {
        let rows = [
            (&self.teeth, Words::new("歯", "Teeth")),
            (&self.works, Words::new("製作物", "Works")),
            (&self.materials, Words::new("材料", "Materials")),
            (&self.files, Words::new("関連ファイル", "Files")),
        ];
        for (names, head) in rows.into_iter().filter(|(names, _)| !names.is_empty()) {
            let text =
                Words::made(format!("{}：{}", head.ja, names.join("、")), format!("{}: {}", head.en, names.join(", ")));
            lines.push((Grave::Fact, text));
        }
    }
}
/// A count with its thousands apart: a scan has millions of triangles.
fn grouped(count: impl std::fmt::Display) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        for (count, said) in [(0, "0"), (999, "999"), (1_280, "1,280"), (2_002_000, "2,002,000")] {
            assert_eq!(grouped(count), said);
        }
    }
}
