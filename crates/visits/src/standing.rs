//! How far a visit has come, for the patient's home and the staff's day: one line per step, each asked of its own noun.

use db::Tx;
use guidelines::call::{PlanState, SymptomState, VisitBasis};
use kernel::{Result, Words};

use crate::booking::{Booking, Form};

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

/// The steps before the call, in order. None for a visit in person.
///
/// # Errors
/// The database's.
pub fn steps(tx: &mut Tx<'_>, booking: &Booking) -> Result<Vec<Step>> {
    if booking.visit_type.form == Form::InPerson {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    for (key, words, why, done) in STEPS {
        // A plan that nobody has made is no step of the patient's, and not done either.
        if *key == "plan" && !crate::plan::store::is_there(tx, booking)? {
            continue;
        }
        steps.push(Step { key, words: words.clone(), why: why.clone(), done: done(tx, booking)? });
    }
    Ok(steps)
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

/// What is open on the clinic's side of an online visit that is still ahead, the urgent first.
///
/// # Errors
/// The database's.
pub fn desk(tx: &mut Tx<'_>, booking: &Booking) -> Result<Vec<Task>> {
    if booking.visit_type.form == Form::InPerson || booking.cancelled_at.is_some() || booking.absent_at.is_some() {
        return Ok(Vec::new());
    }
    let mut tasks = Vec::new();
    let mut open = |words: Words, href: String, urgent: bool| tasks.push(Task { words, href, urgent });
    let base = format!("/bookings/{}", booking.id);
    if let SymptomState::WaitsForDoctor { urgent } = crate::questionnaire::store::state(tx, booking)? {
        open(Words::new("症状の判断", "Decide on the symptoms"), format!("{base}/questionnaire"), urgent);
    }
    match crate::call::facts::basis(tx, booking, booking.doctor)? {
        VisitBasis::Undecided => open(Words::new("初診かどうか", "First visit or not"), format!("{base}/path"), false),
        VisitBasis::FirstVisit(None) => {
            open(Words::new("初診の進め方", "Path of the first visit"), format!("{base}/path"), false);
        }
        VisitBasis::UnderPlan(PlanState::Missing | PlanState::Incomplete(_)) => {
            open(Words::new("診療計画", "Treatment plan"), format!("{base}/plan"), false);
        }
        _ => {}
    }
    if crate::in_person::store::newest(tx, booking.patient)?.is_none() {
        let href = format!("/patients/{}/in-person?booking={}", booking.patient, booking.id);
        open(Words::new("対面の受診先", "Where to be seen in person"), href, false);
    }
    Ok(tasks)
}

type Done = fn(&mut Tx<'_>, &Booking) -> Result<bool>;

/// The steps: each noun adds its own line, in the order in which patients meet them.
static STEPS: &[(&str, Words, Words, Done)] = &[
    (
        "questionnaire",
        Words::new("問診", "Questionnaire"),
        Words::new(
            "症状や薬についてうかがいます。5分ほどです。",
            "About your symptoms and medicines; about five minutes.",
        ),
        crate::questionnaire::store::is_done,
    ),
    (
        "consent",
        Words::new("説明と同意", "Explanation and consent"),
        Words::new(
            "オンライン診療の説明を読み、同意していただきます。5分ほどです。",
            "Read about online visits and give your consent; about five minutes.",
        ),
        crate::consent::store::done,
    ),
    (
        "plan",
        Words::new("診療計画の確認", "The treatment plan"),
        Words::new("担当医が作った計画を読んでいただきます。", "Read the plan that your doctor has made."),
        crate::plan::store::done,
    ),
    (
        "test",
        Words::new("機器の確認", "Device test"),
        Words::new(
            "カメラ・マイク・通信を確かめます。3分ほどです。",
            "Camera, microphone and connection; about three minutes.",
        ),
        crate::device_test::store::is_done,
    ),
    (
        "arrival",
        Words::new("受付", "Check in"),
        Words::new("いまいる場所と、飲んでいる薬をうかがいます。", "Where you are now, and which medicines you take."),
        crate::arrival::store::is_done,
    ),
];
