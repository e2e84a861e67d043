//! Files made by programs of other makers (`fixtures/make.py`): what is found in them is what trimesh finds. DL-22
#![allow(clippy::unwrap_used, clippy::expect_used)]

use mesh::{FindingKind, Format, Limits, Report, Turned, UnitReason, Verdict, levels, work};
use serde_json::Value;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a fixture")
}

fn found(report: &Report, kind: FindingKind) -> u64 {
    report.findings.iter().find(|it| it.kind == kind).map_or(0, |it| it.count)
}

#[test]
fn figures_are_those_of_trimesh() {
    let reference: Value = serde_json::from_slice(&fixture("reference.json")).unwrap();
    let reference = reference.as_object().unwrap();
    assert!(reference.len() > 10);
    for (name, wanted) in reference {
        let report = mesh::report(name, &fixture(name), &Limits::default());
        assert_eq!(report.fault, None, "{name}");
        let shape = report.shape.expect("a shape");
        assert_eq!(Some(shape.triangles), wanted["triangles"].as_u64(), "triangles of {name}");
        assert_eq!(Some(shape.places), wanted["places"].as_u64(), "places of {name}");
        assert_eq!(Some(shape.border_edges), wanted["border_edges"].as_u64(), "border of {name}");
        assert_eq!(Some(shape.closed), wanted["closed"].as_bool(), "closed: {name}");
        assert_eq!(Some(shape.parts), wanted["parts"].as_u64(), "parts of {name}");
        let near = |found: f64, wanted: &Value, what: &str| {
            let wanted = wanted.as_f64().unwrap();
            assert!((found - wanted).abs() <= wanted.abs() * 1e-5, "{what} of {name}: {found}, trimesh says {wanted}");
        };
        near(shape.area, &wanted["area"], "area");
        for axis in 0..3 {
            near(shape.size_mm[axis], &wanted["size"][axis], "size");
        }
        match shape.volume {
            Some(volume) => near(volume, &wanted["volume"], "volume"),
            None => assert!(wanted["volume"].is_null(), "{name} has a volume"),
        }
        assert!(shape.points >= shape.places, "{name}");
    }
}

#[test]
fn formats_are_told_by_content_and_findings_are_told_by_kind() {
    let cases = [
        ("trimesh-binary.stl", Format::StlBinary, Verdict::Good, Turned::Outward),
        ("trimesh-text.stl", Format::StlText, Verdict::Good, Turned::Outward),
        ("inside-out.stl", Format::StlBinary, Verdict::Look, Turned::Inward),
        ("lib3mf.3mf", Format::ThreeMf, Verdict::Good, Turned::Outward),
        ("trimesh.3mf", Format::ThreeMf, Verdict::Good, Turned::Outward),
        // A date stands in its first comment.
        ("meshio.obj", Format::Obj, Verdict::Look, Turned::Outward),
        ("plyfile-big.ply", Format::Ply, Verdict::Good, Turned::Outward),
    ];
    for (name, format, verdict, turned) in cases {
        let report = mesh::report(name, &fixture(name), &Limits::default());
        assert_eq!((report.format, report.verdict), (format, verdict), "{name}: {:?}", report.findings);
        assert_eq!(report.shape.unwrap().turned, turned, "{name}");
    }
    // A binary file that begins with `solid`, of an open arch with one hole of six edges.
    let name = "numpy-stl-solid.stl";
    let mut bytes = fixture(name);
    bytes[..5].copy_from_slice(b"solid");
    let report = mesh::report(name, &bytes, &Limits::default());
    assert_eq!(report.format, Format::StlBinary);
    assert_eq!((found(&report, FindingKind::Holes), found(&report, FindingKind::OpenBorder)), (1, 1));
    let shape = report.shape.unwrap();
    assert_eq!((shape.holes[0].border, shape.holes[1].border), (true, false));
    assert_eq!((shape.holes[1].edges, shape.closed), (6, false));
    assert_eq!(shape.unit.reason, UnitReason::FitsMillimetre);
    // Names of files that are not opened.
    let report = mesh::report("big.ply", &fixture("plyfile-big.ply"), &Limits::default());
    assert_eq!(report.materials, ["shade.jpg"]);
    // A name that says another format changes nothing but a note.
    let report = mesh::report("scan.stl", &fixture("trimesh-coloured.ply"), &Limits::default());
    assert_eq!((report.format, found(&report, FindingKind::Misnamed)), (Format::Ply, 1));
    assert!(report.shape.unwrap().coloured);
}

#[test]
fn a_report_travels_as_json() {
    for name in ["numpy-stl-solid.stl", "lib3mf.3mf"] {
        let report = mesh::report(name, &fixture(name), &Limits::default());
        let json = serde_json::to_string(&report).unwrap();
        let back: Report = serde_json::from_str(&json).unwrap();
        assert_eq!((back.format, back.verdict, &back.personal), (report.format, report.verdict, &report.personal));
        let kinds = |it: &Report| it.findings.iter().map(|it| (it.kind, it.count)).collect::<Vec<_>>();
        assert_eq!(kinds(&back), kinds(&report));
        assert_eq!(back.shape.unwrap().holes.len(), report.shape.unwrap().holes.len());
    }
    let report = mesh::report("a.stl", b"", &Limits::default());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["verdict"], &json["fault"]["kind"]), (&"broken".into(), &"empty".into()));
}

#[test]
fn levels_stray_no_further_than_they_say_and_hold_no_text() {
    let mut bytes = fixture("trimesh-binary.stl");
    bytes[..20].copy_from_slice(b"Patient: Yamada Taro");
    let made = work("crown.stl", &bytes, &Limits::default(), &[80, usize::MAX]);
    assert_eq!(found(&made.report, FindingKind::Personal), 1);
    let triangles: Vec<_> = made.levels.iter().map(|it| it.head.triangles).collect();
    assert!(triangles[0] <= 80 && triangles[1] == 320, "{triangles:?}");
    assert!(made.levels[0].head.error_mm > made.levels[1].head.error_mm);
    assert!(made.levels[1].head.error_mm < 0.001, "{}", made.levels[1].head.error_mm);
    for level in &made.levels {
        assert!(!level.bytes.windows(6).any(|it| it == b"Yamada"));
        let (head, surface) = levels::unpack(&level.bytes).expect("unpacks");
        assert_eq!((head.triangles as usize, head.points as usize), (surface.triangles.len(), surface.points.len()));
        // The crown lies between these two spheres.
        for point in &surface.points {
            let radius = point.iter().map(|it| it * it).sum::<f32>().sqrt();
            assert!((4.0..6.0).contains(&radius), "{point:?}");
        }
    }
    let coloured = work("arch.ply", &fixture("trimesh-coloured.ply"), &Limits::default(), &[usize::MAX]);
    let (_, surface) = levels::unpack(&coloured.levels[0].bytes).unwrap();
    assert_eq!(surface.colours.len(), surface.points.len());
}
