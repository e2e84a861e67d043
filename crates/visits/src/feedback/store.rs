//! Feedback in rows, one for each visit; and the counts behind the figures.

use db::{Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{BookingId, Ctx, Date, Error, Kind, Result, Timestamp, Words, clause, time};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::Feedback;
use super::quality::{Call, Figures, Visit, figures};
use crate::booking::{self, Booking};

/// Rows of one set of figures at most: a clinic that holds fifty online visits a day for a year. More is told, not cut silently.
pub const VISITS_MAX: i64 = 20_000;

/// The patient says how it was; said again, the newer answer stands (until then the older one can still be mended).
///
/// # Errors
/// `NotFound`; `Conflict` before the visit has begun.
pub fn give(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, feedback: &Feedback) -> Result<()> {
    clause!("OV-302");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    if ctx.who.patient().is_none() {
        return Err(Error::not_found("only the patient says how it was"));
    }
    Access::new("feedback.give", Act::Write, Class::Questionnaire)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "answers": feedback.answers }))
        .require(tx, ctx)?;
    if !may_give(tx, ctx, &booking)? {
        return Err(Error::new(Kind::Conflict, super::TOO_EARLY, "feedback before the visit"));
    }
    let comment = tx.seal("feedback.comment", id, &feedback.comment)?;
    let [easy, line, understood, told, again] = feedback.answers;
    tx.exec(
        "INSERT INTO feedback (facility_id, booking_id, easy, line, understood, told, again, comment, given_by, given_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (facility_id, booking_id) DO UPDATE SET easy = excluded.easy, line = excluded.line,
         understood = excluded.understood, told = excluded.told, again = excluded.again, comment = excluded.comment,
         given_by = excluded.given_by, given_at = excluded.given_at",
        params![facility, id, easy, line, understood, told, again, comment, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

/// Whether there is something to say yet. A clinic that is early calls before the booked time: what counts then is that
/// the visit is over.
///
/// # Errors
/// The database's.
pub fn may_give(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<bool> {
    Ok(ctx.now >= booking.starts_at || crate::call::store::end_of(tx, booking.id)?.is_some())
}

/// What the patient has said of this visit.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<Option<Feedback>> {
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    Access::new("feedback.view", Act::View, Class::Questionnaire)
        .on("booking", id)
        .of(booking.patient)
        .require(tx, ctx)?;
    let row = tx.row("SELECT * FROM feedback WHERE facility_id = ?1 AND booking_id = ?2", params![facility, id])?;
    let Some(row) = row else { return Ok(None) };
    let sealed: Vec<u8> = row.get("comment")?;
    Ok(Some(Feedback {
        answers: [row.get("easy")?, row.get("line")?, row.get("understood")?, row.get("told")?, row.get("again")?],
        comment: tx.open("feedback.comment", id, &sealed)?,
        given_at: row.get("given_at")?,
    }))
}

/// A patient's own words about one visit.
#[derive(Debug, Clone)]
pub struct Voice {
    /// The visit.
    pub booking: BookingId,
    /// When it began.
    pub starts_at: Timestamp,
    /// What was said.
    pub feedback: Feedback,
}

/// Voices on one page at most; older ones by a shorter period.
pub const VOICES_MAX: i64 = 100;

fn period(from: Date, to: Date) -> Result<(Timestamp, Timestamp)> {
    let begin = time::at_tokyo(from, 0, 0).map_err(Error::internal)?;
    Ok((begin, time::plus_min(time::at_tokyo(to, 0, 0).map_err(Error::internal)?, 24 * 60)))
}

/// What patients have written about the visits of a period, newest first. Each is a view of that patient's answers, with
/// its own entry in the log.
///
/// # Errors
/// `Forbidden` without the right to read what patients answer.
pub fn voices(tx: &mut Tx<'_>, ctx: &Ctx, from: Date, to: Date) -> Result<Vec<Voice>> {
    clause!("OV-302");
    let facility = tx.facility()?;
    Access::new("feedback.list", Act::View, Class::Questionnaire)
        .on("period", format!("{from}/{to}"))
        .require(tx, ctx)?;
    let (begin, end) = period(from, to)?;
    let rows = tx.rows(
        "SELECT b.id, b.starts_at FROM feedback f JOIN booking b ON b.id = f.booking_id AND b.facility_id = f.facility_id
         WHERE f.facility_id = ?1 AND b.starts_at >= ?2 AND b.starts_at < ?3 ORDER BY b.starts_at DESC, b.id LIMIT ?4",
        params![facility, begin, end, VOICES_MAX],
    )?;
    let mut voices = Vec::new();
    for row in rows {
        let booking: BookingId = row.get("id")?;
        if let Some(feedback) = view(tx, ctx, booking)? {
            voices.push(Voice { booking, starts_at: row.get("starts_at")?, feedback });
        }
    }
    Ok(voices)
}

/// The figures of the online visits that began from `from` to the end of the day `to`.
///
/// # Errors
/// `Forbidden` without the right to see the administration.
pub fn quality(tx: &mut Tx<'_>, ctx: &Ctx, from: Date, to: Date) -> Result<Figures> {
    clause!("OV-302");
    Access::new("quality.view", Act::View, Class::Administration)
        .on("period", format!("{from}/{to}"))
        .require(tx, ctx)?;
    gather(tx, from, to)
}

/// The same figures to be taken out of the house: counts by month, nothing of a person (OV-304).
///
/// # Errors
/// `Forbidden` without the right to export from the administration.
pub fn export(tx: &mut Tx<'_>, ctx: &Ctx, from: Date, to: Date) -> Result<Figures> {
    clause!("OV-304");
    Access::new("quality.export", Act::Export, Class::Administration)
        .on("period", format!("{from}/{to}"))
        .require(tx, ctx)?;
    gather(tx, from, to)
}

fn gather(tx: &mut Tx<'_>, from: Date, to: Date) -> Result<Figures> {
    let facility = tx.facility()?;
    let (begin, end) = period(from, to)?;
    let rows = tx.rows(
        "SELECT b.id, b.starts_at, b.cancelled_at, b.absent_at, e.outcome, e.way_out, f.easy, f.line, f.understood, f.told, f.again,
         (SELECT min(p.joined_at) FROM call_presence p WHERE p.facility_id = b.facility_id AND p.booking_id = b.id
          AND p.call_id = '' AND p.seat = b.patient_id) AS waited_from,
         (SELECT min(c.started_at) FROM call c WHERE c.facility_id = b.facility_id AND c.booking_id = b.id) AS called_at
         FROM booking b JOIN visit_type t ON t.id = b.visit_type_id AND t.facility_id = b.facility_id
         LEFT JOIN visit_end e ON e.facility_id = b.facility_id AND e.booking_id = b.id
         LEFT JOIN feedback f ON f.facility_id = b.facility_id AND f.booking_id = b.id
         WHERE b.facility_id = ?1 AND t.form = 'online' AND b.starts_at >= ?2 AND b.starts_at < ?3
         ORDER BY b.starts_at, b.id LIMIT ?4",
        params![facility, begin, end, VISITS_MAX + 1],
    )?;
    let visits = rows
        .iter()
        .map(|row| {
            let easy: Option<i64> = row.get("easy")?;
            let answers = match easy {
                Some(easy) => {
                    Some([easy, row.get("line")?, row.get("understood")?, row.get("told")?, row.get("again")?])
                }
                None => None,
            };
            Ok(Visit {
                starts_at: row.get("starts_at")?,
                cancelled: row.get::<Option<Timestamp>>("cancelled_at")?.is_some(),
                absent: row.get::<Option<Timestamp>>("absent_at")?.is_some(),
                outcome: row.get::<Option<String>>("outcome")?.unwrap_or_default(),
                way_out: row.get::<Option<String>>("way_out")?.unwrap_or_default(),
                waited_from: row.get("waited_from")?,
                called_at: row.get("called_at")?,
                answers,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let rows = tx.rows(
        "SELECT c.started_at, CAST(sum(q.reports) AS BIGINT) AS reports, CAST(sum(q.reports_bad) AS BIGINT) AS bad,
         CAST(sum(q.picture_ms) AS BIGINT) AS picture, CAST(sum(q.sound_ms) AS BIGINT) AS sound
         FROM call_quality q JOIN call c ON c.id = q.call_id AND c.facility_id = q.facility_id
         WHERE q.facility_id = ?1 AND c.started_at >= ?2 AND c.started_at < ?3 GROUP BY c.id, c.started_at LIMIT ?4",
        params![facility, begin, end, VISITS_MAX],
    )?;
    let calls = rows
        .iter()
        .map(|row| {
            Ok(Call {
                started_at: row.get("started_at")?,
                reports: row.get("reports")?,
                bad: row.get("bad")?,
                picture_ms: row.get("picture")?,
                sound_ms: row.get("sound")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let cut = visits.len() as i64 > VISITS_MAX;
    Ok(figures(&visits, &calls, cut))
}

/// The evidence of feedback and figures at this facility.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("OV-305");
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT count(*) AS count, max(given_at) AS newest FROM feedback WHERE facility_id = ?1",
        params![facility],
    )?;
    let (count, newest) = match row {
        Some(row) => (row.get::<i64>("count")?, row.get("newest")?),
        None => (0, None),
    };
    Ok(vec![Evidence::new(
        ClauseId::new("OV-302"),
        if count == 0 { Status::Unknown } else { Status::Met },
        u64::try_from(count).unwrap_or(0),
        newest,
        Words::new(
            "診療のあとに感想をたずね、質の数値を自動で集めています。",
            "Patients are asked after each visit; the figures gather themselves.",
        ),
    )])
}
