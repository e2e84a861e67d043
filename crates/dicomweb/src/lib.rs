//! DICOMweb (PS3.18): images over HTTP for programs. STOW-RS sends them in, QIDO-RS searches, WADO-RS fetches.
//!
//! A face: it translates between HTTP and `imaging`, and decides nothing. Who may do what is decided and put on record
//! there, once for each request; bytes flow between socket and blob in pieces, never an instance as a whole.

mod accept;
mod capabilities;
mod digests;
mod flow;
mod frames;
mod json;
mod metadata;
mod multipart;
mod place;
mod query;
mod rendered;
mod reply;
mod retrieve;
mod search;
mod stow;
#[doc(hidden)]
pub mod strangers;
mod token;
mod work;

use web::{Door, Routes};

/// All addresses of this face.
#[must_use]
pub fn routes() -> Routes {
    let open = Door::Machine;
    pictures()
        .get(open, "/dicom-web", capabilities::show)
        .get(open, "/dicom-web/", capabilities::show)
        .get(open, "/dicom-web/token", token::show)
        .get(open, "/dicom-web/studies", search::studies)
        .post(open, "/dicom-web/studies", stow::store)
        .get(open, "/dicom-web/series", search::series)
        .get(open, "/dicom-web/instances", search::instances)
        .get(open, "/dicom-web/studies/{study_uid}", retrieve::fetch)
        .post(open, "/dicom-web/studies/{study_uid}", stow::store)
        .get(open, "/dicom-web/studies/{study_uid}/metadata", metadata::show)
        .get(open, "/dicom-web/studies/{study_uid}/digests", digests::show)
        .get(open, "/dicom-web/studies/{study_uid}/series", search::series)
        .get(open, "/dicom-web/studies/{study_uid}/instances", search::instances)
        .get(open, "/dicom-web/studies/{study_uid}/series/{series_uid}", retrieve::fetch)
        .get(open, "/dicom-web/studies/{study_uid}/series/{series_uid}/metadata", metadata::show)
        .get(open, "/dicom-web/studies/{study_uid}/series/{series_uid}/instances", search::instances)
        .get(open, "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}", retrieve::fetch)
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/metadata",
            metadata::show,
        )
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/frames/{frames}",
            frames::fetch,
        )
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/bulkdata/pixels",
            frames::pixels,
        )
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/bulkdata/{offset}/{length}",
            retrieve::bulk,
        )
}

/// Pictures for a screen, at each level.
fn pictures() -> Routes {
    let open = Door::Machine;
    Routes::new()
        .get(open, "/dicom-web/studies/{study_uid}/rendered", rendered::show)
        .get(open, "/dicom-web/studies/{study_uid}/thumbnail", rendered::thumbnail)
        .get(open, "/dicom-web/studies/{study_uid}/series/{series_uid}/rendered", rendered::show)
        .get(open, "/dicom-web/studies/{study_uid}/series/{series_uid}/thumbnail", rendered::thumbnail)
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/rendered",
            rendered::show,
        )
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/thumbnail",
            rendered::thumbnail,
        )
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/frames/{frames}/rendered",
            rendered::show,
        )
        .get(
            open,
            "/dicom-web/studies/{study_uid}/series/{series_uid}/instances/{instance_uid}/frames/{frames}/thumbnail",
            rendered::thumbnail,
        )
}
