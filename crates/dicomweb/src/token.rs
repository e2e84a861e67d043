//! What the token that is shown is good for, and how long: so that a program learns that it is let in before it has anything
//! to send, and can say in time that its token ends. Our own addition to the standard's addresses; it tells nothing of
//! anybody, so it is no entry of the log.

use axum::http::{HeaderMap, StatusCode};
use people::token::door::Machine;
use serde_json::json;

use crate::accept::{self, Offer};
use crate::reply::{self, Refused, Reply};
use crate::retrieve::wishes;

/// Answers `{"scopes": ["dicomweb.read"], "expires_at": "2026-12-01T00:00:00Z", "bound": true}`; for the staff's own browser
/// without an end.
pub(crate) async fn show(who: Machine, headers: HeaderMap) -> Reply {
    if accept::choose(&wishes(&headers, None)?, &[Offer::plain("application/json")]).is_none() {
        return Err(Refused::NotAcceptable("here is application/json".into()));
    }
    let scopes: Vec<_> = who.scopes.iter().map(|it| it.key()).collect();
    let told = json!({
        "scopes": scopes,
        "expires_at": who.token.as_ref().map(|it| it.expires_at.to_string()),
        "bound": who.token.as_ref().is_some_and(|it| it.certificate.is_some()),
    });
    Ok(reply::answer(StatusCode::OK, "application/json", told.to_string()))
}
