//! Entries in the database: appending in the caller's transaction, searching, shredding.

use std::borrow::Cow;
use std::ops::Range;

use crypto::{Key, Opener};
use db::{Cell, FromValue, Tx, Value, params};
use kernel::{Ctx, Error, FacilityId, PatientId, PersonId, Result, Timestamp, clause, limits};

use super::{Entry, Private, Record, SALT_BYTES, SHRED, clean, commit};
use crate::tree::Frontier;
use crate::{HOUSE, clock};

/// Largest detail of one entry, in bytes of JSON. What is longer is a document: it is stored as one, and the entry
/// names it.
pub const DETAIL_BYTES_MAX: usize = 64 * 1024;

const COLUMNS: &str = "facility_id, idx, at, act, class, outcome, who, patient_id, thing_kind, thing_id, request_id, \
                       session_id, address, device_id, commitment, leaf, detail";

/// Appends `entry` to the log of the act's facility (to the house's own for acts of no facility) and says its index.
///
/// The entry is committed with the act: an acknowledged act has its leaf. On PostgreSQL acts of one facility follow one
/// another from here to their end; take other locks after this call, never before, so that two acts cannot wait
/// for each other.
///
/// # Errors
/// `NotFound` when the facility has no key; `Internal` for detail over [`DETAIL_BYTES_MAX`] or a damaged head; those of
/// the database.
pub fn append(tx: &mut Tx<'_>, ctx: &Ctx, entry: Entry) -> Result<u64> {
    clause!("CS-122");
    let facility = facility(tx);
    let key = log_key(tx, facility)?;
    let detail_bytes = entry.detail.to_string().len();
    if detail_bytes > DETAIL_BYTES_MAX {
        return Err(Error::internal(format!("detail of {} has {detail_bytes} bytes", entry.act)));
    }
    lock(tx, facility)?;
    let mut head = head(tx, facility)?;
    let at = match time_in_front(tx, facility, head.size())? {
        Some(before) if before.as_second() - ctx.now.as_second() > clock::QUEUE_S => {
            mark_set_back(tx, ctx, &mut head, before)?;
            ctx.now
        }
        Some(before) => before.max(ctx.now),
        None => ctx.now,
    };
    push(tx, ctx, &key, &mut head, at, entry)?;
    tx.exec(
        "INSERT INTO audit_head (facility_id, size, frontier) VALUES (?1, ?2, ?3)
         ON CONFLICT (facility_id) DO UPDATE SET size = excluded.size, frontier = excluded.frontier",
        params![facility, int(head.size()), head.to_bytes()],
    )?;
    Ok(head.size() - 1)
}

/// The time of the newest entry.
fn time_in_front(tx: &mut Tx<'_>, facility: FacilityId, size: u64) -> Result<Option<Timestamp>> {
    let Some(newest) = size.checked_sub(1) else { return Ok(None) };
    tx.value("SELECT at FROM audit_entry WHERE facility_id = ?1 AND idx = ?2", params![facility, int(newest)])
}

/// An entry of its own where times go back, so that nobody takes it for a change of the order.
fn mark_set_back(tx: &mut Tx<'_>, ctx: &Ctx, head: &mut Frontier, before: Timestamp) -> Result<()> {
    clause!("CS-163");
    let detail = serde_json::json!({ "from": before.to_string(), "to": ctx.now.to_string() });
    let key = log_key(tx, facility(tx))?;
    let own = Ctx { who: kernel::Who::System("clock"), session: None, address: None, device: None, ..ctx.clone() };
    push(tx, &own, &key, head, ctx.now, Entry::done(clock::SET_BACK, "clock", "").detail(detail))
}

/// The next leaf of the log and its row. The caller holds the lock and keeps the head.
fn push(tx: &mut Tx<'_>, ctx: &Ctx, key: &Key, head: &mut Frontier, at: Timestamp, entry: Entry) -> Result<()> {
    let (facility, detail) = (facility(tx), entry.detail.to_string());
    let salt: [u8; SALT_BYTES] = ctx.chance.bytes();
    let private = Private {
        who: clean(&ctx.who.label()).into(),
        patient: entry.patient.map(|it| it.to_string().into()),
        thing: clean(entry.thing_kind).into(),
        id: clean(&entry.thing_id).into(),
        request: ctx.request.to_string().into(),
        session: ctx.session.map(|it| it.to_string().into()),
        address: ctx.address.map(|it| it.to_string().into()),
        device: ctx.device.map(|it| it.to_string().into()),
    };
    let mut record = Record {
        facility: facility.to_string().into(),
        index: head.size(),
        at_us: at.as_microsecond(),
        act: clean(entry.act).into(),
        class: clean(entry.class).into(),
        outcome: entry.outcome.label().into(),
        commitment: commit(&salt, &private.text(&detail)?).to_vec().into(),
        private,
        leaf: Cow::default(),
        sealed: key.seal(&place(head.size()), &[&salt, detail.as_bytes()].concat(), &ctx.chance).into(),
    };
    let leaf = record.leaf_hash();
    record.leaf = leaf.0.to_vec().into();
    head.push(leaf);
    insert(tx, record)
}

