//! Files and bundles in rows: sent, bundled, listed, taken out.

use std::collections::{BTreeSet, HashMap};

use blobs::{Blobs, Stored};
use db::{Row, Tx, params};
use kernel::{Ctx, Error, FacilityId, PersonId, Result, RowId, Timestamp, Words, clause, time};
use people::access::{self, Access, Act, Class};
use people::agreement::store::at_both;
use people::person;
use serde_json::json;
use web::Site;

use super::{Bundle, BundleId, GRANT_DAYS_MAX, Grant, Kind, Member, Refused, Use, WAITING_DAYS, digest, fit, uses};
use crate::case::store::{names, need, need_manager, read_one};
use crate::case::{Case, CaseId, State};
use crate::check::{Check, store as checks};
use crate::export::{Export, Rule, Wish, may_take, store as exports};
use crate::remote::Refusal;

/// Files that one round of deleting ends at most, for each facility.
const SWEEP_MAX: usize = 200;

/// A file that arrived whole.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Its id.
    pub id: RowId,
    /// The case.
    pub case: CaseId,
    /// Its name, one line without folders.
    pub name: String,
    /// Its bytes.
    pub size_bytes: u64,
    /// SHA-256 of all of them.
    pub sha256: [u8; 32],
    /// Whether a scanner has found it clean.
    pub scanned: bool,
    /// Where its bytes lie, in order: blobs of this facility.
    pub segments: Vec<Stored>,
}

/// What the person who acts may do with the files of a case.
///
/// # Errors
/// The database's.
pub fn own_uses(tx: &mut Tx<'_>, ctx: &Ctx, case: CaseId) -> Result<BTreeSet<Use>> {
    let Some(person) = ctx.who.staff() else { return Ok(BTreeSet::new()) };
    let facility = tx.facility()?;
    let newest = tx.row(
        "SELECT * FROM lab_file_grant WHERE facility_id = ?1 AND case_id = ?2 AND person_id = ?3
         ORDER BY given_at DESC, id DESC LIMIT 1",
        params![facility, case, person],
    )?;
    let grant = newest.as_ref().map(read_grant).transpose()?;
    Ok(uses(&access::duties(tx, person)?, grant.as_ref(), ctx.now))
}

fn read_grant(row: &Row) -> Result<Grant> {
    let keys: String = row.get("uses")?;
    Ok(Grant {
        person: row.get("person_id")?,
        uses: keys.split_whitespace().filter_map(Use::from_key).collect(),
        given_by: row.get("given_by")?,
        ends_at: row.get("ends_at")?,
    })
}

/// The check that the person who acts may use the files of this case so.
///
/// # Errors
/// `Forbidden`, on record.
pub(crate) fn need_use(tx: &mut Tx<'_>, ctx: &Ctx, case: &Case, wanted: Use) -> Result<()> {
    if own_uses(tx, ctx, case.id)?.contains(&wanted) {
        return Ok(());
    }
    let access = Access::new("lab.files", Act::View, Class::Lab).on("lab_case", case.id).of(case.patient);
    Err(access.turned_away(tx, ctx, wanted.key()))
}

/// Whether the person who acts may send a file to this case: asked before its first byte.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict` for a case that is over; `Invalid` without a name, and for no bytes at all.
pub fn begin(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, name: &str, size_bytes: Option<u64>) -> Result<()> {
    let case = read_one(tx, id)?;
    need(tx, ctx, "lab.send", Act::Write, &case, json!({ "begins": true }))?;
    may_send(tx, ctx, &case)?;
    if name.is_empty() || size_bytes == Some(0) {
        return Err(Error::invalid("files", Refused::Hollow.words()));
    }
    Ok(())
}

fn may_send(tx: &mut Tx<'_>, ctx: &Ctx, case: &Case) -> Result<()> {
    need_use(tx, ctx, case, Use::Edit)?;
    if matches!(case.state(), State::Declined | State::Withdrawn) {
        return Err(Error::conflict("nothing is sent to a case that was turned down"));
    }
    Ok(())
}

