//! The patient's page of a call: the waiting room until the clinic calls, then the call. Coming early opens nothing; who the
//! doctor is can be seen at any time; a further person comes in only after the patient's answer here.

use guidelines::chat;
use kernel::{BookingId, Ctx, Result, Words, clause, time};
use maud::{Markup, html};
use people::facility::Facility;
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Path, Routes};

use super::{VisitEnd, VisitOutcome, facts, store, ticket};
use crate::booking::{self, Booking};
use crate::third::{self, ThirdPerson};

/// The patient's routes of a call.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Patient, "/visits/{booking}/call", show).get(
        Door::Patient,
        "/visits/{booking}/call/panel",
        part,
    )
}

struct State {
    booking: Booking,
    facility: Facility,
    doctor: String,
    end: Option<VisitEnd>,
    arrived: bool,
    third: Vec<ThirdPerson>,
    signer: Vec<u8>,
}

fn load(tx: &mut db::Tx<'_>, ctx: &Ctx, id: BookingId) -> Result<State> {
    let booking = booking::store::view(tx, ctx, id)?;
    let call = store::live(tx, id)?;
    let leader = call.as_ref().map_or(booking.doctor, |it| it.doctor);
    let all = third::store::list(tx, id)?;
    Ok(State {
        facility: people::facility::store::get(tx, tx.facility()?)?,
        doctor: people::person::store::get(tx, leader)?.name.full(),
        end: store::end_of(tx, id)?,
        arrived: facts::arrived(tx, &booking)?,
        third: all.into_iter().filter(|it| call.as_ref().is_some_and(|call| call.id == it.call)).collect(),
        signer: store::signer(tx, ctx)?.public().to_vec(),
        booking,
    })
}

async fn part(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let state = asked.site.write(&asked.ctx, move |tx, ctx| load(tx, ctx, booking)).await?;
    Ok(Answer::part(inside(&asked, &state)))
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    clause!("OV-142", "OV-163", "OV-166", "OV-243", "OV-246");
    let state = asked.site.write(&asked.ctx, move |tx, ctx| load(tx, ctx, booking)).await?;
    let lang = asked.lang();
    let title = Words::new("オンライン診察室", "Online visit");
    if let Some(end) = &state.end {
        return Ok(asked.page(&title, over(&asked, booking, end)));
    }
    if state.booking.cancelled_at.is_some() || state.booking.visit_type.form != booking::Form::Online {
        let words = lang.t("この予約にはオンラインの診察がありません。", "There is no online visit for this booking.");
        let body = html! { p { (words) } (look::link_button("/home", lang.t("ホームへ", "Home"))) };
        return Ok(asked.page(&title, body));
    }
    let ticket = ticket::make(&asked.site.key, &asked.ctx, &ticket::for_patient(&asked.ctx, &state.booking)?)?;
    let base = format!("/visits/{booking}");
    let body = html! {
        haruka-call ticket=(ticket) lang=(lang.tag()) phone=(state.facility.phone) ice=(crate::device_test::pages::relays(&asked, booking)) signer=(super::pages::spki(&state.signer)) data-testid="call" {
            noscript {
                p { (lang.t("診察室に入るにはJavaScriptが必要です。お困りのときはお電話ください：", "The visit needs JavaScript. Please phone us: ")) (state.facility.phone) }
            }
            div slot="identity" {
                p {
                    (state.facility.name) " " (lang.t("担当医：", "Doctor: ")) strong { (state.doctor) } " "
                    a href=(format!("{base}/doctor")) target="_blank" rel="noopener" { (lang.t("身分証を見る（別の画面）", "Identity card (new window)")) }
                }
            }
            div slot="waiting" {
                p { (lang.t("予約の時刻：", "Booked for: ")) (time::show(state.booking.starts_at, lang)) }
                @if !state.arrived {
                    (look::notice(lang, Tone::Warn, lang.t("到着の確認がまだです", "You have not confirmed your arrival"),
                        look::link_button(&format!("{base}/arrival"), lang.t("到着を確認する", "Confirm arrival"))))
                }
                p { (lang.t("早く開いても、呼び出されるまでほかの方の診察には入れません。", "Coming early opens nobody else's visit: you come in when you are called.")) }
                p.hint { (chat::notice().in_lang(lang)) }
                p.hint { (lang.t("録画・録音・撮影は、医院も患者さんも行いません。", "Neither side records sound or pictures.")) }
            }
            div slot="after" {
                (look::link_button(&format!("{base}/feedback"), lang.t("ご感想を送る", "Tell us how it was"))) " "
                (look::link_quiet(&base, lang.t("診察のページへ", "To the page of this visit")))
            }
        }
        haruka-panel src=(format!("{base}/call/panel")) every="15" { (inside(&asked, &state)) }
        link rel="stylesheet" href=(web::assets::href("call.css"));
        script type="module" src=(web::assets::href("call.js")) {}
        script type="module" src=(web::assets::href("panel.js")) {}
    };
    Ok(Answer::Page { status: 200, html: web::shell::bare(&asked, &title, body) })
}

/// What may change while the page is open: questions about further people.
fn inside(asked: &Asked, state: &State) -> Markup {
    third::pages::questions(asked, state.booking.id, &state.third)
}

fn over(asked: &Asked, booking: BookingId, end: &VisitEnd) -> Markup {
    let lang = asked.lang();
    let (tone, words) = match end.outcome {
        VisitOutcome::Held => {
            (Tone::Good, lang.t("診察は終わりました。お大事になさってください。", "The visit is over. Take good care."))
        }
        VisitOutcome::NotSuitable => (
            Tone::Info,
            lang.t(
                "対面での診察が必要と判断されました。医院からの案内をご覧ください。",
                "You need to be seen in person. Please see what the clinic tells you.",
            ),
        ),
        VisitOutcome::BrokenOff => (
            Tone::Warn,
            lang.t(
                "通信の不具合のため中断しました。医院からご連絡します。",
                "It was broken off by a technical fault. The clinic will contact you.",
            ),
        ),
    };
    html! {
        (look::notice(lang, tone, words, html! { p { (time::show(end.ended_at, lang)) } }))
        (look::page_actions(html! {
            (look::link_button(&format!("/visits/{booking}/feedback"), lang.t("ご感想を送る", "Tell us how it was"))) " "
            (look::link_quiet(&format!("/visits/{booking}"), lang.t("診察のページへ", "To the page of this visit")))
        }))
    }
}
