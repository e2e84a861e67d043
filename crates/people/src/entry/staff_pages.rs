//! The clinic's page about how a patient comes in: links, locks, a code for the telephone.

use kernel::{PatientId, Words, time};
use mail::{About, Message, To};
use maud::{Markup, html};
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Path, Routes};

use super::store::{self, Invitation, LockState};
use super::{CODE_MIN, link};
use crate::access::{Access, Act, Class, may};
use crate::{facility, patient};

/// Days for which a link made by hand is good: until the next visit can be agreed.
const LINK_DAYS: i64 = 14;

/// The routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/patients/{patient}/entry", show)
        .post(Door::Staff, "/patients/{patient}/entry", make)
        .post(Door::Staff, "/patients/{patient}/entry/code", read_out)
        .post(Door::Staff, "/patients/{patient}/entry/unlock", unlock)
        .post(Door::Staff, "/patients/{patient}/entry/end", end)
}

async fn show(asked: Asked, Path(id): Path<PatientId>) -> web::Result {
    let found = asked.site.write(&asked.ctx, move |tx, ctx| {
        let patient = patient::store::read_one(tx, id)?;
        Access::new("invitation.list", Act::View, Class::Identity).on("patient", id).of(id).require(tx, ctx)?;
        Ok((patient, store::list_for_patient(tx, id)?, store::lock_state(tx, ctx, id)?))
    });
    let ((patient, links, state), lang) = (found.await?, asked.lang());
    let writes = may(&asked, Act::Write, Class::Identity);
    let heads = [
        lang.t("作成", "Made"),
        lang.t("期限", "Good until"),
        lang.t("状態", "State"),
        lang.t("最後の利用", "Last used"),
        lang.t("操作", "Acts"),
    ];
    let rows: Vec<Vec<Markup>> = links
        .iter()
        .map(|(it, _)| {
            vec![
                html! { (time::show(it.made_at, lang)) },
                html! { (time::show(it.expires_at, lang)) },
                state_badge(&asked, it),
                html! { @if let Some(at) = it.used_at { (time::show(at, lang)) } @else { (lang.t("まだ", "Never")) } },
                acts(&asked, id, it),
            ]
        })
        .collect();
    let body = html! {
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { (patient.name.full()) }),
            (lang.t("メール", "Mail"), html! { @if patient.mail.is_empty() { (lang.t("登録なし", "None")) } @else { (patient.mail) } }),
            (lang.t("電話", "Telephone"), html! { (patient.phone) }),
        ]))
        @if let LockState::Locked(until) = state {
            (look::notice(lang, Tone::Warn, lang.t("入口が待ち時間に入っています", "A link is waiting"), html! {
                p { (lang.t("生年月日の誤りが続きました。患者さんご本人かを電話で確かめてから、待ち時間を解いてください。ご本人でなければ、リンクを終了してください。", "The birth date was wrong several times. Telephone the patient before you lift the wait. If it was somebody else, end the link.")) }
                p { (lang.t("待ち時間の終わり", "Until")) ": " (time::show(until, lang)) }
            }))
        }
        @if rows.is_empty() { (look::empty(lang.t("リンクはまだありません。", "There are no links yet."))) }
        @else { (look::table_with_acts(writes, lang.t("リンク", "Links"), &heads, &rows)) }
        @if writes {
            (look::section(lang.t("新しいリンク", "A new link"), html! {
                p { @match lang {
                    kernel::Lang::Ja => { (LINK_DAYS) "日間使えるリンクを作ります。メールの登録があれば、患者さんへ送ります。" }
                    kernel::Lang::En => { "Makes a link that is good for " (LINK_DAYS) " days. It is mailed to the patient if there is an address." }
                } }
                (look::form(&asked, &format!("/patients/{id}/entry"), look::submit(lang.t("リンクを作る", "Make a link"))))
            }))
        }
    };
    Ok(asked.page(&Words::new("患者さんの入口", "How the patient comes in"), body))
}

fn state_badge(asked: &Asked, it: &Invitation) -> Markup {
    let (lang, now) = (asked.lang(), asked.ctx.now);
    match (it.ended_at, it.is_live(now), it.locked_until(now)) {
        (Some(_), ..) => look::badge(Tone::Info, lang.t("終了", "Ended")),
        (None, false, _) => look::badge(Tone::Info, lang.t("期限切れ", "Expired")),
        (None, true, Some(_)) => look::badge(Tone::Warn, lang.t("待ち時間", "Waiting")),
        (None, true, None) => look::badge(Tone::Good, lang.t("使えます", "Works")),
    }
}

