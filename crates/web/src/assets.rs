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
    /// The same in gzip, where that is worth it.
    pub packed: Option<&'static [u8]>,
}

/// The stylesheet, which is this room's own.
pub const STYLE: Asset = Asset {
    name: "haruka.css",
    kind: "text/css; charset=utf-8",
    bytes: include_bytes!("look/haruka.css"),
    packed: None,
};

/// The worker that decodes pictures compiles WebAssembly, from our own address only. A worker obeys the policy of its own
/// answer, so the pages' stays as strict as it is.
const DECODER: &str = "decode-";
const DECODER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/// The address of an asset with its version, so that a new release is fetched and an old one is not asked for again.
#[must_use]
pub fn href(name: &str) -> String {
    format!("/assets/{name}?v={}", env!("CARGO_PKG_VERSION"))
}

pub(crate) fn answer(site: &Site, parts: &Parts) -> Option<Response> {
    let name = parts.uri.path().strip_prefix("/assets/")?;
    let found = [STYLE].into_iter().chain(site.assets.iter().copied()).find(|it| it.name == name);
    let Some(asset) = found else { return Some(StatusCode::NOT_FOUND.into_response()) };
    let packed = asset.packed.filter(|_| takes_gzip(parts));
    let mut response = packed.unwrap_or(asset.bytes).into_response();
    let headers = response.headers_mut();
    if packed.is_some() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if asset.packed.is_some() {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if asset.name.starts_with(DECODER) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DECODER_POLICY));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    // An hour, not a year: the version in the address is the release's, and a development build keeps it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(response)
}

/// Whether the browser unpacks gzip. `q=0` means no (RFC 9110, 12.5.3).
fn takes_gzip(parts: &Parts) -> bool {
    let said = parts.headers.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok()).unwrap_or_default();
    said.split(',').any(|one| {
        let mut words = one.split(';').map(str::trim);
        words.next().is_some_and(|it| it.eq_ignore_ascii_case("gzip"))
            && !words.any(|it| it.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_goes_only_to_those_who_take_it() {
        for (said, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("identity", false),
            ("xgzip", false),
            ("", false),
        ] {
            let request = axum::http::Request::builder().header(header::ACCEPT_ENCODING, said).body(());
            let (parts, ()) = request.expect("a request").into_parts();
            assert_eq!(takes_gzip(&parts), takes, "{said:?}");
        }
    }
}
