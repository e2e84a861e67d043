//! Terminals in rows: told by whoever sits there, registered and ended by a manager.

use audit::Entry;
use crypto::Key;
use db::{Row, Tx, params};
use guidelines::reading::terminal::{Kind, Standing};
use kernel::{Ctx, DeviceId, Error, Kind as ErrorKind, PersonId, Result, Timestamp, Words, clause, limits};
use serde_json::json;
use web::session;

use super::{Terminal, Told};
use crate::access::{Access, Act, Class};
use crate::sign_in::store::record_own;

const COLUMNS: &str = "t.id, t.name, t.kind, t.agent, t.told_at, t.allowed_at, t.remark, t.ended_at,
     p.family AS told_family, p.given AS told_given, a.family AS allowed_family, a.given AS allowed_given";
const FROM: &str = "FROM terminal t JOIN person p ON p.id = t.told_by LEFT JOIN person a ON a.id = t.allowed_by";

fn mark(key: &Key, secret: &str) -> Vec<u8> {
    key.derive("terminal").mark(secret.as_bytes()).to_vec()
}

/// The terminal that holds this secret, at this facility.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, key: &Key, secret: &str) -> Result<Option<Terminal>> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE t.facility_id = ?1 AND t.mark = ?2");
    let row = tx.row(&sql, params![facility, mark(key, secret)])?;
    row.as_ref().map(read).transpose()
}

/// Keeps what somebody says of the terminal in front, and shows images on it at once where that may be. What was said before
/// does not count any more.
///
/// # Errors
/// `Forbidden` for a terminal whose use a manager has ended.
pub fn tell(tx: &mut Tx<'_>, ctx: &Ctx, key: &Key, secret: &str, agent: &str, told: &Told) -> Result<()> {
    clause!("TR-14");
    let (facility, person) = (tx.facility()?, person(ctx)?);
    let before = find(tx, key, secret)?;
    if before.as_ref().is_some_and(|it| it.ended_at.is_some()) {
        let words = Words::new(
            "この端末の利用は、管理者が終了しています。使うときは管理者に相談してください。",
            "A manager has ended the use of this terminal. Please talk to a manager.",
        );
        return Err(Error::new(ErrorKind::Forbidden, words, "an ended terminal"));
    }
    let id = before.map_or_else(|| DeviceId::new(ctx), |it| it.id);
    session::leave_terminal(tx, id)?;
    tx.exec(
        "INSERT INTO terminal (id, facility_id, mark, name, kind, agent, told_by, told_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (facility_id, mark) DO UPDATE SET name = excluded.name, kind = excluded.kind, agent = excluded.agent,
         told_by = excluded.told_by, told_at = excluded.told_at, allowed_by = NULL, allowed_at = NULL, remark = ''",
        params![id, facility, mark(key, secret), told.name, told.kind.key(), agent, person, ctx.now],
    )?;
    let detail = json!({ "kind": told.kind.key(), "name": told.name, "agent": agent });
    record_own(tx, ctx, Entry::done("terminal.tell", "terminal", id).detail(detail))?;
    let terminal = find(tx, key, secret)?.ok_or_else(|| Error::internal("a terminal that was told"))?;
    if terminal.standing() == Standing::Shows { use_here(tx, ctx, &terminal) } else { Ok(()) }
}

/// This session's browser is the terminal, on which images may be shown.
///
/// # Errors
/// `Terminal` where they may not.
pub fn use_here(tx: &mut Tx<'_>, ctx: &Ctx, terminal: &Terminal) -> Result<()> {
    clause!("TR-14");
    let Some(session) = ctx.session else { return Err(Error::not_found("no session")) };
    if terminal.standing() != Standing::Shows {
        return Err(Error::terminal("a terminal that shows no images"));
    }
    session::at_terminal(tx, session, terminal.id)?;
    record_own(tx, ctx, Entry::done("terminal.use", "terminal", terminal.id))
}

/// The terminals of this facility: those that wait first, those that are used no longer last.
///
/// # Errors
/// `Forbidden` without the right to read the facility's affairs.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Terminal>> {
    Access::new("terminal.list", Act::View, Class::Administration).on("terminal", "").require(tx, ctx)?;
    let facility = tx.facility()?;
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE t.facility_id = ?1
         ORDER BY (t.ended_at IS NOT NULL), (t.kind IN ('fixed', 'personal') OR t.allowed_at IS NOT NULL), t.told_at DESC, t.id
         LIMIT ?2"
    );
    let rows = tx.rows(&sql, params![facility, limits::LIST_ROWS_MAX])?;
    rows.iter().map(read).collect()
}

/// How many wait for a manager. The caller asks for those who administer.
///
/// # Errors
/// The database's.
pub fn waiting(tx: &mut Tx<'_>) -> Result<i64> {
    let facility = tx.facility()?;
    let sql = "SELECT count(*) FROM terminal WHERE facility_id = ?1 AND kind IN ('portable', 'virtual')
               AND allowed_at IS NULL AND ended_at IS NULL";
    Ok(tx.value(sql, params![facility])?.unwrap_or(0))
}

