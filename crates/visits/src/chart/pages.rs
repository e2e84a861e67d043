//! The doctor's page of a chart entry: writing, finalising, versions with their differences, what is told, the next booking.

use kernel::{BookingId, Lang, Tooth, Words, clause, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use people::sign_in::need_fresh_at;
use web::look::{self, Tone, diff};
use web::{Answer, Asked, Door, Faults, Fields, Filled, Path, Routes};

use super::beside::kept;
use super::store::{self, Desk, Saved};
use super::{Content, Draft, MARKS, PARTS, Version, mark, may_finalise, paper};
use crate::policy;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/bookings/{booking}/chart", show)
        .post(Door::Staff, "/bookings/{booking}/chart", write)
        .get(Door::Staff, "/bookings/{booking}/chart/versions/{number}", version)
        .get(Door::Staff, "/bookings/{booking}/chart.pdf", pdf)
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    page(&asked, booking, None, None, 200).await
}

/// What came back from a refused chart form: what was typed, and what stands in its way.
pub(crate) struct Back {
    filled: Filled,
    behind: Option<Draft>,
}

/// The page, with a chart form or a policy form that came back.
pub(crate) async fn page(
    asked: &Asked,
    booking: BookingId,
    back: Option<Back>,
    policy: Option<Filled>,
    status: u16,
) -> web::Result {
    let desk = asked.site.look(&asked.ctx, move |tx, ctx| store::desk(tx, ctx, booking)).await?;
    let lang = asked.lang();
    let title = Words::made(
        format!("{} さんの診療録", desk.patient.name.full()),
        format!("Chart of {}", desk.patient.name.full()),
    );
    let faults = policy.as_ref().or(back.as_ref().map(|it| &it.filled));
    let body = html! {
        @if let Some(filled) = faults { (look::faults_summary(lang, filled)) }
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { a href={ "/patients/" (desk.patient.id) } { (desk.patient.name.full()) } "（" (desk.patient.number) "）" }),
            (lang.t("予約", "Booking"), html! { a href={ "/bookings/" (booking) } { (time::show(desk.booking.starts_at, lang)) } }),
        ]))
        @if let Some(newest) = desk.versions.first() { (finalised(asked, &desk, newest)) }
        @if desk.writes { (editor(asked, &desk, back.as_ref())) }
        @else if desk.versions.is_empty() { (look::empty(lang.t("まだ確定した記録はありません。", "Nothing has been finalised yet."))) }
        section.part id="policy" {
            h2 { (lang.t("これからの方針", "How it goes on")) }
            @if desk.writes { (policy::pages::form(asked, booking, desk.told.as_ref(), policy.as_ref())) }
            @else if let Some(told) = &desk.told { (pairs(&told.policy.lines(lang))) }
        }
        (next(asked, &desk))
        (look::section(lang.t("この診療の事実（自動で記録）", "Facts of this visit (recorded by itself)"), pairs(&desk.facts.lines(lang))))
        (look::page_actions(html! {
            (look::link_quiet(&format!("/bookings/{booking}/call"), lang.t("診察室へ", "To the call")))
            (look::link_quiet(&format!("/bookings/{booking}/referral"), if may(asked, Act::Sign, Class::Chart) { lang.t("紹介状を書く", "Write a referral") } else { lang.t("紹介状", "Referral letter") }))
            (look::link_quiet(&format!("/bookings/{booking}"), lang.t("予約へ戻る", "Back to the booking")))
        }))
    };
    Ok(asked.page(&title, body).status(status))
}

fn pairs(lines: &[(String, String)]) -> Markup {
    let facts: Vec<(&str, Markup)> =
        lines.iter().map(|(label, value)| (label.as_str(), html! { span.lines { (value) } })).collect();
    look::facts(&facts)
}

fn finalised(asked: &Asked, desk: &Desk, newest: &Version) -> Markup {
    let lang = asked.lang();
    let base = format!("/bookings/{}/chart", desk.booking.id);
    html! {
        (look::section(lang.t("確定した記録", "Finalised"), html! {
            p {
                (look::badge(Tone::Good, lang.t("確定済み", "Finalised"))) " "
                (lang.t(format!("第{}版", newest.number), format!("version {}", newest.number))) " · "
                (desk.name(&newest.finalised_by, lang)) " · " (time::show(newest.finalised_at, lang))
            }
            (content(asked, &newest.content))
            (look::link_button(&format!("{base}.pdf"), lang.t("PDFで開く", "Open as PDF")))
            @if desk.versions.len() > 1 {
                (look::details(lang.t("これまでの版と変更点", "Earlier versions and changes"), html! { ul {
                    @for it in &desk.versions { li {
                        a href={ (base) "/versions/" (it.number) } { (lang.t(format!("第{}版", it.number), format!("Version {}", it.number))) }
                        " " (time::show(it.finalised_at, lang)) " " (desk.name(&it.finalised_by, lang))
                        @if !it.reason.is_empty() { " — " (it.reason) }
                    } }
                } }))
            }
        }))
    }
}