/// Keeps a file whose bytes are durable. It waits to be bundled.
///
/// # Errors
/// As [`begin`].
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, arrived: &Arrived) -> Result<()> {
    clause!("CS-155");
    let case = read_one(tx, arrived.case)?;
    let sum = crypto::digest::hex(&arrived.sha256);
    let detail = json!({ "file": arrived.id, "sha256": sum, "bytes": arrived.size_bytes, "scanned": arrived.scanned });
    need(tx, ctx, "lab.send", Act::Write, &case, detail)?;
    may_send(tx, ctx, &case)?;
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff send files"))?;
    let facility = tx.facility()?;
    let name = tx.seal("lab_file.name", arrived.id, &arrived.name)?;
    tx.exec(
        "INSERT INTO lab_file (facility_id, id, case_id, name, size_bytes, sha256, scanned, sent_by, sent_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            facility,
            arrived.id,
            case.id,
            name,
            row_bytes(arrived.size_bytes)?,
            sum,
            i64::from(arrived.scanned),
            person,
            ctx.now
        ],
    )?;
    for (number, it) in (1_i64..).zip(&arrived.segments) {
        tx.exec(
            "INSERT INTO lab_file_segment (facility_id, file_id, number, blob_id, sealed_key, size_bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![facility, arrived.id, number, it.blob.to_string(), it.sealed_key, row_bytes(it.size_bytes)?],
        )?;
    }
    Ok(())
}

pub(crate) fn row_bytes(bytes: u64) -> Result<i64> {
    i64::try_from(bytes).map_err(Error::internal)
}

pub(crate) fn read_bytes(row: &Row, column: &str) -> Result<u64> {
    let bytes: i64 = row.get(column)?;
    u64::try_from(bytes).map_err(Error::internal)
}

/// Files of this facility's person that wait to be bundled, oldest first; the second says whether each was scanned.
fn waiting(tx: &mut Tx<'_>, ctx: &Ctx, case: CaseId) -> Result<Vec<(Member, bool)>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_file WHERE facility_id = ?1 AND case_id = ?2 AND sent_by = ?3 AND bundle_id IS NULL
         ORDER BY sent_at, id",
        params![facility, case, ctx.who.staff()],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let (id, sealed, scanned): (RowId, Vec<u8>, i64) = (row.get("id")?, row.get("name")?, row.get("scanned")?);
        let name = tx.open("lab_file.name", id, &sealed)?;
        let size_bytes = read_bytes(row, "size_bytes")?;
        found.push((Member { id, name, size_bytes, sha256: row.get("sha256")? }, scanned == 1));
    }
    Ok(found)
}

/// Makes a bundle of files that one has sent, at both facilities.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Conflict`. The refusal is a value.
pub fn bundle(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: CaseId,
    kind: Kind,
    note: &str,
    files: &[RowId],
) -> Result<std::result::Result<BundleId, Refused>> {
    let case = read_one(tx, id)?;
    let chosen: Vec<_> = waiting(tx, ctx, id)?.into_iter().filter(|it| files.contains(&it.0.id)).collect();
    let scanned = chosen.iter().all(|it| it.1);
    let members: Vec<_> = chosen.into_iter().map(|it| it.0).collect();
    let sum = digest(&members);
    let detail = json!({ "bundle_kind": kind.key(), "digest": sum, "files": members.len() });
    need(tx, ctx, "lab.bundle", Act::Write, &case, detail)?;
    may_send(tx, ctx, &case)?;
    if let Err(refused) = fit(&members) {
        return Ok(Err(refused));
    }
    let person = ctx.who.staff().ok_or_else(|| Error::not_found("only staff send files"))?;
    let (holder, bundle) = (tx.facility()?, BundleId::new(ctx));
    let size = row_bytes(members.iter().map(|it| it.size_bytes).sum())?;
    at_both(tx, ctx, case.partner, |tx, ctx| {
        let facility = ctx.facility()?;
        let sealed = tx.seal("lab_bundle.note", bundle, note)?;
        tx.exec(
            "INSERT INTO lab_bundle (facility_id, id, case_id, holder_id, kind, digest, size_bytes, scanned, note, made_by,
             made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                facility,
                bundle,
                case.id,
                holder,
                kind.key(),
                sum,
                size,
                i64::from(scanned),
                sealed,
                person,
                ctx.now
            ],
        )?;
        for it in &members {
            let name = tx.seal("lab_bundle_file.name", it.id, &it.name)?;
            tx.exec(
                "INSERT INTO lab_bundle_file (facility_id, bundle_id, file_id, name, size_bytes, sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![facility, bundle, it.id, name, row_bytes(it.size_bytes)?, it.sha256],
            )?;
        }
        Ok(())
    })?;
    for it in &members {
        let bundled = tx.exec(
            "UPDATE lab_file SET bundle_id = ?3 WHERE facility_id = ?1 AND id = ?2 AND bundle_id IS NULL",
            params![holder, it.id, bundle],
        )?;
        if bundled != 1 {
            return Err(Error::conflict("a file was bundled or discarded meanwhile"));
        }
    }
    checks::enqueue(tx, ctx, case.id, &members)?;
    Ok(Ok(bundle))
}

