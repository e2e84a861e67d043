//! Booking by the patient and by the clinic: kind, doctor and day, time; change, cancel, absence, waiting list.

use kernel::{BookingId, Ctx, Date, Error, PatientId, Result, RowId, Timestamp, Words, time};
use maud::{Markup, html};
use people::access::{Access, Act, Class};
use people::person::Person;
use web::{Answer, Asked, Door, Faults, Fields, Path, Routes, look};

use super::store::{self, Request};
use super::{Asker, Booking, Form, Refusal, VisitType, free_times, may_change};
use crate::policy;

/// Days shown at once when choosing a time.
const DAYS_SHOWN: i64 = 7;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Signed, "/book", choose)
        .get(Door::Staff, "/bookings/new", new)
        .post(Door::Signed, "/book/hold", hold)
        .get(Door::Signed, "/book/confirm", confirm)
        .post(Door::Signed, "/book", book)
        .get(Door::Signed, "/visits/{booking}/change", change_form)
        .post(Door::Signed, "/visits/{booking}/change", change)
        .get(Door::Signed, "/visits/{booking}/cancel", cancel_form)
        .post(Door::Signed, "/visits/{booking}/cancel", cancel)
        .post(Door::Signed, "/visits/{booking}/wait", wait)
        .post(Door::Staff, "/bookings/{booking}/absent", absent)
}

/// What has been chosen so far; lives in the address, so that the back button works.
#[derive(Debug, Clone, Default, serde::Deserialize)]
struct Choice {
    #[serde(default)]
    patient: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    doctor: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    at: String,
    /// Only kinds of visit of this form: where one page has said that the patient is to come.
    #[serde(default)]
    form: String,
    /// The visit that this one follows.
    #[serde(default)]
    after: String,
}

impl Choice {
    fn query(&self, changes: &[(&str, &str)]) -> String {
        let base = [
            ("patient", &self.patient),
            ("form", &self.form),
            ("after", &self.after),
            ("type", &self.kind),
            ("doctor", &self.doctor),
            ("day", &self.day),
            ("at", &self.at),
        ];
        let mut pairs: Vec<(&str, &str)> = base.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for (name, value) in changes {
            if let Some(pair) = pairs.iter_mut().find(|(it, _)| it == name) {
                pair.1 = value;
            }
        }
        let text: Vec<_> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", web::answer::query_value(value)))
            .collect();
        text.join("&")
    }

    fn patient(&self, ctx: &Ctx) -> Result<PatientId> {
        match ctx.who.patient() {
            Some(own) => Ok(own),
            None => web::id(&self.patient),
        }
    }
}

fn asker(ctx: &Ctx) -> Asker {
    if ctx.who.patient().is_some() { Asker::Patient } else { Asker::Clinic }
}

fn holder(asked: &Asked) -> String {
    asked.session.as_ref().map(|it| it.id.to_string()).unwrap_or_default()
}

/// Free times of one day, by doctor.
struct Offer {
    date: Date,
    times: Vec<(Person, Vec<Timestamp>)>,
}

struct Desk {
    patient: Option<people::patient::Patient>,
    types: Vec<VisitType>,
    before: Option<Before>,
    first: Date,
    offers: Vec<Offer>,
}

/// The visit before, and the day that was agreed in it for this one.
struct Before {
    booking: Booking,
    doctor: Person,
    next_on: Option<Date>,
}

fn before(tx: &mut db::Tx<'_>, ctx: &Ctx, choice: &Choice, patient: PatientId) -> Result<Option<Before>> {
    let Ok(id) = choice.after.parse::<BookingId>() else { return Ok(None) };
    let booking = store::view(tx, ctx, id)?;
    if booking.patient != patient {
        return Ok(None);
    }
    let doctor = people::person::store::get(tx, booking.doctor)?;
    // What was told of how it goes on belongs to the chart.
    let chart = Access::new("policy.view", Act::View, Class::Chart).of(patient).allowed(tx, ctx)?;
    let told = if chart { policy::store::last(tx, id)? } else { None };
    Ok(Some(Before { booking, doctor, next_on: told.and_then(|it| it.policy.next_on) }))
}

