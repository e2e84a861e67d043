//! `/bookings/{booking}/path`: what the visit looks like, and what the doctor decides.

use guidelines::first_visit::{ClaimsVisit, Proposal, Source};
use kernel::{BookingId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::{Asked, Door, Fields, Filled, Path, Routes, look};

use super::store::{self, View};
use super::{Decision, GROUNDS, Ground, last_words, said_words};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/bookings/{booking}/path", show).post(
        Door::Staff,
        "/bookings/{booking}/path",
        decide,
    )
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    page(&asked, booking, None).await
}

/// The page; `refused` is the form as it was sent, with what is wrong in it.
async fn page(asked: &Asked, booking: BookingId, refused: Option<Filled>) -> web::Result {
    let view = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, booking)).await?;
    let lang = asked.lang();
    let status = if refused.is_some() { 422 } else { 200 };
    let filled = refused.unwrap_or_else(|| filled(&view));
    let body = html! {
        p { a href={ "/bookings/" (booking) } { (view.patient.name.full()) "（" (view.patient.number) "）" } " " (time::show(view.booking.starts_at, lang)) }
        (proposal(asked, &view))
        (decided(asked, &view))
        @if may(asked, Act::Sign, Class::Chart) { (look::section(lang.t("決める", "Decide"), form(asked, &view, &filled))) }
        (look::link_quiet(&format!("/bookings/{booking}"), lang.t("予約へ戻る", "Back to the booking")))
    };
    Ok(asked.page(&Words::new("初診の判断", "First-visit decision"), body).status(status))
}

fn proposal(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let (title, reasons) = match &view.proposal {
        Proposal::FirstVisit(reasons) => {
            (lang.t("初診にあたるようです", "It looks like a first visit"), reasons.as_slice())
        }
        Proposal::FollowUp => (lang.t("再診にあたるようです", "It looks like a follow-up"), &[][..]),
    };
    let symptom = match view.history.new_symptom {
        Some(true) => lang.t("これまでとは別の症状", "New"),
        Some(false) => lang.t("治療中の症状", "Under treatment"),
        None => lang.t("回答なし", "No answer"),
    };
    html! {
        (look::notice(lang, look::Tone::Info, title, html! {
            @if !reasons.is_empty() { ul { @for it in reasons { li { (it.words().in_lang(lang)) } } } }
            p { (lang.t(
                "記録と問診からの目安です。治ったあとの再発かどうかは、記録からはわかりません。担当の歯科医師・医師が決めてください。",
                "This is proposed from the record and the questionnaire. Whether an illness has come back after its cure stands in no record. The doctor decides."
            )) }
        }))
        (look::facts(&[
            (lang.t("当院での前回の診療", "Last visit here"), html! { (last_words(view.history.last_at).in_lang(lang)) }),
            (lang.t("患者の回答：前回の受診", "The patient says: last visit"), html! { (said_words(&view.history.last_said).in_lang(lang)) }),
            (lang.t("患者の回答：症状", "The patient says: symptom"), html! { (symptom) }),
        ]))
    }
}

fn decided(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let Some(it) = &view.decided else {
        return look::section(
            lang.t("いまの判断", "Decided"),
            look::empty(lang.t(
                "まだ決めていません。決めるまで通話は始められません。",
                "Not decided yet. The call cannot start before.",
            )),
        );
    };
    let decision = &it.decision;
    let separator = lang.t("、", ", ");
    look::section(
        lang.t("いまの判断", "Decided"),
        html! {
            (look::facts(&[
                (lang.t("指針での扱い", "In the sense of the guideline"), html! { (decision.ground.words().in_lang(lang)) }),
                (lang.t("請求での扱い", "For the claims"), html! { (decision.claims.words().in_lang(lang)) }),
                (lang.t("決めた人", "Decided by"), html! { (view.decided_by.in_lang(lang)) " " (time::show(it.decided_at, lang)) }),
            ]))
            @if let Ground::Information(known) = &decision.ground {
                @let names: Vec<String> = known.sources.iter().map(|it| it.words().in_lang(lang).to_owned()).collect();
                (look::facts(&[
                    (lang.t("情報源", "Sources"), html! { (names.join(separator)) }),
                    (lang.t("その内容", "What they say"), html! { @for line in known.says.lines() { (line) br; } }),
                ]))
            }
            @if decision.ground == Ground::InPerson { (in_person(asked, view)) }
        },
    )
}

