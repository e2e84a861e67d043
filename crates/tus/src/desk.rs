//! What the process remembers of uploads under way: whose turn it is, and how far their digests are counted. None of it is
//! needed after a kill.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crypto::digest::Sha256;
use tokio::sync::{OwnedMutexGuard, watch};

use crate::{Purpose, Purposes, UploadId};

/// Seconds to wait for the request whose turn it was: it only has to put down what it holds.
const TURN_S: u64 = 30;
/// Digests that are kept half counted; one that was forgotten is counted from the blobs.
const COUNTS_MAX: usize = 256;

/// What all requests share.
pub(crate) struct Desk {
    purposes: Purposes,
    seats: Mutex<HashMap<UploadId, Arc<Seat>>>,
    counts: Mutex<HashMap<UploadId, (u64, Sha256)>>,
}

/// One upload: one request at a time works on it, and the newest one goes on.
struct Seat {
    alone: Arc<tokio::sync::Mutex<()>>,
    newest: watch::Sender<u64>,
}

/// The right to work on an upload, until somebody newer wants to.
pub(crate) struct Turn {
    _alone: OwnedMutexGuard<()>,
    _seat: Arc<Seat>,
    own: u64,
    newest: watch::Receiver<u64>,
}

impl Turn {
    /// Returns when a newer request wants to go on: a client that has lost its line comes again before we know that it did.
    pub(crate) async fn is_over(&mut self) {
        let own = self.own;
        // The seat lives as long as this turn, so waiting never fails.
        let _ = self.newest.wait_for(|it| *it != own).await;
    }
}

impl Desk {
    pub(crate) fn new(purposes: Purposes) -> Arc<Self> {
        Arc::new(Self { purposes, seats: Mutex::default(), counts: Mutex::default() })
    }

    pub(crate) fn purpose(&self, name: &str) -> Option<&'static Purpose> {
        self.purposes.iter().find(|it| it.name == name)
    }

    /// The most bytes that any purpose takes.
    pub(crate) fn bytes_max(&self) -> u64 {
        self.purposes.iter().map(|it| it.bytes_max).max().unwrap_or(0)
    }

    /// Breaks off whoever works on this upload, and waits until what came is put down. `None` when that takes too long.
    pub(crate) async fn turn(&self, id: UploadId) -> Option<Turn> {
        let seat = {
            let mut seats = lock(&self.seats);
            seats.retain(|_, it| Arc::strong_count(it) > 1);
            let made = || Arc::new(Seat { alone: Arc::default(), newest: watch::channel(0).0 });
            seats.entry(id).or_insert_with(made).clone()
        };
        let mut own = 0;
        seat.newest.send_modify(|it| {
            *it += 1;
            own = *it;
        });
        let newest = seat.newest.subscribe();
        let alone = tokio::time::timeout(Duration::from_secs(TURN_S), seat.alone.clone().lock_owned()).await.ok()?;
        Some(Turn { _alone: alone, _seat: seat, own, newest })
    }

    /// The digest of the first `received` bytes, as far as this process has counted along.
    pub(crate) fn counted(&self, id: UploadId, received: u64) -> Option<Sha256> {
        if received == 0 {
            return Some(Sha256::new());
        }
        lock(&self.counts).remove(&id).filter(|it| it.0 == received).map(|it| it.1)
    }

    /// Remembers the digest of the first `received` bytes.
    pub(crate) fn remember(&self, id: UploadId, received: u64, count: Sha256) {
        let mut counts = lock(&self.counts);
        if counts.len() >= COUNTS_MAX && !counts.contains_key(&id) {
            counts.clear();
        }
        counts.insert(id, (received, count));
    }
}

/// Nothing that is half changed is ever left behind a lock here.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use kernel::RowId;

    use super::*;

    #[test]
    fn the_newest_request_goes_on_and_the_older_ones_end() {
        testkit::wait(async {
            let desk = Desk::new(&[]);
            let id = RowId::from_bytes([1; 16]);
            let mut first = desk.turn(id).await.expect("free");
            let second = tokio::spawn({
                let desk = desk.clone();
                async move { desk.turn(id).await.is_some() }
            });
            first.is_over().await;
            assert!(!second.is_finished(), "the first one still puts down what it holds");
            drop(first);
            assert!(second.await.expect("not broken"));
            let other = desk.turn(RowId::from_bytes([2; 16])).await;
            assert!(other.is_some(), "another upload does not wait");
            assert_eq!(lock(&desk.seats).len(), 1, "who has gone leaves no seat");
        });
    }

    #[test]
    fn a_digest_counts_only_where_it_stood() {
        let desk = Desk::new(&[]);
        let id = RowId::from_bytes([1; 16]);
        let mut count = Sha256::new();
        count.update(b"abc");
        desk.remember(id, 3, count);
        assert!(desk.counted(id, 2).is_none());
        assert!(desk.counted(id, 3).is_none(), "asked for the wrong place it is forgotten");
        assert!(desk.counted(id, 0).is_some(), "nothing is always counted");
    }
}
