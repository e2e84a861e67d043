//! One turn of a gateway: take what waits longest, send it, look whether the server holds it, note it. And turn after turn.

use std::collections::BTreeMap;

use blobs::Blobs;
use db::{Db, Room};
use imaging::delivery::{Outcome, Waiting, store};
use kernel::{Ctx, FacilityId, Result, Timestamp, time};

use crate::server::{Answers, Fault, Said, Server, is_final};

/// Bytes of one request: enough that a slow line is not kept busy with heads, little enough that a broken one does not
/// lose much.
const REQUEST_BYTES: u64 = 64 * 1024 * 1024;
/// Studies passed over at a time; beyond that, the server is what is wrong.
const PASSED_MAX: usize = 50;
/// Seconds between two looks for new images while all is well.
const LOOK_S: u64 = 1;
/// Seconds between two greetings while nothing waits: whose token has ended hears of it before the next image comes.
const GREET_S: u64 = 3600;
/// Instances let go of in one act.
const LET_GO_MAX: usize = 200;
/// Minutes between two looks for what may go.
const LET_GO_MIN: i64 = 10;

/// What a turn did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Nothing waits.
    Idle,
    /// All that waits was tried and has to wait longer.
    Round,
    /// So many instances reached their end.
    Sent(usize),
    /// The server took none of a study for now; others may go.
    Held(Fault),
    /// It could not be asked.
    Fault(Fault),
}

/// Seconds to wait after `failures` rounds in a row that moved nothing, at most `most`.
#[must_use]
pub fn pause_s(failures: u32, most: u64) -> u64 {
    2_u64.saturating_pow(failures.min(16)).min(most)
}

/// What a gateway works with.
pub struct Worker<'a> {
    /// The gateway's own database.
    pub db: &'a Db,
    /// Its own files.
    pub blobs: &'a Blobs,
    /// Its clinic.
    pub facility: FacilityId,
    /// The server.
    pub server: &'a Server,
    /// Now.
    pub ctx: &'a dyn Fn() -> Ctx,
    /// Seconds between tries at most.
    pub pause_s_max: u64,
    /// Days for which delivered images are kept here all the same.
    pub keep_days: i64,
    /// Studies whose last try moved nothing; the others go first. Empty at the beginning.
    pub passed: Vec<String>,
    /// When room was made last; none at the beginning.
    pub let_go_at: Option<Timestamp>,
    /// The next greeting: at once at the beginning.
    pub greeting: Greeting,
}

/// When the server is asked again whether it lets this gateway in.
#[derive(Debug, Clone, Default)]
pub struct Greeting {
    /// Seconds without anything to send until then.
    wait_s: u64,
    failures: u32,
}

