//! `cargo xtask COMMAND`: builds, runs, tests and formats the house. `help` lists the commands.
//!
//! Knows the tools around the product, not the product: it depends on no room, so that it builds in seconds.

mod fuzz;
mod install;
mod product;
mod run;
mod servers;
mod suite;
mod warden;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask build              islands and the release binary (target/release/haruka)
cargo xtask run [ARGS…]        build, then `haruka serve --demo ARGS…`
cargo xtask test [--only STEP[,STEP…]]
                               all that CI runs; steps: fmt islands house deny build rust e2e
cargo xtask with CMD [ARGS…]   run CMD beside the tests' throw-away servers (PostgreSQL, TURN, mail)
cargo xtask storm COUNT        kill a clinic's gateway and its server COUNT times under load, and look for what was lost
cargo xtask fuzz [SECONDS [TARGET…]]
                               garbage for what reads strangers' bytes (fuzz/README.md)
cargo xtask fmt                format Rust
cargo xtask bench [ARGS…]      measure the release binary (bench/README.md says what)
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("help", &args[..]), |(it, rest)| (it.as_str(), rest));
    let done = match command {
        "build" => product::release(),
        "run" => product::demo(rest),
        "test" => suite::test(rest),
        "with" => suite::with_servers(rest),
        "storm" => suite::storm(rest),
        "fuzz" => fuzz::fuzz(rest),
        "fmt" => run::Step::new("cargo").args(["fmt", "--all"]).done(),
        "bench" => product::bench(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
