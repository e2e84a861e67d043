//! `/settings/measures`: the written measures, their reviews, the paper; and what managers are told when a review is near.

use db::Tx;
use kernel::{Lang, Result, Timestamp, Words, clause, time};
use maud::{Markup, html};
use papers::{Block, Document};
use people::access::{Act, Class, Decision, decide, may};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Routes};

use super::{CYCLES, Measures, Standing, TEXTS, Version, standing, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/settings/measures", show)
        .post(Door::Staff, "/settings/measures", write)
        .post(Door::Staff, "/settings/measures/review", review)
        .get(Door::Staff, "/settings/measures.pdf", pdf)
}

/// What every page of those who administer says while a review is near or overdue. Where nothing is written, the page of the
/// rules says so.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String], now: Timestamp) -> Result<Vec<Alert>> {
    clause!("TR-15");
    if !matches!(decide(duties, Act::Write, Class::Administration), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let (tone, title, day) = match standing(store::due_on(tx)?, time::day(now)) {
        Standing::Overdue(day) => (
            Tone::Warn,
            Words::new("安全対策の見直しの日を過ぎています", "The review of safety measures is overdue"),
            day,
        ),
        Standing::Soon(day) => (
            Tone::Info,
            Words::new("安全対策の見直しの日が近づいています", "The review of safety measures is near"),
            day,
        ),
        Standing::Missing | Standing::Good(_) => return Ok(vec![]),
    };
    Ok(vec![Alert {
        tone,
        title,
        text: Words::made(
            format!("{}までに見直し、結果を残してください。", time::show_day(day, Lang::Ja)),
            format!("Please review them by {} and keep what was found.", time::show_day(day, Lang::En)),
        ),
        link: Some(("/settings/measures", Words::new("見直す", "Review"))),
    }])
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, None, 200).await
}

async fn page(asked: &Asked, back: Option<&Filled>, status: u16) -> web::Result {
    let history = asked.site.write(&asked.ctx, store::history).await?;
    let lang = asked.lang();
    let newest = history.first();
    let own = newest.map_or_else(|| Filled::empty().with("cycle", "12"), |it| it.measures.filled());
    // What came back belongs to one of the two forms.
    let of = |form: &str| back.filter(|it| it.get("form") == form);
    let (empty, rewritten) = (Filled::empty(), of("write"));
    let writes = may(asked, Act::Write, Class::Administration);
    let seen = newest.map_or(0, |it| it.number);
    let body = html! {
        @if let Some(filled) = back { (look::faults_summary(lang, filled)) }
        p { (lang.t("画像と報告書の安全を守るための責任者・保守・方針・備えを文書にし、決めた間隔で見直します。指針では、いずれも定めておくことが求められています。",
            "Who is in charge, maintenance, policy and plans for the safety of images and reports, in writing and reviewed at a fixed interval, as the guideline asks.")) }
        (state(lang, newest, time::day(asked.ctx.now)))
        @if let Some(it) = newest {
            @for ((_, name, _), text) in TEXTS.iter().zip(&it.measures.texts) { (look::section(name.in_lang(lang), html! { p.lines { (text) } })) }
            p { (look::link_button("/settings/measures.pdf", lang.t("PDFで開く", "Open as PDF"))) }
        }
        @if writes && newest.is_some() {
            (look::section(lang.t("見直す", "Review"), look::form(asked, "/settings/measures/review", html! {
                (look::hidden("form", "review")) (look::hidden("seen", &seen.to_string()))
                p { (lang.t("内容を読み、いまのままでよければ結果を残してください。次の見直しの日が決まります。", "Read it; if it stands as it is, keep what was found. The day of the next review follows.")) }
                (look::area(lang, of("review").unwrap_or(&empty), "finding", lang.t("見直した結果", "What was found"), None).rows(2))
                (look::submit(lang.t("見直しを記録する（変更なし）", "Keep the review (nothing changed)")))
            })))
        }
        @if writes {
            @let filled = rewritten.unwrap_or(&own);
            @let form = look::form(asked, "/settings/measures", html! {
                (look::hidden("form", "write")) (look::hidden("seen", &seen.to_string()))
                @for (field, name, hint) in &TEXTS { (look::area(lang, filled, field, name.in_lang(lang), Some(hint.in_lang(lang))).rows(4)) }
                @if seen > 0 { (look::area(lang, filled, "why", lang.t("書き直す理由", "Why it is written anew"), None).rows(2)) }
                (look::choice(lang, filled, "cycle", lang.t("見直しの間隔", "Interval of reviews"), &CYCLES.map(|(key, months)| (key, lang.t(format!("{months}か月ごと"), format!("every {months} months"))))))
                (look::submit(lang.t("この内容で定める", "Lay it down")))
            });
            @if seen > 0 && rewritten.is_none() { (look::details(lang.t("書き直す（新しい版）", "Write it anew (new version)"), form)) }
            @else { (look::section(lang.t("安全対策を書く", "Write the measures"), form)) }
        }
        @if history.len() > 1 { (look::details(lang.t("これまでの経過", "History"), html! { ul { @for it in &history { li {
            (time::show(it.at, lang)) " " (if it.is_review { lang.t("見直し（変更なし）", "reviewed") } else { lang.t("書き直し", "written anew") })
            @if !it.finding.is_empty() { " — " (it.finding) }
        } } } })) }
        (look::page_actions(look::link_quiet("/settings", lang.t("設定へ", "To the settings"))))
    };
    Ok(asked.page(&title(), body).status(status))
}

