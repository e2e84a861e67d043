//! The judgement's form, beside the picture. A "no" leads on in the same screen.

use kernel::{BookingId, Words};
use web::{Asked, Door, Fields, Path, Routes};

use super::{Request, Verdict, store};
use crate::call::pages;

/// What the patient reads when the visit turns out not to be possible online.
const TOLD: Words = Words::new(
    "オンラインでの診察は難しいと担当医が判断しました。対面での診察について、医院からご案内します。",
    "The doctor judged that this cannot be treated online. The clinic will tell you about a visit in person.",
);

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/bookings/{booking}/feasibility", judge)
}

async fn judge(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let request = match Request::parse(&fields) {
        Ok(request) => request,
        Err(faults) => return pages::page(&asked, booking, fields.again(faults), vec![]).await,
    };
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::judge(tx, ctx, booking, &request)?;
            if request.verdict != Verdict::Suitable {
                // Nobody knows the language of the other window: both.
                tx.on_commit(move || live.end(&booking.to_string(), &format!("{} {}", TOLD.ja, TOLD.en)));
            }
            Ok(format!("/bookings/{booking}/call#feasibility"))
        })
        .await
}
