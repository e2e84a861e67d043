//! Browsers on a device, in rows: enrolled by a one-time code of a manager, known again by the cookie that a terminal has
//! already, bound to a session, and refused from the moment on in which the device's use ends.

use audit::Entry as Leaf;
use crypto::{Key, codes};
use db::{Tx, params};
use kernel::{Ctx, DeviceId, Error, PersonId, Result, RowId, SessionId, clause, time};
use serde_json::json;
use web::session;

use super::store::{get, live};
use super::{Device, certificate, store};
use crate::access::{Access, Act, Class};
use crate::sign_in::store::record_own;

/// Minutes for which a code is good: the manager reads it to whoever sits before the device.
pub const CODE_MIN: i64 = 15;
/// Wrong codes at one facility after which every open one is void.
pub const TRIES_MAX: i64 = 5;
/// Codes that are open at one facility at once.
const OPEN_MAX: usize = 50;

fn mark(key: &Key, secret: &str) -> Vec<u8> {
    key.derive("device").mark(secret.as_bytes()).to_vec()
}

fn owner(id: RowId) -> String {
    format!("device/{id}")
}

/// Makes a code by which one browser is enrolled as this device. It is told once.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer; `Conflict` for a device that is used no longer.
pub fn make_code(tx: &mut Tx<'_>, ctx: &Ctx, key: &Key, id: DeviceId) -> Result<String> {
    clause!("DL-12");
    let (facility, device, row) = (tx.facility()?, get(tx, id)?, RowId::new(ctx));
    Access::new("device.make_code", Act::Write, Class::Administration).on("device", id).require(tx, ctx)?;
    live(&device)?;
    let code = codes::recovery(&ctx.chance).swap_remove(0);
    // A new code takes the place of the one before.
    tx.exec(
        "UPDATE device_code SET used_at = ?3 WHERE facility_id = ?1 AND device_id = ?2 AND purpose = 'browser' AND used_at IS NULL",
        params![facility, id, ctx.now],
    )?;
    tx.exec(
        "INSERT INTO device_code (id, facility_id, device_id, mark, made_by, made_at, expires_at, tries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
        params![
            row,
            facility,
            id,
            codes::mark(key, &owner(row), &code).to_vec(),
            ctx.who.label(),
            ctx.now,
            time::plus_min(ctx.now, CODE_MIN)
        ],
    )?;
    Ok(code)
}

/// What became of a code that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// This browser is known as the device from now on.
    Enrolled(DeviceId),
    /// No open code: wrong, too late, used, or void after too many tries.
    Wrong,
    /// The device is somebody else's: lent and personal ones are enrolled by who uses them.
    NotYours,
}

/// Enrols the browser that holds `secret` by a code, and binds this session to the device.
///
/// # Errors
/// The database's.
pub fn enrol(tx: &mut Tx<'_>, ctx: &Ctx, key: &Key, secret: &str, agent: &str, typed: &str) -> Result<Outcome> {
    clause!("DL-12");
    let (facility, person) = (tx.facility()?, staff(ctx)?);
    tx.lock(&format!("device codes {facility}"))?;
    let open = tx.rows(
        "SELECT id, device_id, mark FROM device_code WHERE facility_id = ?1 AND purpose = 'browser' AND used_at IS NULL AND expires_at > ?2
         AND tries < ?3 ORDER BY id LIMIT ?4",
        params![facility, ctx.now, TRIES_MAX, OPEN_MAX],
    )?;
    let mut found: Option<(RowId, DeviceId)> = None;
    for row in &open {
        let (id, kept): (RowId, Vec<u8>) = (row.get("id")?, row.get("mark")?);
        if codes::is_mark(key, &owner(id), typed, &kept) {
            found = Some((id, row.get("device_id")?));
        }
    }
    let device = match found {
        Some((_, device)) => get(tx, device)?,
        None => {
            tx.exec(
                "UPDATE device_code SET tries = tries + 1
                 WHERE facility_id = ?1 AND purpose = 'browser' AND used_at IS NULL AND expires_at > ?2",
                params![facility, ctx.now],
            )?;
            record_own(tx, ctx, Leaf::done("device.enrol", "device", "").refused())?;
            return Ok(Outcome::Wrong);
        }
    };
    if device.ended_at.is_some() || device.entry.person.is_some_and(|it| it != person) {
        record_own(tx, ctx, Leaf::done("device.enrol", "device", device.id).refused())?;
        return Ok(Outcome::NotYours);
    }
    tx.exec(
        "UPDATE device_code SET used_at = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![facility, found.map(|it| it.0), ctx.now],
    )?;
    tx.exec(
        "INSERT INTO device_browser (facility_id, mark, device_id, agent, enrolled_by, enrolled_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (facility_id, mark) DO UPDATE SET device_id = excluded.device_id, agent = excluded.agent,
         enrolled_by = excluded.enrolled_by, enrolled_at = excluded.enrolled_at",
        params![facility, mark(key, secret), device.id, agent, person, ctx.now],
    )?;
    let detail = json!({ "name": device.entry.name, "agent": agent });
    record_own(tx, ctx, Leaf::done("device.enrol", "device", device.id).detail(detail))?;
    if let Some(session) = ctx.session {
        bind(tx, ctx, session, device.id, false)?;
    }
    Ok(Outcome::Enrolled(device.id))
}

