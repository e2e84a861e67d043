//! Signed-in browsers: made at sign-in, found by the cookie's token, locked when idle, ended by their owner or a manager.

use axum::http::HeaderValue;
use db::{Row, Tx, params};
use kernel::{Ctx, DeviceId, FacilityId, PatientId, PersonId, Result, SessionId, Timestamp, Who, clause, time};

use crate::Site;
use crate::site::Alert;

/// Minutes without a request until a member of the staff must show the password again.
/// The guidelines give no number (GL 8); fifteen minutes is the longest our reference proposes.
pub const STAFF_IDLE_MIN: i64 = 15;
/// Minutes without a request until a patient must come in again. A visit with waiting fits.
pub const PATIENT_IDLE_MIN: i64 = 120;
/// Hours until any session ends: a working day with overtime.
pub const SESSION_HOURS_MAX: i64 = 14;
/// Minutes for which a proof of password counts as fresh (signing, exports).
pub const PROOF_FRESH_MIN: i64 = 5;
/// `seen_at` is written at most once in this many seconds, so that reading a page costs no flush.
const SEEN_EVERY_S: i64 = 60;
/// Minutes that a session may seem to have been used in the future: requests that were under way while the clock was set.
/// More means that the clock was wrong; then only the person can say who sits there.
const AHEAD_MIN_MAX: i64 = 2;

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub who: Who,
    /// Where the person works now, or where the patient is one.
    pub facility: Option<FacilityId>,
    /// Factors proven (1 or 2).
    pub factors: u8,
    /// When they were last proven.
    pub proved_at: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// The last request, to a minute.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
    /// Where it was made from.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
    /// The terminal, where it is known and patients' images may be shown on it.
    pub device: Option<DeviceId>,
    /// Duties at the facility, where the session was found by its browser and the site knows how to read them.
    pub duties: Vec<String>,
    /// What cannot wait at the facility, read in the same way.
    pub alerts: Vec<Alert>,
}

/// Whether a session may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Live,
    /// Idle too long: the password first.
    Locked,
}

impl Session {
    /// Whether it may act at `now`.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        clause!("CS-126");
        match self.who {
            Who::Staff(_) if now > time::plus_min(self.seen_at, STAFF_IDLE_MIN) => Standing::Locked,
            // The clock was set back: no idle time can be counted, so it is not taken to be short.
            Who::Staff(_) if time::plus_min(now, AHEAD_MIN_MAX) < self.seen_at => Standing::Locked,
            _ => Standing::Live,
        }
    }

    /// Whether the person proved to be there a moment ago: signing and exports ask for it.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        (time::plus_min(self.proved_at, -AHEAD_MIN_MAX)..=time::plus_min(self.proved_at, PROOF_FRESH_MIN))
            .contains(&now)
    }
}

/// The cookie's name. `__Host-` binds it to this host, HTTPS and the whole site; the demo's plain HTTP cannot have it.
#[must_use]
pub fn cookie_name(site: &Site) -> &'static str {
    if site.settings.base_url.starts_with("https:") { "__Host-haruka" } else { "haruka-demo" }
}

/// The `Set-Cookie` that hands `token` to the browser, or takes it back (`None`).
#[must_use]
pub fn set_cookie(site: &Site, token: Option<&str>) -> Option<HeaderValue> {
    let secure = if site.settings.base_url.starts_with("https:") { "; Secure" } else { "" };
    let (value, age) = token.map_or(("", "; Max-Age=0"), |it| (it, ""));
    // Lax, not Strict: the link in a mail must find the session that is already there.
    HeaderValue::from_str(&format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", cookie_name(site))).ok()
}

/// What a form of this session must carry.
#[must_use]
pub fn form_token(key: &crypto::Key, session: SessionId) -> String {
    kernel::RowId::from_bytes(first16(key.derive("form").mark(session.as_bytes()))).to_string()
}

fn first16(mark: [u8; 32]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&mark[..16]);
    out
}

fn token_mark(key: &crypto::Key, token: &str) -> Vec<u8> {
    key.derive("session").mark(token.as_bytes()).to_vec()
}

