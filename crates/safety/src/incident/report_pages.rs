//! `/report`: what anybody of the staff presses when something is wrong, and what they see then. Two taps from every page.

use axum::http::HeaderMap;
use kernel::{Lang, Words, clause, limits, time};
use maud::{Markup, html};
use people::sign_in::cut::Device;
use people::terminal;
use web::kept::BUTTON_FIELD;
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes, session, shell};

use super::store::{self, Desk, Sent};
use super::{IncidentId, Report, State, What};

const HERE: &str = shell::REPORT;

/// Routes of this noun's reporters.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, HERE, show)
        .post(Door::Staff, HERE, send)
        .get(Door::Staff, "/report/{incident}", sent)
        .post(Door::Staff, "/report/{incident}", add_words)
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let desk = asked.site.read(&asked.ctx, store::desk).await?;
    let lang = asked.lang();
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (lang.t(
            "押すとすぐに、管理者の画面とメールに伝わります。迷ったら押してください。説明はあとで書けます。",
            "One press reaches the managers on their pages and by mail. If in doubt, press. You can explain later.",
        )) }
        @for what in What::ALL { (one(asked, &desk, what)) }
        @if !desk.reports.is_empty() {
            (look::section(lang.t("あなたが知らせたこと", "What you have reported"), html! { ul { @for it in &desk.reports { li {
                a href={ (HERE) "/" (it.id) } { (it.what.words().in_lang(lang)) } " " (time::show(it.reported_at, lang)) " "
                @if it.state() == State::Open { (look::badge(Tone::Warn, lang.t("対応待ち", "Waits"))) }
                @else { (look::badge(Tone::Info, lang.t("対応中", "In hand"))) }
            } } } }))
        }
    };
    Ok(asked.page(&Words::new("緊急の連絡", "Report a danger"), body).status(status))
}

/// One kind: its button, what the button does, and for whoever means another device, which.
fn one(asked: &Asked, desk: &Desk, what: What) -> Markup {
    let lang = asked.lang();
    let (words, devices) = (what.words(), devices(asked, desk));
    html! { section.card {
        (look::form(asked, HERE, html! {
            (look::hidden("what", what.key()))
            button.button.main.big type="submit" name=(BUTTON_FIELD) value=(words.in_lang(lang)) { (words.in_lang(lang)) }
        }))
        p.note { (what.effect().in_lang(lang)) }
        @if what.device().is_some() && !devices.is_empty() {
            (look::details(lang.t("ほかの端末を選んで知らせる", "Another device is meant"), look::form(asked, HERE, html! {
                (look::hidden("what", what.key()))
                (look::choice(lang, &Filled::empty(), "device", lang.t("どの端末ですか", "Which device?"), &devices).id(what.key()))
                p.note { (lang.t("選んだ端末でのログインを終了します。登録した端末は、管理者が確かめるまで誰も使えません。", "Ends the sessions on it. A registered terminal is used by nobody until a manager has looked at it.")) }
                (look::submit(words.in_lang(lang)))
            })))
        }
    } }
}

/// What the person may mean, as the form names it.
fn devices(asked: &Asked, desk: &Desk) -> Vec<(String, String)> {
    let lang = asked.lang();
    let here = lang.t("いま使っているこの端末", "The one in front of me").to_owned();
    let mut all = vec![("here".to_owned(), here)];
    for it in &desk.own.terminals {
        all.push((format!("terminal/{}", it.id), format!("{}（{}）", it.name, it.kind.words().in_lang(lang))));
    }
    for it in &desk.own.sessions {
        let known = it.device.is_some_and(|id| desk.own.terminals.iter().any(|it| it.id == id));
        if !known && asked.ctx.session != Some(it.id) {
            let agent: String = it.agent.chars().take(limits::LINE_CHARS_MAX).collect();
            let label = lang.t(
                format!("{} からログイン中の端末：{agent}", time::show(it.made_at, lang)),
                format!("Signed in since {}: {agent}", time::show(it.made_at, lang)),
            );
            all.push((format!("session/{}", it.id), label));
        }
    }
    all
}

