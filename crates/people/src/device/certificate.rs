//! Certificates of a device: by them its agent and its browsers prove on which device they are. The internal authority signs
//! them; what counts is the row of each, asked for at every request, so that one act ends it at once.
//!
//! The agent comes to its first one by a one-time code that a manager makes. From then on it renews by itself: early, so that a
//! holiday does no harm, and for some time after the end, so that a device that lay in a drawer needs nobody. A new certificate
//! ends its predecessors when it is shown first, not when it is made: an agent that was killed before it had it in its hands goes
//! on with the old one.

use audit::Entry as Leaf;
use crypto::digest::hex;
use crypto::{Key, codes};
use db::{Row, Tx, params};
use kernel::{Ctx, DeviceId, Error, FacilityId, PersonId, Result, RowId, Timestamp, Words, clause, time};
use serde_json::json;

use super::browser::CODE_MIN;
use super::inventory::Inventory;
use super::store::{get, keep, live};
use super::{Device, Source};
use crate::access::{Access, Act, Class};
use crate::token::Fingerprint;

/// Days for which a certificate of an agent is good.
pub const DAYS: i64 = 90;
/// Days before its end from which it is renewed.
pub const RENEW_DAYS: i64 = 30;
/// Days after its end in which it still renews itself, and does nothing else.
pub const GRACE_DAYS: i64 = 30;
/// Days for which a certificate of a browser is good: a person carries it there, so it lasts until somebody looks after the
/// device anyway.
pub const BROWSER_DAYS: i64 = 366;
/// Browsers of one device that hold a certificate at once.
pub const BROWSERS_MAX: i64 = 10;
/// Certificates of one day at most by which an agent may go on and has not yet: each is a row that stays. One that is killed
/// again and again before it has the answer in its hands goes on the next day.
pub const RENEWALS_MAX: i64 = 10;
/// Seconds between two reports of one device at least.
pub const REPORT_EVERY_S: i64 = 10;
/// The last use is written at most once in this many minutes.
const USED_EVERY_MIN: i64 = 60;
/// A refusal is put on record at most once in this many minutes.
const REFUSED_EVERY_MIN: i64 = 1;
/// Certificates of one device on its page: of some ten years.
const ROWS_MAX: usize = 50;

kernel::keyed! {
    /// How a certificate came about.
    pub enum Origin {
        /// By a one-time code.
        Enrolment => "enrolment", "エージェント（登録）", "Agent, enrolled";
        /// By its predecessor.
        Renewal => "renewal", "エージェント（更新）", "Agent, renewed";
        /// For a browser on the device, by the agent's.
        Browser => "browser", "ブラウザー", "Browser";
    }
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its id.
    pub id: RowId,
    /// Whose device.
    pub facility: FacilityId,
    /// Which.
    pub device: DeviceId,
    /// By which it is known.
    pub fingerprint: String,
    /// How it came about.
    pub origin: Origin,
    /// Since when it is there.
    pub made_at: Timestamp,
    /// Its first moment.
    pub begins_at: Timestamp,
    /// Its last.
    pub ends_at: Timestamp,
    /// When it was shown last, to an hour.
    pub used_at: Option<Timestamp>,
    /// When it was refused last, to a minute.
    pub refused_at: Option<Timestamp>,
    /// Since when it does not count any more, by somebody's act or by its successor.
    pub ended_at: Option<Timestamp>,
}

kernel::keyed! {
    /// What a certificate is worth at a moment.
    pub enum Standing {
        /// It counts.
        Counts => "counts", "有効", "Good";
        /// Its time is over, and it can be renewed still.
        Late => "late", "期限切れ（更新できます）", "Over, can be renewed";
        /// Its time is over.
        Over => "over", "期限切れ", "Over";
        /// It was ended, or the device's use was.
        Ended => "ended", "失効", "Revoked";
    }
}

