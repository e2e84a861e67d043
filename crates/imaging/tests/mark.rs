//! What people mark on images (TR-24): versions of each, whose eyes they are for, and the DICOM objects that are made of what is
//! kept – read by DCMTK, by pydicom and by highdicom. The rows on both databases.
//!
//! `dcmdump`, `dcmpschk`, `dcmp2pgm` and `dsrdump` are in Debian's package `dcmtk`; HARUKA_TEST_PYTHON names a Python with
//! pydicom and highdicom (`cargo xtask with`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
#[path = "mark/measured.rs"]
mod measured;

use std::path::PathBuf;
use std::process::Command;

use common::two::{ROOMS, Two, both, content, image, kind, two as clinic_and_hospital};
use imaging::dataset::{Tag, Vr, Writer, file_header};
use imaging::instance::Uid;
use imaging::intake::{self, Intake, Kept, Origin};
use imaging::mark::store::{self, Saved, Saving};
use imaging::mark::{Look, Mark, OnArch, Picture, Refused, Set, Tool, Value, write};
use imaging::study::{self, Filter};
use kernel::{Kind, PersonId, Who};
use testkit::{Ward, wait};

const SACHIKO: &str = "TANAKA^SACHIKO=田中^幸子=たなか^さちこ";
const STUDY: &str = "1.2.3";

fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

fn picture(study: &str) -> Picture {
    Picture { series: uid(&format!("{study}.1")), sop: uid(&format!("{study}.1.1")), frame: 1 }
}

fn mark(id: &str, kind: Tool, on: Option<Picture>, at: &[[f64; 2]]) -> Mark {
    Mark {
        id: id.into(),
        kind,
        frame_of_reference: "1.2.9".into(),
        points: at.iter().map(|it| [it[0] * 0.5, it[1] * 0.5, -6.0]).collect(),
        pixels: if on.is_some() { at.to_vec() } else { vec![] },
        picture: on,
        closed: kind == Tool::Area,
        normal: Some([0.0, 0.0, 1.0]),
        values: std::collections::BTreeMap::new(),
        words: String::new(),
        on_arch: None,
    }
}

fn length(id: &str) -> Mark {
    let mut it = mark(id, Tool::Length, Some(picture(STUDY)), &[[10.5, 20.5], [50.5, 20.5]]);
    it.values = [("length".into(), Value::Number(20.0)), ("unit".into(), Value::Text("mm".into()))].into();
    it
}

fn set(marks: Vec<Mark>) -> Set {
    Set { marks, ..Set::default() }
}

fn saving(based_on: i64, tab: &str, set: Set) -> Saving {
    Saving { based_on, tab: tab.into(), set, keep: false }
}

fn number(saved: kernel::Result<Saved>) -> i64 {
    match saved.unwrap() {
        Saved::Kept(it, _) => it.map_or(0, |it| it.number),
        other => panic!("{other:?}"),
    }
}

fn at_clinic(it: &Two, saving: Saving) -> kernel::Result<Saved> {
    it.clinic(move |tx, ctx| store::save(tx, ctx, &uid(STUDY), &saving))
}

fn at_hospital(it: &Two, who: PersonId, saving: Saving) -> kernel::Result<Saved> {
    it.hospital(who, move |tx, ctx| store::save(tx, ctx, &uid(STUDY), &saving))
}

fn count(it: &Two, table: &'static str) -> i64 {
    it.clinic(move |tx, _| Ok(tx.value(&format!("SELECT count(*) FROM {table}"), &[])?.unwrap_or(0))).unwrap()
}

fn acts(it: &Two, facility: kernel::FacilityId) -> Vec<String> {
    it.log(facility).into_iter().map(|it| it.0).filter(|it| it.starts_with("mark.")).collect()
}

