//! What CI runs, step by step: each with a banner and its time, all of them even when one fails, and nothing left behind.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::run::{Count, Done, Step, banner, target};
use crate::servers::{self, Servers};
use crate::warden::Warden;
use crate::{install, product};

/// The steps, in order. Cheap ones first, so that a slip is told at once.
const STEPS: &[&str] = &["fmt", "islands", "house", "deny", "build", "rust", "e2e"];
/// The steps that need servers.
const SERVED: &[&str] = &["rust", "e2e"];

/// `cargo xtask test [--only STEP,…]`.
pub(crate) fn test(args: &[String]) -> Done {
    let steps = chosen(args)?;
    let begun = Instant::now();
    let mut times: Vec<(&str, Duration, Done)> = Vec::new();
    let mut count = Count::default();

    timed(&mut times, "install", install::debian);
    let mut warden = Warden::new()?;
    let mut envs = vec![warden.mark()];
    let mut servers = None;
    if times.iter().all(|(_, _, done)| done.is_ok()) && steps.iter().any(|it| SERVED.contains(it)) {
        timed(&mut times, "servers", || {
            let started = Servers::start(&mut warden, &servers::folder()?)?;
            envs.clone_from(&started.envs);
            servers = Some(started);
            Ok(())
        });
    }
    for step in steps {
        if times.iter().any(|(it, _, done)| ["install", "servers"].contains(it) && done.is_err()) {
            break;
        }
        timed(&mut times, step, || run(step, &envs, &mut count));
        let served = servers.as_ref().map(Servers::ids).unwrap_or_default();
        let left: Vec<_> = warden.marked().into_iter().filter(|(pid, _)| !served.contains(pid)).collect();
        if !left.is_empty() {
            timed(&mut times, "left running", || Err(format!("{step} left running: {left:?}")));
        }
    }
    let fallen = servers.as_mut().map(Servers::fallen).unwrap_or_default();
    if !fallen.is_empty() {
        timed(&mut times, "servers", || Err(format!("fell over: {}", fallen.join(", "))));
    }
    timed(&mut times, "clean up", || {
        let done = warden.dismiss();
        drop(servers);
        done
    });
    close(&times, count, begun.elapsed())
}

/// `cargo xtask with CMD…`: the command beside the servers, for daily work.
pub(crate) fn with_servers(args: &[String]) -> Done {
    let (program, rest) = args.split_first().ok_or("with what?")?;
    install::debian()?;
    let mut warden = Warden::new()?;
    let servers = Servers::start(&mut warden, &servers::folder()?);
    let done = servers.and_then(|servers| Step::new(program).args(rest).envs(&servers.envs).done());
    warden.dismiss().and(done)
}

/// `cargo xtask storm COUNT`: the storm of the suite, with so many kills. It takes a second or two for each.
pub(crate) fn storm(args: &[String]) -> Done {
    let count = match args {
        [count] => count.parse::<u32>().map_err(|_| "storm COUNT: how many kills?")?,
        _ => return Err("storm COUNT: how many kills?".into()),
    };
    let test = "gateway::whatever_a_device_heard_success_for_arrives_though_both_ends_are_killed";
    let kills = format!("HARUKA_STORM_KILLS={count}");
    let cargo = ["cargo", "test", "--workspace", "--locked", "--test", "storms", "--", "--exact", test, "--nocapture"];
    let all = ["env", &kills].into_iter().chain(cargo).map(str::to_owned);
    with_servers(&all.collect::<Vec<_>>())
}

fn chosen(args: &[String]) -> Done<Vec<&'static str>> {
    let wanted: Vec<&str> = match args {
        [] => return Ok(STEPS.to_vec()),
        [only, list] if only == "--only" => list.split(',').collect(),
        _ => return Err(format!("test [--only STEP,…]; steps: {}", STEPS.join(" "))),
    };
    if let Some(unknown) = wanted.iter().find(|it| !STEPS.contains(it)) {
        return Err(format!("no step `{unknown}`; steps: {}", STEPS.join(" ")));
    }
    Ok(STEPS.iter().copied().filter(|it| wanted.contains(it)).collect())
}

fn timed<'a>(times: &mut Vec<(&'a str, Duration, Done)>, name: &'a str, work: impl FnOnce() -> Done) {
    banner(name);
    let begun = Instant::now();
    let done = work();
    if let Err(message) = &done {
        println!("{message}");
    }
    times.push((name, begun.elapsed(), done));
}

fn run(step: &str, envs: &[(String, String)], count: &mut Count) -> Done {
    let cargo = |args: &[&str]| linting().args(args).envs(envs);
    let npm = |args: &[&str]| Step::new("npm").args(args).envs(envs).at("islands");
    match step {
        "fmt" => cargo(&["fmt", "--all", "--check"]).done(),
        "islands" => {
            product::islands()?;
            npm(&["run", "check"]).done()?;
            npm(&["test"]).counted(count)
        }
        "house" => cargo(&["test", "-p", "xtask", "--no-fail-fast"]).counted(count),
        "deny" => {
            // Fetching once lets cargo-deny read the graph without asking for anything itself.
            cargo(&["fetch", "--locked", "-q"]).done()?;
            let deny = install::python()?.join("cargo-deny");
            Step::new(deny)
                .args([
                    "--offline",
                    "--workspace",
                    "check",
                    "-D",
                    "warnings",
                    "--hide-inclusion-graph",
                    "licenses",
                    "bans",
                    "sources",
                ])
                .envs(envs)
                .done()
        }
        "build" => cargo(&["test", "--workspace", "--exclude", "xtask", "--locked", "-q", "--no-run"]).done(),
        "rust" => cargo(&["test", "--workspace", "--exclude", "xtask", "--locked", "--no-fail-fast"]).counted(count),
        "e2e" => journeys(envs, count),
        _ => Err(format!("no step `{step}`")),
    }
}

/// Cargo with clippy as the compiler of our own crates. `cargo clippy` beside a build would read every library a second time
/// and compile every room twice; so a room that is built for its tests is a room without warnings.
fn linting() -> Step {
    let denied = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";
    Step::new("cargo").env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", denied)
}

fn journeys(envs: &[(String, String)], count: &mut Count) -> Done {
    product::islands()?;
    product::packages("e2e")?;
    // With the examples, cargo chooses the features that the `rust` step has; with others it would build the libraries a
    // second time. The tests alone would not build the program.
    let selected = ["build", "--workspace", "--exclude", "xtask", "--locked", "--bins", "--examples"];
    linting().args(selected).envs(envs).done()?;
    let binary: &Path = &target().join("debug/haruka");
    Step::new("node").args(["e2e/run.mjs"]).envs(envs).env("HARUKA_BIN", binary).counted(count)
}

fn close(times: &[(&str, Duration, Done)], count: Count, whole: Duration) -> Done {
    banner("summary");
    for (name, time, done) in times {
        println!("{:>7.1} s  {:<12} {}", time.as_secs_f64(), name, if done.is_ok() { "ok" } else { "FAILED" });
    }
    println!("{:>7.1} s  all", whole.as_secs_f64());
    let broken: Vec<_> = times.iter().filter(|(_, _, done)| done.is_err()).map(|(name, _, _)| *name).collect();
    // A step that fails without a failed test (a lint, a crash) counts as one, or the last line would lie.
    let failed = count.failed.max(u64::try_from(broken.len()).unwrap_or(u64::MAX));
    println!("{} passed, {failed} failed", count.passed);
    if broken.is_empty() { Ok(()) } else { Err(format!("failed: {}", broken.join(", "))) }
}
