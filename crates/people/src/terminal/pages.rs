//! `/terminal`: what the terminal in front is; `/settings/terminals`: the manager's list.

use axum::extract::Query;
use axum::http::HeaderMap;
use db::Tx;
use guidelines::reading::terminal::{Kind, Standing};
use kernel::{DeviceId, Lang, Result, Words, clause, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::site::Alert;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::{Terminal, Told, cookie_name, secret, set_cookie, store};
use crate::access::{Act, Class, Decision, decide, may};
use crate::device::browser::{self, Outcome};
use crate::device::certificate;
use crate::device::{self, Device, Rule};
use crate::sign_in::own_path;

const HERE: &str = web::answer::TERMINAL;
const LIST: &str = "/settings/terminals";

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, HERE, show)
        .post(Door::Staff, HERE, tell)
        .post(Door::Staff, "/terminal/code", enrol)
        .get(Door::Staff, LIST, list)
        .post(Door::Staff, "/settings/terminals/{terminal}/allow", allow)
        .post(Door::Staff, "/settings/terminals/{terminal}/end", end)
}

/// What every page of those who administer says while somebody waits to see images on a terminal.
///
/// # Errors
/// The database's.
pub fn alerts(tx: &mut Tx<'_>, duties: &[String]) -> Result<Vec<Alert>> {
    clause!("TR-14");
    if !matches!(decide(duties, Act::Write, Class::Administration), Decision::Allowed(_)) {
        return Ok(vec![]);
    }
    let count = store::waiting(tx)?;
    if count == 0 {
        return Ok(vec![]);
    }
    Ok(vec![Alert {
        tone: Tone::Warn,
        title: Words::made(
            format!("登録を待っている端末が{count}台あります"),
            format!("{count} terminals wait to be registered"),
        ),
        text: Words::new("登録するまで、その端末では画像を開けません。", "Until then no image can be opened on them."),
        link: Some((LIST, Words::new("端末の一覧へ", "To the terminals"))),
    }])
}

#[derive(Debug, Default, serde::Deserialize)]
struct From {
    #[serde(default)]
    next: String,
}

async fn show(asked: Asked, Query(from): Query<From>, headers: HeaderMap) -> web::Result {
    let next = own_path(&from.next, "");
    let (found, device) = in_front(&asked, held(&asked, &headers)).await?;
    let mut is_new = false;
    if let Some(it) = device.device.clone().filter(|_| !device.is_bound) {
        asked.site.write(&asked.ctx, move |tx, ctx| browser::use_here(tx, ctx, it.id)).await?;
        is_new = true;
    }
    if let Some(it) = &found
        && it.standing() == Standing::Shows
        && asked.ctx.device != Some(it.id)
    {
        let terminal = it.clone();
        asked.site.write(&asked.ctx, move |tx, ctx| store::use_here(tx, ctx, &terminal)).await?;
        is_new = true;
    }
    if is_new && !next.is_empty() {
        return Ok(Answer::To(next));
    }
    Ok(page(&asked, found.as_ref(), &device, &Filled::empty().with("next", next), 200))
}

/// The device of the ledger as which this browser is enrolled.
struct Enrolled {
    device: Option<Device>,
    rule: Rule,
    /// This session is bound to it.
    is_bound: bool,
}

/// The device and what is to be mended on it, or the form for a code.
fn enrolled(asked: &Asked, it: &Enrolled, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let body = match &it.device {
        None => html! {
            p { (lang.t(
                "技工所の外で働く人が技工の情報を開けるのは、台帳に登録された端末だけです。管理者から受け取った登録コードを入力してください。",
                "Who works outside the laboratory opens its cases on a device of the ledger only. Type the code that a manager has given you.",
            )) }
            (look::form(asked, "/terminal/code", html! {
                (look::hidden("next", filled.get("next")))
                (look::text_input(lang, filled, "code", lang.t("登録コード", "One-time code"), None).autocomplete("off").short())
                (look::submit(lang.t("このブラウザーを登録する", "Enrol this browser")))
            }))
        },
        Some(device) => {
            let place = device.place();
            let (words, name) = (place.words(), &device.entry.name);
            match device.may_be_used(place, it.rule.document.is_some(), asked.ctx.now) {
                Ok(()) => look::notice(
                    lang,
                    Tone::Good,
                    &lang.t(format!("「{name}」として登録されています"), format!("Enrolled as “{name}”")),
                    html! { p { (lang.t(format!("{}で使えます。", words.ja), format!("In order: {}.", words.en))) } },
                ),
                Err(all) => look::notice(
                    lang,
                    Tone::Stop,
                    &lang.t(
                        format!("「{name}」では、いま技工の情報を開けません"),
                        format!("Cases cannot be opened on “{name}” now"),
                    ),
                    device::pages::to_mend(lang, &all),
                ),
            }
        }
    };
    look::section(lang.t("台帳の端末", "Device of the ledger"), body)
}