/// Nobody is shown free times who may not book them.
fn to_book(tx: &mut db::Tx<'_>, ctx: &Ctx, patient: PatientId) -> Result<people::patient::Patient> {
    people::patient::store::read_one(tx, patient)?;
    store::to_book(patient).require_for_form(tx, ctx)?;
    people::patient::store::view(tx, ctx, patient)
}

/// The booking for the page with the form of the act `verb`.
fn to_write(tx: &mut db::Tx<'_>, ctx: &Ctx, id: BookingId, verb: &'static str) -> Result<Booking> {
    let found = store::read_one(tx, id)?;
    Access::new(verb, Act::Write, Class::Identity).on("booking", id).of(found.patient).require_for_form(tx, ctx)?;
    store::view(tx, ctx, id)
}

fn desk(tx: &mut db::Tx<'_>, ctx: &Ctx, choice: &Choice, holder: &str) -> Result<Desk> {
    let (patient, before) = match choice.patient(ctx) {
        Ok(patient) => (Some(to_book(tx, ctx, patient)?), before(tx, ctx, choice, patient)?),
        Err(_) => {
            // Who books for nobody yet is led to the patients.
            Access::new("booking.book", Act::Write, Class::Identity).on("patient", "").require_for_form(tx, ctx)?;
            (None, None)
        }
    };
    let who = asker(ctx);
    let form = [Form::Online, Form::InPerson].into_iter().find(|it| it.key() == choice.form);
    let mut types = store::visit_types(tx)?;
    types.retain(|it| (who == Asker::Clinic || it.by_patient) && form.is_none_or(|form| it.form == form));
    let first = first_day(choice, ctx, before.as_ref().and_then(|it| it.next_on));
    let mut offers = Vec::new();
    if let Ok(kind) = choice.kind.parse::<RowId>() {
        let visit_type = store::visit_type(tx, kind)?;
        let mut doctors = people::person::store::doctors(tx)?;
        // Whoever saw the patient last is offered first.
        doctors.sort_by_key(|it| before.as_ref().is_some_and(|before| before.doctor.id != it.id));
        let dates: Vec<Date> = (0..DAYS_SHOWN).map(|it| day_after(first, it)).collect();
        let ids: Vec<_> = doctors.iter().map(|it| it.id).collect();
        let days = store::days(tx, ctx, &ids, kind, &dates, holder)?;
        for date in dates {
            let mut times = Vec::new();
            for doctor in &doctors {
                let Some(day) = days.get(&(doctor.id, date)) else { continue };
                let free = free_times(day, visit_type.duration_min, who, ctx.now);
                if !free.is_empty() {
                    times.push((doctor.clone(), free));
                }
            }
            offers.push(Offer { date, times });
        }
    }
    Ok(Desk { patient, types, before, first, offers })
}

/// The day in the address; else the day that was agreed; never one that is past.
fn first_day(choice: &Choice, ctx: &Ctx, agreed: Option<Date>) -> Date {
    let today = time::day(ctx.now);
    choice.day.parse().ok().or(agreed).filter(|it| *it >= today).unwrap_or(today)
}

fn day_after(date: Date, days: i64) -> Date {
    time::at_tokyo(date, 12, 0).map_or(date, |noon| time::day(time::plus_min(noon, days * 24 * 60)))
}

/// The clinic's way to the same pages: whoever comes from a patient or a visit brings along for whom and after what.
async fn new(_: Asked, axum::extract::Query(choice): axum::extract::Query<Choice>) -> web::Result {
    Ok(Answer::To(format!("/book?{}", choice.query(&[]))))
}

