//! The patient's form after a visit.

use kernel::{BookingId, Words};
use maud::html;
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Filled, Path, Routes};

use super::{ANSWERS, Feedback, QUESTIONS, TOO_EARLY, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Patient, "/visits/{booking}/feedback", show).post(
        Door::Patient,
        "/visits/{booking}/feedback",
        give,
    )
}

const TITLE: Words = Words::new("感想をお聞かせください", "How was it?");

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (given, due) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let given = store::view(tx, ctx, booking)?;
            let found = crate::booking::store::read_one(tx, booking)?;
            Ok((given, store::may_give(tx, ctx, &found)?))
        })
        .await?;
    if !due {
        let lang = asked.lang();
        let body = html! {
            p { (TOO_EARLY.in_lang(lang)) }
            (look::link_quiet(&format!("/visits/{booking}"), lang.t("診療の手順へ戻る", "Back to the steps of the visit")))
        };
        return Ok(asked.page(&TITLE, body));
    }
    let filled = given.as_ref().map_or_else(Filled::empty, Feedback::filled);
    Ok(form(&asked, booking, &filled, given.is_some()))
}

fn form(asked: &Asked, booking: BookingId, filled: &Filled, given: bool) -> web::Answer {
    let lang = asked.lang();
    let answers: Vec<(&str, &str)> = ANSWERS.iter().map(|it| (it.0, it.2.in_lang(lang))).collect();
    let body = html! {
        (look::faults_summary(lang, filled))
        @if given {
            (look::notice(lang, Tone::Good, lang.t("ありがとうございました", "Thank you"), html! {
                p { (lang.t("感想を受け取りました。直したいときは、もう一度送ってください。", "We have your answers. To mend them, send the form again.")) }
                (look::link_quiet("/home", lang.t("ホームへ戻る", "Back to the start")))
            }))
        } @else {
            p { (lang.t("5つの質問です。答えは診療の改善に使い、治療には影響しません。", "Five questions. Your answers help us get better and do not affect your treatment.")) }
        }
        (look::form(asked, &format!("/visits/{booking}/feedback"), html! {
            @for (key, words) in &QUESTIONS { (look::choice(lang, filled, key, words.in_lang(lang), &answers)) }
            (look::area(lang, filled, "comment", lang.t("ご意見・ご要望", "Anything else"), None).optional())
            (look::submit(lang.t("送る", "Send")))
        }))
    };
    asked.page(&TITLE, body)
}

async fn give(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let feedback = match Feedback::parse(&fields) {
        Ok(feedback) => feedback,
        Err(faults) => return Ok(form(&asked, booking, &fields.again(faults), false).status(422)),
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::give(tx, ctx, booking, &feedback).map(|()| format!("/visits/{booking}/feedback"))
        })
        .await
}
