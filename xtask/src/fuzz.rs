//! Garbage for the readers of what strangers send: the targets in `fuzz/`, each for so many seconds. What they find lies in
//! `fuzz/artifacts` and belongs into a test.

use xtask::tree;

use crate::run::{Done, Step, banner, target};

/// The version that was tried. It needs Rust's nightly compiler, for its counters in every branch.
const CARGO_FUZZ: &str = "0.13.2";
/// Before a release; ten minutes each.
const SECONDS: &str = "600";
/// More than any of these readers may hold at a time.
const MEMORY_MIB_MAX: &str = "1024";

/// `cargo xtask fuzz [SECONDS [TARGET…]]`.
pub(crate) fn fuzz(args: &[String]) -> Done {
    let (seconds, wanted) = args.split_first().map_or((SECONDS, args), |(first, rest)| (first.as_str(), rest));
    if seconds.parse::<u32>().is_err() {
        return Err("fuzz [SECONDS [TARGET…]]".into());
    }
    let known = targets()?;
    if let Some(unknown) = wanted.iter().find(|it| !known.contains(it)) {
        return Err(format!("no target `{unknown}`; targets: {}", known.join(" ")));
    }
    let folder = target().join("xtask/fuzz");
    let program = folder.join("bin/cargo-fuzz");
    if !program.is_file() {
        banner(&format!("installing cargo-fuzz {CARGO_FUZZ}"));
        let version = ["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root"];
        Step::new("cargo").args(version).args([&folder]).done()?;
    }
    for it in known.iter().filter(|it| wanted.is_empty() || wanted.contains(it)) {
        banner(&format!("{it}, {seconds} s"));
        let found = folder.join("corpus").join(it);
        std::fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        Step::new("rustup")
            .args(["run", "nightly"])
            .args([&program])
            // Rust without `unsafe` needs no watch over its memory, and the C++ that thins surfaces meets numbers that were
            // checked: panics and numbers that run over are what is looked for, and twice as many are tried.
            .args(["run", "--sanitizer", "none", "--target-dir"])
            .args([&folder.join("target")])
            .args([it])
            .args([&found, &tree::root().join("fuzz/seeds").join(it)])
            .args(["--", &format!("-max_total_time={seconds}"), &format!("-rss_limit_mb={MEMORY_MIB_MAX}")])
            .args(["-timeout=10", "-print_final_stats=1"])
            .done()?;
    }
    Ok(())
}

fn targets() -> Done<Vec<String>> {
    let files = tree::files("fuzz/targets", &[".rs"]);
    let name = |path: &str| path.rsplit('/').next()?.strip_suffix(".rs").map(str::to_owned);
    let all: Vec<String> = files.iter().filter_map(|it| name(&it.path)).collect();
    if all.is_empty() { Err("no targets in fuzz/targets".into()) } else { Ok(all) }
}
