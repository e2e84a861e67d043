//! `/images/{study_uid}/patient`: whose a study is, and putting it right.

use axum::extract::Query;
use guidelines::reading::same_patient::Comparison;
use kernel::{Lang, PatientId, Words, time};
use maud::{Markup, html};
use people::patient::Patient;
use web::look::{self, Tone};
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::store;
use super::{Belonging, Bound, Order, Refusal, Step, Whose};
use crate::instance::Uid;
use crate::study::Study;

/// In place of a patient: nobody knows whose it is.
const NOBODY: &str = "nobody";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/images/{study_uid}/patient", show).post(
        Door::Staff,
        "/images/{study_uid}/patient",
        put,
    )
}

#[derive(Debug, Clone, Default, serde::Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn show(asked: Asked, Path(uid): Path<Uid>, Query(search): Query<Search>) -> web::Result {
    page(&asked, uid, search.q, &Filled::empty(), 200).await
}

async fn page(asked: &Asked, uid: Uid, text: String, filled: &Filled, status: u16) -> web::Result {
    let text: String = text.chars().take(kernel::limits::LINE_CHARS_MAX).collect();
    let wanted = text.clone();
    let (it, found) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let it = store::open(tx, ctx, &uid)?;
            let found = store::candidates(tx, ctx, &it.study, &wanted)?;
            Ok((it, found))
        })
        .await?;
    let lang = asked.lang();
    let address = format!("/images/{}/patient", it.study.uid);
    let sought = Filled::empty().with("q", text.as_str());
    let body = html! {
        (look::faults_summary(lang, filled))
        p { a href={ "/images/" (it.study.uid) } { (lang.t("画像へ戻る", "Back to the images")) } }
        (facts(lang, &it))
        @if !it.requests.is_empty() { (readings(lang, &it)) }
        h2 { (lang.t("正しい患者さんを選ぶ", "Choose the right patient")) }
        (look::search_form(&address, html! {
            (look::text_input(lang, &sought, "q", lang.t("氏名のはじめの文字、かな、または患者番号", "Beginning of the name, kana, or number"), None).optional())
            (look::search_button(lang.t("探す", "Search")))
        }))
        (form(asked, &it, &found, filled, &text))
        @if !it.history.is_empty() { (history(lang, &it.history)) }
    };
    Ok(asked.page(&Words::new("画像の患者さんを正す", "Whose images these are"), body).status(status))
}

fn person(lang: Lang, it: &Patient) -> String {
    format!(
        "{}（{}） {} {} {}",
        it.name.full(),
        it.name.full_kana(),
        it.number,
        time::show_day(it.birth_date, lang),
        it.sex.words().in_lang(lang)
    )
}

