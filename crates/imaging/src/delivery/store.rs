//! Rows of deliveries.

use std::collections::HashMap;

use audit::Entry;
use blobs::{BlobId, Blobs, Stored};
use db::{Row, ToValue, Tx, params};
use kernel::{Ctx, Error, Result, RowId, Timestamp, clause};
use serde_json::json;

use super::{Outcome, Progress, Standing, Stuck, Trouble, Waiting};

/// Instances asked for at a time.
pub const BATCH_MAX: usize = 200;
/// Stuck instances told at a time.
pub const STUCK_MAX: usize = 200;

/// What waits longest, study by study in the order in which they began to arrive, and within a study as it arrived. At
/// most [`BATCH_MAX`]; studies that are `passed` over for now (Study Instance UIDs) do not hold up the others.
///
/// # Errors
/// Those of the database.
pub fn waiting(tx: &mut Tx<'_>, passed: &[String]) -> Result<Vec<Waiting>> {
    let mut values = vec![tx.facility()?.to_value()];
    values.extend(passed.iter().map(ToValue::to_value));
    let places: Vec<String> = (2..=values.len()).map(|it| format!("?{it}")).collect();
    let but = if places.is_empty() { String::new() } else { format!("AND study.uid NOT IN ({})", places.join(", ")) };
    let rows = tx.rows(
        &format!(
            "SELECT instance.id, instance.uid, instance.class_uid, instance.transfer_syntax, instance.blob_id,
             instance.sealed_key, instance.size_bytes, study.uid AS study_uid
             FROM instance
             JOIN series ON series.id = instance.series_id
             JOIN study ON study.id = series.study_id
             LEFT JOIN delivery ON delivery.facility_id = instance.facility_id AND delivery.uid = instance.uid
               AND delivery.digest = instance.blob_id
             WHERE instance.facility_id = ?1 AND delivery.uid IS NULL {but}
             ORDER BY study.first_at, study.id, instance.received_at, instance.id LIMIT {BATCH_MAX}"
        ),
        &values,
    )?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Waiting> {
    Ok(Waiting {
        id: row.get("id")?,
        class: row.get("class_uid")?,
        instance: row.get("uid")?,
        study: row.get("study_uid")?,
        transfer_syntax: row.get("transfer_syntax")?,
        stored: stored(row)?,
    })
}

fn stored(row: &Row) -> Result<Stored> {
    let size: i64 = row.get("size_bytes")?;
    Ok(Stored {
        blob: BlobId(row.get("blob_id")?),
        size_bytes: u64::try_from(size).map_err(Error::internal)?,
        sealed_key: row.get("sealed_key")?,
    })
}

/// Notes how deliveries to `server` ended, in one act. Something moves: whatever was in the way is over.
///
/// # Errors
/// Those of the database.
pub fn ended(tx: &mut Tx<'_>, ctx: &Ctx, server: &str, all: &[(Waiting, Outcome)]) -> Result<()> {
    clause!("TR-12", "TR-20");
    let facility = tx.facility()?;
    for (it, outcome) in all {
        let (reason, shown) = match outcome {
            Outcome::Delivered => (None, ""),
            Outcome::Refused(reason) => (Some(i64::from(*reason)), ""),
            Outcome::Differs(shown) => (None, shown.as_str()),
        };
        tx.exec(
            "INSERT INTO delivery (facility_id, uid, digest, class_uid, study_uid, outcome, reason, shown, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (facility_id, uid, digest) DO NOTHING",
            params![facility, it.instance, it.stored.blob.0, it.class, it.study, outcome.key(), reason, shown, ctx.now],
        )?;
        let entry = Entry::done("image.deliver", "instance", &it.instance).class("images").detail(json!({
            "server": server,
            "digest": it.stored.blob.to_string(),
            "outcome": outcome.key(),
            "reason": reason,
            "shown": shown,
        }));
        audit::append(tx, ctx, if *outcome == Outcome::Delivered { entry } else { entry.refused() })?;
    }
    tx.exec("DELETE FROM delivery_fault WHERE facility_id = ?1", params![facility]).map(drop)
}

/// Notes that a try moved nothing, and why. The first of its kind is an entry of the log.
///
/// # Errors
/// Those of the database.
pub fn faulted(tx: &mut Tx<'_>, ctx: &Ctx, fault: &str, detail: &str) -> Result<()> {
    let facility = tx.facility()?;
    let known = trouble(tx)?.is_some_and(|it| it.fault == fault);
    if known {
        tx.exec(
            "UPDATE delivery_fault SET detail = ?2, tries = tries + 1, at = ?3 WHERE facility_id = ?1",
            params![facility, detail, ctx.now],
        )?;
        return Ok(());
    }
    tx.exec("DELETE FROM delivery_fault WHERE facility_id = ?1", params![facility])?;
    tx.exec(
        "INSERT INTO delivery_fault (facility_id, fault, detail, tries, began_at, at) VALUES (?1, ?2, ?3, 1, ?4, ?4)",
        params![facility, fault, detail, ctx.now],
    )?;
    let entry = Entry::done("image.deliver", "facility", facility).class("images");
    audit::append(tx, ctx, entry.detail(json!({ "fault": fault, "detail": detail })).refused()).map(drop)
}

/// Notes that the server has let this gateway in while nothing waited: whatever was in the way is over.
///
/// # Errors
/// Those of the database.
pub fn welcomed(tx: &mut Tx<'_>, ctx: &Ctx, token_ends_at: Option<Timestamp>) -> Result<()> {
    clause!("TR-12");
    let facility = tx.facility()?;
    tx.exec("DELETE FROM delivery_welcome WHERE facility_id = ?1", params![facility])?;
    tx.exec(
        "INSERT INTO delivery_welcome (facility_id, at, token_ends_at) VALUES (?1, ?2, ?3)",
        params![facility, ctx.now, token_ends_at],
    )?;
    tx.exec("DELETE FROM delivery_fault WHERE facility_id = ?1", params![facility]).map(drop)
}

fn trouble(tx: &mut Tx<'_>) -> Result<Option<Trouble>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT fault, detail, tries, began_at, at FROM delivery_fault WHERE facility_id = ?1",
        params![facility],
    )?;
    let read = |row: Row| {
        Ok(Trouble {
            fault: row.get("fault")?,
            detail: row.get("detail")?,
            tries: row.get("tries")?,
            began_at: row.get("began_at")?,
            at: row.get("at")?,
        })
    };
    row.map(read).transpose()
}