impl Certificate {
    /// What it is worth; `is_live`: the device is in use.
    #[must_use]
    pub fn standing(&self, is_live: bool, now: Timestamp) -> Standing {
        clause!("CS-150");
        if self.ended_at.is_some() || !is_live {
            Standing::Ended
        } else if now < self.ends_at {
            Standing::Counts
        } else if now < time::plus_min(self.ends_at, GRACE_DAYS * 24 * 60) && self.origin != Origin::Browser {
            Standing::Late
        } else {
            Standing::Over
        }
    }

    /// Whether it is time for the next one.
    #[must_use]
    pub fn is_renewable(&self, now: Timestamp) -> bool {
        self.origin != Origin::Browser && now >= time::plus_min(self.ends_at, -RENEW_DAYS * 24 * 60)
    }
}

/// What is to be signed: whoever holds the key of `request` gets a certificate from one moment to the other.
#[derive(Debug, Clone)]
pub struct Wish {
    /// A signing request (PKCS #10) in PEM. What it says of its subject is not looked at.
    pub request: String,
    /// The device, for the name in the certificate.
    pub device: DeviceId,
    /// The first moment.
    pub begins_at: Timestamp,
    /// The last.
    pub ends_at: Timestamp,
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The certificate with its authority's, in PEM.
    pub chain: String,
    /// By which it will be known.
    pub fingerprint: Fingerprint,
}

/// Whoever signs; nothing for a request that is none, or whose key is not held.
pub type Sign = dyn Fn(&Wish) -> Result<Option<Signed>> + Send + Sync;

fn code_mark(key: &Key, code: &str) -> Vec<u8> {
    key.derive("device").derive("agent").mark(codes::normal(code).as_bytes()).to_vec()
}

/// Makes a code by which the agent on this device gets its first certificate. It is told once.
///
/// # Errors
/// `NotFound`; `Forbidden` without the right to administer; `Conflict` for a device that is used no longer.
pub fn make_code(tx: &mut Tx<'_>, ctx: &Ctx, key: &Key, id: DeviceId) -> Result<String> {
    clause!("CS-150", "DL-14");
    let (facility, device, row) = (tx.facility()?, get(tx, id)?, RowId::new(ctx));
    Access::new("device.make_code", Act::Write, Class::Administration)
        .on("device", id)
        .detail(json!({ "for": "agent" }))
        .require(tx, ctx)?;
    live(&device)?;
    // Whoever types it stands at an open door, so nobody may guess it: eighty bits, where a person's code has forty.
    let code = codes::recovery(&ctx.chance)[..2].join("-");
    tx.exec(
        "UPDATE device_code SET used_at = ?3 WHERE facility_id = ?1 AND device_id = ?2 AND purpose = 'agent' AND used_at IS NULL",
        params![facility, id, ctx.now],
    )?;
    tx.exec(
        "INSERT INTO device_code (id, facility_id, device_id, mark, made_by, made_at, expires_at, tries, purpose)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 'agent')",
        params![row, facility, id, code_mark(key, &code), ctx.who.label(), ctx.now, time::plus_min(ctx.now, CODE_MIN)],
    )?;
    Ok(code)
}

/// What became of a request for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Here it is, with its last moment.
    Made(Signed, Timestamp),
    /// No open code: wrong, too late or used.
    WrongCode,
    /// The request is none, or its key is not held.
    NoRequest,
    /// It is too early to renew.
    TooEarly,
    /// As many browsers as there may be hold one.
    TooMany,
}

