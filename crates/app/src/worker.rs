//! What the server does by itself: letters, checkpoints, forgetting.

use std::time::Duration;

use kernel::{Error, Result, time};
use tokio::sync::watch;
use web::Site;

use crate::config::Config;
use crate::house::WallClock;

/// Seconds between two looks at the outbox and the logs: a code by mail should not be waited for.
const EVERY_S: u64 = 1;
/// Looks between two rounds of forgetting: ten minutes.
const FORGET_EVERY: u64 = 600;
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
    let from = from.parse().map_err(|_| Error::unavailable("mail.from is no mail address"))?;
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
    let scanner = match config.clamd.as_deref().map(blobs::Clamd::parse) {
        Some(Ok(clamd)) => blobs::Scanner::Clamd(clamd),
        _ => blobs::Scanner::None,
    };
    blobs::Door { scanner, ..blobs::Door::default() }
}

/// Works until `stop`.
pub(crate) async fn run(site: Site, ways: Ways, mut stop: watch::Receiver<bool>) {
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
        if round % FORGET_EVERY == 0 {
            let before = time::plus_min(site.job("forget").now, -FORM_KEY_DAYS * 24 * 60);
            if let Err(error) = site.db.write(None, move |tx| web::once::forget(tx, before)).await {
                tracing::error!(%error, "cannot forget old form keys");
            }
        }
        round += 1;
    }
}
