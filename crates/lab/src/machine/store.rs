//! Machines and rows: released by the manager, listed, fetched, reported back, and refused with a word to the manager.

use db::{Row, Tx, params};
use kernel::{Ctx, Error, Result, RowId, Timestamp, Words, clause, limits, time};
use people::access::{Access, Act, Class};
use people::token::store as tokens;
use people::token::{Scope, Token};
use serde_json::json;

use super::{DIGEST_CHARS, Machine, REFUSED_DAYS, Refused, is_reported, may_release, may_take};
use crate::case::store::{act, made_here, names, need, need_manager, read_one};
use crate::case::{Case, CaseId, Kind, Said};
use crate::file::Bundle;
use crate::file::store::{Taken, bundles, way};
use crate::remote::Refusal;

/// Minutes within which the same refusal is one row for the manager: a program that tries all day must not fill the table. The log
/// has each of them.
const AGAIN_MIN: i64 = 60;

/// Told to a machine that leaves open which case it means.
const SEVERAL: Words = Words::new(
    "同じファイルの技工が複数あります。どの技工かを指定してください。",
    "Several cases have these files: name the case.",
);

/// The machines that this facility has: live tokens with the scope `lab.fetch`, by name. The id is the token's.
///
/// # Errors
/// The database's.
pub fn machines(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(RowId, Machine)>> {
    let mut all: Vec<(RowId, Machine)> = Vec::new();
    for it in tokens::with_scope(tx, Scope::LabFetch)? {
        let machine = Machine { person: it.person, name: it.label.clone() };
        if it.is_live(now) && !all.iter().any(|known| known.1 == machine) {
            all.push((it.id, machine));
        }
    }
    all.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    Ok(all)
}

/// Releases the approved design: for the machine of this token, or for machining by hand. The manager's act; the caller has asked
/// for a fresh proof of who it is.
///
/// # Errors
/// `NotFound` for a token that is none of a machine here; `Forbidden`; `Conflict` out of turn.
pub fn release(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, token: Option<RowId>) -> Result<Vec<Refusal>> {
    clause!("DL-21");
    let case = made_here(tx, id)?;
    need_manager(tx, ctx, "lab.act", &case)?;
    let machine = match token {
        None => None,
        Some(token) => {
            // Any of its live tokens: a machine whose token is being renewed has two for a while.
            let found =
                tokens::with_scope(tx, Scope::LabFetch)?.into_iter().find(|it| it.id == token && it.is_live(ctx.now));
            let found = found.ok_or_else(|| Error::not_found("no machine of this laboratory"))?;
            Some(Machine { person: found.person, name: found.label })
        }
    };
    let refused = may_release(&case);
    if !refused.is_empty() {
        return Ok(refused);
    }
    let (person, name) = machine.map(|it| (Some(it.person), it.name)).unwrap_or_default();
    act(tx, ctx, id, Kind::Released, &Said { person, machine: name, ..Said::default() })?;
    Ok(vec![])
}

/// What is released for a machine, the cases' bundles. With something to show it is an entry of both logs: names of files may
/// name the patient. An empty look is none, so that a machine may look every minute.
///
/// # Errors
/// `Forbidden` for a person who may not see laboratory work.
pub fn released(tx: &mut Tx<'_>, ctx: &Ctx, machine: &Machine) -> Result<Vec<(CaseId, Bundle)>> {
    clause!("DL-21");
    Access::new("lab.released", Act::View, Class::Lab).on("lab_case", "").require_for_form(tx, ctx)?;
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT id FROM lab_case WHERE facility_id = ?1 AND side = 'serves'
         AND (SELECT e.kind FROM lab_event e WHERE e.facility_id = ?1 AND e.case_id = lab_case.id
         AND e.kind NOT IN ('asked', 'answered', 'noted', 'revised') ORDER BY e.number DESC LIMIT 1) = 'released'
         ORDER BY ordered_at, id LIMIT ?2",
        params![facility, limits::LIST_ROWS_MAX],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let case = read_one(tx, row.get("id")?)?;
        if may_take(&case, machine, case.design()).is_err() {
            continue;
        }
        let bundle = bundles(tx, case.id)?.into_iter().find(|it| it.digest == case.design());
        if let Some(bundle) = bundle {
            need(
                tx,
                ctx,
                "lab.released",
                Act::View,
                &case,
                json!({ "digest": bundle.digest, "machine": machine.name }),
            )?;
            found.push((case.id, bundle));
        }
    }
    Ok(found)
}

