//! `/letters`: what did not arrive, and what to do about it.

use kernel::{Lang, RowId, Timestamp, Words, time};
use mail::To;
use maud::{Markup, html};
use web::{Asked, Door, Fields, Path, Routes, look};

use super::{store, why};
use crate::access::{Act, Class, may};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/letters", list).post(Door::Staff, "/letters/{letter}/retry", retry).post(
        Door::Staff,
        "/letters/{letter}/told",
        tell,
    )
}

struct Line<'a> {
    id: RowId,
    to: &'a To,
    subject: &'a str,
    about: Option<String>,
    at: Timestamp,
    why: Words,
    again: bool,
}

fn about(kind: &str, id: &str) -> Option<String> {
    (kind == "booking" || kind == "told").then(|| format!("/bookings/{id}"))
}

async fn list(asked: Asked) -> web::Result {
    let view = asked.site.write(&asked.ctx, store::view).await?;
    let lang = asked.lang();
    let failed = view.failed.iter().map(|it| Line {
        id: it.id,
        to: &it.to,
        subject: &it.subject,
        about: about(&it.about_kind, &it.about_id),
        at: it.failed_at,
        why: why(it.is_refused()),
        again: true,
    });
    let late = view.late.iter().map(|it| Line {
        id: it.id,
        to: &it.to,
        subject: &it.subject,
        about: about(&it.about_kind, &it.about_id),
        at: it.due_at,
        why: Words::new("送信を待っています。自動でもう一度送ります", "Waiting; it is tried again by itself"),
        again: false,
    });
    let rows: Vec<Vec<Markup>> = failed.chain(late).map(|it| row(&asked, lang, &it)).collect();
    let heads = lang.t(["宛先", "件名", "日時", "理由", "操作"], ["To", "Subject", "When", "Why", "Act"]);
    let body = html! {
        @if rows.is_empty() { (look::empty(lang.t("届いていないメールはありません。", "Every letter has arrived."))) }
        @else {
            p { (lang.t(
                "急ぎの用件は、患者さんに電話で伝えてください。伝えたら「電話で伝えた」を押してください。アドレスが違うときは、患者の情報を直してから、もう一度送ってください。",
                "Telephone the patient about what is urgent, then press “Told by telephone”. If the address is wrong, correct it at the patient, then book or send again."
            )) }
            (look::table_with_acts(may(&asked, Act::Write, Class::Identity), lang.t("届いていないメール", "Letters that did not arrive"), &heads, &rows))
        }
        (look::link_quiet("/day", lang.t("今日の予定へ", "To the day")))
    };
    Ok(asked.page(&Words::new("届いていないメール", "Letters that did not arrive"), body))
}

fn row(asked: &Asked, lang: Lang, it: &Line<'_>) -> Vec<Markup> {
    let path = |act: &str| format!("/letters/{}/{act}", it.id);
    vec![
        html! { (it.to.to_string()) },
        html! { (it.subject) @if let Some(about) = &it.about { br; (look::link_quiet(about, lang.t("予約を見る", "See the booking"))) } },
        html! { (time::show(it.at, lang)) },
        html! { (it.why.in_lang(lang)) },
        html! {
            @if it.again { (look::form(asked, &path("retry"), look::submit_named("act", "retry", lang.t("もう一度送る", "Send again")))) }
            (look::form(asked, &path("told"), look::submit_named("act", "told", lang.t("電話で伝えた", "Told by telephone"))))
        },
    ]
}

async fn retry(asked: Asked, Path(letter): Path<RowId>, fields: Fields) -> web::Result {
    asked.act(&fields, move |tx, ctx| store::retry(tx, ctx, letter).map(|()| "/letters".into())).await
}

async fn tell(asked: Asked, Path(letter): Path<RowId>, fields: Fields) -> web::Result {
    asked.act(&fields, move |tx, ctx| store::tell(tx, ctx, letter).map(|()| "/letters".into())).await
}
