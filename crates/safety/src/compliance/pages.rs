//! `/compliance`: the clauses with their states, the to-do list, a person's word, the check, the sheet.

use axum::extract::Query;
use guidelines::ClauseId;
use guidelines::compliance::{Line, Status, gaps};
use kernel::{Error, Words, clause, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store::{self, View};
use super::{SCOPES, Word, may_confirm, mend::mend, paper};
use crate::Evidences;

/// Routes of this noun.
#[must_use]
pub fn routes(evidences: Evidences) -> Routes {
    Routes::new()
        .get(Door::Staff, "/compliance", move |asked: Asked| async move { show(asked, evidences).await })
        .post(Door::Staff, "/compliance", move |asked: Asked, fields: Fields| async move {
            check(asked, fields, evidences).await
        })
        .get(Door::Staff, "/compliance/{clause}", move |asked: Asked, path: Path<String>| async move {
            one(asked, path, evidences).await
        })
        .post(Door::Staff, "/compliance/{clause}", move |asked: Asked, path: Path<String>, fields: Fields| async move {
            confirm(asked, path, fields, evidences).await
        })
        .get(Door::Staff, "/compliance.pdf", pdf)
}

async fn view(asked: &Asked, evidences: Evidences) -> kernel::Result<View> {
    asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, evidences)).await
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Met => Tone::Good,
        Status::NotApplicable => Tone::Info,
        Status::Unknown => Tone::Warn,
        Status::NotMet => Tone::Stop,
    }
}

fn href(line: &Line) -> String {
    format!("/compliance/{}", line.clause.id)
}

async fn show(asked: Asked, evidences: Evidences) -> web::Result {
    clause!("CS-141", "OV-305");
    let view = view(&asked, evidences).await?;
    let lang = asked.lang();
    let count = |status: Status| view.lines.iter().filter(|it| it.status == status).count();
    let (todo, unknown): (Vec<&Line>, Vec<&Line>) = gaps(&view.lines).partition(|it| it.status == Status::NotMet);
    let (asks, waits): (Vec<&Line>, Vec<&Line>) =
        unknown.into_iter().partition(|it| may_confirm(it, &view.confirmations));
    let body = html! {
        (look::facts(&[
            (lang.t("守られています", "Met"), html! { (count(Status::Met)) }),
            (lang.t("対応が必要です", "Not met"), html! { (count(Status::NotMet)) }),
            (lang.t("まだ分かりません", "Not known yet"), html! { (count(Status::Unknown)) }),
            (lang.t("対象外", "Not applicable"), html! { (count(Status::NotApplicable)) }),
        ]))
        (look::section(lang.t("対応すること", "To do"), html! {
            @if todo.is_empty() { (look::empty(lang.t("対応することはありません。", "Nothing to do."))) }
            @else { (tasks(&asked, &view, &todo)) }
        }))
        @if !asks.is_empty() {
            (look::section(lang.t("人が確かめること", "For a person to look at"), html! {
                p { (lang.t("記録だけでは分からない項目です。確かめた人が、日付と名前とともに残してください。", "No record can show these. Whoever has looked records it with day and name.")) }
                (tasks(&asked, &view, &asks))
            }))
        }
        @if !waits.is_empty() {
            (look::details(
                &lang.t(format!("診療が始まると分かること（{}件）", waits.len()), format!("Known once visits begin ({})", waits.len())),
                tasks(&asked, &view, &waits),
            ))
        }
        (look::section(lang.t("点検を記録する", "Make a check"), checking(&asked, &view)))
        (look::page_actions(html! {
            (look::link_quiet("/quality", lang.t("診療の質の数値を見る", "See the quality figures")))
        }))
        @for (scope, words) in &SCOPES {
            @let lines: Vec<&Line> = view.lines.iter().filter(|it| it.clause.scope == *scope).collect();
            @if !lines.is_empty() {
                (look::details(
                    &lang.t(format!("{}のすべての項目（{}件）", words.ja, lines.len()), format!("{}: all {} clauses", words.en, lines.len())),
                    table(&asked, &view, words.in_lang(lang), &lines),
                ))
            }
        }
    };
    Ok(asked.page(&Words::new("指針を守れているか", "Keeping the guideline"), body))
}

