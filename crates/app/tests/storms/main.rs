//! Bad days: the real program, killed, with a full disk, started twice, with its mail server away; a clinic's gateway on its
//! bad days; and strangers at the doors of DICOM and of programs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agents;
mod browser;
mod call;
mod disk;
mod gateway;
mod kill;
mod ledger;
#[path = "../../../visits/tests/common/opening.rs"]
mod opening;
mod post;
mod programs;
mod schema;
mod secure;
mod server;
mod twice;
