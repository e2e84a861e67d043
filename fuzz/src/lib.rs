//! What must hold of every scan and design, whatever its bytes are.

use mesh::{Outcome, check, levels};

/// Checks the file and thins what it holds: counts fit together, every triangle has three corners that are there, the
/// report can be told in both languages and written down, and what was repeated from the file is nothing to draw with.
pub fn mesh_holds(bytes: &[u8], name: &str) {
    let (outcome, shape) = check(bytes, name);
    let written = serde_json::to_string(&outcome).expect("an outcome can be written down");
    let read: Outcome = serde_json::from_str(&written).expect("and read again");
    match &outcome {
        Outcome::Read(report) => {
            for (_, words) in report.lines() {
                assert!(!words.ja.is_empty() && !words.en.is_empty());
                assert!(!words.ja.chars().chain(words.en.chars()).any(char::is_control));
            }
            if let (Some(it), Some(shape)) = (&report.surface, &shape) {
                assert_eq!(it.vertices, shape.positions.len() as u64);
                assert!(it.triangles >= shape.triangles.len() as u64 + it.not_finite);
                assert!(it.holes <= it.open_edges && it.shells <= it.vertices);
            }
            assert!(matches!(read, Outcome::Read(_)));
        }
        Outcome::Broken(broken) => assert!(!broken.words().ja.is_empty()),
        Outcome::Unchecked(_) => panic!("only a parent says so"),
    }
    let Some(shape) = shape else { return };
    assert!(shape.positions.iter().flatten().all(|it| !it.is_nan()));
    assert!(shape.colours.iter().all(|it| it.len() == shape.positions.len()));
    for [a, b, c] in &shape.triangles {
        assert!(a != b && b != c && c != a);
        assert!([a, b, c].into_iter().all(|it| (*it as usize) < shape.positions.len()));
    }
    for level in levels(&shape) {
        let head = mesh::Head::of(&level.bytes).expect("a container is whole");
        assert_eq!(head.indices, level.triangles * 3);
    }
}
