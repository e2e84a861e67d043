//! Decisions in rows, by booking; the newest counts, the older ones stay.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use db::{Row, Tx, params};
use guidelines::first_visit::{ClaimsVisit, GuidelineVisit, Proposal, Source, long_gap_days, propose};
use kernel::{BookingId, Ctx, Error, PatientId, Result, RowId, Words, clause, time};
use people::access::{Access, Act, Class};
use people::patient::Patient;
use serde_json::json;

use super::{Decided, Decision, Ground, History, Information};
use crate::booking::Booking;
use crate::booking::store::read_one;
use crate::{call, questionnaire};

/// What the doctor sees before deciding.
#[derive(Debug, Clone)]
pub struct View {
    /// The visit.
    pub booking: Booking,
    /// Whose.
    pub patient: Patient,
    /// Earlier visits, on record and as the patient says.
    pub history: History,
    /// What it looks like.
    pub proposal: Proposal,
    /// What was decided, if it was.
    pub decided: Option<Decided>,
    /// Who decided.
    pub decided_by: Words,
}

/// The visit with its proposal, for the doctor.
///
/// # Errors
/// `NotFound`; `Forbidden` for who may not read the chart.
pub fn view(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<View> {
    clause!("OV-112", "OV-262");
    let booking = read_one(tx, id)?;
    Access::new("first_visit.view", Act::View, Class::Chart).on("booking", id).of(booking.patient).require(tx, ctx)?;
    let patient = people::patient::store::read_one(tx, booking.patient)?;
    let answered = questionnaire::store::sent(tx, id)?;
    let history = History::new(last_finished(tx, ctx, &booking)?, answered.as_ref().map(|it| &it.answers));
    let proposal = propose(&history.occasion(ctx.now), long_gap_days(time::day(ctx.now)));
    let decided = newest(tx, id)?;
    let decided_by = match &decided {
        Some(it) => people::label::name(tx, &it.decided_by)?,
        None => Words::new("", ""),
    };
    Ok(View { booking, patient, history, proposal, decided, decided_by })
}

/// When the patient's last visit before this one began: an online one that was held, or one in person that is over.
fn last_finished(tx: &mut Tx<'_>, ctx: &Ctx, booking: &Booking) -> Result<Option<kernel::Timestamp>> {
    let facility = tx.facility()?;
    tx.value(
        "SELECT b.starts_at FROM booking b JOIN visit_type t ON t.id = b.visit_type_id AND t.facility_id = b.facility_id
         LEFT JOIN visit_end e ON e.booking_id = b.id AND e.facility_id = b.facility_id
         WHERE b.facility_id = ?1 AND b.patient_id = ?2 AND b.id <> ?3 AND b.starts_at < ?4 AND b.cancelled_at IS NULL
         AND b.absent_at IS NULL AND (e.outcome = 'held' OR (t.form = 'in_person' AND b.ends_at <= ?5))
         ORDER BY b.starts_at DESC LIMIT 1",
        params![facility, booking.patient, booking.id, booking.starts_at, ctx.now],
    )
}

/// Keeps the doctor's decision. Whose visit it is comes back, for the way on.
///
/// # Errors
/// `NotFound`; `Forbidden` for who may not sign the chart; `Conflict` after the visit is closed or cancelled.
pub fn decide(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, decision: &Decision) -> Result<PatientId> {
    clause!("OV-112", "OV-116", "OV-262");
    let (facility, row) = (tx.facility()?, RowId::new(ctx));
    let booking = read_one(tx, id)?;
    let guideline = match decision.ground.guideline_visit() {
        GuidelineVisit::First => "first",
        GuidelineVisit::FollowUp => "follow_up",
    };
    let claims = decision.claims.key();
    let nothing = Information::default();
    let (path, information) = match &decision.ground {
        Ground::Plan | Ground::InPerson => ("", &nothing),
        Ground::FamilyDoctor => ("family_doctor", &nothing),
        Ground::Information(it) => ("information", it),
    };
    let keys: Vec<&str> = information.sources.iter().map(|it| it.key()).collect();
    Access::new("first_visit.decide", Act::Sign, Class::Chart)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "ground": decision.ground.key(), "claims": claims, "sources": keys }))
        .require(tx, ctx)?;
    if booking.cancelled_at.is_some() || call::store::end_of(tx, id)?.is_some() {
        return Err(Error::conflict("the visit is closed"));
    }
    let says = tx.seal("first_visit.information", row, &information.says)?;
    tx.exec(
        "INSERT INTO first_visit (id, facility_id, booking_id, guideline_visit, claims_visit, path, sources, information,
         decided_by, decided_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![row, facility, id, guideline, claims, path, keys.join(" "), says, ctx.who.label(), ctx.now],
    )?;
    Ok(booking.patient)
}

/// The decision that counts. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn newest(tx: &mut Tx<'_>, id: BookingId) -> Result<Option<Decided>> {
    Ok(newest_of(tx, &[id])?.remove(&id))
}

/// The same of several visits, by those that have one.
///
/// # Errors
/// The database's.
pub fn newest_of(tx: &mut Tx<'_>, bookings: &[BookingId]) -> Result<HashMap<BookingId, Decided>> {
    let facility = tx.facility()?;
    let sql =
        "SELECT * FROM first_visit WHERE facility_id = ?1 AND booking_id IN ({ids}) ORDER BY decided_at DESC, id DESC";
    let rows = tx.rows_among(sql, params![facility], bookings.iter().copied())?;
    let mut decided = HashMap::new();
    for row in &rows {
        // The newest comes first and counts.
        if let Entry::Vacant(place) = decided.entry(row.get("booking_id")?) {
            place.insert(read(tx, row)?);
        }
    }
    Ok(decided)
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Decided> {
    let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("information")?);
    let text = |column: &str| row.get::<String>(column);
    let (guideline, path, sources, claims) =
        (text("guideline_visit")?, text("path")?, text("sources")?, text("claims_visit")?);
    let ground = match (guideline.as_str(), path.as_str()) {
        ("follow_up", _) => Ground::Plan,
        (_, "family_doctor") => Ground::FamilyDoctor,
        (_, "information") => Ground::Information(Information {
            sources: sources.split(' ').filter_map(Source::from_key).collect(),
            says: tx.open("first_visit.information", id, &sealed)?,
        }),
        _ => Ground::InPerson,
    };
    let claims = ClaimsVisit::from_key(&claims).ok_or_else(|| Error::internal("claims visit"))?;
    let decision = Decision { ground, claims };
    Ok(Decided { decision, decided_by: text("decided_by")?, decided_at: row.get("decided_at")? })
}

/// What was known beforehand and from where, for the chart of this visit, which takes it over (OV-112).
/// The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn information(tx: &mut Tx<'_>, id: BookingId) -> Result<Option<Information>> {
    clause!("OV-112");
    Ok(newest(tx, id)?.and_then(|it| match it.decision.ground {
        Ground::Information(information) => Some(information),
        Ground::Plan | Ground::FamilyDoctor | Ground::InPerson => None,
    }))
}
