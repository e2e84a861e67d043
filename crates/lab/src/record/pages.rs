//! `/lab/cases/{case}/record`: the laboratory record of a case, on screen and as PDF. At the laboratory only.

use db::Tx;
use kernel::{Ctx, Result, Words};
use maud::{Markup, html};
use people::{facility, person};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Path, Routes};

use super::{Record, of, paper};
use crate::case::{CaseId, store as cases};
use crate::step::store::{self as steps, Desk};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/lab/cases/{case}/record", show).get(
        Door::Staff,
        "/lab/cases/{case}/record.pdf",
        pdf,
    )
}

/// The record, its steps' names and the inspector's. The look is an entry in both logs.
fn read(tx: &mut Tx<'_>, ctx: &Ctx, id: CaseId) -> Result<(Record, Desk, String)> {
    cases::made_here(tx, id)?;
    let case = cases::desk(tx, ctx, id)?.case;
    let desk = steps::desk(tx, ctx, &case)?;
    let record = of(&case, desk.steps.clone());
    let inspector = match &record.inspection {
        Some(it) => person::store::get(tx, it.by)?.name.full(),
        None => String::new(),
    };
    Ok((record, desk, inspector))
}

async fn show(asked: Asked, Path(case): Path<CaseId>) -> web::Result {
    let (it, desk, inspector) = asked.site.write(&asked.ctx, move |tx, ctx| read(tx, ctx, case)).await?;
    let lang = asked.lang();
    let facts: Vec<(&str, Markup)> = paper::facts(case, &it, &inspector, lang)
        .into_iter()
        .map(|(label, it)| (label, html! { span.lines { (it) } }))
        .collect();
    let missing: Vec<String> = it.missing().iter().map(|it| it.in_lang(lang).to_owned()).collect();
    let rows: Vec<Vec<Markup>> = paper::steps(&it, &desk, lang)
        .into_iter()
        .map(|row| row.into_iter().map(|it| html! { (it) }).collect())
        .collect();
    let body = html! {
        p { (lang.t("作業の記録から自動で作られます。書き写す必要はありません。", "Made from the work by itself; nothing is copied by hand.")) }
        @if missing.is_empty() { p { (look::badge(Tone::Good, lang.t("すべてそろっています", "Complete"))) } }
        @else { p { (look::badge(Tone::Info, lang.t("これから記録されるもの", "Still to come"))) " " (missing.join(lang.t("、", ", "))) } }
        @if it.has_remote_steps() { p { (look::badge(Tone::Info, lang.t("リモートワークの工程があります", "Some steps were remote"))) } }
        (look::facts(&facts))
        (look::section(lang.t("⑥ 工程の管理", "⑥ Steps"), html! {
            @if rows.is_empty() { p { (lang.t("まだ工程がありません。", "No steps yet.")) } }
            @else { (look::table(lang.t("工程の記録", "Steps"), &paper::heads(lang), &rows)) }
        }))
        (look::page_actions(html! {
            (look::link_button(&format!("/lab/cases/{case}/record.pdf"), lang.t("PDFで開く", "Open as PDF")))
            (look::link_quiet(&format!("/lab/cases/{case}"), lang.t("技工のページへ", "To the case")))
        }))
    };
    let name = it.order.patient.full();
    Ok(asked.page(&Words::made(format!("歯科技工録：{name} さん"), format!("Laboratory record: {name}")), body))
}

async fn pdf(asked: Asked, Path(case): Path<CaseId>) -> web::Result {
    let lang = asked.lang();
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let (record, desk, inspector) = read(tx, ctx, case)?;
            let laboratory = facility::store::get(tx, ctx.facility()?)?;
            Ok(paper::of(case, &record, &desk, &inspector, &laboratory, ctx.now, lang))
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: format!("record-{case}.pdf"), bytes })
}
