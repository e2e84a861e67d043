//! The two forms of identity, beside the picture.

use kernel::{BookingId, time};
use web::{Asked, Door, Faults, Fields, Path, Routes};

use super::{SHOWN, parse_method, store};
use crate::call::pages;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post(Door::Staff, "/bookings/{booking}/identity", check).post(
        Door::Staff,
        "/bookings/{booking}/identity/shown",
        show,
    )
}

async fn check(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let method = match parse_method(&fields, time::day(asked.ctx.now)) {
        Ok(method) => method,
        Err(faults) => return pages::page(&asked, booking, fields.again(faults), vec![]).await,
    };
    let here = format!("/bookings/{booking}/call#identity");
    match asked.act_or(&fields, move |tx, ctx| Ok(store::check(tx, ctx, booking, &method)?.map(|()| here))).await? {
        Ok(answer) => Ok(answer),
        Err(not_met) => pages::page(&asked, booking, fields.again(Faults::default()), not_met).await,
    }
}

async fn show(asked: Asked, Path(booking): Path<BookingId>, fields: Fields) -> web::Result {
    let mut faults = Faults::default();
    let Some(how) = fields.one_of("shown", &SHOWN.map(|(key, it, _)| (key, it)), &mut faults) else {
        return pages::page(&asked, booking, fields.again(faults), vec![]).await;
    };
    let live = asked.site.live.clone();
    asked
        .act(&fields, move |tx, ctx| {
            store::show(tx, ctx, booking, how)?;
            tx.on_commit(move || live.changed(&booking.to_string(), "identity"));
            Ok(format!("/bookings/{booking}/call#identity"))
        })
        .await
}
