//! The frame of every page: head, skip link, name of the house, navigation by role, language and type size, footer.
//!
//! Nothing here moves or is drawn late: the language and the size of the type are settled by cookies before the page is
//! made, so no page flashes from one to the other.

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue};
use kernel::{Error, Kind, Lang, Who, Words};
use maud::{DOCTYPE, Markup, html};

use crate::asked::{LANG_COOKIE, LARGE_COOKIE};
use crate::assets::href;
use crate::{Answer, Asked, Door, Fields, Routes, look};

/// `POST /look`: the switches of the header. `GET /alerts`: what cannot wait. `GET /again/{kept}`: forms that wait.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Open, "/look", switch).get(Door::Open, "/alerts", live_alerts).and(crate::kept::routes())
}

/// Where a member of the staff reports a danger. Its link stands on every page of theirs.
pub const REPORT: &str = "/report";

/// Seconds between two questions for alerts of a page that stays open.
const ALERTS_EVERY_S: u16 = 20;

/// A whole page.
#[must_use]
pub fn page(asked: &Asked, title: &Words, body: Markup) -> Markup {
    let lang = asked.lang();
    let class = match &asked.ctx.who {
        Who::Staff(_) => "staff",
        Who::Patient(_) | Who::Guardian { .. } => "patient",
        _ => "nobody",
    };
    let inside = html! {
        (skip(lang))
        header.top {
            div.top-line {
                div.house {
                    a.brand href="/" { (lang.t("遥 Haruka", "Haruka")) }
                    @if let Some(place) = place(asked) { span.place { (place) } }
                }
                (switches(asked))
            }
            (nav(asked))
        }
        main #main tabindex="-1" { h1 { (title.in_lang(lang)) } @if class == "staff" { (room(asked)) (alerts(asked)) } (body) }
        footer.bottom {
            p { (lang.t("遥（Haruka）オンライン診療", "Haruka online visits")) }
            @if class != "staff" {
                p { (lang.t("急に具合が悪くなったときは、119番に電話してください。", "If you suddenly feel very ill, call 119.")) }
            }
        }
    };
    frame(asked, title, class, inside)
}

/// A page without navigation that fills the window: the call, a terminal at the reception. `body` is told who it is
/// by its own words; the title stands in a slim line above it.
#[must_use]
pub fn bare(asked: &Asked, title: &Words, body: Markup) -> Markup {
    let lang = asked.lang();
    let inside = html! {
        (skip(lang))
        header.slim {
            h1 { (title.in_lang(lang)) }
            // A call or a picture stays open beside it.
            @if asked.ctx.who.staff().is_some() && !asked.here.starts_with(REPORT) {
                a href=(REPORT) target="_blank" rel="noopener" {
                    (lang.t("緊急の連絡", "Report a danger")) span.unseen { (lang.t("（別の画面で開きます）", " (opens beside this)")) }
                }
            }
        }
        main #main tabindex="-1" { (body) }
    };
    frame(asked, title, "bare", inside)
}

