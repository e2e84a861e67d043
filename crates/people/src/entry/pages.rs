//! Pages of coming in by a link: birth date, code. They show nothing about the patient before both are right.

use axum::http::HeaderMap;
use kernel::{Lang, Result, Who, Words, time};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::session::set_cookie;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::CODE_MIN;
use super::link::{self, Birth, Judged, Sent, Way};
use super::store::{self, Invitation};
use crate::facility::{self, Facility};
use crate::sign_in::own_path;
use crate::sign_in::pages::{Asks, leave_old, must_wait};
use crate::sign_in::steps::{nobody, step_cookie, step_token};

/// Where a patient is led without another wish.
pub(crate) const HOME: &str = "/home";

/// The routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Open, "/v/{token}", show)
        .post(Door::Open, "/v/{token}", prove_birth)
        .get(Door::Open, "/v/{token}/code", show_code)
        .post(Door::Open, "/v/{token}/send", send)
        .post(Door::Open, "/v/{token}/code", prove_code)
}

/// What stands behind a token.
enum Found {
    /// Nothing of ours.
    Nothing,
    /// A link that is over.
    Over(Facility),
    /// A link that may be used.
    Live(Box<Invitation>, Facility),
}

async fn find(asked: &Asked, token: &str) -> Result<Found> {
    let token = token.to_owned();
    asked
        .site
        .write(&nobody(asked), move |tx, ctx| {
            let Some(it) = store::find(tx, &token)? else { return Ok(Found::Nothing) };
            let clinic = facility::store::get(tx, it.facility)?;
            Ok(if it.is_live(ctx.now) { Found::Live(Box::new(it), clinic) } else { Found::Over(clinic) })
        })
        .await
}

/// The page of a link that does not work: what to do. Says nothing about anybody.
fn over(asked: &Asked, clinic: Option<&Facility>) -> Answer {
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "リンクの期限が過ぎたか、途中で切れているか、すでに無効になっています。",
            "This link is too old, was cut off on its way, or has been ended.",
        )) }
        ul {
            li { (lang.t("いちばん新しいメールのリンクを開いてください。", "Open the link of the newest mail.")) }
            li { (lang.t("リンクが2行に分かれているときは、最後まで続けてコピーしてください。", "If the link is broken into two lines, copy all of it.")) }
            li { (lang.t("それでも開けないときは、医療機関へお電話ください。", "If it still does not open, telephone your clinic.")) }
        }
        @if let Some(clinic) = clinic { (phone_line(lang, clinic)) }
    };
    asked.page(&Words::new("このリンクは使えません", "This link does not work"), body).status(if clinic.is_some() {
        410
    } else {
        404
    })
}

fn phone_line(lang: Lang, clinic: &Facility) -> Markup {
    let digits: String = clinic.phone.chars().filter(|it| it.is_ascii_digit() || *it == '+').collect();
    html! { p { (clinic.name) " " (lang.t("電話", "Telephone")) " " a href={ "tel:" (digits) } { (clinic.phone) } } }
}

fn with_next(path: &str, next: &str) -> String {
    if next == HOME { path.to_owned() } else { format!("{path}?next={}", web::answer::query_value(next)) }
}

fn wanted(query: &Asks) -> String {
    own_path(query.get("next").map_or("", String::as_str), HOME)
}

async fn show(asked: Asked, Path(token): Path<String>, query: Asks, headers: HeaderMap) -> web::Result {
    let (it, clinic) = match find(&asked, &token).await? {
        Found::Live(it, clinic) => (it, clinic),
        Found::Over(clinic) => return Ok(over(&asked, Some(&clinic))),
        Found::Nothing => return Ok(over(&asked, None)),
    };
    let next = wanted(&query);
    if asked.ctx.who.patient() == Some(it.patient) && asked.ctx.facility == Some(it.facility) {
        return Ok(Answer::To(next));
    }
    // After a sign-out the code is used up: begin anew, so that the next one is really sent.
    let link = it.clone();
    let waits = asked.site.write(&nobody(&asked), move |tx, ctx| link::code_waits(tx, ctx, &link)).await?;
    if waits && link::is_proven(&asked.site, &asked.ctx, &it, &step_token(&asked.site, &headers)) {
        return Ok(Answer::To(with_next(&format!("/v/{token}/code"), &next)));
    }
    Ok(birth_page(&asked, &clinic, &token, &Filled::empty().with("next", next), None))
}

