//! What we write is read by DCMTK and by pydicom as it was meant.
//!
//! `dcmdump` is in Debian's package `dcmtk`; HARUKA_TEST_PYTHON names a Python with pydicom (`cargo xtask with`).
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;
use std::process::Command;

use imaging::dataset::{Tag, Vr, Writer, file_header};

const CLASS: &str = "1.2.840.10008.5.1.4.1.1.88.11";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const JPEG: &str = "1.2.840.10008.1.2.4.70";
const CONTENT: Tag = Tag(0x0040, 0xA730);
const NAME: Tag = Tag(0x0040, 0xA043);

fn named(writer: &mut Writer, vr: &[u8; 2], keyword: &str, text: &str) {
    writer.text(Tag::named(keyword).expect("a keyword"), Vr(*vr), text);
}

/// A file with sequences in sequences: those of the outer ones open or defined, the inner ones the other way.
fn file(syntax: &str, open: bool) -> Vec<u8> {
    let explicit = syntax != IMPLICIT;
    let mut it = Writer::new(explicit);
    named(&mut it, b"CS", "SpecificCharacterSet", "ISO_IR 192");
    named(&mut it, b"UI", "SOPClassUID", CLASS);
    named(&mut it, b"UI", "SOPInstanceUID", "1.2.3.4");
    it.long_number(Tag(0x0008, 0x1161), 70_000);
    named(&mut it, b"PN", "PatientName", "TANAKA^SACHIKO=田中^幸子=たなか^さちこ");
    named(&mut it, b"LO", "PatientID", "471");
    it.number(Tag(0x0028, 0x0010), 512);
    let items: Vec<Vec<u8>> = ["右上6の根尖に透過像", "odd"]
        .map(|text| {
            let mut code = Writer::new(explicit);
            named(&mut code, b"SH", "CodeValue", "121071");
            named(&mut code, b"LO", "CodeMeaning", "Finding");
            let mut item = Writer::new(explicit);
            if open {
                item.items(NAME, &[code.take()]);
            } else {
                item.begin(NAME, Vr::SQ).item().raw(&code.take()).item_end().end();
            }
            named(&mut item, b"UT", "TextValue", text);
            item.take()
        })
        .into();
    if open {
        it.begin(CONTENT, Vr::SQ);
        items.iter().for_each(|item| {
            it.item().raw(item).item_end();
        });
        it.end();
    } else {
        it.items(CONTENT, &items);
    }
    if syntax == JPEG {
        it.begin(Tag::PIXELS, Vr(*b"OB")).whole_item(&[]).whole_item(&[0xFF, 0xD8, 0xFF]).end();
    }
    [file_header(CLASS, "1.2.3.4", syntax), it.take()].concat()
}

struct Kept(PathBuf);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What a program says, and complains of.
fn said(program: &str, args: &[&str], file: &Kept) -> String {
    let out = Command::new(program)
        .args(args)
        .arg(&file.0)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install dcmtk, or run under `cargo xtask with`"));
    let said = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{program}: {said}");
    said.into_owned()
}

fn all(test: impl Fn(&str, &Kept)) {
    for (syntax, open) in [(EXPLICIT, true), (EXPLICIT, false), (IMPLICIT, true), (IMPLICIT, false), (JPEG, true)] {
        let name = format!("haruka-written-{}-{syntax}-{open}-{:?}", std::process::id(), std::thread::current().id());
        let kept = Kept(std::env::temp_dir().join(name));
        std::fs::write(&kept.0, file(syntax, open)).unwrap();
        test(syntax, &kept);
    }
}

#[test]
fn dcmtk_reads_it() {
    all(|syntax, file| {
        let said = said("dcmdump", &["--print-all", "--no-uid-names", "--load-all"], file);
        assert!(!said.contains("W:") && !said.contains("E:") && !said.contains("F:"), "{syntax}: {said}");
        assert_eq!(said.matches("(0040,a160) UT").count(), 2, "{said}");
        assert_eq!(said.matches("(0008,0100) SH [121071]").count(), 2, "{said}");
        for line in [
            "(0010,0010) PN [TANAKA^SACHIKO=田中^幸子=たなか^さちこ]",
            "(0010,0020) LO [471]",
            "(0028,0010) US 512",
            "(0008,1161) UL 70000",
            "(0040,a160) UT [右上6の根尖に透過像]",
        ] {
            assert!(said.contains(line), "{line} in {said}");
        }
        assert_eq!(said.contains("PixelSequence"), syntax == JPEG, "{said}");
    });
}

#[test]
fn pydicom_reads_it() {
    const SCRIPT: &str = "
import sys, pydicom
from pydicom import config
config.settings.reading_validation_mode = config.RAISE
it = pydicom.dcmread(sys.argv[1])
it.walk(lambda data_set, element: None)
print(it.file_meta.TransferSyntaxUID, it.PatientID, it.Rows, it.SimpleFrameList)
print([it.PatientName.alphabetic, it.PatientName.ideographic, it.PatientName.phonetic])
print([[code.CodeMeaning for code in item.ConceptNameCodeSequence] + [item.TextValue] for item in it.ContentSequence])
";
    let python = std::env::var("HARUKA_TEST_PYTHON").expect("run under `cargo xtask with`");
    all(|syntax, file| {
        let expected = format!(
            "{syntax} 471 512 70000\n['TANAKA^SACHIKO', '田中^幸子', 'たなか^さちこ']\n\
             [['Finding', '右上6の根尖に透過像'], ['Finding', 'odd']]\n"
        );
        assert_eq!(said(&python, &["-W", "error", "-c", SCRIPT], file), expected);
    });
}
