//! `/lab/figures`: how the work of the last year went, and why pieces went back.

use kernel::{Lang, Words};
use maud::{Markup, html};
use web::look;
use web::{Asked, Door, Routes};

use super::{Counted, by_cause, by_partner, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/lab/figures", show)
}

async fn show(asked: Asked) -> web::Result {
    let [made, ordered] = asked.site.write(&asked.ctx, store::counted).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(format!("直近{}日の検査・納品・装着・再製の集計です。患者さんの情報は含みません。", store::DAYS), format!("Inspections, deliveries, fits and remakes of the last {} days. No patient is named.", store::DAYS))) }
        @if made.is_empty() && ordered.is_empty() { (look::empty(lang.t("集計する技工はまだありません。", "Nothing to count yet."))) }
        @if !made.is_empty() { (part(lang, lang.t("引き受けた技工", "Made here"), &made)) }
        @if !ordered.is_empty() { (part(lang, lang.t("依頼した技工", "Ordered elsewhere"), &ordered)) }
        (look::page_actions(look::link_quiet("/lab", lang.t("技工の一覧へ", "To laboratory work"))))
    };
    Ok(asked.page(&Words::new("技工の集計", "Figures of laboratory work"), body))
}

fn part(lang: Lang, heading: &str, all: &[Counted]) -> Markup {
    let partners: Vec<Vec<Markup>> = by_partner(all)
        .into_iter()
        .map(|(name, it)| {
            let counts = [it.passed, it.failed, it.delivered, it.fitted, it.remade];
            std::iter::once(html! { (name) }).chain(counts.map(|it| html! { (it) })).collect()
        })
        .collect();
    let causes: Vec<Vec<Markup>> = by_cause(all)
        .into_iter()
        .map(|(cause, [inspected, remade])| {
            vec![html! { (cause.words().in_lang(lang)) }, html! { (inspected) }, html! { (remade) }]
        })
        .collect();
    let heads = lang.t(
        ["施設", "検査に合格", "検査で作り直し", "納品", "装着", "再製"],
        ["Facility", "Passed", "Failed the inspection", "Delivered", "Fitted", "Remade"],
    );
    let why = lang.t(["原因", "検査で作り直し", "再製"], ["Cause", "Failed the inspection", "Remade"]);
    look::section(
        heading,
        html! {
            (look::table_wide(lang.t("施設ごと", "By facility"), &heads, &partners))
            @if causes.is_empty() { p { (lang.t("作り直しと再製はありません。", "Nothing went back.")) } }
            @else { (look::table(lang.t("戻った原因", "Why pieces went back"), &why, &causes)) }
        },
    )
}
