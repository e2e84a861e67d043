//! A disc that a patient brings (TR-23): everything on it is taken or named, and nothing outside it is touched.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{element, file, slice};
use imaging::dataset::{Broken, Tag};
use imaging::instance::Refused;
use imaging::intake::{NotKept, Origin};
use imaging::media::{Import, NotTaken, Outcome, Skipped};
use kernel::Who;
use testkit::Ward;

/// A folder that goes away with the test.
struct Disc(PathBuf);

impl Disc {
    fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("haruka-disc-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn put(&self, place: &str, bytes: &[u8]) {
        let at = self.0.join(place);
        fs::create_dir_all(at.parent().expect("a folder above")).expect("a folder");
        fs::write(at, bytes).expect("written");
    }
}

impl Drop for Disc {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn bring(ward: &Ward, folder: &Path) -> kernel::Result<BTreeMap<String, Outcome>> {
    let origin = Origin { face: "media", sender: "test".into(), announced: None };
    let ctx = || ward.ctx(Who::Operator("cli".into()));
    let import = Import { db: &ward.site.db, blobs: &ward.site.blobs, facility: ward.facility, ctx: &ctx, origin };
    let mut told = BTreeMap::new();
    import.run(folder, &mut |path, outcome| {
        assert!(told.insert(path.to_string_lossy().into_owned(), outcome).is_none(), "{path:?} is told once");
    })?;
    Ok(told)
}

/// A directory that names these places.
fn directory(places: &[&str]) -> Vec<u8> {
    let mut records = Vec::new();
    for place in places {
        let mut record = Vec::new();
        element(&mut record, Tag(0x0004, 0x1500), b"CS", place);
        records.extend([0xFE, 0xFF, 0x00, 0xE0]);
        records.extend(u32::try_from(record.len()).expect("small").to_le_bytes());
        records.extend(record);
    }
    let mut out = vec![0x04, 0x00, 0x20, 0x12];
    out.extend(b"SQ\0\0");
    out.extend(u32::try_from(records.len()).expect("small").to_le_bytes());
    out.extend(records);
    file(&out)
}

#[test]
fn all_of_a_disc_is_taken_or_named() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        let disc = Disc::new();
        disc.put("DICOM/IM1", &file(&slice("1.2.1", "1.3", "1.4", &[1; 700_000])));
        disc.put("DICOM/im2.", &file(&slice("1.2.2", "1.3", "1.4", &[2; 50])));
        disc.put("DICOM/CUT", &file(&slice("1.2.3", "1.3", "1.4", &[3; 50]))[..200]);
        disc.put("DICOM/NOWHERE", &file(&slice("", "1.3", "1.4", &[3; 50])));
        disc.put("DICOM/OTHER", &file(&slice("1.2.1", "1.3", "1.4", &[9; 50])));
        disc.put("VIEWER.EXE", b"MZ");
        disc.put("EMPTY", b"");
        disc.put("DICOMDIR", &directory(&["DICOM\\IM1", "DICOM\\IM2", "DICOM\\IM9", "..\\..\\SECRET", " "]));
        std::os::unix::fs::symlink("/etc/hostname", disc.0.join("LINK")).expect("a link");

        let told = bring(&ward, &disc.0).expect("read");
        let broken = told["DICOM/CUT"];
        let expected = [
            ("..\\..\\SECRET", Outcome::NotTaken(NotTaken::Outside)),
            ("DICOM/CUT", broken),
            ("DICOM/IM1", Outcome::Stored),
            ("DICOM/IM9", Outcome::NotTaken(NotTaken::Missing)),
            ("DICOM/NOWHERE", Outcome::NotTaken(NotTaken::NotKept(NotKept::Unplaced(Refused::Uid("SOPInstanceUID"))))),
            ("DICOM/OTHER", Outcome::NotTaken(NotTaken::NotKept(NotKept::Differs))),
            ("DICOM/im2.", Outcome::Stored),
            ("DICOMDIR", Outcome::Skipped(Skipped::Directory)),
            ("EMPTY", Outcome::Skipped(Skipped::NotDicom)),
            ("LINK", Outcome::Skipped(Skipped::NoFile)),
            ("VIEWER.EXE", Outcome::Skipped(Skipped::NotDicom)),
        ];
        assert_eq!(told, expected.map(|(place, outcome)| (place.to_owned(), outcome)).into());
        assert!(
            matches!(broken, Outcome::NotTaken(NotTaken::Broken(it)) if matches!(it.what, Broken::Truncated | Broken::Overrun)),
            "{broken:?}"
        );

        let again = bring(&ward, &disc.0).expect("read");
        assert_eq!(again["DICOM/IM1"], Outcome::AlreadyHere, "a disc that is put in twice changes nothing");
        assert_eq!(again["DICOM/im2."], Outcome::AlreadyHere);
    });
}

#[test]
fn a_disc_that_cannot_be_read_is_said_and_not_taken_for_empty() {
    Ward::both(&[people::MIGRATIONS, imaging::MIGRATIONS], |ward| {
        assert!(bring(&ward, Path::new("/nowhere/at/all")).is_err());
        let disc = Disc::new();
        disc.put("DICOMDIR", b"torn");
        let told = bring(&ward, &disc.0).expect("read");
        assert_eq!(told.len(), 1, "{told:?}");
    });
}
