//! How far a visit has come, for the patient's home and the staff's day: one line per step, each asked of its own noun.

use std::collections::{HashMap, HashSet};

use db::Tx;
use guidelines::call::{ConsentState, Explanation, PlanState, SymptomState, VisitBasis};
use guidelines::place::{self, Statement};
use kernel::{BookingId, PatientId, Result, Words};
use people::patient::Patient;

use crate::booking::{Booking, Form};
use crate::{arrival, consent, device_test, first_visit, in_person, plan, questionnaire};

/// One step of an online visit on the patient's side.
#[derive(Debug, Clone)]
pub struct Step {
    /// Last part of its address (`/visits/{booking}/{key}`).
    pub key: &'static str,
    /// What is to be done.
    pub words: Words,
    /// Why, in one sentence.
    pub why: Words,
    /// Whether it is done.
    pub done: bool,
}

/// What the clinic itself has to do before the call of a visit.
#[derive(Debug, Clone)]
pub struct Task {
    /// What.
    pub words: Words,
    /// Where.
    pub href: String,
    /// It does not wait.
    pub urgent: bool,
}

/// What the nouns before the call say about some visits. Each is asked once for all of them; what it means for one visit is
/// then a matter of looking.
#[derive(Debug, Default)]
pub struct Standing {
    symptoms: HashMap<BookingId, SymptomState>,
    consents: HashMap<BookingId, consent::store::Facts>,
    plans: plan::store::Standings,
    tested: HashSet<BookingId>,
    arrived: HashMap<BookingId, Statement>,
    decided: HashMap<BookingId, first_visit::Decided>,
    in_person: HashSet<PatientId>,
}

/// Asks about these visits, whose `patients` the caller has read; those in person have nothing before them. The caller has
/// made its own [`people::access::Access`].
///
/// # Errors
/// The database's.
pub fn ask<'a>(
    tx: &mut Tx<'_>,
    bookings: impl IntoIterator<Item = &'a Booking>,
    patients: &HashMap<PatientId, Patient>,
) -> Result<Standing> {
    let online: Vec<&Booking> = bookings.into_iter().filter(|it| it.visit_type.form == Form::Online).collect();
    let ids: Vec<BookingId> = online.iter().map(|it| it.id).collect();
    Ok(Standing {
        symptoms: questionnaire::store::states(tx, &ids)?,
        consents: consent::store::facts_of(tx, &online, patients)?,
        plans: plan::store::standings(tx, &online)?,
        tested: device_test::store::tested(tx, &ids)?,
        arrived: arrival::store::statements(tx, &ids)?,
        decided: first_visit::store::newest_of(tx, &ids)?,
        in_person: in_person::store::decided(tx, online.iter().map(|it| it.patient))?,
    })
}

impl Standing {
    /// The steps before the call, in order. None for a visit in person.
    #[must_use]
    pub fn steps(&self, booking: &Booking) -> Vec<Step> {
        if booking.visit_type.form == Form::InPerson {
            return Vec::new();
        }
        STEPS
            .iter()
            // A plan that nobody has made is no step of the patient's, and not done either.
            .filter(|(key, ..)| *key != "plan" || self.plans.is_there(booking))
            .map(|(key, words, why, done)| Step {
                key,
                words: words.clone(),
                why: why.clone(),
                done: done(self, booking),
            })
            .collect()
    }

    /// What is open on the clinic's side of an online visit that is still ahead, the urgent first.
    #[must_use]
    pub fn desk(&self, booking: &Booking) -> Vec<Task> {
        if booking.visit_type.form == Form::InPerson || booking.cancelled_at.is_some() || booking.absent_at.is_some() {
            return Vec::new();
        }
        let mut tasks = Vec::new();
        let mut open = |words: Words, href: String, urgent: bool| tasks.push(Task { words, href, urgent });
        let base = format!("/bookings/{}", booking.id);
        if let Some(SymptomState::WaitsForDoctor { urgent }) = self.symptoms.get(&booking.id) {
            open(Words::new("症状の判断", "Decide on the symptoms"), format!("{base}/questionnaire"), *urgent);
        }
        let plan = || self.plans.state(booking, booking.doctor);
        match first_visit::basis(self.decided.get(&booking.id), plan) {
            VisitBasis::Undecided => {
                open(Words::new("初診かどうか", "First visit or not"), format!("{base}/path"), false);
            }
            VisitBasis::FirstVisit(None) => {
                open(Words::new("初診の進め方", "Path of the first visit"), format!("{base}/path"), false);
            }
            VisitBasis::UnderPlan(PlanState::Missing | PlanState::Incomplete(_)) => {
                open(Words::new("診療計画", "Treatment plan"), format!("{base}/plan"), false);
            }
            _ => {}
        }
        if !self.in_person.contains(&booking.patient) {
            let href = format!("/patients/{}/in-person?booking={}", booking.patient, booking.id);
            open(Words::new("対面の受診先", "Where to be seen in person"), href, false);
        }
        tasks
    }

    fn has_consented(&self, booking: &Booking) -> bool {
        let facts = self.consents.get(&booking.id);
        facts.is_some_and(|it| it.consent == ConsentState::InForce && it.explanation == Explanation::Given)
    }

    /// Arrived at a place where the visit may be held.
    fn has_arrived(&self, booking: &Booking) -> bool {
        self.arrived.get(&booking.id).is_some_and(|it| place::judge(it).is_ok())
    }
}

type Done = fn(&Standing, &Booking) -> bool;

/// The steps: each noun adds its own line, in the order in which patients meet them.
static STEPS: &[(&str, Words, Words, Done)] = &[
    (
        "questionnaire",
        Words::new("問診", "Questionnaire"),
        Words::new(
            "症状や薬についてうかがいます。5分ほどです。",
            "About your symptoms and medicines; about five minutes.",
        ),
        |it, booking| it.symptoms.contains_key(&booking.id),
    ),
    (
        "consent",
        Words::new("説明と同意", "Explanation and consent"),
        Words::new(
            "オンライン診療の説明を読み、同意していただきます。5分ほどです。",
            "Read about online visits and give your consent; about five minutes.",
        ),
        Standing::has_consented,
    ),
    (
        "plan",
        Words::new("診療計画の確認", "The treatment plan"),
        Words::new("担当医が作った計画を読んでいただきます。", "Read the plan that your doctor has made."),
        |it, booking| it.plans.is_done(booking),
    ),
    (
        "test",
        Words::new("機器の確認", "Device test"),
        Words::new(
            "カメラ・マイク・通信を確かめます。3分ほどです。",
            "Camera, microphone and connection; about three minutes.",
        ),
        |it, booking| it.tested.contains(&booking.id),
    ),
    (
        "arrival",
        Words::new("受付", "Check in"),
        Words::new("いまいる場所と、飲んでいる薬をうかがいます。", "Where you are now, and which medicines you take."),
        Standing::has_arrived,
    ),
];
