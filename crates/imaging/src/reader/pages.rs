//! `/settings/readers`: who may sign reports on images for others, and the form that records a qualification.

use guidelines::reading::reader::Qualification;
use kernel::{Lang, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Filled, Routes};

use super::{Checked, Form, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/settings/readers", show).post(Door::Staff, "/settings/readers", record)
}

async fn show(asked: Asked) -> web::Result {
    page(&asked, &Filled::empty(), 200).await
}

fn until(it: &Checked, lang: Lang) -> String {
    it.valid_until.map_or_else(
        || lang.t("期限なし", "no end").to_owned(),
        |day| lang.t(format!("{}まで", time::show_day(day, lang)), format!("until {}", time::show_day(day, lang))),
    )
}

async fn page(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let readers = asked.site.write(&asked.ctx, store::list).await?;
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = readers
        .iter()
        .filter(|it| !it.checked.is_empty())
        .map(|it| {
            vec![
                html! { (it.person.name.full()) },
                html! { ul { @for one in &it.checked {
                    li { (one.kind.words().in_lang(lang)) br; small { (until(one, lang)) " · " (one.checked_how) } }
                } } },
                html! { @match it.may_sign {
                    Ok(_) => (look::badge(Tone::Good, lang.t("確定できます", "May sign"))),
                    Err(why) => { (look::badge(Tone::Warn, lang.t("下書きまで", "Drafts only"))) br; (why.words().in_lang(lang)) }
                } },
            ]
        })
        .collect();
    let heads = lang.t(["氏名", "資格", "いま"], ["Name", "Qualification", "Now"]);
    let people: Vec<(String, String)> =
        readers.iter().map(|it| (it.person.id.to_string(), it.person.name.full())).collect();
    let kinds: Vec<(&str, String)> =
        Qualification::ALL.iter().map(|(key, it)| (*key, it.words().in_lang(lang).to_owned())).collect();
    let body = html! {
        (look::faults_summary(lang, filled))
        p { (lang.t("ほかの施設の画像の報告書を確定できるのは、資格と日本の免許が記録され、期限内の人だけです。ほかの人は下書きまで行えます。",
            "Only those whose qualification and Japanese licence are on file and in force sign reports for other facilities; everybody else writes drafts.")) }
        @if rows.is_empty() { (look::empty(lang.t("まだ読影の資格は記録されていません。", "No qualification is on file yet."))) }
        @else { (look::table(lang.t("読影の資格", "Qualifications to read"), &heads, &rows)) }
        @if may(asked, Act::Write, Class::Administration) { (look::section(lang.t("資格を記録する", "Record a qualification"), look::form(asked, "/settings/readers", html! {
            (look::select(lang, filled, "person", lang.t("職員", "Who"), &people))
            (look::choice(lang, filled, "kind", lang.t("資格", "Qualification"), &kinds))
            (look::text_input(lang, filled, "valid_until", lang.t("有効期限", "Last day"), Some(lang.t("認定証にある期限。施設が認めた場合は空欄でもかまいません。", "As on the certificate; may be empty for the facility's own approval."))).kind("date").optional())
            (look::text_input(lang, filled, "checked_how", lang.t("何で確かめたか", "How it was checked"), Some(lang.t("例：認定証の原本。登録番号は書かないでください。", "For example: the certificate itself. Please write no numbers."))))
            (look::submit(lang.t("確かめたので記録する", "I have checked it: record")))
        }))) }
        (look::page_actions(html! {
            (look::link_quiet("/settings/readers/fields", lang.t("読影医の担当を決める", "What readers take on"))) " "
            (look::link_quiet("/settings/staff", lang.t("職員の免許を見る", "Licences of the staff")))
        }))
    };
    Ok(asked.page(&Words::new("読影の資格", "Qualifications to read"), body).status(status))
}

async fn record(asked: Asked, fields: Fields) -> web::Result {
    match Form::parse(&fields) {
        Err(faults) => page(&asked, &fields.again(faults), 422).await,
        Ok(form) => {
            asked.act(&fields, move |tx, ctx| store::record(tx, ctx, &form).map(|()| "/settings/readers".into())).await
        }
    }
}