#[test]
fn each_saving_is_a_version_and_nothing_is_written_over() {
    // TR-24
    both(|it| {
        assert_eq!(number(at_clinic(it, saving(0, "left", Set::default()))), 0, "nothing drawn, nothing saved");
        assert_eq!(number(at_clinic(it, saving(0, "left", set(vec![length("a")])))), 1);
        assert_eq!(number(at_clinic(it, saving(0, "right", set(vec![length("a")])))), 1, "the same is there already");
        let behind = at_clinic(it, saving(0, "right", set(vec![length("b")]))).unwrap();
        assert!(matches!(&behind, Saved::Behind(it) if it.number == 1 && it.body.set.marks[0].id == "a"), "{behind:?}");
        let both_marks = set(vec![length("a"), length("b")]);
        assert_eq!(number(at_clinic(it, saving(1, "right", both_marks.clone()))), 2);
        assert_eq!(count(it, "mark_version"), 2, "the first one is still there");
        let seen = it.clinic(|tx, ctx| store::on(tx, ctx, &uid(STUDY))).unwrap();
        assert_eq!((seen.len(), seen[0].number, &seen[0].body.set), (1, 2, &both_marks));
        assert!(seen[0].body.author.contains("sato"), "{}", seen[0].body.author);
        let acts = acts(it, it.ward.facility);
        assert_eq!(acts.iter().filter(|it| *it == "mark.save").count(), 5, "every try is on record: {acts:?}");
        assert_eq!(acts.iter().filter(|it| *it == "mark.open").count(), 1);
    });
}

#[test]
fn what_is_no_mark_of_this_study_is_refused() {
    // TR-24
    both(|it| {
        image(&it.ward, "1.2.8", SACHIKO, "00001");
        let on = |study: &str| set(vec![mark("a", Tool::Probe, Some(picture(study)), &[[1.0, 1.0]])]);
        for (marks, why) in [
            (on("1.2.8"), Refused::Elsewhere),
            (on("1.2.77"), Refused::Elsewhere),
            (set(vec![length("a"), length("a")]), Refused::Unreadable),
            (set(vec![length("a"); 301]), Refused::TooMuch),
        ] {
            let saved = at_clinic(it, saving(0, "left", marks)).unwrap();
            assert!(matches!(saved, Saved::Refused(it) if it == why), "{saved:?}");
        }
        assert_eq!(count(it, "mark_version"), 0);
        let other = it.clinic(|tx, ctx| store::save(tx, ctx, &uid("1.2.77"), &saving(0, "left", Set::default())));
        assert_eq!(kind(other), Kind::NotFound, "no such study");
    });
}

#[test]
fn a_reader_marks_what_is_lent_and_the_clinic_sees_it_with_the_report() {
    // TR-24, TR-09, TR-10
    both(|it| {
        let id = it.sent();
        let drawn = || saving(0, "left", set(vec![length("a")]));
        assert_eq!(kind(at_hospital(it, it.reader, drawn())), Kind::NotFound, "before it is taken nothing is lent");
        it.take(it.reader, id, "").unwrap();
        assert_eq!(number(at_hospital(it, it.reader, drawn())), 1);
        assert_eq!(number(at_clinic(it, saving(0, "left", set(vec![length("c")])))), 1, "each person's own");
        for facility in [it.ward.facility, it.hospital] {
            assert!(acts(it, facility).contains(&"mark.save".to_owned()), "in both logs");
        }
        let names = |who: Option<PersonId>| {
            let look = |tx: &mut db::Tx<'_>, ctx: &kernel::Ctx| store::on(tx, ctx, &uid(STUDY));
            let seen = match who {
                Some(who) => it.hospital(who, look),
                None => it.clinic(look),
            };
            seen.unwrap().into_iter().map(|it| it.body.author).collect::<Vec<String>>()
        };
        for who in [it.reader, it.colleague] {
            let [one] = names(Some(who)).try_into().unwrap();
            assert!(one.contains("watanabe"), "a colleague sees it as it is drawn: {one}");
        }
        let [one] = names(None).try_into().unwrap();
        assert!(one.contains("sato"), "a draft is no answer yet: {one}");
        it.sign(it.reader, id, content("埋入は可能"), "", 0).unwrap();
        assert_eq!(names(None).len(), 2, "with the report it is");
        assert_eq!(count(it, "mark_keeping"), 1, "what its reader has drawn, and nobody else's");
        let kept = wait(write::all_due(&it.ward.site)).unwrap();
        assert_eq!((kept, wait(write::all_due(&it.ward.site)).unwrap()), (1, 0), "written once");
    });
}

