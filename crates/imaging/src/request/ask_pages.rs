//! `/patients/{patient}/reading`: the form of a new request.

use axum::extract::Path;
use guidelines::reading::same_patient::Comparison;
use kernel::{Lang, PatientId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Filled, Routes};

use super::send::{self, Candidate, Choices, Sent};
use super::{CONSENT_BY, CONSENT_HOW, Form, Request};
use crate::report::templates;

/// Routes of this page.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/patients/{patient}/reading", show).post(
        Door::Staff,
        "/patients/{patient}/reading",
        ask,
    )
}

async fn show(asked: Asked, Path(patient): Path<PatientId>) -> web::Result {
    let today = time::day(asked.ctx.now).to_string();
    let first = Filled::empty().with("urgent", "no").with("consent_on", today).with("consent_by", "patient");
    page(&asked, patient, &first, &[], 200).await
}

async fn page(asked: &Asked, patient: PatientId, filled: &Filled, unclear: &[Words], status: u16) -> web::Result {
    let it = asked.site.write(&asked.ctx, move |tx, ctx| send::choices(tx, ctx, patient)).await?;
    let lang = asked.lang();
    let name = it.patient.name.full();
    let title = Words::made(format!("{name} さんの読影を依頼する"), format!("Ask for a reading: {name}"));
    let body = html! {
        (look::faults_summary(lang, filled))
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { a href={ "/patients/" (patient) } { (name) } "（" (it.patient.number) "）" }),
            (lang.t("生年月日", "Born"), html! { (time::show_day(it.patient.birth_date, lang)) " " (it.patient.sex.words().in_lang(lang)) }),
        ]))
        @if !it.requests.is_empty() { (before(lang, &it.requests)) }
        @if it.agreements.is_empty() {
            (look::notice(lang, Tone::Warn, lang.t("依頼できる施設がありません", "There is nobody to ask"), html! { p {
                (lang.t("ほかの施設との取り決めが有効になると、ここから依頼できます。管理者に伝えてください。", "A request needs an agreement in force with another facility. Please tell the manager."))
            } @if may(asked, Act::View, Class::Administration) {
                p { (look::link_quiet("/settings/agreements", lang.t("取り決めを見る", "See the agreements"))) }
            } }))
        } @else if it.studies.is_empty() {
            (look::notice(lang, Tone::Warn, lang.t("届いている画像がありません", "No images have come"), html! { p {
                (lang.t("撮影した装置から送るか、CDやフォルダーから取り込むと、ここから選べます。", "Once a device has sent them, or a CD or folder was taken in, they can be chosen here."))
            } p { (bring(asked)) } }))
        } @else { (form(asked, &it, filled, unclear)) }
    };
    Ok(asked.page(&title, body).status(status))
}

/// What was asked for this patient before: nobody asks twice unawares, and old reports are found.
fn before(lang: Lang, requests: &[Request]) -> Markup {
    let body = html! { ul { @for it in requests { li {
        a href={ "/readings/" (it.id) } { (time::show(it.asked_at, lang)) " " (super::pages::examination(&it.examination, lang)) }
        " " (super::pages::state_badge(it.state(), lang))
    } } } };
    look::section(lang.t("この患者さんのこれまでの依頼", "What was asked for this patient before"), body)
}

fn bring(asked: &Asked) -> Markup {
    html! { @if may(asked, Act::Write, Class::Images) {
        (look::link_quiet("/images/bring", asked.lang().t("CD・フォルダーから取り込む", "Take in a CD or folder")))
    } }
}

