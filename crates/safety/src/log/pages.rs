//! `/log`: the search, its rows, the export, the verification.

use audit::clock::Standing;
use axum::extract::Query;
use kernel::{Lang, Words, time};
use maud::{Markup, html};
use people::sign_in::need_fresh_at;
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Fields, Routes};

use super::store::{self, Row, View};
use super::words::NOUNS;
use super::{Search, act_words, class_words};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/log", show).post(Door::Staff, "/log/export", export).post(
        Door::Staff,
        "/log/verify",
        verify,
    )
}

async fn show(asked: Asked, Query(search): Query<Search>) -> web::Result {
    page(&asked, search, None).await
}

async fn page(asked: &Asked, search: Search, verified: Option<Markup>) -> web::Result {
    let wanted = search.clone();
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, &wanted)).await?;
    let lang = asked.lang();
    let body = html! {
        @if let Some(verified) = &verified { (verified) }
        (form(lang, &search, &view))
        @if view.unknown_patient {
            (look::notice(lang, Tone::Warn, lang.t("患者が見つかりません", "No such patient"), html! {
                p { (lang.t("患者番号を入れてください。名前での検索は、氏名を見る権限がある人だけができます。", "Enter the patient's number. Only those who may see names can search by name.")) }
            }))
        }
        @if !view.several.is_empty() {
            (look::section(lang.t("どの患者ですか", "Which patient?"), html! { ul { @for (number, name) in &view.several {
                @let one = Search { patient: number.clone(), ..search.clone() };
                li { a href=(one.href(None)) { (number) " " (name) } }
            } } }))
        }
        (rows(asked, &view.runs))
        (look::pager(lang, None, view.next.map(|it| search.href(Some(it))).as_deref()))
        @if view.exports { (exporting(asked, &search)) }
        (look::section(lang.t("改ざんがないことの確認", "Proof that nothing was changed"), proof(asked, &view)))
    };
    Ok(asked.page(&Words::new("利用の記録", "Log"), body))
}

fn form(lang: Lang, search: &Search, view: &View) -> Markup {
    let filled = search.filled();
    let staff: Vec<(String, String)> = view.staff.iter().map(|it| (it.id.to_string(), it.name.full())).collect();
    let acts: Vec<(String, &str)> = NOUNS.iter().map(|it| (format!("{}.", it.0), it.1.in_lang(lang))).collect();
    look::search_form(
        "/log",
        html! {
            (look::select(lang, &filled, "person", lang.t("職員", "Person"), &staff).optional())
            (look::text_input(lang, &filled, "patient", lang.t("患者番号（または氏名）", "Patient's number (or name)"), None).optional())
            (look::text_input(lang, &filled, "from", lang.t("はじめの日", "From"), None).kind("date").optional())
            (look::text_input(lang, &filled, "to", lang.t("おわりの日", "To"), None).kind("date").optional())
            (look::select(lang, &filled, "act", lang.t("何について", "About"), &acts).optional())
            (look::search_button(lang.t("調べる", "Search")))
        },
    )
}

fn rows(asked: &Asked, runs: &[Vec<Row>]) -> Markup {
    let lang = asked.lang();
    let cells: Vec<Vec<Markup>> = runs
        .iter()
        .filter_map(|run| Some((run, run.first()?, run.last()?)))
        .map(|(run, it, oldest)| {
            let entry = &it.entry;
            let count = run.len();
            vec![
                html! {
                    @if count > 1 { (time::show(oldest.entry.at, lang)) (lang.t("から", " to ")) br; }
                    (time::show(entry.at, lang))
                },
                html! { (it.who.in_lang(lang)) },
                html! {
                    (act_words(&entry.act).in_lang(lang))
                    @if count > 1 { " " (look::badge(Tone::Info, &lang.t(format!("{count}件"), format!("{count} times")))) }
                    @if entry.outcome == "refused" { " " (look::badge(Tone::Stop, lang.t("拒否", "Refused"))) }
                },
                html! { @if it.patient.is_empty() { "—" } @else { (it.patient) } },
                html! { (class_words(&entry.class).in_lang(lang)) },
                look::details(lang.t("くわしく", "More"), html! {
                    (more(lang, it))
                    @if count > 1 {
                        p { (lang.t("ほかの記録（番号と日時）", "The others (index and time)")) }
                        ul { @for it in run.iter().skip(1) { li { (it.entry.index) " " (time::show(it.entry.at, lang)) } } }
                    }
                }),
            ]
        })
        .collect();
    let heads = lang.t(
        ["日時", "した人", "したこと", "患者番号", "情報の種類", "詳細"],
        ["When", "Who", "What", "Patient", "Class", "Detail"],
    );
    html! {
        @if cells.is_empty() { (look::empty(lang.t("あてはまる記録はありません。", "Nothing found."))) }
        @else { (look::table(lang.t("記録（新しい順）", "Entries, the newest first"), &heads, &cells)) }
    }
}

fn more(lang: Lang, it: &Row) -> Markup {
    let entry = &it.entry;
    let or_none = |text: Option<&str>| text.filter(|it| !it.is_empty()).unwrap_or("—").to_owned();
    html! {
        (look::facts(&[
            (lang.t("番号", "Index"), html! { (entry.index) }),
            (lang.t("操作", "Act"), html! { code { (entry.act) } }),
            (lang.t("対象", "Thing"), html! { (entry.thing_kind) " " code { (entry.thing_id) } }),
            (lang.t("受付番号", "Request"), html! { code { (entry.request) } }),
            (lang.t("接続元", "Address"), html! { (or_none(entry.address.as_deref())) }),
            (lang.t("端末", "Terminal"), html! { (or_none(entry.device.as_deref())) }),
        ]))
        @match &entry.detail {
            Some(detail) if !detail.is_null() => pre { (serde_json::to_string_pretty(detail).unwrap_or_default()) },
            Some(_) => {},
            None => p { (lang.t("個人に関する部分は消去されています。", "The private part was destroyed on record.")) },
        }
    }
}

