//! Reads the days of our data files (`2026-04-01`).

use kernel::Date;
use serde::de::{Deserialize, Deserializer, Error};

/// A day.
pub(crate) fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

/// A day, or none.
pub(crate) fn maybe_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|it| it.parse().map_err(D::Error::custom)).transpose()
}
