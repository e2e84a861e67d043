//! The digests of a study's data sets as they were received: what a viewer compares with what it is about to draw, so that
//! a changed, missing or additional instance is found on the screen (TR-12). Our own addition to the standard's addresses.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kernel::clause;
use people::token::door::Machine;
use serde_json::{Map, Value};
use web::Site;

use crate::accept::{self, Offer};
use crate::place::Place;
use crate::reply::{self, Refused, Reply};
use crate::retrieve::{found, wishes};

/// Answers `{"<SOP Instance UID>": "<SHA-256 in hexadecimal>"}`.
pub(crate) async fn show(State(site): State<Site>, who: Machine, place: Place, headers: HeaderMap) -> Reply {
    clause!("TR-12");
    let wishes = wishes(&headers, None)?;
    if accept::choose(&wishes, &[Offer::plain("application/json")]).is_none() {
        return Err(Refused::NotAcceptable("here is application/json".into()));
    }
    let fetched = found(&site, &who, &place, "study.verify").await?;
    let all: Map<String, Value> =
        fetched.instances.iter().map(|it| (it.uid.clone(), it.stored.blob.to_string().into())).collect();
    Ok(reply::answer(StatusCode::OK, "application/json", Value::Object(all).to_string()))
}
