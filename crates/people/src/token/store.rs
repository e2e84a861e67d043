//! Rows of tokens: made by the operator or a manager, found by what a machine shows, ended by their person too.

use audit::Entry;
use crypto::Key;
use crypto::digest::{hex, unhex};
use db::{Row, Tx, params};
use kernel::{Ctx, Error, Kind, PersonId, Result, RowId, Timestamp, Words, clause, limits, time};

use super::{Certificate, DAYS_MAX, Proof, Scope, TOKEN_CHARS, Token, Unproven, secret};
use crate::access::{Access, Act, Class, duties};
use crate::sign_in::store::record_own;

/// The last use is written at most once in this many minutes: a study is a thousand requests.
const USED_EVERY_MIN: i64 = 60;
/// A refusal is put on record at most once in this many minutes: whoever tries all day must not fill the log.
const REFUSED_EVERY_MIN: i64 = 1;

/// What a token is made of.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// As whom it acts.
    pub person: PersonId,
    /// Which machine has it.
    pub label: String,
    /// What it is good for.
    pub scopes: Vec<Scope>,
    /// Days it lives; not longer than its certificate.
    pub days: i64,
    /// The only certificate with which it counts.
    pub certificate: Option<Certificate>,
}

fn mark(key: &Key, token: &str) -> Vec<u8> {
    key.derive("token").mark(token.as_bytes()).to_vec()
}

/// Makes a token for a person who works at this act's facility, and returns its secret to be told once. `key` is the
/// installation's.
///
/// # Errors
/// `Forbidden` without the right to administer; `NotFound` for a person without a duty here; `Invalid` for a life or a
/// label that cannot be, without a scope, or for a certificate that does not hold now.
pub fn make(tx: &mut Tx<'_>, ctx: &Ctx, key: &Key, new: &NewToken) -> Result<(RowId, String)> {
    clause!("CS-120", "CS-126", "TR-12");
    let (facility, id) = (tx.facility()?, RowId::new(ctx));
    let scopes: Vec<&str> = new.scopes.iter().map(|it| it.key()).collect();
    let certificate = new.certificate.map(|it| hex(&it.fingerprint)).unwrap_or_default();
    Access::new("token.make", Act::Write, Class::Administration)
        .on("token", id)
        .detail(serde_json::json!({
            "person": new.person, "scopes": scopes, "label": new.label, "days": new.days, "certificate": certificate,
        }))
        .require(tx, ctx)?;
    if !(1..=DAYS_MAX).contains(&new.days) {
        let words = Words::made(
            format!("有効期間は1日から{DAYS_MAX}日までです。"),
            format!("A token lives from 1 to {DAYS_MAX} days."),
        );
        return Err(Error::invalid("days", words));
    }
    if new.label.chars().count() > limits::LINE_CHARS_MAX || new.label.chars().any(char::is_control) {
        return Err(Error::invalid(
            "label",
            Words::new("名前は1行で入力してください。", "Type the label in one line."),
        ));
    }
    if new.scopes.contains(&Scope::LabFetch) && new.label.trim().is_empty() {
        let words = Words::new("加工機の名前を入力してください。", "Name the machine that gets it.");
        return Err(Error::new(
            Kind::Invalid { field: "label" },
            words,
            "a token with lab.fetch needs --label, the machine's name",
        ));
    }
    if scopes.is_empty() {
        return Err(Error::invalid("scope", Words::new("使い道を選んでください。", "Choose what it is good for.")));
    }
    if new.certificate.is_some_and(|it| ctx.now < it.begins_at || it.ends_at <= ctx.now) {
        let words = Words::new(
            "この証明書は、期限が切れているか、まだ有効になっていません。",
            "This certificate has ended, or does not hold yet.",
        );
        let cause = "the certificate has ended, or does not hold yet";
        return Err(Error::new(Kind::Invalid { field: "certificate" }, words, cause));
    }
    if duties(tx, new.person)?.is_empty() {
        return Err(Error::not_found("a token for somebody without a duty here"));
    }
    let token = secret(&ctx.chance);
    let expires_at = time::plus_min(ctx.now, new.days * 24 * 60);
    // With its certificate it ends: so nothing else has to look at the dates of certificates.
    let expires_at = new.certificate.map_or(expires_at, |it| it.ends_at.min(expires_at));
    tx.exec(
        "INSERT INTO bearer_token (id, facility_id, person_id, token_mark, label, scopes, made_by, made_at, expires_at,
         certificate) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            id,
            facility,
            new.person,
            mark(key, &token),
            new.label,
            scopes.join(" "),
            ctx.who.label(),
            ctx.now,
            expires_at,
            certificate
        ],
    )?;
    Ok((id, token))
}

