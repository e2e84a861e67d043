//! Turns at the heavy work: decoding, encoding, drawing. It runs beside the requests on threads of its own, so many at a time
//! as memory allows; whoever waits too long is told to come later, and whoever leaves gives up their place.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Error, Words};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory that all frames in work may take together.
const ALL_MIB: u32 = 768;
/// What one takes at least: so that no more than six are in work, whatever their size.
const ONE_MIB_MIN: u64 = 128;
/// Seconds that somebody waits for a turn.
const PATIENCE_S: u64 = 20;

/// A turn. It goes with the work, even when the asker has left before that is done.
pub(crate) type Turn = OwnedSemaphorePermit;

/// Waits for a turn at work that takes so many bytes.
pub(crate) async fn turn(bytes: u64) -> Result<Turn, Error> {
    static ROOM: std::sync::LazyLock<Arc<Semaphore>> =
        std::sync::LazyLock::new(|| Arc::new(Semaphore::new(ALL_MIB as usize)));
    let Some(share) = share(bytes) else {
        let words = Words::new(
            "画像が大きすぎるため、ここでは変換できません。",
            "This picture is too large to be converted here.",
        );
        return Err(Error::too_large(words, "a frame that takes more memory than there is"));
    };
    let wait = ROOM.clone().acquire_many_owned(share);
    match tokio::time::timeout(Duration::from_secs(PATIENCE_S), wait).await {
        Ok(turn) => turn.map_err(Error::internal),
        Err(_) => Err(Error::unavailable("too many frames in work")),
    }
}

/// Its share of the memory; nothing where it would need more than all.
fn share(bytes: u64) -> Option<u32> {
    let share = u32::try_from((bytes >> 20).max(ONE_MIB_MIN)).ok()?;
    (share <= ALL_MIB).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_small_frames_or_one_large_one_are_in_work_at_a_time() {
        for (bytes, expected) in
            [(0, Some(128)), (200 << 20, Some(200)), (768 << 20, Some(768)), (769 << 20, None), (u64::MAX, None)]
        {
            assert_eq!(share(bytes), expected, "{bytes}");
        }
    }
}
