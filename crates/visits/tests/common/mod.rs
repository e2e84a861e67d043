//! One online visit of the ward, booked as people book it.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

pub mod opening;

use kernel::{BookingId, PatientId, PersonId, Who};
use testkit::{Browser, Ward, wait};

/// An online visit of 田中 with the dentist at 10:30.
pub struct Visit {
    pub ward: Ward,
    pub patient: PatientId,
    pub dentist: PersonId,
    pub booking: BookingId,
}

impl Visit {
    pub fn new(ward: Ward) -> Self {
        let (patient, dentist) = (ward.patient(), ward.staff("sato", &["dentist"]));
        let booking = book(&ward, patient, dentist);
        Self { ward, patient, dentist, booking }
    }

    /// The same test on SQLite and on PostgreSQL.
    pub fn both(test: impl Fn(&Self)) {
        Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| test(&Self::new(ward)));
    }

    /// On SQLite, for pages.
    pub fn sqlite() -> Self {
        Self::new(Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]))
    }

    pub fn browser(&self, who: Who) -> Browser {
        wait(self.ward.browser(visits::routes(), who))
    }
}

/// Books an online visit an hour and a half from now.
pub fn book(ward: &Ward, patient: PatientId, doctor: PersonId) -> BookingId {
    ward.given(move |tx, ctx| opening::book(tx, ctx, patient, doctor, 90))
}
