//! What the server does by itself: letters, checkpoints, comparing the clock, forgetting, sweeping.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use kernel::{Error, FacilityId, Result, time};
use tokio::sync::watch;
use web::Site;

use crate::config::Config;
use crate::house::WallClock;

/// Seconds between two looks at the outbox and the logs: a code by mail should not be waited for.
const EVERY_S: u64 = 1;
/// Looks between two rounds of forgetting: ten minutes.
const FORGET_EVERY: u64 = 600;
/// Looks between two readings of the facilities' names: a minute.
const NAMES_EVERY: u64 = 60;
/// Looks between two rounds through urgent findings: ten seconds, of the ten minutes between two tellings.
const URGENT_EVERY: u64 = 10;
/// Looks between two rounds through requests that nobody has taken: a minute, of the hours that were agreed.
const ASSIGN_EVERY: u64 = 60;
/// Looks between two rounds through what is owed on reports: ten minutes, of the days that it has.
const DUTIES_EVERY: u64 = 600;
/// Looks between two parts of the comparison of images with the log: a minute.
const IMAGES_EVERY: u64 = 60;
/// Looks between two comparisons of the clock: an hour, as time servers ask of their guests.
const CLOCK_EVERY: u64 = 3600;
/// Days that a form's key is remembered: longer than any form stays open.
const FORM_KEY_DAYS: i64 = 7;

/// The ways out for letters.
pub(crate) struct Ways {
    carriers: mail::Carriers,
    shown: Option<mail::LogOnly>,
}

impl Ways {
    /// The letters that nobody carries, for the demonstration's page.
    pub(crate) fn shown(&self) -> Option<mail::LogOnly> {
        self.shown.clone()
    }

    /// Whether somebody carries short messages.
    pub(crate) const fn has_sms(&self) -> bool {
        self.carriers.sms.is_some()
    }
}

/// The ways that the settings name.
///
/// # Errors
/// `Unavailable` for an address that cannot be one.
pub(crate) fn carriers(config: &Config) -> Result<Ways> {
    let from = config.mail.from.clone().unwrap_or_else(|| "Haruka <haruka@localhost.localdomain>".to_owned());
    // A name before the address is the facility's in each letter; here only the address counts.
    let address = from.rsplit_once('<').map_or(from.as_str(), |(_, rest)| rest.trim_end_matches('>'));
    let from: mail::MailAddress = address.parse().map_err(|_| Error::unavailable("mail.from is no mail address"))?;
    let kept = mail::LogOnly::new(from.clone());
    Ok(match &config.mail.smtp_url {
        Some(url) => {
            let smtp = mail::Carrier::Smtp(Box::new(mail::Smtp::new(url, from)?));
            Ways { carriers: mail::Carriers { mail: smtp, sms: None }, shown: None }
        }
        None => Ways { carriers: mail::Carriers::log_only(&kept), shown: Some(kept) },
    })
}

/// The door for uploads, with the scanner that the settings name.
///
/// # Errors
/// For an address that is none: a scanner that the operator believes in must not be missing silently (CS-155).
pub(crate) fn door(config: &Config) -> Result<blobs::Door> {
    let scanner = match &config.clamd {
        Some(address) => blobs::Scanner::Clamd(blobs::check::Clamd::parse(address)?),
        None => blobs::Scanner::None,
    };
    Ok(blobs::Door { scanner, ..blobs::Door::default() })
}

/// Names of facilities, remembered for the header of every page.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<RwLock<HashMap<FacilityId, String>>>);

impl Names {
    /// The memory as pages ask it.
    pub(crate) fn places(&self) -> web::site::Places {
        let names = self.0.clone();
        web::site::Places::new(move |id| names.read().ok()?.get(&id).cloned())
    }

    /// Reads them anew.
    pub(crate) async fn read(&self, db: &db::Db) {
        match db.read(None, people::facility::store::all).await {
            Ok(all) => {
                if let Ok(mut names) = self.0.write() {
                    *names = all.into_iter().map(|it| (it.id, it.name)).collect();
                }
            }
            Err(error) => tracing::error!(%error, "cannot read the facilities' names"),
        }
    }
}