/// Makes a session for `who` and returns the token for the cookie. The caller has checked the factors.
///
/// # Errors
/// The database's.
pub fn start(tx: &mut Tx<'_>, ctx: &Ctx, key: &crypto::Key, new: &NewSession<'_>) -> Result<(SessionId, String)> {
    let id = SessionId::new(ctx);
    let token =
        format!("{}{}", kernel::RowId::from_bytes(ctx.chance.bytes()), kernel::RowId::from_bytes(ctx.chance.bytes()));
    let (kind, person, patient) = match &new.who {
        Who::Staff(person) => ("staff", Some(*person), None),
        Who::Patient(patient) => ("patient", None, Some(*patient)),
        Who::Guardian { person, patient } => ("guardian", Some(*person), Some(*patient)),
        _ => return Err(kernel::Error::internal("only people have sessions")),
    };
    tx.exec(
        "INSERT INTO session (id, token_mark, kind, person_id, patient_id, facility_id, factors, proved_at, made_at, seen_at,
         ends_at, address, agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?8, ?9, ?10, ?11)",
        params![
            id,
            token_mark(key, &token),
            kind,
            person,
            patient,
            new.facility,
            new.factors,
            ctx.now,
            time::plus_min(ctx.now, SESSION_HOURS_MAX * 60),
            ctx.address.map(|it| it.to_string()).unwrap_or_default(),
            new.agent
        ],
    )?;
    Ok((id, token))
}

/// What a new session needs.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Whose.
    pub who: Who,
    /// Where.
    pub facility: Option<FacilityId>,
    /// Factors proven.
    pub factors: u8,
    /// What the browser calls itself.
    pub agent: &'a str,
}

const COLUMNS: &str =
    "id, kind, person_id, patient_id, facility_id, factors, proved_at, made_at, seen_at, ends_at, address, agent,
     device_id";

fn read(row: &Row) -> Result<Session> {
    let person: Option<PersonId> = row.get("person_id")?;
    let patient: Option<PatientId> = row.get("patient_id")?;
    let who = match (person, patient) {
        (Some(person), Some(patient)) => Who::Guardian { person, patient },
        (Some(person), None) => Who::Staff(person),
        (None, Some(patient)) => Who::Patient(patient),
        (None, None) => Who::Nobody,
    };
    Ok(Session {
        id: row.get("id")?,
        who,
        facility: row.get("facility_id")?,
        factors: row.get("factors")?,
        proved_at: row.get("proved_at")?,
        made_at: row.get("made_at")?,
        seen_at: row.get("seen_at")?,
        ends_at: row.get("ends_at")?,
        address: row.get("address")?,
        agent: row.get("agent")?,
        device: row.get("device_id")?,
        duties: Vec::new(),
        alerts: Vec::new(),
    })
}

/// The session of a cookie's token, unless it has ended. `person`: the request shows that somebody is there.
///
/// # Errors
/// The database's.
pub(crate) async fn find(site: &Site, ctx: &Ctx, token: &str, person: bool) -> Result<Option<Session>> {
    let mark = token_mark(&site.key, token);
    let (now, duties_of, alerts_of) = (ctx.now, site.settings.duties_of, site.settings.alerts_of);
    let found = site
        .db
        .read(None, move |tx| {
            let sql =
                format!("SELECT {COLUMNS} FROM session WHERE token_mark = ?1 AND ended_at IS NULL AND ends_at > ?2");
            let mut found = tx.row(&sql, params![mark, now])?.as_ref().map(read).transpose()?;
            if let (Some(it), Some(duties_of)) = (&mut found, duties_of)
                && let (Some(person), Some(facility)) = (it.who.staff(), it.facility)
            {
                tx.enter(facility)?;
                it.duties = duties_of(tx, person)?;
                // Whoever has left a facility learns nothing more of it.
                if let Some(alerts_of) = alerts_of.filter(|_| !it.duties.is_empty()) {
                    it.alerts = alerts_of(tx, &it.duties, now)?;
                }
            }
            Ok(found)
        })
        .await?;
    let Some(session) = found else { return Ok(None) };
    let idle_min = if session.who.staff().is_some() { STAFF_IDLE_MIN } else { PATIENT_IDLE_MIN };
    if session.who.staff().is_none() && now > time::plus_min(session.seen_at, idle_min) {
        return Ok(None);
    }
    if person
        && session.standing(now) == Standing::Live
        && (now.as_second() - session.seen_at.as_second()).abs() > SEEN_EVERY_S
    {
        let id = session.id;
        let seen = site
            .db
            .write(None, move |tx| tx.exec("UPDATE session SET seen_at = ?2 WHERE id = ?1", params![id, now]))
            .await;
        if let Err(error) = seen {
            // A page can be read all the same (full disk); the session locks the sooner.
            tracing::warn!(%error, "a session's last use is not kept");
        }
    }
    Ok(Some(session))
}

