//! What stands of the consent at some visits, in rows: each question is asked once for all of them.

use std::collections::{HashMap, HashSet};

use db::{Row, Tx, params};
use guidelines::FacilityField;
use guidelines::call::{ConsentState, Explanation};
use guidelines::consent::DocumentKind;
use kernel::{BookingId, Date, Error, PatientId, Result, Timestamp, clause, time};
use people::patient::Patient;

use super::store::{here, own_text};
use super::{Hand, Head, OwnText, Progress, Text, judge};
use crate::booking::Booking;

/// What the gate of the call asks about the patient's consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// OV-104.
    pub explanation: Explanation,
    /// OV-101, OV-102.
    pub consent: ConsentState,
    /// OV-240.
    pub security_agreed: bool,
    /// OV-250.
    pub duties_ticked: bool,
}

/// What the gate of the call asks. The caller has made its own [`people::access::Access`].
///
/// # Errors
/// The database's.
pub fn facts(tx: &mut Tx<'_>, booking: &Booking) -> Result<Facts> {
    let patients = people::patient::store::read_all(tx, [booking.patient])?;
    let found = facts_of(tx, &[booking], &patients)?.remove(&booking.id);
    found.ok_or_else(|| Error::not_found("patient"))
}

/// The same of several visits, whose `patients` the caller has read.
///
/// # Errors
/// The database's.
pub fn facts_of(
    tx: &mut Tx<'_>,
    bookings: &[&Booking],
    patients: &HashMap<PatientId, Patient>,
) -> Result<HashMap<BookingId, Facts>> {
    clause!("OV-101", "OV-102", "OV-104", "OV-240", "OV-250");
    if bookings.is_empty() {
        return Ok(HashMap::new());
    }
    let stand = Stand::read(tx, bookings)?;
    let mut texts: HashMap<Date, Text> = HashMap::new();
    let mut facts = HashMap::new();
    for booking in bookings {
        let Some(patient) = patients.get(&booking.patient) else { continue };
        let day = time::day(booking.starts_at);
        let text = texts.entry(day).or_insert_with(|| stand.text(day));
        facts.insert(booking.id, stand.progress(booking, patient, text, day, None).facts());
    }
    Ok(facts)
}

impl Progress {
    fn facts(&self) -> Facts {
        // Nobody signs before these parts are ticked, so a consent in force stands for both.
        let ticked = |kind| self.state == ConsentState::InForce || self.read.contains(&kind);
        Facts {
            explanation: self.explanation(),
            consent: self.state,
            security_agreed: ticked(DocumentKind::Security),
            duties_ticked: ticked(DocumentKind::Duties),
        }
    }
}

/// The facility's text, and the rows of the patients of some visits.
pub(super) struct Stand {
    field: FacilityField,
    own: Option<OwnText>,
    /// The newest addition of the facility that asks everybody again; 0 for none.
    again_from: i64,
    heads: HashMap<PatientId, Head>,
    readings: HashMap<PatientId, Vec<Reading>>,
    postponed: HashSet<BookingId>,
}

/// A part of a text that somebody has ticked.
struct Reading {
    kind: DocumentKind,
    base: String,
    own: i64,
    by: String,
    /// The last time.
    at: Timestamp,
}

impl Stand {
    /// Asks for everything.
    pub(super) fn read(tx: &mut Tx<'_>, bookings: &[&Booking]) -> Result<Self> {
        let patients: Vec<PatientId> = bookings.iter().map(|it| it.patient).collect();
        let ids: Vec<BookingId> = bookings.iter().map(|it| it.id).collect();
        Ok(Self {
            field: here(tx)?.1,
            own: own_text(tx)?,
            again_from: asked_again_from(tx)?,
            heads: heads(tx, &patients)?,
            readings: readings(tx, &patients)?,
            postponed: postponed(tx, &ids)?,
        })
    }

    /// The text that is shown for a visit on `day`.
    pub(super) fn text(&self, day: Date) -> Text {
        Text::of(self.field, day, self.own.as_ref())
    }

