//! DL-22: every format, honest and hostile: what is read, and what is said about what cannot be.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use mesh::{Grave, Kind, Unit, limits};
use support::{Solid, read, surface, told, zip};

#[test]
fn a_cube_is_the_same_in_every_format() {
    let cube = Solid::cube(10.0);
    let with_solid = cube.stl("solid and yet binary facet");
    for (name, bytes, kind) in [
        ("cube.stl", cube.stl("made by nobody"), Kind::StlBinary),
        ("cube.stl", with_solid, Kind::StlBinary),
        ("cube.stl", cube.stl_text("cube").into_bytes(), Kind::StlText),
        ("cube.stl", cube.stl_text("cube").replace('\n', "\r\n").to_uppercase().into_bytes(), Kind::StlText),
        ("cube.ply", cube.ply_text("").into_bytes(), Kind::PlyText),
        ("cube.ply", cube.ply(false, true), Kind::PlyLittle),
        ("cube.ply", cube.ply(true, false), Kind::PlyBig),
        ("cube.obj", cube.obj("# a cube\n").into_bytes(), Kind::Obj),
        ("cube.3mf", cube.three_mf("millimeter"), Kind::ThreeMf),
    ] {
        let report = read(&bytes, name);
        assert_eq!(report.kind, kind);
        let (it, shape) = surface(&bytes, name);
        assert_eq!((it.triangles, it.vertices, it.shells), (12, 8, 1), "{kind:?}");
        assert_eq!((it.open_edges, it.holes, it.crowded_edges, it.turned_edges), (0, 0, 0, 0), "{kind:?}");
        assert_eq!((it.size_mm, it.area_mm2), ([10.0; 3], 600.0), "{kind:?}");
        assert!(it.volume_mm3.is_some_and(|it| (it - 1000.0).abs() < 1e-9), "{kind:?}");
        assert_eq!(it.inside_out, Some(false));
        assert!(it.closed() && it.oriented() && it.unit.sure);
        assert_eq!((shape.positions.len(), shape.triangles.len()), (8, 12));
        assert_eq!(shape.colours.is_some(), kind == Kind::PlyLittle);
        assert!(shape.colours.iter().flatten().all(|it| *it == [200, 100, 50, 255]));
    }
}

#[test]
fn what_is_wrong_with_a_surface_is_counted() {
    let cube = Solid::cube(10.0);
    let told = |change: fn(&mut Solid)| {
        let mut solid = cube.clone();
        change(&mut solid);
        let it = surface(&solid.ply(false, false), "x.ply").0;
        format!(
            "{} open, {} holes, {} crowded, {} turned, {} flat, {} no numbers, {} shells, inside out {:?}",
            it.open_edges,
            it.holes,
            it.crowded_edges,
            it.turned_edges,
            it.degenerate,
            it.not_finite,
            it.shells,
            it.inside_out
        )
    };
    type Change = fn(&mut Solid);
    let cases: [(Change, &str); 8] = [
        (|_| (), "0 open, 0 holes, 0 crowded, 0 turned, 0 flat, 0 no numbers, 1 shells, inside out Some(false)"),
        (
            |it| it.triangles.truncate(11),
            "3 open, 1 holes, 0 crowded, 0 turned, 0 flat, 0 no numbers, 1 shells, inside out None",
        ),
        (
            |it| {
                it.triangles.remove(0);
                it.triangles.remove(2);
            },
            "6 open, 2 holes, 0 crowded, 0 turned, 0 flat, 0 no numbers, 1 shells, inside out None",
        ),
        (
            |it| it.triangles.iter_mut().for_each(|it| it.swap(0, 1)),
            "0 open, 0 holes, 0 crowded, 0 turned, 0 flat, 0 no numbers, 1 shells, inside out Some(true)",
        ),
        (
            |it| it.triangles[0].swap(0, 1),
            "0 open, 0 holes, 0 crowded, 3 turned, 0 flat, 0 no numbers, 1 shells, inside out None",
        ),
        (
            |it| it.triangles.push([0, 3, 5]),
            "1 open, 1 holes, 2 crowded, 0 turned, 0 flat, 0 no numbers, 1 shells, inside out None",
        ),
        (
            |it| it.triangles.push([0, 0, 5]),
            "0 open, 0 holes, 0 crowded, 0 turned, 1 flat, 0 no numbers, 1 shells, inside out Some(false)",
        ),
        (
            |it| {
                it.positions.push([f32::NAN, 0.0, 0.0]);
                it.positions.push([0.0, f32::INFINITY, 0.0]);
                it.triangles.push([0, 8, 5]);
                it.triangles.push([9, 1, 5]);
            },
            "0 open, 0 holes, 0 crowded, 0 turned, 0 flat, 2 no numbers, 1 shells, inside out Some(false)",
        ),
    ];
    for (change, want) in cases {
        assert_eq!(told(change), want);
    }
    // Two cubes that do not touch.
    let mut two = cube.clone();
    two.positions.extend(cube.positions.iter().map(|[x, y, z]| [x + 20.0, *y, *z]));
    two.triangles.extend(cube.triangles.iter().map(|it| it.map(|it| it + 8)));
    assert_eq!(surface(&two.stl(""), "two.stl").0.shells, 2);
}

