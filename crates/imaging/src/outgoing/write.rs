//! Writes outgoing objects and keeps them among the images of their study. What is written twice is the same object.

use kernel::{FacilityId, Lang, Result, RowId};
use web::Site;

use super::store::{self, Source};
use super::{Kind, encapsulated, structured};
use crate::intake::{Origin, own};
use crate::report::paper;

/// Writes what is to be written now; how many.
///
/// # Errors
/// Those of the last object that could not be written; the others are.
pub async fn all_due(site: &Site) -> Result<usize> {
    let now = site.clock.now();
    let due = site.db.read(None, move |tx| store::unwritten(tx, now)).await?;
    let (mut count, mut failed) = (0, Ok(()));
    for (facility, id) in due {
        match one(site, facility, id).await {
            Ok(()) => count += 1,
            Err(error) => {
                failed = Err(error);
                let ctx = site.job("outgoing").at(facility);
                site.write(&ctx, move |tx, ctx| store::postpone(tx, ctx, id)).await?;
            }
        }
    }
    failed.map(|()| count)
}

async fn one(site: &Site, facility: FacilityId, id: RowId) -> Result<()> {
    let ctx = site.job("outgoing").at(facility);
    let (source, key) = site.write(&ctx, move |tx, ctx| Ok((store::source(tx, ctx, id)?, tx.key()?))).await?;
    let arrived = own::arrive(site, facility, key, data_set(site, &source).await?).await?;
    let (blobs, origin) =
        (site.blobs.clone(), Origin { face: "report", sender: source.reads.name.clone(), announced: None });
    site.write(&ctx, move |tx, ctx| {
        own::keep_first(tx, ctx, &blobs, &arrived, &origin)?;
        store::kept(tx, ctx, &source.object)
    })
    .await
}

async fn data_set(site: &Site, source: &Source) -> Result<Vec<u8>> {
    Ok(match source.object.kind {
        Kind::Paper => {
            let paper = paper::of(&source.desk, &source.version, &source.reads, Lang::Ja);
            encapsulated::data_set(source, &site.print(paper).await?)
        }
        Kind::Structured => structured::data_set(source),
    })
}
