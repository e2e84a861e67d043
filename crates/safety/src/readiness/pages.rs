//! `/safety/readiness`: the papers, their versions, and the exercises.

use db::Tx;
use kernel::{Error, Lang, Timestamp, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide, may};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::{Drill, Fill, Kind, Paper, ROWS_MAX, ROWS_SPARE, Rows, cell, paper, parse, proposal, review_on, store};

const HERE: &str = "/safety/readiness";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, HERE, overview)
        .post(Door::Staff, "/safety/readiness/drills", record)
        .get(Door::Staff, "/safety/readiness/{readiness}", show)
        .post(Door::Staff, "/safety/readiness/{readiness}", write)
        .get(Door::Staff, "/safety/readiness/{readiness}/pdf", print)
}

/// What every page of those who administer says when a year has passed.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String], now: Timestamp) -> kernel::Result<Vec<Alert>> {
    clause!("DL-41");
    if !matches!(decide(duties, Act::Write, Class::Administration), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let (gaps, _) = store::gaps(tx, time::day(now))?;
    // Whoever has not begun is asked by the compliance page; here is said what has grown old.
    if gaps.old.is_empty() {
        return Ok(vec![]);
    }
    Ok(vec![Alert {
        tone: Tone::Warn,
        title: Words::new("安全の備えを見直す時期です", "The safety papers are a year old"),
        text: gaps.words(),
        link: Some((HERE, Words::new("安全の備えへ", "To the papers"))),
    }])
}

fn kind(text: &str) -> kernel::Result<Kind> {
    Kind::from_key(text).ok_or_else(|| Error::not_found("no such paper"))
}

async fn overview(asked: Asked) -> web::Result {
    overview_page(&asked, &Filled::empty(), 200).await
}

async fn overview_page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let desk = asked.site.write(&asked.ctx, store::desk).await?;
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = Kind::ALL
        .iter()
        .map(|kind| {
            let found = desk.papers.iter().find(|it| it.kind == *kind);
            vec![
                html! { a href={ (HERE) "/" (kind.key()) } { (kind.words().in_lang(lang)) } },
                state(asked, found),
                html! { @if found.is_some() { a href={ (HERE) "/" (kind.key()) "/pdf" } { (lang.t("印刷（PDF）", "Print (PDF)")) span.unseen { " " (kind.words().in_lang(lang)) } } } @else { "—" } },
            ]
        })
        .collect();
    let heads = lang.t(["書類", "状態", "印刷"], ["Paper", "State", "Print"]);
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (lang.t(
            "事故が起きる前に用意しておくものです。どれも案があり、そのまま決めることも、直して決めることもできます。年に一度、見直します。",
            "What is ready before something happens. Each has a proposal to take or to change, and is looked through once a year.",
        )) }
        (look::table(lang.t("書類", "Papers"), &heads, &rows))
        (look::section(lang.t("訓練の記録", "Exercises"), drills(asked, filled, &desk.drills)))
        p { (look::link_quiet("/safety/incidents", lang.t("緊急の連絡と対応へ", "To the reported dangers"))) }
    };
    Ok(asked.page(&Words::new("安全の備え", "Ready for an incident"), body).status(status))
}

fn state(asked: &Asked, found: Option<&Paper>) -> Markup {
    let lang = asked.lang();
    html! { @match found {
        None => (look::badge(Tone::Warn, lang.t("まだ決めていません", "Not written"))),
        Some(it) => {
            @let due = review_on(it.written_at);
            @if due < time::day(asked.ctx.now) { (look::badge(Tone::Warn, lang.t("見直す時期です", "To be reviewed"))) }
            @else { (look::badge(Tone::Good, lang.t("決めています", "In force"))) }
            " " (version(lang, it)) " " (lang.t("次の見直し：", "next review ")) (time::show_day(due, lang))
        }
    } }
}

fn version(lang: Lang, it: &Paper) -> String {
    lang.t(
        format!("第{}版（{}）", it.number, time::show(it.written_at, lang)),
        format!("version {} ({})", it.number, time::show(it.written_at, lang)),
    )
}