/// Index of the newest entry of the act's facility that is of another act than `act`. As long as it stays the same, nothing
/// was done there, and nothing that an act could have changed has changed.
///
/// # Errors
/// Those of the database.
pub fn newest_besides(tx: &mut Tx<'_>, act: &str) -> Result<Option<u64>> {
    let facility = facility(tx);
    let sql = "SELECT idx FROM audit_entry WHERE facility_id = ?1 AND act <> ?2 ORDER BY idx DESC LIMIT 1";
    tx.row(sql, params![facility, act])?.map(|row| size(&row.values()[0])).transpose()
}

/// Puts `entry` on record as refused once the act has been taken back because of its error: an act of its own.
pub fn refuse(tx: &mut Tx<'_>, ctx: &Ctx, entry: Entry) {
    let ctx = ctx.clone();
    tx.on_rollback(move |tx| append(tx, &ctx, entry.refused()).map(drop));
}

fn insert(tx: &mut Tx<'_>, it: Record<'_>) -> Result<()> {
    let text = |it: Cow<'_, str>| Value::Text(it.into_owned());
    let optional = |it: Option<Cow<'_, str>>| it.map_or(Value::Null, text);
    let values = [
        text(it.facility),
        Value::Int(int(it.index)),
        Value::Int(it.at_us),
        text(it.act),
        text(it.class),
        text(it.outcome),
        text(it.private.who),
        optional(it.private.patient),
        text(it.private.thing),
        text(it.private.id),
        text(it.private.request),
        optional(it.private.session),
        optional(it.private.address),
        optional(it.private.device),
        Value::Bytes(it.commitment.into_owned()),
        Value::Bytes(it.leaf.into_owned()),
        Value::Bytes(it.sealed.into_owned()),
    ];
    tx.exec(
        "INSERT INTO audit_entry (facility_id, idx, at, act, class, outcome, who, patient_id, thing_kind, thing_id,
         request_id, session_id, address, device_id, commitment, leaf, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        &values,
    )?;
    Ok(())
}

/// What is asked of the log. Empty conditions ask for everything, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The actor as `Who::label` writes it (`staff:01h…`, `system:reminders`).
    pub who: Option<String>,
    /// A person, as staff or as guardian of anyone.
    pub person: Option<PersonId>,
    /// Whose data were touched.
    pub patient: Option<PatientId>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// The act; all of a noun's acts when it ends with a dot (`chart.`).
    pub act: Option<String>,
    /// Only entries before this index: the last one of the page before.
    pub before_index: Option<u64>,
    /// Rows wanted; at most [`limits::LIST_ROWS_MAX`], which 0 means too.
    pub limit: usize,
}

/// An entry as the log page shows it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Found {
    /// Place in the log, from 0.
    pub index: u64,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// Noun and verb.
    pub act: String,
    /// Class of the information, or empty.
    pub class: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// The actor as `Who::label` writes it; empty when shredded.
    pub who: String,
    /// Whose data were touched.
    pub patient: Option<PatientId>,
    /// Noun of the thing.
    pub thing_kind: String,
    /// Id of the thing.
    pub thing_id: String,
    /// The request.
    pub request: String,
    /// The session of the person who acted.
    pub session: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// The registered terminal, or the device of the ledger where that one is proven or asked for.
    pub device: Option<String>,
    /// The detail; none when shredded.
    pub detail: Option<serde_json::Value>,
}

fn as_text<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

