//! One online visit of the ward, booked as people book it.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use kernel::{BookingId, PatientId, PersonId, Who, time};
use testkit::{Browser, Ward, wait};
use visits::booking::Form;
use visits::booking::store::Request;
use visits::slot::store::NewType;

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
    ward.given(move |tx, ctx| {
        let new = NewType {
            name_ja: "オンライン再診".into(),
            name_en: "Online follow-up".into(),
            form: Form::Online,
            duration_min: 15,
            by_patient: true,
        };
        let visit_type = visits::slot::store::add_type(tx, ctx, &new)?;
        let weekday = i64::from(time::day(ctx.now).weekday().to_monday_zero_offset());
        visits::slot::store::add_pattern(tx, ctx, doctor, visit_type, weekday, 9 * 60, 18 * 60)?;
        let starts_at = time::plus_min(ctx.now, 90);
        let request = Request { patient, doctor, visit_type, starts_at, reason: String::new(), holder: "test".into() };
        Ok(visits::booking::store::book(tx, ctx, &request)?.expect("a free time"))
    })
}
