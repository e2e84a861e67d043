//! `/safety/incidents`: what those in charge see and do about what was reported.

use std::collections::HashMap;

use db::Tx;
use kernel::{Lang, PersonId, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide, may};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::{Happened, Incident, IncidentId, State, Whom, store};

const LIST: &str = "/safety/incidents";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, LIST, list)
        .get(Door::Staff, "/safety/incidents/{incident}", show)
        .post(Door::Staff, "/safety/incidents/{incident}/take", take)
        .post(Door::Staff, "/safety/incidents/{incident}/note", note)
        .post(Door::Staff, "/safety/incidents/{incident}/tell", tell)
        .post(Door::Staff, "/safety/incidents/{incident}/close", close)
}

/// What every page of those in charge says while nobody has taken a report over.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String]) -> kernel::Result<Vec<Alert>> {
    clause!("DL-42");
    if !matches!(decide(duties, Act::Write, Class::Administration), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let count = store::waiting(tx)?;
    if count == 0 {
        return Ok(vec![]);
    }
    Ok(vec![Alert {
        tone: Tone::Stop,
        title: Words::made(format!("緊急の連絡が{count}件あります"), format!("{count} dangers reported")),
        text: Words::new(
            "端末の紛失、ウイルス、パスワードや情報の漏れの知らせです。すぐに開いて、対応を引き受けてください。",
            "A lost device, malware, a known password or leaked information. Open it now and take it over.",
        ),
        link: Some((LIST, Words::new("緊急の連絡を開く", "Open"))),
    }])
}

fn badge(lang: Lang, it: &Incident) -> Markup {
    match it.state() {
        State::Open => look::badge(Tone::Stop, lang.t("対応待ち", "Waits")),
        State::Taken => look::badge(Tone::Warn, lang.t("対応中", "In hand")),
        State::Closed => look::badge(Tone::Good, lang.t("終結", "Closed")),
    }
}

fn name(names: &HashMap<PersonId, String>, person: PersonId) -> &str {
    names.get(&person).map_or("", String::as_str)
}

async fn list(asked: Asked) -> web::Result {
    let (all, names) = asked.site.write(&asked.ctx, store::list).await?;
    let lang = asked.lang();
    let heads = lang.t(["日時", "内容", "知らせた人", "状態"], ["When", "What", "Reported by", "State"]);
    let rows: Vec<Vec<Markup>> = all
        .iter()
        .map(|it| {
            vec![
                html! { (time::show(it.reported_at, lang)) },
                html! { a href={ (LIST) "/" (it.id) } { (it.what.words().in_lang(lang)) } },
                html! { (name(&names, it.reported_by)) },
                badge(lang, it),
            ]
        })
        .collect();
    let body = html! {
        p { (lang.t(
            "職員が「緊急の連絡」から知らせたことです。知らせと同時に、その端末やパスワードでの利用は止まっています。",
            "What the staff has reported. The device or password in question has opened nothing since.",
        )) }
        @if rows.is_empty() { (look::empty(lang.t("まだありません。", "None yet."))) }
        @else { (look::table(lang.t("緊急の連絡", "Reported dangers"), &heads, &rows)) }
    };
    Ok(asked.page(&Words::new("緊急の連絡と対応", "Dangers that were reported"), body))
}

async fn show(asked: Asked, Path(id): Path<IncidentId>) -> web::Result {
    page(&asked, id, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, id: IncidentId, filled: &Filled, status: u16) -> web::Result {
    let (it, names) = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, id)).await?;
    let lang = asked.lang();
    let writes = may(asked, Act::Write, Class::Administration) && it.state() != State::Closed;
    let to = |act: &str| format!("{LIST}/{id}/{act}");
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (badge(lang, &it)) }
        (look::facts(&[
            (lang.t("日時", "When"), html! { (time::show(it.reported_at, lang)) }),
            (lang.t("知らせた人", "Reported by"), html! { (name(&names, it.reported_by)) }),
            (lang.t("すぐに止めたもの", "Cut at once"), cut(lang, &it)),
        ]))
        @if writes && it.state() == State::Open {
            (look::form(asked, &to("take"), look::submit(lang.t("対応を引き受ける", "Take it over"))))
        }
        (look::section(lang.t("これまでの対応", "What was done"), html! {
            @if it.events.is_empty() { p { (lang.t("まだ記録がありません。", "Nothing yet.")) } }
            @else { (look::timeline(&it.events.iter().map(|one| (time::show(one.at, lang), event(lang, &names, one))).collect::<Vec<_>>())) }
        }))
        @if writes { (acts(asked, filled, &it)) }
        p { (look::link_quiet(LIST, lang.t("一覧へ", "To the list"))) }
        p { (look::link_quiet("/settings/terminals", lang.t("端末の登録へ", "To the terminals"))) }
    };
    let title = it.what.words();
    Ok(asked.page(&title, body).status(status))
}

