//! The one page of a gateway, on the loopback address of its computer: whether images arrive, and what to do if not. It
//! names no patient: whoever sits at this computer may see it without signing in.

use db::Room;
use kernel::{Lang, Timestamp, time};
use maud::{DOCTYPE, Markup, html};

use crate::server::Fault;
use crate::state::State;

/// Seconds between two looks of the page.
const EVERY_S: u32 = 5;

const LOOK: &str = "body{font-family:system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;line-height:1.7;\
color:#1b1b1b;background:#fff}h1{font-size:1.4rem}.good,.bad,.wait{border-left:.4rem solid;padding:.6rem 1rem;margin:1rem 0}\
.good{border-color:#0a6b3d;background:#eef7f1}.bad{border-color:#b3261e;background:#fdf0ef}.wait{border-color:#7a5b00;\
background:#fbf6e6}dt{font-weight:bold}dd{margin:0 0 .6rem}code{overflow-wrap:anywhere}button{font:inherit;padding:.6rem 1.2rem;\
min-height:2.75rem}";

/// The page. `token` stands in its form, so that no other page can press the button.
#[must_use]
pub fn page(lang: Lang, state: &State, token: &str) -> Markup {
    let title = lang.t("画像ゲートウェイ", "Image gateway");
    html! {
        (DOCTYPE)
        html lang=(lang.t("ja", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content=(EVERY_S);
                title { (title) }
                style { (LOOK) }
            }
            body {
                main {
                    h1 { (title) }
                    (standing(lang, state))
                    (facts(lang, state))
                    @if state.progress.stuck > 0 { (stuck(lang, state, token)) }
                }
            }
        }
    }
}

/// First of all: is everything all right?
fn standing(lang: Lang, state: &State) -> Markup {
    let progress = &state.progress;
    html! {
        @match state.room {
            Room::Enough => {},
            _ => div.bad role="alert" { p { (lang.t(
                "このパソコンの保存場所がいっぱいです。新しい画像を受け取れません。空きを増やしてください。受け取った画像はすべて残っています。",
                "This computer's disk is full, and new images cannot be taken. Please make room. Nothing that was taken is lost.",
            )) } },
        }
        @if let Some(ending) = state.ending {
            div.wait role="status" { p { (ending.words().in_lang(lang)) } }
        }
        @if let Some(trouble) = &progress.trouble {
            div class=(if state.needs_somebody() { "bad" } else { "wait" }) role="alert" {
                p { (Fault::words(&trouble.fault).in_lang(lang)) }
                p { (lang.t("受け取った画像は、このパソコンに残してあります。", "The images that were taken are kept on this computer.")) }
                p { code { (trouble.detail) } }
            }
        } @else if progress.stuck > 0 {
            div.bad role="alert" { p { (lang.t("届かなかった画像があります。下を見てください。", "Some images did not arrive. Please look below.")) } }
        } @else if progress.waiting > 0 {
            div.wait role="status" { p { (lang.t("画像を送っています。", "Images are being sent.")) } }
        } @else {
            div.good role="status" { p { (lang.t("受け取った画像は、すべてサーバーに届いています。", "Everything that was taken has arrived at the server.")) } }
        }
    }
}

fn facts(lang: Lang, state: &State) -> Markup {
    let progress = &state.progress;
    let at =
        |it: Option<Timestamp>| it.map_or_else(|| lang.t("ありません", "none").to_owned(), |it| time::show(it, lang));
    html! {
        dl {
            dt { (lang.t("送るのを待っている画像", "Images waiting")) }
            dd { (progress.waiting) }
            dt { (lang.t("いちばん古いものを受け取った時刻", "Oldest of them taken at")) }
            dd { (at(progress.oldest_at)) }
            dt { (lang.t("最後に届いた時刻", "Last arrival")) }
            dd { (at(progress.delivered_at)) }
            dt { (lang.t("届いた画像", "Images that have arrived")) }
            dd { (progress.delivered) }
            dt { (lang.t("送り先", "Server")) }
            dd { code { (state.server) } }
            dt { (lang.t("サーバーが最後にこのゲートウェイを受け付けた時刻", "Last let in by the server")) }
            dd { (at(progress.welcomed_at)) }
            dt { (lang.t("トークンの期限", "Token until")) }
            dd { (progress.token_ends_at.map_or_else(|| lang.t("まだ分かりません", "not known yet").to_owned(), |it| time::show(it, lang))) }
            @if let Some(it) = &state.certificate {
                dt { (lang.t("このゲートウェイの証明書（SHA-256）と期限", "This gateway's certificate (SHA-256), and its end")) }
                dd { code { (it.fingerprint) } br; (time::show(it.ends_at, lang)) }
            }
        }
    }
}

fn stuck(lang: Lang, state: &State, token: &str) -> Markup {
    html! {
        h2 { (lang.t("届かなかった画像", "Images that did not arrive")) }
        ul {
            @for it in &state.stuck {
                li {
                    (it.outcome.words().in_lang(lang)) " " (time::show(it.at, lang))
                    br; code { (it.instance) }
                }
            }
        }
        form method="post" action="/retry" {
            input type="hidden" name="token" value=(token);
            button { (lang.t("もう一度送る", "Send them again")) }
        }
    }
}
