//! `/duties`: what is owed on signed reports, on both sides; one of them with its steps and the form that says what was done; the
//! part of a reading's page; and what every page of the staff says while something is overdue.

use axum::extract::Path;
use db::Tx;
use guidelines::reading::duty::Duty;
use kernel::{Lang, Result, Timestamp, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide, may};
use people::agreement::Side;
use web::look::{self, Tone};
use web::site::Alert;
use web::{Asked, Door, Fields, Filled, Routes};

use super::store::{self, Line, View};
use super::{Deed, Outcome, Owed, OwedId, Step, Way};
use crate::request::Request;
use crate::request::RequestId;
use crate::request::pages::page as reading_page;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/duties", board)
        .get(Door::Staff, "/duties/{duty}", show)
        .post(Door::Staff, "/duties/{duty}", done)
        .post(Door::Staff, "/readings/{reading}/responsible", answer_for)
}

/// What every page of those who work with images says while something is overdue, at both facilities.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String], now: Timestamp) -> Result<Vec<Alert>> {
    clause!("TR-04", "TR-07");
    if !matches!(decide(duties, Act::View, Class::Images), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let [ours, theirs] = store::overdue(tx, now)?;
    let link = || Some(("/duties", Words::new("一覧を開く", "Open the list")));
    let mut all = Vec::new();
    if ours > 0 {
        all.push(Alert {
            tone: Tone::Warn,
            title: Words::made(
                format!("読影について、期限を過ぎた対応が{ours}件あります"),
                format!("{ours} things on readings are overdue"),
            ),
            text: Words::new(
                "報告書の確認、患者さんへの説明、偶然の所見への対応、質問への返事のうち、済んでいないものです。",
                "A report not read, a patient not told, an incidental finding not dealt with, or a question not answered.",
            ),
            link: link(),
        });
    }
    if theirs > 0 {
        all.push(Alert {
            tone: Tone::Info,
            title: Words::made(
                format!("相手の施設で、期限を過ぎた対応が{theirs}件あります"),
                format!("{theirs} things are overdue at the other facility"),
            ),
            text: Words::new(
                "相手の施設にもメールで知らせています。気になるものは電話で確かめてください。",
                "The other facility is told by mail. Please telephone about what worries you.",
            ),
            link: link(),
        });
    }
    Ok(all)
}

fn badge(it: &Owed, now: Timestamp, lang: Lang) -> Markup {
    match it.done_at {
        Some(_) => look::badge(Tone::Good, lang.t("済み", "Done")),
        None if it.is_overdue(now) => look::badge(Tone::Stop, lang.t("期限超過", "Overdue")),
        None => look::badge(Tone::Info, lang.t("これから", "Open")),
    }
}

/// What a reading's page says of what is owed on it.
pub(crate) fn part(asked: &Asked, request: &Request, all: &[Owed], responsible: &str) -> Markup {
    let lang = asked.lang();
    let title = match request.side {
        Side::Asks => lang.t("報告書への対応", "What is to be done with the report"),
        Side::Serves => lang.t("依頼元での対応", "What the facility that asked does with it"),
    };
    html! { @if !all.is_empty() { (look::section(title, html! {
        @if request.side == Side::Asks { p { (lang.t(
            format!("「読む」「画像を確かめる」は、担当の{responsible} さんが開いたときに済みになります。"),
            format!("Reading and looking are done once {responsible}, who answers for the request, has opened them."))) } }
        ul { @for it in all { li {
            (badge(it, asked.ctx.now, lang)) " "
            a href={ "/duties/" (it.id) } { (it.duty.words().in_lang(lang)) }
            @if !it.subject.is_empty() { "：" (it.subject) }
            " "
            small { @match it.done_at {
                Some(at) => (time::show(at, lang)),
                None => (lang.t(format!("期限 {}", time::show(it.due_at, lang)), format!("due {}", time::show(it.due_at, lang)))),
            } }
        } } }
    })) } }
}

/// The form by which a colleague takes over who answers for the request.
pub(crate) fn answer_form(asked: &Asked, request: &Request, back: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let is_me = asked.ctx.who.staff() == Some(request.responsible);
    html! { @if request.side == Side::Asks && !is_me && may(asked, Act::Write, Class::Chart) {
        (look::details(lang.t("この依頼の担当を引き継ぐ", "Answer for this request from now on"), look::form(asked, &format!("/readings/{}/responsible", request.id), html! {
            p { (lang.t("担当の歯科医師が不在のときに使います。あなたが報告書を読み、対応する責任者になります。", "For when whoever asked is away. You answer for reading the report and for what is done.")) }
            (crate::request::pages::why(lang, back, "answer", lang.t("引き継ぐ理由", "Why it is taken over")))
            (look::submit(lang.t("わたしが担当します", "I answer for it")))
        })))
    } }
}