async fn enrol(asked: Asked, headers: HeaderMap, fields: Fields) -> web::Result {
    let next = own_path(fields.get("next"), "");
    let held = held(&asked, &headers);
    let mut faults = Faults::default();
    let typed = fields.line("code", &mut faults);
    if faults.0.is_empty() {
        let secret = held.clone().unwrap_or_else(|| secret(&asked.site.chance));
        let cookie = set_cookie(&asked.site, &secret);
        let (key, agent) = (asked.site.key.clone(), asked.agent.clone());
        let act = move |tx: &mut Tx<'_>, ctx: &kernel::Ctx| browser::enrol(tx, ctx, &key, &secret, &agent, &typed);
        match asked.site.write(&asked.ctx, act).await? {
            Outcome::Enrolled(_) => {
                return Ok(Answer::ToWithCookie(if next.is_empty() { HERE.to_owned() } else { next }, cookie));
            }
            Outcome::Wrong => faults.add(
                "code",
                Words::new(
                    "このコードは使えません。違っているか、時間が過ぎたか、すでに使われています。管理者に新しいコードを頼んでください。",
                    "This code is wrong, too old or used. Please ask a manager for a new one.",
                ),
            ),
            Outcome::NotYours => faults.add(
                "code",
                Words::new(
                    "この端末は、ほかの人が使う端末として台帳に載っています。管理者に相談してください。",
                    "In the ledger this device is somebody else's. Please talk to a manager.",
                ),
            ),
        }
    }
    let (found, device) = in_front(&asked, held).await?;
    Ok(page(&asked, found.as_ref(), &device, &fields.again(faults), 422))
}

/// The secret that this browser holds, if it was ever told what it is.
fn held(asked: &Asked, headers: &HeaderMap) -> Option<String> {
    web::asked::cookie(headers, cookie_name(&asked.site)).map(str::to_owned)
}

/// What is known of the terminal in front, and of the device of the ledger.
async fn in_front(asked: &Asked, held: Option<String>) -> Result<(Option<Terminal>, Enrolled)> {
    let key = asked.site.key.clone();
    let read = move |tx: &mut Tx<'_>, ctx: &kernel::Ctx| {
        let rule = device::store::rule(tx)?;
        // A certificate says it at every request; the cookie is for browsers without one.
        let proven = certificate::proven(tx, ctx)?;
        let device = match (proven, &held) {
            (Some(it), _) => Some(it),
            (None, Some(held)) => browser::of_browser(tx, &key, held)?,
            (None, None) => None,
        };
        let is_bound = match &device {
            Some(it) => browser::is_bound(tx, ctx, it.id)?,
            None => false,
        };
        let found = held.map(|it| store::find(tx, &key, &it)).transpose()?.flatten();
        Ok((found, Enrolled { device, rule, is_bound }))
    };
    asked.site.read(&asked.ctx, read).await
}

