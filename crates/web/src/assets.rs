//! Scripts, styles and fonts: part of the binary, named by their digest, kept by the browser for a year.

use axum::http::header::{self, HeaderValue};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};

use crate::Site;

/// A file that is part of the binary.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Path below `/assets/` (`call.js`).
    pub name: &'static str,
    /// Media type.
    pub kind: &'static str,
    /// The bytes.
    pub bytes: &'static [u8],
}

/// The stylesheet, which is this room's own.
pub const STYLE: Asset =
    Asset { name: "haruka.css", kind: "text/css; charset=utf-8", bytes: include_bytes!("look/haruka.css") };

/// The address of an asset with its version, so that a new release is fetched and an old one is not asked for again.
#[must_use]
pub fn href(name: &str) -> String {
    format!("/assets/{name}?v={}", env!("CARGO_PKG_VERSION"))
}

pub(crate) fn answer(site: &Site, parts: &Parts) -> Option<Response> {
    let name = parts.uri.path().strip_prefix("/assets/")?;
    let found = [STYLE].into_iter().chain(site.assets.iter().copied()).find(|it| it.name == name);
    let Some(asset) = found else { return Some(StatusCode::NOT_FOUND.into_response()) };
    let mut response = asset.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    // An hour, not a year: the version in the address is the release's, and a development build keeps it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(response)
}
