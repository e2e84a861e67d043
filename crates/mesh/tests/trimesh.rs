//! DL-22: measures against those of another maker's program, of files that we wrote and of files that it wrote.
//!
//! HARUKA_TEST_PYTHON names a Python with trimesh, lxml and networkx; `cargo xtask test` makes it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{Solid, surface};

/// Shapes in every format that the tests can write.
fn ours(folder: &Path) {
    let cube = Solid::cube(10.0);
    let mut open = cube.clone();
    open.triangles.truncate(11);
    let mut turned = cube.clone();
    turned.triangles[3].swap(0, 1);
    for (name, solid) in [("cube", cube), ("sheet", Solid::sheet(40)), ("open", open), ("turned", turned)] {
        for (ending, bytes) in [
            ("stl", solid.stl("solid")),
            ("text.stl", solid.stl_text(name).into_bytes()),
            ("ply", solid.ply(false, true)),
            ("big.ply", solid.ply(true, false)),
            ("text.ply", solid.ply_text("").into_bytes()),
            ("obj", solid.obj("# ours\n").replace("/1", "").replace("//1", "").into_bytes()),
            ("3mf", solid.three_mf("millimeter")),
        ] {
            fs::write(folder.join(format!("{name}.{ending}")), bytes).unwrap();
        }
    }
}

#[test]
fn trimesh_measures_the_same() {
    let Ok(python) = std::env::var("HARUKA_TEST_PYTHON") else {
        panic!("HARUKA_TEST_PYTHON is not set: run under `cargo xtask with`, or name a Python with trimesh");
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("trimesh-{}", std::process::id()));
    fs::create_dir_all(folder.join("ours")).unwrap();
    ours(&folder.join("ours"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle.py");
    let done = Command::new(python).arg(script).arg(&folder).status().unwrap();
    assert!(done.success());
    let index = fs::read_to_string(folder.join("index")).unwrap();
    let mut wrong = Vec::new();
    for line in index.lines() {
        let parts: Vec<_> = line.split('|').collect();
        let [name, triangles, vertices, area, volume, closed, oriented, shells] = parts[..] else { panic!("{line}") };
        let it = surface(&fs::read(folder.join(name)).unwrap(), name).0;
        let near = |ours: f64, theirs: &str| {
            let theirs: f64 = theirs.parse().unwrap();
            (ours - theirs).abs() <= 1e-5 * theirs.abs().max(1.0)
        };
        let truth = |it: bool| if it { "True" } else { "False" };
        let counted = [it.triangles, it.vertices, it.shells].map(|it| it.to_string()) == [triangles, vertices, shells];
        let told = [truth(it.closed()), truth(it.oriented())] == [closed, oriented];
        // Only a surface that is closed and agrees with itself has a volume for us; theirs is a number for all.
        let volume_good = it.volume_mm3.map_or(it.open_edges + it.turned_edges > 0, |it| near(it, volume));
        if !(counted && told && volume_good && near(it.area_mm2, area)) {
            wrong.push(format!("{line}\n  {it:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(index.lines().count(), 4 * 7 + 9 * 6);
    fs::remove_dir_all(folder).unwrap();
}
