//! `/visits/{booking}/arrival`: the reception desk of an online visit.

use guidelines::place::PlaceKind;
use kernel::{BookingId, Words, time};
use maud::{Markup, html};
use people::access::{Access, Act, Class};
use web::{Answer, Asked, Door, Fields, Filled, Path, Routes, look};

use super::{Arrival, Arrived, store};
use crate::booking::store::read_one;
use crate::home::ARRIVE_BEFORE_MIN;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Patient, "/visits/{booking}/arrival", show).post(
        Door::Patient,
        "/visits/{booking}/arrival",
        arrive,
    )
}

fn title() -> Words {
    Words::new("受付", "Check in")
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    let (booking, patient) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let booking = read_one(tx, booking)?;
            Access::new("arrival.view", Act::View, Class::Questionnaire)
                .on("booking", booking.id)
                .of(booking.patient)
                .require(tx, ctx)?;
            let patient = people::patient::store::read_one(tx, booking.patient)?;
            Ok((booking, patient))
        })
        .await?;
    let lang = asked.lang();
    let opens_at = time::plus_min(booking.starts_at, -ARRIVE_BEFORE_MIN);
    if asked.ctx.now < opens_at {
        let body = html! {
            (look::notice(lang, look::Tone::Info, lang.t("受付はまだ始まっていません", "Check-in has not opened yet"), html! {
                p { (lang.t("受付の始まり", "Opens at")) ": " strong { (time::show(opens_at, lang)) } }
            }))
            (look::link_quiet(&format!("/visits/{}", booking.id), lang.t("予約の内容へ戻る", "Back to the booking")))
        };
        return Ok(asked.page(&title(), body));
    }
    let filled = Filled::empty().with("phone", patient.phone);
    Ok(asked.page(&title(), form(&asked, booking.id, &filled)))
}

fn form(asked: &Asked, booking: BookingId, filled: &Filled) -> Markup {
    let lang = asked.lang();
    let places = PlaceKind::options(lang);
    html! {
        (look::faults_summary(lang, filled))
        (look::form(asked, &format!("/visits/{booking}/arrival"), html! {
            (look::choice(lang, filled, "place", lang.t("いま、どこにいますか", "Where are you now?"), &places))
            (look::text_input(lang, filled, "place_detail", lang.t("くわしい場所（自宅以外のとき）", "Where exactly, if not at home"), None).optional())
            fieldset {
                legend { (lang.t("場所について", "About the place")) }
                (look::tick(lang, filled, "safe", "1", lang.t("安全な場所です（運転中・移動中ではありません）", "It is safe; I am not driving or moving")))
                (look::tick(lang, filled, "clean", "1", lang.t("清潔な場所です", "It is clean")))
                (look::tick(lang, filled, "private", "1", lang.t("ほかの人に見られたり聞かれたりしません", "Nobody else can see or hear")))
            }
            (look::text_input(lang, filled, "company", lang.t("いっしょにいる方（いるとき）", "Who is with you, if anyone"),
                Some(lang.t("診察の画面に入るときは、あらためて確認します。", "We ask again before anyone joins the call."))).optional())
            (look::area(lang, filled, "medicines", lang.t("いま飲んでいる薬", "Medicines you take now"),
                Some(lang.t("お薬手帳の名前を書いてください。", "As written in your medicine notebook."))).optional())
            (look::tick(lang, filled, "no_medicines", "1", lang.t("飲んでいる薬はない", "I take no medicines")))
            (look::text_input(lang, filled, "phone", lang.t("通話が切れたときの電話番号", "Number to call if the connection breaks"), None).kind("tel"))
            (look::submit(lang.t("受付をする", "Check in")))
        }))
    }
}

async fn arrive(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let arrival = match Arrival::parse(&fields) {
        Ok(arrival) => arrival,
        Err(faults) => return Ok(asked.page(&title(), form(&asked, booking, &fields.again(faults))).status(422)),
    };
    let verdict = arrival.judge();
    let kept = asked
        .act(&fields, move |tx, ctx| {
            store::arrive(tx, ctx, booking, &arrival).map(|()| format!("/visits/{booking}/call"))
        })
        .await?;
    match verdict {
        Ok(()) => {
            asked.site.live.changed(&booking.to_string(), "arrival");
            Ok(kept)
        }
        Err(reasons) => Ok(stopped(&asked, booking, &reasons, &fields)),
    }
}

/// The place does not do: why, and what to do. The form comes back as it was.
fn stopped(asked: &Asked, booking: BookingId, reasons: &[guidelines::NotMet], fields: &Fields) -> Answer {
    let lang = asked.lang();
    let body = html! {
        (look::notice(lang, look::Tone::Stop, lang.t("この場所では診察を受けられません", "The visit cannot be held there"), html! {
            ul { @for it in reasons { li { (it.reason.in_lang(lang)) } } }
            p { (lang.t("場所を変えたら、下でもう一度受付をしてください。", "When you have moved, check in again below.")) }
            p { (look::link_quiet(&format!("/visits/{booking}/change"), lang.t("別の日時に変える", "Change the time"))) }
        }))
        (form(asked, booking, &fields.again(web::Faults::default())))
    };
    asked.page(&title(), body).status(422)
}

/// What the doctor sees of it beside the call.
#[must_use]
pub fn panel(asked: &Asked, arrived: Option<&Arrived>) -> Markup {
    let lang = asked.lang();
    let Some(it) = arrived else {
        return look::empty(lang.t("まだ受付していません。", "Not checked in yet."));
    };
    let detail = &it.arrival.detail;
    let or_none = |text: &str| if text.is_empty() { lang.t("なし", "None").to_owned() } else { text.to_owned() };
    look::facts(&[
        (lang.t("受付", "Checked in"), html! { (time::clock(it.stated_at)) }),
        (lang.t("場所", "Place"), html! { (it.arrival.statement.kind.words().in_lang(lang)) " " (detail.place) }),
        (lang.t("いっしょにいる方", "With"), html! { (or_none(&detail.company)) }),
        (lang.t("飲んでいる薬", "Medicines"), html! { (or_none(&detail.medicines)) }),
        (lang.t("折り返しの電話", "Call back"), html! { a href={ "tel:" (detail.phone) } { (detail.phone) } }),
    ])
}