fn page(asked: &Asked, found: Option<&Terminal>, device: &Enrolled, filled: &Filled, status: u16) -> Answer {
    let lang = asked.lang();
    let next = filled.get("next").to_owned();
    let ended = found.is_some_and(|it| it.standing() == Standing::Ended);
    let for_images = html! {
        @match found {
            Some(it) => (standing(lang, it)),
            None => p { (lang.t(
                "患者さんの画像を開く前に、この端末が何かを教えてください。一度だけうかがいます。",
                "Before patients' images are opened, please say what this terminal is. You are asked once."
            )) },
        }
        @if found.is_some_and(|it| it.standing() == Standing::Shows) && !next.is_empty() {
            (look::page_actions(look::link_button(&next, lang.t("続ける", "Go on"))))
        }
        @if !ended {
            @let question = html! { (look::faults_summary(lang, filled)) (question(asked, filled)) };
            @if found.is_some() { (look::details(lang.t("答えを変える", "Change the answer"), question)) } @else { (question) }
        }
    };
    let ledger = enrolled(asked, device, filled);
    // What stands in the way comes first: laboratory work asks for a device of the ledger, images ask what the terminal is.
    let asks_for_device = next.starts_with("/lab") || device.device.is_some() && found.is_none();
    let body = html! {
        @if asks_for_device {
            (ledger)
            (look::section(lang.t("画像を開く端末", "Terminal for images"), for_images))
        } @else {
            (for_images)
            (ledger)
        }
        @if may(asked, Act::View, Class::Administration) { p { (look::link_quiet(LIST, lang.t("端末の一覧へ", "To the terminals"))) } }
    };
    asked.page(&Words::new("この端末の確認", "This terminal"), body).status(status)
}

fn question(asked: &Asked, filled: &Filled) -> Markup {
    let lang = asked.lang();
    look::form(
        asked,
        HERE,
        html! {
            (look::hidden("next", filled.get("next")))
            (look::choice(lang, filled, "kind", lang.t("この端末", "This terminal"), &Kind::options(lang)))
            (look::text_input(lang, filled, "name", lang.t("呼び名", "What it is called"), Some(lang.t("例：診察室1のパソコン", "For example: PC of room 1"))))
            (look::submit(lang.t("この内容で登録する", "Register")))
        },
    )
}

fn badge(lang: Lang, it: &Terminal) -> Markup {
    match it.standing() {
        Standing::Shows => look::badge(Tone::Good, lang.t("画像を開けます", "Shows images")),
        Standing::Waits => look::badge(Tone::Warn, lang.t("登録待ち", "Waits")),
        Standing::Refused => look::badge(Tone::Stop, lang.t("画像を開けません", "Not for images")),
        Standing::Ended => look::badge(Tone::Info, lang.t("利用終了", "Ended")),
    }
}

/// What it means for whoever sits there, and what to do.
fn standing(lang: Lang, it: &Terminal) -> Markup {
    let (tone, title, next) = match it.standing() {
        Standing::Shows => (Tone::Good, lang.t("この端末で画像を開けます", "Images can be opened here"), ""),
        Standing::Waits => (
            Tone::Warn,
            lang.t("管理者の登録を待っています", "A manager has to register it"),
            lang.t(
                "管理者の画面にお知らせが出ています。登録されるまで、画像は据え置きの端末で開いてください。",
                "The managers are told on their pages. Until then please open images on a machine that stays at the facility.",
            ),
        ),
        Standing::Refused => (
            Tone::Stop,
            lang.t("個人の機器では画像を開けません", "Images cannot be opened on a private machine"),
            lang.t(
                "施設の機器か、画像が手もとに残らない仮想デスクトップを使ってください。選び間違えたときは、下の「答えを変える」から直せます。",
                "Please use a machine of the facility, or a virtual desktop that leaves nothing on this one. If it was a mistake, change the answer below.",
            ),
        ),
        Standing::Ended => (
            Tone::Stop,
            lang.t("この端末の利用は終了しています", "The use of this terminal has ended"),
            lang.t("使うときは管理者に相談してください。", "Please talk to a manager if it is to be used again."),
        ),
    };
    look::notice(
        lang,
        tone,
        title,
        html! {
            p { (it.name) " – " (it.kind.words().in_lang(lang)) }
            @if !next.is_empty() { p { (next) } }
        },
    )
}

