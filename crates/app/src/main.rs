//! The binary `haruka`: wiring only. It reads the settings, opens the rooms, joins the plugs, and starts serving.

mod assets;
mod command;
mod config;
mod demo;
mod desk;
mod house;
mod ntp;
mod serve;
mod sweep;
mod tls;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
