//! The door of machine interfaces: a bearer token (RFC 6750), or the staff's own browser for what only shows. Where programs
//! are asked for certificates, only a token that is bound to the one that was shown (RFC 8705, 3).

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::{Ctx, Error, Who, clause};
use web::session::Standing;
use web::{Asked, Site};

use super::store::Shown;
use super::{Fingerprint, Proof, Scope, Token, Unproven, store};

/// Beside each request that came by the programs' door: the certificate that was shown there, whose key is held. Whoever
/// accepts connections puts it there; requests of the ordinary door have none of it.
#[derive(Debug, Clone, Copy)]
pub struct AtProgramsDoor(pub Option<Fingerprint>);

/// Who stands at a machine interface.
#[derive(Clone)]
pub struct Machine {
    /// The circumstances: the person as whom it acts, the facility, and the token as device.
    pub asked: Asked,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The token that was shown; none for the staff's own browser.
    pub token: Option<Token>,
}

impl Machine {
    /// Asks for one of the scopes.
    ///
    /// # Errors
    /// [`Closed::Scope`] without it.
    pub fn need(&self, scope: Scope) -> Result<(), Closed> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(Closed::Scope(scope)) }
    }
}

/// Why the door stays shut.
#[derive(Debug)]
pub enum Closed {
    /// Nobody we know.
    Stranger,
    /// A token that is none, has ended, or whose person has left.
    NoToken,
    /// A token without what it is bound to.
    Unproven(Unproven),
    /// A token of other scopes.
    Scope(Scope),
    /// The request cannot be judged now.
    Failed(Error),
}

impl IntoResponse for Closed {
    /// Challenges of RFC 6750, 3; a token without its certificate is none (RFC 8705, 3).
    fn into_response(self) -> Response {
        let (status, challenge, text) = match self {
            Self::Stranger => {
                (StatusCode::UNAUTHORIZED, "Bearer realm=\"haruka\"".to_owned(), "a bearer token is needed")
            }
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                "Bearer realm=\"haruka\", error=\"invalid_token\"".to_owned(),
                "this token is not valid",
            ),
            Self::Unproven(why) => (
                StatusCode::UNAUTHORIZED,
                format!("Bearer realm=\"haruka\", error=\"invalid_token\", error_description=\"{}\"", why.text()),
                why.text(),
            ),
            Self::Scope(scope) => (
                StatusCode::FORBIDDEN,
                format!("Bearer realm=\"haruka\", error=\"insufficient_scope\", scope=\"{scope}\""),
                "this token has another scope",
            ),
            Self::Failed(error) => {
                tracing::error!(%error, "a machine could not be let in");
                return (StatusCode::SERVICE_UNAVAILABLE, "not now\n").into_response();
            }
        };
        let mut response = (status, format!("{text}\n")).into_response();
        if let Ok(value) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        response
    }
}

impl FromRequestParts<Site> for Machine {
    type Rejection = Closed;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Closed> {
        clause!("CS-122", "CS-126");
        let mut asked = web::asked::anyone(parts, site).await.map_err(Closed::Failed)?;
        let proof = parts.extensions.get::<AtProgramsDoor>().map_or(Proof::NotAsked, |it| Proof::Asked(it.0));
        if parts.headers.contains_key(AUTHORIZATION) {
            let shown = bearer(&parts.headers).ok_or(Closed::NoToken)?;
            let token = known(site, &asked, shown, proof).await?;
            asked.ctx.who = Who::Staff(token.person);
            asked.ctx.facility = Some(token.facility);
            asked.ctx.device = Some(token.device());
            asked.ctx.session = None;
            asked.session = None;
            return Ok(Self { asked, scopes: token.scopes.clone(), token: Some(token) });
        }
        // A browser's session opens nothing at the programs' door.
        if proof != Proof::NotAsked {
            return Err(Closed::Stranger);
        }
        let live = asked.session.as_ref().is_some_and(|it| it.standing(asked.ctx.now) == Standing::Live);
        let shows = matches!(parts.method, Method::GET | Method::HEAD) && is_own_page(&parts.headers);
        if live && shows && asked.ctx.who.staff().is_some() {
            return Ok(Self { asked, scopes: vec![Scope::DicomwebRead], token: None });
        }
        Err(Closed::Stranger)
    }
}

/// What follows `Bearer` in the header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a browser asks from a page of ours, as far as it says where from.
fn is_own_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|it| it == "same-origin")
}

async fn known(site: &Site, asked: &Asked, shown: &str, proof: Proof) -> Result<Token, Closed> {
    let (key, now, shown) = (site.key.clone(), asked.ctx.now, shown.to_owned());
    let found = site.db.read(None, move |tx| store::find(tx, &key, &shown, proof, now)).await;
    let token = match found.map_err(Closed::Failed)? {
        Shown::None => return Err(Closed::NoToken),
        Shown::Unproven(token, why) => {
            if store::is_refusal_new(&token, now) {
                // Whoever has only the token is not its person.
                let nobody = Ctx { who: Who::Nobody, session: None, ..asked.ctx.at(token.facility) };
                let put = site.write(&nobody, move |tx, ctx| store::refused(tx, ctx, &token, proof, why)).await;
                put.map_err(Closed::Failed)?;
            }
            return Err(Closed::Unproven(why));
        }
        Shown::Good(token) => token,
    };
    if store::is_use_new(&token, now) {
        let own = token.clone();
        if let Err(error) = site.db.write(Some(token.facility), move |tx| store::used(tx, &own, now)).await {
            // An image can be read all the same (full disk).
            tracing::warn!(%error, "a token's last use is not kept");
        }
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_its_header_however_the_scheme_is_written() {
        for (value, found) in [
            ("Bearer haruka_1", Some("haruka_1")),
            ("bearer  haruka_1 ", Some("haruka_1")),
            ("Basic aGFydWth", None),
            ("haruka_1", None),
            ("Bearer", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).expect("a header"));
            assert_eq!(bearer(&headers), found, "{value}");
        }
    }
}
