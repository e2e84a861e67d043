//! `/home` and `/visits/{booking}`.

use kernel::{BookingId, Ctx, Error, Result, Words, time};
use maud::{Markup, html};
use people::facility::Facility;
use people::patient::Patient;
use web::{Asked, Door, Path, Routes, look};

use super::{Next, next};
use crate::booking::{self, Asker, Booking, Form, may_change};
use crate::questionnaire::pages::{Urgent, still_urgent};
use crate::standing::{self, Step};
use crate::{in_person, language};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Patient, "/home", home).get(Door::Patient, "/visits/{booking}", visit)
}

struct View {
    name: String,
    facility: Facility,
    /// What is still to come first.
    bookings: Vec<Line>,
    urgent: Option<Urgent>,
    lang: kernel::Lang,
}

/// A booking with how far it has come.
struct Line {
    booking: Booking,
    steps: Vec<Step>,
    is_over: bool,
}

/// These bookings of one patient.
fn lines(tx: &mut db::Tx<'_>, patient: Patient, bookings: Vec<Booking>) -> Result<Vec<Line>> {
    let standing = standing::ask(tx, &bookings, &[(patient.id, patient)].into())?;
    let ids: Vec<BookingId> = bookings.iter().map(|it| it.id).collect();
    let ends = crate::call::store::ends_of(tx, &ids)?;
    let line =
        |booking: Booking| Line { steps: standing.steps(&booking), is_over: ends.contains_key(&booking.id), booking };
    Ok(bookings.into_iter().map(line).collect())
}

fn view(tx: &mut db::Tx<'_>, ctx: &Ctx) -> Result<View> {
    let patient = ctx.who.patient().ok_or_else(|| Error::not_found("no patient"))?;
    let patient = people::patient::store::view(tx, ctx, patient)?;
    let (id, name) = (patient.id, patient.name.full());
    let facility = people::facility::store::get(tx, ctx.facility()?)?;
    let found = booking::store::of_patient(tx, ctx, id, time::plus_min(ctx.now, -12 * 60))?;
    let mut bookings = lines(tx, patient, found)?;
    // The visit of this morning stands below the one of the afternoon.
    bookings.sort_by_key(|it| it.is_over);
    let urgent = match bookings.first() {
        Some(it) => still_urgent(tx, ctx, &it.booking)?,
        None => None,
    };
    Ok(View { name, facility, bookings, urgent, lang: language::store::of(tx, id)? })
}

async fn home(asked: Asked) -> web::Result {
    let view = asked.site.write(&asked.ctx, view).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(format!("{}さん、こんにちは。", view.name), format!("Hello, {}.", view.name))) }
        @if let Some(it) = &view.urgent { (it.told(&asked)) }
        @match view.bookings.first() {
            Some(line) => {
                (summary(&asked, line))
                (now(&asked, line))
                p { (look::link_quiet(&format!("/visits/{}", line.booking.id), if line.is_over { lang.t("この診療についてすべて見る", "All about this visit") } else { lang.t("この予約のすべての手順を見る", "See all steps of this visit") })) }
            }
            None => (look::next_step(
                lang.t("次の予約はありません", "You have no booking"),
                lang.t("空いている時間から選べます。", "Choose from the free times."),
                "/book",
                lang.t("予約する", "Book a visit"),
            )),
        }
        @if view.bookings.len() > 1 {
            (look::section(lang.t("ほかの予約", "Other bookings"), html! { ul {
                @for Line { booking, is_over, .. } in view.bookings.iter().skip(1) {
                    li { a href={ "/visits/" (booking.id) } { (time::show(booking.starts_at, lang)) " " (booking.visit_type.name.in_lang(lang)) }
                        @if *is_over { " " (look::badge(look::Tone::Good, lang.t("診療済み", "Over"))) } }
                }
            } }))
        }
        (contact(&asked, &view.facility))
        (language::pages::choice(&asked, view.lang))
    };
    Ok(asked.page(&Words::new("ホーム", "Home"), body))
}

fn summary(asked: &Asked, Line { booking, is_over, .. }: &Line) -> Markup {
    let lang = asked.lang();
    let label = if *is_over || booking.absent_at.is_some() {
        lang.t("これまでの予約", "Visit so far")
    } else {
        lang.t("次の予約", "Next visit")
    };
    look::facts(&[
        (label, html! { strong { (time::show(booking.starts_at, lang)) } }),
        (lang.t("診療", "Visit"), html! { (booking.visit_type.name.in_lang(lang)) }),
    ])
}

