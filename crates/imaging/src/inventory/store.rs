//! Comparing part by part, what was found, and how far a round has come.

use blobs::{BlobId, Blobs, Stored};
use db::{Db, Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, Result, RowId, Timestamp, clause, time};
use people::access::{Access, Act, Class};
use serde_json::json;
use web::Site;

use super::{EVERY_DAYS, Fault, Logged, bytes, judge};
use crate::intake::Arrived;

/// Images of one part at most.
const PART_IMAGES: usize = 64;
/// Bytes of one part, of which the first image may have more.
const PART_BYTES: u64 = 256 * 1024 * 1024;
/// The log's act of an arrival.
const ARRIVAL: &str = "image.receive";

/// An image as its row names it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    id: String,
    uid: String,
    pub(super) transfer_syntax: String,
    pub(super) stored: Stored,
    logged: Logged,
}

/// How far a comparison of all images is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Behind this row.
    Images(String),
    /// All images were compared; the log's arrivals before this entry are not yet.
    Log(Option<u64>),
    /// All.
    Ended,
}

/// A comparison of all images of a facility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Since when.
    pub begun_at: Timestamp,
    /// How far.
    pub place: Place,
    /// Images compared.
    pub checked: i64,
    /// Until when.
    pub ended_at: Option<Timestamp>,
}

impl Round {
    /// One that begins.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { begun_at: now, place: Place::Images(String::new()), checked: 0, ended_at: None }
    }
}

/// What was found of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// SOP Instance UID.
    pub uid: String,
    /// What is wrong; nothing when it is whole.
    pub fault: Option<Fault>,
}

/// An image that is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faulty {
    /// SOP Instance UID.
    pub uid: String,
    /// What is wrong.
    pub fault: Fault,
    /// Since when it is known.
    pub found_at: Timestamp,
    /// Its study, where it is in the list.
    pub study: Option<String>,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct View {
    /// Those that are not whole.
    pub faulty: Vec<Faulty>,
    /// The newest round.
    pub round: Option<Round>,
}

/// Compares the next part of `round`, and keeps what was found.
///
/// # Errors
/// The database's and the disk's; nothing was kept then.
pub async fn step(db: &Db, blobs: &Blobs, ctx: &Ctx, round: &mut Round) -> Result<Vec<Found>> {
    let facility = ctx.facility()?;
    match round.place.clone() {
        Place::Images(after) => {
            let rows = db.read(Some(facility), move |tx| listed(tx, &after)).await?;
            let Some(last) = rows.last().map(|it| it.id.clone()) else {
                round.place = Place::Log(None);
                return Ok(vec![]);
            };
            let count = rows.len();
            let found = compare(db, blobs, ctx, rows).await?;
            round.place = Place::Images(last);
            round.checked += i64::try_from(count).map_err(Error::internal)?;
            Ok(found)
        }
        Place::Log(before) => {
            let (found, before) = db.read(Some(facility), move |tx| arrivals(tx, before)).await?;
            keep(db, ctx, found.clone()).await?;
            round.place = if before.is_none() { Place::Ended } else { Place::Log(before) };
            round.ended_at = before.is_none().then_some(ctx.now);
            Ok(found)
        }
        Place::Ended => Ok(vec![]),
    }
}

async fn compare(db: &Db, blobs: &Blobs, ctx: &Ctx, rows: Vec<Listed>) -> Result<Vec<Found>> {
    let facility = ctx.facility()?;
    let key = db.read(Some(facility), |tx| tx.key()).await?;
    let blobs = blobs.clone();
    let work = move || {
        let look = |it: &Listed| {
            let held = bytes::held(&blobs, facility, &key, it)?;
            Ok(Found { uid: it.uid.clone(), fault: judge(&it.uid, it.stored.blob, &held, &it.logged) })
        };
        rows.iter().map(look).collect::<Result<Vec<_>>>()
    };
    let found = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
    keep(db, ctx, found.clone()).await?;
    Ok(found)
}

