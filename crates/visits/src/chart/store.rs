//! Chart entries in rows: a draft for each visit, and versions that never change.

use db::{Row, Tx, params};
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{BookingId, Ctx, Error, Kind, Result, RowId, Timestamp, Words, clause};
use people::access::{Access, Act, Class};
use people::facility::Facility;
use people::patient::Patient;
use serde_json::json;

use super::{Content, Draft, Facts, Version, facts, may_finalise};
use crate::booking::{self, Booking};
use crate::feedback;
use crate::policy::{self, Told};

/// Everything the doctor's page of a chart entry shows.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The visit.
    pub booking: Booking,
    /// The patient.
    pub patient: Patient,
    /// The facility.
    pub facility: Facility,
    /// What is being written.
    pub draft: Draft,
    /// Finalised versions, the newest first.
    pub versions: Vec<Version>,
    /// Names of those who saved and finalised, by label.
    pub names: Vec<(String, Words)>,
    /// What the house knows now.
    pub facts: Facts,
    /// What was told of how it goes on.
    pub told: Option<Told>,
    /// The patient's next bookings.
    pub next: Vec<Booking>,
    /// May write.
    pub writes: bool,
}

impl Desk {
    /// The name behind a label.
    #[must_use]
    pub fn name(&self, label: &str, lang: kernel::Lang) -> String {
        self.names.iter().find(|it| it.0 == label).map_or_else(|| label.to_owned(), |it| it.1.in_lang(lang).to_owned())
    }
}

/// What a save came to.
#[derive(Debug, Clone)]
pub enum Saved {
    /// It is kept.
    Kept,
    /// Somebody, or another window, has saved since: this is what stands there now.
    Behind(Box<Draft>),
}

pub(super) fn draft(tx: &mut Tx<'_>, booking: BookingId) -> Result<Option<Draft>> {
    let facility = tx.facility()?;
    let row =
        tx.row("SELECT * FROM chart_draft WHERE facility_id = ?1 AND booking_id = ?2", params![facility, booking])?;
    let Some(row) = row else { return Ok(None) };
    let sealed: Vec<u8> = row.get("content")?;
    let text = tx.open("chart_draft.content", booking, &sealed)?;
    Ok(Some(Draft {
        revision: row.get("revision")?,
        content: serde_json::from_str(&text).map_err(Error::internal)?,
        saved_by: row.get("saved_by")?,
        saved_at: row.get("saved_at")?,
    }))
}

fn read_version(tx: &mut Tx<'_>, row: &Row) -> Result<Version> {
    let id: RowId = row.get("id")?;
    let mut open = |column: &str, place: &str| -> Result<String> {
        let sealed: Vec<u8> = row.get(column)?;
        tx.open(place, id, &sealed)
    };
    let content = open("content", "chart_version.content")?;
    let facts = open("facts", "chart_version.facts")?;
    let reason = open("reason", "chart_version.reason")?;
    Ok(Version {
        id,
        number: row.get("number")?,
        content: serde_json::from_str(&content).map_err(Error::internal)?,
        facts: serde_json::from_str(&facts).map_err(Error::internal)?,
        reason,
        entered_by: row.get("entered_by")?,
        finalised_by: row.get("finalised_by")?,
        finalised_at: row.get("finalised_at")?,
    })
}

/// The finalised versions of a visit's entry, the newest first. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn versions(tx: &mut Tx<'_>, booking: BookingId) -> Result<Vec<Version>> {
    let facility = tx.facility()?;
    let rows = tx.rows(
        "SELECT * FROM chart_version WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY number DESC LIMIT 200",
        params![facility, booking],
    )?;
    rows.iter().map(|row| read_version(tx, row)).collect()
}