const COLUMNS: &str =
    "id, facility_id, person_id, label, scopes, certificate, made_at, expires_at, used_at, refused_at, ended_at";

fn read(row: &Row) -> Result<Token> {
    let (scopes, certificate): (String, String) = (row.get("scopes")?, row.get("certificate")?);
    let certificate = match certificate.as_str() {
        "" => None,
        // What cannot be read fits no certificate; it must not become a token that needs none.
        text => Some(unhex(text).and_then(|it| it.try_into().ok()).ok_or_else(|| Error::internal("a fingerprint"))?),
    };
    Ok(Token {
        id: row.get("id")?,
        person: row.get("person_id")?,
        facility: row.get("facility_id")?,
        label: row.get("label")?,
        // A scope of a later edition opens nothing here.
        scopes: scopes.split(' ').filter_map(|it| it.parse().ok()).collect(),
        certificate,
        made_at: row.get("made_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
        refused_at: row.get("refused_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// What a machine shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Nothing that opens anything.
    None,
    /// A live token that counts here.
    Good(Token),
    /// A token of ours that does not count: it has ended, or comes without what it is bound to.
    Unproven(Token, Unproven),
}

/// The token that a machine shows together with this proof, in an act of no facility; none when its person has left or works
/// here no more.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, key: &Key, shown: &str, proof: Proof, now: Timestamp) -> Result<Shown> {
    clause!("CS-121", "CS-126");
    if shown.len() != TOKEN_CHARS {
        return Ok(Shown::None);
    }
    let sql = format!("SELECT {COLUMNS} FROM bearer_token WHERE token_mark = ?1");
    let row = tx.row(&sql, params![mark(key, shown)])?;
    let Some(token) = row.as_ref().map(read).transpose()? else { return Ok(Shown::None) };
    tx.enter(token.facility)?;
    if !token.is_live(now) {
        return Ok(Shown::Unproven(token, Unproven::Ended));
    }
    if duties(tx, token.person)?.is_empty() {
        return Ok(Shown::None);
    }
    Ok(match token.proven(proof) {
        Ok(()) => Shown::Good(token),
        Err(why) => Shown::Unproven(token, why),
    })
}

/// Whether [`refused`] has something to write.
#[must_use]
pub fn is_refusal_new(token: &Token, now: Timestamp) -> bool {
    token.refused_at.is_none_or(|it| now >= time::plus_min(it, REFUSED_EVERY_MIN))
}

/// Puts on the facility's record that somebody has shown a token without what it is bound to, or after its end: it may have been
/// copied, or a machine was forgotten.
/// `ctx` is whoever was refused, so nobody.
///
/// # Errors
/// The database's.
pub fn refused(tx: &mut Tx<'_>, ctx: &Ctx, token: &Token, proof: Proof, why: Unproven) -> Result<()> {
    clause!("TR-12", "CS-150");
    let certificate = match proof {
        Proof::Asked(Some(it)) => hex(&it),
        Proof::Asked(None) | Proof::NotAsked => String::new(),
    };
    let detail = serde_json::json!({ "person": token.person, "why": why.key(), "certificate": certificate, "label": token.label });
    audit::append(tx, ctx, Entry::done("token.use", "token", token.id).detail(detail).refused())?;
    tx.exec(
        "UPDATE bearer_token SET refused_at = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![token.facility, token.id, ctx.now],
    )?;
    Ok(())
}

/// The tokens of this act's facility with this scope, ended ones too, the newest first.
///
/// # Errors
/// The database's.
pub fn with_scope(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<Token>> {
    let facility = tx.facility()?;
    let sql =
        format!("SELECT {COLUMNS} FROM bearer_token WHERE facility_id = ?1 ORDER BY made_at DESC, id DESC LIMIT 1000");
    let all: Vec<Token> = tx.rows(&sql, params![facility])?.iter().map(read).collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|it| it.scopes.contains(&scope)).collect())
}

/// How many live tokens of this act's facility may send images, and how many of them count without a certificate.
///
/// # Errors
/// The database's.
pub fn senders(tx: &mut Tx<'_>, now: Timestamp) -> Result<(u64, u64)> {
    let facility = tx.facility()?;
    let sql = format!(
        "SELECT {COLUMNS} FROM bearer_token WHERE facility_id = ?1 AND ended_at IS NULL AND expires_at > ?2 LIMIT 1000"
    );
    let mut found = (0, 0);
    for row in tx.rows(&sql, params![facility, now])? {
        let token = read(&row)?;
        if token.scopes.contains(&Scope::DicomwebWrite) {
            found.0 += 1;
            found.1 += u64::from(token.certificate.is_none());
        }
    }
    Ok(found)
}

/// Whether [`used`] has something to write.
#[must_use]
pub fn is_use_new(token: &Token, now: Timestamp) -> bool {
    token.used_at.is_none_or(|it| now >= time::plus_min(it, USED_EVERY_MIN))
}

/// Notes the use of a token.
///
/// # Errors
/// The database's.
pub fn used(tx: &mut Tx<'_>, token: &Token, now: Timestamp) -> Result<()> {
    tx.exec(
        "UPDATE bearer_token SET used_at = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![token.facility, token.id, now],
    )?;
    Ok(())
}

/// The tokens of a person at this act's facility, the newest first; ended ones too, since the log names them.
///
/// # Errors
/// The database's.
fn of(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Token>> {
    let facility = tx.facility()?;
    let sql = format!(
        "SELECT {COLUMNS} FROM bearer_token WHERE facility_id = ?1 AND person_id = ?2 ORDER BY made_at DESC, id DESC LIMIT 100"
    );
    tx.rows(&sql, params![facility, person])?.iter().map(read).collect()
}

/// One's own tokens here.
///
/// # Errors
/// `NotFound` for who is no staff.
pub fn own(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<Token>> {
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff have tokens"))?;
    of(tx, me)
}

/// The tokens of a person here, for whoever administers.
///
/// # Errors
/// As [`Access::require`].
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<Token>> {
    Access::new("token.list", Act::View, Class::Administration).on("person", person).require(tx, ctx)?;
    of(tx, person)
}

/// Ends one of one's own tokens.
///
/// # Errors
/// `NotFound` for another's.
pub fn end_own(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    if !own(tx, ctx)?.iter().any(|it| it.id == id) {
        return Err(Error::not_found("token of another"));
    }
    record_own(tx, ctx, Entry::done("token.end", "token", id))?;
    write_end(tx, ctx, id).map(drop)
}

/// Ends a token of this act's facility, for whoever administers.
///
/// # Errors
/// As [`Access::require`]; `NotFound` when there is none.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    Access::new("token.end", Act::Write, Class::Administration).on("token", id).require(tx, ctx)?;
    match write_end(tx, ctx, id)? {
        0 => Err(Error::not_found("no such token, or it has ended")),
        _ => Ok(()),
    }
}

fn write_end(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<u64> {
    let facility = tx.facility()?;
    tx.exec(
        "UPDATE bearer_token SET ended_at = ?3, ended_by = ?4 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, ctx.now, ctx.who.label()],
    )
}

/// Where a token lives, in an act of no facility; for the command line.
///
/// # Errors
/// `NotFound`.
pub fn facility_of(tx: &mut Tx<'_>, id: RowId) -> Result<kernel::FacilityId> {
    tx.value("SELECT facility_id FROM bearer_token WHERE id = ?1", params![id])?
        .ok_or_else(|| Error::not_found("no such token"))
}