/// A manager registers a terminal, or lets one be used again; `remark` says how it is kept safe.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer; `Conflict` for a private machine.
pub fn allow(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId, remark: &str) -> Result<()> {
    clause!("TR-14");
    let (facility, person, it) = (tx.facility()?, person(ctx)?, one(tx, id)?);
    Access::new("terminal.allow", Act::Write, Class::Administration)
        .on("terminal", id)
        .detail(json!({ "kind": it.kind.key(), "name": it.name, "remark": remark }))
        .require(tx, ctx)?;
    if !it.kind.can_be_allowed() {
        return Err(Error::conflict("a private machine is not registered"));
    }
    tx.exec(
        "UPDATE terminal SET allowed_by = ?3, allowed_at = ?4, remark = ?5, ended_by = NULL, ended_at = NULL
         WHERE facility_id = ?1 AND id = ?2",
        params![facility, id, person, ctx.now, remark],
    )?;
    Ok(())
}

/// A manager ends the use of a terminal: no session shows images on it from now on.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId) -> Result<()> {
    clause!("TR-14");
    let (facility, person, it) = (tx.facility()?, person(ctx)?, one(tx, id)?);
    Access::new("terminal.end", Act::Write, Class::Administration)
        .on("terminal", id)
        .detail(json!({ "kind": it.kind.key(), "name": it.name }))
        .require(tx, ctx)?;
    tx.exec(
        "UPDATE terminal SET ended_by = ?3, ended_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, person, ctx.now],
    )?;
    session::leave_terminal(tx, id)
}

/// The terminals that a person has told of or is signed in on, in use.
///
/// # Errors
/// The database's.
pub fn used_by(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<Terminal>> {
    let facility = tx.facility()?;
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE t.facility_id = ?1 AND t.ended_at IS NULL AND (t.told_by = ?2 OR t.id IN
         (SELECT s.device_id FROM session s WHERE s.person_id = ?2 AND s.ended_at IS NULL AND s.ends_at > ?3))
         ORDER BY t.told_at DESC, t.id LIMIT ?4"
    );
    let rows = tx.rows(&sql, params![facility, person, ctx.now, limits::LIST_ROWS_MAX])?;
    rows.iter().map(read).collect()
}

/// Whoever uses a terminal says that it is lost or cannot be trusted: its use ends, and so does every session on it, until a
/// manager registers it again. The terminal as it was; `None` for one of another facility, or none at all.
///
/// # Errors
/// The database's.
pub fn lose(tx: &mut Tx<'_>, ctx: &Ctx, id: DeviceId) -> Result<Option<Terminal>> {
    clause!("DL-42");
    let (facility, person) = (tx.facility()?, person(ctx)?);
    let it = match one(tx, id) {
        Ok(it) => it,
        Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    tx.exec(
        "UPDATE terminal SET ended_by = ?3, ended_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, person, ctx.now],
    )?;
    // Somebody may be signed in on it for another facility.
    let ended = tx.over_all(|tx| session::end_at_terminal(tx, ctx, id))?;
    let detail = json!({ "kind": it.kind.key(), "name": it.name, "sessions": ended });
    record_own(tx, ctx, Entry::done("terminal.lose", "terminal", id).detail(detail))?;
    Ok(Some(it))
}

/// How many terminals images are shown on, and when the newest was told: evidence.
///
/// # Errors
/// The database's.
pub fn shown_on(tx: &mut Tx<'_>) -> Result<(u64, Option<Timestamp>)> {
    tx.counted(
        "SELECT count(*) AS count, max(told_at) AS newest FROM terminal WHERE facility_id = ?1 AND ended_at IS NULL
         AND (kind = 'fixed' OR allowed_at IS NOT NULL)",
    )
}

fn one(tx: &mut Tx<'_>, id: DeviceId) -> Result<Terminal> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE t.facility_id = ?1 AND t.id = ?2");
    let row = tx.row(&sql, params![facility, id])?.ok_or_else(|| Error::not_found("terminal"))?;
    read(&row)
}

fn person(ctx: &Ctx) -> Result<PersonId> {
    ctx.who.staff().ok_or_else(|| Error::not_found("no staff"))
}

fn read(row: &Row) -> Result<Terminal> {
    let kind: String = row.get("kind")?;
    let allowed_at: Option<Timestamp> = row.get("allowed_at")?;
    let full = |family: Option<String>, given: Option<String>| {
        format!("{} {}", family.unwrap_or_default(), given.unwrap_or_default())
    };
    let allowed_by = full(row.get("allowed_family")?, row.get("allowed_given")?);
    Ok(Terminal {
        id: row.get("id")?,
        name: row.get("name")?,
        kind: Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of terminal"))?,
        agent: row.get("agent")?,
        told_by: full(row.get("told_family")?, row.get("told_given")?),
        told_at: row.get("told_at")?,
        allowed: allowed_at.map(|at| (allowed_by, at)),
        remark: row.get("remark")?,
        ended_at: row.get("ended_at")?,
    })
}