fn tasks(asked: &Asked, view: &View, lines: &[&Line]) -> Markup {
    html! { ol.todo { @for line in lines { li { (task(asked, view, line)) } } } }
}

fn task(asked: &Asked, view: &View, line: &Line) -> Markup {
    let lang = asked.lang();
    html! {
        (look::badge(tone(line.status), line.status.words().in_lang(lang))) " "
        a href=(href(line)) { strong { (line.clause.title(view.field).in_lang(lang)) } }
        " " small { (line.clause.id) }
        @match line.evidence.first() {
            Some(it) => p { (it.reason.in_lang(lang)) },
            None => p { (lang.t("記録がまだありません。診療が始まると自動で集まるか、担当者の確認が必要です。", "Nothing on record yet. It gathers itself with the first visits, or a person must confirm it.")) },
        }
        @match (view.writes && may_confirm(line, &view.confirmations), mend(asked, line.clause.id.as_str())) {
            (_, Some((to, words))) => (look::link_quiet(to, words.in_lang(lang))),
            (true, None) => (look::link_quiet(&href(line), lang.t("確認を記録する", "Confirm it"))),
            _ => {}
        }
    }
}

fn table(asked: &Asked, view: &View, caption: &str, lines: &[&Line]) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let last = line.evidence.iter().filter_map(|it| it.last_at).max();
            let count: u64 = line.evidence.iter().map(|it| it.count).sum();
            vec![
                html! { a href=(href(line)) { (line.clause.title(view.field).in_lang(lang)) } " " small { (line.clause.id) } },
                look::badge(tone(line.status), line.status.words().in_lang(lang)),
                html! { @for kind in &line.clause.kinds { (kind.words().in_lang(lang)) " " } },
                html! { @if count > 0 { (count) } @else { "—" } },
                html! { @match last { Some(at) => (time::show(at, lang)), None => "—" } },
            ]
        })
        .collect();
    let heads = lang
        .t(["項目", "状態", "守り方", "記録の数", "最新"], ["Clause", "State", "How it is kept", "Records", "Newest"]);
    look::table(caption, &heads, &rows)
}

fn checking(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    html! {
        p { (lang.t(
            "いまの状態を、日付と点検した人の名前とともに点検表として残します。あとから変わりません。",
            "Keeps the present state as a check sheet, with the day and who checked. It never changes later."
        )) }
        @if view.writes {
            (look::form(asked, "/compliance", html! {
                (look::area(lang, &Filled::empty(), "note", lang.t("所見・これからの対応", "Remarks, what will be done"), None).rows(2).optional())
                (look::submit(lang.t("点検を記録する", "Keep the check")))
            }))
        }
        @if view.checks.is_empty() { (look::empty(lang.t("まだ点検の記録はありません。", "There is no check yet."))) }
        @else { (look::table(
            lang.t("これまでの点検", "Checks so far"),
            &lang.t(["日時", "点検した人", "守られている", "対応が必要・不明", "点検表"], ["When", "By", "Met", "Not met, unknown", "Sheet"]),
            &view.checks.iter().map(|it| vec![
                html! { (time::show(it.checked_at, lang)) },
                html! { (it.name.in_lang(lang)) },
                html! { (it.met) },
                html! { (it.gaps) },
                html! { a href={ "/compliance.pdf?check=" (it.id) } { (lang.t("PDFで開く", "Open as PDF")) } },
            ]).collect::<Vec<_>>(),
        )) }
    }
}

async fn check(asked: Asked, fields: Fields, evidences: Evidences) -> web::Result {
    let mut faults = Faults::default();
    let note = fields.text_if_any("note", &mut faults);
    if let Some((_, words)) = faults.0.into_iter().next() {
        return Err(Error::invalid("note", words).into());
    }
    asked.act(&fields, move |tx, ctx| store::check(tx, ctx, evidences, &note).map(|_| "/compliance".to_owned())).await
}