async fn choose(asked: Asked, axum::extract::Query(choice): axum::extract::Query<Choice>) -> web::Result {
    let (wanted, holder) = (choice.clone(), holder(&asked));
    let desk = asked.site.write(&asked.ctx, move |tx, ctx| desk(tx, ctx, &wanted, &holder)).await?;
    let lang = asked.lang();
    let title = Words::new("予約する", "Book a visit");
    if desk.patient.is_none() {
        let body = html! {
            p { (lang.t("先に患者を選んでください。", "Choose the patient first.")) }
            (look::link_button("/patients", lang.t("患者を探す", "Find the patient")))
        };
        return Ok(asked.page(&title, body));
    }
    let body = html! {
        @if let Some(patient) = desk.patient.as_ref().filter(|_| asker(&asked.ctx) == Asker::Clinic) {
            p { (lang.t("患者", "Patient")) ": " strong { (patient.name.full()) } "（" (patient.number) "）" }
        }
        @if let Some(it) = &desk.before { (follows(&asked, it)) }
        (kinds(&asked, &choice, &desk.types))
        @if !choice.kind.is_empty() { (times(&asked, &choice, &desk)) }
    };
    Ok(asked.page(&title, body))
}

fn follows(asked: &Asked, it: &Before) -> Markup {
    let lang = asked.lang();
    html! {
        p { (lang.t("前の診療", "Visit before")) ": " (time::show(it.booking.starts_at, lang)) " " (it.doctor.name.full()) }
        @if let Some(day) = it.next_on {
            p { (lang.t("お伝えした次回の予定日", "Next day as agreed")) ": " strong { (time::show_day(day, lang)) } }
        }
    }
}

fn kinds(asked: &Asked, choice: &Choice, types: &[VisitType]) -> Markup {
    let lang = asked.lang();
    html! {
        h2 { "1. " (lang.t("診療の種類", "Kind of visit")) }
        @if types.is_empty() { (look::empty(lang.t("受け付けている診療がありません。お電話ください。", "Nothing can be booked here. Please call us."))) }
        ul.choices {
            @for kind in types {
                @let chosen = kind.id.to_string() == choice.kind;
                li { a.button href={ "/book?" (choice.query(&[("type", &kind.id.to_string()), ("at", "")])) } aria-current=[chosen.then_some("true")] {
                    (kind.name.in_lang(lang)) " " (kind.duration_min) (lang.t("分", " min"))
                    @if chosen { " " (lang.t("（選択中）", "(chosen)")) }
                } }
            }
        }
        @if !choice.form.is_empty() {
            p { (look::link_quiet(&format!("/book?{}", choice.query(&[("form", ""), ("type", ""), ("at", "")])), lang.t("ほかの診療の種類も見る", "Other kinds of visit too"))) }
        }
    }
}

fn times(asked: &Asked, choice: &Choice, desk: &Desk) -> Markup {
    let (lang, first) = (asked.lang(), desk.first);
    let (earlier, later) = (day_after(first, -DAYS_SHOWN), day_after(first, DAYS_SHOWN));
    let page = |day: Date| format!("/book?{}", choice.query(&[("day", &day.to_string())]));
    let prev = (first > time::day(asked.ctx.now)).then(|| page(earlier));
    html! {
        h2 { "2. " (lang.t("日時", "Day and time")) }
        @for offer in &desk.offers {
            section.day-offer {
                h3 { (time::show_day(offer.date, lang)) }
                @if offer.times.is_empty() { p { (lang.t("空きはありません", "No free time")) } }
                @for (doctor, free) in &offer.times {
                    p { (doctor.name.full()) }
                    (look::form(asked, "/book/hold", html! {
                        (look::hidden("patient", &choice.patient)) (look::hidden("type", &choice.kind))
                        (look::hidden("doctor", &doctor.id.to_string()))
                        (look::hidden("form", &choice.form)) (look::hidden("after", &choice.after))
                        div.times { @for at in free { (look::submit_named("at", &at.to_string(), &time::clock(*at))) } }
                    }))
                }
            }
        }
        (look::pager(lang, prev.as_deref(), Some(&page(later))))
    }
}

fn parse_time(text: &str) -> Result<Timestamp> {
    text.parse()
        .map_err(|_| Error::invalid("at", Words::new("時間を選び直してください。", "Please choose the time again.")))
}

