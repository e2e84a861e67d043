//! Scripts and styles of the islands, built before this crate and made part of it.

use web::Asset;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));
