//! The form of what is told, on the chart page of a visit.

use kernel::{BookingId, time};
use maud::{Markup, html};
use web::{Asked, Door, Fields, Filled, Path, Routes, look};

use super::{Policy, Told, Way, store};

/// Routes of this noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/bookings/{booking}/policy", tell)
}

async fn tell(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let policy = match Policy::parse(&fields, time::day(asked.ctx.now)) {
        Ok(policy) => policy,
        Err(faults) => return crate::chart::pages::page(&asked, booking, None, Some(fields.again(faults)), 422).await,
    };
    asked
        .act(&fields, move |tx, ctx| {
            store::tell(tx, ctx, booking, &policy).map(|()| format!("/bookings/{booking}/chart#policy"))
        })
        .await
}

/// The form, with what stands on record.
pub(crate) fn form(asked: &Asked, booking: BookingId, told: Option<&Told>, again: Option<&Filled>) -> Markup {
    let lang = asked.lang();
    let filled = match (again, told) {
        (Some(again), _) => again.clone(),
        (None, Some(told)) => told.policy.filled(),
        (None, None) => Filled::empty(),
    };
    let ways = Way::options(lang);
    html! {
        @match told {
            Some(told) => p { (look::badge(look::Tone::Good, lang.t("記録済み", "On record"))) " " (time::show(told.told_at, lang)) },
            None => p { (look::badge(look::Tone::Warn, lang.t("まだ伝えていません", "Not told yet"))) " "
                (lang.t("初診の診察は、これを記録するまで閉じられません。", "A first visit cannot be closed before this is on record.")) },
        }
        (look::form(asked, &format!("/bookings/{booking}/policy"), html! {
            (look::choice(lang, &filled, "goes_on", lang.t("これからの受診", "How it goes on"), &ways))
            (look::text_input(lang, &filled, "next_on", lang.t("次回の予定日", "Next day"),
                Some(lang.t("次回があるときだけ", "Only if there is a next visit"))).kind("date").optional())
            (look::area(lang, &filled, "next", lang.t("次にすること", "What comes next"), None).rows(2).optional())
            (look::area(lang, &filled, "if_worse", lang.t("悪くなったときの受診先・連絡先", "Where to go if it gets worse"), None).rows(2))
            (look::submit(lang.t("患者さんに伝えた内容として記録する", "Record as told to the patient")))
        }))
    }
}
