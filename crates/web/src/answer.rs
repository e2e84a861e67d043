//! What goes back to the browser, and what every answer wears: headers, and a page for each error.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind, Words};
use maud::{Markup, PreEscaped};

use crate::Site;
use crate::asked::Found;
use crate::download::Download;
use crate::fields::Typed;

/// A handler's result.
pub type Result<T = Answer, E = Failure> = std::result::Result<T, E>;

/// What goes back.
#[derive(Debug)]
pub enum Answer {
    /// A page or a part of one.
    Page {
        /// HTTP status.
        status: u16,
        /// The HTML.
        html: Markup,
    },
    /// A part of a page that asks again and again, with the name of what it shows (an `ETag`, in its quotes).
    Part {
        /// Another name, another picture.
        tag: String,
        /// The HTML.
        html: Markup,
    },
    /// It still shows the same (304).
    Same,
    /// Look there (303).
    To(String),
    /// Look there, with this `Set-Cookie`.
    ToWithCookie(String, Option<HeaderValue>),
    /// A file.
    File {
        /// Media type.
        kind: &'static str,
        /// Name offered for saving; empty shows it in the browser.
        name: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A large file that is made while it goes out.
    Download {
        /// Media type.
        kind: &'static str,
        /// Name offered for saving.
        name: String,
        /// The bytes.
        bytes: Download,
    },
    /// JSON for an island.
    Json(serde_json::Value),
}

impl Answer {
    /// The same page with another status (422 for a form that must be mended).
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        match self {
            Self::Page { html, .. } => Self::Page { status, html },
            other => other,
        }
    }

    /// A part of a page, for an island that refreshes it.
    #[must_use]
    pub fn part(html: Markup) -> Self {
        Self::Page { status: 200, html }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Page { status, html } => {
                (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), html).into_response()
            }
            Self::Part { tag, html } => ([(header::ETAG, tag)], html).into_response(),
            Self::Same => StatusCode::NOT_MODIFIED.into_response(),
            Self::To(location) => see_other(&location).into_response(),
            Self::ToWithCookie(location, cookie) => {
                let mut response = see_other(&location).into_response();
                if let Some(cookie) = cookie {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                response
            }
            Self::File { kind, name, bytes } => {
                let how = if name.is_empty() { "inline".to_owned() } else { attachment(&name) };
                file(kind, &how, bytes.into_response())
            }
            Self::Download { kind, name, bytes } => {
                file(kind, &attachment(&name), axum::body::Body::new(bytes).into_response())
            }
            Self::Json(value) => axum::Json(value).into_response(),
        }
    }
}

fn file(kind: &'static str, how: &str, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(how) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// RFC 6266 with the name in UTF-8 (RFC 8187).
fn attachment(name: &str) -> String {
    use std::fmt::Write;
    let mut coded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            coded.push(byte as char);
        } else {
            let _ = write!(coded, "%{byte:02X}");
        }
    }
    format!("attachment; filename*=UTF-8''{coded}")
}

fn see_other(location: &str) -> (StatusCode, [(HeaderName, HeaderValue); 1]) {
    // Only our own pages: a location is a path, or the answer leads home. Browsers drop tabs, so that `/<tab>/host` would
    // lead away.
    let own = location.starts_with('/') && !location.starts_with("//") && !location.contains(['\\', '\t']);
    let value = HeaderValue::from_str(if own { location } else { "/" }).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, value)])
}

/// What went wrong in a handler; [`dress`] makes a page of it.
#[derive(Debug)]
pub struct Failure {
    error: Option<Error>,
    proof: Option<Proof>,
}

/// First show who you are, then go on.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    /// The page where.
    pub(crate) door: String,
    /// Where to, afterwards.
    pub(crate) next: String,
    /// What was sent holds files, which nobody keeps: it must be sent again by hand.
    pub(crate) lost: bool,
}

impl IntoResponse for Proof {
    fn into_response(self) -> Response {
        let lost = if self.lost { "&lost=files" } else { "" };
        let mut response = see_other(&format!("{}?next={}{lost}", self.door, query_value(&self.next))).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Failure {
    /// Sign in at `door`, then come back to `page`. A form that was sent is kept meanwhile ([`crate::kept`]).
    #[must_use]
    pub fn sign_in(door: &str, page: &str) -> Self {
        Self { error: None, proof: Some(Proof { door: door.to_owned(), next: page.to_owned(), lost: false }) }
    }

    /// Show the password, then come back to `page`. A form that was sent is kept meanwhile ([`crate::kept`]).
    #[must_use]
    pub fn unlock(page: &str) -> Self {
        Self::sign_in("/unlock", page)
    }
}

/// The page where a member of the staff tells what the terminal is.
pub const TERMINAL: &str = "/terminal";

/// Text as the value of a query.
#[must_use]
pub fn query_value(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'/') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: Some(error.into()), proof: None }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Some(proof) = self.proof {
            return proof.into_response();
        }
        let error = self.error.unwrap_or_else(|| Error::internal("a failure without error"));
        let mut response = status(error.kind()).into_response();
        response.extensions_mut().insert(Arc::new(error));
        response
    }
}

