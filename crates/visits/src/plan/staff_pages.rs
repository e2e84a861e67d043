//! The plan on the doctor's side: written from the template, kept as a draft, finalised, completed; hand-over; the template.
//!
//! The same form stands at a visit (`/bookings/{booking}/plan`) and at the patient (`/patients/{patient}/plans`).

use guidelines::plan::{Part, Retention};
use kernel::{BookingId, PatientId, Words, time};
use maud::{Markup, html};
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Answer, Asked, Door, Failure, Faults, Fields, Filled, Path, Routes};

use super::pages::{history, print_of, written};
use super::store::{self, Desk, Template};
use super::{Content, Plan};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(Door::Staff, "/bookings/{booking}/plan", at_visit)
        .post(Door::Staff, "/bookings/{booking}/plan", write_at_visit)
        .post(Door::Staff, "/bookings/{booking}/plan/hand-over", hand_over)
        .get(Door::Staff, "/bookings/{booking}/plan.pdf", print)
        .get(Door::Staff, "/patients/{patient}/plans", of_patient)
        .post(Door::Staff, "/patients/{patient}/plans", write_of_patient)
        .post(Door::Staff, "/patients/{patient}/plans/complete", complete)
        .get(Door::Staff, "/settings/plan-template", template)
        .post(Door::Staff, "/settings/plan-template", write_template)
}

/// Where the form stands.
#[derive(Debug, Clone)]
struct Place {
    booking: Option<BookingId>,
    patient: Option<PatientId>,
    path: String,
}

impl Place {
    fn visit(booking: BookingId) -> Self {
        Self { booking: Some(booking), patient: None, path: format!("/bookings/{booking}/plan") }
    }

    fn of_patient(patient: PatientId) -> Self {
        Self { booking: None, patient: Some(patient), path: format!("/patients/{patient}/plans") }
    }

    fn patient(&self, tx: &mut db::Tx<'_>) -> kernel::Result<PatientId> {
        match (self.booking, self.patient) {
            (Some(booking), _) => store::patient_of(tx, booking),
            (None, Some(patient)) => Ok(patient),
            (None, None) => Err(kernel::Error::not_found("no place")),
        }
    }
}

async fn at_visit(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    show(&asked, &Place::visit(booking)).await
}

async fn of_patient(asked: Asked, Path(patient): Path<PatientId>) -> web::Result {
    show(&asked, &Place::of_patient(patient)).await
}

async fn write_at_visit(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    write(&asked, Place::visit(booking), &fields).await
}

async fn write_of_patient(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    write(&asked, Place::of_patient(patient), &fields).await
}

async fn desk(asked: &Asked, place: &Place) -> kernel::Result<Desk> {
    let place = place.clone();
    asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let patient = place.patient(tx)?;
            store::desk(tx, ctx, patient)
        })
        .await
}

async fn show(asked: &Asked, place: &Place) -> web::Result {
    let desk = desk(asked, place).await?;
    let filled = start(&desk).filled();
    Ok(page(asked, place, &desk, &filled))
}

/// What the form begins with: the draft, the version in force, or the template.
fn start(desk: &Desk) -> Content {
    let in_force = desk.live.as_ref().and_then(Plan::in_force);
    match (&desk.draft, in_force) {
        (Some(draft), _) => draft.clone(),
        (None, Some(version)) => Content { reason: String::new(), ..version.content.clone() },
        (None, None) => desk.template.content.clone(),
    }
}

fn page(asked: &Asked, place: &Place, desk: &Desk, filled: &Filled) -> Answer {
    let (lang, signs) = (asked.lang(), may(asked, Act::Sign, Class::Chart));
    let body = html! {
        p { a href={ "/patients/" (desk.patient.id) } { (desk.patient.name.full()) } "（" (desk.patient.number) "）" }
        (standing(asked, desk))
        @if may(asked, Act::Write, Class::Chart) { (form(asked, place, desk, filled)) } @else { (read(asked, desk)) }
        @if let Some(booking) = place.booking.filter(|_| signs) { (hand_over_form(asked, booking, &Filled::empty())) }
        @if let Some(plan) = &desk.live {
            (look::section(lang.t("この計画の版", "Versions of this plan"), history(lang, plan)))
            @if signs { (look::section(lang.t("オンライン診療を終える", "Complete the online care"), completing(asked, desk))) }
        }
        @for plan in &desk.past { (past(asked, desk, plan)) }
    };
    asked.page(&Words::new("診療計画", "Treatment plan"), body)
}

/// The version in force, for those who do not write plans.
fn read(asked: &Asked, desk: &Desk) -> Markup {
    let lang = asked.lang();
    html! {
        @if let Some(version) = desk.live.as_ref().and_then(Plan::in_force) {
            @for part in Part::ALL { (look::section(part.title().in_lang(lang), written(version.content.part(part)))) }
        }
    }
}