fn request(asked: &Asked, fields: &Fields, reason: String) -> Result<Request> {
    let patient = match asked.ctx.who.patient() {
        Some(own) => own,
        None => fields.id("patient")?,
    };
    Ok(Request {
        patient,
        doctor: fields.id("doctor")?,
        visit_type: fields.id("type")?,
        starts_at: parse_time(fields.get("at"))?,
        reason,
        holder: holder(asked),
    })
}

async fn hold(asked: Asked, fields: Fields) -> web::Result {
    let request = request(&asked, &fields, String::new())?;
    let at = request.starts_at;
    let held = asked.site.write(&asked.ctx, move |tx, ctx| store::hold(tx, ctx, &request)).await?;
    let choice = Choice {
        patient: fields.get("patient").to_owned(),
        kind: fields.get("type").to_owned(),
        doctor: fields.get("doctor").to_owned(),
        day: time::day(at).to_string(),
        at: at.to_string(),
        form: fields.get("form").to_owned(),
        after: fields.get("after").to_owned(),
    };
    match held {
        Ok(_) => Ok(Answer::To(format!("/book/confirm?{}", choice.query(&[])))),
        Err(refusal) => Ok(refused(&asked, refusal, &format!("/book?{}", choice.query(&[("at", "")])))),
    }
}

fn refused(asked: &Asked, refusal: Refusal, back: &str) -> Answer {
    let lang = asked.lang();
    let body = html! {
        (look::notice(lang, look::Tone::Warn, lang.t("この時間は予約できません", "This time cannot be booked"), html! { p { (refusal.words().in_lang(lang)) } }))
        (look::link_button(back, lang.t("ほかの時間を見る", "See other times")))
    };
    asked.page(&Words::new("予約できませんでした", "Not booked"), body).status(409)
}

async fn confirm(asked: Asked, axum::extract::Query(choice): axum::extract::Query<Choice>) -> web::Result {
    let at = parse_time(&choice.at)?;
    let (doctor, kind) = (web::id::<kernel::kinds::Person>(&choice.doctor)?, web::id(&choice.kind)?);
    let patient = choice.patient(&asked.ctx)?;
    let (visit_type, doctor, patient) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let patient = to_book(tx, ctx, patient)?;
            Ok((store::visit_type(tx, kind)?, people::person::store::get(tx, doctor)?, patient))
        })
        .await?;
    let lang = asked.lang();
    let filled = web::Filled::empty();
    let body = html! {
        (look::facts(&[
            (lang.t("お名前", "Name"), html! { (patient.name.full()) }),
            (lang.t("診療", "Visit"), html! { (visit_type.name.in_lang(lang)) }),
            (lang.t("日時", "When"), html! { (time::show(at, lang)) }),
            (lang.t("担当", "With"), html! { (doctor.name.full()) }),
        ]))
        p { (lang.t("10分のあいだ、この時間を確保しています。", "This time is kept for you for ten minutes.")) }
        @if visit_type.form == Form::Online {
            p { (lang.t(
                "症状によってはオンラインでは診られず、来院をお願いすることがあります。",
                "Depending on your condition we may have to ask you to come in person."
            )) }
        }
        (look::form(&asked, "/book", html! {
            (look::hidden("patient", &choice.patient)) (look::hidden("type", &choice.kind))
            (look::hidden("doctor", &choice.doctor)) (look::hidden("at", &choice.at))
            (look::area(lang, &filled, "reason", lang.t("どうなさいましたか", "What is the matter?"),
                Some(lang.t("かんたんで結構です。くわしくは後の問診でうかがいます。", "Briefly; the questionnaire asks for more."))).optional())
            (look::submit(lang.t("この内容で予約する", "Book this")))
        }))
        (look::link_quiet(&format!("/book?{}", choice.query(&[("at", "")])), lang.t("時間を選び直す", "Choose another time")))
    };
    Ok(asked.page(&Words::new("予約の確認", "Check and book"), body))
}

