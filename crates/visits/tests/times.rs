//! Free times: many days are asked for at once, and one is kept while a form is filled in.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "common/opening.rs"]
mod opening;

use kernel::{Ctx, Date, PersonId, Result, RowId, Timestamp, Who, time};
use testkit::{Ward, wait};
use visits::booking::Refusal;
use visits::booking::store::{Request, book, day, days, hold};

fn both(test: impl Fn(&Ward)) {
    Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| test(&ward));
}

/// CS-163: a hold made by a clock that ran ahead keeps nobody from the time once the clock is right.
#[test]
fn a_hold_from_the_future_is_none() {
    both(|ward| {
        let (patient, doctor) = (ward.patient(), ward.staff("sato", &["dentist"]));
        let visit_type = ward.given(move |tx, ctx| opening::online(tx, ctx, doctor));
        let right = kernel::Clock::now(&ward.clock);
        // Two days on, at ten in the morning.
        let starts_at = time::plus_min(right, 2 * 24 * 60 + 60);
        let holds = |holder: &str| {
            let (reason, holder) = (String::new(), holder.to_owned());
            let request = Request { patient, doctor, visit_type, starts_at, reason, holder };
            ward.given(move |tx, ctx| hold(tx, ctx, &request)).is_ok()
        };
        assert!(holds("first"));
        assert!(!holds("second"), "kept for the first");
        ward.clock.pass_min(24 * 60);
        assert!(holds("first"), "the clock runs a day ahead");
        ward.clock.set(right);
        assert!(holds("second"), "set right again: the first one's ten minutes never were");
        assert!(!holds("first"), "kept for the second");
    });
}

/// SY-06: who may not book a time cannot keep it from others either.
#[test]
fn a_time_is_held_by_whoever_may_book_it() {
    both(|ward| {
        let (patient, other, doctor) = (ward.patient(), ward.patient(), ward.staff("sato", &["dentist"]));
        let inspector = ward.staff("kato", &["inspector"]);
        let kinds =
            ward.given(move |tx, ctx| Ok([opening::online(tx, ctx, doctor)?, not_for_patients(tx, ctx, doctor)?]));
        let starts_at = time::plus_min(kernel::Clock::now(&ward.clock), 2 * 24 * 60 + 60);
        let holds = |who: Who, visit_type: RowId| {
            let (reason, holder) = (String::new(), who.label());
            let request = Request { patient, doctor, visit_type, starts_at, reason, holder };
            ward.act(who, move |tx, ctx| hold(tx, ctx, &request))
        };
        assert!(holds(Who::Patient(other), kinds[0]).is_err(), "for somebody else");
        assert!(holds(Who::Staff(inspector), kinds[0]).is_err(), "without the right to book");
        assert_eq!(holds(Who::Patient(patient), kinds[1]).unwrap(), Err(Refusal::NotOffered));
        assert!(holds(Who::Patient(patient), kinds[0]).unwrap().is_ok());
    });
}

#[test]
fn whoever_is_too_late_is_told_whom_to_call() {
    both(|ward| {
        let (patient, doctor) = (ward.patient(), ward.staff("sato", &["dentist"]));
        let booking = ward.given(move |tx, ctx| opening::book(tx, ctx, patient, doctor, 60));
        let page = |who: Who, way: &str| {
            wait(wait(ward.browser(visits::routes(), who)).get(&format!("/visits/{booking}/{way}"))).text
        };
        for way in ["change", "cancel"] {
            let told = page(Who::Patient(patient), way);
            assert!(told.contains("お電話でお願いします") && told.contains("href=\"tel:"), "{told}");
            assert!(told.contains(&format!("href=\"/visits/{booking}\"")), "a way back");
            assert!(!page(Who::Staff(doctor), way).contains("ここでは変更できません"), "the clinic may until the end");
        }
        ward.clock.pass_min(24 * 60);
        let told = page(Who::Staff(doctor), "cancel");
        assert!(told.contains("新しい予約") && told.contains(&format!("href=\"/bookings/{booking}\"")), "{told}");
    });
}