async fn one(asked: Asked, Path(clause): Path<String>, evidences: Evidences) -> web::Result {
    page(&asked, &clause, evidences, Filled::empty()).await
}

async fn page(asked: &Asked, clause: &str, evidences: Evidences, filled: Filled) -> web::Result {
    let view = view(asked, evidences).await?;
    let line =
        view.lines.iter().find(|it| it.clause.id.as_str() == clause).ok_or_else(|| Error::not_found("clause"))?;
    let (lang, field) = (asked.lang(), view.field);
    let status = if filled.faults.0.is_empty() { 200 } else { 422 };
    let body = html! {
        (look::faults_summary(lang, &filled))
        p { (look::badge(tone(line.status), line.status.words().in_lang(lang))) }
        p { (line.clause.explanation(field).in_lang(lang)) }
        (look::facts(&[
            (lang.t("番号", "Number"), html! { (line.clause.id) }),
            (lang.t("根拠", "Rule"), html! { (line.clause.citation(field, lang)) }),
            (lang.t("版・いつから", "Edition, since"), html! { (line.clause.edition) "・" (time::show_day(line.clause.valid_from, lang)) }),
            (lang.t("強さ", "Level"), html! { (line.clause.level.words().in_lang(lang)) }),
            (lang.t("システムの守り方", "How the system keeps it"), html! { (line.clause.enforced_by(field).in_lang(lang)) }),
        ]))
        (look::section(lang.t("この状態の理由", "Why this state"), html! {
            @if line.evidence.is_empty() { (look::empty(lang.t("記録がまだありません。", "Nothing on record yet."))) }
            @else { ul { @for it in &line.evidence { li {
                (look::badge(tone(it.status), it.status.words().in_lang(lang))) " " (it.reason.in_lang(lang))
                @if let Some(at) = it.last_at { " " small { (time::show(at, lang)) } }
            } } } }
            @if let Some((to, words)) = mend(asked, clause) { (look::link_button(to, words.in_lang(lang))) }
        }))
        @if view.writes && may_confirm(line, &view.confirmations) {
            (look::section(lang.t("担当者の確認", "A person's word"), look::form(asked, &href(line), html! {
                p { (lang.t("記録からは分からないことを、確かめた人が残します。1年のあいだ有効です。", "What no record can show is put down by the person who has looked. It counts for a year.")) }
                (look::choice(lang, &filled, "kept", lang.t("守れていますか", "Is it kept?"),
                    &[("yes", lang.t("守れている", "Yes")), ("no", lang.t("守れていない", "No"))]))
                (look::text_input(lang, &filled, "note", lang.t("確かめたこと・これからの対応", "What was looked at, what will be done"), None).optional())
                (look::submit(lang.t("確認を記録する", "Record it")))
            })))
        }
        (look::link_quiet("/compliance", lang.t("一覧へ戻る", "Back to all clauses")))
    };
    Ok(asked.page(line.clause.title(field), body).status(status))
}

async fn confirm(asked: Asked, Path(clause): Path<String>, fields: Fields, evidences: Evidences) -> web::Result {
    let id = ClauseId::find(&clause).ok_or_else(|| Error::not_found("clause"))?;
    let word = match Word::parse(id, &fields) {
        Ok(word) => word,
        Err(faults) => return page(&asked, &clause, evidences, fields.again(faults)).await,
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::confirm(tx, ctx, evidences, &word).map(|()| format!("/compliance/{}", word.clause))
        })
        .await
}

#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    #[serde(default)]
    check: String,
}

async fn pdf(asked: Asked, Query(wanted): Query<Wanted>) -> web::Result {
    let id = match wanted.check.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::not_found("check id"))?),
    };
    let (facility, check) = asked.site.write(&asked.ctx, move |tx, ctx| store::printed(tx, ctx, id)).await?;
    let name = format!("check-{}.pdf", time::day(check.checked_at));
    let bytes = asked.site.print(paper::of(&check, &facility, asked.lang())).await?;
    Ok(Answer::File { kind: "application/pdf", name, bytes })
}