async fn book(asked: Asked, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let reason = fields.text_if_any("reason", &mut faults);
    let request = request(&asked, &fields, reason)?;
    let staff = asker(&asked.ctx) == Asker::Clinic;
    asked
        .act(&fields, move |tx, ctx| match store::book(tx, ctx, &request)? {
            Ok(id) if staff => Ok(format!("/bookings/{id}")),
            Ok(id) => Ok(format!("/visits/{id}")),
            Err(refusal) => Err(refusal_error(refusal)),
        })
        .await
}

/// A refusal inside an act that must end at a page: nothing was written, the sentence says what to do.
fn refusal_error(refusal: Refusal) -> Error {
    Error::new(kernel::Kind::Conflict, refusal.words(), "no room")
}

async fn change_form(
    asked: Asked,
    Path(booking): Path<BookingId>,
    axum::extract::Query(mut choice): axum::extract::Query<Choice>,
) -> web::Result {
    let (mut wanted, holder) = (choice.clone(), holder(&asked));
    let (booking, desk, waits) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let booking = to_write(tx, ctx, booking, "booking.change")?;
            wanted.kind = booking.visit_type.id.to_string();
            wanted.patient = booking.patient.to_string();
            let mut desk = desk(tx, ctx, &wanted, &holder)?;
            desk.offers.iter_mut().for_each(|it| it.times.retain(|(doctor, _)| doctor.id == booking.doctor));
            let waits = store::waits(tx, &booking)?;
            Ok((booking, desk, waits))
        })
        .await?;
    choice.kind = booking.visit_type.id.to_string();
    let lang = asked.lang();
    if !may_change(&booking, asker(&asked.ctx), asked.ctx.now) {
        return too_late(&asked, booking.id, &Words::new("日時の変更", "Change the time")).await;
    }
    let action = format!("/visits/{}/change", booking.id);
    let first = first_day(&choice, &asked.ctx, None);
    let body = html! {
        p { (lang.t("いまの予約", "Booked now")) ": " strong { (time::show(booking.starts_at, lang)) } }
        // A wish that is noted stands where it is seen; one that may be made stands below the times that can be had now.
        @if waits { (waiting(&asked, booking.id, waits)) }
        @for offer in &desk.offers {
            section.day-offer {
                h2 { (time::show_day(offer.date, lang)) }
                @if offer.times.is_empty() { p { (lang.t("空きはありません", "No free time")) } }
                @for (_, free) in &offer.times {
                    (look::form(&asked, &action, html! { div.times { @for at in free { (look::submit_named("at", &at.to_string(), &time::clock(*at))) } } }))
                }
            }
        }
        (look::pager(lang, None, Some(&format!("{action}?day={}", day_after(first, DAYS_SHOWN)))))
        @if !waits { (waiting(&asked, booking.id, waits)) }
    };
    Ok(asked.page(&Words::new("日時の変更", "Change the time"), body))
}

/// The waiting list for a time before the one that is booked.
fn waiting(asked: &Asked, booking: BookingId, waits: bool) -> Markup {
    let lang = asked.lang();
    let patient = asker(&asked.ctx) == Asker::Patient;
    let (told, offered) = if patient {
        (
            lang.t(
                "空きが出たら、メールでお知らせします。いまの予約はそのままです。",
                "We mail you when a time becomes free. Your booking stays as it is.",
            ),
            lang.t(
                "もっと早い時間に空きが出たら、メールでお知らせできます。",
                "We can mail you when an earlier time becomes free.",
            ),
        )
    } else {
        (
            lang.t(
                "空きが出たら、患者さんにメールでお知らせします。",
                "The patient gets a mail when a time becomes free.",
            ),
            lang.t(
                "もっと早い時間に空きが出たら、患者さんにメールでお知らせできます。",
                "The patient can get a mail when an earlier time becomes free.",
            ),
        )
    };
    let form = |value: &str, label: &str| {
        look::form(asked, &format!("/visits/{booking}/wait"), look::submit_named("wait", value, label))
    };
    look::section(
        lang.t("もっと早い日時をご希望のとき", "For an earlier time"),
        html! {
            @if waits {
                p { (look::badge(look::Tone::Good, lang.t("空きを待っています", "Waiting"))) " " (told) }
                (form("0", lang.t("待つのをやめる", "Wait no longer")))
            } @else {
                p { (offered) }
                (form("1", lang.t("空きを待つ", "Tell me about free times")))
            }
        },
    )
}

