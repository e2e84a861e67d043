//! The list of examinations in a browser, the newest first, with a search by name or number.

use axum::extract::Query;
use kernel::{Lang, Words, time};
use maud::{Markup, html};
use web::{Asked, Door, Faults, Fields, Filled, Routes, look};

use super::filter::{Filter, Pattern};
use super::{Page, Study, find_studies};

/// Examinations on one page.
const SHOWN: usize = 50;

/// Routes of the list.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/images", page)
}

#[derive(Debug, Clone, serde::Deserialize)]
struct Wish {
    #[serde(default)]
    q: String,
    after: Option<String>,
}

/// What somebody typed: a number where it has digits and no letter of a name, otherwise the beginning of a name in any
/// script.
fn filter(text: &str) -> Result<Filter, Words> {
    let mut filter = Filter::default();
    let text = text.trim();
    if text.is_empty() {
        return Ok(filter);
    }
    let number =
        text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-') && text.bytes().any(|it| it.is_ascii_digit());
    let pattern = |text: &str| Pattern::parse(text).map_err(|it| it.words());
    if number {
        filter.patient_id = Some(pattern(text)?);
    } else {
        filter.patient_name = Some(pattern(text)?);
        filter.fuzzy = true;
    }
    Ok(filter)
}

async fn page(asked: Asked, Query(wish): Query<Wish>) -> web::Result {
    let lang = asked.lang();
    let mut faults = Faults::default();
    let filter = filter(&wish.q).unwrap_or_else(|words| {
        faults.add("q", words);
        Filter::default()
    });
    if !faults.0.is_empty() {
        let filled = Fields::of(&[("q", wish.q.as_str())]).again(faults);
        return Ok(asked.page(&title(), search(lang, &filled)).status(422));
    }
    let page = Page { limit: SHOWN, after: wish.after, ..Page::default() };
    let found = asked.site.write(&asked.ctx, move |tx, ctx| find_studies(tx, ctx, &filter, &page)).await?;
    let next = found
        .next
        .as_deref()
        .map(|it| format!("/images?q={}&after={}", web::answer::query_value(&wish.q), web::answer::query_value(it)));
    let body = html! {
        (search(lang, &Filled::empty().with("q", wish.q.as_str())))
        (look::page_actions(look::link_button("/images/bring", lang.t("CD・フォルダーから取り込む", "Take in a CD or folder"))))
        @if found.rows.is_empty() { (look::empty(lang.t("画像はありません。", "No images."))) }
        @else { (table(lang, &found.rows)) }
        @if found.cut { p { (lang.t("ほかにもあるかもしれません。氏名をもう少し長く入力してください。", "There may be more. Please type more of the name.")) } }
        (look::pager(lang, None, next.as_deref()))
    };
    Ok(asked.page(&title(), body))
}

fn title() -> Words {
    Words::new("画像", "Images")
}

fn search(lang: Lang, filled: &Filled) -> Markup {
    look::search_form(
        "/images",
        html! {
            (look::text_input(lang, filled, "q", lang.t("氏名のはじめの文字、かな、または患者番号", "Beginning of the name, kana, or patient number"), None).optional())
            (look::search_button(lang.t("探す", "Search")))
        },
    )
}

fn table(lang: Lang, studies: &[Study]) -> Markup {
    let rows: Vec<Vec<Markup>> = studies
        .iter()
        .map(|it| {
            let day = it.date.map_or_else(|| lang.t("不明", "unknown").to_owned(), |it| time::show_day(it, lang));
            let patient = &it.claims.patient;
            vec![
                html! { (day) },
                html! { a href={ "/images/" (it.uid) } { (name(lang, it)) } @if !patient.id.is_empty() { br; small { (patient.id) } } },
                html! { (it.modalities.join(" / ")) @if !it.claims.description.is_empty() { br; small { (it.claims.description) } } },
                html! { (it.instance_count) },
            ]
        })
        .collect();
    let heads = lang.t(
        ["検査日", "患者（装置の記録）", "種類", "枚数"],
        ["Date", "Patient (as the device says)", "Kind", "Images"],
    );
    look::table(lang.t("画像のある検査", "Examinations with images"), &heads, &rows)
}

/// The name as it is read here: characters with kana, Latin letters where there are none.
fn name(lang: Lang, study: &Study) -> String {
    let name = &study.claims.patient.name;
    let plain = |text: &str| text.replace('^', " ").trim().to_owned();
    let (latin, characters, kana) = (plain(&name.alphabetic), plain(&name.ideographic), plain(&name.phonetic));
    match (characters.is_empty(), kana.is_empty(), latin.is_empty()) {
        (false, false, _) => format!("{characters}（{kana}）"),
        (false, true, _) => characters,
        (true, _, false) => latin,
        (true, false, true) => kana,
        (true, true, true) => lang.t("氏名なし", "No name").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_number_or_the_beginning_of_a_name() {
        for (text, number) in [("00012", true), ("A-12", true), ("田中", false), ("tanaka", false), ("たなか 3", false)]
        {
            let filter = filter(text).expect("a search");
            assert_eq!(filter.patient_id.is_some(), number, "{text}");
            assert_eq!(filter.patient_name.is_some(), !number, "{text}");
        }
        assert_eq!(filter("  ").expect("all").patient_name, None);
    }
}
