//! DCMTK's echoscu, storescu, dcmsend, findscu, movescu with storescp, getscu.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use imaging::instance::{ClaimedPatient, Uid};
use imaging::station::{NewStation, store};
use imaging::study::{Filter, fetch};
use imaging::worklist::{Entry, written};
use kernel::JapaneseName;

use crate::server::{Folder, Server, run, samples};

const CT: &str = "CT_small.dcm";
const MR: &str = "MR_small.dcm";
const RLE: &str = "MR_small_RLE.dcm";

fn sample(name: &str) -> String {
    samples().join(name).to_str().expect("a plain path").to_owned()
}

#[test]
fn echoscu_is_answered_and_only_under_our_name() {
    // SY-60
    let server = Server::open();
    let (good, said) = run("echoscu", &["-v", "-aec", "HARUKA", "@"], &server);
    assert!(good, "{said}");
    let (good, said) = run("echoscu", &["-v", "-aec", "NOBODY", "@"], &server);
    assert!(!good && said.contains("Called AE Title Not Recognized"), "{said}");
}

#[test]
fn a_stranger_gets_no_association_and_a_registered_device_does() {
    // TR-20
    let server = Server::with(|it| it.loopback = None);
    let (good, said) = run("echoscu", &["-aet", "CBCT1", "-aec", "HARUKA", "@"], &server);
    assert!(!good && said.contains("Calling AE Title Not Recognized"), "{said}");
    let registered = server.ward.given(|tx, ctx| {
        let new = NewStation::parse("CBCT1", "CT室", "127.0.0.1", "", "").expect("a station");
        let id = store::add(tx, ctx, &new)?;
        let again = store::add(tx, ctx, &new);
        assert!(
            again.is_err_and(|it| *it.kind() == kernel::Kind::Conflict),
            "a title and address are somebody's alone"
        );
        Ok(id)
    });
    let (good, said) = run("echoscu", &["-aet", "CBCT1", "-aec", "HARUKA", "@"], &server);
    assert!(good, "{said}");
    server.ward.given(move |tx, ctx| store::end(tx, ctx, registered));
    let (good, _) = run("echoscu", &["-aet", "CBCT1", "-aec", "HARUKA", "@"], &server);
    assert!(!good, "an ended registration opens nothing");
}

