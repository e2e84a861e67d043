//! Pages of the sign-in of staff: password, second factor, first set-up, idle lock, facility, sign-out.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto::password::PasswordFault;
use kernel::{Error, FacilityId, Lang, Timestamp, Who, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::session::set_cookie;
use web::{Answer, Asked, Door, Failure, Faults, Fields, Filled, Routes};

use super::steps::{self, Tried, View};
use super::{PENDING_TRIES_MAX, Purpose, Step, own_path, store};
use crate::{facility, person};

/// The routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Open, "/sign-in", show_sign_in)
        .post(Door::Open, "/sign-in", sign_in)
        .get(Door::Open, "/sign-in/next", next)
        .post(Door::Open, "/sign-in/second", prove_second)
        .post(Door::Open, "/sign-in/password", change_password)
        .post(Door::Open, "/sign-in/enrol", enrol)
        .post(Door::Open, "/sign-in/done", done)
        .get(Door::Open, "/unlock", show_unlock)
        .post(Door::Open, "/unlock", unlock)
        .get(Door::Staff, "/facility", show_facilities)
        .post(Door::Staff, "/facility", move_to)
        .post(Door::Open, "/sign-out", sign_out)
}

/// The query of a page that leads on somewhere.
pub(crate) type Asks = Query<HashMap<String, String>>;

/// Where the query wants to go.
pub(crate) fn wanted(query: &Asks) -> String {
    own_path(query.get("next").map_or("", String::as_str), "/")
}

async fn show_sign_in(asked: Asked, query: Asks) -> web::Result {
    match asked.ctx.who {
        Who::Staff(_) => Ok(Answer::To(wanted(&query))),
        _ => {
            let lost = lost_notice(asked.lang(), &query);
            Ok(sign_in_page(&asked, &Filled::empty().with("next", wanted(&query)), Some(lost)))
        }
    }
}

fn sign_in_page(asked: &Asked, filled: &Filled, trouble: Option<Markup>) -> Answer {
    let lang = asked.lang();
    let body = html! {
        @if let Some(trouble) = trouble { (trouble) }
        (kept_notice(lang, filled.get("next")))
        (look::form(asked, "/sign-in", html! {
            (look::hidden("next", filled.get("next")))
            (login_fields(lang, filled, lang.t("ログイン名", "Sign-in name")))
            (look::submit(lang.t("次へ", "Continue")))
        }))
        p { (lang.t("このあと、認証アプリなどで本人確認をします。", "Next you prove your second factor.")) }
        p { (look::link_quiet("/patient/sign-in", lang.t("患者さん・ご家族の方はこちら", "Patients and families: this way"))) }
    };
    asked.page(&Words::new("職員のログイン", "Staff sign-in"), body)
}

/// That what was typed waits, when `next` is where it is sent again.
pub(crate) fn kept_notice(lang: Lang, next: &str) -> Markup {
    html! {
        @if web::kept::is_kept(next) {
            (look::notice(lang, Tone::Info, lang.t("入力した内容はお預かりしています", "What you typed is kept"), html! { p { (lang.t(
                format!("確認が終わると、そのまま送られます。お預かりするのは{}分間です。", web::kept::KEPT_MIN),
                format!("It is sent once you are confirmed. It is kept for {} minutes.", web::kept::KEPT_MIN),
            )) } }))
        }
    }
}

/// That chosen files did not arrive, when the query says so.
pub(crate) fn lost_notice(lang: Lang, query: &Asks) -> Markup {
    html! {
        @if query.get("lost").is_some_and(|it| it == "files") {
            (look::notice(lang, Tone::Warn, lang.t("写真や書類は、まだ送られていません", "Your files have not been sent"), html! { p { (lang.t(
                "お手数ですが、確認が終わって元の画面に戻ったら、もう一度選んで送ってください。",
                "Please choose and send them again when you are back on the page.",
            )) } }))
        }
    }
}

/// Name and password.
pub(crate) fn login_fields(lang: Lang, filled: &Filled, label: &str) -> Markup {
    html! {
        (look::text_input(lang, filled, "login", label, None).autocomplete("username").max(200))
        (look::text_input(lang, filled, "password", lang.t("パスワード", "Password"), None)
            .kind("password").autocomplete("current-password").max(128))
    }
}