#[test]
fn the_unit_is_stated_or_guessed_with_a_reason() {
    for (edge, unit, sure) in [
        (10.0, Unit::Millimetre, true),
        (0.06, Unit::Metre, false),
        (60_000.0, Unit::Micrometre, false),
        (1.0, Unit::Millimetre, false),
        (1_000.0, Unit::Millimetre, false),
    ] {
        let guessed = surface(&Solid::cube(edge).stl(""), "x.stl").0;
        assert_eq!((guessed.unit.unit, guessed.unit.sure), (unit, sure), "{edge}");
        assert!((guessed.size_mm[0] - f64::from(edge) * unit.mm()).abs() < 1e-6);
        assert!(!guessed.unit.why.ja.is_empty());
    }
    for (key, unit) in [("micron", Unit::Micrometre), ("inch", Unit::Inch), ("meter", Unit::Metre)] {
        let (stated, shape) = surface(&Solid::cube(10.0).three_mf(key), "x.3mf");
        assert_eq!((stated.unit.unit, stated.unit.sure), (unit, true));
        assert!((stated.size_mm[2] - 10.0 * unit.mm()).abs() < 1e-9);
        let widest = shape.positions.iter().map(|it| it[0]).fold(0.0, f32::max);
        assert!((f64::from(widest) - 10.0 * unit.mm()).abs() < 1e-3, "the shape is in mm");
    }
}

#[test]
fn hostile_stl_is_named() {
    let cube = Solid::cube(10.0);
    let whole = cube.stl("");
    let text = cube.stl_text("cube");
    let mut many = whole.clone();
    many[80..84].copy_from_slice(&u32::MAX.to_le_bytes());
    for (bytes, want) in [
        (&b""[..], "The file is empty."),
        (
            &whole[..300],
            "The file ends in the middle: its 12 triangles need 684 bytes, and it has 300. Export it again and send it once more. (byte 300)",
        ),
        (&whole[..40], "The file ends in the middle. Export it again and send it once more. (byte 40)"),
        (
            &many,
            "The file ends in the middle: its 4294967295 triangles need 214748364834 bytes, and it has 684. Export it again and send it once more. (byte 684)",
        ),
        (
            &text.as_bytes()[..text.len() - 20],
            "The file ends in the middle. Export it again and send it once more. (byte 1187)",
        ),
        (
            b"solid x\nfacet\nvertex 0 0\nendfacet\nendsolid",
            "There is no number where a coordinate should be. (line 3)",
        ),
        (b"solid x\nfacet\nvertex 0 0 0\nendfacet\nendsolid", "A facet does not have its three vertices. (line 4)"),
        (b"solid x\nfacet\nmalloc\nendsolid", "A line is none of an STL file. (line 3)"),
        (b"solid x\nendsolid x\n", "There is no triangle, or its corners are no numbers."),
        (b"%PDF-1.7 and more", "This is no shape: it is a PDF."),
        (b"PK\x05\x06", "The file ends in the middle. Export it again and send it once more. (byte 4)"),
    ] {
        assert_eq!(told(bytes, "x.stl"), want);
    }
    let mut nothing = cube.clone();
    nothing.positions.iter_mut().for_each(|it| it[0] = f32::NAN);
    assert_eq!(told(&nothing.stl(""), "x.stl"), "There is no triangle, or its corners are no numbers.");
    // What follows after the last triangle is said, and no fault.
    let mut longer = whole.clone();
    longer.extend([0; 7]);
    assert_eq!(read(&longer, "x.stl").notes[0].en, "7 more bytes follow after the last triangle.");
    // As large as can be read is one thing; more triangles than that another, if the bytes are really there.
    let claim = limits::TRIANGLES_MAX + 1;
    let mut large = vec![0; 84 + claim * 50];
    large[80..84].copy_from_slice(&(claim as u32).to_le_bytes());
    assert_eq!(told(&large, "x.stl"), "More than 5000000 triangles. (byte 80)");
}

