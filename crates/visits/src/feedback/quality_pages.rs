//! `/quality`: the figures of a period, and their export.

use axum::extract::Query;
use kernel::{Date, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::sign_in::need_fresh_at;
use web::look;
use web::{Answer, Asked, Door, Fields, Filled, Routes};

use super::quality::{ANSWERS_MIN, Count, Figures, csv};
use super::{QUESTIONS, store};

/// Days shown when no period is named: a quarter, the rhythm of a clinic's review.
const DAYS: i64 = 90;

/// Routes of the figures.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/quality", show).post(Door::Staff, "/quality/export", export)
}

#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Period {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

impl Period {
    pub(super) fn days(&self, asked: &Asked) -> (Date, Date) {
        let to = self.to.parse().unwrap_or_else(|_| time::day(asked.ctx.now));
        let back = |day: Date| {
            let noon = time::at_tokyo(day, 12, 0).unwrap_or(asked.ctx.now);
            time::day(time::plus_min(noon, -DAYS * 24 * 60))
        };
        let from = self.from.parse().unwrap_or_else(|_| back(to));
        if from <= to { (from, to) } else { (to, from) }
    }
}

async fn show(asked: Asked, Query(period): Query<Period>) -> web::Result {
    let (from, to) = period.days(&asked);
    let figures = asked.site.write(&asked.ctx, move |tx, ctx| store::quality(tx, ctx, from, to)).await?;
    let lang = asked.lang();
    let filled = Filled::empty().with("from", from.to_string()).with("to", to.to_string());
    let body = html! {
        (look::search_form("/quality", html! {
            (look::text_input(lang, &filled, "from", lang.t("はじめの日", "From"), None).kind("date"))
            (look::text_input(lang, &filled, "to", lang.t("おわりの日", "To"), None).kind("date"))
            (look::search_button(lang.t("表示する", "Show")))
        }))
        @if figures.cut { (look::notice(lang, look::Tone::Warn, lang.t("期間が長すぎます", "The period is too long"),
            html! { p { (lang.t("すべての診療を数えられません。期間を短くしてください。", "Not all visits are counted. Please choose a shorter period.")) } })) }
        (look::section(lang.t("この期間", "This period"), numbers(&asked, &figures.all)))
        (look::section(lang.t("患者さんの感想", "What patients say"), html! {
            (satisfaction(&asked, &figures.all))
            @if may(&asked, Act::View, Class::Questionnaire) {
                (look::link_quiet(&format!("/quality/voices?from={from}&to={to}"), lang.t("書かれたご意見を読む", "Read what they wrote")))
            } @else {
                p.hint { (lang.t("書かれたご意見は、診療にかかわる人だけが読めます。", "What they wrote is read by those who care for them only.")) }
            }
        }))
        (look::section(lang.t("月ごと", "By month"), months(&asked, &figures)))
        @if may(&asked, Act::Export, Class::Administration) { (look::form(&asked, "/quality/export", html! {
            (look::hidden("from", &from.to_string())) (look::hidden("to", &to.to_string()))
            p { (lang.t("月ごとの数だけを書き出します。個人を示す情報は含みません。", "Only counts by month are written out; nothing that names a person.")) }
            (look::submit(lang.t("CSVで書き出す", "Export as CSV")))
        })) }
    };
    Ok(asked.page(&Words::new("診療の質", "Quality of online visits"), body))
}

fn minutes(asked: &Asked, it: Option<i64>) -> String {
    let lang = asked.lang();
    it.map_or_else(|| "—".to_owned(), |it| format!("{it}{}", lang.t("分", " min")))
}

fn numbers(asked: &Asked, it: &Count) -> Markup {
    let lang = asked.lang();
    look::facts(&[
        (lang.t("オンラインの予約", "Booked online"), html! { (it.booked) }),
        (lang.t("最後まで診察", "Held"), html! { (it.held) }),
        (lang.t("適さず対面へ", "Not suitable, in person"), html! { (it.to_in_person) }),
        (lang.t("適さず紹介へ", "Not suitable, referred"), html! { (it.to_referral) }),
        (lang.t("通信の不具合で中断", "Broken off by the line"), html! { (it.broken_off) }),
        (lang.t("取り消し・来られず", "Cancelled, absent"), html! { (it.cancelled) "・" (it.absent) }),
        (
            lang.t("待ち時間（中央値・最長）", "Waiting (median, longest)"),
            html! { (minutes(asked, it.wait_median_min())) "・" (minutes(asked, it.wait_longest_min())) },
        ),
        (
            lang.t("通信が悪かった割合", "Share of bad line"),
            html! { @match it.bad_percent() { Some(it) => { (it) "%" } None => "—" } },
        ),
        (lang.t("届いた映像", "Picture that arrived"), html! { (minutes(asked, Some(it.picture_min))) }),
    ])
}

fn satisfaction(asked: &Asked, it: &Count) -> Markup {
    let lang = asked.lang();
    html! {
        p { (lang.t("回答", "Answers")) ": " (it.answered) }
        @if it.answered < ANSWERS_MIN {
            p.hint { (lang.t(
                format!("回答が{ANSWERS_MIN}件になるまで、平均は出しません（個人の答えがわからないように）。"),
                format!("No averages below {ANSWERS_MIN} answers, so that nobody's answer can be told.")
            )) }
        } @else {
            (look::facts(&QUESTIONS.iter().enumerate().map(|(at, (_, words))| {
                (words.in_lang(lang), html! { @if let Some(it) = it.average(at) { (format!("{it:.1}")) " / 5" } })
            }).collect::<Vec<_>>()))
        }
    }
}

fn months(asked: &Asked, figures: &Figures) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = figures
        .months
        .iter()
        .map(|(month, it)| {
            vec![
                html! { (month) },
                html! { (it.booked) },
                html! { (it.held) },
                html! { (it.to_in_person + it.to_referral) },
                html! { (it.broken_off) },
                html! { (minutes(asked, it.wait_median_min())) },
                html! { (it.answered) },
            ]
        })
        .collect();
    let heads = lang.t(
        ["月", "予約", "診察", "対面・紹介へ", "中断", "待ち時間", "回答"],
        ["Month", "Booked", "Held", "Led on", "Broken off", "Waiting", "Answers"],
    );
    html! {
        @if rows.is_empty() { (look::empty(lang.t("この期間のオンライン診療はありません。", "No online visits in this period."))) }
        @else { (look::table(lang.t("月ごとの数", "Counts by month"), &heads, &rows)) }
    }
}

async fn export(asked: Asked, fields: Fields) -> web::Result {
    need_fresh_at(&asked, "/quality")?;
    let (from, to) = Period { from: fields.get("from").to_owned(), to: fields.get("to").to_owned() }.days(&asked);
    let figures = asked.site.write(&asked.ctx, move |tx, ctx| store::export(tx, ctx, from, to)).await?;
    // The mark at the beginning tells spreadsheets that this is UTF-8.
    let text = format!("\u{feff}{}", csv(&figures, asked.lang()));
    Ok(Answer::File {
        kind: "text/csv; charset=utf-8",
        name: format!("quality-{from}-{to}.csv"),
        bytes: text.into_bytes(),
    })
}
