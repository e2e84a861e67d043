//! A further person's way in: the clinic's form and buttons, the patient's answer, and the page behind the link.

use kernel::{BookingId, Ctx, Error, FacilityId, RowId, Words, time};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store::{self, Entry};
use super::{Request, ThirdPerson, Way};
use crate::call::{pages, store as calls, ticket};

const PURPOSE: &str = "third";
/// Minutes for which a link leads anywhere at all; the code and the rows decide.
const LINK_MIN: i64 = 240;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .post(Door::Staff, "/bookings/{booking}/third", name)
        .post(Door::Staff, "/bookings/{booking}/third/{person}/admit", admit)
        .post(Door::Staff, "/bookings/{booking}/third/{person}/remove", remove)
        .post(Door::Patient, "/visits/{booking}/third/{person}", answer)
        .get(Door::Open, "/third/{link}", door)
        .post(Door::Open, "/third/{link}", enter)
}

/// What a link says. Ids only.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Link {
    facility: FacilityId,
    booking: BookingId,
    person: RowId,
}

/// The address to send to a further person; empty text where the page has no facility.
pub(crate) fn link(asked: &Asked, booking: BookingId, person: RowId) -> String {
    let Some(facility) = asked.ctx.facility else { return String::new() };
    let link = Link { facility, booking, person };
    let until = time::plus_min(asked.ctx.now, LINK_MIN);
    crypto::ticket::seal(&asked.site.key, PURPOSE, &link, until)
        .map(|it| format!("{}/third/{it}", asked.site.settings.base_url))
        .unwrap_or_default()
}

async fn name(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let request = match Request::parse(&fields) {
        Ok(request) => request,
        Err(faults) => return pages::page(&asked, booking, fields.again(faults), vec![]).await,
    };
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::name(tx, ctx, booking, &request)?;
            tx.on_commit(move || live.changed(&booking.to_string(), "third"));
            Ok(format!("/bookings/{booking}/call#third"))
        })
        .await
}

async fn admit(asked: Asked, Path((booking, person)): Path<(BookingId, RowId)>, fields: Fields) -> web::Result {
    let live = asked.site.live.clone();
    let done = asked
        .act_or(&fields, move |tx, ctx| {
            let done = store::admit(tx, ctx, booking, person)?;
            if let Ok(it) = &done {
                let by_link = it.way == Way::Link;
                tx.on_commit(move || {
                    let room = booking.to_string();
                    if by_link {
                        live.admit(&room, &person.to_string());
                    }
                    live.changed(&room, "third");
                });
            }
            Ok(done.map(|_| format!("/bookings/{booking}/call#third")))
        })
        .await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(not_met) => pages::page(&asked, booking, fields.again(Faults::default()), not_met).await,
    }
}

async fn remove(asked: Asked, Path((booking, person)): Path<(BookingId, RowId)>, fields: Fields) -> web::Result {
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::remove(tx, ctx, booking, person)?;
            tx.on_commit(move || {
                let room = booking.to_string();
                live.remove(&room, &person.to_string(), "");
                live.changed(&room, "third");
            });
            Ok(format!("/bookings/{booking}/call#third"))
        })
        .await
}

async fn answer(asked: Asked, Path((booking, person)): Path<(BookingId, RowId)>, fields: Fields) -> web::Result {
    let agreed = match fields.get("answer") {
        "agree" => true,
        "decline" => false,
        _ => return Err(Error::not_found("answer").into()),
    };
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::answer(tx, ctx, booking, person, agreed)?;
            tx.on_commit(move || {
                let room = booking.to_string();
                // A "no" after all: the person leaves at once.
                if !agreed {
                    live.remove(&room, &person.to_string(), "");
                }
                live.changed(&room, "third");
            });
            Ok(format!("/visits/{booking}/call"))
        })
        .await
}

