//! Marks in rows: what is there on a study, saving a version, keeping it. The rows are those of the facility whose images
//! they are; a reader of another facility comes to them as to the images, by the request that lends the study.

use std::collections::BTreeSet;

use audit::Entry;
use db::{Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, PatientId, PersonId, Result, RowId, Timestamp, clause, time};
use people::access::{Access, Act, Class};
use people::{facility, person};
use serde_json::json;

use super::{Body, Next, Refused, Set, VERSIONS_MAX, Version, VersionId, next, shown};
use crate::instance::Uid;
use crate::outgoing::pause_min;
use crate::outgoing::store::{About, about_study};
use crate::request::Request;
use crate::study::lending::at_owner;

/// People whose marks on one study are shown at most; each has two versions that may count.
const ROWS_MAX: i64 = 100;
/// Versions of one round of writing.
const ROUND_MAX: i64 = 20;
/// Series of one study that are looked at for their frame of reference: more than any examination has.
const SERIES_MAX: i64 = 200;
/// A time further ahead than any pause was written by a clock that has been set back since.
const AHEAD_MIN: i64 = 361;

const VERSION: &str =
    "SELECT v.id, v.study_id, v.person_id, v.from_id, v.number, v.body, v.saved_at, k.kept_at FROM mark_version v
     LEFT JOIN mark_keeping k ON k.facility_id = v.facility_id AND k.version_id = v.id WHERE v.facility_id = ?1";

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Version> {
    let (id, sealed): (VersionId, Vec<u8>) = (row.get("id")?, row.get("body")?);
    Ok(Version {
        id,
        person: row.get("person_id")?,
        from: row.get("from_id")?,
        number: row.get("number")?,
        body: serde_json::from_str(&tx.open("mark_version.body", id, &sealed)?).map_err(Error::internal)?,
        saved_at: row.get("saved_at")?,
        kept_at: row.get("kept_at")?,
    })
}

/// Check and entry, and then `act` on the row of the study: here, or at the facility that lends it.
fn on_study<T>(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    uid: &Uid,
    (verb, act): (&'static str, Act),
    then: &dyn Fn(&mut Tx<'_>, RowId) -> Result<T>,
) -> Result<T> {
    let find = |tx: &mut Tx<'_>| {
        let facility = tx.facility()?;
        tx.row("SELECT id, patient_id FROM study WHERE facility_id = ?1 AND uid = ?2", params![facility, uid.as_str()])
    };
    let nothing = || Error::not_found("no such study");
    let lent = at_owner(tx, ctx, std::slice::from_ref(uid), (verb, act), |tx, _| {
        let row = find(tx)?.ok_or_else(nothing)?;
        then(tx, row.get("id")?)
    })?;
    if let Some(done) = lent {
        return Ok(done);
    }
    let row = find(tx)?;
    let mut access = Access::new(verb, act, Class::Images).on("study", uid);
    let patient: Option<Option<PatientId>> = row.as_ref().map(|it| it.get("patient_id")).transpose()?;
    if let Some(patient) = patient.flatten() {
        access = access.of(patient);
    }
    access.require(tx, ctx)?;
    then(tx, row.ok_or_else(nothing)?.get("id")?)
}

fn me(ctx: &Ctx) -> Result<PersonId> {
    ctx.who.staff().ok_or_else(|| Error::not_found("only staff mark images"))
}

/// What everybody has marked on a study, as far as the person who acts may see it: the newest of each, mine among them.
///
/// # Errors
/// `NotFound` for strangers and where there is none; `Forbidden`.
pub fn on(tx: &mut Tx<'_>, ctx: &Ctx, study: &Uid) -> Result<Vec<Version>> {
    clause!("TR-24");
    let (me, home) = (me(ctx)?, tx.facility()?);
    on_study(tx, ctx, study, ("mark.open", Act::View), &|tx, study| {
        let facility = tx.facility()?;
        // The newest of each person, and the newest that each has kept.
        let rows = tx.rows(
            &format!(
                "{VERSION} AND v.study_id = ?2 AND (
                 v.number = (SELECT max(n.number) FROM mark_version n
                     WHERE n.facility_id = ?1 AND n.study_id = ?2 AND n.person_id = v.person_id)
                 OR v.number = (SELECT max(n.number) FROM mark_version n
                     JOIN mark_keeping o ON o.facility_id = n.facility_id AND o.version_id = n.id
                     WHERE n.facility_id = ?1 AND n.study_id = ?2 AND n.person_id = v.person_id))
                 ORDER BY v.saved_at DESC, v.id DESC LIMIT ?3"
            ),
            params![facility, study, ROWS_MAX],
        )?;
        let all = rows.iter().map(|row| read(tx, row)).collect::<Result<_>>()?;
        Ok(shown(all, me, home))
    })
}

