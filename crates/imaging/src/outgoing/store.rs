//! Outgoing reports in rows: what a signature sends out, what is to be written, what is to be sent, how it went.

use std::collections::BTreeMap;

use audit::Entry;
use db::{Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, Result, RowId, Timestamp, clause, time};
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::facility::{self, Facility};
use serde_json::json;

use super::{Kind, Object, Outcome, pause_min};
use crate::instance::Uid;
use crate::report::{ReportId, Version};
use crate::request::store::{self as requests, Desk};
use crate::request::{Request, RequestId};
use crate::station::{self, Destination};
use crate::study::Claims;

/// Objects written, and sendings made, in one round at most.
const ROUND_MAX: i64 = 50;
/// A time further ahead than any pause was written by a clock that has been set back since.
const AHEAD_MIN: i64 = 361;
/// Stations of one facility that take reports at most.
const STATIONS_MAX: i64 = 20;

/// Notes what a signed version sends out: in the act of signing, at the facility that asked, whose entry the caller makes.
///
/// # Errors
/// The database's.
pub fn prepare(tx: &mut Tx<'_>, ctx: &Ctx, asker: FacilityId, request: RequestId, report: ReportId) -> Result<()> {
    clause!("TR-10");
    tx.at_other(asker, |tx| {
        for kind in Kind::ALL {
            tx.exec(
                "INSERT INTO report_object (id, facility_id, request_id, report_id, kind, asked_at, tries, next_try_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?6)",
                params![RowId::new(ctx), asker, request, report, kind.key(), ctx.now],
            )?;
        }
        route(tx, ctx, request)
    })
}

/// Notes a sending of every object of a request for every station that takes reports and has none.
fn route(tx: &mut Tx<'_>, ctx: &Ctx, request: RequestId) -> Result<()> {
    let facility = tx.facility()?;
    let stations = tx.rows(
        "SELECT id FROM station WHERE facility_id = ?1 AND takes_reports = 1 AND port IS NOT NULL AND ended_at IS NULL
         ORDER BY id LIMIT ?2",
        params![facility, STATIONS_MAX],
    )?;
    for object in objects(tx, request)? {
        for station in &stations {
            let station: RowId = station.get("id")?;
            tx.exec(
                "INSERT INTO outgoing (id, facility_id, object_id, station_id, tries, next_try_at)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT DO NOTHING",
                params![RowId::new(ctx), facility, object.id, station, ctx.now],
            )?;
        }
    }
    Ok(())
}

fn object(row: &Row) -> Result<Object> {
    let kind: String = row.get("kind")?;
    Ok(Object {
        id: row.get("id")?,
        kind: Kind::from_key(&kind).ok_or_else(|| Error::internal("a kind of object that nobody knows"))?,
        report: row.get("report_id")?,
        request: row.get("request_id")?,
        kept_at: row.get("kept_at")?,
    })
}

fn objects(tx: &mut Tx<'_>, request: RequestId) -> Result<Vec<Object>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT id, request_id, report_id, kind, kept_at FROM report_object WHERE facility_id = ?1 AND request_id = ?2
         ORDER BY asked_at DESC, kind LIMIT 400",
        params![facility, request],
    )?
    .iter()
    .map(object)
    .collect()
}

/// Objects that are to be written now, of all facilities.
///
/// # Errors
/// The database's.
pub fn unwritten(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(FacilityId, RowId)>> {
    let rows = tx.rows(
        "SELECT facility_id, id FROM report_object WHERE kept_at IS NULL AND (next_try_at <= ?1 OR next_try_at > ?3)
         ORDER BY next_try_at, id LIMIT ?2",
        params![now, ROUND_MAX, time::plus_min(now, AHEAD_MIN)],
    )?;
    rows.iter().map(|row| Ok((row.get("facility_id")?, row.get("id")?))).collect()
}

/// The study beside whose pictures a report is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Study Instance UID.
    pub uid: String,
    /// `YYYY-MM-DD`, or empty.
    pub date: String,
    /// As written.
    pub time: String,
    /// What the device says.
    pub claims: Claims,
}

/// A picture that a finding names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Class UID.
    pub class: String,
    /// SOP Instance UID.
    pub uid: String,
}