/// The patient's question about each further person, on the patient's page.
pub(crate) fn questions(asked: &Asked, booking: BookingId, people: &[ThirdPerson]) -> Markup {
    let lang = asked.lang();
    html! {
        @for it in people.iter().filter(|it| it.removed_at.is_none() && it.declined_at.is_none()) {
            div.card data-testid="third-question" {
                p { strong { (it.name) } "（" (it.role.words().in_lang(lang)) "）" }
                p { (lang.t("同席の理由：", "Why: ")) (it.reason) }
                @if it.waits_for_patient() {
                    p { (lang.t("この方が診察に加わってよいですか。断っても診察は続けられます。", "May this person take part? You may say no, and the visit goes on.")) }
                    (one(asked, booking, it, "agree", look::submit(lang.t("同意する", "Yes, I agree"))))
                    (one(asked, booking, it, "decline", look::submit_danger(lang.t("断る", "No"))))
                } @else {
                    p { (look::badge(Tone::Good, lang.t("同意しました", "You agreed"))) }
                    (one(asked, booking, it, "decline", look::submit_danger(lang.t("同意を取り消す", "Take it back"))))
                }
            }
        }
    }
}

fn one(asked: &Asked, booking: BookingId, it: &ThirdPerson, answer: &str, button: Markup) -> Markup {
    let action = format!("/visits/{booking}/third/{}", it.id);
    look::form(asked, &action, html! { (look::hidden("answer", answer)) (button) })
}

const TITLE: Words = Words::new("診察に同席する", "Take part in a visit");

fn read(asked: &Asked, text: &str) -> kernel::Result<(Ctx, Link)> {
    let link: Link = crypto::ticket::open(&asked.site.key, PURPOSE, text, asked.ctx.now)
        .map_err(|_| Error::not_found("no such link"))?;
    let mut ctx = asked.ctx.at(link.facility);
    ctx.who = kernel::Who::Nobody;
    Ok((ctx, link))
}

async fn door(asked: Asked, Path(link): Path<String>) -> web::Result {
    read(&asked, &link)?;
    Ok(code_page(&asked, &link, &Filled::empty()))
}

fn code_page(asked: &Asked, link: &str, filled: &Filled) -> Answer {
    let lang = asked.lang();
    asked.page(
        &TITLE,
        html! {
            (look::faults_summary(lang, filled))
            p { (lang.t("医院から声で伝えられた6桁の確認番号を入れてください。", "Enter the six digits that the clinic told you by voice.")) }
            (look::form(asked, &format!("/third/{link}"), html! {
                (look::text_input(lang, filled, "code", lang.t("確認番号", "Code"), None).digits().short().max(12).autocomplete("one-time-code"))
                (look::submit(lang.t("同席する", "Take part")))
            }))
        },
    )
}

async fn enter(asked: Asked, Path(text): Path<String>, fields: Fields) -> web::Result {
    let lang = asked.lang();
    let (ctx, link) = read(&asked, &text)?;
    let code = fields.get("code").to_owned();
    let (booking, person) = (link.booking, link.person);
    let opened = asked
        .site
        .write(&ctx, move |tx, ctx| match store::enter(tx, ctx, booking, person, &code)? {
            Entry::Shut => Ok(None),
            Entry::Open(_) => {
                let facility = people::facility::store::get(tx, tx.facility()?)?;
                Ok(Some((ticket::for_third(ctx, booking, person)?, facility, calls::signer(tx, ctx)?.public())))
            }
        })
        .await?;
    let Some((ticket, facility, signer)) = opened else {
        let mut faults = Faults::default();
        let words = Words::new(
            "この番号では入れません。番号と、診察が始まっているかを医院に確かめてください。",
            "This does not open. Please ask the clinic for the code, and whether the visit has begun.",
        );
        faults.add("code", words);
        return Ok(code_page(&asked, &text, &fields.again(faults)).status(422));
    };
    let ticket = ticket::make(&asked.site.key, &ctx, &ticket)?;
    let body = html! {
        p { (facility.name) }
        haruka-call ticket=(ticket) lang=(lang.tag()) phone=(facility.phone) signer=(pages::spki(&signer)) data-testid="call" {
            noscript { p { (lang.t("通話にはJavaScriptが必要です。", "The call needs JavaScript.")) } }
        }
        link rel="stylesheet" href=(web::assets::href("call.css"));
        script type="module" src=(web::assets::href("call.js")) {}
    };
    Ok(Answer::Page { status: 200, html: web::shell::bare(&asked, &TITLE, body) })
}
