//! One's own tokens: which machines act under one's name here, and the button that ends it.

use kernel::{Error, RowId, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Routes};

use super::{Token, store};

const HERE: &str = "/me/tokens";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, HERE, show).post(Door::Staff, "/me/tokens/end", end)
}

async fn show(asked: Asked) -> web::Result {
    let tokens = asked.site.read(&asked.ctx, store::own).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "画像装置などの機械が、あなたの名前でこのシステムを使うための鍵（トークン）です。運用の担当者が作ります。証明書に結びつけたトークンは、その証明書を持つ機械でしか使えません。心当たりのないものや、使わなくなったものは終了してください。",
            "With a token a machine, such as an image workstation, uses this system under your name. The operator makes them. One that is bound to a certificate works only in the machine that holds the certificate. End any that you do not know or no longer need.",
        )) }
        @if tokens.is_empty() { (look::empty(lang.t("トークンはありません。", "You have no tokens."))) }
        @else { (table(&asked, &tokens)) }
        p { (look::link_quiet("/me", lang.t("アカウントへ戻る", "Back to your account"))) }
    };
    Ok(asked.page(&Words::new("機械のためのトークン", "Tokens for machines"), body))
}

fn table(asked: &Asked, tokens: &[Token]) -> Markup {
    let lang = asked.lang();
    let heads = [
        lang.t("機械", "Machine"),
        lang.t("使い道", "Good for"),
        lang.t("証明書", "Certificate"),
        lang.t("作成", "Made"),
        lang.t("期限", "Until"),
        lang.t("最後の利用", "Last used"),
        lang.t("状態", "State"),
    ];
    let row = |it: &Token| {
        let scopes: Vec<_> = it.scopes.iter().map(|it| it.key()).collect();
        vec![
            html! { (if it.label.is_empty() { lang.t("名前なし", "No label") } else { it.label.as_str() }) br; code { (it.id) } },
            html! { (scopes.join(", ")) },
            html! { @if let Some(it) = &it.certificate { code { (mark(it)) } } @else { (lang.t("なし", "None")) } },
            html! { (time::show(it.made_at, lang)) },
            html! { (time::show(it.expires_at, lang)) },
            html! { @if let Some(at) = it.used_at { (time::show(at, lang)) } @else { (lang.t("まだ", "Never")) } },
            html! {
                @if let Some(at) = it.refused_at {
                    @if !it.is_live(at) { p { (lang.t(
                        format!("{}に、終わったトークンの利用を断りました。機械に残っていないか確かめてください。", time::show(at, lang)),
                        format!("Refused at {}, after its end. See whether a machine still has it.", time::show(at, lang)),
                    )) } } @else { p { (lang.t(
                        format!("{}に、証明書の合わない利用を断りました。心当たりがなければ終了してください。", time::show(at, lang)),
                        format!("Refused at {}: the certificate did not fit. If you do not know why, end this token.", time::show(at, lang)),
                    )) } }
                }
                @if it.is_live(asked.ctx.now) {
                    (look::form(asked, "/me/tokens/end", html! {
                        (look::hidden("token", &it.id.to_string()))
                        (look::submit_danger(lang.t("終了する", "End")))
                    }))
                } @else { (look::badge(Tone::Info, lang.t("終了済み", "Ended"))) }
            },
        ]
    };
    let rows: Vec<_> = tokens.iter().map(row).collect();
    look::table_wide(lang.t("トークン", "Tokens"), &heads, &rows)
}

/// The beginning of a fingerprint, enough to tell certificates apart by eye.
fn mark(fingerprint: &super::Fingerprint) -> String {
    let hex = crypto::digest::hex(fingerprint);
    format!("{} {} {} {}…", &hex[..4], &hex[4..8], &hex[8..12], &hex[12..16])
}

async fn end(asked: Asked, fields: Fields) -> web::Result {
    let id: RowId = fields.get("token").parse().map_err(|_| Error::not_found("token"))?;
    asked.act(&fields, move |tx, ctx| store::end_own(tx, ctx, id).map(|()| HERE.to_owned())).await
}