/// What a wrong name or password is told, whichever it was.
pub(crate) fn not_taken(lang: Lang) -> Markup {
    look::notice(
        lang,
        Tone::Stop,
        lang.t("ログインできませんでした", "You are not signed in"),
        html! { p { (lang.t(
            "入力した内容が正しくありません。文字の大小や全角・半角を確かめて、もう一度入力してください。お忘れのときは、施設の管理者にご連絡ください。",
            "What you typed is not right. Check it and try again. If you have forgotten it, ask the manager of your facility.",
        )) } },
    )
}

/// What is told after too many wrong tries.
pub(crate) fn must_wait(lang: Lang, until: Timestamp) -> Markup {
    let clock = time::clock(until);
    look::notice(
        lang,
        Tone::Stop,
        lang.t("しばらく待ってください", "Please wait"),
        html! { p { @match lang {
            Lang::Ja => { "入力の誤りが続いたため、" strong { (clock) } "を過ぎるまで受け付けません。過ぎてから、もう一度お試しください。" }
            Lang::En => { "There were too many wrong tries. Please try again after " strong { (clock) } "." }
        } } },
    )
}

async fn sign_in(asked: Asked, fields: Fields) -> web::Result {
    let next = own_path(fields.get("next"), "/");
    let lang = asked.lang();
    match steps::try_staff(&asked, fields.get("login"), fields.get("password"), &next).await? {
        Tried::Right(token) => {
            Ok(Answer::ToWithCookie("/sign-in/next".into(), steps::step_cookie(&asked.site, &token)))
        }
        Tried::Wrong => Ok(sign_in_page(&asked, &fields.again(Faults::default()), Some(not_taken(lang))).status(422)),
        Tried::Wait(until) => {
            let again = fields.again(Faults::default());
            Ok(sign_in_page(&asked, &again, Some(must_wait(lang, until))).status(429))
        }
    }
}

async fn next(asked: Asked, headers: HeaderMap) -> web::Result {
    match steps::view(&asked, &steps::step_token(&asked.site, &headers)).await? {
        None => Ok(over(&asked)),
        Some(view) => Ok(step_page(&asked, &view, &Filled::empty(), None)),
    }
}

/// After a step: in, or on to the next one.
async fn go_on(asked: &Asked, token: &str) -> web::Result {
    match steps::view(asked, token).await? {
        None => Ok(over(asked)),
        Some(View { step: Step::Done { .. }, .. }) => finish(asked, token).await,
        Some(_) => Ok(Answer::To("/sign-in/next".into())),
    }
}

/// The sign-in of this browser is over: too late, too many wrong codes, or never begun here.
fn over(asked: &Asked) -> Answer {
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "時間が過ぎたか、コードの誤りが続いたため、このログインは終わりました。はじめからやり直してください。",
            "This sign-in is over: too much time has passed, or too many codes were wrong. Please begin again.",
        )) }
        (look::link_button("/sign-in", lang.t("ログインへ", "To sign-in")))
        p { (look::link_quiet("/patient/sign-in", lang.t("患者さん・ご家族の方はこちら", "Patients and families: this way"))) }
    };
    asked.page(&Words::new("ログインをやり直してください", "Please sign in again"), body).status(410)
}

fn step_page(asked: &Asked, view: &View, filled: &Filled, trouble: Option<Markup>) -> Answer {
    let lang = asked.lang();
    let (title, body) = match view.step {
        Step::Password => {
            (Words::new("新しいパスワード", "A new password"), password_step(asked, view.purpose, filled))
        }
        Step::Enrol => (Words::new("本人確認の設定", "Set up your second factor"), enrol_step(asked, view, filled)),
        Step::Second => (Words::new("本人確認", "Your second factor"), second_step(asked, view, filled)),
        // Somebody who went back, or closed the page with the codes.
        Step::Done { .. } => {
            let on = look::form(asked, "/sign-in/done", look::submit(lang.t("進む", "Continue")));
            (Words::new("本人確認が終わりました", "You are confirmed"), on)
        }
    };
    asked.page(
        &title,
        html! { @if let Some(trouble) = trouble { (trouble) } (look::faults_summary(lang, filled)) (body) },
    )
}

