//! What a program is told: status codes of PS3.18 8.5 with one line of words, never a page.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind};
use people::token::door::Closed;

/// A handler's result.
pub(crate) type Reply = Result<Response, Refused>;

/// What was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The door stays shut.
    Closed(Closed),
    /// 400, and why.
    BadRequest(String),
    /// 406: nothing of what is accepted can be made of this.
    NotAcceptable(Cow<'static, str>),
    /// 415: a body of another kind is needed.
    Unsupported(&'static str),
    /// 416: a range outside of the thing.
    Range(u64),
    /// As `imaging` says.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
impl From<Closed> for Refused {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl Refused {
    /// The answer 400 with these words.
    pub(crate) fn bad(words: &str) -> Response {
        Self::BadRequest(words.to_owned()).into_response()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let line = |status: StatusCode, text: &str| (status, format!("{text}\n")).into_response();
        match self {
            Self::Closed(closed) => closed.into_response(),
            Self::BadRequest(text) => line(StatusCode::BAD_REQUEST, &text),
            Self::NotAcceptable(text) => line(StatusCode::NOT_ACCEPTABLE, &text),
            Self::Unsupported(text) => line(StatusCode::UNSUPPORTED_MEDIA_TYPE, text),
            Self::Range(size) => {
                let mut response = line(StatusCode::RANGE_NOT_SATISFIABLE, "no such range");
                insert(response.headers_mut(), axum::http::header::CONTENT_RANGE, &format!("bytes */{size}"));
                response
            }
            Self::Failed(error) => {
                let status = status(&error);
                // Logged once, where it is answered.
                if status.is_server_error() {
                    tracing::error!(%error, "a DICOMweb request failed");
                } else {
                    tracing::info!(%error, "a DICOMweb request was refused");
                }
                line(status, &error.words().en)
            }
        }
    }
}

fn status(error: &Error) -> StatusCode {
    match error.kind() {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Forbidden | Kind::Terminal => StatusCode::FORBIDDEN,
        Kind::SignIn => StatusCode::UNAUTHORIZED,
        Kind::Invalid { .. } => StatusCode::BAD_REQUEST,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Limit { retry: false } => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Limit { retry: true } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An answer of `kind`.
pub(crate) fn answer(status: StatusCode, kind: &str, body: impl Into<Body>) -> Response {
    let mut response = (status, body.into()).into_response();
    insert(response.headers_mut(), CONTENT_TYPE, kind);
    // What one may send depends on what one accepts.
    response.headers_mut().insert(axum::http::header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Sets a header whose value is ours; what cannot be a value is left out.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Tells what was left out or ignored (PS3.18 8.3.4).
pub(crate) fn warn(response: &mut Response, text: &str) {
    let plain: String = text.chars().filter(|it| (' '..='~').contains(it) && *it != '"').take(500).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("299 haruka \"{plain}\"")) {
        response.headers_mut().append(axum::http::header::WARNING, value);
    }
}

/// The header by which a client says what it accepts.
pub(crate) fn accepts(headers: &HeaderMap) -> Option<String> {
    let all: Vec<_> = headers.get_all(axum::http::header::ACCEPT).iter().filter_map(|it| it.to_str().ok()).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// Whether the client has this already (RFC 9110 13.1.2).
pub(crate) fn has_it(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|it| it.to_str().ok()).unwrap_or_default();
    known.split(',').map(|it| it.trim().trim_start_matches("W/")).any(|it| it == tag || it == "*")
}

/// 304 with its tag.
pub(crate) fn not_modified(tag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    insert(response.headers_mut(), axum::http::header::ETAG, tag);
    response
}
