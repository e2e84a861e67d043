//! Links in rows: made for a patient or a booking, found by their token, ended; and whom a guardian may come in for.

use audit::Entry;
use db::{Row, Tx, params};
use kernel::{BookingId, Ctx, Error, FacilityId, PatientId, PersonId, Result, RowId, Timestamp, Who, clause};
use web::Site;
use web::session::{self, NewSession};

use super::{BIRTH, LINKS_MAX};
use crate::access::{Access, Act, Class};
use crate::patient;
use crate::sign_in::Tries;

/// A link by which a patient comes in.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id.
    pub id: RowId,
    /// Whose patient.
    pub facility: FacilityId,
    /// The patient.
    pub patient: PatientId,
    /// For which booking, if it was made for one.
    pub booking: Option<BookingId>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it may be used.
    pub expires_at: Timestamp,
    /// Wrong birth dates in a row.
    pub tries: Tries,
    /// When somebody came in by it last.
    pub used_at: Option<Timestamp>,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
}

impl Invitation {
    /// Whether it may be used at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// Until when birth dates are refused, after too many wrong ones.
    #[must_use]
    pub fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        BIRTH.locked_until(&self.tries, now)
    }
}

const COLUMNS: &str =
    "id, facility_id, patient_id, booking_id, made_at, expires_at, tries, tried_at, used_at, ended_at, token";

fn read(row: &Row) -> Result<Invitation> {
    let made_at = row.get("made_at")?;
    let tried_at: Option<Timestamp> = row.get("tried_at")?;
    Ok(Invitation {
        id: row.get("id")?,
        facility: row.get("facility_id")?,
        patient: row.get("patient_id")?,
        booking: row.get("booking_id")?,
        made_at,
        expires_at: row.get("expires_at")?,
        tries: Tries { count: row.get("tries")?, last_at: tried_at.unwrap_or(made_at) },
        used_at: row.get("used_at")?,
        ended_at: row.get("ended_at")?,
    })
}

fn token_mark(tx: &Tx<'_>, token: &str) -> Vec<u8> {
    tx.own_key("entry").derive("link").mark(token.as_bytes()).to_vec()
}

fn path(tx: &mut Tx<'_>, row: &Row) -> Result<String> {
    let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("token")?);
    Ok(format!("/v/{}", tx.open("invitation.token", id, &sealed)?))
}

/// The link for a patient (`/v/…`), good until `expires_at`. For a booking there is one: asked for again, it is the same
/// and lives as long as the latest wish.
///
/// # Errors
/// As [`Access::require`]; `Limit` when the patient has [`LINKS_MAX`] live ones.
pub fn invite(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    patient: PatientId,
    booking: Option<BookingId>,
    expires_at: Timestamp,
) -> Result<String> {
    let facility = tx.facility()?;
    crate::patient::store::read_one(tx, patient)?;
    Access::new("invitation.make", Act::Write, Class::Identity)
        .on("booking", booking.map(|it| it.to_string()).unwrap_or_default())
        .of(patient)
        .require(tx, ctx)?;
    if let Some(booking) = booking {
        tx.exec(
            "UPDATE invitation SET expires_at = ?4 WHERE facility_id = ?1 AND patient_id = ?2 AND booking_id = ?3
             AND ended_at IS NULL AND expires_at < ?4",
            params![facility, patient, booking, expires_at],
        )?;
        if let Some(path) = path_for_booking(tx, booking)? {
            return Ok(path);
        }
    }
    let live: i64 = tx
        .value(
            "SELECT count(*) FROM invitation WHERE facility_id = ?1 AND patient_id = ?2 AND ended_at IS NULL AND expires_at > ?3",
            params![facility, patient, ctx.now],
        )?
        .unwrap_or(0);
    if live >= i64::try_from(LINKS_MAX).unwrap_or(i64::MAX) {
        return Err(Error::too_many("live links of a patient"));
    }
    let id = RowId::new(ctx);
    // 128 bits: nobody finds one by trying.
    let token = RowId::from_bytes(ctx.chance.bytes()).to_string();
    let (mark, sealed) = (token_mark(tx, &token), tx.seal("invitation.token", id, &token)?);
    tx.exec(
        "INSERT INTO invitation (id, facility_id, patient_id, booking_id, token_mark, token, made_by, made_at, expires_at, tries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)",
        params![id, facility, patient, booking, mark, sealed, ctx.who.label(), ctx.now, expires_at],
    )?;
    Ok(format!("/v/{token}"))
}

