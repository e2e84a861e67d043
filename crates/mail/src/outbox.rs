//! The rows of the outbox, as acts of the caller see them.

use db::{Tx, params};
use kernel::{Ctx, Error, Result, RowId, Timestamp, limits};

use crate::message::Content;
use crate::{About, Message, To};

/// The id of a letter.
pub type MailId = RowId;

/// A letter that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its id.
    pub id: MailId,
    /// Where it should have gone.
    pub to: To,
    /// Its subject.
    pub subject: String,
    /// The noun that it is about.
    pub about_kind: String,
    /// That noun's id.
    pub about_id: String,
    /// Tries made.
    pub tries: u32,
    /// Short code of the last try.
    pub last_error: String,
    /// When it was given up.
    pub failed_at: Timestamp,
}

impl Failed {
    /// Whether the carrier will never take it, as against one that was away for too long.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.last_error.as_str(), "smtp 550" | "smtp 551" | "smtp 553")
    }
}

/// A letter that should be out by now and is not: its carrier is away, or takes it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Its id.
    pub id: MailId,
    /// Where it should go.
    pub to: To,
    /// Its subject.
    pub subject: String,
    /// The noun that it is about.
    pub about_kind: String,
    /// That noun's id.
    pub about_id: String,
    /// When it should have gone out.
    pub due_at: Timestamp,
}

/// Minutes after which a letter without any note counts as late: the worker looks every second.
const LATE_MIN: i64 = 10;

/// How the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overview {
    /// Letters whose time has come and that are not out yet. Many of them mean that the mail server is away.
    pub waiting: i64,
    /// Those among them that a carrier has not taken, or that nobody has looked at for ten minutes.
    pub late: i64,
    /// Letters given up.
    pub failed: i64,
}

/// Puts `message` into the outbox of this act: it is sent if and only if the act is kept.
///
/// # Errors
/// `Limit` for a text that carriers would cut; those of [`Tx::exec`].
pub fn enqueue(tx: &mut Tx, ctx: &Ctx, message: &Message) -> Result<MailId> {
    let facility = ctx.facility()?;
    let id = MailId::new(ctx);
    let content = serde_json::to_string(&message.content()?).map_err(Error::internal)?;
    let sealed = tx.seal("outbox.content", id, &content)?;
    let channel = match message.to {
        To::Mail(_) => "mail",
        To::Sms(_) => "sms",
    };
    tx.exec(
        "INSERT INTO outbox (facility_id, id, channel, content_sealed, about_kind, about_id, made_at, due_at, useless_after,
                             tries, next_try_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?8)",
        params![
            facility,
            id,
            channel,
            sealed,
            message.about.kind,
            message.about.id,
            ctx.now,
            message.due_at,
            message.useless_after
        ],
    )?;
    Ok(id)
}

/// Calls back all letters about a thing that are not out yet. One that a worker has in hand at this moment may still
/// go out; it is then noted as sent. The number of letters called back.
///
/// # Errors
/// Those of [`Tx::exec`].
pub fn cancel_about(tx: &mut Tx, ctx: &Ctx, about: &About) -> Result<u64> {
    tx.exec(
        "UPDATE outbox SET cancelled_at = ?4
         WHERE facility_id = ?1 AND about_kind = ?2 AND about_id = ?3
         AND sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL",
        params![ctx.facility()?, about.kind, about.id, ctx.now],
    )
}

