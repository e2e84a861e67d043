//! What was measured is read by other people's programs as it was drawn: the tree by DCMTK, which knows what may stand below
//! what; numbers, units and places by pydicom; the groups of TID 1500 by highdicom, which knows the template.

use super::{OnDisk, said, written};

fn path(it: &OnDisk) -> String {
    it.0.to_str().unwrap().to_owned()
}

fn python(script: &str, file: &OnDisk) -> String {
    let python = std::env::var("HARUKA_TEST_PYTHON").expect("run under `cargo xtask with`");
    said(&python, &["-W", "error", "-c", script, &path(file)])
}

#[test]
fn dcmtk_reads_the_report_and_finds_each_item_where_it_may_stand() {
    // TR-24; PS3.3 A.35.13
    let it = written("measured-dcmtk");
    let dumped = said("dcmdump", &["--load-all", &path(&it.measurements)]);
    let told = said("dsrdump", &["+U8", "+Pl", "+Pt", "--verbose", &path(&it.measurements)]);
    // Its own check of letters knows none but those of ASCII, and says so; of nothing else it complains.
    let letters = "W: The VR checker does not support this Specific Character Set: ISO_IR 192";
    for line in dumped.lines().chain(told.lines()).filter(|it| *it != letters) {
        assert!(!line.starts_with("W:") && !line.starts_with("E:") && !line.starts_with("F:"), "{line} in {told}");
    }
    assert!(told.contains("Comprehensive 3D SR") && told.contains("Imaging Measurement Report"), "{told}");
    for line in [
        "<has concept mod CODE:(,,\"Language of Content Item and Descendants\")=(ja,RFC5646,\"Japanese\")>",
        "<has obs context PNAME:(,,\"Person Observer Name\")=\"=佐藤^sato\">",
        "<has concept mod CODE:(,,\"Procedure reported\")=(363679005,SCT,\"Imaging procedure\")>",
        "<contains NUM:(,,\"Length\")=\"20\" (mm,UCUM,\"millimeter\")>",
        "<inferred from SCOORD:(,,\"Path\")=(POLYLINE,10.5/20.5,50.5/20.5)>",
        "<selected from IMAGE:(,,\"Source\")=(CT image,)>",
        "<contains TEXT:(,,\"Comment\")=\"下顎管\">",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert_eq!(told.matches("=SEPARATE>  # TID 1410 (DCMR)").count(), 3, "an ellipse and two outlines: {told}");
    assert_eq!(told.matches("# TID 1501 (DCMR)").count(), 11, "{told}");
}

#[test]
fn pydicom_reads_numbers_units_and_places() {
    // TR-24; PS3.3 C.18.1, C.18.6, C.18.9
    const SCRIPT: &str = "
import sys, pydicom
from pydicom import config
config.settings.reading_validation_mode = config.RAISE
it = pydicom.dcmread(sys.argv[1])
it.walk(lambda data_set, element: None)
print(it.Modality, it.SeriesNumber, it.InstanceNumber, it.PatientName.ideographic, it.StudyInstanceUID)
print(it.Manufacturer, it.ManufacturerModelName, bool(it.DeviceSerialNumber), bool(it.SoftwareVersions), it.CompletionFlag, it.VerificationFlag)
[template] = it.ContentTemplateSequence
print(template.MappingResource, template.TemplateIdentifier)
[study] = it.CurrentRequestedProcedureEvidenceSequence
print([[one.ReferencedSOPInstanceUID for one in series.ReferencedSOPSequence] for series in study.ReferencedSeriesSequence])

def name(code):
    return code.CodeMeaning

def place(item):
    if item.ValueType == 'SCOORD':
        [image] = item.ContentSequence
        return [item.GraphicType, list(item.GraphicData), image.RelationshipType, image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID]
    return [item.GraphicType, [round(it, 3) for it in item.GraphicData], item.ReferencedFrameOfReferenceUID]

def tell(item):
    below = item.get('ContentSequence', [])
    modifiers = ['/ ' + name(it.ConceptCodeSequence[0]) for it in below if it.ValueType == 'CODE']
    places = [place(it) for it in below if it.ValueType.startswith('SCOORD')]
    if item.ValueType == 'NUM':
        [value] = item.MeasuredValueSequence
        said = [name(item.ConceptNameCodeSequence[0]), float(value.NumericValue), value.MeasurementUnitsCodeSequence[0].CodeValue]
    elif item.ValueType == 'TEXT':
        said = [item.TextValue]
    else:
        said = place(item)
    return ' '.join([str(it) for it in said + modifiers + places])

[library, measured] = [item for item in it.ContentSequence if item.ValueType == 'CONTAINER']
[group] = library.ContentSequence
print(name(library.ConceptNameCodeSequence[0]), [image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for image in group.ContentSequence])
for group in measured.ContentSequence:
    tracking, unique, *items = group.ContentSequence
    print(tracking.TextValue, unique.UID.startswith('2.25.'), group.ContentTemplateSequence[0].TemplateIdentifier)
    for item in items:
        print('  ' + tell(item))
";
    let it = written("measured-pydicom");
    let on = "1.2.34.1.1";
    let expected = format!(
        "\
SR 9005 1 田中^幸子 1.2.34
Haruka Haruka True True COMPLETE UNVERIFIED
DCMR 1500
[['{on}']]
Image Library ['{on}']
a True 1501
  Length 20.0 mm ['POLYLINE', [10.5, 20.5, 50.5, 20.5], 'SELECTED FROM', '{on}']
b True 1410
  ELLIPSE [10.0, 5.0, 10.0, 25.0, 5.0, 15.0, 15.0, 15.0] SELECTED FROM {on}
  Area 39.25 mm2
  Attenuation Coefficient 811.5 [hnsf'U] / Mean
  Attenuation Coefficient 30.25 [hnsf'U] / Standard Deviation
c True 1410
  POLYLINE [30.0, 30.0, 40.0, 30.0, 40.0, 45.0, 30.0, 30.0] SELECTED FROM {on}
  囲んだ範囲
d True 1501
  下顎管 ['POINT', [20.0, 20.0], 'SELECTED FROM', '{on}']
e True 1501
  Attenuation Coefficient 812.0 [hnsf'U] ['POINT', [5.5, 6.5], 'SELECTED FROM', '{on}']
f True 1501
  Length 0.75 mm ['POLYLINE', [0.5, 0.5, -6.0, 1.0, 1.0, -6.0], '1.2.9']
g True 1501
  Angle 90.0 deg ['POLYLINE', [0.5, 0.5, -6.0, 1.0, 1.0, -6.0, 1.5, 0.5, -6.0], '1.2.9']
h True 1410
  POLYGON [1.0, 1.0, -6.0, 3.0, 1.0, -6.0, 3.0, 4.0, -6.0, 1.0, 1.0, -6.0] 1.2.9
  Area 3.0 mm2
i True 1501
  囲んだ範囲 面積 3.0 mm²\r\n一つの平面の上にないため、位置は記載していません。
j True 1501
  長さ 0.8 mm\r\n元の画像に患者座標の基準がないため、位置は記載していません。
k True 1501
  パノラマ再構成上の長さ 0.8 mm\r\n歯列弓に沿って展開した再構成画像の上にあり、曲面に沿うため、位置は記載していません。
l True 1501
  Length 0.75 mm ['POLYLINE', [0.5, 0.5, -6.0, 1.0, 1.0, -6.0], '1.2.9']
m True 1501
  矢印 ['POINT', [63.0, 63.0], 'SELECTED FROM', '{on}']
n True 1501
  画素値\r\n画像の範囲の外にかかっているため、位置は記載していません。
"
    );
    assert_eq!(python(SCRIPT, &it.measurements), expected);
}

#[test]
fn highdicom_reads_the_groups_by_their_template() {
    // TR-24; PS3.16 TID 1500, 1501, 1410
    const SCRIPT: &str = "
import sys
from highdicom.sr import Comprehensive3DSR, srread
report = srread(sys.argv[1])
assert isinstance(report, Comprehensive3DSR)
content = report.content
[observer] = content.get_observer_contexts()
print(observer.observer_type.meaning, observer.observer_identifying_attributes.organization_name)
for group in content.get_image_measurement_groups():
    told = [(it.name.meaning, float(it.value), it.unit.value, [(at.graphic_type.value, at.value.tolist()) for at in it.referenced_coordinates]) for it in group.get_measurements()]
    if told:
        print(group.tracking_identifier, told)
for group in content.get_planar_roi_measurement_groups():
    region = group.roi
    told = [(it.name.meaning, it.derivation.meaning if it.derivation else '', float(it.value), it.unit.value) for it in group.get_measurements()]
    print(group.tracking_identifier, type(region).__name__, region.graphic_type.value, len(region.value), told)
";
    let it = written("measured-highdicom");
    let expected = "\
Person 青葉歯科クリニック
a [('Length', 20.0, 'mm', [('POLYLINE', [[10.5, 20.5], [50.5, 20.5]])])]
e [('Attenuation Coefficient', 812.0, \"[hnsf'U]\", [('POINT', [[5.5, 6.5]])])]
f [('Length', 0.75, 'mm', [('POLYLINE', [[0.5, 0.5, -6.0], [1.0, 1.0, -6.0]])])]
g [('Angle', 90.0, 'deg', [('POLYLINE', [[0.5, 0.5, -6.0], [1.0, 1.0, -6.0], [1.5, 0.5, -6.0]])])]
l [('Length', 0.75, 'mm', [('POLYLINE', [[0.5, 0.5, -6.0], [1.0, 1.0, -6.0]])])]
b ImageRegion ELLIPSE 4 [('Area', '', 39.25, 'mm2'), ('Attenuation Coefficient', 'Mean', 811.5, \"[hnsf'U]\"), ('Attenuation Coefficient', 'Standard Deviation', 30.25, \"[hnsf'U]\")]
c ImageRegion POLYLINE 4 []
h ImageRegion3D POLYGON 4 [('Area', '', 3.0, 'mm2')]
";
    assert_eq!(python(SCRIPT, &it.measurements), expected);
}