#[test]
fn a_renamed_file_is_read_and_said_so() {
    let cube = Solid::cube(10.0);
    let report = read(&cube.ply(false, false), "cube.stl");
    assert_eq!(report.notes[0].en, "The name's ending and the content differ: it is PLY, binary.");
    assert_eq!(told(b"\x89PNG\r\n\x1a\n and the rest", "cube.stl"), "This is no shape: it is a picture (PNG).");
    let mut dicom = vec![0; 128];
    dicom.extend(b"DICM and the rest");
    assert!(told(&dicom, "scan.dcm").starts_with("This is a DICOM image and no shape."));
    assert!(told(b"Dear Sir or Madam", "letter.txt").starts_with("This is no shape that is known"));
}

#[test]
fn hostile_ply_is_named() {
    let cube = Solid::cube(10.0);
    let with = |from: &str, to: &str| cube.ply_text("").replace(from, to);
    let whole = cube.ply(false, false);
    for (bytes, want) in [
        (with("vertex 8", "vertex 4294967295").into_bytes(), "More than 15000000 vertices or faces. (line 3)"),
        (with("vertex 8", "vertex -1").into_bytes(), "More than 15000000 vertices or faces. (line 3)"),
        (
            with("vertex 8", "vertex 15000000").into_bytes(),
            "The file ends in the middle. Export it again and send it once more. (line 29)",
        ),
        (with("ascii", "morse").into_bytes(), "The PLY has a format that is not known. (line 2)"),
        (
            with("property float x", "property complex x").into_bytes(),
            "A property of the PLY has a type that is not known. (line 4)",
        ),
        (
            with("property float x\n", "").into_bytes(),
            "The PLY lacks coordinates, or the corners of its faces. (line 8)",
        ),
        (with("end_header", "comment").into_bytes(), "The header of the PLY is wrong. (line 10)"),
        (with("3 0 2 3\n", "3 0 2 8\n").into_bytes(), "A face names vertex 8, and there are 8. (line 18)"),
        (with("3 0 2 3\n", "3 0 -2 3\n").into_bytes(), "A face names vertex -2, and there are 8. (line 18)"),
        (with("3 0 2 3\n", "2000 0 2 3\n").into_bytes(), "More than 1024 corners of one face. (line 18)"),
        (with("face 12", "face 0").into_bytes(), "It has no faces: points alone cannot be used."),
        (
            whole[..whole.len() - 5].to_vec(),
            "The file ends in the middle. Export it again and send it once more. (byte 417)",
        ),
        (b"ply\n".to_vec(), "The header of the PLY has no end. (line 1)"),
        (
            format!("ply\nformat ascii 1.0\n{}", "element x 1\n".repeat(65)).into_bytes(),
            "More than 64 fields of a PLY. (line 67)",
        ),
        (
            b"ply\nformat binary_little_endian 1.0\nelement other 15000000\nend_header\n".to_vec(),
            "The PLY lacks coordinates, or the corners of its faces. (line 4)",
        ),
    ] {
        assert_eq!(told(&bytes, "x.ply"), want, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    }
    // Polygons become triangles, colours may be shares of one, and other elements are passed over.
    let square = "ply\nformat ascii 1.0\nelement odd 1\nproperty list uchar float y\nproperty int z\nelement vertex 4\nproperty double x\nproperty double y\nproperty double z\nproperty float red\nproperty float green\nproperty float blue\nelement face 1\nproperty list uchar uint vertex_index\nend_header\n2 1 2 3\n0 0 0 1 0 0.5\n5 0 0 1 0 0.5\n5 5 0 1 0 0.5\n0 5 0 1 0 0.5\n4 0 1 2 3\n";
    let (it, shape) = surface(square.as_bytes(), "x.ply");
    assert_eq!((it.triangles, it.area_mm2, it.holes), (2, 25.0, 1));
    assert_eq!(shape.colours.unwrap()[0], [255, 0, 127, 255]);
}

#[test]
fn hostile_obj_is_named_and_no_file_is_opened() {
    let cube = Solid::cube(10.0);
    for (text, want) in [
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", "A face names vertex 3, and there are 3. (line 4)"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -4\n", "A face names vertex -1, and there are 3. (line 4)"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 0\n", "A face names vertex -1, and there are 3. (line 4)"),
        ("v 0 0 0\nf 1 1\n", "A face does not have three corners. (line 2)"),
        ("v 0 0 x\n", "There is no number where a coordinate should be. (line 1)"),
        ("v 0 0\n", "There is no number where a coordinate should be. (line 1)"),
        ("v 0 0 0\n", "It has no faces: points alone cannot be used."),
        ("v 0 0 0\nf 1 2 \\", "The file ends in the middle. Export it again and send it once more. (byte 15)"),
        ("v 0 0 0\n\u{1}\n", "A line is none of an OBJ file. (line 2)"),
    ] {
        assert_eq!(told(text.as_bytes(), "x.obj"), want, "{text}");
    }
    let note = |head: &str| read(cube.obj(head).as_bytes(), "x.obj").notes[0].en.to_string();
    for head in ["mtllib ../../../etc/passwd\n", "mtllib /etc/passwd\n", "mtllib C:\\x.mtl\n", "mtllib ..\\x.mtl\n"] {
        let want = "The file refers to a file of materials outside of its folder. It was not opened.";
        assert_eq!(note(head), want, "{head}");
    }
    assert!(note("mtllib cube.mtl\n").starts_with("Colours and materials are in other files"));
    // Colours behind the coordinates, negative indices, continued lines.
    let text = "v 0 0 0 1 0 0\nv 5 0 0 0 1 0\nv 0 5 0 0 0 1\nf -3 -2 \\\n -1\n";
    let (it, shape) = surface(text.as_bytes(), "x.obj");
    assert_eq!((it.triangles, it.area_mm2), (1, 12.5));
    assert_eq!(shape.colours.unwrap(), [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]]);
}

