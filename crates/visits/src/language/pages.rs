//! The choice of the letters' language: a part of the patient's start page and of the booking's.

use kernel::{Error, Lang, PatientId};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::{Asked, Door, Fields, Path, Routes, look};

use super::{ALL, of_key, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Patient, "/language", own).post(Door::Staff, "/patients/{patient}/language", of_patient)
}

/// The part of the patient's start page.
#[must_use]
pub fn choice(asked: &Asked, lang: Lang) -> Markup {
    look::section(asked.lang().t("お知らせのメール", "Letters by mail"), form(asked, "/language", lang, ""))
}

/// The part of the booking's page; `back` is where the way leads on.
#[must_use]
pub fn of_staff(asked: &Asked, patient: PatientId, lang: Lang, back: &str) -> Markup {
    form(asked, &format!("/patients/{patient}/language"), lang, back)
}

fn form(asked: &Asked, action: &str, chosen: Lang, back: &str) -> Markup {
    let words = asked.lang();
    let now = ALL.iter().find(|it| it.1 == chosen).map_or("", |it| it.2.in_lang(words));
    html! {
        p { (words.t("メールの言葉", "Language of the letters")) ": " strong { (now) } }
        @if may(asked, Act::Write, Class::Identity) { (look::form(asked, action, html! {
            @if !back.is_empty() { (look::hidden("back", back)) }
            @for (key, lang, name) in &ALL {
                @if *lang != chosen {
                    (look::submit_named("lang", key, &match words {
                        Lang::Ja => format!("メールを{}で受け取る", name.ja),
                        Lang::En => format!("Write letters in {}", name.en),
                    }))
                }
            }
        })) }
    }
}

async fn own(asked: Asked, fields: Fields) -> web::Result {
    let patient = asked.ctx.who.patient().ok_or_else(|| Error::not_found("no patient"))?;
    let lang = of_key(fields.get("lang"));
    asked.act(&fields, move |tx, ctx| store::choose(tx, ctx, patient, lang).map(|()| "/home".into())).await
}

async fn of_patient(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    let lang = of_key(fields.get("lang"));
    let to = match fields.get("back").parse::<kernel::BookingId>() {
        Ok(booking) => format!("/bookings/{booking}"),
        Err(_) => format!("/patients/{patient}"),
    };
    asked.act(&fields, move |tx, ctx| store::choose(tx, ctx, patient, lang).map(|()| to)).await
}