/// Discards a file that one has sent and not bundled: its rows, then its bytes.
///
/// # Errors
/// `NotFound` for another's file, and for one that is in a bundle; `Forbidden`.
pub fn discard(tx: &mut Tx<'_>, ctx: &Ctx, blobs: &Blobs, id: CaseId, file: RowId) -> Result<()> {
    let case = read_one(tx, id)?;
    let own = waiting(tx, ctx, id)?.into_iter().find(|it| it.0.id == file);
    let (member, _) = own.ok_or_else(|| Error::not_found("no file of one's own that waits"))?;
    delete(tx, ctx, blobs, &case, &member.id, &member.sha256, "sender")
}

fn delete(tx: &mut Tx<'_>, ctx: &Ctx, blobs: &Blobs, case: &Case, file: &RowId, sha256: &str, why: &str) -> Result<()> {
    need(tx, ctx, "lab.discard", Act::Write, case, json!({ "file": file, "sha256": sha256, "why": why }))?;
    let (facility, segments) = (tx.facility()?, segments(tx, *file)?);
    tx.exec("DELETE FROM lab_file_segment WHERE facility_id = ?1 AND file_id = ?2", params![facility, file])?;
    let gone = tx.exec(
        "DELETE FROM lab_file WHERE facility_id = ?1 AND id = ?2 AND bundle_id IS NULL",
        params![facility, file],
    )?;
    if gone != 1 {
        return Err(Error::conflict("the file was bundled meanwhile"));
    }
    let blobs = blobs.clone();
    tx.on_commit(move || {
        // What cannot be removed now is swept later.
        segments.iter().for_each(|it| drop(blobs.remove(facility, it)));
    });
    Ok(())
}

/// Deletes what has waited longer than [`WAITING_DAYS`], at every facility, with an entry for each in both logs.
///
/// # Errors
/// The database's.
pub async fn sweep(site: &Site) -> Result<()> {
    let job = site.job("lab files");
    for facility in site.db.read(None, people::facility::store::all).await? {
        let (ctx, blobs) = (job.at(facility.id), site.blobs.clone());
        site.write(&ctx, move |tx, ctx| expire(tx, ctx, &blobs)).await?;
    }
    Ok(())
}

fn expire(tx: &mut Tx<'_>, ctx: &Ctx, blobs: &Blobs) -> Result<()> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT id, case_id, sha256 FROM lab_file WHERE facility_id = ?1 AND bundle_id IS NULL AND sent_at <= ?2
         ORDER BY sent_at, id LIMIT ?3",
        params![facility, time::plus_min(ctx.now, -WAITING_DAYS * 24 * 60), SWEEP_MAX],
    )?;
    for row in &rows {
        let (file, case, sha256): (RowId, CaseId, String) = (row.get("id")?, row.get("case_id")?, row.get("sha256")?);
        let case = read_one(tx, case)?;
        delete(tx, ctx, blobs, &case, &file, &sha256, "expired")?;
    }
    Ok(())
}

