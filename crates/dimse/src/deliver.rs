//! Sending of our own accord: instances to a station that expects them, on one association.

use imaging::outgoing::Outcome;
use imaging::station::Destination;
use imaging::study::{Fetched, Located};
use web::Site;

use crate::Settings;
use crate::send::Outgoing;
use crate::wire::Ended;

/// Sends what was found to `place`, and says of each instance what became of it. Blocks until all is told or the waiting
/// times are over.
#[must_use]
pub fn deliver<'a>(
    site: &Site,
    settings: &Settings,
    place: &Destination,
    found: &'a Fetched,
) -> Vec<(&'a Located, Outcome)> {
    let all = |outcome| found.instances.iter().map(|it| (it, outcome)).collect();
    let mut out = match Outgoing::to_store(settings, place, found) {
        Ok(out) => out,
        Err(ended) => {
            tracing::info!(?ended, host = place.host, port = place.port, "a station takes no association");
            return all(if matches!(ended, Ended::Rejected) { Outcome::Rejected } else { Outcome::Away });
        }
    };
    let told = found.instances.iter().map(|which| (which, out.give(site, found, which, None))).collect();
    out.release();
    told
}