/// The booking was moved: its link is good until `expires_at`. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn extend(tx: &mut Tx<'_>, booking: BookingId, expires_at: Timestamp) -> Result<()> {
    let facility = tx.facility()?;
    tx.exec(
        "UPDATE invitation SET expires_at = ?3 WHERE facility_id = ?1 AND booking_id = ?2 AND ended_at IS NULL",
        params![facility, booking, expires_at],
    )?;
    Ok(())
}

/// The live link of a booking, for its reminders. The caller has made its own [`Access`], or is a job.
///
/// # Errors
/// The database's.
pub fn path_for_booking(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<String>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT id, token FROM invitation WHERE facility_id = ?1 AND booking_id = ?2 AND ended_at IS NULL
         ORDER BY made_at DESC, id DESC LIMIT 1",
        params![facility, booking],
    )?;
    row.map(|row| path(tx, &row)).transpose()
}

/// The link of a token, live or not; the rest of the act happens in its facility.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, token: &str) -> Result<Option<Invitation>> {
    let mark = token_mark(tx, token);
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE token_mark = ?1");
    let found = tx.row(&sql, params![mark])?.as_ref().map(read).transpose()?;
    if let Some(it) = &found {
        tx.enter(it.facility)?;
    }
    Ok(found)
}

/// A link of this facility.
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &mut Tx<'_>, id: RowId) -> Result<Invitation> {
    let facility = tx.facility()?;
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE facility_id = ?1 AND id = ?2");
    let row = tx.row(&sql, params![facility, id])?;
    read(&row.ok_or_else(|| Error::not_found("invitation"))?)
}

/// The links of a patient with their paths, the newest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn list_for_patient(tx: &mut Tx<'_>, patient: PatientId) -> Result<Vec<(Invitation, String)>> {
    let facility = tx.facility()?;
    let sql = format!(
        "SELECT {COLUMNS} FROM invitation WHERE facility_id = ?1 AND patient_id = ?2 ORDER BY made_at DESC, id DESC LIMIT ?3"
    );
    let rows = tx.rows(&sql, params![facility, patient, LINKS_MAX])?;
    rows.iter().map(|row| Ok((read(row)?, path(tx, row)?))).collect()
}

/// How the ways in of a patient stand, for the patient's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// No live link.
    NoLink,
    /// A live link, nothing in its way.
    Open,
    /// Somebody typed wrong birth dates so many times that a link waits until then: the patient, or a stranger who
    /// found the link.
    Locked(Timestamp),
}

/// How the ways in of a patient stand. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn lock_state(tx: &mut Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<LockState> {
    let live: Vec<_> =
        list_for_patient(tx, patient)?.into_iter().map(|(it, _)| it).filter(|it| it.is_live(ctx.now)).collect();
    let locked = live.iter().filter_map(|it| it.locked_until(ctx.now)).max();
    Ok(match locked {
        Some(until) => LockState::Locked(until),
        None if live.is_empty() => LockState::NoLink,
        None => LockState::Open,
    })
}