fn birth_page(asked: &Asked, clinic: &Facility, token: &str, filled: &Filled, trouble: Option<Markup>) -> Answer {
    let lang = asked.lang();
    let body = html! {
        @if let Some(trouble) = trouble { (trouble) }
        (look::faults_summary(lang, filled))
        p { (lang.t(
            "ご本人であることを確かめます。受診される方の生年月日を入力してください（お子さまの受診なら、お子さまの生年月日）。",
            "We make sure that it is you. Enter the birth date of the patient (the child's, for a child's visit).",
        )) }
        (look::form(asked, &format!("/v/{token}"), html! {
            (look::hidden("next", filled.get("next")))
            (look::birth_date(lang, filled, "birth_date", lang.t("生年月日", "Birth date")))
            (look::submit(lang.t("次へ", "Continue")))
        }))
        p { (lang.t("お困りのときは、お電話ください。", "If you need help, telephone us.")) }
        (phone_line(lang, clinic))
    };
    asked.page(&Words::made(format!("{}の受診", clinic.name), format!("Visit at {}", clinic.name)), body)
}

async fn prove_birth(asked: Asked, Path(token): Path<String>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let typed = look::read_birth_date(&fields, "birth_date", &mut faults);
    let next = own_path(fields.get("next"), HOME);
    let clinic = match find(&asked, &token).await? {
        Found::Live(_, clinic) => clinic,
        Found::Over(clinic) => return Ok(over(&asked, Some(&clinic))),
        Found::Nothing => return Ok(over(&asked, None)),
    };
    let Some(typed) = typed else {
        // No date at all is no try: a thumb that slipped must not lock a patient out.
        return Ok(birth_page(&asked, &clinic, &token, &fields.again(faults), None).status(422));
    };
    let (site, secret) = (asked.site.clone(), token.clone());
    let outside = nobody(&asked);
    let outcome = asked.site.write(&outside, move |tx, ctx| {
        let Some(it) = store::find(tx, &secret)? else { return Ok(None) };
        let outcome = link::prove_birth(tx, ctx, &site, &it, Some(typed))?;
        // The usual way is mail: the code goes out at once, so that there is one page less.
        if matches!(outcome, Birth::Right(_)) {
            link::send(tx, ctx, &site, &it, Way::Mail)?;
        }
        Ok(Some(outcome))
    });
    let lang = asked.lang();
    let again = fields.again(Faults::default());
    Ok(match outcome.await? {
        None => over(&asked, Some(&clinic)),
        Some(Birth::Right(ticket)) => {
            Answer::ToWithCookie(with_next(&format!("/v/{token}/code"), &next), step_cookie(&asked.site, &ticket))
        }
        Some(Birth::Wrong { left }) => {
            birth_page(&asked, &clinic, &token, &again, Some(wrong_birth(lang, left))).status(422)
        }
        Some(Birth::Wait(until)) => {
            let trouble = html! { (must_wait(lang, until)) p { (lang.t("お急ぎのときは、医療機関へお電話ください。すぐに入れるようにできます。", "If it is urgent, telephone the clinic: they can let you try at once.")) } };
            birth_page(&asked, &clinic, &token, &again, Some(trouble)).status(429)
        }
    })
}

fn wrong_birth(lang: Lang, left: u32) -> Markup {
    look::notice(
        lang,
        Tone::Stop,
        lang.t("確認できませんでした", "Not confirmed"),
        html! { p { @match lang {
            Lang::Ja => { "生年月日を確かめて、もう一度入力してください。あと" (left) "回まちがえると、しばらく待つことになります。" }
            Lang::En => { "Check the birth date and try again. After " (left) " more wrong tries you must wait." }
        } } },
    )
}

