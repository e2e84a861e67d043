//! Kinds of visit, patterns and closings in rows.

use db::{Tx, params};
use kernel::{Ctx, Date, PersonId, Result, RowId, clause, time};
use people::access::{Access, Act, Class};

use super::{Closing, Pattern};
use crate::booking::Form;

/// A new kind of visit.
#[derive(Debug, Clone)]
pub struct NewType {
    /// 日本語
    pub name_ja: String,
    /// English
    pub name_en: String,
    /// How people meet.
    pub form: Form,
    /// 5 to 180 minutes.
    pub duration_min: i64,
    /// Whether patients may book it.
    pub by_patient: bool,
}

fn administer(tx: &mut Tx<'_>, ctx: &Ctx, verb: &'static str, kind: &'static str, id: RowId) -> Result<()> {
    Access::new(verb, Act::Write, Class::Administration).on(kind, id).require(tx, ctx)
}

/// Adds a kind of visit.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn add_type(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewType) -> Result<RowId> {
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    administer(tx, ctx, "visit_type.add", "visit_type", id)?;
    tx.exec(
        "INSERT INTO visit_type (id, facility_id, name_ja, name_en, form, duration_min, by_patient, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![id, facility, new.name_ja, new.name_en, new.form.key(), new.duration_min, new.by_patient, ctx.now],
    )?;
    Ok(id)
}

/// Ends a kind of visit; what is booked stays booked.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn end_type(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    let facility = tx.facility()?;
    administer(tx, ctx, "visit_type.end", "visit_type", id)?;
    tx.exec(
        "UPDATE visit_type SET ended_at = ?3 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, ctx.now],
    )?;
    Ok(())
}

/// Adds a pattern that counts from today.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for a doctor or kind that is not of this facility.
pub fn add_pattern(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    doctor: PersonId,
    kind: RowId,
    weekday: i64,
    from_min: i64,
    until_min: i64,
) -> Result<RowId> {
    clause!("SY-06");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    administer(tx, ctx, "slot.add", "slot_pattern", id)?;
    crate::booking::store::visit_type(tx, kind)?;
    people::person::store::identity_card(tx, doctor)?;
    tx.exec(
        "INSERT INTO slot_pattern (id, facility_id, doctor_id, visit_type_id, weekday, from_min, until_min, valid_from, made_by, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![id, facility, doctor, kind, weekday, from_min, until_min, time::day(ctx.now), ctx.who.label(), ctx.now],
    )?;
    Ok(id)
}

/// Ends a pattern yesterday; what is booked stays booked.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn end_pattern(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    let facility = tx.facility()?;
    administer(tx, ctx, "slot.end", "slot_pattern", id)?;
    let yesterday = time::day(time::plus_min(ctx.now, -24 * 60));
    tx.exec(
        "UPDATE slot_pattern SET valid_until = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, yesterday],
    )?;
    Ok(())
}

/// The patterns in force today and later.
///
/// # Errors
/// The database's.
pub fn patterns(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Pattern>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT * FROM slot_pattern WHERE facility_id = ?1 AND (valid_until IS NULL OR valid_until >= ?2)
         ORDER BY doctor_id, weekday, from_min LIMIT 500",
        params![facility, time::day(ctx.now)],
    )?
    .iter()
    .map(|row| {
        Ok(Pattern {
            id: row.get("id")?,
            doctor: row.get("doctor_id")?,
            visit_type: row.get("visit_type_id")?,
            weekday: row.get("weekday")?,
            from_min: row.get("from_min")?,
            until_min: row.get("until_min")?,
            valid_from: row.get("valid_from")?,
        })
    })
    .collect()
}

/// Closes a day for one doctor or all. Bookings on it stay: the clinic moves them by hand, person by person.
///
/// # Errors
/// `Forbidden` without the right to administer; `Conflict` when the day is closed already.
pub fn close_day(tx: &mut Tx<'_>, ctx: &Ctx, day: Date, doctor: Option<PersonId>, reason: &str) -> Result<()> {
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    administer(tx, ctx, "closing.add", "closing", id)?;
    let doctor = doctor.map(|it| it.to_string()).unwrap_or_default();
    tx.exec(
        "INSERT INTO closing (id, facility_id, doctor_id, day, reason, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, facility, doctor, day, reason, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Opens a closed day again.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn open_day(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    let facility = tx.facility()?;
    administer(tx, ctx, "closing.end", "closing", id)?;
    tx.exec("DELETE FROM closing WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    Ok(())
}

/// The closed days from today on.
///
/// # Errors
/// The database's.
pub fn closings(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Closing>> {
    let facility = tx.facility()?;
    tx.rows(
        "SELECT * FROM closing WHERE facility_id = ?1 AND day >= ?2 ORDER BY day LIMIT 500",
        params![facility, time::day(ctx.now)],
    )?
    .iter()
    .map(|row| {
        let doctor: String = row.get("doctor_id")?;
        Ok(Closing {
            id: row.get("id")?,
            day: row.get("day")?,
            doctor: doctor.parse().ok(),
            reason: row.get("reason")?,
        })
    })
    .collect()
}
