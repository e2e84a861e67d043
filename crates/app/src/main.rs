//! The binary `haruka`.

use std::process::ExitCode;

fn main() -> ExitCode {
    app::run()
}