/// Everything that an object is written from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The object.
    pub object: Object,
    /// The request.
    pub desk: Desk,
    /// The signed version.
    pub version: Version,
    /// The facility that has read.
    pub reads: Facility,
    /// The study that was read.
    pub study: About,
    /// The pictures that its findings name, by what they call them.
    pub pictures: BTreeMap<String, Picture>,
    /// The same object of the version before.
    pub before: Option<Uid>,
}

/// What the object `id` of this facility is written from.
///
/// # Errors
/// `NotFound` for no such object; `Internal` for a request without images.
pub fn source(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<Source> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT id, request_id, report_id, kind, kept_at FROM report_object WHERE facility_id = ?1 AND id = ?2",
        params![facility, id],
    )?;
    let object = object(&row.ok_or_else(|| Error::not_found("outgoing object"))?)?;
    let desk = requests::desk(tx, ctx, object.request)?;
    let versions = crate::report::store::versions(tx, object.request)?;
    let place = versions.iter().position(|it| it.signed.id == object.report);
    let place = place.ok_or_else(|| Error::internal("an object without its version"))?;
    let earlier: Vec<ReportId> = versions[place + 1..].iter().map(|it| it.signed.id).collect();
    let siblings = objects(tx, object.request)?;
    let before = earlier
        .first()
        .and_then(|report| siblings.iter().find(|it| it.report == *report && it.kind == object.kind).map(Object::uid));
    let version = versions[place].clone();
    let mut pictures = BTreeMap::new();
    for it in version.signed.content.findings.iter().filter(|it| !it.image.is_empty()) {
        if let Some(found) = picture(tx, object.request, &it.image)? {
            pictures.insert(it.image.clone(), found);
        }
    }
    let reads = facility::store::get(tx, desk.request.partner)?;
    let study = about(tx, &desk)?;
    Ok(Source { object, desk, version, reads, study, pictures, before })
}

fn about(tx: &mut Tx<'_>, desk: &Desk) -> Result<About> {
    let first = desk.studies.iter().find(|it| !it.is_prior).or(desk.studies.first());
    about_study(tx, first.ok_or_else(|| Error::internal("a request without images"))?.id)
}

/// What a study says of itself and its patient, without check or entry.
pub(crate) fn about_study(tx: &mut Tx<'_>, id: RowId) -> Result<About> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT uid, claims, study_date, study_time FROM study WHERE facility_id = ?1 AND id = ?2",
        params![facility, id],
    )?;
    let row = row.ok_or_else(|| Error::internal("an object without its study"))?;
    let sealed: Vec<u8> = row.get("claims")?;
    Ok(About {
        uid: row.get("uid")?,
        date: row.get("study_date")?,
        time: row.get("study_time")?,
        claims: serde_json::from_str(&tx.open("study.claims", id, &sealed)?).map_err(Error::internal)?,
    })
}

/// The picture of a request that is called `named` (series-number), when there is exactly one.
fn picture(tx: &mut Tx<'_>, request: RequestId, named: &str) -> Result<Option<Picture>> {
    let facility = tx.facility()?;
    let numbers = named
        .trim()
        .split_once('-')
        .and_then(|(series, number)| Some((series.trim().parse::<i32>().ok()?, number.trim().parse::<i32>().ok()?)));
    let Some((series, number)) = numbers else { return Ok(None) };
    let rows = tx.rows(
        "SELECT s.uid AS study_uid, r.uid AS series_uid, i.class_uid, i.uid FROM reading_request_study a
         JOIN study s ON s.id = a.study_id JOIN series r ON r.study_id = s.id JOIN instance i ON i.series_id = r.id
         WHERE a.facility_id = ?1 AND s.facility_id = ?1 AND r.facility_id = ?1 AND i.facility_id = ?1
         AND a.request_id = ?2 AND a.is_prior = 0 AND r.number = ?3 AND i.number = ?4 LIMIT 2",
        params![facility, request, series, number],
    )?;
    // Two of the same number: nobody knows which was meant.
    let [row] = rows.as_slice() else { return Ok(None) };
    Ok(Some(Picture {
        study: row.get("study_uid")?,
        series: row.get("series_uid")?,
        class: row.get("class_uid")?,
        uid: row.get("uid")?,
    }))
}

