//! The job that checks what was sent: one file after the other, each where it can do no harm.

use std::io::Read;
use std::sync::Arc;

use blobs::{Blobs, Reader, Stored};
use crypto::Key;
use kernel::{Error, FacilityId, Result, RowId};
use mesh::{Checker, Outcome};
use web::Site;

use super::store::{self, Begun};
use super::{LEVEL_BYTES_MAX, Level};

/// Checks what is due now. The number of checks that came to their end; a check that fails keeps no other waiting.
///
/// # Errors
/// The last one's: the database's and the disk's, and where no check can be begun at all.
pub async fn round(site: &Site, checker: &Arc<Checker>) -> Result<usize> {
    let now = site.clock.now();
    let due = site.db.read(None, move |tx| store::due(tx, now)).await?;
    let (mut count, mut failed) = (0, Ok(()));
    for (facility, file) in due {
        match one(site, checker, facility, file).await {
            Ok(over) => count += usize::from(over),
            Err(error) => failed = Err(error),
        }
    }
    failed.map(|()| count)
}

async fn one(site: &Site, checker: &Arc<Checker>, facility: FacilityId, file: RowId) -> Result<bool> {
    let ctx = site.job("check").at(facility);
    let Some(begun) = site.write(&ctx, move |tx, ctx| store::begin(tx, ctx, file)).await? else { return Ok(false) };
    let (own, checker, whose) = (site.clone(), checker.clone(), begun.clone());
    let looked = tokio::task::spawn_blocking(move || look(&own, &checker, facility, &whose));
    let (outcome, levels) = looked.await.map_err(Error::internal)??;
    let ctx = site.job("check").at(facility);
    site.write(&ctx, move |tx, ctx| store::keep(tx, ctx, &begun, &outcome, &levels)).await
}

/// Reads the file by the plug, and lays its levels down: their rows come afterwards.
fn look(site: &Site, checker: &Checker, facility: FacilityId, it: &Begun) -> Result<(Outcome, Vec<(Level, Stored)>)> {
    let mut bytes = Whole { blobs: &site.blobs, facility, key: &it.key, left: &it.segments, open: None };
    let checked = (checker.check)(&it.name, &mut bytes)?;
    let mut levels = Vec::new();
    for (number, level) in (0..).zip(checked.levels) {
        let mut incoming = site.blobs.incoming(facility, &it.key, LEVEL_BYTES_MAX, &site.chance)?;
        incoming.write(&level.bytes)?;
        let stored = incoming.finish()?;
        let (triangles, error_mm) = (level.triangles, f64::from(level.error_mm));
        levels.push((Level { number, triangles, error_mm, size_bytes: stored.size_bytes }, stored));
    }
    Ok((checked.outcome, levels))
}

/// The bytes of a file, segment after segment.
struct Whole<'a> {
    blobs: &'a Blobs,
    facility: FacilityId,
    key: &'a Key,
    left: &'a [Stored],
    open: Option<(Reader, u64)>,
}

impl Read for Whole<'_> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if let Some((reader, at)) = &mut self.open {
                let piece = reader.read(*at, room.len()).map_err(std::io::Error::other)?;
                *at += piece.len() as u64;
                if let Some(taken) = room.get_mut(..piece.len()).filter(|it| !it.is_empty()) {
                    taken.copy_from_slice(&piece);
                    return Ok(piece.len());
                }
            }
            let Some((next, rest)) = self.left.split_first() else { return Ok(0) };
            self.left = rest;
            let reader = self.blobs.reader(self.facility, self.key, next).map_err(std::io::Error::other)?;
            self.open = Some((reader, 0));
        }
    }
}