/// The link of this browser whose birth date was right.
enum Step {
    /// It is proven.
    Proven(Box<Invitation>, Facility),
    /// It is not, or no longer: begin with the link.
    Not(Answer),
}

async fn proven(asked: &Asked, token: &str, next: &str, headers: &HeaderMap) -> Result<Step> {
    Ok(match find(asked, token).await? {
        Found::Nothing => Step::Not(over(asked, None)),
        Found::Over(clinic) => Step::Not(over(asked, Some(&clinic))),
        Found::Live(it, clinic) => {
            let ticket = step_token(&asked.site, headers);
            match link::is_proven(&asked.site, &asked.ctx, &it, &ticket) {
                true => Step::Proven(it, clinic),
                false => Step::Not(Answer::To(with_next(&format!("/v/{token}"), next))),
            }
        }
    })
}

async fn show_code(asked: Asked, Path(token): Path<String>, query: Asks, headers: HeaderMap) -> web::Result {
    let next = wanted(&query);
    match proven(&asked, &token, &next, &headers).await? {
        Step::Not(answer) => Ok(answer),
        Step::Proven(it, clinic) => code_page(&asked, &it, &clinic, &token, &next, None).await,
    }
}

async fn code_page(
    asked: &Asked,
    it: &Invitation,
    clinic: &Facility,
    token: &str,
    next: &str,
    trouble: Option<Markup>,
) -> web::Result {
    let (site, link) = (asked.site.clone(), it.clone());
    let (ways, waits) = asked
        .site
        .write(&nobody(asked), move |tx, ctx| {
            let waits = link::code_waits(tx, ctx, &link)?;
            Ok((link::ways(tx, &site, &link)?, waits))
        })
        .await?;
    let lang = asked.lang();
    let filled = Filled::empty();
    let mail = ways.iter().find(|(way, _)| *way == Way::Mail);
    let body = html! {
        @if let Some(trouble) = trouble { (trouble) }
        @match mail.filter(|_| waits) {
            Some((_, to)) => { p { @match lang {
                Lang::Ja => { strong { (to) } " へ、6けたの確認コードをメールで送りました。" (CODE_MIN) "分以内に入力してください。" }
                Lang::En => { "We have sent a code of six digits to " strong { (to) } ". Type it within " (CODE_MIN) " minutes." }
            } } }
            None => { p { (lang.t("6けたの確認コードを入力してください。コードは、下のボタンか電話で受け取れます。", "Type the code of six digits. You get it by the button below, or by telephone.")) } }
        }
        (look::form(asked, &format!("/v/{token}/code"), html! {
            (look::hidden("next", next))
            (look::text_input(lang, &filled, "code", lang.t("確認コード", "Code"), None).digits().short().max(12).autocomplete("one-time-code"))
            (look::submit(lang.t("受診の画面へ進む", "Go on to the visit")))
        }))
        (look::section(lang.t("コードが届かないとき", "If no code arrives"), html! {
            ul {
                li { (lang.t("迷惑メールのフォルダーも確かめてください。", "Look into the folder for unwanted mail, too.")) }
                li { (lang.t("医療機関へお電話ください。電話でコードをお伝えできます。", "Telephone the clinic: they can read you a code.")) }
            }
            (phone_line(lang, clinic))
            @for (way, to) in &ways {
                (look::form(asked, &format!("/v/{token}/send"), html! {
                    (look::hidden("next", next))
                    (match way {
                        Way::Mail => look::submit_named("way", "mail", &lang.t(format!("{to} へもう一度送る"), format!("Send again to {to}"))),
                        Way::Sms | Way::Voice => look::submit_named("way", "sms", &lang.t(format!("{to} へSMSで送る"), format!("Send to {to} by SMS"))),
                    })
                }))
            }
        }))
    };
    Ok(asked.page(&Words::new("確認コードの入力", "Type your code"), body))
}

