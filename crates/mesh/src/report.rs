//! What a file is and what is wrong with it: a plain value with keys, whose words stand beside the keys.

use serde::{Deserialize, Serialize};

use crate::fault::by_key;
use crate::{Fault, Format, Personal, Place, UnitGuess};

kernel::keyed! {
    /// The short answer.
    pub enum Verdict {
        /// Nothing to look at.
        Good => "good", "問題は見つかりませんでした", "Nothing is wrong with it";
        /// It can be used, and somebody should look at what is named.
        Look => "look", "使う前に、下の項目を確認してください", "Please look at the points below before using it";
        /// It cannot be used as it is.
        Broken => "broken", "このままでは使えません", "It cannot be used as it is";
        /// It is kept, and nothing was looked at.
        Unread => "unread", "中身は読まずに、そのまま保管する形式です", "This format is kept as it is, unread";
    }
}
by_key!(Verdict);

kernel::keyed! {
    /// How much a finding weighs.
    pub enum Weight {
        /// Good to know.
        Note => "note", "お知らせ", "Note";
        /// Somebody should look.
        Look => "look", "要確認", "To be looked at";
        /// It cannot be used as it is.
        Broken => "broken", "不良", "Broken";
    }
}
by_key!(Weight);

kernel::keyed! {
    /// What was found in a mesh that could be read.
    pub enum FindingKind {
        /// A coordinate that is no number or endless.
        NotFinite => "not_finite", "座標が数値になっていない三角形があります", "Triangles with coordinates that are no numbers";
        /// Surface missing in the midst of surface.
        Holes => "holes", "穴があります", "There are holes";
        /// The rim of a scan.
        OpenBorder => "open_border", "外周が開いています（スキャンでは普通です）", "The outer border is open (usual for a scan)";
        /// More than two triangles on one edge.
        NonManifoldEdges => "non_manifold_edges", "3枚以上の面が1本の辺を共有しています", "More than two triangles share an edge";
        /// Two surfaces that touch in one point.
        NonManifoldPoints => "non_manifold_points", "面どうしが1点だけでつながっています", "Surfaces touch in a single point";
        /// Neighbours that face different ways.
        Winding => "winding", "隣り合う面の表裏がそろっていません", "Neighbouring triangles face different ways";
        /// A whole part that is turned inside out.
        InsideOut => "inside_out", "表と裏が逆になっています", "It is turned inside out";
        /// Directions stored in the file that contradict its triangles.
        NormalsAgainst => "normals_against", "ファイルに書かれた面の向きが、三角形の並びと逆です", "Stored directions contradict the order of the corners";
        /// Triangles without an area.
        Degenerate => "degenerate", "面積のない三角形があります", "Triangles without an area";
        /// The same triangle more than once.
        Doubled => "doubled", "同じ三角形が重なっています", "The same triangle more than once";
        /// More than one piece.
        Parts => "parts", "つながっていない部分に分かれています", "It consists of separate parts";
        /// The size fits no dental work.
        SizeDoubtful => "size_doubtful", "大きさが歯科の物として不自然です。単位を確認してください", "The size is unusual for dental work; please check the unit";
        /// A name that says another format.
        Misnamed => "misnamed", "ファイル名の拡張子が中身と違います", "The ending of the file's name says another format";
        /// Bytes after the end.
        Trailing => "trailing", "データの終わりの後に余分な内容があります", "There is something after the end of the data";
        /// Numbers with a decimal comma.
        DecimalComma => "decimal_comma", "小数点がカンマで書かれています", "Numbers are written with a decimal comma";
        /// Materials or textures in files of their own.
        Materials => "materials", "別ファイルの材質や画像を参照しています（開いていません）", "It names materials or pictures in other files (not opened)";
        /// Personal data.
        Personal => "personal", "個人情報らしい内容があります", "There is what may be personal data";
        /// Names that lead out of the folder.
        NamesOutside => "names_outside", "フォルダーの外を指すファイル名があります", "A file name leads out of the folder";
    }
}
by_key!(FindingKind);

impl FindingKind {
    /// How much it weighs.
    #[must_use]
    pub fn weight(self) -> Weight {
        match self {
            Self::NotFinite => Weight::Broken,
            Self::Holes
            | Self::NonManifoldEdges
            | Self::NonManifoldPoints
            | Self::Winding
            | Self::InsideOut
            | Self::SizeDoubtful
            | Self::Trailing
            | Self::Personal
            | Self::NamesOutside => Weight::Look,
            Self::OpenBorder
            | Self::NormalsAgainst
            | Self::Degenerate
            | Self::Doubled
            | Self::Parts
            | Self::Misnamed
            | Self::DecimalComma
            | Self::Materials => Weight::Note,
        }
    }
}

/// Something that was found, how often, and the first places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// How often.
    pub count: u64,
    /// The first places, or the largest ones of holes.
    pub places: Vec<Place>,
}

kernel::keyed! {
    /// Which way a surface faces.
    pub enum Turned {
        /// Outwards, as it should.
        Outward => "outward", "表が外を向いています", "It faces outwards";
        /// Inside out.
        Inward => "inward", "裏返しです", "It is inside out";
        /// Some parts so, others otherwise.
        Mixed => "mixed", "部分ごとに向きが異なります", "Some parts face outwards, others inwards";
        /// Too flat or too broken to tell.
        Unclear => "unclear", "平らなため、または面の向きがそろわないため判定できません", "Too flat or too mixed to tell";
    }
}
by_key!(Turned);

/// The rim of missing surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hole {
    /// Edges around it.
    pub edges: u64,
    /// Length around it, in the unit of the file.
    pub length: f64,
    /// Its middle.
    pub place: Place,
    /// Whether it is the outer border of an open surface.
    pub border: bool,
}

/// The mesh in figures. Lengths are in the unit of the file unless they say `mm`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Triangles in the file.
    pub triangles: u64,
    /// Points in the file.
    pub points: u64,
    /// Different places among the points that triangles use.
    pub places: u64,
    /// Whether points have colours.
    pub coloured: bool,
    /// Separate parts.
    pub parts: u64,
    /// Smallest corner of the box around it.
    pub low: [f64; 3],
    /// Largest corner of the box around it.
    pub high: [f64; 3],
    /// The unit.
    pub unit: UnitGuess,
    /// Sides of the box in millimetres, by that unit.
    pub size_mm: [f64; 3],
    /// Area of the surface.
    pub area: f64,
    /// Whether it encloses a volume without a gap.
    pub closed: bool,
    /// The volume, if it is closed; negative if inside out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
    /// Which way it faces.
    pub turned: Turned,
    /// Edges with one triangle only.
    pub border_edges: u64,
    /// Rims, the longest first; not more than the limit of places.
    pub holes: Vec<Hole>,
}

/// What a file beside a mesh is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    /// Teeth by FDI.
    pub teeth: Vec<u8>,
    /// Names of meshes and companions, as written.
    pub files: Vec<String>,
    /// Whether one of the names leads out of the folder.
    #[serde(skip)]
    pub(crate) outside: bool,
}

/// What a file is and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its format, by its content.
    pub format: Format,
    /// Its length.
    pub bytes: u64,
    /// The short answer.
    pub verdict: Verdict,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// The mesh in figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// What a companion is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion: Option<Companion>,
    /// What was found, the heaviest first.
    pub findings: Vec<Finding>,
    /// What may be personal data, and where.
    pub personal: Vec<Personal>,
    /// Files that it names, as written; they are not opened.
    pub materials: Vec<String>,
}