#[test]
fn whoever_may_not_write_on_images_saves_nothing() {
    // TR-24, CS-120
    let it = clinic_and_hospital(Ward::sqlite(ROOMS));
    let drawn = saving(0, "left", set(vec![length("a")]));
    let clerk = it.ward.staff("yamada", &["clerk"]);
    let refused = it.at(it.ward.facility, clerk, move |tx, ctx| store::save(tx, ctx, &uid(STUDY), &drawn));
    assert_eq!(kind(refused), Kind::Forbidden);
    let stranger = it.hospital(it.reader, |tx, ctx| store::on(tx, ctx, &uid(STUDY)));
    assert_eq!(kind(stranger), Kind::NotFound, "nothing is lent");
    assert_eq!(count(&it, "mark_version"), 0);
}

#[test]
fn the_viewer_saves_and_opens_by_its_address() {
    // TR-24
    let it = clinic_and_hospital(Ward::sqlite(ROOMS));
    let routes = || people::routes().and(imaging::routes());
    let dentist = wait(it.ward.browser(routes(), Who::Staff(it.dentist)));
    let page = wait(dentist.get("/images/1.2.3"));
    assert!(page.text.contains("marks=\"/images/1.2.3/marks\"") && page.text.contains("csrf="), "{}", page.text);
    let token = dentist.token();
    let send = |body: serde_json::Value, token: &str| {
        let headers = [("content-type", "application/json"), ("x-csrf-token", token)];
        wait(dentist.post_raw("/images/1.2.3/marks", &headers, body.to_string().into_bytes()))
    };
    let body = |based_on: i64, marks: Vec<Mark>| serde_json::json!({ "basedOn": based_on, "tab": "t", "keep": false, "set": set(marks) });
    assert_eq!(send(body(0, vec![length("a")]), "guessed").status, 403);
    let told: serde_json::Value = serde_json::from_str(&send(body(0, vec![length("a")]), &token).text).unwrap();
    assert_eq!((&told["outcome"], &told["number"]), (&"saved".into(), &1.into()), "{told}");
    let told: serde_json::Value =
        serde_json::from_str(&send(body(1, vec![length("a"), length("a")]), &token).text).unwrap();
    assert_eq!(told["outcome"], "refused");
    let far = vec![mark("a", Tool::Area, Some(picture(STUDY)), &vec![[1.25, 2.25]; 3_000]); 20];
    assert_eq!(send(body(1, far), &token).status, 413, "more than a megabyte");
    let seen: serde_json::Value = serde_json::from_str(&wait(dentist.get("/images/1.2.3/marks")).text).unwrap();
    assert_eq!(seen["mine"]["set"]["marks"][0]["id"], "a");
    assert_eq!(seen["mine"]["set"], serde_json::to_value(set(vec![length("a")])).unwrap());
    assert_eq!(seen["others"], serde_json::json!([]));
}

/// A slice of 64 × 64 pixels of half a millimetre.
fn slice(study: &str) -> Vec<u8> {
    let mut it = Writer::explicit();
    let text = |it: &mut Writer, vr: &[u8; 2], keyword: &str, text: &str| {
        it.text(Tag::named(keyword).expect("a keyword"), Vr(*vr), text);
    };
    text(&mut it, b"CS", "SpecificCharacterSet", "ISO_IR 192");
    text(&mut it, b"UI", "SOPClassUID", common::CT);
    text(&mut it, b"UI", "SOPInstanceUID", &format!("{study}.1.1"));
    text(&mut it, b"DA", "StudyDate", "20261120");
    text(&mut it, b"CS", "Modality", "CT");
    text(&mut it, b"PN", "PatientName", SACHIKO);
    text(&mut it, b"LO", "PatientID", "00001");
    text(&mut it, b"UI", "StudyInstanceUID", study);
    text(&mut it, b"UI", "SeriesInstanceUID", &format!("{study}.1"));
    text(&mut it, b"IS", "SeriesNumber", "1");
    text(&mut it, b"IS", "InstanceNumber", "1");
    text(&mut it, b"UI", "FrameOfReferenceUID", "1.2.9");
    it.number(Tag(0x0028, 0x0002), 1);
    text(&mut it, b"CS", "PhotometricInterpretation", "MONOCHROME2");
    it.number(Tag(0x0028, 0x0010), 64).number(Tag(0x0028, 0x0011), 64);
    text(&mut it, b"DS", "PixelSpacing", "0.5\\0.5");
    it.number(Tag(0x0028, 0x0100), 16).number(Tag(0x0028, 0x0101), 12).number(Tag(0x0028, 0x0102), 11);
    it.number(Tag(0x0028, 0x0103), 0);
    text(&mut it, b"DS", "WindowCenter", "40");
    text(&mut it, b"DS", "WindowWidth", "400");
    text(&mut it, b"DS", "RescaleIntercept", "-1024");
    text(&mut it, b"DS", "RescaleSlope", "1");
    let pixels: Vec<u8> = (0..64_u16 * 64).flat_map(|at| (at % 2048).to_le_bytes()).collect();
    it.element(Tag::PIXELS, Vr(*b"OW"), &pixels);
    it.take()
}