#[test]
fn hostile_3mf_is_named() {
    let cube = Solid::cube(10.0);
    let model = cube.model("millimeter");
    let with = |from: &str, to: &str| zip(&[("3D/3dmodel.model", model.replace(from, to).as_bytes())]);
    let bomb = "<vertex x=\"0\" y=\"0\" z=\"0\"/>".repeat(400_000);
    let whole = cube.three_mf("millimeter");
    let mut encrypted = whole.clone();
    let list = encrypted.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    encrypted[list + 8] = 1;
    let mut damaged = whole.clone();
    damaged[14] ^= 1;
    damaged[list + 16] ^= 1;
    let nested: String = (2..40)
        .map(|it| format!("<object id=\"{it}\"><components><component objectid=\"{0}\"/><component objectid=\"{0}\"/></components></object>", it - 1))
        .collect();
    for (bytes, want) in [
        (
            with("<vertices>", &format!("<vertices>{bomb}")),
            "It unpacks to too much (at most 150 times, or 536870912 bytes). (byte",
        ),
        (
            with("<?xml version=\"1.0\"?>", "<!DOCTYPE model [<!ENTITY a 'a'>]>"),
            "The XML declares a document type (DTD).",
        ),
        (with("v1=\"0\"", "v1=\"8\""), "A face names vertex 8, and there are 8."),
        (with("x=\"10\"", "x=\"ten\""), "There is no number where a coordinate should be."),
        (with("unit=\"millimeter\"", "unit=\"parsec\""), "The unit of the 3MF is not known."),
        (with("objectid=\"1\"", "objectid=\"7\""), "The 3MF places an object that is not there."),
        (with("<mesh>", &"<a>".repeat(100)), "More than 64 levels of XML."),
        (with("</resources>", &format!("{nested}</resources>")).clone(), "3mf"),
        (
            with(
                "</resources><build><item objectid=\"1\"/>",
                &format!("{nested}</resources><build><item objectid=\"39\"/>"),
            ),
            "More than 4096 placings in a 3MF.",
        ),
        (
            with(
                "</resources>",
                "<object id=\"2\"><components><component objectid=\"2\"/></components></object></resources><build><item objectid=\"2\"/></build>",
            ),
            "More than 4096 placings in a 3MF.",
        ),
        (
            with("<item objectid", "<item p:path=\"/3D/other.model\" objectid"),
            "The objects of this 3MF are in parts of their own.",
        ),
        (zip(&[("letter.txt", b"Dear Sir or Madam")]), "The archive holds no 3MF model."),
        (encrypted, "The archive is encrypted."),
        (damaged, "The archive (ZIP) is damaged."),
        (whole[..whole.len() - 30].to_vec(), "The file ends in the middle."),
        (zip(&vec![("x", &b""[..]); limits::ENTRIES_MAX + 1]), "More than 1024 files within the archive."),
    ] {
        let told = told(&bytes, "x.3mf");
        assert!(told.starts_with(want), "{told}\nwanted {want}");
    }
    // Placed twice, once moved and turned over: both are there.
    let placed = with(
        "<item objectid=\"1\"/>",
        "<item objectid=\"1\"/><item objectid=\"1\" transform=\"1 0 0 0 1 0 0 0 1 30 0 0\"/>",
    );
    let it = surface(&placed, "x.3mf").0;
    assert_eq!((it.shells, it.size_mm, it.volume_mm3.map(f64::round)), (2, [40.0, 10.0, 10.0], Some(2000.0)));
    // The model lies where the relations say.
    let elsewhere = zip(&[
        ("_rels/.rels", b"<Relationships><Relationship Type=\"http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel\" Target=\"/3D/Jaw.model\"/></Relationships>"),
        ("3D/a.model", b"<model/>"),
        ("3D/Jaw.model", model.as_bytes()),
    ]);
    assert_eq!(surface(&elsewhere, "x.3mf").0.vertices, 8);
}