/// The next images, with what the log says of each.
fn listed(tx: &mut Tx<'_>, after: &str) -> Result<Vec<Listed>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        &format!("SELECT {COLUMNS} FROM instance WHERE facility_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"),
        params![facility, after, PART_IMAGES],
    )?;
    let (mut all, mut size) = (Vec::new(), 0);
    for row in &rows {
        let it = read(tx, row)?;
        size += it.stored.size_bytes;
        if size > PART_BYTES && !all.is_empty() {
            break;
        }
        all.push(it);
    }
    Ok(all)
}

const COLUMNS: &str = "id, uid, transfer_syntax, blob_id, sealed_key, size_bytes, log_index";

fn one(tx: &mut Tx<'_>, uid: &str) -> Result<Option<Listed>> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} FROM instance WHERE facility_id = ?1 AND uid = ?2");
    tx.row(&sql, params![facility, uid])?.map(|row| read(tx, &row)).transpose()
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Listed> {
    let (size, index): (i64, Option<i64>) = (row.get("size_bytes")?, row.get("log_index")?);
    let id: RowId = row.get("id")?;
    Ok(Listed {
        id: id.to_string(),
        uid: row.get("uid")?,
        transfer_syntax: row.get("transfer_syntax")?,
        stored: Stored {
            blob: BlobId(row.get("blob_id")?),
            size_bytes: u64::try_from(size).map_err(Error::internal)?,
            sealed_key: row.get("sealed_key")?,
        },
        logged: match index {
            Some(index) => logged(tx, u64::try_from(index).map_err(Error::internal)?)?,
            None => Logged::Nothing,
        },
    })
}

/// What the log says at this place.
fn logged(tx: &mut Tx<'_>, index: u64) -> Result<Logged> {
    let query = audit::Query { before_index: Some(index + 1), limit: 1, ..audit::Query::default() };
    let entry = audit::search(tx, &query)?.into_iter().next();
    Ok(match entry.filter(|it| it.index == index && it.act == ARRIVAL) {
        None => Logged::Nothing,
        Some(it) => arrival(&it),
    })
}

fn arrival(entry: &audit::Found) -> Logged {
    let Some(detail) = &entry.detail else { return Logged::Shredded };
    let digest = detail["digest"].as_str().and_then(|it| it.parse().ok());
    match (detail["outcome"].as_str(), digest) {
        (Some("stored"), Some(digest)) => Logged::Arrival { instance: entry.thing_id.clone(), digest },
        _ => Logged::Nothing,
    }
}

/// What the log says that arrived, the newest first, and whether the list has it; the place behind it, if there is more.
fn arrivals(tx: &mut Tx<'_>, before: Option<u64>) -> Result<(Vec<Found>, Option<u64>)> {
    let facility = tx.facility()?;
    let entries = audit::search(
        tx,
        &audit::Query { act: Some(ARRIVAL.into()), before_index: before, ..audit::Query::default() },
    )?;
    let mut found = Vec::new();
    for entry in &entries {
        let Logged::Arrival { instance, digest } = arrival(entry) else { continue };
        // A gateway lets go of what the server has, and keeps the note that it was delivered.
        let here = tx.row(
            "SELECT uid FROM instance WHERE facility_id = ?1 AND uid = ?2
             UNION ALL SELECT uid FROM delivery WHERE facility_id = ?1 AND uid = ?2 AND digest = ?3 AND outcome = 'delivered'
             LIMIT 1",
            params![facility, instance, digest.0],
        )?;
        if here.is_none() {
            found.push(Found { uid: instance, fault: Some(Fault::Unlisted) });
        }
    }
    Ok((found, entries.last().map(|it| it.index).filter(|it| *it > 0)))
}

/// Keeps what was found; an entry where something is new.
async fn keep(db: &Db, ctx: &Ctx, found: Vec<Found>) -> Result<()> {
    let facility = ctx.facility()?;
    let known = db.read(Some(facility), faulty).await?;
    let of = |uid: &str| known.iter().find(|it| it.uid == uid).map(|it| it.fault);
    let new: Vec<Found> = found.into_iter().filter(|it| of(&it.uid) != it.fault).collect();
    if new.is_empty() {
        return Ok(());
    }
    let own = ctx.clone();
    db.write(Some(facility), move |tx| note(tx, &own, &new)).await
}

fn note(tx: &mut Tx<'_>, ctx: &Ctx, found: &[Found]) -> Result<()> {
    clause!("TR-12");
    let facility = tx.facility()?;
    for it in found {
        tx.exec("DELETE FROM image_fault WHERE facility_id = ?1 AND uid = ?2", params![facility, it.uid])?;
        let Some(fault) = it.fault else { continue };
        tx.exec(
            "INSERT INTO image_fault (facility_id, uid, fault, found_at) VALUES (?1, ?2, ?3, ?4)",
            params![facility, it.uid, fault.key(), ctx.now],
        )?;
    }
    let all: Vec<_> = found.iter().map(|it| json!({ "instance": it.uid, "fault": it.fault.map(Fault::key) })).collect();
    let entry = audit::Entry::done("image.verify", "instances", "").class("images").detail(json!({ "found": all }));
    let broken = found.iter().any(|it| it.fault.is_some());
    audit::append(tx, ctx, if broken { entry.refused() } else { entry }).map(drop)
}

/// The images that are not whole. They name nobody: no entry.
///
/// # Errors
/// The database's.
pub(super) fn faulty(tx: &mut Tx<'_>) -> Result<Vec<Faulty>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT f.uid, f.fault, f.found_at, s.uid AS study FROM image_fault f
         LEFT JOIN instance i ON i.facility_id = f.facility_id AND i.uid = f.uid
         LEFT JOIN series r ON r.id = i.series_id
         LEFT JOIN study s ON s.id = r.study_id
         WHERE f.facility_id = ?1 ORDER BY f.found_at, f.uid",
        params![facility],
    )?;
    let read = |row: &Row| {
        let fault: String = row.get("fault")?;
        Ok(Faulty {
            uid: row.get("uid")?,
            fault: Fault::from_key(&fault).ok_or_else(|| Error::internal("no such fault"))?,
            found_at: row.get("found_at")?,
            study: row.get("study")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The images that are not whole, and how far the comparison is.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<View> {
    Access::new("image_faults.view", Act::View, Class::Administration).on("image_faults", "").require(tx, ctx)?;
    Ok(View { faulty: faulty(tx)?, round: round(tx)? })
}

/// Compares those that were found once more, at once.
///
/// # Errors
/// `Forbidden` without the right to administer; the database's and the disk's.
pub async fn again(site: &Site, ctx: &Ctx) -> Result<()> {
    let rows = site
        .write(ctx, |tx, ctx| {
            Access::new("image_faults.verify", Act::Write, Class::Administration)
                .on("image_faults", "")
                .require(tx, ctx)?;
            faulty(tx)?.iter().map(|it| one(tx, &it.uid)).collect::<Result<Vec<_>>>()
        })
        .await?;
    // What is not in the list has no bytes to be compared; it is settled when it arrives again.
    compare(&site.db, &site.blobs, ctx, rows.into_iter().flatten().collect()).await.map(drop)
}

/// Whether this image is known not to be whole.
///
/// # Errors
/// The database's.
pub(crate) fn is_faulty(tx: &mut Tx<'_>, uid: &str) -> Result<bool> {
    let facility = tx.facility()?;
    let sql = "SELECT uid FROM image_fault WHERE facility_id = ?1 AND uid = ?2";
    Ok(tx.row(sql, params![facility, uid])?.is_some())
}

/// Puts the bytes that arrived again in the place of an image that is not whole, if they are those that the log knows.
/// Whether it was so.
///
/// # Errors
/// The database's.
pub(crate) fn mend(tx: &mut Tx<'_>, arrived: &Arrived) -> Result<bool> {
    clause!("TR-12");
    let (facility, uid) = (tx.facility()?, arrived.header.instance.as_str());
    let Some(it) = one(tx, uid)? else { return Ok(false) };
    let same = Logged::Arrival { instance: uid.to_owned(), digest: arrived.stored.blob };
    if it.logged != same || it.transfer_syntax != arrived.transfer_syntax {
        return Ok(false);
    }
    tx.exec(
        "UPDATE instance SET blob_id = ?3, sealed_key = ?4, size_bytes = ?5 WHERE facility_id = ?1 AND uid = ?2",
        params![
            facility,
            uid,
            arrived.stored.blob.0,
            arrived.stored.sealed_key,
            i64::try_from(arrived.stored.size_bytes).map_err(Error::internal)?
        ],
    )?;
    settle(tx, uid)?;
    Ok(true)
}

/// The image is whole again.
///
/// # Errors
/// The database's.
pub(crate) fn settle(tx: &mut Tx<'_>, uid: &str) -> Result<()> {
    let facility = tx.facility()?;
    tx.exec("DELETE FROM image_fault WHERE facility_id = ?1 AND uid = ?2", params![facility, uid])?;
    Ok(())
}

/// Goes on with the comparison of every facility: a part of it, or a new one when the last began a week ago. The images that
/// were found not to be whole, for whoever runs the server.
///
/// # Errors
/// The database's and the disk's.
pub async fn sweep(site: &Site) -> Result<Vec<(FacilityId, String, Fault)>> {
    let (job, mut bad) = (site.job("inventory"), Vec::new());
    for facility in site.db.read(None, people::facility::store::all).await? {
        let ctx = job.at(facility.id);
        let before = site.db.read(ctx.facility, round).await?;
        let due = time::plus_min(ctx.now, -EVERY_DAYS * 24 * 60);
        let mut now = match before {
            Some(it) if it.place != Place::Ended || it.begun_at > due => it,
            _ => Round::new(ctx.now),
        };
        if now.place != Place::Ended {
            let found = step(&site.db, &site.blobs, &ctx, &mut now).await?;
            bad.extend(found.into_iter().filter_map(|it| Some((facility.id, it.uid, it.fault?))));
            site.db.write(ctx.facility, move |tx| put(tx, &now)).await?;
        }
    }
    Ok(bad)
}

fn round(tx: &mut Tx<'_>) -> Result<Option<Round>> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM image_round WHERE facility_id = ?1", params![facility])?;
    let read = |row: Row| {
        let (part, before): (String, Option<i64>) = (row.get("part")?, row.get("before_entry")?);
        let place = match part.as_str() {
            "images" => Place::Images(row.get("after_id")?),
            "log" => Place::Log(before.map(u64::try_from).transpose().map_err(Error::internal)?),
            _ => Place::Ended,
        };
        Ok(Round {
            begun_at: row.get("begun_at")?,
            place,
            checked: row.get("checked")?,
            ended_at: row.get("ended_at")?,
        })
    };
    row.map(read).transpose()
}

fn put(tx: &mut Tx<'_>, it: &Round) -> Result<()> {
    let facility = tx.facility()?;
    let (part, after, before) = match &it.place {
        Place::Images(after) => ("images", after.as_str(), None),
        Place::Log(before) => ("log", "", before.map(i64::try_from).transpose().map_err(Error::internal)?),
        Place::Ended => ("ended", "", None),
    };
    tx.exec(
        "INSERT INTO image_round (facility_id, begun_at, part, after_id, before_entry, checked, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (facility_id) DO UPDATE SET begun_at = excluded.begun_at, part = excluded.part,
         after_id = excluded.after_id, before_entry = excluded.before_entry, checked = excluded.checked,
         ended_at = excluded.ended_at",
        params![facility, it.begun_at, part, after, before, it.checked, it.ended_at],
    )?;
    Ok(())
}
