//! Where a signed report went: a part of the request's page at the facility that asked.

use axum::extract::Path;
use kernel::{Lang, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::Side;
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Routes};

use super::store::{self, Line, Sending};
use crate::request::Request;
use crate::request::RequestId;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/readings/{reading}/send", send_again)
}

/// Where the versions of the report went.
pub(crate) fn part(asked: &Asked, request: &Request, lines: &[Line]) -> Markup {
    let lang = asked.lang();
    if request.side != Side::Asks || lines.is_empty() {
        return html! {};
    }
    let rows: Vec<Vec<Markup>> = lines.iter().map(|line| row(line, lang)).collect();
    let heads =
        lang.t(["形式", "画像とともに保管", "PACSへの送信"], ["Form", "Kept with the images", "Sent to the archive"]);
    let nowhere = lines.iter().all(|it| it.sendings.is_empty());
    let open = nowhere || lines.iter().flat_map(|it| &it.sendings).any(|it| it.stored_at.is_none());
    look::section(
        lang.t("PACSへの送信（DICOM）", "Sent as DICOM"),
        html! {
            (look::table(lang.t("報告書の送り先", "Where the report went"), &heads, &rows))
            @if nowhere {
                p { (lang.t("報告書を受け取るPACSが登録されていません。登録は、サーバーを管理する人に頼んでください。登録のあと、下のボタンで送れます。",
                    "No archive is registered that takes reports. Ask whoever runs the server; then send with the button below.")) }
            }
            @if open && may(asked, Act::Write, Class::Images) {
                (look::form(asked, &format!("/readings/{}/send", request.id), look::submit(lang.t("いま送る", "Send now"))))
            }
        },
    )
}

fn row(line: &Line, lang: Lang) -> Vec<Markup> {
    vec![
        html! { (line.object.kind.words().in_lang(lang)) },
        html! { @match line.object.kept_at {
            Some(at) => { (time::show(at, lang)) },
            None => (look::badge(Tone::Info, lang.t("準備中", "Being written"))),
        } },
        html! {
            @if line.sendings.is_empty() { "—" }
            @for it in &line.sendings { p { (it.station) " " (sending(it, lang)) } }
        },
    ]
}

fn sending(it: &Sending, lang: Lang) -> Markup {
    html! {
        @match (it.stored_at, it.last, it.next_try_at) {
            (Some(at), _, _) => { (look::badge(Tone::Good, lang.t("送信済み", "Sent"))) " " (time::show(at, lang)) },
            (None, _, None) => (look::badge(Tone::Info, lang.t("送り先の登録が終わっている", "Registration ended"))),
            (None, None, Some(_)) => (look::badge(Tone::Info, lang.t("送信待ち", "Waiting"))),
            (None, Some((outcome, since)), Some(next)) => {
                (look::badge(Tone::Stop, lang.t("未送信", "Not sent"))) " " (outcome.words().in_lang(lang)) " · "
                (lang.t(format!("{}から", time::show(since, lang)), format!("since {}", time::show(since, lang)))) " · "
                (lang.t(format!("次は{}", time::show(next, lang)), format!("next try {}", time::show(next, lang))))
            },
        }
    }
}

async fn send_again(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    asked
        .act(&fields, move |tx, ctx| store::send_again(tx, ctx, reading).map(|()| format!("/readings/{reading}")))
        .await
}
