//! `/day` and `/bookings/{booking}`.

use axum::extract::Query;
use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;
use kernel::{BookingId, Date, PatientId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::{Answer, Asked, Door, Path, Routes, look};

use super::{Line, Mark, View, store};
use crate::booking::{self, Form};
use crate::call::VisitOutcome;
use crate::standing::{self, Step};
use crate::{in_person, language};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/day", day).get(Door::Staff, "/day/live", live).get(
        Door::Staff,
        "/bookings/{booking}",
        show,
    )
}

#[derive(serde::Deserialize)]
struct Asking {
    #[serde(default)]
    date: String,
}

fn date_of(asked: &Asked, asking: &Asking) -> Date {
    asking.date.parse().unwrap_or_else(|_| time::day(asked.ctx.now))
}

async fn day(asked: Asked, Query(asking): Query<Asking>) -> web::Result {
    let date = date_of(&asked, &asking);
    let view = asked.site.look(&asked.ctx, move |tx, ctx| store::view(tx, ctx, date)).await?;
    let lang = asked.lang();
    let beside = |days: i64| {
        let noon = time::at_tokyo(date, 12, 0).unwrap_or(asked.ctx.now);
        format!("/day?date={}", time::day(time::plus_min(noon, days * 24 * 60)))
    };
    let body = html! {
        (look::toolbar(lang.t("日を選ぶ", "Choose the day"), html! {
            (look::link_quiet(&beside(-1), lang.t("前の日", "Day before")))
            (look::link_quiet("/day", lang.t("今日", "Today")))
            (look::link_quiet(&beside(1), lang.t("次の日", "Next day")))
            @if writes(&asked) { (look::link_button("/patients", lang.t("予約を入れる", "Book for a patient"))) }
        }))
        (look::live(&format!("/day/live?date={date}"), 5, &tag(&asked, &view.mark), lines(&asked, &view)))
    };
    Ok(asked.page(&Words::made(time::show_day(date, kernel::Lang::Ja), time::show_day(date, kernel::Lang::En)), body))
}

/// The day again, for the window that shows it: when nothing has changed, that is said and nothing is shown. A view of it is
/// an act with its entry, and it was that when it was shown.
async fn live(asked: Asked, headers: HeaderMap, Query(asking): Query<Asking>) -> web::Result {
    let date = date_of(&asked, &asking);
    if let Some(known) = headers.get(IF_NONE_MATCH) {
        let mark = asked.site.read(&asked.ctx, move |tx, ctx| store::mark(tx, ctx, date)).await?;
        if mark.is_some_and(|it| tag(&asked, &it).as_bytes() == known.as_bytes()) {
            return Ok(Answer::Same);
        }
    }
    let view = asked.site.look(&asked.ctx, move |tx, ctx| store::view(tx, ctx, date)).await?;
    Ok(Answer::Part { tag: tag(&asked, &view.mark), html: lines(&asked, &view) })
}

/// Names what the page shows: another tag, another picture.
fn tag(asked: &Asked, mark: &Mark) -> String {
    let here: Vec<_> = mark.rooms.iter().map(|(booking, patient)| here(asked, *booking, *patient)).collect();
    let shown = format!("{:?} {here:?} {:?}", mark, asked.lang());
    format!("\"{}\"", crypto::digest::hex(&crypto::digest::sha256(shown.as_bytes())[..16]))
}

/// A patient in the waiting room or in the call, as the day tells it.
#[derive(Debug, Clone, Copy)]
struct Here {
    admitted: bool,
    minutes: u64,
    is_poor: bool,
}

fn here(asked: &Asked, booking: BookingId, patient: PatientId) -> Option<Here> {
    let (present, patient) = (asked.site.live.present(&booking.to_string()), patient.to_string());
    let it = present.iter().find(|it| it.person.contains(&patient))?;
    Some(Here { admitted: it.admitted, minutes: it.since_s / 60, is_poor: it.quality == 1 })
}