const PROJECT: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<Treatment>
  <!-- 田中花子 -->
  <ProjectGUID>b2f3</ProjectGUID>
  <Patient><PatientName>Tanaka</PatientName><PatientFirstName>Hanako</PatientFirstName><PatientSex></PatientSex></Patient>
  <PracticeName>Aoba</PracticeName>
  <Teeth>
    <Tooth><Number>36</Number><ReconstructionType>AnatomicCrown</ReconstructionType><MaterialName>Zirconia</MaterialName></Tooth>
    <Tooth><Number>37</Number><ReconstructionType>Pontic</ReconstructionType><MaterialName>Zirconia</MaterialName></Tooth>
  </Teeth>
  <ScanFile>C:\\case\\lower_jaw.stl</ScanFile>
</Treatment>";

#[test]
fn an_exocad_project_names_its_work_and_warns_of_its_people() {
    let report = read(PROJECT.as_bytes(), "case.dentalProject");
    let project = report.project.as_ref().unwrap();
    assert_eq!(project.teeth, ["36", "37"]);
    assert_eq!(project.works, ["AnatomicCrown", "Pontic"]);
    assert_eq!(project.materials, ["Zirconia"]);
    assert_eq!(project.files, ["lower_jaw.stl"], "without the path on somebody's disk");
    let parts: Vec<_> = report.personal.iter().map(|it| it.part.en.as_ref()).collect();
    assert_eq!(
        parts,
        ["a comment of the XML", "field “PatientName”", "field “PatientFirstName”", "field “PracticeName”"]
    );
    let told = serde_json::to_string(&report).unwrap();
    for name in ["Tanaka", "Hanako", "田中", "Aoba"] {
        assert!(!told.contains(name), "{told}");
    }
    assert_eq!(serde_json::from_str::<mesh::Report>(&told).unwrap(), report);

    let construction = "<ConstructionInfo projectName=\"Tanaka Hanako\"><teeth><tooth number=\"11\" reconstructionType=\"Inlay\" outputFile=\"11.stl\"/></teeth></ConstructionInfo>";
    let report = read(construction.as_bytes(), "11.constructionInfo");
    let project = report.project.as_ref().unwrap();
    assert_eq!(
        (project.teeth.join(" "), project.works.join(" "), project.files.join(" ")),
        ("11".into(), "Inlay".into(), "11.stl".into())
    );
    assert_eq!(report.personal.len(), 1);

    let mut wide = vec![0xff, 0xfe];
    wide.extend(PROJECT.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&wide, "case.dentalProject").project.unwrap().teeth, ["36", "37"]);
}