fn second_step(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        @if let Some(options) = &view.passkey { (passkey_form(asked, "/sign-in/second", "get", options, lang.t("パスキーで進む", "Continue by passkey"))) }
        @if view.held.app_since.is_some() {
            (look::form(asked, "/sign-in/second", html! {
                (look::hidden("kind", "app"))
                (app_code(lang, filled))
                (look::submit(lang.t("ログイン", "Sign in")))
            }))
        } @else if view.passkey.is_none() {
            p { (lang.t("登録されたパスキーは、このアドレスでは使えません。リカバリーコードを使ってください。", "Your passkey does not work at this address. Use a recovery code.")) }
        }
        @if view.held.codes_left > 0 {
            (look::details(lang.t("スマートフォンが手元にないとき", "Without your phone"), look::form(asked, "/sign-in/second", html! {
                (look::hidden("kind", "paper"))
                (look::text_input(lang, filled, "paper_code", lang.t("リカバリーコード", "Recovery code"),
                    Some(lang.t("紙に控えた8文字のコードです。1つのコードは1回だけ使えます。", "Eight signs from your paper; each code works once."))).short().max(20).autocomplete("off"))
                (look::submit(lang.t("コードでログイン", "Sign in by code")))
            })))
        }
    }
}

/// The field for the code of an app.
pub(crate) fn app_code(lang: Lang, filled: &Filled) -> Markup {
    let label = lang.t("認証アプリの6けたの数字", "Six digits of your app");
    look::text_input(lang, filled, "code", label, None)
        .digits()
        .short()
        .max(12)
        .autocomplete("one-time-code")
        .into_markup()
}

/// The island that asks a device; it fills in the answer and sends the form. Without script it says so.
pub(crate) fn passkey_form(asked: &Asked, action: &str, what: &str, options: &str, label: &str) -> Markup {
    let (lang, origin) = (asked.lang(), super::passkey::origin(&asked.site).unwrap_or_default());
    html! {
        haruka-passkey what=(what) options=(options)
            failed=(lang.t("パスキーを確認できませんでした。もう一度お試しください。", "The passkey was not confirmed. Please try again."))
            missing=(lang.t("このブラウザーではパスキーを使えません。", "This browser cannot use passkeys."))
            elsewhere=(lang.t(format!("パスキーは {origin} で開いたときに使えます。"), format!("Passkeys work at {origin}."))) {
            (look::form(asked, action, html! {
                (look::hidden("kind", "passkey"))
                (look::hidden("answer", ""))
                (look::submit(label))
            }))
            p.state role="status" {}
            noscript { p { (lang.t("パスキーを使うには、JavaScriptを有効にしてください。", "Passkeys need JavaScript.")) } }
        }
        script type="module" src=(web::assets::href("passkey.js")) {}
    }
}

fn password_step(asked: &Asked, purpose: Purpose, filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        p { (lang.t(
            "いまのパスワードは、ほかの人が決めたものです。ご自分だけが知るパスワードに変えてください。",
            "Somebody else chose your present password. Choose one that only you know.",
        )) }
        (look::form(asked, "/sign-in/password", html! {
            (new_password(lang, purpose == Purpose::Staff, filled))
            (look::submit(lang.t("このパスワードにする", "Use this password")))
        }))
    }
}

/// The fields of a new password with its rules.
pub(crate) fn new_password(lang: Lang, two_factors: bool, filled: &Filled) -> Markup {
    let hint = if two_factors {
        lang.t(
            "8文字以上で英字・数字・記号を混ぜるか、13文字以上。お名前や、よく使われる言葉は使えません。",
            "At least 8 characters with letters, digits and signs, or 13 and more. No names, no common words.",
        )
    } else {
        lang.t(
            "13文字以上。いくつかの言葉をつなげると覚えやすくなります。お名前や、よく使われる言葉は使えません。",
            "At least 13 characters; a few words in a row are easy to keep in mind. No names, no common words.",
        )
    };
    html! {
        (look::text_input(lang, filled, "new_password", lang.t("新しいパスワード", "New password"), Some(hint))
            .kind("password").autocomplete("new-password").max(128))
        (look::text_input(lang, filled, "new_password_again", lang.t("もう一度入力", "The same again"), None)
            .kind("password").autocomplete("new-password").max(128))
    }
}

/// The new password of a form, when both are the same.
pub(crate) fn read_new_password(fields: &Fields) -> Result<String, Faults> {
    let mut faults = Faults::default();
    if fields.get("new_password") != fields.get("new_password_again") {
        faults.add("new_password_again", Words::new("2つが同じではありません。", "The two are not the same."));
    }
    faults.done(|| fields.get("new_password").to_owned())
}

