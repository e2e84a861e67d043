//! The frame of every page: head, skip link, name of the house, navigation by role, language and type size, footer.

use kernel::{Error, Lang, Words};
use maud::{DOCTYPE, Markup, html};

use crate::assets::href;
use crate::{Asked, look};

/// A whole page.
#[must_use]
pub fn page(asked: &Asked, title: &Words, body: Markup) -> Markup {
    let lang = asked.lang();
    let nav = match &asked.ctx.who {
        kernel::Who::Staff(_) => asked.site.settings.staff_nav.as_slice(),
        kernel::Who::Patient(_) | kernel::Who::Guardian { .. } => asked.site.settings.patient_nav.as_slice(),
        _ => &[],
    };
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) class=[asked.large.then_some("large")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title.in_lang(lang)) " – " (lang.t("遥 Haruka", "Haruka")) }
                link rel="stylesheet" href=(href("haruka.css"));
                link rel="icon" href="data:,";
                script type="module" src=(href("page.js")) {}
            }
            body {
                a.skip href="#main" { (lang.t("本文へ進む", "Skip to content")) }
                header.top {
                    a.brand href="/" { (lang.t("遥 Haruka", "Haruka")) }
                    @if !nav.is_empty() {
                        nav aria-label=(lang.t("メニュー", "Menu")) { ul {
                            @for item in nav {
                                li { a href=(item.href) aria-current=[is_here(&asked.here, item.href).then_some("page")] { (item.words.in_lang(lang)) } }
                            }
                        } }
                    }
                    (switches(asked))
                }
                main #main tabindex="-1" { h1 { (title.in_lang(lang)) } (body) }
                footer.bottom { (lang.t("遥（Haruka）オンライン診療", "Haruka online visits")) }
            }
        }
    }
}

/// Language, type size, sign-out: forms, so that they work without script.
fn switches(asked: &Asked) -> Markup {
    let lang = asked.lang();
    html! {
        div.switches {
            (look::form(asked, "/look", html! {
                input type="hidden" name="back" value=(asked.here);
                @match lang {
                    Lang::Ja => { button.plain name="lang" value="en" lang="en" { "English" } }
                    Lang::En => { button.plain name="lang" value="ja" lang="ja" { "日本語" } }
                }
                @if asked.large { button.plain name="large" value="0" { (lang.t("文字を標準に", "Normal type")) } }
                @else { button.plain name="large" value="1" { (lang.t("文字を大きく", "Larger type")) } }
            }))
            @if asked.session.is_some() {
                (look::form(asked, "/sign-out", html! { button.plain { (lang.t("ログアウト", "Sign out")) } }))
            }
        }
    }
}

/// The page for an error: what happened, and what to do.
#[must_use]
pub fn error(asked: &Asked, error: &Error) -> Markup {
    let lang = asked.lang();
    let title = match error.kind() {
        kernel::Kind::NotFound => Words::new("見つかりません", "Not found"),
        kernel::Kind::Forbidden => Words::new("この操作はできません", "Not allowed"),
        kernel::Kind::Unavailable => Words::new("いまは保存できません", "Cannot save now"),
        kernel::Kind::Internal => Words::new("問題が起きました", "Something went wrong"),
        _ => Words::new("受け付けられませんでした", "Not accepted"),
    };
    page(
        asked,
        &title,
        html! {
            p { (error.words().in_lang(lang)) }
            p { (lang.t("受付番号", "Reference")) ": " code { (asked.ctx.request) } }
            p { a.button href="/" { (lang.t("最初のページへ", "To the start page")) } }
        },
    )
}

/// Whether the page `here` lies at or below the link `href`.
fn is_here(here: &str, href: &str) -> bool {
    here.strip_prefix(href)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('?') || (rest.starts_with('/') && href != "/"))
}

/// A page without navigation, full height: the call, a terminal at the reception.
#[must_use]
pub fn bare(asked: &Asked, title: &Words, body: Markup) -> Markup {
    frame(asked, title, "bare", html! { main #main tabindex="-1" { h1 { (title.in_lang(asked.lang())) } (body) } })
}

/// A page for paper: title and body only.
#[must_use]
pub fn print(asked: &Asked, title: &Words, body: Markup) -> Markup {
    frame(asked, title, "paper", html! { main #main tabindex="-1" { h1 { (title.in_lang(asked.lang())) } (body) } })
}

fn frame(asked: &Asked, title: &Words, class: &str, body: Markup) -> Markup {
    let lang = asked.lang();
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) class=[asked.large.then_some("large")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title.in_lang(lang)) " – " (lang.t("遥 Haruka", "Haruka")) }
                link rel="stylesheet" href=(href("haruka.css"));
                link rel="icon" href="data:,";
                script type="module" src=(href("page.js")) {}
            }
            body class=(class) { (body) }
        }
    }
}