    /// How far the patient of `booking` has come with `text`, the one of `day`; with `by`, what one person has ticked.
    pub(super) fn progress(
        &self,
        booking: &Booking,
        patient: &Patient,
        text: &Text,
        day: Date,
        by: Option<&str>,
    ) -> Progress {
        let head = self.heads.get(&patient.id);
        let readings = self.readings.get(&patient.id).map(Vec::as_slice).unwrap_or_default();
        let of_text = |it: &&Reading| it.base == text.base && it.own == text.own;
        let read: Vec<DocumentKind> =
            readings.iter().filter(of_text).filter(|it| by.is_none_or(|by| by == it.by)).map(|it| it.kind).collect();
        let since = |at| readings.iter().any(|it| it.kind == DocumentKind::Explanation && it.at >= at);
        let explained = match head {
            Some(it) if it.withdrawn_at.is_none() => it.explained || since(it.given_at),
            _ => read.contains(&DocumentKind::Explanation),
        };
        Progress {
            postponed: self.postponed.contains(&booking.id),
            state: judge(head, text, self.again_from, patient.birth_date, day),
            explained,
            read,
        }
    }
}

fn asked_again_from(tx: &mut Tx<'_>) -> Result<i64> {
    let facility = tx.facility()?;
    let newest = tx.value(
        "SELECT number FROM consent_text WHERE facility_id = ?1 AND material = 1 ORDER BY number DESC LIMIT 1",
        params![facility],
    )?;
    Ok(newest.unwrap_or(0))
}

/// The newest consents, without their records.
fn heads(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<HashMap<PatientId, Head>> {
    let facility = tx.facility()?;
    let rows = tx.rows_among(
        "SELECT c.id, c.patient_id, c.text_base, c.text_own, c.hand, c.explained, c.given_at, c.given_by, w.withdrawn_at
         FROM consent c LEFT JOIN consent_withdrawal w ON w.consent_id = c.id AND w.facility_id = c.facility_id
         WHERE c.facility_id = ?1 AND c.patient_id IN ({ids}) ORDER BY c.given_at DESC, c.id DESC",
        params![facility],
        patients.iter().copied(),
    )?;
    let mut heads = HashMap::new();
    for row in &rows {
        // The newest comes first and counts.
        heads.entry(row.get("patient_id")?).or_insert(head(row)?);
    }
    Ok(heads)
}

pub(super) fn head(row: &Row) -> Result<Head> {
    let hand: String = row.get("hand")?;
    Ok(Head {
        id: row.get("id")?,
        base: row.get("text_base")?,
        own: row.get("text_own")?,
        hand: Hand::from_key(&hand).unwrap_or(Hand::Patient),
        explained: row.get("explained")?,
        given_at: row.get("given_at")?,
        given_by: row.get("given_by")?,
        withdrawn_at: row.get("withdrawn_at")?,
    })
}

fn readings(tx: &mut Tx<'_>, patients: &[PatientId]) -> Result<HashMap<PatientId, Vec<Reading>>> {
    let facility = tx.facility()?;
    let rows = tx.rows_among(
        "SELECT patient_id, kind, text_base, text_own, read_by, max(read_at) AS read_at FROM consent_reading
         WHERE facility_id = ?1 AND patient_id IN ({ids}) GROUP BY patient_id, kind, text_base, text_own, read_by",
        params![facility],
        patients.iter().copied(),
    )?;
    let mut readings: HashMap<PatientId, Vec<Reading>> = HashMap::new();
    for row in &rows {
        let kind: String = row.get("kind")?;
        let Some(kind) = DocumentKind::from_key(&kind) else { continue };
        let (base, own, by, at) =
            (row.get("text_base")?, row.get("text_own")?, row.get("read_by")?, row.get("read_at")?);
        readings.entry(row.get("patient_id")?).or_default().push(Reading { kind, base, own, by, at });
    }
    Ok(readings)
}

fn postponed(tx: &mut Tx<'_>, bookings: &[BookingId]) -> Result<HashSet<BookingId>> {
    let facility = tx.facility()?;
    let sql = "SELECT booking_id FROM explanation_postponement WHERE facility_id = ?1 AND booking_id IN ({ids})";
    let rows = tx.rows_among(sql, params![facility], bookings.iter().copied())?;
    rows.iter().map(|row| row.get("booking_id")).collect()
}
