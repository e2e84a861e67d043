//! Broken, renamed and hostile files: each is named with what is wrong and where, and nothing falls over. DL-22
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write as _;

use mesh::{FaultKind, FindingKind, Format, Limits, PersonalKind, Verdict, report};

/// Name, bytes, limits, and the fault with its line.
type Case<'a> = (&'a str, Vec<u8>, &'a Limits, FaultKind, Option<u64>);

const TRIANGLE: &str = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 9 0 0\nvertex 0 9 0\nendloop\nendfacet\nendsolid a\n";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a fixture")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn model(inside: &str) -> Vec<u8> {
    zip(&[("3D/3dmodel.model", format!("<model unit='millimeter'>{inside}</model>").as_bytes())])
}

const OBJECT: &str = "<resources><object id='1'><mesh><vertices><vertex x='0' y='0' z='0'/><vertex x='9' y='0' z='0'/>\
    <vertex x='0' y='9' z='0'/></vertices><triangles><triangle v1='0' v2='1' v3='2'/></triangles></mesh></object></resources>";

#[test]
fn a_file_that_is_cut_anywhere_falls_over_nowhere() {
    let short = |name: &str| {
        let bytes = fixture(name);
        (name.to_owned(), bytes)
    };
    let text = ("text.stl".to_owned(), TRIANGLE.as_bytes().to_vec());
    let model = ("small.3mf".to_owned(), model(OBJECT));
    for (name, bytes) in [short("meshio-binary.ply"), short("meshio.obj"), short("trimesh.3mf"), text, model] {
        let whole = report(&name, &bytes, &Limits::default());
        assert_eq!(whole.fault, None, "{name}");
        let triangles = whole.shape.unwrap().triangles;
        for end in 0..bytes.len() {
            let cut = report(&name, &bytes[..end], &Limits::default());
            // Text that ends between two lines cannot be told from a whole file of fewer lines.
            let fewer = cut.shape.as_ref().is_some_and(|it| it.triangles <= triangles);
            assert!(cut.fault.is_some() || fewer, "{name} cut at {end}: {cut:?}");
        }
    }
    let bytes = fixture("trimesh-binary.stl");
    for end in (0..bytes.len()).step_by(7) {
        assert_eq!(report("a.stl", &bytes[..end], &Limits::default()).verdict, Verdict::Broken, "cut at {end}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let mut giant = fixture("trimesh-binary.stl");
    giant[80..84].copy_from_slice(&u32::MAX.to_le_bytes());
    let few = Limits { triangles: 100, ..Limits::default() };
    let small = Limits { file_bytes: 100, ..Limits::default() };
    let all = Limits::default();
    let ply =
        |head: &str| format!("ply\nformat ascii 1.0\n{head}end_header\n0 0 0\n9 0 0\n0 9 0\n3 0 1 2\n").into_bytes();
    let vertex = "element vertex 3\nproperty float x\nproperty float y\nproperty float z\n";
    let face = "element face 1\nproperty list uchar int vertex_indices\n";
    let cases: &[Case<'_>] = &[
        ("a.stl", Vec::new(), &all, FaultKind::Empty, None),
        ("a.stl", giant, &all, FaultKind::Truncated, None),
        ("a.stl", fixture("trimesh-binary.stl"), &few, FaultKind::TooMany, None),
        ("a.stl", fixture("trimesh-binary.stl"), &small, FaultKind::TooLarge, None),
        ("a.stl", TRIANGLE.replace("9 0 0", "9 zero 0").into_bytes(), &all, FaultKind::Number, Some(5)),
        ("a.stl", TRIANGLE.replace("vertex 0 9 0\n", "").into_bytes(), &all, FaultKind::Structure, Some(6)),
        ("a.stl", b"GIF89a, renamed".to_vec(), &all, FaultKind::Unknown, None),
        ("a.obj", b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 4\n".to_vec(), &all, FaultKind::Index, Some(4)),
        ("a.obj", b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf -1 -2 -4\n".to_vec(), &all, FaultKind::Index, Some(4)),
        ("a.obj", b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 0 1 2\n".to_vec(), &all, FaultKind::Index, Some(4)),
        ("a.obj", b"v 0 0 0\nv 9 0\n".to_vec(), &all, FaultKind::Structure, Some(2)),
        ("a.obj", b"v 0 0 0\nv 9 0 0\nv 0 9 0\n".to_vec(), &all, FaultKind::NoTriangles, None),
        ("a.ply", ply(&format!("{vertex}{}", face.replace('1', "4000000000"))), &all, FaultKind::Truncated, Some(12)),
        ("a.ply", ply(&format!("{}{face}", vertex.replace('3', "4000000000"))), &all, FaultKind::Truncated, Some(10)),
        ("a.ply", ply(&vertex.replace("float z", "triple z")), &all, FaultKind::Header, Some(6)),
        ("a.ply", ply(&vertex.replace("float z", "float w")), &all, FaultKind::Header, Some(3)),
        ("a.3mf", b"PK\x03\x04 nothing more".to_vec(), &all, FaultKind::Archive, None),
        ("a.3mf", zip(&[("../../3D/3dmodel.model", b"")]), &all, FaultKind::Path, None),
        ("a.3mf", zip(&[("/3D/3dmodel.model", b"")]), &all, FaultKind::Path, None),
        ("a.3mf", zip(&[("3D\\..\\..\\x.model", b"")]), &all, FaultKind::Path, None),
        ("a.3mf", model("<!-- <!DOCTYPE"), &all, FaultKind::Truncated, None),
        ("a.3mf", model(&"<a>".repeat(1_000)), &all, FaultKind::Depth, None),
        ("a.3mf", model("<a>&bomb;</a>"), &all, FaultKind::Xml, None),
        ("a.3mf", model(&OBJECT.replace("v3='2'", "v3='3'")), &all, FaultKind::Index, None),
        ("a.3mf", model(&OBJECT.replace("x='9'", "x='nine'")), &all, FaultKind::Number, None),
        ("a.3mf", model(&format!("{OBJECT}<build><item objectid='2'/></build>")), &all, FaultKind::Structure, None),
    ];
    for (place, (name, bytes, limits, kind, line)) in cases.iter().enumerate() {
        let found = report(name, bytes, limits);
        let fault = found.fault.unwrap_or_else(|| panic!("case {place} is read"));
        assert_eq!(fault.kind, *kind, "case {place}: {fault:?}");
        assert!(line.is_none() || fault.place.line == *line, "case {place}: {fault:?}");
        assert_eq!(found.verdict, Verdict::Broken, "case {place}");
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let all = Limits::default();
    let blanks = vec![b' '; 64 << 20];
    let bomb = zip(&[("3D/3dmodel.model", &[b"<model>", blanks.as_slice(), b"</model>"].concat())]);
    assert!(bomb.len() < 1 << 17, "{}", bomb.len());
    assert_eq!(report("a.3mf", &bomb, &all).fault.unwrap().kind, FaultKind::Bomb);
    let laughs = "<!DOCTYPE m [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><model>&b;</model>";
    let laughs = zip(&[("3D/3dmodel.model", laughs.as_bytes())]);
    assert_eq!(report("a.3mf", &laughs, &all).fault.unwrap().kind, FaultKind::Doctype);
    // Ten copies of ten copies of ten copies …
    let mut parts = OBJECT.replace("</resources>", "");
    for object in 2..12 {
        let copies = format!("<component objectid='{}'/>", object - 1).repeat(10);
        parts.push_str(&format!("<object id='{object}'><components>{copies}</components></object>"));
    }
    let copies = model(&format!("{parts}</resources><build><item objectid='11'/></build>"));
    assert_eq!(report("a.3mf", &copies, &all).fault.unwrap().kind, FaultKind::Entries);
    // An object that is a part of itself.
    let ring = "<resources><object id='1'><components><component objectid='1'/></components></object></resources>\
        <build><item objectid='1'/></build>";
    assert_eq!(report("a.3mf", &model(ring), &all).fault.unwrap().kind, FaultKind::Depth);
    let many: Vec<_> = (0..3).map(|it| format!("Metadata/{it}.png")).collect();
    let many: Vec<_> = many.iter().map(|it| (it.as_str(), b"".as_slice())).collect();
    let few = Limits { entries: 2, ..all };
    assert_eq!(report("a.3mf", &zip(&many), &few).fault.unwrap().kind, FaultKind::Entries);
}

#[test]
fn text_of_any_country_and_age_is_read() {
    for text in [
        TRIANGLE.to_uppercase(),
        TRIANGLE.replace('\n', "\r\n"),
        TRIANGLE.replace('\n', "\r"),
        TRIANGLE.replace("9 0 0", "9.0e+00 -0 +0.0E-12"),
        TRIANGLE.replace("9 0 0", "9,0 0,0 0,0"),
        format!("\u{feff}{}", TRIANGLE.replace(' ', "\t ")),
        TRIANGLE.replace("solid a\nf", "solid facet of Müller\nf"),
    ] {
        let found = report("a.stl", text.as_bytes(), &Limits::default());
        assert_eq!((found.format, &found.fault), (Format::StlText, &None), "{text}");
        assert_eq!(found.shape.unwrap().size_mm, [9.0, 9.0, 0.0], "{text}");
    }
    let polygons = "# units: cm\nmtllib ../../../etc/passwd\no crown\nv 0 0 0\nv 1 0 0\nv 1 1 0 0.5 1 0\nv 0 1 0\ng rim\n\
        f -4/1/1 -3//2 \\\n -2 -1\n";
    let found = report("a.obj", polygons.as_bytes(), &Limits::default());
    assert_eq!(found.materials, ["../../../etc/passwd"]);
    let shape = found.shape.unwrap();
    assert_eq!((shape.triangles, shape.coloured, shape.size_mm), (2, true, [10.0, 10.0, 0.0]));
}

#[test]
fn numbers_that_are_none_and_bad_triangles_are_counted_with_their_place() {
    for number in ["nan", "inf", "1.#QNAN", "-1.#IND", "1e999"] {
        let twice = format!("{}{}", TRIANGLE, TRIANGLE.replace("9 0 0", &format!("9 {number} 0")));
        let found = report("a.stl", twice.as_bytes(), &Limits::default());
        let finding = &found.findings[0];
        assert_eq!((finding.kind, finding.count), (FindingKind::NotFinite, 1), "{number}");
        assert_eq!((finding.places[0].triangle, found.verdict), (Some(2), Verdict::Broken), "{number}");
    }
    let points = "v 0 0 0\nv 9 0 0\nv 0 9 0\nv 0 0 9\nv 5 5 5\nv 4 0 0\n";
    let cases = [
        ("f 1 2 3\nf 3 1 2\n", FindingKind::Doubled, 1),
        ("f 1 2 3\nf 1 2 4\n", FindingKind::Winding, 1),
        ("f 1 2 3\nf 2 1 4\nf 1 2 5\n", FindingKind::NonManifoldEdges, 1),
        ("f 1 2 3\nf 1 2 2\nf 1 2 6\n", FindingKind::Degenerate, 2),
        ("f 1 2 3\nf 3 4 5\n", FindingKind::NonManifoldPoints, 1),
    ];
    for (faces, kind, count) in cases {
        let found = report("a.obj", format!("{points}{faces}").as_bytes(), &Limits::default());
        let finding = found.findings.iter().find(|it| it.kind == kind).unwrap_or_else(|| panic!("{kind:?} in {faces}"));
        assert_eq!(finding.count, count, "{faces}");
    }
}

#[test]
fn companions_are_named_and_their_teeth_are_read() {
    let project = "<?xml version='1.0'?><Treatment><Patient><PatientName>山田</PatientName></Patient><Teeth><Tooth>\
        <Number>36</Number></Tooth><Tooth><Number>11</Number></Tooth><Tooth><Number>99</Number></Tooth></Teeth>\
        <Scan>upper.stl</Scan><Scan>..\\lower.stl</Scan></Treatment>";
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(project.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [project.as_bytes().to_vec(), wide] {
        let found = report("a.dentalProject", &bytes, &Limits::default());
        assert_eq!(found.format, Format::DentalProject);
        let companion = found.companion.expect("teeth and files");
        assert_eq!(
            (companion.teeth, companion.files),
            (vec![11, 36], vec!["..\\lower.stl".into(), "upper.stl".into()])
        );
        assert_eq!(found.personal[0].kind, PersonalKind::Name);
        assert!(found.findings.iter().any(|it| it.kind == FindingKind::NamesOutside));
    }
    for (name, bytes, format) in [
        ("a.dcm", "<HPS version='1.1'><Packed_geometry/></HPS>".as_bytes(), Format::ShapeDcm),
        ("a.constructionInfo", b"<ConstructionInfo><Teeth/></ConstructionInfo>", Format::ConstructionInfo),
        ("a.zip", b"PK\x03\x04rest", Format::Archive),
        ("a.mtl", b"newmtl shade\n", Format::Mtl),
    ] {
        let found = report(name, bytes, &Limits::default());
        assert_eq!((found.format, found.fault), (format, None), "{name}");
    }
}
