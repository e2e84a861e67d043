//! The form of a letter, and the letter as a PDF.

use kernel::{BookingId, Words, time};
use maud::html;
use people::access::{Act, Class, may};
use people::sign_in::{need_fresh, need_fresh_at};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Fields, Filled, Path, Routes};

use super::{Letter, PARTS, paper, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/bookings/{booking}/referral", show)
        .post(Door::Staff, "/bookings/{booking}/referral", write)
        .get(Door::Staff, "/bookings/{booking}/referral.pdf", pdf)
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    // The proof is asked for before the letter is typed, not after.
    if may(&asked, Act::Sign, Class::Chart) {
        need_fresh(&asked)?;
    }
    page(&asked, booking, None).await
}

async fn page(asked: &Asked, booking: BookingId, back: Option<Filled>) -> web::Result {
    let desk = asked.site.write(&asked.ctx, move |tx, ctx| store::desk(tx, ctx, booking)).await?;
    let lang = asked.lang();
    let newest = desk.written.first();
    let writes = may(asked, Act::Sign, Class::Chart);
    let status = if back.is_some() { 422 } else { 200 };
    let filled = back.unwrap_or_else(|| newest.map_or(&desk.first, |it| &it.0.letter).filled());
    let base = format!("/bookings/{booking}/referral");
    let body = html! {
        (look::faults_summary(lang, &filled))
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { (desk.patient.name.full()) "（" (desk.patient.number) "）" }),
            (lang.t("診療", "Visit"), html! { a href={ "/bookings/" (booking) } { (time::show(desk.booking.starts_at, lang)) } }),
        ]))
        @if let Some((it, name)) = newest {
            (look::notice(lang, Tone::Good, lang.t("紹介状があります", "A letter is written"), html! {
                p { (lang.t(format!("第{}版", it.number), format!("Version {}", it.number))) " · " (name.in_lang(lang)) " · " (time::show(it.written_at, lang)) }
                (look::link_button(&format!("{base}.pdf"), lang.t("PDFで開く", "Open as PDF")))
            }))
        }
        @if !writes {
            @if newest.is_none() { (look::empty(lang.t("紹介状はまだありません。担当医が書きます。", "No letter yet; the doctor writes it."))) }
        } @else { (look::form(asked, &base, html! {
            (look::hidden("seen", &newest.map_or(0, |it| it.0.number).to_string()))
            @for (at, (key, words, must)) in PARTS.iter().enumerate() {
                @let label = words.in_lang(lang);
                @let input = if at < 2 { look::text_input(lang, &filled, key, label, None) } else { look::area(lang, &filled, key, label, None).rows(3) };
                @if *must { (input) } @else { (input.optional()) }
            }
            (look::submit(if newest.is_some() { lang.t("新しい版として書き直す", "Write a new version") } else { lang.t("紹介状を作成する", "Write the letter") }))
        })) }
        @if desk.written.len() > 1 {
            (look::details(lang.t("これまでの版", "Earlier versions"), html! { ul {
                @for (it, name) in desk.written.iter().skip(1) { li {
                    a href={ (base) ".pdf?version=" (it.number) } { (lang.t(format!("第{}版", it.number), format!("Version {}", it.number))) }
                    " " (name.in_lang(lang)) " " (time::show(it.written_at, lang))
                } }
            } }))
        }
        (look::page_actions(html! {
            (look::link_quiet(&format!("/bookings/{booking}/call"), lang.t("診察室へ戻る", "Back to the call")))
            (look::link_quiet(&format!("/bookings/{booking}/chart"), lang.t("診療録へ", "To the chart")))
        }))
    };
    Ok(asked.page(&Words::new("紹介状", "Referral letter"), body).status(status))
}

async fn write(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let here = format!("/bookings/{booking}/referral");
    need_fresh_at(&asked, &here)?;
    let letter = match Letter::parse(&fields) {
        Ok(letter) => letter,
        Err(faults) => return page(&asked, booking, Some(fields.again(faults))).await,
    };
    let seen = fields.get("seen").parse().unwrap_or(0);
    asked.act(&fields, move |tx, ctx| store::write(tx, ctx, booking, &letter, seen, true).map(|()| here)).await
}

#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    version: Option<i64>,
}

async fn pdf(
    asked: Asked,
    Path(booking): Path<BookingId>,
    axum::extract::Query(wanted): axum::extract::Query<Wanted>,
) -> web::Result {
    let lang = asked.lang();
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let desk = store::desk(tx, ctx, booking)?;
            let mut found = desk.written.iter().filter(|it| wanted.version.is_none_or(|number| it.0.number == number));
            let (written, name) = found.next().ok_or_else(|| kernel::Error::not_found("no letter"))?;
            Ok(paper(written, &desk.facility, &desk.patient, name.in_lang(lang), lang))
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: format!("referral-{booking}.pdf"), bytes })
}