/// Everything that a tool draws, on one slice, which is a key image too; and what lies on cuts that are no pictures.
fn everything(study: &str) -> Set {
    let on = || Some(picture(study));
    let mut arrow = mark("d", Tool::Arrow, on(), &[[20.0, 20.0], [40.0, 40.0]]);
    arrow.words = "下顎管".into();
    let mut probe = mark("e", Tool::Probe, on(), &[[5.5, 6.5]]);
    probe.values = [("value".into(), Value::Number(812.0)), ("modalityUnit".into(), Value::Text("HU".into()))].into();
    let mut first = length("a");
    first.picture = on();
    let number = |name: &str, number: f64| (name.to_owned(), Value::Number(number));
    let mut ellipse = mark("b", Tool::Ellipse, on(), &[[10.0, 5.0], [10.0, 25.0], [5.0, 15.0], [15.0, 15.0]]);
    let unit = |name: &str, unit: &str| (name.to_owned(), Value::Text(unit.to_owned()));
    ellipse.values = [
        number("area", 39.25),
        unit("areaUnit", "mm²"),
        number("mean", 811.5),
        number("stdDev", 30.25),
        unit("modalityUnit", "HU"),
    ]
    .into();
    let oblique = |id: &str, kind: Tool, at: &[[f64; 2]], values: &[(String, Value)]| Mark {
        values: values.iter().cloned().collect(),
        ..mark(id, kind, None, at)
    };
    let cut = oblique("f", Tool::Length, &[[1.0, 1.0], [2.0, 2.0]], &[number("length", 0.75)]);
    let angle = oblique("g", Tool::Angle, &[[1.0, 1.0], [2.0, 2.0], [3.0, 1.0]], &[number("angle", 90.0)]);
    let outline = oblique("h", Tool::Area, &[[2.0, 2.0], [6.0, 2.0], [6.0, 8.0]], &[number("area", 3.0)]);
    let mut bent = Mark { id: "i".into(), ..outline.clone() };
    bent.points[2][2] = 4.0;
    let nowhere = Mark { id: "j".into(), frame_of_reference: format!("{study}.1"), ..cut.clone() };
    let on_arch = |view: &str| {
        Some(OnArch { series: picture(study).series, view: view.into(), from: [0.0, 0.0], to: [9.0, 0.0] })
    };
    let along = Mark { id: "k".into(), kind: Tool::PanoramaLength, on_arch: on_arch("panorama"), ..cut.clone() };
    let across = Mark { id: "l".into(), kind: Tool::SectionLength, on_arch: on_arch("12.5"), ..cut.clone() };
    Set {
        marks: vec![
            first,
            ellipse,
            mark("c", Tool::Area, on(), &[[30.0, 30.0], [40.0, 30.0], [40.0, 45.0]]),
            arrow,
            probe,
            cut,
            angle,
            outline,
            bent,
            nowhere,
            along,
            across,
            mark("m", Tool::Arrow, on(), &[[63.0, 63.0], [40.0, 40.0]]),
            mark("n", Tool::Probe, on(), &[[64.5, 6.5]]),
        ],
        key_images: vec![picture(study)],
        looks: vec![Look { picture: picture(study), centre: 500.0, width: 2500.0 }],
        arches: vec![],
    }
}

struct Written {
    presentation: OnDisk,
    measurements: OnDisk,
    selection: OnDisk,
    image: OnDisk,
}

/// A file that goes with the test.
struct OnDisk(PathBuf);