fn lines(asked: &Asked, view: &View) -> Markup {
    let lang = asked.lang();
    let rows: Vec<Vec<Markup>> = view
        .lines
        .iter()
        .map(|line| {
            let doctor = view.mark.doctors.iter().find(|it| it.id == line.booking.doctor).map_or_else(String::new, |it| it.name.full());
            vec![
                html! { (time::clock(line.booking.starts_at)) "–" (time::clock(line.booking.ends_at)) },
                html! { a href={ "/bookings/" (line.booking.id) } { (line.patient.name.full()) } " " small { (line.patient.number) } },
                html! { (line.booking.visit_type.name.in_lang(lang)) },
                html! { (doctor) },
                state(asked, line),
                missing(asked, line),
            ]
        })
        .collect();
    let heads = lang.t(
        ["時間", "患者", "診療", "担当", "いま", "まだのもの"],
        ["Time", "Patient", "Visit", "With", "Now", "Missing"],
    );
    html! {
        (people::alarm::panel(asked, &view.mark.alarms))
        @if rows.is_empty() { (look::empty(lang.t("この日の予約はありません。", "No bookings on this day."))) }
        @else { (look::table(lang.t("予約", "Bookings"), &heads, &rows)) }
    }
}

fn state(asked: &Asked, line: &Line) -> Markup {
    let lang = asked.lang();
    let booking = &line.booking;
    if booking.cancelled_at.is_some() {
        return look::badge(look::Tone::Stop, lang.t("取り消し", "Cancelled"));
    }
    if booking.absent_at.is_some() {
        return look::badge(look::Tone::Warn, lang.t("来られず", "Absent"));
    }
    if let Some(outcome) = line.outcome {
        return look::badge(look::Tone::Info, ended(outcome).in_lang(lang));
    }
    match here(asked, booking.id, booking.patient) {
        Some(it) => html! {
            (look::badge(look::Tone::Good, if it.admitted { lang.t("診察中", "In the call") } else { lang.t("待っています", "Waiting") }))
            " " (it.minutes) (lang.t("分", " min"))
            @if it.is_poor { " " (look::badge(look::Tone::Warn, lang.t("通信が不安定", "Poor line"))) }
        },
        None => look::badge(look::Tone::Info, lang.t("まだ", "Not yet")),
    }
}

/// One word for how the visit ended; the booking's own page tells more.
fn ended(outcome: VisitOutcome) -> Words {
    match outcome {
        VisitOutcome::Held => Words::new("終了", "Over"),
        VisitOutcome::NotSuitable => Words::new("対面へ", "Led on in person"),
        VisitOutcome::BrokenOff => Words::new("中断", "Broken off"),
    }
}

fn missing(asked: &Asked, line: &Line) -> Markup {
    let lang = asked.lang();
    let open: Vec<&Step> = line.steps.iter().filter(|it| !it.done).collect();
    html! {
        @if line.booking.visit_type.form == Form::InPerson { (lang.t("来院", "In person")) }
        @else if !line.is_ahead() { "—" }
        @else if open.is_empty() && line.desk.is_empty() { (look::badge(look::Tone::Good, lang.t("そろっています", "Complete"))) }
        @else {
            @if !open.is_empty() { span { (lang.t("患者さん", "Patient")) " " @for step in &open { (look::badge(look::Tone::Info, step.words.in_lang(lang))) " " } } }
            @if !line.desk.is_empty() { span { (lang.t("当院", "Us")) " " @for task in &line.desk {
                (link(asked, &task.href, look::badge(if task.urgent { look::Tone::Stop } else { look::Tone::Warn }, task.words.in_lang(lang)))) " "
            } } }
        }
    }
}

fn writes(asked: &Asked) -> bool {
    may(asked, Act::Write, Class::Identity)
}

/// Whether a page about a visit or its patient, named by its last word, opens to whoever asks.
fn opens(asked: &Asked, href: &str) -> bool {
    let page = href.split('?').next().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let class = match page {
        "questionnaire" | "feedback" => Class::Questionnaire,
        "path" | "plan" | "call" | "chart" => Class::Chart,
        "papers" => Class::Images,
        _ => Class::Identity,
    };
    may(asked, Act::View, class)
}

