//! Judgements in rows, by booking; the newest counts, the older ones stay.

use db::{Tx, params};
use guidelines::call::WayOut;
use kernel::{BookingId, Ctx, Error, Result, RowId, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Judgement, Request, Verdict};
use crate::booking::{self, Booking};
use crate::call::{self, Ending};

/// Records the judgement. A "no" ends the running call in the same act.
///
/// # Errors
/// `Forbidden` for who may not write the chart; `Conflict` before the first call or after the visit is closed.
pub fn judge(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, request: &Request) -> Result<()> {
    clause!("OV-103", "OV-110", "OV-160");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    if call::store::end_of(tx, id)?.is_some() {
        return Err(Error::conflict("the visit is closed"));
    }
    Access::new("feasibility.judge", Act::Write, Class::Chart)
        .on("booking", id)
        .of(booking.patient)
        .detail(
            json!({ "verdict": request.verdict.key(), "information": request.information, "reason": request.reason }),
        )
        .require(tx, ctx)?;
    let row = RowId::new(ctx);
    let reason = tx.seal("feasibility.reason", row, &request.reason)?;
    tx.exec(
        "INSERT INTO feasibility (id, facility_id, booking_id, verdict, information, reason, judged_by, judged_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![row, facility, id, request.verdict.key(), request.information, reason, ctx.who.label(), ctx.now],
    )?;
    if request.verdict != Verdict::Suitable && call::store::live(tx, id)?.is_some() {
        call::store::end(tx, ctx, id, Ending::NotSuitable, &request.reason)?;
    }
    Ok(())
}

/// The judgement that counts. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn last(tx: &mut Tx<'_>, id: BookingId) -> Result<Option<Judgement>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT id, verdict, information, reason, judged_at FROM feasibility WHERE facility_id = ?1 AND booking_id = ?2
         ORDER BY judged_at DESC, id DESC LIMIT 1",
        params![facility, id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let (id, verdict, reason): (RowId, String, Vec<u8>) = (row.get("id")?, row.get("verdict")?, row.get("reason")?);
    let verdict = Verdict::from_key(&verdict);
    Ok(Some(Judgement {
        verdict: verdict.ok_or_else(|| Error::internal("feasibility verdict"))?,
        information: row.get("information")?,
        reason: tx.open("feasibility.reason", id, &reason)?,
        judged_at: row.get("judged_at")?,
    }))
}

/// Where "not suitable" has led: an in-person booking of this patient made since it was first said, or a referral letter
/// of this visit.
///
/// # Errors
/// The database's.
pub fn way_out(tx: &mut Tx<'_>, booking: &Booking, judged: Option<&Judgement>) -> Result<Option<WayOut>> {
    clause!("OV-103");
    if judged.is_none_or(|it| it.verdict == Verdict::Suitable) {
        return Ok(None);
    }
    let facility = tx.facility()?;
    let booked = tx.row(
        "SELECT b.id FROM booking b JOIN visit_type t ON t.id = b.visit_type_id AND t.facility_id = b.facility_id
         WHERE b.facility_id = ?1 AND b.patient_id = ?2 AND t.form = 'in_person' AND b.cancelled_at IS NULL
         AND b.booked_at >= (SELECT min(judged_at) FROM feasibility
                             WHERE facility_id = ?1 AND booking_id = ?3 AND verdict <> ?4) LIMIT 1",
        params![facility, booking.patient, booking.id, Verdict::Suitable.key()],
    )?;
    if booked.is_some() {
        return Ok(Some(WayOut::InPersonHere));
    }
    let referred = call::facts::referral_written(tx, booking)?;
    Ok(referred.then_some(WayOut::ReferralElsewhere))
}