async fn board(asked: Asked) -> web::Result {
    let board = asked.site.write(&asked.ctx, store::board).await?;
    let lang = asked.lang();
    let now = asked.ctx.now;
    let of = |wanted: &dyn Fn(&Line) -> bool| board.open.iter().filter(|it| wanted(it)).collect::<Vec<&Line>>();
    let lists = [
        (
            lang.t("こちらの対応：期限を過ぎたもの", "Ours, overdue"),
            of(&|it| it.owed.is_ours() && it.owed.is_overdue(now)),
        ),
        (
            lang.t("こちらの対応：偶然見つかった所見", "Ours: incidental findings"),
            of(&|it| it.owed.is_ours() && !it.owed.is_overdue(now) && it.owed.duty == Duty::Close),
        ),
        (
            lang.t("こちらの対応：そのほか", "Ours: the rest"),
            of(&|it| it.owed.is_ours() && !it.owed.is_overdue(now) && it.owed.duty != Duty::Close),
        ),
        (lang.t("相手の施設の対応", "The other facility's"), of(&|it| !it.owed.is_ours())),
        (lang.t("対応を終えた偶然の所見", "Incidental findings that were closed"), board.closed.iter().collect()),
    ];
    let body = html! {
        @if board.open.is_empty() { (look::empty(lang.t("読影の報告書について、残っている対応はありません。", "Nothing is open on reports of readings."))) }
        @for (caption, lines) in &lists { @if !lines.is_empty() { (table(&asked, caption, lines)) } }
        (look::page_actions(look::link_quiet("/readings", lang.t("読影の一覧へ", "To the list of readings"))))
    };
    Ok(asked.page(&Words::new("読影の報告書への対応", "What is owed on reports"), body))
}

fn table(asked: &Asked, caption: &str, lines: &[&Line]) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let it = &line.owed;
            vec![
                html! { a href={ "/duties/" (it.id) } { (line.request.content.patient.name.full()) } },
                html! { (it.duty.words().in_lang(lang)) @if !it.subject.is_empty() { br; small { (it.subject) } } },
                html! { (line.by) },
                html! { (line.partner) },
                html! { (badge(it, asked.ctx.now, lang)) " " (time::show(it.done_at.unwrap_or(it.due_at), lang)) },
            ]
        })
        .collect();
    let heads = lang.t(
        ["患者", "すること", "担当", "相手の施設", "期限・済んだ日時"],
        ["Patient", "What", "Who", "With", "Due, or done"],
    );
    look::table(caption, &heads, &rows)
}

async fn show(asked: Asked, Path(id): Path<OwedId>) -> web::Result {
    page(&asked, id, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, id: OwedId, filled: &Filled, status: u16) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, id)).await?;
    let lang = asked.lang();
    let it = &view.line.owed;
    let patient = &view.line.request.content.patient;
    let reading = format!("/readings/{}", it.request);
    let writes = may(asked, Act::Write, Class::Chart) && it.side == Side::Asks && it.done_at.is_none();
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (badge(it, asked.ctx.now, lang)) }
        @if !it.subject.is_empty() { (look::section(lang.t("偶然見つかった所見", "The incidental finding"), html! { p.lines { (it.subject) } })) }
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { (patient.name.full()) "（" (patient.name.full_kana()) "）" }),
            (lang.t("担当", "Who"), html! { (view.line.by) }),
            (lang.t("相手の施設", "With"), html! { (view.line.partner) }),
            (lang.t("期限", "Due"), html! { (time::show(it.due_at, lang)) }),
        ]))
        p { (look::link_quiet(&reading, lang.t("読影の画面（報告書と画像）へ", "To the reading, its report and images"))) }
        @if writes { (form(asked, it, filled)) }
        (steps(&view, lang))
        (look::page_actions(look::link_quiet("/duties", lang.t("対応の一覧へ", "To all that is owed"))))
    };
    let what = it.duty.words();
    let title = Words::made(
        format!("{}：{} さん", what.ja, patient.name.full()),
        format!("{}: {}", what.en, patient.name.full()),
    );
    Ok(asked.page(&title, body).status(status))
}

