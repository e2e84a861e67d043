//! An online visit, in the order it happens: booking, questionnaire, first-visit path, consent, plan, device test, arrival,
//! call, chart, feedback; and the two homes, the staff's day and the patient's next step.
//!
//! A visit is its booking: every later noun hangs on a [`kernel::BookingId`]. What has its own who and when is a row of its own.

pub mod arrival;
pub mod booking;
pub mod call;
pub mod chart;
pub mod consent;
pub mod day;
pub mod demo;
pub mod device_test;
pub mod doctor;
pub mod evidence;
pub mod feasibility;
pub mod feedback;
pub mod first_visit;
pub mod front;
pub mod home;
pub mod identity;
pub mod in_person;
pub mod language;
pub mod paper;
pub mod plan;
pub mod policy;
pub mod questionnaire;
pub mod referral;
pub mod slot;
pub mod standing;
pub mod symptom_list;
pub mod third;

/// Migrations of this room's tables.
pub const MIGRATIONS: &[db::Migration] = &[
    db::Migration { id: "20261121-30-booking", sql: include_str!("../migrations/20261121-30-booking.sql") },
    db::Migration { id: "20261121-34-questionnaire", sql: include_str!("../migrations/20261121-34-questionnaire.sql") },
    db::Migration { id: "20261121-36-first-visit", sql: include_str!("../migrations/20261121-36-first-visit.sql") },
    db::Migration { id: "20261121-38-consent", sql: include_str!("../migrations/20261121-38-consent.sql") },
    db::Migration { id: "20261121-39-storage", sql: include_str!("../migrations/20261121-39-storage.sql") },
    db::Migration { id: "20261121-40-plan", sql: include_str!("../migrations/20261121-40-plan.sql") },
    db::Migration { id: "20261121-44-arrival", sql: include_str!("../migrations/20261121-44-arrival.sql") },
    db::Migration { id: "20261121-50-call", sql: include_str!("../migrations/20261121-50-call.sql") },
    db::Migration { id: "20261121-51-identity", sql: include_str!("../migrations/20261121-51-identity.sql") },
    db::Migration { id: "20261121-52-feasibility", sql: include_str!("../migrations/20261121-52-feasibility.sql") },
    db::Migration { id: "20261121-53-third-person", sql: include_str!("../migrations/20261121-53-third-person.sql") },
    db::Migration { id: "20261121-54-visit-end", sql: include_str!("../migrations/20261121-54-visit-end.sql") },
    db::Migration { id: "20261121-55-chart", sql: include_str!("../migrations/20261121-55-chart.sql") },
    db::Migration {
        id: "20261121-56-further-policy",
        sql: include_str!("../migrations/20261121-56-further-policy.sql"),
    },
    db::Migration { id: "20261121-57-feedback", sql: include_str!("../migrations/20261121-57-feedback.sql") },
    db::Migration { id: "20261121-58-referral", sql: include_str!("../migrations/20261121-58-referral.sql") },
    db::Migration {
        id: "20261121-59-in-person-care",
        sql: include_str!("../migrations/20261121-59-in-person-care.sql"),
    },
    db::Migration { id: "20261121-60-symptom-list", sql: include_str!("../migrations/20261121-60-symptom-list.sql") },
    db::Migration { id: "20261121-61-paper-refusal", sql: include_str!("../migrations/20261121-61-paper-refusal.sql") },
    db::Migration {
        id: "20261121-62-patient-language",
        sql: include_str!("../migrations/20261121-62-patient-language.sql"),
    },
];

/// All pages of this room.
#[must_use]
pub fn routes() -> web::Routes {
    web::Routes::new()
        .and(front::routes())
        .and(booking::pages::routes())
        .and(slot::pages::routes())
        .and(day::pages::routes())
        .and(home::pages::routes())
        .and(questionnaire::pages::routes())
        .and(questionnaire::builder::routes())
        .and(symptom_list::pages::routes())
        .and(in_person::pages::routes())
        .and(language::pages::routes())
        .and(first_visit::pages::routes())
        .and(consent::pages::routes())
        .and(plan::pages::routes())
        .and(device_test::pages::routes())
        .and(arrival::pages::routes())
        .and(paper::pages::routes())
        .and(doctor::routes())
        .and(call::pages::routes())
        .and(call::patient::routes())
        .and(identity::pages::routes())
        .and(feasibility::pages::routes())
        .and(third::pages::routes())
        .and(chart::pages::routes())
        .and(chart::beside_routes())
        .and(chart::summary_routes())
        .and(policy::pages::routes())
        .and(referral::pages::routes())
        .and(feedback::pages::routes())
        .and(feedback::quality_routes())
        .and(feedback::staff_routes())
}