fn staff(ctx: &Ctx) -> Result<PersonId> {
    ctx.who.staff().ok_or_else(|| Error::not_found("no staff"))
}

/// `proven`: by a certificate. Such a row opens nothing by itself; it says which sessions end with the device.
fn bind(tx: &mut Tx<'_>, ctx: &Ctx, session: SessionId, device: DeviceId, proven: bool) -> Result<()> {
    tx.exec(
        "INSERT INTO device_session (facility_id, session_id, device_id, begun_at, proven) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (facility_id, session_id) DO UPDATE SET device_id = excluded.device_id, begun_at = excluded.begun_at,
         proven = excluded.proven",
        params![tx.facility()?, session, device, ctx.now, i64::from(proven)],
    )?;
    Ok(())
}

/// The device in use as which a browser is enrolled at this facility.
///
/// # Errors
/// The database's.
pub fn of_browser(tx: &mut Tx<'_>, key: &Key, secret: &str) -> Result<Option<Device>> {
    let facility = tx.facility()?;
    let found: Option<DeviceId> = tx.value(
        "SELECT b.device_id FROM device_browser b JOIN device d ON d.facility_id = b.facility_id AND d.id = b.device_id
         WHERE b.facility_id = ?1 AND b.mark = ?2 AND d.ended_at IS NULL",
        params![facility, mark(key, secret)],
    )?;
    found.map(|id| get(tx, id)).transpose()
}

/// Binds this session to the device on which it runs, as [`of_browser`] or its certificate said. Nothing happens when it is bound
/// to it already.
///
/// # Errors
/// The database's.
pub fn use_here(tx: &mut Tx<'_>, ctx: &Ctx, device: DeviceId) -> Result<()> {
    let Some(session) = ctx.session else { return Ok(()) };
    if is_bound(tx, ctx, device)? {
        return Ok(());
    }
    let proven = certificate::proven_id(tx, ctx)? == Some(device);
    bind(tx, ctx, session, device, proven)?;
    record_own(tx, ctx, Leaf::done("device.use", "device", device))
}

/// Whether this session is bound to the device, by what it shows now.
///
/// # Errors
/// The database's.
pub fn is_bound(tx: &mut Tx<'_>, ctx: &Ctx, device: DeviceId) -> Result<bool> {
    let (Some(session), facility) = (ctx.session, tx.facility()?) else { return Ok(false) };
    let proven: Option<i64> = tx.value(
        "SELECT proven FROM device_session WHERE facility_id = ?1 AND session_id = ?2 AND device_id = ?3",
        params![facility, session, device],
    )?;
    Ok(match proven {
        None => false,
        Some(0) => true,
        // The certificate is not shown any more: the cookie must say it anew.
        Some(_) => certificate::proven_id(tx, ctx)? == Some(device),
    })
}

/// The device on which this session runs: by the certificate that its browser shows, which is asked for at every request, or
/// by its cookie. None when it is none of the ledger's, or its use has ended.
///
/// # Errors
/// The database's.
pub fn here(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Option<Device>> {
    here_id(tx, ctx)?.map(|id| store::get(tx, id)).transpose()
}

/// Which one, without all that is known of it.
///
/// # Errors
/// The database's.
pub fn here_id(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Option<DeviceId>> {
    clause!("DL-12");
    if let Some(device) = certificate::proven_id(tx, ctx)? {
        return Ok(Some(device));
    }
    let (Some(session), facility) = (ctx.session, tx.facility()?) else { return Ok(None) };
    tx.value(
        "SELECT s.device_id FROM device_session s JOIN device d ON d.facility_id = s.facility_id AND d.id = s.device_id
         WHERE s.facility_id = ?1 AND s.session_id = ?2 AND s.proven = 0 AND d.ended_at IS NULL",
        params![facility, session],
    )
}

/// As [`here`], in an act. A session whose browser proves the device by its certificate is bound to it from then on: it ends
/// with the device, and whoever reports the session's device as lost means this one.
///
/// # Errors
/// The database's.
pub fn sits_here(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Option<Device>> {
    clause!("DL-42", "CS-153");
    if let (Some(device), Some(session)) = (certificate::proven_id(tx, ctx)?, ctx.session)
        && !is_bound(tx, ctx, device)?
    {
        // No entry of its own: that of the act names session and device, and takes the locks of two facilities in their order.
        bind(tx, ctx, session, device, true)?;
    }
    here(tx, ctx)
}

/// The devices of this facility on which these sessions run; those whose use has ended are left out.
///
/// # Errors
/// The database's.
pub(crate) fn of_sessions(tx: &mut Tx<'_>, sessions: &[SessionId]) -> Result<Vec<Device>> {
    let facility = tx.facility()?;
    let sql = "SELECT DISTINCT s.device_id FROM device_session s
               JOIN device d ON d.facility_id = s.facility_id AND d.id = s.device_id
               WHERE s.facility_id = ?1 AND d.ended_at IS NULL AND s.session_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], sessions.iter().copied())?;
    rows.iter().map(|row| store::get(tx, row.get("device_id")?)).collect()
}

/// Ends every session on a device.
pub(super) fn end_sessions(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId) -> Result<()> {
    clause!("CS-153");
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT session_id FROM device_session WHERE facility_id = ?1 AND device_id = ?2",
        params![facility, id],
    )?;
    for row in &rows {
        session::close(tx, ctx, row.get("session_id")?)?;
    }
    Ok(())
}