fn hidden(search: &Search) -> Markup {
    html! {
        (look::hidden("person", &search.person)) (look::hidden("patient", &search.patient))
        (look::hidden("from", &search.from)) (look::hidden("to", &search.to)) (look::hidden("act", &search.act))
    }
}

fn of_fields(fields: &Fields) -> Search {
    let text = |name: &str| fields.get(name).to_owned();
    Search {
        person: text("person"),
        patient: text("patient"),
        from: text("from"),
        to: text("to"),
        act: text("act"),
        before: String::new(),
    }
}

fn exporting(asked: &Asked, search: &Search) -> Markup {
    let lang = asked.lang();
    look::section(
        lang.t("書き出す", "Export"),
        look::form(
            asked,
            "/log/export",
            html! {
                (hidden(search))
                p { (lang.t(
                    "いまの検索の結果をCSVに書き出します。書き出したことも記録に残ります。改ざんがないことを第三者が確かめられる形は、運用の担当者が haruka log export で作れます。",
                    "Writes what this search finds as CSV; the export is on record too. A bundle that a stranger can verify is made by `haruka log export`."
                )) }
                (look::submit(lang.t("CSVで書き出す", "Export as CSV")))
            },
        ),
    )
}

fn proof(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let it = &view.standing;
    html! {
        (look::facts(&[
            (lang.t("記録の数", "Entries"), html! { (it.entries) }),
            (lang.t("署名済み", "Signed"), html! { (it.signed) }),
            (lang.t("最後の署名", "Last signature"), html! { @match it.signed_at { Some(at) => (time::show(at, lang)), None => (lang.t("まだありません", "None yet")) } }),
            (lang.t("サーバーの時計", "Server's clock"), clock(asked, view)),
        ]))
        @if let Some(key) = &view.key {
            p { (lang.t("検証に使う公開鍵（外部に控えておくと、第三者も検証できます）", "The public key for verifying; keep a copy elsewhere, so that strangers can verify")) }
            (look::copyable(lang, key))
        }
        (look::form(asked, "/log/verify", html! {
            p { (lang.t("はじめの記録から順に、1件ずつ検証します。", "Verifies every entry, from the first one on.")) }
            (look::submit_named("verify", "1", lang.t("いま検証する", "Verify now")))
        }))
    }
}

/// How far the clock that gives the times of these entries is off (CS-163).
fn clock(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let state = audit::clock::judge(view.clock.as_ref(), asked.ctx.now);
    let told = |it: audit::clock::Measured| {
        let (off, about) = (it.offset_us / 1000, it.round_trip_us / 2000);
        lang.t(
            format!("基準との差 {off} ms（誤差 {about} ms 以内）"),
            format!("{off} ms off its reference (within {about} ms)"),
        )
    };
    html! {
        @match state {
            Standing::Right(it) => { (look::badge(Tone::Good, lang.t("正しい", "Right"))) " " (told(it)) }
            Standing::Off(it) => { (look::badge(Tone::Stop, lang.t("ずれています", "Wrong"))) " " (told(it)) }
            Standing::Unknown => { (look::badge(Tone::Warn, lang.t("確かめられていません", "Not checked"))) }
        }
        @if let Some(check) = &view.clock { " " small { (check.source) " " (time::show(check.checked_at, lang)) } }
    }
}

async fn export(asked: Asked, fields: Fields) -> web::Result {
    let search = of_fields(&fields);
    need_fresh_at(&asked, &search.href(None))?;
    let rows = asked.site.write(&asked.ctx, move |tx, ctx| store::export(tx, ctx, &search)).await?;
    // The mark at the beginning tells spreadsheets that this is UTF-8.
    let text = format!("\u{feff}{}", store::csv(&rows, asked.lang()));
    let name = format!("log-{}.csv", time::day(asked.ctx.now));
    Ok(Answer::File { kind: "text/csv; charset=utf-8", name, bytes: text.into_bytes() })
}

async fn verify(asked: Asked, fields: Fields) -> web::Result {
    kernel::clause!("CS-122");
    asked.site.write(&asked.ctx, store::ask_to_verify).await?;
    let facility = asked.ctx.facility()?;
    let report = audit::verify(&asked.site.db, facility).await?;
    let lang = asked.lang();
    let told = match report.first_bad {
        None => look::notice(
            lang,
            Tone::Good,
            lang.t("改ざんは見つかりませんでした", "Nothing was changed"),
            html! { p { (lang.t(
                format!("{}件すべての記録と、{}個の署名が一致しました。", report.size, report.checkpoints),
                format!("All {} entries and {} signatures agree.", report.size, report.checkpoints)
            )) } },
        ),
        Some(bad) => look::notice(
            lang,
            Tone::Stop,
            lang.t("記録が書き換えられています", "The log was changed"),
            html! {
                p { (lang.t(format!("最初の異常は{}番の記録です。", bad.index), format!("The first bad entry is number {}.", bad.index))) " " (bad.why.words(lang)) }
                p { (lang.t("操作を止め、安全管理責任者と運用の担当者にすぐ知らせてください。", "Stop, and tell the safety officer and whoever runs the server at once.")) }
            },
        ),
    };
    page(&asked, of_fields(&fields), Some(told)).await
}
