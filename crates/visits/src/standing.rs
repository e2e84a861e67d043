//! How far a visit has come, for the patient's home and the staff's day: one line per step, each asked of its own noun.

use db::Tx;
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
        steps.push(Step { key, words: words.clone(), why: why.clone(), done: done(tx, booking)? });
    }
    Ok(steps)
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