fn content(asked: &Asked, content: &Content) -> Markup {
    let lang = asked.lang();
    let marks: Vec<(Tooth, &str)> = content
        .teeth
        .iter()
        .filter_map(|(fdi, key)| Some((Tooth::new(*fdi)?, mark(key)?.sign.in_lang(lang))))
        .collect();
    html! {
        @for (key, words) in &PARTS {
            @if !content.part(key).is_empty() { h3 { (words.in_lang(lang)) } p.lines { (content.part(key)) } }
        }
        @if !marks.is_empty() {
            (look::teeth_marks(lang, lang.t("歯の状態", "Teeth"), &marks))
            ul { @for (fdi, key) in &content.teeth {
                @if let (Some(tooth), Some(it)) = (Tooth::new(*fdi), mark(key)) {
                    li { (fdi) " " (tooth.name(lang)) (lang.t("：", ": ")) (it.words.in_lang(lang)) }
                }
            } }
        }
    }
}

fn editor(asked: &Asked, desk: &Desk, back: Option<&Back>) -> Markup {
    let lang = asked.lang();
    let own = desk.draft.content.filled();
    let filled = back.map_or(&own, |it| &it.filled);
    let behind = back.and_then(|it| it.behind.as_ref());
    let revision = behind.map_or(desk.draft.revision, |it| it.revision);
    let seen = desk.versions.first().map_or(0, |it| it.number);
    let action = format!("/bookings/{}/chart", desk.booking.id);
    let changes = seen > 0;
    let form = html! {
        @if let Some(behind) = behind {
            (behind_notice(lang, behind, filled))
        }
        @if let Some(at) = desk.draft.saved_at {
            p { (look::badge(Tone::Info, lang.t("下書きあり", "Draft"))) " " (time::show(at, lang)) " " (desk.name(&desk.draft.saved_by, lang)) }
        }
        haruka-keep to={ (action) "/panel" } { (look::form(asked, &action, html! {
            (kept(asked, (desk.draft.revision > 0).then_some(&desk.draft)))
            (look::hidden("revision", &revision.to_string())) (look::hidden("seen", &seen.to_string()))
            (texts_and_teeth(lang, filled))
            @if changes { (look::area(lang, filled, "reason", lang.t("変更の理由", "Reason for the change"), None).rows(2)) }
            (look::submit_named("act", "save", lang.t("下書きを保存する", "Save the draft")))
            @match may_finalise(&desk.facts) {
                Ok(()) => { p { (lang.t("確定すると、あとからの変更は新しい版として残ります。", "Once finalised, later changes are kept as new versions.")) }
                    button.button.main name="act" value="finalise" { (lang.t("内容を確定する", "Finalise")) } },
                Err(early) => p.hint { (early.words().in_lang(lang)) },
            }
        })) }
    };
    if changes && back.is_none() && desk.draft.revision == 0 {
        look::details(lang.t("記録を変更する（新しい版）", "Change the record (new version)"), form)
    } else {
        look::section(lang.t("診療録を書く", "Write the chart"), form)
    }
}

/// What is written of a visit: the texts and the teeth.
pub(super) fn texts_and_teeth(lang: Lang, filled: &Filled) -> Markup {
    let conditions: Vec<(&str, &str)> = MARKS.iter().map(|it| (it.key, it.sign.in_lang(lang))).collect();
    html! {
        @for (key, words) in &PARTS {
            (look::area(lang, filled, key, words.in_lang(lang), None).rows(3))
        }
        (look::teeth(lang, filled, "teeth", lang.t("歯の状態（FDI）", "Teeth (FDI)"), &conditions))
    }
}

/// Somebody, or another window, saved first: nothing typed is lost, and the differences are shown.
pub(super) fn behind_notice(lang: Lang, behind: &Draft, filled: &Filled) -> Markup {
    look::notice(
        lang,
        Tone::Warn,
        lang.t("別の画面で先に保存されています", "Saved elsewhere first"),
        html! {
            p { (lang.t(
                "入力した内容はこの下に残っています。先に保存された内容との違いを確かめてから、もう一度保存してください。",
                "What you typed is still below. Look at the differences, then save again."
            )) }
            @for (key, words) in &PARTS { @if behind.content.part(key) != filled.get(key) {
                h3 { (words.in_lang(lang)) } (diff::show(behind.content.part(key), filled.get(key)))
            } }
        },
    )
}

fn next(asked: &Asked, desk: &Desk) -> Markup {
    clause!("SY-20");
    let lang = asked.lang();
    look::section(
        lang.t("次の予約", "Next booking"),
        html! {
            @if desk.next.is_empty() { p { (lang.t("次の予約はまだありません。", "There is no next booking yet.")) } }
            @else { ul { @for it in &desk.next { li { a href={ "/bookings/" (it.id) } { (time::show(it.starts_at, lang)) } " " (it.visit_type.name.in_lang(lang)) } } } }
            @if may(asked, Act::Write, Class::Identity) {
                (look::link_button(&format!("/bookings/new?patient={}&after={}", desk.patient.id, desk.booking.id), lang.t("続けて次の予約を入れる", "Book the next visit")))
            }
        },
    )
}

