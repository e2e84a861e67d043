//! Writes the objects of kept versions and keeps them among the images of their study. What is written twice is the same
//! object.

use std::collections::BTreeSet;

use kernel::{Error, FacilityId, Result};
use serde_json::Value;
use web::Site;

use super::depicted::Depicted;
use super::store::{self, Source};
use super::{VersionId, measurements, presentation, selection};
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

/// Writes the objects of one version; how many.
///
/// # Errors
/// The database's and the disk's.
pub async fn one(site: &Site, facility: FacilityId, id: VersionId) -> Result<usize> {
    let ctx = site.job("marks").at(facility);
    let read = site.write(&ctx, move |tx, _| {
        let source = store::source(tx, id)?;
        let set = &source.version.body.set;
        let mut instances: BTreeSet<Uid> = set.pictures().into_iter().map(|it| it.sop.clone()).collect();
        if set.marks.iter().any(|it| it.picture.is_none()) {
            instances.extend(store::one_of_each_series(tx, &source)?);
        }
        let metadata = if instances.is_empty() {
            vec![]
        } else {
            let studies = Uid::parse(&source.study.uid).into_iter().collect();
            let instances = instances.into_iter().collect();
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
    let (mut depicted, mut bodies) = (Vec::new(), BTreeSet::new());
    for it in metadata {
        let data_set: Value = serde_json::from_slice(&it.json).map_err(Error::internal)?;
        let pictures = version.body.set.pictures().into_iter().filter(|picture| picture.sop.as_str() == it.uid);
        depicted.extend(pictures.filter_map(|picture| Depicted::read(&data_set, picture)));
        bodies.extend(data_set["00200052"]["Value"][0].as_str().map(ToOwned::to_owned));
    }
    depicted.sort_by(|one, other| one.picture.cmp(&other.picture));
    let presentations = presentation::divided(&study.uid, version, &depicted);
    let mut all: Vec<Vec<u8>> = presentations.iter().map(|it| presentation::data_set(study, version, it)).collect();
    all.extend(measurements::data_set(study, version, &depicted, &bodies));
    all.extend(selection::data_set(study, version, &depicted, &presentations));
    Ok(all)
}