fn in_person(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let href = format!("/bookings/new?patient={}&form=in_person&after={}", view.booking.patient, view.booking.id);
    html! { @if may(asked, Act::Write, Class::Identity) { (look::link_button(&href, lang.t("対面の予約を取る", "Book in person"))) } }
}

/// What was decided last stands in the form; without a decision nothing is chosen beforehand.
fn filled(view: &View) -> Filled {
    let Some(it) = &view.decided else { return Filled::empty() };
    let claims = it.decision.claims.key();
    let mut filled = Filled::empty().with("ground", it.decision.ground.key()).with("claims", claims);
    if let Ground::Information(known) = &it.decision.ground {
        for source in &known.sources {
            filled = filled.with("source", source.key());
        }
        filled = filled.with("information", &known.says);
    }
    filled
}

fn form(asked: &Asked, view: &View, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let grounds = GROUNDS.each_ref().map(|(key, words)| (*key, words.in_lang(lang).to_owned()));
    let claims = ClaimsVisit::options(lang);
    let sources = Source::options(lang);
    html! {
        (look::faults_summary(lang, filled))
        (look::notice(lang, look::Tone::Warn, lang.t("急に起こった病気のとき", "When the illness is sudden"), html! {
            p { (lang.t(
                "急に起こった病気や急に悪くなった病気は、対面で診ます。「対面で診る」を選ぶと、この予約の通話は始められません。",
                "A sudden illness, or one that has suddenly become worse, is seen in person. Once you choose \u{201c}in person\u{201d}, the call of this booking cannot start."
            )) }
            p { (in_person(asked, view)) }
        }))
        (look::form(asked, &format!("/bookings/{}/path", view.booking.id), html! {
            (look::choice(lang, filled, "ground", lang.t("指針での扱い", "In the sense of the guideline"), &grounds)
                .hint(lang.t("新しい症状、治ったあとの再発、長い中断のあとも初診です。", "A new symptom, an illness after its cure and a long gap are first visits too.")))
            p { (lang.t(
                "診療前相談による初診は、まだこのシステムでは行えません。",
                "A first visit after a pre-visit consultation is not offered here yet."
            )) }
            (look::ticks(lang, filled, "source", lang.t("情報源（十分な情報にもとづくとき）", "Sources, when it rests on information"), &sources).optional())
            (look::area(lang, filled, "information", lang.t("情報源に書かれていること（十分な情報にもとづくとき）", "What the sources say, when it rests on information"),
                Some(lang.t("診療録に写します。", "It is copied into the chart."))).optional())
            (look::choice(lang, filled, "claims", lang.t("請求での扱い", "For the claims"), &claims)
                .hint(lang.t("指針の初診とは別に決めます。", "This is decided apart from the guideline's first visit.")))
            (look::submit(lang.t("この内容で決める", "Decide")))
        }))
    }
}

async fn decide(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let decision = match Decision::parse(&fields) {
        Ok(decision) => decision,
        Err(faults) => return page(&asked, booking, Some(fields.again(faults))).await,
    };
    asked
        .act(&fields, move |tx, ctx| {
            let patient = store::decide(tx, ctx, booking, &decision)?;
            Ok(match decision.ground {
                Ground::InPerson => format!("/bookings/new?patient={patient}&form=in_person&after={booking}"),
                Ground::Plan | Ground::FamilyDoctor | Ground::Information(_) => format!("/bookings/{booking}"),
            })
        })
        .await
}