async fn write(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    if let Some(answer) = asked.answered_before(&fields).await? {
        return Ok(answer);
    }
    let content = match Content::parse(&fields) {
        Ok(content) => content,
        Err(faults) => return again(&asked, booking, &fields, faults, 422).await,
    };
    // Whatever is pressed, what was typed is kept first.
    let (revision, kept) = (fields.get("revision").parse().unwrap_or(0), content.clone());
    let saved = asked.site.write(&asked.ctx, move |tx, ctx| store::save(tx, ctx, booking, revision, &kept)).await?;
    if let Saved::Behind(draft) = saved {
        let back = Back { filled: fields.again(Faults::default()), behind: Some(*draft) };
        return page(&asked, booking, Some(back), None, 409).await;
    }
    if fields.get("act") != "finalise" {
        return Ok(Answer::To(format!("/bookings/{booking}/chart")));
    }
    need_fresh_at(&asked, &format!("/bookings/{booking}/chart"))?;
    let mut faults = Faults::default();
    let reason = fields.text_if_any("reason", &mut faults);
    let seen = fields.get("seen").parse().unwrap_or(0);
    let before = asked
        .site
        .write(&asked.ctx, move |tx, ctx| Ok(store::desk(tx, ctx, booking)?.versions.into_iter().next()))
        .await?;
    if let Err(found) = content.check(before.as_ref().map(|it| &it.content), &reason) {
        faults.0.extend(found.0);
    }
    if !faults.0.is_empty() {
        return again(&asked, booking, &fields, faults, 422).await;
    }
    asked
        .act(&fields, move |tx, ctx| {
            store::finalise(tx, ctx, booking, &content, &reason, seen, true)
                .map(|_| format!("/bookings/{booking}/chart"))
        })
        .await
}

/// The page with the form as it was typed, on top of the draft that has just been kept.
async fn again(asked: &Asked, booking: BookingId, fields: &Fields, faults: Faults, status: u16) -> web::Result {
    page(asked, booking, Some(Back { filled: fields.again(faults), behind: None }), None, status).await
}

async fn version(asked: Asked, Path((booking, number)): Path<(BookingId, i64)>) -> web::Result {
    clause!("CS-162");
    let desk = asked.site.look(&asked.ctx, move |tx, ctx| store::desk(tx, ctx, booking)).await?;
    let found = |number: i64| desk.versions.iter().find(|it| it.number == number);
    let version = found(number).ok_or_else(|| kernel::Error::not_found("chart version"))?;
    let lang = asked.lang();
    let title = Words::made(format!("診療録 第{number}版"), format!("Chart, version {number}"));
    let body = html! {
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { (desk.patient.name.full()) "（" (desk.patient.number) "）" }),
            (lang.t("書いた人", "Written by"), html! { (desk.name(&version.entered_by, lang)) }),
            (lang.t("確定した人", "Finalised by"), html! { (desk.name(&version.finalised_by, lang)) }),
            (lang.t("確定した日時", "Finalised at"), html! { (time::show(version.finalised_at, lang)) }),
            (lang.t("変更の理由", "Reason for the change"), html! { (if version.reason.is_empty() { "—" } else { version.reason.as_str() }) }),
        ]))
        @if let Some(before) = found(number - 1) {
            (look::section(lang.t("前の版からの変更", "Changes from the version before"), html! {
                p { (lang.t("取り消し線は消えた部分、下線は加わった部分です。", "Struck out: taken away. Underlined: added.")) }
                @for (key, words) in &PARTS { @if before.content.part(key) != version.content.part(key) {
                    h3 { (words.in_lang(lang)) } (diff::show(before.content.part(key), version.content.part(key)))
                } }
                @if before.content.teeth != version.content.teeth {
                    h3 { (lang.t("歯の状態", "Teeth")) }
                    (diff::show(&before.content.teeth_text(lang), &version.content.teeth_text(lang)))
                }
            }))
        }
        (look::section(lang.t("この版の内容", "This version"), html! {
            (content(&asked, &version.content))
            (pairs(&version.facts.lines(lang)))
        }))
        (look::link_quiet(&format!("/bookings/{booking}/chart"), lang.t("診療録へ戻る", "Back to the chart")))
    };
    Ok(asked.page(&title, body))
}

async fn pdf(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let lang = asked.lang();
    let document = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let desk = store::desk(tx, ctx, booking)?;
            let version = desk.versions.first().ok_or_else(|| kernel::Error::not_found("no finalised version"))?;
            Ok(paper::of_chart(&desk, version, lang))
        })
        .await?;
    let bytes = asked.site.print(document).await?;
    Ok(Answer::File { kind: "application/pdf", name: format!("chart-{booking}.pdf"), bytes })
}
