//! All parts in all their states on one page, in demonstration mode: to look at, and for the accessibility check.

use kernel::{Error, Words};
use maud::html;

use crate::{Asked, Door, Routes};

/// `GET /demo/parts`.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get(Door::Open, "/demo/parts", parts)
}

async fn parts(asked: Asked) -> crate::Result {
    if !asked.site.settings.demo {
        return Err(Error::not_found("the gallery is for demonstrations").into());
    }
    Ok(asked.page(&Words::new("部品の一覧", "All parts"), html! {}))
}
