//! The digests of a study's data sets as they were received: what a viewer compares with what it is about to draw, so that
//! a changed, missing or additional instance is found on the screen (TR-12). Our own addition to the standard's addresses.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use imaging::study;
use kernel::clause;
use people::token::Scope;
use people::token::door::Machine;
use serde_json::json;
use web::Site;

use crate::accept::{self, Offer};
use crate::place::Place;
use crate::reply::{self, Refused, Reply};
use crate::retrieve::wishes;

/// Answers `{"<SOP Instance UID>": "<SHA-256 in hexadecimal>"}`.
pub(crate) async fn show(State(site): State<Site>, who: Machine, place: Place, headers: HeaderMap) -> Reply {
    clause!("TR-12");
    let wishes = wishes(&headers, None)?;
    if accept::choose(&wishes, &[Offer::plain("application/json")]).is_none() {
        return Err(Refused::NotAcceptable("here is application/json".into()));
    }
    who.need(Scope::DicomwebRead)?;
    let filter = place.filter();
    let all = site.look(&who.asked.ctx, move |tx, ctx| study::digests(tx, ctx, &filter)).await?;
    Ok(reply::answer(StatusCode::OK, "application/json", json!(all).to_string()))
}
