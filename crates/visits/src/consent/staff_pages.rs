//! Consent on the staff's side: what stands at a visit, postponing, the doctor's half of keeping pictures, the history,
//! and the facility's own additions to the text. The staff has no way to consent for a patient.

use kernel::{BookingId, Lang, PatientId, RowId, Words, limits, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::pages::{file, print_current, shown, state_badge};
use super::store::{self, View};
use super::{Consent, Keep, OWN_LINES_MAX, OwnText, Text, paper, version};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/bookings/{booking}/consent", show)
        .get(Door::Staff, "/bookings/{booking}/consent.pdf", print)
        .post(Door::Staff, "/bookings/{booking}/consent/postpone", postpone)
        .post(Door::Staff, "/bookings/{booking}/consent/storage", agree)
        .get(Door::Staff, "/patients/{patient}/consents", list)
        .get(Door::Staff, "/patients/{patient}/consents/{consent}/pdf", print_one)
        .get(Door::Staff, "/settings/consent-text", text)
        .post(Door::Staff, "/settings/consent-text", write_text)
}

async fn view(asked: &Asked, booking: BookingId) -> kernel::Result<View> {
    asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, booking)).await
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let view = view(&asked, booking).await?;
    Ok(page(&asked, &view, &Filled::empty()))
}

fn page(asked: &Asked, view: &View, filled: &Filled) -> Answer {
    let lang = asked.lang();
    let base = format!("/bookings/{}", view.booking.id);
    let body = html! {
        p { a href={ "/patients/" (view.patient.id) } { (view.patient.name.full()) } "（" (view.patient.number) "） " (state_badge(lang, view.progress.state)) }
        @match &view.consent {
            Some(it) => {
                (look::facts(&facts(lang, it)))
                (look::page_actions(html! {
                    (look::link_quiet(&format!("{base}/consent.pdf"), lang.t("PDF", "PDF")))
                    (look::link_quiet(&format!("/patients/{}/consents", view.patient.id), lang.t("これまでの同意", "All consents")))
                }))
                @for part in &it.record.text.parts { (look::details(part.title.in_lang(lang), shown(lang, part))) }
            }
            None => (look::empty(lang.t(
                "同意はまだありません。患者さんが、予約の案内のリンクから自分の画面で行います。",
                "No consent yet. The patient gives it on the own screen, from the link of the booking."
            ))),
        }
        (look::section(lang.t("画像の保存", "Keeping pictures"), storage(asked, view)))
        (look::section(lang.t("緊急のとき", "In an emergency"), postponing(asked, view, filled)))
        p { (look::link_quiet(&base, lang.t("予約の詳細へ", "Back to the booking"))) }
    };
    asked.page(&Words::new("説明と同意", "Explanation and consent"), body)
}

fn facts(lang: Lang, it: &Consent) -> Vec<(&'static str, Markup)> {
    let mut facts = vec![
        (lang.t("日時", "When"), html! { (time::show(it.head.given_at, lang)) }),
        (lang.t("同意した人", "Given by"), html! { (paper::given_by(it, lang)) }),
        (lang.t("説明文書の版", "Version of the text"), html! { (version(&it.head.base, it.head.own)) }),
        (lang.t("端末", "Device"), html! { (it.record.agent) " " (it.record.address) }),
    ];
    if let Some(at) = it.head.withdrawn_at {
        facts.push((lang.t("取り消した日時", "Withdrawn"), html! { (time::show(at, lang)) }));
    }
    facts
}

fn storage(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let waits =
        view.storage.keep == Keep::Pictures && view.storage.agreed_at.is_none() && may(asked, Act::Sign, Class::Chart);
    html! {
        p { (paper::storage_words(&view.storage, lang)) }
        @if let (true, Some(choice)) = (waits, view.storage.id) {
            (look::form(asked, &format!("/bookings/{}/consent/storage", view.booking.id), html! {
                (look::hidden("choice", &choice.to_string()))
                (look::submit(lang.t("担当医として保存に合意する", "Agree as the doctor")))
            }))
        }
    }
}

