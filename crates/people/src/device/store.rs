//! Devices in rows: the ledger in versions, what was told about each, the facility's own rules.

use audit::Entry as Leaf;
use db::{Row, Tx, params};
use guidelines::device::Kind;
use kernel::{Ctx, Date, DeviceId, Error, Result, RowId, Timestamp, Words, clause, limits};
use serde_json::json;

use super::certificate::{self, Certificate};
use super::inventory::Inventory;
use super::{Device, Entry, Report, Rule, Seen, Source, moment};
use crate::access::{Access, Act, Class};
use crate::person;
use crate::sign_in::store::record_own;

/// Reports of one device on its page: with a change a week, two years.
pub const HISTORY_ROWS_MAX: usize = 100;

const DEVICES: &str =
    "SELECT d.id, d.made_at, d.ended_at, e.name, e.kind, e.owner, e.place, e.serial, e.person_id, e.managed
     FROM device d JOIN device_entry e ON e.facility_id = d.facility_id AND e.device_id = d.id
     WHERE d.facility_id = ?1 AND e.number = (SELECT max(n.number) FROM device_entry n
     WHERE n.facility_id = ?1 AND n.device_id = d.id)";

fn read(row: &Row) -> Result<Device> {
    Ok(Device {
        id: row.get("id")?,
        entry: read_entry(row)?,
        made_at: row.get("made_at")?,
        ended_at: row.get("ended_at")?,
        agent: None,
        hand: None,
    })
}

fn read_entry(row: &Row) -> Result<Entry> {
    let kind: String = row.get("kind")?;
    Ok(Entry {
        name: row.get("name")?,
        kind: Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of a device"))?,
        owner: row.get("owner")?,
        place: row.get("place")?,
        serial: row.get("serial")?,
        person: row.get("person_id")?,
        managed: row.get("managed")?,
    })
}

fn read_report(tx: &mut Tx<'_>, row: &Row) -> Result<Report> {
    let (id, source, sealed): (RowId, String, Vec<u8>) = (row.get("id")?, row.get("source")?, row.get("content")?);
    let text = tx.open("device_report.content", id, &sealed)?;
    Ok(Report {
        id,
        source: if source == Source::Agent.key() { Source::Agent } else { Source::Hand },
        by: row.get("told_by")?,
        first_at: row.get("first_at")?,
        last_at: row.get("last_at")?,
        updates_since: row.get("updates_since")?,
        inventory: serde_json::from_str::<Inventory>(&text).map_err(Error::internal)?,
    })
}

/// The newest report of one source.
fn newest(tx: &mut Tx<'_>, id: DeviceId, source: Source) -> Result<Option<Report>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM device_report WHERE facility_id = ?1 AND device_id = ?2 AND source = ?3
         ORDER BY last_at DESC, id DESC LIMIT 1",
        params![facility, id, source.key()],
    )?;
    row.map(|row| read_report(tx, &row)).transpose()
}

/// A device of this facility with what was told last. No check: the caller has made its own.
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &mut Tx<'_>, id: DeviceId) -> Result<Device> {
    let facility = tx.facility()?;
    let row = tx.row(&format!("{DEVICES} AND d.id = ?2"), params![facility, id])?;
    let mut device = read(&row.ok_or_else(|| Error::not_found("device"))?)?;
    device.agent = newest(tx, id, Source::Agent)?;
    device.hand = newest(tx, id, Source::Hand)?;
    Ok(device)
}

/// All devices of this facility, those that are used no longer last. No check: the caller has made its own.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Device>> {
    let facility = tx.facility()?;
    let sql = format!("{DEVICES} ORDER BY (d.ended_at IS NOT NULL), e.name, d.id LIMIT ?2");
    let rows = tx.rows(&sql, params![facility, limits::LIST_ROWS_MAX])?;
    let mut devices: Vec<Device> = rows.iter().map(read).collect::<Result<_>>()?;
    let rows = tx.rows_among(
        "SELECT r.* FROM device_report r WHERE r.facility_id = ?1 AND r.device_id IN ({ids})
         AND NOT EXISTS (SELECT 1 FROM device_report n WHERE n.facility_id = ?1 AND n.device_id = r.device_id
         AND n.source = r.source AND (n.last_at > r.last_at OR (n.last_at = r.last_at AND n.id > r.id)))",
        params![facility],
        devices.iter().map(|it| it.id),
    )?;
    for row in &rows {
        let (of, report): (DeviceId, Report) = (row.get("device_id")?, read_report(tx, row)?);
        if let Some(device) = devices.iter_mut().find(|it| it.id == of) {
            match report.source {
                Source::Agent => device.agent = Some(report),
                Source::Hand => device.hand = Some(report),
            }
        }
    }
    Ok(devices)
}

