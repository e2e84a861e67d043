//! What an address names.

use axum::extract::{FromRequestParts, path::Path as Raw};
use axum::http::request::Parts;
use kernel::{Error, id::Id};
use serde::de::DeserializeOwned;

use crate::{Failure, Site};

/// The names in the path, read: `Path(booking): Path<BookingId>`. What cannot be read does not exist (404).
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Site> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let found = Raw::from_request_parts(parts, site).await;
        Ok(Self(found.map_err(|_| Error::not_found("no such name in the path"))?.0))
    }
}

/// An id that came as text in a query or a form; anything else names nothing.
///
/// # Errors
/// `NotFound`.
pub fn id<K>(text: &str) -> kernel::Result<Id<K>> {
    text.parse().map_err(|_| Error::not_found("no id"))
}