fn newest(tx: &mut Tx<'_>, study: RowId, person: PersonId) -> Result<Option<Version>> {
    let facility = tx.facility()?;
    let row = tx.row(
        &format!("{VERSION} AND v.study_id = ?2 AND v.person_id = ?3 ORDER BY v.number DESC LIMIT 1"),
        params![facility, study, person],
    )?;
    row.map(|row| read(tx, &row)).transpose()
}

/// What somebody wants to save.
#[derive(Debug, Clone)]
pub struct Saving {
    /// The version that it was drawn upon; 0 without one.
    pub based_on: i64,
    /// Which window of a browser.
    pub tab: String,
    /// All marks, not only new ones.
    pub set: Set,
    /// Whether this version is to be kept.
    pub keep: bool,
}

/// What a saving came to.
#[derive(Debug, Clone)]
pub enum Saved {
    /// This is the newest version; none where nothing was ever drawn. Where it was to be kept, the rows are those of this
    /// facility.
    Kept(Option<Box<Version>>, FacilityId),
    /// Another window has saved since.
    Behind(Box<Version>),
    /// Nothing was saved.
    Refused(Refused),
}

/// Saves the marks of the person who acts as a new version, and keeps it where that is asked.
///
/// # Errors
/// `NotFound` for strangers and where there is no such study; `Forbidden`.
pub fn save(tx: &mut Tx<'_>, ctx: &Ctx, study: &Uid, saving: &Saving) -> Result<Saved> {
    clause!("TR-24");
    let (me, home) = (me(ctx)?, tx.facility()?);
    let body = Body {
        author: person::store::get(tx, me)?.name.full(),
        facility: facility::store::get(tx, home)?.name,
        tab: saving.tab.clone(),
        set: saving.set.clone(),
    };
    on_study(tx, ctx, study, ("mark.save", Act::Write), &|tx, study| {
        if let Err(why) = saving.set.check() {
            return Ok(Saved::Refused(why));
        }
        let facility = tx.facility()?;
        let before = newest(tx, study, me)?;
        let number = match next(before.as_ref(), saving.based_on, &saving.tab, &saving.set) {
            Next::Behind => {
                return before.map(|it| Saved::Behind(Box::new(it))).ok_or_else(|| Error::internal("behind nothing"));
            }
            Next::Same => None,
            Next::As(number) if number > VERSIONS_MAX => return Ok(Saved::Refused(Refused::TooOften)),
            Next::As(number) => Some(number),
        };
        let mut version = before;
        if let Some(number) = number {
            if !all_here(tx, study, &saving.set)? {
                return Ok(Saved::Refused(Refused::Elsewhere));
            }
            let made = Version {
                id: VersionId::new(ctx),
                person: me,
                from: home,
                number,
                body: body.clone(),
                saved_at: ctx.now,
                kept_at: None,
            };
            insert(tx, study, &made)?;
            version = Some(made);
        }
        if let Some(it) = version.as_mut().filter(|it| saving.keep && it.kept_at.is_none()) {
            // Whoever has asked writes at once; the job comes after, should that fail.
            keep(tx, ctx, it.id, time::plus_min(ctx.now, 1))?;
            it.kept_at = Some(ctx.now);
        }
        Ok(Saved::Kept(version.map(Box::new), facility))
    })
}

fn insert(tx: &mut Tx<'_>, study: RowId, it: &Version) -> Result<()> {
    let facility = tx.facility()?;
    let sealed = tx.seal("mark_version.body", it.id, &serde_json::to_string(&it.body).map_err(Error::internal)?)?;
    tx.exec(
        "INSERT INTO mark_version (id, facility_id, study_id, person_id, from_id, number, body, saved_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![it.id, facility, study, it.person, it.from, it.number, sealed, it.saved_at],
    )?;
    Ok(())
}

fn keep(tx: &mut Tx<'_>, ctx: &Ctx, id: VersionId, next_try_at: Timestamp) -> Result<()> {
    let facility = tx.facility()?;
    tx.exec(
        "INSERT INTO mark_keeping (facility_id, version_id, kept_by, kept_at, tries, next_try_at)
         VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT DO NOTHING",
        params![facility, id, ctx.who.label(), ctx.now, next_try_at],
    )?;
    Ok(())
}

/// Whether every picture that is named is one of this study.
fn all_here(tx: &mut Tx<'_>, study: RowId, set: &Set) -> Result<bool> {
    let facility = tx.facility()?;
    let wanted: BTreeSet<(&str, &str)> =
        set.pictures().into_iter().map(|it| (it.series.as_str(), it.sop.as_str())).collect();
    let rows = tx.rows_among(
        "SELECT i.uid AS sop, r.uid AS series FROM instance i JOIN series r ON r.id = i.series_id
         WHERE i.facility_id = ?1 AND r.facility_id = ?1 AND r.study_id = ?2 AND i.uid IN ({ids})",
        params![facility, study],
        wanted.iter().map(|it| it.1.to_owned()),
    )?;
    let mut found = BTreeSet::new();
    for row in &rows {
        found.insert((row.get::<String>("series")?, row.get::<String>("sop")?));
    }
    Ok(wanted.iter().all(|it| found.contains(&(it.0.to_owned(), it.1.to_owned()))))
}