/// The doctor's desk for the chart entry of a visit.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn desk(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<Desk> {
    clause!("OV-303", "OV-304");
    let booking = booking::store::read_one(tx, id)?;
    Access::new("chart.view", Act::View, Class::Chart).on("booking", id).of(booking.patient).require(tx, ctx)?;
    let writes = Access::new("chart.save", Act::Write, Class::Chart).of(booking.patient).allowed(tx, ctx)?;
    if ctx.who.staff().is_none() {
        return Err(Error::not_found("the chart itself is the clinic's; patients read the summary"));
    }
    let versions = versions(tx, id)?;
    let draft = draft(tx, id)?.unwrap_or_else(|| {
        // A change begins with what is written.
        let content = versions.first().map(|it| it.content.clone()).unwrap_or_default();
        Draft { revision: 0, content, saved_by: String::new(), saved_at: None }
    });
    let mut labels: Vec<&String> = versions.iter().flat_map(|it| [&it.entered_by, &it.finalised_by]).collect();
    labels.push(&draft.saved_by);
    labels.sort_unstable();
    labels.dedup();
    let names = labels
        .into_iter()
        .filter(|it| !it.is_empty())
        .map(|label| Ok((label.clone(), people::label::name(tx, label)?)))
        .collect::<Result<_>>()?;
    Ok(Desk {
        patient: people::patient::store::read_one(tx, booking.patient)?,
        facility: people::facility::store::get(tx, ctx.facility()?)?,
        facts: facts::gather(tx, ctx, &booking)?,
        told: policy::store::last(tx, id)?,
        next: policy::store::next_bookings(tx, ctx, &booking)?,
        draft,
        versions,
        names,
        booking,
        writes,
    })
}

/// Keeps what is written so far, if nobody has saved since `revision`.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn save(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, revision: i64, content: &Content) -> Result<Saved> {
    clause!("OV-303", "CS-162");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    Access::new("chart.save", Act::Write, Class::Chart).on("booking", id).of(booking.patient).require(tx, ctx)?;
    tx.lock(&format!("chart/{facility}/{id}"))?;
    let before = draft(tx, id)?;
    match before {
        Some(before) if before.content == *content => return Ok(Saved::Kept),
        Some(before) if before.revision != revision => return Ok(Saved::Behind(Box::new(before))),
        _ => {}
    }
    let text = serde_json::to_string(content).map_err(Error::internal)?;
    let sealed = tx.seal("chart_draft.content", id, &text)?;
    tx.exec(
        "INSERT INTO chart_draft (facility_id, booking_id, revision, content, saved_by, saved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (facility_id, booking_id) DO UPDATE SET revision = excluded.revision, content = excluded.content,
         saved_by = excluded.saved_by, saved_at = excluded.saved_at",
        params![facility, id, revision + 1, sealed, ctx.who.label(), ctx.now],
    )?;
    Ok(Saved::Kept)
}

/// Finalises the entry under the doctor's own name, as the next version. `is_fresh` says that the doctor has just proven
/// to be there.
///
/// # Errors
/// `NotFound`, `Forbidden`; `SignIn` without the fresh proof; `Invalid` for gaps, which the page has shown before;
/// `Conflict` while the visit runs, or when another version came in between (`seen` is the newest that the doctor saw).
pub fn finalise(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    id: BookingId,
    content: &Content,
    reason: &str,
    seen: i64,
    is_fresh: bool,
) -> Result<i64> {
    clause!("CS-162", "OV-303", "OV-304");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    if ctx.who.staff().is_none() {
        return Err(Error::not_found("only a doctor finalises"));
    }
    let row = RowId::new(ctx);
    Access::new("chart.finalise", Act::Sign, Class::Chart)
        .on("chart_version", row)
        .of(booking.patient)
        .detail(json!({ "booking": id, "reason": reason }))
        .require(tx, ctx)?;
    if !is_fresh {
        return Err(Error::sign_in("no fresh proof for signing"));
    }
    tx.lock(&format!("chart/{facility}/{id}"))?;
    let versions = versions(tx, id)?;
    let number = versions.first().map_or(0, |it| it.number);
    if number != seen {
        return Err(Error::conflict("another version came in between"));
    }
    let facts = facts::gather(tx, ctx, &booking)?;
    if let Err(early) = may_finalise(&facts) {
        return Err(Error::new(Kind::Conflict, early.words(), "too early to finalise"));
    }
    if let Err(faults) = content.check(versions.first().map(|it| &it.content), reason) {
        let (field, words) =
            faults.0.into_iter().next().unwrap_or(("", Words::new("入力を確かめてください。", "Please check.")));
        return Err(Error::invalid(field, words));
    }
    // Who wrote it: the colleague whose draft is taken over unchanged, otherwise whoever finalises.
    let entered_by =
        draft(tx, id)?.filter(|it| it.content == *content).map_or_else(|| ctx.who.label(), |it| it.saved_by);
    let text = serde_json::to_string(content).map_err(Error::internal)?;
    let sealed = tx.seal("chart_version.content", row, &text)?;
    let text = serde_json::to_string(&facts).map_err(Error::internal)?;
    let sealed_facts = tx.seal("chart_version.facts", row, &text)?;
    let sealed_reason = tx.seal("chart_version.reason", row, reason)?;
    tx.exec(
        "INSERT INTO chart_version (id, facility_id, booking_id, number, content, facts, reason, entered_by, finalised_by, finalised_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![row, facility, id, number + 1, sealed, sealed_facts, sealed_reason, entered_by, ctx.who.label(), ctx.now],
    )?;
    tx.exec("DELETE FROM chart_draft WHERE facility_id = ?1 AND booking_id = ?2", params![facility, id])?;
    // A correction that changes nothing of what the patient reads is no news for the patient.
    if versions.first().is_none_or(|it| it.content.for_patient != content.for_patient) {
        let lead = Words::new(
            "診療のまとめができました。下のリンクの「診療のまとめ」でお読みください。",
            "The summary of your visit is ready. Please read it by the link below, under “Summary of the visit”.",
        );
        let subject = Words::new("診療のまとめができました", "The summary of your visit is ready");
        booking::letters::told(tx, ctx, &booking, &subject, &lead)?;
    }
    Ok(number + 1)
}