fn standing(asked: &Asked, desk: &Desk) -> Markup {
    let lang = asked.lang();
    html! {
        @match desk.live.as_ref() {
            None => (look::notice(lang, Tone::Info, lang.t("有効な計画はありません", "There is no plan in force"), html! {
                @if may(asked, Act::Write, Class::Chart) {
                    p { (lang.t("対面の診察にもとづいて作り、患者さんに説明してから確定してください。", "Make it from a visit in person, explain it to the patient, then finalise it.")) }
                } @else { p { (lang.t("担当医が作ります。", "The doctor makes it.")) } }
            })),
            Some(plan) => {
                @if plan.waiting().is_some() {
                    (look::notice(lang, Tone::Warn, lang.t("患者さんの同意を待つ版があります", "A version waits for the patient"), html! {
                        p { (lang.t("同意があるまで、前の版が有効です。", "Until then the version before is in force.")) }
                    }))
                }
                @if let Some(version) = plan.in_force() {
                    p { (look::badge(Tone::Good, lang.t("有効", "In force"))) " " (lang.t("版", "Version")) " " (version.number) " "
                        (time::show(version.finalised_at, lang)) " "
                        @if version.read_at.is_some() { (look::badge(Tone::Good, lang.t("患者さんが読みました", "Read by the patient"))) }
                        @else { (look::badge(Tone::Info, lang.t("患者さんはまだ読んでいません", "Not yet read by the patient"))) }
                    }
                }
            }
        }
        @if desk.draft.is_some() { p { (look::badge(Tone::Warn, lang.t("書きかけがあります", "There is a draft"))) } }
    }
}

fn form(asked: &Asked, place: &Place, desk: &Desk, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let doctors: Vec<(String, String)> = desk.doctors.iter().map(|(id, name)| (id.to_string(), name.full())).collect();
    let hints: Vec<_> = Part::ALL.iter().map(|it| (*it, it.title(), it.hint())).collect();
    let changes = desk.live.as_ref().and_then(Plan::in_force).is_some();
    html! {
        (look::faults_summary(lang, filled))
        (look::form(asked, &place.path, html! {
            (look::text_input(lang, filled, "evaluated_on", lang.t("もとになった対面の診察の日", "Day of the visit in person it rests on"), None).kind("date"))
            (look::ticks(lang, filled, "doctor", lang.t("担当医（計画に名前を載せる人）", "Doctors named in the plan"), &doctors))
            @for (part, title, hint) in &hints {
                (look::area(lang, filled, part.key(), title.in_lang(lang), Some(hint.in_lang(lang))).rows(4))
            }
            @if changes { (look::area(lang, filled, "reason", lang.t("変更の理由", "Why it is changed"), None).rows(2)) }
            (look::submit_named("act", "save", lang.t("下書きとして保存", "Save as a draft")))
            button.button.main type="submit" name="act" value="finalise" { (lang.t("確定する", "Finalise")) }
        }))
    }
}

async fn write(asked: &Asked, place: Place, fields: &Fields) -> web::Result {
    if let Some(answer) = asked.answered_before(fields).await? {
        return Ok(answer);
    }
    let desk = desk(asked, &place).await?;
    let content = match Content::parse(fields, &desk.doctors) {
        Ok(content) => content,
        Err(faults) => return Ok(page(asked, &place, &desk, &fields.again(faults)).status(422)),
    };
    if fields.get("act") != "finalise" {
        return save(asked, place, content).await;
    }
    let has_before = desk.live.as_ref().and_then(Plan::in_force).is_some();
    if let Err(faults) = content.check(&desk.doctors, time::day(asked.ctx.now), has_before) {
        return Ok(page(asked, &place, &desk, &fields.again(faults)).status(422));
    }
    let is_fresh = asked.session.as_ref().is_some_and(|it| it.is_fresh(asked.ctx.now));
    if !is_fresh {
        // What was written waits as the draft while the doctor proves to be there.
        let path = place.path.clone();
        save(asked, place, content).await?;
        return Err(Failure::unlock(&path));
    }
    asked
        .act(fields, move |tx, ctx| {
            let patient = place.patient(tx)?;
            store::finalise(tx, ctx, patient, &content, is_fresh)?;
            Ok(place.path)
        })
        .await
}

/// Saving twice leaves the same draft, so it does not use up the form's key.
async fn save(asked: &Asked, place: Place, content: Content) -> web::Result {
    let path = place.path.clone();
    asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let patient = place.patient(tx)?;
            store::save(tx, ctx, patient, &content)
        })
        .await?;
    Ok(Answer::To(path))
}

fn hand_over_form(asked: &Asked, booking: BookingId, filled: &Filled) -> Markup {
    let lang = asked.lang();
    look::section(
        lang.t("代わりの担当医が診るとき", "When a substitute sees the patient"),
        html! {
            p { (lang.t(
                "今回の担当医が計画に載っていないときは、引継ぎを記録し、患者さんの同意（患者さんの画面の「診療計画」）をもらってください。",
                "If the plan does not name the doctor of this visit, record the hand-over and let the patient agree (on the patient's page of the plan)."
            )) }
            (look::faults_summary(lang, filled))
            (look::form(asked, &format!("/bookings/{booking}/plan/hand-over"), html! {
                (look::area(lang, filled, "note", lang.t("引き継いだ内容", "What was handed over"), None).rows(3))
                (look::submit(lang.t("引継ぎを記録する", "Record the hand-over")))
            }))
        },
    )
}