fn drills(asked: &Asked, filled: &Filled, all: &[Drill]) -> Markup {
    let lang = asked.lang();
    let form = look::form(
        asked,
        "/safety/readiness/drills",
        html! {
            (look::hidden("form", "drill"))
            (look::text_input(lang, filled, "held_on", lang.t("行った日", "Held on"), None).kind("date"))
            (look::area(lang, filled, "attendees", lang.t("参加した人", "Who took part"), None).rows(2))
            (look::area(lang, filled, "tried", lang.t("試したこと", "What was tried"), Some(lang.t("例：受付の端末がウイルスに感染した想定で、緊急の連絡から紙の受付に切り替えるまで", "For example: the desk's computer is infected; from the report to paper"))))
            (look::area(lang, filled, "found", lang.t("分かったこと", "What was found"), None))
            (look::area(lang, filled, "changed", lang.t("変えること", "What is changed"), None).optional())
            (look::submit(lang.t("訓練を記録する", "Keep the exercise")))
        },
    );
    html! {
        @if all.is_empty() { (look::empty(lang.t("まだありません。年に一度は、手順を試してください。", "None yet. Try the plan once a year."))) }
        @for it in all { (look::card(&time::show_day(it.held_on, lang), look::facts(&[
            (lang.t("参加した人", "Who took part"), html! { span.lines { (it.content.attendees) } }),
            (lang.t("試したこと", "What was tried"), html! { span.lines { (it.content.tried) } }),
            (lang.t("分かったこと", "What was found"), html! { span.lines { (it.content.found) } }),
            (lang.t("変えること", "What is changed"), html! { span.lines { (it.content.changed) } }),
        ]))) }
        @if may(asked, Act::Write, Class::Administration) {
            @if filled.get("form") == "drill" { (form) } @else { (look::details(lang.t("訓練を記録する", "Keep an exercise"), form)) }
        }
    }
}

async fn record(asked: Asked, fields: Fields) -> web::Result {
    match Drill::parse(&fields, time::day(asked.ctx.now)) {
        Err(faults) => overview_page(&asked, &fields.again(faults), 422).await,
        Ok(drill) => asked.act(&fields, move |tx, ctx| store::record(tx, ctx, &drill).map(|()| HERE.into())).await,
    }
}

