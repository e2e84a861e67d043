//! Facilities in rows.

use db::{Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, PersonId, Result, RowId, clause};

use super::{Facility, FacilityKind, Field, Notification, OPERATOR_EXPLANATION, PublicText, Standing};
use crate::access::{Access, Act, Class};

/// What a new facility needs.
#[derive(Debug, Clone)]
pub struct NewFacility {
    /// Its kind.
    pub kind: FacilityKind,
    /// Its field.
    pub field: Field,
    /// Its name.
    pub name: String,
    /// The part of its public address: 2 to 40 lower-case letters, digits, hyphens.
    pub slug: String,
    /// Postal address.
    pub address: String,
    /// Telephone.
    pub phone: String,
    /// Mail.
    pub mail: String,
}

/// Makes a facility with its key; the rest of the act happens in it. For operators.
///
/// # Errors
/// `Conflict` when the slug is taken.
pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewFacility) -> Result<Facility> {
    let id = FacilityId::new(ctx);
    tx.enter(id)?;
    tx.make_facility_key(id, ctx.now)?;
    tx.exec(
        "INSERT INTO facility (id, kind, field, name, slug, address, phone, mail, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![id, new.kind.key(), new.field.key(), new.name, new.slug, new.address, new.phone, new.mail, ctx.now],
    )?;
    Access::new("facility.create", Act::Write, Class::Administration).on("facility", id).require(tx, ctx)?;
    get(tx, id)
}

fn read(row: &Row) -> Result<Facility> {
    let kind: String = row.get("kind")?;
    let kind = FacilityKind::from_key(&kind);
    let field: String = row.get("field")?;
    Ok(Facility {
        id: row.get("id")?,
        kind: kind.ok_or_else(|| Error::internal("facility kind"))?,
        field: Field::from_key(&field).unwrap_or(Field::Medical),
        name: row.get("name")?,
        slug: row.get("slug")?,
        address: row.get("address")?,
        phone: row.get("phone")?,
        mail: row.get("mail")?,
    })
}

/// A facility. Its name and contact are public (OV-201).
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &mut Tx<'_>, id: FacilityId) -> Result<Facility> {
    clause!("OV-201");
    let row = tx.row("SELECT * FROM facility WHERE id = ?1", params![id])?;
    read(&row.ok_or_else(|| Error::not_found("facility"))?)
}

/// The facility of a public address.
///
/// # Errors
/// `NotFound`.
pub fn by_slug(tx: &mut Tx<'_>, slug: &str) -> Result<Facility> {
    let row = tx.row("SELECT * FROM facility WHERE slug = ?1", params![slug])?;
    read(&row.ok_or_else(|| Error::not_found("facility"))?)
}

/// All facilities, for jobs and the command line.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Facility>> {
    tx.rows("SELECT * FROM facility ORDER BY made_at, id", params![])?.iter().map(read).collect()
}

/// What stands on file for online care.
///
/// # Errors
/// The database's.
pub fn standing(tx: &mut Tx<'_>) -> Result<Standing> {
    let facility = tx.facility()?;
    let safety_officer = tx.value(
        "SELECT o.person_id FROM safety_officer o JOIN person p ON p.id = o.person_id
         WHERE o.facility_id = ?1 AND p.closed_at IS NULL ORDER BY o.named_at DESC, o.id DESC LIMIT 1",
        params![facility],
    )?;
    let notification = tx
        .row(
            "SELECT authority, notified_on, active_on_20260401 FROM online_notification
             WHERE facility_id = ?1 ORDER BY recorded_at DESC, id DESC LIMIT 1",
            params![facility],
        )?
        .map(|row| -> Result<_> {
            Ok(Notification {
                authority: row.get("authority")?,
                notified_on: row.get("notified_on")?,
                active_on_20260401: row.get("active_on_20260401")?,
            })
        })
        .transpose()?;
    let operator_acknowledged = tx
        .row(
            "SELECT person_id, acknowledged_at FROM operator_acknowledgement
             WHERE facility_id = ?1 AND document_version = ?2 ORDER BY acknowledged_at DESC LIMIT 1",
            params![facility, OPERATOR_EXPLANATION],
        )?
        .map(|row| -> Result<_> { Ok((row.get("person_id")?, row.get("acknowledged_at")?)) })
        .transpose()?;
    Ok(Standing { safety_officer, notification, operator_acknowledged })
}

/// Names the person responsible for the safety of information.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn name_safety_officer(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    clause!("CS-101");
    let facility = tx.facility()?;
    Access::new("facility.name_safety_officer", Act::Write, Class::Administration)
        .on("person", person)
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO safety_officer (id, facility_id, person_id, named_by, named_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![RowId::new(ctx), facility, person, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Records the notification to the prefecture.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn record_notification(tx: &mut Tx<'_>, ctx: &Ctx, it: &Notification) -> Result<()> {
    clause!("OV-260");
    let facility = tx.facility()?;
    Access::new("facility.record_notification", Act::Write, Class::Administration)
        .on("facility", facility)
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO online_notification (id, facility_id, authority, notified_on, active_on_20260401, recorded_by, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![RowId::new(ctx), facility, it.authority, it.notified_on, it.active_on_20260401, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// The person who acts has read the operator's explanation and the demarcation of responsibility.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for anybody but staff.
pub fn acknowledge_operator(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    clause!("OV-241");
    let facility = tx.facility()?;
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff acknowledge"))?;
    Access::new("facility.acknowledge_operator", Act::Write, Class::Administration)
        .on("facility", facility)
        .detail(serde_json::json!({ "version": OPERATOR_EXPLANATION }))
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO operator_acknowledgement (id, facility_id, document_version, person_id, acknowledged_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![RowId::new(ctx), facility, OPERATOR_EXPLANATION, person, ctx.now],
    )?;
    Ok(())
}

/// Writes a new public text.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn write_text(tx: &mut Tx<'_>, ctx: &Ctx, text: &PublicText) -> Result<()> {
    clause!("OV-115", "OV-206");
    let facility = tx.facility()?;
    Access::new("facility.write_text", Act::Write, Class::Administration).on("facility", facility).require(tx, ctx)?;
    tx.exec(
        "INSERT INTO facility_text (id, facility_id, intro, cannot_online, consultation_fee_yen, emergency, made_by, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            RowId::new(ctx),
            facility,
            text.intro,
            text.cannot_online,
            text.consultation_fee_yen,
            text.emergency,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}

/// The public text in force. Public.
///
/// # Errors
/// The database's.
pub fn text(tx: &mut Tx<'_>, facility: FacilityId) -> Result<Option<PublicText>> {
    tx.row(
        "SELECT * FROM facility_text WHERE facility_id = ?1 ORDER BY made_at DESC, id DESC LIMIT 1",
        params![facility],
    )?
    .map(|row| {
        Ok(PublicText {
            intro: row.get("intro")?,
            cannot_online: row.get("cannot_online")?,
            consultation_fee_yen: row.get("consultation_fee_yen")?,
            emergency: row.get("emergency")?,
            made_at: row.get("made_at")?,
        })
    })
    .transpose()
}
