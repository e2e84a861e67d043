//! A blob on its way in: hashed and sealed piece by piece, durable before it is acknowledged, gone when it fails.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use crypto::Key;
use crypto::chunked::Sealer;
use crypto::digest::{Sha256, hex};
use kernel::{Chance, Error, FacilityId, Result, clause};

use crate::store::{self, NAME_BYTES};
use crate::{BlobId, Blobs, Stored};

/// Sealed bytes that wait before they are written; each writing has its price, however small the pieces are that a sender sends.
const WAITING_BYTES: usize = 64 * 1024;

/// Where sealed bytes go; a file, or in tests a disk that fills up.
trait Disk: Write + Send {
    /// Returns when what was written survives a power cut.
    fn sync(&mut self) -> io::Result<()>;
}

impl Disk for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A blob that is being written. Dropped without [`Incoming::finish`], it leaves nothing behind.
pub struct Incoming {
    facility: FacilityId,
    facility_key: Key,
    chance: Chance,
    key: Key,
    name: [u8; NAME_BYTES],
    path: PathBuf,
    disk: Box<dyn Disk>,
    sealer: Option<Sealer>,
    digest: Sha256,
    sealed: Vec<u8>,
    size_bytes: u64,
    limit_bytes: u64,
    finished: bool,
}

impl Incoming {
    pub(crate) fn new(
        home: &Blobs,
        facility: FacilityId,
        key: &Key,
        limit_bytes: u64,
        chance: &Chance,
    ) -> Result<Self> {
        clause!("CS-151");
        let name = chance.bytes();
        // In its place from the first byte on: until a row knows the name nobody asks for it, and moving it there at the end
        // would cost each image a second flush of the disk's journal. A name is 128 bits of chance; one that is there
        // already means that chance is broken, and nothing is overwritten.
        let path = home.place_for(facility, &hex(&name))?;
        let file = File::create_new(&path).map_err(|error| store::disk(&path, &error))?;
        let own_key = Key::generate(chance);
        Ok(Self {
            facility,
            facility_key: key.derive("blob"),
            chance: chance.clone(),
            sealer: Some(Sealer::new(&own_key, &store::context(facility), chance)),
            key: own_key,
            name,
            path,
            disk: Box::new(file),
            digest: Sha256::new(),
            sealed: Vec::new(),
            size_bytes: 0,
            limit_bytes,
            finished: false,
        })
    }

    /// Takes the next piece. After an error the blob is lost; drop it.
    ///
    /// # Errors
    /// `Limit` above the limit of this blob, `Unavailable` when the disk is full or fails.
    pub fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.size_bytes = self.size_bytes.saturating_add(piece.len() as u64);
        if self.size_bytes > self.limit_bytes {
            self.sealer = None;
            return Err(store::too_large(self.limit_bytes));
        }
        let sealer = self.sealer.as_mut().ok_or_else(|| Error::internal("a blob that failed is written on"))?;
        self.digest.update(piece);
        sealer.write(piece, &mut self.sealed)?;
        if self.sealed.len() < WAITING_BYTES { Ok(()) } else { self.flush() }
    }

    /// Ends the blob. When this returns, file and folder are on the disk.
    ///
    /// # Errors
    /// As [`Incoming::write`].
    pub fn finish(mut self) -> Result<Stored> {
        let sealer = self.sealer.take().ok_or_else(|| Error::internal("a blob that failed is finished"))?;
        sealer.finish(&mut self.sealed)?;
        self.flush()?;
        self.disk.sync().map_err(|error| store::disk(&self.path, &error))?;
        self.path.parent().map_or(Ok(()), store::sync_folder)?;
        self.finished = true;
        let name = hex(&self.name);
        let blob = BlobId(std::mem::take(&mut self.digest).finish());
        let wrapped = self.facility_key.wrap(&store::place(self.facility, &name, blob), &self.key, &self.chance);
        Ok(Stored { blob, size_bytes: self.size_bytes, sealed_key: store::join(&self.name, &wrapped) })
    }

    fn flush(&mut self) -> Result<()> {
        let written = self.disk.write_all(&self.sealed);
        self.sealed.clear();
        written.map_err(|error| {
            // A gap in the middle must not be sealed over by a later piece.
            self.sealer = None;
            store::disk(&self.path, &error)
        })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // What cannot be removed now is swept later.
        if !self.finished {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct SmallDisk(usize);

    impl Write for SmallDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.0);
            self.0 -= fits;
            if fits == 0 && !bytes.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(fits) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Disk for SmallDisk {
        fn sync(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    fn incoming(home: &Blobs, room_bytes: usize) -> Incoming {
        let chance = Chance::seeded(1);
        let facility = FacilityId::from_bytes([1; 16]);
        let mut incoming = home.incoming(facility, &Key::generate(&chance), u64::MAX, &chance).expect("begun");
        incoming.disk = Box::new(SmallDisk(room_bytes));
        incoming
    }

    #[test]
    fn a_full_disk_is_told_and_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("haruka-blobs-full-{}", std::process::id()));
        let home = Blobs::open(&folder).expect("opened");
        let shelves =
            || fs::read_dir(folder.join(FacilityId::from_bytes([1; 16]).to_string())).expect("there").flatten();
        let left = || shelves().map(|it| fs::read_dir(it.path()).expect("there").count()).sum::<usize>();

        let mut full = incoming(&home, 100_000);
        full.write(&[7; WAITING_BYTES]).expect("fits");
        let told = full.write(&[7; WAITING_BYTES]).expect_err("full");
        assert_eq!(told.kind(), &kernel::Kind::Unavailable);
        assert!(full.write(&[7; 10]).is_err(), "nothing is sealed over the gap");
        assert_eq!(left(), 1);
        assert!(full.finish().is_err());
        assert_eq!(left(), 0);

        let mut never_flushed = incoming(&home, 1_000_000);
        never_flushed.write(&[7; 10]).expect("fits");
        assert_eq!(never_flushed.finish().expect_err("not durable").kind(), &kernel::Kind::Unavailable);
        assert_eq!(left(), 0);
        fs::remove_dir_all(folder).expect("removed");
    }
}
