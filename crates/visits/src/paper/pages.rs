//! Sending, listing and looking at papers.

use blobs::check::{Checked, FileKind};
use kernel::{BookingId, RowId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes, look};

use super::store::{self, Arrived};
use super::{Paper, PaperKind, Unclean};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Patient, "/visits/{booking}/papers", send_form)
        .post(Door::Patient, "/visits/{booking}/papers", send)
        .get(Door::Staff, "/bookings/{booking}/papers", list)
        .post(Door::Staff, "/bookings/{booking}/papers/ask", ask)
        .get(Door::Signed, "/visits/{booking}/papers/{paper}", open)
}

fn title() -> Words {
    Words::new("書類と写真", "Papers and pictures")
}

async fn send_form(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    send_page(&asked, booking, &Filled::empty(), 200).await
}

async fn send_page(asked: &Asked, booking: BookingId, filled: &Filled, status: u16) -> web::Result {
    let (papers, wanted) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| Ok((store::list(tx, ctx, booking)?, store::asked_for(tx, booking)?)))
        .await?;
    let lang = asked.lang();
    let kinds: Vec<(&str, String)> = PaperKind::ALL
        .into_iter()
        .filter(|it| *it != PaperKind::Asked || !wanted.is_empty())
        .map(|it| (it.key(), it.words().in_lang(lang).to_owned()))
        .collect();
    let body = html! {
        p { (lang.t(
            "保険の資格がわかるものと、本人確認の書類の写真を送ってください。番号を隠してもかまいません。",
            "Please send pictures of your proof of insurance and of an identity document. You may cover the numbers."
        )) }
        @if !wanted.is_empty() {
            (look::notice(lang, look::Tone::Info, lang.t("医院から頼まれているもの", "The clinic asks for"), html! { ul { @for it in &wanted { li { (it) } } } }))
        }
        (look::faults_summary(lang, filled))
        (look::upload_form(asked, &format!("/visits/{booking}/papers"), html! {
            (look::choice(lang, filled, "kind", lang.t("何の書類ですか", "What is it?"), &kinds))
            (look::file_input(lang, filled, "file", lang.t("写真またはPDF", "Picture or PDF"), Some(lang.t("スマートフォンで撮った写真で結構です。", "A photograph by phone is fine.")), &FileKind::accept(&FileKind::ALL)))
            (look::submit(lang.t("送る", "Send")))
        }))
        (look::section(lang.t("送ったもの", "Sent"), sent(asked, booking, &papers)))
        (look::link_quiet(&format!("/visits/{booking}"), lang.t("診療の手順へ戻る", "Back to the steps of the visit")))
    };
    Ok(asked.page(&title(), body).status(status))
}

fn sent(asked: &Asked, booking: BookingId, papers: &[Paper]) -> Markup {
    let lang = asked.lang();
    html! {
        @if papers.is_empty() { (look::empty(lang.t("まだありません。", "Nothing yet."))) }
        @else { ul { @for it in papers { li {
            a href={ "/visits/" (booking) "/papers/" (it.id) } { (it.kind.words().in_lang(lang)) } " " (time::show(it.sent_at, lang))
            @if !it.scanned { " " small { (lang.t("（ウイルス検査なし）", "(not scanned)")) } }
        } } } }
    }
}

async fn send(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let kind = fields.one_of("kind", &PaperKind::keys(), &mut faults);
    let file = fields.files("file").next().cloned();
    if file.is_none() {
        faults.add("file", Words::new("ファイルを選んでください。", "Please choose a file."));
    }
    let (Some(kind), Some(file), true) = (kind, file, faults.0.is_empty()) else {
        return send_page(&asked, booking, &fields.again(faults), 422).await;
    };
    // Who may not send hears so before a byte is stored.
    let key = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            store::may_send(tx, ctx, booking, kind)?;
            tx.key()
        })
        .await?;
    let door = asked.site.settings.uploads.clone();
    let (site, facility) = (asked.site.clone(), asked.ctx.facility()?);
    let stored: kernel::Result<_> = tokio::task::spawn_blocking(move || {
        let checked: Checked = match door.check(&file.name, &file.bytes) {
            Ok(checked) => checked,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut incoming = site.blobs.incoming(facility, &key, file.bytes.len() as u64, &site.chance)?;
        incoming.write(&file.bytes)?;
        Ok(Ok(Arrived {
            kind,
            media: checked.kind.mime().to_owned(),
            stored: incoming.finish()?,
            scanned: checked.scanned,
        }))
    })
    .await
    .map_err(kernel::Error::internal)?;
    match stored? {
        Ok(arrived) => {
            asked
                .act(&fields, move |tx, ctx| {
                    store::keep(tx, ctx, booking, &arrived).map(|_| format!("/visits/{booking}/papers"))
                })
                .await
        }
        Err(refused) => {
            if let Some(cause) = Unclean::of(&refused) {
                asked.site.write(&asked.ctx, move |tx, ctx| store::note_refusal(tx, ctx, booking, cause)).await?;
            }
            let mut faults = Faults::default();
            faults.add("file", refused.words());
            send_page(&asked, booking, &fields.again(faults), 422).await
        }
    }
}

async fn list(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (papers, wanted) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| Ok((store::list(tx, ctx, booking)?, store::asked_for(tx, booking)?)))
        .await?;
    let lang = asked.lang();
    let body = html! {
        (sent(&asked, booking, &papers))
        @if !wanted.is_empty() { (look::section(lang.t("頼んだもの", "Asked for"), html! { ul { @for it in &wanted { li { (it) } } } })) }
        @if may(&asked, Act::Write, Class::Images) { (look::form(&asked, &format!("/bookings/{booking}/papers/ask"), html! {
            (look::text_input(lang, &Filled::empty(), "what", lang.t("患者に頼むもの", "What to ask the patient for"),
                Some(lang.t("頼んだ数だけ、患者がファイルを送れます。", "The patient can send as many files as were asked for."))))
            (look::submit(lang.t("送るように頼む", "Ask for it")))
        })) }
        (look::link_quiet(&format!("/bookings/{booking}"), lang.t("予約へ戻る", "Back to the booking")))
    };
    Ok(asked.page(&title(), body))
}

async fn ask(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let what = fields.line("what", &mut faults);
    if what.is_empty() {
        return Ok(Answer::To(format!("/bookings/{booking}/papers")));
    }
    asked
        .act(&fields, move |tx, ctx| {
            store::ask(tx, ctx, booking, &what).map(|()| format!("/bookings/{booking}/papers"))
        })
        .await
}

async fn open(asked: Asked, Path((booking, paper)): Path<(BookingId, RowId)>) -> web::Result {
    let (paper, key) = asked.site.write(&asked.ctx, move |tx, ctx| store::open(tx, ctx, booking, paper)).await?;
    let (site, facility) = (asked.site.clone(), asked.ctx.facility()?);
    let bytes = tokio::task::spawn_blocking(move || {
        site.blobs
            .read_all(facility, &key, &paper.stored, blobs::check::UPLOAD_BYTES_MAX)
            .map(|bytes| (bytes, paper.media))
    });
    let (bytes, media) = bytes.await.map_err(kernel::Error::internal)??;
    let kind = FileKind::from_mime(&media).map_or("application/octet-stream", FileKind::mime);
    Ok(Answer::File { kind, name: String::new(), bytes })
}
