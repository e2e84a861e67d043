//! What patients have said, for the staff: of one visit, and of a period.

use axum::extract::Query;
use kernel::{BookingId, Lang, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look;
use web::{Asked, Door, Filled, Path, Routes};

use super::quality_pages::Period;
use super::{ANSWERS, Feedback, QUESTIONS, store};

/// Routes of the staff's side.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/bookings/{booking}/feedback", one).get(Door::Staff, "/quality/voices", voices)
}

fn answer(at: i64, lang: Lang) -> &'static str {
    ANSWERS.iter().find(|it| it.1 == at).map_or("—", |it| it.2.in_lang(lang))
}

async fn one(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let given = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, booking)).await?;
    let lang = asked.lang();
    let body = html! {
        @match &given {
            None => (look::empty(lang.t("この診療の感想はまだ届いていません。", "The patient has not said anything about this visit yet."))),
            Some(it) => (said(it, lang)),
        }
        (look::link_quiet(&format!("/bookings/{booking}"), lang.t("予約へ戻る", "Back to the booking")))
    };
    Ok(asked.page(&Words::new("患者の声", "What the patient says"), body))
}

fn said(it: &Feedback, lang: Lang) -> Markup {
    let facts: Vec<(&str, Markup)> = QUESTIONS
        .iter()
        .zip(it.answers)
        .map(|((_, words), at)| (words.in_lang(lang), html! { (answer(at, lang)) "（" (at) "/5）" }))
        .collect();
    html! {
        @if !it.comment.is_empty() { blockquote.lines { (it.comment) } }
        (look::facts(&facts))
        @if let Some(at) = it.given_at { p { small { (lang.t("受け取った日時", "Received")) " " (time::show(at, lang)) } } }
    }
}

async fn voices(asked: Asked, Query(period): Query<Period>) -> web::Result {
    let (from, to) = period.days(&asked);
    let all = asked.site.write(&asked.ctx, move |tx, ctx| store::voices(tx, ctx, from, to)).await?;
    let lang = asked.lang();
    let filled = Filled::empty().with("from", from.to_string()).with("to", to.to_string());
    let with_words: Vec<_> = all.iter().filter(|it| !it.feedback.comment.is_empty()).collect();
    let body = html! {
        (look::search_form("/quality/voices", html! {
            (look::text_input(lang, &filled, "from", lang.t("はじめの日", "From"), None).kind("date"))
            (look::text_input(lang, &filled, "to", lang.t("おわりの日", "To"), None).kind("date"))
            (look::search_button(lang.t("表示する", "Show")))
        }))
        p { (lang.t(
            format!("感想{}件、そのうちご意見・ご要望が書かれたもの{}件。", all.len(), with_words.len()),
            format!("{} answers, {} of them with words.", all.len(), with_words.len())
        )) }
        @if with_words.is_empty() { (look::empty(lang.t("この期間に書かれたご意見はありません。", "Nobody has written anything in this period."))) }
        @for it in with_words {
            (look::section(&time::show(it.starts_at, lang), html! {
                blockquote.lines { (it.feedback.comment) }
                p { small { (lang.t("答え（5点満点）", "Answers of 5")) ": " (it.feedback.answers.map(|it| it.to_string()).join(" / ")) } }
                (look::link_quiet(&format!("/bookings/{}", it.booking), lang.t("この診療の予約を開く", "Open this booking")))
            }))
        }
        @if may(&asked, Act::View, Class::Administration) {
            (look::link_quiet(&format!("/quality?from={from}&to={to}"), lang.t("診療の質の数値へ", "To the quality figures")))
        }
    };
    Ok(asked.page(&Words::new("患者の声", "What patients say"), body))
}