/// Searches the log of the act's facility, newest first. The caller has checked that this may be read, and has
/// put the reading itself on record.
///
/// # Errors
/// Those of the database; `Internal` when a detail does not open.
pub fn search(tx: &mut Tx<'_>, query: &Query) -> Result<Vec<Found>> {
    clause!("CS-122");
    let facility = facility(tx);
    let key = log_key(tx, facility)?;
    let mut sql = format!("SELECT {COLUMNS} FROM audit_entry WHERE facility_id = ?1");
    let mut values = params![facility].to_vec();
    let mut and = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(" AND ");
        sql.push_str(&condition.replace("??", &format!("?{}", values.len())));
    };
    if let Some(who) = &query.who {
        and("who = ??", Value::Text(who.clone()));
    }
    if let Some(person) = query.person {
        // An id has only letters and digits: nothing in it is a pattern.
        and(
            "(who = 'staff:' || CAST(?? AS TEXT) OR who LIKE 'guardian:' || CAST(?? AS TEXT) || ':%')",
            Value::Text(person.to_string()),
        );
    }
    if let Some(patient) = query.patient {
        and("patient_id = ??", Value::Text(patient.to_string()));
    }
    if let Some(from) = query.from {
        and("at >= ??", Value::Int(from.as_microsecond()));
    }
    if let Some(to) = query.to {
        and("at < ??", Value::Int(to.as_microsecond()));
    }
    match &query.act {
        Some(noun) if noun.ends_with('.') => and("act LIKE ??", Value::Text(format!("{noun}%"))),
        Some(act) => and("act = ??", Value::Text(act.clone())),
        None => {}
    }
    if let Some(index) = query.before_index {
        and("idx < ??", Value::Int(int(index)));
    }
    let limit = if query.limit == 0 { limits::LIST_ROWS_MAX } else { query.limit.min(limits::LIST_ROWS_MAX) };
    values.push(Value::Int(i64::try_from(limit).unwrap_or(1)));
    sql.push_str(&format!(" ORDER BY idx DESC LIMIT ?{}", values.len()));
    let (key, mut all) = (key.opener(), Vec::new());
    tx.each(&sql, &values, |cells| {
        all.push(found(&key, record(cells)?)?);
        Ok(())
    })?;
    Ok(all)
}

fn found(key: &Opener, it: Record<'_>) -> Result<Found> {
    let detail = match it.is_shredded() {
        true => None,
        false => Some(serde_json::from_str(&open(key, &it)?.1).map_err(Error::internal)?),
    };
    let owned = |it: Option<Cow<'_, str>>| it.map(Cow::into_owned);
    Ok(Found {
        index: it.index,
        at: Timestamp::from_microsecond(it.at_us).map_err(Error::internal)?,
        act: it.act.into_owned(),
        class: it.class.into_owned(),
        outcome: it.outcome.into_owned(),
        who: it.private.who.into_owned(),
        patient: it.private.patient.and_then(|it| it.parse().ok()),
        thing_kind: it.private.thing.into_owned(),
        thing_id: it.private.id.into_owned(),
        request: it.private.request.into_owned(),
        session: owned(it.private.session),
        address: owned(it.private.address),
        device: owned(it.private.device),
        detail,
    })
}

/// Destroys the private part of the entries in `range` for ever: who, patient, thing, circumstances, salt and detail.
/// Their leaves stay and every proof holds. The shredding is an entry itself, and keeps its own private part.
///
/// The caller has checked that no time of keeping runs.
///
/// # Errors
/// Those of [`append`].
pub fn shred(tx: &mut Tx<'_>, ctx: &Ctx, range: Range<u64>) -> Result<u64> {
    let facility = facility(tx);
    lock(tx, facility)?;
    let range = range.start..range.end.min(head(tx, facility)?.size());
    tx.exec(
        "UPDATE audit_entry SET who = '', patient_id = NULL, thing_kind = '', thing_id = '', request_id = '',
         session_id = NULL, address = NULL, device_id = NULL, detail = ?4
         WHERE facility_id = ?1 AND idx >= ?2 AND idx < ?3 AND act <> ?5",
        params![facility, int(range.start), int(range.end), Vec::<u8>::new(), SHRED],
    )?;
    append(tx, ctx, Entry::done(SHRED, "entries", format!("{}-{}", range.start, range.end)))
}

/// The facility whose log this act writes.
pub(crate) fn facility(tx: &Tx<'_>) -> FacilityId {
    tx.facility().unwrap_or(HOUSE)
}

