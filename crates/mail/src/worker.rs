//! The job that sends what is due: takes letters in hand, sends them outside of any act, notes what became of each.

use db::{Db, Tx, params};
use kernel::{Clock, FacilityId, Result, Timestamp, time};

use crate::letter::Letter;
use crate::outbox::{MailId, open};
use crate::{Carriers, Outcome};

/// Minutes from one try to the next; the last one repeats. A mail server is often back in minutes, else by the evening.
const PAUSES_MIN: [i64; 6] = [1, 2, 5, 15, 60, 240];
/// The longest pause, and a minute for letters that are put off at this moment.
const PAUSE_MIN_MAX: i64 = 241;
/// Most tries. With the pauses above that is three days: a server that is away over a long weekend is outlasted.
pub const TRIES_MAX: u32 = 22;
/// Letters taken in hand at once.
const BATCH_LETTERS_MAX: usize = 20;
/// How long a letter in hand is left alone by other workers: longer than a whole batch can take at the carriers' longest
/// wait. After a killed server it is tried again then.
const CLAIM_MIN: i64 = 15;

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Letters that a carrier has taken.
    pub sent: usize,
    /// Letters to be tried again.
    pub postponed: usize,
    /// Letters given up.
    pub failed: usize,
    /// Whether more may be due: call again at once.
    pub more: bool,
}

/// Sends what is due, of all facilities, one batch. Several workers may run.
///
/// # Errors
/// `Unavailable` when the database is; what a carrier says is noted in the rows instead.
pub async fn deliver_due(db: &Db, carriers: &Carriers, clock: &dyn Clock) -> Result<Delivered> {
    let now = time::cut(clock.now());
    let (taken, failed) = db.write(None, move |tx| claim(tx, now)).await?;
    let mut done = Delivered { failed, more: taken.len() + failed >= BATCH_LETTERS_MAX, ..Delivered::default() };
    // Once a carrier is away the rest of its letters need not wait for it in turn.
    let mut away: [Option<Outcome>; 2] = [None, None];
    for claimed in taken {
        let place = usize::from(matches!(claimed.letter.content.to, crate::To::Sms(_)));
        let outcome = match &away[place] {
            Some(outcome) => outcome.clone(),
            None => carriers.send(&claimed.letter).await,
        };
        if matches!(outcome, Outcome::Away(_)) {
            away[place] = Some(outcome.clone());
        }
        let now = time::cut(clock.now());
        let settled = db.write(Some(claimed.facility), move |tx| settle(tx, &claimed, &outcome, now)).await?;
        match settled {
            Settled::Sent => done.sent += 1,
            Settled::Postponed => done.postponed += 1,
            Settled::Failed => done.failed += 1,
        }
    }
    // With a carrier away another round would only find the same.
    done.more &= away.iter().all(Option::is_none);
    Ok(done)
}

struct Claimed {
    facility: FacilityId,
    id: MailId,
    /// Including the one that is about to be made.
    tries: u32,
    letter: Letter,
}

enum Settled {
    Sent,
    Postponed,
    Failed,
}

