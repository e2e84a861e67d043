//! Identity in rows, by booking; the newest row counts, the older ones stay.

use db::{Row, Tx, params};
use guidelines::call::VisitBasis;
use guidelines::identity::{DoctorShown, Method, TreatFacts, document, may_treat};
use guidelines::verdict::NotMet;
use kernel::{BookingId, Ctx, Error, Result, RowId, clause};
use people::access::{Access, Act, Class};
use serde_json::json;

use super::{Check, SHOWN, Shown};
use crate::booking::{self, Booking};
use crate::call;

/// Records how the patient was confirmed, or says why that does not suffice.
///
/// # Errors
/// `Forbidden` for who may not write the chart; `Conflict` after the visit is closed.
pub fn check(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, method: &Method) -> Result<Result<(), Vec<NotMet>>> {
    clause!("OV-140", "OV-141");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    refuse_closed(tx, id)?;
    let detail = json!({ "method": method.key(), "documents": kinds(method) });
    let access =
        Access::new("identity.check", Act::Write, Class::Chart).on("booking", id).of(booking.patient).detail(detail);
    let entry = audit::Entry::done("identity.check", "booking", id).patient(booking.patient);
    let verdict = call::store::gated(tx, ctx, access, entry, |tx| {
        // The doctor's side is a question of its own; here only the patient's is asked.
        let (patient, doctor) = (Some(method.clone()), Some(DoctorShown::IdentityCard));
        Ok(may_treat(&TreatFacts { patient, doctor, ..facts(tx, &booking)? }).map(drop))
    })?;
    if verdict.is_err() {
        return Ok(verdict);
    }
    let row = RowId::new(ctx);
    let [one, two] = kinds(method);
    let (inspected, asked) = match method {
        Method::OneDocumentInspected { inspected, asked_or_observed, .. } => (*inspected, *asked_or_observed),
        _ => (false, false),
    };
    let reason = match method {
        Method::Emergency { reason } => reason.as_str(),
        _ => "",
    };
    let reason = tx.seal("identity_check.reason", row, reason)?;
    tx.exec(
        "INSERT INTO identity_check (id, facility_id, booking_id, method, document_one, document_two, inspected, asked, reason,
         checked_by, checked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![row, facility, id, method.key(), one, two, inspected, asked, reason, ctx.who.label(), ctx.now],
    )?;
    Ok(Ok(()))
}

fn kinds(method: &Method) -> [&'static str; 2] {
    match method {
        Method::PhotoDocument(one) | Method::OneDocumentInspected { document: one, .. } => [one.key, ""],
        Method::TwoDocuments(one, two) => [one.key, two.key],
        Method::EvidentlyKnown | Method::Emergency { .. } => ["", ""],
    }
}

/// Records that the doctor was made known to the patient.
///
/// # Errors
/// As [`check`].
pub fn show(tx: &mut Tx<'_>, ctx: &Ctx, id: BookingId, how: DoctorShown) -> Result<()> {
    clause!("OV-140");
    let facility = tx.facility()?;
    let booking = booking::store::read_one(tx, id)?;
    refuse_closed(tx, id)?;
    let key = SHOWN.iter().find(|(_, it, _)| *it == how).map_or("", |(key, _, _)| key);
    Access::new("identity.show", Act::Write, Class::Chart)
        .on("booking", id)
        .of(booking.patient)
        .detail(json!({ "how": key }))
        .require(tx, ctx)?;
    tx.exec(
        "INSERT INTO identity_shown (id, facility_id, booking_id, how, shown_by, shown_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![RowId::new(ctx), facility, id, key, ctx.who.label(), ctx.now],
    )?;
    Ok(())
}

fn refuse_closed(tx: &mut Tx<'_>, id: BookingId) -> Result<()> {
    match call::store::end_of(tx, id)? {
        Some(_) => Err(Error::conflict("the visit is closed")),
        None => Ok(()),
    }
}

/// The confirmation of the patient that counts. The caller has made its own [`Access`].
///
/// # Errors
/// The database's.
pub fn checked(tx: &mut Tx<'_>, id: BookingId) -> Result<Option<Check>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT * FROM identity_check WHERE facility_id = ?1 AND booking_id = ?2 ORDER BY checked_at DESC, id DESC LIMIT 1",
        params![facility, id],
    )?;
    row.map(|row| read(tx, &row)).transpose()
}

fn read(tx: &mut Tx<'_>, row: &Row) -> Result<Check> {
    let unknown = || Error::internal("identity method");
    let kind = |column: &str| -> Result<_> { document(&row.get::<String>(column)?).ok_or_else(unknown) };
    let method: String = row.get("method")?;
    let method = match method.as_str() {
        "photo_document" => Method::PhotoDocument(kind("document_one")?),
        "two_documents" => Method::TwoDocuments(kind("document_one")?, kind("document_two")?),
        "one_document_inspected" => Method::OneDocumentInspected {
            document: kind("document_one")?,
            inspected: row.get("inspected")?,
            asked_or_observed: row.get("asked")?,
        },
        "evidently_known" => Method::EvidentlyKnown,
        "emergency" => {
            let (id, sealed): (RowId, Vec<u8>) = (row.get("id")?, row.get("reason")?);
            Method::Emergency { reason: tx.open("identity_check.reason", id, &sealed)? }
        }
        _ => return Err(unknown()),
    };
    Ok(Check { method, checked_by: row.get("checked_by")?, checked_at: row.get("checked_at")? })
}

/// How the doctor was made known, as it counts.
///
/// # Errors
/// The database's.
pub fn shown(tx: &mut Tx<'_>, id: BookingId) -> Result<Option<Shown>> {
    let facility = tx.facility()?;
    let row = tx.row(
        "SELECT how, shown_at FROM identity_shown WHERE facility_id = ?1 AND booking_id = ?2
         ORDER BY shown_at DESC, id DESC LIMIT 1",
        params![facility, id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let how: String = row.get("how")?;
    let found = SHOWN.iter().find(|(key, _, _)| *key == how).map(|(_, it, _)| *it);
    Ok(Some(Shown { how: found.ok_or_else(|| Error::internal("identity shown"))?, shown_at: row.get("shown_at")? }))
}

/// The facts about identity in this visit.
///
/// # Errors
/// The database's.
pub fn facts(tx: &mut Tx<'_>, booking: &Booking) -> Result<TreatFacts> {
    let basis = call::facts::basis(tx, booking, booking.doctor)?;
    let (first_visit, family_doctor) = match &basis {
        VisitBasis::FirstVisit(path) => {
            (true, path.as_ref().is_some_and(guidelines::first_visit::Path::is_family_doctor))
        }
        VisitBasis::UnderPlan(_) => (false, false),
        // Undecided: the stricter rule.
        VisitBasis::Undecided => (true, false),
    };
    Ok(TreatFacts {
        first_visit,
        family_doctor,
        patient: checked(tx, booking.id)?.map(|it| it.method),
        doctor: shown(tx, booking.id)?.map(|it| it.how),
    })
}
