//! Writes the objects of kept versions and keeps them among the images of their study. What is written twice is the same
//! object.

use kernel::{Error, FacilityId, Result};
use serde_json::Value;
use web::Site;

use super::depicted::Depicted;
use super::store::{self, Source};
use super::{VersionId, presentation, selection};
use crate::instance::Uid;
use crate::intake::{Origin, own};
use crate::study::Filter;
use crate::study::store::{Metadata, metadata_of};

/// Writes what is to be written now; how many versions.
///
/// # Errors
/// Those of the last version that could not be written; the others are.
pub async fn all_due(site: &Site) -> Result<usize> {
    let now = site.clock.now();
    let due = site.db.read(None, move |tx| store::unwritten(tx, now)).await?;
    let (mut count, mut failed) = (0, Ok(()));
    for (facility, id) in due {
        match one(site, facility, id).await {
            Ok(_) => count += 1,
            Err(error) => {
                failed = Err(error);
                let ctx = site.job("marks").at(facility);
                site.write(&ctx, move |tx, ctx| store::postpone(tx, ctx, id)).await?;
            }
        }
    }
    failed.map(|()| count)
}

/// Writes the objects of one version; how many. None where all that was drawn lies on reconstructions.
///
/// # Errors
/// The database's and the disk's.
pub async fn one(site: &Site, facility: FacilityId, id: VersionId) -> Result<usize> {
    let ctx = site.job("marks").at(facility);
    let read = site.write(&ctx, move |tx, _| {
        let source = store::source(tx, id)?;
        let instances: Vec<Uid> = source.version.body.set.pictures().into_iter().map(|it| it.sop.clone()).collect();
        let metadata = if instances.is_empty() {
            vec![]
        } else {
            let studies = Uid::parse(&source.study.uid).into_iter().collect();
            metadata_of(tx, &Filter { studies, instances, ..Filter::default() })?
        };
        Ok((source, metadata, tx.key()?))
    });
    let (source, metadata, key) = read.await?;
    let data_sets = data_sets(&source, &metadata)?;
    let count = data_sets.len();
    let origin = Origin { face: "mark", sender: source.version.body.facility.clone(), announced: None };
    for bytes in data_sets {
        let arrived = own::arrive(site, facility, key.clone(), bytes).await?;
        let (blobs, origin) = (site.blobs.clone(), origin.clone());
        site.write(&ctx, move |tx, ctx| own::keep_first(tx, ctx, &blobs, &arrived, &origin)).await?;
    }
    site.write(&ctx, move |tx, ctx| store::written(tx, ctx, &source, count)).await?;
    Ok(count)
}

fn data_sets(source: &Source, metadata: &[Metadata]) -> Result<Vec<Vec<u8>>> {
    let Source { study, version } = source;
    let mut depicted = Vec::new();
    for picture in version.body.set.pictures() {
        let Some(found) = metadata.iter().find(|it| it.uid == picture.sop.as_str()) else { continue };
        let data_set: Value = serde_json::from_slice(&found.json).map_err(Error::internal)?;
        depicted.extend(Depicted::read(&data_set, picture));
    }
    let presentations = presentation::divided(&study.uid, version, &depicted);
    let mut all: Vec<Vec<u8>> = presentations.iter().map(|it| presentation::data_set(study, version, it)).collect();
    all.extend(selection::data_set(study, version, &depicted, &presentations));
    Ok(all)
}
