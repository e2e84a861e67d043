//! The clinic's page of a call: what is not met yet, the button that calls, the call itself, its end.

use guidelines::verdict::NotMet;
use kernel::{BookingId, Error, Lang, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Failure, Faults, Fields, Filled, Path, Routes};

use super::panel::{self, State};
use super::store::{self, Attempt};
use super::{Call, Ending, Surroundings, beside, clauses, facts, ticket};
use crate::feasibility::Verdict;

/// The clinic's routes of a call.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/bookings/{booking}/call", show)
        .get(Door::Staff, "/bookings/{booking}/call/panel", part)
        .get(Door::Staff, "/bookings/{booking}/call/now", now)
        .post(Door::Staff, "/bookings/{booking}/call/start", start)
        .post(Door::Staff, "/bookings/{booking}/call/attempt", attempt)
        .post(Door::Staff, "/bookings/{booking}/call/end", end)
        .post(Door::Staff, "/bookings/{booking}/call/complete", complete)
        .post(Door::Staff, "/bookings/{booking}/call/break-off", break_off)
        .and(beside::routes())
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    page(&asked, booking, Filled::empty(), vec![]).await
}

async fn part(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let state = asked.site.write(&asked.ctx, move |tx, ctx| State::load(tx, ctx, booking)).await?;
    Ok(Answer::part(panel::inside(&asked, &state, &Filled::empty(), &[])))
}

async fn now(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let state = asked.site.write(&asked.ctx, move |tx, ctx| State::load(tx, ctx, booking)).await?;
    Ok(Answer::part(panel::now(&asked, &state)))
}

/// The whole page, with a form that came back and clauses that refused it.
pub(crate) async fn page(asked: &Asked, booking: BookingId, filled: Filled, refused: Vec<NotMet>) -> web::Result {
    let factors = asked.session.as_ref().map_or(0, |it| it.factors);
    // For the list, the two things that the form asks are taken as said: they are asked below it, not above.
    let said = Surroundings { closed_room: true, quiet_place: true };
    let (state, gates, signer) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let state = State::load(tx, ctx, booking)?;
            let facts = facts::gather(tx, ctx, &state.booking, state.doctor, factors, said)?;
            let gates = guidelines::call::may_start(&facts);
            let signer = store::signer(tx, ctx)?.public();
            Ok((state, gates, signer))
        })
        .await?;
    let status = if filled.faults.0.is_empty() && refused.is_empty() { 200 } else { 422 };
    let mine = state.live().filter(|it| asked.ctx.who.staff() == Some(it.doctor)).cloned();
    let title = Words::made(
        format!("{} さんの診察", state.patient.name.full()),
        format!("Visit of {}", state.patient.name.full()),
    );
    let answer = match mine {
        Some(call) if state.end.is_none() => {
            let body = running(asked, &state, &call, &signer, &filled, &refused)?;
            Answer::Page { status: 200, html: web::shell::bare(asked, &title, body) }
        }
        _ => asked.page(&title, outside(asked, &state, gates, &filled, &refused)),
    };
    Ok(if status == 200 { answer } else { answer.status(status) })
}