/// How far the gateway is.
///
/// # Errors
/// Those of the database.
pub fn progress(tx: &mut Tx<'_>) -> Result<Progress> {
    let facility = tx.facility()?;
    let mut found = Progress { trouble: trouble(tx)?, ..Progress::default() };
    let count = |row: &Row| row.get::<i64>("count").map(|it| u64::try_from(it).unwrap_or(0));
    let waits = tx.row(
        "SELECT count(*) AS count, min(instance.received_at) AS oldest FROM instance
         LEFT JOIN delivery ON delivery.facility_id = instance.facility_id AND delivery.uid = instance.uid
           AND delivery.digest = instance.blob_id
         WHERE instance.facility_id = ?1 AND delivery.uid IS NULL",
        params![facility],
    )?;
    if let Some(row) = waits {
        (found.waiting, found.oldest_at) = (count(&row)?, row.get("oldest")?);
    }
    let arrived = tx.row(
        "SELECT count(*) AS count, max(at) AS newest FROM delivery WHERE facility_id = ?1 AND outcome = 'delivered'",
        params![facility],
    )?;
    if let Some(row) = arrived {
        (found.delivered, found.delivered_at) = (count(&row)?, row.get("newest")?);
    }
    let stuck: Option<i64> =
        tx.value("SELECT count(*) FROM delivery WHERE facility_id = ?1 AND outcome <> 'delivered'", params![facility])?;
    found.stuck = stuck.and_then(|it| u64::try_from(it).ok()).unwrap_or(0);
    let welcome = tx.row("SELECT at, token_ends_at FROM delivery_welcome WHERE facility_id = ?1", params![facility])?;
    if let Some(row) = welcome {
        (found.welcomed_at, found.token_ends_at) = (row.get("at")?, row.get("token_ends_at")?);
    }
    Ok(found)
}