/// Gives the agent behind a one-time code its first certificate, in an act of no facility. Whatever was on that device before
/// ends: it is another one, or it has lost its key.
///
/// # Errors
/// The database's, and those of who signs.
pub fn enrol(tx: &mut Tx<'_>, ctx: &Ctx, key: &Key, sign: &Sign, typed: &str, request: &str) -> Result<Outcome> {
    clause!("CS-150", "DL-14");
    let mark = code_mark(key, typed);
    tx.lock(&format!("device code {}", hex(&mark)))?;
    let row = tx.row(
        "SELECT id, facility_id, device_id FROM device_code WHERE mark = ?1 AND purpose = 'agent' AND used_at IS NULL
         AND expires_at > ?2",
        params![mark, ctx.now],
    )?;
    let Some(row) = row else {
        audit::append(tx, ctx, Leaf::done("device.enrol", "device", "").detail(json!({ "for": "agent" })).refused())?;
        return Ok(Outcome::WrongCode);
    };
    let (code, facility, id): (RowId, FacilityId, DeviceId) =
        (row.get("id")?, row.get("facility_id")?, row.get("device_id")?);
    tx.enter(facility)?;
    let ctx = Ctx { device: Some(id), ..ctx.at(facility) };
    let device = get(tx, id)?;
    if device.ended_at.is_some() {
        audit::append(tx, &ctx, Leaf::done("device.enrol", "device", id).refused())?;
        return Ok(Outcome::WrongCode);
    }
    let made = make(tx, &ctx, &device, sign, Origin::Enrolment, request)?;
    if let Outcome::Made(signed, _) = &made {
        tx.exec(
            "UPDATE device_code SET used_at = ?3 WHERE facility_id = ?1 AND id = ?2",
            params![facility, code, ctx.now],
        )?;
        let fingerprint = hex(&signed.fingerprint);
        tx.exec(
            "UPDATE device_certificate SET ended_at = ?3, ended_by = ?4
             WHERE facility_id = ?1 AND device_id = ?2 AND fingerprint <> ?5 AND ended_at IS NULL",
            params![facility, id, ctx.now, ctx.who.label(), fingerprint],
        )?;
    }
    Ok(made)
}

/// Signs, keeps the row, and writes the entry.
fn make(tx: &mut Tx<'_>, ctx: &Ctx, device: &Device, sign: &Sign, origin: Origin, request: &str) -> Result<Outcome> {
    let days = if origin == Origin::Browser { BROWSER_DAYS } else { DAYS };
    let (begins_at, ends_at) = (ctx.now, time::plus_min(ctx.now, days * 24 * 60));
    let wish = Wish { request: request.to_owned(), device: device.id, begins_at, ends_at };
    let act = match origin {
        Origin::Enrolment => "device.enrol",
        Origin::Renewal => "device.renew",
        Origin::Browser => "device.certify_browser",
    };
    let Some(signed) = sign(&wish)? else {
        audit::append(tx, ctx, Leaf::done(act, "device", device.id).detail(json!({ "for": "agent" })).refused())?;
        return Ok(Outcome::NoRequest);
    };
    let fingerprint = hex(&signed.fingerprint);
    tx.exec(
        "INSERT INTO device_certificate (id, facility_id, device_id, fingerprint, origin, made_at, begins_at, ends_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![RowId::new(ctx), tx.facility()?, device.id, fingerprint, origin.key(), ctx.now, begins_at, ends_at],
    )?;
    let detail = json!({ "for": "agent", "name": device.entry.name, "certificate": fingerprint, "ends_at": ends_at });
    audit::append(tx, ctx, Leaf::done(act, "device", device.id).detail(detail))?;
    Ok(Outcome::Made(signed, ends_at))
}

const COLUMNS: &str =
    "c.id, c.facility_id, c.device_id, c.fingerprint, c.origin, c.made_at, c.begins_at, c.ends_at, c.used_at,
     c.refused_at, c.ended_at";

