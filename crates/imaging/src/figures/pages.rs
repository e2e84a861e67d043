//! `/readings/figures`: figures of the last ninety days for each reader and for each facility.

use std::collections::BTreeMap;

use kernel::{Lang, Words};
use maud::{Markup, html};
use web::look;
use web::{Asked, Door, Routes};

use super::{Figures, by, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/readings/figures", show)
}

async fn show(asked: Asked) -> web::Result {
    let [served, requested] = asked.site.write(&asked.ctx, store::cases).await?;
    let (lang, now) = (asked.lang(), asked.ctx.now);
    let body = html! {
        p { (lang.t(format!("直近{}日に送られた依頼の集計です。患者さんの情報は含みません。", store::DAYS), format!("Requests that were sent in the last {} days. No patient is named.", store::DAYS))) }
        @if served.is_empty() && requested.is_empty() { (look::empty(lang.t("集計する依頼はまだありません。", "Nothing to count yet."))) }
        @if !served.is_empty() {
            (table(lang, lang.t("読影医ごと", "By reader"), &by(&served, now, |it| it.reader.as_deref())))
            (table(lang, lang.t("依頼元の施設ごと", "By facility that asked"), &by(&served, now, |it| Some(it.partner.as_str()))))
        }
        @if !requested.is_empty() {
            (table(lang, lang.t("依頼先の施設ごと", "By facility that reads for us"), &by(&requested, now, |it| Some(it.partner.as_str()))))
        }
        (look::page_actions(look::link_quiet("/readings", lang.t("読影の一覧へ", "To the list of readings"))))
    };
    Ok(asked.page(&Words::new("読影の集計", "Figures of readings"), body))
}

fn table(lang: Lang, caption: &str, all: &BTreeMap<&str, Figures>) -> Markup {
    let took = |min: Option<i64>| match min {
        None => "—".to_owned(),
        Some(it) => lang.t(format!("{}時間{}分", it / 60, it % 60), format!("{} h {} min", it / 60, it % 60)),
    };
    let rows: Vec<Vec<Markup>> = all
        .iter()
        .map(|(name, it)| {
            vec![
                html! { (name) },
                html! { (it.cases) },
                html! { (it.reported) },
                html! { (it.in_time) },
                html! { (it.late) },
                html! { (it.stopped) },
                html! { (took(it.median_min)) },
                html! { (it.changed) },
                html! { (it.discrepant) " / " (it.seconds) },
            ]
        })
        .collect();
    let heads = lang.t(
        [
            "名前",
            "依頼",
            "報告済み",
            "期限内",
            "遅れ",
            "差し戻し・取り下げ",
            "中央値",
            "報告後の変更",
            "第二読影の違い",
        ],
        [
            "Name",
            "Asked",
            "Reported",
            "In time",
            "Late now",
            "Stopped",
            "Median",
            "Changed",
            "Second readings that differ",
        ],
    );
    html! { @if !rows.is_empty() { (look::table_wide(caption, &heads, &rows)) } }
}
