//! Coming in by a password: patients who have set one, and guardians, who then say for whom they come.

use axum::http::HeaderMap;
use kernel::{Error, FacilityId, PatientId, PersonId, Result, Who, Words, clause, time};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use web::look;
use web::session::set_cookie;
use web::{Answer, Asked, Door, Faults, Fields, Filled, Routes};

use super::pages::HOME;
use super::store;
use crate::access::{Access, Act, Class};
use crate::sign_in::pages::{Asks, kept_notice, leave_old, login_fields, lost_notice, must_wait, not_taken};
use crate::sign_in::steps::{self, Came, Tried, nobody, step_cookie, step_token};
use crate::sign_in::{PENDING_MIN, Step, own_path, pending};
use crate::{facility, patient, sign_in};

/// The routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get(Door::Open, "/patient/sign-in", show)
        .post(Door::Open, "/patient/sign-in", sign_in)
        .get(Door::Open, "/patient/for", show_for)
        .post(Door::Open, "/patient/for", come_for)
}

const TICKET: &str = "for-whom";

/// Who may say for whom they come; signed, in the cookie of the step.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ForWhom {
    /// The guardian, if it is one.
    guardian: Option<PersonId>,
    /// The patients.
    patients: Vec<(FacilityId, PatientId)>,
    /// Factors proven.
    factors: u8,
    /// Where to.
    next: String,
}

async fn show(asked: Asked, query: Asks) -> web::Result {
    let next = own_path(query.get("next").map_or("", String::as_str), HOME);
    match asked.ctx.who {
        Who::Patient(_) | Who::Guardian { .. } => Ok(Answer::To(next)),
        _ => {
            let lost = lost_notice(asked.lang(), &query);
            Ok(page(&asked, &Filled::empty().with("next", next), Some(lost)))
        }
    }
}

fn page(asked: &Asked, filled: &Filled, trouble: Option<Markup>) -> Answer {
    let lang = asked.lang();
    let body = html! {
        @if let Some(trouble) = trouble { (trouble) }
        (kept_notice(lang, filled.get("next")))
        p { (lang.t(
            "医療機関からのメールをお持ちの方は、メールのリンクを開いてください。パスワードはいりません。",
            "If you have a mail from your clinic, open the link in it. You need no password.",
        )) }
        (look::form(asked, "/patient/sign-in", html! {
            (look::hidden("next", filled.get("next")))
            (login_fields(lang, filled, lang.t("メールアドレス、または保護者のログイン名", "Mail address, or a guardian's sign-in name")))
            (look::submit(lang.t("次へ", "Continue")))
        }))
        p { (look::link_quiet("/sign-in", lang.t("職員の方はこちら", "Staff: this way"))) }
    };
    asked.page(&Words::new("患者さん・ご家族のログイン", "Sign-in for patients and families"), body)
}

async fn sign_in(asked: Asked, fields: Fields) -> web::Result {
    let next = own_path(fields.get("next"), HOME);
    let lang = asked.lang();
    let again = fields.again(Faults::default());
    match steps::try_patient(&asked, fields.get("login"), fields.get("password"), &next).await? {
        Tried::Right(Came::Guardian(token)) => match steps::view(&asked, &token).await? {
            Some(view) if matches!(view.step, Step::Done { .. }) => guardian_proven(&asked, &token).await,
            _ => Ok(Answer::ToWithCookie("/sign-in/next".into(), step_cookie(&asked.site, &token))),
        },
        Tried::Right(Came::Patients(patients)) => {
            lead_on(&asked, ForWhom { guardian: None, patients, factors: 1, next }).await
        }
        Tried::Wrong => Ok(page(&asked, &again, Some(not_taken(lang))).status(422)),
        Tried::Wait(until) => Ok(page(&asked, &again, Some(must_wait(lang, until))).status(429)),
    }
}

/// A guardian has proven all there is to prove: on to the question for whom.
pub(crate) async fn guardian_proven(asked: &Asked, token: &str) -> web::Result {
    let ended = steps::with_pending(asked, token, |tx, ctx, it| {
        let Step::Done { factors } = sign_in::store::step(tx, &it)? else {
            return Err(Error::sign_in("something is left to prove"));
        };
        pending::end(tx, ctx, &it)?;
        let patients =
            store::wards_now(tx, ctx.now, it.person)?.into_iter().map(|it| (it.facility, it.patient)).collect();
        Ok(ForWhom { guardian: Some(it.person), patients, factors, next: it.next })
    });
    match ended.await? {
        Some(for_whom) => lead_on(asked, for_whom).await,
        None => Ok(Answer::To("/patient/sign-in".into())),
    }
}