/// What a patient may read of a visit: nothing of it before the doctor has finalised.
#[derive(Debug, Clone)]
pub struct View {
    /// The visit.
    pub booking: Booking,
    /// The patient.
    pub patient: Patient,
    /// The facility.
    pub facility: Facility,
    /// The doctor's name.
    pub doctor: String,
    /// The newest finalised version.
    pub version: Option<Version>,
    /// What was told of how it goes on.
    pub told: Option<Told>,
    /// The next bookings.
    pub next: Vec<Booking>,
    /// Whether there is anything to sum up, and to say about it, yet.
    pub has_begun: bool,
}

/// The summary of a visit, for its patient and for the staff.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub fn summary(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<View> {
    let booking = booking::store::read_one(tx, id)?;
    Access::new("chart.summary", Act::View, Class::Chart).on("booking", id).of(booking.patient).require(tx, ctx)?;
    Ok(View {
        patient: people::patient::store::read_one(tx, booking.patient)?,
        facility: people::facility::store::get(tx, ctx.facility()?)?,
        doctor: people::person::store::get(tx, booking.doctor)?.name.full(),
        version: versions(tx, id)?.into_iter().next(),
        told: policy::store::last(tx, id)?,
        next: policy::store::next_bookings(tx, ctx, &booking)?,
        has_begun: feedback::store::may_give(tx, ctx, &booking)?,
        booking,
    })
}

/// The evidence of chart entries at this facility.
///
/// # Errors
/// The database's.
pub fn evidence(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("OV-305");
    let facility = tx.facility()?;
    let mut counted = |sql: &str| -> Result<(u64, Option<Timestamp>)> {
        let Some(row) = tx.row(sql, params![facility])? else { return Ok((0, None)) };
        let count: i64 = row.get("count")?;
        Ok((u64::try_from(count).unwrap_or(0), row.get("newest")?))
    };
    let written =
        counted("SELECT count(*) AS count, max(finalised_at) AS newest FROM chart_version WHERE facility_id = ?1")?;
    let open = counted(
        "SELECT count(*) AS count, min(e.ended_at) AS newest FROM visit_end e WHERE e.facility_id = ?1 AND NOT EXISTS
         (SELECT 1 FROM chart_version v WHERE v.facility_id = e.facility_id AND v.booking_id = e.booking_id)",
    )?;
    let state = |open: u64| match (open, written.0) {
        (0, 0) => Status::Unknown,
        (0, _) => Status::Met,
        _ => Status::NotMet,
    };
    let entry = if open.0 == 0 && written.0 == 0 {
        Words::new("確定した診療録がまだありません。", "No chart entry has been finalised yet.")
    } else if open.0 == 0 {
        Words::new(
            "終えた診察には、すべて確定した診療録があります。",
            "Every closed visit has a finalised chart entry.",
        )
    } else {
        Words::made(
            format!("診療録がまだ確定していない診察が{}件あります。", open.0),
            format!("{} closed visits have no finalised chart entry yet.", open.0),
        )
    };
    let new = Evidence::new;
    Ok(vec![
        new(ClauseId::new("OV-303"), state(open.0), written.0, written.1, entry.clone()),
        new(ClauseId::new("OV-304"), state(open.0), written.0, written.1, entry),
        new(
            ClauseId::new("CS-162"),
            if written.0 == 0 { Status::Unknown } else { Status::Met },
            written.0,
            written.1,
            Words::new(
                "確定した記録は版としてだけ変わり、書いた人と確定した人が残ります。",
                "Finalised records change only by versions; who wrote and who finalised is kept.",
            ),
        ),
    ])
}
