//! The job that has scans and designs checked: `lab` says which file and keeps what was found out, the plug reads it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use web::Site;

/// Seconds between two looks: who has sent a file looks at its page soon.
const EVERY_S: u64 = 2;

/// Works until `stop`.
pub(crate) async fn run(site: Site, checker: Arc<mesh::Checker>, mut stop: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(Duration::from_secs(EVERY_S));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut fails = false;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            _ = stop.changed() => return,
        }
        // A level needs room on the disk; what waits, waits.
        if site.db.room() != db::Room::Enough {
            continue;
        }
        match lab::check::work::round(&site, &checker).await {
            Ok(count) if fails && count > 0 => {
                fails = false;
                tracing::warn!("scans and designs are checked again");
            }
            Err(error) if !fails => {
                fails = true;
                tracing::error!(%error, "a scan or a design cannot be checked; it is tried again");
            }
            _ => {}
        }
    }
}