/// A page for paper: title and body, on the screen as it will be printed.
#[must_use]
pub fn print(asked: &Asked, title: &Words, body: Markup) -> Markup {
    frame(asked, title, "paper", html! { main #main tabindex="-1" { h1 { (title.in_lang(asked.lang())) } (body) } })
}

/// The page for an error: what happened, and what to do.
#[must_use]
pub fn error(asked: &Asked, error: &Error) -> Markup {
    let lang = asked.lang();
    let title = match error.kind() {
        Kind::NotFound => Words::new("見つかりません", "Not found"),
        Kind::Forbidden | Kind::Terminal => Words::new("この操作はできません", "Not allowed"),
        Kind::Unavailable => Words::new("いまは保存できません", "Cannot save now"),
        Kind::Internal => Words::new("問題が起きました", "Something went wrong"),
        _ => Words::new("受け付けられませんでした", "Not accepted"),
    };
    page(
        asked,
        &title,
        html! {
            p { (error.words().in_lang(lang)) }
            p { (lang.t("受付番号：", "Reference: ")) code { (asked.ctx.request) } }
            (look::page_actions(look::link_button("/", lang.t("最初のページへ", "To the start page"))))
        },
    )
}

/// The page for a form that could not be saved: nothing typed is lost, and it is sent again from here.
#[must_use]
pub(crate) fn not_saved(asked: &Asked, error: &Error, typed: &[(String, String)]) -> Markup {
    let lang = asked.lang();
    // Ids, ticks and the keys of choices say nothing to a reader; words and numbers that were typed do.
    let is_key = |value: &str| value.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    let told = |(name, value): &&(String, String)| {
        !name.starts_with('_') && value.len() > 1 && !is_key(value) && value.parse::<kernel::RowId>().is_err()
    };
    let path = asked.here.split('?').next().unwrap_or("/");
    let body = html! {
        p { (error.words().in_lang(lang)) }
        p { strong { (lang.t(
            "いま送った内容は、まだ保存されていません。この画面に残っていますので、あとで「もう一度送る」を押してください。",
            "What you sent is not saved yet. It is kept on this page: press “Send again” later."
        )) } }
        (look::section(lang.t("送ろうとした内容", "What you wanted to send"), html! {
            ul { @for (_, value) in typed.iter().filter(told) { li.lines { (value) } } }
            p.note { (lang.t("写真やファイルを付けたときは、選び直しをお願いすることがあります。", "If you added a picture or a file, you may be asked to choose it again.")) }
        }))
        (look::given_form(asked, path, html! {
            @for (name, value) in typed { (look::hidden(name, value)) }
            (look::submit(lang.t("もう一度送る", "Send again")))
        }))
        p { (lang.t("受付番号：", "Reference: ")) code { (asked.ctx.request) } }
    };
    page(asked, &Words::new("いまは保存できません", "Cannot save now"), body)
}

/// Told on every page of the staff while the house is for reading only.
fn room(asked: &Asked) -> Markup {
    let lang = asked.lang();
    html! { @if asked.site.db.room() != db::Room::Enough {
        (look::notice(lang, look::Tone::Warn, lang.t("いまは見るだけになっています", "For reading only now"), html! {
            p { (lang.t(
                "保存する場所の空きが足りません。新しい記録は保存できませんが、これまでの記録はすべて残っています。運用の担当者に、ディスクの空きを増やすよう伝えてください。",
                "The disk is nearly full. Nothing new can be saved; nothing that was saved is lost. Tell whoever runs the server to make room."
            )) }
        }))
    } }
}

/// What cannot wait, on every page of the staff, fresh while the page stays open.
fn alerts(asked: &Asked) -> Markup {
    html! { @if asked.site.settings.alerts_of.is_some() {
        (look::live("/alerts", ALERTS_EVERY_S, &alerts_tag(asked), alerts_shown(asked)))
    } }
}

fn alerts_shown(asked: &Asked) -> Markup {
    let lang = asked.lang();
    html! { @for it in asked.session.iter().flat_map(|it| &it.alerts) {
        (look::notice(lang, it.tone, it.title.in_lang(lang), html! {
            p { (it.text.in_lang(lang)) }
            @if let Some((href, words)) = &it.link { p { (look::link_button(href, words.in_lang(lang))) } }
        }))
    } }
}

fn alerts_tag(asked: &Asked) -> String {
    let shown = format!("{:?} {:?}", asked.session.as_ref().map(|it| &it.alerts), asked.lang());
    format!("\"{}\"", crypto::digest::hex(&crypto::digest::sha256(shown.as_bytes())[..16]))
}

/// The alerts again, for a page that is open. To a browser that was signed out since it says nothing, instead of leading to the
/// door: the page may hold what somebody is typing.
async fn live_alerts(asked: Asked, headers: HeaderMap) -> crate::Result {
    let tag = alerts_tag(&asked);
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok(Answer::Same);
    }
    Ok(Answer::Part { tag, html: alerts_shown(&asked) })
}

fn frame(asked: &Asked, title: &Words, class: &str, inside: Markup) -> Markup {
    let lang = asked.lang();
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) class=[asked.large.then_some("large")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                // Old phones make telephone links of anything with digits: card numbers, references.
                meta name="format-detection" content="telephone=no";
                title { (title.in_lang(lang)) " – " (lang.t("遥 Haruka", "Haruka")) }
                link rel="stylesheet" href=(href("haruka.css"));
                link rel="icon" href="data:,";
                script type="module" src=(href("page.js")) {}
            }
            body class=(class) { (inside) }
        }
    }
}