/// What is said where a booking can be changed no more: to the patient with the number to call.
async fn too_late(asked: &Asked, booking: BookingId, title: &Words) -> web::Result {
    let lang = asked.lang();
    let staff = asker(&asked.ctx) == Asker::Clinic;
    let clinic = asked.ctx.facility()?;
    let clinic = asked.site.read(&asked.ctx, move |tx, _| people::facility::store::get(tx, clinic)).await?;
    let told = if staff {
        lang.t(
            "診療の時刻を過ぎたか、取り消された予約です。新しい予約を入れてください。",
            "The visit's time is over, or it was cancelled. Please make a new booking.",
        )
    } else {
        lang.t(
            "期限を過ぎたため、変更や取り消しはお電話でお願いします。",
            "It is too late; please call the clinic to change or cancel.",
        )
    };
    let body = html! {
        (look::notice(lang, look::Tone::Warn, lang.t("ここでは変更できません", "This cannot be changed here"), html! { p { (told) } }))
        @if !staff { p { a.button.main href={ "tel:" (clinic.phone) } { (clinic.name) br; (lang.t("電話", "Telephone")) " " (clinic.phone) } } }
        (look::link_quiet(&home_of(staff, booking), lang.t("予約へ戻る", "Back to the booking")))
    };
    Ok(asked.page(title, body))
}

fn home_of(staff: bool, booking: BookingId) -> String {
    if staff { format!("/bookings/{booking}") } else { format!("/visits/{booking}") }
}

async fn change(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let (at, holder, staff) = (parse_time(fields.get("at"))?, holder(&asked), asker(&asked.ctx) == Asker::Clinic);
    asked
        .act(&fields, move |tx, ctx| match store::change(tx, ctx, booking, at, &holder)? {
            Ok(()) => Ok(home_of(staff, booking)),
            Err(refusal) => Err(refusal_error(refusal)),
        })
        .await
}

async fn cancel_form(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let booking = asked.site.write(&asked.ctx, move |tx, ctx| to_write(tx, ctx, booking, "booking.cancel")).await?;
    let lang = asked.lang();
    let title = Words::new("予約の取り消し", "Cancel the booking");
    if !may_change(&booking, asker(&asked.ctx), asked.ctx.now) {
        return too_late(&asked, booking.id, &title).await;
    }
    let body = html! {
        p { strong { (time::show(booking.starts_at, lang)) } " " (booking.visit_type.name.in_lang(lang)) }
        p { (lang.t("この予約を取り消します。取り消すと元に戻せません。", "This booking will be cancelled. This cannot be undone.")) }
        (look::form(&asked, &format!("/visits/{}/cancel", booking.id), html! {
            (look::text_input(lang, &web::Filled::empty(), "reason", lang.t("理由", "Reason"), None).optional())
            (look::submit_danger(lang.t("予約を取り消す", "Cancel the booking")))
        }))
        (look::link_quiet(&home_of(asker(&asked.ctx) == Asker::Clinic, booking.id), lang.t("取り消さずに戻る", "Keep it")))
    };
    Ok(asked.page(&title, body))
}

async fn cancel(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let reason = fields.line_if_any("reason", &mut faults);
    let staff = asker(&asked.ctx) == Asker::Clinic;
    asked
        .act(&fields, move |tx, ctx| {
            store::cancel(tx, ctx, booking, &reason)?;
            Ok(if staff { "/day".into() } else { "/home".into() })
        })
        .await
}

async fn wait(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let waits = fields.get("wait") != "0";
    // Back to where the button was: there it says that the wish is noted.
    let here = format!("/visits/{booking}/change");
    asked.act(&fields, move |tx, ctx| store::wait(tx, ctx, booking, waits).map(|()| here)).await
}

async fn absent(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    asked.act(&fields, move |tx, ctx| store::absent(tx, ctx, booking).map(|()| format!("/bookings/{booking}"))).await
}