/// One patient: in at once. Several: the question first.
async fn lead_on(asked: &Asked, for_whom: ForWhom) -> web::Result {
    if let [(facility, patient)] = for_whom.patients[..] {
        return begin(asked, &for_whom, facility, patient).await;
    }
    let until = time::plus_min(asked.ctx.now, PENDING_MIN);
    let ticket = crypto::ticket::seal(&asked.site.key, TICKET, &for_whom, until)?;
    Ok(Answer::ToWithCookie("/patient/for".into(), step_cookie(&asked.site, &ticket)))
}

fn ticket(asked: &Asked, headers: &HeaderMap) -> Option<ForWhom> {
    crypto::ticket::open(&asked.site.key, TICKET, &step_token(&asked.site, headers), asked.ctx.now).ok()
}

/// A patient as a choice.
struct Choice {
    facility: FacilityId,
    patient: PatientId,
    name: String,
    clinic: String,
}

async fn show_for(asked: Asked, headers: HeaderMap) -> web::Result {
    let Some(for_whom) = ticket(&asked, &headers) else { return Ok(Answer::To("/patient/sign-in".into())) };
    let outside = nobody(&asked);
    let read = asked.site.write(&outside, move |tx, ctx| {
        for_whom
            .patients
            .iter()
            .map(|(facility, patient)| choice(tx, ctx, for_whom.guardian, *facility, *patient))
            .collect::<Result<Vec<_>>>()
    });
    let (choices, lang) = (read.await?, asked.lang());
    let body = html! {
        @if choices.is_empty() { (look::empty(lang.t("受診される方の登録がありません。医療機関へお電話ください。", "Nobody is on record for you. Please telephone the clinic."))) }
        ul.choices { @for it in &choices { li {
            (look::form(&asked, "/patient/for", html! {
                (look::hidden("facility", &it.facility.to_string()))
                (look::submit_named("patient", &it.patient.to_string(), &lang.t(format!("{} さん（{}）", it.name, it.clinic), format!("{} ({})", it.name, it.clinic))))
            }))
        } } }
    };
    Ok(asked.page(&Words::new("どなたの受診ですか", "Whose visit is it?"), body))
}

fn choice(
    tx: &mut db::Tx<'_>,
    ctx: &kernel::Ctx,
    guardian: Option<PersonId>,
    facility: FacilityId,
    patient: PatientId,
) -> Result<Choice> {
    tx.enter(facility)?;
    let mut own = ctx.at(facility);
    own.who = who(guardian, patient);
    // A name is seen: that is on record like every other view.
    Access::new("entry.choose", Act::View, Class::Identity).on("patient", patient).of(patient).require(tx, &own)?;
    let name = patient::store::read_one(tx, patient)?.name.full();
    Ok(Choice { facility, patient, name, clinic: facility::store::get(tx, facility)?.name })
}

fn who(guardian: Option<PersonId>, patient: PatientId) -> Who {
    match guardian {
        Some(person) => Who::Guardian { person, patient },
        None => Who::Patient(patient),
    }
}

async fn come_for(asked: Asked, headers: HeaderMap, fields: Fields) -> web::Result {
    let Some(for_whom) = ticket(&asked, &headers) else { return Ok(Answer::To("/patient/sign-in".into())) };
    let chosen = for_whom.patients.iter().find(|(facility, patient)| {
        fields.get("facility") == facility.to_string() && fields.get("patient") == patient.to_string()
    });
    let (facility, patient) = *chosen.ok_or_else(|| Error::not_found("not one of the choices"))?;
    begin(&asked, &for_whom, facility, patient).await
}

async fn begin(asked: &Asked, for_whom: &ForWhom, facility: FacilityId, patient: PatientId) -> web::Result {
    clause!("OV-102");
    let (site, agent, who, factors) =
        (asked.site.clone(), asked.agent.clone(), who(for_whom.guardian, patient), for_whom.factors);
    let token = asked
        .site
        .write(&nobody(asked), move |tx, ctx| {
            store::begin(tx, ctx, &site, &who, facility, (factors, "password", &agent))
        })
        .await?;
    leave_old(asked).await?;
    Ok(Answer::ToWithCookie(for_whom.next.clone(), set_cookie(&asked.site, Some(&token))))
}
