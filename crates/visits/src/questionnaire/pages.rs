//! The patient's questionnaire, what an urgent symptom leads to, and the doctor's view of the answers.

use guidelines::symptoms::{Advice, Judgement as Rule, Symptoms};
use kernel::{BookingId, Words, time};
use maud::{Markup, html};
use people::access::{Access, Act, Class, may};
use people::facility::Facility;
use web::{Asked, Door, Faults, Fields, Filled, Path, Routes, look};

use super::{Answer, Answered, Answers, Form, Judgement, Question, Reading, SYMPTOMS, field_name, store};
use crate::booking::Booking;
use crate::booking::store::read_one;
use crate::symptom_list;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Patient, "/visits/{booking}/questionnaire", show)
        .post(Door::Patient, "/visits/{booking}/questionnaire", answer)
        .get(Door::Staff, "/bookings/{booking}/questionnaire", read)
        .post(Door::Staff, "/bookings/{booking}/questionnaire/decide", decide)
}

fn title() -> Words {
    Words::new("問診", "Questionnaire")
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let ((form, answers, list, kept), urgent) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let view = store::view(tx, ctx, booking)?;
            let booking = read_one(tx, booking)?;
            Ok((view, still_urgent(tx, ctx, &booking)?))
        })
        .await?;
    let sent = kept.as_ref().and_then(|it| it.sent_at);
    let lang = asked.lang();
    let body = html! {
        @if let Some(it) = &urgent { (it.told(&asked)) }
        @if let Some(at) = sent {
            (look::notice(lang, look::Tone::Good, lang.t("問診は送られています", "Your answers were sent"), html! {
                p { (time::show(at, lang)) " " (lang.t("変わったことがあれば、直してもう一度送れます。", "If something changed, correct it and send again.")) }
                p { (look::link_quiet(&format!("/visits/{booking}"), lang.t("診療の手順へ戻る", "Back to the steps of the visit"))) }
            }))
        }
        (page(&asked, booking, &form, &answers, &list, &[]))
    };
    Ok(asked.page(&title(), body))
}

/// The whole form. Questions whose condition is not met are left out; answering shows them.
fn page(
    asked: &Asked,
    booking: BookingId,
    form: &Form,
    answers: &Answers,
    list: &Symptoms,
    faults: &[(String, Words)],
) -> Markup {
    let lang = asked.lang();
    let mut filled = Filled::empty();
    for (key, values) in answers {
        for value in values {
            filled = filled.with(&field_name(key), value.as_str());
        }
    }
    html! {
        @if !faults.is_empty() {
            div.faults #faults role="alert" tabindex="-1" {
                p { (lang.t(format!("あと{}か所、お答えください。", faults.len()), format!("{} answers are still needed.", faults.len()))) }
                ul { @for (key, _) in faults { @if let Some(it) = form.questions.iter().find(|it| it.key == *key) {
                    li { a href={ "#" (look::field_id(&field_name(key))) } { (it.words(lang)) } }
                } } }
            }
        }
        (look::form(asked, &format!("/visits/{booking}/questionnaire"), html! {
            (symptoms(asked, &filled, list))
            @for question in form.questions.iter().filter(|it| it.is_shown(answers)) {
                (look::hidden("_shown", &question.key))
                @if let Some((_, words)) = faults.iter().find(|(key, _)| *key == question.key) { p.fault { (words.in_lang(lang)) } }
                (ask(asked, &filled, question))
            }
            div.page-actions {
                (look::submit(lang.t("答えを送る", "Send my answers")))
                (look::submit_named("draft", "1", lang.t("途中で保存する", "Save and go on later")))
            }
        }))
    }
}

fn symptoms(asked: &Asked, filled: &Filled, list: &Symptoms) -> Markup {
    let lang = asked.lang();
    let name = field_name(SYMPTOMS);
    html! {
        (look::section(lang.t("いま、あてはまる症状", "Symptoms you have now"), html! {
            p { (lang.t("あてはまるものに印をつけてください。なければそのまま先へ進んでください。", "Tick what applies. If nothing does, go on.")) }
            @for group in &list.groups {
                @let items: Vec<(String, String)> = group.items.iter().map(|it| (it.key.clone(), it.words.in_lang(lang).to_owned())).collect();
                (look::ticks(lang, filled, &name, group.title.in_lang(lang), &items).id(&format!("{name}-{}", group.key)).optional())
            }
            p { small { (list.source.in_lang(lang)) " " (list.edition) } }
        }))
    }
}

