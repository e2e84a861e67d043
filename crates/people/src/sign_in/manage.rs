//! A manager's pages about the sign-in of the staff: forgotten passwords, lost phones, accounts that nobody uses.

use kernel::{Error, PersonId, Result, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Fields, Path, Routes};

use super::{UNUSED_DAYS, need_fresh_at, operator, second, store};
use crate::access::{self, Access, Act, Class, may};
use crate::person;

/// The routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/settings/unused", show_unused)
        .get(Door::Staff, "/settings/staff/{person}/sign-in", show)
        .post(Door::Staff, "/settings/staff/{person}/sign-in/password", reset_password)
        .post(Door::Staff, "/settings/staff/{person}/sign-in/second", reset_second)
}

fn here(person: PersonId) -> String {
    format!("/settings/staff/{person}/sign-in")
}

async fn show(asked: Asked, Path(id): Path<PersonId>) -> web::Result {
    let found = asked.site.write(&asked.ctx, move |tx, ctx| {
        Access::new("person.view", Act::View, Class::Administration).on("person", id).require(tx, ctx)?;
        of_this_facility(tx, id)?;
        Ok((person::store::get(tx, id)?, second::held(tx, id)?, store::last_sign_in(tx, id)?))
    });
    let ((person, held, last), lang) = (found.await?, asked.lang());
    let yes = |it: bool| if it { lang.t("あり", "Yes") } else { lang.t("なし", "No") };
    let body = html! {
        (look::facts(&[
            (lang.t("氏名", "Name"), html! { (person.name.full()) }),
            (lang.t("ログイン名", "Sign-in name"), html! { (person.login) }),
            (lang.t("最後のログイン", "Last sign-in"), html! { @match last { Some(at) => (time::show(at, lang)), None => (lang.t("まだありません", "Never")) } }),
            (lang.t("認証アプリ", "Authenticator app"), html! { (yes(held.app_since.is_some())) }),
            (lang.t("パスキー", "Passkeys"), html! { (held.passkeys) }),
            (lang.t("リカバリーコードの残り", "Recovery codes left"), html! { (held.codes_left) }),
        ]))
        @if may(&asked, Act::Write, Class::Administration) {
            (look::section(lang.t("パスワードを忘れたとき", "Forgotten password"), html! {
                p { (lang.t("新しいはじめのパスワードを作ります。いまのパスワードは使えなくなり、ログイン中の端末はすべて終了します。", "Makes a new initial password. The present one ends, and so do all sessions.")) }
                (look::form(&asked, &format!("{}/password", here(id)), look::submit_danger(lang.t("パスワードを作り直す", "Reset the password"))))
            }))
            (look::section(lang.t("スマートフォンをなくしたとき", "Lost phone"), html! {
                p { (lang.t("認証アプリ・パスキー・リカバリーコードをすべて外します。次のログインで、本人が設定し直します。必ず本人と確かめてから行ってください。", "Removes app, passkeys and codes. The person sets up new ones at the next sign-in. Make sure who is asking.")) }
                (look::form(&asked, &format!("{}/second", here(id)), look::submit_danger(lang.t("本人確認の設定を外す", "Reset the second factor"))))
            }))
        }
        p { (look::link_quiet(&format!("/settings/staff/{id}"), lang.t("戻る", "Back"))) }
    };
    Ok(asked.page(&Words::new("ログインの管理", "Sign-in of a colleague"), body))
}

/// Whoever has no duty here is nobody for a manager of this facility.
fn of_this_facility(tx: &mut db::Tx<'_>, person: PersonId) -> Result<()> {
    match access::duties(tx, person)?.is_empty() {
        true => Err(Error::not_found("nobody of this facility")),
        false => Ok(()),
    }
}

/// The sign-in name of a person of this facility.
async fn login(asked: &Asked, person: PersonId) -> Result<String> {
    asked
        .site
        .read(&asked.ctx, move |tx, _| {
            of_this_facility(tx, person)?;
            Ok(person::store::get(tx, person)?.login)
        })
        .await
}

async fn reset_password(asked: Asked, Path(id): Path<PersonId>, _fields: Fields) -> web::Result {
    need_fresh_at(&asked, &here(id))?;
    let login = login(&asked, id).await?;
    // An act of no facility, since the person may work elsewhere too; `operator` checks and records it here.
    let ctx = asked.ctx.clone();
    let password = asked.site.db.write(None, move |tx| operator::reset_password(tx, &ctx, &login)).await?;
    Ok(shown_once(&asked, &password, &here(id)))
}

async fn reset_second(asked: Asked, Path(id): Path<PersonId>, _fields: Fields) -> web::Result {
    need_fresh_at(&asked, &here(id))?;
    let login = login(&asked, id).await?;
    let ctx = asked.ctx.clone();
    asked.site.db.write(None, move |tx| operator::reset_second_factor(tx, &ctx, &login)).await?;
    Ok(Answer::To(here(id)))
}

/// An initial password, shown once.
pub(crate) fn shown_once(asked: &Asked, password: &str, back: &str) -> Answer {
    let lang = asked.lang();
    let body = html! {
        (look::notice(lang, Tone::Warn, lang.t("この画面は一度しか表示されません", "This is shown only once"), html! {
            p { (lang.t("ご本人に直接、または確かめた電話で伝えてください。最初のログインで、本人が変えます。", "Tell it in person, or on a call to a number you know. It is changed at the first sign-in.")) }
        }))
        (look::copyable(lang, password))
        p { (look::link_quiet(back, lang.t("戻る", "Back"))) }
    };
    asked.page(&Words::new("はじめのパスワード", "Initial password"), body)
}

async fn show_unused(asked: Asked) -> web::Result {
    let found = asked.site.write(&asked.ctx, move |tx, ctx| {
        Access::new("person.list", Act::View, Class::Administration).on("person", "").require(tx, ctx)?;
        store::unused(tx, ctx)
    });
    let (found, lang) = (found.await?, asked.lang());
    let heads = [
        lang.t("氏名", "Name"),
        lang.t("ログイン名", "Sign-in name"),
        lang.t("最後のログイン", "Last sign-in"),
        lang.t("操作", "Acts"),
    ];
    let closes = may(&asked, Act::Write, Class::Administration);
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .map(|(person, last)| {
            vec![
                html! { (person.name.full()) },
                html! { (person.login) },
                html! { @match last { Some(at) => (time::show(*at, lang)), None => (lang.t("まだありません", "Never")) } },
                look::link_quiet(&format!("/settings/staff/{}/close", person.id), lang.t("利用をやめる", "Close")),
            ]
        })
        .collect();
    let body = html! {
        p { @match lang {
            kernel::Lang::Ja => { (UNUSED_DAYS) "日のあいだログインのない職員です。使わないアカウントは閉じてください。" }
            kernel::Lang::En => { "Staff without a sign-in for " (UNUSED_DAYS) " days. Close accounts that nobody uses." }
        } }
        @if rows.is_empty() { (look::empty(lang.t("該当する職員はいません。", "There are none."))) }
        @else { (look::table_with_acts(closes, lang.t("使われていないアカウント", "Unused accounts"), &heads, &rows)) }
    };
    Ok(asked.page(&Words::new("使われていないアカウント", "Unused accounts"), body))
}