/// Works until `stop`; a letter in hand is finished first.
pub(crate) async fn run(site: Site, ways: Ways, names: Names, ntp: Option<String>, mut stop: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(Duration::from_secs(EVERY_S));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut troubles = Troubles::default();
    let mut round = 0u64;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            _ = stop.changed() => return,
        }
        let room = site.db.room();
        troubles.note(
            "room on the disk",
            if room == db::Room::Enough { Ok(()) } else { Err(Error::disk_full(format!("{room:?}"))) },
        );
        if room != db::Room::None {
            troubles.note("letters", mail::deliver_due(&site.db, &ways.carriers, &WallClock).await.map(drop));
            troubles.note("checkpoints", sign(&site).await);
        }
        if round.is_multiple_of(URGENT_EVERY) && room != db::Room::None {
            troubles.note("urgent findings", imaging::urgent::store::sweep(&site).await);
        }
        if round.is_multiple_of(ASSIGN_EVERY) && room != db::Room::None {
            troubles.note("readings that wait for a reader", imaging::assignment::store::sweep(&site).await);
        }
        if round.is_multiple_of(DUTIES_EVERY) && room != db::Room::None {
            troubles.note("what is owed on reports", imaging::duty::letter::sweep(&site).await);
        }
        if round.is_multiple_of(IMAGES_EVERY) && room != db::Room::None {
            troubles.note("comparing images", compare_images(&site).await);
        }
        if round.is_multiple_of(NAMES_EVERY) {
            names.read(&site.db).await;
        }
        if round.is_multiple_of(CLOCK_EVERY)
            && let Some(server) = &ntp
        {
            troubles.note("the clock", compare(&site, server).await);
        }
        // Deleting makes room again, but its own rows need some first.
        if round.is_multiple_of(FORGET_EVERY) && room != db::Room::None {
            troubles.note("forgetting", forget(&site).await);
            troubles.note("unfinished uploads", tus::sweep(&site, crate::serve::UPLOADS).await);
            troubles.note("files that nobody bundles", lab::file::store::sweep(&site).await);
            troubles.note("sweeping", crate::sweep::run(&site.db, &site.blobs, site.job("sweep").now).await.map(drop));
        }
        round += 1;
    }
}

/// Jobs that fail now: each is told once when it begins to, and once when it works again.
#[derive(Default)]
struct Troubles(HashSet<&'static str>);

impl Troubles {
    fn note(&mut self, job: &'static str, outcome: Result<()>) {
        match outcome {
            Err(error) if self.0.insert(job) => {
                tracing::error!(job, %error, "a job of the server fails; it is tried again")
            }
            Ok(()) if self.0.remove(job) => tracing::warn!(job, "a job of the server works again"),
            _ => {}
        }
    }
}

/// Signs the logs. One that is refused is an alarm: a line here, a notice on the day's page, a count in `/readyz`.
async fn sign(site: &Site) -> Result<()> {
    for (facility, error) in audit::sign_due(&site.db, &site.job("checkpoint")).await?.refused {
        tracing::error!(%facility, %error, "ALARM: a log is not signed");
    }
    Ok(())
}

/// Compares the next part of the images with the log.
async fn compare_images(site: &Site) -> Result<()> {
    for (facility, instance, fault) in imaging::inventory::store::sweep(site).await? {
        tracing::error!(%facility, instance, fault = fault.key(), "ALARM: an image is not what arrived");
    }
    Ok(())
}

/// Compares the clock with its reference and keeps what came of it, also when nobody answered.
async fn compare(site: &Site, server: &str) -> Result<()> {
    let asked = crate::ntp::ask(server, &WallClock, &site.chance).await;
    let ctx = site.job("clock");
    let check =
        audit::clock::Check { source: server.to_owned(), checked_at: ctx.now, measured: asked.as_ref().ok().copied() };
    if let audit::clock::Standing::Off(it) = audit::clock::judge(Some(&check), ctx.now) {
        tracing::error!(offset_us = it.offset_us, server, "ALARM: the server's clock is wrong");
    }
    site.db.write(None, move |tx| audit::clock::keep(tx, &ctx, &check)).await?;
    asked.map(drop)
}

/// Forgets what has had its time: keys of forms, kept forms, tries at sign-in, letters.
async fn forget(site: &Site) -> Result<()> {
    let ctx = site.job("forget");
    let (now, forms_before) = (ctx.now, time::plus_min(ctx.now, -FORM_KEY_DAYS * 24 * 60));
    site.db.write(None, move |tx| web::once::forget(tx, forms_before)).await?;
    site.db.write(None, move |tx| web::kept::forget(tx, now)).await?;
    site.db.write(None, move |tx| people::sign_in::store::forget(tx, now)).await?;
    let letters_before = time::plus_min(now, -mail::LETTER_DAYS * 24 * 60);
    for facility in site.db.read(None, people::facility::store::all).await? {
        let own = ctx.at(facility.id);
        site.db.write(Some(facility.id), move |tx| mail::forget(tx, &own, letters_before)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_that_cannot_be_is_refused_instead_of_left_out() {
        // CS-155
        let with = |clamd: Option<&str>| door(&Config { clamd: clamd.map(str::to_owned), ..Config::default() });
        assert!(with(None).is_ok_and(|it| matches!(it.scanner, blobs::Scanner::None)));
        assert!(with(Some("tcp://127.0.0.1:3310")).is_ok_and(|it| matches!(it.scanner, blobs::Scanner::Clamd(_))));
        assert!(with(Some("127.0.0.1:3310")).is_err());
    }
}
