//! Reports in rows: a draft for each request at the reading facility; signed versions that never change, a copy at each.

use db::{Row, Tx, params};
use guidelines::reading::reader::{MayNot, Qualification};
use kernel::{Ctx, Error, Kind, Result, Timestamp, Words, clause, time};
use mail::About;
use people::access::{Access, Act, Class};
use people::agreement::Side;
use people::agreement::store::{at_both, letter};
use people::signing::{self, Signature};
use people::{facility, person};
use serde_json::json;

use super::proven::{self, ACT, File, Proof};
use super::{Content, Draft, FORMAT, ReportId, Signed, Template, Urgency, Version, form_for, template};
use crate::request::store::read_one as read_request;
use crate::request::{Request, RequestId, State};
use crate::{duty, mark, outgoing, reader, urgent};

/// When the first report on a request was signed. No entry: it is part of how the request stands.
///
/// # Errors
/// The database's.
pub fn first_signed_at(tx: &mut Tx<'_>, request: RequestId) -> Result<Option<Timestamp>> {
    let facility = tx.facility()?;
    tx.value(
        "SELECT signed_at FROM reading_report WHERE facility_id = ?1 AND request_id = ?2 ORDER BY number LIMIT 1",
        params![facility, request],
    )
}

/// The number of the newest signed version; 0 without one. No entry: it names nobody.
///
/// # Errors
/// The database's.
pub fn newest_number(tx: &mut Tx<'_>, request: RequestId) -> Result<i64> {
    let facility = tx.facility()?;
    let found: Option<i64> = tx.value(
        "SELECT COALESCE(max(number), 0) FROM reading_report WHERE facility_id = ?1 AND request_id = ?2",
        params![facility, request],
    )?;
    Ok(found.unwrap_or(0))
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Version> {
    let (id, sealed): (ReportId, Vec<u8>) = (row.get("id")?, row.get("body")?);
    let text = tx.open("reading_report.body", id, &sealed)?;
    let signature = Signature { public_key: row.get("public_key")?, bytes: row.get("signature")? };
    Ok(Version { signed: serde_json::from_str(&text).map_err(Error::internal)?, text, signature })
}

/// The signed versions, the newest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn versions(tx: &mut Tx<'_>, request: RequestId) -> Result<Vec<Version>> {
    clause!("TR-03");
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM reading_report WHERE facility_id = ?1 AND request_id = ?2 ORDER BY number DESC LIMIT 200",
        params![facility, request],
    )?;
    rows.iter().map(|row| read(tx, row)).collect()
}

/// What is being written, if anything is kept. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub(super) fn draft(tx: &mut Tx<'_>, request: RequestId) -> Result<Option<Draft>> {
    let facility = tx.facility()?;
    let row =
        tx.row("SELECT * FROM reading_draft WHERE facility_id = ?1 AND request_id = ?2", params![facility, request])?;
    let Some(row) = row else { return Ok(None) };
    let sealed: Vec<u8> = row.get("content")?;
    let text = tx.open("reading_draft.content", request, &sealed)?;
    Ok(Some(Draft {
        revision: row.get("revision")?,
        content: serde_json::from_str(&text).map_err(Error::internal)?,
        saved_by: row.get("saved_by")?,
        saved_at: row.get("saved_at")?,
    }))
}

/// What the reader's desk shows beside the request.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Signed versions, the newest first.
    pub versions: Vec<Version>,
    /// What is being written; only at the facility that reads.
    pub draft: Option<Draft>,
    /// Whether the person who acts has the case.
    pub is_mine: bool,
    /// By what the person who acts may sign, or why not.
    pub may_sign: Result<Qualification, MayNot>,
}

/// The report of a request whose page is shown: [`crate::request::store::desk`] has made the entry.
///
/// # Errors
/// The database's.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, request: &Request) -> Result<Desk> {
    let versions = versions(tx, request.id)?;
    let me = ctx.who.staff();
    let is_mine = request.side == Side::Serves && request.takings.first().is_some_and(|it| Some(it.person) == me);
    let draft = if is_mine {
        let begin = || Draft {
            revision: 0,
            content: versions.first().map(|it| it.signed.content.clone()).unwrap_or_default(),
            saved_by: String::new(),
            saved_at: None,
        };
        Some(draft(tx, request.id)?.unwrap_or_else(begin))
    } else {
        None
    };
    let may_sign = match me {
        Some(person) => reader::store::standing(tx, person, time::day(ctx.now))?,
        None => Err(MayNot::NoQualification),
    };
    Ok(Desk { versions, draft, is_mine, may_sign })
}

