//! The job that writes reports and kept marks as DICOM objects, and sends reports to archives: `imaging` says what and where
//! to, `dimse` carries it.

use std::collections::HashMap;
use std::time::Duration;

use imaging::outgoing::store::{self, Due};
use imaging::outgoing::{Outcome, write};
use imaging::station::Destination;
use imaging::study::{Fetched, Filter, fetch};
use kernel::{Error, Kind, Result};
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::Site;

/// Seconds between two looks: a report need not wait longer than its letter.
const EVERY_S: u64 = 2;

/// Works until `stop`.
pub(crate) async fn run(site: Site, settings: dimse::Settings, mut stop: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(Duration::from_secs(EVERY_S));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut fails = false;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            _ = stop.changed() => return,
        }
        if site.db.room() != db::Room::Enough {
            continue;
        }
        match round(&site, &settings).await {
            Ok(()) if fails => {
                fails = false;
                tracing::warn!("reports go out again");
            }
            Err(error) if !fails => {
                fails = true;
                tracing::error!(%error, "a report cannot go out; it is tried again");
            }
            _ => {}
        }
    }
}

/// Writes what is to be written, then sends what is to be sent now, to all stations at once: one that is away keeps no
/// other waiting.
///
/// # Errors
/// The database's and the disk's; what a station answers is noted in rows instead.
pub async fn round(site: &Site, settings: &dimse::Settings) -> Result<()> {
    let written = write::all_due(site).await.map(drop);
    let marked = imaging::mark::write::all_due(site).await.map(drop);
    let now = site.clock.now();
    let due = site.db.read(None, move |tx| store::due(tx, now)).await?;
    let mut all = JoinSet::new();
    for due in due {
        all.spawn(send(site.clone(), settings.clone(), due));
    }
    let sent: Result<Vec<()>> = all.join_all().await.into_iter().collect();
    written.and(marked).and(sent.map(drop))
}

/// Sends what one station shall have, and notes what came of it.
async fn send(site: Site, settings: dimse::Settings, due: Due) -> Result<()> {
    let ctx = site.job("outgoing").at(due.facility);
    let instances = due.sendings.iter().map(|it| it.1.clone()).collect();
    let filter = Filter { instances, ..Filter::default() };
    let found = site.write(&ctx, move |tx, ctx| fetch(tx, ctx, &filter, "report.send")).await;
    let told = match found {
        Ok(found) => carry(&site, settings, due.station.clone(), found).await?,
        // The entry stays; what is no more among our images is noted below.
        Err(error) if *error.kind() == Kind::NotFound => HashMap::new(),
        Err(error) => return Err(error),
    };
    let ctx = site.job("outgoing").at(due.facility);
    site.write(&ctx, move |tx, ctx| {
        for (id, uid) in &due.sendings {
            let outcome = told.get(uid.as_str()).copied().unwrap_or(Outcome::Unreadable);
            store::note(tx, ctx, *id, &due.station.title, outcome)?;
        }
        Ok(())
    })
    .await
}

/// Waits for the wire where waiting is allowed; what became of each, by identifier.
async fn carry(
    site: &Site,
    settings: dimse::Settings,
    station: Destination,
    found: Fetched,
) -> Result<HashMap<String, Outcome>> {
    let site = site.clone();
    let told = tokio::task::spawn_blocking(move || {
        let told = dimse::deliver(&site, &settings, &station, &found);
        told.into_iter().map(|(which, outcome)| (which.uid.clone(), outcome)).collect()
    });
    told.await.map_err(Error::internal)
}