fn skip(lang: Lang) -> Markup {
    html! { a.skip href="#main" { (lang.t("本文へ進む", "Skip to content")) } }
}

/// The staff see where they work now: many have duties at more than one facility.
fn place(asked: &Asked) -> Option<String> {
    asked.ctx.who.staff()?;
    asked.site.settings.places.name(asked.ctx.facility?)
}

/// On a phone the links wrap: a folded menu would hide the few ways there are.
fn nav(asked: &Asked) -> Markup {
    let (lang, links) = (asked.lang(), asked.ways().collect::<Vec<_>>());
    html! {
        @if !links.is_empty() {
            nav.ways aria-label=(lang.t("メニュー", "Menu")) { ul {
                @for item in links {
                    li { a href=(item.href) aria-current=[is_here(&asked.here, item.href).then_some("page")] {
                        (item.words.in_lang(lang))
                    } }
                }
            } }
        }
    }
}

/// Whether the page `here` is the link's, or lies below it.
fn is_here(here: &str, href: &str) -> bool {
    let path = here.split('?').next().unwrap_or_default();
    path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && href != "/"))
}

/// Language, type size, sign-out: forms, so that they work without script. Sign-out is the last.
fn switches(asked: &Asked) -> Markup {
    let lang = asked.lang();
    html! {
        div.switches {
            @if asked.ctx.who.staff().is_some() { a.urgent href=(REPORT) { (lang.t("緊急の連絡", "Report a danger")) } }
            (look::form(asked, "/look", html! {
                (look::hidden("back", &asked.back))
                @match lang {
                    Lang::Ja => { button.plain name="lang" value="en" lang="en" { "English" } }
                    Lang::En => { button.plain name="lang" value="ja" lang="ja" { "日本語" } }
                }
                @if asked.large { button.plain name="large" value="0" { (lang.t("文字を標準に", "Normal type")) } }
                @else { button.plain name="large" value="1" { (lang.t("文字を大きく", "Larger type")) } }
            }))
            @if asked.session.is_some() {
                (look::link_quiet("/me", lang.t("アカウント", "Account")))
                (look::form(asked, "/sign-out", html! { button.plain { (lang.t("ログアウト", "Sign out")) } }))
            }
        }
    }
}

/// Keeps the choice in a cookie and leads back. It acts on nothing of anybody's, so it leaves no audit entry.
async fn switch(asked: Asked, fields: Fields) -> crate::Result {
    let chosen = match (fields.get("lang"), fields.get("large")) {
        ("", "1") => (LARGE_COOKIE, "1"),
        ("", _) => (LARGE_COOKIE, "0"),
        (tag, _) => (LANG_COOKIE, Lang::from_tag(tag).tag()),
    };
    Ok(Answer::ToWithCookie(fields.get("back").to_owned(), keep(&asked, chosen)))
}

fn keep(asked: &Asked, (name, value): (&str, &str)) -> Option<HeaderValue> {
    /// A year: who needs large type today needs it at the next visit.
    const KEPT_S: u32 = 365 * 24 * 60 * 60;
    let secure = if asked.site.settings.base_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).ok()
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn a_link_is_current_at_its_page_and_below() {
        let cases = [
            ("/day", "/day", true),
            ("/day?on=2026-11-21", "/day", true),
            ("/day/1", "/day", true),
            ("/days", "/day", false),
            ("/", "/", true),
            ("/day", "/", false),
            ("/log?back=/day", "/day", false),
        ];
        for (here, href, expected) in cases {
            assert_eq!(is_here(here, href), expected, "{here} {href}");
        }
    }
}