fn ask(asked: &Asked, filled: &Filled, question: &Question) -> Markup {
    let lang = asked.lang();
    let name = field_name(&question.key);
    let label = question.words(lang);
    let choices: Vec<(&str, &str)> =
        question.choices.iter().map(|(key, ja, en)| (key.as_str(), lang.t(ja.as_str(), en.as_str()))).collect();
    let yes_no = [("yes", lang.t("はい", "Yes")), ("no", lang.t("いいえ", "No"))];
    let scale: Vec<(String, String)> = (0..=10).map(|it: u8| (it.to_string(), it.to_string())).collect();
    let input = match question.kind {
        Answer::YesNo => look::choice(lang, filled, &name, label, &yes_no),
        Answer::Choice => look::choice(lang, filled, &name, label, &choices),
        Answer::Many => look::ticks(lang, filled, &name, label, &choices),
        Answer::Text => look::area(lang, filled, &name, label, None).rows(3),
        Answer::Number => look::text_input(lang, filled, &name, label, None).kind("number"),
        Answer::Date => look::text_input(lang, filled, &name, label, None).kind("date"),
        Answer::Scale => look::choice(lang, filled, &name, label, &scale).inline(),
        Answer::Teeth => {
            return html! { (look::details(label, look::teeth_ticks(lang, filled, &name, label))) };
        }
    };
    html! { (if question.required { input.required() } else { input.optional() }) }
}

async fn answer(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let (form, _, list, _) = asked.site.write(&asked.ctx, move |tx, ctx| store::view(tx, ctx, booking)).await?;
    let Reading { mut answers, faults, more } = super::read(&form, &fields);
    let symptoms = field_name(SYMPTOMS);
    let chosen: Vec<String> = fields.all(&symptoms).take(200).map(ToOwned::to_owned).collect();
    let verdict = list.judge(chosen.iter().map(String::as_str)).map(|it| matches!(it, Rule::StopNow { .. }));
    if !chosen.is_empty() {
        answers.insert(SYMPTOMS.to_owned(), chosen);
    }
    // An urgent symptom does not wait for the rest of the form.
    let urgent = verdict == Ok(true);
    let send = urgent || (!fields.ticked("draft") && faults.is_empty() && !more);
    let (kept_form, kept) = (form.clone(), answers.clone());
    let to = if send { format!("/visits/{booking}") } else { format!("/visits/{booking}/questionnaire") };
    let done =
        asked.act(&fields, move |tx, ctx| store::keep(tx, ctx, booking, &kept_form, &kept, send).map(|_| to)).await?;
    if urgent {
        return stop(&asked, booking, &list, &answers).await;
    }
    if send || fields.ticked("draft") {
        return Ok(done);
    }
    let lang = asked.lang();
    let body = html! {
        @if more && faults.is_empty() {
            (look::notice(lang, look::Tone::Info, lang.t("もう少しうかがいます", "A few more questions"), html! {
                p { (lang.t("お答えに合わせて、質問が増えました。", "Your answers have opened further questions.")) }
            }))
        }
        (page(&asked, booking, &form, &answers, &list, &faults))
    };
    Ok(asked.page(&title(), body).status(if faults.is_empty() { 200 } else { 422 }))
}

/// What to do now, before anything else.
async fn stop(asked: &Asked, booking: BookingId, list: &Symptoms, answers: &Answers) -> web::Result {
    let facility = asked.ctx.facility()?;
    let facility = asked.site.read(&asked.ctx, move |tx, _| people::facility::store::get(tx, facility)).await?;
    let Some(told) = urgent(asked, &facility, list, answers) else {
        return Ok(web::Answer::To(format!("/visits/{booking}")));
    };
    let body = html! {
        (told)
        p { (asked.lang().t("医院にもお知らせしました。お答えは保存されています。", "The clinic has been told. Your answers are saved.")) }
    };
    Ok(asked.page(&Words::new("すぐに受診してください", "Please get care now"), body))
}