/// The ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The devices.
    pub devices: Vec<Device>,
    /// The facility's own rules.
    pub rule: Rule,
    /// Who works here.
    pub staff: Vec<person::Person>,
}

/// The ledger for its page.
///
/// # Errors
/// `Forbidden` without the right to read the facility's affairs.
pub fn ledger(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Ledger> {
    clause!("DL-14");
    Access::new("device.list", Act::View, Class::Administration).on("device", "").require(tx, ctx)?;
    Ok(Ledger { devices: all(tx)?, rule: rule(tx)?, staff: person::store::staff(tx)? })
}

/// Everything that the page of a device shows.
#[derive(Debug, Clone)]
pub struct View {
    /// The device.
    pub device: Device,
    /// What was told, newest first, each with the name of who told it.
    pub history: Vec<(Report, Words)>,
    /// What stood in the ledger, newest first, each with who wrote it and when.
    pub entries: Vec<(Entry, Words, Timestamp)>,
    /// The facility's own rules.
    pub rule: Rule,
    /// Who works here.
    pub staff: Vec<person::Person>,
    /// Its certificates, newest first.
    pub certificates: Vec<Certificate>,
}

/// One device with its history.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId) -> Result<View> {
    clause!("DL-14");
    let (facility, device) = (tx.facility()?, get(tx, id)?);
    Access::new("device.view", Act::View, Class::Administration).on("device", id).require(tx, ctx)?;
    let rows = tx.rows(
        "SELECT * FROM device_report WHERE facility_id = ?1 AND device_id = ?2 ORDER BY last_at DESC, id DESC LIMIT ?3",
        params![facility, id, HISTORY_ROWS_MAX],
    )?;
    let history = rows
        .iter()
        .map(|row| {
            let report = read_report(tx, row)?;
            let by = crate::label::name(tx, &report.by)?;
            Ok((report, by))
        })
        .collect::<Result<_>>()?;
    let rows = tx.rows(
        "SELECT * FROM device_entry WHERE facility_id = ?1 AND device_id = ?2 ORDER BY number DESC LIMIT ?3",
        params![facility, id, HISTORY_ROWS_MAX],
    )?;
    let entries = rows
        .iter()
        .map(|row| {
            let by: String = row.get("written_by")?;
            Ok((read_entry(row)?, crate::label::name(tx, &by)?, row.get("written_at")?))
        })
        .collect::<Result<_>>()?;
    let (rule, staff, certificates) = (rule(tx)?, person::store::staff(tx)?, certificate::of(tx, id)?);
    Ok(View { device, history, entries, rule, staff, certificates })
}

/// Puts a device into the ledger.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for somebody who does not work here.
pub fn add(tx: &mut Tx<'_>, ctx: &Ctx, entry: &Entry) -> Result<DeviceId> {
    clause!("DL-13", "DL-14");
    let (facility, id) = (tx.facility()?, DeviceId::new(ctx));
    Access::new("device.add", Act::Write, Class::Administration)
        .on("device", id)
        .detail(told(entry))
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO device (id, facility_id, made_by, made_at) VALUES (?1, ?2, ?3, ?4)",
        params![id, facility, ctx.who.label(), ctx.now],
    )?;
    put(tx, ctx, id, 1, entry)?;
    Ok(id)
}

/// Writes the next version of what stands in the ledger.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer; `Conflict` for a device that is used no longer.
pub fn rewrite(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId, entry: &Entry) -> Result<()> {
    clause!("DL-13", "DL-14");
    let (facility, device) = (tx.facility()?, get(tx, id)?);
    Access::new("device.write", Act::Write, Class::Administration)
        .on("device", id)
        .detail(json!({ "before": told(&device.entry), "after": told(entry) }))
        .require(tx, ctx)?;
    live(&device)?;
    tx.lock(&format!("device {id}"))?;
    let number: Option<i64> = tx.value(
        "SELECT max(number) FROM device_entry WHERE facility_id = ?1 AND device_id = ?2",
        params![facility, id],
    )?;
    put(tx, ctx, id, number.unwrap_or(0) + 1, entry)
}

fn told(it: &Entry) -> serde_json::Value {
    json!({
        "name": it.name, "kind": it.kind.key(), "owner": it.owner, "place": it.place, "serial": it.serial,
        "person": it.person, "managed": it.managed,
    })
}

pub(super) fn live(device: &Device) -> Result<()> {
    if device.ended_at.is_some() { Err(Error::conflict("a device that is used no longer")) } else { Ok(()) }
}