impl Drop for OnDisk {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What somebody has kept, as files.
fn written(test: &str) -> Written {
    let study = "1.2.34";
    let it = clinic_and_hospital(Ward::sqlite(ROOMS));
    let ward = &it.ward;
    let key = ward.site.db.write_blocking(Some(ward.facility), |tx| tx.key()).unwrap();
    let bytes = slice(study);
    let mut intake =
        Intake::data_set(&ward.site.blobs, ward.facility, &key, &ward.site.chance, common::EXPLICIT).unwrap();
    intake.write(&bytes).unwrap();
    let arrived = intake.finish().unwrap().unwrap();
    let (blobs, origin) = (ward.site.blobs.clone(), Origin { face: "dimse", sender: "CBCT1".into(), announced: None });
    let kept = ward.given(move |tx, ctx| intake::keep(tx, ctx, &blobs, &arrived, &origin));
    assert_eq!(kept, Kept::Stored);
    let all = Saving { keep: true, ..saving(0, "left", everything(study)) };
    let saved = it.clinic(move |tx, ctx| store::save(tx, ctx, &uid(study), &all)).unwrap();
    let Saved::Kept(Some(version), facility) = saved else { panic!("{saved:?}") };
    assert_eq!(wait(write::one(&ward.site, facility, version.id)).unwrap(), 3);
    assert_eq!(wait(write::one(&ward.site, facility, version.id)).unwrap(), 3, "again: the same objects");

    let found = it.clinic(move |tx, ctx| study::fetch(tx, ctx, &Filter::study(&uid(study)), "study.fetch")).unwrap();
    assert_eq!(found.instances.len(), 4, "the slice, the presentation state, the measurements, the selection");
    let file = |class: &str, name: &str| {
        let which = found.instances.iter().find(|it| it.class == class).unwrap_or_else(|| panic!("{class}"));
        let mut content = found.open(&ward.site.blobs, which).unwrap();
        let size = usize::try_from(content.size_bytes()).unwrap();
        let bytes = content.read(0, size).unwrap();
        let path = std::env::temp_dir().join(format!("haruka-mark-{}-{test}-{name}.dcm", std::process::id()));
        std::fs::write(&path, [file_header(class, &which.uid, common::EXPLICIT), bytes].concat()).unwrap();
        OnDisk(path)
    };
    Written {
        presentation: file("1.2.840.10008.5.1.4.1.1.11.1", "pr"),
        measurements: file("1.2.840.10008.5.1.4.1.1.88.34", "sr"),
        selection: file("1.2.840.10008.5.1.4.1.1.88.59", "ko"),
        image: file(common::CT, "ct"),
    }
}

/// What a program says, and complains of.
fn said(program: &str, args: &[&str]) -> String {
    let out = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install dcmtk, or run under `cargo xtask with`"));
    let said = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{program}: {said}");
    said.into_owned()
}

#[test]
fn dcmtk_shows_what_is_drawn_and_what_was_chosen() {
    // TR-24
    let it = written("dcmtk");
    let path = |it: &OnDisk| it.0.to_str().unwrap().to_owned();
    let (state, selection, image) = (path(&it.presentation), path(&it.selection), path(&it.image));
    for file in [&state, &selection] {
        let dumped = said("dcmdump", &["--load-all", file]);
        assert!(!dumped.contains("W:") && !dumped.contains("E:"), "{dumped}");
    }
    let checked = said("dcmpschk", &[&state]);
    // It knows no letters but those of ASCII, and says so of every text; of nothing else it complains.
    for fault in checked.split("E: Error: ").skip(1) {
        let value = fault.lines().find(|it| it.contains("Attribute value   :")).unwrap_or_default();
        assert!(fault.starts_with("Attribute value does not conform") && !value.is_ascii(), "{fault}");
    }
    // DCMTK applies the state to the picture: window 500 / 2500 of values from −1024 on.
    let picture = std::env::temp_dir().join(format!("haruka-mark-{}.pgm", std::process::id()));
    let shown = OnDisk(picture);
    let out = path(&shown);
    let rendered = said("dcmp2pgm", &["--pstate", &state, "--pgm", &image, &out]);
    assert!(!rendered.contains("E:"), "{rendered}");
    let bytes = std::fs::read(&shown.0).unwrap();
    let body = &bytes[bytes.len() - 64 * 64..];
    // Stored 274 is −750 (black), stored 1,524 is 500 (the middle of the greys).
    let (black, middle) = (body[274], body[1524]);
    assert!(black <= 1 && (110..=145).contains(&middle), "{black} {middle}");
    let told = said("dsrdump", &[&selection]);
    assert!(told.contains("Of Interest") && told.contains("Key Object Selection Document"), "{told}");
    assert!(told.contains("<contains IMAGE:=(CT image,),(GSPS,)>"), "the picture as it is marked: {told}");
    assert!(!told.lines().any(|it| it.starts_with("E:")), "{told}");
}

#[test]
fn pydicom_reads_every_graphic_with_its_text() {
    // TR-24
    const SCRIPT: &str = "
import sys, pydicom
from pydicom import config
config.settings.reading_validation_mode = config.RAISE
state, chosen = (pydicom.dcmread(it) for it in sys.argv[1:])
for it in (state, chosen):
    it.walk(lambda data_set, element: None)
    print(it.Modality, it.SeriesNumber, it.InstanceNumber, it.PatientName.ideographic, it.StudyInstanceUID)
print(state.ContentCreatorName.ideographic, state.PresentationLUTShape, state.RescaleIntercept, state.RescaleType)
[window] = state.SoftcopyVOILUTSequence
print(window.WindowCenter, window.WindowWidth, window.ReferencedImageSequence[0].ReferencedSOPInstanceUID)
[area] = state.DisplayedAreaSelectionSequence
print(list(area.DisplayedAreaTopLeftHandCorner), list(area.DisplayedAreaBottomRightHandCorner), [float(it) for it in area.PresentationPixelSpacing])
[series] = state.ReferencedSeriesSequence
print(series.SeriesInstanceUID, series.ReferencedImageSequence[0].ReferencedSOPInstanceUID)
for it in state.GraphicAnnotationSequence:
    [graphic] = it.GraphicObjectSequence
    text = [one.UnformattedTextValue for one in it.get('TextObjectSequence', [])]
    print(graphic.GraphicType, graphic.GraphicAnnotationUnits, graphic.NumberOfGraphicPoints, graphic.GraphicData[:4], graphic.get('GraphicFilled'), text)
print(chosen.ConceptNameCodeSequence[0].CodeMeaning, chosen.ContentTemplateSequence[0].TemplateIdentifier)
image = chosen.ContentSequence[-1]
[one] = image.ReferencedSOPSequence
print(image.ValueType, one.ReferencedSOPInstanceUID, one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == state.SOPInstanceUID)
evidence = chosen.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
print(sorted(it.ReferencedSOPSequence[0].ReferencedSOPClassUID for it in evidence))
";
    let it = written("pydicom");
    let python = std::env::var("HARUKA_TEST_PYTHON").expect("run under `cargo xtask with`");
    let path = |it: &OnDisk| it.0.to_str().unwrap().to_owned();
    let told = said(&python, &["-W", "error", "-c", SCRIPT, &path(&it.presentation), &path(&it.selection)]);
    let expected = "\
PR 9003 1 田中^幸子 1.2.34
KO 9004 1 田中^幸子 1.2.34
佐藤^sato IDENTITY -1024 HU
500 2500 1.2.34.1.1
[1, 1] [64, 64] [0.5, 0.5]
1.2.34.1 1.2.34.1.1
POLYLINE PIXEL 2 [10.5, 20.5, 50.5, 20.5] None ['20.0 mm']
ELLIPSE PIXEL 4 [10.0, 5.0, 10.0, 25.0] N ['面積 39.2 mm²\\r\\n平均 812 ± 30 HU']
POLYLINE PIXEL 4 [30.0, 30.0, 40.0, 30.0] N []
POLYLINE PIXEL 5 [40.0, 40.0, 20.0, 20.0] None ['下顎管']
POINT PIXEL 1 [5.5, 6.5] None ['812 HU']
POLYLINE PIXEL 5 [40.0, 40.0, 63.0, 63.0] None []
POINT PIXEL 1 [64.5, 6.5] None []
Of Interest 2010
IMAGE 1.2.34.1.1 True
['1.2.840.10008.5.1.4.1.1.11.1', '1.2.840.10008.5.1.4.1.1.2']
";
    assert_eq!(told, expected);
}

#[test]
fn a_photograph_is_marked_in_colour_and_a_film_with_its_smallest_value_white() {
    // TR-24; PS3.3 A.33.2, C.11.6
    let it = clinic_and_hospital(Ward::sqlite(ROOMS));
    let ward = &it.ward;
    let kinds = [("1.2.41", "RGB", 3_u16), ("1.2.42", "MONOCHROME1", 1)];
    for (study, photometric, samples) in kinds {
        let bytes = flat(study, photometric, samples);
        let key = ward.site.db.write_blocking(Some(ward.facility), |tx| tx.key()).unwrap();
        let mut intake =
            Intake::data_set(&ward.site.blobs, ward.facility, &key, &ward.site.chance, common::EXPLICIT).unwrap();
        intake.write(&bytes).unwrap();
        let arrived = intake.finish().unwrap().unwrap();
        let (blobs, origin) =
            (ward.site.blobs.clone(), Origin { face: "dimse", sender: "CAMERA".into(), announced: None });
        ward.given(move |tx, ctx| intake::keep(tx, ctx, &blobs, &arrived, &origin));
        let drawn = set(vec![mark("a", Tool::Arrow, Some(picture(study)), &[[1.0, 1.0], [3.0, 3.0]])]);
        let all = Saving { keep: true, ..saving(0, "left", drawn) };
        let saved = it.clinic(move |tx, ctx| store::save(tx, ctx, &uid(study), &all)).unwrap();
        let Saved::Kept(Some(version), facility) = saved else { panic!("{saved:?}") };
        assert_eq!(wait(write::one(&ward.site, facility, version.id)).unwrap(), 2, "and the measurement report");
        let all = it
            .clinic(move |tx, ctx| study::metadata(tx, ctx, &Filter::study(&uid(study))))
            .unwrap()
            .into_iter()
            .map(|it| serde_json::from_slice::<serde_json::Value>(&it.json).unwrap());
        let state = all.into_iter().find(|it| it["00080060"]["Value"][0] == "PR").expect("a presentation state");
        if samples == 3 {
            assert_eq!(state["00080016"]["Value"][0], "1.2.840.10008.5.1.4.1.1.11.2");
            assert_eq!(state["00282002"]["Value"][0], "SRGB");
            assert!(state["00282000"].is_object() && state["20500020"].is_null());
        } else {
            assert_eq!(state["00080016"]["Value"][0], "1.2.840.10008.5.1.4.1.1.11.1");
            assert_eq!(state["20500020"]["Value"][0], "INVERSE");
        }
        assert_eq!(state["0070005A"]["Value"][0]["00700102"]["Value"][0], 1, "square pixels of an unknown size");
    }
}

fn flat(study: &str, photometric: &str, samples: u16) -> Vec<u8> {
    let mut it = Writer::explicit();
    let text = |it: &mut Writer, vr: &[u8; 2], keyword: &str, text: &str| {
        it.text(Tag::named(keyword).expect("a keyword"), Vr(*vr), text);
    };
    text(&mut it, b"UI", "SOPClassUID", "1.2.840.10008.5.1.4.1.1.77.1.4");
    text(&mut it, b"UI", "SOPInstanceUID", &format!("{study}.1.1"));
    text(&mut it, b"CS", "Modality", "XC");
    text(&mut it, b"PN", "PatientName", "TANAKA^SACHIKO");
    text(&mut it, b"LO", "PatientID", "00001");
    text(&mut it, b"UI", "StudyInstanceUID", study);
    text(&mut it, b"UI", "SeriesInstanceUID", &format!("{study}.1"));
    it.number(Tag(0x0028, 0x0002), samples);
    text(&mut it, b"CS", "PhotometricInterpretation", photometric);
    it.number(Tag(0x0028, 0x0010), 4).number(Tag(0x0028, 0x0011), 4);
    it.number(Tag(0x0028, 0x0100), 8).number(Tag(0x0028, 0x0101), 8).number(Tag(0x0028, 0x0102), 7);
    it.number(Tag(0x0028, 0x0103), 0);
    it.element(Tag::PIXELS, Vr(*b"OB"), &vec![0; usize::from(samples) * 16]);
    it.take()
}
