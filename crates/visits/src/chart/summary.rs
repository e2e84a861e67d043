//! The patient's page after a visit: what was said, how it goes on, what can be read again.

use kernel::{BookingId, Words, clause, time};
use maud::html;
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Path, Routes};

use super::{paper, store};

/// Routes of the summary.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Patient, "/visits/{booking}/summary", show).get(
        Door::Patient,
        "/visits/{booking}/summary.pdf",
        pdf,
    )
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    clause!("OV-131");
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::summary(tx, ctx, booking)).await?;
    let lang = asked.lang();
    let base = format!("/visits/{booking}");
    let body = html! {
        (look::facts(&[
            (lang.t("診療日", "Day of the visit"), html! { (time::show(view.booking.starts_at, lang)) }),
            (lang.t("担当", "Seen by"), html! { (view.doctor) }),
        ]))
        @match &view.version {
            Some(version) => {
                (look::section(lang.t("お伝えしたこと", "What you were told"), html! { p.lines { (version.content.for_patient) } }))
            }
            None if !view.has_begun => (look::notice(lang, Tone::Info, lang.t("診療はこれからです", "The visit is still to come"), html! {
                p { (lang.t("診療が終わると、お伝えしたことをここで読み返せます。", "After the visit you can read here what you were told.")) }
            })),
            None => (look::notice(lang, Tone::Info, lang.t("まとめを準備しています", "The summary is being prepared"), html! {
                p { (lang.t("医師・歯科医師が記録を確定すると、ここで読めるようになります。", "You can read it here once the doctor has finalised the record.")) }
            })),
        }
        @if let Some(told) = &view.told {
            (look::section(lang.t("これからのこと", "How it goes on"), {
                let lines = told.policy.lines(lang);
                let facts: Vec<_> = lines.iter().map(|(label, value)| (label.as_str(), html! { span.lines { (value) } })).collect();
                look::facts(&facts)
            }))
        }
        @if view.has_begun {
            (look::section(lang.t("次の予約", "Next booking"), html! {
                @if view.next.is_empty() { (look::link_button(&format!("/book?after={}", view.booking.id), lang.t("次の予約をとる", "Book the next visit"))) }
                @else { ul { @for it in &view.next { li { a href={ "/visits/" (it.id) } { (time::show(it.starts_at, lang)) " " (it.visit_type.name.in_lang(lang)) } } } } }
            }))
        }
        (look::section(lang.t("読み返せるもの", "To read again"), html! { ul {
            @if view.version.is_some() { li { a href={ (base) "/summary.pdf" } { (lang.t("このまとめ（PDF）", "This summary (PDF)")) } } }
            li { a href={ (base) "/plan" } { (lang.t("診療計画", "Treatment plan")) } }
            li { a href={ (base) "/consent" } { (lang.t("説明と同意", "Explanation and consent")) } }
        } }))
        (look::section(lang.t("困ったとき", "If you need us"), html! {
            p { (view.facility.name) " " a href={ "tel:" (view.facility.phone) } { (view.facility.phone) } }
        }))
        @if view.has_begun {
            (look::page_actions(look::link_button(&format!("{base}/feedback"), lang.t("感想を伝える（1分）", "Tell us how it was (1 minute)"))))
        }
    };
    Ok(asked.page(&Words::new("診療のまとめ", "Summary of the visit"), body))
}

async fn pdf(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (lang, large) = (asked.lang(), asked.large);
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let view = store::summary(tx, ctx, booking)?;
            let version = view.version.as_ref().ok_or_else(|| kernel::Error::not_found("no finalised version"))?;
            Ok(paper::of_summary(&view, version, lang, large))
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: format!("summary-{booking}.pdf"), bytes })
}