/// What a person has to look at, the newest first; at most [`STUCK_MAX`].
///
/// # Errors
/// Those of the database.
pub fn stuck(tx: &mut Tx<'_>) -> Result<Vec<Stuck>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        &format!(
            "SELECT uid, digest, study_uid, reason, shown, at FROM delivery
             WHERE facility_id = ?1 AND outcome <> 'delivered' ORDER BY at DESC, uid LIMIT {STUCK_MAX}"
        ),
        params![facility],
    )?;
    let read = |row: &Row| {
        let (reason, shown): (Option<i64>, String) = (row.get("reason")?, row.get("shown")?);
        let outcome = match reason.and_then(|it| u16::try_from(it).ok()) {
            Some(reason) => Outcome::Refused(reason),
            None => Outcome::Differs(shown),
        };
        Ok(Stuck {
            instance: row.get("uid")?,
            study: row.get("study_uid")?,
            digest: BlobId(row.get("digest")?),
            outcome,
            at: row.get("at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Sends once more whatever did not arrive by itself: somebody has looked. How many.
///
/// # Errors
/// Those of the database.
pub fn retry(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<u64> {
    let facility = tx.facility()?;
    let count = tx.exec("DELETE FROM delivery WHERE facility_id = ?1 AND outcome <> 'delivered'", params![facility])?;
    let entry = Entry::done("image.redeliver", "facility", facility).class("images").detail(json!({ "count": count }));
    audit::append(tx, ctx, entry)?;
    Ok(count)
}

/// Where instances stand that a device asks about, by class and SOP Instance UID: what storage commitment answers for.
///
/// # Errors
/// Those of the database.
pub fn standing(tx: &mut Tx<'_>, asked: &[(String, String)]) -> Result<Vec<Standing>> {
    clause!("TR-20");
    let facility = tx.facility()?;
    let uids = || asked.iter().map(|it| it.1.clone());
    // The bytes that are here now are the ones that count; of what was let go of, those that were delivered.
    let mut here: HashMap<String, (String, Option<String>)> = HashMap::new();
    for row in tx.rows_among(
        "SELECT instance.uid, instance.class_uid, delivery.outcome FROM instance
         LEFT JOIN delivery ON delivery.facility_id = instance.facility_id AND delivery.uid = instance.uid
           AND delivery.digest = instance.blob_id
         WHERE instance.facility_id = ?1 AND instance.uid IN ({ids})",
        params![facility],
        uids(),
    )? {
        here.insert(row.get("uid")?, (row.get("class_uid")?, row.get("outcome")?));
    }
    let mut gone: HashMap<String, String> = HashMap::new();
    for row in tx.rows_among(
        "SELECT uid, class_uid FROM delivery WHERE facility_id = ?1 AND outcome = 'delivered' AND uid IN ({ids})",
        params![facility],
        uids(),
    )? {
        gone.insert(row.get("uid")?, row.get("class_uid")?);
    }
    let of = |(class, uid): &(String, String)| match here.get(uid) {
        Some((own, None)) if own == class => Standing::Waiting,
        Some((own, Some(outcome))) if own == class && outcome == "delivered" => Standing::Delivered,
        Some(_) => Standing::Failed,
        None if gone.get(uid) == Some(class) => Standing::Delivered,
        None => Standing::Failed,
    };
    Ok(asked.iter().map(of).collect())
}

/// Lets go of what the server has held since `before`: rows and bytes, but for the note that it was delivered. At most
/// `limit` at a time. How many.
///
/// # Errors
/// Those of the database.
pub fn let_go(tx: &mut Tx<'_>, blobs: &Blobs, before: Timestamp, limit: usize) -> Result<usize> {
    let facility = tx.facility()?;
    // As `intake::keep` does: first of all locks, so that no study goes while something arrives in it.
    tx.lock(&format!("intake/{facility}"))?;
    let rows = tx.rows(
        &format!(
            "SELECT instance.id, instance.series_id, series.study_id, instance.blob_id, instance.sealed_key,
             instance.size_bytes
             FROM delivery
             JOIN instance ON instance.facility_id = delivery.facility_id AND instance.uid = delivery.uid
               AND instance.blob_id = delivery.digest
             JOIN series ON series.id = instance.series_id
             WHERE delivery.facility_id = ?1 AND delivery.outcome = 'delivered' AND delivery.at < ?2
             ORDER BY delivery.at, instance.id LIMIT {limit}"
        ),
        params![facility, before],
    )?;
    for row in &rows {
        let (id, series, study): (RowId, RowId, RowId) = (row.get("id")?, row.get("series_id")?, row.get("study_id")?);
        for sql in [
            "DELETE FROM instance_header WHERE facility_id = ?1 AND instance_id = ?2",
            "DELETE FROM instance WHERE facility_id = ?1 AND id = ?2",
        ] {
            tx.exec(sql, params![facility, id])?;
        }
        tx.exec(
            "UPDATE series SET instance_count = instance_count - 1 WHERE facility_id = ?1 AND id = ?2",
            params![facility, series],
        )?;
        tx.exec(
            "UPDATE study SET instance_count = instance_count - 1 WHERE facility_id = ?1 AND id = ?2",
            params![facility, study],
        )?;
        let stored = stored(row)?;
        let blobs = blobs.clone();
        tx.on_commit(move || {
            // What cannot be removed now is swept later.
            let _ = blobs.remove(facility, &stored);
        });
    }
    if !rows.is_empty() {
        for sql in [
            "DELETE FROM series WHERE facility_id = ?1 AND instance_count = 0",
            "DELETE FROM study_mark WHERE facility_id = ?1
             AND study_id IN (SELECT id FROM study WHERE facility_id = ?1 AND instance_count = 0)",
            "DELETE FROM study WHERE facility_id = ?1 AND instance_count = 0",
        ] {
            tx.exec(sql, params![facility])?;
        }
    }
    Ok(rows.len())
}
