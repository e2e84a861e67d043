//! The staff's day: the same for many bookings as for each alone, asked for at once, and with a word for what is over.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use db::{Tx, params};
use guidelines::first_visit::ClaimsVisit;
use guidelines::place::{PlaceKind, Statement};
use guidelines::plan::Part;
use kernel::{BookingId, Ctx, Date, PatientId, PersonId, Result, RowId, Who, time};
use testkit::{Ward, wait};
use visits::arrival::{Arrival, Detail};
use visits::booking::Form;
use visits::booking::store::Request;
use visits::consent::{Keep, READ_FIRST, Signature};
use visits::day::{Line, View};
use visits::first_visit::{Decision, Ground};
use visits::slot::store::NewType;
use visits::{arrival, consent, device_test, first_visit, in_person, plan, questionnaire, standing};

/// A dentist whose day fills.
struct Full {
    ward: Ward,
    dentist: PersonId,
    kind: RowId,
    date: Date,
}

impl Full {
    fn new(ward: Ward) -> Self {
        let dentist = ward.staff("sato", &["dentist", "manager"]);
        let kind = ward.given(move |tx, ctx| {
            let new = NewType {
                name_ja: "オンライン再診".into(),
                name_en: "Online follow-up".into(),
                form: Form::Online,
                duration_min: 15,
                by_patient: true,
            };
            let kind = visits::slot::store::add_type(tx, ctx, &new)?;
            let weekday = i64::from(time::day(ctx.now).weekday().to_monday_zero_offset());
            visits::slot::store::add_pattern(tx, ctx, dentist, kind, weekday, 9 * 60, 18 * 60)?;
            Ok(kind)
        });
        let date = time::day(ward.ctx(Who::Nobody).now);
        Self { ward, dentist, kind, date }
    }

    fn both(test: impl Fn(&Self)) {
        Ward::both(&[people::MIGRATIONS, visits::MIGRATIONS], |ward| test(&Self::new(ward)));
    }

    /// The quarter of an hour that begins now, for a patient of its own; then it is over.
    fn book(&self) -> (PatientId, BookingId) {
        let (patient, dentist, kind, date) = (self.ward.patient(), self.dentist, self.kind, self.date);
        let booking = self.ward.given(move |tx, ctx| {
            use visits::booking::{Asker, free_times, store};
            let day = store::day(tx, ctx, dentist, kind, date, "")?;
            let starts_at = free_times(&day, 15, Asker::Clinic, ctx.now)[0];
            let (reason, holder) = ("しみる".into(), String::new());
            let request = Request { patient, doctor: dentist, visit_type: kind, starts_at, reason, holder };
            Ok(store::book(tx, ctx, &request)?.expect("a free time"))
        });
        self.ward.clock.pass_min(15);
        (patient, booking)
    }

