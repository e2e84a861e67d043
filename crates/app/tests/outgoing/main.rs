//! Signed reports go out: to DCMTK's storescp and to a peer made with pynetdicom; away and back, refused, killed in between.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archive;
mod two;

use archive::{Archive, Folder, run};
use two::Two;

#[test]
fn a_signed_report_arrives_as_paper_and_as_a_structured_report() {
    // TR-10
    let it = Two::open();
    let folder = Folder::new("arrives");
    let archive = Archive::storescp(&folder, &["+xa"]);
    it.register(archive.port);
    let request = it.signed();
    it.round();

    let files = folder.files();
    assert_eq!(files.len(), 2, "{files:?}");
    let paper = files.iter().find(|it| dump(it).contains("EncapsulatedPDFStorage")).expect("a PDF");
    let told = dump(paper);
    for part in ["=田中^幸子", "1.2.3", "画像診断報告書", "みなと歯科"] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
    let pdf = folder.path().join("report.pdf");
    let (good, said) = run("dcm2pdf", &[paper.to_str().unwrap(), pdf.to_str().unwrap()]);
    assert!(good, "{said}");
    let (good, text) = run("pdftotext", &["-raw", pdf.to_str().unwrap(), "-"]);
    let text: String = text.split_whitespace().collect();
    assert!(good && text.contains("頬側に骨欠損") && text.contains("田中幸子"), "{text}");

    let structured = files.iter().find(|it| *it != paper).unwrap().to_str().unwrap();
    for (program, args) in [("dsrdump", &["+U8"][..]), ("dsr2xml", &["+U8"])] {
        let (good, said) = run(program, &[args, &[structured]].concat());
        assert!(good && complaints(&said).is_empty(), "{program}: {said}");
        for part in ["頬側に骨欠損", "866005003", "埋入は可能", "RID49481", "右上顎洞に粘膜の肥厚"]
        {
            assert!(said.contains(part), "{program}: {part} is missing in {said}");
        }
    }
    let told = dump(structured.as_ref());
    assert_eq!(told.matches("[1.2.3.1.1]").count(), 3, "the finding, the list of key images, the evidence: {told}");

    // They lie beside the pictures that they are about.
    assert_eq!(it.instances(), 3);
    let page = it.page(request);
    assert!(page.contains("送信済み") && page.contains("保管サーバー") && !page.contains("未送信"), "{page}");
    let told: Vec<_> = it.log().into_iter().filter(|it| it.0 == "report.deliver").collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|it| it.1.contains("stored")), "{told:?}");

    // The next version follows the first one.
    it.sign(request, "埋入の前に骨の移植が必要", "見直し", 1);
    it.round();
    let newest =
        folder.files().into_iter().filter(|it| !files.contains(it)).find(|it| dump(it).contains("BasicTextSR"));
    let (good, said) = run("dsrdump", &["+U8", "+Pl", newest.expect("the second").to_str().unwrap()]);
    assert!(good && said.contains("第2版。変更の理由：見直し") && said.contains("Predecessor"), "{said}");
    assert_eq!(it.instances(), 5);
    it.round();
    assert_eq!(folder.files().len(), 5, "what is there is not sent again: {:?}", folder.files());
}

#[test]
fn an_archive_that_was_away_gets_it_when_it_is_back() {
    // TR-10
    let it = Two::open();
    let folder = Folder::new("away");
    let port = testkit::port();
    it.register(port);
    let request = it.signed();
    it.round();
    let page = it.page(request);
    assert!(page.contains("未送信") && page.contains("送り先につながらない"), "{page}");
    it.round();
    assert_eq!(it.outcomes(), ["away", "away"], "once for each object, however often it is tried");

    let archive = Archive::storescp_at(port, &folder, &["+xa"]);
    it.round();
    assert!(folder.files().is_empty(), "the pause is not over");
    it.ward.clock.pass_min(1);
    it.round();
    assert_eq!(folder.files().len(), 2);
    assert_eq!(it.outcomes(), ["away", "away", "stored", "stored"]);
    assert!(it.page(request).contains("送信済み"));
    drop(archive);
}

#[test]
fn an_archive_that_refuses_is_named_with_its_reason_and_asked_again() {
    // TR-10
    let it = Two::open();
    let folder = Folder::new("refuses");
    // Takes PDFs and has no room for them; knows no structured reports.
    let picky = Archive::picky();
    it.register(picky.port);
    let request = it.signed();
    it.round();
    let page = it.page(request);
    assert!(page.contains("送り先が断った（A700）"), "{page}");
    assert!(page.contains("送り先がこの形式を受け取らない"), "{page}");
    let port = picky.port;
    drop(picky);

    let closed = Archive::storescp_at(port, &folder, &["--refuse"]);
    it.send_again(request);
    it.round();
    assert!(it.page(request).contains("送り先が接続を断った"));
    drop(closed);

    let open = Archive::storescp_at(port, &folder, &["+xa"]);
    it.send_again(request);
    it.round();
    assert_eq!(folder.files().len(), 2);
    assert!(!it.page(request).contains("未送信"));
    drop(open);
}

#[test]
fn a_server_that_is_killed_in_between_sends_the_same_object_again() {
    // TR-10
    let it = Two::open();
    let folder = Folder::new("killed");
    let archive = Archive::storescp(&folder, &["+xa", "-uf"]);
    it.register(archive.port);
    it.signed();
    // Killed when the objects lay among the images, and no row said so.
    it.round();
    let first = folder.contents();
    assert_eq!(first.len(), 2);
    it.forget("UPDATE report_object SET kept_at = NULL");
    // Killed when the archive had them, and no row said so.
    it.forget("UPDATE outgoing SET stored_at = NULL");
    it.ward.clock.pass_min(5);
    it.round();
    assert_eq!(it.instances(), 3, "nothing is there twice");
    assert_eq!(folder.contents(), first, "byte for byte");
    assert_eq!(it.open_rows(), 0);
}

#[test]
fn an_archive_that_is_registered_later_gets_what_was_signed_before() {
    // TR-10
    let it = Two::open();
    let folder = Folder::new("later");
    let request = it.signed();
    it.round();
    assert_eq!(it.instances(), 3, "they are kept all the same");
    assert!(it.page(request).contains("報告書を受け取るPACSが登録されていません"));
    let archive = Archive::storescp(&folder, &["+xa"]);
    it.register(archive.port);
    it.round();
    assert!(folder.files().is_empty(), "nobody has asked for that");
    it.send_again(request);
    it.round();
    assert_eq!(folder.files().len(), 2);
    let clerk = it.ward.staff("suzuki", &["clerk"]);
    assert_eq!(it.press(clerk, request).status, 403, "a clerk sends no images");
}

/// What a program of DCMTK found wrong. That it checks no text in UTF-8 is its own affair.
fn complaints(said: &str) -> Vec<&str> {
    let wrong = said.lines().filter(|it| it.starts_with("E:") || it.starts_with("W:") || it.starts_with("F:"));
    wrong.filter(|it| !it.contains("VR checker does not support this Specific Character Set")).collect()
}

fn dump(file: &std::path::Path) -> String {
    let (good, said) = run("dcmdump", &["+U8", file.to_str().unwrap()]);
    assert!(good, "{said}");
    said
}