/// Notes that the object lies among the images of its study.
///
/// # Errors
/// `Internal` when it does not.
pub fn kept(tx: &mut Tx<'_>, ctx: &Ctx, object: &Object) -> Result<()> {
    let facility = tx.facility()?;
    let there: Option<i64> = tx.value(
        "SELECT count(*) FROM instance WHERE facility_id = ?1 AND uid = ?2",
        params![facility, object.uid().as_str()],
    )?;
    if there.unwrap_or(0) == 0 {
        return Err(Error::internal("an outgoing object was not kept"));
    }
    tx.exec(
        "UPDATE report_object SET kept_at = ?3 WHERE facility_id = ?1 AND id = ?2 AND kept_at IS NULL",
        params![facility, object.id, ctx.now],
    )?;
    Ok(())
}

/// Notes that the object could not be written; it is tried again.
///
/// # Errors
/// The database's.
pub fn postpone(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    let facility = tx.facility()?;
    let tries: Option<u32> =
        tx.value("SELECT tries FROM report_object WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    let tries = tries.unwrap_or(0) + 1;
    tx.exec(
        "UPDATE report_object SET tries = ?3, next_try_at = ?4 WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, tries, time::plus_min(ctx.now, pause_min(tries))],
    )?;
    Ok(())
}

/// What is to be sent to one station now.
#[derive(Debug, Clone)]
pub struct Due {
    /// Whose.
    pub facility: FacilityId,
    /// Where to.
    pub station: Destination,
    /// Rows with the objects' identifiers.
    pub sendings: Vec<(RowId, Uid)>,
}

/// What is to be sent now, of all facilities, station by station.
///
/// # Errors
/// The database's.
pub fn due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Due>> {
    let rows = tx.rows(
        "SELECT o.facility_id, o.id AS outgoing_id, o.station_id, s.title, s.host, s.port, s.certificate, b.id, b.request_id, b.report_id,
         b.kind, b.kept_at
         FROM outgoing o JOIN report_object b ON b.facility_id = o.facility_id AND b.id = o.object_id
         JOIN station s ON s.facility_id = o.facility_id AND s.id = o.station_id
         WHERE o.stored_at IS NULL AND (o.next_try_at <= ?1 OR o.next_try_at > ?3) AND b.kept_at IS NOT NULL
         AND s.ended_at IS NULL AND s.port IS NOT NULL ORDER BY o.next_try_at, o.id LIMIT ?2",
        params![now, ROUND_MAX, time::plus_min(now, AHEAD_MIN)],
    )?;
    let mut found: BTreeMap<RowId, Due> = BTreeMap::new();
    for row in &rows {
        let station: RowId = row.get("station_id")?;
        let sending = (row.get("outgoing_id")?, object(row)?.uid());
        match found.get_mut(&station) {
            Some(due) => due.sendings.push(sending),
            None => {
                let place = Destination {
                    title: row.get("title")?,
                    host: row.get("host")?,
                    port: row.get("port")?,
                    certificate: station::store::certificate(row)?,
                };
                let due = Due { facility: row.get("facility_id")?, station: place, sendings: vec![sending] };
                found.insert(station, due);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Notes what a try came to; an entry where it came to something else than before.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId, title: &str, outcome: Outcome) -> Result<()> {
    clause!("TR-10");
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT o.tries, b.id, b.request_id, b.report_id, b.kind, b.kept_at FROM outgoing o
         JOIN report_object b ON b.facility_id = o.facility_id AND b.id = o.object_id
         WHERE o.facility_id = ?1 AND o.id = ?2",
        params![facility, id],
    )?;
    let row = row.ok_or_else(|| Error::not_found("sending"))?;
    let (object, tries) = (object(&row)?, row.get::<u32>("tries")? + 1);
    let stored = (outcome == Outcome::Stored).then_some(ctx.now);
    tx.exec(
        "UPDATE outgoing SET tries = ?3, next_try_at = ?4, stored_at = ?5 WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, tries, time::plus_min(ctx.now, pause_min(tries)), stored],
    )?;
    if last(tx, id)?.is_some_and(|it| it.0 == outcome) {
        return Ok(());
    }
    let entry = Entry::done("report.deliver", "instance", object.uid())
        .class(Class::Images.key())
        .detail(json!({ "request": object.request, "kind": object.kind.key(), "station": title, "outcome": outcome.key(), "status": outcome.status() }));
    audit::append(tx, ctx, if stored.is_some() { entry } else { entry.refused() })?;
    tx.exec(
        "INSERT INTO outgoing_outcome (id, facility_id, outgoing_id, outcome, status, tried_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, id, outcome.key(), outcome.status(), ctx.now],
    )?;
    Ok(())
}

/// The last outcome of a sending, and since when it is so.
fn last(tx: &mut Tx<'_>, id: RowId) -> Result<Option<(Outcome, Timestamp)>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT outcome, status, tried_at FROM outgoing_outcome WHERE facility_id = ?1 AND outgoing_id = ?2
         ORDER BY tried_at DESC, id DESC LIMIT 1",
        params![facility, id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let key: String = row.get("outcome")?;
    let outcome = Outcome::from_key(&key, row.get("status")?);
    Ok(Some((outcome.ok_or_else(|| Error::internal("an outcome that nobody knows"))?, row.get("tried_at")?)))
}

/// An object on a request's page.
#[derive(Debug, Clone)]
pub struct Line {
    /// The object.
    pub object: Object,
    /// Where it goes.
    pub sendings: Vec<Sending>,
}

/// An object on its way.
#[derive(Debug, Clone)]
pub struct Sending {
    /// What people call the station.
    pub station: String,
    /// When the station had it.
    pub stored_at: Option<Timestamp>,
    /// When it is tried next; nothing once the station's registration has ended.
    pub next_try_at: Option<Timestamp>,
    /// The last outcome, and since when it is so.
    pub last: Option<(Outcome, Timestamp)>,
}

/// What went out of a request, the newest version first: only at the facility that asked. The caller has made its own
/// [`Access`].
///
/// # Errors
/// The database's.
pub fn lines(tx: &mut Tx<'_>, request: &Request) -> Result<Vec<Line>> {
    if request.side != Side::Asks {
        return Ok(vec![]);
    }
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT o.object_id, o.id, o.stored_at, o.next_try_at, s.name, s.ended_at FROM outgoing o
         JOIN report_object b ON b.facility_id = o.facility_id AND b.id = o.object_id
         JOIN station s ON s.facility_id = o.facility_id AND s.id = o.station_id
         WHERE o.facility_id = ?1 AND b.request_id = ?2 ORDER BY s.name, o.id LIMIT 400",
        params![facility, request.id],
    )?;
    let mut lines: Vec<Line> =
        objects(tx, request.id)?.into_iter().map(|object| Line { object, sendings: vec![] }).collect();
    for row in &rows {
        let (object, id): (RowId, RowId) = (row.get("object_id")?, row.get("id")?);
        let ended: Option<Timestamp> = row.get("ended_at")?;
        let sending = Sending {
            station: row.get("name")?,
            stored_at: row.get("stored_at")?,
            next_try_at: if ended.is_none() { Some(row.get("next_try_at")?) } else { None },
            last: last(tx, id)?,
        };
        if let Some(line) = lines.iter_mut().find(|it| it.object.id == object) {
            line.sendings.push(sending);
        }
    }
    Ok(lines)
}

/// Tries everything of a request again that no station has yet, also at stations that were registered since.
///
/// # Errors
/// `NotFound` but at the facility that asked; `Forbidden`.
pub fn send_again(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<()> {
    let facility = tx.facility()?;
    let request = requests::read_one(tx, id)?;
    if request.side != Side::Asks {
        return Err(Error::not_found("read here, not asked here"));
    }
    Access::new("report.send_again", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .require(tx, ctx)?;
    route(tx, ctx, id)?;
    tx.exec(
        "UPDATE outgoing SET next_try_at = ?3 WHERE facility_id = ?1 AND stored_at IS NULL
         AND object_id IN (SELECT id FROM report_object WHERE facility_id = ?1 AND request_id = ?2)",
        params![facility, id, ctx.now],
    )?;
    tx.exec(
        "UPDATE report_object SET next_try_at = ?3 WHERE facility_id = ?1 AND request_id = ?2 AND kept_at IS NULL",
        params![facility, id, ctx.now],
    )?;
    Ok(())
}