/// The bundles of a case, newest first. The caller has made its own [`need`].
///
/// # Errors
/// The database's.
pub fn bundles(tx: &mut Tx<'_>, case: CaseId) -> Result<Vec<Bundle>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_bundle WHERE facility_id = ?1 AND case_id = ?2 ORDER BY made_at DESC, id DESC",
        params![facility, case],
    )?;
    let files = tx.rows(
        "SELECT f.* FROM lab_bundle_file f JOIN lab_bundle b ON b.facility_id = f.facility_id AND b.id = f.bundle_id
         WHERE f.facility_id = ?1 AND b.case_id = ?2",
        params![facility, case],
    )?;
    let mut members: HashMap<BundleId, Vec<Member>> = HashMap::new();
    for row in &files {
        let (id, sealed): (RowId, Vec<u8>) = (row.get("file_id")?, row.get("name")?);
        let name = tx.open("lab_bundle_file.name", id, &sealed)?;
        let size_bytes = read_bytes(row, "size_bytes")?;
        let member = Member { id, name, size_bytes, sha256: row.get("sha256")? };
        members.entry(row.get("bundle_id")?).or_default().push(member);
    }
    let mut found = Vec::new();
    for row in &rows {
        let (id, kind, sealed): (BundleId, String, Vec<u8>) = (row.get("id")?, row.get("kind")?, row.get("note")?);
        let mut members = members.remove(&id).unwrap_or_default();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let scanned: i64 = row.get("scanned")?;
        found.push(Bundle {
            id,
            holder: row.get("holder_id")?,
            kind: Kind::from_key(&kind).ok_or_else(|| Error::internal("kind of a bundle"))?,
            digest: row.get("digest")?,
            size_bytes: read_bytes(row, "size_bytes")?,
            scanned: scanned == 1,
            note: tx.open("lab_bundle.note", id, &sealed)?,
            made_by: row.get("made_by")?,
            made_at: row.get("made_at")?,
            members,
        });
    }
    Ok(found)
}

/// Everything that the page of a case's files shows.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The case.
    pub case: Case,
    /// Its bundles, newest first; none for whom they are not shown.
    pub bundles: Vec<Bundle>,
    /// What was found out about their files.
    pub checks: HashMap<RowId, Check>,
    /// One's own files that wait to be bundled.
    pub waiting: Vec<Member>,
    /// What one may do.
    pub uses: BTreeSet<Use>,
    /// What the manager has said, newest first.
    pub grants: Vec<Grant>,
    /// The people of this facility who may be given something.
    pub people: Vec<(PersonId, String)>,
    /// Names of those who stand on the page.
    pub names: HashMap<PersonId, String>,
    /// Where files may be kept outside.
    pub rule: Option<Rule>,
    /// What one has outside, or has asked for.
    pub exports: Vec<Export>,
}

/// The files of a case, seen at either facility.
///
/// # Errors
/// `NotFound`; `Forbidden`.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId) -> Result<Desk> {
    let case = read_one(tx, id)?;
    need(tx, ctx, "lab.files", Act::View, &case, json!({}))?;
    let uses = own_uses(tx, ctx, id)?;
    let bundles = if uses.contains(&Use::View) { bundles(tx, id)? } else { Vec::new() };
    let checks = checks::of_bundles(tx, id, &bundles)?;
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM lab_file_grant WHERE facility_id = ?1 AND case_id = ?2 ORDER BY given_at DESC, id DESC",
        params![facility, id],
    )?;
    let grants: Vec<Grant> = rows.iter().map(read_grant).collect::<Result<_>>()?;
    let people = person::store::staff(tx)?.into_iter().map(|it| (it.id, it.name.full())).collect();
    let shown = bundles.iter().map(|it| it.made_by).chain(grants.iter().flat_map(|it| [it.person, it.given_by]));
    let names = names(tx, shown.collect::<Vec<_>>())?;
    let waiting = waiting(tx, ctx, id)?.into_iter().map(|it| it.0).collect();
    let (rule, exports) = (exports::rule(tx)?, exports::own(tx, ctx, id)?);
    Ok(Desk { case, bundles, checks, waiting, uses, grants, people, names, rule, exports })
}

/// A file on its way out.
pub struct Taken {
    /// Its name.
    pub name: String,
    /// The facility whose blobs these are, and its key.
    pub holder: (FacilityId, crypto::Key),
    /// Where its bytes lie, in order.
    pub segments: Vec<Stored>,
}