async fn hand_over(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let note = fields.text("note", &mut faults);
    if !faults.0.is_empty() {
        let body = hand_over_form(&asked, booking, &fields.again(faults));
        return Ok(asked.page(&Words::new("引継ぎの記録", "Hand-over"), body).status(422));
    }
    asked
        .act(&fields, move |tx, ctx| {
            store::hand_over(tx, ctx, booking, &note)?;
            Ok(format!("/bookings/{booking}/plan"))
        })
        .await
}

fn completing(asked: &Asked, desk: &Desk) -> Markup {
    let lang = asked.lang();
    let filled = Filled::empty().with("completed_on", time::day(asked.ctx.now).to_string());
    let years = desk.template.retention.years();
    html! {
        p { @match lang {
            kernel::Lang::Ja => { "オンライン診療が完結した日から" (years) "年のあいだ、計画を保存します。終えた後は、新しい計画を作るまでオンラインの再診はできません。" }
            kernel::Lang::En => { "The plan is kept for " (years) " years from the day on which online care was completed. Afterwards a new plan is needed for online visits." }
        } }
        (look::form(asked, &format!("/patients/{}/plans/complete", desk.patient.id), html! {
            (look::text_input(lang, &filled, "completed_on", lang.t("完結した日", "Completed on"), None).kind("date"))
            (look::submit_danger(lang.t("オンライン診療を終える", "Complete the online care")))
        }))
    }
}

fn past(asked: &Asked, desk: &Desk, plan: &Plan) -> Markup {
    let lang = asked.lang();
    let show = |day: Option<kernel::Date>| day.map(|it| time::show_day(it, lang)).unwrap_or_default();
    look::section(
        lang.t("終わった計画", "A completed plan"),
        html! {
            (look::facts(&[
                (lang.t("完結した日", "Completed on"), html! { (show(plan.completed_on)) }),
                (lang.t("これより前には消せません", "Cannot be erased before"), html! { (show(plan.erasable_from(desk.template.retention))) }),
            ]))
            (look::details(lang.t("版を見る", "See the versions"), history(lang, plan)))
        },
    )
}

async fn complete(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    let Some(day) = fields.date("completed_on", &mut Faults::default()) else {
        return Err(kernel::Error::invalid(
            "completed_on",
            Words::new("日付を入力してください。", "Please enter a date."),
        )
        .into());
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::complete(tx, ctx, patient, day)?;
            Ok(format!("/patients/{patient}/plans"))
        })
        .await
}

async fn print(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    print_of(&asked, booking).await
}

async fn template(asked: Asked) -> web::Result {
    let template = asked.site.write(&asked.ctx, store::view_template).await?;
    let filled = template.content.filled().with("kept_years", template.retention.years().to_string());
    Ok(template_page(&asked, &filled))
}

fn template_page(asked: &Asked, filled: &Filled) -> Answer {
    let lang = asked.lang();
    let hints: Vec<_> = Part::ALL.iter().map(|it| (*it, it.title(), it.hint())).collect();
    let (least, most) = (Retention::MIN_YEARS.to_string(), Retention::MAX_YEARS.to_string());
    let body = html! {
        p { (lang.t(
            "新しい計画はこの文から始まります。すでにある計画は変わりません。",
            "New plans begin with these texts. Plans that exist do not change."
        )) }
        (look::faults_summary(lang, filled))
        @if may(asked, Act::Write, Class::Administration) { (look::form(asked, "/settings/plan-template", html! {
            @for (part, title, hint) in &hints {
                (look::area(lang, filled, part.key(), title.in_lang(lang), Some(hint.in_lang(lang))).rows(4).optional())
            }
            (look::text_input(lang, filled, "kept_years", lang.t("保存する年数（2年以上、診療録に合わせて5年を勧めます）", "Years kept (two at least; five, like the chart, is advised)"), None)
                .kind("number").range(&least, &most))
            (look::submit(lang.t("保存する", "Save")))
        })) } @else {
            @for (part, title, _) in &hints { (look::section(title.in_lang(lang), written(filled.get(part.key())))) }
        }
    };
    asked.page(&Words::new("診療計画のひな形", "Template of the plan"), body)
}

fn parse_template(fields: &Fields) -> Result<Template, Faults> {
    let content = Content::parse(fields, &[])?;
    let years = fields.get("kept_years").parse().ok().and_then(|it| Retention::of_years(it).ok());
    match years {
        Some(retention) => Ok(Template { content, retention }),
        None => {
            let words = Words::new("2年以上100年以下で入力してください。", "Please enter 2 to 100 years.");
            Err(Faults(vec![("kept_years", words)]))
        }
    }
}

async fn write_template(asked: Asked, fields: Fields) -> web::Result {
    let template = match parse_template(&fields) {
        Ok(template) => template,
        Err(faults) => return Ok(template_page(&asked, &fields.again(faults)).status(422)),
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::write_template(tx, ctx, &template)?;
            Ok("/settings/plan-template".to_owned())
        })
        .await
}