/// The faults of a new password, beside its field.
pub(crate) fn password_faults(found: &[PasswordFault]) -> Faults {
    Faults(found.iter().map(|it| ("new_password", it.words())).collect())
}

async fn change_password(asked: Asked, headers: HeaderMap, fields: Fields) -> web::Result {
    let token = steps::step_token(&asked.site, &headers);
    let outcome = match read_new_password(&fields) {
        Ok(typed) => match steps::change_in_sign_in(&asked, &token, &typed).await? {
            None => return Ok(over(&asked)),
            Some(outcome) => outcome.map_err(|it| password_faults(&it)),
        },
        Err(faults) => Err(faults),
    };
    let Err(faults) = outcome else { return go_on(&asked, &token).await };
    match steps::view(&asked, &token).await? {
        Some(view) => Ok(step_page(&asked, &view, &fields.again(faults), None).status(422)),
        None => Ok(over(&asked)),
    }
}

async fn prove_second(asked: Asked, headers: HeaderMap, fields: Fields) -> web::Result {
    let kind = fields.get("kind");
    let typed = fields.get(match kind {
        "paper" => "paper_code",
        "passkey" => "answer",
        _ => "code",
    });
    let (lang, token) = (asked.lang(), steps::step_token(&asked.site, &headers));
    let (trouble, status) = match steps::try_second(&asked, &token, kind, typed).await? {
        None => return Ok(over(&asked)),
        Some(Tried::Right(())) => return go_on(&asked, &token).await,
        Some(Tried::Wrong) => (wrong_code(lang), 422),
        Some(Tried::Wait(until)) => (must_wait(lang, until), 429),
    };
    match steps::view(&asked, &token).await? {
        Some(view) => Ok(step_page(&asked, &view, &Filled::empty(), Some(trouble)).status(status)),
        None => Ok(over(&asked)),
    }
}

/// What a wrong code is told.
pub(crate) fn wrong_code(lang: Lang) -> Markup {
    let words = lang.t(
        format!("新しく表示された数字を入力してください。一度使った数字は使えません。{PENDING_TRIES_MAX}回続けて誤ると、はじめからになります。"),
        format!("Type the digits shown now; digits that were used once do not work again. After {PENDING_TRIES_MAX} wrong tries you begin anew."),
    );
    look::notice(lang, Tone::Stop, lang.t("確認できませんでした", "Not confirmed"), html! { p { (words) } })
}

fn enrol_step(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        p { (lang.t(
            "パスワードのほかに、スマートフォンの認証アプリで本人確認をします。はじめに一度だけ設定してください。",
            "Besides the password you prove yourself by an authenticator app on your phone. Set it up once now.",
        )) }
        @if let Some((secret, url)) = &view.app { (app_offer(lang, secret, url)) }
        (look::form(asked, "/sign-in/enrol", html! {
            (app_code(lang, filled))
            (look::submit(lang.t("設定する", "Set up")))
        }))
    }
}

/// The secret of an app as a square and for typing.
pub(crate) fn app_offer(lang: Lang, secret: &str, url: &str) -> Markup {
    let grouped = secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
    html! {
        ol {
            li { (lang.t("認証アプリ（Google Authenticator、Microsoft Authenticatorなど）を開きます。", "Open an authenticator app (Google Authenticator, Microsoft Authenticator and others).")) }
            li { (lang.t("アプリで次のQRコードを読み取ります。読み取れないときは、その下の文字を手で入力します。", "Let it read this square, or type the signs below it.")) }
            li { (lang.t("アプリに表示された6けたの数字を、下の欄に入力します。", "Type the six digits that it shows into the field below.")) }
        }
        @if let Some(image) = square(url) {
            p { img.square src=(image) width="232" height="232" alt=(lang.t("認証アプリで読み取るQRコード", "QR code for the authenticator app")); }
        }
        (look::facts(&[(lang.t("手で入力するとき", "For typing"), html! { code { (grouped) } })]))
    }
}

/// A QR code as an address of its own picture; the page may show such pictures (CSP).
fn square(text: &str) -> Option<String> {
    let code = qrcode::QrCode::new(text).ok()?;
    let picture = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(232, 232).build();
    Some(format!("data:image/svg+xml;base64,{}", BASE64_STANDARD.encode(picture)))
}