/// Takes a file out of the system: with a reason, to a place that the manager has decided on, on a known terminal, with an entry
/// in both logs that names the device.
///
/// # Errors
/// `NotFound`; `Forbidden`; `Terminal`. What keeps it from going there is a value.
pub fn take(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: CaseId,
    bundle: BundleId,
    file: RowId,
    wish: &Wish,
) -> Result<std::result::Result<Taken, Vec<Refusal>>> {
    clause!("DL-20", "DL-24");
    let case = read_one(tx, id)?;
    let found = bundles(tx, id)?.into_iter().find(|it| it.id == bundle);
    let found = found.ok_or_else(|| Error::not_found("no such bundle of this case"))?;
    let member = found.members.iter().find(|it| it.id == file).ok_or_else(|| Error::not_found("no such file"))?;
    let own = exports::own(tx, ctx, id)?;
    let approved = own.iter().find(|it| it.bundle == bundle && it.is_open(ctx.now));
    let refused = may_take(exports::rule(tx)?.as_ref(), wish, approved, ctx.now);
    let verb = if refused.is_empty() { "lab.download" } else { "lab.download_refused" };
    let place = (wish.place.key(), approved.map_or("", |it| it.medium.as_str()));
    Access::new(verb, Act::View, Class::Lab)
        .at_terminal()
        .on("lab_case", case.id)
        .of(case.patient)
        .detail(json!({ "digest": found.digest, "file": member.sha256, "why": wish.why, "to": place }))
        .require_at(tx, ctx, case.partner, ("lab_case", case.id))?;
    need_use(tx, ctx, &case, Use::Download)?;
    if !refused.is_empty() {
        return Ok(Err(refused));
    }
    exports::went(tx, ctx, &case, bundle, wish)?;
    Ok(Ok(way(tx, found.holder, member)?))
}

/// The way to the bytes of a file, wherever they lie. The caller has made its own check, with entries at both.
///
/// # Errors
/// The database's.
pub(crate) fn way(tx: &mut Tx<'_>, holder: FacilityId, member: &Member) -> Result<Taken> {
    let (key, segments) = if holder == tx.facility()? {
        (tx.key()?, segments(tx, member.id)?)
    } else {
        tx.at_other(holder, |tx| Ok((tx.key()?, segments(tx, member.id)?)))?
    };
    Ok(Taken { name: member.name.clone(), holder: (holder, key), segments })
}

/// Where the bytes of a file of this facility lie, in order.
pub(crate) fn segments(tx: &mut Tx<'_>, file: RowId) -> Result<Vec<Stored>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT blob_id, sealed_key, size_bytes FROM lab_file_segment WHERE facility_id = ?1 AND file_id = ?2
         ORDER BY number",
        params![facility, file],
    )?;
    let one = |row: &Row| {
        let blob: String = row.get("blob_id")?;
        let size_bytes = read_bytes(row, "size_bytes")?;
        Ok(Stored { blob: blob.parse()?, size_bytes, sealed_key: row.get("sealed_key")? })
    };
    rows.iter().map(one).collect()
}

/// Says what one person may do with the files of a case until a moment, instead of what the duty gives.
///
/// # Errors
/// `NotFound`; `Forbidden` for anybody but the facility's manager; `Invalid` beyond [`GRANT_DAYS_MAX`].
pub fn give(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId, person: PersonId, uses: &[Use], ends_at: Timestamp) -> Result<()> {
    let case = read_one(tx, id)?;
    need_manager(tx, ctx, "lab.file_rights", &case)?;
    let keys: Vec<&str> = uses.iter().map(|it| it.key()).collect();
    need(tx, ctx, "lab.file_rights", Act::View, &case, json!({ "person": person, "uses": keys, "ends_at": ends_at }))?;
    let me = ctx.who.staff().ok_or_else(|| Error::not_found("only staff give rights"))?;
    if access::duties(tx, person)?.is_empty() {
        return Err(Error::not_found("nobody of this facility"));
    }
    if ends_at <= ctx.now || ends_at > time::plus_min(ctx.now, GRANT_DAYS_MAX * 24 * 60) {
        let words = Words::made(
            format!("明日から{GRANT_DAYS_MAX}日先までの日を選んでください。"),
            format!("Choose a day from tomorrow to {GRANT_DAYS_MAX} days ahead."),
        );
        return Err(Error::invalid("until", words));
    }
    tx.exec(
        "INSERT INTO lab_file_grant (facility_id, id, case_id, person_id, uses, given_by, given_at, ends_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![tx.facility()?, RowId::new(ctx), id, person, keys.join(" "), me, ctx.now, ends_at],
    )?;
    Ok(())
}

/// The sealed keys of all files of this facility, which name their blobs: a sweep leaves those alone.
///
/// # Errors
/// The database's.
pub fn known_blobs(tx: &mut Tx<'_>) -> Result<Vec<Vec<u8>>> {
    let facility = tx.facility()?;
    let rows = tx.rows("SELECT sealed_key FROM lab_file_segment WHERE facility_id = ?1", params![facility])?;
    rows.iter().map(|row| row.get("sealed_key")).collect()
}
