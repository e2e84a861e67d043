//! Bad days: the real program, killed, with a full disk, started twice, with its mail server away.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod browser;
mod call;
mod disk;
mod kill;
mod ledger;
#[path = "../../../visits/tests/common/opening.rs"]
mod opening;
mod post;
mod schema;
mod server;
mod twice;
