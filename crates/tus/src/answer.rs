//! What a sender is told: status codes of tus 1.0 with one line of words, never a page.

use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind, Lang, Timestamp};

use crate::protocol;
use crate::store::Upload;

/// A handler's result.
pub(crate) type Reply = Result<Response, Refused>;

/// What was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// This status, and why.
    Told(StatusCode, &'static str),
    /// As a room says, in the sender's language.
    Failed(Error, Lang),
}

/// Bytes that are not those of the checksum (tus, checksum extension): no name in the registry of HTTP.
pub(crate) fn mismatch() -> Refused {
    Refused::Told(StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST), "checksum mismatch")
}

/// 400, and why.
pub(crate) fn bad(words: &'static str) -> Refused {
    Refused::Told(StatusCode::BAD_REQUEST, words)
}

/// 413.
pub(crate) fn too_large() -> Refused {
    Refused::Told(StatusCode::PAYLOAD_TOO_LARGE, "more bytes than this upload has")
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Told(status, words) => (status, format!("{words}\n")).into_response(),
            Self::Failed(error, lang) => {
                let status = status(&error);
                // Logged once, where it is answered.
                if status.is_server_error() {
                    tracing::error!(%error, "an upload failed");
                } else {
                    tracing::info!(%error, "an upload was refused");
                }
                let words = error.words();
                let words = if lang == Lang::En { words.en.as_ref() } else { words.ja.as_ref() };
                (status, format!("{words}\n")).into_response()
            }
        }
    }
}

fn status(error: &Error) -> StatusCode {
    match error.kind() {
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

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// Sets a header whose value is ours; what cannot be a value is left out.
pub(crate) fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// How far an upload is, and until when it can go on.
pub(crate) fn standing(response: &mut Response, upload: &Upload) {
    let headers = response.headers_mut();
    set(headers, "upload-offset", &upload.received_bytes.to_string());
    if !upload.is_ended {
        set(headers, "upload-expires", &http_date(upload.expires_at));
    }
}

/// What `OPTIONS` tells: which versions and extensions are spoken.
pub(crate) fn abilities(bytes_max: u64) -> Response {
    let mut response = empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    set(headers, "tus-version", protocol::VERSION);
    set(headers, "tus-extension", protocol::EXTENSIONS);
    set(headers, "tus-max-size", &bytes_max.to_string());
    set(headers, "tus-checksum-algorithm", protocol::ALGORITHMS);
    response
}

/// A moment as HTTP writes it (RFC 9110, 5.6.7).
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_http_wants_it() {
        let at: Timestamp = "2026-11-04T08:49:37.5Z".parse().expect("an instant");
        assert_eq!(http_date(at), "Wed, 04 Nov 2026 08:49:37 GMT");
    }
}
