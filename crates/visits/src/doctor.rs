//! The doctor's identity card: open to the patient before, in and after the call; no register or document numbers.

use kernel::{BookingId, Words, clause};
use maud::html;
use people::access::{Access, Act, Class};
use web::{Asked, Door, Path, Routes, look};

use crate::booking::store::read_one;

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Signed, "/visits/{booking}/doctor", show)
}

async fn show(asked: Asked, Path(booking): Path<BookingId>) -> web::Result {
    clause!("OV-142", "OV-143", "OV-201", "OV-243");
    let (card, facility) = asked
        .site
        .write(&asked.ctx, move |tx, ctx| {
            let booking = read_one(tx, booking)?;
            Access::new("doctor.card", Act::View, Class::Identity)
                .on("booking", booking.id)
                .of(booking.patient)
                .require(tx, ctx)?;
            let card = people::person::store::identity_card(tx, booking.doctor)?;
            Ok((card, people::facility::store::get(tx, ctx.facility()?)?))
        })
        .await?;
    let lang = asked.lang();
    let dental = card.licence.as_ref().is_none_or(|it| it.kind == "dentist");
    let role = if dental { lang.t("歯科医師", "Dentist") } else { lang.t("医師", "Doctor") };
    let year = card.licence.as_ref().map_or_else(
        || lang.t("未確認", "Not checked yet").to_owned(),
        |it| lang.t(format!("{}年", it.registered_year), it.registered_year.to_string()),
    );
    let photo = card.has_photo.then(|| format!("/staff-photo/{}", card.person));
    let body = html! {
        (look::person_card(lang, &card.name.full(), role, &facility.name, photo.as_deref(), &[
            (lang.t("かな", "Kana"), html! { (card.name.full_kana()) }),
            (lang.t("免許の登録年", "Licence registered in"), html! { (year) }),
            (lang.t("医療機関", "Facility"), html! { (facility.name) }),
            (lang.t("住所", "Address"), html! { (facility.address) }),
            (lang.t("電話", "Telephone"), html! { a href={ "tel:" (facility.phone) } { (facility.phone) } }),
        ]))
        p { (lang.t(
            "資格は、厚生労働省の「医師等資格確認検索」でもお名前と登録年から確かめられます。",
            "You can also check the licence by name and year in the ministry's public search."
        )) " " a href="https://licenseif.mhlw.go.jp/search_isei/" rel="noreferrer" { "licenseif.mhlw.go.jp" } }
    };
    Ok(asked.page(&Words::new("担当の医師・歯科医師", "Your doctor"), body))
}
