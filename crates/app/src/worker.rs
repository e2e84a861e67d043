//! What the server does by itself: letters, checkpoints, forgetting.

use std::collections::HashMap;
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
pub(crate) fn door(config: &Config) -> blobs::Door {
    let scanner = match config.clamd.as_deref().map(blobs::check::Clamd::parse) {
        Some(Ok(clamd)) => blobs::Scanner::Clamd(clamd),
        _ => blobs::Scanner::None,
    };
    blobs::Door { scanner, ..blobs::Door::default() }
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

/// Works until `stop`.
pub(crate) async fn run(site: Site, ways: Ways, names: Names, mut stop: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(Duration::from_secs(EVERY_S));
    let mut round = 0u64;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            _ = stop.changed() => return,
        }
        if let Err(error) = mail::deliver_due(&site.db, &ways.carriers, &WallClock).await {
            tracing::error!(%error, "letters wait");
        }
        if let Err(error) = audit::sign_due(&site.db, &site.job("checkpoint")).await {
            tracing::error!(%error, "logs wait for their checkpoint");
        }
        if round.is_multiple_of(NAMES_EVERY) {
            names.read(&site.db).await;
        }
        if round.is_multiple_of(FORGET_EVERY) {
            let before = time::plus_min(site.job("forget").now, -FORM_KEY_DAYS * 24 * 60);
            if let Err(error) = site.db.write(None, move |tx| web::once::forget(tx, before)).await {
                tracing::error!(%error, "cannot forget old form keys");
            }
            let now = site.job("forget").now;
            if let Err(error) = site.db.write(None, move |tx| web::kept::forget(tx, now)).await {
                tracing::error!(%error, "cannot forget kept forms");
            }
            if let Err(error) = site.db.write(None, move |tx| people::sign_in::store::forget(tx, now)).await {
                tracing::error!(%error, "cannot forget old tries");
            }
        }
        round += 1;
    }
}
