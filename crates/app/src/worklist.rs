//! The plug between bookings and the worklist of devices: `visits` knows who is booked, `people` who that is, and `imaging`
//! how devices want to hear it.

use std::collections::HashMap;

use db::Tx;
use imaging::instance::ClaimedPatient;
use imaging::worklist::{Entry, written};
use kernel::{Ctx, Date, PersonId, Result};
use people::patient::Sex;

/// Who is expected in person, from one day to another.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub(crate) fn expected(tx: &mut Tx<'_>, ctx: &Ctx, from: Date, to: Date) -> Result<Vec<Entry>> {
    let bookings = visits::booking::store::expected(tx, ctx, from, to)?;
    let patients = people::patient::store::read_all(tx, bookings.iter().map(|it| it.patient))?;
    let staff = people::person::store::staff(tx)?;
    let doctors: HashMap<PersonId, _> = staff.iter().map(|it| (it.id, written(&it.name))).collect();
    let entry = |it: &visits::booking::Booking| {
        let patient = patients.get(&it.patient)?;
        Some(Entry {
            booking: *it.id.as_bytes(),
            patient: ClaimedPatient {
                name: written(&patient.name),
                id: patient.number.clone(),
                birth_date: Some(patient.birth_date),
                sex: sex(patient.sex).into(),
            },
            starts_at: it.starts_at,
            description: it.visit_type.name.ja.to_string(),
            doctor: doctors.get(&it.doctor).cloned().unwrap_or_default(),
        })
    };
    Ok(bookings.iter().filter_map(entry).collect())
}

/// As DICOM writes it (PS3.3 C.7.1.1); empty where it was not stated.
const fn sex(it: Sex) -> &'static str {
    match it {
        Sex::Female => "F",
        Sex::Male => "M",
        Sex::Other => "O",
        Sex::Unknown => "",
    }
}

#[cfg(test)]
mod tests {
    use kernel::{BookingId, PatientId, Timestamp, Who, time};
    use testkit::Ward;
    use visits::booking::Form;
    use visits::booking::store::{self as bookings, Request};
    use visits::slot::store::{NewType, add_pattern, add_type};

    use super::*;

    /// A visit of this form the day after tomorrow.
    fn book(ward: &Ward, who: (PatientId, PersonId), form: Form, hour: i8) -> (BookingId, Timestamp) {
        let (patient, doctor) = who;
        ward.given(move |tx, ctx| {
            let name = form.key();
            let new = NewType {
                name_ja: format!("来院{name}"),
                name_en: name.into(),
                form,
                duration_min: 30,
                by_patient: false,
            };
            let visit_type = add_type(tx, ctx, &new)?;
            for weekday in 0..7 {
                add_pattern(tx, ctx, doctor, visit_type, weekday, 9 * 60, 18 * 60)?;
            }
            let day = time::day(time::plus_min(ctx.now, 2 * 24 * 60));
            let starts_at = time::at_tokyo(day, hour, 0).expect("a time");
            let request =
                Request { patient, doctor, visit_type, starts_at, reason: "痛い".into(), holder: "test".into() };
            Ok((bookings::book(tx, ctx, &request)?.expect("a free time"), starts_at))
        })
    }

    #[test]
    fn devices_are_told_who_comes_in_person() {
        // TR-26
        Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS, imaging::MIGRATIONS], |ward| {
            let (patient, doctor) = (ward.patient(), ward.staff("sato", &["dentist"]));
            let (booking, starts_at) = book(&ward, (patient, doctor), Form::InPerson, 10);
            book(&ward, (patient, doctor), Form::Online, 11);
            let (gone, _) = book(&ward, (patient, doctor), Form::InPerson, 12);
            ward.given(move |tx, ctx| bookings::cancel(tx, ctx, gone, "治った"));
            let day = time::day(starts_at);
            let told = |from, to| ward.act(Who::System("dimse"), move |tx, ctx| expected(tx, ctx, from, to)).unwrap();
            let found = told(day, day);
            assert_eq!(found.len(), 1, "neither who is seen online nor who has cancelled: {found:?}");
            assert_eq!((found[0].booking, found[0].starts_at), (*booking.as_bytes(), starts_at));
            assert!(found[0].patient.name.ideographic.starts_with("田中"), "{found:?}");
            assert!(
                !found[0].patient.id.is_empty() && found[0].patient.birth_date.is_some() && !found[0].doctor.is_empty()
            );
            let before = day.yesterday().unwrap();
            assert!(told(before, before).is_empty());
            assert_eq!(told(before, day).len(), 1);
        });
    }
}
