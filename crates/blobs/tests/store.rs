//! The store over a real folder: what was acknowledged is there, what was not leaves nothing, and no byte is taken on trust.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use blobs::{Blobs, Stored, UNREFERENCED_HOURS_MIN, file_name};
use crypto::Key;
use crypto::digest::sha256;
use kernel::{Chance, Ctx, FacilityId, Kind, Timestamp};

struct Ward {
    folder: PathBuf,
    blobs: Blobs,
    facility: FacilityId,
    key: Key,
    chance: Chance,
    now: Timestamp,
}

impl Ward {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("haruka-blobs-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let (blobs, chance) = (Blobs::open(&folder).unwrap(), Chance::seeded(7));
        let (facility, key) = (FacilityId::from_bytes([1; 16]), Key::generate(&chance));
        Self { folder, blobs, facility, key, chance, now: Ctx::test("2026-11-21T00:00:00Z").now }
    }

    fn store(&self, bytes: &[u8]) -> Stored {
        let mut incoming = self.blobs.incoming(self.facility, &self.key, 1_000_000, &self.chance).unwrap();
        bytes.chunks(1000).for_each(|it| incoming.write(it).unwrap());
        incoming.finish().unwrap()
    }

    fn read(&self, stored: &Stored) -> kernel::Result<Vec<u8>> {
        self.blobs.read_all(self.facility, &self.key, stored, 1_000_000)
    }

    fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, out) } else { out.push(path) }
            }
        }
        let mut out = Vec::new();
        walk(&self.folder, &mut out);
        out
    }

    fn make_old(&self, path: &Path) {
        let old = SystemTime::from(self.now) - Duration::from_secs((UNREFERENCED_HOURS_MIN + 1) * 3600);
        fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn picture() -> Vec<u8> {
    (0..50_000_u32).map(|it| (it * 7 + it / 256) as u8).collect()
}

#[test]
fn what_was_stored_reads_back_whole_and_in_part() {
    let ward = Ward::new("round");
    for bytes in [Vec::new(), b"short".to_vec(), picture()] {
        let stored = ward.store(&bytes);
        assert_eq!(stored.blob.0, sha256(&bytes));
        assert_eq!(stored.blob.to_string().parse::<blobs::BlobId>().unwrap(), stored.blob);
        assert_eq!(stored.size_bytes, bytes.len() as u64);
        assert_eq!(ward.read(&stored).unwrap(), bytes);
    }
    let stored = ward.store(&picture());
    let part = ward.blobs.read_range(ward.facility, &ward.key, &stored, 16_000, 1000).unwrap();
    assert_eq!(part, picture()[16_000..17_000]);
}

#[test]
fn the_disk_shows_neither_content_nor_digest() {
    // CS-151
    let ward = Ward::new("sealed");
    let (first, second) = (ward.store(b"the same picture"), ward.store(b"the same picture"));
    assert_eq!(first.blob, second.blob);
    let files = ward.files();
    assert_eq!(files.len(), 2, "each row has its own file and key, so that one can be shredded alone");
    for path in files {
        assert!(!path.to_string_lossy().contains(&first.blob.to_string()));
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(4).any(|it| it == b"same"));
    }
}

#[test]
fn another_facility_or_another_row_reads_nothing() {
    // CS-151
    let ward = Ward::new("strangers");
    let (stored, other) = (ward.store(&picture()), ward.store(b"other"));
    let stranger = Key::generate(&ward.chance);
    assert!(ward.blobs.reader(ward.facility, &stranger, &stored).is_err());
    assert!(ward.blobs.reader(FacilityId::from_bytes([2; 16]), &ward.key, &stored).is_err());
    let swapped = Stored { sealed_key: other.sealed_key, ..stored.clone() };
    assert!(ward.read(&swapped).is_err(), "a row's digest cannot be put on another file");
    for sealed_key in [vec![], vec![1; 16], stored.sealed_key[..40].to_vec()] {
        assert!(ward.read(&Stored { sealed_key, ..stored.clone() }).is_err());
    }
}

#[test]
fn a_flipped_byte_is_found_wherever_it_is() {
    let ward = Ward::new("flipped");
    let stored = ward.store(&picture());
    let path = ward.files().remove(0);
    let good = fs::read(&path).unwrap();
    for place in [0, 30, 60, 20_000, good.len() - 1] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(&path, bad).unwrap();
        assert!(ward.read(&stored).is_err(), "byte {place}");
    }
    fs::write(&path, &good[..good.len() - 1000]).unwrap();
    assert!(ward.read(&stored).is_err(), "cut");
    fs::remove_file(&path).unwrap();
    assert_eq!(ward.read(&stored).unwrap_err().kind(), &Kind::Internal);
}

#[test]
fn too_much_is_refused_while_it_comes_and_leaves_nothing() {
    let ward = Ward::new("limit");
    let mut incoming = ward.blobs.incoming(ward.facility, &ward.key, 1500, &ward.chance).unwrap();
    incoming.write(&[1; 1000]).unwrap();
    assert_eq!(incoming.write(&[1; 1000]).unwrap_err().kind(), &Kind::Limit { retry: false });
    assert!(incoming.write(&[1; 1]).is_err() && incoming.finish().is_err());
    assert!(ward.files().is_empty());
    let stored = ward.store(&[1; 1000]);
    let told = ward.blobs.read_all(ward.facility, &ward.key, &stored, 999).unwrap_err();
    assert_eq!(told.kind(), &Kind::Limit { retry: false });
}

#[test]
fn a_given_up_upload_leaves_nothing() {
    let ward = Ward::new("dropped");
    let mut incoming = ward.blobs.incoming(ward.facility, &ward.key, 1500, &ward.chance).unwrap();
    incoming.write(&[1; 1000]).unwrap();
    drop(incoming);
    assert!(ward.files().is_empty());
}

#[test]
fn the_sweep_takes_what_no_row_knows_a_day_later() {
    let ward = Ward::new("sweep");
    let (known, orphan, young) = (ward.store(b"known"), ward.store(b"orphan"), ward.store(b"young"));
    // The server was killed while this one came in: nothing ran that could have removed it.
    let mut killed = ward.blobs.incoming(ward.facility, &ward.key, 1500, &ward.chance).unwrap();
    killed.write(&[1; 1000]).unwrap();
    std::mem::forget(killed);
    let young = file_name(&young.sealed_key).unwrap();
    ward.files().iter().filter(|it| !it.ends_with(&young)).for_each(|it| ward.make_old(it));

    let names = HashSet::from([file_name(&known.sealed_key).unwrap()]);
    assert_eq!(ward.blobs.sweep(ward.facility, &names, ward.now).unwrap(), 2);
    assert_eq!(ward.read(&known).unwrap(), b"known");
    assert!(ward.read(&orphan).is_err());
    assert!(ward.files().iter().any(|it| it.ends_with(&young)), "its row may still be on the way");
    assert_eq!(ward.blobs.sweep(FacilityId::from_bytes([9; 16]), &names, ward.now).unwrap(), 0);
}

#[test]
fn a_removed_blob_is_gone_and_may_be_removed_again() {
    let ward = Ward::new("removed");
    let stored = ward.store(b"withdrawn");
    ward.blobs.remove(ward.facility, &stored).unwrap();
    ward.blobs.remove(ward.facility, &stored).unwrap();
    assert!(ward.files().is_empty() && ward.read(&stored).is_err());
}

#[test]
fn a_folder_that_cannot_be_written_is_told_as_unavailable() {
    let told = Blobs::open("/dev/null/blobs").unwrap_err();
    assert_eq!(told.kind(), &Kind::Unavailable);
}
