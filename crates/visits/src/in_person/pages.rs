//! `/patients/{patient}/in-person`: where this patient is seen in person; `/in-person`: for whom it is still open.

use axum::extract::Query;
use kernel::{PatientId, Words, time};
use maud::html;
use people::access::{Act, Class, may};
use web::look::{self, Tone};
use web::{Asked, Door, Fields, Filled, Path, Routes};

use super::{Place, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Staff, "/in-person", list).get(Door::Staff, "/patients/{patient}/in-person", show).post(
        Door::Staff,
        "/patients/{patient}/in-person",
        decide,
    )
}

/// From which visit somebody came; there the way leads back.
#[derive(Debug, Default, serde::Deserialize)]
struct Came {
    #[serde(default)]
    booking: String,
}

async fn show(asked: Asked, Path(patient): Path<PatientId>, Query(from): Query<Came>) -> web::Result {
    page(&asked, patient, &Filled::empty().with("booking", from.booking), 200).await
}

async fn page(asked: &Asked, patient: PatientId, filled: &Filled, status: u16) -> web::Result {
    let (patient, decided, clinic) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let (patient, decided) = store::view(tx, ctx, patient)?;
            Ok((patient, decided, people::facility::store::get(tx, ctx.facility()?)?))
        })
        .await?;
    let lang = asked.lang();
    // What the patient's own page names is offered; it counts once somebody has decided it here.
    let mut filled = filled.clone();
    if filled.get("place").is_empty() {
        match decided.as_ref().map(|it| &it.place) {
            Some(Place::Here) => filled = filled.with("place", "here"),
            Some(Place::Elsewhere(it)) => {
                let other = filled.with("place", "elsewhere").with("name", it.name.clone());
                filled = other.with("phone", it.phone.clone()).with("way", it.way.clone());
            }
            None if !patient.in_person_at.is_empty() => {
                filled = filled.with("place", "elsewhere").with("name", patient.in_person_at.clone());
            }
            None => {}
        }
    }
    let here = lang.t(format!("{}（当院）", clinic.name), format!("{} (this clinic)", clinic.name));
    let body = html! {
        p { (lang.t("患者", "Patient")) ": " strong { (patient.name.full()) } "（" (patient.number) "）" }
        p { (lang.t(
            "オンラインで診られないときや急に悪くなったときに、すぐ対面で診てもらえる医療機関を、患者さんと相談して決めます。決まるまで通話は始められません。",
            "Agree with the patient where to be seen in person at once, when online does not do or things get worse. No call starts before."
        )) }
        @match &decided {
            Some(it) => (look::notice(lang, Tone::Good, lang.t("決まっています", "Decided"), html! {
                p { (it.place.words(&clinic.name).in_lang(lang)) " – " (time::show(it.decided_at, lang)) }
            })),
            None => (look::notice(lang, Tone::Warn, lang.t("まだ決まっていません", "Not decided yet"), html! {})),
        }
        (look::faults_summary(lang, &filled))
        @if may(asked, Act::Write, Class::Identity) { (look::form(asked, &format!("/patients/{}/in-person", patient.id), html! {
            (look::hidden("booking", filled.get("booking")))
            (look::choice(lang, &filled, "place", lang.t("対面の受診先", "Where to be seen in person"),
                &[("here", here.as_str()), ("elsewhere", lang.t("ほかの医療機関（患者さんの近くなど）", "Another facility, nearer to the patient"))]))
            p.hint { (lang.t("ほかの医療機関のときは、名前と電話番号も入れてください。", "For another facility, please give its name and telephone.")) }
            (look::text_input(lang, &filled, "name", lang.t("医療機関の名前", "Name of the facility"), None).optional())
            (look::text_input(lang, &filled, "phone", lang.t("電話番号", "Telephone"), None).kind("tel").optional())
            (look::text_input(lang, &filled, "way", lang.t("行き方・かかる時間", "How to get there, how long it takes"), None).optional())
            (look::submit(lang.t("この受診先に決める", "Decide")))
        })) }
        @if filled.get("booking").is_empty() { (look::link_quiet(&format!("/patients/{}", patient.id), lang.t("患者のページへ戻る", "Back to the patient"))) }
        @else { (look::link_quiet(&format!("/bookings/{}", filled.get("booking")), lang.t("予約へ戻る", "Back to the booking"))) }
    };
    Ok(asked.page(&Words::new("対面の受診先", "Where to be seen in person"), body).status(status))
}

async fn decide(asked: Asked, Path(patient): Path<PatientId>, fields: Fields) -> web::Result {
    let place = match Place::parse(&fields) {
        Ok(place) => place,
        Err(faults) => return page(&asked, patient, &fields.again(faults), 422).await,
    };
    let to = match fields.get("booking").parse::<kernel::BookingId>() {
        Ok(booking) => format!("/bookings/{booking}/call"),
        Err(_) => format!("/patients/{patient}/in-person"),
    };
    asked.act(&fields, move |tx, ctx| store::decide(tx, ctx, patient, &place).map(|()| to)).await
}

async fn list(asked: Asked) -> web::Result {
    let open = asked.site.write(&asked.ctx, store::list).await?;
    let lang = asked.lang();
    let body = html! {
        p { (lang.t(
            "これからオンライン診療の予約があり、対面の受診先がまだ決まっていない患者さんです。",
            "Patients with an online visit ahead for whom nobody has decided where they are seen in person."
        )) }
        @if open.is_empty() { (look::empty(lang.t("全員決まっています。", "It is decided for everybody."))) }
        @else { ul.link-list { @for (patient, at) in &open {
            li { a href={ "/patients/" (patient.id) "/in-person" } { (patient.name.full()) "（" (patient.number) "）" } " "
                (lang.t("次の診療", "next visit")) " " (time::show(*at, lang)) }
        } } }
    };
    Ok(asked
        .page(&Words::new("対面の受診先が決まっていない患者さん", "Patients without a place for care in person"), body))
}