fn read(row: &Row) -> Result<Certificate> {
    let origin: String = row.get("origin")?;
    Ok(Certificate {
        id: row.get("id")?,
        facility: row.get("facility_id")?,
        device: row.get("device_id")?,
        fingerprint: row.get("fingerprint")?,
        origin: Origin::from_key(&origin).ok_or_else(|| Error::internal("origin of a certificate"))?,
        made_at: row.get("made_at")?,
        begins_at: row.get("begins_at")?,
        ends_at: row.get("ends_at")?,
        used_at: row.get("used_at")?,
        refused_at: row.get("refused_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// A certificate that was shown, as it stands now.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The certificate.
    pub certificate: Certificate,
    /// What it is worth.
    pub standing: Standing,
}

/// The certificate of this fingerprint, in an act of no facility; afterwards the act is of the facility of its device.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, fingerprint: &Fingerprint, now: Timestamp) -> Result<Option<Shown>> {
    clause!("CS-150");
    let sql = format!("SELECT {COLUMNS} FROM device_certificate c WHERE c.fingerprint = ?1");
    let Some(row) = tx.row(&sql, params![hex(fingerprint)])? else { return Ok(None) };
    let certificate = read(&row)?;
    tx.enter(certificate.facility)?;
    let is_live: Option<i64> = tx.value(
        "SELECT 1 FROM device WHERE facility_id = ?1 AND id = ?2 AND ended_at IS NULL",
        params![certificate.facility, certificate.device],
    )?;
    let standing = certificate.standing(is_live.is_some(), now);
    Ok(Some(Shown { certificate, standing }))
}

/// The device of this facility on which whoever asks proves to be, by the certificate of the present request; nothing where none
/// was shown, or one that nobody has made here, or is worth nothing now, or is of somebody else's device.
///
/// # Errors
/// The database's.
pub fn proven(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Option<Device>> {
    proven_id(tx, ctx)?.map(|id| get(tx, id)).transpose()
}

/// Which one, without all that is known of it.
///
/// # Errors
/// The database's.
pub fn proven_id(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Option<DeviceId>> {
    clause!("CS-150", "DL-12");
    let (Some(shown), facility) = (&ctx.certificate, tx.facility()?) else { return Ok(None) };
    let sql = format!(
        "SELECT {COLUMNS}, d.ended_at AS device_ended_at,
         (SELECT e.person_id FROM device_entry e WHERE e.facility_id = ?1 AND e.device_id = c.device_id
         ORDER BY e.number DESC LIMIT 1) AS person_id
         FROM device_certificate c JOIN device d ON d.facility_id = c.facility_id AND d.id = c.device_id
         WHERE c.facility_id = ?1 AND c.fingerprint = ?2"
    );
    let Some(row) = tx.row(&sql, params![facility, hex(shown)])? else { return Ok(None) };
    let (certificate, ended_at): (Certificate, Option<Timestamp>) = (read(&row)?, row.get("device_ended_at")?);
    let person: Option<PersonId> = row.get("person_id")?;
    let counts = certificate.standing(ended_at.is_none(), ctx.now) == Standing::Counts;
    let is_whose = person.is_none_or(|it| ctx.who.staff() == Some(it));
    Ok((counts && is_whose).then_some(certificate.device))
}

/// The certificates of a device, newest first. No check: the caller has made its own.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, id: DeviceId) -> Result<Vec<Certificate>> {
    let facility = tx.facility()?;
    let sql = format!(
        "SELECT {COLUMNS} FROM device_certificate c WHERE c.facility_id = ?1 AND c.device_id = ?2
         ORDER BY c.made_at DESC, c.id DESC LIMIT ?3"
    );
    tx.rows(&sql, params![facility, id, ROWS_MAX])?.iter().map(read).collect()
}

/// Whether [`refused`] has something to write.
#[must_use]
pub fn is_refusal_new(it: &Certificate, now: Timestamp) -> bool {
    it.refused_at.is_none_or(|at| now >= time::plus_min(at, REFUSED_EVERY_MIN))
}

/// Puts on the facility's record that a certificate was shown that does not count: the device may be in a thief's hands.
///
/// # Errors
/// The database's.
pub fn refused(tx: &mut Tx<'_>, ctx: &Ctx, it: &Certificate, standing: Standing) -> Result<()> {
    clause!("CS-150");
    let detail = json!({ "why": standing.key(), "certificate": it.fingerprint });
    audit::append(tx, ctx, Leaf::done("device.show", "device", it.device).detail(detail).refused())?;
    tx.exec(
        "UPDATE device_certificate SET refused_at = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![it.facility, it.id, ctx.now],
    )?;
    Ok(())
}

/// Whether [`used`] has something to write.
#[must_use]
pub fn is_use_new(it: &Certificate, now: Timestamp) -> bool {
    it.used_at.is_none_or(|at| now >= time::plus_min(at, USED_EVERY_MIN))
}

/// Notes the use of a certificate. The first use of an agent's ends its predecessors.
///
/// # Errors
/// The database's.
pub fn used(tx: &mut Tx<'_>, ctx: &Ctx, it: &Certificate) -> Result<()> {
    tx.exec(
        "UPDATE device_certificate SET used_at = ?3 WHERE facility_id = ?1 AND id = ?2",
        params![it.facility, it.id, ctx.now],
    )?;
    if it.used_at.is_none() && it.origin != Origin::Browser {
        tx.exec(
            "UPDATE device_certificate SET ended_at = ?3, ended_by = ?4
             WHERE facility_id = ?1 AND device_id = ?2 AND origin <> 'browser' AND id <> ?5 AND made_at <= ?6 AND ended_at IS NULL",
            params![it.facility, it.device, ctx.now, ctx.who.label(), it.id, it.made_at],
        )?;
    }
    Ok(())
}

/// Keeps what an agent has told, and answers with the device as it stands then. `ctx` is the agent's.
///
/// # Errors
/// `Conflict` for a device that is used no longer; `Limit` for one that tells again within [`REPORT_EVERY_S`].
pub fn report(tx: &mut Tx<'_>, ctx: &Ctx, it: &Certificate, inventory: &Inventory) -> Result<Device> {
    clause!("DL-12", "DL-14");
    let device = get(tx, it.device)?;
    live(&device)?;
    let is_soon = |at: Timestamp| ctx.now.as_second() - at.as_second() < REPORT_EVERY_S;
    if device.agent.as_ref().is_some_and(|it| is_soon(it.last_at)) {
        return Err(Error::too_many("a device that tells too often"));
    }
    audit::append(tx, ctx, Leaf::done("device.report", "device", it.device))?;
    keep(tx, ctx, it.device, Source::Agent, ctx.now, inventory)?;
    get(tx, it.device)
}

/// Gives an agent its next certificate, by the one that it shows.
///
/// # Errors
/// `Conflict` for a device that is used no longer; `Limit` after [`RENEWALS_MAX`] in a day; those of who signs.
pub fn renew(tx: &mut Tx<'_>, ctx: &Ctx, it: &Certificate, sign: &Sign, request: &str) -> Result<Outcome> {
    clause!("CS-150");
    let (facility, device) = (tx.facility()?, get(tx, it.device)?);
    live(&device)?;
    if !it.is_renewable(ctx.now) {
        return Ok(Outcome::TooEarly);
    }
    tx.lock(&format!("device {}", it.device))?;
    let waiting: Option<i64> = tx.value(
        "SELECT count(*) FROM device_certificate WHERE facility_id = ?1 AND device_id = ?2 AND origin = 'renewal'
         AND used_at IS NULL AND ended_at IS NULL AND made_at > ?3",
        params![facility, it.device, time::plus_min(ctx.now, -24 * 60)],
    )?;
    if waiting.unwrap_or(0) >= RENEWALS_MAX {
        return Err(Error::too_many("renewals of one agent, none of which it has used"));
    }
    make(tx, ctx, &device, sign, Origin::Renewal, request)
}

/// Gives an agent a certificate for a browser on its device.
///
/// # Errors
/// `Conflict` for a device that is used no longer; those of who signs.
pub fn for_browser(tx: &mut Tx<'_>, ctx: &Ctx, it: &Certificate, sign: &Sign, request: &str) -> Result<Outcome> {
    clause!("CS-150");
    let (facility, device) = (tx.facility()?, get(tx, it.device)?);
    live(&device)?;
    tx.lock(&format!("device {}", it.device))?;
    let held: Option<i64> = tx.value(
        "SELECT count(*) FROM device_certificate WHERE facility_id = ?1 AND device_id = ?2 AND origin = 'browser'
         AND ended_at IS NULL AND ends_at > ?3",
        params![facility, it.device, ctx.now],
    )?;
    if held.unwrap_or(0) >= BROWSERS_MAX {
        return Ok(Outcome::TooMany);
    }
    make(tx, ctx, &device, sign, Origin::Browser, request)
}

/// What a person reads of an outcome that is none.
#[must_use]
pub const fn why(outcome: &Outcome) -> (&'static str, Words) {
    match outcome {
        Outcome::Made(..) => ("made", Words::new("証明書を作りました。", "A certificate was made.")),
        Outcome::WrongCode => (
            "code",
            Words::new(
                "このコードは使えません。違っているか、時間が過ぎたか、すでに使われています。管理者に新しいコードを頼んでください。",
                "This code is wrong, too old or used. Ask a manager for a new one.",
            ),
        ),
        Outcome::NoRequest => {
            ("request", Words::new("証明書の要求を読めません。", "This is no signing request, or its key is not held."))
        }
        Outcome::TooEarly => {
            ("early", Words::new("まだ更新の時期ではありません。", "It is too early to renew this certificate."))
        }
        Outcome::TooMany => (
            "browsers",
            Words::new(
                "この端末のブラウザーの証明書が多すぎます。登録をやり直すと、これまでの証明書は失効します。",
                "Too many browsers of this device hold a certificate. Enrolling it anew ends them all.",
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CS-150: when a certificate counts, when it can be renewed, and when nothing helps.
    #[test]
    fn a_certificate_is_renewed_early_or_a_little_late() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let of = |origin, ended: Option<&str>| Certificate {
            id: RowId::from_bytes([1; 16]),
            facility: FacilityId::from_bytes([2; 16]),
            device: DeviceId::from_bytes([3; 16]),
            fingerprint: "0".repeat(64),
            origin,
            made_at: at("2026-01-01T00:00:00Z"),
            begins_at: at("2026-01-01T00:00:00Z"),
            ends_at: at("2026-04-01T00:00:00Z"),
            used_at: None,
            refused_at: None,
            ended_at: ended.map(at),
        };
        let agent = of(Origin::Enrolment, None);
        for (now, standing, renewable) in [
            ("2026-01-01T00:00:00Z", Standing::Counts, false),
            ("2026-03-01T23:59:59Z", Standing::Counts, false),
            ("2026-03-02T00:00:00Z", Standing::Counts, true),
            ("2026-03-31T23:59:59Z", Standing::Counts, true),
            ("2026-04-01T00:00:00Z", Standing::Late, true),
            ("2026-04-30T23:59:59Z", Standing::Late, true),
            ("2026-05-01T00:00:00Z", Standing::Over, true),
        ] {
            assert_eq!((agent.standing(true, at(now)), agent.is_renewable(at(now))), (standing, renewable), "{now}");
            assert_eq!(agent.standing(false, at(now)), Standing::Ended, "{now}, the device's use has ended");
        }
        let browser = of(Origin::Browser, None);
        assert_eq!(browser.standing(true, at("2026-04-01T00:00:00Z")), Standing::Over, "no grace: nothing renews it");
        assert!(!browser.is_renewable(at("2026-03-31T00:00:00Z")));
        let ended = of(Origin::Renewal, Some("2026-02-01T00:00:00Z"));
        assert_eq!(ended.standing(true, at("2026-03-15T00:00:00Z")), Standing::Ended);
    }
}