    /// The same, and everybody does what is to be done before.
    fn prepared(&self) {
        let ((patient, booking), dentist) = (self.book(), self.dentist);
        let act = self.ward.act(Who::Staff(dentist), move |tx, ctx| {
            let decision = Decision { ground: Ground::Plan, claims: ClaimsVisit::Repeat };
            first_visit::store::decide(tx, ctx, booking, &decision)?;
            in_person::store::decide(tx, ctx, patient, &in_person::Place::Here)?;
            let evaluated_on = Some(time::day(ctx.now));
            let mut content = plan::Content { doctors: vec![dentist], evaluated_on, ..plan::Content::default() };
            content.parts.extend(Part::ALL.into_iter().map(|it| (it, "佐藤が診る。".to_owned())));
            plan::store::finalise(tx, ctx, patient, &content, true)?;
            Ok(plan::store::view(tx, ctx, booking)?.plan.unwrap().versions[0].id)
        });
        let version = act.unwrap();
        let act = self.ward.act(Who::Patient(patient), move |tx, ctx| {
            let form = questionnaire::store::form(tx)?;
            questionnaire::store::keep(tx, ctx, booking, &form, &[].into(), true)?;
            let text = consent::store::view(tx, ctx, booking)?.text.version();
            for kind in READ_FIRST {
                consent::store::tick(tx, ctx, booking, kind, &text)?;
            }
            let ticks = vec!["wish".into(), "explained".into(), "may_withdraw".into()];
            let signature = Signature { ticks, name: "田中 幸子".into(), keep: Keep::Nothing };
            consent::store::give(tx, ctx, booking, &signature, "testkit")?;
            plan::store::answer(tx, ctx, booking, version, plan::store::Answer::Read)?;
            device_test::store::keep(tx, ctx, booking, r#"{"camera":{"ok":true}}"#, "testkit")?;
            let statement = Statement { kind: PlaceKind::Home, safe: true, clean: true, private: true };
            arrival::store::arrive(tx, ctx, booking, &Arrival { statement, detail: Detail::default() })
        });
        act.unwrap();
    }

    /// The day as the dentist sees it, and the statements it took.
    fn view(&self) -> (u64, View) {
        let date = self.date;
        let seen = self.ward.act(Who::Staff(self.dentist), move |tx, ctx| {
            let view = visits::day::store::view(tx, ctx, date)?;
            Ok((tx.statements(), view))
        });
        seen.unwrap()
    }

    fn page(&self) -> String {
        let dentist = wait(self.ward.browser(visits::routes(), Who::Staff(self.dentist)));
        wait(dentist.get("/day")).text
    }
}

/// What a line says is done and is open.
fn said(line: &Line) -> (Vec<(&'static str, bool)>, Vec<String>) {
    let steps = line.steps.iter().map(|it| (it.key, it.done)).collect();
    (steps, line.desk.iter().map(|it| it.words.ja.to_string()).collect())
}

/// The same, asked for this visit alone.
fn alone(tx: &mut Tx<'_>, _: &Ctx, line: Line) -> Result<()> {
    let patients = [(line.patient.id, line.patient.clone())].into();
    let standing = standing::ask(tx, [&line.booking], &patients)?;
    let (steps, desk) = (standing.steps(&line.booking), standing.desk(&line.booking));
    let told = said(&line);
    assert_eq!(told, said(&Line { steps, desk, ..line }));
    Ok(())
}

#[test]
fn a_longer_day_takes_no_more_questions() {
    Full::both(|it| {
        it.prepared();
        it.book();
        let (few, view) = it.view();
        assert_eq!(view.lines.len(), 2);
        for _ in 0..4 {
            it.book();
            it.prepared();
        }
        let (many, view) = it.view();
        assert_eq!(view.lines.len(), 10);
        assert_eq!(many, few, "statements for ten bookings and for two");
    });
}

#[test]
fn each_booking_of_a_full_day_is_told_as_if_it_were_alone() {
    Full::both(|it| {
        it.prepared();
        it.book();
        it.prepared();
        it.book();
        let (_, view) = it.view();
        let done = ["questionnaire", "consent", "plan", "test", "arrival"].map(|it| (it, true)).to_vec();
        let open = ["questionnaire", "consent", "test", "arrival"].map(|it| (it, false)).to_vec();
        let asked = vec!["初診かどうか".to_owned(), "対面の受診先".to_owned()];
        let told: Vec<_> = view.lines.iter().map(said).collect();
        assert_eq!(told, [(done.clone(), vec![]), (open.clone(), asked.clone()), (done, vec![]), (open, asked)]);
        for line in view.lines {
            it.ward.given(move |tx, ctx| alone(tx, ctx, line));
        }
    });
}

#[test]
fn a_window_that_shows_the_day_is_told_when_nothing_has_changed() {
    // CS-122: every view is on record, and only a view.
    Full::both(|it| {
        it.book();
        let (dentist, clerk) = (it.dentist, it.ward.staff("suzuki", &["clerk"]));
        let of = |who| wait(it.ward.browser(visits::routes(), Who::Staff(who)));
        let (first, second) = (of(dentist), of(clerk));
        let path = format!("/day/live?date={}", it.date);
        let views = || it.ward.acts().iter().filter(|it| *it == "booking.day").count();
        let tag = wait(first.get(&path)).tag.expect("a name");
        assert!(wait(first.get("/day")).text.contains(&tag.replace('"', "&quot;")), "the page begins with it");
        assert_eq!(views(), 2);
        // Somebody else's look at the day is no change of it.
        assert_eq!(wait(second.get(&path)).status, 200);
        for _ in 0..3 {
            let same = wait(first.get_again(&path, &tag));
            assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
        }
        assert_eq!(views(), 3, "what is not shown is no view");
        it.book();
        let fresh = wait(first.get_again(&path, &tag));
        assert_eq!(fresh.status, 200);
        assert_ne!(fresh.tag, Some(tag.clone()));
        assert_eq!(views(), 4);
        // Whoever may not look is not told either, whatever name is given.
        it.ward.given(move |tx, ctx| people::person::store::end_duty(tx, ctx, clerk, "clerk"));
        let now = fresh.tag.expect("a name");
        let now = wait(first.get_again(&path, &now)).tag.unwrap_or(now);
        assert_ne!(wait(second.get_again(&path, &now)).status, 304);
    });
}

#[test]
fn what_is_over_has_a_word_and_waits_for_nothing() {
    let it = Full::new(Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]));
    let (_, booking) = it.book();
    assert!(it.page().contains("まだ"));
    for (outcome, way_out, word) in
        [("held", None, "終了"), ("not_suitable", Some("referral_elsewhere"), "対面へ"), ("broken_off", None, "中断")]
    {
        it.ward.given(move |tx, ctx| {
            let facility = tx.facility()?;
            let reason = tx.seal("visit_end.reason", booking, "")?;
            tx.exec("DELETE FROM visit_end WHERE facility_id = ?1", params![facility])?;
            tx.exec(
                "INSERT INTO visit_end (facility_id, booking_id, outcome, way_out, patient_picture_s, patient_sound_s,
                 doctor_picture_s, doctor_sound_s, reason, ended_by, ended_at) VALUES (?1, ?2, ?3, ?4, 30, 30, 30, 30, ?5, 'x', ?6)",
                params![facility, booking, outcome, way_out, reason, ctx.now],
            )
        });
        let page = it.page();
        assert!(page.contains(word), "{outcome}: {page}");
        assert!(!page.contains("初診かどうか"), "nobody decides any more: {page}");
    }
    it.ward.given(|tx, _| tx.exec("DELETE FROM visit_end", params![]));
    assert!(it.page().contains("初診かどうか"));
    // Cancelled by telephone before it was over.
    it.ward.clock.pass_min(-5);
    let cancel = it
        .ward
        .act(Who::Staff(it.dentist), move |tx, ctx| visits::booking::store::cancel(tx, ctx, booking, "都合が悪い"));
    cancel.unwrap();
    let page = it.page();
    assert!(page.contains("取り消し") && !page.contains("初診かどうか"), "{page}");
}