fn acts(asked: &Asked, patient: PatientId, it: &Invitation) -> Markup {
    let (lang, now) = (asked.lang(), asked.ctx.now);
    let act = |what: &str, button: Markup| {
        look::form(
            asked,
            &format!("/patients/{patient}/entry/{what}"),
            html! {
                (look::hidden("link", &it.id.to_string()))
                (button)
            },
        )
    };
    html! {
        @if it.is_live(now) {
            (act("code", look::submit_named("go", "1", lang.t("電話でコードを伝える", "Code for the telephone"))))
            @if it.locked_until(now).is_some() { (act("unlock", look::submit_named("go", "1", lang.t("待ち時間を解く", "Lift the wait")))) }
            (act("end", look::submit_danger(lang.t("リンクを終了する", "End the link"))))
        }
    }
}

async fn make(asked: Asked, Path(id): Path<PatientId>, fields: Fields) -> web::Result {
    let base = asked.site.settings.base_url.clone();
    asked
        .act(&fields, move |tx, ctx| {
            let expires_at = time::plus_min(ctx.now, LINK_DAYS * 24 * 60);
            let path = store::invite(tx, ctx, id, None, expires_at)?;
            let patient = patient::store::read_one(tx, id)?;
            if let Ok(to) = patient.mail.parse() {
                let clinic = facility::store::get(tx, ctx.facility()?)?;
                let (name, phone) = (&clinic.name, &clinic.phone);
                let subject = ctx.lang.t(format!("{name} 受診のご案内"), format!("{name}: your visit"));
                let text = ctx.lang.t(
                    format!("受診の画面は、次のリンクから開けます。はじめに生年月日と確認コードを入力していただきます。\n\n{base}{path}\n\nこのリンクをほかの人に渡さないでください。\n\n{name}\n電話 {phone}\n"),
                    format!("This link opens your visit. You will be asked for your birth date and a code.\n\n{base}{path}\n\nPlease give this link to nobody else.\n\n{name}\nTelephone {phone}\n"),
                );
                let about = About::new("patient", id);
                let mut message = Message::new(To::Mail(to), name.clone(), subject, text, ctx.now, about);
                message.useless_after = Some(expires_at);
                mail::enqueue(tx, ctx, &message)?;
            }
            Ok(format!("/patients/{id}/entry"))
        })
        .await
}

async fn read_out(asked: Asked, Path(id): Path<PatientId>, fields: Fields) -> web::Result {
    let link = fields.id("link")?;
    // Not through `act`: the code itself is the answer, and must not be kept.
    let code = asked.site.write(&asked.ctx, move |tx, ctx| link::read_out(tx, ctx, link)).await?;
    let lang = asked.lang();
    let body = html! {
        (look::notice(lang, Tone::Warn, lang.t("ご本人と確かめてからお伝えください", "Make sure whom you speak to"), html! {
            p { (lang.t("登録の電話番号へこちらからかけるか、お名前・生年月日・前回の受診などをたずねてください。このコードを見たことは記録に残ります。", "Call the number on file, or ask for name, birth date and last visit. That you saw this code is on record.")) }
        }))
        p.code-big { code { (code[..3]) " " (code[3..]) } }
        p { @match lang {
            kernel::Lang::Ja => { "患者さんは、リンクを開いて生年月日を入れたあと、この6けたを入力します。" (CODE_MIN) "分間、1回だけ使えます。" }
            kernel::Lang::En => { "The patient opens the link, enters the birth date, then these six digits. They work once, for " (CODE_MIN) " minutes." }
        } }
        (look::link_quiet(&format!("/patients/{id}/entry"), lang.t("戻る", "Back")))
    };
    Ok(asked.page(&Words::new("電話で伝える確認コード", "A code for the telephone"), body))
}

async fn unlock(asked: Asked, Path(id): Path<PatientId>, fields: Fields) -> web::Result {
    let link = fields.id("link")?;
    asked.act(&fields, move |tx, ctx| store::unlock(tx, ctx, link).map(|()| format!("/patients/{id}/entry"))).await
}

async fn end(asked: Asked, Path(id): Path<PatientId>, fields: Fields) -> web::Result {
    let link = fields.id("link")?;
    asked.act(&fields, move |tx, ctx| store::end(tx, ctx, link).map(|()| format!("/patients/{id}/entry"))).await
}
