//! `--demo`: demo people and their data, the mails that nobody carries, and the text with the accounts at the start.

use std::str::FromStr;

use kernel::{Ctx, Result, Who, Words};
use maud::html;
use people::facility::Facility;
use web::{Answer, Asked, Door, Routes, look};

use crate::house::House;

/// The password of all demo people. Long enough for the rules of CS-126; good for loopback only.
const PASSWORD: &str = "haruka-demo-2026";
/// The second factor of all demo people, in base 32 (RFC 4648) as authenticator apps take it.
const TOTP_SECRET: [u8; 20] = *b"haruka-demo-totp-key";

/// Makes the demo people once.
///
/// # Errors
/// The database's.
pub(crate) fn seed(house: &House) -> Result<()> {
    let ctx = Ctx::new(Who::System("demo"), None, house.now(), house.chance.clone());
    let blobs = house.blobs.clone();
    house.db.write_blocking(None, move |tx| {
        if !people::facility::store::all(tx)?.is_empty() {
            return Ok(());
        }
        let made = people::demo::seed(tx, &ctx)?;
        let totp = crypto::totp::Totp::from_bytes(TOTP_SECRET);
        for person in &made.people {
            people::sign_in::operator::set_demo_secrets(tx, &ctx, *person, PASSWORD, &totp)?;
        }
        people::demo::give_portrait(tx, &ctx, &made, &blobs)?;
        visits::demo::seed(tx, &ctx.at(made.clinic), &made)?;
        imaging::demo::seed(tx, &ctx, &made)?;
        lab::demo::seed(tx, &ctx, &made)
    })
}

/// Prints the accounts.
pub(crate) fn tell(base_url: &str) {
    let totp = crypto::totp::Totp::from_bytes(TOTP_SECRET);
    println!("Haruka demonstration: {base_url}");
    println!(
        "  staff   {base_url}/sign-in   password {PASSWORD}   second factor {} (code: {base_url}/demo/code)",
        totp.base32()
    );
    println!(
        "          sato 歯科医師・管理者  suzuki 事務  takahashi 歯科衛生士  kato 安全管理責任者  kobayashi 検査員"
    );
    println!(
        "          ito 専門医  watanabe 読影医  yamamoto 技工所管理者  nakamura 技工士  kimura 技工士  yoshida 薬剤師  yamada 看護師"
    );
    println!(
        "  patient 田中 幸子, born 1948-04-12: the link in the mail after sato or suzuki books ({base_url}/demo/mail)"
    );
    println!("  public  {base_url}/f/aoba");
}

/// Pages of the demonstration only.
pub(crate) fn routes(shown: Option<mail::LogOnly>) -> Routes {
    let letters = move |asked: Asked| {
        let shown = shown.clone();
        async move { mails(&asked, shown.as_ref()) }
    };
    Routes::new().get(Door::Open, "/demo/code", code).get(Door::Open, "/demo/mail", letters)
}

async fn code(asked: Asked) -> web::Result {
    let code = crypto::totp::Totp::from_bytes(TOTP_SECRET).code(asked.ctx.now);
    let lang = asked.lang();
    let body = html! { p { (lang.t("いまのコード", "The code now")) ": " strong { (code) } } };
    Ok(asked.page(&Words::new("デモの確認コード", "Demo code"), body))
}

fn mails(asked: &Asked, shown: Option<&mail::LogOnly>) -> web::Result {
    let lang = asked.lang();
    let letters = shown.map(mail::LogOnly::shown).unwrap_or_default();
    let body = html! {
        p { (lang.t("デモでは、メールは送られずにここに残ります。", "In the demonstration letters are not sent; they are kept here.")) }
        @if letters.is_empty() { (look::empty(lang.t("まだありません。", "None yet."))) }
        @for letter in &letters {
            (look::card(&letter.subject, linked(&letter.text)))
        }
    };
    Ok(asked.page(&Words::new("デモのメール", "Demo mail"), body))
}

/// The text of a letter; its addresses on this server can be followed, as a mail program would do.
fn linked(text: &str) -> maud::Markup {
    html! { pre.letter { @for line in text.lines() {
        @match axum::http::Uri::from_str(line.trim()).ok().filter(|it| it.scheme().is_some()) {
            Some(uri) => a href=(uri.path()) { (line.trim()) },
            None => (line),
        }
        "\n"
    } } }
}

/// The start page for somebody who is not signed in: the public pages, and the ways in.
pub(crate) fn front(asked: &Asked, all: &[Facility]) -> Answer {
    let lang = asked.lang();
    let body = html! {
        @for facility in all.iter().filter(|it| matches!(it.kind.key(), "clinic" | "hospital")) {
            (look::card(&facility.name, html! {
                p { (facility.address) }
                (look::link_button(&format!("/f/{}", facility.slug), lang.t("診療の案内を見る", "About our online visits")))
            }))
        }
        (look::section(lang.t("患者の方", "For patients"), html! {
            p { (lang.t("予約のメールにあるリンクからお入りください。パスワードをお持ちの方はこちらからも入れます。",
                "Please use the link in your booking mail. If you have a password you can also sign in here.")) }
            (look::link_quiet("/patient/sign-in", lang.t("患者としてログイン", "Sign in as a patient")))
        }))
        (look::section(lang.t("職員の方", "For staff"), html! { (look::link_quiet("/sign-in", lang.t("職員としてログイン", "Sign in as staff"))) }))
    };
    asked.page(&Words::new("オンライン診療", "Online visits"), body)
}