/// By what else a machine names the case, since two cases may have the same files: a design that is used again.
#[derive(Debug, Clone, Copy)]
pub enum Named {
    /// One of the files.
    File(RowId),
    /// The case itself.
    Case(CaseId),
    /// Nothing: good as long as one case alone can be meant.
    Nothing,
}

/// The case that a machine means by a digest: the one that is released for it or was reported by it, else the newest with such files.
fn meant(tx: &mut Tx<'_>, machine: &Machine, digest: &str, named: Named) -> Result<Option<Case>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT DISTINCT c.id, c.ordered_at FROM lab_bundle b
         JOIN lab_case c ON c.facility_id = b.facility_id AND c.id = b.case_id
         WHERE b.facility_id = ?1 AND b.digest = ?2 AND c.side = 'serves' ORDER BY c.ordered_at DESC, c.id DESC LIMIT ?3",
        params![facility, digest, limits::LIST_ROWS_MAX],
    )?;
    let (mut newest, mut own) = (None, None);
    for row in &rows {
        let case = read_one(tx, row.get("id")?)?;
        let is_named = match named {
            Named::File(file) => {
                bundles(tx, case.id)?.iter().any(|it| it.digest == digest && it.members.iter().any(|it| it.id == file))
            }
            Named::Case(id) => case.id == id,
            Named::Nothing => true,
        };
        if !is_named {
            continue;
        }
        if may_take(&case, machine, digest).is_ok() || is_reported(&case, machine, digest) {
            if own.is_some() {
                return Err(Error::new(kernel::Kind::Conflict, SEVERAL, "several cases have these files"));
            }
            own = Some(case);
        } else {
            newest.get_or_insert(case);
        }
    }
    Ok(own.or(newest))
}

/// Refuses, on record although the act is taken back: in the log, and in a row for the manager.
fn refuse(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    case: Option<&Case>,
    (machine, digest, milled): (&Machine, &str, bool),
    why: Refused,
) -> Error {
    let verb = if milled { "lab.milled" } else { "lab.fetch" };
    let id = case.map(|it| it.id.to_string()).unwrap_or_default();
    // What a stranger calls a digest may be anything.
    let digest: String = digest.chars().filter(char::is_ascii_alphanumeric).take(DIGEST_CHARS).collect();
    let access = Access::new(verb, Act::View, Class::Lab).on("lab_case", id);
    let access = match case {
        Some(it) => access.of(it.patient),
        None => access,
    };
    let refused = access.detail(json!({ "digest": digest, "machine": machine.name })).turned_away(tx, ctx, why.key());
    let (ctx, machine, case) = (ctx.clone(), machine.clone(), case.map(|it| it.id));
    tx.on_rollback(move |tx| {
        let facility = tx.facility()?;
        let known: Option<i64> = tx.value(
            "SELECT count(*) FROM lab_machine_refusal WHERE facility_id = ?1 AND at > ?2 AND person_id = ?3 AND machine = ?4
             AND digest = ?5 AND milled = ?6 AND why = ?7",
            params![
                facility,
                time::plus_min(ctx.now, -AGAIN_MIN),
                machine.person,
                machine.name,
                digest,
                i64::from(milled),
                why.key()
            ],
        )?;
        if known.unwrap_or(0) > 0 {
            return Ok(());
        }
        tx.exec(
            "INSERT INTO lab_machine_refusal (facility_id, id, case_id, person_id, machine, digest, milled, why, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                facility,
                RowId::new(&ctx),
                case,
                machine.person,
                machine.name,
                digest,
                i64::from(milled),
                why.key(),
                ctx.now
            ],
        )?;
        Ok(())
    });
    match why {
        Refused::Unknown => Error::not_found("no case here has these files"),
        Refused::OtherMachine => refused,
        Refused::NotReleased | Refused::OtherDigest => Error::conflict("these files are not released now"),
    }
}

