//! How far a gateway is, for its page and for programs.

use db::{Db, Room};
use imaging::delivery::{Progress, Stuck, store};
use kernel::{FacilityId, Result};
use serde_json::{Value, json};

use crate::server::Fault;

/// What a gateway can say of itself.
#[derive(Debug, Clone)]
pub struct State {
    /// The server's address.
    pub server: String,
    /// Whether the gateway runs.
    pub running: bool,
    /// What waits, what has arrived, what is in the way.
    pub progress: Progress,
    /// What a person has to look at, the newest first; not all of very many.
    pub stuck: Vec<Stuck>,
    /// Room on its disk.
    pub room: Room,
}

impl State {
    /// As it is now.
    ///
    /// # Errors
    /// Those of the database.
    pub fn read(db: &Db, facility: FacilityId, server: &str, running: bool) -> Result<Self> {
        let (progress, stuck) =
            db.write_blocking(Some(facility), |tx| Ok((store::progress(tx)?, store::stuck(tx)?)))?;
        Ok(Self { server: server.to_owned(), running, progress, stuck, room: db.room() })
    }

    /// Whether somebody has to do something: not while the line alone is away.
    #[must_use]
    pub fn needs_somebody(&self) -> bool {
        let denied = self.progress.trouble.as_ref().is_some_and(|it| !matches!(it.fault.as_str(), "away" | "busy"));
        !self.running || denied || self.progress.stuck > 0 || self.room != Room::Enough
    }

    /// For programs; `docs/operate.md` explains it.
    #[must_use]
    pub fn json(&self) -> Value {
        let at = |it: Option<kernel::Timestamp>| it.map(|it| it.to_string());
        let error = self.progress.trouble.as_ref().map(|it| {
            let words = Fault::words(&it.fault);
            json!({
                "key": it.fault, "ja": words.ja, "en": words.en, "detail": it.detail, "tries": it.tries,
                "since": it.began_at.to_string(), "at": it.at.to_string(),
            })
        });
        let refused = self.stuck.iter().map(|it| {
            let words = it.outcome.words();
            json!({
                "instance": it.instance, "study": it.study, "digest": it.digest.to_string(),
                "outcome": it.outcome.key(), "ja": words.ja, "en": words.en, "at": it.at.to_string(),
            })
        });
        json!({
            "server": self.server,
            "running": self.running,
            "waiting": self.progress.waiting,
            "oldest": at(self.progress.oldest_at),
            "delivered": self.progress.delivered,
            "last_success": at(self.progress.delivered_at),
            "last_error": error,
            "refused_count": self.progress.stuck,
            "refused": refused.collect::<Vec<_>>(),
            "disk": match self.room { Room::Enough => "enough", Room::Reading => "nearly full", Room::None => "full" },
            "needs_somebody": self.needs_somebody(),
        })
    }
}
