//! How far a gateway is, for its page and for programs.

use db::{Db, Room};
use imaging::delivery::{Progress, Stuck, store};
use kernel::{FacilityId, Lang, Result, Timestamp, Words, clause, time};
use serde_json::{Value, json};

use crate::server::Fault;

/// Days before its end that a token or a certificate asks for its successor: it takes two people at two places.
const TOLD_BEFORE_DAYS: i64 = 30;

/// The certificate by which the server knows this gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// SHA-256 in hexadecimal.
    pub fingerprint: String,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// What ends soon, or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The certificate, and with it the token that is bound to it.
    Certificate(Timestamp),
    /// The token alone.
    Token(Timestamp),
}

impl Ending {
    /// The first of both that asks for something, once it is time.
    #[must_use]
    pub fn of(certificate: Option<Timestamp>, token: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        clause!("TR-12");
        let told_at = time::plus_min(now, TOLD_BEFORE_DAYS * 24 * 60);
        let is_soon = |it: &Timestamp| *it <= told_at;
        certificate.filter(is_soon).map(Self::Certificate).or_else(|| token.filter(is_soon).map(Self::Token))
    }

    /// Its key in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Certificate(_) => "certificate",
            Self::Token(_) => "token",
        }
    }

    /// What it is, and what is to be done.
    #[must_use]
    pub fn words(self) -> Words {
        let day = |at, lang| time::show_day(time::day(at), lang);
        match self {
            Self::Certificate(at) => Words::made(
                format!(
                    "このゲートウェイの証明書の期限は{}です。切れる前に作り直し（haruka gateway certificate --renew）、そのファイルを運用の担当者に渡して、新しいトークンを受け取ってください。",
                    day(at, Lang::Ja)
                ),
                format!(
                    "This gateway's certificate ends on {}. Before that, make a new one (haruka gateway certificate --renew), give its file to whoever runs the server, and get a new token.",
                    day(at, Lang::En)
                ),
            ),
            Self::Token(at) => Words::made(
                format!(
                    "このゲートウェイのトークンの期限は{}です。切れる前に、運用の担当者に新しいトークンを作ってもらってください。",
                    day(at, Lang::Ja)
                ),
                format!(
                    "This gateway's token ends on {}. Before that, ask whoever runs the server for a new one.",
                    day(at, Lang::En)
                ),
            ),
        }
    }
}

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
    /// Its certificate; none where it has no data folder yet.
    pub certificate: Option<Own>,
    /// What ends soon.
    pub ending: Option<Ending>,
}

impl State {
    /// As it is at `now`.
    ///
    /// # Errors
    /// Those of the database.
    pub fn read(
        db: &Db,
        facility: FacilityId,
        server: &str,
        running: bool,
        certificate: Option<Own>,
        now: Timestamp,
    ) -> Result<Self> {
        let (progress, stuck) =
            db.write_blocking(Some(facility), |tx| Ok((store::progress(tx)?, store::stuck(tx)?)))?;
        let ending = Ending::of(certificate.as_ref().map(|it| it.ends_at), progress.token_ends_at, now);
        Ok(Self { server: server.to_owned(), running, progress, stuck, room: db.room(), certificate, ending })
    }

    /// Whether somebody has to do something: not while the line alone is away.
    #[must_use]
    pub fn needs_somebody(&self) -> bool {
        let denied = self.progress.trouble.as_ref().is_some_and(|it| !matches!(it.fault.as_str(), "away" | "busy"));
        !self.running || denied || self.progress.stuck > 0 || self.room != Room::Enough || self.ending.is_some()
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
            "certificate": self.certificate.as_ref().map(|it| {
                json!({ "sha256": it.fingerprint, "ends_at": it.ends_at.to_string() })
            }),
            "token_ends_at": at(self.progress.token_ends_at),
            "welcomed_at": at(self.progress.welcomed_at),
            "ends_soon": self.ending.map(Ending::key),
            "disk": match self.room { Room::Enough => "enough", Room::Reading => "nearly full", Room::None => "full" },
            "needs_somebody": self.needs_somebody(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_is_told_a_month_before() {
        // TR-12
        let at = |day: &str| format!("{day}T00:00:00Z").parse::<Timestamp>().expect("an instant");
        let now = at("2026-11-24");
        for (certificate, token, expected) in [
            (None, None, None),
            (Some("2029-11-24"), Some("2027-11-24"), None),
            (Some("2029-11-24"), Some("2026-12-25"), None),
            (Some("2029-11-24"), Some("2026-12-24"), Some("token")),
            (Some("2029-11-24"), Some("2026-11-01"), Some("token")),
            (None, Some("2026-11-25"), Some("token")),
            (Some("2026-12-01"), Some("2026-12-01"), Some("certificate")),
            (Some("2026-12-01"), Some("2026-11-30"), Some("certificate")),
            (Some("2026-11-01"), None, Some("certificate")),
        ] {
            let ending = Ending::of(certificate.map(at), token.map(at), now);
            assert_eq!(ending.map(Ending::key), expected, "{certificate:?} {token:?}");
        }
        let words = Ending::Token(at("2026-12-01")).words();
        assert!(words.ja.contains("2026年12月1日") && words.en.contains("1 Dec 2026"), "{words:?}");
    }
}