async fn send(asked: Asked, headers: HeaderMap, fields: Fields) -> web::Result {
    clause!("DL-42");
    let report = match Report::parse(&fields) {
        Ok(report) => report,
        Err(faults) => return page(&asked, &fields.again(faults), 422).await,
    };
    let held = web::asked::cookie(&headers, terminal::cookie_name(&asked.site)).map(str::to_owned);
    let key = asked.site.key.clone();
    let done = asked.act(&fields, move |tx, ctx| {
        let here = match held {
            Some(held) => terminal::store::find(tx, &key, &held)?.map(|it| it.id),
            None => None,
        };
        store::report(tx, ctx, &report, here.or(ctx.device)).map(|id| format!("{HERE}/{id}"))
    });
    let Answer::To(to) = done.await? else { return Err(kernel::Error::internal("a report without a place").into()) };
    let session = asked.ctx.session;
    let open = asked.site.read(&asked.ctx, move |tx, ctx| match session {
        Some(id) => session::is_open(tx, ctx, id),
        None => Ok(false),
    });
    if open.await? {
        return Ok(Answer::To(to));
    }
    // The report has ended this session too: what to do now is seen at once, or never.
    let id: IncidentId = web::id(to.rsplit('/').next().unwrap_or_default())?;
    let it = asked.site.read(&asked.ctx, move |tx, ctx| store::own(tx, ctx, id)).await?;
    let lang = asked.lang();
    let body = html! {
        div.page {
            (told(lang, &it))
            // Nobody signs in again on a device that may be infected.
            @if it.incident.what.device() != Some(Device::Here) {
                (look::page_actions(look::link_button("/sign-in", lang.t("ログイン画面へ", "To the sign-in"))))
            }
        }
    };
    Ok(Answer::Page { status: 200, html: shell::bare(&asked, &TOLD, body) })
}

static TOLD: Words = Words::new("管理者に伝えました", "Those in charge know");

/// What was done, whom to call, what to do now.
fn told(lang: Lang, it: &Sent) -> Markup {
    let Sent { incident, calls, in_charge } = it;
    html! {
        (look::notice(lang, Tone::Good, incident.what.words().in_lang(lang), html! {
            p { (time::show(incident.reported_at, lang)) " "
                @if !in_charge.is_empty() { (lang.t("知らせた人：", "Told: ")) (in_charge.join(lang.t("、", ", "))) } }
            @if incident.cut.sessions > 0 { p { (lang.t(
                format!("ログインを{}件終了しました。", incident.cut.sessions),
                format!("{} sessions have ended.", incident.cut.sessions),
            )) } }
            @if !incident.cut.terminals.is_empty() { p {
                (lang.t("利用を止めた端末：", "Terminals that were stopped: ")) (incident.cut.terminals.join(lang.t("、", ", ")))
            } }
        }))
        (look::section(lang.t("電話でも伝えてください", "Please telephone too"), html! {
            ul { @for (name, phone) in calls { @if !phone.is_empty() { li { (name) " " a href={ "tel:" (dialled(phone)) } { (phone) } } } } }
        }))
        (look::section(lang.t("いますること", "What to do now"), html! {
            ol { @for it in incident.what.first_steps() { li { (it.in_lang(lang)) } } }
        }))
    }
}

/// A number as telephones take it.
fn dialled(phone: &str) -> String {
    phone.chars().filter(|it| it.is_ascii_digit() || *it == '+').collect()
}

async fn sent(asked: Asked, Path(id): Path<IncidentId>) -> web::Result {
    sent_page(&asked, id, &Filled::empty(), 200).await
}

async fn sent_page(asked: &Asked, id: IncidentId, filled: &Filled, status: u16) -> web::Result {
    let it = asked.site.read(&asked.ctx, move |tx, ctx| store::own(tx, ctx, id)).await?;
    let lang = asked.lang();
    let words: Vec<String> = it
        .incident
        .events
        .iter()
        .filter_map(|it| match &it.what {
            super::Happened::Words(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    let body = html! {
        (look::faults_summary(lang, filled))
        (told(lang, &it))
        (look::section(lang.t("説明を加える", "Add words"), html! {
            @for text in &words { p.lines { (text) } }
            @if it.incident.state() == State::Closed { p { (lang.t("この件は終結しました。", "This is closed.")) } }
            @else { (look::form(asked, &format!("{HERE}/{id}"), html! {
                (look::area(lang, filled, "words", lang.t("何があったか", "What happened"),
                    Some(lang.t("いつ・どこで・何が。患者さんは番号で書いてください。", "When, where, what. Name patients by their number."))))
                (look::submit(lang.t("説明を送る", "Send the words")))
            })) }
        }))
    };
    Ok(asked.page(&TOLD, body).status(status))
}

async fn add_words(asked: Asked, Path(id): Path<IncidentId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let words = fields.text("words", &mut faults);
    match faults.done(|| words) {
        Err(faults) => sent_page(&asked, id, &fields.again(faults), 422).await,
        Ok(words) => {
            asked
                .act(&fields, move |tx, ctx| store::add_words(tx, ctx, id, words).map(|()| format!("{HERE}/{id}")))
                .await
        }
    }
}