fn status(kind: &Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Forbidden | Kind::Terminal => StatusCode::FORBIDDEN,
        Kind::SignIn => StatusCode::UNAUTHORIZED,
        Kind::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Limit { retry: false } => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Limit { retry: true } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What no route answers. An address with a slash too many, as mail programs and people make it, leads to the page.
pub(crate) async fn nothing_here(method: Method, uri: Uri) -> Result {
    let path = uri.path().trim_end_matches('/');
    if matches!(method, Method::GET | Method::HEAD) && path.len() < uri.path().len() && !path.is_empty() {
        let query = uri.query().map(|it| format!("?{it}")).unwrap_or_default();
        return Ok(Answer::To(format!("{path}{query}")));
    }
    Err(Error::not_found("no such route").into())
}

fn not_this_way() -> Error {
    let words = Words::new(
        "この操作は受け付けられません。最初のページからやり直してください。",
        "This cannot be done this way. Please begin at the start page.",
    );
    Error::new(Kind::Invalid { field: "" }, words, "method of no route")
}

/// Puts the headers on every answer, and turns an error into a page in the person's language.
pub(crate) async fn dress(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Typed::default());
    parts.extensions.insert(Found::default());
    if let Some(asset) = crate::assets::answer(&site, &parts) {
        return asset;
    }
    let seen = crate::kept::copy(&parts);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        response = match error.kind() {
            // The one who asked may see it, once the terminal is known.
            Kind::Terminal if seen.method == Method::GET => {
                let next = seen.uri.path_and_query().map_or("/", |it| it.as_str());
                see_other(&format!("{TERMINAL}?next={}", query_value(next))).into_response()
            }
            _ => error_page(&site, &seen, &error).await,
        };
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        // The `Allow` of the router stays (RFC 9110, 15.5.6); the page is ours.
        let allowed = response.headers_mut().remove(header::ALLOW);
        response = error_page(&site, &seen, &not_this_way()).await;
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        if let Some(allowed) = allowed {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
    }
    wear(&site, response.headers_mut());
    response
}

async fn error_page(site: &Site, parts: &axum::http::request::Parts, error: &Error) -> Response {
    let grave = matches!(error.kind(), Kind::Internal | Kind::Unavailable);
    if grave {
        tracing::error!(%error, path = parts.uri.path(), "request failed");
    } else {
        tracing::info!(%error, path = parts.uri.path(), "request refused");
    }
    let html = match crate::asked::anyone(parts, site).await {
        Ok(asked) => {
            let typed = parts.extensions.get::<Typed>().map(Typed::pairs).unwrap_or_default();
            match error.kind() {
                Kind::Unavailable if !typed.is_empty() => crate::shell::not_saved(&asked, error, &typed),
                _ => crate::shell::error(&asked, error),
            }
        }
        // Not even the session can be read (database away): the words without the shell's links.
        Err(_) => PreEscaped(format!(
            "<!doctype html><html lang=ja><meta charset=utf-8><title>Haruka</title><p>{}</p><p lang=en>{}</p>",
            error.words().ja,
            error.words().en
        )),
    };
    (status(error.kind()), html).into_response()
}

fn wear(site: &Site, headers: &mut HeaderMap) {
    // Nothing of a patient stays on a terminal (CS-153).
    kernel::clause!("CS-153");
    let mut set = |name: &'static str, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set("cache-control", "no-store");
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("x-frame-options", "DENY");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()");
    set(
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; \
         media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    if site.settings.base_url.starts_with("https:") {
        set("strict-transport-security", "max-age=31536000");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_never_leads_to_another_house() {
        for (asked, led) in [
            ("/day?on=2026-11-24", "/day?on=2026-11-24"),
            ("https://evil.example/", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("/\n/evil.example", "/"),
            ("", "/"),
        ] {
            assert_eq!(see_other(asked).1[0].1, led, "{asked:?}");
        }
    }
}
