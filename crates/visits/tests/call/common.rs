//! One visit at the clinic: a dentist with everything on file, a patient with a booking today, and hands to change it.

use std::sync::Arc;

use db::{Tx, Value, params};
use kernel::{BookingId, Ctx, PatientId, PersonId, Result, RowId, SessionId, Who};
use testkit::{Ward, wait};
use visits::call::desk::{Desk, Place, Received, Seat};
use visits::call::ticket::{self, Ticket};

use crate::opening;

/// A visit of today.
pub(crate) struct Visit {
    pub(crate) ward: Ward,
    pub(crate) doctor: PersonId,
    pub(crate) patient: PatientId,
    pub(crate) booking: BookingId,
}

/// Everything about the facility and the doctor is on file; nothing was done by the patient yet.
pub(crate) fn visit() -> Visit {
    let ward = Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]);
    let doctor = ward.staff("sato", &["dentist", "manager"]);
    let patient = ward.patient();
    ward.act(Who::Staff(doctor), move |tx, ctx| {
        opening::facility(tx, ctx, doctor)?;
        people::facility::store::acknowledge_operator(tx, ctx)?;
        opening::dentist(tx, ctx, doctor)?;
        let facility = tx.facility()?;
        tx.exec(
            "INSERT INTO person_photo (id, facility_id, person_id, kind, blob_id, sealed_key, size_bytes, made_at)
             VALUES (?1, ?2, ?3, 'image/png', 'x', ?4, 1, ?5)",
            params![RowId::new(ctx), facility, doctor, vec![0_u8], ctx.now],
        )?;
        visits::in_person::store::decide(tx, ctx, patient, &visits::in_person::Place::Here)
    })
    .unwrap();
    let booking = book(&ward, patient, doctor, "online");
    Visit { ward, doctor, patient, booking }
}

/// A booking of today.
pub(crate) fn book(ward: &Ward, patient: PatientId, doctor: PersonId, form: &'static str) -> BookingId {
    ward.given(move |tx, ctx| {
        let facility = tx.facility()?;
        let (kind, booking) = (RowId::new(ctx), BookingId::new(ctx));
        tx.exec(
            "INSERT INTO visit_type (id, facility_id, name_ja, name_en, form, duration_min, by_patient, made_at)
             VALUES (?1, ?2, '再診', 'Follow-up', ?3, 15, 1, ?4)",
            params![kind, facility, form, ctx.now],
        )?;
        // The unique index on live bookings of a doctor is by the start: each one begins a microsecond later.
        let count: i64 = tx.value("SELECT count(*) FROM booking WHERE facility_id = ?1", params![facility])?.unwrap_or(0);
        let starts = ctx.now.as_microsecond() + count;
        let reason = tx.seal("booking.reason", booking, "歯ぐきの腫れ")?;
        tx.exec(
            "INSERT INTO booking (id, facility_id, patient_id, doctor_id, visit_type_id, starts_at, ends_at, reason, sequence, link,
             booked_by, booked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, '', 'system:test', ?9)",
            params![booking, facility, patient, doctor, kind, starts, starts + 900_000_000, reason, ctx.now],
        )?;
        Ok(booking)
    })
}

impl Visit {
    /// An act of the doctor.
    pub(crate) fn doctors<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ward.act(Who::Staff(self.doctor), act)
    }

    /// An act of the patient.
    pub(crate) fn patients<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx<'_>, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ward.act(Who::Patient(self.patient), act)
    }

    /// Changes rows behind the house's back.
    pub(crate) fn rows(&self, sql: &'static str, values: &[Value]) -> u64 {
        let values = values.to_vec();
        self.ward.given(move |tx, _| tx.exec(sql, &values))
    }

    /// A running call, as if everything had been met.
    pub(crate) fn call(&self) -> RowId {
        self.call_of(self.booking, self.patient, self.doctor).unwrap()
    }

    /// A running call of anybody.
    pub(crate) fn call_of(&self, booking: BookingId, patient: PatientId, doctor: PersonId) -> Result<RowId> {
        self.ward.act(Who::System("test"), move |tx, ctx| {
            let (facility, id) = (tx.facility()?, RowId::new(ctx));
            tx.exec(
                "INSERT INTO call (id, facility_id, booking_id, patient_id, doctor_id, closed_room, quiet_place, started_by, started_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, 'system:test', ?6)",
                params![id, facility, booking, patient, doctor, ctx.now],
            )?;
            Ok(id)
        })
    }

    /// A session with its id.
    pub(crate) fn session(&self, who: Who) -> SessionId {
        let (facility, key) = (self.ward.facility, self.ward.site.key.clone());
        self.ward.given(move |tx, ctx| {
            let new = web::session::NewSession { who, facility: Some(facility), factors: 2, agent: "test" };
            Ok(web::session::start(tx, ctx, &key, &new)?.0)
        })
    }

    /// A ticket for the patient's seat.
    pub(crate) fn patient_ticket(&self, session: SessionId) -> String {
        let mut ctx = self.ward.ctx(Who::Patient(self.patient));
        ctx.session = Some(session);
        let seat = ticket::Seat::Patient;
        self.ticket(&ctx, seat, self.patient.to_string())
    }

    /// A ticket for the doctor's seat.
    pub(crate) fn doctor_ticket(&self, session: SessionId) -> String {
        let mut ctx = self.ward.ctx(Who::Staff(self.doctor));
        ctx.session = Some(session);
        self.ticket(&ctx, ticket::Seat::Doctor, self.doctor.to_string())
    }

    fn ticket(&self, ctx: &Ctx, seat: ticket::Seat, person: String) -> String {
        let ticket = Ticket {
            facility: self.ward.facility,
            booking: self.booking,
            seat,
            person,
            guardian: None,
            session: ctx.session,
        };
        ticket::make(&self.ward.site.key, ctx, &ticket).unwrap()
    }

    /// The desk of the site.
    pub(crate) fn desk(&self) -> Arc<Desk> {
        Arc::new(Desk::new(self.ward.site.clone()))
    }

    /// Both in their seats.
    pub(crate) fn seated(&self, desk: &Desk) -> (Seat, Seat) {
        let patient = wait(desk.admit(&self.patient_ticket(self.session(Who::Patient(self.patient))), None)).unwrap();
        let doctor = wait(desk.admit(&self.doctor_ticket(self.session(Who::Staff(self.doctor))), None)).unwrap();
        for seat in [&patient, &doctor] {
            wait(desk.joined(&seat.place, self.ward.site.clock.now()));
        }
        (patient, doctor)
    }

    /// `seconds` of picture and sound both ways, as the browsers report them.
    pub(crate) fn talk(&self, desk: &Desk, patient: &Place, doctor: &Place, seconds: u32, picture: bool) {
        for _ in 0..seconds / 5 {
            let received = |from: &Place| Received {
                from: from.person.clone(),
                picture_ms: if picture { 5_000 } else { 0 },
                sound_ms: 5_000,
                both_ms: if picture { 5_000 } else { 0 },
                frames: 75,
                rtt_ms: Some(40),
                loss: 0.01,
                relay: "udp".into(),
                level: "good".into(),
            };
            let now = self.ward.site.clock.now();
            wait(desk.report(patient, vec![received(doctor)], now));
            wait(desk.report(doctor, vec![received(patient)], now));
        }
    }
}