impl Worker<'_> {
    /// Turn after turn, until `wait` says that it is over: it waits so many seconds, or less when it is over. `moved` is
    /// called after each turn that moved something.
    pub fn run(&mut self, wait: &dyn Fn(u64) -> bool, moved: &dyn Fn()) {
        let mut failures = 0;
        loop {
            let pause = match self.turn() {
                Ok(Turn::Sent(_)) => {
                    moved();
                    failures = 0;
                    0
                }
                Ok(Turn::Idle) => {
                    failures = 0;
                    // What a device brings now is tried at once, whatever came of the greeting.
                    self.greet();
                    LOOK_S
                }
                Ok(Turn::Held(fault)) => {
                    self.note_fault(&fault);
                    0
                }
                Ok(Turn::Round) => {
                    failures += 1;
                    pause_s(failures, self.pause_s_max)
                }
                Ok(Turn::Fault(fault)) => {
                    self.note_fault(&fault);
                    failures += 1;
                    pause_s(failures, self.pause_s_max)
                }
                Err(error) => {
                    tracing::error!(%error, "the gateway's own records fail; nothing is sent until they work again");
                    failures += 1;
                    pause_s(failures, self.pause_s_max)
                }
            };
            self.let_go();
            if !wait(pause) {
                return;
            }
        }
    }

    /// One turn.
    ///
    /// # Errors
    /// Those of our own database and disk; what the server does wrong is a [`Turn`].
    pub fn turn(&mut self) -> Result<Turn> {
        let (facility, passed) = (Some(self.facility), self.passed.clone());
        let waiting = self.db.write_blocking(facility, move |tx| store::waiting(tx, &passed))?;
        let batch = one_request(&waiting);
        let Some(first) = batch.first() else {
            return Ok(if std::mem::take(&mut self.passed).is_empty() { Turn::Idle } else { Turn::Round });
        };
        let key = self.db.write_blocking(facility, |tx| tx.key())?;
        let mut instances = Vec::with_capacity(batch.len());
        for it in batch {
            instances.push((it, self.blobs.reader(self.facility, &key, &it.stored)?));
        }
        let said = match self.server.store(instances) {
            Ok(said) => said,
            Err(fault) => return Ok(Turn::Fault(fault)),
        };
        let turn = self.note(batch, &said)?;
        if matches!(turn, Turn::Held(_)) {
            self.pass(first.study.clone());
        }
        Ok(turn)
    }

    fn pass(&mut self, study: String) {
        if self.passed.len() == PASSED_MAX {
            self.passed.clear();
        }
        self.passed.push(study);
    }

    /// Notes what became of each; of what the server says to have stored, only what it shows.
    fn note(&self, batch: &[Waiting], said: &Answers) -> Result<Turn> {
        let shown = if said.values().any(|it| *it == Said::Stored) {
            match self.server.digests(&batch[0].study) {
                Ok(shown) => shown,
                Err(fault) => return Ok(Turn::Fault(fault)),
            }
        } else {
            BTreeMap::new()
        };
        let mut held = Fault::Busy("the answer names none of the instances".into());
        let mut ended = Vec::new();
        for it in batch {
            let own = it.stored.blob.to_string();
            let outcome = match (said.get(&it.instance), shown.get(&it.instance)) {
                (Some(Said::Stored), Some(digest)) if *digest == own => Outcome::Delivered,
                (Some(Said::Stored), Some(digest)) => Outcome::Differs(digest.clone()),
                (Some(Said::Stored), None) => {
                    held = Fault::Unshown(format!("instance {}", it.instance));
                    continue;
                }
                (Some(Said::Failed(reason)), _) if is_final(*reason) => Outcome::Refused(*reason),
                (Some(Said::Failed(reason)), _) => {
                    held = Fault::Busy(format!("reason {reason:04X} for instance {}", it.instance));
                    continue;
                }
                (None, _) => continue,
            };
            if outcome != Outcome::Delivered {
                tracing::error!(instance = it.instance, %own, ?outcome, "ALARM: an image does not arrive");
            }
            ended.push((it.clone(), outcome));
        }
        let count = ended.len();
        if count == 0 {
            return Ok(Turn::Held(held));
        }
        let (ctx, url) = ((self.ctx)(), self.server.url().to_owned());
        self.db.write_blocking(Some(self.facility), move |tx| store::ended(tx, &ctx, &url, &ended))?;
        Ok(Turn::Sent(count))
    }

    /// While nothing waits: asks whether the server would take something.
    fn greet(&mut self) {
        if self.greeting.wait_s > 0 {
            self.greeting.wait_s = self.greeting.wait_s.saturating_sub(LOOK_S);
            return;
        }
        match self.server.greet() {
            Ok(token_ends_at) => {
                self.greeting = Greeting { wait_s: GREET_S, failures: 0 };
                let ctx = (self.ctx)();
                let noted =
                    self.db.write_blocking(Some(self.facility), move |tx| store::welcomed(tx, &ctx, token_ends_at));
                if let Err(error) = noted {
                    tracing::error!(%error, "that the server lets this gateway in could not be put on record");
                }
            }
            Err(fault) => {
                self.note_fault(&fault);
                self.greeting.failures += 1;
                self.greeting.wait_s = pause_s(self.greeting.failures, self.pause_s_max);
            }
        }
    }

    fn note_fault(&self, fault: &Fault) {
        tracing::warn!(fault = fault.key(), detail = fault.detail(), "nothing is sent");
        let (ctx, fault) = ((self.ctx)(), fault.clone());
        let noted = self
            .db
            .write_blocking(Some(self.facility), move |tx| store::faulted(tx, &ctx, fault.key(), fault.detail()));
        if let Err(error) = noted {
            tracing::error!(%error, "a failed try could not be put on record");
        }
    }

    /// Makes room: what the server has held for some days goes; while the disk is nearly full, all that it holds.
    fn let_go(&mut self) {
        let (now, scarce) = ((self.ctx)().now, self.db.room() != Room::Enough);
        let just_now = self.let_go_at.is_some_and(|it| now < time::plus_min(it, LET_GO_MIN));
        if just_now && !scarce {
            return;
        }
        self.let_go_at = Some(now);
        let before = if scarce { now } else { time::plus_min(now, -self.keep_days * 24 * 60) };
        let blobs = self.blobs.clone();
        let gone = self.db.write_blocking(Some(self.facility), move |tx| store::let_go(tx, &blobs, before, LET_GO_MAX));
        match gone {
            // There may be more.
            Ok(LET_GO_MAX) => self.let_go_at = None,
            Ok(_) => (),
            Err(error) => tracing::error!(%error, "what the server holds could not be let go of"),
        }
    }
}

/// The beginning of what waits that fits one request: one study, and not too many bytes. A single instance may be larger.
fn one_request(waiting: &[Waiting]) -> &[Waiting] {
    let (mut bytes, study) = (0, waiting.first().map(|it| &it.study));
    let fits = |it: &&Waiting| {
        bytes += it.stored.size_bytes;
        Some(&it.study) == study && (bytes <= REQUEST_BYTES || bytes == it.stored.size_bytes)
    };
    let count = waiting.iter().take_while(fits).count();
    &waiting[..count]
}

#[cfg(test)]
mod tests {
    use blobs::{BlobId, Stored};
    use kernel::RowId;

    use super::*;

    fn waiting(study: &str, size_bytes: u64) -> Waiting {
        Waiting {
            id: RowId::from_bytes([1; 16]),
            class: "1".into(),
            instance: "2".into(),
            study: study.into(),
            transfer_syntax: "1.2.840.10008.1.2.1".into(),
            stored: Stored { blob: BlobId([0; 32]), size_bytes, sealed_key: Vec::new() },
        }
    }

    #[test]
    fn a_request_holds_one_study_and_not_too_much() {
        // TR-20
        const MB: u64 = 1024 * 1024;
        for (sizes, count) in [
            (vec![("a", MB), ("a", MB), ("b", MB)], 2),
            (vec![("a", 60 * MB), ("a", 5 * MB)], 1),
            (vec![("a", 900 * MB), ("a", 1)], 1),
            (vec![("a", 64 * MB), ("a", 0)], 2),
            (vec![], 0),
        ] {
            let all: Vec<_> = sizes.iter().map(|(study, size)| waiting(study, *size)).collect();
            assert_eq!(one_request(&all).len(), count, "{sizes:?}");
        }
    }

    #[test]
    fn tries_grow_rarer_and_never_stop() {
        // TR-20
        assert_eq!([0, 1, 2, 5, 8, 9, 40].map(|it| pause_s(it, 300)), [1, 2, 4, 32, 256, 300, 300]);
        assert_eq!(pause_s(9, 1), 1);
    }
}