fn options(all: &[(&'static str, Words)], lang: Lang) -> Vec<(&'static str, String)> {
    all.iter().map(|(key, words)| (*key, words.in_lang(lang).to_owned())).collect()
}

fn form(asked: &Asked, it: &Choices, filled: &Filled, unclear: &[Words]) -> Markup {
    let lang = asked.lang();
    let partners: Vec<(String, String)> = it
        .agreements
        .iter()
        .map(|(agreement, partner)| {
            let terms = &agreement.terms;
            let words = lang.t(
                format!("{}（通常{}時間・至急{}時間以内）", partner.name, terms.routine_h, terms.urgent_h),
                format!("{} (within {} hours, urgent {})", partner.name, terms.routine_h, terms.urgent_h),
            );
            (agreement.id.to_string(), words)
        })
        .collect();
    let examinations: Vec<(&str, &str)> =
        templates().iter().map(|it| (it.key.as_str(), it.name.in_lang(lang))).collect();
    let urgent = [("no", lang.t("通常", "Usual")), ("yes", lang.t("至急", "Urgent"))];
    html! {
        (look::form(asked, &format!("/patients/{}/reading", it.patient.id), html! {
            (look::select(lang, filled, "agreement", lang.t("依頼先", "Whom to ask"), &partners))
            (look::select(lang, filled, "examination", lang.t("検査の種類", "Examination"), &examinations))
            (look::choice(lang, filled, "urgent", lang.t("急ぎかどうか", "How urgent"), &urgent).inline())
            (look::area(lang, filled, "reason", lang.t("撮影した理由（正当化）", "Why the images were made"), Some(lang.t("症状や治療の計画と、この検査が必要だったわけ。", "Symptoms or plan, and why this examination was needed."))).rows(3))
            (look::area(lang, filled, "question", lang.t("知りたいこと", "What is asked"), None).rows(3))
            (look::details(lang.t("歯を選ぶ（FDI）", "Choose teeth (FDI)"), look::teeth_ticks(lang, filled, "teeth", lang.t("対象の歯", "Teeth it is about"))))
            (look::area(lang, filled, "history", lang.t("経過・これまでの所見や報告", "Course, earlier findings and reports"), None).rows(3).optional())
            h2 { (lang.t("外部で読影することへの同意", "Consent to outside reading")) }
            (look::choice(lang, filled, "consent_by", lang.t("同意した人", "Who agreed"), &options(&CONSENT_BY, lang)).inline())
            (look::choice(lang, filled, "consent_how", lang.t("同意のしかた", "How"), &options(&CONSENT_HOW, lang)).inline())
            (look::text_input(lang, filled, "consent_on", lang.t("同意した日", "On"), None).kind("date"))
            h2 { (lang.t("画像", "Images")) }
            (images(asked, filled, &it.studies))
            @if !unclear.is_empty() {
                (look::notice(lang, Tone::Stop, lang.t("この患者さんの画像か確かめてください", "Are these images of this patient?"), html! {
                    ul { @for it in unclear { li { (it.in_lang(lang)) } } }
                    p { (lang.t("別の患者さんの画像なら、選び直してください。同じ患者さんに間違いないときだけ、理由を書いて送ります。お名前とともに記録に残ります。",
                        "If they show somebody else, choose again. Only if they are surely this patient's, write why; it is kept with your name.")) }
                }))
                (look::area(lang, filled, "match_reason", lang.t("同じ患者さんだと確かめた理由", "How you know that it is the same patient"), None).rows(2))
            }
            (look::submit(lang.t("この内容で依頼する", "Send the request")))
        }))
    }
}

fn image_label(it: &Candidate, lang: Lang) -> String {
    let day = it.date.map_or_else(|| lang.t("日付なし", "no date").to_owned(), |it| time::show_day(it, lang));
    let name = &it.claims.patient.name;
    let name = [&name.ideographic, &name.phonetic, &name.alphabetic].into_iter().find(|it| !it.is_empty());
    let name = name.map_or(String::new(), |it| it.replace('^', " "));
    let state = match (&it.comparison, it.is_decided) {
        _ if it.is_anothers => lang.t("別の患者さんのもの", "another patient's"),
        (_, true) => lang.t("確認済み", "confirmed"),
        _ if it.is_mixed => lang.t("ほかの患者さんの画像が混ざっています", "images of somebody else among them"),
        (Comparison::Same, _) => lang.t("一致", "same patient"),
        (Comparison::Differs(_), _) => lang.t("患者が違うかもしれません", "may be another patient"),
        (Comparison::Unknown(_), _) => lang.t("患者を確かめられません", "patient cannot be told"),
    };
    let count = lang.t(format!("{}枚", it.instance_count), format!("{} images", it.instance_count));
    format!("{day} {} {} {count} — {name} — {state}", it.modalities, it.claims.description)
}

/// What agrees stands open; the rest is folded, so that nobody takes it by the way.
fn images(asked: &Asked, filled: &Filled, studies: &[Candidate]) -> Markup {
    let lang = asked.lang();
    let labelled = |clear: bool| -> Vec<(String, String)> {
        studies
            .iter()
            .filter(|it| it.is_clear() == clear)
            .map(|it| (it.id.to_string(), image_label(it, lang)))
            .collect()
    };
    let (clear, other) = (labelled(true), labelled(false));
    let study = lang.t("読影してほしい画像", "Images to be read");
    let prior = lang.t("比べる前の画像", "Earlier images, for comparison");
    html! {
        @if clear.is_empty() {
            p { (lang.t("この患者さんのものと確かめられた画像はまだありません。", "No images here are surely this patient's yet.")) " " (bring(asked)) }
        } @else {
            (look::ticks(lang, filled, "study", study, &clear))
            (look::ticks(lang, filled, "prior", prior, &clear).id("prior").optional())
        }
        @if !other.is_empty() {
            @let id = if clear.is_empty() { "study" } else { "study-other" };
            @let title = lang.t("ほかの画像（患者の確認が必要）", "Other images (the patient must be checked)");
            @let ticks = html! { (look::ticks(lang, filled, "study", study, &other).id(id).optional()) };
            @if other.iter().any(|it| filled.has("study", &it.0)) { (look::section(title, ticks)) }
            @else { (look::details(title, ticks)) }
        }
    }
}

async fn ask(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    let form = match Form::parse(&fields, time::day(asked.ctx.now)) {
        Ok(form) => form,
        Err(faults) => return page(&asked, patient, &fields.again(faults), &[], 422).await,
    };
    if let Some(answer) = asked.answered_before(&fields).await? {
        return Ok(answer);
    }
    let checked = form.clone();
    let unclear = asked.site.write(&asked.ctx, move |tx, ctx| send::unclear(tx, ctx, patient, &checked)).await?;
    if !unclear.is_empty() {
        // Said at the top of a long form too. Where a reason stands and is not enough, other images must be chosen.
        let mut faults = web::Faults::default();
        faults.add(
            if fields.get("match_reason").is_empty() { "match_reason" } else { "study" },
            Words::new(
                "選んだ画像が、この患者さんのものか確かめてください。",
                "Please make sure that the images you chose are this patient's.",
            ),
        );
        return page(&asked, patient, &fields.again(faults), &unclear, 422).await;
    }
    asked
        .act(&fields, move |tx, ctx| match send::send(tx, ctx, patient, &form)? {
            Sent::Sent(id) => Ok(format!("/readings/{id}")),
            Sent::Mismatch(_) => Err(kernel::Error::conflict("the images changed meanwhile")),
        })
        .await
}
