//! Monitors in rows: who registers and checks them, and what a reader is told of the one in front.

use db::{Row, Tx, params};
use guidelines::reading::monitor::{Check, Grade, Images, Kind, Measured, objection};
use kernel::{Ctx, Date, Error, PersonId, Result, RowId, Timestamp, Words, clause, limits, time};
use people::access::{Access, Act, Class};
use people::person;
use serde_json::json;

use super::{Form, Made, Monitor, MonitorId, Report};

/// Looks at the pattern that are read of one monitor: half a year of days.
const LOOKS_MAX: usize = 130;
/// Measured checks that are read of one monitor: more than it has in its life.
const MEASURED_MAX: usize = 200;

/// The monitors of this facility, those in use first.
///
/// # Errors
/// `Forbidden` without the right to see images.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Monitor>> {
    Access::new("monitor.list", Act::View, Class::Images).on("monitor", "").require(tx, ctx)?;
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM monitor WHERE facility_id = ?1 ORDER BY (ended_at IS NOT NULL), name, id LIMIT ?2",
        params![facility, limits::LIST_ROWS_MAX],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// One with its checks.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: MonitorId) -> Result<Monitor> {
    let it = one(tx, id)?.ok_or_else(|| Error::not_found("monitor"))?;
    Access::new("monitor.view", Act::View, Class::Images).on("monitor", id).require(tx, ctx)?;
    Ok(it)
}

/// Registers one.
///
/// # Errors
/// `Forbidden` without the right to administer the facility: it answers for what it reads from.
pub fn register(tx: &mut Tx<'_>, ctx: &Ctx, form: &Form) -> Result<MonitorId> {
    clause!("TR-13");
    let (facility, id, person) = (tx.facility()?, MonitorId::new(ctx), person(ctx)?);
    Access::new("monitor.register", Act::Write, Class::Administration)
        .on("monitor", id)
        .detail(json!({ "name": form.name, "model": form.model, "grade": form.grade.key() }))
        .require(tx, ctx)?;
    let accepted: Vec<&str> = form.accepted.iter().map(|it| it.key()).collect();
    tx.exec(
        "INSERT INTO monitor (id, facility_id, name, model, serial, width_px, height_px, grade, accepted_for, every_months,
         registered_by, registered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            id,
            facility,
            form.name,
            form.model,
            form.serial,
            form.width_px,
            form.height_px,
            form.grade.key(),
            accepted.join(" "),
            i64::from(form.every_months),
            person,
            ctx.now
        ],
    )?;
    Ok(id)
}

/// Ends its use.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: MonitorId) -> Result<()> {
    let (facility, person) = (tx.facility()?, person(ctx)?);
    one(tx, id)?.ok_or_else(|| Error::not_found("monitor"))?;
    Access::new("monitor.end", Act::Write, Class::Administration).on("monitor", id).require(tx, ctx)?;
    tx.exec(
        "UPDATE monitor SET ended_by = ?3, ended_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, person, ctx.now],
    )?;
    Ok(())
}

/// Keeps a check; whether it was passed.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` for a monitor that is in use no longer.
pub fn check(tx: &mut Tx<'_>, ctx: &Ctx, id: MonitorId, report: &Report) -> Result<bool> {
    clause!("TR-13");
    let (facility, person) = (tx.facility()?, person(ctx)?);
    let it = one(tx, id)?.ok_or_else(|| Error::not_found("monitor"))?;
    let passed = report.passed(it.form.grade);
    Access::new("monitor.check", Act::Write, Class::Images)
        .on("monitor", id)
        .detail(json!({ "kind": report.kind.key(), "passed": passed, "remark": report.remark }))
        .require(tx, ctx)?;
    if it.ended_at.is_some() {
        let words = Words::new("このモニターは使用を終えています。", "This monitor is in use no longer.");
        return Err(Error::new(kernel::Kind::Conflict, words, "a monitor that is not in use"));
    }
    tx.exec(
        "INSERT INTO monitor_check (id, facility_id, monitor_id, kind, passed, checked_on, white_mcd_m2, black_mcd_m2,
         response_permille, remark, checked_by, checked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            RowId::new(ctx),
            facility,
            id,
            report.kind.key(),
            passed,
            time::day(ctx.now),
            report.measured.map(|it| it.white_mcd_m2),
            report.measured.map(|it| it.black_mcd_m2),
            report.measured.map(|it| it.response_permille),
            report.remark,
            person,
            ctx.now
        ],
    )?;
    Ok(passed)
}