/// The session of a cookie's token, also one that is over by time; not one that was ended by somebody.
pub(crate) async fn not_ended(site: &Site, token: &str) -> Result<Option<Session>> {
    let mark = token_mark(&site.key, token);
    let sql = format!("SELECT {COLUMNS} FROM session WHERE token_mark = ?1 AND ended_at IS NULL");
    site.db.read(None, move |tx| tx.row(&sql, params![mark])?.as_ref().map(read).transpose()).await
}

/// Marks that the person has just proven the factors again (unlock, signing).
///
/// # Errors
/// The database's.
pub fn prove(tx: &mut Tx<'_>, ctx: &Ctx, id: SessionId) -> Result<()> {
    tx.exec(
        "UPDATE session SET proved_at = ?2, seen_at = ?2 WHERE id = ?1 AND ended_at IS NULL",
        params![id, ctx.now],
    )?;
    Ok(())
}

/// Moves the session to another facility where the person has a duty; the caller has checked that.
///
/// # Errors
/// The database's.
pub fn move_to(tx: &mut Tx<'_>, id: SessionId, facility: FacilityId) -> Result<()> {
    // Each facility has its own list of terminals.
    tx.exec("UPDATE session SET facility_id = ?2, device_id = NULL WHERE id = ?1", params![id, facility])?;
    Ok(())
}

/// The session's browser is this terminal; the caller has checked that images may be shown on it.
///
/// # Errors
/// The database's.
pub fn at_terminal(tx: &mut Tx<'_>, id: SessionId, device: DeviceId) -> Result<()> {
    tx.exec("UPDATE session SET device_id = ?2 WHERE id = ?1 AND ended_at IS NULL", params![id, device])?;
    Ok(())
}

/// Images may be shown on this terminal no longer, in any session.
///
/// # Errors
/// The database's.
pub fn leave_terminal(tx: &mut Tx<'_>, device: DeviceId) -> Result<()> {
    tx.exec("UPDATE session SET device_id = NULL WHERE device_id = ?1", params![device])?;
    Ok(())
}

/// The live sessions of a person or patient, newest first.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, ctx: &Ctx, who: &Who) -> Result<Vec<Session>> {
    let (column, id) = match who {
        Who::Staff(id) | Who::Guardian { person: id, .. } => ("person_id", id.to_string()),
        Who::Patient(id) => ("patient_id", id.to_string()),
        _ => return Ok(Vec::new()),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM session WHERE {column} = ?1 AND ended_at IS NULL AND ends_at > ?2 ORDER BY made_at DESC LIMIT 100"
    );
    tx.rows(&sql, params![id, ctx.now])?.iter().map(read).collect()
}

/// When a member of the staff last had a page open, in any session, ended ones too.
///
/// # Errors
/// The database's.
pub fn last_seen(tx: &mut Tx<'_>, person: PersonId) -> Result<Option<Timestamp>> {
    tx.value(
        "SELECT seen_at FROM session WHERE person_id = ?1 AND kind = 'staff' ORDER BY seen_at DESC LIMIT 1",
        params![person],
    )
}

/// Ends one session of `who`; nothing happens when it is not theirs.
///
/// # Errors
/// The database's.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, who: &Who, id: SessionId) -> Result<bool> {
    let owned = list(tx, ctx, who)?.iter().any(|it| it.id == id);
    if owned {
        tx.exec("UPDATE session SET ended_at = ?2 WHERE id = ?1", params![id, ctx.now])?;
        crate::kept::end(tx, id)?;
    }
    Ok(owned)
}

