//! The plan as the ward lives it: drafted, finalised, read, handed over, completed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::Visit;
use guidelines::call::{DoctorInPlan, PlanState};
use guidelines::plan::{Part, Retention};
use kernel::{Date, Kind, PatientId, PersonId, Result, Who, time};
use testkit::wait;
use visits::plan::Content;
use visits::plan::store::{self, Answer, Template};

impl Visit {
    fn today(&self) -> Date {
        time::day(self.ward.ctx(Who::Nobody).now)
    }

    fn content(&self, doctors: &[PersonId]) -> Content {
        let mut content = Content { doctors: doctors.to_vec(), evaluated_on: Some(self.today()), ..Content::default() };
        content.parts.extend(Part::ALL.into_iter().map(|it| (it, format!("{}のこと。佐藤", it.title().ja))));
        content
    }

    fn finalise(&self, who: PersonId, content: &Content) -> Result<i64> {
        let (patient, content) = (self.patient, content.clone());
        self.ward.act(Who::Staff(who), move |tx, ctx| store::finalise(tx, ctx, patient, &content, true))
    }

    fn state(&self, doctor: PersonId) -> PlanState {
        let booking = self.booking;
        self.ward.given(move |tx, _| {
            let booking = visits::booking::store::read_one(tx, booking)?;
            store::facts(tx, &booking, doctor)
        })
    }

    fn view(&self) -> store::View {
        let booking = self.booking;
        self.ward.act(Who::Patient(self.patient), move |tx, ctx| store::view(tx, ctx, booking)).unwrap()
    }
}