/// The page without a call of this doctor: before it, between two, after the end, or while another doctor leads it.
fn outside(
    asked: &Asked,
    state: &State,
    gates: Result<guidelines::call::Permit, Vec<NotMet>>,
    filled: &Filled,
    refused: &[NotMet],
) -> Markup {
    let lang = asked.lang();
    let begin = match &state.end {
        Some(end) => over(asked, state, end),
        None if state.live().is_some() => look::notice(
            lang,
            Tone::Info,
            lang.t("ほかの担当医が通話しています", "Another doctor is in this call"),
            html! { p { (lang.t("通話が終わるまでお待ちください。", "Please wait until it ends.")) } },
        ),
        None if state.booking.cancelled_at.is_some() => look::notice(
            lang,
            Tone::Stop,
            lang.t("この予約は取り消されています", "This booking was cancelled"),
            look::link_quiet(&format!("/bookings/{}", state.booking.id), lang.t("予約を見る", "See the booking")),
        ),
        None if state.booking.visit_type.form != crate::booking::Form::Online => look::notice(
            lang,
            Tone::Info,
            lang.t("これは対面の予約です", "This is a booking in person"),
            html! { p { (lang.t("オンラインの通話はありません。", "There is no online call.")) } },
        ),
        None if state.judged.as_ref().is_some_and(|it| it.verdict != Verdict::Suitable) => {
            unsuitable(asked, state, gates, filled)
        }
        None => before(asked, state, gates, filled),
    };
    html! {
        (look::facts(&[
            (lang.t("患者番号", "Number"), html! { (state.patient.number) }),
            (lang.t("生年月日", "Born"), html! { (time::show_day(state.patient.birth_date, lang)) }),
            (lang.t("予約", "Booked for"), html! { (time::show(state.booking.starts_at, lang)) " " (state.booking.visit_type.name.in_lang(lang)) }),
        ]))
        (begin)
        (past(lang, state))
        @if state.end.is_none() { (panel::panel(asked, state, filled, refused)) }
        script type="module" src=(web::assets::href("panel.js")) {}
    }
}

/// The clauses not met, or the button that calls.
fn before(
    asked: &Asked,
    state: &State,
    gates: Result<guidelines::call::Permit, Vec<NotMet>>,
    filled: &Filled,
) -> Markup {
    let lang = asked.lang();
    let permit = match gates {
        Err(not_met) => return look::gate(lang, &clauses::gates(asked, state.field, &state.ways, &not_met)),
        Ok(permit) => permit,
    };
    html! {
        @if !permit.open().is_empty() {
            (look::details(lang.t("始められますが、残っていること", "It can start, but this stays to be done"),
                look::gate(lang, &clauses::tasks(asked, state.field, &state.ways, permit.open()))))
        }
        @if state.leads {
            section.next-step #start {
                h2 { (lang.t("すべての条件がそろいました", "Everything is met")) }
                (look::form(asked, &format!("/bookings/{}/call/start", state.booking.id), html! {
                    (look::tick(lang, filled, "closed_room", "1", lang.t("ほかの人に見聞きされない個室にいます", "I am in a closed room where nobody else sees or hears")).required())
                    (look::tick(lang, filled, "quiet_place", "1", lang.t("静かで、通信が安定した場所にいます", "It is quiet here, and the line is steady")).required())
                    (look::submit(lang.t("診察室に呼び出す", "Call the patient in")))
                }))
            }
        } @else {
            p { (lang.t("担当医が呼び出します。", "The doctor calls the patient in.")) }
        }
    }
}

/// Judged to be none for a screen: what leads on stands first. To call once more, as to tell the patient, is still possible.
fn unsuitable(
    asked: &Asked,
    state: &State,
    gates: Result<guidelines::call::Permit, Vec<NotMet>>,
    filled: &Filled,
) -> Markup {
    let lang = asked.lang();
    let reason = state.judged.as_ref().map_or("", |it| it.reason.as_str());
    html! {
        (look::notice(lang, Tone::Stop, lang.t("オンラインでは診察を続けられません", "The visit cannot go on online"), html! {
            p { (reason) }
            @if state.completion.is_ok() {
                p { (lang.t("対面につながりました。この画面のいちばん下で、診察を完了できます。", "It leads on in person. The visit can be closed at the end of this page.")) }
            } @else {
                (panel::ways_on(lang, state))
            }
        }))
        (look::details(lang.t("もう一度呼び出す", "Call the patient once more"), before(asked, state, gates, filled)))
    }
}

fn over(asked: &Asked, state: &State, end: &super::VisitEnd) -> Markup {
    let lang = asked.lang();
    let tone = if end.outcome == super::VisitOutcome::Held { Tone::Good } else { Tone::Info };
    let base = format!("/bookings/{}", state.booking.id);
    look::notice(
        lang,
        tone,
        end.outcome.words().in_lang(lang),
        html! {
            p { (time::show(end.ended_at, lang)) }
            @if !end.reason.is_empty() { p { (end.reason) } }
            p {
                (look::link_button(&format!("{base}/chart"), lang.t("診療録へ", "To the chart"))) " "
                @if may(asked, Act::Write, Class::Identity) {
                    (look::link_quiet(&format!("/bookings/new?patient={}&after={}", state.booking.patient, state.booking.id), lang.t("次の予約を取る", "Next booking"))) " "
                }
                (look::link_quiet("/day", lang.t("今日の予定へ", "To the day")))
            }
        },
    )
}