fn form(asked: &Asked, it: &Owed, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let today = time::day(asked.ctx.now).to_string();
    let note = |label: &'static str, hint| look::area(lang, filled, "note", label, Some(hint)).rows(3);
    let fields = match it.duty {
        Duty::Inform => {
            let day = if filled.get("on").is_empty() { filled.clone().with("on", today) } else { filled.clone() };
            html! {
                (look::choice(lang, filled, "way", lang.t("どう伝えたか", "How"), &Way::options(lang)))
                (look::text_input(lang, &day, "on", lang.t("伝えた日", "On which day"), None).kind("date"))
                (note(lang.t("伝えたこと・患者さんの返事", "What was said, and the answer"), lang.t("この施設だけに残ります。読影した施設には、伝えたことだけが示されます。", "Stays here. The reading facility learns only that it was done.")))
                (look::submit(lang.t("説明したことを記録する", "Keep that the patient was told")))
            }
        }
        Duty::Close => html! {
            (look::choice(lang, filled, "outcome", lang.t("どう対応したか", "What was done"), &Outcome::options(lang)))
            (look::text_input(lang, filled, "again_on", lang.t("次に確かめる日", "To be looked at again on"), Some(lang.t("経過をみるときだけ。この日まで一覧に残ります。", "Only when it is watched: it stays on the list until then."))).kind("date").optional())
            (note(lang.t("したこと・理由", "What was done, and why"), lang.t("この施設だけに残ります。読影した施設には、どう対応したかだけが示されます。", "Stays here. The reading facility learns only which of the above it was.")))
            (look::submit(lang.t("対応を記録する", "Keep what was done")))
        },
        Duty::Open | Duty::Images | Duty::Answer => {
            return html! {
                p { (lang.t("担当の人が読影の画面で行うと、自動で済みになります。", "Done by doing it: on the page of the reading, by whoever answers for it.")) }
            };
        }
    };
    look::section(
        lang.t("したことを記録する", "Say what was done"),
        look::form(asked, &format!("/duties/{}", it.id), fields),
    )
}

fn said(step: &Step, lang: Lang) -> Markup {
    match &step.deed {
        Deed::Looked { name, is_responsible: true, .. } => {
            html! { (lang.t(format!("{name} さんが開きました"), format!("{name} has opened it"))) }
        }
        Deed::Looked { name, is_responsible: false, .. } => html! {
            (lang.t(format!("{name} さんが開きました（担当ではないため、済みにはなりません）"), format!("{name} has opened it, but does not answer for it")))
        },
        Deed::Informed { name, way, on, note } => html! {
            strong { (way.words().in_lang(lang)) } " " (name) " " (time::show_day(*on, lang))
            @if !note.is_empty() { br; span.lines { (note) } }
        },
        Deed::Followed { name, outcome, again_on, note } => html! {
            strong { (outcome.words().in_lang(lang)) } " " (name)
            @if let Some(day) = again_on { " " (lang.t(format!("次は{}", time::show_day(*day, lang)), format!("again on {}", time::show_day(*day, lang)))) }
            @if !note.is_empty() { br; span.lines { (note) } }
        },
        Deed::Answered { name } => {
            html! { (lang.t(format!("{name} さんが答えました"), format!("{name} has answered"))) }
        }
    }
}

fn steps(view: &View, lang: Lang) -> Markup {
    let entries: Vec<(String, Markup)> =
        view.line.owed.steps.iter().map(|it| (time::show(it.at, lang), said(it, lang))).collect();
    html! { @if !entries.is_empty() { (look::section(lang.t("経過", "What was done"), look::timeline(&entries))) } }
}

async fn done(asked: Asked, Path(duty): Path<OwedId>, fields: Fields) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, duty)).await?;
    let owed = view.line.owed;
    match super::parse(owed.duty, &fields, &view.me, time::day(asked.ctx.now)) {
        Err(faults) => page(&asked, duty, &fields.again(faults), 422).await,
        Ok(deed) => {
            let reading = owed.request;
            asked
                .act(&fields, move |tx, ctx| store::done(tx, ctx, duty, &deed).map(|()| format!("/readings/{reading}")))
                .await
        }
    }
}

async fn answer_for(asked: Asked, Path(reading): Path<RequestId>, fields: Fields) -> web::Result {
    let mut faults = web::Faults::default();
    let why = fields.text("why", &mut faults);
    if !faults.0.is_empty() {
        return reading_page(&asked, reading, None, Some(&fields.again(faults)), 422).await;
    }
    asked
        .act(&fields, move |tx, ctx| store::answer_for(tx, ctx, reading, &why).map(|()| format!("/readings/{reading}")))
        .await
}