async fn tell(asked: Asked, headers: HeaderMap, fields: Fields) -> web::Result {
    let next = own_path(fields.get("next"), "");
    let held = held(&asked, &headers);
    let told = match Told::parse(&fields) {
        Ok(told) => told,
        Err(faults) => {
            let (found, device) = in_front(&asked, held).await?;
            return Ok(page(&asked, found.as_ref(), &device, &fields.again(faults), 422));
        }
    };
    let held = held.unwrap_or_else(|| secret(&asked.site.chance));
    let cookie = set_cookie(&asked.site, &held);
    let (key, agent) = (asked.site.key.clone(), asked.agent.clone());
    asked.site.write(&asked.ctx, move |tx, ctx| store::tell(tx, ctx, &key, &held, &agent, &told)).await?;
    let to = if next.is_empty() { HERE.to_owned() } else { format!("{HERE}?next={}", web::answer::query_value(&next)) };
    Ok(Answer::ToWithCookie(to, cookie))
}

async fn list(asked: Asked) -> web::Result {
    listed(&asked, &Filled::empty(), 200).await
}

async fn listed(asked: &Asked, filled: &Filled, status: u16) -> web::Result {
    let all = asked.site.write(&asked.ctx, store::list).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "職員が患者さんの画像を開くための端末です。据え置きの機器は、使う人の申告ですぐに使えます。持ち運べる機器と仮想デスクトップは、管理のしかたを決めて登録すると使えます。個人の機器では開けません。",
            "Terminals on which the staff opens images. Machines that stay here are used as soon as somebody says so. Portable ones and virtual desktops are registered first, with how they are kept safe. Private machines open nothing.",
        )) }
        (look::faults_summary(lang, filled))
        @if all.is_empty() { (look::empty(lang.t("端末はまだありません。", "No terminals yet."))) }
        @for it in &all { (card(asked, filled, it)) }
        p { (look::link_quiet("/settings", lang.t("設定へ戻る", "Back to the settings"))) }
    };
    Ok(asked.page(&Words::new("端末の登録", "Terminals"), body).status(status))
}

fn card(asked: &Asked, filled: &Filled, it: &Terminal) -> Markup {
    let lang = asked.lang();
    let writes = may(asked, Act::Write, Class::Administration);
    let to = |act: &str| format!("{LIST}/{}/{act}", it.id);
    let allows = matches!(it.standing(), Standing::Waits | Standing::Ended) && it.kind.can_be_allowed();
    look::card(
        &it.name,
        html! {
            p { (badge(lang, it)) }
            (look::facts(&[
                (lang.t("種類", "Kind"), html! { (it.kind.words().in_lang(lang)) }),
                (lang.t("申告", "Told"), html! { (it.told_by) " " (time::show(it.told_at, lang)) }),
                (lang.t("ブラウザー", "Browser"), html! { (it.agent) }),
            ]))
            @if let Some((who, at)) = &it.allowed {
                p { (lang.t("登録：", "Registered: ")) (who) " " (time::show(*at, lang)) @if !it.remark.is_empty() { " – " (it.remark) } }
            }
            @if let Some(at) = it.ended_at { p { (lang.t("利用終了：", "Ended: ")) (time::show(at, lang)) } }
            @if writes && allows { (look::form(asked, &to("allow"), html! {
                (look::text_input(lang, filled, "remark", lang.t("管理のしかた", "How it is kept safe"), Some(lang.t("例：備品番号12、ディスク暗号化・画面ロック確認済み", "For example: no. 12, disk encrypted, screen lock checked"))).id(&it.id.to_string()))
                (look::submit(lang.t("登録する", "Register")))
            })) }
            @if writes && it.ended_at.is_none() { (look::form(asked, &to("end"), look::submit_danger(lang.t("利用を終了する", "End its use")))) }
        },
    )
}

async fn allow(asked: Asked, Path(terminal): Path<DeviceId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let remark = fields.line("remark", &mut faults);
    match faults.done(|| remark) {
        Ok(remark) => {
            asked.act(&fields, move |tx, ctx| store::allow(tx, ctx, terminal, &remark).map(|()| LIST.to_owned())).await
        }
        Err(faults) => listed(&asked, &fields.again(faults), 422).await,
    }
}

async fn end(asked: Asked, Path(terminal): Path<DeviceId>, fields: Fields) -> web::Result {
    asked.act(&fields, move |tx, ctx| store::end(tx, ctx, terminal).map(|()| LIST.to_owned())).await
}
