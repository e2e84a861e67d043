//! `/settings/symptoms`: the list in force, what the clinic has added or sharpened, and who did it when.

use guidelines::symptoms::Advice;
use kernel::{RowId, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Filled, Routes};

use super::store::{self, View};
use super::{Change, URGENCY, urgency_words};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/settings/symptoms", show).post(Door::Staff, "/settings/symptoms", change)
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let view = asked.site.write(&asked.ctx, store::view).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "患者さんは問診で、あてはまる症状に印をつけます。「今日のうちに対面」「すぐに119番」の症状に印がつくと、オンラインの予約をそこで止め、すべきことと電話番号を示します。ほかの症状は、診察の前に医師・歯科医師が判断します。",
            "Patients tick what applies. Urgent symptoms stop the online booking and say what to do and whom to call; about the others the doctor decides before the visit."
        )) }
        (look::facts(&[
            (lang.t("もとの一覧", "Published list"), html! { (view.base.source.in_lang(lang)) }),
            (lang.t("いまの版", "In force"), html! { (view.list.edition) }),
        ]))
        p { small { (view.base.note.in_lang(lang)) } }
        (look::faults_summary(lang, filled))
        @if view.versions.is_empty() {
            (look::notice(lang, Tone::Warn, lang.t("まだ見直していません", "Nobody has looked through it yet"), html! {
                p { (lang.t("医師・歯科医師が一覧を読み、当院に合っているかを確かめてください。", "A doctor should read the list and see whether it fits this clinic.")) }
                @if view.writes { p { (lang.t("そのままでよければ、下の「見直しを記録する」を押します。", "If it does, record that below.")) } }
            }))
        }
        @for group in &view.list.groups {
            (look::section(group.title.in_lang(lang), html! { ul.step-list { @for it in &group.items {
                li { (it.words.in_lang(lang)) " " (urgency(asked, it.now))
                    @if is_own(&view, &it.key) { " " (look::badge(Tone::Info, lang.t("当院", "Ours"))) @if view.writes { " " (take_back(asked, &it.key)) } }
                }
            } } }))
        }
        @if view.writes { (forms(asked, &view, filled)) }
        (look::section(lang.t("これまでの版", "Versions so far"), versions(asked, &view)))
        (look::link_quiet("/settings", lang.t("設定へ戻る", "Back to the settings")))
    };
    Ok(asked.page(&Words::new("症状の一覧", "List of symptoms"), body).status(status))
}

fn urgency(asked: &Asked, now: Option<Advice>) -> Markup {
    let lang = asked.lang();
    match now {
        Some(Advice::Call119) => look::badge(Tone::Stop, Advice::Call119.words().in_lang(lang)),
        Some(it) => look::badge(Tone::Warn, it.words().in_lang(lang)),
        None => html! {},
    }
}

fn is_own(view: &View, key: &str) -> bool {
    let own = view.versions.first().map(|it| &it.0.own);
    own.is_some_and(|it| it.added.iter().any(|it| it.key == key) || it.stricter.iter().any(|it| it.key == key))
}

fn take_back(asked: &Asked, key: &str) -> Markup {
    look::form(
        asked,
        "/settings/symptoms",
        html! {
            (look::hidden("symptom", key))
            (look::submit_named("change", "take_back", asked.lang().t("当院の設定を取り下げる", "Take our setting back")))
        },
    )
}

fn forms(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let urgencies: Vec<(&str, String)> =
        URGENCY.iter().map(|(key, now)| (*key, urgency_words(*now).in_lang(lang).to_owned())).collect();
    let advices = Advice::options(lang);
    let milder: Vec<(String, String)> = view
        .list
        .items()
        .filter(|it| it.now != Some(Advice::Call119))
        .map(|it| (it.key.clone(), it.words.in_lang(lang).to_owned()))
        .collect();
    html! {
        (look::section(lang.t("当院の症状を加える", "Add a symptom"), look::form(asked, "/settings/symptoms", html! {
            (look::text_input(lang, filled, "ja", lang.t("症状（患者さんが読む言葉で）", "Symptom in Japanese, as patients say it"), None))
            (look::text_input(lang, filled, "en", lang.t("症状（英語）", "Symptom (English)"), None))
            (look::choice(lang, filled, "now", lang.t("印がついたら", "When it is ticked"), &urgencies))
            (look::submit_named("change", "add", lang.t("この症状を加える", "Add it")))
        })))
        @if !milder.is_empty() {
            (look::section(lang.t("症状をより厳しく扱う", "Make an entry more urgent"), look::form(asked, "/settings/symptoms", html! {
                (look::select(lang, filled, "symptom", lang.t("症状", "Symptom"), &milder))
                (look::choice(lang, filled, "stricter", lang.t("印がついたら", "When it is ticked"), &advices))
                (look::submit_named("change", "sharpen", lang.t("厳しくする", "Make it more urgent")))
            })))
        }
        (look::section(lang.t("見直し", "Looking through it"), html! {
            p { (lang.t("一覧を読んで、当院に合っていることを確かめたら、日付と名前を残します。", "When you have read the list and it fits this clinic, day and name are kept.")) }
            (look::form(asked, "/settings/symptoms", look::submit_named("change", "looked", lang.t("見直しを記録する", "Record it"))))
        }))
    }
}

fn versions(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = view
        .versions
        .iter()
        .map(|(it, name)| {
            vec![
                html! { (it.base) " + " (it.number) },
                html! { (time::show(it.made_at, lang)) },
                html! { (name.in_lang(lang)) },
                html! { (it.note.in_lang(lang)) },
            ]
        })
        .collect();
    let heads = lang.t(["版", "日時", "だれが", "何をしたか"], ["Version", "When", "By", "What"]);
    html! {
        @if rows.is_empty() { (look::empty(lang.t("もとの一覧をそのまま使っています。", "The published list is used as it is."))) }
        @else { (look::table(lang.t("版", "Versions"), &heads, &rows)) }
    }
}

async fn change(asked: Asked, fields: Fields) -> web::Result {
    let key = RowId::new(&asked.ctx).to_string();
    let change = match Change::parse(&fields, &key) {
        Ok(change) => change,
        Err(faults) => return page(&asked, &fields.again(faults), 422).await,
    };
    asked.act(&fields, move |tx, ctx| store::change(tx, ctx, &change).map(|_| "/settings/symptoms".into())).await
}