fn not_for_patients(tx: &mut db::Tx<'_>, ctx: &Ctx, doctor: PersonId) -> Result<RowId> {
    let new = visits::slot::store::NewType {
        name_ja: "往診のあとの説明".into(),
        name_en: "After a home visit".into(),
        form: visits::booking::Form::Online,
        duration_min: 15,
        by_patient: false,
    };
    let kind = visits::slot::store::add_type(tx, ctx, &new)?;
    let weekday = i64::from(time::day(time::plus_min(ctx.now, 2 * 24 * 60)).weekday().to_monday_zero_offset());
    visits::slot::store::add_pattern(tx, ctx, doctor, kind, weekday, 9 * 60, 18 * 60)?;
    Ok(kind)
}

#[test]
fn a_week_of_many_doctors_is_what_each_day_is_alone_and_takes_no_more_questions() {
    both(|ward| {
        let doctors = ["sato", "kato", "ito"].map(|it| ward.staff(it, &["dentist", "manager"]));
        let patient = ward.patient();
        let kind = ward.given(move |tx, ctx| a_week(tx, ctx, doctors, patient));
        ward.given(move |tx, ctx| {
            let dates: Vec<Date> = (0..7).map(|it| time::day(time::plus_min(ctx.now, it * 24 * 60))).collect();
            let before = tx.statements();
            let all = days(tx, ctx, &doctors, kind, &dates, "me")?;
            let many = tx.statements() - before;
            assert_eq!(all.len(), 21);
            let (mut offered, mut booked, mut held, mut closed) = (0, 0, 0, 0);
            for ((doctor, date), found) in &all {
                let before = tx.statements();
                let alone = day(tx, ctx, *doctor, kind, *date, "me")?;
                assert_eq!(tx.statements() - before, many, "questions for one day and for 21");
                assert_eq!(&alone, found, "{doctor} {date}");
                offered += alone.offered.len();
                booked += alone.booked.len();
                held += alone.held.len();
                closed += usize::from(alone.closed);
            }
            // One doctor works each day, one on one day twice, one not at all; a day is closed for all, and one for one.
            assert_eq!((offered, booked, held, closed), (9, 2, 1, 4));
            Ok(())
        });
    });
}

/// Seven days from today with a bit of everything.
fn a_week(
    tx: &mut db::Tx<'_>,
    ctx: &Ctx,
    [daily, twice, _]: [PersonId; 3],
    patient: kernel::PatientId,
) -> Result<RowId> {
    use visits::slot::store::{add_pattern, close_day};
    let kind = opening::online(tx, ctx, daily)?;
    let on =
        |days: i64, min: i64| time::plus_min(time::at_tokyo(time::day(ctx.now), 0, 0).unwrap(), days * 24 * 60 + min);
    let weekday = i64::from(time::day(on(3, 0)).weekday().to_monday_zero_offset());
    add_pattern(tx, ctx, twice, kind, weekday, 9 * 60, 12 * 60)?;
    add_pattern(tx, ctx, twice, kind, weekday, 13 * 60, 18 * 60)?;
    close_day(tx, ctx, time::day(on(5, 0)), None, "創立記念日")?;
    close_day(tx, ctx, time::day(on(6, 0)), Some(daily), "研修")?;
    let request = |doctor: PersonId, starts_at: Timestamp, holder: &str| Request {
        patient,
        doctor,
        visit_type: kind,
        starts_at,
        reason: String::new(),
        holder: holder.into(),
    };
    book(tx, ctx, &request(daily, on(1, 10 * 60), "me"))?.unwrap();
    book(tx, ctx, &request(twice, on(3, 14 * 60), "me"))?.unwrap();
    hold(tx, ctx, &request(daily, on(2, 9 * 60), "somebody else"))?.unwrap();
    hold(tx, ctx, &request(daily, on(4, 9 * 60), "me"))?.unwrap();
    Ok(kind)
}