/// Letters given up, the newest first, one page of them.
///
/// # Errors
/// Those of [`Tx::rows`].
pub fn failed(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Failed>> {
    let rows = tx.rows(
        "SELECT id, content_sealed, about_kind, about_id, tries, last_error, failed_at FROM outbox
         WHERE facility_id = ?1 AND failed_at IS NOT NULL ORDER BY failed_at DESC, id LIMIT ?2",
        params![ctx.facility()?, limits::LIST_ROWS_MAX],
    )?;
    rows.iter()
        .map(|row| {
            let id: MailId = row.get("id")?;
            let content = open(tx, id, &row.get::<Vec<u8>>("content_sealed")?)?;
            Ok(Failed {
                id,
                to: content.to,
                subject: content.subject,
                about_kind: row.get("about_kind")?,
                about_id: row.get("about_id")?,
                tries: row.get("tries")?,
                last_error: row.get::<Option<String>>("last_error")?.unwrap_or_default(),
                failed_at: row.get("failed_at")?,
            })
        })
        .collect()
}

/// Letters that are late, the oldest first, one page of them.
///
/// # Errors
/// Those of [`Tx::rows`].
pub fn late(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Late>> {
    let rows = tx.rows(
        "SELECT id, content_sealed, about_kind, about_id, due_at FROM outbox
         WHERE facility_id = ?1 AND due_at <= ?2 AND (last_error IS NOT NULL OR due_at <= ?3)
         AND sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL ORDER BY due_at, id LIMIT ?4",
        params![ctx.facility()?, ctx.now, kernel::time::plus_min(ctx.now, -LATE_MIN), limits::LIST_ROWS_MAX],
    )?;
    rows.iter()
        .map(|row| {
            let id: MailId = row.get("id")?;
            let content = open(tx, id, &row.get::<Vec<u8>>("content_sealed")?)?;
            Ok(Late {
                id,
                to: content.to,
                subject: content.subject,
                about_kind: row.get("about_kind")?,
                about_id: row.get("about_id")?,
                due_at: row.get("due_at")?,
            })
        })
        .collect()
}

/// Closes a letter that did not arrive: somebody has told the person otherwise. Whether there was such a letter.
///
/// # Errors
/// Those of [`Tx::exec`].
pub fn told_otherwise(tx: &mut Tx, ctx: &Ctx, id: MailId) -> Result<bool> {
    let count = tx.exec(
        "UPDATE outbox SET failed_at = NULL, cancelled_at = ?3 WHERE facility_id = ?1 AND id = ?2
         AND sent_at IS NULL AND cancelled_at IS NULL",
        params![ctx.facility()?, id, ctx.now],
    )?;
    Ok(count == 1)
}

/// Tries a letter again that was given up, from the first try on. A time from which it would be useless stays.
/// Whether there was such a letter.
///
/// # Errors
/// Those of [`Tx::exec`].
pub fn retry(tx: &mut Tx, ctx: &Ctx, id: MailId) -> Result<bool> {
    let count = tx.exec(
        "UPDATE outbox SET failed_at = NULL, tries = 0, next_try_at = ?3, claimed_until = NULL
         WHERE facility_id = ?1 AND id = ?2 AND failed_at IS NOT NULL",
        params![ctx.facility()?, id, ctx.now],
    )?;
    Ok(count == 1)
}

/// How the outbox of this facility stands, for the day page.
///
/// # Errors
/// Those of [`Tx::rows`].
pub fn overview(tx: &mut Tx, ctx: &Ctx) -> Result<Overview> {
    let facility = ctx.facility()?;
    let waiting = tx.value(
        "SELECT count(*) FROM outbox WHERE facility_id = ?1 AND due_at <= ?2
         AND sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL",
        params![facility, ctx.now],
    )?;
    let late = tx.value(
        "SELECT count(*) FROM outbox WHERE facility_id = ?1 AND due_at <= ?2 AND (last_error IS NOT NULL OR due_at <= ?3)
         AND sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL",
        params![facility, ctx.now, kernel::time::plus_min(ctx.now, -LATE_MIN)],
    )?;
    let failed =
        tx.value("SELECT count(*) FROM outbox WHERE facility_id = ?1 AND failed_at IS NOT NULL", params![facility])?;
    Ok(Overview { waiting: waiting.unwrap_or(0), late: late.unwrap_or(0), failed: failed.unwrap_or(0) })
}

/// Days that letters are kept after their end: a patient who asks at the next visit of the quarter why no reminder came
/// gets an answer.
pub const LETTER_DAYS: i64 = 90;

/// The letters to `to` that its carrier refused for good, the newest first: the address is wrong or its mailbox is gone, and somebody has to telephone.
///
/// # Errors
/// Those of [`Tx::rows`].
pub fn refused(tx: &mut Tx, ctx: &Ctx, to: &To) -> Result<Vec<Failed>> {
    let all = failed(tx, ctx)?;
    Ok(all.into_iter().filter(|it| it.to == *to && it.is_refused()).collect())
}

/// Deletes letters that were sent, called back or given up before `before`: they hold links and names, and the acts that
/// they told of have records of their own. The number deleted.
///
/// # Errors
/// Those of [`Tx::exec`].
pub fn forget(tx: &mut Tx, ctx: &Ctx, before: Timestamp) -> Result<u64> {
    tx.exec(
        "DELETE FROM outbox WHERE facility_id = ?1 AND (sent_at < ?2 OR cancelled_at < ?2 OR failed_at < ?2)",
        params![ctx.facility()?, before],
    )
}

/// The content of a row of the act's facility.
pub(crate) fn open(tx: &mut Tx, id: MailId, sealed: &[u8]) -> Result<Content> {
    serde_json::from_str(&tx.open("outbox.content", id, sealed)?).map_err(Error::internal)
}