fn put(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId, number: i64, it: &Entry) -> Result<()> {
    if let Some(person) = it.person {
        person::store::of_here(tx, person)?;
    }
    tx.exec(
        "INSERT INTO device_entry (facility_id, device_id, number, name, kind, owner, place, serial, person_id, managed,
         written_by, written_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            tx.facility()?,
            id,
            number,
            it.name,
            it.kind.key(),
            it.owner,
            it.place,
            it.serial,
            it.person,
            it.managed,
            ctx.who.label(),
            ctx.now
        ],
    )?;
    Ok(())
}

/// Puts on file what a manager saw on a device.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer; `Conflict` for a device that is used no longer.
pub fn see(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId, seen: &Seen) -> Result<()> {
    clause!("DL-12", "DL-14");
    let device = get(tx, id)?;
    Access::new("device.see", Act::Write, Class::Administration)
        .on("device", id)
        .detail(json!({ "on": seen.on, "answers": seen.inventory.haruka }))
        .require(tx, ctx)?;
    live(&device)?;
    keep(tx, ctx, id, Source::Hand, moment(seen.on, ctx.now), &seen.inventory)
}

/// Keeps a report. The same as was told before by this source moves its moment; anything else is a new row.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: DeviceId,
    source: Source,
    at: Timestamp,
    inventory: &Inventory,
) -> Result<()> {
    let (facility, row) = (tx.facility()?, RowId::new(ctx));
    tx.lock(&format!("device {id}"))?;
    let text = serde_json::to_string(inventory).map_err(Error::internal)?;
    let before = newest(tx, id, source)?;
    if let Some(before) = before.as_ref().filter(|it| it.inventory == *inventory && it.last_at <= at) {
        tx.exec(
            "UPDATE device_report SET last_at = ?3, told_by = ?4 WHERE facility_id = ?1 AND id = ?2",
            params![facility, before.id, at, ctx.who.label()],
        )?;
        return Ok(());
    }
    let waits = inventory.haruka.updates.is_some_and(|it| it > 0);
    let since = before.and_then(|it| it.updates_since).unwrap_or(at);
    let sealed = tx.seal("device_report.content", row, &text)?;
    tx.exec(
        "INSERT INTO device_report (id, facility_id, device_id, source, told_by, first_at, last_at, updates_since, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8)",
        params![row, facility, id, source.key(), ctx.who.label(), at, waits.then_some(since), sealed],
    )?;
    Ok(())
}

/// A manager ends the use of a device.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId) -> Result<()> {
    let device = get(tx, id)?;
    Access::new("device.end", Act::Write, Class::Administration)
        .on("device", id)
        .detail(told(&device.entry))
        .require(tx, ctx)?;
    revoke(tx, ctx, id)
}

/// Ends a device at once, and every session on it: from the next request on it is none of ours. Nothing happens when it has
/// ended before.
///
/// The caller has made its check: whoever reports a device as lost need not manage anything.
///
/// # Errors
/// `NotFound`.
pub fn revoke(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId) -> Result<()> {
    clause!("DL-12");
    let device = get(tx, id)?;
    if device.ended_at.is_some() {
        return Ok(());
    }
    tx.exec(
        "UPDATE device SET ended_by = ?3, ended_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![tx.facility()?, id, ctx.who.label(), ctx.now],
    )?;
    super::browser::end_sessions(tx, ctx, id)?;
    record_own(tx, ctx, Leaf::done("device.revoke", "device", id).detail(json!({ "name": device.entry.name })))
}

/// The facility's own rules on devices. No check: the caller has made its own.
///
/// # Errors
/// The database's.
pub fn rule(tx: &mut Tx<'_>) -> Result<Rule> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT document, decided_on, asked_inside FROM device_rule WHERE facility_id = ?1
         ORDER BY set_at DESC, id DESC LIMIT 1",
        params![facility],
    )?;
    let Some(row) = row else { return Ok(Rule::default()) };
    let (document, decided_on): (String, Option<Date>) = (row.get("document")?, row.get("decided_on")?);
    Ok(Rule { document: decided_on.map(|it| (document, it)), asked_inside: row.get("asked_inside")? })
}

/// Sets the facility's own rules on devices.
///
/// # Errors
/// `Forbidden` without the right to administer.
pub fn set_rule(tx: &mut Tx<'_>, ctx: &Ctx, new: &Rule) -> Result<()> {
    clause!("DL-13");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let (document, decided_on) = match &new.document {
        Some((document, on)) => (document.clone(), Some(*on)),
        None => (String::new(), None),
    };
    Access::new("device.set_rule", Act::Write, Class::Administration)
        .on("device_rule", id)
        .detail(json!({ "document": document, "decided_on": decided_on, "asked_inside": new.asked_inside }))
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO device_rule (id, facility_id, document, decided_on, asked_inside, set_by, set_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, facility, document, decided_on, new.asked_inside, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}