/// Where rows are asked for by many ids at once, they are looked up by these and not searched for among all rows of the
/// facility: the day must not become slower with each patient whom the clinic ever had.
#[test]
fn many_ids_are_looked_up_by_an_index() {
    let ward = Ward::sqlite(&[people::MIGRATIONS, visits::MIGRATIONS]);
    ward.given(|tx, ctx| {
        for (table, column) in [
            ("patient", "id"),
            ("booking_hold", "doctor_id"),
            ("questionnaire_answer", "booking_id"),
            ("consent", "patient_id"),
            ("consent_reading", "patient_id"),
            ("explanation_postponement", "booking_id"),
            ("plan_draft", "patient_id"),
            ("plan_version", "plan_id"),
            ("plan_substitute", "booking_id"),
            ("device_test", "booking_id"),
            ("arrival", "booking_id"),
            ("first_visit", "booking_id"),
            ("in_person_care", "patient_id"),
            ("visit_end", "booking_id"),
        ] {
            let ids = (0..128).map(|_| RowId::new(ctx));
            let sql =
                format!("EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE facility_id = ?1 AND {column} IN ({{ids}})");
            let plan = tx.rows_among(&sql, params![tx.facility()?], ids)?;
            let told: Vec<String> = plan.iter().map(|it| it.get("detail")).collect::<Result<_>>()?;
            assert!(told[0].contains(&format!("{column}=?")), "{table}: {told:?}");
        }
        Ok(())
    });
}