async fn enrol(asked: Asked, headers: HeaderMap, fields: Fields) -> web::Result {
    let (lang, token) = (asked.lang(), steps::step_token(&asked.site, &headers));
    let code = fields.get("code").to_owned();
    let made = steps::with_pending(&asked, &token, move |tx, ctx, it| store::enrol(tx, ctx, &it, &code)).await?;
    match (made, steps::view(&asked, &token).await?) {
        (Some(Some(codes)), _) => {
            let on = look::form(
                &asked,
                "/sign-in/done",
                look::submit(lang.t("控えました。進む", "I have kept them. Continue")),
            );
            Ok(codes_page(&asked, &codes, on))
        }
        (Some(None), Some(view)) => {
            let mut faults = Faults::default();
            let words = Words::new(
                "数字が合いません。新しく表示された数字を入力してください。",
                "These digits do not fit. Type the ones shown now.",
            );
            faults.add("code", words);
            Ok(step_page(&asked, &view, &fields.again(faults), None).status(422))
        }
        _ => Ok(over(&asked)),
    }
}

/// The page that shows the codes on paper, once.
pub(crate) fn codes_page(asked: &Asked, codes: &[String], on: Markup) -> Answer {
    let lang = asked.lang();
    let body = html! {
        (look::notice(lang, Tone::Warn, lang.t("印刷するか、紙に書き写してください", "Print this page or copy the codes"), html! {
            p { (lang.t(
                "スマートフォンをなくしたときに使うコードです。この画面は一度しか表示されません。それぞれ1回だけ使えます。鍵のかかる場所に保管し、ほかの人に見せないでください。",
                "For when your phone is lost. They are shown only now, and each works once. Keep them locked away, and show them to nobody.",
            )) }
        }))
        ol.codes { @for code in codes { li { code { (code) } } } }
        (on)
    };
    asked.page(&Words::new("リカバリーコード", "Recovery codes"), body)
}

async fn done(asked: Asked, headers: HeaderMap, _fields: Fields) -> web::Result {
    finish(&asked, &steps::step_token(&asked.site, &headers)).await
}

/// Turns a sign-in with nothing left to prove into a session.
async fn finish(asked: &Asked, token: &str) -> web::Result {
    let (site, agent) = (asked.site.clone(), asked.agent.clone());
    let begun = steps::with_pending(asked, token, move |tx, ctx, it| match it.purpose {
        Purpose::Staff => store::begin_staff(tx, ctx, &site, &it, &agent).map(Ok),
        Purpose::Guardian => Ok(Err(())),
    });
    match begun.await? {
        None => Ok(over(asked)),
        Some(Ok(begun)) => {
            leave_old(asked).await?;
            let to = match begun.choose {
                true => format!("/facility?next={}", web::answer::query_value(&begun.next)),
                false => begun.next,
            };
            Ok(Answer::ToWithCookie(to, set_cookie(&asked.site, Some(&begun.token))))
        }
        Some(Err(())) => crate::entry::patient_pages::guardian_proven(asked, token).await,
    }
}

/// The session that this browser had before is over: one browser, one person.
pub(crate) async fn leave_old(asked: &Asked) -> Result<(), Error> {
    match &asked.session {
        Some(old) => {
            let id = old.id;
            asked.site.write(&asked.ctx, move |tx, ctx| store::sign_out(tx, ctx, id)).await
        }
        None => Ok(()),
    }
}

async fn show_unlock(asked: Asked, query: Asks) -> web::Result {
    unlock_page(&asked, &wanted(&query), Some(lost_notice(asked.lang(), &query))).await
}

async fn unlock_page(asked: &Asked, next: &str, trouble: Option<Markup>) -> web::Result {
    let Ok(person) = steps::own_person(asked) else { return Err(Failure::sign_in("/sign-in", next)) };
    let login = asked.site.read(&asked.ctx, move |tx, _| Ok(person::store::get(tx, person)?.login)).await?;
    let lang = asked.lang();
    let filled = Filled::empty();
    let body = html! {
        @if let Some(trouble) = trouble { (trouble) }
        (kept_notice(lang, next))
        p { (lang.t(
            "しばらく操作がなかったか、大切な操作の前のため、パスワードをもう一度入力してください。入力すると、元の画面に戻ります。",
            "Nothing was done for a while, or this is an important step. Type your password, and you are led back.",
        )) }
        (look::form(asked, "/unlock", html! {
            (look::hidden("next", next))
            (look::facts(&[(lang.t("ログイン名", "Sign-in name"), html! { (login) })]))
            (look::text_input(lang, &filled, "password", lang.t("パスワード", "Password"), None)
                .kind("password").autocomplete("current-password").max(128))
            (look::submit(lang.t("続ける", "Continue")))
        }))
        (look::details(lang.t("パスワードがわからないとき・別の方が使うとき", "Forgotten password, or somebody else"), html! {
            p { (forgotten(asked)) }
            p { (lang.t(
                "いったんログアウトすると、書きかけの内容は残りません。必要なときは、先に控えてください。",
                "Signing out gives up what was being typed. Note it down first if it matters.",
            )) }
            (look::form(asked, "/sign-out", look::submit_named("to", "/sign-in", lang.t("ログアウトして別の人としてログイン", "Sign out, and in as somebody else"))))
        }))
    };
    Ok(asked.page(&Words::new("パスワードの再確認", "Your password again"), body))
}