#[test]
fn storescu_and_dcmsend_store_what_they_have_as_it_is() {
    // TR-25
    let server = Server::open();
    let (good, said) = run("storescu", &["-v", "-aec", "HARUKA", "@", &sample(CT), &sample(MR)], &server);
    assert!(good, "{said}");
    let (good, said) = run("storescu", &["-v", "-xr", "-aec", "HARUKA", "@", &sample(RLE)], &server);
    // DCMTK calls everything from C000 on by this name; pynetdicom's table has the code, C011.
    assert!(!good && said.contains("CannotUnderstand"), "the same instance in another writing is another: {said}");
    assert_eq!(server.count(), 2);
    let again = Server::open();
    let (good, said) = run("dcmsend", &["-v", "-aec", "HARUKA", "@", &sample(RLE), &sample(CT)], &again);
    assert!(good, "{said}");
    assert_eq!(again.count(), 2);
    let syntaxes: Vec<String> = again.ward.given(|tx, _| {
        let rows = tx.rows("SELECT transfer_syntax FROM instance ORDER BY transfer_syntax", &[])?;
        rows.iter().map(|it| it.get("transfer_syntax")).collect()
    });
    assert_eq!(syntaxes, ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"], "RLE stays RLE");
}

#[test]
fn findscu_finds_at_every_level_what_fits() {
    // TR-26
    let server = Server::open();
    let (good, said) = run("storescu", &["-aec", "HARUKA", "@", &sample(CT), &sample(MR)], &server);
    assert!(good, "{said}");
    let entries = server.ward.entries();
    let find = |keys: &[&str]| {
        let mut args = vec!["-v", "-S", "-aec", "HARUKA", "@"];
        keys.iter().for_each(|it| args.extend(["-k", it]));
        run("findscu", &args, &server)
    };
    let answers = |said: &str| said.matches("Find Response: ").count();
    let (good, said) = find(&["QueryRetrieveLevel=STUDY", "PatientName=CompressedSamples^CT1", "StudyInstanceUID"]);
    assert!(good && said.contains("1.3.6.1.4.1.5962.1.2.1.20040119072730.12322"), "{said}");
    assert_eq!(server.ward.entries(), entries + 1, "one question, one entry");
    let (_, said) = find(&["QueryRetrieveLevel=STUDY", "PatientName=compressed*", "NumberOfStudyRelatedInstances"]);
    assert_eq!(answers(&said), 2, "{said}");
    let (_, said) = find(&["QueryRetrieveLevel=STUDY", "PatientName=NOBODY*"]);
    assert_eq!(answers(&said), 0, "{said}");
    let (_, said) = find(&["QueryRetrieveLevel=STUDY", "StudyDate=20040101-20041231", "ModalitiesInStudy=MR"]);
    assert!(answers(&said) == 1 && said.contains("[MR]"), "{said}");
    let (_, said) = find(&["QueryRetrieveLevel=SERIES", "Modality=CT", "SeriesInstanceUID"]);
    assert_eq!(answers(&said), 1, "{said}");
    let (_, said) = find(&["QueryRetrieveLevel=IMAGE", "SOPClassUID", "Rows", "PatientID=1CT1"]);
    assert!(answers(&said) == 1 && said.contains("128"), "{said}");
    let (good, said) = find(&["QueryRetrieveLevel=STUDY", "StudyDate=yesterday"]);
    assert!(said.contains("DataSetDoesNotMatchSOPClass"), "{good} {said}");
    let mut args = vec!["-v", "-P", "-aec", "HARUKA", "@", "-k", "QueryRetrieveLevel=PATIENT"];
    args.extend(["-k", "PatientID", "-k", "PatientName"]);
    let (_, said) = run("findscu", &args, &server);
    assert_eq!(answers(&said), 2, "{said}");
}

#[test]
fn findscu_is_told_who_is_expected() {
    // TR-26
    let [sachiko, taro] = [("田中", "幸子", "タナカ", "サチコ"), ("山田", "太郎", "ヤマダ", "タロウ")]
        .map(|it| JapaneseName::parse(it.0, it.1, it.2, it.3).expect("a name"));
    let entry = move |number: u8, name: &JapaneseName| Entry {
        booking: [number; 16],
        patient: ClaimedPatient {
            name: written(name),
            id: format!("0000{number}"),
            birth_date: "1943-05-01".parse().ok(),
            sex: "F".into(),
        },
        starts_at: "2026-11-24T00:30:00Z".parse().expect("a time"),
        description: "来院".into(),
        doctor: written(name),
    };
    let asked = Arc::new(Mutex::new(Vec::new()));
    let server = Server::with(|it| {
        let asked = asked.clone();
        it.worklist = Some(Arc::new(move |_, _, from, to| {
            asked.lock().expect("a list").push(format!("{from} {to}"));
            Ok(vec![entry(1, &sachiko), entry(2, &taro)])
        }));
    });
    let find = |keys: &[&str]| {
        let mut args = vec!["-v", "-W", "-aet", "CBCT1", "-aec", "HARUKA", "@"];
        keys.iter().for_each(|it| args.extend(["-k", it]));
        run("findscu", &args, &server)
    };
    let answers = |said: &str| said.matches("Find Response: ").count();
    let day = "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=20261124-20261125";
    let modality = "ScheduledProcedureStepSequence[0].Modality=CT";
    let title = "ScheduledProcedureStepSequence[0].ScheduledStationAETitle";
    let (good, said) = find(&[day, modality, title, "PatientName", "PatientID", "StudyInstanceUID", "AccessionNumber"]);
    assert!(good && answers(&said) == 2, "{said}");
    for part in ["=田中^幸子=タナカ^サチコ", "[00001", "[CT]", "[CBCT1", "[20261124]", "[0101010101010101]", "2.25."]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(asked.lock().expect("a list").join(","), "2026-11-24 2026-11-25");
    let (_, said) = find(&[day, "PatientID=00002", "PatientName"]);
    assert!(answers(&said) == 1 && said.contains("山田^太郎"), "{said}");
    let (_, said) = find(&["ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=tomorrow"]);
    assert!(said.contains("DataSetDoesNotMatchSOPClass"), "{said}");
    // Where nobody is booked, at a gateway, nobody says that there is a list.
    let (good, said) = run("findscu", &["-W", "-aec", "HARUKA", "@", "-k", "PatientID"], &Server::open());
    assert!(!good && said.contains("No Acceptable Presentation Contexts"), "{said}");
}

/// storescp on a free port, ended with the test.
struct Receiver {
    child: Child,
    port: u16,
}

impl Receiver {
    fn start(folder: &Folder, extra: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let child = Command::new("storescp")
            .args(extra)
            .args(["+B", "-od", folder.text(), &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("storescp runs");
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Self { child, port }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn movescu_has_a_study_sent_to_a_registered_place() {
    // TR-26
    let server = Server::open();
    let (good, said) = run("dcmsend", &["-aec", "HARUKA", "@", &sample(RLE), &sample(CT)], &server);
    assert!(good, "{said}");
    let folder = Folder::new("move");
    let receiver = Receiver::start(&folder, &["+xa"]);
    let uid = "StudyInstanceUID=1.3.6.1.4.1.5962.1.2.4.20040826185059.5457";
    let args = ["-v", "-S", "-aec", "HARUKA", "-aem", "PACS", "@", "-k", "QueryRetrieveLevel=STUDY", "-k", uid];
    let (good, said) = run("movescu", &args, &server);
    assert!(!good || said.contains("0xa801"), "nobody is sent anything to a place that is not registered: {said}");
    assert!(folder.files().is_empty());
    let port = receiver.port.to_string();
    server.ward.given(move |tx, ctx| {
        store::add(tx, ctx, &NewStation::parse("PACS", "保管", "", "127.0.0.1", &port).expect("a station")).map(drop)
    });
    let (good, said) = run("movescu", &args, &server);
    assert!(good, "{said}");
    let files = folder.files();
    assert_eq!(files.len(), 1, "{said}");
    let sent = std::fs::read(&files[0]).expect("a file");
    let study = Filter::study(&Uid::parse("1.3.6.1.4.1.5962.1.2.4.20040826185059.5457").expect("a UID"));
    let found = server.ward.given(move |tx, ctx| fetch(tx, ctx, &study, "study.view"));
    let mut content = found.open(&server.ward.site.blobs, &found.instances[0]).expect("opened");
    assert!(sent.ends_with(&content.read(0, usize::MAX).expect("read")), "byte for byte as it was stored");
    assert!(server.ward.acts().iter().any(|it| it == "study.send"));
}

#[test]
fn getscu_gets_a_study_on_its_own_association() {
    // TR-26
    let server = Server::open();
    let (good, said) = run("storescu", &["-aec", "HARUKA", "@", &sample(CT), &sample(MR)], &server);
    assert!(good, "{said}");
    let folder = Folder::new("get");
    let uid = "StudyInstanceUID=1.3.6.1.4.1.5962.1.2.1.20040119072730.12322";
    let args = ["-v", "-S", "-aec", "HARUKA", "-od", folder.text(), "@", "-k", "QueryRetrieveLevel=STUDY", "-k", uid];
    let (good, said) = run("getscu", &args, &server);
    assert!(good, "{said}");
    assert_eq!(folder.files().len(), 1, "{said}");
    let args = ["-v", "-S", "-aec", "HARUKA", "-od", folder.text(), "@", "-k", "QueryRetrieveLevel=STUDY"];
    let (_, said) = run("getscu", &args, &server);
    assert!(said.contains("DataSetDoesNotMatchSOPClass"), "a retrieval that names nothing gets nothing: {said}");
}

/// The value of Pixel Data in a native file with explicit lengths.
fn pixels(file: &std::path::Path) -> Vec<u8> {
    let bytes = std::fs::read(file).expect("a file");
    let head = b"\xE0\x7F\x10\0OW\0\0";
    let at = bytes.windows(head.len()).rposition(|it| it == head).expect("pixels") + head.len();
    let length = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("a length"));
    bytes[at + 4..at + 4 + length as usize].to_vec()
}

const MR_STUDY: &str = "StudyInstanceUID=1.3.6.1.4.1.5962.1.2.4.20040826185059.5457";
/// The same picture, written in three ways.
const PACKED: [&str; 3] = [RLE, "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm"];

#[test]
fn whoever_takes_no_compression_gets_the_same_pixels_without() {
    // TR-25, TR-26
    let expected = pixels(&samples().join(MR));
    for name in PACKED {
        let server = Server::open();
        let (good, said) = run("dcmsend", &["-aec", "HARUKA", "@", &sample(name)], &server);
        assert!(good, "{said}");
        let got = Folder::new("native-get");
        let what = ["@", "-k", "QueryRetrieveLevel=STUDY", "-k", MR_STUDY];
        let args = [&["-v", "-S", "-aec", "HARUKA", "-od", got.text()][..], &what].concat();
        let (good, said) = run("getscu", &args, &server);
        assert!(good, "{name}: {said}");
        let moved = Folder::new("native-move");
        // It takes what is not compressed, and nothing else.
        let receiver = Receiver::start(&moved, &[]);
        let port = receiver.port.to_string();
        server.ward.given(move |tx, ctx| {
            let new = NewStation::parse("PACS", "保管", "", "127.0.0.1", &port).expect("a station");
            store::add(tx, ctx, &new).map(drop)
        });
        let args = [&["-v", "-S", "-aec", "HARUKA", "-aem", "PACS"][..], &what].concat();
        let (good, said) = run("movescu", &args, &server);
        assert!(good, "{name}: {said}");
        for folder in [&got, &moved] {
            let files = folder.files();
            assert_eq!(files.len(), 1, "{name}: {said}");
            assert!(pixels(&files[0]) == expected, "{name}: other pixels");
        }
    }
}

#[test]
fn whoever_wants_compression_gets_it_without_loss() {
    // TR-25, TR-26
    let server = Server::open();
    let (good, said) = run("dcmsend", &["-aec", "HARUKA", "@", &sample(MR)], &server);
    assert!(good, "{said}");
    for (wish, undo) in [("+xt", "dcmdjpls"), ("+xr", "dcmdrle")] {
        let folder = Folder::new("packed-get");
        let args = ["-v", "-S", wish, "-aec", "HARUKA", "-od", folder.text(), "@", "-k", "QueryRetrieveLevel=STUDY"];
        let (good, said) = run("getscu", &[&args[..], &["-k", MR_STUDY]].concat(), &server);
        assert!(good, "{said}");
        let files = folder.files();
        assert_eq!(files.len(), 1, "{said}");
        let native = folder.0.join("native.dcm");
        let undone = Command::new(undo).args([&files[0], &native]).status().expect("DCMTK runs");
        // A native file would be passed through: it must be smaller than its pixels.
        let expected = pixels(&samples().join(MR));
        let size = std::fs::metadata(&files[0]).expect("a file").len();
        assert!(undone.success() && size < expected.len() as u64, "{wish}: {size} bytes");
        assert!(pixels(&native) == expected, "{wish}: other pixels");
    }
    // Nobody here writes what would lose something: whoever wishes that gets the picture as it is.
    let folder = Folder::new("lossy-get");
    let args = ["-v", "-S", "+xy", "-aec", "HARUKA", "-od", folder.text(), "@", "-k", "QueryRetrieveLevel=STUDY"];
    let (good, said) = run("getscu", &[&args[..], &["-k", MR_STUDY]].concat(), &server);
    assert!(good && folder.files().len() == 1, "{said}");
    assert!(pixels(&folder.files()[0]) == pixels(&samples().join(MR)));
}
