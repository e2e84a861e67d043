//! The thread on a reading's page: what was asked and answered, and the form for the next word.

use axum::extract::Path;
use kernel::{Lang, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::Side;
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Filled, Routes};

use super::{Form, Said, store, waits_for};
use crate::request::RequestId;
use crate::request::pages::page;
use crate::request::{Request, State};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/readings/{reading}/inquiry", say)
}

/// The thread, and the form for whoever may write. `is_mine` says that the person who looks has the case.
pub(crate) fn part(asked: &Asked, request: &Request, thread: &[Said], is_mine: bool, back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let runs = !matches!(request.state(), State::Returned | State::Withdrawn);
    let writes = runs && may(asked, Act::Write, Class::Images) && (request.side == Side::Asks || is_mine);
    let waits = waits_for(thread);
    let entries: Vec<(String, Markup)> = thread.iter().map(|it| (time::show(it.at, lang), said(it, lang))).collect();
    html! { @if writes || !thread.is_empty() { (look::section(lang.t("質問と返事（疑義照会）", "Questions and answers"), html! {
        @if waits == Some(request.side) {
            (look::notice(lang, Tone::Warn, lang.t("相手の施設が返事を待っています", "The other facility waits for an answer"), html! {}))
        } @else if waits.is_some() {
            p { (look::badge(Tone::Info, lang.t("返事を待っています", "Waiting for an answer"))) }
        }
        @if !entries.is_empty() { (look::timeline(&entries)) }
        @if writes { (form(asked, request, waits == Some(request.side), back)) }
    })) } }
}

fn said(it: &Said, lang: Lang) -> Markup {
    let side = match it.side {
        Side::Asks => lang.t("依頼元", "who asked"),
        Side::Serves => lang.t("読影側", "who reads"),
    };
    html! {
        strong { (it.content.name) } "（" (side) "）"
        @if it.content.asks { " " (look::badge(Tone::Info, lang.t("質問", "Question"))) }
        br; span.lines { (it.content.text) }
    }
}

fn form(asked: &Asked, request: &Request, is_asked: bool, back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let usual = Filled::empty().with("asks", if is_asked { "no" } else { "yes" });
    let filled = back.filter(|it| !it.get("asks").is_empty() || it.fault("said").is_some()).unwrap_or(&usual);
    let (title, label) = if is_asked {
        (lang.t("返事を書く", "Answer"), lang.t("返事", "The answer"))
    } else {
        (lang.t("質問を送る", "Ask something"), lang.t("質問・伝えたいこと", "The question, or what is to be said"))
    };
    let body = look::form(
        asked,
        &format!("/readings/{}/inquiry", request.id),
        html! {
            (look::area(lang, filled, "said", label, None).rows(3))
            (look::choice(lang, filled, "asks", lang.t("返事", "An answer"), &[("yes", lang.t("返事がほしい", "is awaited")), ("no", lang.t("返事は不要", "is not needed"))]))
            (look::submit(lang.t("相手の施設に送る", "Send it to the other facility")))
        },
    );
    if is_asked {
        html! { h3 { (title) } (body) }
    } else {
        look::details(title, body)
    }
}

async fn say(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    match Form::parse(&fields) {
        Err(faults) => page(&asked, reading, None, Some(&fields.again(faults)), 422).await,
        Ok(form) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::say(tx, ctx, reading, &form).map(|()| format!("/readings/{reading}"))
                })
                .await
        }
    }
}