async fn send(asked: Asked, Path(token): Path<String>, headers: HeaderMap, fields: Fields) -> web::Result {
    let next = own_path(fields.get("next"), HOME);
    let way = if fields.get("way") == "sms" { Way::Sms } else { Way::Mail };
    let (it, clinic) = match proven(&asked, &token, &next, &headers).await? {
        Step::Not(answer) => return Ok(answer),
        Step::Proven(it, clinic) => (it, clinic),
    };
    let (site, link) = (asked.site.clone(), it.clone());
    let sent = asked
        .site
        .write(&nobody(&asked), move |tx, ctx| {
            tx.enter(link.facility)?;
            link::send(tx, ctx, &site, &link, way)
        })
        .await?;
    let lang = asked.lang();
    let told = match sent {
        Sent::OnItsWay => look::notice(
            lang,
            Tone::Good,
            lang.t("送りました", "Sent"),
            html! { p { (lang.t("前に届いたコードは使えません。新しいコードを入力してください。", "Earlier codes no longer work. Type the new one.")) } },
        ),
        Sent::Wait(until) => look::notice(
            lang,
            Tone::Warn,
            lang.t("まだ送れません", "Not yet"),
            html! { p { @match lang {
                Lang::Ja => { "届くまで少しお待ちください。" (time::clock(until)) "を過ぎると、もう一度送れます。" }
                Lang::En => { "Please wait for it to arrive. After " (time::clock(until)) " you can have another one." }
            } } },
        ),
        Sent::NoWay => look::notice(
            lang,
            Tone::Warn,
            lang.t("送れませんでした", "Not sent"),
            html! { p { (lang.t("送り先の登録がありません。医療機関へお電話ください。", "The clinic has no such address of yours. Please telephone.")) } },
        ),
    };
    code_page(&asked, &it, &clinic, &token, &next, Some(told)).await
}

async fn prove_code(asked: Asked, Path(token): Path<String>, headers: HeaderMap, fields: Fields) -> web::Result {
    let next = own_path(fields.get("next"), HOME);
    let (it, clinic) = match proven(&asked, &token, &next, &headers).await? {
        Step::Not(answer) => return Ok(answer),
        Step::Proven(it, clinic) => (it, clinic),
    };
    let (site, link, typed, agent) =
        (asked.site.clone(), it.clone(), fields.get("code").to_owned(), asked.agent.clone());
    let outside = nobody(&asked);
    let judged = asked.site.write(&outside, move |tx, ctx| {
        tx.enter(link.facility)?;
        let judged = link::prove_code(tx, ctx, &site, &link, &typed, &agent)?;
        // Whoever was on the way somewhere goes there; otherwise to the form that a closed door had kept.
        let waits = match &judged {
            Judged::Right(_) if next == HOME => web::kept::waiting(tx, &Who::Patient(link.patient), ctx.now)?,
            _ => None,
        };
        Ok((judged, waits.unwrap_or(next)))
    });
    let lang = asked.lang();
    let (judged, next) = judged.await?;
    let trouble = match judged {
        Judged::Right(session) => {
            leave_old(&asked).await?;
            return Ok(Answer::ToWithCookie(next, set_cookie(&asked.site, Some(&session))));
        }
        Judged::Wrong { left } => look::notice(
            lang,
            Tone::Stop,
            lang.t("コードが合いません", "Not the code"),
            html! { p { @match lang {
                Lang::Ja => { "いちばん新しいコードを入力してください。あと" (left) "回まちがえると、このコードは使えなくなります。" }
                Lang::En => { "Type the newest code. After " (left) " more wrong tries it no longer works." }
            } } },
        ),
        Judged::Over => look::notice(
            lang,
            Tone::Stop,
            lang.t("このコードは使えません", "This code no longer works"),
            html! { p { (lang.t("時間が過ぎたか、誤りが続きました。下のボタンで新しいコードを受け取ってください。", "It is too old, or there were too many wrong tries. Get a new one by the button below.")) } },
        ),
    };
    Ok(code_page(&asked, &it, &clinic, &token, &next, Some(trouble)).await?.status(422))
}