/// Takes due letters in hand, gives those up that are too late or tried too often. Also the number given up.
fn claim(tx: &mut Tx, now: Timestamp) -> Result<(Vec<Claimed>, usize)> {
    // What is put off further than any pause or hold was put off by a clock that has been set back since.
    let claimed_at_most = time::plus_min(now, CLAIM_MIN + 1);
    // Over all facilities: this is the one job that carries everybody's letters.
    let due = tx.rows(
        "SELECT facility_id, id, tries, content_sealed, made_at, useless_after FROM outbox
         WHERE (next_try_at <= ?1 OR (next_try_at > ?3 AND due_at <= ?1))
         AND sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL
         AND (claimed_until IS NULL OR claimed_until <= ?1 OR claimed_until > ?4)
         ORDER BY next_try_at, id LIMIT ?2",
        params![now, BATCH_LETTERS_MAX, time::plus_min(now, PAUSE_MIN_MAX), claimed_at_most],
    )?;
    let (mut taken, mut failed) = (Vec::new(), 0);
    for row in due {
        let (facility, id): (FacilityId, MailId) = (row.get("facility_id")?, row.get("id")?);
        tx.enter(facility)?;
        // Another worker may have been faster since the rows were read: then nothing is changed here.
        let claimed = tx.exec(
            "UPDATE outbox SET claimed_until = ?3, tries = tries + 1
             WHERE facility_id = ?1 AND id = ?2 AND sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL
             AND (claimed_until IS NULL OR claimed_until <= ?4 OR claimed_until > ?5)",
            params![facility, id, time::plus_min(now, CLAIM_MIN), now, claimed_at_most],
        )?;
        if claimed == 0 {
            continue;
        }
        let tries = row.get::<u32>("tries")? + 1;
        let useless_after: Option<Timestamp> = row.get("useless_after")?;
        let content = open(tx, id, &row.get::<Vec<u8>>("content_sealed")?);
        let letter = match content {
            _ if useless_after.is_some_and(|it| it <= now) => Err("too late"),
            // Claimed that often without any note: something in it ends the server.
            _ if tries > TRIES_MAX => Err("tries"),
            Ok(content) => Ok(Letter { id: id.to_string(), made_at: row.get("made_at")?, content }),
            // The facility's key was destroyed, and its letters with it.
            Err(error) => {
                tracing::error!(%error, letter = %id, "a letter does not open");
                Err("unreadable")
            }
        };
        match letter {
            Ok(letter) => taken.push(Claimed { facility, id, tries, letter }),
            Err(code) => {
                give_up(tx, facility, id, code, now)?;
                failed += 1;
            }
        }
    }
    Ok((taken, failed))
}

fn settle(tx: &mut Tx, claimed: &Claimed, outcome: &Outcome, now: Timestamp) -> Result<Settled> {
    let Claimed { facility, id, tries, .. } = claimed;
    match outcome {
        Outcome::Sent => {
            // Called back or not in the meantime: it is out, and the row says what is true.
            tx.exec(
                "UPDATE outbox SET sent_at = ?3, cancelled_at = NULL, claimed_until = NULL, last_error = NULL
                 WHERE facility_id = ?1 AND id = ?2",
                params![facility, id, now],
            )?;
            Ok(Settled::Sent)
        }
        Outcome::Later(code) | Outcome::Away(code) if *tries < TRIES_MAX => {
            tx.exec(
                "UPDATE outbox SET next_try_at = ?3, claimed_until = NULL, last_error = ?4 WHERE facility_id = ?1 AND id = ?2",
                params![facility, id, time::plus_min(now, pause_min(*tries)), code],
            )?;
            tracing::warn!(letter = %id, tries, code, "a letter is tried again later");
            Ok(Settled::Postponed)
        }
        Outcome::Later(code) | Outcome::Away(code) | Outcome::Refused(code) => {
            give_up(tx, *facility, *id, code, now)?;
            Ok(Settled::Failed)
        }
    }
}

fn give_up(tx: &mut Tx, facility: FacilityId, id: MailId, code: &str, now: Timestamp) -> Result<()> {
    tracing::error!(letter = %id, code, "a letter is given up");
    tx.exec(
        "UPDATE outbox SET failed_at = ?3, claimed_until = NULL, last_error = ?4
         WHERE facility_id = ?1 AND id = ?2 AND cancelled_at IS NULL",
        params![facility, id, now, code],
    )?;
    Ok(())
}

fn pause_min(tries: u32) -> i64 {
    let place = (tries as usize).saturating_sub(1).min(PAUSES_MIN.len() - 1);
    PAUSES_MIN[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tries_together_outlast_a_long_weekend() {
        let minutes: i64 = (1..TRIES_MAX).map(pause_min).sum();
        assert_eq!([pause_min(1), pause_min(2), pause_min(5), pause_min(6), pause_min(20)], [1, 2, 60, 240, 240]);
        assert!((64 * 60..=80 * 60).contains(&minutes), "{minutes}");
    }
}
