//! Objects that Haruka writes itself, on the same way in as every other.

use blobs::Blobs;
use crypto::Key;
use db::Tx;
use kernel::{Ctx, Error, FacilityId, Result};
use web::Site;

use super::{Arrived, Intake, Kept, NotKept, Origin, keep};

/// Explicit VR little endian: how they are written.
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// Takes in the data set of an object; its bytes are durable then.
///
/// # Errors
/// The disk's; `Internal` for what is no data set.
pub(crate) async fn arrive(site: &Site, facility: FacilityId, key: Key, data_set: Vec<u8>) -> Result<Arrived> {
    let (blobs, chance) = (site.blobs.clone(), site.chance.clone());
    let arrived = tokio::task::spawn_blocking(move || {
        let mut intake = Intake::data_set(&blobs, facility, &key, &chance, EXPLICIT)?;
        intake.write(&data_set)?;
        intake.finish()
    });
    arrived.await.map_err(Error::internal)??.map_err(|fault| Error::internal(format!("{fault:?}")))
}

/// Keeps it. Another release of ours may have put it otherwise before it was killed: the first one counts.
///
/// # Errors
/// The database's; `Internal` for an object that cannot be placed.
pub(crate) fn keep_first(tx: &mut Tx<'_>, ctx: &Ctx, blobs: &Blobs, arrived: &Arrived, origin: &Origin) -> Result<()> {
    match keep(tx, ctx, blobs, arrived, origin)? {
        Kept::Stored | Kept::AlreadyHere | Kept::Refused(NotKept::Differs) => Ok(()),
        Kept::Refused(NotKept::Unplaced(why)) => Err(Error::internal(format!("{why:?}"))),
    }
}