/// Earlier calls of this visit, tries to reach the patient, and who was there.
fn past(lang: Lang, state: &State) -> Markup {
    let calls: Vec<(String, Markup)> = state
        .calls
        .iter()
        .filter_map(|it| it.ended.map(|(at, ending)| (it.started_at, at, ending)))
        .map(|(from, to, ending)| {
            (format!("{}–{}", time::clock(from), time::clock(to)), html! { (ending.words().in_lang(lang)) })
        })
        .collect();
    let present: Vec<Vec<Markup>> = state
        .present
        .iter()
        .map(|it| {
            vec![
                html! { (it.name) },
                html! { (it.role.in_lang(lang)) },
                html! { @if it.in_call { (lang.t("通話", "Call")) } @else { (lang.t("待合", "Waiting room")) } },
                html! { (time::clock(it.joined_at)) "–" @if let Some((at, _)) = &it.left { (time::clock(*at)) } },
            ]
        })
        .collect();
    let heads = [lang.t("氏名", "Name"), lang.t("立場", "Role"), lang.t("場所", "Where"), lang.t("時刻", "Time")];
    html! {
        @if !calls.is_empty() { (look::section(lang.t("これまでの通話", "Calls so far"), look::timeline(&calls))) }
        @if !present.is_empty() {
            (look::details(lang.t("参加者の記録", "Who was there"), look::table(lang.t("参加者の記録", "Who was there"), &heads, &present)))
        }
    }
}

/// The page during the call: the picture left, everything else right.
fn running(
    asked: &Asked,
    state: &State,
    call: &Call,
    signer: &[u8],
    filled: &Filled,
    refused: &[NotMet],
) -> kernel::Result<Markup> {
    let lang = asked.lang();
    let ticket = ticket::make(&asked.site.key, &asked.ctx, &ticket::for_doctor(&asked.ctx, call)?)?;
    let picture = html! {
        haruka-call ticket=(ticket) lang=(lang.tag()) signer=(spki(signer)) data-testid="call" {
            noscript { p { (lang.t("通話にはJavaScriptが必要です。", "The call needs JavaScript.")) } }
            div slot="no-answer" { (no_answer(asked, state)) }
            div slot="after" { p { a.button href=(format!("/bookings/{}/call", state.booking.id)) { (lang.t("診察の画面へ戻る", "Back to the visit")) } } }
        }
        link rel="stylesheet" href=(web::assets::href("call.css"));
        script type="module" src=(web::assets::href("call.js")) {}
        script type="module" src=(web::assets::href("panel.js")) {}
    };
    let beside = beside::tabs(lang, state.booking.id, panel::panel(asked, state, filled, refused));
    Ok(look::panels(picture, beside))
}

/// The guided path when nobody answers: ring again, telephone, absent.
fn no_answer(asked: &Asked, state: &State) -> Markup {
    let lang = asked.lang();
    let href = format!("/bookings/{}/call/attempt", state.booking.id);
    let count = state.attempts.len();
    let try_it =
        |how: &str, label: &str| look::form(asked, &href, html! { (look::hidden("how", how)) (look::submit(label)) });
    html! {
        p { (lang.t("これまでに試した回数：", "Tries so far: ")) (count) }
        (try_it("ring", lang.t("もう一度呼び出す", "Ring again")))
        p {
            (lang.t("患者さんの電話：", "Patient's phone: "))
            a href=(format!("tel:{}", state.patient.phone)) { (state.patient.phone) }
        }
        (try_it("phone_reached", lang.t("電話で話せた", "Spoke by phone")))
        (try_it("phone_unreached", lang.t("電話に出なかった", "No answer by phone")))
        (look::form(asked, &format!("/bookings/{}/call/end", state.booking.id), html! {
            (look::hidden("ending", "no_answer"))
            (look::submit_danger(lang.t("応答なしとして終える", "End: no answer")))
        }))
    }
}