/// What a save came to.
#[derive(Debug, Clone)]
pub enum Saved {
    /// It is kept.
    Kept,
    /// Somebody, or another window, has saved since: this is what stands there now.
    Behind(Box<Draft>),
}

/// The request, when the person who acts has the case.
///
/// # Errors
/// `NotFound` otherwise.
pub(crate) fn mine(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<Request> {
    let request = read_request(tx, id)?;
    let has_it = request.takings.first().is_some_and(|it| Some(it.person) == ctx.who.staff());
    if request.side == Side::Serves && has_it && matches!(request.state(), State::Reading(_) | State::Reported) {
        Ok(request)
    } else {
        Err(Error::not_found("another reader's case"))
    }
}

/// The form in which the person who acts writes. No entry: it names nobody.
///
/// # Errors
/// `NotFound` for a case that is another's.
pub fn form_of(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<&'static Template> {
    let request = mine(tx, ctx, id)?;
    let written = match draft(tx, id)? {
        Some(it) => it.content.template,
        None => versions(tx, id)?.into_iter().next().map(|it| it.signed.content.template).unwrap_or_default(),
    };
    Ok(form_for(&written, &request.examination))
}

/// Keeps what is written so far, if nobody has saved since `revision`.
///
/// # Errors
/// `NotFound` for a case that is another's; `Forbidden`.
pub fn save(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId, revision: i64, content: &Content) -> Result<Saved> {
    clause!("TR-10");
    let facility = tx.facility()?;
    let request = mine(tx, ctx, id)?;
    Access::new("report.save", Act::Write, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .require(tx, ctx)?;
    let before = draft(tx, id)?;
    match before {
        Some(before) if before.content == *content => return Ok(Saved::Kept),
        Some(before) if before.revision != revision => return Ok(Saved::Behind(Box::new(before))),
        _ => {}
    }
    let text = serde_json::to_string(content).map_err(Error::internal)?;
    let sealed = tx.seal("reading_draft.content", id, &text)?;
    tx.exec(
        "INSERT INTO reading_draft (facility_id, request_id, revision, content, saved_by, saved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (facility_id, request_id) DO UPDATE SET revision = excluded.revision, content = excluded.content,
         saved_by = excluded.saved_by, saved_at = excluded.saved_at",
        params![facility, id, revision + 1, sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(Saved::Kept)
}

/// Signs the report as its next version, with the reader's own key, and hands it over: a copy at each facility. `is_fresh` says
/// that the reader has just proven to be there; `seen` is the newest version that the reader saw.
///
/// # Errors
/// `NotFound` for a case that is another's; `Forbidden` without duty or qualification; `SignIn` without the fresh proof;
/// `Invalid` for gaps, which the page has shown before; `Conflict` when another version came in between.
pub fn sign(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: RequestId,
    content: &Content,
    reason: &str,
    seen: i64,
    is_fresh: bool,
) -> Result<ReportId> {
    clause!("TR-02", "TR-03", "TR-10");
    let home = tx.facility()?;
    let request = mine(tx, ctx, id)?;
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only a reader signs"))?;
    let qualified = reader::store::standing(tx, me, time::day(ctx.now))?;
    // Who wrote it: the colleague whose draft is taken over unchanged, otherwise whoever signs.
    let entered_by =
        draft(tx, id)?.filter(|it| it.content == *content).map_or_else(|| ctx.who.label(), |it| it.saved_by);
    let signed = Signed {
        format: FORMAT.to_owned(),
        id: ReportId::new(ctx),
        request: id,
        facility: facility::store::get(tx, home)?.name,
        number: seen + 1,
        content: content.clone(),
        reason: reason.to_owned(),
        entered_by,
        reader: person::store::get(tx, me)?.name.full(),
        signed_by: ctx.who.label(),
        qualification: qualified.map_or_else(MayNot::words, Qualification::words),
        signed_at: ctx.now,
    };
    let text = serde_json::to_string(&signed).map_err(Error::internal)?;
    // The places in both logs first: a first signature makes the key, which is an entry of its own.
    audit::queue(tx, &[home, request.partner])?;
    let key = crypto::digest::hex(&signing::public_key(tx, ctx)?);
    Access::new(ACT, Act::Sign, Class::Images)
        .on("reading_report", signed.id)
        .of(request.patient)
        .detail(json!({ "request": id, "number": signed.number, "sha256": crypto::digest::hex(&crypto::digest::sha256(text.as_bytes())), "public_key": key }))
        .require_at(tx, ctx, request.partner, ("reading_request", id))?;
    if let Err(why) = qualified {
        return Err(Error::new(Kind::Forbidden, why.words(), "no qualification to sign"));
    }
    if !is_fresh {
        return Err(Error::sign_in("no fresh proof for signing"));
    }
    let before = versions(tx, id)?;
    if before.first().map_or(0, |it| it.signed.number) != seen {
        return Err(Error::conflict("another version came in between"));
    }
    if template(&content.template).is_none() {
        return Err(Error::internal("a report without its form"));
    }
    if let Err(faults) = content.check(before.first().map(|it| &it.signed.content), reason) {
        let (field, words) =
            faults.0.into_iter().next().unwrap_or(("", Words::new("入力を確かめてください。", "Please check.")));
        return Err(Error::invalid(field, words));
    }
    let signature = signing::sign(tx, ctx, text.as_bytes())?;
    at_both(tx, ctx, request.partner, |tx, ctx| {
        let sealed = tx.seal("reading_report.body", signed.id, &text)?;
        tx.exec(
            "INSERT INTO reading_report (facility_id, id, request_id, number, body, public_key, signature, signed_by, signed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                ctx.facility()?,
                signed.id,
                id,
                signed.number,
                sealed,
                signature.public_key,
                signature.bytes,
                signed.signed_by,
                signed.signed_at
            ],
        )?;
        Ok(())
    })?;
    duty::store::begin(tx, ctx, &request, &signed)?;
    outgoing::store::prepare(tx, ctx, request.partner, id, signed.id)?;
    mark::store::keep_with_report(tx, ctx, &request)?;
    if content.urgency == Urgency::AtOnce {
        let was = before.first().is_some_and(|it| it.signed.content.urgency == Urgency::AtOnce);
        urgent::store::mark_by_report(tx, ctx, &request, &content.impression, !was && !before.is_empty())?;
    }
    tx.exec("DELETE FROM reading_draft WHERE facility_id = ?1 AND request_id = ?2", params![home, id])?;
    let subject = if signed.number == 1 {
        Words::new("読影の報告書が届きました", "A report on images has come")
    } else {
        Words::new("読影の報告書が書き直されました", "A report on images has a new version")
    };
    letter(tx, ctx, request.partner, &subject, &format!("/readings/{id}"), About::new("reading_report", signed.id))?;
    Ok(signed.id)
}

/// Begins handing out the report with its proof: check, entry, and a signed log that covers it. [`prove`] then reads a snapshot.
///
/// # Errors
/// `NotFound`, also without a signed version; `Forbidden`.
pub fn handed_out(tx: &mut Tx<'_>, ctx: &Ctx, id: RequestId) -> Result<()> {
    clause!("TR-03");
    let request = read_request(tx, id)?;
    Access::new("report.prove", Act::View, Class::Images)
        .on("reading_request", id)
        .of(request.patient)
        .require(tx, ctx)?;
    if newest_number(tx, id)? == 0 {
        return Err(Error::not_found("no signed report"));
    }
    audit::checkpoint(tx, ctx).map(drop)
}

/// The report with all its versions and the entries of this facility's log about them, as a stranger verifies it. The caller has
/// let [`handed_out`] check and keep that it is handed out.
///
/// # Errors
/// `NotFound` for a version that was signed before entries named the key; the database's.
pub fn prove(tx: &mut Tx<'_>, id: RequestId) -> Result<File> {
    clause!("TR-03");
    let vkey = audit::verifier_key(tx)?.ok_or_else(|| Error::internal("a signed log has no key"))?;
    let mut all = Vec::new();
    for version in versions(tx, id)?.iter().rev() {
        let signed = &version.signed;
        let entry = audit::open_one(tx, ACT, &signed.id.to_string(), signed.signed_at)?;
        all.push(Proof::of(version, entry));
    }
    Ok(File { format: proven::FORMAT.to_owned(), vkey, versions: all })
}
