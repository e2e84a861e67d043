//! The program as a library, so that a test can walk the doors of the whole of it; the binary `haruka` only runs it.
//!
//! Wiring only: it reads the settings, opens the rooms, joins the plugs, and starts serving.

mod agent;
mod assets;
mod certificate;
pub mod check;
mod command;
mod config;
mod demo;
mod desk;
mod device;
mod dicom;
mod export;
mod gateway;
mod house;
mod import;
mod inventory;
mod lab;
mod ntp;
pub mod outgoing;
mod serve;
mod shapes;
mod station;
mod sweep;
mod tls;
mod token;
mod worker;
mod worklist;

pub use command::run;
pub use serve::{routes, ways, whole};
