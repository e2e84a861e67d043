//! `/settings/image-check`: whether the images are what arrived, and what to do where one is not.

use db::Tx;
use kernel::{Lang, Result, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, Decision, decide, may};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Asked, Door, Fields, Routes};

use super::EVERY_DAYS;
use super::store::{self, Faulty, Round};

const PAGE: &str = "/settings/image-check";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/settings/image-check", show).post(Door::Staff, "/settings/image-check", again)
}

/// What every page of those who administer says while an image is not what arrived.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String]) -> Result<Vec<Alert>> {
    clause!("TR-12");
    if !matches!(decide(duties, Act::Write, Class::Administration), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let count = store::faulty(tx)?.len();
    if count == 0 {
        return Ok(vec![]);
    }
    Ok(vec![Alert {
        tone: Tone::Stop,
        title: Words::made(
            format!("保存した画像のうち{count}枚が、届いたときと違います"),
            format!("{count} images are not what arrived"),
        ),
        text: Words::new(
            "壊れた画像は表示されません。送り元からもう一度送ると元に戻ります。",
            "They are not shown. Sending them again from where they came puts them right.",
        ),
        link: Some((PAGE, Words::new("確かめる", "See which"))),
    }])
}

async fn show(asked: Asked) -> web::Result {
    let view = asked.site.write(&asked.ctx, store::view).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            format!("保存しているすべての画像を、届いたときの記録（ログ）と照らし合わせます。サーバーが{EVERY_DAYS}日ごとに自動で行います。"),
            format!("Every image that is kept is compared with the log's record of its arrival. The server does so by itself every {EVERY_DAYS} days.")
        )) }
        (state(lang, view.round.as_ref(), view.faulty.is_empty()))
        @if !view.faulty.is_empty() {
            (list(lang, &view.faulty))
            (look::section(lang.t("元に戻すには", "To put them right"), html! { ul {
                li { (lang.t("撮影した装置や画像サーバー、送り元の医院から、同じ画像をもう一度送ってください。届いたときの記録と同じ内容であれば、入れ替わります。",
                    "Send the same image again from the device, archive or clinic it came from. If it is what the log knows, it takes the place of the broken one.")) }
                li { (lang.t("送り直せないときは、システムの担当者に、バックアップからその画像のファイルを戻すよう頼んでください。",
                    "If that cannot be done, ask whoever runs the system to restore its file from the backup.")) }
                li { (lang.t("思い当たることがないときは、何者かが書き換えたおそれがあります。安全管理の責任者に知らせてください。",
                    "If nobody can explain it, somebody may have changed it: tell the person in charge of safety.")) }
            } }))
            @if may(&asked, Act::Write, Class::Administration) {
                (look::form(&asked, PAGE, html! { (look::submit(lang.t("もう一度照らし合わせる", "Compare them once more"))) }))
            }
        }
        (look::page_actions(look::link_quiet("/settings", lang.t("設定へ", "To the settings"))))
    };
    Ok(asked.page(&Words::new("保存した画像の照合", "Images as they arrived"), body))
}

fn state(lang: Lang, round: Option<&Round>, whole: bool) -> Markup {
    let Some(round) = round else {
        return html! { p { (lang.t("最初の照合は、まもなく始まります。", "The first comparison begins soon.")) } };
    };
    let count = round.checked;
    html! {
        @if whole && round.ended_at.is_some() {
            p { (look::badge(Tone::Good, lang.t("すべて届いたときのままです", "All are what arrived"))) }
        }
        p { @match round.ended_at {
            Some(at) => { (lang.t(
                format!("{}に、{count}枚の照合を終えました。", time::show(at, lang)),
                format!("{count} images were compared by {}.", time::show(at, lang))
            )) },
            None => { (lang.t(
                format!("照合しています（{count}枚まで済み、{}から）。", time::show(round.begun_at, lang)),
                format!("Under way: {count} images since {}.", time::show(round.begun_at, lang))
            )) },
        } }
    }
}

fn list(lang: Lang, all: &[Faulty]) -> Markup {
    let row = |it: &Faulty| {
        vec![
            html! { (it.fault.words().in_lang(lang)) },
            html! { code { (it.uid) } },
            html! { @match &it.study {
                Some(study) => { a href={ "/images/" (study) } { (lang.t("この検査を開く", "Open the study")) } },
                None => { "—" },
            } },
            html! { (time::show(it.found_at, lang)) },
        ]
    };
    look::table(
        lang.t("届いたときと違う画像", "Images that are not what arrived"),
        &lang.t(
            ["どう違うか", "画像の番号（UID）", "検査", "見つけた日時"],
            ["What is wrong", "Instance UID", "Study", "Found"],
        ),
        &all.iter().map(row).collect::<Vec<_>>(),
    )
}

async fn again(asked: Asked, _: Fields) -> web::Result {
    store::again(&asked.site, &asked.ctx).await?;
    Ok(web::Answer::To(PAGE.into()))
}
