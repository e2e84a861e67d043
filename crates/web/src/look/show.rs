//! Parts that show: notices, cards, facts, tables, timelines.

use kernel::Lang;
use maud::{Markup, html};

/// How grave something is. Always shown with a word too: nobody has to tell colours apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Worth knowing.
    Info,
    /// Done, met, well.
    Good,
    /// Needs a look before going on.
    Warn,
    /// Cannot go on; or danger.
    Stop,
}

impl Tone {
    /// The word of the tone.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Info => lang.t("お知らせ", "Note"),
            Self::Good => lang.t("完了", "Done"),
            Self::Warn => lang.t("注意", "Caution"),
            Self::Stop => lang.t("重要", "Important"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Stop => "stop",
        }
    }
}

/// Something the person should take in before going on. At most two on a page, or nobody reads any.
#[must_use]
pub fn notice(lang: Lang, tone: Tone, title: &str, body: Markup) -> Markup {
    let role = if tone == Tone::Stop { "alert" } else { "status" };
    html! {
        div class={ "notice " (tone.class()) } role=(role) {
            p.notice-title { span.tone { (tone.word(lang)) } " " (title) }
            div.notice-body { (body) }
        }
    }
}

/// A word on a coloured ground: the state of one thing in a list or heading.
#[must_use]
pub fn badge(tone: Tone, word: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (word) } }
}

/// One thing with its title (`h2`), in a frame. For things that stand beside others of their kind.
#[must_use]
pub fn card(title: &str, body: Markup) -> Markup {
    html! { section.card { h2 { (title) } (body) } }
}

/// A part of a page with its title (`h2`), without a frame.
#[must_use]
pub fn section(title: &str, body: Markup) -> Markup {
    html! { section.part { h2 { (title) } (body) } }
}

/// Labels with their values. For what is known about one thing; several things make a [`table`].
#[must_use]
pub fn facts<L: AsRef<str>>(facts: &[(L, Markup)]) -> Markup {
    html! {
        dl.facts { @for (label, value) in facts {
            div { dt { (label.as_ref()) } dd { (value) } }
        } }
    }
}

/// Rows of things of one kind. The first cell names the row. On a phone each row becomes a block with its labels;
/// the roles are written out because browsers forget them when the display changes.
#[must_use]
pub fn table<H: AsRef<str>>(caption: &str, heads: &[H], rows: &[Vec<Markup>]) -> Markup {
    rows_table("stacks", caption, heads, rows)
}

/// As [`table`], with a last column for what can be done with each row. It is not there for those who may do none of it.
#[must_use]
pub fn table_with_acts<H: AsRef<str>>(may_act: bool, caption: &str, heads: &[H], rows: &[Vec<Markup>]) -> Markup {
    let shown = if may_act { heads.len() } else { heads.len().saturating_sub(1) };
    rows_table("stacks", caption, &heads[..shown], rows)
}

/// A table that only makes sense side by side (a week's slots, a month). On a phone it scrolls inside itself, by
/// keyboard too.
#[must_use]
pub fn table_wide<H: AsRef<str>>(caption: &str, heads: &[H], rows: &[Vec<Markup>]) -> Markup {
    html! { div.scrolls role="region" tabindex="0" aria-label=(caption) { (rows_table("wide", caption, heads, rows)) } }
}

fn rows_table<H: AsRef<str>>(class: &str, caption: &str, heads: &[H], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table class=(class) role="table" {
            caption { (caption) }
            thead role="rowgroup" { tr role="row" {
                @for head in heads { th scope="col" role="columnheader" { (head.as_ref()) } }
            } }
            tbody role="rowgroup" { @for row in rows {
                tr role="row" { @for (index, (cell, head)) in row.iter().zip(heads).enumerate() {
                    @let head = head.as_ref();
                    @if index == 0 { th scope="row" role="rowheader" data-label=(head) { div.cell { (cell) } } }
                    @else { td role="cell" data-label=(head) { div.cell { (cell) } } }
                } }
            } }
        }
    }
}

/// Nothing here yet: say what would stand here, and what to do to get it.
#[must_use]
pub fn empty(words: &str) -> Markup {
    html! { p.empty { (words) } }
}

/// As [`empty`], with the button or link that begins.
#[must_use]
pub fn empty_with(words: &str, next: Markup) -> Markup {
    html! { div.empty { p { (words) } (next) } }
}

/// To the page before and after, for lists that are longer than a page. `None` where there is none.
#[must_use]
pub fn pager(lang: Lang, prev: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if prev.is_some() || next.is_some() {
            nav.pager aria-label=(lang.t("ページの移動", "Pages")) {
                @if let Some(href) = prev { a.button href=(href) rel="prev" { (lang.t("前へ", "Previous")) } }
                @if let Some(href) = next { a.button href=(href) rel="next" { (lang.t("次へ", "Next")) } }
            }
        }
    }
}

/// What happened, in order, each with its time. The caller writes the time as the person reads it.
#[must_use]
pub fn timeline<T: AsRef<str>>(entries: &[(T, Markup)]) -> Markup {
    html! {
        ol.timeline { @for (time, what) in entries {
            li { span.when { (time.as_ref()) } div.what { (what) } }
        } }
    }
}

/// More for those who want it, folded. Never fold what must be read: a form that came back with a fault stands open.
#[must_use]
pub fn details(summary: &str, body: Markup) -> Markup {
    let open = body.0.contains(r#"aria-invalid="true""#);
    html! { details open[open] { summary { (summary) } div.unfolded { (body) } } }
}

/// Two things to be seen together: beside each other from 1024 px, otherwise `left` first.
#[must_use]
pub fn panels(left: Markup, right: Markup) -> Markup {
    html! { div.panels { div.panel { (left) } div.panel { (right) } } }
}

/// Buttons and filters that belong to what follows, with a label for the group.
#[must_use]
pub fn toolbar(label: &str, body: Markup) -> Markup {
    html! { div.toolbar role="group" aria-label=(label) { (body) } }
}

/// The ways on from the end of a page: the main one first.
#[must_use]
pub fn page_actions(body: Markup) -> Markup {
    html! { div.page-actions { (body) } }
}

/// A text that people carry elsewhere (a link, a code). With script a button copies it; without, it can be selected whole.
#[must_use]
pub fn copyable(lang: Lang, text: &str) -> Markup {
    html! {
        haruka-copy.copyable label=(lang.t("コピーする", "Copy")) done=(lang.t("コピーしました", "Copied"))
            failed=(lang.t("選択しました。コピー操作をしてください", "Selected. Please copy it")) { code { (text) } }
    }
}

/// A part that keeps itself fresh: with script, `src` (a fragment of ours) replaces it every `every_s` seconds, unless
/// the person is in the middle of it. Without script it is as fresh as the page, so give the page a link to itself.
/// `tag` names what is shown ([`crate::Answer::Part`]): while it stays the same, `src` answers [`crate::Answer::Same`].
#[must_use]
pub fn live(src: &str, every_s: u16, tag: &str, body: Markup) -> Markup {
    html! { haruka-live src=(src) every=(every_s) tag=(tag) { (body) } }
}