/// Who makes a new password for whoever has forgotten it. App and passkey stand beside the password, not in its place.
fn forgotten(asked: &Asked) -> &'static str {
    match &asked.ctx.who {
        Who::Staff(_) => asked.lang().t(
            "忘れたときは、管理者に「設定」→「職員」→「ログインの管理」でパスワードを作り直してもらってください。認証アプリやパスキーだけでは、ここは開きません。",
            "If it is forgotten, a manager makes a new one under Settings, Staff, Sign-in. App or passkey alone do not open this.",
        ),
        _ => asked.lang().t(
            "忘れたときは、医療機関に電話で知らせてください。新しいパスワードをお渡しします。",
            "If it is forgotten, telephone the clinic; you get a new one.",
        ),
    }
}

async fn unlock(asked: Asked, fields: Fields) -> web::Result {
    let next = own_path(fields.get("next"), "/");
    let Some(id) = asked.session.as_ref().map(|it| it.id) else { return Err(Failure::sign_in("/sign-in", &next)) };
    let lang = asked.lang();
    match steps::try_own(&asked, fields.get("password")).await? {
        Tried::Right(()) => {
            asked.site.write(&asked.ctx, move |tx, ctx| store::unlock(tx, ctx, id)).await?;
            Ok(Answer::To(next))
        }
        Tried::Wrong => Ok(unlock_page(&asked, &next, Some(not_taken(lang))).await?.status(422)),
        Tried::Wait(until) => Ok(unlock_page(&asked, &next, Some(must_wait(lang, until))).await?.status(429)),
    }
}

async fn show_facilities(asked: Asked, query: Asks) -> web::Result {
    let person = steps::own_person(&asked)?;
    // Without a facility of its own: the names of all where the person works.
    let found = asked.site.db.read(None, move |tx| {
        person::store::facilities(tx, person)?
            .into_iter()
            .map(|it| facility::store::get(tx, it))
            .collect::<Result<Vec<_>, _>>()
    });
    let (found, lang) = (found.await?, asked.lang());
    let next = wanted(&query);
    let body = html! {
        p { (lang.t("これから働く施設を選んでください。見られる情報は、施設ごとに分かれています。", "Choose where you work now. Each facility's information is separate.")) }
        ul.choices { @for it in &found { li {
            (look::form(&asked, "/facility", html! {
                (look::hidden("next", &next))
                (look::submit_named("facility", &it.id.to_string(), &it.name))
                @if asked.ctx.facility == Some(it.id) { " " (look::badge(Tone::Info, lang.t("いまここ", "Now here"))) }
            }))
        } } }
    };
    Ok(asked.page(&Words::new("施設を選ぶ", "Choose the facility"), body))
}

async fn move_to(asked: Asked, fields: Fields) -> web::Result {
    let chosen: FacilityId = fields.id("facility")?;
    let next = own_path(fields.get("next"), "/");
    // The session moves between facilities: the act belongs to none until it has moved.
    asked
        .site
        .db
        .write(None, {
            let ctx = asked.ctx.clone();
            move |tx| store::move_to(tx, &ctx, chosen)
        })
        .await?;
    Ok(Answer::To(next))
}

async fn sign_out(asked: Asked, fields: Fields) -> web::Result {
    leave_old(&asked).await?;
    let to = match (&asked.ctx.who, fields.get("to")) {
        (_, "/sign-in") => "/sign-in",
        _ => "/",
    };
    Ok(Answer::ToWithCookie(to.into(), set_cookie(&asked.site, None)))
}
