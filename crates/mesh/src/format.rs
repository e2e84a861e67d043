//! Which format a file is of, by its content first: names are changed by hand.

use crate::fault::by_key;

kernel::keyed! {
    /// A format of files around dental work.
    pub enum Format {
        /// STL, binary.
        StlBinary => "stl_binary", "STL（バイナリ）", "STL (binary)";
        /// STL, text.
        StlText => "stl_text", "STL（テキスト）", "STL (text)";
        /// PLY, text or binary.
        Ply => "ply", "PLY", "PLY";
        /// Wavefront OBJ.
        Obj => "obj", "OBJ", "OBJ";
        /// 3MF: an archive of XML.
        ThreeMf => "3mf", "3MF", "3MF";
        /// A scan of 3Shape (HPS); it is not DICOM in spite of its ending, and is kept unread.
        ShapeDcm => "3shape_dcm", "3Shapeのスキャンデータ（.dcm）", "3Shape scan (.dcm)";
        /// How exocad built a piece: teeth, axes, margins. The milling program needs it.
        ConstructionInfo => "construction_info", "exocadの設計情報（.constructionInfo）", "exocad construction data (.constructionInfo)";
        /// An order of exocad.
        DentalProject => "dental_project", "exocadの案件ファイル（.dentalProject）", "exocad project (.dentalProject)";
        /// Materials of an OBJ.
        Mtl => "mtl", "OBJの材質ファイル（.mtl）", "Materials of an OBJ (.mtl)";
        /// A ZIP archive that is no 3MF: a project of a design program; kept unread.
        Archive => "archive", "圧縮ファイル（ZIP）", "Archive (ZIP)";
        /// A medical image, which goes another way.
        Dicom => "dicom", "DICOM画像", "DICOM image";
        /// Anything else.
        Unknown => "unknown", "不明な形式", "Unknown format";
    }
}
by_key!(Format);

impl Format {
    /// Whether a mesh can be read from it here.
    #[must_use]
    pub fn is_mesh(self) -> bool {
        matches!(self, Self::StlBinary | Self::StlText | Self::Ply | Self::Obj | Self::ThreeMf)
    }

    /// Whether it is text, whose bytes cost more to read.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::StlText | Self::Obj | Self::ConstructionInfo | Self::DentalProject)
    }

    /// The endings that such a file has.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::StlBinary | Self::StlText => &["stl"],
            Self::Ply => &["ply"],
            Self::Obj => &["obj"],
            Self::ThreeMf => &["3mf"],
            Self::ShapeDcm => &["dcm"],
            Self::ConstructionInfo => &["constructioninfo"],
            Self::DentalProject => &["dentalproject"],
            Self::Mtl => &["mtl"],
            Self::Archive => &["zip"],
            Self::Dicom => &["dcm", "dicom"],
            Self::Unknown => &[],
        }
    }

    /// Whether a file of this name says that it is of another format. A name without a known ending says nothing.
    #[must_use]
    pub fn is_misnamed(self, name: &str) -> bool {
        let ending = ending(name);
        Self::ALL.iter().any(|it| it.endings().contains(&&*ending)) && !self.endings().contains(&&*ending)
    }

    /// The format of a file, by its bytes, and by its name where these leave it open.
    #[must_use]
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        let ending = ending(name);
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let start = text.trim_ascii_start();
        if is_dicom(bytes) {
            Self::Dicom
        } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            if holds(bytes, b".model") || ending == "3mf" { Self::ThreeMf } else { Self::Archive }
        } else if start.starts_with(b"ply") && start.get(3).is_some_and(u8::is_ascii_whitespace) {
            Self::Ply
        } else if crate::read::stl::is_exact(bytes) {
            Self::StlBinary
        } else if is_xml(start) {
            xml(&ending, start)
        } else if crate::read::stl::is_text(text) {
            Self::StlText
        } else if ending == "mtl" {
            Self::Mtl
        } else if ending == "stl" && bytes.len() >= crate::read::stl::HEAD {
            Self::StlBinary
        } else if ending == "stl" && is_words(start, &["solid"]) {
            Self::StlText
        } else if ending == "ply" && start.is_empty() {
            Self::Ply
        } else if is_words(start, &["v", "vn", "vt", "f", "g", "o", "mtllib", "usemtl"]) && holds_lines(start)
            || ending == "obj" && plain(start)
        {
            Self::Obj
        } else {
            Self::Unknown
        }
    }
}

pub(crate) fn ending(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    file.rsplit_once('.').map(|(_, it)| it.to_ascii_lowercase()).unwrap_or_default()
}

fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// Whether the bytes begin as XML does, in eight bits or sixteen.
fn is_xml(start: &[u8]) -> bool {
    start.first() == Some(&b'<') || start.starts_with(b"\xFF\xFE<\0") || start.starts_with(b"\xFE\xFF\0<")
}

fn xml(ending: &str, start: &[u8]) -> Format {
    let head: Vec<u8> = start[..start.len().min(4096)].iter().copied().filter(|it| *it != 0).collect();
    let has = |word: &str| head.windows(word.len()).any(|it| it.eq_ignore_ascii_case(word.as_bytes()));
    if has("<HPS") {
        Format::ShapeDcm
    } else if has("<ConstructionInfo") || ending == "constructioninfo" {
        Format::ConstructionInfo
    } else if has("<Treatment") || ending == "dentalproject" {
        Format::DentalProject
    } else {
        Format::Unknown
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    // The list of an archive's files stands at its end; the first of them at its beginning.
    let edges = [&bytes[..bytes.len().min(1 << 16)], &bytes[bytes.len().saturating_sub(1 << 16)..]];
    edges.iter().any(|it| it.windows(word.len()).any(|it| it.eq_ignore_ascii_case(word)))
}

/// Whether the first line that is no comment begins with one of these words.
fn is_words(start: &[u8], words: &[&str]) -> bool {
    let lines = start.split(|it| matches!(it, b'\n' | b'\r')).map(<[u8]>::trim_ascii).take(10_000);
    let mut said = lines.filter(|it| !it.is_empty() && it[0] != b'#');
    let first = said.next().unwrap_or_default();
    let word = first.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    words.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()))
}

fn holds_lines(start: &[u8]) -> bool {
    start.iter().take(1 << 16).any(|it| matches!(it, b'\n' | b'\r'))
}

/// Whether the beginning is text, not binary data under a name of text.
fn plain(start: &[u8]) -> bool {
    !start.is_empty() && !start[..start.len().min(1024)].contains(&0)
}
