//! `/visits/{booking}/test`: the patient tries camera, sound and relay; the result is kept with the booking.

use kernel::{BookingId, Words, time};
use maud::{Markup, html};
use people::access::{Access, Act, Class};
use web::{Asked, Door, Fields, Path, Routes, look};

use super::{DeviceTest, Overall, store};
use crate::booking::store::read_one;

/// Minutes for which the relay's credential of a test serves; the waiting page tries with one too.
const CREDENTIAL_MIN: i64 = 10;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Patient, "/visits/{booking}/test", show).post(Door::Patient, "/visits/{booking}/test", keep)
}

/// The relays with a short-lived credential, as the islands read them. The name in it says nothing about a person.
pub(crate) fn relays(asked: &Asked, booking: BookingId) -> String {
    let servers: Vec<serde_json::Value> = asked
        .site
        .settings
        .turn
        .iter()
        .map(|turn| {
            let until = time::plus_min(asked.ctx.now, CREDENTIAL_MIN);
            let credential = crypto::turn::credential(&turn.secret, &format!("test-{booking}"), until);
            serde_json::json!({ "urls": turn.urls, "username": credential.username, "credential": credential.password })
        })
        .collect();
    serde_json::json!({ "servers": servers }).to_string()
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (kept, phone) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let booking = read_one(tx, booking)?;
            Access::new("device_test.view", Act::View, Class::Questionnaire)
                .on("booking", booking.id)
                .of(booking.patient)
                .require(tx, ctx)?;
            Ok((store::newest(tx, booking.id)?, people::facility::store::get(tx, ctx.facility()?)?.phone))
        })
        .await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "診察の前に、カメラ・マイク・音・通信を確かめます。3分ほどで終わり、何度でもやり直せます。",
            "Before the visit we check camera, microphone, sound and connection. About three minutes; repeat as often as you like."
        )) }
        @if let Some(kept) = &kept { (summary(&asked, kept)) }
        noscript { (look::notice(lang, look::Tone::Warn, lang.t("この確認にはJavaScriptが必要です", "This check needs JavaScript"), html! {
            p { (lang.t("設定で有効にするか、お電話ください。", "Please turn it on, or call us.")) " " (phone) }
        })) }
        haruka-devicetest lang=(lang.tag()) ice=(relays(&asked, booking)) post={ "/visits/" (booking) "/test" }
            csrf=(asked.form_token()) key=(asked.form_key()) phone=(phone) {
            a slot="after" class="button" href={ "/visits/" (booking) } { (lang.t("診療の手順へ戻る", "Back to the steps of the visit")) }
        }
        link rel="stylesheet" href=(web::assets::href("devicetest.css"));
        script type="module" src=(web::assets::href("devicetest.js")) {}
    };
    Ok(asked.page(&Words::new("機器の確認", "Device test"), body))
}

fn tone(overall: Overall) -> look::Tone {
    match overall {
        Overall::Good => look::Tone::Good,
        Overall::Fair | Overall::None => look::Tone::Info,
        Overall::Bad => look::Tone::Warn,
    }
}

/// The result in one notice, for the patient and beside the call.
#[must_use]
pub fn summary(asked: &Asked, kept: &DeviceTest) -> Markup {
    let lang = asked.lang();
    look::notice(
        lang,
        tone(kept.overall),
        kept.overall.words().in_lang(lang),
        html! { p { (lang.t("前回の確認", "Last checked")) ": " (time::show(kept.tested_at, lang)) } },
    )
}

async fn keep(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let (text, agent) = (fields.get("result").to_owned(), asked.agent.clone());
    asked
        .act(&fields, move |tx, ctx| {
            store::keep(tx, ctx, booking, &text, &agent).map(|_| format!("/visits/{booking}/test"))
        })
        .await
}
