//! What the visits of a facility show about the clauses: each noun's own evidence, and counts of rows for those whose rule
//! leaves no other way. `safety` is handed [`ALL`] by `app`.

use db::Tx;
use guidelines::ClauseId;
use guidelines::compliance::{Evidence, Status};
use kernel::{Ctx, Result, Words, clause};

use crate::{call, chart, consent, feedback, in_person, paper, plan, symptom_list};

/// What a noun knows about clauses at the facility of the act.
pub type EvidenceOf = fn(&mut Tx<'_>, &Ctx) -> Result<Vec<Evidence>>;

/// The evidence of this room.
pub const ALL: &[EvidenceOf] = &[
    counts,
    consent::store::evidence,
    plan::store::evidence,
    call::evidence::evidence,
    chart::store::evidence,
    feedback::store::evidence,
    in_person::store::evidence,
    symptom_list::evidence,
    paper::store::evidence,
];

/// Clauses that a gate keeps: the rows say how often it was done. Before the first of them nobody knows.
static COUNTS: [(&[&str], &str, Words); 6] = [
    (
        &["OV-166"],
        "SELECT count(*) AS count, max(tested_at) AS newest FROM device_test WHERE facility_id = ?1",
        Words::new(
            "予約のリンクから何度でも試せ、結果が予約に残ります。",
            "Repeatable from the booking's link; results are kept with it.",
        ),
    ),
    (
        &["OV-210"],
        "SELECT count(*) AS count, max(stated_at) AS newest FROM arrival WHERE facility_id = ?1",
        Words::new(
            "受付で場所をたずね、適さない場所では診察に進めません。",
            "Asked at check-in; an unsuitable place stops the visit.",
        ),
    ),
    (
        &["SY-06"],
        "SELECT count(*) AS count, max(booked_at) AS newest FROM booking WHERE facility_id = ?1",
        Words::new(
            "二重の予約は仕組みで防がれ、前もってお知らせが届きます。",
            "Double bookings are impossible; reminders go out by themselves.",
        ),
    ),
    (
        &["SY-20"],
        "SELECT count(*) AS count, max(ended_at) AS newest FROM visit_end WHERE facility_id = ?1",
        Words::new("予約から次の予約まで、一つの流れで進みます。", "From booking to the next booking in one flow."),
    ),
    (
        &["OV-112"],
        "SELECT count(*) AS count, max(decided_at) AS newest FROM first_visit WHERE facility_id = ?1",
        Words::new(
            "初診の根拠が決まるまで、診察は始まりません。",
            "A first visit does not start before its ground is decided.",
        ),
    ),
    (
        &["OV-131"],
        "SELECT count(*) AS count, max(told_at) AS newest FROM further_policy WHERE facility_id = ?1",
        Words::new(
            "初診の診察は、これからの方針を伝えた記録がないと閉じられません。",
            "A first visit cannot be closed without its record.",
        ),
    ),
];

fn counts(tx: &mut Tx<'_>, _ctx: &Ctx) -> Result<Vec<Evidence>> {
    clause!("OV-305", "CS-141");
    let mut found = Vec::new();
    for (clauses, sql, words) in &COUNTS {
        let (count, newest) = tx.counted(sql)?;
        let status = if count == 0 { Status::Unknown } else { Status::Met };
        found.extend(clauses.iter().map(|id| Evidence::new(ClauseId::new(id), status, count, newest, words.clone())));
    }
    Ok(found)
}