/// Ends one session, whosever it is; the caller has made its check.
///
/// # Errors
/// The database's.
pub fn close(tx: &mut Tx<'_>, ctx: &Ctx, id: SessionId) -> Result<()> {
    tx.exec("UPDATE session SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL", params![id, ctx.now])?;
    crate::kept::end(tx, id)
}

/// Ends all sessions of a person (leaver, changed password); `except` may stay.
///
/// # Errors
/// The database's.
pub fn end_all(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, except: Option<SessionId>) -> Result<u64> {
    let except = except.map(|it| it.to_string()).unwrap_or_default();
    crate::kept::end_all(tx, person, &except)?;
    tx.exec(
        "UPDATE session SET ended_at = ?2 WHERE person_id = ?1 AND ended_at IS NULL AND id <> ?3",
        params![person, ctx.now, except],
    )
}

/// Ends every session on a terminal, whoever's it is.
///
/// # Errors
/// The database's.
pub fn end_at_terminal(tx: &mut Tx<'_>, ctx: &Ctx, device: DeviceId) -> Result<u64> {
    crate::kept::end_at_terminal(tx, device)?;
    tx.exec("UPDATE session SET ended_at = ?2 WHERE device_id = ?1 AND ended_at IS NULL", params![device, ctx.now])
}

/// Whether a session has neither ended nor been ended.
///
/// # Errors
/// The database's.
pub fn is_open(tx: &mut Tx<'_>, ctx: &Ctx, id: SessionId) -> Result<bool> {
    let sql = "SELECT id FROM session WHERE id = ?1 AND ended_at IS NULL AND ends_at > ?2";
    Ok(tx.row(sql, params![id, ctx.now])?.is_some())
}

/// Ends a person's sessions as a member of the staff: those at `facility`, or all of them (a leaver). Sessions as
/// somebody's guardian stay.
///
/// # Errors
/// The database's.
pub fn end_work(tx: &mut Tx<'_>, ctx: &Ctx, person: PersonId, facility: Option<FacilityId>) -> Result<u64> {
    crate::kept::end_all(tx, person, "")?;
    tx.exec(
        "UPDATE session SET ended_at = ?2 WHERE person_id = ?1 AND kind = 'staff' AND ended_at IS NULL
         AND (CAST(?3 AS TEXT) IS NULL OR facility_id = ?3)",
        params![person, ctx.now, facility],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(who: Who, seen_at: Timestamp) -> Session {
        Session {
            id: SessionId::from_bytes([1; 16]),
            who,
            facility: None,
            factors: 2,
            proved_at: seen_at,
            made_at: seen_at,
            seen_at,
            ends_at: time::plus_min(seen_at, SESSION_HOURS_MAX * 60),
            address: String::new(),
            agent: String::new(),
            device: None,
            duties: Vec::new(),
            alerts: Vec::new(),
        }
    }

    /// CS-126, and CS-163 where the clock is set back or forward while people work.
    #[test]
    fn an_idle_session_locks_and_so_does_one_from_the_future() {
        let seen_at: Timestamp = "2026-11-24T00:00:00Z".parse().expect("an instant");
        let staff = session(Who::Staff(PersonId::from_bytes([2; 16])), seen_at);
        let patient = session(Who::Patient(PatientId::from_bytes([3; 16])), seen_at);
        for (minutes, locked, fresh) in [
            (0, false, true),
            (5, false, true),
            (6, false, false),
            (15, false, false),
            (16, true, false),
            (-1, false, true),
            (-2, false, true),
            (-3, true, false),
            (-24 * 60, true, false),
            (24 * 60, true, false),
        ] {
            let now = time::plus_min(seen_at, minutes);
            assert_eq!(staff.standing(now) == Standing::Locked, locked, "{minutes}");
            assert_eq!(staff.is_fresh(now), fresh, "{minutes}");
            // A patient in the middle of a visit is not sent away by a correction of the clock.
            assert_eq!(patient.standing(now), Standing::Live, "{minutes}");
        }
    }
}
