//! A surface of triangles.

/// Points and the triangles between them, in the order and unit of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surface {
    /// Places of the points; some may be no number, as in the file.
    pub points: Vec<[f32; 3]>,
    /// Three points each, all of them there.
    pub triangles: Vec<[u32; 3]>,
    /// Red, green, blue, alpha of each point; empty without colours.
    pub colours: Vec<[u8; 4]>,
}

impl Surface {
    /// The corners of a triangle.
    #[must_use]
    pub fn corners(&self, triangle: [u32; 3]) -> [[f32; 3]; 3] {
        triangle.map(|it| self.points[it as usize])
    }

    /// Cuts a polygon into triangles around its first corner, as every reader of these formats does.
    pub(crate) fn fan(&mut self, polygon: &[u32]) {
        for pair in polygon.get(1..).unwrap_or_default().windows(2) {
            self.triangles.push([polygon[0], pair[0], pair[1]]);
        }
    }
}

pub(crate) fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(crate) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn length(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}