/// An Ed25519 public key as browsers import it: the fixed head of RFC 8410, then its 32 bytes.
pub(crate) fn spki(public: &[u8]) -> String {
    use base64::Engine;
    const HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    base64::engine::general_purpose::STANDARD.encode([&HEAD, public].concat())
}

async fn start(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let factors = asked.session.as_ref().map_or(0, |it| it.factors);
    let surroundings =
        Surroundings { closed_room: fields.ticked("closed_room"), quiet_place: fields.ticked("quiet_place") };
    let live = asked.site.live.clone();
    let done = asked
        .act_or(&fields, move |tx, ctx| {
            let started = store::start(tx, ctx, booking, factors, surroundings)?;
            if started.is_ok() {
                let found = crate::booking::store::read_one(tx, booking)?;
                let mut side = vec![found.patient.to_string()];
                for it in people::patient::store::guardians(tx, found.patient)? {
                    if people::patient::store::may_act_for(tx, ctx.now, found.patient, it.person)? {
                        side.push(it.person.to_string());
                    }
                }
                tx.on_commit(move || {
                    let room = booking.to_string();
                    side.iter().for_each(|it| live.admit(&room, it));
                    live.ring(&room);
                });
            }
            Ok(started.map(|_| format!("/bookings/{booking}/call")))
        })
        .await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(not_met) => page(&asked, booking, fields.again(Faults::default()), not_met).await,
    }
}

async fn attempt(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let how = Attempt::from_key(fields.get("how"));
    let how = how.ok_or_else(|| Error::not_found("attempt"))?;
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::attempt(tx, ctx, booking, how)?;
            if how == Attempt::Ring && store::live(tx, booking)?.is_some() {
                tx.on_commit(move || live.ring(&booking.to_string()));
            }
            Ok(format!("/bookings/{booking}/call"))
        })
        .await
}

async fn end(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let endings = [("ended", Ending::Ended), ("broken_off", Ending::BrokenOff), ("no_answer", Ending::NoAnswer)];
    let ending = fields.one_of("ending", &endings, &mut faults);
    let reason = fields.line_if_any("end_reason", &mut faults);
    let Some(ending) = ending.filter(|_| faults.0.is_empty()) else {
        return page(&asked, booking, fields.again(faults), vec![]).await;
    };
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::end(tx, ctx, booking, ending, &reason)?;
            tx.on_commit(move || live.end(&booking.to_string(), ""));
            Ok(format!("/bookings/{booking}/call"))
        })
        .await
}

async fn complete(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    // Closing a visit is signing it: the person proves to be there (CS-162).
    kernel::clause!("CS-162");
    if !asked.session.as_ref().is_some_and(|it| it.is_fresh(asked.ctx.now)) {
        return Err(Failure::unlock(&format!("/bookings/{booking}/call")));
    }
    let live = asked.site.live.clone();
    let done = asked
        .act_or(&fields, move |tx, ctx| {
            let here = format!("/bookings/{booking}/call");
            // Pressed in two windows, the first press counts; the page it leads to asks who may see it.
            if store::end_of(tx, booking)?.is_some() {
                return Ok(Ok(here));
            }
            let done = store::complete(tx, ctx, booking)?;
            if done.is_ok() {
                tx.on_commit(move || live.end(&booking.to_string(), ""));
            }
            Ok(done.map(|_| here))
        })
        .await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(not_met) => page(&asked, booking, fields.again(Faults::default()), not_met).await,
    }
}

async fn break_off(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let reason = fields.line("break_reason", &mut faults);
    if !faults.0.is_empty() {
        return page(&asked, booking, fields.again(faults), vec![]).await;
    }
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::break_off(tx, ctx, booking, &reason)?;
            tx.on_commit(move || live.end(&booking.to_string(), ""));
            Ok(format!("/bookings/{booking}/call"))
        })
        .await
}