/// Keeps what the reader has marked on the images of a request: in the act of signing, whose entry the caller makes. What a
/// report speaks of is what its reader saw.
///
/// # Errors
/// The database's.
pub fn keep_with_report(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request) -> Result<()> {
    clause!("TR-24", "TR-10");
    let (me, id) = (me(ctx)?, request.id);
    tx.at_other(request.partner, |tx| {
        let facility = tx.facility()?;
        let studies = tx.rows(
            "SELECT study_id FROM reading_request_study WHERE facility_id = ?1 AND request_id = ?2 ORDER BY study_id",
            params![facility, id],
        )?;
        for row in &studies {
            let version = newest(tx, row.get("study_id")?, me)?;
            if let Some(it) = version.filter(|it| it.kept_at.is_none() && !it.body.set.is_empty()) {
                keep(tx, ctx, it.id, ctx.now)?;
            }
        }
        Ok(())
    })
}

/// Kept versions that are to be written now, of all facilities.
///
/// # Errors
/// The database's.
pub fn unwritten(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(FacilityId, VersionId)>> {
    let rows = tx.rows(
        "SELECT facility_id, version_id FROM mark_keeping WHERE written_at IS NULL AND (next_try_at <= ?1 OR next_try_at > ?3)
         ORDER BY next_try_at, version_id LIMIT ?2",
        params![now, ROUND_MAX, time::plus_min(now, AHEAD_MIN)],
    )?;
    rows.iter().map(|row| Ok((row.get("facility_id")?, row.get("version_id")?))).collect()
}

/// Everything that the objects of a version are written from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The study.
    pub study: About,
    /// The version.
    pub version: Version,
}

/// What the objects of a kept version of this facility are written from.
///
/// # Errors
/// `NotFound` for no such version.
pub fn source(tx: &mut Tx<'_>, id: VersionId) -> Result<Source> {
    let facility = tx.facility()?;
    let row = tx.row(&format!("{VERSION} AND v.id = ?2"), params![facility, id])?;
    let row = row.ok_or_else(|| Error::not_found("no such version of marks"))?;
    let version = read(tx, &row)?;
    Ok(Source { study: about_study(tx, row.get("study_id")?)?, version })
}

/// An instance of each series of its study: what a series has in common, each says.
///
/// # Errors
/// The database's.
pub(super) fn one_of_each_series(tx: &mut Tx<'_>, source: &Source) -> Result<Vec<Uid>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT min(i.uid) AS uid FROM instance i JOIN series r ON r.id = i.series_id JOIN study s ON s.id = r.study_id
         WHERE i.facility_id = ?1 AND r.facility_id = ?1 AND s.facility_id = ?1 AND s.uid = ?2
         GROUP BY r.id ORDER BY uid LIMIT ?3",
        params![facility, source.study.uid, SERIES_MAX],
    )?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        all.extend(Uid::parse(&row.get::<String>("uid")?));
    }
    Ok(all)
}

/// Notes that the objects of a version lie among the images of its study.
///
/// # Errors
/// The database's.
pub fn written(tx: &mut Tx<'_>, ctx: &Ctx, source: &Source, objects: usize) -> Result<()> {
    let facility = tx.facility()?;
    let entry = Entry::done("mark.write", "study", &source.study.uid)
        .class("images")
        .detail(json!({ "version": source.version.id, "objects": objects }));
    audit::append(tx, ctx, entry)?;
    tx.exec(
        "UPDATE mark_keeping SET written_at = ?3 WHERE facility_id = ?1 AND version_id = ?2 AND written_at IS NULL",
        params![facility, source.version.id, ctx.now],
    )?;
    Ok(())
}

/// Notes that its objects could not be written; it is tried again.
///
/// # Errors
/// The database's.
pub fn postpone(tx: &mut Tx<'_>, ctx: &Ctx, id: VersionId) -> Result<()> {
    let facility = tx.facility()?;
    let tries: Option<u32> =
        tx.value("SELECT tries FROM mark_keeping WHERE facility_id = ?1 AND version_id = ?2", params![facility, id])?;
    let tries = tries.unwrap_or(0) + 1;
    tx.exec(
        "UPDATE mark_keeping SET tries = ?3, next_try_at = ?4 WHERE facility_id = ?1 AND version_id = ?2",
        params![facility, id, tries, time::plus_min(ctx.now, pause_min(tries))],
    )?;
    Ok(())
}
