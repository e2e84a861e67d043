//! The plan on the patient's side, to be read and saved at any time; and the panel beside the call.

use guidelines::call::{DoctorInPlan, PlanState};
use guidelines::plan::{Part, missing_words};
use kernel::{BookingId, Error, Lang, RowId, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Asked, Door, Faults, Fields, Path, Routes};

use super::store::{self, Answer, View};
use super::{Plan, Version, changes, paper};
use crate::consent::pages::file;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Patient, "/visits/{booking}/plan", show)
        .post(Door::Patient, "/visits/{booking}/plan", answer)
        .post(Door::Patient, "/visits/{booking}/plan/substitute", accept)
        .get(Door::Patient, "/visits/{booking}/plan.pdf", print)
        .and(super::staff_pages::routes())
}

/// The plan of a visit, seen by the person who acts.
async fn view(asked: &Asked, booking: BookingId) -> kernel::Result<View> {
    asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, booking)).await
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let view = view(&asked, booking).await?;
    let lang = asked.lang();
    let base = format!("/visits/{}", view.booking.id);
    let body = html! {
        @match view.plan.as_ref().and_then(|plan| plan.newest().map(|it| (plan, it))) {
            Some((plan, version)) => {
                @if let Some(proposed) = plan.waiting() { (proposal(&asked, &view, version, proposed)) }
                (substitute(&asked, &view))
                (one(lang, &view, plan, version))
                @if version.read_at.is_none() { (look::form(&asked, &format!("{base}/plan"), html! {
                    (look::hidden("version", &version.id.to_string())) (look::hidden("answer", Answer::Read.key()))
                    (look::submit(lang.t("読みました", "I have read it")))
                })) }
                (look::page_actions(html! {
                    (look::link_quiet(&format!("{base}/plan.pdf"), lang.t("保存する（PDF）", "Save (PDF)")))
                    (look::link_quiet(&base, lang.t("予約の画面へ", "Back to the visit")))
                }))
                @if plan.versions.len() > 1 { (look::details(lang.t("これまでの版", "Earlier versions"), history(lang, plan))) }
            }
            None => {
                (look::empty(lang.t(
                    "診療計画はまだありません。初めての診療の後に、担当医が今後の進め方をお伝えします。",
                    "There is no plan yet. After the first visit the doctor tells you how it goes on."
                )))
                p { (look::link_quiet(&base, lang.t("予約の画面へ", "Back to the visit"))) }
            }
        }
    };
    Ok(asked.page(&Words::new("診療計画", "Treatment plan"), body))
}

fn one(lang: Lang, view: &View, plan: &Plan, version: &Version) -> Markup {
    html! {
        (look::facts(&[
            (lang.t("担当", "Doctors"), html! { (paper::named(version, &view.doctors)) }),
            (lang.t("確定した日時", "Finalised"), html! { (time::show(version.finalised_at, lang)) }),
            (lang.t("版", "Version"), html! { (version.number) }),
        ]))
        @if let Some(day) = plan.completed_on { p { (lang.t("オンライン診療を終えた日", "Online care completed on")) ": " (time::show_day(day, lang)) } }
        @for (index, part) in Part::ALL.into_iter().enumerate() {
            (look::section(&format!("{}. {}", index + 1, part.title().in_lang(lang)), written(version.content.part(part))))
        }
    }
}

/// A text with its own line breaks.
pub(crate) fn written(text: &str) -> Markup {
    html! { @for line in text.lines() { p { (line) } } }
}

fn proposal(asked: &Asked, view: &View, now: &Version, proposed: &Version) -> Markup {
    let lang = asked.lang();
    html! {
        (look::notice(lang, Tone::Warn, lang.t("計画の変更のご確認", "A change of the plan for you to decide"), html! {
            p { (lang.t(
                "新しい担当医が計画の変更を提案しています。あなたが同意するまで、いまの計画のままです。",
                "A new doctor proposes a change. The plan stays as it is unless you agree."
            )) }
            @if !proposed.content.reason.is_empty() { p { (lang.t("理由", "Why")) ": " (proposed.content.reason) } }
            (difference(lang, now, proposed))
            (look::form(asked, &format!("/visits/{}/plan", view.booking.id), html! {
                (look::hidden("version", &proposed.id.to_string())) (look::hidden("answer", Answer::Agreed.key()))
                (look::submit(lang.t("変更に同意する", "I agree to the change")))
            }))
        }))
    }
}