/// The advice with its telephone numbers, the pressing one big; `None` without an urgent symptom.
fn urgent(asked: &Asked, facility: &Facility, list: &Symptoms, answers: &Answers) -> Option<Markup> {
    let chosen = answers.get(SYMPTOMS).map(Vec::as_slice).unwrap_or_default();
    let Ok(Rule::StopNow { hits, words, advice }) = list.judge(chosen.iter().map(String::as_str)) else { return None };
    let lang = asked.lang();
    let ambulance = lang.t("救急車を呼ぶ（119）", "Call an ambulance (119)");
    let clinic = html! { (facility.name) " " (facility.phone) };
    Some(look::notice(
        lang,
        look::Tone::Stop,
        words.in_lang(lang),
        html! {
            @match advice {
                Advice::Call119 => {
                    p { a.button.main.big href="tel:119" { (ambulance) } }
                    p { (lang.t("救急車を呼んだあとで、医院にもお電話ください。", "After that, please call the clinic too.")) }
                    p { a.button href={ "tel:" (facility.phone) } { (clinic) } }
                }
                Advice::InPersonToday => {
                    p { a.button.main.big href={ "tel:" (facility.phone) } { (clinic) } }
                    p { (lang.t("息が苦しい、意識がぼんやりするなど、さらに悪くなったときは119番へ。", "If it gets worse – hard to breathe, drowsy – call 119.")) }
                    p { a.button href="tel:119" { (ambulance) } }
                }
            }
            p { (lang.t("あてはまった症状", "What you told us")) ": " }
            ul { @for it in hits { li { (it.words.in_lang(lang)) } } }
        },
    ))
}

/// The same for a visit whose urgent symptom no doctor has decided about: it stays on the patient's pages until then.
///
/// # Errors
/// The database's.
pub fn still_urgent(tx: &mut db::Tx<'_>, ctx: &kernel::Ctx, booking: &Booking) -> kernel::Result<Option<Urgent>> {
    let waits = store::state(tx, booking)?;
    if waits != (guidelines::call::SymptomState::WaitsForDoctor { urgent: true }) {
        return Ok(None);
    }
    let Some(answered) = store::sent(tx, booking.id)? else { return Ok(None) };
    let list = symptom_list::store::of_edition(tx, ctx, &answered.symptom_edition)?;
    Ok(Some(Urgent { list, answers: answered.answers, facility: people::facility::store::get(tx, ctx.facility()?)? }))
}

/// An urgent symptom that nobody has decided about.
pub struct Urgent {
    list: Symptoms,
    answers: Answers,
    facility: Facility,
}

impl Urgent {
    /// What the patient is told to do.
    #[must_use]
    pub fn told(&self, asked: &Asked) -> Markup {
        urgent(asked, &self.facility, &self.list, &self.answers).unwrap_or_default()
    }
}

struct View {
    answered: Option<Answered>,
    list: Option<Symptoms>,
    waits: bool,
}

async fn view(asked: &Asked, booking: BookingId) -> kernel::Result<View> {
    asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let booking = read_one(tx, booking)?;
            Access::new("questionnaire.view", Act::View, Class::Questionnaire)
                .on("booking", booking.id)
                .of(booking.patient)
                .require(tx, ctx)?;
            let state = store::state(tx, &booking)?;
            let answered = store::sent(tx, booking.id)?;
            // The list as it was asked, whatever it has become since.
            let list = match &answered {
                Some(it) => Some(symptom_list::store::of_edition(tx, ctx, &it.symptom_edition)?),
                None => None,
            };
            Ok(View { answered, list, waits: matches!(state, guidelines::call::SymptomState::WaitsForDoctor { .. }) })
        })
        .await
}

