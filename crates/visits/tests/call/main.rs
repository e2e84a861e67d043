//! Calls as the ward sees them: started only when everything is met, entered only by who is let in, closed only when held.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
mod desk;
mod end;
#[path = "../common/opening.rs"]
mod opening;
mod pages;
mod start;
mod third;
mod whole;