/// Ends a link before its time (lost telephone, wrong recipient) and the sessions that came in by it or otherwise.
///
/// # Errors
/// As [`Access::require`].
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    let facility = tx.facility()?;
    let it = get(tx, id)?;
    Access::new("invitation.end", Act::Write, Class::Identity).on("invitation", id).of(it.patient).require(tx, ctx)?;
    tx.exec(
        "UPDATE invitation SET ended_by = ?3, ended_at = ?4 WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![facility, id, ctx.who.label(), ctx.now],
    )?;
    let who = Who::Patient(it.patient);
    for session in session::list(tx, ctx, &who)? {
        session::end(tx, ctx, &who, session.id)?;
    }
    Ok(())
}

/// Lets a locked link be tried again at once: the clinic has spoken with the patient.
///
/// # Errors
/// As [`Access::require`].
pub fn unlock(tx: &mut Tx<'_>, ctx: &Ctx, id: RowId) -> Result<()> {
    let facility = tx.facility()?;
    let it = get(tx, id)?;
    Access::new("invitation.unlock", Act::Write, Class::Identity)
        .on("invitation", id)
        .of(it.patient)
        .require(tx, ctx)?;
    tx.exec("UPDATE invitation SET tries = 0 WHERE facility_id = ?1 AND id = ?2", params![facility, id])?;
    Ok(())
}

/// A patient for whom a guardian may act.
#[derive(Debug, Clone)]
pub struct Ward {
    /// Whose patient.
    pub facility: FacilityId,
    /// The patient.
    pub patient: PatientId,
    /// The relation as recorded.
    pub relation: String,
}

/// For whom a person is guardian, over all facilities.
///
/// # Errors
/// The database's.
pub fn wards(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Ward>> {
    clause!("OV-102");
    tx.rows(
        "SELECT facility_id, patient_id, relation FROM guardian WHERE person_id = ?1 AND ended_at IS NULL
         ORDER BY facility_id, patient_id LIMIT 20",
        params![person],
    )?
    .iter()
    .map(|row| {
        Ok(Ward { facility: row.get("facility_id")?, patient: row.get("patient_id")?, relation: row.get("relation")? })
    })
    .collect()
}

/// For whom a person may act at `now`, over all facilities: not for those who have come of age since. Leaves the
/// transaction at the facility of the last one, so it stands at an act's end.
///
/// # Errors
/// The database's.
pub fn wards_now(tx: &mut Tx<'_>, now: Timestamp, person: PersonId) -> Result<Vec<Ward>> {
    let mut found = Vec::new();
    for it in wards(tx, person)? {
        tx.enter(it.facility)?;
        if patient::store::may_act_for(tx, now, it.patient, person)? {
            found.push(it);
        }
    }
    Ok(found)
}

/// Makes the session of a patient or guardian, with its entry; the token for the cookie. The caller has checked what
/// was proven.
///
/// # Errors
/// `NotFound` for a guardian whose relation is not recorded.
pub fn begin(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    site: &Site,
    who: &Who,
    facility: FacilityId,
    (factors, by, agent): (u8, &'static str, &str),
) -> Result<String> {
    clause!("OV-102", "OV-242");
    tx.enter(facility)?;
    let mut own = ctx.at(facility);
    own.who = who.clone();
    let patient = who.patient().ok_or_else(|| Error::internal("not a patient's session"))?;
    let new = NewSession { who: who.clone(), facility: Some(facility), factors, agent };
    let (id, token) = session::start(tx, &own, &site.key, &new)?;
    own.session = Some(id);
    // The policy allows both their own identity; a guardian without a recorded relation is refused here.
    Access::new("entry.done", Act::View, Class::Identity)
        .on("session", id)
        .of(patient)
        .detail(serde_json::json!({ "by": by, "factors": factors, "agent": agent }))
        .require(tx, &own)?;
    Ok(token)
}

/// An entry about a link, in its facility's log.
pub(crate) fn record(tx: &mut Tx<'_>, ctx: &Ctx, it: &Invitation, entry: Entry) -> Result<()> {
    audit::append(tx, &ctx.at(it.facility), entry.patient(it.patient).class(Class::Identity.key())).map(drop)
}