#[test]
fn a_plan_is_drafted_finalised_and_kept_in_versions() {
    // OV-130, CS-162
    Visit::both(|it| {
        let patient = it.patient;
        assert_eq!(it.state(it.dentist), PlanState::Missing);
        let gaps = Content { doctors: vec![it.dentist], evaluated_on: Some(it.today()), ..Content::default() };
        let draft = gaps.clone();
        it.ward.act(Who::Staff(it.dentist), move |tx, ctx| store::save(tx, ctx, patient, &draft)).unwrap();
        assert!(matches!(it.state(it.dentist), PlanState::Incomplete(it) if it.len() == 9));
        assert!(matches!(it.finalise(it.dentist, &gaps).unwrap_err().kind(), Kind::Invalid { .. }));
        let content = it.content(&[it.dentist]);
        let stale = content.clone();
        let unproven =
            it.ward.act(Who::Staff(it.dentist), move |tx, ctx| store::finalise(tx, ctx, patient, &stale, false));
        assert_eq!(*unproven.unwrap_err().kind(), Kind::SignIn);
        for duty in ["clerk", "hygienist"] {
            let other = it.ward.staff(duty, &[duty]);
            assert_eq!(*it.finalise(other, &content).unwrap_err().kind(), Kind::Forbidden, "{duty}");
        }
        assert_eq!(it.finalise(it.dentist, &content).unwrap(), 1);
        assert_eq!(it.state(it.dentist), PlanState::InForce(DoctorInPlan::Named));
        assert!(it.finalise(it.dentist, &content).is_err(), "a later version says why");
        let mut changed = Content { reason: "通院が難しくなった".into(), ..content.clone() };
        changed.parts.insert(Part::Mix, "半年に1回来院する。".into());
        assert_eq!(it.finalise(it.dentist, &changed).unwrap(), 2);
        let plan = it.view().plan.unwrap();
        assert_eq!(plan.versions.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(plan.versions[1].content, content, "the first stays as it was");
        let desk = it.ward.given(move |tx, ctx| store::desk(tx, ctx, patient));
        assert!(desk.draft.is_none());
    });
}

#[test]
fn tanaka_reads_the_plan_at_any_time() {
    // OV-134
    Visit::both(|it| {
        it.finalise(it.dentist, &it.content(&[it.dentist])).unwrap();
        let booking = it.booking;
        let done = || {
            it.ward.given(move |tx, _| {
                let booking = visits::booking::store::read_one(tx, booking)?;
                Ok(store::standings(tx, &[&booking])?.is_done(&booking))
            })
        };
        assert!(!done());
        let version = it.view().plan.unwrap().versions[0].id;
        let by = |who: Who| it.ward.act(who, move |tx, ctx| store::answer(tx, ctx, booking, version, Answer::Read));
        assert!(by(Who::Staff(it.dentist)).is_err(), "nobody reads for the patient");
        assert!(by(Who::Patient(PatientId::from_bytes([3; 16]))).is_err());
        by(Who::Patient(it.patient)).unwrap();
        by(Who::Patient(it.patient)).unwrap();
        assert!(done());
    });
}

#[test]
fn who_takes_over_asks_the_patient() {
    // OV-135, OV-117
    Visit::both(|it| {
        let ito = it.ward.staff("ito", &["dentist"]);
        it.finalise(it.dentist, &it.content(&[it.dentist])).unwrap();
        assert_eq!(it.state(ito), PlanState::InForce(DoctorInPlan::NotNamed));
        let taken = Content { reason: "担当の交代".into(), ..it.content(&[ito]) };
        assert_eq!(it.finalise(ito, &taken).unwrap(), 2);
        assert_eq!(it.state(it.dentist), PlanState::InForce(DoctorInPlan::Named), "the old plan stays");
        assert_eq!(it.state(ito), PlanState::InForce(DoctorInPlan::NotNamed));
        let (booking, version) = (it.booking, it.view().plan.unwrap().waiting().unwrap().id);
        let agreed = it
            .ward
            .act(Who::Patient(it.patient), move |tx, ctx| store::answer(tx, ctx, booking, version, Answer::Agreed));
        agreed.unwrap();
        assert_eq!(it.state(ito), PlanState::InForce(DoctorInPlan::Named));
        // The dentist of the visit is now a substitute: hand-over by a doctor, consent by the patient, each alone too little.
        let state =
            |handed_over, patient_agreed| PlanState::InForce(DoctorInPlan::Substitute { patient_agreed, handed_over });
        it.ward.act(Who::Staff(ito), move |tx, ctx| store::hand_over(tx, ctx, booking, "経過を伝えた")).unwrap();
        assert_eq!(it.state(it.dentist), state(true, false));
        assert!(it.ward.act(Who::Staff(ito), move |tx, ctx| store::accept_substitute(tx, ctx, booking)).is_err());
        it.ward.act(Who::Patient(it.patient), move |tx, ctx| store::accept_substitute(tx, ctx, booking)).unwrap();
        assert_eq!(it.state(it.dentist), state(true, true));
    });
}

#[test]
fn completion_starts_the_retention() {
    // OV-265, CS-161
    Visit::both(|it| {
        it.finalise(it.dentist, &it.content(&[it.dentist])).unwrap();
        let (patient, today) = (it.patient, it.today());
        let complete =
            |day: Date| it.ward.act(Who::Staff(it.dentist), move |tx, ctx| store::complete(tx, ctx, patient, day));
        assert!(complete(today.tomorrow().unwrap()).is_err());
        assert!(complete(today.yesterday().unwrap()).is_err(), "before the plan was made");
        assert_eq!(it.view().plan.unwrap().erasable_from(Retention::default()), None);
        complete(today).unwrap();
        assert_eq!(it.state(it.dentist), PlanState::Missing);
        let view = it.view();
        assert_eq!(view.plan.unwrap().erasable_from(view.retention), Some(Date::constant(2031, 11, 25)));
        // The database itself holds on to it.
        let facility = it.ward.facility;
        let gone = it.ward.act(Who::System("test"), move |tx, _| {
            tx.exec("DELETE FROM plan WHERE facility_id = ?1", db::params![facility])
        });
        assert!(gone.is_err(), "versions hold their plan");
        // A new course of care has a plan of its own; two live ones there never are.
        assert_eq!(it.finalise(it.dentist, &it.content(&[it.dentist])).unwrap(), 1);
        assert_eq!(it.state(it.dentist), PlanState::InForce(DoctorInPlan::Named));
    });
}

#[test]
fn a_facility_sets_its_template_and_time() {
    // OV-130, OV-265
    Visit::both(|it| {
        let first = it.ward.given(store::template);
        assert_eq!(first.retention.years(), 5);
        assert_eq!(first.content.missing(), [Part::Treatment, Part::Doctors]);
        let new = Template { retention: Retention::of_years(2).unwrap(), ..first };
        let (refused, written) = (new.clone(), new);
        let dentist = Who::Staff(it.dentist);
        assert!(it.ward.act(dentist, move |tx, ctx| store::write_template(tx, ctx, &refused)).is_err());
        let manager = Who::Staff(it.ward.staff("kanri", &["manager"]));
        it.ward.act(manager, move |tx, ctx| store::write_template(tx, ctx, &written)).unwrap();
        assert_eq!(it.ward.given(store::template).retention.years(), 2);
        let lines = it.ward.given(store::evidence);
        assert!(lines.iter().any(|it| it.clause.as_str() == "OV-265" && it.reason.ja.contains("2年")));
    });
}

#[test]
fn the_dentist_writes_and_tanaka_reads_the_pages() {
    // OV-130, OV-134
    let it = Visit::sqlite();
    let dentist = it.browser(Who::Staff(it.dentist));
    let path = format!("/bookings/{}/plan", it.booking);
    let page = wait(dentist.get(&path));
    assert!(
        page.status.is_success() && page.text.contains("セキュリティの責任分担") && page.text.contains("119番"),
        "{}",
        page.text
    );
    let (doctor, today) = (it.dentist.to_string(), it.today().to_string());
    let mut fields: Vec<(&str, &str)> = vec![("doctor", &doctor), ("evaluated_on", &today), ("act", "finalise")];
    fields.extend(Part::ALL.iter().skip(1).map(|it| (it.key(), "決めたこと")));
    let refused = wait(dentist.post(&path, &fields));
    assert_eq!(refused.status.as_u16(), 422);
    assert!(
        refused.text.contains("「診療の内容」を書いてください") && refused.text.contains("決めたこと"),
        "nothing typed is lost"
    );
    fields.push(("treatment", "歯周病の経過観察"));
    // The proof is older than five minutes: the draft waits.
    it.ward.clock.pass_min(6);
    let locked = wait(dentist.post(&path, &fields));
    assert!(locked.location.as_deref().is_some_and(|it| it.starts_with("/unlock")), "{locked:?}");
    assert!(wait(dentist.get(&path)).text.contains("歯周病の経過観察"));
    let fresh = it.browser(Who::Staff(it.dentist));
    assert_eq!(wait(fresh.post(&path, &fields)).location.as_deref(), Some(path.as_str()));
    assert_eq!(it.state(it.dentist), PlanState::InForce(DoctorInPlan::Named));
    let patient = it.browser(Who::Patient(it.patient));
    let own = format!("/visits/{}/plan", it.booking);
    let seen = wait(patient.get(&own));
    assert!(seen.text.contains("歯周病の経過観察") && seen.text.contains("読みました"));
    let version = it.view().plan.unwrap().versions[0].id.to_string();
    let answered = wait(patient.post(&own, &[("version", &version), ("answer", "read")]));
    assert_eq!(answered.location.as_deref(), Some(own.as_str()), "{}", answered.text);
    assert!(wait(patient.get(&format!("{own}.pdf"))).text.contains("歯周病の経過観察"));
    assert!(wait(fresh.get(&format!("{path}.pdf"))).text.contains("歯周病の経過観察"));
    assert!(wait(fresh.get(&format!("/patients/{}/plans", it.patient))).text.contains("患者さんが読みました"));
    assert_eq!(wait(patient.get(&path)).status.as_u16(), 404);
}
