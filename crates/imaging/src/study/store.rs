//! Studies in rows: searching at four levels, and handing out what was found. Each search and each retrieval is one entry
//! in the log, however many rows it has.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use blobs::{BlobId, Stored};
use db::{Row, Tx, params};
use kernel::{Ctx, Error, PatientId, Result, RowId, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::content::{Fetched, Located};
use super::filter::Filter;
use super::lending::{at_owner, reading_needs};
use super::sql::Sql;
use super::{ClaimedGroup, Claims, Instance, Level, Series, Study};
use crate::instance::{Pixels, Uid};
use crate::request::handed::{Digests, handed};
use crate::request::store::lent;

/// Rows of one answer at most.
pub const ROWS_MAX: usize = 5_000;
/// Rows that one search opens at most, where marks cannot say what fits; then the answer says that it is not all.
pub const OPENED_ROWS_MAX: usize = 20_000;
/// Rows that are counted at most: more take longer than the page itself.
pub const COUNTED_ROWS_MAX: usize = 10_000;
/// Instances of one retrieval at most: a large cone-beam volume has 1,000.
pub const FETCHED_MAX: usize = 50_000;
/// Metadata of one instance, inflated, at most.
const METADATA_INFLATED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Which part of an answer is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Rows left out at the beginning.
    pub offset: usize,
    /// Rows at most; never more than [`ROWS_MAX`].
    pub limit: usize,
    /// Rows after this place only: `next` of the page before. Reaches any depth at the same speed.
    pub after: Option<String>,
    /// Whether rows beyond the page are counted, for [`Answer::total`].
    pub count: bool,
}

impl Default for Page {
    fn default() -> Self {
        Self { offset: 0, limit: ROWS_MAX, after: None, count: false }
    }
}

/// One page of an answer.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; none on the last one.
    pub next: Option<String>,
    /// Whether there may be rows that were not looked at (see [`OPENED_ROWS_MAX`]).
    pub cut: bool,
    /// Rows on all pages, where the count was asked for and is known: they are at most [`COUNTED_ROWS_MAX`], or this page
    /// reaches the end.
    pub total: Option<usize>,
}

/// Studies that fit, the newest first.
///
/// # Errors
/// `Forbidden`; `NotFound` for strangers, and for a place that no page gave.
pub fn find_studies(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter, page: &Page) -> Result<Answer<Study>> {
    look(tx, ctx, Level::Study, filter)?;
    let mut sql = Sql::new(
        tx,
        "SELECT s.id, s.uid, s.patient_id, s.claims, s.study_date, s.study_time, s.modalities, s.series_count,
         s.instance_count, s.first_at, s.changed_at FROM study s WHERE s.facility_id = ?1",
    )?;
    sql.study_conditions(tx, filter)?;
    sql.within_study(filter);
    walk(
        tx,
        filter,
        page,
        sql,
        &["s.study_date", "s.id"],
        true,
        |tx, row, _| study(tx, row),
        |it| filter.fits(&it.claims),
    )
}

/// Series that fit.
///
/// # Errors
/// As [`find_studies`].
pub fn find_series(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter, page: &Page) -> Result<Answer<Series>> {
    look(tx, ctx, Level::Series, filter)?;
    let mut sql = Sql::new(
        tx,
        "SELECT r.id, r.study_id, r.uid, r.modality, r.number, r.description, r.body_part, r.laterality, r.instance_count
         FROM series r JOIN study s ON s.id = r.study_id WHERE r.facility_id = ?1 AND s.facility_id = ?1",
    )?;
    sql.study_conditions(tx, filter)?;
    sql.series_conditions(filter);
    sql.within_series(filter);
    let fits = |it: &Series| {
        let description = filter.series_description.as_ref();
        filter.fits(&it.study.claims) && description.is_none_or(|wanted| wanted.fits(&it.description))
    };
    walk(tx, filter, page, sql, &["r.study_id", "r.id"], false, series, fits)
}