async fn show(asked: Asked, Path(key): Path<String>) -> web::Result {
    page(&asked, kind(&key)?, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, kind: Kind, filled: &Filled, status: u16) -> web::Result {
    let all = asked.site.write(&asked.ctx, move |tx, ctx| store::versions(tx, ctx, kind)).await?;
    let lang = asked.lang();
    let (now, proposed) = (all.first(), proposal(kind, lang));
    let rows = now.map_or(&proposed, |it| &it.rows);
    let to = format!("{HERE}/{}", kind.key());
    let writes = may(asked, Act::Write, Class::Administration);
    let refused = status != 200;
    let body = html! {
        (look::faults_summary(lang, filled))
        @match now {
            Some(it) => { p { (version(lang, it)) " " (look::link_quiet(&format!("{to}/pdf"), lang.t("印刷（PDF）", "Print (PDF)"))) } }
            None => (look::notice(lang, Tone::Warn, lang.t("まだ決めていません", "Not written yet"), html! { p { (lang.t(
                "下は案です。施設に合っていれば、そのまま決められます。",
                "Below is a proposal. If it fits, take it as it is.",
            )) } })),
        }
        (shown(lang, kind, rows))
        @if writes {
            // The same words again are a version too: somebody has looked through it and found it right.
            (look::form(asked, &to, html! {
                @for (place, cells) in rows.iter().enumerate() { @for (it, text) in cells.iter().enumerate() { (look::hidden(&cell(place, it), text)) } }
                (look::submit(match now { Some(_) => lang.t("見直した。このままでよい", "Looked through; it stays so"), None => lang.t("この案で決める", "Take the proposal") }))
            }))
            @let form = edit(asked, &to, kind, rows, filled, refused);
            @if refused { (form) } @else { (look::details(lang.t("直して決める", "Change it"), form)) }
        }
        @if all.len() > 1 { (look::section(lang.t("これまでの版", "Versions"), html! { @for it in all.iter().skip(1) {
            (look::details(&version(lang, it), shown(lang, kind, &it.rows)))
        } })) }
        p { (look::link_quiet(HERE, lang.t("安全の備えへ戻る", "Back"))) }
    };
    Ok(asked.page(&kind.words(), body).status(status))
}

fn shown(lang: Lang, kind: Kind, rows: &Rows) -> Markup {
    let heads: Vec<String> = kind.columns().iter().map(|it| it.words.in_lang(lang).to_owned()).collect();
    let cells: Vec<Vec<Markup>> =
        rows.iter().map(|it| it.iter().map(|text| html! { span.lines { (text) } }).collect()).collect();
    look::table(kind.words().in_lang(lang), &heads, &cells)
}

/// The form of all rows, with some empty ones. A row whose first field is emptied goes.
fn edit(asked: &Asked, to: &str, kind: Kind, rows: &Rows, filled: &Filled, refused: bool) -> Markup {
    let lang = asked.lang();
    let columns = kind.columns();
    let count = if refused { ROWS_MAX } else { (rows.len() + ROWS_SPARE).min(ROWS_MAX) };
    let mut values = Filled::empty();
    for place in 0..count {
        for it in 0..columns.len() {
            let name = cell(place, it);
            let there = rows.get(place).and_then(|row| row.get(it)).map_or("", String::as_str);
            let text = if refused { filled.get(&name).to_owned() } else { there.to_owned() };
            values = values.with(&name, text);
        }
    }
    let last = (0..count).filter(|place| !values.get(&cell(*place, 0)).is_empty()).max().map_or(0, |it| it + 1);
    let grades = ["1", "2", "3"].map(|it| (it, it));
    look::form(
        asked,
        to,
        html! {
            p.note { (lang.t("行を消すには、はじめの欄を空にします。", "To take a row away, empty its first field.")) }
            @for place in 0..(last + ROWS_SPARE).min(count) { fieldset.group {
                legend { (place + 1) }
                @for (it, column) in columns.iter().enumerate() {
                    @let (name, label) = (cell(place, it), column.words.in_lang(lang));
                    @match column.fill {
                        Fill::Line | Fill::LineIfAny => (look::text_input(lang, &values, &name, label, None).optional()),
                        Fill::Text => (look::area(lang, &values, &name, label, None).optional()),
                        Fill::Grade => (look::select(lang, &values, &name, label, &grades).optional()),
                        Fill::DayIfAny => (look::text_input(lang, &values, &name, label, None).kind("date").optional()),
                    }
                }
            } }
            (look::submit(lang.t("この内容で決める", "Write it so")))
        },
    )
}

async fn write(asked: Asked, Path(key): Path<String>, fields: Fields) -> web::Result {
    let kind = kind(&key)?;
    match parse(kind, &fields) {
        Err(faults) => refused(&asked, kind, &fields, faults).await,
        Ok(rows) => {
            let to = format!("{HERE}/{}", kind.key());
            asked.act(&fields, move |tx, ctx| store::write(tx, ctx, kind, &rows).map(|()| to)).await
        }
    }
}

async fn refused(asked: &Asked, kind: Kind, fields: &Fields, faults: Faults) -> web::Result {
    page(asked, kind, &fields.again(faults), 422).await
}

async fn print(asked: Asked, Path(key): Path<String>) -> web::Result {
    let kind = kind(&key)?;
    let (facility, found) = asked.site.write(&asked.ctx, move |tx, ctx| store::printed(tx, ctx, kind)).await?;
    let document = paper::of(&facility, &found, asked.ctx.now, asked.lang());
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: format!("{}.pdf", kind.key()), bytes })
}
