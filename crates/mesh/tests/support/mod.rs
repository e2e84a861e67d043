//! Shapes, and files of every format made of them, for the tests of this room.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)] // Each test file uses its part.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use mesh::{Outcome, Report, Shape, Surface, check};

/// Vertices and triangles.
#[derive(Clone)]
pub(crate) struct Solid {
    pub(crate) positions: Vec<[f32; 3]>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Solid {
    /// A cube of `edge` mm with a corner at the origin, outside outwards.
    pub(crate) fn cube(edge: f32) -> Self {
        let positions = (0..8_u8).map(|it| [it & 1, it >> 1 & 1, it >> 2].map(|it| f32::from(it) * edge)).collect();
        let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let triangles = faces.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]).collect();
        Self { positions, triangles }
    }

    /// A wavy sheet of `rows` × `rows` squares, open at its rim.
    pub(crate) fn sheet(rows: u32) -> Self {
        let side = rows + 1;
        let at = |row: u32, column: u32| row * side + column;
        let wave = |it: f32| (it / 3.0).sin() * 2.0;
        let positions = (0..side * side)
            .map(|it| [(it % side) as f32 * 0.5, (it / side) as f32 * 0.5])
            .map(|[x, y]| [x, y, wave(x) + wave(y)])
            .collect();
        let squares = (0..rows).flat_map(|row| (0..rows).map(move |column| (row, column)));
        let triangles = squares
            .flat_map(|(row, column)| {
                let [a, b, c, d] = [at(row, column), at(row, column + 1), at(row + 1, column), at(row + 1, column + 1)];
                [[a, b, d], [a, d, c]]
            })
            .collect();
        Self { positions, triangles }
    }

    pub(crate) fn stl(&self, header: &str) -> Vec<u8> {
        let mut bytes = header.as_bytes().to_vec();
        bytes.resize(80, 0);
        bytes.extend((self.triangles.len() as u32).to_le_bytes());
        for triangle in &self.triangles {
            bytes.extend([0; 12]);
            for number in triangle.iter().flat_map(|it| self.positions[*it as usize]) {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend([0; 2]);
        }
        bytes
    }

    pub(crate) fn stl_text(&self, name: &str) -> String {
        let mut text = format!("solid {name}\n");
        for triangle in &self.triangles {
            text.push_str("facet normal 0 0 0\n outer loop\n");
            for [x, y, z] in triangle.map(|it| self.positions[it as usize]) {
                let _ = writeln!(text, "  vertex {x} {y} {z}");
            }
            text.push_str(" endloop\nendfacet\n");
        }
        text + &format!("endsolid {name}\n")
    }

    pub(crate) fn ply_header(&self, format: &str, comment: &str, colours: bool) -> String {
        let colours = if colours { "property uchar red\nproperty uchar green\nproperty uchar blue\n" } else { "" };
        format!(
            "ply\nformat {format} 1.0\n{comment}element vertex {}\nproperty float x\nproperty float y\nproperty float z\n{colours}element face {}\nproperty list uchar int vertex_indices\nend_header\n",
            self.positions.len(),
            self.triangles.len()
        )
    }

    pub(crate) fn ply(&self, big: bool, colours: bool) -> Vec<u8> {
        let format = if big { "binary_big_endian" } else { "binary_little_endian" };
        let mut bytes = self.ply_header(format, "", colours).into_bytes();
        let order = |mut it: [u8; 4]| {
            if big {
                it.reverse();
            }
            it
        };
        for position in &self.positions {
            for number in position {
                bytes.extend(order(number.to_le_bytes()));
            }
            if colours {
                bytes.extend([200, 100, 50]);
            }
        }
        for triangle in &self.triangles {
            bytes.push(3);
            for corner in triangle {
                bytes.extend(order(corner.to_le_bytes()));
            }
        }
        bytes
    }

    pub(crate) fn ply_text(&self, comment: &str) -> String {
        let mut text = self.ply_header("ascii", comment, false);
        for [x, y, z] in &self.positions {
            let _ = writeln!(text, "{x} {y} {z}");
        }
        for [a, b, c] in &self.triangles {
            let _ = writeln!(text, "3 {a} {b} {c}");
        }
        text
    }

    pub(crate) fn obj(&self, head: &str) -> String {
        let mut text = head.to_owned();
        for [x, y, z] in &self.positions {
            let _ = writeln!(text, "v {x} {y} {z}");
        }
        for triangle in &self.triangles {
            let [a, b, c] = triangle.map(|it| it + 1);
            let _ = writeln!(text, "f {a} {b}/1 {c}//1");
        }
        text
    }

    pub(crate) fn model(&self, unit: &str) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\"?>\n<model unit=\"{unit}\" xmlns=\"http://schemas.microsoft.com/3dmanufacturing/core/2015/02\"><resources><object id=\"1\" type=\"model\"><mesh><vertices>"
        );
        for [x, y, z] in &self.positions {
            let _ = write!(text, "<vertex x=\"{x}\" y=\"{y}\" z=\"{z}\"/>");
        }
        text.push_str("</vertices><triangles>");
        for [a, b, c] in &self.triangles {
            let _ = write!(text, "<triangle v1=\"{a}\" v2=\"{b}\" v3=\"{c}\"/>");
        }
        text + "</triangles></mesh></object></resources><build><item objectid=\"1\"/></build></model>"
    }

    pub(crate) fn three_mf(&self, unit: &str) -> Vec<u8> {
        zip(&[("3D/3dmodel.model", self.model(unit).as_bytes())])
    }
}

/// A ZIP archive with these files, packed.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut list = Vec::new();
    for (name, content) in files {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        packer.write_all(content).unwrap();
        let packed = packer.finish().unwrap();
        let mut common = Vec::new();
        let mut sum = flate2::Crc::new();
        sum.update(content);
        // Version, flags, method, time, date.
        for number in [20_u16, 0, 8, 0, 0] {
            common.extend(number.to_le_bytes());
        }
        for number in [sum.sum(), packed.len() as u32, content.len() as u32] {
            common.extend(number.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        let at = bytes.len() as u32;
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(packed);
        list.extend(b"PK\x01\x02");
        list.extend(20_u16.to_le_bytes());
        list.extend(&common);
        list.extend([0; 10]);
        list.extend(at.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let (start, count) = (bytes.len() as u32, files.len() as u16);
    let size = list.len() as u32;
    bytes.extend(list);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// The report on a file that can be read.
pub(crate) fn read(bytes: &[u8], name: &str) -> Report {
    match check(bytes, name).0 {
        Outcome::Read(report) => *report,
        Outcome::Broken(broken) => panic!("{name}: {}", broken.words().en),
        Outcome::Unchecked(_) => unreachable!("only a parent says so"),
    }
}

/// The measures and the shape of a file that can be read.
pub(crate) fn surface(bytes: &[u8], name: &str) -> (Surface, Shape) {
    let shape = check(bytes, name).1;
    (read(bytes, name).surface.unwrap(), shape.unwrap())
}

/// What is said about a file, in English: what it is, or what is broken and where.
pub(crate) fn told(bytes: &[u8], name: &str) -> String {
    match check(bytes, name).0 {
        Outcome::Read(report) => report.kind.key().to_owned(),
        Outcome::Broken(broken) => broken.words().en.into_owned(),
        Outcome::Unchecked(words) => words.en.into_owned(),
    }
}