fn postponing(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    html! {
        @if view.progress.explained { p { (lang.t("説明は済んでいます。", "The explanation has been given.")) } }
        @else if view.progress.postponed {
            (look::notice(lang, Tone::Warn, lang.t("説明を後回しにしています", "The explanation is postponed"), html! {
                p { (lang.t("患者さんが説明を読み終えるまで、やり残しとして表示されます。", "It stays open until the patient has read it.")) }
            }))
        } @else {
            p { (lang.t(
                "緊急で説明の時間がないときは、担当医の判断で説明だけを後回しにできます。同意そのものは省けません。",
                "When there is no time to explain, the doctor may postpone the explanation, but never the consent."
            )) }
            (look::faults_summary(lang, filled))
            @if may(asked, Act::Sign, Class::Chart) {
                (look::form(asked, &format!("/bookings/{}/consent/postpone", view.booking.id), html! {
                    (look::area(lang, filled, "reason", lang.t("緊急の理由", "Why it is an emergency"), None).rows(3))
                    (look::submit(lang.t("説明を後回しにする", "Postpone the explanation")))
                }))
            }
        }
    }
}

async fn postpone(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let reason = fields.text("reason", &mut faults);
    if !faults.0.is_empty() {
        let view = view(&asked, booking).await?;
        return Ok(page(&asked, &view, &fields.again(faults)).status(422));
    }
    asked
        .act(&fields, move |tx, ctx| {
            store::postpone(tx, ctx, booking, &reason)?;
            Ok(format!("/bookings/{booking}/consent"))
        })
        .await
}

async fn agree(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let choice: RowId = fields.id("choice")?;
    asked
        .act(&fields, move |tx, ctx| {
            store::agree_storage(tx, ctx, booking, choice)?;
            Ok(format!("/bookings/{booking}/consent"))
        })
        .await
}

async fn print(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    print_current(&asked, booking).await
}

async fn list(asked: Asked, Path(patient): Path<PatientId>) -> web::Result {
    let (patient, consents) = asked.site.write(&asked.ctx, move |tx, ctx| store::list(tx, ctx, patient)).await?;
    let lang = asked.lang();
    let heads = [
        lang.t("日時", "When"),
        lang.t("同意した人", "Given by"),
        lang.t("版", "Version"),
        lang.t("状態", "State"),
        lang.t("書類", "Paper"),
    ];
    let rows: Vec<Vec<Markup>> = consents.iter().map(|it| row(lang, patient.id, it)).collect();
    let body = html! {
        p { a href={ "/patients/" (patient.id) } { (patient.name.full()) } "（" (patient.number) "）" }
        @if rows.is_empty() {
            (look::empty(lang.t(
                "同意はまだありません。患者さんが、予約の案内のリンクから自分の画面で行います。",
                "No consent yet. The patient gives it on the own screen, from the link of the booking."
            )))
        } @else { (look::table(lang.t("同意の記録", "Consents"), &heads, &rows)) }
    };
    Ok(asked.page(&Words::new("同意の記録", "Consents"), body))
}

fn row(lang: Lang, patient: PatientId, it: &Consent) -> Vec<Markup> {
    vec![
        html! { (time::show(it.head.given_at, lang)) },
        html! { (paper::given_by(it, lang)) },
        html! { (version(&it.head.base, it.head.own)) },
        match it.head.withdrawn_at {
            Some(at) => html! { (look::badge(Tone::Stop, lang.t("取り消し", "Withdrawn"))) " " (time::show(at, lang)) },
            None => html! { (look::badge(Tone::Info, lang.t("記録済み", "On record"))) },
        },
        look::link_quiet(
            &format!("/patients/{patient}/consents/{}/pdf", it.head.id),
            lang.t("PDFを開く", "Open the PDF"),
        ),
    ]
}