/// All three scripts, as the device gave them.
fn claimed(lang: Lang, study: &Study) -> String {
    let it = &study.claims.patient;
    let names = [&it.name.ideographic, &it.name.phonetic, &it.name.alphabetic];
    let names: Vec<String> =
        names.into_iter().filter(|it| !it.is_empty()).map(|it| it.replace('^', " ").trim().to_owned()).collect();
    let name = if names.is_empty() { lang.t("氏名なし", "no name").to_owned() } else { names.join(" / ") };
    let born = it.birth_date.map(|it| time::show_day(it, lang)).unwrap_or_default();
    [name, it.id.clone(), born, it.sex.clone()].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn agreement(lang: Lang, comparison: &Comparison) -> Markup {
    match comparison {
        Comparison::Same => look::badge(Tone::Good, lang.t("装置の記録と一致", "Agrees with the device")),
        Comparison::Unknown(_) => look::badge(Tone::Warn, lang.t("確かめきれない", "Too little to tell")),
        Comparison::Differs(_) => look::badge(Tone::Stop, lang.t("装置の記録と違う", "Differs from the device")),
    }
}

fn facts(lang: Lang, it: &Belonging) -> Markup {
    let day = it.study.date.map_or_else(|| lang.t("不明", "unknown").to_owned(), |it| time::show_day(it, lang));
    look::facts(&[
        (
            lang.t("検査", "Examination"),
            html! { (day) " " (it.study.modalities.join(" / ")) " " (it.study.claims.description) },
        ),
        (lang.t("装置の記録にある患者", "Patient as the device says"), html! { (claimed(lang, &it.study)) }),
        (
            lang.t("いまの患者", "Patient now"),
            html! { @match (&it.patient, it.detached) {
                (Some(bound), _) => { a href={ "/patients/" (bound.patient.id) } { (person(lang, &bound.patient)) } " " (agreement(lang, &bound.comparison))
                    @if let Some(why) = bound.comparison.reason() { br; (why.in_lang(lang)) } },
                (None, true) => { (look::badge(Tone::Warn, lang.t("どの患者さんのものでもない", "Nobody's"))) " "
                    (lang.t("装置の記録は誤りだと、職員が確かめています。", "A person has found that the device is wrong.")) },
                (None, false) => { (lang.t("まだ結び付けていません。読影を依頼するときに、装置の記録と照らし合わせます。", "Not bound yet. It is compared with the device's words when a reading is asked for.")) },
            } },
        ),
    ])
}

fn readings(lang: Lang, it: &Belonging) -> Markup {
    look::section(
        lang.t("この画像が付いた読影の依頼", "Requests for a reading with these images"),
        html! {
            ul { @for request in &it.requests { li {
                a href={ "/readings/" (request.id) } { (time::show(request.asked_at, lang)) } " " (request.content.patient.name.full()) " "
                (request.state().words().in_lang(lang))
            } } }
            p { (lang.t(
                "報告が済んだ依頼があるときは、患者さんを正したあと、報告した施設に電話で伝えて、報告書の訂正を頼んでください。報告書は消えません。",
                "Where a report is signed already, call the facility that wrote it and ask for a correction. Reports do not vanish."
            )) }
        },
    )
}

fn form(asked: &Asked, it: &Belonging, found: &[Bound], filled: &Filled, text: &str) -> Markup {
    let lang = asked.lang();
    let mut choices: Vec<(String, String)> = found
        .iter()
        .map(|bound| {
            let state = match &bound.comparison {
                Comparison::Same => lang.t("装置の記録と一致", "agrees with the device").to_owned(),
                other => other.reason().map(|it| it.in_lang(lang).to_owned()).unwrap_or_default(),
            };
            (bound.patient.id.to_string(), format!("{} — {state}", person(lang, &bound.patient)))
        })
        .collect();
    choices.push((
        NOBODY.to_owned(),
        lang.t(
            "どの患者さんのものか分からない（いまの患者さんから外す）",
            "Nobody knows whose they are (take them from the present patient)",
        )
        .to_owned(),
    ));
    let all = lang.t(
        format!("この患者さんに付いているほかの{}件の検査も一緒に移す（同じ人を二重に登録していたとき）", it.others),
        format!("Move the {} other examinations of this patient too (one person was registered twice)", it.others),
    );
    look::form(
        asked,
        &format!("/images/{}/patient", it.study.uid),
        html! {
            (look::hidden("q", text))
            (look::choice(lang, filled, "to", lang.t("正しい患者さん", "The right patient"), &choices))
            @if it.others > 0 { (look::tick(lang, filled, "all", "yes", &all)) }
            (look::area(lang, filled, "reason", lang.t("正す理由", "Why"), Some(lang.t(
                "どうして違うと分かったか。お名前とともに記録に残ります。",
                "How you know. It is kept with your name."
            ))).rows(2))
            (look::submit(lang.t("患者さんを正す", "Put it right")))
        },
    )
}

fn history(lang: Lang, steps: &[Step]) -> Markup {
    let whose = |it: &Option<Whose>, none: &str| match it {
        Some(it) => html! { a href={ "/patients/" (it.patient) } { (it.number) } },
        None => html! { (none) },
    };
    let rows: Vec<Vec<Markup>> = steps
        .iter()
        .map(|it| {
            vec![
                html! { (time::show(it.at, lang)) },
                html! { (it.by) },
                html! { (whose(&it.from, lang.t("未定", "nobody"))) " → " (whose(&it.to, lang.t("なし", "nobody"))) },
                html! { (it.reason) @if !it.finding.is_empty() { br; small { (it.finding) } } },
            ]
        })
        .collect();
    let heads = lang.t(["日時", "決めた人", "患者番号", "理由"], ["When", "By", "Patient number", "Why"]);
    look::section(
        lang.t("これまでの経過", "What was decided"),
        look::table(
            lang.t("この検査の患者さんについて決めたこと", "Decisions about whose examination this is"),
            &heads,
            &rows,
        ),
    )
}

fn read(fields: &Fields) -> Result<Order, Faults> {
    let mut faults = Faults::default();
    let reason = fields.text("reason", &mut faults);
    let to = match fields.get("to") {
        NOBODY => None,
        text => {
            let patient = text.parse::<PatientId>().ok();
            if patient.is_none() {
                faults.add("to", Words::new("正しい患者さんを選んでください。", "Please choose the right patient."));
            }
            patient
        }
    };
    let all = fields.get("all") == "yes";
    faults.done(|| Order { to, reason, all })
}

async fn put(asked: Asked, Path(uid): Path<Uid>, fields: Fields) -> web::Result {
    let text = fields.get("q").to_owned();
    let order = match read(&fields) {
        Ok(order) => order,
        Err(faults) => return page(&asked, uid, text, &fields.again(faults), 422).await,
    };
    let address = format!("/images/{uid}/patient");
    let wanted = uid.clone();
    let done = asked.act_or(&fields, move |tx, ctx| Ok(store::put(tx, ctx, &wanted, &order)?.map(|_| address))).await?;
    match done {
        Ok(answer) => Ok(answer),
        Err(refusal) => {
            let mut faults = Faults::default();
            let field = if matches!(refusal, Refusal::NoPair) { "all" } else { "to" };
            faults.add(field, refusal.words());
            page(&asked, uid, text, &fields.again(faults), 422).await
        }
    }
}