fn title() -> Words {
    Words::new("画像の安全対策", "Safety of images")
}

fn state(lang: Lang, newest: Option<&Version>, today: kernel::Date) -> Markup {
    let day = |it| time::show_day(it, lang);
    match standing(newest.map(|it| it.next_on), today) {
        Standing::Missing => {
            look::notice(lang, Tone::Warn, lang.t("まだ定められていません", "Nothing is laid down yet"), html! {})
        }
        Standing::Overdue(it) => look::notice(
            lang,
            Tone::Stop,
            lang.t("見直しの日を過ぎています", "The review is overdue"),
            html! { p { (day(it)) } },
        ),
        Standing::Soon(it) => look::notice(
            lang,
            Tone::Warn,
            lang.t("まもなく見直しの日です", "The review is near"),
            html! { p { (day(it)) } },
        ),
        Standing::Good(it) => {
            html! { p { (look::badge(Tone::Good, lang.t("定められています", "Laid down"))) " " (lang.t(format!("次の見直し：{}", day(it)), format!("next review: {}", day(it)))) } }
        }
    }
}

fn seen(fields: &Fields) -> i64 {
    fields.get("seen").parse().unwrap_or(0)
}

/// Whether somebody has written meanwhile: then what was typed is shown beside what stands there now.
async fn is_behind(asked: &Asked, seen: i64) -> kernel::Result<bool> {
    let history = asked.site.write(&asked.ctx, store::history).await?;
    Ok(history.first().map_or(0, |it| it.number) != seen)
}

async fn behind(asked: &Asked, fields: &Fields) -> web::Result {
    let mut faults = Faults::default();
    faults.add(
        "",
        Words::new(
            "先にほかの人が書いています。いまの内容を読んで、もう一度送ってください。",
            "Somebody else has written meanwhile. Read what stands there now, and send it again.",
        ),
    );
    page(asked, Some(&fields.again(faults)), 409).await
}

async fn write(asked: Asked, fields: Fields) -> web::Result {
    let seen = seen(&fields);
    let mut faults = Faults::default();
    let why = if seen > 0 { fields.text("why", &mut faults) } else { String::new() };
    let measures = match Measures::parse(&fields) {
        Ok(it) if faults.0.is_empty() => it,
        found => {
            faults.0.extend(found.err().unwrap_or_default().0);
            return page(&asked, Some(&fields.again(faults)), 422).await;
        }
    };
    if let Some(answer) = asked.answered_before(&fields).await? {
        return Ok(answer);
    }
    if is_behind(&asked, seen).await? {
        return behind(&asked, &fields).await;
    }
    asked
        .act(&fields, move |tx, ctx| store::write(tx, ctx, seen, &measures, &why).map(|()| "/settings/measures".into()))
        .await
}

async fn review(asked: Asked, fields: Fields) -> web::Result {
    let (seen, mut faults) = (seen(&fields), Faults::default());
    let finding = fields.text("finding", &mut faults);
    if !faults.0.is_empty() {
        return page(&asked, Some(&fields.again(faults)), 422).await;
    }
    if let Some(answer) = asked.answered_before(&fields).await? {
        return Ok(answer);
    }
    if is_behind(&asked, seen).await? {
        return behind(&asked, &fields).await;
    }
    asked
        .act(&fields, move |tx, ctx| store::review(tx, ctx, seen, &finding).map(|()| "/settings/measures".into()))
        .await
}

async fn pdf(asked: Asked) -> web::Result {
    let lang = asked.lang();
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let newest = store::history(tx, ctx)?.into_iter().next();
            let newest = newest.ok_or_else(|| kernel::Error::not_found("nothing is written"))?;
            let home = people::facility::store::get(tx, ctx.facility()?)?;
            let mut blocks = Vec::new();
            for ((_, name, _), text) in TEXTS.iter().zip(&newest.measures.texts) {
                blocks.push(Block::Heading(name.in_lang(lang).to_owned()));
                blocks.push(Block::Text(text.clone()));
            }
            let next = time::show_day(newest.next_on, lang);
            blocks.push(Block::Note(lang.t(format!("次の見直し：{next}"), format!("Next review: {next}"))));
            Ok(Document {
                title: title(),
                lang,
                facility: home.name,
                address: home.address,
                contact: home.phone,
                made_at: newest.at,
                number: "measures".to_owned(),
                version: u32::try_from(newest.number).unwrap_or(u32::MAX),
                blocks,
                sign: vec![],
                large_type: false,
            })
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: "measures.pdf".to_owned(), bytes })
}