/// Instances that fit, series by series in the order of their numbers.
///
/// # Errors
/// As [`find_studies`].
pub fn find_instances(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter, page: &Page) -> Result<Answer<Instance>> {
    look(tx, ctx, Level::Instance, filter)?;
    let mut sql = Sql::new(
        tx,
        "SELECT i.id, i.series_id, i.uid, i.class_uid, i.transfer_syntax, i.number, i.place, i.pixel_rows,
         i.pixel_columns, i.bits, i.frames, i.lossy, i.size_bytes, i.blob_id, i.received_at
         FROM instance i JOIN series r ON r.id = i.series_id JOIN study s ON s.id = r.study_id
         WHERE i.facility_id = ?1 AND r.facility_id = ?1 AND s.facility_id = ?1",
    )?;
    sql.study_conditions(tx, filter)?;
    sql.series_conditions(filter);
    sql.instance_conditions(filter);
    let fits = |it: &Instance| {
        let description = filter.series_description.as_ref();
        filter.fits(&it.series.study.claims) && description.is_none_or(|wanted| wanted.fits(&it.series.description))
    };
    walk(tx, filter, page, sql, &["i.series_id", "i.place", "i.id"], false, instance, fits)
}

/// Patients as devices claim them.
///
/// # Errors
/// As [`find_studies`].
pub fn find_patients(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter, page: &Page) -> Result<Answer<ClaimedGroup>> {
    look(tx, ctx, Level::Patient, filter)?;
    let mut sql = Sql::new(
        tx,
        "SELECT s.patient_mark, max(s.id) AS newest, count(*) AS studies FROM study s WHERE s.facility_id = ?1",
    )?;
    sql.study_conditions(tx, filter)?;
    sql.within_study(filter);
    sql.text.push_str(" GROUP BY s.patient_mark");
    let facility = tx.facility()?;
    let group = |tx: &mut Tx<'_>, row: &Row, _: &mut Cache| {
        let newest: RowId = row.get("newest")?;
        let sealed: Option<Vec<u8>> =
            tx.value("SELECT claims FROM study WHERE facility_id = ?1 AND id = ?2", params![facility, newest])?;
        let claims = claims(tx, newest, &sealed.unwrap_or_default())?;
        Ok((ClaimedGroup { patient: claims.patient.clone(), study_count: row.get("studies")? }, claims))
    };
    let found = walk(tx, filter, page, sql, &["newest"], false, group, |it| filter.fits(&it.1))?;
    Ok(Answer { rows: found.rows.into_iter().map(|it| it.0).collect(), next: found.next, cut: found.cut, total: None })
}

/// The instances of this facility that fit, with where their bytes lie. `verb` names the retrieval in the log (`study.send`).
///
/// # Errors
/// `NotFound` when nothing fits, `Forbidden`; `Limit` above [`FETCHED_MAX`].
pub fn fetch(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter, verb: &'static str) -> Result<Fetched> {
    let rows = lying(tx, filter)?;
    record(tx, ctx, filter, verb, &rows)?;
    fetched(tx, &rows)
}

/// As [`fetch`], for somebody who looks: also at what a request for a reading lends.
///
/// # Errors
/// As [`fetch`].
pub fn show(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter, verb: &'static str) -> Result<Fetched> {
    clause!("TR-09", "TR-12", "TR-24");
    let lent = at_owner(tx, ctx, &filter.studies, (verb, Act::View), |tx, _| {
        let rows = lying(tx, filter)?;
        some(&rows)?;
        fetched(tx, &rows)
    })?;
    lent.map_or_else(|| fetch(tx, ctx, filter, verb), Ok)
}