/// What one version changed against another, part by part.
pub(crate) fn difference(lang: Lang, before: &Version, after: &Version) -> Markup {
    let changed = changes(&before.content, &after.content);
    html! {
        @if changed.is_empty() { p { (lang.t("本文の変更はありません。", "The text did not change.")) } }
        @for it in &changed {
            section.change {
                p { strong { (it.part.title().in_lang(lang)) } }
                p { (lang.t("変更前", "Before")) } del { (written(&it.before)) }
                p { (lang.t("変更後", "After")) } ins { (written(&it.after)) }
            }
        }
    }
}

/// All versions of a plan, newest first, each with what it changed.
pub(crate) fn history(lang: Lang, plan: &Plan) -> Markup {
    let entries: Vec<(String, Markup)> = plan
        .versions
        .iter()
        .enumerate()
        .map(|(index, it)| {
            let what = html! {
                p { (lang.t("版", "Version")) " " (it.number)
                    @if !it.counts() { " " (look::badge(Tone::Warn, lang.t("患者さんの同意待ち", "Waits for the patient"))) }
                }
                @if !it.content.reason.is_empty() { p { (lang.t("変更の理由", "Why")) ": " (it.content.reason) } }
                @if let Some(before) = plan.versions.get(index + 1) {
                    (look::details(lang.t("変わったところ", "What changed"), difference(lang, before, it)))
                }
                (look::details(lang.t("この版の全文", "The whole version"), html! {
                    @for part in Part::ALL { h3 { (part.title().in_lang(lang)) } (written(it.content.part(part))) }
                }))
            };
            (time::show(it.finalised_at, lang), what)
        })
        .collect();
    look::timeline(&entries)
}

fn substitute(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let named = matches!(view.state, PlanState::InForce(DoctorInPlan::Named));
    html! {
        @if matches!(view.state, PlanState::InForce(_)) && !named {
            (look::notice(lang, Tone::Info, lang.t("今回は計画に載っていない担当医が診ます", "This time a doctor sees you whom the plan does not name"), html! {
                @if view.substitute.patient_agreed { p { (lang.t("代わりの担当医に同意いただいています。", "You have agreed to the substitute.")) } }
                @else {
                    p { (lang.t("差し支えなければ同意してください。待ちたいときは、予約を変更できます。", "Please agree if that is fine with you. If you would rather wait, change the booking.")) }
                    (look::form(asked, &format!("/visits/{}/plan/substitute", view.booking.id), look::submit(lang.t("代わりの担当医に同意する", "I agree to the substitute"))))
                }
            }))
        }
    }
}

async fn answer(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let version: RowId = fields.id("version")?;
    let answer = fields.one_of("answer", &Answer::keys(), &mut Faults::default());
    let answer = answer.ok_or_else(|| Error::not_found("no such answer"))?;
    asked
        .act(&fields, move |tx, ctx| {
            store::answer(tx, ctx, booking, version, answer)?;
            Ok(format!("/visits/{booking}/plan"))
        })
        .await
}

async fn accept(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    asked
        .act(&fields, move |tx, ctx| {
            store::accept_substitute(tx, ctx, booking)?;
            Ok(format!("/visits/{booking}/plan"))
        })
        .await
}

async fn print(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    print_of(&asked, booking).await
}

/// The paper of the plan of a booking's patient, for either side.
pub(crate) async fn print_of(asked: &Asked, booking: BookingId) -> web::Result {
    let view = view(asked, booking).await?;
    let plan = view.plan.as_ref().ok_or_else(|| Error::not_found("no plan yet"))?;
    let version = plan.newest().ok_or_else(|| Error::not_found("no version counts yet"))?;
    let document =
        paper::of_plan(&view.facility, &view.patient, plan, version, &view.doctors, asked.lang(), asked.large);
    file(asked, document, "診療計画.pdf").await
}

/// The plan beside the picture of the call.
#[must_use]
pub fn panel(lang: Lang, view: &View) -> Markup {
    html! {
        @match &view.state {
            PlanState::Missing => p { (look::badge(Tone::Info, lang.t("有効な計画はありません", "No plan in force"))) },
            PlanState::Incomplete(parts) => p { (look::badge(Tone::Warn, missing_words(parts).in_lang(lang))) },
            PlanState::InForce(DoctorInPlan::Named) => {},
            PlanState::InForce(_) => p { (look::badge(Tone::Warn, lang.t("この担当医は計画に載っていません", "The plan does not name this doctor"))) },
        }
        @if let Some(version) = view.plan.as_ref().and_then(Plan::in_force) {
            @for part in Part::ALL { (look::details(part.title().in_lang(lang), written(version.content.part(part)))) }
        }
        p { (look::link_quiet(&format!("/bookings/{}/plan", view.booking.id), lang.t("診療計画を開く", "Open the plan"))) }
    }
}