/// A file on its way to the machine.
///
/// # Errors
/// `NotFound` for files of no case here; `Forbidden` for another machine; `Conflict` for what is not, or no longer, released.
pub fn take(tx: &mut Tx<'_>, ctx: &Ctx, machine: &Machine, digest: &str, file: RowId) -> Result<Taken> {
    clause!("DL-21");
    let asked = (machine, digest, false);
    let Some(case) = meant(tx, machine, digest, Named::File(file))? else {
        return Err(refuse(tx, ctx, None, asked, Refused::Unknown));
    };
    if let Err(why) = may_take(&case, machine, digest) {
        return Err(refuse(tx, ctx, Some(&case), asked, why));
    }
    need(tx, ctx, "lab.fetch", Act::View, &case, json!({ "digest": digest, "file": file, "machine": machine.name }))?;
    // Behind the lock that the entry has taken: nothing is handed out of a design that was taken back meanwhile.
    let case = read_one(tx, case.id)?;
    if let Err(why) = may_take(&case, machine, digest) {
        return Err(refuse(tx, ctx, Some(&case), asked, why));
    }
    let bundle = bundles(tx, case.id)?.into_iter().find(|it| it.digest == digest);
    let bundle = bundle.ok_or_else(|| Error::not_found("no such bundle of this case"))?;
    let member = bundle.members.iter().find(|it| it.id == file).ok_or_else(|| Error::not_found("no such file"))?;
    way(tx, bundle.holder, member)
}

/// The machine has milled the files with this digest. The same report again changes nothing.
///
/// # Errors
/// As [`take`]; `Conflict` as well where `named` leaves open which of several cases with the same files is meant.
pub fn milled(tx: &mut Tx<'_>, ctx: &Ctx, machine: &Machine, digest: &str, named: Named) -> Result<CaseId> {
    clause!("DL-21");
    let told = (machine, digest, true);
    let Some(case) = meant(tx, machine, digest, named)? else {
        return Err(refuse(tx, ctx, None, told, Refused::Unknown));
    };
    need(tx, ctx, "lab.milled", Act::Write, &case, json!({ "digest": digest, "machine": machine.name }))?;
    let case = read_one(tx, case.id)?;
    if is_reported(&case, machine, digest) {
        return Ok(case.id);
    }
    if let Err(why) = may_take(&case, machine, digest) {
        return Err(refuse(tx, ctx, Some(&case), told, why));
    }
    let said = Said {
        person: Some(machine.person),
        machine: machine.name.clone(),
        digest: digest.to_owned(),
        ..Said::default()
    };
    act(tx, ctx, case.id, Kind::Machined, &said)?;
    Ok(case.id)
}

/// That a machine was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// Of which case; none for files that no case here has.
    pub case: Option<CaseId>,
    /// Which machine.
    pub machine: Machine,
    /// Of which files.
    pub digest: String,
    /// Whether it had milled them already.
    pub milled: bool,
    /// Why.
    pub why: Refused,
    /// When.
    pub at: Timestamp,
}

fn read(row: &Row) -> Result<Turned> {
    let (why, milled): (String, i64) = (row.get("why")?, row.get("milled")?);
    Ok(Turned {
        case: row.get("case_id")?,
        machine: Machine { person: row.get("person_id")?, name: row.get("machine")? },
        digest: row.get("digest")?,
        milled: milled == 1,
        why: Refused::from_key(&why).ok_or_else(|| Error::internal("why a machine was refused"))?,
        at: row.get("at")?,
    })
}

/// What machines were refused in the last [`REFUSED_DAYS`], newest first.
///
/// # Errors
/// The database's.
pub fn refusals(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Turned>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_machine_refusal WHERE facility_id = ?1 AND at > ?2 ORDER BY at DESC, id DESC LIMIT ?3",
        params![facility, time::plus_min(now, -REFUSED_DAYS * 24 * 60), limits::LIST_ROWS_MAX],
    )?;
    rows.iter().map(read).collect()
}

/// Machines' tokens that were shown without what they are bound to, or after their end, in the last [`REFUSED_DAYS`].
///
/// # Errors
/// The database's.
pub fn refused_tokens(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Token>> {
    let since = time::plus_min(now, -REFUSED_DAYS * 24 * 60);
    let all = tokens::with_scope(tx, Scope::LabFetch)?;
    Ok(all.into_iter().filter(|it| it.refused_at.is_some_and(|at| at > since)).collect())
}

/// The machines for the manager's form, with the names of the persons as whom they act.
///
/// # Errors
/// The database's.
pub(crate) fn offered(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<(RowId, Machine, String)>> {
    let all = machines(tx, now)?;
    let names = names(tx, all.iter().map(|it| it.1.person).collect::<Vec<_>>())?;
    let named = |it: (RowId, Machine)| {
        let name = names.get(&it.1.person).cloned().unwrap_or_default();
        (it.0, it.1, name)
    };
    Ok(all.into_iter().map(named).collect())
}