/// The words, as a link for those to whom it opens.
fn link(asked: &Asked, href: &str, words: Markup) -> Markup {
    html! { @if opens(asked, href) { a href=(href) { (words) } } @else { (words) } }
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (booking, patient, steps, doctor, in_person, facility, lang_of, desk) = asked
        .site
        .look(&asked.ctx, move |tx, ctx| {
            let booking = booking::store::view(tx, ctx, booking)?;
            let patient = people::patient::store::read_one(tx, booking.patient)?;
            let standing = standing::ask(tx, [&booking], &[(patient.id, patient.clone())].into())?;
            let doctor = people::person::store::get(tx, booking.doctor)?;
            let in_person = in_person::store::newest(tx, booking.patient)?;
            let facility = people::facility::store::get(tx, ctx.facility()?)?;
            let lang_of = language::store::of(tx, booking.patient)?;
            let (steps, desk) = (standing.steps(&booking), standing.desk(&booking));
            Ok((booking, patient, steps, doctor, in_person, facility, lang_of, desk))
        })
        .await?;
    let lang = asked.lang();
    let base = format!("/bookings/{}", booking.id);
    let links = [
        ("questionnaire", lang.t("問診の答え", "Questionnaire")),
        ("path", lang.t("初診の判断", "First-visit decision")),
        ("plan", lang.t("診療計画", "Treatment plan")),
        ("papers", lang.t("届いた書類", "Papers")),
        ("call", lang.t("診察室（通話）", "Call")),
        ("chart", lang.t("診療録", "Chart")),
        ("feedback", lang.t("患者の声", "What the patient says")),
    ];
    let body = html! {
        (look::facts(&[
            (lang.t("患者", "Patient"), html! { a href={ "/patients/" (patient.id) } { (patient.name.full()) } "（" (patient.number) "）" }),
            (lang.t("日時", "When"), html! { (time::show(booking.starts_at, lang)) }),
            (lang.t("診療", "Visit"), html! { (booking.visit_type.name.in_lang(lang)) }),
            (lang.t("担当", "With"), html! { (doctor.name.full()) }),
            (lang.t("訴え", "Reason"), html! { (if booking.reason.is_empty() { "—" } else { booking.reason.as_str() }) }),
            (lang.t("電話", "Telephone"), html! { a href={ "tel:" (patient.phone) } { (patient.phone) } }),
            (lang.t("対面の受診先", "In person at"), html! {
                @match &in_person {
                    Some(it) => (it.place.words(&facility.name).in_lang(lang)),
                    None => (look::badge(look::Tone::Warn, lang.t("まだ決まっていません", "Not decided"))),
                }
                " " @if writes(&asked) { a href={ "/patients/" (patient.id) "/in-person?booking=" (booking.id) } { (if in_person.is_some() { lang.t("変える", "Change") } else { lang.t("決める", "Decide") }) } }
            }),
        ]))
        @if !patient.remark.is_empty() {
            (look::notice(lang, look::Tone::Warn, lang.t("心に留めること", "Keep in mind"), html! { p { (patient.remark) } }))
        }
        @if booking.cancelled_at.is_some() {
            (look::notice(lang, look::Tone::Info, lang.t("この予約は取り消されました", "This booking was cancelled"), html! {}))
        } @else {
            @if booking.visit_type.form == Form::Online {
                @let call = format!("{base}/call");
                @if opens(&asked, &call) { (look::page_actions(look::link_button(&call, lang.t("診察室へ", "To the call")))) }
                @if !desk.is_empty() {
                    (look::section(lang.t("当院がすること", "For us to do"), html! { ul.step-list {
                        @for task in &desk { li { (link(&asked, &task.href, html! { (task.words.in_lang(lang)) })) " "
                            (look::badge(if task.urgent { look::Tone::Stop } else { look::Tone::Warn }, if task.urgent { lang.t("急ぎ", "Urgent") } else { lang.t("まだ", "Not yet") }))
                        } }
                    } }))
                }
                (look::section(lang.t("患者の準備", "The patient's preparation"), html! { ul.step-list {
                    @for step in &steps { li { (step.words.in_lang(lang)) " "
                        @if step.done { (look::badge(look::Tone::Good, lang.t("済み", "Done"))) } @else { (look::badge(look::Tone::Warn, lang.t("まだ", "Not yet"))) }
                    } }
                } }))
            }
        }
        (look::section(lang.t("この診療の記録", "About this visit"), html! { ul {
            @for (key, label) in links { @if opens(&asked, key) { li { a href={ (base) "/" (key) } { (label) } } } }
        } }))
        (language::pages::of_staff(&asked, patient.id, lang_of, &booking.id.to_string()))
        @if writes(&asked) && booking.cancelled_at.is_none() {
            (look::page_actions(html! {
                (look::link_quiet(&format!("/visits/{}/change", booking.id), lang.t("日時を変える", "Change the time")))
                (look::link_quiet(&format!("/visits/{}/cancel", booking.id), lang.t("予約を取り消す", "Cancel the booking")))
                @if booking.absent_at.is_none() {
                    (look::form(&asked, &format!("{base}/absent"), look::submit_named("absent", "1", lang.t("来られなかったと記録する", "Note as absent"))))
                }
            }))
        }
    };
    Ok(asked.page(&Words::new("予約の詳細", "The booking"), body))
}
