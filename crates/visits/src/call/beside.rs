//! What is at hand beside the picture (OV-204): questionnaire, plan and chart, each a part of the doctor's page of a call.
//! The parts are fetched when they are opened, so that nothing is on record as seen that nobody looked at. The call goes on
//! in the same window; what is written into the chart is kept as its draft.

use kernel::{BookingId, Lang, clause};
use maud::{Markup, html};
use people::access::{Access, Act, Class};
use web::look;
use web::{Answer, Asked, Door, Path, Routes};

use super::panel;
use crate::booking::store::read_one;
use crate::{arrival, device_test, plan, questionnaire};

/// The parts' addresses; the chart's is the chart's own.
pub(crate) fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/bookings/{booking}/call/questionnaire", answers).get(
        Door::Staff,
        "/bookings/{booking}/call/plan",
        the_plan,
    )
}

/// The right side of a running call: what the call itself needs, and the papers behind tabs.
pub(crate) fn tabs(lang: Lang, booking: BookingId, first: Markup) -> Markup {
    clause!("OV-204");
    let base = format!("/bookings/{booking}");
    let papers = [
        ("questionnaire", lang.t("問診", "Questionnaire"), format!("{base}/call/questionnaire"), false),
        ("plan", lang.t("計画", "Plan"), format!("{base}/call/plan"), false),
        ("chart", lang.t("記録", "Chart"), format!("{base}/chart/panel"), true),
    ];
    html! {
        haruka-tabs label=(lang.t("診察の画面", "This visit")) {
            section data-tab=(lang.t("診察", "Visit")) { (first) }
            @for (name, words, src, keeps) in &papers {
                section data-tab=(words) data-page={ (base) "/" (name) } {
                    haruka-panel src=(src) home={ (base) "/" (name) } keeps[*keeps] {
                        // Until it is there, and where it cannot be fetched: another window, so that the call goes on.
                        p { a href={ (base) "/" (name) } target="_blank" rel="noopener" { (words) (panel::new_window(lang)) } }
                    }
                }
            }
        }
    }
}

/// The answers, where the patient is, and how the devices were.
async fn answers(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (answered, symptoms, arrived, tested) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let found = read_one(tx, booking)?;
            Access::new("questionnaire.view", Act::View, Class::Questionnaire)
                .on("booking", booking)
                .of(found.patient)
                .require(tx, ctx)?;
            let answered = questionnaire::store::sent(tx, booking)?;
            // The list as it was asked, whatever it has become since.
            let edition = answered.as_ref().map_or("", |it| it.symptom_edition.as_str());
            let symptoms = crate::symptom_list::store::of_edition(tx, ctx, edition)?;
            Ok((answered, symptoms, arrival::store::newest(tx, booking)?, device_test::store::newest(tx, booking)?))
        })
        .await?;
    let lang = asked.lang();
    Ok(Answer::part(html! {
        h2 { (lang.t("問診の答え", "Answers of the questionnaire")) }
        @match &answered {
            Some(answered) => (questionnaire::pages::panel(&asked, answered, &symptoms)),
            None => (look::empty(lang.t("まだ送られていません。", "Not sent yet."))),
        }
        h2 { (lang.t("受付", "Check-in")) }
        (arrival::pages::panel(&asked, arrived.as_ref()))
        @if let Some(tested) = &tested { (device_test::pages::summary(&asked, tested)) }
    }))
}

/// The plan in force.
async fn the_plan(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| plan::store::view(tx, ctx, booking)).await?;
    let lang = asked.lang();
    let path = format!("/bookings/{booking}/plan");
    Ok(Answer::part(html! {
        h2 { (lang.t("診療計画", "Treatment plan")) }
        (plan::pages::panel(lang, &view))
        p { a href=(path) target="_blank" rel="noopener" { (lang.t("計画を変える", "Change the plan")) (panel::new_window(lang)) } }
    }))
}