/// The digest of each instance that fits, for somebody who compares them with what is about to be drawn. Of a lent study those
/// count that were handed over with the request, whatever the owner's rows say by now; what came later is there beside them.
///
/// # Errors
/// As [`fetch`].
pub fn digests(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter) -> Result<Digests> {
    clause!("TR-12");
    let found = show(tx, ctx, filter, "study.verify")?;
    let mut all: Digests = found.instances.iter().map(|it| (it.uid.clone(), it.stored.blob.to_string())).collect();
    if let [study] = &filter.studies[..]
        && found.facility != tx.facility()?
        && let Some(loan) = lent(tx, study.as_str())?
    {
        all.extend(handed(tx, loan.request, study.as_str())?);
    }
    Ok(all)
}

/// All instances of a study of this facility, without check or entry: for those who have made their own [`Access`].
pub(crate) fn whole(tx: &mut Tx<'_>, study: &Uid) -> Result<Fetched> {
    let rows = lying(tx, &Filter::study(study))?;
    some(&rows)?;
    fetched(tx, &rows)
}

/// Rows of instances that fit.
fn lying(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Row>> {
    found(
        tx,
        filter,
        "SELECT i.id, i.uid, i.class_uid, i.transfer_syntax, i.frames, i.pixel_rows, i.pixel_columns, i.bits, i.lossy,
         i.blob_id, i.sealed_key, i.size_bytes, h.pixels, r.id AS series_id, r.description, r.uid AS series_uid, s.uid AS study_uid, s.id AS study_id,
         s.patient_id, s.claims",
    )
}

/// `columns` of the instances that fit, in their order.
fn found(tx: &mut Tx<'_>, filter: &Filter, columns: &str) -> Result<Vec<Row>> {
    let mut sql = Sql::new(
        tx,
        &format!(
            "{columns}
             FROM instance i JOIN instance_header h ON h.instance_id = i.id
             JOIN series r ON r.id = i.series_id JOIN study s ON s.id = r.study_id
             WHERE i.facility_id = ?1 AND h.facility_id = ?1 AND r.facility_id = ?1 AND s.facility_id = ?1"
        ),
    )?;
    sql.study_conditions(tx, filter)?;
    sql.series_conditions(filter);
    sql.instance_conditions(filter);
    sql.text.push_str(" ORDER BY s.id, i.series_id, i.place, i.id");
    let rows = sql.limited(tx, FETCHED_MAX + 1, 0)?;
    fitting(tx, filter, rows)
}

fn fetched(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Fetched> {
    let instances: Vec<Located> = rows.iter().map(located).collect::<Result<_>>()?;
    Ok(Fetched { facility: tx.facility()?, key: tx.key()?, instances })
}

/// The metadata of one instance.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub uid: String,
    /// A JSON object by PS3.18 annex F. Addresses of bulk data (`"BulkDataURI":"bulkdata/…"`) count from the instance's own:
    /// `bulkdata/pixels`, or `bulkdata/OFFSET/LENGTH` in the inflated data set.
    pub json: Vec<u8>,
}

/// The metadata of the instances that fit, as they were written at intake; also of what a request for a reading lends, there
/// with what a reading needs of the patient.
///
/// # Errors
/// As [`fetch`].
pub fn metadata(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter) -> Result<Vec<Metadata>> {
    let lent = at_owner(tx, ctx, &filter.studies, ("study.metadata", Act::View), |tx, _| {
        let rows = described_at_intake(tx, filter)?;
        some(&rows)?;
        let mut found = opened(tx, &rows)?;
        for it in &mut found {
            it.json = reading_needs(&it.json)?;
        }
        Ok(found)
    })?;
    if let Some(found) = lent {
        return Ok(found);
    }
    let rows = described_at_intake(tx, filter)?;
    record(tx, ctx, filter, "study.metadata", &rows)?;
    opened(tx, &rows)
}

/// [`metadata`] of this facility, without check or entry: for those who have made their own [`Access`].
pub(crate) fn metadata_of(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Metadata>> {
    let rows = described_at_intake(tx, filter)?;
    opened(tx, &rows)
}

fn described_at_intake(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Row>> {
    found(
        tx,
        filter,
        "SELECT i.id, i.uid, h.metadata, r.id AS series_id, r.description, r.uid AS series_uid, s.uid AS study_uid, s.id AS study_id, s.patient_id, s.claims",
    )
}

fn opened(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Metadata>> {
    rows.iter()
        .map(|row| {
            let id: RowId = row.get("id")?;
            let sealed: Vec<u8> = row.get("metadata")?;
            let deflated = tx.open_bytes("instance.metadata", id, &sealed)?;
            let mut json = Vec::with_capacity(deflated.len() * 5);
            flate2::read::DeflateDecoder::new(deflated.as_slice())
                .take(METADATA_INFLATED_BYTES_MAX)
                .read_to_end(&mut json)
                .map_err(Error::internal)?;
            Ok(Metadata { study: row.get("study_uid")?, series: row.get("series_uid")?, uid: row.get("uid")?, json })
        })
        .collect()
}

/// The check and the entry of a search.
fn look(tx: &mut Tx<'_>, ctx: &Ctx, level: Level, filter: &Filter) -> Result<()> {
    clause!("TR-26", "TR-21", "CS-122");
    let detail = json!({ "level": format!("{level:?}").to_lowercase(), "filter": filter });
    Access::new("study.find", Act::View, Class::Images).at_terminal().detail(detail).require(tx, ctx)
}

/// The check and the entry of a retrieval: of a patient where all that was found is one patient's.
fn record(tx: &mut Tx<'_>, ctx: &Ctx, filter: &Filter, verb: &'static str, rows: &[Row]) -> Result<()> {
    let mut studies: Vec<String> = rows.iter().map(|it| it.get("study_uid")).collect::<Result<_>>()?;
    studies.dedup();
    let patients: Vec<Option<PatientId>> = rows.iter().map(|it| it.get("patient_id")).collect::<Result<_>>()?;
    let one = patients.first().copied().flatten().filter(|it| patients.iter().all(|other| *other == Some(*it)));
    let thing = if studies.len() == 1 { studies[0].clone() } else { String::new() };
    let detail = json!({ "filter": filter, "studies": studies.len(), "instances": rows.len() });
    let mut access = Access::new(verb, Act::View, Class::Images).at_terminal().on("study", thing).detail(detail);
    if let Some(patient) = one {
        access = access.of(patient);
    }
    access.require(tx, ctx)?;
    some(rows)
}

/// Whether it is something, and not more than can be handed out.
fn some(rows: &[Row]) -> Result<()> {
    if rows.is_empty() {
        return Err(Error::not_found("no instance fits"));
    }
    if rows.len() > FETCHED_MAX {
        let words = kernel::Words::new(
            "一度に取り出せる画像の数を超えています。範囲を狭めてください。",
            "More images than can be fetched at once. Please narrow the selection.",
        );
        return Err(Error::too_large(words, "instances of one retrieval"));
    }
    Ok(())
}

/// Rows whose sealed claims fit.
fn fitting(tx: &mut Tx<'_>, filter: &Filter, rows: Vec<Row>) -> Result<Vec<Row>> {
    if !filter.looks_inside() {
        return Ok(rows);
    }
    let mut known: HashMap<RowId, bool> = HashMap::new();
    let mut fitting = Vec::new();
    for row in rows {
        let study: RowId = row.get("study_id")?;
        let fits = match known.get(&study) {
            Some(fits) => *fits,
            None => {
                let sealed: Vec<u8> = row.get("claims")?;
                let fits = filter.fits(&claims(tx, study, &sealed)?);
                known.insert(study, fits);
                fits
            }
        };
        if fits && described(tx, filter, &row)? {
            fitting.push(row);
        }
    }
    Ok(fitting)
}

/// Whether the series is described as it should be.
fn described(tx: &mut Tx<'_>, filter: &Filter, row: &Row) -> Result<bool> {
    let Some(wanted) = &filter.series_description else { return Ok(true) };
    let (series, sealed): (RowId, Vec<u8>) = (row.get("series_id")?, row.get("description")?);
    Ok(wanted.fits(&tx.open("series.description", series, &sealed)?))
}

/// Series and studies that rows of an answer share.
#[derive(Default)]
struct Cache {
    studies: HashMap<RowId, Arc<Study>>,
    series: HashMap<RowId, Arc<Series>>,
}

/// Reads one page in the order of `keys`, opening rows only where it must.
#[allow(clippy::too_many_arguments, reason = "one call for each level, side by side")]
fn walk<T>(
    tx: &mut Tx<'_>,
    filter: &Filter,
    page: &Page,
    sql: Sql,
    keys: &[&str],
    newest_first: bool,
    mut read: impl FnMut(&mut Tx<'_>, &Row, &mut Cache) -> Result<T>,
    fits: impl Fn(&T) -> bool,
) -> Result<Answer<T>> {
    let limit = page.limit.min(ROWS_MAX);
    let looks = filter.looks_inside();
    let grouped = keys == ["newest"];
    let mut after = page.after.clone();
    // What cannot be left out in SQL is left out here.
    let (mut skip, mut offset) = if looks { (page.offset, 0) } else { (0, page.offset) };
    let (mut rows, mut opened, mut cache) = (Vec::new(), 0, Cache::default());
    let all = sql.clone();
    loop {
        let batch = if looks { 1_000 } else { limit + 1 };
        let mut sql = sql.clone();
        if let Some(place) = &after {
            sql.after(keys, place, newest_first, grouped)?;
        }
        let down = if newest_first { " DESC" } else { "" };
        let order: Vec<String> = keys.iter().map(|it| format!("{it}{down}")).collect();
        sql.text.push_str(&format!(" ORDER BY {}", order.join(", ")));
        let found = sql.limited(tx, batch, std::mem::take(&mut offset))?;
        let whole = found.len() < batch;
        for row in &found {
            let place = place(row, keys)?;
            if rows.len() == limit {
                // Rows that must be opened are not opened for their number alone.
                let total = if page.count && !looks { all.count(tx, COUNTED_ROWS_MAX)? } else { None };
                return Ok(Answer { rows, next: after, cut: false, total });
            }
            let it = read(tx, row, &mut cache)?;
            opened += 1;
            after = Some(place);
            if looks && !fits(&it) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            rows.push(it);
        }
        if whole {
            let total = match (page.count, looks) {
                (true, true) if page.after.is_none() => Some(page.offset - skip + rows.len()),
                (true, false) if page.after.is_none() && !rows.is_empty() => Some(page.offset + rows.len()),
                (true, false) => all.count(tx, COUNTED_ROWS_MAX)?,
                _ => None,
            };
            return Ok(Answer { rows, next: None, cut: false, total });
        }
        if opened >= OPENED_ROWS_MAX {
            return Ok(Answer { rows, next: after, cut: true, total: None });
        }
    }
}

/// Where a row lies in its order.
fn place(row: &Row, keys: &[&str]) -> Result<String> {
    let mut parts = Vec::new();
    for key in keys {
        let column = key.rsplit('.').next().unwrap_or(key);
        parts.push(if column == "place" { row.get::<i64>(column)?.to_string() } else { row.get::<String>(column)? });
    }
    Ok(parts.join("~"))
}

fn claims(tx: &mut Tx<'_>, study: RowId, sealed: &[u8]) -> Result<Claims> {
    serde_json::from_str(&tx.open("study.claims", study, sealed)?).map_err(Error::internal)
}

fn study(tx: &mut Tx<'_>, row: &Row) -> Result<Study> {
    let id = row.get("id")?;
    let (sealed, date, modalities): (Vec<u8>, String, String) =
        (row.get("claims")?, row.get("study_date")?, row.get("modalities")?);
    Ok(Study {
        id,
        uid: row.get("uid")?,
        patient: row.get("patient_id")?,
        claims: claims(tx, id, &sealed)?,
        date: date.parse().ok(),
        time: row.get("study_time")?,
        modalities: modalities.split('\\').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        series_count: row.get("series_count")?,
        instance_count: row.get("instance_count")?,
        first_at: row.get("first_at")?,
        changed_at: row.get("changed_at")?,
    })
}

/// The study with this UID, without check or entry: for those who have made their own [`Access`].
pub(crate) fn one(tx: &mut Tx<'_>, uid: &Uid) -> Result<Study> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM study WHERE facility_id = ?1 AND uid = ?2", params![facility, uid.as_str()])?;
    study(tx, &row.ok_or_else(|| Error::not_found("no such study"))?)
}

fn shared_study(tx: &mut Tx<'_>, id: RowId, cache: &mut Cache) -> Result<Arc<Study>> {
    if let Some(known) = cache.studies.get(&id) {
        return Ok(known.clone());
    }
    let facility = tx.facility()?;
    let row = tx
        .row("SELECT * FROM study WHERE facility_id = ?1 AND id = ?2", params![facility, id])?
        .ok_or_else(|| Error::internal("a series without its study"))?;
    let it = Arc::new(study(tx, &row)?);
    cache.studies.insert(id, it.clone());
    Ok(it)
}

fn series(tx: &mut Tx<'_>, row: &Row, cache: &mut Cache) -> Result<Series> {
    let id = row.get("id")?;
    let sealed: Vec<u8> = row.get("description")?;
    Ok(Series {
        study: shared_study(tx, row.get("study_id")?, cache)?,
        id,
        uid: row.get("uid")?,
        modality: row.get("modality")?,
        number: row.get("number")?,
        description: tx.open("series.description", id, &sealed)?,
        body_part: row.get("body_part")?,
        laterality: row.get("laterality")?,
        instance_count: row.get("instance_count")?,
    })
}

fn shared_series(tx: &mut Tx<'_>, id: RowId, cache: &mut Cache) -> Result<Arc<Series>> {
    if let Some(known) = cache.series.get(&id) {
        return Ok(known.clone());
    }
    let facility = tx.facility()?;
    let row = tx
        .row("SELECT * FROM series WHERE facility_id = ?1 AND id = ?2", params![facility, id])?
        .ok_or_else(|| Error::internal("an instance without its series"))?;
    let it = Arc::new(series(tx, &row, cache)?);
    cache.series.insert(id, it.clone());
    Ok(it)
}

fn instance(tx: &mut Tx<'_>, row: &Row, cache: &mut Cache) -> Result<Instance> {
    let size: i64 = row.get("size_bytes")?;
    Ok(Instance {
        series: shared_series(tx, row.get("series_id")?, cache)?,
        id: row.get("id")?,
        uid: row.get("uid")?,
        class: row.get("class_uid")?,
        transfer_syntax: row.get("transfer_syntax")?,
        number: row.get("number")?,
        rows: row.get("pixel_rows")?,
        columns: row.get("pixel_columns")?,
        bits: row.get("bits")?,
        frames: row.get("frames")?,
        lossy: row.get("lossy")?,
        size_bytes: u64::try_from(size).map_err(Error::internal)?,
        digest: BlobId(row.get("blob_id")?),
        received_at: row.get("received_at")?,
    })
}

fn located(row: &Row) -> Result<Located> {
    let size: i64 = row.get("size_bytes")?;
    let pixels: Option<Vec<u8>> = row.get("pixels")?;
    Ok(Located {
        study: row.get("study_uid")?,
        series: row.get("series_uid")?,
        uid: row.get("uid")?,
        class: row.get("class_uid")?,
        transfer_syntax: row.get("transfer_syntax")?,
        frames: row.get("frames")?,
        rows: row.get("pixel_rows")?,
        columns: row.get("pixel_columns")?,
        bits: row.get("bits")?,
        lossy: row.get("lossy")?,
        stored: Stored {
            blob: BlobId(row.get("blob_id")?),
            size_bytes: u64::try_from(size).map_err(Error::internal)?,
            sealed_key: row.get("sealed_key")?,
        },
        pixels: pixels.as_deref().and_then(Pixels::from_bytes),
    })
}