async fn read(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let view = view(&asked, booking).await?;
    let lang = asked.lang();
    let body = html! {
        @match view.answered.as_ref().zip(view.list.as_ref()) {
            None => (look::empty(lang.t("まだ送られていません。", "Not sent yet."))),
            Some((answered, list)) => {
                (panel(&asked, answered, list))
                @if answered.judgement != Judgement::Clear { (decision(&asked, booking, view.waits)) }
            }
        }
        (look::link_quiet(&format!("/bookings/{booking}"), lang.t("予約へ戻る", "Back to the booking")))
    };
    Ok(asked.page(&title(), body))
}

/// The answers with the hits marked, for the doctor; also beside the call.
#[must_use]
pub fn panel(asked: &Asked, answered: &Answered, list: &Symptoms) -> Markup {
    let lang = asked.lang();
    let hits = answered.answers.get(SYMPTOMS).map(Vec::as_slice).unwrap_or_default();
    let facts: Vec<(&str, Markup)> = answered
        .form
        .questions
        .iter()
        .filter_map(|it| {
            answered.answers.get(&it.key).map(|values| (it.words(lang), html! { (it.show(values, lang)) }))
        })
        .collect();
    html! {
        @if !hits.is_empty() {
            (look::notice(lang, look::Tone::Warn, lang.t("オンラインに向かないかもしれない症状", "Symptoms perhaps unsuited for online"), html! { ul {
                @for key in hits { @match list.find(key) {
                    Some(it) => li { (it.words.in_lang(lang)) @if it.urgent() { " " (look::badge(look::Tone::Stop, lang.t("急ぎ", "Urgent"))) } },
                    None => li { (key) },
                } }
            } p { small { (list.source.in_lang(lang)) " " (answered.symptom_edition) } } }))
        }
        @if answered.form.questions.iter().any(|it| it.flags(&answered.answers)) {
            (look::notice(lang, look::Tone::Warn, lang.t("気をつけて診る答え", "Answers to look at with care"), html! { ul {
                @for it in answered.form.questions.iter().filter(|it| it.flags(&answered.answers)) {
                    li { (it.words(lang)) ": " (answered.answers.get(&it.key).map(|values| it.show(values, lang)).unwrap_or_default()) }
                }
            } }))
        }
        (look::facts(&facts))
        @if let Some(at) = answered.sent_at { p { small { (lang.t("送信", "Sent")) " " (time::show(at, lang)) } } }
    }
}

fn decision(asked: &Asked, booking: BookingId, waits: bool) -> Markup {
    let (lang, signs) = (asked.lang(), may(asked, Act::Sign, Class::Chart));
    html! {
        (look::section(lang.t("医師・歯科医師の判断", "The doctor's decision"), html! {
            @if !waits { p { (look::badge(look::Tone::Good, lang.t("判断済み", "Decided"))) } }
            @else if !signs { p { (look::badge(look::Tone::Warn, lang.t("判断を待っています", "Waiting for the decision"))) } }
            @if signs {
                (look::form(asked, &format!("/bookings/{booking}/questionnaire/decide"), html! {
                    (look::choice(lang, &Filled::empty(), "online", lang.t("オンラインで診ますか", "See online?"), &[
                        ("yes", lang.t("オンラインで診る", "Yes, online")), ("no", lang.t("対面にする", "No, in person")),
                    ]))
                    (look::text_input(lang, &Filled::empty(), "reason", lang.t("判断の理由", "Reason"), None))
                    (look::submit(lang.t("判断を記録する", "Record the decision")))
                }))
            }
        }))
    }
}

async fn decide(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let online = fields.one_of("online", &[("yes", true), ("no", false)], &mut faults);
    let reason = fields.line("reason", &mut faults);
    let (Some(online), true) = (online, faults.0.is_empty()) else {
        let lang = asked.lang();
        let body = html! {
            (look::faults_summary(lang, &fields.again(faults)))
            (decision(&asked, booking, true))
        };
        return Ok(asked.page(&title(), body).status(422));
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::decide(tx, ctx, booking, online, &reason).map(|()| format!("/bookings/{booking}/questionnaire"))
        })
        .await
}