/// The one next step, big.
fn now(asked: &Asked, line: &Line) -> Markup {
    let lang = asked.lang();
    let Line { booking, steps, is_over } = line;
    match next(booking, steps, *is_over, asked.ctx.now) {
        Next::Enter => look::next_step(
            lang.t("受付が済みました", "You are checked in"),
            lang.t(
                "診察室の前の待合へお進みください。順番が来ると、医院からお呼びします。",
                "Please go on to the waiting room. The clinic calls you when it is your turn.",
            ),
            &format!("/visits/{}/call", booking.id),
            lang.t("待合へ進む", "To the waiting room"),
        ),
        Next::Do(step) => html! {
            (look::next_step(step.words.in_lang(lang), step.why.in_lang(lang), &format!("/visits/{}/{}", booking.id, step.key), lang.t("はじめる", "Begin")))
        },
        Next::Wait => look::next_step(
            lang.t("準備ができました", "You are ready"),
            lang.t(
                "開始の30分前になったら、ここから受付をしてください。",
                "Please check in here from 30 minutes before the start.",
            ),
            &format!("/visits/{}", booking.id),
            lang.t("予約の内容を見る", "See the booking"),
        ),
        Next::Nothing if booking.visit_type.form == Form::InPerson => look::next_step(
            lang.t("ご来院ください", "Please come to the clinic"),
            lang.t("保険証の情報がわかるものをお持ちください。", "Please bring your insurance information."),
            &format!("/visits/{}", booking.id),
            lang.t("予約の内容を見る", "See the booking"),
        ),
        Next::Nothing if booking.absent_at.is_some() => look::next_step(
            lang.t("この診療は行われませんでした", "This visit was not held"),
            lang.t("ご都合のよい日時で、もう一度予約できます。", "You can book another time that suits you."),
            &format!("/book?after={}", booking.id),
            lang.t("予約し直す", "Book again"),
        ),
        Next::Nothing => html! {
            (look::next_step(
                lang.t("この診療は終わりました", "This visit is over"),
                lang.t("説明と計画はいつでも読めます。", "You can read the summary and the plan at any time."),
                &format!("/visits/{}/summary", booking.id),
                lang.t("診療のまとめを読む", "Read the summary"),
            ))
            (look::page_actions(html! {
                (look::link_quiet(&format!("/book?after={}", booking.id), lang.t("次の予約を取る", "Book the next visit")))
                (look::link_quiet(&format!("/visits/{}/feedback", booking.id), lang.t("感想を伝える", "Tell us how it was")))
            }))
        },
    }
}

fn contact(asked: &Asked, facility: &Facility) -> Markup {
    let lang = asked.lang();
    look::section(
        lang.t("連絡先", "Contact"),
        html! { p { (facility.name) " " a href={ "tel:" (facility.phone) } { (facility.phone) } } },
    )
}

async fn visit(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (lines, facility, urgent, in_person) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let booking = booking::store::view(tx, ctx, booking)?;
            let urgent = still_urgent(tx, ctx, &booking)?;
            let in_person = in_person::store::newest(tx, booking.patient)?;
            let patient = people::patient::store::read_one(tx, booking.patient)?;
            let facility = people::facility::store::get(tx, ctx.facility()?)?;
            Ok((lines(tx, patient, vec![booking])?, facility, urgent, in_person))
        })
        .await?;
    let [line] = lines.as_slice() else { return Err(Error::internal("one booking, one line").into()) };
    let Line { booking, steps, is_over } = line;
    let lang = asked.lang();
    let base = format!("/visits/{}", booking.id);
    let labels: Vec<&str> = steps.iter().map(|it| it.words.in_lang(lang)).collect();
    let current = steps.iter().position(|it| !it.done).unwrap_or(steps.len());
    let body = html! {
        @if booking.cancelled_at.is_some() {
            (look::notice(lang, look::Tone::Info, lang.t("この予約は取り消されました", "This booking was cancelled"), html! {
                (look::link_button("/book", lang.t("予約する", "Book a visit")))
            }))
        } @else {
            @if let Some(it) = &urgent { (it.told(&asked)) }
            (summary(&asked, line))
            @if !labels.is_empty() && !is_over { (look::steps(lang, current, &labels)) }
            (now(&asked, line))
        }
        @if !steps.is_empty() && !is_over {
            (look::section(lang.t("手順", "Steps"), html! { ul.step-list {
                @for step in steps {
                    li { a href={ (base) "/" (step.key) } { (step.words.in_lang(lang)) } " "
                        @if step.done { (look::badge(look::Tone::Good, lang.t("済み", "Done"))) }
                        @else { (look::badge(look::Tone::Info, lang.t("これから", "To do"))) }
                    }
                }
            } }))
        }
        (look::section(lang.t("いつでも見られるもの", "Always here for you"), html! { ul {
            li { a href={ (base) "/doctor" } { (lang.t("担当の医師・歯科医師について", "About your doctor")) } }
            li { a href={ (base) "/plan" } { (lang.t("診療計画", "Treatment plan")) } }
            li { a href={ (base) "/consent" } { (lang.t("説明と同意", "Explanation and consent")) } }
            li { a href={ (base) "/summary" } { (lang.t("診療のまとめ", "Summary of the visit")) } }
        } }))
        @if may_change(booking, Asker::Patient, asked.ctx.now) {
            (look::page_actions(html! {
                (look::link_quiet(&format!("{base}/change"), lang.t("日時を変える", "Change the time")))
                (look::link_quiet(&format!("{base}/cancel"), lang.t("予約を取り消す", "Cancel the booking")))
            }))
        }
        @if let Some(it) = &in_person {
            (look::section(lang.t("急に悪くなったとき", "When it suddenly gets worse"), html! {
                p { (lang.t("対面で診てもらえるところ", "Where you are seen in person")) ": " (it.place.words(&facility.name).in_lang(lang)) }
                p { (lang.t("息が苦しい、意識がぼんやりするときは119番へ。", "If it is hard to breathe, or you feel drowsy, call 119.")) }
            }))
        }
        (contact(&asked, &facility))
    };
    Ok(asked.page(&Words::new("あなたの診療", "Your visit"), body))
}