async fn print_one(asked: Asked, Path((patient, consent)): Path<(PatientId, RowId)>) -> web::Result {
    let large = asked.large;
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let (patient, facility, consent) = store::view_one(tx, ctx, patient, consent)?;
            Ok(paper::of_consent(ctx, &facility, &patient, &consent, None, large))
        })
        .await?;
    file(&asked, document, "同意書.pdf").await
}

async fn text(asked: Asked) -> web::Result {
    let (text, own) = asked.site.write(&asked.ctx, store::view_text).await?;
    let mut filled = Filled::empty();
    if let Some(own) = &own {
        filled = filled.with("ja", joined(own, Lang::Ja)).with("en", joined(own, Lang::En));
    }
    Ok(text_page(&asked, &text, &filled))
}

fn joined(own: &OwnText, lang: Lang) -> String {
    own.lines.iter().map(|it| it.in_lang(lang)).collect::<Vec<_>>().join("\n")
}

fn text_page(asked: &Asked, text: &Text, filled: &Filled) -> Answer {
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "指針にもとづく説明は、このシステムが用意しています。施設からの説明を、これに加えることができます（減らすことはできません）。",
            "The explanation that the guideline asks for comes with the system. You can add to it, not take away."
        )) }
        (look::facts(&[(lang.t("いまの版", "Version in use"), html! { (text.version()) })]))
        (look::faults_summary(lang, filled))
        @if may(asked, Act::Write, Class::Administration) { (look::form(asked, "/settings/consent-text", html! {
            (look::area(lang, filled, "ja", lang.t("施設からの説明（1行に1項目、5項目まで）", "Your own sentences in Japanese (one a line, at most five)"), None).optional())
            (look::area(lang, filled, "en", lang.t("英語（同じ行数）", "The same in English (as many lines)"), None).optional())
            (look::tick(lang, filled, "material", "1", lang.t(
                "大事な変更なので、すでに同意した患者さんにも、もう一度同意してもらう",
                "This matters: patients who have consented are asked again"
            )))
            (look::submit(lang.t("新しい版にする", "Make it the new version")))
        })) }
        (look::section(lang.t("患者さんが読む説明", "What patients read"), html! {
            @for part in &text.parts { (look::details(part.title.in_lang(lang), shown(lang, part))) }
        }))
    };
    asked.page(&Words::new("説明と同意の文書", "The text of explanation and consent"), body)
}

/// The lines of both languages side by side.
fn parse_lines(fields: &Fields) -> Result<Vec<Words>, Faults> {
    let mut faults = Faults::default();
    let (ja, en) = (fields.text_if_any("ja", &mut faults), fields.text_if_any("en", &mut faults));
    let lines = |text: &str| {
        text.lines().map(str::trim).filter(|it| !it.is_empty()).map(ToOwned::to_owned).collect::<Vec<String>>()
    };
    let (ja, en) = (lines(&ja), lines(&en));
    if ja.len() > OWN_LINES_MAX || ja.iter().any(|it| it.chars().count() > limits::LINE_CHARS_MAX) {
        faults.add(
            "ja",
            Words::new("5項目まで、1項目は200文字までにしてください。", "At most five lines of 200 characters."),
        );
    }
    if en.len() != ja.len() {
        faults.add("en", Words::new("日本語と同じ行数にしてください。", "Please give as many lines as in Japanese."));
    }
    faults.done(|| ja.into_iter().zip(en).map(|(ja, en)| Words::made(ja, en)).collect())
}

async fn write_text(asked: Asked, fields: Fields) -> web::Result {
    let lines = match parse_lines(&fields) {
        Ok(lines) => lines,
        Err(faults) => {
            let (text, _) = asked.site.write(&asked.ctx, store::view_text).await?;
            return Ok(text_page(&asked, &text, &fields.again(faults)).status(422));
        }
    };
    let material = fields.ticked("material");
    asked
        .act(&fields, move |tx, ctx| {
            store::write_own_text(tx, ctx, &lines, material)?;
            Ok("/settings/consent-text".to_owned())
        })
        .await
}
