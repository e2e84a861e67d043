//! Why a file could not be read.

use serde::{Deserialize, Serialize};

use crate::Place;

/// Makes a keyed enum travel by its key.
macro_rules! by_key {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.key())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let key = String::deserialize(from)?;
                Self::from_key(&key).ok_or_else(|| serde::de::Error::custom("an unknown key"))
            }
        }
    };
}
pub(crate) use by_key;

kernel::keyed! {
    /// What is wrong with a file.
    pub enum FaultKind {
        /// Nothing in it.
        Empty => "empty", "ファイルが空です", "The file is empty";
        /// No format that is known here.
        Unknown => "unknown", "中身が、知られている3Dデータの形式ではありません", "The content is no known format of 3D data";
        /// It ends before what it announced.
        Truncated => "truncated", "ファイルが途中で終わっています", "The file ends too early";
        /// Its head cannot be understood.
        Header => "header", "ファイルの先頭部分が正しくありません", "The head of the file is not as it should be";
        /// Its order of words or elements is broken.
        Structure => "structure", "ファイルの組み立てが正しくありません", "The structure of the file is broken";
        /// Something that should be a number is none.
        Number => "number", "数値であるべきところが数値ではありません", "Something that should be a number is none";
        /// A triangle names a point that is not there.
        Index => "index", "三角形が、存在しない点を指しています", "A triangle names a point that does not exist";
        /// Points, but no triangles.
        NoTriangles => "no_triangles", "三角形がひとつもありません", "There is no triangle in it";
        /// Larger than is allowed.
        TooLarge => "too_large", "ファイルが大きすぎます", "The file is too large";
        /// More triangles or points than are allowed.
        TooMany => "too_many", "三角形または点が多すぎます", "There are too many triangles or points";
        /// An archive that cannot be opened.
        Archive => "archive", "圧縮ファイルが壊れています", "The archive is broken";
        /// An archive with a password.
        Encrypted => "encrypted", "暗号化されているため読めません", "It is encrypted and cannot be read";
        /// An archive that unpacks to far more than it is.
        Bomb => "bomb", "展開すると異常に大きくなる圧縮ファイルです", "The archive unpacks to an abnormal size";
        /// An archive with too many files or parts in it.
        Entries => "entries", "圧縮ファイルの中身が多すぎます", "The archive holds too many files or parts";
        /// A name in an archive that leads outside it.
        Path => "path", "圧縮ファイルの中に、外を指す名前があります", "A name in the archive leads outside it";
        /// XML that is not well-formed.
        Xml => "xml", "XMLの書き方が正しくありません", "The XML is not well-formed";
        /// XML that declares a document type: the way of known attacks, and no mesh needs it.
        Doctype => "doctype", "XMLに、許されていない宣言（DOCTYPE）があります", "The XML has a declaration that is not allowed (DOCTYPE)";
        /// Nested too deeply.
        Depth => "depth", "入れ子が深すぎます", "It is nested too deeply";
    }
}
by_key!(FaultKind);

/// Why a file could not be read, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Where.
    pub place: Box<Place>,
    /// How many triangles, bytes or files there should be, or may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u64>,
    /// How many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<u64>,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, place: Place) -> Self {
        Self { kind, place: Box::new(place), wanted: None, found: None }
    }

    pub(crate) fn counted(self, wanted: usize, found: usize) -> Self {
        Self { wanted: Some(wanted as u64), found: Some(found as u64), ..self }
    }

    /// Refuses more of something than is allowed.
    pub(crate) fn over(kind: FaultKind, place: Place, allowed: usize, found: usize) -> Result<(), Self> {
        if found > allowed { Err(Self::new(kind, place).counted(allowed, found)) } else { Ok(()) }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.kind.words().en)
    }
}

impl std::error::Error for Fault {}
