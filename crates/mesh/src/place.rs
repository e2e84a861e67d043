//! Where in a file something is.

use serde::{Deserialize, Serialize};

/// A place in a file; what is not known is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The file inside an archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Byte from the beginning of the file, or of the unpacked `entry`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
    /// How many bytes from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// Line of a file of text, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Triangle in the order of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triangle: Option<u64>,
    /// Point in space, in the unit of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<[f64; 3]>,
}

impl Place {
    /// A byte.
    #[must_use]
    pub fn byte(at: usize) -> Self {
        Self { byte: Some(at as u64), ..Self::default() }
    }

    /// A byte in a line.
    #[must_use]
    pub fn line(line: u64, byte: usize) -> Self {
        Self { line: Some(line), byte: Some(byte as u64), ..Self::default() }
    }

    /// A triangle, `index` from 0, at a point of it if that is somewhere.
    #[must_use]
    pub fn triangle(index: usize, point: [f32; 3]) -> Self {
        Self { triangle: Some(index as u64 + 1), ..Self::point(point) }
    }

    /// A point, if it is somewhere.
    #[must_use]
    pub fn point(point: [f32; 3]) -> Self {
        let point = point.map(f64::from);
        Self { point: point.iter().all(|it| it.is_finite()).then_some(point), ..Self::default() }
    }

    /// The same place inside a file of an archive.
    #[must_use]
    pub fn within(self, entry: &str) -> Self {
        Self { entry: Some(entry.to_owned()), ..self }
    }
}