fn cut(lang: Lang, it: &Incident) -> Markup {
    let (sessions, terminals) = (it.cut.sessions, &it.cut.terminals);
    html! {
        @if sessions == 0 && terminals.is_empty() { (lang.t("なし", "Nothing")) }
        @if sessions > 0 { (lang.t(format!("ログイン{sessions}件"), format!("{sessions} sessions"))) " " }
        @if !terminals.is_empty() { (lang.t("端末：", "Terminals: ")) (terminals.join(lang.t("、", ", "))) }
    }
}

fn event(lang: Lang, names: &HashMap<PersonId, String>, it: &super::Event) -> Markup {
    html! {
        p { strong { (it.what.title().in_lang(lang)) } " " (name(names, it.person)) }
        @match &it.what {
            Happened::Words(text) | Happened::Note(text) | Happened::Told { words: text, .. } => p.lines { (text) },
            Happened::Taken => {},
            Happened::Closed { cause, measure } => {
                p.lines { (lang.t("原因：", "Cause: ")) (cause) }
                p.lines { (lang.t("再発を防ぐ手立て：", "Measure: ")) (measure) }
            },
        }
    }
}

/// What can still be done with it. A form that was refused stands open.
fn acts(asked: &Asked, filled: &Filled, it: &Incident) -> Markup {
    let lang = asked.lang();
    let usual = Filled::empty();
    let of = |form: &str| if filled.get("form") == form { filled } else { &usual };
    let folded = |form: &str, title: &str, body: Markup| {
        if filled.get("form") == form { look::section(title, body) } else { look::details(title, body) }
    };
    let to = |act: &str| format!("{LIST}/{}/{act}", it.id);
    let [first, whole, intent] = it.due().map(|day| time::show_day(day, lang));
    html! {
        (look::notice(lang, Tone::Info, lang.t("個人情報が漏れたおそれがあるとき", "If personal information may have leaked"), html! { p { (lang.t(
            format!("診療の情報は1人分でも、個人情報保護委員会への報告と本人への通知が要ります。速報は{first}まで、確報は{whole}（不正の目的のおそれがあれば{intent}）までです。"),
            format!("Care records of one person are enough: the commission is told by {first}, the whole by {whole} ({intent} where bad intent is possible), and the persons too."),
        )) } }))
        (folded("note", lang.t("対応を記録する", "Write what was done"), look::form(asked, &to("note"), html! {
            (look::hidden("form", "note"))
            (look::area(lang, of("note"), "words", lang.t("したこと・分かったこと", "What was done or found"), None).id("note"))
            (look::submit(lang.t("記録する", "Keep")))
        })))
        (folded("tell", lang.t("連絡した先を記録する", "Write who was told"), look::form(asked, &to("tell"), html! {
            (look::hidden("form", "tell"))
            (look::choice(lang, of("tell"), "whom", lang.t("連絡した先", "Who was told"), &Whom::options(lang)))
            (look::area(lang, of("tell"), "words", lang.t("伝えた内容と方法", "What was said, and how"), None).id("tell"))
            (look::submit(lang.t("連絡を記録する", "Keep")))
        })))
        (folded("close", lang.t("終結する", "Close"), look::form(asked, &to("close"), html! {
            (look::hidden("form", "close"))
            (look::area(lang, of("close"), "cause", lang.t("原因", "Cause"), None))
            (look::area(lang, of("close"), "measure", lang.t("再発を防ぐ手立て", "What keeps it from happening again"), None))
            (look::submit(lang.t("この件を終結する", "Close it")))
        })))
    }
}

async fn go_on(asked: &Asked, id: IncidentId, fields: &Fields, what: Result<Happened, Faults>) -> web::Result {
    match what {
        Err(faults) => page(asked, id, &fields.again(faults), 422).await,
        Ok(what) => {
            asked.act(fields, move |tx, ctx| store::go_on(tx, ctx, id, &what).map(|()| format!("{LIST}/{id}"))).await
        }
    }
}

async fn take(asked: Asked, Path(id): Path<IncidentId>, fields: Fields) -> web::Result {
    go_on(&asked, id, &fields, Ok(Happened::Taken)).await
}

async fn note(asked: Asked, Path(id): Path<IncidentId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let words = fields.text("words", &mut faults);
    go_on(&asked, id, &fields, faults.done(|| Happened::Note(words))).await
}

async fn tell(asked: Asked, Path(id): Path<IncidentId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let whom = fields.one_of("whom", &Whom::keys(), &mut faults).unwrap_or(Whom::Other).key().to_owned();
    let words = fields.text("words", &mut faults);
    go_on(&asked, id, &fields, faults.done(|| Happened::Told { whom, words })).await
}

async fn close(asked: Asked, Path(id): Path<IncidentId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let (cause, measure) = (fields.text("cause", &mut faults), fields.text("measure", &mut faults));
    go_on(&asked, id, &fields, faults.done(|| Happened::Closed { cause, measure })).await
}