/// Takes the places in the logs of several facilities, always in the same order, before the first entry of an act that
/// writes to all of them: two such acts cannot wait for each other then.
///
/// # Errors
/// The database's.
pub fn queue(tx: &mut Tx<'_>, facilities: &[FacilityId]) -> Result<()> {
    let mut all = facilities.to_vec();
    all.sort_unstable();
    all.into_iter().try_for_each(|it| lock(tx, it))
}

/// Makes acts on one log follow one another.
pub(crate) fn lock(tx: &mut Tx<'_>, facility: FacilityId) -> Result<()> {
    tx.lock(&format!("audit/{facility}"))
}

/// The key that seals what this log keeps.
pub(crate) fn log_key(tx: &mut Tx<'_>, facility: FacilityId) -> Result<Key> {
    if facility == HOUSE { Ok(tx.own_key("house-log")) } else { Ok(tx.key()?.derive("audit")) }
}

/// Where a detail belongs: it opens in no other row.
pub(crate) fn place(index: u64) -> String {
    format!("audit_entry.detail/{index}")
}

/// Salt and detail of an entry that was not shredded.
pub(crate) fn open(key: &Opener, it: &Record<'_>) -> Result<(Vec<u8>, String)> {
    let mut salt = key.open(&place(it.index), &it.sealed)?;
    let detail = salt.split_off(SALT_BYTES.min(salt.len()));
    Ok((salt, String::from_utf8(detail).map_err(Error::internal)?))
}

/// Size and frontier of the log.
pub(crate) fn head(tx: &mut Tx<'_>, facility: FacilityId) -> Result<Frontier> {
    match tx.row("SELECT size, frontier FROM audit_head WHERE facility_id = ?1", params![facility])? {
        Some(row) => Frontier::from_bytes(size(&row.values()[0])?, &Vec::from_value(&row.values()[1])?),
        None => Ok(Frontier::default()),
    }
}

/// Shows the entries of `range` that are there to `see`, in order.
pub(crate) fn each(
    tx: &mut Tx<'_>,
    facility: FacilityId,
    range: &Range<u64>,
    mut see: impl FnMut(Record<'_>) -> Result<()>,
) -> Result<()> {
    let sql =
        format!("SELECT {COLUMNS} FROM audit_entry WHERE facility_id = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx");
    tx.each(&sql, params![facility, int(range.start), int(range.end)], |cells| see(record(cells)?))
}

/// A row of [`COLUMNS`], taken apart by place: finding columns by name would cost more than the hashing.
fn record<'a>(cells: &[Cell<'a>]) -> Result<Record<'a>> {
    let [facility, index, at, act, class, outcome, who, patient, thing, id, rest @ ..] = cells else {
        return Err(width());
    };
    let [request, session, address, device, commitment, leaf, sealed] = rest else { return Err(width()) };
    Ok(Record {
        facility: text(facility)?,
        index: u64::try_from(whole(index)?).map_err(Error::internal)?,
        at_us: whole(at)?,
        act: text(act)?,
        class: text(class)?,
        outcome: text(outcome)?,
        private: Private {
            who: text(who)?,
            patient: optional(patient)?,
            thing: text(thing)?,
            id: text(id)?,
            request: text(request)?,
            session: optional(session)?,
            address: optional(address)?,
            device: optional(device)?,
        },
        commitment: bytes(commitment)?,
        leaf: bytes(leaf)?,
        sealed: bytes(sealed)?,
    })
}

fn width() -> Error {
    Error::internal("not seventeen columns")
}

fn other() -> Error {
    Error::internal("an entry holds another type than its column")
}

fn whole(cell: &Cell<'_>) -> Result<i64> {
    if let Cell::Int(it) = cell { Ok(*it) } else { Err(other()) }
}

fn text<'a>(cell: &Cell<'a>) -> Result<Cow<'a, str>> {
    if let Cell::Text(it) = cell { Ok(it.clone()) } else { Err(other()) }
}

fn optional<'a>(cell: &Cell<'a>) -> Result<Option<Cow<'a, str>>> {
    if *cell == Cell::Null { Ok(None) } else { text(cell).map(Some) }
}

fn bytes<'a>(cell: &Cell<'a>) -> Result<Cow<'a, [u8]>> {
    if let Cell::Bytes(it) = cell { Ok(Cow::Borrowed(it)) } else { Err(other()) }
}

/// A count of entries, from its column.
pub(crate) fn size(value: &Value) -> Result<u64> {
    u64::try_from(i64::from_value(value)?).map_err(Error::internal)
}

/// A count of entries, for its column.
pub(crate) fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