#[test]
fn hostile_xml_is_named() {
    let laughs = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><Treatment>&c;</Treatment>";
    let outside = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><Treatment>&b;</Treatment>";
    let deep = format!("<Treatment>{}", "<a>".repeat(100_000));
    for (text, want) in [
        (laughs, "The XML declares a document type (DTD). For safety it is not read. (byte 0)"),
        (outside, "The XML declares a document type (DTD). For safety it is not read. (byte 0)"),
        (&deep, "More than 64 levels of XML. (byte 200)"),
        (&PROJECT[..500], "The file ends in the middle. Export it again and send it once more. (byte"),
        ("<Treatment><a></b></Treatment>", "An end of the XML does not belong to what was begun. (byte 14)"),
        ("", "The file is empty."),
        ("not XML", "There is text outside of the elements. (byte 0)"),
    ] {
        let told = told(text.as_bytes(), "case.dentalProject");
        assert!(told.starts_with(want), "{told}");
    }
    let sjis = b"<Treatment><a>\x93\x63\x92\x86</a></Treatment>";
    assert_eq!(told(sjis, "case.dentalProject"), "The text is not in UTF-8. (byte 14)");
}

#[test]
fn three_shapes_own_format_is_kept_and_named() {
    let hps = b"<HPS version=\"1.0\"><Packed_geometry><Schema>CE</Schema></Packed_geometry></HPS>";
    let report = read(hps, "scan.dcm");
    assert_eq!(report.kind, Kind::Hps);
    assert!(report.surface.is_none());
    assert!(report.notes[0].en.contains("no DICOM"), "{}", report.notes[0].en);
}

#[test]
fn personal_data_is_named_by_its_place_only() {
    let cube = Solid::cube(10.0);
    let files: [(&str, Vec<u8>, &str); 7] = [
        ("a.stl", cube.stl("Patient: Tanaka Hanako 1980-04-01"), "the header of the STL"),
        ("a.stl", cube.stl_text("Tanaka Hanako").into_bytes(), "a name within the STL"),
        ("a.ply", cube.ply_text("comment TextureFile Tanaka_Hanako.png\n").into_bytes(), "a comment of the PLY"),
        ("a.obj", cube.obj("# 田中花子\n").into_bytes(), "a comment of the OBJ"),
        ("a.obj", cube.obj("o Tanaka_Hanako\n").into_bytes(), "a name within the OBJ"),
        ("Tanaka_Hanako.stl", cube.stl(""), "the name of the file"),
        (
            "a.3mf",
            zip(&[(
                "3D/3dmodel.model",
                cube.model("inch")
                    .replace("<resources>", "<metadata name=\"Title\">Tanaka Hanako</metadata><resources>")
                    .as_bytes(),
            )]),
            "the metadata of the 3MF",
        ),
    ];
    for (name, bytes, part) in files {
        let report = read(&bytes, name);
        assert_eq!(report.personal.first().map(|it| it.part.en.as_ref()), Some(part), "{name}");
        let lines = report.lines();
        assert!(lines.iter().any(|(grave, it)| *grave == Grave::Look && it.en.starts_with("May hold personal data")));
        let told = format!("{} {lines:?}", serde_json::to_string(&report).unwrap());
        assert!(!told.contains("Tanaka") && !told.contains("田中"), "{told}");
    }
    let plain = read(&cube.stl("Exported from Blender-4.1"), "upper_jaw.stl");
    assert!(plain.personal.is_empty());
    // Ten places are enough.
    let many = cube.obj(&"# 田中花子\n".repeat(50));
    assert_eq!(read(many.as_bytes(), "a.obj").personal.len(), limits::PERSONAL_MAX);
}
