//! Second readings on a reading's page, at the facility that reads only.

use axum::extract::Path;
use kernel::time;
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::agreement::Side;
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Filled, Routes};

use super::{Form, Grade, Second, store, unanswered};
use crate::report::store::Desk;
use crate::request::Request;
use crate::request::RequestId;
use crate::request::pages::page;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/readings/{reading}/second", keep)
}

/// What was said, what stands unanswered, and the form for another reader.
pub(crate) fn part(asked: &Asked, request: &Request, desk: &Desk, all: &[Second], back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let Some(newest) = desk.versions.first().filter(|_| request.side == Side::Serves) else { return html! {} };
    let number = newest.signed.number;
    let empty = Filled::empty();
    let filled = back.unwrap_or(&empty);
    let me = asked.ctx.who.staff();
    let said = all.iter().any(|it| Some(it.reader) == me && it.number == number);
    let may_read = may(asked, Act::Write, Class::Images)
        && desk.may_sign.is_ok()
        && newest.signed.signed_by != asked.ctx.who.label()
        && !said;
    html! { @if may_read || !all.is_empty() { (look::section(lang.t("第二読影（この施設の中だけ）", "Second reading (within this facility)"), html! {
        @for it in unanswered(all, number) {
            (look::notice(lang, Tone::Stop, it.grade.words().in_lang(lang), html! {
                p.lines { (it.note) }
                p { (lang.t("担当の読影医は、報告書を新しい版に直すか、直さない理由を追記してください。", "Whoever has the case signs a new version, or adds why nothing is changed.")) }
            }))
        }
        @if !all.is_empty() { ul { @for it in all { li {
            (time::show(it.at, lang)) " " (it.name) " "
            (lang.t(format!("第{}版：", it.number), format!("version {}: ", it.number))) (it.grade.words().in_lang(lang))
            @if !it.note.is_empty() { br; span.lines { (it.note) } }
        } } } }
        @if may_read {
            (look::details(lang.t("第二読影の結果を書く", "Give a second reading"), look::form(asked, &format!("/readings/{}/second", request.id), html! {
                (look::hidden("seen", &number.to_string()))
                (look::choice(lang, filled, "grade", lang.t("署名された報告書との違い", "Against the signed report"), &Grade::options(lang)))
                (look::area(lang, filled, "note", lang.t("違いの内容", "What differs"), None).rows(3).optional())
                (look::submit(lang.t("第二読影として残す", "Keep it")))
            })))
        }
    })) } }
}

async fn keep(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let seen = fields.get("seen").parse().unwrap_or(0);
    match Form::parse(&fields) {
        Err(faults) => page(&asked, reading, None, Some(&fields.again(faults)), 422).await,
        Ok(form) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::keep(tx, ctx, reading, seen, &form).map(|()| format!("/readings/{reading}"))
                })
                .await
        }
    }
}