/// What somebody is told who looks at images of `modalities` on the monitor that this browser was set to; nothing when all is
/// well. Only readers of lent images must have one. No entry: it tells of a screen, and of nobody.
///
/// # Errors
/// The database's.
pub fn told(
    tx: &mut Tx<'_>,
    chosen: Option<MonitorId>,
    must: bool,
    modalities: &[&str],
    today: Date,
) -> Result<Option<Words>> {
    clause!("TR-13");
    let found = match chosen {
        Some(id) => one(tx, id)?.filter(|it| it.ended_at.is_none()),
        None => None,
    };
    Ok(match found {
        Some(it) => objection(it.standing(today), &it.form.accepted, modalities),
        None if must => Some(Words::new(
            "いまご覧のモニターが、読影用として登録・選択されていません。",
            "The monitor in front of you is not registered for reading, or not chosen.",
        )),
        None => None,
    })
}

fn person(ctx: &Ctx) -> Result<PersonId> {
    ctx.who.staff().ok_or_else(|| Error::not_found("monitors are checked by people"))
}

fn one(tx: &mut Tx<'_>, id: MonitorId) -> Result<Option<Monitor>> {
    let facility = tx.facility()?;
    let row = tx.row("SELECT * FROM monitor WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    row.map(|row| read(tx, &row)).transpose()
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Monitor> {
    let (facility, id): (_, MonitorId) = (tx.facility()?, row.get("id")?);
    let (grade, accepted): (String, String) = (row.get("grade")?, row.get("accepted_for")?);
    let mut checks: Vec<(Timestamp, RowId, Made)> = Vec::new();
    // Looks have a limit of their own: one of each day would soon leave no place for the acceptance that all else counts from.
    for (of, most) in [("= 'look'", LOOKS_MAX), ("<> 'look'", MEASURED_MAX)] {
        let rows = tx.rows(
            &format!(
                "SELECT * FROM monitor_check WHERE facility_id = ?1 AND monitor_id = ?2 AND kind {of}
                 ORDER BY checked_at DESC, id DESC LIMIT ?3"
            ),
            params![facility, id, most],
        )?;
        for row in &rows {
            checks.push((row.get("checked_at")?, row.get("id")?, made(tx, row)?));
        }
    }
    checks.sort_by_key(|it| std::cmp::Reverse((it.0, it.1)));
    let form = Form {
        name: row.get("name")?,
        model: row.get("model")?,
        serial: row.get("serial")?,
        width_px: row.get("width_px")?,
        height_px: row.get("height_px")?,
        grade: Grade::from_key(&grade).ok_or_else(|| Error::internal("grade of a monitor"))?,
        accepted: accepted.split(' ').filter_map(Images::from_key).collect(),
        every_months: u8::try_from(row.get::<i64>("every_months")?).map_err(Error::internal)?,
    };
    Ok(Monitor {
        id,
        form,
        registered_at: row.get("registered_at")?,
        ended_at: row.get("ended_at")?,
        made: checks.into_iter().map(|it| it.2).collect(),
    })
}

fn made(tx: &mut Tx<'_>, row: &Row) -> Result<Made> {
    let kind: String = row.get("kind")?;
    let kind = Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of a check"))?;
    let (white, black): (Option<i64>, Option<i64>) = (row.get("white_mcd_m2")?, row.get("black_mcd_m2")?);
    let response: Option<i64> = row.get("response_permille")?;
    let measured = white.zip(black).zip(response).map(|((white_mcd_m2, black_mcd_m2), response_permille)| Measured {
        white_mcd_m2,
        black_mcd_m2,
        response_permille,
    });
    Ok(Made {
        check: Check { kind, passed: row.get("passed")?, on: row.get("checked_on")? },
        measured,
        remark: row.get("remark")?,
        by: person::store::get(tx, row.get("checked_by")?)?.name.full(),
    })
}
